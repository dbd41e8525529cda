use super::{Command, read};
use crate::types::{MailboxName, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// `select = "SELECT" SP mailbox`, and `EXAMINE` alike (RFC 9051 section 9)
pub(super) fn encode(encoder: &mut Encoder, names: NameEncoding, mailbox: &MailboxName) {
    encoder.sp().astring(&mailbox.to_wire(names));
}

/// As [`encode`].
pub(super) fn parse_select(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    read::mailbox(cursor, names).map(Command::Select)
}

/// As [`encode`].
pub(super) fn parse_examine(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    read::mailbox(cursor, names).map(Command::Examine)
}

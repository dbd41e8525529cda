use super::{Command, read};
use crate::types::{MailboxName, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// `create = "CREATE" SP mailbox` (RFC 9051 section 9)
pub(super) fn encode(encoder: &mut Encoder, names: NameEncoding, mailbox: &MailboxName) {
    encoder.sp().astring(&mailbox.to_wire(names));
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    read::mailbox(cursor, names).map(Command::Create)
}

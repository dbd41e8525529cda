use super::{Command, read};
use crate::types::{MailboxName, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// `rename = "RENAME" SP mailbox SP mailbox` (RFC 9051 section 9)
pub(super) fn encode(encoder: &mut Encoder, names: NameEncoding, from: &MailboxName, to: &MailboxName) {
    encoder.sp().astring(&from.to_wire(names)).sp().astring(&to.to_wire(names));
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let from = read::mailbox(cursor, names)?;
    cursor.expect_sp()?;
    let to = read::mailbox(cursor, names)?;
    Ok(Command::Rename { from, to })
}

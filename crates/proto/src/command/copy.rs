use super::{Command, encode, read};
use crate::types::{MailboxName, Messages, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// `copy = "COPY" SP sequence-set SP mailbox` (RFC 9051 section 9)
pub(super) fn encode(encoder: &mut Encoder, names: NameEncoding, messages: &Messages, mailbox: &MailboxName) {
    encode::messages(encoder, messages);
    encoder.sp().astring(&mailbox.to_wire(names));
}

/// As [`encode`], behind the set.
pub(super) fn parse(
    cursor: &mut Cursor<'_>,
    names: NameEncoding,
    messages: Messages,
) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let mailbox = read::mailbox(cursor, names)?;
    Ok(Command::Copy { messages, mailbox })
}

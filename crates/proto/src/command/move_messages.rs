use super::{Command, encode, read};
use crate::types::{MailboxName, Messages, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// `move = "MOVE" SP sequence-set SP mailbox` (RFC 9051 section 9, RFC 6851 section 5)
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
    Ok(Command::Move { messages, mailbox })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, name, numbers, uids};
    use super::*;

    #[test]
    fn example_of_the_rfc() {
        let command = Command::Move { messages: uids("42:69"), mailbox: name("foo") };
        check("a UID MOVE 42:69 foo", &command, "a UID MOVE 42:69 foo");
        check("a uid move 42:69 \"foo\"", &command, "a UID MOVE 42:69 foo");
        let command = Command::Move { messages: numbers("1,3:*"), mailbox: name("Sent Mail") };
        check("a MOVE 1,3:* \"Sent Mail\"", &command, "a MOVE 1,3:* \"Sent Mail\"");
    }

    #[test]
    fn what_is_no_move() {
        check_wrong("a MOVE", 6, "a blank");
        check_wrong("a MOVE foo", 7, "a set of messages");
        check_wrong("a MOVE 1", 8, "a blank");
        check_wrong("a MOVE 1 ", 9, "a mailbox name");
        check_wrong("a UID MOVE 0 foo", 11, "a set of messages");
        check_wrong("a UID MOVE 1 foo bar", 17, "the end of the command");
    }
}

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

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, name, numbers, uids};
    use super::*;

    #[test]
    fn examples_of_the_rfcs() {
        for (line, messages, mailbox) in [
            ("A003 COPY 2:4 MEETING", numbers("2:4"), "MEETING"),
            ("A223 COPY 3:200 blurdybloop", numbers("3:200"), "blurdybloop"),
            ("A006 COPY 2 funny", numbers("2"), "funny"),
            ("A005 UID COPY 305:310 meeting", uids("305:310"), "meeting"),
        ] {
            check(line, &Command::Copy { messages, mailbox: name(mailbox) }, line);
        }
        let command = Command::Copy { messages: uids("1:*"), mailbox: name("oldmail") };
        check("n1 uid copy 1:* oldmail", &command, "n1 UID COPY 1:* oldmail");
    }

    #[test]
    fn what_is_no_copy() {
        check_wrong("a COPY oldmail", 7, "a set of messages");
        check_wrong("a COPY 1", 8, "a blank");
        check_wrong("a COPY 1:2:3 oldmail", 10, "a set of messages");
        check_wrong("a COPY 4294967296 oldmail", 7, "a set of messages");
    }
}

use super::{Command, encode, read};
use crate::types::{MailboxName, Messages, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// `copy = "COPY" SP sequence-set SP mailbox` (RFC 9051 section 9), and `move` alike (RFC 6851 section 5)
pub(super) fn encode(encoder: &mut Encoder, names: NameEncoding, messages: &Messages, mailbox: &MailboxName) {
    encode::messages(encoder, messages);
    encoder.sp().astring(&mailbox.to_wire(names));
}

/// As [`encode`], behind the set.
pub(super) fn parse_copy(
    cursor: &mut Cursor<'_>,
    names: NameEncoding,
    messages: Messages,
) -> Result<Command, Syntax> {
    Ok(Command::Copy { messages, mailbox: target(cursor, names)? })
}

/// As [`encode`], behind the set.
pub(super) fn parse_move(
    cursor: &mut Cursor<'_>,
    names: NameEncoding,
    messages: Messages,
) -> Result<Command, Syntax> {
    Ok(Command::Move { messages, mailbox: target(cursor, names)? })
}

fn target(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<MailboxName, Syntax> {
    cursor.expect_sp()?;
    read::mailbox(cursor, names)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, name, numbers, parse, uids};
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

    #[test]
    fn example_of_a_move() {
        let command = Command::Move { messages: uids("42:69"), mailbox: name("foo") };
        check("a UID MOVE 42:69 foo", &command, "a UID MOVE 42:69 foo");
        check("a uid move 42:69 \"foo\"", &command, "a UID MOVE 42:69 foo");
        let command = Command::Move { messages: numbers("1,3:*"), mailbox: name("Sent Mail") };
        check("a MOVE 1,3:* \"Sent Mail\"", &command, "a MOVE 1,3:* \"Sent Mail\"");
    }

    /// RFC 5182 sections 2.2 and 2.3.
    #[test]
    fn what_a_search_has_saved() {
        let saved = |mailbox| Command::Copy { messages: Messages::Saved, mailbox: name(mailbox) };
        let line = "E283 COPY $ \"Other Messages\"";
        check(line, &saved("Other Messages"), line);
        check("F283 copy $ \"Junk\"", &saved("Junk"), "F283 COPY $ Junk");
        let command = Command::Move { messages: Messages::SavedByUid, mailbox: name("Junk") };
        check("a uid move $ Junk", &command, "a UID MOVE $ Junk");
        for line in [
            "A283 FETCH $ (UID INTERNALDATE FLAGS RFC822.HEADER)",
            "a UID FETCH $ (FLAGS)",
            "F284 STORE $ +FLAGS.SILENT (\\Deleted)",
            "a UID STORE $ FLAGS ()",
        ] {
            let tagged = parse(line).unwrap();
            assert!(tagged.command.uses_saved(), "{line}");
            check(line, &tagged.command, line);
        }
        check_wrong("a COPY $,1 x", 8, "a blank");
        check_wrong("a COPY 1,$ x", 9, "a set of messages");
        check_wrong("a UID COPY $", 12, "a blank");
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

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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::testing::{check, check_wrong, name};
    use super::super::{EncodeOptions, ParseOptions};
    use super::*;
    use crate::types::Tag;

    #[test]
    fn examples_of_the_rfcs() {
        for (line, mailbox, sent) in [
            ("A003 CREATE owatagusiam/", "owatagusiam/", "A003 CREATE owatagusiam/"),
            (
                "A004 CREATE owatagusiam/blurdybloop",
                "owatagusiam/blurdybloop",
                "A004 CREATE owatagusiam/blurdybloop",
            ),
            ("A002 CREATE \"INBOX.Sent Mail\"", "INBOX.Sent Mail", "A002 CREATE \"INBOX.Sent Mail\""),
            ("l create \"///////\"", "///////", "l CREATE ///////"),
            ("a CREATE \"a\\\\b\\\"c\"", "a\\b\"c", "a CREATE \"a\\\\b\\\"c\""),
            ("a CREATE {3}\r\nNIL", "NIL", "a CREATE \"NIL\""),
            ("a CREATE Entw&APw-rfe", "Entw\u{fc}rfe", "a CREATE Entw&APw-rfe"),
            ("a CREATE \"&ZeVnLIqe-\"", "\u{65e5}\u{672c}\u{8a9e}", "a CREATE &ZeVnLIqe-"),
        ] {
            check(line, &Command::Create(name(mailbox)), sent);
        }
    }

    #[test]
    fn names_travel_as_the_connection_has_it() {
        let command = Command::Create(name("Entw\u{fc}rfe & mehr"));
        let options = EncodeOptions { names: NameEncoding::Utf8, ..EncodeOptions::default() };
        let encoded = command.encode(&Tag::new("a").unwrap(), &options);
        assert_eq!(&**encoded.bytes, "a CREATE {16}\r\nEntw\u{fc}rfe & mehr\r\n".as_bytes());
        let bytes = Bytes::from(encoded.bytes.to_vec());
        let options = ParseOptions { names: NameEncoding::Utf8, ..ParseOptions::default() };
        assert_eq!(Command::parse(&bytes, &options).unwrap().command, command);
        // Read as modified UTF-7 it is a name in no valid encoding, and is kept as it came.
        let Command::Create(odd) = Command::parse(&bytes, &ParseOptions::default()).unwrap().command else {
            panic!("not a CREATE");
        };
        assert_eq!(&*odd.to_wire(NameEncoding::ModifiedUtf7), "Entw\u{fc}rfe & mehr".as_bytes());
    }

    #[test]
    fn what_is_no_mailbox() {
        check_wrong("a CREATE", 8, "a blank");
        check_wrong("a CREATE ", 9, "a mailbox name");
        check_wrong("a CREATE *", 9, "a mailbox name");
        check_wrong("a CREATE (a)", 9, "a mailbox name");
        check_wrong("a CREATE \"a\0\"", 9, "a mailbox name");
        check_wrong("a CREATE a b", 11, "the end of the command");
        check_wrong("a CREATE \"a", 12, "the closing quote");
        check_wrong("a CREATE \"a\"b\"", 11, "a backslash in front of the quote");
        check_wrong("a CREATE {9}\r\nshort", 21, "the octets of a literal");
    }
}

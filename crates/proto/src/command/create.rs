use super::{Command, read};
use crate::types::{MailboxName, NameEncoding, SpecialUse};
use crate::wire::{Cursor, Encoder, Syntax};

/// ```text
/// create       = "CREATE" SP mailbox [SP "(" create-param ")"]
/// create-param = "USE" SP "(" [use-attr *(SP use-attr)] ")"
/// ```
///
/// (RFC 9051 section 9, RFC 6154 section 6).
pub(super) fn encode(encoder: &mut Encoder, names: NameEncoding, mailbox: &MailboxName, uses: &[SpecialUse]) {
    encoder.sp().astring(&mailbox.to_wire(names));
    if !uses.is_empty() {
        encoder.raw(" (USE ").list(uses, |encoder, special_use| {
            encoder.raw("\\").raw(special_use.as_bytes());
        });
        encoder.raw(")");
    }
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let mailbox = read::mailbox(cursor, names)?;
    let behind_name = cursor.pos();
    if cursor.skip_blanks() == 0 || !cursor.try_byte(b'(') {
        cursor.seek(behind_name);
        return Ok(Command::Create { mailbox, uses: Vec::new() });
    }
    cursor.skip_stray_blanks();
    if !cursor.try_word("USE") {
        return Err(cursor.expected("USE"));
    }
    cursor.expect_sp()?;
    let uses = read::list(cursor, "a list of special uses", parse_use)?;
    cursor.skip_stray_blanks();
    cursor.expect_byte(b')', "`)`")?;
    Ok(Command::Create { mailbox, uses })
}

/// `use-attr`: a backslash and an atom.
fn parse_use(cursor: &mut Cursor<'_>) -> Result<SpecialUse, Syntax> {
    const EXPECTED: &str = "a special use";
    let start = cursor.pos();
    cursor.expect_byte(b'\\', EXPECTED)?;
    let name = read::atom(cursor, EXPECTED)?;
    SpecialUse::new(name.as_text().clone().into_bytes())
        .map_err(|_| Syntax { offset: start, expected: EXPECTED })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::testing::{check, check_wrong, name};
    use super::super::{EncodeOptions, ParseOptions};
    use super::*;
    use crate::types::Tag;

    fn create(mailbox: &str) -> Command {
        Command::Create { mailbox: name(mailbox), uses: Vec::new() }
    }

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
            check(line, &create(mailbox), sent);
        }
    }

    /// RFC 6154 section 5.3.
    #[test]
    fn mailboxes_with_a_use() {
        let special =
            |mailbox, uses: &[SpecialUse]| Command::Create { mailbox: name(mailbox), uses: uses.to_vec() };
        let line = "t2 CREATE MySpecial (USE (\\Drafts \\Sent))";
        check(line, &special("MySpecial", &[SpecialUse::Drafts, SpecialUse::Sent]), line);
        check(
            "t3 create \"Everything\" ( use ( \\ALL  \\Memos) )",
            &special("Everything", &[SpecialUse::All, SpecialUse::new("Memos").unwrap()]),
            "t3 CREATE Everything (USE (\\All \\Memos))",
        );
        check("a CREATE x (USE ())", &special("x", &[]), "a CREATE x");
        check_wrong("a CREATE x (", 12, "USE");
        check_wrong("a CREATE x (QUOTA (1))", 12, "USE");
        check_wrong("a CREATE x (USE)", 15, "a blank");
        check_wrong("a CREATE x (USE \\Sent)", 16, "a list of special uses");
        check_wrong("a CREATE x (USE (Sent))", 17, "a special use");
        check_wrong("a CREATE x (USE (\\))", 18, "a special use");
        check_wrong("a CREATE x (USE (\\Sent)", 23, "`)`");
    }

    #[test]
    fn names_travel_as_the_connection_has_it() {
        let command = create("Entw\u{fc}rfe & mehr");
        let options = EncodeOptions { names: NameEncoding::Utf8, ..EncodeOptions::default() };
        let encoded = command.encode(&Tag::new("a").unwrap(), &options);
        assert_eq!(&**encoded.bytes, "a CREATE \"Entw\u{fc}rfe & mehr\"\r\n".as_bytes());
        let bytes = Bytes::from(encoded.bytes.to_vec());
        let options = ParseOptions { names: NameEncoding::Utf8, ..ParseOptions::default() };
        assert_eq!(Command::parse(&bytes, &options).unwrap().command, command);
        // Read as modified UTF-7 it is a name in no valid encoding, and is kept as it came.
        let Command::Create { mailbox: odd, .. } =
            Command::parse(&bytes, &ParseOptions::default()).unwrap().command
        else {
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

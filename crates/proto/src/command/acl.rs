use super::{Command, read};
use crate::types::{ImapString, MailboxName, NameEncoding, Rights};
use crate::wire::{Cursor, Encoder, Syntax};

/// What becomes of the rights that somebody has (RFC 4314 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RightsChange {
    /// These are the rights from now on.
    Replace(Rights),
    /// `+`: these are given.
    Add(Rights),
    /// `-`: these are taken away.
    Remove(Rights),
}

/// `getacl = "GETACL" SP mailbox`, and `MYRIGHTS` alike (RFC 4314 section 7)
pub(super) fn encode_mailbox(encoder: &mut Encoder, names: NameEncoding, mailbox: &MailboxName) {
    encoder.sp().astring(&mailbox.to_wire(names));
}

/// `deleteacl = "DELETEACL" SP mailbox SP identifier`, and `LISTRIGHTS` alike (RFC 4314 section 7)
pub(super) fn encode_identifier(
    encoder: &mut Encoder,
    names: NameEncoding,
    mailbox: &MailboxName,
    identifier: &ImapString,
) {
    encode_mailbox(encoder, names, mailbox);
    encoder.sp().astring(identifier.as_bytes());
}

/// `setacl = "SETACL" SP mailbox SP identifier SP mod-rights` (RFC 4314 section 7)
pub(super) fn encode_set(
    encoder: &mut Encoder,
    names: NameEncoding,
    mailbox: &MailboxName,
    identifier: &ImapString,
    change: RightsChange,
) {
    encode_identifier(encoder, names, mailbox, identifier);
    let change = match change {
        RightsChange::Replace(rights) => rights.to_string(),
        RightsChange::Add(rights) => format!("+{rights}"),
        RightsChange::Remove(rights) => format!("-{rights}"),
    };
    encoder.sp().astring(change.as_bytes());
}

/// As [`encode_mailbox`].
pub(super) fn parse_get(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    parse_mailbox(cursor, names).map(Command::GetAcl)
}

/// As [`encode_mailbox`].
pub(super) fn parse_my_rights(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    parse_mailbox(cursor, names).map(Command::MyRights)
}

/// As [`encode_identifier`].
pub(super) fn parse_delete(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    let (mailbox, identifier) = (parse_mailbox(cursor, names)?, parse_identifier(cursor)?);
    Ok(Command::DeleteAcl { mailbox, identifier })
}

/// As [`encode_identifier`].
pub(super) fn parse_list_rights(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    let (mailbox, identifier) = (parse_mailbox(cursor, names)?, parse_identifier(cursor)?);
    Ok(Command::ListRights { mailbox, identifier })
}

/// As [`encode_set`]. Only letters in lower case and digits are rights (RFC 4314 section 7).
pub(super) fn parse_set(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    let (mailbox, identifier) = (parse_mailbox(cursor, names)?, parse_identifier(cursor)?);
    cursor.expect_sp()?;
    let offset = cursor.pos();
    let text = read::astring(cursor, "rights")?;
    let (change, letters): (fn(Rights) -> RightsChange, _) = match text.as_bytes() {
        [b'+', letters @ ..] => (RightsChange::Add, letters),
        [b'-', letters @ ..] => (RightsChange::Remove, letters),
        letters => (RightsChange::Replace, letters),
    };
    let known = |octet: &u8| octet.is_ascii_lowercase() || octet.is_ascii_digit();
    match Rights::new(letters) {
        Ok(rights) if letters.iter().all(known) => {
            Ok(Command::SetAcl { mailbox, identifier, change: change(rights) })
        }
        _ => Err(Syntax { offset, expected: "rights in lower case" }),
    }
}

fn parse_mailbox(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<MailboxName, Syntax> {
    cursor.expect_sp()?;
    read::mailbox(cursor, names)
}

fn parse_identifier(cursor: &mut Cursor<'_>) -> Result<ImapString, Syntax> {
    cursor.expect_sp()?;
    read::imap_string(cursor, "an identifier")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, name, string};
    use super::*;

    fn rights(rights: &str) -> Rights {
        Rights::new(rights).unwrap()
    }

    fn set(mailbox: &str, identifier: &str, change: RightsChange) -> Command {
        Command::SetAcl { mailbox: name(mailbox), identifier: string(identifier), change }
    }

    #[test]
    fn examples_of_the_rfc() {
        check(
            "A035 SETACL INBOX/Drafts John lrswicda",
            &set("INBOX/Drafts", "John", RightsChange::Replace(rights("lrswiacd"))),
            "A035 SETACL INBOX/Drafts John lrswiacd",
        );
        let line = "B002 DELETEACL INBOX Fred";
        let command = Command::DeleteAcl { mailbox: name("INBOX"), identifier: string("Fred") };
        check("B002 DeleteAcl INBOX Fred", &command, line);
        check("A002 GETACL INBOX", &Command::GetAcl(name("INBOX")), "A002 GETACL INBOX");
        let line = "a001 LISTRIGHTS ~/Mail/saved smith";
        let command = Command::ListRights { mailbox: name("~/Mail/saved"), identifier: string("smith") };
        check(line, &command, line);
        check("A003 myrights inbox", &Command::MyRights(name("INBOX")), "A003 MYRIGHTS INBOX");
    }

    #[test]
    fn rights_are_given_and_taken_away() {
        let set = |change| set("a b", "-\u{fc}", change);
        for (sent, change) in [
            ("+cdx", RightsChange::Add(rights("xcd"))),
            ("-t0", RightsChange::Remove(rights("t0"))),
            ("\"\"", RightsChange::Replace(Rights::NONE)),
            ("+", RightsChange::Add(Rights::NONE)),
        ] {
            check(
                &format!("a SETACL \"a b\" {{3}}\r\n-\u{fc} {sent}"),
                &set(change),
                &format!("a SETACL \"a b\" {{3}}\r\n-\u{fc} {}", sent.replace("cdx", "xcd")),
            );
        }
    }

    #[test]
    fn what_is_no_acl() {
        check_wrong("a GETACL", 8, "a blank");
        check_wrong("a MYRIGHTS (a)", 11, "a mailbox name");
        check_wrong("a DELETEACL a", 13, "a blank");
        check_wrong("a LISTRIGHTS a ", 15, "an identifier");
        check_wrong("a SETACL a b", 12, "a blank");
        check_wrong("a SETACL a b lrQswicda", 13, "rights in lower case");
        check_wrong("a SETACL a b ++l", 13, "rights in lower case");
        check_wrong("a SETACL a b \"l r\"", 13, "rights in lower case");
        check_wrong("a SETACL a b (", 13, "rights");
    }
}

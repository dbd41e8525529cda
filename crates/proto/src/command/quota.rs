use super::{Command, read};
use crate::types::{ImapString, MailboxName, NameEncoding, QuotaResource};
use crate::wire::{Cursor, Encoder, Syntax};

/// How much of a resource may be used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QuotaLimit {
    /// Which; it also tells the unit.
    pub resource: QuotaResource,
    /// How much.
    pub limit: u64,
}

/// `getquota = "GETQUOTA" SP quota-root-name` (RFC 9208 section 7)
pub(super) fn encode_get(encoder: &mut Encoder, root: &ImapString) {
    encoder.sp().astring(root.as_bytes());
}

/// `getquotaroot = "GETQUOTAROOT" SP mailbox` (RFC 9208 section 7)
pub(super) fn encode_get_root(encoder: &mut Encoder, names: NameEncoding, mailbox: &MailboxName) {
    encoder.sp().astring(&mailbox.to_wire(names));
}

/// `setquota = "SETQUOTA" SP quota-root-name SP "(" [setquota-resource *(SP setquota-resource)] ")"`, where
/// `setquota-resource = resource-name SP number64` (RFC 9208 section 7)
pub(super) fn encode_set(encoder: &mut Encoder, root: &ImapString, limits: &[QuotaLimit]) {
    encoder.sp().astring(root.as_bytes()).sp().list(limits, |encoder, QuotaLimit { resource, limit }| {
        encoder.raw(resource.name()).sp().show(limit);
    });
}

/// As [`encode_get`].
pub(super) fn parse_get(cursor: &mut Cursor<'_>) -> Result<Command, Syntax> {
    Ok(Command::GetQuota { root: parse_root(cursor)? })
}

/// As [`encode_get_root`].
pub(super) fn parse_get_root(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    read::mailbox(cursor, names).map(Command::GetQuotaRoot)
}

/// As [`encode_set`].
pub(super) fn parse_set(cursor: &mut Cursor<'_>) -> Result<Command, Syntax> {
    let root = parse_root(cursor)?;
    cursor.expect_sp()?;
    let limits = read::list(cursor, "a list of limits", |cursor| {
        let resource = QuotaResource::new(read::atom(cursor, "the name of a resource")?);
        cursor.expect_sp()?;
        let limit = cursor.expect_number64("a limit")?;
        Ok(QuotaLimit { resource, limit })
    })?;
    Ok(Command::SetQuota { root, limits })
}

fn parse_root(cursor: &mut Cursor<'_>) -> Result<ImapString, Syntax> {
    cursor.expect_sp()?;
    read::imap_string(cursor, "the name of a quota root")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, name, string};
    use super::*;
    use crate::types::Atom;

    fn set(root: &str, limits: &[(QuotaResource, u64)]) -> Command {
        let limit = |(resource, limit): &(QuotaResource, u64)| QuotaLimit {
            resource: resource.clone(),
            limit: *limit,
        };
        Command::SetQuota { root: string(root), limits: limits.iter().map(limit).collect() }
    }

    #[test]
    fn examples_of_the_rfcs() {
        check(
            "G0001 GETQUOTA \"!partition/sda4\"",
            &Command::GetQuota { root: string("!partition/sda4") },
            "G0001 GETQUOTA !partition/sda4",
        );
        check("A003 GETQUOTA \"\"", &Command::GetQuota { root: string("") }, "A003 GETQUOTA \"\"");
        check("G0002 getquotaroot inbox", &Command::GetQuotaRoot(name("INBOX")), "G0002 GETQUOTAROOT INBOX");
        let storage = QuotaResource::Storage;
        check(
            "S0001 SETQUOTA \"#user/alice\" (STORAGE 510)",
            &set("#user/alice", &[(storage.clone(), 510)]),
            "S0001 SETQUOTA #user/alice (STORAGE 510)",
        );
        check(
            "A001 SETQUOTA \"\" (storage 512)",
            &set("", &[(storage, 512)]),
            "A001 SETQUOTA \"\" (STORAGE 512)",
        );
    }

    #[test]
    fn limits_of_every_kind() {
        check("a SETQUOTA a ()", &set("a", &[]), "a SETQUOTA a ()");
        let other = QuotaResource::Other(Atom::try_from("X-Colour").unwrap());
        let limits = [(QuotaResource::Mailbox, u64::MAX), (other, 0)];
        let sent = "a SETQUOTA a (MAILBOX 18446744073709551615 X-Colour 0)";
        check("a setquota a ( mailbox  18446744073709551615 X-Colour 0 )", &set("a", &limits), sent);
        check(
            "a GETQUOTAROOT Entw&APw-rfe",
            &Command::GetQuotaRoot(name("Entw\u{fc}rfe")),
            "a GETQUOTAROOT Entw&APw-rfe",
        );
    }

    #[test]
    fn what_is_no_quota() {
        check_wrong("a GETQUOTA", 10, "a blank");
        check_wrong("a GETQUOTA ", 11, "the name of a quota root");
        check_wrong("a GETQUOTA {1}\r\n\0", 11, "the name of a quota root");
        check_wrong("a GETQUOTA a b", 13, "the end of the command");
        check_wrong("a GETQUOTAROOT", 14, "a blank");
        check_wrong("a GETQUOTAROOT (a)", 15, "a mailbox name");
        check_wrong("a SETQUOTA a", 12, "a blank");
        check_wrong("a SETQUOTA a STORAGE 5", 13, "a list of limits");
        check_wrong("a SETQUOTA a (5)", 15, "a blank");
        check_wrong("a SETQUOTA a (\"STORAGE\" 5)", 14, "the name of a resource");
        check_wrong("a SETQUOTA a (STORAGE -1)", 22, "a limit");
        check_wrong("a SETQUOTA a (STORAGE 18446744073709551616)", 22, "a limit");
        check_wrong("a SETQUOTA a (STORAGE 5", 23, "a blank");
    }
}

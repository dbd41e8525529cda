use std::borrow::Cow;

use super::{Command, read};
use crate::types::{Atom, MailboxName, NameEncoding, NonEmpty};
use crate::wire::{Cursor, Encoder, Syntax};

/// What `STATUS` can tell of a mailbox (RFC 9051 section 6.3.11, RFC 3501 section 6.3.10).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatusAttribute {
    /// `MESSAGES`: how many there are.
    Messages,
    /// `RECENT`: how many are new to this session (RFC 3501 only).
    Recent,
    /// `UIDNEXT`: the next UID.
    UidNext,
    /// `UIDVALIDITY`: which life of the mailbox its UIDs belong to.
    UidValidity,
    /// `UNSEEN`: how many are without `\Seen`.
    Unseen,
    /// `DELETED`: how many have `\Deleted` (RFC 9051 section 6.3.11).
    Deleted,
    /// `SIZE`: the sum of all sizes in octets (RFC 8438 section 2, RFC 9051 section 6.3.11).
    Size,
    /// `HIGHESTMODSEQ` (RFC 7162 section 3.1.8).
    HighestModSeq,
    /// `MAILBOXID`: what identifies the mailbox whatever its name (RFC 8474 section 4.3).
    ///
    /// Cyrus gives octets of freed memory beside an item for which it has to open the mailbox; alone, or with
    /// `UIDVALIDITY` and `UIDNEXT`, the answer is right.
    MailboxId,
    /// `APPENDLIMIT`: the largest message that can be appended (RFC 7889 section 3.1).
    AppendLimit,
    /// `DELETED-STORAGE`: what removing all that have `\Deleted` would free, in octets (RFC 9208 section 4.1.4).
    DeletedStorage,
    /// Any other, sent as it is.
    Other(Atom),
}

impl StatusAttribute {
    /// The attribute with this name, in any case.
    pub fn new(name: Atom) -> Self {
        match KNOWN.iter().find(|(known, _)| name.eq_ignore_case(known.as_bytes())) {
            Some((_, attribute)) => attribute.clone(),
            None => Self::Other(name),
        }
    }

    /// The name.
    pub fn name(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Other(name) => Cow::Borrowed(name.as_bytes()),
            known => {
                let name = KNOWN.iter().find(|(_, attribute)| attribute == known);
                Cow::Borrowed(name.map_or(&[], |(name, _)| name.as_bytes()))
            }
        }
    }
}

const KNOWN: [(&str, StatusAttribute); 11] = [
    ("MESSAGES", StatusAttribute::Messages),
    ("RECENT", StatusAttribute::Recent),
    ("UIDNEXT", StatusAttribute::UidNext),
    ("UIDVALIDITY", StatusAttribute::UidValidity),
    ("UNSEEN", StatusAttribute::Unseen),
    ("DELETED", StatusAttribute::Deleted),
    ("SIZE", StatusAttribute::Size),
    ("HIGHESTMODSEQ", StatusAttribute::HighestModSeq),
    ("MAILBOXID", StatusAttribute::MailboxId),
    ("APPENDLIMIT", StatusAttribute::AppendLimit),
    ("DELETED-STORAGE", StatusAttribute::DeletedStorage),
];

/// `status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"` (RFC 9051 section 9)
pub(super) fn encode(
    encoder: &mut Encoder,
    names: NameEncoding,
    mailbox: &MailboxName,
    items: &NonEmpty<StatusAttribute>,
) {
    encode_items(encoder.sp().astring(&mailbox.to_wire(names)).sp(), items);
}

/// `"(" status-att *(SP status-att) ")"`
pub(super) fn encode_items(encoder: &mut Encoder, items: &NonEmpty<StatusAttribute>) {
    encoder.list(items, |encoder, item| {
        encoder.raw(item.name());
    });
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let mailbox = read::mailbox(cursor, names)?;
    cursor.expect_sp()?;
    let items = parse_items(cursor)?;
    Ok(Command::Status { mailbox, items })
}

/// As [`encode_items`].
pub(super) fn parse_items(cursor: &mut Cursor<'_>) -> Result<NonEmpty<StatusAttribute>, Syntax> {
    let start = cursor.pos();
    let items = read::list(cursor, "a list of status attributes", |cursor| {
        read::atom(cursor, "a status attribute").map(StatusAttribute::new)
    })?;
    NonEmpty::try_from(items).map_err(|_| Syntax { offset: start, expected: "at least one status attribute" })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, name};
    use super::*;

    #[test]
    fn examples_of_the_rfcs() {
        let items = NonEmpty::one(StatusAttribute::UidNext).and(StatusAttribute::Messages);
        let line = "A042 STATUS blurdybloop (UIDNEXT MESSAGES)";
        check(line, &Command::Status { mailbox: name("blurdybloop"), items }, line);
        let items = NonEmpty::one(StatusAttribute::Messages);
        check(
            "k2 status \"/archive/projects/experiment-iv\" (messages)",
            &Command::Status { mailbox: name("/archive/projects/experiment-iv"), items },
            "k2 STATUS /archive/projects/experiment-iv (MESSAGES)",
        );
    }

    /// RFC 8474 section 4.3, RFC 7889 section 3.1, RFC 8438 section 2.
    #[test]
    fn attributes_of_extensions() {
        let line = "t1 STATUS INBOX (MAILBOXID APPENDLIMIT SIZE DELETED-STORAGE DELETED)";
        let items = NonEmpty::one(StatusAttribute::MailboxId)
            .and(StatusAttribute::AppendLimit)
            .and(StatusAttribute::Size)
            .and(StatusAttribute::DeletedStorage)
            .and(StatusAttribute::Deleted);
        check(line, &Command::Status { mailbox: MailboxName::inbox(), items }, line);
    }

    #[test]
    fn attributes_of_extensions_pass() {
        let items = NonEmpty::one(StatusAttribute::HighestModSeq)
            .and(StatusAttribute::Other(Atom::try_from("X-Colour").unwrap()));
        let command = Command::Status { mailbox: MailboxName::inbox(), items };
        check(
            "a STATUS inbox ( highestmodseq  X-Colour )",
            &command,
            "a STATUS INBOX (HIGHESTMODSEQ X-Colour)",
        );
    }

    #[test]
    fn every_attribute_has_its_own_name() {
        for (name, attribute) in KNOWN {
            assert_eq!(attribute.name(), name.as_bytes());
        }
    }

    #[test]
    fn what_is_no_status() {
        check_wrong("a STATUS INBOX", 14, "a blank");
        check_wrong("a STATUS INBOX ()", 15, "at least one status attribute");
        check_wrong("a STATUS INBOX MESSAGES", 15, "a list of status attributes");
        check_wrong("a STATUS INBOX (MESSAGES", 24, "a blank");
    }
}

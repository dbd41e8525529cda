//! Counts of a mailbox (RFC 9051 section 6.3.11).

use tayori_proto::command::{Command, StatusAttribute};
use tayori_proto::profile::Behaviour;
use tayori_proto::response::MailboxStatus;
use tayori_proto::types::{Capabilities, MailboxName, NonEmpty};

use crate::answer;
use crate::error::Error;
use crate::link::Link;
use crate::needs;

pub(crate) async fn status(
    link: &Link,
    mailbox: &MailboxName,
    items: NonEmpty<StatusAttribute>,
) -> Result<MailboxStatus, Error> {
    link.require_all(needs::of_status(&items)).await?;
    let mut told: Option<MailboxStatus> = None;
    for items in askable(link, items) {
        let command = Command::Status { mailbox: mailbox.clone(), items };
        let (data, done) = link.run(command).await?.collect().await?;
        let status = answer::status("STATUS", data, done)?;
        match &mut told {
            Some(told) => told.items.extend(status.items),
            None => told = Some(status),
        }
    }
    told.ok_or_else(|| Error::Incomplete { command: "STATUS".to_owned(), missing: "the counts" })
}

/// In the order in which people want to know them. `RECENT` is not among them: what it counts depends on who looked
/// before.
pub(crate) fn offered(capabilities: &Capabilities) -> NonEmpty<StatusAttribute> {
    let more = [
        StatusAttribute::Unseen,
        StatusAttribute::Deleted,
        StatusAttribute::Size,
        StatusAttribute::DeletedStorage,
        StatusAttribute::UidNext,
        StatusAttribute::UidValidity,
        StatusAttribute::HighestModSeq,
        StatusAttribute::MailboxId,
        StatusAttribute::AppendLimit,
    ];
    // A limit for all mailboxes is told with the capability (RFC 7889 section 2); Cyrus 3.10 refuses a whole STATUS in
    // which it is asked for again ("Invalid Status attributes").
    let is_told = |item: &StatusAttribute| {
        *item == StatusAttribute::AppendLimit && capabilities.append_limit().is_some()
    };
    let is_offered = |item: &StatusAttribute| {
        let mut needs = needs::of_status(std::slice::from_ref(item)).into_iter();
        !is_told(item) && needs.all(|need| need.is_met(capabilities))
    };
    more.into_iter().filter(is_offered).fold(NonEmpty::one(StatusAttribute::Messages), NonEmpty::and)
}

/// The items as this server can be asked for them, in one command or two: Cyrus tells a MAILBOXID of freed memory
/// beside items for which it has to open the mailbox ([`Behaviour::MailboxIdAlone`]).
pub(crate) fn askable(
    link: &Link,
    items: NonEmpty<StatusAttribute>,
) -> impl Iterator<Item = NonEmpty<StatusAttribute>> + use<> {
    let (ids, others): (Vec<_>, Vec<_>) = if link.shared.has(Behaviour::MailboxIdAlone) {
        items.into_vec().into_iter().partition(|item| *item == StatusAttribute::MailboxId)
    } else {
        (Vec::new(), items.into_vec())
    };
    [others, ids].into_iter().filter_map(|items| NonEmpty::try_from(items).ok())
}

#[cfg(test)]
mod tests {
    use tayori_proto::types::Capability;

    use super::*;

    #[track_caller]
    fn check(listed: &str, expected: &str) {
        let capabilities = listed.split(' ').filter_map(|name| Capability::try_from(name).ok()).collect();
        let offered = offered(&capabilities);
        let names: Vec<_> =
            offered.iter().map(|item| String::from_utf8_lossy(&item.name()).into_owned()).collect();
        assert_eq!(names.join(" "), expected, "{listed}");
    }

    #[test]
    fn what_can_be_told_depends_on_what_is_offered() {
        check("IMAP4rev1", "MESSAGES UNSEEN UIDNEXT UIDVALIDITY");
        check("IMAP4rev2", "MESSAGES UNSEEN DELETED SIZE UIDNEXT UIDVALIDITY");
        check(
            "IMAP4rev1 STATUS=SIZE QRESYNC OBJECTID APPENDLIMIT QUOTA=RES-STORAGE",
            "MESSAGES UNSEEN SIZE DELETED-STORAGE UIDNEXT UIDVALIDITY HIGHESTMODSEQ MAILBOXID APPENDLIMIT",
        );
        check("IMAP4rev1 APPENDLIMIT=2147483647", "MESSAGES UNSEEN UIDNEXT UIDVALIDITY");
    }
}

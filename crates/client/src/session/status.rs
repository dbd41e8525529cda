//! Counts of a mailbox (RFC 9051 section 6.3.11).

use tayori_proto::command::{Command, StatusAttribute};
use tayori_proto::profile::Behaviour;
use tayori_proto::response::MailboxStatus;
use tayori_proto::types::{MailboxName, NonEmpty};

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

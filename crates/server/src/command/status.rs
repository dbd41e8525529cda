use tayori_proto::command::StatusAttribute;
use tayori_proto::response::{MailboxStatus, Response, StatusItem};
use tayori_proto::types::{Flag, MailboxName, NonEmpty, Rights};
use tokio::task::consume_budget;

use super::acl;
use crate::connection::{Failure, Handled, Reply, Wire};
use crate::store::{Changes, Mailbox, Message, Store, StoreError};
use crate::view::count;

/// `STATUS` (RFC 9051 section 6.3.11, RFC 8438 section 2, RFC 7889 section 3.1, RFC 9208 section 4.1.4)
pub(super) async fn handle<S: Store>(
    wire: &mut Wire,
    store: &S,
    append_limit: u64,
    name: &MailboxName,
    wanted: &NonEmpty<StatusAttribute>,
) -> Handled {
    if !wanted.iter().all(is_known) {
        return Ok(Reply::bad("there is no such item"));
    }
    let mailbox = store.open(name).await?;
    acl::require(&mailbox, Rights::READ).await?;
    match look(store, append_limit, name, wanted).await? {
        Some(status) => wire.send(&Response::MailboxStatus(status)).await?,
        None => return Err(StoreError::NonExistent.into()),
    }
    Ok(Reply::ok("that is how it is"))
}

/// Whether [`look`] tells it.
pub(super) fn is_known(attribute: &StatusAttribute) -> bool {
    use StatusAttribute::*;
    matches!(
        attribute,
        HighestModSeq
            | MailboxId
            | Messages
            | Recent
            | UidNext
            | UidValidity
            | Unseen
            | Deleted
            | DeletedStorage
            | Size
            | AppendLimit
    )
}

/// How a mailbox is; `None` if there is none of this name that the user may read. What is not known is left out.
pub(super) async fn look<S: Store>(
    store: &S,
    append_limit: u64,
    name: &MailboxName,
    wanted: &NonEmpty<StatusAttribute>,
) -> Result<Option<MailboxStatus>, Failure> {
    let mailbox = match store.open(name).await {
        Ok(mailbox) => mailbox,
        Err(StoreError::NonExistent) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if !mailbox.rights().await?.has(Rights::READ) {
        return Ok(None);
    }
    let all = match mailbox.changes(None).await {
        Ok(all) => all,
        Err(StoreError::NonExistent) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut items = Vec::with_capacity(wanted.len());
    for attribute in wanted.iter() {
        items.push(match attribute {
            StatusAttribute::Messages => StatusItem::Messages(count(all.messages.len())),
            StatusAttribute::Recent => StatusItem::Recent(count(mailbox.unclaimed_recent().await?.count())),
            StatusAttribute::UidNext => StatusItem::UidNext(all.uid_next),
            StatusAttribute::UidValidity => StatusItem::UidValidity(Some(mailbox.validity())),
            StatusAttribute::MailboxId => StatusItem::MailboxId(mailbox.id()),
            StatusAttribute::HighestModSeq => StatusItem::HighestModSeq(Some(all.state)),
            StatusAttribute::Unseen => {
                StatusItem::Unseen(count(all.messages.len() - with(&all, &Flag::Seen)))
            }
            StatusAttribute::Deleted => StatusItem::Deleted(count(with(&all, &Flag::Deleted))),
            StatusAttribute::DeletedStorage => {
                StatusItem::DeletedStorage(deleted_octets(&mailbox, &all).await?)
            }
            StatusAttribute::Size => StatusItem::Size(mailbox.octets().await?),
            StatusAttribute::AppendLimit => StatusItem::AppendLimit(Some(append_limit)),
            _ => continue,
        });
    }
    Ok(Some(MailboxStatus { name: name.clone(), items }))
}

/// What an EXPUNGE would free (RFC 9208 section 4.1.4).
async fn deleted_octets(mailbox: &impl Mailbox, all: &Changes) -> Result<u64, StoreError> {
    let mut octets = 0_u64;
    for message in all.messages.iter().filter(|message| message.flags.contains(&Flag::Deleted)) {
        // There may be many, and nothing to wait for.
        consume_budget().await;
        let size = mailbox.message(message.uid).await?.map_or(0, |message| message.size());
        octets = octets.saturating_add(size);
    }
    Ok(octets)
}

fn with(all: &Changes, flag: &Flag) -> usize {
    all.messages.iter().filter(|message| message.flags.contains(flag)).count()
}

use tayori_proto::command::StatusAttribute;
use tayori_proto::response::{MailboxStatus, Response, StatusItem};
use tayori_proto::types::{Flag, MailboxName, NonEmpty};

use crate::connection::{Failure, Handled, Reply, Wire};
use crate::store::{Changes, Mailbox, Store, StoreError};
use crate::view::count;

/// `STATUS` (RFC 9051 section 6.3.11, RFC 8438 section 2, RFC 7889 section 3.1)
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
            | Size
            | AppendLimit
    )
}

/// How a mailbox is; `None` if there is none of this name. What is not known is left out.
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
            StatusAttribute::Size => StatusItem::Size(mailbox.octets().await?),
            StatusAttribute::AppendLimit => StatusItem::AppendLimit(Some(append_limit)),
            _ => continue,
        });
    }
    Ok(Some(MailboxStatus { name: name.clone(), items }))
}

fn with(all: &Changes, flag: &Flag) -> usize {
    all.messages.iter().filter(|message| message.flags.contains(flag)).count()
}

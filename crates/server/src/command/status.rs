use tayori_proto::command::StatusAttribute;
use tayori_proto::response::{MailboxStatus, Response, StatusItem};
use tayori_proto::types::{Flag, MailboxName, NonEmpty};

use crate::connection::{Handled, Reply, Wire};
use crate::store::{Changes, Mailbox, Store};
use crate::view::count;

/// `STATUS` (RFC 9051 section 6.3.11)
pub(super) async fn handle<S: Store>(
    wire: &mut Wire,
    store: &S,
    name: &MailboxName,
    wanted: &NonEmpty<StatusAttribute>,
) -> Handled {
    let mailbox = store.open(name).await?;
    let all = mailbox.changes(None).await?;
    let mut items = Vec::with_capacity(wanted.len());
    for attribute in wanted.iter() {
        items.push(match attribute {
            StatusAttribute::Messages => StatusItem::Messages(count(all.messages.len())),
            StatusAttribute::Recent => StatusItem::Recent(count(mailbox.unclaimed_recent().await?.count())),
            StatusAttribute::UidNext => StatusItem::UidNext(all.uid_next),
            StatusAttribute::UidValidity => StatusItem::UidValidity(Some(mailbox.validity())),
            StatusAttribute::HighestModSeq => StatusItem::HighestModSeq(Some(all.state)),
            StatusAttribute::Unseen => {
                StatusItem::Unseen(count(all.messages.len() - with(&all, &Flag::Seen)))
            }
            _ => return Ok(Reply::bad("there is no such item")),
        });
    }
    wire.send(&Response::MailboxStatus(MailboxStatus { name: name.clone(), items })).await?;
    Ok(Reply::ok("that is how it is"))
}

fn with(all: &Changes, flag: &Flag) -> usize {
    all.messages.iter().filter(|message| message.flags.contains(flag)).count()
}

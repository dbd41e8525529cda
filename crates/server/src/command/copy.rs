use tayori_proto::response::ResponseCode;
use tayori_proto::types::{MailboxName, Messages, SequenceSet, UidSet};

use crate::command::expunge;
use crate::connection::{Access, Failure, Handled, Reply, Selected, Wire, told};
use crate::store::{Copied, Mailbox};

/// `COPY` and `UID COPY` (RFC 9051 section 6.4.7)
pub(super) async fn handle<M: Mailbox>(
    selected: &mut Selected<M>,
    messages: &Messages,
    to: &MailboxName,
) -> Handled {
    let uids = wanted(selected, messages).await?;
    let copied = selected.mailbox.copy(&uids, to).await.map_err(Failure::target)?;
    let reply = Reply::ok("copied");
    Ok(match copy_uid(&copied) {
        Some(code) => reply.with(code),
        None => reply,
    })
}

/// `MOVE` and `UID MOVE` (RFC 9051 section 6.4.8). The copies are named before the originals are said to be gone.
pub(super) async fn handle_move<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    messages: &Messages,
    to: &MailboxName,
) -> Handled {
    if selected.access == Access::ReadOnly {
        return Ok(Reply::read_only());
    }
    let uids = wanted(selected, messages).await?;
    let moved = selected.mailbox.move_to(&uids, to).await.map_err(Failure::target)?;
    if let Some(code) = copy_uid(&moved) {
        wire.send(&told(code, "moved")).await?;
    }
    Ok(expunge::reply(selected, "moved").await?)
}

/// The messages that are still there. Numbers that stand for nothing are an error of the client, UIDs are not.
async fn wanted<M: Mailbox>(selected: &mut Selected<M>, messages: &Messages) -> Result<UidSet, Failure> {
    // What others have removed must not be called copied, also if this client has not been told.
    selected.refresh().await?;
    let numbers = selected.resolve(messages)?;
    let uids = selected.uids_of(&numbers);
    if uids.count() < numbers.len() as u64 {
        let reply = Reply::no("some of the messages are gone").with(ResponseCode::ExpungeIssued);
        return Err(Failure::Refused(reply));
    }
    Ok(uids)
}

/// Which became which (RFC 4315 section 3); `None` for no message at all.
fn copy_uid(copied: &Copied) -> Option<ResponseCode> {
    let from: UidSet = copied.uids.iter().map(|(from, _)| *from).collect();
    let to: UidSet = copied.uids.iter().map(|(_, to)| *to).collect();
    Some(ResponseCode::CopyUid {
        validity: copied.validity,
        from: SequenceSet::try_from(from).ok()?,
        to: SequenceSet::try_from(to).ok()?,
    })
}

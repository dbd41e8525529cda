use tayori_proto::response::ResponseCode;
use tayori_proto::types::{MailboxName, Messages, SeqNum, SequenceSet, UidSet};

use crate::command::expunge;
use crate::connection::{Access, Cut, Failure, Handled, Reply, Selected, Wire, told};
use crate::store::{Copied, Mailbox};

/// `COPY` and `UID COPY` (RFC 9051 section 6.4.7)
pub(super) async fn handle<M: Mailbox>(
    selected: &mut Selected<M>,
    messages: &Messages,
    to: &MailboxName,
) -> Handled {
    let (numbers, cut) = wanted(selected, messages).await?;
    if let Some(cut) = cut {
        // A copy is made of all messages or of none (RFC 9051 section 6.4.7, RFC 9738 section 3).
        return Ok(cut.refusal());
    }
    let uids = still_there(selected, &numbers)?;
    let copied = selected.mailbox.copy(&uids, to).await.map_err(Failure::target)?;
    let reply = making(Reply::ok("copied"), &copied);
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
    let (numbers, cut) = wanted(selected, messages).await?;
    let uids = still_there(selected, &numbers)?;
    let moved = selected.mailbox.move_to(&uids, to).await.map_err(Failure::target)?;
    if let Some(code) = copy_uid(&moved) {
        wire.send(&told(code, "moved")).await?;
    }
    let reply = expunge::reply(selected, "moved").await?;
    Ok(making(Cut::add(cut, wire, reply).await?, &moved))
}

fn making(reply: Reply, copied: &Copied) -> Reply {
    reply.making(copied.mailbox.clone(), copied.uids.iter().map(|(_, to)| *to).collect())
}

/// The messages that are meant, as far as a command may be about so many.
async fn wanted<M: Mailbox>(
    selected: &mut Selected<M>,
    messages: &Messages,
) -> Result<(Vec<SeqNum>, Option<Cut>), Failure> {
    // What others have removed must not be called copied, also if this client has not been told.
    selected.refresh().await?;
    let mut numbers = selected.resolve(messages)?;
    let cut = selected.cut(&mut numbers);
    Ok((numbers, cut))
}

/// Their UIDs. Numbers that stand for nothing are an error of the client, UIDs are not.
fn still_there<M: Mailbox>(selected: &Selected<M>, numbers: &[SeqNum]) -> Result<UidSet, Failure> {
    let uids = selected.uids_of(numbers);
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

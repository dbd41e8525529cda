use tayori_proto::response::ResponseCode;
use tayori_proto::types::{Flag, SeqNum, SequenceSet, Uid};

use crate::connection::{Access, Cut, Gone, Handled, Reply, Selected, Wire};
use crate::store::Mailbox;

/// `EXPUNGE` (RFC 9051 section 6.4.3). What is gone is told with the news.
///
/// Only messages go that have `\Deleted` in the store at this moment, and that this client has been told of: one that
/// came in between was not looked at by anybody.
pub(super) async fn handle<M: Mailbox>(selected: &mut Selected<M>) -> Handled {
    if selected.access == Access::ReadOnly {
        return Ok(Reply::read_only());
    }
    let numbers = selected.view.uids(&SequenceSet::all());
    selected.mailbox.expunge(&selected.uids_of(&numbers)).await?;
    Ok(reply(selected, "expunged").await?)
}

/// `UID EXPUNGE` (RFC 9051 section 6.4.9): the same for some of the messages.
pub(super) async fn handle_uids<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    uids: &SequenceSet<Uid>,
) -> Handled {
    if selected.access == Access::ReadOnly {
        return Ok(Reply::read_only());
    }
    selected.refresh().await?;
    let mut numbers = selected.view.uids(uids);
    // A client goes on by saying the same again (RFC 9738 section 3), so those that stay do not count.
    let is_deleted =
        |number: &SeqNum| selected.view.row(*number).is_some_and(|row| !row.gone && row.has(&Flag::Deleted));
    let mut deleted: Vec<SeqNum> = numbers.iter().copied().filter(is_deleted).collect();
    let cut = selected.cut(&mut deleted);
    if cut.is_some() {
        numbers = deleted;
    }
    selected.mailbox.expunge(&selected.uids_of(&numbers)).await?;
    let reply = reply(selected, "expunged").await?;
    Ok(Cut::add(cut, wire, reply).await?)
}

/// The reply to a command that has removed messages. A client that follows mod-sequences is told the one that it has
/// reached (RFC 7162 section 3.2.7, RFC 6851 section 4.4): what comes in between is told in front of the reply.
pub(super) async fn reply<M: Mailbox>(selected: &mut Selected<M>, text: &'static str) -> Result<Reply, Gone> {
    let reply = Reply::ok(text);
    if !selected.enabled.qresync {
        return Ok(reply);
    }
    selected.refresh().await?;
    if !selected.view.has_gone() {
        return Ok(reply);
    }
    Ok(reply.with(ResponseCode::HighestModSeq(selected.view.state())))
}

/// `UID EXPUNGE $` (RFC 5182 section 2.1).
pub(super) async fn handle_saved<M: Mailbox>(wire: &mut Wire, selected: &mut Selected<M>) -> Handled {
    match SequenceSet::try_from(selected.saved.uids().clone()) {
        Ok(uids) => handle_uids(wire, selected, &uids).await,
        Err(_) if selected.access == Access::ReadOnly => Ok(Reply::read_only()),
        // There is nothing in it.
        Err(_) => Ok(Reply::ok("expunged")),
    }
}

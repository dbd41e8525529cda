use tayori_proto::response::ResponseCode;
use tayori_proto::types::{SequenceSet, Uid};

use crate::connection::{Access, Gone, Handled, Reply, Selected};
use crate::store::Mailbox;

/// `EXPUNGE` and `UID EXPUNGE` (RFC 9051 sections 6.4.3 and 6.4.9). What is gone is told with the news.
///
/// Only messages go that have `\Deleted` in the store at this moment, and that this client has been told of: one that
/// came in between was not looked at by anybody.
pub(super) async fn handle<M: Mailbox>(selected: &mut Selected<M>, uids: &SequenceSet<Uid>) -> Handled {
    if selected.access == Access::ReadOnly {
        return Ok(Reply::read_only());
    }
    let numbers = selected.view.uids(uids);
    selected.mailbox.expunge(&selected.uids_of(&numbers)).await?;
    Ok(reply(selected, "expunged").await?)
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
pub(super) async fn handle_saved<M: Mailbox>(selected: &mut Selected<M>) -> Handled {
    match SequenceSet::try_from(selected.saved.uids().clone()) {
        Ok(uids) => handle(selected, &uids).await,
        Err(_) if selected.access == Access::ReadOnly => Ok(Reply::read_only()),
        // There is nothing in it.
        Err(_) => Ok(Reply::ok("expunged")),
    }
}

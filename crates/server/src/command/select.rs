use tayori_proto::command::SelectParameter;
use tayori_proto::response::{Response, ResponseCode};
use tayori_proto::types::{Flag, MailboxName, PermanentFlag, SequenceSet};

use crate::command::condstore::HIGHEST;
use crate::connection::{Access, Connection, Handled, Phase, Reply, Selected, told};
use crate::store::{Mailbox, Store};

/// What every mailbox can keep (RFC 9051 section 2.3.2).
const SYSTEM_FLAGS: [Flag; 5] = [Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Seen, Flag::Draft];

/// `SELECT` and `EXAMINE` (RFC 9051 sections 6.3.2 and 6.3.3). One that fails leaves no mailbox selected.
pub(super) async fn handle<S: Store>(
    client: &mut Connection<S>,
    name: MailboxName,
    access: Access,
    parameter: &SelectParameter,
) -> Handled {
    let store = client.phase.require_store()?.clone();
    match parameter {
        SelectParameter::None => {}
        SelectParameter::CondStore => client.enabled = client.enabled.with_condstore(),
        _ => return Ok(Reply::bad("there is no such parameter")),
    }
    if client.phase.selected().is_some() {
        // What follows is about the other mailbox (RFC 7162 section 3.2.11).
        client.wire.send(&told(ResponseCode::Closed, "the mailbox before is closed")).await?;
    }
    client.phase = Phase::Authenticated(store.clone());
    let mailbox = store.open(&name).await?;
    let selected = Selected::open(mailbox, access, client.enabled).await?;
    let (code, text) = match access {
        Access::ReadOnly => (ResponseCode::ReadOnly, "opened, to look at only"),
        Access::ReadWrite => (ResponseCode::ReadWrite, "opened"),
    };
    client.wire.send_all(&description(&selected)).await?;
    client.phase = Phase::Selected(store, Box::new(selected));
    Ok(Reply::ok(text).with(code))
}

/// What a client has to know of a mailbox (RFC 9051 section 6.3.2, RFC 3501 section 6.3.1).
fn description<M: Mailbox>(selected: &Selected<M>) -> Vec<Response> {
    let view = &selected.view;
    let flags: Vec<Flag> = SYSTEM_FLAGS.into_iter().chain(view.keywords()).collect();
    let permanent = match selected.access {
        Access::ReadOnly => Vec::new(),
        Access::ReadWrite => {
            let kept = flags.iter().cloned().map(PermanentFlag::Flag);
            kept.chain([PermanentFlag::NewKeywords]).collect()
        }
    };
    let unseen = view.rows().find(|(_, row)| !row.has(&Flag::Seen)).map(|(number, _)| number);
    let mut responses =
        vec![Response::Flags(flags), Response::Exists(view.exists()), Response::Recent(view.recent())];
    responses.extend(unseen.map(|number| told(ResponseCode::Unseen(Some(number)), "the first unseen one")));
    responses.extend([
        told(ResponseCode::UidValidity(Some(selected.mailbox.validity())), "UIDs are valid"),
        told(ResponseCode::UidNext(view.uid_next()), "the next UID"),
        told(ResponseCode::HighestModSeq(view.state()), HIGHEST),
        told(ResponseCode::PermanentFlags(permanent), "flags that are kept"),
    ]);
    responses
}

/// `CLOSE` (RFC 9051 section 6.4.1): expunges without a word, unless the mailbox was only looked at.
pub(super) async fn close<S: Store>(client: &mut Connection<S>) -> Handled {
    if let Some(selected) = client.phase.selected()
        && selected.access == Access::ReadWrite
    {
        // Asked for by the client: what it marked, and nothing that it was never told of.
        let all = selected.view.uids(&SequenceSet::all());
        selected.mailbox.expunge(&selected.uids_of(&all)).await?;
    }
    unselect(client);
    Ok(Reply::ok("closed"))
}

/// `UNSELECT` (RFC 9051 section 6.4.2)
pub(super) fn unselect<S: Store>(client: &mut Connection<S>) -> Reply {
    if let Some(store) = client.phase.store().cloned() {
        client.phase = Phase::Authenticated(store);
    }
    Reply::ok("closed, nothing expunged")
}

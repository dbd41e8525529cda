use tayori_proto::command::{QResync, SelectParameter, SequenceMatch};
use tayori_proto::response::{Response, ResponseCode, Vanished, VanishedWhen};
use tayori_proto::types::{Flag, MailboxName, PermanentFlag, Rights, SequenceSet, Uid, UidSet};

use crate::command::condstore::HIGHEST;
use crate::command::{acl, list, uid_only};
use crate::connection::{Access, Connection, Handled, Phase, Reply, Selected, told};
use crate::rights;
use crate::store::{Mailbox, Store, StoreError};
use crate::view::{View, flags_row};

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
        SelectParameter::QResync(known) if client.enabled.uid_only && known.sequence_match().is_some() => {
            return Ok(uid_only::refusal());
        }
        SelectParameter::QResync(_) if client.enabled.qresync => {}
        SelectParameter::QResync(_) => return Ok(Reply::bad("QRESYNC is not enabled")),
        _ => return Ok(Reply::bad("there is no such parameter")),
    }
    if client.phase.selected().is_some() {
        // What follows is about the other mailbox (RFC 7162 section 3.2.11).
        client.wire.send(&told(ResponseCode::Closed, "the mailbox before is closed")).await?;
    }
    client.phase = Phase::Authenticated(store.clone());
    let mailbox = store.open(&name).await?;
    acl::require(&mailbox, Rights::READ).await?;
    let rights = mailbox.rights().await?;
    let selected = Selected::open(mailbox, access, client.enabled, client.message_limit()).await?;
    let (code, text) = match access {
        Access::ReadOnly => (ResponseCode::ReadOnly, "opened, to look at only"),
        // What nobody may change by now may be changed later, so it is opened as any other.
        Access::ReadWrite if !rights::any(rights, rights::WRITING) => {
            (ResponseCode::ReadOnly, "opened, and you have no right to change it")
        }
        Access::ReadWrite => (ResponseCode::ReadWrite, "opened"),
    };
    client.wire.send_all(&description(&selected, rights)).await?;
    if client.enabled.rev2 {
        // The name that was asked for, as it is listed (RFC 9051 section 6.3.2).
        client.wire.send(&Response::List(list::row(Vec::new(), store.delimiter(), name))).await?;
    }
    if let SelectParameter::QResync(known) = parameter {
        client.wire.send_all(&missed(&selected, known).await?).await?;
    }
    client.phase = Phase::Selected(store, Box::new(selected));
    Ok(Reply::ok(text).with(code))
}

/// What a client has to know of a mailbox (RFC 9051 section 6.3.2, RFC 3501 section 6.3.1).
fn description<M: Mailbox>(selected: &Selected<M>, rights: Rights) -> Vec<Response> {
    let view = &selected.view;
    let flags: Vec<Flag> = SYSTEM_FLAGS.into_iter().chain(view.keywords()).collect();
    let permanent = match selected.access {
        Access::ReadOnly => Vec::new(),
        Access::ReadWrite => {
            let kept = flags.iter().filter(|flag| rights.has(rights::for_flag(flag))).cloned();
            let new = rights.has(Rights::WRITE).then_some(PermanentFlag::NewKeywords);
            kept.map(PermanentFlag::Flag).chain(new).collect()
        }
    };
    let unseen = view.rows().find(|(_, row)| !row.has(&Flag::Seen)).map(|(number, _)| number);
    let mut responses = vec![Response::Flags(flags), Response::Exists(view.exists())];
    if !selected.enabled.rev2 {
        responses.push(Response::Recent(view.recent()));
    }
    // The number of a message, which says nothing where there are none, and is gone from RFC 9051.
    let unseen = unseen.filter(|_| !selected.enabled.uid_only && !selected.enabled.rev2);
    responses.extend(unseen.map(|number| told(ResponseCode::Unseen(Some(number)), "the first unseen one")));
    responses.extend([
        told(ResponseCode::UidValidity(Some(selected.mailbox.validity())), "UIDs are valid"),
        told(ResponseCode::UidNext(view.uid_next()), "the next UID"),
        told(ResponseCode::HighestModSeq(view.state()), HIGHEST),
        told(ResponseCode::MailboxId(selected.mailbox.id()), "what identifies the mailbox"),
        told(ResponseCode::PermanentFlags(permanent), "flags that are kept"),
    ]);
    responses
}

/// What has happened in a mailbox since the client saw it last (RFC 7162 section 3.2.5); nothing if it was another
/// mailbox.
async fn missed<M: Mailbox>(selected: &Selected<M>, known: &QResync) -> Result<Vec<Response>, StoreError> {
    if known.validity() != selected.mailbox.validity() {
        return Ok(Vec::new());
    }
    let mut vanished = selected.vanished_since(known.modseq()).await?;
    if let Some(uids) = known.known_uids() {
        vanished = vanished.intersection(uids);
    }
    if let Some(last) = known.sequence_match().and_then(|known| last_match(&selected.view, known)) {
        vanished = vanished.difference(&UidSet::from_range(Uid::MIN..=last));
    }
    let vanished = Vanished::new(VanishedWhen::Earlier, vanished).map(Response::Vanished);
    let is_known = |uid| known.known_uids().is_none_or(|uids| uids.contains(uid));
    let changed = selected.view.rows().filter(|(_, row)| row.changed > known.modseq() && is_known(row.uid));
    let rows = changed.map(|(number, row)| flags_row(number, row, selected.enabled));
    Ok(vanished.into_iter().chain(rows).collect())
}

/// Up to which message the client knows the mailbox as it is: no number below has another message than it believes, so
/// none of them has gone. Looks at no more pairs than there are messages, however many the client names.
fn last_match(view: &View, known: &SequenceMatch) -> Option<Uid> {
    let pairs = known.numbers().iter().zip(known.uids().iter());
    let matching = pairs.take_while(|(number, uid)| view.row(*number).is_some_and(|row| row.uid == *uid));
    matching.map(|(_, uid)| uid).last()
}

/// `CLOSE` (RFC 9051 section 6.4.1): expunges without a word, unless the mailbox was only looked at.
pub(super) async fn close<S: Store>(client: &mut Connection<S>) -> Handled {
    if let Some(selected) = client.phase.selected()
        && selected.access == Access::ReadWrite
    {
        // Asked for by the client: what it marked, and nothing that it was never told of.
        // Who may not expunge closes all the same (RFC 4314 section 4, CLOSE).
        if selected.mailbox.rights().await?.has(Rights::EXPUNGE) {
            let all = selected.view.uids(&SequenceSet::all());
            selected.mailbox.expunge(&selected.uids_of(&all)).await?;
        }
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

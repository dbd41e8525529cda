use tayori_proto::command::{NewMessage, Replaced};
use tayori_proto::response::ResponseCode;
use tayori_proto::types::{Bound, MailboxName, Uid, UidSet};

use super::append::{Incoming, Most, receive};
use crate::connection::{Access, Asking, Connection, Failure, Handled, Reply, Selected, told};
use crate::store::{Appended, Mailbox, Store};

/// `REPLACE` and `UID REPLACE` (RFC 8508 section 3). Where the message is still to come, see [`super::append::handle`].
///
/// The new message is named before the old one is said to be gone, and the store does both or neither.
pub(crate) async fn handle<S: Store>(
    client: &mut Connection<S>,
    replaced: Replaced,
    mailbox: &MailboxName,
    message: NewMessage,
    coming: Option<(u64, Asking)>,
) -> Handled {
    // Whether there is something to replace is known before the message is asked for.
    if let Some(selected) = client.phase.selected() {
        selected.refresh().await?;
    }
    let uid = match client.phase.require_selected().and_then(|selected| find(selected, replaced)) {
        Ok(uid) => uid,
        Err(refusal) => {
            if let Some((size, asking)) = coming {
                client.skip_literal(size, asking).await?;
            }
            return Err(refusal);
        }
    };
    let incoming = Incoming { messages: vec![message], coming, most: Most::One };
    let mut appends = receive(client, mailbox, incoming).await?;
    let Some(append) = appends.pop() else { return Ok(Reply::bad("there is no message")) };
    let store = client.phase.require_store()?.clone();
    let selected = client.phase.require_selected()?;
    // What proves that a copy exists is the UID of the new message, which the store gives when it has removed the old
    // one.
    match store.replace(&selected.mailbox, uid, append).await.map_err(Failure::target)? {
        Some(Appended { mailbox, validity, uid }) => {
            let code = ResponseCode::AppendUid { validity, uids: UidSet::from(uid) };
            client.wire.send(&told(code, "the new message is there")).await?;
            Ok(Reply::ok("replaced").making(mailbox, UidSet::from(uid)))
        }
        None => Ok(Reply::no("the message is gone").with(ResponseCode::ExpungeIssued)),
    }
}

fn find<M: Mailbox>(selected: &Selected<M>, replaced: Replaced) -> Result<Uid, Failure> {
    if selected.access == Access::ReadOnly {
        return Err(Failure::Refused(Reply::read_only()));
    }
    let row = match replaced {
        Replaced::Number(Bound::Id(number)) => selected.view.row(number),
        Replaced::Uid(Bound::Id(uid)) => {
            let mut rows = selected.view.rows().map(|(_, row)| row);
            rows.find(|row| row.uid == uid)
        }
        Replaced::Number(Bound::Last) | Replaced::Uid(Bound::Last) => {
            selected.view.rows().last().map(|(_, row)| row)
        }
    };
    let missing = match replaced {
        Replaced::Number(_) => Reply::bad("there are not so many messages"),
        Replaced::Uid(_) => Reply::no("there is no such message"),
    };
    match row {
        Some(row) if row.gone => {
            Err(Failure::Refused(Reply::no("the message is gone").with(ResponseCode::ExpungeIssued)))
        }
        Some(row) => Ok(row.uid),
        None => Err(Failure::Refused(missing)),
    }
}

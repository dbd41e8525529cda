use std::collections::BTreeSet;

use tayori_proto::command::{Silence, StoreChange};
use tayori_proto::response::{Fetch, FetchItem, Response, ResponseCode};
use tayori_proto::types::{Flag, Messages, SearchBy, SeqNum};

use crate::connection::{Access, Handled, Reply, Selected, Wire};
use crate::store::Mailbox;

/// `STORE` and `UID STORE` (RFC 9051 section 6.4.6)
pub(super) async fn handle<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    messages: &Messages,
    change: StoreChange,
    silence: Silence,
    flags: &[Flag],
) -> Handled {
    if selected.access == Access::ReadOnly {
        return Ok(Reply::read_only());
    }
    if flags.contains(&Flag::Recent) {
        return Ok(Reply::bad("\\Recent cannot be changed"));
    }
    let numbers = selected.resolve(messages)?;
    let expected: Vec<(SeqNum, BTreeSet<Flag>)> = numbers
        .iter()
        .filter_map(|number| Some((*number, changed(selected, *number, change, flags)?)))
        .collect();
    selected.mailbox.store(&selected.uids_of(&numbers), change, flags).await?;
    selected.refresh().await?;
    for (number, expected) in expected {
        let Some(row) = selected.view.row(number).filter(|row| !row.gone) else { continue };
        // What is as the client expects it need not be told; what somebody else has changed as well is told as news.
        let as_expected = row.flags.iter().cloned().collect::<BTreeSet<_>>() == expected;
        match silence {
            Silence::Silent if !as_expected => continue,
            Silence::Silent => {}
            Silence::Answered => {
                let uid = (messages.by() == SearchBy::Uids).then_some(FetchItem::Uid(row.uid));
                let flags = FetchItem::Flags(row.flags_shown());
                let items = uid.into_iter().chain([flags]).collect();
                wire.send(&Response::Fetch(Fetch::new(Some(number), items))).await?;
            }
        }
        selected.view.told_flags(number);
    }
    // A UID that stands for nothing is no error (RFC 9051 section 6.4.9).
    let by_number = matches!(messages, Messages::Numbers(_));
    let gone =
        by_number && numbers.iter().any(|number| selected.view.row(*number).is_none_or(|row| row.gone));
    if gone {
        return Ok(Reply::no("some of the messages are gone").with(ResponseCode::ExpungeIssued));
    }
    Ok(Reply::ok("stored"))
}

/// The flags that a message will have.
fn changed<M: Mailbox>(
    selected: &Selected<M>,
    number: SeqNum,
    change: StoreChange,
    flags: &[Flag],
) -> Option<BTreeSet<Flag>> {
    let mut now: BTreeSet<Flag> = selected.view.row(number)?.flags.iter().cloned().collect();
    change.apply(&mut now, flags);
    Some(now)
}

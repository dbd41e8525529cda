use std::collections::BTreeSet;

use tayori_proto::command::{FetchAttribute, Silence, StoreChange, UnchangedSince};
use tayori_proto::response::{FetchItem, ResponseCode};
use tayori_proto::types::{Flag, GmLabel, Messages, ModSeq, NumberSet, SearchBy, SeqNum, SeqSet, UidSet};

use crate::connection::{Access, Cut, Failure, Handled, Reply, Selected, Wire};
use crate::store::Mailbox;
use crate::view::row_of;

/// What is to be done with flags.
pub(super) struct Order<'a> {
    pub(super) unchanged_since: Option<UnchangedSince>,
    pub(super) change: StoreChange,
    pub(super) silence: Silence,
    pub(super) flags: &'a [Flag],
}

/// `STORE` and `UID STORE` (RFC 9051 section 6.4.6, RFC 7162 section 3.1.3)
pub(super) async fn handle<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    messages: &Messages,
    order: Order<'_>,
) -> Handled {
    if selected.access == Access::ReadOnly {
        return Ok(Reply::read_only());
    }
    if order.flags.contains(&Flag::Recent) {
        return Ok(Reply::bad("\\Recent cannot be changed"));
    }
    let mut numbers = selected.resolve(messages)?;
    let cut = selected.cut(&mut numbers);
    let before: Vec<Before> = numbers.iter().filter_map(|number| Before::new(selected, *number)).collect();
    let left = store(selected, &before, &order).await?;
    for before in &before {
        tell(wire, selected, messages, &order, &left, before).await?;
    }
    let modified = modified(messages, &before, &left).map(ResponseCode::Modified);
    // A UID that stands for nothing is no error (RFC 9051 section 6.4.9).
    let by_number = matches!(messages, Messages::Numbers(_));
    let gone =
        by_number && numbers.iter().any(|number| selected.view.row(*number).is_none_or(|row| row.gone));
    let reply = match modified {
        Some(modified) if gone => {
            Reply::no("some of the messages are gone, others have changed").with(modified)
        }
        None if gone => Reply::no("some of the messages are gone").with(ResponseCode::ExpungeIssued),
        Some(modified) => Reply::ok("some of the messages have changed").with(modified),
        None => Reply::ok("stored"),
    };
    Ok(Cut::add(cut, wire, reply).await?)
}

/// What is to be done with labels.
pub(super) struct LabelOrder<'a> {
    pub(super) change: StoreChange,
    pub(super) silence: Silence,
    pub(super) labels: &'a [GmLabel],
}

/// `STORE` and `UID STORE` of `X-GM-LABELS` (Gmail's extension). Each row tells all labels of a message.
pub(super) async fn handle_labels<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    messages: &Messages,
    order: LabelOrder<'_>,
) -> Handled {
    let item = FetchAttribute::GmLabels.as_word();
    let Some(item) = item.filter(|item| wire.conduct().is_some_and(|conduct| conduct.has_item(item))) else {
        return Ok(Reply::bad("there is no such item"));
    };
    if selected.access == Access::ReadOnly {
        return Ok(Reply::read_only());
    }
    let mut numbers = selected.resolve(messages)?;
    let cut = selected.cut(&mut numbers);
    let LabelOrder { change, silence, labels } = order;
    selected.mailbox.store_labels(&selected.uids_of(&numbers), change, labels).await?;
    selected.refresh().await?;
    for number in numbers.into_iter().filter(|_| silence == Silence::Answered) {
        // One that has lost the label of this mailbox is told as gone.
        let Some(row) = selected.view.row(number).filter(|row| !row.gone) else { continue };
        let validity = selected.mailbox.validity();
        let told = wire.conduct().and_then(|conduct| conduct.item(&item, validity, row.uid));
        let by_uid = messages.by() == SearchBy::Uids && !selected.enabled.uid_only;
        let uid = by_uid.then_some(FetchItem::Uid(row.uid));
        wire.send(&row_of(number, row, selected.enabled, uid.into_iter().chain(told).collect())).await?;
    }
    let reply = Reply::ok("stored");
    Ok(Cut::add(cut, wire, reply).await?)
}

/// A message as the client knows it when it gives its order.
struct Before {
    number: SeqNum,
    row: crate::view::Row,
}

impl Before {
    fn new<M: Mailbox>(selected: &Selected<M>, number: SeqNum) -> Option<Self> {
        Some(Self { number, row: selected.view.row(number)?.clone() })
    }

    /// The flags that the message will have if nobody else changes them.
    fn expected(&self, order: &Order<'_>) -> BTreeSet<Flag> {
        let mut flags: BTreeSet<Flag> = self.row.flags.iter().cloned().collect();
        order.change.apply(&mut flags, order.flags);
        flags
    }
}

/// Changes the flags. Says which messages have changed since the client has seen them, and stay as they are.
async fn store<M: Mailbox>(
    selected: &mut Selected<M>,
    before: &[Before],
    order: &Order<'_>,
) -> Result<UidSet, Failure> {
    let Order { unchanged_since, change, flags, .. } = *order;
    let uids = before.iter().filter(|before| !before.row.gone).map(|before| before.row.uid).collect();
    let Some(since) = unchanged_since else {
        selected.mailbox.store(&uids, change, flags).await?;
        selected.refresh().await?;
        return Ok(UidSet::new());
    };
    let left = selected.mailbox.store_unless_changed(&uids, since, change, flags).await?;
    selected.refresh().await?;
    let UnchangedSince::ModSeq(since) = since else { return Ok(left) };
    let changed_elsewhere: UidSet = before
        .iter()
        .filter(|before| left.contains(before.row.uid) && changed_elsewhere(selected, before, order, since))
        .map(|before| before.row.uid)
        .collect();
    if changed_elsewhere.is_empty() {
        return Ok(left);
    }
    let seen = UnchangedSince::ModSeq(selected.view.state());
    let left_again = selected.mailbox.store_unless_changed(&changed_elsewhere, seen, change, flags).await?;
    selected.refresh().await?;
    Ok(left.difference(&changed_elsewhere).union(&left_again))
}

/// Whether a message has changed in nothing that the order is about: it is carried out all the same (RFC 7162
/// section 3.1.12). That can be told only if the flags are known that the message had when the client saw it last.
fn changed_elsewhere<M: Mailbox>(
    selected: &Selected<M>,
    before: &Before,
    order: &Order<'_>,
    since: ModSeq,
) -> bool {
    let Some(now) = selected.view.row(before.number) else { return false };
    let has = |flags: &[Flag], wanted: &Flag| {
        flags.iter().any(|flag| flag.to_bytes().eq_ignore_ascii_case(&wanted.to_bytes()))
    };
    order.change != StoreChange::Replace
        && before.row.changed <= since
        && order.flags.iter().all(|flag| has(&before.row.flags, flag) == has(&now.flags, flag))
}

/// The row that answers for one message.
async fn tell<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    messages: &Messages,
    order: &Order<'_>,
    left: &UidSet,
    before: &Before,
) -> Result<(), Failure> {
    let number = before.number;
    let Some(row) = selected.view.row(number).filter(|row| !row.gone) else { return Ok(()) };
    if left.contains(row.uid) {
        // Else the client would have to ask what has become of it (RFC 7162 section 3.1.3, example 10).
        selected.view.tell_flags(number);
        return Ok(());
    }
    // What is as the client expects it need not be told; what somebody else has changed as well is told as news.
    let as_expected = row.flags.iter().cloned().collect::<BTreeSet<_>>() == before.expected(order);
    if order.silence == Silence::Silent && !as_expected {
        selected.view.tell_flags(number);
        return Ok(());
    }
    let enabled = selected.enabled;
    let flags =
        (order.silence == Silence::Answered).then(|| FetchItem::Flags(row.flags_shown(enabled).into()));
    let changed = order.unchanged_since.is_some() || row.changed != before.row.changed;
    let modseq =
        (enabled.condstore && (changed || flags.is_some())).then_some(FetchItem::ModSeq(Some(row.changed)));
    if flags.is_some() || modseq.is_some() {
        let by_uid = enabled.condstore || messages.by() == SearchBy::Uids;
        let uid = (by_uid && !enabled.uid_only).then_some(FetchItem::Uid(row.uid));
        let items = uid.into_iter().chain(flags).chain(modseq).collect();
        wire.send(&row_of(number, row, enabled, items)).await?;
    }
    selected.view.told_flags(number);
    Ok(())
}

/// The messages that were left alone, as the client names messages; `None` if there is none.
fn modified(messages: &Messages, before: &[Before], left: &UidSet) -> Option<NumberSet> {
    if left.is_empty() {
        return None;
    }
    Some(match messages.by() {
        SearchBy::Uids => NumberSet::from(left),
        SearchBy::Numbers => {
            let numbers = before.iter().filter(|before| left.contains(before.row.uid));
            NumberSet::from(&numbers.map(|before| before.number).collect::<SeqSet>())
        }
    })
}

use std::cmp::Ordering;

use tayori_proto::command::{SearchBy, SortCriterion, SortKey, SortOrder};
use tayori_proto::response::{Response, SortRow};
use tayori_proto::types::NonEmpty;
use tokio::task::consume_budget;

use super::condstore::has_modseq;
use super::order::{BaseSubject, first_mailbox, folded, sent_at};
use super::search::{Hit, Wanted, look};
use crate::connection::{Failure, Handled, Reply, Selected, Wire};
use crate::store::{Mailbox, Message};

/// `SORT` and `UID SORT` (RFC 5256 section 3).
///
/// What is compared is held in memory for each message that was found, which is less than its envelope.
pub(super) async fn handle<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    wanted: &Wanted<'_>,
    criteria: &NonEmpty<SortCriterion>,
) -> Handled {
    // A second time the same key decides nothing.
    let mut keys: Vec<SortCriterion> = Vec::new();
    for criterion in criteria.iter() {
        if !keys.iter().any(|known| known.key == criterion.key) {
            keys.push(*criterion);
        }
    }
    if keys.iter().any(|criterion| !is_known(criterion.key)) {
        return Ok(Reply::bad("there is no such sort key"));
    }
    let found = look(wire.names(), selected, wanted).await?;
    let mut sorted = Vec::with_capacity(found.messages().len());
    for Hit { number, uid, .. } in found.messages() {
        // There may be many, and nothing to wait for.
        consume_budget().await;
        // One that has gone in between is not there to be told.
        let Some(message) = selected.mailbox.message(*uid).await? else { continue };
        let mut values = Vec::with_capacity(keys.len());
        for criterion in &keys {
            values.push(value(&message, criterion.key).await?);
        }
        sorted.push((values, *number, *uid));
    }
    sorted.sort_by(|one, other| compare(&keys, &one.0, &other.0).then(one.1.cmp(&other.1)));
    let mut row = match wanted.by {
        SearchBy::Numbers => SortRow::from_seq_nums(sorted.iter().map(|(_, number, _)| *number).collect()),
        SearchBy::Uids => SortRow::from_uids(sorted.iter().map(|(_, _, uid)| *uid)),
    };
    // RFC 7162 section 3.1.6
    if has_modseq(wanted.key) {
        row.modseq = found.highest();
    }
    wire.send(&Response::Sort(row)).await?;
    Ok(Reply::ok("sorted"))
}

/// What a message is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Text(String),
    Number(i64),
}

/// Those of RFC 5957 are not offered.
fn is_known(key: SortKey) -> bool {
    !matches!(key, SortKey::DisplayFrom | SortKey::DisplayTo)
}

async fn value(message: &impl Message, key: SortKey) -> Result<Value, Failure> {
    let structure = match key {
        SortKey::Arrival => return Ok(Value::Number(message.date().unix_seconds())),
        SortKey::Size => return Ok(Value::Number(i64::try_from(message.size()).unwrap_or(i64::MAX))),
        _ => message.structure().await?,
    };
    let envelope = structure.envelope();
    Ok(match key {
        SortKey::Cc => Value::Text(first_mailbox(envelope.cc())),
        SortKey::From => Value::Text(first_mailbox(envelope.from())),
        SortKey::To => Value::Text(first_mailbox(envelope.to())),
        SortKey::Subject => Value::Text(BaseSubject::of(envelope.subject()).text),
        SortKey::Date => Value::Number(sent_at(envelope, message.date())),
        _ => Value::Text(folded("")),
    })
}

fn compare(keys: &[SortCriterion], one: &[Value], other: &[Value]) -> Ordering {
    let orders = keys.iter().zip(one.iter().zip(other)).map(|(key, (one, other))| match key.order {
        SortOrder::Ascending => one.cmp(other),
        SortOrder::Descending => other.cmp(one),
    });
    orders.fold(Ordering::Equal, Ordering::then)
}

use tayori_mime::order::{SortBasis, Sorter};
use tayori_proto::command::{SearchBy, SortCriterion};
use tayori_proto::response::{Response, SortRow};
use tayori_proto::types::{Envelope, NonEmpty};
use tokio::task::consume_budget;

use super::condstore::has_modseq;
use super::search::{Hit, Wanted, look};
use crate::connection::{Handled, Reply, Selected, Wire};
use crate::store::{Mailbox, Message};

/// `SORT` and `UID SORT` (RFC 5256 section 3, RFC 5957 section 4).
///
/// What is compared is held in memory for each message that was found, which is less than its envelope.
pub(super) async fn handle<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    wanted: &Wanted<'_>,
    criteria: &NonEmpty<SortCriterion>,
) -> Handled {
    let Some(sorter) = Sorter::new(criteria) else {
        return Ok(Reply::bad("there is no such sort key"));
    };
    let found = look(wire, selected, wanted).await?;
    if let Some(cut) = found.cut() {
        // Some of them would stand in a wrong order (RFC 9738 section 3).
        return Ok(cut.refusal());
    }
    let mut sorted = Vec::with_capacity(found.messages().len());
    let mut work = wanted.progress.of(found.messages().len());
    let no_envelope = Envelope::default();
    for Hit { number, uid, .. } in found.messages() {
        // There may be many, and nothing to wait for.
        consume_budget().await;
        // One that has gone in between is not there to be told.
        let Some(message) = selected.mailbox.message(*uid).await? else { continue };
        let structure = if sorter.needs_envelope() { Some(message.structure().await?) } else { None };
        let envelope = structure.as_ref().map_or(&no_envelope, |structure| structure.envelope());
        let basis = SortBasis { envelope, arrived: message.date(), size: message.size() };
        sorted.push((sorter.values(&basis), (*number, *uid)));
        work.step(wire).await?;
    }
    sorter.sort(&mut sorted);
    let mut row = match wanted.by {
        SearchBy::Numbers => SortRow::from_seq_nums(sorted.iter().map(|(_, (number, _))| *number).collect()),
        SearchBy::Uids => SortRow::from_uids(sorted.iter().map(|(_, (_, uid))| *uid)),
    };
    // RFC 7162 section 3.1.6
    if has_modseq(wanted.key) {
        row.modseq = found.highest();
    }
    wire.send(&Response::Sort(row)).await?;
    Ok(Reply::ok("sorted"))
}

//! Messages that are safe here are removed from the server.
//!
//! What proves that a message is safe here: its file is synced, has its name, its folder is synced, and the list of
//! what is here, where there is one, says so and is synced too ([`crate::output::writers`]); and the server's size of
//! the message is that of the file. For a message that was here before, its file is read again, and its octets are
//! those of the list; then the file, its folders and the list are synced, since the run that wrote them may not have
//! done so.

use std::collections::HashMap;
use std::fmt::Write as _;

use tayori_client::{Discard, Error, FetchAttribute, FetchItems, SearchKey, Selected};
use tayori_proto::types::{Flag, NonEmpty, Uid, UidSet};

use super::ledger::Ledger;
use crate::cli::Removal;
use crate::commands::fetch::marks;
use crate::download::{Tally, in_commands};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::manifest::Source;
use crate::output::OutputError;
use crate::progress::Progress;

/// UIDs that are named in a note.
const MOST_NAMED: usize = 20;

/// What became of the messages on the server.
#[derive(Debug, Default)]
pub(super) struct Removed {
    /// Gone.
    pub(super) expunged: UidSet,
    /// Marked as deleted, and still there.
    pub(super) marked: UidSet,
    /// Not touched, although they are here.
    pub(super) left: UidSet,
}

/// Removes those messages of the mailbox whose copies are proved. What became of them stands in `removed`, also when
/// this fails.
///
/// Nothing is changed there but by `UID STORE +FLAGS.SILENT (\Deleted)` and `UID EXPUNGE` for exactly these UIDs; where
/// the server has no UIDPLUS, the mark stays and that is said, unless the plain EXPUNGE was asked for.
pub(super) async fn remove(
    selected: &mut Selected<'_>,
    tally: &Tally,
    source: Option<&Source>,
    ledger: Option<&Ledger>,
    how: Removal,
    progress: &Progress,
    removed: &mut Removed,
) -> Result<(), Failure> {
    // Most of what was here before may be gone from the server long ago.
    let there = server_sizes(selected, &tally.known).await?;
    let old = there.keys().copied().collect();
    let here = tally.kept.union(&old);
    if here.is_empty() {
        return Ok(());
    }
    if let Some(why) = marks::obstacle(selected.mailbox(), &Flag::Deleted) {
        let message = format!("the messages are fetched, but cannot be removed: {why}");
        return Err(Failure::new(Exit::Protocol, message));
    }
    if ledger.is_some() && source.is_none() {
        let message = "the messages are fetched, but not removed: without UIDVALIDITY nothing written down here is proof";
        return Err(Failure::new(Exit::Protocol, message));
    }
    // What was kept in this run: settled, so all of the proof is there but for the size.
    let new = tally.kept.intersection(&tally.agreed);
    let old = proved_again(&old, &there, source, ledger)?;
    let safe = new.union(&old);
    removed.left = here.difference(&safe);
    if !removed.left.is_empty() {
        progress.say(&format!(
            "note: not removed from the server, since it is not proved that what is here is the whole message: UID {}",
            shown(&removed.left)
        ));
    }
    if safe.is_empty() {
        return Ok(());
    }
    // This is what lets a server remove the messages, now or later; `safe` is proved above.
    let set = marks::set(selected, &safe, Flag::Deleted, &mut removed.marked).await;
    set.map_err(|error| {
        let doing = match removed.marked.count() {
            0 => "the messages could not be marked as deleted".to_owned(),
            marked => format!(
                "{marked} of {} messages are marked as deleted, the others could not be",
                safe.count()
            ),
        };
        Failure::from(error).while_doing(&doing)
    })?;
    expunge(selected, removed, how, progress).await
}

/// Those of the messages that were here before whose files still are what was fetched, and whose size is the server's.
fn proved_again(
    known: &UidSet,
    there: &HashMap<Uid, Option<u64>>,
    source: Option<&Source>,
    ledger: Option<&Ledger>,
) -> Result<UidSet, Failure> {
    let (false, Some(source), Some(ledger)) = (known.is_empty(), source, ledger) else {
        return Ok(UidSet::new());
    };
    let here = ledger.sizes(source).map_err(OutputError::from)?;
    let agreed: UidSet = known
        .iter()
        .filter(
            |uid| matches!((there.get(uid), here.get(uid)), (Some(Some(there)), Some(here)) if there == here),
        )
        .collect();
    Ok(ledger.prove(source, &agreed).map_err(OutputError::from)?)
}

/// Which of these messages are on the server still, and of which size it says they are.
async fn server_sizes(
    selected: &mut Selected<'_>,
    uids: &UidSet,
) -> Result<HashMap<Uid, Option<u64>>, Failure> {
    let mut sizes = HashMap::new();
    for piece in in_commands(uids) {
        let items = NonEmpty::one(FetchAttribute::Uid).and(FetchAttribute::Rfc822Size);
        let mut rows = selected.fetch(piece, FetchItems::Attributes(items)).await?;
        while let Some(row) = rows.next(&mut Discard).await? {
            // Of another message, it is news that nobody asked for.
            if let Some(uid) = row.uid().filter(|uid| uids.contains(*uid)) {
                let size = sizes.entry(uid).or_default();
                *size = row.size().or(*size);
            }
        }
    }
    Ok(sizes)
}

async fn expunge(
    selected: &mut Selected<'_>,
    removed: &mut Removed,
    how: Removal,
    progress: &Progress,
) -> Result<(), Failure> {
    let marked = removed.marked.clone();
    for uids in in_commands(&marked) {
        // Removes for good exactly these messages, as far as they have the mark that was set above.
        match selected.uid_expunge(uids.clone()).await {
            Ok(_) => removed.expunged = removed.expunged.union(&uids.resolve(None)),
            Err(Error::NotOffered { .. }) => return without_uidplus(selected, removed, how, progress).await,
            Err(error) => return Err(not_expunged(error, removed)),
        }
        removed.marked = marked.difference(&removed.expunged);
    }
    Ok(())
}

fn not_expunged(error: Error, removed: &Removed) -> Failure {
    let doing = match (removed.expunged.count(), removed.marked.count()) {
        (0, _) => "the messages are marked as deleted, but could not be removed".to_owned(),
        (gone, marked) => {
            format!("{gone} of {} messages are removed, the others are only marked as deleted", gone + marked)
        }
    };
    Failure::from(error).while_doing(&doing)
}

/// Only all that is marked can be removed, also what somebody else has marked.
async fn without_uidplus(
    selected: &mut Selected<'_>,
    removed: &mut Removed,
    how: Removal,
    progress: &Progress,
) -> Result<(), Failure> {
    if how != Removal::DeleteAndExpungeMailbox {
        let marked = match removed.marked.count() {
            1 => "1 message is".to_owned(),
            count => format!("{count} messages are"),
        };
        progress.say(&format!(
            "note: {marked} marked as deleted, and still on the server: it cannot remove single messages (no UIDPLUS)\n\
             hint: --expunge-mailbox removes all that is marked in the mailbox"
        ));
        return Ok(());
    }
    let marked = selected.uid_search(SearchKey::Deleted).await?;
    let others = marked.difference(&removed.marked);
    if !others.is_empty() {
        let others_go = match others.count() {
            1 => "1 other message of the mailbox is marked as deleted, and goes too".to_owned(),
            count => format!("{count} other messages of the mailbox are marked as deleted, and go too"),
        };
        progress.say(&format!("note: {others_go}: UID {}", shown(&others)));
    }
    // Removes for good all that is marked: ours, of which copies are proved, and the others, which somebody marked and
    // which --expunge-mailbox is about.
    selected.expunge().await.map_err(|error| not_expunged(error, removed))?;
    removed.expunged = std::mem::take(&mut removed.marked);
    Ok(())
}

/// The first of them, for people.
fn shown(uids: &UidSet) -> String {
    let mut text = String::new();
    for (index, range) in uids.ranges().take(MOST_NAMED).enumerate() {
        let separator = if index == 0 { "" } else { "," };
        let _ = match range.start() == range.end() {
            true => write!(text, "{separator}{}", range.start()),
            false => write!(text, "{separator}{}:{}", range.start(), range.end()),
        };
    }
    if uids.ranges().len() > MOST_NAMED {
        text += ",...";
    }
    text
}

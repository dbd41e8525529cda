//! Clients that know mod-sequences (RFC 7162 section 3.1).

use tayori_proto::command::{
    ChangedSince, Command, FetchAttribute, FetchItems, FetchMessages, ListReturn, SearchKey, StatusAttribute,
};
use tayori_proto::response::ResponseCode;

use crate::connection::{Connection, Enabled, Gone, told};
use crate::store::Store;

/// Whether the client says by this command that it knows mod-sequences. `SELECT` and `ENABLE`, which say so too, are
/// not counted: they see to it themselves. What is refused for want of `QRESYNC` says nothing.
pub(crate) fn announces(command: &Command) -> bool {
    match command {
        Command::Status { items, .. } => items.contains(&StatusAttribute::HighestModSeq),
        Command::ListExtended { returns, .. } => returns.iter().any(|wanted| {
            matches!(wanted, ListReturn::Status(items) if items.contains(&StatusAttribute::HighestModSeq))
        }),
        Command::Fetch { messages, items } => {
            let asks_since = match messages {
                FetchMessages::Numbers { changed_since, .. } => changed_since.is_some(),
                FetchMessages::Uids { changed_since, .. } => {
                    matches!(changed_since, Some(ChangedSince::Changed(_)))
                }
                FetchMessages::Saved(_) => false,
            };
            asks_since || asks_modseq(items)
        }
        Command::Search { key, .. } => has_modseq(key),
        Command::Store { unchanged_since, .. } => unchanged_since.is_some(),
        _ => false,
    }
}

fn asks_modseq(items: &FetchItems) -> bool {
    match items {
        FetchItems::All | FetchItems::Fast | FetchItems::Full => false,
        FetchItems::Attributes(attributes) => attributes.contains(&FetchAttribute::ModSeq),
    }
}

/// The grammar bounds how deep a key is.
pub(super) fn has_modseq(key: &SearchKey) -> bool {
    match key {
        SearchKey::ModSeq { .. } => true,
        SearchKey::Not(key) => has_modseq(key),
        SearchKey::Or(left, right) => has_modseq(left) || has_modseq(right),
        SearchKey::And(keys) => keys.iter().any(has_modseq),
        _ => false,
    }
}

impl<S: Store> Connection<S> {
    /// Notes what the client understands. One that is new to mod-sequences is told that of its mailbox.
    pub(crate) async fn enable(&mut self, enabled: Enabled) -> Result<(), Gone> {
        let is_new = enabled.condstore && !self.enabled.condstore;
        self.enabled = enabled;
        let Some(selected) = self.phase.selected() else { return Ok(()) };
        selected.enabled = enabled;
        // Of what is kept back, the end of the command tells.
        if is_new && !selected.view.lags() {
            let highest = selected.view.told_state();
            self.wire.send(&told(ResponseCode::HighestModSeq(highest), HIGHEST)).await?;
        }
        Ok(())
    }
}

/// The words with `HIGHESTMODSEQ`.
pub(crate) const HIGHEST: &str = "the highest mod-sequence";

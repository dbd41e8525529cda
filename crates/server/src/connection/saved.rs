use tayori_proto::types::{SeqNum, SequenceSet, UidSet};

use super::Selected;
use crate::store::Mailbox;

/// What `$` stands for (RFC 5182 section 2.1): nothing until a search has saved its result in this mailbox.
///
/// UIDs are kept, so that no renumbering changes it. It is no larger than the mailbox was when it was saved.
#[derive(Debug, Default)]
pub(crate) struct Saved(UidSet);

impl Saved {
    /// Keeps this in place of what was kept before.
    pub(crate) fn keep(&mut self, uids: UidSet) {
        self.0 = uids;
    }

    /// The messages, some of which may be gone.
    pub(crate) fn uids(&self) -> &UidSet {
        &self.0
    }
}

impl<M: Mailbox> Selected<M> {
    /// The messages that `$` means. Those that are gone are not among them any more (RFC 5182 section 2.1).
    pub(crate) fn saved_numbers(&self) -> Vec<SeqNum> {
        let Ok(set) = SequenceSet::try_from(self.saved.uids().clone()) else { return Vec::new() };
        let there = |number: &SeqNum| self.view.row(*number).is_some_and(|row| !row.gone);
        self.view.uids(&set).into_iter().filter(there).collect()
    }
}

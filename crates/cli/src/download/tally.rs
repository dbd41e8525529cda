//! What became of the messages.

use tayori_proto::types::{SeqSet, Uid, UidSet};

use super::listing::Listing;
use crate::failure::Failure;
use crate::output::writers::Kept;

/// Grows while messages come, so that it tells the truth also when something ends them early.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Of these the server sent something, kept or not.
    pub(crate) numbers: SeqSet,
    pub(crate) uids: UidSet,
    /// Positions of which the server said nothing, although there are messages.
    pub(crate) silent_numbers: SeqSet,
    /// These were to come.
    pub(crate) listed: UidSet,
    /// These were here before, and are complete.
    pub(crate) known: UidSet,
    /// These are safe: in their files, or written out.
    pub(crate) kept: UidSet,
    /// Of those: the server's size is that of the file.
    pub(crate) agreed: UidSet,
    /// Octets of what is kept.
    pub(crate) octets: u64,
    /// Names in the folder that others have already.
    pub(crate) taken: Vec<String>,
    /// Messages that are not kept, for whatever reason.
    pub(crate) failed_uids: UidSet,
    /// What was named one by one and is not there, in words.
    pub(crate) missing: Vec<String>,
    /// What went wrong with single messages; told already.
    pub(crate) failed: Vec<Failure>,
}

/// What became of one message.
#[derive(Debug)]
pub(crate) enum Fate<'a> {
    Kept(Uid, &'a Kept),
    Failed(Uid, &'a Failure),
    /// Its file is there already, and is another message.
    Taken(Uid, &'a str),
}

impl Tally {
    pub(super) fn listed(&mut self, listing: &Listing) {
        self.listed = self.listed.union(&listing.all);
        self.known = self.known.union(&listing.known);
        self.numbers = self.numbers.union(&listing.numbers);
    }

    pub(super) fn refused(&mut self, uids: &UidSet) {
        self.failed_uids = self.failed_uids.union(uids);
    }

    /// What the server listed and did not send.
    pub(crate) fn silent(&self) -> UidSet {
        self.listed.difference(&self.uids).difference(&self.failed_uids)
    }
}

/// Says how many messages are safe, for whoever has to do without the others. Empty if none is.
pub(crate) fn complete(count: u64) -> String {
    match count {
        0 => String::new(),
        1 => "1 message is complete".to_owned(),
        count => format!("{count} messages are complete"),
    }
}

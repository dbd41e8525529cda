//! What became of the messages.

use tayori_proto::types::{SeqNum, SeqSet, Uid, UidSet};

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
    /// Whether it is known which messages are to come.
    pub(crate) is_listed: bool,
    /// These were to come: the server has listed them, or found them.
    pub(crate) listed: UidSet,
    /// The text of this one is coming.
    pub(crate) coming: Option<Uid>,
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
    /// The same of messages of which no UID is known.
    pub(crate) failed_numbers: SeqSet,
    /// Messages whose fate was told one by one.
    pub(crate) told: UidSet,
    /// What was named one by one and is not there, in words.
    pub(crate) missing: Vec<String>,
    /// What went wrong with single messages; told already.
    pub(crate) failed: Vec<Failure>,
}

/// What became of one message.
#[derive(Debug)]
pub(crate) enum Fate<'a> {
    Kept(Uid, &'a Kept),
    Failed(Which, &'a Failure),
    /// Its file is there already, and is another message.
    Taken(Uid, &'a str),
}

/// A message, by what is known of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    Uid(Uid),
    Number(SeqNum),
}

impl Tally {
    pub(super) fn listed(&mut self, listing: &Listing) {
        self.is_listed = true;
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

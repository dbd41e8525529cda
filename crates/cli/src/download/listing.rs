//! Which messages there are, and in which pieces they are asked for.

use tayori_client::{Discard, Error, FetchAttribute, FetchItems, Selected};
use tayori_proto::types::{NonEmpty, SeqSet, SequenceSet, Uid, UidSet};

use super::chosen::Chosen;
use super::limits::MOST_RANGES;

/// Most octets of one piece: long enough to keep the line busy for more than a round trip, short enough that what was
/// asked for and is not wanted any more is soon over.
const PIECE: u64 = 16 << 20;

/// Messages of one piece, since small ones cost too.
const MOST_MESSAGES: u64 = 4_000;

/// The messages that are to be fetched.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// All of them.
    pub(super) all: UidSet,
    pieces: Vec<UidSet>,
    /// Octets and messages of the last piece.
    octets: u64,
    messages: u64,
    /// Of these the server said something.
    pub(super) numbers: SeqSet,
    /// These are there, and known already.
    pub(super) known: UidSet,
}

impl Listing {
    /// Asks the server for what is chosen.
    pub(super) async fn fetch(
        selected: &mut Selected<'_>,
        chosen: &Chosen,
        known: &UidSet,
    ) -> Result<Self, Error> {
        if !chosen.is_all(selected.mailbox()) {
            return Self::ask(selected, chosen, known).await;
        }
        let Some(rest) = but_for(known) else { return Self::ask(selected, chosen, known).await };
        let mut listing = Self::ask(selected, &rest, known).await?;
        let accounted = listing.numbers.count() + known.count();
        if accounted != u64::from(selected.mailbox().exists()) {
            // The server has passed over some, or of the others some are gone, and then it may have done so too. Only
            // the whole list tells.
            return Self::ask(selected, chosen, known).await;
        }
        // The others need not be listed to be known: all of them are still there.
        listing.known = known.clone();
        listing.numbers = chosen.without(&SeqSet::new());
        Ok(listing)
    }

    async fn ask(selected: &mut Selected<'_>, chosen: &Chosen, known: &UidSet) -> Result<Self, Error> {
        let mut listing = Self::default();
        let items = NonEmpty::one(FetchAttribute::Uid).and(FetchAttribute::Rfc822Size);
        let mut rows = selected.fetch_in_pieces(chosen.requests(), FetchItems::Attributes(items)).await?;
        while let Some(row) = rows.next(&mut Discard).await? {
            // Without a size it is news of another kind. Without a UID it cannot be asked for; that it did not come is
            // found out in the end.
            let (Some(uid), Some(size)) = (row.uid(), row.size()) else { continue };
            if !chosen.may_be(row.number(), Some(uid)) {
                continue;
            }
            if let Some(number) = row.number() {
                listing.numbers.insert(number);
            }
            if known.contains(uid) {
                listing.known.insert(uid);
            } else {
                listing.add(uid, size);
            }
        }
        Ok(listing)
    }

    fn add(&mut self, uid: Uid, size: u64) {
        self.all.insert(uid);
        let full = |piece: &UidSet| piece.ranges().len() >= MOST_RANGES;
        let begin = self.octets.saturating_add(size) > PIECE
            || self.messages >= MOST_MESSAGES
            || self.pieces.last().is_none_or(full);
        if begin {
            self.pieces.push(UidSet::new());
            (self.octets, self.messages) = (0, 0);
        }
        if let Some(piece) = self.pieces.last_mut() {
            piece.insert(uid);
        }
        self.octets = self.octets.saturating_add(size);
        self.messages += 1;
    }

    /// In the order of the mailbox.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &UidSet> {
        self.pieces.iter()
    }
}

/// All messages but those that are known, if that is shortly said.
fn but_for(known: &UidSet) -> Option<Chosen> {
    let all = UidSet::from_range(Uid::MIN..=Uid::MAX);
    let rest = all.difference(known);
    let short = !known.is_empty() && rest.ranges().len() <= MOST_RANGES;
    short.then(|| SequenceSet::try_from(rest).ok()).flatten().map(Chosen::Uids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(sizes: impl Iterator<Item = (u32, u64)>) -> Vec<String> {
        let mut listing = Listing::default();
        for (uid, size) in sizes {
            listing.add(Uid::new(uid).unwrap(), size);
        }
        listing.pieces().map(ToString::to_string).collect()
    }

    #[test]
    fn pieces_are_cut_by_size() {
        assert!(pieces(std::iter::empty()).is_empty());
        assert_eq!(pieces([(1, 1), (2, 1), (5, 1)].into_iter()), ["1:2,5"]);
        let mib = 1 << 20;
        assert_eq!(pieces((1..=40).map(|uid| (uid, mib))), ["1:16", "17:32", "33:40"]);
        // One that is larger than a piece is one.
        assert_eq!(pieces([(1, 1), (2, 1 << 30), (3, 1)].into_iter()), ["1", "2", "3"]);
        assert_eq!(pieces([(1, u64::MAX), (2, u64::MAX)].into_iter()), ["1", "2"]);
    }

    #[test]
    fn pieces_are_cut_by_number_and_by_length() {
        assert_eq!(pieces((1..=9_000).map(|uid| (uid, 0))), ["1:4000", "4001:8000", "8001:9000"]);
        let scattered = pieces((0..1_000).map(|n| (4_000_000_000 + 2 * n, 1)));
        assert_eq!(scattered.len(), 3);
        assert!(scattered.iter().all(|piece| piece.len() < 8_000));
    }
}

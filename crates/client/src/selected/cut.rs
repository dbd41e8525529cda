//! Sets of messages that are too long for one command.
//!
//! Servers close the connection on a line that is longer than they take, so a long set goes in several commands
//! ([`Profile::command_octets`](tayori_proto::profile::Profile::command_octets)).

use std::collections::VecDeque;

use tayori_proto::command::{Command, EncodeOptions, FetchItems, FetchMessages};
use tayori_proto::types::{Bound, SequenceSet, TagPrefix, Uid};

use crate::link::Link;

/// Octets of a range of UIDs and the comma behind it.
const OCTETS_OF_A_RANGE: usize = "4294967295:4294967295,".len();

/// Octets in which a set is written at least, however little the rest of the command leaves of the line.
const LEAST_ROOM: usize = 8 * OCTETS_OF_A_RANGE;

/// A number as long as those of a connection that lives for years.
const LONG_TAG: u64 = 9_999_999_999;

/// A set in pieces, none of which is written with more than `octets`, unless it is a single range.
///
/// The ranges are put in their order, and joined where they touch; those with a `*` in them stand behind the others.
pub fn cut_set(set: &SequenceSet<Uid>, octets: usize) -> Vec<SequenceSet<Uid>> {
    let mut pieces = Vec::new();
    let mut current: Option<SequenceSet<Uid>> = None;
    let mut written = 0;
    for (start, end) in joined(set) {
        let range = SequenceSet::range(start, end);
        let more = range.to_string().len() + 1;
        written += more;
        current = Some(match current.take() {
            // The last one has no comma behind it.
            Some(piece) if written - 1 <= octets => piece.and(start, end),
            full => {
                pieces.extend(full);
                written = more;
                range
            }
        });
    }
    pieces.extend(current);
    pieces
}

fn is_within(set: &SequenceSet<Uid>, octets: usize) -> bool {
    set.ranges().len().saturating_mul(OCTETS_OF_A_RANGE) <= octets || set.to_string().len() <= octets
}

/// The ranges ascending, and joined where they touch; those with a `*` in them behind the others.
fn joined(set: &SequenceSet<Uid>) -> Vec<(Bound<Uid>, Bound<Uid>)> {
    let known = set.resolve(None);
    let known = known.ranges().map(|range| (Bound::Id(*range.start()), Bound::Id(*range.end())));
    let open = set.ranges().iter().filter(|(start, end)| *start == Bound::Last || *end == Bound::Last);
    known.chain(open.copied()).collect()
}

impl Link {
    /// The set in pieces, so that each of the commands about them has a length that the server takes. Never empty.
    pub(crate) fn cut(
        &self,
        uids: SequenceSet<Uid>,
        command: impl Fn(SequenceSet<Uid>) -> Command,
    ) -> VecDeque<SequenceSet<Uid>> {
        let most = self.shared.command_octets();
        let small = command(SequenceSet::range(Bound::Last, Bound::Last));
        let tag = TagPrefix::from_random(0).tag(LONG_TAG);
        let rest = small.encode(&tag, &EncodeOptions::default()).bytes.len();
        let room = most.saturating_sub(rest).max(LEAST_ROOM);
        if is_within(&uids, room) { VecDeque::from([uids]) } else { cut_set(&uids, room).into() }
    }

    /// The same for a FETCH. Only sets of UIDs of which all messages are meant can be cut: numbers would be others
    /// behind the end of the first command.
    pub(crate) fn cut_fetch(&self, messages: FetchMessages, items: &FetchItems) -> VecDeque<FetchMessages> {
        let FetchMessages::Uids { set, changed_since, partial: None } = messages else {
            return VecDeque::from([messages]);
        };
        let of = |set| FetchMessages::Uids { set, changed_since, partial: None };
        if is_within(&set, LEAST_ROOM) {
            return VecDeque::from([of(set)]);
        }
        let pieces = self.cut(set, |set| Command::Fetch { messages: of(set), items: items.clone() });
        pieces.into_iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(set: &str, octets: usize, expected: &[&str]) {
        let pieces = cut_set(&set.parse().unwrap(), octets);
        let pieces: Vec<String> = pieces.iter().map(ToString::to_string).collect();
        assert_eq!(pieces, expected, "{set} {octets}");
    }

    #[test]
    fn sets_are_cut_between_their_ranges() {
        check("1:9", 1, &["1:9"]);
        check("5,3,4", 5, &["3:5"]);
        check("1,3,5,7", 5, &["1,3,5", "7"]);
        check("1,3,5,7", 4, &["1,3", "5,7"]);
        check("1,3,5,7", 0, &["1", "3", "5", "7"]);
        check("*,1,7:*,3", 3, &["1,3", "*", "7:*"]);
        check("4294967295:1,7", 3, &["1:4294967295"]);
    }

    proptest! {
        #[test]
        fn pieces_hold_every_message_once(
            ranges in proptest::collection::vec((1_u32..5000, 0_u32..9), 1..300),
            octets in 0_usize..200,
        ) {
            let uid = |number| Bound::Id(Uid::new(number).unwrap());
            let mut ranges = ranges.into_iter().map(|(start, more)| (uid(start), uid(start + more)));
            let (start, end) = ranges.next().unwrap();
            let set = ranges.fold(SequenceSet::range(start, end), |set, (start, end)| set.and(start, end));
            let pieces = cut_set(&set, octets);
            let mut all = tayori_proto::types::UidSet::new();
            let mut count = 0;
            for piece in &pieces {
                prop_assert!(piece.to_string().len() <= octets || piece.ranges().len() == 1);
                let piece = piece.resolve(None);
                count += piece.count();
                all = all.union(&piece);
            }
            prop_assert_eq!(&all, &set.resolve(None));
            prop_assert_eq!(count, all.count());
        }
    }
}

//! How much goes into one command.

use tayori_proto::types::{Bound, SequenceSet, Uid, UidSet};

/// Octets of a line that clients are to keep to (RFC 7162 section 4). Servers close the connection somewhere above.
pub(crate) const MOST_LINE_OCTETS: usize = 8192;

/// Octets of a UID and the comma behind it.
pub(crate) const OCTETS_OF_A_UID: usize = "4294967295,".len();

/// How many ranges of a set go into one command, beside what little else is in it.
pub(crate) const MOST_RANGES: usize = 350;

/// Octets of a set of UIDs that goes into one command, beside what little else is in it. A range is two UIDs.
pub(super) const MOST_SET_OCTETS: usize = MOST_RANGES * 2 * OCTETS_OF_A_UID;

// The rest of the line has the name of the command and what is asked for: with an ENVELOPE for the names of files some
// hundred octets.
const _: () = assert!(MOST_SET_OCTETS + 400 <= MOST_LINE_OCTETS);

/// A set in pieces of which each fits into a command.
pub(crate) fn in_commands(uids: &UidSet) -> impl Iterator<Item = SequenceSet<Uid>> {
    let ranges: Vec<_> = uids.ranges().collect();
    let mut at = 0;
    std::iter::from_fn(move || {
        let mut piece = UidSet::new();
        for range in ranges.get(at..)?.iter().take(MOST_RANGES) {
            piece.insert_range(range.clone());
        }
        at += MOST_RANGES;
        SequenceSet::try_from(piece).ok()
    })
}

/// A set as it was typed in pieces, none of which is written with more than `room` octets, unless it is a single range.
pub(crate) fn in_pieces(set: &SequenceSet<Uid>, room: usize) -> Vec<SequenceSet<Uid>> {
    let mut pieces = Vec::new();
    let mut current: Option<SequenceSet<Uid>> = None;
    let mut octets = 0;
    for (start, end) in joined(set) {
        let range = SequenceSet::range(start, end);
        let more = range.to_string().len() + 1;
        octets += more;
        current = Some(match current.take() {
            Some(piece) if octets <= room => piece.and(start, end),
            full => {
                pieces.extend(full);
                octets = more;
                range
            }
        });
    }
    pieces.extend(current);
    pieces
}

/// The ranges ascending, and joined where they touch; those with a `*` in them behind the others.
fn joined(set: &SequenceSet<Uid>) -> Vec<(Bound<Uid>, Bound<Uid>)> {
    let known = set.resolve(None);
    let known = known.ranges().map(|range| (Bound::Id(*range.start()), Bound::Id(*range.end())));
    let open = set.ranges().iter().filter(|(start, end)| *start == Bound::Last || *end == Bound::Last);
    known.chain(open.copied()).collect()
}

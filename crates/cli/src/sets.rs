//! Sets of messages as people mean them.

use tayori_proto::types::{Bound, Id, SequenceSet};

/// `20:*` as people mean it: from 20 on, nothing if there is nothing. For IMAP it is a range between 20 and the last
/// message, whichever is larger, so that a script that asks for what is new would get an old message again.
pub(crate) fn upwards<T: Id>(set: &SequenceSet<T>) -> SequenceSet<T> {
    let mut ranges = set.ranges().iter().map(|&(start, end)| match (start, end, T::from_number(u32::MAX)) {
        // The ends of a range may stand in either order (RFC 9051 section 9, seq-range).
        (Bound::Id(id), Bound::Last, Some(highest)) | (Bound::Last, Bound::Id(id), Some(highest)) => {
            (Bound::Id(id), Bound::Id(highest))
        }
        _ => (start, end),
    });
    let Some((start, end)) = ranges.next() else { return set.clone() };
    ranges.fold(SequenceSet::range(start, end), |set, (start, end)| set.and(start, end))
}

#[cfg(test)]
mod tests {
    use tayori_proto::types::{SeqNum, Uid};

    use super::*;

    #[test]
    fn from_a_number_on_means_upwards() {
        for (typed, meant) in [
            ("1", "1"),
            ("20:*", "20:4294967295"),
            ("1,20:*,7", "1,20:4294967295,7"),
            ("*", "*"),
            ("*:20", "20:4294967295"),
            ("*:*", "*"),
            ("9:3", "9:3"),
        ] {
            assert_eq!(upwards(&typed.parse::<SequenceSet<Uid>>().unwrap()).to_string(), meant);
            assert_eq!(upwards(&typed.parse::<SequenceSet<SeqNum>>().unwrap()).to_string(), meant);
        }
    }
}

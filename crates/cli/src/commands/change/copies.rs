//! Which message became which, where the server says it.

use std::collections::BTreeMap;

use tayori_proto::types::{Bound, SequenceSet, Uid, UidSet, UidValidity};

/// What a server has said of copies in one or several answers (COPYUID, RFC 4315 section 3).
#[derive(Debug, Default)]
pub(super) struct Copies {
    /// Of the mailbox that they are in; `None` before anything was said.
    validity: Option<UidValidity>,
    /// The copy of each.
    uids: BTreeMap<Uid, Uid>,
    /// Whether the mailbox they are in has become another meanwhile, so that what was said means nothing together.
    is_torn: bool,
}

impl Copies {
    /// Takes what was said of some of the messages that were asked for. What is said of others is passed over: a set of
    /// a few octets can name more messages than there is memory for.
    pub(super) fn add(
        &mut self,
        validity: UidValidity,
        from: &SequenceSet<Uid>,
        to: &SequenceSet<Uid>,
        asked: &UidSet,
    ) {
        self.is_torn |= self.validity.is_some_and(|known| known != validity);
        self.validity = Some(validity);
        if from.resolve(None).difference(asked).is_empty() {
            self.uids.extend(members(from).zip(members(to)));
        }
    }

    /// The copies of these messages in their order; `None` unless the server has named one for each.
    pub(super) fn of(&self, originals: &UidSet) -> Option<(UidValidity, SequenceSet<Uid>)> {
        let validity = self.validity.filter(|_| !self.is_torn)?;
        let copies = originals.iter().map(|uid| self.uids.get(&uid).copied()).collect::<Option<Vec<_>>>()?;
        Some((validity, in_their_order(&copies)?))
    }
}

/// Each message that a set names, in the order of its ranges. `4:2` means the same as `2:4` (RFC 4315 section 4).
fn members(set: &SequenceSet<Uid>) -> impl Iterator<Item = Uid> {
    let range = |&(start, end): &(Bound<Uid>, Bound<Uid>)| match (start, end) {
        (Bound::Id(start), Bound::Id(end)) => start.min(end).value()..=start.max(end).value(),
        // Not in such a set (RFC 4315 section 4); 0 is no UID.
        _ => 0..=0,
    };
    set.ranges().iter().flat_map(range).filter_map(Uid::new)
}

/// A set that names them in this order, with those that follow each other as a range.
fn in_their_order(uids: &[Uid]) -> Option<SequenceSet<Uid>> {
    let runs = uids.chunk_by(|one, next| one.value().checked_add(1) == Some(next.value()));
    runs.fold(None, |set: Option<SequenceSet<Uid>>, run| {
        let (start, end) = (Bound::Id(*run.first()?), Bound::Id(*run.last()?));
        Some(match set {
            None => SequenceSet::range(start, end),
            Some(set) => set.and(start, end),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answers: &[(u32, &str, &str)], originals: &str, expected: Option<&str>) {
        let set = |text: &str| text.parse::<SequenceSet<Uid>>().unwrap();
        let mut copies = Copies::default();
        for (validity, from, to) in answers {
            let validity = UidValidity::new(*validity).unwrap();
            copies.add(validity, &set(from), &set(to), &set("1:500").resolve(None));
        }
        let found = copies.of(&set(originals).resolve(None)).map(|(_, uids)| uids.to_string());
        assert_eq!(found.as_deref(), expected, "{answers:?}");
    }

    /// Who takes the copies for those of other messages does to them what was meant for others.
    #[test]
    fn each_copy_stands_where_its_original_does() {
        check(&[], "3", None);
        check(&[(9, "3:5", "1:3")], "3:5", Some("1:3"));
        // The order is the server's, and need not be that of the UIDs.
        check(&[(9, "5,3:4", "1:3")], "3:5", Some("2:3,1"));
        check(&[(9, "5:3", "3:1")], "3:5", Some("1:3"));
        // Servers that take few messages at a time begin with the last ones.
        check(&[(9, "4:5", "1:2"), (9, "3", "3")], "3:5", Some("3,1:2"));
        // Not all of them.
        check(&[(9, "3,5", "1:2")], "3:5", None);
        check(&[(9, "3,5", "1:2")], "3,5", Some("1:2"));
        // Those of two mailboxes, of which one has the name of the other.
        check(&[(9, "3", "1"), (10, "4:5", "1:2")], "3:5", None);
        // More than anybody has asked for.
        check(&[(9, "1:4294967295", "1:4294967295")], "3:5", None);
    }
}

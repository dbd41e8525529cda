//! Sets of identifiers: as text, and against a plain set of numbers.

use std::collections::BTreeSet;
use std::io;

use tayori_proto::types::{Bound, SequenceSet, Uid, UidSet};

/// What is read as a set is written as one and read again; what a set says of itself is what the plain set says.
///
/// The octets are read twice: as the text of a set, and as orders to two sets.
pub(super) fn run(data: &[u8]) {
    as_text(&String::from_utf8_lossy(data));
    as_orders(data);
}

pub(super) fn seeds() -> io::Result<Vec<Vec<u8>>> {
    let seeds = [
        "1",
        "1:*",
        "*",
        "4,3:1,7:7",
        "1:4294967295",
        "4294967294:4294967295,*:1",
        "2,4:7,9,12:*",
        "0",
        "1,,2",
    ];
    Ok(seeds.map(|seed| seed.as_bytes().to_vec()).to_vec())
}

fn as_text(text: &str) {
    let Ok(set) = text.parse::<SequenceSet<Uid>>() else { return };
    let shown = set.to_string();
    assert_eq!(shown.parse().as_ref(), Ok(&set), "{shown}");
    for last in [None, Uid::new(1), Uid::new(50), Uid::new(u32::MAX)] {
        let resolved = set.resolve(last);
        check_form(&resolved);
        for number in (1..=70).chain(u32::MAX - 3..=u32::MAX) {
            let within = |&(start, end): &(Bound<Uid>, Bound<Uid>)| {
                let number_of = |bound| match bound {
                    Bound::Id(uid) => Some(uid),
                    Bound::Last => last,
                };
                let (Some(start), Some(end)) = (number_of(start), number_of(end)) else { return false };
                (start.min(end).value()..=start.max(end).value()).contains(&number)
            };
            let expected = set.ranges().iter().any(within);
            assert_eq!(resolved.contains(uid(number)), expected, "{shown}: {number}");
        }
        // `1:4294967295` is not walked: this would take minutes.
        if let Ok(again) = SequenceSet::try_from(resolved.clone()) {
            assert_eq!(again.resolve(None), resolved);
            assert_eq!(again.to_string(), resolved.to_string());
        } else {
            assert!(resolved.is_empty());
        }
    }
}

/// The numbers of the model: those at both ends of what an identifier can be.
fn member(octet: u8) -> u32 {
    match octet % 64 {
        low @ 0..32 => u32::from(low) + 1,
        high => u32::MAX - (63 - u32::from(high)),
    }
}

fn uid(number: u32) -> Uid {
    Uid::new(number).expect("no number here is 0")
}

#[derive(Clone, Default)]
struct Both {
    set: UidSet,
    model: BTreeSet<u32>,
}

fn as_orders(data: &[u8]) {
    let universe: Vec<u32> = (0..64).map(member).collect();
    let (mut left, mut right) = (Both::default(), Both::default());
    for order in data.chunks_exact(3).take(60) {
        let (from, to) = (member(order[1]), member(order[2]));
        let (low, high) = (from.min(to), from.max(to));
        // A range over the middle, which the model does not have, would be no range in the model.
        let split = (from <= 32) != (to <= 32);
        match order[0] % 8 {
            0 => {
                left.set.insert(uid(from));
                left.model.insert(from);
            }
            1 if !split => {
                left.set.insert_range(uid(from)..=uid(to));
                left.model.extend(universe.iter().filter(|number| (low..=high).contains(number)));
            }
            2 => {
                let all = left.set.union(&right.set);
                assert_eq!(all, right.set.union(&left.set));
                left.set = all;
                left.model.extend(&right.model);
            }
            3 => {
                left.set = left.set.difference(&right.set);
                left.model = left.model.difference(&right.model).copied().collect();
            }
            4 => {
                let common = left.set.intersection(&right.set);
                assert_eq!(common, right.set.intersection(&left.set));
                left.set = common;
                left.model = left.model.intersection(&right.model).copied().collect();
            }
            5 => {
                left.set = left.set.iter().collect();
                left.set.extend([uid(from), uid(to)]);
                left.model.extend([from, to]);
            }
            6 => {
                let all = UidSet::from_range(uid(1)..=uid(u32::MAX));
                assert_eq!(all.ranges().len(), 1);
                assert_eq!(all.count(), u64::from(u32::MAX));
                let rest = all.difference(&left.set);
                check_form(&rest);
                assert_eq!(rest.count() + left.set.count(), all.count());
                assert_eq!(rest.union(&left.set), all);
                assert!(rest.intersection(&left.set).is_empty());
            }
            _ => std::mem::swap(&mut left, &mut right),
        }
        left.check();
    }
}

impl Both {
    fn check(&self) {
        let Self { set, model } = self;
        check_form(set);
        assert!(set.iter().map(Uid::value).eq(model.iter().copied()), "{set:?} {model:?}");
        assert_eq!(set.count(), model.len() as u64);
        assert_eq!(set.first().map(Uid::value), model.first().copied());
        assert_eq!(set.last().map(Uid::value), model.last().copied());
        assert_eq!(*set, model.iter().copied().map(uid).collect());
        for number in (0..64).map(member) {
            assert_eq!(set.contains(uid(number)), model.contains(&number), "{set:?} {number}");
        }
    }
}

/// Ascending ranges that neither overlap nor touch.
fn check_form(set: &UidSet) {
    let ranges: Vec<_> = set.ranges().map(|range| (range.start().value(), range.end().value())).collect();
    assert!(ranges.iter().all(|(start, end)| start <= end), "{set:?}");
    let apart = ranges.windows(2).all(|pair| pair[0].1.checked_add(1).is_some_and(|next| next < pair[1].0));
    assert!(apart, "{set:?}");
}

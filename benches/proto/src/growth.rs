//! What must take about ten times as long for ten times as much, and reads of one octet.

use std::hint::black_box;
use std::time::Duration;

use tayori_proto::types::{Uid, UidSet, utf7};

use crate::{processor_time, readers, sets};

/// Two ways to do something, whose times are compared.
pub struct Growth {
    /// What the figures call it.
    pub name: &'static str,
    /// The smaller way.
    pub less: fn() -> Duration,
    /// The larger way.
    pub more: fn() -> Duration,
}

/// All of them.
pub const GROWTHS: [Growth; 10] = [
    Growth { name: "reads of 64 KiB, of 1 octet", less: || reads(readers::READ_OCTETS), more: || reads(1) },
    Growth {
        name: "utf-7 written, 100,000, 1,000,000 characters",
        less: || written(SMALL),
        more: || written(LARGE),
    },
    Growth { name: "utf-7 read, 100,000, 1,000,000 characters", less: || read(SMALL), more: || read(LARGE) },
    Growth {
        name: "set of ascending UIDs, 100,000, 1,000,000",
        less: || ascending(SMALL),
        more: || ascending(LARGE),
    },
    Growth {
        name: "set of descending UIDs, 100,000, 1,000,000",
        less: || descending(SMALL),
        more: || descending(LARGE),
    },
    Growth { name: "set of mixed UIDs, 100,000, 1,000,000", less: || mixed(SMALL), more: || mixed(LARGE) },
    Growth {
        name: "UIDs inserted one by one, descending",
        less: || inserted(uids((1..=SMALL).rev().map(|number| 2 * number))),
        more: || inserted(uids((1..=LARGE).rev().map(|number| 2 * number))),
    },
    Growth {
        name: "UIDs inserted one by one, mixed",
        less: || inserted(uids((1..=SMALL).map(scattered))),
        more: || inserted(uids((1..=LARGE).map(scattered))),
    },
    Growth {
        name: "sets: union, intersection, difference",
        less: || combined(SMALL),
        more: || combined(LARGE),
    },
    Growth { name: "set shown and read back", less: || shown(SMALL), more: || shown(LARGE) },
];

const SMALL: u32 = 100_000;
const LARGE: u32 = 1_000_000;

fn reads(octets: usize) -> Duration {
    let set = sets::envelopes(2000);
    processor_time(|| readers::in_reads(&set, octets))
}

fn name(characters: u32) -> String {
    (0..characters).map(|index| if index % 3 == 0 { 'a' } else { '\u{e4}' }).collect()
}

fn written(characters: u32) -> Duration {
    let name = name(characters);
    processor_time(|| drop(black_box(utf7::encode(&name))))
}

fn read(characters: u32) -> Duration {
    let name = utf7::encode(&name(characters));
    processor_time(|| assert!(black_box(utf7::decode(name.as_bytes())).is_some()))
}

fn uids(numbers: impl Iterator<Item = u32>) -> Vec<Uid> {
    numbers.filter_map(Uid::new).collect()
}

fn collected(uids: Vec<Uid>) -> Duration {
    processor_time(|| drop(black_box(uids.into_iter().collect::<UidSet>())))
}

fn ascending(count: u32) -> Duration {
    collected(uids((1..=count).map(|number| 2 * number)))
}

fn descending(count: u32) -> Duration {
    collected(uids((1..=count).rev().map(|number| 2 * number)))
}

fn mixed(count: u32) -> Duration {
    collected(uids((1..=count).map(scattered)))
}

/// An odd factor makes a permutation of the numbers below a power of two.
fn scattered(number: u32) -> u32 {
    1 + (number.wrapping_mul(0x9e37_79b1) & 0x7fff_ffff)
}

fn inserted(uids: Vec<Uid>) -> Duration {
    processor_time(|| {
        let mut set = UidSet::new();
        uids.into_iter().for_each(|uid| set.insert(uid));
        black_box(set);
    })
}

fn combined(count: u32) -> Duration {
    let even: UidSet = uids((1..=count).map(|number| 2 * number)).into_iter().collect();
    let third: UidSet = uids((1..=count).map(|number| 3 * number)).into_iter().collect();
    processor_time(|| {
        black_box(even.union(&third));
        black_box(even.intersection(&third));
        black_box(even.difference(&third));
    })
}

fn shown(count: u32) -> Duration {
    let set: UidSet = uids((1..=count).map(|number| 2 * number)).into_iter().collect();
    processor_time(|| {
        let text = set.to_string();
        let read: Result<tayori_proto::types::SequenceSet<Uid>, _> = text.parse();
        black_box(read.expect("a set reads what it shows").resolve(None));
    })
}

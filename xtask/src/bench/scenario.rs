//! What is fetched, by whom, and how often.

use super::contestants::{ROWS, Row};
use crate::samples::Mailbox;

pub(super) struct Scenario {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) mailbox: Mailbox,
    pub(super) rows: Vec<&'static Row>,
    pub(super) rounds: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Mailbox,
    Big,
    Many,
    One,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Mailbox, Self::Big, Self::Many, Self::One];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Full,
    /// A tenth, for a quick look: the targets are not meant for it.
    Small,
    /// For a line with a delay, which needs no more mail to show itself.
    Delayed,
}

impl Scenario {
    pub(super) fn new(kind: Kind, size: Size) -> Self {
        let small = size != Size::Full;
        let tenth = |mails: u32| if small { mails / 10 } else { mails };
        let (mailbox, name) = match kind {
            Kind::Mailbox => {
                let mails = tenth(10_000);
                (Mailbox::Mixed { mails }, format!("mailbox: {mails} mails of all sizes"))
            }
            Kind::Big => {
                let mebibytes = if small { 100 } else { 1024 };
                (Mailbox::One { size: mebibytes * 1024 * 1024 }, format!("big: one mail of {mebibytes} MiB"))
            }
            Kind::Many => {
                let mails = tenth(20_000);
                (Mailbox::Equal { mails, size: 4096 }, format!("many: {mails} mails of 4 KiB"))
            }
            Kind::One => (Mailbox::Equal { mails: 1, size: 4096 }, "one: one mail of 4 KiB".to_owned()),
        };
        let rounds = match (kind, small) {
            (Kind::One, false) => 60,
            (Kind::One, true) => 10,
            (Kind::Mailbox, false) => 5,
            _ => 3,
        };
        Self { kind, name, mailbox, rows: rows(kind), rounds }
    }

    /// What must be free: the mail on the server, what one program makes of it, and half as much again for
    /// blocks that are not full.
    pub(super) fn space(&self) -> u64 {
        const BLOCKS: u64 = 3 * 4096;
        3 * self.mailbox.size() + u64::from(self.mailbox.mails()) * BLOCKS + 256 * 1024 * 1024
    }
}

fn rows(kind: Kind) -> Vec<&'static Row> {
    // With a single mail, how it is named and where its state is kept says little.
    let single = |row: &&Row| matches!(row.name, "f0" | "f1" | "curl") || row.name.starts_with("tayori-eml-");
    match kind {
        Kind::Mailbox | Kind::Many => ROWS.iter().collect(),
        Kind::Big | Kind::One => ROWS.iter().filter(single).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_look_takes_a_tenth() {
        let mails = |size| Scenario::new(Kind::Mailbox, size).mailbox.mails();
        assert_eq!([Size::Full, Size::Small, Size::Delayed].map(mails), [10_000, 1_000, 1_000]);
    }

    #[test]
    fn the_room_asked_for_is_more_than_two_copies() {
        for kind in Kind::ALL {
            let scenario = Scenario::new(kind, Size::Small);
            assert!(scenario.space() > 2 * scenario.mailbox.size(), "{kind:?}");
        }
    }
}

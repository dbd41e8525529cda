//! What may happen in a history.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tayori_proto::command::{Silence, StoreChange};
use tayori_proto::types::Flag;

/// One of the two sessions does something.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) actor: usize,
    pub(super) deed: Deed,
}

#[derive(Clone, Debug)]
pub(super) enum Deed {
    Append {
        to: &'static str,
        flags: BTreeSet<Flag>,
        octets: Vec<u8>,
    },
    Select(&'static str),
    Examine(&'static str),
    /// `SELECT` and `UID FETCH` in one write.
    OpenInOneFlight(&'static str),
    Fetch {
        which: Which,
        reading: Reading,
    },
    Store {
        which: Which,
        change: StoreChange,
        silence: Silence,
        flags: BTreeSet<Flag>,
    },
    Expunge,
    UidExpunge(Which),
    Copy {
        which: Which,
        to: &'static str,
    },
    Move {
        which: Which,
        to: &'static str,
    },
    Noop,
    /// For as long as there is news.
    Idle,
    Close,
    Unselect,
    Create(&'static str),
    Delete(&'static str),
    Rename {
        from: &'static str,
        to: &'static str,
    },
}

impl Deed {
    /// The messages it is about.
    pub(super) fn which(&self) -> Option<&Which> {
        match self {
            Self::Fetch { which, .. }
            | Self::Store { which, .. }
            | Self::UidExpunge(which)
            | Self::Copy { which, .. }
            | Self::Move { which, .. } => Some(which),
            _ => None,
        }
    }
}

/// Messages of the mailbox that is open.
#[derive(Clone, Debug)]
pub(super) enum Which {
    All,
    /// Each stands for one of the numbers there are.
    Numbers(Vec<u8>),
    /// Each stands for a UID that is, was or will be.
    Uids(Vec<u8>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reading {
    Flags,
    Peek,
    MarkSeen,
}

pub(super) fn history() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0..2_usize, deed()).prop_map(|(actor, deed)| Step { actor, deed }), 1..40)
}

fn deed() -> impl Strategy<Value = Deed> {
    let octets = prop::collection::vec(1..=255_u8, 1..40);
    let change = prop_oneof![Just(StoreChange::Add), Just(StoreChange::Remove), Just(StoreChange::Replace)];
    let silence = prop_oneof![Just(Silence::Answered), Just(Silence::Silent)];
    let reading = prop_oneof![Just(Reading::Flags), Just(Reading::Peek), Just(Reading::MarkSeen)];
    prop_oneof![
        4 => (name(), flags(), octets).prop_map(|(to, flags, octets)| Deed::Append { to, flags, octets }),
        2 => name().prop_map(Deed::Select),
        1 => name().prop_map(Deed::Examine),
        1 => name().prop_map(Deed::OpenInOneFlight),
        4 => (which(), reading).prop_map(|(which, reading)| Deed::Fetch { which, reading }),
        6 => (which(), change, silence, flags())
            .prop_map(|(which, change, silence, flags)| Deed::Store { which, change, silence, flags }),
        2 => Just(Deed::Expunge),
        2 => which().prop_map(Deed::UidExpunge),
        2 => (which(), name()).prop_map(|(which, to)| Deed::Copy { which, to }),
        2 => (which(), name()).prop_map(|(which, to)| Deed::Move { which, to }),
        2 => Just(Deed::Noop),
        1 => Just(Deed::Idle),
        1 => Just(Deed::Close),
        1 => Just(Deed::Unselect),
        1 => name().prop_map(Deed::Create),
        1 => name().prop_map(Deed::Delete),
        2 => (name(), name()).prop_map(|(from, to)| Deed::Rename { from, to }),
    ]
}

/// Few enough for sessions to meet in one mailbox.
fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        4 => Just("INBOX"),
        4 => Just("a"),
        2 => Just("b"),
        2 => prop::sample::select(vec!["a/b", "a/b/c", "b/a", "日本語 & \"more\""]),
    ]
}

fn flags() -> impl Strategy<Value = BTreeSet<Flag>> {
    let keyword = Flag::new("$Forwarded").unwrap();
    prop::sample::subsequence(vec![Flag::Deleted, Flag::Seen, Flag::Flagged, keyword], 0..=4)
        .prop_map(|flags| flags.into_iter().collect())
}

fn which() -> impl Strategy<Value = Which> {
    let picks = || prop::collection::vec(any::<u8>(), 1..4);
    prop_oneof![
        1 => Just(Which::All),
        3 => picks().prop_map(Which::Numbers),
        3 => picks().prop_map(Which::Uids),
    ]
}

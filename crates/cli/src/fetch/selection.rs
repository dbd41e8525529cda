//! Which messages are meant, in terms of the open mailbox.

use std::str::FromStr;

use tayori_client::Mailbox;
use tayori_proto::types::{Bound, Id, IdSet, SeqNum, SeqSet, SequenceSet, SetError, Uid, UidSet};

use crate::cli::Selection;
use crate::download::Chosen;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;

/// What was asked for, read before anything is sent.
#[derive(Debug)]
pub(crate) enum Wanted {
    Numbers(SequenceSet<SeqNum>),
    Uids(SequenceSet<Uid>),
    Last(u32),
}

impl Wanted {
    pub(crate) fn parse(selection: &Selection) -> Result<Self, Failure> {
        if let Some(text) = &selection.numbers {
            return Ok(Self::Numbers(upwards(&parse_set("--number", text)?)));
        }
        if let Some(text) = &selection.uids {
            return Ok(Self::Uids(upwards(&parse_set("--uid", text)?)));
        }
        if let Some(uid) = selection.uid {
            let uid = Uid::new(uid.get()).ok_or_else(|| Failure::new(Exit::Usage, "UIDs begin with 1"))?;
            return Ok(Self::Uids(SequenceSet::one(uid)));
        }
        Ok(match selection.last {
            Some(count) => Self::Last(count.get()),
            None => Self::Numbers(SequenceSet::all()),
        })
    }

    /// The messages in this mailbox, or `None` when there can be none.
    ///
    /// Numbers are asked for by number: while that runs, the server may not renumber (RFC 9051 section 7.5.1).
    pub(crate) fn in_mailbox(&self, mailbox: &Mailbox) -> Option<Chosen> {
        let last = SeqNum::new(mailbox.exists());
        match self {
            Self::Uids(set) => Some(Chosen::Uids(set.clone())),
            Self::Numbers(set) => {
                let here = SeqSet::from_range(SeqNum::MIN..=last?);
                Chosen::numbers(set.resolve(last).intersection(&here))
            }
            Self::Last(count) => {
                let first = mailbox.exists().saturating_sub(count - 1).max(1);
                Chosen::numbers(SeqSet::from_range(SeqNum::new(first)?..=last?))
            }
        }
    }

    /// What was named one by one and is missing: a range asks for what there is, a single number for that message.
    pub(crate) fn missing(&self, numbers: &SeqSet, uids: &UidSet) -> Vec<String> {
        match self {
            Self::Numbers(set) => {
                singles(set).difference(numbers).ranges().map(|range| show("number", range)).collect()
            }
            Self::Uids(set) => {
                singles(set).difference(uids).ranges().map(|range| show("UID", range)).collect()
            }
            Self::Last(_) => Vec::new(),
        }
    }
}

/// `20:*` as people mean it: from 20 on, nothing if there is nothing. For IMAP it is a range between 20 and the last
/// message, whichever is larger, so that a script that asks for what is new would get an old message again.
fn upwards<T: Id>(set: &SequenceSet<T>) -> SequenceSet<T> {
    let mut ranges = set.ranges().iter().map(|&(start, end)| match (start, end, T::from_number(u32::MAX)) {
        (Bound::Id(_), Bound::Last, Some(highest)) => (start, Bound::Id(highest)),
        _ => (start, end),
    });
    let Some((start, end)) = ranges.next() else { return set.clone() };
    ranges.fold(SequenceSet::range(start, end), |set, (start, end)| set.and(start, end))
}

fn parse_set<T: Id>(option: &str, text: &str) -> Result<SequenceSet<T>, Failure> {
    SequenceSet::from_str(text).map_err(|SetError { index, expected }| {
        let typed = escape_str(text);
        Failure::new(Exit::Usage, format!("{option} {typed}: expected {expected} at character {}", index + 1))
            .hint("write 1 or 5:7,9 or 10:*")
    })
}

fn singles<T: Id>(set: &SequenceSet<T>) -> IdSet<T> {
    let single = |&(start, end): &(Bound<T>, Bound<T>)| match (start, end) {
        (Bound::Id(start), Bound::Id(end)) if start == end => Some(start),
        _ => None,
    };
    set.ranges().iter().filter_map(single).collect()
}

fn show<T: Id>(what: &str, range: std::ops::RangeInclusive<T>) -> String {
    let (start, end) = (range.start(), range.end());
    if start == end { format!("{what} {start}") } else { format!("{what} {start} to {end}") }
}

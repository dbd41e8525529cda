//! What a search has found, and what of it is told and kept.

use tayori_proto::command::{SearchBy, SearchOption, SearchReturn};
use tayori_proto::response::{ExtendedSearch, FoundNumber, SearchData};
use tayori_proto::types::{ModSeq, NumberSet, SeqNum, SeqSet, Tag, Uid, UidSet};

use crate::view::count;

/// Messages that were found, ascending.
#[derive(Default)]
pub(in crate::command) struct Found(Vec<Hit>);

/// A message that was found.
#[derive(Clone, Copy)]
pub(in crate::command) struct Hit {
    pub(in crate::command) number: SeqNum,
    pub(in crate::command) uid: Uid,
    pub(in crate::command) changed: ModSeq,
}

impl Found {
    /// Adds one behind the others.
    pub(super) fn push(&mut self, hit: Hit) {
        self.0.push(hit);
    }

    /// The highest mod-sequence of all that was found (RFC 7162 section 3.1.5).
    pub(in crate::command) fn highest(&self) -> Option<ModSeq> {
        self.0.iter().map(|hit| hit.changed).max()
    }

    /// The same of what is told alone, unless it is told how many there are (RFC 4731 section 3.2).
    pub(super) fn highest_told(&self, returns: &SearchReturn) -> Option<ModSeq> {
        let told = returns.options().iter().filter_map(|option| match option {
            SearchOption::Min => self.0.first().map(|hit| hit.changed),
            SearchOption::Max => self.0.last().map(|hit| hit.changed),
            SearchOption::All | SearchOption::Count => self.highest(),
            SearchOption::Partial(range) => {
                self.0[range.indices(self.0.len())].iter().map(|hit| hit.changed).max()
            }
            _ => None,
        });
        told.max()
    }

    pub(in crate::command) fn messages(&self) -> &[Hit] {
        &self.0
    }

    pub(super) fn numbers(&self) -> SeqSet {
        numbers(&self.0)
    }

    pub(super) fn uids(&self) -> UidSet {
        uids(&self.0)
    }

    /// What is told of it. Of nothing found, only how much that is, and that a place in it is empty
    /// (RFC 4731 section 3.1, RFC 9394 section 3.1).
    pub(super) fn row(&self, tag: &Tag, by: SearchBy, returns: &SearchReturn) -> ExtendedSearch {
        let one = |hit: &Hit| match by {
            SearchBy::Numbers => FoundNumber::from(hit.number),
            SearchBy::Uids => FoundNumber::from(hit.uid),
        };
        let several = |found: &[Hit]| match by {
            SearchBy::Numbers => NumberSet::from(&numbers(found)),
            SearchBy::Uids => NumberSet::from(&uids(found)),
        };
        let data = returns.options().iter().filter_map(|option| match option {
            SearchOption::Min => self.0.first().map(one).map(SearchData::Min),
            SearchOption::Max => self.0.last().map(one).map(SearchData::Max),
            SearchOption::All if self.0.is_empty() => None,
            SearchOption::All => Some(SearchData::All(several(&self.0))),
            SearchOption::Count => Some(SearchData::Count(count(self.0.len()))),
            SearchOption::Partial(range) => {
                let found = several(&self.0[range.indices(self.0.len())]);
                Some(SearchData::Partial { range: *range, found })
            }
            // It is not told, and others are not known.
            _ => None,
        });
        ExtendedSearch { tag: Some(tag.clone()), mailbox: None, by, data: data.collect() }
    }

    /// What `$` stands for from now on: everything, unless only some of it was asked for (RFC 5182 section 2.1, RFC 9394
    /// section 3.2).
    pub(super) fn to_save(&self, returns: &SearchReturn) -> UidSet {
        let mut some: Vec<Uid> = Vec::new();
        let mut asked_for_some = false;
        for option in returns.options() {
            let part = match option {
                SearchOption::Min => self.0.get(..1),
                SearchOption::Max => self.0.len().checked_sub(1).and_then(|last| self.0.get(last..)),
                SearchOption::Partial(range) => self.0.get(range.indices(self.0.len())),
                SearchOption::All | SearchOption::Count => return self.uids(),
                _ => continue,
            };
            asked_for_some = true;
            some.extend(part.unwrap_or_default().iter().map(|hit| hit.uid));
        }
        if !asked_for_some {
            return self.uids();
        }
        some.sort_unstable();
        some.dedup();
        some.into_iter().collect()
    }
}

fn numbers(found: &[Hit]) -> SeqSet {
    found.iter().map(|hit| hit.number).collect()
}

fn uids(found: &[Hit]) -> UidSet {
    found.iter().map(|hit| hit.uid).collect()
}

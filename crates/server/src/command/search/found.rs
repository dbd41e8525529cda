//! What a search has found, and what of it is told and kept.

use tayori_proto::command::{SearchBy, SearchOption, SearchReturn};
use tayori_proto::response::{ExtendedSearch, FoundNumber, SearchData};
use tayori_proto::types::{NumberSet, SeqNum, SeqSet, Tag, Uid, UidSet};

use crate::view::count;

/// Messages that were found, ascending.
#[derive(Default)]
pub(in crate::command) struct Found(Vec<(SeqNum, Uid)>);

impl Found {
    /// Adds one behind the others.
    pub(super) fn push(&mut self, number: SeqNum, uid: Uid) {
        self.0.push((number, uid));
    }

    pub(in crate::command) fn messages(&self) -> &[(SeqNum, Uid)] {
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
        let one = |found: &(SeqNum, Uid)| match by {
            SearchBy::Numbers => FoundNumber::from(found.0),
            SearchBy::Uids => FoundNumber::from(found.1),
        };
        let several = |found: &[(SeqNum, Uid)]| match by {
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
        ExtendedSearch { tag: Some(tag.clone()), by, data: data.collect() }
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
            some.extend(part.unwrap_or_default().iter().map(|(_, uid)| *uid));
        }
        if !asked_for_some {
            return self.uids();
        }
        some.sort_unstable();
        some.dedup();
        some.into_iter().collect()
    }
}

fn numbers(found: &[(SeqNum, Uid)]) -> SeqSet {
    found.iter().map(|(number, _)| *number).collect()
}

fn uids(found: &[(SeqNum, Uid)]) -> UidSet {
    found.iter().map(|(_, uid)| *uid).collect()
}

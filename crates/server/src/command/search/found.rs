//! What a search has found, and what of it is told and kept.

use tayori_proto::command::{SearchBy, SearchOption, SearchReturn};
use tayori_proto::response::{ExtendedSearch, FoundNumber, SearchData};
use tayori_proto::types::{ModSeq, NumberSet, SeqNum, SeqSet, Tag, Uid, UidSet};

use crate::connection::Cut;
use crate::view::count;

/// Messages that were found, ascending.
pub(in crate::command) struct Found {
    hits: Vec<Hit>,
    /// Not all messages were looked at.
    cut: Option<Cut>,
}

/// A message that was found.
#[derive(Clone, Copy)]
pub(in crate::command) struct Hit {
    pub(in crate::command) number: SeqNum,
    pub(in crate::command) uid: Uid,
    pub(in crate::command) changed: ModSeq,
}

impl Found {
    /// Nothing yet.
    pub(super) fn within(cut: Option<Cut>) -> Self {
        Self { hits: Vec::new(), cut }
    }

    /// Adds one behind the others.
    pub(super) fn push(&mut self, hit: Hit) {
        self.hits.push(hit);
    }

    /// The highest mod-sequence of all that was found (RFC 7162 section 3.1.5).
    pub(in crate::command) fn highest(&self) -> Option<ModSeq> {
        self.hits.iter().map(|hit| hit.changed).max()
    }

    /// The same of what is told alone, unless it is told how many there are (RFC 4731 section 3.2).
    pub(super) fn highest_told(&self, returns: &SearchReturn) -> Option<ModSeq> {
        let told = returns.options().iter().filter_map(|option| match option {
            SearchOption::Min => self.hits.first().map(|hit| hit.changed),
            SearchOption::Max => self.hits.last().map(|hit| hit.changed),
            SearchOption::All | SearchOption::Count => self.highest(),
            SearchOption::Partial(range) => {
                self.hits[range.indices(self.hits.len())].iter().map(|hit| hit.changed).max()
            }
            _ => None,
        });
        told.max()
    }

    pub(in crate::command) fn cut(&self) -> Option<Cut> {
        self.cut
    }

    pub(in crate::command) fn messages(&self) -> &[Hit] {
        &self.hits
    }

    pub(super) fn numbers(&self) -> SeqSet {
        numbers(&self.hits)
    }

    pub(super) fn uids(&self) -> UidSet {
        uids(&self.hits)
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
            SearchOption::Min => self.hits.first().map(one).map(SearchData::Min),
            SearchOption::Max => self.hits.last().map(one).map(SearchData::Max),
            SearchOption::All if self.hits.is_empty() => None,
            SearchOption::All => Some(SearchData::All(several(&self.hits))),
            SearchOption::Count => Some(SearchData::Count(count(self.hits.len()))),
            SearchOption::Partial(range) => {
                let found = several(&self.hits[range.indices(self.hits.len())]);
                Some(SearchData::Partial { range: *range, found })
            }
            // It is not told, and others are not known.
            _ => None,
        });
        ExtendedSearch { tag: Some(tag.clone()), mailbox: None, by, data: data.collect() }
    }

    /// What `$` stands for from now on: everything, unless only some of it was asked for (RFC 5182 section 2.1,
    /// RFC 9394 section 3.2).
    pub(super) fn to_save(&self, returns: &SearchReturn) -> UidSet {
        let mut some: Vec<Uid> = Vec::new();
        let mut asked_for_some = false;
        for option in returns.options() {
            let part = match option {
                SearchOption::Min => self.hits.get(..1),
                SearchOption::Max => self.hits.len().checked_sub(1).and_then(|last| self.hits.get(last..)),
                SearchOption::Partial(range) => self.hits.get(range.indices(self.hits.len())),
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

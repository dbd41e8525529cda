//! Searches that say how much they want to know (RFC 9051 section 6.4.4, RFC 4731).

use tayori_proto::command::{Charset, Command, SearchBy, SearchKey, SearchOption, SearchReturn};
use tayori_proto::response::{Response, SearchData};
use tayori_proto::types::{Capability, ModSeq, PartialRange, Uid, UidSet};

use crate::error::Error;
use crate::needs;
use crate::selected::Selected;
use crate::selected::found::readable;

/// What a search is to tell of the messages it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Find {
    /// All of them.
    All,
    /// How many there are.
    Count,
    /// The lowest and the highest UID.
    Bounds,
    /// Those at these places, counted from the lowest or from the highest UID (RFC 9394).
    Partial(PartialRange),
}

/// What a search has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// The messages, as far as they were asked for: all, the bounds, or those at the places.
    pub uids: UidSet,
    /// How many match; for [`Find::Bounds`] and [`Find::Partial`] only where the server was not needed to find out.
    pub count: Option<u64>,
    /// The highest mod-sequence of the messages found, where the search asked for mod-sequences (RFC 7162 section
    /// 3.1.5).
    pub modseq: Option<ModSeq>,
}

impl Selected<'_> {
    /// Searches, and asks for no more than is wanted. A server without ESEARCH, or without PARTIAL, sends all that it
    /// finds, and what is wanted is taken from that.
    ///
    /// Strings are UTF-8, and keys of extensions are refused, as in [`Selected::uid_search`]. A server that answers OK
    /// and nothing else has found nothing.
    pub async fn find(&mut self, key: SearchKey, find: Find) -> Result<Found, Error> {
        self.link().require_all(needs::of_key(&key)).await?;
        let capabilities = self.capabilities().await?;
        let options = match find {
            Find::All => vec![SearchOption::All],
            Find::Count => vec![SearchOption::Count],
            Find::Bounds => vec![SearchOption::Min, SearchOption::Max],
            Find::Partial(range) => vec![SearchOption::Partial(range)],
        };
        let needed = match find {
            Find::Partial(_) => Capability::Partial,
            _ => Capability::ESearch,
        };
        let returns = if capabilities.offers(&needed) { SearchReturn::new(options).ok() } else { None };
        let command = |key| Command::Search {
            returns: returns.clone(),
            key,
            charset: Charset::Utf8,
            by: SearchBy::Uids,
        };
        let data = match find {
            // A place among all that match has no meaning among a part of them.
            Find::Partial(_) => self.run(command(key)).await?,
            _ => self.search_in_turns(key, command).await?,
        };
        let mut told: Option<Found> = None;
        let mut listed: Option<Found> = None;
        for response in &data {
            match response {
                // Of another mailbox, which nobody has asked about here.
                Response::ExtendedSearch(found) if found.mailbox.is_some() => {}
                Response::ExtendedSearch(found) => {
                    let data = readable("UID SEARCH", found)?;
                    // Who was not told what is wanted tells all that was found (RFC 9051 section 6.4.4).
                    let found = if returns.is_some() { &mut told } else { &mut listed };
                    found.get_or_insert_default().take(data);
                }
                // Some answer like this to an extended search, too (Cyrus 2.4.16).
                Response::Search(row) => {
                    let listed = listed.get_or_insert_default();
                    listed.uids.insert_all(&row.uids());
                    listed.modseq = listed.modseq.max(row.modseq);
                }
                _ => {}
            }
        }
        Ok(match (told, listed) {
            (Some(told), None) => told.of_parts(Found::default(), find),
            (Some(told), Some(listed)) => told.of_parts(listed.only(find), find),
            (None, listed) => listed.unwrap_or_default().only(find),
        })
    }
}

impl Found {
    fn take(&mut self, told: &[SearchData]) {
        for data in told {
            match data {
                SearchData::All(numbers) | SearchData::Partial { found: numbers, .. } => {
                    self.uids.insert_all(&numbers.uids());
                }
                SearchData::Min(number) | SearchData::Max(number) => {
                    if let Some(uid) = number.uid() {
                        self.uids.insert(uid);
                    }
                }
                SearchData::Count(count) => self.count = Some(self.count.unwrap_or(0) + u64::from(*count)),
                SearchData::ModSeq(modseq) => self.modseq = self.modseq.max(Some(*modseq)),
                _ => {}
            }
        }
    }

    /// What two parts of the mailbox hold together.
    fn of_parts(self, other: Self, find: Find) -> Self {
        let mut both = Self {
            uids: self.uids.union(&other.uids),
            count: self.count.zip(other.count).map(|(one, more)| one + more).or(self.count),
            modseq: self.modseq.max(other.modseq),
        };
        match find {
            Find::All => both.count = Some(both.uids.count()),
            Find::Bounds => both.uids = both.bounds(),
            Find::Count | Find::Partial(_) => {}
        }
        both
    }

    fn bounds(&self) -> UidSet {
        [self.uids.first(), self.uids.last()].into_iter().flatten().collect()
    }

    /// What is wanted of everything that was found.
    fn only(mut self, find: Find) -> Self {
        self.count = Some(self.uids.count());
        match find {
            Find::All => {}
            Find::Count => self.uids = UidSet::new(),
            Find::Bounds => self.uids = self.bounds(),
            Find::Partial(range) => {
                let all: Vec<Uid> = self.uids.iter().collect();
                let places = range.indices(all.len());
                self.uids = all.get(places).unwrap_or_default().iter().copied().collect();
            }
        }
        self
    }
}

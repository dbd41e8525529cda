//! Which messages are meant, in terms of the open mailbox.
//!
//! - this file: what was asked for, and the messages it means
//! - [`question`]: what the server is asked, where it has to be asked
//! - [`stdin`]: UIDs that other commands have found
//! - [`typed`]: sets and search keys as they are typed

mod question;
mod stdin;
mod typed;

use std::num::NonZeroU32;

use tayori_client::{Error, Find, Mailbox, SearchKey, Selected};
use tayori_proto::response::ResponseCode;
use tayori_proto::types::{Bound, Id, IdSet, PartialRange, SeqNum, SeqSet, SequenceSet, Text, Uid, UidSet};

use crate::cli::{Mailboxes, Selection, Words};
use crate::count::count;
use crate::download::{Chosen, is_single};
use crate::escape::escape_bounded;
use crate::exit::Exit;
use crate::failure::{Failure, note};
use crate::query::Query;
use question::{Question, shown};

/// What was asked for, read before anything is sent. A message has to fulfil all of it.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    numbers: Option<SequenceSet<SeqNum>>,
    uids: Option<SequenceSet<Uid>>,
    /// UIDs of one life of the mailbox only, where somebody has said of which.
    validity: Option<NonZeroU32>,
    search: Option<Query>,
    /// Of those that the others leave, so many that came last.
    last: Option<NonZeroU32>,
}

impl Wanted {
    /// Reads what was typed, and stdin where that is asked for, for this mailbox.
    pub(crate) fn parse(selection: &Selection, mailbox: &str) -> Result<Self, Failure> {
        let numbers =
            selection.numbers.as_deref().map(|text| typed::parse_set("--number", text)).transpose()?;
        let mut validity = selection.validity;
        let uids = match selection {
            Selection { uids: Some(text), .. } => Some(typed::parse_set("--uid", text)?),
            Selection { listed: Some(text), .. } => {
                Some(typed::parse_set("the messages", text).map_err(|failure| {
                    failure.hint("write UIDs such as 20 or 20,30:40, last 10, all, or - for those on stdin")
                })?)
            }
            Selection { uid: Some(uid), .. } => Uid::new(uid.get()).map(SequenceSet::one),
            Selection { stdin: true, .. } => {
                let listed = stdin::read(mailbox)?;
                let theirs = listed.validity.and_then(NonZeroU32::new);
                if let (Some(place), Some(theirs)) = (validity, theirs)
                    && place != theirs
                {
                    let message = format!("the UIDVALIDITY is {theirs} on stdin, and {place} in the place");
                    return Err(Failure::new(Exit::NothingMatched, message)
                        .hint("look for the messages again, their UIDs have changed"));
                }
                validity = validity.or(theirs);
                let nothing = |_| Failure::new(Exit::NothingMatched, "stdin names no message");
                Some(SequenceSet::try_from(listed.uids).map_err(nothing)?)
            }
            _ => None,
        };
        let search = match &selection.search {
            Some(Words::Keys(text)) => Some(typed::parse_search(text)?.into()),
            Some(Words::Query(text)) => Some(Query::parse("the query", text)?),
            None => None,
        };
        Ok(Self { numbers, uids, validity, search, last: selection.last })
    }

    /// UIDs that were written down for a mailbox of another validity mean no message of this one.
    pub(crate) fn check_validity(&self, mailbox: &Mailbox) -> Result<(), Failure> {
        let Some(wanted) = self.validity else { return Ok(()) };
        let found = mailbox.uid_validity().map(|validity| validity.value());
        if found == Some(wanted.get()) {
            return Ok(());
        }
        let found = found.map_or("none".to_owned(), |found| found.to_string());
        let message =
            format!("the UIDs of this mailbox are others now: UIDVALIDITY was {wanted} and is {found}");
        Err(Failure::new(Exit::NothingMatched, message)
            .hint("look for the message again, its UID has changed"))
    }

    /// Whether a mailbox can have at most one message that is meant, whatever it holds.
    pub(crate) fn is_at_most_one(&self) -> bool {
        self.numbers.as_ref().is_some_and(is_single)
            || self.uids.as_ref().is_some_and(is_single)
            || self.last == Some(NonZeroU32::MIN)
    }

    /// What the server would be asked, in its words; charsets and literals are left out.
    pub(crate) fn asked(&self) -> String {
        let key = self.search.as_ref().map_or(SearchKey::All, Query::key);
        let uids = self.uids.clone().map(SearchKey::Uid);
        let key = match (uids, key) {
            (Some(uids), SearchKey::All) => uids,
            (Some(uids), key) => uids.and(key),
            (None, key) => key,
        };
        shown(key)
    }

    /// Whether the server cannot answer all of it.
    pub(crate) fn is_looked_at_here(&self) -> bool {
        self.search.as_ref().is_some_and(|query| !query.is_for_the_server())
    }

    /// How many of what is found are meant, if not all.
    pub(crate) fn last(&self) -> Option<NonZeroU32> {
        self.last
    }

    /// Why a mailbox that was looked at has nothing of it.
    pub(crate) fn nothing_there(&self, mailbox: &Mailbox) -> Failure {
        let why = match (mailbox.exists(), self.has_search()) {
            (0, _) => "the mailbox is empty".to_owned(),
            (_, true) => "the search found nothing".to_owned(),
            (exists, false) => format!("the mailbox has {}", count(exists.into(), "message", "messages")),
        };
        Failure::new(Exit::NothingMatched, format!("no such message: {why}"))
    }

    /// The same where the mailbox is one of those that were `asked_for`: why none of them has, since this is said once.
    pub(crate) fn nothing_among(&self, asked_for: &Mailboxes, mailbox: &Mailbox) -> Failure {
        if asked_for.is_one() {
            return self.nothing_there(mailbox);
        }
        let why = match self.has_search() {
            true => "the search found nothing in any of the mailboxes",
            false => "none of the mailboxes has one",
        };
        Failure::new(Exit::NothingMatched, format!("no such message: {why}"))
    }

    /// Whether what the messages hold, or how they are marked, decides.
    pub(crate) fn has_search(&self) -> bool {
        self.search.is_some()
    }

    /// The messages in this mailbox, or `None` when there are none.
    ///
    /// The server is asked only where it takes a search to know them. Numbers are asked for by number otherwise: while
    /// that runs, the server may not renumber (RFC 9051 section 7.5.1).
    pub(crate) async fn resolve(&self, selected: &mut Selected<'_>) -> Result<Option<Chosen>, Failure> {
        match self.plan(selected.mailbox().exists()) {
            Plan::Known(chosen) => Ok(chosen),
            Plan::Ask(Question::Uids(keys)) => {
                let find = match (&keys[..], self.last) {
                    // The server need not tell all, where it can count (PARTIAL).
                    ([_], Some(last)) if !self.is_looked_at_here() => {
                        Find::Partial(PartialRange::newest(NonZeroU32::MIN..=last))
                    }
                    _ => Find::All,
                };
                let mut found = UidSet::new();
                for key in keys {
                    found = found.union(&selected.find(key, find).await.map_err(refused)?.uids);
                }
                let found = self.refined(selected, found).await?;
                Ok(Chosen::found(self.last_of(found)))
            }
            Plan::Ask(Question::Numbers { keys, among }) => {
                let mut found = SeqSet::new();
                for key in keys {
                    found = found.union(&selected.search(key).await.map_err(refused)?);
                }
                let chosen = Chosen::numbers(found.intersection(&among));
                let Some(Chosen::Numbers(numbers)) = chosen else { return Ok(None) };
                if self.search.as_ref().is_none_or(Query::is_for_the_server) {
                    return Ok(Chosen::numbers(self.last_of(numbers)));
                }
                let there = Chosen::Numbers(numbers).find(selected).await?;
                let found = self.refined(selected, there.uids).await?;
                Ok(Chosen::found(self.last_of(found)))
            }
        }
    }

    /// How many there are in this mailbox. A server that can count is not asked which they are (ESEARCH).
    pub(crate) async fn count(&self, selected: &mut Selected<'_>) -> Result<u64, Failure> {
        let everything = Self { search: None, ..self.clone() };
        if let (Some(Query::Server(key)), true) = (&self.search, everything.is_everything()) {
            let found = selected.find(key.clone(), Find::Count).await.map_err(refused)?;
            if let Some(count) = found.count {
                return Ok(count);
            }
        }
        let found = match self.resolve(selected).await? {
            Some(chosen) => chosen.find(selected).await?.uids.count(),
            None => 0,
        };
        Ok(found)
    }

    /// Whether nothing bounds what is meant.
    pub(crate) fn is_everything(&self) -> bool {
        matches!(self, Self { numbers: None, uids: None, search: None, last: None, .. })
    }

    /// Those of the messages that the server has found which are meant.
    async fn refined(&self, selected: &mut Selected<'_>, found: UidSet) -> Result<UidSet, Failure> {
        let Some(query) = &self.search else { return Ok(found) };
        let refined = query.refine(selected, found).await?;
        if !refined.unreadable.is_empty() {
            note(&format!(
                "what the server says of the structure of UID {} cannot be read; counted as without attachments",
                refined.unreadable
            ));
        }
        Ok(refined.uids)
    }

    /// Messages that were named one by one: a range asks for what there is, a single number for that message. Where
    /// there are several conditions, each says what may come, and none counts as named.
    pub(crate) fn named(&self) -> Named {
        let (numbers, uids) = match self {
            Self { numbers: Some(set), uids: None, search: None, last: None, .. } => {
                (singles(set), UidSet::new())
            }
            Self { numbers: None, uids: Some(set), search: None, last: None, .. } => {
                (SeqSet::new(), singles(set))
            }
            _ => <(SeqSet, UidSet)>::default(),
        };
        Named { numbers, uids }
    }

    /// What was named one by one and is not among these, in words.
    pub(crate) fn missing(&self, numbers: &SeqSet, uids: &UidSet) -> Vec<String> {
        let named = self.named();
        let (numbers, uids) = (named.numbers.difference(numbers), named.uids.difference(uids));
        let numbers = numbers.ranges().map(|range| show("number", range));
        numbers.chain(uids.ranges().map(|range| show("UID", range))).collect()
    }

    /// How the messages become known in a mailbox that has so many.
    fn plan(&self, exists: u32) -> Plan {
        let Some(highest) = SeqNum::new(exists) else {
            // A UID may have come since. Whoever names it is told by the server.
            return Plan::Known(match self {
                Self { numbers: None, uids: Some(uids), search: None, last: None, .. } => {
                    Some(Chosen::Uids(uids.clone()))
                }
                _ => None,
            });
        };
        let here = SeqSet::from_range(SeqNum::MIN..=highest);
        let numbers = self.numbers.as_ref().map(|set| set.resolve(Some(highest)).intersection(&here));
        if numbers.as_ref().is_some_and(SeqSet::is_empty) {
            return Plan::Known(None);
        }
        match (&self.uids, &self.search) {
            (None, None) => Plan::Known(Chosen::numbers(self.last_of(numbers.unwrap_or(here)))),
            (Some(uids), None) if numbers.is_none() && self.last.is_none() => {
                Plan::Known(Some(Chosen::Uids(uids.clone())))
            }
            (uids, search) => {
                let key = search.as_ref().map(Query::key);
                Plan::Ask(Question::new(numbers, uids.as_ref(), key.as_ref()))
            }
        }
    }

    /// Those of the set that came last, where only those are wanted.
    fn last_of<T: Id>(&self, set: IdSet<T>) -> IdSet<T> {
        let Some(count) = self.last else { return set };
        let mut left_out = set.count().saturating_sub(count.get().into());
        let mut last = IdSet::new();
        for range in set.ranges() {
            let (start, end) = (range.start().number(), *range.end());
            let members = u64::from(end.number() - start) + 1;
            let skipped = left_out.min(members);
            left_out -= skipped;
            // Nothing is left of a range that is skipped as a whole.
            let start = u32::try_from(skipped).ok().and_then(|skipped| start.checked_add(skipped));
            if let Some(start) = start.and_then(T::from_number).filter(|start| *start <= end) {
                last.insert_range(start..=end);
            }
        }
        last
    }
}

/// Messages that are meant one by one, by number or by UID.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    pub(crate) numbers: SeqSet,
    pub(crate) uids: UidSet,
}

#[derive(Debug)]
enum Plan {
    /// What can be known without asking: the messages, or that there are none.
    Known(Option<Chosen>),
    Ask(Question),
}

/// Characters that are shown of each charset that a server names, and how many of them.
const MOST_CHARSETS: usize = 8;
const MOST_OF_CHARSET: usize = 40;

/// A search that failed.
fn refused(error: Error) -> Failure {
    let (doing, hint) = match &error {
        // RFC 9051 section 6.4.4.
        Error::Refused { code: Some(code), .. } if let ResponseCode::BadCharset(known) = &**code => (
            format!("the server cannot search for text in UTF-8{}", but_in(known)),
            "search for words in ASCII, or with other keys (SINCE, UNSEEN, ...), and look through what comes",
        ),
        Error::Refused { .. } => (
            "cannot search".to_owned(),
            "the server may not know one of the keys, or text that is not ASCII; try without it",
        ),
        _ => return Failure::from(error).while_doing("cannot search"),
    };
    Failure::from(error).while_doing(&doing).hint_unless_there_is_one(hint)
}

fn but_in(charsets: &[Text]) -> String {
    let names: Vec<_> = charsets
        .iter()
        .take(MOST_CHARSETS)
        .map(|name| escape_bounded(name.as_bytes(), MOST_OF_CHARSET).to_string())
        .collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!(", only in {}", names.join(", ")),
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `--number`, `--uid`, `--search`, `--last`; empty where not given.
    fn wanted([numbers, uids, search, last]: [&str; 4]) -> Wanted {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let selection = Selection {
            numbers: given(numbers),
            uids: given(uids),
            search: given(search).map(Words::Keys),
            last: last.parse().ok(),
            ..Selection::default()
        };
        Wanted::parse(&selection, "INBOX").unwrap_or_else(|failure| panic!("{}", failure.to_text()))
    }

    fn planned(options: [&str; 4], exists: u32) -> String {
        match wanted(options).plan(exists) {
            Plan::Known(None) => "nothing".to_owned(),
            Plan::Known(Some(Chosen::Numbers(set))) => format!("numbers {set}"),
            Plan::Known(Some(Chosen::Uids(set))) => format!("UIDs {set}"),
            Plan::Known(Some(Chosen::Found(set))) => format!("found {set}"),
            Plan::Ask(Question::Uids(keys)) => format!("ask {}", keys.len()),
            Plan::Ask(Question::Numbers { keys, .. }) => format!("ask by number {}", keys.len()),
        }
    }

    #[test]
    fn the_server_is_asked_only_where_it_has_to_be() {
        for (options, exists, expected) in [
            (["", "", "", ""], 9, "numbers 1:9"),
            (["", "", "", ""], 0, "nothing"),
            (["2:4,9,*", "", "", ""], 9, "numbers 2:4,9"),
            (["8:20", "", "", ""], 9, "numbers 8:9"),
            (["10:*", "", "", ""], 9, "nothing"),
            (["*", "", "", ""], 0, "nothing"),
            (["", "20:*", "", ""], 9, "UIDs 20:4294967295"),
            (["", "7,5", "", ""], 0, "UIDs 7,5"),
            (["", "", "", "2"], 9, "numbers 8:9"),
            (["", "", "", "10"], 9, "numbers 1:9"),
            (["", "", "", "1"], 0, "nothing"),
            (["1,3,5:6", "", "", "3"], 9, "numbers 3,5:6"),
            (["1,3,5:6", "", "", "2"], 3, "numbers 1,3"),
            (["10:*", "", "unseen", ""], 9, "nothing"),
            (["", "", "unseen", ""], 0, "nothing"),
            (["", "7", "", "2"], 0, "nothing"),
            (["", "", "unseen", ""], 9, "ask 1"),
            (["1:3", "", "unseen", "2"], 9, "ask 1"),
            (["", "5:9", "", "2"], 9, "ask 1"),
            (["1:3", "5:9", "", ""], 9, "ask 1"),
        ] {
            assert_eq!(planned(options, exists), expected, "{options:?} of {exists}");
        }
        let long: Vec<_> = (1..2000).map(|n| (2 * n).to_string()).collect();
        assert_eq!(planned([&long.join(","), "", "unseen", ""], 9000), "ask by number 1");
        assert_eq!(planned(["", &long.join(","), "unseen", ""], 9000), "ask 2");
    }

    #[test]
    fn only_what_was_named_alone_can_be_missing() {
        let (numbers, uids) = (SeqSet::new(), UidSet::new());
        let missing = |options| wanted(options).missing(&numbers, &uids).join(", ");
        assert_eq!(missing(["3,5:7,9", "", "", ""]), "number 3, number 9");
        assert_eq!(missing(["", "3,4,6:7", "", ""]), "UID 3 to 4");
        for options in [
            ["3", "", "seen", ""],
            ["", "3", "seen", ""],
            ["3", "3", "", ""],
            ["", "3,4", "", "1"],
            ["", "", "", "1"],
        ] {
            assert_eq!(missing(options), "", "{options:?}");
        }
    }

    #[test]
    fn one_message_is_asked_for_only_where_no_mailbox_can_have_two() {
        for (options, expected) in [
            (["3", "", "", ""], true),
            (["*", "", "", ""], true),
            (["", "3", "", ""], true),
            (["", "3:3", "", ""], true),
            (["", "", "", "1"], true),
            (["1:9", "3", "seen", ""], true),
            (["", "", "seen", "1"], true),
            (["", "", "", ""], false),
            (["1:*", "", "", ""], false),
            (["", "3:4", "", ""], false),
            (["", "3,4", "", ""], false),
            (["", "", "seen", ""], false),
            (["", "", "", "2"], false),
        ] {
            assert_eq!(wanted(options).is_at_most_one(), expected, "{options:?}");
        }
    }

    proptest! {
        #[test]
        fn the_last_are_the_largest(
            members in proptest::collection::btree_set(prop_oneof![1u32..60, u32::MAX - 9..=u32::MAX], 0..40),
            count in 1usize..50,
        ) {
            let set: UidSet = members.iter().copied().filter_map(Uid::new).collect();
            let last = wanted(["", "", "", &count.to_string()]).last_of(set);
            let expected: Vec<u32> = members.iter().copied().skip(members.len().saturating_sub(count)).collect();
            prop_assert_eq!(last.iter().map(Uid::value).collect::<Vec<_>>(), expected);
        }
    }
}

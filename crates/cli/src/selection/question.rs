//! What the server is asked where it takes a search to know the messages.

use tayori_client::cut_set;
use tayori_proto::command::{Charset, Command, EncodeOptions, SearchBy, SearchKey};
use tayori_proto::types::{NameEncoding, NonEmpty, SeqNum, SeqSet, SequenceSet, Tag, Uid};

use crate::download::MOST_LINE_OCTETS;

/// Octets that a command with all its arguments may have: a line, less room for the tag.
const MOST_OCTETS: usize = MOST_LINE_OCTETS - 64;

/// Octets that the keys of a search may have. It leaves room for sets beside them.
pub(super) const MOST_KEY_OCTETS: usize = MOST_OCTETS - 1024;

/// Octets of the names and blanks around two sets: ` UID ` and a blank.
const AROUND_SETS: usize = 16;

/// Searches that answer which messages are meant.
#[derive(Debug, PartialEq)]
pub(super) enum Question {
    /// The UIDs that match any of these.
    Uids(Vec<SearchKey>),
    /// The numbers that match any of these, as far as they are members of the set.
    ///
    /// Numbers stay what they are through a SEARCH and a FETCH, while a UID SEARCH may be answered with an EXPUNGE
    /// (RFC 9051 section 7.5.1), behind which a second part of a set of numbers would mean other messages.
    Numbers { keys: Vec<SearchKey>, among: SeqSet },
}

impl Question {
    /// Messages that are in both sets and match the key, as far as these are given.
    ///
    /// A set of UIDs that is too long for a line is cut over several searches. One of numbers is not sent then.
    pub(super) fn new(
        numbers: Option<SeqSet>,
        uids: Option<&SequenceSet<Uid>>,
        search: Option<&SearchKey>,
    ) -> Self {
        let room = MOST_OCTETS.saturating_sub(search.map_or(0, octets_of) + AROUND_SETS);
        let (sent, kept) = match numbers.map(|numbers| (numbers.to_string().len(), numbers)) {
            Some((octets, numbers)) if octets > room / 2 => (None, Some(numbers)),
            numbers => (numbers, None),
        };
        let room = room - sent.as_ref().map_or(0, |(octets, _)| *octets);
        let numbers = sent.and_then(|(_, numbers)| SequenceSet::try_from(numbers).ok());
        let key = |uids: Option<SequenceSet<Uid>>| all_of(numbers.clone(), uids, search);
        let keys = match uids {
            None => vec![key(None)],
            Some(uids) => cut_set(uids, room).into_iter().map(|piece| key(Some(piece))).collect(),
        };
        match kept {
            Some(among) => Self::Numbers { keys, among },
            None => Self::Uids(keys),
        }
    }
}

/// One key for all of it. Keys that are joined already are not put into parentheses, since the less a server has to
/// understand the better.
fn all_of(
    numbers: Option<SequenceSet<SeqNum>>,
    uids: Option<SequenceSet<Uid>>,
    search: Option<&SearchKey>,
) -> SearchKey {
    let sets = numbers.map(SearchKey::Numbers).into_iter().chain(uids.map(SearchKey::Uid));
    let joined = match search {
        Some(SearchKey::And(keys)) => keys.to_vec(),
        Some(key) => vec![key.clone()],
        None => Vec::new(),
    };
    let mut keys: Vec<SearchKey> = sets.chain(joined).collect();
    match keys.len() {
        0 => SearchKey::All,
        1 => keys.remove(0),
        _ => NonEmpty::try_from(keys).map_or(SearchKey::All, SearchKey::And),
    }
}

/// How long a search for this key is, without its tag.
pub(super) fn octets_of(key: &SearchKey) -> usize {
    let command =
        Command::Search { returns: None, key: key.clone(), charset: Charset::Utf8, by: SearchBy::Uids };
    match Tag::new("t") {
        Ok(tag) => command.encode(&tag, &EncodeOptions::default()).bytes.len(),
        Err(_) => usize::MAX,
    }
}

/// The key as it is sent, for people: strings that need another form on the wire stand in quotes.
pub(super) fn shown(key: SearchKey) -> String {
    let command = Command::Search { returns: None, key, charset: Charset::Utf8, by: SearchBy::Uids };
    let Ok(tag) = Tag::new("t") else { return String::new() };
    let mut options = EncodeOptions::default();
    // Where names may be UTF-8, strings may, and need no literal.
    options.names = NameEncoding::Utf8;
    let octets = command.encode(&tag, &options).bytes;
    let line = String::from_utf8_lossy(&octets);
    let keys = line.trim_end().trim_start_matches("t UID SEARCH ");
    keys.trim_start_matches("CHARSET UTF-8 ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(key: &SearchKey) -> String {
        let command =
            Command::Search { returns: None, key: key.clone(), charset: Charset::Utf8, by: SearchBy::Uids };
        let encoded = command.encode(&Tag::new("t").unwrap(), &EncodeOptions::default());
        String::from_utf8(encoded.bytes.to_vec()).unwrap()
    }

    fn numbers(set: &str) -> SeqSet {
        set.parse::<SequenceSet<SeqNum>>().unwrap().resolve(SeqNum::new(u32::MAX))
    }

    /// Every second UID from 100000 on: nothing in it can be joined.
    fn long(ranges: u32) -> String {
        let uids: Vec<_> = (0..ranges).map(|n| (100_000 + 2 * n).to_string()).collect();
        uids.join(",")
    }

    #[track_caller]
    fn check(question: [&str; 3], expected: &str) {
        let [of, uids, search] = question.map(|text| (!text.is_empty()).then_some(text));
        let uids = uids.map(|uids| uids.parse().unwrap());
        let search = search.map(|search| search.parse().unwrap());
        match Question::new(of.map(numbers), uids.as_ref(), search.as_ref()) {
            Question::Uids(keys) if keys.len() == 1 => {
                assert_eq!(sent(&keys[0]), format!("t UID SEARCH {expected}\r\n"));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_search_has_all_of_it() {
        check(["", "", "unseen"], "UNSEEN");
        check(["", "", "unseen since 1-Feb-2026"], "UNSEEN SINCE 1-Feb-2026");
        check(["1:5", "", "unseen since 1-Feb-2026"], "1:5 UNSEEN SINCE 1-Feb-2026");
        check(["1:5", "20:30", "or seen draft"], "1:5 UID 20:30 OR SEEN DRAFT");
        check(["1:5", "20:30", ""], "1:5 UID 20:30");
        check(["", "20:30", ""], "UID 20:30");
        check(["", "5,4,3,*,1", "all"], "UID 1,3:5,* ALL");
        check(["", "*:7,9", ""], "UID 9,*:7");
        check(["", "", "subject \u{e4}"], "CHARSET UTF-8 SUBJECT {2}\r\n\u{e4}");
    }

    #[test]
    fn a_long_set_of_uids_is_cut_and_nothing_of_it_is_lost() {
        let search: SearchKey = format!("seen text {}", "x".repeat(2000)).parse().unwrap();
        for (of, uids, search) in [
            (None, long(5000), None),
            (None, long(5000), Some(&search)),
            (Some(numbers("1,3,5:9")), format!("{},*", long(5000)), Some(&search)),
        ] {
            let uids: SequenceSet<Uid> = uids.parse().unwrap();
            let Question::Uids(keys) = Question::new(of, Some(&uids), search) else { panic!() };
            assert!(keys.len() > 4);
            let mut seen: Vec<String> = Vec::new();
            for key in &keys {
                let line = sent(key);
                assert!(
                    (4000..8192 - 60).contains(&line.len()) || Some(key) == keys.last(),
                    "{}",
                    line.len()
                );
                let (_, set) = line.split_once("UID SEARCH ").unwrap().1.split_once("UID ").unwrap();
                seen.push(set.split([' ', '\r']).next().unwrap().to_owned());
            }
            assert_eq!(seen.join(","), uids.to_string());
        }
    }

    #[test]
    fn a_long_set_of_numbers_stays_here() {
        let of = numbers(&long(2000));
        let search: SearchKey = "unseen".parse().unwrap();
        let asked = Question::new(Some(of.clone()), None, Some(&search));
        assert_eq!(asked, Question::Numbers { keys: vec![search.clone()], among: of.clone() });
        let uids: SequenceSet<Uid> = long(5000).parse().unwrap();
        let Question::Numbers { keys, among } = Question::new(Some(of.clone()), Some(&uids), Some(&search))
        else {
            panic!()
        };
        assert_eq!(among, of);
        assert!(keys.iter().all(|key| sent(key).len() < 8192 - 60));
    }

    #[test]
    fn the_longest_of_everything_fits() {
        let search: SearchKey = format!("seen text {}", "x".repeat(MOST_KEY_OCTETS - 50)).parse().unwrap();
        assert!(octets_of(&search) <= MOST_KEY_OCTETS);
        let uids: SequenceSet<Uid> = long(300).parse().unwrap();
        for of in [long(50), long(70), long(500)] {
            let (Question::Uids(keys) | Question::Numbers { keys, .. }) =
                Question::new(Some(numbers(&of)), Some(&uids), Some(&search));
            assert!(keys.len() > 2);
            assert!(keys.iter().all(|key| sent(key).len() < 8192 - 50));
        }
    }
}

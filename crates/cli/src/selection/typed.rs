//! Sets of messages and search keys as they are typed.

use std::str::FromStr;

use tayori_proto::command::{SearchKey, SearchKeyError};
use tayori_proto::types::{Id, SequenceSet, SetError};

use super::question::{MOST_KEY_OCTETS, octets_of};
use crate::caret::point_at;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::sets;

/// The set that was typed for this option, read as people mean it.
pub(super) fn parse_set<T: Id>(option: &str, text: &str) -> Result<SequenceSet<T>, Failure> {
    let set = SequenceSet::from_str(text).map_err(|SetError { index, expected }| {
        let typed = escape_str(text);
        Failure::new(Exit::Usage, format!("{option} {typed}: expected {expected} at character {}", index + 1))
            .hint("write 1 or 5:7,9 or 10:*")
    });
    set.map(|set| sets::upwards(&set))
}

/// Search keys; what is wrong with them is shown at its place.
pub(super) fn parse_search(text: &str) -> Result<SearchKey, Failure> {
    const HINT: &str = "keys are such as UNSEEN, FROM bob, SUBJECT \"two words\" or SINCE 1-Feb-2026, all that apply \
                        (RFC 9051 section 6.4.4)";
    if text.trim().is_empty() {
        return Err(Failure::new(Exit::Usage, "the search is empty").hint(HINT));
    }
    let key = SearchKey::from_str(text).map_err(|SearchKeyError { index, expected }| {
        let character = text[..text.floor_char_boundary(index)].chars().count() + 1;
        let shown = point_at(text, index);
        let message = format!("the search: expected {expected} at character {character}\n{shown}");
        Failure::new(Exit::Usage, message).hint(HINT)
    })?;
    let octets = octets_of(&key);
    if octets > MOST_KEY_OCTETS {
        let message = format!(
            "the search has {octets} octets, and {MOST_KEY_OCTETS} are what can be counted on to be taken by a server"
        );
        return Err(Failure::new(Exit::Usage, message)
            .hint("give messages by --uid, which may be as long as you like, or search several times"));
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use tayori_proto::types::Uid;

    use super::*;

    #[track_caller]
    fn check_wrong(text: &str, expected: &str) {
        let failure = parse_search(text).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        let shown = failure.to_text();
        let (shown, hint) = shown.split_once("\nhint: ").unwrap();
        assert_eq!(shown, expected);
        assert!(hint.starts_with("keys are such as "), "{hint}");
    }

    #[test]
    fn what_is_wrong_with_a_search_is_shown_at_its_place() {
        check_wrong(
            "unseen sinse 1-Feb-2026",
            "error: the search: expected a search key at character 8\n  unseen sinse 1-Feb-2026\n         ^",
        );
        check_wrong(
            "since 2026-02-01",
            "error: the search: expected a date at character 7\n  since 2026-02-01\n        ^",
        );
        check_wrong(
            "subject \u{65c5}\u{884c} yellow",
            "error: the search: expected a search key at character 12\n  subject \u{65c5}\u{884c} yellow\n               ^",
        );
        check_wrong(
            "subject \"\u{65c5}\u{884c}",
            "error: the search: expected the closing quote at character 12\n  subject \"\u{65c5}\u{884c}\n               ^",
        );
        check_wrong(
            "seen\nx LOGOUT",
            "error: the search: expected one line at character 5\n  seen\\x0ax LOGOUT\n      ^",
        );
        check_wrong(
            "from",
            "error: the search: expected a string to look for at character 5\n  from\n      ^",
        );
        check_wrong(
            "(unseen",
            "error: the search: expected a closing parenthesis at character 8\n  (unseen\n         ^",
        );
        check_wrong(
            "subject 'two words'",
            "error: the search: expected double quotes around what is more than one word at character 9\n  \
             subject 'two words'\n          ^",
        );
        check_wrong("  ", "error: the search is empty");
        check_wrong("", "error: the search is empty");
    }

    #[test]
    fn a_search_that_no_server_has_to_take_is_refused() {
        let of = |words: usize| format!("seen text {}", "a".repeat(words));
        assert!(parse_search(&of(MOST_KEY_OCTETS - 100)).is_ok());
        let failure = parse_search(&of(MOST_KEY_OCTETS + 100)).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.to_text().starts_with("error: the search has 72"), "{}", failure.to_text());
    }

    #[test]
    fn what_is_no_set_is_said() {
        let failure = parse_set::<Uid>("--uid", "1,x").unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(
            failure.to_text(),
            "error: --uid 1,x: expected a digit, `:`, `,` or `*` at character 3\nhint: write 1 or 5:7,9 or 10:*\n"
        );
    }
}

//! What `tayori search` and `tayori thread` look for.

use std::ffi::OsString;
use std::num::NonZeroU32;

use clap::builder::TypedValueParser as _;
use clap::{Args, value_parser};

use super::messages::{Selection, Words};
use crate::place::Place;
use crate::query;

#[derive(Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// What to look for, such as from:ann unread; everything if nothing is said
    #[arg(value_name = "WORDS")]
    words: Vec<String>,

    /// The same in the words of IMAP, such as 'UNSEEN FROM ann'
    #[arg(long, value_name = "KEYS", conflicts_with = "words")]
    raw: Option<String>,

    /// Of what matches in a mailbox, the N messages that came last
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..).try_map(NonZeroU32::try_from))]
    last: Option<NonZeroU32>,
}

impl Arguments {
    /// What they mean at this place.
    pub(super) fn check(self, place: &Place) -> Selection {
        let words = (!self.words.is_empty()).then(|| Words::Query(query::joined(&self.words)));
        Selection {
            uid: place.uid(),
            validity: place.uid_validity(),
            search: words.or(self.raw.map(Words::Keys)),
            last: self.last,
            ..Selection::default()
        }
    }
}

/// The command line with a blank in front of `-from:ann`, where a query is typed: clap would take it for options, which
/// never look so.
pub(super) fn with_negations(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.get(1).is_some_and(|command| command == "search" || command == "thread") {
        for argument in arguments.iter_mut().skip(2).take_while(|argument| *argument != "--") {
            let term = argument.to_str().and_then(|argument| argument.strip_prefix('-'));
            if let Some(term) = term.filter(|term| query::is_term(term)) {
                *argument = format!(" -{term}").into();
            }
        }
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let line = line.split_whitespace().map(OsString::from);
        assert_eq!(with_negations(line).join(" ".as_ref()), expected);
    }

    #[test]
    fn what_is_not_wanted() {
        check("tayori search P -from:bob -unread", "tayori search P  -from:bob  -unread");
        check("tayori thread P x -has:attachment --json", "tayori thread P x  -has:attachment --json");
        check("tayori search P --sort -size,date --count", "tayori search P --sort -size,date --count");
        check("tayori search P -- -from:bob", "tayori search P -- -from:bob");
        check("tayori search P -h -V -x:y --unread", "tayori search P -h -V -x:y --unread");
        check("tayori show P -unread", "tayori show P -unread");
        check("tayori", "tayori");
    }
}

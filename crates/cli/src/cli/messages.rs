//! Which messages a command is about.

use std::fmt;
use std::num::NonZeroU32;

use clap::Args;
use clap::error::ErrorKind;

use crate::cli;
use crate::escape::escape_str;
use crate::place::Place;
use crate::query;

/// Which messages are meant: those that all of this says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// `--number SET`: by position in the mailbox.
    pub(crate) numbers: Option<String>,
    /// `--uid SET`
    pub(crate) uids: Option<String>,
    /// A set of UIDs without an option.
    pub(crate) listed: Option<String>,
    /// The UID in the place.
    pub(crate) uid: Option<NonZeroU32>,
    /// The UIDVALIDITY in the place.
    pub(crate) validity: Option<NonZeroU32>,
    /// `-`: the UIDs that stdin names.
    pub(crate) stdin: bool,
    /// What they hold, and how they are marked.
    pub(crate) search: Option<Words>,
    /// Of those, the N messages that came last.
    pub(crate) last: Option<NonZeroU32>,
}

/// What messages hold, and how they are marked, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// `--search KEYS`, or `--raw KEYS` of `tayori search`: in the words of IMAP.
    Keys(String),
    /// `--query WORDS`, or the words of `tayori search`.
    Query(String),
}

pub(super) const MESSAGES: &str = "Which messages";

#[derive(Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// UIDs, such as 20 or 20,30:40; `last 10`; `all`; or - for those on stdin
    #[arg(value_name = "MESSAGES")]
    words: Vec<String>,

    #[command(flatten)]
    matching: Matching,
}

/// What messages hold, and how they are marked, as options.
#[derive(Args)]
#[group(skip)]
pub(super) struct Matching {
    /// Messages that match, such as 'from:ann unread'; see tayori search --help
    #[arg(long, value_name = "WORDS", allow_hyphen_values = true, help_heading = MESSAGES)]
    query: Option<String>,

    /// The same in the words of IMAP, such as 'UNSEEN FROM ann' (RFC 9051 section 6.4.4)
    #[arg(long, value_name = "KEYS", conflicts_with = "query", help_heading = MESSAGES)]
    search: Option<String>,
}

impl Matching {
    pub(super) fn words(&self) -> Option<Words> {
        let query = self.query.as_ref().map(|words| Words::Query(query::joined(std::slice::from_ref(words))));
        query.or_else(|| self.search.clone().map(Words::Keys))
    }
}

impl Arguments {
    /// What they mean at this place, for the command of this name.
    pub(super) fn check(self, command: &str, place: &Place) -> Result<Selection, clap::Error> {
        let refuse = |kind, message: &dyn fmt::Display, hint: &str| cli::refuse(command, kind, message, hint);
        let mut selection = Selection { search: self.matching.words(), ..Selection::default() };
        let is_said = !self.words.is_empty() || selection.search.is_some();
        if let (true, Some(_)) = (is_said, place.uid()) {
            return Err(refuse(
                ErrorKind::ArgumentConflict,
                &"the place names a message, so nothing else can",
                "leave out one of the two",
            ));
        }
        (selection.uid, selection.validity) = (place.uid(), place.uid_validity());
        if !is_said && selection.uid.is_none() {
            return Err(refuse(
                ErrorKind::MissingRequiredArgument,
                &"nothing says which messages are meant",
                "write UIDs such as 20,30:40, last 10, all, - for those on stdin, or --query WORDS",
            ));
        }
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        match &words[..] {
            [] | ["all"] => {}
            ["-"] => selection.stdin = true,
            ["last", count] => match count.parse() {
                Ok(count) => selection.last = Some(count),
                Err(_) => {
                    let message = format!("last {}: that is no number of messages", escape_str(count));
                    return Err(refuse(ErrorKind::ValueValidation, &message, "write it such as last 10"));
                }
            },
            ["last"] => {
                let message = "last how many?";
                return Err(refuse(ErrorKind::ValueValidation, &message, "write it such as last 10"));
            }
            sets => {
                if let Some(word) = sets.iter().find(|set| ["all", "-", "last"].contains(*set)) {
                    let message = format!("{word} cannot stand beside other messages");
                    return Err(refuse(ErrorKind::ArgumentConflict, &message, "leave out one of the two"));
                }
                selection.listed = Some(sets.join(","));
            }
        }
        Ok(selection)
    }
}

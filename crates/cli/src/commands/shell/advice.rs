//! What a server will not like about a command. It never keeps anybody from sending it.
//!
//! Of several things the one that is sure comes first: a name that nobody knows, a state in which the command is not
//! allowed, a mistake in grammar; then what the server has not offered, and what the open mailbox does not allow; last
//! what works, and is unwise. Where the grammar of this program ends before that of the server may, it is silent.

use bytes::Bytes;
use tayori_proto::command::{Command, CommandError, FetchMessages, ParseOptions, Replaced};
use tayori_proto::types::{Bound, Capability, Messages, SeqNum};

use super::lexicon::commands::{COMMANDS, CommandEntry};
use super::lexicon::{in_words, nearest};
use super::standing::{Access, Line, Open, Stage, Standing};
use crate::caret::point_at;
use crate::escape::escape_bounded;

/// Of a name that is shown.
const MOST_NAME: usize = 40;

/// A command as it was typed.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// In capitals; with the second word, if the first is `UID`.
    pub(crate) name: &'a str,
    /// Octets of the tag.
    pub(crate) tag: usize,
    /// All of it, with tag, literals and line end, where it is at hand: a file may be sent in it.
    pub(crate) octets: Option<&'a [u8]>,
}

/// Why a command will be refused, or should not be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Advice {
    /// One line, safe for a terminal, nothing of what was typed in it but the name.
    pub(crate) message: String,
    /// Octets from the start of the command, behind its tag.
    pub(crate) position: Option<usize>,
    pub(crate) hint: Option<String>,
}

impl Advice {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), position: None, hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// For a terminal. `typed` is what was typed behind the tag, if there is no secret in it.
    pub(crate) fn text(&self, typed: Option<&str>) -> String {
        let mut text = format!("warning: {}", self.message);
        match (typed, self.position) {
            // A line of several has no column that could be pointed at.
            (Some(typed), Some(position)) if !typed.contains('\n') && position <= typed.len() => {
                text = format!("{text}\n{}", point_at(typed, position));
            }
            (_, Some(position)) => text = format!("{text} at octet {position}"),
            (_, None) => {}
        }
        match &self.hint {
            Some(hint) => format!("{text}\nhint: {hint}"),
            None => text,
        }
    }
}

/// Reads a command as a server would.
pub(crate) fn advise(asked: Asked<'_>, standing: &Standing) -> Option<Advice> {
    let Some(entry) = CommandEntry::find(asked.name) else { return unknown(asked.name) };
    let read = asked.octets.map(|octets| {
        let mut options = ParseOptions::default();
        options.names = standing.names;
        Command::parse(&Bytes::copy_from_slice(octets), &options).map(|read| read.command)
    });
    let command = read.as_ref().and_then(|read| read.as_ref().ok());
    state(asked.name, entry, standing)
        .or_else(|| disabled(asked.name, standing))
        .or_else(|| match &read {
            Some(Err(error)) => grammar(asked, entry, error, standing),
            _ => None,
        })
        .or_else(|| not_offered(asked.name, entry, standing))
        .or_else(|| command.and_then(|command| form_not_offered(command, standing)))
        .or_else(|| match &standing.stage {
            Stage::Selected(open) => {
                read_only(asked.name, open).or_else(|| command.and_then(|command| beyond(command, open)))
            }
            _ => None,
        })
        .or_else(|| readable(asked.name, command, standing))
}

fn unknown(name: &str) -> Option<Advice> {
    // An extension may well have a command of its own; the names of experiments begin with X (RFC 3501 section 6.5.1).
    if name.is_empty() || name.starts_with('X') || name.starts_with("UID X") {
        return None;
    }
    let shown = escape_bounded(name.as_bytes(), MOST_NAME);
    if name == "UID" {
        return Some(
            Advice::new("a command belongs behind UID").hint("UID FETCH, UID SEARCH, UID STORE, UID COPY"),
        );
    }
    if name == "DONE" {
        return Some(Advice::new("DONE ends IDLE, and nothing is idle"));
    }
    let advice = Advice::new(format!("no command is called {shown}"));
    Some(match nearest(name, COMMANDS.iter().flat_map(CommandEntry::names)) {
        Some(nearest) => advice.hint(format!("did you mean {nearest}?")),
        None => advice.hint(".help lists all"),
    })
}

fn state(name: &str, entry: &CommandEntry, standing: &Standing) -> Option<Advice> {
    if standing.stage.allows(entry.states) || standing.stage == Stage::None {
        return None;
    }
    let advice = Advice::new(format!("{name} is allowed {} only", in_words(entry.states)));
    Some(match (&standing.stage, name) {
        (Stage::NotAuthenticated, _) => advice.hint("LOGIN first"),
        (Stage::Authenticated, "STARTTLS" | "LOGIN" | "AUTHENTICATE") => advice.hint("you are logged in"),
        (Stage::Authenticated, _) => advice.hint("SELECT a mailbox first"),
        (Stage::Selected(_) | Stage::None, _) => advice.hint("you are logged in, and a mailbox is open"),
    })
}

/// LOGIN where it is ruled out (RFC 9051 section 6.2.3).
fn disabled(name: &str, standing: &Standing) -> Option<Advice> {
    let capabilities = standing.capabilities.as_ref()?;
    if name != "LOGIN" || !capabilities.has(&Capability::LoginDisabled) {
        return None;
    }
    let advice = Advice::new("the server has ruled out LOGIN (LOGINDISABLED)");
    Some(match standing.line {
        Line::Clear if capabilities.has(&Capability::StartTls) => {
            advice.hint("STARTTLS first; the password would travel in the clear for nothing")
        }
        Line::Clear | Line::Private => {
            advice.hint("AUTHENTICATE with one of the mechanisms that .caps shows")
        }
    })
}

fn grammar(
    asked: Asked<'_>,
    entry: &CommandEntry,
    error: &CommandError,
    standing: &Standing,
) -> Option<Advice> {
    let typed = asked.octets?.get(asked.tag + 1..)?;
    if is_beyond_our_grammar(asked.name, typed, standing) {
        return None;
    }
    let forms: Vec<_> =
        entry.grammar.iter().map(|form| format!("{} {form}", asked.name).trim_end().to_owned()).collect();
    Some(Advice {
        message: format!("{} is not written like this: expected {}", asked.name, error.expected),
        position: Some(error.offset.saturating_sub(asked.tag + 1).min(typed.trim_ascii_end().len())),
        hint: forms.first().map(|form| format!("{form}; .help {} tells more", asked.name)),
    })
}

/// Words with which extensions go on that the grammar does not know, by the command in which they stand.
const EXTENSIONS: &[(&str, &str, &str)] = &[
    ("APPEND", "CATENATE", "CATENATE"),
    ("APPEND", "ANNOTATION", "ANNOTATE-EXPERIMENT-1"),
    ("FETCH", "ANNOTATION", "ANNOTATE-EXPERIMENT-1"),
    ("FETCH", "CREATEDMODSEQ", "X-CREATEDMODSEQ"),
    ("LIST", "METADATA", "LIST-METADATA"),
    ("LIST", "MYRIGHTS", "LIST-MYRIGHTS"),
    ("SEARCH", "ANNOTATION", "ANNOTATE-EXPERIMENT-1"),
    ("SEARCH", "CONTEXT", "CONTEXT=SEARCH"),
    ("SEARCH", "FILTER", "FILTERS"),
    ("SEARCH", "FUZZY", "SEARCH=FUZZY"),
    ("SEARCH", "UPDATE", "CONTEXT=SEARCH"),
    ("SORT", "FUZZY", "SEARCH=FUZZY"),
    ("SORT", "RETURN", "ESORT"),
    ("STORE", "ANNOTATION", "ANNOTATE-EXPERIMENT-1"),
    ("THREAD", "FUZZY", "SEARCH=FUZZY"),
];

/// Whether such a word is in it, and the server may know it.
fn is_beyond_our_grammar(name: &str, typed: &[u8], standing: &Standing) -> bool {
    let name = name.strip_prefix("UID ").unwrap_or(name);
    EXTENSIONS.iter().filter(|(command, _, _)| *command == name).any(|(_, word, capability)| {
        let mut words = typed.split(|octet| matches!(octet, b' ' | b'(' | b')' | b'\r' | b'\n'));
        words.any(|typed| typed.eq_ignore_ascii_case(word.as_bytes()))
            && standing.offers_one_of(&[capability])
    })
}

fn not_offered(name: &str, entry: &CommandEntry, standing: &Standing) -> Option<Advice> {
    if standing.offers_one_of(entry.needs) {
        return None;
    }
    let first = entry.needs.first()?;
    let needs = first.strip_suffix('=').unwrap_or(first);
    let capability = match needs == name {
        true => String::new(),
        false => format!(" (capability {needs})"),
    };
    Some(
        Advice::new(format!("the server does not offer {name}{capability}"))
            .hint(".caps shows what it offers"),
    )
}

/// A form of a command that needs a capability of its own.
fn form_not_offered(command: &Command, standing: &Standing) -> Option<Advice> {
    let capability = match command {
        Command::Authenticate { mechanism, .. } => {
            format!("AUTH={}", String::from_utf8_lossy(&mechanism.as_bytes().to_ascii_uppercase()))
        }
        Command::Search { returns: Some(_), .. } => "ESEARCH".to_owned(),
        Command::Store { unchanged_since: Some(_), .. } => "CONDSTORE".to_owned(),
        _ => return None,
    };
    if standing.offers_one_of(&[&capability]) {
        return None;
    }
    let shown = escape_bounded(capability.as_bytes(), MOST_NAME);
    Some(Advice::new(format!("the server does not offer {shown}")).hint(".caps shows what it offers"))
}

fn read_only(name: &str, open: &Open) -> Option<Advice> {
    let changes =
        matches!(name.strip_prefix("UID ").unwrap_or(name), "STORE" | "EXPUNGE" | "MOVE" | "REPLACE");
    if !changes || open.access == Access::ReadWrite {
        return None;
    }
    Some(
        Advice::new(format!("{name} changes the mailbox, and it is open to be read only"))
            .hint("SELECT opens it to be changed, where that is allowed"),
    )
}

/// A sequence number above the number of messages.
fn beyond(command: &Command, open: &Open) -> Option<Advice> {
    let messages = open.messages?;
    let numbers: Vec<Bound<SeqNum>> = match command {
        Command::Fetch { messages: FetchMessages::Numbers { set, .. }, .. }
        | Command::Store { messages: Messages::Numbers(set), .. }
        | Command::Copy { messages: Messages::Numbers(set), .. }
        | Command::Move { messages: Messages::Numbers(set), .. } => {
            set.ranges().iter().flat_map(|(start, end)| [*start, *end]).collect()
        }
        Command::Replace { replaced: Replaced::Number(number), .. } => vec![*number],
        _ => return None,
    };
    // What `*` means in an empty mailbox is the server's business.
    let number = numbers.into_iter().filter_map(|number| match number {
        Bound::Id(number) => Some(number),
        Bound::Last => None,
    });
    let number = number.max()?;
    if number.value() <= messages {
        return None;
    }
    let there_are = match messages {
        0 => "no message".to_owned(),
        1 => "one message".to_owned(),
        messages => format!("{messages} messages"),
    };
    Some(
        Advice::new(format!("there is no message {}: the mailbox has {there_are}", number.value()))
            .hint("NOOP asks for news; with UID in front, numbers are UIDs"),
    )
}

/// A password in the clear.
fn readable(name: &str, command: Option<&Command>, standing: &Standing) -> Option<Advice> {
    let betrays = match command {
        Some(Command::Authenticate { mechanism, .. }) => {
            [&b"PLAIN"[..], b"LOGIN", b"XOAUTH2", b"OAUTHBEARER"]
                .iter()
                .any(|name| mechanism.eq_ignore_case(name))
        }
        _ => name == "LOGIN",
    };
    if !betrays || standing.line == Line::Private {
        return None;
    }
    let advice = Advice::new("the password would travel in the clear");
    Some(match standing.offers_one_of(&["STARTTLS"]) {
        true => advice.hint("STARTTLS first, or connect with imaps://"),
        false => advice.hint("connect with imaps://, where the server has it"),
    })
}

#[cfg(test)]
mod tests;

//! What may come next in a line that is being typed.

use std::borrow::Cow;
use std::ops::Range;

use tayori_proto::types::{Capability, MailboxName};

use super::lexicon::arguments::{ArgumentEntry, Arguments};
use super::lexicon::commands::{COMMANDS, CommandEntry};
use super::lexicon::words::{Takes, WORDS, WordEntry};
use super::lexicon::{in_words, topics};
use super::standing::{Stage, Standing};
use crate::escape::needs_escape;
use words::Typed;

mod words;

/// More is not looked through by anybody.
const MOST_CANDIDATES: usize = 200;

/// What can stand in the place of a part of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Completion {
    /// The part, in octets; it ends at the cursor.
    pub(crate) span: Range<usize>,
    /// The likely ones first; none of them holds what would drive a terminal.
    pub(crate) candidates: Vec<Candidate>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) text: String,
    /// A few words.
    pub(crate) about: String,
    pub(crate) ends: Ends,
}

/// What follows a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// A blank: the next thing begins.
    Blank,
    /// More of the same.
    Open,
}

impl Candidate {
    fn new(text: impl Into<String>, about: impl Into<String>) -> Self {
        Self { text: text.into(), about: about.into(), ends: Ends::Blank }
    }

    fn open(self) -> Self {
        Self { ends: Ends::Open, ..self }
    }
}

/// Names of files that begin with a text, folders with a `/` at their end.
pub(crate) type Files<'a> = &'a dyn Fn(&str) -> Vec<String>;

/// Completes what ends at `cursor`, in octets.
pub(crate) fn complete(line: &str, cursor: usize, standing: &Standing, files: Files<'_>) -> Completion {
    let head = &line[..line.floor_char_boundary(cursor)];
    if let Some(start) = open_file(head) {
        let typed = head[start..].trim_start();
        let start = head.len() - typed.len();
        let close = |name: &str| if name.ends_with('/') { String::new() } else { "}".to_owned() };
        let candidates =
            files(typed).into_iter().map(|name| Candidate::new(format!("{name}{}", close(&name)), "").open());
        return finished(start..head.len(), candidates.collect());
    }
    let blanks = head.len() - head.trim_start().len();
    if head[blanks..].starts_with('.') {
        return dotted(head, blanks, standing, files);
    }
    let typed = words::read(head);
    let candidates = match &typed.command {
        None => commands(&typed, standing),
        Some(name) => match CommandEntry::find(name) {
            Some(entry) => arguments(entry, &typed, standing),
            None => Vec::new(),
        },
    };
    finished(typed.start..head.len(), candidates)
}

/// What could come behind a command that is typed and nothing else: its grammar in short.
pub(crate) fn hint(line: &str) -> Option<&'static str> {
    let typed = words::read(line);
    let entry = CommandEntry::find(typed.command.as_deref()?)?;
    let is_bare = typed.before.is_empty() && typed.groups.is_empty() && typed.partial.is_empty();
    let form = entry.grammar.first().copied().filter(|form| !form.is_empty())?;
    is_bare.then_some(form)
}

fn finished(span: Range<usize>, mut candidates: Vec<Candidate>) -> Completion {
    candidates.retain(|candidate| !candidate.text.contains(needs_escape));
    candidates.truncate(MOST_CANDIDATES);
    Completion { span, candidates }
}

/// Where the name of a file begins that is typed in `{< `.
fn open_file(head: &str) -> Option<usize> {
    let start = head.rfind("{<")? + 2;
    (!head[start..].contains('}')).then_some(start)
}

fn dotted(head: &str, blanks: usize, standing: &Standing, files: Files<'_>) -> Completion {
    let typed = &head[blanks..];
    let Some((word, rest)) = typed.split_once(' ') else {
        let candidates = WORDS.iter().filter(|word| begins(word.name, typed)).map(|word| {
            let candidate = Candidate::new(word.name, word.does);
            if word.takes == Takes::Nothing { candidate.open() } else { candidate }
        });
        return finished(blanks..head.len(), candidates.collect());
    };
    let rest = rest.trim_start();
    let span = head.len() - rest.len()..head.len();
    let plain = |text: String| Candidate::new(text, "").open();
    let candidates = match WordEntry::find(word).map(|word| word.takes) {
        Some(Takes::Topic) => {
            let mut found: Vec<_> = topics().filter(|topic| begins(topic, rest)).collect();
            let mut seen = std::collections::HashSet::new();
            found.retain(|topic| seen.insert(topic.clone()));
            found.into_iter().map(plain).collect()
        }
        Some(Takes::Capability) => {
            let listed = standing.capabilities.iter().flat_map(|listed| listed.iter());
            let names = listed.map(|capability| String::from_utf8_lossy(&capability.to_bytes()).into_owned());
            names.filter(|name| begins(name, rest)).map(plain).collect()
        }
        Some(Takes::OnOrOff) => ["on", "off"]
            .iter()
            .filter(|text| begins(text, rest))
            .map(|text| plain((*text).to_owned()))
            .collect(),
        Some(Takes::File) => files(rest).into_iter().map(plain).collect(),
        Some(Takes::Nothing | Takes::Text) | None => Vec::new(),
    };
    finished(span, candidates)
}

/// Those that are allowed now, then the others; what the server does not offer is left out.
fn commands(typed: &Typed, standing: &Standing) -> Vec<Candidate> {
    let by_uid = typed.behind_uid;
    let offered = COMMANDS.iter().filter(|entry| standing.offers_one_of(entry.needs));
    let (now, later): (Vec<_>, Vec<_>) = offered.partition(|entry| standing.stage.allows(entry.states));
    let candidates = |entries: Vec<&'static CommandEntry>, is_now: bool| {
        entries.into_iter().flat_map(move |entry| {
            let about = if is_now { entry.does } else { in_words(entry.states) };
            let takes_more = entry.grammar.iter().any(|form| !form.is_empty());
            entry.names().map(move |name| {
                let candidate = Candidate::new(name, about);
                if takes_more { candidate } else { candidate.open() }
            })
        })
    };
    let all = candidates(now, true).chain(candidates(later, false));
    all.filter_map(|candidate| match (by_uid, candidate.text.strip_prefix("UID ")) {
        (true, Some(name)) => Some(Candidate { text: name.to_owned(), ..candidate }),
        (false, Some(_)) | (true, None) => None,
        (false, None) => Some(candidate),
    })
    .chain((!by_uid).then(|| Candidate::new("UID", "FETCH, SEARCH, STORE, COPY and others, by UID")))
    .filter(|candidate| begins(&candidate.text, &typed.partial))
    .collect()
}

/// Where candidates come from.
enum Source {
    Names(Arguments),
    Mailboxes,
    Words(&'static [(&'static str, &'static str)]),
    Mechanisms,
}

const CHARSETS: &[(&str, &str)] = &[("UTF-8", "charset of what is looked for"), ("US-ASCII", "charset")];
const SETS: &[(&str, &str)] = &[("1:*", "all messages"), ("*", "the last message")];
const FILE: &[(&str, &str)] = &[("{< ", "a file as the literal")];

fn arguments(entry: &CommandEntry, typed: &Typed, standing: &Standing) -> Vec<Candidate> {
    let sources = sources(entry.name, typed);
    let mut candidates: Vec<Candidate> = Vec::new();
    for source in sources {
        match source {
            Source::Names(kind) => candidates
                .extend(kind.entries().iter().filter(|entry| is_offered(entry, standing)).map(of_argument)),
            Source::Mailboxes => {
                candidates.extend(mailboxes(&typed.partial, standing));
                continue;
            }
            Source::Words(words) => candidates.extend(words.iter().map(|(text, about)| {
                let candidate = Candidate::new(*text, *about);
                if text.ends_with(' ') { candidate.open() } else { candidate }
            })),
            Source::Mechanisms => {
                let listed = standing.capabilities.iter().flat_map(|listed| listed.iter());
                candidates.extend(listed.filter_map(|capability| match capability {
                    Capability::Auth(name) => {
                        Some(Candidate::new(String::from_utf8_lossy(name.as_bytes()), "").open())
                    }
                    _ => None,
                }));
            }
        }
    }
    let is_group = !typed.groups.is_empty();
    candidates
        .into_iter()
        .filter(|candidate| {
            candidate.text.starts_with('"') || begins(&candidate.text, &typed.partial) || {
                // A name of a mailbox was matched already, and may look otherwise than what was typed.
                candidate.ends == Ends::Blank && candidate.about.starts_with(MAILBOX)
            }
        })
        .map(|candidate| match is_group {
            // A parenthesis may follow.
            true => candidate.open(),
            false => candidate,
        })
        .collect()
}

const MAILBOX: &str = "mailbox";

fn is_offered(entry: &ArgumentEntry, standing: &Standing) -> bool {
    entry.needs.is_empty() || standing.offers_one_of(&[entry.needs])
}

fn of_argument(entry: &'static ArgumentEntry) -> Candidate {
    let opens = entry.behind.starts_with(" (");
    let text = if opens { format!("{} (", entry.name) } else { entry.name.to_owned() };
    let about = match entry.behind {
        "" => entry.does.to_owned(),
        behind => format!("{}: {}", behind.trim_start(), entry.does),
    };
    let candidate = Candidate::new(text, about);
    if opens { candidate.open() } else { candidate }
}

/// What may stand where the cursor is.
fn sources(name: &str, typed: &Typed) -> Vec<Source> {
    use Arguments as A;
    let names = |kind| vec![Source::Names(kind)];
    let words = |words| vec![Source::Words(words)];
    let place = typed.before.len();
    let last = typed.before.last().map(|word| word.to_ascii_uppercase()).unwrap_or_default();
    let name = name.strip_prefix("UID ").unwrap_or(name);
    if !typed.groups.is_empty() {
        let behind_return = last == "RETURN";
        let depth = typed.groups.len();
        return match (name, place) {
            ("FETCH", 1) => names(A::Fetch),
            ("FETCH", 2) => names(A::FetchModifier),
            ("STORE", 1) => words(&[("UNCHANGEDSINCE", "a modseq: only messages not changed since")]),
            ("STORE", _) => names(A::Flag),
            // The word in front of the inner parenthesis stands in the outer one.
            ("LIST", _) if behind_return && depth > 1 => {
                let outer = typed.groups.first().and_then(|group| group.last());
                if outer.is_some_and(|word| word == "STATUS") { names(A::Status) } else { Vec::new() }
            }
            ("SEARCH" | "ESEARCH", _) if behind_return => names(A::SearchReturn),
            ("LIST", _) if behind_return => names(A::ListReturn),
            ("LIST", 0) => names(A::ListSelection),
            ("SORT", 0) => names(A::Sort),
            ("SEARCH" | "ESEARCH" | "SORT" | "THREAD", _) => names(A::Search),
            ("STATUS", 1) => names(A::Status),
            ("SELECT" | "EXAMINE", 1) => names(A::Select),
            ("CREATE", 1) if depth > 1 => names(A::SpecialUse),
            ("CREATE", 1) => words(&[("USE (", "special uses")]),
            ("APPEND" | "REPLACE", _) => names(A::Flag),
            ("NOTIFY", _) if depth > 1 => names(A::NotifyEvent),
            ("NOTIFY", _) => names(A::NotifyMailboxes),
            ("GETMETADATA", 0) => names(A::Metadata),
            _ => Vec::new(),
        };
    }
    match (name, place) {
        ("FETCH" | "STORE" | "COPY" | "MOVE", 0) => words(SETS),
        ("FETCH", 1) => vec![Source::Names(A::FetchMacro), Source::Names(A::Fetch)],
        ("STORE", _) if last.ends_with("FLAGS") || last.ends_with("FLAGS.SILENT") => names(A::Flag),
        ("STORE", 1 | 2) => names(A::Store),
        ("COPY" | "MOVE" | "REPLACE", 1) => vec![Source::Mailboxes],
        (
            "SELECT" | "EXAMINE" | "CREATE" | "DELETE" | "SUBSCRIBE" | "UNSUBSCRIBE" | "STATUS" | "APPEND"
            | "GETQUOTAROOT" | "GETACL" | "SETACL" | "DELETEACL" | "LISTRIGHTS" | "MYRIGHTS" | "GETMETADATA"
            | "SETMETADATA" | "RESETKEY" | "RENAME",
            0,
        )
        | ("RENAME", 1) => vec![Source::Mailboxes],
        ("APPEND", 1..) | ("REPLACE", 2..) => words(FILE),
        ("LIST" | "LSUB" | "XLIST", 0) => words(&[("\"\"", "no reference")]),
        ("LIST" | "LSUB" | "XLIST", 1) => words(&[("*", "all"), ("%", "all of one level")]),
        ("LIST", _) => words(&[("RETURN (", "what to tell of each")]),
        ("LOGIN", 1) => words(&[("{?}", "asks for the password")]),
        ("AUTHENTICATE", 0) => vec![Source::Mechanisms],
        ("COMPRESS", 0) => words(&[("DEFLATE", "")]),
        ("ENABLE", _) => names(A::Enable),
        ("NOTIFY", 0) => words(&[("SET", "choose"), ("NONE", "nothing")]),
        ("ID", 0) => words(&[("NIL", "tells nothing")]),
        ("SEARCH" | "ESEARCH", _) if last == "CHARSET" => words(CHARSETS),
        ("SEARCH" | "ESEARCH", 0) => vec![
            Source::Names(A::Search),
            Source::Words(&[("RETURN (", "what to tell (ESEARCH)"), ("CHARSET", "of what is looked for")]),
        ],
        ("SORT", 1) | ("THREAD", 1) => words(CHARSETS),
        ("THREAD", 0) => names(A::Thread),
        ("SORT", 0) => Vec::new(),
        ("SEARCH" | "ESEARCH" | "SORT" | "THREAD", _) => match A::Search.find(&last) {
            // A value belongs there, which nobody can guess.
            Some(entry) if entry.behind.starts_with(' ') && !entry.behind.starts_with(" key") => Vec::new(),
            _ => names(A::Search),
        },
        _ => Vec::new(),
    }
}

/// Those that begin with what was typed, as it is read or as it is sent.
fn mailboxes(partial: &str, standing: &Standing) -> Vec<Candidate> {
    if matches!(standing.stage, Stage::NotAuthenticated) {
        return Vec::new();
    }
    let typed = unquoted(partial);
    let inbox = MailboxName::inbox();
    let mut candidates = Vec::new();
    let others = standing.mailboxes.iter().filter(|name| !name.is_inbox());
    for name in std::iter::once(&inbox).chain(others) {
        let wire = name.to_wire(standing.names);
        let Ok(wire) = std::str::from_utf8(&wire) else { continue };
        if !begins(wire, &typed) && !begins(name.as_str(), &typed) {
            continue;
        }
        let shown = if name.as_str() == wire { String::new() } else { format!(": {}", name.as_str()) };
        if shown.contains(needs_escape) {
            continue;
        }
        candidates.push(Candidate::new(sent(wire), format!("{MAILBOX}{shown}")));
        if candidates.len() == MOST_CANDIDATES {
            break;
        }
    }
    candidates
}

/// A name as an atom, or else as a quoted string (RFC 9051 section 9, `astring`).
fn sent(name: &str) -> Cow<'_, str> {
    let is_atom = |c: char| c.is_ascii_graphic() && !"(){%*\"\\".contains(c);
    if !name.is_empty() && name.chars().all(is_atom) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// What was typed, without quotes and the backslashes in them.
fn unquoted(partial: &str) -> String {
    let Some(quoted) = partial.strip_prefix('"') else { return partial.to_owned() };
    let mut text = String::new();
    let mut characters = quoted.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => break,
            '\\' => text.extend(characters.next()),
            c => text.push(c),
        }
    }
    text
}

/// Whether a name begins with what was typed, in any case of ASCII letters.
fn begins(name: &str, typed: &str) -> bool {
    name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed))
}

#[cfg(test)]
mod tests;

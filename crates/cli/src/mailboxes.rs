//! Which mailboxes are meant: names, and what the server says there is.
//!
//! - this file: what is asked for, and the mailboxes it means
//! - [`left_out`]: what of it cannot be had, in words

mod left_out;
#[cfg(test)]
mod tests;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use tayori_client::{Error, Selected, Session};
use tayori_proto::response::{ListAttribute, ListRow, Response};
use tayori_proto::types::{ListPattern, ListReference, MailboxName, MailboxNameError, NameEncoding};

use crate::cli::{Mailboxes, is_pattern};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailbox::{self, Opened};
use crate::place::Place;

pub(crate) use left_out::LeftOut;

/// What was asked for, read before anything is sent.
#[derive(Debug)]
pub(crate) enum Sought {
    /// That of the place: its messages lie right in the folder of output, so nothing need be known of its name.
    OfThePlace(MailboxName),
    /// Several, of which each lies in a folder of its own.
    Several(Vec<Asked>),
}

#[derive(Debug)]
pub(crate) enum Asked {
    /// A mailbox by its name.
    Name(MailboxName),
    /// Whatever matches (RFC 9051 section 6.3.9).
    Pattern(ListPattern),
}

/// What there is of it.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    /// The mailboxes, each once, in the order of what was asked for and in it of what the server said; never none.
    pub(crate) found: Vec<Found>,
    /// What was asked for and is not among them. Each is to be told, and makes the whole partly done.
    pub(crate) left_out: Vec<LeftOut>,
}

/// A mailbox that can be opened, as far as anybody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: MailboxName,
    /// What stands between the levels of its name, where the server has said so. `None` also for one whose name has no
    /// levels.
    pub(crate) separator: Option<char>,
}

impl Found {
    /// Opens it, as one of those that were `asked_for`.
    pub(crate) async fn open<'s>(
        &self,
        session: &'s mut Session,
        how: Opened,
        asked_for: &Mailboxes,
    ) -> Result<Selected<'s>, Failure> {
        match asked_for {
            Mailboxes::OfThePlace => mailbox::open_the_one(session, &self.name, how).await,
            // Which it is stands in front of all that goes wrong in it.
            Mailboxes::Named(_) | Mailboxes::All => {
                let opened = mailbox::open(session, &self.name, how).await;
                opened.map_err(|error| mailbox::cannot(error, "cannot open the mailbox"))
            }
        }
    }

    /// What went wrong in it, with its name where it could be that of another of those that were `asked_for`.
    pub(crate) fn failure(&self, failure: Failure, asked_for: &Mailboxes) -> Failure {
        match asked_for {
            Mailboxes::OfThePlace => failure,
            // Without words it is no failure.
            _ if failure.message().is_empty() => failure,
            Mailboxes::Named(_) | Mailboxes::All => failure.while_doing(&escape_str(self.name.as_str())),
        }
    }
}

impl Sought {
    /// Fails with [`Exit::Usage`] where a name is none.
    pub(crate) fn parse(place: &Place, mailboxes: &Mailboxes) -> Result<Self, Failure> {
        Ok(match mailboxes {
            Mailboxes::OfThePlace => Self::OfThePlace(mailbox::of_place(place)?),
            Mailboxes::Named(names) => {
                Self::Several(names.iter().map(|name| Asked::parse(name)).collect::<Result<_, _>>()?)
            }
            Mailboxes::All => Self::Several(vec![Asked::Pattern(ListPattern::all())]),
        })
    }

    /// Asks the server. The mailbox of the place is taken as it is, and nothing is sent.
    ///
    /// Fails with [`Exit::NotFound`] where nothing is found at all. That a name stands for a mailbox is seen when it is
    /// opened.
    pub(crate) async fn find(&self, session: &mut Session) -> Result<Discovery, Failure> {
        let asked = match self {
            Self::OfThePlace(name) => {
                let found = vec![Found { name: name.clone(), separator: None }];
                return Ok(Discovery { found, left_out: Vec::new() });
            }
            Self::Several(asked) => asked,
        };
        // Names that are not listed get the separator of the root, so that they lie on a disk as they would if listed.
        let separator = match asked.iter().any(|asked| matches!(asked, Asked::Name(_))) {
            true => root_separator(session).await?,
            false => None,
        };
        let mut finding = Finding::default();
        for asked in asked {
            match asked {
                Asked::Name(name) => finding.add(Found { name: name.clone(), separator }),
                Asked::Pattern(pattern) => {
                    let (rows, lines) = list(session, pattern).await?;
                    finding.add_listed(pattern, rows);
                    lines.into_iter().for_each(|line| finding.leave_out(line));
                }
            }
        }
        finding.discovery.or_failure()
    }
}

impl Asked {
    fn parse(typed: &str) -> Result<Self, Failure> {
        let wrong = |error| no_name(&format!("--mailbox {}", escape_str(typed)), &error);
        if typed.is_empty() {
            return Err(Failure::new(Exit::Usage, "--mailbox is empty")
                .hint("give a name, or a pattern such as 'Archive/*'; leave it out for INBOX"));
        }
        if is_pattern(typed) {
            return ListPattern::new(typed).map(Self::Pattern).map_err(wrong);
        }
        MailboxName::new(typed).map(Self::Name).map_err(wrong)
    }
}

fn no_name(what: &str, error: &MailboxNameError) -> Failure {
    Failure::new(Exit::Usage, format!("{what}: {error}"))
}

/// The server's list: what can be read of it, and what cannot.
async fn list(session: &mut Session, pattern: &ListPattern) -> Result<(Vec<ListRow>, Vec<LeftOut>), Failure> {
    let error = match session.list(&ListReference::none(), pattern).await {
        Ok(rows) => return Ok((rows, Vec::new())),
        Err(error @ Error::Unreadable { .. }) => error,
        Err(error) => return Err(Failure::from(error).while_doing("cannot list the mailboxes")),
    };
    let (mut rows, mut lines) = (Vec::new(), Vec::new());
    for response in error.data() {
        match response {
            Response::List(row) => rows.push(row.clone()),
            Response::Invalid(invalid) => {
                let line = String::from_utf8_lossy(invalid.bytes.trim_ascii_end());
                lines.push(LeftOut::Line(line.chars().take(MOST_OF_LINE).collect()));
            }
            _ => {}
        }
    }
    Ok((rows, lines))
}

/// An empty pattern asks for the separator and nothing else (RFC 9051 section 6.3.9).
async fn root_separator(session: &mut Session) -> Result<Option<char>, Failure> {
    let Ok(nothing) = ListPattern::new("") else { return Ok(None) };
    let (rows, _) = list(session, &nothing).await?;
    Ok(rows.first().and_then(|row| row.delimiter))
}

/// Mailboxes while they are collected.
#[derive(Default)]
struct Finding {
    discovery: Discovery,
    /// Each name under the text that people and disks know it by.
    known: HashMap<String, MailboxName>,
    /// What was left out already: two patterns may both show it.
    told: HashSet<LeftOut>,
}

impl Finding {
    fn add(&mut self, found: Found) {
        match self.known.entry(found.name.as_str().to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(found.name.clone());
                self.discovery.found.push(found);
            }
            // A second mailbox of the same text: on a disk the two would be one.
            Entry::Occupied(entry) if *entry.get() != found.name => {
                self.leave_out(LeftOut::Unreadable(found.name));
            }
            Entry::Occupied(_) => {}
        }
    }

    fn add_listed(&mut self, pattern: &ListPattern, rows: Vec<ListRow>) {
        let mut matched = false;
        for row in rows.into_iter().filter(can_be_opened) {
            matched = true;
            if is_text(&row.name) {
                self.add(Found { name: row.name, separator: row.delimiter });
            } else {
                self.leave_out(LeftOut::Unreadable(row.name));
            }
        }
        if !matched {
            self.leave_out(LeftOut::NoMatch(pattern.clone()));
        }
    }

    fn leave_out(&mut self, what: LeftOut) {
        if self.told.insert(what.clone()) {
            self.discovery.left_out.push(what);
        }
    }
}

/// `\NonExistent` implies `\Noselect` (RFC 9051 section 7.3.1), but not every server says both.
fn can_be_opened(row: &ListRow) -> bool {
    !row.attributes.iter().any(|known| matches!(known, ListAttribute::NoSelect | ListAttribute::NonExistent))
}

/// Whether a name reads as what it is. UTF-8 that was sent as it is, where modified UTF-7 is in force, does (Proton
/// Bridge does so); the server gets its own octets back.
fn is_text(name: &MailboxName) -> bool {
    let wire = name.to_wire(NameEncoding::Utf8);
    MailboxName::new(name.as_str()).is_ok() && *wire == *name.as_str().as_bytes()
}

/// A line that cannot be read is told to be found again, not to be kept.
const MOST_OF_LINE: usize = 200;

/// Of what is left out, so much is told where it is all there is.
const MOST_SHOWN: usize = 5;

impl Discovery {
    fn or_failure(self) -> Result<Self, Failure> {
        if !self.found.is_empty() {
            return Ok(self);
        }
        let Some(first) = self.left_out.first() else {
            return Err(Failure::new(Exit::NotFound, "no mailbox is asked for"));
        };
        let mut messages: Vec<_> = self.left_out.iter().take(MOST_SHOWN).map(LeftOut::message).collect();
        if self.left_out.len() > MOST_SHOWN {
            messages.push(format!("and {} more", self.left_out.len() - MOST_SHOWN));
        }
        Err(Failure::new(Exit::NotFound, messages.join("; ")).hint(first.hint()))
    }
}

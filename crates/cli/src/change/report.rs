//! What was done, in words and as JSON.

use serde::Serialize;
use tayori_client::Mailbox;
use tayori_proto::command::StoreChange;
use tayori_proto::types::{Flag, MailboxName, UidSet, UidValidity};

use super::deed::{Outcome, Prepared};
use crate::cli::{Change, Form, Rehearsal, Verbosity};
use crate::count::count;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::{Failure, note};
use crate::overview::{Lines, Overview, OverviewJson};
use crate::stdout;

/// A line of JSON.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    /// Some messages are done with.
    Done {
        /// `store`, `copy`, `move` or `expunge`.
        action: &'static str,
        mailbox: &'a str,
        uidvalidity: Option<u32>,
        /// A set of UIDs, such as `5:7,9`.
        uids: String,
        /// Where they went.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        to_uidvalidity: Option<u32>,
        /// The UIDs of the copies, in the order of `uids`.
        #[serde(skip_serializing_if = "Option::is_none")]
        to_uids: Option<String>,
    },
    /// A message with which it would be done, with `--dry-run`.
    Would {
        action: &'static str,
        #[serde(flatten)]
        message: Box<OverviewJson<'a>>,
    },
    /// The last line.
    Summary {
        exit: u8,
        /// How many messages it is done with.
        done: u64,
        /// A set of UIDs with which it is not done; empty if there are none.
        left: String,
        /// A set of UIDs that were left alone, since somebody else has changed them.
        changed_elsewhere: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
    },
}

/// All that is known of it at any moment.
pub(super) struct Report<'a> {
    options: &'a Change,
    mailbox: &'a MailboxName,
    validity: Option<UidValidity>,
    /// What it does, once that is known.
    what: Option<What>,
    left: UidSet,
    done: UidSet,
    changed_elsewhere: UidSet,
    marked: UidSet,
    missing: Vec<String>,
}

/// A deed in words.
struct What {
    action: &'static str,
    /// `copied 3 messages to Archive` without the number: `copied`, ` to Archive`.
    verb: String,
    behind: String,
    to: Option<MailboxName>,
}

impl What {
    fn of(prepared: &Prepared<'_>) -> Self {
        let to = |to: &MailboxName| (format!(" to {}", escape_str(to.as_str())), Some(to.clone()));
        let (action, verb, (behind, to)) = match prepared {
            Prepared::Store { change, flags, .. } => {
                let names = flags.iter().map(|flag| String::from_utf8_lossy(&flag.to_bytes()).into_owned());
                let names = escape_str(&names.collect::<Vec<_>>().join(" ")).into_owned();
                let (verb, behind) = match (change, &flags[..]) {
                    (StoreChange::Add, [Flag::Seen]) => ("marked".to_owned(), " as read".to_owned()),
                    (StoreChange::Remove, [Flag::Seen]) => ("marked".to_owned(), " as unread".to_owned()),
                    (StoreChange::Add, _) => ("flagged".to_owned(), format!(" with {names}")),
                    (StoreChange::Remove, _) => (format!("took {names} from"), String::new()),
                    (StoreChange::Replace, []) => ("took all flags from".to_owned(), String::new()),
                    (StoreChange::Replace, _) => {
                        ("flagged".to_owned(), format!(" with {names} and nothing else"))
                    }
                };
                ("store", verb, (behind, None))
            }
            Prepared::Copy { to: mailbox } => ("copy", "copied".to_owned(), to(mailbox)),
            Prepared::Move { to: mailbox } => ("move", "moved".to_owned(), to(mailbox)),
            Prepared::Expunge => ("expunge", "removed".to_owned(), (" for ever".to_owned(), None)),
        };
        Self { action, verb, behind, to }
    }

    /// `copied 3 messages to Archive`
    fn of_so_many(&self, messages: u64) -> String {
        format!("{} {}{}", self.verb, count(messages, "message", "messages"), self.behind)
    }
}

impl<'a> Report<'a> {
    pub(super) fn new(options: &'a Change, mailbox: &'a MailboxName) -> Self {
        Self {
            options,
            mailbox,
            validity: None,
            what: None,
            left: UidSet::new(),
            done: UidSet::new(),
            changed_elsewhere: UidSet::new(),
            marked: UidSet::new(),
            missing: Vec::new(),
        }
    }

    pub(super) fn opened(&mut self, mailbox: &Mailbox) {
        self.validity = mailbox.uid_validity();
    }

    /// It is known which messages are meant, and which of those that were named are not there.
    pub(super) fn found(&mut self, uids: &UidSet, missing: Vec<String>, prepared: &Prepared<'_>) {
        self.left = uids.clone();
        self.missing = missing;
        self.what = Some(What::of(prepared));
    }

    /// Some were done with, or that failed.
    pub(super) fn took(&mut self, part: UidSet, outcome: Outcome) -> Result<(), Failure> {
        let Outcome { done, changed_elsewhere, marked, copies, failure } = outcome;
        self.left = self.left.difference(&done).difference(&changed_elsewhere);
        self.done = self.done.union(&done);
        self.changed_elsewhere = self.changed_elsewhere.union(&changed_elsewhere);
        self.marked = self.marked.union(&marked);
        if let (Some(what), Form::Json, false) = (&self.what, self.options.form, done.is_empty()) {
            // Which copy is which is known only where all of the part were copied.
            let copies = copies.filter(|_| done == part);
            stdout::json_line(&Line::Done {
                action: what.action,
                mailbox: self.mailbox.as_str(),
                uidvalidity: self.validity.map(UidValidity::value),
                uids: done.to_string(),
                to: what.to.as_ref().map(MailboxName::as_str),
                to_uidvalidity: copies.as_ref().map(|(validity, _)| validity.value()),
                to_uids: copies.map(|(_, uids)| uids.to_string()),
            })?;
        }
        failure.map_or(Ok(()), Err)
    }

    /// Says what would be done, in front of the messages with which it would be.
    pub(super) fn announce(&self, prepared: &Prepared<'_>) -> Result<(), Failure> {
        if self.options.form == Form::Text && self.options.access.verbosity == Verbosity::Normal {
            note(&format!(
                "nothing is changed; it would be said: {}",
                What::of(prepared).of_so_many(self.left.count())
            ));
        }
        Ok(())
    }

    /// A message with which it would be done.
    pub(super) fn would(&self, overview: &Overview, lines: &Lines) -> Result<(), Failure> {
        let Some(what) = &self.what else { return Ok(()) };
        match self.options.form {
            Form::Text => stdout::text(&lines.line(overview, ""))?,
            Form::Json => {
                let validity = self.validity.map(UidValidity::value);
                let message = Box::new(OverviewJson::of(self.mailbox.as_str(), validity, overview));
                stdout::json_line(&Line::Would { action: what.action, message })?;
            }
        }
        Ok(())
    }

    /// Says what was done, after the work has ended for whatever reason.
    pub(super) fn end(self, ended: Result<(), Failure>) -> Result<Exit, Failure> {
        let is_rehearsal = self.options.rehearsal == Rehearsal::Yes;
        let outcome = match (ended, &self.what) {
            (Ok(()), _) => self.shortcoming().map_or(Ok(Exit::Done), Err),
            // Nothing was begun, or it was never to be.
            (Err(failure), None) => Err(failure),
            (Err(failure), Some(_)) if is_rehearsal => Err(failure),
            (Err(failure), Some(what)) => Err(self.stopped(what, failure)),
        };
        if let (Some(what), Form::Text, false) = (&self.what, self.options.form, is_rehearsal)
            && self.options.access.verbosity == Verbosity::Normal
            && !self.done.is_empty()
        {
            note(&what.of_so_many(self.done.count()));
        }
        if !self.marked.is_empty() {
            let marked = shown(&self.marked);
            note(&format!(
                "marked as deleted, and still there, since the server would not remove them: UID {marked}"
            ));
        }
        if self.options.form == Form::Json {
            let (exit, error) = match &outcome {
                Ok(exit) => (*exit, None),
                Err(failure) => (failure.exit, Some(failure.message()).filter(|message| !message.is_empty())),
            };
            stdout::json_line(&Line::Summary {
                exit: exit.code(),
                done: self.done.count(),
                left: if is_rehearsal { String::new() } else { self.left.to_string() },
                changed_elsewhere: self.changed_elsewhere.to_string(),
                error,
            })?;
        }
        outcome
    }

    /// What is missing where nothing went wrong.
    fn shortcoming(&self) -> Option<Failure> {
        let mut what = Vec::new();
        if !self.missing.is_empty() {
            what.push(format!("no such message: {}", self.missing.join(", ")));
        }
        if !self.changed_elsewhere.is_empty() {
            let uids = shown(&self.changed_elsewhere);
            what.push(format!("left alone, since they were changed elsewhere in the meantime: UID {uids}"));
        }
        (!what.is_empty()).then(|| Failure::new(Exit::PartlyDone, what.join("; ")))
    }

    /// What stopped it, with what is done and how to go on.
    fn stopped(&self, what: &What, failure: Failure) -> Failure {
        let left = shown(&self.left);
        let done = what.of_so_many(self.done.count());
        match failure.exit {
            // What was on its way may have been done, and nobody was told.
            Exit::Interrupted | Exit::Terminated | Exit::Network => {
                let hint =
                    format!("look what is there before you go on with UID {left}: some of it may be done");
                failure.before(&done).hint_as_well(&hint)
            }
            _ if self.done.is_empty() => failure,
            _ => failure
                .exit(Exit::PartlyDone)
                .before(&format!("{done}, and not UID {left}"))
                .hint_as_well(&format!("the same command with {left} goes on")),
        }
    }
}

/// A set that is long is cut: the JSON has all of it.
fn shown(uids: &UidSet) -> String {
    const MOST: usize = 300;

    let all = uids.to_string();
    match all.get(..MOST).and_then(|head| head.rfind(',')) {
        Some(end) if all.len() > MOST => format!("{},... (all of them with --json)", &all[..end]),
        _ => all,
    }
}

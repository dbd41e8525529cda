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
use crate::failure::{self, Failure, note};
use crate::overview::{Lines, Overview, OverviewJson};
use crate::rehearsal;
use crate::stdout::{self, Account};

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
        /// Of those that are left, a set of UIDs with which it may be done, and nobody has said so.
        #[serde(skip_serializing_if = "String::is_empty")]
        in_doubt: String,
        /// A set of UIDs that have a copy where they were to go, and are still here, and not among those that are left.
        #[serde(skip_serializing_if = "String::is_empty")]
        copied: String,
        /// A set of UIDs that are still here with `\Deleted`, since the server would not remove them.
        #[serde(skip_serializing_if = "String::is_empty")]
        marked_deleted: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
    },
}

/// All that is known of it at any moment.
pub(super) struct Report<'a> {
    options: &'a Change,
    account: Account,
    mailbox: &'a MailboxName,
    validity: Option<UidValidity>,
    /// What it does, once that is known.
    what: Option<What>,
    left: UidSet,
    done: UidSet,
    changed_elsewhere: UidSet,
    marked: UidSet,
    copied: UidSet,
    /// With which it may be done, and nobody has said so: also those of the part that is on its way.
    in_doubt: UidSet,
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
            Prepared::Move { to: mailbox, .. } => ("move", "moved".to_owned(), to(mailbox)),
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
            account: Account::new(),
            mailbox,
            validity: None,
            what: None,
            left: UidSet::new(),
            done: UidSet::new(),
            changed_elsewhere: UidSet::new(),
            marked: UidSet::new(),
            copied: UidSet::new(),
            in_doubt: UidSet::new(),
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

    /// These are on their way. Who is asked to end hears nothing of what becomes of them.
    pub(super) fn begins(&mut self, part: &UidSet) {
        self.in_doubt = part.clone();
    }

    /// Some were done with, or that failed.
    pub(super) fn took(&mut self, outcome: Outcome) -> Result<(), Failure> {
        let Outcome { done, changed_elsewhere, marked, copied, in_doubt, copies, failure } = outcome;
        self.left = self.left.difference(&done).difference(&changed_elsewhere).difference(&copied);
        self.done = self.done.union(&done);
        self.changed_elsewhere = self.changed_elsewhere.union(&changed_elsewhere);
        self.marked = self.marked.union(&marked);
        self.copied = self.copied.union(&copied);
        self.in_doubt = in_doubt;
        if let (Some(what), Form::Json, false) = (&self.what, self.options.form, done.is_empty()) {
            // Which copy is which is told only where that is known of all of them.
            let copies = copies.of(&done);
            self.account.tell(&Line::Done {
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

    /// The mailbox is empty, and all of it was meant.
    pub(super) fn nothing_to_do(&self) {
        if self.options.form == Form::Text && self.options.access.verbosity == Verbosity::Normal {
            note(&format!("{} is empty: nothing to do", escape_str(self.mailbox.as_str())));
        }
    }

    /// Says what would be done, in front of the messages with which it would be.
    pub(super) fn announce(&self, prepared: &Prepared<'_>) -> Result<(), Failure> {
        if self.options.form == Form::Text && self.options.access.verbosity == Verbosity::Normal {
            rehearsal::say(self.options.rehearsal, &What::of(prepared).of_so_many(self.left.count()));
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
    pub(super) fn end(mut self, ended: Result<(), Failure>) -> Result<Exit, Failure> {
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
            let (exit, error) = failure::told(&outcome);
            self.account.tell(&Line::Summary {
                exit: exit.code(),
                done: self.done.count(),
                left: if is_rehearsal { String::new() } else { self.left.to_string() },
                changed_elsewhere: self.changed_elsewhere.to_string(),
                in_doubt: self.in_doubt.to_string(),
                copied: self.copied.to_string(),
                marked_deleted: self.marked.to_string(),
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
        if !self.left.is_empty() && self.options.rehearsal == Rehearsal::No {
            let uids = shown(&self.left);
            what.push(format!("not done, since the server passed them over; they may be gone: UID {uids}"));
        }
        if !self.changed_elsewhere.is_empty() {
            let uids = shown(&self.changed_elsewhere);
            what.push(format!("left alone, since they were changed elsewhere in the meantime: UID {uids}"));
        }
        (!what.is_empty()).then(|| Failure::new(Exit::PartlyDone, what.join("; ")))
    }

    /// What stopped it, with what is done and how to go on.
    fn stopped(&self, what: &What, failure: Failure) -> Failure {
        let done = what.of_so_many(self.done.count());
        let is_partly = !self.done.is_empty() || !self.copied.is_empty();
        if !is_partly && self.in_doubt.is_empty() {
            return failure;
        }
        let failure = if is_partly { failure.partly_done() } else { failure };
        let failure = match (&*shown(&self.left), self.in_doubt.is_empty()) {
            ("", _) | (_, false) => failure.before(&done),
            (left, true) => failure.before(&format!("{done}, and not UID {left}")),
        };
        let failure = match &*shown(&self.copied) {
            "" => failure,
            copied => failure.hint_as_well(&format!(
                "UID {copied} have their copies: look for them there, and remove them here with tayori delete --expunge; \
                 the same command would copy them again"
            )),
        };
        match (&*shown(&self.left), self.in_doubt.is_empty()) {
            ("", _) => failure,
            (left, true) => failure.hint_as_well(&format!("the same command with {left} goes on")),
            // What was on its way may have been done, and nobody was told.
            (left, false) => failure.hint_as_well(&format!(
                "look what is there before you go on with UID {left}: some of it may be done"
            )),
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

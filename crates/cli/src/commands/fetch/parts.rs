//! What `tayori fetch` shows or saves of a message besides the whole of it.
//!
//! - this file: what can be asked for, and the order of things: which messages, what they hold, then their texts
//! - [`look`]: what messages hold, and so which of their texts are wanted
//! - [`gather`]: texts of messages that want the same, row by row
//! - [`wish`]: what is asked for of a text, and how the answer is known
//! - [`taking`]: where a text goes while it comes
//! - [`keep`]: what becomes of the texts of one message
//! - [`names`]: names of files
//! - [`page`]: what is made for reading, to stdout or into files
//! - [`show`]: how that looks, as text and as JSON
//!
//! Nothing here marks a message as read. What is kept in memory grows neither with the number of messages, but for
//! their UIDs, nor with their size: a batch of messages is looked at together, parts pass through, and texts for
//! reading are bounded.

mod gather;
mod keep;
mod look;
mod names;
mod page;
mod show;
mod taking;
#[cfg(test)]
mod tests;
mod wish;

use std::io::Write;

use tayori_client::Selected;
use tayori_proto::types::{MailboxName, Uid, UidSet};

use crate::cli::{Form, Verbosity, View};
use crate::count::count;
use crate::download::{Setback, Tally};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Capacity, OutputError, Target};
use crate::progress::Progress;

/// Who reads stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// A terminal, which what somebody sent could drive.
    Terminal,
    Program,
}

/// How many messages the selection can mean, whatever a mailbox holds, or how many mailboxes, whatever the account
/// holds: names must not depend on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AskedFor {
    One,
    Several,
}

/// What is asked for.
pub(crate) struct Request<'a> {
    pub(crate) view: &'a View,
    pub(crate) form: Form,
    pub(crate) target: &'a Target,
    pub(crate) mailbox: &'a MailboxName,
    /// Of how many mailboxes what is shown can be.
    pub(crate) mailboxes: AskedFor,
    pub(crate) asked_for: AskedFor,
    pub(crate) audience: Audience,
    pub(crate) progress: &'a Progress,
    pub(crate) verbosity: Verbosity,
}

/// Finds out before anything is sent whether this can be done.
pub(crate) fn check(view: &View, form: Form, target: &Target, audience: Audience) -> Result<(), Failure> {
    let usage = |message: &str, hint: &str| Err(Failure::new(Exit::Usage, message).hint(hint));
    match view {
        View::Attachments if target.capacity() == Capacity::One => {
            usage("attachments are saved into a folder", "give one, with / at its end: -o DIR/")
        }
        View::Part { .. } | View::Whole if form == Form::Json => {
            usage("octets are asked for, which JSON cannot hold", "leave out --json")
        }
        View::Part { .. } | View::Whole if *target == Target::Stdout && audience == Audience::Terminal => {
            usage(
                "stdout is a terminal, which the octets of a mail could drive; they are written as they are",
                "send them through a pager (| less), or into a file (> FILE)",
            )
        }
        _ => Ok(()),
    }
}

/// Shows or saves what is asked for of these messages, when [`check`] has found that it can be done. Fails where going
/// on makes no sense; what happened to single messages stands in the tally: `kept` are those that were served whole,
/// `failed` says why others were not, and of what is not among its `uids` the server sent nothing.
///
/// Sizes, envelopes and structures come in the order of UIDs on stdout, as far as they fit into memory that is bounded.
/// Headers, texts and parts may be large; those that are asked for in one command come in the order in which the server
/// sends them, which is the same for the servers in use. Into a folder they come in any order. A message without
/// anything to save, as one without attachments, is served.
pub(crate) async fn run(
    selected: &mut Selected<'_>,
    uids: &UidSet,
    request: &Request<'_>,
    stdout: &mut (dyn Write + Send),
    tally: &mut Tally,
) -> Result<(), Failure> {
    let uid_validity = selected.mailbox().uid_validity().map(|validity| validity.value());
    let mut work = Work { request, stdout, tally, uid_validity, attachments: 0 };
    request.progress.expect(uids.count());
    let mut left = uids.iter();
    // Those whose turn comes again, since what others hold was much.
    let mut batch: Vec<Uid> = Vec::new();
    loop {
        batch.extend(left.by_ref().take(BATCH - batch.len()));
        if batch.is_empty() {
            work.say_what_was_saved();
            return Ok(());
        }
        let (mut looked, ended) = work.look(selected, &batch).await;
        if ended.is_err() {
            // Of what came before, that is shown for which nothing more has to be asked.
            looked.plans.retain(|plan| plan.wishes.is_empty());
        }
        let gathered = work.gather(selected, looked.plans).await;
        ended.and(gathered)?;
        batch = looked.later;
    }
}

/// Messages that are looked at together. Named one by one they leave half of a line to what is asked of them, which may
/// be many texts. Sets that stand with little else are longer ([`in_commands`](crate::download::in_commands)).
const BATCH: usize = 250;

/// What all steps share.
struct Work<'a> {
    request: &'a Request<'a>,
    stdout: &'a mut (dyn Write + Send),
    tally: &'a mut Tally,
    uid_validity: Option<u32>,
    /// Attachments that were saved.
    attachments: u64,
}

impl Work<'_> {
    /// The message was served.
    fn served(&mut self, uid: Uid) {
        self.tally.kept.insert(uid);
        self.request.progress.mail_done();
    }

    /// The message was not served, the others go on.
    fn fail_one(&mut self, failure: Failure) {
        self.request.progress.say(failure.to_text().trim_end());
        self.tally.failed.push(failure);
    }

    /// What it means that a file of a message could not be written. Nothing here replaces a file, so no hint says so.
    fn setback(&self, error: OutputError, uid: Uid) -> Setback {
        let is_taken = matches!(error, OutputError::Exists { .. });
        match Setback::of(error, uid, self.request.target.capacity()) {
            Setback::One(failure) if is_taken => Setback::One(failure.hint("choose another name with -o")),
            setback => setback,
        }
    }

    /// What becomes of a message that could not be served.
    fn settle(&mut self, setback: Setback) -> Result<(), Failure> {
        match setback {
            Setback::Taken(name) => self.tally.taken.push(name),
            Setback::One(failure) => self.fail_one(failure),
            Setback::All(failure) => return Err(failure),
        }
        Ok(())
    }

    /// Of a folder that has got files, or none, nothing else would tell. Of many mailboxes it would be a line for each.
    fn say_what_was_saved(&self) {
        let request = self.request;
        let (View::Attachments, Form::Text, AskedFor::One, Target::Folder(folder)) =
            (request.view, request.form, request.mailboxes, request.target)
        else {
            return;
        };
        let messages = || count(self.tally.kept.count(), "message", "messages");
        match self.attachments {
            0 if self.tally.kept.is_empty() => {}
            0 => self.note(&format!("there is no attachment in {}", messages())),
            files => {
                let files = count(files, "attachment", "attachments");
                let folder = folder.to_string_lossy();
                self.note(&format!("saved {files} of {} in {}", messages(), escape_str(&folder)));
            }
        }
    }

    fn note(&self, note: &str) {
        if self.request.verbosity == Verbosity::Normal {
            self.request.progress.say(&format!("note: {note}"));
        }
    }
}

//! What `tayori fetch` shows or saves of a message besides the whole of it.
//!
//! - this file: what can be asked for, and the order of things: which messages, what they hold, then their texts
//! - [`look`]: what messages hold, and so which of their texts are wanted
//! - [`gather`]: texts of messages that want the same, row by row
//! - [`taking`]: where a text goes while it comes
//! - [`keep`]: what becomes of the texts of one message
//! - [`names`]: names of files
//! - [`page`]: what is made for reading, to stdout or into files
//! - [`show`]: how that looks, as text and as JSON
//!
//! Nothing here marks a message as read. What is kept in memory grows neither with the number of messages, but for
//! their UIDs, nor with their size: a batch of messages is looked at together, parts pass through, and texts for reading
//! are bounded.

mod gather;
mod keep;
mod look;
mod names;
mod page;
mod show;
mod taking;

use std::io::Write;

use tayori_client::{SearchKey, Selected};
use tayori_proto::types::{MailboxName, Messages, Uid};

use crate::cli::{Decode, Form, Verbosity, View};
use crate::download::{Tally, is_single};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Capacity, Overwrite, Target};
use crate::progress::Progress;
use taking::Wish;

/// Who reads stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// A terminal, which what somebody sent could drive.
    Terminal,
    Program,
}

/// What is asked for.
pub(crate) struct Request<'a> {
    pub(crate) view: &'a View,
    pub(crate) form: Form,
    pub(crate) target: &'a Target,
    /// What happens to a file of the name. Attachments never replace one.
    pub(crate) overwrite: Overwrite,
    pub(crate) mailbox: &'a MailboxName,
    pub(crate) audience: Audience,
    pub(crate) progress: &'a Progress,
    pub(crate) verbosity: Verbosity,
}

impl Request<'_> {
    /// Finds out before anything is sent whether this can be done.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let usage = |message: &str, hint: &str| Err(Failure::new(Exit::Usage, message).hint(hint));
        match self.view {
            View::Attachments if self.target.capacity() == Capacity::One => {
                usage("attachments are saved into a folder", "give one, with / at its end: -o DIR/")
            }
            View::Part { .. } if self.form == Form::Json => {
                usage("a part is octets, which JSON cannot hold", "leave out --json")
            }
            View::Part { .. } if *self.target == Target::Stdout && self.audience == Audience::Terminal => {
                usage(
                    "stdout is a terminal, which a part could drive; parts are written there as they are",
                    "send it through a pager (-o - | less), or into a file",
                )
            }
            _ => Ok(()),
        }
    }
}

/// Shows or saves what is asked for of these messages. Fails where going on makes no sense; what happened to single
/// messages stands in the tally: `kept` are those that were served whole, `failed` says why others were not.
///
/// The messages come in the order of their UIDs on stdout, in any order into a folder. A message without anything to
/// save, as one without attachments, is served.
pub(crate) async fn run(
    selected: &mut Selected<'_>,
    messages: Messages,
    request: &Request<'_>,
    stdout: &mut dyn Write,
    tally: &mut Tally,
) -> Result<(), Failure> {
    request.check()?;
    let (key, asked_for) = match messages {
        Messages::Numbers(set) => {
            let asked_for = if is_single(&set) { AskedFor::One } else { AskedFor::Several };
            (SearchKey::Numbers(set), asked_for)
        }
        Messages::Uids(set) => {
            let asked_for = if is_single(&set) { AskedFor::One } else { AskedFor::Several };
            (SearchKey::Uid(set), asked_for)
        }
    };
    let uid_validity = selected.mailbox().uid_validity().map(|validity| validity.value());
    let mut work = Work { request, stdout, tally, asked_for, uid_validity };
    let uids = selected.uid_search(key).await?;
    let mut left = uids.iter();
    // Those whose turn comes again, since what others hold was much.
    let mut batch: Vec<Uid> = Vec::new();
    loop {
        batch.extend(left.by_ref().take(BATCH - batch.len()));
        if batch.is_empty() {
            return Ok(());
        }
        let looked = work.look(selected, &batch).await?;
        work.gather(selected, looked.plans).await?;
        batch = looked.later;
    }
}

/// Messages that are looked at together.
///
/// A set of so many UIDs that do not follow each other fits, with what is asked of them, into a line of 8192 octets,
/// which clients are to keep to (RFC 7162 section 4).
const BATCH: usize = 250;

/// How many messages the selection can mean, whatever the mailbox holds: names must not depend on that.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AskedFor {
    One,
    Several,
}

/// What all steps share.
struct Work<'a> {
    request: &'a Request<'a>,
    stdout: &'a mut dyn Write,
    tally: &'a mut Tally,
    asked_for: AskedFor,
    uid_validity: Option<u32>,
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

    /// What becomes of a message that could not be served.
    fn settle(&mut self, stop: Stop) -> Result<(), Failure> {
        match stop {
            Stop::Taken(name) => self.tally.taken.push(name),
            Stop::One(failure) => self.fail_one(failure),
            Stop::All(failure) => return Err(failure),
        }
        Ok(())
    }

    fn note(&self, note: &str) {
        if self.request.verbosity == Verbosity::Normal {
            self.request.progress.say(&format!("note: {note}"));
        }
    }
}

/// Why a message was not served, and what that means for the others.
enum Stop {
    /// Nothing; in the folder there is a file of its name already.
    Taken(String),
    /// Nothing.
    One(Failure),
    /// They would fare no better: the disk is full, say.
    All(Failure),
}

impl Stop {
    fn from(error: crate::output::OutputError, uid: Option<Uid>, target: &Target) -> Self {
        use crate::output::OutputError;

        let doing = uid.map(|uid| format!("UID {uid}"));
        let failure = |error| match &doing {
            Some(doing) => Failure::from(error).while_doing(doing),
            None => Failure::from(error),
        };
        match error {
            // Told once for all of them.
            OutputError::Exists { path } if target.capacity() == Capacity::Many => {
                Self::Taken(path.file_name().unwrap_or_default().to_string_lossy().into_owned())
            }
            OutputError::Exists { .. } | OutputError::NotAFile { .. } => Self::One(failure(error)),
            OutputError::ReaderGone => Self::All(error.into()),
            _ => Self::All(failure(error)),
        }
    }
}

#[cfg(test)]
mod tests;

//! What became of each message, as JSON lines on stdout. The form is documented in docs/scripting.md.

use std::io::Write as _;

use serde::Serialize;
use tayori_proto::types::Uid;

use crate::download::Fate;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fetch::report::Totals;
use crate::output::{OutputError, stdout_failed};

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Line<'a> {
    /// A message is safe.
    Fetched {
        #[serde(flatten)]
        message: Message<'a>,
        /// Seen from the folder of all output, with `/`.
        file: &'a str,
        octets: u64,
        blake3: &'a str,
    },
    /// A message is not here.
    Failed {
        #[serde(flatten)]
        message: Message<'a>,
        #[serde(flatten)]
        error: Problem<'a>,
    },
    /// A mailbox could not be used.
    MailboxFailed {
        mailbox: &'a str,
        #[serde(flatten)]
        error: Problem<'a>,
    },
    /// The last line.
    Summary {
        exit: u8,
        fetched: u64,
        octets: u64,
        already_there: u64,
        failed: u64,
        removed: u64,
        marked_deleted: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
    },
}

impl<'a> Line<'a> {
    /// What was done, all in all.
    pub(super) fn summary(totals: &Totals, exit: Exit, error: Option<&'a str>) -> Self {
        Self::Summary {
            exit: exit.code(),
            fetched: totals.kept,
            octets: totals.octets,
            already_there: totals.known,
            failed: totals.failed_messages,
            removed: totals.expunged,
            marked_deleted: totals.marked,
            error: error.filter(|error| !error.is_empty()),
        }
    }
}

/// Which message.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Message<'a> {
    mailbox: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uidvalidity: Option<u32>,
    uid: u32,
}

/// What went wrong, for programs and for people.
#[derive(Debug, Serialize)]
pub(super) struct Problem<'a> {
    /// The exit code that the program would have for this alone.
    exit: u8,
    error: &'a str,
}

impl<'a> Problem<'a> {
    pub(super) fn new(failure: &'a Failure) -> Self {
        Self { exit: failure.exit.code(), error: failure.message() }
    }
}

/// The fate of a message as a line.
pub(super) fn say_fate(mailbox: &str, uid_validity: Option<u32>, fate: &Fate<'_>) -> Result<(), OutputError> {
    let message = |uid: Uid| Message { mailbox, uidvalidity: uid_validity, uid: uid.value() };
    match fate {
        Fate::Kept(uid, kept) => say(&Line::Fetched {
            message: message(*uid),
            file: &kept.path.to_string_lossy(),
            octets: kept.octets,
            blake3: &kept.blake3.to_hex(),
        }),
        Fate::Failed(uid, failure) => {
            say(&Line::Failed { message: message(*uid), error: Problem::new(failure) })
        }
        Fate::Taken(uid, name) => {
            let error = format!("{name} is there already");
            let error = Problem { exit: Exit::Disk.code(), error: &error };
            say(&Line::Failed { message: message(*uid), error })
        }
    }
}

/// Writes a line, whole.
pub(super) fn say(line: &Line<'_>) -> Result<(), OutputError> {
    let mut text = serde_json::to_vec(line).map_err(|error| OutputError::Stdout(error.into()))?;
    text.push(b'\n');
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(&text).and_then(|()| stdout.flush()).map_err(stdout_failed)
}

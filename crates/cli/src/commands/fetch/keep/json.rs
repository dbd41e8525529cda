//! What became of each message, as JSON lines on stdout. The form is documented in docs/scripting.md.

use std::path::Path;

use serde::Serialize;
use tayori_proto::types::UidValidity;

use super::deposit::AlteredFile;
use crate::commands::fetch::report::Totals;
use crate::download::{Fate, Which};
use crate::exit::Exit;
use crate::manifest::Found;
use crate::output::OutputError;
use crate::stdout::json_line;

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
    /// A file is not what was fetched into it. Its message is fetched again.
    Altered {
        #[serde(flatten)]
        message: Message<'a>,
        /// As in `Fetched`.
        file: &'a str,
        found: &'static str,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<u32>,
    /// Its position in the mailbox, where no UID is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
}

/// Where messages are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) mailbox: &'a str,
    pub(super) uid_validity: Option<UidValidity>,
}

impl<'a> Place<'a> {
    fn message(self, which: Which) -> Message<'a> {
        let (uid, number) = match which {
            Which::Uid(uid) => (Some(uid.value()), None),
            Which::Number(number) => (None, Some(number.value())),
        };
        let uidvalidity = self.uid_validity.map(UidValidity::value);
        Message { mailbox: self.mailbox, uidvalidity, uid, number }
    }
}

/// What went wrong, for programs and for people.
#[derive(Debug, Serialize)]
pub(super) struct Problem<'a> {
    /// The exit code that the program would have for this alone.
    exit: u8,
    error: &'a str,
}

impl<'a> Problem<'a> {
    pub(super) fn of(exit: Exit, error: &'a str) -> Self {
        Self { exit: exit.code(), error }
    }
}

/// The fate of a message as a line.
pub(super) fn say_fate(place: Place<'_>, fate: &Fate<'_>) -> Result<(), OutputError> {
    match fate {
        Fate::Kept(uid, kept) => json_line(&Line::Fetched {
            message: place.message(Which::Uid(*uid)),
            file: &kept.path.to_string_lossy(),
            octets: kept.octets,
            blake3: &kept.blake3.to_hex(),
        }),
        Fate::Failed(which, failure) => say_failed(place, *which, failure.exit, failure.message()),
        Fate::Taken(uid, name) => {
            say_failed(place, Which::Uid(*uid), Exit::Disk, &format!("{name} is there already"))
        }
    }
}

/// A message is not here.
pub(super) fn say_failed(place: Place<'_>, which: Which, exit: Exit, error: &str) -> Result<(), OutputError> {
    json_line(&Line::Failed { message: place.message(which), error: Problem::of(exit, error) })
}

/// A file is not what was fetched into it; `folder` is that of all output.
pub(super) fn say_altered(
    place: Place<'_>,
    altered: &AlteredFile,
    folder: Option<&Path>,
) -> Result<(), OutputError> {
    let file = folder.and_then(|folder| altered.path.strip_prefix(folder).ok()).unwrap_or(&altered.path);
    let found = match altered.found {
        Found::Size(_) => "size",
        Found::Content => "content",
        Found::NoMessage => "no_message",
        Found::NotAFile => "not_a_file",
    };
    let message = place.message(Which::Uid(altered.uid));
    json_line(&Line::Altered { message, file: &file.to_string_lossy(), found })
}

/// A mailbox could not be used.
pub(super) fn say_mailbox_failed(mailbox: &str, exit: Exit, error: &str) -> Result<(), OutputError> {
    json_line(&Line::MailboxFailed { mailbox, error: Problem::of(exit, error) })
}

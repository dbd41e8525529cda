//! What could not be written, and what that means for the other messages.

use tayori_proto::types::Uid;

use super::desk::named;
use crate::failure::Failure;
use crate::output::{Capacity, OutputError};

/// Why a message did not get where it should be, and what that means for the others.
#[derive(Debug)]
pub(crate) enum Setback {
    /// In the folder there is a file of its name already. To be told once for all of them: there may be thousands.
    Taken(String),
    /// Nothing.
    One(Failure),
    /// They would fare no better: the disk is full, say.
    All(Failure),
}

impl Setback {
    /// What this error means for a message that was to be written to where so many fit.
    pub(crate) fn of(error: OutputError, uid: Uid, capacity: Capacity) -> Self {
        match error {
            OutputError::Exists { path } if capacity == Capacity::Many => {
                Self::Taken(path.file_name().unwrap_or_default().to_string_lossy().into_owned())
            }
            OutputError::Exists { .. } | OutputError::NotAFile { .. } => {
                Self::One(unwritten(error, Some(uid)))
            }
            _ => Self::All(unwritten(error, Some(uid))),
        }
    }
}

/// In words what could not be written, with the message that it is about where that is known.
pub(crate) fn unwritten(error: OutputError, of: Option<Uid>) -> Failure {
    match error {
        // Nobody reads stdout any more, which is no failure and has no words.
        OutputError::ReaderGone => error.into(),
        error => named(error.into(), of),
    }
}

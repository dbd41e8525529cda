//! What can go wrong with output.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::escape::escape_str;
use crate::manifest::ManifestError;

/// Why a message did not get where it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    #[error("{} is there already", shown(.path))]
    Exists { path: PathBuf },
    #[error("{} is there already, and is no file", shown(.path))]
    NotAFile { path: PathBuf },
    #[error("{} is there already, and is no folder", shown(.path))]
    NotAFolder { path: PathBuf },
    #[error("{} names no file", shown(.path))]
    NoName { path: PathBuf },
    #[error("could not {step} {}", shown(.path))]
    Failed {
        step: Step,
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    /// A caller went on after a failed write; what is in the file is not known any more.
    #[error("{} is incomplete, since writing failed before", shown(.path))]
    Incomplete { path: PathBuf },
    /// An mbox that is shorter than what was written into it.
    #[error("{} has {length} octets, and what was fetched into it had {end}", shown(.path))]
    CutShort { path: PathBuf, length: u64, end: u64 },
    /// What failed for another message was to settle this one too; it is told there.
    #[error("the messages that were to be stored together failed together")]
    WithOthers,
    #[error("a thread could not be started")]
    NoThread(#[source] io::Error),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A second message for stdout, which could not be told from the first.
    #[error("stdout holds a message already")]
    StdoutUsed,
    #[error("could not write to stdout")]
    Stdout(#[source] io::Error),
    /// Whoever read our output has had enough. No failure: the program ends quietly.
    #[error("the reader of stdout went away")]
    ReaderGone,
}

impl OutputError {
    /// What the person can do about it.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            OutputError::Exists { .. } => Some("choose another name with -o, or replace it with --force"),
            OutputError::NotAFile { .. } => Some("for a pipe or a device use -o - and send stdout there"),
            OutputError::NoName { .. } => {
                Some("give a file name, a folder with / at its end, or - for stdout")
            }
            OutputError::Failed { step: Step::SyncFolder, .. } => {
                Some("the message is complete, but a power failure now could still lose it")
            }
            OutputError::Failed { cause, .. } if cause.kind() == io::ErrorKind::StorageFull => {
                Some("make room and run it again; no incomplete message was left under a final name")
            }
            OutputError::Failed { step: Step::Create, cause, .. }
                if cause.kind() == io::ErrorKind::NotFound =>
            {
                Some("only for a folder, with / at its end, are missing folders made")
            }
            OutputError::Failed { step: Step::Name, .. } => {
                Some("if the file system cannot name a file without overwriting, use another folder")
            }
            OutputError::CutShort { .. } => Some("move it away; then all messages are fetched again"),
            OutputError::NotAFolder { .. } => Some("move it away, or choose another folder with -o"),
            OutputError::Manifest(error) => error.hint(),
            OutputError::Failed { .. }
            | OutputError::WithOthers
            | OutputError::NoThread(_)
            | OutputError::StdoutUsed
            | OutputError::Incomplete { .. }
            | OutputError::Stdout(_)
            | OutputError::ReaderGone => None,
        }
    }
}

/// What was being done to a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Look,
    CreateFolder,
    Create,
    Write,
    Sync,
    SetTime,
    Name,
    SyncFolder,
    Remove,
}

impl Step {
    pub(crate) fn failed(self, path: &Path, cause: io::Error) -> OutputError {
        OutputError::Failed { step: self, path: path.to_owned(), cause }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Look => "look at",
            Step::CreateFolder => "create the folder",
            Step::Create => "create a file in",
            Step::Write => "write",
            Step::Sync => "sync the file",
            Step::SetTime => "set the time of",
            Step::Name => "give its final name to",
            Step::SyncFolder => "sync the folder",
            Step::Remove => "remove",
        })
    }
}

/// A path in an error, which cannot drive a terminal.
pub(crate) fn shown(path: &Path) -> String {
    escape_str(&path.to_string_lossy()).into_owned()
}

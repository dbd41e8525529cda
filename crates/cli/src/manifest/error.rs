//! What can go wrong with a manifest.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use tayori_proto::types::Uid;

use super::line::Flaw;
use crate::output::error::shown;

/// Why a manifest cannot be used any further. No message was touched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    #[error("another tayori is writing to the folder of {}", shown(.path))]
    InUse { path: PathBuf },
    /// A symbolic link counts as no file, wherever it leads.
    #[error("{} is there already, and is no file", shown(.path))]
    NotAFile { path: PathBuf },
    #[error("{} is no manifest of tayori: line 1 does not say so", shown(.path))]
    Foreign { path: PathBuf },
    #[error("{} was written by a newer tayori: line 1 says version {version}", shown(.path))]
    Newer { path: PathBuf, version: u64 },
    #[error("could not {doing} {}", shown(.path))]
    Failed {
        doing: Doing,
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    /// A caller went on after a failure; what is on the disk is not known any more.
    #[error("{} is not written any further, since writing failed before", shown(.path))]
    Stopped { path: PathBuf },
    #[error("{} was replaced by another file while it was written", shown(.path))]
    Replaced { path: PathBuf },
    #[error("UID {uid} cannot be recorded in {}: {flaw}", shown(.path))]
    Unwritable { path: PathBuf, uid: Uid, flaw: Flaw },
}

impl ManifestError {
    /// What the person can do about it.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::InUse { .. } => Some("wait for it, or choose another folder with -o"),
            Self::NotAFile { .. } | Self::Foreign { .. } => {
                Some("it was not touched; move it away, or choose another folder with -o")
            }
            Self::Newer { .. } => {
                Some("use that version of tayori for this folder, or choose another with -o")
            }
            Self::Failed { cause, .. } if cause.kind() == io::ErrorKind::StorageFull => {
                Some("make room and run it again; what is not recorded is fetched again")
            }
            Self::Failed { doing: Doing::Lock, .. } => {
                Some("if the file system has no locks, choose a folder on another with -o")
            }
            Self::Failed { doing: Doing::Sync | Doing::SyncFolder, .. } => {
                Some("the messages are there, but what is recorded of them may not survive a power failure")
            }
            Self::Failed { .. } => Some("choose a folder that you can read and write with -o"),
            Self::Replaced { .. } => Some("run it again, and leave the manifest alone meanwhile"),
            Self::Stopped { .. } | Self::Unwritable { .. } => None,
        }
    }
}

/// What was being done to a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Look,
    Create,
    Open,
    Lock,
    Read,
    List,
    Write,
    Sync,
    SyncFolder,
}

impl Doing {
    pub(super) fn failed(self, path: &Path, cause: io::Error) -> ManifestError {
        ManifestError::Failed { doing: self, path: path.to_owned(), cause }
    }
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Look => "look at",
            Self::Create => "create",
            Self::Open => "open",
            Self::Lock => "lock",
            Self::Read => "read",
            Self::List => "list the folder",
            Self::Write => "write",
            Self::Sync => "sync the file",
            Self::SyncFolder => "sync the folder",
        })
    }
}

//! A file under its passing name.

use std::io;
use std::path::{Path, PathBuf};

use super::storage::{OldName, Storage, name_exclusively};
use super::{OutputError, Step};

/// A file that is written under one name to get another when it is complete. Dropped before that, it is removed.
pub(crate) struct Part<S: Storage> {
    storage: S,
    path: PathBuf,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Passing,
    /// It has its final name; the passing one is gone.
    Named,
}

impl<S: Storage> Part<S> {
    /// The file `path`, which the caller has just created as new.
    pub(crate) fn new(storage: S, path: PathBuf) -> Self {
        Self { storage, path, state: State::Passing }
    }

    /// Gives the file its name, unless it is taken: then it stays with what has it, if only since a moment ago.
    ///
    /// The name is durable when its folder is synced. When this fails, the file can get another one.
    pub(crate) fn name_new(&mut self, path: &Path) -> Result<(), OutputError> {
        let named = name_exclusively(&self.storage, &self.path, path).map(|old_name| {
            if old_name == OldName::Left {
                // This removes the name under which the file was written. The link that has just succeeded proves
                // that the same file has its final name. If removing fails, the file has two names, which is no harm
                // worth an error.
                let _ = self.storage.remove(&self.path);
            }
        });
        self.named(path, named)
    }

    /// Gives the file its name in one step; what has the name is gone then. Until that step, and if it fails, it is
    /// untouched.
    pub(crate) fn name_over(&mut self, path: &Path) -> Result<(), OutputError> {
        let named = self.storage.rename_over(&self.path, path);
        self.named(path, named)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn storage(&self) -> &S {
        &self.storage
    }

    /// The error for whoever goes on after a failed write.
    pub(crate) fn incomplete(&self) -> OutputError {
        OutputError::Incomplete { path: self.path.clone() }
    }

    fn named(&mut self, path: &Path, named: io::Result<()>) -> Result<(), OutputError> {
        named.map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => OutputError::Exists { path: path.to_owned() },
            _ => Step::Name.failed(path, cause),
        })?;
        self.state = State::Named;
        Ok(())
    }
}

impl<S: Storage> Drop for Part<S> {
    fn drop(&mut self) {
        if self.state == State::Passing {
            // This removes what was received of messages. The file never had its final name, so nobody was told that
            // any of them is here, and nothing is taken from the server before that: they are still there. The name
            // is one that this process created as new, so it cannot be anybody else's file.
            let _ = self.storage.remove(&self.path);
        }
    }
}

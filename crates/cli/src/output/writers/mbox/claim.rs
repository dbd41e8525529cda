//! The mark that an mbox is ours, and not in the record.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::passing_name;
use crate::cli::Durability;
use crate::output::storage::Storage;
use crate::output::{OutputError, Step, parent};

/// An empty file with a name made from that of the mbox; it lies among the files without a name.
#[derive(Clone)]
pub(super) struct Claim {
    path: PathBuf,
}

impl Claim {
    /// `folder` is the same in every run, and `mbox` seen from the folder of all output, however that was typed.
    pub(super) fn new(folder: &Path, mbox: &Path) -> Self {
        Self { path: passing_name(folder, mbox, "unrecorded") }
    }

    pub(super) fn is_there(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok()
    }

    /// Says that the file that is about to get its name is ours, and that nobody knows it: durable, if that is wanted,
    /// when this returns.
    pub(super) fn set(&self, storage: &impl Storage, durability: Durability) -> Result<(), OutputError> {
        let folder = parent(&self.path);
        match storage.create_new(&self.path) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(Step::Create.failed(folder, cause)),
        }
        if durability == Durability::Synced {
            storage.sync_folder(folder).map_err(|cause| Step::SyncFolder.failed(folder, cause))?;
        }
        Ok(())
    }

    /// Where this fails, the mark is removed by the next run that writes to the mbox.
    pub(super) fn remove(&self, storage: &impl Storage) {
        let _ = storage.remove(&self.path);
    }
}

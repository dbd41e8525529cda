//! What an earlier run has left to be synced.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tayori_proto::types::UidSet;

use super::error::Doing;
use super::present::ReadBack;
use super::{Check, Manifest, ManifestError, Source};
use crate::output::parent;
use crate::output::storage::Storage;

impl<S: Storage> Manifest<S> {
    /// Those of these messages of `source` whose files have every octet that was recorded. Their files and names are
    /// durable then, and so is the manifest, whoever wrote them: a run without sync, or somebody who copied the folder.
    /// Memory is that of the names.
    ///
    /// # Errors
    ///
    /// When something cannot be read or synced. Then nothing is proved of any message.
    pub(crate) fn prove(
        &mut self,
        source: &Source,
        uids: &UidSet,
        read_back: &ReadBack,
    ) -> Result<UidSet, ManifestError> {
        // Those of an mbox are one file.
        let mut files = BTreeSet::new();
        let check = Check::Hash(read_back);
        let found = self.look(
            source,
            |uid| uids.contains(uid),
            check,
            |path| {
                files.insert(path);
            },
        )?;
        if !found.complete.is_empty() {
            self.make_durable(&files)?;
        }
        Ok(found.complete)
    }

    fn make_durable(&mut self, files: &BTreeSet<PathBuf>) -> Result<(), ManifestError> {
        let folder = self.folder();
        let mut folders: BTreeSet<&Path> = BTreeSet::from([folder, parent(folder)]);
        for file in files {
            self.storage.sync_file(file).map_err(|cause| Doing::Sync.failed(file, cause))?;
            folders.extend(file.ancestors().skip(1).take_while(|above| *above != folder));
        }
        // Of this run nothing is left to be synced in the manifest: every append is followed by a sync. But the lines
        // of a run without it may be in no more than the memory of the system.
        self.storage.sync_file(&self.path).map_err(|cause| Doing::Sync.failed(&self.path, cause))?;
        for folder in folders {
            self.storage.sync_folder(folder).map_err(|cause| Doing::SyncFolder.failed(folder, cause))?;
        }
        Ok(())
    }
}

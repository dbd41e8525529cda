//! A message on its way into a file.
//!
//! ```text
//! create    .tayori-<pid>-<n>.part, new, on the file system of the final name
//! write     as octets arrive
//! finish    no more octets
//! sync      its octets are on the disk
//! place     it gets its name in one step
//! ```
//!
//! and then the folder is synced. So the final name stands for a complete message on the disk at any moment, whatever
//! fails or dies where. The name is given at the end, since it may contain the UID, which may come after the body.
//! [`MailFile::commit`] does all of it for one message; many messages go through the steps together
//! ([`super::writers`]).

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use super::part::Part;
use super::storage::{Disk, Storage};
use super::{OutputError, Overwrite, Step, check_name, parent};

/// Bodies arrive in pieces as small as the network makes them; below this size they are collected. Copying costs less
/// than calling, and the system takes memory for large writes in large units.
const BUFFER: usize = 128 * 1024;

/// How many leftovers of earlier processes with our number are stepped over. In a container every process may be
/// number 1, so a few are normal; thousands mean that something else is wrong.
const MOST_LEFTOVERS: usize = 10_000;

/// A message being written. Dropped before it has its name, it leaves nothing behind.
pub(crate) struct MailFile<S: Storage = Disk> {
    part: Part<S>,
    /// None after a failed write: what the file holds is not known any more, so it can only be dropped.
    file: Option<S::File>,
    collected: Vec<u8>,
    octets: u64,
}

impl<S: Storage> MailFile<S> {
    /// Creates the incomplete file in `folder`, which must be there.
    pub(crate) fn create(storage: S, folder: &Path) -> Result<MailFile<S>, OutputError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);

        let mut leftovers = 0;
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!(".tayori-{}-{number}.part", process::id()));
            match storage.create_new(&path) {
                Ok(file) => {
                    let part = Part::new(storage, path);
                    return Ok(MailFile { part, file: Some(file), collected: Vec::new(), octets: 0 });
                }
                // Of a process that died, or of one that lives in another container: not ours to remove.
                Err(err) if err.kind() == io::ErrorKind::AlreadyExists && leftovers < MOST_LEFTOVERS => {
                    leftovers += 1
                }
                Err(cause) => return Err(Step::Create.failed(folder, cause)),
            }
        }
    }

    /// Where it gets its name with [`MailFile::commit`].
    pub(crate) fn folder(&self) -> &Path {
        parent(self.part.path())
    }

    /// Appends `octets` as they are. After a failure every further call fails too.
    pub(crate) fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        if self.file.is_none() {
            // Octets that are only collected would not notice.
            return Err(self.part.incomplete());
        }
        if self.collected.is_empty() && octets.len() >= BUFFER {
            self.write_out(octets)?;
        } else {
            self.collected.extend_from_slice(octets);
            if self.collected.len() >= BUFFER {
                self.write_collected()?;
            }
        }
        self.octets += octets.len() as u64;
        Ok(())
    }

    /// The end of the message.
    pub(crate) fn finish(mut self) -> Result<Finished<S>, OutputError> {
        self.write_collected()?;
        let Some(file) = self.file else { return Err(self.part.incomplete()) };
        Ok(Finished { part: self.part, file: Some(file), octets: self.octets })
    }

    /// Makes the message durable and gives it the name `name` in its folder.
    ///
    /// With [`Overwrite::Refuse`] a name that is taken is an error, and stays what it was, even if it was taken only
    /// a moment ago. A symbolic link of that name is never followed: it is refused, or replaced itself. When only
    /// the last step fails, [`Step::SyncFolder`], the complete message has its name.
    pub(crate) fn commit(self, name: &OsStr, overwrite: Overwrite) -> Result<Stored, OutputError> {
        let folder = parent(self.part.path()).to_owned();
        let path = folder.join(name);
        let mut finished = self.finish()?;
        finished.sync()?;
        finished.close();
        finished.place(&path, overwrite)?;
        let octets = finished.octets;
        let storage = finished.part.storage();
        storage.sync_folder(&folder).map_err(|cause| Step::SyncFolder.failed(&folder, cause))?;
        Ok(Stored { path, octets })
    }

    fn write_collected(&mut self) -> Result<(), OutputError> {
        let collected = std::mem::take(&mut self.collected);
        if !collected.is_empty() {
            self.write_out(&collected)?;
            // Its room is used again.
            self.collected = collected;
            self.collected.clear();
        }
        Ok(())
    }

    fn write_out(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        let Some(file) = self.file.as_mut() else {
            return Err(self.part.incomplete());
        };
        file.write_all(octets).map_err(|cause| {
            self.file = None;
            Step::Write.failed(self.part.path(), cause)
        })
    }
}

/// A message that is complete, has its name and is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) path: PathBuf,
    pub(crate) octets: u64,
}

/// A message of which all octets were written, without a name. Dropped, it leaves nothing behind.
pub(crate) struct Finished<S: Storage = Disk> {
    part: Part<S>,
    /// None when it is closed.
    file: Option<S::File>,
    octets: u64,
}

impl<S: Storage> Finished<S> {
    /// How large the message is.
    pub(crate) fn octets(&self) -> u64 {
        self.octets
    }

    /// Sets the time of the file. Only before it is closed.
    pub(crate) fn set_modified(&mut self, time: SystemTime) -> Result<(), OutputError> {
        let Some(file) = self.file.as_mut() else { return Ok(()) };
        let set = self.part.storage().set_modified(file, time);
        set.map_err(|cause| Step::SetTime.failed(self.part.path(), cause))
    }

    /// Lets the disk begin with what it has not written yet; nothing waits for it. Only before it is closed.
    pub(crate) fn start_write_back(&mut self) {
        if let Some(file) = self.file.as_mut() {
            self.part.storage().start_write_back(file);
        }
    }

    /// Returns when the octets are on the disk. Only before it is closed.
    pub(crate) fn sync(&mut self) -> Result<(), OutputError> {
        let Some(file) = self.file.as_mut() else { return Err(self.part.incomplete()) };
        self.part.storage().sync(file).map_err(|cause| Step::Sync.failed(self.part.path(), cause))
    }

    /// Gives the open file back to the system, of which a process has only so many.
    pub(crate) fn close(&mut self) {
        self.file = None;
    }

    /// Gives the message its name, which is durable when its folder is synced. When this fails, the message can get
    /// another one.
    pub(crate) fn place(&mut self, path: &Path, overwrite: Overwrite) -> Result<(), OutputError> {
        match overwrite {
            // Whoever sets files aside does so before.
            Overwrite::Refuse | Overwrite::SetAside => self.part.name_new(path),
            Overwrite::Replace => {
                check_name(path, Overwrite::Replace)?;
                // This overwrites a message that somebody may hold dear. It was asked for by name with --force, and
                // what takes its place is complete, and on the disk if it was synced. Until the rename, and if it
                // fails, the old file is untouched.
                self.part.name_over(path)
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! The manifest of a folder: which message lies in which of its files, so that the next run skips what is there.
//!
//! ```text
//! {"tayori_manifest":1}
//! {"account":"ann@example.org","mailbox":"INBOX","uidvalidity":7,"uid":5,"size":1234,"blake3":"..","file":"5.eml"}
//! ```
//!
//! A line a message, only ever appended; of several lines for one message the last counts. When a file gets another
//! name, lines with that name are appended for what is in it. A message is known by
//! account, mailbox, UIDVALIDITY and UID together (RFC 9051 section 2.3.1.1). `size` (octets) and `blake3` are those of
//! the message as the server sent it. `file` is relative to the folder of the manifest, with `/`; in an mbox, `offset`
//! and `length` (octets) say where. Unknown fields are passed over.
//!
//! What a crash or a full disk leaves of a last line is passed over, and the next append begins on a line of its own.
//! An unreadable line anywhere else is told and passed over: its message counts as not there, and is fetched again.
//! So a manifest may lose lines without harm; what must never happen is that a line is believed without its file, so
//! the files are looked at each time.
//!
//! - this file: opening, the lock, appending
//! - [`mod@line`]: one line; which file names are believed
//! - [`lines`]: lines of bounded length
//! - [`holders`]: which message has a file
//! - [`moves`]: files that were set aside, with what was in them
//! - [`present`]: which messages are there, as recorded and as found
//! - [`reuse`]: names that were given again
//! - [`look`]: the file of a message, looked at
//! - [`durable`]: files of earlier runs, proved and synced
//! - [`maildir`]: a Maildir file that another program has renamed

mod durable;
mod error;
mod holders;
mod line;
mod lines;
mod look;
mod maildir;
mod moves;
mod present;
mod reuse;
#[cfg(test)]
mod tests;

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::mem;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::output::parent;
use crate::output::reading::{ReadAt, is_same_file, open_options};
use crate::output::storage::{Disk, Storage};
use error::Doing;
use lines::{Line, Lines};

pub(crate) use self::{
    error::ManifestError,
    holders::Holders,
    line::{Entry, Source, Span},
    moves::Moves,
    present::{Check, Damage, Found, Present, ReadBack},
};

/// The version of the format that is written, and the newest that is read.
const VERSION: u64 = 1;

/// The first line.
const HEADER: &[u8] = b"{\"tayori_manifest\":1}\n";

/// How often the file may appear or vanish between two looks at it, as runs beside this one begin and end.
const MOST_TURNS: usize = 100;

/// An open manifest. As long as it lives, no other process can open it.
///
/// Order of calls: first the message is complete and durable under its name, then [`append`](Self::append), then
/// [`sync`](Self::sync). Dropped without an append, it removes the empty file that it has created.
pub(crate) struct Manifest<S: Storage = Disk> {
    storage: S,
    path: PathBuf,
    /// Holds the lock; whatever is read is read through it.
    file: File,
    /// Whether this value has created the file.
    created: bool,
    writer: Writer<S::File>,
}

enum Writer<F> {
    /// Nothing was appended yet. `lead` goes in front of the first line.
    Waiting { lead: &'static [u8] },
    /// `named` is whether the name in the folder is known to be durable.
    Open { file: F, named: bool },
    /// A write or a sync has failed: what is on the disk is not known any more.
    Failed,
}

impl<S: Storage> Manifest<S> {
    /// Opens the manifest `path`, in a folder that must be there, and locks it without waiting.
    ///
    /// The lock is on the manifest itself, so that there is no second file that could stay behind, and on a network
    /// file system it holds between machines (a lock on the folder does not). The price: the file is created here,
    /// empty. If nothing gets into it, the value that created it removes it again; an empty one that stays, after a
    /// kill or when another run was faster to lock it, is as good as none.
    ///
    /// # Errors
    ///
    /// When another process has it open, when it is a link or no file, no manifest or one of a newer version, or when
    /// the file system refuses.
    pub(crate) fn open(storage: S, path: &Path) -> Result<Self, ManifestError> {
        let (file, created) = open_locked(&storage, path)?;
        let writer = Writer::Failed;
        let mut manifest = Self { storage, path: path.to_owned(), file, created, writer };
        manifest.writer = Writer::Waiting { lead: manifest.read_head()? };
        Ok(manifest)
    }

    /// Adds a line for each entry, in one write. The files named must be complete and durable.
    ///
    /// # Errors
    ///
    /// An entry that could not be read back is refused; then nothing was written. After a failed write this and
    /// [`sync`](Self::sync) refuse to go on; lines that got to the disk are good.
    pub(crate) fn append(&mut self, source: &Source, entries: &[Entry]) -> Result<(), ManifestError> {
        if let Writer::Failed = self.writer {
            return Err(self.stopped());
        }
        let mut text = Vec::new();
        entries.iter().try_for_each(|entry| self.encode(&mut text, source, entry))?;
        self.append_lines(text)
    }

    fn encode(&self, text: &mut Vec<u8>, source: &Source, entry: &Entry) -> Result<(), ManifestError> {
        let encoded = line::encode(text, source, entry);
        encoded.map_err(|flaw| ManifestError::Unwritable { path: self.path.clone(), uid: entry.uid, flaw })
    }

    /// Adds whole lines in one write.
    fn append_lines(&mut self, mut text: Vec<u8>) -> Result<(), ManifestError> {
        if text.is_empty() {
            return Ok(());
        }
        match &self.writer {
            Writer::Waiting { lead } => drop(text.splice(..0, lead.iter().copied())),
            Writer::Open { .. } => {}
            Writer::Failed => return Err(self.stopped()),
        }
        // Until all of it has succeeded, it has failed.
        let (mut file, named) = match mem::replace(&mut self.writer, Writer::Failed) {
            Writer::Open { file, named } => (file, named),
            Writer::Waiting { .. } | Writer::Failed => {
                let file = self.storage.open_append(&self.path);
                let file = file.map_err(|cause| Doing::Open.failed(&self.path, cause))?;
                self.check_still_there()?;
                (file, false)
            }
        };
        let written = file.write_all(&text).and_then(|()| file.flush());
        written.map_err(|cause| Doing::Write.failed(&self.path, cause))?;
        self.writer = Writer::Open { file, named };
        Ok(())
    }

    /// Returns when every line appended, and the name of the manifest, are on the disk.
    ///
    /// # Errors
    ///
    /// When that is not certain; then this and [`append`](Self::append) refuse to go on.
    pub(crate) fn sync(&mut self) -> Result<(), ManifestError> {
        let (mut file, named) = match mem::replace(&mut self.writer, Writer::Failed) {
            Writer::Open { file, named } => (file, named),
            waiting @ Writer::Waiting { .. } => {
                self.writer = waiting;
                return Ok(());
            }
            Writer::Failed => return Err(self.stopped()),
        };
        self.storage.sync(&mut file).map_err(|cause| Doing::Sync.failed(&self.path, cause))?;
        // Also if the file was there before: a run that was killed may have created it without doing this.
        if !named {
            let folder = self.folder();
            self.storage.sync_folder(folder).map_err(|cause| Doing::SyncFolder.failed(folder, cause))?;
        }
        self.check_still_there()?;
        self.writer = Writer::Open { file, named: true };
        Ok(())
    }

    /// The folder to which the names in the manifest are relative.
    pub(crate) fn folder(&self) -> &Path {
        parent(&self.path)
    }

    /// Reads the first line; returns what has to stand in front of the next line so that nothing is glued together.
    fn read_head(&self) -> Result<&'static [u8], ManifestError> {
        let read_failed = |cause| self.read_failed(cause);
        let foreign = || ManifestError::Foreign { path: self.path.clone() };
        let mut lines = self.lines();
        let version = match lines.next().map_err(read_failed)? {
            None => return Ok(HEADER),
            Some(Line { text: None, .. }) => return Err(foreign()),
            // All there is, if anything, is the beginning of this.
            Some(Line { text: Some(text), ended: false, .. }) if HEADER.starts_with(text) => {
                return Ok(&HEADER[text.len()..]);
            }
            Some(Line { text: Some(text), .. }) => parse_version(text).ok_or_else(foreign)?,
        };
        if version > VERSION {
            return Err(ManifestError::Newer { path: self.path.clone(), version });
        }
        let length = self.file.metadata().map_err(read_failed)?.len();
        let mut last = [0];
        let read = ReadAt::new(&self.file, length.saturating_sub(1)).read(&mut last);
        Ok(match (read.map_err(read_failed)?, last) {
            (1, [b'\n']) => b"",
            _ => b"\n",
        })
    }

    fn lines(&self) -> Lines<ReadAt<'_>> {
        Lines::new(ReadAt::new(&self.file, 0))
    }

    /// Fails if the name stands for another file by now: then nobody would find what is written into ours.
    fn check_still_there(&self) -> Result<(), ManifestError> {
        match is_same_file(&self.file, &self.path) {
            Ok(true) => Ok(()),
            Ok(false) => Err(ManifestError::Replaced { path: self.path.clone() }),
            Err(cause) => Err(Doing::Look.failed(&self.path, cause)),
        }
    }

    fn read_failed(&self, cause: io::Error) -> ManifestError {
        Doing::Read.failed(&self.path, cause)
    }

    fn stopped(&self) -> ManifestError {
        ManifestError::Stopped { path: self.path.clone() }
    }
}

impl<S: Storage> Drop for Manifest<S> {
    fn drop(&mut self) {
        if self.created && is_empty_still(&self.file, &self.path) {
            // This removes a file. It is the one that this value has created, it holds not a single octet, and the
            // lock, which is still held, keeps every other run from writing to it. If removing fails, an empty file
            // stays, which is as good as none.
            let _ = self.storage.remove(&self.path);
        }
    }
}

/// Opens the file, creating it if there is none, and locks it. Says too whether it was created.
fn open_locked(storage: &impl Storage, path: &Path) -> Result<(File, bool), ManifestError> {
    for _ in 0..MOST_TURNS {
        let created = match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_file() => false,
            Ok(_) => return Err(ManifestError::NotAFile { path: path.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match storage.create_new(path) {
                Ok(_) => true,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(cause) => return Err(Doing::Create.failed(path, cause)),
            },
            Err(cause) => return Err(Doing::Look.failed(path, cause)),
        };
        // For writing, since some network file systems lock nothing else.
        let file = match open_options().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(cause) => return Err(Doing::Open.failed(path, cause)),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ManifestError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(cause)) => return Err(Doing::Lock.failed(path, cause)),
        }
        // A run that ended between the opening and the lock may have removed the file, and yet another may have made a
        // new one: a lock on the old one keeps nobody out.
        match is_same_file(&file, path) {
            Ok(true) => return Ok((file, created)),
            Ok(false) => {}
            Err(cause) => return Err(Doing::Look.failed(path, cause)),
        }
    }
    Err(ManifestError::InUse { path: path.to_owned() })
}

fn is_empty_still(file: &File, path: &Path) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.len() == 0) && is_same_file(file, path).unwrap_or(false)
}

fn parse_version(text: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Head {
        tayori_manifest: u64,
    }

    let head: Head = serde_json::from_slice(text).ok()?;
    (head.tayori_manifest > 0).then_some(head.tayori_manifest)
}

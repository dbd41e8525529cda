//! The list of what is here, and the mailbox of which messages come now.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tayori_proto::types::{Uid, UidSet};

use crate::cli::{Durability, Recheck};
use crate::failure::Failure;
use crate::manifest::{
    Check, Damage, Entry, Holders, Manifest, ManifestError, Moves, Present, ReadBack, Source,
};
use crate::output::storage::Disk;
use crate::output::writers::{Kept, Record};
use crate::output::{OutputError, mbox};

/// What a message in an mbox was as the server sent it.
const READ: &ReadBack = &|stored, size| mbox::message_digest(stored, size);

/// The list, and of which mailbox the messages are that come now.
pub(super) struct Ledger {
    inner: Mutex<Inner>,
    durability: Durability,
}

struct Inner {
    manifest: Manifest,
    source: Option<Source>,
    /// Files that were set aside since the list was read last.
    moves: Moves,
    /// Which message had which file when that was asked first of this mailbox.
    holders: Option<Holders>,
}

impl Ledger {
    /// Opens the list at this path, and keeps others from doing so as long as it is there.
    pub(super) fn open(path: &Path, durability: Durability) -> Result<Arc<Self>, Failure> {
        let manifest = Manifest::open(Disk, path).map_err(OutputError::from)?;
        let inner = Inner { manifest, source: None, moves: Moves::default(), holders: None };
        Ok(Arc::new(Self { inner: Mutex::new(inner), durability }))
    }

    /// The messages that are written down from now on are of this mailbox; of none, they are not written down.
    pub(super) fn turn_to(&self, source: Option<Source>) {
        let mut inner = self.lock();
        inner.source = source;
        inner.holders = None;
    }

    /// What was in the file `from` is in the file `to` now, which is durable; both are seen from the folder of the
    /// list.
    ///
    /// The list says so before it is read the next time, or when [`follow`](Self::follow) is called: looking for the
    /// messages of each file by itself would take for ever. After a crash in between they are fetched again.
    pub(super) fn set_aside(&self, from: &Path, to: &Path) -> Result<(), ManifestError> {
        let (from, to) = (relative(from), relative(to));
        let mut inner = self.lock();
        if inner.moves.contains(&from) {
            self.follow_in(&mut inner)?;
        }
        let Inner { manifest, moves, .. } = &mut *inner;
        manifest.note_move(moves, from, to)
    }

    /// Whether the list had this file as that of another message before this mailbox was turned to, or soon after.
    fn is_of_another(&self, path: &Path, uid: Uid) -> Result<bool, ManifestError> {
        let mut inner = self.lock();
        if inner.holders.is_none() {
            // Only once: what is set aside later gets names that no message is to have.
            self.follow_in(&mut inner)?;
        }
        let Inner { manifest, source, holders, .. } = &mut *inner;
        let holders = match holders {
            Some(holders) => holders,
            // The list is read only where a name is taken.
            None => holders.insert(manifest.holders(source.as_ref())?),
        };
        Ok(holders.is_of_another(path, uid))
    }

    /// Writes down what was set aside.
    pub(super) fn follow(&self) -> Result<(), ManifestError> {
        self.follow_in(&mut self.lock())
    }

    /// The files of all messages that were ever written down, and what of the list cannot be read.
    pub(super) fn files(&self) -> Result<(HashSet<PathBuf>, Damage), ManifestError> {
        self.followed()?.manifest.files()
    }

    /// Where in this mbox the last message ends that was ever written down.
    pub(super) fn end_of(&self, path: &Path) -> Result<Option<u64>, ManifestError> {
        self.followed()?.manifest.end_of(&relative(path))
    }

    /// Which messages of a mailbox are here.
    pub(super) fn present(&self, source: &Source, recheck: Recheck) -> Result<Present, ManifestError> {
        let check = match recheck {
            Recheck::Size => Check::Size,
            Recheck::Content => Check::Hash(READ),
        };
        self.followed()?.manifest.present(source, check)
    }

    /// Those of these messages whose files have every octet that was fetched. They are durable then, and so is the
    /// list: the run that fetched them may not have waited for that.
    pub(super) fn prove(&self, source: &Source, uids: &UidSet) -> Result<UidSet, ManifestError> {
        self.followed()?.manifest.prove(source, uids, READ)
    }

    /// How large the messages of a mailbox were when they were fetched.
    pub(super) fn sizes(&self, source: &Source) -> Result<HashMap<Uid, u64>, ManifestError> {
        self.followed()?.manifest.sizes(source)
    }

    fn append(&self, kept: &[(Uid, Kept)]) -> Result<(), OutputError> {
        let mut inner = self.lock();
        let Inner { manifest, source, .. } = &mut *inner;
        let Some(source) = source else { return Ok(()) };
        let entries: Vec<Entry> = kept
            .iter()
            .map(|(uid, kept)| Entry {
                uid: *uid,
                size: kept.octets,
                blake3: kept.blake3,
                file: relative(&kept.path),
                span: kept.span,
            })
            .collect();
        manifest.append(source, &entries)?;
        if self.durability == Durability::Synced {
            manifest.sync()?;
        }
        Ok(())
    }

    /// For reading: the list says where everything is.
    fn followed(&self) -> Result<MutexGuard<'_, Inner>, ManifestError> {
        let mut inner = self.lock();
        self.follow_in(&mut inner)?;
        Ok(inner)
    }

    fn follow_in(&self, inner: &mut Inner) -> Result<(), ManifestError> {
        let moves = mem::take(&mut inner.moves);
        if moves.is_empty() {
            return Ok(());
        }
        inner.manifest.follow(&moves)?;
        match self.durability {
            Durability::Synced => inner.manifest.sync(),
            Durability::Unsynced => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A thread that panicked while it appended has left a torn line at most, which the next append steps over.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record for Weak<Ledger> {
    fn record(&self, kept: &[(Uid, Kept)]) -> Result<(), OutputError> {
        // Without it the run is over and nobody hears of these messages. They count as not here; the next run finds
        // their files and adopts them.
        let Some(ledger) = self.upgrade() else { return Err(OutputError::WithOthers) };
        ledger.append(kept)
    }

    fn set_aside(&self, from: &Path, to: &Path) -> Result<(), OutputError> {
        let Some(ledger) = self.upgrade() else { return Err(OutputError::WithOthers) };
        Ok(ledger.set_aside(from, to)?)
    }

    fn is_of_another(&self, path: &Path, uid: Uid) -> Result<bool, OutputError> {
        let Some(ledger) = self.upgrade() else { return Err(OutputError::WithOthers) };
        Ok(ledger.is_of_another(path, uid)?)
    }
}

/// A path as it stands in the list. Names of ours are UTF-8.
fn relative(path: &Path) -> String {
    let levels: Vec<_> = path.components().map(|level| level.as_os_str().to_string_lossy()).collect();
    levels.join("/")
}

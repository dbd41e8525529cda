//! The list of what is here, and the mailbox of which messages come now.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tayori_proto::types::{Uid, UidSet};

use crate::cli::{Durability, Recheck};
use crate::failure::Failure;
use crate::manifest::{Check, Damage, Entry, Manifest, ManifestError, Present, ReadBack, Source};
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
}

impl Ledger {
    /// Opens the list at this path, and keeps others from doing so as long as it is there.
    pub(super) fn open(path: &Path, durability: Durability) -> Result<Arc<Self>, Failure> {
        let manifest = Manifest::open(Disk, path).map_err(OutputError::from)?;
        Ok(Arc::new(Self { inner: Mutex::new(Inner { manifest, source: None }), durability }))
    }

    /// The messages that are written down from now on are of this mailbox; of none, they are not written down.
    pub(super) fn turn_to(&self, source: Option<Source>) {
        self.lock().source = source;
    }

    /// The files of all messages that were ever written down, and what of the list cannot be read.
    pub(super) fn files(&self) -> Result<(HashSet<PathBuf>, Damage), ManifestError> {
        self.lock().manifest.files()
    }

    /// Where in this mbox the last message ends that was ever written down.
    pub(super) fn end_of(&self, path: &Path) -> Result<Option<u64>, ManifestError> {
        self.lock().manifest.end_of(&relative(path))
    }

    /// Which messages of a mailbox are here.
    pub(super) fn present(&self, source: &Source, recheck: Recheck) -> Result<Present, ManifestError> {
        let check = match recheck {
            Recheck::Size => Check::Size,
            Recheck::Content => Check::Hash(READ),
        };
        self.lock().manifest.present(source, check)
    }

    /// Those of these messages whose files have every octet that was fetched. They are durable then, and so is the list:
    /// the run that fetched them may not have waited for that.
    pub(super) fn prove(&self, source: &Source, uids: &UidSet) -> Result<UidSet, ManifestError> {
        self.lock().manifest.prove(source, uids, READ)
    }

    /// How large the messages of a mailbox were when they were fetched.
    pub(super) fn sizes(&self, source: &Source) -> Result<HashMap<Uid, u64>, ManifestError> {
        self.lock().manifest.sizes(source)
    }

    fn append(&self, kept: &[(Uid, Kept)]) -> Result<(), OutputError> {
        let mut inner = self.lock();
        let Inner { manifest, source } = &mut *inner;
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
}

/// A path as it stands in the list. Names of ours are UTF-8.
fn relative(path: &Path) -> String {
    let levels: Vec<_> = path.components().map(|level| level.as_os_str().to_string_lossy()).collect();
    levels.join("/")
}

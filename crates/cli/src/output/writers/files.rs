//! One file a message.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tayori_proto::types::Uid;

use super::{Dated, Kept, Label, Record, Settled, Writer, fail_all};
use crate::cli::Durability;
use crate::output::alike;
use crate::output::aside::set_aside;
use crate::output::file::{Finished, MailFile};
use crate::output::maildir::arrived_at;
use crate::output::parts::Parts;
use crate::output::reading::has_content;
use crate::output::storage::Storage;
use crate::output::{OutputError, Overwrite, Step, create_folder, parent};

/// Files that are settled together: enough to share what a sync costs, few enough that open files do not run out
/// (1,024 a process is common, and there are several threads).
const MOST_FILES: usize = 128;

/// Octets that are settled together.
const MOST_OCTETS: u64 = 16 << 20;

/// Where files go and what is done to those that are in the way. The same for all threads.
#[derive(Clone)]
pub(crate) struct Filing {
    /// The folder of all output.
    pub(crate) folder: PathBuf,
    pub(crate) overwrite: OverwriteRule,
    pub(crate) durability: Durability,
    pub(crate) record: Arc<dyn Record>,
}

/// What happens to a file that has the name of a message already. Asked anew for each message.
pub(crate) type OverwriteRule = Arc<dyn Fn(&Path) -> Overwrite + Send + Sync>;

/// A writer for each of the folders.
pub(crate) fn writers<S>(storage: S, filing: &Filing, parts: &Parts) -> Vec<Box<dyn Writer>>
where
    S: Storage + Clone + Send + 'static,
    S::File: Send,
{
    let given = Given::default();
    let writer = |parts: &PathBuf| -> Box<dyn Writer> {
        let files = Files::new(storage.clone(), filing.clone(), parts.clone());
        Box::new(Files { given: given.clone(), ..files })
    };
    parts.folders().iter().map(writer).collect()
}

/// Writes each message into a file of its own.
pub(crate) struct Files<S: Storage> {
    storage: S,
    filing: Filing,
    /// Where files are without a name; on the file system of the folder.
    parts: PathBuf,
    coming: Option<Coming<S>>,
    batch: Vec<Whole<S>>,
    batch_octets: u64,
    /// The folder that the last message went to, which is there then.
    there: Option<PathBuf>,
    given: Given,
}

/// The names that messages of this run have got, as digests of them; shared by the threads. Two messages can have one
/// name, and what the first has is not in the way: it is neither replaced nor set aside, nor taken for the second.
///
/// Some 16 octets a message. In pieces, so that threads seldom wait for each other.
#[derive(Clone, Default)]
struct Given(Arc<[Mutex<HashSet<u64>>; PIECES]>);

/// Many for a few threads.
const PIECES: usize = 32;

/// Whether a message is the first of this run for its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    First,
    Later,
}

impl Given {
    /// The names among which the one with this digest is. To be kept until it is settled who has the name: another
    /// message could find itself under it, be told to be there, and then be replaced by the first.
    ///
    /// Names that seem to be one and are not do no harm: what is refused then is only to take or to replace what is
    /// there.
    fn lock(&self, digest: u64) -> MutexGuard<'_, HashSet<u64>> {
        let piece = &self.0[(digest % PIECES as u64) as usize];
        piece.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Coming<S: Storage> {
    file: MailFile<S>,
    hasher: blake3::Hasher,
}

struct Whole<S: Storage> {
    file: Finished<S>,
    blake3: blake3::Hash,
    label: Label,
}

impl<S: Storage + Clone> Files<S> {
    /// `parts` must be there.
    pub(crate) fn new(storage: S, filing: Filing, parts: PathBuf) -> Self {
        let (coming, batch, there) = (None, Vec::new(), None);
        Self { storage, filing, parts, coming, batch, batch_octets: 0, there, given: Given::default() }
    }

    /// The message that is coming; created with its first octet, or at its end if it has none.
    fn coming(&mut self) -> Result<Coming<S>, OutputError> {
        match self.coming.take() {
            Some(coming) => Ok(coming),
            None => {
                let file = MailFile::create(self.storage.clone(), &self.parts)?;
                Ok(Coming { file, hasher: blake3::Hasher::new() })
            }
        }
    }

    /// Gives a message its name. What has the name already stays, or is what was to be stored.
    fn place(&mut self, whole: &mut Whole<S>) -> Result<PathBuf, OutputError> {
        let Whole { file, blake3, label } = whole;
        if let Some(known) = &label.adopt
            && self.is_there(&self.filing.folder.join(known), file.octets(), blake3)?
            && !self.filing.record.is_of_another(known, label.uid)?
        {
            return Ok(known.clone());
        }
        let first = self.place_as(file, blake3, label.uid, &label.path);
        match (first, &label.fallback) {
            (Err(OutputError::Exists { .. }), Some(fallback)) => {
                self.place_as(file, blake3, label.uid, fallback)
            }
            (first, _) => first,
        }
    }

    fn place_as(
        &mut self,
        file: &mut Finished<S>,
        blake3: &blake3::Hash,
        uid: Uid,
        name: &Path,
    ) -> Result<PathBuf, OutputError> {
        let path = self.filing.folder.join(name);
        let folder = parent(&path);
        if self.there.as_deref() != Some(folder) {
            create_folder(&self.storage, folder)?;
            self.there = Some(folder.to_owned());
        }
        let digest = alike::digest(name);
        let given = self.given.clone();
        let mut given = given.lock(digest);
        let rank = if given.contains(&digest) { Rank::Later } else { Rank::First };
        self.place_ranked(file, blake3, uid, name, rank)?;
        given.insert(digest);
        Ok(name.to_owned())
    }

    fn place_ranked(
        &self,
        file: &mut Finished<S>,
        blake3: &blake3::Hash,
        uid: Uid,
        name: &Path,
        rank: Rank,
    ) -> Result<(), OutputError> {
        let path = self.filing.folder.join(name);
        let taken = match file.place(&path, Overwrite::Refuse) {
            Err(error @ OutputError::Exists { .. }) => error,
            placed => return placed,
        };
        if rank == Rank::Later {
            return Err(taken);
        }
        // Of a run that ended before it could write down that the message is here, say. What is written down as another
        // message with the same octets stays that one's: each is told to be here, and may be removed from the server.
        if self.is_there(&path, file.octets(), blake3)? && !self.filing.record.is_of_another(name, uid)? {
            return Ok(());
        }
        match (self.filing.overwrite)(&path) {
            Overwrite::Refuse => Err(taken),
            Overwrite::Replace => file.place(&path, Overwrite::Replace),
            Overwrite::SetAside => {
                // Moves what is not what it was when it was fetched. It is not lost: it has another name then.
                let aside = set_aside(&self.storage, &path)?;
                let aside = name.with_file_name(aside.file_name().unwrap_or_default());
                self.filing.record.set_aside(name, &aside)?;
                file.place(&path, Overwrite::Refuse)
            }
        }
    }

    /// Whether this file is the message, octet for octet; durable, if that is wanted, when the answer is yes.
    fn is_there(&self, path: &Path, octets: u64, blake3: &blake3::Hash) -> Result<bool, OutputError> {
        match has_content(path, octets, blake3) {
            Ok(false) => Ok(false),
            Ok(true) => {
                if self.filing.durability == Durability::Synced {
                    let synced = self.storage.sync_file(path);
                    synced.map_err(|cause| Step::Sync.failed(path, cause))?;
                }
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            // What cannot be read cannot be compared; it is in the way then.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(false),
            Err(cause) => Err(Step::Look.failed(path, cause)),
        }
    }

    fn sync_all(&mut self) -> Result<(), OutputError> {
        self.batch.iter_mut().try_for_each(|whole| whole.file.sync())
    }

    /// Places what is on the disk, syncs the folders, and writes it all down.
    fn keep(&mut self, batch: Vec<Whole<S>>) -> Vec<Settled> {
        let mut settled = Vec::new();
        let mut kept = Vec::new();
        for mut whole in batch {
            let uid = whole.label.uid;
            whole.file.close();
            match self.place(&mut whole) {
                Ok(path) => {
                    let octets = whole.file.octets();
                    kept.push((uid, Kept { path, octets, blake3: whole.blake3, span: None }));
                }
                Err(error) => settled.push(Settled { uid, outcome: Err(error) }),
            }
        }
        let done = self.sync_folders(&kept).and_then(|()| self.filing.record.record(&kept));
        match done {
            Ok(()) => {
                settled.extend(kept.into_iter().map(|(uid, kept)| Settled { uid, outcome: Ok(kept) }));
            }
            Err(error) => settled.extend(fail_all(kept.into_iter().map(|(uid, _)| uid), error)),
        }
        settled
    }

    fn sync_folders(&self, kept: &[(Uid, Kept)]) -> Result<(), OutputError> {
        if self.filing.durability == Durability::Unsynced {
            return Ok(());
        }
        let folders: BTreeSet<PathBuf> =
            kept.iter().map(|(_, kept)| parent(&self.filing.folder.join(&kept.path)).to_owned()).collect();
        for folder in folders {
            let synced = self.storage.sync_folder(&folder);
            synced.map_err(|cause| Step::SyncFolder.failed(&folder, cause))?;
        }
        Ok(())
    }
}

impl<S> Writer for Files<S>
where
    S: Storage + Clone + Send,
    S::File: Send,
{
    fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        let mut coming = self.coming()?;
        coming.file.write(octets)?;
        coming.hasher.update(octets);
        self.coming = Some(coming);
        Ok(())
    }

    fn finish(&mut self, label: Label) -> Result<(), OutputError> {
        let Coming { file, hasher } = self.coming()?;
        let mut file = file.finish()?;
        if let (Dated::Arrival, Some(time)) = (label.dated, label.arrived) {
            file.set_modified(arrived_at(time))?;
        }
        match self.filing.durability {
            Durability::Synced => file.start_write_back(),
            Durability::Unsynced => file.close(),
        }
        self.batch_octets += file.octets();
        self.batch.push(Whole { file, blake3: hasher.finalize(), label });
        Ok(())
    }

    fn abandon(&mut self) {
        self.coming = None;
    }

    fn is_full(&self) -> bool {
        self.batch.len() >= MOST_FILES || self.batch_octets >= MOST_OCTETS
    }

    fn settle(&mut self) -> Vec<Settled> {
        if self.batch.is_empty() {
            return Vec::new();
        }
        let synced = match self.filing.durability {
            Durability::Synced => self.sync_all(),
            Durability::Unsynced => Ok(()),
        };
        self.batch_octets = 0;
        let batch = mem::take(&mut self.batch);
        match synced {
            Ok(()) => self.keep(batch),
            // What a failed sync has left on the disk nobody knows: nothing of the batch gets a name.
            Err(error) => fail_all(batch.into_iter().map(|whole| whole.label.uid), error),
        }
    }
}

//! One file for all messages of a mailbox.
//!
//! A new file gets its name when its first messages are settled; until then it lies among the files without one, so that
//! a run that is killed leaves no mbox that nobody knows. An mbox that is there is written on behind the last message
//! that the record knows. What stands behind that is of a run that was killed, if it looks like ours: it is copied into
//! a file of its own and cut off. If it does not, somebody else has put it there, and it stays.
//!
//! Between its name and the record, a new file is whole, and nobody knows it. A mark among the files without a name says
//! so: the next run sets such a file aside and begins anew.
//!
//! There is no lock on an mbox that every program heeds. A file that another program has written into meanwhile, or put
//! another in its place, is not written any more.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tayori_proto::types::{InternalDate, Uid};

use super::{Kept, Label, Record, Settled, Turn, Writer};
use crate::cli::Durability;
use crate::manifest::Span;
use crate::output::aside::{create_aside, set_aside};
use crate::output::mbox::{Quoter, separator};
use crate::output::part::Part;
use crate::output::parts::Parts;
use crate::output::reading::is_same;
use crate::output::storage::Storage;
use crate::output::{OutputError, Step, create_folder, parent};

/// Octets that are collected before they are written. Tests have small messages that are larger.
const BUFFER: usize = if cfg!(test) { 16 << 10 } else { 1 << 20 };

/// Messages that are settled together.
const MOST_MESSAGES: usize = 1_000;

/// Octets that are settled together.
const MOST_OCTETS: u64 = 64 << 20;

/// Writes all messages into one file, one behind the other.
pub(crate) struct Mbox<S: Storage> {
    storage: S,
    /// The folder of all output.
    folder: PathBuf,
    /// Where a new file is as long as it has no name.
    parts: PathBuf,
    /// Where marks are that something is not in the record.
    claims: PathBuf,
    durability: Durability,
    record: Arc<dyn Record>,
    turn: Option<Turn>,
    held: Held<S>,
    batch: Vec<(Uid, Kept)>,
}

/// The file of the mailbox.
enum Held<S: Storage> {
    /// Opened with the first octet for it.
    Closed,
    Open(Box<Open<S>>),
    /// What is in it behind the last message that is settled is not known any more. The next run finds that out.
    Failed,
}

/// The file that is written.
struct Open<S: Storage> {
    file: S::File,
    durability: Durability,
    /// Its passing name, as long as it has no other.
    part: Option<Part<S>>,
    /// The same file by its name, to see whether it still has it; none as long as it has no name.
    watch: Option<File>,
    /// Says that nothing in it is in the record.
    claim: Option<PathBuf>,
    /// Octets that are not written yet; they begin at `written` in the file.
    buffer: Vec<u8>,
    written: u64,
    /// Behind this nothing is in the file that we wrote; `>= written`. More than `written` when a message was abandoned
    /// or a write has failed.
    extent: u64,
    /// Where the last message ends that is whole; `<= written + buffer.len()`.
    end: u64,
    /// Where the last message ends that is settled; `<= end`.
    settled: u64,
    coming: Option<Coming>,
}

/// The message that is coming.
struct Coming {
    quoter: Quoter,
    hasher: blake3::Hasher,
    octets: u64,
}

impl<S: Storage + Clone> Mbox<S> {
    pub(crate) fn new(
        storage: S,
        folder: PathBuf,
        parts: &Parts,
        durability: Durability,
        record: Arc<dyn Record>,
    ) -> Self {
        let (turn, held, batch) = (None, Held::Closed, Vec::new());
        let claims = parts.root().to_owned();
        let parts = parts.folders().first().unwrap_or(&claims).clone();
        Self { storage, folder, parts, claims, durability, record, turn, held, batch }
    }

    /// The file, created or opened with the first octet for it.
    fn open(&mut self) -> Result<&mut Open<S>, OutputError> {
        if let Held::Closed = self.held {
            let turn = self.turn.clone().ok_or(OutputError::NoName { path: PathBuf::new() })?;
            let path = self.folder.join(&turn.path);
            let open = match turn.end {
                Some(end) => self.reopen(&path, end)?,
                None => self.create(&path)?,
            };
            self.held = Held::Open(Box::new(open));
        }
        match &mut self.held {
            Held::Open(open) => Ok(open),
            Held::Closed | Held::Failed => {
                let turn = self.turn.as_ref();
                let path = turn.map_or_else(|| self.folder.clone(), |turn| self.folder.join(&turn.path));
                Err(OutputError::Incomplete { path })
            }
        }
    }

    fn create(&self, path: &Path) -> Result<Open<S>, OutputError> {
        let claim = passing_name(&self.claims, path, "unrecorded");
        if fs::symlink_metadata(path).is_ok() {
            // Only a courtesy: the name is taken in one step later, which fails if somebody has it by then.
            if fs::symlink_metadata(&claim).is_err() {
                return Err(OutputError::Exists { path: path.to_owned() });
            }
            // This moves what a run of ours has named and did not come to write down. It is not lost: it has another
            // name then.
            set_aside(&self.storage, path)?;
            let _ = self.storage.remove(&claim);
        }
        let part = passing_name(&self.parts, path, "part");
        let file = self.storage.create_new(&part);
        let file = file.map_err(|cause| Step::Create.failed(&self.parts, cause))?;
        Ok(Open::new(file, Some(Part::new(self.storage.clone(), part)), 0, self.durability))
    }

    fn reopen(&self, path: &Path, end: u64) -> Result<Open<S>, OutputError> {
        let look = |cause| Step::Look.failed(path, cause);
        let metadata = fs::symlink_metadata(path).map_err(look)?;
        if !metadata.is_file() {
            return Err(OutputError::NotAFile { path: path.to_owned() });
        }
        if metadata.len() < end {
            return Err(OutputError::CutShort { path: path.to_owned(), length: metadata.len(), end });
        }
        let claim = passing_name(&self.claims, path, "unrecorded");
        if fs::symlink_metadata(&claim).is_ok() {
            // There is something in the record.
            let _ = self.storage.remove(&claim);
        }
        let mut file = self.storage.open(path).map_err(|cause| Step::Create.failed(path, cause))?;
        let mut behind = File::open(path).map_err(look)?;
        let watch = behind.try_clone().map_err(look)?;
        let length = metadata.len();
        if length > end {
            behind.seek(SeekFrom::Start(end)).map_err(look)?;
            if !is_ours(&mut behind).map_err(look)? {
                let mut open = Open { watch: Some(watch), ..Open::new(file, None, length, self.durability) };
                // A separator is one only at the begin of a line, behind an empty one.
                open.buffer.extend_from_slice(missing_padding(&mut behind, length).map_err(look)?);
                open.end += open.buffer.len() as u64;
                return Ok(open);
            }
            behind.seek(SeekFrom::Start(end)).map_err(look)?;
            self.save(path, &mut behind)?;
            // This cuts off what a run that was killed has left behind the last message that the record knows. The copy
            // of it has just been synced under a name of its own; and it never counted as kept, so the messages are on
            // the server and come again.
            let cut = self.storage.set_length(&mut file, end);
            cut.map_err(|cause| Step::Write.failed(path, cause))?;
        }
        Ok(Open { watch: Some(watch), ..Open::new(file, None, end, self.durability) })
    }

    /// Copies what is about to be cut off.
    fn save(&self, path: &Path, behind: &mut File) -> Result<(), OutputError> {
        let (aside, copy) = create_aside(&self.storage, path)?;
        self.copy(path, behind, &aside, copy).inspect_err(|_| {
            // This removes a copy that is not complete, and that was created here. Nothing was cut off.
            let _ = self.storage.remove(&aside);
        })
    }

    fn copy(&self, path: &Path, from: &mut File, to: &Path, mut copy: S::File) -> Result<(), OutputError> {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = from.read(&mut buffer).map_err(|cause| Step::Look.failed(path, cause))?;
            if read == 0 {
                break;
            }
            let written = io::Write::write_all(&mut copy, &buffer[..read]);
            written.map_err(|cause| Step::Write.failed(to, cause))?;
        }
        self.storage.sync(&mut copy).map_err(|cause| Step::Sync.failed(to, cause))?;
        let synced = self.storage.sync_folder(parent(path));
        synced.map_err(|cause| Step::SyncFolder.failed(parent(path), cause))
    }

    fn path(&self) -> PathBuf {
        self.turn.as_ref().map_or_else(|| self.folder.clone(), |turn| self.folder.join(&turn.path))
    }

    /// Makes durable what is finished, and names the file if it is new.
    fn settle_file(&mut self) -> Result<(), OutputError> {
        let path = self.path();
        let claim = passing_name(&self.claims, &path, "unrecorded");
        let storage = &self.storage;
        let Held::Open(open) = &mut self.held else { return Err(OutputError::Incomplete { path }) };
        open.flush(storage, &path)?;
        open.cut_behind(storage, &path)?;
        if self.durability == Durability::Synced {
            storage.sync(&mut open.file).map_err(|cause| Step::Sync.failed(&path, cause))?;
        }
        if open.part.is_none() {
            return open.look(&path);
        }
        create_folder(storage, parent(&path))?;
        self.claim(&claim)?;
        let Held::Open(open) = &mut self.held else { return Err(OutputError::Incomplete { path }) };
        if let Some(mut part) = open.part.take()
            && let Err(error) = part.name_new(&path)
        {
            let _ = self.storage.remove(&claim);
            return Err(error);
        }
        open.claim = Some(claim);
        open.watch = Some(File::open(&path).map_err(|cause| Step::Look.failed(&path, cause))?);
        if self.durability == Durability::Synced {
            let folder = parent(&path);
            self.storage.sync_folder(folder).map_err(|cause| Step::SyncFolder.failed(folder, cause))?;
        }
        Ok(())
    }

    /// Says that the file that is about to get its name is ours, and that nobody knows it.
    fn claim(&self, claim: &Path) -> Result<(), OutputError> {
        match self.storage.create_new(claim) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(Step::Create.failed(&self.claims, cause)),
        }
        if self.durability == Durability::Synced {
            let synced = self.storage.sync_folder(&self.claims);
            synced.map_err(|cause| Step::SyncFolder.failed(&self.claims, cause))?;
        }
        Ok(())
    }
}

/// A name among the files without one. Two mailboxes may have files of the same name in two folders.
fn passing_name(folder: &Path, path: &Path, kind: &str) -> PathBuf {
    let digest = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
    folder.join(format!(".tayori-{}.{kind}", &digest[..16]))
}

/// Whether this begins as what we write.
fn is_ours(behind: &mut File) -> io::Result<bool> {
    let ours = separator(None, InternalDate::from_unix_seconds(0));
    let known = ours.find("Thu").unwrap_or(ours.len());
    let mut begin = Vec::new();
    behind.take(known as u64).read_to_end(&mut begin)?;
    Ok(ours.as_bytes()[..known].starts_with(&begin))
}

/// What has to stand behind the last octet in front of a separator.
fn missing_padding(file: &mut File, length: u64) -> io::Result<&'static [u8]> {
    let mut last = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(2)))?;
    file.take(2).read_to_end(&mut last)?;
    Ok(match &*last {
        b"\n\n" => b"",
        [.., b'\n'] => b"\n",
        _ => b"\n\n",
    })
}

impl<S: Storage> Open<S> {
    fn new(file: S::File, part: Option<Part<S>>, end: u64, durability: Durability) -> Self {
        Self {
            file,
            durability,
            part,
            watch: None,
            claim: None,
            buffer: Vec::new(),
            written: end,
            extent: end,
            end,
            settled: end,
            coming: None,
        }
    }

    /// Whether the file still has its name, and nobody else has written into it. Whoever does so between this and a
    /// write is not seen.
    fn look(&self, path: &Path) -> Result<(), OutputError> {
        let Some(watch) = &self.watch else { return Ok(()) };
        let look = |cause| Step::Look.failed(path, cause);
        let ours = watch.metadata().map_err(look)?;
        let there = fs::symlink_metadata(path).map_err(look)?;
        if is_same(&ours, &there) && (self.written..=self.extent).contains(&there.len()) {
            return Ok(());
        }
        Err(Step::Write.failed(path, io::Error::other("another program has written it meanwhile")))
    }

    /// Cuts off what lies behind the octets that are wanted: a message that was abandoned. It was written by this thread,
    /// and never counted as kept.
    fn cut_behind(&mut self, storage: &S, path: &Path) -> Result<(), OutputError> {
        if self.extent > self.written {
            self.look(path)?;
            let cut = storage.set_length(&mut self.file, self.written);
            cut.map_err(|cause| Step::Write.failed(path, cause))?;
            self.extent = self.written;
        }
        Ok(())
    }

    fn flush(&mut self, storage: &S, path: &Path) -> Result<(), OutputError> {
        if !self.buffer.is_empty() {
            self.look(path)?;
            self.extent = self.extent.max(self.written + self.buffer.len() as u64);
            let written = storage.write_at(&mut self.file, &self.buffer, self.written);
            written.map_err(|cause| Step::Write.failed(path, cause))?;
            if self.durability == Durability::Synced {
                storage.start_write_back(&mut self.file);
            }
            self.written += self.buffer.len() as u64;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Puts the date into the separator of the message that is coming.
    fn set_date(&mut self, storage: &S, path: &Path, arrived: InternalDate) -> Result<(), OutputError> {
        let line = separator(None, arrived);
        match usize::try_from(self.end.saturating_sub(self.written)) {
            Ok(at) if self.end >= self.written => {
                if let Some(place) = self.buffer.get_mut(at..at + line.len()) {
                    place.copy_from_slice(line.as_bytes());
                }
                Ok(())
            }
            _ => {
                // The line may be half written, half in the buffer.
                self.flush(storage, path)?;
                let written = storage.write_at(&mut self.file, line.as_bytes(), self.end);
                written.map_err(|cause| Step::Write.failed(path, cause))
            }
        }
    }
}

impl<S> Writer for Mbox<S>
where
    S: Storage + Clone + Send,
    S::File: Send,
{
    fn turn_to(&mut self, turn: &Turn) -> Result<(), OutputError> {
        self.held = Held::Closed;
        self.turn = Some(turn.clone());
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        let path = self.path();
        let storage = self.storage.clone();
        let open = self.open()?;
        if open.coming.is_none() {
            // The date is known at the end; the line has the same length with any.
            let line = separator(None, InternalDate::from_unix_seconds(0));
            open.buffer.extend_from_slice(line.as_bytes());
        }
        let begin = || Coming { quoter: Quoter::new(), hasher: blake3::Hasher::new(), octets: 0 };
        let mut coming = open.coming.take().unwrap_or_else(begin);
        coming.hasher.update(octets);
        coming.octets += octets.len() as u64;
        coming.quoter.push(octets, |quoted| {
            open.buffer.extend_from_slice(quoted);
            if open.buffer.len() >= BUFFER { open.flush(&storage, &path) } else { Ok(()) }
        })?;
        open.coming = Some(coming);
        Ok(())
    }

    fn finish(&mut self, label: Label) -> Result<(), OutputError> {
        let begun = matches!(&self.held, Held::Open(open) if open.coming.is_some());
        if !begun {
            // A message without an octet is one too.
            self.write(&[])?;
        }
        let path = self.path();
        let storage = self.storage.clone();
        let open = self.open()?;
        let Some(Coming { quoter, hasher, octets }) = open.coming.take() else { return Ok(()) };
        quoter.finish(|quoted| {
            open.buffer.extend_from_slice(quoted);
            Ok::<(), OutputError>(())
        })?;
        if let Some(arrived) = label.arrived {
            open.set_date(&storage, &path, arrived)?;
        }
        let end = open.written + open.buffer.len() as u64;
        let span = Some(Span { offset: open.end, length: end - open.end });
        open.end = end;
        let kept = Kept { path: label.path, octets, blake3: hasher.finalize(), span };
        self.batch.push((label.uid, kept));
        Ok(())
    }

    fn abandon(&mut self) {
        let path = self.path();
        let Held::Open(open) = &mut self.held else { return };
        open.coming = None;
        if let Some(whole) = open.end.checked_sub(open.written) {
            // All of it is in the buffer still.
            open.buffer.truncate(usize::try_from(whole).unwrap_or(usize::MAX));
        } else {
            open.buffer.clear();
            open.written = open.end;
            // When this fails, it is done again before anything is settled.
            let _ = open.cut_behind(&self.storage, &path);
        }
    }

    fn is_full(&self) -> bool {
        let waiting = match &self.held {
            Held::Open(open) => open.end - open.settled,
            Held::Closed | Held::Failed => 0,
        };
        self.batch.len() >= MOST_MESSAGES || waiting >= MOST_OCTETS
    }

    fn settle(&mut self) -> Vec<Settled> {
        if self.batch.is_empty() {
            if matches!(&self.held, Held::Open(open) if open.part.is_some() && open.coming.is_none()) {
                // A new file in which nothing has stayed.
                self.held = Held::Closed;
            }
            return Vec::new();
        }
        // The message that is coming may stand in the file too: it lies behind the others, and cut short it is found
        // there by the next run.
        let batch = std::mem::take(&mut self.batch);
        match self.settle_file().and_then(|()| self.record.record(&batch)) {
            Ok(()) => {
                if let Held::Open(open) = &mut self.held {
                    open.settled = open.end;
                    if let Some(claim) = open.claim.take() {
                        let _ = self.storage.remove(&claim);
                    }
                }
                batch.into_iter().map(|(uid, kept)| Settled { uid, outcome: Ok(kept) }).collect()
            }
            Err(error) => {
                // What comes would lie behind messages that are told to have failed, and come again: they would be there
                // twice. Nothing is cut off, since the record may have some of them.
                self.held = Held::Failed;
                super::fail_all(batch.into_iter().map(|(uid, _)| uid), error)
            }
        }
    }
}

//! One file for all messages of a mailbox.
//!
//! A new file gets its name when its first messages are settled; until then it lies among the files without one, so that
//! a run that is killed leaves no mbox that nobody knows. An mbox that is there is written on behind the last message
//! that the record knows. What stands behind that is of a run that was killed, if it looks like ours: it is copied into
//! a file of its own and cut off. If it does not, somebody else has put it there, and it stays.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tayori_proto::types::{InternalDate, Uid};

use super::{Kept, Label, Record, Settled, Turn, Writer};
use crate::cli::Durability;
use crate::manifest::Span;
use crate::output::mbox::{Quoter, separator};
use crate::output::storage::Storage;
use crate::output::{OutputError, Step, create_folder, parent};

/// Octets that are collected before they are written.
const BUFFER: usize = 1 << 20;

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
    durability: Durability,
    record: Arc<dyn Record>,
    turn: Option<Turn>,
    file: Option<Open<S>>,
    batch: Vec<(Uid, Kept)>,
}

/// The file that is written.
struct Open<S: Storage> {
    file: S::File,
    durability: Durability,
    /// Its passing name, as long as it has no other.
    part: Option<PathBuf>,
    /// Octets that are not written yet; they begin at `written` in the file.
    buffer: Vec<u8>,
    written: u64,
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

impl<S: Storage> Mbox<S> {
    pub(crate) fn new(
        storage: S,
        folder: PathBuf,
        parts: PathBuf,
        durability: Durability,
        record: Arc<dyn Record>,
    ) -> Self {
        let (turn, file, batch) = (None, None, Vec::new());
        Self { storage, folder, parts, durability, record, turn, file, batch }
    }

    /// The file, created or opened with the first octet for it.
    fn open(&mut self) -> Result<&mut Open<S>, OutputError> {
        if self.file.is_none() {
            let turn = self.turn.clone().ok_or(OutputError::NoName { path: PathBuf::new() })?;
            let path = self.folder.join(&turn.path);
            let open = match turn.end {
                Some(end) => self.reopen(&path, end)?,
                None => self.create(&path)?,
            };
            self.file = Some(open);
        }
        self.file.as_mut().ok_or(OutputError::NoName { path: PathBuf::new() })
    }

    fn create(&self, path: &Path) -> Result<Open<S>, OutputError> {
        // Only a courtesy: the name is taken in one step later, which fails if somebody has it by then.
        if fs::symlink_metadata(path).is_ok() {
            return Err(OutputError::Exists { path: path.to_owned() });
        }
        let name = path.file_name().ok_or_else(|| OutputError::NoName { path: path.to_owned() })?;
        let mut part = std::ffi::OsString::from(".tayori-");
        part.push(name);
        part.push(".part");
        let part = self.parts.join(part);
        let file = self.storage.create_new(&part);
        let file = file.map_err(|cause| Step::Create.failed(&self.parts, cause))?;
        Ok(Open::new(file, Some(part), 0, self.durability))
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
        let mut file = self.storage.open(path).map_err(|cause| Step::Create.failed(path, cause))?;
        if metadata.len() == end {
            return Ok(Open::new(file, None, end, self.durability));
        }
        let mut behind = File::open(path).map_err(look)?;
        behind.seek(SeekFrom::Start(end)).map_err(look)?;
        if !is_ours(&mut behind).map_err(look)? {
            let mut open = Open::new(file, None, metadata.len(), self.durability);
            // A separator is one only behind an empty line, and others may not have left one.
            open.buffer.extend_from_slice(missing_end(&mut behind, metadata.len()).map_err(look)?);
            open.end += open.buffer.len() as u64;
            return Ok(open);
        }
        behind.seek(SeekFrom::Start(end)).map_err(look)?;
        self.save(path, &mut behind)?;
        // This cuts off what a run that was killed has left behind the last message that the record knows. The copy of
        // it has just been synced under a name of its own; and it never counted as kept, so the messages are on the
        // server and come again.
        let cut = self.storage.set_length(&mut file, end);
        cut.map_err(|cause| Step::Write.failed(path, cause))?;
        Ok(Open::new(file, None, end, self.durability))
    }

    /// Copies what is about to be cut off.
    fn save(&self, path: &Path, behind: &mut File) -> Result<(), OutputError>
    where
        S: Storage,
    {
        let look = |cause| Step::Look.failed(path, cause);
        for number in 1_u32.. {
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(format!(".aside-{number}"));
            let aside = path.with_file_name(name);
            let mut copy = match self.storage.create_new(&aside) {
                Ok(copy) => copy,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(cause) => return Err(Step::Create.failed(parent(path), cause)),
            };
            let mut buffer = vec![0; 64 << 10];
            loop {
                let read = behind.read(&mut buffer).map_err(look)?;
                if read == 0 {
                    break;
                }
                let written = io::Write::write_all(&mut copy, &buffer[..read]);
                written.map_err(|cause| Step::Write.failed(&aside, cause))?;
            }
            self.storage.sync(&mut copy).map_err(|cause| Step::Sync.failed(&aside, cause))?;
            let synced = self.storage.sync_folder(parent(path));
            return synced.map_err(|cause| Step::SyncFolder.failed(parent(path), cause));
        }
        Ok(())
    }

    fn path(&self) -> PathBuf {
        self.turn.as_ref().map_or_else(|| self.folder.clone(), |turn| self.folder.join(&turn.path))
    }

    /// Makes durable what is finished, and names the file if it is new.
    fn settle_file(&mut self) -> Result<(), OutputError> {
        let path = self.path();
        let durability = self.durability;
        let storage = &self.storage;
        let Some(open) = self.file.as_mut() else { return Ok(()) };
        open.flush(storage, &path)?;
        if durability == Durability::Synced {
            storage.sync(&mut open.file).map_err(|cause| Step::Sync.failed(&path, cause))?;
        }
        let Some(part) = &open.part else { return Ok(()) };
        create_folder(storage, parent(&path))?;
        name_new(storage, part, &path)?;
        open.part = None;
        if durability == Durability::Synced {
            let folder = parent(&path);
            storage.sync_folder(folder).map_err(|cause| Step::SyncFolder.failed(folder, cause))?;
        }
        Ok(())
    }
}

/// Gives the file its name, in one step that fails when it is taken.
fn name_new(storage: &impl Storage, part: &Path, path: &Path) -> Result<(), OutputError> {
    let named = match storage.rename_exclusive(part, path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput) => {
            storage.hard_link(part, path).map(|()| {
                // Removes the passing name; the link that has just succeeded proves that the file has its own.
                let _ = storage.remove(part);
            })
        }
        named => named,
    };
    named.map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => OutputError::Exists { path: path.to_owned() },
        _ => Step::Name.failed(path, cause),
    })
}

/// Whether this begins as what we write.
fn is_ours(behind: &mut File) -> io::Result<bool> {
    let ours = separator(None, InternalDate::from_unix_seconds(0));
    let known = ours.find("Thu").unwrap_or(ours.len());
    let mut begin = Vec::new();
    behind.take(known as u64).read_to_end(&mut begin)?;
    Ok(ours.as_bytes()[..known].starts_with(&begin))
}

/// What has to stand behind a file of this length so that it ends in an empty line.
fn missing_end(file: &mut File, length: u64) -> io::Result<&'static [u8]> {
    let mut last = [0; 2];
    file.seek(SeekFrom::Start(length.saturating_sub(2)))?;
    file.read_exact(&mut last)?;
    Ok(match last {
        [b'\n', b'\n'] => b"",
        [_, b'\n'] => b"\n",
        _ => b"\n\n",
    })
}

impl<S: Storage> Open<S> {
    fn new(file: S::File, part: Option<PathBuf>, end: u64, durability: Durability) -> Self {
        Self { file, durability, part, buffer: Vec::new(), written: end, end, settled: end, coming: None }
    }

    fn flush(&mut self, storage: &S, path: &Path) -> Result<(), OutputError> {
        if !self.buffer.is_empty() {
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
        self.file = None;
        self.turn = Some(turn.clone());
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        let path = self.path();
        let storage = self.storage.clone();
        let open = self.open()?;
        let mut coming = match open.coming.take() {
            Some(coming) => coming,
            None => {
                // The date is known at the end; the line has the same length with any.
                let line = separator(None, InternalDate::from_unix_seconds(0));
                open.buffer.extend_from_slice(line.as_bytes());
                Coming { quoter: Quoter::new(), hasher: blake3::Hasher::new(), octets: 0 }
            }
        };
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
        let begun = self.file.as_ref().is_some_and(|open| open.coming.is_some());
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
        let storage = self.storage.clone();
        let Some(open) = self.file.as_mut() else { return };
        // After a failure nothing is coming any more, and what had come may be there all the same: whatever stands
        // behind the end goes.
        open.coming = None;
        if open.end >= open.written {
            // All of it is in the buffer still.
            let whole = usize::try_from(open.end - open.written).unwrap_or(0);
            open.buffer.truncate(whole);
        } else {
            open.buffer.clear();
            open.written = open.end;
            // This cuts off what has come of a message that is not wanted, behind the last that is whole. It was
            // written by this thread a moment ago, and never counted as kept. If it fails, the next message is written
            // over it, or the next run finds it behind what the record knows.
            let _ = storage.set_length(&mut open.file, open.end);
        }
    }

    fn is_full(&self) -> bool {
        let waiting = |open: &Open<S>| open.end - open.settled;
        self.batch.len() >= MOST_MESSAGES || self.file.as_ref().map_or(0, waiting) >= MOST_OCTETS
    }

    fn settle(&mut self) -> Vec<Settled> {
        if self.batch.is_empty() {
            return Vec::new();
        }
        // The message that is coming may stand in the file too: it lies behind the others, and cut short it is found
        // there by the next run.
        let batch = std::mem::take(&mut self.batch);
        match self.settle_file().and_then(|()| self.record.record(&batch)) {
            Ok(()) => {
                if let Some(open) = self.file.as_mut() {
                    open.settled = open.end;
                }
                batch.into_iter().map(|(uid, kept)| Settled { uid, outcome: Ok(kept) }).collect()
            }
            Err(error) => super::fail_all(batch.into_iter().map(|(uid, _)| uid), error),
        }
    }
}

impl<S: Storage> Drop for Mbox<S> {
    fn drop(&mut self) {
        if let Some(part) = self.file.take().and_then(|open| open.part) {
            // This removes a new file that never got its name: none of its messages was settled, so all of them are
            // on the server.
            let _ = self.storage.remove(&part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::faults::{Fault, Faulty, Naming};
    use crate::output::writers::{Dated, NoRecord};
    use tayori_proto::types::Uid;

    fn label(uid: u32) -> Label {
        let uid = Uid::new(uid).unwrap();
        Label { uid, path: "x.mbox".into(), fallback: None, adopt: None, arrived: None, dated: Dated::Now }
    }

    /// Otherwise the next message would begin with what came of it, in the file and in the record.
    #[test]
    fn a_message_that_could_not_be_written_leaves_nothing() {
        for written in [0, BUFFER] {
            let folder = tempfile::tempdir().unwrap();
            let storage = Faulty::new(Naming::Exclusive, usize::MAX, Fault::Kill);
            let path = || folder.path().to_owned();
            let mut mbox =
                Mbox::new(storage.clone(), path(), path(), Durability::Unsynced, Arc::new(NoRecord));
            mbox.turn_to(&Turn { path: "x.mbox".into(), end: None }).unwrap();
            mbox.write(b"one\n").unwrap();
            mbox.finish(label(1)).unwrap();
            mbox.write(&vec![b'x'; written]).unwrap();
            storage.set_room(0);
            mbox.write(&vec![b'x'; BUFFER]).unwrap_err();
            mbox.abandon();
            storage.set_room(u64::MAX);
            mbox.write(b"two\n").unwrap();
            mbox.finish(label(2)).unwrap();
            let settled = mbox.settle();
            let text = fs::read_to_string(folder.path().join("x.mbox")).unwrap();
            let messages: Vec<&str> = settled
                .iter()
                .map(|settled| settled.outcome.as_ref().unwrap().span.unwrap())
                .map(|span| &text[span.offset as usize..(span.offset + span.length) as usize])
                .collect();
            assert_eq!(messages.concat(), text);
            for (message, content) in messages.iter().zip(["one\n\n", "two\n\n"]) {
                let (separator, rest) = message.split_once('\n').unwrap();
                assert!(separator.starts_with("From "), "{separator}");
                assert_eq!(rest, content);
            }
        }
    }
}

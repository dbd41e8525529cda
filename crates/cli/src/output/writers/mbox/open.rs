//! An mbox while it is written: what is in the file, what is still in the buffer, and where messages end.
//!
//! ```text
//!         settled          end       written     extent
//! ───────────┴──────────────┴───────────┴───────────┘       the file
//!                                       └── buffer ──────── to be written here
//! ```
//!
//! `end` may also lie in the buffer.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use tayori_proto::types::InternalDate;

use super::claim::Claim;
use crate::cli::Durability;
use crate::manifest::Span;
use crate::output::mbox::{Quoter, separator};
use crate::output::part::Part;
use crate::output::reading::is_same;
use crate::output::storage::Storage;
use crate::output::writers::Kept;
use crate::output::{OutputError, Step, create_folder, parent};

/// Octets that are collected before they are written. Tests have small messages that are larger.
const BUFFER: usize = if cfg!(test) { 16 << 10 } else { 1 << 20 };

/// The file that is written. Dropped before it has its name, it leaves nothing behind.
pub(super) struct Open<S: Storage> {
    storage: S,
    durability: Durability,
    path: PathBuf,
    name: Name<S>,
    /// Whether the name is known to be durable. That of a file that was there need not be: the run that made it may not
    /// have synced.
    name_is_durable: bool,
    file: S::File,
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

/// Which name the file has.
pub(super) enum Name<S: Storage> {
    Passing {
        part: Part<S>,
        claim: Claim,
    },
    Final {
        /// The same file by its name, to see whether it still has it.
        watch: File,
        /// There as long as nothing in the file is in the record.
        claim: Option<Claim>,
    },
}

/// The message that is coming.
struct Coming {
    quoter: Quoter,
    hasher: blake3::Hasher,
    octets: u64,
}

impl<S: Storage> Open<S> {
    /// What is written comes at `end`, where the file ends.
    pub(super) fn new(
        storage: S,
        durability: Durability,
        path: PathBuf,
        name: Name<S>,
        file: S::File,
        end: u64,
    ) -> Self {
        let (buffer, coming, name_is_durable) = (Vec::new(), None, false);
        let (written, extent, settled) = (end, end, end);
        Self {
            storage,
            durability,
            path,
            name,
            name_is_durable,
            file,
            buffer,
            written,
            extent,
            end,
            settled,
            coming,
        }
    }

    /// Puts octets in front of the first message that belong to none.
    pub(super) fn pad(&mut self, padding: &[u8]) {
        self.buffer.extend_from_slice(padding);
        self.end += padding.len() as u64;
    }

    /// Octets of the message that is coming.
    pub(super) fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        let mut coming = self.coming();
        coming.hasher.update(octets);
        coming.octets += octets.len() as u64;
        coming.quoter.push(octets, |quoted| {
            self.buffer.extend_from_slice(quoted);
            if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
        })?;
        self.coming = Some(coming);
        Ok(())
    }

    /// The end of the message, which is to be known by this path. A message without an octet is one too.
    pub(super) fn finish(
        &mut self,
        path: PathBuf,
        arrived: Option<InternalDate>,
    ) -> Result<Kept, OutputError> {
        let Coming { quoter, hasher, octets } = self.coming();
        quoter.finish(|quoted| {
            self.buffer.extend_from_slice(quoted);
            Ok::<(), OutputError>(())
        })?;
        if let Some(arrived) = arrived {
            self.set_date(arrived)?;
        }
        let end = self.written + self.buffer.len() as u64;
        let span = Span { offset: self.end, length: end - self.end };
        self.end = end;
        Ok(Kept { path, octets, blake3: hasher.finalize(), span: Some(span) })
    }

    /// What has come of the message is thrown away.
    pub(super) fn abandon(&mut self) {
        self.coming = None;
        if let Some(whole) = self.end.checked_sub(self.written) {
            // All of it is in the buffer still.
            self.buffer.truncate(usize::try_from(whole).unwrap_or(usize::MAX));
        } else {
            self.buffer.clear();
            self.written = self.end;
            // When this fails, it is done again before anything is settled.
            let _ = self.cut_behind();
        }
    }

    /// Makes durable what is finished, and names the file if it is new.
    pub(super) fn make_durable(&mut self) -> Result<(), OutputError> {
        self.flush()?;
        self.cut_behind()?;
        if self.durability == Durability::Synced {
            self.storage.sync(&mut self.file).map_err(|cause| Step::Sync.failed(&self.path, cause))?;
        }
        self.give_name()?;
        if self.durability == Durability::Synced && !self.name_is_durable {
            let folder = parent(&self.path);
            self.storage.sync_folder(folder).map_err(|cause| Step::SyncFolder.failed(folder, cause))?;
            self.name_is_durable = true;
        }
        self.look()
    }

    /// What is finished is durable and in the record.
    pub(super) fn settled(&mut self) {
        self.settled = self.end;
        if let Name::Final { claim, .. } = &mut self.name
            && let Some(claim) = claim.take()
        {
            claim.remove(&self.storage);
        }
    }

    pub(super) fn unsettled_octets(&self) -> u64 {
        self.end - self.settled
    }

    /// Whether the file has no name yet, and no message is coming.
    pub(super) fn is_new_and_idle(&self) -> bool {
        matches!(self.name, Name::Passing { .. }) && self.coming.is_none()
    }

    /// The message that is coming; it begins with its separator.
    fn coming(&mut self) -> Coming {
        self.coming.take().unwrap_or_else(|| {
            // The date is known at the end; the line has the same length with any.
            let line = separator(None, InternalDate::from_unix_seconds(0));
            self.buffer.extend_from_slice(line.as_bytes());
            Coming { quoter: Quoter::new(), hasher: blake3::Hasher::new(), octets: 0 }
        })
    }

    /// Puts the date into the separator of the message that is coming.
    fn set_date(&mut self, arrived: InternalDate) -> Result<(), OutputError> {
        let line = separator(None, arrived);
        let Some(at) = self.end.checked_sub(self.written) else {
            // The line may be half written, half in the buffer.
            self.flush()?;
            let written = self.storage.write_at(&mut self.file, line.as_bytes(), self.end);
            return written.map_err(|cause| Step::Write.failed(&self.path, cause));
        };
        let place = usize::try_from(at).ok().and_then(|at| self.buffer.get_mut(at..at + line.len()));
        if let Some(place) = place {
            place.copy_from_slice(line.as_bytes());
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OutputError> {
        if !self.buffer.is_empty() {
            self.look()?;
            self.extent = self.extent.max(self.written + self.buffer.len() as u64);
            let written = self.storage.write_at(&mut self.file, &self.buffer, self.written);
            written.map_err(|cause| Step::Write.failed(&self.path, cause))?;
            if self.durability == Durability::Synced {
                self.storage.start_write_back(&mut self.file);
            }
            self.written += self.buffer.len() as u64;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Cuts off what lies behind the octets that are wanted: a message that was abandoned. It was written by this
    /// thread, and never counted as kept.
    fn cut_behind(&mut self) -> Result<(), OutputError> {
        if self.extent > self.written {
            self.look()?;
            let cut = self.storage.set_length(&mut self.file, self.written);
            cut.map_err(|cause| Step::Write.failed(&self.path, cause))?;
            self.extent = self.written;
        }
        Ok(())
    }

    /// Gives the file its name, marked as one that is not in the record, if it is new.
    fn give_name(&mut self) -> Result<(), OutputError> {
        let Name::Passing { part, claim } = &mut self.name else { return Ok(()) };
        let folder = parent(&self.path);
        create_folder(&self.storage, folder)?;
        // Opened while nobody else knows of it, so that a file that is put in its place is not taken for it.
        let watch = File::open(part.path()).map_err(|cause| Step::Look.failed(part.path(), cause))?;
        claim.set(&self.storage, self.durability)?;
        if let Err(error) = part.name_new(&self.path) {
            claim.remove(&self.storage);
            return Err(error);
        }
        self.name = Name::Final { watch, claim: Some(claim.clone()) };
        Ok(())
    }

    /// Fails if the file has lost its name, or somebody else has written into it. Whoever does so between this and a
    /// write is not seen.
    fn look(&self) -> Result<(), OutputError> {
        let Name::Final { watch, .. } = &self.name else { return Ok(()) };
        let look = |cause| Step::Look.failed(&self.path, cause);
        let ours = watch.metadata().map_err(look)?;
        let there = fs::symlink_metadata(&self.path).map_err(look)?;
        if is_same(&ours, &there) && (self.written..=self.extent).contains(&there.len()) {
            return Ok(());
        }
        Err(Step::Write.failed(&self.path, written_meanwhile()))
    }
}

pub(super) fn written_meanwhile() -> io::Error {
    io::Error::other("another program has written it meanwhile")
}

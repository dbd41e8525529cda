//! One file for all messages of a mailbox.
//!
//! A new file gets its name when its first messages are settled; until then it lies among the files without one, so
//! that a run that is killed leaves no mbox that nobody knows. An mbox that is there is written on behind the last
//! message that the record knows. What stands behind that is of a run that was killed, if it looks like ours: it is
//! copied into a file of its own and cut off. If it does not, somebody else has put it there, and it stays.
//!
//! Between its name and the record, a new file is whole, and nobody knows it. A mark among the files without a name
//! says so: the next run sets such a file aside and begins anew.
//!
//! There is no lock on an mbox that every program heeds. A file that another program has written into meanwhile, or put
//! another in its place, is not written any more.
//!
//! - this file: when the file is opened, settled and let go
//! - [`open`]: the file while it is written
//! - [`earlier`]: what an earlier run, or another program, has left in it
//! - [`claim`]: the mark that a file is not in the record

mod claim;
mod earlier;
mod open;

use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tayori_proto::types::Uid;

use super::{Kept, Label, Record, Settled, Turn, Writer, fail_all};
use crate::cli::Durability;
use crate::output::OutputError;
use crate::output::parts::Parts;
use crate::output::storage::Storage;
use open::Open;

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
        let path = self.path();
        if let Held::Closed = self.held {
            let turn = self.turn.as_ref().ok_or(OutputError::NoName { path: PathBuf::new() })?;
            let open = match turn.end {
                Some(end) => self.reopen(&path, end, turn.behind)?,
                None => self.create(&path)?,
            };
            self.held = Held::Open(Box::new(open));
        }
        match &mut self.held {
            Held::Open(open) => Ok(open),
            Held::Closed | Held::Failed => Err(OutputError::Incomplete { path }),
        }
    }

    /// Makes what is finished durable, under the name of the file.
    fn make_durable(&mut self) -> Result<(), OutputError> {
        match &mut self.held {
            Held::Open(open) => open.make_durable(),
            Held::Closed | Held::Failed => Err(OutputError::Incomplete { path: self.path() }),
        }
    }

    fn path(&self) -> PathBuf {
        self.turn.as_ref().map_or_else(|| self.folder.clone(), |turn| self.folder.join(&turn.path))
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
        self.open()?.write(octets)
    }

    fn finish(&mut self, label: Label) -> Result<(), OutputError> {
        let Label { uid, path, arrived, .. } = label;
        let kept = self.open()?.finish(path, arrived)?;
        self.batch.push((uid, kept));
        Ok(())
    }

    fn abandon(&mut self) {
        if let Held::Open(open) = &mut self.held {
            open.abandon();
        }
    }

    fn is_full(&self) -> bool {
        let waiting = match &self.held {
            Held::Open(open) => open.unsettled_octets(),
            Held::Closed | Held::Failed => 0,
        };
        self.batch.len() >= MOST_MESSAGES || waiting >= MOST_OCTETS
    }

    fn settle(&mut self) -> Vec<Settled> {
        if self.batch.is_empty() {
            if matches!(&self.held, Held::Open(open) if open.is_new_and_idle()) {
                // A new file in which nothing has stayed.
                self.held = Held::Closed;
            }
            return Vec::new();
        }
        // The message that is coming may stand in the file too: it lies behind the others, and cut short it is found
        // there by the next run.
        let batch = mem::take(&mut self.batch);
        match self.make_durable().and_then(|()| self.record.record(&batch)) {
            Ok(()) => {
                if let Held::Open(open) = &mut self.held {
                    open.settled();
                }
                batch.into_iter().map(|(uid, kept)| Settled { uid, outcome: Ok(kept) }).collect()
            }
            Err(error) => {
                // What comes would lie behind messages that are told to have failed, and come again: they would be
                // there twice. Nothing is cut off, since the record may have some of them.
                self.held = Held::Failed;
                fail_all(batch.into_iter().map(|(uid, _)| uid), error)
            }
        }
    }
}

/// A name among the files without one. Two mailboxes may have files of the same name in two folders.
fn passing_name(folder: &Path, path: &Path, kind: &str) -> PathBuf {
    let digest = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
    folder.join(format!(".tayori-{}.{kind}", &digest[..16]))
}

//! Files that were set aside: what is in them goes with them.
//!
//! A file that gets another name so that its own is free holds messages all the same, perhaps the only copies. Their
//! last lines name a file that is another one now, or none. So lines with the new name are appended. They are collected
//! first, and found in one pass: with `--force` every file of a mailbox may be set aside.

use std::collections::HashMap;

use super::error::{Doing, ManifestError};
use super::line;
use super::lines::{Line, Lines};
use super::reuse::Names;
use super::{Manifest, Writer};
use crate::output::reading::ReadAt;
use crate::output::storage::Storage;

/// Octets of lines that are written at once.
const PIECE: usize = 1 << 20;

/// Files that have another name since, and are not followed yet. Memory is that of the names.
#[derive(Debug, Default)]
pub(crate) struct Moves(HashMap<String, Move>);

#[derive(Debug)]
struct Move {
    to: String,
    /// Only lines in front of this are about the file; what was recorded under its old name since is another one.
    end: u64,
}

impl Moves {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a file of this name was set aside.
    pub(crate) fn contains(&self, file: &str) -> bool {
        self.0.contains_key(file)
    }
}

impl<S: Storage> Manifest<S> {
    /// Takes down that the file `from`, as it stands in the lines so far, has the name `to` now, and that it is
    /// durable. Both are relative to the folder, with `/`; `from` is not in `moves` yet.
    ///
    /// # Errors
    ///
    /// When the manifest cannot be looked at; then nothing is taken down.
    pub(crate) fn note_move(&self, moves: &mut Moves, from: String, to: String) -> Result<(), ManifestError> {
        let metadata = self.file.metadata();
        let end = metadata.map_err(|cause| Doing::Look.failed(&self.path, cause))?.len();
        moves.0.insert(from, Move { to, end });
        Ok(())
    }

    /// Adds a line with the new name for each message, of any source, whose last line names one of the files, in the
    /// order of those lines. One that has been recorded elsewhere since stays there.
    ///
    /// The manifest is read twice, line by line. Memory is some 48 octets a message in these files.
    ///
    /// # Errors
    ///
    /// When the manifest cannot be read or written; the lines that got to the disk are good, and the others are as if a
    /// crash had come in between.
    pub(crate) fn follow(&mut self, moves: &Moves) -> Result<(), ManifestError> {
        if moves.is_empty() {
            return Ok(());
        }
        if let Writer::Failed = self.writer {
            return Err(self.stopped());
        }
        // By message: where its last line begins, if that names one of the files.
        let mut last: HashMap<u64, u64> = HashMap::new();
        let mut names = Names::default();
        self.for_each(|begin, record| match moves.0.get(&*record.file) {
            Some(to) if begin < to.end => {
                names.see(begin, &record);
                last.insert(record.message(), begin);
            }
            _ if last.is_empty() => {}
            _ => drop(last.remove(&record.message())),
        })?;
        let mut wanted: Vec<u64> = last.into_values().collect();
        wanted.sort_unstable();
        let mut wanted = wanted.into_iter().peekable();
        // Lines are appended meanwhile, behind all that are wanted.
        let file = self.file.try_clone().map_err(|cause| self.read_failed(cause))?;
        let mut lines = Lines::new(ReadAt::new(&file, 0));
        let mut text = Vec::new();
        while wanted.peek().is_some()
            && let Some(Line { begin, text: line, .. }) =
                lines.next().map_err(|cause| self.read_failed(cause))?
        {
            if wanted.next_if_eq(&begin).is_some()
                && let Some(Ok(record)) = line.map(line::parse)
                && let Some(Move { to, .. }) = moves.0.get(&*record.file)
                && !names.is_of_former_file(begin, &record)
            {
                let (source, entry) = record.moved_to(to);
                self.encode(&mut text, &source, &entry)?;
            }
            if text.len() >= PIECE {
                self.append_lines(std::mem::take(&mut text))?;
            }
        }
        self.append_lines(text)
    }
}

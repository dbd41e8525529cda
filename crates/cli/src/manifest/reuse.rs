//! Names that were given again: the file of that name holds what was recorded last.
//!
//! When a file is set aside, lines say where it is ([`moves`](super::moves)). A crash in between leaves none. Then the
//! last line of a message may name a file that was another message's from the beginning: it is not altered, and not to
//! be moved.

use std::collections::HashMap;

use super::line::Record;
use crate::digest::short;

/// What the lines so far say of each name. Memory is some 32 octets a name.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By the digest of the name of a file: that of the message in it.
    files: HashMap<u64, u64>,
    /// By the digest of the name of an mbox.
    mboxes: HashMap<u64, Grown>,
}

/// An mbox of which messages were recorded one behind the other.
#[derive(Clone, Copy, Debug, Default)]
struct Grown {
    /// Where the last one ends.
    end: u64,
    /// Where the line of the first one begins.
    since: u64,
}

impl Names {
    /// Takes note of a line, which begins at `begin`; lines come in their order.
    pub(super) fn see(&mut self, begin: u64, record: &Record<'_>) {
        let name = digest(record);
        match record.span {
            None => drop(self.files.insert(name, short(&record.blake3))),
            Some(span) => {
                let grown = self.mboxes.entry(name).or_default();
                // What comes in front of the last message is not of the same file.
                if span.offset < grown.end {
                    grown.since = begin;
                }
                grown.end = span.end().unwrap_or(u64::MAX);
            }
        }
    }

    /// Whether the name was given to another file after this line. One with the same message in it is as good.
    pub(super) fn is_of_former_file(&self, begin: u64, record: &Record<'_>) -> bool {
        let name = digest(record);
        match record.span {
            None => self.files.get(&name).is_some_and(|last| *last != short(&record.blake3)),
            Some(_) => self.mboxes.get(&name).is_some_and(|grown| begin < grown.since),
        }
    }
}

fn digest(record: &Record<'_>) -> u64 {
    short(&blake3::hash(record.file.as_bytes()))
}

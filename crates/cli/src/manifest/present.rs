//! Which messages of a source are there, as recorded and as found.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::path::PathBuf;

use tayori_proto::types::{Uid, UidSet};

use super::Manifest;
use super::error::ManifestError;
use super::line::{self, Flaw, Record, Source, Span};
use super::lines::Line;
use super::look::{Looker, Verdict};
use super::reuse::Names;
use crate::output::aside::is_aside_of;
use crate::output::storage::Storage;

/// How many unreadable lines are told one by one.
const MOST_TOLD: usize = 10;

/// How closely files are looked at.
#[derive(Clone, Copy)]
pub(crate) enum Check<'a> {
    /// The size must be right. In an mbox, a message must begin at the place, and the file be long enough.
    Size,
    /// The content must have its hash too; this reads every file. What a message in an mbox was as the server sent it
    /// is found out by this function.
    Hash(&'a ReadBack),
}

/// Gets the octets of one message in an mbox, from its `From ` line on, and its size as the server sent it; returns the
/// hash of what the server sent. `InvalidData` and `UnexpectedEof` say that it is no such message.
pub(crate) type ReadBack = dyn Fn(&mut dyn Read, u64) -> io::Result<blake3::Hash>;

/// What has become of the messages of one source. Each UID of the manifest is in one of the three.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Present {
    /// There, and as recorded.
    pub(crate) complete: UidSet,
    /// Recorded, but the file is gone, or one of another message has its name.
    pub(crate) absent: UidSet,
    /// Recorded, but something else lies there.
    pub(crate) altered: Vec<Altered>,
    /// Lines, of any source, that could not be read. Their messages count as not there.
    pub(crate) damage: Damage,
}

/// A message whose file is not what was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Altered {
    pub(crate) uid: Uid,
    /// Where it lies now.
    pub(crate) path: PathBuf,
    pub(crate) found: Found,
}

/// What lies in the place of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A file of another size, in octets. Of an mbox: one that ends before the message does.
    Size(u64),
    /// A file of the right size with other content.
    Content,
    /// An mbox in which no message begins at that place.
    NoMessage,
    /// A folder, a link, a pipe, or a way through a link. Nothing behind a link is looked at.
    NotAFile,
}

/// Lines that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Damage {
    pub(crate) lines: u64,
    /// The numbers of the first few, from 1, and why.
    pub(crate) first: Vec<(u64, Flaw)>,
}

impl<S: Storage> Manifest<S> {
    /// Looks at the file of every message of `source`.
    ///
    /// The manifest is read twice, line by line: first for the last line of each message, then for its file. Memory is
    /// some 40 octets a message, as much for each name in the manifest, and for each Maildir in which a recorded name
    /// is gone, its names.
    ///
    /// # Errors
    ///
    /// When the manifest or a file cannot be read, or not be looked at. A file that cannot be read is not taken for
    /// one that is gone.
    pub(crate) fn present(&self, source: &Source, check: Check<'_>) -> Result<Present, ManifestError> {
        self.look(source, |_| true, check, drop)
    }

    /// The same for the messages that are wanted; the files of others are not looked at. `complete_in` hears in which
    /// file each lies that is there.
    pub(super) fn look(
        &self,
        source: &Source,
        is_wanted: impl Fn(Uid) -> bool,
        check: Check<'_>,
        mut complete_in: impl FnMut(PathBuf),
    ) -> Result<Present, ManifestError> {
        let mut last: HashMap<Uid, u64> = HashMap::new();
        let mut names = Names::default();
        let damage = self.for_each(|begin, record| {
            names.see(begin, &record);
            if record.is_of(source) && is_wanted(record.uid) {
                last.insert(record.uid, begin);
            }
        })?;
        let mut last: Vec<u64> = last.into_values().collect();
        last.sort_unstable();
        let mut looker = Looker::new(self.folder(), check);
        let (mut complete, mut absent, mut altered) = (Vec::new(), Vec::new(), Vec::new());
        let mut wanted = last.into_iter().peekable();
        let mut lines = self.lines();
        while let Some(Line { begin, text, .. }) = lines.next().map_err(|cause| self.read_failed(cause))? {
            // What was readable a moment ago still is, since the lock keeps others from writing.
            if wanted.next_if_eq(&begin).is_some()
                && let Some(Ok(record)) = text.map(line::parse)
            {
                let uid = record.uid;
                if names.is_of_former_file(begin, &record) {
                    absent.push(uid);
                    continue;
                }
                match looker.look(&record)? {
                    Verdict::Complete(path) => {
                        complete.push(uid);
                        complete_in(path);
                    }
                    Verdict::Absent => absent.push(uid),
                    Verdict::Altered(path, found) => altered.push(Altered { uid, path, found }),
                }
            }
        }
        // Collected at the end: putting numbers that do not ascend into a set one by one is quadratic.
        Ok(Present {
            complete: complete.into_iter().collect(),
            absent: absent.into_iter().collect(),
            altered,
            damage,
        })
    }

    /// How large each message of a mailbox was, by the last line about it. Memory is 16 octets a message.
    pub(crate) fn sizes(&self, source: &Source) -> Result<HashMap<Uid, u64>, ManifestError> {
        let mut sizes = HashMap::new();
        self.for_each(|_, record| {
            if record.is_of(source) {
                sizes.insert(record.uid, record.size);
            }
        })?;
        Ok(sizes)
    }

    /// The files of all messages of all sources, as far as their lines can be read. Memory is that of the names.
    pub(crate) fn files(&self) -> Result<(HashSet<PathBuf>, Damage), ManifestError> {
        let mut files = HashSet::new();
        let damage = self.for_each(|_, record| {
            files.insert(self.folder().join(&*record.file));
        })?;
        Ok((files, damage))
    }

    /// Where the last message in this mbox ends, of any source; none if nothing was recorded in it since a file of its
    /// name was set aside. If the file ends elsewhere, something else has written to it.
    pub(crate) fn end_of(&self, file: &str) -> Result<Option<u64>, ManifestError> {
        let mut last = None;
        self.for_each(|_, record| {
            if record.file == file {
                // Messages come one behind the other; one that comes before those above it is of a new file.
                last = record.span.and_then(Span::end);
            } else if is_aside_of(&record.file, file) {
                last = None;
            }
        })?;
        Ok(last)
    }

    /// Calls `visit` with every readable line and the octets in front of it; tells of the others.
    pub(super) fn for_each(&self, mut visit: impl FnMut(u64, Record<'_>)) -> Result<Damage, ManifestError> {
        let mut damage = Damage::default();
        let mut lines = self.lines();
        while let Some(line) = lines.next().map_err(|cause| self.read_failed(cause))? {
            let Line { number, begin, text, ended } = line;
            // The first line is the version.
            if number == 1 || text.is_some_and(|text| text.trim_ascii().is_empty()) {
                continue;
            }
            match text.ok_or(Flaw::TooLong).and_then(line::parse) {
                Ok(record) => visit(begin, record),
                // A last line without an end is what a crash leaves: nothing to worry about.
                Err(_) if !ended => {}
                Err(flaw) => damage.add(number, flaw),
            }
        }
        Ok(damage)
    }
}

impl Damage {
    fn add(&mut self, line: u64, flaw: Flaw) {
        self.lines += 1;
        if self.first.len() < MOST_TOLD {
            self.first.push((line, flaw));
        }
    }
}

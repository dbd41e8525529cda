//! Which messages of a source are there, as recorded and as found.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use tayori_proto::types::{Uid, UidSet};

use super::Manifest;
use super::error::{Doing, ManifestError};
use super::line::{self, Flaw, Record, Source, Span};
use super::lines::{Line, MOST_LINE};
use super::maildir::{FOLDERS, Index, Place};
use crate::output::reading::{ReadAt, hash_file, open_options};
use crate::output::storage::Storage;

/// How many unreadable lines are told one by one.
const MOST_TOLD: usize = 10;

/// How often a Maildir is listed again because a name in the list was gone when it was looked at. It happens when
/// another program works there; past this, such a message counts as gone.
const MOST_LISTINGS: u32 = 16;

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
    /// Recorded, but the file is gone.
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
    /// The manifest is read twice, line by line: first for the last line of each message, then for its file. Memory
    /// is some 40 octets a message, and for each Maildir in which a recorded name is gone, its names.
    ///
    /// # Errors
    ///
    /// When the manifest or a file cannot be read, or not be looked at. A file that cannot be read is not taken for
    /// one that is gone.
    pub(crate) fn present(&self, source: &Source, check: Check<'_>) -> Result<Present, ManifestError> {
        self.look(source, |_| true, check)
    }

    /// The same for these messages; the files of others are not looked at.
    pub(crate) fn present_of(
        &self,
        source: &Source,
        uids: &UidSet,
        check: Check<'_>,
    ) -> Result<Present, ManifestError> {
        self.look(source, |uid| uids.contains(uid), check)
    }

    fn look(
        &self,
        source: &Source,
        is_wanted: impl Fn(Uid) -> bool,
        check: Check<'_>,
    ) -> Result<Present, ManifestError> {
        let mut last: HashMap<Uid, u64> = HashMap::new();
        let damage = self.for_each(|number, record| {
            if record.is_of(source) && is_wanted(record.uid) {
                last.insert(record.uid, number);
            }
        })?;
        let mut last: Vec<u64> = last.into_values().collect();
        last.sort_unstable();
        let mut looker = Looker::new(self.folder(), check);
        let (mut complete, mut absent, mut altered) = (Vec::new(), Vec::new(), Vec::new());
        let mut wanted = last.into_iter().peekable();
        let mut lines = self.lines();
        while let Some(Line { number, text, .. }) = lines.next().map_err(|cause| self.read_failed(cause))? {
            // What was readable a moment ago still is, since the lock keeps others from writing.
            if wanted.next_if_eq(&number).is_some()
                && let Some(Ok(record)) = text.map(line::parse)
            {
                let uid = record.uid;
                match looker.look(&record)? {
                    Verdict::Complete => complete.push(uid),
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

    /// The files of all messages of all sources. Memory is that of the names.
    pub(crate) fn files(&self) -> Result<HashSet<PathBuf>, ManifestError> {
        let mut files = HashSet::new();
        self.for_each(|_, record| {
            files.insert(self.folder().join(&*record.file));
        })?;
        Ok(files)
    }

    /// Where the last message that was ever recorded in this mbox ends, of any source; none if there is none. If the
    /// file ends elsewhere, something else has written to it.
    pub(crate) fn end_of(&self, file: &str) -> Result<Option<u64>, ManifestError> {
        let mut last = None;
        self.for_each(|_, record| {
            if record.file == file {
                last = last.max(record.span.and_then(Span::end));
            }
        })?;
        Ok(last)
    }

    /// Calls `visit` with every readable line and its number; tells of the others.
    fn for_each(&self, mut visit: impl FnMut(u64, Record<'_>)) -> Result<Damage, ManifestError> {
        let mut damage = Damage::default();
        let mut lines = self.lines();
        while let Some(line) = lines.next().map_err(|cause| self.read_failed(cause))? {
            let Line { number, text, ended } = line;
            // The first line is the version.
            if number == 1 || text.is_some_and(|text| text.trim_ascii().is_empty()) {
                continue;
            }
            match text.ok_or(Flaw::TooLong).and_then(line::parse) {
                Ok(record) => visit(number, record),
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

enum Verdict {
    Complete,
    Absent,
    Altered(PathBuf, Found),
}

/// What has a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    /// Anything but a file, or something behind a link.
    NotAFile,
    /// A file of so many octets.
    File(u64),
}

/// Looks at files below one folder, and remembers what the next look is likely to need.
struct Looker<'a> {
    folder: &'a Path,
    check: Check<'a>,
    /// The last folder on the way to a file, and what it is; as a rule it is that of the next file too.
    way: Option<(String, Way)>,
    /// The mbox that was looked at last.
    mbox: Option<(String, Mbox)>,
    /// By [`Place::maildir`].
    maildirs: HashMap<String, Index>,
    listings: u32,
}

/// What lies between the folder of the manifest and a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Folders,
    Nothing,
    /// A link, which may lead anywhere, or something that is no folder.
    Blocked,
}

enum Mbox {
    Nothing,
    NotAFile,
    Open(File, u64),
}

impl<'a> Looker<'a> {
    fn new(folder: &'a Path, check: Check<'a>) -> Self {
        Self { folder, check, way: None, mbox: None, maildirs: HashMap::new(), listings: 0 }
    }

    fn look(&mut self, record: &Record<'_>) -> Result<Verdict, ManifestError> {
        if let Some(span) = record.span {
            return self.look_into_mbox(record, span);
        }
        match (self.look_at(&record.file, record)?, Place::parse(&record.file)) {
            (Verdict::Absent, Some(place)) => self.look_for_renamed(&place, record),
            (verdict, _) => Ok(verdict),
        }
    }

    /// Looks at a file that holds nothing but the message.
    fn look_at(&mut self, name: &str, record: &Record<'_>) -> Result<Verdict, ManifestError> {
        let path = self.folder.join(name);
        let altered = |found| Ok(Verdict::Altered(path.clone(), found));
        match self.see(name)? {
            Seen::Nothing => return Ok(Verdict::Absent),
            Seen::NotAFile => return altered(Found::NotAFile),
            Seen::File(size) if size != record.size => return altered(Found::Size(size)),
            Seen::File(_) => {}
        }
        let Check::Hash(_) = self.check else { return Ok(Verdict::Complete) };
        match hash_file(&path) {
            Ok((size, _)) if size != record.size => altered(Found::Size(size)),
            Ok((_, hash)) if hash != record.blake3 => altered(Found::Content),
            Ok(_) => Ok(Verdict::Complete),
            Err(error) if is_gone(&error) => Ok(Verdict::Absent),
            Err(cause) => Err(Doing::Read.failed(&path, cause)),
        }
    }

    fn look_for_renamed(&mut self, place: &Place<'_>, record: &Record<'_>) -> Result<Verdict, ManifestError> {
        loop {
            if !self.maildirs.contains_key(place.maildir) {
                let index = self.list(place)?;
                self.maildirs.insert(place.maildir.to_owned(), index);
            }
            let names =
                self.maildirs.get(place.maildir).map(|index| index.candidates(place)).unwrap_or_default();
            let mut verdict = Verdict::Absent;
            for name in &names {
                match self.look_at(name, record)? {
                    Verdict::Complete => return Ok(Verdict::Complete),
                    Verdict::Absent => {}
                    altered @ Verdict::Altered(..) => verdict = altered,
                }
            }
            // It had a name when the folders were listed: renamed once more, or removed.
            let again =
                !names.is_empty() && matches!(verdict, Verdict::Absent) && self.listings < MOST_LISTINGS;
            if !again {
                return Ok(verdict);
            }
            self.listings += 1;
            self.maildirs.remove(place.maildir);
        }
    }

    fn list(&mut self, place: &Place<'_>) -> Result<Index, ManifestError> {
        let mut index = Index::default();
        for folder in FOLDERS {
            let name = format!("{}{folder}", place.maildir);
            let path = self.folder.join(&name);
            if self.way_through(&name)? == Way::Folders {
                index.list(folder, &path).map_err(|cause| Doing::List.failed(&path, cause))?;
            }
        }
        Ok(index)
    }

    fn look_into_mbox(&mut self, record: &Record<'_>, span: Span) -> Result<Verdict, ManifestError> {
        let path = self.folder.join(&*record.file);
        if self.mbox.as_ref().is_none_or(|(name, _)| *name != *record.file) {
            self.mbox = Some((record.file.clone().into_owned(), self.open_mbox(&record.file, &path)?));
        }
        let altered = |found| Ok(Verdict::Altered(path.clone(), found));
        let (file, size) = match &self.mbox {
            Some((_, Mbox::Open(file, size))) => (file, *size),
            Some((_, Mbox::NotAFile)) => return altered(Found::NotAFile),
            Some((_, Mbox::Nothing)) | None => return Ok(Verdict::Absent),
        };
        if span.end().is_none_or(|end| end > size) {
            return altered(Found::Size(size));
        }
        let mut start = Vec::new();
        let read = ReadAt::new(file, span.offset).take(5).read_to_end(&mut start);
        read.map_err(|cause| Doing::Read.failed(&path, cause))?;
        if start != b"From " {
            return altered(Found::NoMessage);
        }
        let Check::Hash(read_back) = self.check else { return Ok(Verdict::Complete) };
        let capacity = usize::try_from(span.length).unwrap_or(MOST_LINE).min(MOST_LINE);
        let octets = ReadAt::new(file, span.offset).take(span.length);
        match read_back(&mut BufReader::with_capacity(capacity, octets), record.size) {
            Ok(hash) if hash == record.blake3 => Ok(Verdict::Complete),
            Ok(_) => altered(Found::Content),
            Err(error)
                if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
            {
                altered(Found::Content)
            }
            Err(cause) => Err(Doing::Read.failed(&path, cause)),
        }
    }

    fn open_mbox(&mut self, name: &str, path: &Path) -> Result<Mbox, ManifestError> {
        match self.see(name)? {
            Seen::Nothing => return Ok(Mbox::Nothing),
            Seen::NotAFile => return Ok(Mbox::NotAFile),
            Seen::File(_) => {}
        }
        let opened = open_options().read(true).open(path).and_then(|file| Ok((file.metadata()?, file)));
        match opened {
            Ok((metadata, file)) if metadata.is_file() => Ok(Mbox::Open(file, metadata.len())),
            Ok(_) => Ok(Mbox::NotAFile),
            Err(error) if is_gone(&error) => Ok(Mbox::Nothing),
            Err(cause) => Err(Doing::Open.failed(path, cause)),
        }
    }

    /// What has this name, if no link is on the way to it.
    fn see(&mut self, name: &str) -> Result<Seen, ManifestError> {
        let way = name.rsplit_once('/').map_or(Ok(Way::Folders), |(folder, _)| self.way_through(folder))?;
        match way {
            Way::Folders => {}
            Way::Nothing => return Ok(Seen::Nothing),
            Way::Blocked => return Ok(Seen::NotAFile),
        }
        let path = self.folder.join(name);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_file() => Ok(Seen::File(metadata.len())),
            Ok(_) => Ok(Seen::NotAFile),
            Err(error) if is_gone(&error) => Ok(Seen::Nothing),
            Err(cause) => Err(Doing::Look.failed(&path, cause)),
        }
    }

    /// What the folder `name`, and each one above it, is.
    fn way_through(&mut self, name: &str) -> Result<Way, ManifestError> {
        if let Some((known, way)) = &self.way
            && known == name
        {
            return Ok(*way);
        }
        let mut path = self.folder.to_owned();
        let mut way = Way::Folders;
        for level in name.split('/') {
            path.push(level);
            way = match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_dir() => continue,
                Ok(_) => Way::Blocked,
                Err(error) if is_gone(&error) => Way::Nothing,
                Err(cause) => return Err(Doing::Look.failed(&path, cause)),
            };
            break;
        }
        self.way = Some((name.to_owned(), way));
        Ok(way)
    }
}

/// Whether nothing has the name, or nothing can have it.
fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};

    matches!(error.kind(), NotFound | NotADirectory | InvalidFilename)
}

//! The file of a message, looked at: whether it is there, and is what was recorded.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::error::{Doing, ManifestError};
use super::line::{Record, Span};
use super::lines::MOST_LINE;
use super::maildir::{FOLDERS, Index, Place};
use super::present::{Check, Found};
use crate::output::reading::{ReadAt, hash_file, open_options};

/// How often a Maildir is listed again because a name in the list was gone when it was looked at. It happens when
/// another program works there; past this, such a message counts as gone.
const MOST_LISTINGS: u32 = 16;

/// What has become of a message.
pub(super) enum Verdict {
    /// In this file.
    Complete(PathBuf),
    Absent,
    Altered(PathBuf, Found),
}

/// Looks at files below one folder, and remembers what the next look is likely to need.
pub(super) struct Looker<'a> {
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

impl<'a> Looker<'a> {
    pub(super) fn new(folder: &'a Path, check: Check<'a>) -> Self {
        Self { folder, check, way: None, mbox: None, maildirs: HashMap::new(), listings: 0 }
    }

    pub(super) fn look(&mut self, record: &Record<'_>) -> Result<Verdict, ManifestError> {
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
        let Check::Hash(_) = self.check else { return Ok(Verdict::Complete(path)) };
        match hash_file(&path) {
            Ok((size, _)) if size != record.size => altered(Found::Size(size)),
            Ok((_, hash)) if hash != record.blake3 => altered(Found::Content),
            Ok(_) => Ok(Verdict::Complete(path)),
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
                    complete @ Verdict::Complete(_) => return Ok(complete),
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
        let Check::Hash(read_back) = self.check else { return Ok(Verdict::Complete(path)) };
        let capacity = usize::try_from(span.length).unwrap_or(MOST_LINE).min(MOST_LINE);
        let octets = ReadAt::new(file, span.offset).take(span.length);
        match read_back(&mut BufReader::with_capacity(capacity, octets), record.size) {
            Ok(hash) if hash == record.blake3 => Ok(Verdict::Complete(path)),
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

/// What has a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    /// Anything but a file, or something behind a link.
    NotAFile,
    /// A file of so many octets.
    File(u64),
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

/// Whether nothing has the name, or nothing can have it.
fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};

    matches!(error.kind(), NotFound | NotADirectory | InvalidFilename)
}

//! The folder that the demonstration fills: `<mailbox>/<uid>.eml`, and a list of what it has put there.
//!
//! The list is the file `.tayori-demo`, in the form of sha256sum: a digest and a name on each line. It makes two
//! questions answerable. May this folder be filled at all? Only if it is new, empty, or has such a list. May this file
//! be replaced? Only if its octets are, by their digest, those of a mail that a demonstration puts under this very
//! name: then nothing is lost that cannot be made again, whoever has put it there. What a person has changed, or has
//! put there under such a name, has another digest.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tayori_proto::types::MailboxName;

use super::host::{Digest, StoredMail};
use crate::escape::escape_str;
use crate::output::storage::Disk;
use crate::output::{OutputError, Overwrite, Target};

/// The name of the list.
const LIST: &str = ".tayori-demo";

/// Its first line.
const HEADER: &str =
    "# tayori demo has put these files here; it replaces only what still has the same SHA-256\n";

/// Octets of the list that are read: a hundred versions of the program with mails of their own. What stands behind is
/// not known, so it is not replaced.
const MOST_LIST: u64 = 4 << 20;

/// A folder that is ours alone as long as this lives.
pub(super) struct Folder {
    path: PathBuf,
    /// Every name with every content that a demonstration has given it.
    ours: HashSet<(String, Digest)>,
    mailboxes: HashSet<MailboxName>,
    /// Locked until it is dropped.
    list: File,
}

impl Folder {
    /// Takes possession of a folder to put these mails there. When that fails, no file in it was touched.
    pub(super) fn claim(path: &Path, mails: &[StoredMail]) -> Result<Self, FolderError> {
        make(path)?;
        let list = open_list(path)?;
        let failed = |doing, cause| FolderError::Failed { doing, path: path.join(LIST), cause };
        list.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => FolderError::InUse { path: path.to_owned() },
            TryLockError::Error(cause) => failed("lock", cause),
        })?;
        let mut text = Vec::new();
        (&list).take(MOST_LIST).read_to_end(&mut text).map_err(|cause| failed("read", cause))?;
        // A list whose writing was cut off in its first line is one too.
        if !text.starts_with(HEADER.as_bytes()) && !HEADER.as_bytes().starts_with(&text) {
            return Err(FolderError::Foreign { path: path.to_owned() });
        }
        let mut ours = read_list(&text);
        let new: Vec<_> = mails.iter().map(entry).filter(|entry| !ours.contains(entry)).collect();
        ours.extend(new.iter().cloned());
        let mailboxes = mails.iter().map(|mail| mail.mailbox.clone()).collect();
        let folder = Self { path: path.to_owned(), ours, mailboxes, list };
        for mail in mails {
            folder.check(mail)?;
        }
        // Before the first mail, so that a run that is cut off leaves nothing that the next would not know.
        write_list(&folder.list, &text, &new).map_err(|cause| failed("write", cause))?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the mails of a mailbox go, seen from this folder; `None` if it is none of those that the folder was
    /// claimed for, whose names are known to lead nowhere else.
    pub(super) fn mailbox(&self, name: &MailboxName) -> Option<PathBuf> {
        self.mailboxes.contains(name).then(|| PathBuf::from(name.as_str()))
    }

    /// Whether a file may be replaced by a mail.
    pub(super) fn overwrite(&self, path: &Path) -> Overwrite {
        match self.is_ours(path) {
            Ok(true) => Overwrite::Replace,
            // With this, also a file that appears at the last moment stays.
            Ok(false) | Err(_) => Overwrite::Refuse,
        }
    }

    /// Fails if something is in the way of this mail.
    fn check(&self, mail: &StoredMail) -> Result<(), FolderError> {
        let name = entry(mail).0;
        let mut path = self.path.clone();
        let mut levels = name.split('/').peekable();
        while let Some(level) = levels.next() {
            path.push(level);
            let kind = match fs::symlink_metadata(&path) {
                Ok(metadata) => metadata.file_type(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(cause) => return Err(FolderError::Failed { doing: "look at", path, cause }),
            };
            // A symbolic link may lead anywhere, so it is no folder here.
            if levels.peek().is_some() && !kind.is_dir() {
                return Err(FolderError::NotAFolder { path });
            }
            if levels.peek().is_none() && !(kind.is_file() && self.is_ours(&path)?) {
                return Err(FolderError::NotOurs { path });
            }
        }
        Ok(())
    }

    fn is_ours(&self, path: &Path) -> Result<bool, FolderError> {
        let Some(name) = self.name_of(path) else { return Ok(false) };
        match digest_of(path) {
            Ok(digest) => Ok(self.ours.contains(&(name, digest))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(cause) => Err(FolderError::Failed { doing: "read", path: path.to_owned(), cause }),
        }
    }

    /// The name of a file in the list, on every system with the same separators.
    fn name_of(&self, path: &Path) -> Option<String> {
        let below = path.strip_prefix(&self.path).ok()?;
        let levels: Option<Vec<&str>> = below.iter().map(|level| level.to_str()).collect();
        Some(levels?.join("/"))
    }
}

/// Makes the folder if it is missing.
fn make(path: &Path) -> Result<(), FolderError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(FolderError::NotAFolder { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Target::Folder(path.to_owned()).prepare(&Disk).map_err(FolderError::Make)
        }
        Err(cause) => Err(FolderError::Failed { doing: "look at", path: path.to_owned(), cause }),
    }
}

/// Opens the list, which makes a folder one of ours; makes it in an empty folder.
fn open_list(folder: &Path) -> Result<File, FolderError> {
    let path = folder.join(LIST);
    let failed = |doing, cause| FolderError::Failed { doing, path: path.clone(), cause };
    let mut options = File::options();
    options.read(true).write(true);
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_file() => {
            return options.open(&path).map_err(|cause| failed("open", cause));
        }
        Ok(_) => return Err(FolderError::Foreign { path: folder.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(cause) => return Err(failed("look at", cause)),
    }
    let mut entries = fs::read_dir(folder).map_err(|cause| failed("look beside", cause))?;
    // Another demonstration may be as far as this: its list is no reason to refuse.
    if entries.any(|entry| entry.map_or(true, |entry| entry.file_name() != LIST)) {
        return Err(FolderError::Foreign { path: folder.to_owned() });
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.clone().create_new(true).open(&path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(&path),
        opened => opened,
    }
    .map_err(|cause| failed("create", cause))
}

/// The name of a mail in the list, and what it is known by.
fn entry(mail: &StoredMail) -> (String, Digest) {
    (format!("{}/{}.eml", mail.mailbox.as_str(), mail.uid), mail.digest)
}

/// Lines that cannot be read are passed over: what they meant is not replaced then.
fn read_list(text: &[u8]) -> HashSet<(String, Digest)> {
    let line = |line: &[u8]| {
        let (digits, name) = std::str::from_utf8(line).ok()?.split_once("  ")?;
        Some((name.to_owned(), parse_digest(digits)?))
    };
    text.split(|octet| *octet == b'\n').filter_map(line).collect()
}

fn parse_digest(digits: &str) -> Option<Digest> {
    let nibbles: Option<Vec<u32>> = digits.chars().map(|digit| digit.to_digit(16)).collect();
    let octets: Option<Vec<u8>> = nibbles?
        .chunks(2)
        .map(|pair| u8::try_from(pair.iter().fold(0, |octet, nibble| octet << 4 | nibble)).ok())
        .collect();
    octets?.try_into().ok()
}

/// Adds what is new. Nothing is taken away, so that a list is true at any moment.
fn write_list(mut list: &File, old: &[u8], new: &[(String, Digest)]) -> io::Result<()> {
    let mut text = String::new();
    if old.starts_with(HEADER.as_bytes()) {
        list.seek(SeekFrom::End(0))?;
        if !old.ends_with(b"\n") {
            text.push('\n');
        }
    } else {
        // All there is, if anything, is the beginning of this.
        list.rewind()?;
        text += HEADER;
    }
    for (name, digest) in new {
        digest.iter().for_each(|octet| text += &format!("{octet:02x}"));
        text += &format!("  {name}\n");
    }
    list.write_all(text.as_bytes())?;
    list.sync_all()
}

fn digest_of(path: &Path) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(digest.finalize().into()),
            Ok(read) => digest.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Why a folder cannot be filled. Nothing in it was touched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    #[error("{} is there already, and is no folder", shown(.path))]
    NotAFolder { path: PathBuf },
    #[error("{} is not empty, and no demonstration has filled it", shown(.path))]
    Foreign { path: PathBuf },
    #[error("another demonstration is filling {}", shown(.path))]
    InUse { path: PathBuf },
    #[error("{} is not what a demonstration has put there", shown(.path))]
    NotOurs { path: PathBuf },
    #[error("could not {doing} {}", shown(.path))]
    Failed {
        doing: &'static str,
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error(transparent)]
    Make(OutputError),
}

impl FolderError {
    /// What the person can do about it.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotAFolder { .. } => Some("choose another folder with --output DIR"),
            Self::Foreign { .. } => {
                Some("nothing in it was touched; choose another folder with --output DIR")
            }
            Self::InUse { .. } => Some("wait for it, or give this one a folder of its own with --output DIR"),
            Self::NotOurs { .. } => {
                Some("it was not touched; move it away, or choose another folder with --output DIR")
            }
            Self::Failed { cause, .. } if cause.kind() == io::ErrorKind::StorageFull => {
                Some("make room, or choose a folder elsewhere with --output DIR")
            }
            Self::Failed { .. } => Some("choose a folder that you can write to with --output DIR"),
            Self::Make(error) => {
                error.hint().or(Some("choose a folder that you can write to with --output DIR"))
            }
        }
    }
}

fn shown(path: &Path) -> String {
    escape_str(&path.to_string_lossy()).into_owned()
}

#[cfg(test)]
mod tests {
    use tayori_proto::types::Uid;

    use super::*;

    fn mail(mailbox: &str, uid: u32, content: &[u8]) -> StoredMail {
        StoredMail {
            mailbox: MailboxName::new(mailbox).unwrap(),
            uid: Uid::new(uid).unwrap(),
            digest: Sha256::digest(content).into(),
        }
    }

    fn mails() -> [StoredMail; 2] {
        [mail("INBOX", 1, b"one"), mail("Archive/2024", 2, b"two")]
    }

    /// A folder that a demonstration has filled.
    fn filled() -> tempfile::TempDir {
        let temp = tempfile::tempdir().unwrap();
        drop(Folder::claim(temp.path(), &mails()).unwrap());
        fs::create_dir_all(temp.path().join("INBOX")).unwrap();
        fs::create_dir_all(temp.path().join("Archive/2024")).unwrap();
        fs::write(temp.path().join("INBOX/1.eml"), "one").unwrap();
        fs::write(temp.path().join("Archive/2024/2.eml"), "two").unwrap();
        temp
    }

    /// Every name below, with its content.
    fn all(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let Ok(entries) = fs::read_dir(folder) else { return found };
        for entry in entries {
            let path = entry.unwrap().path();
            match path.is_dir() && !path.is_symlink() {
                true => found.extend(all(&path)),
                false => found.push((path.clone(), fs::read(&path).unwrap_or_default())),
            }
        }
        found.sort();
        found
    }

    #[track_caller]
    fn check_claim(folder: &Path, expected: &str) {
        let before = all(folder);
        let outcome = match Folder::claim(folder, &mails()) {
            Ok(_) => "claimed".to_owned(),
            Err(error) => error.to_string().replace(folder.to_str().unwrap(), "DIR"),
        };
        assert_eq!(outcome, expected);
        if expected != "claimed" {
            assert_eq!(all(folder), before);
        }
    }

    #[test]
    fn new_empty_and_filled_folders_are_taken() {
        let temp = tempfile::tempdir().unwrap();
        check_claim(&temp.path().join("a/b"), "claimed");
        check_claim(&temp.path().join("a/b"), "claimed");
        let temp = tempfile::tempdir().unwrap();
        check_claim(temp.path(), "claimed");
        check_claim(filled().path(), "claimed");
    }

    #[test]
    fn what_others_have_filled_is_not() {
        let foreign = "DIR is not empty, and no demonstration has filled it";
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("letter"), "dear").unwrap();
        check_claim(temp.path(), foreign);
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("INBOX")).unwrap();
        check_claim(temp.path(), foreign);
        for list in ["mine\n", "# tayori\n", "\n"] {
            let temp = tempfile::tempdir().unwrap();
            fs::write(temp.path().join(LIST), list).unwrap();
            check_claim(temp.path(), foreign);
        }
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join(LIST)).unwrap();
        check_claim(temp.path(), foreign);
    }

    /// Here the proof is broken in every way there is: octets that differ, are more or fewer, a name that is not that
    /// of these octets, a list that does not say so.
    #[test]
    fn what_is_not_proved_to_be_ours_is_not_replaced() {
        let refused = "DIR/INBOX/1.eml is not what a demonstration has put there";
        for content in ["One", "one ", "on", "", "two"] {
            let temp = filled();
            fs::write(temp.path().join("INBOX/1.eml"), content).unwrap();
            check_claim(temp.path(), refused);
            let path = temp.path().join("INBOX/1.eml");
            fs::write(&path, "one").unwrap();
            let folder = Folder::claim(temp.path(), &mails()).unwrap();
            assert_eq!(folder.overwrite(&path), Overwrite::Replace);
            fs::write(&path, content).unwrap();
            assert_eq!(folder.overwrite(&path), Overwrite::Refuse);
        }
    }

    #[test]
    fn what_an_earlier_version_has_put_there_is_known() {
        let temp = filled();
        let newer = [mail("INBOX", 1, b"new one")];
        let claim = || Folder::claim(temp.path(), &newer);
        assert_eq!(claim().unwrap().overwrite(&temp.path().join("INBOX/1.eml")), Overwrite::Replace);
        // Another line for the same name; the first still counts.
        fs::write(temp.path().join("INBOX/1.eml"), "new one").unwrap();
        assert_eq!(claim().unwrap().overwrite(&temp.path().join("INBOX/1.eml")), Overwrite::Replace);
        check_claim(temp.path(), "claimed");
        // Without the list there is no proof, though the folder is one of ours.
        fs::write(temp.path().join("INBOX/1.eml"), "one").unwrap();
        fs::write(temp.path().join(LIST), "").unwrap();
        assert_eq!(
            claim().map(drop).unwrap_err().to_string().replace(temp.path().to_str().unwrap(), "DIR"),
            "DIR/INBOX/1.eml is not what a demonstration has put there"
        );
    }

    #[test]
    fn names_that_are_free_stay_free_for_others() {
        let temp = filled();
        let folder = Folder::claim(temp.path(), &mails()).unwrap();
        for name in ["INBOX/2.eml", "elsewhere", "INBOX"] {
            assert_eq!(folder.overwrite(&temp.path().join(name)), Overwrite::Refuse);
        }
        assert_eq!(folder.overwrite(Path::new("/INBOX/1.eml")), Overwrite::Refuse);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        use std::os::unix::fs::symlink;

        let temp = filled();
        let other = filled();
        fs::remove_file(temp.path().join("INBOX/1.eml")).unwrap();
        symlink(other.path().join("INBOX/1.eml"), temp.path().join("INBOX/1.eml")).unwrap();
        check_claim(temp.path(), "DIR/INBOX/1.eml is not what a demonstration has put there");

        let temp = filled();
        fs::remove_dir_all(temp.path().join("INBOX")).unwrap();
        symlink(other.path().join("INBOX"), temp.path().join("INBOX")).unwrap();
        check_claim(temp.path(), "DIR/INBOX is there already, and is no folder");
    }

    #[test]
    fn only_mailboxes_that_were_announced_have_a_folder() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::claim(temp.path(), &mails()).unwrap();
        let path = |name: &str| folder.mailbox(&MailboxName::new(name).unwrap());
        assert_eq!(path("Archive/2024"), Some(PathBuf::from("Archive/2024")));
        for name in ["Archive", "..", "INBOX/..", "/etc"] {
            assert_eq!(path(name), None);
        }
    }

    #[test]
    fn a_list_that_was_cut_off_anywhere_is_made_whole() {
        let whole = {
            let temp = tempfile::tempdir().unwrap();
            drop(Folder::claim(temp.path(), &mails()).unwrap());
            fs::read(temp.path().join(LIST)).unwrap()
        };
        assert_eq!(whole.iter().filter(|octet| **octet == b'\n').count(), 3);
        for end in 0..=whole.len() {
            let temp = tempfile::tempdir().unwrap();
            fs::write(temp.path().join(LIST), &whole[..end]).unwrap();
            check_claim(temp.path(), "claimed");
            let list = fs::read(temp.path().join(LIST)).unwrap();
            let known = read_list(&list);
            assert!(mails().iter().all(|mail| known.contains(&entry(mail))), "{}", list.escape_ascii());
            // Nothing more to add.
            check_claim(temp.path(), "claimed");
            assert_eq!(fs::read(temp.path().join(LIST)).unwrap(), list);
        }
    }

    #[test]
    fn one_at_a_time() {
        let temp = tempfile::tempdir().unwrap();
        let first = Folder::claim(temp.path(), &mails()).unwrap();
        check_claim(temp.path(), "another demonstration is filling DIR");
        let other = tempfile::tempdir().unwrap();
        check_claim(other.path(), "claimed");
        drop(first);
        check_claim(temp.path(), "claimed");
    }
}

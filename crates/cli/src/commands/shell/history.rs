//! What was typed before, in a file of the user's alone.
//!
//! The editor offers each line that it has read, and that is never taken: it cannot know which line answers a challenge
//! or is a literal. An entry is taken when the dialogue hands it over, which it does where there is no secret in it;
//! and what it hands over is looked at once more here.

use std::env;
use std::ffi::OsString;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reedline::{
    FileBackedHistory, History, HistoryItem, HistoryItemId, HistorySessionId, Result, SearchQuery,
};

use super::entry::secret_part;

/// Entries that are kept; the oldest go first.
const MOST_ENTRIES: usize = 1_000;

/// The history. Clones are the same one: the editor searches in it, and whoever knows what was typed adds to it.
#[derive(Clone, Debug)]
pub(crate) struct Kept(Arc<Mutex<FileBackedHistory>>);

impl Kept {
    /// The history in this file, which is made if there is none. Its folder is made for the user alone as well.
    pub(crate) fn in_file(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            private_folder(folder)?;
        }
        private_file(path)?;
        let kept = FileBackedHistory::with_file(MOST_ENTRIES, path.to_owned()).map_err(io::Error::other)?;
        Ok(Self(Arc::new(Mutex::new(kept))))
    }

    /// A history that ends with the program.
    pub(crate) fn in_memory() -> Self {
        Self(Arc::new(Mutex::new(FileBackedHistory::new(MOST_ENTRIES).unwrap_or_default())))
    }

    /// Takes an entry, unless there is a secret in it, and writes it at once.
    pub(crate) fn remember(&self, entry: &str) -> io::Result<()> {
        if !may_be_kept(entry) {
            return Ok(());
        }
        let mut kept = self.lock();
        kept.save(HistoryItem::from_command_line(entry)).map_err(io::Error::other)?;
        kept.sync()
    }

    /// What it holds is whole after each call, so a panic in another thread harms nothing.
    fn lock(&self) -> MutexGuard<'_, FileBackedHistory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether there is nothing in an entry that looks like a secret. Decided from what was typed, whether or not it can be
/// read.
fn may_be_kept(entry: &str) -> bool {
    // A line that goes on with another one belongs to a literal, or was pasted: nobody knows what is in it.
    if entry.trim().is_empty() || entry.contains(['\n', '\r']) {
        return false;
    }
    secret_part(entry).is_none()
}

/// Where the history of this user is: in the folder for what programs keep between runs. `None` where the environment
/// tells of none.
pub(crate) fn path() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).filter(|value| Path::new(value).is_absolute());
    in_folder(absolute("XDG_STATE_HOME"), absolute("HOME"), absolute("LOCALAPPDATA"))
}

fn in_folder(state: Option<OsString>, home: Option<OsString>, local: Option<OsString>) -> Option<PathBuf> {
    let below = |folder: OsString, path: &str| PathBuf::from(folder).join(path);
    let state = state.map(PathBuf::from);
    let folder = state.or_else(|| home.map(|home| below(home, ".local/state"))).or(local.map(PathBuf::from));
    Some(folder?.join("tayori").join("shell-history"))
}

#[cfg(unix)]
fn private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(folder)
}

/// A file that is there may have been made by somebody with another idea of who should read it.
#[cfg(unix)]
fn private_file(path: &Path) -> io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};

    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "is no regular file"));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path).map(drop)
}

impl History for Kept {
    /// Takes nothing: see above.
    fn save(&mut self, item: HistoryItem) -> Result<HistoryItem> {
        Ok(item)
    }

    fn load(&self, id: HistoryItemId) -> Result<HistoryItem> {
        self.lock().load(id)
    }

    fn count(&self, query: SearchQuery) -> Result<i64> {
        self.lock().count(query)
    }

    fn search(&self, query: SearchQuery) -> Result<Vec<HistoryItem>> {
        self.lock().search(query)
    }

    fn update(&mut self, id: HistoryItemId, updater: &dyn Fn(HistoryItem) -> HistoryItem) -> Result<()> {
        self.lock().update(id, updater)
    }

    fn clear(&mut self) -> Result<()> {
        self.lock().clear()
    }

    fn delete(&mut self, id: HistoryItemId) -> Result<()> {
        self.lock().delete(id)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.lock().sync()
    }

    fn session(&self) -> Option<HistorySessionId> {
        self.lock().session()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_with_a_secret_is_not_kept() {
        let check = |entry: &str, expected| assert_eq!(may_be_kept(entry), expected, "{entry}");
        for kept in [
            "NOOP",
            "a7 SELECT INBOX",
            ".help LOGIN",
            ".connect imap.example.org",
            "LOGIN",
            "LOGIN ann",
            "LOGIN ann {?}",
            ".connect imaps://ann@example.org:993/",
        ] {
            check(kept, true);
        }
        for secret in [
            "LOGIN ann hunter2",
            "a7 login \"ann\" \"hunter2\"",
            "  LOGIN ann hunter2",
            "LOGIN \"ann hunter2",
            "LOGN ann hunter2",
            "1 2 LOGIN ann hunter2",
            "AUTHENTICATE PLAIN AGFubgBodW50ZXIy",
            "AUTHENTICAT PLAIN AGFubgBodW50ZXIy",
            "LOGIN ann {?} hunter2",
            "LOGIN ann {7}\nhunter2",
            ".connect imap://ann:hunter2@example.org/",
            ".CONNECT imap://ann:hunter2@example.org/",
            "",
            "  ",
        ] {
            check(secret, false);
        }
    }

    #[test]
    fn the_folder_is_that_of_the_environment() {
        let some = |path: &str| Some(OsString::from(path));
        let check = |folders: [Option<OsString>; 3], expected: Option<&str>| {
            let [state, home, local] = folders;
            assert_eq!(in_folder(state, home, local), expected.map(PathBuf::from));
        };
        check([some("/s"), some("/h"), None], Some("/s/tayori/shell-history"));
        check([None, some("/h"), some("/l")], Some("/h/.local/state/tayori/shell-history"));
        check([None, None, some("/l")], Some("/l/tayori/shell-history"));
        check([None, None, None], None);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_its_owner_alone() {
        use std::fs;
        use std::os::unix::fs::PermissionsExt as _;

        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/tayori/shell-history");
        let mut kept = Kept::in_file(&path).unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        // What the editor offers is not taken, what the dialogue hands over is, but for secrets.
        kept.save(HistoryItem::from_command_line("hunter2")).unwrap();
        for entry in ["NOOP", "LOGIN ann hunter2", "NOOP", "CHECK"] {
            kept.remember(entry).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "NOOP\nCHECK\n");
        assert_eq!(kept.count_all().unwrap(), 2);
        // One that others could read is closed before anything is added.
        drop(kept);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        Kept::in_file(&path).unwrap().remember("IDLE").unwrap();
        assert_eq!(
            (mode(&path), fs::read_to_string(&path).unwrap()),
            (0o600, "NOOP\nCHECK\nIDLE\n".to_owned())
        );
    }

    #[test]
    fn without_a_file_it_is_kept_for_now() {
        let kept = Kept::in_memory();
        kept.remember("NOOP").unwrap();
        assert_eq!(kept.count_all().unwrap(), 1);
    }
}

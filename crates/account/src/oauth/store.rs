use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::secret::KeyringError;

/// Octets of a file with tokens that are read.
const LARGEST: u64 = 256 << 10;

/// A place for the tokens of one account: some octets, which are secret.
///
/// Its functions may take time, as a keyring does that asks a person to unlock it. They are called in threads of their
/// own, never two at a time for one account.
pub trait TokenStore: fmt::Debug + Send + Sync {
    /// What is there, or none.
    fn load(&self) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError>;

    /// Replaces what is there. When this returns it is there to stay; if it fails, the old is still there.
    fn save(&self, octets: &[u8]) -> Result<(), StoreError>;

    /// Removes what is there. If there is nothing, that is well.
    fn remove(&self) -> Result<(), StoreError>;

    /// How many octets fit. Those of Windows' keyring hold 2560, which is less than some access tokens have.
    fn capacity(&self) -> usize {
        usize::MAX
    }
}

/// Why tokens cannot be read or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The system does not let it happen.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others could read the file, so that what is in it may be known to them.
    #[error("{} can be read by others (its mode is {mode:03o}, it has to be 600)", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is no file, or one that is too large to be ours.
    #[error("{} is no file with tokens", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// Another process has the lock for longer than it can have.
    #[error("another process holds the lock {}", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The keyring does not do its part.
    #[error("the tokens in the keyring: {0}")]
    Keyring(#[from] KeyringError),
    /// Another kind of store has failed.
    #[error("the tokens cannot be kept: {detail}")]
    Other {
        /// What it says.
        detail: String,
    },
}

/// Keeps the tokens in a file that nobody else can read.
///
/// On Unix it gets mode 0600, and one that others could read is refused. Elsewhere it has the rights of its folder.
#[derive(Clone, Debug)]
pub struct FileStore {
    path: PathBuf,
}

impl FileStore {
    /// A store at this path. Its folder is made if it is missing, for this user alone.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl TokenStore for FileStore {
    fn load(&self) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let failed = |source| StoreError::File { action: "read", path: self.path.clone(), source };
        // What is no file is not opened, since a pipe would be waited for.
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(StoreError::NotAFile { path: self.path.clone() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        }
        let file = File::open(&self.path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        check_mode(&self.path, &metadata)?;
        if metadata.len() > LARGEST {
            return Err(StoreError::NotAFile { path: self.path.clone() });
        }
        // All of it at once, since a vector that grows leaves its old memory behind.
        let mut octets = Zeroizing::new(Vec::with_capacity(LARGEST as usize));
        file.take(LARGEST).read_to_end(&mut octets).map_err(failed)?;
        Ok(Some(octets))
    }

    fn save(&self, octets: &[u8]) -> Result<(), StoreError> {
        let failed = |source| StoreError::File { action: "write", path: self.path.clone(), source };
        make_folder(&self.path).map_err(failed)?;
        // Written beside, and then put in its place: whoever reads sees the old or the new, after a crash too.
        let new = beside(&self.path, ".new");
        match fs::remove_file(&new) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let written = create(&new).and_then(|mut file| {
            file.write_all(octets)?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&new, &self.path)).map_err(|error| {
            let _ = fs::remove_file(&new);
            failed(error)
        })?;
        sync_folder(&self.path).map_err(failed)
    }

    fn remove(&self) -> Result<(), StoreError> {
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::File { action: "remove", path: self.path.clone(), source })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;

    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(StoreError::Exposed { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &fs::Metadata) -> Result<(), StoreError> {
    Ok(())
}

/// A new file that only this user can read, from its first moment on.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// So that the new name is there after a crash. Where folders cannot be synced, the system sees to it.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// A lock between processes, held until it is dropped or the process ends. The file stays, empty: removing it would let
/// two processes lock two files of the same name.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// The lock, or none while another process has it.
    pub(super) fn try_take(path: &Path) -> Result<Option<Self>, StoreError> {
        let failed = |source| StoreError::File { action: "lock", path: path.to_owned(), source };
        make_folder(path).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_there_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("a/tokens"));
        assert!(store.load().unwrap().is_none());
        store.remove().unwrap();
        for octets in [&b"first"[..], b"second, longer", b""] {
            // What a crash has left does not stand in the way.
            fs::create_dir_all(folder.path().join("a")).unwrap();
            fs::write(folder.path().join("a/tokens.new"), "left over").unwrap();
            store.save(octets).unwrap();
            assert_eq!(store.load().unwrap().unwrap().as_slice(), octets);
            let names: Vec<_> = fs::read_dir(folder.path().join("a"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            assert_eq!(names, ["tokens"]);
        }
        store.remove().unwrap();
        assert!(store.load().unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_file_nor_is_one_read_that_others_can() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/tokens");
        let store = FileStore::new(&path);
        store.save(b"octets").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        for exposed in [0o640, 0o604, 0o660, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(exposed)).unwrap();
            let error = store.load().unwrap_err();
            assert!(matches!(&error, StoreError::Exposed { mode, .. } if *mode == exposed), "{error:?}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(
            store.load().unwrap_err().to_string(),
            format!("{} can be read by others (its mode is 644, it has to be 600)", path.display())
        );
        // Saving anew mends it.
        store.save(b"octets").unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn what_is_no_file_of_ours_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = FileStore::new(folder.path()).load().unwrap_err();
        assert!(matches!(error, StoreError::NotAFile { .. }), "{error:?}");
        let path = folder.path().join("large");
        let store = FileStore::new(&path);
        store.save(&vec![b' '; LARGEST as usize]).unwrap();
        assert_eq!(store.load().unwrap().unwrap().len() as u64, LARGEST);
        store.save(&vec![b' '; LARGEST as usize + 1]).unwrap();
        assert!(matches!(store.load(), Err(StoreError::NotAFile { .. })));
        // A save that fails leaves what was there.
        let blocked = FileStore::new(path.join("below a file"));
        assert!(matches!(blocked.save(b"x"), Err(StoreError::File { action: "write", .. })));
    }

    #[test]
    fn one_at_a_time_has_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/lock");
        let first = Lock::try_take(&path).unwrap().unwrap();
        assert!(Lock::try_take(&path).unwrap().is_none());
        drop(first);
        assert!(Lock::try_take(&path).unwrap().is_some());
    }
}

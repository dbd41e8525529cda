//! Replacing a small file as a whole, so that nobody ever sees half of one and nobody's change is lost unseen.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Why a file was not replaced. It is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplaceError {
    /// It is not what was read: somebody changed it, or made or removed it, in between.
    #[error("{} was changed by another program in the meantime", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The system refused a step.
    #[error("cannot {doing} {}", .path.display())]
    Failed {
        /// The step: `lock`, `read`, `write`, `create`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

/// Makes a step's error say what it was about.
fn failed<'a>(doing: &'static str, path: &'a Path) -> impl Fn(io::Error) -> ReplaceError + 'a {
    move |cause| ReplaceError::Failed { doing, path: path.to_owned(), cause }
}

/// A file that nobody else of this program changes until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    /// Where it is, at the end of all links.
    path: PathBuf,
    folder: PathBuf,
    most: u64,
    /// Unlocked when it is closed.
    _lock: File,
}

impl Held {
    /// Follows links, makes the folder if there is none, and waits for its lock. `most` bounds what is read.
    pub(crate) fn take(path: &Path, most: u64) -> Result<Self, ReplaceError> {
        let path = follow(path).map_err(failed("read", path))?;
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        make_folder(&folder).map_err(failed("create", &folder))?;
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(".lock");
        let lock_path = folder.join(name);
        let lock = open_lock(&lock_path).and_then(|lock| lock.lock().map(|()| lock));
        let lock = lock.map_err(failed("lock", &lock_path))?;
        Ok(Self { path, folder, most, _lock: lock })
    }

    /// What is in it; `None` if it does not exist.
    pub(crate) fn read(&self) -> Result<Option<Vec<u8>>, ReplaceError> {
        read(&self.path, self.most).map_err(failed("read", &self.path))
    }

    /// Puts `new` in its place, if it still is what was read.
    ///
    /// A new file of mode 0600 beside it is written and synced, takes its name, and the folder is synced. Whatever
    /// fails or breaks off before the name is taken leaves the old file.
    pub(crate) fn replace(&self, was: Option<&[u8]>, new: &[u8]) -> Result<(), ReplaceError> {
        if self.read()?.as_deref() != was {
            return Err(ReplaceError::Changed { path: self.path.clone() });
        }
        let failed = failed("write", &self.path);
        let mut file =
            tempfile::Builder::new().prefix(".tayori-").tempfile_in(&self.folder).map_err(&failed)?;
        file.write_all(new).map_err(&failed)?;
        file.as_file().sync_all().map_err(&failed)?;
        file.persist(&self.path).map_err(|err| failed(err.error))?;
        // Only the name is at stake now, and on systems that cannot sync a folder there is nothing to be done.
        if cfg!(unix) {
            File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(&failed)?;
        }
        Ok(())
    }
}

/// At most `most` octets of a file; `None` if it does not exist.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(err),
    };
    let mut octets = Vec::new();
    file.take(most + 1).read_to_end(&mut octets)?;
    if octets.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {most} octets")));
    }
    Ok(Some(octets))
}

/// The file at the end of all links. It need not exist.
fn follow(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows.
    const MOST: usize = 40;

    let mut path = path.to_owned();
    for _ in 0..MOST {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                let target = fs::read_link(&path)?;
                path = path.parent().unwrap_or(Path::new("")).join(target);
            }
            Ok(_) => return Ok(path),
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(path),
            Err(err) => return Err(err),
        }
    }
    Err(io::Error::other("too many links"))
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;

        options.mode(0o600);
    }
    options.open(path)
}

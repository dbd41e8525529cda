//! Folders for files that have no name yet.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use super::storage::Storage;
use super::{OutputError, Step, create_folder, parent};

/// The folder in the output folder that holds them; for a file that has a list of its own, the beginning of its name.
const NAME: &str = ".tayori-parts";

/// A folder for each thread that writes. Removed when this is dropped, if nothing is in them then.
#[derive(Debug)]
pub(crate) struct Parts {
    path: PathBuf,
    folders: Vec<PathBuf>,
}

impl Parts {
    /// Makes the folders in an output folder that nobody else writes into: the caller holds the lock of its manifest.
    ///
    /// Fails where nothing can be written, which is good to know before anything is downloaded.
    pub(crate) fn prepare(storage: &impl Storage, output: &Path, count: usize) -> Result<Self, OutputError> {
        Self::at(storage, output.join(NAME), count)
    }

    /// The same, one folder, for a file that has a manifest of its own, whose lock the caller holds. Other files beside
    /// it may be written by others at the same time.
    pub(crate) fn beside(storage: &impl Storage, file: &Path) -> Result<Self, OutputError> {
        let name = file.file_name().unwrap_or_default();
        let digest = blake3::hash(name.as_encoded_bytes()).to_hex();
        Self::at(storage, parent(file).join(format!("{NAME}-{}", &digest[..16])), 1)
    }

    fn at(storage: &impl Storage, path: PathBuf, count: usize) -> Result<Self, OutputError> {
        no_link(&path)?;
        create_folder(storage, &path)?;
        remove_leftovers(storage, &path)?;
        spread_folders(&path);
        // Removed also when the following fails.
        let mut parts = Self { path, folders: Vec::new() };
        for number in 0..count {
            let folder = parts.path.join(format!("{}-{number}", process::id()));
            no_link(&folder)?;
            create_folder(storage, &folder)?;
            parts.folders.push(folder);
        }
        Ok(parts)
    }

    pub(crate) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// What holds them: the same for the next run.
    pub(crate) fn root(&self) -> &Path {
        &self.path
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        // Only empty folders can be removed like this.
        for folder in &self.folders {
            let _ = fs::remove_dir(folder);
        }
        let _ = fs::remove_dir(&self.path);
    }
}

/// Asks ext4 to put the folders in this one far from each other, by their names, and the files in each near it.
///
/// Otherwise all of them share one group of blocks with the output folder, and where many files were deleted in the
/// last minutes, ext4 looks at every one of those for each file that it creates: half a millisecond instead of 30
/// microseconds. Only a hint; other file systems do not know it.
#[cfg(target_os = "linux")]
fn spread_folders(path: &Path) {
    use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};

    let Ok(folder) = fs::File::open(path) else { return };
    if let Ok(flags) = ioctl_getflags(&folder) {
        let _ = ioctl_setflags(&folder, flags | IFlags::TOPDIR);
    }
}

#[cfg(not(target_os = "linux"))]
fn spread_folders(_path: &Path) {}

/// A link would lead what is written, and what is removed, to somewhere else.
fn no_link(path: &Path) -> Result<(), OutputError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_dir() => Err(OutputError::NotAFolder { path: path.to_owned() }),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(Step::Look.failed(path, cause)),
    }
}

/// Removes the folders of runs that were killed.
fn remove_leftovers(storage: &impl Storage, path: &Path) -> Result<(), OutputError> {
    for folder in entries(path)? {
        // A link or a file is none of ours, or a mark that an mbox is not in the record.
        if !fs::symlink_metadata(&folder).is_ok_and(|metadata| metadata.is_dir()) {
            continue;
        }
        for file in entries(&folder)? {
            let name = file.file_name().unwrap_or_default().as_encoded_bytes();
            if name.starts_with(b".tayori-") && name.ends_with(b".part") {
                // This removes what a run that was killed has left of messages. The lock says that it lives no more; a
                // file in this folder never had a name, so nobody was told that the message is here, and nothing is
                // taken from the server before that: the message is still there.
                storage.remove(&file).map_err(|cause| Step::Remove.failed(&file, cause))?;
            }
        }
        let _ = fs::remove_dir(&folder);
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let look = |cause| Step::Look.failed(folder, cause);
    fs::read_dir(folder).map_err(look)?.map(|entry| entry.map(|entry| entry.path()).map_err(look)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::storage::Disk;

    #[test]
    fn folders_come_and_go() {
        let output = tempfile::tempdir().unwrap();
        let parts = Parts::prepare(&Disk, output.path(), 3).unwrap();
        assert!(parts.folders().iter().all(|folder| folder.is_dir()));
        drop(parts);
        assert_eq!(fs::read_dir(output.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_run_has_left_is_removed_and_nothing_else() {
        let output = tempfile::tempdir().unwrap();
        let folder = output.path().join(".tayori-parts/1");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(".tayori-1-2.part"), "torn").unwrap();
        fs::write(folder.join("mail.eml"), "somebody's").unwrap();
        fs::write(output.path().join(".tayori-1-2.part"), "somebody's").unwrap();
        drop(Parts::prepare(&Disk, output.path(), 2).unwrap());
        assert!(!folder.join(".tayori-1-2.part").exists());
        assert!(folder.join("mail.eml").exists());
        assert!(output.path().join(".tayori-1-2.part").exists());
    }

    /// What a run writes is no leftover for a run that fills the file beside it, or the folder.
    #[test]
    fn files_beside_each_other_have_folders_of_their_own() {
        let output = tempfile::tempdir().unwrap();
        let file = |name: &str| Parts::beside(&Disk, &output.path().join(name)).unwrap();
        let one = file("a.mbox");
        let part = one.folders()[0].join(".tayori-1-2.part");
        fs::write(&part, "coming").unwrap();
        let others = [file("b.mbox"), Parts::prepare(&Disk, output.path(), 2).unwrap()];
        assert!(part.exists());
        // Whoever comes for the same file holds its lock, so the run before is over.
        drop((one, others));
        drop(file("a.mbox"));
        assert_eq!(fs::read_dir(output.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        for place in [".tayori-parts".to_owned(), format!(".tayori-parts/{}-0", process::id())] {
            let output = tempfile::tempdir().unwrap();
            let elsewhere = tempfile::tempdir().unwrap();
            fs::write(elsewhere.path().join(".tayori-1-2.part"), "somebody's").unwrap();
            fs::create_dir_all(output.path().join(&place).parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(elsewhere.path(), output.path().join(&place)).unwrap();
            let error = Parts::prepare(&Disk, output.path(), 1).unwrap_err();
            assert!(matches!(error, OutputError::NotAFolder { .. }), "{error}");
            assert!(elsewhere.path().join(".tayori-1-2.part").exists());
        }
    }
}

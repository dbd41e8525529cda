//! Folders for files that have no name yet.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::storage::Storage;
use super::{OutputError, Step, create_folder};

/// The folder in the output folder that holds them.
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
        let path = output.join(NAME);
        let folders: Vec<PathBuf> = (0..count).map(|number| path.join(number.to_string())).collect();
        // Removed also when the following fails.
        let parts = Self { path, folders };
        no_link(&parts.path)?;
        for folder in &parts.folders {
            no_link(folder)?;
            create_folder(storage, folder)?;
            remove_leftovers(storage, folder)?;
        }
        Ok(parts)
    }

    pub(crate) fn folders(&self) -> &[PathBuf] {
        &self.folders
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

/// A link would lead what is written, and what is removed, to somewhere else.
fn no_link(path: &Path) -> Result<(), OutputError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_dir() => Err(OutputError::NotAFolder { path: path.to_owned() }),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(Step::Look.failed(path, cause)),
    }
}

fn remove_leftovers(storage: &impl Storage, folder: &Path) -> Result<(), OutputError> {
    let look = |cause| Step::Look.failed(folder, cause);
    for entry in fs::read_dir(folder).map_err(look)? {
        let entry = entry.map_err(look)?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(b".tayori-") && name.ends_with(b".part") {
            // This removes what a run that was killed has left of messages. The lock says that it lives no more; a
            // file in this folder never had a name, so nobody was told that the message is here, and nothing is
            // taken from the server before that: the message is still there.
            storage.remove(&entry.path()).map_err(|cause| Step::Remove.failed(&entry.path(), cause))?;
        }
    }
    Ok(())
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

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        for place in [".tayori-parts", ".tayori-parts/0"] {
            let output = tempfile::tempdir().unwrap();
            let elsewhere = tempfile::tempdir().unwrap();
            fs::write(elsewhere.path().join(".tayori-1-2.part"), "somebody's").unwrap();
            fs::create_dir_all(output.path().join(place).parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(elsewhere.path(), output.path().join(place)).unwrap();
            let error = Parts::prepare(&Disk, output.path(), 1).unwrap_err();
            assert!(matches!(error, OutputError::NotAFolder { .. }), "{error}");
            assert!(elsewhere.path().join(".tayori-1-2.part").exists());
        }
    }
}

//! The few things asked of the file system.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// A file system, as far as storing a message needs one. [`Disk`] is the real one; tests put one in its place that
/// fails, or dies, at a chosen step.
pub(crate) trait Storage {
    type File: Write;

    /// Creates a file that was not there (mode 0600), never following a symbolic link.
    fn create_new(&self, path: &Path) -> io::Result<Self::File>;

    /// Opens a file that is there, never following a symbolic link; whatever is written goes to its end.
    fn open_append(&self, path: &Path) -> io::Result<Self::File>;

    /// Returns when all that was written is on the disk.
    fn sync(&self, file: &mut Self::File) -> io::Result<()>;

    /// Gives a file a new name in one step; fails with `AlreadyExists` when the name is taken, and with `Unsupported`
    /// or `InvalidInput` where the system or the file system has no such operation.
    fn rename_exclusive(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file a second name in one step; fails with `AlreadyExists` when the name is taken.
    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file a new name in one step; what had the name before is gone.
    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a name.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Returns when the names in this folder are on the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Creates one folder (mode 0700).
    fn create_folder(&self, folder: &Path) -> io::Result<()>;
}

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Disk;

impl Storage for Disk {
    type File = File;

    fn create_new(&self, path: &Path) -> io::Result<File> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)
    }

    fn open_append(&self, path: &Path) -> io::Result<File> {
        let mut options = File::options();
        options.append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(
            &mut options,
            rustix::fs::OFlags::NOFOLLOW.bits().cast_signed(),
        );
        options.open(path)
    }

    fn sync(&self, file: &mut File) -> io::Result<()> {
        file.sync_all()
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn rename_exclusive(&self, from: &Path, to: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};

        Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn rename_exclusive(&self, _from: &Path, _to: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Elsewhere a folder cannot be opened as a file, and names are durable with the file.
        if cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)
    }
}

//! The few things asked of the file system.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::time::SystemTime;

use super::reading::open_options;

/// The names in a file system.
pub(crate) trait Names {
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

/// A file system, as far as storing a message needs one. [`Disk`] is the real one; tests put one in its place that
/// fails, or dies, at a chosen step.
pub(crate) trait Storage: Names {
    type File: Write;

    /// Creates a file that was not there (mode 0600), never following a symbolic link.
    fn create_new(&self, path: &Path) -> io::Result<Self::File>;

    /// Opens a file that is there, never following a symbolic link; whatever is written goes to its end.
    fn open_append(&self, path: &Path) -> io::Result<Self::File>;

    /// Opens a file for writing at any place in it, creating it (mode 0600) if it was not there; never follows a
    /// symbolic link.
    fn open(&self, path: &Path) -> io::Result<Self::File>;

    /// Writes all octets at this place in the file.
    fn write_at(&self, file: &mut Self::File, octets: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts the file off, or fills it with zeros up to this length.
    fn set_length(&self, file: &mut Self::File, length: u64) -> io::Result<()>;

    /// Sets the time of the last change.
    fn set_modified(&self, file: &mut Self::File, time: SystemTime) -> io::Result<()>;

    /// Lets the disk begin with what was written, without waiting for it. Only a hint: a sync that follows takes less.
    fn start_write_back(&self, file: &mut Self::File);

    /// Returns when all that was written is on the disk.
    fn sync(&self, file: &mut Self::File) -> io::Result<()>;

    /// Returns when all that anybody has written into the file of this name is on the disk, never following a symbolic
    /// link.
    fn sync_file(&self, path: &Path) -> io::Result<()>;
}

/// Gives a file a name in one step that fails with `AlreadyExists` when the name is taken; says what has become of the
/// old name.
///
/// Looking first and renaming then was rejected: a file that appears in between would be overwritten. Claiming the name
/// with an empty file was rejected too: a crash right then leaves a torn message.
pub(crate) fn name_exclusively(storage: &impl Names, from: &Path, to: &Path) -> io::Result<OldName> {
    match storage.rename_exclusive(from, to) {
        // NFS and some FUSE file systems have links but no such rename.
        Err(error) if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput) => {
            storage.hard_link(from, to).map(|()| OldName::Left)
        }
        renamed => renamed.map(|()| OldName::Gone),
    }
}

/// What has become of the name that a file had before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum OldName {
    Gone,
    /// It was there a moment ago, and is to be removed.
    Left,
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

    fn open(&self, path: &Path) -> io::Result<File> {
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;

            // Without waiting for whoever would have to open a pipe of this name at its other end.
            let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
            options.mode(0o600).custom_flags(flags.bits().cast_signed());
        }
        options.open(path)
    }

    fn write_at(&self, file: &mut File, octets: &[u8], offset: u64) -> io::Result<()> {
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(octets)
    }

    fn set_length(&self, file: &mut File, length: u64) -> io::Result<()> {
        file.set_len(length)
    }

    fn set_modified(&self, file: &mut File, time: SystemTime) -> io::Result<()> {
        file.set_modified(time)
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn start_write_back(&self, file: &mut File) {
        // Said of pages that are not written yet, this starts their writing, and returns.
        let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn start_write_back(&self, _file: &mut File) {}

    fn sync(&self, file: &mut File) -> io::Result<()> {
        file.sync_all()
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        // Elsewhere only what can be written can be synced; here the file may be one that its owner made read-only.
        let mut options = open_options();
        options.read(true).write(cfg!(not(unix)));
        options.open(path)?.sync_all()
    }
}

impl Names for Disk {
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
        #[cfg_attr(not(unix), allow(unused_mut))]
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)
    }
}

//! Reading files of a folder: no link is followed, no pipe is waited for, nothing is held whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// The number of octets in a file, and their hash. Memory does not depend on the file.
///
/// # Errors
///
/// `InvalidInput` for a folder, a device or a pipe; a symbolic link fails as the system chooses.
pub(crate) fn hash_file(path: &Path) -> io::Result<(u64, blake3::Hash)> {
    let file = open_options().read(true).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(&file)?;
    Ok((hasher.count(), hasher.finalize()))
}

/// Whether the content of a file is this. Memory does not depend on the file.
///
/// # Errors
///
/// As the system chooses for what is gone or cannot be read. Whatever is no file has another content.
pub(crate) fn has_content(path: &Path, octets: u64, blake3: &blake3::Hash) -> io::Result<bool> {
    let metadata = fs::symlink_metadata(path)?;
    Ok(metadata.is_file() && metadata.len() == octets && hash_file(path)? == (octets, *blake3))
}

/// Options with which no link is followed and no pipe is waited for.
pub(crate) fn open_options() -> OpenOptions {
    // Nothing is changed where there is no such flag.
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only there it is changed"))]
    let mut options = File::options();
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;

        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    options
}

/// Whether `path` still is the name of this file. Where the system does not tell, it is taken to be.
pub(crate) fn is_same_file(file: &File, path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(named) => Ok(is_same(&file.metadata()?, &named)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether both are one file.
#[cfg(unix)]
pub(crate) fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Whether both may be one file.
#[cfg(not(unix))]
pub(crate) fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    one.file_type() == other.file_type()
}

/// Reads a file from a place on, whatever others who read or write through the same handle do.
pub(crate) struct ReadAt<'a> {
    file: &'a File,
    offset: u64,
}

impl<'a> ReadAt<'a> {
    pub(crate) fn new(file: &'a File, offset: u64) -> Self {
        Self { file, offset }
    }
}

impl Read for ReadAt<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(self.file, buffer, self.offset)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(self.file, buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_hashed_whatever_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.eml");
        for size in [0, 1, 1024, 65_535, 65_536, 65_537, 300_000] {
            let octets: Vec<u8> = (0u32..size).map(|n| (n % 251) as u8).collect();
            fs::write(&path, &octets).unwrap();
            assert_eq!(hash_file(&path).unwrap(), (u64::from(size), blake3::hash(&octets)));
        }
        assert_eq!(hash_file(&folder.path().join("gone")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(hash_file(folder.path()).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_are_no_files() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("mail.eml"), "x").unwrap();
        std::os::unix::fs::symlink(at("mail.eml"), at("link")).unwrap();
        hash_file(&at("link")).unwrap_err();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), mode).unwrap();
        assert_eq!(hash_file(&at("pipe")).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}

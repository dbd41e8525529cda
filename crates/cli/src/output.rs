//! Where fetched messages go: a file, a folder, or stdout. Knows nothing of IMAP.
//!
//! - this file: what `-o` means, messages to stdout
//! - [`alike`]: names that a file system may take for one
//! - [`aside`]: a file gets out of the way without being lost
//! - [`error`]: what can go wrong, and what to do about it
//! - [`mod@file`]: a message on its way into a file, and how it gets its name
//! - [`mailbox_path`]: the folder of a mailbox, from its name
//! - [`maildir`]: the place and name of a message in a Maildir
//! - [`mbox`]: messages one behind the other in one file
//! - [`safe_name`]: a file name from text that a stranger wrote
//! - [`part`]: a file that has no name yet
//! - [`parts`]: where files are as long as they have no name
//! - [`writers`]: the threads that do it
//! - [`reading`]: files read back without following links
//! - [`storage`]: the few things asked of the file system, so that tests can let each of them fail
//! - [`template`]: names of messages as the user wants them

pub(crate) mod alike;
pub(crate) mod aside;
pub(crate) mod error;
#[cfg(test)]
pub(crate) mod faults;
pub(crate) mod file;
pub(crate) mod mailbox_path;
pub(crate) mod maildir;
pub(crate) mod mbox;
mod part;
pub(crate) mod parts;
pub(crate) mod reading;
pub(crate) mod safe_name;
pub(crate) mod storage;
pub(crate) mod template;
pub(crate) mod writers;

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use storage::Storage;

pub(crate) use error::{OutputError, Step};

/// What `-o` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// `-o -`: the octets of one message on stdout.
    Stdout,
    /// An existing folder, or a name with a slash at its end: `<uid>.eml` for each message.
    Folder(PathBuf),
    /// One message under this name. The path ends in a name, never in `..`.
    File(PathBuf),
}

impl Target {
    /// Reads the argument of `-o`; looks at the file system to see whether a folder of that name is there.
    pub(crate) fn parse(argument: &OsStr) -> Result<Target, OutputError> {
        if argument == "-" {
            return Ok(Target::Stdout);
        }
        let path = PathBuf::from(argument);
        if argument.as_encoded_bytes().ends_with(b"/") || path.is_dir() {
            return Ok(Target::Folder(path));
        }
        match path.file_name() {
            Some(_) => Ok(Target::File(path)),
            None => Err(OutputError::NoName { path }),
        }
    }

    /// How many messages fit.
    pub(crate) fn capacity(&self) -> Capacity {
        match self {
            Target::Stdout | Target::File(_) => Capacity::One,
            Target::Folder(_) => Capacity::Many,
        }
    }

    /// The folder in which files appear; none for stdout.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match self {
            Target::Stdout => None,
            Target::Folder(path) => Some(path),
            Target::File(path) => Some(parent(path)),
        }
    }

    /// Creates the folder, and those above it, when they are missing (mode 0700). For a single file nothing is
    /// created: a missing folder there is more likely a slip of the pen.
    pub(crate) fn prepare(&self, storage: &impl Storage) -> Result<(), OutputError> {
        match self {
            Target::Folder(path) => create_folder(storage, path),
            Target::Stdout | Target::File(_) => Ok(()),
        }
    }
}

/// How many messages a target can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capacity {
    One,
    Many,
}

/// What happens to a file that has the name already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overwrite {
    /// It stays; the new message is refused.
    Refuse,
    /// `--force`: it is replaced, once the new message is complete and on the disk.
    Replace,
    /// It gets another name: it was fetched once, and is not what it was.
    SetAside,
}

/// Finds out before anything is downloaded whether `path` can be given to a message.
///
/// Only a courtesy: a name that is free now may be taken later, so the commit does not rely on it. A symbolic link
/// counts as taken wherever it leads, also to nowhere.
pub(crate) fn check_name(path: &Path, overwrite: Overwrite) -> Result<(), OutputError> {
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(Step::Look.failed(path, cause)),
    };
    // Putting a file in the place of /dev/null, a pipe or a socket is never what somebody meant.
    if !kind.is_file() && !kind.is_symlink() {
        return Err(OutputError::NotAFile { path: path.to_owned() });
    }
    match overwrite {
        Overwrite::Refuse => Err(OutputError::Exists { path: path.to_owned() }),
        Overwrite::Replace | Overwrite::SetAside => Ok(()),
    }
}

/// A message on its way to stdout, or to whatever `out` is.
pub(crate) struct Piped<W> {
    out: W,
}

impl<W: Write> Piped<W> {
    pub(crate) fn new(out: W) -> Piped<W> {
        Piped { out }
    }

    /// Writes `octets` as they are.
    pub(crate) fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        self.out.write_all(octets).map_err(stdout_failed)
    }

    /// Writes out what is still held back. A message is delivered only when this has succeeded.
    pub(crate) fn finish(mut self) -> Result<(), OutputError> {
        self.out.flush().map_err(stdout_failed)
    }
}

pub(crate) fn stdout_failed(cause: io::Error) -> OutputError {
    match cause.kind() {
        io::ErrorKind::BrokenPipe => OutputError::ReaderGone,
        _ => OutputError::Stdout(cause),
    }
}

/// Creates `path` and the missing folders above it; each is made durable in the one above before the next.
pub(crate) fn create_folder(storage: &impl Storage, path: &Path) -> Result<(), OutputError> {
    let missing: Vec<&Path> =
        path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()).collect();
    for folder in missing.into_iter().rev() {
        match storage.create_folder(folder) {
            Ok(()) => {}
            // Somebody else was faster; anything but a folder shows itself at the end.
            Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(Step::CreateFolder.failed(folder, cause)),
        }
        storage
            .sync_folder(parent(folder))
            .map_err(|cause| Step::SyncFolder.failed(parent(folder), cause))?;
    }
    match path.is_dir() {
        true => Ok(()),
        false => Err(Step::CreateFolder.failed(path, io::ErrorKind::NotADirectory.into())),
    }
}

/// The folder that holds `path`; that of a bare name is the current one.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::storage::Disk;
    use super::*;

    /// With a slash at its end if the name has one.
    fn in_folder(folder: &Path, name: &str) -> OsString {
        folder.join(name).into_os_string()
    }

    #[test]
    fn what_the_argument_means() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("there")).unwrap();
        fs::write(folder.path().join("mail.eml"), "").unwrap();
        let check = |name: &str, expected: &str| {
            let argument = match name {
                "-" | "" | "." | ".." | "/" => OsString::from(name),
                _ => in_folder(folder.path(), name),
            };
            let actual = match Target::parse(&argument) {
                Ok(Target::Stdout) => "stdout",
                Ok(Target::Folder(_)) => "folder",
                Ok(Target::File(_)) => "file",
                Err(err) => &err.to_string().replace(folder.path().to_str().unwrap(), "DIR"),
            };
            assert_eq!(actual, expected, "{name}");
        };
        check("-", "stdout");
        check("there", "folder");
        check("there/", "folder");
        check("missing/", "folder");
        check("missing", "file");
        check("mail.eml", "file");
        check("mail.eml/", "folder");
        check(".", "folder");
        check("..", "folder");
        check("/", "folder");
        check("-/x", "file");
        check("", " names no file");
        check("missing/..", "DIR/missing/.. names no file");
    }

    #[test]
    fn folders_of_a_target() {
        let check = |target: Target, folder: Option<&str>, capacity| {
            assert_eq!(target.folder(), folder.map(Path::new));
            assert_eq!(target.capacity(), capacity);
        };
        check(Target::Stdout, None, Capacity::One);
        check(Target::Folder("out/".into()), Some("out/"), Capacity::Many);
        check(Target::File("out/a.eml".into()), Some("out"), Capacity::One);
        check(Target::File("a.eml".into()), Some("."), Capacity::One);
        check(Target::File("/a.eml".into()), Some("/"), Capacity::One);
    }

    #[cfg(unix)]
    #[test]
    fn new_folders_are_private() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("a/b/c");
        Target::Folder(new.clone()).prepare(&Disk).unwrap();
        for path in [&new, new.parent().unwrap(), new.parent().unwrap().parent().unwrap()] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700);
        }
        // Again, and one that is there with other permissions: left as it is.
        fs::set_permissions(&new, fs::Permissions::from_mode(0o750)).unwrap();
        Target::Folder(new.clone()).prepare(&Disk).unwrap();
        assert_eq!(fs::metadata(&new).unwrap().permissions().mode() & 0o777, 0o750);
    }

    #[test]
    fn a_file_is_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mail.eml"), "old").unwrap();
        for name in ["mail.eml/", "mail.eml/sub/"] {
            let target = Target::parse(&in_folder(folder.path(), name)).unwrap();
            let err = target.prepare(&Disk).unwrap_err().to_string();
            assert!(err.starts_with("could not create the folder "), "{err}");
        }
        assert_eq!(fs::read(folder.path().join("mail.eml")).unwrap(), b"old");
    }

    #[cfg(unix)]
    #[test]
    fn a_taken_name_is_found_out_early() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "").unwrap();
        fs::create_dir(at("folder")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        symlink(at("file"), at("link")).unwrap();
        let check = |name: &str, refuse: &str, replace: &str| {
            for (overwrite, expected) in [(Overwrite::Refuse, refuse), (Overwrite::Replace, replace)] {
                let actual =
                    check_name(&at(name), overwrite).map_or_else(|err| err.to_string(), |()| "free".into());
                assert_eq!(actual.replace(folder.path().to_str().unwrap(), "DIR"), expected);
            }
        };
        check("free", "free", "free");
        check("file", "DIR/file is there already", "free");
        check("dangling", "DIR/dangling is there already", "free");
        check("link", "DIR/link is there already", "free");
        check(
            "folder",
            "DIR/folder is there already, and is no file",
            "DIR/folder is there already, and is no file",
        );
        check("file/x", "could not look at DIR/file/x", "could not look at DIR/file/x");
        assert!(check_name(Path::new("/dev/null"), Overwrite::Replace).is_err());
    }

    /// Fails with `kind` when writing, or only when flushing.
    struct Failing {
        write: Option<io::ErrorKind>,
        flush: Option<io::ErrorKind>,
    }

    impl Write for Failing {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.write.map_or(Ok(octets.len()), |kind| Err(kind.into()))
        }

        fn flush(&mut self) -> io::Result<()> {
            self.flush.map_or(Ok(()), |kind| Err(kind.into()))
        }
    }

    #[test]
    fn stdout_gets_the_octets_and_a_closed_pipe_is_told_apart() {
        let mut out = Vec::new();
        let mut mail = Piped::new(&mut out);
        mail.write(b"From: a\r\n\r\n\0\xff").unwrap();
        mail.write(b"\n").unwrap();
        mail.finish().unwrap();
        assert_eq!(out, b"From: a\r\n\r\n\0\xff\n");

        let check = |write, flush, expected: &str| {
            let mut mail = Piped::new(Failing { write, flush });
            let result = mail.write(b"x").and_then(|()| mail.finish());
            assert_eq!(result.unwrap_err().to_string(), expected);
        };
        let gone = "the reader of stdout went away";
        check(Some(io::ErrorKind::BrokenPipe), None, gone);
        check(None, Some(io::ErrorKind::BrokenPipe), gone);
        check(Some(io::ErrorKind::StorageFull), None, "could not write to stdout");
        check(None, Some(io::ErrorKind::StorageFull), "could not write to stdout");
    }

    #[test]
    fn paths_in_errors_cannot_drive_a_terminal() {
        let err = OutputError::Exists { path: "a\u{1b}[2J".into() };
        assert_eq!(err.to_string(), "a\\x1b[2J is there already");
    }
}

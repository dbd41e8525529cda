use std::fs::File;
use std::io;
use std::path::Path;

use tayori_proto::types::Secret;

use super::error::{SecretError, SecretOrigin};
use super::line;

/// Reads the first line of a file that nobody else can read or write.
///
/// Symbolic links are followed, since services are handed their secrets that way; what is judged is the file that
/// was opened, not the name, so that nothing can be exchanged in between.
pub(super) fn read(path: &Path) -> Result<Secret, SecretError> {
    let unreadable = |cause| SecretError::Unreadable { path: path.to_owned(), cause };
    let file = open_without_waiting(path).map_err(unreadable)?;
    Facts::of(&file).map_err(unreadable)?.check(path)?;
    let octets = line::read_first(file).map_err(unreadable)?.map_err(SecretOrigin::File.blame())?;
    line::parse(&octets).map_err(SecretOrigin::File.blame())
}

/// Opening a pipe for reading would wait for somebody to write; it is to be refused instead.
#[cfg(unix)]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};

    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// What decides whether a password file is safe.
struct Facts {
    regular: bool,
    access: Access,
}

/// Who can get at a file.
enum Access {
    /// Owner, permission bits, and who is asking.
    #[cfg_attr(not(unix), allow(dead_code))]
    Unix { owner: u32, mode: u32, user: u32 },
    /// The platform has no permission bits; its own access lists are left to the person.
    #[cfg_attr(unix, allow(dead_code))]
    Unknown,
}

impl Facts {
    #[cfg(unix)]
    fn of(file: &File) -> io::Result<Facts> {
        use std::os::unix::fs::MetadataExt;

        let metadata = file.metadata()?;
        Ok(Facts {
            regular: metadata.is_file(),
            access: Access::Unix {
                owner: metadata.uid(),
                mode: metadata.mode() & 0o7777,
                user: rustix::process::geteuid().as_raw(),
            },
        })
    }

    #[cfg(not(unix))]
    fn of(file: &File) -> io::Result<Facts> {
        Ok(Facts { regular: file.metadata()?.is_file(), access: Access::Unknown })
    }

    fn check(&self, path: &Path) -> Result<(), SecretError> {
        let path = || path.to_owned();
        if !self.regular {
            return Err(SecretError::NotAFile { path: path() });
        }
        match self.access {
            // A file of root is fine: root can read everything anyway.
            Access::Unix { owner, user, .. } if owner != user && owner != 0 => {
                Err(SecretError::NotYours { path: path() })
            }
            Access::Unix { mode, .. } if mode & 0o077 != 0 => {
                Err(SecretError::OpenToOthers { path: path(), mode })
            }
            Access::Unix { .. } | Access::Unknown => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_and_mode_decide_together() {
        let check = |owner, mode, user, expected: &str| {
            let facts = Facts { regular: true, access: Access::Unix { owner, mode, user } };
            let actual = facts.check(Path::new("f")).map_or_else(|err| err.to_string(), |()| "ok".to_owned());
            assert_eq!(actual, expected);
        };
        check(1000, 0o600, 1000, "ok");
        check(0, 0o400, 1000, "ok");
        check(0, 0o600, 0, "ok");
        check(1001, 0o600, 1000, "the password file f belongs to another user");
        check(1001, 0o600, 0, "the password file f belongs to another user");
        check(0, 0o440, 1000, "the password file f is open to other users (mode 0440)");
        check(1000, 0o4610, 1000, "the password file f is open to other users (mode 4610)");
    }
}

//! Getting a file out of the way without losing it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::reading::is_same;
use super::storage::{Names, OldName, Storage, name_exclusively};
use super::{OutputError, Step, parent};

/// What stands between the name of a file and the number, once it is set aside.
const MARK: &str = ".aside-";

/// How many names beside a file are tried. Nobody sets one file aside so often; something else is wrong then.
const MOST_NAMES: u32 = 10_000;

/// Gives a file a free name beside it, `<name>.aside-1` or a higher number, and returns its path when that is durable.
///
/// # Errors
///
/// Whatever fails, the file has its old name, the new one, or both; nothing else was touched. When only the last step
/// fails, [`Step::SyncFolder`], it has the new name.
pub(crate) fn set_aside(storage: &impl Names, path: &Path) -> Result<PathBuf, OutputError> {
    let rename = |aside: &Path| rename_to_free(storage, path, aside);
    let (aside, ()) = first_free(path, rename, |aside, cause| Step::Name.failed(aside, cause))?;
    let folder = parent(path);
    storage.sync_folder(folder).map_err(|cause| Step::SyncFolder.failed(folder, cause))?;
    Ok(aside)
}

/// Creates a file beside this one, for octets of it that are set aside: under a free name, like the whole file.
pub(crate) fn create_aside<S: Storage>(storage: &S, path: &Path) -> Result<(PathBuf, S::File), OutputError> {
    let create = |aside: &Path| storage.create_new(aside);
    first_free(path, create, |_, cause| Step::Create.failed(parent(path), cause))
}

/// Tries the names beside a file until `take` finds one that is not taken (`AlreadyExists`).
fn first_free<T>(
    path: &Path,
    take: impl Fn(&Path) -> io::Result<T>,
    failed: impl Fn(&Path, io::Error) -> OutputError,
) -> Result<(PathBuf, T), OutputError> {
    for number in 1..=MOST_NAMES {
        let aside = numbered(path, number);
        match take(&aside) {
            Ok(taken) => return Ok((aside, taken)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(failed(&aside, cause)),
        }
    }
    Err(OutputError::Exists { path: numbered(path, MOST_NAMES) })
}

/// Whether this is the name of a file that was set aside.
pub(crate) fn is_aside(name: &str) -> bool {
    before_mark(name).is_some()
}

/// Whether this is the name of a file that was set aside when it had the name `old`.
pub(crate) fn is_aside_of(name: &str, old: &str) -> bool {
    before_mark(name) == Some(old)
}

fn before_mark(name: &str) -> Option<&str> {
    let (old, number) = name.rsplit_once(MARK)?;
    (!number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())).then_some(old)
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(format!("{MARK}{number}"));
    name.into()
}

/// Moves a file to a name that nothing has; `AlreadyExists` if something has it.
///
/// Nothing is lost: the new name is taken in one step that fails if it is taken, so no file is overwritten.
fn rename_to_free(storage: &impl Names, path: &Path, aside: &Path) -> io::Result<()> {
    match name_exclusively(storage, path, aside)? {
        OldName::Gone => Ok(()),
        OldName::Left => {
            // This removes a name of the file. The link that has just succeeded gave it another, and this look proves
            // that both are names of one file: if another program has put a new file in the place, that one stays. A
            // failure is told: whoever goes on has to know that the name is not free.
            if !is_same(&fs::symlink_metadata(path)?, &fs::symlink_metadata(aside)?) {
                return Err(io::Error::other("another program has replaced the file meanwhile"));
            }
            storage.remove(path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::faults::{Fault, Faulty, Moment, Naming};
    use crate::output::storage::Disk;

    /// Every name with its content, in order.
    fn all(folder: &Path) -> Vec<(String, String)> {
        let mut found: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        found.sort();
        found
    }

    fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    #[track_caller]
    fn check_all(folder: &tempfile::TempDir, expected: &[(&str, &str)]) {
        let found = all(folder.path());
        let found: Vec<_> = found.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect();
        assert_eq!(found, expected);
    }

    /// Sets `5.eml` aside, without an operation that could overwrite.
    fn set_five_aside(storage: &Faulty, folder: &tempfile::TempDir) -> Result<String, OutputError> {
        let aside = set_aside(storage, &folder.path().join("5.eml"));
        let allowed = ["name", "remove", "sync folder"];
        assert!(storage.steps().iter().all(|step| allowed.contains(step)), "{:?}", storage.steps());
        Ok(aside?.strip_prefix(folder).unwrap().to_str().unwrap().to_owned())
    }

    const WAYS: [Naming; 2] = [Naming::Exclusive, Naming::OnlyLinks];

    #[test]
    fn the_first_free_name_is_taken() {
        for naming in WAYS {
            let folder = folder_with(&[("5.eml", "c"), ("5.eml.aside-1", "a"), ("5.eml.aside-2", "b")]);
            assert_eq!(set_five_aside(&Faulty::naming(naming), &folder).unwrap(), "5.eml.aside-3");
            check_all(&folder, &[("5.eml.aside-1", "a"), ("5.eml.aside-2", "b"), ("5.eml.aside-3", "c")]);
        }
    }

    /// Here what is relied upon is broken: the name that was free a moment ago, and the name that is removed.
    #[test]
    fn what_others_put_there_at_the_last_moment_stays() {
        for naming in WAYS {
            let folder = folder_with(&[("5.eml", "c")]);
            let taken = folder.path().join("5.eml.aside-1");
            let storage = Faulty::naming(naming);
            storage.at(Moment::Before("name"), || fs::write(taken, "new").unwrap());
            assert_eq!(set_five_aside(&storage, &folder).unwrap(), "5.eml.aside-2");
            check_all(&folder, &[("5.eml.aside-1", "new"), ("5.eml.aside-2", "c")]);
        }
        let folder = folder_with(&[("5.eml", "c"), ("new", "new")]);
        let (new, old) = (folder.path().join("new"), folder.path().join("5.eml"));
        let storage = Faulty::naming(Naming::OnlyLinks);
        storage.at(Moment::After("name"), || fs::rename(new, old).unwrap());
        set_five_aside(&storage, &folder).unwrap_err();
        check_all(&folder, &[("5.eml", "new"), ("5.eml.aside-1", "c")]);
    }

    #[test]
    fn whatever_fails_nothing_is_lost() {
        let check = |naming, at, victim, expected: Step, left: &[(&str, &str)]| {
            let folder = folder_with(&[("5.eml", "c")]);
            let storage = Faulty::new(naming, at, Fault::Once(io::ErrorKind::PermissionDenied));
            let error = set_five_aside(&storage, &folder).unwrap_err();
            assert_eq!(storage.victim(), victim);
            assert!(matches!(error, OutputError::Failed { step, .. } if step == expected), "{error}");
            check_all(&folder, left);
        };
        check(Naming::Exclusive, 0, "name", Step::Name, &[("5.eml", "c")]);
        check(Naming::Exclusive, 1, "sync folder", Step::SyncFolder, &[("5.eml.aside-1", "c")]);
        check(Naming::OnlyLinks, 0, "name", Step::Name, &[("5.eml", "c")]);
        check(Naming::OnlyLinks, 1, "remove", Step::Name, &[("5.eml", "c"), ("5.eml.aside-1", "c")]);
        check(Naming::OnlyLinks, 2, "sync folder", Step::SyncFolder, &[("5.eml.aside-1", "c")]);
        let folder = folder_with(&[]);
        set_aside(&Disk, &folder.path().join("5.eml")).unwrap_err();
        check_all(&folder, &[]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_moved_itself() {
        for naming in WAYS {
            let folder = folder_with(&[("other", "o")]);
            let at = |name: &str| folder.path().join(name);
            std::os::unix::fs::symlink("other", at("5.eml")).unwrap();
            set_five_aside(&Faulty::naming(naming), &folder).unwrap();
            assert_eq!(fs::read_link(at("5.eml.aside-1")).unwrap(), Path::new("other"));
            check_all(&folder, &[("5.eml.aside-1", "o"), ("other", "o")]);
        }
    }

    #[test]
    fn names_of_files_that_were_set_aside() {
        for (name, expected) in [
            ("5.eml.aside-1", true),
            ("1:2,S.aside-27", true),
            ("a.aside-1.aside-2", true),
            ("5.eml", false),
            (".aside-", false),
            ("a.aside-1:2,S", false),
            ("a.aside-x", false),
        ] {
            assert_eq!(is_aside(name), expected, "{name}");
        }
    }
}

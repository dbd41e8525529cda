//! The file with an account's password, where somebody has chosen to have one made: beside the configuration.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tayori_account::config::AccountName;
use tayori_proto::types::Secret;

use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;

/// As the configuration names it, which means its own folder.
pub(super) fn name(account: &AccountName) -> String {
    format!("{account}.password")
}

/// Where it is for this account of this configuration.
pub(super) fn path(config: &Path, account: &AccountName) -> PathBuf {
    config.with_file_name(name(account))
}

/// Puts the password into a new file that nobody else can read. What is there already is left alone; of a file that
/// cannot be written whole, nothing is left.
pub(super) fn create(path: &Path, password: &Secret) -> Result<(), Failure> {
    let written = new_file(path).and_then(|mut file| {
        let filled = fill(&mut file, password);
        if filled.is_err() {
            // It is ours, since it was not there before.
            let _ = fs::remove_file(path);
        }
        filled
    });
    written.map_err(|error| {
        let message = format!("cannot write {}: {error}", path.to_string_lossy());
        Failure::new(Exit::Disk, escape_str(&message))
    })
}

fn new_file(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_folder(folder)?;
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn fill(file: &mut File, password: &Secret) -> io::Result<()> {
    file.write_all(password.expose())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// That of the configuration, which the first account makes.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let account = AccountName::new("home").unwrap();
        let path = path(&folder.path().join("new").join("config.toml"), &account);
        let password = Secret::new("hunter2").unwrap();
        create(&path, &password).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"hunter2\n");
        let failure = create(&path, &Secret::new("another").unwrap()).unwrap_err();
        assert_eq!(failure.exit, Exit::Disk);
        assert_eq!(fs::read(&path).unwrap(), b"hunter2\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;

            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        }
    }
}

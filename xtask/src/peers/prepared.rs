//! Folders with what was fetched for peers. They are kept in the target folder, since fetching takes a minute.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::install::Administrator;
use crate::process;
use crate::stop::{Outcome, Stop, because};

/// A folder that is whole or is made again: its last file says what it was made from.
pub(super) struct Prepared {
    folder: PathBuf,
    made_from: String,
}

/// The last file that is written into a folder.
const MARKER: &str = "made-from";

impl Prepared {
    /// The folder of this name. Whenever one of the `ingredients` is another than before, it has to be made again.
    pub(super) fn new(name: &str, ingredients: &[&str]) -> Outcome<Self> {
        let ours = env::current_exe().map_err(because("our own program"))?;
        let target = ours
            .parent()
            .and_then(Path::parent)
            .ok_or_else(|| Stop::failed(format!("{} is not in a target folder", ours.display())))?;
        Ok(Self::within(&target.join("peers"), name, ingredients))
    }

    fn within(parent: &Path, name: &str, ingredients: &[&str]) -> Self {
        let digest = Sha256::digest(ingredients.join("\0"));
        let made_from = digest.iter().map(|octet| format!("{octet:02x}")).collect();
        Self { folder: parent.join(name), made_from }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn is_whole(&self) -> bool {
        fs::read_to_string(self.folder.join(MARKER)).is_ok_and(|text| text == self.made_from)
    }

    /// Removes what is there and makes an empty folder.
    pub(super) fn begin(&self, administrator: &Administrator) -> Outcome<()> {
        // First the file that says that the folder is whole: a removal that is cut short must not leave it there.
        // One file system, since whatever is mounted in there by somebody is not ours to remove.
        let script = r#"rm -f "$1/$2" && rm -rf --one-file-system "$1""#;
        let path = self.folder.to_string_lossy();
        process::output_of(&mut administrator.command(&["sh", "-c", script, "sh", &path, MARKER]))?;
        fs::create_dir_all(&self.folder).map_err(because(self.folder.display()))
    }

    pub(super) fn finish(&self) -> Outcome<()> {
        fs::write(self.folder.join(MARKER), &self.made_from).map_err(because(MARKER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_whole_only_when_it_was_finished_from_the_same() {
        let parent = tempfile::tempdir().expect("a folder for the test");
        let prepared = |ingredients: &[&str]| Prepared::within(parent.path(), "it's here", ingredients);
        let ours = prepared(&["a", "b"]);
        assert!(!ours.is_whole());
        ours.begin(&Administrator::Ourselves).expect("the folder is ours");
        fs::write(ours.folder().join("half"), "x").expect("the folder is ours");
        assert!(!ours.is_whole());
        ours.finish().expect("the folder is ours");
        assert!(ours.is_whole());
        for others in [["a", "c"].as_slice(), &["ab"], &[]] {
            assert!(!prepared(others).is_whole());
        }
        ours.begin(&Administrator::Ourselves).expect("the folder is ours");
        assert!(!ours.is_whole() && !ours.folder().join("half").exists());
    }
}

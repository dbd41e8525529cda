//! The folder `fixtures/` at the top of the repository.

use std::io;
use std::path::{Path, PathBuf};

/// The top of the repository; paths in scripts start here.
pub fn repository() -> &'static Path {
    let testkit = Path::new(env!("CARGO_MANIFEST_DIR"));
    // This crate is two folders below the top.
    testkit.ancestors().nth(2).unwrap_or(testkit)
}

/// The scripts of one folder of `fixtures/transcripts/`, by name.
pub fn transcripts(group: &str) -> io::Result<Vec<PathBuf>> {
    scripts(&repository().join("fixtures/transcripts").join(group))
}

/// The files of a folder that end in `.txt`, by name.
pub(crate) fn scripts(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut scripts = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            scripts.push(path);
        }
    }
    scripts.sort();
    Ok(scripts)
}

//! The width of comments, which rustfmt leaves as they are.

use std::fs;
use std::path::{Path, PathBuf};

use crate::stop::{Outcome, Stop, because};

/// Columns that a line with a comment may have.
const WIDTH: usize = 120;

/// Folders with sources of this project.
const FOLDERS: [&str; 3] = ["benches", "crates", "xtask"];

/// Fails with each line that is too long. Rows of tables cannot be wrapped, and may be as long as they are.
pub(super) fn check() -> Outcome<()> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        find_sources(Path::new(folder), &mut files)?;
    }
    let mut long = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).map_err(because(format!("{} cannot be read", file.display())))?;
        let lines = text.lines().zip(1..).filter(|(line, _)| is_too_long(line));
        long.extend(lines.map(|(_, number)| format!("{}:{number}", file.display())));
    }
    if long.is_empty() {
        return Ok(());
    }
    Err(Stop::failed(format!("comments of more than {WIDTH} columns:\n{}", long.join("\n"))))
}

fn find_sources(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome<()> {
    let unreadable = || because(format!("{} cannot be listed", folder.display()));
    for entry in fs::read_dir(folder).map_err(unreadable())? {
        let path = entry.map_err(unreadable())?.path();
        if path.is_dir() && !path.ends_with("target") {
            find_sources(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn is_too_long(line: &str) -> bool {
    let comment = line.trim_start().strip_prefix("//");
    let is_table = |comment: &str| comment.trim_start_matches(['/', '!']).trim_start().starts_with('|');
    comment.is_some_and(|comment| !is_table(comment)) && line.chars().count() > WIDTH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_comments_that_can_be_wrapped_are_too_long() {
        let words = "word ".repeat(30);
        for line in [format!("// {words}"), format!("    /// {words}"), format!("//! {words}")] {
            assert!(is_too_long(&line), "{line}");
        }
        for line in [format!("/// | {words} |"), format!("let x = \"{words}\";"), "// short".to_owned()] {
            assert!(!is_too_long(&line), "{line}");
        }
        assert!(!is_too_long(&format!("//! {}", "\u{65e5}".repeat(100))));
    }
}

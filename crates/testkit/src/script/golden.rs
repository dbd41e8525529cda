use std::path::Path;

use super::{Chunking, ScriptError};

/// Compares with a file, or writes it when the environment says so.
pub(crate) fn compare(name: &str, path: &Path, found: &str) -> Result<(), ScriptError> {
    let read = |source| ScriptError::Read { name: path.display().to_string(), source };
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        return std::fs::write(path, found).map_err(read);
    }
    let expected = std::fs::read_to_string(path).map_err(read)?;
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (expected, found) = (lines(&expected), lines(found));
    if expected == found {
        return Ok(());
    }
    let at = expected.iter().zip(&found).take_while(|(expected, found)| expected == found).count();
    let show = |lines: &[String]| lines.get(at).cloned().unwrap_or_else(|| "(the end)".to_owned());
    Err(ScriptError::Log {
        name: name.to_owned(),
        chunking: Chunking::Whole,
        problem: format!(
            "line {} of the .events file\nexpected: {}\nfound:    {}\n(UPDATE_GOLDEN=1 writes what was found)",
            at + 1,
            show(&expected),
            show(&found)
        ),
    })
}

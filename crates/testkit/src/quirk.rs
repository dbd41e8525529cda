//! What servers send that they should not, row by row, and what it must mean.
//!
//! The files of `fixtures/quirks/` hold rows like this one:
//!
//! ```text
//! = fetch-003 recover
//! # QQ: space before ")"
//! # Origin: jakartaee/mail-api issue 209
//! ! start selected
//! C: A1 FETCH 1 (UID FLAGS)
//! S: * 11487 FETCH (UID 19436 )
//! S: A1 OK done
//! ```
//!
//! Under the line with the name of the row and its [`Verdict`] stands a [script](crate::script). Behind it every row is
//! asked for one thing more, a STATUS, which must be answered: that is what "the session goes on" means. What the
//! session reports stands in the `.events` file of the same name.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::fixture;
use crate::script::{Chunking, Entry, Script, ScriptError, golden};

/// What a row must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is legal, if surprising: read without a repair.
    Ok,
    /// It is not legal, and what it means is plain: read with a repair.
    Recover,
    /// It says nothing: passed over.
    Skip,
    /// It is handed on as it came.
    Opaque,
    /// This item, or this row, cannot be read, and nothing else is lost.
    ItemFail,
    /// The connection ends.
    Fail,
    /// Reading it is the lesser part: whoever uses the session has to act upon it.
    Behave,
}

/// One row.
#[derive(Debug)]
pub struct Row {
    /// Its name, such as `fetch-003`.
    pub name: String,
    /// What it must come to.
    pub verdict: Verdict,
    /// The dialogue, with what is asked behind it.
    script: Script,
}

/// What a row came to.
#[derive(Debug)]
pub struct Outcome {
    /// What the session reported of the row.
    pub events: Vec<String>,
    /// Whether it answered what was asked behind the row.
    pub goes_on: bool,
}

impl Row {
    /// The rows of one file of `fixtures/quirks/`.
    pub fn load(path: &Path) -> Result<Vec<Self>, ScriptError> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => parse(&name, &text),
            Err(source) => Err(ScriptError::Read { name, source }),
        }
    }

    /// Plays the row with the octets in one piece, in pieces of 1 and in pieces of 7; what is reported must be the
    /// same.
    pub fn play(&self) -> Result<Outcome, ScriptError> {
        let whole = self.script.run(Chunking::Whole)?;
        for chunking in [Chunking::Pieces(1), Chunking::Pieces(7)] {
            let log = self.script.run(chunking)?;
            whole.compare(&log).map_err(|problem| ScriptError::Log {
                name: self.name.clone(),
                chunking,
                problem,
            })?;
        }
        let events: Vec<String> = whole.entries().iter().map(Entry::to_string).collect();
        let goes_on = events.iter().any(|event| event.starts_with(ANSWERED));
        let events = events.into_iter().filter(|event| !event.contains(CHECK) && event != ASKED).collect();
        Ok(Outcome { events, goes_on })
    }
}

/// The files of `fixtures/quirks/`, by name.
pub fn files() -> std::io::Result<Vec<PathBuf>> {
    fixture::scripts(&fixture::repository().join("fixtures/quirks"))
}

/// Compares what the rows of a file came to with the `.events` file beside it; with `UPDATE_GOLDEN=1` in the
/// environment, that is written instead.
pub fn compare<'a>(
    path: &Path,
    outcomes: impl IntoIterator<Item = (&'a Row, &'a Outcome)>,
) -> Result<(), ScriptError> {
    let mut shown = String::new();
    for (row, outcome) in outcomes {
        let _ = writeln!(shown, "= {}", row.name);
        for event in &outcome.events {
            let _ = writeln!(shown, "{event}");
        }
        shown.push('\n');
    }
    golden::compare(&path.display().to_string(), &path.with_extension("events"), &shown)
}

const CHECK: &str = "goes-on";
const ASKED: &str = "> goes-on STATUS";
const ANSWERED: &str = "Done { command: goes-on, completion: Completion { status: Ok,";
const BEHIND: &str =
    "C: goes-on STATUS goes-on (MESSAGES)\nS: * STATUS goes-on (MESSAGES 7)\nS: goes-on OK done\n";

fn parse(name: &str, text: &str) -> Result<Vec<Row>, ScriptError> {
    let mut rows = Vec::new();
    let mut blocks: Vec<(usize, &str, Vec<&str>)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("= "), blocks.last_mut()) {
            (Some(title), _) => blocks.push((index + 1, title, Vec::new())),
            (None, Some((_, _, lines))) => lines.push(line),
            (None, None) => {}
        }
    }
    for (line, title, lines) in blocks {
        let written = |problem: &str| ScriptError::Written {
            name: name.to_owned(),
            line,
            problem: format!("{problem}: {title:?}"),
        };
        let (row, verdict) =
            title.split_once(' ').ok_or_else(|| written("a row has a name and a verdict"))?;
        let verdict = Verdict::read(verdict).ok_or_else(|| written("no such verdict"))?;
        let behind = if verdict == Verdict::Fail { "" } else { BEHIND };
        let script = Script::parse(row, &format!("{}\n{behind}", lines.join("\n")))?;
        rows.push(Row { name: row.to_owned(), verdict, script });
    }
    Ok(rows)
}

impl Verdict {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "ok" => Self::Ok,
            "recover" => Self::Recover,
            "skip" => Self::Skip,
            "opaque" => Self::Opaque,
            "item-fail" => Self::ItemFail,
            "fail" => Self::Fail,
            "behave" => Self::Behave,
            _ => return None,
        })
    }
}

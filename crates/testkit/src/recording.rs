//! What real servers have answered, as it came.
//!
//! The files of `fixtures/recordings/` are named after a server and its version. `> words` says what was asked, `S:
//! text` and `S" escapes` are responses, written as in [scripts](crate::script).

use bytes::Bytes;
use tayori_proto::transcript::{Line, Said, Side};

use crate::fixture;
use crate::script::ScriptError;

/// The answers of one server.
#[derive(Debug)]
pub struct Recording {
    /// The server and its version.
    pub name: String,
    /// Its answers, each a whole response with its line end.
    pub answers: Vec<Bytes>,
}

/// All of them.
pub fn all() -> Result<Vec<Recording>, ScriptError> {
    let folder = fixture::repository().join("fixtures/recordings");
    let read = |name: String| move |source| ScriptError::Read { name, source };
    let files = fixture::scripts(&folder).map_err(read(folder.display().to_string()))?;
    let recordings = files.into_iter().map(|path| {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).map_err(read(name.clone()))?;
        parse(name, &text)
    });
    recordings.collect()
}

fn parse(name: String, text: &str) -> Result<Recording, ScriptError> {
    let mut answers = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("> ") {
            continue;
        }
        let written = |problem: String| ScriptError::Written { name: name.clone(), line: index + 1, problem };
        match Line::read(line).map_err(|error| written(error.to_string()))? {
            Line::Comment(_) => {}
            Line::Said(Side::Server, Said::Line(text)) => answers.push(format!("{text}\r\n").into()),
            Line::Said(Side::Server, Said::Octets(octets)) => answers.push(octets.into()),
            _ => return Err(written(format!("neither an answer nor a question: {line:?}"))),
        }
    }
    Ok(Recording { name, answers })
}

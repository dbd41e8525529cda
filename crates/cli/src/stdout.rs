//! What a command has to say, on stdout: for people as text, for programs as JSON.

use std::io::Write as _;

use serde::Serialize;

use crate::output::{OutputError, stdout_failed};

/// Writes a text, whole.
pub(crate) fn text(text: &str) -> Result<(), OutputError> {
    octets(text.as_bytes())
}

/// Writes a value as one line of JSON, whole.
pub(crate) fn json_line(value: &impl Serialize) -> Result<(), OutputError> {
    let mut line = serde_json::to_vec(value).map_err(|error| OutputError::Stdout(error.into()))?;
    line.push(b'\n');
    octets(&line)
}

/// Writes octets of ours, whole.
pub(crate) fn octets(octets: &[u8]) -> Result<(), OutputError> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(octets).and_then(|()| stdout.flush()).map_err(stdout_failed)
}

/// Lines of JSON about changes while they are made. A reader that goes away ends the lines and not the work: what was
/// asked for is to be done, and half of it would pass for all.
#[derive(Debug)]
pub(crate) struct Account {
    reader: Reader,
}

#[derive(Debug, PartialEq, Eq)]
enum Reader {
    Listens,
    Gone,
}

impl Account {
    pub(crate) const fn new() -> Self {
        Self { reader: Reader::Listens }
    }

    /// Writes a value as one line of JSON, whole, if anybody reads it.
    pub(crate) fn tell(&mut self, value: &impl Serialize) -> Result<(), OutputError> {
        if self.reader == Reader::Gone {
            return Ok(());
        }
        match json_line(value) {
            Err(OutputError::ReaderGone) => {
                self.reader = Reader::Gone;
                Ok(())
            }
            told => told,
        }
    }
}

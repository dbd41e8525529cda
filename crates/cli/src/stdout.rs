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

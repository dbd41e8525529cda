//! What a server will not like about a command. It never keeps anybody from sending it.

use bytes::Bytes;
use tayori_proto::command::{Command, ParseOptions};
use tayori_proto::types::Tag;

use super::entry::TypedCommand;
use super::known::Known;

/// Why a command will be refused, as one sentence or several lines, safe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Advice(pub(crate) String);

/// Reads a command as a server would.
pub(crate) fn advice(command: &TypedCommand, tag: &Tag, known: &Known) -> Option<Advice> {
    let octets = command.octets(tag)?;
    let mut options = ParseOptions::default();
    options.names = known.names();
    let error = Command::parse(&Bytes::copy_from_slice(&octets), &options).err()?;
    // Where it stands in what was typed, counted from 1, without the tag.
    let place = (error.offset + 1).saturating_sub(tag.as_bytes().len() + 1);
    Some(Advice(format!("{}: expected {} at character {place}", command.name_shown(), error.expected)))
}

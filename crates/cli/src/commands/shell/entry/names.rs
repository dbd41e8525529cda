//! The names of commands, to tell them from tags.

use super::Part;
use crate::commands::shell::lexicon::commands::COMMANDS;

/// What is a command of some server, or stands where one does, and has no entry in the lexicon: the first word of
/// several (`UID`), what ends IDLE, and commands of CONTEXT and CONVERT that are not explained.
const OTHERS: &[&str] = &["CANCELUPDATE", "CONVERSIONS", "DONE", "UID"];

/// Whether this is the name of a command, in any case.
pub(crate) fn is_command(word: &[u8]) -> bool {
    let explained = COMMANDS.iter().map(|entry| entry.name);
    explained.chain(OTHERS.iter().copied()).any(|name| name.as_bytes().eq_ignore_ascii_case(word))
}

/// The name of a command without its tag, in capitals.
pub(super) fn name_of(parts: &[Part]) -> String {
    let text = match parts.first() {
        Some(Part::Text(text)) => &text[..],
        _ => &[],
    };
    let mut words = text.split(|&octet| octet == b' ').filter(|word| !word.is_empty());
    let upper = |word: &[u8]| String::from_utf8_lossy(word).to_ascii_uppercase();
    let mut name = words.next().map(upper).unwrap_or_default();
    if name == "UID"
        && let Some(second) = words.next()
    {
        name = format!("UID {}", upper(second));
    }
    name
}

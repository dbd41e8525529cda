//! Where a literal stands in a line that was typed.

use std::path::PathBuf;

use super::{Content, Literal, Part};

/// A place that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlaceError {
    #[error("the place for a file is not closed")]
    Open,
    #[error("the place for a file names none")]
    Empty,
}

impl PlaceError {
    pub(super) fn hint(self) -> &'static str {
        "write {< mail.eml}, or {< \"a name with } in it\"}; to send the brace itself, put it into quotes"
    }
}

/// Cuts a line into text and places. Gives size and waiting of the literal that the line announces at its end.
///
/// Time is linear: each octet is looked at once.
pub(super) fn read(line: &[u8], parts: &mut Vec<Part>) -> Result<Option<(u64, bool)>, PlaceError> {
    let mut text = Vec::new();
    let mut at = 0;
    let mut open = false;
    let mut before = None;
    while let Some(&octet) = line.get(at) {
        match octet {
            b'\\' if open => {
                text.push(octet);
                at += 1;
                // What is escaped ends nothing.
                text.extend(line.get(at));
            }
            b'"' => {
                open = !open && matches!(before, None | Some(b' ' | b'(' | b'[' | b'"' | b'}'));
                text.push(octet);
            }
            b'{' if !open && line[at..].starts_with(b"{?}") => {
                push_text(&mut text, parts);
                parts.push(Part::Asked);
                at += 2;
            }
            b'{' if !open && line[at..].starts_with(b"{<") => {
                push_text(&mut text, parts);
                let (path, octets) = file(&line[at + 2..])?;
                parts.push(Part::Literal(Literal { content: Content::File(path), secret: false }));
                at += 1 + octets;
            }
            _ => text.push(octet),
        }
        before = line.get(at).copied();
        at += 1;
    }
    let announced = if open { None } else { announced(&text) };
    // A command has a first part, also one that is empty.
    if !text.is_empty() || parts.is_empty() {
        parts.push(Part::Text(text));
    }
    Ok(announced)
}

fn push_text(text: &mut Vec<u8>, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Text(std::mem::take(text)));
    }
}

/// The path in front of the next brace, and how many octets it takes with that brace.
fn file(rest: &[u8]) -> Result<(PathBuf, usize), PlaceError> {
    let blanks = rest.iter().take_while(|&&octet| octet == b' ').count();
    let quoted = rest[blanks..].starts_with(b"\"");
    let start = if quoted { blanks + 1 } else { blanks };
    let end = if quoted { b'"' } else { b'}' };
    let length = rest[start..].iter().position(|&octet| octet == end).ok_or(PlaceError::Open)?;
    let path = &rest[start..start + length];
    let path = if quoted { path } else { path.trim_ascii_end() };
    if path.is_empty() {
        return Err(PlaceError::Empty);
    }
    let behind = &rest[start + length..];
    let brace = behind.iter().position(|&octet| octet == b'}').ok_or(PlaceError::Open)?;
    Ok((path_of(path), start + length + brace + 1))
}

#[cfg(unix)]
fn path_of(octets: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;

    std::ffi::OsStr::from_bytes(octets).into()
}

#[cfg(not(unix))]
fn path_of(octets: &[u8]) -> PathBuf {
    String::from_utf8_lossy(octets).into_owned().into()
}

/// The literal that a line announces at its end: `{n}` or `{n+}`.
fn announced(line: &[u8]) -> Option<(u64, bool)> {
    let inside = line.strip_suffix(b"}")?;
    let (inside, waits) = inside.strip_suffix(b"+").map_or((inside, true), |inside| (inside, false));
    let digits = inside.iter().rev().take_while(|octet| octet.is_ascii_digit()).count();
    let (text, size) = inside.split_at(inside.len() - digits);
    let size = std::str::from_utf8(size).ok()?.parse().ok()?;
    text.ends_with(b"{").then_some((size, waits))
}

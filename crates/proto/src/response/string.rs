//! Strings where a server may have sent something else.

use std::ops::Range;

use crate::quirk::Quirk;
use crate::types::Text;
use crate::wire::{Cursor, Stretch, Syntax};

/// `nstring = string / nil`.
///
/// Wider: `()` is `NIL`, and an atom is a string.
pub(super) fn expect_nstring(cursor: &mut Cursor<'_>) -> Result<Option<Text>, Syntax> {
    let found = expect_nstring_stretch(cursor)?;
    Ok(found.map(|stretch| cursor.text(stretch)))
}

/// The same without a share in the buffer of the response.
pub(super) fn expect_nstring_stretch(cursor: &mut Cursor<'_>) -> Result<Option<Stretch>, Syntax> {
    if let Some(found) = try_plain_nstring(cursor) {
        return Ok(found.map(Stretch::Here));
    }
    if let found @ Some(_) = cursor.try_stretch()? {
        return Ok(found);
    }
    if cursor.try_word("NIL") || try_empty_list(cursor) {
        return Ok(None);
    }
    let start = cursor.pos();
    cursor.expect_atom_octets("a string or NIL")?;
    cursor.repaired_at(Quirk::AtomForString, start);
    Ok(Some(Stretch::Here(start..cursor.pos())))
}

/// The same, if it stands there as almost always: in quotes, with nothing escaped, in front of a blank or `)`.
#[inline]
pub(super) fn try_plain_nstring(cursor: &mut Cursor<'_>) -> Option<Option<Range<usize>>> {
    let mut plain = cursor.plain();
    let found = plain.nstring_range()?;
    if !plain.at_value_end() {
        return None;
    }
    cursor.accept(&plain)?;
    Some(found)
}

/// `()`, which some servers write for `NIL`.
pub(super) fn try_empty_list(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.pos();
    if cursor.try_byte(b'(') {
        cursor.skip_blanks();
        if cursor.try_byte(b')') {
            cursor.repaired_at(Quirk::EmptyList, start);
            return true;
        }
    }
    cursor.seek(start);
    false
}

/// Whether a list in parentheses goes on with another entry; eats the blanks and the closing parenthesis.
///
/// Blanks are taken as they come: some servers have them between addresses or in front of `)`, where the grammar has
/// none.
#[inline(always)]
pub(super) fn more_entries(cursor: &mut Cursor<'_>, blanks: Blanks) -> Result<bool, Syntax> {
    // By the grammar, as almost always, it is told by two octets.
    let rest = cursor.rest();
    let blank = blanks == Blanks::One && rest.first() == Some(&b' ') && cursor.last() != Some(b'(');
    match rest.get(usize::from(blank)) {
        Some(b')') if !blank => {
            cursor.advance(1);
            Ok(false)
        }
        None | Some(b' ' | b'\t' | b')' | b'\r' | b'\n') => more_odd_entries(cursor, blanks),
        Some(_) => {
            cursor.advance(usize::from(blank));
            cursor.entry()?;
            Ok(true)
        }
    }
}

#[cold]
fn more_odd_entries(cursor: &mut Cursor<'_>, blanks: Blanks) -> Result<bool, Syntax> {
    let first = cursor.last() == Some(b'(');
    let found = cursor.skip_blanks();
    let edge = first || cursor.peek() == Some(b')');
    let allowed = usize::from(blanks == Blanks::One && !edge);
    if found > allowed {
        cursor.repaired(Quirk::ExtraBlanks);
    }
    if cursor.try_byte(b')') {
        return Ok(false);
    }
    if cursor.at_line_end() {
        return Err(cursor.expected("`)`"));
    }
    cursor.entry()?;
    Ok(true)
}

/// Whether a word ends here, in front of what separates the entries of a list.
pub(super) fn at_entry_end(cursor: &Cursor<'_>) -> bool {
    cursor.peek().is_none_or(ends_word)
}

/// Moves behind the rest of a word that is none, such as one with a control character.
pub(super) fn skip_odd_word(cursor: &mut Cursor<'_>) -> Result<(), Syntax> {
    let word = cursor.octets_while(|octet| !ends_word(octet));
    if word.is_empty() { Err(cursor.expected("a word")) } else { Ok(()) }
}

/// Whether this octet separates the entries of a list.
const fn ends_word(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'(' | b')' | b'"' | b'\r' | b'\n')
}

/// How many blanks stand between the entries of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Blanks {
    /// One.
    One,
    /// None.
    None,
}

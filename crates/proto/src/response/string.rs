//! Strings where a server may have sent something else.

use crate::quirk::Quirk;
use crate::types::Text;
use crate::wire::{Cursor, Syntax};

/// `nstring = string / nil`.
///
/// Wider: `()` is `NIL`, and an atom is a string.
pub(super) fn expect_nstring(cursor: &mut Cursor<'_>) -> Result<Option<Text>, Syntax> {
    if let Some(text) = cursor.try_string()? {
        return Ok(Some(text));
    }
    if cursor.try_word("NIL") || try_empty_list(cursor) {
        return Ok(None);
    }
    let start = cursor.pos();
    let atom = cursor.expect_atom("a string or NIL")?;
    cursor.repaired_at(Quirk::AtomForString, start);
    Ok(Some(atom.into()))
}

/// `string`, with the same widening; `None` for `NIL`.
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
pub(super) fn more_entries(cursor: &mut Cursor<'_>, blanks: Blanks) -> Result<bool, Syntax> {
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

/// How many blanks stand between the entries of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Blanks {
    /// One.
    One,
    /// None.
    None,
}

//! Readers of tokens that stand in lists and sections. Stricter than what is read from servers: whoever is wrong
//! here can be told so.

use crate::types::{Atom, Text};
use crate::wire::{Cursor, Syntax};

/// `astring = 1*ASTRING-CHAR / string`, without NUL. Octets above 127 pass in the unquoted form too.
pub(crate) fn astring(cursor: &mut Cursor<'_>, expected: &'static str) -> Result<Text, Syntax> {
    let start = cursor.pos();
    let text = match cursor.try_string()? {
        Some(text) => text,
        None => Text::from(cursor.take_while(Atom::may_hold)),
    };
    let unquoted_nothing = cursor.pos() == start;
    if unquoted_nothing || text.as_bytes().contains(&0) {
        return Err(Syntax { offset: start, expected });
    }
    Ok(text)
}

/// A word of letters, digits and dots, in upper case; may be empty.
pub(crate) fn word(cursor: &mut Cursor<'_>) -> Vec<u8> {
    cursor.take_while(|octet| octet.is_ascii_alphanumeric() || octet == b'.').to_ascii_uppercase()
}

/// Items in parentheses, separated by blanks; may be empty.
pub(crate) fn list<T>(
    cursor: &mut Cursor<'_>,
    expected: &'static str,
    mut item: impl FnMut(&mut Cursor<'_>) -> Result<T, Syntax>,
) -> Result<Vec<T>, Syntax> {
    cursor.expect_byte(b'(', expected)?;
    let mut items = Vec::new();
    cursor.skip_stray_blanks();
    while !cursor.try_byte(b')') {
        if !items.is_empty() {
            cursor.expect_sp()?;
            if cursor.try_byte(b')') {
                break;
            }
        }
        items.push(item(cursor)?);
    }
    Ok(items)
}

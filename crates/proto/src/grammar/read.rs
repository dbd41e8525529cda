//! Readers of tokens that stand in lists and sections. Stricter than what is read from servers: whoever is wrong
//! here can be told so.

use crate::types::{Atom, ModSeq, PartialRange, PartialRangeError, Text};
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

/// `mod-sequence-value = 1*DIGIT`, from 1 to 2^63-1 (RFC 7162 section 7)
pub(crate) fn mod_sequence(cursor: &mut Cursor<'_>) -> Result<ModSeq, Syntax> {
    const EXPECTED: &str = "a mod-sequence from 1 to 9223372036854775807";
    let offset = cursor.pos();
    ModSeq::new(cursor.expect_number64(EXPECTED)?).ok_or(Syntax { offset, expected: EXPECTED })
}

/// `mod-sequence-valzer = "0" / mod-sequence-value` (RFC 7162 section 7); `None` for 0.
pub(crate) fn mod_sequence_or_zero(cursor: &mut Cursor<'_>) -> Result<Option<ModSeq>, Syntax> {
    const EXPECTED: &str = "a mod-sequence from 0 to 9223372036854775807";
    let offset = cursor.pos();
    match cursor.expect_number64(EXPECTED)? {
        0 => Ok(None),
        number => ModSeq::new(number).map(Some).ok_or(Syntax { offset, expected: EXPECTED }),
    }
}

/// `partial-range = partial-range-first / partial-range-last` (RFC 9394 section 4)
pub(crate) fn partial_range(cursor: &mut Cursor<'_>) -> Result<PartialRange, Syntax> {
    let start = cursor.pos();
    let octets = cursor.take_while(|octet| matches!(octet, b'0'..=b'9' | b'-' | b':'));
    let text = std::str::from_utf8(&octets).unwrap_or_default();
    text.parse().map_err(|error: PartialRangeError| Syntax {
        offset: start + error.index,
        expected: "a range of results",
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_range_of_results_ends_with_its_last_place() {
        let read = |text: &'static str| {
            let bytes = Bytes::from_static(text.as_bytes());
            let mut cursor = Cursor::new(&bytes, 0);
            partial_range(&mut cursor)
                .map(|range| (range.to_string(), cursor.pos()))
                .map_err(|syntax| syntax.offset)
        };
        assert_eq!(read("-1:-3)"), Ok(("-1:-3".to_owned(), 5)));
        assert_eq!(read("1:5 CHANGEDSINCE"), Ok(("1:5".to_owned(), 3)));
        assert_eq!(read("1:*"), Err(2));
        assert_eq!(read("x"), Err(0));
    }
}

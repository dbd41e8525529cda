//! Numbers where a server may not know them.

use crate::quirk::Quirk;
use crate::wire::{Cursor, Syntax};

/// A number; `None` where the server does not know it.
///
/// Wider than `number64`: a negative number, `NIL` and a number above 2^64 - 1 mean that it is not known; a number with
/// a fraction or an exponent is rounded down.
pub(super) fn expect_number(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Syntax> {
    let start = cursor.pos();
    if let Ok(number) = cursor.expect_number64("a number")
        && matches!(cursor.peek(), Some(b' ' | b'\t' | b')'))
    {
        return Ok(Some(number));
    }
    cursor.seek(start);
    if cursor.try_word("NIL") {
        cursor.repaired_at(Quirk::NilNumber, start);
        return Ok(None);
    }
    let word = cursor.expect_atom_octets("a number")?;
    let number = std::str::from_utf8(word).ok().and_then(read);
    match number {
        Some((number, None)) => Ok(number),
        Some((number, Some(quirk))) => {
            cursor.repaired_at(quirk, start);
            Ok(number)
        }
        None => {
            cursor.seek(start);
            Err(cursor.expected("a number"))
        }
    }
}

/// Whether a number in one of these forms stands here.
pub(super) fn at_number(cursor: &Cursor<'_>) -> bool {
    let rest = cursor.rest();
    let digits = rest.strip_prefix(b"-").unwrap_or(rest);
    digits.first().is_some_and(u8::is_ascii_digit)
}

fn read(word: &str) -> Option<(Option<u64>, Option<Quirk>)> {
    if !word.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return None;
    }
    if word.bytes().all(|octet| octet.is_ascii_digit()) {
        return Some(match word.parse() {
            Ok(number) => (Some(number), None),
            Err(_) => (None, Some(Quirk::HugeNumber)),
        });
    }
    let float: f64 = word.parse().ok()?;
    Some(match float {
        ..0.0 => (None, Some(Quirk::NegativeNumber)),
        // Above 2^53 a float does not tell one size from the next.
        0.0..9.0e15 => (Some(float as u64), Some(Quirk::FractionalNumber)),
        _ => (None, Some(Quirk::HugeNumber)),
    })
}

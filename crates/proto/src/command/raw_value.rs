use std::fmt;

use bytes::Bytes;

use super::unknown::{self, ArgumentsError, RawArguments};
use crate::wire::{Cursor, Encoder, Syntax};

/// The value of an option that is not known, as it came: a list in parentheses, or a number or a set (RFC 9051 section
/// 9, `tagged-ext-val`).
///
/// It is one value, its literals included, so that it can break out neither of its command nor of the list in which it
/// stands.
#[derive(Clone, PartialEq, Eq)]
pub struct RawValue(RawArguments);

impl RawValue {
    /// A value without the blank in front. A literal stands inside with its octets, `{n}` or `{n+}`.
    pub fn new(octets: impl Into<Bytes>) -> Result<Self, ArgumentsError> {
        let arguments = RawArguments::new(octets)?;
        let octets = arguments.as_bytes();
        if octets.first() == Some(&b'(') {
            arguments.check_parentheses()?;
        } else if octets.is_empty() || !octets.iter().all(|&octet| is_simple_octet(octet)) {
            let index = octets.iter().position(|&octet| !is_simple_octet(octet)).unwrap_or(0);
            return Err(ArgumentsError { index });
        }
        Ok(Self(arguments))
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Shows the size only, as of all that nobody has understood.
impl fmt::Debug for RawValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawValue({} octets)", self.as_bytes().len())
    }
}

pub(super) fn encode(encoder: &mut Encoder, value: &RawValue) {
    unknown::encode_octets(encoder, &value.0);
}

/// `[SP tagged-ext-val]`, behind the name of an option.
pub(super) fn try_parse(cursor: &mut Cursor<'_>) -> Result<Option<RawValue>, Syntax> {
    let behind_name = cursor.pos();
    cursor.skip_blanks();
    let start = cursor.pos();
    if start == behind_name || !cursor.peek().is_some_and(begins_value) {
        cursor.seek(behind_name);
        return Ok(None);
    }
    cursor.skip_value()?;
    let value = RawValue::new(cursor.since(start));
    value.map(Some).map_err(|_| Syntax { offset: start, expected: "a value of one piece" })
}

const fn begins_value(octet: u8) -> bool {
    octet == b'(' || is_simple_octet(octet)
}

/// `tagged-ext-simple`: what numbers, sets and ranges are made of.
const fn is_simple_octet(octet: u8) -> bool {
    matches!(octet, b'0'..=b'9' | b'-' | b'*' | b':' | b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_value() {
        for octets in ["()", "(a (b) \"c)\")", "7", "1:*,5", "-1:-5", "({3}\r\n))))", "(a {1+}\r\n()"] {
            assert!(RawValue::new(octets).is_ok(), "{octets}");
        }
    }

    #[test]
    fn what_would_end_its_list_cannot_be_built() {
        for octets in [
            "",
            "a",
            "(",
            "(a",
            "()x",
            "1)",
            "() ()",
            "1 2",
            "(a\r\nb)",
            "({3}\r\nab)",
            "\"a\"",
            "({3}",
            "(\")",
            "(\"a\\\")",
            "({1}\r\n\")\"",
        ] {
            assert!(RawValue::new(octets).is_err(), "{octets}");
        }
    }
}

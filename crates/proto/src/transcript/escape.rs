use std::fmt::Write as _;

use super::LineError;

/// The octets that a text with escapes stands for: `\r \n \t \0 \\ \" \xNN`.
pub fn unescape(text: &str) -> Result<Vec<u8>, LineError> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('\\') {
        octets.extend_from_slice(&rest.as_bytes()[..place]);
        let mut behind = rest[place + 1..].chars();
        octets.push(match behind.next().ok_or(LineError::Backslash)? {
            'r' => b'\r',
            'n' => b'\n',
            't' => b'\t',
            '0' => 0,
            '\\' => b'\\',
            '"' => b'"',
            'x' => {
                let digits = behind.as_str().get(..2).ok_or(LineError::Digits)?;
                behind = behind.as_str()[2..].chars();
                // A sign would pass for a digit.
                let digits =
                    Some(digits).filter(|digits| digits.bytes().all(|octet| octet.is_ascii_hexdigit()));
                digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).ok_or(LineError::Digits)?
            }
            other => return Err(LineError::Escape(other)),
        });
        rest = behind.as_str();
    }
    octets.extend_from_slice(rest.as_bytes());
    Ok(octets)
}

/// Text that [`unescape`] turns back, and that holds nothing but printable ASCII.
pub(super) fn escape(octets: &[u8], text: &mut String) {
    for &octet in octets {
        match octet {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(octet)),
            _ => {
                let _ = write!(text, "\\x{octet:02x}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_read() {
        assert_eq!(
            unescape("a\\r\\n\\t\\0\\\\\\\"\\x00\\xfF\u{e9}").unwrap(),
            b"a\r\n\t\0\\\"\0\xff\xc3\xa9"
        );
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_read_back(octets in prop::collection::vec(any::<u8>(), 0..100)) {
            let mut text = String::new();
            escape(&octets, &mut text);
            prop_assert!(text.bytes().all(|octet| (b' '..=b'~').contains(&octet)), "{text}");
            prop_assert_eq!(unescape(&text), Ok(octets));
        }

        #[test]
        fn noise_is_read_or_refused(text in any::<String>()) {
            let _ = unescape(&text);
        }
    }
}

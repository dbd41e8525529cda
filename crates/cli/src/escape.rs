//! Text from outside, made safe for a terminal.
//!
//! Server text, mailbox names and headers may hold bytes that move the cursor, change the title, hide what was
//! printed before or turn the reading direction. Whatever was not written by this program passes through here
//! before it reaches a terminal or a trace.
//!
//! Escaped are: control characters (C0, DEL, C1), octets that are not UTF-8, line and paragraph separators, marks
//! and overrides of the reading direction, and characters that cannot be seen at all. The zero-width joiner and
//! non-joiner stay, since Persian, Hindi and many emoji are spelt with them. A backslash is not doubled: the result
//! is for reading, not for turning back.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// Escapes `text`; borrows it when there is nothing to escape.
pub(crate) fn escape_str(text: &str) -> Cow<'_, str> {
    if !text.contains(needs_escape) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_char(&mut out, c);
    }
    Cow::Owned(out)
}

/// Escapes `bytes`; what is not UTF-8 appears octet by octet as `\xNN`.
#[cfg(test)]
pub(crate) fn escape_bytes(bytes: &[u8]) -> String {
    escape_bounded(bytes, usize::MAX).shown
}

/// Escapes as much of `bytes` as fits into `bound` characters, and says how much did not.
///
/// An escape is never cut in two. Work and memory are bounded by `bound`, not by the length of `bytes`.
pub(crate) fn escape_bounded(bytes: &[u8], bound: usize) -> Bounded {
    let mut out = Bounded { shown: String::new(), left: bytes.len() };
    let mut room = bound;
    let mut unit = String::new();
    // A character has at least one octet, so nothing beyond this can be shown; without the cut, looking for the
    // end of the first valid run would read all of a long text.
    let reach = bytes.len().min(bound.saturating_mul(4).saturating_add(4));
    for chunk in bytes[..reach].utf8_chunks() {
        for c in chunk.valid().chars() {
            unit.clear();
            push_char(&mut unit, c);
            if !out.take(&unit, c.len_utf8(), &mut room) {
                return out;
            }
        }
        for octet in chunk.invalid() {
            unit.clear();
            push_octet(&mut unit, *octet);
            if !out.take(&unit, 1, &mut room) {
                return out;
            }
        }
    }
    out
}

/// What [`escape_bounded`] could show; its `Display` adds a note of what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bounded {
    /// Escaped text, at most as many characters as the bound.
    pub(crate) shown: String,
    /// Octets of the input that are not in `shown`.
    pub(crate) left: usize,
}

impl Bounded {
    /// Takes one escaped character standing for `octets` of the input, if there is room for the whole of it.
    fn take(&mut self, unit: &str, octets: usize, room: &mut usize) -> bool {
        let Some(rest) = room.checked_sub(unit.chars().count()) else {
            return false;
        };
        *room = rest;
        self.shown.push_str(unit);
        self.left -= octets;
        true
    }
}

impl fmt::Display for Bounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)?;
        match self.left {
            0 => Ok(()),
            1 => f.write_str(" <1 octet more>"),
            left => write!(f, " <{left} octets more>"),
        }
    }
}

/// Whether `c` could change what a terminal shows beyond its own place.
pub(crate) fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}'                  // Arabic letter mark
            | '\u{180e}'                // Mongolian vowel separator, invisible
            | '\u{200b}'                // zero width space
            | '\u{200e}' | '\u{200f}'   // direction marks
            | '\u{2028}' | '\u{2029}'   // line and paragraph separator
            | '\u{202a}'..='\u{202e}'   // direction embeddings and overrides
            | '\u{2060}'..='\u{206f}'   // word joiner, invisible operators, direction isolates, deprecated controls
            | '\u{feff}'                // zero width no-break space, byte order mark
            | '\u{fff9}'..='\u{fffb}'   // interlinear annotation
            | '\u{e0000}'..='\u{e007f}' // tags: a whole invisible ASCII
        )
}

fn push_char(out: &mut String, c: char) {
    match u8::try_from(c) {
        _ if !needs_escape(c) => out.push(c),
        Ok(octet) if octet.is_ascii() => push_octet(out, octet),
        // Written as a character, so that U+0085 and the stray octet 85 can be told apart.
        _ => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
    }
}

fn push_octet(out: &mut String, octet: u8) {
    let _ = write!(out, "\\x{octet:02x}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(input: &[u8], expected: &str) {
        assert_eq!(escape_bytes(input), expected);
        if let Ok(text) = std::str::from_utf8(input) {
            assert_eq!(escape_str(text), expected);
        }
    }

    #[test]
    fn ordinary_text_stays() {
        for text in [
            "",
            "plain",
            "back\\slash and \"quotes\"",
            "日本語の件名、便り",
            "Grüße, Ελληνικά, हिन्दी",
            "e\u{301}",
            "👩\u{200d}👧",
            "می\u{200c}خواهم",
            "\u{fffd}",
        ] {
            check(text.as_bytes(), text);
            assert!(matches!(escape_str(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn what_drives_a_terminal_is_escaped() {
        check(b"\x1b[2J", "\\x1b[2J");
        check(b"a\0b\tc\r\n", "a\\x00b\\x09c\\x0d\\x0a");
        check(b"\x7f", "\\x7f");
        check("\u{80}\u{9b}31m\u{9f}".as_bytes(), "\\u{80}\\u{9b}31m\\u{9f}");
        check("\u{a0}".as_bytes(), "\u{a0}");
        check("exe.\u{202e}fdp".as_bytes(), "exe.\\u{202e}fdp");
        check(
            "\u{2066}x\u{2069}\u{200e}\u{200f}\u{61c}".as_bytes(),
            "\\u{2066}x\\u{2069}\\u{200e}\\u{200f}\\u{61c}",
        );
        check("a\u{2028}b\u{2029}c".as_bytes(), "a\\u{2028}b\\u{2029}c");
        check("a\u{200b}b\u{feff}c\u{e0041}".as_bytes(), "a\\u{200b}b\\u{feff}c\\u{e0041}");
    }

    #[test]
    fn octets_that_are_not_utf8_are_escaped_one_by_one() {
        check(b"\xff\xfe", "\\xff\\xfe");
        check(b"caf\xe9!", "caf\\xe9!");
        check(b"\x9b31m", "\\x9b31m");
        // Cut inside a character, an overlong slash, a surrogate.
        check(b"\xe6\x97", "\\xe6\\x97");
        check(b"\xc0\xaf", "\\xc0\\xaf");
        check(b"\xed\xa0\x80", "\\xed\\xa0\\x80");
    }

    fn check_bounded(input: &[u8], bound: usize, expected: &str) {
        assert_eq!(escape_bounded(input, bound).to_string(), expected);
    }

    #[test]
    fn long_text_is_cut_with_a_note() {
        check_bounded(b"abcdef", 6, "abcdef");
        check_bounded(b"abcdef", 5, "abcde <1 octet more>");
        check_bounded(b"abcdef", 0, " <6 octets more>");
        check_bounded("日本語".as_bytes(), 2, "日本 <3 octets more>");
        check_bounded(b"ab\x1bc", 5, "ab <2 octets more>");
        check_bounded(b"ab\x1bc", 6, "ab\\x1b <1 octet more>");
        check_bounded(&[0xff; 10], 8, "\\xff\\xff <8 octets more>");
    }

    proptest! {
        #[test]
        fn nothing_that_needs_escaping_gets_through(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let escaped = escape_bytes(&bytes);
            prop_assert!(!escaped.contains(needs_escape));
            prop_assert!(!escaped.contains(char::is_control));
            // What is safe already stays as it is.
            prop_assert_eq!(escape_bytes(escaped.as_bytes()), escaped);
        }

        #[test]
        fn no_text_gets_through_either(text in any::<String>()) {
            let escaped = escape_str(&text);
            prop_assert!(!escaped.contains(needs_escape));
            prop_assert_eq!(escape_bytes(text.as_bytes()), escaped);
        }

        #[test]
        fn a_bound_holds_and_every_octet_is_accounted_for(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            bound in 0usize..100,
        ) {
            let bounded = escape_bounded(&bytes, bound);
            prop_assert!(bounded.shown.chars().count() <= bound);
            prop_assert!(escape_bytes(&bytes).starts_with(&bounded.shown));
            let cut = bytes.len() - bounded.left;
            // The part that was shown, escaped alone, is what was shown.
            prop_assert_eq!(escape_bytes(&bytes[..cut]), bounded.shown);
        }
    }
}

use std::fmt;

use bytes::Bytes;

use super::Command;
use crate::types::Atom;
use crate::wire::{Cursor, Encoder, Syntax};

/// What follows the name of a command that has no variant: octets as they are, literals included.
///
/// Outside its literals it holds no CR, LF or NUL, and it does not end in the announcement of a literal: it cannot
/// break out of its command.
#[derive(Clone, Default)]
pub struct RawArguments {
    octets: Bytes,
}

impl RawArguments {
    /// Arguments without the blank in front and without the CRLF at the end; empty for none.
    ///
    /// A literal stands inside with its octets, `{n}` or `{n+}`; which of them is sent is chosen by the encoder.
    pub fn new(octets: impl Into<Bytes>) -> Result<Self, ArgumentsError> {
        let octets = octets.into();
        let arguments = Self { octets };
        for piece in arguments.pieces() {
            piece?;
        }
        Ok(arguments)
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// Whether parentheses are closed where all of it ends and not before, quotes and literals aside.
    pub(super) fn check_parentheses(&self) -> Result<(), ArgumentsError> {
        let (mut open, mut quoted, mut escaped) = (0_usize, false, false);
        let mut closed = false;
        for piece in self.pieces() {
            let Piece::Text(text) = piece? else {
                if quoted || closed {
                    return Err(ArgumentsError { index: self.octets.len() });
                }
                continue;
            };
            for &octet in text {
                if closed {
                    return Err(ArgumentsError { index: self.octets.len() });
                }
                match octet {
                    _ if escaped => escaped = false,
                    b'\\' if quoted => escaped = true,
                    b'"' => quoted = !quoted,
                    b'(' if !quoted => open += 1,
                    b')' if !quoted => {
                        open = open.checked_sub(1).ok_or(ArgumentsError { index: self.octets.len() })?;
                        closed = open == 0;
                    }
                    _ => {}
                }
            }
        }
        if closed { Ok(()) } else { Err(ArgumentsError { index: self.octets.len() }) }
    }

    /// Text and literals in turn.
    fn pieces(&self) -> impl Iterator<Item = Result<Piece<'_>, ArgumentsError>> {
        let mut rest = &self.octets[..];
        let mut literal = None;
        std::iter::from_fn(move || {
            let offset = self.octets.len() - rest.len();
            if let Some(size) = literal.take() {
                let Some((octets, after)) = rest.split_at_checked(size) else {
                    return Some(Err(ArgumentsError { index: offset }));
                };
                rest = after;
                return Some(Ok(Piece::Literal(octets)));
            }
            if rest.is_empty() {
                return None;
            }
            let end = memchr::memchr(b'\n', rest);
            let line = end.map_or(rest, |end| &rest[..=end]);
            rest = &rest[line.len()..];
            let text = match (end, announcement(line)) {
                (Some(_), Some((text, size))) if has_plain_quotes(text) => {
                    literal = Some(size);
                    text
                }
                (None, None) if !is_announcement(line) => line,
                _ => return Some(Err(ArgumentsError { index: offset + line.len() - 1 })),
            };
            match text.iter().position(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
                Some(index) => Some(Err(ArgumentsError { index: offset + index })),
                None => Some(Ok(Piece::Text(text))),
            }
        })
    }
}

#[derive(PartialEq)]
enum Piece<'a> {
    Text(&'a [u8]),
    Literal(&'a [u8]),
}

/// What stands in front of `{n}` CRLF, and n.
fn announcement(line: &[u8]) -> Option<(&[u8], usize)> {
    let line = line.strip_suffix(b"\r\n")?.strip_suffix(b"}")?;
    let line = line.strip_suffix(b"+").unwrap_or(line);
    let digits = line.iter().rev().take_while(|octet| octet.is_ascii_digit()).count();
    let (text, size) = line.split_at(line.len() - digits);
    let size = std::str::from_utf8(size).ok()?.parse().ok()?;
    Some((text.strip_suffix(b"{")?, size))
}

/// Whether every reader sees the same quoted strings in this, and none is open at its end. One that sees a string open
/// takes `{n}` for a part of it, and what follows for a command of its own.
fn has_plain_quotes(text: &[u8]) -> bool {
    let mut open = false;
    let mut escaped = false;
    for (index, octet) in text.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| text.get(before));
        let plain = match octet {
            _ if escaped => {
                escaped = false;
                continue;
            }
            b'\\' if open => {
                escaped = true;
                continue;
            }
            b'"' if open => matches!(text.get(index + 1), None | Some(b' ' | b')' | b'(')),
            b'"' => matches!(before, None | Some(b' ' | b'(')),
            _ => continue,
        };
        if !plain {
            return false;
        }
        open = !open;
    }
    !open
}

/// Whether this ends in `{n}` of any size, so that a CRLF behind it would announce a literal. Some readers allow blanks
/// behind it.
fn is_announcement(text: &[u8]) -> bool {
    let text = text.trim_ascii_end();
    let Some(text) = text.strip_suffix(b"}") else { return false };
    let text = text.strip_suffix(b"+").or_else(|| text.strip_suffix(b"-")).unwrap_or(text);
    let digits = text.iter().rev().take_while(|octet| octet.is_ascii_digit()).count();
    digits > 0 && text[..text.len() - digits].ends_with(b"{")
}

/// `{n}` and `{n+}` announce the same literal.
impl PartialEq for RawArguments {
    fn eq(&self, other: &Self) -> bool {
        self.pieces().eq(other.pieces())
    }
}

impl Eq for RawArguments {}

/// Shows the size only: a mistyped `LOGIN` is a command that nobody knows.
impl fmt::Debug for RawArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawArguments({} octets)", self.octets.len())
    }
}

/// Octets that would end the command, or a literal without its octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the octet at index {index} would break out of the command")]
pub struct ArgumentsError {
    /// Where, in octets.
    pub index: usize,
}

/// `x-command = "X" atom <experimental command arguments>` (RFC 3501 section 9), without the X.
pub(super) fn encode(encoder: &mut Encoder, arguments: &RawArguments) {
    if arguments.octets.is_empty() {
        return;
    }
    encode_octets(encoder.sp(), arguments);
}

/// The octets alone.
pub(super) fn encode_octets(encoder: &mut Encoder, arguments: &RawArguments) {
    // Every piece was checked when the arguments were made.
    for piece in arguments.pieces().flatten() {
        match piece {
            Piece::Text(text) => encoder.raw(text),
            Piece::Literal(octets) => encoder.literal(octets),
        };
    }
}

/// As [`encode`], behind the name.
pub(super) fn parse(cursor: &mut Cursor<'_>, name: Atom) -> Result<Command, Syntax> {
    cursor.try_byte(b' ');
    let start = cursor.pos();
    let arguments = RawArguments::new(cursor.rest_of_line())
        .map_err(|error| Syntax { offset: start + error.index, expected: "arguments without line ends" })?;
    Ok(Command::Unknown { name, arguments })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, encode};
    use super::*;
    use crate::wire::LiteralMode;

    fn unknown(name: &str, arguments: &'static str) -> Command {
        let arguments = RawArguments::new(arguments).unwrap();
        Command::Unknown { name: Atom::try_from(name).unwrap(), arguments }
    }

    #[test]
    fn a_command_that_nobody_knows_keeps_its_tag_and_its_octets() {
        check("A442 XPIG-LATIN", &unknown("XPIG-LATIN", ""), "A442 XPIG-LATIN");
        check("A0005 Quit", &unknown("Quit", ""), "A0005 Quit");
        check("a X  (1 \"b\" ", &unknown("X", " (1 \"b\" "), "a X  (1 \"b\" ");
        check("a UID XMOVE 42:69 foo", &unknown("UID", "XMOVE 42:69 foo"), "a UID XMOVE 42:69 foo");
        let line = "A044 BLURDYBLOOP {4}\r\na\r\n\0 x {0}\r\n";
        check(line, &unknown("BLURDYBLOOP", "{4}\r\na\r\n\0 x {0}\r\n"), line);
    }

    #[test]
    fn literals_are_announced_as_the_connection_has_it() {
        let command = unknown("X", "~{2}\r\nab (c {1+}\r\nd)");
        let sent = |mode| encode(&command, mode);
        assert_eq!(&**sent(LiteralMode::Plus).bytes, b"a X ~{2+}\r\nab (c {1+}\r\nd)\r\n");
        let waiting = sent(LiteralMode::Synchronizing);
        assert_eq!(&**waiting.bytes, b"a X ~{2}\r\nab (c {1}\r\nd)\r\n");
        assert_eq!(waiting.marks.iter().map(|mark| mark.offset).collect::<Vec<_>>(), [10, 21]);
    }

    #[test]
    fn what_would_break_out_cannot_be_built() {
        for (octets, index) in [
            ("a\r\nb NOOP", 2),
            ("a\nb", 1),
            ("a\rb", 1),
            ("a\0b", 1),
            ("{3}\r\nab", 5),
            ("{3}\nabc", 3),
            ("{x}\r\nabc", 4),
            ("{99999999999999999999}\r\n", 23),
            // Readers of different kinds would see the end of the command at different places.
            ("I\"{6}\r\na NOOP", 6),
            ("\"a\\\" {1}\r\nx", 9),
            ("\\\"\"{2}\r\n)8", 7),
            ("S{2} ", 4),
            ("a {3}", 4),
            ("a {3+}", 5),
            ("a {99999999999999999999}", 23),
            ("{1}\r\na{3}", 8),
        ] {
            assert_eq!(RawArguments::new(octets), Err(ArgumentsError { index }), "{octets}");
        }
        for octets in ["{}", "{a}", "3}", "\"{3}\"", "{3} x", "\"a\\\"\" {1}\r\n}", "{1}\r\n}", "{3}\r\n{3}"]
        {
            assert!(RawArguments::new(octets).is_ok(), "{octets}");
        }
    }

    #[test]
    fn what_is_no_command() {
        check_wrong("a", 1, "a blank");
        check_wrong("a ", 2, "a command");
        check_wrong("a (", 2, "a command");
        check_wrong("a X a\rb", 5, "arguments without line ends");
    }

    #[test]
    fn a_mistyped_login_shows_no_password() {
        let shown = format!("{:?}", unknown("LOGON", "smith sesame"));
        assert_eq!(shown, "Unknown { name: \"LOGON\", arguments: RawArguments(12 octets) }");
    }
}

//! Dialogues as text: what a client and a server said, line for line, to be read, kept, compared and played again.
//!
//! ```text
//! # RFC 3501 section 6.3.11: an APPEND with a literal.
//! S: * OK ready
//! C: A003 APPEND saved-messages (\Seen) {334}
//! S: + Ready for literal data
//! C< fixtures/mails/afternoon-meeting.eml
//! C" \r\n
//! S: A003 OK APPEND completed
//! ```
//!
//! | line | means |
//! |---|---|
//! | `#` | a comment |
//! | `S: text`, `C: text` | this side says these octets and CRLF |
//! | `S" text`, `C" text` | this side says these octets; escapes are `\r \n \t \0 \\ \" \xNN`; nothing is added |
//! | `S< path`, `C< path` | this side says the octets of this file |
//! | `! word value` | something about the dialogue, for who plays it |
//!
//! A command begins with `C:` and its tag; `C"` and `C<` go on with it: the octets of a literal and what follows them,
//! the answer to a challenge, the `DONE` of an `IDLE`. Empty lines mean nothing.
//!
//! ```
//! use tayori_proto::transcript::{Line, Said, Side, Writer};
//!
//! let mut text = Writer::default();
//! text.line(Side::Client, b"a1 NOOP\r\n");
//! assert_eq!(text.as_str(), "C: a1 NOOP\n");
//! assert_eq!(Line::read("C: a1 NOOP"), Ok(Line::Said(Side::Client, Said::Line("a1 NOOP"))));
//! ```

mod escape;
mod writer;

pub use escape::unescape;
pub use writer::Writer;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The client.
    Client,
    /// The server.
    Server,
}

impl Side {
    fn letter(self) -> char {
        match self {
            Self::Client => 'C',
            Self::Server => 'S',
        }
    }
}

/// One line of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Nothing is said: an empty line, or a comment (without its `#`).
    Comment(&'a str),
    /// Something is said.
    Said(Side, Said<'a>),
    /// `! word value`; the value may be empty.
    Directive(&'a str, &'a str),
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// This text, and CRLF behind it.
    Line(&'a str),
    /// These octets.
    Octets(Vec<u8>),
    /// The octets of the file with this path.
    File(&'a str),
}

/// Why a line cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// It is too short to say what it is.
    #[error("neither a line of the dialogue nor a comment")]
    Short,
    /// No kind of line begins so.
    #[error("a line cannot begin with {0:?}")]
    Kind(String),
    /// A backslash with nothing behind it.
    #[error("a backslash at the end")]
    Backslash,
    /// `\x` without two hexadecimal digits.
    #[error("two hexadecimal digits belong behind \\x")]
    Digits,
    /// An escape that is none.
    #[error("no such escape: \\{0}")]
    Escape(char),
}

impl<'a> Line<'a> {
    /// Reads one line, without its end.
    pub fn read(line: &'a str) -> Result<Self, LineError> {
        if line.is_empty() {
            return Ok(Self::Comment(""));
        }
        if let Some(comment) = line.strip_prefix('#') {
            return Ok(Self::Comment(comment));
        }
        let (kind, rest) = line.split_at_checked(2).ok_or(LineError::Short)?;
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let side = match kind.as_bytes()[0] {
            b'C' => Side::Client,
            b'S' => Side::Server,
            _ if kind == "! " => {
                let (word, value) = rest.split_once(' ').unwrap_or((rest, ""));
                return Ok(Self::Directive(word, value));
            }
            _ => return Err(LineError::Kind(kind.to_owned())),
        };
        let said = match kind.as_bytes()[1] {
            b':' => Said::Line(rest),
            b'"' => Said::Octets(unescape(rest)?),
            b'<' => Said::File(rest),
            _ => return Err(LineError::Kind(kind.to_owned())),
        };
        Ok(Self::Said(side, said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let table: &[(&str, Line<'_>)] = &[
            ("", Line::Comment("")),
            ("# why", Line::Comment(" why")),
            ("S: * OK  x ", Line::Said(Side::Server, Said::Line("* OK  x "))),
            ("S:", Line::Said(Side::Server, Said::Line(""))),
            ("C:  a", Line::Said(Side::Client, Said::Line(" a"))),
            ("C\" a\\r\\n", Line::Said(Side::Client, Said::Octets(b"a\r\n".to_vec()))),
            ("S< a b.eml", Line::Said(Side::Server, Said::File("a b.eml"))),
            ("! start selected", Line::Directive("start", "selected")),
            ("! end", Line::Directive("end", "")),
        ];
        for (text, expected) in table {
            assert_eq!(Line::read(text).as_ref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_line_is_refused() {
        let table = [
            ("X", LineError::Short),
            ("X: 1", LineError::Kind("X:".to_owned())),
            ("S> x", LineError::Kind("S>".to_owned())),
            ("!end", LineError::Kind("!e".to_owned())),
            ("S\" \\", LineError::Backslash),
            ("S\" \\x1", LineError::Digits),
            ("S\" \\xg0", LineError::Digits),
            ("S\" \\q", LineError::Escape('q')),
            ("S\" \\\u{e9}", LineError::Escape('\u{e9}')),
        ];
        for (text, expected) in table {
            assert_eq!(Line::read(text), Err(expected), "{text}");
        }
    }
}

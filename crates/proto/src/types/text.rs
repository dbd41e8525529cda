use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

/// Octets that a peer sent where text was expected: any octets, in any charset or none.
///
/// A `Text` shares the buffer of the response it came from; cloning it copies nothing, but keeps that buffer alive.
/// [`Text::detached`] makes a copy that does not.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Bytes);

impl Text {
    /// A text from a constant.
    pub const fn from_static(text: &'static str) -> Self {
        Self(Bytes::from_static(text.as_bytes()))
    }

    /// The octets as they came.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The octets as shared bytes, without a copy.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// The text, if it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The text, with U+FFFD for what is not UTF-8.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// A copy that does not keep the buffer of the response alive.
    pub fn detached(&self) -> Self {
        Self(Bytes::copy_from_slice(&self.0))
    }

    /// Whether both are equal when the case of ASCII letters is ignored.
    pub fn eq_ignore_case(&self, other: &[u8]) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }

    /// Number of octets.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no octet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Bytes> for Text {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

/// Shown as one line in quotes, with everything but printable ASCII escaped.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// A string that IMAP can carry in a command: any octets but NUL (RFC 9051 section 9, CHAR8).
///
/// The encoder chooses atom, quoted string or literal by content, so no value can break out of its command.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImapString(Text);

impl ImapString {
    /// A string from octets that hold no NUL.
    pub fn new(text: impl Into<Text>) -> Result<Self, ImapStringError> {
        let text = text.into();
        match text.as_bytes().iter().position(|&octet| octet == 0) {
            Some(index) => Err(ImapStringError { index }),
            None => Ok(Self(text)),
        }
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The string as text.
    pub fn as_text(&self) -> &Text {
        &self.0
    }
}

impl fmt::Debug for ImapString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A NUL octet, which no IMAP string can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("NUL at index {index}, which IMAP strings cannot hold")]
pub struct ImapStringError {
    /// Where the NUL stands, in octets.
    pub index: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_as_one_line_of_ascii() {
        let text = Text::from(b"a\"\r\n\x1b[2J\xff\0".to_vec());
        assert_eq!(format!("{text:?}"), r#""a\"\r\n\x1b[2J\xff\x00""#);
        assert_eq!(text.to_string_lossy(), "a\"\r\n\u{1b}[2J\u{fffd}\0");
        assert_eq!(text.as_str(), None);
        assert_eq!(text.detached(), text);
    }

    #[test]
    fn only_nul_cannot_be_in_a_string() {
        assert_eq!(ImapString::new("a\0"), Err(ImapStringError { index: 1 }));
        for octet in 1..=u8::MAX {
            assert_eq!(ImapString::new(vec![octet]).unwrap().as_bytes(), [octet]);
        }
        assert!(ImapString::new("").is_ok());
    }
}

use std::fmt;

use bytes::Bytes;

use super::Text;

/// A word that is written into a command as it is (RFC 9051 section 9, `atom`).
///
/// It is never empty and never holds a control character, a blank, `(`, `)`, `{`, `"`, `\`, `%` or `*`. Wider than the
/// RFC in one way: `]` and octets above 127 pass, since servers use them in keywords (Gmail) and they cannot break out
/// of a command.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Atom(Text);

impl Atom {
    /// An atom from octets.
    pub fn new(octets: impl Into<Bytes>) -> Result<Self, AtomError> {
        let octets = octets.into();
        if octets.is_empty() {
            return Err(AtomError::Empty);
        }
        match octets.iter().position(|&octet| !Self::may_hold(octet)) {
            Some(index) => Err(AtomError::NotAllowed { index, octet: octets[index] }),
            None => Ok(Self(octets.into())),
        }
    }

    /// Whether an atom may hold this octet.
    #[inline]
    pub const fn may_hold(octet: u8) -> bool {
        ATOM_OCTETS[octet as usize]
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The atom as text.
    pub fn as_text(&self) -> &Text {
        &self.0
    }

    /// Whether both are equal when the case of ASCII letters is ignored.
    pub fn eq_ignore_case(&self, other: &[u8]) -> bool {
        self.0.eq_ignore_case(other)
    }
}

static ATOM_OCTETS: [bool; 256] = {
    let mut allowed = [true; 256];
    let mut octet = 0;
    while octet < allowed.len() {
        allowed[octet] =
            !matches!(octet as u8, 0..=b' ' | b'(' | b')' | b'{' | b'"' | b'\\' | b'%' | b'*' | 0x7f);
        octet += 1;
    }
    allowed
};

impl TryFrom<&str> for Atom {
    type Error = AtomError;

    fn try_from(text: &str) -> Result<Self, AtomError> {
        Self::new(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl fmt::Debug for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why octets are not an atom.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AtomError {
    /// There is no octet.
    #[error("empty, where at least one character is needed")]
    Empty,
    /// An octet would end the atom or the command.
    #[error("character 0x{octet:02x} at index {index} is not allowed in an atom")]
    NotAllowed {
        /// Where it stands, in octets.
        index: usize,
        /// The octet.
        octet: u8,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_ends_a_value_is_in_an_atom() {
        let refused: Vec<u8> = (0..=u8::MAX).filter(|&octet| !Atom::may_hold(octet)).collect();
        let mut expected: Vec<u8> = (0..=b' ').collect();
        expected.extend_from_slice(b"\"%()*\\{\x7f");
        assert_eq!(refused, expected);
    }

    #[test]
    fn an_error_says_which_octet_and_where() {
        assert_eq!(Atom::new(""), Err(AtomError::Empty));
        let error = Atom::try_from("$Junk mail").unwrap_err();
        assert_eq!(error.to_string(), "character 0x20 at index 5 is not allowed in an atom");
    }

    #[test]
    fn keywords_seen_in_the_wild_are_atoms() {
        for keyword in ["$Phishing", "unknown-1", "[Gmail]", "+", "a]b", "\u{e9}"] {
            assert_eq!(Atom::try_from(keyword).unwrap().as_bytes(), keyword.as_bytes());
        }
        assert!(Atom::try_from("NonJunk").unwrap().eq_ignore_case(b"nonjunk"));
    }
}

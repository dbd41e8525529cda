use std::fmt;

/// A set of rights to a mailbox, one letter or digit each (RFC 4314 section 2, RFC 2086 section 3).
///
/// Any ASCII letter or digit that a server uses is kept, known or not: who changes some rights must keep the others
/// (RFC 4314 section 5.1.2). `c` and `d` of RFC 2086 are kept beside the rights that have taken their place.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Rights {
    /// Bit n is the character n; all of them are letters and digits.
    bits: u128,
}

impl Rights {
    /// No right.
    pub const NONE: Self = Self { bits: 0 };
    /// `l`: to see the mailbox in lists, and to subscribe to it.
    pub const LOOKUP: Self = Self::one(b'l');
    /// `r`: to select it and to ask for its status.
    pub const READ: Self = Self::one(b'r');
    /// `s`: to change `\Seen`.
    pub const SEEN: Self = Self::one(b's');
    /// `w`: to change other flags than `\Seen` and `\Deleted`.
    pub const WRITE: Self = Self::one(b'w');
    /// `i`: to append and to copy messages to it.
    pub const INSERT: Self = Self::one(b'i');
    /// `p`: to send mail to its address.
    pub const POST: Self = Self::one(b'p');
    /// `k`: to make mailboxes below it.
    pub const CREATE: Self = Self::one(b'k');
    /// `x`: to delete the mailbox.
    pub const DELETE_MAILBOX: Self = Self::one(b'x');
    /// `t`: to change `\Deleted`.
    pub const DELETE_MESSAGES: Self = Self::one(b't');
    /// `e`: to expunge.
    pub const EXPUNGE: Self = Self::one(b'e');
    /// `a`: to administer: to change these rights.
    pub const ADMINISTER: Self = Self::one(b'a');

    const fn one(octet: u8) -> Self {
        Self { bits: 1 << octet }
    }

    /// Rights as a person or a server writes them, in any order.
    pub fn new(rights: impl AsRef<[u8]>) -> Result<Self, RightsError> {
        rights.as_ref().iter().enumerate().try_fold(Self::NONE, |all, (index, &octet)| {
            if octet.is_ascii_alphanumeric() {
                Ok(all.union(Self::one(octet)))
            } else {
                Err(RightsError { index })
            }
        })
    }

    /// The rights of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self { bits: self.bits | other.bits }
    }

    /// The rights of this that the other does not have.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self { bits: self.bits & !other.bits }
    }

    /// Whether all of the other are among them.
    pub const fn has(self, other: Self) -> bool {
        self.bits & other.bits == other.bits
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// Their characters, those of RFC 4314 in its order, then the others.
    fn chars(self) -> impl Iterator<Item = char> {
        let others = (b'0'..=b'z').filter(|octet| !ORDER.contains(octet));
        let all = ORDER.iter().copied().chain(others);
        all.filter(move |&octet| self.has(Self::one(octet))).map(char::from)
    }
}

/// RFC 4314 section 2.1.
const ORDER: &[u8] = b"lrswipkxtea";

/// As they are sent, without quotes.
impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|right| write!(f, "{right}"))
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rights({self})")
    }
}

/// A character that can be no right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a right is one ASCII letter or digit; the character at index {index} is none")]
pub struct RightsError {
    /// Where, in octets.
    pub index: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_a_set() {
        let rights = Rights::new("swicdkxte0Qa").unwrap();
        assert_eq!(rights.to_string(), "swikxtea0Qcd");
        assert_eq!(Rights::new("aQ0edtcxikwswss"), Ok(rights));
        assert!(rights.has(Rights::WRITE.union(Rights::SEEN)) && !rights.has(Rights::READ));
        assert!(rights.has(Rights::NONE) && Rights::new("").unwrap().is_empty());
        assert_eq!(rights.difference(Rights::new("swikxteaz").unwrap()), Rights::new("0Qcd").unwrap());
    }

    #[test]
    fn every_character_survives() {
        let all: String = ('0'..='z').filter(char::is_ascii_alphanumeric).collect();
        let rights = Rights::new(&all).unwrap();
        assert_eq!(rights.to_string().len(), all.len());
        assert_eq!(Rights::new(rights.to_string()), Ok(rights));
        for (octets, index) in [
            (&b"l r"[..], 1),
            (b"+l", 0),
            (b"a-", 1),
            (b"\0", 0),
            (b"lr\xe9", 2),
            (b"a\r\n", 1),
            (b"\x7f", 0),
        ] {
            assert_eq!(Rights::new(octets), Err(RightsError { index }));
        }
    }
}

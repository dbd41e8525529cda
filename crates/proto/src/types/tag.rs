use std::fmt;

use bytes::Bytes;

/// The name of one command on one connection (RFC 9051 section 2.2.1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Bytes);

impl Tag {
    /// A tag as a peer may choose it: `ASTRING-CHAR` without `+`, at most 64 octets.
    pub fn new(octets: impl Into<Bytes>) -> Result<Self, TagError> {
        let octets = octets.into();
        if octets.is_empty() {
            return Err(TagError::Empty);
        }
        if octets.len() > 64 {
            return Err(TagError::TooLong);
        }
        match octets.iter().position(|&octet| !Self::may_hold(octet)) {
            Some(index) => Err(TagError::NotAllowed { index, octet: octets[index] }),
            None => Ok(Self(octets)),
        }
    }

    /// Whether a tag may hold this octet.
    pub const fn may_hold(octet: u8) -> bool {
        matches!(octet, b'!'..=b'~')
            && !matches!(octet, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b'+')
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The tag as text; it is ASCII by construction.
impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({self})")
    }
}

/// Why octets are not a tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// There is no octet.
    #[error("a tag cannot be empty")]
    Empty,
    /// More than 64 octets.
    #[error("a tag of more than 64 octets")]
    TooLong,
    /// An octet that a tag cannot hold.
    #[error("character 0x{octet:02x} at index {index} is not allowed in a tag")]
    NotAllowed {
        /// Where it stands, in octets.
        index: usize,
        /// The octet.
        octet: u8,
    },
}

/// What all tags of one connection begin with: a letter, then letters and digits.
///
/// A prefix that a server cannot foresee makes forged completions miss (RFC 9051 section 2.2.1 leaves the choice to
/// the client); one server needs a letter first (Coremail), another needs tags that differ between connections
/// (GroupWise).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagPrefix(String);

impl TagPrefix {
    /// A prefix from a random number that the caller brings; 30 bits of it are used.
    pub fn from_random(random: u32) -> Self {
        const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
        let mut prefix = String::from("t");
        for position in 0..6 {
            let index = (random >> (5 * position)) & 31;
            prefix.push(char::from(LETTERS[index as usize]));
        }
        Self(prefix)
    }

    /// The tag with this number.
    pub fn tag(&self, number: u64) -> Tag {
        Tag(Bytes::from(format!("{}.{number}", self.0)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_tag_cannot_hold() {
        assert_eq!(Tag::new(""), Err(TagError::Empty));
        assert_eq!(Tag::new("a".repeat(65)), Err(TagError::TooLong));
        assert!(Tag::new("a".repeat(64)).is_ok());
        for octet in
            [0, b'\t', b'\r', b'\n', b' ', b'"', b'%', b'(', b')', b'*', b'+', b'\\', b'{', 0x7f, 0xe9]
        {
            let error = TagError::NotAllowed { index: 1, octet };
            assert_eq!(Tag::new(vec![b'a', octet]), Err(error));
        }
        for tag in ["A001", "a.1", "]", "}", "-", "1", "~[x]", "it's"] {
            assert_eq!(Tag::new(tag).unwrap().to_string(), tag);
        }
    }

    #[test]
    fn tags_of_one_prefix_are_tags_and_differ() {
        for random in [0, 1, u32::MAX, 0x1234_5678] {
            let prefix = TagPrefix::from_random(random);
            let tags: HashSet<_> = [0, 1, 2, 10, 100, u64::MAX].map(|number| prefix.tag(number)).into();
            assert_eq!(tags.len(), 6);
            assert!(tags.iter().all(|tag| Tag::new(tag.0.clone()).as_ref() == Ok(tag)));
            assert!(tags.iter().all(|tag| tag.as_bytes()[0].is_ascii_alphabetic()));
        }
    }

    proptest! {
        #[test]
        fn prefixes_differ_where_30_bits_differ(one in 0_u32..1 << 30, other in 0_u32..1 << 30) {
            prop_assert_eq!(TagPrefix::from_random(one) == TagPrefix::from_random(other), one == other);
        }

        #[test]
        fn any_octets_are_a_tag_or_are_refused_where_they_are_wrong(octets in proptest::collection::vec(any::<u8>(), 1..9)) {
            match Tag::new(octets.clone()) {
                Ok(tag) => prop_assert_eq!(tag.to_string().into_bytes(), octets),
                Err(TagError::NotAllowed { index, octet }) => {
                    prop_assert_eq!(octets[index], octet);
                    prop_assert!(octets[..index].iter().all(|&octet| Tag::may_hold(octet)));
                }
                Err(error) => prop_assert!(false, "{}", error),
            }
        }
    }
}

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use super::{MailboxName, NameEncoding};

/// What metadata is about (RFC 5464 section 3.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetadataOwner {
    /// The server as a whole, which is written as an empty name.
    Server,
    /// One mailbox. Made with `from`, it is never one without a name.
    Mailbox(MailboxName),
}

impl MetadataOwner {
    /// What a peer named; any octets name one.
    pub fn from_wire(octets: Bytes, encoding: NameEncoding) -> Self {
        MailboxName::from_wire(octets, encoding).into()
    }

    /// The octets to send.
    pub fn to_wire(&self, encoding: NameEncoding) -> Cow<'_, [u8]> {
        match self {
            Self::Server => Cow::Borrowed(b""),
            Self::Mailbox(name) => name.to_wire(encoding),
        }
    }
}

/// A name that is empty, which no mailbox has, is the server.
impl From<MailboxName> for MetadataOwner {
    fn from(name: MailboxName) -> Self {
        if name.as_str().is_empty() { Self::Server } else { Self::Mailbox(name) }
    }
}

/// The name of an entry of metadata, such as `/private/comment` (RFC 5464 section 3.2): components of printable ASCII,
/// each with a slash in front, none of them empty and none with `*` or `%` in it.
///
/// Servers compare them without regard to case; `==` does not.
///
/// ```
/// use tayori_proto::types::MetadataEntry;
///
/// let comment = MetadataEntry::new("/shared/comment").unwrap();
/// assert!(MetadataEntry::new("/SHARED").unwrap().depth_of(&comment) == Some(1));
/// assert!(MetadataEntry::new("/shared//comment").is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataEntry(String);

impl MetadataEntry {
    /// The entry with this name.
    pub fn new(name: impl Into<String>) -> Result<Self, MetadataEntryError> {
        let name = name.into();
        let octets = name.as_bytes();
        if octets.first() != Some(&b'/') {
            return Err(MetadataEntryError::NoSlash);
        }
        let is_odd = |octet: &u8| !matches!(octet, b' '..=b'~') || matches!(octet, b'*' | b'%');
        if let Some(index) = octets.iter().position(is_odd) {
            return Err(MetadataEntryError::Octet { index });
        }
        // A slash at the end is one in front of an empty component as well.
        let behind = octets.iter().skip(1).chain([&b'/']);
        if let Some(index) = octets.iter().zip(behind).position(|pair| pair == (&b'/', &b'/')) {
            return Err(MetadataEntryError::EmptyComponent { index });
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many levels another entry lies below this one, in any case: 0 for the same, `None` for one that does not.
    pub fn depth_of(&self, other: &Self) -> Option<usize> {
        let front = other.0.get(..self.0.len()).filter(|front| front.eq_ignore_ascii_case(&self.0))?;
        let below = &other.0[front.len()..];
        (below.is_empty() || below.starts_with('/'))
            .then(|| below.bytes().filter(|octet| *octet == b'/').count())
    }
}

/// In quotes.
impl fmt::Debug for MetadataEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text is no name of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataEntryError {
    /// It does not begin with a slash.
    #[error("the name of an entry begins with `/`")]
    NoSlash,
    /// What no name may hold: `*`, `%`, control characters, and what is not ASCII.
    #[error("octet {index} cannot be in the name of an entry")]
    Octet {
        /// Where it is.
        index: usize,
    },
    /// Nothing between two slashes, or behind the last one.
    #[error("nothing stands behind the slash at octet {index}")]
    EmptyComponent {
        /// Where the slash is.
        index: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_entries() {
        for name in ["/shared/comment", "/private", "/private/vendor/x/y z", "/a/\"\\(]{}"] {
            assert_eq!(MetadataEntry::new(name).unwrap().as_str(), name);
        }
        for (name, error) in [
            ("", MetadataEntryError::NoSlash),
            ("shared/comment", MetadataEntryError::NoSlash),
            ("/", MetadataEntryError::EmptyComponent { index: 0 }),
            ("/a/", MetadataEntryError::EmptyComponent { index: 2 }),
            ("/a//b", MetadataEntryError::EmptyComponent { index: 2 }),
            ("/a*", MetadataEntryError::Octet { index: 2 }),
            ("/%", MetadataEntryError::Octet { index: 1 }),
            ("/a\r\nb", MetadataEntryError::Octet { index: 2 }),
            ("/\u{e4}", MetadataEntryError::Octet { index: 1 }),
        ] {
            assert_eq!(MetadataEntry::new(name), Err(error), "{name:?}");
        }
    }

    #[track_caller]
    fn check(above: &str, below: &str, depth: Option<usize>) {
        let entry = |name| MetadataEntry::new(name).unwrap();
        assert_eq!(entry(above).depth_of(&entry(below)), depth, "{above} {below}");
    }

    #[test]
    fn entries_lie_below_others() {
        check("/a", "/a", Some(0));
        check("/a", "/A/b", Some(1));
        check("/a", "/a/b/c", Some(2));
        check("/a", "/ab", None);
        check("/a/b", "/a", None);
    }

    #[test]
    fn the_server_is_an_empty_name() {
        let names = NameEncoding::default();
        assert_eq!(MetadataOwner::from_wire(Bytes::new(), names), MetadataOwner::Server);
        assert_eq!(&*MetadataOwner::Server.to_wire(names), b"");
        let inbox = MetadataOwner::from_wire(Bytes::from_static(b"inbox"), names);
        assert_eq!(inbox, MailboxName::inbox().into());
    }
}

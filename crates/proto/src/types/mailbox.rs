use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use super::wire_name::WireName;

/// The name of a mailbox: readable inside, encoded on the wire as the session has negotiated.
///
/// `INBOX` in any case is one name (RFC 9051 section 5.1). A name that a server sent in no valid encoding is kept as it
/// came, is shown with replacement characters, and is sent back octet for octet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailboxName(WireName);

/// How mailbox names travel on a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameEncoding {
    /// Modified UTF-7, until something else is enabled (RFC 3501 section 5.1.3).
    #[default]
    ModifiedUtf7,
    /// UTF-8, after `UTF8=ACCEPT` or `IMAP4rev2` was enabled (RFC 9755 section 3, RFC 9051 section 5.1).
    Utf8,
}

impl MailboxName {
    /// A mailbox name as a person writes it.
    pub fn new(name: impl Into<String>) -> Result<Self, MailboxNameError> {
        let name = name.into();
        if name.is_empty() {
            return Err(MailboxNameError::Empty);
        }
        if let Some(index) = name.find(['\0', '\r', '\n']) {
            return Err(MailboxNameError::LineBreak { index });
        }
        Ok(Self::canonical(WireName::readable(name)))
    }

    /// The mailbox into which new mail arrives.
    pub fn inbox() -> Self {
        Self(WireName::readable("INBOX"))
    }

    /// The name that a peer sent; any octets are a name.
    pub fn from_wire(octets: Bytes, encoding: NameEncoding) -> Self {
        Self::canonical(WireName::from_wire(octets, encoding))
    }

    fn canonical(name: WireName) -> Self {
        if name.is_readable() && name.as_str().eq_ignore_ascii_case("INBOX") {
            return Self::inbox();
        }
        Self(name)
    }

    /// The octets to send.
    pub fn to_wire(&self, encoding: NameEncoding) -> Cow<'_, [u8]> {
        self.0.to_wire(encoding)
    }

    /// The name for people. It is not safe for a terminal, and two odd names can read alike.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether this is `INBOX`.
    pub fn is_inbox(&self) -> bool {
        self.0.is_readable() && self.as_str() == "INBOX"
    }
}

/// In quotes, with control characters escaped.
impl fmt::Debug for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// Why a text cannot be a mailbox name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MailboxNameError {
    /// There is no character.
    #[error("a mailbox name cannot be empty")]
    Empty,
    /// CR, LF or NUL, which no server takes and which could end the command.
    #[error("a mailbox name cannot hold CR, LF or NUL (index {index})")]
    LineBreak {
        /// Where it stands, in octets.
        index: usize,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_is_the_same_after_its_travel(name in "\\PC{1,12}", utf8 in any::<bool>()) {
            let encoding = if utf8 { NameEncoding::Utf8 } else { NameEncoding::ModifiedUtf7 };
            let name = MailboxName::new(name).unwrap();
            let wire = Bytes::from(name.to_wire(encoding).into_owned());
            prop_assert_eq!(MailboxName::from_wire(wire, encoding), name);
        }

        #[test]
        fn what_a_server_calls_a_mailbox_is_said_back(
            wire in proptest::collection::vec(any::<u8>(), 0..12),
            utf8 in any::<bool>(),
        ) {
            let encoding = if utf8 { NameEncoding::Utf8 } else { NameEncoding::ModifiedUtf7 };
            let name = MailboxName::from_wire(Bytes::from(wire.clone()), encoding);
            prop_assert!(name.is_inbox() || name.to_wire(encoding) == wire);
        }
    }

    #[test]
    fn inbox_is_one_name_in_any_case() {
        for name in ["INBOX", "inbox", "InBox"] {
            assert_eq!(MailboxName::new(name), Ok(MailboxName::inbox()));
            assert!(MailboxName::from_wire(Bytes::from(name), NameEncoding::ModifiedUtf7).is_inbox());
        }
    }

    #[test]
    fn a_name_in_no_valid_encoding_is_sent_back_as_it_came() {
        for wire in [&b"&&&"[..], "\u{418}\u{441}".as_bytes(), b"caf\xe9", b"&AGE-", b"a\nb"] {
            let name = MailboxName::from_wire(Bytes::copy_from_slice(wire), NameEncoding::ModifiedUtf7);
            assert_eq!(&*name.to_wire(NameEncoding::ModifiedUtf7), wire, "{name:?}");
        }
    }

    #[test]
    fn what_could_end_a_command_cannot_be_built() {
        assert_eq!(MailboxName::new(""), Err(MailboxNameError::Empty));
        for name in ["a\rb", "a\nb", "a\0b"] {
            assert_eq!(MailboxName::new(name), Err(MailboxNameError::LineBreak { index: 1 }));
        }
    }
}

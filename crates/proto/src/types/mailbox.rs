use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use super::utf7;

/// The name of a mailbox: readable inside, encoded on the wire as the session has negotiated.
///
/// `INBOX` in any case is one name (RFC 9051 section 5.1). A name that a server sent in no valid encoding is kept as it
/// came, is shown with replacement characters, and is sent back octet for octet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailboxName {
    name: String,
    /// The octets of the server, where encoding `name` would not give them back.
    wire: Option<Bytes>,
}

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
        Ok(Self::readable(name))
    }

    /// The mailbox into which new mail arrives.
    pub fn inbox() -> Self {
        Self { name: "INBOX".to_owned(), wire: None }
    }

    /// The name that a peer sent; any octets are a name.
    pub fn from_wire(octets: Bytes, encoding: NameEncoding) -> Self {
        let name = match encoding {
            NameEncoding::ModifiedUtf7 => utf7::decode(&octets),
            NameEncoding::Utf8 => std::str::from_utf8(&octets).ok().map(str::to_owned),
        };
        match name {
            Some(name) => Self::readable(name),
            // Raw UTF-8 under modified UTF-7 is seen in the wild (Proton Bridge, Dovecot's NOTIFY); it reads well, but
            // the server knows the mailbox only by these octets.
            None => Self { name: String::from_utf8_lossy(&octets).into_owned(), wire: Some(octets) },
        }
    }

    fn readable(name: String) -> Self {
        if name.eq_ignore_ascii_case("INBOX") {
            return Self::inbox();
        }
        Self { name, wire: None }
    }

    /// The octets to send.
    pub fn to_wire(&self, encoding: NameEncoding) -> Cow<'_, [u8]> {
        match (&self.wire, encoding) {
            (Some(octets), _) => Cow::Borrowed(octets),
            (None, NameEncoding::ModifiedUtf7) => Cow::Owned(utf7::encode(&self.name).into_bytes()),
            (None, NameEncoding::Utf8) => Cow::Borrowed(self.name.as_bytes()),
        }
    }

    /// The name for people. It is not safe for a terminal, and two odd names can read alike.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Whether this is `INBOX`.
    pub fn is_inbox(&self) -> bool {
        self.wire.is_none() && self.name == "INBOX"
    }
}

/// In quotes, with control characters escaped.
impl fmt::Debug for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
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
    use super::*;

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

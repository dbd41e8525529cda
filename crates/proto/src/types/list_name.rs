use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use super::wire_name::WireName;
use super::{MailboxNameError, NameEncoding};

/// Where a `LIST` starts (RFC 9051 section 6.3.9, reference name); usually empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListReference(WireName);

impl ListReference {
    /// No reference: patterns are whole names.
    pub fn none() -> Self {
        Self(WireName::readable(""))
    }

    /// A reference as a person writes it; it may be empty.
    pub fn new(reference: impl Into<String>) -> Result<Self, MailboxNameError> {
        checked(reference.into()).map(Self)
    }

    /// The reference that a peer sent; any octets are one.
    pub fn from_wire(octets: Bytes, encoding: NameEncoding) -> Self {
        Self(WireName::from_wire(octets, encoding))
    }

    /// The octets to send.
    pub fn to_wire(&self, encoding: NameEncoding) -> Cow<'_, [u8]> {
        self.0.to_wire(encoding)
    }

    /// The reference for people.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Which mailboxes a `LIST` names (RFC 9051 section 6.3.9): `*` stands for anything, `%` for anything up to the next
/// hierarchy delimiter. Empty asks for the delimiter and the root.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListPattern(WireName);

impl ListPattern {
    /// All mailboxes: `*`.
    pub fn all() -> Self {
        Self(WireName::readable("*"))
    }

    /// A pattern as a person writes it; it may be empty. `*` and `%` cannot be escaped in IMAP.
    pub fn new(pattern: impl Into<String>) -> Result<Self, MailboxNameError> {
        checked(pattern.into()).map(Self)
    }

    /// The pattern that a peer sent; any octets are one.
    pub fn from_wire(octets: Bytes, encoding: NameEncoding) -> Self {
        Self(WireName::from_wire(octets, encoding))
    }

    /// The octets to send.
    pub fn to_wire(&self, encoding: NameEncoding) -> Cow<'_, [u8]> {
        self.0.to_wire(encoding)
    }

    /// The pattern for people.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

fn checked(text: String) -> Result<WireName, MailboxNameError> {
    match text.find(['\0', '\r', '\n']) {
        Some(index) => Err(MailboxNameError::LineBreak { index }),
        None => Ok(WireName::readable(text)),
    }
}

/// In quotes, with control characters escaped.
impl fmt::Debug for ListReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// In quotes, with control characters escaped.
impl fmt::Debug for ListPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

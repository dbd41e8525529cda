use std::borrow::Cow;

use bytes::Bytes;

use super::{NameEncoding, utf7};

/// A text that travels like a mailbox name: a name, a reference, or a pattern.
///
/// One that a peer sent in no valid encoding is kept as it came, reads with replacement characters, and is sent back
/// octet for octet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct WireName {
    text: String,
    /// The octets of the peer, where encoding `text` would not give them back.
    wire: Option<Bytes>,
}

impl WireName {
    /// A text that has a valid form in every encoding.
    pub(super) fn readable(text: impl Into<String>) -> Self {
        Self { text: text.into(), wire: None }
    }

    pub(super) fn from_wire(octets: Bytes, encoding: NameEncoding) -> Self {
        let text = match encoding {
            NameEncoding::ModifiedUtf7 => utf7::decode(&octets),
            NameEncoding::Utf8 => std::str::from_utf8(&octets).ok().map(str::to_owned),
        };
        match text {
            Some(text) => Self::readable(text),
            // Raw UTF-8 under modified UTF-7 is seen in the wild (Proton Bridge, Dovecot's NOTIFY); it reads well, but
            // the server knows the mailbox only by these octets.
            None => Self { text: String::from_utf8_lossy(&octets).into_owned(), wire: Some(octets) },
        }
    }

    pub(super) fn to_wire(&self, encoding: NameEncoding) -> Cow<'_, [u8]> {
        match (&self.wire, encoding) {
            (Some(octets), _) => Cow::Borrowed(octets),
            (None, NameEncoding::ModifiedUtf7) => Cow::Owned(utf7::encode(&self.text).into_bytes()),
            (None, NameEncoding::Utf8) => Cow::Borrowed(self.text.as_bytes()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether encoding the text gives back what the peer sent.
    pub(super) fn is_readable(&self) -> bool {
        self.wire.is_none()
    }
}

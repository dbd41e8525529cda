//! What Gmail adds to a message (its IMAP extension `X-GM-EXT-1`).

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use super::wire_name::WireName;
use super::{MailboxNameError, NameEncoding};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        /// In decimal, as on the wire.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// `X-GM-MSGID`: a message of an account, the same in every mailbox that shows it.
    GmMessageId
}
number! {
    /// `X-GM-THRID`: the thread that a message belongs to.
    GmThreadId
}

/// A label of Gmail (`X-GM-LABELS`): readable inside, encoded on the wire like the name of a mailbox.
///
/// A label of the system begins with a backslash, such as `\Inbox`. One that the server sent in no valid encoding is
/// kept as it came and is sent back octet for octet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GmLabel(WireName);

impl GmLabel {
    /// A label as a person writes it.
    pub fn new(label: impl Into<String>) -> Result<Self, MailboxNameError> {
        let label = label.into();
        if label.is_empty() {
            return Err(MailboxNameError::Empty);
        }
        match label.find(['\0', '\r', '\n']) {
            Some(index) => Err(MailboxNameError::LineBreak { index }),
            None => Ok(Self(WireName::readable(label))),
        }
    }

    /// The label that a peer sent; any octets are one.
    pub fn from_wire(octets: Bytes, encoding: NameEncoding) -> Self {
        Self(WireName::from_wire(octets, encoding))
    }

    /// The octets to send.
    pub fn to_wire(&self, encoding: NameEncoding) -> Cow<'_, [u8]> {
        self.0.to_wire(encoding)
    }

    /// The label for people. It is not safe for a terminal, and two odd labels can read alike.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// In quotes, with control characters escaped.
impl fmt::Debug for GmLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_reads_as_a_person_wrote_it() {
        for (label, wire) in
            [("\\Inbox", "\\Inbox"), ("B\u{fc}cher & Co", "B&APw-cher &- Co"), ("inbox", "inbox")]
        {
            let written = GmLabel::new(label).unwrap();
            assert_eq!(&*written.to_wire(NameEncoding::ModifiedUtf7), wire.as_bytes());
            let read =
                GmLabel::from_wire(Bytes::copy_from_slice(wire.as_bytes()), NameEncoding::ModifiedUtf7);
            assert_eq!((read.as_str(), read == written), (label, true));
        }
        let odd = GmLabel::from_wire(Bytes::from_static(b"a&b\xff"), NameEncoding::ModifiedUtf7);
        assert_eq!(&*odd.to_wire(NameEncoding::ModifiedUtf7), b"a&b\xff");
    }

    #[test]
    fn what_could_end_a_command_cannot_be_built() {
        assert_eq!(GmLabel::new(""), Err(MailboxNameError::Empty));
        for label in ["a\rb", "a\nb", "a\0b"] {
            assert_eq!(GmLabel::new(label), Err(MailboxNameError::LineBreak { index: 1 }));
        }
    }
}

use std::ops::Deref;

use super::Text;

/// The envelope of a message as its server read it (RFC 9051 section 7.5.2, ENVELOPE).
///
/// `None` is `NIL`: the field is missing. Texts are raw: encoded words are not decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// `Date`
    pub date: Option<Text>,
    /// `Subject`
    pub subject: Option<Text>,
    /// `From`
    pub from: AddressList,
    /// `Sender`; servers fill it from `From` when it is missing.
    pub sender: AddressList,
    /// `Reply-To`; servers fill it from `From` when it is missing.
    pub reply_to: AddressList,
    /// `To`
    pub to: AddressList,
    /// `Cc`
    pub cc: AddressList,
    /// `Bcc`
    pub bcc: AddressList,
    /// `In-Reply-To`
    pub in_reply_to: Option<Text>,
    /// `Message-ID`
    pub message_id: Option<Text>,
}

/// The addresses of one header field; empty when the field is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressList(Vec<Address>);

impl From<Vec<Address>> for AddressList {
    fn from(addresses: Vec<Address>) -> Self {
        Self(addresses)
    }
}

impl Deref for AddressList {
    type Target = [Address];

    fn deref(&self) -> &[Address] {
        &self.0
    }
}

/// One address structure (RFC 9051 section 7.5.2).
///
/// With `host` missing it is a group marker: it begins with the group's name in `mailbox` and ends where `mailbox`
/// is missing too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The display name.
    pub name: Option<Text>,
    /// The source route, long obsolete.
    pub route: Option<Text>,
    /// What stands in front of `@`.
    pub mailbox: Option<Text>,
    /// What stands behind `@`.
    pub host: Option<Text>,
}

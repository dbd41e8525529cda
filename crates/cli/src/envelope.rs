//! What a server reads in the header of a message, for people and as JSON.
//!
//! Encoded words are decoded; octets that are no text in any charset become U+FFFD. What is missing is null in JSON.

use serde::Serialize;
use tayori_proto::types::{AddressRef, Addresses, Envelope};

/// The fields of the envelope (RFC 9051 section 7.5.2): `date` as it was written, `subject`, `message_id` and
/// `in_reply_to` as strings or null; `from`, `sender`, `reply_to`, `to`, `cc` and `bcc` as lists of addresses.
#[derive(Serialize)]
pub(crate) struct EnvelopeJson {
    date: Option<String>,
    subject: Option<String>,
    from: Vec<AddressJson>,
    sender: Vec<AddressJson>,
    reply_to: Vec<AddressJson>,
    to: Vec<AddressJson>,
    cc: Vec<AddressJson>,
    bcc: Vec<AddressJson>,
    in_reply_to: Option<String>,
    message_id: Option<String>,
}

impl EnvelopeJson {
    pub(crate) fn of(envelope: &Envelope) -> Self {
        Self {
            date: decoded(envelope.date()),
            subject: decoded(envelope.subject()),
            from: addresses_json(envelope.from()),
            sender: addresses_json(envelope.sender()),
            reply_to: addresses_json(envelope.reply_to()),
            to: addresses_json(envelope.to()),
            cc: addresses_json(envelope.cc()),
            bcc: addresses_json(envelope.bcc()),
            in_reply_to: decoded(envelope.in_reply_to()),
            message_id: decoded(envelope.message_id()),
        }
    }
}

/// An address: `name`, `mailbox` and `host` (RFC 9051 section 7.5.2). The beginning of a group has its name in
/// `mailbox` and no `host`, its end has neither.
#[derive(Serialize)]
pub(crate) struct AddressJson {
    name: Option<String>,
    mailbox: Option<String>,
    host: Option<String>,
}

pub(crate) fn addresses_json(list: Addresses<'_>) -> Vec<AddressJson> {
    let json = |address: AddressRef<'_>| AddressJson {
        name: decoded(address.name),
        mailbox: decoded(address.mailbox),
        host: address.host.map(|host| String::from_utf8_lossy(host).into_owned()),
    };
    list.map(json).collect()
}

pub(crate) fn decoded(text: Option<&[u8]>) -> Option<String> {
    text.map(tayori_mime::decode_header)
}

/// Addresses as people write them, in one line.
pub(crate) fn addresses(list: Addresses<'_>) -> String {
    let mut shown = String::new();
    let mut separator = "";
    for address in list {
        let mailbox = decoded(address.mailbox);
        match (address.host, mailbox) {
            (Some(host), mailbox) => {
                let address_of = format!("{}@{}", mailbox.unwrap_or_default(), String::from_utf8_lossy(host));
                shown.push_str(separator);
                match decoded(address.name).filter(|name| !name.trim().is_empty()) {
                    Some(name) => shown.push_str(&format!("{name} <{address_of}>")),
                    None => shown.push_str(&address_of),
                }
                separator = ", ";
            }
            (None, Some(group)) => {
                shown.push_str(&format!("{separator}{group}: "));
                separator = "";
            }
            (None, None) => {
                shown.push(';');
                separator = " ";
            }
        }
    }
    shown
}

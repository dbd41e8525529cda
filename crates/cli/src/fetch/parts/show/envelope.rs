//! `--envelope`

use serde::Serialize;
use tayori_proto::types::{Envelope, Uid};

use super::{AddressJson, addresses, addresses_json, decoded, line};
use crate::fetch::parts::{Form, Work};

/// The fields of the envelope (RFC 9051 section 7.5.2): `date` as it was written, `subject`, `message_id` and
/// `in_reply_to` as strings or null; `from`, `sender`, `reply_to`, `to`, `cc` and `bcc` as lists of addresses.
#[derive(Serialize)]
pub(super) struct EnvelopeJson {
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
    pub(super) fn of(envelope: &Envelope) -> Self {
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

/// A line for each field that is there, and a blank line behind the message.
pub(in crate::fetch::parts) fn page(work: &Work<'_>, uid: Uid, envelope: &Envelope) -> String {
    if work.request.form == Form::Json {
        return line(work, uid, EnvelopeJson::of(envelope));
    }
    let mut page = work.heading(uid);
    let fields = [
        ("Date", decoded(envelope.date())),
        ("From", Some(addresses(envelope.from()))),
        ("Sender", Some(addresses(envelope.sender()))),
        ("Reply-To", Some(addresses(envelope.reply_to()))),
        ("To", Some(addresses(envelope.to()))),
        ("Cc", Some(addresses(envelope.cc()))),
        ("Bcc", Some(addresses(envelope.bcc()))),
        ("Subject", decoded(envelope.subject())),
        ("In-Reply-To", decoded(envelope.in_reply_to())),
        ("Message-ID", decoded(envelope.message_id())),
    ];
    for (name, value) in fields {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            page.push_str(&format!("{:<13}{}\n", format!("{name}:"), work.one_line(&value)));
        }
    }
    page.push('\n');
    page
}

//! `--envelope`

use tayori_proto::types::{Envelope, Uid};

use super::line;
use crate::commands::fetch::parts::{Form, Work};
use crate::envelope::{EnvelopeJson, addresses, decoded};

/// A line for each field that is there, and a blank line behind the message.
pub(in crate::commands::fetch::parts) fn page(work: &Work<'_>, uid: Uid, envelope: &Envelope) -> String {
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

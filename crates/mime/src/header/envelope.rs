//! The envelope of a message, as its server reads it (RFC 9051 section 7.5.2, RFC 3501 section 7.4.2).

use tayori_proto::types::{AddressList, Envelope, EnvelopeFields, Text};

use super::address::addresses;
use super::fields::{Field, Fields};
use crate::limits::Budget;

/// What the fields say, raw: encoded words stay as they are.
pub(crate) fn envelope(fields: &Fields, budget: &mut Budget) -> Envelope {
    let mut text = |field| {
        let value = fields.value(field).filter(|value| budget.charge(value.len()))?;
        Some(Text::from(value.to_vec()))
    };
    let (date, subject) = (text(Field::Date), text(Field::Subject));
    let (in_reply_to, message_id) = (text(Field::InReplyTo), text(Field::MessageId));
    let mut list = |field| addresses(fields.value(field).unwrap_or_default(), budget);
    let from = list(Field::From);
    let or_from = |list: AddressList| if list.is_empty() { from.clone() } else { list };
    Envelope::new(EnvelopeFields {
        date,
        subject,
        sender: or_from(list(Field::Sender)),
        reply_to: or_from(list(Field::ReplyTo)),
        to: list(Field::To),
        cc: list(Field::Cc),
        bcc: list(Field::Bcc),
        in_reply_to,
        message_id,
        from,
    })
}

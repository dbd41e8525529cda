//! `ENVELOPE` (RFC 9051 section 7.5.2).
//!
//! ```text
//! envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP
//!            env-to SP env-cc SP env-bcc SP env-in-reply-to SP env-message-id ")"
//! env-from = "(" 1*address ")" / nil
//! address  = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"
//! ```
//!
//! Wider: any field may be missing at the end, there may be too many, and an address may have more or fewer than
//! four fields.

use crate::quirk::Quirk;
use crate::types::{Address, AddressList, Envelope, Text};
use crate::wire::{Cursor, Encoder, Syntax};

use super::string::{Blanks, expect_nstring, more_entries, try_empty_list};

pub(super) fn expect_envelope(cursor: &mut Cursor<'_>) -> Result<Envelope, Syntax> {
    let start = cursor.pos();
    cursor.expect_byte(b'(', "an envelope")?;
    let mut envelope = Envelope::default();
    let mut field = 0;
    while more_entries(cursor, Blanks::One)? {
        match field {
            0 => envelope.date = expect_nstring(cursor)?,
            1 => envelope.subject = expect_nstring(cursor)?,
            2 => envelope.from = expect_addresses(cursor)?,
            3 => envelope.sender = expect_addresses(cursor)?,
            4 => envelope.reply_to = expect_addresses(cursor)?,
            5 => envelope.to = expect_addresses(cursor)?,
            6 => envelope.cc = expect_addresses(cursor)?,
            7 => envelope.bcc = expect_addresses(cursor)?,
            8 => envelope.in_reply_to = expect_nstring(cursor)?,
            9 => envelope.message_id = expect_nstring(cursor)?,
            _ => cursor.skip_value()?,
        }
        field += 1;
    }
    match field {
        ..10 => cursor.repaired_at(Quirk::ShortEnvelope, start),
        10 => {}
        _ => cursor.repaired_at(Quirk::LongEnvelope, start),
    }
    Ok(envelope)
}

fn expect_addresses(cursor: &mut Cursor<'_>) -> Result<AddressList, Syntax> {
    let start = cursor.pos();
    if cursor.try_word("NIL") || try_empty_list(cursor) {
        return Ok(AddressList::default());
    }
    if cursor.try_string()?.is_some_and(|text| text.is_empty()) {
        cursor.repaired_at(Quirk::StringForList, start);
        return Ok(AddressList::default());
    }
    cursor.seek(start);
    cursor.expect_byte(b'(', "a list of addresses or NIL")?;
    let mut addresses = Vec::new();
    while more_entries(cursor, Blanks::None)? {
        let start = cursor.pos();
        if cursor.try_word("NIL") {
            cursor.repaired_at(Quirk::NilEntry, start);
            continue;
        }
        addresses.push(expect_address(cursor)?);
    }
    Ok(addresses.into())
}

fn expect_address(cursor: &mut Cursor<'_>) -> Result<Address, Syntax> {
    let start = cursor.pos();
    cursor.expect_byte(b'(', "an address")?;
    let mut fields: Vec<Field> = Vec::with_capacity(4);
    while more_entries(cursor, Blanks::One)? {
        let text = expect_nstring(cursor)?;
        fields.push(Field { text, end: cursor.pos() });
    }
    match fields.len() {
        ..4 => cursor.repaired_at(Quirk::ShortAddress, start),
        4 => {}
        many => {
            cursor.repaired_at(Quirk::LongAddress, start);
            fields = rejoin(cursor, fields, many - 4);
        }
    }
    let mut fields = fields.into_iter().map(|field| field.text);
    let mut next = || fields.next().flatten();
    Ok(Address { name: next(), route: next(), mailbox: next(), host: next() })
}

/// A field of an address, and where it ends.
struct Field {
    text: Option<Text>,
    end: usize,
}

/// The first field with so many behind it as one: the literal of the name was too short by a few octets, which stand
/// behind it and look like fields.
fn rejoin(cursor: &mut Cursor<'_>, fields: Vec<Field>, surplus: usize) -> Vec<Field> {
    let behind = cursor.pos();
    let mut fields = fields.into_iter();
    let mut joined: Vec<Field> = fields.by_ref().take(1).collect();
    if let (Some(name), Some(last)) = (joined.first_mut(), fields.by_ref().take(surplus).last()) {
        cursor.seek(last.end);
        let lost = cursor.since(name.end);
        cursor.seek(behind);
        let begun = name.text.as_ref().map_or(&[][..], Text::as_bytes);
        name.text = Some([begun, &lost].concat().into());
        name.end = last.end;
    }
    joined.extend(fields);
    joined
}

pub(super) fn encode_envelope(encoder: &mut Encoder, envelope: &Envelope) {
    let Envelope { date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id } = envelope;
    encoder.raw("(");
    encode_nstring(encoder, date.as_ref());
    encoder.sp();
    encode_nstring(encoder, subject.as_ref());
    for addresses in [from, sender, reply_to, to, cc, bcc] {
        encoder.sp();
        encode_addresses(encoder, addresses);
    }
    encoder.sp();
    encode_nstring(encoder, in_reply_to.as_ref());
    encoder.sp();
    encode_nstring(encoder, message_id.as_ref());
    encoder.raw(")");
}

fn encode_addresses(encoder: &mut Encoder, addresses: &AddressList) {
    if addresses.is_empty() {
        encoder.raw("NIL");
        return;
    }
    encoder.raw("(");
    for Address { name, route, mailbox, host } in addresses.iter() {
        encoder.list([name, route, mailbox, host], |encoder, field| encode_nstring(encoder, field.as_ref()));
    }
    encoder.raw(")");
}

pub(super) fn encode_nstring(encoder: &mut Encoder, text: Option<&Text>) {
    encoder.nstring(text.map(Text::as_bytes));
}

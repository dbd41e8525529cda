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

use std::ops::Range;

use crate::quirk::Quirk;
use crate::types::{AddressRef, Addresses, Envelope, EnvelopeDraft, ListField, Span, Text, TextField};
use crate::wire::{Cursor, Encoder, Plain, Stretch, Syntax};

use super::string::{Blanks, expect_nstring_stretch, more_entries, try_empty_list};

pub(super) fn expect_envelope(cursor: &mut Cursor<'_>) -> Result<Envelope, Syntax> {
    if let Some(envelope) = try_plain_envelope(cursor) {
        return Ok(envelope);
    }
    let start = cursor.pos();
    cursor.expect_byte(b'(', "an envelope")?;
    let mut draft = EnvelopeDraft::new(start);
    let mut field = 0;
    while more_entries(cursor, Blanks::One)? {
        match field {
            0 => expect_text(cursor, &mut draft, TextField::Date)?,
            1 => expect_text(cursor, &mut draft, TextField::Subject)?,
            2 => expect_addresses(cursor, &mut draft, ListField::From)?,
            3 => expect_addresses(cursor, &mut draft, ListField::Sender)?,
            4 => expect_addresses(cursor, &mut draft, ListField::ReplyTo)?,
            5 => expect_addresses(cursor, &mut draft, ListField::To)?,
            6 => expect_addresses(cursor, &mut draft, ListField::Cc)?,
            7 => expect_addresses(cursor, &mut draft, ListField::Bcc)?,
            8 => expect_text(cursor, &mut draft, TextField::InReplyTo)?,
            9 => expect_text(cursor, &mut draft, TextField::MessageId)?,
            _ => cursor.skip_value()?,
        }
        field += 1;
    }
    match field {
        ..10 => cursor.repaired_at(Quirk::ShortEnvelope, start),
        10 => {}
        _ => cursor.repaired_at(Quirk::LongEnvelope, start),
    }
    Ok(draft.finish(cursor.since(start)))
}

/// An envelope with nothing that needs a closer look. Where there is none, nothing has happened.
pub(super) fn try_plain_envelope(cursor: &mut Cursor<'_>) -> Option<Envelope> {
    let start = cursor.pos();
    let mut draft = EnvelopeDraft::new(start);
    let mut plain = cursor.plain();
    plain.byte(b'(')?;
    read_plain_text(&mut plain, &mut draft, TextField::Date)?;
    plain.byte(b' ')?;
    read_plain_text(&mut plain, &mut draft, TextField::Subject)?;
    for field in ListField::ALL {
        plain.byte(b' ')?;
        read_plain_addresses(&mut plain, &mut draft, field)?;
    }
    plain.byte(b' ')?;
    read_plain_text(&mut plain, &mut draft, TextField::InReplyTo)?;
    plain.byte(b' ')?;
    read_plain_text(&mut plain, &mut draft, TextField::MessageId)?;
    plain.byte(b')')?;
    plain.entries += 10;
    cursor.accept(&plain)?;
    Some(draft.finish(cursor.since(start)))
}

fn read_plain_text(plain: &mut Plain<'_>, draft: &mut EnvelopeDraft, field: TextField) -> Option<()> {
    if let Some(range) = plain.nstring_range()? {
        draft.set_text(field, draft.here(range)?);
    }
    Some(())
}

fn read_plain_addresses(plain: &mut Plain<'_>, draft: &mut EnvelopeDraft, field: ListField) -> Option<()> {
    if !plain.try_nil() {
        plain.byte(b'(')?;
        loop {
            let address = read_plain_address(plain, draft)?;
            draft.push_address(address);
            if plain.try_byte(b')') {
                break;
            }
        }
    }
    draft.end_list(field);
    Some(())
}

#[inline]
fn read_plain_address(plain: &mut Plain<'_>, draft: &EnvelopeDraft) -> Option<[Span; 4]> {
    let mut fields = [Span::default(); 4];
    // In front of the first field stands the parenthesis, in front of the others a blank.
    for (before, field) in [b'(', b' ', b' ', b' '].into_iter().zip(&mut fields) {
        plain.byte(before)?;
        if let Some(range) = plain.nstring_range()? {
            *field = draft.here(range)?;
        }
    }
    plain.byte(b')')?;
    plain.entries += 5;
    Some(fields)
}

fn expect_text(cursor: &mut Cursor<'_>, draft: &mut EnvelopeDraft, field: TextField) -> Result<(), Syntax> {
    let span = expect_span(cursor, draft)?;
    draft.set_text(field, span);
    Ok(())
}

/// `nstring`, as a place in the envelope.
fn expect_span(cursor: &mut Cursor<'_>, draft: &mut EnvelopeDraft) -> Result<Span, Syntax> {
    let found = expect_nstring_stretch(cursor)?;
    place(cursor, draft, found.as_ref())
}

fn place(cursor: &Cursor<'_>, draft: &mut EnvelopeDraft, found: Option<&Stretch>) -> Result<Span, Syntax> {
    let span = match found {
        None => return Ok(Span::default()),
        Some(Stretch::Here(range)) => draft.here(range.clone()),
        Some(Stretch::Made(octets)) => draft.made(octets),
    };
    span.ok_or_else(|| cursor.expected("an envelope below 1 GiB"))
}

fn expect_addresses(
    cursor: &mut Cursor<'_>,
    draft: &mut EnvelopeDraft,
    field: ListField,
) -> Result<(), Syntax> {
    read_addresses(cursor, draft)?;
    draft.end_list(field);
    Ok(())
}

fn read_addresses(cursor: &mut Cursor<'_>, draft: &mut EnvelopeDraft) -> Result<(), Syntax> {
    let start = cursor.pos();
    if cursor.rest().starts_with(b"((") {
        return read_list(cursor, draft);
    }
    if cursor.try_word("NIL") || try_empty_list(cursor) {
        return Ok(());
    }
    if cursor.try_stretch()?.is_some_and(|found| cursor.octets(&found).is_empty()) {
        cursor.repaired_at(Quirk::StringForList, start);
        return Ok(());
    }
    cursor.seek(start);
    read_list(cursor, draft)
}

fn read_list(cursor: &mut Cursor<'_>, draft: &mut EnvelopeDraft) -> Result<(), Syntax> {
    cursor.expect_byte(b'(', "a list of addresses or NIL")?;
    while more_entries(cursor, Blanks::None)? {
        let start = cursor.pos();
        if cursor.peek() != Some(b'(') && cursor.try_word("NIL") {
            cursor.repaired_at(Quirk::NilEntry, start);
            continue;
        }
        let address = match try_plain_address(cursor, draft) {
            Some(address) => address,
            None => expect_address(cursor, draft)?,
        };
        draft.push_address(address);
    }
    Ok(())
}

/// An address with nothing that needs a closer look. Where there is none, nothing has happened.
fn try_plain_address(cursor: &mut Cursor<'_>, draft: &EnvelopeDraft) -> Option<[Span; 4]> {
    let mut plain = cursor.plain();
    let address = read_plain_address(&mut plain, draft)?;
    // The list has counted the address itself.
    plain.entries -= 1;
    cursor.accept(&plain)?;
    Some(address)
}

fn expect_address(cursor: &mut Cursor<'_>, draft: &mut EnvelopeDraft) -> Result<[Span; 4], Syntax> {
    let start = cursor.pos();
    cursor.expect_byte(b'(', "an address")?;
    let mut first = None;
    // The last four that were read, and where each ends.
    let mut fields = [(Span::default(), start); 4];
    let mut count = 0;
    while more_entries(cursor, Blanks::One)? {
        let found = expect_nstring_stretch(cursor)?;
        let span = place(cursor, draft, found.as_ref())?;
        if count == 0 {
            first = Some((found, cursor.pos()));
        }
        if count >= 4 {
            fields.rotate_left(1);
        }
        fields[count.min(3)] = (span, cursor.pos());
        count += 1;
    }
    if count < 4 {
        cursor.repaired_at(Quirk::ShortAddress, start);
    } else if count > 4
        && let Some((begun, begun_end)) = first
    {
        cursor.repaired_at(Quirk::LongAddress, start);
        let name = rejoin(cursor, begun.as_ref(), begun_end..fields[0].1);
        fields[0].0 = place(cursor, draft, Some(&Stretch::Made(name)))?;
    }
    Ok(fields.map(|(span, _)| span))
}

/// The first field with those behind it as one: the literal of the name was too short by a few octets, which stand behind it
/// and look like fields.
fn rejoin(cursor: &Cursor<'_>, begun: Option<&Stretch>, lost: Range<usize>) -> Vec<u8> {
    let lost = Stretch::Here(lost);
    let begun = begun.map_or(&[][..], |begun| cursor.octets(begun));
    [begun, cursor.octets(&lost)].concat()
}

pub(super) fn encode_envelope(encoder: &mut Encoder, envelope: &Envelope) {
    encoder.raw("(").nstring(envelope.date()).sp().nstring(envelope.subject());
    for addresses in envelope.lists() {
        encoder.sp();
        encode_addresses(encoder, addresses);
    }
    encoder.sp().nstring(envelope.in_reply_to()).sp().nstring(envelope.message_id()).raw(")");
}

fn encode_addresses(encoder: &mut Encoder, addresses: Addresses<'_>) {
    if addresses.is_empty() {
        encoder.raw("NIL");
        return;
    }
    encoder.raw("(");
    for AddressRef { name, route, mailbox, host } in addresses {
        encoder.list([name, route, mailbox, host], |encoder, field| {
            encoder.nstring(field);
        });
    }
    encoder.raw(")");
}

pub(super) fn encode_nstring(encoder: &mut Encoder, text: Option<&Text>) {
    encoder.nstring(text.map(Text::as_bytes));
}

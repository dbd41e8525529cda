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
use crate::wire::{Cursor, Encoder, Stretch, Syntax, find_quote};

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
    let mut fields = PlainFields::from(start, cursor)?;
    let mut addresses = Vec::new();
    let mut ends = [0; ListField::ALL.len()];
    fields.byte(b'(')?;
    let date = fields.nstring()?;
    fields.byte(b' ')?;
    let subject = fields.nstring()?;
    fields.byte(b' ')?;
    let from = fields.rest;
    fields.addresses(&mut addresses)?;
    let from = from.get(..from.len() - fields.rest.len())?;
    let authors = addresses.len();
    ends[0] = authors as u32;
    for (index, end) in ends.iter_mut().enumerate().skip(1) {
        fields.byte(b' ')?;
        // Where a message has no Sender or Reply-To, which is almost always, servers repeat From.
        if index <= ListField::ReplyTo as usize
            && authors > 0
            && let Some(rest) = fields.rest.strip_prefix(from)
        {
            fields.rest = rest;
            addresses.extend_from_within(..authors);
        } else {
            fields.addresses(&mut addresses)?;
        }
        *end = addresses.len() as u32;
    }
    fields.byte(b' ')?;
    let in_reply_to = fields.nstring()?;
    fields.byte(b' ')?;
    let message_id = fields.nstring()?;
    fields.byte(b')')?;
    if !cursor.try_entries(10 + 5 * addresses.len()) {
        return None;
    }
    cursor.advance(fields.read());
    let texts = [date, subject, in_reply_to, message_id];
    Some(Envelope::from_spans(cursor.since(start), texts, addresses, ends))
}

/// Fields of an envelope that need no closer look. Where a reader finds something else, it says `None`.
struct PlainFields<'a> {
    /// What is not read yet, up to the first backslash or line feed.
    rest: &'a [u8],
    /// Octets from the beginning of the envelope to the end of `rest`; spans reach that far.
    octets: usize,
    /// Octets that were not read yet at first.
    unread: usize,
}

impl<'a> PlainFields<'a> {
    /// From where the cursor stands, in an envelope that begins at `start`.
    #[inline]
    fn from(start: usize, cursor: &mut Cursor<'a>) -> Option<Self> {
        let rest = cursor.plain_octets();
        let octets = rest.len() + cursor.pos().checked_sub(start)?;
        (octets <= Span::REACH).then_some(Self { rest, octets, unread: rest.len() })
    }

    /// Octets that were read.
    fn read(&self) -> usize {
        self.unread - self.rest.len()
    }

    /// Exactly this octet.
    #[inline(always)]
    fn byte(&mut self, byte: u8) -> Option<()> {
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                Some(())
            }
            _ => None,
        }
    }

    /// A string in quotes or `NIL`. What stands behind it is for the next one to see.
    #[inline(always)]
    fn nstring(&mut self) -> Option<Span> {
        match self.rest {
            [b'"', inside @ ..] => {
                let length = find_quote(inside)?;
                self.rest = inside.get(length + 1..)?;
                Some(Span::new(self.octets - inside.len(), length))
            }
            [b'N' | b'n', b'I' | b'i', b'L' | b'l', rest @ ..] => {
                self.rest = rest;
                Some(Span::default())
            }
            _ => None,
        }
    }

    #[inline(always)]
    fn address(&mut self) -> Option<[Span; 4]> {
        self.byte(b'(')?;
        let name = self.nstring()?;
        self.byte(b' ')?;
        let route = self.nstring()?;
        self.byte(b' ')?;
        let mailbox = self.nstring()?;
        self.byte(b' ')?;
        let host = self.nstring()?;
        self.byte(b')')?;
        Some([name, route, mailbox, host])
    }

    fn addresses(&mut self, addresses: &mut Vec<[Span; 4]>) -> Option<()> {
        if let [b'N' | b'n', b'I' | b'i', b'L' | b'l', rest @ ..] = self.rest {
            self.rest = rest;
            return Some(());
        }
        self.byte(b'(')?;
        if addresses.capacity() == 0 {
            addresses.reserve_exact(Envelope::ADDRESSES);
        }
        loop {
            addresses.push(self.address()?);
            if self.byte(b')').is_some() {
                return Some(());
            }
        }
    }
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
    let mut fields = PlainFields::from(draft.base(), cursor)?;
    let address = fields.address()?;
    // The list has counted the address itself.
    if !cursor.try_entries(4) {
        return None;
    }
    cursor.advance(fields.read());
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

/// The first field with those behind it as one: the literal of the name was too short by a few octets, which stand
/// behind it and look like fields.
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

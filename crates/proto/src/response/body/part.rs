//! Parts that are not multiparts.

use crate::quirk::Quirk;
use crate::types::{
    BodyFields, BodyPart, BodyStructure, MultipartBody, MultipartExtension, PartContent, PartExtension, Text,
};
use crate::wire::{Cursor, Encoder, Syntax};

use super::super::envelope::{encode_envelope, encode_nstring, expect_envelope};
use super::super::number::{at_number, expect_number};
use super::super::string::{Blanks, expect_nstring, more_entries};
use super::fields::{Tail, encode_parameters, encode_tail, expect_parameters, expect_tail, or_skip};
use super::{MediaNames, encode_body, expect_body};

/// From the media type to behind the closing parenthesis.
pub(super) fn read_part(
    cursor: &mut Cursor<'_>,
    names: MediaNames,
    take: &mut dyn FnMut(BodyStructure),
) -> Result<(), Syntax> {
    let start = cursor.pos();
    let (media_type, media_subtype) = expect_media(cursor, names)?;
    let fields = expect_fields(cursor)?;
    if media_type.eq_ignore_case(b"multipart") {
        cursor.repaired_at(Quirk::MultipartAsPart, start);
        let PartExtension { md5: _, disposition, language, location, more } =
            expect_extension(cursor)?.unwrap_or_default();
        let parameters = fields.parameters;
        let extension = Some(MultipartExtension { parameters, disposition, language, location, more });
        let multipart = MultipartBody { parts: Vec::new(), media_subtype, extension };
        take(BodyStructure::Multipart(multipart));
        return Ok(());
    }
    let content = expect_content(cursor, &media_type, &media_subtype)?;
    let extension = expect_extension(cursor)?;
    take(BodyStructure::Part(BodyPart { media_type, media_subtype, fields, content, extension }));
    Ok(())
}

fn expect_media(cursor: &mut Cursor<'_>, names: MediaNames) -> Result<(Text, Text), Syntax> {
    let start = cursor.pos();
    let media_type = expect_nstring(cursor)?;
    let media_subtype = match names {
        MediaNames::Both => {
            cursor.expect_sp()?;
            expect_nstring(cursor)?
        }
        MediaNames::TypeAlone => None,
    };
    if media_type.is_none() || media_subtype.is_none() {
        cursor.repaired_at(Quirk::MissingMediaType, start);
    }
    let media_type = media_type.unwrap_or(Text::from_static("application"));
    let media_subtype = media_subtype.unwrap_or_else(|| default_subtype(&media_type));
    Ok((media_type, media_subtype))
}

/// The subtype of a part whose server gives none, where one goes without saying.
fn default_subtype(media_type: &Text) -> Text {
    let known = [("text", "plain"), ("audio", "basic"), ("application", "octet-stream")];
    let known = known.into_iter().find(|(name, _)| media_type.eq_ignore_case(name.as_bytes()));
    known.map_or(Text::default(), |(_, subtype)| Text::from_static(subtype))
}

/// As many of the five as there are.
fn expect_fields(cursor: &mut Cursor<'_>) -> Result<BodyFields, Syntax> {
    let mut fields = BodyFields::default();
    for field in 0..5 {
        if !try_entry(cursor)? {
            cursor.repaired(Quirk::OddBodyField);
            break;
        }
        match field {
            0 => fields.parameters = or_skip(cursor, expect_parameters)?,
            1 => fields.id = or_skip(cursor, expect_nstring)?,
            2 => fields.description = or_skip(cursor, expect_nstring)?,
            3 => fields.encoding = or_skip(cursor, expect_encoding)?,
            _ => fields.octets = or_skip(cursor, expect_number)?,
        }
    }
    Ok(fields)
}

fn expect_encoding(cursor: &mut Cursor<'_>) -> Result<Option<Text>, Syntax> {
    let start = cursor.pos();
    let encoding = expect_nstring(cursor)?;
    Ok(encoding.map(|encoding| {
        let trimmed = encoding.as_bytes().trim_ascii();
        if trimmed.len() == encoding.len() {
            return encoding;
        }
        cursor.repaired_at(Quirk::PaddedEncoding, start);
        encoding.clone().into_bytes().slice_ref(trimmed).into()
    }))
}

/// Whether a further field follows; if not, the closing parenthesis is still to be read.
fn try_entry(cursor: &mut Cursor<'_>) -> Result<bool, Syntax> {
    let behind = cursor.pos();
    let more = more_entries(cursor, Blanks::One)?;
    if !more {
        cursor.seek(behind);
    }
    Ok(more)
}

fn expect_content(
    cursor: &mut Cursor<'_>,
    media_type: &Text,
    media_subtype: &Text,
) -> Result<PartContent, Syntax> {
    if media_type.eq_ignore_case(b"text") {
        return Ok(PartContent::Text { lines: expect_lines(cursor)? });
    }
    let behind = cursor.pos();
    let more = try_entry(cursor)?;
    if media_type.eq_ignore_case(b"message") {
        // Bigfoot sends `message/delivery-status` in this form as well, so the shape decides, not the subtype.
        if more && cursor.peek() == Some(b'(') {
            let envelope = Box::new(expect_envelope(cursor)?);
            cursor.expect_sp()?;
            let body = expect_body(cursor)?;
            return Ok(PartContent::Message { envelope, body, lines: expect_lines(cursor)? });
        }
        if media_subtype.eq_ignore_case(b"rfc822") || media_subtype.eq_ignore_case(b"global") {
            cursor.repaired(Quirk::MissingEnvelope);
        }
    } else if more && at_number(cursor) {
        cursor.repaired(Quirk::StrayLines);
        cursor.skip_value()?;
        return Ok(PartContent::Basic);
    }
    cursor.seek(behind);
    Ok(PartContent::Basic)
}

/// The number of lines. Where it is left out, `NIL` may be the first field of the extension data instead.
fn expect_lines(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Syntax> {
    let behind = cursor.pos();
    if try_entry(cursor)? && (at_number(cursor) || at_nil_lines(cursor)) {
        return or_skip(cursor, expect_number);
    }
    cursor.seek(behind);
    cursor.repaired(Quirk::MissingLines);
    Ok(None)
}

/// Whether a `NIL` that stands here is the number of lines: in front of all four fields of the extension data, or of
/// none.
fn at_nil_lines(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.pos();
    let is_nil = cursor.try_word("NIL");
    let mut behind = 0;
    while behind < 4 {
        cursor.skip_blanks();
        if cursor.skip_value().is_err() {
            break;
        }
        behind += 1;
    }
    cursor.seek(start);
    is_nil && matches!(behind, 0 | 4)
}

/// From behind the content to behind the closing parenthesis.
fn expect_extension(cursor: &mut Cursor<'_>) -> Result<Option<PartExtension>, Syntax> {
    if !more_entries(cursor, Blanks::One)? {
        return Ok(None);
    }
    let md5 = or_skip(cursor, expect_nstring)?;
    let Tail { disposition, language, location, more } = expect_tail(cursor)?;
    Ok(Some(PartExtension { md5, disposition, language, location, more }))
}

pub(super) fn encode_part(encoder: &mut Encoder, part: &BodyPart) {
    let BodyPart { media_type, media_subtype, fields, content, extension } = part;
    encoder.raw("(").string(media_type.as_bytes()).sp().string(media_subtype.as_bytes()).sp();
    encode_parameters(encoder, &fields.parameters);
    for field in [&fields.id, &fields.description, &fields.encoding] {
        encoder.sp();
        encode_nstring(encoder, field.as_ref());
    }
    encode_number(encoder, fields.octets);
    match content {
        PartContent::Basic => {}
        PartContent::Text { lines } => encode_number(encoder, *lines),
        PartContent::Message { envelope, body, lines } => {
            encoder.sp();
            encode_envelope(encoder, envelope);
            encoder.sp();
            encode_body(encoder, body);
            encode_number(encoder, *lines);
        }
    }
    if let Some(extension) = extension {
        let PartExtension { md5, disposition, language, location, more } = extension;
        encoder.sp();
        encode_nstring(encoder, md5.as_ref());
        encode_tail(encoder, disposition.as_ref(), language, location.as_ref(), more);
    }
    encoder.raw(")");
}

/// With a blank in front. A number that is not known is written as `NIL`, which is no IMAP, but no invention either.
fn encode_number(encoder: &mut Encoder, number: Option<u64>) {
    encoder.sp();
    match number {
        None => encoder.raw("NIL"),
        Some(number) => encoder.show(number),
    };
}

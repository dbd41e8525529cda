//! Sections as a response names them (RFC 9051 section 9, `section`).
//!
//! ```text
//! section      = "[" [section-spec] "]"
//! section-spec = section-msgtext / (section-part ["." section-text])
//! section-part = nz-number *("." nz-number)
//! header-list  = "(" header-fld-name *(SP header-fld-name) ")"
//! ```

use std::num::NonZeroU32;

use crate::quirk::Quirk;
use crate::types::{PartPath, Section, SectionText, Text};
use crate::wire::{Cursor, Encoder, Syntax};

use super::string::{Blanks, more_entries};

const EXPECTED: &str = "a section";

/// What stands in brackets, with them.
pub(super) fn expect_section(cursor: &mut Cursor<'_>) -> Result<Section, Syntax> {
    cursor.expect_byte(b'[', EXPECTED)?;
    let mut path = Vec::new();
    let text = loop {
        if cursor.try_byte(b']') {
            return Ok(Section { path: PartPath(path), text: None });
        }
        if !matches!(cursor.peek(), Some(b'0'..=b'9')) {
            break expect_text(cursor)?;
        }
        path.push(expect_part_number(cursor)?);
        if !cursor.try_byte(b'.') && cursor.peek() != Some(b']') {
            return Err(cursor.expected("`.` or `]`"));
        }
    };
    cursor.expect_byte(b']', "`]`")?;
    if text == SectionText::Mime && path.is_empty() {
        return Err(cursor.expected("a part number in front of MIME"));
    }
    Ok(Section { path: PartPath(path), text: Some(text) })
}

/// `1.2` in brackets, as `BINARY` has it (RFC 9051 section 9, `section-binary`).
pub(super) fn expect_part_path(cursor: &mut Cursor<'_>) -> Result<PartPath, Syntax> {
    match expect_section(cursor)? {
        Section { path, text: None } => Ok(path),
        Section { .. } => Err(cursor.expected("a part number")),
    }
}

/// The origin of a slice, `<5>`, if one stands here; wider: `<5.10>`.
pub(super) fn try_origin(cursor: &mut Cursor<'_>) -> Result<Option<u32>, Syntax> {
    if !cursor.try_byte(b'<') {
        return Ok(None);
    }
    let origin = cursor.expect_number("an origin")?;
    let start = cursor.pos();
    if cursor.try_byte(b'.') {
        cursor.expect_number("a length")?;
        cursor.repaired_at(Quirk::OriginWithLength, start);
    }
    cursor.expect_byte(b'>', "`>`")?;
    Ok(Some(origin))
}

fn expect_part_number(cursor: &mut Cursor<'_>) -> Result<NonZeroU32, Syntax> {
    let number = cursor.expect_number("a part number")?;
    NonZeroU32::new(number).ok_or_else(|| cursor.expected("a part number from 1"))
}

fn expect_text(cursor: &mut Cursor<'_>) -> Result<SectionText, Syntax> {
    let start = cursor.pos();
    let word = cursor.take_while(|octet| octet.is_ascii_alphabetic() || octet == b'.');
    Ok(match word.to_ascii_uppercase().as_slice() {
        b"HEADER" => SectionText::Header,
        b"HEADER.FIELDS" => SectionText::HeaderFields(expect_field_names(cursor)?),
        b"HEADER.FIELDS.NOT" => SectionText::HeaderFieldsNot(expect_field_names(cursor)?),
        b"TEXT" => SectionText::Text,
        b"MIME" => SectionText::Mime,
        _ => return Err(Syntax { offset: start, expected: EXPECTED }),
    })
}

fn expect_field_names(cursor: &mut Cursor<'_>) -> Result<Vec<Text>, Syntax> {
    let mut names = Vec::new();
    cursor.skip_blanks();
    cursor.expect_byte(b'(', "a list of header fields")?;
    while more_entries(cursor, Blanks::One)? {
        names.push(cursor.expect_astring("a header field")?);
    }
    Ok(names)
}

pub(super) fn encode_section(encoder: &mut Encoder, section: &Section) {
    encoder.raw("[");
    encode_path(encoder, &section.path);
    if let Some(text) = &section.text {
        if !section.path.0.is_empty() {
            encoder.raw(".");
        }
        let fields = |encoder: &mut Encoder, names: &[Text]| {
            encoder.sp().list(names, |encoder, name| {
                encoder.astring(name.as_bytes());
            });
        };
        match text {
            SectionText::Header => {
                encoder.raw("HEADER");
            }
            SectionText::HeaderFields(names) => fields(encoder.raw("HEADER.FIELDS"), names),
            SectionText::HeaderFieldsNot(names) => fields(encoder.raw("HEADER.FIELDS.NOT"), names),
            SectionText::Text => {
                encoder.raw("TEXT");
            }
            SectionText::Mime => {
                encoder.raw("MIME");
            }
        }
    }
    encoder.raw("]");
}

pub(super) fn encode_path(encoder: &mut Encoder, path: &PartPath) {
    for (index, number) in path.0.iter().enumerate() {
        if index > 0 {
            encoder.raw(".");
        }
        encoder.show(number);
    }
}

pub(super) fn encode_origin(encoder: &mut Encoder, origin: Option<u32>) {
    if let Some(origin) = origin {
        encoder.raw("<").show(origin).raw(">");
    }
}

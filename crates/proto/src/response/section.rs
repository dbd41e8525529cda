//! Sections as a response names them (RFC 9051 section 9, `msg-att-static`): as in a command, but for the origin.

use crate::grammar::section;
use crate::quirk::Quirk;
use crate::types::{PartPath, Section};
use crate::wire::{Cursor, Encoder, Syntax};

pub(super) use crate::grammar::section::{encode as encode_section, parse as expect_section};

/// `1.2` in brackets, as `BINARY` has it (RFC 9051 section 9, `section-binary`).
pub(super) fn expect_part_path(cursor: &mut Cursor<'_>) -> Result<PartPath, Syntax> {
    match expect_section(cursor)? {
        Section { path, text: None } => Ok(path),
        Section { .. } => Err(cursor.expected("a part number")),
    }
}

pub(super) fn encode_part_path(encoder: &mut Encoder, path: &PartPath) {
    section::encode(encoder, &Section { path: path.clone(), text: None });
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

pub(super) fn encode_origin(encoder: &mut Encoder, origin: Option<u32>) {
    if let Some(origin) = origin {
        encoder.raw("<").show(origin).raw(">");
    }
}

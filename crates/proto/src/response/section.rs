//! Sections as a response names them (RFC 9051 section 9, `msg-att-static`): as in a command, but for the origin.

use crate::quirk::Quirk;
use crate::wire::{Cursor, Encoder, Syntax};

pub(super) use crate::grammar::section::{
    encode as encode_section, encode_part_path, parse as expect_section, parse_part_path as expect_part_path,
};

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

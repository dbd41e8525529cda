//! `BODY` and `BODYSTRUCTURE` (RFC 9051 section 7.5.2).
//!
//! ```text
//! body            = "(" (body-type-1part / body-type-mpart) ")"
//! body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
//! body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]
//! body-type-basic = media-basic SP body-fields
//! body-type-msg   = media-message SP body-fields SP envelope SP body SP body-fld-lines
//! body-type-text  = media-text SP body-fields SP body-fld-lines
//! body-fields     = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP body-fld-octets
//! body-ext-1part  = body-fld-md5 [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]
//! body-ext-mpart  = body-fld-param [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]
//! ```
//!
//! Wider, since no response is broken as often: what a list is, is decided by its shape. Parts in front make a
//! multipart; so does a name with no size behind it. Any field may be missing at the end. A field that cannot be read
//! is skipped and left empty, and the fields behind it are kept.

mod fields;
mod part;
mod plain;

use crate::quirk::Quirk;
use crate::types::{BodyStructure, MultipartBody, MultipartExtension, Text};
use crate::wire::{Cursor, Encoder, Syntax};

use fields::{Tail, expect_parameters, expect_tail, or_skip};

use super::number::at_number;
use super::string::{Blanks, expect_nstring, more_entries, try_empty_list};

/// A part takes some 500 octets, where another entry of a list takes up to 150.
const ENTRIES_OF_A_PART: usize = 4;

/// The structure of a message or part. Depth is bounded by the cursor.
pub(super) fn expect_body(cursor: &mut Cursor<'_>) -> Result<Box<BodyStructure>, Syntax> {
    let mut found = None;
    let start = cursor.pos();
    read_body(cursor, &mut |body| found = Some(Box::new(body)))?;
    found.ok_or(Syntax { offset: start, expected: "a body structure" })
}

/// Reads a body and hands it over, once: a body has some 500 octets, which should not lie on the stack at each level.
fn read_body(cursor: &mut Cursor<'_>, take: &mut dyn FnMut(BodyStructure)) -> Result<(), Syntax> {
    cursor.nested(|cursor| {
        let start = cursor.pos();
        cursor.entries_of(ENTRIES_OF_A_PART)?;
        if cursor.try_word("NIL") || try_empty_list(cursor) {
            cursor.repaired_at(Quirk::MissingBody, start);
            take(BodyStructure::Multipart(empty_multipart(Text::default())));
            return Ok(());
        }
        cursor.expect_byte(b'(', "a body structure")?;
        if plain::try_part(cursor, take).is_some() {
            return Ok(());
        }
        cursor.skip_stray_blanks();
        if cursor.peek() == Some(b'(') {
            return read_multipart(cursor, take);
        }
        match Shape::of(cursor) {
            Shape::Childless => read_childless(cursor, start, take),
            Shape::Part(names) => part::read_part(cursor, names, take),
        }
    })
}

fn read_childless(
    cursor: &mut Cursor<'_>,
    start: usize,
    take: &mut dyn FnMut(BodyStructure),
) -> Result<(), Syntax> {
    cursor.repaired_at(Quirk::ChildlessMultipart, start);
    // Old Dovecot has `(NIL "alternative" ...)`: no parts, then the subtype.
    if cursor.try_word("NIL") {
        cursor.skip_blanks();
    }
    let subtype = if cursor.peek() == Some(b')') { None } else { expect_nstring(cursor)? };
    let media_subtype = subtype.unwrap_or_default();
    let extension = expect_multipart_extension(cursor)?;
    take(BodyStructure::Multipart(MultipartBody { parts: Vec::new(), media_subtype, extension }));
    Ok(())
}

fn empty_multipart(media_subtype: Text) -> MultipartBody {
    MultipartBody { parts: Vec::new(), media_subtype, extension: None }
}

/// What a list that does not begin with a list is.
enum Shape {
    /// A multipart without parts.
    Childless,
    /// A single part.
    Part(MediaNames),
}

/// Which names of its media type a single part has in front of its fields.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MediaNames {
    /// Type and subtype.
    Both,
    /// The type; what stands behind it are the parameters already.
    TypeAlone,
}

impl Shape {
    /// Looks ahead from the first value; moves nothing.
    ///
    /// Two strings begin a part. Otherwise the size tells: a part has it as its seventh value, or, with one name of
    /// the media type missing, as its sixth; a multipart has none.
    fn of(cursor: &mut Cursor<'_>) -> Self {
        let start = cursor.pos();
        let shape = Self::look(cursor);
        cursor.seek(start);
        shape
    }

    fn look(cursor: &mut Cursor<'_>) -> Self {
        let typed = matches!(cursor.peek(), Some(b'"' | b'{'));
        if cursor.skip_value().is_err() {
            return Self::Childless;
        }
        cursor.skip_blanks();
        if typed && matches!(cursor.peek(), Some(b'"' | b'{')) {
            return Self::Part(MediaNames::Both);
        }
        for index in 1.. {
            if at_number(cursor) {
                return match index {
                    5 => Self::Part(MediaNames::TypeAlone),
                    _ => Self::Part(MediaNames::Both),
                };
            }
            // The size is the last of the first seven values.
            if index == 7 || cursor.skip_value().is_err() {
                break;
            }
            cursor.skip_blanks();
        }
        Self::Childless
    }
}

/// From the first part on.
fn read_multipart(cursor: &mut Cursor<'_>, take: &mut dyn FnMut(BodyStructure)) -> Result<(), Syntax> {
    let mut parts = Vec::new();
    while cursor.peek() == Some(b'(') {
        read_body(cursor, &mut |body| parts.push(body))?;
        if cursor.skip_blanks() > 0 && cursor.peek() == Some(b'(') {
            cursor.repaired(Quirk::ExtraBlanks);
        }
    }
    take(expect_multipart_end(cursor, parts)?);
    Ok(())
}

/// From behind the parts.
fn expect_multipart_end(cursor: &mut Cursor<'_>, parts: Vec<BodyStructure>) -> Result<BodyStructure, Syntax> {
    if let Some((media_subtype, extension)) = plain::try_multipart_end(cursor) {
        return Ok(BodyStructure::Multipart(MultipartBody { parts, media_subtype, extension }));
    }
    let start = cursor.pos();
    let subtype = if cursor.peek() == Some(b')') { None } else { expect_nstring(cursor)? };
    let media_subtype = subtype.unwrap_or_else(|| {
        cursor.repaired_at(Quirk::MissingMediaType, start);
        Text::from_static("mixed")
    });
    let extension = expect_multipart_extension(cursor)?;
    Ok(BodyStructure::Multipart(MultipartBody { parts, media_subtype, extension }))
}

/// From behind the subtype to behind the closing parenthesis.
fn expect_multipart_extension(cursor: &mut Cursor<'_>) -> Result<Option<MultipartExtension>, Syntax> {
    if !more_entries(cursor, Blanks::One)? {
        return Ok(None);
    }
    let parameters = or_skip(cursor, expect_parameters)?;
    let Tail { disposition, language, location, more } = expect_tail(cursor)?;
    Ok(Some(MultipartExtension { parameters, disposition, language, location, more }))
}

pub(super) fn encode_body(encoder: &mut Encoder, body: &BodyStructure) {
    let multipart = match body {
        BodyStructure::Part(part) => return part::encode_part(encoder, part),
        BodyStructure::Multipart(multipart) => multipart,
    };
    encoder.raw("(");
    for part in &multipart.parts {
        encode_body(encoder, part);
    }
    if !multipart.parts.is_empty() {
        encoder.sp();
    }
    encoder.string(multipart.media_subtype.as_bytes());
    if let Some(extension) = &multipart.extension {
        let MultipartExtension { parameters, disposition, language, location, more } = extension;
        encoder.sp();
        fields::encode_parameters(encoder, parameters);
        fields::encode_tail(encoder, disposition.as_ref(), language, location.as_ref(), more);
    }
    encoder.raw(")");
}

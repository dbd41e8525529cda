//! Parts and ends of multiparts as almost all servers write them: by the letter of the grammar, with nothing escaped.
//!
//! Whatever is not read here is left to the readers beside this one, which find the same in what both can read.

use crate::types::{
    BodyFields, BodyPart, BodyStructure, Disposition, Language, MultipartExtension, Parameter, Parameters,
    PartContent, PartExtension, Text,
};
use crate::wire::{Cursor, Plain};

/// Hands over a part that holds neither parts nor a message, from its media type to behind the closing parenthesis.
/// Where there is none, nothing has happened, and nothing is handed over.
#[inline(never)]
pub(super) fn try_part(cursor: &mut Cursor<'_>, take: &mut dyn FnMut(BodyStructure)) -> Option<()> {
    let mut plain = cursor.plain();
    let part = read_part(&mut plain)?;
    cursor.accept(&plain)?;
    take(BodyStructure::Part(part));
    Some(())
}

/// The subtype of a multipart, to behind the closing parenthesis. Where there is none, nothing has happened.
pub(super) fn try_multipart_end(cursor: &mut Cursor<'_>) -> Option<(Text, Option<MultipartExtension>)> {
    let mut plain = cursor.plain();
    let media_subtype = plain.string()?;
    let extension = if plain.try_byte(b')') { None } else { Some(read_multipart_extension(&mut plain)?) };
    cursor.accept(&plain)?;
    Some((media_subtype, extension))
}

fn read_part(plain: &mut Plain<'_>) -> Option<BodyPart> {
    let media_type = plain.string()?;
    plain.byte(b' ')?;
    let media_subtype = plain.string()?;
    let is_text = media_type.eq_ignore_case(b"text");
    if !is_text && (media_type.eq_ignore_case(b"multipart") || media_type.eq_ignore_case(b"message")) {
        return None;
    }
    let fields = read_fields(plain)?;
    let content =
        if is_text { PartContent::Text { lines: Some(read_number(plain)?) } } else { PartContent::Basic };
    let extension = if plain.try_byte(b')') { None } else { Some(read_part_extension(plain)?) };
    Some(BodyPart { media_type, media_subtype, fields, content, extension })
}

fn read_fields(plain: &mut Plain<'_>) -> Option<BodyFields> {
    plain.entries += 4;
    plain.byte(b' ')?;
    let parameters = read_parameters(plain)?;
    plain.byte(b' ')?;
    let id = plain.nstring()?;
    plain.byte(b' ')?;
    let description = plain.nstring()?;
    plain.byte(b' ')?;
    let encoding = plain.nstring()?;
    if encoding.as_ref().is_some_and(|encoding| encoding.as_bytes().trim_ascii().len() < encoding.len()) {
        return None;
    }
    Some(BodyFields { parameters, id, description, encoding, octets: Some(read_number(plain)?) })
}

/// With a blank in front.
fn read_number(plain: &mut Plain<'_>) -> Option<u64> {
    plain.entries += 1;
    plain.byte(b' ')?;
    plain.number().map(u64::from)
}

fn read_part_extension(plain: &mut Plain<'_>) -> Option<PartExtension> {
    let mut extension = PartExtension::default();
    plain.entries += 1;
    plain.byte(b' ')?;
    extension.md5 = plain.nstring()?;
    read_tail(plain, &mut extension.disposition, &mut extension.language, &mut extension.location)?;
    Some(extension)
}

fn read_multipart_extension(plain: &mut Plain<'_>) -> Option<MultipartExtension> {
    let mut extension = MultipartExtension::default();
    plain.entries += 1;
    plain.byte(b' ')?;
    extension.parameters = read_parameters(plain)?;
    read_tail(plain, &mut extension.disposition, &mut extension.language, &mut extension.location)?;
    Some(extension)
}

/// As many of the three as there are, to behind the closing parenthesis of the body.
fn read_tail(
    plain: &mut Plain<'_>,
    disposition: &mut Option<Disposition>,
    language: &mut Language,
    location: &mut Option<Text>,
) -> Option<()> {
    for field in 0..3 {
        if plain.try_byte(b')') {
            return Some(());
        }
        plain.entries += 1;
        plain.byte(b' ')?;
        match field {
            0 => *disposition = read_disposition(plain)?,
            1 => language.extend(plain.nstring()?),
            _ => *location = plain.nstring()?,
        }
    }
    plain.byte(b')')
}

fn read_disposition(plain: &mut Plain<'_>) -> Option<Option<Disposition>> {
    if plain.try_nil() {
        return Some(None);
    }
    plain.entries += 1;
    plain.byte(b'(')?;
    let kind = plain.string()?;
    plain.byte(b' ')?;
    let parameters = read_parameters(plain)?;
    plain.byte(b')')?;
    Some(Some(Disposition { kind, parameters }))
}

fn read_parameters(plain: &mut Plain<'_>) -> Option<Parameters> {
    let mut parameters = Parameters::new();
    if plain.try_nil() {
        return Some(parameters);
    }
    plain.byte(b'(')?;
    loop {
        plain.entries += 1;
        let name = plain.string()?;
        plain.byte(b' ')?;
        let value = plain.string()?;
        parameters.push(Parameter { name, value });
        if plain.try_byte(b')') {
            return Some(parameters);
        }
        plain.byte(b' ')?;
    }
}

use std::num::NonZeroU32;

use super::read;
use crate::types::{PartPath, Partial, Section, SectionText, Text};
use crate::wire::{Cursor, Encoder, Syntax};

/// `section = "[" [section-spec] "]"`,
/// `section-spec = section-msgtext / (section-part ["." section-text])` (RFC 9051 section 9)
///
/// Names of header fields are atoms where they can be: Courier does not find quoted ones.
pub(crate) fn encode(encoder: &mut Encoder, section: &Section) {
    encoder.raw("[");
    for (index, part) in section.path.0.iter().enumerate() {
        encoder.raw(if index == 0 { "" } else { "." }).show(part);
    }
    if let Some(text) = &section.text {
        encoder.raw(if section.path.0.is_empty() { "" } else { "." });
        match text {
            SectionText::Header => encoder.raw("HEADER"),
            SectionText::HeaderFields(fields) => encode_fields(encoder, "HEADER.FIELDS ", fields),
            SectionText::HeaderFieldsNot(fields) => encode_fields(encoder, "HEADER.FIELDS.NOT ", fields),
            SectionText::Text => encoder.raw("TEXT"),
            SectionText::Mime => encoder.raw("MIME"),
        };
    }
    encoder.raw("]");
}

fn encode_fields<'a>(encoder: &'a mut Encoder, name: &str, fields: &[Text]) -> &'a mut Encoder {
    encoder.raw(name).list(fields, |encoder, field| {
        encoder.astring(field.as_bytes());
    })
}

/// As [`encode`].
pub(crate) fn parse(cursor: &mut Cursor<'_>) -> Result<Section, Syntax> {
    cursor.expect_byte(b'[', "a section")?;
    let mut path = Vec::new();
    let mut text_follows = cursor.peek() != Some(b']');
    while text_follows && cursor.peek().is_some_and(|octet| octet.is_ascii_digit()) {
        path.push(parse_part(cursor)?);
        text_follows = cursor.try_byte(b'.');
    }
    let text = if text_follows { Some(parse_text(cursor, &path)?) } else { None };
    cursor.skip_stray_blanks();
    cursor.expect_byte(b']', "`]`")?;
    Ok(Section { path: PartPath(path), text })
}

fn parse_part(cursor: &mut Cursor<'_>) -> Result<NonZeroU32, Syntax> {
    let start = cursor.pos();
    let number = cursor.expect_number("the number of a part")?;
    NonZeroU32::new(number).ok_or(Syntax { offset: start, expected: "the number of a part" })
}

/// `section-text = section-msgtext / "MIME"`
fn parse_text(cursor: &mut Cursor<'_>, path: &[NonZeroU32]) -> Result<SectionText, Syntax> {
    let start = cursor.pos();
    match read::word(cursor).as_slice() {
        b"HEADER" => Ok(SectionText::Header),
        b"HEADER.FIELDS" => parse_fields(cursor).map(SectionText::HeaderFields),
        b"HEADER.FIELDS.NOT" => parse_fields(cursor).map(SectionText::HeaderFieldsNot),
        b"TEXT" => Ok(SectionText::Text),
        b"MIME" if !path.is_empty() => Ok(SectionText::Mime),
        _ => Err(Syntax { offset: start, expected: "a part or a text of a message" }),
    }
}

/// `header-list = "(" header-fld-name *(SP header-fld-name) ")"`, the blank in front may be missing.
fn parse_fields(cursor: &mut Cursor<'_>) -> Result<Vec<Text>, Syntax> {
    cursor.skip_blanks();
    let start = cursor.pos();
    let fields = read::list(cursor, "a list of header fields", |cursor| {
        read::astring(cursor, "the name of a header field")
    })?;
    if fields.is_empty() {
        return Err(Syntax { offset: start, expected: "at least one header field" });
    }
    Ok(fields)
}

/// `section-binary = "[" [section-part] "]"` (RFC 9051 section 9)
pub(crate) fn encode_part_path(encoder: &mut Encoder, path: &PartPath) {
    encode(encoder, &Section { path: path.clone(), text: None });
}

/// As [`encode_part_path`].
pub(crate) fn parse_part_path(cursor: &mut Cursor<'_>) -> Result<PartPath, Syntax> {
    let start = cursor.pos();
    match parse(cursor)? {
        Section { path, text: None } => Ok(path),
        // The bracket is no part of it.
        Section { .. } => Err(Syntax { offset: start + 1, expected: "the number of a part" }),
    }
}

/// `partial = "<" number "." nz-number ">"`
pub(crate) fn encode_partial(encoder: &mut Encoder, partial: Partial) {
    encoder.raw("<").show(partial.origin).raw(".").show(partial.length).raw(">");
}

/// As [`encode_partial`], if one stands here.
pub(crate) fn try_partial(cursor: &mut Cursor<'_>) -> Result<Option<Partial>, Syntax> {
    if !cursor.try_byte(b'<') {
        return Ok(None);
    }
    let origin = cursor.expect_number("the first octet of a partial fetch")?;
    cursor.expect_byte(b'.', "`.`")?;
    let start = cursor.pos();
    let length = cursor.expect_number("the number of octets of a partial fetch")?;
    let length = NonZeroU32::new(length)
        .ok_or(Syntax { offset: start, expected: "the number of octets of a partial fetch" })?;
    cursor.expect_byte(b'>', "`>`")?;
    Ok(Some(Partial { origin, length }))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::wire::LiteralMode;

    fn read(text: &str) -> Result<Section, Syntax> {
        let bytes = Bytes::from(text.to_owned());
        let mut cursor = Cursor::new(&bytes, 0);
        let section = parse(&mut cursor)?;
        assert!(cursor.rest().is_empty(), "{text}");
        Ok(section)
    }

    #[track_caller]
    fn check(text: &str, path: &[u32], section: Option<SectionText>, sent: &str) {
        let path = path.iter().map(|&part| NonZeroU32::new(part).unwrap()).collect();
        let section = Section { path: PartPath(path), text: section };
        assert_eq!(read(text), Ok(section.clone()), "{text}");
        let mut encoder = Encoder::new(LiteralMode::Synchronizing);
        encode(&mut encoder, &section);
        assert_eq!(&**encoder.finish().bytes, format!("{sent}\r\n").as_bytes());
        assert_eq!(read(sent), Ok(section), "{sent}");
    }

    fn fields(names: &[&str]) -> Vec<Text> {
        names.iter().map(|&name| name.into()).collect()
    }

    #[test]
    fn sections_of_the_rfcs() {
        check("[]", &[], None, "[]");
        check("[header]", &[], Some(SectionText::Header), "[HEADER]");
        check("[TEXT]", &[], Some(SectionText::Text), "[TEXT]");
        check("[1]", &[1], None, "[1]");
        check("[4.2.2.1]", &[4, 2, 2, 1], None, "[4.2.2.1]");
        check("[3.HEADER]", &[3], Some(SectionText::Header), "[3.HEADER]");
        check("[4.1.MIME]", &[4, 1], Some(SectionText::Mime), "[4.1.MIME]");
        check("[4.2.TEXT]", &[4, 2], Some(SectionText::Text), "[4.2.TEXT]");
        check(
            "[HEADER.FIELDS (DATE FROM)]",
            &[],
            Some(SectionText::HeaderFields(fields(&["DATE", "FROM"]))),
            "[HEADER.FIELDS (DATE FROM)]",
        );
        check(
            "[2.header.fields.not(\"Date\" {2}\r\na]  )]",
            &[2],
            Some(SectionText::HeaderFieldsNot(fields(&["Date", "a]"]))),
            "[2.HEADER.FIELDS.NOT (Date a])]",
        );
    }

    #[test]
    fn field_names_that_are_no_atoms() {
        check(
            "[HEADER.FIELDS (\"a b\" \"\" \"x]\\\"\")]",
            &[],
            Some(SectionText::HeaderFields(fields(&["a b", "", "x]\""]))),
            "[HEADER.FIELDS (\"a b\" \"\" \"x]\\\"\")]",
        );
    }

    #[test]
    fn what_is_no_section() {
        for (text, offset) in [
            ("", 0),
            ("[", 1),
            ("[1", 2),
            ("[0]", 1),
            ("[1.]", 3),
            ("[.1]", 1),
            ("[1.0]", 3),
            ("[4294967296]", 1),
            ("[MIME]", 1),
            ("[HEADERS]", 1),
            ("[TEXT.1]", 1),
            ("[HEADER.FIELDS]", 14),
            ("[HEADER.FIELDS ()]", 15),
            ("[HEADER.FIELDS (a]", 18),
            ("[HEADER.FIELDS (\"a\0\")]", 16),
        ] {
            assert_eq!(read(text).map_err(|error| error.offset), Err(offset), "{text}");
        }
    }
}

//! The fields that parts and multiparts have in common.
//!
//! ```text
//! body-fld-param = "(" string SP string *(SP string SP string) ")" / nil
//! body-fld-dsp   = "(" string SP body-fld-param ")" / nil
//! body-fld-lang  = nstring / "(" string *(SP string) ")"
//! body-extension = nstring / number / number64 / "(" body-extension *(SP body-extension) ")"
//! ```

use crate::quirk::Quirk;
use crate::types::{BodyExtension, Disposition, Language, Parameter, Parameters, Text};
use crate::wire::{Cursor, Encoder, Syntax};

use super::super::envelope::encode_nstring;
use super::super::string::{Blanks, expect_nstring, more_entries, try_empty_list};

/// The end of the extension data, the same for parts and multiparts.
#[derive(Default)]
pub(super) struct Tail {
    pub(super) disposition: Option<Disposition>,
    pub(super) language: Language,
    pub(super) location: Option<Text>,
    pub(super) more: Vec<BodyExtension>,
}

/// As much of it as there is, to behind the closing parenthesis of the body.
pub(super) fn expect_tail(cursor: &mut Cursor<'_>) -> Result<Tail, Syntax> {
    let mut tail = Tail::default();
    let mut field = 0;
    while more_entries(cursor, Blanks::One)? {
        match field {
            0 => tail.disposition = or_skip(cursor, expect_disposition)?,
            1 if tail.disposition.is_none() && at_disposition(cursor) => {
                cursor.repaired(Quirk::SwappedDisposition);
                tail.disposition = or_skip(cursor, expect_disposition)?;
            }
            1 => tail.language = or_skip(cursor, expect_language)?,
            2 => tail.location = or_skip(cursor, expect_nstring)?,
            _ => tail.more.push(expect_extension(cursor)?),
        }
        field += 1;
    }
    Ok(tail)
}

/// A field, or, where it cannot be read, nothing: it is skipped, so that those behind it are kept.
///
/// Only for fields that hold no structure: one that is read twice at each level costs time by its depth.
pub(super) fn or_skip<T: Default>(
    cursor: &mut Cursor<'_>,
    read: fn(&mut Cursor<'_>) -> Result<T, Syntax>,
) -> Result<T, Syntax> {
    let start = cursor.pos();
    match read(cursor) {
        Ok(value) if matches!(cursor.peek(), Some(b' ' | b')' | b'(')) => return Ok(value),
        _ => cursor.seek(start),
    }
    cursor.skip_value()?;
    cursor.repaired_at(Quirk::OddBodyField, start);
    Ok(T::default())
}

pub(super) fn expect_parameters(cursor: &mut Cursor<'_>) -> Result<Parameters, Syntax> {
    let mut parameters = Parameters::new();
    if cursor.try_word("NIL") {
        return Ok(parameters);
    }
    cursor.expect_byte(b'(', "parameters or NIL")?;
    while more_entries(cursor, Blanks::One)? {
        let name = expect_nstring(cursor)?.ok_or_else(|| cursor.expected("the name of a parameter"))?;
        cursor.expect_sp()?;
        let start = cursor.pos();
        let value = expect_nstring(cursor)?.unwrap_or_else(|| {
            cursor.repaired_at(Quirk::NilParameter, start);
            Text::default()
        });
        parameters.push(Parameter { name, value });
    }
    Ok(parameters)
}

fn expect_disposition(cursor: &mut Cursor<'_>) -> Result<Option<Disposition>, Syntax> {
    let start = cursor.pos();
    if cursor.try_word("NIL") || try_empty_list(cursor) {
        return Ok(None);
    }
    if !cursor.try_byte(b'(') {
        let kind = expect_nstring(cursor)?.unwrap_or_default();
        cursor.repaired_at(Quirk::BareDisposition, start);
        return Ok(Some(Disposition { kind, parameters: Parameters::new() }));
    }
    cursor.skip_stray_blanks();
    let kind = expect_nstring(cursor)?;
    let mut parameters = Parameters::new();
    if more_entries(cursor, Blanks::One)? {
        parameters = expect_parameters(cursor)?;
        cursor.skip_stray_blanks();
        cursor.expect_byte(b')', "`)`")?;
    } else {
        cursor.repaired_at(Quirk::ShortDisposition, start);
    }
    // Exchange has `(NIL NIL)`.
    match kind {
        None if parameters.is_empty() => {
            cursor.repaired_at(Quirk::OddBodyField, start);
            Ok(None)
        }
        kind => Ok(Some(Disposition { kind: kind.unwrap_or_default(), parameters })),
    }
}

/// Whether what stands in the place of the language is a disposition: a word and then parameters or `NIL`, which no
/// list of languages holds.
fn at_disposition(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.pos();
    let found = cursor.try_byte(b'(')
        && matches!(cursor.try_string(), Ok(Some(_)))
        && cursor.skip_blanks() > 0
        && (cursor.peek() == Some(b'(') || cursor.try_word("NIL"));
    cursor.seek(start);
    found
}

fn expect_language(cursor: &mut Cursor<'_>) -> Result<Language, Syntax> {
    if !cursor.try_byte(b'(') {
        return Ok(expect_nstring(cursor)?.into_iter().collect());
    }
    let mut language = Language::new();
    while more_entries(cursor, Blanks::One)? {
        let start = cursor.pos();
        match expect_nstring(cursor)? {
            Some(tag) => language.push(tag),
            None => cursor.repaired_at(Quirk::NilEntry, start),
        }
    }
    Ok(language)
}

fn expect_extension(cursor: &mut Cursor<'_>) -> Result<BodyExtension, Syntax> {
    if cursor.try_byte(b'(') {
        return cursor.nested(|cursor| {
            let mut list = Vec::new();
            while more_entries(cursor, Blanks::One)? {
                list.push(expect_extension(cursor)?);
            }
            Ok(BodyExtension::List(list))
        });
    }
    let start = cursor.pos();
    if let Ok(number) = cursor.expect_number64("a number") {
        if matches!(cursor.peek(), Some(b' ' | b')')) {
            return Ok(BodyExtension::Number(number));
        }
        cursor.seek(start);
    }
    expect_nstring(cursor).map(BodyExtension::String)
}

pub(super) fn encode_parameters(encoder: &mut Encoder, parameters: &[Parameter]) {
    if parameters.is_empty() {
        encoder.raw("NIL");
        return;
    }
    encoder.list(parameters, |encoder, Parameter { name, value }| {
        encoder.string(name.as_bytes()).sp().string(value.as_bytes());
    });
}

/// Each field with a blank in front.
pub(super) fn encode_tail(
    encoder: &mut Encoder,
    disposition: Option<&Disposition>,
    language: &Language,
    location: Option<&Text>,
    more: &[BodyExtension],
) {
    encoder.sp();
    match disposition {
        None => {
            encoder.raw("NIL");
        }
        Some(Disposition { kind, parameters }) => {
            encoder.raw("(").string(kind.as_bytes()).sp();
            encode_parameters(encoder, parameters);
            encoder.raw(")");
        }
    }
    encoder.sp();
    if language.is_empty() {
        encoder.raw("NIL");
    } else {
        encoder.list(language, |encoder, tag| {
            encoder.string(tag.as_bytes());
        });
    }
    encoder.sp();
    encode_nstring(encoder, location);
    for extension in more {
        encoder.sp();
        encode_extension(encoder, extension);
    }
}

fn encode_extension(encoder: &mut Encoder, extension: &BodyExtension) {
    match extension {
        BodyExtension::Number(number) => {
            encoder.show(number);
        }
        BodyExtension::String(text) => encode_nstring(encoder, text.as_ref()),
        BodyExtension::List(list) => {
            encoder.list(list, encode_extension);
        }
    }
}

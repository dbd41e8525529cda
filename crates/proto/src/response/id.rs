//! `ID` (RFC 2971 section 3.2).
//!
//! ```text
//! id_response    = "ID" SPACE id_params_list
//! id_params_list = "(" #(string SPACE nstring) ")" / nil
//! ```
//!
//! Wider: atoms for strings, blanks as they come, commas behind the strings, pairs beyond the thirtieth, which are left
//! out.

use crate::grammar::id;
use crate::quirk::Quirk;
use crate::types::IdParameters;
use crate::wire::{Cursor, Encoder, Syntax};

use super::string::{Blanks, expect_nstring, more_entries};

/// What stands behind `ID`, up to the end of the line.
pub(super) fn parse_id(cursor: &mut Cursor<'_>) -> Result<IdParameters, Syntax> {
    cursor.expect_sp()?;
    if cursor.try_word("NIL") {
        return Ok(IdParameters::none());
    }
    let (start, entries) = (cursor.pos(), cursor.entries());
    parse_pairs(cursor).or_else(|syntax| {
        // A quote in front of a comma ends a string only on this second look: the text of a value may hold both.
        cursor.seek(start);
        cursor.forget_entries(entries);
        cursor.with_commas(parse_pairs).map_err(|_| syntax)
    })
}

fn parse_pairs(cursor: &mut Cursor<'_>) -> Result<IdParameters, Syntax> {
    let mut parameters = IdParameters::none();
    let mut room = true;
    cursor.expect_byte(b'(', "a list of fields or NIL")?;
    while more_entries(cursor, Blanks::One)? {
        let start = cursor.pos();
        let field = expect_nstring(cursor)?;
        let field = field.ok_or(Syntax { offset: start, expected: "the name of a field" })?;
        cursor.skip_comma();
        cursor.expect_sp()?;
        let value = expect_nstring(cursor)?;
        cursor.skip_comma();
        if room && !parameters.push_received(field, value) {
            room = false;
            cursor.repaired_at(Quirk::ManyIdFields, start);
        }
    }
    Ok(parameters)
}

pub(super) fn encode_id(encoder: &mut Encoder, parameters: &IdParameters) {
    encoder.raw("* ID ");
    id::encode(encoder, parameters);
}

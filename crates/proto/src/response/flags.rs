//! Lists of flags (RFC 9051 section 2.3.2), in `FLAGS`, `PERMANENTFLAGS` and `FETCH`.
//!
//! ```text
//! flag-list = "(" [flag *(SP flag)] ")"
//! ```
//!
//! Wider: keywords with `]` or octets above 127, flags in quotes; `NIL`, `\*` in a list that cannot have it, lists and
//! anything else that is no flag are left out.

use bytes::Bytes;

use crate::quirk::Quirk;
use crate::types::{Flag, PermanentFlag};
use crate::wire::{Cursor, Encoder, Syntax};

use super::string::{Blanks, more_entries};

/// The flags of a mailbox or message.
pub(super) fn parse_flags(cursor: &mut Cursor<'_>) -> Result<Vec<Flag>, Syntax> {
    let mut flags = Vec::new();
    parse_list(cursor, |cursor, start, name| {
        match Flag::new(name.clone()) {
            Ok(flag) => flags.push(flag),
            Err(_) if &*name == b"\\*" => cursor.repaired_at(Quirk::WildcardFlag, start),
            Err(_) => cursor.repaired_at(Quirk::OddFlag, start),
        };
    })?;
    Ok(flags)
}

/// The flags that can be changed permanently.
pub(super) fn parse_permanent_flags(cursor: &mut Cursor<'_>) -> Result<Vec<PermanentFlag>, Syntax> {
    let mut flags = Vec::new();
    parse_list(cursor, |cursor, start, name| match Flag::new(name.clone()) {
        _ if &*name == b"\\*" => flags.push(PermanentFlag::NewKeywords),
        Ok(flag) => flags.push(PermanentFlag::Flag(flag)),
        Err(_) => cursor.repaired_at(Quirk::OddFlag, start),
    })?;
    Ok(flags)
}

fn parse_list(
    cursor: &mut Cursor<'_>,
    mut each: impl FnMut(&mut Cursor<'_>, usize, Bytes),
) -> Result<(), Syntax> {
    let start = cursor.pos();
    if cursor.try_word("NIL") {
        cursor.repaired_at(Quirk::NilFlag, start);
        return Ok(());
    }
    cursor.expect_byte(b'(', "a list of flags")?;
    while more_entries(cursor, Blanks::One)? {
        let start = cursor.pos();
        if cursor.try_word("NIL") {
            cursor.repaired_at(Quirk::NilFlag, start);
        } else if cursor.peek() == Some(b'(') {
            cursor.skip_value()?;
            cursor.repaired_at(Quirk::OddFlag, start);
        } else if let Some(name) = cursor.try_string()? {
            cursor.repaired_at(Quirk::QuotedFlag, start);
            each(cursor, start, name.into_bytes());
        } else {
            let name = cursor.expect_atom("a flag")?;
            each(cursor, start, name);
        }
    }
    Ok(())
}

pub(super) fn encode_flags(encoder: &mut Encoder, flags: &[Flag]) {
    encoder.list(flags, |encoder, flag| {
        encoder.raw(flag.to_bytes());
    });
}

pub(super) fn encode_permanent_flags(encoder: &mut Encoder, flags: &[PermanentFlag]) {
    encoder.list(flags, |encoder, flag| match flag {
        PermanentFlag::Flag(flag) => {
            encoder.raw(flag.to_bytes());
        }
        PermanentFlag::NewKeywords => {
            encoder.raw("\\*");
        }
    });
}

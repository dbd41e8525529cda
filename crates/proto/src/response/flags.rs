//! Lists of flags (RFC 9051 section 2.3.2), in `FLAGS`, `PERMANENTFLAGS` and `FETCH`.
//!
//! ```text
//! flag-list = "(" [flag *(SP flag)] ")"
//! ```
//!
//! Wider: keywords with `]` or octets above 127, flags in quotes; `NIL`, `\*` in a list that cannot have it, lists and
//! anything else that is no flag are left out.

use std::ops::Range;

use bytes::Bytes;

use crate::quirk::Quirk;
use crate::types::{Atom, Flag, Flags, PermanentFlag, SystemFlags};
use crate::wire::{Cursor, Encoder, Stretch, Syntax};

use super::string::{Blanks, at_entry_end, more_entries, skip_odd_word};

/// The flags of a mailbox.
pub(super) fn parse_flags(cursor: &mut Cursor<'_>) -> Result<Vec<Flag>, Syntax> {
    let mut flags = Vec::new();
    parse_list(cursor, Words::Any, |cursor, start, name| {
        match Flag::new(cursor.text(name.clone()).into_bytes()) {
            Ok(flag) => flags.push(flag),
            Err(_) => left_out(cursor, start, &name),
        };
    })?;
    Ok(flags)
}

/// The flags of a message.
pub(super) fn parse_message_flags(cursor: &mut Cursor<'_>) -> Result<Flags, Syntax> {
    if let Some(flags) = try_plain_flags(cursor) {
        return Ok(flags);
    }
    let mut names = Names::None;
    parse_list(cursor, Words::Atoms, |cursor, start, name| {
        if Flag::may_be(cursor.octets(&name)) {
            names.push(cursor, &name);
        } else {
            left_out(cursor, start, &name);
        }
    })?;
    Ok(Flags::from_wire(match names {
        Names::None => Bytes::new(),
        Names::Here(range) => cursor.text(Stretch::Here(range)).into_bytes(),
        Names::Copied(octets) => octets.into(),
    }))
}

/// A list by the grammar, with nothing that needs a closer look. Where there is none, nothing has happened.
pub(super) fn try_plain_flags(cursor: &mut Cursor<'_>) -> Option<Flags> {
    if !cursor.reads_plain() {
        return None;
    }
    let inside = cursor.rest().strip_prefix(b"(")?;
    let (mut length, mut count) = (0, 0);
    let mut system = SystemFlags::default();
    if inside.first() != Some(&b')') {
        loop {
            let from = length;
            let backslash = usize::from(inside.get(from) == Some(&b'\\'));
            length += backslash;
            length += inside[length..].iter().position(|&octet| !Atom::may_hold(octet))?;
            let name = &inside[from..length];
            if name.len() == backslash || name.eq_ignore_ascii_case(b"NIL") {
                return None;
            }
            system.add(name);
            count += 1;
            match inside.get(length)? {
                b' ' => length += 1,
                b')' => break,
                _ => return None,
            }
        }
    }
    if !cursor.try_entries(count) {
        return None;
    }
    let start = cursor.pos() + 1;
    cursor.advance(length + 2);
    let names = cursor.text(Stretch::Here(start..start + length)).into_bytes();
    Some(Flags::with_system(system, names))
}

/// Names of flags, as far as they were read.
enum Names {
    None,
    /// They stand in the response like this, with nothing but blanks between them.
    Here(Range<usize>),
    Copied(Vec<u8>),
}

impl Names {
    fn push(&mut self, cursor: &Cursor<'_>, name: &Stretch) {
        let only_blanks = |from: usize, to: usize| {
            cursor.octets(&Stretch::Here(from..to)).iter().all(|&octet| octet == b' ')
        };
        *self = match (std::mem::replace(self, Self::None), name) {
            (Self::None, Stretch::Here(range)) => Self::Here(range.clone()),
            (Self::Here(so_far), Stretch::Here(range)) if only_blanks(so_far.end, range.start) => {
                Self::Here(so_far.start..range.end)
            }
            (before, name) => {
                let mut copied = match before {
                    Self::None => Vec::new(),
                    Self::Here(range) => cursor.octets(&Stretch::Here(range)).to_vec(),
                    Self::Copied(copied) => copied,
                };
                copied.push(b' ');
                copied.extend_from_slice(cursor.octets(name));
                Self::Copied(copied)
            }
        };
    }
}

/// Notes a name that no flag has.
fn left_out(cursor: &mut Cursor<'_>, start: usize, name: &Stretch) {
    let wildcard = cursor.octets(name) == b"\\*";
    cursor.repaired_at(if wildcard { Quirk::WildcardFlag } else { Quirk::OddFlag }, start);
}

/// The flags that can be changed permanently.
pub(super) fn parse_permanent_flags(cursor: &mut Cursor<'_>) -> Result<Vec<PermanentFlag>, Syntax> {
    let mut flags = Vec::new();
    parse_list(cursor, Words::Any, |cursor, start, name| {
        match Flag::new(cursor.text(name.clone()).into_bytes()) {
            _ if cursor.octets(&name) == b"\\*" => flags.push(PermanentFlag::NewKeywords),
            Ok(flag) => flags.push(PermanentFlag::Flag(flag)),
            Err(_) => cursor.repaired_at(Quirk::OddFlag, start),
        }
    })?;
    Ok(flags)
}

/// What is left out of a list of flags for itself alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// Words that are no flag. One that is no atom makes the whole list unreadable: the flags of a message are then not
    /// known, and nobody takes it for one that has lost a flag.
    Atoms,
    /// Words of any octets.
    Any,
}

fn parse_list(
    cursor: &mut Cursor<'_>,
    words: Words,
    mut each: impl FnMut(&mut Cursor<'_>, usize, Stretch),
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
        } else if let Some(name) = cursor.try_stretch()? {
            cursor.repaired_at(Quirk::QuotedFlag, start);
            each(cursor, start, name);
        } else {
            match cursor.expect_atom_octets("a flag") {
                Ok(_) if words == Words::Atoms || at_entry_end(cursor) => {
                    each(cursor, start, Stretch::Here(start..cursor.pos()));
                }
                Err(syntax) if words == Words::Atoms => return Err(syntax),
                _ => {
                    skip_odd_word(cursor)?;
                    cursor.repaired_at(Quirk::OddFlag, start);
                }
            }
        }
    }
    Ok(())
}

pub(super) fn encode_flags(encoder: &mut Encoder, flags: impl IntoIterator<Item = Flag>) {
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

use super::{Command, read};
use crate::types::{Atom, ListPattern, ListReference, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// `list = "LIST" SP mailbox SP list-mailbox`, and `LSUB` alike (RFC 3501 section 9; RFC 9051 section 9 without its
/// options)
pub(super) fn encode(
    encoder: &mut Encoder,
    names: NameEncoding,
    reference: &ListReference,
    pattern: &ListPattern,
) {
    encoder.sp().astring(&reference.to_wire(names)).sp();
    let pattern = pattern.to_wire(names);
    let unquoted = !pattern.is_empty() && pattern.iter().all(|&octet| octet < 0x80 && is_list_octet(octet));
    if unquoted {
        encoder.raw(pattern)
    } else {
        encoder.string(&pattern)
    };
}

/// As [`encode`].
pub(super) fn parse_list(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    let (reference, pattern) = parse(cursor, names)?;
    Ok(Command::List { reference, pattern })
}

/// As [`encode`].
pub(super) fn parse_lsub(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    let (reference, pattern) = parse(cursor, names)?;
    Ok(Command::Lsub { reference, pattern })
}

fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<(ListReference, ListPattern), Syntax> {
    cursor.expect_sp()?;
    let reference = read::astring(cursor, "a reference name")?.into_bytes();
    cursor.expect_sp()?;
    let pattern = if cursor.peek().is_some_and(is_list_octet) {
        cursor.take_while(is_list_octet)
    } else {
        read::astring(cursor, "a mailbox pattern")?.into_bytes()
    };
    Ok((ListReference::from_wire(reference, names), ListPattern::from_wire(pattern, names)))
}

/// `list-char = ATOM-CHAR / list-wildcards / resp-specials`
const fn is_list_octet(octet: u8) -> bool {
    Atom::may_hold(octet) || matches!(octet, b'%' | b'*')
}

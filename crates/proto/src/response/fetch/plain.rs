//! Items by the letter of the grammar and as almost all servers write them.

use crate::types::{InternalDate, Uid};
use crate::wire::Cursor;

use super::super::envelope::try_plain_envelope;
use super::super::flags::try_plain_flags;
use super::FetchItem;

/// Reads the item that comes next, with what separates it from the one in front, if there is nothing in it that needs a
/// closer look. Where there is none, nothing has happened.
#[inline]
pub(super) fn try_item(cursor: &mut Cursor<'_>) -> Option<FetchItem> {
    let (start, entries) = (cursor.pos(), cursor.entries());
    let item = read_item(cursor);
    if item.is_none() {
        cursor.seek(start);
        cursor.forget_entries(entries);
    }
    item
}

#[inline]
fn read_item(cursor: &mut Cursor<'_>) -> Option<FetchItem> {
    if !cursor.reads_plain() {
        return None;
    }
    if cursor.last() != Some(b'(') && !cursor.try_byte(b' ') {
        return None;
    }
    cursor.entry().ok()?;
    let item = match cursor.peek()? {
        b'U' if cursor.try_octets(b"UID ") => FetchItem::Uid(Uid::new(cursor.expect_number("a UID").ok()?)?),
        b'F' if cursor.try_octets(b"FLAGS ") => FetchItem::Flags(try_plain_flags(cursor)?),
        b'I' if cursor.try_octets(b"INTERNALDATE \"") => {
            let (date, [b'"', ..]) = cursor.rest().split_first_chunk::<26>()? else { return None };
            let date = InternalDate::parse(date).ok()?;
            cursor.advance(27);
            FetchItem::InternalDate(Some(date))
        }
        b'R' if cursor.try_octets(b"RFC822.SIZE ") => {
            FetchItem::Rfc822Size(Some(cursor.expect_number64("a size").ok()?))
        }
        b'E' if cursor.try_octets(b"ENVELOPE ") => FetchItem::Envelope(try_plain_envelope(cursor)?),
        _ => return None,
    };
    matches!(cursor.peek(), Some(b' ' | b')')).then_some(item)
}

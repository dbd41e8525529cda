//! Readers that several commands share. Stricter than what is read from servers: a client can be told that it is
//! wrong.

use crate::quirk::Quirk;
use crate::types::{
    Atom, Date, Flag, Id, ImapString, MailboxName, Messages, NameEncoding, NonEmpty, SequenceSet,
};
use crate::wire::{Cursor, Syntax};

pub(super) use crate::grammar::read::{astring, list, word};

pub(super) fn imap_string(cursor: &mut Cursor<'_>, expected: &'static str) -> Result<ImapString, Syntax> {
    let start = cursor.pos();
    let text = astring(cursor, expected)?;
    ImapString::new(text).map_err(|_| Syntax { offset: start, expected })
}

/// `mailbox = "INBOX" / astring`
pub(super) fn mailbox(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<MailboxName, Syntax> {
    let octets = astring(cursor, "a mailbox name")?.into_bytes();
    Ok(MailboxName::from_wire(octets, names))
}

/// `atom = 1*ATOM-CHAR`, as wide as [`Atom`].
pub(super) fn atom(cursor: &mut Cursor<'_>, expected: &'static str) -> Result<Atom, Syntax> {
    let start = cursor.pos();
    Atom::new(cursor.take_while(Atom::may_hold)).map_err(|_| Syntax { offset: start, expected })
}

/// `sequence-set`
pub(super) fn set<T: Id>(cursor: &mut Cursor<'_>) -> Result<SequenceSet<T>, Syntax> {
    let start = cursor.pos();
    let octets = cursor.take_while(is_set_octet);
    let text = std::str::from_utf8(&octets).unwrap_or_default();
    text.parse().map_err(|error: crate::types::SetError| Syntax {
        offset: start + error.index,
        expected: "a set of messages",
    })
}

/// What a `sequence-set` is made of.
pub(super) const fn is_set_octet(octet: u8) -> bool {
    matches!(octet, b'0'..=b'9' | b',' | b':' | b'*')
}

/// `SP sequence-set` of sequence numbers; `seq-last-command = "$"` is one (RFC 5182 section 3).
pub(super) fn numbers(cursor: &mut Cursor<'_>) -> Result<Messages, Syntax> {
    cursor.expect_sp()?;
    if cursor.try_byte(b'$') {
        return Ok(Messages::Saved);
    }
    set(cursor).map(Messages::Numbers)
}

/// `SP sequence-set` of UIDs, or `$`.
pub(super) fn uids(cursor: &mut Cursor<'_>) -> Result<Messages, Syntax> {
    cursor.expect_sp()?;
    if cursor.try_byte(b'$') {
        return Ok(Messages::SavedByUid);
    }
    set(cursor).map(Messages::Uids)
}

/// `flag-list = "(" [flag *(SP flag)] ")"`
pub(super) fn flag_list(cursor: &mut Cursor<'_>) -> Result<Vec<Flag>, Syntax> {
    list(cursor, "a list of flags", flag)
}

/// `flag`, `\Recent` among them: refusing it is the server's business.
pub(super) fn flag(cursor: &mut Cursor<'_>) -> Result<Flag, Syntax> {
    let start = cursor.pos();
    cursor.try_byte(b'\\');
    cursor.take_while(Atom::may_hold);
    Flag::new(cursor.since(start)).map_err(|_| Syntax { offset: start, expected: "a flag" })
}

/// `item *(SP item)` up to the end of the line; a blank in front of that is passed over.
pub(super) fn items<T>(
    cursor: &mut Cursor<'_>,
    mut item: impl FnMut(&mut Cursor<'_>) -> Result<T, Syntax>,
) -> Result<NonEmpty<T>, Syntax> {
    let mut items = NonEmpty::one(item(cursor)?);
    while !cursor.at_line_end() {
        cursor.expect_sp()?;
        if cursor.at_line_end() {
            break;
        }
        items = items.and(item(cursor)?);
    }
    Ok(items)
}

/// Fails if what was read was understood only by what servers are forgiven: they forget to escape a quote. A client, or
/// a person, is told.
pub(super) fn refuse_repairs(cursor: &mut Cursor<'_>) -> Result<(), Syntax> {
    match cursor.take_repairs().into_iter().find(|repair| repair.quirk == Quirk::UnescapedQuote) {
        Some(repair) => Err(Syntax { offset: repair.offset, expected: "a backslash in front of the quote" }),
        None => Ok(()),
    }
}

/// `date = date-text / DQUOTE date-text DQUOTE`
pub(super) fn date(cursor: &mut Cursor<'_>) -> Result<Date, Syntax> {
    let start = cursor.pos();
    let text = astring(cursor, "a date")?;
    Date::parse(text.as_bytes()).map_err(|_| {
        let expected =
            if is_day_of_no_month(text.as_bytes()) { "a day that the month has" } else { "a date" };
        Syntax { offset: start, expected }
    })
}

/// Whether something is a date but for its day, which is a number.
fn is_day_of_no_month(text: &[u8]) -> bool {
    let Some(hyphen) = text.iter().position(|octet| *octet == b'-') else { return false };
    let (day, rest) = text.split_at(hyphen);
    (1..=2).contains(&day.len())
        && day.iter().all(u8::is_ascii_digit)
        && Date::parse(&[b"1", rest].concat()).is_ok()
}

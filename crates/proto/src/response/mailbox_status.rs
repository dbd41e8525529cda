//! `STATUS` (RFC 9051 section 7.3.4; RFC 7162 section 3.1.7, RFC 8438 section 3, RFC 7889 section 4, RFC 8474
//! section 4.3).
//!
//! ```text
//! mailbox-data    =/ "STATUS" SP mailbox SP "(" [status-att-list] ")"
//! status-att-list = status-att-val *(SP status-att-val)
//! ```
//!
//! Wider: blanks as they come, names that need quotes and have none, items with any value.

use bytes::Bytes;

use crate::quirk::Quirk;
use crate::types::{MailboxName, ModSeq, NameEncoding, ObjectId, Text, Uid, UidValidity};
use crate::wire::{Cursor, Encoder, Syntax};

use super::string::{Blanks, more_entries};

/// What a server says of a mailbox that need not be selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxStatus {
    /// Its name.
    pub name: MailboxName,
    /// What is known, in the server's order.
    pub items: Vec<StatusItem>,
}

/// One item of `STATUS`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusItem {
    /// `MESSAGES`: number of messages.
    Messages(u32),
    /// `RECENT` (RFC 3501 section 6.3.10): number of messages with `\Recent`.
    Recent(u32),
    /// `UIDNEXT`; `None` where a server says 0.
    UidNext(Option<Uid>),
    /// `UIDVALIDITY`; `None` where a server says 0.
    UidValidity(Option<UidValidity>),
    /// `UNSEEN`: number of messages without `\Seen`.
    Unseen(u32),
    /// `DELETED`: number of messages with `\Deleted`.
    Deleted(u32),
    /// `DELETED-STORAGE` (RFC 9208 section 4.1.4): what removing all that have `\Deleted` would free, in octets.
    DeletedStorage(u64),
    /// `SIZE`: of all messages together, in octets.
    Size(u64),
    /// `HIGHESTMODSEQ`; `None` where a server says 0: the mailbox keeps no mod-sequences.
    HighestModSeq(Option<ModSeq>),
    /// `APPENDLIMIT`: the largest message that can be appended, in octets; `None` where the mailbox has no limit.
    AppendLimit(Option<u64>),
    /// `MAILBOXID`: what identifies the mailbox, whatever its name.
    MailboxId(ObjectId),
    /// Any other, or a known one with a value of another kind.
    Other {
        /// Its name.
        name: Text,
        /// Its value, as it came.
        value: Bytes,
    },
}

impl MailboxStatus {
    /// What stands behind `STATUS`, up to the end of the line.
    pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        cursor.expect_sp()?;
        let start = cursor.pos();
        let (name, items) = match parse_plain(cursor) {
            Ok(status) => status,
            Err(syntax) => {
                cursor.seek(start);
                parse_unquoted(cursor).ok_or(syntax)?
            }
        };
        Ok(Self { name: MailboxName::from_wire(name, names), items })
    }

    pub(super) fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        encoder.raw("* STATUS ").astring(&self.name.to_wire(names)).sp();
        encoder.list(&self.items, |encoder, item| item.encode(encoder));
    }
}

fn parse_plain(cursor: &mut Cursor<'_>) -> Result<(Bytes, Vec<StatusItem>), Syntax> {
    let name = cursor.expect_astring("a mailbox name")?.into_bytes();
    cursor.expect_sp()?;
    Ok((name, parse_items(cursor)?))
}

/// A name with blanks or brackets and without quotes: it ends in front of the last list, or of the last but one where
/// the last one is the id of a mailbox.
fn parse_unquoted(cursor: &mut Cursor<'_>) -> Option<(Bytes, Vec<StatusItem>)> {
    if matches!(cursor.peek(), Some(b'"' | b'{')) {
        return None;
    }
    let start = cursor.pos();
    let mut length = memchr::memmem::rfind(cursor.rest(), b" (")?;
    const ID: &[u8] = b"MAILBOXID";
    let before = cursor.rest()[..length].trim_ascii_end();
    let items = before.len().checked_sub(ID.len()).filter(|&at| before[at..].eq_ignore_ascii_case(ID));
    if let Some(first) = items.and_then(|at| memchr::memmem::rfind(&before[..at], b" (")) {
        length = first;
    }
    let name = cursor.take(length);
    let name = name.slice(..name.trim_ascii_end().len());
    if name.is_empty() || memchr::memchr(b'\n', &name).is_some() {
        return None;
    }
    cursor.skip_blanks();
    let items = parse_items(cursor).ok()?;
    cursor.repaired_at(Quirk::UnquotedName, start);
    Some((name, items))
}

fn parse_items(cursor: &mut Cursor<'_>) -> Result<Vec<StatusItem>, Syntax> {
    let mut items = Vec::new();
    cursor.expect_byte(b'(', "a list of items")?;
    while more_entries(cursor, Blanks::One)? {
        let name: Text = cursor.expect_atom("the name of an item")?.into();
        cursor.expect_sp()?;
        let start = cursor.pos();
        match StatusItem::parse_known(&name, cursor) {
            Ok(Some(item)) => items.push(item),
            Err(_) if name.eq_ignore_case(b"MAILBOXID") => {
                cursor.seek(start);
                skip_garbage(cursor)?;
                cursor.repaired_at(Quirk::OddMailboxId, start);
                items.push(StatusItem::Other { name, value: cursor.since(start) });
            }
            other => {
                cursor.seek(start);
                cursor.skip_value()?;
                if other.is_err() {
                    cursor.repaired_at(Quirk::OddStatusValue, start);
                }
                items.push(StatusItem::Other { name, value: cursor.since(start) });
            }
        }
    }
    Ok(items)
}

/// Moves behind a value that is octets of freed memory: quotes, parentheses and braces in it mean nothing. It ends in
/// front of the next item that is known and has a number, or in front of the last parenthesis of the line.
///
/// Time is linear: what was looked at is passed over.
fn skip_garbage(cursor: &mut Cursor<'_>) -> Result<(), Syntax> {
    let rest = cursor.rest();
    let mut line = rest;
    let mut end = None;
    for index in memchr::memchr2_iter(b' ', b'\n', rest) {
        if rest[index] == b'\n' {
            line = &rest[..index];
            break;
        }
        if begins_item(&rest[index + 1..]) {
            end = Some(index);
            break;
        }
    }
    let end = end.or_else(|| memchr::memrchr(b')', line));
    match end {
        Some(end) if end > 0 => {
            cursor.take(end);
            Ok(())
        }
        _ => Err(cursor.expected("the id of a mailbox")),
    }
}

/// The name of an item whose value is a number, a blank, and a digit.
fn begins_item(text: &[u8]) -> bool {
    const NAMES: [&[u8]; 8] = [
        b"MESSAGES",
        b"RECENT",
        b"UIDNEXT",
        b"UIDVALIDITY",
        b"UNSEEN",
        b"DELETED",
        b"SIZE",
        b"HIGHESTMODSEQ",
    ];
    NAMES.iter().any(|name| match text.split_at_checked(name.len()) {
        Some((start, [b' ', digit, ..])) => start.eq_ignore_ascii_case(name) && digit.is_ascii_digit(),
        _ => false,
    })
}

impl StatusItem {
    /// `None` if the name is not known.
    fn parse_known(name: &Text, cursor: &mut Cursor<'_>) -> Result<Option<Self>, Syntax> {
        let number = |cursor: &mut Cursor<'_>| cursor.expect_number("a number up to 4294967295");
        let item = match name.as_bytes().to_ascii_uppercase().as_slice() {
            b"MESSAGES" => Self::Messages(number(cursor)?),
            b"RECENT" => Self::Recent(number(cursor)?),
            b"UIDNEXT" => Self::UidNext(Uid::new(number(cursor)?)),
            b"UIDVALIDITY" => Self::UidValidity(UidValidity::new(number(cursor)?)),
            b"UNSEEN" => Self::Unseen(number(cursor)?),
            b"DELETED" => Self::Deleted(number(cursor)?),
            b"DELETED-STORAGE" => Self::DeletedStorage(cursor.expect_number64("a number")?),
            b"SIZE" => Self::Size(cursor.expect_number64("a number")?),
            b"HIGHESTMODSEQ" => {
                let number = cursor.expect_number64("a mod-sequence")?;
                if number > ModSeq::MAX.value() {
                    return Err(cursor.expected("a mod-sequence"));
                }
                Self::HighestModSeq(ModSeq::new(number))
            }
            b"APPENDLIMIT" if cursor.try_word("NIL") => Self::AppendLimit(None),
            b"APPENDLIMIT" => Self::AppendLimit(Some(cursor.expect_number64("a number")?)),
            b"MAILBOXID" => {
                cursor.expect_byte(b'(', "the id of a mailbox in parentheses")?;
                let start = cursor.pos();
                let id = cursor.take_while(|octet| !matches!(octet, b' ' | b')' | b'\r' | b'\n'));
                let id = ObjectId::new(id)
                    .map_err(|_| Syntax { offset: start, expected: "the id of a mailbox" })?;
                cursor.expect_byte(b')', "`)`")?;
                // One more parenthesis may end the list, or be another octet of freed memory.
                let behind = cursor.rest().strip_prefix(b")");
                if behind.is_some_and(|behind| !behind.trim_ascii_start().is_empty()) {
                    return Err(cursor.expected("the end of the line behind the list"));
                }
                Self::MailboxId(id)
            }
            _ => return Ok(None),
        };
        if matches!(cursor.peek(), Some(b' ' | b')')) {
            Ok(Some(item))
        } else {
            Err(cursor.expected("a blank or `)`"))
        }
    }

    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Messages(number) => encoder.raw("MESSAGES ").show(number),
            Self::Recent(number) => encoder.raw("RECENT ").show(number),
            Self::UidNext(uid) => encoder.raw("UIDNEXT ").show(uid.map_or(0, Uid::value)),
            Self::UidValidity(validity) => {
                encoder.raw("UIDVALIDITY ").show(validity.map_or(0, UidValidity::value))
            }
            Self::Unseen(number) => encoder.raw("UNSEEN ").show(number),
            Self::Deleted(number) => encoder.raw("DELETED ").show(number),
            Self::DeletedStorage(octets) => encoder.raw("DELETED-STORAGE ").show(octets),
            Self::Size(octets) => encoder.raw("SIZE ").show(octets),
            Self::HighestModSeq(modseq) => {
                encoder.raw("HIGHESTMODSEQ ").show(modseq.map_or(0, ModSeq::value))
            }
            Self::AppendLimit(None) => encoder.raw("APPENDLIMIT NIL"),
            Self::AppendLimit(Some(octets)) => encoder.raw("APPENDLIMIT ").show(octets),
            // One that was read from a server elsewhere may hold anything.
            Self::MailboxId(id) => encoder.raw("MAILBOXID (").token(id.as_bytes()).raw(")"),
            Self::Other { name, value } => encoder.token(name.as_bytes()).sp().verbatim(value),
        };
    }
}

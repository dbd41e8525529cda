//! `LIST` (RFC 9051 section 7.3.1, RFC 5258 section 6, RFC 6154 section 3) and `LSUB` (RFC 3501 section 7.2.3).
//!
//! ```text
//! mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
//!                [SP "(" [mbox-list-extended-item *(SP mbox-list-extended-item)] ")"]
//! ```
//!
//! Wider: an empty delimiter, attributes without a backslash, and names that need quotes and have none. Such a name
//! ends where the line ends, unless extended data follow.

use bytes::Bytes;

use crate::quirk::Quirk;
use crate::types::{MailboxName, NameEncoding, Text};
use crate::wire::{Cursor, Encoder, Syntax};

use super::string::{Blanks, more_entries};

/// One mailbox as `LIST` or `LSUB` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// What is known of it, in the server's order.
    pub attributes: Vec<ListAttribute>,
    /// What stands between the levels of its name; `None` for a name without levels.
    pub delimiter: Option<char>,
    /// Its name.
    pub name: MailboxName,
    /// Extended data (RFC 9051 section 6.3.9), not understood yet.
    pub extended: Vec<ExtendedItem>,
}

/// One item of extended data, of a mailbox or of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedItem {
    /// Its name, such as `CHILDINFO`.
    pub name: Text,
    /// Its value, as it came.
    pub value: Bytes,
}

impl ExtendedItem {
    /// A name and a value of any form.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Syntax> {
        let name = cursor.expect_astring("the name of an item")?;
        cursor.expect_sp()?;
        let start = cursor.pos();
        cursor.skip_value()?;
        Ok(Self { name, value: cursor.since(start) })
    }
}

/// An attribute of a mailbox name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ListAttribute {
    /// `\NoInferiors`: it cannot have children.
    NoInferiors,
    /// `\Noselect`: it cannot be selected.
    NoSelect,
    /// `\Marked`: it probably holds new messages.
    Marked,
    /// `\Unmarked`: it holds none.
    Unmarked,
    /// `\HasChildren`
    HasChildren,
    /// `\HasNoChildren`
    HasNoChildren,
    /// `\NonExistent`: there is no mailbox of that name.
    NonExistent,
    /// `\Subscribed`
    Subscribed,
    /// `\Remote`: it lies on another server.
    Remote,
    /// `\All` (RFC 6154 section 2, as those that follow): all messages.
    All,
    /// `\Archive`
    Archive,
    /// `\Drafts`
    Drafts,
    /// `\Flagged`: all messages that are flagged.
    Flagged,
    /// `\Junk`
    Junk,
    /// `\Sent`
    Sent,
    /// `\Trash`
    Trash,
    /// `\Important` (RFC 8457 section 3): all messages that are important to the user.
    Important,
    /// Any other, with its backslash if it has one.
    Other(Text),
}

const KNOWN: [(&str, ListAttribute); 17] = [
    ("\\NoInferiors", ListAttribute::NoInferiors),
    ("\\Noselect", ListAttribute::NoSelect),
    ("\\Marked", ListAttribute::Marked),
    ("\\Unmarked", ListAttribute::Unmarked),
    ("\\HasChildren", ListAttribute::HasChildren),
    ("\\HasNoChildren", ListAttribute::HasNoChildren),
    ("\\NonExistent", ListAttribute::NonExistent),
    ("\\Subscribed", ListAttribute::Subscribed),
    ("\\Remote", ListAttribute::Remote),
    ("\\All", ListAttribute::All),
    ("\\Archive", ListAttribute::Archive),
    ("\\Drafts", ListAttribute::Drafts),
    ("\\Flagged", ListAttribute::Flagged),
    ("\\Junk", ListAttribute::Junk),
    ("\\Sent", ListAttribute::Sent),
    ("\\Trash", ListAttribute::Trash),
    ("\\Important", ListAttribute::Important),
];

impl ListAttribute {
    fn new(name: Bytes) -> Self {
        match KNOWN.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes())) {
            Some((_, attribute)) => attribute.clone(),
            None => Self::Other(name.into()),
        }
    }

    fn encode(&self, encoder: &mut Encoder) {
        if let Self::Other(name) = self {
            encoder.token(name.as_bytes());
            return;
        }
        let name = KNOWN.iter().find(|(_, attribute)| attribute == self);
        encoder.raw(name.map_or("", |(name, _)| name));
    }
}

impl ListRow {
    /// What stands behind `LIST` or `LSUB`, up to the end of the line.
    pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        cursor.expect_sp()?;
        let attributes = parse_attributes(cursor)?;
        cursor.expect_sp()?;
        let delimiter = parse_delimiter(cursor)?;
        cursor.expect_sp()?;
        let start = cursor.pos();
        let unquoted = !cursor.at_line_end() && !matches!(cursor.peek(), Some(b'"' | b'{'));
        let (name, extended) = match parse_name(cursor) {
            Ok(found) => found,
            Err(syntax) if !unquoted => return Err(syntax),
            Err(_) => {
                cursor.seek(start);
                let name = cursor.rest_of_line();
                cursor.repaired_at(Quirk::UnquotedName, start);
                (trim_end(name), Vec::new())
            }
        };
        Ok(Self { attributes, delimiter, name: MailboxName::from_wire(name, names), extended })
    }

    pub(super) fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        encoder.list(&self.attributes, |encoder, attribute| attribute.encode(encoder)).sp();
        encode_delimiter(encoder, self.delimiter);
        encoder.sp().astring(&self.name.to_wire(names));
        if !self.extended.is_empty() {
            encoder.sp().list(&self.extended, |encoder, item| {
                encoder.astring(item.name.as_bytes()).sp().verbatim(&item.value);
            });
        }
    }
}

fn trim_end(name: Bytes) -> Bytes {
    let length = name.trim_ascii_end().len();
    name.slice(..length)
}

fn parse_attributes(cursor: &mut Cursor<'_>) -> Result<Vec<ListAttribute>, Syntax> {
    let mut attributes = Vec::new();
    cursor.expect_byte(b'(', "a list of attributes")?;
    while more_entries(cursor, Blanks::One)? {
        let start = cursor.pos();
        let name = cursor.expect_atom("an attribute")?;
        if &*name == b"\\" {
            cursor.repaired_at(Quirk::EmptyAttribute, start);
            continue;
        }
        if !name.starts_with(b"\\") {
            cursor.repaired_at(Quirk::BareAttribute, start);
        }
        attributes.push(ListAttribute::new(name));
    }
    Ok(attributes)
}

pub(super) fn encode_delimiter(encoder: &mut Encoder, delimiter: Option<char>) {
    match delimiter {
        None => encoder.raw("NIL"),
        Some(delimiter) => encoder.string(delimiter.encode_utf8(&mut [0; 4]).as_bytes()),
    };
}

/// `DQUOTE QUOTED-CHAR DQUOTE / nil`
pub(super) fn parse_delimiter(cursor: &mut Cursor<'_>) -> Result<Option<char>, Syntax> {
    const EXPECTED: &str = "a hierarchy delimiter or NIL";
    let start = cursor.pos();
    if cursor.try_word("NIL") {
        return Ok(None);
    }
    let delimiter = cursor.expect_astring(EXPECTED)?;
    let mut characters = delimiter.as_str().unwrap_or_default().chars();
    match (characters.next(), characters.next()) {
        (Some(delimiter), None) => Ok(Some(delimiter)),
        (None, _) if delimiter.is_empty() => {
            cursor.repaired_at(Quirk::EmptyDelimiter, start);
            Ok(None)
        }
        _ => Err(Syntax { offset: start, expected: EXPECTED }),
    }
}

/// The name and what may follow it, up to the end of the line.
fn parse_name(cursor: &mut Cursor<'_>) -> Result<(Bytes, Vec<ExtendedItem>), Syntax> {
    let name = cursor.expect_astring("a mailbox name")?.into_bytes();
    let mut extended = Vec::new();
    let behind = cursor.pos();
    cursor.skip_blanks();
    if cursor.pos() > behind && cursor.try_byte(b'(') {
        while more_entries(cursor, Blanks::One)? {
            extended.push(ExtendedItem::parse(cursor)?);
        }
    } else {
        cursor.seek(behind);
    }
    let end = cursor.pos();
    cursor.skip_blanks();
    if !cursor.at_line_end() {
        return Err(cursor.expected("the end of the line"));
    }
    cursor.seek(end);
    Ok((name, extended))
}

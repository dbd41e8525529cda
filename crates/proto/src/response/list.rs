//! `LIST` (RFC 9051 section 7.3.1, RFC 5258 section 6, RFC 6154 section 3), `LSUB` (RFC 3501 section 7.2.3) and
//! `XLIST`, which is `LIST` with other names of special uses.
//!
//! ```text
//! mailbox-list            = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
//!                           [SP "(" [mbox-list-extended-item *(SP mbox-list-extended-item)] ")"]
//! mbox-list-extended-item = mbox-list-extended-item-tag SP tagged-ext-val
//! childinfo-extended-item = "CHILDINFO" SP "(" list-select-base-opt-quoted *(SP list-select-base-opt-quoted) ")"
//! oldname-extended-item   = "OLDNAME" SP "(" mailbox ")"
//! ```
//!
//! Wider: an empty delimiter, attributes without a backslash, known extended items with any value, and names that need
//! quotes and have none. Such a name ends where the line ends, unless extended data follow.

use bytes::Bytes;

use crate::quirk::Quirk;
use crate::types::{MailboxName, NameEncoding, NonEmpty, SpecialUse, Text};
use crate::wire::{Cursor, Encoder, Syntax, is_atom_octet};

use super::string::{Blanks, at_entry_end, more_entries, skip_odd_word};

/// One mailbox as `LIST` or `LSUB` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// What is known of it, in the server's order.
    pub attributes: Vec<ListAttribute>,
    /// What stands between the levels of its name; `None` for a name without levels.
    pub delimiter: Option<char>,
    /// Its name.
    pub name: MailboxName,
    /// Extended data (RFC 9051 section 6.3.9.3), in the server's order.
    pub extended: Vec<ListItem>,
}

/// One item of extended data of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListItem {
    /// `CHILDINFO`: below it are mailboxes that one of these selection options selects (RFC 5258 section 3.5).
    ChildInfo(NonEmpty<Text>),
    /// `OLDNAME`: the name it had until now (RFC 5465 section 5.4, RFC 9051 section 6.3.9.7).
    OldName(MailboxName),
    /// Any other, or a known one with a value of another kind.
    Other(ExtendedItem),
}

impl ListItem {
    fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        let name = cursor.expect_astring("the name of an item")?;
        cursor.expect_sp()?;
        let (start, entries) = (cursor.pos(), cursor.entries());
        let known = if name.eq_ignore_case(b"CHILDINFO") {
            parse_child_info(cursor).map(Self::ChildInfo)
        } else if name.eq_ignore_case(b"OLDNAME") {
            parse_old_name(cursor, names).map(Self::OldName)
        } else {
            cursor.skip_value()?;
            return Ok(Self::Other(ExtendedItem { name, value: cursor.since(start) }));
        };
        known.or_else(|_| {
            cursor.seek(start);
            cursor.forget_entries(entries);
            cursor.skip_value()?;
            cursor.repaired_at(Quirk::OddListItem, start);
            Ok(Self::Other(ExtendedItem { name, value: cursor.since(start) }))
        })
    }

    fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        match self {
            Self::ChildInfo(options) => encoder.raw("CHILDINFO ").list(options, |encoder, option| {
                encoder.string(option.as_bytes());
            }),
            Self::OldName(name) => encoder.raw("OLDNAME (").astring(&name.to_wire(names)).raw(")"),
            Self::Other(item) => encoder.astring(item.name.as_bytes()).sp().verbatim(&item.value),
        };
    }
}

/// `"(" list-select-base-opt-quoted *(SP list-select-base-opt-quoted) ")"`
fn parse_child_info(cursor: &mut Cursor<'_>) -> Result<NonEmpty<Text>, Syntax> {
    let start = cursor.pos();
    let mut options = Vec::new();
    cursor.expect_byte(b'(', "a list of selection options")?;
    while more_entries(cursor, Blanks::One)? {
        options.push(cursor.expect_astring("a selection option")?);
    }
    NonEmpty::try_from(options).map_err(|_| Syntax { offset: start, expected: "a selection option" })
}

/// `"(" mailbox ")"`
fn parse_old_name(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<MailboxName, Syntax> {
    cursor.expect_byte(b'(', "a mailbox name in parentheses")?;
    cursor.skip_stray_blanks();
    let name = cursor.expect_astring("a mailbox name")?.into_bytes();
    cursor.skip_stray_blanks();
    cursor.expect_byte(b')', "`)`")?;
    Ok(MailboxName::from_wire(name, names))
}

/// One item of extended data, as it came.
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
    /// `\NoAccess`: the user may not see what was asked for (RFC 5465 section 3.1).
    NoAccess,
    /// `\Inbox`: it is `INBOX`, and may be shown under another name, with which no command finds it (`XLIST` only).
    Inbox,
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

const KNOWN: [(&str, ListAttribute); 19] = [
    ("\\NoInferiors", ListAttribute::NoInferiors),
    ("\\Noselect", ListAttribute::NoSelect),
    ("\\Marked", ListAttribute::Marked),
    ("\\Unmarked", ListAttribute::Unmarked),
    ("\\HasChildren", ListAttribute::HasChildren),
    ("\\HasNoChildren", ListAttribute::HasNoChildren),
    ("\\NonExistent", ListAttribute::NonExistent),
    ("\\Subscribed", ListAttribute::Subscribed),
    ("\\Remote", ListAttribute::Remote),
    ("\\NoAccess", ListAttribute::NoAccess),
    ("\\Inbox", ListAttribute::Inbox),
    ("\\All", ListAttribute::All),
    ("\\Archive", ListAttribute::Archive),
    ("\\Drafts", ListAttribute::Drafts),
    ("\\Flagged", ListAttribute::Flagged),
    ("\\Junk", ListAttribute::Junk),
    ("\\Sent", ListAttribute::Sent),
    ("\\Trash", ListAttribute::Trash),
    ("\\Important", ListAttribute::Important),
];

/// What `XLIST` calls special uses. Yandex sends both names of one.
const XLIST_NAMES: [(&str, ListAttribute); 3] = [
    ("\\AllMail", ListAttribute::All),
    ("\\Starred", ListAttribute::Flagged),
    ("\\Spam", ListAttribute::Junk),
];

impl ListAttribute {
    /// What the mailbox is for, if this says so.
    pub fn special_use(&self) -> Option<SpecialUse> {
        Some(match self {
            Self::All => SpecialUse::All,
            Self::Archive => SpecialUse::Archive,
            Self::Drafts => SpecialUse::Drafts,
            Self::Flagged => SpecialUse::Flagged,
            Self::Important => SpecialUse::Important,
            Self::Junk => SpecialUse::Junk,
            Self::Sent => SpecialUse::Sent,
            Self::Trash => SpecialUse::Trash,
            _ => return None,
        })
    }

    fn new(name: Bytes) -> Self {
        match KNOWN.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes())) {
            Some((_, attribute)) => attribute.clone(),
            None => Self::Other(name.into()),
        }
    }

    /// The name, with its backslash if it has one.
    pub fn name(&self) -> &[u8] {
        match self {
            Self::Other(name) => name.as_bytes(),
            known => {
                let name = KNOWN.iter().find(|(_, attribute)| attribute == known);
                name.map_or(&[], |(name, _)| name.as_bytes())
            }
        }
    }

    fn encode(&self, encoder: &mut Encoder) {
        encoder.token(self.name());
    }
}

impl ListRow {
    /// Whether this is `INBOX`, under whatever name it is shown.
    pub fn is_inbox(&self) -> bool {
        self.name.is_inbox() || self.attributes.contains(&ListAttribute::Inbox)
    }

    /// What stands behind `LIST` or `LSUB`, up to the end of the line.
    pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        cursor.expect_sp()?;
        let attributes = parse_attributes(cursor)?;
        cursor.expect_sp()?;
        let delimiter = parse_row_delimiter(cursor)?;
        let start = cursor.pos();
        let unquoted = !cursor.at_line_end() && !matches!(cursor.peek(), Some(b'"' | b'{'));
        let (name, extended) = match parse_name(cursor, names) {
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

    /// What stands behind `XLIST`.
    pub(super) fn parse_xlist(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        let mut row = Self::parse(cursor, names)?;
        for (alias, meant) in XLIST_NAMES {
            let is_alias = |attribute: &ListAttribute| matches!(attribute, ListAttribute::Other(name) if name.eq_ignore_case(alias.as_bytes()));
            let mut known = row.attributes.contains(&meant);
            row.attributes.retain_mut(|attribute| {
                if !is_alias(attribute) {
                    return true;
                }
                *attribute = meant.clone();
                !std::mem::replace(&mut known, true)
            });
        }
        Ok(row)
    }

    pub(super) fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        self.encode_with(encoder, names, ListAttribute::encode);
    }

    pub(super) fn encode_xlist(&self, encoder: &mut Encoder, names: NameEncoding) {
        self.encode_with(encoder, names, |attribute, encoder| {
            match XLIST_NAMES.iter().find(|(_, meant)| meant == attribute) {
                Some((alias, _)) => {
                    encoder.raw(alias);
                }
                None => attribute.encode(encoder),
            }
        });
    }

    fn encode_with(
        &self,
        encoder: &mut Encoder,
        names: NameEncoding,
        attribute: impl Fn(&ListAttribute, &mut Encoder),
    ) {
        encoder.list(&self.attributes, |encoder, known| attribute(known, encoder)).sp();
        encode_delimiter(encoder, self.delimiter);
        encoder.sp().astring(&self.name.to_wire(names));
        if !self.extended.is_empty() {
            encoder.sp().list(&self.extended, |encoder, item| item.encode(encoder, names));
        }
    }
}

fn trim_end(name: Bytes) -> Bytes {
    let length = name.trim_ascii_end().len();
    name.slice(..length)
}

fn parse_attributes(cursor: &mut Cursor<'_>) -> Result<Vec<ListAttribute>, Syntax> {
    let mut attributes = Vec::new();
    let start = cursor.pos();
    if cursor.try_word("NIL") {
        cursor.repaired_at(Quirk::OddAttribute, start);
        return Ok(attributes);
    }
    cursor.expect_byte(b'(', "a list of attributes")?;
    while more_entries(cursor, Blanks::One)? {
        let start = cursor.pos();
        let Some(name) = try_attribute(cursor)? else {
            cursor.repaired_at(Quirk::OddAttribute, start);
            continue;
        };
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

/// One entry of the list; `None` for what is no attribute.
fn try_attribute(cursor: &mut Cursor<'_>) -> Result<Option<Bytes>, Syntax> {
    let start = cursor.pos();
    if cursor.peek() == Some(b'(') {
        cursor.skip_value()?;
        return Ok(None);
    }
    if let Some(quoted) = cursor.try_string()? {
        let name = quoted.into_bytes();
        let is_name =
            name.len() > 1 && name.starts_with(b"\\") && name[1..].iter().all(|octet| is_atom_octet(*octet));
        if is_name {
            cursor.repaired_at(Quirk::QuotedAttribute, start);
        }
        return Ok(is_name.then_some(name));
    }
    match cursor.expect_atom("an attribute") {
        Ok(name) if at_entry_end(cursor) => Ok(Some(name)),
        _ => skip_odd_word(cursor).map(|()| None),
    }
}

pub(super) fn encode_delimiter(encoder: &mut Encoder, delimiter: Option<char>) {
    match delimiter {
        None => encoder.raw("NIL"),
        Some(delimiter) => encoder.string(delimiter.encode_utf8(&mut [0; 4]).as_bytes()),
    };
}

/// The delimiter of a row, and the blank behind it.
fn parse_row_delimiter(cursor: &mut Cursor<'_>) -> Result<Option<char>, Syntax> {
    let start = cursor.pos();
    let delimiter = read_delimiter(cursor)?;
    let behind = cursor.pos();
    cursor.skip_blanks();
    let is_last = cursor.at_line_end();
    cursor.seek(behind);
    match delimiter {
        Delimiter::Odd if is_last => {
            // It is the name.
            cursor.seek(start);
            cursor.repaired(Quirk::MissingDelimiter);
            Ok(None)
        }
        delimiter => {
            cursor.expect_sp()?;
            Ok(delimiter.accept(cursor, start))
        }
    }
}

/// `DQUOTE QUOTED-CHAR DQUOTE / nil`. Wider: anything else is none.
pub(super) fn parse_delimiter(cursor: &mut Cursor<'_>) -> Result<Option<char>, Syntax> {
    let start = cursor.pos();
    let delimiter = read_delimiter(cursor)?;
    Ok(delimiter.accept(cursor, start))
}

/// What stands where a hierarchy delimiter belongs.
enum Delimiter {
    Character(char),
    Nil,
    /// An empty string.
    Empty,
    Odd,
}

impl Delimiter {
    fn accept(self, cursor: &mut Cursor<'_>, start: usize) -> Option<char> {
        match self {
            Self::Character(delimiter) => return Some(delimiter),
            Self::Nil => {}
            Self::Empty => cursor.repaired_at(Quirk::EmptyDelimiter, start),
            Self::Odd => cursor.repaired_at(Quirk::OddDelimiter, start),
        }
        None
    }
}

fn read_delimiter(cursor: &mut Cursor<'_>) -> Result<Delimiter, Syntax> {
    if cursor.try_word("NIL") {
        return Ok(Delimiter::Nil);
    }
    // One octet in quotes is one whatever stands behind it.
    if let [b'"', octet, b'"', ..] = cursor.rest()
        && octet.is_ascii_graphic()
        && !matches!(octet, b'"' | b'\\')
    {
        let delimiter = char::from(*octet);
        cursor.advance(3);
        return Ok(Delimiter::Character(delimiter));
    }
    if cursor.peek() == Some(b'(') {
        cursor.skip_value()?;
        return Ok(Delimiter::Odd);
    }
    let text = match cursor.try_string()? {
        Some(text) => text,
        None => {
            let start = cursor.pos();
            skip_odd_word(cursor)?;
            Text::from(cursor.since(start))
        }
    };
    let mut characters = text.as_str().unwrap_or_default().chars();
    Ok(match (characters.next(), characters.next()) {
        (Some(delimiter), None) => Delimiter::Character(delimiter),
        (None, _) if text.is_empty() => Delimiter::Empty,
        _ => Delimiter::Odd,
    })
}

/// The name and what may follow it, up to the end of the line.
fn parse_name(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<(Bytes, Vec<ListItem>), Syntax> {
    let name = cursor.expect_astring("a mailbox name")?.into_bytes();
    let mut extended = Vec::new();
    let behind = cursor.pos();
    cursor.skip_blanks();
    if cursor.pos() > behind && cursor.try_byte(b'(') {
        while more_entries(cursor, Blanks::One)? {
            extended.push(ListItem::parse(cursor, names)?);
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

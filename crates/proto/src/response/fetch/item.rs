//! One item of a row.

use bytes::Bytes;

use crate::quirk::Quirk;
use crate::types::{
    GmLabel, GmMessageId, GmThreadId, InternalDate, ModSeq, NameEncoding, ObjectId, Text, Uid,
};
use crate::wire::{Cursor, Stretch, Syntax, is_atom_octet};

use super::super::body::expect_body;
use super::super::envelope::expect_envelope;
use super::super::flags::parse_message_flags;
use super::super::number::{at_number, expect_number};
use super::super::section::{expect_part_path, expect_section, try_origin};
use super::super::string::{Blanks, expect_nstring, expect_nstring_stretch, more_entries};
use super::{BodyData, BodyName, FetchItem};

/// Where the octets of a piece end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PieceEnd {
    /// With the line.
    Line,
    /// Where the octets of a literal would begin that is too large to keep. Its announcement is cut off.
    Literal,
}

/// Where in a row an item stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) end: PieceEnd,
    /// Whether parentheses are open around it.
    pub(super) in_list: bool,
    /// Whether a body stands in front of it. If its size is wrong, this may be a part of a mail, in which no items are
    /// looked for.
    pub(super) behind_body: bool,
}

/// What reading an item gave.
pub(super) enum ReadItem {
    /// The item, or what is there instead of it; it ends here.
    Whole(FetchItem),
    /// A body whose literal does not end where the server says: what follows does not continue the row.
    Undelimited(FetchItem),
    /// A body whose value is the literal behind this piece.
    Streams(BodyName),
    /// An item that holds the literal behind this piece somewhere.
    Breaks {
        /// Its name.
        name: Text,
        /// The lists in it that are open.
        open: usize,
    },
}

/// Whether the value of a body may end in front of what comes next. A row without parentheses ends with its line.
pub(super) fn delimited(cursor: &Cursor<'_>, end: PieceEnd, in_list: bool) -> bool {
    match cursor.peek() {
        Some(b' ' | b')') => true,
        _ => !in_list && end == PieceEnd::Line && cursor.at_line_end(),
    }
}

/// Reads the item that begins here.
///
/// Whatever stands there, the cursor moves, and comes to rest at a blank, at a closing parenthesis or at the end.
pub(super) fn read_item(cursor: &mut Cursor<'_>, place: Place, names: NameEncoding) -> ReadItem {
    let Place { end, in_list, behind_body } = place;
    let start = cursor.pos();
    let entries = cursor.entries();
    let name = cursor.octets_while(|octet| is_atom_octet(octet) && !matches!(octet, b'[' | b'{'));
    let mut behind_name = cursor.pos();
    let mut name_end = behind_name;
    let failed = match read_known(cursor, name, names) {
        Ok(Known::Item(item)) if ends_item(cursor) => return ReadItem::Whole(item),
        Ok(Known::Item(_)) => cursor.expected("a blank or `)`"),
        Ok(Known::Body(body)) => {
            behind_name = cursor.pos();
            match read_body(cursor, end, in_list, body) {
                Ok(read) => return read,
                Err(syntax) => syntax,
            }
        }
        Ok(Known::Not) if !name.is_empty() => {
            cursor.seek(behind_name);
            if try_brackets(cursor) {
                behind_name = cursor.pos();
                name_end = behind_name;
            }
            let value = match cursor.peek() {
                Some(b'[') => Err(cursor.expected("`]`")),
                _ => read_unknown(cursor, place),
            };
            match value {
                Ok(value) => {
                    let name = cursor.text(Stretch::Here(start..name_end));
                    return ReadItem::Whole(FetchItem::Unknown { name, value });
                }
                Err(syntax) => syntax,
            }
        }
        Ok(Known::Not) => Syntax { offset: start, expected: "the name of an item" },
        Err(syntax) => {
            cursor.seek(behind_name);
            let second = cursor.with_stray_backslashes(|cursor| read_known(cursor, name, names));
            match second {
                Ok(Known::Item(item)) if ends_item(cursor) => return ReadItem::Whole(item),
                _ => syntax,
            }
        }
    };
    // What was read of the item is dropped.
    cursor.forget_entries(entries);
    cursor.seek(behind_name);
    try_brackets(cursor);
    let name = cursor.text(Stretch::Here(start..name_end));
    let nameless = name_end == start;
    let skipped = if nameless && !behind_body { skip_to_name(cursor) } else { skip_to_end(cursor) };
    match (skipped, end) {
        (Err(open), PieceEnd::Literal) => ReadItem::Breaks { name, open },
        _ => {
            let Syntax { offset, expected } = failed;
            ReadItem::Whole(FetchItem::Invalid { name, raw: cursor.since(start), offset, expected })
        }
    }
}

/// Moves behind the value in front of which the cursor stands, blanks included, if there is one. Else as
/// [`skip_rest`].
fn skip_to_end(cursor: &mut Cursor<'_>) -> Result<(), usize> {
    let behind_name = cursor.pos();
    cursor.skip_blanks();
    if at_known_name(cursor) {
        // The value is missing.
        cursor.seek(behind_name);
        return Ok(());
    }
    skip_rest(cursor)?;
    // What cannot begin an item belongs to this one.
    loop {
        let behind = cursor.pos();
        cursor.skip_blanks();
        let is_value = match cursor.peek() {
            Some(b'"' | b'{') => true,
            Some(b'(') => !opens_items(cursor),
            _ => false,
        };
        if !is_value {
            cursor.seek(behind);
            return Ok(());
        }
        skip_rest(cursor)?;
    }
}

/// Moves over values without a name, to where the next item with a known one begins, or the row ends: what cannot be
/// read together is one item.
fn skip_to_name(cursor: &mut Cursor<'_>) -> Result<(), usize> {
    loop {
        skip_rest(cursor)?;
        let behind = cursor.pos();
        cursor.skip_blanks();
        if matches!(cursor.peek(), None | Some(b')')) || cursor.at_line_end() || at_known_name(cursor) {
            cursor.seek(behind);
            return Ok(());
        }
    }
}

/// Whether the name of an item stands here that is known.
fn at_known_name(cursor: &Cursor<'_>) -> bool {
    begins_with_known_name(cursor.rest())
}

fn begins_with_known_name(octets: &[u8]) -> bool {
    if !octets.first().is_some_and(u8::is_ascii_alphabetic) {
        return false;
    }
    let near = octets.get(..=KNOWN_OCTETS).unwrap_or(octets);
    let length = near.iter().position(|octet| !is_atom_octet(*octet) || matches!(octet, b'[' | b'{'));
    let mut buffer = [0; KNOWN_OCTETS];
    ItemName::of(in_upper_case(&near[..length.unwrap_or(near.len())], &mut buffer)).is_some()
}

/// Whether another item with a known name follows behind blanks.
pub(super) fn goes_on(cursor: &Cursor<'_>) -> bool {
    let rest = cursor.rest();
    let behind = rest.trim_ascii_start();
    behind.len() < rest.len() && begins_with_known_name(behind)
}

/// Whether items stand in the parentheses that open here, and no value.
pub(super) fn opens_items(cursor: &Cursor<'_>) -> bool {
    /// Looking further at each of many parentheses would take quadratic time.
    const NEAR: usize = 16;
    let rest = cursor.rest();
    let first = rest.iter().take(NEAR).position(|octet| !matches!(octet, b'(' | b' ' | b'\t'));
    first.is_none_or(|first| {
        matches!(rest[first], b')' | b'\r' | b'\n') || begins_with_known_name(&rest[first..])
    })
}

/// Moves to where an item ends, from somewhere in it. If the octets end first, so many lists are open.
///
/// On a line that is broken beyond that, moves to its end.
pub(super) fn skip_rest(cursor: &mut Cursor<'_>) -> Result<(), usize> {
    loop {
        match cursor.peek() {
            Some(b' ' | b'\t' | b')') => return Ok(()),
            None => return Err(0),
            Some(_) if cursor.at_line_end() => return Ok(()),
            Some(_) => {}
        }
        if let Err(open) = cursor.skip_closing(0) {
            cursor.rest_of_line();
            return Err(open);
        }
    }
}

enum Known {
    Item(FetchItem),
    /// The name of a body; its value follows.
    Body(BodyName),
    Not,
}

fn read_known(cursor: &mut Cursor<'_>, name: &[u8], names: NameEncoding) -> Result<Known, Syntax> {
    let bracket = cursor.peek() == Some(b'[');
    let Some(item) = ItemName::of(name).or_else(|| ItemName::of_odd(name, bracket, cursor)) else {
        return Ok(Known::Not);
    };
    let item = match (item, bracket) {
        (ItemName::Body, true) => {
            let Ok(section) = expect_section(cursor) else { return Ok(Known::Not) };
            return Ok(Known::Body(BodyName::Section { section, origin: try_origin(cursor)? }));
        }
        (ItemName::Binary, true) => {
            let Ok(path) = expect_part_path(cursor) else { return Ok(Known::Not) };
            return Ok(Known::Body(BodyName::Binary { path, origin: try_origin(cursor)? }));
        }
        (ItemName::Rfc822, false) => return Ok(Known::Body(BodyName::Rfc822)),
        (ItemName::Rfc822Header, false) => return Ok(Known::Body(BodyName::Rfc822Header)),
        (ItemName::Rfc822Text, false) => return Ok(Known::Body(BodyName::Rfc822Text)),
        (ItemName::Uid, false) => FetchItem::Uid(read_uid(cursor)?),
        (ItemName::Flags, false) => {
            expect_gap(cursor)?;
            FetchItem::Flags(parse_message_flags(cursor)?)
        }
        (ItemName::InternalDate, false) => FetchItem::InternalDate(read_date(cursor)?),
        (ItemName::Rfc822Size, false) => {
            cursor.expect_sp()?;
            FetchItem::Rfc822Size(expect_number(cursor)?)
        }
        (ItemName::Envelope, false) => {
            expect_gap(cursor)?;
            FetchItem::Envelope(expect_envelope(cursor)?)
        }
        (ItemName::Body, false) => {
            expect_gap(cursor)?;
            FetchItem::Body(expect_body(cursor)?)
        }
        (ItemName::BodyStructure, false) => {
            expect_gap(cursor)?;
            FetchItem::BodyStructure(expect_body(cursor)?)
        }
        (ItemName::BinarySize, true) => {
            let Ok(path) = expect_part_path(cursor) else { return Ok(Known::Not) };
            if at_number(cursor) {
                cursor.repaired(Quirk::MissingBlank);
            } else {
                cursor.expect_sp()?;
            }
            FetchItem::BinarySize { path, size: expect_number(cursor)? }
        }
        (ItemName::ModSeq, false) => FetchItem::ModSeq(read_modseq(cursor)?),
        (ItemName::EmailId, false) => {
            expect_gap(cursor)?;
            FetchItem::EmailId(expect_object_id(cursor)?)
        }
        (ItemName::ThreadId, false) => FetchItem::ThreadId(read_thread_id(cursor)?),
        (ItemName::SaveDate, false) => FetchItem::SaveDate(read_save_date(cursor)?),
        (ItemName::Preview, false) => {
            cursor.expect_sp()?;
            if at_known_name(cursor) {
                return Err(cursor.expected("a string or NIL"));
            }
            FetchItem::Preview(expect_nstring(cursor)?)
        }
        (ItemName::GmMessageId, false) => FetchItem::GmMessageId(GmMessageId(read_gm_number(cursor)?)),
        (ItemName::GmThreadId, false) => FetchItem::GmThreadId(GmThreadId(read_gm_number(cursor)?)),
        (ItemName::GmLabels, false) => FetchItem::GmLabels(read_labels(cursor, names)?),
        _ => return Ok(Known::Not),
    };
    Ok(Known::Item(item))
}

/// The name of an item that is known, without its section.
#[derive(Clone, Copy)]
enum ItemName {
    Uid,
    Flags,
    InternalDate,
    Rfc822Size,
    Envelope,
    Body,
    BodyStructure,
    ModSeq,
    Rfc822,
    Rfc822Header,
    Rfc822Text,
    Binary,
    BinarySize,
    EmailId,
    ThreadId,
    SaveDate,
    Preview,
    GmMessageId,
    GmThreadId,
    GmLabels,
}

impl ItemName {
    /// By the name as almost all servers write it.
    fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"UID" => Self::Uid,
            b"FLAGS" => Self::Flags,
            b"INTERNALDATE" => Self::InternalDate,
            b"RFC822.SIZE" => Self::Rfc822Size,
            b"ENVELOPE" => Self::Envelope,
            b"BODY" => Self::Body,
            b"BODYSTRUCTURE" => Self::BodyStructure,
            b"MODSEQ" => Self::ModSeq,
            b"RFC822" => Self::Rfc822,
            b"RFC822.HEADER" => Self::Rfc822Header,
            b"RFC822.TEXT" => Self::Rfc822Text,
            b"BINARY" => Self::Binary,
            b"BINARY.SIZE" => Self::BinarySize,
            b"EMAILID" => Self::EmailId,
            b"THREADID" => Self::ThreadId,
            b"SAVEDATE" => Self::SaveDate,
            b"PREVIEW" => Self::Preview,
            b"X-GM-MSGID" => Self::GmMessageId,
            b"X-GM-THRID" => Self::GmThreadId,
            b"X-GM-LABELS" => Self::GmLabels,
            _ => return None,
        })
    }

    /// In any case, and as a client writes it.
    #[cold]
    fn of_odd(name: &[u8], bracket: bool, cursor: &mut Cursor<'_>) -> Option<Self> {
        let mut buffer = [0; KNOWN_OCTETS];
        let upper = in_upper_case(name, &mut buffer);
        match upper.strip_suffix(b".PEEK") {
            Some(plain) if bracket => {
                cursor.repaired(Quirk::PeekInAnswer);
                Self::of(plain)
            }
            _ => Self::of(upper),
        }
    }
}

/// No known name is longer.
const KNOWN_OCTETS: usize = 32;

/// A name in upper case; empty if it is too long to be known.
fn in_upper_case<'a>(name: &[u8], buffer: &'a mut [u8; KNOWN_OCTETS]) -> &'a [u8] {
    let Some(upper) = buffer.get_mut(..name.len()) else { return &[] };
    upper.copy_from_slice(name);
    upper.make_ascii_uppercase();
    upper
}

/// The blank in front of a list, which may be missing.
fn expect_gap(cursor: &mut Cursor<'_>) -> Result<(), Syntax> {
    if cursor.peek() == Some(b'(') {
        cursor.repaired(Quirk::MissingBlank);
        return Ok(());
    }
    cursor.expect_sp()
}

fn read_uid(cursor: &mut Cursor<'_>) -> Result<Uid, Syntax> {
    const EXPECTED: &str = "a UID from 1 to 4294967295";
    cursor.expect_sp()?;
    let offset = cursor.pos();
    Uid::new(cursor.expect_number(EXPECTED)?).ok_or(Syntax { offset, expected: EXPECTED })
}

/// `SP (date-time / nil)` (RFC 8514 section 5)
fn read_save_date(cursor: &mut Cursor<'_>) -> Result<Option<InternalDate>, Syntax> {
    let start = cursor.pos();
    cursor.expect_sp()?;
    if cursor.try_word("NIL") {
        return Ok(None);
    }
    cursor.seek(start);
    read_date(cursor)
}

fn read_date(cursor: &mut Cursor<'_>) -> Result<Option<InternalDate>, Syntax> {
    cursor.expect_sp()?;
    let start = cursor.pos();
    if at_known_name(cursor) {
        return Err(cursor.expected("a date"));
    }
    let date = expect_nstring_stretch(cursor)?;
    let date = date.and_then(|date| InternalDate::parse(cursor.octets(&date)).ok());
    if date.is_none() {
        cursor.repaired_at(Quirk::OddDate, start);
    }
    Ok(date)
}

/// `"(" mod-sequence-value ")"`
fn read_modseq(cursor: &mut Cursor<'_>) -> Result<Option<ModSeq>, Syntax> {
    expect_gap(cursor)?;
    let start = cursor.pos();
    cursor.expect_byte(b'(', "`(`")?;
    cursor.skip_stray_blanks();
    let word = cursor.expect_atom("a mod-sequence")?;
    cursor.skip_stray_blanks();
    cursor.expect_byte(b')', "`)`")?;
    let number = std::str::from_utf8(&word).ok().and_then(|word| word.parse().ok());
    let modseq = number.and_then(ModSeq::new);
    if modseq.is_none() {
        cursor.repaired_at(Quirk::OddModSeq, start);
    }
    Ok(modseq)
}

/// `"(" objectid ")"` (RFC 8474 section 7).
///
/// Wider than `objectid`: whatever is no blank and no parenthesis, of any length. Only its equality means something.
fn expect_object_id(cursor: &mut Cursor<'_>) -> Result<ObjectId, Syntax> {
    cursor.expect_byte(b'(', "`(`")?;
    cursor.skip_stray_blanks();
    let id = cursor.expect_atom("an object id")?;
    cursor.skip_stray_blanks();
    cursor.expect_byte(b')', "`)`")?;
    Ok(ObjectId::from_wire(id))
}

/// `SP ("(" objectid ")" / nil)`
fn read_thread_id(cursor: &mut Cursor<'_>) -> Result<Option<ObjectId>, Syntax> {
    expect_gap(cursor)?;
    if cursor.try_word("NIL") { Ok(None) } else { expect_object_id(cursor).map(Some) }
}

/// An unsigned number of 64 bits (Gmail).
fn read_gm_number(cursor: &mut Cursor<'_>) -> Result<u64, Syntax> {
    cursor.expect_sp()?;
    cursor.expect_number64("a number up to 18446744073709551615")
}

/// `"(" [astring *(SP astring)] ")"` (Gmail).
///
/// Wider than `astring`: `\` in front of a label of the system. `NIL` is left out.
fn read_labels(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Vec<GmLabel>, Syntax> {
    expect_gap(cursor)?;
    cursor.expect_byte(b'(', "a list of labels")?;
    let mut labels = Vec::new();
    while more_entries(cursor, Blanks::One)? {
        let start = cursor.pos();
        if cursor.try_word("NIL") {
            cursor.repaired_at(Quirk::NilLabel, start);
            continue;
        }
        let label = cursor.expect_astring("a label")?;
        labels.push(GmLabel::from_wire(label.into_bytes(), names));
    }
    Ok(labels)
}

/// Whether a value ends here: in front of what separates items, or with what ends a value by itself.
fn ends_item(cursor: &Cursor<'_>) -> bool {
    matches!(cursor.peek(), None | Some(b' ' | b'\t' | b')' | b'('))
        || matches!(cursor.last(), Some(b')' | b'"'))
        || (cursor.last().is_some_and(|octet| octet.is_ascii_digit()) && at_known_name(cursor))
        || cursor.at_line_end()
}

/// The value of a body, from behind its name.
fn read_body(
    cursor: &mut Cursor<'_>,
    end: PieceEnd,
    in_list: bool,
    body: BodyName,
) -> Result<ReadItem, Syntax> {
    let gap = cursor.pos();
    let blanks = cursor.skip_blanks();
    if end == PieceEnd::Literal && cursor.peek().is_none() {
        return Ok(ReadItem::Streams(body));
    }
    if cursor.peek() == Some(b')') || cursor.at_line_end() || at_known_name(cursor) {
        // What stands there belongs to the row, and is no mail.
        cursor.seek(gap);
        cursor.repaired(Quirk::MissingValue);
        return Ok(ReadItem::Whole(body.item(BodyData::Nil)));
    }
    match blanks {
        0 => cursor.repaired(Quirk::MissingBlank),
        1 => {}
        _ => cursor.repaired(Quirk::ExtraBlanks),
    }
    let literal = matches!(cursor.peek(), Some(b'{' | b'~'));
    let item = body.item(expect_nstring(cursor)?.map_or(BodyData::Nil, BodyData::Inline));
    if literal && !delimited(cursor, end, in_list) {
        return Ok(ReadItem::Undelimited(item));
    }
    if ends_item(cursor) { Ok(ReadItem::Whole(item)) } else { Err(cursor.expected("a blank or `)`")) }
}

/// The longest section that is kept as part of a name that is not known.
const SECTION_OCTETS: usize = 1024;

/// `[...]` and what directly follows it, as part of a name that is not known.
fn try_brackets(cursor: &mut Cursor<'_>) -> bool {
    if cursor.peek() != Some(b'[') {
        return false;
    }
    // Bounded, so that brackets without end do not each cost the whole line.
    let near = cursor.rest().get(..SECTION_OCTETS).unwrap_or(cursor.rest());
    match memchr::memchr3(b']', b'\r', b'\n', near) {
        Some(length) if near.get(length) == Some(&b']') => {
            cursor.take(length + 1);
            cursor.take_while(|octet| is_atom_octet(octet) && octet != b'{');
            true
        }
        _ => false,
    }
}

/// The value of an item that is not known; may be empty.
fn read_unknown(cursor: &mut Cursor<'_>, place: Place) -> Result<Bytes, Syntax> {
    let behind_name = cursor.pos();
    cursor.skip_blanks();
    let start = cursor.pos();
    if !place.behind_body && at_known_name(cursor) {
        cursor.seek(behind_name);
        return Ok(Bytes::new());
    }
    if place.end == PieceEnd::Literal && cursor.peek().is_none() || skip_rest(cursor).is_err() {
        return Err(Syntax { offset: start, expected: "a value" });
    }
    let value = cursor.since(start);
    if value.is_empty() {
        // The blanks are the row's.
        cursor.seek(behind_name);
    }
    Ok(value)
}

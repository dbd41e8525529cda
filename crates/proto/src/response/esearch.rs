//! `ESEARCH` (RFC 9051 section 7.3.4, RFC 4731 section 3.1, RFC 7162 section 3.1.10, RFC 9394 section 3.1).
//!
//! ```text
//! esearch-response   = "ESEARCH" [SP "(" "TAG" SP tag-string ")"] [SP "UID"] *(SP search-return-data)
//! search-return-data = "MIN" SP nz-number / "MAX" SP nz-number / "ALL" SP sequence-set / "COUNT" SP number /
//!                      "MODSEQ" SP mod-sequence-value / "PARTIAL" SP "(" partial-range SP partial-results ")" /
//!                      search-modifier-name SP tagged-ext-val
//! tag-string         = astring
//! ```
//!
//! Wider: blanks as they come, a name and its value in parentheses, known names with any value.

use std::num::NonZeroU32;

use crate::grammar::read::partial_range;
use crate::quirk::Quirk;
use crate::types::{ModSeq, NumberSet, PartialRange, SearchBy, SeqNum, SeqSet, Tag, Text, Uid};
use crate::wire::{Cursor, Encoder, Syntax};

use super::list::ExtendedItem;

/// What a search has found, as far as it was to be returned.
///
/// Sets are kept as ranges, whatever their size. The order in which the server sent them is lost; it has no meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedSearch {
    /// The command that it answers; `None` for what a server tells on its own, or forgot to say.
    pub tag: Option<Tag>,
    /// What messages are named by.
    pub by: SearchBy,
    /// What is told, in the server's order.
    pub data: Vec<SearchData>,
}

/// One thing that [`ExtendedSearch`] tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchData {
    /// `MIN`: the lowest number found.
    Min(FoundNumber),
    /// `MAX`: the highest number found.
    Max(FoundNumber),
    /// `ALL`: everything found. Where nothing was found, a server leaves it out.
    All(NumberSet),
    /// `COUNT`: how many messages were found.
    Count(u32),
    /// `MODSEQ`: the highest mod-sequence of the messages that are named.
    ModSeq(ModSeq),
    /// `PARTIAL`: some of what was found.
    Partial {
        /// What was asked for.
        range: PartialRange,
        /// What stands there; nothing for `NIL`.
        found: NumberSet,
    },
    /// Any other, or a known one with a value of another kind.
    Other(ExtendedItem),
}

/// A message that was found. Only [`ExtendedSearch::by`] tells what its number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FoundNumber(NonZeroU32);

impl FoundNumber {
    /// The message, where messages are named by UID.
    pub fn uid(self) -> Option<Uid> {
        Uid::new(self.0.get())
    }

    /// The message, where messages are named by sequence number.
    pub fn seq_num(self) -> Option<SeqNum> {
        SeqNum::new(self.0.get())
    }
}

impl From<Uid> for FoundNumber {
    fn from(uid: Uid) -> Self {
        Self(NonZeroU32::new(uid.value()).expect("a UID is never 0"))
    }
}

impl From<SeqNum> for FoundNumber {
    fn from(number: SeqNum) -> Self {
        Self(NonZeroU32::new(number.value()).expect("a message number is never 0"))
    }
}

impl ExtendedSearch {
    /// Everything found, if that was told; nothing found is not told.
    pub fn all(&self) -> Option<&NumberSet> {
        self.data.iter().find_map(|data| match data {
            SearchData::All(found) => Some(found),
            _ => None,
        })
    }

    /// How many messages were found, if that was told.
    pub fn count(&self) -> Option<u32> {
        self.data.iter().find_map(|data| match data {
            SearchData::Count(count) => Some(*count),
            _ => None,
        })
    }

    /// What stands behind `ESEARCH`, up to the end of the line.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Syntax> {
        let tag = try_correlator(cursor)?;
        let mut by = SearchBy::Numbers;
        let behind_tag = cursor.pos();
        if cursor.skip_blanks() > 0 && cursor.try_word("UID") {
            by = SearchBy::Uids;
        } else {
            cursor.seek(behind_tag);
        }
        let mut data = Vec::new();
        while !cursor.at_line_end() {
            cursor.expect_sp()?;
            if cursor.at_line_end() {
                cursor.repaired(Quirk::ExtraBlanks);
                break;
            }
            cursor.entry()?;
            data.push(parse_data(cursor)?);
        }
        Ok(Self { tag, by, data })
    }

    pub(super) fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("* ESEARCH");
        if let Some(tag) = &self.tag {
            encoder.raw(" (TAG ").string(tag.as_bytes()).raw(")");
        }
        if self.by == SearchBy::Uids {
            encoder.raw(" UID");
        }
        for data in &self.data {
            data.encode(encoder);
        }
    }
}

/// `[SP "(" "TAG" SP tag-string ")"]`
fn try_correlator(cursor: &mut Cursor<'_>) -> Result<Option<Tag>, Syntax> {
    let start = cursor.pos();
    cursor.skip_blanks();
    if !cursor.try_byte(b'(') {
        cursor.seek(start);
        return Ok(None);
    }
    cursor.skip_blanks();
    if !cursor.try_word("TAG") {
        cursor.seek(start);
        return Ok(None);
    }
    cursor.expect_sp()?;
    let offset = cursor.pos();
    let tag = cursor.expect_astring("a tag")?.into_bytes();
    let tag = Tag::new(tag).map_err(|_| Syntax { offset, expected: "a tag" })?;
    cursor.skip_stray_blanks();
    cursor.expect_byte(b')', "`)`")?;
    Ok(Some(tag))
}

/// `search-return-data`, maybe in parentheses.
fn parse_data(cursor: &mut Cursor<'_>) -> Result<SearchData, Syntax> {
    let start = cursor.pos();
    if !cursor.try_byte(b'(') {
        return SearchData::parse(cursor);
    }
    cursor.repaired_at(Quirk::ReturnInParentheses, start);
    cursor.skip_stray_blanks();
    let data = SearchData::parse(cursor)?;
    cursor.skip_stray_blanks();
    cursor.expect_byte(b')', "`)`")?;
    Ok(data)
}

impl SearchData {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Syntax> {
        let name: Text = cursor.expect_atom("what was to be returned")?.into();
        cursor.expect_sp()?;
        let start = cursor.pos();
        match Self::parse_known(&name, cursor) {
            Ok(Some(data)) => return Ok(data),
            Ok(None) => {}
            Err(_) => cursor.repaired_at(Quirk::OddSearchData, start),
        }
        cursor.seek(start);
        cursor.skip_value()?;
        Ok(Self::Other(ExtendedItem { name, value: cursor.since(start) }))
    }

    /// `None` if the name is not known.
    fn parse_known(name: &Text, cursor: &mut Cursor<'_>) -> Result<Option<Self>, Syntax> {
        let data = match name.as_bytes().to_ascii_uppercase().as_slice() {
            b"MIN" => Self::Min(FoundNumber(parse_number(cursor)?)),
            b"MAX" => Self::Max(FoundNumber(parse_number(cursor)?)),
            b"ALL" => Self::All(parse_set(cursor)?),
            b"COUNT" => Self::Count(cursor.expect_number("a number up to 4294967295")?),
            b"MODSEQ" => {
                let number = cursor.expect_number64("a mod-sequence")?;
                Self::ModSeq(ModSeq::new(number).ok_or_else(|| cursor.expected("a mod-sequence"))?)
            }
            b"PARTIAL" => parse_partial(cursor)?,
            _ => return Ok(None),
        };
        if cursor.at_line_end() || matches!(cursor.peek(), Some(b' ' | b')')) {
            Ok(Some(data))
        } else {
            Err(cursor.expected("a blank"))
        }
    }

    /// With the blank in front.
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Min(FoundNumber(number)) => encoder.raw(" MIN ").show(number),
            Self::Max(FoundNumber(number)) => encoder.raw(" MAX ").show(number),
            Self::All(found) if found.is_empty() => encoder,
            Self::All(found) => encoder.raw(" ALL ").show(found),
            Self::Count(count) => encoder.raw(" COUNT ").show(count),
            Self::ModSeq(modseq) => encoder.raw(" MODSEQ ").show(modseq),
            Self::Partial { range, found } => {
                encoder.raw(" PARTIAL (").show(range).sp();
                if found.is_empty() { encoder.raw("NIL)") } else { encoder.show(found).raw(")") }
            }
            Self::Other(ExtendedItem { name, value }) => {
                encoder.sp().token(name.as_bytes()).sp().verbatim(value)
            }
        };
    }
}

/// `"(" partial-range SP (sequence-set / "NIL") ")"`
fn parse_partial(cursor: &mut Cursor<'_>) -> Result<SearchData, Syntax> {
    cursor.expect_byte(b'(', "a range and what stands there")?;
    cursor.skip_stray_blanks();
    let range = partial_range(cursor)?;
    cursor.expect_sp()?;
    let found = if cursor.try_word("NIL") { NumberSet::default() } else { parse_set(cursor)? };
    cursor.skip_stray_blanks();
    cursor.expect_byte(b')', "`)`")?;
    Ok(SearchData::Partial { range, found })
}

/// `sequence-set` without `*`. Time is linear in what is read, and memory twice that, whatever the ranges hold.
fn parse_set(cursor: &mut Cursor<'_>) -> Result<NumberSet, Syntax> {
    let mut ranges = Vec::new();
    loop {
        let first = parse_number(cursor)?.get();
        let last = if cursor.try_byte(b':') { parse_number(cursor)?.get() } else { first };
        ranges.push((first.min(last), first.max(last)));
        if !cursor.try_byte(b',') {
            break;
        }
    }
    Ok(NumberSet::from(&SeqSet::from_number_ranges(ranges)))
}

fn parse_number(cursor: &mut Cursor<'_>) -> Result<NonZeroU32, Syntax> {
    const EXPECTED: &str = "a number from 1 to 4294967295";
    let start = cursor.pos();
    NonZeroU32::new(cursor.expect_number(EXPECTED)?).ok_or(Syntax { offset: start, expected: EXPECTED })
}

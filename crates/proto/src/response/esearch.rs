//! `ESEARCH` (RFC 9051 section 7.3.4, RFC 4731 section 3.1, RFC 7162 section 3.1.10, RFC 9394 section 3.1, RFC 7377
//! section 4).
//!
//! ```text
//! esearch-response   = "ESEARCH" [SP search-correlator] [SP "UID"] *(SP search-return-data)
//! search-correlator  = "(" one-correlator *(SP one-correlator) ")"
//! one-correlator     = "TAG" SP tag-string / "MAILBOX" SP astring / "UIDVALIDITY" SP nz-number
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
use crate::types::{
    MailboxName, ModSeq, NameEncoding, NumberSet, PartialRange, SearchBy, SeqNum, SeqSet, Tag, Text, Uid,
    UidValidity,
};
use crate::wire::{Cursor, Encoder, Syntax};

use super::list::ExtendedItem;

/// What a search has found, as far as it was to be returned.
///
/// Sets are kept as ranges, whatever their size. The order in which the server sent them is lost; it has no meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedSearch {
    /// The command that it answers; `None` for what a server tells on its own, or forgot to say.
    pub tag: Option<Tag>,
    /// Where the messages are, if that is not the selected mailbox: a search in several mailboxes tells it (RFC 7377
    /// section 2.1).
    pub mailbox: Option<SearchedMailbox>,
    /// What messages are named by.
    pub by: SearchBy,
    /// What is told, in the server's order.
    pub data: Vec<SearchData>,
}

/// A mailbox that was searched without being selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchedMailbox {
    /// Its name.
    pub name: MailboxName,
    /// The validity that the UIDs found in it belong to.
    pub uid_validity: Option<UidValidity>,
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
    pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        let Correlator { tag, mailbox, uid_validity } = Correlator::parse(cursor, names)?;
        let mailbox = mailbox.map(|name| SearchedMailbox { name, uid_validity });
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
        Ok(Self { tag, mailbox, by, data })
    }

    pub(super) fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        encoder.raw("* ESEARCH");
        match (&self.tag, &self.mailbox) {
            (None, None) => {}
            (Some(tag), None) => {
                encoder.raw(" (TAG ").string(tag.as_bytes()).raw(")");
            }
            (tag, Some(SearchedMailbox { name, uid_validity })) => {
                encoder.raw(" (");
                if let Some(tag) = tag {
                    encoder.raw("TAG ").string(tag.as_bytes()).sp();
                }
                encoder.raw("MAILBOX ").astring(&name.to_wire(names));
                if let Some(uid_validity) = uid_validity {
                    encoder.raw(" UIDVALIDITY ").show(uid_validity);
                }
                encoder.raw(")");
            }
        }
        if self.by == SearchBy::Uids {
            encoder.raw(" UID");
        }
        for data in &self.data {
            data.encode(encoder);
        }
    }
}

/// What stands in front of the results: which search this is, and where it has looked.
#[derive(Default)]
struct Correlator {
    tag: Option<Tag>,
    mailbox: Option<MailboxName>,
    uid_validity: Option<UidValidity>,
}

impl Correlator {
    /// `[SP "(" one-correlator *(SP one-correlator) ")"]`; ones that are not known are skipped.
    fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        let mut correlator = Self::default();
        let start = cursor.pos();
        cursor.skip_blanks();
        if !cursor.try_byte(b'(') {
            cursor.seek(start);
            return Ok(correlator);
        }
        let mut known = false;
        cursor.skip_blanks();
        while !cursor.try_byte(b')') {
            if cursor.try_word("TAG") {
                cursor.expect_sp()?;
                let offset = cursor.pos();
                let tag = cursor.expect_astring("a tag")?.into_bytes();
                correlator.tag = Some(Tag::new(tag).map_err(|_| Syntax { offset, expected: "a tag" })?);
            } else if cursor.try_word("MAILBOX") {
                cursor.expect_sp()?;
                let name = cursor.expect_astring("a mailbox name")?.into_bytes();
                correlator.mailbox = Some(MailboxName::from_wire(name, names));
            } else if cursor.try_word("UIDVALIDITY") {
                cursor.expect_sp()?;
                correlator.uid_validity = UidValidity::new(cursor.expect_number("a UIDVALIDITY")?);
            } else if known {
                cursor.expect_atom("what the results are about")?;
                cursor.expect_sp()?;
                cursor.skip_value()?;
            } else {
                // A result in parentheses.
                cursor.seek(start);
                return Ok(Self::default());
            }
            known = true;
            if cursor.peek() != Some(b')') {
                cursor.expect_sp()?;
            }
        }
        Ok(correlator)
    }
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

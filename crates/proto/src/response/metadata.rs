//! `METADATA` (RFC 5464 section 4.4).
//!
//! ```text
//! metadata-resp = "METADATA" SP mailbox SP (entry-values / entry-list)
//! entry-values  = "(" entry-value *(SP entry-value) ")"
//! entry-value   = entry SP value
//! entry-list    = entry *(SP entry)
//! value         = nstring / literal8
//! ```
//!
//! Wider: blanks as they come, an empty list of values, an atom as a value, and any string as the name of an entry.

use crate::types::{MetadataOwner, NameEncoding, NonEmpty, Text};
use crate::wire::{Cursor, Encoder, Syntax};

use super::string::{Blanks, expect_nstring, more_entries};

/// What a server tells of metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// What it is about.
    pub owner: MetadataOwner,
    /// What is told.
    pub told: MetadataTold,
}

/// The two forms of the response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataTold {
    /// What was asked for (RFC 5464 section 4.4.1), in the server's order. It may come in several responses.
    Values(Vec<MetadataValue>),
    /// Entries that somebody has changed (RFC 5464 section 4.4.2), told without being asked for, and without values.
    Changed(NonEmpty<Text>),
}

/// An entry and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataValue {
    /// The name, in any case.
    pub entry: Text,
    /// The value, any octets; `None` for `NIL`: there is none.
    pub value: Option<Text>,
}

/// What a code says of metadata (RFC 5464 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MetadataCode {
    /// `LONGENTRIES`: the largest value that was left out since `MAXSIZE` did not allow for it has so many octets.
    LongEntries(u32),
    /// `MAXSIZE`: a value may have so many octets.
    MaxSize(u32),
    /// `TOOMANY`: there are as many entries as there may be.
    TooMany,
    /// `NOPRIVATE`: there are no private entries.
    NoPrivate,
}

impl Metadata {
    /// What stands behind `METADATA`, up to the end of the line.
    pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        cursor.expect_sp()?;
        let owner = cursor.expect_astring("a mailbox name")?.into_bytes();
        let owner = MetadataOwner::from_wire(owner, names);
        cursor.expect_sp()?;
        let told = if cursor.try_byte(b'(') {
            let mut values = Vec::new();
            while more_entries(cursor, Blanks::One)? {
                let entry = parse_entry(cursor)?;
                cursor.expect_sp()?;
                values.push(MetadataValue { entry, value: expect_nstring(cursor)? });
            }
            MetadataTold::Values(values)
        } else {
            let mut entries = NonEmpty::one(parse_entry(cursor)?);
            while try_sp(cursor)? {
                entries = entries.and(parse_entry(cursor)?);
            }
            MetadataTold::Changed(entries)
        };
        Ok(Self { owner, told })
    }

    pub(super) fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        encoder.raw("* METADATA ").astring(&self.owner.to_wire(names));
        match &self.told {
            MetadataTold::Values(values) => {
                encoder.sp().list(values, |encoder, MetadataValue { entry, value }| {
                    encoder.astring(entry.as_bytes()).sp().nstring8(value.as_ref().map(Text::as_bytes));
                });
            }
            MetadataTold::Changed(entries) => {
                for entry in entries {
                    encoder.sp().astring(entry.as_bytes());
                }
            }
        }
    }
}

impl MetadataCode {
    /// What stands behind `METADATA` in a code.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Syntax> {
        const OCTETS: &str = "a number of octets";
        cursor.expect_sp()?;
        if cursor.try_word("LONGENTRIES") {
            cursor.expect_sp()?;
            cursor.expect_number(OCTETS).map(Self::LongEntries)
        } else if cursor.try_word("MAXSIZE") {
            cursor.expect_sp()?;
            cursor.expect_number(OCTETS).map(Self::MaxSize)
        } else if cursor.try_word("TOOMANY") {
            Ok(Self::TooMany)
        } else if cursor.try_word("NOPRIVATE") {
            Ok(Self::NoPrivate)
        } else {
            Err(cursor.expected("what is said of metadata"))
        }
    }

    pub(super) fn encode(self, encoder: &mut Encoder) {
        encoder.raw("METADATA ");
        match self {
            Self::LongEntries(octets) => encoder.raw("LONGENTRIES ").show(octets),
            Self::MaxSize(octets) => encoder.raw("MAXSIZE ").show(octets),
            Self::TooMany => encoder.raw("TOOMANY"),
            Self::NoPrivate => encoder.raw("NOPRIVATE"),
        };
    }
}

fn parse_entry(cursor: &mut Cursor<'_>) -> Result<Text, Syntax> {
    cursor.expect_astring("the name of an entry")
}

/// Whether another entry follows; the blank in front of it is consumed, blanks at the end of the line are not.
fn try_sp(cursor: &mut Cursor<'_>) -> Result<bool, Syntax> {
    let behind = cursor.pos();
    cursor.skip_blanks();
    let ends = cursor.at_line_end();
    cursor.seek(behind);
    if !ends {
        cursor.expect_sp()?;
        cursor.entry()?;
    }
    Ok(!ends)
}

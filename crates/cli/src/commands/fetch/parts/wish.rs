//! What is asked of a server for a text, and how its answer is known.

use std::num::NonZeroU32;

use tayori_client::{FetchAttribute, Row};
use tayori_mime::{OutlinePart, TransferEncoding};
use tayori_proto::command::Peek;
use tayori_proto::response::{BodyData, BodyName, FetchItem};
use tayori_proto::types::{BodyPart, Partial, Section, Text};

use super::names::part_number;

/// A text that is wanted, and what is undone of it. Messages with equal wishes are asked in one command.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Wish {
    section: Section,
    partial: Option<Partial>,
    pub(super) undo: Undo,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Undo {
    /// Octets, into a file or to stdout.
    Transfer(TransferEncoding),
    /// Text for reading, in memory.
    Text { encoding: Option<Text>, charset: Option<Text> },
    /// Octets in memory.
    Nothing,
}

/// Octets that are asked for of a part for reading: what [`MOST_TEXT`](super::taking::MOST_TEXT) takes when each octet
/// is encoded as three.
const MOST_ASKED: NonZeroU32 = NonZeroU32::MIN.saturating_add((12 << 20) - 1);

impl Wish {
    pub(super) fn header() -> Self {
        Self { section: Section::header(), partial: None, undo: Undo::Nothing }
    }

    pub(super) fn octets(section: Section, encoding: TransferEncoding) -> Self {
        Self { section, partial: None, undo: Undo::Transfer(encoding) }
    }

    /// A part for reading; of a very large one only its beginning is asked for.
    pub(super) fn text(part: &OutlinePart<'_>, leaf: &BodyPart) -> Self {
        let charset =
            leaf.fields.parameters.iter().find(|parameter| parameter.name.eq_ignore_case(b"charset"));
        let is_large = leaf.fields.octets.is_none_or(|octets| octets > u64::from(MOST_ASKED.get()));
        let lower = |text: &Text| Text::from(text.as_bytes().to_ascii_lowercase());
        Self {
            section: part.section.clone(),
            partial: is_large.then_some(Partial { origin: 0, length: MOST_ASKED }),
            undo: Undo::Text {
                encoding: leaf.fields.encoding.as_ref().map(lower),
                charset: charset.map(|parameter| lower(&parameter.value)),
            },
        }
    }

    /// What a server is asked, without marking the message as read.
    pub(super) fn attribute(&self) -> FetchAttribute {
        FetchAttribute::Section { section: self.section.clone(), partial: self.partial, peek: Peek::Peek }
    }

    /// How many octets are asked for, where it is not all.
    pub(super) fn asked(&self) -> Option<u64> {
        self.partial.map(|partial| u64::from(partial.length.get()))
    }

    /// The number of the part, as people write it.
    pub(super) fn number(&self) -> String {
        part_number(&self.section)
    }

    /// Whether this is the body that was wished for. A server may send all where a slice was asked for.
    pub(super) fn is(&self, name: &BodyName) -> bool {
        match name {
            BodyName::Section { section, origin } => {
                section.is_same_as(&self.section)
                    && (origin.is_none() || (*origin == Some(0) && self.partial.is_some()))
            }
            _ => false,
        }
    }

    /// Whether the row says that there is nothing.
    pub(super) fn is_nil_in(&self, row: &Row) -> bool {
        let bodies = row.items.iter().filter_map(FetchItem::as_body);
        bodies.into_iter().any(|(name, data)| self.is(&name) && *data == BodyData::Nil)
    }
}

//! Where a section is: `BODY[1.2.HEADER]` (RFC 9051 section 6.4.5.1).

use std::ops::Range;

use tayori_proto::types::{PartPath, Section, SectionText};

use super::entity::{Content, Entity};
use super::{Part, Structure};
use crate::header::HeaderFilter;

/// Where the octets of a section are in the message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// These octets as they are.
    Octets(Range<u64>),
    /// Some fields of a header.
    Fields {
        /// The header with its blank line.
        header: Range<u64>,
        /// Which of its fields.
        filter: HeaderFilter,
    },
}

impl Structure {
    /// Where a section is; `None` for what the message has not, such as part 3 of two or the header of an image.
    pub fn locate(&self, section: &Section) -> Option<Location> {
        let entity = self.entity(&section.path)?;
        let is_whole = section.path.0.is_empty();
        let range = match &section.text {
            None if is_whole => 0..self.size,
            None => entity.body.clone(),
            Some(SectionText::Mime) if is_whole => return None,
            Some(SectionText::Mime) => entity.header.clone(),
            Some(text) => {
                let message = if is_whole { entity } else { self.message_in(entity)? };
                let header = message.header.clone();
                match text {
                    SectionText::Text => message.body.clone(),
                    SectionText::HeaderFields(names) => {
                        return Some(Location::Fields { header, filter: HeaderFilter::only(names) });
                    }
                    SectionText::HeaderFieldsNot(names) => {
                        return Some(Location::Fields { header, filter: HeaderFilter::all_but(names) });
                    }
                    SectionText::Header | SectionText::Mime => header,
                }
            }
        };
        Some(Location::Octets(range))
    }

    /// The part with this number; the message itself for the empty path.
    pub fn part(&self, path: &PartPath) -> Option<Part<'_>> {
        self.entity(path).map(Part)
    }

    fn entity(&self, path: &PartPath) -> Option<&Entity> {
        let mut numbers = path.0.iter();
        let mut entity = &self.entities[0];
        // The message itself is numbered as one inside a part is.
        let Some(first) = numbers.next() else { return Some(entity) };
        entity = self.part_of_message(entity, first.get())?;
        for number in numbers {
            entity = match &entity.content {
                Content::Multipart(parts) => self.nth(parts, number.get())?,
                &Content::Message(message) => self.part_of_message(&self.entities[message], number.get())?,
                Content::Leaf => return None,
            };
        }
        Some(entity)
    }

    /// Part `number` of a message: one of its parts if it is a multipart, else its body, which is part 1.
    fn part_of_message<'a>(&'a self, message: &'a Entity, number: u32) -> Option<&'a Entity> {
        match &message.content {
            Content::Multipart(parts) => self.nth(parts, number),
            Content::Message(_) | Content::Leaf => (number == 1).then_some(message),
        }
    }

    fn nth(&self, parts: &[usize], number: u32) -> Option<&Entity> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        parts.get(index).map(|&part| &self.entities[part])
    }

    fn message_in(&self, entity: &Entity) -> Option<&Entity> {
        match entity.content {
            Content::Message(message) => Some(&self.entities[message]),
            Content::Multipart(_) | Content::Leaf => None,
        }
    }
}

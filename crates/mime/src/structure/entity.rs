//! One entity (RFC 2045 section 2.4): a message or a part, with what its header says.

use std::ops::Range;

use tayori_proto::types::{Disposition, Envelope, Language, Text};

use crate::header::{ContentType, Field, Fields, disposition, encoding, envelope, language};
use crate::limits::Budget;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entity {
    pub(super) header: Range<u64>,
    pub(super) body: Range<u64>,
    pub(super) lines: u64,
    pub(super) media: ContentType,
    pub(super) encoding: Option<Text>,
    pub(super) id: Option<Text>,
    pub(super) description: Option<Text>,
    pub(super) md5: Option<Text>,
    pub(super) disposition: Option<Disposition>,
    pub(super) language: Language,
    pub(super) location: Option<Text>,
    /// Of a message, once its header is read.
    pub(super) envelope: Option<Box<Envelope>>,
    pub(super) content: Content,
}

/// What an entity holds, by index into the entities of its structure; those it holds stand behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Leaf,
    Multipart(Vec<usize>),
    Message(usize),
}

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Message,
    Part,
    /// A part that is a message where its header does not say what it is.
    DigestPart,
}

impl Entity {
    /// One whose header begins here.
    pub(super) fn at(start: u64) -> Self {
        Self {
            header: start..start,
            body: start..start,
            lines: 0,
            media: ContentType::text(),
            encoding: None,
            id: None,
            description: None,
            md5: None,
            disposition: None,
            language: Vec::new(),
            location: None,
            envelope: None,
            content: Content::Leaf,
        }
    }

    /// Takes over what the header says.
    pub(super) fn describe(&mut self, fields: &Fields, role: Role, budget: &mut Budget) {
        let value = |field| fields.value(field).filter(|value| !value.is_empty());
        let media = value(Field::ContentType).and_then(|value| ContentType::parse(value, budget));
        self.media = media.unwrap_or_else(|| match role {
            Role::DigestPart => ContentType::message(),
            Role::Message | Role::Part => ContentType::text(),
        });
        self.encoding = value(Field::ContentTransferEncoding).and_then(|value| encoding(value, budget));
        self.disposition = value(Field::ContentDisposition).and_then(|value| disposition(value, budget));
        self.language = value(Field::ContentLanguage).map_or_else(Vec::new, |value| language(value, budget));
        let mut text = |field| {
            let value = value(field).filter(|value| budget.charge(value.len()))?;
            Some(Text::from(value.to_vec()))
        };
        self.id = text(Field::ContentId);
        self.description = text(Field::ContentDescription);
        self.md5 = text(Field::ContentMd5);
        self.location = text(Field::ContentLocation);
        if role == Role::Message {
            self.envelope = Some(Box::new(envelope(fields, budget)));
        }
    }

    pub(super) fn is_multipart(&self) -> bool {
        self.media.is_kind("multipart")
    }

    /// Whether its body can be read without undoing an encoding. RFC 2046 section 5.2.1 forbids any other for a message
    /// inside a message, RFC 6532 section 3.7 allows them.
    pub(super) fn is_readable(&self) -> bool {
        self.encoding.as_ref().is_none_or(|encoding| {
            ["7bit", "8bit", "binary"].iter().any(|plain| encoding.eq_ignore_case(plain.as_bytes()))
        })
    }

    /// The boundary of a multipart, unless it has none.
    pub(super) fn boundary(&self) -> Option<&[u8]> {
        let boundary = self.media.parameter("boundary")?.as_bytes().trim_ascii_end();
        (!boundary.is_empty()).then_some(boundary)
    }
}

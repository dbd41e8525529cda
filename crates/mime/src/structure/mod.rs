//! The structure of a message: where its parts are and what their headers say.

mod body;
mod boundaries;
mod entity;
mod line;
mod locate;
mod parser;

use std::ops::Range;

use tayori_proto::types::{Envelope, Text};

pub use body::Extensions;
pub use locate::Location;
pub use parser::StructureParser;

use crate::limits::Limits;
use entity::{Content, Entity};

/// The structure of one message: a tree of parts with their places in the message.
///
/// Places are offsets in octets from the first octet of the message. They lie inside the message and inside those of
/// the part around them; a header is followed by its body without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure {
    /// In the order of their first octets; the first is the message itself.
    entities: Vec<Entity>,
    size: u64,
}

impl Structure {
    /// The structure of a message that is in memory, under the default limits.
    ///
    /// [`StructureParser`] reads one that comes in pieces.
    pub fn of(message: &[u8]) -> Self {
        let mut parser = StructureParser::new(Limits::default());
        parser.feed(message);
        parser.finish()
    }

    /// Size of the message in octets, `RFC822.SIZE`.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The envelope of the message (RFC 9051 section 7.5.2, ENVELOPE).
    pub fn envelope(&self) -> &Envelope {
        self.entities[0]
            .envelope
            .as_deref()
            .expect("the first is a message, and the parser has ended its header")
    }

    /// All parts in the order of their first octets: the message itself first, multiparts before what they hold, a part
    /// that holds a message before that message.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.entities.iter().map(Part)
    }

    /// The parts that hold content: neither multiparts nor messages. Each octet of content is in one of them.
    pub fn leaves(&self) -> impl Iterator<Item = Part<'_>> {
        self.parts().filter(|part| part.kind() == PartKind::Leaf)
    }
}

/// What a part holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Content: text, an image, or anything that is not read further.
    Leaf,
    /// Parts.
    Multipart,
    /// A message.
    Message,
}

/// One part of a [`Structure`]: the message itself, a part of a multipart, or a message inside a part.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a>(&'a Entity);

impl<'a> Part<'a> {
    /// What it holds.
    pub fn kind(self) -> PartKind {
        match self.0.content {
            Content::Leaf => PartKind::Leaf,
            Content::Multipart(_) => PartKind::Multipart,
            Content::Message(_) => PartKind::Message,
        }
    }

    /// Its header with the blank line behind it. Empty for what has none.
    pub fn header(self) -> Range<u64> {
        self.0.header.clone()
    }

    /// Its body, as transferred: not decoded.
    pub fn body(self) -> Range<u64> {
        self.0.body.clone()
    }

    /// Line ends in its body.
    pub fn lines(self) -> u64 {
        self.0.lines
    }

    /// The type, such as `text`, as it was written; `text/plain` where nothing was (RFC 2045 section 5.2).
    pub fn media_type(self) -> &'a Text {
        &self.0.media.kind
    }

    /// The subtype, such as `plain`, as it was written.
    pub fn media_subtype(self) -> &'a Text {
        &self.0.media.subtype
    }

    /// Whether the type is this one, in any case: `is_type("text")`.
    pub fn is_type(self, media_type: &str) -> bool {
        self.0.media.is_kind(media_type)
    }

    /// The parameter of `Content-Type` with this name in any case, raw.
    pub fn parameter(self, name: &str) -> Option<&'a Text> {
        self.0.media.parameter(name)
    }

    /// The charset as it was written; `None` where none was, which RFC 2046 section 4.1.2 reads as US-ASCII.
    pub fn charset(self) -> Option<&'a Text> {
        self.parameter("charset")
    }

    /// `Content-Transfer-Encoding`, as it was written; `None` where nothing was, which is `7bit`.
    pub fn encoding(self) -> Option<&'a Text> {
        self.0.encoding.as_ref()
    }

    /// The envelope, for the message itself and messages inside it.
    pub fn envelope(self) -> Option<&'a Envelope> {
        self.0.envelope.as_deref()
    }
}

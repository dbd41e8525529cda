use std::num::NonZeroU32;

use super::Text;

/// The number of a part, such as `1.2` (RFC 9051 section 6.4.5.1). Empty for the message itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartPath(pub Vec<NonZeroU32>);

/// Which text of a message or part (RFC 9051 section 6.4.5.1, `section-spec`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Section {
    /// The part; empty for the message itself.
    pub path: PartPath,
    /// What of it, or `None` for the whole: `BODY[]`, `BODY[1.2]`.
    pub text: Option<SectionText>,
}

/// What of a message or part a section names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SectionText {
    /// `HEADER`
    Header,
    /// `HEADER.FIELDS (...)`: these header fields, at least one.
    HeaderFields(Vec<Text>),
    /// `HEADER.FIELDS.NOT (...)`: all but these, at least one.
    HeaderFieldsNot(Vec<Text>),
    /// `TEXT`: the body without the header.
    Text,
    /// `MIME`: the header of the part itself; never without a part number.
    Mime,
}

impl Section {
    /// The whole message: `BODY[]`.
    pub const fn full() -> Self {
        Self { path: PartPath(Vec::new()), text: None }
    }

    /// The header of the message: `BODY[HEADER]`.
    pub const fn header() -> Self {
        Self { path: PartPath(Vec::new()), text: Some(SectionText::Header) }
    }

    /// Whether both name the same text; servers write the names of header fields in a case of their own.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let same = |ours: &[Text], theirs: &[Text]| {
            let same = |(ours, theirs): (&Text, &Text)| ours.eq_ignore_case(theirs.as_bytes());
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(same)
        };
        self.path == other.path
            && match (&self.text, &other.text) {
                (Some(SectionText::HeaderFields(ours)), Some(SectionText::HeaderFields(theirs)))
                | (Some(SectionText::HeaderFieldsNot(ours)), Some(SectionText::HeaderFieldsNot(theirs))) => {
                    same(ours, theirs)
                }
                (ours, theirs) => ours == theirs,
            }
    }

    /// Whether this is the whole message.
    pub fn is_full(&self) -> bool {
        self.path.0.is_empty() && self.text.is_none()
    }
}

/// A slice of a section: `<origin.length>` (RFC 9051 section 6.4.5, `partial`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Partial {
    /// The first octet, from 0.
    pub origin: u32,
    /// At most this many octets.
    pub length: NonZeroU32,
}

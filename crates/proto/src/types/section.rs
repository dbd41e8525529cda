use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use super::Text;

/// The number of a part, such as `1.2` (RFC 9051 section 6.4.5.1). Empty for the message itself.
///
/// ```
/// use tayori_proto::types::PartPath;
///
/// let path: PartPath = "1.2".parse()?;
/// assert_eq!(path.0.len(), 2);
/// assert_eq!(path.to_string(), "1.2");
/// # Ok::<(), tayori_proto::types::PartPathError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartPath(pub Vec<NonZeroU32>);

impl fmt::Display for PartPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}{part}")?;
        }
        Ok(())
    }
}

/// `section-part` (RFC 9051 section 9), or nothing for the message itself.
impl FromStr for PartPath {
    type Err = PartPathError;

    fn from_str(text: &str) -> Result<Self, PartPathError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let mut index = 0;
        let mut path = Vec::new();
        for number in text.split('.') {
            // `u32::from_str` would take a sign.
            let part = if number.starts_with('+') { None } else { number.parse().ok() };
            path.push(part.ok_or(PartPathError { index })?);
            index += number.len() + 1;
        }
        Ok(Self(path))
    }
}

/// Why a text is not the number of a part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a number from 1 to 4294967295 at index {index}")]
pub struct PartPathError {
    /// Where, in octets.
    pub index: usize,
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&[u32], usize>) {
        let found = text.parse::<PartPath>();
        if let Ok(path) = &found {
            assert_eq!(path.to_string(), text);
        }
        let found = found.map(|path| path.0.iter().map(|part| part.get()).collect::<Vec<_>>());
        assert_eq!(found.map_err(|error| error.index), expected.map(<[u32]>::to_vec), "{text}");
    }

    #[test]
    fn parts_by_their_numbers() {
        check("", Ok(&[]));
        check("1", Ok(&[1]));
        check("4.2.1", Ok(&[4, 2, 1]));
        check("4294967295", Ok(&[u32::MAX]));
        check("0", Err(0));
        check("1.", Err(2));
        check(".1", Err(0));
        check("1..2", Err(2));
        check("12.+3", Err(3));
        check("1.-3", Err(2));
        check("1.4294967296", Err(2));
        check("1.TEXT", Err(2));
        check(" 1", Err(0));
    }
}

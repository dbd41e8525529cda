use std::fmt;

use bytes::Bytes;

use super::Text;

/// The identity of a mailbox, a message or a thread that outlives names and UIDs (RFC 8474 section 2).
///
/// Only its equality means something. One that was read from a server may break the rules of [`ObjectId::new`]: it
/// holds whatever stood in the parentheses, without a blank or a parenthesis.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(Text);

impl ObjectId {
    /// The longest one, in octets (RFC 8474 section 7).
    pub const MAX_OCTETS: usize = 255;

    /// An id to send: letters, digits, `-` and `_` (RFC 8474 section 7, `objectid`).
    pub fn new(octets: impl Into<Bytes>) -> Result<Self, ObjectIdError> {
        let octets = octets.into();
        let allowed = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
        if octets.is_empty() || octets.len() > Self::MAX_OCTETS {
            return Err(ObjectIdError::Length { octets: octets.len() });
        }
        match octets.iter().position(|octet| !allowed(octet)) {
            Some(index) => Err(ObjectIdError::NotAllowed { index }),
            None => Ok(Self(octets.into())),
        }
    }

    /// The id that a server sent.
    pub(crate) fn from_wire(octets: Bytes) -> Self {
        Self(octets.into())
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The id as text.
    pub fn as_text(&self) -> &Text {
        &self.0
    }
}

impl TryFrom<&str> for ObjectId {
    type Error = ObjectIdError;

    fn try_from(text: &str) -> Result<Self, ObjectIdError> {
        Self::new(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why octets are no object id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectIdError {
    /// None, or more than [`ObjectId::MAX_OCTETS`].
    #[error("{octets} octets, where 1 to {} are needed", ObjectId::MAX_OCTETS)]
    Length {
        /// How many there are.
        octets: usize,
    },
    /// An octet that is no letter, no digit, no `-` and no `_`.
    #[error("the octet at index {index} is not allowed in an object id")]
    NotAllowed {
        /// Where it stands.
        index: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_sent() {
        for id in ["F2212ea87-6097-4256-9d51-71338625", "27", "T_-", &"a".repeat(255)] {
            assert_eq!(ObjectId::try_from(id).unwrap().as_bytes(), id.as_bytes());
        }
        for (id, index) in [("a b", 1), ("a)", 1), ("\u{e4}", 0), ("ab\0", 2)] {
            assert_eq!(ObjectId::try_from(id), Err(ObjectIdError::NotAllowed { index }), "{id}");
        }
        for length in [0, 256] {
            let error = ObjectId::try_from(&*"a".repeat(length)).unwrap_err();
            assert_eq!(error, ObjectIdError::Length { octets: length });
        }
    }
}

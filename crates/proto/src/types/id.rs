use super::Text;

/// What a program says of itself in `ID`: fields and their values, in their order (RFC 2971 section 3.3).
///
/// Without a field it is `NIL`: the program wants to say nothing. What is read from a peer has
/// [`IdParameters::MAX_PAIRS`] pairs at most, and may break the other rules of [`IdParameters::new`]. It is for people
/// and logs alone: no behaviour may depend on it (RFC 2971 section 3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct IdParameters {
    /// At most [`IdParameters::MAX_PAIRS`].
    pairs: Vec<(Text, Option<Text>)>,
}

impl IdParameters {
    /// How many fields a program may send (RFC 2971 section 3.3).
    pub const MAX_PAIRS: usize = 30;
    /// How long the name of a field may be, in octets (RFC 2971 section 3.3).
    pub const MAX_FIELD_OCTETS: usize = 30;
    /// How long a value may be, in octets (RFC 2971 section 3.3).
    pub const MAX_VALUE_OCTETS: usize = 1024;

    /// Nothing: `NIL`.
    pub const fn none() -> Self {
        Self { pairs: Vec::new() }
    }

    /// The same without the fields that have no value.
    #[must_use]
    pub fn with_values(&self) -> Self {
        Self { pairs: self.pairs.iter().filter(|(_, value)| value.is_some()).cloned().collect() }
    }

    /// Fields to send, such as `name` and `version`; a value of `None` is sent as `NIL`.
    ///
    /// ```
    /// use tayori_proto::types::IdParameters;
    ///
    /// let parameters = IdParameters::new([("name", Some("example")), ("support-url", None)])?;
    /// assert_eq!(parameters.value("NAME").and_then(|name| name.as_str()), Some("example"));
    /// # Ok::<(), tayori_proto::types::IdError>(())
    /// ```
    pub fn new<F: Into<Text>, V: Into<Text>>(
        pairs: impl IntoIterator<Item = (F, Option<V>)>,
    ) -> Result<Self, IdError> {
        let mut parameters = Self::none();
        for (index, (field, value)) in pairs.into_iter().enumerate() {
            let (field, value) = (field.into(), value.map(Into::into));
            let holds_nul = |text: &Text| text.as_bytes().contains(&0);
            if index >= Self::MAX_PAIRS {
                return Err(IdError::TooManyPairs);
            }
            if field.len() > Self::MAX_FIELD_OCTETS {
                return Err(IdError::LongField { index });
            }
            if value.as_ref().is_some_and(|value| value.len() > Self::MAX_VALUE_OCTETS) {
                return Err(IdError::LongValue { index });
            }
            if holds_nul(&field) || value.as_ref().is_some_and(holds_nul) {
                return Err(IdError::Nul { index });
            }
            if parameters.iter().any(|(known, _)| known.eq_ignore_case(field.as_bytes())) {
                return Err(IdError::RepeatedField { index });
            }
            parameters.pairs.push((field, value));
        }
        Ok(parameters)
    }

    /// Adds a pair that a peer sent. Says whether there was room for it.
    pub(crate) fn push_received(&mut self, field: Text, value: Option<Text>) -> bool {
        let room = self.pairs.len() < Self::MAX_PAIRS;
        if room {
            self.pairs.push((field, value));
        }
        room
    }

    /// The value of a field, whose name is compared without regard to case; `None` also for `NIL`.
    pub fn value(&self, field: &str) -> Option<&Text> {
        let mut found = self.pairs.iter().filter(|(known, _)| known.eq_ignore_case(field.as_bytes()));
        found.find_map(|(_, value)| value.as_ref())
    }

    /// All fields with their values, in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Text, Option<Text>)> {
        self.pairs.iter()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

impl<'a> IntoIterator for &'a IdParameters {
    type Item = &'a (Text, Option<Text>);
    type IntoIter = std::slice::Iter<'a, (Text, Option<Text>)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Why fields cannot be sent with `ID` (RFC 2971 section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// There are more than [`IdParameters::MAX_PAIRS`].
    #[error("more than {} fields", IdParameters::MAX_PAIRS)]
    TooManyPairs,
    /// The name of a field is longer than [`IdParameters::MAX_FIELD_OCTETS`].
    #[error("the name of field {index} has more than {} octets", IdParameters::MAX_FIELD_OCTETS)]
    LongField {
        /// Which, counted from 0.
        index: usize,
    },
    /// A value is longer than [`IdParameters::MAX_VALUE_OCTETS`].
    #[error("the value of field {index} has more than {} octets", IdParameters::MAX_VALUE_OCTETS)]
    LongValue {
        /// Which, counted from 0.
        index: usize,
    },
    /// A name or a value holds NUL, which IMAP strings cannot.
    #[error("field {index} holds NUL, which IMAP strings cannot hold")]
    Nul {
        /// Which, counted from 0.
        index: usize,
    },
    /// A field has the name of an earlier one.
    #[error("field {index} has the name of an earlier one")]
    RepeatedField {
        /// Which, counted from 0.
        index: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_rfc_forbids_cannot_be_sent() {
        let new = |pairs: Vec<(String, Option<String>)>| IdParameters::new(pairs);
        let pair = |field: &str, value: &str| (field.to_owned(), Some(value.to_owned()));
        let numbered = |count: usize| (0..count).map(|n| (n.to_string(), None)).collect::<Vec<_>>();
        assert_eq!(new(numbered(30)).map(|parameters| parameters.iter().count()), Ok(30));
        assert_eq!(new(numbered(31)), Err(IdError::TooManyPairs));
        assert!(new(vec![pair(&"n".repeat(30), &"v".repeat(1024))]).is_ok());
        assert_eq!(new(vec![pair("a", ""), pair(&"n".repeat(31), "")]), Err(IdError::LongField { index: 1 }));
        assert_eq!(new(vec![pair("a", &"v".repeat(1025))]), Err(IdError::LongValue { index: 0 }));
        assert_eq!(new(vec![pair("a\0", "")]), Err(IdError::Nul { index: 0 }));
        assert_eq!(new(vec![pair("a", "\0")]), Err(IdError::Nul { index: 0 }));
        assert_eq!(new(vec![pair("name", ""), pair("Name", "")]), Err(IdError::RepeatedField { index: 1 }));
    }

    #[test]
    fn a_value_is_found_under_its_name_in_any_case() {
        let parameters = IdParameters::new([("Name", Some("x")), ("version", None)]).unwrap();
        assert_eq!(parameters.value("name").and_then(Text::as_str), Some("x"));
        assert_eq!((parameters.value("version"), parameters.value("os")), (None, None));
        assert!(!parameters.is_empty() && IdParameters::none().is_empty());
    }
}

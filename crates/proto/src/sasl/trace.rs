use super::prepare;

/// What somebody who logs in without a name leaves behind (RFC 4505 section 2): a mail address, a word without `@`, or
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Trace(String);

/// `token = 1*255TCHAR`; a mail address is not longer either (RFC 5321 section 4.5.3.1 has 254 octets).
const CHARACTERS: usize = 255;

impl Trace {
    /// A trace from its text, which may be empty. It is checked by the `trace` profile of stringprep (RFC 4505 section
    /// 3).
    pub fn new(text: impl Into<String>) -> Result<Self, TraceError> {
        let text = text.into();
        if text.chars().count() > CHARACTERS {
            return Err(TraceError::TooLong);
        }
        if let Some((local, domain)) = text.rsplit_once('@')
            && (local.is_empty() || domain.is_empty())
        {
            return Err(TraceError::Address);
        }
        if prepare::is_trace(&text) { Ok(Self(text)) } else { Err(TraceError::Character) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not a [`Trace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// It is too long.
    #[error("more than {CHARACTERS} characters")]
    TooLong,
    /// It has an `@` and is no mail address.
    #[error("an @ with nothing in front of it or behind it")]
    Address,
    /// It has a character that does not belong into text, or right-to-left and left-to-right ones mixed.
    #[error("characters that do not belong into text")]
    Character,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_of_the_grammar() {
        for text in ["", "sirhc", "ann@example.org", "\u{65e5}\u{672c} \u{1f600}", &"x".repeat(255)] {
            assert_eq!(Trace::new(text).unwrap().as_str(), text);
        }
        for (text, error) in [
            (&*"x".repeat(256), TraceError::TooLong),
            ("@example.org", TraceError::Address),
            ("ann@", TraceError::Address),
            ("a\nb", TraceError::Character),
            ("\u{e000}", TraceError::Character),
            ("\u{627}1", TraceError::Character),
        ] {
            assert_eq!(Trace::new(text), Err(error), "{text:?}");
        }
    }
}

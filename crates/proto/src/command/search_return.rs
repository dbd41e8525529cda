use super::{RawValue, raw_value, read};
use crate::grammar::read::partial_range;
use crate::types::{Atom, PartialRange};
use crate::wire::{Cursor, Encoder, Syntax};

/// What a `SEARCH` is to return (RFC 9051 section 6.4.4, RFC 4731 section 3.1): each option once, in the order in which
/// they are sent.
///
/// Nothing asked for is the same as [`SearchOption::All`], and is sent as that.
///
/// ```
/// use tayori_proto::command::{SearchOption, SearchReturn, SearchReturnError};
///
/// let returns = SearchReturn::new(vec![SearchOption::Partial("-1:-100".parse()?), SearchOption::All]);
/// assert_eq!(returns, Err(SearchReturnError::AllAndPartial));
/// # Ok::<(), tayori_proto::types::PartialRangeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchReturn {
    /// Never empty; none twice; not both `ALL` and `PARTIAL`.
    options: Vec<SearchOption>,
}

/// One option of [`SearchReturn`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchOption {
    /// `MIN`: the lowest number found.
    Min,
    /// `MAX`: the highest number found.
    Max,
    /// `ALL`: everything found, as a set.
    All,
    /// `COUNT`: how many were found.
    Count,
    /// `SAVE`: keep what was found under `$` (RFC 5182 section 2.1). Alone it asks for no answer.
    Save,
    /// `PARTIAL`: some of what was found, by its place (RFC 9394 section 3.1).
    Partial(PartialRange),
    /// Any other, sent as it is.
    Other {
        /// Its name.
        name: Atom,
        /// What follows the name.
        value: Option<RawValue>,
    },
}

impl SearchReturn {
    /// These; a repeated one counts once.
    pub fn new(options: Vec<SearchOption>) -> Result<Self, SearchReturnError> {
        let mut kept: Vec<SearchOption> = Vec::new();
        for option in options {
            // So few that looking through them costs nothing.
            if kept.len() >= MOST_OPTIONS {
                return Err(SearchReturnError::TooMany);
            }
            if kept.contains(&option) {
                continue;
            }
            for other in &kept {
                match (other, &option) {
                    (SearchOption::Partial(_), SearchOption::Partial(_)) => {
                        return Err(SearchReturnError::TwoPartials);
                    }
                    (SearchOption::Partial(_), SearchOption::All)
                    | (SearchOption::All, SearchOption::Partial(_)) => {
                        return Err(SearchReturnError::AllAndPartial);
                    }
                    _ => {}
                }
            }
            kept.push(option);
        }
        if kept.is_empty() {
            kept.push(SearchOption::All);
        }
        Ok(Self { options: kept })
    }

    /// Everything found, as a set.
    pub fn all() -> Self {
        Self { options: vec![SearchOption::All] }
    }

    /// The options; there is one at least.
    pub fn options(&self) -> &[SearchOption] {
        &self.options
    }

    /// Whether what is found is kept under `$`.
    pub fn saves(&self) -> bool {
        self.options.contains(&SearchOption::Save)
    }
}

/// More than all documents together define.
const MOST_OPTIONS: usize = 32;

/// Why options cannot stand together in one `SEARCH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SearchReturnError {
    /// `ALL` and `PARTIAL` (RFC 9394 section 3.1).
    #[error("ALL and PARTIAL cannot be asked for in one search")]
    AllAndPartial,
    /// Two ranges (RFC 9394 section 3.1).
    #[error("two PARTIAL ranges cannot be asked for in one search")]
    TwoPartials,
    /// More than 32.
    #[error("more than {MOST_OPTIONS} options")]
    TooMany,
}

/// `search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"` (RFC 9051 section 9)
pub(super) fn encode(encoder: &mut Encoder, returns: &SearchReturn) {
    encoder.raw(" RETURN ").list(&returns.options, |encoder, option| {
        match option {
            SearchOption::Partial(range) => encoder.raw("PARTIAL ").show(range),
            SearchOption::Other { name, value } => {
                encoder.atom(name);
                if let Some(value) = value {
                    raw_value::encode(encoder.sp(), value);
                }
                encoder
            }
            plain => {
                let name = PLAIN.iter().find(|(_, option)| option == plain);
                encoder.raw(name.map_or("", |(name, _)| name))
            }
        };
    });
}

/// As [`encode`], behind `RETURN`, and with the blank in front of what is looked for.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<SearchReturn, Syntax> {
    cursor.expect_sp()?;
    let start = cursor.pos();
    let options = read::list(cursor, "a list of what to return", parse_option)?;
    let returns = SearchReturn::new(options).map_err(|error| Syntax {
        offset: start,
        expected: match error {
            SearchReturnError::AllAndPartial => "one of ALL and PARTIAL",
            SearchReturnError::TwoPartials => "one PARTIAL",
            SearchReturnError::TooMany => "fewer options",
        },
    })?;
    cursor.expect_sp()?;
    Ok(returns)
}

fn parse_option(cursor: &mut Cursor<'_>) -> Result<SearchOption, Syntax> {
    let name = read::atom(cursor, "what to return")?;
    if let Some((_, option)) = PLAIN.iter().find(|(known, _)| name.eq_ignore_case(known.as_bytes())) {
        return Ok(option.clone());
    }
    if name.eq_ignore_case(b"PARTIAL") {
        cursor.expect_sp()?;
        return partial_range(cursor).map(SearchOption::Partial);
    }
    Ok(SearchOption::Other { name, value: raw_value::try_parse(cursor)? })
}

const PLAIN: [(&str, SearchOption); 5] = [
    ("MIN", SearchOption::Min),
    ("MAX", SearchOption::Max),
    ("ALL", SearchOption::All),
    ("COUNT", SearchOption::Count),
    ("SAVE", SearchOption::Save),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_the_same_as_all() {
        assert_eq!(SearchReturn::new(vec![]), Ok(SearchReturn::all()));
        assert!(!SearchReturn::all().saves());
        assert!(SearchReturn::new(vec![SearchOption::Save]).unwrap().saves());
    }

    #[test]
    fn what_cannot_stand_together() {
        let partial = |range: &str| SearchOption::Partial(range.parse().unwrap());
        for (options, error) in [
            (vec![SearchOption::All, SearchOption::Min, partial("1:2")], SearchReturnError::AllAndPartial),
            (vec![partial("1:2"), SearchOption::All], SearchReturnError::AllAndPartial),
            (vec![partial("1:2"), partial("1:3")], SearchReturnError::TwoPartials),
        ] {
            assert_eq!(SearchReturn::new(options), Err(error));
        }
        assert!(SearchReturn::new(vec![partial("1:2"), partial("2:1"), SearchOption::Min]).is_ok());
    }
}

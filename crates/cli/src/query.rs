//! What people type to find mail: `from:ann subject:"tax 2025" since:2025-01-01 has:attachment not seen`.
//!
//! - this file: what a query means
//! - [`parse`]: how it is read, and what is said where it cannot be
//! - [`words`]: the words there are
//! - [`day`]: days, also those that are counted back from today
//! - [`refine`]: what a server cannot answer is found out here
//!
//! ```text
//! query  = all *( "or" all )
//! all    = 1*( ["and"] not )
//! not    = ( "not" / "-" ) not / "(" query ")" / term
//! term   = name ":" value / flag / value
//! value  = 1*( any character but blanks, parentheses and quotes / quoted )
//! quoted = DQUOTE *( any character, a quote or a backslash behind a backslash ) DQUOTE
//! ```
//!
//! Case does not matter in names, flags and the words between them. A value without a name is looked for in the whole
//! message.

mod day;
mod parse;
mod refine;
mod words;

use tayori_client::SearchKey;
use tayori_proto::types::NonEmpty;

pub(crate) use parse::joined;
pub(crate) use words::{help, is_term};

/// Which messages are meant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Query {
    /// Those for which the server answers this.
    Server(SearchKey),
    /// Those with an attachment, as people understand that. No standard lets a server be asked for it.
    HasAttachment,
    Not(Box<Query>),
    /// Those that all of these mean; never fewer than two, and at most one of them is a [`Query::Server`].
    And(Vec<Query>),
    /// Those that one of these means; never fewer than two.
    Or(Vec<Query>),
}

impl Query {
    /// Those that all of these mean. What the server can answer is one question.
    fn all_of(parts: Vec<Self>) -> Self {
        let mut keys: Option<SearchKey> = None;
        let mut rest = Vec::new();
        for part in parts {
            match part {
                Self::Server(key) => {
                    keys = Some(match (keys, key) {
                        (None, key) => key,
                        // Without parentheses: the less a server has to understand the better.
                        (Some(known), SearchKey::And(more)) => {
                            more.into_vec().into_iter().fold(known, SearchKey::and)
                        }
                        (Some(known), key) => known.and(key),
                    });
                }
                other => rest.push(other),
            }
        }
        let mut parts: Vec<Self> = keys.map(Self::Server).into_iter().chain(rest).collect();
        if parts.len() == 1 { parts.remove(0) } else { Self::And(parts) }
    }

    /// Those that one of these means.
    fn any_of(parts: Vec<Self>) -> Self {
        let (keys, mut rest): (Vec<_>, Vec<_>) =
            parts.into_iter().partition(|part| matches!(part, Self::Server(_)));
        let keys = keys.into_iter().filter_map(|part| match part {
            Self::Server(key) => Some(key),
            _ => None,
        });
        if let Some(key) = balanced_or(keys.collect()) {
            rest.insert(0, Self::Server(key));
        }
        if rest.len() == 1 { rest.remove(0) } else { Self::Or(rest) }
    }

    fn negated(self) -> Self {
        match self {
            Self::Server(SearchKey::Not(key)) => Self::Server(*key),
            Self::Server(key) => Self::Server(!key),
            Self::Not(query) => *query,
            other => Self::Not(Box::new(other)),
        }
    }

    /// What the server is asked: it finds all that are meant, and others too where there is something it cannot answer.
    pub(crate) fn key(&self) -> SearchKey {
        match self {
            Self::Server(key) => key.clone(),
            Self::HasAttachment | Self::Not(_) => SearchKey::All,
            Self::And(parts) => {
                let asked = parts.iter().map(Self::key).filter(|key| *key != SearchKey::All);
                let asked: Vec<_> = asked.map(Self::Server).collect();
                match asked.is_empty() {
                    true => SearchKey::All,
                    false => Self::all_of(asked).key(),
                }
            }
            Self::Or(parts) => {
                let keys: Vec<SearchKey> = parts.iter().map(Self::key).collect();
                match keys.contains(&SearchKey::All) {
                    true => SearchKey::All,
                    false => balanced_or(keys).unwrap_or(SearchKey::All),
                }
            }
        }
    }

    /// Whether the server can answer all of it.
    pub(crate) fn is_for_the_server(&self) -> bool {
        matches!(self, Self::Server(_))
    }
}

impl From<SearchKey> for Query {
    fn from(key: SearchKey) -> Self {
        Self::Server(key)
    }
}

/// `OR` takes two keys, and servers bound how deep it goes: a tree is as flat as can be.
fn balanced_or(mut keys: Vec<SearchKey>) -> Option<SearchKey> {
    match keys.len() {
        0 => None,
        1 => keys.pop(),
        many => {
            let behind = keys.split_off(many / 2);
            Some(balanced_or(keys)?.or(balanced_or(behind)?))
        }
    }
}

/// One key for what has to hold together.
fn both(one: SearchKey, other: SearchKey) -> SearchKey {
    NonEmpty::try_from(vec![one, other]).map_or(SearchKey::All, SearchKey::And)
}

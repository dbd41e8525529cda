use std::fmt;

use bytes::Bytes;

use super::{Atom, AtomError};

/// A flag of a message (RFC 9051 section 2.3.2).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Flag {
    /// `\Answered`
    Answered,
    /// `\Flagged`
    Flagged,
    /// `\Deleted`
    Deleted,
    /// `\Seen`
    Seen,
    /// `\Draft`
    Draft,
    /// `\Recent`: set by the server alone (RFC 3501 section 2.3.2; gone in RFC 9051).
    Recent,
    /// A flag with a backslash that is not one of the above; the atom is without the backslash.
    Extension(Atom),
    /// A flag that users or programs defined.
    Keyword(Atom),
}

impl Flag {
    /// A keyword, or with a backslash in front a system flag.
    pub fn new(name: impl Into<Bytes>) -> Result<Self, FlagError> {
        let name = name.into();
        let Some(after) = name.strip_prefix(b"\\") else {
            return Atom::new(name).map(Self::Keyword).map_err(FlagError);
        };
        if let Some(flag) = system_flag(after) {
            return Ok(flag);
        }
        Atom::new(name.slice(1..)).map(Self::Extension).map_err(FlagError)
    }

    /// Whether [`Flag::new`] takes this name.
    pub(crate) fn may_be(name: &[u8]) -> bool {
        let atom = name.strip_prefix(b"\\").unwrap_or(name);
        !atom.is_empty() && atom.iter().all(|&octet| Atom::may_hold(octet))
    }

    /// The name with its backslash, if it has one.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut name = Vec::new();
        match self {
            Self::Keyword(atom) => name.extend_from_slice(atom.as_bytes()),
            Self::Extension(atom) => {
                name.push(b'\\');
                name.extend_from_slice(atom.as_bytes());
            }
            system => {
                name.push(b'\\');
                let known = SYSTEM.iter().find(|(_, flag)| flag == system);
                name.extend_from_slice(known.map_or(&[][..], |(system, _)| system.as_bytes()));
            }
        }
        name
    }
}

/// The system flag of this name, which is without the backslash.
pub(super) fn system_flag(name: &[u8]) -> Option<Flag> {
    let found = SYSTEM.iter().find(|(system, _)| name.eq_ignore_ascii_case(system.as_bytes()));
    found.map(|(_, flag)| flag.clone())
}

const SYSTEM: [(&str, Flag); 6] = [
    ("Answered", Flag::Answered),
    ("Flagged", Flag::Flagged),
    ("Deleted", Flag::Deleted),
    ("Seen", Flag::Seen),
    ("Draft", Flag::Draft),
    ("Recent", Flag::Recent),
];

/// The name, with everything but printable ASCII escaped.
impl fmt::Debug for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_bytes().escape_ascii())
    }
}

/// What a `PERMANENTFLAGS` code lists (RFC 9051 section 7.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PermanentFlag {
    /// This flag can be changed permanently.
    Flag(Flag),
    /// `\*`: new keywords can be created.
    NewKeywords,
}

/// Why a name cannot be a flag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a flag: {0}")]
pub struct FlagError(AtomError);

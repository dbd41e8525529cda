use std::fmt;

use bytes::Bytes;

use super::{Atom, AtomError};

/// What a mailbox is for (RFC 6154 section 2, RFC 8457 section 3).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SpecialUse {
    /// `\All`: all messages.
    All,
    /// `\Archive`
    Archive,
    /// `\Drafts`
    Drafts,
    /// `\Flagged`: all messages that are flagged.
    Flagged,
    /// `\Important`: all messages that are important to the user.
    Important,
    /// `\Junk`
    Junk,
    /// `\Sent`
    Sent,
    /// `\Trash`
    Trash,
    /// Any other; the atom is without the backslash.
    Other(Atom),
}

impl SpecialUse {
    /// The use with this name, in any case and without its backslash.
    pub fn new(name: impl Into<Bytes>) -> Result<Self, AtomError> {
        let name = name.into();
        match KNOWN.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes())) {
            Some((_, special_use)) => Ok(special_use.clone()),
            None => Atom::new(name).map(Self::Other),
        }
    }

    /// The name without its backslash.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Other(name) => name.as_bytes(),
            known => {
                let name = KNOWN.iter().find(|(_, special_use)| special_use == known);
                name.map_or(&[], |(name, _)| name.as_bytes())
            }
        }
    }
}

const KNOWN: [(&str, SpecialUse); 8] = [
    ("All", SpecialUse::All),
    ("Archive", SpecialUse::Archive),
    ("Drafts", SpecialUse::Drafts),
    ("Flagged", SpecialUse::Flagged),
    ("Important", SpecialUse::Important),
    ("Junk", SpecialUse::Junk),
    ("Sent", SpecialUse::Sent),
    ("Trash", SpecialUse::Trash),
];

/// With its backslash, and everything but printable ASCII escaped.
impl fmt::Debug for SpecialUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\\{}", self.as_bytes().escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_use_has_its_own_name() {
        for (name, special_use) in KNOWN {
            assert_eq!(special_use.as_bytes(), name.as_bytes());
            assert_eq!(SpecialUse::new(name.to_ascii_lowercase()), Ok(special_use));
        }
        assert_eq!(SpecialUse::new("Memos").map(|other| format!("{other:?}")), Ok("\\Memos".to_owned()));
        assert!(SpecialUse::new("a b").is_err() && SpecialUse::new("").is_err());
    }
}

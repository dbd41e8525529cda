use std::fmt;

use super::{Atom, AtomError};

/// What a server can do (RFC 9051 section 7.2.2, and the registry of capabilities).
///
/// Names are compared without regard to case. A name that has no variant is kept as it came.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// `IMAP4rev1` (RFC 3501)
    Imap4Rev1,
    /// `IMAP4rev2` (RFC 9051)
    Imap4Rev2,
    /// `STARTTLS` (RFC 9051 section 6.2.1)
    StartTls,
    /// `LOGINDISABLED` (RFC 9051 section 6.2.3)
    LoginDisabled,
    /// `AUTH=...` (RFC 9051 section 6.2.2): the name of a SASL mechanism, in upper case.
    Auth(Atom),
    /// `SASL-IR` (RFC 4959)
    SaslIr,
    /// `LITERAL+` (RFC 7888)
    LiteralPlus,
    /// `LITERAL-` (RFC 7888)
    LiteralMinus,
    /// `UNSELECT` (RFC 3691)
    Unselect,
    /// `UIDPLUS` (RFC 4315)
    UidPlus,
    /// `IDLE` (RFC 2177; part of IMAP4rev2)
    Idle,
    /// `MOVE` (RFC 6851; part of IMAP4rev2)
    Move,
    /// `ID` (RFC 2971)
    Id,
    /// `ENABLE` (RFC 5161; part of IMAP4rev2)
    Enable,
    /// `NAMESPACE` (RFC 2342; part of IMAP4rev2)
    Namespace,
    /// `SPECIAL-USE` (RFC 6154)
    SpecialUse,
    /// `UTF8=ACCEPT` (RFC 9755 section 3)
    Utf8Accept,
    /// `CONDSTORE` (RFC 7162 section 3.1)
    CondStore,
    /// `QRESYNC` (RFC 7162 section 3.2)
    QResync,
    /// Any other, as it came.
    Other(Atom),
}

impl Capability {
    /// The capability with this name.
    pub fn new(name: Atom) -> Self {
        if let Some((_, capability)) = KNOWN.iter().find(|(known, _)| name.eq_ignore_case(known.as_bytes())) {
            return capability.clone();
        }
        match name.as_bytes().split_at_checked(5) {
            Some((auth, mechanism)) if auth.eq_ignore_ascii_case(b"AUTH=") => {
                // An atom that goes on behind `=` is an atom there too; one that ends there names no mechanism.
                Atom::new(mechanism.to_ascii_uppercase()).map_or(Self::Other(name), Self::Auth)
            }
            _ => Self::Other(name),
        }
    }

    /// Whether every server with `IMAP4rev2` can do it, too (RFC 9051 appendix E).
    const fn is_part_of_rev2(&self) -> bool {
        matches!(
            self,
            Self::SaslIr
                | Self::LiteralMinus
                | Self::Unselect
                | Self::UidPlus
                | Self::Idle
                | Self::Move
                | Self::Enable
                | Self::Namespace
        )
    }

    /// Whether mailbox names travel as UTF-8 once it is enabled (RFC 9755 section 3, RFC 9051 section 5.1).
    pub(crate) const fn changes_names(&self) -> bool {
        matches!(self, Self::Utf8Accept | Self::Imap4Rev2)
    }

    /// The name.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Auth(mechanism) => [b"AUTH=", mechanism.as_bytes()].concat(),
            Self::Other(name) => name.as_bytes().to_vec(),
            known => {
                let name = KNOWN.iter().find(|(_, capability)| capability == known);
                name.map_or(Vec::new(), |(name, _)| name.as_bytes().to_vec())
            }
        }
    }
}

const KNOWN: [(&str, Capability); 18] = [
    ("IMAP4rev1", Capability::Imap4Rev1),
    ("IMAP4rev2", Capability::Imap4Rev2),
    ("STARTTLS", Capability::StartTls),
    ("LOGINDISABLED", Capability::LoginDisabled),
    ("SASL-IR", Capability::SaslIr),
    ("LITERAL+", Capability::LiteralPlus),
    ("LITERAL-", Capability::LiteralMinus),
    ("UNSELECT", Capability::Unselect),
    ("UIDPLUS", Capability::UidPlus),
    ("IDLE", Capability::Idle),
    ("MOVE", Capability::Move),
    ("ID", Capability::Id),
    ("ENABLE", Capability::Enable),
    ("NAMESPACE", Capability::Namespace),
    ("SPECIAL-USE", Capability::SpecialUse),
    ("UTF8=ACCEPT", Capability::Utf8Accept),
    ("CONDSTORE", Capability::CondStore),
    ("QRESYNC", Capability::QResync),
];

impl TryFrom<&str> for Capability {
    type Error = AtomError;

    fn try_from(name: &str) -> Result<Self, AtomError> {
        Atom::try_from(name).map(Self::new)
    }
}

impl fmt::Debug for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_bytes().escape_ascii())
    }
}

/// The capabilities a server has listed, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(Vec<Capability>);

impl Capabilities {
    /// Whether the server lists it.
    pub fn has(&self, capability: &Capability) -> bool {
        self.0.contains(capability)
    }

    /// Whether the server lists it, or `IMAP4rev2` of which it is a part (RFC 9051 appendix E).
    pub fn offers(&self, capability: &Capability) -> bool {
        self.has(capability) || (capability.is_part_of_rev2() && self.has(&Capability::Imap4Rev2))
    }

    /// Whether the server lists `AUTH=` with this SASL mechanism, in any case.
    pub fn has_auth(&self, mechanism: &str) -> bool {
        self.0.iter().any(
            |listed| matches!(listed, Capability::Auth(name) if name.eq_ignore_case(mechanism.as_bytes())),
        )
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Capability> {
        self.0.iter()
    }

    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        Self(capabilities.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capability_is_known_by_its_name_in_any_case() {
        for (name, capability) in KNOWN {
            for spelling in [name.to_owned(), name.to_ascii_lowercase(), name.to_ascii_uppercase()] {
                assert_eq!(Capability::try_from(&*spelling), Ok(capability.clone()));
            }
            assert_eq!(capability.to_bytes(), name.as_bytes());
        }
    }

    #[test]
    fn imap4rev2_offers_what_it_holds() {
        let listed = |name| Capabilities::from_iter([Capability::try_from(name).unwrap()]);
        assert!(listed("MOVE").offers(&Capability::Move) && !listed("MOVE").offers(&Capability::Idle));
        assert!(listed("IMAP4rev2").offers(&Capability::Move) && !listed("IMAP4rev2").has(&Capability::Move));
        assert!(!listed("IMAP4rev1").offers(&Capability::Move));
        assert!(!listed("IMAP4rev2").offers(&Capability::Id));
    }
}

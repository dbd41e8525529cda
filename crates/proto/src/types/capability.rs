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
    /// `UTF8=ONLY` (RFC 9755 section 6, RFC 6855 section 6): the same, and nothing works until that is enabled.
    Utf8Only,
    /// `CONDSTORE` (RFC 7162 section 3.1)
    CondStore,
    /// `QRESYNC` (RFC 7162 section 3.2)
    QResync,
    /// `ESEARCH` (RFC 4731; part of IMAP4rev2)
    ESearch,
    /// `SEARCHRES` (RFC 5182; part of IMAP4rev2)
    SearchRes,
    /// `PARTIAL` (RFC 9394)
    Partial,
    /// `WITHIN` (RFC 5032)
    Within,
    /// `LIST-EXTENDED` (RFC 5258; part of IMAP4rev2)
    ListExtended,
    /// `LIST-STATUS` (RFC 5819; part of IMAP4rev2)
    ListStatus,
    /// `CHILDREN` (RFC 3348; part of IMAP4rev2)
    Children,
    /// `XLIST`: LIST with special uses, from before RFC 6154.
    XList,
    /// `STATUS=SIZE` (RFC 8438; part of IMAP4rev2)
    StatusSize,
    /// `CREATE-SPECIAL-USE` (RFC 6154 section 3)
    CreateSpecialUse,
    /// `COMPRESS=DEFLATE` (RFC 4978)
    CompressDeflate,
    /// `OBJECTID` (RFC 8474)
    ObjectId,
    /// `SAVEDATE` (RFC 8514)
    SaveDate,
    /// `PREVIEW` (RFC 8970)
    Preview,
    /// `APPENDLIMIT` (RFC 7889 section 2): the largest message that APPEND takes, in octets, if it is one for all
    /// mailboxes.
    AppendLimit(Option<u64>),
    /// `MULTIAPPEND` (RFC 3502)
    MultiAppend,
    /// `BINARY` (RFC 3516; what it adds to FETCH is part of IMAP4rev2)
    Binary,
    /// `REPLACE` (RFC 8508)
    Replace,
    /// `UIDONLY` (RFC 9586)
    UidOnly,
    /// `MESSAGELIMIT` (RFC 9738 section 3): how many messages one command may be about.
    MessageLimit(u32),
    /// `SAVELIMIT` (RFC 9738 section 3): how many messages one COPY or APPEND may be about.
    SaveLimit(u32),
    /// `INPROGRESS` (RFC 9585)
    InProgress,
    /// `NOTIFY` (RFC 5465)
    Notify,
    /// `X-GM-EXT-1`: what Gmail adds.
    GmailExtensions,
    /// Any other, as it came.
    Other(Atom),
}

impl Capability {
    /// The capability with this name.
    pub fn new(name: Atom) -> Self {
        if let Some((_, capability)) = KNOWN.iter().find(|(known, _)| name.eq_ignore_case(known.as_bytes())) {
            return capability.clone();
        }
        Self::with_value(name.as_bytes()).unwrap_or(Self::Other(name))
    }

    /// A capability that says something behind a `=`.
    fn with_value(name: &[u8]) -> Option<Self> {
        let equals = memchr::memchr(b'=', name)?;
        let (key, value) = (name.get(..equals)?, name.get(equals + 1..)?);
        if key.eq_ignore_ascii_case(b"AUTH") {
            // An atom that goes on behind `=` is an atom there too; one that ends there names no mechanism.
            return Atom::new(value.to_ascii_uppercase()).ok().map(Self::Auth);
        }
        let number = || plain_number(value);
        let small = || number().and_then(|number| u32::try_from(number).ok());
        match key.to_ascii_uppercase().as_slice() {
            b"APPENDLIMIT" => number().map(|octets| Self::AppendLimit(Some(octets))),
            b"MESSAGELIMIT" => small().map(Self::MessageLimit),
            b"SAVELIMIT" => small().map(Self::SaveLimit),
            _ => None,
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
                | Self::ESearch
                | Self::SearchRes
                | Self::ListExtended
                | Self::ListStatus
                | Self::Children
                | Self::StatusSize
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
            Self::AppendLimit(Some(octets)) => format!("APPENDLIMIT={octets}").into_bytes(),
            Self::MessageLimit(messages) => format!("MESSAGELIMIT={messages}").into_bytes(),
            Self::SaveLimit(messages) => format!("SAVELIMIT={messages}").into_bytes(),
            Self::Other(name) => name.as_bytes().to_vec(),
            known => {
                let name = KNOWN.iter().find(|(_, capability)| capability == known);
                name.map_or(Vec::new(), |(name, _)| name.as_bytes().to_vec())
            }
        }
    }
}

const KNOWN: [(&str, Capability); 41] = [
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
    ("UTF8=ONLY", Capability::Utf8Only),
    ("CONDSTORE", Capability::CondStore),
    ("QRESYNC", Capability::QResync),
    ("ESEARCH", Capability::ESearch),
    ("SEARCHRES", Capability::SearchRes),
    ("PARTIAL", Capability::Partial),
    ("WITHIN", Capability::Within),
    ("LIST-EXTENDED", Capability::ListExtended),
    ("LIST-STATUS", Capability::ListStatus),
    ("CHILDREN", Capability::Children),
    ("XLIST", Capability::XList),
    ("STATUS=SIZE", Capability::StatusSize),
    ("CREATE-SPECIAL-USE", Capability::CreateSpecialUse),
    ("COMPRESS=DEFLATE", Capability::CompressDeflate),
    ("OBJECTID", Capability::ObjectId),
    ("SAVEDATE", Capability::SaveDate),
    ("PREVIEW", Capability::Preview),
    ("APPENDLIMIT", Capability::AppendLimit(None)),
    ("MULTIAPPEND", Capability::MultiAppend),
    ("BINARY", Capability::Binary),
    ("REPLACE", Capability::Replace),
    ("UIDONLY", Capability::UidOnly),
    ("INPROGRESS", Capability::InProgress),
    ("NOTIFY", Capability::Notify),
    ("X-GM-EXT-1", Capability::GmailExtensions),
];

/// Digits, as a server writes a number: one that is written otherwise would not be sent back as it came.
fn plain_number(digits: &[u8]) -> Option<u64> {
    let number = std::str::from_utf8(digits).ok()?.parse::<u64>().ok()?;
    (number.to_string().as_bytes() == digits).then_some(number)
}

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

    /// Whether the server lists it, or something of which it is a part: `IMAP4rev2` (RFC 9051 appendix E), or
    /// `UTF8=ONLY` (RFC 9755 section 6).
    pub fn offers(&self, capability: &Capability) -> bool {
        self.has(capability)
            || (capability.is_part_of_rev2() && self.has(&Capability::Imap4Rev2))
            || (*capability == Capability::Utf8Accept && self.has(&Capability::Utf8Only))
    }

    /// Whether the server lists a capability of this name, in any case: for those that have no variant.
    pub fn has_named(&self, name: &str) -> bool {
        self.0.iter().any(|listed| listed.to_bytes().eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Whether the server lists `AUTH=` with this SASL mechanism, in any case.
    pub fn has_auth(&self, mechanism: &str) -> bool {
        self.0.iter().any(
            |listed| matches!(listed, Capability::Auth(name) if name.eq_ignore_case(mechanism.as_bytes())),
        )
    }

    /// The largest message that `APPEND` takes, in octets, where the server has one limit for all mailboxes (RFC 7889
    /// section 2). The least, should it list several.
    pub fn append_limit(&self) -> Option<u64> {
        self.least(|listed| match listed {
            Capability::AppendLimit(octets) => *octets,
            _ => None,
        })
    }

    /// How many messages one command may be about (RFC 9738 section 3).
    pub fn message_limit(&self) -> Option<u32> {
        self.least(|listed| match listed {
            Capability::MessageLimit(messages) => Some(*messages),
            _ => None,
        })
    }

    /// How many messages one COPY or APPEND may be about (RFC 9738 section 3).
    pub fn save_limit(&self) -> Option<u32> {
        self.least(|listed| match listed {
            Capability::SaveLimit(messages) | Capability::MessageLimit(messages) => Some(*messages),
            _ => None,
        })
    }

    fn least<T: Ord>(&self, limit: impl Fn(&Capability) -> Option<T>) -> Option<T> {
        self.0.iter().filter_map(limit).min()
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
    fn capabilities_with_a_value() {
        let read = |name| Capability::try_from(name).unwrap();
        for (name, capability) in [
            ("AUTH=PLAIN", Capability::Auth(Atom::try_from("PLAIN").unwrap())),
            ("APPENDLIMIT=35651584", Capability::AppendLimit(Some(35_651_584))),
            ("MESSAGELIMIT=1000", Capability::MessageLimit(1000)),
            ("SAVELIMIT=0", Capability::SaveLimit(0)),
        ] {
            assert_eq!(read(name), capability);
            assert_eq!(capability.to_bytes(), name.as_bytes());
            let lower = Capability::try_from(&*name.to_ascii_lowercase()).unwrap();
            assert_eq!(lower, capability);
        }
        for name in [
            "APPENDLIMIT=",
            "APPENDLIMIT=x",
            "APPENDLIMIT=007",
            "APPENDLIMIT=+7",
            "MESSAGELIMIT=4294967296",
            "AUTH=",
            "=",
        ] {
            assert_eq!(read(name), Capability::Other(Atom::try_from(name).unwrap()));
        }
        let listed: Capabilities =
            ["APPENDLIMIT", "APPENDLIMIT=9", "APPENDLIMIT=7", "SAVELIMIT=5", "MESSAGELIMIT=3"]
                .map(read)
                .into_iter()
                .collect();
        assert_eq!(
            (listed.append_limit(), listed.message_limit(), listed.save_limit()),
            (Some(7), Some(3), Some(3))
        );
        assert_eq!(Capabilities::default().append_limit(), None);
    }

    #[test]
    fn imap4rev2_offers_what_it_holds() {
        let listed = |name| Capabilities::from_iter([Capability::try_from(name).unwrap()]);
        assert!(listed("MOVE").offers(&Capability::Move) && !listed("MOVE").offers(&Capability::Idle));
        assert!(listed("IMAP4rev2").offers(&Capability::Move) && !listed("IMAP4rev2").has(&Capability::Move));
        assert!(!listed("IMAP4rev1").offers(&Capability::Move));
        assert!(!listed("IMAP4rev2").offers(&Capability::Id));
        assert!(listed("UTF8=ONLY").offers(&Capability::Utf8Accept));
        assert!(!listed("UTF8=ACCEPT").offers(&Capability::Utf8Only));
    }
}

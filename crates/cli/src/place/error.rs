//! What is wrong with a place.

use std::fmt;

/// Why a place cannot be used. Offsets count octets from the start of what was typed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlaceError {
    #[error("this is neither the name of an account nor a URL")]
    Unknown,
    #[error("a place begins with imaps:// or imap://, not with {scheme}://")]
    UnknownScheme { scheme: String },
    #[error(
        "a password in a place is refused: it would stay in the shell's history and in the list of processes"
    )]
    Password,
    #[error("the place names no user")]
    MissingUser,
    #[error("the place names no host")]
    MissingHost,
    #[error("after the user name only ;AUTH= may follow (octet {offset})")]
    UserParameter { offset: usize },
    #[error("that is no name of a login mechanism (octet {offset})")]
    BadMechanism { offset: usize },
    #[error("that is no host name (octet {offset})")]
    BadHost { offset: usize },
    #[error("that is no host name: it is not plain ASCII (octet {offset})")]
    HostNotAscii { offset: usize },
    #[error("that is no IPv6 address in brackets (octet {offset})")]
    BadAddress { offset: usize },
    #[error("a port is a number from 1 to 65535 (octet {offset})")]
    BadPort { offset: usize },
    #[error("a % is followed by two hexadecimal digits (octet {offset})")]
    BadPercent { offset: usize },
    #[error("the decoded name is not UTF-8 (octet {offset})")]
    NotUtf8 { offset: usize },
    #[error("a control character has no business in a place (octet {offset})")]
    ControlCharacter { offset: usize },
    #[error("{what} in a place is not supported yet (octet {offset})")]
    NotSupported { what: Unsupported, offset: usize },
    #[error("that is no parameter of a place (octet {offset})")]
    UnknownParameter { offset: usize },
    #[error("{parameter} stands twice in the place (octet {offset})")]
    Repeated { parameter: Parameter, offset: usize },
    #[error("{parameter} is a number from 1 to 4294967295 (octet {offset})")]
    BadNumber { parameter: Parameter, offset: usize },
}

impl PlaceError {
    /// What the person can do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            PlaceError::Unknown => "write imaps://user@host/mailbox, or ACCOUNT:mailbox",
            PlaceError::UnknownScheme { .. } => "write imaps://user@host/mailbox",
            PlaceError::Password => {
                "leave the password out and give it with --password-command, --password-file, \
                 the environment variable TAYORI_PASSWORD, or when asked for; a : in a user name is written %3A"
            }
            PlaceError::MissingUser => {
                "write imaps://user@host/mailbox; a / in a user name is written %2F, a @ may stay"
            }
            PlaceError::MissingHost => "write imaps://user@host/mailbox",
            PlaceError::UserParameter { .. } => "a ; in a user name is written %3B",
            PlaceError::BadMechanism { .. } => "write ;AUTH=PLAIN, or ;AUTH=* for any",
            PlaceError::BadHost { .. } => "an IPv6 address stands in brackets: [::1]",
            PlaceError::HostNotAscii { .. } => "write the name in its xn-- form",
            PlaceError::BadAddress { .. } => "write [::1] or [2001:db8::1], without a zone",
            PlaceError::BadPort { .. } => "leave it out for the usual port: 993 for imaps, 143 for imap",
            PlaceError::BadPercent { .. } => "a % that stands for itself is written %25",
            PlaceError::NotUtf8 { .. } | PlaceError::ControlCharacter { .. } => {
                "names are written as they are, or percent-encoded from UTF-8"
            }
            PlaceError::NotSupported { what: Unsupported::Search, .. } => {
                "search with --search 'SUBJECT \"two words\"'; a ? in a mailbox name is written %3F"
            }
            PlaceError::NotSupported { what: Unsupported::Section, .. } => {
                "ask for a part with --part 1.2, or leave it out for the whole message"
            }
            PlaceError::NotSupported { .. } => "leave it out: the whole message is fetched",
            PlaceError::UnknownParameter { .. } => {
                "known are ;UIDVALIDITY= and ;UID=; a ; in a mailbox name is written %3B"
            }
            PlaceError::Repeated { .. } => "write it once",
            PlaceError::BadNumber { .. } => "a ; in a mailbox name is written %3B",
        }
    }
}

/// Parts of RFC 5092 that are recognised and refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsupported {
    /// `/;SECTION=`: a part of a message.
    Section,
    /// `/;PARTIAL=`: a range of octets.
    Partial,
    /// `?`: a search program.
    Search,
    /// `;EXPIRE=` and `;URLAUTH=`: RFC 4467 URLs.
    UrlAuth,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unsupported::Section => ";SECTION=",
            Unsupported::Partial => ";PARTIAL=",
            Unsupported::Search => "a search (?)",
            Unsupported::UrlAuth => ";URLAUTH=",
        })
    }
}

/// Parameters that are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// `;UIDVALIDITY=`
    UidValidity,
    /// `;UID=`
    Uid,
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Parameter::UidValidity => ";UIDVALIDITY=",
            Parameter::Uid => ";UID=",
        })
    }
}

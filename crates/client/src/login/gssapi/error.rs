use std::fmt;
use std::time::Duration;

use crate::error::Fault;

/// Why there is no login with a Kerberos ticket.
///
/// What the library says is kept apart, in `said`: it can have words of the realm's servers in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GssapiError {
    /// There is no ticket to log in with: no cache of them, an empty one, or one that cannot be read. Nothing was
    /// sent to the server. `kinit` gets one.
    #[error("there is no Kerberos ticket")]
    NoTicket {
        /// What the library says of it; often where it has looked.
        said: LibraryText,
    },
    /// The ticket has expired. `kinit` gets another one.
    #[error("the Kerberos ticket has expired")]
    TicketExpired {
        /// What the library says of it.
        said: LibraryText,
    },
    /// The realm knows no such server: it is called otherwise there, or is in another realm. Nothing was sent to the
    /// server.
    #[error("the Kerberos realm does not know the server {service}")]
    ServerUnknown {
        /// What was asked for: `imap@` and the host's name.
        service: String,
        /// What the library says of it; it names the realm.
        said: LibraryText,
    },
    /// The clocks of this machine, of the realm's server and of the mail server differ by more than they may, which is
    /// mostly five minutes.
    #[error("the clock of this machine differs too much from that of the Kerberos realm")]
    ClockSkew {
        /// What the library says of it.
        said: LibraryText,
    },
    /// No server of the realm answers, or none is known. Nothing was sent to the mail server.
    #[error("no server of the Kerberos realm can be reached")]
    RealmUnreachable {
        /// What the library says of it; it names the realm.
        said: LibraryText,
    },
    /// The library did not come back with a ticket for the server in time. It may still be waiting, on its own thread.
    /// Nothing was sent to the server.
    #[error("no Kerberos ticket for the server after {} s", limit.as_secs())]
    TimedOut {
        /// How long was waited.
        limit: Duration,
    },
    /// Nobody has said what the server is called, or what was said is no name of a host, so that there is nothing to
    /// get a ticket for.
    #[error("Kerberos needs to know the host name of the server")]
    NoHost,
    /// The library says that something else is wrong.
    #[error("the Kerberos library gives an error")]
    Library {
        /// What it says.
        said: LibraryText,
    },
    /// What was to prove that it is the server is not right.
    #[error("what was to prove that it is the server is wrong")]
    WrongProof {
        /// What the library says of it.
        said: LibraryText,
    },
    /// The library has taken what the server said, and has not made it prove who it is, or cannot protect what the two
    /// say to each other.
    #[error("the server was not made to prove who it is")]
    NotMutual,
    /// The server demands a security layer inside the mechanism. There is none here: that is what TLS does.
    #[error(
        "the server demands a security layer of Kerberos (it offers {offered:#04x}), which is left to TLS here"
    )]
    NoPlainLayer {
        /// The bits of its offer (RFC 4752 section 3.3): 2 for integrity, 4 for confidentiality.
        offered: u8,
    },
    /// This system gives no thread on which to wait for the realm.
    #[error("this system gives no thread to wait on")]
    NoThread,
}

impl GssapiError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoTicket { .. }
            | Self::TicketExpired { .. }
            | Self::ClockSkew { .. }
            | Self::ServerUnknown { .. }
            | Self::Library { .. }
            | Self::NoHost
            | Self::NoThread => Fault::Caller,
            Self::RealmUnreachable { .. } | Self::TimedOut { .. } => Fault::Network,
            Self::WrongProof { .. } | Self::NotMutual => Fault::Trust,
            Self::NoPlainLayer { .. } => Fault::Refused,
        }
    }

    /// What the library says, if it was asked. To be shown escaped and as a quotation.
    pub fn said(&self) -> Option<&LibraryText> {
        match self {
            Self::NoTicket { said }
            | Self::TicketExpired { said }
            | Self::ServerUnknown { said, .. }
            | Self::ClockSkew { said }
            | Self::RealmUnreachable { said }
            | Self::Library { said }
            | Self::WrongProof { said } => Some(said),
            Self::TimedOut { .. }
            | Self::NoHost
            | Self::NotMutual
            | Self::NoPlainLayer { .. }
            | Self::NoThread => None,
        }
    }

    /// Whether the server was to prove who it is, and has not.
    pub(crate) fn is_missing_proof(&self) -> bool {
        matches!(self, Self::WrongProof { .. } | Self::NotMutual)
    }
}

/// What the library says of an error: at most [`LibraryText::MOST`] characters, which can be any.
#[derive(Clone, PartialEq, Eq)]
pub struct LibraryText(String);

impl LibraryText {
    /// How many characters are kept: several lines of a terminal, and more than any of its own sentences has.
    pub const MOST: usize = 400;

    #[cfg(any(feature = "gssapi", test))]
    pub(super) fn of(text: &impl fmt::Display) -> Self {
        Self(text.to_string().chars().take(Self::MOST).collect())
    }

    /// The text, to be escaped by whoever shows it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LibraryText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_library_says_is_bounded_and_not_in_the_message() {
        let said = LibraryText::of(&"\u{1b}[31mx\u{fc}".repeat(500));
        assert_eq!(said.as_str().chars().count(), LibraryText::MOST);
        let error = GssapiError::Library { said };
        assert_eq!(error.to_string(), "the Kerberos library gives an error");
        assert!(!format!("{error:?}").contains('\u{1b}'));
    }
}

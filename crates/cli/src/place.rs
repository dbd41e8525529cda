//! Where mail is: a place, written as an IMAP URL (RFC 5092).
//!
//! Accepted are the server, mailbox and message forms:
//!
//! ```text
//! imaps://user@host:port/mailbox;UIDVALIDITY=n/;UID=n
//! ```
//!
//! Beyond the grammar of RFC 5092 section 11, because people type it: a user name with a bare `@` (the last `@`
//! before the first `/` ends it), blanks, `#` and UTF-8 as they are, and `;UID=` without the slash before it.
//!
//! No error repeats any part of the input behind the scheme: a place that cannot be read may hold a password at a
//! spot where nobody looks for one.
//!
//! - this file: what a place is, and how it is written
//! - [`parse`]: how it is read
//! - [`error`]: what can be wrong with it, and what to do about it

mod error;
mod parse;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::num::{NonZeroU16, NonZeroU32};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) use error::PlaceError;

/// The mailbox that is meant when a place names none; RFC 9051 section 5.1 gives every user one.
const DEFAULT_MAILBOX: &str = "INBOX";

/// A mailbox on a server as some user sees it, perhaps one message in it.
///
/// Holds no password. Names are decoded and free of control characters; a mailbox name is never a path, whatever
/// slashes and dots it has. `Display` writes the canonical URL, which parses to an equal place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    scheme: Scheme,
    user: String,
    auth: Option<Auth>,
    host: String,
    port: Option<NonZeroU16>,
    mailbox: Option<String>,
    uid_validity: Option<NonZeroU32>,
    uid: Option<NonZeroU32>,
}

impl Place {
    /// Says what protection was promised.
    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The user name, decoded.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// Which mechanism the place asks for, if it does.
    pub(crate) fn auth(&self) -> Option<&Auth> {
        self.auth.as_ref()
    }

    /// A host name or an address; an IPv6 address stands here without its brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The port, where one is written.
    pub(crate) fn port(&self) -> Option<NonZeroU16> {
        self.port
    }

    /// The mailbox name, decoded; INBOX when none is written.
    pub(crate) fn mailbox(&self) -> &str {
        self.mailbox.as_deref().unwrap_or(DEFAULT_MAILBOX)
    }

    /// The same, where one is written.
    pub(crate) fn named_mailbox(&self) -> Option<&str> {
        self.mailbox.as_deref()
    }

    /// The UIDVALIDITY that the UID was written down under (RFC 9051 section 2.3.1.1).
    pub(crate) fn uid_validity(&self) -> Option<NonZeroU32> {
        self.uid_validity
    }

    /// The UID of the one message that is meant.
    pub(crate) fn uid(&self) -> Option<NonZeroU32> {
        self.uid
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
        const IN_PATH: &AsciiSet = &UNRESERVED.remove(b'/');

        write!(f, "{}://{}", self.scheme, utf8_percent_encode(&self.user, UNRESERVED))?;
        match &self.auth {
            None => {}
            Some(Auth::Any) => f.write_str(";AUTH=*")?,
            Some(Auth::Mechanism(name)) => write!(f, ";AUTH={name}")?,
        }
        if self.host.contains(':') {
            write!(f, "@[{}]", self.host)?;
        } else {
            write!(f, "@{}", self.host)?;
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "/{}", utf8_percent_encode(self.mailbox.as_deref().unwrap_or_default(), IN_PATH))?;
        if let Some(uid_validity) = self.uid_validity {
            write!(f, ";UIDVALIDITY={uid_validity}")?;
        }
        if let Some(uid) = self.uid {
            write!(f, "/;UID={uid}")?;
        }
        Ok(())
    }
}

/// The scheme of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// TLS from the first octet.
    Imaps,
    /// STARTTLS, unless `--tls` says otherwise.
    Imap,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scheme::Imaps => "imaps",
            Scheme::Imap => "imap",
        })
    }
}

/// How a place wants the login to be done (RFC 5092 section 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    /// `;AUTH=*`: whatever suits both sides.
    Any,
    /// `;AUTH=PLAIN`: this SASL mechanism, in capitals.
    Mechanism(String),
}

/// Replaces what could be a password in something that was typed and is about to be shown in an error that this
/// module did not make.
///
/// Cuts more than needed: everything from the scheme to the last `@`, as soon as a `:` stands there.
pub(crate) fn mask_password(typed: &str) -> Cow<'_, str> {
    let masked = typed.split_once("://").and_then(|(scheme, rest)| {
        let (userinfo, server) = rest.rsplit_once('@')?;
        userinfo.contains(':').then(|| format!("{scheme}://***@{server}"))
    });
    masked.map_or(Cow::Borrowed(typed), Cow::Owned)
}

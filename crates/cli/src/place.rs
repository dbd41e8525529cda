//! Where mail is: a place, written as an IMAP URL (RFC 5092), or as an account of the configuration.
//!
//! ```text
//! imaps://user@host:port/mailbox;UIDVALIDITY=n/;UID=n
//! account:mailbox;UIDVALIDITY=n/;UID=n
//! ```
//!
//! Accepted of URLs are the server, mailbox and message forms. Beyond the grammar of RFC 5092 section 11, because
//! people type it: a user name with a bare `@` (the last `@` before the first `/` ends it), blanks, `#` and UTF-8 as
//! they are, and `;UID=` without the slash before it. Behind an account stands the same as behind the host of a URL.
//! An account is named by its name, or by its mail address.
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
/// slashes and dots it has. `Display` writes the canonical form, which parses to an equal place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    server: Server,
    mailbox: Option<String>,
    uid_validity: Option<NonZeroU32>,
    uid: Option<NonZeroU32>,
}

/// How a place says which server it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// All of it.
    Url(Url),
    /// The account of this name or mail address.
    Account(String),
    /// Not at all: the account that is meant where none is named.
    Usual,
}

/// What a URL says of a server, and of who logs in there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// What protection was promised.
    pub(crate) scheme: Scheme,
    /// The user name, decoded. Not empty.
    pub(crate) user: Option<String>,
    /// Which mechanism is asked for.
    pub(crate) auth: Option<Auth>,
    /// A host name or an address; an IPv6 address stands here without its brackets.
    pub(crate) host: String,
    /// The port, where one is written.
    pub(crate) port: Option<NonZeroU16>,
}

impl Place {
    /// What is meant where nothing is written.
    pub(crate) fn usual() -> Self {
        Self { server: Server::Usual, mailbox: None, uid_validity: None, uid: None }
    }

    /// The same in another account.
    pub(crate) fn in_account(&self, name: &str) -> Self {
        Self { server: Server::Account(name.to_owned()), ..self.clone() }
    }

    /// Which server it is.
    pub(crate) fn server(&self) -> &Server {
        &self.server
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

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const IN_PATH: &AsciiSet = &UNRESERVED.remove(b'/');

        match &self.server {
            Server::Url(url) => write!(f, "{url}/")?,
            Server::Account(name) => write!(f, "{name}:")?,
            Server::Usual => {}
        }
        write!(f, "{}", utf8_percent_encode(self.mailbox.as_deref().unwrap_or_default(), IN_PATH))?;
        if let Some(uid_validity) = self.uid_validity {
            write!(f, ";UIDVALIDITY={uid_validity}")?;
        }
        if let Some(uid) = self.uid {
            write!(f, "/;UID={uid}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        if let Some(user) = &self.user {
            write!(f, "{}", utf8_percent_encode(user, UNRESERVED))?;
            match &self.auth {
                None => {}
                Some(Auth::Any) => f.write_str(";AUTH=*")?,
                Some(Auth::Mechanism(name)) => write!(f, ";AUTH={name}")?,
            }
            f.write_str("@")?;
        }
        match self.host.contains(':') {
            true => write!(f, "[{}]", self.host)?,
            false => f.write_str(&self.host)?,
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
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

use std::fmt;

use super::{Problem, Trace, Unusable};
use crate::types::Secret;

/// What somebody has to log in with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credentials {
    /// A name and a password.
    Password {
        /// Whose password it is: the authentication identity.
        user: Identity,
        /// The password.
        password: Secret,
        /// As whom to act, where that is somebody else: the authorization identity (RFC 4422 section 2).
        act_as: Option<Identity>,
    },
    /// A name and an access token of OAuth 2.0.
    Token {
        /// Whose mail it is.
        user: Identity,
        /// The access token.
        token: Secret,
    },
    /// The client certificate that TLS was set up with.
    Certificate {
        /// As whom to act, where that does not follow from the certificate.
        act_as: Option<Identity>,
    },
    /// The Kerberos ticket that this system keeps for whoever runs the program.
    Kerberos {
        /// As whom to act, where that does not follow from the ticket.
        act_as: Option<Identity>,
    },
    /// None.
    Anonymous {
        /// What is left behind for who keeps the server; the default says nothing.
        trace: Trace,
    },
}

impl Credentials {
    /// A password, for whoever it belongs to.
    pub fn password(user: Identity, password: Secret) -> Self {
        Self::Password { user, password, act_as: None }
    }

    /// Name, password and as whom to act. The password is not empty: PLAIN cannot carry an empty one (RFC 4616 section
    /// 2), and no other mechanism is to be the one that tries.
    pub(super) fn with_password(&self) -> Result<(&Identity, &Secret, Option<&Identity>), Problem> {
        let Self::Password { user, password, act_as } = self else { return Err(Unusable::Kind.into()) };
        if password.expose().is_empty() {
            return Err(Unusable::EmptySecret.into());
        }
        Ok((user, password, act_as.as_ref()))
    }

    /// Name and password, for a mechanism in which nobody can act as somebody else.
    pub(super) fn for_nobody_else(&self) -> Result<(&Identity, &Secret), Problem> {
        match self.with_password()? {
            (user, password, None) => Ok((user, password)),
            _ => Err(Unusable::ActAs.into()),
        }
    }
}

/// A name that somebody logs in under, or acts as: not empty, and without control characters, so that it cannot break
/// out of the message it is written into.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity(String);

impl Identity {
    /// An identity from its name.
    pub fn new(name: impl Into<String>) -> Result<Self, IdentityError> {
        let name = name.into();
        if name.is_empty() {
            return Err(IdentityError::Empty);
        }
        match name.char_indices().find(|(_, character)| character.is_control()) {
            Some((index, character)) => Err(IdentityError::Control { index, character }),
            None => Ok(Self(name)),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A password as text, for mechanisms that know no octets.
pub(super) fn utf8(password: &Secret) -> Result<&str, Problem> {
    std::str::from_utf8(password.expose()).map_err(|_| Unusable::NotUtf8.into())
}

/// Whether this can be written where a mechanism names the host: letters, digits and what names and addresses have
/// beside them.
pub(super) fn is_host(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-._:[]".contains(&octet))
}

/// Why a text is not an [`Identity`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// There is no character.
    #[error("empty, where at least one character is needed")]
    Empty,
    /// A control character, which no name has and which some mechanisms end one with.
    #[error("the control character U+{:04X} at index {index}", u32::from(*.character))]
    Control {
        /// Where it stands, in octets.
        index: usize,
        /// The character.
        character: char,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_cannot_break_out() {
        assert_eq!(Identity::new("user@example.com").unwrap().as_str(), "user@example.com");
        assert_eq!(Identity::new(""), Err(IdentityError::Empty));
        for (name, index, character) in
            [("a\0b", 1, '\0'), ("\u{e9}\u{1}", 2, '\u{1}'), ("a\u{85}", 1, '\u{85}')]
        {
            assert_eq!(Identity::new(name), Err(IdentityError::Control { index, character }));
        }
        assert_eq!(
            Identity::new("a\u{1}").unwrap_err().to_string(),
            "the control character U+0001 at index 1"
        );
    }

    #[test]
    fn credentials_show_no_secret() {
        let credentials =
            Credentials::password(Identity::new("tim").unwrap(), Secret::new("tanstaaf").unwrap());
        assert_eq!(
            format!("{credentials:?}"),
            "Password { user: \"tim\", password: Secret(***), act_as: None }"
        );
    }
}

use std::fmt;

use tayori_proto::sasl::{Mechanism, Strength};

/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LoginMethod {
    /// AUTHENTICATE with this mechanism (RFC 9051 section 6.2.2).
    Mechanism(Mechanism),
    /// The command LOGIN (RFC 9051 section 6.2.3).
    Command,
}

impl LoginMethod {
    /// How strong it is. The command ranks with the mechanism of the same name: it shows the same to the same.
    pub fn strength(self) -> Strength {
        self.mechanism_at_heart().strength()
    }

    /// Whether the server gets to know the password or token itself.
    pub fn exposes_secret(self) -> bool {
        self.mechanism_at_heart().exposes_secret()
    }

    fn mechanism_at_heart(self) -> Mechanism {
        match self {
            Self::Mechanism(mechanism) => mechanism,
            Self::Command => Mechanism::Login,
        }
    }
}

impl From<Mechanism> for LoginMethod {
    fn from(mechanism: Mechanism) -> Self {
        Self::Mechanism(mechanism)
    }
}

impl fmt::Display for LoginMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mechanism(mechanism) => mechanism.fmt(f),
            Self::Command => f.write_str("the command LOGIN"),
        }
    }
}

/// Whether a password or token may be shown where others can listen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClearText {
    /// Never: the default, since nobody notices when it happens.
    #[default]
    Refused,
    /// Somebody has asked for it.
    Allowed,
}

/// What a login may be made with.
///
/// The default is the strongest that server, credentials and connection have in common, and no secret in clear text.
#[derive(Clone, Debug, Default)]
pub struct LoginPolicy {
    pub(super) named: Option<LoginMethod>,
    pub(super) floor: Option<LoginMethod>,
    pub(super) pin: Option<LoginMethod>,
    pub(super) clear_text: ClearText,
}

impl LoginPolicy {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// This method and no other. CRAM-MD5 and DIGEST-MD5 are used only so.
    ///
    /// Where the mechanism LOGIN is named and not offered, the command is used.
    #[must_use]
    pub fn only(mut self, method: impl Into<LoginMethod>) -> Self {
        self.named = Some(method.into());
        self
    }

    /// Nothing that is weaker than this.
    #[must_use]
    pub fn at_least(mut self, floor: impl Into<LoginMethod>) -> Self {
        self.floor = Some(floor.into());
        self
    }

    /// What the account has logged in with before: a server that now has only weaker ones to offer may be somebody
    /// else, or somebody may be in between.
    #[must_use]
    pub fn pinned(mut self, method: impl Into<LoginMethod>) -> Self {
        self.pin = Some(method.into());
        self
    }

    /// Without the pin, for once: somebody knows why less is offered than before. The floor stays.
    #[must_use]
    pub fn without_pin(mut self) -> Self {
        self.pin = None;
        self
    }

    /// Whether the secret may be shown without TLS, to a server that is neither on this machine nor at the end of a
    /// stream that the caller answers for.
    #[must_use]
    pub fn clear_text(mut self, clear_text: ClearText) -> Self {
        self.clear_text = clear_text;
        self
    }
}

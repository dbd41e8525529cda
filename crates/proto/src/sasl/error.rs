use super::Mechanism;

/// Why an exchange ended without a login. The server's own words, where it has said no, are in a
/// [`Refusal`](super::Refusal).
///
/// After an error the exchange is gone. If the server waits for an answer, it is to be told that there is none (`*`,
/// RFC 9051 section 6.2.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{mechanism}: {problem}")]
pub struct SaslError {
    /// What was tried.
    pub mechanism: Mechanism,
    /// What went wrong.
    pub problem: Problem,
}

impl SaslError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self.problem {
            Problem::Broken(_) => Fault::Peer,
            Problem::Impostor(_) => Fault::Impostor,
            Problem::Unusable(_) => Fault::Credentials,
            Problem::Beyond(_) => Fault::Bound,
        }
    }
}

/// Whose fault it is that there is no login, and so what can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The server does not keep to the mechanism. Another one may work, and is for a person to ask for: a server can
    /// break one mechanism to be given the password by another.
    Peer,
    /// The server may be somebody else, and has what it was sent. No other mechanism is to be tried on it.
    Impostor,
    /// These credentials, or this connection, do not fit the mechanism, and nothing of them was sent. Another one may
    /// fit.
    Credentials,
    /// The server asks for more, or for less, than is safe. As with [`Fault::Peer`].
    Bound,
}

/// What went wrong in an exchange.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The server broke the mechanism.
    #[error("the server does not keep to the mechanism: {0}")]
    Broken(Breach),
    /// The server is not known to be the one it says.
    #[error("the server may be an impostor: {0}")]
    Impostor(Doubt),
    /// The credentials cannot be used with the mechanism.
    #[error("it cannot be used here: {0}")]
    Unusable(Unusable),
    /// A bound is exceeded.
    #[error("the server goes beyond a bound: {0}")]
    Beyond(Bound),
}

/// What of the mechanism the server did not keep to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Breach {
    /// It sent a challenge when everything had been said.
    #[error("a challenge where none was due")]
    Unasked,
    /// It sent an empty challenge, where there must be words that make the answer unlike every other.
    #[error("an empty challenge, where words were due")]
    Empty,
    /// Its nonce does not begin with the client's, or does not go on: it may be playing an old exchange again (RFC 5802
    /// section 5.1).
    #[error("a nonce that is not made from the client's")]
    Nonce,
    /// It asks for an extension that nobody has (RFC 5802 section 5.1, `m`).
    #[error("an extension that must be known and is not")]
    MandatoryExtension,
    /// It wrote something else than the grammar has there.
    #[error("{what} was expected at octet {at} of the challenge")]
    Expected {
        /// What the grammar has there.
        what: &'static str,
        /// Where, in octets.
        at: usize,
    },
    /// It left something out.
    #[error("a challenge without {what}")]
    Missing {
        /// What is missing.
        what: &'static str,
    },
    /// It said something twice that may be said once.
    #[error("a challenge with more than one {what}")]
    Repeated {
        /// What there is too much of.
        what: &'static str,
    },
    /// It said OK before it had heard what it needs.
    #[error("OK before everything was said")]
    EarlyOk,
}

impl From<Breach> for Problem {
    fn from(breach: Breach) -> Self {
        Self::Broken(breach)
    }
}

/// Why the server may be somebody else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// It said OK and has not shown that it knows the password too.
    #[error("it said OK without proving that it knows the password")]
    Unproved,
    /// What it sent to show that is wrong.
    #[error("what was to prove that it knows the password is wrong")]
    WrongProof,
}

impl From<Doubt> for Problem {
    fn from(doubt: Doubt) -> Self {
        Self::Impostor(doubt)
    }
}

/// Why these credentials, or this connection, do not fit the mechanism.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// They are of another kind, such as a token where there must be a password.
    #[error("it takes other credentials")]
    Kind,
    /// The password or the name has characters that the server's charset, ISO 8859-1, has not.
    #[error("characters that the server's charset does not have")]
    Charset,
    /// The mechanism names the host, and this is no name of one.
    #[error("the host's name cannot be written into it")]
    Host,
    /// They are to act as somebody else, for which the mechanism has no place.
    #[error("it cannot act as somebody else")]
    ActAs,
    /// The password or token is empty.
    #[error("the secret is empty")]
    EmptySecret,
    /// The token has characters that no token has: blanks, control characters, or beyond ASCII.
    #[error("the token has characters that no token has")]
    TokenCharacter,
    /// The password has characters that SASLprep refuses (RFC 4013), or nothing else.
    #[error("the password has characters that SASLprep refuses")]
    PasswordNotPrepared,
    /// The name has characters that SASLprep refuses (RFC 4013), or nothing else.
    #[error("the user name has characters that SASLprep refuses")]
    UserNotPrepared,
    /// Nothing is known by which the connection could be bound to.
    #[error("there is nothing known of the connection that it could be bound to")]
    Unbindable,
    /// The mechanism is known here and not spoken ([`Mechanism::is_spoken_here`]).
    #[error("it takes a library of the system that is not used here")]
    Unspoken,
    /// The password is not UTF-8, and the mechanism has no other charset.
    #[error("the password is not UTF-8")]
    NotUtf8,
}

impl From<Unusable> for Problem {
    fn from(unusable: Unusable) -> Self {
        Self::Unusable(unusable)
    }
}

/// What bound the server goes beyond.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Bound {
    /// The challenge is too long.
    #[error("a challenge of {octets} octets, and more than {most} are not read")]
    Challenge {
        /// Its size.
        octets: usize,
        /// The largest that is read.
        most: usize,
    },
    /// The salt of SCRAM is too long.
    #[error("a salt of {octets} octets, and more than {most} are not taken")]
    Salt {
        /// Its size.
        octets: usize,
        /// The largest that is taken.
        most: usize,
    },
    /// The iteration count of SCRAM is too low: whoever sees the answer could try passwords too fast (RFC 5802 section
    /// 5.1).
    #[error("{asked} iterations, and fewer than {least} do not protect the password")]
    FewIterations {
        /// What it asks for.
        asked: u32,
        /// The least that is done.
        least: u32,
    },
    /// The iteration count of SCRAM is too high: it would keep this machine busy. `u64::MAX` stands for all that is
    /// above.
    #[error("{asked} iterations, and more than {most} are not done")]
    ManyIterations {
        /// What it asks for.
        asked: u64,
        /// The most that is done.
        most: u32,
    },
}

impl From<Bound> for Problem {
    fn from(bound: Bound) -> Self {
        Self::Beyond(bound)
    }
}

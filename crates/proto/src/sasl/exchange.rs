use std::fmt;

use super::{
    Bound, Breach, Circumstances, Credentials, Doubt, Mechanism, Problem, Refusal, SaslError, ScramHash,
    Unusable, anonymous, cram_md5, digest_md5, external, login, oauth, plain, scram,
};
use crate::limits::SASL_CHALLENGE_OCTETS;
use crate::types::{Capabilities, SaslMessage};

/// A login under way.
///
/// Call order: [`Exchange::begin`]; where the server takes no initial response, [`Exchange::without_initial`]; for each
/// challenge [`Exchange::step`]; at the tagged OK [`Exchange::finish`]. A tagged NO or BAD needs no call.
pub struct Exchange {
    mechanism: Mechanism,
    state: State,
}

/// What the server may say next.
enum State {
    /// A challenge that asks for the client's first message, whatever words it has.
    Held(SaslMessage, Box<Self>),
    /// What asks for the name, and then for the password.
    LoginUser(SaslMessage, login::Password),
    /// What asks for the password.
    LoginPassword(login::Password),
    /// Why the token is not taken, or OK.
    OAuth(oauth::Said),
    /// The words to hash.
    CramMd5(cram_md5::Unasked),
    /// A `digest-challenge`.
    DigestMd5(digest_md5::Unasked),
    /// A `response-auth`.
    DigestMd5Proof(digest_md5::Answered),
    /// The salt of SCRAM.
    ScramSalt(scram::Asked),
    /// The signature of SCRAM.
    ScramProof(scram::Proof),
    /// OK, and it is the server.
    Proved,
    /// OK, whoever it is.
    Said,
}

/// The name of IMAP in the registry of services (RFC 9051 section 11.1, RFC 4422 section 4).
const SERVICE: &str = "imap";

/// What to do about a challenge.
#[derive(Debug)]
pub enum Step {
    /// Send this, and wait for the server.
    Send(SaslMessage, Exchange),
    /// Run this, where it may take long; then send what comes of it, and wait for the server.
    Work(Derivation),
    /// Send this, and the server can say NO. The login has failed, whatever it says.
    Refused(SaslMessage, Refusal),
}

impl Exchange {
    /// Starts an exchange: gives the client's first message, if the mechanism begins with one, and what comes behind
    /// it.
    ///
    /// Whether the server offers the mechanism is not asked here; what the mechanism shows, and whether the connection
    /// is one that others can hear, is the caller's to weigh before ([`Mechanism::exposes_secret`]). An error means
    /// that nothing is to be sent.
    pub fn begin(
        mechanism: Mechanism,
        credentials: &Credentials,
        circumstances: Circumstances<'_>,
    ) -> Result<(Option<SaslMessage>, Self), SaslError> {
        let begun = Self::start(mechanism, credentials, circumstances);
        let (initial, state) = begun.map_err(|problem| SaslError { mechanism, problem })?;
        Ok((initial, Self { mechanism, state }))
    }

    fn start(
        mechanism: Mechanism,
        credentials: &Credentials,
        circumstances: Circumstances<'_>,
    ) -> Result<(Option<SaslMessage>, State), Problem> {
        Ok(match mechanism {
            Mechanism::Anonymous => (Some(anonymous::initial(credentials)?), State::Said),
            Mechanism::Login => {
                let (user, password) = login::begin(credentials)?;
                (None, State::LoginUser(user, password))
            }
            Mechanism::Plain => (Some(plain::initial(credentials)?), State::Said),
            Mechanism::XOAuth2 => (Some(oauth::xoauth2(credentials)?), State::OAuth(oauth::Said::XOAuth2)),
            Mechanism::OAuthBearer => {
                let initial = oauth::oauthbearer(credentials, circumstances.host, circumstances.port)?;
                (Some(initial), State::OAuth(oauth::Said::OAuthBearer))
            }
            Mechanism::CramMd5 => (None, State::CramMd5(cram_md5::begin(credentials)?)),
            Mechanism::DigestMd5 => {
                let Circumstances { host, nonce, .. } = circumstances;
                (None, State::DigestMd5(digest_md5::begin(credentials, SERVICE, host, nonce)?))
            }
            Mechanism::Scram(hash) => {
                let binding = match circumstances.binding {
                    Some(_) if !offers_binding(circumstances.offered) => scram::Binding::NotOffered,
                    _ => scram::Binding::Impossible,
                };
                let (initial, asked) = scram::begin(hash, credentials, binding, circumstances.nonce)?;
                (Some(initial), State::ScramSalt(asked))
            }
            Mechanism::ScramPlus(hash) => {
                let binding = scram::Binding::To(circumstances.binding.ok_or(Unusable::Unbindable)?);
                let (initial, asked) = scram::begin(hash, credentials, binding, circumstances.nonce)?;
                (Some(initial), State::ScramSalt(asked))
            }
            Mechanism::Gssapi => return Err(Unusable::Unspoken.into()),
            Mechanism::External => (Some(external::initial(credentials)?), State::Said),
        })
    }

    /// The mechanism.
    pub fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// The server does not offer SASL-IR (RFC 4959 section 3): the message that [`Exchange::begin`] gave has to wait
    /// for the server's first challenge, which only asks for it, and [`Exchange::step`] gives it then.
    #[must_use]
    pub fn without_initial(self, initial: SaslMessage) -> Self {
        Self { state: State::Held(initial, Box::new(self.state)), ..self }
    }

    /// Takes a challenge, already without its base64.
    pub fn step(self, challenge: &[u8]) -> Result<Step, SaslError> {
        let mechanism = self.mechanism;
        self.advance(challenge).map_err(|problem| SaslError { mechanism, problem })
    }

    fn advance(self, challenge: &[u8]) -> Result<Step, Problem> {
        if challenge.len() > SASL_CHALLENGE_OCTETS {
            return Err(Bound::Challenge { octets: challenge.len(), most: SASL_CHALLENGE_OCTETS }.into());
        }
        let mechanism = self.mechanism;
        let send = |message, state| Step::Send(message, Self { mechanism, state });
        Ok(match self.state {
            // It has to be empty (RFC 4422 section 5), and servers write `+ go ahead`. Nothing rests upon what it says.
            State::Held(initial, next) => send(initial, *next),
            State::LoginUser(user, password) => send(user, State::LoginPassword(password)),
            State::LoginPassword(password) => send(password.into_message(), State::Said),
            State::OAuth(said) => {
                let (message, refusal) = said.refused(challenge)?;
                Step::Refused(message, Refusal::OAuth(refusal))
            }
            State::CramMd5(unasked) => send(unasked.answer(challenge)?, State::Said),
            State::DigestMd5(unasked) => {
                let (message, answered) = unasked.answer(challenge)?;
                send(message, State::DigestMd5Proof(answered))
            }
            State::DigestMd5Proof(answered) => {
                answered.check(challenge)?;
                send(SaslMessage::new([]), State::Proved)
            }
            State::ScramSalt(asked) => match asked.answer(challenge)? {
                Ok(work) => Step::Work(Derivation { mechanism, work }),
                Err(refusal) => Step::Refused(SaslMessage::new([]), Refusal::Scram(refusal)),
            },
            State::ScramProof(proof) => match proof.check(challenge)? {
                None => send(SaslMessage::new([]), State::Proved),
                Some(refusal) => Step::Refused(SaslMessage::new([]), Refusal::Scram(refusal)),
            },
            State::Proved | State::Said => return Err(Breach::Unasked.into()),
        })
    }

    /// The server has said OK: this says whether that can be believed.
    ///
    /// A server that had to prove that it knows the password, and has not, says OK as an impostor would; the connection
    /// is to be closed without another word.
    pub fn finish(self) -> Result<Verified, SaslError> {
        let mechanism = self.mechanism;
        let problem = match self.state {
            State::Proved => return Ok(Verified { mechanism, proved: true }),
            State::Said | State::OAuth(_) => return Ok(Verified { mechanism, proved: false }),
            _ if mechanism.authenticates_server() => Doubt::Unproved.into(),
            _ => Breach::EarlyOk.into(),
        };
        Err(SaslError { mechanism, problem })
    }
}

/// Whether the server offers binding with any hash: then it does support it, and is not to be told that it does not.
fn offers_binding(offered: &Capabilities) -> bool {
    let hashes = [ScramHash::Sha1, ScramHash::Sha256, ScramHash::Sha512];
    hashes.into_iter().any(|hash| offered.has_auth(Mechanism::ScramPlus(hash).name()))
}

/// PBKDF2, which is meant to take long: up to about a second. It belongs on a thread that has the time.
///
/// Dropped, it ends the exchange; the server is to be told so (`*`, RFC 9051 section 6.2.2).
pub struct Derivation {
    mechanism: Mechanism,
    work: scram::Work,
}

impl Derivation {
    /// How often the hash is iterated, by the server's wish. It is within its bounds.
    pub fn iterations(&self) -> u32 {
        self.work.iterations()
    }

    /// Does the work: gives what is to be sent, and the exchange that goes on.
    pub fn run(self) -> (SaslMessage, Exchange) {
        let Self { mechanism, work } = self;
        let (message, proof) = work.run();
        (message, Exchange { mechanism, state: State::ScramProof(proof) })
    }
}

/// Shows nothing of what is worked upon.
impl fmt::Debug for Derivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Derivation")
            .field("mechanism", &self.mechanism)
            .field("iterations", &self.iterations())
            .finish_non_exhaustive()
    }
}

/// Shows nothing of what is kept for later steps.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("mechanism", &self.mechanism).finish_non_exhaustive()
    }
}

/// A login that can be believed: the server has said OK, and whatever it had to prove it has proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    mechanism: Mechanism,
    proved: bool,
}

impl Verified {
    /// What the login was made with.
    pub fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// Whether the server has shown that it knows the password, and not merely taken it.
    pub fn server_has_proved_itself(&self) -> bool {
        self.proved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sasl::testing::{begin, password, send};

    #[test]
    fn a_first_message_waits_for_a_challenge_whatever_it_says() {
        let held = || {
            let (initial, exchange) = begin(Mechanism::Plain, &password("tim", "x"));
            exchange.without_initial(SaslMessage::new(initial.unwrap()))
        };
        for challenge in ["", "go ahead", "more", "\0"] {
            let (message, exchange) = send(held().step(challenge.as_bytes()));
            assert_eq!(message, b"\0tim\0x");
            assert!(exchange.finish().is_ok());
        }
        // Nothing was said, so there is nothing that could be right.
        assert_eq!(held().finish().unwrap_err().problem, Breach::EarlyOk.into());
    }

    #[test]
    fn a_challenge_is_bounded() {
        let (_, exchange) = begin(Mechanism::Plain, &password("tim", "x"));
        let error = exchange.step(&vec![b'x'; SASL_CHALLENGE_OCTETS + 1]).unwrap_err();
        assert_eq!(error.problem, Bound::Challenge { octets: 8193, most: 8192 }.into());
        assert_eq!(error.fault(), super::super::Fault::Bound);
        assert_eq!(
            error.to_string(),
            "PLAIN: the server goes beyond a bound: a challenge of 8193 octets, and more than 8192 are not read"
        );
    }

    #[test]
    fn an_exchange_shows_nothing_of_itself() {
        let (_, exchange) = begin(Mechanism::Plain, &password("tim", "geheim"));
        assert_eq!(format!("{exchange:?}"), "Exchange { mechanism: Plain, .. }");
    }
}

//! What is said in GSSAPI (RFC 4752 section 3.1), for any library that keeps the context.

use tayori_proto::sasl::{Bound, Breach, Identity, Mechanism, Problem, SaslError};
use tayori_proto::types::SaslMessage;

use super::GssapiError;
use crate::limits::GSSAPI_CHALLENGE_OCTETS;
use crate::login::LoginError;
use crate::login::drive::{Next, ServerProof, Steps};

/// A security context of GSS-API, which has spoken first.
pub(in crate::login) trait Context: Send + Sized + 'static {
    /// Takes the server's token: it may want to say more, or the context stands.
    ///
    /// A context that stands has made the server prove who it is, and can wrap; else this is an error.
    fn establish(&mut self, token: &[u8]) -> Result<Established, GssapiError>;

    /// Takes what the server has wrapped, and checks that it has not been changed on its way.
    fn unwrap(&mut self, message: &[u8]) -> Result<Vec<u8>, GssapiError>;

    /// Protects a message against changes on its way.
    fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, GssapiError>;
}

/// How far a context is.
#[derive(Debug)]
pub(in crate::login) enum Established {
    /// The server has to take this, and to answer it.
    NotYet(Vec<u8>),
    /// It stands, and the server has to take this, if there is anything.
    Stands(Option<Vec<u8>>),
}

/// The client's side behind its first token.
pub(crate) struct GssapiSteps<C> {
    context: C,
    act_as: Option<Identity>,
    state: State,
}

/// What the server may say next.
enum State {
    /// An empty challenge, which asks for the first token.
    Held(SaslMessage),
    /// A token for the context.
    Token,
    /// The layers that it offers.
    Offer,
    /// OK.
    Said,
}

/// The layers as bits (RFC 4752 section 3.3): none at all.
const NO_LAYER: u8 = 1;

impl<C: Context> GssapiSteps<C> {
    /// A context whose first token was sent, or is about to be.
    pub(super) fn new(context: C, act_as: Option<Identity>) -> Self {
        Self { context, act_as, state: State::Token }
    }

    /// The first token has to wait for an empty challenge, and is given by the first step.
    pub(crate) fn without_initial(self, initial: SaslMessage) -> Self {
        Self { state: State::Held(initial), ..self }
    }

    fn send(self, message: SaslMessage, state: State) -> Next<Self> {
        Next::Send(message, Self { state, ..self })
    }
}

impl<C: Context> Steps for GssapiSteps<C> {
    /// Only the first token takes the realm's servers, and with them time; it is there already.
    type Work = fn() -> (SaslMessage, Self);

    fn step(mut self, challenge: &[u8]) -> Result<Next<Self>, LoginError> {
        if challenge.len() > GSSAPI_CHALLENGE_OCTETS {
            let (octets, most) = (challenge.len(), GSSAPI_CHALLENGE_OCTETS);
            return Err(broken(Bound::Challenge { octets, most }));
        }
        match std::mem::replace(&mut self.state, State::Said) {
            // Whatever it says: it only asks for the token.
            State::Held(initial) => Ok(self.send(initial, State::Token)),
            State::Token => match self.context.establish(challenge)? {
                Established::NotYet(token) => Ok(self.send(SaslMessage::new(token), State::Token)),
                // Where nothing is left to be said, the server waits for an empty message before its offer.
                Established::Stands(token) => {
                    Ok(self.send(SaslMessage::new(token.unwrap_or_default()), State::Offer))
                }
            },
            State::Offer => {
                check_offer(&self.context.unwrap(challenge)?)?;
                let answer = answer(self.act_as.as_ref());
                let wrapped = self.context.wrap(&answer)?;
                Ok(self.send(SaslMessage::new(wrapped), State::Said))
            }
            State::Said => Err(broken(Breach::Unasked)),
        }
    }

    fn finish(self) -> Result<ServerProof, LoginError> {
        match self.state {
            State::Said => Ok(ServerProof::Given),
            State::Held(_) | State::Token | State::Offer => Err(broken(Breach::EarlyOk)),
        }
    }
}

/// Whether the server goes on without a layer. Its offer is one octet with a bit for each layer, and three with the
/// size of what it can be sent in one.
///
/// Beside no layer the size is to be zero, which a client verifies (RFC 4752 section 3.1). Dovecot 2.3.19 has no layer,
/// and writes FF FF FF there: whoever verifies cannot log in. Nobody uses the size here, so it may be any.
fn check_offer(offer: &[u8]) -> Result<(), LoginError> {
    match *offer {
        [layers, _, _, _] if layers & NO_LAYER != 0 => Ok(()),
        [layers, _, _, _] => Err(GssapiError::NoPlainLayer { offered: layers }.into()),
        _ => {
            let at = offer.len().min(4);
            Err(broken(Breach::Expected { what: "an offer of four octets", at }))
        }
    }
}

/// No layer, hence no room for what would be in one, and as whom to act.
fn answer(act_as: Option<&Identity>) -> Vec<u8> {
    let mut answer = vec![NO_LAYER, 0, 0, 0];
    answer.extend_from_slice(act_as.map_or("", Identity::as_str).as_bytes());
    answer
}

fn broken(problem: impl Into<Problem>) -> LoginError {
    SaslError { mechanism: Mechanism::Gssapi, problem: problem.into() }.into()
}

#[cfg(test)]
mod tests {
    use super::super::LibraryText;
    use super::*;

    /// A context in which nothing is secret: it wants `tokens` from the server, and wraps in brackets.
    struct Open {
        tokens: Vec<(&'static str, Option<&'static str>)>,
    }

    fn wrong(said: &str) -> GssapiError {
        GssapiError::WrongProof { said: LibraryText::of(&said) }
    }

    impl Context for Open {
        fn establish(&mut self, token: &[u8]) -> Result<Established, GssapiError> {
            let (expected, answer) = self.tokens.remove(0);
            if token != expected.as_bytes() {
                return Err(wrong("token"));
            }
            let answer = answer.map(|answer| answer.as_bytes().to_vec());
            Ok(match (self.tokens.is_empty(), answer) {
                (true, answer) => Established::Stands(answer),
                (false, answer) => Established::NotYet(answer.unwrap_or_default()),
            })
        }

        fn unwrap(&mut self, message: &[u8]) -> Result<Vec<u8>, GssapiError> {
            let inner = message.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]"));
            inner.map(<[u8]>::to_vec).ok_or_else(|| wrong("wrapping"))
        }

        fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, GssapiError> {
            Ok([b"[", message, b"]"].concat())
        }
    }

    type Played = GssapiSteps<Open>;

    fn begin(act_as: Option<&str>) -> Played {
        let act_as = act_as.map(|name| Identity::new(name).unwrap());
        GssapiSteps::new(Open { tokens: vec![("proof", None)] }, act_as)
    }

    #[track_caller]
    fn send(step: Result<Next<Played>, LoginError>) -> (Vec<u8>, Played) {
        match step {
            Ok(Next::Send(message, steps)) => (message.expose().to_vec(), steps),
            Ok(_) => panic!("there is nothing else in GSSAPI"),
            Err(error) => panic!("{error}"),
        }
    }

    #[track_caller]
    fn fails(step: Result<Next<Played>, LoginError>) -> LoginError {
        match step {
            Ok(_) => panic!("it was taken"),
            Err(error) => error,
        }
    }

    fn sasl(problem: impl Into<Problem>) -> LoginError {
        broken(problem)
    }

    /// RFC 4752 section 3.1
    #[test]
    fn the_server_proves_itself_and_nobody_gets_a_layer() {
        for (act_as, said) in
            [(None, &b"[\x01\0\0\0]"[..]), (Some("ann \u{fc}"), b"[\x01\0\0\0ann \xc3\xbc]")]
        {
            let (message, steps) = send(begin(act_as).step(b"proof"));
            assert_eq!(message, b"");
            let (message, steps) = send(steps.step(b"[\x07\0\x10\0]"));
            assert_eq!(message, said);
            assert_eq!(steps.finish(), Ok(ServerProof::Given));
        }
    }

    #[test]
    fn a_first_token_can_wait_and_a_context_can_take_several() {
        let steps = GssapiSteps::new(Open { tokens: vec![("a", Some("b")), ("c", Some("d"))] }, None);
        let (message, steps) = send(steps.without_initial(SaslMessage::new(*b"first")).step(b""));
        assert_eq!(message, b"first");
        let (message, steps) = send(steps.step(b"a"));
        assert_eq!(message, b"b");
        let (message, steps) = send(steps.step(b"c"));
        assert_eq!(message, b"d");
        let (_, steps) = send(steps.step(b"[\x01\0\0\0]"));
        assert!(steps.finish().is_ok());

        let held = begin(None).without_initial(SaslMessage::new(*b"first"));
        assert_eq!(send(held.step(b"go ahead")).0, b"first");
    }

    #[test]
    fn an_ok_before_the_answer_proves_nothing() {
        let early = Err(sasl(Breach::EarlyOk));
        assert_eq!(begin(None).without_initial(SaslMessage::new(*b"x")).finish(), early);
        assert_eq!(begin(None).finish(), early);
        let (_, steps) = send(begin(None).step(b"proof"));
        assert_eq!(steps.finish(), early);
    }

    #[test]
    fn a_wrong_proof_is_that_of_an_impostor() {
        let error = fails(begin(None).step(b"proof of somebody else"));
        assert_eq!(error, wrong("token").into());
        assert!(error.is_missing_proof());
        for unwrapped in [&b""[..], b"\x01\0\0\0", b"[\x01\0\0\0"] {
            let (_, steps) = send(begin(None).step(b"proof"));
            let error = fails(steps.step(unwrapped));
            assert_eq!(error, wrong("wrapping").into());
            assert!(error.is_missing_proof());
        }
    }

    #[test]
    fn without_the_layer_of_none_there_is_no_login() {
        for layers in [0, 2, 4, 6, 0x80, 0xfe] {
            let (_, steps) = send(begin(None).step(b"proof"));
            let error = fails(steps.step(&[b'[', layers, 0, 0x10, 0, b']']));
            assert_eq!(error, GssapiError::NoPlainLayer { offered: layers }.into());
            assert!(!error.is_missing_proof());
        }
        for layers in [1, 3, 5, 7, 0xff] {
            let (_, steps) = send(begin(None).step(b"proof"));
            let (message, _) = send(steps.step(&[b'[', layers, 0, 0, 0, b']']));
            assert_eq!(message, b"[\x01\0\0\0]");
        }
    }

    #[test]
    fn an_offer_has_four_octets() {
        let what = "an offer of four octets";
        for (offer, at) in [
            (&b"[]"[..], 0),
            (b"[\x01]", 1),
            (b"[\x01\0\0]", 3),
            (b"[\x01\0\0\0\0]", 4),
            (b"[\0\0\0\0\0]", 4),
        ] {
            let (_, steps) = send(begin(None).step(b"proof"));
            assert_eq!(fails(steps.step(offer)), sasl(Breach::Expected { what, at }), "{offer:?}");
        }
    }

    /// Dovecot 2.3.19
    #[test]
    fn a_size_beside_no_layer_is_nobodys_business() {
        let (_, steps) = send(begin(None).step(b"proof"));
        let (message, _) = send(steps.step(b"[\x01\xff\xff\xff]"));
        assert_eq!(message, b"[\x01\0\0\0]");
    }

    #[test]
    fn more_than_is_due_is_refused() {
        let (_, steps) = send(begin(None).step(b"proof"));
        let (_, steps) = send(steps.step(b"[\x01\0\0\0]"));
        assert_eq!(fails(steps.step(b"")), sasl(Breach::Unasked));
        let (octets, most) = (GSSAPI_CHALLENGE_OCTETS + 1, GSSAPI_CHALLENGE_OCTETS);
        assert_eq!(fails(begin(None).step(&vec![b'x'; octets])), sasl(Bound::Challenge { octets, most }));
    }
}

//! The loop that plays AUTHENTICATE, whatever the mechanism is.

use tayori_proto::command::Command;
use tayori_proto::sasl::{Derivation, Exchange, Mechanism, Refusal, Step};
use tayori_proto::session::CompletionStatus;
use tayori_proto::types::{Atom, SaslMessage, Text};

use super::LoginError;
use crate::error::{Error, Lost};
use crate::link::{Done, Link, Reply, Request};

/// The client's side of a mechanism. Each step consumes it and gives what comes behind, so that nothing is said twice.
pub(super) trait Steps: Sized {
    /// What takes long.
    type Work: FnOnce() -> (SaslMessage, Self) + Send + 'static;

    /// Takes a challenge, which costs little. Where it does not, it gives work.
    fn step(self, challenge: &[u8]) -> Result<Next<Self>, LoginError>;

    /// The server has said OK: whether that is to be believed.
    fn finish(self) -> Result<ServerProof, LoginError>;
}

/// What to do about a challenge.
pub(super) enum Next<S: Steps> {
    /// To send this.
    Send(SaslMessage, S),
    /// To run this on a thread that has the time, and to send what comes of it.
    Work(S::Work),
    /// To send this and wait for the server's NO: nothing can become of it any more.
    Refused(SaslMessage, Refusal),
}

/// What the server has shown of itself beside its OK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServerProof {
    /// That it knows the secret as well.
    Given,
    /// Nothing: there is none in the mechanism.
    NotPart,
}

/// A login that has failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: Box<Error>,
    pub(super) left: Left,
}

/// What is left of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// It is as before, and can be used for another try.
    Usable,
    /// Nothing that may be used: it is to be closed.
    Nothing,
}

impl Failed {
    /// The error of a command that did not succeed. Only NO and BAD leave no doubt that nobody is logged in.
    pub(super) fn by(error: Error) -> Self {
        let left = match error {
            Error::Refused { status: CompletionStatus::No | CompletionStatus::Bad, .. } => Left::Usable,
            _ => Left::Nothing,
        };
        Self { error: Box::new(error), left }
    }

    fn for_good(error: LoginError) -> Self {
        Self { error: Box::new(error.into()), left: Left::Nothing }
    }
}

/// How far an exchange has come.
enum Phase<S> {
    Going(S),
    /// The server has refused, and is to say so with NO.
    Refused(Refusal),
    /// It was cancelled.
    GivenUp(LoginError),
}

/// Plays the mechanism, from the command to its end. `link` may be used again as [`Failed::left`] says.
pub(super) async fn drive<S: Steps + Send + 'static>(
    link: &Link,
    mechanism: Mechanism,
    initial: Option<SaslMessage>,
    steps: S,
) -> Result<ServerProof, Failed> {
    let name = Atom::try_from(mechanism.name()).map_err(|_| Failed {
        error: Box::new(Error::NotOffered { capability: mechanism.name() }),
        left: Left::Usable,
    })?;
    let command = Command::Authenticate { mechanism: name, initial };
    let mut replies = link.run(command).await.map_err(Failed::by)?;
    let mut phase = Phase::Going(steps);
    loop {
        match replies.next().await.map_err(Failed::by)? {
            Reply::Challenge(command, challenge) => {
                let (answer, next) = answer(mechanism, phase, &challenge).await?;
                phase = next;
                link.request(Request::Respond { command, answer }).await.map_err(Failed::by)?;
            }
            Reply::Done(done) => {
                let outcome = replies.check(*done);
                return conclude(mechanism, phase, outcome);
            }
            _ => {}
        }
    }
}

/// What a challenge is answered with, and what comes behind that; `None` cancels.
async fn answer<S: Steps + Send + 'static>(
    mechanism: Mechanism,
    phase: Phase<S>,
    challenge: &[u8],
) -> Result<(Option<SaslMessage>, Phase<S>), Failed> {
    let steps = match phase {
        Phase::Going(steps) => steps,
        // It has said no, and was to say NO next.
        Phase::Refused(refusal) => {
            let (code, text) = (None, Text::default());
            let refusal = Box::new(refusal);
            return Err(Failed::for_good(LoginError::Refused { mechanism, refusal, code, text }));
        }
        // What is cancelled is over. A server that goes on would go on for ever.
        Phase::GivenUp(error) => return Err(Failed::for_good(error)),
    };
    match steps.step(challenge) {
        Ok(Next::Send(message, steps)) => Ok((Some(message), Phase::Going(steps))),
        Ok(Next::Work(work)) => {
            let worked = tokio::task::spawn_blocking(work).await;
            // It does not panic; the runtime is ending.
            let (message, steps) = worked.map_err(|_| Failed::by(Error::Lost(Lost::Dropped)))?;
            Ok((Some(message), Phase::Going(steps)))
        }
        Ok(Next::Refused(message, refusal)) => Ok((Some(message), Phase::Refused(refusal))),
        // Nothing more is said to somebody who is not the server.
        Err(error) if error.is_missing_proof() => Err(Failed::for_good(error)),
        Err(error) => Ok((None, Phase::GivenUp(error))),
    }
}

/// What the end of the command means.
fn conclude<S: Steps>(
    mechanism: Mechanism,
    phase: Phase<S>,
    outcome: Result<Done, Error>,
) -> Result<ServerProof, Failed> {
    match (phase, outcome) {
        (Phase::Going(steps), Ok(_)) => steps.finish().map_err(Failed::for_good),
        (Phase::Going(_), Err(error)) => Err(Failed::by(error)),
        (Phase::Refused(refusal), Ok(_)) => {
            let refusal = Box::new(refusal);
            Err(Failed::for_good(LoginError::OkAfterRefusal { mechanism, refusal }))
        }
        (Phase::Refused(refusal), Err(error)) => {
            let refusal = Box::new(refusal);
            let Failed { error, left } = Failed::by(error);
            let error = match *error {
                Error::Refused { code, text, .. } => {
                    LoginError::Refused { mechanism, refusal, code, text }.into()
                }
                other => other,
            };
            Err(Failed { error: Box::new(error), left })
        }
        (Phase::GivenUp(error), Ok(_)) => Err(Failed::for_good(error)),
        (Phase::GivenUp(error), Err(ended)) => {
            Err(Failed { error: Box::new(error.into()), left: Failed::by(ended).left })
        }
    }
}

impl Steps for Exchange {
    type Work = Box<dyn FnOnce() -> (SaslMessage, Self) + Send>;

    fn step(self, challenge: &[u8]) -> Result<Next<Self>, LoginError> {
        Ok(match Exchange::step(self, challenge)? {
            Step::Send(message, exchange) => Next::Send(message, exchange),
            Step::Work(derivation) => Next::Work(work(derivation)),
            Step::Refused(message, refusal) => Next::Refused(message, refusal),
        })
    }

    fn finish(self) -> Result<ServerProof, LoginError> {
        let verified = Exchange::finish(self)?;
        Ok(if verified.server_has_proved_itself() { ServerProof::Given } else { ServerProof::NotPart })
    }
}

fn work(derivation: Derivation) -> <Exchange as Steps>::Work {
    tracing::debug!(iterations = derivation.iterations(), "deriving keys from the password");
    Box::new(|| derivation.run())
}

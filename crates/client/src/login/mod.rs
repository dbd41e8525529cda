#![doc = include_str!("../../docs/login.md")]

mod choice;
mod drive;
mod error;
mod ground;
mod gssapi;
mod policy;

use std::fmt;

use rustls::crypto::CryptoProvider;
use tayori_proto::command::Command;
#[cfg(feature = "gssapi")]
use tayori_proto::sasl::Identity;
use tayori_proto::sasl::{
    Circumstances, Credentials, Exchange, Fault, Mechanism, Nonce, Problem, SaslError, Unusable,
};
use tayori_proto::types::{Capabilities, Capability, ImapString, SaslMessage};

use crate::connection::Connection;
use crate::error::Error;
#[cfg(feature = "gssapi")]
use crate::limits::INITIAL_TOKEN_OCTETS;
use crate::link::Link;
use crate::session::Session;
use choice::Given;
use drive::{Failed, Left, ServerProof};

pub use error::LoginError;
pub(crate) use ground::{Ground, Protection};
pub use gssapi::{GssapiError, LibraryText};
pub use policy::{ClearText, LoginMethod, LoginPolicy};

/// A login that has succeeded.
#[derive(Debug)]
#[non_exhaustive]
pub struct LoggedIn {
    /// The session.
    pub session: Session,
    /// What it was made with; to be kept, so that the next login is not made with less ([`LoginPolicy::pinned`]).
    pub method: LoginMethod,
    /// Whether the server has shown that it knows the password too, and did not merely take it; with Kerberos, that
    /// it is the one that the ticket is for.
    pub server_proved_itself: bool,
}

/// A login that failed. If the server refused it, or nothing was sent, the connection can be used for another try.
#[derive(Debug)]
pub struct LoginFailed {
    /// Why.
    pub error: Error,
    /// What was tried; `None` where nothing was.
    pub method: Option<LoginMethod>,
    /// What the server offers beside it and the policy lets pass, strongest first. A server may offer what it cannot
    /// do, such as SCRAM over passwords that it knows as hashes of another kind; whoever believes that tries again with
    /// [`LoginPolicy::only`].
    pub untried: Vec<LoginMethod>,
    /// The connection, if it is still there and may be used.
    pub connection: Option<Connection>,
}

impl fmt::Display for LoginFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for LoginFailed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// A login that was begun, and of which nothing was sent.
enum Begun {
    Command(Command),
    Exchange(Mechanism, Option<SaslMessage>, Exchange),
    /// Its first token takes the realm's servers, and time.
    #[cfg(feature = "gssapi")]
    Kerberos {
        host: String,
        act_as: Option<Identity>,
    },
}

impl Connection {
    /// Logs in with the strongest method that the server offers, that fits the credentials and this connection, and
    /// that the policy lets pass.
    ///
    /// One method is tried. Another one follows only where the first cannot be begun with these credentials, so that
    /// nothing of it was sent; after a NO, and after anything that the server does against the mechanism, the login has
    /// failed. Keys are derived from passwords on a thread for blocking work, which takes up to a second.
    ///
    /// Fails with [`Error::Login`] where the choice or the mechanism fails, and with [`Error::Refused`] where the
    /// server says NO. A server that had to prove that it knows the password and has not is none: its OK is an error,
    /// and the connection is closed.
    ///
    /// Dropped, it ends the connection.
    pub async fn log_in(
        mut self,
        credentials: &Credentials,
        policy: &LoginPolicy,
    ) -> Result<LoggedIn, LoginFailed> {
        if self.preauthenticated {
            let error = Error::NotSent { command: "LOGIN".to_owned() };
            return Err(self.failed_unused(error));
        }
        let offered = match self.capabilities().await {
            Ok(offered) => offered,
            Err(error) => return Err(self.failed(None, Vec::new(), Failed::by(error))),
        };
        let (method, begun, untried) = match self.choose_and_begin(&offered, credentials, policy) {
            Ok(chosen) => chosen,
            Err(error) => {
                return Err(self.failed_unused(error.into()));
            }
        };
        tracing::debug!(%method, "logging in");
        match send(&self.link, &offered, begun).await {
            Ok(proof) => Ok(LoggedIn {
                session: Session::new(self.link),
                method,
                server_proved_itself: proof == ServerProof::Given,
            }),
            Err(failed) => Err(self.failed(Some(method), untried, failed)),
        }
    }

    /// What [`Connection::log_in`] would try with these credentials and this policy, strongest first: the first one,
    /// and another only where the one before cannot be begun. Nothing is sent but CAPABILITY, where that is not
    /// known.
    ///
    /// Of a password it matters only which characters it has, so that another one gives almost always the same.
    ///
    /// Fails with [`Error::Login`] where nothing would be tried, for the reason that the login would have.
    pub async fn login_methods(
        &mut self,
        credentials: &Credentials,
        policy: &LoginPolicy,
    ) -> Result<Vec<LoginMethod>, Error> {
        let offered = self.capabilities().await?;
        let Ground { protection, binding, .. } = &*self.ground;
        let binding = binding.as_ref();
        let given = Given { offered: &offered, credentials, binding, protection: *protection };
        Ok(choice::choose(policy, given)?)
    }

    fn choose_and_begin(
        &self,
        offered: &Capabilities,
        credentials: &Credentials,
        policy: &LoginPolicy,
    ) -> Result<(LoginMethod, Begun, Vec<LoginMethod>), LoginError> {
        let Ground { protection, binding, .. } = &*self.ground;
        let given = Given { offered, credentials, binding: binding.as_ref(), protection: *protection };
        let mut unusable = None;
        let mut methods = choice::choose(policy, given)?.into_iter();
        while let Some(method) = methods.next() {
            match self.begin(method, offered, credentials) {
                Ok(begun) => return Ok((method, begun, methods.collect())),
                Err(LoginError::Sasl(error)) if error.fault() == Fault::Credentials => {
                    tracing::debug!(%error, "these credentials do not fit");
                    unusable.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(unusable.unwrap_or_else(|| unfit(Mechanism::Login, Unusable::Kind)).into())
    }

    fn begin(
        &self,
        method: LoginMethod,
        offered: &Capabilities,
        credentials: &Credentials,
    ) -> Result<Begun, LoginError> {
        let LoginMethod::Mechanism(mechanism) = method else {
            return Ok(Begun::Command(login(credentials)?));
        };
        let Ground { host, port, binding, .. } = &*self.ground;
        #[cfg(feature = "gssapi")]
        if let (Mechanism::Gssapi, Credentials::Kerberos { act_as }) = (mechanism, credentials) {
            return Ok(Begun::Kerberos { host: host.clone(), act_as: act_as.clone() });
        }
        let mut circumstances = Circumstances::new(offered, host, *port, nonce()?);
        if let Some(binding) = binding {
            circumstances = circumstances.bindable(binding);
        }
        let (initial, exchange) = Exchange::begin(mechanism, credentials, circumstances)?;
        Ok(Begun::Exchange(mechanism, initial, exchange))
    }

    /// Before anything was sent.
    fn failed_unused(self, error: Error) -> LoginFailed {
        LoginFailed { error, method: None, untried: Vec::new(), connection: Some(self) }
    }

    fn failed(self, method: Option<LoginMethod>, untried: Vec<LoginMethod>, failed: Failed) -> LoginFailed {
        let Failed { error, left } = failed;
        LoginFailed { error: *error, method, untried, connection: (left == Left::Usable).then_some(self) }
    }
}

async fn send(link: &Link, offered: &Capabilities, begun: Begun) -> Result<ServerProof, Failed> {
    match begun {
        Begun::Command(command) => {
            let replies = link.run(command).await.map_err(Failed::by)?;
            replies.collect().await.map_err(Failed::by)?;
            Ok(ServerProof::NotPart)
        }
        // The first message goes with the command where the server takes that (RFC 4959), and else behind the first
        // challenge.
        Begun::Exchange(mechanism, Some(initial), exchange) if !offered.has(&Capability::SaslIr) => {
            drive::drive(link, mechanism, None, exchange.without_initial(initial)).await
        }
        Begun::Exchange(mechanism, initial, exchange) => {
            drive::drive(link, mechanism, initial, exchange).await
        }
        #[cfg(feature = "gssapi")]
        Begun::Kerberos { host, act_as } => {
            // Nothing was sent when this fails.
            let usable =
                |error| Failed { error: Box::new(LoginError::from(error).into()), left: Left::Usable };
            let (token, steps) = gssapi::begin(&host, act_as).await.map_err(usable)?;
            let in_time = offered.has(&Capability::SaslIr) && token.expose().len() <= INITIAL_TOKEN_OCTETS;
            match in_time {
                true => drive::drive(link, Mechanism::Gssapi, Some(token), steps).await,
                false => drive::drive(link, Mechanism::Gssapi, None, steps.without_initial(token)).await,
            }
        }
    }
}

/// `LOGIN` (RFC 9051 section 6.2.3). It takes what the mechanism of the same name takes.
fn login(credentials: &Credentials) -> Result<Command, SaslError> {
    let unusable = |unusable| unfit(Mechanism::Login, unusable);
    match credentials {
        Credentials::Password { act_as: Some(_), .. } => Err(unusable(Unusable::ActAs)),
        Credentials::Password { password, .. } if password.expose().is_empty() => {
            Err(unusable(Unusable::EmptySecret))
        }
        Credentials::Password { user, password, .. } => {
            // No name has what a string cannot hold: NUL is a control character.
            let user = ImapString::new(user.as_str()).map_err(|_| unusable(Unusable::Charset))?;
            Ok(Command::Login { user, password: password.clone() })
        }
        _ => Err(unusable(Unusable::Kind)),
    }
}

fn unfit(mechanism: Mechanism, unusable: Unusable) -> SaslError {
    SaslError { mechanism, problem: Problem::Unusable(unusable) }
}

/// Octets that nobody can guess, for one exchange.
fn nonce() -> Result<Nonce, LoginError> {
    let mut random = [0; 24];
    let provider: &CryptoProvider = &rustls::crypto::ring::default_provider();
    provider.secure_random.fill(&mut random).map_err(|_| LoginError::NoRandomNumbers)?;
    Ok(Nonce::from_random(random))
}

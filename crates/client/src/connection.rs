//! A connection on which nobody is logged in yet.

use std::fmt;

use tayori_proto::command::Command;
use tayori_proto::session::CompletionStatus;
use tayori_proto::types::{Atom, Capabilities, Capability, ImapString, SaslMessage, Secret};

use crate::Error;
use crate::flight::Flight;
use crate::link::{Link, Reply};
use crate::session::Session;

/// A connection in the not authenticated state (RFC 9051 section 3.1).
#[derive(Debug)]
pub struct Connection {
    pub(crate) link: Link,
    preauthenticated: bool,
}

/// A login that failed. If the server refused it, the connection can be used for another try.
#[derive(Debug)]
pub struct LoginFailed {
    /// Why.
    pub error: Error,
    /// The connection, if it is still there.
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

impl Connection {
    pub(crate) fn new(link: Link, preauthenticated: bool) -> Self {
        Self { link, preauthenticated }
    }

    /// What the server offers; asked for if it has not said (RFC 9051 section 6.1.1).
    pub async fn capabilities(&mut self) -> Result<Capabilities, Error> {
        self.link.ask_capabilities().await
    }

    /// Does nothing, and lets the server speak (RFC 9051 section 6.1.2).
    pub async fn noop(&mut self) -> Result<(), Error> {
        self.link.run(Command::Noop).await?.collect().await.map(drop)
    }

    /// Logs in with a user and a password in the best way the server offers: AUTHENTICATE PLAIN where it can be sent in
    /// one go or LOGIN is disabled, else LOGIN.
    ///
    /// Fails with [`Error::NotOffered`] when the server offers neither.
    pub async fn authenticate(
        mut self,
        user: &ImapString,
        password: &Secret,
    ) -> Result<Session, LoginFailed> {
        let capabilities = match self.capabilities().await {
            Ok(capabilities) => capabilities,
            Err(error) => return self.logged_in(Err(error)),
        };
        let plain = capabilities.has_auth("PLAIN");
        let login = !capabilities.has(&Capability::LoginDisabled);
        match (plain, login) {
            (true, false) => self.authenticate_plain(user, password).await,
            (true, true) if capabilities.has(&Capability::SaslIr) => {
                self.authenticate_plain(user, password).await
            }
            (_, true) => self.login(user, password).await,
            (false, false) => Err(LoginFailed {
                error: Error::NotOffered {
                    capability: "a way to log in with a password (LOGIN or AUTH=PLAIN)",
                },
                connection: Some(self),
            }),
        }
    }

    /// `LOGIN` (RFC 9051 section 6.2.3).
    ///
    /// The password goes over the connection as it is. Nothing here checks that the connection is encrypted; the choice
    /// was made with [`crate::Security`].
    ///
    /// Fails with [`Error::NotOffered`] where the server has said `LOGINDISABLED`; nothing is sent then.
    pub async fn login(self, user: &ImapString, password: &Secret) -> Result<Session, LoginFailed> {
        if let Err(error) = check_login(&self.link) {
            return Err(LoginFailed { error, connection: Some(self) });
        }
        let command = Command::Login { user: user.clone(), password: password.clone() };
        let outcome = match self.link.run(command).await {
            Ok(replies) => replies.collect().await,
            Err(error) => Err(error),
        };
        self.logged_in(outcome.map(drop))
    }

    /// `AUTHENTICATE PLAIN` (RFC 4616), with the initial response in the command where the server takes it (RFC 4959).
    pub async fn authenticate_plain(
        mut self,
        user: &ImapString,
        password: &Secret,
    ) -> Result<Session, LoginFailed> {
        // Made in one piece, so that no copy is left behind when it grows.
        let mut message = Vec::with_capacity(2 + user.as_bytes().len() + password.expose().len());
        message.push(0);
        message.extend_from_slice(user.as_bytes());
        message.push(0);
        message.extend_from_slice(password.expose());
        let message = SaslMessage::new(message);
        let outcome = self.authenticate_with("PLAIN", message).await;
        self.logged_in(outcome)
    }

    async fn authenticate_with(
        &mut self,
        mechanism: &'static str,
        message: SaslMessage,
    ) -> Result<(), Error> {
        let inline = self.link.ask_capabilities().await?.has(&Capability::SaslIr);
        let mechanism = Atom::try_from(mechanism).map_err(|_| Error::NotOffered { capability: mechanism })?;
        let initial = inline.then(|| message.clone());
        let mut answer = (!inline).then_some(message);
        let mut replies = self.link.run(Command::Authenticate { mechanism, initial }).await?;
        loop {
            match replies.next().await? {
                // A second challenge is more than PLAIN has to say; the exchange is cancelled.
                Reply::Challenge(command) => {
                    let request = crate::link::Request::Respond { command, answer: answer.take() };
                    self.link.request(request).await?;
                }
                Reply::Done(done) => return replies.check(*done).map(drop),
                _ => {}
            }
        }
    }

    fn logged_in(self, outcome: Result<(), Error>) -> Result<Session, LoginFailed> {
        match outcome {
            Ok(()) => Ok(Session::new(self.link)),
            Err(error @ Error::Refused { status: CompletionStatus::No | CompletionStatus::Bad, .. }) => {
                Err(LoginFailed { error, connection: Some(self) })
            }
            Err(error) => Err(LoginFailed { error, connection: None }),
        }
    }

    /// The session that the server has opened by itself (a greeting with PREAUTH), if it has.
    ///
    /// Believed only on a connection with TLS or one that the caller answers for.
    pub fn into_preauthenticated(self) -> Result<Session, Self> {
        if self.preauthenticated { Ok(Session::new(self.link)) } else { Err(self) }
    }

    /// Several commands in one write, the login among them.
    pub fn flight(self) -> Flight<Connection> {
        Flight::from_connection(self.link)
    }

    /// `LOGOUT` (RFC 9051 section 6.1.3). Waits for the answer, but not for long.
    ///
    /// At most [`crate::Timeouts::logout`], whatever else is on its way. Fails only where the connection is known to be
    /// lost already; then there was nothing to log out from.
    pub async fn logout(self) -> Result<(), Error> {
        self.link.log_out().await
    }
}

/// A client must not send LOGIN to a server that has disabled it (RFC 9051 section 6.2.3): the password would have been
/// shown for nothing.
pub(crate) fn check_login(link: &Link) -> Result<(), Error> {
    match link.capabilities() {
        Some(heard) if heard.has(&Capability::LoginDisabled) => {
            Err(Error::NotOffered { capability: "LOGIN" })
        }
        _ => Ok(()),
    }
}

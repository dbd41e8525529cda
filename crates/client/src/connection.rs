//! A connection on which nobody is logged in yet.

use tayori_proto::command::Command;
use tayori_proto::types::Capabilities;

use crate::Error;
use crate::flight::Flight;
use crate::link::Link;
use crate::login::Ground;
use crate::session::Session;

/// A connection in the not authenticated state (RFC 9051 section 3.1).
#[derive(Debug)]
pub struct Connection {
    pub(crate) link: Link,
    pub(crate) preauthenticated: bool,
    pub(crate) ground: Box<Ground>,
}

impl Connection {
    pub(crate) fn new(link: Link, preauthenticated: bool, ground: Ground) -> Self {
        Self { link, preauthenticated, ground: Box::new(ground) }
    }

    /// What the server offers; asked for if it has not said (RFC 9051 section 6.1.1).
    pub async fn capabilities(&mut self) -> Result<Capabilities, Error> {
        self.link.ask_capabilities().await
    }

    /// Does nothing, and lets the server speak (RFC 9051 section 6.1.2).
    pub async fn noop(&mut self) -> Result<(), Error> {
        self.link.run(Command::Noop).await?.collect().await.map(drop)
    }

    /// The session that the server has opened by itself (a greeting with PREAUTH), if it has.
    ///
    /// Believed only on a connection with TLS or one that the caller answers for.
    pub fn into_preauthenticated(self) -> Result<Session, Self> {
        if self.preauthenticated { Ok(Session::new(self.link)) } else { Err(self) }
    }

    /// Several commands in one write, the login among them.
    pub fn flight(self) -> Flight<Connection> {
        Flight::from_connection(self.link, self.ground.protection)
    }

    /// `LOGOUT` (RFC 9051 section 6.1.3). Waits for the answer, but not for long.
    ///
    /// At most [`crate::Timeouts::logout`], whatever else is on its way. Fails only where the connection is known to be
    /// lost already; then there was nothing to log out from.
    pub async fn logout(self) -> Result<(), Error> {
        self.link.log_out().await
    }
}

//! Looking at a server without logging in.

use std::num::NonZeroU16;
use std::time::Duration;

use tayori_client::{Arrival, Connector, Error, Security, Timeouts};
use tayori_proto::types::{Capabilities, Text};

use super::Discovery;
use crate::config::TlsMode;

/// What was seen of a server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Seen {
    /// What it offers before a login.
    pub capabilities: Capabilities,
    /// The words of its greeting, to be shown escaped and as a quotation.
    pub greeting: Text,
    /// Whether it takes everybody for somebody (PREAUTH), without a login.
    pub is_preauthenticated: bool,
    /// How the connection came about.
    pub arrival: Arrival,
}

/// Why nothing was seen.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// There is no connection, or the server did not answer as one of IMAP.
    #[error(transparent)]
    Client(#[from] Error),
    /// All together took too long.
    #[error("{host} port {port} did not say what it offers within {} seconds", after.as_secs_f32())]
    TimedOut {
        /// The host.
        host: String,
        /// The port.
        port: NonZeroU16,
        /// How long it was waited for.
        after: Duration,
    },
}

/// How long to wait for an answer to LOGOUT, which changes nothing.
const LOGOUT: Duration = Duration::from_millis(500);

impl Discovery {
    pub(super) async fn look_at(
        &self,
        host: &str,
        port: NonZeroU16,
        tls: TlsMode,
    ) -> Result<Seen, ProbeError> {
        let after = self.times.probe;
        let looked = tokio::time::timeout(after, self.connect_to(host, port, tls)).await;
        looked.unwrap_or_else(|_| Err(ProbeError::TimedOut { host: host.to_owned(), port, after }))
    }

    async fn connect_to(&self, host: &str, port: NonZeroU16, tls: TlsMode) -> Result<Seen, ProbeError> {
        let security = match tls {
            TlsMode::Implicit => Security::ImplicitTls(self.tls.clone()),
            TlsMode::StartTls => Security::StartTls(self.tls.clone()),
            TlsMode::None => Security::None,
        };
        let mut timeouts = Timeouts::default();
        let step = self.times.probe / 2;
        (timeouts.connect, timeouts.handshake, timeouts.silence) = (step, step, step);
        timeouts.logout = LOGOUT;
        let connector = Connector::new().way(self.way.clone()).timeouts(timeouts);
        let mut connection = connector.connect(host, port.get(), &security).await?;
        let capabilities = connection.capabilities().await?;
        let (greeting, arrival) = (connection.greeting(), connection.arrival().clone());
        let is_preauthenticated = match connection.into_preauthenticated() {
            // Dropping the session ends the connection.
            Ok(_) => true,
            Err(connection) => {
                // What was to be seen was seen.
                let _ = connection.logout().await;
                false
            }
        };
        Ok(Seen { capabilities, greeting, is_preauthenticated, arrival })
    }
}

//! Where the shell connects to, and what it needs to get there.

use std::time::Duration;

use tayori_client::raw::RawConnection;
use tayori_client::tls::Tls;
use tayori_client::way::Way;
use tayori_client::{Error, Timeouts};

use super::known::Protection;
use crate::cli::Access;
use crate::connect;
use crate::failure::Failure;
use crate::password::PasswordOptions;
use crate::place::Place;
use crate::tls_mode::{self, Endpoint, TlsMode};

/// A server and who is somebody there.
pub(super) struct Server {
    pub(super) place: Place,
    endpoint: Endpoint,
    tls: Tls,
    way: Way,
    timeouts: Timeouts,
    pub(super) password: Password,
}

/// Where a password comes from that is asked for.
#[derive(Clone)]
pub(super) enum Password {
    /// As for every other command.
    Options(PasswordOptions),
    /// Of the demonstration, which made it up.
    Known(String),
}

impl Server {
    pub(super) fn new(access: &Access) -> Result<Self, Failure> {
        let Access { place, endpoint, password, timeout, .. } = access;
        let tls = connect::tls(access)?;
        let way = crate::way::way(&access.way)?;
        if endpoint.tls == TlsMode::None {
            connect::warn_of_clear_text(place.host(), &way);
        }
        let mut timeouts = Timeouts::default();
        timeouts.connect = *timeout;
        timeouts.handshake = *timeout;
        timeouts.silence = *timeout;
        let password = Password::Options(password.clone());
        Ok(Self { place: place.clone(), endpoint: *endpoint, tls, way, timeouts, password })
    }

    /// The server of this process.
    pub(super) fn demo(place: Place, endpoint: Endpoint, tls: Tls, password: String) -> Self {
        let password = Password::Known(password);
        Self { place, endpoint, tls, way: Way::Direct, timeouts: Timeouts::default(), password }
    }

    /// Another place, with the same certificates and the same patience. A password of the command line is for the
    /// place of the command line.
    pub(super) fn at(&self, place: Place) -> Result<Self, Failure> {
        let endpoint = tls_mode::resolve(place.scheme(), None, place.port())
            .map_err(|error| Failure::new(crate::exit::Exit::Usage, error.to_string()).hint(error.hint()))?;
        if let Way::Tunnel(_) = self.way {
            let message = "the tunnel of the command line leads to one server";
            return Err(Failure::new(crate::exit::Exit::Usage, message)
                .hint("start another shell for the other place"));
        }
        let same = (place.host(), place.user()) == (self.place.host(), self.place.user());
        let password = match same {
            true => self.password.clone(),
            false => Password::Options(PasswordOptions::default()),
        };
        let Self { tls, way, timeouts, .. } = self;
        Ok(Self { place, endpoint, tls: tls.clone(), way: way.clone(), timeouts: timeouts.clone(), password })
    }

    /// A connection, and what protects it.
    pub(super) async fn connect(&self) -> Result<(RawConnection, Protection), Error> {
        let (host, port) = (self.place.host(), self.endpoint.port.get());
        match self.endpoint.tls {
            TlsMode::Implicit => {
                let connected =
                    RawConnection::connect_tls_by(&self.way, host, port, &self.tls, &self.timeouts).await?;
                Ok((connected, Protection::Tls))
            }
            // STARTTLS is spoken by the shell, so that it is seen.
            TlsMode::StartTls | TlsMode::None => {
                let stays_here = match self.way {
                    Way::Direct => connect::is_loopback(host),
                    Way::Tunnel(_) => true,
                    _ => false,
                };
                let protection = if stays_here { Protection::Local } else { Protection::Clear };
                let connected = RawConnection::connect_by(&self.way, host, port, &self.timeouts).await?;
                Ok((connected, protection))
            }
        }
    }

    pub(super) async fn start_tls(&self, connection: &mut RawConnection) -> Result<(), Error> {
        connection.start_tls(self.place.host(), &self.tls, &self.timeouts).await
    }

    /// Whether STARTTLS has to come before anything that is typed.
    pub(super) fn wants_start_tls(&self) -> bool {
        self.endpoint.tls == TlsMode::StartTls
    }

    /// How long the server may say nothing while it owes an answer.
    pub(super) fn patience(&self) -> Duration {
        self.timeouts.silence
    }

    /// For people.
    pub(super) fn name(&self) -> String {
        format!("{} port {}", self.place.host(), self.endpoint.port)
    }
}

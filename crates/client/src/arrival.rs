//! How a connection came about: what was negotiated, and how long each step took.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::connection::Connection;
use crate::session::Session;
use crate::tls::Negotiated;

/// How a connection came about.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Arrival {
    /// The addresses of its name, or of the proxy's, in the order in which they are tried. None where a program stands
    /// in between.
    pub addresses: Vec<SocketAddr>,
    /// The server's address. `None` where somebody else has connected to it: a proxy, a tunnel, the caller.
    pub peer: Option<SocketAddr>,
    /// What TLS came to; `None` without it, and over a stream that the caller has brought.
    pub tls: Option<Negotiated>,
    /// How long the steps took.
    pub times: ArrivalTimes,
    /// Whether a program of ours leads there, which has to be waited for in the end.
    pub(crate) by_program: bool,
}

/// How long the steps of connecting took; `None` for a step that there was not.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ArrivalTimes {
    /// Looking up the name, of the proxy where there is one.
    pub look_up: Option<Duration>,
    /// The TCP connection, with the addresses that were tried in vain; or starting the program of a tunnel.
    pub connect: Option<Duration>,
    /// The proxy, from the connection with it to its connection with the server.
    pub proxy: Option<Duration>,
    /// The greeting in front of STARTTLS, and its answer.
    pub start_tls: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// The server's greeting, where it comes last.
    pub greeting: Option<Duration>,
}

/// The runtime's clock, which tests can stop and turn.
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

impl Connection {
    /// How the connection came about.
    pub fn arrival(&self) -> &Arrival {
        self.link.shared.arrival()
    }

    /// What TLS came to; `None` without it, and over a stream that the caller has brought.
    pub fn tls(&self) -> Option<&Negotiated> {
        self.arrival().tls.as_ref()
    }
}

impl Session {
    /// How its connection came about.
    pub fn arrival(&self) -> &Arrival {
        self.link.shared.arrival()
    }

    /// What TLS came to; `None` without it, and over a stream that the caller has brought.
    pub fn tls(&self) -> Option<&Negotiated> {
        self.arrival().tls.as_ref()
    }
}

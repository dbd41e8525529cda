//! Ways to a server: straight, through a proxy, or through a program.
//!
//! A way brings a stream of octets; what protects it ([`crate::Security`]) comes on top, and is proved by the server
//! itself, whoever stands in between. How it is built: `docs/way.md` of this crate.

mod connect;
mod proxy;
mod socks;
mod tunnel;

use std::sync::Arc;

use tokio::net::{TcpStream, lookup_host};

use crate::Timeouts;
use crate::arrival::{Arrival, Clock};
use crate::connector::bounded;
use crate::error::{Error, Stage};
use crate::link::task::Stream;

pub use proxy::{Proxy, ProxyError, ProxyKind, ProxyRefusal, ProxyUrlError};
pub use tunnel::{Tunnel, TunnelEnded};

/// How to get to a server.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Way {
    /// With a TCP connection of our own.
    #[default]
    Direct,
    /// Through a proxy, which looks up the server's name as well.
    Proxy(Proxy),
    /// Through a program. What its output says is believed as far as [`crate::Transport::Trusted`]: with
    /// [`crate::Security::None`], PREAUTH is accepted.
    Tunnel(Tunnel),
}

impl Way {
    /// Whether what comes out of it comes from the server, whatever protects it beside: a program that somebody has
    /// chosen, as against a line.
    pub(crate) fn is_trusted(&self) -> bool {
        matches!(self, Self::Tunnel(_))
    }

    /// A stream of octets to this server, with nothing on it.
    pub(crate) async fn reach(
        &self,
        host: &str,
        port: u16,
        timeouts: &Timeouts,
        arrival: &mut Arrival,
    ) -> Result<Box<dyn Stream>, Error> {
        match self {
            Self::Direct => {
                let unreachable =
                    |source| Error::Unreachable { host: host.to_owned(), port, source: Arc::new(source) };
                let connected = async { straight(host, port, arrival).await.map_err(unreachable) };
                let socket = bounded(Stage::Connect, timeouts.connect, connected).await?;
                arrival.peer = socket.peer_addr().ok();
                Ok(Box::new(socket))
            }
            Self::Proxy(proxy) => {
                proxy::check_target(host)?;
                let connected = async { Ok(proxy.connect(arrival).await?) };
                let socket = bounded(Stage::Connect, timeouts.connect, connected).await?;
                let clock = Clock::start();
                let asked = async {
                    Ok(match proxy.kind() {
                        ProxyKind::Socks5 => socks::ask(proxy, socket, host, port).await?,
                        ProxyKind::Http => connect::ask(proxy, socket, host, port).await?,
                    })
                };
                let stream = bounded(Stage::Proxy, timeouts.connect, asked).await?;
                arrival.times.proxy = Some(clock.elapsed());
                Ok(stream)
            }
            Self::Tunnel(tunnel) => {
                let clock = Clock::start();
                let stream = tunnel.open().map_err(|source| Error::Tunnel { source: Arc::new(source) })?;
                arrival.times.connect = Some(clock.elapsed());
                arrival.by_program = true;
                Ok(Box::new(stream))
            }
        }
    }
}

/// A TCP connection to one of the addresses of this name.
async fn straight(host: &str, port: u16, arrival: &mut Arrival) -> std::io::Result<TcpStream> {
    let clock = Clock::start();
    arrival.addresses = lookup_host((host, port)).await?.collect();
    arrival.times.look_up = Some(clock.elapsed());
    let clock = Clock::start();
    let socket = TcpStream::connect(&*arrival.addresses).await?;
    arrival.times.connect = Some(clock.elapsed());
    // Commands are small and are written whole; waiting to fill a segment would only add a round trip.
    let _ = socket.set_nodelay(true);
    Ok(socket)
}

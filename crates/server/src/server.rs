//! Listening, and what all connections share.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tayori_proto::types::NameEncoding;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;

use crate::conduct::{Conduct, Conducts};
use crate::connection::{Connection, Gone, Privacy, Stream, Wire, bye};
use crate::limits::Limits;
use crate::logins::Logins;
use crate::store::Store;

/// An IMAP server. Clones are the same server.
pub struct Server<S: Store> {
    shared: Arc<Shared<S>>,
}

/// How a server behaves.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Options {
    /// How connections are encrypted.
    pub tls: Tls,
    /// Which literals clients may send without waiting.
    pub literals: Literals,
    /// What a client may cost.
    pub limits: Limits,
    /// Where it behaves unlike the standard; only tests of clients want that.
    pub conducts: Option<Conducts>,
}

/// How connections are encrypted.
#[derive(Clone, Default)]
pub enum Tls {
    /// Not at all. Passwords are taken on loopback only.
    #[default]
    None,
    /// When the client asks for it (RFC 9051 section 6.2.1). Before that, passwords are taken on loopback only.
    StartTls(Arc<ServerConfig>),
    /// From the first octet (RFC 8314 section 3.2).
    Implicit(Arc<ServerConfig>),
}

/// Which literals a client may send without waiting (RFC 7888). A server offers one or the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Literals {
    /// `LITERAL+`: all.
    #[default]
    Plus,
    /// `LITERAL-`: those of up to 4096 octets.
    Minus,
}

/// What all connections share.
pub(crate) struct Shared<S: Store> {
    pub(crate) logins: Logins<S>,
    pub(crate) limits: Limits,
    pub(crate) literals: Literals,
    tls: Tls,
    conducts: Option<Conducts>,
}

/// The pause after the system could not accept a connection: it has run out of something.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long it may take to tell somebody that there is no room.
const TURNING_AWAY: Duration = Duration::from_secs(1);

impl<S: Store> Server<S> {
    /// A server for these users.
    pub fn new(logins: Logins<S>, options: Options) -> Self {
        let Options { tls, literals, limits, conducts } = options;
        Self { shared: Arc::new(Shared { logins, limits, literals, tls, conducts }) }
    }

    /// Serves whoever connects, until `shutdown` is ready; then says goodbye to everybody, and waits for a moment
    /// ([`Limits::farewell`]) until they have gone. Dropping the future ends all connections at once.
    ///
    /// Fails when the listener has no address. A connection that cannot be accepted is passed over.
    pub async fn run(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let place = if listener.local_addr()?.ip().is_loopback() { Privacy::Private } else { Privacy::Clear };
        let room = Arc::new(Semaphore::new(self.shared.limits.connections));
        let (end, ending) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                Some(_) = connections.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    tracing::debug!(%peer, "connected");
                    let seat = Arc::clone(&room).try_acquire_owned().ok();
                    connections.spawn(welcome(Arc::clone(&self.shared), stream, place, seat, ending.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        end.send_replace(true);
        let all = async { while connections.join_next().await.is_some() {} };
        let _ = timeout(self.shared.limits.farewell, all).await;
        Ok(())
    }

    /// Serves one client on a stream that is ready for it, to its end. STARTTLS is offered if the server has it, TLS
    /// from the first octet is the caller's business here. Dropping the future ends the connection.
    pub async fn serve<T>(&self, stream: T, privacy: Privacy)
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (_end, ending) = watch::channel(false);
        let wire = Wire::new(Box::new(stream), &self.shared.limits, ending, self.shared.conduct());
        let login_until = Instant::now() + self.shared.limits.login;
        Connection::new(Arc::clone(&self.shared), wire, privacy, login_until).run().await;
    }
}

impl<S: Store> Clone for Server<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

/// Serves somebody who has connected, if there is room.
async fn welcome<S: Store>(
    shared: Arc<Shared<S>>,
    stream: TcpStream,
    place: Privacy,
    seat: Option<OwnedSemaphorePermit>,
    ending: watch::Receiver<bool>,
) {
    let Some(_seat) = seat else { return turn_away(stream, &shared.tls).await };
    let login_until = Instant::now() + shared.limits.login;
    // Answers are written whole; waiting for more of them would only delay them. Where it cannot be set, they are late.
    let _ = stream.set_nodelay(true);
    let stream: Box<dyn Stream> = Box::new(stream);
    let (stream, privacy) = match &shared.tls {
        Tls::Implicit(config) => match shake_hands(config, stream, login_until).await {
            Ok(stream) => (stream, Privacy::Encrypted),
            Err(gone) => {
                tracing::debug!(%gone, "connection over");
                return;
            }
        },
        Tls::None | Tls::StartTls(_) => (stream, place),
    };
    let wire = Wire::new(stream, &shared.limits, ending, shared.conduct());
    Connection::new(shared, wire, privacy, login_until).run().await;
}

/// Says why there is no room, to whom that can be said without a handshake. There may be many to turn away.
async fn turn_away(mut stream: TcpStream, tls: &Tls) {
    if !matches!(tls, Tls::Implicit(_)) {
        let words = bye("too many connections").encode(NameEncoding::default());
        let said = async {
            stream.write_all(&words.bytes).await?;
            stream.shutdown().await
        };
        let _ = timeout(TURNING_AWAY, said).await;
    }
}

/// A TLS handshake. It has to be over when the client has to have logged in.
async fn shake_hands(
    config: &Arc<ServerConfig>,
    stream: Box<dyn Stream>,
    until: Instant,
) -> Result<Box<dyn Stream>, Gone> {
    let accepting = TlsAcceptor::from(Arc::clone(config)).accept(stream);
    match timeout_at(until, accepting).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(Gone::Handshake(error)),
        Err(_) => Err(Gone::Silent),
    }
}

impl<S: Store> Shared<S> {
    fn conduct(&self) -> Option<Box<dyn Conduct>> {
        self.conducts.as_ref().map(Conducts::make)
    }

    pub(crate) fn can_start_tls(&self) -> bool {
        matches!(self.tls, Tls::StartTls(_))
    }

    /// The same connection under TLS, as the client has asked for it.
    pub(crate) async fn start_tls(&self, wire: Wire, until: Instant) -> Result<Wire, Gone> {
        let Tls::StartTls(config) = &self.tls else {
            return Err(Gone::Dismissed("there is no TLS here"));
        };
        let (stream, ending, conduct) = wire.into_stream();
        let stream = shake_hands(config, stream, until).await?;
        Ok(Wire::new(stream, &self.limits, ending, conduct))
    }
}

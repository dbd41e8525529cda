//! From a host name to a connection that can be believed.

use std::fmt;
use std::future::Future;
use std::io;
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use tayori_proto::profile::{Behaviour, Setting};
use tayori_proto::sasl::ChannelBinding;
use tayori_proto::session::{Channel, ClearPhase, Observer, Session, Shown};
use tayori_proto::types::TagPrefix;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::arrival::{Arrival, Clock};
use crate::connection::Connection;
use crate::error::{Error, Stage};
use crate::link::task::{Stream, Task};
use crate::link::{Link, deflate};
use crate::login::{Ground, Protection};
use crate::tls::{self, Negotiated, Tls};
use crate::way::Way;
use crate::{Limits, Timeouts};

/// What protects the connection. There is no opportunistic mode: what is asked for is what is done, or nothing is.
#[derive(Clone, Debug)]
pub enum Security {
    /// TLS from the first octet (RFC 8314 section 3.2).
    ImplicitTls(Tls),
    /// STARTTLS, strictly: whatever the server offers, and nothing heard before TLS is kept (RFC 9051 section 6.2.1).
    StartTls(Tls),
    /// None. Everybody on the way can read and change everything, the password first of all; through a tunnel
    /// ([`crate::way::Tunnel`]) that is nobody but its program.
    None,
}

/// What a stream that the caller brings is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A pipe, a tunnel, TLS that the caller has verified, or a test pair: what comes out of it comes from the server.
    Trusted,
    /// Anybody could be in between; PREAUTH is not believed, and no secret is shown.
    Clear,
}

/// Makes connections.
pub struct Connector {
    timeouts: Timeouts,
    limits: Limits,
    observer: Option<Box<dyn Observer>>,
    behaviours: Vec<(Behaviour, Setting)>,
    /// What the server behind a stream is called.
    named: (String, u16),
    way: Way,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("timeouts", &self.timeouts).field("limits", &self.limits).finish()
    }
}

impl Default for Connector {
    fn default() -> Self {
        Self::new()
    }
}

impl Connector {
    /// A connector with the default limits.
    pub fn new() -> Self {
        Self {
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            observer: None,
            behaviours: Vec::new(),
            named: Default::default(),
            way: Way::Direct,
        }
    }

    /// With these limits on time.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// With these limits on cost.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Shows the dialogue of the connection to an observer. Secrets never reach it.
    #[must_use]
    pub fn observe(mut self, observer: Box<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// To a server that behaves, or does not behave, like this, whatever it says of itself.
    #[must_use]
    pub fn behaviour(mut self, behaviour: Behaviour, setting: Setting) -> Self {
        self.behaviours.push((behaviour, setting));
        self
    }

    /// What the server at the end of a stream is called ([`Connector::connect_over`]): OAUTHBEARER and DIGEST-MD5 write
    /// it into what they send, and are not used where it is not known.
    #[must_use]
    pub fn named(mut self, host: &str, port: u16) -> Self {
        self.named = (host.to_owned(), port);
        self
    }

    /// On this way to the server. Whatever is proved is proved by the server itself.
    #[must_use]
    pub fn way(mut self, way: Way) -> Self {
        self.way = way;
        self
    }

    /// Connects, sets up the security that was asked for, and waits for the server's greeting.
    pub async fn connect(self, host: &str, port: u16, security: &Security) -> Result<Connection, Error> {
        self.connect_noting(host, port, security, &mut Arrival::default()).await
    }

    /// The same, with `arrival` telling how far it has come, also where it fails or is dropped. What was in there
    /// before is gone.
    pub async fn connect_noting(
        mut self,
        host: &str,
        port: u16,
        security: &Security,
        arrival: &mut Arrival,
    ) -> Result<Connection, Error> {
        *arrival = Arrival::default();
        // What cannot work is found out before anybody is bothered with a connection.
        let tls = match security {
            Security::ImplicitTls(tls) | Security::StartTls(tls) => Some(tls.client(host)?),
            Security::None => None,
        };
        let mut socket = self.way.reach(host, port, &self.timeouts, arrival).await?;
        let after = self.timeouts.handshake;
        if let Security::StartTls(_) = security {
            let clock = Clock::start();
            bounded(Stage::StartTls, after, start_tls(&mut socket, &mut self.observer)).await?;
            arrival.times.start_tls = Some(clock.elapsed());
        }
        self.named = (host.to_owned(), port);
        let Some(client) = tls else {
            let (channel, protection) = match self.way.is_trusted() {
                true => (Channel::Trusted, Protection::Trusted),
                false => (Channel::Clear, Protection::of_clear_text(host, arrival.peer)),
            };
            return self.establish(socket, Opening::Greets(channel), protection, None, arrival).await;
        };
        let clock = Clock::start();
        let stream = bounded(Stage::Handshake, after, async { Ok(client.handshake(socket).await?) }).await?;
        arrival.times.tls = Some(clock.elapsed());
        arrival.tls = Some(Negotiated::of(stream.get_ref().1));
        let opening = match security {
            Security::StartTls(_) => Opening::Upgraded,
            _ => Opening::Greets(Channel::Tls),
        };
        let binding = tls::binding::of(stream.get_ref().1);
        self.establish(Box::new(stream), opening, Protection::Tls, binding, arrival).await
    }

    /// The same over a stream of octets that the caller brings.
    pub async fn connect_over(
        self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        transport: Transport,
    ) -> Result<Connection, Error> {
        let (channel, protection) = match transport {
            Transport::Trusted => (Channel::Trusted, Protection::Trusted),
            Transport::Clear => (Channel::Clear, Protection::None),
        };
        let opening = Opening::Greets(channel);
        self.establish(Box::new(stream), opening, protection, None, &mut Arrival::default()).await
    }

    async fn establish(
        self,
        stream: Box<dyn Stream>,
        opening: Opening,
        protection: Protection,
        binding: Option<ChannelBinding>,
        arrival: &mut Arrival,
    ) -> Result<Connection, Error> {
        let (host, port) = self.named;
        let ground = Ground { host, port, protection, binding };
        let clock = Clock::start();
        let now = tokio::time::Instant::now().into_std();
        let silence = self.timeouts.silence;
        let limits = self.limits.protocol.clone();
        let mut session = match opening {
            Opening::Greets(channel) => Session::new(limits, channel, tag_prefix(), silence, now),
            Opening::Upgraded => Session::upgraded(limits, tag_prefix(), silence, now),
        };
        if let Some(observer) = self.observer {
            session.observe(observer);
        }
        let (link, requests, shared) = Link::new(self.limits.clone(), self.timeouts.clone());
        for (behaviour, setting) in self.behaviours {
            shared.set_behaviour(behaviour, setting);
        }
        let (greeted, greeting) = tokio::sync::oneshot::channel();
        let task = Task::new(session, stream, requests, shared, greeted, silence, &self.limits);
        tokio::spawn(task.run());
        let preauthenticated = match opening {
            Opening::Greets(_) => {
                let preauthenticated = greeting.await.map_err(|_| Error::Lost(link.lost()))?;
                arrival.times.greeting = Some(clock.elapsed());
                preauthenticated
            }
            Opening::Upgraded => false,
        };
        link.shared.set_arrival(arrival.clone());
        Ok(Connection::new(link, preauthenticated, ground))
    }
}

/// How a session begins on a stream that is ready for it.
#[derive(Clone, Copy)]
enum Opening {
    /// The server speaks first.
    Greets(Channel),
    /// It has spoken in front of TLS, and is silent until it is asked.
    Upgraded,
}

/// Goes through the clear phase; when this returns, the next octet on the wire belongs to TLS.
async fn start_tls(
    socket: &mut Box<dyn Stream>,
    observer: &mut Option<Box<dyn Observer>>,
) -> Result<(), Error> {
    let mut phase = ClearPhase::new(&tag_prefix());
    let mut buffer = [0; 4096];
    loop {
        match phase.poll() {
            Some(Ok(())) => return Ok(()),
            Some(Err(error)) => return Err(error.into()),
            None => {}
        }
        let output = phase.take_output();
        if !output.is_empty() {
            if let Some(observer) = observer.as_deref_mut() {
                observer.sent(&[Shown::Text(&output)]);
            }
            socket.write_all(&output).await.map_err(broken)?;
            socket.flush().await.map_err(broken)?;
        }
        let read = socket.read(&mut buffer).await.map_err(broken)?;
        if read == 0 {
            return Err(phase.end_of_input().into());
        }
        if let Some(observer) = observer.as_deref_mut() {
            observer.received(&[Shown::Text(&buffer[..read])]);
        }
        phase.feed(&buffer[..read]);
    }
}

fn broken(error: io::Error) -> Error {
    Error::Lost(deflate::lost(error))
}

pub(crate) async fn bounded<T>(
    stage: Stage,
    after: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(after, work).await.unwrap_or(Err(Error::TimedOut { stage, after }))
}

/// A prefix that a server cannot foresee.
fn tag_prefix() -> TagPrefix {
    let mut random = [0; 4];
    let provider: &CryptoProvider = &rustls::crypto::ring::default_provider();
    // Without random numbers there would be no TLS either; the prefix alone is no secret.
    let _ = provider.secure_random.fill(&mut random);
    TagPrefix::from_random(u32::from_ne_bytes(random))
}

//! Where the shell connects to, and what it needs to get there.

use std::time::Duration;

use tayori_account::config::{Environment, Layer, TlsMode};
use tayori_client::raw::RawConnection;
use tayori_client::tls::Tls;
use tayori_client::way::Way;
use tayori_client::{Error, Timeouts};
use zeroize::Zeroizing;

use super::known::Protection;
use crate::cli::{Access, AtStart, Certificates, TraceOptions, Verbosity, WeakerAuth};
use crate::connect;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::memory::Memory;
use crate::password;
use crate::place::Place;
use crate::target::Target;
use crate::way::is_loopback;

/// A server and who is somebody there.
pub(super) struct Server {
    /// What the command line says; `None` for the server of this process.
    access: Option<Access>,
    target: Target,
    tls: Tls,
    way: Way,
    timeouts: Timeouts,
    /// Of the demonstration, which made it up.
    known_password: Option<String>,
}

impl Server {
    pub(super) fn new(access: &Access, at_start: AtStart) -> Result<Self, Failure> {
        let environment = Environment::process();
        let target = Target::resolve(access, &environment)?;
        if at_start == AtStart::LogIn && target.user().is_none() {
            return Err(Failure::new(Exit::Usage, "--login needs to know who logs in")
                .hint("write imaps://user@host/, or the name of an account"));
        }
        let first = Memory::of(&target, &environment)?.and_then(|memory| memory.first_fingerprint());
        let tls = connect::tls(&target.settings, first)?;
        let way = crate::way::way(&target.settings);
        if target.tls() == TlsMode::None {
            connect::warn_of_clear_text(target.host(), &way);
        }
        let timeout = target.settings.timeout.value;
        let mut timeouts = Timeouts::default();
        timeouts.connect = timeout;
        timeouts.handshake = timeout;
        timeouts.silence = timeout;
        Ok(Self { access: Some(access.clone()), target, tls, way, timeouts, known_password: None })
    }

    /// The server of this process.
    pub(super) fn demo(target: Target, password: String) -> Result<Self, Failure> {
        let tls = connect::tls(&target.settings, None)?;
        let (way, timeouts) = (Way::Direct, Timeouts::default());
        Ok(Self { access: None, target, tls, way, timeouts, known_password: Some(password) })
    }

    /// Another place, with the same certificates and the same patience. A password of the command line is for the
    /// place of the command line.
    pub(super) fn at(&self, place: Place) -> Result<Self, Failure> {
        let mut access = match &self.access {
            Some(access) => Access { place, ..access.clone() },
            None => Access {
                place,
                flags: Layer::default(),
                certificates: Certificates::OfAnyTime,
                weaker_auth: WeakerAuth::Refused,
                trace: TraceOptions::default(),
                verbosity: Verbosity::Normal,
            },
        };
        if access.flags.tunnel.is_some() {
            let message = "the tunnel of the command line leads to one server";
            return Err(Failure::new(Exit::Usage, message).hint("start another shell for the other place"));
        }
        access.flags.tls = None;
        let there = Self::new(&access, AtStart::Greet)?;
        if (there.target.host(), there.target.user()) == (self.target.host(), self.target.user()) {
            let known_password = self.known_password.clone();
            return Ok(Self { known_password, access: self.access.clone(), ..there });
        }
        access.flags.secret = None;
        Self::new(&access, AtStart::Greet)
    }

    /// A connection, and what protects it.
    pub(super) async fn connect(&self) -> Result<(RawConnection, Protection), Error> {
        let (host, port) = (self.host(), self.target.port());
        match self.target.tls() {
            TlsMode::Implicit => {
                let connected =
                    RawConnection::connect_tls_by(&self.way, host, port, &self.tls, &self.timeouts).await?;
                Ok((connected, Protection::Tls))
            }
            // STARTTLS is spoken by the shell, so that it is seen.
            TlsMode::StartTls | TlsMode::None => {
                let stays_here = match self.way {
                    Way::Direct => is_loopback(host),
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
        connection.start_tls(self.host(), &self.tls, &self.timeouts).await
    }

    /// Whether STARTTLS has to come before anything that is typed.
    pub(super) fn wants_start_tls(&self) -> bool {
        self.target.tls() == TlsMode::StartTls
    }

    /// How long the server may say nothing while it owes an answer.
    pub(super) fn patience(&self) -> Duration {
        self.timeouts.silence
    }

    pub(super) fn host(&self) -> &str {
        self.target.host()
    }

    /// Who is somebody there; empty where nobody is named.
    pub(super) fn user(&self) -> &str {
        self.target.user().unwrap_or_default()
    }

    /// For people.
    pub(super) fn name(&self) -> String {
        format!("{} port {}", self.host(), self.target.port())
    }

    /// The password, from where every command has it, or from a person.
    pub(super) async fn password(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if let Some(password) = &self.known_password {
            return Ok(Zeroizing::new(password.clone().into_bytes()));
        }
        let entry = self.target.account().map_or("", |account| account.as_str());
        let question = format!("password of {}: ", self.target.in_words());
        let secret = password::password(&self.target.settings.secret.value, entry, question).await?;
        Ok(Zeroizing::new(secret.expose().to_vec()))
    }
}

//! From what is said of a server to a session there.

use std::fs::File;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::time::Duration;

use tayori_account::config::{Environment, Settings, TlsMode, Trust};
use tayori_client::tls::{Fingerprint, Identity, Tls, Trust as ClientTrust};
use tayori_client::way::Way as ClientWay;
use tayori_client::{Arrival, Connection, Connector, Error, Limits, Lost, Security, Session, Timeouts};
use tayori_proto::types::Secret;

use crate::cli::Access;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::first_use::FirstUse;
use crate::login::Login;
use crate::memory::Memory;
use crate::target::Target;
use crate::transcript::Transcript;
use crate::way::is_loopback;

/// What is needed to log in: found out before anything is sent, and before anybody is asked for a password.
pub(crate) struct Entrance {
    target: Target,
    route: Route,
    login: Login,
}

impl Entrance {
    pub(crate) fn new(access: &Access) -> Result<Self, Failure> {
        let environment = Environment::process();
        let target = Target::resolve(access, &environment)?;
        let entrance = Self::to(target, access, &environment)?;
        entrance.route.warn();
        Ok(entrance)
    }

    /// To a server that is known already; the options say what is left to say.
    pub(crate) fn to(target: Target, access: &Access, environment: &Environment) -> Result<Self, Failure> {
        let memory = Memory::of(&target, environment)?;
        let login = Login::new(&target, access.weaker_auth, memory.clone())?;
        let route = Route::new(&target, memory)?;
        Ok(Self { target, route, login })
    }

    /// Where it leads.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Gets what is to be logged in with, connects and logs in. At the end of a tunnel there may be nobody to log in
    /// to, so that it is asked for only when that is known.
    pub(crate) async fn open(&self, transcript: Option<Transcript>) -> Result<Session, Failure> {
        self.open_with(transcript, None).await
    }

    /// The same with the secret, where somebody has typed it already.
    pub(crate) async fn open_with(
        &self,
        transcript: Option<Transcript>,
        secret: Option<Secret>,
    ) -> Result<Session, Failure> {
        let credentials = async {
            match secret {
                Some(_) => self.login.with_secret(secret),
                None => self.login.credentials().await,
            }
        };
        let (connection, credentials) = if self.route.is_tunnel() {
            let connection = self.route.connect(transcript.clone()).await?;
            let connection = match connection.into_preauthenticated() {
                Ok(session) => return Ok(session),
                Err(connection) => connection,
            };
            (connection, credentials.await?)
        } else {
            let credentials = credentials.await?;
            (self.route.connect(transcript.clone()).await?, credentials)
        };
        let failed = match self.login.log_in(connection, &credentials).await {
            Ok(logged_in) => return Ok(logged_in.session),
            Err(failed) => failed,
        };
        // A token may have been revoked before its time. Whoever gets another one tries once more.
        match self.login.renewed(&failed, &credentials).await? {
            None => Err(self.login.explain(*failed, &credentials)),
            Some(renewed) => {
                let connection = self.route.connect(transcript).await?;
                let logged_in = self.login.log_in(connection, &renewed).await;
                logged_in.map(|it| it.session).map_err(|failed| self.login.explain(*failed, &renewed))
            }
        }
    }
}

/// How to get to the server.
#[derive(Clone)]
pub(crate) struct Route {
    host: String,
    port: u16,
    security: Security,
    way: ClientWay,
    timeout: Duration,
    /// How many commands may be on their way at once, as far as that is known of the provider.
    pipelined: Option<NonZeroUsize>,
    first_use: Option<FirstUse>,
}

impl Route {
    /// Finds out what can be found out without a connection.
    pub(crate) fn new(target: &Target, memory: Option<Memory>) -> Result<Self, Failure> {
        let first = memory.as_ref().and_then(Memory::first_fingerprint);
        let tls = tls(&target.settings, first)?;
        let way = crate::way::way(&target.settings);
        let host = target.host().to_owned();
        let security = match target.tls() {
            TlsMode::Implicit => Security::ImplicitTls(tls),
            TlsMode::StartTls => Security::StartTls(tls),
            TlsMode::None => Security::None,
        };
        let first_use = FirstUse::of(target, memory);
        let timeout = target.settings.timeout.value;
        let pipelined = target.provider().and_then(|provider| provider.pipelined);
        Ok(Self { host, port: target.port(), security, way, timeout, pipelined, first_use })
    }

    /// Warns of a way that hides nothing, which is wanted before somebody types a password.
    pub(crate) fn warn(&self) {
        if matches!(self.security, Security::None) {
            warn_of_clear_text(&self.host, &self.way);
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Whether a program stands in between, so that there is no other port to go to.
    pub(crate) fn is_tunnel(&self) -> bool {
        matches!(self.way, ClientWay::Tunnel(_))
    }

    /// To another port of the same server, with no more patience than this.
    pub(crate) fn to_port(&self, port: u16, most: Duration) -> Self {
        Self { port, timeout: self.timeout.min(most), ..self.clone() }
    }

    /// The same without TLS: for who has nothing to hide, and does not log in.
    pub(crate) fn in_the_clear(&self) -> Self {
        Self { security: Security::None, ..self.clone() }
    }

    /// The same with STARTTLS in place of TLS from the first octet.
    pub(crate) fn by_starttls(&self) -> Self {
        let security = match &self.security {
            Security::ImplicitTls(tls) => Security::StartTls(tls.clone()),
            other => other.clone(),
        };
        Self { security, ..self.clone() }
    }

    /// Connects, without logging in.
    pub(crate) async fn connect(&self, transcript: Option<Transcript>) -> Result<Connection, Failure> {
        if let Some(FirstUse::Awaited(memory)) = &self.first_use {
            return self.connect_first(memory, transcript).await;
        }
        let connected = self.try_connect(transcript, &mut Arrival::default()).await;
        connected.map_err(|error| self.explain(error))
    }

    /// The same for who wants to know how far it has come.
    pub(crate) async fn try_connect(
        &self,
        transcript: Option<Transcript>,
        arrival: &mut Arrival,
    ) -> Result<Connection, Error> {
        self.connect_with(&self.security, transcript, arrival).await
    }

    /// The same, and believes the certificate that comes first, where that is wanted.
    async fn connect_first(
        &self,
        memory: &Memory,
        transcript: Option<Transcript>,
    ) -> Result<Connection, Failure> {
        match self.try_connect(transcript.clone(), &mut Arrival::default()).await {
            Ok(connection) => {
                if let Some(certificate) = connection.tls().and_then(|tls| tls.certificate()) {
                    memory.note_first(certificate.fingerprint)?;
                }
                Ok(connection)
            }
            Err(Error::Tls(error)) if let Some((fingerprint, _)) = error.first_use() => {
                // Noted before it is believed: of two runs at the same time, one sees the other's.
                memory.note_first(fingerprint)?;
                let security = self.trusting(ClientTrust::Fingerprint(fingerprint));
                let connected = self.connect_with(&security, transcript, &mut Arrival::default()).await;
                connected.map_err(|error| self.explain(error))
            }
            Err(error) => Err(self.explain(error)),
        }
    }

    /// The protection, with another trust.
    fn trusting(&self, trust: ClientTrust) -> Security {
        match &self.security {
            Security::ImplicitTls(tls) => Security::ImplicitTls(tls.clone().trusting(trust)),
            Security::StartTls(tls) => Security::StartTls(tls.clone().trusting(trust)),
            other => other.clone(),
        }
    }

    async fn connect_with(
        &self,
        security: &Security,
        transcript: Option<Transcript>,
        arrival: &mut Arrival,
    ) -> Result<Connection, Error> {
        let mut timeouts = Timeouts::default();
        timeouts.connect = self.timeout;
        timeouts.handshake = self.timeout;
        timeouts.silence = self.timeout;
        let mut limits = Limits::default();
        if let Some(most) = self.pipelined {
            limits.protocol.commands_in_flight = limits.protocol.commands_in_flight.min(most.get());
        }
        let mut connector = Connector::new().timeouts(timeouts).limits(limits).way(self.way.clone());
        if let Some(transcript) = transcript {
            connector = connector.observe(Box::new(transcript));
        }
        connector.connect_noting(&self.host, self.port, security, arrival).await
    }

    /// Why there is no connection, in words.
    pub(crate) fn explain(&self, error: Error) -> Failure {
        if let (Some(first_use), Error::Tls(error)) = (&self.first_use, &error)
            && let Some(failure) = first_use.explain(error)
        {
            return failure;
        }
        let no_greeting = matches!(error, Error::Lost(Lost::Silent { .. } | Lost::Ended));
        let doing = format!("no IMAP from {} port {}", escape_str(&self.host), self.port);
        let failure = Failure::from(error);
        match no_greeting {
            true => failure
                .while_doing(&doing)
                .hint("check the port: 993 is for imaps://, 143 for imap://; --timeout SECONDS waits longer"),
            false => failure,
        }
    }
}

/// How TLS is set up, as far as that can be found out before anybody is connected to. With trust on first use, `first`
/// is the certificate that was first.
pub(crate) fn tls(settings: &Settings, first: Option<Fingerprint>) -> Result<Tls, Failure> {
    let tls = Tls::new(trust(&settings.trust.value, first)?)
        .minimum(settings.tls_minimum.value)
        .alpn(settings.alpn.value);
    Ok(match &settings.client_identity {
        Some(files) => {
            let files = &files.value;
            tls.identity(Identity::from_pem_files(&files.certificate, &files.key)?)
        }
        None => tls,
    })
}

/// Which certificates are believed, as far as that can be found out before one is shown.
fn trust(trust: &Trust, first: Option<Fingerprint>) -> Result<ClientTrust, Failure> {
    Ok(match trust {
        Trust::CaFile(path) => {
            // Read later, by the library; whether it can be read is worth knowing now.
            if let Err(err) = File::open(path) {
                let path = path.to_string_lossy();
                let message = format!("cannot open the CA file {}: {err}", escape_str(&path));
                return Err(Failure::new(Exit::Usage, message));
            }
            ClientTrust::CaFile(path.clone())
        }
        Trust::Fingerprint(fingerprint) => ClientTrust::Fingerprint(*fingerprint),
        Trust::FirstUse => first.map_or(ClientTrust::System, ClientTrust::Fingerprint),
        _ => ClientTrust::System,
    })
}

pub(crate) fn warn_of_clear_text(host: &str, way: &ClientWay) {
    let stays_here = match way {
        ClientWay::Direct => is_loopback(host),
        // Whoever chose the program knows what it does.
        ClientWay::Tunnel(_) => true,
        _ => false,
    };
    if !stays_here {
        let _ = writeln!(
            anstream::stderr(),
            "warning: without TLS, everybody between here and {} can read the password and the mail",
            escape_str(host)
        );
    }
}

#[cfg(test)]
mod tests {
    use tayori_account::config::Layer;

    use super::*;

    #[test]
    fn a_provider_gets_no_more_commands_at_once_than_it_takes() {
        for (host, most) in [("outlook.office365.com", Some(25)), ("mail.example.org", None)] {
            let route = Route::new(&Target::of_here(host, &Layer::default()), None).unwrap();
            assert_eq!(route.pipelined.map(NonZeroUsize::get), most, "{host}");
        }
    }
}

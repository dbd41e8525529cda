//! From a place and a password to a session.

use std::fs::File;
use std::io::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use tayori_client::tls::{Identity, Tls, Trust as ClientTrust};
use tayori_client::way::Way as ClientWay;
use tayori_client::{Arrival, Connection, Connector, Credentials, Error, Lost, Security, Session, Timeouts};
use tayori_proto::types::Secret;

use crate::cli::{Access, TlsOptions, Trust};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::login::Login;
use crate::password::PasswordOptions;
use crate::place::Place;
use crate::tls_mode::{Endpoint, TlsMode};
use crate::transcript::Transcript;

/// What is needed to log in: found out before anything is sent, and before anybody is asked for a password.
pub(crate) struct Entrance<'a> {
    access: &'a Access,
    route: Route<'a>,
    login: Login,
}

impl<'a> Entrance<'a> {
    pub(crate) fn new(access: &'a Access) -> Result<Self, Failure> {
        let login = Login::new(&access.place, access.endpoint.tls)?;
        let route = Route::new(access)?;
        Ok(Self { access, route, login })
    }

    /// Gets what is to be logged in with, connects and logs in. At the end of a tunnel there may be nobody to log in to,
    /// so that it is asked for only when that is known.
    pub(crate) async fn open(&self, transcript: Option<Transcript>) -> Result<Session, Failure> {
        if self.route.is_tunnel() {
            let connection = self.route.connect(transcript).await?;
            let connection = match connection.into_preauthenticated() {
                Ok(session) => return Ok(session),
                Err(connection) => connection,
            };
            let credentials = credentials(&self.login, self.access).await?;
            return self.login.log_in(connection, &credentials).await;
        }
        let credentials = credentials(&self.login, self.access).await?;
        let connection = self.route.connect(transcript).await?;
        self.login.log_in(connection, &credentials).await
    }
}

/// How to get to the server.
#[derive(Clone)]
pub(crate) struct Route<'a> {
    host: &'a str,
    port: u16,
    security: Security,
    way: ClientWay,
    timeout: Duration,
}

impl<'a> Route<'a> {
    /// Finds out what can be found out without a connection, and warns of a way that hides nothing: both are wanted
    /// before somebody types a password.
    pub(crate) fn new(access: &'a Access) -> Result<Self, Failure> {
        let Access { place, endpoint, timeout, .. } = access;
        Self::to(place, *endpoint, tls(access)?, crate::way::way(&access.way)?, *timeout)
    }

    /// The same with TLS that is set up already.
    pub(crate) fn to(
        place: &'a Place,
        endpoint: Endpoint,
        tls: Tls,
        way: ClientWay,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let host = place.host();
        let security = match endpoint.tls {
            TlsMode::Implicit => Security::ImplicitTls(tls),
            TlsMode::StartTls => Security::StartTls(tls),
            TlsMode::None => {
                warn_of_clear_text(host, &way);
                Security::None
            }
        };
        Ok(Self { host, port: endpoint.port.get(), security, way, timeout })
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
        let connected = self.try_connect(transcript, &mut Arrival::default()).await;
        connected.map_err(|error| self.explain(error))
    }

    /// The same for who wants to know how far it has come.
    pub(crate) async fn try_connect(
        &self,
        transcript: Option<Transcript>,
        arrival: &mut Arrival,
    ) -> Result<Connection, Error> {
        let mut timeouts = Timeouts::default();
        timeouts.connect = self.timeout;
        timeouts.handshake = self.timeout;
        timeouts.silence = self.timeout;
        let mut connector = Connector::new().timeouts(timeouts).way(self.way.clone());
        if let Some(transcript) = transcript {
            connector = connector.observe(Box::new(transcript));
        }
        connector.connect_noting(self.host, self.port, &self.security, arrival).await
    }

    /// Why there is no connection, in words.
    pub(crate) fn explain(&self, error: Error) -> Failure {
        let no_greeting = matches!(error, Error::Lost(Lost::Silent { .. } | Lost::Ended));
        let doing = format!("no IMAP from {} port {}", escape_str(self.host), self.port);
        let failure = Failure::from(error);
        match no_greeting {
            true => failure
                .while_doing(&doing)
                .hint("check the port: 993 is for imaps://, 143 for imap://; --timeout SECONDS waits longer"),
            false => failure,
        }
    }
}

/// How TLS is set up, as far as that can be found out before anybody is connected to.
pub(crate) fn tls(access: &Access) -> Result<Tls, Failure> {
    let TlsOptions { identity, minimum } = &access.tls;
    let tls = Tls::new(trust(&access.trust)?).minimum((*minimum).into());
    Ok(match identity {
        Some(files) => tls.identity(Identity::from_pem_files(&files.certificate, &files.key)?),
        None => tls,
    })
}

/// Which certificates are believed, as far as that can be found out before one is shown.
fn trust(trust: &Trust) -> Result<ClientTrust, Failure> {
    Ok(match trust {
        Trust::System => ClientTrust::System,
        Trust::CaFile(path) => {
            // Read later, by the library; whether it can be read is worth knowing now.
            if let Err(err) = File::open(path) {
                let path = path.to_string_lossy();
                let message = format!("cannot open the CA file {}: {err}", escape_str(&path));
                return Err(Failure::new(Exit::Usage, message));
            }
            ClientTrust::CaFile(path.clone())
        }
        Trust::Fingerprint(text) => ClientTrust::Fingerprint(text.parse().map_err(|err| {
            Failure::new(Exit::Usage, format!("--fingerprint cannot be read: {err}"))
                .hint("openssl x509 -noout -fingerprint -sha256 -in cert.pem shows it")
        })?),
    })
}

/// Whether what is said to this host stays on this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
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

/// Gets what somebody logs in with from where it is; waits for a command or for a person perhaps.
pub(crate) async fn credentials(login: &Login, access: &Access) -> Result<Credentials, Failure> {
    let secret = match login.asks_for() {
        Some(what) => Some(secret(what, &access.place, access.password.clone()).await?),
        None => None,
    };
    login.credentials(secret)
}

/// Gets the password from where it is; waits for a command or for a person perhaps.
pub(crate) async fn password(place: &Place, options: PasswordOptions) -> Result<Secret, Failure> {
    secret("password", place, options).await
}

/// The same for whatever takes its place, which people call `what`.
async fn secret(what: &str, place: &Place, options: PasswordOptions) -> Result<Secret, Failure> {
    let question = format!("{what} of {} at {}: ", escape_str(place.user()), escape_str(place.host()));
    Ok(crate::password::password(options, question).await?)
}

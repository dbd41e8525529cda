//! From a place and a password to a session.

use std::fs::File;
use std::io::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use tayori_client::tls::Trust as ClientTrust;
use tayori_client::{Connection, Connector, Error, Lost, Security, Session, Timeouts};
use tayori_proto::types::Secret;

use crate::cli::{Access, Trust};
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
        let Access { place, endpoint, trust, timeout, .. } = access;
        let login = Login::new(place, endpoint.tls)?;
        let route = Route::new(place, *endpoint, trust, *timeout)?;
        Ok(Self { access, route, login })
    }

    /// Gets what is to be logged in with, connects and logs in.
    pub(crate) async fn open(&self, transcript: Option<Transcript>) -> Result<Session, Failure> {
        let Access { place, password: options, .. } = self.access;
        let secret = match self.login.asks_for() {
            Some(what) => Some(secret(what, place, options.clone()).await?),
            None => None,
        };
        let credentials = self.login.credentials(secret)?;
        let connection = self.route.connect(transcript).await?;
        self.login.log_in(connection, &credentials).await
    }
}

/// How to get to the server.
pub(crate) struct Route<'a> {
    host: &'a str,
    port: u16,
    security: Security,
    timeout: Duration,
}

impl<'a> Route<'a> {
    /// Finds out what can be found out without a connection, and warns of a way that hides nothing: both are wanted
    /// before somebody types a password.
    pub(crate) fn new(
        place: &'a Place,
        endpoint: Endpoint,
        trust: &Trust,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let host = place.host();
        let security = security(host, endpoint.tls, trust)?;
        Ok(Self { host, port: endpoint.port.get(), security, timeout })
    }

    /// Connects, without logging in.
    pub(crate) async fn connect(&self, transcript: Option<Transcript>) -> Result<Connection, Failure> {
        let mut timeouts = Timeouts::default();
        timeouts.connect = self.timeout;
        timeouts.handshake = self.timeout;
        timeouts.silence = self.timeout;
        let mut connector = Connector::new().timeouts(timeouts);
        if let Some(transcript) = transcript {
            connector = connector.observe(Box::new(transcript));
        }
        let connected = connector.connect(self.host, self.port, &self.security).await;
        connected.map_err(|error| {
            let no_greeting = matches!(error, Error::Lost(Lost::Silent { .. } | Lost::Ended));
            let doing = format!("no IMAP from {} port {}", escape_str(self.host), self.port);
            let failure = Failure::from(error);
            match no_greeting {
                true => failure.while_doing(&doing).hint(
                    "check the port: 993 is for imaps://, 143 for imap://; --timeout SECONDS waits longer",
                ),
                false => failure,
            }
        })
    }
}

fn security(host: &str, tls: TlsMode, trust: &Trust) -> Result<Security, Failure> {
    let trust = self::trust(trust)?;
    Ok(match tls {
        TlsMode::Implicit => Security::ImplicitTls(trust),
        TlsMode::StartTls => Security::StartTls(trust),
        TlsMode::None => {
            warn_of_clear_text(host);
            Security::None
        }
    })
}

/// Which certificates are believed, as far as that can be found out before one is shown.
pub(crate) fn trust(trust: &Trust) -> Result<ClientTrust, Failure> {
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

pub(crate) fn warn_of_clear_text(host: &str) {
    if !is_loopback(host) {
        let _ = writeln!(
            anstream::stderr(),
            "warning: without TLS, everybody between here and {} can read the password and the mail",
            escape_str(host)
        );
    }
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

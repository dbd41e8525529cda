//! From a place and a password to a session.

use std::io::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use tayori_client::tls::Trust as ClientTrust;
use tayori_client::{Connection, Connector, Error, Security, Session, Timeouts};
use tayori_proto::types::{ImapString, Secret};

use crate::cli::Trust;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::password::{Password, PasswordOptions, Source, Terminal, VARIABLE};
use crate::place::{Auth, Place};
use crate::tls_mode::{Endpoint, TlsMode};
use crate::transcript::Transcript;

/// How to get to the server.
pub(crate) struct Route<'a> {
    pub(crate) place: &'a Place,
    pub(crate) endpoint: Endpoint,
    pub(crate) trust: &'a Trust,
    pub(crate) timeout: Duration,
}

impl Route<'_> {
    /// Connects, without logging in.
    pub(crate) async fn connect(&self, transcript: Option<Transcript>) -> Result<Connection, Failure> {
        let security = self.security()?;
        let mut timeouts = Timeouts::default();
        timeouts.connect = timeouts.connect.min(self.timeout);
        timeouts.handshake = timeouts.handshake.min(self.timeout);
        timeouts.silence = self.timeout;
        let mut connector = Connector::new().timeouts(timeouts);
        if let Some(transcript) = transcript {
            connector = connector.observe(Box::new(transcript));
        }
        let (host, port) = (self.place.host(), self.endpoint.port.get());
        Ok(connector.connect(host, port, &security).await?)
    }

    fn security(&self) -> Result<Security, Failure> {
        let trust = match self.trust {
            Trust::System => ClientTrust::System,
            Trust::CaFile(path) => ClientTrust::CaFile(path.clone()),
            Trust::Fingerprint(text) => ClientTrust::Fingerprint(text.parse().map_err(|err| {
                Failure::new(Exit::Usage, format!("--fingerprint cannot be read: {err}"))
                    .hint("openssl x509 -noout -fingerprint -sha256 -in cert.pem shows it")
            })?),
        };
        Ok(match self.endpoint.tls {
            TlsMode::Implicit => Security::ImplicitTls(trust),
            TlsMode::StartTls => Security::StartTls(trust),
            TlsMode::None => {
                self.warn_of_clear_text();
                Security::None
            }
        })
    }

    fn warn_of_clear_text(&self) {
        let host = self.place.host();
        let loopback =
            host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if !loopback {
            let _ = writeln!(
                anstream::stderr(),
                "warning: without TLS, everybody between here and {} can read the password and the mail",
                escape_str(host)
            );
        }
    }
}

/// Gets the password from where it is; blocks, on a command or on a person perhaps.
pub(crate) async fn password(place: &Place, options: PasswordOptions) -> Result<Secret, Failure> {
    let question = format!("password of {} at {}: ", escape_str(place.user()), escape_str(place.host()));
    let variable = std::env::var_os(VARIABLE);
    let asked = tokio::task::spawn_blocking(move || -> Result<Password, Failure> {
        Ok(Source::choose(options, variable, Terminal::detect())?.read(&question)?)
    });
    let password = asked
        .await
        .map_err(|err| Failure::new(Exit::Failed, format!("cannot ask for the password: {err}")))??;
    Secret::new(password.expose().as_bytes())
        .map_err(|err| Failure::new(Exit::Usage, format!("the password cannot be sent: {err}")))
}

/// Logs in.
pub(crate) async fn log_in(
    connection: Connection,
    place: &Place,
    password: &Secret,
) -> Result<Session, Failure> {
    let user = ImapString::new(place.user())
        .map_err(|err| Failure::new(Exit::Usage, format!("the user name cannot be sent: {err}")))?;
    let connection = match connection.into_preauthenticated() {
        Ok(session) => return Ok(session),
        Err(connection) => connection,
    };
    let logged_in = match place.auth() {
        None | Some(Auth::Any) => connection.authenticate(&user, password).await,
        Some(Auth::Mechanism(name)) if name.eq_ignore_ascii_case("PLAIN") => {
            connection.authenticate_plain(&user, password).await
        }
        Some(Auth::Mechanism(name)) => {
            let message = format!(
                "the place asks for the login mechanism {}, which tayori does not have",
                escape_str(name)
            );
            return Err(Failure::new(Exit::Usage, message).hint("leave out ;AUTH=, or write ;AUTH=PLAIN"));
        }
    };
    logged_in.map_err(|failed| {
        let doing = format!("cannot log in as {} at {}", escape_str(place.user()), escape_str(place.host()));
        let refused = matches!(failed.error, Error::Refused { .. });
        let failure = Failure::from(failed.error).while_doing(&doing);
        if refused {
            failure.exit(Exit::LoginRefused).hint_unless_there_is_one(
                "check user and password; many providers want an app password for programs like this one",
            )
        } else {
            failure
        }
    })
}

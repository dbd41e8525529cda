//! How TLS is set up, as one value: what a connection is to prove, and what is resumed.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::failure::{self, TlsError};
use super::identity::Identity;
use super::verify::{self, Pinned, Telling};
use super::{Trust, file_roots, system_roots};

/// Octets that are taken from the socket at once. rustls by itself asks for 4 KiB, four times for each full record.
const RECEIVE: usize = 64 << 10;

/// The protocol's name in the registry of RFC 7301.
const IMAP: &[u8] = b"imap";

/// How TLS is set up: whom to believe, who we are, and what is asked of the connection.
///
/// A value and its clones share the sessions that servers let us resume (RFC 8446 section 2.2), and what was read from
/// files: give the same one to all connections of a run. A value that differs in anything is another one, since every
/// method here begins anew, so that what was proved under one trust is never resumed under another. With a certificate
/// of ours nothing is resumed: servers look at it in the handshake, and some of them in that alone.
#[derive(Clone)]
pub struct Tls {
    trust: Trust,
    identity: Option<Identity>,
    minimum: TlsVersion,
    alpn: Alpn,
    ready: Arc<OnceLock<Arc<ClientConfig>>>,
}

/// A version of TLS. Older ones are not spoken (RFC 8996).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TlsVersion {
    /// RFC 5246, with cipher suites that have forward secrecy alone (RFC 9325).
    #[default]
    Tls12,
    /// RFC 8446.
    Tls13,
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}

/// Whether the handshake says that IMAP is spoken (RFC 7301), so that nobody in between can lead the connection to
/// another service with the same certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alpn {
    /// It does not.
    ///
    /// The default, against RFC 9325 section 3.7: servers that know ALPN for their web site only answer `imap` with the
    /// alert `no_application_protocol` (large providers among them, as other clients had to find out), others ignore it
    /// (Dovecot 2.3, Courier) or answer it (Dovecot 2.4), and who asked has no way to tell the first from an attacker
    /// who wants it left out.
    #[default]
    Off,
    /// It does. A server that does not know ALPN is taken as it is; one that refuses ends it with
    /// [`TlsError::NoAlpn`].
    Imap,
}

impl Tls {
    /// TLS 1.2 or 1.3 with servers of this trust.
    pub fn new(trust: Trust) -> Self {
        Self {
            trust,
            identity: None,
            minimum: TlsVersion::default(),
            alpn: Alpn::default(),
            ready: Arc::default(),
        }
    }

    /// With servers of another trust.
    #[must_use]
    pub fn trusting(self, trust: Trust) -> Self {
        Self { trust, ..self.anew() }
    }

    /// With a certificate for servers that ask for one.
    #[must_use]
    pub fn identity(self, identity: Identity) -> Self {
        Self { identity: Some(identity), ..self.anew() }
    }

    /// With nothing older than this version.
    #[must_use]
    pub fn minimum(self, minimum: TlsVersion) -> Self {
        Self { minimum, ..self.anew() }
    }

    /// With or without the name of the protocol in the handshake.
    #[must_use]
    pub fn alpn(self, alpn: Alpn) -> Self {
        Self { alpn, ..self.anew() }
    }

    /// Whom it believes.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Whether a certificate of ours is shown to servers that ask for one.
    pub fn has_identity(&self) -> bool {
        self.identity.is_some()
    }

    /// What other values have learnt is not this one's.
    fn anew(self) -> Self {
        Self { ready: Arc::default(), ..self }
    }

    /// Ready for a handshake with this host.
    pub(crate) fn client(&self, host: &str) -> Result<Client, TlsError> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| TlsError::HostName { host: host.to_owned() })?;
        let config = match self.ready.get() {
            Some(config) => Arc::clone(config),
            // Where two are at it at once, one is thrown away.
            None => {
                let config = Arc::new(self.config()?);
                Arc::clone(self.ready.get_or_init(|| config))
            }
        };
        Ok(Client { config, name, host: host.to_owned(), minimum: self.minimum })
    }

    fn config(&self) -> Result<ClientConfig, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let inner: Arc<dyn ServerCertVerifier> = match &self.trust {
            Trust::System => verify::by_roots(system_roots()?, &provider)?,
            Trust::CaFile(path) => verify::by_roots(file_roots(path)?, &provider)?,
            Trust::Fingerprint(fingerprint) => Arc::new(Pinned::new(*fingerprint, &provider)),
        };
        // The cipher suites of the provider all have forward secrecy (RFC 9325).
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions(self.minimum))
            .map_err(|source| TlsError::Setup { source })?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Telling::new(inner)));
        let mut config = match &self.identity {
            Some(identity) => builder.with_client_cert_resolver(identity.resolver()),
            None => builder.with_no_client_auth(),
        };
        if self.identity.is_some() {
            config.resumption = Resumption::disabled();
        }
        if self.alpn == Alpn::Imap {
            config.alpn_protocols = vec![IMAP.to_vec()];
        }
        Ok(config)
    }
}

/// What is spoken where nothing older is wanted.
static TLS13_ALONE: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

fn versions(minimum: TlsVersion) -> &'static [&'static SupportedProtocolVersion] {
    match minimum {
        TlsVersion::Tls12 => rustls::ALL_VERSIONS,
        TlsVersion::Tls13 => TLS13_ALONE,
    }
}

impl From<Trust> for Tls {
    fn from(trust: Trust) -> Self {
        Self::new(trust)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("trust", &self.trust)
            .field("identity", &self.identity)
            .field("minimum", &self.minimum)
            .field("alpn", &self.alpn)
            .finish()
    }
}

/// Ready to shake hands with one host.
pub(crate) struct Client {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    host: String,
    minimum: TlsVersion,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.host)
    }
}

impl Client {
    pub(crate) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        socket: S,
    ) -> Result<TlsStream<BufReader<S>>, TlsError> {
        let connector = TlsConnector::from(self.config);
        let failed = |error| failure::explain(&error, &self.host, self.minimum);
        let socket = BufReader::with_capacity(RECEIVE, socket);
        connector.connect(self.name, socket).await.map_err(failed)
    }
}

//! TLS: who the server has to be, and what is said when it is not.
//!
//! There is no way to accept just any certificate. A server without a certificate that the system trusts is named by
//! its own CA file or by the fingerprint of its certificate.

pub(crate) mod binding;
mod failure;
mod fingerprint;
mod verify;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub use failure::{TlsError, Untrusted};
pub use fingerprint::{Fingerprint, FingerprintError};

use verify::{Pinned, Remembering};

/// Octets that are taken from the socket at once. rustls by itself asks for 4 KiB, four times for each full record.
const RECEIVE: usize = 64 << 10;

/// Whom to believe.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trust {
    /// The certificate authorities of this system (or those named by `SSL_CERT_FILE` and `SSL_CERT_DIR`).
    System,
    /// The certificate authorities in this PEM file, and no others.
    CaFile(PathBuf),
    /// The one certificate with this fingerprint, whatever names it has and whoever signed it. The server still has to
    /// prove that it holds the key.
    Fingerprint(Fingerprint),
}

/// Ready to shake hands.
pub(crate) struct Client {
    config: Arc<ClientConfig>,
    verifier: Arc<Remembering>,
    name: ServerName<'static>,
    host: String,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.host)
    }
}

impl Client {
    pub(crate) fn new(host: &str, trust: &Trust) -> Result<Self, TlsError> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| TlsError::HostName { host: host.to_owned() })?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let inner: Arc<dyn ServerCertVerifier> = match trust {
            Trust::System => verify::by_roots(system_roots()?, &provider)?,
            Trust::CaFile(path) => verify::by_roots(file_roots(path)?, &provider)?,
            Trust::Fingerprint(fingerprint) => Arc::new(Pinned::new(*fingerprint, &provider)),
        };
        let verifier = Arc::new(Remembering::new(inner));
        // TLS 1.2 and 1.3, with the cipher suites of the provider, all of which have forward secrecy (RFC 9325).
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|source| TlsError::Setup { source })?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        Ok(Self { config: Arc::new(config), verifier, name, host: host.to_owned() })
    }

    pub(crate) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        socket: S,
    ) -> Result<TlsStream<BufReader<S>>, TlsError> {
        let connector = TlsConnector::from(self.config);
        let failed = |error| failure::explain(&error, &self.host, self.verifier.seen());
        let socket = BufReader::with_capacity(RECEIVE, socket);
        connector.connect(self.name, socket).await.map_err(failed)
    }
}

fn system_roots() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Stores of systems hold certificates that no parser takes; the others are still good.
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let detail = found.errors.first().map(ToString::to_string);
        return Err(TlsError::NoSystemRoots { detail });
    }
    Ok(roots)
}

fn file_roots(path: &PathBuf) -> Result<RootCertStore, TlsError> {
    let unreadable = |detail: String| TlsError::CaFile { path: path.clone(), detail };
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unreadable("there is no certificate in it".to_owned()));
    }
    Ok(roots)
}

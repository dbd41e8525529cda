//! Why TLS could not be set up, in terms of what was checked.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::{CertificateError, Error as RustlsError, OtherError};

use super::fingerprint::Fingerprint;
use super::verify::Seen;

/// Why there is no TLS.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The server did not prove that it is the one that was asked for. Nothing was sent to it.
    #[error("the certificate of {host} is not accepted: {reason}")]
    Untrusted {
        /// The host that was asked for.
        host: String,
        /// Which check failed.
        reason: Untrusted,
        /// The certificate that was shown; whoever knows from another source that it is right can name it.
        fingerprint: Option<Fingerprint>,
    },
    /// The two sides have no TLS in common, or one of them broke it.
    #[error("no TLS connection with {host}: {source}")]
    Handshake {
        /// The host.
        host: String,
        /// What the TLS library says.
        source: RustlsError,
    },
    /// What answered does not speak TLS.
    #[error("{host} does not answer with TLS on this port")]
    NotTls {
        /// The host.
        host: String,
    },
    /// The connection broke during the handshake.
    #[error("the connection with {host} broke during the TLS handshake: {source}")]
    Io {
        /// The host.
        host: String,
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// The host is no name or address that a certificate could be checked for.
    #[error("{host:?} is not a host name or an address")]
    HostName {
        /// As given.
        host: String,
    },
    /// The file with certificate authorities cannot be used.
    #[error("cannot use the CA file {}: {detail}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// This system names no certificate authority.
    #[error("this system has no certificate authorities to check the server by{}", in_brackets(detail))]
    NoSystemRoots {
        /// What the system says.
        detail: Option<String>,
    },
    /// The TLS library refused its own settings.
    #[error("TLS cannot be set up: {source}")]
    Setup {
        /// Why.
        source: RustlsError,
    },
}

fn in_brackets(detail: &Option<String>) -> String {
    detail.as_ref().map_or(String::new(), |detail| format!(" ({detail})"))
}

/// Which check of a certificate failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Untrusted {
    /// It is for other names.
    #[error("it is for {}, not for the name that was asked for", names(presented))]
    Name {
        /// The names it is for.
        presented: Vec<String>,
    },
    /// No known authority has signed it.
    #[error("it was not signed by an authority that is known here")]
    Issuer,
    /// It has expired.
    #[error("it has expired")]
    Expired,
    /// Its time has not come, or the clock of this machine is wrong.
    #[error("it is not valid yet, or the clock of this machine is wrong")]
    NotYetValid,
    /// It was revoked.
    #[error("it was revoked")]
    Revoked,
    /// The server has not proved that it holds the key of the certificate; whoever it is has copied that.
    #[error("the server does not hold its key")]
    Key,
    /// It is not the one whose fingerprint was given.
    #[error("it does not have the fingerprint that was given")]
    Fingerprint,
    /// It is an authority itself, or not made for servers.
    #[error("it is not made for a server")]
    Purpose,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

fn names(presented: &[String]) -> String {
    if presented.is_empty() { "no name at all".to_owned() } else { presented.join(", ") }
}

impl TlsError {
    /// Whether the identity of the server is in doubt, as against the way to it.
    pub fn is_trust(&self) -> bool {
        !matches!(self, Self::Io { .. } | Self::NotTls { .. } | Self::Handshake { .. })
    }
}

pub(super) fn explain(error: &io::Error, host: &str, seen: Option<Seen>) -> TlsError {
    let host = host.to_owned();
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<RustlsError>());
    match inner {
        Some(RustlsError::InvalidCertificate(certificate)) => {
            let accepted = seen.is_some_and(|seen| seen.accepted);
            let fingerprint = seen.map(|seen| seen.fingerprint);
            TlsError::Untrusted { host, reason: reason(certificate, accepted), fingerprint }
        }
        Some(RustlsError::InvalidMessage(_)) => TlsError::NotTls { host },
        Some(source) => TlsError::Handshake { host, source: source.clone() },
        None => TlsError::Io { host, source: Arc::new(io::Error::new(error.kind(), error.to_string())) },
    }
}

/// `accepted` says that the certificate was found good before this error came.
fn reason(error: &CertificateError, accepted: bool) -> Untrusted {
    match error {
        CertificateError::BadSignature if accepted => Untrusted::Key,
        // An authority of that name is known, and another one of the same name has signed.
        CertificateError::BadSignature => Untrusted::Issuer,
        CertificateError::NotValidForName => Untrusted::Name { presented: Vec::new() },
        CertificateError::NotValidForNameContext { presented, .. } => {
            Untrusted::Name { presented: presented.iter().map(|name| plain_name(name)).collect() }
        }
        CertificateError::UnknownIssuer => Untrusted::Issuer,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Untrusted::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Untrusted::NotYetValid,
        CertificateError::Revoked => Untrusted::Revoked,
        CertificateError::ApplicationVerificationFailure => Untrusted::Fingerprint,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Untrusted::Purpose
        }
        CertificateError::Other(OtherError(inner))
            if matches!(inner.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity)) =>
        {
            Untrusted::Purpose
        }
        other => Untrusted::Other(other.to_string()),
    }
}

/// The library shows names as `DnsName("example.org")` and `IpAddress(127.0.0.1)`.
fn plain_name(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"').to_owned()
}

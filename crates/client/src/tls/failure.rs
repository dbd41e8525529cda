//! Why TLS could not be set up, in terms of what was checked.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::pki_types::CertificateDer;
use rustls::{AlertDescription, CertificateError, Error as RustlsError, OtherError, PeerIncompatible};

use super::alert::TlsAlert;
use super::certificate::{Certificate, Key, Moment, Signature};
use super::fingerprint::Fingerprint;
use super::settings::TlsVersion;
use super::verify::Refusal;

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
        /// What it says of itself, where that can be read.
        certificate: Option<Box<Certificate>>,
    },
    /// The server speaks no version of TLS that is wanted.
    #[error("{host} does not speak {minimum} or anything newer")]
    Version {
        /// The host.
        host: String,
        /// The oldest version that is taken.
        minimum: TlsVersion,
    },
    /// The server knows ALPN, and does not take `imap` there.
    #[error("{host} does not take the protocol name \"imap\" in the TLS handshake (ALPN)")]
    NoAlpn {
        /// The host.
        host: String,
    },
    /// The server ended the handshake and said why.
    #[error("{host} ended the TLS handshake: {alert}")]
    Alert {
        /// The host.
        host: String,
        /// What it says.
        alert: TlsAlert,
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
    /// Nobody but its own key has signed it.
    #[error("it is signed by nobody but itself")]
    SelfSigned,
    /// It has expired, or the clock of this machine is wrong.
    #[error("{}", in_time("it has expired", "its time ended at", dates))]
    Expired {
        /// When that was.
        dates: Box<OutOfTime>,
    },
    /// Its time has not come, or the clock of this machine is wrong.
    #[error("{}", in_time("it is not valid yet", "its time begins at", dates))]
    NotYetValid {
        /// When that will be.
        dates: Box<OutOfTime>,
    },
    /// It was revoked.
    #[error("it was revoked")]
    Revoked,
    /// Its key is too short: others could have found it.
    #[error("its key is too weak ({key})")]
    WeakKey {
        /// The key, of the server or of one that leads to the authority.
        key: Box<Key>,
    },
    /// It was signed in a way that others can imitate.
    #[error("it was signed in a way that is broken ({signature})")]
    WeakSignature {
        /// How.
        signature: Box<Signature>,
    },
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
    Other(Box<str>),
}

/// Why a certificate is out of its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutOfTime {
    /// The end of its time that was passed, or is still to come. `None` where it is not that of the server itself, but
    /// one that leads to the authority.
    pub limit: Option<Moment>,
    /// What the clock of this machine says.
    pub now: Moment,
}

fn names(presented: &[String]) -> String {
    if presented.is_empty() { "no name at all".to_owned() } else { presented.join(", ") }
}

/// Both dates, so that a person sees which of them is wrong.
fn in_time(what: &str, when: &str, dates: &OutOfTime) -> String {
    let OutOfTime { limit, now } = dates;
    match limit {
        Some(limit) => format!("{what}: {when} {limit}, and the clock here says {now}"),
        None => format!("a certificate behind it is of another time: the clock here says {now}"),
    }
}

impl Untrusted {
    /// Whether the certificate can be right all the same, if a person says so: then it is named by its fingerprint
    /// ([`super::Trust::Fingerprint`]). It cannot where the server has no key for it, or another one was named.
    fn is_for_a_person(&self) -> bool {
        !matches!(self, Self::Key | Self::Fingerprint | Self::WeakKey { .. } | Self::Revoked)
    }
}

impl TlsError {
    /// What a handshake with `host` ended in, for who speaks TLS by the same library and not through this crate: HTTPS
    /// beside the mail. The certificate is not known there, so neither are its fingerprint and its dates.
    pub fn from_library(error: &RustlsError, host: &str) -> Self {
        Self::of(error, host, TlsVersion::Tls12)
    }

    fn of(error: &RustlsError, host: &str, minimum: TlsVersion) -> Self {
        let host = host.to_owned();
        match error {
            RustlsError::InvalidCertificate(certificate) => {
                let refusal = match certificate {
                    CertificateError::Other(OtherError(inner)) => inner.downcast_ref::<Refusal>().cloned(),
                    _ => None,
                };
                match refusal {
                    Some(Refusal { reason, fingerprint, certificate }) => {
                        Self::Untrusted { host, reason, fingerprint: Some(fingerprint), certificate }
                    }
                    // Not from the verifier of this crate, or the certificate could not even be taken apart.
                    None => {
                        let reason = reason(certificate, None, &[], Moment::from(SystemTime::now()));
                        Self::Untrusted { host, reason, fingerprint: None, certificate: None }
                    }
                }
            }
            RustlsError::InvalidMessage(_) => Self::NotTls { host },
            RustlsError::NoApplicationProtocol
            | RustlsError::AlertReceived(AlertDescription::NoApplicationProtocol) => Self::NoAlpn { host },
            RustlsError::AlertReceived(AlertDescription::ProtocolVersion)
            | RustlsError::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ) => Self::Version { host, minimum },
            RustlsError::AlertReceived(alert) => Self::Alert { host, alert: TlsAlert::of(*alert) },
            source => Self::Handshake { host, source: source.clone() },
        }
    }

    /// Whether the identity of the server is in doubt, as against the way to it.
    pub fn is_trust(&self) -> bool {
        !matches!(
            self,
            Self::Io { .. }
                | Self::NotTls { .. }
                | Self::Handshake { .. }
                | Self::Version { .. }
                | Self::NoAlpn { .. }
                | Self::Alert { .. }
        )
    }

    /// The certificate that whoever asks could be trusted on first use: a person has to compare the fingerprint with
    /// one that they have from elsewhere, and connects again with [`super::Trust::Fingerprint`]. Nothing was sent to
    /// the server but the handshake.
    ///
    /// `None` where no person can know better: an error that is not about the certificate, a server that does not hold
    /// its key, a key that proves nothing, or another certificate than the one that was named before.
    pub fn first_use(&self) -> Option<(Fingerprint, Option<&Certificate>)> {
        match self {
            Self::Untrusted { reason, fingerprint: Some(fingerprint), certificate, .. }
                if reason.is_for_a_person() =>
            {
                Some((*fingerprint, certificate.as_deref()))
            }
            _ => None,
        }
    }
}

pub(super) fn explain(error: &io::Error, host: &str, minimum: TlsVersion) -> TlsError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<RustlsError>()) {
        Some(source) => TlsError::of(source, host, minimum),
        None => TlsError::Io {
            host: host.to_owned(),
            source: Arc::new(io::Error::new(error.kind(), error.to_string())),
        },
    }
}

/// What was wrong with a certificate that says this of itself.
pub(super) fn reason(
    error: &CertificateError,
    certificate: Option<&Certificate>,
    behind: &[CertificateDer<'_>],
    now: Moment,
) -> Untrusted {
    let untrusted = match error {
        // An authority of that name is known, and another one of the same name has signed.
        CertificateError::BadSignature => Untrusted::Issuer,
        CertificateError::NotValidForName => Untrusted::Name { presented: Vec::new() },
        CertificateError::NotValidForNameContext { presented, .. } => {
            Untrusted::Name { presented: presented.iter().map(|name| plain_name(name)).collect() }
        }
        CertificateError::UnknownIssuer => Untrusted::Issuer,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            let not_after = certificate.map(|certificate| certificate.not_after);
            let limit = not_after.filter(|end| *end < now);
            Untrusted::Expired { dates: Box::new(OutOfTime { limit, now }) }
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            let not_before = certificate.map(|certificate| certificate.not_before);
            let limit = not_before.filter(|begin| *begin > now);
            Untrusted::NotYetValid { dates: Box::new(OutOfTime { limit, now }) }
        }
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
        other => Untrusted::Other(other.to_string().into()),
    };
    match untrusted {
        // Who made it with one command of a tool gets told what is wrong with that, and not with a purpose.
        Untrusted::Issuer | Untrusted::Purpose if certificate.is_some_and(|own| own.is_self_issued) => {
            Untrusted::SelfSigned
        }
        // A signature that the library does not verify looks to it like one of somebody else.
        Untrusted::Issuer | Untrusted::Other(_) => weakness(certificate, behind).unwrap_or(untrusted),
        other => other,
    }
}

/// What is weak in the chain that a server shows; what signed itself there is believed for other reasons, or not at
/// all.
fn weakness(certificate: Option<&Certificate>, behind: &[CertificateDer<'_>]) -> Option<Untrusted> {
    let behind = behind.iter().filter_map(|der| Certificate::from_der(der));
    let chain = certificate.cloned().into_iter().chain(behind);
    chain.filter(|link| !link.is_self_issued).find_map(|link| {
        if link.signature.is_weak {
            return Some(Untrusted::WeakSignature { signature: Box::new(link.signature) });
        }
        link.key.is_weak().then(|| Untrusted::WeakKey { key: Box::new(link.key) })
    })
}

/// The library shows names as `DnsName("example.org")` and `IpAddress(127.0.0.1)`.
fn plain_name(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"').to_owned()
}

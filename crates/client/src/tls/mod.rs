//! TLS: who the server has to be, who we are, and what is said when it does not come to that.
//!
//! There is no way to accept just any certificate. A server without a certificate that the system trusts is named by
//! its own CA file or by the fingerprint of its certificate; whoever wants to trust one on first use gets its
//! fingerprint with the refusal ([`TlsError::first_use`]), decides, and names it.
//!
//! [`Tls`] has all settings, and what connections with the same settings share.

mod alert;
pub(crate) mod binding;
mod certificate;
mod failure;
mod fingerprint;
mod identity;
mod negotiated;
mod settings;
mod verify;

use std::path::PathBuf;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

pub use alert::TlsAlert;
pub use certificate::{Certificate, Key, Moment, Signature};
pub use failure::{OutOfTime, TlsError, Untrusted};
pub use fingerprint::{Fingerprint, FingerprintError};
pub use identity::{Identity, IdentityError};
pub use negotiated::Negotiated;
pub use settings::{Alpn, Tls, TlsVersion};

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

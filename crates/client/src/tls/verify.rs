//! Verifiers of server certificates.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, DigitallySignedStruct, Error as RustlsError, OtherError, RootCertStore, SignatureScheme,
};

use super::certificate::{Certificate, Moment};
use super::failure::{self, TlsError, Untrusted};
use super::fingerprint::Fingerprint;

/// The ordinary way: a chain to a known authority, a name that fits, a time that fits.
pub(super) fn by_roots(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    let verifier =
        verifier.map_err(|error| TlsError::Setup { source: RustlsError::General(error.to_string()) })?;
    Ok(verifier)
}

/// One certificate and no other.
#[derive(Debug)]
pub(super) struct Pinned {
    fingerprint: Fingerprint,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Pinned {
    pub(super) fn new(fingerprint: Fingerprint, provider: &CryptoProvider) -> Self {
        Self { fingerprint, algorithms: provider.signature_verification_algorithms }
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, RustlsError> {
        // The user has named this very certificate: names, dates and signers have nothing to add.
        if Fingerprint::of_der(end_entity) == self.fingerprint {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, RustlsError> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, RustlsError> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Asks another verifier, and puts into a refusal which certificate was shown and what was wrong with it.
///
/// It is the error that carries this, since one verifier serves all connections of its settings: the TLS library
/// resumes a session only under the very verifier that has accepted it.
pub(super) struct Telling {
    inner: Arc<dyn ServerCertVerifier>,
}

/// A certificate that was refused.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{reason}")]
pub(super) struct Refusal {
    pub(super) reason: Untrusted,
    pub(super) fingerprint: Fingerprint,
    pub(super) certificate: Option<Box<Certificate>>,
}

impl Refusal {
    fn told(reason: Untrusted, shown: &CertificateDer<'_>, certificate: Option<Certificate>) -> RustlsError {
        let fingerprint = Fingerprint::of_der(shown);
        let refusal = Self { reason, fingerprint, certificate: certificate.map(Box::new) };
        CertificateError::Other(OtherError(Arc::new(refusal))).into()
    }
}

impl Telling {
    pub(super) fn new(inner: Arc<dyn ServerCertVerifier>) -> Self {
        Self { inner }
    }

    /// The server has not proved that it holds the key of the certificate, which was good by itself.
    fn without_key(error: RustlsError, shown: &CertificateDer<'_>) -> RustlsError {
        match error {
            RustlsError::InvalidCertificate(_) => {
                Refusal::told(Untrusted::Key, shown, Certificate::from_der(shown))
            }
            other => other,
        }
    }
}

impl fmt::Debug for Telling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl ServerCertVerifier for Telling {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, RustlsError> {
        let certificate = Certificate::from_der(end_entity);
        // No signature by such a key is verified later on, whatever the certificate is worth: it is said here, in words
        // of its own.
        if let Some(weak) = certificate.as_ref().filter(|certificate| certificate.key.is_weak()) {
            let reason = Untrusted::WeakKey { key: Box::new(weak.key.clone()) };
            return Err(Refusal::told(reason, end_entity, certificate));
        }
        let verdict =
            self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verdict.map_err(|error| match error {
            RustlsError::InvalidCertificate(error) => {
                let now = Moment(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
                let reason = failure::reason(&error, certificate.as_ref(), intermediates, now);
                Refusal::told(reason, end_entity, certificate)
            }
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, RustlsError> {
        let verdict = self.inner.verify_tls12_signature(message, certificate, signature);
        verdict.map_err(|error| Self::without_key(error, certificate))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, RustlsError> {
        let verdict = self.inner.verify_tls13_signature(message, certificate, signature);
        verdict.map_err(|error| Self::without_key(error, certificate))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

//! What a server says when it ends TLS.

use std::fmt;

use rustls::AlertDescription;

/// Why a server has ended TLS, in the words of the protocol (RFC 8446 section 6.2).
///
/// With TLS 1.3 it looks at a certificate of ours only when our side of the handshake is done: the alert may come
/// behind the handshake, and ends the connection then ([`crate::Lost::Alert`]).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsAlert {
    /// It wants a certificate of ours, and was shown none.
    CertificateRequired,
    /// It does not take the certificate that it was shown; the name of the alert says more.
    CertificateRefused(String),
    /// Any other, by its name.
    Other(String),
}

impl TlsAlert {
    pub(crate) fn of(alert: AlertDescription) -> Self {
        match alert {
            AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
                Self::CertificateRequired
            }
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied => Self::CertificateRefused(name(alert)),
            other => Self::Other(name(other)),
        }
    }
}

/// As the standard writes it: `bad_certificate`.
fn name(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::UnknownCA => return "unknown_ca".to_owned(),
        AlertDescription::Unknown(number) => return format!("alert {number}"),
        _ => {}
    }
    let mut name = String::new();
    for character in format!("{alert:?}").chars() {
        if character.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}

impl fmt::Display for TlsAlert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CertificateRequired => f.write_str("it wants a client certificate"),
            Self::CertificateRefused(name) => write!(f, "it does not take the client certificate ({name})"),
            Self::Other(name) => write!(f, "it says {name}"),
        }
    }
}

//! What a handshake came to.

use rustls::{ClientConnection, HandshakeKind, ProtocolVersion};

use super::certificate::Certificate;
use super::settings::TlsVersion;

/// What protects a connection, as both sides agreed upon it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Negotiated {
    /// The version.
    pub version: TlsVersion,
    /// The cipher suite by its name in the registry: `TLS_AES_128_GCM_SHA256`.
    pub cipher_suite: String,
    /// How the keys were agreed upon: `X25519`. `None` where that is not told.
    pub key_exchange: Option<String>,
    /// The protocol that both sides named (RFC 7301); `None` where none was asked for, or the server does not know
    /// ALPN.
    pub alpn: Option<String>,
    /// Whether it goes on from an earlier connection: then the certificates are those that were proved there.
    pub resumed: bool,
    /// The certificates that the server has shown, its own first, then those that lead to the authority. One that
    /// cannot be read is left out.
    pub certificates: Vec<Certificate>,
}

impl Negotiated {
    pub(crate) fn of(connection: &ClientConnection) -> Self {
        let suite = connection.negotiated_cipher_suite().map(|suite| suite.suite());
        let group = connection.negotiated_key_exchange_group().map(|group| group.name());
        let shown = connection.peer_certificates().unwrap_or_default();
        Self {
            version: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => TlsVersion::Tls13,
                _ => TlsVersion::Tls12,
            },
            cipher_suite: suite.and_then(|suite| suite.as_str()).map(in_registry).unwrap_or_default(),
            key_exchange: group.map(|group| format!("{group:?}")),
            alpn: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
            resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
            certificates: shown.iter().filter_map(|der| Certificate::from_der(der)).collect(),
        }
    }

    /// The server's own certificate.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificates.first()
    }
}

/// The library names those of TLS 1.3 by its version; the registry has them without.
fn in_registry(name: &str) -> String {
    name.replacen("TLS13_", "TLS_", 1)
}

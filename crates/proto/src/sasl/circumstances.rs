use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::types::Capabilities;

/// What an exchange has to know beside the credentials.
#[derive(Debug)]
#[non_exhaustive]
pub struct Circumstances<'a> {
    /// What the server offers, as heard behind TLS.
    pub offered: &'a Capabilities,
    /// What the server is called: the name that its certificate was checked against.
    pub host: &'a str,
    /// The port of the connection.
    pub port: u16,
    /// What this connection can be told from others by, if anything.
    pub binding: Option<&'a ChannelBinding>,
    /// What makes this exchange unlike every other.
    pub nonce: Nonce,
}

impl<'a> Circumstances<'a> {
    /// A connection that cannot be bound to, since it has no TLS or nothing is known of it.
    pub fn new(offered: &'a Capabilities, host: &'a str, port: u16, nonce: Nonce) -> Self {
        Self { offered, host, port, binding: None, nonce }
    }

    /// The same, and the connection can be bound to.
    ///
    /// This is to be said whether or not the server offers a `-PLUS` mechanism: where it does not, SCRAM says that the
    /// client could have, and a server whose offer was cut on its way notices (RFC 5802 section 6).
    #[must_use]
    pub fn bindable(mut self, binding: &'a ChannelBinding) -> Self {
        self.binding = Some(binding);
        self
    }
}

/// What tells a TLS connection from all others (RFC 5056), so that a login is worth nothing on another one.
///
/// There is no `tls-unique`: it is not defined for TLS 1.3 (RFC 9266 section 3), and not safe in front of it unless the
/// extended master secret is in use.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelBinding {
    /// `tls-exporter` (RFC 9266 section 2): 32 octets exported under the label `EXPORTER-Channel-Binding`, without a
    /// context. For TLS 1.3, and for TLS 1.2 only with the extended master secret.
    TlsExporter([u8; 32]),
    /// `tls-server-end-point` (RFC 5929 section 4): a hash of the server's certificate. It tells servers apart, not
    /// connections, and is for where there is no exporter.
    TlsServerEndPoint(Box<[u8]>),
}

impl ChannelBinding {
    /// Its unique prefix in the registry (RFC 5056 section 7).
    pub fn name(&self) -> &'static str {
        match self {
            Self::TlsExporter(_) => "tls-exporter",
            Self::TlsServerEndPoint(_) => "tls-server-end-point",
        }
    }

    /// The octets.
    pub fn data(&self) -> &[u8] {
        match self {
            Self::TlsExporter(data) => data,
            Self::TlsServerEndPoint(data) => data,
        }
    }
}

/// Shows the kind only.
impl fmt::Debug for ChannelBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChannelBinding({})", self.name())
    }
}

/// What the client adds to an exchange so that it is unlike every other: for one exchange only, hence not to be cloned.
#[derive(Debug)]
pub struct Nonce(String);

impl Nonce {
    /// A nonce of 192 bits from a generator that nobody can guess.
    pub fn from_random(octets: [u8; 24]) -> Self {
        // Base64 has neither comma nor quotation mark, and 24 octets need no padding.
        Self(STANDARD.encode(octets))
    }

    /// That of an example.
    #[cfg(test)]
    pub(super) fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The nonce as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_stands_where_it_has_to() {
        for octet in [0, 0x5a, 0xff] {
            let nonce = Nonce::from_random([octet; 24]);
            assert_eq!(nonce.as_str().len(), 32);
            assert!(
                nonce.as_str().bytes().all(|octet| octet.is_ascii_alphanumeric() || b"+/".contains(&octet))
            );
        }
    }

    #[test]
    fn a_binding_shows_its_kind_only() {
        let binding = ChannelBinding::TlsExporter([7; 32]);
        assert_eq!(format!("{binding:?}"), "ChannelBinding(tls-exporter)");
    }
}

use std::fmt;

use zeroize::Zeroizing;

use super::ImapStringError;

/// A password or token: it can be sent, and it cannot be printed. Its memory is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// A secret from octets that hold no NUL.
    pub fn new(secret: impl Into<Vec<u8>>) -> Result<Self, ImapStringError> {
        let secret = Zeroizing::new(secret.into());
        match secret.iter().position(|&octet| octet == 0) {
            Some(index) => Err(ImapStringError { index }),
            None => Ok(Self(secret)),
        }
    }

    /// The octets, for the one place that sends or compares them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

/// Shows nothing of the secret, not even its length.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// What a SASL mechanism sends (RFC 9051 section 6.2.2): any octets, base64 on the wire, and it cannot be printed.
///
/// Unlike a [`Secret`] it may hold NUL, as `PLAIN` does. Its memory is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SaslMessage(Zeroizing<Vec<u8>>);

impl SaslMessage {
    /// A message from its octets, not yet in base64.
    pub fn new(octets: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(octets.into()))
    }

    /// The octets, for the one place that sends or reads them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

/// Shows nothing of the message, not even its length.
impl fmt::Debug for SaslMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SaslMessage(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_secret_is_shown() {
        let secret = Secret::new("correct horse").unwrap();
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(***) Secret(***)");
        assert_eq!(secret.expose(), b"correct horse");
        assert_eq!(format!("{:?}", SaslMessage::new(*b"\0user\0pass")), "SaslMessage(***)");
    }

    #[test]
    fn a_password_holds_no_nul_and_a_sasl_message_may() {
        assert_eq!(Secret::new("a\0b"), Err(ImapStringError { index: 1 }));
        assert_eq!(SaslMessage::new(*b"\0a\0b").expose(), b"\0a\0b");
    }
}

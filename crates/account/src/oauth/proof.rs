//! Random values, and the proof that who began a login also ends it (PKCE, RFC 7636).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::OAuthError;

/// 32 random octets in base64 without padding: 43 characters, the least that a verifier may have (RFC 7636 section
/// 4.1), and all the entropy that is advised.
pub(super) fn random() -> Result<Zeroizing<String>, OAuthError> {
    let mut octets = Zeroizing::new([0; 32]);
    let source = rustls::crypto::ring::default_provider().secure_random;
    source.fill(&mut *octets).map_err(|_| OAuthError::Random)?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(*octets)))
}

/// `code_challenge = BASE64URL-ENCODE(SHA256(ASCII(code_verifier)))` (RFC 7636 section 4.2)
pub(super) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636 appendix B
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn no_value_comes_twice() {
        let (one, other) = (random().unwrap(), random().unwrap());
        assert_eq!((one.len(), other.len()), (43, 43));
        assert_ne!(one, other);
    }
}

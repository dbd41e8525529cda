use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// The SHA-256 digest of a certificate in DER form.
///
/// Written as `SHA256:` and 64 hexadecimal digits, with or without colons between them. What OpenSSL prints,
/// `sha256 Fingerprint=BA:78:...`, is read as well, and so are the digits alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of this certificate.
    pub fn of_der(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SHA256:")?;
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let digits = without_kind(text.trim())?;
        let digits: Option<Vec<u8>> = digits
            .chars()
            .filter(|character| *character != ':')
            .map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok()))
            .collect();
        let digits = digits.filter(|digits| digits.len() == 64).ok_or(FingerprintError::Digits)?;
        let mut digest = [0; 32];
        for (index, digit) in digits.iter().enumerate() {
            digest[index / 2] = digest[index / 2] << 4 | digit;
        }
        Ok(Self(digest))
    }
}

/// The digits behind what says how they came about.
fn without_kind(text: &str) -> Result<&str, FingerprintError> {
    let is_sha256 = |kind: &str| matches!(&*kind.to_ascii_lowercase(), "sha256" | "sha-256");
    if let Some((kind, digits)) = text.split_once('=') {
        let kind =
            kind.trim_end().split_once(' ').filter(|(_, word)| word.eq_ignore_ascii_case("fingerprint"));
        return match kind {
            Some((kind, _)) if is_sha256(kind) => Ok(digits),
            _ => Err(FingerprintError::Kind),
        };
    }
    match text.split_once(':') {
        Some((kind, digits)) if is_sha256(kind) => Ok(digits),
        // Digits alone can only be of this kind if there are as many of them.
        _ if text.chars().filter(char::is_ascii_hexdigit).count() == 64 => Ok(text),
        _ => Err(FingerprintError::Kind),
    }
}

/// Why a text is not a fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FingerprintError {
    /// It does not begin with `SHA256:`. Weaker digests are not taken.
    #[error("a fingerprint begins with `SHA256:`")]
    Kind,
    /// What follows are not 64 hexadecimal digits.
    #[error("a fingerprint has 64 hexadecimal digits behind `SHA256:`")]
    Digits,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_with_and_without_colons_in_any_case() {
        let fingerprint = Fingerprint::of_der(b"abc");
        let plain = "SHA256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(fingerprint.to_string(), plain);
        assert_eq!(plain.parse(), Ok(fingerprint));
        let digits: Vec<String> = plain.as_bytes()[7..]
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair).to_uppercase())
            .collect();
        let digits = digits.join(":");
        for written in [
            format!("sha256:{digits}"),
            format!("sha256 Fingerprint={digits}"),
            format!("SHA256 Fingerprint={digits}\n"),
            digits.clone(),
            plain["SHA256:".len()..].to_owned(),
        ] {
            assert_eq!(written.parse(), Ok(fingerprint), "{written}");
        }
        for other in [format!("SHA1 Fingerprint={digits}"), format!("sha1:{digits}"), format!("MD5={digits}")]
        {
            assert!(other.parse::<Fingerprint>().is_err(), "{other}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for (text, error) in [
            ("", FingerprintError::Kind),
            ("MD5:d41d8cd98f00b204e9800998ecf8427e", FingerprintError::Kind),
            ("SHA256:", FingerprintError::Digits),
            (
                "SHA256:zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                FingerprintError::Digits,
            ),
            (
                "SHA256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015",
                FingerprintError::Digits,
            ),
        ] {
            assert_eq!(text.parse::<Fingerprint>(), Err(error), "{text}");
        }
    }
}

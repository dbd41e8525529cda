use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// The SHA-256 digest of a certificate in DER form.
///
/// Written as `SHA256:` and 64 hexadecimal digits, with or without colons between them.
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
        let (kind, digits) = text.trim().split_once(':').ok_or(FingerprintError::Kind)?;
        if !matches!(&*kind.to_ascii_lowercase(), "sha256" | "sha-256") {
            return Err(FingerprintError::Kind);
        }
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
        assert_eq!(format!("sha256:{}", digits.join(":")).parse(), Ok(fingerprint));
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

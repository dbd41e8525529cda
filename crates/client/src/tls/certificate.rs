//! What a certificate says.

use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::fingerprint::Fingerprint;

/// RSA keys below this many bits are weak (RFC 9325 section 4.5), and the TLS library verifies nothing with them.
const RSA_BITS: u32 = 2048;

/// What a certificate says of itself (RFC 5280). Whether any of it is true is another question: a certificate that was
/// refused is shown in the same words.
///
/// Texts are as the certificate has them, at most a few KiB together; whoever shows them escapes them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Certificate {
    /// Of the whole certificate.
    pub fingerprint: Fingerprint,
    /// Whom it is about: `CN=mail.example.org`.
    pub subject: String,
    /// Who says so.
    pub issuer: String,
    /// The host names and addresses that it is for; wildcards as they stand there.
    pub names: Vec<String>,
    /// It is not valid before this.
    pub not_before: Moment,
    /// It is not valid after this.
    pub not_after: Moment,
    /// Its public key.
    pub key: Key,
    /// How it was signed.
    pub signature: Signature,
    /// Whether it names itself as its issuer.
    pub is_self_issued: bool,
    /// Whether it is an authority's, and not a server's.
    pub is_authority: bool,
}

impl Certificate {
    /// Reads a certificate in DER form. `None` where it is none.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let (_, read) = X509Certificate::from_der(der).ok()?;
        Some(Self {
            fingerprint: Fingerprint::of_der(der),
            subject: read.subject().to_string(),
            issuer: read.issuer().to_string(),
            names: names(&read),
            not_before: Moment(read.validity().not_before.timestamp()),
            not_after: Moment(read.validity().not_after.timestamp()),
            key: Key::of(read.public_key()),
            signature: Signature::of(&read.signature_algorithm.algorithm),
            is_self_issued: read.subject().as_raw() == read.issuer().as_raw(),
            is_authority: read.is_ca(),
        })
    }

    /// For how many whole days it is valid after `now`; negative when it has expired.
    pub fn days_left(&self, now: SystemTime) -> i64 {
        (self.not_after.0 - Moment::from(now).0).div_euclid(DAY)
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Vec::new() };
    let names = names.value.general_names.iter();
    names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(octets) => address(octets).map(|address| address.to_string()),
            _ => None,
        })
        .collect()
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let of_4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    of_4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}

/// A public key: its kind and its size.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Key {
    /// `RSA`, `EC`, `Ed25519`, or the object identifier of a kind that is not known here.
    pub kind: String,
    /// Its size, where it is known.
    pub bits: Option<u32>,
}

impl Key {
    fn of(info: &SubjectPublicKeyInfo<'_>) -> Self {
        let algorithm = info.algorithm.algorithm.to_id_string();
        match (&*algorithm, info.parsed()) {
            (_, Ok(PublicKey::RSA(key))) => {
                let zeros = key.modulus.iter().take_while(|octet| **octet == 0).count();
                let first = key.modulus.get(zeros).map_or(0, |octet| octet.leading_zeros() as usize);
                let bits = (key.modulus.len() - zeros) * 8 - first;
                Self { kind: "RSA".to_owned(), bits: u32::try_from(bits).ok() }
            }
            (_, Ok(PublicKey::EC(point))) => {
                // An uncompressed point is a lead octet and two coordinates.
                let bits = match point.data().len() {
                    133 => 521,
                    octets => octets.saturating_sub(1) / 2 * 8,
                };
                Self { kind: "EC".to_owned(), bits: u32::try_from(bits).ok() }
            }
            ("1.3.101.112", _) => Self { kind: "Ed25519".to_owned(), bits: Some(256) },
            ("1.3.101.113", _) => Self { kind: "Ed448".to_owned(), bits: Some(456) },
            _ => Self { kind: algorithm, bits: None },
        }
    }

    /// Whether it is too short to prove anything.
    pub fn is_weak(&self) -> bool {
        self.kind == "RSA" && self.bits.is_none_or(|bits| bits < RSA_BITS)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        self.bits.map_or(Ok(()), |bits| write!(f, ", {bits} bits"))
    }
}

/// How a certificate was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signature {
    /// Such as `RSA with SHA-256`, or the object identifier of a kind that is not known here.
    pub algorithm: String,
    /// Whether somebody else could have made it: MD2, MD5 and SHA-1 are broken (RFC 9155, RFC 9325 section 4.5).
    pub is_weak: bool,
}

impl Signature {
    fn of(algorithm: &Oid<'_>) -> Self {
        let known = |name: &str, is_weak| Self { algorithm: name.to_owned(), is_weak };
        match &*algorithm.to_id_string() {
            "1.2.840.113549.1.1.2" => known("RSA with MD2", true),
            "1.2.840.113549.1.1.4" => known("RSA with MD5", true),
            "1.2.840.113549.1.1.5" => known("RSA with SHA-1", true),
            "1.2.840.10040.4.3" => known("DSA with SHA-1", true),
            "1.2.840.10045.4.1" => known("ECDSA with SHA-1", true),
            "1.2.840.113549.1.1.10" => known("RSA-PSS", false),
            "1.2.840.113549.1.1.11" => known("RSA with SHA-256", false),
            "1.2.840.113549.1.1.12" => known("RSA with SHA-384", false),
            "1.2.840.113549.1.1.13" => known("RSA with SHA-512", false),
            "1.2.840.10045.4.3.2" => known("ECDSA with SHA-256", false),
            "1.2.840.10045.4.3.3" => known("ECDSA with SHA-384", false),
            "1.2.840.10045.4.3.4" => known("ECDSA with SHA-512", false),
            "1.3.101.112" => known("Ed25519", false),
            "1.3.101.113" => known("Ed448", false),
            other => known(other, false),
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.algorithm)
    }
}

const DAY: i64 = 24 * 60 * 60;

/// A point of time in a certificate, to the second: seconds since 1970-01-01 00:00:00 UTC, negative before.
///
/// Shown as `2026-11-23 08:15:00 UTC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(since) => seconds(since),
            Err(before) => -seconds(before.duration()),
        })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, seconds) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }
}

/// The date that is so many days after 1970-01-01, in the Gregorian calendar. Years are counted from March, so that a
/// leap day is the last of its year, and in eras of 400 years, which all have the same number of days.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let leap = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates() {
        for (seconds, shown) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (-1, "1969-12-31 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_009_843_199, "2001-12-31 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
            (253_402_300_799, "9999-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(Moment(seconds).to_string(), shown);
        }
        assert_eq!(Moment::from(UNIX_EPOCH + Duration::from_millis(1500)), Moment(1));
    }

    #[test]
    fn what_is_no_certificate_is_none() {
        for der in [&b""[..], b"\x30", b"\x30\x82\xff\xff", &[0x30; 4096]] {
            assert_eq!(Certificate::from_der(der), None);
        }
    }
}

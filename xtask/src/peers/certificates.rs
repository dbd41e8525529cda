//! A certificate authority for one run, and what it signed: the certificate of the server, and that of a user.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};

use super::variables::{HOST, TEST_USER};
use crate::stop::{Outcome, because};

/// Names inside the folder of a server.
pub(super) const AUTHORITY: &str = "ca.pem";
pub(super) const CERTIFICATE: &str = "server.pem";
pub(super) const KEY: &str = "server.key";
const USER_CERTIFICATE: &str = "user.pem";
const USER_KEY: &str = "user.key";
const STRANGER_CERTIFICATE: &str = "stranger.pem";
const STRANGER_KEY: &str = "stranger.key";

pub(super) struct Certificates {
    pub(super) authority: CertificateDer<'static>,
    authority_pem: String,
    server: Pair,
    /// The test user's.
    user: Pair,
    /// In the name of the test user, from an authority that nobody here knows.
    stranger: Pair,
    /// Of the server's certificate: `SHA256:` and 64 hexadecimal digits.
    pub(super) fingerprint: String,
}

impl Certificates {
    pub(super) fn generate() -> Outcome<Self> {
        generate().map_err(because("certificates cannot be made"))
    }

    /// The keys can be read by whoever runs us only.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join(AUTHORITY), &self.authority_pem)?;
        self.server.write(folder, CERTIFICATE, KEY)?;
        self.user.write(folder, USER_CERTIFICATE, USER_KEY)?;
        self.stranger.write(folder, STRANGER_CERTIFICATE, STRANGER_KEY)
    }
}

/// What tests find in their environment where a server takes the certificates of users.
pub(super) fn user_variables(folder: &Path) -> Vec<(&'static str, String)> {
    let file = |name: &str| folder.join(name).display().to_string();
    vec![
        ("TAYORI_PEER_CLIENT_CERTIFICATE", file(USER_CERTIFICATE)),
        ("TAYORI_PEER_CLIENT_KEY", file(USER_KEY)),
        ("TAYORI_PEER_STRANGER_CERTIFICATE", file(STRANGER_CERTIFICATE)),
        ("TAYORI_PEER_STRANGER_KEY", file(STRANGER_KEY)),
    ]
}

/// A certificate and its key, PEM.
struct Pair {
    certificate: String,
    key: String,
}

impl Pair {
    fn write(&self, folder: &Path, certificate: &str, key: &str) -> io::Result<()> {
        fs::write(folder.join(certificate), &self.certificate)?;
        let mut private = fs::OpenOptions::new();
        let mut file = private.write(true).create_new(true).mode(0o600).open(folder.join(key))?;
        file.write_all(self.key.as_bytes())
    }
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn generate() -> Result<Certificates, rcgen::Error> {
    let authority = authority("tayori test authority")?;
    let strangers = self::authority("tayori test authority of strangers")?;
    let names = vec![HOST.to_owned(), "127.0.0.1".to_owned()];
    let (server, certificate) = sign(&authority, HOST, names, ExtendedKeyUsagePurpose::ServerAuth)?;
    let (user, _) = sign(&authority, TEST_USER.name, Vec::new(), ExtendedKeyUsagePurpose::ClientAuth)?;
    let (stranger, _) = sign(&strangers, TEST_USER.name, Vec::new(), ExtendedKeyUsagePurpose::ClientAuth)?;
    Ok(Certificates {
        authority: authority.der().clone(),
        authority_pem: authority.pem(),
        server,
        user,
        stranger,
        fingerprint: fingerprint(&certificate),
    })
}

fn authority(name: &str) -> Result<Issuer, rcgen::Error> {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(authority, KeyPair::generate()?)
}

/// A certificate with its key, and the same certificate in DER form.
fn sign(
    authority: &Issuer,
    subject: &str,
    names: Vec<String>,
    purpose: ExtendedKeyUsagePurpose,
) -> Result<(Pair, CertificateDer<'static>), rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, subject);
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    let key = KeyPair::generate()?;
    let signed = params.signed_by(&key, authority)?;
    Ok((Pair { certificate: signed.pem(), key: key.serialize_pem() }, signed.der().clone()))
}

fn fingerprint(certificate: &[u8]) -> String {
    let digest = Sha256::digest(certificate);
    let hexadecimal: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
    format!("SHA256:{hexadecimal}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_sha256_in_hexadecimal() {
        assert_eq!(
            fingerprint(b"abc"),
            "SHA256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn every_run_has_its_own_authority() {
        let one = Certificates::generate().expect("keys can be generated");
        let other = Certificates::generate().expect("keys can be generated");
        assert_ne!(one.authority, other.authority);
        assert_ne!(one.fingerprint, other.fingerprint);
        assert!(one.server.certificate.starts_with("-----BEGIN CERTIFICATE-----"));
    }
}

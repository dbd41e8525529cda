//! A certificate authority for one run, and the server certificate that it signed.

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

use super::variables::HOST;
use crate::stop::{Outcome, because};

/// Names inside the folder of a server.
pub(super) const AUTHORITY: &str = "ca.pem";
pub(super) const CERTIFICATE: &str = "server.pem";
pub(super) const KEY: &str = "server.key";

pub(super) struct Certificates {
    pub(super) authority: CertificateDer<'static>,
    authority_pem: String,
    server_pem: String,
    server_key_pem: String,
    /// Of the server's certificate: `SHA256:` and 64 hexadecimal digits.
    pub(super) fingerprint: String,
}

impl Certificates {
    pub(super) fn generate() -> Outcome<Self> {
        generate().map_err(because("certificates cannot be made"))
    }

    /// The key can be read by whoever runs us only.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join(AUTHORITY), &self.authority_pem)?;
        fs::write(folder.join(CERTIFICATE), &self.server_pem)?;
        let mut private = fs::OpenOptions::new();
        let mut key = private.write(true).create_new(true).mode(0o600).open(folder.join(KEY))?;
        key.write_all(self.server_key_pem.as_bytes())
    }
}

fn generate() -> Result<Certificates, rcgen::Error> {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "tayori test authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let mut server = CertificateParams::new(vec![HOST.to_owned(), "127.0.0.1".to_owned()])?;
    server.distinguished_name.push(DnType::CommonName, HOST);
    server.is_ca = IsCa::ExplicitNoCa;
    server.use_authority_key_identifier_extension = true;
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let server_key = KeyPair::generate()?;
    let server = server.signed_by(&server_key, &authority)?;

    Ok(Certificates {
        authority: authority.der().clone(),
        authority_pem: authority.pem(),
        server_pem: server.pem(),
        server_key_pem: server_key.serialize_pem(),
        fingerprint: fingerprint(server.der()),
    })
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
        assert!(one.server_pem.starts_with("-----BEGIN CERTIFICATE-----"));
    }
}

//! What a TLS connection can be told from others by (RFC 5056).

use rustls::{ClientConnection, ProtocolVersion};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use tayori_proto::sasl::ChannelBinding;

/// The label of `tls-exporter` (RFC 9266 section 2).
const LABEL: &[u8] = b"EXPORTER-Channel-Binding";

/// What this connection can be bound to, once its handshake is done.
///
/// `tls-exporter` for TLS 1.3. In TLS 1.2 it is safe only with the extended master secret (RFC 9266 section 3), and
/// rustls does not tell whether that is in use: there it is `tls-server-end-point`, unless the certificate is signed in
/// a way for which that is not defined.
pub(crate) fn of(connection: &ClientConnection) -> Option<ChannelBinding> {
    match connection.protocol_version()? {
        ProtocolVersion::TLSv1_3 => {
            connection.export_keying_material([0; 32], LABEL, None).ok().map(ChannelBinding::TlsExporter)
        }
        ProtocolVersion::TLSv1_2 => {
            let certificate = connection.peer_certificates()?.first()?;
            server_end_point(certificate).map(ChannelBinding::TlsServerEndPoint)
        }
        _ => None,
    }
}

/// The hash of a certificate in DER form, by the hash function of its signature; SHA-256 in place of MD5 and SHA-1
/// (RFC 5929 section 4.1). `None` where the signature has no hash function of its own, such as Ed25519's, or names it
/// in parameters, as RSASSA-PSS does: the first is not defined, and the second is read in different ways.
fn server_end_point(certificate: &[u8]) -> Option<Box<[u8]>> {
    Some(match signature_hash(certificate)? {
        Hash::Sha224 => Sha224::digest(certificate).to_vec().into(),
        Hash::Sha256 => Sha256::digest(certificate).to_vec().into(),
        Hash::Sha384 => Sha384::digest(certificate).to_vec().into(),
        Hash::Sha512 => Sha512::digest(certificate).to_vec().into(),
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// Object identifiers of signatures, as DER has them, and what takes the place of their hash functions.
const SIGNATURES: [(&[u8], Hash); 12] = [
    // 1.2.840.113549.1.1: with RSA (PKCS #1); MD5 and SHA-1 first.
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12], Hash::Sha384),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13], Hash::Sha512),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14], Hash::Sha224),
    // 1.2.840.10045.4: with ECDSA; SHA-1 first.
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1], Hash::Sha224),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], Hash::Sha384),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], Hash::Sha512),
    // 2.16.840.1.101.3.4.3.2: SHA-256 with DSA.
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 2], Hash::Sha256),
];

/// `Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OBJECT IDENTIFIER, ... }, ... }`
/// (X.509)
fn signature_hash(certificate: &[u8]) -> Option<Hash> {
    const SEQUENCE: u8 = 0x30;
    const OBJECT_IDENTIFIER: u8 = 0x06;
    let (certificate, _) = value(SEQUENCE, certificate)?;
    let (_, behind) = value(SEQUENCE, certificate)?;
    let (algorithm, _) = value(SEQUENCE, behind)?;
    let (identifier, _) = value(OBJECT_IDENTIFIER, algorithm)?;
    SIGNATURES.iter().find(|(known, _)| *known == identifier).map(|(_, hash)| *hash)
}

/// The content of the value that stands first, which must have this tag, and what stands behind it.
fn value(tag: u8, octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[found, length], rest) = octets.split_first_chunk()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        // So many octets hold the length. TLS has no certificate of 2^24 octets or more.
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    if found == tag { rest.split_at_checked(length) } else { None }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};

    use super::*;

    fn certificate(algorithm: &'static SignatureAlgorithm) -> Vec<u8> {
        let key = KeyPair::generate_for(algorithm).unwrap();
        CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap()
            .der()
            .to_vec()
    }

    #[test]
    fn the_hash_is_that_of_the_signature() {
        let with_sha256 = certificate(&rcgen::PKCS_ECDSA_P256_SHA256);
        assert_eq!(signature_hash(&with_sha256), Some(Hash::Sha256));
        assert_eq!(server_end_point(&with_sha256).as_deref(), Some(&*Sha256::digest(&with_sha256)));
        let with_sha384 = certificate(&rcgen::PKCS_ECDSA_P384_SHA384);
        assert_eq!(signature_hash(&with_sha384), Some(Hash::Sha384));
        assert_eq!(server_end_point(&with_sha384).as_deref(), Some(&*Sha384::digest(&with_sha384)));
        assert_eq!(server_end_point(&certificate(&rcgen::PKCS_ED25519)), None, "it is not defined");
    }

    /// A certificate that is nothing but its frame, signed by this.
    fn signed_by(identifier: &[u8]) -> Vec<u8> {
        let identifier = [&[6, u8::try_from(identifier.len()).unwrap()], identifier].concat();
        let algorithm =
            [&[0x30, u8::try_from(identifier.len() + 2).unwrap()], &*identifier, &[5, 0]].concat();
        let content = [&[0x30, 0x81, 3, 2, 1, 7], &*algorithm, &[3, 1, 0]].concat();
        [&[0x30, 0x82, 0, u8::try_from(content.len()).unwrap()], &*content].concat()
    }

    #[test]
    fn what_is_broken_is_replaced() {
        for (identifier, hash) in SIGNATURES {
            let certificate = signed_by(identifier);
            assert_eq!(signature_hash(&certificate), Some(hash), "{identifier:x?}");
            for end in 0..certificate.len() - 3 {
                assert_eq!(signature_hash(&certificate[..end]), None, "{end}");
            }
        }
        let with_md5 = signed_by(SIGNATURES[0].0);
        assert_eq!(server_end_point(&with_md5).as_deref(), Some(&*Sha256::digest(&with_md5)));
        let with_pss = signed_by(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10]);
        assert_eq!(server_end_point(&with_pss), None);
    }
}

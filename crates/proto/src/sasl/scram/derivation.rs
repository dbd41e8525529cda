//! The work: from a password and a salt to proofs, for both sides.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::EagerHash;
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use super::{Proof, ScramHash};
use crate::sasl::hash::{hmac, taken};
use crate::types::SaslMessage;

/// All that the proofs are made of.
pub(in crate::sasl) struct Work {
    pub(super) hash: ScramHash,
    /// Prepared.
    pub(super) password: Zeroizing<String>,
    pub(super) salt: Vec<u8>,
    /// Within its bounds.
    pub(super) iterations: u32,
    /// `AuthMessage`
    pub(super) signed: Vec<u8>,
    /// `client-final-message-without-proof`
    pub(super) without_proof: String,
}

impl Work {
    pub(in crate::sasl) fn iterations(&self) -> u32 {
        self.iterations
    }

    /// `client-final-message`, and what the server has to prove itself by (RFC 5802 section 3).
    pub(in crate::sasl) fn run(self) -> (SaslMessage, Proof) {
        let Proofs { client, server } = match self.hash {
            ScramHash::Sha1 => self.proofs::<Sha1>(),
            ScramHash::Sha256 => self.proofs::<Sha256>(),
            ScramHash::Sha512 => self.proofs::<Sha512>(),
        };
        let proof = Zeroizing::new(STANDARD.encode(&*client));
        let message = [self.without_proof.as_bytes(), b",p=", proof.as_bytes()].concat();
        (SaslMessage::new(message), Proof { signature: server })
    }

    fn proofs<D: EagerHash + Digest>(&self) -> Proofs {
        let mut salted_password = Zeroizing::new(vec![0; self.hash.octets()]);
        pbkdf2_hmac::<D>(self.password.as_bytes(), &self.salt, self.iterations, &mut salted_password);
        let mut client = hmac::<D>(&salted_password, &[b"Client Key"]);
        let stored_key = taken(&mut D::digest(&*client));
        let client_signature = hmac::<D>(&stored_key, &[&self.signed]);
        for (octet, mask) in client.iter_mut().zip(client_signature.iter()) {
            *octet ^= mask;
        }
        let server_key = hmac::<D>(&salted_password, &[b"Server Key"]);
        Proofs { client, server: hmac::<D>(&server_key, &[&self.signed]) }
    }
}

struct Proofs {
    /// `ClientProof`
    client: Zeroizing<Vec<u8>>,
    /// `ServerSignature`
    server: Zeroizing<Vec<u8>>,
}

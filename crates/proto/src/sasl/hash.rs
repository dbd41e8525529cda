//! Hashes, keyed ones and their hexadecimal form, in memory that is overwritten.

use hmac::{EagerHash, Hmac, KeyInit, Mac};
use zeroize::{Zeroize, Zeroizing};

/// HMAC (RFC 2104) of the pieces, one behind the other.
pub(super) fn hmac<D: EagerHash>(key: &[u8], pieces: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut mac = Hmac::<D>::new_from_slice(key).expect("a key of HMAC may have any length");
    for piece in pieces {
        mac.update(piece);
    }
    taken(&mut mac.finalize().into_bytes())
}

/// What a hash function gives, and nothing of it left where it was.
pub(super) fn taken(digest: &mut [u8]) -> Zeroizing<Vec<u8>> {
    let taken = Zeroizing::new(digest.to_vec());
    digest.zeroize();
    taken
}

/// Lower-case hexadecimal.
pub(super) fn hex(octets: &[u8]) -> Zeroizing<String> {
    let digits = octets.iter().flat_map(|octet| [octet >> 4, octet & 15]);
    let mut hex = Zeroizing::new(String::with_capacity(2 * octets.len()));
    hex.extend(digits.map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
    hex
}

#[cfg(test)]
mod tests {
    use md5::Md5;

    use super::*;

    /// RFC 2104 appendix
    #[test]
    fn examples_of_the_rfc() {
        assert_eq!(
            **hex(&hmac::<Md5>(&[0x0b; 16], &[b"Hi ", b"There"])),
            *"9294727a3638bb1c13f48ef8158bfc9d"
        );
        let digest = hmac::<Md5>(b"Jefe", &[b"what do ya want for nothing?"]);
        assert_eq!(**hex(&digest), *"750c783e6ab0b503eaa86e310a5db738");
    }
}

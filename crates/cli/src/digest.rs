//! Digests in short, for tables and names in which a few octets stand for all of it.

/// The first 64 bits of a hash. Of a million different ones two are the same by chance with a probability of less than
/// one to ten millions.
pub(crate) fn short(hash: &blake3::Hash) -> u64 {
    hash.as_bytes()[..8].iter().fold(0, |short, octet| short << 8 | u64::from(*octet))
}

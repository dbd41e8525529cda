//! Octets that look random and are the same every time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// 57 octets become 76 characters, the most that RFC 2045 section 6.8 allows, and CRLF.
pub(crate) const LINE: u64 = 78;

/// xorshift64: quick, repeatable, and random enough to be incompressible.
pub(crate) struct XorShift(u64);

impl XorShift {
    /// The seed must not be 0, from which nothing else ever comes.
    pub(crate) fn new(seed: u64) -> Self {
        debug_assert_ne!(seed, 0);
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Appends lines of base64, each of [`LINE`] octets.
    pub(crate) fn base64_lines(&mut self, lines: u64, to: &mut Vec<u8>) {
        let mut octets = [0_u8; 64];
        let mut line = [b'\n'; LINE as usize];
        line[76] = b'\r';
        for _ in 0..lines {
            for eight in octets.chunks_exact_mut(8) {
                eight.copy_from_slice(&self.next().to_le_bytes());
            }
            // The sizes fit: 57 octets are 76 characters.
            let _ = STANDARD.encode_slice(&octets[..57], &mut line[..76]);
            to.extend_from_slice(&line);
        }
    }
}

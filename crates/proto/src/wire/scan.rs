//! What every response is read by, octet after octet: a word at a time where it can be.

/// The first quote.
///
/// Most strings are shorter than what it costs to call for the wide search.
#[inline(always)]
pub(crate) fn find_quote(octets: &[u8]) -> Option<usize> {
    const NEAR: usize = 32;
    let mut at = 0;
    while at < NEAR
        && let Some(word) = octets.get(at..).and_then(<[u8]>::first_chunk)
    {
        let others = u64::from_le_bytes(*word) ^ (EACH * 0x22);
        // The lowest octet that is marked is a quote; what is above it may be marked wrongly.
        let quotes = others.wrapping_sub(EACH) & !others & (EACH << 7);
        if quotes != 0 {
            return Some(at + quotes.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    find_far_quote(octets, at)
}

/// The same from this octet on.
#[inline(never)]
fn find_far_quote(octets: &[u8], from: usize) -> Option<usize> {
    memchr::memchr(b'"', octets.get(from..)?).map(|index| from + index)
}

/// A word with 1 in each octet.
const EACH: u64 = 0x0101_0101_0101_0101;

/// The number that up to eight digits in front are, and how many there are; 0 if there is none.
///
/// All digits at once: by one after the other, each has to wait for the one in front.
#[inline]
pub(crate) fn leading_number(octets: &[u8; 8]) -> (u32, usize) {
    // The value of each digit, the first in the lowest octet; what is no digit gets above 9.
    let values = u64::from_le_bytes(*octets) ^ (EACH * 0x30);
    // Marks what is above 9 in its highest bit. Nothing is carried into an octet from below the first mark.
    let others = (values.wrapping_add(EACH * 0x76) | values) & (EACH * 0x80);
    let length = others.trailing_zeros() as usize / 8;
    if length == 0 {
        return (0, 0);
    }
    // Zeros in front, then two digits in one step, then four, then eight.
    let values = values << (64 - 8 * length);
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(100 + (1_000_000 << 32));
    let high = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(1 + (10_000 << 32));
    (u32::try_from(low.wrapping_add(high) >> 32).unwrap_or(0), length)
}

/// What may stand in an atom that a peer sends.
///
/// Wider than RFC 9051 section 9 (`ATOM-CHAR`): `]`, `%`, `*`, `\`, `{` inside, and octets above 127, all seen in names
/// and keywords. What ends a value still ends it.
#[inline]
pub(crate) const fn is_atom_octet(octet: u8) -> bool {
    ATOM_OCTETS[octet as usize]
}

static ATOM_OCTETS: [bool; 256] = {
    let mut allowed = [true; 256];
    let mut octet = 0;
    while octet < allowed.len() {
        allowed[octet] = !matches!(octet as u8, 0..=b' ' | b'(' | b')' | b'"' | 0x7f);
        octet += 1;
    }
    allowed
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_in_front_are_a_number() {
        let check = |octets: &[u8; 8], expected| assert_eq!(leading_number(octets), expected, "{octets:?}");
        check(b"12345678", (12_345_678, 8));
        check(b"99999999", (99_999_999, 8));
        check(b"00000001", (1, 8));
        check(b"1 345678", (1, 1));
        check(b"1234567 ", (1_234_567, 7));
        check(b"90909 09", (90_909, 5));
        check(b" 1234567", (0, 0));
        for other in (0..=u8::MAX).filter(|octet| !octet.is_ascii_digit()) {
            check(&[b'4', b'2', other, other, b'7', other, 0xff, 0xff], (42, 2));
        }
    }

    #[test]
    fn the_first_quote_is_found_wherever_it_is() {
        for length in 0..70 {
            let mut octets = vec![0xa2; length];
            assert_eq!(find_quote(&octets), None, "{length} octets");
            for at in 0..length {
                for around in [0x21, 0x23, 0xa2, 0x00] {
                    octets.fill(around);
                    octets[at] = b'"';
                    assert_eq!(find_quote(&octets), Some(at), "0x{around:02x} around {at} of {length}");
                    octets[at..].fill(b'"');
                    assert_eq!(find_quote(&octets), Some(at), "0x{around:02x} in front of {at} of {length}");
                }
            }
        }
    }

    #[test]
    fn what_ends_a_value_is_in_no_atom() {
        let ends: Vec<u8> = (0..=u8::MAX).filter(|&octet| !is_atom_octet(octet)).collect();
        let expected: Vec<u8> = (0..=b' ').chain([b'"', b'(', b')', 0x7f]).collect();
        assert_eq!(ends, expected);
    }
}

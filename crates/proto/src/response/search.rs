//! `SEARCH` (RFC 3501 section 7.2.5, RFC 7162 section 3.1.5).
//!
//! ```text
//! mailbox-data      =/ "SEARCH" *(SP nz-number) [SP search-sort-mod-seq]
//! search-sort-mod-seq = "(" "MODSEQ" SP mod-sequence-value ")"
//! ```

use crate::types::{ModSeq, SeqNum, SeqSet, UidSet};
use crate::wire::{Cursor, Encoder, Syntax};

/// The messages that a search has found.
///
/// They are kept as ranges: a million ascending numbers are read in linear time, into as little memory as their gaps
/// allow. The order in which the server sent them is lost; it has no meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRow {
    /// Their numbers; of which kind, only the command tells.
    numbers: SeqSet,
    /// The highest mod-sequence of the messages found, if the search asked for it.
    pub modseq: Option<ModSeq>,
}

impl SearchRow {
    /// The answer to a search by UID.
    pub fn from_uids(uids: &UidSet) -> Self {
        Self { numbers: uids.cast(), modseq: None }
    }

    /// The answer to a search by sequence number.
    pub fn from_seq_nums(numbers: SeqSet) -> Self {
        Self { numbers, modseq: None }
    }

    /// The messages, where the command was `UID SEARCH`.
    pub fn uids(&self) -> UidSet {
        self.numbers.cast()
    }

    /// The messages, where the command was `SEARCH`.
    pub fn seq_nums(&self) -> SeqSet {
        self.numbers.clone()
    }

    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Syntax> {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        let mut modseq = None;
        loop {
            let plain = take_plain_numbers(cursor.rest(), &mut ranges);
            cursor.advance(plain);
            let blanks = cursor.skip_blanks();
            if cursor.at_line_end() {
                break;
            }
            if cursor.try_byte(b'(') {
                modseq = Some(parse_modseq(cursor)?);
                break;
            }
            if blanks == 0 {
                return Err(cursor.expected("a blank"));
            }
            let start = cursor.pos();
            let number = cursor.expect_number("a number up to 4294967295")?;
            if number == 0 {
                return Err(Syntax { offset: start, expected: "a number from 1" });
            }
            push(&mut ranges, number);
        }
        Ok(Self { numbers: SeqSet::from_number_ranges(ranges), modseq })
    }

    pub(super) fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("* SEARCH");
        for number in self.numbers.iter() {
            encoder.sp().show(SeqNum::value(number));
        }
        if let Some(modseq) = self.modseq {
            encoder.raw(" (MODSEQ ").show(modseq).raw(")");
        }
    }
}

/// Takes the numbers that stand in front as almost all do, each behind one blank, in front of another, and with at most eight
/// digits; gives the octets they have. This is what a million of them are read by.
fn take_plain_numbers(octets: &[u8], ranges: &mut Vec<(u32, u32)>) -> usize {
    let mut taken = 0;
    while let Some(&[b' ', digits @ ..]) = octets.get(taken..).and_then(<[u8]>::first_chunk::<9>) {
        let (number, length) = leading_number(&digits);
        if number == 0 || octets.get(taken + 1 + length) != Some(&b' ') {
            break;
        }
        push(ranges, number);
        taken += 1 + length;
    }
    taken
}

/// The number that up to eight digits in front are, and how many there are; 0 if there is none.
///
/// All digits at once: by one after the other, each has to wait for the one in front.
fn leading_number(octets: &[u8; 8]) -> (u32, usize) {
    const EACH: u64 = 0x0101_0101_0101_0101;
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

fn push(ranges: &mut Vec<(u32, u32)>, number: u32) {
    match ranges.last_mut() {
        Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
        _ => ranges.push((number, number)),
    }
}

/// Behind `(`.
pub(super) fn parse_modseq(cursor: &mut Cursor<'_>) -> Result<ModSeq, Syntax> {
    if !cursor.try_word("MODSEQ") {
        return Err(cursor.expected("MODSEQ"));
    }
    cursor.expect_sp()?;
    let start = cursor.pos();
    let number = cursor.expect_number64("a mod-sequence")?;
    cursor.expect_byte(b')', "`)`")?;
    ModSeq::new(number).ok_or(Syntax { offset: start, expected: "a mod-sequence from 1" })
}

#[cfg(test)]
mod tests {
    use super::leading_number;

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
}

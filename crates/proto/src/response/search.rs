//! `SEARCH` (RFC 3501 section 7.2.5, RFC 7162 section 3.1.5).
//!
//! ```text
//! mailbox-data      =/ "SEARCH" *(SP nz-number) [SP search-sort-mod-seq]
//! search-sort-mod-seq = "(" "MODSEQ" SP mod-sequence-value ")"
//! ```

use crate::quirk::Quirk;
use crate::types::{ModSeq, SeqNum, SeqSet, UidSet};
use crate::wire::{Cursor, Encoder, Syntax, leading_number};

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
            match cursor.peek() {
                Some(b'(') => {
                    modseq = parse_modseq(cursor)?.or(modseq);
                    continue;
                }
                Some(b')') => break,
                _ => {}
            }
            if blanks == 0 {
                return Err(cursor.expected("a blank"));
            }
            if let Some(number) = try_message(cursor)? {
                push(&mut ranges, number.value());
            }
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

/// Takes the numbers that stand in front as almost all do, each behind one blank, in front of another, and with at most
/// eight digits; gives the octets they have. This is what a million of them are read by.
fn take_plain_numbers(octets: &[u8], ranges: &mut Vec<(u32, u32)>) -> usize {
    let mut taken = 0;
    while let Some((_, length)) = plain_number(octets, taken) {
        // As long as they have the same length it is known where the next one begins, and nothing waits for this one.
        while let Some((number, _)) = plain_number(octets, taken).filter(|&(_, other)| other == length) {
            push(ranges, number);
            taken += 1 + length;
        }
    }
    taken
}

/// The number that stands here behind a blank and in front of another, and its digits.
#[inline]
fn plain_number(octets: &[u8], at: usize) -> Option<(u32, usize)> {
    let [b' ', digits @ ..] = octets.get(at..)?.first_chunk::<9>()? else { return None };
    let (number, length) = leading_number(digits);
    (number != 0 && octets.get(at + 1 + length) == Some(&b' ')).then_some((number, length))
}

fn push(ranges: &mut Vec<(u32, u32)>, number: u32) {
    match ranges.last_mut() {
        Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
        _ => ranges.push((number, number)),
    }
}

/// `nz-number`: a message, by a number of which only the command tells the kind. `None` for 0 and for `NIL`, which name
/// no message.
pub(super) fn try_message(cursor: &mut Cursor<'_>) -> Result<Option<SeqNum>, Syntax> {
    let start = cursor.pos();
    if cursor.try_word("NIL") {
        cursor.repaired_at(Quirk::NilNumber, start);
        return Ok(None);
    }
    let number = SeqNum::new(cursor.expect_number("a number from 1 to 4294967295")?);
    if number.is_none() {
        cursor.repaired_at(Quirk::ZeroNumber, start);
    }
    Ok(number)
}

/// `search-sort-mod-seq`; `None` for anything else in parentheses: the messages that were found count, whatever is
/// wrong with it.
pub(super) fn parse_modseq(cursor: &mut Cursor<'_>) -> Result<Option<ModSeq>, Syntax> {
    let start = cursor.pos();
    if let found @ Ok(Some(_)) = read_modseq(cursor) {
        return found;
    }
    cursor.seek(start);
    cursor.skip_value()?;
    cursor.repaired_at(Quirk::OddModSeq, start);
    Ok(None)
}

fn read_modseq(cursor: &mut Cursor<'_>) -> Result<Option<ModSeq>, Syntax> {
    cursor.expect_byte(b'(', "`(`")?;
    cursor.skip_stray_blanks();
    if !cursor.try_word("MODSEQ") {
        return Err(cursor.expected("MODSEQ"));
    }
    cursor.expect_sp()?;
    let number = cursor.expect_number64("a mod-sequence")?;
    cursor.skip_stray_blanks();
    cursor.expect_byte(b')', "`)`")?;
    Ok(ModSeq::new(number))
}

//! `SORT` (RFC 5256 section 4, RFC 7162 section 3.1.6).
//!
//! ```text
//! sort-data = "SORT" *(SP nz-number) [SP search-sort-mod-seq]
//! ```
//!
//! Wider: blanks as they come.

use crate::types::{Id, ModSeq, SeqNum, Uid};
use crate::wire::{Cursor, Encoder, Syntax};

use super::search::{parse_modseq, try_message};

/// The messages that a `SORT` has found, in its order.
///
/// Each costs four octets, and at least two on the wire: the size of the response is the only bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SortRow {
    /// Their numbers; of which kind, only the command tells.
    numbers: Vec<SeqNum>,
    /// The highest mod-sequence of the messages found, if the search asked for it.
    pub modseq: Option<ModSeq>,
}

impl SortRow {
    /// The answer to `UID SORT`.
    pub fn from_uids(uids: impl IntoIterator<Item = Uid>) -> Self {
        let numbers = uids.into_iter().map(of_kind).collect();
        Self { numbers, modseq: None }
    }

    /// The answer to `SORT`.
    pub fn from_seq_nums(numbers: Vec<SeqNum>) -> Self {
        Self { numbers, modseq: None }
    }

    /// The messages, where the command was `UID SORT`.
    pub fn uids(&self) -> impl ExactSizeIterator<Item = Uid> + '_ {
        self.numbers.iter().map(|number| of_kind(*number))
    }

    /// The messages, where the command was `SORT`.
    pub fn seq_nums(&self) -> &[SeqNum] {
        &self.numbers
    }

    /// What stands behind `SORT`, up to the end of the line.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Syntax> {
        let mut row = Self::default();
        loop {
            let behind = cursor.pos();
            cursor.skip_blanks();
            if cursor.at_line_end() {
                cursor.seek(behind);
                return Ok(row);
            }
            match cursor.peek() {
                Some(b'(') => {
                    row.modseq = parse_modseq(cursor)?.or(row.modseq);
                    continue;
                }
                Some(b')') => return Ok(row),
                _ => {}
            }
            cursor.seek(behind);
            cursor.expect_sp()?;
            row.numbers.extend(try_message(cursor)?);
        }
    }

    pub(super) fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("* SORT");
        for number in &self.numbers {
            encoder.sp().show(number);
        }
        if let Some(modseq) = self.modseq {
            encoder.raw(" (MODSEQ ").show(modseq).raw(")");
        }
    }
}

/// `nz-number`: a message, by a number of which only the command tells the kind.
pub(super) fn expect_message(cursor: &mut Cursor<'_>) -> Result<SeqNum, Syntax> {
    const EXPECTED: &str = "a number from 1 to 4294967295";
    let offset = cursor.pos();
    SeqNum::new(cursor.expect_number(EXPECTED)?).ok_or(Syntax { offset, expected: EXPECTED })
}

/// The same number as the other kind, for whoever knows that the peer meant that.
pub(super) fn of_kind<T: Id, U: Id>(id: T) -> U {
    U::from_number(id.number()).expect("it is the number of a message, and that is never 0")
}

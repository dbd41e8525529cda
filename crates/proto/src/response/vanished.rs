//! `VANISHED` (RFC 7162 section 3.2.10, and in place of `EXPUNGE` RFC 9586 section 3).
//!
//! ```text
//! expunged-resp = "VANISHED" [SP "(EARLIER)"] SP known-uids
//! ```
//!
//! Wider: blanks are taken as they come, inside the set too.

use crate::quirk::Quirk;
use crate::types::{Uid, UidSet};
use crate::wire::{Cursor, Encoder, Syntax};

/// Messages that are gone, by UID.
///
/// They are kept as ranges and never counted one by one: a few octets can name four thousand million, most of which
/// never were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vanished {
    when: VanishedWhen,
    /// Never empty.
    uids: UidSet,
}

/// What a `VANISHED` response does to the message sequence numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VanishedWhen {
    /// Just now: the messages behind them move up, and there are fewer of them.
    Now,
    /// `(EARLIER)`: before the mailbox was selected; the numbers and `EXISTS` know of it already.
    Earlier,
}

impl Vanished {
    /// `None` without a UID: there is nothing to tell then, and no way to say it.
    pub fn new(when: VanishedWhen, uids: UidSet) -> Option<Self> {
        (!uids.is_empty()).then_some(Self { when, uids })
    }

    /// What it does to the message sequence numbers.
    pub const fn when(&self) -> VanishedWhen {
        self.when
    }

    /// The messages; UIDs that never were may be among them. Never empty.
    pub const fn uids(&self) -> &UidSet {
        &self.uids
    }

    /// From behind the word.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Syntax> {
        cursor.expect_sp()?;
        let when = if cursor.try_byte(b'(') {
            cursor.skip_stray_blanks();
            if !cursor.try_word("EARLIER") {
                return Err(cursor.expected("EARLIER"));
            }
            cursor.skip_stray_blanks();
            cursor.expect_byte(b')', "`)`")?;
            cursor.expect_sp()?;
            VanishedWhen::Earlier
        } else {
            VanishedWhen::Now
        };
        Ok(Self { when, uids: parse_uids(cursor)? })
    }

    pub(super) fn encode(&self, encoder: &mut Encoder) {
        encoder.raw(match self.when {
            VanishedWhen::Now => "* VANISHED ",
            VanishedWhen::Earlier => "* VANISHED (EARLIER) ",
        });
        encoder.show(&self.uids);
    }
}

/// `known-uids = sequence-set`, without `*`.
fn parse_uids(cursor: &mut Cursor<'_>) -> Result<UidSet, Syntax> {
    let mut ranges = Vec::new();
    loop {
        let one = parse_uid(cursor)?;
        skip_blanks_inside(cursor, b":,");
        let other = if cursor.try_byte(b':') {
            skip_blanks_inside(cursor, b"0123456789");
            parse_uid(cursor)?
        } else {
            one
        };
        ranges.push((one.min(other).value(), one.max(other).value()));
        skip_blanks_inside(cursor, b",");
        if !cursor.try_byte(b',') {
            return Ok(UidSet::from_number_ranges(ranges));
        }
        skip_blanks_inside(cursor, b"0123456789");
    }
}

/// Skips blanks in front of one of these octets.
fn skip_blanks_inside(cursor: &mut Cursor<'_>, next: &[u8]) {
    let start = cursor.pos();
    if cursor.skip_blanks() == 0 {
        return;
    }
    if cursor.peek().is_some_and(|octet| next.contains(&octet)) {
        cursor.repaired(Quirk::ExtraBlanks);
    } else {
        cursor.seek(start);
    }
}

fn parse_uid(cursor: &mut Cursor<'_>) -> Result<Uid, Syntax> {
    const EXPECTED: &str = "a UID from 1 to 4294967295";
    let offset = cursor.pos();
    Uid::new(cursor.expect_number(EXPECTED)?).ok_or(Syntax { offset, expected: EXPECTED })
}

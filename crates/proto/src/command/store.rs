use super::{Command, encode, read};
use crate::types::{Flag, Messages};
use crate::wire::{Cursor, Encoder, Syntax};

/// What a `STORE` does with the flags of a message (RFC 9051 section 6.4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreChange {
    /// `FLAGS`: these take the place of all others, except `\Recent`.
    Replace,
    /// `+FLAGS`: these are added.
    Add,
    /// `-FLAGS`: these are removed.
    Remove,
}

/// Whether a `STORE` is answered with the new flags (RFC 9051 section 6.4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Silence {
    /// The server answers with a `FETCH` for each message.
    Answered,
    /// `.SILENT`: the server need not; it still may.
    Silent,
}

/// `store = "STORE" SP sequence-set SP store-att-flags`,
/// `store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))` (RFC 9051 section 9)
pub(super) fn encode(
    encoder: &mut Encoder,
    messages: &Messages,
    change: StoreChange,
    silence: Silence,
    flags: &[Flag],
) {
    encode::messages(encoder, messages);
    encoder.sp();
    match change {
        StoreChange::Replace => encoder.raw("FLAGS"),
        StoreChange::Add => encoder.raw("+FLAGS"),
        StoreChange::Remove => encoder.raw("-FLAGS"),
    };
    if silence == Silence::Silent {
        encoder.raw(".SILENT");
    }
    encoder.sp().list(flags, |encoder, flag| {
        encoder.raw(flag.to_bytes());
    });
}

/// As [`encode`], behind the set.
pub(super) fn parse(cursor: &mut Cursor<'_>, messages: Messages) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let change = if cursor.try_byte(b'+') {
        StoreChange::Add
    } else if cursor.try_byte(b'-') {
        StoreChange::Remove
    } else {
        StoreChange::Replace
    };
    let silence = if cursor.try_word("FLAGS") {
        Silence::Answered
    } else if cursor.try_word("FLAGS.SILENT") {
        Silence::Silent
    } else {
        return Err(cursor.expected("FLAGS or FLAGS.SILENT"));
    };
    cursor.expect_sp()?;
    let flags = if cursor.peek() == Some(b'(') { read::flag_list(cursor)? } else { bare_flags(cursor)? };
    Ok(Command::Store { messages, change, silence, flags })
}

/// `flag *(SP flag)`, without parentheses around.
fn bare_flags(cursor: &mut Cursor<'_>) -> Result<Vec<Flag>, Syntax> {
    let mut flags = vec![read::flag(cursor)?];
    while cursor.peek() == Some(b' ') {
        cursor.expect_sp()?;
        if cursor.at_line_end() {
            break;
        }
        flags.push(read::flag(cursor)?);
    }
    Ok(flags)
}

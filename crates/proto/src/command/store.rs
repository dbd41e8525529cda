use std::collections::BTreeSet;

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

impl StoreChange {
    /// Does it to the flags of a message.
    pub fn apply(self, flags: &mut BTreeSet<Flag>, given: &[Flag]) {
        match self {
            Self::Replace => *flags = given.iter().cloned().collect(),
            Self::Add => flags.extend(given.iter().cloned()),
            Self::Remove => flags.retain(|flag| !given.contains(flag)),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, flag, numbers, uids};
    use super::*;

    #[test]
    fn examples_of_the_rfcs() {
        let flags = vec![Flag::Deleted];
        let (change, silence) = (StoreChange::Add, Silence::Answered);
        let command = Command::Store { messages: numbers("2:4"), change, silence, flags: flags.clone() };
        check("A003 STORE 2:4 +FLAGS (\\Deleted)", &command, "A003 STORE 2:4 +FLAGS (\\Deleted)");
        let command = Command::Store { messages: numbers("12"), change, silence, flags };
        check("a005 store 12 +flags \\deleted", &command, "a005 STORE 12 +FLAGS (\\Deleted)");
        let (change, flags) = (StoreChange::Replace, vec![flag("f1"), flag("f2"), flag("f3")]);
        let command = Command::Store { messages: numbers("42"), change, silence, flags };
        check("m STORE 42 FLAGS f1 f2  f3 ", &command, "m STORE 42 FLAGS (f1 f2 f3)");
    }

    #[test]
    fn silent_and_empty_forms() {
        let silence = Silence::Silent;
        let (change, flags) = (StoreChange::Remove, vec![flag("\\X"), flag("a]")]);
        let command = Command::Store { messages: uids("1,3:*"), change, silence, flags };
        check(
            "a UID STORE 1,3:* -Flags.Silent (\\X a])",
            &command,
            "a UID STORE 1,3:* -FLAGS.SILENT (\\X a])",
        );
        let change = StoreChange::Replace;
        let command = Command::Store { messages: uids("1"), change, silence, flags: Vec::new() };
        check("a UID STORE 1 FLAGS.SILENT ()", &command, "a UID STORE 1 FLAGS.SILENT ()");
    }

    #[test]
    fn what_is_no_store() {
        check_wrong("a STORE 1", 9, "a blank");
        check_wrong("a STORE 1 +FLAG (\\Seen)", 11, "FLAGS or FLAGS.SILENT");
        check_wrong("a STORE 1 + FLAGS (\\Seen)", 11, "FLAGS or FLAGS.SILENT");
        check_wrong("a STORE 1 +FLAGS", 16, "a blank");
        check_wrong("a STORE 1 +FLAGS ", 17, "a flag");
        check_wrong("a STORE 1 +FLAGS (\\Seen) x", 25, "the end of the command");
    }

    #[test]
    fn what_becomes_of_flags() {
        let set = |flags: &[Flag]| flags.iter().cloned().collect::<BTreeSet<_>>();
        for (change, expected) in [
            (StoreChange::Replace, &[Flag::Seen, Flag::Draft][..]),
            (StoreChange::Add, &[Flag::Answered, Flag::Seen, Flag::Draft]),
            (StoreChange::Remove, &[Flag::Answered]),
        ] {
            let mut flags = set(&[Flag::Answered, Flag::Seen]);
            change.apply(&mut flags, &[Flag::Seen, Flag::Draft]);
            assert_eq!(flags, set(expected), "{change:?}");
        }
    }
}

use std::collections::BTreeSet;

use super::{Command, encode, read};
use crate::grammar::label;
use crate::grammar::read::mod_sequence_or_zero;
use crate::types::{Flag, GmLabel, Messages, ModSeq, NameEncoding};
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

/// `UNCHANGEDSINCE` (RFC 7162 section 3.1.3): messages with a higher mod-sequence stay as they are, and are named in
/// `MODIFIED`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnchangedSince {
    /// 0: only what was never set is set. The flags of the system always count as set once.
    Zero,
    /// This mod-sequence.
    ModSeq(ModSeq),
}

/// What of a message a `STORE` changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreItem {
    /// `FLAGS`; none is an order too, with [`StoreChange::Replace`].
    Flags(Vec<Flag>),
    /// `X-GM-LABELS` (Gmail).
    GmLabels(Vec<GmLabel>),
}

impl From<Vec<Flag>> for StoreItem {
    fn from(flags: Vec<Flag>) -> Self {
        Self::Flags(flags)
    }
}

/// What a `STORE` says behind its messages.
pub(super) struct Stored<'a> {
    pub(super) unchanged_since: Option<UnchangedSince>,
    pub(super) change: StoreChange,
    pub(super) silence: Silence,
    pub(super) item: &'a StoreItem,
}

/// ```text
/// store           = "STORE" SP sequence-set [store-modifiers] SP store-att-flags   ; RFC 4466 section 3
/// store-modifiers = SP "(" store-modifier ")"
/// store-modifier  =/ "UNCHANGEDSINCE" SP mod-sequence-valzer                       ; RFC 7162 section 7
/// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))   ; RFC 9051 section 9
/// ```
///
/// Gmail has `X-GM-LABELS` where `FLAGS` stands, and labels where flags do.
pub(super) fn encode(encoder: &mut Encoder, names: NameEncoding, messages: &Messages, stored: &Stored<'_>) {
    encode::messages(encoder, messages);
    match stored.unchanged_since {
        None => {}
        Some(UnchangedSince::Zero) => {
            encoder.raw(" (UNCHANGEDSINCE 0)");
        }
        Some(UnchangedSince::ModSeq(modseq)) => {
            encoder.raw(" (UNCHANGEDSINCE ").show(modseq).raw(")");
        }
    }
    encoder.raw(match stored.change {
        StoreChange::Replace => " ",
        StoreChange::Add => " +",
        StoreChange::Remove => " -",
    });
    encoder.raw(match stored.item {
        StoreItem::Flags(_) => "FLAGS",
        StoreItem::GmLabels(_) => "X-GM-LABELS",
    });
    if stored.silence == Silence::Silent {
        encoder.raw(".SILENT");
    }
    encoder.sp();
    match stored.item {
        StoreItem::Flags(flags) => {
            encoder.list(flags, |encoder, flag| {
                encoder.raw(flag.to_bytes());
            });
        }
        StoreItem::GmLabels(labels) => label::encode_list(encoder, labels, names),
    }
}

/// As [`encode`], behind the set.
pub(super) fn parse(
    cursor: &mut Cursor<'_>,
    names: NameEncoding,
    messages: Messages,
) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let unchanged_since = parse_modifiers(cursor)?;
    let change = if cursor.try_byte(b'+') {
        StoreChange::Add
    } else if cursor.try_byte(b'-') {
        StoreChange::Remove
    } else {
        StoreChange::Replace
    };
    let (kind, silence) = parse_name(cursor)?;
    cursor.expect_sp()?;
    let item = match kind {
        Kind::Flags => StoreItem::Flags(parse_values(cursor, "a list of flags", read::flag)?),
        Kind::GmLabels => {
            let label = |cursor: &mut Cursor<'_>| parse_label(cursor, names);
            StoreItem::GmLabels(parse_values(cursor, "a list of labels", label)?)
        }
    };
    Ok(Command::Store { messages, unchanged_since, change, silence, item })
}

/// `"(" store-modifier ")" SP`, if it stands here.
fn parse_modifiers(cursor: &mut Cursor<'_>) -> Result<Option<UnchangedSince>, Syntax> {
    if !cursor.try_byte(b'(') {
        return Ok(None);
    }
    cursor.skip_stray_blanks();
    if !cursor.try_word("UNCHANGEDSINCE") {
        return Err(cursor.expected("a modifier of STORE"));
    }
    cursor.expect_sp()?;
    let modseq = mod_sequence_or_zero(cursor)?;
    cursor.skip_stray_blanks();
    cursor.expect_byte(b')', "`)`")?;
    cursor.expect_sp()?;
    Ok(Some(modseq.map_or(UnchangedSince::Zero, UnchangedSince::ModSeq)))
}

enum Kind {
    Flags,
    GmLabels,
}

fn parse_name(cursor: &mut Cursor<'_>) -> Result<(Kind, Silence), Syntax> {
    if cursor.try_word("FLAGS") {
        Ok((Kind::Flags, Silence::Answered))
    } else if cursor.try_word("FLAGS.SILENT") {
        Ok((Kind::Flags, Silence::Silent))
    } else if cursor.try_word("X-GM-LABELS") {
        Ok((Kind::GmLabels, Silence::Answered))
    } else if cursor.try_word("X-GM-LABELS.SILENT") {
        Ok((Kind::GmLabels, Silence::Silent))
    } else {
        Err(cursor.expected("FLAGS or FLAGS.SILENT"))
    }
}

/// `"(" [value *(SP value)] ")"`, or one at least without parentheses around.
fn parse_values<T>(
    cursor: &mut Cursor<'_>,
    expected: &'static str,
    mut value: impl FnMut(&mut Cursor<'_>) -> Result<T, Syntax>,
) -> Result<Vec<T>, Syntax> {
    if cursor.peek() == Some(b'(') {
        return read::list(cursor, expected, value);
    }
    let mut values = vec![value(cursor)?];
    while cursor.peek() == Some(b' ') {
        cursor.expect_sp()?;
        if cursor.at_line_end() {
            break;
        }
        values.push(value(cursor)?);
    }
    Ok(values)
}

/// `"\" atom`, or an `astring`.
fn parse_label(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<GmLabel, Syntax> {
    let start = cursor.pos();
    let octets = if cursor.try_byte(b'\\') {
        read::atom(cursor, "a label")?;
        cursor.since(start)
    } else {
        read::astring(cursor, "a label")?.into_bytes()
    };
    Ok(GmLabel::from_wire(octets, names))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, flag, numbers, uids};
    use super::*;

    fn store(
        messages: Messages,
        change: StoreChange,
        silence: Silence,
        item: impl Into<StoreItem>,
    ) -> Command {
        Command::Store { messages, unchanged_since: None, change, silence, item: item.into() }
    }

    fn label(label: &str) -> GmLabel {
        GmLabel::new(label).unwrap()
    }

    #[test]
    fn examples_of_the_rfcs() {
        let flags = vec![Flag::Deleted];
        let command = store(numbers("2:4"), StoreChange::Add, Silence::Answered, flags.clone());
        check("A003 STORE 2:4 +FLAGS (\\Deleted)", &command, "A003 STORE 2:4 +FLAGS (\\Deleted)");
        let command = store(numbers("12"), StoreChange::Add, Silence::Answered, flags);
        check("a005 store 12 +flags \\deleted", &command, "a005 STORE 12 +FLAGS (\\Deleted)");
        let flags = vec![flag("f1"), flag("f2"), flag("f3")];
        let command = store(numbers("42"), StoreChange::Replace, Silence::Answered, flags);
        check("m STORE 42 FLAGS f1 f2  f3 ", &command, "m STORE 42 FLAGS (f1 f2 f3)");
    }

    #[test]
    fn silent_and_empty_forms() {
        let flags = vec![flag("\\X"), flag("a]")];
        let command = store(uids("1,3:*"), StoreChange::Remove, Silence::Silent, flags);
        check(
            "a UID STORE 1,3:* -Flags.Silent (\\X a])",
            &command,
            "a UID STORE 1,3:* -FLAGS.SILENT (\\X a])",
        );
        let command = store(uids("1"), StoreChange::Replace, Silence::Silent, vec![]);
        check("a UID STORE 1 FLAGS.SILENT ()", &command, "a UID STORE 1 FLAGS.SILENT ()");
    }

    /// RFC 7162 section 3.1.3.
    #[test]
    fn only_what_is_unchanged() {
        let unless = |messages, modseq, change, silence, flags| Command::Store {
            messages,
            unchanged_since: Some(ModSeq::new(modseq).map_or(UnchangedSince::Zero, UnchangedSince::ModSeq)),
            change,
            silence,
            item: StoreItem::Flags(flags),
        };
        let line = "a103 UID STORE 6,4,8 (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\\Deleted)";
        let (add, silent) = (StoreChange::Add, Silence::Silent);
        check(line, &unless(uids("6,4,8"), 12_121_230_045, add, silent, vec![Flag::Deleted]), line);
        let line = "a104 STORE * (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\\Deleted $Processed)";
        let flags = vec![Flag::Deleted, flag("$Processed")];
        check(line, &unless(numbers("*"), 12_121_230_045, add, silent, flags), line);
        let command = unless(numbers("12"), 0, add, Silence::Answered, vec![flag("$MDNSent")]);
        check(
            "a102 STORE 12  ( unchangedsince 0 ) +FLAGS ($MDNSent)",
            &command,
            "a102 STORE 12 (UNCHANGEDSINCE 0) +FLAGS ($MDNSent)",
        );
    }

    #[test]
    fn labels_of_gmail() {
        let labels = vec![label("foo")];
        let command = store(numbers("1"), StoreChange::Add, Silence::Answered, StoreItem::GmLabels(labels));
        check("a011 STORE 1 +X-GM-LABELS (foo)", &command, "a011 STORE 1 +X-GM-LABELS (foo)");
        let labels = ["\\Trash", "a b", "B\u{fc}cher", "x"].map(label).to_vec();
        let command = store(uids("1"), StoreChange::Replace, Silence::Silent, StoreItem::GmLabels(labels));
        let sent = "a UID STORE 1 X-GM-LABELS.SILENT (\\Trash \"a b\" B&APw-cher x)";
        check("a UID STORE 1 x-gm-labels.silent \"\\\\Trash\" \"a b\" B&APw-cher x", &command, sent);
        let command = store(uids("1"), StoreChange::Remove, Silence::Answered, StoreItem::GmLabels(vec![]));
        check("a UID STORE 1 -X-GM-LABELS ()", &command, "a UID STORE 1 -X-GM-LABELS ()");
    }

    #[test]
    fn what_is_no_store() {
        check_wrong("a STORE 1", 9, "a blank");
        check_wrong("a STORE 1 +FLAG (\\Seen)", 11, "FLAGS or FLAGS.SILENT");
        check_wrong("a STORE 1 + FLAGS (\\Seen)", 11, "FLAGS or FLAGS.SILENT");
        check_wrong("a STORE 1 +FLAGS", 16, "a blank");
        check_wrong("a STORE 1 +FLAGS ", 17, "a flag");
        check_wrong("a STORE 1 +FLAGS (\\Seen) x", 25, "the end of the command");
        check_wrong("a STORE 1 () FLAGS x", 11, "a modifier of STORE");
        check_wrong("a STORE 1 (X 1) FLAGS x", 11, "a modifier of STORE");
        check_wrong("a STORE 1 (UNCHANGEDSINCE) FLAGS x", 25, "a blank");
        check_wrong(
            "a STORE 1 (UNCHANGEDSINCE -1) FLAGS x",
            26,
            "a mod-sequence from 0 to 9223372036854775807",
        );
        check_wrong(
            "a STORE 1 (UNCHANGEDSINCE 9223372036854775808) FLAGS x",
            26,
            "a mod-sequence from 0 to 9223372036854775807",
        );
        check_wrong("a STORE 1 (UNCHANGEDSINCE 1 UNCHANGEDSINCE 2) FLAGS x", 28, "`)`");
        check_wrong("a STORE 1 (UNCHANGEDSINCE 1)FLAGS x", 28, "a blank");
        check_wrong("a STORE 1 +X-GM-LABELS", 22, "a blank");
        check_wrong("a STORE 1 +X-GM-LABELS (\\)", 25, "a label");
        check_wrong("a STORE 1 +X-GM-LABELS (a (b))", 26, "a label");
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

use super::read;
use crate::grammar::read::{mod_sequence, partial_range};
use crate::types::{Messages, ModSeq, PartialRange, SearchBy, SeqNum, SequenceSet, Uid};
use crate::wire::{Cursor, Encoder, Syntax};

/// Which messages a `FETCH` is about, and which of them alone are told (RFC 4466 section 2.4, `fetch-modifier`).
///
/// Some modifiers go with UIDs only, and cannot be written with sequence numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FetchMessages {
    /// `FETCH`
    Numbers {
        /// By message sequence number.
        set: SequenceSet<SeqNum>,
        /// `CHANGEDSINCE`: only those that have changed since (RFC 7162 section 3.1.4.1).
        changed_since: Option<ModSeq>,
    },
    /// `UID FETCH`
    Uids {
        /// By unique identifier.
        set: SequenceSet<Uid>,
        /// Only those that have changed since.
        changed_since: Option<ChangedSince>,
        /// `PARTIAL`: only these of them, taken before what has not changed is left out (RFC 9394 sections 3.3 and
        /// 3.4).
        partial: Option<PartialRange>,
    },
    /// `$`: the messages that a search has saved, maybe none (RFC 5182 section 2.1); with `UID` in front of the command
    /// for [`SearchBy::Uids`].
    Saved(SearchBy),
}

/// Since when messages have changed, in a `UID FETCH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangedSince {
    /// `CHANGEDSINCE`: those with a higher mod-sequence (RFC 7162 section 3.1.4.1).
    Changed(ModSeq),
    /// `CHANGEDSINCE` and `VANISHED`: those of the set that are gone since are told too, in `VANISHED (EARLIER)`
    /// (RFC 7162 section 3.2.6). Allowed once `QRESYNC` is enabled.
    ChangedOrVanished(ModSeq),
}

impl ChangedSince {
    /// The mod-sequence that what has changed is above.
    pub const fn modseq(self) -> ModSeq {
        match self {
            Self::Changed(modseq) | Self::ChangedOrVanished(modseq) => modseq,
        }
    }
}

impl FetchMessages {
    /// The messages, if all of them are to be told: there is no modifier.
    pub fn unmodified(self) -> Option<Messages> {
        match self {
            Self::Numbers { set, changed_since: None } => Some(Messages::Numbers(set)),
            Self::Uids { set, changed_since: None, partial: None } => Some(Messages::Uids(set)),
            Self::Saved(SearchBy::Numbers) => Some(Messages::Saved),
            Self::Saved(SearchBy::Uids) => Some(Messages::SavedByUid),
            Self::Numbers { .. } | Self::Uids { .. } => None,
        }
    }

    /// What the command names them by.
    pub const fn by(&self) -> SearchBy {
        match self {
            Self::Numbers { .. } => SearchBy::Numbers,
            Self::Uids { .. } => SearchBy::Uids,
            Self::Saved(by) => *by,
        }
    }

    /// Whether they are what a search has saved.
    pub const fn are_saved(&self) -> bool {
        matches!(self, Self::Saved(_))
    }

    /// Whether they are named by message sequence numbers.
    pub const fn are_numbers(&self) -> bool {
        matches!(self, Self::Numbers { .. })
    }
}

impl<T: Into<Messages>> From<T> for FetchMessages {
    fn from(messages: T) -> Self {
        match messages.into() {
            Messages::Numbers(set) => Self::Numbers { set, changed_since: None },
            Messages::Uids(set) => Self::Uids { set, changed_since: None, partial: None },
            Messages::Saved => Self::Saved(SearchBy::Numbers),
            Messages::SavedByUid => Self::Saved(SearchBy::Uids),
        }
    }
}

/// `SP sequence-set`
pub(super) fn encode_set(encoder: &mut Encoder, messages: &FetchMessages) {
    match messages {
        FetchMessages::Numbers { set, .. } => encoder.sp().show(set),
        FetchMessages::Uids { set, .. } => encoder.sp().show(set),
        FetchMessages::Saved(_) => encoder.raw(" $"),
    };
}

/// ```text
/// fetch-modifiers     = SP "(" fetch-modifier *(SP fetch-modifier) ")"   ; RFC 4466 section 3
/// fetch-modifier      =/ chgsince-fetch-mod / rexpunges-fetch-mod / modifier-partial
/// chgsince-fetch-mod  = "CHANGEDSINCE" SP mod-sequence-value            ; RFC 7162 section 7
/// rexpunges-fetch-mod = "VANISHED"                                      ; RFC 7162 section 7
/// modifier-partial    = "PARTIAL" SP partial-range                      ; RFC 9394 section 4
/// ```
pub(super) fn encode_modifiers(encoder: &mut Encoder, messages: &FetchMessages) {
    let (changed_since, partial) = match messages {
        FetchMessages::Numbers { changed_since, .. } => (changed_since.map(ChangedSince::Changed), None),
        FetchMessages::Uids { changed_since, partial, .. } => (*changed_since, *partial),
        FetchMessages::Saved(_) => (None, None),
    };
    let partial = partial.map(|range| format!("PARTIAL {range}"));
    let changed_since = changed_since.map(|since| match since {
        ChangedSince::Changed(modseq) => format!("CHANGEDSINCE {modseq}"),
        ChangedSince::ChangedOrVanished(modseq) => format!("CHANGEDSINCE {modseq} VANISHED"),
    });
    if partial.is_some() || changed_since.is_some() {
        encoder.sp().list(partial.into_iter().chain(changed_since), |encoder, modifier| {
            encoder.raw(modifier);
        });
    }
}

/// As [`encode_modifiers`], if they stand here. `VANISHED` needs `CHANGEDSINCE`, and each may stand once.
pub(super) fn parse_modifiers(cursor: &mut Cursor<'_>, messages: Messages) -> Result<FetchMessages, Syntax> {
    let start = cursor.pos();
    let found = if cursor.skip_blanks() > 0 && cursor.peek() == Some(b'(') {
        read_modifiers(cursor, &messages)?
    } else {
        cursor.seek(start);
        Found::default()
    };
    let changed_since = match (found.changed_since, found.vanished) {
        (Some(modseq), Some(_)) => Some(ChangedSince::ChangedOrVanished(modseq)),
        (Some(modseq), None) => Some(ChangedSince::Changed(modseq)),
        (None, Some(offset)) => return Err(Syntax { offset, expected: "CHANGEDSINCE beside VANISHED" }),
        (None, None) => None,
    };
    Ok(match messages {
        Messages::Numbers(set) => {
            FetchMessages::Numbers { set, changed_since: changed_since.map(ChangedSince::modseq) }
        }
        Messages::Uids(set) => FetchMessages::Uids { set, changed_since, partial: found.partial },
        saved if changed_since.is_none() && found.partial.is_none() => FetchMessages::Saved(saved.by()),
        Messages::Saved | Messages::SavedByUid => {
            return Err(Syntax { offset: start, expected: "no modifier behind `$`" });
        }
    })
}

#[derive(Default)]
struct Found {
    changed_since: Option<ModSeq>,
    /// Where it stands.
    vanished: Option<usize>,
    partial: Option<PartialRange>,
}

fn read_modifiers(cursor: &mut Cursor<'_>, messages: &Messages) -> Result<Found, Syntax> {
    let start = cursor.pos();
    let by_uid = messages.by() == SearchBy::Uids;
    let mut found = Found::default();
    let modifiers = read::list(cursor, "modifiers", |cursor| {
        let offset = cursor.pos();
        if found.changed_since.is_none() && cursor.try_word("CHANGEDSINCE") {
            cursor.expect_sp()?;
            found.changed_since = Some(mod_sequence(cursor)?);
        } else if by_uid && found.vanished.is_none() && cursor.try_word("VANISHED") {
            found.vanished = Some(offset);
        } else if by_uid && found.partial.is_none() && cursor.try_word("PARTIAL") {
            cursor.expect_sp()?;
            found.partial = Some(partial_range(cursor)?);
        } else {
            return Err(cursor.expected("a modifier of FETCH"));
        }
        Ok(())
    })?;
    if modifiers.is_empty() {
        return Err(Syntax { offset: start, expected: "at least one modifier" });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong};
    use super::super::{Command, FetchAttribute};
    use super::*;
    use crate::types::NonEmpty;

    fn modseq(number: u64) -> ModSeq {
        ModSeq::new(number).unwrap()
    }

    fn flags(messages: FetchMessages) -> Command {
        Command::Fetch { messages, items: FetchAttribute::Flags.into() }
    }

    fn by_uid(set: &str, changed_since: Option<ChangedSince>, partial: Option<&str>) -> FetchMessages {
        let partial = partial.map(|range| range.parse().unwrap());
        FetchMessages::Uids { set: set.parse().unwrap(), changed_since, partial }
    }

    /// RFC 7162 sections 3.1.4.1 and 3.2.6.
    #[test]
    fn what_has_changed() {
        let since = Some(ChangedSince::Changed(modseq(12345)));
        let line = "s100 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)";
        check(line, &flags(by_uid("1:*", since, None)), line);
        let since = Some(ChangedSince::ChangedOrVanished(modseq(12345)));
        let line = "s100 UID FETCH 300:500 (FLAGS) (CHANGEDSINCE 12345 VANISHED)";
        check(line, &flags(by_uid("300:500", since, None)), line);
        check(
            "a uid fetch 300:500 flags  ( vanished changedsince 12345 )",
            &flags(by_uid("300:500", since, None)),
            "a UID FETCH 300:500 (FLAGS) (CHANGEDSINCE 12345 VANISHED)",
        );
        let numbers =
            FetchMessages::Numbers { set: "1:5".parse().unwrap(), changed_since: Some(ModSeq::MAX) };
        let line = "a FETCH 1:5 (FLAGS) (CHANGEDSINCE 9223372036854775807)";
        check(line, &flags(numbers), line);
    }

    /// RFC 9394 sections 3.3 and 3.4.
    #[test]
    fn ranges_of_results() {
        let items = NonEmpty::one(FetchAttribute::Uid).and(FetchAttribute::Flags);
        for (line, changed_since, partial) in [
            ("10 UID FETCH 25900:26600 (UID FLAGS) (PARTIAL -1:-3)", None, "-1:-3"),
            ("11 UID FETCH 25900:26600 (UID FLAGS) (PARTIAL 1:5)", None, "1:5"),
            (
                "101 UID FETCH 25900:26600 (UID FLAGS) (PARTIAL -1:-30 CHANGEDSINCE 98305)",
                Some(ChangedSince::Changed(modseq(98305))),
                "-1:-30",
            ),
        ] {
            let messages = by_uid("25900:26600", changed_since, Some(partial));
            check(line, &Command::Fetch { messages, items: items.clone().into() }, line);
        }
        check(
            "a UID FETCH 1:9 FLAGS (CHANGEDSINCE 98305 VANISHED PARTIAL -30:-1)",
            &flags(by_uid("1:9", Some(ChangedSince::ChangedOrVanished(modseq(98305))), Some("-1:-30"))),
            "a UID FETCH 1:9 (FLAGS) (PARTIAL -1:-30 CHANGEDSINCE 98305 VANISHED)",
        );
    }

    #[test]
    fn what_is_no_modifier() {
        check_wrong("a UID FETCH 1 FLAGS ()", 20, "at least one modifier");
        check_wrong("a UID FETCH 1 FLAGS (X 1)", 21, "a modifier of FETCH");
        check_wrong("a UID FETCH 1 FLAGS (VANISHED)", 21, "CHANGEDSINCE beside VANISHED");
        check_wrong("a UID FETCH 1 FLAGS (CHANGEDSINCE)", 33, "a blank");
        check_wrong(
            "a UID FETCH 1 FLAGS (CHANGEDSINCE 0)",
            34,
            "a mod-sequence from 1 to 9223372036854775807",
        );
        check_wrong(
            "a UID FETCH 1 FLAGS (CHANGEDSINCE 9223372036854775808)",
            34,
            "a mod-sequence from 1 to 9223372036854775807",
        );
        check_wrong("a UID FETCH 1 FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 2)", 36, "a modifier of FETCH");
        check_wrong("a UID FETCH 1 FLAGS (PARTIAL 1:2 PARTIAL 1:2)", 33, "a modifier of FETCH");
        check_wrong("a UID FETCH 1 FLAGS (PARTIAL 1:-2)", 31, "a range of results");
        check_wrong("a UID FETCH 1 FLAGS (PARTIAL 0:2)", 29, "a range of results");
        check_wrong("a UID FETCH 1 FLAGS (CHANGEDSINCE 1", 35, "a blank");
        check_wrong("a UID FETCH 1 FLAGS(CHANGEDSINCE 1)", 19, "the end of the command");
        check_wrong("a FETCH 1 FLAGS (CHANGEDSINCE 5 VANISHED)", 32, "a modifier of FETCH");
        check_wrong("a FETCH 1 FLAGS (PARTIAL 1:2)", 17, "a modifier of FETCH");
    }
}

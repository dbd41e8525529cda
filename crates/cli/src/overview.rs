//! Messages in a line each: for people what tells one from another, for programs the whole envelope.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use serde::Serialize;
use tayori_client::{Discard, FetchAttribute, FetchItems, Row, Selected};
use tayori_proto::command::Peek;
use tayori_proto::response::{BodyData, FetchItem};
use tayori_proto::types::{
    Envelope, Flag, Flags, InternalDate, NonEmpty, PartPath, Section, SectionText, SequenceSet, Text, Uid,
    UidSet,
};
use unicode_width::UnicodeWidthStr as _;

use crate::envelope::{EnvelopeJson, addresses, decoded};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::{Width, cut};

/// What is known of a message without reading it.
#[derive(Clone, Debug)]
pub(crate) struct Overview {
    pub(crate) uid: Uid,
    pub(crate) flags: Flags,
    /// When it arrived.
    pub(crate) date: Option<InternalDate>,
    /// In octets.
    pub(crate) size: Option<u64>,
    pub(crate) envelope: Envelope,
    /// The field `References` of its header with its name, where it was asked for.
    pub(crate) references: Bytes,
}

/// Whether the field `References` is asked for, which no envelope has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum References {
    Unwanted,
    Wanted,
}

/// Messages that are asked for in one command; the sets named one by one fit into a line.
const PIECE: usize = 250;

/// What is asked of each message.
fn items(references: References) -> FetchItems {
    let items = NonEmpty::one(FetchAttribute::Uid)
        .and(FetchAttribute::Flags)
        .and(FetchAttribute::InternalDate)
        .and(FetchAttribute::Rfc822Size)
        .and(FetchAttribute::Envelope);
    let section = references_field();
    FetchItems::Attributes(match references {
        References::Wanted => items.and(FetchAttribute::Section { section, partial: None, peek: Peek::Peek }),
        References::Unwanted => items,
    })
}

fn references_field() -> Section {
    let name = Text::from_static("REFERENCES");
    Section { path: PartPath::default(), text: Some(SectionText::HeaderFields(vec![name])) }
}

/// Asks for these messages and hands them on in their order. Gives those that were not there any more, or of which the
/// envelope could not be read.
///
/// What is kept at once are the rows of two commands.
pub(crate) async fn each(
    selected: &mut Selected<'_>,
    uids: &[Uid],
    tell: impl FnMut(&Overview) -> Result<(), Failure>,
) -> Result<UidSet, Failure> {
    each_with(selected, uids, References::Unwanted, tell).await
}

/// The same, with what threads are made of.
pub(crate) async fn each_with(
    selected: &mut Selected<'_>,
    uids: &[Uid],
    references: References,
    mut tell: impl FnMut(&Overview) -> Result<(), Failure>,
) -> Result<UidSet, Failure> {
    let mut seen = UidSet::new();
    let places: HashMap<Uid, usize> = uids.iter().copied().zip(0..).collect();
    let pieces = uids.chunks(PIECE).filter_map(|piece| {
        let set: UidSet = piece.iter().copied().collect();
        SequenceSet::try_from(set).ok()
    });
    let pieces: Vec<SequenceSet<Uid>> = pieces.collect();
    let mut waiting: BTreeMap<usize, Overview> = BTreeMap::new();
    let mut rows = selected.fetch_in_pieces(pieces, items(references)).await?;
    while let Some(row) = rows.next(&mut Discard).await? {
        let Some(overview) = Overview::of(&row) else { continue };
        let Some(place) = places.get(&overview.uid).copied() else { continue };
        // A second one is news of the first.
        if seen.contains(overview.uid) {
            continue;
        }
        seen.insert(overview.uid);
        // A row of the next command: those of the one before are all here.
        let begun = place / PIECE * PIECE;
        let behind = waiting.split_off(&begun);
        for overview in std::mem::replace(&mut waiting, behind).values() {
            tell(overview)?;
        }
        waiting.insert(place, overview);
    }
    for overview in waiting.values() {
        tell(overview)?;
    }
    Ok(uids.iter().copied().collect::<UidSet>().difference(&seen))
}

/// What to say of messages of which nothing could be told while others were.
pub(crate) fn untold(uids: &UidSet) -> Failure {
    let message = format!("UID {uids}: the server told nothing of it, or nothing that can be read");
    Failure::new(Exit::PartlyDone, message).hint("it may be gone; look at the dialogue with --trace")
}

impl Overview {
    /// `None` for a row that does not tell all of it, as news of flags do not.
    fn of(row: &Row) -> Option<Self> {
        let uid = row.uid()?;
        let (mut flags, mut date, mut size, mut envelope) = (Flags::default(), None, None, None);
        let mut references = Bytes::new();
        for item in &row.items {
            match item {
                FetchItem::Flags(told) => flags = told.clone(),
                FetchItem::InternalDate(told) => date = *told,
                FetchItem::Rfc822Size(told) => size = *told,
                FetchItem::Envelope(told) => envelope = Some(told.clone()),
                FetchItem::Section { section, data: BodyData::Inline(octets), .. }
                    if matches!(section.text, Some(SectionText::HeaderFields(_))) =>
                {
                    references = octets.clone().into_bytes();
                }
                _ => {}
            }
        }
        Some(Self { uid, flags, date, size, envelope: envelope?, references })
    }

    /// The subject, decoded; a message without one says so.
    pub(crate) fn subject(&self) -> String {
        let subject = decoded(self.envelope.subject()).unwrap_or_default();
        if subject.trim().is_empty() { "(no subject)".to_owned() } else { subject }
    }

    /// The sender's name, else the address.
    fn sender(&self) -> String {
        let first = self.envelope.from().next();
        let name = first.and_then(|address| decoded(address.name)).filter(|name| !name.trim().is_empty());
        name.unwrap_or_else(|| addresses(self.envelope.from()))
    }

    /// The day on which it arrived.
    fn day(&self) -> String {
        let day = |date: InternalDate| {
            let date = date.date();
            format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
        };
        self.date.map_or_else(|| " ".repeat(DAY), day)
    }

    /// What a person wants to see of the flags: new, flagged, answered, marked as deleted.
    fn marks(&self) -> String {
        let mark = |flag: Flag, there: char, not: char| if self.flags.contains(&flag) { there } else { not };
        [
            mark(Flag::Seen, ' ', 'N'),
            mark(Flag::Flagged, '*', ' '),
            mark(Flag::Answered, 'r', ' '),
            mark(Flag::Deleted, 'D', ' '),
        ]
        .iter()
        .collect()
    }
}

/// Columns of the marks.
const MARKED: usize = 4;

/// The meaning of the marks, for the end of a help text.
pub(crate) const MARKS: &str = "\
Each line is UID, marks, the day of arrival, sender, subject. The marks are
N for new (not seen), * for flagged, r for answered, D for marked as deleted.
";

/// Columns of the sender, where there is room.
const SENDER: usize = 20;

/// Columns of the day, which is ASCII.
const DAY: usize = 10;

/// What stands between the columns.
const GAP: &str = "  ";

/// Columns that a subject should have; before it has less, other columns are narrower or left out.
const SUBJECT: usize = 24;

/// Neither sender nor subject is cut to less.
const LEAST: usize = 8;

/// Lines for people, of a width that is known before the first message is.
pub(crate) struct Lines {
    /// Digits of the highest UID.
    digits: usize,
    day: Day,
    /// Columns of the sender.
    sender: usize,
    /// Columns of the subject and what stands in front of it.
    subject: Width,
}

/// Whether there is room for the day of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    Shown,
    LeftOut,
}

impl Lines {
    pub(crate) fn new(uids: &[Uid], width: Width) -> Self {
        let highest = uids.iter().max().map_or(1, |uid| uid.value());
        let digits = highest.to_string().len();
        let Width::Columns(columns) = width else {
            return Self { digits, day: Day::Shown, sender: SENDER, subject: Width::Any };
        };
        // UID, marks and the gaps behind them.
        let rest = usize::from(columns).saturating_sub(digits + GAP.len() + MARKED + GAP.len());
        let beside_day = rest.saturating_sub(DAY + GAP.len());
        let (day, rest) = match beside_day >= LEAST + GAP.len() + SUBJECT {
            true => (Day::Shown, beside_day),
            false => (Day::LeftOut, rest),
        };
        let sender = rest.saturating_sub(GAP.len() + SUBJECT).clamp(LEAST, SENDER);
        let subject = rest.saturating_sub(sender + GAP.len()).max(LEAST);
        let subject = Width::Columns(u16::try_from(subject).unwrap_or(u16::MAX));
        Self { digits, day, sender, subject }
    }

    /// The line of a message, its line end included; `branch` stands in front of the subject. Where there is little
    /// room, a deep branch is cut, so that something of the subject is seen.
    pub(crate) fn line(&self, overview: &Overview, branch: &str) -> String {
        let day = match self.day {
            Day::Shown => format!("{}{GAP}", overview.day()),
            Day::LeftOut => String::new(),
        };
        let sender = one_line(&overview.sender());
        let sender = cut(&sender, self.sender);
        let fill = " ".repeat(self.sender.saturating_sub(sender.width()));
        let subject = one_line(&overview.subject());
        let (branch, subject) = match self.subject {
            Width::Any => (branch.to_owned(), subject),
            Width::Columns(columns) => {
                let columns = usize::from(columns);
                let branch: String = branch.chars().take(columns.saturating_sub(LEAST)).collect();
                let subject = cut(&subject, columns.saturating_sub(branch.width()));
                (branch, subject)
            }
        };
        format!(
            "{:>1$}{GAP}{2}{GAP}{day}{sender}{fill}{GAP}{branch}{subject}\n",
            overview.uid,
            self.digits,
            overview.marks()
        )
    }
}

/// Text of a header in one line: a tab at which it was folded is a blank, everything else is escaped.
fn one_line(text: &str) -> String {
    escape_str(&text.replace('\t', " ")).into_owned()
}

/// A message as JSON.
#[derive(Serialize)]
pub(crate) struct OverviewJson<'a> {
    mailbox: &'a str,
    uidvalidity: Option<u32>,
    uid: u32,
    flags: Vec<String>,
    /// When it arrived, in UTC: `2026-02-01T09:30:00Z`.
    arrived: Option<String>,
    size: Option<u64>,
    #[serde(flatten)]
    envelope: EnvelopeJson,
}

impl<'a> OverviewJson<'a> {
    pub(crate) fn of(mailbox: &'a str, uid_validity: Option<u32>, overview: &Overview) -> Self {
        let name = |flag: Flag| String::from_utf8_lossy(&flag.to_bytes()).into_owned();
        Self {
            mailbox,
            uidvalidity: uid_validity,
            uid: overview.uid.value(),
            flags: overview.flags.iter().map(name).collect(),
            arrived: overview.date.map(rfc3339),
            size: overview.size,
            envelope: EnvelopeJson::of(&overview.envelope),
        }
    }
}

fn rfc3339(date: InternalDate) -> String {
    let seconds = date.unix_seconds();
    let day = InternalDate::from_unix_seconds(seconds).date();
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", day.year(), day.month(), day.day())
}

#[cfg(test)]
mod tests {
    use tayori_proto::types::{Address, EnvelopeFields};

    use super::*;

    fn message(uid: u32, subject: &'static str) -> Overview {
        let [name, mailbox, host] =
            ["Harbour Power Cooperative", "office", "example.org"].map(Text::from_static);
        let from = Address { name: Some(name), mailbox: Some(mailbox), host: Some(host), route: None };
        Overview {
            uid: Uid::new(uid).unwrap(),
            flags: Flags::default(),
            date: Some(InternalDate::from_unix_seconds(1_769_936_400)),
            size: None,
            envelope: Envelope::new(EnvelopeFields {
                subject: Some(Text::from_static(subject)),
                from: vec![from].into(),
                ..EnvelopeFields::default()
            }),
            references: Bytes::new(),
        }
    }

    #[track_caller]
    fn check(width: Width, branch: &str, expected: &str) {
        let message = message(7, "Your electricity\tbill for September");
        let lines = Lines::new(&[message.uid, Uid::new(108).unwrap()], width);
        let line = lines.line(&message, branch);
        assert_eq!(line, format!("{expected}\n"));
        if let Width::Columns(columns) = width {
            assert!(line.trim_end().width() <= columns.into(), "{line}");
        }
    }

    #[test]
    fn a_line_fits_into_the_terminal() {
        let full = "  7  N     2026-02-01  Harbour Power Coope…  Your electricity bill for September";
        check(Width::Any, "", full);
        check(Width::Columns(80), "", full);
        check(
            Width::Columns(70),
            "",
            "  7  N     2026-02-01  Harbour Power Coope…  Your electricity bill fo…",
        );
        check(Width::Columns(60), "", "  7  N     2026-02-01  Harbour Po…  Your electricity bill f…");
        check(Width::Columns(50), "", "  7  N     Harbour Powe…  Your electricity bill f…");
        check(Width::Columns(40), "", "  7  N     Harbour…  Your electricity b…");
    }

    #[test]
    fn a_deep_branch_leaves_room_for_the_subject() {
        let full = "  7  N     2026-02-01  Harbour Power Coope…          Your electricity bill for September";
        check(Width::Any, &"  ".repeat(4), full);
        check(Width::Columns(40), "    ", "  7  N     Harbour…      Your electrici…");
        check(Width::Columns(40), &"  ".repeat(8), "  7  N     Harbour…             Your el…");
    }
}

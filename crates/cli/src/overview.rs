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

/// The meaning of the marks, for the end of a help text.
pub(crate) const MARKS: &str = "\
Each line is UID, marks, the day of arrival, sender, subject. The marks are N for
new (not seen), * for flagged, r for answered, D for marked as deleted.
";

/// Columns of the sender.
const SENDER: usize = 20;

/// Lines for people, of a width that is known before the first message is.
pub(crate) struct Lines {
    /// Digits of the highest UID.
    digits: usize,
    width: Width,
}

impl Lines {
    pub(crate) fn new(uids: &[Uid], width: Width) -> Self {
        let highest = uids.iter().max().map_or(1, |uid| uid.value());
        Self { digits: highest.to_string().len(), width }
    }

    /// The line of a message, its line end included; `branch` stands in front of the subject.
    pub(crate) fn line(&self, overview: &Overview, branch: &str) -> String {
        let day = overview.date.map_or_else(
            || " ".repeat(10),
            |date| {
                let date = date.date();
                format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
            },
        );
        let sender = cut(&escape_str(&overview.sender()), SENDER);
        let fill = " ".repeat(SENDER.saturating_sub(sender.width()));
        let head = format!(
            "{:>1$}  {2}  {day}  {sender}{fill}  {branch}",
            overview.uid,
            self.digits,
            overview.marks()
        );
        let subject = overview.subject();
        let subject = escape_str(&subject);
        let subject = match self.width {
            Width::Any => subject.into_owned(),
            Width::Columns(columns) => {
                cut(&subject, usize::from(columns).saturating_sub(head.width()).max(8))
            }
        };
        format!("{head}{subject}\n")
    }
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

mod preview;
mod source;

use std::collections::HashSet;

use tayori_mime::{Extensions, PartKind, TransferEncoding};
use tayori_proto::command::{ChangedSince, FetchAttribute, FetchItems, FetchMessages, Peek, StoreChange};
use tayori_proto::response::{BodyData, FetchItem, Response, ResponseCode, Vanished, VanishedWhen};
use tayori_proto::types::{
    Flag, Messages, ModSeq, NonEmpty, PartPath, PartialRange, Rights, SearchBy, Section, SectionText, SeqNum,
    SequenceSet, Uid, UidSet,
};
use tayori_proto::wire::MarkKind;

use crate::connection::{Access, Cut, Failure, Gone, Handled, Reply, Selected, Wire};
use crate::limits::FETCH_ITEMS;
use crate::store::{Mailbox, Message, StoreError};
use crate::view::row_of;
use source::Source;

/// `FETCH` and `UID FETCH` (RFC 9051 section 6.4.5). Bodies go from the store to the client piece by piece.
pub(super) async fn handle<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    messages: &FetchMessages,
    items: &FetchItems,
) -> Handled {
    let scope = Scope::new(messages);
    if scope.vanished.is_some() && !selected.enabled.qresync {
        return Ok(Reply::bad("QRESYNC is not enabled"));
    }
    // The rows tell the flags of this moment, not those that the client knows already.
    selected.refresh().await?;
    let mut numbers = scope.numbers(selected)?;
    let cut = selected.cut(&mut numbers);
    if cut.is_some() {
        // RFC 9738 section 3: a client that stops in between has the newest.
        numbers.reverse();
    }
    let mut wanted = expand(items);
    if wanted.iter().any(|attribute| is_unknown(wire, attribute)) {
        return Ok(Reply::bad("there is no such item"));
    }
    if wanted.len() > FETCH_ITEMS {
        return Ok(Reply::too_much());
    }
    wanted = each_once(wanted);
    let keyed = selected.enabled.uid_only;
    if messages.by() == SearchBy::Uids && !keyed && !wanted.contains(&FetchAttribute::Uid) {
        wanted.insert(0, FetchAttribute::Uid);
    }
    if scope.changed_since.is_some() && !wanted.contains(&FetchAttribute::ModSeq) {
        wanted.push(FetchAttribute::ModSeq);
    }
    // In front of the rows, whose numbers do not count these messages any more.
    if let Some((set, since)) = &scope.vanished {
        // `*` stands for the last message that there was: that one may be gone.
        let set = set.resolve(selected.view.last_given_uid());
        let vanished = selected.vanished_since(*since).await?.intersection(&set);
        if let Some(vanished) = Vanished::new(VanishedWhen::Earlier, vanished) {
            wire.send(&Response::Vanished(vanished)).await?;
        }
    }
    let marks_seen = selected.access == Access::ReadWrite
        && wanted.iter().any(marks_seen)
        // Without that right it stays as it is, and nothing fails (RFC 4314 section 4, FETCH).
        && selected.mailbox.rights().await?.has(Rights::SEEN);
    let (mut gone, mut refusal) = (false, None);
    for number in numbers {
        if let Err(why) = check_decoding(selected, number, &wanted).await? {
            // Its row could not tell what was asked for, so there is none; the others are told.
            refusal = Some(why);
            continue;
        }
        let seen = if marks_seen { mark_seen(selected, number).await? } else { Marked::Before };
        gone |= send_row(wire, selected, number, &wanted, seen).await? == Row::Gone;
    }
    let reply = match refusal {
        _ if gone && messages.are_numbers() => {
            Reply::no("some of the messages are gone").with(ResponseCode::ExpungeIssued)
        }
        Some(refusal) => refusal,
        None => Reply::ok("fetched"),
    };
    Ok(Cut::add(cut, wire, reply).await?)
}

/// Tells this of each message that has just come, but for those that the client has made itself (RFC 5465 section 5.2).
/// Nothing gets `\Seen` by that.
pub(crate) async fn tell_arrived<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    wanted: &[FetchAttribute],
    made: &UidSet,
) -> Result<(), Failure> {
    for number in selected.view.arrived() {
        let is_own = selected.view.row(number).is_none_or(|row| made.contains(row.uid));
        // What cannot be decoded is left for the client to ask for: there is no reply that could tell it why.
        if !is_own && check_decoding(selected, number, wanted).await?.is_ok() {
            send_row(wire, selected, number, wanted, Marked::Before).await?;
        }
    }
    Ok(())
}

/// Whether all parts of a message can be decoded that are to be; how the command ends if not (RFC 3516 section 4.3).
async fn check_decoding<M: Mailbox>(
    selected: &Selected<M>,
    number: SeqNum,
    wanted: &[FetchAttribute],
) -> Result<Result<(), Reply>, Failure> {
    let paths: Vec<&PartPath> = wanted
        .iter()
        .filter_map(|attribute| match attribute {
            FetchAttribute::Binary { path, .. } | FetchAttribute::BinarySize(path) => Some(path),
            _ => None,
        })
        .collect();
    let Some(row) = selected.view.row(number).filter(|row| !row.gone && !paths.is_empty()) else {
        return Ok(Ok(()));
    };
    let Some(message) = selected.mailbox.message(row.uid).await? else { return Ok(Ok(())) };
    let structure = message.structure().await?;
    for path in paths {
        let Some(part) = structure.part(path) else { continue };
        // Nor the whole message, which has a header (RFC 9051 section 6.4.5).
        if part.kind() != PartKind::Leaf || path.0.is_empty() {
            let why = "only parts that hold no other parts can be decoded";
            return Ok(Err(Reply::no(why).with(ResponseCode::Cannot)));
        }
        if TransferEncoding::named(part.encoding()).is_none() {
            let why = "the part has an encoding that is not known";
            return Ok(Err(Reply::no(why).with(ResponseCode::UnknownCte)));
        }
    }
    Ok(Ok(()))
}

pub(super) fn is_unknown(wire: &mut Wire, attribute: &FetchAttribute) -> bool {
    match attribute {
        FetchAttribute::Envelope
        | FetchAttribute::Flags
        | FetchAttribute::InternalDate
        | FetchAttribute::Rfc822
        | FetchAttribute::Rfc822Header
        | FetchAttribute::Rfc822Size
        | FetchAttribute::Rfc822Text
        | FetchAttribute::Body
        | FetchAttribute::BodyStructure
        | FetchAttribute::Uid
        | FetchAttribute::ModSeq
        | FetchAttribute::EmailId
        | FetchAttribute::ThreadId
        | FetchAttribute::SaveDate
        | FetchAttribute::Preview(_)
        | FetchAttribute::Binary { .. }
        | FetchAttribute::BinarySize(_)
        | FetchAttribute::Section { .. } => false,
        other => match (other.as_word(), wire.conduct()) {
            (Some(name), Some(conduct)) => !conduct.has_item(&name),
            _ => true,
        },
    }
}

/// Which messages are told.
struct Scope {
    messages: Messages,
    changed_since: Option<ModSeq>,
    partial: Option<PartialRange>,
    /// Those of these messages that are gone since are told as well (RFC 7162 section 3.2.6).
    vanished: Option<(SequenceSet<Uid>, ModSeq)>,
}

impl Scope {
    fn new(messages: &FetchMessages) -> Self {
        let all = |messages| Self { messages, changed_since: None, partial: None, vanished: None };
        match messages {
            FetchMessages::Numbers { set, changed_since } => {
                Self { changed_since: *changed_since, ..all(Messages::Numbers(set.clone())) }
            }
            FetchMessages::Uids { set, changed_since, partial } => Self {
                changed_since: changed_since.map(ChangedSince::modseq),
                partial: *partial,
                vanished: match changed_since {
                    Some(ChangedSince::ChangedOrVanished(since)) => Some((set.clone(), *since)),
                    Some(ChangedSince::Changed(_)) | None => None,
                },
                ..all(Messages::Uids(set.clone()))
            },
            FetchMessages::Saved(SearchBy::Numbers) => all(Messages::Saved),
            FetchMessages::Saved(SearchBy::Uids) => all(Messages::SavedByUid),
        }
    }

    /// What has not changed is left out of the range that was asked for, and is not replaced by others (RFC 9394
    /// section 3.4).
    fn numbers<M: Mailbox>(&self, selected: &Selected<M>) -> Result<Vec<SeqNum>, Failure> {
        let mut numbers = selected.resolve(&self.messages)?;
        if let Some(partial) = self.partial {
            selected.limit.check_range(partial)?;
            numbers = numbers.get(partial.indices(numbers.len())).unwrap_or_default().to_vec();
        }
        if let Some(since) = self.changed_since {
            let view = &selected.view;
            numbers.retain(|number| view.row(*number).is_some_and(|row| row.changed > since));
        }
        Ok(numbers)
    }
}

/// Whether a row could be told.
#[derive(PartialEq)]
enum Row {
    Sent,
    Gone,
}

/// Whether a message has just got `\Seen`, so that its row has to tell.
#[derive(Clone, Copy, PartialEq)]
enum Marked {
    Now,
    Before,
}

fn expand(items: &FetchItems) -> Vec<FetchAttribute> {
    use FetchAttribute::{Body, Envelope, Flags, InternalDate, Rfc822Size};
    match items {
        FetchItems::All => vec![Flags, InternalDate, Rfc822Size, Envelope],
        FetchItems::Fast => vec![Flags, InternalDate, Rfc822Size],
        FetchItems::Full => vec![Flags, InternalDate, Rfc822Size, Envelope, Body],
        FetchItems::Attributes(attributes) => NonEmpty::clone(attributes).into_vec(),
    }
}

/// An item that is asked for twice is told once: a structure is small only once.
pub(crate) fn each_once(wanted: impl IntoIterator<Item = FetchAttribute>) -> Vec<FetchAttribute> {
    let mut told = HashSet::new();
    wanted.into_iter().filter(|attribute| told.insert(attribute.clone())).collect()
}

fn marks_seen(attribute: &FetchAttribute) -> bool {
    matches!(
        attribute,
        FetchAttribute::Section { peek: Peek::MarkSeen, .. }
            | FetchAttribute::Binary { peek: Peek::MarkSeen, .. }
            | FetchAttribute::Rfc822
            | FetchAttribute::Rfc822Text
    )
}

async fn mark_seen<M: Mailbox>(selected: &mut Selected<M>, number: SeqNum) -> Result<Marked, Failure> {
    match selected.view.row(number) {
        Some(row) if !row.gone && !row.has(&Flag::Seen) => {
            let uids = UidSet::from(row.uid);
            selected.mailbox.store(&uids, StoreChange::Add, &[Flag::Seen]).await?;
            selected.refresh().await?;
            Ok(Marked::Now)
        }
        _ => Ok(Marked::Before),
    }
}

async fn send_row<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    number: SeqNum,
    wanted: &[FetchAttribute],
    marked: Marked,
) -> Result<Row, Failure> {
    let enabled = selected.enabled;
    let Some(row) = selected.view.row(number).filter(|row| !row.gone) else { return Ok(Row::Gone) };
    let Some(message) = selected.mailbox.message(row.uid).await? else { return Ok(Row::Gone) };
    let mut items = Vec::with_capacity(wanted.len() + 1);
    let mut sources = Vec::new();
    for attribute in wanted {
        items.push(match attribute {
            FetchAttribute::Uid => FetchItem::Uid(row.uid),
            FetchAttribute::Flags => FetchItem::Flags(row.flags_shown(enabled).into()),
            FetchAttribute::ModSeq => FetchItem::ModSeq(Some(row.changed)),
            FetchAttribute::InternalDate => FetchItem::InternalDate(Some(message.date())),
            FetchAttribute::Rfc822Size => FetchItem::Rfc822Size(Some(message.size())),
            FetchAttribute::Envelope => FetchItem::Envelope(message.structure().await?.envelope().clone()),
            FetchAttribute::Body => {
                FetchItem::Body(Box::new(message.structure().await?.body(Extensions::Without)))
            }
            FetchAttribute::BodyStructure => {
                FetchItem::BodyStructure(Box::new(message.structure().await?.body(Extensions::With)))
            }
            FetchAttribute::Section { section, partial, .. } => {
                let source = Source::find(&message, section).await?.map(|source| match partial {
                    Some(partial) => source.part(*partial),
                    None => source,
                });
                FetchItem::Section {
                    section: section.clone(),
                    origin: partial.map(|partial| partial.origin),
                    data: body(source, &mut sources),
                }
            }
            FetchAttribute::Rfc822 => {
                FetchItem::Rfc822(body(Source::find(&message, &Section::full()).await?, &mut sources))
            }
            FetchAttribute::Rfc822Header => {
                FetchItem::Rfc822Header(body(Source::find(&message, &Section::header()).await?, &mut sources))
            }
            FetchAttribute::Rfc822Text => {
                let text = Section { text: Some(SectionText::Text), ..Section::full() };
                FetchItem::Rfc822Text(body(Source::find(&message, &text).await?, &mut sources))
            }
            FetchAttribute::Binary { path, partial, .. } => {
                let source = Source::decode(&message, path).await?.map(|source| match partial {
                    Some(partial) => source.part(*partial),
                    None => source,
                });
                FetchItem::Binary {
                    path: path.clone(),
                    origin: partial.map(|partial| partial.origin),
                    data: body(source, &mut sources),
                }
            }
            FetchAttribute::BinarySize(path) => {
                let source = Source::decode(&message, path).await?;
                // A part that there is not has nothing in it; the grammar knows no other way to say so.
                FetchItem::BinarySize { path: path.clone(), size: Some(source.map_or(0, |it| it.size())) }
            }
            FetchAttribute::EmailId => FetchItem::EmailId(message.email_id()),
            // Messages are not put together to threads here (RFC 8474 section 5.2).
            FetchAttribute::ThreadId => FetchItem::ThreadId(None),
            FetchAttribute::SaveDate => FetchItem::SaveDate(message.saved()),
            FetchAttribute::Preview(_) => FetchItem::Preview(Some(preview::preview(&message).await?)),
            // No other kind of item is known here.
            other => {
                let validity = selected.mailbox.validity();
                let name = other.as_word();
                let item = name.and_then(|name| wire.conduct()?.item(&name, validity, row.uid));
                match item {
                    Some(item) => item,
                    None => continue,
                }
            }
        });
    }
    let tells_flags = wanted.contains(&FetchAttribute::Flags);
    if marked == Marked::Now {
        if !tells_flags {
            items.push(FetchItem::Flags(row.flags_shown(enabled).into()));
        }
        // As in a row that nobody asked for (RFC 7162 section 3.2.4).
        if enabled.adds_uid() && !wanted.contains(&FetchAttribute::Uid) {
            items.insert(0, FetchItem::Uid(row.uid));
        }
        if enabled.condstore && !wanted.contains(&FetchAttribute::ModSeq) {
            items.push(FetchItem::ModSeq(Some(row.changed)));
        }
    }
    let response = row_of(number, row, enabled, items);
    if marked == Marked::Now || tells_flags {
        selected.view.told_flags(number);
    }
    let mut sources = sources.into_iter();
    for response in wire.shape(response) {
        let row = wire.encode(&response);
        let mut sent = 0;
        for mark in &row.marks {
            if let (MarkKind::Streamed(_), Some(source)) = (mark.kind, sources.next()) {
                source.announce(&row.bytes[sent..mark.offset], wire).await?;
                sent = mark.offset;
                source.send(&message, wire).await.map_err(torn)?;
            }
        }
        wire.write(&row.bytes[sent..]).await?;
    }
    Ok(Row::Sent)
}

/// The item that a text becomes; the text itself follows when the row is written.
fn body(source: Option<Source>, sources: &mut Vec<Source>) -> BodyData {
    match source {
        None => BodyData::Nil,
        Some(source) if source.size() == 0 => BodyData::Inline(tayori_proto::types::Text::default()),
        Some(source) => {
            let size = source.size();
            sources.push(source);
            BodyData::Streamed { size }
        }
    }
}

/// A store that fails in the middle of a literal leaves the client waiting for the rest: nothing can be said any more.
fn torn(failure: Failure) -> Failure {
    match failure {
        Failure::Store(StoreError::Failed(error)) => {
            tracing::error!(%error, "the mail store failed while a message was being sent");
            Failure::Gone(Gone::Torn)
        }
        Failure::Store(_) | Failure::Refused(_) => Failure::Gone(Gone::Torn),
        gone @ Failure::Gone(_) => gone,
    }
}

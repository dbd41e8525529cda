//! What messages hold, and so which of their texts are wanted.

use std::collections::HashSet;

use tayori_client::{Discard, FetchAttribute, FetchItems, Row, Selected};
use tayori_mime::{OutlinePart, TransferEncoding, outline};
use tayori_proto::response::FetchItem;
use tayori_proto::types::{
    BodyPart, BodyStructure, Envelope, NonEmpty, PartPath, Section, SequenceSet, Uid, UidSet,
};

use super::Work;
use super::names::part_number;
use super::show;
use super::wish::Wish;
use crate::cli::{Decode, View};
use crate::download::Setback;
use crate::exit::Exit;
use crate::failure::Failure;

/// A message, and what is wanted of it.
pub(super) struct Plan {
    pub(super) uid: Uid,
    pub(super) content: Content,
    pub(super) wishes: Vec<Wish>,
}

/// What becomes of what is wanted.
pub(super) enum Content {
    /// What is to be read of it, made already.
    Page(String),
    /// Its header.
    Headers,
    /// Parts that are saved, one for each wish.
    Parts(Vec<Saved>),
    /// A text for reading; the wishes are its parts for reading in their order.
    Text(Box<Readable>),
}

/// A part that is saved.
pub(super) struct Saved {
    /// As `--part` takes it.
    pub(super) number: String,
    /// In lower case.
    pub(super) media_type: String,
    /// What its sender called it.
    pub(super) file_name: Option<String>,
    /// Its size as transferred, if the server knows it.
    pub(super) octets: Option<u64>,
}

/// A message for reading.
pub(super) struct Readable {
    pub(super) envelope: Envelope,
    pub(super) body: BodyStructure,
    /// Parts for reading that are left out.
    pub(super) left_out: usize,
}

/// What came of looking at a batch, in the order of UIDs.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) plans: Vec<Plan>,
    /// These were not kept, since what the others hold was much.
    pub(super) later: Vec<Uid>,
}

/// What is kept of a batch at once, in octets, by a rough count. The first message of a batch is kept whatever it is.
const BUDGET: usize = 16 << 20;

/// Parts for reading in one message. What has more is a digest of a busy list, and is better read part by part.
const MOST_TEXTS: usize = 32;

impl Work<'_> {
    /// Asks what these messages hold. When that fails, what came before is there all the same.
    pub(super) async fn look(
        &mut self,
        selected: &mut Selected<'_>,
        batch: &[Uid],
    ) -> (Looked, Result<(), Failure>) {
        let mut looked = Looked::default();
        let ended = self.ask_what_is_there(selected, batch, &mut looked).await;
        looked.plans.sort_by_key(|plan| plan.uid);
        looked.later.sort();
        (looked, ended)
    }

    async fn ask_what_is_there(
        &mut self,
        selected: &mut Selected<'_>,
        batch: &[Uid],
        looked: &mut Looked,
    ) -> Result<(), Failure> {
        let items = match self.request.view {
            View::Headers => {
                let plan = |&uid| Plan { uid, content: Content::Headers, wishes: vec![Wish::header()] };
                looked.plans.extend(batch.iter().map(plan));
                return Ok(());
            }
            View::Whole => {
                looked.plans.extend(batch.iter().map(|&uid| whole(uid)));
                return Ok(());
            }
            View::Size => NonEmpty::one(FetchAttribute::Rfc822Size),
            View::Envelope => NonEmpty::one(FetchAttribute::Envelope),
            View::Structure | View::Part { .. } | View::Attachments => {
                NonEmpty::one(FetchAttribute::BodyStructure)
            }
            View::Text => NonEmpty::one(FetchAttribute::Envelope).and(FetchAttribute::BodyStructure),
        };
        let asked: UidSet = batch.iter().copied().collect();
        let Ok(messages) = SequenceSet::try_from(asked.clone()) else { return Ok(()) };
        let items = FetchItems::Attributes(items.and(FetchAttribute::Uid));
        let mut rows = selected.fetch(messages, items).await?;
        let (mut seen, mut cost) = (HashSet::new(), 0);
        while let Some(row) = rows.next(&mut Discard).await? {
            // A row without what was asked for is news of another kind.
            let Some(uid) = row.uid().filter(|uid| asked.contains(*uid) && !seen.contains(uid)) else {
                continue;
            };
            let Some(found) = self.found(uid, &row) else { continue };
            seen.insert(uid);
            if let Ok(found) = &found {
                cost += found.octets;
                if cost > BUDGET && !looked.plans.is_empty() {
                    looked.later.push(uid);
                    continue;
                }
            }
            self.tally.uids.insert(uid);
            match found {
                Ok(Found { content, wishes, .. }) => looked.plans.push(Plan { uid, content, wishes }),
                Err(setback) => self.settle(setback)?,
            }
        }
        Ok(())
    }

    /// What a row says; `None` if it says nothing of what was asked.
    fn found(&self, uid: Uid, row: &Row) -> Option<Result<Found, Setback>> {
        let broken = row.items.iter().any(|item| matches!(item, FetchItem::Invalid { .. }));
        let size = row.items.iter().find_map(|item| match item {
            FetchItem::Rfc822Size(size) => Some(*size),
            _ => None,
        });
        let envelope = row.items.iter().find_map(|item| match item {
            FetchItem::Envelope(envelope) => Some(envelope),
            _ => None,
        });
        let body = row.items.iter().find_map(|item| match item {
            FetchItem::BodyStructure(body) => Some(&**body),
            _ => None,
        });
        let found = match (self.request.view, size, envelope, body) {
            (View::Size, Some(size), _, _) => Ok(page(show::size::page(self, uid, size))),
            (View::Envelope, _, Some(envelope), _) => Ok(page(show::envelope::page(self, uid, envelope))),
            (View::Structure, _, _, Some(body)) => Ok(page(show::structure::page(self, uid, body))),
            (View::Text, _, Some(envelope), Some(body)) => Ok(text(envelope, body)),
            (View::Part { path, decode }, _, _, Some(body)) => part(uid, path, *decode, body),
            (View::Attachments, _, _, Some(body)) => Ok(attachments(body)),
            _ if broken => {
                let message = format!("UID {uid}: what the server says of the message cannot be read");
                let hint = "fetch the whole message, or look at the dialogue with --trace";
                Err(Setback::One(Failure::new(Exit::Protocol, message).hint(hint)))
            }
            _ => return None,
        };
        Some(found)
    }
}

/// A message as it is.
fn whole(uid: Uid) -> Plan {
    let saved = Saved {
        number: String::new(),
        media_type: "message/rfc822".to_owned(),
        file_name: None,
        // A mail without an octet is no mail.
        octets: None,
    };
    let all = Section { path: PartPath::default(), text: None };
    let wish = Wish::octets(all, TransferEncoding::Identity);
    Plan { uid, content: Content::Parts(vec![saved]), wishes: vec![wish] }
}

/// What is wanted of a message.
struct Found {
    content: Content,
    wishes: Vec<Wish>,
    /// What keeping it costs.
    octets: usize,
}

fn page(page: String) -> Found {
    let octets = page.len();
    Found { content: Content::Page(page), wishes: Vec::new(), octets }
}

fn text(envelope: &Envelope, body: &BodyStructure) -> Found {
    let parts = outline(body);
    let octets = parts.len() * 1024 + envelope_cost(envelope);
    let readable = parts.iter().filter(|part| part.text.is_some());
    let mut wishes: Vec<_> = readable.filter_map(|part| Some(Wish::text(part, leaf(part)?))).collect();
    let left_out = wishes.len().saturating_sub(MOST_TEXTS);
    wishes.truncate(MOST_TEXTS);
    let readable = Readable { envelope: envelope.clone(), body: body.clone(), left_out };
    Found { content: Content::Text(Box::new(readable)), wishes, octets }
}

fn envelope_cost(envelope: &Envelope) -> usize {
    let lists = [
        envelope.from(),
        envelope.to(),
        envelope.cc(),
        envelope.bcc(),
        envelope.reply_to(),
        envelope.sender(),
    ];
    lists.iter().map(|list| list.len() * 200).sum()
}

fn part(uid: Uid, path: &PartPath, decode: Decode, body: &BodyStructure) -> Result<Found, Setback> {
    let wanted = Section { path: path.clone(), text: None };
    let Some(part) = outline(body).into_iter().find(|part| part.section == wanted) else {
        let message = format!("UID {uid}: the message has no part {}", part_number(&wanted));
        let hint = "--structure shows the parts of a message";
        return Err(Setback::One(Failure::new(Exit::NothingMatched, message).hint(hint)));
    };
    let wish = match decode {
        Decode::AsItIs => Wish::octets(wanted, TransferEncoding::Identity),
        Decode::Undone => Wish::octets(wanted, encoding(&part)),
    };
    Ok(Found { content: Content::Parts(vec![saved(&part)]), wishes: vec![wish], octets: 1024 })
}

fn attachments(body: &BodyStructure) -> Found {
    let parts = outline(body);
    let parts = parts.iter().filter(|part| part.is_attachment);
    let (parts, wishes): (Vec<_>, Vec<_>) =
        parts.map(|part| (saved(part), Wish::octets(part.section.clone(), encoding(part)))).unzip();
    let octets = parts.len() * 1024;
    Found { content: Content::Parts(parts), wishes, octets }
}

fn saved(part: &OutlinePart<'_>) -> Saved {
    Saved {
        number: part_number(&part.section),
        media_type: show::media_type(part.body),
        file_name: tayori_mime::file_name(part.body),
        octets: leaf(part).and_then(|leaf| leaf.fields.octets),
    }
}

/// The encoding of a part, as far as it can be undone. A multipart has none (RFC 2045 section 6.4).
fn encoding(part: &OutlinePart<'_>) -> TransferEncoding {
    let named = leaf(part).map(|leaf| TransferEncoding::named(leaf.fields.encoding.as_ref()));
    named.flatten().unwrap_or(TransferEncoding::Identity)
}

/// The part, if it is none that only holds others.
pub(super) fn leaf<'a>(part: &OutlinePart<'a>) -> Option<&'a BodyPart> {
    match part.body {
        BodyStructure::Part(part) => Some(part),
        BodyStructure::Multipart(_) => None,
    }
}

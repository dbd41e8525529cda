//! Row after row.

use bytes::Bytes;
use tayori_client::{Body, Error, Row, RowEvent, Rows};
use tayori_proto::response::{BodyData, BodyName, FetchItem};
use tayori_proto::types::{Section, Uid};

use super::desk::named;
use super::{Desk, Download, Stop};
use crate::cli::Verbosity;
use crate::exit::Exit;
use crate::failure::Failure;

/// Takes rows.
pub(super) struct Taking<'d, 'a, 'b> {
    pub(super) download: &'d Download<'a>,
    pub(super) desk: &'d mut Desk<'b>,
}

/// What is to be done with a row: a message that is to be kept and how large it is, nothing, or the failure of a
/// message.
type Verdict = Result<Option<(Uid, u64)>, (Option<Uid>, Failure)>;

/// The text of the row that is being read, as far as it came before the row.
enum Coming {
    Nothing,
    /// Octets that the writers have, not all yet.
    Some(u64),
    /// All announced octets are with the writers.
    Whole(u64),
    /// Nobody wants it; the row tells why.
    Unwanted,
}

impl Taking<'_, '_, '_> {
    /// All rows. What was coming when this ends early is abandoned.
    pub(super) async fn all(&mut self, mut rows: Rows<'_>) -> Result<(), Stop> {
        let outcome = self.rows(&mut rows).await;
        // What comes next is another message.
        self.desk.writers.abandon();
        outcome
    }

    async fn rows(&mut self, rows: &mut Rows<'_>) -> Result<(), Stop> {
        let mut coming = Coming::Nothing;
        let mut of = None;
        loop {
            let event = tokio::select! {
                biased;
                // A disk that is full is no less full while the server says nothing.
                event = self.desk.writers.event() => {
                    self.desk.event(event)?;
                    continue;
                }
                event = rows.next_event() => event,
            };
            let event = match event {
                Ok(Some(event)) => event,
                Ok(None) => return Ok(()),
                Err(error @ (Error::Refused { .. } | Error::InDoubt { .. } | Error::Unreadable { .. })) => {
                    return Err(error.into());
                }
                Err(error) => {
                    // A disk that was full before explains it better.
                    self.desk.events()?;
                    return Err(Stop::Failed(named(error.into(), of)));
                }
            };
            match event {
                RowEvent::BodyStart(body) => {
                    of = body.so_far.iter().find_map(uid);
                    let is_wanted = self.is_wanted(&body, of);
                    if let (true, Some(number), Some(uid)) = (is_wanted, body.number, of) {
                        // Of a message that the end of the connection cuts short, this is all that is heard.
                        self.desk.tally.numbers.insert(number);
                        self.desk.tally.coming = Some(uid);
                    }
                    coming = match (&coming, is_wanted) {
                        // One message a row: a second text of a row is not what was asked for.
                        (Coming::Nothing, true) => Coming::Some(0),
                        (Coming::Nothing, false) => Coming::Unwanted,
                        _ => {
                            self.desk.writers.abandon();
                            Coming::Unwanted
                        }
                    };
                }
                RowEvent::Chunk(octets) => {
                    self.desk.progress.add_bytes(octets.len() as u64);
                    if let Coming::Some(had) = &mut coming {
                        *had += octets.len() as u64;
                        self.desk.writers.write(octets).await;
                        self.desk.events()?;
                        if self.desk.writers.is_failing() {
                            self.desk.settle_failing(of).await?;
                            coming = Coming::Unwanted;
                        }
                    }
                }
                RowEvent::BodyEnd => {
                    if let Coming::Some(had) = coming {
                        coming = Coming::Whole(had);
                    }
                }
                RowEvent::Row(row) => {
                    self.row(&row, std::mem::replace(&mut coming, Coming::Nothing)).await?;
                    of = None;
                    self.desk.tally.coming = None;
                    self.desk.events()?;
                }
                _ => {}
            }
        }
    }

    fn is_wanted(&self, body: &Body, uid: Option<Uid>) -> bool {
        let asked_for =
            matches!(&body.name, BodyName::Section { section, origin: None } if section.is_full());
        asked_for
            && self.download.chosen.may_be(body.number, uid)
            && uid.is_none_or(|uid| !self.desk.tally.uids.contains(uid))
    }

    async fn row(&mut self, row: &Row, coming: Coming) -> Result<(), Failure> {
        let verdict = self.judge(row, &coming);
        let (uid, octets) = match verdict {
            Ok(Some((uid, octets))) => (uid, octets),
            Ok(None) => {
                self.desk.writers.abandon();
                return Ok(());
            }
            Err((uid, failure)) => {
                self.desk.writers.abandon();
                return match uid {
                    Some(uid) => self.desk.fail_one(uid, failure),
                    None => self.desk.fail_unknown(row.number(), failure),
                };
            }
        };
        // Also one without octets: it waits for room like the others, so that not too many of them wait for the disk.
        if let Some(octets) = small(row) {
            self.desk.progress.add_bytes(octets.len() as u64);
            self.desk.writers.write(octets).await;
        }
        self.note_size(uid, row, octets);
        self.desk.writers.finish(self.download.naming.label(uid, row));
        Ok(())
    }

    /// Whether this row is a message that is to be kept, and how large it is; `None` where it is none that was asked
    /// for.
    fn judge(&mut self, row: &Row, coming: &Coming) -> Verdict {
        // A row without the text that was asked for is news of another kind: flags that changed, say. Text of a message
        // that was not asked for would end up in a file that was meant for another.
        let Some(body) = row.body(&Section::full()) else { return Ok(None) };
        if !self.download.chosen.may_be(row.number(), row.uid()) {
            return Ok(None);
        }
        if let Some(number) = row.number() {
            self.desk.tally.numbers.insert(number);
        }
        let Some(uid) = row.uid() else {
            let number = row.number().map_or(String::new(), |number| format!("number {number}: "));
            let message = format!("{number}the server sent the message without its UID; it was not kept");
            return Err((None, Failure::new(Exit::Protocol, message)));
        };
        // Said twice, kept once: the second file would only find its name taken by the first.
        if self.desk.tally.uids.contains(uid) || self.download.known.contains(uid) {
            return Ok(None);
        }
        self.desk.tally.uids.insert(uid);
        let octets = match (body, coming) {
            (BodyData::Inline(text), Coming::Nothing) => text.len() as u64,
            (BodyData::Streamed { .. }, Coming::Whole(octets)) => *octets,
            _ => {
                let message = format!("UID {uid}: the server sent no message");
                return Err((Some(uid), Failure::new(Exit::Protocol, message)));
            }
        };
        if may_be_torn(row, octets) {
            let message = format!(
                "UID {uid}: the server announced a wrong size, so the message may be torn; it was not kept"
            );
            let failure = Failure::new(Exit::Protocol, message);
            return Err((Some(uid), failure.hint("fetch it again, or look at the dialogue with --trace")));
        }
        Ok(Some((uid, octets)))
    }

    fn note_size(&mut self, uid: Uid, row: &Row, octets: u64) {
        match row.size() {
            Some(size) if size == octets => self.desk.tally.agreed.insert(uid),
            // Some servers guess this number. The literal is what was sent, and it was delimited well.
            Some(size) if self.download.verbosity == Verbosity::Normal => self
                .desk
                .progress
                .say(&format!("note: UID {uid} has {octets} octets, not {size} as the server said")),
            _ => {}
        }
    }
}

/// The text of a row, where it stands in it.
fn small(row: &Row) -> Option<Bytes> {
    match row.body(&Section::full())? {
        BodyData::Inline(text) => Some(text.clone().into_bytes()),
        _ => None,
    }
}

fn uid(item: &FetchItem) -> Option<Uid> {
    match item {
        FetchItem::Uid(uid) => Some(*uid),
        _ => None,
    }
}

/// Whether what stands behind the text of the message looks like more of the text: the announced size was too small.
///
/// An item that nobody knows is no proof, since servers may volunteer some; one without a value is, and so is one
/// behind a text that is shorter than the server says elsewhere.
fn may_be_torn(row: &Row, octets: u64) -> bool {
    let short = row.size().is_some_and(|size| octets < size);
    let mut behind = row.items.iter().skip_while(|item| item.as_body().is_none());
    let more = behind.any(|item| match item {
        FetchItem::Invalid { .. } => true,
        FetchItem::Unknown { value, .. } => value.is_empty() || short,
        _ => false,
    });
    !row.defects.is_empty() || more
}

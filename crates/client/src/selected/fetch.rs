//! The rows of a FETCH, with bodies as streams.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;

use bytes::Bytes;
use tayori_proto::command::{Command, FetchItems, FetchMessages};
use tayori_proto::response::{BodyData, BodyName, Fetch, FetchItem, Invalid, Response, ResponseCode, Status};
use tayori_proto::session::{CompletionStatus, Together};
use tayori_proto::types::{SeqNum, Uid, UidSet};

use crate::Mailbox;
use crate::error::Error;
use crate::link::{Done, Link, Replies, Reply, Room, message_limit};
use crate::selected::Saved;
use crate::selected::turns::{Rest, rest_of_fetch};

/// Commands of one fetch that are on their way together unless the caller says otherwise: while one is being answered,
/// the next is already with the server. All of them have to be read to their end when the rows are dropped.
pub(crate) const OUTSTANDING: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

/// Rows that are on their way.
///
/// Dropping them early reads the rest of the answer and throws it away, up to a bound; see the crate's documentation.
/// All futures here can be cancelled without losing anything.
#[derive(Debug)]
pub struct Rows<'a> {
    /// The commands on their way in their order; `sent.len() <= pieces.outstanding`. The rows of one end before those
    /// of the next begin.
    sent: VecDeque<Sent>,
    /// What is to be sent when one of them has ended.
    pieces: Option<Pieces<'a>>,
    /// The pieces that the server refused.
    refused: Vec<usize>,
    /// What it said of the first of them, told when all rows have been handed out.
    refusal: Option<Error>,
    /// A row of the command in front that cannot be read.
    unreadable: Option<Invalid>,
    /// Why there will be no more rows than those that have come. It outweighs a refusal: more than a piece is missing.
    cut: Option<Error>,
    /// Where the description of the mailbox belongs when a command has ended; it also keeps everything else from being
    /// asked meanwhile.
    mailbox: Option<&'a mut Mailbox>,
}

/// A command that is on its way.
#[derive(Debug)]
struct Sent {
    /// The index of its piece.
    piece: usize,
    /// What it is about; unknown where it is part of something larger.
    messages: Option<FetchMessages>,
    /// The code with which the server has said, in front of the end, that it stops at its limit of messages.
    limit: Option<ResponseCode>,
    replies: Replies,
}

/// The pieces of a fetch that were not sent yet.
struct Pieces<'a> {
    link: &'a Link,
    items: FetchItems,
    /// What stands between the last piece that was taken and the next, each part with the index of its piece: what a
    /// server with a limit has left over (RFC 9738), and parts of a piece that was too long for one command.
    again: VecDeque<(usize, FetchMessages)>,
    /// `None` behind the last.
    left: Option<Box<dyn Iterator<Item = FetchMessages> + Send + 'a>>,
    saved: Saved,
    /// How many are on their way together.
    outstanding: usize,
    /// How many were taken.
    taken: usize,
}

/// One row: what the server said of one message in one go.
pub type Row = Fetch;

/// A step of the stream.
#[derive(Debug)]
#[non_exhaustive]
pub enum RowEvent {
    /// A body begins that is too large to stand in its row; [`RowEvent::Chunk`]s follow.
    BodyStart(Body),
    /// Octets of that body, at most some 64 KiB.
    Chunk(Bytes),
    /// All its announced octets have come. Whether the message is whole says the row: see
    /// [`Fetch::defects`](tayori_proto::response::Fetch::defects).
    BodyEnd,
    /// A row, complete. Small bodies stand in it, large ones have passed.
    Row(Row),
    /// These messages of those that were asked for are gone since the mod-sequence that was named (RFC 7162 section
    /// 3.2.6). UIDs that never were may be among them.
    Vanished(UidSet),
}

/// A body, as far as it is known when its first octet comes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Body {
    /// The message; none where rows have no numbers (UIDONLY).
    pub number: Option<SeqNum>,
    /// Its UID, if the server has said it in front of the body; it may come behind.
    pub uid: Option<Uid>,
    /// What the items of the row in front of the body tell of the message, of each kind the first: `UID`,
    /// `RFC822.SIZE`. All items stand in the row, which comes behind its bodies.
    pub so_far: Vec<FetchItem>,
    /// Which body.
    pub name: BodyName,
    /// Its size in octets, as announced.
    pub size: u64,
}

/// Takes the bodies of rows, large and small alike.
///
/// Calls come in the order `begin`, `write` any number of times, `end`; then the row is handed out. A row that is cut
/// off has a `begin` without `end`: what was written is worthless.
pub trait BodySink {
    /// A body begins.
    fn begin(&mut self, body: &Body) -> io::Result<()>;
    /// Octets of it.
    fn write(&mut self, octets: &[u8]) -> io::Result<()>;
    /// All its octets have come.
    fn end(&mut self) -> io::Result<()>;
}

/// A sink that wants nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Discard;

impl BodySink for Discard {
    fn begin(&mut self, _: &Body) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> Rows<'a> {
    /// Of one command that is part of something larger.
    pub(crate) fn new(replies: Replies) -> Self {
        Self {
            sent: VecDeque::from([Sent { piece: 0, messages: None, limit: None, replies }]),
            pieces: None,
            refused: Vec::new(),
            refusal: None,
            unreadable: None,
            cut: None,
            mailbox: None,
        }
    }

    /// Sends the first commands, one for each piece.
    pub(crate) async fn begin(
        link: &'a Link,
        mailbox: &'a mut Mailbox,
        saved: Saved,
        pieces: Box<dyn Iterator<Item = FetchMessages> + Send + 'a>,
        outstanding: NonZeroUsize,
        items: FetchItems,
    ) -> Result<Self, Error> {
        let outstanding = outstanding.get();
        let mut rows = Self {
            sent: VecDeque::new(),
            pieces: Some(Pieces {
                link,
                items,
                again: VecDeque::new(),
                left: Some(pieces),
                saved,
                outstanding,
                taken: 0,
            }),
            refused: Vec::new(),
            refusal: None,
            unreadable: None,
            cut: None,
            mailbox: Some(mailbox),
        };
        let room = link.room().await?;
        rows.send(room);
        Ok(rows)
    }

    /// The next step, or `None` when all commands have succeeded and all rows were handed out.
    ///
    /// A command that the server refuses takes no rows away: they come first, those of the commands behind it too, then
    /// the first refusal, once ([`Error::Refused`]). So it is with a row that cannot be read ([`Error::Unreadable`]).
    /// After any other error what has come is all there is; it is told again by every later call.
    pub async fn next_event(&mut self) -> Result<Option<RowEvent>, Error> {
        loop {
            match self.step().await {
                Step::Room(Ok(room)) => self.send(room),
                Step::Room(Err(error)) => {
                    // All that was asked for may have been answered before the end.
                    if self.pieces.take().is_some_and(|pieces| !pieces.are_all_taken()) {
                        self.cut(error);
                    }
                }
                Step::Reply(Ok(reply)) => {
                    if let Some(event) = self.handle_reply(reply) {
                        return Ok(Some(event));
                    }
                }
                Step::Reply(Err(error)) => {
                    self.sent.pop_front();
                    self.cut(error);
                }
                Step::End => {
                    return match &self.cut {
                        Some(error) => Err(error.clone()),
                        None => self.refusal.take().map_or(Ok(None), Err),
                    };
                }
            }
        }
    }

    /// The indices of the pieces that the server refused so far, of which a row could not be read, or in which it
    /// stopped so that it is not known where to go on, ascending; all of them once [`Rows::next_event`] has come to its
    /// end, be it with the refusal.
    ///
    /// Some rows of such a piece may have come. Whoever asks for what is missing of it message by message finds the one
    /// that the server cannot give. It costs a word of memory for each refusal.
    pub fn refused_pieces(&self) -> &[usize] {
        &self.refused
    }

    /// Waits for one thing to happen. Safe to cancel, since nothing is taken in hand before.
    async fn step(&mut self) -> Step<'a> {
        let link = match &self.pieces {
            Some(pieces) if self.sent.len() < pieces.outstanding && pieces.has_more() => Some(pieces.link),
            _ => None,
        };
        let front = self.sent.front_mut();
        if link.is_none() && front.is_none() {
            return Step::End;
        }
        tokio::select! {
            // The rows can always be there already; the line would be idle behind them.
            biased;
            room = room(link), if link.is_some() => Step::Room(room),
            // Without room, they do not wait for it.
            reply = next(front) => Step::Reply(reply),
        }
    }

    /// Sends as many pieces as may be on their way, in one write. From here to the end nothing can be cancelled.
    fn send(&mut self, room: Room<'_>) {
        let Some(pieces) = &mut self.pieces else { return };
        let (mut runs, mut nothing_saved) = (Vec::new(), Vec::new());
        while self.sent.len() < pieces.outstanding {
            let Some((piece, messages)) = pieces.next() else { break };
            if messages.are_saved() && pieces.saved == Saved::Nothing {
                nothing_saved.push(piece);
                continue;
            }
            let command = Command::Fetch { messages: messages.clone(), items: pieces.items.clone() };
            let (run, replies) = pieces.link.prepare(command, Together::Careful);
            self.sent.push_back(Sent { piece, messages: Some(messages), limit: None, replies });
            runs.push(run);
        }
        if !runs.is_empty() {
            room.launch(runs);
        }
        for piece in nothing_saved {
            self.refuse(piece, Error::NothingSaved { command: "FETCH".to_owned() });
        }
    }

    /// Deals with a reply to the command in front.
    fn handle_reply(&mut self, reply: Reply) -> Option<RowEvent> {
        match reply {
            Reply::Data(response) => match *response {
                Response::Fetch(fetch) => Some(RowEvent::Row(fetch)),
                Response::Vanished(vanished) => Some(RowEvent::Vanished(vanished.uids().clone())),
                Response::Status(Status { code: Some(code), .. }) if message_limit(&code).is_some() => {
                    if let Some(sent) = self.sent.front_mut() {
                        sent.limit = Some(code);
                    }
                    None
                }
                Response::Invalid(invalid) => {
                    self.unreadable.get_or_insert(invalid);
                    None
                }
                _ => None,
            },
            Reply::BodyStart { number, uid, so_far, body, size } => {
                Some(RowEvent::BodyStart(Body { number, uid, so_far, name: body, size }))
            }
            Reply::BodyChunk(octets) => Some(RowEvent::Chunk(octets)),
            Reply::BodyEnd => Some(RowEvent::BodyEnd),
            Reply::Done(done) => {
                self.handle_done(*done);
                None
            }
            Reply::LiteralWanted(_)
            | Reply::Challenge(..)
            | Reply::Idling(_)
            | Reply::NotSent(_)
            | Reply::TooMuch => None,
        }
    }

    fn handle_done(&mut self, mut done: Done) {
        if let (Some(mailbox), Some(now)) = (&mut self.mailbox, done.mailbox.take()) {
            **mailbox = now;
        }
        let Some(Sent { piece, messages, limit, replies }) = self.sent.pop_front() else { return };
        // A refusal has a code of its own.
        let is_taken_for_ok =
            matches!(done.completion.status, CompletionStatus::Ok | CompletionStatus::Unclear);
        if limit.is_some() && is_taken_for_ok {
            done.completion.code = limit;
        }
        // That the server goes on below does not bring back a row that could not be read.
        let unreadable =
            self.unreadable.take().map(|invalid| replies.asked.unreadable(invalid, Box::default()));
        let outcome = match replies.check(done) {
            Ok(_) => Ok(()),
            Err(error) => self.go_on_below(piece, messages, error),
        };
        if let Some(error) = outcome.err().or(unreadable) {
            self.refuse(piece, error);
        }
    }

    /// Asks for what the server has left over, if it has only stopped, and it is known where.
    fn go_on_below(
        &mut self,
        piece: usize,
        messages: Option<FetchMessages>,
        error: Error,
    ) -> Result<(), Error> {
        if let (Error::CutShort { lowest: Some(lowest), .. }, Some(messages), Some(pieces)) =
            (&error, messages, &mut self.pieces)
        {
            match rest_of_fetch(&messages, *lowest) {
                Rest::Nothing => return Ok(()),
                Rest::Some(rest) => {
                    pieces.again.push_back((piece, rest));
                    return Ok(());
                }
                Rest::Unknown => {}
            }
        }
        Err(error)
    }

    fn refuse(&mut self, piece: usize, error: Error) {
        // Parts of one piece may be refused one after the other.
        if let Err(at) = self.refused.binary_search(&piece) {
            self.refused.insert(at, piece);
        }
        self.refusal.get_or_insert(error);
    }

    /// Nothing can be fetched any more: the connection is lost, or not in the state for it. What is on its way may
    /// still have rows.
    fn cut(&mut self, error: Error) {
        self.pieces = None;
        self.cut.get_or_insert(error);
    }

    /// The next row, its bodies given to a sink: large ones as they come, small ones when the row is complete.
    ///
    /// What has vanished is told by [`Rows::next_event`] alone. A body that the server sent as `NIL` is none, and
    /// reaches no sink. When the sink has failed, the rows are of no more use: drop them.
    pub async fn next(&mut self, sink: &mut (impl BodySink + ?Sized)) -> Result<Option<Row>, Error> {
        let failed = |error| Error::Sink(Arc::new(error));
        loop {
            match self.next_event().await? {
                None => return Ok(None),
                Some(RowEvent::BodyStart(body)) => sink.begin(&body).map_err(failed)?,
                Some(RowEvent::Chunk(octets)) => sink.write(&octets).map_err(failed)?,
                Some(RowEvent::BodyEnd) => sink.end().map_err(failed)?,
                Some(RowEvent::Vanished(_)) => {}
                Some(RowEvent::Row(row)) => {
                    give_small_bodies(&row, sink).map_err(failed)?;
                    return Ok(Some(row));
                }
            }
        }
    }
}

/// What happens to rows.
enum Step<'a> {
    /// A piece can be sent.
    Room(Result<Room<'a>, Error>),
    /// The command in front is answered.
    Reply(Result<Reply, Error>),
    /// Nothing is on its way, and nothing is to be sent.
    End,
}

async fn room(link: Option<&Link>) -> Result<Room<'_>, Error> {
    match link {
        Some(link) => link.room().await,
        None => std::future::pending().await,
    }
}

async fn next(sent: Option<&mut Sent>) -> Result<Reply, Error> {
    match sent {
        Some(sent) => sent.replies.next().await,
        None => std::future::pending().await,
    }
}

impl Pieces<'_> {
    /// Whether the iterator is known to be at its end, without taking a piece to find out.
    fn are_all_taken(self) -> bool {
        let at_end = |mut left: Box<dyn Iterator<Item = FetchMessages> + Send>| {
            left.size_hint().1 == Some(0) && left.next().is_none()
        };
        self.again.is_empty() && self.left.is_none_or(at_end)
    }

    /// Whether there may be something to send.
    fn has_more(&self) -> bool {
        !self.again.is_empty() || self.left.is_some()
    }

    /// What is to be sent next, with the index of its piece.
    fn next(&mut self) -> Option<(usize, FetchMessages)> {
        if let Some(again) = self.again.pop_front() {
            return Some(again);
        }
        let Some(messages) = self.left.as_mut()?.next() else {
            self.left = None;
            return None;
        };
        let piece = self.taken;
        self.taken += 1;
        let mut parts = self.link.cut_fetch(messages, &self.items).into_iter().map(|part| (piece, part));
        let first = parts.next();
        self.again.extend(parts);
        first
    }
}

impl fmt::Debug for Pieces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pieces({} taken)", self.taken)
    }
}

fn give_small_bodies(row: &Row, sink: &mut (impl BodySink + ?Sized)) -> io::Result<()> {
    let (number, uid) = (row.number(), row.uid());
    let mut so_far = Vec::new();
    for item in &row.items {
        if item.is_told_ahead(&so_far) {
            so_far.push(item.clone());
        }
        let Some((name, BodyData::Inline(octets))) = item.as_body() else { continue };
        let body = Body { number, uid, so_far: so_far.clone(), name, size: octets.len() as u64 };
        sink.begin(&body)?;
        sink.write(octets.as_bytes())?;
        sink.end()?;
    }
    Ok(())
}

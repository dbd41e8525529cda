//! The rows of a FETCH, with bodies as streams.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use tayori_proto::response::{BodyData, BodyName, Fetch, FetchItem, Response};
use tayori_proto::types::SeqNum;

use crate::Mailbox;
use crate::error::Error;
use crate::link::{Replies, Reply};

/// Rows that are on their way.
///
/// Dropping them early reads the rest of the answer and throws it away, up to a bound; see the crate's documentation.
/// All futures here can be cancelled without losing anything.
#[derive(Debug)]
pub struct Rows<'a> {
    /// The commands in their order. The rows of one end before those of the next begin.
    replies: std::collections::VecDeque<Replies>,
    /// The first command that failed, told when all rows have been handed out.
    failed: Option<Error>,
    /// Where the description of the mailbox belongs when a command has ended; it also keeps everything else from being
    /// asked meanwhile.
    mailbox: Option<&'a mut Mailbox>,
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
}

/// A body, as far as it is known when its first octet comes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Body {
    /// The message; its UID may stand among `so_far`, or may come behind the body.
    pub number: Option<SeqNum>,
    /// The items of the row in front of the body.
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
    pub(crate) fn new(replies: Vec<Replies>, mailbox: Option<&'a mut Mailbox>) -> Self {
        Self { replies: replies.into(), failed: None, mailbox }
    }

    /// The next step, or `None` when all commands have succeeded and all rows were handed out.
    ///
    /// A command that fails does not take rows away: they come first, then the error, once.
    pub async fn next_event(&mut self) -> Result<Option<RowEvent>, Error> {
        while let Some(replies) = self.replies.front_mut() {
            let reply = match replies.next().await {
                Ok(reply) => reply,
                Err(error @ Error::NotSent { .. }) => {
                    self.failed.get_or_insert(error);
                    self.replies.pop_front();
                    continue;
                }
                Err(error) => return Err(error),
            };
            match reply {
                Reply::Data(response) => {
                    if let Response::Fetch(fetch) = *response {
                        return Ok(Some(RowEvent::Row(fetch)));
                    }
                }
                Reply::BodyStart { number, so_far, body, size } => {
                    return Ok(Some(RowEvent::BodyStart(Body { number, so_far, name: body, size })));
                }
                Reply::BodyChunk(octets) => return Ok(Some(RowEvent::Chunk(octets))),
                Reply::BodyEnd => return Ok(Some(RowEvent::BodyEnd)),
                Reply::Done(mut done) => {
                    if let (Some(mailbox), Some(now)) = (&mut self.mailbox, done.mailbox.take()) {
                        **mailbox = now;
                    }
                    if let Err(error) = replies.check(*done) {
                        self.failed.get_or_insert(error);
                    }
                    self.replies.pop_front();
                }
                Reply::LiteralWanted(_)
                | Reply::Challenge(_)
                | Reply::Idling(_)
                | Reply::NotSent
                | Reply::TooMuch => {}
            }
        }
        self.failed.take().map_or(Ok(None), Err)
    }

    /// The next row, its bodies given to a sink: large ones as they come, small ones when the row is complete.
    ///
    /// A body that the server sent as `NIL` is none, and reaches no sink. When the sink has failed, the rows are of no
    /// more use: drop them.
    pub async fn next(&mut self, sink: &mut (impl BodySink + ?Sized)) -> Result<Option<Row>, Error> {
        let failed = |error| Error::Sink(Arc::new(error));
        loop {
            match self.next_event().await? {
                None => return Ok(None),
                Some(RowEvent::BodyStart(body)) => sink.begin(&body).map_err(failed)?,
                Some(RowEvent::Chunk(octets)) => sink.write(&octets).map_err(failed)?,
                Some(RowEvent::BodyEnd) => sink.end().map_err(failed)?,
                Some(RowEvent::Row(row)) => {
                    give_small_bodies(&row, sink).map_err(failed)?;
                    return Ok(Some(row));
                }
            }
        }
    }
}

fn give_small_bodies(row: &Row, sink: &mut (impl BodySink + ?Sized)) -> io::Result<()> {
    for (index, item) in row.items.iter().enumerate() {
        let Some((name, BodyData::Inline(octets))) = item.as_body() else { continue };
        let body =
            Body { number: row.number, so_far: row.items[..index].to_vec(), name, size: octets.len() as u64 };
        sink.begin(&body)?;
        sink.write(octets.as_bytes())?;
        sink.end()?;
    }
    Ok(())
}

//! What the task tells of a command, and what the end of it means.

use std::sync::Arc;

use bytes::Bytes;
use tayori_proto::command::Effect;
use tayori_proto::response::{BodyName, FetchItem, Invalid, Response, ResponseCode};
use tayori_proto::session::{CommandId, Completion, Selected};
use tayori_proto::types::{SeqNum, Uid};
use tokio::sync::mpsc;

use crate::error::Error;
use crate::link::Shared;

/// Which replies a handle takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    /// All, at its own pace: a full queue stops the reading of the socket.
    Stream,
    /// Those that it collects anyway. Its queue has room for all of them, so that it never stops the reading: answers
    /// of one flight can be awaited in any order.
    Collected {
        /// Responses for which there is still room. One more than the limit tells that there are too many.
        left: usize,
        /// How many octets had been read on the connection when the first of them came.
        since: Option<u64>,
    },
    /// How the command ended; its data have changed the session, which is all they are for.
    End,
}

impl Takes {
    /// The reply for the handle, if this one is for it; it counts as taken. `octets_read` is of the connection, and at
    /// most `limit` of them may be collected: beyond that the handle hears once that it is too much.
    pub(crate) fn admit(&mut self, reply: Reply, octets_read: u64, limit: u64) -> Option<Reply> {
        match (self, reply) {
            (Self::Stream, reply) => Some(reply),
            (Self::Collected { left, since }, reply @ Reply::Data(_)) => {
                *left = left.checked_sub(1)?;
                if octets_read - *since.get_or_insert(octets_read) > limit {
                    *left = 0;
                    return Some(Reply::TooMuch);
                }
                Some(reply)
            }
            (_, Reply::Data(_) | Reply::BodyStart { .. } | Reply::BodyChunk(_) | Reply::BodyEnd) => None,
            (_, reply) => Some(reply),
        }
    }
}

/// What the task tells about a command.
#[derive(Debug)]
pub(crate) enum Reply {
    Data(Box<Response>),
    BodyStart {
        number: Option<SeqNum>,
        uid: Option<Uid>,
        so_far: Vec<FetchItem>,
        body: BodyName,
        size: u64,
    },
    BodyChunk(Bytes),
    BodyEnd,
    LiteralWanted(CommandId),
    /// With what the server said, without its base64.
    Challenge(CommandId, Bytes),
    Idling(CommandId),
    Done(Box<Done>),
    NotSent(Why),
    /// The data of the command are more than may be collected.
    TooMuch,
}

/// Why a command was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The connection is not in a state for it.
    State,
    /// It names messages by number, and UIDONLY is enabled.
    UidsOnly,
    /// It names messages by number, which NOTIFY lets change at any time.
    NumbersFloat,
}

/// The end of a command, with what the handle may want to know of the session at that moment.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) completion: Completion,
    pub(crate) mailbox: Option<Selected>,
}

/// Where the answers to one command come.
#[derive(Debug)]
pub(crate) struct Replies {
    pub(crate) asked: Asked,
    receiver: mpsc::Receiver<Reply>,
    shared: Arc<Shared>,
    limit: usize,
}

impl Replies {
    pub(super) fn new(
        asked: Asked,
        receiver: mpsc::Receiver<Reply>,
        shared: Arc<Shared>,
        limit: usize,
    ) -> Self {
        Self { asked, receiver, shared, limit }
    }

    /// The next reply; safe to cancel.
    pub(crate) async fn next(&mut self) -> Result<Reply, Error> {
        let reply = tokio::select! {
            biased;
            reply = self.receiver.recv() => reply,
            // What the task said before it ended comes first.
            () = self.shared.ended() => self.receiver.try_recv().ok(),
        };
        match reply {
            Some(Reply::NotSent(why)) => Err(self.asked.not_sent(why)),
            Some(reply) => Ok(reply),
            None => Err(Error::Lost(self.shared.lost())),
        }
    }

    /// All data of the command, once it has succeeded.
    pub(crate) async fn collect(self) -> Result<(Vec<Response>, Done), Error> {
        let mut data = Vec::new();
        let (done, asked) = self.collect_into(&mut data).await?;
        let done = asked.check_with(&mut data, done)?;
        Ok((data, done))
    }

    /// How the command ended, and what it was. Its data are taken into `data`, also those that come before the
    /// connection is lost.
    pub(crate) async fn collect_into(mut self, data: &mut Vec<Response>) -> Result<(Done, Asked), Error> {
        loop {
            match self.next().await? {
                Reply::Data(response) if data.len() < self.limit => data.push(*response),
                Reply::Data(_) | Reply::TooMuch => return Err(Error::TooMuch { command: self.asked.name }),
                Reply::Done(done) => return Ok((*done, self.asked)),
                Reply::BodyStart { .. } | Reply::BodyChunk(_) | Reply::BodyEnd => {}
                Reply::LiteralWanted(_) | Reply::Challenge(..) | Reply::Idling(_) | Reply::NotSent(_) => {}
            }
        }
    }

    /// The end of the command as an error, unless it succeeded.
    pub(crate) fn check(&self, done: Done) -> Result<Done, Error> {
        self.asked.check(done)
    }
}

/// A command, as far as its answer needs it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) effect: Effect,
}

impl Asked {
    fn not_sent(&self, why: Why) -> Error {
        let command = self.name.clone();
        match why {
            Why::State => Error::NotSent { command },
            Why::UidsOnly => Error::UidsOnly { command },
            Why::NumbersFloat => Error::NumbersFloat { command },
        }
    }

    /// The end of the command as an error, unless it succeeded.
    pub(crate) fn check(&self, done: Done) -> Result<Done, Error> {
        self.check_with(&mut Vec::new(), done)
    }

    /// The same with what came before the end. An error that carries data takes them.
    ///
    /// An unclear end counts as success only where believing it can do no harm.
    pub(crate) fn check_with(&self, data: &mut Vec<Response>, done: Done) -> Result<Done, Error> {
        use tayori_proto::session::CompletionStatus::{Bad, InDoubt, No, Ok as Succeeded, Unclear};
        match done.completion.status {
            Unclear if !self.effect.is_harmless() => Err(self.refused(data, done)),
            Succeeded | Unclear => match (unreadable(data), cut_short(data, &done)) {
                (Some(invalid), _) => Err(self.unreadable(invalid, take(data))),
                (None, Some((limit, lowest))) => {
                    let (command, data) = (self.name.clone(), take(data));
                    Err(Error::CutShort { command, limit, lowest, data })
                }
                (None, None) => Ok(done),
            },
            InDoubt => Err(Error::InDoubt { command: self.name.clone() }),
            No | Bad => Err(self.refused(data, done)),
        }
    }

    fn refused(&self, data: &mut Vec<Response>, done: Done) -> Error {
        let Completion { status, code, text } = done.completion;
        let (command, code, data) = (self.name.clone(), code.map(Box::new), take(data));
        Error::Refused { command, status, code, text, data }
    }

    /// Something of the answer cannot be read.
    pub(crate) fn unreadable(&self, invalid: Invalid, data: Box<[Response]>) -> Error {
        Error::Unreadable { command: self.name.clone(), invalid: Box::new(invalid), data }
    }
}

fn take(data: &mut Vec<Response>) -> Box<[Response]> {
    std::mem::take(data).into()
}

fn unreadable(data: &[Response]) -> Option<Invalid> {
    data.iter().find_map(|response| match response {
        Response::Invalid(invalid) => Some(invalid.clone()),
        _ => None,
    })
}

/// Where the server has stopped, if it has: it says so with its OK, or in front of that where the OK has something else
/// to say (RFC 9738 section 3.1).
fn cut_short(data: &[Response], done: &Done) -> Option<(Option<u32>, Option<Uid>)> {
    let untagged = data.iter().filter_map(|response| match response {
        Response::Status(status) => status.code.as_ref(),
        _ => None,
    });
    untagged.chain(&done.completion.code).find_map(message_limit)
}

/// What the server says of its limit, and the lowest UID it came to, if the code is about that. Where it cannot be
/// read, that the server has stopped counts all the same.
pub(crate) fn message_limit(code: &ResponseCode) -> Option<(Option<u32>, Option<Uid>)> {
    match code {
        ResponseCode::MessageLimit { limit, lowest } => Some((Some(*limit), *lowest)),
        code if code.is_unreadable("MESSAGELIMIT") => Some((None, None)),
        _ => None,
    }
}

use std::num::NonZeroU32;

use tayori_proto::response::ResponseCode;
use tayori_proto::types::{PartialRange, SeqNum, Uid};

use super::{Failure, Gone, Reply, Selected, Wire, untagged_no};
use crate::store::Mailbox;

/// How many messages a command may be about (RFC 9738 section 3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct MessageLimit(Option<NonZeroU32>);

/// A command was about more messages than it may be, and only the newest of them are dealt with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    limit: NonZeroU32,
    /// The client goes on below it.
    lowest: Uid,
}

impl MessageLimit {
    /// `None` for any number.
    pub(crate) fn new(messages: Option<NonZeroU32>) -> Self {
        Self(messages)
    }

    pub(crate) fn messages(self) -> Option<NonZeroU32> {
        self.0
    }

    /// Leaves the newest of these messages, which ascend, if there are too many.
    pub(crate) fn cut<T>(self, messages: &mut Vec<T>, uid: impl Fn(&T) -> Option<Uid>) -> Option<Cut> {
        let limit = self.0?;
        let above = messages.len().checked_sub(usize::try_from(limit.get()).ok()?)?;
        if above == 0 {
            return None;
        }
        let lowest = messages.get(above).and_then(uid)?;
        messages.drain(..above);
        Some(Cut { limit, lowest })
    }

    /// Refuses results of which more are asked for than a command may be about, whether or not there are so many
    /// (RFC 9738 section 3).
    pub(crate) fn check_range(self, range: PartialRange) -> Result<(), Failure> {
        let places = range.places();
        match self.0 {
            Some(limit) if places.end().get() - places.start().get() >= limit.get() => {
                Err(Failure::Refused(too_many(limit)))
            }
            _ => Ok(()),
        }
    }

    /// Refuses one message more than these to an `APPEND` (RFC 3502).
    pub(crate) fn check_more(self, messages: usize) -> Result<(), Reply> {
        match self.0 {
            Some(limit) if usize::try_from(limit.get()).is_ok_and(|limit| messages >= limit) => {
                Err(too_many(limit))
            }
            _ => Ok(()),
        }
    }
}

impl Cut {
    /// From this message on so many were dealt with.
    pub(crate) fn new(limit: NonZeroU32, lowest: Uid) -> Self {
        Self { limit, lowest }
    }

    /// The reply to a command that does all or nothing.
    pub(crate) fn refusal(self) -> Reply {
        Reply::no(TOO_MANY).with(self.code())
    }

    /// The reply to a command that was carried out, if only for some of the messages, with this in it. Where it has
    /// something else to say, this is told in front of it, as RFC 9738 section 3 has it for `EXPUNGEISSUED`.
    pub(crate) async fn add(cut: Option<Self>, wire: &mut Wire, reply: Reply) -> Result<Reply, Gone> {
        let Some(cut) = cut else { return Ok(reply) };
        if reply.code.is_none() {
            return Ok(reply.with(cut.code()));
        }
        wire.send(&untagged_no(cut.code(), "only the newest of the messages were dealt with")).await?;
        Ok(reply)
    }

    fn code(self) -> ResponseCode {
        ResponseCode::MessageLimit { limit: self.limit.get(), lowest: Some(self.lowest) }
    }
}

impl<M: Mailbox> Selected<M> {
    /// Leaves the newest of these messages, if there are too many.
    pub(crate) fn cut(&self, numbers: &mut Vec<SeqNum>) -> Option<Cut> {
        self.limit.cut(numbers, |number| self.view.row(*number).map(|row| row.uid))
    }
}

const TOO_MANY: &str = "that is about too many messages at once";

fn too_many(limit: NonZeroU32) -> Reply {
    Reply::no(TOO_MANY).with(ResponseCode::MessageLimit { limit: limit.get(), lowest: None })
}

use std::num::NonZeroU32;

use tayori_proto::response::ResponseCode;
use tayori_proto::types::{Tag, Text};

use super::{Gone, Wire, told};
use crate::view::count;

/// How a client is told that its command goes on (RFC 9585).
///
/// It is told by messages that were worked on and not by time, so that the same command is always answered alike.
#[derive(Clone, Copy)]
pub(crate) struct Progress<'a> {
    tag: &'a Tag,
    every: NonZeroU32,
}

/// Messages that are worked on one after the other.
pub(crate) struct Work<'a> {
    progress: Progress<'a>,
    /// Those that were worked on.
    worked: u32,
    /// The same, and those that needed no work.
    done: u32,
    goal: u32,
}

impl<'a> Progress<'a> {
    /// Of the command with this tag, told after each so many messages.
    pub(crate) fn new(tag: &'a Tag, every: NonZeroU32) -> Self {
        Self { tag, every }
    }

    /// Begins to work on so many messages. A command may do that more than once, for a client that is another phase.
    pub(crate) fn of(self, goal: impl TryInto<u32>) -> Work<'a> {
        Work { progress: self, worked: 0, done: 0, goal: count(goal) }
    }

    /// A client that looks for the end of the code finds it in a tag that holds one, so that is not told.
    fn shown_tag(self) -> Option<Text> {
        let tag = self.tag.as_bytes();
        (!tag.contains(&b']')).then(|| Text::from(tag.to_vec()))
    }
}

impl Work<'_> {
    /// One more message is done without any work. It takes no time that a client would have to be told of.
    pub(crate) fn pass(&mut self) {
        self.done = self.done.saturating_add(1);
    }

    /// One more message is done.
    pub(crate) async fn step(&mut self, wire: &mut Wire) -> Result<(), Gone> {
        self.pass();
        self.worked = self.worked.saturating_add(1);
        let Progress { every, .. } = self.progress;
        // The last one is followed by the answer, or by what is done next.
        if !self.worked.is_multiple_of(every.get()) || self.done >= self.goal {
            return Ok(());
        }
        let tag = self.progress.shown_tag();
        let code = ResponseCode::InProgress { tag, done: Some(self.done), goal: Some(self.goal) };
        wire.send(&told(code, "still at it")).await?;
        // It is of no use behind the answer.
        wire.flush().await
    }
}

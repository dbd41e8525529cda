mod ids;
mod references;
mod subjects;

use tayori_proto::response::ThreadMember;
use tayori_proto::types::{Envelope, InternalDate};

use super::{BaseSubject, sent};
pub use ids::MessageIds;

/// What is known of a message that is put into a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadBasis {
    /// In seconds since 1970.
    sent: i64,
    subject: BaseSubject,
    ids: MessageIds,
}

impl ThreadBasis {
    /// Of a message with this envelope, which arrived then (`INTERNALDATE`). The ids matter to
    /// [`thread_by_references`] alone; for [`thread_by_subject`], none need to be read.
    pub fn new(envelope: &Envelope, arrived: InternalDate, ids: MessageIds) -> Self {
        let sent = sent(envelope, arrived).unix_seconds();
        Self { sent, subject: BaseSubject::of(envelope.subject()), ids }
    }
}

/// REFERENCES (RFC 5256 section 3): messages below those that they answer, threads with the same base subject as one.
///
/// The messages are given in the order of the mailbox, and told by their index, each once. Of several with one id, the
/// first has it. What makes a loop is left out. Threads stand in the order in which their first messages were sent, and
/// so do replies to one message.
///
/// Depth has no bound but the number of messages, and the members are a flat list in which a message stands in front of
/// those below it: whoever walks them needs no recursion either. A member without a message joins replies to one that
/// is not there.
pub fn thread_by_references(messages: &[ThreadBasis]) -> Vec<ThreadMember<usize>> {
    references::thread(messages)
}

/// ORDEREDSUBJECT (RFC 5256 section 3): messages with one base subject are a thread, the first one sent above all
/// others; threads stand in the order of their first messages. Given and told as with [`thread_by_references`].
pub fn thread_by_subject(messages: &[ThreadBasis]) -> Vec<ThreadMember<usize>> {
    subjects::thread(messages)
}

#[cfg(test)]
mod tests;

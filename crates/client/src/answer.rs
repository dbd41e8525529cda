//! The outcome of one command, to be awaited after it was sent.

use std::fmt;

use tayori_proto::response::{ListRow, MailboxStatus, Namespaces, Response, ResponseCode};
use tayori_proto::types::{SeqNum, SequenceSet, Uid, UidSet, UidValidity};

use crate::error::Error;
use crate::link::{Done, Replies};

/// An answer that is on its way.
///
/// Dropping it changes nothing on the server: the command runs, and what it answers is thrown away.
#[must_use = "the command runs, but whether it succeeded is only known from its answer"]
pub struct Answer<T> {
    replies: Replies,
    decode: fn(&str, Vec<Response>, Done) -> Result<T, Error>,
}

impl<T> Answer<T> {
    pub(crate) fn new(replies: Replies, decode: fn(&str, Vec<Response>, Done) -> Result<T, Error>) -> Self {
        Self { replies, decode }
    }

    /// Waits for the end of the command.
    ///
    /// Answers of one flight come in the order of its commands, and can be awaited in any. Only rows of a FETCH have to
    /// be taken or dropped before what stands behind them can come.
    pub async fn wait(self) -> Result<T, Error> {
        let name = self.replies.asked.name.clone();
        let (data, done) = self.replies.collect().await?;
        (self.decode)(&name, data, done)
    }
}

impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({})", self.replies.asked.name)
    }
}

/// Where a message was stored by an append.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AppendOutcome {
    /// The UID it got, with the validity it belongs to; servers with UIDPLUS say it (RFC 4315 section 3).
    pub uid: Option<(UidValidity, Uid)>,
}

/// Where messages were copied to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyOutcome {
    /// The UIDs of the copies; servers with UIDPLUS say them (RFC 4315 section 3).
    pub uids: Option<CopiedUids>,
}

/// What became of messages that were moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MoveOutcome {
    /// The UIDs they had and those they got; servers with UIDPLUS say them (RFC 6851 section 4.3).
    pub uids: Option<CopiedUids>,
    /// The sequence numbers of what went, in the server's order: each counts after those before it are gone. Messages that
    /// somebody else removed at the same time can be among them.
    pub expunged: Vec<SeqNum>,
}

/// Which message became which. The two sets have the same number of members, in the same order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopiedUids {
    /// The validity that the UIDs of the copies belong to.
    pub validity: UidValidity,
    /// The messages that were copied.
    pub from: SequenceSet<Uid>,
    /// The copies.
    pub to: SequenceSet<Uid>,
}

pub(crate) fn nothing(_: &str, _: Vec<Response>, _: Done) -> Result<(), Error> {
    Ok(())
}

pub(crate) fn appended(_: &str, _: Vec<Response>, done: Done) -> Result<AppendOutcome, Error> {
    let uid = match done.completion.code {
        Some(ResponseCode::AppendUid { validity, uids }) => first_uid(&uids).map(|uid| (validity, uid)),
        _ => None,
    };
    Ok(AppendOutcome { uid })
}

fn first_uid(uids: &UidSet) -> Option<Uid> {
    uids.first()
}

pub(crate) fn copied(_: &str, _: Vec<Response>, done: Done) -> Result<CopyOutcome, Error> {
    let uids = match done.completion.code {
        Some(ResponseCode::CopyUid { validity, from, to }) => Some(CopiedUids { validity, from, to }),
        _ => None,
    };
    Ok(CopyOutcome { uids })
}

/// The code comes with the tagged line, or untagged in front of the messages that go (RFC 6851 section 4.3).
pub(crate) fn moved(data: Vec<Response>, done: Done) -> MoveOutcome {
    let mut code = done.completion.code;
    let mut expunged = Vec::new();
    for response in data {
        match response {
            Response::Expunge(number) => expunged.push(number),
            Response::Status(status) => code = status.code.or(code),
            _ => {}
        }
    }
    let uids = match code {
        Some(ResponseCode::CopyUid { validity, from, to }) => Some(CopiedUids { validity, from, to }),
        _ => None,
    };
    MoveOutcome { uids, expunged }
}

pub(crate) fn namespaces(name: &str, data: Vec<Response>) -> Result<Namespaces, Error> {
    let found = data.into_iter().find_map(|response| match response {
        Response::Namespace(namespaces) => Some(namespaces),
        _ => None,
    });
    found.ok_or_else(|| Error::Incomplete { command: name.to_owned(), missing: "the namespaces" })
}

pub(crate) fn opened(name: &str, done: Done) -> Result<crate::Mailbox, Error> {
    let missing = || Error::Incomplete { command: name.to_owned(), missing: "a mailbox" };
    done.mailbox.ok_or_else(missing)
}

pub(crate) fn list_rows(data: Vec<Response>) -> Vec<ListRow> {
    let rows = data.into_iter().filter_map(|response| match response {
        Response::List(row) | Response::Lsub(row) => Some(row),
        _ => None,
    });
    rows.collect()
}

pub(crate) fn status(name: &str, data: Vec<Response>, _: Done) -> Result<MailboxStatus, Error> {
    let found = data.into_iter().find_map(|response| match response {
        Response::MailboxStatus(status) => Some(status),
        _ => None,
    });
    found.ok_or_else(|| Error::Incomplete { command: name.to_owned(), missing: "the counts" })
}

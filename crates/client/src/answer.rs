//! The outcome of one command, to be awaited after it was sent.

use std::collections::HashSet;
use std::fmt;

use tayori_proto::response::{ListRow, MailboxStatus, Namespaces, Response, ResponseCode, StatusItem};
use tayori_proto::types::{Bound, SeqNum, SequenceSet, Uid, UidSet, UidValidity};

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
    /// Whether the server has said UIDs that do not fit each other. Then there are no [`CopyOutcome::uids`], and what
    /// was copied is not to be relied upon.
    pub contradicts: bool,
}

/// What became of messages that were moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MoveOutcome {
    /// The UIDs they had and those they got; servers with UIDPLUS say them (RFC 6851 section 4.3).
    pub uids: Option<CopiedUids>,
    /// The sequence numbers of what went, in the server's order: each counts after those before it are gone. Messages
    /// that somebody else removed at the same time can be among them.
    pub expunged: Vec<SeqNum>,
    /// The same by UID, where the server tells it so (QRESYNC, UIDONLY).
    pub vanished: UidSet,
}

/// What is gone for good. The server tells it by number or by UID; messages that somebody else removed at the same time
/// can be among it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expunged {
    /// By sequence number, in the server's order: each counts after those before it are gone (RFC 9051 section 7.5.1).
    pub numbers: Vec<SeqNum>,
    /// By UID, where QRESYNC or UIDONLY is enabled (RFC 7162 section 3.2.10).
    pub uids: UidSet,
}

impl Expunged {
    pub(crate) fn from_data(data: &[Response]) -> Self {
        let mut gone = Self::default();
        for response in data {
            match response {
                Response::Expunge(number) => gone.numbers.push(*number),
                Response::Vanished(vanished) => gone.uids.insert_all(vanished.uids()),
                _ => {}
            }
        }
        gone
    }

    /// How many messages they are.
    pub fn count(&self) -> u64 {
        self.numbers.len() as u64 + self.uids.count()
    }
}

/// Which message became which. The two sets have the same number of members, in the same order; what a server says
/// otherwise is not handed on, since no message could be told from another by it.
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

impl CopiedUids {
    /// Both together; `None` where they are in different mailboxes, or in one that has become another.
    pub(crate) fn join(self, more: &Self) -> Option<Self> {
        (self.validity == more.validity).then(|| Self {
            validity: self.validity,
            from: joined(self.from, &more.from),
            to: joined(self.to, &more.to),
        })
    }

    /// What the codes among these say together. A server that moves in several steps may send several.
    fn from_codes(codes: impl IntoIterator<Item = ResponseCode>) -> Option<Self> {
        let mut all: Option<Self> = None;
        for code in codes {
            let ResponseCode::CopyUid { validity, from, to } = code else { continue };
            let names_each_once = |set: &SequenceSet<Uid>| members(set) == set.resolve(None).count();
            if members(&from) != members(&to) || !names_each_once(&from) || !names_each_once(&to) {
                return None;
            }
            let one = Self { validity, from, to };
            all = Some(match all {
                None => one,
                Some(all) => all.join(&one)?,
            });
        }
        all
    }
}

/// How many messages a set names, one for each time it names one.
fn members(set: &SequenceSet<Uid>) -> u64 {
    let size = |bound: &Bound<Uid>| match bound {
        Bound::Id(uid) => u64::from(uid.value()),
        // Not in such a set (RFC 4315 section 4).
        Bound::Last => u64::from(u32::MAX),
    };
    set.ranges().iter().map(|(start, end)| size(start).abs_diff(size(end)) + 1).sum()
}

/// Both sets in their order.
fn joined(first: SequenceSet<Uid>, second: &SequenceSet<Uid>) -> SequenceSet<Uid> {
    second.ranges().iter().fold(first, |all, (start, end)| all.and(*start, *end))
}

pub(crate) fn nothing(_: &str, _: Vec<Response>, _: Done) -> Result<(), Error> {
    Ok(())
}

pub(crate) fn appended(_: &str, _: Vec<Response>, done: Done) -> Result<AppendOutcome, Error> {
    let uid = done.completion.code.as_ref().and_then(append_uid);
    Ok(AppendOutcome { uid })
}

/// Where each of so many messages was stored. UIDs ascend in the order in which messages are appended (RFC 9051 section
/// 2.3.1.1), so a set tells which is whose; one of another size tells nothing.
pub(crate) fn appended_all(count: usize, done: Done) -> Vec<AppendOutcome> {
    match done.completion.code {
        Some(ResponseCode::AppendUid { validity, uids }) if uids.count() == count as u64 => {
            uids.iter().map(|uid| AppendOutcome { uid: Some((validity, uid)) }).collect()
        }
        _ => vec![AppendOutcome::default(); count],
    }
}

/// Where a message was stored, if this says so.
pub(crate) fn append_uid(code: &ResponseCode) -> Option<(UidValidity, Uid)> {
    match code {
        ResponseCode::AppendUid { validity, uids } => uids.first().map(|uid| (*validity, uid)),
        _ => None,
    }
}

pub(crate) fn copied(_: &str, _: Vec<Response>, done: Done) -> Result<CopyOutcome, Error> {
    let code = done.completion.code;
    // One that cannot be read may have said that some were not copied.
    let says_uids = code
        .as_ref()
        .is_some_and(|code| matches!(code, ResponseCode::CopyUid { .. }) || code.is_unreadable("COPYUID"));
    let uids = CopiedUids::from_codes(code);
    Ok(CopyOutcome { contradicts: says_uids && uids.is_none(), uids })
}

impl MoveOutcome {
    /// What had become of the messages by the time a MOVE was refused.
    pub fn before(error: &Error) -> Self {
        Self::of(error.data(), None)
    }

    /// COPYUID comes with the tagged line, or untagged in front of the messages that go (RFC 6851 section 4.3).
    pub(crate) fn of(data: &[Response], last: Option<ResponseCode>) -> Self {
        let told = data.iter().filter_map(|response| match response {
            Response::Status(status) => status.code.clone(),
            _ => None,
        });
        let Expunged { numbers: expunged, uids: vanished } = Expunged::from_data(data);
        Self { uids: CopiedUids::from_codes(told.chain(last)), expunged, vanished }
    }
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
        Response::List(row) | Response::Lsub(row) | Response::Xlist(row) => Some(row),
        _ => None,
    });
    rows.collect()
}

/// The counts of the mailbox that was asked about: the session hands on those of no other. News of it, which comes at
/// any time where the server was asked for that (RFC 5465 section 5), can stand in front of the answer and holds other
/// items.
pub(crate) fn status(name: &str, data: Vec<Response>, _: Done) -> Result<MailboxStatus, Error> {
    let mut rows = data.into_iter().filter_map(|response| match response {
        Response::MailboxStatus(status) => Some(status),
        _ => None,
    });
    let missing = || Error::Incomplete { command: name.to_owned(), missing: "the counts" };
    let first = rows.next().ok_or_else(missing)?;
    Ok(rows.fold(first, update))
}

/// What is known of a mailbox when more is told of it.
pub(crate) fn update(known: MailboxStatus, more: MailboxStatus) -> MailboxStatus {
    let MailboxStatus { name, mut items } = known;
    items.extend(more.items);
    MailboxStatus { name, items: latest(items) }
}

/// The last of each item, in their order.
fn latest(items: Vec<StatusItem>) -> Vec<StatusItem> {
    let mut known = HashSet::new();
    let kind = |item: &StatusItem| {
        let name = match item {
            StatusItem::Other { name, .. } => name.as_bytes().to_ascii_uppercase(),
            _ => Vec::new(),
        };
        (std::mem::discriminant(item), name)
    };
    let mut latest: Vec<_> = items.into_iter().rev().filter(|item| known.insert(kind(item))).collect();
    latest.reverse();
    latest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(from: &str, to: &str) -> ResponseCode {
        let validity = UidValidity::MIN;
        ResponseCode::CopyUid { validity, from: from.parse().unwrap(), to: to.parse().unwrap() }
    }

    #[track_caller]
    fn check(codes: &[ResponseCode], expected: Option<(&str, &str)>) {
        let found = CopiedUids::from_codes(codes.to_vec());
        let found = found.map(|uids| (uids.from.to_string(), uids.to.to_string()));
        assert_eq!(found, expected.map(|(from, to)| (from.to_owned(), to.to_owned())));
    }

    #[test]
    fn which_message_became_which_is_known_or_not() {
        check(&[], None);
        check(&[ResponseCode::Alert], None);
        check(&[code("3:5,9", "1:4")], Some(("3:5,9", "1:4")));
        check(&[code("5:3", "1:3")], Some(("5:3", "1:3")));
        // Steps of one move, and a word about something else among them.
        check(&[code("3", "1"), ResponseCode::Alert, code("4:5", "2,7")], Some(("3,4:5", "1,2,7")));
        check(&[code("3:5", "1:2")], None);
        check(&[code("3", "1"), code("4", "2:3")], None);
        let other = ResponseCode::CopyUid {
            validity: UidValidity::new(2).unwrap(),
            from: "4".parse().unwrap(),
            to: "2".parse().unwrap(),
        };
        check(&[code("3", "1"), other], None);
    }
}

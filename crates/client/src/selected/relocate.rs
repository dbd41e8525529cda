//! Messages to another mailbox, on servers with MOVE and on those without.
//!
//! Without MOVE, a message is copied, and only then removed (RFC 6851 section 3.3). What proves that the copy exists is
//! the tagged OK of COPY for a set that names each message by its UID, and, where the server says which message became
//! which, that this names every message that is then removed. Whatever else comes, NO, BAD, BYE, nothing at all, the
//! originals are left alone. A range would prove nothing: what comes between COPY and EXPUNGE may fall into it, and has
//! no copy.

use std::collections::VecDeque;
use std::fmt;

use tayori_proto::command::{Command, SearchKey, StoreChange};
use tayori_proto::profile::Behaviour;
use tayori_proto::response::ResponseCode;
use tayori_proto::session::CompletionStatus;
use tayori_proto::types::{Bound, Capability, Flag, MailboxName, Messages, SequenceSet, Uid, UidSet};

use crate::Access;
use crate::answer::{CopiedUids, CopyOutcome, Expunged, MoveOutcome};
use crate::error::Error;
use crate::selected::Selected;

/// How messages came to another mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Relocated {
    /// With MOVE (RFC 6851).
    Moved,
    /// They were copied, and the originals are gone for good.
    CopiedAndExpunged,
    /// They were copied, and the originals have `\Deleted`; they are still there, or some of them, since the server
    /// cannot remove just these messages, or would not.
    CopiedAndMarked,
}

/// What became of messages that went to another mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Relocation {
    /// How they went.
    pub how: Relocated,
    /// The UIDs they had and those they got; servers with UIDPLUS say them.
    pub uids: Option<CopiedUids>,
}

/// Messages did not go to another mailbox, or not all the way.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{stage}: {error}")]
#[non_exhaustive]
pub struct RelocateError {
    /// How far it came.
    pub stage: RelocateStage,
    /// Why it came no further.
    #[source]
    pub error: Error,
    /// The UIDs of the copies that exist, as far as the server has said.
    pub copied: Option<CopiedUids>,
    /// Those of the messages that had gone all the way before, where the server takes so few at a time (RFC 9738) that
    /// they went in parts.
    pub relocated: UidSet,
    /// Those that have a copy and could not be removed ([`RelocateStage::Marking`]). To relocate them again would make
    /// another copy: they are to be removed, once it is seen that they are still here.
    pub still_here: UidSet,
}

impl Relocation {
    /// Of no message.
    fn none() -> Self {
        Self { how: Relocated::CopiedAndExpunged, uids: None }
    }
}

impl RelocateError {
    /// With no copies known.
    fn new(stage: RelocateStage, error: Error) -> Self {
        Self { stage, error, copied: None, relocated: UidSet::new(), still_here: UidSet::new() }
    }
}

/// How far messages came on their way to another mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RelocateStage {
    /// Nothing was sent that changes mail.
    Asking,
    /// MOVE failed. Each message is in one of the two mailboxes, and in one only: [`RelocateError::copied`] has those
    /// of which the server has said that they went before it refused the rest. Where the connection was lost or the
    /// answer is in doubt, more may have gone.
    Moving,
    /// COPY failed: all originals are where they were, and untouched. Where the connection was lost, there may be
    /// copies.
    Copying,
    /// The copies exist; the originals may have `\Deleted`, and where the connection was lost, they may be gone.
    Marking,
}

impl fmt::Display for RelocateStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asking => "the messages were not moved",
            Self::Moving => "some of the messages may not have been moved",
            Self::Copying => "the messages could not be copied, and the originals were left alone",
            Self::Marking => "the messages were copied, and the originals could not be removed",
        })
    }
}

impl Selected<'_> {
    /// Moves messages to another mailbox, with MOVE where the server has it, else by copying them and removing the
    /// originals.
    ///
    /// The originals are removed only after the server has said that it has copied them, and never with a plain
    /// EXPUNGE, which would remove messages that somebody else has marked: on a server without UIDPLUS they stay, with
    /// `\Deleted`, and the outcome says so. Where the set is longer than a line that the server takes, or names more
    /// messages than it takes at a time (RFC 9738), they go in parts, each all the way before the next.
    ///
    /// When this future is dropped, what was sent is done all the same: originals are not removed before the copy is
    /// known to exist, and may be left marked or unmarked.
    ///
    /// Fails with [`Error::ReadOnly`] where the mailbox is open to read only; nothing is sent then.
    pub async fn relocate(
        &mut self,
        uids: &SequenceSet<Uid>,
        mailbox: &MailboxName,
    ) -> Result<Relocation, RelocateError> {
        let asking = |error| RelocateError::new(RelocateStage::Asking, error);
        if self.mailbox().access() == Access::ReadOnly {
            // Some servers answer OK to a STORE in such a mailbox, and change nothing.
            return Err(asking(Error::ReadOnly { command: "MOVE".to_owned() }));
        }
        let capabilities = self.capabilities().await.map_err(asking)?;
        if capabilities.offers(&Capability::Move) {
            return self.relocate_by_move(uids, mailbox).await;
        }
        let can_expunge = capabilities.offers(&Capability::UidPlus);
        let there = self.named(uids).await.map_err(asking)?;
        let Ok(all) = SequenceSet::try_from(there) else { return Ok(Relocation::none()) };
        let parts = match capabilities.save_limit() {
            Some(limit) if is_above(&all, limit) => self.parts_below(limit, &all, mailbox),
            _ => self.cut_for_copy(all, mailbox),
        };
        self.relocate_in_parts(parts, mailbox, can_expunge).await
    }

    /// The messages that are meant, each by its UID. Those of a range are the ones that are there now: a message that
    /// comes later gets a UID that no message here has.
    async fn named(&mut self, uids: &SequenceSet<Uid>) -> Result<UidSet, Error> {
        if uids.ranges().iter().all(|(start, end)| start == end && *start != Bound::Last) {
            return Ok(uids.resolve(None));
        }
        let there = self.uid_search(SearchKey::Uid(uids.clone())).await?;
        // A server that answers more than was asked must not have that moved.
        Ok(there.intersection(&uids.resolve(there.last())))
    }

    /// The messages in parts that hold no more than the server takes (RFC 9738 section 3).
    fn parts_below(
        &self,
        limit: u32,
        uids: &SequenceSet<Uid>,
        mailbox: &MailboxName,
    ) -> VecDeque<SequenceSet<Uid>> {
        parts(&uids.resolve(None), limit).flat_map(|part| self.cut_for_copy(part, mailbox)).collect()
    }

    fn cut_for_copy(&self, uids: SequenceSet<Uid>, mailbox: &MailboxName) -> VecDeque<SequenceSet<Uid>> {
        self.cut(uids, |uids| Command::Copy { messages: Messages::Uids(uids), mailbox: mailbox.clone() })
    }

    /// Without MOVE. Each part goes all the way before the next is begun.
    ///
    /// A part that the server refuses since it holds too many messages was not copied, so none of it is removed: it
    /// goes in smaller parts, of which each is removed only when its own COPY has succeeded.
    async fn relocate_in_parts(
        &mut self,
        mut left: VecDeque<SequenceSet<Uid>>,
        mailbox: &MailboxName,
        can_expunge: bool,
    ) -> Result<Relocation, RelocateError> {
        let mut so_far = SoFar::default();
        while let Some(part) = left.pop_front() {
            let refused = match self.relocate_part(&part, mailbox, can_expunge).await {
                Ok(done) => {
                    so_far.add(&part, done);
                    continue;
                }
                Err(refused) => refused,
            };
            match (refused.stage, refused_for_limit(&refused.error)) {
                // Less than was refused, or this would not end.
                (RelocateStage::Copying, Some(limit)) if is_above(&part, limit) => {
                    let smaller = self.parts_below(limit, &part, mailbox);
                    smaller.into_iter().rev().for_each(|part| left.push_front(part));
                }
                _ => return Err(so_far.stopped_by(refused)),
            }
        }
        Ok(so_far.whole)
    }

    /// Copies these messages, and removes those of which there is a copy then.
    async fn relocate_part(
        &mut self,
        uids: &SequenceSet<Uid>,
        mailbox: &MailboxName,
        can_expunge: bool,
    ) -> Result<Relocation, RelocateError> {
        let copying = |error| RelocateError::new(RelocateStage::Copying, error);
        let copied = self.copy(Messages::Uids(uids.clone()), mailbox).await.map_err(copying)?;
        let originals = originals(uids, &copied)
            .map_err(|error| RelocateError { copied: copied.uids.clone(), ..copying(error) })?;
        // All of them had gone before.
        let Some(originals) = originals else {
            return Ok(Relocation { how: Relocated::CopiedAndExpunged, uids: copied.uids });
        };
        // The tagged OK of COPY proves that there is a copy of each of these; one that comes with MESSAGELIMIT is an
        // error of `copy` and proves nothing.
        match self.remove_copied(originals.clone(), can_expunge).await {
            Ok(how) => Ok(Relocation { how, uids: copied.uids }),
            Err(error) => Err(RelocateError {
                copied: copied.uids,
                still_here: originals.resolve(None),
                ..RelocateError::new(RelocateStage::Marking, error)
            }),
        }
    }

    async fn relocate_by_move(
        &mut self,
        uids: &SequenceSet<Uid>,
        mailbox: &MailboxName,
    ) -> Result<Relocation, RelocateError> {
        let mut told = Vec::new();
        match self.move_uids(uids.clone(), mailbox, &mut told).await {
            Ok(()) => Ok(Relocation { how: Relocated::Moved, uids: MoveOutcome::of(&told, None).uids }),
            Err(error) => {
                // An error that carries what came has taken it.
                let told = if error.data().is_empty() { &told } else { error.data() };
                let copied = MoveOutcome::of(told, None).uids;
                Err(RelocateError { copied, ..RelocateError::new(RelocateStage::Moving, error) })
            }
        }
    }

    /// Removes messages of which the caller knows that copies exist, and no others.
    pub(crate) async fn remove_copied(
        &mut self,
        originals: SequenceSet<Uid>,
        can_expunge: bool,
    ) -> Result<Relocated, Error> {
        let messages = Messages::Uids(originals.clone());
        self.store_silent(messages, StoreChange::Add, &[Flag::Deleted]).await?;
        if !can_expunge || self.has(Behaviour::NoUidExpunge) {
            return Ok(Relocated::CopiedAndMarked);
        }
        match self.uid_expunge(originals).await {
            Ok(_) => Ok(Relocated::CopiedAndExpunged),
            // The originals stay, marked. Where none of them went, it is offered and refused each time (Proton Bridge).
            Err(error @ Error::Refused { .. }) => {
                if Expunged::from_data(error.data()).count() == 0 {
                    self.learn(Behaviour::NoUidExpunge);
                }
                Ok(Relocated::CopiedAndMarked)
            }
            Err(error) => Err(error),
        }
    }
}

/// What has gone all the way of messages that go in parts.
struct SoFar {
    whole: Relocation,
    relocated: UidSet,
    is_first: bool,
}

impl Default for SoFar {
    fn default() -> Self {
        Self { whole: Relocation::none(), relocated: UidSet::new(), is_first: true }
    }
}

impl SoFar {
    fn add(&mut self, part: &SequenceSet<Uid>, done: Relocation) {
        if done.how == Relocated::CopiedAndMarked {
            self.whole.how = done.how;
        }
        let gone = done.uids.as_ref().map_or(part, |uids| &uids.from).resolve(None);
        self.relocated = self.relocated.union(&gone);
        self.whole.uids = match (self.is_first, self.whole.uids.take(), done.uids) {
            (true, _, first) => first,
            (false, Some(before), Some(more)) => before.join(&more),
            _ => None,
        };
        self.is_first = false;
    }

    fn stopped_by(self, mut error: RelocateError) -> RelocateError {
        error.copied = match (self.whole.uids, error.copied) {
            (Some(before), Some(more)) => before.join(&more),
            (before, more) => before.or(more),
        };
        RelocateError { relocated: self.relocated, ..error }
    }
}

/// Whether the set names more messages than this.
fn is_above(uids: &SequenceSet<Uid>, limit: u32) -> bool {
    uids.resolve(None).count() > u64::from(limit)
}

/// How many messages the server copies at a time, if that is why it has copied none of these (RFC 9738 section 3).
fn refused_for_limit(error: &Error) -> Option<u32> {
    match error {
        Error::Refused { status: CompletionStatus::No, code: Some(code), .. } => match **code {
            ResponseCode::MessageLimit { limit, .. } if limit > 0 => Some(limit),
            _ => None,
        },
        _ => None,
    }
}

/// These messages in parts of at most so many.
fn parts(uids: &UidSet, most: u32) -> impl Iterator<Item = SequenceSet<Uid>> {
    let most = most.max(1);
    let mut left: VecDeque<_> =
        uids.ranges().map(|range| (range.start().value(), range.end().value())).collect();
    std::iter::from_fn(move || {
        let (mut part, mut room) = (UidSet::new(), most);
        while room > 0
            && let Some((first, last)) = left.pop_front()
        {
            let end = last.min(first.saturating_add(room - 1));
            if let (Some(first), Some(end)) = (Uid::new(first), Uid::new(end)) {
                part.insert_range(first..=end);
            }
            room -= end - first + 1;
            if end < last {
                left.push_front((end + 1, last));
            }
        }
        SequenceSet::try_from(part).ok()
    })
}

/// Which of the messages have a copy; `None` if none has one. Fails where what the server says of the copies cannot be
/// true.
fn originals(asked: &SequenceSet<Uid>, copied: &CopyOutcome) -> Result<Option<SequenceSet<Uid>>, Error> {
    if copied.contradicts {
        return Err(Error::Incomplete { command: "COPY".to_owned(), missing: "a UID for each copy" });
    }
    let Some(copied) = &copied.uids else {
        // COPY copies all messages or none (RFC 9051 section 6.4.7), and each of these is named by its UID.
        return Ok(Some(asked.clone()));
    };
    let copied = copied.from.resolve(None);
    if !is_within(&copied, asked) {
        return Err(Error::Incomplete {
            command: "COPY".to_owned(),
            missing: "the UIDs that were asked for",
        });
    }
    Ok(SequenceSet::try_from(copied).ok())
}

/// Whether all of these were asked for. Of a set that ends in `*`, anything above its beginning may be meant.
fn is_within(copied: &UidSet, asked: &SequenceSet<Uid>) -> bool {
    let asked = asked.resolve(Some(Uid::MAX));
    copied.difference(&asked).is_empty()
}

#[cfg(test)]
mod tests {
    use tayori_proto::types::UidValidity;

    use super::*;

    #[track_caller]
    fn check(asked: &str, from: &str, expected: Option<&str>) {
        let to = from.parse().unwrap();
        let copied = CopiedUids { validity: UidValidity::MIN, from: from.parse().unwrap(), to };
        let copied = CopyOutcome { uids: Some(copied), contradicts: false };
        let found = originals(&asked.parse().unwrap(), &copied).ok().flatten();
        assert_eq!(found.map(|set| set.to_string()), expected.map(str::to_owned), "{asked} {from}");
    }

    #[test]
    fn parts_hold_what_a_server_takes() {
        let in_parts = |uids: &str, most| {
            let uids = uids.parse::<SequenceSet<Uid>>().unwrap().resolve(None);
            parts(&uids, most).map(|part| part.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(in_parts("1:10", 4), ["1:4", "5:8", "9:10"]);
        assert_eq!(in_parts("1,3,5:9,4294967295", 3), ["1,3,5", "6:8", "9,4294967295"]);
        assert_eq!(in_parts("1:3", 0), ["1", "2", "3"]);
        assert_eq!(in_parts("7", 1000), ["7"]);
    }

    #[test]
    fn only_what_was_copied_is_removed() {
        check("3:5", "3:5", Some("3:5"));
        check("3:9", "3,5", Some("3,5"));
        check("5:*", "7:9", Some("7:9"));
        check("3:5", "3:6", None);
        check("3:5", "2", None);
        check("5:*", "4", None);
        let asked: SequenceSet<Uid> = "3:5".parse().unwrap();
        assert_eq!(originals(&asked, &CopyOutcome::default()).unwrap(), Some(asked));
    }
}

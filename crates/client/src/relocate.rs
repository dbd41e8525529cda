//! Messages to another mailbox, on servers with MOVE and on those without.
//!
//! Without MOVE, a message is copied, and only then removed (RFC 6851 section 3.3). What proves that the copy exists is the
//! tagged OK of COPY, and, where the server says which message became which, that this names every message that is then
//! removed. Whatever else comes, NO, BAD, BYE, nothing at all, the originals are left alone.

use std::fmt;

use tayori_proto::command::StoreChange;
use tayori_proto::profile::Behaviour;
use tayori_proto::types::{Capability, Flag, MailboxName, Messages, SequenceSet, Uid, UidSet};

use crate::Access;
use crate::answer::{CopiedUids, CopyOutcome, MoveOutcome};
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
    /// They were copied, and the originals have `\Deleted`; they are still there, since the server cannot remove just these
    /// messages, or would not.
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
}

/// How far messages came on their way to another mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RelocateStage {
    /// Nothing was sent that changes mail.
    Asking,
    /// MOVE failed. Each message is in one of the two mailboxes, and in one only: [`RelocateError::copied`] has those of which the
    /// server has said that they went.
    Moving,
    /// COPY failed: all originals are where they were, and untouched. Where the connection was lost, there may be copies.
    Copying,
    /// The copies exist; the originals may have `\Deleted`, and none of them is gone.
    Marking,
}

impl fmt::Display for RelocateStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asking => "the messages were not moved",
            Self::Moving => "some of the messages may not have been moved",
            Self::Copying => "the messages could not be copied, and the originals were left alone",
            Self::Marking => "the messages were copied, and the originals could not be marked as deleted",
        })
    }
}

impl Selected<'_> {
    /// Moves messages to another mailbox, with MOVE where the server has it, else by copying them and removing the originals.
    ///
    /// The originals are removed only after the server has said that it has copied them, and never with a plain EXPUNGE, which
    /// would remove messages that somebody else has marked: on a server without UIDPLUS they stay, with `\Deleted`, and the
    /// outcome says so. A set of many ranges is for the caller to cut into commands of a length that the server takes.
    ///
    /// When this future is dropped, what was sent is done all the same: originals are not removed before the copy is known to exist,
    /// and may be left marked or unmarked.
    ///
    /// Fails with [`Error::ReadOnly`] where the mailbox is open to read only; nothing is sent then.
    pub async fn relocate(
        &mut self,
        uids: &SequenceSet<Uid>,
        mailbox: &MailboxName,
    ) -> Result<Relocation, RelocateError> {
        let asking = |error| RelocateError { stage: RelocateStage::Asking, error, copied: None };
        if self.mailbox().access() == Access::ReadOnly {
            // Some servers answer OK to a STORE in such a mailbox, and change nothing.
            return Err(asking(Error::ReadOnly { command: "MOVE".to_owned() }));
        }
        let capabilities = self.capabilities().await.map_err(asking)?;
        if capabilities.offers(&Capability::Move) {
            return self.relocate_by_move(uids, mailbox).await;
        }
        let copied = self.copy(Messages::Uids(uids.clone()), mailbox).await;
        let copied =
            copied.map_err(|error| RelocateError { stage: RelocateStage::Copying, error, copied: None })?;
        let originals = originals(uids, &copied).map_err(|error| RelocateError {
            stage: RelocateStage::Copying,
            error,
            copied: copied.uids.clone(),
        })?;
        let removal = match originals {
            // All of them had gone before.
            None => Ok(Relocated::CopiedAndExpunged),
            // The tagged OK of COPY proves that there is a copy of each of these.
            Some(originals) => self.remove_copied(originals, capabilities.offers(&Capability::UidPlus)).await,
        };
        match removal {
            Ok(how) => Ok(Relocation { how, uids: copied.uids }),
            Err(error) => Err(RelocateError { stage: RelocateStage::Marking, error, copied: copied.uids }),
        }
    }

    async fn relocate_by_move(
        &mut self,
        uids: &SequenceSet<Uid>,
        mailbox: &MailboxName,
    ) -> Result<Relocation, RelocateError> {
        match self.move_messages(Messages::Uids(uids.clone()), mailbox).await {
            Ok(moved) => Ok(Relocation { how: Relocated::Moved, uids: moved.uids }),
            Err(error) => {
                let copied = MoveOutcome::before(&error).uids;
                Err(RelocateError { stage: RelocateStage::Moving, error, copied })
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
            // It is offered and refused (Proton Bridge): the originals stay, marked.
            Err(Error::Refused { .. }) => {
                self.learn(Behaviour::NoUidExpunge);
                Ok(Relocated::CopiedAndMarked)
            }
            Err(error) => Err(error),
        }
    }
}

/// Which of the messages have a copy; `None` if none has one. Fails where what the server says of the copies cannot be true.
fn originals(asked: &SequenceSet<Uid>, copied: &CopyOutcome) -> Result<Option<SequenceSet<Uid>>, Error> {
    if copied.contradicts {
        return Err(Error::Incomplete { command: "COPY".to_owned(), missing: "a UID for each copy" });
    }
    let Some(copied) = &copied.uids else {
        // COPY copies all messages or none (RFC 9051 section 6.4.7).
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

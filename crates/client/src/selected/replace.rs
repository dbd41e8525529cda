//! A message in place of another, such as the next version of a draft, on servers with REPLACE (RFC 8508) and on those
//! without.
//!
//! Without REPLACE, the new message is appended, and only then the old one is removed. What proves that the new one
//! exists is the tagged OK of APPEND, and, where the server says which UID the new message got, that this is not the
//! UID that is then removed. Whatever else comes, NO, BAD, BYE, nothing at all, the old message is left alone.

use std::fmt;

use tayori_proto::command::{Command, Replaced};
use tayori_proto::response::{Response, ResponseCode};
use tayori_proto::types::{Capability, MailboxName, SequenceSet, Uid};
use tokio::io::AsyncRead;

use crate::Access;
use crate::answer::{self, AppendOutcome};
use crate::error::Error;
use crate::selected::Selected;
use crate::selected::relocate::Relocated;
use crate::session::append::{self, AppendError, Prepared};
use crate::session::append_limit::{self, Look};
use crate::session::upload::Upload;

/// How a message took the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplacedBy {
    /// With REPLACE (RFC 8508): there was no moment with both or with neither.
    Replacing,
    /// It was appended, and the old one is gone for good.
    AppendingAndExpunging,
    /// It was appended, and the old one has `\Deleted`; it is still there, since the server cannot remove just this
    /// message, or would not.
    AppendingAndMarking,
}

/// What became of a message that was to take the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replacement {
    /// How that was done.
    pub how: ReplacedBy,
    /// Where the new message is; servers with UIDPLUS say its UID.
    pub stored: AppendOutcome,
}

/// A message did not take the place of another, or not all the way.
#[derive(Debug, thiserror::Error)]
#[error("{stage}: {error}")]
#[non_exhaustive]
pub struct ReplaceError {
    /// How far it came.
    pub stage: ReplaceStage,
    /// Why it came no further.
    #[source]
    pub error: AppendError,
    /// Where the new message is, as far as the server has said.
    pub stored: AppendOutcome,
}

/// How far a message came on its way to the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplaceStage {
    /// Nothing was sent that changes mail.
    Asking,
    /// REPLACE failed. Where the server refused it, the old message is untouched and the new one is not stored (RFC
    /// 8508 section 3.4); where the connection was lost or the answer is in doubt, one of the two is there.
    Replacing,
    /// APPEND failed: the old message is untouched. Where the connection was lost or the answer is in doubt, the new
    /// one may be there too.
    Appending,
    /// The new message is there; the old one may have `\Deleted`, and may be gone.
    Removing,
}

impl fmt::Display for ReplaceStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asking => "the message was not replaced",
            Self::Replacing => "the server did not replace the message",
            Self::Appending => "the new message could not be stored, and the old one was left alone",
            Self::Removing => "the new message was stored, and the old one could not be removed",
        })
    }
}

impl From<(ReplaceStage, AppendError)> for ReplaceError {
    fn from((stage, error): (ReplaceStage, AppendError)) -> Self {
        Self { stage, error, stored: AppendOutcome::default() }
    }
}

impl Selected<'_> {
    /// Stores a message in this mailbox in place of the one with this UID: with REPLACE where the server has it (RFC
    /// 8508), else by appending it and removing the old one. Its flags and its date are those of the [`Upload`];
    /// nothing is taken over.
    ///
    /// The old message is removed only after the server has said that it has stored the new one, and never with a plain
    /// EXPUNGE, which would remove messages that somebody else has marked: on a server without UIDPLUS it stays, with
    /// `\Deleted`, and the outcome says so. With REPLACE a UID that is not there is refused and nothing is stored;
    /// without it that is not noticed, and the new message is there alone.
    ///
    /// If the source ends early or fails, or this future is dropped before the last octet was handed on, the connection
    /// ends, nothing is stored and nothing is removed. Dropped later, what was sent is done all the same: the old
    /// message is never removed before the new one is known to exist, and may be left.
    ///
    /// Fails with [`Error::ReadOnly`] where the mailbox is open to read only, with [`Error::TooLarge`] where the server
    /// is known not to take so large a message, and with [`Error::NotOffered`] where its octets need BINARY and the
    /// server does not have it; nothing is sent then.
    pub async fn replace(
        &mut self,
        uid: Uid,
        message: Upload<impl AsyncRead + Unpin>,
    ) -> Result<Replacement, ReplaceError> {
        let mailbox = self.mailbox().name().clone();
        self.replace_in(uid, &mailbox, message).await
    }

    /// The same with the new message in another mailbox (RFC 8508 section 3.1): a draft that has become a message that
    /// was sent.
    pub async fn replace_in(
        &mut self,
        uid: Uid,
        mailbox: &MailboxName,
        message: Upload<impl AsyncRead + Unpin>,
    ) -> Result<Replacement, ReplaceError> {
        let asking = |error: Error| ReplaceError::from((ReplaceStage::Asking, error.into()));
        if self.mailbox().access() == Access::ReadOnly {
            // Some servers answer OK to a STORE in such a mailbox, and change nothing.
            return Err(asking(Error::ReadOnly { command: "REPLACE".to_owned() }));
        }
        let offered = self.capabilities().await.map_err(asking)?;
        let look = if mailbox == self.mailbox().name() { Look::Remember } else { Look::Ask };
        append_limit::check(self.link(), mailbox, [message.size], look)
            .await
            .map_err(|(_, error)| asking(error))?;
        let prepared = Prepared::new(self.link(), message).await.map_err(asking)?;
        if offered.offers(&Capability::Replace) {
            return self.replace_at_once(uid, mailbox, prepared).await;
        }
        let (news, stored) = append::append_prepared(self.link(), mailbox, prepared).await;
        self.take_news(news);
        let stored = stored.map_err(|error| ReplaceError::from((ReplaceStage::Appending, error)))?;
        self.check_stored(uid, mailbox, &stored).map_err(|error| ReplaceError {
            stage: ReplaceStage::Appending,
            error: error.into(),
            stored: stored.clone(),
        })?;
        // The tagged OK of APPEND proves that the new message exists, and that it is another one than the old has been
        // looked at.
        let removed = self.remove_copied(SequenceSet::one(uid), offered.offers(&Capability::UidPlus)).await;
        match removed {
            Ok(Relocated::CopiedAndMarked) => {
                Ok(Replacement { how: ReplacedBy::AppendingAndMarking, stored })
            }
            Ok(_) => Ok(Replacement { how: ReplacedBy::AppendingAndExpunging, stored }),
            Err(error) => Err(ReplaceError { stage: ReplaceStage::Removing, error: error.into(), stored }),
        }
    }

    /// With REPLACE: the server answers for it that one of the two messages is always there. A refusal is the end of
    /// it: trying the long way behind it would store what the server has just refused.
    async fn replace_at_once(
        &mut self,
        uid: Uid,
        mailbox: &MailboxName,
        Prepared { message, source }: Prepared<impl AsyncRead + Unpin>,
    ) -> Result<Replacement, ReplaceError> {
        let command = Command::Replace {
            replaced: Replaced::from(uid),
            mailbox: mailbox.clone(),
            message: Box::new(message),
        };
        let (mut data, mut done, asked) = append::transfer(self.link(), command, vec![source])
            .await
            .map_err(|error| ReplaceError::from((ReplaceStage::Replacing, error)))?;
        self.take_news(done.mailbox.take());
        match asked.check_with(&mut data, done) {
            Ok(done) => {
                let stored = appended(&data, done.completion.code);
                Ok(Replacement { how: ReplacedBy::Replacing, stored })
            }
            Err(error) => {
                let stored = appended(error.data(), None);
                Err(ReplaceError { stage: ReplaceStage::Replacing, error: error.into(), stored })
            }
        }
    }

    /// Fails where what the server says of the new message would make the old UID name it, or name another mailbox'
    /// message: then nothing may be removed.
    fn check_stored(&self, old: Uid, mailbox: &MailboxName, stored: &AppendOutcome) -> Result<(), Error> {
        let Some((validity, new)) = stored.uid.filter(|_| mailbox == self.mailbox().name()) else {
            return Ok(());
        };
        let is_of_another_life = self.mailbox().uid_validity().is_some_and(|known| known != validity);
        if new == old || is_of_another_life {
            return Err(Error::Incomplete {
                command: "APPEND".to_owned(),
                missing: "a UID of its own for the new message",
            });
        }
        Ok(())
    }
}

/// The code comes untagged in front of the EXPUNGE, or with the tagged line (RFC 8508 section 4.3).
fn appended(data: &[Response], last: Option<ResponseCode>) -> AppendOutcome {
    let codes = data.iter().filter_map(|response| match response {
        Response::Status(status) => status.code.as_ref(),
        _ => None,
    });
    let uids = codes.chain(last.as_ref()).filter_map(answer::append_uid);
    AppendOutcome { uid: uids.last() }
}

use tayori_proto::response::Response;
use tayori_proto::types::{Messages, ModSeq, SeqNum, UidSet};

use super::{Enabled, Failure, Gone, MessageLimit, Reply, Saved};
use crate::store::{Mailbox, StoreError};
use crate::view::{Occasion, Renumbering, Telling, View};

/// The mailbox that a client has selected.
pub(crate) struct Selected<M> {
    pub(crate) mailbox: M,
    pub(crate) access: Access,
    pub(crate) view: View,
    /// As for the whole connection.
    pub(crate) enabled: Enabled,
    pub(crate) saved: Saved,
    /// How many of its messages a command may be about.
    pub(crate) limit: MessageLimit,
}

/// How a mailbox was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// `EXAMINE`
    ReadOnly,
    /// `SELECT`
    ReadWrite,
}

impl<M: Mailbox> Selected<M> {
    pub(crate) async fn open(
        mailbox: M,
        access: Access,
        enabled: Enabled,
        limit: MessageLimit,
    ) -> Result<Self, StoreError> {
        // Recent messages are claimed first: what comes in between is claimed at the next look, by whoever looks first.
        let recent = recent(&mailbox, access).await?;
        let view = View::new(mailbox.changes(None).await?, &recent);
        Ok(Self { mailbox, access, view, enabled, saved: Saved::default(), limit })
    }

    /// What the client is to be told now.
    pub(crate) fn news(
        &mut self,
        renumbering: Renumbering,
        telling: Telling,
        occasion: Occasion,
    ) -> Vec<Response> {
        self.view.announce(renumbering, telling, occasion, self.enabled)
    }

    /// Takes in what others have done. A mailbox that is gone ends the connection: to tell its messages as expunged
    /// would make a client that mirrors them delete its copies.
    pub(crate) async fn refresh(&mut self) -> Result<(), Gone> {
        self.take_changes().await.map_err(|error| Gone::mailbox_failed(&error))
    }

    async fn take_changes(&mut self) -> Result<(), StoreError> {
        let since = self.view.state();
        // In this order, as when the mailbox was opened.
        let recent = recent(&self.mailbox, self.access).await?;
        let changes = self.mailbox.changes(Some(since)).await?;
        if changes.state > since || !recent.is_empty() {
            self.view.apply(changes, &recent);
        }
        Ok(())
    }

    /// The messages that are gone since a state, but for those that the client still believes to be there: it is told
    /// of them with the news (RFC 7162 section 3.2.10).
    pub(crate) async fn vanished_since(&self, since: ModSeq) -> Result<UidSet, StoreError> {
        let vanished = self.mailbox.changes(Some(since)).await?.vanished;
        let believed: UidSet = self.view.rows().map(|(_, row)| row.uid).collect();
        Ok(vanished.difference(&believed))
    }

    /// The messages that a command means. One that names numbers above all there are is refused.
    ///
    /// A UID that stands for nothing is passed over (RFC 9051 section 6.4.9), and so is that of a message that is gone
    /// while the client has not been told; a number still means the message that it meant.
    pub(crate) fn resolve(&self, messages: &Messages) -> Result<Vec<SeqNum>, Failure> {
        match messages {
            Messages::Numbers(set) => {
                self.view.numbers(set).ok_or(Failure::Refused(Reply::bad("there are not so many messages")))
            }
            Messages::Saved | Messages::SavedByUid => Ok(self.saved_numbers()),
            Messages::Uids(set) => {
                let there = |number: &SeqNum| self.view.row(*number).is_some_and(|row| !row.gone);
                Ok(self.view.uids(set).into_iter().filter(there).collect())
            }
        }
    }

    /// The UIDs of these messages, as far as they are still there.
    pub(crate) fn uids_of(&self, numbers: &[SeqNum]) -> UidSet {
        let rows = numbers.iter().filter_map(|number| self.view.row(*number));
        rows.filter(|row| !row.gone).map(|row| row.uid).collect()
    }
}

async fn recent<M: Mailbox>(mailbox: &M, access: Access) -> Result<UidSet, StoreError> {
    match access {
        Access::ReadWrite => mailbox.claim_recent().await,
        Access::ReadOnly => mailbox.unclaimed_recent().await,
    }
}

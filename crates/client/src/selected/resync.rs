//! Opening a mailbox, and hearing what has changed in it since (RFC 7162 section 3.2.5).

use tayori_proto::command::{Command, QResync, SelectParameter};
use tayori_proto::response::{Fetch, Invalid, Response};
use tayori_proto::types::{Capability, MailboxName, UidSet};

use crate::Access;
use crate::answer;
use crate::error::Error;
use crate::link::Reply;
use crate::selected::Selected;
use crate::session::Session;

/// What has changed in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// These messages are gone. UIDs that never were may be among them.
    Vanished(UidSet),
    /// The flags of this message, or all of it, are new.
    Row(Fetch),
    /// Something has changed, and what cannot be read: whoever takes the mailbox for known now has missed it for good.
    /// Look at the whole mailbox.
    Unreadable(Invalid),
}

impl Session {
    /// Opens a mailbox and hands on what has changed in it since, as it comes, so that nothing has to be kept: the
    /// caller must not take long over a change.
    ///
    /// The mailbox that is handed out says the UIDVALIDITY of now: where that is another one than in `since`, the
    /// server has told nothing, and everything known of the mailbox is void.
    ///
    /// QRESYNC has to be in force: [`Session::enable`]. Fails with [`Error::NotOffered`] where the server does not have
    /// it; nothing is sent then. When this fails later, changes may have been told already.
    ///
    /// Fails with [`Error::Incomplete`] where another mailbox was open and the server has not said that it is closed
    /// (`CLOSED`, RFC 7162 section 3.2.11), so that changes may have been missed. Whoever asks once more is told as
    /// little: look at the whole mailbox, or close the one before with [`Selected::unselect`].
    pub async fn resync(
        &mut self,
        mailbox: &MailboxName,
        access: Access,
        since: QResync,
        mut told: impl FnMut(Change),
    ) -> Result<Selected<'_>, Error> {
        self.link.require(&Capability::QResync, "QRESYNC").await?;
        let (mailbox, parameter) = (mailbox.clone(), SelectParameter::QResync(Box::new(since)));
        let command = match access {
            Access::ReadWrite => Command::Select { mailbox, parameter },
            Access::ReadOnly => Command::Examine { mailbox, parameter },
        };
        let name = command.name().to_string();
        let mut replies = self.link.run(command).await?;
        let done = loop {
            match replies.next().await? {
                Reply::Data(response) => match *response {
                    Response::Fetch(row) => told(Change::Row(row)),
                    Response::Vanished(vanished) => told(Change::Vanished(vanished.uids().clone())),
                    Response::Invalid(invalid) => told(Change::Unreadable(invalid)),
                    _ => {}
                },
                Reply::Done(done) => break replies.check(*done)?,
                _ => {}
            }
        };
        let mailbox = answer::opened(&name, done)?;
        if !mailbox.is_alone() {
            // Changes may have come, and could not be told from news of the other mailbox.
            let missing =
                "a word that the mailbox before is closed, so that no change can be told to be of this one";
            return Err(Error::Incomplete { command: name, missing });
        }
        Ok(Selected::new(self, mailbox))
    }
}

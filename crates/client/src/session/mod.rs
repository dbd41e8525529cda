//! A session: somebody is logged in.

mod acl;
pub(crate) mod append;
pub(crate) mod append_limit;
pub(crate) mod compress;
pub(crate) mod list;
pub(crate) mod metadata;
pub(crate) mod notify;
pub(crate) mod progress;
pub(crate) mod quota;
pub(crate) mod special_use;
pub(crate) mod status;
pub(crate) mod upload;

use tayori_proto::command::{Command, StatusAttribute};
use tayori_proto::profile::{Behaviour, Profile, Setting};
use tayori_proto::response::{ListRow, MailboxStatus, Namespaces, Response};
use tayori_proto::types::{
    Capabilities, Capability, Flag, IdParameters, InternalDate, ListPattern, ListReference, MailboxName,
    NonEmpty,
};
use tokio::io::AsyncRead;

use crate::answer::{self, AppendOutcome};
use crate::error::Error;
use crate::flight::Flight;
use crate::link::Link;
use crate::selected::Selected;
use crate::session::append::{AppendAllError, AppendError};
use crate::session::upload::Upload;

/// A connection in the authenticated state (RFC 9051 section 3.2).
///
/// Dropping it ends the connection without LOGOUT.
#[derive(Debug)]
pub struct Session {
    pub(crate) link: Link,
}

impl Session {
    pub(crate) fn new(link: Link) -> Self {
        Self { link }
    }

    /// What the server offers now; asked for if it has not said since the login (RFC 9051 section 6.1.1).
    pub async fn capabilities(&mut self) -> Result<Capabilities, Error> {
        self.link.ask_capabilities().await
    }

    /// Tells the server who we are, and learns who it is (RFC 2971 section 3). Say what a person agreed to: the server
    /// and whoever reads its logs learn it. Fields without a value are left out. A server that says nothing of itself
    /// gives no field.
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have ID; nothing is sent then.
    pub async fn id(&mut self, parameters: &IdParameters) -> Result<IdParameters, Error> {
        self.link.require(&Capability::Id, "ID").await?;
        // A field without a value says nothing, and Cyrus 3.10 dies of it.
        let parameters = parameters.with_values();
        let (data, _) = self.link.run(Command::Id(parameters)).await?.collect().await?;
        let told = data.into_iter().find_map(|response| match response {
            Response::Id(parameters) => Some(parameters),
            _ => None,
        });
        let told = told.unwrap_or_default();
        self.link.shared.set_id(told.clone());
        Ok(told)
    }

    /// How the server is taken to behave: recognized by what it says of itself, learned on this connection, or set by
    /// hand.
    pub fn profile(&self) -> Profile {
        self.link.shared.profile()
    }

    /// Says how the server behaves, whatever it says of itself.
    pub fn set_behaviour(&mut self, behaviour: Behaviour, setting: Setting) {
        self.link.shared.set_behaviour(behaviour, setting);
    }

    /// Asks for extensions that need it, and gives those that the server says are in force now; what it does not know
    /// it leaves out (RFC 9051 section 6.3.1, RFC 5161).
    ///
    /// They stay in force for as long as the connection lives; [`Session::enabled`] tells them. A server that is known
    /// to say nothing of what it enables ([`Behaviour::EnabledUnsaid`], iCloud) is taken at its OK for what it lists as
    /// a capability. That is never learned from an answer: to write names in an encoding that is not in force would
    /// make other mailboxes.
    ///
    /// When the future is dropped after the command was sent, what the server enables is in force all the same.
    ///
    /// What each changes: after `UIDONLY` (RFC 9586 section 3), nothing that names messages by sequence number is sent
    /// ([`Error::UidsOnly`]), and what is gone is told by UID; that is so after `QRESYNC`, too. After `UTF8=ACCEPT` or
    /// `IMAP4rev2`, mailbox names travel as UTF-8; names from before that were in no valid encoding have to be read
    /// anew.
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have ENABLE, and with [`Error::NotSent`] once a
    /// mailbox was selected; nothing is sent then.
    pub async fn enable(&mut self, capabilities: NonEmpty<Capability>) -> Result<Capabilities, Error> {
        self.link.require(&Capability::Enable, "ENABLE").await?;
        let asked = capabilities.clone();
        let (data, _) = self.link.run(Command::Enable(capabilities)).await?.collect().await?;
        let listed = data.iter().filter_map(|response| match response {
            Response::Enabled(listed) => Some(listed.iter().cloned()),
            _ => None,
        });
        let mut all: Vec<Capability> = listed.flatten().collect();
        let silent = asked.iter().filter(|it| !all.contains(it) && self.link.shared.is_enabled(it));
        let silent: Vec<Capability> = silent.cloned().collect();
        all.extend(silent);
        Ok(all.into_iter().collect())
    }

    /// What was asked for with [`Session::enable`] on this connection and is in force (RFC 9051 section 6.3.1).
    pub fn enabled(&self) -> Vec<Capability> {
        self.link.shared.enabled()
    }

    /// Where mailboxes are found: the user's own, those of other users, shared ones (RFC 9051 section 6.3.10, RFC
    /// 2342).
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have NAMESPACE; nothing is sent then.
    pub async fn namespace(&mut self) -> Result<Namespaces, Error> {
        self.link.require(&Capability::Namespace, "NAMESPACE").await?;
        if self.link.shared.has(Behaviour::NoNamespace) {
            return Err(Error::NotOffered { capability: "NAMESPACE" });
        }
        let (data, _) = self.link.run(Command::Namespace).await?.collect().await?;
        answer::namespaces("NAMESPACE", data)
    }

    /// Does nothing, and lets the server speak (RFC 9051 section 6.1.2).
    pub async fn noop(&mut self) -> Result<(), Error> {
        self.run(Command::Noop).await
    }

    /// Opens a mailbox to read and change it (RFC 9051 section 6.3.2).
    pub async fn select(&mut self, mailbox: &MailboxName) -> Result<Selected<'_>, Error> {
        self.open(Command::select(mailbox.clone())).await
    }

    /// Opens a mailbox to read it; nothing in it changes (RFC 9051 section 6.3.3).
    ///
    /// On a server whose EXAMINE does harm ([`Behaviour::NoExamine`]) it is opened with SELECT: then it is for the
    /// caller to change nothing, and messages lose `\Recent`.
    pub async fn examine(&mut self, mailbox: &MailboxName) -> Result<Selected<'_>, Error> {
        if self.link.shared.has(Behaviour::NoExamine) {
            return self.select(mailbox).await;
        }
        self.open(Command::examine(mailbox.clone())).await
    }

    async fn open(&mut self, command: Command) -> Result<Selected<'_>, Error> {
        let name = command.name().to_string();
        let (_, done) = self.link.run(command).await?.collect().await?;
        let mailbox = answer::opened(&name, done)?;
        Ok(Selected::new(self, mailbox))
    }

    /// Creates a mailbox (RFC 9051 section 6.3.4).
    pub async fn create(&mut self, mailbox: &MailboxName) -> Result<(), Error> {
        self.run(Command::Create { mailbox: mailbox.clone(), uses: Vec::new() }).await
    }

    /// Deletes a mailbox **with all mail in it** (RFC 9051 section 6.3.5).
    ///
    /// The caller answers for it that the mail exists elsewhere, or is not wanted.
    pub async fn delete(&mut self, mailbox: &MailboxName) -> Result<(), Error> {
        self.run(Command::Delete(mailbox.clone())).await
    }

    /// Renames a mailbox. Renaming INBOX moves its mail and leaves it empty (RFC 9051 section 6.3.6).
    pub async fn rename(&mut self, from: &MailboxName, to: &MailboxName) -> Result<(), Error> {
        self.run(Command::Rename { from: from.clone(), to: to.clone() }).await
    }

    /// Subscribes to a mailbox (RFC 9051 section 6.3.7).
    pub async fn subscribe(&mut self, mailbox: &MailboxName) -> Result<(), Error> {
        self.run(Command::Subscribe(mailbox.clone())).await
    }

    /// Takes a subscription back (RFC 9051 section 6.3.8).
    pub async fn unsubscribe(&mut self, mailbox: &MailboxName) -> Result<(), Error> {
        self.run(Command::Unsubscribe(mailbox.clone())).await
    }

    /// Lists mailboxes: `*` stands for anything, `%` for anything within a level (RFC 9051 section 6.3.9).
    pub async fn list(
        &mut self,
        reference: &ListReference,
        pattern: &ListPattern,
    ) -> Result<Vec<ListRow>, Error> {
        let command = Command::List { reference: reference.clone(), pattern: pattern.clone() };
        let (data, _) = self.link.run(command).await?.collect().await?;
        Ok(answer::list_rows(data))
    }

    /// Lists subscribed names, of which some may not exist (RFC 3501 section 6.3.9).
    pub async fn lsub(
        &mut self,
        reference: &ListReference,
        pattern: &ListPattern,
    ) -> Result<Vec<ListRow>, Error> {
        let command = Command::Lsub { reference: reference.clone(), pattern: pattern.clone() };
        let (data, _) = self.link.run(command).await?.collect().await?;
        Ok(answer::list_rows(data))
    }

    /// Counts of a mailbox that is not selected (RFC 9051 section 6.3.11).
    ///
    /// Fails with [`Error::NotOffered`] where an item needs an extension that the server does not have, which would
    /// answer BAD to all of them; nothing is sent then. On a server that must be asked for MAILBOXID alone
    /// ([`Behaviour::MailboxIdAlone`]) that is a second command.
    pub async fn status(
        &mut self,
        mailbox: &MailboxName,
        items: NonEmpty<StatusAttribute>,
    ) -> Result<MailboxStatus, Error> {
        status::status(&self.link, mailbox, items).await
    }

    /// All that [`Session::status`] has to be asked for here, in the order in which people want to know it. A limit for
    /// messages that is one for all mailboxes is not among it: [`Session::capabilities`] has that already.
    pub async fn status_attributes(&mut self) -> Result<NonEmpty<StatusAttribute>, Error> {
        Ok(status::offered(&self.capabilities().await?))
    }

    /// Stores a message of exactly `size` octets, streamed from `message` (RFC 9051 section 6.3.12).
    ///
    /// The octets go to the server as they are; nothing is converted. If the source ends early or fails, or the future
    /// is dropped before the last octet was handed on, the connection ends and nothing is stored. Dropped later, the
    /// message may be stored, and the connection is usable.
    ///
    /// A message that is larger than the server says that it takes ([`Session::append_limit`]) is not sent
    /// ([`Error::TooLarge`]).
    pub async fn append(
        &mut self,
        mailbox: &MailboxName,
        flags: &[Flag],
        date: Option<InternalDate>,
        size: u64,
        message: impl AsyncRead + Unpin,
    ) -> Result<AppendOutcome, AppendError> {
        let mut upload = Upload::new(size, message).flags(flags);
        upload.date = date;
        self.append_message(mailbox, upload).await
    }

    /// Stores a message, as [`Session::append`], in the form that its octets need ([`Content`](crate::Content)).
    ///
    /// Fails with [`Error::NotOffered`] where there is NUL in it and the server does not have BINARY; nothing is sent
    /// then.
    pub async fn append_message(
        &mut self,
        mailbox: &MailboxName,
        message: Upload<impl AsyncRead + Unpin>,
    ) -> Result<AppendOutcome, AppendError> {
        append::append(&self.link, mailbox, message).await
    }

    /// Stores several messages, one after the other read from its source: with MULTIAPPEND in one command, all or none
    /// (RFC 3502 section 6.3.11); else with a command for each, up to the first that fails. Gives where each is. Where
    /// one of them is empty, or the server takes fewer in one command (SAVELIMIT, MESSAGELIMIT), they go one by one,
    /// too.
    ///
    /// Sizes and forms of all are looked at first: where the server cannot take one of them ([`Error::TooLarge`],
    /// [`Error::NotOffered`]), none is sent.
    ///
    /// If a source fails, or the future is dropped while octets are owed, the connection ends; with MULTIAPPEND nothing
    /// is stored then, and without it the messages before are.
    pub async fn append_messages<R: AsyncRead + Unpin>(
        &mut self,
        mailbox: &MailboxName,
        messages: NonEmpty<Upload<R>>,
    ) -> Result<Vec<AppendOutcome>, AppendAllError> {
        append::append_all(&self.link, mailbox, messages).await
    }

    /// Several commands in one write.
    pub fn flight(self) -> Flight<Session> {
        Flight::from_session(self.link)
    }

    /// `LOGOUT` (RFC 9051 section 6.1.3). Waits for the answer, but not for long: it changes nothing.
    ///
    /// At most [`crate::Timeouts::logout`], whatever else is on its way. Fails only where the connection is known to be
    /// lost already; then there was nothing to log out from.
    pub async fn logout(self) -> Result<(), Error> {
        self.link.log_out().await
    }

    /// `LOGOUT` without waiting for its answer.
    ///
    /// Comes back when the octets were handed to the socket and everything that was asked for before has been answered,
    /// at most after [`crate::Timeouts::logout`]. Within the same time the server's answer is read behind the caller's
    /// back, since RFC 9051 section 3.4 wants it read; then the connection is closed, with TLS's own goodbye. A runtime
    /// that ends sooner just closes it.
    ///
    /// Dropping the future does not take it back once it was asked for. Fails only where the connection is known to be
    /// lost already.
    pub async fn leave(self) -> Result<(), Error> {
        self.link.leave().await
    }

    async fn run(&mut self, command: Command) -> Result<(), Error> {
        self.link.run(command).await?.collect().await.map(drop)
    }
}

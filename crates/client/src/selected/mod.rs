//! A mailbox that is open.

pub(crate) mod cut;
pub(crate) mod fetch;
pub(crate) mod found;
pub(crate) mod idle;
pub(crate) mod part;
pub(crate) mod relocate;
pub(crate) mod replace;
pub(crate) mod resync;
pub(crate) mod search;
pub(crate) mod sort;
pub(crate) mod turns;

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use tayori_proto::command::{
    Charset, Command, FetchItems, FetchMessages, SearchBy, SearchKey, SearchOption, SearchReturn, Silence,
    StoreChange, StoreItem, UnchangedSince,
};
use tayori_proto::profile::Behaviour;
use tayori_proto::response::{Fetch, Response, ResponseCode};
use tayori_proto::types::{
    Capabilities, Capability, Flag, GmLabel, MailboxName, Messages, SeqSet, SequenceSet, Uid, UidSet, Uids,
};

use crate::answer::{self, CopyOutcome, Expunged, MoveOutcome};
use crate::error::Error;
use crate::link::{Done, Link};
use crate::needs;
use crate::selected::fetch::{OUTSTANDING, Rows};
use crate::selected::found::{found_numbers, found_uids};
use crate::selected::idle::Idle;
use crate::session::Session;
use crate::{Access, Mailbox};

/// A connection in the selected state (RFC 9051 section 3.3): a borrow of the session, with a mailbox open.
///
/// Dropping it sends nothing; the mailbox stays open until another is, and nothing is expunged.
#[derive(Debug)]
pub struct Selected<'a> {
    session: &'a mut Session,
    mailbox: Mailbox,
    saved: Saved,
}

/// Whether `$` stands for messages that a search of this value has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    Nothing,
    Result,
}

/// What became of a STORE that leaves alone what others have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreOutcome {
    /// What the server says of messages, those that were changed among them.
    pub rows: Vec<Fetch>,
    /// The messages that were left alone, since somebody else has changed them.
    pub modified: UidSet,
    /// Messages of which the server has said neither that it has changed them nor that it left them alone: it answered
    /// NO since some were gone, and these may be they (RFC 7162 section 3.1.3).
    pub untold: UidSet,
}

impl<'a> Selected<'a> {
    pub(crate) fn new(session: &'a mut Session, mailbox: Mailbox) -> Self {
        Self { session, mailbox, saved: Saved::Nothing }
    }

    /// The mailbox as the server described it when the last command ended.
    pub fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Fetches items of messages, row by row (RFC 9051 section 6.4.5).
    ///
    /// With [`FetchMessages`] only what has changed since a mod-sequence is asked for (CONDSTORE), what has vanished
    /// too (QRESYNC), or some of the messages by their place (PARTIAL); see [`Session::capabilities`] for what the
    /// server offers.
    ///
    /// An item of an extension that the server does not offer is not asked for, since that would cost all rows: this
    /// fails with [`Error::NotOffered`], and nothing is sent.
    ///
    /// While the rows live, nothing else can be asked of this session.
    pub async fn fetch(
        &mut self,
        messages: impl Into<FetchMessages>,
        items: FetchItems,
    ) -> Result<Rows<'_>, Error> {
        self.fetch_in_pieces([messages.into()], items).await
    }

    /// The same in several commands, so that none is large. All ask for the same items, so the rows are one stream.
    ///
    /// Two commands are always on their way, so that the line is never idle between them. The next piece is taken from
    /// the iterator and sent whenever one has ended, so there may be millions of them. That happens within the futures
    /// of the rows, so the iterator must not block.
    ///
    /// A piece that the server refuses does not keep the others from being fetched; see [`Rows::refused_pieces`].
    pub async fn fetch_in_pieces<'r>(
        &'r mut self,
        pieces: impl IntoIterator<Item = impl Into<FetchMessages> + 'r, IntoIter: Send + 'r>,
        items: FetchItems,
    ) -> Result<Rows<'r>, Error> {
        self.fetch_in_pieces_ahead(pieces, OUTSTANDING, items).await
    }

    /// The same with so many commands on their way together. On a long line each piece that leaves later costs the
    /// server a look at what the client has to say; what is on its way has to be read to its end when the rows are
    /// dropped.
    pub async fn fetch_in_pieces_ahead<'r>(
        &'r mut self,
        pieces: impl IntoIterator<Item = impl Into<FetchMessages> + 'r, IntoIter: Send + 'r>,
        outstanding: NonZeroUsize,
        items: FetchItems,
    ) -> Result<Rows<'r>, Error> {
        self.session.link.require_all(needs::of_items(&items)).await?;
        let pieces = Box::new(pieces.into_iter().map(Into::into));
        Rows::begin(&self.session.link, &mut self.mailbox, self.saved, pieces, outstanding, items).await
    }

    /// The UIDs of the messages that match (RFC 9051 section 6.4.4). Strings are UTF-8, which is named where one of
    /// them is not ASCII; a server may refuse that ([`Error::Refused`] with `BADCHARSET`).
    ///
    /// A server that answers OK and no list has found nothing. Fails with [`Error::NotOffered`] where the key needs an
    /// extension that the server does not have; nothing is sent then.
    pub async fn uid_search(&mut self, key: SearchKey) -> Result<UidSet, Error> {
        found_uids("UID SEARCH", &self.search_by(key, SearchBy::Uids).await?)
    }

    /// The sequence numbers of the messages that match (RFC 9051 section 6.4.4); strings as in
    /// [`Selected::uid_search`].
    ///
    /// A number means a message only until the next EXPUNGE; prefer [`Selected::uid_search`].
    pub async fn search(&mut self, key: SearchKey) -> Result<SeqSet, Error> {
        found_numbers("SEARCH", &self.search_by(key, SearchBy::Numbers).await?)
    }

    /// Searches, and has the server keep what it finds (RFC 5182 section 2.1): from here on [`Messages::SavedByUid`]
    /// stands for it in [`Selected::fetch`], [`Selected::store`], [`Selected::copy`] and [`Selected::move_messages`],
    /// and [`SearchKey::Saved`] in a further search. Nothing but the command travels, however many messages there are.
    ///
    /// What is kept holds until the next search that saves, or until a mailbox is opened; messages that are expunged
    /// leave it. A command that uses it before such a search has succeeded is not sent ([`Error::NothingSaved`]): the
    /// server would take what an earlier search has left. That is also so after a search that failed
    /// ([`Error::Refused`] with `NOTSAVED`, where the server keeps no more results), that was cut short
    /// ([`Error::CutShort`]), or whose future was dropped: search without saving then.
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have SEARCHRES; nothing is sent then.
    pub async fn search_and_save(&mut self, key: SearchKey) -> Result<(), Error> {
        self.session.link.require(&Capability::SearchRes, "SEARCHRES").await?;
        let returns = SearchReturn::new(vec![SearchOption::Save]).ok();
        let command = Command::Search { returns, key, charset: Charset::Utf8, by: SearchBy::Uids };
        // A further search within what was saved may use that, and takes its place.
        self.check_saved(&command)?;
        self.saved = Saved::Nothing;
        self.collect_unchecked(command, &mut Vec::new()).await?;
        self.saved = Saved::Result;
        Ok(())
    }

    /// Fails if the command is about what a search has saved, and none has.
    fn check_saved(&self, command: &Command) -> Result<(), Error> {
        if self.saved == Saved::Nothing && command.uses_saved() {
            return Err(Error::NothingSaved { command: command.name().into_owned() });
        }
        Ok(())
    }

    async fn search_by(&mut self, key: SearchKey, by: SearchBy) -> Result<Vec<Response>, Error> {
        self.link().require_all(needs::of_key(&key)).await?;
        let command = |key| Command::Search { returns: None, key, charset: Charset::Utf8, by };
        self.search_in_turns(key, command).await
    }

    /// Changes flags, and gives back what the server says of them (RFC 9051 section 6.4.6).
    ///
    /// The rows may be fewer than the messages, and may tell of others: a server tells what it likes.
    pub async fn store(
        &mut self,
        messages: impl Into<Messages>,
        change: StoreChange,
        flags: &[Flag],
    ) -> Result<Vec<Fetch>, Error> {
        let item = StoreItem::Flags(flags.to_vec());
        Ok(rows(self.store_in_turns(messages.into(), change, Silence::Answered, item).await?))
    }

    /// Changes flags; the server is asked not to repeat them (`.SILENT`).
    pub async fn store_silent(
        &mut self,
        messages: impl Into<Messages>,
        change: StoreChange,
        flags: &[Flag],
    ) -> Result<(), Error> {
        let item = StoreItem::Flags(flags.to_vec());
        self.store_in_turns(messages.into(), change, Silence::Silent, item).await.map(drop)
    }

    /// Changes the labels of messages (Gmail), and gives the rows in which the server tells what they have now. Taking
    /// the last label from a message leaves it in All Mail.
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have X-GM-EXT-1; nothing is sent then.
    pub async fn store_labels(
        &mut self,
        messages: impl Into<Messages>,
        change: StoreChange,
        labels: &[GmLabel],
    ) -> Result<Vec<Fetch>, Error> {
        self.session.link.require(&Capability::GmailExtensions, "X-GM-EXT-1").await?;
        let item = StoreItem::GmLabels(labels.to_vec());
        Ok(rows(self.store_in_turns(messages.into(), change, Silence::Answered, item).await?))
    }

    async fn store_in_turns(
        &mut self,
        messages: Messages,
        change: StoreChange,
        silence: Silence,
        item: StoreItem,
    ) -> Result<Vec<Response>, Error> {
        let command = |messages| Command::Store {
            messages,
            unchanged_since: None,
            change,
            silence,
            item: item.clone(),
        };
        match messages {
            Messages::Uids(uids) => {
                let mut data = Vec::new();
                self.run_in_turns(uids, |uids| command(Messages::Uids(uids)), &mut data).await?;
                Ok(data)
            }
            other => self.run(command(other)).await,
        }
    }

    /// Changes flags of those messages that nobody has changed since (RFC 7162 section 3.1.3), so that a change made
    /// elsewhere is not undone.
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have CONDSTORE, nothing is sent then; and with
    /// [`Error::Incomplete`] where some were left alone and it cannot be read which.
    pub async fn store_unless_changed(
        &mut self,
        uids: SequenceSet<Uid>,
        since: UnchangedSince,
        change: StoreChange,
        flags: &[Flag],
    ) -> Result<StoreOutcome, Error> {
        self.session.link.require(&Capability::CondStore, "CONDSTORE").await?;
        let asked = uids.resolve(None);
        let command = Command::Store {
            messages: Messages::Uids(uids),
            unchanged_since: Some(since),
            change,
            silence: Silence::Answered,
            item: StoreItem::Flags(flags.to_vec()),
        };
        let (data, code, is_refused) = match self.collect(command).await {
            Ok((data, done)) => (data, done.completion.code, false),
            // Where no message was changed, or some of them are gone.
            Err(Error::Refused { code: Some(code), data, .. })
                if matches!(*code, ResponseCode::Modified(_)) =>
            {
                (data.into_vec(), Some(*code), true)
            }
            Err(error) => return Err(error),
        };
        let modified = match code {
            Some(ResponseCode::Modified(messages)) => messages.uids(),
            // Some were left alone; to say that none were would pass for having changed them all.
            Some(code) if code.is_unreadable("MODIFIED") => {
                let missing = "the messages that it left alone, in a form that can be read";
                return Err(Error::Incomplete { command: "UID STORE".to_owned(), missing });
            }
            _ => UidSet::new(),
        };
        let rows = rows(data);
        let untold = match is_refused {
            // Of each message that was changed there is a row (RFC 7162 section 3.1.3).
            true => asked.difference(&modified).difference(&rows.iter().filter_map(Fetch::uid).collect()),
            false => UidSet::new(),
        };
        Ok(StoreOutcome { rows, modified, untold })
    }

    /// Copies messages to another mailbox; all or none (RFC 9051 section 6.4.7).
    pub async fn copy(
        &mut self,
        messages: impl Into<Messages>,
        mailbox: &MailboxName,
    ) -> Result<CopyOutcome, Error> {
        let command = Command::Copy { messages: messages.into(), mailbox: mailbox.clone() };
        let (data, done) = self.collect(command).await?;
        answer::copied("COPY", data, done)
    }

    /// Moves messages to another mailbox, each as a whole (RFC 9051 section 6.4.8, RFC 6851).
    ///
    /// The server may fail in the middle of the set ([`Error::Refused`]): then some messages have moved, the others are
    /// where they were, and [`Selected::mailbox`] counts what is left. [`MoveOutcome::before`] tells from the error
    /// which have.
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have MOVE; nothing is sent then.
    /// [`Selected::relocate`] does without.
    pub async fn move_messages(
        &mut self,
        messages: impl Into<Messages>,
        mailbox: &MailboxName,
    ) -> Result<MoveOutcome, Error> {
        self.session.link.require(&Capability::Move, "MOVE").await?;
        match messages.into() {
            Messages::Uids(uids) => {
                let mut told = Vec::new();
                self.move_uids(uids, mailbox, &mut told).await?;
                Ok(MoveOutcome::of(&told, None))
            }
            messages => {
                let command = Command::Move { messages, mailbox: mailbox.clone() };
                let (told, done) = self.collect(command).await?;
                Ok(MoveOutcome::of(&told, done.completion.code))
            }
        }
    }

    /// The server offers MOVE. What it tells is taken into `told`, as far as it comes; an error that carries data takes
    /// them from there.
    pub(crate) async fn move_uids(
        &mut self,
        uids: SequenceSet<Uid>,
        mailbox: &MailboxName,
        told: &mut Vec<Response>,
    ) -> Result<(), Error> {
        // What has moved is gone from here, so that a server which stops in the middle is asked for the rest alone.
        let command = |uids| Command::Move { messages: Messages::Uids(uids), mailbox: mailbox.clone() };
        self.run_in_turns(uids, command, told).await
    }

    /// Watches the mailbox: the server tells what happens in it as it happens (RFC 9051 section 6.3.13, RFC 2177).
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have IDLE, nothing is sent then; and with
    /// [`Error::Refused`] where it does not want to idle now. If it tells much news before it refuses, that comes from
    /// [`Idle::next`].
    pub async fn idle(&mut self) -> Result<Idle<'_>, Error> {
        self.session.link.require(&Capability::Idle, "IDLE").await?;
        Idle::begin(&self.session.link, &mut self.mailbox).await
    }

    /// Removes **all** messages with `\Deleted` for good, whoever set that flag (RFC 9051 section 6.4.3).
    ///
    /// The caller answers for it that copies exist; [`Selected::uid_expunge`] removes just the messages it is told.
    pub async fn expunge(&mut self) -> Result<Expunged, Error> {
        self.run(Command::Expunge).await.map(|data| Expunged::from_data(&data))
    }

    /// Removes those of the given messages that have `\Deleted` for good (RFC 4315 section 2.1).
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have UIDPLUS; nothing is sent then.
    pub async fn uid_expunge(&mut self, uids: SequenceSet<Uid>) -> Result<Expunged, Error> {
        self.session.link.require(&Capability::UidPlus, "UIDPLUS").await?;
        let mut data = Vec::new();
        self.run_in_turns(uids, |uids| Command::UidExpunge(Uids::Set(uids)), &mut data).await?;
        Ok(Expunged::from_data(&data))
    }

    /// Opens the mailbox again, as it is open now: to read, or to read and change. What is known of it is then what the
    /// server says now; look at [`Mailbox::uid_validity`] before UIDs from before are used.
    ///
    /// Needed where messages may have come and gone unnoticed ([`Error::InDoubt`]): until then, commands by sequence
    /// number are not sent ([`Error::NotSent`]). Where this fails, no mailbox is open any more, and nothing that needs
    /// one is sent.
    pub async fn reopen(&mut self) -> Result<(), Error> {
        let name = self.mailbox.name().clone();
        let command = match self.mailbox.access() {
            Access::ReadWrite => Command::select(name),
            Access::ReadOnly => Command::examine(name),
        };
        let word = command.name().to_string();
        let (_, done) = self.session.link.run(command).await?.collect().await?;
        self.mailbox = answer::opened(&word, done)?;
        self.saved = Saved::Nothing;
        Ok(())
    }

    pub(crate) fn link(&self) -> &Link {
        &self.session.link
    }

    /// What a command has brought that does not go through [`Selected::run`].
    pub(crate) fn take_news(&mut self, news: Option<Mailbox>) {
        if let Some(mailbox) = news {
            self.mailbox = mailbox;
        }
    }

    /// Whether the server is taken to behave like this.
    pub(crate) fn has(&self, behaviour: Behaviour) -> bool {
        self.session.link.shared.has(behaviour)
    }

    /// The server has shown a behaviour.
    pub(crate) fn learn(&self, behaviour: Behaviour) {
        self.session.link.shared.learn(behaviour);
    }

    /// The set in pieces, so that each of the commands about them has a length that the server takes. Never empty.
    pub(crate) fn cut(
        &self,
        uids: SequenceSet<Uid>,
        command: impl Fn(SequenceSet<Uid>) -> Command,
    ) -> VecDeque<SequenceSet<Uid>> {
        self.session.link.cut(uids, command)
    }

    /// What the server offers.
    pub(crate) async fn capabilities(&mut self) -> Result<Capabilities, Error> {
        self.session.link.ask_capabilities().await
    }

    /// Asks the server to write down what it has (RFC 3501 section 6.4.1; gone in RFC 9051).
    pub async fn check(&mut self) -> Result<(), Error> {
        self.run(Command::Check).await.map(drop)
    }

    /// Does nothing, and lets the server speak (RFC 9051 section 6.1.2).
    pub async fn noop(&mut self) -> Result<(), Error> {
        self.run(Command::Noop).await.map(drop)
    }

    /// Closes the mailbox, and **removes all messages with `\Deleted` for good**, unless it was opened read-only
    /// (RFC 9051 section 6.4.1).
    pub async fn close(mut self) -> Result<(), Error> {
        self.run(Command::Close).await.map(drop)
    }

    /// Closes the mailbox and removes nothing (RFC 3691).
    ///
    /// Fails with [`Error::NotOffered`] where the server cannot; opening another mailbox does the same.
    pub async fn unselect(mut self) -> Result<(), Error> {
        self.session.link.require(&Capability::Unselect, "UNSELECT").await?;
        self.run(Command::Unselect).await.map(drop)
    }

    pub(crate) async fn run(&mut self, command: Command) -> Result<Vec<Response>, Error> {
        self.collect(command).await.map(|(data, _)| data)
    }

    /// Responses that a call may gather.
    pub(crate) fn collected_responses(&self) -> usize {
        self.session.link.shared.collected_responses()
    }

    pub(crate) async fn collect(&mut self, command: Command) -> Result<(Vec<Response>, Done), Error> {
        let mut data = Vec::new();
        let done = self.collect_into(command, &mut data).await?;
        Ok((data, done))
    }

    /// Runs a command, whose data are taken into `data`; an error that carries them takes them from there.
    pub(crate) async fn collect_into(
        &mut self,
        command: Command,
        data: &mut Vec<Response>,
    ) -> Result<Done, Error> {
        self.check_saved(&command)?;
        self.collect_unchecked(command, data).await
    }

    async fn collect_unchecked(&mut self, command: Command, data: &mut Vec<Response>) -> Result<Done, Error> {
        let replies = self.session.link.run(command).await?;
        let (mut done, asked) = replies.collect_into(data).await?;
        // Also a command that failed may have brought news of the mailbox.
        if let Some(mailbox) = done.mailbox.take() {
            self.mailbox = mailbox;
        }
        asked.check_with(data, done)
    }
}

fn rows(data: Vec<Response>) -> Vec<Fetch> {
    let rows = data.into_iter().filter_map(|response| match response {
        Response::Fetch(fetch) => Some(fetch),
        _ => None,
    });
    rows.collect()
}

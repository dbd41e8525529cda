//! The store of a Gmail user: one in memory in which a message is in All Mail and under labels.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;
use tayori_proto::command::{StoreChange, UnchangedSince};
use tayori_proto::response::QuotaUsage;
use tayori_proto::types::{
    Flag, GmLabel, InternalDate, MailboxName, ModSeq, ObjectId, SpecialUse, Uid, UidSet, UidValidity,
};
use tayori_server::memory::{MemoryAppend, MemoryMailbox, MemoryMessage, MemoryStore};
use tayori_server::store::{
    Append, Appended, Changes, Copied, Entry, Mailbox, Message, Moment, News, Store, StoreError, Subscription,
};

use super::labels::{ALL_MAIL, Labels, MessageId, SPECIAL, Special, mailbox_of};
use crate::pair::memory_store;

/// The mail of a Gmail user. Clones are the same store.
///
/// Mailboxes with a UID validity of their own each are what makes a message's place unique here, so the store in memory
/// must not be changed past this one.
#[derive(Clone)]
pub struct GmailStore {
    inner: MemoryStore,
    labels: Labels,
}

impl GmailStore {
    pub(super) fn new() -> Self {
        let inner = memory_store();
        for Special { mailbox, special_use, .. } in SPECIAL {
            let name = MailboxName::new(mailbox).expect("these are plain names");
            // The INBOX is there already.
            if let Some(special_use) = special_use {
                inner.create_for(&name, special_use).expect("the store is empty and has room");
            }
        }
        Self { inner, labels: Labels::default() }
    }

    pub(super) fn labels(&self) -> Labels {
        self.labels.clone()
    }

    /// Learns anew what each mailbox is called. A name can stand for another mailbox than before, and those below it
    /// have got others with it.
    async fn learn_names(&self) -> Result<(), StoreError> {
        let mut names = BTreeMap::new();
        for Entry { name, .. } in self.inner.mailboxes().await? {
            match self.inner.open(&name).await {
                Ok(mailbox) => drop(names.insert(mailbox.validity(), name)),
                // It only stands above others, or has gone in between.
                Err(StoreError::NonExistent) => {}
                Err(error) => return Err(error),
            }
        }
        self.labels.all_called(names);
        Ok(())
    }

    /// Its messages move, and it stays (RFC 9051 section 6.3.6). They get other UIDs, so they are recognised by what
    /// identifies their content.
    async fn rename_inbox(&self, inbox: &MailboxName, to: &MailboxName) -> Result<(), StoreError> {
        let inbox = self.open(inbox).await?;
        let before: HashMap<ObjectId, Uid> = inbox.contents().await?.into_iter().collect();
        self.inner.rename(&MailboxName::inbox(), to).await?;
        let stem = to.as_str().strip_suffix(self.delimiter()).and_then(|stem| MailboxName::new(stem).ok());
        let new = self.open(stem.as_ref().unwrap_or(to)).await?;
        let after = new.contents().await?.into_iter();
        let uids = after.filter_map(|(content, uid)| Some((*before.get(&content)?, uid))).collect();
        self.labels.copied(inbox.validity(), &Copied { mailbox: new.id(), validity: new.validity(), uids });
        inbox.forget_what_is_gone().await
    }
}

impl Store for GmailStore {
    type Mailbox = GmailMailbox;
    type Append = GmailAppend;

    fn delimiter(&self) -> char {
        self.inner.delimiter()
    }

    async fn mailboxes(&self) -> Result<Vec<Entry>, StoreError> {
        self.inner.mailboxes().await
    }

    async fn open(&self, name: &MailboxName) -> Result<GmailMailbox, StoreError> {
        let inner = self.inner.open(name).await?;
        self.labels.called(inner.validity(), name);
        Ok(GmailMailbox { inner, store: self.clone() })
    }

    async fn create(&self, name: &MailboxName) -> Result<(), StoreError> {
        self.inner.create(name).await
    }

    async fn create_with_uses(&self, _name: &MailboxName, _uses: &[SpecialUse]) -> Result<(), StoreError> {
        Err(StoreError::SpecialUse("special uses cannot be given here"))
    }

    async fn delete(&self, name: &MailboxName) -> Result<(), StoreError> {
        self.inner.delete(name).await?;
        self.learn_names().await
    }

    async fn rename(&self, from: &MailboxName, to: &MailboxName) -> Result<(), StoreError> {
        if from.is_inbox() {
            self.rename_inbox(from, to).await?;
        } else {
            self.inner.rename(from, to).await?;
        }
        self.learn_names().await
    }

    async fn subscribe(&self, name: &MailboxName, subscription: Subscription) -> Result<(), StoreError> {
        self.inner.subscribe(name, subscription).await
    }

    async fn subscriptions(&self) -> Result<Vec<MailboxName>, StoreError> {
        self.inner.subscriptions().await
    }

    async fn news(&self, since: Option<Moment>) -> Result<News, StoreError> {
        self.inner.news(since).await
    }

    async fn wait(&self, since: Moment) {
        Store::wait(&self.inner, since).await;
    }

    async fn quota(&self) -> Result<Vec<QuotaUsage>, StoreError> {
        self.inner.quota().await
    }

    async fn append(
        &self,
        mailbox: &MailboxName,
        flags: Vec<Flag>,
        date: Option<InternalDate>,
        size: u64,
    ) -> Result<GmailAppend, StoreError> {
        let inner = self.inner.append(mailbox, flags, date, size).await?;
        Ok(GmailAppend { inner, label: self.open(mailbox).await?, is_all_mail: mailbox.as_str() == ALL_MAIL })
    }

    async fn replace(
        &self,
        _mailbox: &GmailMailbox,
        _replaced: Uid,
        _new: GmailAppend,
    ) -> Result<Option<Appended>, StoreError> {
        Err(StoreError::Cannot("Gmail has no REPLACE"))
    }
}

/// A message on its way into a label, and into All Mail.
pub struct GmailAppend {
    inner: MemoryAppend,
    label: GmailMailbox,
    is_all_mail: bool,
}

impl Append for GmailAppend {
    async fn write(&mut self, octets: Bytes) -> Result<(), StoreError> {
        self.inner.write(octets).await
    }

    async fn finish(self) -> Result<Appended, StoreError> {
        let appended = self.inner.finish().await?;
        let mut places = vec![(appended.validity, appended.uid)];
        if !self.is_all_mail {
            let all_mail = MailboxName::new(ALL_MAIL).map_err(|_| StoreError::NonExistent)?;
            let copied = self.label.inner.copy(&UidSet::from(appended.uid), &all_mail).await?;
            places.extend(copied.uids.iter().map(|(_, there)| (copied.validity, *there)));
        }
        self.label.store.labels.arrived(places);
        Ok(appended)
    }

    async fn finish_all(mut messages: Vec<Self>) -> Result<Vec<Appended>, StoreError> {
        match (messages.pop(), messages.is_empty()) {
            (Some(message), true) => Ok(vec![message.finish().await?]),
            (None, _) => Ok(Vec::new()),
            (Some(_), false) => Err(StoreError::Cannot("Gmail takes one message at a time")),
        }
    }
}

/// A label of a [`GmailStore`].
pub struct GmailMailbox {
    inner: MemoryMailbox,
    store: GmailStore,
}

impl GmailMailbox {
    /// What identifies the content of each message.
    async fn contents(&self) -> Result<Vec<(ObjectId, Uid)>, StoreError> {
        let mut contents = Vec::new();
        for state in self.inner.changes(None).await?.messages {
            let message = self.inner.message(state.uid).await?;
            contents.extend(message.map(|message| (message.email_id(), state.uid)));
        }
        Ok(contents)
    }

    async fn forget_what_is_gone(&self) -> Result<(), StoreError> {
        let all = self.inner.changes(None).await?;
        self.store.labels.left(self.validity(), &all);
        Ok(())
    }

    /// Takes messages out of this label. What proves that each is kept is its place in All Mail: one that has none
    /// there stays here.
    async fn take_out(&self, messages: &BTreeSet<MessageId>) -> Result<(), StoreError> {
        let all_mail = MailboxName::new(ALL_MAIL).map_err(|_| StoreError::NonExistent)?;
        let kept = self.store.open(&all_mail).await?.validity();
        let uids = self.store.labels.shared(self.validity(), kept, messages);
        self.inner.store(&uids, StoreChange::Add, &[Flag::Deleted]).await?;
        self.expunge(&uids).await
    }
}

impl Mailbox for GmailMailbox {
    type Message = MemoryMessage;

    fn validity(&self) -> UidValidity {
        self.inner.validity()
    }

    fn id(&self) -> ObjectId {
        self.inner.id()
    }

    async fn changes(&self, since: Option<ModSeq>) -> Result<Changes, StoreError> {
        self.inner.changes(since).await
    }

    async fn wait(&self, since: ModSeq) {
        self.inner.wait(since).await;
    }

    async fn claim_recent(&self) -> Result<UidSet, StoreError> {
        self.inner.claim_recent().await
    }

    async fn unclaimed_recent(&self) -> Result<UidSet, StoreError> {
        self.inner.unclaimed_recent().await
    }

    async fn octets(&self) -> Result<u64, StoreError> {
        self.inner.octets().await
    }

    async fn message(&self, uid: Uid) -> Result<Option<MemoryMessage>, StoreError> {
        self.inner.message(uid).await
    }

    async fn store(&self, uids: &UidSet, change: StoreChange, flags: &[Flag]) -> Result<(), StoreError> {
        self.inner.store(uids, change, flags).await
    }

    async fn store_unless_changed(
        &self,
        uids: &UidSet,
        since: UnchangedSince,
        change: StoreChange,
        flags: &[Flag],
    ) -> Result<UidSet, StoreError> {
        self.inner.store_unless_changed(uids, since, change, flags).await
    }

    async fn store_labels(
        &self,
        uids: &UidSet,
        change: StoreChange,
        labels: &[GmLabel],
    ) -> Result<(), StoreError> {
        let named: Vec<MailboxName> =
            labels.iter().map(|label| mailbox_of(label.as_str())).collect::<Result<_, _>>()?;
        let messages = self.store.labels.at(self.validity(), uids);
        // What is given comes first: the message may leave this mailbox by what is taken.
        if change != StoreChange::Remove {
            for name in &named {
                if let Err(StoreError::NonExistent) = self.store.open(name).await {
                    self.store.create(name).await?;
                }
                self.copy(uids, name).await?;
            }
        }
        let taken = match change {
            StoreChange::Add => Vec::new(),
            StoreChange::Remove => named,
            StoreChange::Replace => {
                self.store.labels.mailboxes().into_iter().filter(|name| !named.contains(name)).collect()
            }
        };
        for name in taken {
            match self.store.open(&name).await {
                Ok(mailbox) => mailbox.take_out(&messages).await?,
                Err(StoreError::NonExistent) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn expunge(&self, uids: &UidSet) -> Result<(), StoreError> {
        self.inner.expunge(uids).await?;
        self.forget_what_is_gone().await
    }

    async fn copy(&self, uids: &UidSet, to: &MailboxName) -> Result<Copied, StoreError> {
        let there = self.store.open(to).await?.validity();
        let missing = self.store.labels.missing(uids, self.validity(), there);
        let copied = self.inner.copy(&missing, to).await?;
        self.store.labels.copied(self.validity(), &copied);
        Ok(copied)
    }

    async fn move_to(&self, uids: &UidSet, to: &MailboxName) -> Result<Copied, StoreError> {
        let there = self.store.open(to).await?.validity();
        let missing = self.store.labels.missing(uids, self.validity(), there);
        let moved = self.inner.move_to(&missing, to).await?;
        self.store.labels.copied(self.validity(), &moved);
        if there != self.validity() {
            // What the other label has already is moved by leaving this one.
            let messages = self.store.labels.at(self.validity(), &uids.difference(&missing));
            let had = self.store.labels.shared(self.validity(), there, &messages);
            self.inner.store(&had, StoreChange::Add, &[Flag::Deleted]).await?;
            self.inner.expunge(&had).await?;
        }
        self.forget_what_is_gone().await?;
        Ok(moved)
    }
}

//! A store in memory with oddities.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tayori_proto::command::{StoreChange, UnchangedSince};
use tayori_proto::response::QuotaUsage;
use tayori_proto::types::{
    Flag, InternalDate, MailboxName, ModSeq, ObjectId, SpecialUse, Uid, UidSet, UidValidity,
};
use tayori_server::memory::{MemoryAppend, MemoryLimits, MemoryMailbox, MemoryMessage, MemoryStore};
use tayori_server::store::{
    Appended, Changes, Copied, Entry, Mailbox, Moment, News, Store, StoreError, Subscription,
};

/// Clones are the same store.
#[derive(Clone)]
pub(super) struct OddStore {
    pub(super) inner: MemoryStore,
    oddities: Arc<Oddities>,
    state: Arc<State>,
}

/// What is odd about a store.
#[derive(Default)]
pub(super) struct Oddities {
    /// All mailboxes have this one.
    pub(super) validity: Option<UidValidity>,
    /// What is limited, in place of what the store in memory limits.
    pub(super) quota: Option<Vec<QuotaUsage>>,
}

#[derive(Default)]
struct State {
    loses_news: AtomicBool,
    asked_for_all: AtomicUsize,
}

impl OddStore {
    pub(super) fn new(oddities: Oddities) -> Self {
        let inner = MemoryStore::new(UidValidity::new(7).unwrap(), MemoryLimits::default());
        Self { inner, oddities: Arc::new(oddities), state: Arc::default() }
    }

    /// From now on nobody is told what has changed.
    pub(super) fn lose_news(&self) {
        self.state.loses_news.store(true, Ordering::Relaxed);
    }

    /// How often it was asked for everything there is.
    pub(super) fn asked_for_all(&self) -> usize {
        self.state.asked_for_all.load(Ordering::Relaxed)
    }

    fn appended(&self, appended: Appended) -> Appended {
        Appended { validity: self.oddities.validity.unwrap_or(appended.validity), ..appended }
    }

    fn copied(&self, copied: Copied) -> Copied {
        Copied { validity: self.oddities.validity.unwrap_or(copied.validity), ..copied }
    }
}

impl Store for OddStore {
    type Mailbox = OddMailbox;
    type Append = OddAppend;

    fn delimiter(&self) -> char {
        self.inner.delimiter()
    }

    async fn mailboxes(&self) -> Result<Vec<Entry>, StoreError> {
        self.inner.mailboxes().await
    }

    async fn open(&self, name: &MailboxName) -> Result<OddMailbox, StoreError> {
        Ok(OddMailbox { inner: self.inner.open(name).await?, store: self.clone() })
    }

    async fn create(&self, name: &MailboxName) -> Result<(), StoreError> {
        self.inner.create(name).await
    }

    async fn create_with_uses(&self, name: &MailboxName, uses: &[SpecialUse]) -> Result<(), StoreError> {
        self.inner.create_with_uses(name, uses).await
    }

    async fn delete(&self, name: &MailboxName) -> Result<(), StoreError> {
        self.inner.delete(name).await
    }

    async fn rename(&self, from: &MailboxName, to: &MailboxName) -> Result<(), StoreError> {
        self.inner.rename(from, to).await
    }

    async fn subscribe(&self, name: &MailboxName, subscription: Subscription) -> Result<(), StoreError> {
        self.inner.subscribe(name, subscription).await
    }

    async fn subscriptions(&self) -> Result<Vec<MailboxName>, StoreError> {
        self.inner.subscriptions().await
    }

    async fn news(&self, since: Option<Moment>) -> Result<News, StoreError> {
        if since.is_none() {
            self.state.asked_for_all.fetch_add(1, Ordering::Relaxed);
        }
        if self.state.loses_news.load(Ordering::Relaxed) {
            return Err(StoreError::NonExistent);
        }
        self.inner.news(since).await
    }

    async fn wait(&self, since: Moment) {
        Store::wait(&self.inner, since).await;
    }

    async fn quota(&self) -> Result<Vec<QuotaUsage>, StoreError> {
        match &self.oddities.quota {
            Some(quota) => Ok(quota.clone()),
            None => self.inner.quota().await,
        }
    }

    async fn append(
        &self,
        mailbox: &MailboxName,
        flags: Vec<Flag>,
        date: Option<InternalDate>,
        size: u64,
    ) -> Result<OddAppend, StoreError> {
        let inner = self.inner.append(mailbox, flags, date, size).await?;
        Ok(OddAppend { inner, store: self.clone() })
    }

    async fn replace(
        &self,
        mailbox: &OddMailbox,
        replaced: Uid,
        new: OddAppend,
    ) -> Result<Option<Appended>, StoreError> {
        let appended = self.inner.replace(&mailbox.inner, replaced, new.inner).await?;
        Ok(appended.map(|appended| self.appended(appended)))
    }
}

pub(super) struct OddAppend {
    inner: MemoryAppend,
    store: OddStore,
}

impl tayori_server::store::Append for OddAppend {
    async fn write(&mut self, octets: bytes::Bytes) -> Result<(), StoreError> {
        self.inner.write(octets).await
    }

    async fn finish(self) -> Result<Appended, StoreError> {
        Ok(self.store.appended(self.inner.finish().await?))
    }

    async fn finish_all(messages: Vec<Self>) -> Result<Vec<Appended>, StoreError> {
        let mut appended = Vec::new();
        for message in messages {
            appended.push(message.finish().await?);
        }
        Ok(appended)
    }
}

pub(super) struct OddMailbox {
    inner: MemoryMailbox,
    store: OddStore,
}

impl Mailbox for OddMailbox {
    type Message = MemoryMessage;

    fn validity(&self) -> UidValidity {
        self.store.oddities.validity.unwrap_or(self.inner.validity())
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

    async fn expunge(&self, uids: &UidSet) -> Result<(), StoreError> {
        self.inner.expunge(uids).await
    }

    async fn copy(&self, uids: &UidSet, to: &MailboxName) -> Result<Copied, StoreError> {
        Ok(self.store.copied(self.inner.copy(uids, to).await?))
    }

    async fn move_to(&self, uids: &UidSet, to: &MailboxName) -> Result<Copied, StoreError> {
        Ok(self.store.copied(self.inner.move_to(uids, to).await?))
    }
}

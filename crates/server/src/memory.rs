//! A store in memory: mail that lives as long as the process does.
//!
//! One lock guards the whole account, so that a copy, a move or a renaming is seen whole or not at all. It is held for
//! work in memory only, never across a wait.

mod account;
mod append;
mod body;
mod limits;
mod mailbox;
mod names;
mod special_use;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tayori_proto::response::{ListAttribute, QuotaUsage};
use tayori_proto::types::{Flag, InternalDate, MailboxName, QuotaResource, SpecialUse, Uid, UidValidity};

use crate::store::{Appended, Entry, Moment, News, Store, StoreError, Subscription};
use account::{Account, New};
use body::Body;

use append::Room;

pub use append::MemoryAppend;
pub use limits::MemoryLimits;
pub use mailbox::{MemoryMailbox, MemoryMessage};

/// In octets (RFC 9208 section 5.1).
const STORAGE_UNIT: u64 = 1024;

/// The mail of one user, in memory. Clones are the same store.
#[derive(Clone)]
pub struct MemoryStore {
    account: Arc<Mutex<Account>>,
    limits: MemoryLimits,
}

impl MemoryStore {
    /// A store with an empty `INBOX`.
    ///
    /// Its mailboxes get `validity` and the numbers behind it. Whoever makes another store under the same address
    /// should choose a larger one, since a client may remember what it saw here.
    pub fn new(validity: UidValidity, limits: MemoryLimits) -> Self {
        Self { account: Arc::new(Mutex::new(Account::new(validity))), limits }
    }

    /// Makes a mailbox that says what it is for, and the names above it.
    pub fn create_for(&self, name: &MailboxName, special_use: ListAttribute) -> Result<(), StoreError> {
        self.account().create(name, Some(special_use), &self.limits)
    }

    /// Puts a message into a mailbox. The pieces stand one behind the other; they are shared, not copied.
    pub fn insert(
        &self,
        mailbox: &MailboxName,
        flags: Vec<Flag>,
        date: InternalDate,
        pieces: Vec<Bytes>,
    ) -> Result<Appended, StoreError> {
        let new = New { mailbox: mailbox.clone(), flags, date, body: Body::new(pieces) };
        self.account().append(new, &self.limits)
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        // Nothing under this lock leaves the account half changed when it panics.
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    type Mailbox = MemoryMailbox;
    type Append = MemoryAppend;

    fn delimiter(&self) -> char {
        names::DELIMITER
    }

    async fn mailboxes(&self) -> Result<Vec<Entry>, StoreError> {
        Ok(self.account().entries())
    }

    async fn open(&self, name: &MailboxName) -> Result<MemoryMailbox, StoreError> {
        let id = self.account().find(name)?;
        MemoryMailbox::new(self.clone(), id)
    }

    async fn create(&self, name: &MailboxName) -> Result<(), StoreError> {
        self.account().create(name, None, &self.limits)
    }

    async fn create_with_uses(&self, name: &MailboxName, uses: &[SpecialUse]) -> Result<(), StoreError> {
        let attribute = match uses {
            [one] => special_use::attribute(one),
            _ => return Err(StoreError::SpecialUse("a mailbox is for one thing here")),
        };
        let no_such = StoreError::SpecialUse("no mailbox can be made for that here");
        self.account().create(name, Some(attribute.ok_or(no_such)?), &self.limits)
    }

    async fn delete(&self, name: &MailboxName) -> Result<(), StoreError> {
        self.account().delete(name)
    }

    async fn rename(&self, from: &MailboxName, to: &MailboxName) -> Result<(), StoreError> {
        self.account().rename(from, to, &self.limits)
    }

    async fn subscribe(&self, name: &MailboxName, subscription: Subscription) -> Result<(), StoreError> {
        self.account().subscribe(name, subscription, &self.limits)
    }

    async fn subscriptions(&self) -> Result<Vec<MailboxName>, StoreError> {
        Ok(self.account().subscriptions())
    }

    async fn news(&self, since: Option<Moment>) -> Result<News, StoreError> {
        Ok(self.account().news(since))
    }

    async fn wait(&self, since: Moment) {
        let mut news = self.account().watch();
        // The store is not gone while it is asked.
        let _ = news.wait_for(|moment| *moment > since).await;
    }

    async fn quota(&self) -> Result<Vec<QuotaUsage>, StoreError> {
        let octets = self.account().octets();
        // Of a unit that is begun some is used, and one that is not whole cannot be used up.
        let usage = octets.div_ceil(STORAGE_UNIT);
        let limit = self.limits.octets / STORAGE_UNIT;
        Ok(vec![QuotaUsage { resource: QuotaResource::Storage, usage, limit }])
    }

    async fn append(
        &self,
        mailbox: &MailboxName,
        flags: Vec<Flag>,
        date: Option<InternalDate>,
        size: u64,
    ) -> Result<MemoryAppend, StoreError> {
        let room = Room::reserve(self, mailbox, &flags, size)?;
        Ok(MemoryAppend::new(room, mailbox.clone(), flags, date))
    }

    async fn replace(
        &self,
        mailbox: &MemoryMailbox,
        replaced: Uid,
        new: MemoryAppend,
    ) -> Result<Option<Appended>, StoreError> {
        let (_, new) = new.into_new();
        self.account().replace(mailbox.id(), replaced, new, &self.limits)
    }
}

#[cfg(test)]
mod tests;

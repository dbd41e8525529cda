//! A store in memory: mail that lives as long as the process does.
//!
//! One lock guards the whole account, so that a copy, a move or a renaming is seen whole or not at all. It is held for
//! work in memory only, never across a wait.

mod account;
mod acl;
mod append;
mod body;
mod limits;
mod mailbox;
mod metadata;
mod names;
mod special_use;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tayori_proto::command::NewMetadata;
use tayori_proto::response::{ListAttribute, QuotaUsage};
use tayori_proto::types::{
    Flag, InternalDate, MailboxName, MetadataOwner, QuotaResource, Rights, SpecialUse, Uid, UidValidity,
};

use crate::rights;
use crate::store::{Appended, Entry, MetadataItem, Moment, News, Store, StoreError, Subscription};
use account::{Account, New};
use body::Body;
use mailbox::MailboxId;

use append::Room;

pub use append::MemoryAppend;
pub use limits::MemoryLimits;
pub use mailbox::{MemoryMailbox, MemoryMessage};

/// Why a message stays that the owner may not mark and expunge.
const NO_REMOVAL: &str = "you do not have the right to delete messages here";

/// In octets (RFC 9208 section 5.1).
const STORAGE_UNIT: u64 = 1024;

/// The mail of one user, in memory. Clones are the same store.
#[derive(Clone)]
pub struct MemoryStore {
    account: Arc<Mutex<Account>>,
    limits: MemoryLimits,
    /// Whose it is, if rights are kept.
    owner: Option<Arc<[u8]>>,
}

impl MemoryStore {
    /// A store with an empty `INBOX`.
    ///
    /// Its mailboxes get `validity` and the numbers behind it. Whoever makes another store under the same address
    /// should choose a larger one, since a client may remember what it saw here.
    pub fn new(validity: UidValidity, limits: MemoryLimits) -> Self {
        Self { account: Arc::new(Mutex::new(Account::new(validity))), limits, owner: None }
    }

    /// The same store, of which this user is the owner: it keeps who may do what with each mailbox (RFC 4314), and its
    /// sessions are held to it. The owner begins with all rights, and nothing keeps them from giving some of them away.
    /// A mailbox that is made gets the rights of the one above it.
    ///
    /// What is done past all sessions, such as [`MemoryStore::insert`], needs no right.
    #[must_use]
    pub fn owned_by(mut self, user: impl AsRef<[u8]>) -> Self {
        self.owner = Some(user.as_ref().into());
        self
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

    fn owner(&self) -> Option<&[u8]> {
        self.owner.as_deref()
    }

    fn require_owner(&self) -> Result<&[u8], StoreError> {
        self.owner().ok_or(StoreError::Cannot("rights are not kept here"))
    }

    /// What the owner may do with a mailbox.
    fn rights(&self, account: &Account, id: MailboxId) -> Result<Rights, StoreError> {
        let contents = account.contents(id)?;
        Ok(self.owner().map_or(rights::ALL, |owner| contents.acl().rights(owner)))
    }

    /// Fails without a right to a mailbox that the owner has opened.
    fn require_here(
        &self,
        account: &Account,
        id: MailboxId,
        right: Rights,
        why: &'static str,
    ) -> Result<(), StoreError> {
        if self.rights(account, id)?.has(right) { Ok(()) } else { Err(StoreError::NotPermitted(why)) }
    }

    /// The same for one that is named. What cannot be looked up is not there (RFC 4314 section 6).
    fn require(
        &self,
        account: &Account,
        id: MailboxId,
        right: Rights,
        why: &'static str,
    ) -> Result<Rights, StoreError> {
        let rights = self.rights(account, id)?;
        if rights.has(right) {
            Ok(rights)
        } else if rights.has(Rights::LOOKUP) {
            Err(StoreError::NotPermitted(why))
        } else {
            Err(StoreError::NonExistent)
        }
    }

    /// What the owner may do with a mailbox to which a message is to come.
    fn require_insert(&self, account: &Account, to: &MailboxName) -> Result<Rights, StoreError> {
        let why = "you do not have the right to add messages to that mailbox";
        self.require(account, account.find(to)?, Rights::INSERT, why)
    }

    /// Fails if a name may not be made: the nearest mailbox above it says so (RFC 4314 section 4, CREATE).
    fn require_create(&self, account: &Account, name: &MailboxName) -> Result<(), StoreError> {
        let why = "you do not have the right to make a mailbox there";
        match account.nearest_above(name) {
            // Whether one above can be looked up is seen from its name below it.
            Some(above) => self.require_here(account, above, Rights::CREATE, why),
            None => Ok(()),
        }
    }

    /// Fails if the mailbox of a name may not be deleted. A name without a mailbox has no rights.
    fn require_delete(&self, account: &Account, name: &MailboxName) -> Result<(), StoreError> {
        let why = "you do not have the right to delete that mailbox";
        match account.find(name) {
            Ok(id) => self.require(account, id, Rights::DELETE_MAILBOX, why).map(drop),
            Err(_) => Ok(()),
        }
    }

    /// Fails if what is noted of a mailbox is not for the owner's eyes and hands (RFC 5464 section 3.3). A name without
    /// a mailbox has no rights.
    fn require_notes(&self, account: &Account, owner: &MetadataOwner) -> Result<(), StoreError> {
        let MetadataOwner::Mailbox(name) = owner else { return Ok(()) };
        let Ok(id) = account.find(name) else { return Ok(()) };
        let why = "you do not have the right to see or to change what is noted of that mailbox";
        let mine = self.require(account, id, Rights::LOOKUP, why)?;
        if rights::any(mine, rights::NOTING) { Ok(()) } else { Err(StoreError::NotPermitted(why)) }
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
        Ok(self.account().entries(self.owner()))
    }

    async fn open(&self, name: &MailboxName) -> Result<MemoryMailbox, StoreError> {
        let id = self.account().find(name)?;
        MemoryMailbox::new(self.clone(), id)
    }

    async fn create(&self, name: &MailboxName) -> Result<(), StoreError> {
        let mut account = self.account();
        self.require_create(&account, name)?;
        account.create(name, None, &self.limits)
    }

    async fn create_with_uses(&self, name: &MailboxName, uses: &[SpecialUse]) -> Result<(), StoreError> {
        let attribute = match uses {
            [one] => special_use::attribute(one),
            _ => return Err(StoreError::SpecialUse("a mailbox is for one thing here")),
        };
        let no_such = StoreError::SpecialUse("no mailbox can be made for that here");
        let mut account = self.account();
        self.require_create(&account, name)?;
        account.create(name, Some(attribute.ok_or(no_such)?), &self.limits)
    }

    async fn delete(&self, name: &MailboxName) -> Result<(), StoreError> {
        let mut account = self.account();
        self.require_delete(&account, name)?;
        account.delete(name)
    }

    async fn rename(&self, from: &MailboxName, to: &MailboxName) -> Result<(), StoreError> {
        let mut account = self.account();
        self.require_delete(&account, from)?;
        self.require_create(&account, to)?;
        account.rename(from, to, &self.limits)
    }

    async fn subscribe(&self, name: &MailboxName, subscription: Subscription) -> Result<(), StoreError> {
        self.account().subscribe(name, subscription, &self.limits)
    }

    async fn subscriptions(&self) -> Result<Vec<MailboxName>, StoreError> {
        Ok(self.account().subscriptions())
    }

    async fn news(&self, since: Option<Moment>) -> Result<News, StoreError> {
        Ok(self.account().news(since, self.owner()))
    }

    async fn wait(&self, since: Moment) {
        let mut news = self.account().watch();
        // The store is not gone while it is asked.
        let _ = news.wait_for(|moment| *moment > since).await;
    }

    fn keeps_rights(&self) -> bool {
        self.owner.is_some()
    }

    async fn quota(&self) -> Result<Vec<QuotaUsage>, StoreError> {
        let octets = self.account().octets();
        // Of a unit that is begun some is used, and one that is not whole cannot be used up.
        let usage = octets.div_ceil(STORAGE_UNIT);
        let limit = self.limits.octets / STORAGE_UNIT;
        Ok(vec![QuotaUsage { resource: QuotaResource::Storage, usage, limit }])
    }

    fn keeps_metadata(&self) -> bool {
        true
    }

    async fn metadata(&self, owner: &MetadataOwner) -> Result<Vec<MetadataItem>, StoreError> {
        let account = self.account();
        self.require_notes(&account, owner)?;
        account.metadata(owner)
    }

    async fn set_metadata(&self, owner: &MetadataOwner, changes: Vec<NewMetadata>) -> Result<(), StoreError> {
        let mut account = self.account();
        self.require_notes(&account, owner)?;
        account.set_metadata(owner, changes, &self.limits)
    }

    async fn append(
        &self,
        mailbox: &MailboxName,
        flags: Vec<Flag>,
        date: Option<InternalDate>,
        size: u64,
    ) -> Result<MemoryAppend, StoreError> {
        let rights = self.require_insert(&self.account(), mailbox)?;
        let flags: Vec<Flag> = flags.into_iter().filter(|flag| rights.has(rights::for_flag(flag))).collect();
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
        let removing = Rights::DELETE_MESSAGES.union(Rights::EXPUNGE);
        let mut account = self.account();
        self.require_here(&account, mailbox.id(), removing, NO_REMOVAL)?;
        account.replace(mailbox.id(), replaced, new, &self.limits)
    }
}

#[cfg(test)]
mod tests;

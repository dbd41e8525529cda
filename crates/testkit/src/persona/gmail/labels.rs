//! Labels as mailboxes: a store around the one in memory that knows which messages are the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tayori_proto::command::{StoreChange, UnchangedSince};
use tayori_proto::response::ListAttribute;
use tayori_proto::types::{
    Flag, InternalDate, MailboxName, ModSeq, NameEncoding, ObjectId, SpecialUse, Uid, UidSet, UidValidity,
};
use tayori_server::memory::{MemoryAppend, MemoryMailbox, MemoryMessage, MemoryStore};
use tayori_server::store::{
    Append, Appended, Changes, Copied, Entry, Mailbox, Store, StoreError, Subscription,
};

use crate::pair::memory_store;

const ALL_MAIL: &str = "[Gmail]/All Mail";

/// The mail of a Gmail user. Clones are the same store.
///
/// Mailboxes with a UID validity of their own each are what makes a message's place unique here, so the store in memory
/// must not be changed past this one.
#[derive(Clone)]
pub struct GmailStore {
    inner: MemoryStore,
    labels: Labels,
}

/// Which messages are the same.
#[derive(Clone, Default)]
pub(super) struct Labels(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    messages: u64,
    /// What stands at each place.
    places: BTreeMap<(UidValidity, Uid), MessageId>,
    /// What each mailbox was called when it was last opened.
    names: BTreeMap<UidValidity, MailboxName>,
}

/// `X-GM-MSGID`
pub(super) type MessageId = u64;

/// As large as real ones, which need more than 60 bits.
const FIRST_MESSAGE: MessageId = 1_278_455_344_230_334_865;

impl GmailStore {
    pub(super) fn new() -> Self {
        let inner = memory_store();
        let special = [
            (ALL_MAIL, ListAttribute::All),
            ("[Gmail]/Drafts", ListAttribute::Drafts),
            ("[Gmail]/Important", ListAttribute::Important),
            ("[Gmail]/Sent Mail", ListAttribute::Sent),
            ("[Gmail]/Spam", ListAttribute::Junk),
            ("[Gmail]/Starred", ListAttribute::Flagged),
            ("[Gmail]/Trash", ListAttribute::Trash),
        ];
        for (name, special_use) in special {
            let name = MailboxName::new(name).expect("these are plain names");
            inner.create_for(&name, special_use).expect("the store is empty and has room");
        }
        Self { inner, labels: Labels::default() }
    }

    pub(super) fn labels(&self) -> Labels {
        self.labels.clone()
    }
}

impl Labels {
    pub(super) fn message(&self, validity: UidValidity, uid: Uid) -> Option<MessageId> {
        self.known().places.get(&(validity, uid)).copied()
    }

    /// The labels of a message as `X-GM-LABELS` has them. All Mail is none.
    pub(super) fn shown(&self, message: MessageId) -> String {
        let known = self.known();
        let places = known.places.iter().filter(|(_, there)| **there == message);
        let names = places.filter_map(|((validity, _), _)| known.names.get(validity));
        let shown = names.filter(|name| name.as_str() != ALL_MAIL).map(|name| {
            if name.is_inbox() {
                return "\"\\\\Inbox\"".to_owned();
            }
            let wire = name.to_wire(NameEncoding::default());
            let wire = String::from_utf8_lossy(&wire);
            format!("\"{}\"", wire.replace('\\', "\\\\").replace('"', "\\\""))
        });
        format!("({})", shown.collect::<Vec<_>>().join(" "))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn arrived(&self, places: impl IntoIterator<Item = (UidValidity, Uid)>) {
        let mut known = self.known();
        let message = FIRST_MESSAGE + known.messages;
        known.messages += 1;
        known.places.extend(places.into_iter().map(|place| (place, message)));
    }

    fn copied(&self, from: UidValidity, copied: &Copied) {
        let mut known = self.known();
        for (here, there) in &copied.uids {
            if let Some(message) = known.places.get(&(from, *here)).copied() {
                known.places.insert((copied.validity, *there), message);
            }
        }
    }

    /// Of these messages of one mailbox, those that another one does not have.
    fn missing(&self, uids: &UidSet, here: UidValidity, there: UidValidity) -> UidSet {
        let known = self.known();
        let messages = |validity| move |place: &(UidValidity, Uid)| place.0 == validity;
        let had: Vec<MessageId> =
            known.places.iter().filter(|(place, _)| messages(there)(place)).map(|(_, id)| *id).collect();
        let is_new = |uid: Uid| known.places.get(&(here, uid)).is_none_or(|message| !had.contains(message));
        let present = known.places.keys().filter(|place| messages(here)(place)).map(|(_, uid)| *uid);
        present.filter(|uid| uids.contains(*uid) && is_new(*uid)).collect()
    }

    /// These are all that are left in a mailbox.
    fn left(&self, validity: UidValidity, all: &Changes) {
        let left = |uid: Uid| all.messages.iter().any(|message| message.uid == uid);
        self.known().places.retain(|(mailbox, uid), _| *mailbox != validity || left(*uid));
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
        self.labels.known().names.insert(inner.validity(), name.clone());
        Ok(GmailMailbox { inner, store: self.clone() })
    }

    async fn create(&self, name: &MailboxName) -> Result<(), StoreError> {
        self.inner.create(name).await
    }

    async fn create_with_uses(&self, _name: &MailboxName, _uses: &[SpecialUse]) -> Result<(), StoreError> {
        Err(StoreError::SpecialUse("special uses cannot be given here"))
    }

    async fn delete(&self, name: &MailboxName) -> Result<(), StoreError> {
        let validity = self.inner.open(name).await?.validity();
        self.inner.delete(name).await?;
        self.labels.known().places.retain(|(mailbox, _), _| *mailbox != validity);
        Ok(())
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
    async fn forget_what_is_gone(&self) -> Result<(), StoreError> {
        let all = self.inner.changes(None).await?;
        self.store.labels.left(self.validity(), &all);
        Ok(())
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
        self.store.open(to).await?;
        let moved = self.inner.move_to(uids, to).await?;
        self.store.labels.copied(self.validity(), &moved);
        self.forget_what_is_gone().await?;
        Ok(moved)
    }
}

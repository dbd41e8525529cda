use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, Range};
use std::sync::Arc;

use bytes::Bytes;
use tayori_mime::Structure;
use tayori_proto::command::{RightsChange, StoreChange, UnchangedSince};
use tayori_proto::response::AclEntry;
use tayori_proto::types::{
    Flag, ImapString, InternalDate, MailboxName, ModSeq, ObjectId, Rights, Uid, UidSet, UidValidity,
};
use tokio::sync::watch;

use super::acl::Acl;
use super::append::now;
use super::body::Body;
use super::limits::MemoryLimits;
use super::{MemoryStore, NO_REMOVAL};
use crate::rights;
use crate::store::{Changes, Copied, Mailbox, Message, MessageState, Moment, StoreError, Tally};

/// What names a mailbox whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MailboxId(u64);

impl MailboxId {
    pub(super) const FIRST: Self = Self(1);

    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }

    pub(super) fn to_object_id(self) -> ObjectId {
        object_id('F', self.0)
    }
}

/// The messages of one mailbox.
pub(super) struct Contents {
    validity: UidValidity,
    /// `None` when the last UID has been given.
    uid_next: Option<Uid>,
    state: ModSeq,
    messages: BTreeMap<Uid, Stored>,
    /// Which message was changed last at which state; each is here once.
    by_change: BTreeMap<ModSeq, Uid>,
    /// Octets of all messages, with what is kept beside each.
    octets: u64,
    /// How many messages are without `\Seen`.
    unseen: usize,
    /// Every keyword that a message here has had, by its name in lower case: flags are the same in any case
    /// (RFC 9051 section 2.3.2), and the first spelling stays.
    keywords: BTreeMap<Vec<u8>, Flag>,
    /// Since which state a message is gone; ascending by state.
    vanished: Vec<(ModSeq, Uid)>,
    /// From here on no session has been told of a message as recent.
    recent_from: Option<Uid>,
    news: watch::Sender<ModSeq>,
    /// When the whole account was last told of a change here.
    touched: Moment,
    acl: Acl,
}

/// A message as it is kept. Clones share its octets.
#[derive(Clone)]
pub(super) struct Stored {
    flags: BTreeSet<Flag>,
    date: InternalDate,
    /// When it came here.
    saved: InternalDate,
    id: EmailId,
    body: Body,
    changed: ModSeq,
}

/// What names the content of a message wherever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EmailId(u64);

impl EmailId {
    pub(super) const FIRST: Self = Self(1);

    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A letter says of what it is the identity, and keeps it apart from a number.
fn object_id(kind: char, number: u64) -> ObjectId {
    ObjectId::new(format!("{kind}{number}")).expect("it is a letter and a number")
}

impl Stored {
    pub(super) fn new(flags: Vec<Flag>, date: InternalDate, body: Body, id: EmailId) -> Self {
        let flags = kept(&flags).cloned().collect();
        Self { flags, date, saved: date, id, body, changed: ModSeq::MIN }
    }

    pub(super) fn flags(&self) -> impl Iterator<Item = &Flag> {
        self.flags.iter()
    }

    /// Only flags that may be set with these rights (RFC 4314 section 4, COPY).
    pub(super) fn retain_flags(&mut self, rights: Rights) {
        self.flags.retain(|flag| rights.has(rights::for_flag(flag)));
    }

    /// 1 for a message without `\Seen`.
    fn is_unseen(&self) -> usize {
        usize::from(!self.flags.contains(&Flag::Seen))
    }

    /// What it counts against the limit, in octets.
    pub(super) fn weight(&self) -> u64 {
        self.body.size() + OVERHEAD
    }
}

/// What bounds a change of flags.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) limits: &'a MemoryLimits,
    /// What whoever changes them may do here.
    pub(super) rights: Rights,
}

/// What is kept beside the octets of a message, roughly.
pub(super) const OVERHEAD: u64 = 512;

fn is_keyword(flag: &Flag) -> bool {
    matches!(flag, Flag::Keyword(_) | Flag::Extension(_))
}

/// Without `\Recent`, which no client can set (RFC 3501 section 2.3.2).
fn kept<'a>(flags: impl IntoIterator<Item = &'a Flag>) -> impl Iterator<Item = &'a Flag> {
    flags.into_iter().filter(|flag| **flag != Flag::Recent)
}

impl Contents {
    pub(super) fn new(validity: UidValidity, now: Moment, acl: Acl) -> Self {
        Self {
            validity,
            uid_next: Some(Uid::MIN),
            state: ModSeq::MIN,
            messages: BTreeMap::new(),
            by_change: BTreeMap::new(),
            octets: 0,
            unseen: 0,
            keywords: BTreeMap::new(),
            vanished: Vec::new(),
            recent_from: Some(Uid::MIN),
            news: watch::Sender::new(ModSeq::MIN),
            touched: now,
            acl,
        }
    }

    pub(super) fn add(&mut self, message: Stored) -> Result<Uid, StoreError> {
        let uid = self.uid_next.ok_or(NO_UIDS)?;
        self.uid_next = uid.value().checked_add(1).and_then(Uid::new);
        let changed = self.advance();
        self.by_change.insert(changed, uid);
        self.octets += message.weight();
        self.unseen += message.is_unseen();
        let flags = message.flags.iter().map(|flag| self.canonical(flag)).collect();
        self.messages.insert(uid, Stored { changed, flags, saved: now(), ..message });
        Ok(uid)
    }

    /// Removes messages. Whoever calls knows that they are to go.
    pub(super) fn remove(&mut self, uids: &UidSet) {
        let gone: Vec<Uid> = self.those_uids(uids).collect();
        for uid in gone {
            if let Some(message) = self.messages.remove(&uid) {
                self.octets -= message.weight();
                self.unseen -= message.is_unseen();
                self.by_change.remove(&message.changed);
            }
            let state = self.advance();
            self.vanished.push((state, uid));
        }
    }

    fn store(
        &mut self,
        uids: &UidSet,
        change: StoreChange,
        flags: &[Flag],
        order: Order<'_>,
    ) -> Result<(), StoreError> {
        self.store_if(uids, change, flags, order, |_, _| true).map(drop)
    }

    /// Says which messages stayed as they are.
    fn store_unless_changed(
        &mut self,
        uids: &UidSet,
        since: UnchangedSince,
        change: StoreChange,
        flags: &[Flag],
        order: Order<'_>,
    ) -> Result<UidSet, StoreError> {
        self.store_if(uids, change, flags, order, |message, flags| match since {
            UnchangedSince::ModSeq(since) => message.changed <= since,
            // A flag of the system counts as set once, whether it is or not (RFC 7162 section 3.1.3), and one that
            // replaces all flags is about those as well.
            UnchangedSince::Zero => {
                change != StoreChange::Replace
                    && flags.iter().all(|flag| is_keyword(flag) && !message.flags.contains(flag))
            }
        })
    }

    /// Changes the messages that pass a test, which is given the flags as this mailbox spells them. Says which do not.
    fn store_if(
        &mut self,
        uids: &UidSet,
        change: StoreChange,
        flags: &[Flag],
        order: Order<'_>,
        passes: impl Fn(&Stored, &[Flag]) -> bool,
    ) -> Result<UidSet, StoreError> {
        let Order { limits, rights } = order;
        let permitted: Vec<Flag> =
            flags.iter().filter(|flag| rights.has(rights::for_flag(flag))).cloned().collect();
        let refused = match change {
            // It is about every flag, whatever it names.
            StoreChange::Replace => !rights::any(rights, rights::CHANGE_FLAGS),
            StoreChange::Add | StoreChange::Remove => permitted.is_empty() && !flags.is_empty(),
        };
        if refused {
            return Err(StoreError::NotPermitted("you do not have the right to change these flags"));
        }
        let flags = &permitted[..];
        if change != StoreChange::Remove {
            self.check_keywords(flags, limits)?;
        }
        let flags: Vec<Flag> = match change {
            StoreChange::Remove => {
                flags.iter().map(|flag| self.known(flag).unwrap_or(flag).clone()).collect()
            }
            StoreChange::Add | StoreChange::Replace => kept(flags).map(|flag| self.canonical(flag)).collect(),
        };
        let uids: Vec<Uid> = self.those_uids(uids).collect();
        let mut left = UidSet::new();
        for uid in uids {
            let state = next(self.state);
            let Some(message) = self.messages.get_mut(&uid) else { continue };
            if !passes(message, &flags) {
                left.insert(uid);
                continue;
            }
            let mut new = message.flags.clone();
            change.apply(&mut new, &flags);
            // What a replacement leaves out stays where it may not be taken away.
            new.extend(message.flags.iter().filter(|flag| !rights.has(rights::for_flag(flag))).cloned());
            if new != message.flags {
                self.unseen -= message.is_unseen();
                message.flags = new;
                self.unseen += message.is_unseen();
                self.by_change.remove(&message.changed);
                self.by_change.insert(state, uid);
                message.changed = state;
                self.state = state;
            }
        }
        Ok(left)
    }

    /// The flag in the spelling that this mailbox has for it, which is this one if it has none yet.
    fn canonical(&mut self, flag: &Flag) -> Flag {
        if let Some(known) = self.known(flag) {
            return known.clone();
        }
        let name = flag.to_bytes();
        // A copy: what comes from a socket shares a read buffer.
        let own = Flag::new(name.clone()).unwrap_or_else(|_| flag.clone());
        if is_keyword(flag) {
            self.keywords.insert(name.to_ascii_lowercase(), own.clone());
        }
        own
    }

    fn known(&self, flag: &Flag) -> Option<&Flag> {
        self.keywords.get(&flag.to_bytes().to_ascii_lowercase())
    }

    fn expunge(&mut self, uids: &UidSet) {
        let deleted = self.those_uids(uids).filter(|uid| {
            self.messages.get(uid).is_some_and(|message| message.flags.contains(&Flag::Deleted))
        });
        let deleted: UidSet = deleted.collect();
        self.remove(&deleted);
    }

    /// Tells everybody who waits for news of this mailbox. If there is any, it says when there was some before.
    pub(super) fn announce(&mut self, now: Moment) -> Option<Moment> {
        let is_news = self.news.send_if_modified(|state| {
            let newer = *state != self.state;
            *state = self.state;
            newer
        });
        is_news.then(|| std::mem::replace(&mut self.touched, now))
    }

    fn advance(&mut self) -> ModSeq {
        self.state = next(self.state);
        self.state
    }

    pub(super) fn validity(&self) -> UidValidity {
        self.validity
    }

    pub(super) fn acl(&self) -> &Acl {
        &self.acl
    }

    pub(super) fn acl_mut(&mut self) -> &mut Acl {
        &mut self.acl
    }

    pub(super) fn octets(&self) -> u64 {
        self.octets
    }

    /// When it last said that there was news.
    pub(super) fn touched(&self) -> Moment {
        self.touched
    }

    pub(super) fn tally(&self) -> Tally {
        Tally {
            validity: self.validity,
            uid_next: self.uid_next,
            messages: self.messages.len(),
            unseen: self.unseen,
            state: self.state,
        }
    }

    /// Without what is kept beside each.
    fn message_octets(&self) -> u64 {
        self.octets - self.messages.len() as u64 * OVERHEAD
    }

    pub(super) fn uids(&self) -> UidSet {
        self.messages.keys().copied().collect()
    }

    pub(super) fn those(&self, uids: &UidSet) -> Vec<(Uid, Stored)> {
        let uids = self.those_uids(uids);
        uids.filter_map(|uid| Some((uid, self.messages.get(&uid)?.clone()))).collect()
    }

    /// Those of them that are here. A set of a few octets can have four thousand million members.
    fn those_uids(&self, uids: &UidSet) -> impl Iterator<Item = Uid> {
        uids.ranges().flat_map(|range| self.messages.range(range)).map(|(uid, _)| *uid)
    }

    pub(super) fn check_uids(&self, more: usize) -> Result<(), StoreError> {
        let left = self.uid_next.map_or(0, |next| u64::from(u32::MAX - next.value()) + 1);
        if more as u64 > left { Err(NO_UIDS) } else { Ok(()) }
    }

    pub(super) fn check_keywords<'a>(
        &self,
        flags: impl IntoIterator<Item = &'a Flag>,
        limits: &MemoryLimits,
    ) -> Result<(), StoreError> {
        let new: BTreeSet<&Flag> =
            flags.into_iter().filter(|flag| is_keyword(flag) && self.known(flag).is_none()).collect();
        if new.iter().any(|flag| flag.to_bytes().len() > limits.keyword_octets) {
            return Err(StoreError::Limit("the keyword is too long"));
        }
        if !new.is_empty() && self.keywords.len() + new.len() > limits.keywords {
            return Err(StoreError::Limit("there are too many different keywords"));
        }
        Ok(())
    }

    fn changes(&self, since: Option<ModSeq>) -> Changes {
        let mut changes = Changes {
            state: self.state,
            uid_next: self.uid_next,
            vanished: UidSet::new(),
            messages: Vec::new(),
        };
        if since == Some(self.state) {
            return changes;
        }
        if let Some(since) = since {
            let first = self.vanished.partition_point(|(state, _)| *state <= since);
            changes.vanished = self.vanished[first..].iter().map(|(_, uid)| *uid).collect();
        }
        let behind = since.map_or(Bound::Unbounded, Bound::Excluded);
        let mut uids: Vec<Uid> =
            self.by_change.range((behind, Bound::Unbounded)).map(|(_, uid)| *uid).collect();
        uids.sort_unstable();
        let messages = uids.into_iter().filter_map(|uid| Some((uid, self.messages.get(&uid)?)));
        changes.messages = messages
            .map(|(uid, message)| MessageState {
                uid,
                flags: message.flags.iter().cloned().collect(),
                changed: message.changed,
            })
            .collect();
        changes
    }

    fn recent(&self) -> UidSet {
        let from = self.recent_from.into_iter();
        from.flat_map(|from| self.messages.range(from..)).map(|(uid, _)| *uid).collect()
    }
}

const NO_UIDS: StoreError = StoreError::Limit("the mailbox has given all of its UIDs");

/// A process that changes a flag a thousand million times a second reaches the end of this after 290 years.
fn next(state: ModSeq) -> ModSeq {
    ModSeq::new(state.value() + 1).unwrap_or(ModSeq::MAX)
}

/// A mailbox of a [`MemoryStore`].
pub struct MemoryMailbox {
    store: MemoryStore,
    id: MailboxId,
    validity: UidValidity,
    news: watch::Receiver<ModSeq>,
}

impl MemoryMailbox {
    pub(super) fn new(store: MemoryStore, id: MailboxId) -> Result<Self, StoreError> {
        let (validity, news) = {
            let account = store.account();
            let contents = account.contents(id)?;
            (contents.validity, contents.news.subscribe())
        };
        Ok(Self { store, id, validity, news })
    }

    pub(super) fn id(&self) -> MailboxId {
        self.id
    }
}

impl Mailbox for MemoryMailbox {
    type Message = MemoryMessage;

    fn validity(&self) -> UidValidity {
        self.validity
    }

    fn id(&self) -> ObjectId {
        self.id.to_object_id()
    }

    async fn rights(&self) -> Result<Rights, StoreError> {
        self.store.rights(&self.store.account(), self.id)
    }

    async fn acl(&self) -> Result<Vec<AclEntry>, StoreError> {
        let owner = self.store.require_owner()?;
        Ok(self.store.account().contents(self.id)?.acl().entries(owner))
    }

    async fn change_rights(&self, identifier: &ImapString, change: RightsChange) -> Result<(), StoreError> {
        let owner = self.store.require_owner()?;
        let mut account = self.store.account();
        let acl = account.contents_mut(self.id)?.acl_mut();
        acl.change(owner, identifier.as_bytes(), change, &self.store.limits)?;
        account.announce_names();
        Ok(())
    }

    async fn forget_rights(&self, identifier: &ImapString) -> Result<(), StoreError> {
        let owner = self.store.require_owner()?;
        let mut account = self.store.account();
        account.contents_mut(self.id)?.acl_mut().forget(owner, identifier.as_bytes());
        account.announce_names();
        Ok(())
    }

    async fn changes(&self, since: Option<ModSeq>) -> Result<Changes, StoreError> {
        Ok(self.store.account().contents(self.id)?.changes(since))
    }

    async fn wait(&self, since: ModSeq) {
        // An error says that the mailbox has been deleted, which is news as well.
        let _ = self.news.clone().wait_for(|state| *state > since).await;
    }

    async fn claim_recent(&self) -> Result<UidSet, StoreError> {
        let mut account = self.store.account();
        let contents = account.contents_mut(self.id)?;
        let recent = contents.recent();
        contents.recent_from = contents.uid_next;
        Ok(recent)
    }

    async fn unclaimed_recent(&self) -> Result<UidSet, StoreError> {
        Ok(self.store.account().contents(self.id)?.recent())
    }

    async fn octets(&self) -> Result<u64, StoreError> {
        Ok(self.store.account().contents(self.id)?.message_octets())
    }

    async fn message(&self, uid: Uid) -> Result<Option<MemoryMessage>, StoreError> {
        let account = self.store.account();
        let message = account.contents(self.id)?.messages.get(&uid);
        Ok(message.map(|message| MemoryMessage {
            date: message.date,
            saved: message.saved,
            id: message.id,
            body: message.body.clone(),
        }))
    }

    async fn store(&self, uids: &UidSet, change: StoreChange, flags: &[Flag]) -> Result<(), StoreError> {
        let mut account = self.store.account();
        let order = Order { limits: &self.store.limits, rights: self.store.rights(&account, self.id)? };
        let contents = account.contents_mut(self.id)?;
        contents.store(uids, change, flags, order)?;
        account.announce(self.id);
        Ok(())
    }

    async fn store_unless_changed(
        &self,
        uids: &UidSet,
        since: UnchangedSince,
        change: StoreChange,
        flags: &[Flag],
    ) -> Result<UidSet, StoreError> {
        let mut account = self.store.account();
        let order = Order { limits: &self.store.limits, rights: self.store.rights(&account, self.id)? };
        let contents = account.contents_mut(self.id)?;
        let left = contents.store_unless_changed(uids, since, change, flags, order)?;
        account.announce(self.id);
        Ok(left)
    }

    async fn expunge(&self, uids: &UidSet) -> Result<(), StoreError> {
        let mut account = self.store.account();
        self.store.require_here(
            &account,
            self.id,
            Rights::EXPUNGE,
            "you do not have the right to expunge",
        )?;
        account.contents_mut(self.id)?.expunge(uids);
        account.announce(self.id);
        Ok(())
    }

    async fn copy(&self, uids: &UidSet, to: &MailboxName) -> Result<Copied, StoreError> {
        let mut account = self.store.account();
        let rights = self.store.require_insert(&account, to)?;
        account.copy(self.id, uids, to, Order { limits: &self.store.limits, rights })
    }

    async fn move_to(&self, uids: &UidSet, to: &MailboxName) -> Result<Copied, StoreError> {
        let mut account = self.store.account();
        // As many steps as it is one of (RFC 6851 section 3.3).
        let removing = Rights::DELETE_MESSAGES.union(Rights::EXPUNGE);
        self.store.require_here(&account, self.id, removing, NO_REMOVAL)?;
        let rights = self.store.require_insert(&account, to)?;
        account.move_to(self.id, uids, to, Order { limits: &self.store.limits, rights })
    }
}

/// A message of a [`MemoryStore`].
pub struct MemoryMessage {
    date: InternalDate,
    saved: InternalDate,
    id: EmailId,
    body: Body,
}

impl Message for MemoryMessage {
    fn date(&self) -> InternalDate {
        self.date
    }

    fn saved(&self) -> Option<InternalDate> {
        Some(self.saved)
    }

    fn email_id(&self) -> ObjectId {
        object_id('M', self.id.0)
    }

    fn size(&self) -> u64 {
        self.body.size()
    }

    async fn structure(&self) -> Result<Arc<Structure>, StoreError> {
        Ok(self.body.structure().await)
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes, StoreError> {
        Ok(self.body.read(&range))
    }
}

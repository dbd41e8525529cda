use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use tayori_proto::command::NewMetadata;
use tayori_proto::response::ListAttribute;
use tayori_proto::types::{Flag, InternalDate, MailboxName, MetadataOwner, Rights, Uid, UidSet, UidValidity};
use tokio::sync::watch;

use super::acl::Acl;
use super::body::Body;
use super::limits::MemoryLimits;
use super::mailbox::{Contents, EmailId, MailboxId, OVERHEAD, Order, Stored};
use super::metadata::Notes;
use super::names;
use crate::hierarchy::{below, superior_names};
use crate::rights;
use crate::store::{
    Appended, Copied, Entry, EntryKind, MetadataItem, Moment, Names, News, StoreError, Subscription,
};

/// All that a user has. Its methods do their work whole or fail and change nothing.
pub(super) struct Account {
    names: BTreeMap<MailboxName, Node>,
    mailboxes: HashMap<MailboxId, Contents>,
    subscriptions: BTreeSet<MailboxName>,
    /// Of the server.
    notes: Notes,
    moment: Moment,
    /// When a name or a subscription changed last.
    names_changed: Moment,
    /// Which mailbox was changed last at which moment; each is here once, with the moment that it has itself.
    by_change: BTreeMap<Moment, MailboxId>,
    moments: watch::Sender<Moment>,
    /// Octets of messages that are on their way.
    coming: u64,
    next_id: MailboxId,
    next_validity: UidValidity,
    next_email: EmailId,
}

/// A message that is to be kept.
pub(super) struct New {
    pub(super) mailbox: MailboxName,
    pub(super) flags: Vec<Flag>,
    pub(super) date: InternalDate,
    pub(super) body: Body,
}

impl New {
    fn weight(&self) -> u64 {
        self.body.size().saturating_add(OVERHEAD)
    }
}

/// What stands behind a name.
struct Node {
    /// `None` for a name that only stands above others.
    mailbox: Option<MailboxId>,
    special_use: Option<ListAttribute>,
    notes: Notes,
}

impl Node {
    fn new(mailbox: Option<MailboxId>, special_use: Option<ListAttribute>) -> Self {
        Self { mailbox, special_use, notes: Notes::default() }
    }
}

impl Account {
    pub(super) fn new(validity: UidValidity) -> Self {
        let mut account = Self {
            names: BTreeMap::new(),
            mailboxes: HashMap::new(),
            subscriptions: BTreeSet::new(),
            notes: Notes::default(),
            moment: Moment::default(),
            names_changed: Moment::default(),
            by_change: BTreeMap::new(),
            moments: watch::Sender::new(Moment::default()),
            coming: 0,
            next_id: MailboxId::FIRST,
            next_validity: validity,
            next_email: EmailId::FIRST,
        };
        let mailbox = Some(account.add_mailbox(Acl::default()));
        account.names.insert(MailboxName::inbox(), Node::new(mailbox, None));
        account
    }

    /// Those that the owner may look up; all, if rights are not kept.
    pub(super) fn entries(&self, owner: Option<&[u8]>) -> Vec<Entry> {
        let entry = |(name, node): (&MailboxName, &Node)| Entry {
            name: name.clone(),
            kind: if node.mailbox.is_some() { EntryKind::Mailbox } else { EntryKind::NoSelect },
            special_use: node.special_use.clone(),
            id: node.mailbox.map(MailboxId::to_object_id),
        };
        let (inbox, others): (Vec<_>, Vec<_>) = self.names.iter().partition(|(name, _)| name.is_inbox());
        let is_shown = |(_, node): &(&MailboxName, &Node)| {
            node.mailbox.is_none_or(|id| self.permits(owner, id, Rights::LOOKUP))
        };
        inbox.into_iter().chain(others).filter(is_shown).map(entry).collect()
    }

    fn permits(&self, owner: Option<&[u8]>, id: MailboxId, right: Rights) -> bool {
        let rights = |owner| self.mailboxes.get(&id).map(|contents| contents.acl().rights(owner));
        owner.is_none_or(|owner| rights(owner).is_some_and(|rights| rights.has(right)))
    }

    pub(super) fn subscriptions(&self) -> Vec<MailboxName> {
        self.subscriptions.iter().cloned().collect()
    }

    pub(super) fn find(&self, name: &MailboxName) -> Result<MailboxId, StoreError> {
        self.names.get(name).and_then(|node| node.mailbox).ok_or(StoreError::NonExistent)
    }

    pub(super) fn contents(&self, id: MailboxId) -> Result<&Contents, StoreError> {
        self.mailboxes.get(&id).ok_or(StoreError::NonExistent)
    }

    pub(super) fn contents_mut(&mut self, id: MailboxId) -> Result<&mut Contents, StoreError> {
        self.mailboxes.get_mut(&id).ok_or(StoreError::NonExistent)
    }

    pub(super) fn create(
        &mut self,
        name: &MailboxName,
        special_use: Option<ListAttribute>,
        limits: &MemoryLimits,
    ) -> Result<(), StoreError> {
        let name = names::without_trailing_delimiter(name)?;
        names::check(&name, limits.name_octets)?;
        if self.names.get(&name).is_some_and(|node| node.mailbox.is_some()) {
            return Err(StoreError::AlreadyExists);
        }
        self.add_superiors(&name, 1, limits)?;
        // It begins with the rights of the one above (RFC 4314 section 4, CREATE).
        let acl = self.nearest_above(&name).and_then(|id| Some(self.mailboxes.get(&id)?.acl().clone()));
        let mailbox = Some(self.add_mailbox(acl.unwrap_or_default()));
        // A name that stood above others is the same name still, with what was noted of it.
        let notes = self.names.remove(&name).map(|node| node.notes).unwrap_or_default();
        self.names.insert(name, Node { notes, ..Node::new(mailbox, special_use) });
        self.announce_names();
        Ok(())
    }

    pub(super) fn delete(&mut self, name: &MailboxName) -> Result<(), StoreError> {
        if name.is_inbox() {
            return Err(StoreError::Cannot("INBOX cannot be deleted"));
        }
        let has_children = self.names.keys().any(|other| below(other, name, names::DELIMITER).is_some());
        let node = self.names.get_mut(name).ok_or(StoreError::NonExistent)?;
        if has_children && node.mailbox.is_none() {
            return Err(StoreError::Cannot("the name has mailboxes below it and none of its own"));
        }
        // Asked for by name: the messages go with the mailbox.
        if let Some(id) = node.mailbox.take()
            && let Some(contents) = self.mailboxes.remove(&id)
        {
            self.by_change.remove(&contents.touched());
        }
        node.special_use = None;
        node.notes = Notes::default();
        if !has_children {
            self.names.remove(name);
        }
        self.announce_names();
        Ok(())
    }

    pub(super) fn rename(
        &mut self,
        from: &MailboxName,
        to: &MailboxName,
        limits: &MemoryLimits,
    ) -> Result<(), StoreError> {
        let to = names::without_trailing_delimiter(to)?;
        names::check(&to, limits.name_octets)?;
        if !self.names.contains_key(from) {
            return Err(StoreError::NonExistent);
        }
        if self.names.contains_key(&to) {
            return Err(StoreError::AlreadyExists);
        }
        if from.is_inbox() {
            return self.empty_inbox_into(to, limits);
        }
        if below(&to, from, names::DELIMITER).is_some() {
            return Err(StoreError::Cannot("a mailbox cannot become its own child"));
        }
        let mut renamed = vec![(from.clone(), to.clone())];
        let inferior = |name| Some((name, below(name, from, names::DELIMITER)?));
        for (name, rest) in self.names.keys().filter_map(inferior) {
            let new = MailboxName::new(format!("{}{}{rest}", to.as_str(), names::DELIMITER));
            let new = new.map_err(|_| StoreError::Cannot("the name cannot be one"))?;
            names::check(&new, limits.name_octets)?;
            // Nothing can stand there: `to` is a new name, and where there are names below it, it is one itself.
            renamed.push((name.clone(), new));
        }
        self.add_superiors(&to, 0, limits)?;
        for (old, new) in renamed {
            if let Some(node) = self.names.remove(&old) {
                self.names.insert(new, node);
            }
        }
        self.announce_names();
        Ok(())
    }

    pub(super) fn subscribe(
        &mut self,
        name: &MailboxName,
        subscription: Subscription,
        limits: &MemoryLimits,
    ) -> Result<(), StoreError> {
        let before = self.subscriptions.len();
        match subscription {
            Subscription::Subscribed => {
                names::check(name, limits.name_octets)?;
                if self.subscriptions.len() >= limits.mailboxes && !self.subscriptions.contains(name) {
                    return Err(StoreError::Limit("there are too many subscriptions"));
                }
                self.subscriptions.insert(name.clone());
            }
            Subscription::Unsubscribed => {
                self.subscriptions.remove(name);
            }
        }
        if self.subscriptions.len() != before {
            self.announce_names();
        }
        Ok(())
    }

    pub(super) fn metadata(&self, owner: &MetadataOwner) -> Result<Vec<MetadataItem>, StoreError> {
        Ok(self.notes(owner)?.items())
    }

    pub(super) fn set_metadata(
        &mut self,
        owner: &MetadataOwner,
        changes: Vec<NewMetadata>,
        limits: &MemoryLimits,
    ) -> Result<(), StoreError> {
        let notes = self.notes(owner)?;
        let changed = notes.changed(changes, limits)?;
        self.check_octets(changed.octets().saturating_sub(notes.octets()), limits)?;
        match owner {
            MetadataOwner::Server => self.notes = changed,
            MetadataOwner::Mailbox(name) => {
                self.names.get_mut(name).ok_or(StoreError::NonExistent)?.notes = changed;
            }
        }
        Ok(())
    }

    fn notes(&self, owner: &MetadataOwner) -> Result<&Notes, StoreError> {
        match owner {
            MetadataOwner::Server => Ok(&self.notes),
            MetadataOwner::Mailbox(name) => {
                self.names.get(name).map(|node| &node.notes).ok_or(StoreError::NonExistent)
            }
        }
    }

    /// Keeps room for a message that is to come, until it is given back with [`Account::release`].
    pub(super) fn reserve(
        &mut self,
        mailbox: &MailboxName,
        flags: &[Flag],
        size: u64,
        limits: &MemoryLimits,
    ) -> Result<(), StoreError> {
        self.check_room(mailbox, flags, size, limits)?;
        self.coming += size;
        Ok(())
    }

    pub(super) fn release(&mut self, size: u64) {
        self.coming -= size;
    }

    fn check_room(
        &self,
        mailbox: &MailboxName,
        flags: &[Flag],
        size: u64,
        limits: &MemoryLimits,
    ) -> Result<(), StoreError> {
        let contents = self.contents(self.find(mailbox)?)?;
        contents.check_keywords(flags, limits)?;
        contents.check_uids(1)?;
        self.check_octets(size.saturating_add(OVERHEAD), limits)
    }

    pub(super) fn append(&mut self, new: New, limits: &MemoryLimits) -> Result<Appended, StoreError> {
        self.check_room(&new.mailbox, &new.flags, new.body.size(), limits)?;
        let New { mailbox, flags, date, body } = new;
        let email = self.next_email();
        let id = self.find(&mailbox)?;
        let contents = self.contents_mut(id)?;
        let uid = contents.add(Stored::new(flags, date, body, email))?;
        let validity = contents.validity();
        self.announce(id);
        Ok(Appended { mailbox: id.to_object_id(), validity, uid })
    }

    /// Messages for one mailbox.
    pub(super) fn append_all(
        &mut self,
        new: Vec<New>,
        limits: &MemoryLimits,
    ) -> Result<Vec<Appended>, StoreError> {
        let Some(first) = new.first() else { return Ok(Vec::new()) };
        let id = self.find(&first.mailbox)?;
        // All that can fail comes first.
        let contents = self.contents(id)?;
        contents.check_keywords(new.iter().flat_map(|new| &new.flags), limits)?;
        contents.check_uids(new.len())?;
        self.check_octets(new.iter().map(New::weight).sum(), limits)?;
        let stored: Vec<Stored> = new
            .into_iter()
            .map(|New { flags, date, body, .. }| Stored::new(flags, date, body, self.next_email()))
            .collect();
        let contents = self.contents_mut(id)?;
        let validity = contents.validity();
        let add =
            |message| contents.add(message).map(|uid| Appended { mailbox: id.to_object_id(), validity, uid });
        let appended = stored.into_iter().map(add).collect();
        self.announce(id);
        appended
    }

    /// Puts a message into its mailbox and removes another one, which has to be there.
    pub(super) fn replace(
        &mut self,
        from: MailboxId,
        replaced: Uid,
        new: New,
        limits: &MemoryLimits,
    ) -> Result<Option<Appended>, StoreError> {
        let replaced = UidSet::from(replaced);
        if self.contents(from)?.those(&replaced).is_empty() {
            return Ok(None);
        }
        let appended = self.append(new, limits)?;
        // What proves that the new message is kept is the UID it has just been given, under the same lock.
        self.contents_mut(from)?.remove(&replaced);
        self.announce(from);
        Ok(Some(appended))
    }

    pub(super) fn copy(
        &mut self,
        from: MailboxId,
        uids: &UidSet,
        to: &MailboxName,
        order: Order<'_>,
    ) -> Result<Copied, StoreError> {
        let (to, messages) = self.outgoing(from, uids, to, order)?;
        self.check_octets(messages.iter().map(|(_, message)| message.weight()).sum(), order.limits)?;
        self.add_all(messages, to)
    }

    /// The messages are in both mailboxes before they leave the first, and all of it happens under one lock.
    pub(super) fn move_to(
        &mut self,
        from: MailboxId,
        uids: &UidSet,
        to: &MailboxName,
        order: Order<'_>,
    ) -> Result<Copied, StoreError> {
        let (to, messages) = self.outgoing(from, uids, to, order)?;
        let copied = self.add_all(messages, to)?;
        // What proves that a copy exists is its UID in the other mailbox, which `add_all` has just given.
        let gone: UidSet = copied.uids.iter().map(|(here, _)| *here).collect();
        self.contents_mut(from)?.remove(&gone);
        self.announce(from);
        Ok(copied)
    }

    /// Messages on their way to another mailbox, which can take all of them but for their octets.
    fn outgoing(
        &self,
        from: MailboxId,
        uids: &UidSet,
        to: &MailboxName,
        Order { limits, rights }: Order<'_>,
    ) -> Result<(MailboxId, Vec<(Uid, Stored)>), StoreError> {
        let to = self.find(to)?;
        let mut messages = self.contents(from)?.those(uids);
        messages.iter_mut().for_each(|(_, message)| message.retain_flags(rights));
        let target = self.contents(to)?;
        target.check_uids(messages.len())?;
        target.check_keywords(flags_of(&messages), limits)?;
        Ok((to, messages))
    }

    fn add_all(&mut self, messages: Vec<(Uid, Stored)>, to: MailboxId) -> Result<Copied, StoreError> {
        let target = self.contents_mut(to)?;
        let mut uids = Vec::with_capacity(messages.len());
        for (uid, message) in messages {
            uids.push((uid, target.add(message)?));
        }
        let validity = target.validity();
        self.announce(to);
        Ok(Copied { mailbox: to.to_object_id(), validity, uids })
    }

    fn empty_inbox_into(&mut self, to: MailboxName, limits: &MemoryLimits) -> Result<(), StoreError> {
        let inbox = self.find(&MailboxName::inbox())?;
        self.create(&to, None, limits)?;
        // What is noted of it is there twice then (RFC 5464 section 4.1), if there is room.
        let notes = self.notes(&MailboxName::inbox().into())?.clone();
        if self.check_octets(notes.octets(), limits).is_ok()
            && let Some(node) = self.names.get_mut(&names::without_trailing_delimiter(&to)?)
        {
            node.notes = notes;
        }
        let all = self.contents(inbox)?.uids();
        self.move_to(inbox, &all, &to, Order { limits, rights: rights::ALL }).map(drop)
    }

    fn next_email(&mut self) -> EmailId {
        let id = self.next_email;
        self.next_email = id.next();
        id
    }

    /// The nearest mailbox above a name, if there is one; names that cannot be selected are none.
    pub(super) fn nearest_above(&self, name: &MailboxName) -> Option<MailboxId> {
        let above = superior_names(name, names::DELIMITER);
        above.filter_map(|above| self.names.get(&above)?.mailbox).last()
    }

    fn add_mailbox(&mut self, acl: Acl) -> MailboxId {
        let id = self.next_id;
        self.next_id = id.next();
        let moment = self.advance();
        self.mailboxes.insert(id, Contents::new(self.next_validity, moment, acl));
        self.by_change.insert(moment, id);
        // After four thousand million mailboxes the numbers begin anew.
        self.next_validity =
            UidValidity::new(self.next_validity.value().wrapping_add(1)).unwrap_or(UidValidity::MIN);
        id
    }

    /// Tells everybody who waits what has been done in a mailbox, if anything was.
    pub(super) fn announce(&mut self, id: MailboxId) {
        let moment = Moment(self.moment.0 + 1);
        let Some(contents) = self.mailboxes.get_mut(&id) else { return };
        if let Some(before) = contents.announce(moment) {
            self.by_change.remove(&before);
            self.by_change.insert(moment, id);
            self.moment = moment;
            self.moments.send_replace(moment);
        }
    }

    pub(super) fn announce_names(&mut self) {
        self.names_changed = self.advance();
        self.moments.send_replace(self.moment);
    }

    fn advance(&mut self) -> Moment {
        self.moment = Moment(self.moment.0 + 1);
        self.moment
    }

    pub(super) fn watch(&self) -> watch::Receiver<Moment> {
        self.moments.subscribe()
    }

    /// Costs as much as has changed. What the owner may not read is left out.
    pub(super) fn news(&self, since: Option<Moment>, owner: Option<&[u8]>) -> News {
        let names = || Names { entries: self.entries(owner), subscriptions: self.subscriptions() };
        let behind = since.map_or(Bound::Unbounded, Bound::Excluded);
        let told = Rights::LOOKUP.union(Rights::READ);
        let changed = self.by_change.range((behind, Bound::Unbounded));
        let changed = changed.filter(|(_, id)| self.permits(owner, **id, told));
        News {
            moment: self.moment,
            names: since.is_none_or(|since| self.names_changed > since).then(names),
            changed: changed
                .filter_map(|(_, id)| Some((id.to_object_id(), self.mailboxes.get(id)?.tally())))
                .collect(),
        }
    }

    /// Makes the names above this one where there are none, if there is room for them and for `more`.
    fn add_superiors(
        &mut self,
        name: &MailboxName,
        more: usize,
        limits: &MemoryLimits,
    ) -> Result<(), StoreError> {
        let missing: Vec<_> =
            superior_names(name, names::DELIMITER).filter(|above| !self.names.contains_key(above)).collect();
        if self.names.len() + missing.len() + more > limits.mailboxes {
            return Err(StoreError::Limit("there are too many mailboxes"));
        }
        for above in missing {
            self.names.insert(above, Node::new(None, None));
        }
        Ok(())
    }

    /// Octets of all messages, those on their way included, with what is kept beside each, and of all metadata.
    pub(super) fn octets(&self) -> u64 {
        let held: u64 = self.mailboxes.values().map(Contents::octets).sum();
        let noted: u64 = self.names.values().map(|node| node.notes.octets()).sum();
        held.saturating_add(noted).saturating_add(self.notes.octets()).saturating_add(self.coming)
    }

    fn check_octets(&self, more: u64, limits: &MemoryLimits) -> Result<(), StoreError> {
        if self.octets().saturating_add(more) > limits.octets { Err(StoreError::OverQuota) } else { Ok(()) }
    }
}

/// Of all of them together: each may bring few that are new.
fn flags_of(messages: &[(Uid, Stored)]) -> impl Iterator<Item = &Flag> {
    messages.iter().flat_map(|(_, message)| message.flags())
}

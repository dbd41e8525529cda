use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use tayori_proto::response::{ListItem, ListRow};
use tayori_proto::types::{MailboxName, ObjectId};

use super::Interests;
use crate::command::list;
use crate::hierarchy::{below, last, parent};
use crate::store::{Entry, EntryKind};

/// The names that a client knows of.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: BTreeMap<MailboxName, Behind>,
    subscriptions: BTreeSet<MailboxName>,
}

/// What stands behind a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// Only names below it.
    Nothing,
    /// A mailbox that this client has made, and that was not looked at yet.
    Own,
    Mailbox(ObjectId),
}

impl Names {
    pub(super) fn new(names: &crate::store::Names) -> Self {
        let behind = |entry: &Entry| match (entry.kind, &entry.id) {
            (EntryKind::Mailbox, Some(id)) => Behind::Mailbox(id.clone()),
            (EntryKind::Mailbox, None) => Behind::Own,
            (EntryKind::NoSelect, _) => Behind::Nothing,
        };
        Self {
            names: names.entries.iter().map(|entry| (entry.name.clone(), behind(entry))).collect(),
            subscriptions: names.subscriptions.iter().cloned().collect(),
        }
    }

    pub(super) fn insert(&mut self, name: MailboxName, behind: Behind) {
        self.names.insert(name, behind);
    }

    pub(super) fn remove(&mut self, name: &MailboxName) -> Option<Behind> {
        self.names.remove(name)
    }

    pub(super) fn subscribe(&mut self, name: MailboxName) {
        self.subscriptions.insert(name);
    }

    pub(super) fn unsubscribe(&mut self, name: &MailboxName) {
        self.subscriptions.remove(name);
    }

    /// Names, and subscriptions that may be of names that there are not.
    pub(super) fn len(&self) -> usize {
        self.names.len().max(self.subscriptions.len())
    }

    pub(super) fn contains(&self, name: &MailboxName) -> bool {
        self.names.contains_key(name)
    }

    pub(super) fn is_subscribed(&self, name: &MailboxName) -> bool {
        self.subscriptions.contains(name)
    }

    /// The names below this one.
    pub(super) fn below(&self, name: &MailboxName, delimiter: char) -> Vec<MailboxName> {
        self.names.keys().filter(|other| below(other, name, delimiter).is_some()).cloned().collect()
    }

    pub(super) fn mailboxes(&self) -> impl Iterator<Item = (&ObjectId, &MailboxName)> {
        self.names.iter().filter_map(|(name, behind)| match behind {
            Behind::Mailbox(id) => Some((id, name)),
            Behind::Nothing | Behind::Own => None,
        })
    }

    /// What a client is told that knew these names, and now there are those (RFC 5465 sections 5.4 and 5.5): names that
    /// have gone, then those that are called otherwise, then all others.
    pub(super) fn rows_since(
        &self,
        before: &Self,
        now: &crate::store::Names,
        interests: &Interests,
        delimiter: char,
    ) -> Vec<ListRow> {
        let entries: BTreeMap<&MailboxName, &Entry> =
            now.entries.iter().map(|entry| (&entry.name, entry)).collect();
        let parents = list::parents(&now.entries, delimiter);
        let row = |name: &MailboxName, old: Option<&MailboxName>| {
            let entry = entries.get(name).copied();
            let told = list::Told {
                subscribed: self.is_subscribed(name),
                parents: entry.is_some().then_some(&parents),
                special_use: true,
            };
            let mut row = told.row(name, entry, delimiter);
            row.extended.extend(old.cloned().map(ListItem::OldName));
            row
        };
        let renames = Renames::find(before, self, delimiter);
        let wants = |name: &MailboxName| {
            // Whether it is subscribed can have changed with its name.
            let events =
                [self, before].map(|names| interests.of(name, names, delimiter)).map(|events| events.names);
            events.contains(&true)
        };
        let mut rows = Vec::new();
        let mut affected = BTreeSet::new();
        for name in before.names.keys().filter(|name| !self.contains(name) && !renames.from.contains(*name)) {
            if wants(name) {
                rows.push(row(name, None));
            }
            affected.extend(parent(name, delimiter));
        }
        for (name, old) in &renames.told {
            if wants(name) || wants(old) {
                rows.push(row(name, Some(old)));
            }
        }
        for (name, behind) in &self.names {
            let is_known = match (before.names.get(name), behind) {
                (Some(Behind::Own), Behind::Mailbox(_)) => true,
                (Some(known), behind) => known == behind,
                (None, _) => false,
            };
            if !is_known && !renames.to.contains(name) {
                affected.insert(name.clone());
                affected.extend(parent(name, delimiter));
            }
        }
        affected.retain(|name| self.contains(name) && wants(name));
        let changed = self.subscriptions.symmetric_difference(&before.subscriptions);
        affected.extend(
            changed
                .filter(|name| {
                    [self, before].iter().any(|names| interests.of(name, names, delimiter).subscriptions)
                })
                .cloned(),
        );
        rows.extend(affected.iter().map(|name| row(name, None)));
        rows
    }
}

/// Names that are called otherwise now.
struct Renames {
    /// Old names, those of children as well.
    from: BTreeSet<MailboxName>,
    /// New names, those of children as well.
    to: BTreeSet<MailboxName>,
    /// New names with the old ones, without those that follow from the renaming of a name above.
    told: Vec<(MailboxName, MailboxName)>,
}

impl Renames {
    fn find(before: &Names, now: &Names, delimiter: char) -> Self {
        let old: HashMap<&ObjectId, &MailboxName> = before.mailboxes().collect();
        let mut moved: BTreeMap<MailboxName, MailboxName> = BTreeMap::new();
        for (id, name) in now.mailboxes() {
            if let Some(old) = old.get(id).filter(|old| **old != name) {
                moved.insert(name.clone(), (*old).clone());
            }
        }
        // A name that only stands above others has no identity: it was renamed if those below it say so.
        let is_moved_above = |from: &MailboxName, to: &MailboxName| {
            before.names.get(from) == Some(&Behind::Nothing)
                && now.names.get(to) == Some(&Behind::Nothing)
                && !now.contains(from)
                && !before.contains(to)
        };
        let mut above = BTreeMap::new();
        for (to, from) in &moved {
            let (mut to, mut from) = (to.clone(), from.clone());
            while let Some((next_to, next_from)) = parents(&to, &from, delimiter)
                && is_moved_above(&next_from, &next_to)
                && above.insert(next_to.clone(), next_from.clone()).is_none()
            {
                (to, from) = (next_to, next_from);
            }
        }
        moved.extend(above);
        // A name that stands for something else now, or did before, is told as a new one: a client that takes one row
        // after the other would mistake one mailbox for another.
        moved.retain(|to, from| !now.contains(from) && !before.contains(to));
        let follows = |to: &MailboxName, from: &MailboxName| {
            parents(to, from, delimiter).is_some_and(|(to, from)| moved.get(&to) == Some(&from))
        };
        let roots = moved.iter().filter(|(to, from)| !follows(to, from));
        let mut told: Vec<_> = roots.map(|(to, from)| (to.clone(), from.clone())).collect();
        // What went away from below a name went before that was renamed.
        told.sort_by_key(|(_, from)| Reverse(from.as_str().matches(delimiter).count()));
        Self { from: moved.values().cloned().collect(), to: moved.into_keys().collect(), told }
    }
}

/// The names above two that end alike.
fn parents(to: &MailboxName, from: &MailboxName, delimiter: char) -> Option<(MailboxName, MailboxName)> {
    (last(to, delimiter) == last(from, delimiter)).then_some(())?;
    Some((parent(to, delimiter)?, parent(from, delimiter)?))
}

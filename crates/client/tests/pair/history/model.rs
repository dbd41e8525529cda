//! What an account should be: the plainest thing that could keep mail.

use std::collections::{BTreeMap, BTreeSet};

use tayori_proto::command::StoreChange;
use tayori_proto::types::Flag;

/// All mail of a user.
#[derive(Debug)]
pub(super) struct Account {
    /// `None` for a name that only stands above others.
    pub(super) names: BTreeMap<String, Option<BoxId>>,
    boxes: Vec<Option<Contents>>,
}

/// A mailbox, whatever it is called.
pub(super) type BoxId = usize;

/// The messages of a mailbox, ascending by UID.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) next_uid: u32,
    pub(super) messages: Vec<Message>,
}

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) uid: u32,
    pub(super) flags: BTreeSet<Flag>,
    pub(super) octets: Vec<u8>,
}

/// A command that has to be refused.
#[derive(Debug, PartialEq)]
pub(super) struct Refused;

impl Account {
    pub(super) fn new() -> Self {
        let mut account = Self { names: BTreeMap::new(), boxes: Vec::new() };
        account.add_mailbox("INBOX");
        account
    }

    pub(super) fn create(&mut self, name: &str) -> Result<(), Refused> {
        if matches!(self.names.get(name), Some(Some(_))) {
            return Err(Refused);
        }
        self.add_superiors(name);
        self.add_mailbox(name);
        Ok(())
    }

    pub(super) fn delete(&mut self, name: &str) -> Result<(), Refused> {
        let has_children = self.names.keys().any(|other| is_below(other, name));
        let mailbox = *self.names.get(name).ok_or(Refused)?;
        if name == "INBOX" || (has_children && mailbox.is_none()) {
            return Err(Refused);
        }
        if let Some(id) = mailbox {
            self.boxes[id] = None;
        }
        if has_children {
            self.names.insert(name.to_owned(), None);
        } else {
            self.names.remove(name);
        }
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> Result<(), Refused> {
        if !self.names.contains_key(from) || self.names.contains_key(to) {
            return Err(Refused);
        }
        if from == "INBOX" {
            self.create(to)?;
            let inbox = self.find(from)?;
            let messages = std::mem::take(&mut self.contents_mut(inbox).messages);
            let target = self.find(to)?;
            for message in messages {
                self.contents_mut(target).add(message.flags, message.octets);
            }
            return Ok(());
        }
        if is_below(to, from) {
            return Err(Refused);
        }
        let renamed: Vec<String> =
            self.names.keys().filter(|name| *name == from || is_below(name, from)).cloned().collect();
        for name in renamed {
            let mailbox = self.names.remove(&name).flatten();
            self.names.insert(format!("{to}{}", &name[from.len()..]), mailbox);
        }
        self.add_superiors(to);
        Ok(())
    }

    pub(super) fn append(
        &mut self,
        name: &str,
        flags: BTreeSet<Flag>,
        octets: Vec<u8>,
    ) -> Result<u32, Refused> {
        let id = self.find(name)?;
        Ok(self.contents_mut(id).add(flags, octets))
    }

    /// Gives each message with the UID of its copy.
    pub(super) fn copy(&mut self, from: BoxId, uids: &[u32], to: &str) -> Result<Vec<(u32, u32)>, Refused> {
        let target = self.find(to)?;
        let messages: Vec<Message> = self.contents(from).those(uids).cloned().collect();
        let copy =
            |message: Message| (message.uid, self.contents_mut(target).add(message.flags, message.octets));
        Ok(messages.into_iter().map(copy).collect())
    }

    /// The same, and the originals are gone.
    pub(super) fn move_to(
        &mut self,
        from: BoxId,
        uids: &[u32],
        to: &str,
    ) -> Result<Vec<(u32, u32)>, Refused> {
        let moved = self.copy(from, uids, to)?;
        let gone = |message: &Message| moved.iter().any(|(uid, _)| *uid == message.uid);
        self.contents_mut(from).messages.retain(|message| !gone(message));
        Ok(moved)
    }

    pub(super) fn find(&self, name: &str) -> Result<BoxId, Refused> {
        self.names.get(name).copied().flatten().ok_or(Refused)
    }

    pub(super) fn is_there(&self, id: BoxId) -> bool {
        self.boxes[id].is_some()
    }

    pub(super) fn contents(&self, id: BoxId) -> &Contents {
        self.boxes[id].as_ref().expect("nobody asks for a mailbox that is gone")
    }

    pub(super) fn contents_mut(&mut self, id: BoxId) -> &mut Contents {
        self.boxes[id].as_mut().expect("nobody asks for a mailbox that is gone")
    }

    fn add_mailbox(&mut self, name: &str) {
        self.names.insert(name.to_owned(), Some(self.boxes.len()));
        self.boxes.push(Some(Contents { next_uid: 1, messages: Vec::new() }));
    }

    fn add_superiors(&mut self, name: &str) {
        for (end, _) in name.match_indices('/') {
            self.names.entry(name[..end].to_owned()).or_insert(None);
        }
    }
}

impl Contents {
    pub(super) fn store(&mut self, uids: &[u32], change: StoreChange, flags: &BTreeSet<Flag>) {
        for message in self.messages.iter_mut().filter(|message| uids.contains(&message.uid)) {
            message.flags = changed(&message.flags, change, flags);
        }
    }

    pub(super) fn expunge(&mut self, uids: &[u32]) {
        self.messages
            .retain(|message| !(uids.contains(&message.uid) && message.flags.contains(&Flag::Deleted)));
    }

    pub(super) fn message(&self, uid: u32) -> Option<&Message> {
        self.messages.iter().find(|message| message.uid == uid)
    }

    fn those(&self, uids: &[u32]) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(|message| uids.contains(&message.uid))
    }

    fn add(&mut self, flags: BTreeSet<Flag>, octets: Vec<u8>) -> u32 {
        let uid = self.next_uid;
        self.next_uid += 1;
        self.messages.push(Message { uid, flags, octets });
        uid
    }
}

pub(super) fn changed(now: &BTreeSet<Flag>, change: StoreChange, flags: &BTreeSet<Flag>) -> BTreeSet<Flag> {
    match change {
        StoreChange::Replace => flags.clone(),
        StoreChange::Add => now | flags,
        StoreChange::Remove => now - flags,
    }
}

fn is_below(name: &str, ancestor: &str) -> bool {
    name.strip_prefix(ancestor).is_some_and(|rest| rest.starts_with('/'))
}

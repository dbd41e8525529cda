//! Which messages are the same, and what they are called: labels, and the mailboxes that show them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tayori_proto::types::{MailboxName, NameEncoding, Uid, UidSet, UidValidity};
use tayori_server::store::{Changes, Copied, StoreError};

pub(super) const ALL_MAIL: &str = "[Gmail]/All Mail";

/// Labels of the system, and the mailboxes that show them.
const SYSTEM: [(&str, &str); 7] = [
    ("\\Inbox", "INBOX"),
    ("\\Draft", "[Gmail]/Drafts"),
    ("\\Important", "[Gmail]/Important"),
    ("\\Junk", "[Gmail]/Spam"),
    ("\\Sent", "[Gmail]/Sent Mail"),
    ("\\Starred", "[Gmail]/Starred"),
    ("\\Trash", "[Gmail]/Trash"),
];

/// Which messages are the same.
#[derive(Clone, Default)]
pub(super) struct Labels(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    messages: u64,
    /// What stands at each place.
    places: BTreeMap<(UidValidity, Uid), MessageId>,
    /// What each mailbox is called that was opened.
    names: BTreeMap<UidValidity, MailboxName>,
}

/// `X-GM-MSGID`
pub(super) type MessageId = u64;

/// As large as real ones, which need more than 60 bits.
const FIRST_MESSAGE: MessageId = 1_278_455_344_230_334_865;

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
            let system = SYSTEM.iter().find(|(_, mailbox)| *mailbox == name.as_str());
            let wire = system.map_or_else(
                || name.to_wire(NameEncoding::default()),
                |(label, _)| Cow::from(label.as_bytes()),
            );
            let wire = String::from_utf8_lossy(&wire);
            format!("\"{}\"", wire.replace('\\', "\\\\").replace('"', "\\\""))
        });
        format!("({})", shown.collect::<Vec<_>>().join(" "))
    }

    /// The messages of a mailbox that have this label.
    pub(super) fn labelled(&self, label: &str, validity: UidValidity) -> UidSet {
        let Ok(mailbox) = mailbox_of(label) else { return UidSet::new() };
        let known = self.known();
        let shown = known.names.iter().find(|(_, name)| **name == mailbox).map(|(there, _)| *there);
        let labelled = shown.map(|there| known.messages_of(there)).unwrap_or_default();
        known.uids_of(validity, |message| labelled.contains(&message))
    }

    /// The message of a mailbox that has this number.
    pub(super) fn found(&self, id: MessageId, validity: UidValidity) -> UidSet {
        self.known().uids_of(validity, |message| message == id)
    }

    /// Those of these messages that are in one mailbox and in another, too.
    pub(super) fn shared(
        &self,
        here: UidValidity,
        there: UidValidity,
        messages: &BTreeSet<MessageId>,
    ) -> UidSet {
        let known = self.known();
        let kept = known.messages_of(there);
        known.uids_of(here, |message| messages.contains(&message) && kept.contains(&message))
    }

    /// All mailboxes that show a label.
    pub(super) fn mailboxes(&self) -> Vec<MailboxName> {
        self.known().names.values().filter(|name| name.as_str() != ALL_MAIL).cloned().collect()
    }

    /// A mailbox is called so now.
    pub(super) fn called(&self, validity: UidValidity, name: &MailboxName) {
        self.known().names.insert(validity, name.clone());
    }

    /// These are all mailboxes there are now, and what they are called.
    pub(super) fn all_called(&self, names: BTreeMap<UidValidity, MailboxName>) {
        let mut known = self.known();
        known.places.retain(|(mailbox, _), _| names.contains_key(mailbox));
        known.names = names;
    }

    /// What these messages of a mailbox are.
    pub(super) fn at(&self, validity: UidValidity, uids: &UidSet) -> BTreeSet<MessageId> {
        let known = self.known();
        let here = known.places.iter().filter(|((there, uid), _)| *there == validity && uids.contains(*uid));
        here.map(|(_, message)| *message).collect()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn arrived(&self, places: impl IntoIterator<Item = (UidValidity, Uid)>) {
        let mut known = self.known();
        let message = FIRST_MESSAGE + known.messages;
        known.messages += 1;
        known.places.extend(places.into_iter().map(|place| (place, message)));
    }

    pub(super) fn copied(&self, from: UidValidity, copied: &Copied) {
        let mut known = self.known();
        for (here, there) in &copied.uids {
            if let Some(message) = known.places.get(&(from, *here)).copied() {
                known.places.insert((copied.validity, *there), message);
            }
        }
    }

    /// Of these messages of one mailbox, those that another one does not have.
    pub(super) fn missing(&self, uids: &UidSet, here: UidValidity, there: UidValidity) -> UidSet {
        let known = self.known();
        let had = known.messages_of(there);
        known.uids_of(here, |message| !had.contains(&message)).intersection(uids)
    }

    /// These are all that are left in a mailbox.
    pub(super) fn left(&self, validity: UidValidity, all: &Changes) {
        let left: UidSet = all.messages.iter().map(|message| message.uid).collect();
        self.known().places.retain(|(mailbox, uid), _| *mailbox != validity || left.contains(*uid));
    }
}

impl Known {
    fn messages_of(&self, validity: UidValidity) -> BTreeSet<MessageId> {
        self.places.iter().filter(|((there, _), _)| *there == validity).map(|(_, message)| *message).collect()
    }

    fn uids_of(&self, validity: UidValidity, is_meant: impl Fn(MessageId) -> bool) -> UidSet {
        let here = self.places.iter().filter(|((there, _), _)| *there == validity);
        here.filter(|(_, message)| is_meant(**message)).map(|((_, uid), _)| *uid).collect()
    }
}

/// Whether a label is one of the system that is known here.
pub(super) fn is_of_the_system(label: &str) -> bool {
    SYSTEM.iter().any(|(system, _)| system.eq_ignore_ascii_case(label))
}

/// The mailbox that shows a label.
pub(super) fn mailbox_of(label: &str) -> Result<MailboxName, StoreError> {
    let system = SYSTEM.iter().find(|(system, _)| system.eq_ignore_ascii_case(label));
    let name = match system {
        Some((_, mailbox)) => mailbox,
        None if label.starts_with('\\') || label == ALL_MAIL => {
            return Err(StoreError::Cannot("there is no such label of the system"));
        }
        None => label,
    };
    MailboxName::new(name).map_err(|_| StoreError::Cannot("that is no label"))
}

//! Which messages are the same, and what they are called: labels, and the mailboxes that show them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tayori_proto::response::ListAttribute;
use tayori_proto::types::{GmLabel, MailboxName, Uid, UidSet, UidValidity};
use tayori_server::store::{Changes, Copied, StoreError};

pub(super) const ALL_MAIL: &str = "[Gmail]/All Mail";

/// A mailbox that there is from the beginning.
pub(super) struct Special {
    pub(super) mailbox: &'static str,
    /// What `X-GM-LABELS` calls it. All Mail is no label.
    label: Option<&'static str>,
    /// What it is listed as.
    pub(super) special_use: Option<ListAttribute>,
}

/// In the order in which they are made.
pub(super) const SPECIAL: [Special; 8] = [
    special("INBOX", Some("\\Inbox"), None),
    special(ALL_MAIL, None, Some(ListAttribute::All)),
    special("[Gmail]/Drafts", Some("\\Draft"), Some(ListAttribute::Drafts)),
    special("[Gmail]/Important", Some("\\Important"), Some(ListAttribute::Important)),
    special("[Gmail]/Sent Mail", Some("\\Sent"), Some(ListAttribute::Sent)),
    special("[Gmail]/Spam", Some("\\Junk"), Some(ListAttribute::Junk)),
    special("[Gmail]/Starred", Some("\\Starred"), Some(ListAttribute::Flagged)),
    special("[Gmail]/Trash", Some("\\Trash"), Some(ListAttribute::Trash)),
];

const fn special(
    mailbox: &'static str,
    label: Option<&'static str>,
    special_use: Option<ListAttribute>,
) -> Special {
    Special { mailbox, label, special_use }
}

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
    pub(super) fn shown(&self, message: MessageId) -> Vec<GmLabel> {
        let known = self.known();
        let places = known.places.iter().filter(|(_, there)| **there == message);
        let names = places.filter_map(|((validity, _), _)| known.names.get(validity));
        names.filter(|name| name.as_str() != ALL_MAIL).filter_map(label_of).collect()
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
    special_of(label).is_some()
}

fn special_of(label: &str) -> Option<Special> {
    SPECIAL.into_iter().find(|it| it.label.is_some_and(|system| system.eq_ignore_ascii_case(label)))
}

/// The label that a mailbox shows.
fn label_of(mailbox: &MailboxName) -> Option<GmLabel> {
    let special = SPECIAL.into_iter().find(|it| it.mailbox == mailbox.as_str());
    GmLabel::new(special.and_then(|it| it.label).unwrap_or(mailbox.as_str())).ok()
}

/// The mailbox that shows a label.
pub(super) fn mailbox_of(label: &str) -> Result<MailboxName, StoreError> {
    let name = match special_of(label) {
        Some(special) => special.mailbox,
        None if label.starts_with('\\') || label == ALL_MAIL => {
            return Err(StoreError::Cannot("there is no such label of the system"));
        }
        None => label,
    };
    MailboxName::new(name).map_err(|_| StoreError::Cannot("that is no label"))
}

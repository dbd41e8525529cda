//! What the server serves: the traits that a back end implements, and the plain data they speak in.
//!
//! A session never asks twice for what it knows. It takes the whole of a mailbox once, as the changes since nothing,
//! and from then on the changes since the last state it knows. Who waits for news waits for a state that is newer.
//! So no queue stands between a mailbox and its sessions: a session that is slow, or idle for a day, costs nothing, and
//! two sessions cannot be told different things.

use std::future::{Future, ready};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use tayori_mime::Structure;
use tayori_proto::command::{NewMetadata, RightsChange, StoreChange, UnchangedSince};
use tayori_proto::response::{AclEntry, ListAttribute, QuotaUsage};
use tayori_proto::types::{
    Flag, GmLabel, ImapString, InternalDate, MailboxName, MetadataEntry, MetadataOwner, ModSeq, ObjectId,
    Rights, SpecialUse, Uid, UidSet, UidValidity,
};

use crate::rights;

/// The mail of one user.
///
/// Its methods may be called by many sessions at once; each is done whole or not at all. A future that is dropped
/// before it is ready may have done its work.
pub trait Store: Send + Sync + 'static {
    /// One mailbox of it.
    type Mailbox: Mailbox;
    /// A message on its way into a mailbox.
    type Append: Append;

    /// What stands between the levels of a name.
    fn delimiter(&self) -> char;

    /// All names there are, in the order in which they are listed, and what is known of each.
    fn mailboxes(&self) -> impl Future<Output = Result<Vec<Entry>, StoreError>> + Send;

    /// A mailbox to read and to change. It stays the same mailbox when it is renamed.
    fn open(&self, name: &MailboxName) -> impl Future<Output = Result<Self::Mailbox, StoreError>> + Send;

    /// Makes a mailbox, and the names above it where there are none (RFC 9051 section 6.3.4).
    fn create(&self, name: &MailboxName) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The same for a mailbox that says what it is for. If it cannot say all of it, none is made, and this fails with
    /// [`StoreError::SpecialUse`] (RFC 6154 section 3).
    fn create_with_uses(
        &self,
        name: &MailboxName,
        uses: &[SpecialUse],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes a mailbox with its messages. One that has children keeps its name, which cannot be selected any more
    /// (RFC 3501 section 6.3.4).
    fn delete(&self, name: &MailboxName) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Renames a mailbox and its children. `INBOX` stays, and only its messages move (RFC 9051 section 6.3.6).
    fn rename(
        &self,
        from: &MailboxName,
        to: &MailboxName,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Notes a name as subscribed, whether or not there is such a mailbox, or as not subscribed. What is so already
    /// stays so.
    fn subscribe(
        &self,
        name: &MailboxName,
        subscription: Subscription,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The names that are subscribed; some may be of mailboxes that are gone.
    fn subscriptions(&self) -> impl Future<Output = Result<Vec<MailboxName>, StoreError>> + Send;

    /// What has changed in the whole store since a moment; all there is, if `since` is `None`. It is the same question
    /// as [`Mailbox::changes`], asked of all mailboxes together, and tells how each of them is and not what became of
    /// it.
    fn news(&self, since: Option<Moment>) -> impl Future<Output = Result<News, StoreError>> + Send;

    /// Waits until there is news since this moment. Safe to cancel.
    fn wait(&self, since: Moment) -> impl Future<Output = ()> + Send;

    /// Whether [`Mailbox::rights`] can be told and changed by the user (RFC 4314); not by itself. Then
    /// [`Store::mailboxes`] and [`Store::news`] leave out what the user may not look up, and whatever is done here
    /// without the right to do it fails with [`StoreError::NotPermitted`], or with [`StoreError::NonExistent`] where
    /// the user may not know of the mailbox. The capabilities list it, so it stays as it is.
    fn keeps_rights(&self) -> bool {
        false
    }

    /// What is limited for all mailboxes together, and how much of it is used (RFC 9208 section 5); nothing by itself.
    /// The capabilities list what is limited, so that stays as it is.
    fn quota(&self) -> impl Future<Output = Result<Vec<QuotaUsage>, StoreError>> + Send {
        ready(Ok(Vec::new()))
    }

    /// Whether it keeps metadata: then it lists the capability METADATA.
    fn keeps_metadata(&self) -> bool {
        false
    }

    /// All entries of metadata of a mailbox, also of a name that only stands above others, or of the server (RFC 5464
    /// section 3). Private ones are those of the user.
    fn metadata(
        &self,
        _owner: &MetadataOwner,
    ) -> impl Future<Output = Result<Vec<MetadataItem>, StoreError>> + Send {
        ready(Err(StoreError::Cannot("no metadata is kept here")))
    }

    /// Sets entries, or removes them; the names of two entries do not differ by case alone. They follow a mailbox that
    /// is renamed, and go with one that is deleted; `INBOX` keeps its own as well (RFC 5464 section 4.1).
    fn set_metadata(
        &self,
        _owner: &MetadataOwner,
        _changes: Vec<NewMetadata>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        ready(Err(StoreError::Cannot("no metadata is kept here")))
    }

    /// Begins a message of `size` octets. Nothing of it is to be seen before it is finished.
    fn append(
        &self,
        mailbox: &MailboxName,
        flags: Vec<Flag>,
        date: Option<InternalDate>,
        size: u64,
    ) -> impl Future<Output = Result<Self::Append, StoreError>> + Send;

    /// Puts a message that was begun here into its mailbox, and removes another one for ever, whatever its flags: both,
    /// or neither (RFC 8508 section 3.4). `None`, and nothing has changed, if the other one is gone already.
    fn replace(
        &self,
        mailbox: &Self::Mailbox,
        replaced: Uid,
        new: Self::Append,
    ) -> impl Future<Output = Result<Option<Appended>, StoreError>> + Send;
}

/// A message on its way into a mailbox. Dropping it leaves the mailbox as it was.
pub trait Append: Send {
    /// Takes the next octets.
    fn write(&mut self, octets: Bytes) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Puts the message into the mailbox. When this is ready, the message is kept.
    fn finish(self) -> impl Future<Output = Result<Appended, StoreError>> + Send;

    /// The same for several that were begun for one mailbox, in their order: all or none (RFC 3502 section 6.3.11).
    fn finish_all(messages: Vec<Self>) -> impl Future<Output = Result<Vec<Appended>, StoreError>> + Send
    where
        Self: Sized;
}

/// One mailbox.
pub trait Mailbox: Send + Sync + 'static {
    /// A message of it.
    type Message: Message;

    /// What makes its UIDs valid (RFC 9051 section 2.3.1.1). Other mailboxes may have the same.
    fn validity(&self) -> UidValidity;

    /// What identifies it, whatever it is called (RFC 8474 section 4).
    fn id(&self) -> ObjectId;

    /// What the user may do with it (RFC 4314 section 2.1); by itself all.
    fn rights(&self) -> impl Future<Output = Result<Rights, StoreError>> + Send {
        ready(Ok(rights::ALL))
    }

    /// Who may do what with it, without the rights of RFC 2086. Only asked for where the store keeps rights, as the
    /// next two, and where the user has [`Rights::ADMINISTER`].
    fn acl(&self) -> impl Future<Output = Result<Vec<AclEntry>, StoreError>> + Send {
        ready(Err(NO_RIGHTS))
    }

    /// Changes what somebody may do.
    fn change_rights(
        &self,
        _identifier: &ImapString,
        _change: RightsChange,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        ready(Err(NO_RIGHTS))
    }

    /// Forgets what was said of somebody, if anything was.
    fn forget_rights(&self, _identifier: &ImapString) -> impl Future<Output = Result<(), StoreError>> + Send {
        ready(Err(NO_RIGHTS))
    }

    /// What has changed since a state; all there is, if `since` is `None`.
    ///
    /// States are mod-sequences, and clients keep them for years (RFC 7162 section 3.2.5). A mailbox that has forgotten
    /// what vanished since an old one says that every UID it ever gave and that is not here has vanished.
    ///
    /// Fails with [`StoreError::NonExistent`] when the mailbox has been deleted.
    fn changes(&self, since: Option<ModSeq>) -> impl Future<Output = Result<Changes, StoreError>> + Send;

    /// Waits until there are changes since this state, or until the mailbox has been deleted. Safe to cancel.
    fn wait(&self, since: ModSeq) -> impl Future<Output = ()> + Send;

    /// Takes for this session the messages that no session has been told of as `\Recent` yet (RFC 3501 section 2.3.2).
    fn claim_recent(&self) -> impl Future<Output = Result<UidSet, StoreError>> + Send;

    /// The same, left for whoever claims them.
    fn unclaimed_recent(&self) -> impl Future<Output = Result<UidSet, StoreError>> + Send;

    /// Octets of all its messages together (RFC 8438 section 2).
    fn octets(&self) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// A message; `None` if it is gone.
    fn message(&self, uid: Uid) -> impl Future<Output = Result<Option<Self::Message>, StoreError>> + Send;

    /// Changes flags. Messages that are gone are passed over, and flags stay that the user may not change (RFC 4314
    /// section 4, STORE); where that is all of them, it fails with [`StoreError::NotPermitted`].
    fn store(
        &self,
        uids: &UidSet,
        change: StoreChange,
        flags: &[Flag],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The same for messages that have not changed since; says which of them have, and stay as they are
    /// (RFC 7162 section 3.1.3). Whether one has changed is looked at in the moment in which it is changed.
    fn store_unless_changed(
        &self,
        uids: &UidSet,
        since: UnchangedSince,
        change: StoreChange,
        flags: &[Flag],
    ) -> impl Future<Output = Result<UidSet, StoreError>> + Send;

    /// Changes the labels of messages (`X-GM-LABELS`, Gmail's extension), which most stores do not have. Only asked for
    /// where a [`Conduct`](crate::Conduct) has them.
    fn store_labels(
        &self,
        _uids: &UidSet,
        _change: StoreChange,
        _labels: &[GmLabel],
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        ready(Err(StoreError::Cannot("there are no labels")))
    }

    /// Removes for ever those of these messages that have `\Deleted` at this moment.
    fn expunge(&self, uids: &UidSet) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Copies messages with their flags, as far as the user may set those there, and dates into another mailbox, all or
    /// none.
    fn copy(
        &self,
        uids: &UidSet,
        to: &MailboxName,
    ) -> impl Future<Output = Result<Copied, StoreError>> + Send;

    /// Moves messages, all or none: at no moment is one of them in no mailbox.
    fn move_to(
        &self,
        uids: &UidSet,
        to: &MailboxName,
    ) -> impl Future<Output = Result<Copied, StoreError>> + Send;
}

/// Where rights are not kept.
const NO_RIGHTS: StoreError = StoreError::Cannot("rights are not kept here");

/// A message. Its octets never change; they can be read as long as this is held.
pub trait Message: Send + Sync {
    /// Its internal date (RFC 9051 section 2.3.3).
    fn date(&self) -> InternalDate;

    /// When it came into this mailbox (RFC 8514 section 3); `None` where that is not known.
    fn saved(&self) -> Option<InternalDate>;

    /// What identifies its content, also where it is copied or moved to (RFC 8474 section 5.1).
    fn email_id(&self) -> ObjectId;

    /// Its size in octets.
    fn size(&self) -> u64;

    /// Its MIME structure, made once.
    fn structure(&self) -> impl Future<Output = Result<Arc<Structure>, StoreError>> + Send;

    /// Octets from the start of `range`: at least one, at most as many as there are in it. The range is not empty and
    /// lies within the message.
    fn read(&self, range: Range<u64>) -> impl Future<Output = Result<Bytes, StoreError>> + Send;
}

/// A name in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: MailboxName,
    /// Whether there is a mailbox behind it.
    pub kind: EntryKind,
    /// What it is for (RFC 6154 section 2), if that is known.
    pub special_use: Option<ListAttribute>,
    /// [`Mailbox::id`] of the mailbox, if there is one.
    pub id: Option<ObjectId>,
}

/// An entry of metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataItem {
    /// Its name.
    pub entry: MetadataEntry,
    /// Its value, any octets.
    pub value: Bytes,
}

/// Whether a name can be selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// It can.
    Mailbox,
    /// It only stands above others.
    NoSelect,
}

/// Whether a name is to be listed among those that a user follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subscription {
    /// `SUBSCRIBE`
    Subscribed,
    /// `UNSUBSCRIBE`
    Unsubscribed,
}

/// A state of a whole store. It grows with every change, and is good as long as the process lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

/// What has changed in a store since an earlier moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The moment that this is true of.
    pub moment: Moment,
    /// All names, if one of them or a subscription has changed.
    pub names: Option<Names>,
    /// Mailboxes whose messages have changed, each once.
    pub changed: Vec<(ObjectId, Tally)>,
}

/// Which names there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// As [`Store::mailboxes`] tells them.
    pub entries: Vec<Entry>,
    /// As [`Store::subscriptions`] tells them.
    pub subscriptions: Vec<MailboxName>,
}

/// What can be said of the messages of a mailbox without a look at each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// What makes its UIDs valid.
    pub validity: UidValidity,
    /// The UID that the next message will get or exceed; `None` when there is none left.
    pub uid_next: Option<Uid>,
    /// How many there are.
    pub messages: usize,
    /// How many of them are without `\Seen`.
    pub unseen: usize,
    /// As [`Changes::state`].
    pub state: ModSeq,
}

/// What has happened in a mailbox since an earlier state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The state that these changes lead to.
    pub state: ModSeq,
    /// The UID that the next message will get or exceed; `None` when there is none left.
    pub uid_next: Option<Uid>,
    /// Messages that are gone.
    pub vanished: UidSet,
    /// Messages that are new or whose flags have changed, ascending.
    pub messages: Vec<MessageState>,
}

/// What can change about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageState {
    /// Which message.
    pub uid: Uid,
    /// Its flags, without `\Recent`, in ascending order.
    pub flags: Vec<Flag>,
    /// Since which state it is as it is: its mod-sequence (RFC 7162 section 3.1).
    pub changed: ModSeq,
}

/// Where a message went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// [`Mailbox::id`] of the mailbox.
    pub mailbox: ObjectId,
    /// Of the mailbox.
    pub validity: UidValidity,
    /// The message there.
    pub uid: Uid,
}

/// Where messages went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// [`Mailbox::id`] of the mailbox they went to.
    pub mailbox: ObjectId,
    /// Of the mailbox they went to.
    pub validity: UidValidity,
    /// Each message here and its copy there, ascending by both.
    pub uids: Vec<(Uid, Uid)>,
}

/// Why a store did not do what it was asked for. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such mailbox.
    #[error("there is no such mailbox")]
    NonExistent,
    /// There is one already.
    #[error("there is such a mailbox already")]
    AlreadyExists,
    /// The name cannot be one here, or this mailbox is not to be changed so.
    #[error("{0}")]
    Cannot(&'static str),
    /// No mailbox can be for that.
    #[error("{0}")]
    SpecialUse(&'static str),
    /// The user may not do that (RFC 4314 section 4).
    #[error("{0}")]
    NotPermitted(&'static str),
    /// There is no room left.
    #[error("there is no room for that")]
    OverQuota,
    /// A limit of the store, other than its size.
    #[error("{0}")]
    Limit(&'static str),
    /// A value of metadata is too large.
    #[error("a value may have {limit} octets")]
    MetadataTooLarge {
        /// How many octets one may have.
        limit: usize,
    },
    /// There are as many entries of metadata as there may be.
    #[error("there are too many entries")]
    MetadataTooMany,
    /// The back end failed. The reason goes to the log, not to the client.
    #[error("the mail store failed: {0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

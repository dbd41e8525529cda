//! The commands of a client, written and read: the grammar of RFC 9051 section 6 and RFC 3501 section 6, with `ID`
//! (RFC 2971).
//!
//! [`Command::encode`] is total: a value that could break out of its command cannot be built. [`Command::parse`] is the
//! server's side of the same grammar.
//!
//! ```
//! use bytes::Bytes;
//! use tayori_proto::command::{Command, EncodeOptions, ParseOptions};
//! use tayori_proto::types::{MailboxName, Tag};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let command = Command::select(MailboxName::new("Entw\u{fc}rfe")?);
//! let encoded = command.encode(&Tag::new("a1")?, &EncodeOptions::default());
//! assert_eq!(&**encoded.bytes, b"a1 SELECT Entw&APw-rfe\r\n");
//!
//! let parsed = Command::parse(&Bytes::from_static(b"a1 select entw&APw-rfe\r\n"), &ParseOptions::default())?;
//! assert_eq!(parsed.command.name(), "SELECT");
//! # Ok(())
//! # }
//! ```

mod acl;
mod append;
#[cfg(test)]
mod arbitrary;
mod authenticate;
mod compress;
mod copy;
mod create;
mod delete;
mod effect;
mod enable;
mod encode;
mod expunge;
mod fetch;
mod fetch_messages;
mod id;
mod idle;
mod list;
mod list_extended;
mod login;
mod metadata;
mod notify;
mod overlap;
mod parse;
#[cfg(test)]
mod properties;
mod qresync;
mod quota;
mod raw_value;
mod read;
mod rename;
mod replace;
mod search;
mod search_key;
mod search_return;
mod select;
mod simple;
mod sort;
mod status;
mod store;
mod subscribe;
#[cfg(test)]
mod testing;
mod thread;
mod unknown;

use std::borrow::Cow;

use crate::types::{
    Atom, Capability, IdParameters, ImapString, ListPattern, ListReference, MailboxName, Messages,
    MetadataEntry, MetadataOwner, NonEmpty, SaslMessage, Secret, SpecialUse, Uids,
};

pub use crate::types::SearchBy;
pub use acl::RightsChange;
pub use append::{AppendMessage, MessageForm, NewMessage};
pub use authenticate::{SaslReply, encode_sasl_cancel, encode_sasl_response, parse_sasl_reply};
pub use effect::Effect;
pub use encode::EncodeOptions;
pub use fetch::{FetchAttribute, FetchItems, Peek, PreviewMode};
pub use fetch_messages::{ChangedSince, FetchMessages};
pub use idle::{encode_idle_done, parse_idle_done};
pub use list_extended::{ListReturn, ListSelection, ListSelectionError, SelectionOption};
pub use metadata::{MetadataDepth, MetadataOptions, NewMetadata};
pub use notify::{Event, EventGroup, InitialStatus, Notify, NotifyError, NotifySet, Watched};
pub use overlap::{Answers, States};
pub use parse::{CommandError, ParseOptions, TaggedCommand};
pub use qresync::{QResync, QResyncError, SequenceMatch};
pub use quota::QuotaLimit;
pub use raw_value::RawValue;
pub use replace::Replaced;
pub use search::Charset;
pub use search_key::{EntryKind, ModSeqEntry, SearchKey, SearchKeyError};
pub use search_return::{SearchOption, SearchReturn, SearchReturnError};
pub use select::SelectParameter;
pub use sort::{SortCriterion, SortKey, SortOrder};
pub use status::StatusAttribute;
pub use store::{Silence, StoreChange, StoreItem, UnchangedSince};
pub use thread::ThreadAlgorithm;
pub use unknown::{ArgumentsError, RawArguments};

/// A command of a client.
///
/// Each variant names its RFC sections, the states in which it is allowed, and what answers it beside the tagged line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// `CAPABILITY` (RFC 9051 section 6.1.1, RFC 3501 section 6.1.1). Any state; answered by `CAPABILITY`.
    Capability,
    /// `NOOP` (RFC 9051 section 6.1.2, RFC 3501 section 6.1.2). Any state; whatever the server has to tell may come.
    Noop,
    /// `LOGOUT` (RFC 9051 section 6.1.3, RFC 3501 section 6.1.3). Any state; answered by `BYE`.
    Logout,
    /// `ID` (RFC 2971 section 3.1). Any state; answered by `ID`.
    Id(IdParameters),
    /// `STARTTLS` (RFC 9051 section 6.2.1, RFC 3501 section 6.2.1). Not authenticated; no answer of its own.
    StartTls,
    /// `AUTHENTICATE` (RFC 9051 section 6.2.2, RFC 3501 section 6.2.2). Not authenticated; answered by continuation
    /// requests, to which [`encode_sasl_response`] or [`encode_sasl_cancel`] reply.
    Authenticate {
        /// The SASL mechanism.
        mechanism: Atom,
        /// The initial response, with `SASL-IR` only (RFC 4959 section 3). An empty one is sent as `=`.
        initial: Option<SaslMessage>,
    },
    /// `LOGIN` (RFC 9051 section 6.2.3, RFC 3501 section 6.2.3). Not authenticated; no answer of its own.
    Login {
        /// The user.
        user: ImapString,
        /// The password, masked wherever the command is shown.
        password: Secret,
    },
    /// `ENABLE` (RFC 9051 section 6.3.1, RFC 5161 section 3.1). Authenticated, and no mailbox was selected yet;
    /// answered by `ENABLED`.
    Enable(NonEmpty<Capability>),
    /// `SELECT` (RFC 9051 section 6.3.2, RFC 3501 section 6.3.1). Authenticated; answered by the data of the mailbox,
    /// with `QRESYNC` also by `VANISHED` and `FETCH`.
    Select {
        /// Which.
        mailbox: MailboxName,
        /// What else is wanted.
        parameter: SelectParameter,
    },
    /// `EXAMINE` (RFC 9051 section 6.3.3, RFC 3501 section 6.3.2). Authenticated; answered as `SELECT`.
    Examine {
        /// Which.
        mailbox: MailboxName,
        /// What else is wanted.
        parameter: SelectParameter,
    },
    /// `CREATE` (RFC 9051 section 6.3.4, RFC 3501 section 6.3.3). Authenticated; no answer of its own.
    Create {
        /// Its name.
        mailbox: MailboxName,
        /// What it is for; more than none with `CREATE-SPECIAL-USE` only (RFC 6154 section 3).
        uses: Vec<SpecialUse>,
    },
    /// `DELETE` (RFC 9051 section 6.3.5, RFC 3501 section 6.3.4). Authenticated; no answer of its own.
    Delete(MailboxName),
    /// `RENAME` (RFC 9051 section 6.3.6, RFC 3501 section 6.3.5). Authenticated; no answer of its own.
    Rename {
        /// The name it has.
        from: MailboxName,
        /// The name it gets.
        to: MailboxName,
    },
    /// `SUBSCRIBE` (RFC 9051 section 6.3.7, RFC 3501 section 6.3.6). Authenticated; no answer of its own.
    Subscribe(MailboxName),
    /// `UNSUBSCRIBE` (RFC 9051 section 6.3.8, RFC 3501 section 6.3.7). Authenticated; no answer of its own.
    Unsubscribe(MailboxName),
    /// `LIST` (RFC 9051 section 6.3.9, RFC 3501 section 6.3.8). Authenticated; answered by `LIST`.
    List {
        /// Where to start.
        reference: ListReference,
        /// Which mailboxes.
        pattern: ListPattern,
    },
    /// `LIST` with options or several patterns (RFC 9051 section 6.3.9, RFC 5258 section 3). Authenticated; answered by
    /// `LIST`, and by `STATUS` where that is to be returned.
    ListExtended {
        /// What else is to be true of a mailbox.
        selection: ListSelection,
        /// Where to start.
        reference: ListReference,
        /// Which mailboxes: those that match one of them.
        patterns: NonEmpty<ListPattern>,
        /// What to tell of each.
        returns: Vec<ListReturn>,
    },
    /// `XLIST`, from before RFC 6154: `LIST` with special uses. Authenticated; answered by `XLIST`, or by `LIST`.
    Xlist {
        /// Where to start.
        reference: ListReference,
        /// Which mailboxes.
        pattern: ListPattern,
    },
    /// `LSUB` (RFC 3501 section 6.3.9; gone in RFC 9051). Authenticated; answered by `LSUB`.
    Lsub {
        /// Where to start.
        reference: ListReference,
        /// Which subscribed names.
        pattern: ListPattern,
    },
    /// `NAMESPACE` (RFC 9051 section 6.3.10, RFC 2342 section 5). Authenticated; answered by `NAMESPACE`.
    Namespace,
    /// `STATUS` (RFC 9051 section 6.3.11, RFC 3501 section 6.3.10). Authenticated; answered by `STATUS` with this name.
    Status {
        /// The mailbox; not the selected one.
        mailbox: MailboxName,
        /// What to tell.
        items: NonEmpty<StatusAttribute>,
    },
    /// `APPEND` (RFC 9051 section 6.3.12, RFC 3501 section 6.3.11). Authenticated; no answer of its own.
    Append {
        /// Where to.
        mailbox: MailboxName,
        /// The messages; more than one with `MULTIAPPEND` only (RFC 3502).
        messages: NonEmpty<NewMessage>,
    },
    /// `NOTIFY` (RFC 5465 section 3.1). Authenticated; `SET` is answered by `STATUS` where that is asked for and by
    /// `LIST` of mailboxes that the user may not see. What the server tells later answers no command.
    Notify(Notify),
    /// `COMPRESS DEFLATE` (RFC 4978 section 3). Authenticated; no answer of its own. Behind its line, and behind the
    /// line with which the server agrees, all octets are compressed.
    Compress,
    /// `IDLE` (RFC 9051 section 6.3.13, RFC 2177 section 3). Authenticated; answered by a continuation request, then by
    /// whatever the server has to tell until the client sends [`DONE`](encode_idle_done).
    Idle,
    /// `CHECK` (RFC 3501 section 6.4.1; gone in RFC 9051). Selected; no answer of its own.
    Check,
    /// `CLOSE` (RFC 9051 section 6.4.1, RFC 3501 section 6.4.2). Selected; no answer of its own, and no `EXPUNGE`.
    Close,
    /// `UNSELECT` (RFC 9051 section 6.4.2, RFC 3691 section 2). Selected; no answer of its own.
    Unselect,
    /// `EXPUNGE` (RFC 9051 section 6.4.3, RFC 3501 section 6.4.3). Selected; answered by `EXPUNGE`.
    Expunge,
    /// `UID EXPUNGE` (RFC 9051 section 6.4.9, RFC 4315 section 2.1). Selected; answered by `EXPUNGE`.
    UidExpunge(Uids),
    /// `SEARCH` and `UID SEARCH` (RFC 9051 section 6.4.4, RFC 3501 section 6.4.4). Selected; answered by `SEARCH`, or
    /// by `ESEARCH` where something is to be returned.
    Search {
        /// What to return (RFC 4731 section 3.1); `None` for the plain form.
        returns: Option<SearchReturn>,
        /// What to look for.
        key: SearchKey,
        /// The charset of the strings in it.
        charset: Charset,
        /// What the answer names messages by.
        by: SearchBy,
    },
    /// `FETCH` and `UID FETCH` (RFC 9051 section 6.4.5, RFC 3501 section 6.4.5). Selected; answered by `FETCH`.
    Fetch {
        /// Which messages.
        messages: FetchMessages,
        /// What of them.
        items: FetchItems,
    },
    /// `STORE` and `UID STORE` (RFC 9051 section 6.4.6, RFC 3501 section 6.4.6). Selected; answered by `FETCH` unless
    /// silent and unconditional.
    Store {
        /// Which messages.
        messages: Messages,
        /// Only messages that have not changed since; all, if missing.
        unchanged_since: Option<UnchangedSince>,
        /// What to do with the flags or labels.
        change: StoreChange,
        /// Whether the server is to answer with the new ones.
        silence: Silence,
        /// Which.
        item: StoreItem,
    },
    /// `COPY` and `UID COPY` (RFC 9051 section 6.4.7, RFC 3501 section 6.4.7). Selected; no answer of its own.
    Copy {
        /// Which messages.
        messages: Messages,
        /// Where to.
        mailbox: MailboxName,
    },
    /// `MOVE` and `UID MOVE` (RFC 9051 section 6.4.8, RFC 6851 section 3). Selected; answered by `EXPUNGE`.
    Move {
        /// Which messages.
        messages: Messages,
        /// Where to.
        mailbox: MailboxName,
    },
    /// `SORT` and `UID SORT` (RFC 5256 section 3). Selected; answered by `SORT`.
    Sort {
        /// What the messages are sorted by, the first first.
        criteria: NonEmpty<SortCriterion>,
        /// What to look for.
        key: SearchKey,
        /// The charset of the strings in it; it is always named.
        charset: Charset,
        /// What the answer names messages by.
        by: SearchBy,
    },
    /// `THREAD` and `UID THREAD` (RFC 5256 section 3). Selected; answered by `THREAD`.
    Thread {
        /// How the messages are put into threads.
        algorithm: ThreadAlgorithm,
        /// What to look for.
        key: SearchKey,
        /// The charset of the strings in it; it is always named.
        charset: Charset,
        /// What the answer names messages by.
        by: SearchBy,
    },
    /// `GETQUOTA` (RFC 9208 section 4.1.1, RFC 2087 section 4.2). Authenticated; answered by `QUOTA`.
    GetQuota {
        /// The name of a quota root; often empty.
        root: ImapString,
    },
    /// `GETQUOTAROOT` (RFC 9208 section 4.1.2, RFC 2087 section 4.3). Authenticated; answered by `QUOTAROOT` and
    /// `QUOTA`.
    GetQuotaRoot(MailboxName),
    /// `SETQUOTA` (RFC 9208 section 4.1.3, RFC 2087 section 4.1). Authenticated; answered by `QUOTA`, or not at all.
    SetQuota {
        /// The name of a quota root.
        root: ImapString,
        /// All limits that it is to have; one that is not listed is taken away.
        limits: Vec<QuotaLimit>,
    },
    /// `GETACL` (RFC 4314 section 3.3). Authenticated; answered by `ACL` with this name.
    GetAcl(MailboxName),
    /// `SETACL` (RFC 4314 section 3.1). Authenticated; no answer of its own.
    SetAcl {
        /// The mailbox.
        mailbox: MailboxName,
        /// Whose rights; with `-` in front, what they are not to have.
        identifier: ImapString,
        /// What becomes of them. A server takes letters in lower case and digits.
        change: RightsChange,
    },
    /// `DELETEACL` (RFC 4314 section 3.2). Authenticated; no answer of its own.
    DeleteAcl {
        /// The mailbox.
        mailbox: MailboxName,
        /// Whose entry.
        identifier: ImapString,
    },
    /// `LISTRIGHTS` (RFC 4314 section 3.4). Authenticated; answered by `LISTRIGHTS` with this name.
    ListRights {
        /// The mailbox.
        mailbox: MailboxName,
        /// To whom rights could be given.
        identifier: ImapString,
    },
    /// `MYRIGHTS` (RFC 4314 section 3.5). Authenticated; answered by `MYRIGHTS` with this name.
    MyRights(MailboxName),
    /// `GETMETADATA` (RFC 5464 section 4.2). Authenticated; answered by `METADATA` of this owner, with values.
    GetMetadata {
        /// A mailbox, or the server.
        owner: MetadataOwner,
        /// How large values may be, and how deep entries may lie.
        options: MetadataOptions,
        /// Which entries.
        entries: NonEmpty<MetadataEntry>,
    },
    /// `SETMETADATA` (RFC 5464 section 4.3). Authenticated; no answer of its own. All entries are changed, or none.
    SetMetadata {
        /// A mailbox, or the server.
        owner: MetadataOwner,
        /// The new values.
        entries: NonEmpty<NewMetadata>,
    },
    /// `REPLACE` and `UID REPLACE` (RFC 8508 section 3). Selected; answered by `EXPUNGE`, and by an untagged `OK` with
    /// `APPENDUID`.
    Replace {
        /// The message that goes. It is gone for good when the command has succeeded, and stays when it has not.
        replaced: Replaced,
        /// Where the new message is put; need not be the selected mailbox.
        mailbox: MailboxName,
        /// The message that comes.
        message: Box<NewMessage>,
    },
    /// A command that is none of these (RFC 3501 section 6.5.1), kept as it came. Any state; nothing is known of it.
    Unknown {
        /// Its name, in its own case.
        name: Atom,
        /// What follows the name.
        arguments: RawArguments,
    },
}

impl Command {
    /// The name as it is sent, such as `UID FETCH`.
    pub fn name(&self) -> Cow<'_, str> {
        let name = match self {
            Self::Capability => "CAPABILITY",
            Self::Noop => "NOOP",
            Self::Logout => "LOGOUT",
            Self::Id(_) => "ID",
            Self::StartTls => "STARTTLS",
            Self::Authenticate { .. } => "AUTHENTICATE",
            Self::Login { .. } => "LOGIN",
            Self::Enable(_) => "ENABLE",
            Self::Select { .. } => "SELECT",
            Self::Examine { .. } => "EXAMINE",
            Self::Create { .. } => "CREATE",
            Self::Delete(_) => "DELETE",
            Self::Rename { .. } => "RENAME",
            Self::Subscribe(_) => "SUBSCRIBE",
            Self::Unsubscribe(_) => "UNSUBSCRIBE",
            Self::List { .. } | Self::ListExtended { .. } => "LIST",
            Self::Xlist { .. } => "XLIST",
            Self::Lsub { .. } => "LSUB",
            Self::Namespace => "NAMESPACE",
            Self::Status { .. } => "STATUS",
            Self::Append { .. } => "APPEND",
            Self::Notify(_) => "NOTIFY",
            Self::Compress => "COMPRESS",
            Self::Replace { replaced: Replaced::Number(_), .. } => "REPLACE",
            Self::Replace { replaced: Replaced::Uid(_), .. } => "UID REPLACE",
            Self::Idle => "IDLE",
            Self::Check => "CHECK",
            Self::Close => "CLOSE",
            Self::Unselect => "UNSELECT",
            Self::Expunge => "EXPUNGE",
            Self::UidExpunge(_) => "UID EXPUNGE",
            Self::Search { by: SearchBy::Numbers, .. } => "SEARCH",
            Self::Search { by: SearchBy::Uids, .. } => "UID SEARCH",
            Self::Fetch { messages, .. } if messages.by() == SearchBy::Uids => "UID FETCH",
            Self::Fetch { .. } => "FETCH",
            Self::Store { messages: Messages::Numbers(_) | Messages::Saved, .. } => "STORE",
            Self::Store { messages: Messages::Uids(_) | Messages::SavedByUid, .. } => "UID STORE",
            Self::Copy { messages: Messages::Numbers(_) | Messages::Saved, .. } => "COPY",
            Self::Copy { messages: Messages::Uids(_) | Messages::SavedByUid, .. } => "UID COPY",
            Self::Move { messages: Messages::Numbers(_) | Messages::Saved, .. } => "MOVE",
            Self::Move { messages: Messages::Uids(_) | Messages::SavedByUid, .. } => "UID MOVE",
            Self::Sort { by: SearchBy::Numbers, .. } => "SORT",
            Self::Sort { by: SearchBy::Uids, .. } => "UID SORT",
            Self::Thread { by: SearchBy::Numbers, .. } => "THREAD",
            Self::Thread { by: SearchBy::Uids, .. } => "UID THREAD",
            Self::GetQuota { .. } => "GETQUOTA",
            Self::GetQuotaRoot(_) => "GETQUOTAROOT",
            Self::SetQuota { .. } => "SETQUOTA",
            Self::GetAcl(_) => "GETACL",
            Self::SetAcl { .. } => "SETACL",
            Self::DeleteAcl { .. } => "DELETEACL",
            Self::ListRights { .. } => "LISTRIGHTS",
            Self::MyRights(_) => "MYRIGHTS",
            Self::GetMetadata { .. } => "GETMETADATA",
            Self::SetMetadata { .. } => "SETMETADATA",
            Self::Unknown { name, .. } => return String::from_utf8_lossy(name.as_bytes()),
        };
        Cow::Borrowed(name)
    }
}

//! Values that are correct by construction.
//!
//! What goes into a command cannot break out of it: no value that is written without quoting can hold CR, LF, NUL,
//! blanks or parentheses. What comes from a peer is kept as it came.

mod atom;
mod body;
mod capability;
mod date;
mod envelope;
mod flag;
mod flags;
mod gmail;
mod id;
mod list_name;
mod mailbox;
mod metadata;
mod non_empty;
mod number;
mod object_id;
mod parameters;
mod partial_range;
mod quota;
mod rights;
mod secret;
mod section;
mod set;
mod special_use;
mod tag;
mod text;
pub mod utf7;
mod wire_name;

pub use atom::{Atom, AtomError};
pub use body::{
    BodyExtension, BodyFields, BodyPart, BodyStructure, Disposition, Language, MultipartBody,
    MultipartExtension, PartContent, PartExtension,
};
pub use capability::{Capabilities, Capability};
pub use date::{Date, DateError, InternalDate};
pub use envelope::{Address, AddressList, AddressRef, Addresses, Envelope, EnvelopeFields};
pub(crate) use envelope::{EnvelopeDraft, ListField, Span, TextField};
pub use flag::{Flag, FlagError, PermanentFlag};
pub use flags::Flags;
pub(crate) use flags::SystemFlags;
pub use gmail::{GmLabel, GmMessageId, GmThreadId};
pub use id::{IdError, IdParameters};
pub use list_name::{ListPattern, ListReference};
pub use mailbox::{MailboxName, MailboxNameError, NameEncoding};
pub use metadata::{MetadataEntry, MetadataEntryError, MetadataOwner};
pub use non_empty::{EmptyList, NonEmpty};
pub use number::{ModSeq, OutOfRange, SeqNum, Uid, UidValidity};
pub use object_id::{ObjectId, ObjectIdError};
pub use parameters::{Parameter, Parameters};
pub use partial_range::{PartialRange, PartialRangeError, ResultsEnd};
pub use quota::QuotaResource;
pub use rights::{Rights, RightsError};
pub use secret::{SaslMessage, Secret};
pub use section::{PartPath, PartPathError, Partial, Section, SectionText};
pub use set::{Bound, Id, IdSet, Messages, NumberSet, SearchBy, SeqSet, SequenceSet, SetError, UidSet, Uids};
pub use special_use::SpecialUse;
pub use tag::{Tag, TagError, TagPrefix};
pub use text::{ImapString, ImapStringError, Text};

//! `FETCH` (RFC 9051 section 7.5.2) and `UIDFETCH` (RFC 9586 section 3): a row of items, each read on its own.

mod access;
mod encode;
mod item;
mod parser;
mod plain;

use std::collections::HashSet;

use bytes::Bytes;

pub use parser::{FetchParser, Pending};

pub(super) use parser::Numbering;

use crate::types::{
    BodyStructure, Envelope, Flags, GmLabel, GmMessageId, GmThreadId, InternalDate, ModSeq, ObjectId,
    PartPath, Section, SeqNum, Text, Uid,
};

/// What a server says of one message.
///
/// An item that cannot be read costs nothing but itself: it is [`FetchItem::Invalid`], and its neighbours are kept.
///
/// A row shares the buffer it was read from, which holds other responses of the same reads from the network as well:
/// one row that is kept can keep some hundred KiB alive, or as much as the largest response among them. What is to be
/// kept for long is better copied ([`Envelope::detached`], [`Flags::detached`], [`Text::detached`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetch {
    /// The message.
    pub key: RowKey,
    /// The items, in the server's order. One may come twice.
    pub items: Vec<FetchItem>,
    /// What is wrong with the row as a whole.
    pub defects: Vec<Defect>,
}

/// By what a row names its message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RowKey {
    /// `FETCH`: by its message sequence number.
    Number(SeqNum),
    /// `UIDFETCH` (RFC 9586 section 3): by its UID. There are no sequence numbers.
    Uid(Uid),
    /// By 0: only the item `UID` tells.
    #[default]
    Zero,
}

/// What is wrong with a row as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Defect {
    /// What follows the literal of a body does not continue the row: the announced size was wrong, and the body must
    /// not be called complete. The rest of the row is one [`FetchItem::Invalid`].
    BodyNotDelimited {
        /// Where the literal ends, in octets from the start of the response without the octets of streamed literals.
        offset: usize,
    },
    /// The line ends in front of the closing parenthesis.
    Unclosed,
    /// Behind a body stands what is no item: a word without a value, or octets behind the closing parenthesis. It may
    /// be the rest of the body, whose announced size was wrong then.
    RestBehindBody,
    /// Two different UIDs, or the same body twice: a size that was announced wrongly has run two rows into one, and no
    /// body of it must be called complete.
    Merged,
}

/// One item of a `FETCH` response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchItem {
    /// `UID`
    Uid(Uid),
    /// `FLAGS`
    Flags(Flags),
    /// `INTERNALDATE`; `None` where it is no date.
    InternalDate(Option<InternalDate>),
    /// `RFC822.SIZE`, in octets; `None` where the server does not know it.
    Rfc822Size(Option<u64>),
    /// `ENVELOPE`
    Envelope(Envelope),
    /// `BODY` without a section: the structure without extension data.
    Body(Box<BodyStructure>),
    /// `BODYSTRUCTURE`
    BodyStructure(Box<BodyStructure>),
    /// `BODY[...]`
    Section {
        /// Which text.
        section: Section,
        /// Where it begins, if it is a slice.
        origin: Option<u32>,
        /// The text.
        data: BodyData,
    },
    /// `BINARY[...]` (RFC 9051 section 6.4.5.1): a part without its transfer encoding.
    Binary {
        /// Which part.
        path: PartPath,
        /// Where it begins, if it is a slice.
        origin: Option<u32>,
        /// Its content.
        data: BodyData,
    },
    /// `RFC822` (RFC 3501 section 6.4.5)
    Rfc822(BodyData),
    /// `RFC822.HEADER` (RFC 3501 section 6.4.5)
    Rfc822Header(BodyData),
    /// `RFC822.TEXT` (RFC 3501 section 6.4.5)
    Rfc822Text(BodyData),
    /// `BINARY.SIZE[...]` (RFC 9051 section 6.4.5.1): the octets of a part without its transfer encoding.
    BinarySize {
        /// Which part.
        path: PartPath,
        /// The octets; `None` where the server does not know.
        size: Option<u64>,
    },
    /// `MODSEQ` (RFC 7162 section 3.1.4); `None` where the server does not know it.
    ModSeq(Option<ModSeq>),
    /// `EMAILID` (RFC 8474 section 5.1): what identifies the content of the message, wherever it is.
    EmailId(ObjectId),
    /// `THREADID` (RFC 8474 section 5.2): the messages that belong together; `None` where the server does not tell.
    ThreadId(Option<ObjectId>),
    /// `SAVEDATE` (RFC 8514 section 4.2): when the message came into this mailbox; `None` where the server does not
    /// know, or it is no date.
    SaveDate(Option<InternalDate>),
    /// `PREVIEW` (RFC 8970 section 3): the first words of the message; `None` where there is no such text yet, and
    /// empty where there will be none.
    Preview(Option<Text>),
    /// `X-GM-MSGID` (Gmail)
    GmMessageId(GmMessageId),
    /// `X-GM-THRID` (Gmail)
    GmThreadId(GmThreadId),
    /// `X-GM-LABELS` (Gmail): all but the one that the mailbox stands for.
    GmLabels(Vec<GmLabel>),
    /// An item this grammar does not know.
    Unknown {
        /// Its name, with what stands in brackets.
        name: Text,
        /// Its value, as it came; may be empty.
        value: Bytes,
    },
    /// An item that cannot be read.
    Invalid {
        /// Its name, as far as there is one.
        name: Text,
        /// The item, as it came, without the octets of literals that were too large to keep.
        raw: Bytes,
        /// Where reading failed, in octets from the start of the response.
        offset: usize,
        /// What should stand there.
        expected: &'static str,
    },
}

/// The octets of a message or of a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyData {
    /// `NIL`, or nothing.
    Nil,
    /// Small enough to be kept in the response.
    Inline(Text),
    /// Handed on in pieces while the row was being read.
    Streamed {
        /// The announced size in octets.
        size: u64,
    },
    /// Not kept, since nobody asked for it.
    Skipped {
        /// The announced size in octets.
        size: u64,
    },
}

/// Which body of a row is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BodyName {
    /// `BODY[...]`
    Section {
        /// Which text.
        section: Section,
        /// Where it begins, if it is a slice.
        origin: Option<u32>,
    },
    /// `BINARY[...]`
    Binary {
        /// Which part.
        path: PartPath,
        /// Where it begins, if it is a slice.
        origin: Option<u32>,
    },
    /// `RFC822`
    Rfc822,
    /// `RFC822.HEADER`
    Rfc822Header,
    /// `RFC822.TEXT`
    Rfc822Text,
}

impl BodyName {
    fn item(self, data: BodyData) -> FetchItem {
        match self {
            Self::Section { section, origin } => FetchItem::Section { section, origin, data },
            Self::Binary { path, origin } => FetchItem::Binary { path, origin, data },
            Self::Rfc822 => FetchItem::Rfc822(data),
            Self::Rfc822Header => FetchItem::Rfc822Header(data),
            Self::Rfc822Text => FetchItem::Rfc822Text(data),
        }
    }
}

impl BodyData {
    /// How many octets are kept in the row.
    pub(crate) fn inline_octets(&self) -> Option<usize> {
        match self {
            Self::Inline(text) => Some(text.len()),
            Self::Nil | Self::Streamed { .. } | Self::Skipped { .. } => None,
        }
    }
}

impl FetchItem {
    /// The body that this item carries, if it is one that can.
    pub fn as_body(&self) -> Option<(BodyName, &BodyData)> {
        Some(match self {
            Self::Section { section, origin, data } => {
                (BodyName::Section { section: section.clone(), origin: *origin }, data)
            }
            Self::Binary { path, origin, data } => {
                (BodyName::Binary { path: path.clone(), origin: *origin }, data)
            }
            Self::Rfc822(data) => (BodyName::Rfc822, data),
            Self::Rfc822Header(data) => (BodyName::Rfc822Header, data),
            Self::Rfc822Text(data) => (BodyName::Rfc822Text, data),
            _ => return None,
        })
    }

    /// Whether it is told with each body that stands behind it in its row, when this was told already: the first `UID`
    /// and the first `RFC822.SIZE` are, so that it is two items at most.
    pub fn is_told_ahead(&self, told: &[Self]) -> bool {
        match self {
            Self::Uid(_) => !told.iter().any(|item| matches!(item, Self::Uid(_))),
            Self::Rfc822Size(_) => !told.iter().any(|item| matches!(item, Self::Rfc822Size(_))),
            _ => false,
        }
    }
}

impl FetchItem {
    /// The same without the name.
    fn body_data(&self) -> Option<&BodyData> {
        match self {
            Self::Section { data, .. }
            | Self::Binary { data, .. }
            | Self::Rfc822(data)
            | Self::Rfc822Header(data)
            | Self::Rfc822Text(data) => Some(data),
            _ => None,
        }
    }
}

impl Fetch {
    /// A row without defects.
    pub fn new(number: Option<SeqNum>, items: Vec<FetchItem>) -> Self {
        Self::with_key(number.map_or(RowKey::Zero, RowKey::Number), items)
    }

    /// A row of `UIDFETCH` without defects (RFC 9586 section 3).
    pub fn by_uid(uid: Uid, items: Vec<FetchItem>) -> Self {
        Self::with_key(RowKey::Uid(uid), items)
    }

    const fn with_key(key: RowKey, items: Vec<FetchItem>) -> Self {
        Self { key, items, defects: Vec::new() }
    }

    /// The message sequence number, if the row has one.
    pub const fn number(&self) -> Option<SeqNum> {
        match self.key {
            RowKey::Number(number) => Some(number),
            RowKey::Uid(_) | RowKey::Zero => None,
        }
    }

    /// The UID, if the row has it, as its key or as an item.
    pub fn uid(&self) -> Option<Uid> {
        self.uids().next()
    }

    /// Each UID that stands in the row; all are the same, unless the row has a defect.
    fn uids(&self) -> impl Iterator<Item = Uid> {
        let key = match self.key {
            RowKey::Uid(uid) => Some(uid),
            RowKey::Number(_) | RowKey::Zero => None,
        };
        let items = self.items.iter().filter_map(|item| match item {
            FetchItem::Uid(uid) => Some(*uid),
            _ => None,
        });
        key.into_iter().chain(items)
    }

    /// The flags, if the row has them. Where they come twice, the last ones count: a body that was asked for without
    /// `PEEK` sets `\Seen`, and some servers show the flags on both sides of it.
    pub fn flags(&self) -> Option<&Flags> {
        self.items.iter().rev().find_map(|item| match item {
            FetchItem::Flags(flags) => Some(flags),
            _ => None,
        })
    }

    /// The size, if the row has it and the server knows it.
    pub fn size(&self) -> Option<u64> {
        self.items.iter().find_map(|item| match item {
            FetchItem::Rfc822Size(size) => *size,
            _ => None,
        })
    }

    /// This section, whole, if the row has it.
    pub fn body(&self, wanted: &Section) -> Option<&BodyData> {
        self.items.iter().find_map(|item| match item {
            FetchItem::Section { section, origin: None, data } if section.is_same_as(wanted) => Some(data),
            _ => None,
        })
    }

    /// Whether the items hold a body, or more than one UID: else nothing can be wrong with them together.
    fn may_be_two(&self) -> bool {
        let (mut uids, mut bodies) = (usize::from(matches!(self.key, RowKey::Uid(_))), 0);
        for item in &self.items {
            uids += usize::from(matches!(item, FetchItem::Uid(_)));
            bodies += usize::from(item.body_data().is_some());
        }
        uids > 1 || bodies > 0
    }

    /// Whether what is no item stands behind a body.
    fn has_rest_behind_body(&self) -> bool {
        let is_body = |item: &FetchItem| {
            matches!(item.body_data(), Some(BodyData::Inline(_) | BodyData::Streamed { .. }))
        };
        let is_rest = |item: &FetchItem| match item {
            FetchItem::Unknown { value, .. } => value.is_empty(),
            FetchItem::Invalid { name, .. } => name.is_empty(),
            _ => false,
        };
        self.items.iter().skip_while(|item| !is_body(item)).any(is_rest)
    }

    /// Whether the items are those of more than one message.
    fn is_merged(&self) -> bool {
        let mut uids = self.uids();
        let first = uids.next();
        if uids.any(|uid| Some(uid) != first) {
            return true;
        }
        if self.items.iter().filter(|item| item.body_data().is_some()).nth(1).is_none() {
            return false;
        }
        let mut bodies = HashSet::new();
        self.items.iter().filter_map(FetchItem::as_body).any(|(name, _)| !bodies.insert(name))
    }

    /// The message and its items.
    pub fn into_parts(self) -> (RowKey, Vec<FetchItem>, Vec<Defect>) {
        (self.key, self.items, self.defects)
    }
}

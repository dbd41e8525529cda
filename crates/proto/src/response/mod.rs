//! Responses of a server: the grammar of RFC 3501 section 7 and RFC 9051 section 7, with `ID` (RFC 2971), in both
//! directions.
//!
//! [`parse`] is total. What it does not know is [`Response::Unknown`], what it knows and cannot read is
//! [`Response::Invalid`], both with their octets; nothing ends a connection here. What was read only by widening the
//! grammar is listed as [`Repair`]s.
//!
//! A `FETCH` row with a literal too large to keep is read in pieces by [`FetchParser`].

mod acl;
#[cfg(test)]
mod arbitrary;
mod body;
mod capability;
mod code;
mod envelope;
mod esearch;
mod fetch;
mod flags;
mod id;
mod list;
mod mailbox_status;
mod metadata;
mod namespace;
mod number;
mod quota;
mod search;
mod section;
mod sort;
mod status;
mod string;
#[cfg(test)]
mod tests;
mod thread;
mod vanished;

use bytes::Bytes;

pub use acl::{Acl, AclEntry, ListRights, MyRights};
pub use code::ResponseCode;
pub use esearch::{ExtendedSearch, FoundNumber, SearchData, SearchedMailbox};
pub use fetch::{BodyData, BodyName, Defect, Fetch, FetchItem, FetchParser, Pending, RowKey};
pub use list::{ExtendedItem, ListAttribute, ListItem, ListRow};
pub use mailbox_status::{MailboxStatus, StatusItem};
pub use metadata::{Metadata, MetadataCode, MetadataTold, MetadataValue};
pub use namespace::{Namespace, Namespaces};
pub use quota::{Quota, QuotaRoots, QuotaUsage};
pub use search::SearchRow;
pub use sort::SortRow;
pub use status::{Continuation, Status, StatusKind, Tagged, TaggedStatus};
pub use thread::{ThreadError, ThreadMember, ThreadRow, UnreadThread};
pub use vanished::{Vanished, VanishedWhen};

use crate::limits::Limits;
use crate::quirk::{Quirk, Repair};
use crate::types::{Capabilities, Flag, IdParameters, MailboxName, NameEncoding, SeqNum, Tag};
use crate::wire::{Cursor, Encoded, Encoder, LiteralMode, Syntax};

/// One response of a server.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Response {
    /// The end of a command (RFC 9051 section 7.1), or any other line that begins with a word.
    Tagged(Tagged),
    /// An untagged status response (RFC 9051 section 7.1).
    Status(Status),
    /// A continuation request (RFC 9051 section 7.6).
    Continue(Continuation),
    /// `CAPABILITY` (RFC 9051 section 7.2.2)
    Capability(Capabilities),
    /// `ENABLED` (RFC 9051 section 7.2.1, RFC 5161 section 3.2): what is in force from here on.
    Enabled(Capabilities),
    /// `ID` (RFC 2971 section 3.2)
    Id(IdParameters),
    /// `NAMESPACE` (RFC 9051 section 7.3.6, RFC 2342 section 5)
    Namespace(Namespaces),
    /// `FLAGS` (RFC 9051 section 7.3.5)
    Flags(Vec<Flag>),
    /// `LIST` (RFC 9051 section 7.3.1)
    List(ListRow),
    /// `LSUB` (RFC 3501 section 7.2.3)
    Lsub(ListRow),
    /// `XLIST`, from before RFC 6154: as `LIST`, with special uses.
    Xlist(ListRow),
    /// `SEARCH` (RFC 3501 section 7.2.5)
    Search(SearchRow),
    /// `ESEARCH` (RFC 9051 section 7.3.4, RFC 4731 section 3)
    ExtendedSearch(ExtendedSearch),
    /// `STATUS` (RFC 9051 section 7.3.4)
    MailboxStatus(MailboxStatus),
    /// `EXISTS` (RFC 9051 section 7.4.1): the number of messages.
    Exists(u32),
    /// `RECENT` (RFC 3501 section 7.3.2): the number of messages with `\Recent`.
    Recent(u32),
    /// `EXPUNGE` (RFC 9051 section 7.5.1): this message is gone, and those behind it move up.
    Expunge(SeqNum),
    /// `VANISHED` (RFC 7162 section 3.2.10): these messages are gone.
    Vanished(Vanished),
    /// `FETCH` (RFC 9051 section 7.5.2) and `UIDFETCH` (RFC 9586 section 3)
    Fetch(Fetch),
    /// `SORT` (RFC 5256 section 4)
    Sort(SortRow),
    /// `THREAD` (RFC 5256 section 4)
    Thread(ThreadRow),
    /// `QUOTA` (RFC 9208 section 4.2.1, RFC 2087 section 5.1)
    Quota(Quota),
    /// `QUOTAROOT` (RFC 9208 section 4.2.2, RFC 2087 section 5.2)
    QuotaRoots(QuotaRoots),
    /// `ACL` (RFC 4314 section 3.6)
    Acl(Acl),
    /// `LISTRIGHTS` (RFC 4314 section 3.7)
    ListRights(ListRights),
    /// `MYRIGHTS` (RFC 4314 section 3.8)
    MyRights(MyRights),
    /// `METADATA` (RFC 5464 section 4.4)
    Metadata(Metadata),
    /// A response this grammar does not know.
    Unknown(Unknown),
    /// A response of a known kind that cannot be read.
    Invalid(Invalid),
}

/// A response this grammar does not know, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The whole response with its line end.
    pub bytes: Bytes,
}

/// A response of a known kind that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The whole response with its line end.
    pub bytes: Bytes,
    /// Where reading failed, in octets from the start.
    pub offset: usize,
    /// What should stand there.
    pub expected: &'static str,
}

impl Invalid {
    /// The word that says which kind it is, such as `FETCH` or `LIST`, as it came; `None` if there is none.
    pub fn name(&self) -> Option<&[u8]> {
        // What stands in front is taken as it is where a response can be read.
        let padding = self.bytes.iter().take_while(|octet| **octet == 0).count();
        let behind_star = self.bytes.get(padding..)?.strip_prefix(b"*")?;
        if !behind_star.first().is_some_and(|octet| matches!(octet, b' ' | b'\t')) {
            return None;
        }
        let behind_star = behind_star.trim_ascii_start();
        let digits = behind_star.iter().take_while(|octet| octet.is_ascii_digit()).count();
        let word = behind_star.get(digits..)?.trim_ascii_start();
        let letters = word.iter().take_while(|octet| octet.is_ascii_alphabetic()).count();
        word.get(..letters).filter(|name| !name.is_empty())
    }

    /// Whether it is of one of these kinds, in any case.
    pub fn is_one_of(&self, names: &[&str]) -> bool {
        let own = self.name().unwrap_or_default();
        names.iter().any(|name| own.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The mailbox that is named next, in what tells of one, such as `STATUS`, if it can be read.
    pub(crate) fn mailbox(&self, names: NameEncoding) -> Option<MailboxName> {
        let word = self.name()?;
        let behind = memchr::memmem::find(&self.bytes, word)? + word.len();
        let rest = self.bytes.slice(behind..);
        let mut cursor = Cursor::of_response(&rest, 0);
        cursor.skip_blanks();
        let name = cursor.expect_astring("a mailbox name").ok()?;
        Some(MailboxName::from_wire(name.into_bytes(), names))
    }
}

/// A response and what had to be repaired to read it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The response.
    pub response: Response,
    /// The widenings of the grammar that were needed, in the order in which they were met.
    pub repairs: Vec<Repair>,
}

/// What reading depends on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Context {
    /// Depth of parentheses that is still understood; what is deeper is kept as octets. See [`Limits::nesting`].
    pub nesting: usize,
    /// How mailbox names travel.
    pub names: NameEncoding,
}

impl Default for Context {
    fn default() -> Self {
        Self { nesting: Limits::default().nesting, names: NameEncoding::default() }
    }
}

/// Reads one whole response: its line or lines, literals included, with the line end.
///
/// Never fails and never panics, whatever the octets are. Time is linear in their number, for all but a few broken
/// body structures, where it may be multiplied by their depth.
pub fn parse(bytes: &Bytes, context: &Context) -> Parsed {
    let mut cursor = Cursor::of_response(bytes, context.nesting);
    skip_padding(&mut cursor);
    let response = match cursor.peek() {
        Some(b'*') => untagged(&mut cursor, context),
        Some(b'+') => Ok(Some(Response::Continue(Continuation::parse(&mut cursor)))),
        _ => Ok(match Status::try_parse_without_tag(&mut cursor) {
            Some(status) => Some(Response::Status(status)),
            None => Tagged::try_parse(&mut cursor).map(Response::Tagged),
        }),
    };
    let response = match response {
        Ok(Some(response)) => response,
        Ok(None) => Response::Unknown(Unknown { bytes: bytes.clone() }),
        Err(Syntax { offset, expected }) => {
            Response::Invalid(Invalid { bytes: bytes.clone(), offset, expected })
        }
    };
    Parsed { response, repairs: cursor.take_repairs() }
}

fn skip_padding(cursor: &mut Cursor<'_>) {
    if cursor.peek() == Some(0) {
        cursor.repaired(Quirk::LeadingNul);
        cursor.take_while(|octet| octet == 0);
    }
}

/// `None` for what is not known.
fn untagged(cursor: &mut Cursor<'_>, context: &Context) -> Result<Option<Response>, Syntax> {
    cursor.expect_byte(b'*', "`*`")?;
    if !matches!(cursor.peek(), Some(b' ' | b'\t')) {
        return Ok(None);
    }
    cursor.expect_sp()?;
    match cursor.peek() {
        Some(b'0'..=b'9') => return numbered(cursor, context),
        Some(b'[') => {
            cursor.repaired(Quirk::MissingStatus);
            return Ok(Some(Response::Status(Status::parse_text(StatusKind::Ok, cursor))));
        }
        _ => {}
    }
    if let Some(kind) = StatusKind::try_parse(cursor) {
        cursor.try_byte(b' ');
        return Ok(Some(Response::Status(Status::parse_text(kind, cursor))));
    }
    let response = if cursor.try_word("CAPABILITY") {
        Response::Capability(capability::parse_capabilities(cursor))
    } else if cursor.try_word("ENABLED") {
        Response::Enabled(capability::parse_capabilities(cursor))
    } else if cursor.try_word("ID") {
        Response::Id(id::parse_id(cursor)?)
    } else if cursor.try_word("NAMESPACE") {
        Response::Namespace(Namespaces::parse(cursor, context.names)?)
    } else if cursor.try_word("FLAGS") {
        cursor.expect_sp()?;
        Response::Flags(flags::parse_flags(cursor)?)
    } else if cursor.try_word("LIST") {
        Response::List(ListRow::parse(cursor, context.names)?)
    } else if cursor.try_word("LSUB") {
        Response::Lsub(ListRow::parse(cursor, context.names)?)
    } else if cursor.try_word("XLIST") {
        Response::Xlist(ListRow::parse_xlist(cursor, context.names)?)
    } else if cursor.try_word("SEARCH") {
        Response::Search(SearchRow::parse(cursor)?)
    } else if cursor.try_word("ESEARCH") {
        Response::ExtendedSearch(ExtendedSearch::parse(cursor, context.names)?)
    } else if cursor.try_word("STATUS") {
        Response::MailboxStatus(MailboxStatus::parse(cursor, context.names)?)
    } else if cursor.try_word("SORT") {
        Response::Sort(SortRow::parse(cursor)?)
    } else if cursor.try_word("THREAD") {
        Response::Thread(ThreadRow::parse(cursor)?)
    } else if cursor.try_word("QUOTA") {
        Response::Quota(Quota::parse(cursor)?)
    } else if cursor.try_word("QUOTAROOT") {
        Response::QuotaRoots(QuotaRoots::parse(cursor, context.names)?)
    } else if cursor.try_word("ACL") {
        Response::Acl(Acl::parse(cursor, context.names)?)
    } else if cursor.try_word("LISTRIGHTS") {
        Response::ListRights(ListRights::parse(cursor, context.names)?)
    } else if cursor.try_word("MYRIGHTS") {
        Response::MyRights(MyRights::parse(cursor, context.names)?)
    } else if cursor.try_word("METADATA") {
        Response::Metadata(Metadata::parse(cursor, context.names)?)
    } else if cursor.try_word("VANISHED") {
        Response::Vanished(Vanished::parse(cursor)?)
    } else {
        return Ok(None);
    };
    expect_end(cursor)?;
    Ok(Some(response))
}

/// `message-data` and `mailbox-data` that begin with a number.
fn numbered(cursor: &mut Cursor<'_>, context: &Context) -> Result<Option<Response>, Syntax> {
    let Some(Numbered { number, offset, word }) = Numbered::try_parse(cursor) else {
        return Ok(None);
    };
    let in_range = number.ok_or(Syntax { offset, expected: "a number up to 4294967295" });
    let message = |number| {
        SeqNum::new(number).ok_or(Syntax { offset, expected: "a message number from 1 to 4294967295" })
    };
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let response = if let Some(numbering) = fetch::Numbering::of(word) {
        let fetch = FetchParser::parse_whole(numbering, in_range?, offset, cursor, context);
        return Ok(Some(Response::Fetch(fetch)));
    } else if is("EXISTS") {
        Response::Exists(in_range?)
    } else if is("RECENT") {
        Response::Recent(in_range?)
    } else if is("EXPUNGE") {
        Response::Expunge(message(in_range?)?)
    } else if is("EXPUNGED") {
        cursor.repaired_at(Quirk::Expunged, offset);
        Response::Expunge(message(in_range?)?)
    } else {
        return Ok(None);
    };
    expect_end(cursor)?;
    Ok(Some(response))
}

/// A number and the word behind it.
struct Numbered<'a> {
    /// `None` above 2^32 - 1.
    number: Option<u32>,
    /// Where the number stands.
    offset: usize,
    /// In any case.
    word: &'a [u8],
}

impl<'a> Numbered<'a> {
    fn try_parse(cursor: &mut Cursor<'a>) -> Option<Self> {
        let offset = cursor.pos();
        let number = cursor.expect_number("a number");
        if number.is_err() {
            cursor.seek(offset);
            if cursor.octets_while(|octet| octet.is_ascii_digit()).is_empty() {
                return None;
            }
        }
        cursor.expect_sp().ok()?;
        let word = cursor.expect_atom_octets("a word").ok()?;
        Some(Self { number: number.ok(), offset, word })
    }
}

/// The end of the line, perhaps with blanks in front, or with a parenthesis that closes nothing.
fn expect_end(cursor: &mut Cursor<'_>) -> Result<(), Syntax> {
    cursor.skip_stray_blanks();
    let start = cursor.pos();
    if cursor.try_byte(b')') {
        cursor.repaired_at(Quirk::StrayParenthesis, start);
        cursor.skip_stray_blanks();
    }
    if cursor.at_line_end() { Ok(()) } else { Err(cursor.expected("the end of the line")) }
}

impl Response {
    /// The response as a server sends it.
    ///
    /// Names of mailboxes are written in the encoding that the connection has negotiated. Streamed bodies are
    /// announced and marked, their octets are left to the caller ([`crate::wire::MarkKind::Streamed`]).
    pub fn encode(&self, names: NameEncoding) -> Encoded {
        let mut encoder = Encoder::new(LiteralMode::Server);
        self.encode_to(&mut encoder, names);
        encoder.finish()
    }

    fn encode_to(&self, encoder: &mut Encoder, names: NameEncoding) {
        match self {
            Self::Tagged(tagged) => tagged.encode(encoder),
            Self::Status(status) => status.encode(encoder),
            Self::Continue(continuation) => continuation.encode(encoder),
            Self::Capability(capabilities) => {
                encoder.raw("* CAPABILITY");
                capability::encode_capabilities(encoder, capabilities);
            }
            Self::Enabled(capabilities) => {
                encoder.raw("* ENABLED");
                capability::encode_capabilities(encoder, capabilities);
            }
            Self::Id(parameters) => id::encode_id(encoder, parameters),
            Self::Namespace(namespaces) => namespaces.encode(encoder, names),
            Self::Flags(flags) => {
                encoder.raw("* FLAGS ");
                flags::encode_flags(encoder, flags.iter().cloned());
            }
            Self::List(row) => {
                encoder.raw("* LIST ");
                row.encode(encoder, names);
            }
            Self::Lsub(row) => {
                encoder.raw("* LSUB ");
                row.encode(encoder, names);
            }
            Self::Xlist(row) => {
                encoder.raw("* XLIST ");
                row.encode_xlist(encoder, names);
            }
            Self::Search(row) => row.encode(encoder),
            Self::ExtendedSearch(search) => search.encode(encoder, names),
            Self::MailboxStatus(status) => status.encode(encoder, names),
            Self::Exists(number) => {
                encoder.raw("* ").show(number).raw(" EXISTS");
            }
            Self::Recent(number) => {
                encoder.raw("* ").show(number).raw(" RECENT");
            }
            Self::Expunge(number) => {
                encoder.raw("* ").show(number).raw(" EXPUNGE");
            }
            Self::Sort(row) => row.encode(encoder),
            Self::Thread(row) => row.encode(encoder),
            Self::Quota(quota) => quota.encode(encoder),
            Self::QuotaRoots(roots) => roots.encode(encoder, names),
            Self::Acl(acl) => acl.encode(encoder, names),
            Self::ListRights(rights) => rights.encode(encoder, names),
            Self::MyRights(rights) => rights.encode(encoder, names),
            Self::Metadata(metadata) => metadata.encode(encoder, names),
            Self::Vanished(vanished) => vanished.encode(encoder),
            Self::Fetch(fetch) => fetch.encode(encoder, names),
            Self::Unknown(Unknown { bytes }) | Self::Invalid(Invalid { bytes, .. }) => {
                let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
                encoder.verbatim(line.strip_suffix(b"\r").unwrap_or(line));
            }
        }
    }
}

/// Whether a word can be a tag, and the tag.
fn try_tag(cursor: &mut Cursor<'_>) -> Option<Tag> {
    let start = cursor.pos();
    let word = cursor.take_while(Tag::may_hold);
    let ends = cursor.at_line_end() || cursor.peek() == Some(b' ');
    match Tag::new(word) {
        Ok(tag) if ends => Some(tag),
        _ => {
            cursor.seek(start);
            None
        }
    }
}

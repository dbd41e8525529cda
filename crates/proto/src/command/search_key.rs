use std::num::NonZeroU32;
use std::ops::Not;
use std::str::FromStr;

use bytes::Bytes;

use super::read;
use crate::limits::Limits;
use crate::types::{Atom, Date, Flag, ImapString, ModSeq, NonEmpty, ObjectId, SeqNum, SequenceSet, Uid};
use crate::wire::{Cursor, Encoder, Syntax};

/// What a `SEARCH` looks for (RFC 9051 section 6.4.4, RFC 3501 section 6.4.4).
///
/// What is parsed is no deeper than [`super::ParseOptions::nesting`]. Whoever builds keys by hand keeps to such a
/// depth too: servers refuse more, and encoding and dropping a key need stack for each level.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SearchKey {
    /// All messages.
    All,
    /// With `\Answered`.
    Answered,
    /// With this in the Bcc field of the envelope.
    Bcc(ImapString),
    /// With an internal date before this day, whatever the time and zone.
    Before(Date),
    /// With this in the body.
    Body(ImapString),
    /// With this in the Cc field of the envelope.
    Cc(ImapString),
    /// With `\Deleted`.
    Deleted,
    /// With `\Draft`.
    Draft,
    /// With `\Flagged`.
    Flagged,
    /// With this in the From field of the envelope.
    From(ImapString),
    /// With a header field of this name that holds this; empty for any content.
    Header {
        /// The name of the field.
        field: ImapString,
        /// What it holds.
        value: ImapString,
    },
    /// With this keyword.
    Keyword(Atom),
    /// Larger than this many octets.
    Larger(u64),
    /// `\Recent` and not seen (RFC 3501 only).
    New,
    /// That do not match.
    Not(Box<SearchKey>),
    /// Not `\Recent` (RFC 3501 only).
    Old,
    /// With an internal date within this day.
    On(Date),
    /// That match one or both.
    Or(Box<SearchKey>, Box<SearchKey>),
    /// With `\Recent` (RFC 3501 only).
    Recent,
    /// With `\Seen`.
    Seen,
    /// With a Date field before this day.
    SentBefore(Date),
    /// With a Date field within this day.
    SentOn(Date),
    /// With a Date field within this day or later.
    SentSince(Date),
    /// With an internal date within this day or later.
    Since(Date),
    /// Smaller than this many octets.
    Smaller(u64),
    /// With this in the Subject field of the envelope.
    Subject(ImapString),
    /// With this in the header or body.
    Text(ImapString),
    /// With this in the To field of the envelope.
    To(ImapString),
    /// With these UIDs.
    Uid(SequenceSet<Uid>),
    /// Without `\Answered`.
    Unanswered,
    /// Without `\Deleted`.
    Undeleted,
    /// Without `\Draft`.
    Undraft,
    /// Without `\Flagged`.
    Unflagged,
    /// Without this keyword.
    Unkeyword(Atom),
    /// Without `\Seen`.
    Unseen,
    /// With these message sequence numbers.
    Numbers(SequenceSet<SeqNum>),
    /// That match all of these.
    And(NonEmpty<SearchKey>),
    /// `$`: that an earlier search has saved (RFC 5182 section 2.1). `UID $` means the same and is read as this.
    Saved,
    /// With this mod-sequence or a higher one (RFC 7162 section 3.1.5).
    ModSeq {
        /// Of what; of anything about a message if missing.
        entry: Option<ModSeqEntry>,
        /// Which; `None` is sent as 0, which every message has.
        since: Option<ModSeq>,
    },
    /// With an internal date within this many seconds before now (RFC 5032 section 2).
    Younger(NonZeroU32),
    /// With an internal date this many seconds before now, or earlier (RFC 5032 section 2).
    Older(NonZeroU32),
    /// Saved to the mailbox before this day (RFC 8514 section 4.3, as those that follow).
    SavedBefore(Date),
    /// Saved to the mailbox within this day.
    SavedOn(Date),
    /// Saved to the mailbox within this day or later.
    SavedSince(Date),
    /// All, where the mailbox knows when messages were saved to it; else none.
    SaveDateSupported,
    /// With this identity (RFC 8474 section 5.5).
    EmailId(ObjectId),
    /// Of this thread (RFC 8474 section 5.5).
    ThreadId(ObjectId),
    /// With a UID above this one (RFC 9738 section 3), there or not.
    UidAfter(Uid),
    /// With a UID below this one (RFC 9738 section 3).
    UidBefore(Uid),
    /// `X-GM-RAW`: what the search field of Gmail would find.
    GmailRaw(ImapString),
    /// `X-GM-MSGID`: with this identity at Gmail.
    GmailMessageId(u64),
    /// `X-GM-THRID`: of this thread at Gmail.
    GmailThreadId(u64),
    /// `X-GM-LABELS`: with this label at Gmail, in modified UTF-7; those of the system begin with a backslash.
    GmailLabel(ImapString),
}

/// What a [`SearchKey::ModSeq`] is about: the state of one flag (RFC 7162 section 3.1.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModSeqEntry {
    /// The flag.
    pub flag: Flag,
    /// Whose.
    pub kind: EntryKind,
}

/// Whose state of a flag is meant (RFC 7162 section 7, `entry-type-req`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// `priv`: that of the user.
    Private,
    /// `shared`: that which all users have in common.
    Shared,
    /// `all`: whichever of the two was changed last.
    All,
}

impl SearchKey {
    /// Messages that match both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::And(keys) => Self::And(keys.and(other)),
            key => Self::And(NonEmpty::one(key).and(other)),
        }
    }

    /// Messages that match one or both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::Or(Box::new(self), Box::new(other))
    }

    /// Whether all strings in it are ASCII.
    pub(super) fn is_ascii(&self) -> bool {
        match self {
            Self::Header { field, value } => field.as_bytes().is_ascii() && value.as_bytes().is_ascii(),
            Self::Not(key) => key.is_ascii(),
            Self::Or(left, right) => left.is_ascii() && right.is_ascii(),
            Self::And(keys) => keys.iter().all(Self::is_ascii),
            other => other.string().is_none_or(|text| text.as_bytes().is_ascii()),
        }
    }

    /// Whether it names messages by sequence number.
    pub(super) fn uses_numbers(&self) -> bool {
        match self {
            Self::Numbers(_) => true,
            Self::Not(key) => key.uses_numbers(),
            Self::Or(left, right) => left.uses_numbers() || right.uses_numbers(),
            Self::And(keys) => keys.iter().any(Self::uses_numbers),
            _ => false,
        }
    }

    /// Whether `$` stands in it.
    pub(super) fn uses_saved(&self) -> bool {
        match self {
            Self::Saved => true,
            Self::Not(key) => key.uses_saved(),
            Self::Or(left, right) => left.uses_saved() || right.uses_saved(),
            Self::And(keys) => keys.iter().any(Self::uses_saved),
            _ => false,
        }
    }

    /// The string of a key that has one and nothing else.
    fn string(&self) -> Option<&ImapString> {
        match self {
            Self::Bcc(text)
            | Self::Body(text)
            | Self::Cc(text)
            | Self::From(text)
            | Self::Subject(text)
            | Self::Text(text)
            | Self::To(text)
            | Self::GmailRaw(text)
            | Self::GmailLabel(text) => Some(text),
            _ => None,
        }
    }

    /// The word it begins with; none for sets and lists.
    fn name(&self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Answered => "ANSWERED",
            Self::Bcc(_) => "BCC",
            Self::Before(_) => "BEFORE",
            Self::Body(_) => "BODY",
            Self::Cc(_) => "CC",
            Self::Deleted => "DELETED",
            Self::Draft => "DRAFT",
            Self::Flagged => "FLAGGED",
            Self::From(_) => "FROM",
            Self::Header { .. } => "HEADER",
            Self::Keyword(_) => "KEYWORD",
            Self::Larger(_) => "LARGER",
            Self::New => "NEW",
            Self::Not(_) => "NOT",
            Self::Old => "OLD",
            Self::On(_) => "ON",
            Self::Or(..) => "OR",
            Self::Recent => "RECENT",
            Self::Seen => "SEEN",
            Self::SentBefore(_) => "SENTBEFORE",
            Self::SentOn(_) => "SENTON",
            Self::SentSince(_) => "SENTSINCE",
            Self::Since(_) => "SINCE",
            Self::Smaller(_) => "SMALLER",
            Self::Subject(_) => "SUBJECT",
            Self::Text(_) => "TEXT",
            Self::To(_) => "TO",
            Self::Uid(_) => "UID",
            Self::Unanswered => "UNANSWERED",
            Self::Undeleted => "UNDELETED",
            Self::Undraft => "UNDRAFT",
            Self::Unflagged => "UNFLAGGED",
            Self::Unkeyword(_) => "UNKEYWORD",
            Self::Unseen => "UNSEEN",
            Self::Numbers(_) | Self::And(_) => "",
            Self::Saved => "$",
            Self::ModSeq { .. } => "MODSEQ",
            Self::Younger(_) => "YOUNGER",
            Self::Older(_) => "OLDER",
            Self::SavedBefore(_) => "SAVEDBEFORE",
            Self::SavedOn(_) => "SAVEDON",
            Self::SavedSince(_) => "SAVEDSINCE",
            Self::SaveDateSupported => "SAVEDATESUPPORTED",
            Self::EmailId(_) => "EMAILID",
            Self::ThreadId(_) => "THREADID",
            Self::UidAfter(_) => "UIDAFTER",
            Self::UidBefore(_) => "UIDBEFORE",
            Self::GmailRaw(_) => "X-GM-RAW",
            Self::GmailMessageId(_) => "X-GM-MSGID",
            Self::GmailThreadId(_) => "X-GM-THRID",
            Self::GmailLabel(_) => "X-GM-LABELS",
        }
    }
}

impl Not for SearchKey {
    type Output = Self;

    /// Messages that do not match.
    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

/// `search-key` (RFC 9051 section 9). Strings are never atoms, which some servers take for keys.
pub(super) fn encode(encoder: &mut Encoder, key: &SearchKey) {
    encoder.raw(key.name());
    match key {
        SearchKey::Numbers(set) => {
            encoder.show(set);
        }
        SearchKey::Uid(set) => {
            encoder.sp().show(set);
        }
        SearchKey::And(keys) => {
            encoder.list(keys, encode);
        }
        SearchKey::Not(key) => encode(encoder.sp(), key),
        SearchKey::Or(left, right) => {
            encode(encoder.sp(), left);
            encode(encoder.sp(), right);
        }
        SearchKey::Header { field, value } => {
            encoder.sp().string(field.as_bytes()).sp().string(value.as_bytes());
        }
        SearchKey::Keyword(keyword) | SearchKey::Unkeyword(keyword) => {
            encoder.sp().atom(keyword);
        }
        SearchKey::Larger(number)
        | SearchKey::Smaller(number)
        | SearchKey::GmailMessageId(number)
        | SearchKey::GmailThreadId(number) => {
            encoder.sp().show(number);
        }
        SearchKey::Younger(seconds) | SearchKey::Older(seconds) => {
            encoder.sp().show(seconds);
        }
        SearchKey::UidAfter(uid) | SearchKey::UidBefore(uid) => {
            encoder.sp().show(uid);
        }
        SearchKey::EmailId(id) | SearchKey::ThreadId(id) => {
            // One that a server made up against the rules needs quotes, or more.
            encoder.sp().astring(id.as_bytes());
        }
        SearchKey::ModSeq { entry, since } => encode_modseq(encoder, entry.as_ref(), *since),
        SearchKey::Before(date)
        | SearchKey::On(date)
        | SearchKey::SentBefore(date)
        | SearchKey::SentOn(date)
        | SearchKey::SentSince(date)
        | SearchKey::Since(date)
        | SearchKey::SavedBefore(date)
        | SearchKey::SavedOn(date)
        | SearchKey::SavedSince(date) => {
            encoder.sp().show(date);
        }
        plain => {
            if let Some(text) = plain.string() {
                encoder.sp().string(text.as_bytes());
            }
        }
    }
}

/// `search-modsequence = "MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer` (RFC 7162 section 7),
/// behind the word.
fn encode_modseq(encoder: &mut Encoder, entry: Option<&ModSeqEntry>, since: Option<ModSeq>) {
    if let Some(ModSeqEntry { flag, kind }) = entry {
        encoder.sp().string(&[FLAGS, &flag.to_bytes()].concat());
        let name = ENTRY_KINDS.iter().find(|(_, known)| known == kind);
        encoder.sp().raw(name.map_or("", |(name, _)| name));
    }
    encoder.sp().show(since.map_or(0, ModSeq::value));
}

/// What the name of an entry begins with.
const FLAGS: &[u8] = b"/flags/";

const ENTRY_KINDS: [(&str, EntryKind); 3] =
    [("priv", EntryKind::Private), ("shared", EntryKind::Shared), ("all", EntryKind::All)];

/// Reads keys as a person writes them: those of a `SEARCH`, in any case, joined by blanks. Strings may hold any
/// character, in quotes or without where they are one word.
///
/// ```
/// use tayori_proto::command::SearchKey;
///
/// let key: SearchKey = "unseen since 1-Feb-2026".parse()?;
/// assert!(matches!(key, SearchKey::And(_)));
/// let error = "unseen sinse 1-Feb-2026".parse::<SearchKey>().unwrap_err();
/// assert_eq!((error.index, error.expected), (7, "a search key"));
/// # Ok::<(), tayori_proto::command::SearchKeyError>(())
/// ```
impl FromStr for SearchKey {
    type Err = SearchKeyError;

    fn from_str(text: &str) -> Result<Self, SearchKeyError> {
        let error = |Syntax { offset, expected }| SearchKeyError { index: offset, expected };
        if let Some(index) = text.find(['\0', '\r', '\n']) {
            return Err(SearchKeyError { index, expected: "one line" });
        }
        let octets = Bytes::copy_from_slice(text.as_bytes());
        let mut cursor = Cursor::new(&octets, Limits::default().nesting);
        cursor.skip_blanks();
        let key = parse_keys(&mut cursor).map_err(error).map_err(|error| single_quoted(text, error))?;
        read::refuse_repairs(&mut cursor).map_err(error)?;
        Ok(key)
    }
}

/// What is wrong, if it is that somebody put a string of several words into single quotes: for the grammar they are
/// letters, so that the second word is what is found wrong.
fn single_quoted(text: &str, error: SearchKeyError) -> SearchKeyError {
    let before = text.get(..error.index).unwrap_or_default();
    match before.rfind(" '") {
        Some(blank) if !before[blank + 2..].contains(['\'', '"']) => {
            SearchKeyError { index: blank + 1, expected: "double quotes around what is more than one word" }
        }
        _ => error,
    }
}

/// Why a text is no search key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at octet {index}")]
pub struct SearchKeyError {
    /// Where, in octets.
    pub index: usize,
    /// What should stand there.
    pub expected: &'static str,
}

/// `search-key *(SP search-key)` up to the end of the line.
pub(super) fn parse_keys(cursor: &mut Cursor<'_>) -> Result<SearchKey, Syntax> {
    let mut keys = vec![parse(cursor)?];
    while !cursor.at_line_end() {
        if cursor.peek() == Some(b')') {
            return Err(cursor.expected("an opening parenthesis in front of this one"));
        }
        cursor.expect_sp()?;
        if cursor.at_line_end() {
            break;
        }
        keys.push(parse(cursor)?);
    }
    match (keys.pop(), NonEmpty::try_from(keys)) {
        (Some(last), Ok(others)) => Ok(SearchKey::And(others.and(last))),
        (Some(only), Err(_)) => Ok(only),
        (None, _) => Err(cursor.expected("a search key")),
    }
}

/// As [`encode`]. `NOT`, `OR` and parentheses each count as one level of nesting.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<SearchKey, Syntax> {
    let start = cursor.pos();
    match cursor.peek() {
        Some(b'(') => return cursor.nested(parse_list),
        Some(b'$') => {
            cursor.try_byte(b'$');
            return Ok(SearchKey::Saved);
        }
        Some(octet) if read::is_set_octet(octet) => {
            let set = read::set(cursor)?;
            return match cursor.peek() {
                Some(b'-') => Err(Syntax { offset: start, expected: "a search key in front of a date" }),
                _ => Ok(SearchKey::Numbers(set)),
            };
        }
        _ => {}
    }
    let mut name = read::word(cursor);
    if name == b"X" {
        // Names of Gmail; in the others a hyphen is a mistake that is better found where it stands.
        name.extend(cursor.take_while(|octet| octet.is_ascii_alphanumeric() || octet == b'-'));
        name.make_ascii_uppercase();
    }
    Ok(match name.as_slice() {
        b"ALL" => SearchKey::All,
        b"ANSWERED" => SearchKey::Answered,
        b"BCC" => SearchKey::Bcc(string(cursor)?),
        b"BEFORE" => SearchKey::Before(date(cursor)?),
        b"BODY" => SearchKey::Body(string(cursor)?),
        b"CC" => SearchKey::Cc(string(cursor)?),
        b"DELETED" => SearchKey::Deleted,
        b"DRAFT" => SearchKey::Draft,
        b"FLAGGED" => SearchKey::Flagged,
        b"FROM" => SearchKey::From(string(cursor)?),
        b"HEADER" => SearchKey::Header { field: string(cursor)?, value: string(cursor)? },
        b"KEYWORD" => SearchKey::Keyword(keyword(cursor)?),
        b"LARGER" => SearchKey::Larger(octets(cursor)?),
        b"NEW" => SearchKey::New,
        b"NOT" => SearchKey::Not(key(cursor)?),
        b"OLD" => SearchKey::Old,
        b"ON" => SearchKey::On(date(cursor)?),
        b"OR" => SearchKey::Or(key(cursor)?, key(cursor)?),
        b"RECENT" => SearchKey::Recent,
        b"SEEN" => SearchKey::Seen,
        b"SENTBEFORE" => SearchKey::SentBefore(date(cursor)?),
        b"SENTON" => SearchKey::SentOn(date(cursor)?),
        b"SENTSINCE" => SearchKey::SentSince(date(cursor)?),
        b"SINCE" => SearchKey::Since(date(cursor)?),
        b"SMALLER" => SearchKey::Smaller(octets(cursor)?),
        b"SUBJECT" => SearchKey::Subject(string(cursor)?),
        b"TEXT" => SearchKey::Text(string(cursor)?),
        b"TO" => SearchKey::To(string(cursor)?),
        b"UID" => {
            expect_argument(cursor, "a set of messages")?;
            if cursor.try_byte(b'$') { SearchKey::Saved } else { SearchKey::Uid(read::set(cursor)?) }
        }
        b"UNANSWERED" => SearchKey::Unanswered,
        b"UNDELETED" => SearchKey::Undeleted,
        b"UNDRAFT" => SearchKey::Undraft,
        b"UNFLAGGED" => SearchKey::Unflagged,
        b"UNKEYWORD" => SearchKey::Unkeyword(keyword(cursor)?),
        b"UNSEEN" => SearchKey::Unseen,
        b"MODSEQ" => parse_modseq(cursor)?,
        b"YOUNGER" => SearchKey::Younger(seconds(cursor)?),
        b"OLDER" => SearchKey::Older(seconds(cursor)?),
        b"SAVEDBEFORE" => SearchKey::SavedBefore(date(cursor)?),
        b"SAVEDON" => SearchKey::SavedOn(date(cursor)?),
        b"SAVEDSINCE" => SearchKey::SavedSince(date(cursor)?),
        b"SAVEDATESUPPORTED" => SearchKey::SaveDateSupported,
        b"EMAILID" => SearchKey::EmailId(object_id(cursor)?),
        b"THREADID" => SearchKey::ThreadId(object_id(cursor)?),
        b"UIDAFTER" => SearchKey::UidAfter(uid(cursor)?),
        b"UIDBEFORE" => SearchKey::UidBefore(uid(cursor)?),
        b"X-GM-RAW" => SearchKey::GmailRaw(string(cursor)?),
        b"X-GM-MSGID" => SearchKey::GmailMessageId(gmail_id(cursor)?),
        b"X-GM-THRID" => SearchKey::GmailThreadId(gmail_id(cursor)?),
        b"X-GM-LABELS" => SearchKey::GmailLabel(label(cursor)?),
        _ => return Err(Syntax { offset: start, expected: "a search key" }),
    })
}

/// `"(" search-key *(SP search-key) ")"`
fn parse_list(cursor: &mut Cursor<'_>) -> Result<SearchKey, Syntax> {
    let start = cursor.pos();
    cursor.expect_byte(b'(', "a list of search keys")?;
    let mut keys = Vec::new();
    cursor.skip_stray_blanks();
    while !cursor.try_byte(b')') {
        if !keys.is_empty() && !cursor.at_line_end() {
            cursor.expect_sp()?;
            if cursor.try_byte(b')') {
                break;
            }
        }
        if cursor.at_line_end() {
            return Err(cursor.expected("a closing parenthesis"));
        }
        keys.push(parse(cursor)?);
    }
    let keys = NonEmpty::try_from(keys);
    keys.map(SearchKey::And).map_err(|_| Syntax { offset: start, expected: "at least one search key" })
}

/// The blank in front of an argument. Where the line ends instead, it is the argument that is missing.
fn expect_argument(cursor: &mut Cursor<'_>, what: &'static str) -> Result<(), Syntax> {
    match cursor.peek() {
        Some(b')') => Err(cursor.expected(what)),
        _ if cursor.at_line_end() => Err(cursor.expected(what)),
        _ => cursor.expect_sp(),
    }
}

fn key(cursor: &mut Cursor<'_>) -> Result<Box<SearchKey>, Syntax> {
    expect_argument(cursor, "a search key")?;
    cursor.nested(parse).map(Box::new)
}

fn string(cursor: &mut Cursor<'_>) -> Result<ImapString, Syntax> {
    expect_argument(cursor, "a string to look for")?;
    read::imap_string(cursor, "a string to look for")
}

fn date(cursor: &mut Cursor<'_>) -> Result<Date, Syntax> {
    expect_argument(cursor, "a date")?;
    read::date(cursor)
}

fn keyword(cursor: &mut Cursor<'_>) -> Result<Atom, Syntax> {
    expect_argument(cursor, "a keyword")?;
    read::atom(cursor, "a keyword")
}

fn octets(cursor: &mut Cursor<'_>) -> Result<u64, Syntax> {
    expect_argument(cursor, "a number of octets")?;
    let octets = cursor.expect_number64("a number of octets")?;
    match cursor.peek() {
        Some(octet) if octet.is_ascii_alphabetic() => {
            Err(cursor.expected("a number of octets without a unit"))
        }
        _ => Ok(octets),
    }
}

fn seconds(cursor: &mut Cursor<'_>) -> Result<NonZeroU32, Syntax> {
    const EXPECTED: &str = "a number of seconds from 1";
    expect_argument(cursor, EXPECTED)?;
    let start = cursor.pos();
    let number = cursor.expect_number(EXPECTED)?;
    NonZeroU32::new(number).ok_or(Syntax { offset: start, expected: EXPECTED })
}

fn uid(cursor: &mut Cursor<'_>) -> Result<Uid, Syntax> {
    const EXPECTED: &str = "a UID";
    expect_argument(cursor, EXPECTED)?;
    let start = cursor.pos();
    Uid::new(cursor.expect_number(EXPECTED)?).ok_or(Syntax { offset: start, expected: EXPECTED })
}

fn object_id(cursor: &mut Cursor<'_>) -> Result<ObjectId, Syntax> {
    const EXPECTED: &str = "an object id";
    expect_argument(cursor, EXPECTED)?;
    let start = cursor.pos();
    let id = read::astring(cursor, EXPECTED)?.into_bytes();
    ObjectId::new(id).map_err(|_| Syntax { offset: start, expected: EXPECTED })
}

fn gmail_id(cursor: &mut Cursor<'_>) -> Result<u64, Syntax> {
    expect_argument(cursor, "a number")?;
    cursor.expect_number64("a number")
}

/// A string, or a label of the system: an atom with a backslash in front.
fn label(cursor: &mut Cursor<'_>) -> Result<ImapString, Syntax> {
    const EXPECTED: &str = "a label";
    expect_argument(cursor, EXPECTED)?;
    let start = cursor.pos();
    if !cursor.try_byte(b'\\') {
        return read::imap_string(cursor, EXPECTED);
    }
    read::atom(cursor, EXPECTED)?;
    ImapString::new(cursor.since(start)).map_err(|_| Syntax { offset: start, expected: EXPECTED })
}

/// As [`encode_modseq`].
fn parse_modseq(cursor: &mut Cursor<'_>) -> Result<SearchKey, Syntax> {
    const EXPECTED: &str = "a mod-sequence";
    expect_argument(cursor, EXPECTED)?;
    let mut entry = None;
    if matches!(cursor.peek(), Some(b'"' | b'{')) {
        entry = Some(parse_entry(cursor)?);
        expect_argument(cursor, EXPECTED)?;
    }
    let start = cursor.pos();
    let since = match cursor.expect_number64(EXPECTED)? {
        0 => None,
        number => Some(ModSeq::new(number).ok_or(Syntax { offset: start, expected: EXPECTED })?),
    };
    Ok(SearchKey::ModSeq { entry, since })
}

fn parse_entry(cursor: &mut Cursor<'_>) -> Result<ModSeqEntry, Syntax> {
    const EXPECTED: &str = "a flag behind `/flags/`";
    let start = cursor.pos();
    let name = read::astring(cursor, EXPECTED)?.into_bytes();
    let flag = match name.split_at_checked(FLAGS.len()) {
        Some((prefix, _)) if prefix.eq_ignore_ascii_case(FLAGS) => Flag::new(name.slice(FLAGS.len()..)).ok(),
        _ => None,
    };
    let flag = flag.ok_or(Syntax { offset: start, expected: EXPECTED })?;
    expect_argument(cursor, "priv, shared or all")?;
    let kind = ENTRY_KINDS.iter().find(|(name, _)| cursor.try_word(name)).map(|(_, kind)| *kind);
    Ok(ModSeqEntry { flag, kind: kind.ok_or_else(|| cursor.expected("priv, shared or all"))? })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, parse as parse_line, string};
    use super::super::{Charset, Command, SearchBy};
    use super::*;

    #[track_caller]
    fn check_key(text: &str, key: SearchKey, sent: &str) {
        let command =
            Command::Search { returns: None, key, charset: Charset::Default, by: SearchBy::Numbers };
        check(&format!("a SEARCH {text}"), &command, &format!("a SEARCH {sent}"));
    }

    #[test]
    fn keys_that_are_one_word() {
        for key in [
            SearchKey::All,
            SearchKey::Answered,
            SearchKey::Deleted,
            SearchKey::Draft,
            SearchKey::Flagged,
            SearchKey::New,
            SearchKey::Old,
            SearchKey::Recent,
            SearchKey::Seen,
            SearchKey::Unanswered,
            SearchKey::Undeleted,
            SearchKey::Undraft,
            SearchKey::Unflagged,
            SearchKey::Unseen,
        ] {
            let name = key.name();
            check_key(&name.to_ascii_lowercase(), key, name);
        }
    }

    #[test]
    fn keys_with_an_argument() {
        let day = Date::new(2026, 2, 1).unwrap();
        let keyword = Atom::try_from("$Junk").unwrap();
        let text = || string("x");
        for (sent, key) in [
            ("BCC \"x\"", SearchKey::Bcc(text())),
            ("BODY \"x\"", SearchKey::Body(text())),
            ("CC \"x\"", SearchKey::Cc(text())),
            ("FROM \"x\"", SearchKey::From(text())),
            ("SUBJECT \"x\"", SearchKey::Subject(text())),
            ("TEXT \"x\"", SearchKey::Text(text())),
            ("TO \"x\"", SearchKey::To(text())),
            ("HEADER \"x\" \"\"", SearchKey::Header { field: text(), value: string("") }),
            ("BEFORE 1-Feb-2026", SearchKey::Before(day)),
            ("ON 1-Feb-2026", SearchKey::On(day)),
            ("SENTBEFORE 1-Feb-2026", SearchKey::SentBefore(day)),
            ("SENTON 1-Feb-2026", SearchKey::SentOn(day)),
            ("SENTSINCE 1-Feb-2026", SearchKey::SentSince(day)),
            ("SINCE 1-Feb-2026", SearchKey::Since(day)),
            ("KEYWORD $Junk", SearchKey::Keyword(keyword.clone())),
            ("UNKEYWORD $Junk", SearchKey::Unkeyword(keyword)),
            ("LARGER 4294967296", SearchKey::Larger(1 << 32)),
            ("SMALLER 0", SearchKey::Smaller(0)),
            ("UID 1:5,7,*", SearchKey::Uid("1:5,7,*".parse().unwrap())),
            ("2:4,*:9", SearchKey::Numbers("2:4,*:9".parse().unwrap())),
            ("NOT ALL", !SearchKey::All),
            ("OR SEEN NOT DRAFT", SearchKey::Seen.or(!SearchKey::Draft)),
        ] {
            check_key(sent, key, sent);
        }
        check_key("on \"01-FEB-2026\"", SearchKey::On(day), "ON 1-Feb-2026");
        check_key("text nil", SearchKey::Text(string("nil")), "TEXT \"nil\"");
    }

    /// RFC 7162 section 3.1.5, RFC 5032 section 4, RFC 8514 section 4.3, RFC 8474 section 6, RFC 9738 section 3.
    #[test]
    fn keys_of_extensions() {
        let day = Date::new(2014, 12, 28).unwrap();
        let modseq = |number| ModSeq::new(number);
        let entry = |flag, kind| Some(ModSeqEntry { flag, kind });
        let id = |id: &str| ObjectId::try_from(id).unwrap();
        let seconds = |seconds| NonZeroU32::new(seconds).unwrap();
        let uid = |uid| Uid::new(uid).unwrap();
        for (line, key, sent) in [
            (
                "MODSEQ \"/flags/\\\\draft\" all 620162338",
                SearchKey::ModSeq { entry: entry(Flag::Draft, EntryKind::All), since: modseq(620_162_338) },
                "MODSEQ \"/flags/\\\\Draft\" all 620162338",
            ),
            (
                "modseq \"/flags/$MDNSent\" PRIV 5",
                SearchKey::ModSeq {
                    entry: entry(Flag::new("$MDNSent").unwrap(), EntryKind::Private),
                    since: modseq(5),
                },
                "MODSEQ \"/flags/$MDNSent\" priv 5",
            ),
            (
                "OR NOT MODSEQ 720162338 LARGER 50000",
                (!SearchKey::ModSeq { entry: None, since: modseq(720_162_338) }).or(SearchKey::Larger(50000)),
                "OR NOT MODSEQ 720162338 LARGER 50000",
            ),
            ("MODSEQ 0", SearchKey::ModSeq { entry: None, since: None }, "MODSEQ 0"),
            (
                "UNSEEN YOUNGER 259200",
                SearchKey::Unseen.and(SearchKey::Younger(seconds(259_200))),
                "UNSEEN YOUNGER 259200",
            ),
            ("older 1", SearchKey::Older(seconds(1)), "OLDER 1"),
            ("SAVEDBEFORE 28-Dec-2014", SearchKey::SavedBefore(day), "SAVEDBEFORE 28-Dec-2014"),
            ("SAVEDON 28-Dec-2014", SearchKey::SavedOn(day), "SAVEDON 28-Dec-2014"),
            ("SAVEDSINCE 28-Dec-2014", SearchKey::SavedSince(day), "SAVEDSINCE 28-Dec-2014"),
            ("savedatesupported", SearchKey::SaveDateSupported, "SAVEDATESUPPORTED"),
            ("EMAILID M6d99ac3275bb4e", SearchKey::EmailId(id("M6d99ac3275bb4e")), "EMAILID M6d99ac3275bb4e"),
            ("THREADID \"T64\"", SearchKey::ThreadId(id("T64")), "THREADID T64"),
            ("UIDAFTER 25000", SearchKey::UidAfter(uid(25_000)), "UIDAFTER 25000"),
            ("uidbefore 1", SearchKey::UidBefore(uid(1)), "UIDBEFORE 1"),
            (
                "X-GM-RAW \"has:attachment in:unread\"",
                SearchKey::GmailRaw(string("has:attachment in:unread")),
                "X-GM-RAW \"has:attachment in:unread\"",
            ),
            (
                "x-gm-msgid 1278455344230334865",
                SearchKey::GmailMessageId(1_278_455_344_230_334_865),
                "X-GM-MSGID 1278455344230334865",
            ),
            ("X-GM-THRID 0", SearchKey::GmailThreadId(0), "X-GM-THRID 0"),
            ("X-GM-LABELS foo", SearchKey::GmailLabel(string("foo")), "X-GM-LABELS \"foo\""),
            ("X-GM-LABELS \\Sent", SearchKey::GmailLabel(string("\\Sent")), "X-GM-LABELS \"\\\\Sent\""),
        ] {
            check_key(line, key, sent);
        }
    }

    /// RFC 5182 section 2.2.
    #[test]
    fn what_a_search_has_saved() {
        let small = || SearchKey::Saved.and(SearchKey::Smaller(4096));
        check_key("UID $ SMALLER 4096", small(), "$ SMALLER 4096");
        check_key("$ SMALLER 4096", small(), "$ SMALLER 4096");
        let either = SearchKey::Saved.or(SearchKey::Numbers("1,3000:3021".parse().unwrap()));
        assert!(either.uses_saved() && (!either.clone()).uses_numbers());
        check_key(
            "(OR $ 1,3000:3021) SEEN",
            SearchKey::And(NonEmpty::one(SearchKey::And(NonEmpty::one(either))).and(SearchKey::Seen)),
            "(OR $ 1,3000:3021) SEEN",
        );
        assert_eq!("$ unseen".parse(), Ok(SearchKey::Saved.and(SearchKey::Unseen)));
        check_wrong("a SEARCH $,1", 10, "a blank");
        check_wrong("a SEARCH 1,$", 11, "a set of messages");
    }

    #[test]
    fn what_is_no_key_of_an_extension() {
        check_wrong("a SEARCH MODSEQ", 15, "a mod-sequence");
        check_wrong("a SEARCH MODSEQ 9223372036854775808", 16, "a mod-sequence");
        check_wrong("a SEARCH MODSEQ \"/flags/\\\\draft\" 5", 33, "priv, shared or all");
        check_wrong("a SEARCH MODSEQ \"/flag/a\" all 5", 16, "a flag behind `/flags/`");
        check_wrong("a SEARCH MODSEQ \"/flags/\" all 5", 16, "a flag behind `/flags/`");
        check_wrong("a SEARCH MODSEQ \"/flags/a\" all", 30, "a mod-sequence");
        check_wrong("a SEARCH YOUNGER 0", 17, "a number of seconds from 1");
        check_wrong("a SEARCH OLDER -1", 15, "a number of seconds from 1");
        check_wrong("a SEARCH SAVEDON", 16, "a date");
        check_wrong("a SEARCH EMAILID a.b", 17, "an object id");
        check_wrong("a SEARCH THREADID", 17, "an object id");
        check_wrong("a SEARCH UIDAFTER", 17, "a UID");
        check_wrong("a SEARCH UIDAFTER *", 18, "a UID");
        check_wrong("a SEARCH UIDBEFORE 0", 19, "a UID");
        check_wrong("a SEARCH X-GM-FOO 1", 9, "a search key");
        check_wrong("a SEARCH X-GM-MSGID a", 20, "a number");
        check_wrong("a SEARCH X-GM-LABELS \\", 22, "a label");
    }

    /// An id that a server made up cannot break out of the command.
    #[test]
    fn an_id_of_a_server_is_quoted_where_it_needs_to_be() {
        let odd = ObjectId::from_wire(Bytes::from_static(b"a\r\nb NOOP"));
        let key = SearchKey::EmailId(odd);
        let command = Command::Search { returns: None, key, charset: Charset::Default, by: SearchBy::Uids };
        let encoded = super::super::testing::encode(&command, crate::wire::LiteralMode::Plus);
        assert_eq!(&**encoded.bytes, b"a UID SEARCH EMAILID {9+}\r\na\r\nb NOOP\r\n");
    }

    #[test]
    fn parentheses_are_kept_where_they_mean_something() {
        let both = || SearchKey::Seen.and(SearchKey::Draft);
        check_key("SEEN DRAFT", both(), "SEEN DRAFT");
        check_key("( SEEN  DRAFT )", both(), "SEEN DRAFT");
        check_key("(SEEN)", SearchKey::And(NonEmpty::one(SearchKey::Seen)), "(SEEN)");
        check_key("NOT (SEEN DRAFT)", !both(), "NOT (SEEN DRAFT)");
        check_key("OR (SEEN DRAFT) ALL", both().or(SearchKey::All), "OR (SEEN DRAFT) ALL");
        check_key(
            "(SEEN DRAFT) ALL",
            SearchKey::And(NonEmpty::one(both()).and(SearchKey::All)),
            "(SEEN DRAFT) ALL",
        );
    }

    #[test]
    fn depth_is_bounded_in_every_form() {
        for (open, close) in [("(", ")"), ("NOT ", ""), ("OR ALL ", ""), ("OR ", " ALL")] {
            let line = |depth| format!("a SEARCH {}ALL{}", open.repeat(depth), close.repeat(depth));
            assert!(parse_line(&line(100)).is_ok(), "{open}");
            for depth in [101, 10_000] {
                let error = parse_line(&line(depth)).unwrap_err();
                assert_eq!(error.expected, "less deeply nested parentheses", "{open} {depth}");
            }
        }
    }

    #[test]
    fn what_is_no_key() {
        check_wrong("a SEARCH YELLOW", 9, "a search key");
        check_wrong("a SEARCH ALLOW", 9, "a search key");
        check_wrong("a SEARCH ALL-", 12, "a blank");
        check_wrong("a SEARCH ()", 9, "at least one search key");
        check_wrong("a SEARCH (ALL", 13, "a closing parenthesis");
        check_wrong("a SEARCH (ALL ", 14, "a closing parenthesis");
        check_wrong("a SEARCH (", 10, "a closing parenthesis");
        check_wrong("a SEARCH ALL)", 12, "an opening parenthesis in front of this one");
        check_wrong("a SEARCH NOT", 12, "a search key");
        check_wrong("a SEARCH (NOT)", 13, "a search key");
        check_wrong("a SEARCH NOT(ALL)", 12, "a blank");
        check_wrong("a SEARCH OR SEEN", 16, "a search key");
        check_wrong("a SEARCH FROM", 13, "a string to look for");
        check_wrong("a SEARCH SINCE", 14, "a date");
        check_wrong("a SEARCH UID", 12, "a set of messages");
        check_wrong("a SEARCH KEYWORD", 16, "a keyword");
        check_wrong("a SEARCH LARGER", 15, "a number of octets");
        check_wrong("a SEARCH LARGER 5K", 17, "a number of octets without a unit");
        check_wrong("a SEARCH FROM ", 14, "a string to look for");
        check_wrong("a SEARCH HEADER x", 17, "a string to look for");
        check_wrong("a SEARCH SINCE 30-Feb-2026", 15, "a day that the month has");
        check_wrong("a SEARCH SINCE 0-Feb-2026", 15, "a day that the month has");
        check_wrong("a SEARCH SINCE 300-Feb-2026", 15, "a date");
        check_wrong("a SEARCH SINCE 3-Foo-2026", 15, "a date");
        check_wrong("a SEARCH 3-Feb-2026", 9, "a search key in front of a date");
        check_wrong("a SEARCH LARGER -1", 16, "a number of octets");
        check_wrong("a SEARCH LARGER 18446744073709551616", 16, "a number of octets");
        check_wrong("a SEARCH UID 0", 13, "a set of messages");
        check_wrong("a SEARCH KEYWORD \\Seen", 17, "a keyword");
    }

    #[test]
    fn keys_as_a_person_writes_them() {
        let key = |text: &str| text.parse::<SearchKey>();
        assert_eq!(key(" seen "), Ok(SearchKey::Seen));
        assert_eq!(key("seen draft"), Ok(SearchKey::Seen.and(SearchKey::Draft)));
        assert_eq!(
            key("subject \"\u{65c5}\u{884c} 1\""),
            Ok(SearchKey::Subject(string("\u{65c5}\u{884c} 1")))
        );
        assert_eq!(key("subject \u{65c5}\u{884c}"), Ok(SearchKey::Subject(string("\u{65c5}\u{884c}"))));
        for (text, index, expected) in [
            ("", 0, "a search key"),
            ("seen yellow", 5, "a search key"),
            ("seen)", 4, "an opening parenthesis in front of this one"),
            ("subject 'two words'", 8, "double quotes around what is more than one word"),
            ("subject 'two' sinse", 14, "a search key"),
            ("subject \" 'two\" words", 16, "a search key"),
            ("since 1-2-2026", 6, "a date"),
            ("subject \"a", 10, "the closing quote"),
            ("subject {1}\r\na", 11, "one line"),
            ("subject {1}", 11, "the end of the line"),
            ("or seen", 7, "a search key"),
        ] {
            assert_eq!(key(text), Err(SearchKeyError { index, expected }), "{text}");
        }
    }
}

//! Response codes (RFC 9051 section 7.1, RFC 3501 section 7.1, RFC 4315 section 3, RFC 5530 section 3,
//! RFC 7162 section 7), and those of the extensions that tell a program something to act upon.

use bytes::Bytes;

use crate::quirk::Quirk;
use crate::types::{
    Bound, Capabilities, Id, ModSeq, NumberSet, ObjectId, PermanentFlag, SeqNum, SequenceSet, Text, Uid,
    UidSet, UidValidity,
};
use crate::wire::{Cursor, Encoder, Syntax};

use super::{MetadataCode, capability, expect_end, flags};

/// What a status response tells programs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ResponseCode {
    /// `ALERT`: the text must be shown to the user.
    Alert,
    /// `BADCHARSET`: the charsets that can be searched, if listed.
    BadCharset(Vec<Text>),
    /// `CAPABILITY`
    Capability(Capabilities),
    /// `PARSE`: the server could not parse a message.
    Parse,
    /// `PERMANENTFLAGS`
    PermanentFlags(Vec<PermanentFlag>),
    /// `READ-ONLY`
    ReadOnly,
    /// `READ-WRITE`
    ReadWrite,
    /// `TRYCREATE`: there is no such mailbox, it could be created.
    TryCreate,
    /// `UIDNEXT`; `None` where a server says 0, that is, does not know.
    UidNext(Option<Uid>),
    /// `UIDVALIDITY`; `None` where a server says 0, that is, has no lasting UIDs.
    UidValidity(Option<UidValidity>),
    /// `UNSEEN`: the first message without `\Seen`; `None` where a server says 0, that is, has none.
    Unseen(Option<SeqNum>),
    /// `HIGHESTMODSEQ` (RFC 7162 section 3.1.2.1)
    HighestModSeq(ModSeq),
    /// `NOMODSEQ` (RFC 7162 section 3.1.2.2): the mailbox keeps no mod-sequences. Read from `HIGHESTMODSEQ 0` as well.
    NoModSeq,
    /// `APPENDUID` (RFC 4315 section 3): where the appended messages are.
    AppendUid {
        /// Of the mailbox they were appended to.
        validity: UidValidity,
        /// One for each message.
        uids: UidSet,
    },
    /// `COPYUID` (RFC 4315 section 3): where the copied messages are. Both sets stand in the same order.
    CopyUid {
        /// Of the mailbox they were copied to.
        validity: UidValidity,
        /// Of the messages here.
        from: SequenceSet<Uid>,
        /// Of their copies there.
        to: SequenceSet<Uid>,
    },
    /// `UIDNOTSTICKY` (RFC 4315 section 3): UIDs do not last.
    UidNotSticky,
    /// `CLOSED` (RFC 7162 section 3.2.11): what follows is about the mailbox that is being selected.
    Closed,
    /// `UNAVAILABLE` (RFC 5530 section 3)
    Unavailable,
    /// `AUTHENTICATIONFAILED` (RFC 5530 section 3)
    AuthenticationFailed,
    /// `AUTHORIZATIONFAILED` (RFC 5530 section 3)
    AuthorizationFailed,
    /// `EXPIRED` (RFC 5530 section 3)
    Expired,
    /// `PRIVACYREQUIRED` (RFC 5530 section 3)
    PrivacyRequired,
    /// `CONTACTADMIN` (RFC 5530 section 3)
    ContactAdmin,
    /// `NOPERM` (RFC 5530 section 3)
    NoPerm,
    /// `INUSE` (RFC 5530 section 3)
    InUse,
    /// `EXPUNGEISSUED` (RFC 5530 section 3)
    ExpungeIssued,
    /// `CORRUPTION` (RFC 5530 section 3)
    Corruption,
    /// `SERVERBUG` (RFC 5530 section 3)
    ServerBug,
    /// `CLIENTBUG` (RFC 5530 section 3)
    ClientBug,
    /// `CANNOT` (RFC 5530 section 3)
    Cannot,
    /// `LIMIT` (RFC 5530 section 3)
    Limit,
    /// `OVERQUOTA` (RFC 5530 section 3)
    OverQuota,
    /// `ALREADYEXISTS` (RFC 5530 section 3)
    AlreadyExists,
    /// `NONEXISTENT` (RFC 5530 section 3)
    NonExistent,
    /// `HASCHILDREN` (RFC 9051 section 7.1): the mailbox has others below it and is not deleted.
    HasChildren,
    /// `NOTSAVED` (RFC 5182 section 2.1): the result of the search was not kept.
    NotSaved,
    /// `UNKNOWN-CTE` (RFC 3516 section 4.3): the server cannot decode this transfer encoding.
    UnknownCte,
    /// `TOOBIG` (RFC 4469 section 5, RFC 7889 section 3.4): the message is larger than may be appended.
    TooBig,
    /// `USEATTR` (RFC 6154 section 3): no mailbox is made with such a special use.
    UseAttr,
    /// `COMPRESSIONACTIVE` (RFC 4978 section 3)
    CompressionActive,
    /// `NOTIFICATIONOVERFLOW` (RFC 5465 section 5.8): the server has stopped to tell news.
    NotificationOverflow,
    /// `BADEVENT` (RFC 5465 section 5): events that the server knows.
    BadEvent(Vec<Text>),
    /// `MODIFIED` (RFC 7162 section 3.1.3): what a conditional STORE has left alone, since others have changed it.
    Modified(NumberSet),
    /// `MAILBOXID` (RFC 8474 section 4.2): of the mailbox that was made or selected.
    MailboxId(ObjectId),
    /// `UIDREQUIRED` (RFC 9586 section 3): message numbers are not used any more.
    UidRequired,
    /// `MESSAGELIMIT` (RFC 9738 section 3.1): the command was about more messages than it may be.
    MessageLimit {
        /// How many messages one command may be about.
        limit: u32,
        /// The lowest UID that was looked at; go on below it. `None` where the server does not say, or what cannot be
        /// read.
        lowest: Option<Uid>,
    },
    /// `INPROGRESS` (RFC 9585): a command goes on. Where the numbers cannot be believed, and there the RFC says that
    /// all of it is to be passed over, the code is [`ResponseCode::Other`].
    InProgress {
        /// The tag of the command.
        tag: Option<Text>,
        /// How much is done.
        done: Option<u32>,
        /// How much there is to do.
        goal: Option<u32>,
    },
    /// `METADATA` (RFC 5464 section 5)
    Metadata(MetadataCode),
    /// Any other code, or a known one whose arguments cannot be read, as it came.
    Other {
        /// The first word.
        name: Text,
        /// What stands behind it.
        arguments: Option<Text>,
    },
}

/// The codes that are a name and nothing else.
const PLAIN: [(&str, ResponseCode); 33] = [
    ("ALERT", ResponseCode::Alert),
    ("PARSE", ResponseCode::Parse),
    ("READ-ONLY", ResponseCode::ReadOnly),
    ("READ-WRITE", ResponseCode::ReadWrite),
    ("TRYCREATE", ResponseCode::TryCreate),
    ("NOMODSEQ", ResponseCode::NoModSeq),
    ("UIDNOTSTICKY", ResponseCode::UidNotSticky),
    ("CLOSED", ResponseCode::Closed),
    ("UNAVAILABLE", ResponseCode::Unavailable),
    ("AUTHENTICATIONFAILED", ResponseCode::AuthenticationFailed),
    ("AUTHORIZATIONFAILED", ResponseCode::AuthorizationFailed),
    ("EXPIRED", ResponseCode::Expired),
    ("PRIVACYREQUIRED", ResponseCode::PrivacyRequired),
    ("CONTACTADMIN", ResponseCode::ContactAdmin),
    ("NOPERM", ResponseCode::NoPerm),
    ("INUSE", ResponseCode::InUse),
    ("EXPUNGEISSUED", ResponseCode::ExpungeIssued),
    ("CORRUPTION", ResponseCode::Corruption),
    ("SERVERBUG", ResponseCode::ServerBug),
    ("CLIENTBUG", ResponseCode::ClientBug),
    ("CANNOT", ResponseCode::Cannot),
    ("LIMIT", ResponseCode::Limit),
    ("OVERQUOTA", ResponseCode::OverQuota),
    ("ALREADYEXISTS", ResponseCode::AlreadyExists),
    ("NONEXISTENT", ResponseCode::NonExistent),
    ("HASCHILDREN", ResponseCode::HasChildren),
    ("NOTSAVED", ResponseCode::NotSaved),
    ("UNKNOWN-CTE", ResponseCode::UnknownCte),
    ("TOOBIG", ResponseCode::TooBig),
    ("USEATTR", ResponseCode::UseAttr),
    ("COMPRESSIONACTIVE", ResponseCode::CompressionActive),
    ("NOTIFICATIONOVERFLOW", ResponseCode::NotificationOverflow),
    ("UIDREQUIRED", ResponseCode::UidRequired),
];

/// A code in brackets, if one stands here; without its closing bracket it is text.
pub(super) fn try_code(cursor: &mut Cursor<'_>) -> Option<ResponseCode> {
    let rest = cursor.rest();
    let line = rest.strip_suffix(b"\n").unwrap_or(rest);
    let inner = line.strip_prefix(b"[")?;
    let length = code_length(inner)?;
    let offset = cursor.pos();
    cursor.take(1);
    let code = cursor.take(length);
    cursor.take(1);
    Some(ResponseCode::parse(&code, offset, cursor))
}

/// Where the code ends: at the first `]`, or, inside a list, at the first one behind the list. Gmail has keywords such
/// as `OIB-Seen-[Google Mail]/All`.
fn code_length(code: &[u8]) -> Option<usize> {
    let mut open = 0_usize;
    for (index, octet) in code.iter().enumerate() {
        match octet {
            b'(' => open += 1,
            b')' => open = open.saturating_sub(1),
            b']' if open == 0 => return Some(index),
            _ => {}
        }
    }
    memchr::memchr(b']', code)
}

/// Lists in codes hold words, and `INPROGRESS` has one.
const NESTING: usize = 1;

impl ResponseCode {
    fn parse(code: &Bytes, offset: usize, outer: &mut Cursor<'_>) -> Self {
        let mut cursor = Cursor::of_response(code, NESTING);
        match Self::parse_known(&mut cursor) {
            Ok(Some(known)) => {
                for repair in cursor.take_repairs() {
                    outer.repaired_at(repair.quirk, offset + 1 + repair.offset);
                }
                return known;
            }
            Ok(None) => {}
            Err(_) => outer.repaired_at(Quirk::BrokenCode, offset),
        }
        let blank = memchr::memchr(b' ', code);
        Self::Other {
            name: code.slice(..blank.unwrap_or(code.len())).into(),
            arguments: blank.map(|blank| code.slice(blank + 1..).into()),
        }
    }

    /// Whether it is a code of this name, in any case, whose arguments cannot be read.
    pub fn is_unreadable(&self, name: &str) -> bool {
        matches!(self, Self::Other { name: word, .. } if word.as_bytes().eq_ignore_ascii_case(name.as_bytes()))
    }

    /// `None` if the name is not known.
    fn parse_known(cursor: &mut Cursor<'_>) -> Result<Option<Self>, Syntax> {
        let plain = PLAIN.iter().find(|(name, _)| cursor.try_word(name));
        let code = if let Some((_, code)) = plain {
            code.clone()
        } else if cursor.try_word("CAPABILITY") {
            Self::Capability(capability::parse_capabilities(cursor))
        } else if cursor.try_word("PERMANENTFLAGS") {
            cursor.expect_sp()?;
            Self::PermanentFlags(flags::parse_permanent_flags(cursor)?)
        } else if cursor.try_word("UIDNEXT") {
            Self::UidNext(parse_number(cursor)?.and_then(Uid::new))
        } else if cursor.try_word("UIDVALIDITY") {
            Self::UidValidity(parse_number(cursor)?.and_then(UidValidity::new))
        } else if cursor.try_word("UNSEEN") {
            Self::Unseen(parse_number(cursor)?.and_then(SeqNum::new))
        } else if cursor.try_word("HIGHESTMODSEQ") {
            cursor.expect_sp()?;
            parse_modseq(cursor)?.map_or(Self::NoModSeq, Self::HighestModSeq)
        } else if cursor.try_word("APPENDUID") {
            let validity = parse_validity(cursor)?;
            Self::AppendUid { validity, uids: parse_set(cursor)?.resolve(None) }
        } else if cursor.try_word("COPYUID") {
            let validity = parse_validity(cursor)?;
            Self::CopyUid { validity, from: parse_set(cursor)?, to: parse_set(cursor)? }
        } else if cursor.try_word("BADCHARSET") {
            Self::BadCharset(parse_words(cursor)?)
        } else if cursor.try_word("MODIFIED") {
            Self::Modified(parse_numbers(cursor)?)
        } else if cursor.try_word("MAILBOXID") {
            Self::MailboxId(parse_mailbox_id(cursor)?)
        } else if cursor.try_word("MESSAGELIMIT") {
            parse_message_limit(cursor)?
        } else if cursor.try_word("INPROGRESS") {
            parse_in_progress(cursor)?
        } else if cursor.try_word("METADATA") {
            Self::Metadata(MetadataCode::parse(cursor)?)
        } else if cursor.try_word("BADEVENT") {
            Self::BadEvent(parse_words(cursor)?)
        } else {
            return Ok(None);
        };
        expect_end(cursor)?;
        Ok(Some(code))
    }

    pub(super) fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("[");
        match self {
            Self::BadCharset(charsets) => {
                encoder.raw("BADCHARSET");
                if !charsets.is_empty() {
                    encoder.sp().list(charsets, encode_word);
                }
            }
            Self::BadEvent(events) => {
                encoder.raw("BADEVENT ").list(events, encode_word);
            }
            Self::Modified(messages) => {
                encoder.raw("MODIFIED ").show(messages);
            }
            Self::MailboxId(id) => {
                encoder.raw("MAILBOXID (").token(id.as_bytes()).raw(")");
            }
            Self::Metadata(code) => code.encode(encoder),
            Self::MessageLimit { limit, lowest } => {
                encoder.raw("MESSAGELIMIT ").show(limit);
                if let Some(lowest) = lowest {
                    encoder.sp().show(lowest);
                }
            }
            Self::InProgress { tag: None, done: None, goal: None } => {
                encoder.raw("INPROGRESS");
            }
            Self::InProgress { tag, done, goal } => {
                encoder.raw("INPROGRESS (");
                match tag {
                    None => encoder.raw("NIL"),
                    Some(tag) => encoder.string(tag.as_bytes()),
                };
                for number in [done, goal] {
                    match number {
                        None => encoder.raw(" NIL"),
                        Some(number) => encoder.sp().show(number),
                    };
                }
                encoder.raw(")");
            }
            Self::Capability(capabilities) => {
                encoder.raw("CAPABILITY");
                capability::encode_capabilities(encoder, capabilities);
            }
            Self::PermanentFlags(flags) => {
                encoder.raw("PERMANENTFLAGS ");
                flags::encode_permanent_flags(encoder, flags);
            }
            Self::UidNext(uid) => {
                encoder.raw("UIDNEXT ").show(uid.map_or(0, Uid::value));
            }
            Self::UidValidity(validity) => {
                encoder.raw("UIDVALIDITY ").show(validity.map_or(0, UidValidity::value));
            }
            Self::Unseen(number) => {
                encoder.raw("UNSEEN ").show(number.map_or(0, SeqNum::value));
            }
            Self::HighestModSeq(modseq) => {
                encoder.raw("HIGHESTMODSEQ ").show(modseq);
            }
            Self::AppendUid { validity, uids } => {
                encoder.raw("APPENDUID ").show(validity).sp().show(uids);
            }
            Self::CopyUid { validity, from, to } => {
                encoder.raw("COPYUID ").show(validity).sp().show(from).sp().show(to);
            }
            Self::Other { name, arguments } => {
                encoder.token(name.as_bytes());
                if let Some(arguments) = arguments {
                    encoder.sp().line_text(arguments.as_bytes());
                }
            }
            plain => {
                let name = PLAIN.iter().find(|(_, code)| code == plain);
                encoder.raw(name.map_or("", |(name, _)| name));
            }
        }
        encoder.raw("]");
    }
}

/// A number; 0, which stands for one that is not known, is `None`.
fn parse_number(cursor: &mut Cursor<'_>) -> Result<Option<u32>, Syntax> {
    cursor.expect_sp()?;
    let start = cursor.pos();
    let number = cursor.expect_number("a number up to 4294967295")?;
    if number == 0 {
        cursor.repaired_at(Quirk::ZeroNumber, start);
        return Ok(None);
    }
    Ok(Some(number))
}

fn parse_validity(cursor: &mut Cursor<'_>) -> Result<UidValidity, Syntax> {
    parse_number(cursor)?.and_then(UidValidity::new).ok_or_else(|| cursor.expected("a UIDVALIDITY from 1"))
}

/// A mod-sequence; `None` for 0, which says that there are none.
fn parse_modseq(cursor: &mut Cursor<'_>) -> Result<Option<ModSeq>, Syntax> {
    const EXPECTED: &str = "a mod-sequence from 1 to 9223372036854775807";
    let offset = cursor.pos();
    match cursor.expect_number64(EXPECTED)? {
        0 => {
            cursor.repaired_at(Quirk::ZeroNumber, offset);
            Ok(None)
        }
        number => ModSeq::new(number).map(Some).ok_or(Syntax { offset, expected: EXPECTED }),
    }
}

/// `uid-set`: a sequence set without `*` (RFC 4315 section 4). `known-sequence-set` is the same (RFC 7162 section 7).
fn parse_set<T: Id>(cursor: &mut Cursor<'_>) -> Result<SequenceSet<T>, Syntax> {
    const EXPECTED: &str = "a set of numbers";
    cursor.expect_sp()?;
    let set = cursor.expect_atom(EXPECTED)?;
    let set = std::str::from_utf8(&set).ok().and_then(|set| set.parse::<SequenceSet<T>>().ok());
    set.filter(|set| !set.ranges().iter().any(|&(start, end)| start == Bound::Last || end == Bound::Last))
        .ok_or_else(|| cursor.expected(EXPECTED))
}

fn parse_numbers(cursor: &mut Cursor<'_>) -> Result<NumberSet, Syntax> {
    Ok(NumberSet::from(&parse_set::<SeqNum>(cursor)?.resolve(None)))
}

/// `"MAILBOXID" SP "(" objectid ")"` (RFC 8474 section 7)
fn parse_mailbox_id(cursor: &mut Cursor<'_>) -> Result<ObjectId, Syntax> {
    cursor.expect_sp()?;
    cursor.expect_byte(b'(', "`(`")?;
    let id = cursor.take_while(|octet| !matches!(octet, b' ' | b')'));
    if id.is_empty() {
        return Err(cursor.expected("the id of a mailbox"));
    }
    cursor.expect_byte(b')', "`)`")?;
    Ok(ObjectId::from_wire(id))
}

/// `"MESSAGELIMIT" SP nz-number [SP uniqueid]` (RFC 9738 section 3.1)
///
/// Wider: anything in place of the UID. That the server has stopped must not be lost with the place where it has.
fn parse_message_limit(cursor: &mut Cursor<'_>) -> Result<ResponseCode, Syntax> {
    cursor.expect_sp()?;
    let limit = cursor.expect_number("a number of messages")?;
    let behind = cursor.pos();
    let lowest = parse_lowest(cursor).unwrap_or_else(|_| {
        cursor.seek(behind);
        cursor.take(cursor.rest().len());
        cursor.repaired_at(Quirk::BrokenCode, behind);
        None
    });
    Ok(ResponseCode::MessageLimit { limit, lowest })
}

/// The UID behind the limit, and nothing behind that.
fn parse_lowest(cursor: &mut Cursor<'_>) -> Result<Option<Uid>, Syntax> {
    const EXPECTED: &str = "a UID from 1 to 4294967295";
    cursor.skip_blanks();
    if cursor.at_line_end() {
        return Ok(None);
    }
    let offset = cursor.pos();
    let uid = Uid::new(cursor.expect_number(EXPECTED)?).ok_or(Syntax { offset, expected: EXPECTED })?;
    expect_end(cursor)?;
    Ok(Some(uid))
}

/// `"INPROGRESS" [SP "(" (quoted / nil) SP (number / nil) SP (nz-number / nil) ")"]` (RFC 9585)
///
/// Fails where the numbers mean that a client must pass over the whole: a goal of 0, more done than there is to do, a
/// number above 2^32 - 1.
fn parse_in_progress(cursor: &mut Cursor<'_>) -> Result<ResponseCode, Syntax> {
    let start = cursor.pos();
    cursor.skip_blanks();
    if cursor.at_line_end() {
        cursor.seek(start);
        return Ok(ResponseCode::InProgress { tag: None, done: None, goal: None });
    }
    cursor.seek(start);
    cursor.expect_sp()?;
    cursor.expect_byte(b'(', "`(`")?;
    let tag = if cursor.try_word("NIL") { None } else { Some(cursor.expect_string("a tag or NIL")?) };
    cursor.expect_sp()?;
    let done = parse_amount(cursor)?;
    cursor.expect_sp()?;
    let goal = parse_amount(cursor)?;
    cursor.skip_stray_blanks();
    cursor.expect_byte(b')', "`)`")?;
    let believed = match (done, goal) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(done), Some(goal)) => 0 < goal && done <= goal,
    };
    if !believed {
        return Err(Syntax { offset: start, expected: "a goal that can be reached" });
    }
    Ok(ResponseCode::InProgress { tag, done, goal })
}

fn parse_amount(cursor: &mut Cursor<'_>) -> Result<Option<u32>, Syntax> {
    if cursor.try_word("NIL") {
        return Ok(None);
    }
    cursor.expect_number("a number up to 4294967295 or NIL").map(Some)
}

/// `["(" word *(SP word) ")"]`; the parentheses may be missing.
fn parse_words(cursor: &mut Cursor<'_>) -> Result<Vec<Text>, Syntax> {
    let mut words = Vec::new();
    cursor.skip_blanks();
    let list = cursor.try_byte(b'(');
    if !list && !cursor.at_line_end() {
        cursor.repaired(Quirk::BareCharsets);
    }
    loop {
        cursor.skip_blanks();
        if (list && cursor.try_byte(b')')) || cursor.at_line_end() {
            return Ok(words);
        }
        words.push(cursor.expect_astring("a word")?);
    }
}

/// Literals cannot stand in a code, so a word that needs one loses what does.
fn encode_word(encoder: &mut Encoder, word: &Text) {
    let octets = word.as_bytes();
    if octets.len() <= 512 && octets.iter().all(|octet| matches!(octet, b' '..=b'~')) {
        encoder.astring(octets);
    } else {
        encoder.token(octets);
    }
}

//! Status responses and continuation requests (RFC 9051 sections 7.1 and 7.6).
//!
//! ```text
//! response-tagged = tag SP resp-cond-state CRLF
//! resp-cond-state = ("OK" / "NO" / "BAD") SP resp-text
//! resp-text       = ["[" resp-text-code "]" SP] [text]
//! continue-req    = "+" SP (resp-text / base64) CRLF
//! ```
//!
//! Wider: the text may be missing with its blank and holds any octets but line ends. Nothing in it is a quote or a
//! literal.

use bytes::Bytes;

use crate::quirk::Quirk;
use crate::types::{Tag, Text};
use crate::wire::{Cursor, Encoder};

use super::{ResponseCode, code, try_tag};

/// The kinds of untagged status responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusKind {
    /// `OK` (RFC 9051 section 7.1.1)
    Ok,
    /// `NO` (RFC 9051 section 7.1.2)
    No,
    /// `BAD` (RFC 9051 section 7.1.3)
    Bad,
    /// `PREAUTH` (RFC 9051 section 7.1.4): a greeting.
    PreAuth,
    /// `BYE` (RFC 9051 section 7.1.5)
    Bye,
}

impl StatusKind {
    const ALL: [(&str, Self); 5] = [
        ("OK", Self::Ok),
        ("NO", Self::No),
        ("BAD", Self::Bad),
        ("PREAUTH", Self::PreAuth),
        ("BYE", Self::Bye),
    ];

    pub(super) fn try_parse(cursor: &mut Cursor<'_>) -> Option<Self> {
        Self::ALL.into_iter().find(|(word, _)| try_status(cursor, word)).map(|(_, kind)| kind)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::No => "NO",
            Self::Bad => "BAD",
            Self::PreAuth => "PREAUTH",
            Self::Bye => "BYE",
        }
    }
}

/// An untagged status response.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Which.
    pub kind: StatusKind,
    /// What programs should know.
    pub code: Option<ResponseCode>,
    /// What people should read; raw, and not safe for a terminal.
    pub text: Text,
}

impl Status {
    pub(super) fn parse_text(kind: StatusKind, cursor: &mut Cursor<'_>) -> Self {
        let (code, text) = parse_text(cursor);
        Self { kind, code, text }
    }

    /// A failure that names no command.
    pub(super) fn try_parse_without_tag(cursor: &mut Cursor<'_>) -> Option<Self> {
        let start = cursor.pos();
        let found = cursor.try_word("Server") && cursor.try_byte(b' ') && cursor.try_word("Unavailable.");
        cursor.seek(start);
        if !found {
            return None;
        }
        cursor.repaired(Quirk::UntaggedFailure);
        Some(Self { kind: StatusKind::Bad, code: None, text: cursor.rest_of_line().into() })
    }

    pub(super) fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("* ").raw(self.kind.name());
        encode_text(encoder, self.code.as_ref(), &self.text);
    }
}

/// The line that ends a command.
///
/// Any line is read as one that begins with a word a client could have chosen as a tag: only who knows the tags can
/// tell a broken completion from noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Tagged {
    /// The first word.
    pub tag: Tag,
    /// How the command ended.
    pub status: TaggedStatus,
    /// What programs should know.
    pub code: Option<ResponseCode>,
    /// What people should read; raw, and not safe for a terminal. Everything behind the tag if the status is missing.
    pub text: Text,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaggedStatus {
    /// `OK`
    Ok,
    /// `NO`
    No,
    /// `BAD`
    Bad,
    /// `BYE`, which is untagged by RFC 9051 section 7.1.5; wp.pl answers `LOGOUT` with `A6 BYE`.
    Bye,
    /// None of them stands behind the tag: `A999 UID FETCH completed`.
    Missing,
}

impl Tagged {
    const STATUSES: [(&str, TaggedStatus); 4] = [
        ("OK", TaggedStatus::Ok),
        ("NO", TaggedStatus::No),
        ("BAD", TaggedStatus::Bad),
        ("BYE", TaggedStatus::Bye),
    ];

    /// `None`, if the line does not begin with a possible tag.
    pub(super) fn try_parse(cursor: &mut Cursor<'_>) -> Option<Self> {
        let tag = try_tag(cursor)?;
        let behind = cursor.pos();
        cursor.skip_blanks();
        let found = Self::STATUSES.into_iter().find(|(word, _)| try_status(cursor, word));
        let Some((_, status)) = found else {
            cursor.seek(behind);
            cursor.try_byte(b' ');
            let text = cursor.rest_of_line().into();
            return Some(Self { tag, status: TaggedStatus::Missing, code: None, text });
        };
        cursor.try_byte(b' ');
        let (code, text) = parse_text(cursor);
        Some(Self { tag, status, code, text })
    }

    /// Reads the line again without its first word, if that gives a completion: `EXPUNGE: TAG12 OK EXPUNGE completed`
    /// completes `TAG12`.
    ///
    /// Only to be believed when the first word is not a tag of ours and the second one is.
    pub fn reread(&self) -> Option<Self> {
        if self.status != TaggedStatus::Missing {
            return None;
        }
        let rest: Bytes = self.text.clone().into_bytes();
        let mut cursor = Cursor::of_response(&rest, 0);
        let tagged = Self::try_parse(&mut cursor)?;
        (tagged.status != TaggedStatus::Missing).then_some(tagged)
    }

    pub(super) fn encode(&self, encoder: &mut Encoder) {
        encoder.tag(&self.tag);
        let word = match self.status {
            TaggedStatus::Ok => "OK",
            TaggedStatus::No => "NO",
            TaggedStatus::Bad => "BAD",
            TaggedStatus::Bye => "BYE",
            TaggedStatus::Missing => {
                encoder.sp().line_text(self.text.as_bytes());
                return;
            }
        };
        encoder.sp().raw(word);
        encode_text(encoder, self.code.as_ref(), &self.text);
    }
}

/// A continuation request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// A challenge in Base64, text for people, or nothing; only the command that waits can tell.
    pub text: Text,
}

impl Continuation {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Self {
        cursor.try_byte(b'+');
        // Exchange leaves the blank away when nothing follows.
        cursor.try_byte(b' ');
        Self { text: cursor.rest_of_line().into() }
    }

    pub(super) fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("+ ").line_text(self.text.as_bytes());
    }
}

/// A status word, which a blank or the line end follows; `OK[` is seen as well.
fn try_status(cursor: &mut Cursor<'_>, word: &str) -> bool {
    let start = cursor.pos();
    let found = cursor.take_while(|octet| octet.is_ascii_alphabetic());
    let ends = cursor.at_line_end() || matches!(cursor.peek(), Some(b' ' | b'['));
    let matches = ends && found.eq_ignore_ascii_case(word.as_bytes());
    if !matches {
        cursor.seek(start);
    }
    matches
}

fn parse_text(cursor: &mut Cursor<'_>) -> (Option<ResponseCode>, Text) {
    let code = code::try_code(cursor);
    if code.is_some() {
        cursor.try_byte(b' ');
    }
    (code, cursor.rest_of_line().into())
}

fn encode_text(encoder: &mut Encoder, code: Option<&ResponseCode>, text: &Text) {
    encoder.sp();
    match code {
        Some(code) => {
            code.encode(encoder);
            encoder.sp();
        }
        // A second blank keeps text for people from being read as a code.
        None if text.as_bytes().starts_with(b"[") => {
            encoder.sp();
        }
        None => {}
    }
    encoder.line_text(text.as_bytes());
}

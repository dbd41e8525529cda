use super::fetch_messages::{encode_modifiers, encode_set, parse_modifiers};
use super::{Command, FetchMessages, read};
use crate::grammar::section;
use crate::types::{Atom, Messages, NonEmpty, PartPath, Partial, Section};
use crate::wire::{Cursor, Encoder, Syntax};

/// What a `FETCH` asks for (RFC 9051 section 6.4.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FetchItems {
    /// `ALL`: flags, internal date, size, envelope.
    All,
    /// `FAST`: flags, internal date, size.
    Fast,
    /// `FULL`: as `ALL`, and the body structure without extension data.
    Full,
    /// These.
    Attributes(NonEmpty<FetchAttribute>),
}

/// One thing that a `FETCH` asks for (RFC 9051 section 6.4.5, RFC 3501 section 6.4.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FetchAttribute {
    /// `ENVELOPE`
    Envelope,
    /// `FLAGS`
    Flags,
    /// `INTERNALDATE`
    InternalDate,
    /// `RFC822`: the whole message, marked as seen (RFC 3501 only).
    Rfc822,
    /// `RFC822.HEADER`: the header, not marked as seen (RFC 3501 only).
    Rfc822Header,
    /// `RFC822.SIZE`
    Rfc822Size,
    /// `RFC822.TEXT`: the body, marked as seen (RFC 3501 only).
    Rfc822Text,
    /// `BODY`: the structure without extension data.
    Body,
    /// `BODYSTRUCTURE`
    BodyStructure,
    /// `UID`
    Uid,
    /// `BODY[...]` and `BODY.PEEK[...]`
    Section {
        /// Which text.
        section: Section,
        /// Which octets of it, or all.
        partial: Option<Partial>,
        /// Whether reading leaves a trace.
        peek: Peek,
    },
    /// `BINARY[...]` and `BINARY.PEEK[...]`: a part without its transfer encoding (RFC 9051 section 6.4.5.1, RFC 3516
    /// section 4.2).
    Binary {
        /// Which part; empty for the whole message, which is refused where it is no leaf.
        path: PartPath,
        /// Which octets of it, or all.
        partial: Option<Partial>,
        /// Whether reading leaves a trace.
        peek: Peek,
    },
    /// `BINARY.SIZE[...]`: its size; the server has to decode it to know (RFC 9051 section 6.4.5.1).
    BinarySize(PartPath),
    /// `MODSEQ` (RFC 7162 section 3.1.4.2).
    ModSeq,
    /// `EMAILID` (RFC 8474 section 5.1).
    EmailId,
    /// `THREADID` (RFC 8474 section 5.2).
    ThreadId,
    /// `SAVEDATE` (RFC 8514 section 4.2).
    SaveDate,
    /// `PREVIEW` (RFC 8970 section 3).
    Preview(PreviewMode),
    /// `X-GM-MSGID` (Gmail).
    GmMessageId,
    /// `X-GM-THRID` (Gmail).
    GmThreadId,
    /// `X-GM-LABELS` (Gmail).
    GmLabels,
    /// Any other that is an atom, sent as it is.
    Other(Atom),
}

/// Whether fetching a text marks its message as seen (RFC 9051 section 6.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Peek {
    /// `BODY.PEEK[...]`: the flags stay as they are.
    Peek,
    /// `BODY[...]`: the message gets `\Seen`.
    MarkSeen,
}

/// What a server may do for a preview (RFC 8970 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PreviewMode {
    /// Make it now, however long that takes.
    Make,
    /// `LAZY`: say `NIL` unless it is at hand.
    Lazy,
}

impl FetchAttribute {
    /// The attribute as a single word, if it is one.
    pub fn as_word(&self) -> Option<Atom> {
        match self {
            Self::Other(name) => Some(name.clone()),
            plain => plain_name(plain).and_then(|name| Atom::try_from(name).ok()),
        }
    }

    /// A text, without marking its message as seen.
    pub fn peek(section: Section) -> Self {
        Self::Section { section, partial: None, peek: Peek::Peek }
    }
}

impl From<FetchAttribute> for FetchItems {
    fn from(attribute: FetchAttribute) -> Self {
        Self::Attributes(NonEmpty::one(attribute))
    }
}

impl From<NonEmpty<FetchAttribute>> for FetchItems {
    fn from(attributes: NonEmpty<FetchAttribute>) -> Self {
        Self::Attributes(attributes)
    }
}

/// ```text
/// fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
/// ```
///
/// (RFC 9051 section 9), and behind it [modifiers](encode_modifiers). A single attribute gets parentheses too:
/// CommuniGate answers nothing without.
pub(super) fn encode(encoder: &mut Encoder, messages: &FetchMessages, items: &FetchItems) {
    encode_set(encoder, messages);
    encoder.sp();
    match items {
        FetchItems::All => encoder.raw("ALL"),
        FetchItems::Fast => encoder.raw("FAST"),
        FetchItems::Full => encoder.raw("FULL"),
        FetchItems::Attributes(attributes) => encoder.list(attributes, encode_attribute),
    };
    encode_modifiers(encoder, messages);
}

pub(super) fn encode_attribute(encoder: &mut Encoder, attribute: &FetchAttribute) {
    match attribute {
        FetchAttribute::Section { section, partial, peek } => {
            encoder.raw(match peek {
                Peek::Peek => "BODY.PEEK",
                Peek::MarkSeen => "BODY",
            });
            section::encode(encoder, section);
            if let Some(partial) = partial {
                section::encode_partial(encoder, *partial);
            }
        }
        FetchAttribute::Binary { path, partial, peek } => {
            encoder.raw(match peek {
                Peek::Peek => "BINARY.PEEK",
                Peek::MarkSeen => "BINARY",
            });
            section::encode_part_path(encoder, path);
            if let Some(partial) = partial {
                section::encode_partial(encoder, *partial);
            }
        }
        FetchAttribute::BinarySize(path) => section::encode_part_path(encoder.raw("BINARY.SIZE"), path),
        FetchAttribute::Preview(PreviewMode::Lazy) => {
            encoder.raw("PREVIEW (LAZY)");
        }
        FetchAttribute::Other(name) => {
            encoder.atom(name);
        }
        plain => {
            encoder.raw(plain_name(plain).unwrap_or_default());
        }
    }
}

fn plain_name(plain: &FetchAttribute) -> Option<&'static str> {
    PLAIN.iter().find(|(_, attribute)| attribute == plain).map(|(name, _)| *name)
}

const PLAIN: [(&str, FetchAttribute); 18] = [
    ("ENVELOPE", FetchAttribute::Envelope),
    ("FLAGS", FetchAttribute::Flags),
    ("INTERNALDATE", FetchAttribute::InternalDate),
    ("RFC822", FetchAttribute::Rfc822),
    ("RFC822.HEADER", FetchAttribute::Rfc822Header),
    ("RFC822.SIZE", FetchAttribute::Rfc822Size),
    ("RFC822.TEXT", FetchAttribute::Rfc822Text),
    ("BODY", FetchAttribute::Body),
    ("BODYSTRUCTURE", FetchAttribute::BodyStructure),
    ("UID", FetchAttribute::Uid),
    ("MODSEQ", FetchAttribute::ModSeq),
    ("EMAILID", FetchAttribute::EmailId),
    ("THREADID", FetchAttribute::ThreadId),
    ("SAVEDATE", FetchAttribute::SaveDate),
    ("PREVIEW", FetchAttribute::Preview(PreviewMode::Make)),
    ("X-GM-MSGID", FetchAttribute::GmMessageId),
    ("X-GM-THRID", FetchAttribute::GmThreadId),
    ("X-GM-LABELS", FetchAttribute::GmLabels),
];

/// As [`encode`], behind the set.
pub(super) fn parse(cursor: &mut Cursor<'_>, messages: Messages) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let items = parse_items(cursor)?;
    let messages = parse_modifiers(cursor, messages)?;
    Ok(Command::Fetch { messages, items })
}

fn parse_items(cursor: &mut Cursor<'_>) -> Result<FetchItems, Syntax> {
    if cursor.peek() == Some(b'(') {
        let start = cursor.pos();
        let attributes = read::list(cursor, "a list of attributes", parse_attribute)?;
        return NonEmpty::try_from(attributes)
            .map(FetchItems::Attributes)
            .map_err(|_| Syntax { offset: start, expected: "at least one attribute to fetch" });
    }
    for (name, items) in MACROS {
        if cursor.try_word(name) {
            return Ok(items);
        }
    }
    parse_attribute(cursor).map(FetchItems::from)
}

/// Never inside parentheses.
const MACROS: [(&str, FetchItems); 3] =
    [("ALL", FetchItems::All), ("FAST", FetchItems::Fast), ("FULL", FetchItems::Full)];

pub(super) fn parse_attribute(cursor: &mut Cursor<'_>) -> Result<FetchAttribute, Syntax> {
    let start = cursor.pos();
    let name = read::word(cursor);
    let section = cursor.peek() == Some(b'[');
    match name.as_slice() {
        b"BODY" if section => parse_section(cursor, Peek::MarkSeen),
        b"BODY.PEEK" if section => parse_section(cursor, Peek::Peek),
        b"BINARY" if section => parse_binary(cursor, Peek::MarkSeen),
        b"BINARY.PEEK" if section => parse_binary(cursor, Peek::Peek),
        b"BINARY.SIZE" if section => section::parse_part_path(cursor).map(FetchAttribute::BinarySize),
        b"BODY.PEEK" | b"BINARY" | b"BINARY.PEEK" | b"BINARY.SIZE" => Err(cursor.expected("a section")),
        _ => {
            cursor.seek(start);
            parse_plain(cursor)
        }
    }
}

fn parse_section(cursor: &mut Cursor<'_>, peek: Peek) -> Result<FetchAttribute, Syntax> {
    let section = section::parse(cursor)?;
    let partial = section::try_partial(cursor)?;
    Ok(FetchAttribute::Section { section, partial, peek })
}

fn parse_binary(cursor: &mut Cursor<'_>, peek: Peek) -> Result<FetchAttribute, Syntax> {
    let path = section::parse_part_path(cursor)?;
    let partial = section::try_partial(cursor)?;
    Ok(FetchAttribute::Binary { path, partial, peek })
}

/// `[SP "(" "LAZY" ")"]`, behind `PREVIEW`. Another list there is one of modifiers, which are not the attribute's.
fn parse_preview_mode(cursor: &mut Cursor<'_>) -> Result<PreviewMode, Syntax> {
    let start = cursor.pos();
    if cursor.skip_blanks() > 0 && cursor.try_byte(b'(') {
        cursor.skip_stray_blanks();
        if cursor.try_word("LAZY") {
            cursor.skip_stray_blanks();
            cursor.expect_byte(b')', "`)`")?;
            return Ok(PreviewMode::Lazy);
        }
    }
    cursor.seek(start);
    Ok(PreviewMode::Make)
}

fn parse_plain(cursor: &mut Cursor<'_>) -> Result<FetchAttribute, Syntax> {
    let start = cursor.pos();
    let expected = "an attribute to fetch";
    let name = read::atom(cursor, expected)?;
    if MACROS.iter().any(|(known, _)| name.eq_ignore_case(known.as_bytes())) {
        return Err(Syntax { offset: start, expected });
    }
    match PLAIN.iter().find(|(known, _)| name.eq_ignore_case(known.as_bytes())) {
        Some((_, FetchAttribute::Preview(_))) => parse_preview_mode(cursor).map(FetchAttribute::Preview),
        Some((_, attribute)) => Ok(attribute.clone()),
        None => Ok(FetchAttribute::Other(name)),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::super::testing::{check, check_wrong, numbers, uids};
    use super::*;
    use crate::types::{PartPath, SectionText};

    fn fetch(messages: Messages, attributes: &[FetchAttribute]) -> Command {
        let attributes = NonEmpty::try_from(attributes.to_vec()).unwrap();
        Command::Fetch { messages: messages.into(), items: attributes.into() }
    }

    #[test]
    fn examples_of_the_rfcs() {
        let fields = SectionText::HeaderFields(vec!["DATE".into(), "FROM".into()]);
        let section = Section { path: PartPath::default(), text: Some(fields) };
        let header = FetchAttribute::Section { section, partial: None, peek: Peek::MarkSeen };
        let line = "A654 FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])";
        check(line, &fetch(numbers("2:4"), &[FetchAttribute::Flags, header]), line);
        check(
            "A999 UID FETCH 4827313:4828442 FLAGS",
            &fetch(uids("4827313:4828442"), &[FetchAttribute::Flags]),
            "A999 UID FETCH 4827313:4828442 (FLAGS)",
        );
        check(
            "a003 fetch 12 full",
            &Command::Fetch { messages: numbers("12").into(), items: FetchItems::Full },
            "a003 FETCH 12 FULL",
        );
        let header =
            FetchAttribute::Section { section: Section::header(), partial: None, peek: Peek::MarkSeen };
        check("a004 fetch 12 body[header]", &fetch(numbers("12"), &[header]), "a004 FETCH 12 (BODY[HEADER])");
        let body = FetchAttribute::peek(Section::full());
        check("02 FETCH 1 BODY.PEEK[]", &fetch(numbers("1"), &[body]), "02 FETCH 1 (BODY.PEEK[])");
    }

    #[test]
    fn every_attribute() {
        let plain: Vec<_> = PLAIN.into_iter().map(|(_, attribute)| attribute).collect();
        let line = "a FETCH * (ENVELOPE FLAGS INTERNALDATE RFC822 RFC822.HEADER RFC822.SIZE RFC822.TEXT BODY \
            BODYSTRUCTURE UID MODSEQ EMAILID THREADID SAVEDATE PREVIEW X-GM-MSGID X-GM-THRID X-GM-LABELS)";
        check(line, &fetch(numbers("*"), &plain), line);
        for (name, items) in MACROS {
            let line = format!("a UID FETCH 1:* {name}");
            check(&line, &Command::Fetch { messages: uids("1:*").into(), items }, &line);
        }
        let other = FetchAttribute::Other(Atom::try_from("X-THING").unwrap());
        check("a FETCH 1 X-THING", &fetch(numbers("1"), &[other]), "a FETCH 1 (X-THING)");
    }

    #[test]
    fn parts_of_a_text() {
        let partial = Some(Partial { origin: 0, length: NonZeroU32::new(2048).unwrap() });
        let body = FetchAttribute::Section { section: Section::full(), partial, peek: Peek::MarkSeen };
        check(
            "a FETCH 1 (BODY[]<0.2048> UID)",
            &fetch(numbers("1"), &[body, FetchAttribute::Uid]),
            "a FETCH 1 (BODY[]<0.2048> UID)",
        );
    }

    /// RFC 9051 section 6.4.5, RFC 3516 section 4.2.
    #[test]
    fn parts_without_their_transfer_encoding() {
        let path = |parts: &[u32]| PartPath(parts.iter().filter_map(|part| NonZeroU32::new(*part)).collect());
        let partial = Some(Partial { origin: 5, length: NonZeroU32::new(10).unwrap() });
        let line = "a UID FETCH 1 (BINARY.PEEK[1.2]<5.10> BINARY[] BINARY.SIZE[3])";
        let attributes = [
            FetchAttribute::Binary { path: path(&[1, 2]), partial, peek: Peek::Peek },
            FetchAttribute::Binary { path: path(&[]), partial: None, peek: Peek::MarkSeen },
            FetchAttribute::BinarySize(path(&[3])),
        ];
        check(line, &fetch(uids("1"), &attributes), line);
        check_wrong("a FETCH 1 BINARY", 16, "a section");
        check_wrong("a FETCH 1 BINARY.SIZE", 21, "a section");
        check_wrong("a FETCH 1 BINARY[1.HEADER]", 17, "the number of a part");
        check_wrong("a FETCH 1 BINARY.SIZE[1]<0.5>", 24, "the end of the command");
    }

    /// RFC 8970 section 5.
    #[test]
    fn previews() {
        let preview = FetchAttribute::Preview;
        let attributes = [FetchAttribute::Envelope, preview(PreviewMode::Lazy)];
        let line = "B1 FETCH 1:4 (ENVELOPE PREVIEW (LAZY))";
        check(line, &fetch(numbers("1:4"), &attributes), line);
        let line = "A2 FETCH 1 (RFC822.SIZE PREVIEW)";
        check(line, &fetch(numbers("1"), &[FetchAttribute::Rfc822Size, preview(PreviewMode::Make)]), line);
        check(
            "a FETCH 1 preview ( lazy ) (CHANGEDSINCE 5)",
            &Command::Fetch {
                messages: FetchMessages::Numbers {
                    set: "1".parse().unwrap(),
                    changed_since: crate::types::ModSeq::new(5),
                },
                items: preview(PreviewMode::Lazy).into(),
            },
            "a FETCH 1 (PREVIEW (LAZY)) (CHANGEDSINCE 5)",
        );
        let line = "a FETCH 1 PREVIEW (CHANGEDSINCE 5)";
        assert!(super::super::testing::parse(line).is_ok(), "the modifier is not the attribute's");
        check_wrong("a FETCH 1 (PREVIEW (SOON))", 19, "an attribute to fetch");
        check_wrong("a FETCH 1 (PREVIEW (LAZY LAZY))", 25, "`)`");
    }

    #[test]
    fn what_is_no_fetch() {
        check_wrong("a FETCH 1", 9, "a blank");
        check_wrong("a FETCH 1 ", 10, "an attribute to fetch");
        check_wrong("a FETCH 1 ()", 10, "at least one attribute to fetch");
        check_wrong("a FETCH 1 (FAST)", 11, "an attribute to fetch");
        check_wrong("a FETCH 1 BODY.PEEK", 19, "a section");
        check_wrong("a FETCH 1 BODY[]<0.0>", 19, "the number of octets of a partial fetch");
        check_wrong("a FETCH 1 BODY[]<0>", 18, "`.`");
        check_wrong("a FETCH 1 BODY[]x", 16, "the end of the command");
        check_wrong("a FETCH 1 (BODY[]FLAGS)", 17, "a blank");
        check_wrong("a FETCH 1 FLAGS UID", 16, "the end of the command");
        check_wrong("a FETCH 1, FLAGS", 10, "a set of messages");
        check_wrong("a FETCH -1 FLAGS", 8, "a set of messages");
    }
}

use super::{Command, encode, read};
use crate::grammar::section;
use crate::types::{Atom, Messages, NonEmpty, Partial, Section};
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

impl FetchAttribute {
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
/// (RFC 9051 section 9). A single attribute gets parentheses too: CommuniGate answers nothing without.
pub(super) fn encode(encoder: &mut Encoder, messages: &Messages, items: &FetchItems) {
    encode::messages(encoder, messages);
    encoder.sp();
    match items {
        FetchItems::All => encoder.raw("ALL"),
        FetchItems::Fast => encoder.raw("FAST"),
        FetchItems::Full => encoder.raw("FULL"),
        FetchItems::Attributes(attributes) => encoder.list(attributes, encode_attribute),
    };
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
        FetchAttribute::Other(name) => {
            encoder.atom(name);
        }
        plain => {
            let name = PLAIN.iter().find(|(_, attribute)| attribute == plain);
            encoder.raw(name.map_or("", |(name, _)| name));
        }
    }
}

const PLAIN: [(&str, FetchAttribute); 10] = [
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
];

/// As [`encode`], behind the set.
pub(super) fn parse(cursor: &mut Cursor<'_>, messages: Messages) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let items = parse_items(cursor)?;
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
    let peek = match name.as_slice() {
        b"BODY" if section => Peek::MarkSeen,
        b"BODY.PEEK" if section => Peek::Peek,
        b"BODY.PEEK" => return Err(cursor.expected("a section")),
        _ => {
            cursor.seek(start);
            return parse_plain(cursor);
        }
    };
    let section = section::parse(cursor)?;
    let partial = section::try_partial(cursor)?;
    Ok(FetchAttribute::Section { section, partial, peek })
}

fn parse_plain(cursor: &mut Cursor<'_>) -> Result<FetchAttribute, Syntax> {
    let start = cursor.pos();
    let expected = "an attribute to fetch";
    let name = read::atom(cursor, expected)?;
    if MACROS.iter().any(|(known, _)| name.eq_ignore_case(known.as_bytes())) {
        return Err(Syntax { offset: start, expected });
    }
    let plain = PLAIN.iter().find(|(known, _)| name.eq_ignore_case(known.as_bytes()));
    Ok(plain.map_or_else(|| FetchAttribute::Other(name), |(_, attribute)| attribute.clone()))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::super::testing::{check, check_wrong, numbers, uids};
    use super::*;
    use crate::types::{PartPath, SectionText};

    fn fetch(messages: Messages, attributes: &[FetchAttribute]) -> Command {
        let attributes = NonEmpty::try_from(attributes.to_vec()).unwrap();
        Command::Fetch { messages, items: attributes.into() }
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
            &Command::Fetch { messages: numbers("12"), items: FetchItems::Full },
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
            BODYSTRUCTURE UID)";
        check(line, &fetch(numbers("*"), &plain), line);
        for (name, items) in MACROS {
            let line = format!("a UID FETCH 1:* {name}");
            check(&line, &Command::Fetch { messages: uids("1:*"), items }, &line);
        }
        let other = FetchAttribute::Other(Atom::try_from("X-GM-LABELS").unwrap());
        check("a FETCH 1 X-GM-LABELS", &fetch(numbers("1"), &[other]), "a FETCH 1 (X-GM-LABELS)");
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

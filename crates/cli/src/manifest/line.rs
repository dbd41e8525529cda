//! One line of a manifest: a message, and the file in which it lies.

use std::borrow::Cow;
use std::fmt;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};
use tayori_proto::types::{Uid, UidValidity};

use super::lines::MOST_LINE;
use crate::digest::short;

/// Where messages come from: within one source, and only there, a UID means one message for ever.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source {
    /// The user and the host, as in `ann@mail.example.org`.
    pub(crate) account: String,
    /// The name of the mailbox, decoded.
    pub(crate) mailbox: String,
    pub(crate) uid_validity: UidValidity,
}

/// A message that lies in a file, complete and durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) uid: Uid,
    /// In octets, as the server sent it.
    pub(crate) size: u64,
    /// Of the octets as the server sent them.
    pub(crate) blake3: blake3::Hash,
    /// Relative to the folder of the manifest, with `/`; never leads out of it.
    pub(crate) file: String,
    /// Where it stands, if the file is an mbox.
    pub(crate) span: Option<Span>,
}

/// Where a message stands in an mbox, from its `From ` line on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// In octets from the beginning of the file.
    pub(crate) offset: u64,
    /// In octets of the file, quoting included.
    pub(crate) length: u64,
}

impl Span {
    /// The offset right behind it; none if there is no such number.
    pub(super) fn end(self) -> Option<u64> {
        self.offset.checked_add(self.length)
    }
}

/// A line as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    account: Cow<'a, str>,
    mailbox: Cow<'a, str>,
    uid_validity: UidValidity,
    pub(super) uid: Uid,
    pub(super) size: u64,
    pub(super) blake3: blake3::Hash,
    /// [Inside](is_inside) the folder.
    pub(super) file: Cow<'a, str>,
    /// Its [end](Span::end) is a number.
    pub(super) span: Option<Span>,
}

impl Record<'_> {
    pub(super) fn is_of(&self, source: &Source) -> bool {
        self.is_of_mailbox(source) && self.uid_validity == source.uid_validity
    }

    /// Whether it is of the same mailbox, also before its UIDs became others.
    pub(super) fn is_of_mailbox(&self, source: &Source) -> bool {
        self.account == source.account && self.mailbox == source.mailbox
    }

    /// What tells its message from those of all other lines: short enough to be kept for each of them. Of a million
    /// messages two have the same with a probability of less than one to ten millions.
    pub(super) fn message(&self) -> u64 {
        let mut hasher = blake3::Hasher::new();
        for name in [&self.account, &self.mailbox] {
            hasher.update(&name.len().to_le_bytes()).update(name.as_bytes());
        }
        hasher.update(&self.uid_validity.value().to_le_bytes()).update(&self.uid.value().to_le_bytes());
        short(&hasher.finalize())
    }

    /// The same for a file of another name.
    pub(super) fn moved_to(self, file: &str) -> (Source, Entry) {
        let Record { account, mailbox, uid_validity, uid, size, blake3, span, .. } = self;
        let source = Source { account: account.into_owned(), mailbox: mailbox.into_owned(), uid_validity };
        (source, Entry { uid, size, blake3, file: file.to_owned(), span })
    }
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    TooLong,
    /// Not JSON, or a field is missing or has a value that it cannot have.
    NotARecord,
    /// The file is named by something other than a relative path that stays in the folder.
    FileName,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the line is too long",
            Self::NotARecord => "the line does not describe a message",
            Self::FileName => "the file name leads out of the folder",
        })
    }
}

/// The fields in the order in which they are written.
#[derive(Deserialize, Serialize)]
struct Fields<'a> {
    #[serde(borrow)]
    account: Cow<'a, str>,
    #[serde(borrow)]
    mailbox: Cow<'a, str>,
    uidvalidity: u32,
    uid: u32,
    size: u64,
    #[serde(borrow)]
    blake3: Cow<'a, str>,
    #[serde(borrow)]
    file: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
}

/// Appends the line of an entry to `out`. What cannot be read back is refused, and `out` is then of no use.
pub(super) fn encode(out: &mut Vec<u8>, source: &Source, entry: &Entry) -> Result<(), Flaw> {
    if !is_inside(&entry.file) {
        return Err(Flaw::FileName);
    }
    if entry.span.is_some_and(|span| span.end().is_none()) {
        return Err(Flaw::NotARecord);
    }
    let hash = entry.blake3.to_hex();
    let fields = Fields {
        account: Cow::Borrowed(&source.account),
        mailbox: Cow::Borrowed(&source.mailbox),
        uidvalidity: source.uid_validity.value(),
        uid: entry.uid.value(),
        size: entry.size,
        blake3: Cow::Borrowed(&hash),
        file: Cow::Borrowed(&entry.file),
        offset: entry.span.map(|span| span.offset),
        length: entry.span.map(|span| span.length),
    };
    let start = out.len();
    // Neither strings and numbers nor memory can fail here.
    serde_json::to_writer(&mut *out, &fields).map_err(|_| Flaw::NotARecord)?;
    if out.len() - start > MOST_LINE {
        return Err(Flaw::TooLong);
    }
    out.push(b'\n');
    Ok(())
}

/// Reads a line without its end. Its memory is bounded by the line; recursion by the parser of JSON.
pub(super) fn parse(text: &[u8]) -> Result<Record<'_>, Flaw> {
    let fields: Fields<'_> = serde_json::from_slice(text).map_err(|_| Flaw::NotARecord)?;
    let span = match (fields.offset, fields.length) {
        (Some(offset), Some(length)) => Some(Span { offset, length }),
        (None, None) => None,
        _ => return Err(Flaw::NotARecord),
    };
    if span.is_some_and(|span| span.end().is_none()) {
        return Err(Flaw::NotARecord);
    }
    if !is_inside(&fields.file) {
        return Err(Flaw::FileName);
    }
    Ok(Record {
        uid_validity: UidValidity::new(fields.uidvalidity).ok_or(Flaw::NotARecord)?,
        uid: Uid::new(fields.uid).ok_or(Flaw::NotARecord)?,
        size: fields.size,
        blake3: blake3::Hash::from_hex(fields.blake3.as_bytes()).map_err(|_| Flaw::NotARecord)?,
        account: fields.account,
        mailbox: fields.mailbox,
        file: fields.file,
        span,
    })
}

/// Whether a name stays in the folder, whatever system reads it: every level is a plain name.
///
/// Symbolic links on the way are another matter; they are found when the file is looked at.
fn is_inside(name: &str) -> bool {
    name.split('/').all(|level| {
        let mut parts = Path::new(level).components();
        // The comparison refuses what a system would read as more than a name, as `C:x` and `a\b` on some.
        let plain = matches!(parts.next(), Some(Component::Normal(part)) if part == level);
        plain && parts.next().is_none() && !level.contains('\0')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn source() -> Source {
        Source {
            account: "ann@mail.example.org".into(),
            mailbox: "INBOX".into(),
            uid_validity: UidValidity::new(1_700_000_000).unwrap(),
        }
    }

    fn entry() -> Entry {
        Entry {
            uid: Uid::new(5).unwrap(),
            size: 1234,
            blake3: blake3::hash(b""),
            file: "5.eml".into(),
            span: None,
        }
    }

    /// The known hash of nothing.
    const NOTHING: &str = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";

    fn plain_line() -> String {
        let of = r#""account":"ann@mail.example.org","mailbox":"INBOX","uidvalidity":1700000000"#;
        format!(r#"{{{of},"uid":5,"size":1234,"blake3":"{NOTHING}","file":"5.eml"}}"#)
    }

    fn encoded(source: &Source, entry: &Entry) -> Result<String, Flaw> {
        let mut out = Vec::new();
        encode(&mut out, source, entry).map(|()| String::from_utf8(out).unwrap())
    }

    /// What was encoded must come back, on one line.
    fn check_round_trip(source: &Source, entry: &Entry) {
        let line = encoded(source, entry).unwrap();
        let text = line.strip_suffix('\n').unwrap();
        assert!(!text.contains('\n'), "{text}");
        let record = parse(text.as_bytes()).unwrap();
        assert!(record.is_of(source), "{text}");
        let read = Entry {
            uid: record.uid,
            size: record.size,
            blake3: record.blake3,
            file: record.file.into_owned(),
            span: record.span,
        };
        assert_eq!(read, *entry);
    }

    #[test]
    fn a_line_looks_like_this() {
        assert_eq!(encoded(&source(), &entry()).unwrap(), format!("{}\n", plain_line()));
        let span = Some(Span { offset: 10, length: 1300 });
        let line = encoded(&source(), &Entry { span, ..entry() }).unwrap();
        assert!(line.ends_with("\"file\":\"5.eml\",\"offset\":10,\"length\":1300}\n"), "{line}");
    }

    #[test]
    fn what_is_no_record() {
        let plain = plain_line();
        let check = |from: &str, to: &str, expected: Option<Flaw>| {
            assert!(plain.contains(from));
            let line = plain.replacen(from, to, 1);
            assert_eq!(parse(line.as_bytes()).err(), expected, "{line}");
        };
        check("uid", "uid", None);
        // Fields of later versions, in any place, are passed over.
        check("{", r#"{"flags":["\\Seen",{"a":[1.5e3,null]}],"#, None);
        check("}", " } \r", None);
        check("}", r#","offset":0,"length":0}"#, None);
        check("}", r#","offset":null}"#, None);
        let no = Some(Flaw::NotARecord);
        check("}", "", no);
        check("}", "}}", no);
        check("{", "{\"uid\":6,", no);
        check("\"uid\":5,", "", no);
        check("\"uid\":5", "\"uid\":0", no);
        check("\"uid\":5", "\"uid\":-5", no);
        check("\"uid\":5", "\"uid\":4294967296", no);
        check("\"uid\":5", "\"uid\":\"5\"", no);
        check(":1700000000", ":0", no);
        check("1234", "12.5", no);
        check("1234", "18446744073709551616", no);
        check("3262", "326", no);
        check("3262", "326g", no);
        check("}", r#","offset":0}"#, no);
        check("}", r#","length":0}"#, no);
        check("}", r#","offset":18446744073709551615,"length":1}"#, no);
        check("INBOX", "\u{1}", no);
        check("INBOX", "\\ud800", no);
        let mut line = plain_line().into_bytes();
        line[14] = 0xff;
        assert_eq!(parse(&line), Err(Flaw::NotARecord));
        for line in
            ["", " ", "\0\0\0", "[]", "null", "5", "{}", &"[".repeat(60_000), &"{\"a\":".repeat(12_000)]
        {
            assert_eq!(parse(line.as_bytes()), Err(Flaw::NotARecord));
        }
        let deep = plain.replacen('{', &format!("{{\"x\":{}", "[".repeat(60_000)), 1);
        assert_eq!(parse(deep.as_bytes()), Err(Flaw::NotARecord));
    }

    #[test]
    fn only_names_in_the_folder() {
        let check = |name: &str, expected: bool| {
            assert_eq!(is_inside(name), expected, "{name:?}");
            let entry = Entry { file: name.into(), ..entry() };
            assert_eq!(encoded(&source(), &entry).err(), (!expected).then_some(Flaw::FileName));
            let name = serde_json::to_string(name).unwrap();
            let line = plain_line().replace("\"5.eml\"", &name);
            assert_eq!(parse(line.as_bytes()).err(), (!expected).then_some(Flaw::FileName));
        };
        for name in
            ["5.eml", "a/b/cur/1.2.host:2,S", "...", "..a", "a..", "a /b", " ", "-", "~", "\u{1f4ec}\n"]
        {
            check(name, true);
        }
        for name in [
            "",
            "/",
            "/etc/passwd",
            "//a",
            "..",
            ".",
            "../a",
            "a/..",
            "a/../b",
            "a/../../b",
            "./a",
            "a/.",
            "a/./b",
            "a//b",
            "a/",
            "a\0b",
            "\0",
        ] {
            check(name, false);
        }
    }

    #[test]
    fn what_could_not_be_read_back_is_not_written() {
        let long = Source { mailbox: "\n".repeat(MOST_LINE / 2), ..source() };
        assert_eq!(encoded(&long, &entry()), Err(Flaw::TooLong));
        let empty = encoded(&source(), &Entry { file: "a".into(), ..entry() }).unwrap().len() - 2;
        let fits = Entry { file: "a".repeat(MOST_LINE - empty), ..entry() };
        check_round_trip(&source(), &fits);
        let more = Entry { file: "a".repeat(MOST_LINE - empty + 1), ..entry() };
        assert_eq!(encoded(&source(), &more), Err(Flaw::TooLong));
        let span = Some(Span { offset: u64::MAX, length: 1 });
        assert_eq!(encoded(&source(), &Entry { span, ..entry() }), Err(Flaw::NotARecord));
    }

    /// One level of a path.
    fn level() -> impl Strategy<Value = String> {
        "[^/\u{0}]{1,10}".prop_filter("dots", |level| level != "." && level != "..")
    }

    proptest! {
        #[test]
        fn round_trips(
            account in any::<String>(),
            mailbox in prop::collection::vec(any::<char>(), 0..40),
            odd in "[\"\\\\\n\r\t\u{0}-\u{1f}\u{7f}\u{85}\u{2028}\u{202e}\u{feff}\u{1f4ec}\u{10ffff}/]{0,20}",
            numbers in (1..=u32::MAX, 1..=u32::MAX),
            size in any::<u64>(),
            hash in any::<[u8; 32]>(),
            file in prop::collection::vec(level(), 1..4),
            span in prop::option::of((any::<u64>(), any::<u64>())),
        ) {
            let mailbox = mailbox.into_iter().collect::<String>() + &odd;
            let source = Source { account, mailbox, uid_validity: UidValidity::new(numbers.0).unwrap() };
            let span = span.map(|(a, b)| Span { offset: a.min(b), length: a.max(b) - a.min(b) });
            let entry = Entry {
                uid: Uid::new(numbers.1).unwrap(),
                size,
                blake3: blake3::Hash::from_bytes(hash),
                file: file.join("/"),
                span,
            };
            check_round_trip(&source, &entry);
        }

        /// Whatever happens to one octet: no panic, and never a name that leads out.
        #[test]
        fn one_octet_wrong(place in any::<prop::sample::Index>(), octet in any::<u8>()) {
            let mut line = plain_line().into_bytes();
            *place.get_mut(&mut line) = octet;
            if let Ok(record) = parse(&line) {
                prop_assert!(is_inside(&record.file));
            }
        }
    }
}

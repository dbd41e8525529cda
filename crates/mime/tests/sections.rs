//! Where sections are (RFC 9051 section 6.4.5.1): the example of the standard, and messages whose parts are known.

#![allow(clippy::unwrap_used, reason = "what fails here is the test")]

use std::num::NonZeroU32;

use proptest::prelude::*;
use tayori_mime::{Extensions, Location, PartKind, Structure};
use tayori_proto::types::{BodyStructure, PartContent, PartPath, Section, SectionText};

/// Reads `1.2.HEADER.FIELDS (a b)` without its brackets.
fn section(text: &str) -> Section {
    let (spec, names) = text.split_once(" (").map_or((text, ""), |(spec, names)| (spec, names));
    let names = || names.trim_end_matches(')').split(' ').map(Into::into).collect();
    let mut path = Vec::new();
    let mut rest = spec;
    while let Some(number) = rest.split('.').next().and_then(|number| number.parse::<NonZeroU32>().ok()) {
        path.push(number);
        rest = rest.split_once('.').map_or("", |(_, rest)| rest);
    }
    let text = match rest {
        "" => None,
        "HEADER" => Some(SectionText::Header),
        "HEADER.FIELDS" => Some(SectionText::HeaderFields(names())),
        "HEADER.FIELDS.NOT" => Some(SectionText::HeaderFieldsNot(names())),
        "TEXT" => Some(SectionText::Text),
        "MIME" => Some(SectionText::Mime),
        _ => panic!("no section: {spec}"),
    };
    Section { path: PartPath(path), text }
}

fn octets(message: &[u8], range: std::ops::Range<u64>) -> &[u8] {
    &message[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]
}

/// The octets of a section.
fn fetched(message: &[u8], name: &str) -> Option<String> {
    let found = match Structure::of(message).locate(&section(name))? {
        Location::Octets(range) => octets(message, range).to_vec(),
        Location::Fields { header, filter } => filter.apply(octets(message, header)),
        other => panic!("{other:?}"),
    };
    Some(String::from_utf8(found).unwrap())
}

#[track_caller]
fn check(message: &str, table: &[(&str, Option<&str>)]) {
    for (name, expected) in table {
        assert_eq!(fetched(message.as_bytes(), name).as_deref(), *expected, "BODY[{name}]");
    }
}

/// The message of the example in RFC 9051 section 6.4.5.1, each text named by its part number.
const EXAMPLE: &str = "Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\n\r\n1\r\n\
    --b\r\nContent-Type: application/octet-stream\r\n\r\n2\r\n\
    --b\r\nContent-Type: message/rfc822\r\n\r\n\
    Subject: 3\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n\
    --c\r\n\r\n3.1\r\n--c\r\nContent-Type: application/octet-stream\r\n\r\n3.2\r\n--c--\r\n\
    --b\r\nContent-Type: multipart/mixed; boundary=d\r\n\r\n\
    --d\r\nContent-Type: image/gif\r\n\r\n4.1\r\n\
    --d\r\nContent-Type: message/rfc822\r\n\r\n\
    Subject: 4.2\r\nFrom: a@b\r\nContent-Type: multipart/mixed; boundary=e\r\n\r\n\
    --e\r\n\r\n4.2.1\r\n--e\r\nContent-Type: multipart/alternative; boundary=f\r\n\r\n\
    --f\r\n\r\n4.2.2.1\r\n--f\r\nContent-Type: text/richtext\r\n\r\n4.2.2.2\r\n--f--\r\n--e--\r\n--d--\r\n--b--\r\n";

#[test]
fn the_example_of_the_standard() {
    let text_of_3 = "--c\r\n\r\n3.1\r\n--c\r\nContent-Type: application/octet-stream\r\n\r\n3.2\r\n--c--";
    let header_of_3 = "Subject: 3\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n";
    check(
        EXAMPLE,
        &[
            ("", Some(EXAMPLE)),
            ("HEADER", Some("Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n")),
            ("TEXT", EXAMPLE.split_once("\r\n\r\n").map(|(_, text)| text)),
            ("1", Some("1")),
            ("2", Some("2")),
            ("3", Some(&format!("{header_of_3}{text_of_3}"))),
            ("3.HEADER", Some(header_of_3)),
            ("3.TEXT", Some(text_of_3)),
            ("3.1", Some("3.1")),
            ("3.2", Some("3.2")),
            ("3.2.MIME", Some("Content-Type: application/octet-stream\r\n\r\n")),
            ("3.MIME", Some("Content-Type: message/rfc822\r\n\r\n")),
            ("4.MIME", Some("Content-Type: multipart/mixed; boundary=d\r\n\r\n")),
            ("4.1", Some("4.1")),
            ("4.1.MIME", Some("Content-Type: image/gif\r\n\r\n")),
            ("4.2.HEADER.FIELDS (SUBJECT x)", Some("Subject: 4.2\r\n\r\n")),
            ("4.2.HEADER.FIELDS.NOT (subject content-type)", Some("From: a@b\r\n\r\n")),
            ("HEADER.FIELDS (subject)", Some("Subject: s\r\n\r\n")),
            ("4.2.1", Some("4.2.1")),
            ("4.2.2.1", Some("4.2.2.1")),
            ("4.2.2.2", Some("4.2.2.2")),
            (
                "4.2.2",
                Some("--f\r\n\r\n4.2.2.1\r\n--f\r\nContent-Type: text/richtext\r\n\r\n4.2.2.2\r\n--f--"),
            ),
        ],
    );
}

#[test]
fn what_the_example_has_not() {
    for name in [
        "5",
        "1.1",
        "3.3",
        "1.HEADER",
        "1.TEXT",
        "4.HEADER",
        "4.1.HEADER.FIELDS (a)",
        "4.2.2.HEADER",
        "MIME",
        "3.1.1",
    ] {
        check(EXAMPLE, &[(name, None)]);
    }
    check(EXAMPLE, &[("4294967295", None)]);
}

#[test]
fn a_message_that_is_no_multipart_has_part_1() {
    check(
        "Subject: a\r\n\r\nb\r\n",
        &[
            ("1", Some("b\r\n")),
            ("1.MIME", Some("Subject: a\r\n\r\n")),
            ("TEXT", Some("b\r\n")),
            ("1.1", None),
            ("2", None),
            ("1.HEADER", None),
        ],
    );
}

#[test]
fn a_message_inside_a_part_is_numbered_below_it() {
    let inner = "Subject: b\r\nContent-Type: message/rfc822\r\n\r\nSubject: c\r\n\r\nd";
    let message = format!(
        "Content-Type: multipart/mixed; boundary=x\r\n\r\n\
        --x\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--x--"
    );
    check(
        &message,
        &[
            ("1", Some(inner)),
            ("1.HEADER", Some("Subject: b\r\nContent-Type: message/rfc822\r\n\r\n")),
            ("1.1", Some("Subject: c\r\n\r\nd")),
            ("1.1.MIME", Some("Subject: b\r\nContent-Type: message/rfc822\r\n\r\n")),
            ("1.1.HEADER", Some("Subject: c\r\n\r\n")),
            ("1.1.TEXT", Some("d")),
            ("1.1.1", Some("d")),
            ("1.1.1.1", None),
            ("1.2", None),
        ],
    );
}

#[test]
fn a_header_without_a_blank_line_is_given_without_one() {
    check(
        "Subject: a\r\nTo: b",
        &[("HEADER", Some("Subject: a\r\nTo: b")), ("HEADER.FIELDS (to)", Some("To: b"))],
    );
    check("", &[("", Some("")), ("HEADER", Some("")), ("TEXT", Some("")), ("1", Some(""))]);
}

#[test]
fn the_only_part_of_a_multipart_without_parts_is_its_preamble() {
    let message = "Content-Type: multipart/mixed; boundary=b\r\n\r\na\r\n--c--\r\n";
    check(message, &[("1", Some("a\r\n--c--\r\n")), ("1.MIME", Some("")), ("2", None)]);
}

/// A message as a test makes it.
#[derive(Clone, Debug)]
enum Tree {
    Leaf { header: String, body: String },
    Multipart { preamble: Option<String>, parts: Vec<Tree>, epilogue: Option<String> },
    Message { subject: String, inside: Box<Tree> },
}

fn tree() -> impl Strategy<Value = Tree> {
    let line = "[ -~]{0,12}";
    let lines = prop::collection::vec(line, 0..4).prop_map(|lines| lines.join("\r\n"));
    let header = prop_oneof![
        Just(String::new()),
        Just("Content-Type: text/plain\r\n".to_owned()),
        Just("Content-Type: image/png;\r\n name=a\r\nContent-Transfer-Encoding: base64\r\n".to_owned()),
        Just("X-A: b\r\n".to_owned()),
    ];
    let leaf = (header, lines.clone()).prop_map(|(header, body)| Tree::Leaf { header, body });
    leaf.prop_recursive(5, 24, 4, move |inner| {
        let text = prop::option::of(lines.clone());
        prop_oneof![
            2 => (text.clone(), prop::collection::vec(inner.clone(), 1..4), text)
                .prop_map(|(preamble, parts, epilogue)| Tree::Multipart { preamble, parts, epilogue }),
            1 => ("[a-z]{0,8}", inner)
                .prop_map(|(subject, inside)| Tree::Message { subject, inside: Box::new(inside) }),
        ]
    })
}

/// What is expected of sections: their names and octets.
type Expected = Vec<(String, String)>;

impl Tree {
    /// The entity as text, header and body; below it, what sections of it are expected. `boundary` counts them, and
    /// each is the beginning of the next.
    fn written(&self, number: &str, boundary: &mut String, expected: &mut Expected) -> (String, String) {
        match self {
            Self::Leaf { header, body } => (header.clone(), body.clone()),
            Self::Multipart { preamble, parts, epilogue } => {
                boundary.push('=');
                let own = format!("{boundary}_");
                let mut body = preamble.as_ref().map_or_else(String::new, |text| format!("{text}\r\n"));
                for (index, part) in parts.iter().enumerate() {
                    let number = dotted(number, index + 1);
                    let text = part.as_part(&number, boundary, expected);
                    body += &format!("--{own}\r\n{text}\r\n");
                }
                body += &format!("--{own}--");
                if let Some(epilogue) = epilogue {
                    body += &format!("\r\n{epilogue}");
                }
                (format!("Content-Type: multipart/mixed; boundary=\"{own}\"\r\n"), body)
            }
            Self::Message { subject, inside } => {
                let (header, body) = inside.as_message(number, boundary, expected);
                let header = format!("Subject: {subject}\r\n{header}");
                expected.push((format!("{number}.HEADER"), format!("{header}\r\n")));
                expected.push((format!("{number}.TEXT"), body.clone()));
                ("Content-Type: message/rfc822\r\n".to_owned(), format!("{header}\r\n{body}"))
            }
        }
    }

    /// As a part with this number.
    fn as_part(&self, number: &str, boundary: &mut String, expected: &mut Expected) -> String {
        let (header, body) = self.written(number, boundary, expected);
        expected.push((number.to_owned(), body.clone()));
        expected.push((format!("{number}.MIME"), format!("{header}\r\n")));
        format!("{header}\r\n{body}")
    }

    /// As the message that the part with this number holds, or the message itself where there is none.
    fn as_message(&self, number: &str, boundary: &mut String, expected: &mut Expected) -> (String, String) {
        if let Self::Multipart { .. } = self {
            return self.written(number, boundary, expected);
        }
        let number = dotted(number, 1);
        let (header, body) = self.written(&number, boundary, expected);
        expected.push((number, body.clone()));
        (header, body)
    }
}

fn dotted(number: &str, next: usize) -> String {
    if number.is_empty() { next.to_string() } else { format!("{number}.{next}") }
}

proptest! {
    #[test]
    fn parts_are_fetched_as_they_were_written(tree in tree()) {
        let mut expected = Vec::new();
        let (header, body) = tree.as_message("", &mut String::new(), &mut expected);
        let message = format!("{header}\r\n{body}");
        expected.push(("HEADER".to_owned(), format!("{header}\r\n")));
        expected.push(("TEXT".to_owned(), body));
        for (name, text) in &expected {
            let found = fetched(message.as_bytes(), name);
            prop_assert_eq!(found.as_ref(), Some(text), "BODY[{}] of {:?}", name, message);
        }
        check_numbers(&Structure::of(message.as_bytes()));
    }
}

/// Every part that the body structure tells of can be fetched and has the size it tells.
fn check_numbers(structure: &Structure) {
    fn walk(structure: &Structure, body: &BodyStructure, path: &PartPath, found: &mut usize) {
        match body {
            BodyStructure::Multipart(multipart) => {
                for (index, part) in multipart.parts.iter().enumerate() {
                    let mut path = path.clone();
                    path.0.push(NonZeroU32::new(u32::try_from(index + 1).unwrap()).unwrap());
                    if let BodyStructure::Multipart(_) = part {
                        walk(structure, part, &path, found);
                    } else {
                        single(structure, part, &path, found);
                    }
                }
            }
            BodyStructure::Part(_) => {
                let mut path = path.clone();
                path.0.push(NonZeroU32::MIN);
                single(structure, body, &path, found);
            }
        }
    }
    fn single(structure: &Structure, body: &BodyStructure, path: &PartPath, found: &mut usize) {
        let BodyStructure::Part(part) = body else { panic!("a multipart") };
        let place = structure.part(path).unwrap().body();
        assert_eq!(part.fields.octets, Some(place.end - place.start), "{path:?}");
        assert_eq!(
            structure.locate(&Section { path: path.clone(), text: None }),
            Some(Location::Octets(place)),
            "{path:?}"
        );
        match &part.content {
            PartContent::Message { body, .. } => walk(structure, body, path, found),
            _ => *found += 1,
        }
    }
    let mut found = 0;
    walk(structure, &structure.body(Extensions::Without), &PartPath::default(), &mut found);
    assert_eq!(found, structure.leaves().filter(|part| part.kind() == PartKind::Leaf).count());
}

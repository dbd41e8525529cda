//! Where sections are (RFC 9051 section 6.4.5.1): the example of the standard, and messages whose parts are known.

#![allow(clippy::unwrap_used, reason = "what fails here is the test")]

mod tree;

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

proptest! {
    #[test]
    fn parts_are_fetched_as_they_were_written(tree in tree::tree()) {
        let (message, expected) = tree.message();
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

//! The parts of a structure by their numbers (RFC 9051 section 6.4.5.1).

use bytes::Bytes;

use crate::response::{Context, FetchItem, Response, parse};
use crate::types::PartPath;

/// The subtypes of parts by their numbers, in a structure as a server tells it.
#[track_caller]
fn check(structure: &str, expected: &[(&str, Option<&str>)]) {
    let line = format!("* 1 FETCH (BODYSTRUCTURE {structure})\r\n");
    let parsed = parse(&Bytes::from(line), &Context::default());
    let Response::Fetch(row) = parsed.response else { panic!("{parsed:?}") };
    let [FetchItem::BodyStructure(body)] = &row.items[..] else { panic!("{row:?}") };
    for (number, subtype) in expected {
        let path: PartPath = number.parse().unwrap();
        let found = body.part(&path).map(|part| part.media_subtype.to_string_lossy().into_owned());
        assert_eq!(found.as_deref(), *subtype, "{number} of {structure}");
    }
}

#[test]
fn parts_are_found_by_their_numbers() {
    let text = |subtype: &str| format!("(\"TEXT\" \"{subtype}\" NIL NIL NIL \"7BIT\" 5 1)");
    let envelope = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";
    let message =
        |body: &str| format!("(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 50 {envelope} {body} 9)");
    let alone = [("1", Some("A")), ("", None), ("2", None), ("1.1", None)];
    check(&text("A"), &alone);
    let inner = format!("({}{} \"MIXED\")", text("C"), text("D"));
    let mixed = format!("({}{}{}{inner} \"MIXED\")", text("A"), message(&text("B")), message(&inner));
    check(
        &mixed,
        &[
            ("1", Some("A")),
            ("1.1", None),
            ("2", Some("RFC822")),
            ("2.1", Some("B")),
            ("2.2", None),
            ("3.1", Some("C")),
            ("3.2", Some("D")),
            ("3.3", None),
            ("4", None),
            ("4.2", Some("D")),
            ("5", None),
        ],
    );
}

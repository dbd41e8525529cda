//! Rows whose literals pass by in pieces.

use super::*;
use crate::types::{Section, Uid};

/// Rows, each with the places of its literals.
const ROWS: &[&str] = &[
    "* 12 FETCH (UID 20 BODY[] {5}\r\nhello FLAGS (\\Seen))\r\n",
    "* 12 FETCH (BODY[] {5}\r\nhello UID 20)\r\n",
    "* 12 FETCH (FLAGS () BODY[1]<0> {3}\r\n)\r\n BODY[HEADER.FIELDS (A)] {6}\r\na: b\r\n UID 7 RFC822 {0}\r\n)\r\n",
    "* 12 FETCH (UID 1 RFC822.HEADER {2}\r\n)) RFC822.TEXT ~{2}\r\n\"( BINARY[2.1] ~{2}\r\n\r\n RFC822.SIZE 3)\r\n",
    "* 12 FETCH (RFC822 {4}\r\n* 12)\r\n",
    "* 12 FETCH RFC822 {4}\r\nabcd\r\n",
    "* 12 FETCH (BODY[TEXT]{3}\r\nabc UID 1 )\r\n",
    "* 12 FETCH ((BODY[TEXT] {3}\r\nabc UID 1))\r\n",
    "* 12 UIDFETCH (FLAGS () BINARY[1]<0> ~{3}\r\n)\r\n PREVIEW \"x\")\r\n",
    // The announced size is too small, or too large.
    "* 12 FETCH (UID 3 BODY[] {4}\r\nhello FLAGS (\\Seen))\r\n",
    "* 12 FETCH (UID 3 BODY[] {4}\r\nhell\r\n",
    "* 12 FETCH (UID 3 BODY[] {9}\r\nhello) FLA)\r\n",
    "* 12 FETCH (UID 3 BODY[] {4}\r\nhello X {3}\r\nabc)\r\n",
    // The line goes on behind the row.
    "* 12 FETCH (UID 3 BODY[] {4}\r\nhell) junk\r\n",
];

/// Where each literal of a response announces itself and begins, and how long it is.
fn literals(row: &str) -> Vec<(usize, usize)> {
    let mut literals = Vec::new();
    let mut from = 0;
    while let Some(brace) = row[from..].find('{').map(|index| index + from) {
        let Some(end) = row[brace..].find("}\r\n").map(|index| index + brace) else { break };
        let Ok(size) = row[brace + 1..end].parse::<usize>() else { break };
        literals.push((end + 3, size));
        from = end + 3 + size;
    }
    literals
}

/// Takes the literals of `large` out of the row and reads it in pieces.
fn in_pieces(row: &str, large: &[(usize, usize)]) -> (Fetch, Vec<Pending>) {
    let mut pieces = Vec::new();
    let mut start = 0;
    for &(begin, size) in large {
        pieces.push((Bytes::copy_from_slice(&row.as_bytes()[start..begin]), size as u64));
        start = begin + size;
    }
    let rest = Bytes::copy_from_slice(&row.as_bytes()[start..]);
    let mut pieces = pieces.into_iter();
    let (first, size) = pieces.next().unwrap();
    let (mut parser, pending) = FetchParser::start(&first, &Context::default(), size).unwrap();
    let mut pendings = vec![pending];
    for (piece, size) in pieces {
        pendings.push(parser.resume(&piece, size));
    }
    (parser.finish(&rest).0, pendings)
}

/// The row as it is when these bodies are streamed: their data is a placeholder, and what only tells where octets
/// stand is left out.
fn with_placeholders(fetch: Fetch) -> (Vec<String>, Vec<String>) {
    let items = fetch.items.into_iter().map(|item| match item {
        FetchItem::Section { section, origin, data } => format!("{section:?} {origin:?} {}", size(&data)),
        FetchItem::Binary { path, origin, data } => format!("{path:?} {origin:?} {}", size(&data)),
        FetchItem::Rfc822(data) => format!("RFC822 {}", size(&data)),
        FetchItem::Rfc822Header(data) => format!("RFC822.HEADER {}", size(&data)),
        FetchItem::Rfc822Text(data) => format!("RFC822.TEXT {}", size(&data)),
        FetchItem::Invalid { expected, .. } => format!("invalid: {expected}"),
        item => format!("{item:?}"),
    });
    let defects = fetch.defects.into_iter().map(|defect| match defect {
        Defect::BodyNotDelimited { .. } => "not delimited".to_owned(),
        defect => format!("{defect:?}"),
    });
    (items.collect(), defects.collect())
}

fn size(data: &BodyData) -> u64 {
    match data {
        BodyData::Nil => u64::MAX,
        BodyData::Inline(text) => text.len() as u64,
        BodyData::Streamed { size } | BodyData::Skipped { size } => *size,
    }
}

/// Which literals are large makes no difference to what the row says.
#[test]
fn a_row_in_pieces_is_the_row_in_one() {
    for row in ROWS {
        let whole = match parse(&Bytes::from_static(row.as_bytes()), &Context::default()).response {
            Response::Fetch(fetch) => with_placeholders(fetch),
            other => panic!("{other:?}"),
        };
        let all = literals(row);
        assert!(!all.is_empty());
        for chosen in 1..1_usize << all.len() {
            let large: Vec<_> = all
                .iter()
                .enumerate()
                .filter(|(index, _)| chosen >> index & 1 == 1)
                .map(|(_, &at)| at)
                .collect();
            let (fetch, pendings) = in_pieces(row, &large);
            assert_eq!(with_placeholders(fetch), whole, "{row:?} {large:?}");
            assert!(chosen & 1 == 0 || matches!(pendings[0], Pending::Body { .. }), "{row:?} {pendings:?}");
        }
    }
}

#[test]
fn the_items_so_far_are_known_when_the_body_begins() {
    let piece = Bytes::from_static(b"* 12 FETCH (UID 20 FLAGS (\\Seen) BODY[] {2147483648}\r\n");
    let (mut parser, pending) = FetchParser::start(&piece, &Context::default(), 1 << 31).unwrap();
    let body = BodyName::Section { section: Section::full(), origin: None };
    assert_eq!(pending, Pending::Body { body });
    assert_eq!(parser.number(), SeqNum::new(12));
    assert_eq!(parser.items_so_far().len(), 2);
    parser.skip_body();
    let (fetch, repairs) = parser.finish(&Bytes::from_static(b")\r\n"));
    assert_eq!(fetch.body(&Section::full()), Some(&BodyData::Skipped { size: 1 << 31 }));
    assert_eq!((fetch.defects, repairs), (vec![], vec![]));
}

/// What is told with each of many bodies does not grow with the row.
#[test]
fn what_is_told_ahead_of_a_body_is_little() {
    let head = "* 12 FETCH (UID 20 FLAGS (\\Seen) RFC822.SIZE 5 UID 20 RFC822.SIZE 6 BODY[1] {70000}\r\n";
    let (mut parser, _) = FetchParser::start(&Bytes::from(head), &Context::default(), 70_000).unwrap();
    let expected = [FetchItem::Uid(Uid::new(20).unwrap()), FetchItem::Rfc822Size(Some(5))];
    for part in 2..50 {
        assert_eq!(parser.items_ahead(), expected);
        assert_eq!(parser.uid(), Uid::new(20));
        let piece = format!(" UID 20 FLAGS () ENVELOPE NIL BODY[{part}] {{70000}}\r\n");
        parser.resume(&Bytes::from(piece), 70_000);
    }
    assert!(parser.items_so_far().len() > 150);
}

#[test]
fn a_row_by_uid_tells_its_uid_before_its_body() {
    let piece = Bytes::from_static(b"* 25997 UIDFETCH (BODY[] {70000}\r\n");
    let (mut parser, pending) = FetchParser::start(&piece, &Context::default(), 70_000).unwrap();
    assert!(matches!(pending, Pending::Body { .. }));
    assert_eq!((parser.number(), parser.uid()), (None, Uid::new(25_997)));
    let (fetch, _) = parser.finish(&Bytes::from_static(b" FLAGS ())\r\n"));
    assert_eq!((fetch.key, fetch.items.len()), (RowKey::Uid(Uid::new(25_997).unwrap()), 2));
    let sent = Response::Fetch(fetch).encode(NameEncoding::default());
    assert_eq!(&**sent.bytes, b"* 25997 UIDFETCH (BODY[] {70000}\r\n FLAGS ())\r\n");
}

/// Labels in front of a large body and behind it travel in the encoding of the connection.
#[test]
fn labels_around_a_large_body() {
    let context = Context { names: NameEncoding::Utf8, ..Context::default() };
    let first = Bytes::from("* 1 FETCH (X-GM-LABELS (a&-b) BODY[] {70000}\r\n");
    let (parser, _) = FetchParser::start(&first, &context, 70_000).unwrap();
    let (fetch, _) = parser.finish(&Bytes::from_static(b" X-GM-LABELS (a&-b))\r\n"));
    let labels = FetchItem::GmLabels(vec![crate::types::GmLabel::new("a&-b").unwrap()]);
    assert_eq!((&fetch.items[0], &fetch.items[2]), (&labels, &labels));
}

/// A literal that belongs to no body costs the item it stands in, wherever in it that is.
#[test]
fn an_oversized_literal_costs_one_item() {
    #[track_caller]
    fn check(pieces: &[&str], name: &str, raw: &str) {
        let bytes: Vec<_> = pieces.iter().map(|piece| Bytes::copy_from_slice(piece.as_bytes())).collect();
        let (last, rest) = bytes.split_last().unwrap();
        let (mut parser, pending) = FetchParser::start(&rest[0], &Context::default(), 99_999).unwrap();
        assert_eq!(pending, Pending::Oversized { name: name.into() });
        for piece in &rest[1..] {
            assert_eq!(parser.resume(piece, 99_999), Pending::Oversized { name: name.into() });
        }
        let (fetch, _) = parser.finish(last);
        assert_eq!((fetch.uid(), fetch.size()), (Uid::new(5), Some(7)), "{fetch:?}");
        assert_eq!((fetch.items.len(), &*fetch.defects), (3, &[][..]), "{fetch:?}");
        let FetchItem::Invalid { name: found, raw: octets, expected, .. } = &fetch.items[1] else {
            panic!("{fetch:?}")
        };
        assert_eq!((found, *expected), (&name.into(), "a literal within the limit"));
        assert_eq!(octets.escape_ascii().to_string(), raw.as_bytes().escape_ascii().to_string());
    }
    check(
        &["* 1 FETCH (UID 5 ENVELOPE (NIL {99999}\r\n", " NIL) RFC822.SIZE 7)\r\n"],
        "ENVELOPE",
        "ENVELOPE (NIL  NIL)",
    );
    check(
        &[
            "* 1 FETCH (UID 5 ENVELOPE (\"(\" \"\" (({99999}\r\n",
            " \")\" \"\" {2}\r\n)))) NIL) RFC822.SIZE 7)\r\n",
        ],
        "ENVELOPE",
        "ENVELOPE (\"(\" \"\" (( \")\" \"\" {2}\r\n)))) NIL)",
    );
    check(
        &["* 1 FETCH (UID 5 X-A ({99999}\r\n", " ({99999}\r\n", " {99999}\r\n", ") b) RFC822.SIZE 7)\r\n"],
        "X-A",
        "X-A ( ( ) b)",
    );
    check(&["* 1 FETCH (UID 5 PREVIEW {99999}\r\n", " RFC822.SIZE 7)\r\n"], "PREVIEW", "PREVIEW ");
    check(&["* 5 UIDFETCH (UID 5 PREVIEW {99999}\r\n", " RFC822.SIZE 7)\r\n"], "PREVIEW", "PREVIEW ");
    check(
        &["* 1 FETCH (UID 5 X-GM-LABELS (\\Inbox {99999}\r\n", " \"a\") RFC822.SIZE 7)\r\n"],
        "X-GM-LABELS",
        "X-GM-LABELS (\\Inbox  \"a\")",
    );
    check(&["* 1 FETCH (UID 5 EMAILID ({99999}\r\n", ") RFC822.SIZE 7)\r\n"], "EMAILID", "EMAILID ()");
    check(&["* 1 FETCH (UID 5 SAVEDATE {99999}\r\n", " RFC822.SIZE 7)\r\n"], "SAVEDATE", "SAVEDATE ");
    check(&["* 1 FETCH (UID 5 X-A {99999}\r\n", " RFC822.SIZE 7)\r\n"], "X-A", "X-A ");
    check(&["* 1 FETCH (UID 5 BODY[X] {99999}\r\n", " RFC822.SIZE 7)\r\n"], "BODY[X]", "BODY[X] ");
    check(&["* 1 FETCH (UID 5 {99999}\r\n", " RFC822.SIZE 7)\r\n"], "", "");
}

#[test]
fn a_body_behind_an_oversized_literal_is_streamed() {
    let piece = |text: &'static str| Bytes::from_static(text.as_bytes());
    let first = piece("* 1 FETCH (ENVELOPE (NIL {99999}\r\n");
    let (mut parser, pending) = FetchParser::start(&first, &Context::default(), 99_999).unwrap();
    assert!(matches!(pending, Pending::Oversized { .. }));
    assert!(matches!(parser.resume(&piece(" NIL) BODY[] {99998}\r\n"), 99_998), Pending::Body { .. }));
    let (fetch, _) = parser.finish(&piece(" UID 3)\r\n"));
    assert_eq!(fetch.body(&Section::full()), Some(&BodyData::Streamed { size: 99_998 }));
    assert_eq!((fetch.uid(), fetch.items.len()), (Uid::new(3), 3));
}

#[test]
fn what_is_no_row_does_not_start_one() {
    for piece in [
        "* LIST () \"/\" {70000}\r\n",
        "* X {70000}\r\n",
        "A1 OK {70000}\r\n",
        "* 99999999999 FETCH (BODY[] {70000}\r\n",
    ] {
        assert!(
            FetchParser::start(&Bytes::from_static(piece.as_bytes()), &Context::default(), 70_000).is_none()
        );
    }
}

//! The examples of the RFCs that add to rows and to the news of a mailbox, as values.

use super::*;
use crate::types::{
    GmLabel, GmMessageId, GmThreadId, InternalDate, ModSeq, ObjectId, PartPath, Text, Uid, UidSet,
};

#[track_caller]
fn check(text: &str, expected: Response) {
    let parsed = line(text);
    assert_eq!(parsed.response, expected);
    assert_eq!(parsed.repairs, [], "{text}");
    let sent = expected.encode(NameEncoding::default()).bytes;
    assert_eq!(String::from_utf8_lossy(&sent), format!("{text}\r\n"));
}

/// A row with these items, as it is read and as it is sent.
#[track_caller]
fn check_row(items: &str, expected: &[FetchItem]) {
    check(&format!("* 1 FETCH ({items})"), Response::Fetch(Fetch::new(SeqNum::new(1), expected.to_vec())));
}

/// What is read, with the places of what had to be repaired.
#[track_caller]
fn check_repaired(items: &str, expected: &[FetchItem], quirks: &[Quirk]) {
    let parsed = line(format!("* 1 FETCH ({items})"));
    let Response::Fetch(fetch) = parsed.response else { panic!("{items}") };
    assert_eq!((&*fetch.items, &*fetch.defects), (expected, &[][..]), "{items}");
    assert_eq!(parsed.repairs.iter().map(|repair| repair.quirk).collect::<Vec<_>>(), quirks, "{items}");
}

/// The item cannot be read at this octet of the row; its neighbours can.
#[track_caller]
fn check_wrong(item: &str, offset: usize, expected: &str) {
    let fetch = fetch(format!("* 1 FETCH ({item} UID 5)"));
    assert_eq!((fetch.uid(), fetch.items.len()), (Uid::new(5), 2), "{fetch:?}");
    let FetchItem::Invalid { offset: found, expected: missing, .. } = &fetch.items[0] else {
        panic!("{fetch:?}")
    };
    // The item begins behind `* 1 FETCH (`.
    assert_eq!((found - 11, *missing), (offset, expected), "{item}");
}

fn uid(number: u32) -> Uid {
    Uid::new(number).unwrap()
}

fn modseq(number: u64) -> FetchItem {
    FetchItem::ModSeq(ModSeq::new(number))
}

fn id(text: &str) -> ObjectId {
    ObjectId::try_from(text).unwrap()
}

fn label(label: &str) -> GmLabel {
    GmLabel::new(label).unwrap()
}

fn text(text: &str) -> Text {
    text.into()
}

/// RFC 7162 section 3.1.4.2.
#[test]
fn modification_sequences() {
    check_row("MODSEQ (624140003)", &[modseq(624_140_003)]);
    check_row("UID 4 MODSEQ (12121231000)", &[FetchItem::Uid(uid(4)), modseq(12_121_231_000)]);
}

/// RFC 7162 sections 3.2.5.1, 3.2.7 and 3.2.10.
#[test]
fn what_has_vanished() {
    let vanished = |when, set: &str| {
        let set: crate::types::SequenceSet<Uid> = set.parse().unwrap();
        Response::Vanished(Vanished::new(when, set.resolve(None)).unwrap())
    };
    for set in ["41,43:116,118,120:211,214:540", "300:310,405,411", "1:4294967295"] {
        check(&format!("* VANISHED (EARLIER) {set}"), vanished(VanishedWhen::Earlier, set));
    }
    for set in ["405,407,410,425", "8", "505,507,510,625"] {
        check(&format!("* VANISHED {set}"), vanished(VanishedWhen::Now, set));
    }
    let quirks = |text: &str| {
        let Parsed { response, repairs } = line(text);
        (response, repairs.iter().map(|repair| repair.quirk).collect::<Vec<_>>())
    };
    let (read, repairs) = quirks("* vanished  ( earlier )  9:7 , 1 : 3,2  ");
    assert_eq!(read, vanished(VanishedWhen::Earlier, "1:3,7:9"));
    assert!(repairs.len() > 3 && repairs.iter().all(|quirk| *quirk == Quirk::ExtraBlanks), "{repairs:?}");
    assert_eq!(Vanished::new(VanishedWhen::Now, UidSet::new()), None);
}

#[test]
fn what_is_no_vanished() {
    for (text, offset, expected) in [
        ("* VANISHED", 10, "a blank"),
        ("* VANISHED ", 11, "a UID from 1 to 4294967295"),
        ("* VANISHED (EARLIER)", 20, "a blank"),
        ("* VANISHED (LATER) 1", 12, "EARLIER"),
        ("* VANISHED (EARLIER 1", 20, "`)`"),
        ("* VANISHED 1:*", 13, "a UID from 1 to 4294967295"),
        ("* VANISHED 0", 11, "a UID from 1 to 4294967295"),
        ("* VANISHED 1,,2", 13, "a UID from 1 to 4294967295"),
        ("* VANISHED 1:4294967296", 13, "a UID from 1 to 4294967295"),
        ("* VANISHED 1 2", 13, "the end of the line"),
        ("* VANISHED 1:2:3", 14, "the end of the line"),
    ] {
        let Response::Invalid(invalid) = line(text).response else { panic!("{text}") };
        assert_eq!((invalid.offset, invalid.expected), (offset, expected), "{text}");
    }
    assert!(matches!(line("* VANISHEDX 1").response, Response::Unknown(_)));
}

/// RFC 9586 section 3.
#[test]
fn rows_by_uid() {
    let flags = FetchItem::Flags([Flag::Seen].into());
    check(
        "* 25997 UIDFETCH (FLAGS (\\Seen))",
        Response::Fetch(Fetch::by_uid(uid(25997), vec![flags.clone()])),
    );
    let row = fetch("* 25997 UIDFETCH (UID 25997 FLAGS (\\Seen))");
    assert_eq!((row.key, row.number(), row.uid()), (RowKey::Uid(uid(25997)), None, Some(uid(25997))));
    assert_eq!(row.defects, []);
    let row = fetch("* 25997 UIDFETCH (UID 25998 FLAGS (\\Seen))");
    assert_eq!(row.defects, [Defect::Merged]);
    let row = fetch("* 0 UIDFETCH (FLAGS (\\Seen))");
    assert_eq!((row.key, row.uid(), &*row.items), (RowKey::Zero, None, &[flags][..]));
    for text in ["* 4294967296 UIDFETCH (FLAGS ())", "* 4294967296 FETCH (FLAGS ())"] {
        let Response::Invalid(invalid) = line(text).response else { panic!("{text}") };
        assert_eq!((invalid.offset, invalid.expected), (2, "a number up to 4294967295"), "{text}");
    }
}

/// RFC 8474 section 5.3.
#[test]
fn object_ids() {
    check_row(
        "EMAILID (M6d99ac3275bb4e) THREADID (T64b478a75b7ea9)",
        &[FetchItem::EmailId(id("M6d99ac3275bb4e")), FetchItem::ThreadId(Some(id("T64b478a75b7ea9")))],
    );
    check_row(
        "EMAILID (M00000001) THREADID NIL",
        &[FetchItem::EmailId(id("M00000001")), FetchItem::ThreadId(None)],
    );
    check_repaired(
        "EMAILID(x)THREADID ( y )",
        &[FetchItem::EmailId(id("x")), FetchItem::ThreadId(Some(id("y")))],
        &[Quirk::MissingBlank, Quirk::MissingBlank, Quirk::ExtraBlanks, Quirk::ExtraBlanks],
    );
    check_wrong("EMAILID M1", 8, "`(`");
    check_wrong("EMAILID ()", 9, "an object id");
    check_wrong("EMAILID NIL", 8, "`(`");
    check_wrong("THREADID (a b)", 12, "`)`");
}

/// An id that the RFC does not allow is an id all the same, and is sent back as it came.
#[test]
fn odd_object_ids_survive() {
    let long = "x".repeat(256);
    for odd in ["a/b+c=", "caf\u{e9}", "{1}", "a]", &long] {
        let row = format!("* 1 FETCH (EMAILID ({odd}))\r\n");
        let response = parse(&Bytes::from(row.clone()), &Context::default()).response;
        let Response::Fetch(fetch) = &response else { panic!("{response:?}") };
        let [FetchItem::EmailId(id)] = &fetch.items[..] else { panic!("{fetch:?}") };
        assert_eq!((id.as_bytes(), ObjectId::new(odd.to_owned()).is_err()), (odd.as_bytes(), true));
        assert_eq!(&**response.encode(NameEncoding::default()).bytes, row.as_bytes());
    }
}

/// RFC 8514 section 4.2.
#[test]
fn dates_of_saving() {
    let date = InternalDate::parse(b"01-Jan-2015 18:50:53 +0100").unwrap();
    check_repaired("SAVEDATE \"01-Jan-2015 18:50:53 +0100\"", &[FetchItem::SaveDate(Some(date))], &[]);
    check_row("SAVEDATE \" 1-Jan-2015 18:50:53 +0100\"", &[FetchItem::SaveDate(Some(date))]);
    check_row("SAVEDATE NIL", &[FetchItem::SaveDate(None)]);
    check_repaired(
        "SAVEDATE \"00-Jan-0000 00:00:00 +0000\"",
        &[FetchItem::SaveDate(None)],
        &[Quirk::OddDate],
    );
    check_wrong("SAVEDATE (1)", 9, "a string or NIL");
}

/// RFC 8970 section 5.
#[test]
fn previews() {
    check_row("PREVIEW \"Preview text!\"", &[FetchItem::Preview(Some(text("Preview text!")))]);
    check_row("PREVIEW \"\"", &[FetchItem::Preview(Some(text("")))]);
    check_row("PREVIEW NIL", &[FetchItem::Preview(None)]);
    check_row(
        "PREVIEW {10}\r\ncaf\u{e9} :)\r\n UID 7",
        &[FetchItem::Preview(Some(text("caf\u{e9} :)\r\n"))), FetchItem::Uid(uid(7))],
    );
    check_repaired("PREVIEW word", &[FetchItem::Preview(Some(text("word")))], &[Quirk::AtomForString]);
    check_wrong("PREVIEW (LAZY)", 8, "a string or NIL");
}

/// RFC 9051 section 6.4.5.1, RFC 3516 section 4.3.
#[test]
fn parts_without_their_transfer_encoding() {
    let path =
        |path: &[u32]| PartPath(path.iter().filter_map(|&part| std::num::NonZeroU32::new(part)).collect());
    check_row(
        "BINARY.SIZE[2.4] 10 BINARY.SIZE[] 0",
        &[
            FetchItem::BinarySize { path: path(&[2, 4]), size: Some(10) },
            FetchItem::BinarySize { path: path(&[]), size: Some(0) },
        ],
    );
    let binary = |data| FetchItem::Binary { path: path(&[1]), origin: None, data };
    check_row("BINARY[1] NIL", &[binary(BodyData::Nil)]);
    check_row("BINARY[1] \"ab\"", &[binary(BodyData::Inline(text("ab")))]);
    check_repaired("BINARY[1] ~{2}\r\na\0", &[binary(BodyData::Inline(text("a\0")))], &[]);
    check_repaired(
        "BINARY.SIZE[1] NIL",
        &[FetchItem::BinarySize { path: path(&[1]), size: None }],
        &[Quirk::NilNumber],
    );
    check_wrong("BINARY.SIZE[1] many", 15, "a number");
    check_repaired(
        "BINARY.SIZE[1]5",
        &[FetchItem::BinarySize { path: path(&[1]), size: Some(5) }],
        &[Quirk::MissingBlank],
    );
}

#[test]
fn what_gmail_adds() {
    check_row(
        "X-GM-MSGID 1278455344230334865 X-GM-THRID 18446744073709551615",
        &[
            FetchItem::GmMessageId(GmMessageId(1_278_455_344_230_334_865)),
            FetchItem::GmThreadId(GmThreadId(u64::MAX)),
        ],
    );
    check_row(
        "X-GM-LABELS (\\Inbox \\Sent Important \"Muy Importante\" B&APw-cher)",
        &[FetchItem::GmLabels(
            ["\\Inbox", "\\Sent", "Important", "Muy Importante", "B\u{fc}cher"].map(label).to_vec(),
        )],
    );
    check_row("X-GM-LABELS ()", &[FetchItem::GmLabels(vec![])]);
    check_repaired(
        "X-GM-LABELS (\"\\\\Inbox\" \"a \\\"b\\\"\" {2}\r\n() \"&\")",
        &[FetchItem::GmLabels(vec![
            label("\\Inbox"),
            label("a \"b\""),
            label("()"),
            GmLabel::from_wire(Bytes::from_static(b"&"), NameEncoding::ModifiedUtf7),
        ])],
        &[],
    );
    check_repaired(
        "X-GM-LABELS (\\Inbox  \"label\" NIL )",
        &[FetchItem::GmLabels(vec![label("\\Inbox"), label("label")])],
        &[Quirk::ExtraBlanks, Quirk::NilLabel, Quirk::ExtraBlanks],
    );
    check_wrong("X-GM-MSGID 18446744073709551616", 11, "a number up to 18446744073709551615");
    check_wrong("X-GM-THRID NIL", 11, "a number up to 18446744073709551615");
    check_wrong("X-GM-MSGID 1x", 12, "a blank or `)`");
    check_wrong("X-GM-LABELS x", 12, "a list of labels");
    check_wrong("X-GM-LABELS (a (b))", 15, "a label");
}

/// Labels travel like the names of mailboxes.
#[test]
fn labels_in_utf8() {
    let row = "* 1 FETCH (X-GM-LABELS ({7}\r\nB\u{fc}cher a&-b))\r\n";
    let context = Context { names: NameEncoding::Utf8, ..Context::default() };
    let response = parse(&Bytes::from(row), &context).response;
    let Response::Fetch(fetch) = &response else { panic!("{response:?}") };
    assert_eq!(fetch.items, [FetchItem::GmLabels(vec![label("B\u{fc}cher"), label("a&-b")])]);
    assert_eq!(&**response.encode(NameEncoding::Utf8).bytes, row.as_bytes());
}

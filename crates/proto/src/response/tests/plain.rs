//! Most responses are read by readers for what stands there as almost always; the others must find the same in them,
//! and alone know what is odd.

use proptest::prelude::*;

use super::corpus::CORPUS;
use super::*;
use crate::response::arbitrary;
use crate::wire::without_plain;

/// With everything that plain readers know.
const ROWS: [&str; 6] = [
    r#"* 1 FETCH (ENVELOPE (NIL "" (("A" NIL "a" "b")) (("A" NIL "a" "b")) (("A" NIL "a" "c")) NIL NIL NIL NIL "2"))"#,
    r#"* 1 FETCH (UID 2 FLAGS (\Seen \sEEN $a) INTERNALDATE " 7-Jul-1996 02:44:25 -0700" RFC822.SIZE 12 MODSEQ (7))"#,
    r#"* 1 FETCH (ENVELOPE ("Mon" "Hi" (("A" NIL "a" "b")("B" NIL "c" "d")) NIL NIL ((NIL NIL "e" "f")) nil NIL NIL "<1>") UID 7)"#,
    r#"* 1 FETCH (BODYSTRUCTURE ((("text" "plain" ("charset" "utf-8" "format" "flowed") NIL NIL "7bit" 12 1 NIL NIL "en" "x")("TEXT" "HTML" NIL "<i>" "d" "8bit" 9999999 0) "alternative" ("boundary" "b") NIL NIL NIL)("image" "png" ("name" "a.png") NIL NIL "base64" 12345678 NIL ("inline" ("filename" "a.png")) nil NIL)("a" "b" NIL NIL NIL "base64" 3 "md5" ("c" NIL)) "mixed"))"#,
    r#"* 1 FETCH (BODYSTRUCTURE ("message" "rfc822" NIL NIL NIL "7bit" 9 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" NIL NIL NIL NIL 3 1) 2 NIL NIL NIL NIL))"#,
    r#"* 1 FETCH (BODY (("multipart" "mixed" NIL NIL NIL "7bit" 1 NIL)("a" "b" NIL NIL NIL " 7bit " 1 NIL) "mixed") UID 4294967295 RFC822.SIZE 12345678 PREVIEW "so" INTERNALDATE "17-Jul-1996 02:44:25 -0700")"#,
];

#[track_caller]
fn check(octets: &[u8]) {
    let octets = Bytes::copy_from_slice(octets);
    let read = parse(&octets, &Context::default());
    let other = without_plain(|| parse(&octets, &Context::default()));
    assert_eq!(read.response, other.response, "{}", octets.escape_ascii());
    assert_eq!(read.repairs, other.repairs, "{}", octets.escape_ascii());
}

#[test]
fn one_octet_more_or_less_or_another_is_found_by_all() {
    for row in ROWS {
        let row = [row.as_bytes(), b"\r\n"].concat();
        check(&row);
        for at in 0..row.len() - 2 {
            let (before, behind) = row.split_at(at);
            check(&[before, &behind[1..]].concat());
            for octet in *b" \"\\()N0x{]\x00\xff" {
                check(&[before, &[octet], behind].concat());
                check(&[before, &[octet], &behind[1..]].concat());
            }
        }
    }
}

#[test]
fn any_response_is_found_by_all() {
    CORPUS.iter().for_each(|octets| check(octets));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_sent_is_found_by_all(response in arbitrary::response()) {
        check(&response.encode(NameEncoding::default()).bytes);
    }

    #[test]
    fn structures_and_envelopes_are_found_by_all(item in item()) {
        let row = Response::Fetch(Fetch::new(SeqNum::new(1), vec![item]));
        check(&row.encode(NameEncoding::default()).bytes);
    }
}

fn item() -> impl Strategy<Value = FetchItem> {
    prop_oneof![
        arbitrary::body().prop_map(|body| FetchItem::BodyStructure(Box::new(body))),
        arbitrary::envelope().prop_map(FetchItem::Envelope),
    ]
}

/// A list of flags is looked at once where it has nothing odd, and a second blank is.
#[test]
fn flags_are_the_same_with_blanks_between_them() {
    for flags in [
        r"\Seen \Answered",
        r"\Seen a $b c.d",
        r"\Seen NIL a",
        r"a\b \\c",
        r"\ a",
        "a",
        r"a]b% *{ \*",
        "nil nilx",
    ] {
        let (plain, odd) =
            (line(format!("* 1 FETCH (FLAGS ({flags}))")), line(format!("* 1 FETCH (FLAGS ( {flags}))")));
        assert_eq!(plain.response, odd.response, "{flags}");
        let quirks = |parsed: &Parsed| -> Vec<Quirk> {
            let quirks = parsed.repairs.iter().map(|repair| repair.quirk);
            quirks.filter(|&quirk| quirk != Quirk::ExtraBlanks).collect()
        };
        assert_eq!(quirks(&plain), quirks(&odd), "{flags}");
    }
}

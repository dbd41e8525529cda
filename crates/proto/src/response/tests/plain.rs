//! Most responses are read by readers for what stands there as almost always; the others must find the same in them.

use proptest::prelude::*;

use super::*;
use crate::response::arbitrary;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// No plain reader takes a second blank, and all others do.
    #[test]
    fn blanks_change_nothing_in_what_is_found(item in item()) {
        let response = Response::Fetch(Fetch::new(SeqNum::new(1), vec![item]));
        let line = response.encode(NameEncoding::default()).bytes.to_vec();
        let start = b"* 1 FETCH (".len() + line[11..].iter().position(|&octet| octet == b' ').unwrap_or(0) + 1;
        let odd = [&line[..start], &with_blanks_doubled(&line[start..])].concat();
        prop_assert_eq!(parse(&line.into(), &Context::default()).response, response.clone());
        prop_assert_eq!(parse(&odd.clone().into(), &Context::default()).response, response, "{}", odd.escape_ascii());
    }
}

/// Items that plain readers know.
fn item() -> impl Strategy<Value = FetchItem> {
    prop_oneof![
        arbitrary::body().prop_map(|body| FetchItem::BodyStructure(Box::new(body))),
        arbitrary::envelope().prop_map(FetchItem::Envelope),
    ]
}

/// Those outside of strings.
fn with_blanks_doubled(mut octets: &[u8]) -> Vec<u8> {
    let mut doubled = Vec::new();
    while let Some(&octet) = octets.first() {
        let length = match octet {
            b'"' => quoted_length(octets),
            b'{' => literal_length(octets),
            _ => 1,
        };
        if octet == b' ' {
            doubled.push(b' ');
        }
        doubled.extend(&octets[..length]);
        octets = &octets[length..];
    }
    doubled
}

fn quoted_length(octets: &[u8]) -> usize {
    let mut at = 1;
    while octets[at] != b'"' {
        at += if octets[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

fn literal_length(octets: &[u8]) -> usize {
    let digits = octets[1..].iter().take_while(|octet| octet.is_ascii_digit()).count();
    let size: usize = std::str::from_utf8(&octets[1..=digits]).unwrap().parse().unwrap();
    1 + digits + "}\r\n".len() + size
}

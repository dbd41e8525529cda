//! Whatever the octets are, reading them ends, with a value.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::corpus::CORPUS;
use super::*;

/// Reads as one whole response, and as pieces of a row.
fn read(bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    let parsed = parse(&bytes, &Context::default());
    if let Response::Tagged(tagged) = &parsed.response {
        tagged.reread();
    }
    // What was read can be sent.
    parsed.response.encode(NameEncoding::Utf8);
    if let Some((mut parser, _)) = FetchParser::start(&bytes, &Context::default(), 70_000) {
        parser.resume(&bytes, 1);
        parser.finish(&bytes);
    }
}

#[test]
fn a_response_cut_at_any_octet_is_read() {
    for response in CORPUS {
        for length in 0..=response.len() {
            let cut = &response[..length];
            read(cut);
            read(&[cut, b"\r\n"].concat());
            read(&[cut, b"{70000}\r\n"].concat());
        }
    }
}

#[test]
fn the_rest_of_a_row_may_begin_at_any_octet() {
    for response in CORPUS {
        for start in 0..=response.len() {
            let first = Bytes::from_static(b"* 1 FETCH (UID 1 BODY[] {70000}\r\n");
            let (parser, _) = FetchParser::start(&first, &Context::default(), 70_000).unwrap();
            let (fetch, _) = parser.finish(&Bytes::from_static(&response[start..]));
            assert_eq!(fetch.uid().map(|uid| uid.value()), Some(1));
        }
    }
}

const STARTS: &[&str] = &[
    "",
    "* ",
    "* 1 FETCH (",
    "* 1 FETCH (BODY (",
    "a OK [",
    "* ID (",
    "* ENABLED ",
    "* NAMESPACE ((",
    "* LIST (",
    "* THREAD (",
    "* QUOTA a (",
    "* ESEARCH (TAG \"a\") UID ",
];

/// Octets that mean something.
fn octet() -> impl Strategy<Value = u8> {
    prop_oneof![select(&b" ()[]{}\"\\*+~<>-.:0123456789NILaZ\r\n\0\xff"[..]), any::<u8>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn noise_is_read(noise in vec(octet(), 0..80), start in select(STARTS)) {
        read(&[start.as_bytes(), &noise, b"\r\n"].concat());
    }

    #[test]
    fn a_changed_response_is_read(response in select(CORPUS), changes in vec((any::<Index>(), octet()), 1..6)) {
        let mut response = response.to_vec();
        for (index, octet) in changes {
            let index = index.index(response.len());
            match octet {
                b'a' => { response.remove(index); }
                b'Z' => response.insert(index, b'('),
                octet => response[index] = octet,
            }
            if response.is_empty() {
                break;
            }
        }
        read(&response);
    }
}

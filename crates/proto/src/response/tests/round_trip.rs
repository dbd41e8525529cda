use proptest::prelude::*;

use super::*;
use crate::response::arbitrary;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_sent_is_what_is_read(response in arbitrary::response()) {
        let encoded = response.encode(NameEncoding::default());
        let bytes = Bytes::copy_from_slice(&encoded.bytes);
        prop_assert_eq!(encoded.marks, []);
        prop_assert_eq!(parse(&bytes, &Context::default()).response, response, "{:?}", bytes);
    }

    #[test]
    fn a_body_structure_is_read_as_it_was_sent(body in arbitrary::body()) {
        let response = Response::Fetch(Fetch::new(SeqNum::new(1), vec![FetchItem::BodyStructure(Box::new(body))]));
        let bytes = Bytes::copy_from_slice(&response.encode(NameEncoding::default()).bytes);
        prop_assert_eq!(parse(&bytes, &Context::default()).response, response, "{:?}", bytes);
    }
}

/// Nothing is read from a response that was not understood, and it is passed on octet for octet.
#[test]
fn what_is_not_understood_is_sent_as_it_came() {
    for line in
        ["* NOOP\r\n", "* 99 NOOP\r\n", "* LIST {3}\r\na\nb x\r\n", "* 0 EXPUNGE\r\n", "\r\n", "* \r\n"]
    {
        let bytes = Bytes::from_static(line.as_bytes());
        let parsed = parse(&bytes, &Context::default());
        assert!(matches!(parsed.response, Response::Unknown(_) | Response::Invalid(_)), "{parsed:?}");
        assert_eq!(**parsed.response.encode(NameEncoding::default()).bytes, *bytes);
    }
}

/// Text for people that begins with a bracket is no code, and a line end in it ends no line.
#[test]
fn text_cannot_become_a_code_or_a_line() {
    let text = "[ALERT] injected\r\n* BYE".into();
    let response = Response::Status(Status { kind: StatusKind::Ok, code: None, text });
    let bytes = Bytes::copy_from_slice(&response.encode(NameEncoding::default()).bytes);
    let Response::Status(status) = parse(&bytes, &Context::default()).response else { panic!("{bytes:?}") };
    assert_eq!((status.code, status.text), (None, " [ALERT] injected  * BYE".into()));
}

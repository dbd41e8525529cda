//! The same messages read by another parser: where leaves are, and what their text is.

#![allow(clippy::unwrap_used, reason = "what fails here is the test")]

mod tree;

use mail_parser::{Message, MessageParser, PartType};
use proptest::prelude::*;
use tayori_mime::{PartDecoder, Structure, decode_header};
use tree::Tree;

/// A leaf: where its body is, and its text if it is text.
type Leaf = (u64, u64, Option<String>);

fn ours(message: &[u8]) -> Vec<Leaf> {
    let leaf = |part: tayori_mime::Part<'_>| {
        let body = part.body();
        let octets = &message[usize::try_from(body.start).unwrap()..usize::try_from(body.end).unwrap()];
        let text = part.is_type("text").then(|| {
            let mut text = String::new();
            let mut decoder = PartDecoder::of(part);
            decoder.feed(octets, &mut text);
            decoder.finish(&mut text);
            text
        });
        (body.start, body.end, text)
    };
    Structure::of(message).leaves().map(leaf).collect()
}

fn theirs(message: &[u8]) -> Vec<Leaf> {
    fn walk(message: &Message<'_>, leaves: &mut Vec<Leaf>) {
        for part in &message.parts {
            let text = match &part.body {
                PartType::Multipart(_) => continue,
                PartType::Message(inner) => {
                    walk(inner, leaves);
                    continue;
                }
                PartType::Text(text) | PartType::Html(text) => Some(text.to_string()),
                PartType::Binary(_) | PartType::InlineBinary(_) => None,
            };
            leaves.push((part.offset_body.into(), part.offset_end.into(), text));
        }
    }
    let mut leaves = Vec::new();
    walk(&MessageParser::default().parse(message).unwrap(), &mut leaves);
    leaves
}

#[track_caller]
fn check(message: &str) {
    assert_eq!(ours(message.as_bytes()), theirs(message.as_bytes()), "{message:?}");
}

#[test]
fn texts_of_parts() {
    check("Subject: a\r\n\r\nplain\r\n");
    check(
        "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe =\r\naus=20M=FCnchen\r\n",
    );
    check(
        "Content-Type: text/html; charset=\"Shift_JIS\"\r\nContent-Transfer-Encoding: base64\r\n\r\ng26DjYFb\r\n",
    );
    check("Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B%O%m!<\x1b(B\r\n");
    check("Content-Type: text/plain; charset=utf-7\r\n\r\n+ZYeB9FH6ckh5Pg-, 1980.\r\n");
}

#[test]
fn places_of_parts() {
    let mixed =
        "Content-Type: multipart/mixed;\r\n boundary=\"b b\"\r\n\r\npreamble\r\n--b b\r\n\r\n1\r\n--b b\r\n";
    check(&format!(
        "{mixed}Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b b--\r\nepilogue"
    ));
    check(&format!("{mixed}Content-Type: message/rfc822\r\n\r\nSubject: a\r\n\r\n2\r\n--b b--\r\n"));
    let inner = "Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\n2\r\n--c\r\nContent-Type: text/html\r\n\r\n3\r\n--c--\r\n";
    check(&format!("{mixed}{inner}\r\n--b b\r\n\r\n4\r\n--b b--\r\n"));
    check(&format!("{mixed}Content-Type: message/rfc822\r\n\r\n{inner}\r\n--b b\r\n\r\n4\r\n--b b--\r\n"));
}

#[test]
fn texts_of_headers() {
    for subject in [
        "plain",
        "=?iso-8859-1?q?Gr=FC=DFe?= aus =?utf-8?b?TcO8bmNoZW4=?=",
        "=?utf-8?q?a?=\r\n =?utf-8?q?_b?=",
        "=?iso-2022-jp?b?GyRCJU8lbSE8GyhC?= x",
        "=?euc-kr?b?vsiz58fPvLy/5A==?=",
        "=?windows-1251?q?=CF=F0=E8=E2=E5=F2?=",
    ] {
        let message = format!("Subject: {subject}\r\n\r\n");
        let parsed = MessageParser::default().parse(&message).unwrap();
        assert_eq!(Some(decode_header(subject.as_bytes()).as_str()), parsed.subject(), "{subject:?}");
    }
}

fn is_message_in_message(tree: &Tree) -> bool {
    match tree {
        Tree::Leaf { .. } => false,
        Tree::Multipart { parts, .. } => parts.iter().any(is_message_in_message),
        Tree::Message { inside, .. } => {
            matches!(**inside, Tree::Message { .. }) || is_message_in_message(inside)
        }
    }
}

proptest! {
    #[test]
    fn random_trees(tree in tree::tree()) {
        // An assertion of the other one fails on a message whose body is a message.
        prop_assume!(!is_message_in_message(&tree));
        let (message, _) = tree.message();
        let ours = ours(message.as_bytes());
        let mut theirs = theirs(message.as_bytes());
        // A part that is not base64 although it says so is text for the other one.
        for (theirs, ours) in theirs.iter_mut().zip(&ours) {
            theirs.2 = theirs.2.take().filter(|_| ours.2.is_some());
        }
        prop_assert_eq!(ours, theirs, "{:?}", message);
    }
}

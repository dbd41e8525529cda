//! Parts without their transfer encoding, and what is done where the server cannot undo it.

use tayori_client::{Behaviour, Connector, Error, PartForm, Setting};
use tayori_proto::types::{PartPath, Text, Uid};
use tayori_testkit::peer::Peer;

use crate::harness::{Bodies, answer_select, inbox, play, session_with};

const MIXED: &str = "((\"TEXT\" \"PLAIN\" NIL NIL NIL \"QUOTED-PRINTABLE\" 5 1)\
                     (\"IMAGE\" \"PNG\" NIL NIL NIL \"base64\" 8) \"MIXED\")";

fn path(number: &str) -> PartPath {
    number.parse().unwrap()
}

fn encoded(encoding: &'static str) -> PartForm {
    PartForm::Encoded { encoding: Some(Text::from(encoding.as_bytes().to_vec())) }
}

/// Fetches a part of UID 7: the form, and the body that has come last.
async fn fetch(
    connector: Connector,
    capabilities: &str,
    number: &str,
    exchanges: &[(&str, String)],
) -> (Result<PartForm, Error>, Option<Vec<u8>>) {
    let (mut session, mut peer) = session_with(connector, capabilities).await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut bodies = Bodies::default();
        let uid = Uid::new(7).unwrap();
        let form = selected.fetch_part(uid, &path(number), &mut bodies).await;
        selected.noop().await.unwrap();
        (form, bodies.whole.pop())
    };
    let server = async {
        answer_select(&mut peer).await;
        for (command, answer) in exchanges {
            peer.exchange(command, answer).await;
        }
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await.0
}

const BINARY: &str = "UID FETCH 7 (BINARY.PEEK[2])";
const BODY: &str = "UID FETCH 7 (BODYSTRUCTURE BODY.PEEK[2])";

fn body_row() -> String {
    format!("* 3 FETCH (UID 7 BODYSTRUCTURE {MIXED} BODY[2] {{4}}\r\nYWJj)\r\n$ OK done\r\n")
}

#[tokio::test(start_paused = true)]
async fn a_part_comes_decoded_where_the_server_can() {
    for capability in ["BINARY", "IMAP4rev2"] {
        for row in [
            "* 3 FETCH (UID 7 BINARY[2] ~{3}\r\na\0c)\r\n$ OK done\r\n",
            // As an ordinary literal (Cyrus), behind the body, and with news of this message and another.
            "* 3 FETCH (BINARY[2] {3}\r\na\0c UID 7)\r\n* 3 FETCH (UID 7 FLAGS ())\r\n$ OK done\r\n",
            "* 1 FETCH (UID 5 FLAGS (\\Seen))\r\n* 3 FETCH (UID 7 BINARY[2] ~{3}\r\na\0c)\r\n$ OK done\r\n",
        ] {
            let (form, body) = fetch(Connector::new(), capability, "2", &[(BINARY, row.to_owned())]).await;
            assert_eq!((form.unwrap(), body.as_deref()), (PartForm::Decoded, Some(&b"a\0c"[..])), "{row}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_comes_as_it_stands_where_the_server_cannot_decode() {
    let (form, body) = fetch(Connector::new(), "", "2", &[(BODY, body_row())]).await;
    assert_eq!((form.unwrap(), body.as_deref()), (encoded("base64"), Some(&b"YWJj"[..])));
    for refusal in [
        "$ NO [UNKNOWN-CTE] no such encoding\r\n",
        "$ NO [PARSE] broken base64\r\n",
        "$ NO [CANNOT] a part that holds others\r\n",
        // Half of it had come.
        "* 3 FETCH (UID 7 BINARY[2] ~{2}\r\nab)\r\n$ NO [PARSE] broken base64\r\n",
        // What cannot be decoded is left out, or is nothing.
        "* 3 FETCH (UID 7)\r\n$ OK done\r\n",
        "* 3 FETCH (UID 7 BINARY[2] NIL)\r\n$ OK done\r\n",
        "$ OK done\r\n",
    ] {
        let exchanges = [(BINARY, refusal.to_owned()), (BODY, body_row())];
        let (form, body) = fetch(Connector::new(), "BINARY", "2", &exchanges).await;
        assert_eq!((form.unwrap(), body.as_deref()), (encoded("base64"), Some(&b"YWJj"[..])), "{refusal}");
    }
}

/// A refusal for another reason is one; without a reason it depends on what is known of the server.
#[tokio::test(start_paused = true)]
async fn another_refusal_is_not_taken_for_a_broken_part() {
    for refusal in ["$ NO [EXPUNGEISSUED] gone\r\n", "$ NO gone\r\n", "$ BAD what\r\n"] {
        let (form, _) = fetch(Connector::new(), "BINARY", "2", &[(BINARY, refusal.to_owned())]).await;
        assert!(matches!(form, Err(Error::Refused { .. })), "{form:?}");
    }
    let connector = Connector::new().behaviour(Behaviour::BinaryFails, Setting::On);
    let exchanges = [(BINARY, "$ NO gone\r\n".to_owned()), (BODY, body_row())];
    let (form, _) = fetch(connector, "BINARY", "2", &exchanges).await;
    assert_eq!(form.unwrap(), encoded("base64"));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_told() {
    for row in [
        "$ OK done\r\n",
        "* 3 FETCH (UID 8 BODY[2] {4}\r\nYWJj)\r\n$ OK done\r\n",
        "* 3 FETCH (UID 7 BODY[2] NIL)\r\n$ OK done\r\n",
    ] {
        let (form, _) = fetch(Connector::new(), "", "2", &[(BODY, row.to_owned())]).await;
        assert!(matches!(form, Err(Error::Incomplete { missing: "the part", .. })), "{form:?}");
    }
}

/// A whole message has no encoding of its own, and BINARY[] of a multipart is refused.
#[tokio::test(start_paused = true)]
async fn a_whole_message_comes_as_it_is() {
    let row = "* 3 FETCH (UID 7 BODY[] {3}\r\na\r\n)\r\n$ OK done\r\n";
    let exchanges = [("UID FETCH 7 (BODY.PEEK[])", row.to_owned())];
    let (form, body) = fetch(Connector::new(), "BINARY", "", &exchanges).await;
    assert_eq!(form.unwrap(), PartForm::Encoded { encoding: None });
    assert_eq!(body.as_deref(), Some(&b"a\r\n"[..]));
}

#[tokio::test(start_paused = true)]
async fn the_size_of_a_part_is_told_or_not() {
    let size = async |capabilities: &str, answer: Option<&str>| {
        let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            selected.part_size(Uid::new(7).unwrap(), &path("1.2")).await
        };
        let server = async |peer: &mut Peer| {
            answer_select(peer).await;
            if let Some(answer) = answer {
                peer.exchange("UID FETCH 7 (BINARY.SIZE[1.2])", answer).await;
            }
        };
        play(client, server(&mut peer)).await.0
    };
    let row = "* 3 FETCH (UID 7 BINARY.SIZE[1.2] 77)\r\n$ OK done\r\n";
    assert_eq!(size("BINARY", Some(row)).await.unwrap(), Some(77));
    assert_eq!(size("BINARY", Some("$ NO [UNKNOWN-CTE] no\r\n")).await.unwrap(), None);
    let outcome = size("BINARY", Some("$ OK done\r\n")).await;
    assert!(matches!(outcome, Err(Error::Incomplete { .. })), "{outcome:?}");
    let outcome = size("", None).await;
    assert!(matches!(outcome, Err(Error::NotOffered { capability: "BINARY" })), "{outcome:?}");
}

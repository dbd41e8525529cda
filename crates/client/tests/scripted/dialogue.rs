//! One whole session, from the greeting to LOGOUT, with its mail in every form a server can choose.

use tayori_client::{Access, Connector, Discard, LoginPolicy, RowEvent};
use tayori_proto::response::{BodyData, FetchItem};
use tayori_proto::types::{Capability, Section, Text, Uid};
use tayori_testkit::peer::Peer;

use crate::harness::{
    Bodies, credentials, greeted_in_pieces, inbox, limits, numbers, play, uid_and_message, whole_message,
};

/// 388 octets of ISO-2022-JP in Base64, as a telephone sends it.
fn message() -> Vec<u8> {
    let mut message = b"Date: Sat, 22 Mar 2008 09:00:00 +0900\r\nFrom: user@example.com\r\n\
        To: user@example.com\r\nSubject: =?ISO-2022-JP?B?GyRCSlgkahsoQg==?=\r\nMIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=ISO-2022-JP\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        .to_vec();
    while message.len() < 388 {
        message.extend_from_slice(b"GyRCSlgkahsoQg==");
    }
    message.truncate(386);
    message.extend_from_slice(b"\r\n");
    message
}

const GREETING: &str = "* OK Gimap ready for requests from 203.0.113.7 av5mb180262435pbd\r\n";

/// What the server says of the one message: everything between the command and its tagged line.
fn row(body: &[u8]) -> Vec<u8> {
    [b"* 1 FETCH (BODY[] ", body, b")\r\n"].concat()
}

fn literal(message: &[u8]) -> Vec<u8> {
    [format!("{{{}}}\r\n", message.len()).as_bytes(), message].concat()
}

fn quoted(message: &[u8]) -> Vec<u8> {
    let escaped = String::from_utf8(message.to_vec()).unwrap().replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"").into_bytes()
}

async fn serve(peer: &mut Peer, row: &[u8]) {
    peer.exchange(
        "CAPABILITY",
        "* CAPABILITY IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1\r\n\
         $ OK Thats all she wrote!\r\n",
    )
    .await;
    peer.exchange(
        "LOGIN user pass",
        "* CAPABILITY IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS COMPRESS=DEFLATE \
         ENABLE MOVE CONDSTORE ESEARCH UTF8=ACCEPT\r\n$ OK user@example.com authenticated (Success)\r\n",
    )
    .await;
    peer.exchange(
        "SELECT INBOX",
        "* FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen unknown-1 $label2 $label3 $Phishing NonJunk \
         $NotPhishing Junk)\r\n\
         * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen unknown-1 $label2 NonJunk Junk \\*)] \
         Flags permitted.\r\n\
         * OK [UIDVALIDITY 59] UIDs valid.\r\n* 1 EXISTS\r\n* 0 RECENT\r\n\
         * OK [UIDNEXT 2] Predicted next UID.\r\n* OK [HIGHESTMODSEQ 414981]\r\n\
         $ OK [READ-WRITE] INBOX selected. (Success)\r\n",
    )
    .await;
    let tag = peer.expect("FETCH 1 BODY.PEEK[]").await;
    peer.say(row).await;
    peer.answer(&tag, "$ OK Success\r\n").await;
    peer.exchange("CLOSE", "$ OK Returned to authenticated state. (Success)\r\n").await;
    peer.exchange("LOGOUT", "* BYE LOGOUT Requested\r\n$ OK 73 good day (Success)\r\n").await;
    assert_eq!(peer.rest().await, "");
}

/// Runs the session, and gives the bodies that reached the sink and the body item of the one row.
async fn run(piece: usize, inline_limit: usize, row: &[u8]) -> (Bodies, BodyData) {
    let mut limits = limits();
    limits.protocol.inline_literal_octets = inline_limit;
    let (connection, mut peer) = greeted_in_pieces(Connector::new().limits(limits), GREETING, piece).await;
    let client = async {
        let mut session = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session;
        assert!(session.capabilities().await.unwrap().has(&Capability::UidPlus), "they came with the login");
        let mut selected = session.select(&inbox()).await.unwrap();
        let mailbox = selected.mailbox();
        assert_eq!((mailbox.exists(), mailbox.recent(), mailbox.access()), (1, 0, Access::ReadWrite));
        assert_eq!(mailbox.uid_validity().map(|validity| validity.value()), Some(59));
        assert_eq!(mailbox.uid_next().map(Uid::value), Some(2));
        assert_eq!(mailbox.highest_modseq().map(|modseq| modseq.value()), Some(414_981));
        assert_eq!((mailbox.flags().len(), mailbox.permanent_flags().map(<[_]>::len)), (12, Some(10)));

        let mut bodies = Bodies::default();
        let mut rows = selected.fetch(numbers("1"), whole_message()).await.unwrap();
        let row = rows.next(&mut bodies).await.unwrap().expect("there is one row");
        assert_eq!(row.number().map(|number| number.value()), Some(1));
        assert_eq!(row.defects, []);
        let body = row.body(&Section::full()).cloned().expect("the row has a body");
        assert_eq!(rows.next(&mut bodies).await.unwrap(), None);
        drop(rows);
        selected.close().await.unwrap();
        session.logout().await.unwrap();
        (bodies, body)
    };
    play(client, serve(&mut peer, row)).await.0
}

const PIECES: [usize; 3] = [1, 7, 1 << 20];

#[tokio::test(start_paused = true)]
async fn the_mail_is_the_same_as_literal_and_as_quoted_string() {
    let message = message();
    assert_eq!(message.len(), 388);
    // A quoted string holds no line end (RFC 9051 section 4.3).
    let line = b"a \"line\" \\ {3} )".to_vec();
    for piece in PIECES {
        for (message, form) in
            [(&message, literal(&message)), (&line, literal(&line)), (&line, quoted(&line))]
        {
            let (bodies, body) = run(piece, 64 << 10, &row(&form)).await;
            assert_eq!(bodies.whole, std::slice::from_ref(message));
            assert_eq!(body, BodyData::Inline(Text::from(message.clone())));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_is_not_there_reaches_no_sink() {
    for piece in PIECES {
        let (bodies, body) = run(piece, 64 << 10, &row(b"NIL")).await;
        assert!(bodies.whole.is_empty());
        assert_eq!(body, BodyData::Nil);
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_mail_is_one() {
    for form in ["{0}\r\n", "\"\""] {
        let (bodies, body) = run(7, 64 << 10, &row(form.as_bytes())).await;
        assert_eq!(bodies.whole, [Vec::<u8>::new()], "{form:?}");
        assert_eq!(body, BodyData::Inline(Text::default()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_mail_goes_to_the_sink_in_pieces() {
    let message: Vec<u8> = (0..200_000_u32).flat_map(|line| format!("{line:08}\r\n").into_bytes()).collect();
    let (bodies, body) = run(1 << 20, 64 << 10, &row(&literal(&message))).await;
    assert!(bodies.whole == [message.clone()], "the octets differ");
    assert_eq!(body, BodyData::Streamed { size: message.len() as u64 });
    assert!(bodies.largest_piece <= 128 << 10, "{} octets in one piece", bodies.largest_piece);

    let message = &message[..3000];
    for piece in PIECES {
        let (bodies, body) = run(piece, 100, &row(&literal(message))).await;
        assert!(bodies.whole == [message], "the octets differ in pieces of {piece}");
        assert_eq!(body, BodyData::Streamed { size: 3000 });
    }
}

/// Servers put the UID where they like; a body is named by it when its row ends.
#[tokio::test(start_paused = true)]
async fn the_uid_may_come_before_or_behind_the_body() {
    for piece in PIECES {
        for (inline_limit, streamed) in [(3, true), (4, false)] {
            for uid_first in [true, false] {
                let mut limits = limits();
                limits.protocol.inline_literal_octets = inline_limit;
                let connector = Connector::new().limits(limits);
                let (mut session, mut peer) = crate::harness::session_in_pieces(connector, "", piece).await;
                let client = async {
                    let mut selected = session.select(&inbox()).await.unwrap();
                    let mut rows = selected.fetch(numbers("1"), uid_and_message()).await.unwrap();
                    let mut seen = Vec::new();
                    let mut octets = Vec::new();
                    while let Some(event) = rows.next_event().await.unwrap() {
                        match event {
                            RowEvent::BodyStart(body) => {
                                let known = body.so_far.iter().any(|item| matches!(item, FetchItem::Uid(_)));
                                assert_eq!(known, uid_first);
                                assert_eq!(body.size, 4);
                                seen.push("start");
                            }
                            RowEvent::Chunk(chunk) => octets.extend_from_slice(&chunk),
                            RowEvent::BodyEnd => seen.push("end"),
                            RowEvent::Row(row) => {
                                assert_eq!(row.uid().map(Uid::value), Some(43));
                                assert_eq!(row.defects, []);
                                seen.push("row");
                            }
                            other => panic!("{other:?}"),
                        }
                    }
                    let expected: &[&str] = if streamed { &["start", "end", "row"] } else { &["row"] };
                    assert_eq!(seen, expected);
                    assert_eq!(octets, if streamed { &b"mail"[..] } else { b"" });
                };
                let server = async {
                    crate::harness::answer_select(&mut peer).await;
                    let row = if uid_first {
                        "* 1 FETCH (UID 43 BODY[] {4}\r\nmail)\r\n$ OK done\r\n"
                    } else {
                        "* 1 FETCH (BODY[] {4}\r\nmail UID 43)\r\n$ OK done\r\n"
                    };
                    peer.exchange("FETCH 1 (UID BODY.PEEK[])", row).await;
                };
                play(client, server).await;
            }
        }
    }
}

/// Two bodies in a row, one kept and one streamed, and flags between rows: nothing is mixed up.
#[tokio::test(start_paused = true)]
async fn rows_come_in_the_order_of_the_server_with_news_among_them() {
    for piece in PIECES {
        let mut limits = limits();
        limits.protocol.inline_literal_octets = 4;
        let (mut session, mut peer) =
            crate::harness::session_in_pieces(Connector::new().limits(limits), "", piece).await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            let mut bodies = Bodies::default();
            let mut rows = selected.fetch(numbers("1:3"), uid_and_message()).await.unwrap();
            let mut order = Vec::new();
            while let Some(row) = rows.next(&mut bodies).await.unwrap() {
                order.push((row.number().map(|number| number.value()), row.uid().map(Uid::value)));
            }
            drop(rows);
            assert_eq!(
                order,
                [(Some(3), Some(43)), (Some(1), None), (Some(1), Some(41)), (Some(2), Some(42))]
            );
            assert_eq!(bodies.whole, [&b"third mail"[..], b"one", b"second"]);
            assert_eq!(selected.mailbox().exists(), 4, "news of the mailbox count when the rows have ended");
            let mut none = Discard;
            let mut rows = selected.fetch(numbers("4"), uid_and_message()).await.unwrap();
            assert_eq!(rows.next(&mut none).await.unwrap(), None, "a server may have nothing to say");
        };
        let server = async {
            crate::harness::answer_select(&mut peer).await;
            let rows = "* 3 FETCH (UID 43 BODY[] {10}\r\nthird mail)\r\n* 1 FETCH (FLAGS (\\Seen))\r\n\
                        * 4 EXISTS\r\n* 1 FETCH (BODY[] {3}\r\none UID 41)\r\n\
                        * 2 FETCH (BODY[] \"second\" UID 42)\r\n$ OK done\r\n";
            peer.exchange("FETCH 1:3 (UID BODY.PEEK[])", rows).await;
            peer.exchange("FETCH 4 (UID BODY.PEEK[])", "$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

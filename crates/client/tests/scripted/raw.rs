//! Speaking by hand: all that the server says comes out as it was said, whatever the size of the reads, and what was
//! read beyond a change of the stream goes where it belongs.

use bytes::Bytes;
use tayori_client::raw::{RawConnection, RawEvent};
use tayori_client::tls::{Tls, Trust};
use tayori_client::{Error, Lost, Timeouts};
use tayori_proto::session::ClearError;
use tayori_proto::wire::{Frame, Then};
use tayori_testkit::peer::Peer;

use crate::compress::agree;
use crate::harness::{GREETING, ROOMY, play, within};

/// All that is said until the other side closes, as octets.
async fn hear(connection: &mut RawConnection) -> Vec<u8> {
    let mut heard = Vec::new();
    loop {
        match connection.next().await.unwrap() {
            RawEvent::Frame(frame) => heard.extend_from_slice(&octets(&frame)),
            RawEvent::Ended => return heard,
            _ => {}
        }
    }
}

fn octets(frame: &Frame) -> Bytes {
    match frame {
        Frame::Piece { bytes, .. } | Frame::Chunk { bytes, .. } => bytes.clone(),
        other => panic!("a client's frame or a limit: {other:?}"),
    }
}

async fn line(connection: &mut RawConnection) -> String {
    loop {
        match connection.next().await.unwrap() {
            RawEvent::Frame(Frame::Piece { bytes, then: Then::End, .. }) => {
                return String::from_utf8_lossy(&bytes).into_owned();
            }
            RawEvent::Sent => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_said_is_heard_whatever_the_pieces() {
    let literal = "x".repeat(100_000);
    let said = format!(
        "{GREETING}+ go on\r\n* 1 FETCH (BODY[1] {{5}}\r\na\r\nb\n BODY[2] {{100000}}\r\n{literal} UID 5)\r\n\
         nonsense\r\nA1 NO {{3}}\r\nA1 OK\r\n"
    );
    for piece in [1, 7, 1000, ROOMY] {
        let (ours, mut peer) = Peer::pair(piece);
        let client = async { hear(&mut RawConnection::over(ours)).await };
        let server = async {
            peer.say(&said).await;
            peer.end().await;
        };
        let (heard, ()) = play(client, server).await;
        assert!(heard == said.as_bytes(), "{piece}: {}", heard.escape_ascii());
    }
}

#[tokio::test(start_paused = true)]
async fn octets_go_out_as_they_are_and_that_is_told_once() {
    for piece in [1, ROOMY] {
        let (ours, mut peer) = Peer::pair(piece);
        let client = async {
            let mut connection = RawConnection::over(ours);
            connection.send(b"\0 no {3+}\r");
            connection.send(b"\ncommand");
            assert_eq!(connection.next().await.unwrap(), RawEvent::Sent);
            connection.send(b"");
            assert_eq!(connection.next().await.unwrap(), RawEvent::Sent);
            assert_eq!(line(&mut connection).await, "* OK heard\r\n");
            assert_eq!(connection.next().await.unwrap(), RawEvent::Ended);
            assert_eq!(connection.next().await.unwrap(), RawEvent::Ended);
        };
        let server = async {
            assert_eq!(peer.octets(18).await, "\0 no {3+}\r\ncommand");
            peer.say("* OK heard\r\n").await;
            peer.end().await;
        };
        play(client, server).await;
    }
}

/// The pipe is full in both directions: somebody has to read while it sends.
#[tokio::test(start_paused = true)]
async fn neither_side_waits_for_the_other() {
    let (ours, mut peer) = Peer::pair(100);
    let much = "* OK still here\r\n".repeat(1000);
    let client = async {
        let mut connection = RawConnection::over(ours);
        connection.send(&[b'x'; 50_000]);
        hear(&mut connection).await
    };
    let server = async {
        peer.say(&much).await;
        assert_eq!(peer.octets(50_000).await.len(), 50_000);
        peer.end().await;
    };
    let (heard, ()) = play(client, server).await;
    assert!(heard == much.as_bytes());
}

/// A server that closes may have said why, and that is heard though nothing can be sent any more.
#[tokio::test(start_paused = true)]
async fn what_was_said_before_the_end_is_heard_though_nothing_can_be_sent() {
    let (ours, mut peer) = Peer::pair(ROOMY);
    peer.say("* BYE too late\r\n").await;
    drop(peer);
    let mut connection = RawConnection::over(ours);
    connection.send(b"a1 NOOP\r\n");
    assert_eq!(line(&mut connection).await, "* BYE too late\r\n");
    let error = connection.next().await.unwrap_err();
    assert!(matches!(error, Error::Lost(Lost::Io(_))), "{error:?}");
    assert_eq!(connection.next().await.unwrap(), RawEvent::Ended);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_wait_loses_nothing() {
    let (ours, mut peer) = Peer::pair(1);
    let mut connection = RawConnection::over(ours);
    let server = async {
        peer.say(GREETING).await;
        peer.say("* 1 FETCH (BODY[] {3}\r\nabc)\r\n").await;
        peer.end().await;
    };
    let client = async {
        let mut heard = Vec::new();
        loop {
            // One step, and the wait is dropped wherever it stands.
            let step = tokio::time::timeout(std::time::Duration::ZERO, connection.next()).await;
            match step {
                Ok(Ok(RawEvent::Frame(frame))) => heard.extend_from_slice(&octets(&frame)),
                Ok(Ok(RawEvent::Ended)) => return heard,
                Ok(other) => panic!("{other:?}"),
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    let (heard, ()) = play(client, server).await;
    assert_eq!(heard, b"* OK ready\r\n* 1 FETCH (BODY[] {3}\r\nabc)\r\n");
}

/// Whatever was read with the answer is compressed already.
#[tokio::test(start_paused = true)]
async fn what_follows_the_answer_to_compress_is_inflated() {
    for piece in [1, 9, ROOMY] {
        for behind in ["", "* 3 EXISTS\r\n* 0 RECENT\r\n"] {
            let (ours, peer) = Peer::pair(piece);
            let client = async {
                let mut connection = RawConnection::over(ours);
                connection.send(b"a1 COMPRESS DEFLATE\r\n");
                assert_eq!(line(&mut connection).await, "a1 OK DEFLATE active\r\n");
                connection.compress();
                connection.send(b"a2 NOOP\r\n");
                let mut heard = String::new();
                while !heard.contains("a2 ") {
                    heard += &line(&mut connection).await;
                }
                heard
            };
            let server = async {
                let mut peer = agree(peer, behind).await;
                peer.exchange("NOOP", "$ OK done\r\n").await;
                peer
            };
            let (heard, _peer) = play(client, server).await;
            assert_eq!(heard, format!("{behind}a2 OK done\r\n"), "{piece}");
        }
    }
}

/// Octets of the clear connection, of which nobody knows who has sent them, are never taken for what comes through TLS.
#[tokio::test(start_paused = true)]
async fn octets_behind_the_answer_to_starttls_end_the_upgrade() {
    for behind in ["\r", "* CAPABILITY IMAP4rev1\r\n", "\x16\x03\x03"] {
        let (ours, mut peer) = Peer::pair(ROOMY);
        peer.say(format!("a1 OK begin\r\n{behind}")).await;
        let mut connection = RawConnection::over(ours);
        assert_eq!(line(&mut connection).await, "a1 OK begin\r\n");
        let (tls, timeouts) = (Tls::new(Trust::System), Timeouts::default());
        let upgrade = connection.start_tls("localhost", &tls, &timeouts);
        let error = within(upgrade).await.unwrap_err();
        assert!(matches!(error, Error::StartTls(ClearError::OctetsBehindAnswer)), "{behind:?}: {error:?}");
        connection.send(b"a2 LOGIN ann secret\r\n");
        drop(connection);
        assert_eq!(peer.rest().await, "", "{behind:?}");
    }
}

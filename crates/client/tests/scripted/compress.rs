//! Compression: where it begins, octet by octet, and what ends it.

use std::sync::{Arc, Mutex};

use flate2::{Compress, Decompress, FlushCompress, FlushDecompress};
use tayori_client::{Compression, Connector, Error, Lost, Observer, Shown};
use tayori_testkit::peer::Peer;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use crate::common::Bodies;
use crate::harness::{
    INBOX, ROOMY, answer_select, greeted_in_pieces, inbox, lost, mailbox, play, refused, session_in_pieces,
    session_with, uid_and_message, uids,
};

const OFFER: &str = "COMPRESS=DEFLATE LITERAL+ UIDPLUS";

/// The server's end of the compressed connection, and what it compresses with.
struct Layer {
    stream: DuplexStream,
    deflate: Compress,
    inflate: Decompress,
}

impl Layer {
    fn deflate(&mut self, octets: &[u8]) -> Vec<u8> {
        let mut made = Vec::with_capacity(octets.len() + 64);
        self.deflate.compress_vec(octets, &mut made, FlushCompress::Sync).unwrap();
        made
    }

    fn inflate(&mut self, octets: &[u8]) -> Vec<u8> {
        let mut made = Vec::with_capacity(octets.len() * 1100 + 64);
        self.inflate.decompress_vec(octets, &mut made, FlushDecompress::None).unwrap();
        made
    }
}

/// Hears COMPRESS, agrees, and says `behind` compressed in the same write; gives a peer that speaks through the layer.
pub(crate) async fn agree(mut peer: Peer, behind: &str) -> Peer {
    let tag = peer.expect("COMPRESS DEFLATE").await;
    let (deflate, inflate) = (Compress::new(flate2::Compression::default(), false), Decompress::new(false));
    let mut layer = Layer { stream: peer.into_stream(), deflate, inflate };
    let mut said = tag.fill_in("$ OK DEFLATE active\r\n").into_bytes();
    if !behind.is_empty() {
        said.extend(layer.deflate(behind.as_bytes()));
    }
    layer.stream.write_all(&said).await.unwrap();
    through(layer)
}

fn through(mut layer: Layer) -> Peer {
    let (theirs, peer) = Peer::pair(ROOMY);
    let (mut said, mut heard) = tokio::io::split(theirs);
    tokio::spawn(async move {
        let (mut plain, mut deflated) = (vec![0; 8 << 10], vec![0; 8 << 10]);
        loop {
            tokio::select! {
                read = said.read(&mut plain) => match read.unwrap() {
                    0 => {
                        let _ = layer.stream.shutdown().await;
                        return;
                    }
                    read => {
                        let made = layer.deflate(&plain[..read]);
                        let _ = layer.stream.write_all(&made).await;
                    }
                },
                read = layer.stream.read(&mut deflated) => match read.unwrap() {
                    0 => return,
                    read => {
                        let made = layer.inflate(&deflated[..read]);
                        let _ = heard.write_all(&made).await;
                    }
                },
            }
        }
    });
    peer
}

/// The dialogue as text, both directions.
#[derive(Clone, Default)]
struct Transcript(Arc<Mutex<String>>);

impl Transcript {
    fn note(&self, pieces: &[Shown<'_>]) {
        for piece in pieces {
            match piece {
                Shown::Text(octets) | Shown::Literal { octets, .. } => {
                    self.0.lock().unwrap().push_str(&String::from_utf8_lossy(octets));
                }
                _ => {}
            }
        }
    }
}

impl Observer for Transcript {
    fn sent(&mut self, pieces: &[Shown<'_>]) {
        self.note(pieces);
    }

    fn received(&mut self, pieces: &[Shown<'_>]) {
        self.note(pieces);
    }
}

/// A line behind the agreement in the same write, a streamed message, an append, a second try: however small the pieces
/// are in which the octets travel.
#[tokio::test(start_paused = true)]
async fn whatever_follows_the_agreement_is_compressed() {
    let message = "Subject: x\r\n\r\n".to_owned() + &"0123456789abcdef\r\n".repeat(10_000);
    for piece in [1, 2, 3, 7, 64, 1000, ROOMY] {
        let transcript = Transcript::default();
        let connector = Connector::new().observe(Box::new(transcript.clone()));
        let (mut session, peer) = session_in_pieces(connector, OFFER, piece).await;
        let client = async {
            assert_eq!(session.compress().await.unwrap(), Compression::Begun);
            assert_eq!(session.compress().await.unwrap(), Compression::Active);
            let mut selected = session.select(&inbox()).await.unwrap();
            let mut rows = selected.fetch(uids("7"), uid_and_message()).await.unwrap();
            let mut bodies = Bodies::default();
            while rows.next(&mut bodies).await.unwrap().is_some() {}
            drop(rows);
            assert!(bodies.whole == [message.as_bytes()]);
            let size = message.len() as u64;
            session.append(&mailbox("other"), &[], None, size, message.as_bytes()).await.unwrap();
            session.logout().await.unwrap();
        };
        let server = async {
            let mut peer = agree(peer, "* OK welcome to the inside\r\n").await;
            answer_select(&mut peer).await;
            let row = format!("* 1 FETCH (UID 7 BODY[] {{{}}}\r\n{message})\r\n$ OK done\r\n", message.len());
            peer.exchange("UID FETCH 7 (UID BODY.PEEK[])", &row).await;
            let (tag, append) = peer.command().await;
            assert!(append.starts_with("APPEND other {"), "{append}");
            assert!(peer.octets(message.len()).await == message.as_bytes());
            assert_eq!(peer.line().await, "");
            peer.answer(&tag, "$ OK [APPENDUID 3 9] done\r\n").await;
            peer.exchange("LOGOUT", "* BYE\r\n$ OK bye\r\n").await;
        };
        play(client, server).await;
        let shown = transcript.0.lock().unwrap().clone();
        for line in ["COMPRESS DEFLATE", "OK DEFLATE active", "* OK welcome to the inside", "SELECT INBOX"] {
            let line = format!("{line}\r\n");
            assert!(shown.contains(&line), "{line} is missing in {shown:?}");
        }
    }
}

/// The client's side of the switch: the octet behind COMPRESS is the first of the compressed stream.
#[tokio::test(start_paused = true)]
async fn nothing_is_sent_plain_behind_the_agreement() {
    let (mut session, mut peer) = session_with(Connector::new(), OFFER).await;
    let client = async {
        session.compress().await.unwrap();
        session.noop().await
    };
    let server = async {
        let tag = peer.expect("COMPRESS DEFLATE").await;
        peer.answer(&tag, "$ OK DEFLATE active\r\n").await;
        let first = peer.octets(4).await;
        peer.end().await;
        first.to_vec()
    };
    let (noop, first) = play(client, server).await;
    assert!(!first.is_ascii() || !first.starts_with(b"t"), "{first:?}");
    assert!(matches!(lost(noop), Lost::Ended));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_want_to_is_spoken_to_as_before() {
    for (answer, expected) in [
        ("$ NO [COMPRESSIONACTIVE] DEFLATE active via TLS\r\n", Some(Compression::Below)),
        ("$ NO not now\r\n", None),
        ("$ BAD what\r\n", None),
    ] {
        let (mut session, mut peer) = session_with(Connector::new(), OFFER).await;
        let client = async {
            let outcome = session.compress().await;
            session.noop().await.unwrap();
            outcome
        };
        let server = async {
            peer.exchange("COMPRESS DEFLATE", answer).await;
            peer.exchange("NOOP", "$ OK done\r\n").await;
        };
        let (outcome, ()) = play(client, server).await;
        match expected {
            Some(expected) => assert_eq!(outcome.unwrap(), expected),
            None => assert_eq!(refused(outcome).0, "COMPRESS"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_capability_nothing_is_sent() {
    let (mut session, mut peer) = session_with(Connector::new(), "").await;
    let client = async {
        let outcome = session.compress().await;
        assert!(matches!(outcome, Err(Error::NotOffered { capability: "COMPRESS=DEFLATE" })), "{outcome:?}");
        session.noop().await.unwrap();
    };
    play(client, peer.exchange("NOOP", "$ OK done\r\n")).await;
}

/// Whoever gives up waiting gets a connection that is compressed all the same: the server may have begun.
#[tokio::test(start_paused = true)]
async fn compression_that_is_given_up_begins_all_the_same() {
    let (mut session, peer) = session_with(Connector::new(), OFFER).await;
    let client = async {
        tokio::select! {
            biased;
            outcome = session.compress() => panic!("{outcome:?}"),
            () = tokio::task::yield_now() => {}
        }
        session.noop().await.unwrap();
        assert_eq!(session.compress().await.unwrap(), Compression::Active);
    };
    let server = async {
        let mut peer = agree(peer, "").await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
        peer
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn octets_that_cannot_be_inflated_end_the_connection() {
    for garbage in [&b"* OK not compressed at all\r\n"[..], b"\xff\xff\xff\xff", b"\x06"] {
        let (mut session, mut peer) = session_with(Connector::new(), OFFER).await;
        let client = async {
            session.compress().await.unwrap();
            lost(session.noop().await)
        };
        let server = async {
            let tag = peer.expect("COMPRESS DEFLATE").await;
            let mut said = tag.fill_in("$ OK DEFLATE active\r\n").into_bytes();
            said.extend_from_slice(garbage);
            peer.say(said).await;
            peer
        };
        let (lost, _) = play(client, server).await;
        assert!(matches!(lost, Lost::NotInflated { .. }), "{lost:?}");
        assert!(lost.to_string().starts_with("the server's compressed octets cannot be inflated"), "{lost}");
    }
}

/// A body with a wrong size is passed over up to the end of a command, also within the compression and across its
/// beginning.
#[tokio::test(start_paused = true)]
async fn out_of_step_is_left_as_without_compression() {
    let (mut session, mut peer) = session_with(Connector::new(), OFFER).await;
    let client = async {
        session.select(&inbox()).await.unwrap();
        assert_eq!(session.compress().await.unwrap(), Compression::Begun);
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut rows = selected.fetch(uids("7"), uid_and_message()).await.unwrap();
        let outcome = loop {
            match rows.next(&mut Bodies::default()).await {
                Ok(Some(_)) => {}
                other => break other,
            }
        };
        assert!(matches!(outcome, Err(Error::InDoubt { .. })), "{outcome:?}");
        drop(rows);
        selected.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        let tag = peer.expect("COMPRESS DEFLATE").await;
        // Nobody has asked for this row; its body is longer than it says.
        peer.say("* 1 FETCH (BODY[] {5}\r\nhello world\r\nt1 OK not the end\r\n").await;
        let (deflate, inflate) =
            (Compress::new(flate2::Compression::default(), false), Decompress::new(false));
        let said = tag.fill_in("$ OK DEFLATE active\r\n");
        let mut layer = Layer { stream: peer.into_stream(), deflate, inflate };
        let behind = layer.deflate(b"* OK inside\r\n");
        layer.stream.write_all(&[said.as_bytes(), &behind].concat()).await.unwrap();
        let mut peer = through(layer);
        peer.exchange("SELECT INBOX", &format!("{INBOX}$ OK [READ-WRITE] opened\r\n")).await;
        let row = "* 1 FETCH (UID 7 BODY[] {5}\r\nhello world)\r\n$ OK done\r\n";
        peer.exchange("UID FETCH 7 (UID BODY.PEEK[])", row).await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// The answer to a command that could have been sent before the agreement is no reason to send it: nothing leaves until
/// the server has answered.
#[tokio::test(start_paused = true)]
async fn a_flight_behind_it_waits() {
    let greeting = format!("* PREAUTH [CAPABILITY IMAP4rev1 {OFFER}] welcome\r\n");
    let (connection, peer) = greeted_in_pieces(Connector::new(), &greeting, ROOMY).await;
    let mut session = connection.into_preauthenticated().unwrap();
    let client = async {
        session.compress().await.unwrap();
        let mut flight = session.flight();
        let (one, other) = (flight.noop(), flight.noop());
        let session = flight.launch().await.unwrap().land().await.unwrap();
        one.wait().await.unwrap();
        other.wait().await.unwrap();
        session
    };
    let server = async {
        let mut peer = agree(peer, "").await;
        let (one, other) = (peer.expect("NOOP").await, peer.expect("NOOP").await);
        peer.answer(&one, "$ OK done\r\n").await;
        peer.answer(&other, "$ OK done\r\n").await;
        peer
    };
    play(client, server).await;
}

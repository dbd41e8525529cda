//! Classes of attacks beside those of the numbers: what a server, or whoever chooses what it sends, can do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use tayori_client::{
    Body, BodySink, Compression as Agreed, Connector, Error, FetchAttribute, Observer, Session, Shown,
    StatusAttribute, Transport,
};
use tayori_proto::types::{Atom, ListPattern, ListReference, MailboxName, Messages, NonEmpty, Section};
use tayori_testkit::peer::Peer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{PASSWORD, log_in, log_in_as, session};

/// Answers NOOP, so that it is known that the connection is usable.
async fn is_usable(session: &mut Session, peer: &mut Peer) {
    let (done, ()) = tokio::join!(session.noop(), peer.exchange("NOOP", "$ OK done\r\n"));
    done.unwrap();
}

/// Hears any command, and answers it.
async fn answer(peer: &mut Peer, answer: &str) {
    let (tag, _) = peer.command().await;
    peer.answer(&tag, answer).await;
}

async fn list(session: &mut Session) -> Result<Vec<String>, Error> {
    let rows = session.list(&ListReference::none(), &ListPattern::all()).await?;
    Ok(rows.iter().map(|row| row.name.as_str().to_owned()).collect())
}

/// Octets of bodies, and the largest piece.
#[derive(Default)]
struct Counting {
    octets: usize,
    largest: usize,
    ended: usize,
}

impl BodySink for Counting {
    fn begin(&mut self, _: &Body) -> std::io::Result<()> {
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> std::io::Result<()> {
        self.octets += octets.len();
        self.largest = self.largest.max(octets.len());
        Ok(())
    }

    fn end(&mut self) -> std::io::Result<()> {
        self.ended += 1;
        Ok(())
    }
}

/// Opens INBOX with one message and fetches it; the server answers like this.
async fn fetch(
    session: &mut Session,
    peer: &mut Peer,
    said: impl AsyncFnOnce(&mut Peer, &str),
) -> (Counting, Result<usize, Error>) {
    let client = async {
        let mut selected = session.select(&MailboxName::inbox()).await.unwrap();
        let items = FetchAttribute::peek(Section::full());
        let mut rows = selected.fetch(Messages::Uids("7".parse().unwrap()), items.into()).await.unwrap();
        let (mut sink, mut count) = (Counting::default(), 0);
        loop {
            match rows.next(&mut sink).await {
                Ok(Some(_)) => count += 1,
                Ok(None) => break (sink, Ok(count)),
                Err(error) => break (sink, Err(error)),
            }
        }
    };
    let server = async {
        answer(peer, "* 1 EXISTS\r\n* OK [UIDVALIDITY 59] x\r\n$ OK [READ-WRITE] opened\r\n").await;
        let (tag, _) = peer.command().await;
        said(peer, &tag.fill_in("$")).await;
    };
    tokio::join!(client, server).0
}

/// Nothing is reserved by what is announced, and no body that was cut off ends.
#[tokio::test]
async fn class_literal_announced_and_never_sent() {
    for size in ["4294967295", "18446744073709551615", "99999999999999999999"] {
        let (mut session, mut peer) = session("").await;
        let (sink, outcome) = fetch(&mut session, &mut peer, async |peer, _| {
            peer.say(format!("* 1 FETCH (UID 7 BODY[] {{{size}}}\r\nabc")).await;
            peer.end().await;
        })
        .await;
        assert!(outcome.is_err(), "{size}");
        assert_eq!(sink.ended, 0, "{size}");
        assert!(sink.octets <= 3, "{size}");
    }
}

/// A large body is handed on in pieces that are bounded, whatever its size.
#[tokio::test]
async fn class_literal_that_is_large_is_never_in_memory_whole() {
    let (mut session, mut peer) = session("").await;
    let size = 8 << 20;
    let (sink, outcome) = fetch(&mut session, &mut peer, async |peer, tag| {
        peer.say(format!("* 1 FETCH (UID 7 BODY[] {{{size}}}\r\n")).await;
        for _ in 0..size >> 16 {
            peer.say(vec![b'x'; 1 << 16]).await;
        }
        peer.say(format!(")\r\n{tag} OK done\r\n")).await;
    })
    .await;
    assert_eq!((outcome.unwrap(), sink.octets, sink.ended), (1, size, 1));
    assert!(sink.largest <= 64 << 10, "{}", sink.largest);
}

/// A line and a body that come octet by octet: looked at again from their beginning each time, they would take hours.
#[tokio::test]
async fn class_quadratic_reading() {
    let work = async {
        let (ours, mut peer) = Peer::pair(1);
        let connect = Connector::new().connect_over(ours, Transport::Trusted);
        let greeting = "* PREAUTH [CAPABILITY IMAP4rev1] x\r\n";
        let (connection, ()) = tokio::join!(connect, peer.say(greeting));
        let mut session = connection.unwrap().into_preauthenticated().unwrap();
        let long = "x".repeat(1 << 19);
        let (done, ()) = tokio::join!(session.noop(), async {
            peer.exchange("NOOP", &format!("* OK {long}\r\n$ OK done\r\n")).await;
        });
        done.unwrap();
        let (sink, outcome) = fetch(&mut session, &mut peer, async |peer, tag| {
            let size = long.len();
            peer.say(format!("* 1 FETCH (UID 7 BODY[] {{{size}}}\r\n{long})\r\n{tag} OK done\r\n")).await;
        })
        .await;
        assert_eq!((outcome.unwrap(), sink.octets), (1, long.len()));
    };
    tokio::time::timeout(Duration::from_secs(120), work).await.expect("it takes far too long");
}

/// One item cannot be read, and the connection goes on.
#[tokio::test]
async fn class_deep_nesting() {
    let (mut session, mut peer) = session("").await;
    let deep = format!("{}{}", "(".repeat(20_000), ")".repeat(20_000));
    let (_, outcome) = fetch(&mut session, &mut peer, async |peer, tag| {
        peer.say(format!("* 1 FETCH (UID 7 BODYSTRUCTURE {deep} BODY[] {{2}}\r\nhi)\r\n{tag} OK done\r\n"))
            .await;
    })
    .await;
    assert_eq!(outcome.unwrap(), 1);
    is_usable(&mut session, &mut peer).await;
}

/// A set stays a range, however much it covers.
#[tokio::test]
async fn class_set_expansion() {
    let (mut session, mut peer) = session("UIDPLUS").await;
    let client = async {
        let mut selected = session.select(&MailboxName::inbox()).await.unwrap();
        selected
            .copy(Messages::Uids("1:*".parse().unwrap()), &MailboxName::new("there").unwrap())
            .await
            .unwrap()
    };
    let server = async {
        answer(&mut peer, "* 1 EXISTS\r\n* OK [UIDVALIDITY 59] x\r\n$ OK [READ-WRITE] opened\r\n").await;
        answer(&mut peer, "* VANISHED 1:4294967295\r\n$ OK [COPYUID 5 1:4294967294 2:4294967295] done\r\n")
            .await;
    };
    let (outcome, ()) = tokio::join!(client, server);
    assert!(format!("{outcome:?}").len() < 1000, "it is written as ranges");
    is_usable(&mut session, &mut peer).await;
}

/// What could end a command cannot be put into one; what a server has named so goes back as a literal.
#[tokio::test]
async fn class_commands_injected_by_data() {
    for text in ["a\r\nb LOGOUT", "a\nb", "a\0b"] {
        assert!(MailboxName::new(text).is_err(), "{text:?}");
        assert!(Atom::try_from(text).is_err(), "{text:?}");
    }
    for text in ["{5+}", "{5}\r", "a {3}"] {
        assert!(Atom::try_from(text).is_err(), "{text:?}");
    }
    let (mut session, mut peer) = session("").await;
    let client = async {
        let rows = session.list(&ListReference::none(), &ListPattern::all()).await.unwrap();
        session.delete(&rows[0].name).await
    };
    let server = async {
        answer(&mut peer, "* LIST () \"/\" {11}\r\na\r\nb LOGOUT\r\n$ OK done\r\n").await;
        let (tag, command) = peer.command().await;
        assert_eq!(command, "DELETE {11}", "and the rest waits until it is asked for");
        peer.answer(&tag, "$ NO no\r\n").await;
    };
    let (outcome, ()) = tokio::join!(client, server);
    assert!(matches!(outcome, Err(Error::Refused { .. })), "{outcome:?}");
    is_usable(&mut session, &mut peer).await;
}

/// A literal that was not asked for is not sent: the server would take it for commands.
#[tokio::test]
async fn class_literal_without_leave() {
    let (mut session, mut peer) = session("").await;
    let mailbox = MailboxName::inbox();
    let message = b"a1 LOGOUT\r\n".to_vec();
    let client = session.append(&mailbox, &[], None, message.len() as u64, &message[..]);
    let server = async {
        let (tag, command) = peer.command().await;
        assert!(command.ends_with("{11}"), "{command}");
        peer.answer(&tag, "$ NO over quota\r\n").await;
    };
    let (outcome, ()) = tokio::join!(client, server);
    assert!(outcome.is_err());
    is_usable(&mut session, &mut peer).await;
    assert!(!String::from_utf8_lossy(peer.all_heard()).contains("LOGOUT"));
}

/// What nobody has asked for, and what the state does not allow, is in no answer and breaks nothing.
#[tokio::test]
async fn class_unsolicited_responses() {
    let (mut session, mut peer) = session("").await;
    peer.say(
        "* 99 EXISTS\r\n* 3 FETCH (UID 3 BODY[] {4}\r\nevil)\r\n* LIST () \"/\" evil\r\n* SEARCH 1 2 3\r\n\
         * 1 EXPUNGE\r\n* STATUS INBOX (MESSAGES 99)\r\n* FLAGS (\\Evil)\r\n",
    )
    .await;
    is_usable(&mut session, &mut peer).await;
    let (names, ()) =
        tokio::join!(list(&mut session), answer(&mut peer, "* LIST () \"/\" good\r\n$ OK done\r\n"));
    assert_eq!(names.unwrap(), ["good"]);
    let client = async { session.select(&MailboxName::inbox()).await.unwrap().mailbox().exists() };
    let opened = "* 2 EXISTS\r\n* OK [UIDVALIDITY 59] x\r\n$ OK opened\r\n";
    let (exists, ()) = tokio::join!(client, answer(&mut peer, opened));
    assert_eq!(exists, 2);
}

/// A server that has disabled LOGIN, and takes no other way, does not get the password.
#[tokio::test]
async fn class_password_shown_where_login_is_disabled() {
    let (ours, mut peer) = Peer::pair(1 << 16);
    let client = async {
        let connection = Connector::new().connect_over(ours, Transport::Trusted).await.unwrap();
        log_in(connection).await.unwrap_err()
    };
    let server = async {
        peer.say("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=X-UNKNOWN] ready\r\n").await;
    };
    let (failed, ()) = tokio::join!(client, server);
    drop(failed);
    assert_eq!(peer.rest().await, "");
}

/// 64 MiB of text in a few KiB: one response above the bound is passed over, and the next ones are read.
#[tokio::test]
async fn class_decompression_bomb() {
    let (mut session, mut peer) = session("COMPRESS=DEFLATE").await;
    let (agreed, ()) = tokio::join!(session.compress(), answer(&mut peer, "$ OK active\r\n"));
    assert!(matches!(agreed.unwrap(), Agreed::Begun), "it was offered");
    let mut line = peer.into_stream();
    let (mut deflate, mut inflate) = (Compress::new(Compression::best(), false), Decompress::new(false));
    let client = session.noop();
    let server = async {
        let mut command = Vec::with_capacity(256);
        while !command.ends_with(b"\r\n") {
            let octet = [line.read_u8().await.unwrap()];
            inflate.decompress_vec(&octet, &mut command, FlushDecompress::None).unwrap();
        }
        let command = String::from_utf8(command).unwrap();
        let tag = command.split(' ').next().unwrap();
        let mut said = b"* OK ".to_vec();
        said.resize(64 << 20, b'x');
        said.extend_from_slice(format!("\r\n{tag} OK done\r\n").as_bytes());
        let mut bomb = Vec::with_capacity(4 << 20);
        deflate.compress_vec(&said, &mut bomb, FlushCompress::Sync).unwrap();
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        line.write_all(&bomb).await.unwrap();
    };
    let (done, ()) = tokio::join!(client, server);
    done.unwrap();
}

/// Everything that an observer is shown.
#[derive(Clone, Default)]
struct Transcript(Arc<Mutex<Vec<u8>>>);

impl Observer for Transcript {
    fn sent(&mut self, pieces: &[Shown<'_>]) {
        for piece in pieces {
            if let Shown::Text(octets) | Shown::Literal { octets, .. } = piece {
                self.0.lock().unwrap().extend_from_slice(octets);
            }
        }
    }

    fn received(&mut self, _: &[Shown<'_>]) {}
}

/// Quoted, as a literal, and in SASL.
#[tokio::test]
async fn class_password_in_a_transcript() {
    for (capabilities, password) in [
        ("", PASSWORD),
        ("LITERAL+", "gr\u{fc}n \"gr\u{fc}n\""),
        ("AUTH=PLAIN SASL-IR LOGINDISABLED", PASSWORD),
    ] {
        let transcript = Transcript::default();
        let (ours, mut peer) = Peer::pair(1 << 16);
        let client = async {
            let connector = Connector::new().observe(Box::new(transcript.clone()));
            let connection = connector.connect_over(ours, Transport::Trusted).await.unwrap();
            log_in_as(connection, "joe", password).await.unwrap()
        };
        let server = async {
            peer.say(format!("* OK [CAPABILITY IMAP4rev1 {capabilities}] ready\r\n")).await;
            let (tag, command) = peer.command().await;
            if command.ends_with("+}") {
                peer.line().await;
            }
            peer.answer(&tag, "$ OK [CAPABILITY IMAP4rev1] hello\r\n").await;
        };
        tokio::join!(client, server);
        let shown = String::from_utf8_lossy(&transcript.0.lock().unwrap()).into_owned();
        assert!(!shown.is_empty());
        for part in [password, "gr\u{fc}n", "AGpvZQ", "nobody sees"] {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}

/// A server that sends everything when a piece was asked for: it is taken once, and asked for once.
#[tokio::test]
async fn class_pieces_without_end() {
    let (mut session, mut peer) = session("").await;
    let (sink, outcome) = fetch(&mut session, &mut peer, async |peer, tag| {
        let body = "x".repeat(100_000);
        peer.say(format!("* 1 FETCH (UID 7 BODY[]<0> {{100000}}\r\n{body})\r\n{tag} OK done\r\n")).await;
    })
    .await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert!(sink.ended <= 1);
    is_usable(&mut session, &mut peer).await;
}

/// Numbers at and beyond the ends of their types.
#[tokio::test]
async fn class_integer_edges() {
    for number in ["0", "4294967295", "4294967296", "9223372036854775808", "18446744073709551616", "-1"] {
        let (mut session, mut peer) = session("CONDSTORE").await;
        let said = format!(
            "* {number} EXISTS\r\n* {number} EXPUNGE\r\n* {number} FETCH (UID {number} MODSEQ ({number}))\r\n\
             * OK [UIDNEXT {number}] x\r\n* OK [HIGHESTMODSEQ {number}] x\r\n* OK [UNSEEN {number}] x\r\n\
             * VANISHED {number}\r\n* SEARCH {number}\r\n* STATUS x (SIZE {number} MESSAGES {number})\r\n"
        );
        let opened = format!("* 1 EXISTS\r\n* OK [UIDVALIDITY 59] x\r\n{said}$ OK opened\r\n");
        let client = async { session.select(&MailboxName::inbox()).await.map(drop) };
        let (_, ()) = tokio::join!(client, answer(&mut peer, &opened));
        let name = MailboxName::new("x").unwrap();
        let client = session.status(&name, NonEmpty::one(StatusAttribute::Messages));
        let told = format!("{said}$ OK done\r\n");
        let _ = tokio::join!(client, answer(&mut peer, &told));
        is_usable(&mut session, &mut peer).await;
    }
}

/// What a server says is in a field of its own, and not in the words of an error, which a program may print.
#[tokio::test]
async fn class_terminal_codes_in_errors() {
    let (mut session, mut peer) = session("").await;
    let words = "\u{1b}]0;evil\u{7}\u{1b}[2J";
    let said = format!("$ NO [X-CODE {words}] {words}\r\n");
    let (outcome, ()) = tokio::join!(list(&mut session), answer(&mut peer, &said));
    let error = outcome.unwrap_err();
    assert!(!error.to_string().contains(['\u{1b}', '\u{7}']), "{error:?}");
    let Error::Refused { text, .. } = &error else { panic!("{error:?}") };
    assert!(text.to_string_lossy().contains("evil"), "it is there for whoever escapes it");
}

//! Whatever a client sends, in whatever pieces: the server does not panic, does not say more than was asked for, and
//! ends when the client does, or when it is silent for long.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

mod common;

use std::time::Duration;

use common::{insert, server};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tayori_proto::types::Flag;
use tayori_server::{Options, Privacy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

const MAIL: &str = "From: Ann <ann@example.com>\r\nSubject: =?utf-8?q?h=C3=A9?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ntwo\r\n--b--\r\n";

/// What clients say that mean it.
const LINES: &[&str] = &[
    "a CAPABILITY\r\n",
    "a NOOP\r\n",
    "a LOGIN ann secret\r\n",
    "a LOGIN {3+}\r\nann {6+}\r\nsecret\r\n",
    "a LOGIN {3}\r\nann secret\r\n",
    "a AUTHENTICATE PLAIN\r\nAGFubgBzZWNyZXQ=\r\n",
    "a AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=\r\n",
    "a AUTHENTICATE PLAIN\r\n*\r\n",
    "a STARTTLS\r\n",
    "a ID (\"name\" \"x\" \"version\" NIL)\r\n",
    "a ENABLE CONDSTORE\r\n",
    "a SELECT INBOX\r\n",
    "a EXAMINE inbox\r\n",
    "a CREATE a/b/c\r\n",
    "a CREATE &ZeVnLIqe-\r\n",
    "a DELETE a/b\r\n",
    "a RENAME a x/y\r\n",
    "a RENAME INBOX old\r\n",
    "a SUBSCRIBE a/b\r\n",
    "a UNSUBSCRIBE a/b\r\n",
    "a LIST \"\" *\r\n",
    "a LIST \"a/\" %\r\n",
    "a LSUB \"\" %\r\n",
    "a NAMESPACE\r\n",
    "a STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)\r\n",
    "a APPEND INBOX (\\Seen $x) \"17-Jul-1996 02:44:25 -0700\" {5+}\r\nhello\r\n",
    "a APPEND INBOX {5}\r\nhello\r\n",
    "a APPEND INBOX {20000}\r\n",
    "a APPEND none {20000+}\r\n",
    "a IDLE\r\nDONE\r\n",
    "a CHECK\r\n",
    "a CLOSE\r\n",
    "a UNSELECT\r\n",
    "a EXPUNGE\r\n",
    "a UID EXPUNGE 1:*\r\n",
    "a SEARCH OR (UNSEEN NOT DELETED) HEADER Subject x 1:* UID 1:9\r\n",
    "a UID SEARCH CHARSET UTF-8 TEXT {5+}\r\nhello SINCE 1-Feb-1994\r\n",
    "a FETCH 1:* FULL\r\n",
    "a ENABLE QRESYNC\r\n",
    "a ENABLE UIDONLY\r\n",
    "a SELECT INBOX (CONDSTORE)\r\n",
    "a SELECT INBOX (QRESYNC (7 1 1:4294967295 (1:4294967295 1:4294967295)))\r\n",
    "a STATUS INBOX (HIGHESTMODSEQ MAILBOXID)\r\n",
    "a UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED PARTIAL -1:-3)\r\n",
    "a FETCH 1:* (MODSEQ EMAILID THREADID SAVEDATE PREVIEW) (CHANGEDSINCE 1)\r\n",
    "a FETCH 1:* (BINARY[1]<1.4> BINARY.PEEK[2.1] BINARY.SIZE[1])\r\n",
    "a STORE 1:* (UNCHANGEDSINCE 3) -FLAGS.SILENT (\\Seen $x)\r\n",
    "a UID STORE 1:* (UNCHANGEDSINCE 0) +FLAGS ($y)\r\n",
    "a UID SEARCH RETURN (ALL) MODSEQ \"/flags/\\\\Seen\" all 2 SAVEDSINCE 1-Feb-1994 EMAILID M1\r\n",
    "a FETCH 1 (BODYSTRUCTURE BODY[2.HEADER.FIELDS (SUBJECT)]<0.5> BODY.PEEK[1.MIME] RFC822.TEXT)\r\n",
    "a UID FETCH 1:* (FLAGS BODY[])\r\n",
    "a STORE 1:* +FLAGS.SILENT (\\Deleted)\r\n",
    "a UID STORE * FLAGS (\\Seen k)\r\n",
    "a COPY 1 INBOX\r\n",
    "a UID COPY 1:* a/b\r\n",
    "a MOVE 1:* old\r\n",
    "a UID MOVE 2 INBOX\r\n",
    "a LOGOUT\r\n",
];

/// What parsers stumble over.
const PIECES: &[&[u8]] = &[
    b"{5}\r\n",
    b"{5+}\r\n",
    b"{4294967296}\r\n",
    b"{99999999+}\r\n",
    b"~{3}\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"\"",
    b"\\",
    b"(",
    b")",
    b"((((((((((((",
    b"[",
    b"]",
    b"<0.1>",
    b"*",
    b"%",
    b",",
    b":",
    b"0",
    b"4294967295",
    b" ",
    b"\0",
    b"\xff",
    b"&",
    b"&AAAA-",
    b"NIL",
    b"1:*",
    b"UID ",
    b"NOT ",
    b"OR ",
    b"BODY[1.1.1.1]",
    b"DONE\r\n",
    b"\x1b[2J",
];

/// One change to what a client would say.
#[derive(Clone, Debug)]
enum Change {
    Insert(Index, &'static [u8]),
    Replace(Index, u8),
    Remove(Index, usize),
}

impl Change {
    fn apply(&self, octets: &mut Vec<u8>) {
        match self {
            Self::Insert(at, piece) => {
                let at = at.index(octets.len() + 1);
                octets.splice(at..at, piece.iter().copied());
            }
            Self::Replace(at, octet) if !octets.is_empty() => {
                let at = at.index(octets.len());
                octets[at] = *octet;
            }
            Self::Remove(at, count) if !octets.is_empty() => {
                let at = at.index(octets.len());
                octets.drain(at..(at + count).min(octets.len()));
            }
            Self::Replace(..) | Self::Remove(..) => {}
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), select(PIECES)).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, octet)| Change::Replace(at, octet)),
        (any::<Index>(), 1..20_usize).prop_map(|(at, count)| Change::Remove(at, count)),
    ]
}

/// A dialogue with some changes in it.
fn dialogue() -> impl Strategy<Value = Vec<u8>> {
    (vec(select(LINES), 1..12), vec(change(), 0..6)).prop_map(|(lines, changes)| {
        let mut octets = lines.concat().into_bytes();
        for change in changes {
            change.apply(&mut octets);
        }
        octets
    })
}

/// How far the client has come before it makes noise.
#[derive(Clone, Copy, Debug)]
enum Start {
    Unknown,
    LoggedIn,
    Selected,
}

impl Start {
    fn said(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::LoggedIn => "in LOGIN ann secret\r\n",
            Self::Selected => "in LOGIN ann secret\r\nin SELECT INBOX\r\n",
        }
    }
}

fn start() -> impl Strategy<Value = Start> {
    select(&[Start::Unknown, Start::LoggedIn, Start::Selected][..])
}

/// How the client leaves.
#[derive(Clone, Copy, Debug)]
enum Leave {
    HangUp,
    FallSilent,
}

/// Says all of it in pieces of these sizes, over and over.
async fn check(start: Start, noise: Vec<u8>, sizes: Vec<usize>, leave: Leave) {
    let (server, store) = server(Options::default());
    for flags in [&[][..], &[Flag::Seen], &[Flag::Deleted]] {
        insert(&store, "INBOX", flags, MAIL);
    }
    let (stream, other) = tokio::io::duplex(1 << 10);
    let serving = tokio::spawn(async move { server.serve(other, Privacy::Private).await });
    let (mut reader, mut writer) = tokio::io::split(stream);
    let reading = tokio::spawn(async move {
        let mut heard = Vec::new();
        let _ = reader.read_to_end(&mut heard).await;
        heard
    });
    let _ = writer.write_all(start.said().as_bytes()).await;
    let mut rest = &noise[..];
    for size in sizes.iter().cycle() {
        let (piece, after) = rest.split_at((*size).min(rest.len()));
        if writer.write_all(piece).await.is_err() || after.is_empty() {
            break;
        }
        tokio::task::yield_now().await;
        rest = after;
    }
    if let Leave::HangUp = leave {
        let _ = writer.shutdown().await;
    }
    // On a clock that turns when nothing else can happen. A client that is served again and again is slowed down, but
    // there is not so much to say.
    let hour = Duration::from_secs(3600);
    timeout(hour, serving).await.expect("it ends").expect("it does not panic");
    drop(writer);
    let heard = reading.await.unwrap();
    let shown = heard.escape_ascii();
    assert!(heard.starts_with(b"* OK [CAPABILITY "), "{shown}");
    assert!(heard.len() < 200_000, "{} octets for {}", heard.len(), noise.len());
    if let Leave::FallSilent = leave {
        let lines = heard.split(|octet| *octet == b'\n');
        let bye = lines.filter(|line| line.starts_with(b"* BYE ")).count();
        assert!(bye == 1 || noise.windows(8).any(|word| word.eq_ignore_ascii_case(b"STARTTLS")), "{shown}");
    }
}

fn run(start: Start, noise: Vec<u8>, sizes: Vec<usize>, leave: Leave) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(check(start, noise, sizes, leave));
}

fn leave() -> impl Strategy<Value = Leave> {
    select(&[Leave::HangUp, Leave::FallSilent][..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn octets_of_any_kind(
        start in start(), noise in vec(any::<u8>(), 0..500), sizes in vec(1..100_usize, 1..5), leave in leave(),
    ) {
        run(start, noise, sizes, leave);
    }

    #[test]
    fn dialogues_that_went_wrong(
        start in start(), noise in dialogue(), sizes in vec(1..200_usize, 1..5), leave in leave(),
    ) {
        run(start, noise, sizes, leave);
    }
}

//! The server, and a client that says anything.

use std::future::Future;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use tayori_proto::types::{Flag, InternalDate, MailboxName};
use tayori_server::memory::MemoryStore;
use tayori_server::{Logins, Options, Privacy, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::timeout;

use super::{corpus, pieces};
use crate::dialogue::Dialogue;
use crate::pair::{USER, memory_store, password};

/// Before anybody logs in and after a mailbox was selected: the server ends when the client does and does not panic,
/// says no more than can have been asked for, ends each of its lines, and serves the next client as if nothing had
/// happened.
pub(super) fn run(data: &[u8]) {
    for before in ["", "in LOGIN ann secret\r\nin SELECT INBOX\r\n"] {
        at_rest(check(before, data));
    }
}

pub(super) fn seeds() -> io::Result<Vec<Vec<u8>>> {
    let lines: [&[u8]; 12] = [
        b"a LOGIN {3}\r\nann {6+}\r\nsecret\r\na SELECT INBOX\r\na FETCH 1:* (FLAGS UID BODY[])\r\n",
        b"a AUTHENTICATE PLAIN\r\nAGFubgBzZWNyZXQ=\r\na LIST \"\" *\r\na NAMESPACE\r\n",
        b"a SEARCH OR (UNSEEN NOT DELETED) HEADER Subject x 1:* UID 1:9\r\n",
        b"a UID SEARCH CHARSET UTF-8 TEXT {5+}\r\nhello SINCE 1-Feb-1994\r\n",
        b"a FETCH 1:* (ENVELOPE BODYSTRUCTURE BODY[2.HEADER.FIELDS (SUBJECT)]<0.5> BODY.PEEK[1.MIME])\r\n",
        b"a STORE 1:2 +FLAGS.SILENT (\\Deleted $x)\r\na EXPUNGE\r\na UID FETCH 1:* FLAGS\r\n",
        b"a APPEND INBOX (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {5+}\r\nhello\r\na NOOP\r\n",
        b"a CREATE x/y\r\na RENAME x z\r\na RENAME INBOX old\r\na SUBSCRIBE z\r\na LSUB \"\" %\r\n",
        b"a UID COPY 1:* old\r\na MOVE 1:* x\r\na STATUS x (MESSAGES UIDNEXT)\r\n",
        b"a IDLE\r\nDONE\r\na CHECK\r\na CLOSE\r\na UNSELECT\r\n",
        b"a ID (\"name\" \"x\")\r\na ENABLE CONDSTORE\r\na STARTTLS\r\na LOGOUT\r\n",
        b"a APPEND INBOX {20000}\r\n",
    ];
    let scripts = corpus::scripts()?;
    Ok(scripts.into_iter().map(|said| said.client).chain(lines.map(<[u8]>::to_vec)).collect())
}

const MAILS: [&str; 3] = [
    "From: Ann <ann@example.com>\r\nSubject: =?utf-8?q?h=C3=A9?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ntwo\r\n--b--\r\n",
    "Subject: two\r\n\r\nHello!\r\n",
    "no header\r\n",
];

/// A server with a user and three mails.
pub(super) fn with_mails() -> Server<MemoryStore> {
    let store = memory_store();
    let inbox = MailboxName::inbox();
    for mail in MAILS {
        let pieces = vec![Bytes::from_static(mail.as_bytes())];
        let date = InternalDate::from_unix_seconds(837_596_665);
        store.insert(&inbox, vec![Flag::Flagged], date, pieces).expect("the store is empty");
    }
    Server::new(Logins::one(USER, &password(), store), Options::default())
}

/// Runs it on a clock that turns when nothing else can happen.
pub(super) fn at_rest(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without sockets needs nothing of the system").block_on(future);
}

/// The next client is served as if nothing had happened.
pub(super) async fn is_well(server: &Server<MemoryStore>) {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let server = server.clone();
    tokio::spawn(async move { server.serve(theirs, Privacy::Private).await });
    let mut client = Dialogue::logged_in(ours).await;
    client.done("SELECT INBOX").await;
    client.done("UID FETCH 1:* (FLAGS RFC822.SIZE BODYSTRUCTURE)").await;
    client.done("LOGOUT").await;
}

async fn check(before: &str, data: &[u8]) {
    let server = with_mails();
    let (stream, other) = tokio::io::duplex(1 << 10);
    let serving = {
        let server = server.clone();
        tokio::spawn(async move { server.serve(other, Privacy::Private).await })
    };
    let (mut reader, mut writer): (tokio::io::ReadHalf<DuplexStream>, _) = tokio::io::split(stream);
    let reading = tokio::spawn(async move {
        let mut heard = Vec::new();
        let _ = reader.read_to_end(&mut heard).await;
        heard
    });
    let _ = writer.write_all(before.as_bytes()).await;
    for piece in pieces(data) {
        if writer.write_all(piece).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    let _ = writer.shutdown().await;
    let hour = Duration::from_secs(3600);
    timeout(hour, serving).await.expect("it ends").expect("it does not panic");
    drop(writer);
    let heard = reading.await.expect("reading does not panic");
    let shown = heard.escape_ascii();
    assert!(heard.starts_with(b"* OK [CAPABILITY "), "{shown}");
    assert!(heard.ends_with(b"\r\n"), "{shown}");
    assert!(heard.len() < 1 << 20, "{} octets for {}", heard.len(), data.len());
    is_well(&server).await;
}

//! Messages come and go as they are.

use tayori_client::Error;
use tayori_proto::response::ResponseCode;

use crate::server::{Kind, all_uids, append, peer, take, uid_and_message};

#[tokio::test]
async fn messages_come_back_octet_for_octet() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("octets").await;
    let mut messages = messages();
    // It takes such a first line for the end of the header.
    messages.retain(|(name, _)| peer.kind != Kind::Mailutils || *name != "header only of blanks");
    let mut uids = Vec::new();
    for (_, message) in &messages {
        uids.push(append(&mut session, &mailbox, message).await);
    }
    let mut selected = session.examine(&mailbox).await.unwrap();
    assert_eq!(selected.mailbox().exists() as usize, messages.len());
    let (rows, bodies) = take(selected.fetch(all_uids(), uid_and_message()).await.unwrap()).await;
    assert_eq!((rows.len(), bodies.len()), (messages.len(), messages.len()));
    for (index, (name, message)) in messages.iter().enumerate() {
        assert_eq!(rows[index].uid(), Some(uids[index]), "{name}");
        assert_eq!(rows[index].size(), Some(bodies[index].len() as u64), "{name}");
        let (found, expected) = (peer.kind.own_lines_removed(&bodies[index]), peer.kind.stored(message));
        assert!(found == expected, "{name}: the octets differ\n{}\n{}", start(&found), start(&expected));
    }
}

#[tokio::test]
async fn rows_that_are_dropped_leave_the_session_in_step() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("dropped").await;
    let message = [&b"Subject: x\r\n\r\n"[..], &b"0123456789\r\n".repeat(100_000)].concat();
    for _ in 0..3 {
        append(&mut session, &mailbox, &message).await;
    }
    let mut selected = session.examine(&mailbox).await.unwrap();
    for steps in 0..20 {
        let mut rows = selected.fetch(all_uids(), uid_and_message()).await.unwrap();
        for _ in 0..steps {
            assert!(rows.next_event().await.unwrap().is_some());
        }
        drop(rows);
        selected.noop().await.unwrap();
    }
    let (rows, bodies) = take(selected.fetch(all_uids(), uid_and_message()).await.unwrap()).await;
    assert_eq!(rows.len(), 3);
    assert!(bodies.iter().all(|body| peer.kind.own_lines_removed(body) == message));
}

#[tokio::test]
async fn an_append_to_a_mailbox_that_is_not_there_leaves_the_session_in_step() {
    let Some(peer) = peer() else { return };
    let mut session = peer.session().await;
    let nowhere = peer.mailbox("appended nowhere");
    let message = b"Subject: x\r\n\r\n".repeat(100_000);
    let outcome = session.append(&nowhere, &[], None, message.len() as u64, &message[..]).await;
    let Err(tayori_client::AppendError::Server(Error::Refused { code, .. })) = outcome else {
        panic!("{outcome:?}")
    };
    // Mailutils writes the code behind another word, where it is none.
    let expected = (peer.kind != Kind::Mailutils).then_some(&ResponseCode::TryCreate);
    assert_eq!(code.as_deref(), expected);
    session.noop().await.unwrap();
}

/// For the words of a failure.
fn start(octets: &[u8]) -> String {
    octets[..octets.len().min(300)].escape_ascii().to_string()
}

/// Messages that have gone wrong somewhere, each octet for octet what the server must give back.
fn messages() -> Vec<(&'static str, Vec<u8>)> {
    let head = "From: a@example.org\r\nSubject: x\r\n";
    let with_body = |body: &[u8]| [head.as_bytes(), b"\r\n", body].concat();
    // Everything but NUL, CR and LF, which no server has to keep alone.
    let all_octets: Vec<u8> = (1..=255).filter(|octet| !matches!(octet, b'\r' | b'\n')).collect();
    let lines: Vec<u8> = (0..5 << 20)
        .map(|at: u32| {
            if at % 78 == 76 {
                b'\r'
            } else if at % 78 == 77 {
                b'\n'
            } else {
                b'a' + (at % 26) as u8
            }
        })
        .collect();
    vec![
        ("no body", head.as_bytes().to_vec()),
        ("no line end", with_body(b"the last line has no end")),
        ("empty lines", with_body(b"\r\n\r\n\r\n")),
        ("8-bit text", with_body("\u{4fbf}\u{308a} \u{e4}\u{f6}\u{fc}\r\n".as_bytes())),
        ("iso-2022-jp", with_body(b"\x1b$BJX$j\x1b(B\r\n")),
        ("all octets", with_body(&[&all_octets[..], b"\r\n"].concat().repeat(40))),
        ("one long line", with_body(&[&b"long ".repeat(20_000)[..], b"\r\n"].concat())),
        ("what looks like IMAP", with_body(b"* BYE\r\n)\r\na1 OK done\r\n{5}\r\n+ go on\r\n\"\\\r\n.\r\n")),
        ("header only of blanks", b" \r\n\t\r\n\r\n".to_vec()),
        ("five megabytes", with_body(&lines)),
    ]
}

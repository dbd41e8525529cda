//! Giving up: what is dropped in the middle leaves the connection usable, or closed with the reason.

use std::io;
use std::pin::pin;
use std::time::Duration;

use tayori_client::{
    AppendError, Body, BodySink, Connector, Discard, Error, FetchAttribute, Limits, LoginPolicy, Lost,
    RowEvent, Session,
};
use tayori_proto::types::{ListPattern, ListReference};
use tayori_testkit::peer::Peer;
use tokio::time::sleep;

use crate::harness::{
    GREETING, answer_select, credentials, greeted, inbox, limits, lost, mailbox, numbers, play, session,
    session_in_pieces, uids, whole_message,
};

fn streaming(drain_octets: u64) -> Limits {
    let mut limits = limits();
    limits.protocol.inline_literal_octets = 10;
    limits.drain_octets = drain_octets;
    limits
}

async fn session_that_streams(drain_octets: u64) -> (Session, Peer) {
    // In small pieces, so that much of an answer is still on its way when it is dropped.
    session_in_pieces(Connector::new().limits(streaming(drain_octets)), "LITERAL+", 1000).await
}

const BODY: usize = 100_000;

/// Sends a FETCH row with a large body, and the end of the command.
async fn answer_large(peer: &mut Peer) {
    let tag = peer.expect("FETCH 1 BODY.PEEK[]").await;
    peer.say(format!("* 1 FETCH (BODY[] {{{BODY}}}\r\n")).await;
    peer.say(vec![b'x'; BODY]).await;
    peer.answer(&tag, ")\r\n$ OK done\r\n").await;
}

/// How far a fetch goes before it is given up.
#[derive(Clone, Copy, Debug)]
enum Until {
    Asked,
    BodyStart,
    Chunk,
}

async fn fetch_until(session: &mut Session, until: Until) {
    let mut selected = session.select(&inbox()).await.unwrap();
    let mut rows = selected.fetch(numbers("1"), whole_message()).await.unwrap();
    let steps = match until {
        Until::Asked => 0,
        Until::BodyStart => 1,
        Until::Chunk => 2,
    };
    for _ in 0..steps {
        assert!(rows.next_event().await.unwrap().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn rows_that_are_dropped_are_read_to_their_end() {
    for until in [Until::Asked, Until::BodyStart, Until::Chunk] {
        let (mut session, mut peer) = session_that_streams(BODY as u64 + 1000).await;
        let client = async {
            fetch_until(&mut session, until).await;
            session.noop().await.unwrap();
            session.logout().await.unwrap();
        };
        let server = async {
            answer_select(&mut peer).await;
            answer_large(&mut peer).await;
            peer.exchange("NOOP", "$ OK done\r\n").await;
            peer.exchange("LOGOUT", "* BYE\r\n$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

#[tokio::test(start_paused = true)]
async fn rows_that_are_too_long_to_be_read_to_their_end_end_the_connection() {
    for until in [Until::Asked, Until::BodyStart, Until::Chunk] {
        let (mut session, mut peer) = session_that_streams(BODY as u64 / 2).await;
        let client = async {
            fetch_until(&mut session, until).await;
            assert!(matches!(lost(session.noop().await), Lost::NotDrained), "{until:?}");
            assert!(matches!(lost(session.noop().await), Lost::NotDrained), "the reason stays");
        };
        let server = async {
            answer_select(&mut peer).await;
            answer_large(&mut peer).await;
            peer.rest().await;
        };
        play(client, server).await;
    }
}

/// What counts is what has to be read, not how it is cut: small bodies that stand in their rows weigh as much as a
/// large one, and pieces of one fetch that were sent weigh together.
#[tokio::test(start_paused = true)]
async fn the_bound_is_one_of_octets_over_all_that_was_dropped() {
    let row = format!("* 1 FETCH (BODY[] {{5000}}\r\n{})\r\n", "x".repeat(5000));
    for pieces in [1, 2] {
        let mut limits = limits();
        limits.drain_octets = 30_000;
        let (mut session, mut peer) = session_in_pieces(Connector::new().limits(limits), "", 1000).await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            let fetches = vec![uids("1:9"); pieces];
            drop(selected.fetch_in_pieces(fetches, whole_message()).await.unwrap());
            assert!(matches!(lost(selected.noop().await), Lost::NotDrained), "{pieces} pieces");
        };
        let server = async {
            answer_select(&mut peer).await;
            for _ in 0..pieces {
                let answer = format!("{}$ OK done\r\n", row.repeat(10 / pieces));
                peer.exchange("UID FETCH 1:9 BODY.PEEK[]", &answer).await;
            }
            peer.rest().await;
        };
        play(client, server).await;
    }
}

/// Whatever the command was: one that only its end was wanted of, and one of which there was too much.
#[tokio::test(start_paused = true)]
async fn an_answer_without_an_end_ends_the_connection() {
    let mut limits = streaming(30_000);
    limits.collected_octets = 5000;
    for (command, row) in [("SELECT other", "* 3 EXISTS\r\n"), ("LIST \"\" *", "* LIST () NIL a\r\n")] {
        let (mut session, mut peer) =
            session_in_pieces(Connector::new().limits(limits.clone()), "", 1000).await;
        let client = async {
            if command == "SELECT other" {
                let name = mailbox("other");
                let mut select = pin!(session.select(&name));
                tokio::select! {
                    biased;
                    _ = &mut select => panic!("it has no end"),
                    () = sleep(Duration::from_secs(1)) => {}
                }
            } else {
                let rows = session.list(&ListReference::none(), &ListPattern::all()).await;
                assert!(matches!(rows, Err(Error::TooMuch { .. })), "{rows:?}");
            }
            assert!(matches!(lost(session.noop().await), Lost::NotDrained), "{command}");
        };
        let server = async {
            peer.expect(command).await;
            sleep(Duration::from_secs(2)).await;
            peer.say(row.repeat(20_000)).await;
            peer.rest().await;
        };
        play(client, server).await;
    }
}

/// The bound is for one thing that was given up, not for the life of a connection.
#[tokio::test(start_paused = true)]
async fn the_bound_begins_anew_after_each_answer_that_is_taken() {
    let (mut session, mut peer) = session_that_streams(BODY as u64 + 5000).await;
    let client = async {
        for _ in 0..5 {
            fetch_until(&mut session, Until::Chunk).await;
        }
        session.noop().await.unwrap();
    };
    let server = async {
        for _ in 0..5 {
            answer_select(&mut peer).await;
            answer_large(&mut peer).await;
        }
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;

    // Octets that nobody asked for are no answer that was given up.
    let (mut session, mut peer) = session_that_streams(1000).await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        {
            let mut noop = pin!(selected.noop());
            tokio::select! {
                biased;
                _ = &mut noop => panic!("it is not answered yet"),
                () = sleep(Duration::from_secs(1)) => {}
            }
        }
        sleep(Duration::from_secs(10)).await;
        selected.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.say("* 1 FETCH (FLAGS ())\r\n".repeat(1000)).await;
        let tag = peer.expect("NOOP").await;
        sleep(Duration::from_secs(5)).await;
        peer.answer(&tag, "$ OK done\r\n").await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// All the futures of rows can be dropped and asked for again without losing an octet.
#[tokio::test(start_paused = true)]
async fn waiting_for_a_row_can_be_given_up_and_taken_up_again() {
    let (mut session, mut peer) = session_that_streams(0).await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut rows = selected.fetch(numbers("1"), whole_message()).await.unwrap();
        let (mut had, mut given_up) = (0, 0);
        loop {
            let event = tokio::select! {
                biased;
                event = rows.next_event() => event.unwrap(),
                () = sleep(Duration::from_millis(1)) => {
                    given_up += 1;
                    continue;
                }
            };
            match event {
                Some(RowEvent::Chunk(octets)) => had += octets.len(),
                Some(_) => {}
                None => break,
            }
        }
        assert_eq!(had, BODY);
        assert!(given_up > 10);
    };
    let server = async {
        answer_select(&mut peer).await;
        let tag = peer.expect("FETCH 1 BODY.PEEK[]").await;
        peer.say(format!("* 1 FETCH (BODY[] {{{BODY}}}\r\n")).await;
        for _ in 0..100 {
            sleep(Duration::from_millis(3)).await;
            peer.say(vec![b'x'; BODY / 100]).await;
        }
        peer.answer(&tag, ")\r\n$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// A command whose future is dropped runs on, and what it answers goes to nobody.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_does_not_disturb_the_next() {
    let (mut session, mut peer) = session().await;
    let client = async {
        {
            let name = mailbox("a");
            let mut create = pin!(session.create(&name));
            tokio::select! {
                biased;
                _ = &mut create => panic!("it is not answered yet"),
                () = sleep(Duration::from_secs(1)) => {}
            }
        }
        session.create(&mailbox("b")).await.unwrap();
    };
    let server = async {
        let first = peer.expect("CREATE a").await;
        sleep(Duration::from_secs(2)).await;
        peer.answer(&first, "$ NO not this one\r\n").await;
        peer.exchange("CREATE b", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// Fails when it is asked for its n-th octet, or gives them for ever.
struct Source {
    left: usize,
    then: Option<io::ErrorKind>,
}

impl tokio::io::AsyncRead for Source {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        let octets = buffer.remaining().min(self.left);
        self.left -= octets;
        buffer.put_slice(&vec![b'x'; octets]);
        match self.then {
            Some(kind) if octets == 0 => std::task::Poll::Ready(Err(kind.into())),
            _ => std::task::Poll::Ready(Ok(())),
        }
    }
}

/// The server waits for octets that never come, so the connection ends, and the message is not stored.
#[tokio::test(start_paused = true)]
async fn a_message_whose_source_fails_is_not_stored() {
    for (then, expected) in
        [(None, io::ErrorKind::UnexpectedEof), (Some(io::ErrorKind::StorageFull), io::ErrorKind::StorageFull)]
    {
        for had in [0, 1, 99_999] {
            let (mut session, mut peer) = session_that_streams(0).await;
            let client = async {
                let source = Source { left: had, then };
                let error = session.append(&mailbox("to"), &[], None, 100_000, source).await.unwrap_err();
                assert!(
                    matches!(&error, AppendError::Source(error) if error.kind() == expected),
                    "{error:?}"
                );
                assert!(matches!(lost(session.noop().await), Lost::Abandoned));
            };
            let server = async {
                let (_, rest) = peer.command().await;
                assert_eq!(rest, "APPEND to {100000+}");
                assert!(
                    peer.rest().await.len() <= had,
                    "no octet more than there were, and no end of the command"
                );
            };
            play(client, server).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_append_that_is_dropped_in_its_message_ends_the_connection() {
    let (mut session, mut peer) = session_that_streams(0).await;
    let client = async {
        {
            let (to, message) = (mailbox("to"), vec![b'x'; 1 << 20]);
            let mut append = pin!(session.append(&to, &[], None, 1 << 20, &message[..]));
            tokio::select! {
                biased;
                _ = &mut append => panic!("the server does not read it"),
                () = sleep(Duration::from_secs(1)) => {}
            }
        }
        let error = session.noop().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the connection is lost: an append was given up in the middle of its message"
        );
        assert!(matches!(lost::<()>(Err(error)), Lost::Abandoned));
    };
    let server = async {
        peer.command().await;
        sleep(Duration::from_secs(2)).await;
        let heard = peer.rest().await;
        assert!(heard.len() < 1 << 20 && heard.iter().all(|&octet| octet == b'x'));
    };
    play(client, server).await;
}

/// Once the server has all of the message, the rest is its affair; nobody is told how it ended.
#[tokio::test(start_paused = true)]
async fn an_append_that_is_dropped_behind_its_message_leaves_the_connection_usable() {
    for stored in ["$ OK done\r\n", "$ NO [OVERQUOTA] full\r\n"] {
        let (mut session, mut peer) = session_that_streams(0).await;
        let client = async {
            {
                let to = mailbox("to");
                let append = session.append(&to, &[], None, 4, &b"mail"[..]);
                assert!(tokio::time::timeout(Duration::from_secs(1), append).await.is_err());
            }
            session.noop().await.unwrap();
        };
        let server = async {
            let (tag, _) = peer.command().await;
            assert_eq!(peer.line().await, "mail");
            sleep(Duration::from_secs(2)).await;
            peer.answer(&tag, stored).await;
            peer.exchange("NOOP", "$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

/// The server may ask for the message at any time, and then nobody is there to give it.
#[tokio::test(start_paused = true)]
async fn an_append_that_is_dropped_in_front_of_its_message_ends_the_connection_when_that_is_asked_for() {
    let (mut session, mut peer) = session_in_pieces(Connector::new(), "", 1000).await;
    let client = async {
        {
            let to = mailbox("to");
            let append = session.append(&to, &[], None, 4, &b"mail"[..]);
            assert!(tokio::time::timeout(Duration::from_secs(1), append).await.is_err());
        }
        assert!(matches!(lost(session.noop().await), Lost::Abandoned));
    };
    let server = async {
        peer.command().await;
        sleep(Duration::from_secs(2)).await;
        peer.say("+ go on\r\n").await;
        assert_eq!(peer.rest().await, "");
    };
    play(client, server).await;
}

/// A source that is longer than it should be is not read further than the server was told.
#[tokio::test(start_paused = true)]
async fn a_source_that_is_too_long_is_cut() {
    let (mut session, mut peer) = session_that_streams(0).await;
    let client = async {
        let source = Source { left: usize::MAX, then: None };
        session.append(&mailbox("to"), &[], None, 10, source).await.unwrap();
        session.noop().await.unwrap();
    };
    let server = async {
        let (tag, _) = peer.command().await;
        assert_eq!(peer.line().await, "xxxxxxxxxx");
        peer.answer(&tag, "$ OK done\r\n").await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// Without LOGOUT: somebody who drops a session wants it gone, and nothing is expunged by that.
#[tokio::test(start_paused = true)]
async fn a_session_that_is_dropped_closes_its_connection_and_sends_nothing() {
    let (connection, mut peer) = greeted(Connector::new(), GREETING).await;
    drop(connection);
    assert_eq!(crate::harness::within(peer.rest()).await, "");

    let (mut session, mut peer) = session().await;
    let client = async move { drop(session.select(&inbox()).await.unwrap()) };
    let server = async {
        answer_select(&mut peer).await;
        assert_eq!(peer.rest().await, "");
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_dropped_closes_its_connection() {
    let (connection, mut peer) = greeted(Connector::new(), GREETING).await;
    let client = async {
        let (credentials, policy) = (credentials(), LoginPolicy::new());
        let login = connection.log_in(&credentials, &policy);
        assert!(tokio::time::timeout(Duration::from_secs(1), login).await.is_err());
    };
    let server = async {
        peer.exchange("CAPABILITY", "* CAPABILITY IMAP4rev1\r\n$ OK done\r\n").await;
        peer.expect("LOGIN user pass").await;
        assert_eq!(peer.rest().await, "");
    };
    play(client, server).await;
}

/// A disk that is full stops the taking of rows; the connection is none the worse.
#[tokio::test(start_paused = true)]
async fn a_sink_that_fails_costs_the_rows_and_not_the_connection() {
    struct Full;
    impl BodySink for Full {
        fn begin(&mut self, _: &Body) -> io::Result<()> {
            Ok(())
        }
        fn write(&mut self, _: &[u8]) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn end(&mut self) -> io::Result<()> {
            panic!("nothing was written")
        }
    }
    let (mut session, mut peer) = session_that_streams(1 << 20).await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut rows = selected.fetch(numbers("1"), whole_message()).await.unwrap();
        let error = rows.next(&mut Full).await.unwrap_err();
        assert!(
            matches!(&error, Error::Sink(error) if error.kind() == io::ErrorKind::StorageFull),
            "{error:?}"
        );
        drop(rows);
        let mut rows = selected.fetch(uids("1"), FetchAttribute::Flags.into()).await.unwrap();
        assert!(rows.next(&mut Discard).await.unwrap().is_some());
    };
    let server = async {
        answer_select(&mut peer).await;
        answer_large(&mut peer).await;
        peer.exchange("UID FETCH 1 FLAGS", "* 1 FETCH (FLAGS ())\r\n$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// Both fill the way in their direction, and neither waits for the other.
#[tokio::test(start_paused = true)]
async fn a_server_that_talks_while_it_is_talked_to_blocks_nobody() {
    let (mut session, mut peer) = session_in_pieces(Connector::new(), "LITERAL+", 100).await;
    let message = vec![b'x'; 100_000];
    let client = async {
        session.append(&mailbox("to"), &[], None, message.len() as u64, &message[..]).await.unwrap();
    };
    let server = async {
        let (tag, _) = peer.command().await;
        for _ in 0..1000 {
            peer.say("* 1 FETCH (FLAGS (\\Seen))\r\n").await;
            peer.octets(100).await;
        }
        assert_eq!(peer.line().await, "");
        peer.answer(&tag, "$ OK done\r\n").await;
    };
    play(client, server).await;
}

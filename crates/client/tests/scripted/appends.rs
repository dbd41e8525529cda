//! Several messages at once, and the form and the size that a message may have.

use std::io;

use tayori_client::{
    AppendAllError, AppendError, AppendOutcome, Connector, Content, Error, Lost, Session, StatusAttribute,
    Upload,
};
use tayori_proto::types::{Capability, Flag, InternalDate, NonEmpty, UidValidity};
use tayori_testkit::peer::Peer;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::harness::{mailbox, play, session_in_pieces, session_with};

const ONE: &[u8] = b"Subject: one\r\n\r\n1\r\n";
const TWO: &[u8] = b"Subject: two\r\n\r\n{3}\r\n";
const THREE: &[u8] = b"3";

fn three() -> NonEmpty<Upload<&'static [u8]>> {
    let date = InternalDate::parse(b" 7-Feb-1994 21:52:25 -0800").unwrap();
    NonEmpty::one(Upload::of(ONE).flags([Flag::Seen])).and(Upload::of(TWO).date(date)).and(Upload::of(THREE))
}

fn uids(outcomes: &[AppendOutcome]) -> Vec<Option<u32>> {
    outcomes.iter().map(|outcome| outcome.uid.map(|(_, uid)| uid.value())).collect()
}

/// Appends the three to a server with these capabilities, and sends a NOOP behind it if the connection lives.
async fn append_three(
    capabilities: &str,
    server: impl AsyncFnOnce(&mut Peer),
) -> Result<Vec<AppendOutcome>, AppendAllError> {
    append_to(capabilities, server, async |session| session.append_messages(&mailbox("to"), three()).await)
        .await
}

async fn append_to<T>(
    capabilities: &str,
    server: impl AsyncFnOnce(&mut Peer),
    client: impl AsyncFnOnce(&mut Session) -> T,
) -> T {
    let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
    let client = async {
        let outcome = client(&mut session).await;
        let _ = session.noop().await;
        outcome
    };
    let server = async {
        server(&mut peer).await;
        if !peer.is_over() {
            peer.exchange("NOOP", "$ OK done\r\n").await;
        }
    };
    play(client, server).await.0
}

/// Hears the three in one command, and gives its tag.
async fn hear_three(peer: &mut Peer, plus: &str) -> tayori_testkit::peer::HeardTag {
    let (tag, line) = peer.command().await;
    assert_eq!(line, format!("APPEND to (\\Seen) {{{}{plus}}}", ONE.len()));
    let go_on = if plus.is_empty() { "+ go on\r\n" } else { "" };
    peer.say(go_on).await;
    assert!(peer.octets(ONE.len()).await == ONE);
    assert_eq!(peer.line().await, format!(" \" 7-Feb-1994 21:52:25 -0800\" {{{}{plus}}}", TWO.len()));
    peer.say(go_on).await;
    assert!(peer.octets(TWO.len()).await == TWO);
    assert_eq!(peer.line().await, format!(" {{1{plus}}}"));
    peer.say(go_on).await;
    assert!(peer.octets(1).await == THREE);
    assert_eq!(peer.line().await, "");
    tag
}

/// One message in a command of its own.
async fn hear_one(peer: &mut Peer, message: &[u8], head: &str, answer: &str) {
    let (tag, line) = peer.command().await;
    assert_eq!(line, format!("APPEND to {head}{{{}+}}", message.len()));
    assert!(peer.octets(message.len()).await == message);
    assert_eq!(peer.line().await, "");
    peer.answer(&tag, answer).await;
}

#[tokio::test(start_paused = true)]
async fn several_messages_go_in_one_command() {
    for (literals, plus) in [("", ""), ("LITERAL+", "+")] {
        for (code, expected) in [
            ("[APPENDUID 9 5:7] ", vec![Some(5), Some(6), Some(7)]),
            ("[APPENDUID 9 5,8,11] ", vec![Some(5), Some(8), Some(11)]),
            // Not one for each: nobody can tell whose they are.
            ("[APPENDUID 9 5:6] ", vec![None; 3]),
            ("", vec![None; 3]),
        ] {
            let capabilities = format!("MULTIAPPEND {literals}");
            let outcome = append_three(&capabilities, async |peer| {
                let tag = hear_three(peer, plus).await;
                peer.answer(&tag, &format!("$ OK {code}done\r\n")).await;
            });
            assert_eq!(uids(&outcome.await.unwrap()), expected, "{code}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_multiappend_they_go_one_after_the_other() {
    // A limit on messages in one command counts as well.
    for capabilities in
        ["LITERAL+", "LITERAL+ MULTIAPPEND SAVELIMIT=2", "LITERAL+ MULTIAPPEND MESSAGELIMIT=2"]
    {
        let outcome = append_three(capabilities, async |peer| {
            hear_one(peer, ONE, "(\\Seen) ", "$ OK [APPENDUID 9 5] done\r\n").await;
            hear_one(peer, TWO, "\" 7-Feb-1994 21:52:25 -0800\" ", "$ OK [APPENDUID 9 6] done\r\n").await;
            hear_one(peer, THREE, "", "$ OK done\r\n").await;
        });
        assert_eq!(uids(&outcome.await.unwrap()), [Some(5), Some(6), None]);
    }
}

/// A literal of no octets is how a client gives such a command up (RFC 3502 section 6.3.11): the others would be lost.
#[tokio::test(start_paused = true)]
async fn an_empty_message_is_not_sent_with_others() {
    let messages =
        || NonEmpty::one(Upload::of(&b"a"[..])).and(Upload::of(&b""[..])).and(Upload::of(&b"b"[..]));
    let error = append_to(
        "MULTIAPPEND LITERAL+",
        async |peer| {
            hear_one(peer, b"a", "", "$ OK [APPENDUID 9 5] done\r\n").await;
            hear_one(peer, b"", "", "$ NO nothing to store\r\n").await;
        },
        async |session| session.append_messages(&mailbox("to"), messages()).await,
    );
    let error = error.await.unwrap_err();
    assert_eq!((uids(&error.stored), error.in_doubt, error.index), (vec![Some(5)], 1..1, Some(1)));
}

#[tokio::test(start_paused = true)]
async fn what_was_stored_before_one_failed_is_told() {
    for (answer, in_doubt) in [
        ("$ NO [OVERQUOTA] full\r\n", 1..1),
        ("$ BAD what\r\n", 1..1),
        // Neither is a word about what was done.
        ("$ stored\r\n", 1..2),
        ("* 1 FETCH (UID 1 BODY[] {5}\r\nhello world)\r\n$ OK [APPENDUID 9 6] done\r\n", 1..2),
    ] {
        let outcome = append_three("LITERAL+", async |peer| {
            hear_one(peer, ONE, "(\\Seen) ", "$ OK [APPENDUID 9 5] done\r\n").await;
            hear_one(peer, TWO, "\" 7-Feb-1994 21:52:25 -0800\" ", answer).await;
        });
        let error = outcome.await.expect_err(answer);
        assert_eq!(uids(&error.stored), [Some(5)], "{answer}");
        assert_eq!((error.in_doubt, error.index), (in_doubt, Some(1)), "{answer}");
    }
    let outcome = append_three("LITERAL+", async |peer| {
        hear_one(peer, ONE, "(\\Seen) ", "$ OK [APPENDUID 9 5] done\r\n").await;
        peer.command().await;
        peer.end().await;
        peer.rest().await;
    });
    let error = outcome.await.unwrap_err();
    assert_eq!((uids(&error.stored), error.in_doubt), (vec![Some(5)], 1..2));
}

#[tokio::test(start_paused = true)]
async fn of_one_command_all_or_none_is_stored() {
    for (answer, in_doubt) in [
        ("$ NO [TRYCREATE] no such mailbox\r\n", 0..0),
        ("$ NO [APPENDUID 9 5:7] no\r\n", 0..0),
        ("$ stored\r\n", 0..3),
        ("* BYE\r\n", 0..3),
    ] {
        let outcome = append_three("MULTIAPPEND LITERAL+", async |peer| {
            let tag = hear_three(peer, "+").await;
            peer.answer(&tag, answer).await;
            if answer.starts_with("* BYE") {
                peer.end().await;
            }
        });
        let error = outcome.await.expect_err(answer);
        assert_eq!((error.stored.len(), error.in_doubt, error.index), (0, in_doubt, None), "{answer}");
    }
}

/// The server may refuse the second literal of a command, or the first.
#[tokio::test(start_paused = true)]
async fn a_refused_literal_stores_nothing_and_leaves_the_connection_in_step() {
    let outcome = append_three("MULTIAPPEND", async |peer| {
        let (tag, _) = peer.command().await;
        peer.say("+ go on\r\n").await;
        peer.octets(ONE.len()).await;
        peer.line().await;
        peer.answer(&tag, "$ NO [TOOBIG] too much\r\n").await;
    });
    let error = outcome.await.unwrap_err();
    assert_eq!((error.stored.len(), error.in_doubt), (0, 0..0));
    let outcome = append_three("MULTIAPPEND", async |peer| {
        let (tag, _) = peer.command().await;
        peer.answer(&tag, "$ NO [TRYCREATE] no such mailbox\r\n").await;
    });
    assert!(matches!(outcome.await.unwrap_err().error, AppendError::Server(Error::Refused { .. })));
}

/// A source that ends in the middle of the second message.
#[tokio::test(start_paused = true)]
async fn a_source_that_fails_ends_the_connection_and_stores_nothing() {
    for (capabilities, stored) in [("MULTIAPPEND LITERAL+", 0), ("LITERAL+", 1)] {
        let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
        let client = async {
            let messages = NonEmpty::one(Upload::new(3, &b"one"[..])).and(Upload::new(9, &b"short"[..]));
            let error = session.append_messages(&mailbox("to"), messages).await.unwrap_err();
            assert!(
                matches!(&error.error, AppendError::Source(source) if source.kind() == io::ErrorKind::UnexpectedEof),
                "{error:?}"
            );
            assert_eq!((error.stored.len(), error.in_doubt.is_empty()), (stored, true));
            let outcome = session.noop().await;
            assert!(matches!(outcome, Err(Error::Lost(Lost::Abandoned))), "{outcome:?}");
        };
        let server = async {
            let (tag, line) = peer.command().await;
            assert_eq!(line, "APPEND to {3+}");
            peer.octets(3).await;
            if stored == 1 {
                peer.line().await;
                peer.answer(&tag, "$ OK done\r\n").await;
            }
            let rest = peer.rest().await;
            // Of what it owes to the server, nothing more comes than there was.
            let rest = String::from_utf8_lossy(&rest);
            let (_, octets) = rest.split_once("{9+}\r\n").unwrap();
            assert!("short".starts_with(octets), "{rest:?}");
        };
        play(client, server).await;
    }
}

/// Many octets, and few of them in memory: each piece is asked for when the one before has left.
#[tokio::test(start_paused = true)]
async fn large_messages_are_streamed_one_after_the_other() {
    let large = b"Subject: large\r\n\r\n0123456789".repeat(40_000);
    for piece in [4096, 1 << 20] {
        let (mut session, mut peer) =
            session_in_pieces(Connector::new(), "MULTIAPPEND LITERAL+", piece).await;
        let size = large.len() as u64;
        let client = async {
            // Of a kind that gives no more than it is asked for, and in pieces of its own.
            let source = || -> Box<dyn AsyncRead + Unpin> { Box::new(large[..1000].chain(&large[1000..])) };
            let messages = NonEmpty::one(Upload::new(size, source())).and(Upload::new(size, source()));
            session.append_messages(&mailbox("to"), messages).await.unwrap()
        };
        let server = async {
            let (tag, line) = peer.command().await;
            assert_eq!(line, format!("APPEND to {{{size}+}}"));
            assert!(peer.octets(large.len()).await == large);
            assert_eq!(peer.line().await, format!(" {{{size}+}}"));
            assert!(peer.octets(large.len()).await == large);
            assert_eq!(peer.line().await, "");
            peer.answer(&tag, "$ OK [APPENDUID 9 1:2] done\r\n").await;
        };
        let (outcomes, ()) = play(client, server).await;
        assert_eq!(outcomes[1].uid.unwrap().0, UidValidity::new(9).unwrap());
    }
}

/// Given up between two messages, the connection ends: the server waits for the second.
#[tokio::test(start_paused = true)]
async fn what_is_given_up_in_the_middle_ends_the_connection() {
    let (mut session, mut peer) = session_with(Connector::new(), "MULTIAPPEND").await;
    let client = async {
        let (never, _kept) = tokio::io::duplex(1);
        let source = |octets: &'static [u8]| -> Box<dyn AsyncRead + Unpin> { Box::new(octets) };
        let messages =
            NonEmpty::one(Upload::new(3, source(b"one"))).and(Upload::new(3, Box::new(never) as _));
        let to = mailbox("to");
        let append = session.append_messages(&to, messages);
        assert!(tokio::time::timeout(std::time::Duration::from_secs(5), append).await.is_err());
        let outcome = session.noop().await;
        assert!(matches!(outcome, Err(Error::Lost(Lost::Abandoned))), "{outcome:?}");
    };
    let server = async {
        peer.command().await;
        peer.say("+ go on\r\n").await;
        peer.octets(3).await;
        peer.line().await;
        peer.say("+ go on\r\n").await;
        peer.rest().await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_too_large_is_not_sent() {
    let append = async |session: &mut Session, size: usize| {
        let octets = vec![b'x'; size];
        let upload = Upload::new(size as u64, &octets[..]);
        session.append_message(&mailbox("to"), upload).await
    };
    let is_too_large = |outcome: Result<AppendOutcome, AppendError>| match outcome {
        Err(AppendError::Server(error @ Error::TooLarge { size, limit })) => {
            assert_eq!(error.fault(), tayori_client::Fault::Refused);
            (size, limit)
        }
        other => panic!("{other:?}"),
    };
    append_to(
        "LITERAL+ APPENDLIMIT=10",
        async |peer| hear_one(peer, &[b'x'; 10], "", "$ OK done\r\n").await,
        async |session| {
            assert_eq!(is_too_large(append(session, 11).await), (11, 10));
            append(session, 10).await.unwrap();
            let messages = NonEmpty::one(Upload::of(&b"a"[..])).and(Upload::of(&b"12345678901"[..]));
            let error = session.append_messages(&mailbox("to"), messages).await.unwrap_err();
            assert_eq!((error.stored.len(), error.index), (0, Some(1)));
            assert_eq!(session.append_limit(&mailbox("to")).await.unwrap(), Some(10));
        },
    )
    .await;
    // Each mailbox has its own limit; it is asked for once, and not for small messages.
    let large = vec![b'x'; 100_000];
    append_to(
        "LITERAL+ APPENDLIMIT",
        async |peer| {
            hear_one(peer, b"x", "", "$ OK done\r\n").await;
            peer.exchange("STATUS to (APPENDLIMIT)", "* STATUS to (APPENDLIMIT 99999)\r\n$ OK done\r\n")
                .await;
            // What the server would not tell is no limit.
            peer.exchange("STATUS other (APPENDLIMIT)", "$ NO [NONEXISTENT] no\r\n").await;
            peer.exchange("STATUS none (APPENDLIMIT)", "* STATUS none (APPENDLIMIT NIL)\r\n$ OK done\r\n")
                .await;
        },
        async |session| {
            append(session, 1).await.unwrap();
            for _ in 0..2 {
                assert_eq!(is_too_large(append(session, large.len()).await), (100_000, 99_999));
            }
            assert_eq!(session.append_limit(&mailbox("to")).await.unwrap(), Some(99_999));
            assert_eq!(session.append_limit(&mailbox("other")).await.unwrap(), None);
            for _ in 0..2 {
                assert_eq!(session.append_limit(&mailbox("none")).await.unwrap(), None);
            }
        },
    )
    .await;
    append_to(
        "",
        async |_| {},
        async |session| {
            assert_eq!(session.append_limit(&mailbox("to")).await.unwrap(), None);
            let outcome = session.status(&mailbox("to"), StatusAttribute::AppendLimit.into()).await;
            assert!(matches!(outcome, Err(Error::NotOffered { capability: "APPENDLIMIT" })), "{outcome:?}");
        },
    )
    .await;
}

/// Appends this and hears in which form; `None` is not at all.
async fn form(capabilities: &str, enable: bool, message: &[u8], expected: Option<&str>) {
    let client = async |session: &mut Session| {
        if enable {
            session.enable(NonEmpty::one(Capability::Utf8Accept)).await.unwrap();
        }
        let outcome = session.append_message(&mailbox("to"), Upload::of(message)).await;
        match outcome {
            Err(AppendError::Server(Error::NotOffered { capability: "BINARY" })) => {
                assert_eq!(expected, None)
            }
            outcome => _ = outcome.unwrap(),
        }
    };
    let server = async |peer: &mut Peer| {
        if enable {
            peer.exchange("ENABLE UTF8=ACCEPT", "* ENABLED UTF8=ACCEPT\r\n$ OK done\r\n").await;
        }
        let Some(expected) = expected else { return };
        let (tag, line) = peer.command().await;
        assert_eq!(line, format!("APPEND to {expected}"), "{}", message.escape_ascii());
        assert!(peer.octets(message.len()).await == message);
        let close = if expected.contains("UTF8") { ")" } else { "" };
        assert_eq!(peer.line().await, close);
        peer.answer(&tag, "$ OK done\r\n").await;
    };
    append_to(&format!("LITERAL+ ENABLE {capabilities}"), server, client).await;
}

#[tokio::test(start_paused = true)]
async fn octets_decide_in_which_form_a_message_is_sent() {
    let (plain, utf8) = ("A: b\r\n\r\n\u{fc}".as_bytes(), "A: \u{fc}\r\n\r\nb".as_bytes());
    let (nul, both) = (&b"A: b\r\n\r\n\0"[..], "A: \u{fc}\r\n\r\n\0".as_bytes());
    for (capabilities, enable) in [("", false), ("BINARY UTF8=ACCEPT", false), ("BINARY UTF8=ACCEPT", true)] {
        form(capabilities, enable, plain, Some("{10+}")).await;
    }
    // Not in force, it changes nothing.
    form("UTF8=ACCEPT", false, utf8, Some("{10+}")).await;
    form("UTF8=ACCEPT", true, utf8, Some("() UTF8 (~{10+}")).await;
    form("BINARY", false, nul, Some("~{9+}")).await;
    // What IMAP4rev2 has of BINARY is not this.
    form("IMAP4rev2", false, nul, None).await;
    form("UTF8=ACCEPT", true, both, None).await;
    form("BINARY UTF8=ACCEPT", true, both, Some("() UTF8 (~{10+}")).await;
    form("BINARY", false, both, Some("~{10+}")).await;
}

/// A caller who has no octets yet says what they will be.
#[tokio::test(start_paused = true)]
async fn what_octets_will_be_can_be_said() {
    let client = async |session: &mut Session| {
        let upload = Upload::new(3, &b"a\0b"[..]).content(Content::Nul);
        session.append_message(&mailbox("to"), upload).await.unwrap();
    };
    let server = async |peer: &mut Peer| {
        let (tag, line) = peer.command().await;
        assert_eq!(line, "APPEND to ~{3}");
        peer.say("+ go on\r\n").await;
        assert_eq!(&peer.octets(3).await[..], b"a\0b");
        peer.line().await;
        peer.answer(&tag, "$ NO [UNKNOWN-CTE] no\r\n").await;
    };
    let (mut session, mut peer) = session_with(Connector::new(), "BINARY").await;
    let refused = async {
        let upload = Upload::new(3, &b"a\0b"[..]).content(Content::Nul);
        let error = session.append_message(&mailbox("to"), upload).await.unwrap_err();
        assert!(matches!(error, AppendError::Server(Error::Refused { .. })), "{error:?}");
    };
    play(refused, server(&mut peer)).await;
    let server = async |peer: &mut Peer| {
        let (tag, _) = peer.command().await;
        peer.say("+ go on\r\n").await;
        peer.octets(3).await;
        peer.line().await;
        peer.answer(&tag, "$ OK done\r\n").await;
    };
    append_to("BINARY", server, client).await;
}

//! From a connection to a session: LOGIN and AUTHENTICATE, and what refuses them.

use tayori_client::{Connection, Connector, Error, LoginFailed, Transport};
use tayori_proto::session::CompletionStatus;
use tayori_proto::types::{Capability, ImapString, Secret};
use tayori_testkit::peer::Peer;

use crate::harness::{GREETING, ROOMY, greeted, greeted_in_pieces, lost, password, play, refused, user};

/// `\0user\0pass`
const PLAIN: &str = "AHVzZXIAcGFzcw==";

async fn offering(capabilities: &str) -> (Connection, Peer) {
    greeted(Connector::new(), &format!("* OK [CAPABILITY IMAP4rev1 {capabilities}] ready\r\n")).await
}

/// The connection that a refused login gives back, and the server's words.
#[track_caller]
fn another_try<T: std::fmt::Debug>(outcome: Result<T, LoginFailed>) -> (Connection, String) {
    let failed = outcome.expect_err("the login must fail");
    let connection = failed.connection.expect("the connection is still there");
    (connection, refused::<()>(Err(failed.error)).1)
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_gives_the_connection_back_for_another_try() {
    let (connection, mut peer) = greeted(Connector::new(), GREETING).await;
    let client = async {
        let wrong = Secret::new("guess").unwrap();
        let (connection, words) = another_try(connection.login(&user(), &wrong).await);
        assert_eq!(words, "\u{1b}[2Jwrong");
        let (connection, words) = another_try(connection.login(&user(), &wrong).await);
        assert_eq!(words, "still wrong");
        connection.login(&user(), &password()).await.unwrap()
    };
    let server = async {
        let refusal = "$ NO [AUTHENTICATIONFAILED] \u{1b}[2Jwrong\r\n";
        peer.exchange("LOGIN user guess", refusal).await;
        peer.exchange("LOGIN user guess", "$ BAD still wrong\r\n").await;
        peer.exchange("LOGIN user pass", "$ OK hello\r\n").await;
    };
    play(client, server).await;
}

/// A login whose end is unclear may have happened or not: the connection cannot be used for either.
#[tokio::test(start_paused = true)]
async fn an_unclear_login_is_none_and_ends_the_connection() {
    let (connection, mut peer) = greeted(Connector::new(), GREETING).await;
    let client = async {
        let failed = connection.login(&user(), &password()).await.unwrap_err();
        assert!(failed.connection.is_none());
        assert!(matches!(failed.error, Error::Refused { status: CompletionStatus::Unclear, .. }));
    };
    let server = async {
        peer.exchange("LOGIN user pass", "$ LOGIN completed\r\n").await;
        assert_eq!(peer.rest().await, "");
    };
    play(client, server).await;
}

/// Each character here has broken some client: it must arrive, and must not end the command.
#[tokio::test(start_paused = true)]
async fn odd_users_and_passwords_arrive_as_they_are() {
    for piece in [1, ROOMY] {
        let (connection, mut peer) = greeted_in_pieces(Connector::new(), GREETING, piece).await;
        let client = async {
            let user = ImapString::new("a \"b\" \\c@example.org").unwrap();
            let password = Secret::new("w\u{f6}rd {5}\r\nx").unwrap();
            connection.login(&user, &password).await.unwrap()
        };
        let server = async {
            let (tag, rest) = peer.command().await;
            assert_eq!(rest, r#"LOGIN "a \"b\" \\c@example.org" {12}"#);
            peer.say("+ go on\r\n").await;
            assert_eq!(peer.octets(14).await, "w\u{f6}rd {5}\r\nx\r\n".as_bytes());
            peer.answer(&tag, "$ OK hello\r\n").await;
        };
        play(client, server).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_password_that_was_not_asked_for_is_not_sent() {
    let (connection, mut peer) = greeted(Connector::new(), GREETING).await;
    let client = async {
        let password = Secret::new("w\u{f6}rd").unwrap();
        another_try(connection.login(&user(), &password).await).1
    };
    let server = async {
        let (tag, _) = peer.command().await;
        peer.answer(&tag, "$ NO no literals here\r\n").await;
        assert_eq!(peer.rest().await, "");
    };
    assert_eq!(play(client, server).await.0, "no literals here");
}

#[tokio::test(start_paused = true)]
async fn login_is_not_sent_where_it_is_disabled() {
    let (connection, mut peer) = offering("LOGINDISABLED").await;
    let client = async {
        let failed = connection.login(&user(), &password()).await.unwrap_err();
        assert!(matches!(failed.error, Error::NotOffered { capability: "LOGIN" }));
        let failed = failed.connection.unwrap().authenticate(&user(), &password()).await.unwrap_err();
        assert!(matches!(failed.error, Error::NotOffered { .. }), "{:?}", failed.error);
        let error =
            failed.connection.unwrap().flight().login(&user(), &password()).launch().await.unwrap_err();
        assert!(matches!(error, Error::NotOffered { capability: "LOGIN" }));
    };
    let server = async { assert_eq!(peer.rest().await, "") };
    play(client, server).await;
}

/// Cyrus lists it behind the login too.
#[tokio::test(start_paused = true)]
async fn login_disabled_says_nothing_once_somebody_is_logged_in() {
    let greeting = "* PREAUTH [CAPABILITY IMAP4rev1 LOGINDISABLED] welcome\r\n";
    let (connection, mut peer) = greeted(Connector::new(), greeting).await;
    let client = async {
        let mut session = connection.into_preauthenticated().unwrap();
        session.noop().await.unwrap();
    };
    play(client, async { peer.exchange("NOOP", "$ OK done\r\n").await }).await;
}

#[tokio::test(start_paused = true)]
async fn the_best_way_to_log_in_is_chosen_by_what_is_offered() {
    let login = "LOGIN user pass".to_owned();
    let plain_inline = format!("AUTHENTICATE PLAIN {PLAIN}");
    let plain = "AUTHENTICATE PLAIN".to_owned();
    for (offered, expected) in [
        ("", &login),
        ("AUTH=PLAIN", &login),
        ("AUTH=PLAIN SASL-IR", &plain_inline),
        ("AUTH=PLAIN SASL-IR LOGINDISABLED", &plain_inline),
        ("AUTH=PLAIN LOGINDISABLED", &plain),
        ("AUTH=SCRAM-SHA-256 SASL-IR", &login),
    ] {
        let (connection, mut peer) = offering(offered).await;
        let client = async { connection.authenticate(&user(), &password()).await.unwrap() };
        let server = async {
            let tag = peer.expect(expected).await;
            if expected == &plain {
                peer.say("+ \r\n").await;
                assert_eq!(peer.line().await, PLAIN);
            }
            peer.answer(&tag, "$ OK hello\r\n").await;
        };
        play(client, server).await;
    }
}

#[tokio::test(start_paused = true)]
async fn capabilities_are_asked_for_once_and_again_after_the_login() {
    let (connection, mut peer) = greeted(Connector::new(), GREETING).await;
    let client = async {
        let mut connection = connection;
        for _ in 0..2 {
            assert!(connection.capabilities().await.unwrap().has_auth("PLAIN"));
        }
        let mut session = connection.authenticate(&user(), &password()).await.unwrap();
        for _ in 0..2 {
            assert!(session.capabilities().await.unwrap().has(&Capability::UidPlus));
        }
        session.logout().await.unwrap();
    };
    let server = async {
        peer.exchange("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n$ OK done\r\n").await;
        peer.exchange("LOGIN user pass", "$ OK hello\r\n").await;
        peer.exchange("CAPABILITY", "* CAPABILITY IMAP4rev1 UIDPLUS\r\n$ OK done\r\n").await;
        peer.exchange("LOGOUT", "* BYE\r\n$ OK\r\n").await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_list_what_it_was_asked_for_is_told_so() {
    let (connection, mut peer) = greeted(Connector::new(), GREETING).await;
    let client = async {
        let mut connection = connection;
        let error = connection.capabilities().await.unwrap_err();
        assert!(matches!(&error, Error::Incomplete { command, .. } if command == "CAPABILITY"), "{error:?}");
        let (connection, words) = another_try(connection.authenticate(&user(), &password()).await);
        assert_eq!(words, "what?");
        connection.logout().await.unwrap();
    };
    let server = async {
        peer.exchange("CAPABILITY", "$ OK done\r\n").await;
        peer.exchange("CAPABILITY", "$ BAD what?\r\n").await;
        peer.exchange("LOGOUT", "* BYE\r\n$ OK\r\n").await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn plain_is_answered_when_it_is_asked_for() {
    for piece in [1, ROOMY] {
        let greeting = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n";
        let (connection, mut peer) = greeted_in_pieces(Connector::new(), greeting, piece).await;
        let client = async {
            let connection = another_try(connection.authenticate_plain(&user(), &password()).await).0;
            connection.authenticate_plain(&user(), &password()).await.unwrap()
        };
        let server = async {
            let tag = peer.expect("AUTHENTICATE PLAIN").await;
            peer.answer(&tag, "$ NO not today\r\n").await;
            let tag = peer.expect("AUTHENTICATE PLAIN").await;
            // Exchange leaves out the blank.
            peer.say("+\r\n").await;
            assert_eq!(peer.line().await, PLAIN);
            peer.answer(&tag, "* CAPABILITY IMAP4rev1\r\n$ OK hello\r\n").await;
        };
        play(client, server).await;
    }
}

/// PLAIN has one thing to say. A server that asks for more wants another mechanism, or something else entirely.
#[tokio::test(start_paused = true)]
async fn a_second_challenge_cancels_the_exchange() {
    for capabilities in ["AUTH=PLAIN", "AUTH=PLAIN SASL-IR"] {
        let (connection, mut peer) = offering(capabilities).await;
        let client = async {
            let (connection, words) = another_try(connection.authenticate_plain(&user(), &password()).await);
            assert_eq!(words, "cancelled");
            connection.login(&user(), &password()).await.unwrap();
        };
        let server = async {
            let tag = if capabilities.contains("SASL-IR") {
                peer.expect(&format!("AUTHENTICATE PLAIN {PLAIN}")).await
            } else {
                let tag = peer.expect("AUTHENTICATE PLAIN").await;
                peer.say("+ \r\n").await;
                assert_eq!(peer.line().await, PLAIN);
                tag
            };
            peer.say("+ bW9yZQ==\r\n").await;
            assert_eq!(peer.line().await, "*");
            peer.answer(&tag, "$ BAD cancelled\r\n").await;
            peer.exchange("LOGIN user pass", "$ OK hello\r\n").await;
        };
        play(client, server).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_can_be_asked_and_left_without_a_login() {
    let (connection, mut peer) = greeted(Connector::new(), GREETING).await;
    let client = async {
        let mut connection = connection;
        connection.noop().await.unwrap();
        let connection = connection.into_preauthenticated().expect_err("the greeting did not say so");
        connection.logout().await.unwrap();
    };
    let server = async {
        peer.exchange("NOOP", "$ OK done\r\n").await;
        peer.exchange("LOGOUT", "* BYE until soon\r\n$ OK done\r\n").await;
        assert_eq!(peer.rest().await, "");
    };
    play(client, server).await;
}

/// A stream that the caller answers for may begin logged in; one that it does not answer for may not.
#[tokio::test(start_paused = true)]
async fn preauth_is_believed_on_a_trusted_stream_only() {
    let (connection, mut peer) = greeted(Connector::new(), "* PREAUTH welcome\r\n").await;
    let client = async {
        let failed = connection.login(&user(), &password()).await.unwrap_err();
        assert!(
            matches!(&failed.error, Error::NotSent { command } if command == "LOGIN"),
            "{:?}",
            failed.error
        );
    };
    let server = async { assert_eq!(peer.rest().await, "") };
    play(client, server).await;

    let (ours, mut peer) = Peer::pair(ROOMY);
    let connect = Connector::new().connect_over(ours, Transport::Clear);
    let (outcome, heard) = play(connect, async {
        peer.say("* PREAUTH welcome\r\n").await;
        peer.rest().await
    })
    .await;
    assert_eq!(heard, "");
    assert!(matches!(lost(outcome), tayori_client::Lost::Violation(_)));
}

//! Whole dialogues over a stream in memory, on a clock that turns only when nothing else can happen.

#![allow(clippy::unwrap_used)]

mod common;

use common::Client;

#[tokio::test(start_paused = true)]
async fn a_session_from_greeting_to_goodbye() {
    let mut client = Client::connect().await;
    client.check("a LOGIN ann secret", "a OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR ID ENABLE IDLE NAMESPACE UNSELECT UIDPLUS MOVE SPECIAL-USE] logged in\r\n").await;
    client.check(
        "b APPEND INBOX (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {29+}\r\nSubject: hello\r\n\r\nHow are\r\n\r\n",
        "b OK [APPENDUID 7 1] appended\r\n",
    )
    .await;
    client.check("c SELECT INBOX", "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n* 1 EXISTS\r\n* 1 RECENT\r\n* OK [UIDVALIDITY 7] UIDs are valid\r\n* OK [UIDNEXT 2] the next UID\r\n* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] flags that are kept\r\nc OK [READ-WRITE] opened\r\n").await;
    client.check("d FETCH 1 (UID FLAGS INTERNALDATE BODY[HEADER.FIELDS (SUBJECT)] BODY[]<2.5>)", "* 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" BODY[HEADER.FIELDS (SUBJECT)] {18}\r\nSubject: hello\r\n\r\n BODY[]<2> {5}\r\nbject)\r\nd OK fetched\r\n").await;
    client.check("e LOGOUT", "* BYE see you\r\ne OK logged out\r\n").await;
    client.ended().await;
}

#[tokio::test(start_paused = true)]
async fn an_octet_now_and_then_gains_no_time() {
    let mut client = Client::connect().await;
    let start = tokio::time::Instant::now();
    for octet in "a LOGIN ann secret".bytes().cycle().take(1000) {
        if client.try_say([octet]).await.is_err() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(20)).await;
    }
    assert!(start.elapsed() <= std::time::Duration::from_secs(321), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn commands_before_a_login_gain_no_time() {
    let mut client = Client::connect().await;
    let start = tokio::time::Instant::now();
    while client.try_say("a NOOP\r\n").await.is_ok() && start.elapsed().as_secs() < 3600 {
        tokio::time::sleep(std::time::Duration::from_secs(20)).await;
    }
    assert!(client.hear().await.ends_with("* BYE too long without a login\r\n"));
    assert_eq!(start.elapsed().as_secs() / 20, 300 / 20);
}

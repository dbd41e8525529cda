//! What one client can cost the others, whatever it sends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

mod common;

use std::time::Duration;

use common::Client;
use tayori_proto::types::{InternalDate, MailboxName};
use tayori_server::Options;
use tokio::time::Instant;

/// A client with one message in its mailbox.
async fn selected() -> Client {
    let (server, store) = common::server(Options::default());
    let date = InternalDate::from_unix_seconds(0);
    store.insert(&MailboxName::inbox(), Vec::new(), date, vec!["Subject: a\r\n\r\nb\r\n".into()]).unwrap();
    let mut client = Client::of(&server).await;
    client.say("a LOGIN ann secret\r\nb SELECT INBOX\r\n").await;
    client.hear().await;
    client
}

/// Its last octets and those in front of the limit come in one read, so there is nothing left to wait for.
#[tokio::test(start_paused = true)]
async fn a_command_that_is_just_too_long_is_answered() {
    for octets in [1, 10, 100] {
        let mut client = Client::connect().await;
        let line = format!("a NOOP {}\r\n", "x".repeat((1 << 20) - 9 + octets));
        let _ = client.try_say(line).await;
        assert_eq!(client.hear().await, "* BYE the command is too long\r\n");
        client.ended().await;
    }
}

/// Octets that are always there must not win against the clock.
#[tokio::test(start_paused = true)]
async fn a_flood_before_a_login_gains_no_time() {
    let mut options = Options::default();
    options.limits.commands_per_second = 1;
    let mut client = Client::of(&common::server(options).0).await;
    let start = Instant::now();
    client.say("a NOOP\r\n".repeat(1000)).await;
    let mut heard = String::new();
    while !heard.contains("* BYE") && start.elapsed() < Duration::from_secs(2000) {
        heard = client.hear().await;
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert!(heard.ends_with("* BYE too long without a login\r\n"), "{heard}");
    assert!(start.elapsed() < Duration::from_secs(320), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn one_row_holds_an_item_once() {
    let mut client = selected().await;
    let items = "ENVELOPE ".repeat(500);
    client.say(format!("a FETCH 1 ({})\r\n", items.trim_end())).await;
    let heard = client.hear().await;
    assert_eq!(heard.matches("ENVELOPE").count(), 1);
    assert!(heard.ends_with("a OK fetched\r\n"), "{heard}");
}

#[tokio::test(start_paused = true)]
async fn what_one_command_may_ask_for_is_bounded() {
    let mut client = selected().await;
    for command in [
        format!("FETCH 1 ({})", vec!["BODY.PEEK[]<0.1>"; 1001].join(" ")),
        format!("SEARCH {}", vec!["TEXT a"; 1001].join(" ")),
        format!("SEARCH {}", vec!["OR ALL SEEN"; 400].join(" ")),
    ] {
        client.check(&format!("a {command}"), "a NO [LIMIT] that is too much at once\r\n").await;
    }
    client
        .check(&format!("a SEARCH {}", vec!["TEXT a"; 1000].join(" ")), "* SEARCH 1\r\na OK searched\r\n")
        .await;
}

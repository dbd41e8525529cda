//! What one client can cost the others, whatever it sends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

mod common;

use std::time::Duration;

use common::Client;
use tayori_server::Options;
use tokio::time::Instant;

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

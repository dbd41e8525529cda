//! What one client can cost the others, whatever it sends.

use std::time::Duration;

use tayori_server::{Options, Privacy};
use tokio::time::Instant;

use crate::common::{Client, Scene, server};

async fn connect(options: Options) -> Client {
    Client::of(&server(options).0, Privacy::Private).await
}

/// A client with one message in its mailbox.
async fn selected() -> Client {
    Scene::selected(&[&[]]).await.clients.remove(0)
}

/// Its last octets and those in front of the limit come in one read, so there is nothing left to wait for.
#[tokio::test(start_paused = true)]
async fn a_command_that_is_just_too_long_is_answered() {
    for octets in [1, 10, 100] {
        let mut client = connect(Options::default()).await;
        let line = format!("a NOOP {}\r\n", "x".repeat((1 << 20) - 9 + octets));
        let _ = client.try_say(line).await;
        assert_eq!(client.hear().await, "* BYE the command is too long\r\n(closed)\r\n");
    }
}

/// Octets that are always there must not win against the clock.
#[tokio::test(start_paused = true)]
async fn a_flood_before_a_login_gains_no_time() {
    let mut options = Options::default();
    options.limits.commands_per_second = 1;
    let mut client = connect(options).await;
    let start = Instant::now();
    client.say("a NOOP\r\n".repeat(1000)).await;
    let mut heard = String::new();
    while !heard.contains("* BYE") && start.elapsed() < Duration::from_secs(2000) {
        heard = client.hear().await;
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert!(heard.ends_with("* BYE too long without a login\r\n(closed)\r\n"), "{heard}");
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
        assert_eq!(client.ask(&format!("a {command}")).await, "a NO [LIMIT] that is too much at once\r\n");
    }
    let many = format!("a SEARCH {}", vec!["TEXT a"; 1000].join(" "));
    assert_eq!(client.ask(&many).await, "* SEARCH 1\r\na OK searched\r\n");
}

//! Several messages in one APPEND (RFC 3502): all of them are kept, or none.

use tayori_server::memory::MemoryLimits;
use tayori_server::{Options, Privacy};

use crate::common::{Client, Scene, server_with};

#[tokio::test(start_paused = true)]
async fn small_ones() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a APPEND INBOX (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {3}
             S: + go on
             C: abc (\\Flagged $Work) {4}
             S: + go on
             C: defg {2+}
             C: hi
             S: a OK [APPENDUID 7 1:3] appended",
        )
        .await;
    scene.select(1, "INBOX").await;
    scene
        .play(
            "C: b FETCH 1:* (FLAGS RFC822.SIZE)
             S: * 1 FETCH (FLAGS (\\Seen \\Recent) RFC822.SIZE 3)
             S: * 2 FETCH (FLAGS (\\Flagged $Work \\Recent) RFC822.SIZE 4)
             S: * 3 FETCH (FLAGS (\\Recent) RFC822.SIZE 2)
             S: b OK fetched",
        )
        .await;
}

/// Large ones, which are streamed, between small ones, asked for and not.
#[tokio::test(start_paused = true)]
async fn large_ones() {
    let mut scene = Scene::logged_in().await;
    let large = "0123456789".repeat(3000);
    for plus in ["", "+"] {
        let client = &mut scene.clients[0];
        let mut asked = String::new();
        client.say(format!("a APPEND INBOX {{3{plus}}}\r\n")).await;
        asked += &client.hear().await;
        client.say(format!("abc (\\Seen) {{30000{plus}}}\r\n")).await;
        asked += &client.hear().await;
        client.say(format!("{large} {{4{plus}}}\r\n")).await;
        asked += &client.hear().await;
        client.say(format!("defg (\\Draft) ~{{30000{plus}}}\r\n")).await;
        asked += &client.hear().await;
        client.say(format!("{large} {{30000{plus}}}\r\n")).await;
        asked += &client.hear().await;
        assert_eq!(asked.lines().count(), if plus.is_empty() { 5 } else { 0 }, "{asked}");
        client.say(format!("{large}\r\n")).await;
        let uids = if plus.is_empty() { "1:5" } else { "6:10" };
        assert_eq!(client.hear().await, format!("a OK [APPENDUID 7 {uids}] appended\r\n"));
    }
    scene.select(1, "INBOX").await;
    scene
        .play(
            "C: b FETCH 6:* (FLAGS RFC822.SIZE)
             S: * 6 FETCH (FLAGS (\\Recent) RFC822.SIZE 3)
             S: * 7 FETCH (FLAGS (\\Seen \\Recent) RFC822.SIZE 30000)
             S: * 8 FETCH (FLAGS (\\Recent) RFC822.SIZE 4)
             S: * 9 FETCH (FLAGS (\\Draft \\Recent) RFC822.SIZE 30000)
             S: * 10 FETCH (FLAGS (\\Recent) RFC822.SIZE 30000)
             S: b OK fetched",
        )
        .await;
    let heard = scene.clients[0].ask("c FETCH 10 BODY.PEEK[]").await;
    assert!(heard == format!("* 10 FETCH (BODY[] {{30000}}\r\n{large})\r\nc OK fetched\r\n"));
}

/// Whatever is wrong with one message, and wherever it stands, none is kept, and the session goes on.
#[tokio::test(start_paused = true)]
async fn all_or_none() {
    let (small, large) = ("abc".to_owned(), "x".repeat(30_000));
    let literal = |octets: &str| format!("{{{}+}}\r\n{octets}", octets.len());
    let cases = [
        ("{0+}\r\n".to_owned(), "NO a message without octets is none"),
        (literal("a\0b"), "NO [CANNOT] a message cannot hold NUL"),
        (literal(&"\0".repeat(30_000)), "NO [CANNOT] a message cannot hold NUL"),
        (format!("UTF8 (~{})", literal("abc")), "BAD UTF8=ACCEPT is not enabled"),
    ];
    let mut scene = Scene::logged_in().await;
    for (bad, expected) in cases {
        for good in [&small, &large] {
            let good = literal(good);
            for messages in [
                format!("{bad} {good}"),
                format!("{good} {bad}"),
                format!("{good} {bad} {good} {good}"),
                format!("{good} {good} {bad}"),
            ] {
                let heard = scene.clients[0].ask(&format!("a APPEND INBOX {messages}")).await;
                assert_eq!(heard, format!("a {expected}\r\n"), "{}", messages.escape_debug());
            }
        }
    }
    scene
        .play(
            "C: b STATUS INBOX (MESSAGES UIDNEXT)
             S: * STATUS INBOX (MESSAGES 0 UIDNEXT 1)
             S: b OK that is how it is",
        )
        .await;
}

/// A client that waits is told at once, and goes on with its next command.
#[tokio::test(start_paused = true)]
async fn a_literal_that_is_not_wanted_is_not_asked_for() {
    let mut scene = Scene::logged_in().await;
    let large = "x".repeat(30_000);
    scene.clients[0].say("a APPEND INBOX {0+}\r\n {30000}\r\n").await;
    scene
        .play(
            "C: b NOOP
             S: a NO a message without octets is none
             S: b OK nothing done",
        )
        .await;
    scene.clients[0].say(format!("c APPEND none {{30000+}}\r\n{large} {{30000}}\r\n")).await;
    scene
        .play(
            "C: d NOOP
             S: c NO [TRYCREATE] there is no such mailbox
             S: d OK nothing done",
        )
        .await;
}

/// Room is kept for all of them from when they are announced, and what does not come whole gives it back.
#[tokio::test(start_paused = true)]
async fn room_is_for_all_or_none() {
    let mut limits = MemoryLimits::default();
    limits.octets = 50_000;
    let (server, _store) = server_with(Options::default(), limits);
    let mut client = Client::of(&server, Privacy::Private).await;
    client.ask("a LOGIN ann secret").await;
    let part = "x".repeat(20_000);
    client
        .say(format!("b APPEND INBOX {{20000+}}\r\n{part} {{20000+}}\r\n{part} {{20000+}}\r\n{part}\r\n"))
        .await;
    assert_eq!(client.hear().await, "b NO [OVERQUOTA] there is no room for that\r\n");
    client.say(format!("c APPEND INBOX {{20000+}}\r\n{part} {{20000+}}\r\n{part}\r\n")).await;
    assert_eq!(client.hear().await, "c OK [APPENDUID 7 1:2] appended\r\n");
}

#[tokio::test(start_paused = true)]
async fn too_many() {
    let mut scene = Scene::logged_in().await;
    let many = |count: usize| format!("a APPEND INBOX{}", " {1+}\r\nx".repeat(count));
    scene.clients[0].check(&many(1001), "a NO [LIMIT] that is too much at once\r\n").await;
    scene.clients[0].check(&many(1000), "a OK [APPENDUID 7 1:1000] appended\r\n").await;
}

/// A connection that ends before the last message has come leaves nothing.
#[tokio::test(start_paused = true)]
async fn cut_off() {
    let mut scene = Scene::new();
    let large = "x".repeat(30_000);
    for command in [
        "a APPEND INBOX {3+}\r\nabc {100+}\r\nhalf".to_owned(),
        format!("a APPEND INBOX {{30000+}}\r\n{large} {{100+}}\r\nhalf"),
        format!("a APPEND INBOX {{30000+}}\r\n{large} {{30000+}}\r\nhalf"),
        format!("a APPEND INBOX {{30000+}}\r\n{large}"),
    ] {
        scene.log_in().await;
        let mut client = scene.clients.pop().unwrap();
        client.say(command).await;
        client.hear().await;
        client.hang_up().await;
    }
    scene.log_in().await;
    scene
        .play(
            "C: a STATUS INBOX (MESSAGES UIDNEXT)
             S: * STATUS INBOX (MESSAGES 0 UIDNEXT 1)
             S: a OK that is how it is",
        )
        .await;
}

/// What each message could have and all of them cannot is found out before the first is kept.
#[tokio::test(start_paused = true)]
async fn too_many_keywords_together() {
    let mut scene = Scene::logged_in().await;
    let keywords =
        |from: u32| (from..from + 150).map(|number| format!("k{number}")).collect::<Vec<_>>().join(" ");
    let command = format!("a APPEND INBOX ({}) {{1+}}\r\nx ({}) {{1+}}\r\ny", keywords(0), keywords(1000));
    scene.clients[0].check(&command, "a NO [LIMIT] there are too many different keywords\r\n").await;
    scene
        .play(
            "C: b STATUS INBOX (MESSAGES UIDNEXT)
             S: * STATUS INBOX (MESSAGES 0 UIDNEXT 1)
             S: b OK that is how it is",
        )
        .await;
}

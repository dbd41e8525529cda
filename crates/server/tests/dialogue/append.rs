//! APPEND (RFC 9051 section 6.3.12).

use tayori_server::Options;
use tayori_server::memory::MemoryLimits;

use crate::common::{Client, Scene, server_with};
use tayori_server::Privacy;

#[tokio::test(start_paused = true)]
async fn with_flags_and_a_date() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a APPEND INBOX (\\Seen $Work) \"17-Jul-1996 02:44:25 -0700\" {12}
             S: + go on
             C: Subject: a
             C:\u{20}
             S: a OK [APPENDUID 7 1] appended",
        )
        .await;
    scene.select(1, "INBOX").await;
    scene
        .play(
            "C: a FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)
             S: * 1 FETCH (FLAGS (\\Seen $Work \\Recent) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 12)
             S: a OK fetched
             C: b APPEND inbox {3+}
             C: abc
             S: * 2 EXISTS
             S: * 2 RECENT
             S: b OK [APPENDUID 7 2] appended
             C: c APPEND INBOX (\\Recent) {3+}
             C: abc
             S: * 3 EXISTS
             S: * 3 RECENT
             S: c OK [APPENDUID 7 3] appended",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_missing_mailbox_may_be_created() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a APPEND none {3+}
             C: abc
             S: a NO [TRYCREATE] there is no such mailbox
             C: b APPEND none {20000}
             S: b NO [TRYCREATE] there is no such mailbox
             C: c NOOP
             S: c OK nothing done",
        )
        .await;
    // One that comes unasked is read to its end.
    scene.clients[0].say(format!("d APPEND none {{20000+}}\r\n{}\r\n", "x".repeat(20_000))).await;
    scene.play("C: e NOOP\nS: d NO [TRYCREATE] there is no such mailbox\nS: e OK nothing done").await;
}

/// 1 MB, asked for and not, comes back as it went in, octet by octet.
#[tokio::test(start_paused = true)]
async fn a_large_message_is_streamed() {
    let line = "A line of a message that has a few characters: é.\r\n";
    let mail = format!("Subject: large\r\n\r\n{}", line.repeat(1_000_000 / line.len()));
    let mut scene = Scene::logged_in().await;
    scene.play(&format!("C: a APPEND INBOX (\\Seen) {{{}}}\nS: + send the message", mail.len())).await;
    scene.clients[0].say(&mail).await;
    scene.play("C:\nS: a OK [APPENDUID 7 1] appended").await;
    scene.clients[0].say(format!("b APPEND INBOX {{{}+}}\r\n{mail}\r\n", mail.len())).await;
    assert_eq!(scene.clients[0].hear().await, "b OK [APPENDUID 7 2] appended\r\n");
    scene.select(1, "INBOX").await;
    let heard = scene.clients[0].ask("c FETCH 1:2 BODY.PEEK[]").await;
    let row = |number| format!("* {number} FETCH (BODY[] {{{}}}\r\n{mail})\r\n", mail.len());
    assert!(heard == format!("{}{}c OK fetched\r\n", row(1), row(2)));
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_is_refused_before_it_comes() {
    let mut options = Options::default();
    options.limits.message_octets = 50_000;
    let mut scene = Scene::with(options);
    scene.log_in().await;
    scene
        .play(
            "C: a APPEND INBOX {50001}
             S: a NO [TOOBIG] the message is too large
             C: b NOOP
             S: b OK nothing done
             C: c APPEND INBOX {50000}
             S: + send the message",
        )
        .await;
    scene.clients[0].say("x".repeat(50_000)).await;
    scene
        .play(
            "C:
             S: c OK [APPENDUID 7 1] appended
             C: d APPEND INBOX {50001+}
             S: * BYE the literal is too large
             S: (closed)",
        )
        .await;
}

/// No room is promised twice: what is on its way counts.
#[tokio::test(start_paused = true)]
async fn a_full_store_takes_no_more() {
    let mut limits = MemoryLimits::default();
    limits.octets = 50_000;
    let (server, _store) = server_with(Options::default(), limits);
    let mut client = Client::of(&server, Privacy::Private).await;
    client.ask("a LOGIN ann secret").await;
    assert_eq!(client.ask("b APPEND INBOX {50000}").await, "b NO [OVERQUOTA] there is no room for that\r\n");
    assert_eq!(client.ask("c APPEND INBOX {30000}").await, "+ send the message\r\n");
    let mut other = Client::of(&server, Privacy::Private).await;
    other.ask("a LOGIN ann secret").await;
    assert_eq!(other.ask("b APPEND INBOX {30000}").await, "b NO [OVERQUOTA] there is no room for that\r\n");
    client.hang_up().await;
    tokio::task::yield_now().await;
    assert_eq!(other.ask("c APPEND INBOX {30000}").await, "+ send the message\r\n");
    assert_eq!(other.ask(&"x".repeat(30_000)).await, "c OK [APPENDUID 7 1] appended\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_cut_off_leaves_nothing() {
    let mut scene = Scene::new();
    for command in
        ["a APPEND INBOX {100}\r\nhalf", "a APPEND INBOX {100+}\r\nhalf", "a APPEND INBOX {90000+}\r\nhalf"]
    {
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

#[tokio::test(start_paused = true)]
async fn something_behind_the_message_makes_it_no_command() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a APPEND INBOX {3+}
             C: abc x
             S: a BAD expected the end of the command at octet 25",
        )
        .await;
    scene.clients[0].say(format!("b APPEND INBOX {{20000+}}\r\n{} x\r\n", "x".repeat(20_000))).await;
    scene
        .play(
            "C: c STATUS INBOX (MESSAGES)
             S: b BAD expected the end of the command behind the message
             S: * STATUS INBOX (MESSAGES 0)
             S: c OK that is how it is",
        )
        .await;
}

/// A message has no NUL (RFC 9051 section 9, `CHAR8`), however it comes.
#[tokio::test(start_paused = true)]
async fn a_message_with_nul_is_refused() {
    let mut scene = Scene::logged_in().await;
    for size in [3, 20_000] {
        let mail = format!("\0{}", "x".repeat(size - 1));
        let heard = scene.clients[0].ask(&format!("a APPEND INBOX {{{size}+}}\r\n{mail}")).await;
        assert!(heard.starts_with("a BAD ") || heard.starts_with("a NO "), "{heard}");
    }
    scene
        .play(
            "C: c STATUS INBOX (MESSAGES)
             S: * STATUS INBOX (MESSAGES 0)
             S: c OK that is how it is",
        )
        .await;
}

/// What is told as the limit is the limit, however the message comes (RFC 7889).
#[tokio::test(start_paused = true)]
async fn the_limit_is_told() {
    let mut options = Options::default();
    options.limits.message_octets = 5;
    let mut scene = Scene::with(options);
    scene.log_in().await;
    let heard = scene.clients[0].ask("a CAPABILITY").await;
    assert!(heard.contains(" APPENDLIMIT=5 "), "{heard}");
    scene
        .play(
            "C: a STATUS INBOX (APPENDLIMIT)
             S: * STATUS INBOX (APPENDLIMIT 5)
             S: a OK that is how it is
             C: b APPEND INBOX {5+}
             C: 12345
             S: b OK [APPENDUID 7 1] appended
             C: c APPEND INBOX {6+}
             C: 123456
             S: c NO [TOOBIG] the message is too large",
        )
        .await;
}

/// RFC 3516 section 4.4: a literal8 may hold anything, and a mailbox need not.
#[tokio::test(start_paused = true)]
async fn as_a_literal8() {
    let mut scene = Scene::logged_in().await;
    for (size, uid) in [(3, 1), (20_000, 2)] {
        let (good, bad) = ("x".repeat(size), "\0".repeat(size));
        let heard = scene.clients[0].ask(&format!("a APPEND INBOX ~{{{size}+}}\r\n{good}")).await;
        assert_eq!(heard, format!("a OK [APPENDUID 7 {uid}] appended\r\n"));
        let heard = scene.clients[0].ask(&format!("b APPEND INBOX ~{{{size}+}}\r\n{bad}")).await;
        assert_eq!(heard, "b NO [UNKNOWN-CTE] a message cannot hold NUL\r\n");
    }
}

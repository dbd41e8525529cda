//! LOGIN and AUTHENTICATE, and the ways to write their arguments.

use tayori_server::{Literals, Options, Privacy};

use crate::common::{Client, Scene, server};

async fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.connect(Privacy::Private).await;
    scene
}

/// Plays the script to a client that has just been greeted.
async fn check_login(script: &str) {
    scene().await.play(script).await;
}

#[tokio::test(start_paused = true)]
async fn the_greeting_says_what_can_be_done() {
    let (server, _) = server(Options::default());
    let mut client = Client::ungreeted(&server, Privacy::Private);
    let greeting =
        "* OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE AUTH=PLAIN] tayori ready\r\n";
    assert_eq!(client.hear().await, greeting);
    assert_eq!(
        client.ask("a CAPABILITY").await,
        "* CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE AUTH=PLAIN\r\na OK that is all\r\n"
    );
}

#[tokio::test(start_paused = true)]
async fn login_in_every_spelling() {
    check_login("C: a LOGIN ann secret\nS: a OK LOGGED-IN").await;
    check_login("C: a login \"ann\" \"secret\"\nS: a OK LOGGED-IN").await;
    check_login(
        "C: a LOGIN \"an\\\\n\" secret\nW: 1s\nS: a NO [AUTHENTICATIONFAILED] wrong user or password",
    )
    .await;
    check_login(
        "C: a LOGIN {3}
         S: + go on
         C: ann {6}
         S: + go on
         C: secret
         S: a OK LOGGED-IN",
    )
    .await;
    check_login("C: a LOGIN {3+}\nC: ann {6+}\nC: secret\nS: a OK LOGGED-IN").await;
    // What begins an atom can be quoted in it by a literal only.
    check_login("C: a LOGIN ann sec\"ret\nS: a BAD expected the end of the command at octet 15").await;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_login_is_answered_late_and_always_in_the_same_words() {
    for line in ["a LOGIN ann Secret", "a LOGIN bob secret", "a LOGIN \"\" \"\"", "a LOGIN ann \"\""] {
        check_login(&format!(
            "C: {line}
             W: 1s
             S: a NO [AUTHENTICATIONFAILED] wrong user or password
             C: b LOGIN ann secret
             S: b OK LOGGED-IN"
        ))
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn authenticate_plain_with_and_without_an_initial_response() {
    // NUL ann NUL secret
    check_login("C: a AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=\nS: a OK LOGGED-IN").await;
    check_login("C: a authenticate plain AGFubgBzZWNyZXQ=\nS: a OK LOGGED-IN").await;
    check_login(
        "C: a AUTHENTICATE PLAIN
         S: +\u{20}
         C: AGFubgBzZWNyZXQ=
         S: a OK LOGGED-IN",
    )
    .await;
    // ann NUL ann NUL secret
    check_login("C: a AUTHENTICATE PLAIN YW5uAGFubgBzZWNyZXQ=\nS: a OK LOGGED-IN").await;
}

#[tokio::test(start_paused = true)]
async fn authenticate_plain_refuses() {
    // Cancelled (RFC 9051 section 6.2.2).
    check_login("C: a AUTHENTICATE PLAIN\nS: +\u{20}\nC: *\nS: a BAD cancelled").await;
    check_login("C: a AUTHENTICATE PLAIN\nS: +\u{20}\nC: !!!!\nS: a BAD that is not base64").await;
    check_login("C: a AUTHENTICATE PLAIN\nS: +\u{20}\nC: AGFubgBzZWNyZXQ\nS: a BAD that is not base64").await;
    // The empty response, `ann`, and `NUL ann NUL secret NUL`
    for message in ["=", "YW5u", "AGFubgBzZWNyZXQA"] {
        check_login(&format!("C: a AUTHENTICATE PLAIN {message}\nS: a BAD that is no message of PLAIN"))
            .await;
    }
    // bob NUL ann NUL secret: ann may not act for others.
    check_login(
        "C: a AUTHENTICATE PLAIN Ym9iAGFubgBzZWNyZXQ=
         W: 1s
         S: a NO [AUTHENTICATIONFAILED] wrong user or password",
    )
    .await;
    check_login("C: a AUTHENTICATE GSSAPI\nS: a NO [CANNOT] there is no such mechanism").await;
}

#[tokio::test(start_paused = true)]
async fn with_literal_minus_only_short_literals_come_unasked() {
    let mut options = Options::default();
    options.literals = Literals::Minus;
    for (size, expected) in [
        (4096, "a NO [AUTHENTICATIONFAILED] wrong user or password\r\n"),
        (4097, "* BYE the literal is too large to come without waiting\r\n(closed)\r\n"),
    ] {
        let mut scene = Scene::with(options.clone());
        scene.connect(Privacy::Private).await;
        scene.clients[0].say(format!("a LOGIN ann {{{size}+}}\r\n{}\r\n", "x".repeat(size))).await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(scene.clients[0].hear().await, expected);
    }
    // One that is asked for may be longer.
    let mut scene = Scene::with(options);
    scene.connect(Privacy::Private).await;
    assert_eq!(scene.clients[0].ask("a LOGIN ann {5000}").await, "+ go on\r\n");
}

#[tokio::test(start_paused = true)]
async fn three_wrong_passwords_are_enough() {
    check_login(
        "C: a LOGIN ann 1
         W: 1s
         S: a NO [AUTHENTICATIONFAILED] wrong user or password
         C: b AUTHENTICATE PLAIN AGFubgAy
         W: 1s
         S: b NO [AUTHENTICATIONFAILED] wrong user or password
         C: c LOGIN ann 3
         W: 1s
         S: * BYE too many wrong passwords
         S: (closed)",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn id_and_enable_and_namespace() {
    let mut scene = Scene::logged_in().await;
    let version = env!("CARGO_PKG_VERSION");
    scene
        .play(&format!(
            "C: a ID (\"name\" \"test\" \"version\" NIL)
             S: * ID (\"name\" \"tayori\" \"version\" \"{version}\")
             S: a OK pleased to meet you
             C: b ENABLE CONDSTORE X-GOOD-IDEA
             S: * ENABLED CONDSTORE
             S: b OK enabled what there is
             C: c NAMESPACE
             S: * NAMESPACE ((\"\" \"/\")) NIL NIL
             S: c OK that is all
             C: d CAPABILITY
             S: * LISTED
             S: d OK that is all"
        ))
        .await;
}

//! STARTTLS (RFC 9051 sections 6.2.1 and 11.1), and passwords that others could read.

use std::time::Duration;

use tayori_server::{Options, Privacy, Tls};
use tokio::time::sleep;

use crate::common::{Identity, Scene};

async fn scene(identity: &Identity, privacy: Privacy) -> Scene {
    let mut options = Options::default();
    options.tls = Tls::StartTls(identity.server());
    let mut scene = Scene::with(options);
    scene.connect(privacy).await;
    scene
}

#[tokio::test(start_paused = true)]
async fn no_password_is_taken_where_others_can_listen() {
    let identity = Identity::new();
    let mut scene = scene(&identity, Privacy::Clear).await;
    scene
        .play(
            "C: a CAPABILITY
             S: * CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE STARTTLS LOGINDISABLED
             S: a OK that is all
             C: b LOGIN ann secret
             S: b NO [PRIVACYREQUIRED] others could read the password
             C: c AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=
             S: c NO [PRIVACYREQUIRED] others could read the password
             C: d AUTHENTICATE PLAIN
             S: d NO [PRIVACYREQUIRED] others could read the password
             C: e STARTTLS
             S: e OK begin the handshake",
        )
        .await;
    let client = scene.clients.pop().unwrap().start_tls(&identity).await.unwrap();
    scene.clients.push(client);
    scene
        .play(
            "C: f CAPABILITY
             S: * CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE AUTH=PLAIN
             S: f OK that is all
             C: g STARTTLS
             S: g BAD the connection is encrypted already
             C: h LOGIN ann secret
             S: h OK LOGGED-IN
             C: i LOGOUT
             S: * BYE see you
             S: i OK logged out
             S: (closed)",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn the_greeting_under_starttls_does_not_come_twice() {
    let identity = Identity::new();
    let mut scene = scene(&identity, Privacy::Private).await;
    scene.play("C: a STARTTLS\nS: a OK begin the handshake").await;
    let mut client = scene.clients.pop().unwrap().start_tls(&identity).await.unwrap();
    assert_eq!(client.hear().await, "");
}

#[tokio::test(start_paused = true)]
async fn octets_behind_starttls_end_the_connection_without_a_handshake() {
    let identity = Identity::new();
    for injected in ["b LOGIN ann secret\r\n", "\r\n", "x", "\x16\x03\x01"] {
        let mut scene = scene(&identity, Privacy::Clear).await;
        scene.clients[0].say(format!("a STARTTLS\r\n{injected}")).await;
        assert_eq!(scene.clients[0].hear().await, "a OK begin the handshake\r\n(closed)\r\n");
        assert!(scene.clients.pop().unwrap().start_tls(&identity).await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_come_is_not_waited_for() {
    let identity = Identity::new();
    let mut scene = scene(&identity, Privacy::Clear).await;
    scene
        .play(
            "C: a STARTTLS
             S: a OK begin the handshake
             W: 300s
             S: (closed)",
        )
        .await;
}

/// From the first octet to a login there is one time for all, the handshake included.
#[tokio::test(start_paused = true)]
async fn a_handshake_gains_no_time() {
    let identity = Identity::new();
    let mut scene = scene(&identity, Privacy::Clear).await;
    sleep(Duration::from_secs(200)).await;
    scene
        .play(
            "C: a STARTTLS
             S: a OK begin the handshake
             W: 100s
             S: (closed)",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn where_there_is_no_tls_it_is_not_offered() {
    let mut scene = Scene::new();
    scene.connect(Privacy::Clear).await;
    scene
        .play(
            "C: a CAPABILITY
             S: * CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE LOGINDISABLED
             S: a OK that is all
             C: b STARTTLS
             S: b BAD there is no TLS here",
        )
        .await;
}

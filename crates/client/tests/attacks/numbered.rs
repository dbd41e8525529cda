//! Attacks 1 to 9 and 12 to 14.

use std::net::TcpListener;

use tayori_client::tls::{Tls, TlsError, Trust, Untrusted};
use tayori_client::{Connector, Error, Fault, Lost, Security, Transport};
use tayori_proto::response::ResponseCode;
use tayori_proto::session::{ClearError, Violation};
use tayori_proto::types::{Capability, ListPattern, ListReference};
use tayori_testkit::peer::Peer;

use crate::{Authority, GREETING, Scene, for_names, log_in, log_in_as};

/// STARTTLS is sent all the same, and without an OK there is nothing more.
#[tokio::test]
async fn attack_01_starttls_stripped() {
    let scene = Scene::new().await;
    let (outcome, heard) = scene
        .attack(scene.starttls(), async |peer| {
            peer.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n").await;
            peer.exchange("STARTTLS", "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n$ BAD unknown command\r\n").await;
        })
        .await;
    assert!(matches!(outcome, Err(Error::StartTls(ClearError::Refused))), "{outcome:?}");
    assert_eq!(heard.lines().count(), 1, "{heard}");
}

#[tokio::test]
async fn attack_02_starttls_refused() {
    for answer in ["$ NO not now\r\n", "$ BAD never\r\n", "* BYE gone\r\n"] {
        let scene = Scene::new().await;
        let (outcome, heard) = scene
            .attack(scene.starttls(), async |peer| {
                peer.say(GREETING).await;
                peer.exchange("STARTTLS", answer).await;
            })
            .await;
        assert!(matches!(outcome, Err(Error::StartTls(_))), "{answer}: {outcome:?}");
        assert_eq!(heard.lines().count(), 1, "{heard}");
    }
}

/// In the same segment as the OK, and in the next one, before the client has said anything of TLS.
#[tokio::test]
async fn attack_03_responses_injected_behind_the_ok() {
    for injected in
        ["\r", "* PREAUTH x\r\n", "* CAPABILITY IMAP4rev1\r\n", "$ OK logged in\r\n", "\x16\x03\x03"]
    {
        let scene = Scene::new().await;
        let (outcome, heard) = scene
            .attack(scene.starttls(), async |peer| {
                peer.say(GREETING).await;
                peer.exchange("STARTTLS", &format!("$ OK begin\r\n{injected}")).await;
            })
            .await;
        assert!(matches!(outcome, Err(Error::StartTls(ClearError::OctetsBehindAnswer))), "{outcome:?}");
        assert_eq!(heard.lines().count(), 1, "{heard}");
    }
    let scene = Scene::new().await;
    let (outcome, _) = scene
        .attack(scene.starttls(), async |peer| {
            peer.say(GREETING).await;
            peer.exchange("STARTTLS", "$ OK begin\r\n").await;
            // The client is at its handshake by now, and what comes is taken for one.
            peer.octets(1).await;
            peer.say("* PREAUTH x\r\n* CAPABILITY IMAP4rev1\r\n").await;
        })
        .await;
    assert!(matches!(outcome, Err(Error::Tls(TlsError::NotTls { .. }))), "{outcome:?}");
}

/// Whatever is said in the clear, twice or in a code, the capabilities are those that are said in TLS.
#[tokio::test]
async fn attack_04_what_was_said_before_tls_is_kept() {
    for (greeting, answer) in [
        ("* OK [CAPABILITY IMAP4rev1 X-EVIL LOGINDISABLED] hello\r\n", "$ OK begin\r\n"),
        ("* OK hello\r\n", "* CAPABILITY IMAP4rev1 X-EVIL LOGINDISABLED\r\n$ OK begin\r\n"),
        ("* OK hello\r\n", "* CAPABILITY X-EVIL\r\n* CAPABILITY X-EVIL\r\n$ OK begin\r\n"),
        ("* OK hello\r\n", "* FLAGS (\\Evil)\r\n$ OK [CAPABILITY IMAP4rev1 X-EVIL LOGINDISABLED] begin\r\n"),
    ] {
        let scene = Scene::new().await;
        let server = async {
            let mut peer = scene.accept().await;
            peer.say(greeting).await;
            peer.exchange("STARTTLS", answer).await;
            let mut peer = scene.upgrade(peer).await;
            peer.exchange("CAPABILITY", "* CAPABILITY IMAP4rev1 X-GOOD\r\n$ OK done\r\n").await;
            peer.rest().await;
        };
        let client = async {
            let security = scene.starttls();
            let mut connection = Connector::new().connect("localhost", scene.port, &security).await.unwrap();
            let heard = connection.capabilities().await.unwrap();
            let has = |name: &str| heard.has(&Capability::try_from(name).unwrap());
            assert!(has("X-GOOD") && !has("X-EVIL") && !has("LOGINDISABLED"), "{answer}");
        };
        tokio::join!(server, client);
    }
}

/// Neither where STARTTLS was wanted nor where nothing was: whoever is in between would get what is appended.
#[tokio::test]
async fn attack_05_preauth_in_the_clear() {
    for security in [Scene::new().await.starttls(), Security::None] {
        let scene = Scene::new().await;
        let (outcome, heard) = scene
            .attack(security, async |peer| peer.say("* PREAUTH [CAPABILITY IMAP4rev1] hello joe\r\n").await)
            .await;
        let refused = matches!(
            outcome,
            Err(Error::StartTls(ClearError::PreAuth)
                | Error::Lost(Lost::Violation(Violation::PreAuthInClear)))
        );
        assert!(refused, "{outcome:?}");
        assert_eq!(heard, "", "nothing is sent");
    }
    // Behind TLS the server itself has said it.
    let scene = Scene::new().await;
    let server = async {
        let peer = scene.accept().await;
        scene.upgrade(peer).await.say("* PREAUTH hello joe\r\n").await;
    };
    let security = scene.implicit();
    let client = Connector::new().connect("localhost", scene.port, &security);
    tokio::join!(server, client).1.unwrap().into_preauthenticated().unwrap();
}

#[tokio::test]
async fn attack_06_invalid_greeting() {
    for greeting in
        ["* NO go away\r\n", "* BAD\r\n", "a OK hello\r\n", "* CAPABILITY IMAP4rev1\r\n", "+ OK\r\n"]
    {
        for security in [Scene::new().await.starttls(), Security::None] {
            let scene = Scene::new().await;
            let (outcome, heard) = scene.attack(security, async |peer| peer.say(greeting).await).await;
            let refused = matches!(
                outcome,
                Err(Error::StartTls(ClearError::Greeting) | Error::Lost(Lost::Violation(Violation::Greeting)))
            );
            assert!(refused, "{greeting:?}: {outcome:?}");
            assert_eq!(heard, "", "{greeting:?}");
        }
    }
}

/// Nobody is connected to but who was asked for; where the server would have us go is told to the caller.
#[tokio::test]
async fn attack_07_redirected_by_a_referral() {
    let attacker = TcpListener::bind("127.0.0.1:0").unwrap();
    attacker.set_nonblocking(true).unwrap();
    let place = format!("imap://joe;AUTH=*@127.0.0.1:{}/", attacker.local_addr().unwrap().port());
    let (ours, mut peer) = Peer::pair(1 << 16);
    let client = async {
        let connection = Connector::new().connect_over(ours, Transport::Trusted).await.unwrap();
        log_in(connection).await.unwrap_err().error
    };
    let server = async {
        peer.say("* OK [CAPABILITY IMAP4rev1 LOGIN-REFERRALS MAILBOX-REFERRALS] ready\r\n").await;
        let (tag, _) = peer.command().await;
        peer.answer(&tag, &format!("$ NO [REFERRAL {place}] try there\r\n")).await;
        peer.rest().await;
    };
    let (error, ()) = tokio::join!(client, server);
    let Error::Refused { code: Some(code), .. } = &error else { panic!("{error:?}") };
    assert!(format!("{code:?}").contains("REFERRAL"), "{code:?}");
    assert!(!matches!(**code, ResponseCode::Alert));
    let none = attacker.accept().unwrap_err();
    assert_eq!(none.kind(), std::io::ErrorKind::WouldBlock, "somebody has followed the referral");
}

/// Errors of the clear phase are words of our own.
#[tokio::test]
async fn attack_08_alerts_shown_before_tls() {
    let words = "call 555 0123";
    for (greeting, answer) in [
        (format!("* BYE [ALERT] {words}\r\n"), None),
        (format!("* NO [ALERT] {words}\r\n"), None),
        (format!("* PREAUTH [ALERT] {words}\r\n"), None),
        (GREETING.to_owned(), Some(format!("* OK [ALERT] {words}\r\n$ NO [ALERT] {words}\r\n"))),
        (GREETING.to_owned(), Some(format!("* BYE [ALERT] {words}\r\n"))),
    ] {
        let scene = Scene::new().await;
        let (outcome, _) = scene
            .attack(scene.starttls(), async |peer| {
                peer.say(&greeting).await;
                if let Some(answer) = &answer {
                    peer.exchange("STARTTLS", answer).await;
                }
            })
            .await;
        let error = outcome.unwrap_err();
        assert!(!error.to_string().contains("555") && !format!("{error:?}").contains("555"), "{error:?}");
    }
}

/// Rows that somebody has put in front of TLS, or in front of the question, are in no answer.
#[tokio::test]
async fn attack_09_forged_mailboxes() {
    let scene = Scene::new().await;
    let forged = "* LIST () \"/\" forged\r\n* 1 FETCH (FLAGS (\\Seen) BODY[] {3}\r\nabc)\r\n* 1 EXISTS\r\n";
    let server = async {
        let mut peer = scene.accept().await;
        peer.say(GREETING).await;
        peer.exchange("STARTTLS", &format!("{forged}$ OK begin\r\n")).await;
        let mut peer = scene.upgrade(peer).await;
        loop {
            let (tag, command) = peer.command().await;
            match command.split(' ').next().unwrap() {
                "CAPABILITY" => peer.answer(&tag, "* CAPABILITY IMAP4rev1\r\n$ OK done\r\n").await,
                "LIST" => break peer.answer(&tag, "* LIST () \"/\" INBOX\r\n$ OK done\r\n").await,
                _ => peer.answer(&tag, "$ OK [CAPABILITY IMAP4rev1] hello\r\n").await,
            }
        }
        peer.rest().await;
    };
    let client = async {
        let security = scene.starttls();
        let connection = Connector::new().connect("localhost", scene.port, &security).await.unwrap();
        let mut session = log_in(connection).await.unwrap();
        let rows = session.list(&ListReference::none(), &ListPattern::all()).await.unwrap();
        rows.iter().map(|row| row.name.as_str().to_owned()).collect::<Vec<_>>()
    };
    let ((), names) = tokio::join!(server, client);
    assert_eq!(names, ["INBOX"]);
}

/// The same checks behind STARTTLS as from the first octet.
#[tokio::test]
async fn attack_12_certificate_not_checked_after_starttls() {
    let mut scene = Scene::new().await;
    let impostors = [
        (Authority::new().sign(for_names(&["localhost"])), Untrusted::Issuer),
        (
            scene.authority.sign(for_names(&["mail.example"])),
            Untrusted::Name { presented: vec!["mail.example".to_owned()] },
        ),
    ];
    for (identity, reason) in impostors {
        scene.identity = identity;
        for security in [scene.starttls(), scene.implicit()] {
            let starts = matches!(security, Security::StartTls(_));
            let server = async {
                let mut peer = scene.accept().await;
                if starts {
                    peer.say(GREETING).await;
                    peer.exchange("STARTTLS", "$ OK begin\r\n").await;
                }
                let acceptor = scene.identity.acceptor(rustls::ALL_VERSIONS);
                assert!(acceptor.accept(peer.into_stream()).await.is_err(), "nothing but an alert is sent");
            };
            let client = Connector::new().connect("localhost", scene.port, &security);
            let ((), outcome) = tokio::join!(server, client);
            let error = outcome.map(drop).unwrap_err();
            assert_eq!(error.fault(), Fault::Trust);
            let Error::Tls(TlsError::Untrusted { reason: found, .. }) = error else { panic!("{error:?}") };
            assert_eq!(found, reason);
        }
    }
}

/// Tags can be foreseen by whoever has seen one. An answer in front of its command is nobody's; one in the middle of a
/// command ends the connection.
#[tokio::test]
async fn attack_13_early_tagged_reply() {
    let (ours, mut peer) = Peer::pair(1 << 16);
    let client = async {
        let mut connection = Connector::new().connect_over(ours, Transport::Trusted).await.unwrap();
        connection.noop().await.unwrap();
        let failed = log_in(connection).await.unwrap_err();
        assert!(matches!(failed.error, Error::Refused { .. }), "{:?}", failed.error);
    };
    let server = async {
        peer.say("* OK [CAPABILITY IMAP4rev1] ready\r\n").await;
        let tag = peer.expect("NOOP").await;
        let next = next_tag(&tag.fill_in("$"));
        peer.answer(&tag, &format!("{next} OK logged in\r\n$ OK done\r\n")).await;
        let (tag, _) = peer.command().await;
        assert_eq!(tag.fill_in("$"), next, "the attacker has foreseen it");
        peer.answer(&tag, "$ NO wrong password\r\n").await;
    };
    tokio::join!(client, server);

    // In the middle of a command: the user's name needs a literal.
    let (ours, mut peer) = Peer::pair(1 << 16);
    let client = async {
        let connection = Connector::new().connect_over(ours, Transport::Trusted).await.unwrap();
        log_in_as(connection, "j\u{f6}e", crate::PASSWORD).await.unwrap_err().error
    };
    let server = async {
        peer.say("* OK [CAPABILITY IMAP4rev1] ready\r\n").await;
        let (tag, command) = peer.command().await;
        assert!(command.ends_with('}'), "{command}");
        peer.answer(&tag, "$ OK logged in\r\n").await;
        assert_eq!(peer.rest().await, "", "the password is not sent");
    };
    let (error, ()) = tokio::join!(client, server);
    assert!(matches!(error, Error::Lost(Lost::Violation(Violation::EarlyCompletion { .. }))), "{error:?}");
}

/// The tag that a client gives to the command behind this one.
fn next_tag(tag: &str) -> String {
    let digits = tag.len() - tag.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (prefix, number) = tag.split_at(tag.len() - digits);
    format!("{prefix}{}", number.parse::<u32>().unwrap() + 1)
}

/// Tags of two connections have nothing in common, so nobody can foresee the first one.
#[tokio::test]
async fn attack_13_the_first_tag_cannot_be_foreseen() {
    let mut prefixes = std::collections::BTreeSet::new();
    for _ in 0..8 {
        let (ours, mut peer) = Peer::pair(1 << 16);
        let client = async {
            let mut connection = Connector::new().connect_over(ours, Transport::Trusted).await.unwrap();
            connection.noop().await.unwrap();
        };
        let server = async {
            peer.say("* OK [CAPABILITY IMAP4rev1] ready\r\n").await;
            let tag = peer.expect("NOOP").await;
            peer.answer(&tag, "$ OK done\r\n").await;
            tag.fill_in("$")
        };
        prefixes.insert(tokio::join!(client, server).1);
    }
    assert_eq!(prefixes.len(), 8);
}

/// A server that would resume, and settings that do not believe it: what was proved under others is worth nothing.
#[tokio::test]
async fn attack_14_connection_reused_with_other_settings() {
    let scene = Scene::new().await;
    let acceptor = scene.identity.acceptor(rustls::ALL_VERSIONS);
    let visit = async |tls: &Tls| {
        let server = async {
            let (socket, _) = scene.listener.accept().await.unwrap();
            if let Ok(stream) = acceptor.accept(socket).await {
                let mut peer = Peer::new(stream);
                peer.say("* OK ready\r\n").await;
                peer.exchange("NOOP", "$ OK done\r\n").await;
                peer.rest().await;
            }
        };
        let client = async {
            let security = Security::ImplicitTls(tls.clone());
            let mut connection = Connector::new().connect("localhost", scene.port, &security).await?;
            connection.noop().await?;
            Ok::<_, Error>(connection.tls().unwrap().resumed)
        };
        tokio::join!(server, client).1
    };
    let lenient = Tls::new(Trust::Fingerprint(scene.identity.fingerprint()));
    assert!(!visit(&lenient).await.unwrap());
    assert!(visit(&lenient).await.unwrap(), "the server resumes");
    let other = Authority::new();
    let strict = [
        Tls::new(other.trust()),
        Tls::new(Trust::Fingerprint(tayori_client::tls::Fingerprint::of_der(b"another"))),
    ];
    for strict in strict {
        let error = visit(&strict).await.unwrap_err();
        assert_eq!(error.fault(), Fault::Trust, "{error:?}");
    }
}

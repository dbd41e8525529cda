//! From a connection to a session: which way is chosen, the command LOGIN, and what refuses a login.

use tayori_client::{
    ClearText, Connection, Connector, Credentials, Error, Fault, Identity, LoginError, LoginFailed,
    LoginMethod, LoginPolicy, Mechanism, Transport,
};
use tayori_proto::sasl::{ScramHash, Trace, Unusable};
use tayori_proto::session::CompletionStatus;
use tayori_proto::types::{Capability, Secret};
use tayori_testkit::peer::Peer;

use crate::harness::{
    GREETING, ROOMY, credentials, greeted, greeted_in_pieces, lost, password, play, refused, user,
};

/// Of a server that takes LOGIN and nothing else.
const WITH_LOGIN: &str = "* OK [CAPABILITY IMAP4rev1] ready\r\n";
/// `\0user\0pass`
const PLAIN: &str = "AHVzZXIAcGFzcw==";

const SCRAM_1: Mechanism = Mechanism::Scram(ScramHash::Sha1);
const SCRAM_256: Mechanism = Mechanism::Scram(ScramHash::Sha256);
const PLUS_256: Mechanism = Mechanism::ScramPlus(ScramHash::Sha256);

pub(crate) async fn offering(capabilities: &str) -> (Connection, Peer) {
    greeted(Connector::new(), &greeting_with(capabilities)).await
}

pub(crate) fn greeting_with(capabilities: &str) -> String {
    format!("* OK [CAPABILITY IMAP4rev1 {capabilities}] ready\r\n")
}

/// The same on a line that others can hear.
async fn offering_in_clear(capabilities: &str) -> (Connection, Peer) {
    let (ours, mut peer) = Peer::pair(ROOMY);
    let connect = Connector::new().connect_over(ours, Transport::Clear);
    let (connection, ()) = tokio::join!(connect, peer.say(greeting_with(capabilities)));
    (connection.unwrap(), peer)
}

fn with_password(secret: &str) -> Credentials {
    Credentials::password(Identity::new("user").unwrap(), Secret::new(secret).unwrap())
}

fn token() -> Credentials {
    let user = Identity::new("user").unwrap();
    Credentials::Token { user, token: Secret::new("t0ken").unwrap() }
}

/// The connection that a refused login gives back, and the server's words.
#[track_caller]
fn another_try<T: std::fmt::Debug>(outcome: Result<T, LoginFailed>) -> (Connection, String) {
    let failed = outcome.expect_err("the login must fail");
    let connection = failed.connection.expect("the connection is still there");
    (connection, refused::<()>(Err(failed.error)).1)
}

/// Why the login failed, before anything was sent.
#[track_caller]
fn not_tried<T: std::fmt::Debug>(outcome: Result<T, LoginFailed>) -> (Connection, LoginError) {
    let failed = outcome.expect_err("the login must fail");
    assert_eq!(failed.method, None, "nothing was tried");
    match failed.error {
        Error::Login(error) => (failed.connection.expect("the connection is still there"), *error),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_gives_the_connection_back_for_another_try() {
    let (connection, mut peer) = greeted(Connector::new(), WITH_LOGIN).await;
    let client = async {
        let (wrong, policy) = (with_password("guess"), LoginPolicy::new());
        let (connection, words) = another_try(connection.log_in(&wrong, &policy).await);
        assert_eq!(words, "\u{1b}[2Jwrong");
        let (connection, words) = another_try(connection.log_in(&wrong, &policy).await);
        assert_eq!(words, "still wrong");
        let logged_in = connection.log_in(&credentials(), &policy).await.unwrap();
        assert_eq!(logged_in.method, LoginMethod::Command);
        assert!(!logged_in.server_proved_itself);
        logged_in
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
    let (connection, mut peer) = greeted(Connector::new(), WITH_LOGIN).await;
    let client = async {
        let failed = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap_err();
        assert!(failed.connection.is_none());
        assert_eq!(failed.method, Some(LoginMethod::Command));
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
        let (connection, mut peer) = greeted_in_pieces(Connector::new(), WITH_LOGIN, piece).await;
        let client = async {
            let user = Identity::new("a \"b\" \\c@example.org").unwrap();
            let password = Secret::new("w\u{f6}rd {5}\r\nx").unwrap();
            connection.log_in(&Credentials::password(user, password), &LoginPolicy::new()).await.unwrap()
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
    let (connection, mut peer) = greeted(Connector::new(), WITH_LOGIN).await;
    let client =
        async { another_try(connection.log_in(&with_password("w\u{f6}rd"), &LoginPolicy::new()).await).1 };
    let server = async {
        let (tag, _) = peer.command().await;
        peer.answer(&tag, "$ NO no literals here\r\n").await;
        assert_eq!(peer.rest().await, "");
    };
    assert_eq!(play(client, server).await.0, "no literals here");
}

#[tokio::test(start_paused = true)]
async fn login_is_not_sent_where_it_is_disabled() {
    let (connection, mut peer) = offering("LOGINDISABLED AUTH=CRAM-MD5").await;
    let client = async {
        let (connection, error) = not_tried(
            connection.log_in(&credentials(), &LoginPolicy::new().only(LoginMethod::Command)).await,
        );
        let offered = vec!["CRAM-MD5".to_owned()];
        let named = LoginMethod::Command;
        let not_offered = LoginError::NotOffered { named, offered, login_disabled: true };
        assert_eq!(error, not_offered);
        let (connection, error) = not_tried(connection.log_in(&credentials(), &LoginPolicy::new()).await);
        let LoginError::NoMechanism { offered, login_disabled: true, usable } = error else {
            panic!("{error:?}")
        };
        assert_eq!(offered, ["CRAM-MD5"]);
        assert_eq!(usable[..2], [Mechanism::Scram(ScramHash::Sha512), SCRAM_256]);
        let error = connection.flight().login(&user(), &password()).launch().await.unwrap_err();
        assert!(matches!(error, Error::Login(error) if *error == not_offered));
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

/// What a server that offers this hears first.
async fn first_words(
    offered: &str,
    credentials: &Credentials,
    policy: &LoginPolicy,
) -> Result<String, LoginError> {
    let (connection, mut peer) = offering(offered).await;
    let client = async move {
        // What is left of the connection is dropped, so that the server hears the end of it.
        connection.log_in(credentials, policy).await.map(drop).map_err(|failed| {
            assert_eq!(failed.method, None, "nothing was tried");
            match failed.error {
                Error::Login(error) => *error,
                other => panic!("{other:?}"),
            }
        })
    };
    let server = async move {
        match peer.rest().await {
            rest if rest.is_empty() => None,
            rest => Some(String::from_utf8(rest.to_vec()).unwrap()),
        }
    };
    // Nobody answers; a login that is on its way is given up.
    let client = tokio::time::timeout(std::time::Duration::from_secs(1), client);
    let (outcome, heard) = play(client, server).await;
    match (outcome, heard) {
        (Err(_), Some(heard)) => {
            let (_, command) = heard.split_once(' ').unwrap();
            Ok(command.trim_end().to_owned())
        }
        (Ok(Err(error)), None) => Err(error),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_strongest_that_is_offered_is_chosen() {
    let plain_inline = format!("AUTHENTICATE PLAIN {PLAIN}");
    let anonymous = Credentials::Anonymous { trace: Trace::default() };
    let certificate = Credentials::Certificate { act_as: None };
    // SCRAM begins with a nonce, so that no more than its name is compared.
    for (offered, credentials, expected) in [
        ("", credentials(), r#"LOGIN "user" "pass""#),
        ("AUTH=PLAIN", credentials(), "AUTHENTICATE PLAIN"),
        ("AUTH=PLAIN SASL-IR", credentials(), &plain_inline),
        ("AUTH=LOGIN AUTH=PLAIN SASL-IR LOGINDISABLED", credentials(), &plain_inline),
        ("AUTH=LOGIN", credentials(), "AUTHENTICATE LOGIN"),
        ("AUTH=PLAIN AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-256", credentials(), "AUTHENTICATE SCRAM-SHA-256"),
        // There is no TLS to bind to.
        ("AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-1-PLUS", credentials(), "AUTHENTICATE SCRAM-SHA-1"),
        // These are for who names them.
        ("AUTH=CRAM-MD5 AUTH=DIGEST-MD5", credentials(), r#"LOGIN "user" "pass""#),
        // What cannot be prepared for SCRAM goes with PLAIN.
        ("AUTH=SCRAM-SHA-1 AUTH=PLAIN", with_password("\u{1f600}"), "AUTHENTICATE PLAIN"),
        // The stream has no name that OAUTHBEARER could say, so that it cannot be begun.
        ("AUTH=OAUTHBEARER AUTH=XOAUTH2 AUTH=PLAIN", token(), "AUTHENTICATE XOAUTH2"),
        ("AUTH=EXTERNAL AUTH=PLAIN SASL-IR", certificate, "AUTHENTICATE EXTERNAL ="),
        ("AUTH=ANONYMOUS SASL-IR", anonymous, "AUTHENTICATE ANONYMOUS ="),
    ] {
        let heard = first_words(offered, &credentials, &LoginPolicy::new()).await;
        assert_eq!(heard.as_deref(), Ok(expected), "{offered}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_named_is_used_or_nothing() {
    let only = |mechanism| LoginPolicy::new().only(mechanism);
    let all = "AUTH=LOGIN AUTH=PLAIN AUTH=CRAM-MD5 AUTH=DIGEST-MD5 AUTH=SCRAM-SHA-256";
    for (mechanism, offered, expected) in [
        (Mechanism::Login, all, "AUTHENTICATE LOGIN"),
        (Mechanism::Login, "AUTH=PLAIN", r#"LOGIN "user" "pass""#),
        (Mechanism::Plain, all, "AUTHENTICATE PLAIN"),
        (Mechanism::CramMd5, all, "AUTHENTICATE CRAM-MD5"),
    ] {
        let heard = first_words(offered, &credentials(), &only(mechanism)).await;
        assert_eq!(heard.as_deref(), Ok(expected), "{offered}");
    }
    let heard = first_words(all, &credentials(), &only(SCRAM_1)).await;
    let offered = ["LOGIN", "PLAIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-256"].map(str::to_owned).to_vec();
    let named = LoginMethod::Mechanism(SCRAM_1);
    assert_eq!(heard, Err(LoginError::NotOffered { named, offered, login_disabled: false }));
    // Nothing else is tried with credentials that do not fit it.
    for (mechanism, credentials, expected) in [
        (Mechanism::Plain, token(), Unusable::Kind),
        (SCRAM_256, with_password("\u{1f600}"), Unusable::PasswordNotPrepared),
        (Mechanism::Plain, with_password(""), Unusable::EmptySecret),
        // It names the host, which nobody has told.
        (Mechanism::DigestMd5, credentials(), Unusable::Host),
    ] {
        let heard = first_words(all, &credentials, &only(mechanism)).await;
        let Err(LoginError::Sasl(error)) = heard else { panic!("{heard:?}") };
        assert_eq!((error.mechanism, error.problem), (mechanism, expected.into()));
    }
    for (credentials, expected) in [(token(), Unusable::Kind), (with_password(""), Unusable::EmptySecret)] {
        let heard = first_words("", &credentials, &LoginPolicy::new().only(LoginMethod::Command)).await;
        let Err(LoginError::Sasl(error)) = heard else { panic!("{heard:?}") };
        assert_eq!((error.mechanism, error.problem), (Mechanism::Login, expected.into()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_offers_nothing_that_fits_is_sent_nothing() {
    for (offered, credentials, listed, expected) in [
        ("AUTH=PLAIN", token(), vec!["PLAIN"], vec![Mechanism::OAuthBearer, Mechanism::XOAuth2]),
        ("", Credentials::Certificate { act_as: None }, vec![], vec![Mechanism::External]),
        (
            "AUTH=GSSAPI AUTH=NTLM LOGINDISABLED",
            token(),
            vec!["GSSAPI", "NTLM"],
            vec![Mechanism::OAuthBearer, Mechanism::XOAuth2],
        ),
    ] {
        let heard = first_words(offered, &credentials, &LoginPolicy::new()).await;
        let Err(error @ LoginError::NoMechanism { .. }) = heard else { panic!("{heard:?}") };
        assert_eq!(error.fault(), Fault::Refused);
        let LoginError::NoMechanism { offered, usable, .. } = error else { unreachable!() };
        assert_eq!((offered, usable), (listed.into_iter().map(str::to_owned).collect(), expected));
    }
}

#[tokio::test(start_paused = true)]
async fn less_than_the_floor_is_not_used() {
    let floor = |floor: Mechanism| LoginPolicy::new().at_least(floor);
    let offered = "AUTH=PLAIN AUTH=LOGIN";
    let heard = first_words(offered, &credentials(), &floor(Mechanism::Plain)).await;
    assert_eq!(heard.as_deref(), Ok("AUTHENTICATE PLAIN"));
    let heard = first_words(offered, &credentials(), &floor(SCRAM_1)).await;
    let (least, best) = (LoginMethod::Mechanism(SCRAM_1), LoginMethod::Mechanism(Mechanism::Plain));
    assert_eq!(heard, Err(LoginError::TooWeak { floor: least, offered: best }));
    // The command ranks with the mechanism of its name.
    let heard = first_words("", &credentials(), &floor(Mechanism::Login)).await;
    assert_eq!(heard.as_deref(), Ok(r#"LOGIN "user" "pass""#));
    let heard = first_words("", &credentials(), &floor(Mechanism::Plain)).await;
    let (floor_, offered_) = (LoginMethod::Mechanism(Mechanism::Plain), LoginMethod::Command);
    assert_eq!(heard, Err(LoginError::TooWeak { floor: floor_, offered: offered_ }));
    // What is named has to reach it as well.
    let named = floor(SCRAM_1).only(Mechanism::Plain);
    let heard = first_words(offered, &credentials(), &named).await;
    assert_eq!(heard, Err(LoginError::TooWeak { floor: least, offered: best }));
}

/// Somebody in between who strikes the strong mechanisms from the list is to be told from a server that has none.
#[tokio::test(start_paused = true)]
async fn less_than_what_was_used_before_is_not_used() {
    for (pinned, offered, best) in [
        (SCRAM_256, "AUTH=PLAIN", LoginMethod::Mechanism(Mechanism::Plain)),
        (SCRAM_256, "AUTH=SCRAM-SHA-1 AUTH=PLAIN", LoginMethod::Mechanism(SCRAM_1)),
        (SCRAM_256, "", LoginMethod::Command),
        (PLUS_256, "AUTH=SCRAM-SHA-512", LoginMethod::Mechanism(Mechanism::Scram(ScramHash::Sha512))),
    ] {
        let policy = LoginPolicy::new().pinned(pinned);
        let heard = first_words(offered, &credentials(), &policy).await;
        let error = LoginError::WeakerThanPinned { pinned: LoginMethod::Mechanism(pinned), offered: best };
        assert_eq!(error.fault(), Fault::Trust);
        assert_eq!(heard, Err(error), "{offered}");
        // Clear text does not lift it, and what is named does not.
        let clear = policy.clone().clear_text(ClearText::Allowed);
        assert!(first_words(offered, &credentials(), &clear).await.is_err());
        // Somebody may lift it.
        assert!(first_words(offered, &credentials(), &policy.without_pin()).await.is_ok());
    }
    let policy = LoginPolicy::new().pinned(SCRAM_1);
    let heard = first_words("AUTH=SCRAM-SHA-256", &credentials(), &policy).await;
    assert_eq!(heard.as_deref(), Ok("AUTHENTICATE SCRAM-SHA-256"), "more than before is welcome");
    let policy = LoginPolicy::new().pinned(SCRAM_256).only(Mechanism::Plain);
    let heard = first_words("AUTH=PLAIN AUTH=SCRAM-SHA-256", &credentials(), &policy).await;
    assert!(matches!(heard, Err(LoginError::WeakerThanPinned { .. })), "{heard:?}");
}

#[tokio::test(start_paused = true)]
async fn no_secret_goes_in_clear_text_unless_that_was_asked_for() {
    for (offered, credentials, method) in [
        ("", credentials(), LoginMethod::Command),
        ("AUTH=PLAIN", credentials(), LoginMethod::Mechanism(Mechanism::Plain)),
        ("AUTH=XOAUTH2", token(), LoginMethod::Mechanism(Mechanism::XOAuth2)),
    ] {
        let (connection, mut peer) = offering_in_clear(offered).await;
        let client = async {
            let (connection, error) = not_tried(connection.log_in(&credentials, &LoginPolicy::new()).await);
            assert_eq!(error, LoginError::ClearText { method });
            assert_eq!(error.fault(), Fault::Caller);
            let policy = LoginPolicy::new().clear_text(ClearText::Allowed);
            another_try(connection.log_in(&credentials, &policy).await)
        };
        let server = async {
            let (tag, _) = peer.command().await;
            peer.answer(&tag, "$ NO wrong\r\n").await;
        };
        let ((_, words), ()) = play(client, server).await;
        assert_eq!(words, "wrong");
    }
    // What shows no secret may be used.
    let (connection, mut peer) = offering_in_clear("AUTH=PLAIN AUTH=SCRAM-SHA-256").await;
    let client = async { another_try(connection.log_in(&credentials(), &LoginPolicy::new()).await).1 };
    let server = async { peer.exchange("AUTHENTICATE SCRAM-SHA-256", "$ NO wrong\r\n").await };
    assert_eq!(play(client, server).await.0, "wrong");
    // A flight shows the password.
    let (connection, mut peer) = offering_in_clear("").await;
    let client = async {
        let error = connection.flight().login(&user(), &password()).launch().await.unwrap_err();
        let method = LoginMethod::Command;
        assert!(matches!(error, Error::Login(error) if *error == LoginError::ClearText { method }));
    };
    let ((), rest) = play(client, peer.rest()).await;
    assert_eq!(rest, "");
}

/// After a NO, and after a breach, the next in strength is for a person to ask for.
#[tokio::test(start_paused = true)]
async fn nothing_weaker_is_tried_after_a_refusal() {
    for answer in ["$ NO no\r\n", "$ BAD no\r\n", "+ ???\r\n"] {
        let (connection, mut peer) = offering("AUTH=SCRAM-SHA-256 AUTH=PLAIN SASL-IR").await;
        let client = async {
            let failed = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap_err();
            assert_eq!(failed.method, Some(LoginMethod::Mechanism(SCRAM_256)));
            // What that person could ask for.
            assert_eq!(failed.untried, [LoginMethod::Mechanism(Mechanism::Plain), LoginMethod::Command]);
            drop(failed.connection.expect("it is usable"));
        };
        let server = async {
            let (tag, command) = peer.command().await;
            assert!(command.starts_with("AUTHENTICATE SCRAM-SHA-256 "), "{command}");
            peer.answer(&tag, answer).await;
            if answer.starts_with('+') {
                assert_eq!(peer.line().await, "*");
                peer.answer(&tag, "$ BAD cancelled\r\n").await;
            }
            assert_eq!(peer.rest().await, "");
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
        let mut session = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session;
        for _ in 0..2 {
            let listed = session.capabilities().await.unwrap();
            assert!(listed.has(&Capability::UidPlus));
            assert!(!listed.has(&Capability::Idle), "what was offered before the login is not any more");
        }
        session.logout().await.unwrap();
    };
    let server = async {
        peer.exchange("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n$ OK done\r\n").await;
        let tag = peer.expect("AUTHENTICATE PLAIN").await;
        peer.say("+ \r\n").await;
        assert_eq!(peer.line().await, PLAIN);
        peer.answer(&tag, "$ OK hello\r\n").await;
        peer.exchange("CAPABILITY", "* CAPABILITY IMAP4rev1 UIDPLUS\r\n$ OK done\r\n").await;
        peer.exchange("LOGOUT", "* BYE\r\n$ OK\r\n").await;
    };
    play(client, server).await;
}

/// Servers tell them in the tagged OK, in front of it, or not at all: what counts is what was told last.
#[tokio::test(start_paused = true)]
async fn capabilities_that_come_with_the_login_replace_those_before() {
    for end in [
        "$ OK [CAPABILITY IMAP4rev1 UIDPLUS] hello\r\n",
        "* CAPABILITY IMAP4rev1 UIDPLUS\r\n$ OK hello\r\n",
        "* OK [CAPABILITY IMAP4rev1 UIDPLUS] soon\r\n$ OK hello\r\n",
    ] {
        for (offered, command) in [
            ("IDLE AUTH=PLAIN SASL-IR", format!("AUTHENTICATE PLAIN {PLAIN}")),
            ("IDLE", "LOGIN user pass".into()),
        ] {
            let (connection, mut peer) = offering(offered).await;
            let client = async {
                let mut session =
                    connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session;
                let listed = session.capabilities().await.unwrap();
                assert!(listed.has(&Capability::UidPlus) && !listed.has(&Capability::Idle), "{listed:?}");
            };
            play(client, async { peer.exchange(&command, end).await }).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_list_what_it_was_asked_for_is_told_so() {
    let (connection, mut peer) = greeted(Connector::new(), GREETING).await;
    let client = async {
        let mut connection = connection;
        let error = connection.capabilities().await.unwrap_err();
        assert!(matches!(&error, Error::Incomplete { command, .. } if command == "CAPABILITY"), "{error:?}");
        let (connection, words) = another_try(connection.log_in(&credentials(), &LoginPolicy::new()).await);
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
        let failed = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap_err();
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

/// What would be tried can be asked for, and is what is tried.
#[tokio::test(start_paused = true)]
async fn what_a_login_would_try_is_told() {
    let (mut connection, mut peer) = greeted(Connector::new(), GREETING).await;
    let (credentials, policy) = (credentials(), LoginPolicy::new());
    let client = async {
        let methods = connection.login_methods(&credentials, &policy).await.unwrap();
        let expected = [SCRAM_256.into(), Mechanism::Plain.into(), LoginMethod::Command];
        assert_eq!(methods, expected);
        let only = connection.login_methods(&credentials, &policy.clone().only(Mechanism::Plain)).await;
        assert_eq!(only.unwrap(), [LoginMethod::Mechanism(Mechanism::Plain)]);
        let none = connection.login_methods(&token(), &policy).await.unwrap_err();
        assert!(matches!(none, Error::Login(error) if matches!(*error, LoginError::NoMechanism { .. })));
        let failed = connection.log_in(&credentials, &policy).await.unwrap_err();
        assert_eq!(failed.method, Some(methods[0]));
    };
    let server = async {
        let listed = "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=SCRAM-SHA-256\r\n$ OK done\r\n";
        peer.exchange("CAPABILITY", listed).await;
        let (tag, rest) = peer.command().await;
        assert!(rest.starts_with("AUTHENTICATE SCRAM-SHA-256 "), "{rest}");
        peer.answer(&tag, "$ NO not today\r\n").await;
    };
    play(client, server).await;
}

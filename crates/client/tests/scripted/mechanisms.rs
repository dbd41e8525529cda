//! AUTHENTICATE with each mechanism, and servers that do not keep to it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tayori_client::{
    Connection, Connector, Credentials, Error, Fault, Identity, LoggedIn, LoginError, LoginFailed,
    LoginMethod, LoginPolicy, Lost, Mechanism,
};
use tayori_proto::response::ResponseCode;
use tayori_proto::sasl::{Bound, Breach, Doubt, Problem, Refusal, ScramHash, ScramRefusal, Trace};
use tayori_proto::types::Secret;
use tayori_testkit::peer::{HeardTag, Peer};

use crate::harness::{ROOMY, credentials, greeted_in_pieces, play};
use crate::login::{greeting_with, offering};
use crate::sasl_server::{self, Bindings, PASSWORD};

const PIECES: [usize; 3] = [1, 7, ROOMY];
const SCRAM_256: Mechanism = Mechanism::Scram(ScramHash::Sha256);

fn only(mechanism: Mechanism) -> LoginPolicy {
    LoginPolicy::new().only(mechanism)
}

fn with_password(user: &str, password: &str) -> Credentials {
    Credentials::password(Identity::new(user).unwrap(), Secret::new(password).unwrap())
}

fn token() -> Credentials {
    let user = Identity::new("user@example.org").unwrap();
    Credentials::Token { user, token: Secret::new("t0ken").unwrap() }
}

fn base64(octets: impl AsRef<[u8]>) -> String {
    STANDARD.encode(octets)
}

/// A connection to a server that is called `imap.example.org`.
async fn offering_in_pieces(capabilities: &str, piece: usize) -> (Connection, Peer) {
    let connector = Connector::new().named("imap.example.org", 993);
    greeted_in_pieces(connector, &greeting_with(capabilities), piece).await
}

/// Plays a mechanism whose messages are known beforehand: the first of the client, if it begins, then pairs of a
/// challenge and its answer. With every chunking, with and without SASL-IR, and with each way to write nothing.
async fn check(
    mechanism: Mechanism,
    credentials: &Credentials,
    initial: Option<&str>,
    challenges: &[(&str, &str)],
) {
    for piece in PIECES {
        for (inline, nothing) in
            [("SASL-IR ", "+ \r\n"), ("", "+ \r\n"), ("", "+\r\n"), ("SASL-IR ", "+\r\n")]
        {
            let offered = format!("{inline}AUTH={}", mechanism.name());
            let (connection, mut peer) = offering_in_pieces(&offered, piece).await;
            let client = async { connection.log_in(credentials, &only(mechanism)).await.unwrap() };
            let server = async {
                let command = format!("AUTHENTICATE {}", mechanism.name());
                let tag = match initial {
                    None => peer.expect(&command).await,
                    Some("") if !inline.is_empty() => peer.expect(&format!("{command} =")).await,
                    Some(initial) if !inline.is_empty() => {
                        peer.expect(&format!("{command} {}", base64(initial))).await
                    }
                    Some(initial) => {
                        let tag = peer.expect(&command).await;
                        peer.say(nothing).await;
                        assert_eq!(peer.line().await, base64(initial));
                        tag
                    }
                };
                for (challenge, answer) in challenges {
                    match *challenge {
                        "" => peer.say(nothing).await,
                        challenge => peer.say(format!("+ {}\r\n", base64(challenge))).await,
                    }
                    assert_eq!(peer.line().await, base64(answer));
                }
                peer.answer(&tag, "$ OK hello\r\n").await;
            };
            let (logged_in, ()) = play(client, server).await;
            assert_eq!(logged_in.method, LoginMethod::Mechanism(mechanism));
            assert!(!logged_in.server_proved_itself);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn mechanisms_that_show_the_secret() {
    check(Mechanism::Plain, &credentials(), Some("\0user\0pass"), &[]).await;
    let asked = [("Username:", "user"), ("Password:", "pass")];
    check(Mechanism::Login, &credentials(), None, &asked).await;
    // What is asked for is not read: some servers ask in their own words, and some not at all.
    check(Mechanism::Login, &credentials(), None, &[("", "user"), ("", "pass")]).await;
    let xoauth2 = "user=user@example.org\x01auth=Bearer t0ken\x01\x01";
    check(Mechanism::XOAuth2, &token(), Some(xoauth2), &[]).await;
    let oauthbearer =
        "n,a=user@example.org,\x01host=imap.example.org\x01port=993\x01auth=Bearer t0ken\x01\x01";
    check(Mechanism::OAuthBearer, &token(), Some(oauthbearer), &[]).await;
}

#[tokio::test(start_paused = true)]
async fn mechanisms_that_show_no_secret() {
    let anonymous = Credentials::Anonymous { trace: Trace::new("sirhc").unwrap() };
    check(Mechanism::Anonymous, &anonymous, Some("sirhc"), &[]).await;
    let external = Credentials::Certificate { act_as: None };
    check(Mechanism::External, &external, Some(""), &[]).await;
    let external = Credentials::Certificate { act_as: Some(Identity::new("fred@example.com").unwrap()) };
    check(Mechanism::External, &external, Some("fred@example.com"), &[]).await;
    // RFC 2195 section 2
    let words = "<1896.697170952@postoffice.reston.mci.net>";
    let answer = "tim b913a602c7eda7a495b4e6e7334d3890";
    check(Mechanism::CramMd5, &with_password("tim", "tanstaaftanstaaf"), None, &[(words, answer)]).await;
}

#[tokio::test(start_paused = true)]
async fn scram_proves_both_sides() {
    for piece in PIECES {
        for (inline, hash) in
            [("SASL-IR ", ScramHash::Sha1), ("", ScramHash::Sha256), ("SASL-IR ", ScramHash::Sha512)]
        {
            let mechanism = Mechanism::Scram(hash);
            let (connection, mut peer) =
                offering_in_pieces(&format!("{inline}AUTH={} AUTH=PLAIN", mechanism.name()), piece).await;
            let client =
                async { connection.log_in(&with_password("ann", PASSWORD), &LoginPolicy::new()).await };
            let server = sasl_server::authenticate(&mut peer, "ann", Bindings::default(), |_, said| said);
            let (logged_in, served) = play(client, server).await;
            let logged_in = logged_in.unwrap();
            assert_eq!(served, (mechanism.name().to_owned(), true));
            assert_eq!(logged_in.method, LoginMethod::Mechanism(mechanism));
            assert!(logged_in.server_proved_itself);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn scram_with_a_wrong_password_is_refused() {
    let (connection, mut peer) = offering("AUTH=SCRAM-SHA-256 SASL-IR").await;
    let client = async { connection.log_in(&with_password("ann", "guess"), &LoginPolicy::new()).await };
    let server = sasl_server::authenticate(&mut peer, "ann", Bindings::default(), |_, said| said);
    let (outcome, served) = play(client, server).await;
    assert!(!served.1);
    let failed = outcome.unwrap_err();
    let Error::Login(error) = failed.error else { panic!("{:?}", failed.error) };
    let LoginError::Refused { refusal, code, .. } = *error else { panic!("{error:?}") };
    assert_eq!(*refusal, Refusal::Scram(ScramRefusal::InvalidProof));
    assert_eq!(code.as_deref(), Some(&ResponseCode::AuthenticationFailed));
    assert!(failed.connection.is_some());
}

/// Hears `client-first-message`, and answers it with a salt and so many iterations.
async fn scram_salt(peer: &mut Peer, iterations: &str) -> HeardTag {
    let (tag, command) = peer.command().await;
    let initial = command.strip_prefix("AUTHENTICATE SCRAM-SHA-256 ").expect("it says it inline");
    let first = String::from_utf8(STANDARD.decode(initial).unwrap()).unwrap();
    let nonce = first.strip_prefix("n,,n=user,r=").unwrap();
    peer.say(format!("+ {}\r\n", base64(format!("r={nonce}more,s=c2FsdA==,i={iterations}")))).await;
    tag
}

/// The same, and hears the proof.
async fn scram_asked(peer: &mut Peer) -> HeardTag {
    let tag = scram_salt(peer, "4096").await;
    let answer = STANDARD.decode(peer.line().await).unwrap();
    assert!(answer.starts_with(b"c=biws,r="), "{}", answer.escape_ascii());
    tag
}

/// Tries to log in on a server that offers SCRAM alone.
async fn with_scram(server: impl AsyncFnOnce(&mut Peer)) -> Result<LoggedIn, LoginFailed> {
    let (connection, mut peer) = offering("AUTH=SCRAM-SHA-256 SASL-IR").await;
    let (credentials, policy) = (credentials(), only(SCRAM_256));
    let client = connection.log_in(&credentials, &policy);
    play(client, server(&mut peer)).await.0
}

/// The mechanism's error, on a connection that is still there or not.
#[track_caller]
fn problem(outcome: Result<LoggedIn, LoginFailed>, usable: bool) -> Problem {
    let failed = outcome.expect_err("nobody is logged in");
    assert_eq!(failed.connection.is_some(), usable);
    match failed.error {
        Error::Login(error) => match *error {
            LoginError::Sasl(error) => error.problem,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// An impostor who does not know the password can say OK all the same.
#[tokio::test(start_paused = true)]
async fn an_ok_without_proof_is_no_login_and_closes_the_connection() {
    let outcome = with_scram(async |peer| {
        let tag = scram_asked(peer).await;
        peer.answer(&tag, "$ OK [CAPABILITY IMAP4rev1] hello\r\n").await;
        assert_eq!(peer.rest().await, "");
    })
    .await;
    assert_eq!(problem(outcome, false), Doubt::Unproved.into());

    // Also while the client derives its keys.
    let outcome = with_scram(async |peer| {
        let tag = scram_salt(peer, "4096").await;
        peer.answer(&tag, "$ OK hello\r\n").await;
        assert_eq!(peer.rest().await, "");
    })
    .await;
    assert_eq!(problem(outcome, false), Doubt::Unproved.into());

    // And at once.
    let outcome = with_scram(async |peer| {
        let (tag, _) = peer.command().await;
        peer.answer(&tag, "$ OK hello\r\n").await;
        assert_eq!(peer.rest().await, "");
    })
    .await;
    let problem = problem(outcome, false);
    assert_eq!(problem, Doubt::Unproved.into());
}

#[tokio::test(start_paused = true)]
async fn a_wrong_signature_closes_the_connection_without_another_word() {
    let outcome = with_scram(async |peer| {
        scram_asked(peer).await;
        peer.say(format!("+ {}\r\n", base64(format!("v={}", base64([0; 32]))))).await;
        assert_eq!(peer.rest().await, "");
    })
    .await;
    let failed = outcome.as_ref().unwrap_err();
    assert_eq!(failed.error.fault(), Fault::Trust);
    assert!(matches!(&failed.error, Error::Login(error) if error.is_missing_proof()));
    assert_eq!(problem(outcome, false), Doubt::WrongProof.into());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_within_the_mechanism_is_told_with_the_servers_no() {
    for refusal in ["e=channel-bindings-dont-match", "e=invalid-proof"] {
        let outcome = with_scram(async |peer| {
            let tag = scram_asked(peer).await;
            peer.say(format!("+ {}\r\n", base64(refusal))).await;
            assert_eq!(peer.line().await, "");
            peer.answer(&tag, "$ NO [AUTHENTICATIONFAILED] go away\r\n").await;
        })
        .await;
        let failed = outcome.unwrap_err();
        assert!(failed.connection.is_some());
        let Error::Login(error) = failed.error else { panic!("{:?}", failed.error) };
        let LoginError::Refused { mechanism, refusal: said, code, text } = *error else {
            panic!("{error:?}")
        };
        let expected = match refusal {
            "e=invalid-proof" => ScramRefusal::InvalidProof,
            _ => ScramRefusal::ChannelBindingsDontMatch,
        };
        assert_eq!((mechanism, *said), (SCRAM_256, Refusal::Scram(expected)));
        assert_eq!(code.as_deref(), Some(&ResponseCode::AuthenticationFailed));
        assert_eq!(text.as_bytes(), b"go away");
    }
    // A server that says both is not believed in either.
    let outcome = with_scram(async |peer| {
        let tag = scram_asked(peer).await;
        peer.say(format!("+ {}\r\n", base64("e=other-error"))).await;
        assert_eq!(peer.line().await, "");
        peer.answer(&tag, "$ OK hello\r\n").await;
        assert_eq!(peer.rest().await, "");
    })
    .await;
    let failed = outcome.unwrap_err();
    assert!(failed.connection.is_none());
    assert!(
        matches!(&failed.error, Error::Login(error) if matches!(**error, LoginError::OkAfterRefusal { .. })),
        "{failed:?}"
    );
    // One that goes on behind its refusal would go on for ever.
    let outcome = with_scram(async |peer| {
        scram_asked(peer).await;
        peer.say(format!("+ {}\r\n", base64("e=other-error"))).await;
        assert_eq!(peer.line().await, "");
        peer.say("+ \r\n").await;
        assert_eq!(peer.rest().await, "");
    })
    .await;
    let failed = outcome.unwrap_err();
    assert!(failed.connection.is_none());
    assert!(matches!(&failed.error, Error::Login(error) if matches!(**error, LoginError::Refused { .. })));
}

#[tokio::test(start_paused = true)]
async fn an_iteration_count_out_of_bounds_cancels_the_login() {
    for (iterations, bound) in [
        ("4095", Bound::FewIterations { asked: 4095, least: 4096 }),
        ("1000001", Bound::ManyIterations { asked: 1_000_001, most: 1_000_000 }),
    ] {
        let outcome = with_scram(async |peer| {
            let tag = scram_salt(peer, iterations).await;
            assert_eq!(peer.line().await, "*");
            peer.answer(&tag, "$ BAD cancelled\r\n").await;
        })
        .await;
        assert_eq!(problem(outcome, true), bound.into());
    }
}

#[tokio::test(start_paused = true)]
async fn what_breaks_the_mechanism_cancels_the_login() {
    for (challenge, breach) in [
        (base64("r=anothernonce,s=c2FsdA==,i=4096"), Breach::Nonce),
        (base64("s=c2FsdA=="), Breach::Expected { what: "r=", at: 0 }),
    ] {
        let outcome = with_scram(async |peer| {
            let (tag, _) = peer.command().await;
            peer.say(format!("+ {challenge}\r\n")).await;
            assert_eq!(peer.line().await, "*");
            peer.answer(&tag, "$ BAD cancelled\r\n").await;
        })
        .await;
        assert_eq!(problem(outcome, true), breach.into(), "{challenge}");
    }
}

/// A server that takes a cancelled exchange for a login has logged in nobody knows whom.
#[tokio::test(start_paused = true)]
async fn an_ok_behind_a_cancel_is_no_login() {
    let outcome = with_scram(async |peer| {
        let tag = scram_salt(peer, "1").await;
        assert_eq!(peer.line().await, "*");
        peer.answer(&tag, "$ OK hello\r\n").await;
        assert_eq!(peer.rest().await, "");
    })
    .await;
    assert_eq!(problem(outcome, false), Bound::FewIterations { asked: 1, least: 4096 }.into());
}

#[tokio::test(start_paused = true)]
async fn a_challenge_behind_a_cancel_ends_the_connection() {
    let outcome = with_scram(async |peer| {
        scram_salt(peer, "1").await;
        assert_eq!(peer.line().await, "*");
        peer.say("+ \r\n").await;
        assert_eq!(peer.rest().await, "");
    })
    .await;
    assert_eq!(problem(outcome, false), Bound::FewIterations { asked: 1, least: 4096 }.into());
}

#[tokio::test(start_paused = true)]
async fn a_server_may_end_the_exchange_half_way() {
    for answer in ["$ NO [UNAVAILABLE] later\r\n", "$ BAD what?\r\n"] {
        let outcome = with_scram(async |peer| {
            let tag = scram_asked(peer).await;
            peer.answer(&tag, answer).await;
        })
        .await;
        let failed = outcome.unwrap_err();
        assert_eq!(failed.method, Some(LoginMethod::Mechanism(SCRAM_256)));
        assert!(failed.connection.is_some());
        assert!(matches!(failed.error, Error::Refused { command, .. } if command == "AUTHENTICATE"));
    }
    for answer in ["* BYE [UNAVAILABLE] shutting down\r\n", ""] {
        let outcome = with_scram(async |peer| {
            scram_asked(peer).await;
            peer.say(answer).await;
            peer.end().await;
        })
        .await;
        let failed = outcome.unwrap_err();
        assert!(failed.connection.is_none());
        match failed.error {
            Error::Lost(Lost::Bye { .. }) => assert!(!answer.is_empty()),
            Error::Lost(Lost::Ended) => assert!(answer.is_empty()),
            other => panic!("{other:?}"),
        }
    }
    // One that says nothing any more is given up; while it waits for the client, its silence is none.
    let outcome = with_scram(async |peer| {
        scram_asked(peer).await;
        assert_eq!(peer.rest().await, "");
    })
    .await;
    let failed = outcome.unwrap_err();
    assert!(matches!(failed.error, Error::Lost(Lost::Silent { .. })), "{:?}", failed.error);
}

/// A server may take the mechanism from its list and refuse it.
#[tokio::test(start_paused = true)]
async fn a_mechanism_that_is_listed_may_be_refused() {
    let (connection, mut peer) = offering("AUTH=XOAUTH2 AUTH=LOGIN").await;
    let client = async {
        let failed = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap_err();
        assert!(matches!(failed.error, Error::Refused { .. }));
        let connection = failed.connection.unwrap();
        connection.log_in(&token(), &LoginPolicy::new()).await.unwrap()
    };
    let server = async {
        peer.exchange("AUTHENTICATE LOGIN", "$ NO unsupported authentication mechanism\r\n").await;
        let tag = peer.expect("AUTHENTICATE XOAUTH2").await;
        peer.say("+ \r\n").await;
        peer.line().await;
        peer.answer(&tag, "$ OK hello\r\n").await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn an_ok_before_everything_was_said_is_no_login() {
    for (mechanism, heard) in [(Mechanism::Plain, ""), (Mechanism::Login, "user")] {
        let (connection, mut peer) = offering(&format!("AUTH={}", mechanism.name())).await;
        let credentials = credentials();
        let policy = only(mechanism);
        let client = connection.log_in(&credentials, &policy);
        let server = async {
            let tag = peer.expect(&format!("AUTHENTICATE {}", mechanism.name())).await;
            if !heard.is_empty() {
                peer.say("+ VXNlcm5hbWU6\r\n").await;
                assert_eq!(peer.line().await, base64(heard));
            }
            peer.answer(&tag, "$ OK hello\r\n").await;
            assert_eq!(peer.rest().await, "");
        };
        assert_eq!(problem(play(client, server).await.0, false), Breach::EarlyOk.into());
    }
}

/// PLAIN has one thing to say. A server that asks for more wants another mechanism, or something else entirely.
#[tokio::test(start_paused = true)]
async fn a_challenge_that_is_not_due_cancels_the_exchange() {
    // The first one may say whatever it likes.
    for (capabilities, first) in [
        ("AUTH=PLAIN", Some("+ \r\n")),
        ("AUTH=PLAIN", Some("+\r\n")),
        ("AUTH=PLAIN", Some("+ go ahead\r\n")),
        ("AUTH=PLAIN", Some("+ bW9yZQ==\r\n")),
        ("AUTH=PLAIN SASL-IR", None),
    ] {
        let (connection, mut peer) = offering(capabilities).await;
        let client = async {
            let failed = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap_err();
            let Error::Login(error) = failed.error else { panic!("{:?}", failed.error) };
            let LoginError::Sasl(error) = *error else { panic!("{error:?}") };
            let connection = failed.connection.unwrap();
            connection.log_in(&credentials(), &LoginPolicy::new().only(LoginMethod::Command)).await.unwrap();
            error.problem
        };
        let server = async {
            let (tag, _) = peer.command().await;
            if let Some(first) = first {
                peer.say(first).await;
            }
            if first.is_some() {
                assert_eq!(peer.line().await, base64("\0user\0pass"));
            }
            peer.say("+ bW9yZQ==\r\n").await;
            assert_eq!(peer.line().await, "*");
            peer.answer(&tag, "$ BAD cancelled\r\n").await;
            peer.exchange("LOGIN user pass", "$ OK hello\r\n").await;
        };
        let (problem, ()) = play(client, server).await;
        assert_eq!(problem, Breach::Unasked.into());
    }
}

#[tokio::test(start_paused = true)]
async fn a_challenge_is_bounded() {
    let outcome = with_scram(async |peer| {
        let (tag, _) = peer.command().await;
        peer.say(format!("+ {}\r\n", base64(vec![b'x'; 8193]))).await;
        assert_eq!(peer.line().await, "*");
        peer.answer(&tag, "$ BAD cancelled\r\n").await;
    })
    .await;
    assert_eq!(problem(outcome, true), Bound::Challenge { octets: 8193, most: 8192 }.into());
    // One that is longer than any response may be ends the login as well, and is not kept.
    let outcome = with_scram(async |peer| {
        let (tag, _) = peer.command().await;
        peer.say(format!("+ {}\r\n", base64(vec![b'x'; 20 << 20]))).await;
        assert_eq!(peer.line().await, "*");
        peer.answer(&tag, "$ BAD cancelled\r\n").await;
    })
    .await;
    assert_eq!(problem(outcome, true), Bound::Challenge { octets: 8193, most: 8192 }.into());
}

/// The reason for which a token is not taken stands in a challenge, which has to be answered before the server says NO.
#[tokio::test(start_paused = true)]
async fn why_a_token_is_refused_is_told() {
    for (mechanism, answer) in [(Mechanism::XOAuth2, ""), (Mechanism::OAuthBearer, "AQ==")] {
        let offered = format!("SASL-IR AUTH={}", mechanism.name());
        let (connection, mut peer) = offering_in_pieces(&offered, 7).await;
        let client = async { connection.log_in(&token(), &LoginPolicy::new()).await.unwrap_err() };
        let server = async {
            let (tag, _) = peer.command().await;
            let json = r#"{"status":"invalid_token","scope":"mail"}"#;
            peer.say(format!("+ {}\r\n", base64(json))).await;
            assert_eq!(peer.line().await, answer);
            peer.answer(&tag, "$ NO [AUTHENTICATIONFAILED] Authentication failed.\r\n").await;
        };
        let (failed, ()) = play(client, server).await;
        let Error::Login(error) = failed.error else { panic!("{:?}", failed.error) };
        let LoginError::Refused { refusal, .. } = *error else { panic!("{error:?}") };
        let Refusal::OAuth(refusal) = *refusal else { panic!("{refusal:?}") };
        assert_eq!(refusal.status.as_deref(), Some("invalid_token"));
        assert_eq!(refusal.scope.as_deref(), Some("mail"));
        assert!(failed.connection.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn digest_md5_without_the_servers_proof_is_no_login() {
    let challenge = "realm=\"example.org\",nonce=\"abc\",qop=\"auth\",charset=utf-8,algorithm=md5-sess";
    for (end, doubt) in [("$ OK hello\r\n", Doubt::Unproved), ("", Doubt::WrongProof)] {
        let (connection, mut peer) = offering_in_pieces("AUTH=DIGEST-MD5", ROOMY).await;
        let credentials = credentials();
        let policy = only(Mechanism::DigestMd5);
        let client = connection.log_in(&credentials, &policy);
        let server = async {
            let tag = peer.expect("AUTHENTICATE DIGEST-MD5").await;
            peer.say(format!("+ {}\r\n", base64(challenge))).await;
            let answer = String::from_utf8(STANDARD.decode(peer.line().await).unwrap()).unwrap();
            assert!(answer.contains("digest-uri=\"imap/imap.example.org\""), "{answer}");
            match end {
                "" => peer.say(format!("+ {}\r\n", base64("rspauth=00000000000000000000000000000000"))).await,
                end => peer.answer(&tag, end).await,
            }
            assert_eq!(peer.rest().await, "");
        };
        assert_eq!(problem(play(client, server).await.0, false), doubt.into());
    }
}

/// The feature `gssapi` is off here: what it takes is there at the peer of that name.
#[cfg(not(feature = "gssapi"))]
#[tokio::test(start_paused = true)]
async fn a_ticket_takes_a_library() {
    let ticket = Credentials::Kerberos { act_as: None };
    let (connection, mut peer) = offering_in_pieces("AUTH=GSSAPI AUTH=PLAIN", ROOMY).await;
    let failed = connection.log_in(&ticket, &LoginPolicy::new()).await.unwrap_err();
    let Error::Login(error) = failed.error else { panic!("{:?}", failed.error) };
    assert_eq!(
        error.to_string(),
        "GSSAPI: it cannot be used here: it takes a library of the system that is not used here"
    );
    // Nothing was sent.
    let connection = failed.connection.unwrap();
    let client = async { connection.logout().await.unwrap() };
    let server = async {
        let tag = peer.expect("LOGOUT").await;
        peer.answer(&tag, "* BYE\r\n$ OK\r\n").await;
    };
    play(client, server).await;
}

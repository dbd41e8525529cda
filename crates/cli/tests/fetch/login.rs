//! Which mechanism a place asks for, and what is said when nobody gets in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::common::program::{Outcome, Run};
use crate::common::server::{Server, Talk};

/// The program at a place that names this mechanism, with `secret` as password or token.
fn with_mechanism(server: &Server, mechanism: &str) -> Run {
    let place = format!("imap://ann;AUTH={mechanism}@127.0.0.1:{}/", server.port());
    Run::new().arg("fetch").arg(place).args("--tls none --all -o -").env("TAYORI_PASSWORD", "secret")
}

/// What is said when a server that offers this plays so.
#[track_caller]
fn check(offered: &'static str, play: fn(&mut Talk), code: i32, stderr: &str) {
    let outcome = run(offered, play, |server| server.fetch("INBOX").args("--all -o -"));
    outcome.check(code, "", stderr);
}

/// The same at a place that names this mechanism.
#[track_caller]
fn check_with(mechanism: &str, offered: &'static str, play: fn(&mut Talk), code: i32, stderr: &str) {
    let outcome = run(offered, play, |server| with_mechanism(server, mechanism));
    outcome.check(code, "", stderr);
}

fn run(offered: &'static str, play: fn(&mut Talk), program: impl FnOnce(&Server) -> Run) -> Outcome {
    let server = Server::play(move |talk| {
        talk.send(format!("* OK [CAPABILITY IMAP4rev1 {offered}] ready\r\n"));
        play(talk);
        talk.expect_end();
    });
    let outcome = program(&server).run();
    server.finish();
    outcome
}

fn base64(text: impl AsRef<[u8]>) -> String {
    STANDARD.encode(text)
}

/// Hears an answer to a challenge.
#[track_caller]
fn expect_line(talk: &mut Talk, line: &str) {
    assert_eq!(String::from_utf8(talk.read_line()).unwrap(), format!("{line}\r\n"));
}

#[test]
fn each_code_has_its_own_advice() {
    for (refusal, code, hint) in [
        (
            "[AUTHENTICATIONFAILED]",
            5,
            "check user and password; many providers want an app password for programs like this one",
        ),
        ("", 5, "check user and password; many providers want an app password for programs like this one"),
        (
            "[AUTHORIZATIONFAILED]",
            5,
            "the password may be right, and the mail not open to who has it; check the user name, or ask whoever runs \
             the server",
        ),
        ("[EXPIRED]", 5, "the password has expired; set a new one where you log in otherwise"),
        (
            "[CONTACTADMIN]",
            5,
            "the server wants you to ask whoever runs it; the account may be blocked, or closed to programs like this one",
        ),
        ("[UNAVAILABLE]", 8, "the server cannot do it now; try again later"),
        (
            "[LIMIT]",
            8,
            "there are too many connections or logins of this account; close other mail programs, or try again later",
        ),
        (
            "[INUSE]",
            8,
            "somebody else has the mailbox to themselves; try again when that program is done, or close it",
        ),
        (
            "[PRIVACYREQUIRED]",
            8,
            "the server wants TLS before a login; use imaps://, or imap:// without --tls none",
        ),
        ("[SERVERBUG]", 8, "the server has a fault of its own; tell whoever runs it"),
    ] {
        // By the command, and by a mechanism.
        for (offered, command, refused) in [
            ("", "LOGIN ann secret", "LOGIN"),
            ("SASL-IR AUTH=PLAIN", "AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=", "the login with PLAIN"),
        ] {
            let server = Server::play(move |talk| {
                talk.send(format!("* OK [CAPABILITY IMAP4rev1 {offered}] ready\r\n"));
                talk.expect(command);
                let words = [refusal, "so \x1b[1mthere"].join(" ");
                talk.tagged(&format!("NO {}", words.trim_start()));
                talk.expect_end();
            });
            server.fetch("INBOX").args("--all -o -").run().check(
                code,
                "",
                &format!(
                    "error: cannot log in as ann at 127.0.0.1: the server refused {refused}\n\
                     the server said: \"so \\x1b[1mthere\"\nhint: {hint}\n"
                ),
            );
            server.finish();
        }
    }
}

#[test]
fn a_server_that_offers_nothing_usable() {
    check(
        "LOGINDISABLED AUTH=GSSAPI AUTH=NTLM",
        |_| {},
        8,
        "error: cannot log in as ann at 127.0.0.1: the server offers no way to log in that can be used here; it offers \
         GSSAPI, NTLM\n\
         hint: the server has disabled LOGIN here (LOGINDISABLED); one of these would be \
         needed: SCRAM-SHA-512, SCRAM-SHA-256, SCRAM-SHA-1, PLAIN, LOGIN, the command LOGIN\n",
    );
    check(
        "LOGINDISABLED AUTH=CRAM-MD5",
        |_| {},
        8,
        "error: cannot log in as ann at 127.0.0.1: the server offers no way to log in that can be used here; it offers \
         CRAM-MD5\n\
         hint: CRAM-MD5 is old, and used only where the place names it: USER;AUTH=CRAM-MD5@HOST; the server has disabled \
         LOGIN here (LOGINDISABLED); one of these would be needed: SCRAM-SHA-512, \
         SCRAM-SHA-256, SCRAM-SHA-1, PLAIN, LOGIN, the command LOGIN\n",
    );
    check(
        "LOGINDISABLED",
        |_| {},
        8,
        "error: cannot log in as ann at 127.0.0.1: the server offers no way to log in that can be used here; it offers \
         no mechanism at all\n\
         hint: the server has disabled LOGIN here (LOGINDISABLED); one of these would be \
         needed: SCRAM-SHA-512, SCRAM-SHA-256, SCRAM-SHA-1, PLAIN, LOGIN, the command LOGIN\n",
    );
}

#[test]
fn a_mechanism_that_the_place_names_and_the_server_lacks() {
    check_with(
        "scram-sha-256",
        "AUTH=PLAIN AUTH=LOGIN",
        |_| {},
        8,
        "error: cannot log in as ann at 127.0.0.1: the server does not offer SCRAM-SHA-256; it offers PLAIN, LOGIN\n\
         hint: leave out ;AUTH= to use the best that the server offers\n",
    );
    check_with(
        "LOGIN",
        "LOGINDISABLED AUTH=PLAIN",
        |_| {},
        8,
        "error: cannot log in as ann at 127.0.0.1: the server does not offer LOGIN; it offers PLAIN\n\
         hint: LOGIN is disabled (LOGINDISABLED); leave out ;AUTH= to use what the server has instead\n",
    );
    check_with(
        "SCRAM-SHA-256-PLUS",
        "AUTH=SCRAM-SHA-256-PLUS",
        |_| {},
        2,
        "error: cannot log in as ann at 127.0.0.1: SCRAM-SHA-256-PLUS: it cannot be used here: there is nothing known of \
         the connection that it could be bound to\n\
         hint: this mechanism needs TLS, and a certificate that it can be bound to; leave out -PLUS to do without\n",
    );
}

/// Every mechanism has its name, and those that need no password ask for none.
#[test]
fn the_mechanism_that_the_place_names_is_used() {
    let all = "SASL-IR AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=XOAUTH2 AUTH=OAUTHBEARER AUTH=EXTERNAL AUTH=ANONYMOUS";
    let port = |server: &Server| server.port();
    for (mechanism, first) in [
        ("PLAIN", "PLAIN AGFubgBzZWNyZXQ=".to_owned()),
        ("Login", "LOGIN".to_owned()),
        ("CRAM-MD5", "CRAM-MD5".to_owned()),
        ("XOAUTH2", format!("XOAUTH2 {}", base64("user=ann\x01auth=Bearer secret\x01\x01"))),
        ("OAUTHBEARER", String::new()),
        ("EXTERNAL", format!("EXTERNAL {}", base64("ann"))),
        ("ANONYMOUS", format!("ANONYMOUS {}", base64("ann"))),
    ] {
        let server = Server::play(move |talk| {
            talk.send(format!("* OK [CAPABILITY IMAP4rev1 {all}] ready\r\n"));
            let command = String::from_utf8(talk.read_command()).unwrap();
            let (tag, command) = command.trim_end().split_once(' ').unwrap();
            match mechanism {
                // It names the port.
                "OAUTHBEARER" => {
                    let message = command.strip_prefix("AUTHENTICATE OAUTHBEARER ").unwrap();
                    let message = String::from_utf8(STANDARD.decode(message).unwrap()).unwrap();
                    assert!(message.starts_with("n,a=ann,\x01host=127.0.0.1\x01port="), "{message:?}");
                    assert!(message.ends_with("\x01auth=Bearer secret\x01\x01"), "{message:?}");
                }
                _ => assert_eq!(command, format!("AUTHENTICATE {first}")),
            }
            talk.send(format!("{tag} NO [UNAVAILABLE] later\r\n"));
            talk.expect_end();
        });
        let run = with_mechanism(&server, mechanism);
        let without_password = ["EXTERNAL", "ANONYMOUS"].contains(&mechanism);
        let run = if without_password { run.env("TAYORI_PASSWORD", "") } else { run };
        let outcome = run.run();
        assert_eq!(outcome.code, 8, "{mechanism} at {}: {outcome:?}", port(&server));
        server.finish();
    }
}

#[test]
fn why_a_token_is_not_taken_is_told() {
    check_with(
        "XOAUTH2",
        "SASL-IR AUTH=XOAUTH2",
        |talk| {
            let command = talk.read_command();
            talk.send(format!(
                "+ {}\r\n",
                base64(r#"{"status":"401","schemes":"bearer","scope":"https://mail.example/"}"#)
            ));
            expect_line(talk, "");
            talk.answer(&command, "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)");
        },
        5,
        "error: cannot log in as ann at 127.0.0.1: the server refused the login with XOAUTH2: 401 (the token is not \
         valid, or not any more), the scope would be https://mail.example/\n\
         the server said: \"Invalid credentials (Failure)\"\n\
         hint: check the user; the access token may have expired, or be for something else than mail: get a new one\n",
    );
    check_with(
        "OAUTHBEARER",
        "SASL-IR AUTH=OAUTHBEARER",
        |talk| {
            let command = talk.read_command();
            talk.send(format!(
                "+ {}\r\n",
                base64("{\"status\":\"insufficient_scope\",\"scope\":\"mail\\u001b[1m\"}")
            ));
            expect_line(talk, "AQ==");
            talk.answer(&command, "NO no");
        },
        5,
        "error: cannot log in as ann at 127.0.0.1: the server refused the login with OAUTHBEARER: insufficient_scope \
         (the token is not for mail), the scope would be mail\\x1b[1m\n\
         the server said: \"no\"\n\
         hint: get an access token for that scope; the one that was sent is for something else\n",
    );
}

/// What a server sends first in SCRAM, for the client's nonce. Gives the command.
fn scram_salt(talk: &mut Talk, iterations: u32) -> Vec<u8> {
    let octets = talk.read_command();
    let command = String::from_utf8(octets.clone()).unwrap();
    let initial = command.trim_end().rsplit_once(' ').unwrap().1;
    let first = String::from_utf8(STANDARD.decode(initial).unwrap()).unwrap();
    let nonce = first.strip_prefix("n,,n=ann,r=").unwrap();
    talk.send(format!("+ {}\r\n", base64(format!("r={nonce}more,s=c2FsdA==,i={iterations}"))));
    octets
}

#[test]
fn a_server_without_proof_is_not_believed() {
    check(
        "SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN",
        |talk| {
            let command = scram_salt(talk, 4096);
            talk.read_line();
            talk.answer(&command, "OK welcome");
        },
        7,
        "error: cannot log in as ann at 127.0.0.1: SCRAM-SHA-256: the server may be an impostor: it said OK without \
         proving that it knows the password\n\
         hint: nobody is logged in, and no other way was tried: this is what somebody between here and the server looks \
         like; ask whoever runs the server, and do not log in by another mechanism before that\n",
    );
}

#[test]
fn a_server_that_breaks_the_mechanism_is_shown_nothing_else() {
    check(
        "SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN",
        |talk| {
            let command = scram_salt(talk, 1);
            expect_line(talk, "*");
            talk.answer(&command, "BAD cancelled");
        },
        8,
        "error: cannot log in as ann at 127.0.0.1: SCRAM-SHA-256: the server goes beyond a bound: 1 iterations, and \
         fewer than 4096 do not protect the password\n\
         hint: no other way was tried, since a server that wants to see the password would do just this; look at the \
         dialogue with --trace, and show it to whoever runs the server\n",
    );
}

/// Servers offer what they cannot do, where they know passwords as hashes of another kind.
#[test]
fn a_password_that_the_server_has_in_another_form() {
    for (offered, words) in [
        ("AUTH=PLAIN AUTH=LOGIN", "PLAIN"),
        // The command of that name.
        ("AUTH=EXTERNAL", "LOGIN"),
    ] {
        let server = Server::play(move |talk| {
            talk.send(format!("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256 {offered}] ready\r\n"));
            let command = talk.read_command();
            talk.answer(&command, "NO not here");
            talk.expect_end();
        });
        server.fetch("INBOX").args("--all -o -").run().check(
            5,
            "",
            &format!(
                "error: cannot log in as ann at 127.0.0.1: the server refused the login with SCRAM-SHA-256\n\
                 the server said: \"not here\"\n\
                 hint: check user and password; if both are right, the server may not have the password in the form \
                 that SCRAM-SHA-256 takes: auth = \"{words}\" in an account, or ;AUTH={words} in a place, sends it as it \
                 is\n"
            ),
        );
        server.finish();
    }
}

#[test]
fn what_scram_refuses_with_is_told() {
    for (refusal, code, hint) in [
        (
            "invalid-proof",
            5,
            "check user and password; many providers want an app password for programs like this one",
        ),
        (
            "server-does-support-channel-binding",
            7,
            "the server offers to bind the login to the connection, and that was taken from its list on the way; ask \
             whoever runs the server",
        ),
        ("no-resources", 8, "the server cannot do it now; try again later"),
    ] {
        let server = Server::play(move |talk| {
            talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256] ready\r\n");
            let command = scram_salt(talk, 4096);
            talk.read_line();
            talk.send(format!("+ {}\r\n", base64(format!("e={refusal}"))));
            expect_line(talk, "");
            talk.answer(&command, "NO no");
            talk.expect_end();
        });
        server.fetch("INBOX").args("--all -o -").run().check(
            code,
            "",
            &format!(
                "error: cannot log in as ann at 127.0.0.1: the server refused the login with SCRAM-SHA-256: \
                 \"{refusal}\"\nthe server said: \"no\"\nhint: {hint}\n"
            ),
        );
        server.finish();
    }
}

#[cfg(not(feature = "gssapi"))]
#[test]
fn tickets_take_a_feature() {
    let run = Run::new().args("status imaps://ann;AUTH=gssapi@imap.example.org/INBOX");
    run.run().check(
        2,
        "",
        "error: the place asks for the login mechanism GSSAPI, which this tayori was built without\n\
         hint: build it with --features gssapi, or leave out ;AUTH= to log in with a password\n",
    );
}

//! Where the password comes from, and how it arrives.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use bytes::Bytes;
use tayori_proto::command::{Command as Imap, ParseOptions};

use crate::common::program::{Folder, Run, TAYORI};
use crate::common::server::{Server, Talk};

const ODD: &[&str] = &[
    "secret",
    " leading and trailing ",
    "quo\"te",
    "back\\slash",
    "\\\"",
    "{5}",
    "{5+}",
    "%s $HOME `x` * (list)",
    "caf\u{e9} 便り \u{1f511}",
    "tab\tand\u{1b}escape",
    "~\\{}\"",
    "NIL",
];

/// Ends the login with a refusal: what happens after it is tried elsewhere.
fn refuse(talk: &mut Talk) {
    talk.tagged("NO enough");
    talk.expect_end();
}

/// The password in a LOGIN, as a server reads it.
fn login(octets: Vec<u8>) -> (String, Vec<u8>) {
    let tagged = Imap::parse(&Bytes::from(octets), &ParseOptions::default()).unwrap();
    match tagged.command {
        Imap::Login { password, .. } => (tagged.tag.to_string(), password.expose().to_vec()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn odd_passwords_arrive_with_login() {
    for odd in ODD {
        let server = Server::play(move |talk| {
            talk.greet();
            let (tag, password) = login(talk.read_command());
            assert_eq!(String::from_utf8(password).unwrap(), *odd);
            talk.send(format!("{tag} NO enough\r\n"));
            talk.expect_end();
        });
        let outcome = server.fetch("INBOX").args("--all -o -").env("TAYORI_PASSWORD", odd).run();
        assert_eq!(outcome.code, 5, "{outcome:?}");
        assert!(!outcome.stderr.contains(odd), "{}", outcome.stderr);
        server.finish();
    }
}

#[test]
fn odd_passwords_arrive_with_sasl() {
    for odd in ODD {
        let server = Server::play(move |talk| {
            talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
            let octets = talk.read_command();
            let tagged = Imap::parse(&Bytes::from(octets), &ParseOptions::default()).unwrap();
            let Imap::Authenticate { initial: Some(message), .. } = tagged.command else {
                panic!("{:?}", tagged.command)
            };
            assert_eq!(
                String::from_utf8(message.expose().to_vec()).unwrap(),
                format!("\0ann o'\"\\neil\0{odd}")
            );
            talk.send(format!("{} NO enough\r\n", tagged.tag));
            talk.expect_end();
        });
        let outcome = Run::new()
            .arg("fetch")
            .arg(format!("imap://ann%20o'%22%5cneil@127.0.0.1:{}/", server.port()))
            .args("--tls none --all -o -")
            .env("TAYORI_PASSWORD", odd)
            .run();
        assert_eq!(outcome.code, 5, "{outcome:?}");
        server.finish();
    }
}

#[test]
fn sasl_without_an_initial_response() {
    let server = Server::play(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] ready\r\n");
        talk.expect("AUTHENTICATE PLAIN");
        talk.send("+ \r\n");
        // NUL ann NUL secret
        assert_eq!(talk.read_line(), b"AGFubgBzZWNyZXQ=\r\n");
        refuse(talk);
    });
    assert_eq!(server.fetch("INBOX").args("--all -o -").run().code, 5);
    server.finish();
}

fn expect_secret() -> Server {
    Server::play(|talk| {
        talk.greet();
        talk.expect("LOGIN ann secret");
        refuse(talk);
    })
}

#[test]
fn from_a_command() {
    let server = expect_secret();
    let run = server.fetch("INBOX").args("--all -o - --password-command").arg("echo secret; echo more");
    assert_eq!(run.env("TAYORI_PASSWORD", "not this one").run().code, 5);
    server.finish();

    let outcome = nowhere().arg("--password-command").arg("echo secret; exit 3").run();
    outcome.check(
        2,
        "",
        "error: the password command failed: exit status: 3\nhint: run it by hand to see what is wrong\n",
    );
    let outcome = nowhere().arg("--password-command").arg("true").run();
    outcome.check(
        2,
        "",
        "error: the password from the command is empty\nhint: the password is the first line\n",
    );
}

#[test]
fn from_a_file_that_is_private() {
    let folder = Folder::new();
    let file = folder.write("secret file", "secret\nsecond line\n");
    let with = |mode: u32, run: Run| {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        run.arg("--password-file").arg(&file).folder(&folder).run()
    };
    let server = expect_secret();
    assert_eq!(with(0o600, server.fetch("INBOX").args("--all -o -")).code, 5);
    server.finish();

    for mode in [0o644, 0o640, 0o660] {
        with(mode, nowhere()).check(
            2,
            "",
            &format!(
                "error: the password file DIR/secret file is open to other users (mode {mode:04o})\n\
                 hint: chmod 600 'DIR/secret file'\n"
            ),
        );
    }
    nowhere().args("--password-file missing").folder(&folder).run().check(
        2,
        "",
        "error: the password file missing could not be read: No such file or directory (os error 2)\n\
         hint: check the path, and who may read it\n",
    );
}

#[test]
fn from_the_environment() {
    nowhere().env("TAYORI_PASSWORD", "").run().check(
        2,
        "",
        "error: the password in TAYORI_PASSWORD is empty\nhint: unset it to be asked for the password\n",
    );
    nowhere().env("TAYORI_PASSWORD", "a\nb").run().check(
        2,
        "",
        "error: the password in TAYORI_PASSWORD holds LF, which IMAP cannot carry in a password\n",
    );
}

/// Without a terminal there is nobody to ask.
#[test]
fn nobody_to_ask() {
    let mut alone = Command::new("setsid");
    alone.arg("-w").arg(TAYORI);
    let outcome = Run::through(alone)
        .without_env("TAYORI_PASSWORD")
        .args("fetch imap://ann@127.0.0.1:1/INBOX --tls none --all -o -")
        .run();
    outcome.check(
        2,
        "",
        "error: a password is needed, and there is no terminal to ask for it\n\
         hint: give --password-command or --password-file, or set the environment variable TAYORI_PASSWORD\n",
    );
}

/// Would say "cannot reach" with code 7 if it came that far.
fn nowhere() -> Run {
    Run::new().args("fetch imap://ann@127.0.0.1:1/INBOX --tls none --all -o -")
}

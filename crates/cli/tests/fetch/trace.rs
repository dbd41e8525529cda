//! `--trace` and `--trace-file`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::FIRST;
use crate::common::program::Folder;
use crate::common::server::{Server, Talk};

/// Times and tags differ from run to run; their form does not.
fn plain(trace: &str) -> String {
    let mut out = String::new();
    let mut prefix = None;
    for line in trace.lines() {
        let (time, rest) = line.split_once(' ').unwrap();
        let (seconds, millis) = time.split_once('.').unwrap();
        assert!(
            seconds.parse::<u32>().is_ok() && millis.len() == 3 && millis.parse::<u32>().is_ok(),
            "{line}"
        );
        if let (None, Some(command)) = (&prefix, rest.strip_prefix("C: ")) {
            prefix = Some(command.split_once(".1 ").unwrap().0.to_owned());
        }
        let rest = prefix.as_deref().map_or(rest.to_owned(), |prefix| rest.replace(prefix, "T"));
        out += &rest;
        out.push('\n');
    }
    // What the server says to the logout is not waited for; it may be heard or not.
    match out.split_once("C: T.4 LOGOUT\n") {
        Some((before, after)) => {
            assert!("S: * BYE see you\nS: T.4 OK done\n".starts_with(after), "{after}");
            format!("{before}C: T.4 LOGOUT\n")
        }
        None => out,
    }
}

const REST: &str = "\
C: T.2 EXAMINE INBOX
S: * FLAGS (\\Answered \\Seen)
S: * 1 EXISTS
S: * OK [UIDVALIDITY 59] valid
S: * OK [PERMANENTFLAGS (\\Answered \\Seen)] kept
S: T.2 OK [READ-ONLY] opened
C: T.3 FETCH 1 (UID RFC822.SIZE BODY.PEEK[])
S: * 1 FETCH (UID 10 RFC822.SIZE 24 BODY[] {24} <24 octets: Subject: one\\x0d\\x0a\\x0d\\x0aFirst.\\x0d\\x0a>)
S: T.3 OK done \\x1b[31m
C: T.4 LOGOUT
";

fn rest(talk: &mut Talk) {
    talk.tagged("OK [CAPABILITY IMAP4rev1] logged in");
    talk.examine("INBOX", 1);
    talk.expect_fetch("1");
    talk.row(1, 10, FIRST);
    talk.tagged("OK done \x1b[31m");
    talk.log_out();
}

fn check(server: Server, password: &str, expected: &str) {
    let run = server.fetch("INBOX").args("--all -o - --trace").env("TAYORI_PASSWORD", password);
    let outcome = run.run();
    server.finish();
    assert_eq!((outcome.code, outcome.stdout.as_slice()), (0, FIRST), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains(password), "{}", outcome.stderr);
    assert_eq!(plain(&outcome.stderr), format!("{expected}{REST}"));
}

#[test]
fn the_dialogue_with_a_quoted_password() {
    let server = Server::play(|talk| {
        talk.greet();
        talk.expect("LOGIN ann \"sec ret\"");
        rest(talk);
    });
    check(
        server,
        "sec ret",
        "S: * OK [CAPABILITY IMAP4rev1] ready\n\
         C: T.1 LOGIN \"ann\" ***\n\
         S: T.1 OK [CAPABILITY IMAP4rev1] logged in\n",
    );
}

#[test]
fn the_dialogue_with_a_password_as_a_literal() {
    let server = Server::play(|talk| {
        talk.greet();
        talk.expect("LOGIN ann {8}\r\ngeheimé");
        rest(talk);
    });
    check(
        server,
        "geheimé",
        "S: * OK [CAPABILITY IMAP4rev1] ready\n\
         C: T.1 LOGIN \"ann\" ***\n\
         S: + go on\n\
         C: ***\n\
         S: T.1 OK [CAPABILITY IMAP4rev1] logged in\n",
    );
}

#[test]
fn the_dialogue_with_sasl() {
    let server = Server::play(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
        talk.expect("AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=");
        rest(talk);
    });
    check(
        server,
        "secret",
        "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\n\
         C: T.1 AUTHENTICATE PLAIN ***\n\
         S: T.1 OK [CAPABILITY IMAP4rev1] logged in\n",
    );
    let server = Server::play(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] ready\r\n");
        talk.expect("AUTHENTICATE PLAIN");
        talk.send("+ \r\n");
        assert_eq!(talk.read_line(), b"AGFubgBzZWNyZXQ=\r\n");
        rest(talk);
    });
    check(
        server,
        "secret",
        "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] ready\n\
         C: T.1 AUTHENTICATE PLAIN\n\
         S: + \n\
         C: ***\n\
         S: T.1 OK [CAPABILITY IMAP4rev1] logged in\n",
    );
}

#[test]
fn a_long_literal_is_shortened() {
    let server = Server::mailbox(1, |talk| {
        talk.expect_fetch("1");
        talk.row(1, 10, vec![b'x'; 200_000]);
        talk.tagged("OK done");
    });
    let outcome = server.fetch("INBOX").args("--all -o - --trace").run();
    server.finish();
    let row =
        plain(&outcome.stderr).lines().find(|line| line.starts_with("S: * 1 FETCH")).unwrap().to_owned();
    assert_eq!(row, format!("S: * 1 FETCH (UID 10 RFC822.SIZE 200000 BODY[] {{200000}} <200000 octets>",));
}

#[test]
fn into_a_private_file() {
    let server = Server::play(|talk| {
        talk.greet();
        talk.expect("LOGIN ann secret");
        rest(talk);
    });
    let folder = Folder::new();
    server.fetch("INBOX").args("--all -o - --trace-file log").folder(&folder).run().check(0, FIRST, "");
    server.finish();
    let trace = fs::read_to_string(folder.at("log")).unwrap();
    let start = "S: * OK [CAPABILITY IMAP4rev1] ready\n\
                 C: T.1 LOGIN \"ann\" ***\n\
                 S: T.1 OK [CAPABILITY IMAP4rev1] logged in\n";
    assert_eq!(plain(&trace), format!("{start}{REST}"));
    assert_eq!(fs::metadata(folder.at("log")).unwrap().permissions().mode() & 0o777, 0o600);

    // Not a second time: it could be somebody's mail.
    let run = |file: &str| {
        let run =
            crate::common::program::Run::new().args("fetch imap://ann@127.0.0.1:1/ --tls none --all -o -");
        run.args("--trace-file").arg(file).folder(&folder).run()
    };
    run("log").check(
        9,
        "",
        "error: could not create the trace file log: File exists (os error 17)\n\
         hint: it is there already and is not overwritten; remove it or choose another name\n",
    );
    run("missing/log").check(
        9,
        "",
        "error: could not create the trace file missing/log: No such file or directory (os error 2)\n",
    );
    assert_eq!(fs::read_to_string(folder.at("log")).unwrap(), trace);
}

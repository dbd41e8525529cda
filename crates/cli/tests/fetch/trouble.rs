//! What goes wrong on the way and at the other end.

use crate::common::program::{Folder, Run};
use crate::common::server::{Server, Talk};
use crate::{FIRST, SECOND};

#[test]
fn a_host_that_does_not_exist() {
    let outcome = Run::new().args("fetch imaps://ann@mail.invalid/INBOX --all -o -").run();
    assert_eq!(outcome.code, 7);
    assert_eq!(outcome.stdout, b"");
    // How the look-up fails is the system's affair.
    let mut lines = outcome.stderr.lines();
    let first = lines.next().unwrap();
    assert!(first.starts_with("error: cannot reach mail.invalid port 993: "), "{first}");
    assert_eq!(
        lines.collect::<Vec<_>>(),
        ["hint: check the host name and the port, and whether you are online"]
    );
}

#[test]
fn a_port_where_nobody_is() {
    // Not a port that was free a moment ago: by now it may be that of another test.
    let outcome = Run::new().args("fetch imap://ann@127.0.0.1:1/INBOX --tls none --all -o -").run();
    outcome.check(
        7,
        "",
        "error: cannot reach 127.0.0.1 port 1: Connection refused (os error 111)\n\
         hint: check the host name and the port, and whether you are online\n",
    );
}

#[test]
fn a_server_that_says_nothing() {
    let silent = |talk: &mut Talk| talk.expect_end();
    let server = Server::play(silent);
    server.fetch("INBOX").args("--all -o - --timeout 1").run().check(
        7,
        "",
        "error: no IMAP from 127.0.0.1 port PORT: the connection is lost: the server said nothing for 1 second\n\
         hint: check the port: 993 is for imaps://, 143 for imap://; --timeout SECONDS waits longer\n",
    );
    server.finish();
}

#[test]
fn a_server_that_speaks_something_else() {
    let server = Server::play(|talk| {
        talk.send("220 mail.example.org ESMTP \x07\r\n");
        talk.expect_end();
    });
    let outcome = server.fetch("INBOX").args("--all -o -").run();
    assert_eq!(outcome.code, 8, "{outcome:?}");
    server.finish();
}

#[test]
fn no_starttls_no_password() {
    let server = Server::play(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1] ready\r\n");
        talk.expect("STARTTLS");
        talk.tagged("BAD what");
        talk.expect_end();
    });
    let outcome = Run::new().arg("fetch").arg(server.place("INBOX")).args("--all -o -").run();
    assert_eq!(outcome.code, 8, "{outcome:?}");
    assert!(
        outcome.stderr.contains(
            "hint: nothing was sent in the clear; use imaps:// if the server has it, or ask who runs the server\n"
        ),
        "{}",
        outcome.stderr
    );
    server.finish();
}

#[test]
fn a_wrong_password() {
    let server = Server::play(|talk| {
        talk.greet();
        talk.expect("LOGIN ann secret");
        talk.tagged("NO [AUTHENTICATIONFAILED] \x1b]0;title\x07 wrong \u{202e}password\x7f");
        talk.expect_end();
    });
    server.fetch("INBOX").args("--all -o -").run().check(
        5,
        "",
        "error: cannot log in as ann at 127.0.0.1: the server refused LOGIN\n\
         the server said: \"\\x1b]0;title\\x07 wrong \\u{202e}password\\x7f\"\n\
         hint: check user and password; many providers want an app password for programs like this one\n",
    );
    server.finish();
}

/// A script that takes code 5 for a wrong password must not be told so by a server that is only busy.
#[test]
fn a_server_that_cannot_do_it_now() {
    let server = Server::play(|talk| {
        talk.greet();
        talk.expect("LOGIN ann secret");
        talk.tagged("NO [UNAVAILABLE] no user database");
        talk.expect_end();
    });
    server.fetch("INBOX").args("--all -o -").run().check(
        8,
        "",
        "error: cannot log in as ann at 127.0.0.1: the server refused LOGIN\n\
         the server said: \"no user database\"\n\
         hint: the server cannot do it now; try again later\n",
    );
    server.finish();

    let server = Server::play(|talk| {
        talk.log_in();
        talk.expect("EXAMINE INBOX");
        talk.tagged("NO [INUSE] locked");
        talk.log_out();
    });
    server.fetch("INBOX").args("--all -o -").run().check(
        8,
        "",
        "error: cannot open the mailbox INBOX: the server refused EXAMINE\n\
         the server said: \"locked\"\n\
         hint: close other connections to this account, or try again later\n",
    );
    server.finish();
}

#[test]
fn no_such_mailbox() {
    for answer in ["NO [NONEXISTENT] none of that name", "NO none of that name"] {
        let server = Server::play(move |talk| {
            talk.log_in();
            talk.expect("EXAMINE \"a \\\"b\"");
            talk.tagged(answer);
            talk.log_out();
        });
        server.fetch("a%20%22b").args("--all -o -").run().check(
            6,
            "",
            "error: cannot open the mailbox a \"b: the server refused EXAMINE\n\
             the server said: \"none of that name\"\nhint: tayori list shows the mailboxes\n",
        );
        server.finish();
    }
}

#[test]
fn a_literal_that_is_shorter_than_announced() {
    let server = Server::play(|talk| {
        talk.log_in();
        talk.examine("INBOX", 1);
        talk.expect_fetch("1");
        talk.send("* 1 FETCH (UID 10 BODY[] {100000}\r\nhello)\r\n");
        talk.tagged("OK done");
        talk.expect_end();
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--all -o mail.eml --timeout 1").folder(&folder).run();
    assert_eq!(outcome.code, 7);
    assert!(
        outcome
            .stderr
            .starts_with("error: UID 10: the connection is lost: the server said nothing for 1 second, ")
            && outcome.stderr.contains(" of 100000 announced octets of a literal had come\n"),
        "{}",
        outcome.stderr
    );
    server.finish();
    folder.check_files("", &[]);
}

#[test]
fn a_literal_that_is_longer_than_announced() {
    // What follows cannot be told from mail: nothing is believed up to the end of the command. Then the mailbox is
    // opened again, and each message is asked for alone.
    for row in [
        "(UID 10 BODY[] {5}\r\nhello world)",
        "(UID 10 BODY[] {5}\r\nhello, world)",
        "(UID 10 BODY[] {5}\r\nhello)(((world)",
        "(BODY[] {5}\r\nhello world UID 10)",
        "(UID 10 BODY[] {5}\r\nhello\r\nworld)",
    ] {
        let server = Server::play(move |talk| {
            talk.log_in();
            talk.examine("INBOX", 2);
            talk.expect_fetch("1:2");
            let forged = "* 2 FETCH (UID 777 BODY[] {6}\r\nforged)\r\n";
            talk.send(format!("* 1 FETCH {row}\r\n{forged}"));
            talk.tagged("OK done");
            talk.examine("INBOX", 2);
            talk.expect("FETCH 1:2 (UID RFC822.SIZE)");
            talk.send("* 1 FETCH (UID 10 RFC822.SIZE 11)\r\n* 2 FETCH (UID 20 RFC822.SIZE 5)\r\n");
            talk.tagged("OK done");
            // Where the row said its UID, its message has failed already.
            if !row.starts_with("(UID 10") {
                talk.expect_uid_fetch("10");
                talk.send(format!("* 1 FETCH {row}\r\n{forged}"));
                talk.tagged("OK done");
            }
            talk.expect_uid_fetch("20");
            talk.row(2, 20, SECOND);
            talk.tagged("OK done");
            talk.log_out();
        });
        let folder = Folder::new();
        let outcome = server.fetch("INBOX").args("--all -o .").folder(&folder).run();
        server.finish();
        assert_eq!(outcome.code, 4, "{row} {outcome:?}");
        assert!(outcome.stderr.contains("the server announced a wrong size"), "{row} {outcome:?}");
        folder.check_files("", &[("20.eml", SECOND)]);
    }
}

/// Words that make up items by chance keep the connection, and the message is not kept.
#[test]
fn a_literal_that_is_longer_than_announced_by_two_words() {
    let server = Server::mailbox(2, |talk| {
        talk.expect_fetch("1:2");
        talk.send("* 1 FETCH (UID 10 RFC822.SIZE 15 BODY[] {5}\r\nhello new world)\r\n");
        talk.row(2, 20, SECOND);
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--all -o .").folder(&folder).run();
    server.finish();
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(outcome.stderr.contains("10: the server"), "{outcome:?}");
    folder.check_files("", &[("20.eml", SECOND)]);
}

/// At any moment the server may go, with a word or without.
#[test]
fn bye_at_any_moment() {
    for moment in 0..7 {
        for words in ["* BYE [UNAVAILABLE] going \x1bdown\r\n", ""] {
            let server = Server::play(move |talk| {
                let _ = until(talk, moment);
                talk.send_to_whom_it_may_concern(words);
                talk.cut();
            });
            let folder = Folder::new();
            let outcome = server.fetch("INBOX").args("--all -o .").folder(&folder).run();
            server.finish();
            let complete = moment >= 5;
            assert_eq!(outcome.code, if complete { 4 } else { 7 }, "{moment} {words:?} {outcome:?}");
            // In the middle of a row or of a message the words are part of that.
            let heard = !words.is_empty() && moment != 4 && moment != 6;
            let said = outcome.stderr.contains("the server said: \"going \\x1bdown\"\n");
            assert_eq!(said, heard, "{moment} {words:?} {}", outcome.stderr);
            assert!(outcome.stderr.contains("hint: "), "{}", outcome.stderr);
            let files: &[(&str, &[u8])] = if complete { &[("10.eml", FIRST)] } else { &[] };
            folder.check_files("", files);
        }
    }
}

/// Plays the session of two mails up to the n-th moment.
fn until(talk: &mut Talk, moment: usize) -> Option<()> {
    let mut left = moment;
    let mut go_on = || left.checked_sub(1).map(|less| left = less);
    go_on()?;
    talk.greet();
    go_on()?;
    talk.expect("LOGIN ann secret");
    go_on()?;
    talk.tagged("OK [CAPABILITY IMAP4rev1] logged in");
    talk.examine("INBOX", 2);
    go_on()?;
    talk.expect_fetch("1:2");
    talk.send("* 1 FETCH (UID 10");
    go_on()?;
    talk.send(" BODY[] {24}\r\n");
    talk.send(FIRST);
    talk.send(")\r\n");
    go_on()?;
    talk.send("* 2 FETCH (UID 20 BODY[] {100000}\r\n");
    talk.send(vec![b'x'; 70_000]);
    Some(())
}

/// Servers that cannot read one message refuse the whole command: what is missing then is asked for one by one.
#[test]
fn a_fetch_that_is_refused_after_some_rows() {
    let server = Server::mailbox(4, |talk| {
        talk.expect_fetch("1:4");
        talk.row(1, 10, FIRST);
        talk.tagged("NO [SERVERBUG] out of luck");
        let size = FIRST.len();
        let all = [(1, 10, size), (2, 20, size), (3, 30, size), (4, 40, size)];
        talk.expect_listing("FETCH 1:4", &all);
        talk.expect_uid_fetch("20");
        talk.tagged("NO [SERVERBUG] cannot read \x07it");
        talk.expect_uid_fetch("30");
        talk.row(3, 30, FIRST);
        talk.tagged("OK done");
        talk.expect_uid_fetch("40");
        talk.tagged("BAD no");
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--all -o .").folder(&folder).run();
    outcome.check(
        4,
        "",
        "error: UID 20: the server refused UID FETCH\nthe server said: \"cannot read \\x07it\"\n\
         error: UID 40: the server refused UID FETCH\nthe server said: \"no\"\n",
    );
    server.finish();
    folder.check_files("", &[("10.eml", FIRST), ("30.eml", FIRST)]);

    // Of one message that is refused there is nothing more to find out.
    let server = Server::mailbox(1, |talk| {
        talk.expect_fetch("1");
        talk.tagged("BAD no");
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--all -o .").folder(&folder).run();
    outcome.check(8, "", "error: the server refused FETCH\nthe server said: \"no\"\n");
    server.finish();
    folder.check_files("", &[]);
}

/// A server that refuses everything is not asked a hundred thousand times.
#[test]
fn a_server_that_refuses_every_message() {
    let server = Server::mailbox(60, |talk| {
        talk.expect_fetch("1:60");
        talk.tagged("NO not today");
        let all: Vec<_> = (1..=60).map(|n| (n, n, 5)).collect();
        talk.expect_listing("FETCH 1:60", &all);
        for uid in 1..=20 {
            talk.expect_uid_fetch(&uid.to_string());
            talk.tagged("NO not today");
        }
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--all -o .").folder(&folder).run();
    server.finish();
    let said = "the server refused UID FETCH\nthe server said: \"not today\"\n";
    let each: String = (1..=20).map(|uid| format!("error: UID {uid}: {said}")).collect();
    outcome.check(8, "", &format!("{each}error: {said}"));
    folder.check_files("", &[]);
}

#[test]
fn a_long_answer_is_cut() {
    let server = Server::play(|talk| {
        talk.greet();
        talk.expect("LOGIN ann secret");
        talk.tagged(&format!("NO {}", "x".repeat(5_000)));
        talk.expect_end();
    });
    let outcome = server.fetch("INBOX").args("--all -o -").run();
    assert_eq!(outcome.code, 5);
    let said = outcome.stderr.lines().nth(1).unwrap();
    assert_eq!(said, format!("the server said: \"{}...\"", "x".repeat(400)));
    server.finish();
}

//! Literals: from files, typed, refused.

use crate::common::program::{Folder, Outcome};
use crate::common::server::{Server, Talk};
use crate::dialogues::shell;
use crate::{at, dialogue};

fn play(
    entries: &[&str],
    files: &[(&str, &str)],
    script: impl FnOnce(&mut Talk) + Send + 'static,
) -> Outcome {
    let folder = Folder::new();
    for (name, content) in files {
        folder.write(name, content);
    }
    let server = Server::play(script);
    let outcome = at(shell(&folder, entries), &server.place("")).run();
    server.finish();
    outcome
}

#[test]
fn a_file_is_sent_when_the_server_asks_for_it() {
    let outcome = play(&["APPEND INBOX (\\Seen) {< a mail.eml}"], &[("a mail.eml", "a\r\nb\0")], |talk| {
        talk.greet();
        assert_eq!(talk.read_line(), b"a1 APPEND INBOX (\\Seen) {5}\r\n");
        talk.send("* 3 EXISTS\r\n+ go on\r\n");
        assert_eq!(talk.read_line(), b"a\r\n");
        assert_eq!(talk.read_line(), b"b\0\r\n");
        talk.send("a1 OK stored\r\n");
        talk.expect_end();
    });
    assert_eq!(
        dialogue(&outcome.stdout),
        "C: a1 APPEND INBOX (\\Seen) {5}\nS:   * 3 EXISTS\nS:   + go on\nC: <5 octets of a mail.eml>\nS: a1 OK stored\n"
    );
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

#[test]
fn it_is_sent_at_once_where_the_server_takes_that() {
    let large = "x".repeat(300_000);
    let size = large.len();
    let outcome = play(&["APPEND INBOX {< a} {< b}"], &[("a", &large), ("b", "")], move |talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 LITERAL-] ready\r\n");
        assert_eq!(talk.read_line(), format!("a1 APPEND INBOX {{{size}}}\r\n").as_bytes());
        talk.send("+ go on\r\n");
        assert_eq!(talk.read_line(), format!("{} {{0+}}\r\n", "x".repeat(size)).as_bytes());
        assert_eq!(talk.read_line(), b"\r\n");
        talk.send("a1 OK stored\r\n");
        talk.expect_end();
    });
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

#[test]
fn a_literal_that_is_refused_is_not_sent() {
    let outcome =
        play(&["APPEND nowhere {< a}", "SEARCH TEXT {3}", "abc", "NOOP"], &[("a", "abc")], |talk| {
            talk.greet();
            assert_eq!(talk.read_line(), b"a1 APPEND nowhere {3}\r\n");
            talk.send("a1 NO [TRYCREATE] nowhere\r\n");
            assert_eq!(talk.read_line(), b"a2 SEARCH TEXT {3}\r\n");
            talk.send("a2 BAD not now\r\n");
            // What was typed for the literal is no command.
            assert_eq!(talk.read_line(), b"a3 NOOP\r\n");
            talk.send("a3 OK done\r\n");
            talk.expect_end();
        });
    assert_eq!(outcome.code, 12, "{}", outcome.stderr);
}

#[test]
fn what_cannot_be_read_is_not_sent() {
    let outcome =
        play(&["APPEND INBOX {< none}", "APPEND INBOX {< .}", "APPEND INBOX {< a", "NOOP"], &[], |talk| {
            talk.greet();
            assert_eq!(talk.read_line(), b"a1 NOOP\r\n");
            talk.send("a1 OK done\r\n");
            talk.expect_end();
        });
    let errors: Vec<&str> = outcome.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(errors[0].starts_with("error: cannot read none: "), "{errors:?}");
    assert!(errors[1].starts_with("error: cannot read .: "), "{errors:?}");
    assert_eq!(errors[2], "error: the place for a file is not closed");
    assert_eq!(outcome.code, 9);
}

/// The server waits for octets that are not there any more.
#[test]
fn a_file_that_becomes_shorter_ends_the_connection() {
    let folder = Folder::new();
    let path = folder.write("a", "0123456789");
    let server = Server::play(move |talk| {
        talk.greet();
        assert_eq!(talk.read_line(), b"a1 APPEND INBOX {10}\r\n");
        std::fs::write(path, "0123").unwrap();
        talk.send("+ go on\r\n");
        assert_eq!(talk.read_line(), b"0123");
    });
    let entries = ["APPEND INBOX {< a}", "NOOP"];
    let outcome = at(shell(&folder, &entries), &server.place("")).run();
    server.finish();
    assert!(
        outcome.stderr.contains("error: a cannot be sent to its end: it has become shorter\n"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.code, 7);
}

#[test]
fn what_is_wrong_is_sent_as_it_is_with_a_warning() {
    let outcome = play(&["SELECT", "FETCH 0 FLAGS", "SEARCH TEXT \"a"], &[], |talk| {
        talk.greet();
        for line in [&b"a1 SELECT\r\n"[..], b"a2 FETCH 0 FLAGS\r\n", b"a3 SEARCH TEXT \"a\r\n"] {
            assert_eq!(talk.read_line(), line);
            talk.send([&line[..2], b" BAD what\r\n"].concat());
        }
        talk.expect_end();
    });
    assert_eq!(
        outcome.stderr.lines().filter(|line| line.starts_with("warning: ")).count(),
        3,
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.code, 12);
}

/// What is typed ends before the literal that it announces, or before the rest of the line behind it.
#[test]
fn a_command_without_an_end_is_said_to_be_missing() {
    for entries in [
        &["NOOP", "SEARCH TEXT {9}", "abc"][..],
        &["NOOP", "SEARCH TEXT {3}"],
        &["NOOP", "APPEND x {5}", "abc"],
    ] {
        let outcome = play(entries, &[], |talk| {
            talk.greet();
            assert_eq!(talk.read_line(), b"a1 NOOP\r\n");
            talk.send("a1 OK done\r\n");
            talk.expect_end();
        });
        assert_eq!(
            (outcome.code, &outcome.stderr[..]),
            (
                2,
                "error: the last command was not sent: it has no end\n\
                 hint: its literal is longer than what was typed\n"
            ),
            "{entries:?}"
        );
    }
}

/// Whoever has announced octets without a wait has to send them, whatever the server says meanwhile; and that is the
/// answer.
#[test]
fn an_answer_may_come_before_the_end_of_a_literal() {
    let large = "x".repeat(2_000_000);
    let outcome = play(&["APPEND INBOX {< a}", "NOOP"], &[("a", &large)], |talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 LITERAL+] ready\r\n");
        assert_eq!(talk.read_line(), b"a1 APPEND INBOX {2000000+}\r\n");
        talk.send("a1 NO [TOOBIG] no\r\n");
        assert_eq!(talk.read_line().len(), 2_000_002);
        assert_eq!(talk.read_line(), b"a2 NOOP\r\n");
        talk.send("a2 OK done\r\n");
        talk.expect_end();
    });
    assert_eq!(outcome.code, 11, "{}", outcome.stderr);
}

//! AUTHENTICATE, step by step.

use crate::common::program::Folder;
use crate::common::server::Server;
use crate::dialogues::shell;
use crate::store::Host;
use crate::{at, dialogue};

/// The lines of the client behind `AUTHENTICATE`, for these challenges; then the server says `answer`.
#[track_caller]
fn check(
    entries: &[&str],
    challenges: &'static [&'static str],
    answer: &'static str,
    expected: &[&str],
    stdout: &str,
) {
    let (said, heard) = std::sync::mpsc::channel();
    let server = Server::play(move |talk| {
        talk.greet();
        talk.read_line();
        for challenge in challenges {
            talk.send(format!("+ {challenge}\r\n"));
            said.send(String::from_utf8(talk.read_line()).unwrap()).unwrap();
        }
        talk.send(format!("a1 {answer}\r\n"));
        talk.expect_end();
    });
    let folder = Folder::new();
    let outcome = at(shell(&folder, entries), &server.place("")).run();
    server.finish();
    let expected: Vec<String> = expected.iter().map(|line| format!("{line}\r\n")).collect();
    assert_eq!(heard.iter().collect::<Vec<_>>(), expected, "{}", outcome.stderr);
    assert_eq!(dialogue(&outcome.stdout), stdout, "{}", outcome.stderr);
}

#[test]
fn the_two_simple_mechanisms_are_answered_by_themselves() {
    check(
        &["AUTHENTICATE PLAIN", "?"],
        &[""],
        "OK in",
        // \0ann\0secret
        &["AGFubgBzZWNyZXQ="],
        "C: a1 AUTHENTICATE PLAIN\nS:   +   ~ an empty challenge\nC: ***\nS: a1 OK in\n",
    );
    check(
        &["AUTHENTICATE login", "?", "?"],
        &["VXNlciBOYW1lAA==", "UGFzc3dvcmQA"],
        "OK in",
        &["YW5u", "c2VjcmV0"],
        "C: a1 AUTHENTICATE login\nS:   + VXNlciBOYW1lAA==  ~ \"User Name\\x00\"\nC: ***\n\
         S:   + UGFzc3dvcmQA  ~ \"Password\\x00\"\nC: ***\nS: a1 OK in\n",
    );
}

#[test]
fn an_answer_is_text_or_base64_or_nothing() {
    check(
        &["AUTHENTICATE X-ONE", "\\0a\\x00{?}\\\\", "=dGVzdA==", "", "*"],
        &["", "eA==", "eA==", "not base64"],
        "BAD cancelled",
        &["AGEAc2VjcmV0XA==", "dGVzdA==", "", "*"],
        "C: a1 AUTHENTICATE X-ONE\nS:   +   ~ an empty challenge\nC: ***\nS:   + eA==  ~ \"x\"\nC: ***\n\
         S:   + eA==  ~ \"x\"\nC: ***\nS:   + not base64\nC: *\nS: a1 BAD cancelled\n",
    );
}

#[test]
fn without_an_answer_it_is_cancelled() {
    check(
        &["AUTHENTICATE X-TWO"],
        &["eA=="],
        "BAD cancelled",
        &["*"],
        "C: a1 AUTHENTICATE X-TWO\nS:   + eA==  ~ \"x\"\nC: *\nS: a1 BAD cancelled\n",
    );
    check(
        &["AUTHENTICATE X-THREE", "?"],
        &["eA=="],
        "BAD cancelled",
        &["*"],
        "C: a1 AUTHENTICATE X-THREE\nS:   + eA==  ~ \"x\"\nC: *\nS: a1 BAD cancelled\n",
    );
}

#[test]
fn a_server_lets_them_in() {
    let host = Host::start();
    let folder = Folder::new();
    for entries in [&["AUTHENTICATE PLAIN", "?"][..], &["AUTHENTICATE PLAIN AGFubgBzZWNyZXQ="]] {
        let mut entries = entries.to_vec();
        entries.push("SELECT INBOX");
        let outcome = at(shell(&folder, &entries), &host.place("")).run();
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    }
}

//! What comes out where there is no terminal: the dialogue on stdout, all else on stderr, the worst answer as exit
//! code.

use crate::common::program::{Folder, Run, TAYORI};
use crate::common::server::Server;
use crate::dialogues::{given, shell};
use crate::store::Host;
use crate::{at, dialogue};

#[test]
fn a_whole_dialogue_is_shown() {
    let server = Server::play(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1] ready\x1b[2J\r\n");
        assert_eq!(talk.read_line(), b"a1 LOGIN ann \"secret\"\r\n");
        talk.send("a1 OK in\r\n");
        assert_eq!(talk.read_line(), b"x7 list \"\" Entw&APw-rfe\r\n");
        talk.send("* LIST (\\Drafts) \"/\" Entw&APw-rfe\r\nx7 OK that is all\r\n");
        assert_eq!(talk.read_line(), b"a2 FETCH 1 (ENVELOPE BODY[1])\r\n");
        talk.send(
            "* 1 FETCH (ENVELOPE (NIL \"=?utf-8?q?Gr=C3=BC=C3=9Fe?=\" NIL NIL NIL NIL NIL NIL NIL NIL) \
             BODY[1] {7}\r\none\r\ntw)\r\n* 5 EXISTS\r\na2 OK fetched\r\n",
        );
        assert_eq!(talk.read_line(), b"a3 NOOP\r\n");
        talk.send("* 2 FETCH (BODY[1] {3}\r\n=?=)\r\na3 NO not now\r\n");
        talk.expect_end();
    });
    let folder = Folder::new();
    let entries = [
        "# what is typed",
        "LOGIN ann {?}",
        "x7 list \"\" Entw&APw-rfe",
        "FETCH 1 (ENVELOPE BODY[1])",
        ".open",
        ".raw on",
        "NOOP",
        ".raw",
        "",
        ".quit",
        "NOOP",
    ];
    let outcome = at(shell(&folder, &entries), &server.place("")).run();
    server.finish();
    let greeting = "S: * OK [CAPABILITY IMAP4rev1] ready\\x1b[2J\n";
    assert!(String::from_utf8_lossy(&outcome.stdout).contains(greeting));
    assert_eq!(outcome.code, 11);
    // Of what is unwise about it, only a warning may be said.
    let said: Vec<&str> = outcome.stderr.lines().collect();
    assert!(said.iter().all(|line| line.starts_with("warning: ") || line.starts_with("hint: ")), "{said:?}");
    assert_eq!(
        dialogue(&outcome.stdout),
        "C: a1 LOGIN ann ***\n\
               S: a1 OK in\n\
               C: x7 list \"\" Entw&APw-rfe  ~ Entw\u{fc}rfe\n\
               S:   * LIST (\\Drafts) \"/\" Entw&APw-rfe  ~ Entw\u{fc}rfe\n\
               S: x7 OK that is all\n\
               C: a2 FETCH 1 (ENVELOPE BODY[1])\n\
               S:   * 1 FETCH (ENVELOPE (NIL \"=?utf-8?q?Gr=C3=BC=C3=9Fe?=\" NIL NIL NIL NIL NIL NIL NIL NIL) \
               BODY[1] {7})  ~ Gr\u{fc}\u{df}e\n\
               S:   * 5 EXISTS\n\
               S: a2 OK fetched\n\
               -- literal 1, 7 octets:\n\
               -- one\n\
               -- tw\n\
               -- octets are shown as they came\n\
               C: a3 NOOP\n\
               S: * 2 FETCH (BODY[1] {3}\n\
               S| =?=\n\
               S: )\n\
               S: a3 NO not now\n\
               -- octets are shown as they came\n"
    );
}

#[test]
fn the_worst_answer_is_the_exit_code() {
    let host = Host::start();
    let check = |texts: &[&str], code: i32| {
        let outcome = at(given(texts), &host.place("")).run();
        assert_eq!(outcome.code, code, "{texts:?}: {}\n{}", outcome.stderr, dialogue(&outcome.stdout));
    };
    check(&["NOOP"], 0);
    check(&["LOGIN ann {?}", "SELECT nowhere", "NOOP"], 11);
    check(&["FROB", "LOGIN ann wrong"], 12);
    check(&["NOOP", ".frob"], 2);
    check(&["NOOP", ".save /nowhere/at/all"], 9);
    check(&["LOGOUT"], 0);
    check(&["LOGOUT", "NOOP"], 7);
    check(&["LOGOUT", ".connect", "NOOP"], 0);
}

#[test]
fn a_connection_that_is_lost_is_worse_than_any_answer() {
    for said in ["", "* BYE tired\r\n", "* 1 FETCH (BODY[] {5}\r\nab"] {
        let server = Server::play(move |talk| {
            talk.greet();
            talk.read_line();
            talk.send(said);
            talk.cut();
        });
        let outcome = at(given(&["NOOP", "NOOP"]), &server.place("")).run();
        server.finish();
        assert_eq!(outcome.code, 7, "{said:?}");
        assert_eq!(
            outcome.stderr,
            "error: the server closed the connection without an answer\n\
             hint: .connect begins a new one\n\
             error: NOOP was not sent, since there is no connection\n\
             hint: .connect begins a new one\n",
            "{said:?}"
        );
    }
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let server = Server::play(|talk| {
        talk.greet();
        assert_eq!(talk.read_line(), b"a1 NOOP\r\n");
        talk.expect_end();
    });
    let outcome = at(given(&["NOOP"]), &server.place("")).args("--timeout 1").run();
    server.finish();
    assert_eq!(outcome.code, 7);
    assert!(outcome.stderr.contains("the server said nothing for 1 second\n"), "{}", outcome.stderr);
}

#[test]
fn without_a_greeting_nothing_is_sent() {
    let server = Server::play(|talk| {
        talk.send("* BYE full\r\n");
        talk.expect_end();
    });
    let outcome = at(given(&["NOOP"]), &server.place("")).run();
    server.finish();
    assert_eq!(
        (outcome.code, &outcome.stderr[..]),
        (7, "error: the server did not welcome the connection\n")
    );
}

/// What the connection before had told is not known of the one that could not be made.
#[test]
fn a_connection_that_cannot_be_made_leaves_nothing_known() {
    let host = Host::start();
    let refusing = Server::play(|talk| {
        talk.send("* BYE full\r\n");
        talk.expect_end();
    });
    let connect = format!(".connect {}", refusing.place(""));
    let outcome = at(given(&["LOGIN ann {?}", "SELECT INBOX", &connect, ".state"]), &host.place("")).run();
    refusing.finish();
    let text = dialogue(&outcome.stdout);
    assert!(text.ends_with("\n-- state      logout\n"), "{text}");
}

#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let host = Host::start();
    let folder = Folder::new();
    let entries: Vec<String> = (0..200).map(|_| "NOOP".to_owned()).collect();
    folder.write("entries", &entries.join("\n"));
    let mut command = std::process::Command::new("/bin/sh");
    let line = "{ \"$0\" \"$@\" < entries; echo $? >&2; } | head -n 1 > /dev/null";
    command.args(["-c", line, TAYORI, "shell"]);
    let outcome = at(Run::through(command).folder(&folder), &host.place("")).run();
    assert_eq!(outcome.stderr, "0\n");
}

#[test]
fn the_words_do_what_they_say() {
    let host = Host::start();
    host.create("Entw\u{fc}rfe");
    let folder = Folder::new();
    folder.write("more", "NOOP\r\n# nothing\n.source even-more\n");
    folder.write("even-more", "CHECK");
    folder.write("itself", ".source itself\nNOOP\n");
    let entries = [
        "LOGIN ann {?}",
        ".mailboxes",
        ".source more",
        "SELECT INBOX",
        ".state",
        ".caps",
        ".help",
        ".source itself",
    ];
    let outcome = at(shell(&folder, &entries), &host.place("")).run();
    let text = dialogue(&outcome.stdout);
    assert!(text.contains("-- Entw\u{fc}rfe\n-- INBOX\n"), "{text}");
    assert!(text.contains("\nC: a3 NOOP\nS: a3 OK"), "{text}");
    assert!(text.contains("\nC: a4 CHECK\nS: a4 BAD"), "{text}");
    assert!(text.contains("\n-- state      selected: INBOX, 0 messages\n"), "{text}");
    assert!(text.contains("\n-- IDLE"), "{text}");
    assert!(text.contains(".save FILE"), "{text}");
    assert!(outcome.stderr.contains("error: more than 16 files read each other\n"), "{}", outcome.stderr);
    assert_eq!(outcome.code, 2);
}

#[test]
fn idle_tells_what_happens_and_ends_with_a_line() {
    let server = Server::play(|talk| {
        talk.greet();
        assert_eq!(talk.read_line(), b"a1 IDLE\r\n");
        talk.send("+ idling\r\n* 4 EXISTS\r\n");
        assert_eq!(talk.read_line(), b"DONE\r\n");
        talk.send("* 5 EXISTS\r\na1 OK done\r\n");
        assert_eq!(talk.read_line(), b"a2 NOOP\r\n");
        talk.send("a2 OK done\r\n");
        assert_eq!(talk.read_line(), b"a3 IDLE\r\n");
        talk.send("+ idling\r\n");
        // There is nothing more to read.
        assert_eq!(talk.read_line(), b"DONE\r\n");
        talk.send("a3 OK done\r\n");
        talk.expect_end();
    });
    let folder = Folder::new();
    let outcome = at(shell(&folder, &["IDLE", "NOOP", "IDLE"]), &server.place("")).run();
    server.finish();
    let text = dialogue(&outcome.stdout);
    let expected = "C: a1 IDLE\nS:   + idling\nS:   * 4 EXISTS\nC: DONE\nS:   * 5 EXISTS\nS: a1 OK done\n\
                    C: a2 NOOP\nS: a2 OK done\nC: a3 IDLE\nS:   + idling\nC: DONE\nS: a3 OK done\n";
    assert_eq!((outcome.code, &text[..]), (0, expected), "{}", outcome.stderr);
}

/// What is above every limit is not kept, and that it was there is said in either form.
#[test]
fn a_response_above_the_limits_is_passed_over() {
    let server = Server::play(|talk| {
        talk.greet();
        for tag in ["a1", "a2"] {
            talk.read_line();
            talk.send(format!("* X {}\r\n{tag} OK done\r\n", "x".repeat(40 << 20)));
        }
        talk.expect_end();
    });
    let outcome = at(given(&["NOOP", ".raw on", "NOOP"]), &server.place("")).run();
    server.finish();
    let text = dialogue(&outcome.stdout);
    assert_eq!(
        text.matches("xxx ... (a response above the limits, passed over)\n").count(),
        2,
        "{text:.2000}"
    );
}

/// A server may end it as well, or refuse it in the middle.
#[test]
fn idle_that_the_server_ends_is_over() {
    let server = Server::play(|talk| {
        talk.greet();
        assert_eq!(talk.read_line(), b"a1 IDLE\r\n");
        talk.send("+ idling\r\na1 NO too long\r\n");
        assert_eq!(talk.read_line(), b"a2 NOOP\r\n");
        talk.send("a2 OK done\r\n");
        talk.expect_end();
    });
    let mut command = std::process::Command::new("/bin/sh");
    // The line behind IDLE comes when the answer to IDLE was shown, and not before.
    let line = "mkfifo said && { { echo IDLE; while read -r heard; do case $heard in *NO*) echo NOOP; exec cat >&2;; \
                esac; done < said; } | \"$0\" \"$@\" > said; }";
    command.args(["-c", line, TAYORI, "shell"]);
    let folder = Folder::new();
    let outcome = at(Run::through(command).folder(&folder), &server.place("")).args("--timeout 5").run();
    server.finish();
    assert!(outcome.stderr.contains("a2 OK done"), "{}", outcome.stderr);
}

/// The server of the demonstration speaks TLS when it is asked to, and compresses.
#[test]
fn the_stream_changes_under_the_dialogue() {
    let outcome = given(&[
        "STARTTLS",
        ".state",
        "LOGIN demo {?}",
        "COMPRESS DEFLATE",
        "SELECT INBOX",
        ".state",
        "LOGOUT",
    ])
    .args("--demo")
    .run();
    let text = dialogue(&outcome.stdout);
    assert_eq!(outcome.code, 0, "{text}\n{}", outcome.stderr);
    assert!(text.contains("-- protection TLS\n-- state      not authenticated\n"), "{text}");
    assert!(
        text.contains("-- protection TLS\n-- compressed yes\n-- state      selected: INBOX, 108 messages\n"),
        "{text}"
    );
    assert!(text.ends_with("-- the connection is closed\n"), "{text}");
}

#[test]
fn octets_behind_the_answer_to_starttls_end_it() {
    let server = Server::play(|talk| {
        talk.greet();
        assert_eq!(talk.read_line(), b"a1 STARTTLS\r\n");
        talk.send("a1 OK begin\r\n* CAPABILITY IMAP4rev1 X-EVIL\r\n");
        talk.expect_end();
    });
    let outcome = given(&["NOOP"]).arg(server.place("")).run();
    server.finish();
    assert!(!String::from_utf8_lossy(&outcome.stdout).contains("X-EVIL"));
    assert_eq!(outcome.code, 8);
    assert_eq!(outcome.stderr.matches("error: ").count(), 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("which may be an attack\n"), "{}", outcome.stderr);
}

#[test]
fn a_place_without_a_user_will_do_and_login_needs_one() {
    let host = Host::start();
    let place = host.place("").replace("ann@", "");
    assert_eq!(at(given(&["NOOP"]), &place).run().code, 0);
    let outcome = at(given(&["NOOP"]), &place).args("--login").run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.starts_with("error: --login needs to know who logs in\n"), "{}", outcome.stderr);
    let outcome = at(given(&["SELECT INBOX"]), &host.place("")).args("--login").run();
    assert_eq!(outcome.code, 0);
    let wrong =
        at(given(&["SELECT INBOX"]), &host.place("")).args("--login").env("TAYORI_PASSWORD", "wrong").run();
    assert_eq!(wrong.code, 5, "{}", wrong.stderr);
}

//! Searches, and conditions that are put together.

use crate::common::program::{Folder, Run};
use crate::common::server::{Server, Talk};
use crate::store::Host;
use crate::{FIRST, SECOND};

/// The server is asked `question` and answers with these UIDs; `fetched` of its nine messages are fetched then.
#[track_caller]
fn check(options: &[&str], question: &'static str, answer: &'static str, fetched: &'static [u32]) {
    let server = Server::mailbox(9, move |talk| {
        talk.expect(question);
        talk.send(answer);
        talk.tagged("OK done");
        if let Some(set) = set(fetched) {
            talk.expect_uid_fetch(&set);
            rows(talk, fetched);
        }
    });
    let folder = Folder::new();
    let run = options.iter().fold(server.fetch("INBOX"), |run, option| run.arg(option));
    let outcome = run.args("-o .").folder(&folder).run();
    match fetched {
        [] if options.contains(&"--search") || options.contains(&"--query") => {
            outcome.check(3, "", "error: no such message: the search found nothing\n");
        }
        [] => outcome.check(3, "", "error: no such message: the mailbox has 9 messages\n"),
        _ => outcome.check(0, "", ""),
    }
    server.finish();
    let names: Vec<_> = fetched.iter().map(|uid| format!("{uid}.eml")).collect();
    folder.check_files("", &names.iter().map(|name| (name.as_str(), FIRST)).collect::<Vec<_>>());
}

fn set(uids: &[u32]) -> Option<String> {
    let uids: Vec<_> = uids.iter().map(u32::to_string).collect();
    (!uids.is_empty()).then(|| uids.join(","))
}

/// The messages with these UIDs, of which each has a tenth as its number.
fn rows(talk: &mut Talk, uids: &[u32]) {
    for &uid in uids {
        talk.row(uid / 10, uid, FIRST);
    }
    talk.tagged("OK done");
}

#[test]
fn a_search() {
    check(
        &["--search", "unseen since 1-Feb-2026"],
        "UID SEARCH UNSEEN SINCE 1-Feb-2026",
        "* SEARCH 20 50\r\n",
        &[20, 50],
    );
    check(&["--search", "seen"], "UID SEARCH SEEN", "* SEARCH\r\n", &[]);
    check(&["--search", "seen"], "UID SEARCH SEEN", "", &[]);
}

#[test]
fn a_search_in_words() {
    check(
        &["--query", "unread since:2026-02-01", "--last", "1"],
        "UID SEARCH UNSEEN SINCE 1-Feb-2026",
        "* SEARCH 20 50\r\n",
        &[50],
    );
    check(&["--query", "seen"], "UID SEARCH SEEN", "* SEARCH\r\n", &[]);
}

#[test]
fn nothing_that_matches_is_no_count_of_what_is_there() {
    let host = Host::start();
    host.put("INBOX", FIRST);
    host.create("Archive");
    for (place, options, why) in [
        ("", "--search draft", "the search found nothing"),
        ("", "--number 5", "the mailbox has 1 message"),
        ("Archive", "--search draft", "the mailbox is empty"),
        ("", "--all-mailboxes --search draft", "the search found nothing in any of the mailboxes"),
        ("", "--mailbox Archive --mailbox INBOX --number 5", "none of the mailboxes has one"),
    ] {
        let folder = Folder::new();
        let outcome = host.fetch(place).args("-o out/").args(options).folder(&folder).run();
        outcome.check(3, "", &format!("error: no such message: {why}\n"));
    }
}

#[test]
fn one_mailbox_by_its_name_fits_into_one_file() {
    let host = Host::start();
    host.put("INBOX", FIRST);
    host.put("INBOX", SECOND);
    host.fetch("").args("--mailbox INBOX --last 1 -o -").run().check(0, SECOND, "");
    let folder = Folder::new();
    host.fetch("").args("--mailbox INBOX --number 1 -o a.eml").folder(&folder).run().check(0, "", "");
    folder.check_files("", &[("a.eml", FIRST)]);
    let refused = "error: several mailboxes do not fit into one file\nhint: give a folder: -o DIR/\n";
    host.fetch("").args("--mailbox INBO* --last 1 -o -").run().check(2, "", refused);
    let named = "error: --name is about the files in a folder, and -o names a single file\n\
                 hint: give a folder, with / at its end: -o DIR/; or leave out --name\n";
    for output in ["-", "b.eml"] {
        let run = host.fetch("").args("--last 1 --name {subject} -o").arg(output).folder(&folder);
        run.run().check(2, "", named);
    }
}

#[test]
fn all_conditions_have_to_hold() {
    check(&["--number", "2:*", "--search", "seen"], "UID SEARCH 2:9 SEEN", "* SEARCH 30\r\n", &[30]);
    check(
        &["--uid", "20:*", "--search", "seen"],
        "UID SEARCH UID 20:4294967295 SEEN",
        "* SEARCH 30\r\n",
        &[30],
    );
    check(&["--number", "1:3", "--uid", "20,90"], "UID SEARCH 1:3 UID 20,90", "* SEARCH 20\r\n", &[20]);
    check(
        &["--number", "1:3", "--uid", "20:90", "--search", "or seen draft", "--last", "1"],
        "UID SEARCH 1:3 UID 20:90 OR SEEN DRAFT",
        "* SEARCH 20 30\r\n",
        &[30],
    );
}

#[test]
fn what_does_not_match_is_not_missing() {
    check(&["--uid", "20,40", "--search", "seen"], "UID SEARCH UID 20,40 SEEN", "* SEARCH 40\r\n", &[40]);
    check(&["--number", "2,4", "--search", "seen"], "UID SEARCH 2,4 SEEN", "* SEARCH 40\r\n", &[40]);
}

#[test]
fn the_last_of_what_was_found() {
    check(&["--search", "seen", "--last", "2"], "UID SEARCH SEEN", "* SEARCH 90 20 50\r\n", &[50, 90]);
    check(&["--search", "seen", "--last", "9"], "UID SEARCH SEEN", "* SEARCH 20\r\n", &[20]);
    check(&["--uid", "20:60", "--last", "1"], "UID SEARCH UID 20:60", "* SEARCH 20 30 60\r\n", &[60]);
}

#[test]
fn the_last_of_some_numbers_needs_no_search() {
    let server = Server::mailbox(9, |talk| {
        talk.expect_fetch("3:4");
        talk.row(3, 30, FIRST);
        talk.row(4, 40, SECOND);
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    server.fetch("INBOX").args("--number 1:4 --last 2 -o .").folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("", &[("30.eml", FIRST), ("40.eml", SECOND)]);
}

#[test]
fn an_empty_mailbox_is_not_searched() {
    let server = Server::mailbox(0, |_| {});
    let outcome = server.fetch("INBOX").args("--search unseen -o -").run();
    outcome.check(3, "", "error: no such message: the mailbox is empty\n");
    server.finish();
}

#[test]
fn what_was_found_is_counted_without_asking_again() {
    let server = Server::mailbox(9, |talk| {
        talk.expect("UID SEARCH SEEN");
        talk.send("* SEARCH 20 40\r\n");
        talk.tagged("OK done");
    });
    server.fetch("INBOX").args("--search seen -o mail.eml").run().check(
        2,
        "",
        "error: 2 messages do not fit into one file\nhint: give a folder: -o DIR/\n",
    );
    server.finish();

    let server = Server::mailbox(9, |talk| {
        talk.expect("UID SEARCH SEEN");
        talk.send("* SEARCH 20 40\r\n");
        talk.tagged("OK done");
        talk.expect_uid_fetch("40");
        rows(talk, &[40]);
    });
    server.fetch("INBOX").args("--search seen --last 1 -o -").run().check(0, FIRST, "");
    server.finish();
}

#[test]
fn what_was_found_and_does_not_come_is_missed() {
    let server = Server::mailbox(9, |talk| {
        talk.expect("UID SEARCH SEEN");
        talk.send("* SEARCH 20 30 40\r\n");
        talk.tagged("OK done");
        talk.expect_uid_fetch("20,30,40");
        rows(talk, &[20, 40]);
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--search seen -o .").folder(&folder).run();
    outcome.check(4, "", "error: no such message: the server sent nothing for UID 30\n");
    server.finish();
    folder.check_files("", &[("20.eml", FIRST), ("40.eml", FIRST)]);
}

#[test]
fn a_message_that_was_not_found_is_not_taken() {
    let server = Server::mailbox(9, |talk| {
        talk.expect("UID SEARCH SEEN");
        talk.send("* SEARCH 20 40\r\n");
        talk.tagged("OK done");
        talk.expect_uid_fetch("20,40");
        talk.row(2, 20, FIRST);
        rows(talk, &[30, 40]);
    });
    let folder = Folder::new();
    server.fetch("INBOX").args("--search seen -o .").folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("", &[("20.eml", FIRST), ("40.eml", FIRST)]);
}

#[test]
fn text_that_is_not_ascii_names_its_charset() {
    check(
        &["--search", "subject \u{65c5}\u{884c} unseen"],
        "UID SEARCH CHARSET UTF-8 SUBJECT {6}\r\n\u{65c5}\u{884c} UNSEEN",
        "* SEARCH 20\r\n",
        &[20],
    );
}

/// The search is refused in these words.
#[track_caller]
fn check_refused(answer: &'static str, stderr: &str) {
    let server = Server::mailbox(9, move |talk| {
        talk.expect("UID SEARCH CHARSET UTF-8 SUBJECT {2}\r\n\u{e9}");
        talk.tagged(answer);
    });
    let run = server.fetch("INBOX").args("--search").arg("subject \u{e9}").args("-o -").run();
    run.check(8, "", stderr);
    server.finish();
}

#[test]
fn a_search_that_the_server_cannot_do() {
    let hint = "hint: search for words in ASCII, or with other keys (SINCE, UNSEEN, ...), and look through what comes\n";
    check_refused(
        "NO [BADCHARSET (US-ASCII KOI8-R)] what is UTF-8?",
        &format!(
            "error: the server cannot search for text in UTF-8, only in US-ASCII, KOI8-R: the server refused UID SEARCH\n\
             the server said: \"what is UTF-8?\"\n{hint}"
        ),
    );
    check_refused(
        "NO [BADCHARSET] no",
        &format!(
            "error: the server cannot search for text in UTF-8: the server refused UID SEARCH\n\
             the server said: \"no\"\n{hint}"
        ),
    );
    check_refused(
        "BAD what is CHARSET?",
        "error: cannot search: the server refused UID SEARCH\n\
         the server said: \"what is CHARSET?\"\n\
         hint: the server may not know one of the keys, or text that is not ASCII; try without it\n",
    );
}

/// Two thousand UIDs, of which none stands beside another: two commands, and no line that is too long.
#[test]
fn a_long_set_is_asked_for_in_pieces() {
    let uids: Vec<_> = (1..=2000).map(|n| (2 * n).to_string()).collect();
    let typed = uids.join(",");
    let server = Server::mailbox(9, move |talk| {
        let mut asked = Vec::new();
        for found in ["* SEARCH 20\r\n", "* SEARCH 3000\r\n"] {
            let line = String::from_utf8(talk.read_command()).unwrap();
            assert!(line.len() < 8192, "{} octets", line.len());
            let (tag, set) = line.trim_end().split_once(" UID SEARCH UID ").unwrap();
            asked.push(set.strip_suffix(" SEEN").unwrap().to_owned());
            talk.send(format!("{found}{tag} OK done\r\n"));
        }
        assert_eq!(asked.join(","), uids.join(","));
        talk.expect_uid_fetch("20,3000");
        talk.row(2, 20, FIRST);
        talk.row(3, 3000, SECOND);
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    let run = server.fetch("INBOX").args("--search seen -o . --uid").arg(typed);
    run.folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("", &[("20.eml", FIRST), ("3000.eml", SECOND)]);
}

/// Numbers may shift between two UID SEARCHes (RFC 9051 section 7.5.1), so a long set of them is not cut.
#[test]
fn a_long_set_of_numbers_is_compared_here() {
    let typed: Vec<_> = (1..=2000).map(|n| (2 * n).to_string()).collect();
    let server = Server::mailbox(9000, |talk| {
        talk.expect("SEARCH SEEN");
        talk.send("* SEARCH 1 2 3 4 5 4000 4001 4002\r\n");
        talk.tagged("OK done");
        talk.expect_fetch("4,4000");
        talk.row(4, 40, FIRST);
        talk.row(4000, 40_000, SECOND);
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    let run = server.fetch("INBOX").args("--search seen --last 2 -o . --number").arg(typed.join(","));
    run.folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("", &[("40.eml", FIRST), ("40000.eml", SECOND)]);
}

#[test]
fn what_is_no_search_is_shown_before_anybody_is_asked() {
    let hint = "hint: keys are such as UNSEEN, FROM bob, SUBJECT \"two words\" or SINCE 1-Feb-2026, all that apply \
                (RFC 9051 section 6.4.4)\n";
    for (typed, expected) in [
        (
            "unseen sinse 1-Feb-2026",
            "error: the search: expected a search key at character 8\n  unseen sinse 1-Feb-2026\n         ^\n",
        ),
        (
            "subject \u{65c5}\u{884c} yellow",
            "error: the search: expected a search key at character 12\n  subject \u{65c5}\u{884c} yellow\n               ^\n",
        ),
    ] {
        let run = Run::new()
            .args("fetch imaps://ann@127.0.0.1:1/INBOX -o - --search")
            .arg(typed)
            .without_env("TAYORI_PASSWORD")
            .run();
        run.check(2, "", &format!("{expected}{hint}"));
    }
}

//! What is shown or kept of messages besides the whole.

use crate::common::program::Folder;
use crate::common::server::{Server, Talk};
use crate::store::Host;

const LETTER: &str =
    "Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment\r\n\r\nhello\r\n";

/// Names must not depend on what is in the mailbox: a script looks for them.
#[test]
fn a_folder_for_each_message_depends_on_what_is_typed_alone() {
    let host = Host::start();
    host.put("INBOX", LETTER);
    host.create("Archive");
    host.put("Archive", LETTER);
    let check = |place: &str, options: &[&str], expected: &str| {
        let folder = Folder::new();
        let run = options.iter().fold(host.fetch(place), |run, option| run.arg(option));
        run.args("--attachments -o out/").folder(&folder).run().check(0, "", "");
        assert_eq!(std::fs::read(folder.at(expected)).unwrap(), b"hello\r\n", "{options:?}");
    };
    for one in ["--number=1", "--number=*", "--uid=1", "--uid=*", "--last=1"] {
        check("INBOX", &[one], "out/a.txt");
    }
    check("INBOX;UID=1", &[], "out/a.txt");
    check("INBOX", &["--search=all", "--last=1"], "out/a.txt");
    check("", &["--mailbox=INBOX", "--uid=1"], "out/INBOX/a.txt");
    for several in ["--all", "--number=1:*", "--uid=1:9", "--search=all", "--last=2"] {
        check("INBOX", &[several], "out/1/a.txt");
    }
    check("", &["--all-mailboxes", "--uid=1"], "out/Archive/1/a.txt");
    check("", &["--mailbox=Arch*", "--uid=1"], "out/Archive/1/a.txt");
}

/// The sets of a question that is asked in several commands, none of which is longer than servers take; each is answered
/// with one of these.
fn pieces(talk: &mut Talk, before: &str, behind: &str, answers: &[&str]) -> String {
    let mut asked = Vec::new();
    for answer in answers {
        let line = String::from_utf8(talk.read_command()).unwrap();
        assert!(line.len() <= 8192, "{} octets", line.len());
        let (tag, rest) = line.trim_end().split_once(' ').unwrap();
        let set = rest.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
        asked.push(set.unwrap_or_else(|| panic!("{line}")).to_owned());
        talk.send(format!("{answer}{tag} OK done\r\n"));
    }
    asked.join(",")
}

/// Two thousand UIDs, of which none stands beside another: more than fits into a line that every server takes.
fn scattered() -> String {
    let uids: Vec<_> = (1..=2000).map(|n| (2 * n).to_string()).collect();
    uids.join(",")
}

/// The server is asked which of them are there, and has two.
fn finds_two_of_scattered(talk: &mut Talk) {
    let found = ["* SEARCH 20\r\n", "* SEARCH 3000\r\n"];
    assert_eq!(pieces(talk, "UID SEARCH UID ", "", &found), scattered());
}

#[test]
fn what_is_shown_of_a_long_set_is_asked_for_in_pieces() {
    let server = Server::mailbox(9, |talk| {
        finds_two_of_scattered(talk);
        talk.expect("UID FETCH 20,3000 (RFC822.SIZE UID)");
        talk.send("* 1 FETCH (RFC822.SIZE 5 UID 20)\r\n* 2 FETCH (RFC822.SIZE 6 UID 3000)\r\n");
        talk.tagged("OK done");
    });
    let outcome = server.fetch("INBOX").args("--size --uid").arg(scattered()).run();
    server.finish();
    assert_eq!(
        String::from_utf8(outcome.stdout).unwrap(),
        "        20             5\n      3000             6\n"
    );
}

#[test]
fn the_messages_of_a_long_set_are_listed_in_pieces() {
    let server = Server::mailbox(9, |talk| {
        let listed = ["* 1 FETCH (UID 20 RFC822.SIZE 2)\r\n", "* 2 FETCH (UID 3000 RFC822.SIZE 2)\r\n"];
        assert_eq!(pieces(talk, "UID FETCH ", " (UID RFC822.SIZE)", &listed), scattered());
        talk.expect_uid_fetch("20,3000");
        talk.row(1, 20, "1\n");
        talk.row(2, 3000, "2\n");
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    server.fetch("INBOX").args("-o out/ --uid").arg(scattered()).folder(&folder).run();
    server.finish();
    folder.check_files("out", &[("20.eml", b"1\n"), ("3000.eml", b"2\n")]);
}

#[test]
fn the_messages_of_a_long_set_are_counted_in_pieces() {
    let server = Server::mailbox(9, finds_two_of_scattered);
    let outcome = server.fetch("INBOX").args("-o - --uid").arg(scattered()).run();
    server.finish();
    outcome.check(2, "", "error: 2 messages do not fit into one file\nhint: give a folder: -o DIR/\n");
}

//! What is shown or kept of messages besides the whole.

use crate::common::program::{Folder, Run};
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
        run.args("--attachments -o out/ --quiet").folder(&folder).run().check(0, "", "");
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

/// The sets of a question that is asked in several commands, none of which is longer than servers take; each is
/// answered with one of these.
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

const STRUCTURE: &str =
    "BODYSTRUCTURE (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 5 1 NIL (\"ATTACHMENT\" NIL) NIL NIL)";

const ENVELOPE: &str = "ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";

/// A view of messages that a search has found, what is asked of both, what it says of the one that comes, and what is
/// asked of that one then.
#[track_caller]
fn check_one_does_not_come(view: &str, items: &str, row: &str, texts: Option<(&str, &str)>) {
    let (items, row) = (items.to_owned(), row.to_owned());
    let texts = texts.map(|(items, row)| (items.to_owned(), row.to_owned()));
    let server = Server::mailbox(2, move |talk| {
        talk.expect("UID SEARCH SEEN");
        talk.send("* SEARCH 10 20\r\n");
        talk.tagged("OK done");
        talk.expect(&format!("UID FETCH 10,20 {items}"));
        talk.send(format!("* 1 FETCH (UID 10 {row})\r\n* 2 EXPUNGE\r\n"));
        talk.tagged("OK done");
        if let Some((items, row)) = texts {
            talk.expect(&format!("UID FETCH 10 {items}"));
            talk.send(format!("* 1 FETCH (UID 10 {row})\r\n"));
            talk.tagged("OK done");
        }
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--search seen -o out/").args(view).folder(&folder).run();
    server.finish();
    outcome.check(4, "", "error: no such message: the server sent nothing for UID 20\n");
    assert_eq!(std::fs::read_dir(folder.at("out")).unwrap().count(), 1, "{view}");
}

#[test]
fn a_message_that_was_found_and_does_not_come_is_told() {
    check_one_does_not_come("--size", "(RFC822.SIZE UID)", "RFC822.SIZE 5", None);
    check_one_does_not_come("--envelope", "(ENVELOPE UID)", ENVELOPE, None);
    check_one_does_not_come("--structure", "(BODYSTRUCTURE UID)", STRUCTURE, None);
    check_one_does_not_come("--headers", "(UID BODY.PEEK[HEADER])", "BODY[HEADER] \"\"", None);
    let both = format!("{ENVELOPE} {STRUCTURE}");
    check_one_does_not_come("--text", "(ENVELOPE BODYSTRUCTURE UID)", &both, None);
    let text = Some(("(UID BODY.PEEK[1])", "BODY[1] hello"));
    check_one_does_not_come("--part 1", "(BODYSTRUCTURE UID)", STRUCTURE, text);
    check_one_does_not_come("--attachments --quiet", "(BODYSTRUCTURE UID)", STRUCTURE, text);
}

/// A message that does not come is told by its UID where the server has said it, else by its position.
#[test]
fn a_position_that_the_server_passes_over_is_told() {
    let check = |options: &str, listed: &'static str, told: &str| {
        let server = Server::mailbox(3, move |talk| {
            talk.expect("FETCH 1:3 (UID)");
            talk.send(listed);
            talk.tagged("OK done");
            let known = if listed.contains("UID 20") { "10,20,30" } else { "10,30" };
            talk.expect(&format!("UID FETCH {known} (RFC822.SIZE UID)"));
            // The second is gone, so the third has moved up.
            talk.send(
                "* 2 EXPUNGE\r\n* 1 FETCH (UID 10 RFC822.SIZE 5)\r\n* 2 FETCH (UID 30 RFC822.SIZE 6)\r\n",
            );
            talk.tagged("OK done");
        });
        let outcome = server.fetch("INBOX").args("--size").args(options).run();
        server.finish();
        outcome.check(
            4,
            "        10             5\n        30             6\n",
            &format!("error: no such message: {told}\n"),
        );
    };
    let all = "* 1 FETCH (UID 10)\r\n* 2 FETCH (UID 20)\r\n* 3 FETCH (UID 30)\r\n";
    let some = "* 1 FETCH (UID 10)\r\n* 3 FETCH (UID 30)\r\n";
    check("--all", all, "the server sent nothing for UID 20");
    check("--number 1,2,3", all, "the server sent nothing for UID 20");
    check("--all", some, "the server sent nothing for 2");
    check("--number 1,2,3", some, "number 2");
    check("--number 1:3,9", all, "number 9, the server sent nothing for UID 20");
}

#[test]
fn what_is_refused_leaves_no_folder_behind() {
    let folder = Folder::new();
    let run = Run::new().args("fetch imaps://ann@127.0.0.1:1/ --all --part 1 --json -o out/");
    run.folder(&folder).run().check(
        2,
        "",
        "error: octets are asked for, which JSON cannot hold\nhint: leave out --json\n",
    );
    assert!(!folder.at("out").exists());
}

/// Three messages are asked for their sizes; these rows are the answer.
#[track_caller]
fn check_sizes(rows: &'static str, done: &'static str, code: i32, stdout: &str, stderr: &str) {
    let server = Server::mailbox(3, move |talk| {
        talk.expect("UID SEARCH SEEN");
        talk.send("* SEARCH 10 20 30\r\n");
        talk.tagged("OK done");
        talk.expect("UID FETCH 10,20,30 (RFC822.SIZE UID)");
        talk.send(rows);
        talk.tagged(done);
    });
    server.fetch("INBOX").args("--search seen --size").run().check(code, stdout, stderr);
    server.finish();
}

#[test]
fn sizes_are_shown_in_the_order_of_uids_whatever_that_of_the_server() {
    check_sizes(
        "* 3 FETCH (UID 30 RFC822.SIZE 7)\r\n* 1 FETCH (UID 10 RFC822.SIZE 5)\r\n* 2 FETCH (UID 20 RFC822.SIZE 6)\r\n",
        "OK done",
        0,
        "        10             5\n        20             6\n        30             7\n",
        "",
    );
}

#[test]
fn what_came_before_a_refusal_is_shown() {
    check_sizes(
        "* 2 FETCH (UID 20 RFC822.SIZE 6)\r\n* 1 FETCH (UID 10 RFC822.SIZE 5)\r\n",
        "NO [SERVERBUG] a message cannot be read",
        4,
        "        10             5\n        20             6\n",
        "error: 2 messages are complete; the server refused UID FETCH\nthe server said: \"a message cannot be read\"\n",
    );
}

/// Of messages that hold much the second has to be asked for again, and may be gone by then.
#[test]
fn a_message_whose_turn_came_too_late_is_told() {
    let server = Server::mailbox(2, |talk| {
        let parts = "(\"A\" \"B\" NIL NIL NIL \"7BIT\" 1)".repeat(9000);
        let row = |uid| format!("* 1 FETCH (UID {uid} {ENVELOPE} BODYSTRUCTURE ({parts} \"MIXED\"))\r\n");
        talk.expect("UID SEARCH SEEN");
        talk.send("* SEARCH 10 20\r\n");
        talk.tagged("OK done");
        talk.expect("UID FETCH 10,20 (ENVELOPE BODYSTRUCTURE UID)");
        talk.send(row(10));
        talk.send(row(20));
        talk.tagged("OK done");
        talk.expect("UID FETCH 20 (ENVELOPE BODYSTRUCTURE UID)");
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--search seen --text -o out/").folder(&folder).run();
    server.finish();
    outcome.check(4, "", "error: no such message: the server sent nothing for UID 20\n");
}

#[test]
fn several_messages_do_not_fit_into_one_file() {
    let host = Host::start();
    host.put("INBOX", LETTER);
    host.put("INBOX", LETTER);
    for view in ["--size", "--envelope", "--structure", "--headers", "--text", "--part=1"] {
        let folder = Folder::new();
        let outcome = host.fetch("INBOX").args("--all -o one").arg(view).folder(&folder).run();
        outcome.check(2, "", "error: 2 messages do not fit into one file\nhint: give a folder: -o DIR/\n");
        folder.check_files("", &[]);
        let outcome = host.fetch("INBOX").args("--uid 2:9 -o one").arg(view).folder(&folder).run();
        assert_eq!((outcome.code, &*outcome.stderr), (0, ""), "{view}");
    }
}

/// Whatever becomes of it: somebody may take what was saved for what was sent.
#[test]
fn what_is_damaged_is_noted_wherever_it_goes() {
    let host = Host::start();
    host.put(
        "INBOX",
        "Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\n\
         Content-Transfer-Encoding: base64\r\n\r\naGVsb",
    );
    let saved = "note: saved 1 attachment of 1 message in out/\n";
    for (options, files, saved) in [
        ("--attachments -o out/", &["a.pdf"][..], saved),
        ("--part 1 --decode -o out/", &["1.1.pdf"], ""),
        ("--attachments --json -o out/", &["a.pdf"], ""),
    ] {
        let folder = Folder::new();
        let outcome = host.fetch("").args("--uid 1").args(options).folder(&folder).run();
        let note = "note: UID 1: part 1 is damaged where its encoding is undone; what could be read of it is there\n";
        assert_eq!((outcome.code, outcome.stderr), (0, format!("{note}{saved}")), "{options}");
        assert!(files.iter().all(|file| folder.at("out").join(file).exists()), "{options}");
    }
}

#[test]
fn of_several_mailboxes_each_line_says_of_which_it_is() {
    let host = Host::start();
    host.put("INBOX", "X: 1\r\n\r\n");
    host.create("Archive");
    host.put("Archive", "X: 2\r\n\r\n");
    let run =
        |options: &str| host.fetch("").args("--mailbox INBOX --mailbox Archive --all").args(options).run();
    run("--size").check(0, "         1             8  INBOX\n         1             8  Archive\n", "");
    run("--headers").check(0, "INBOX, UID 1\nX: 1\r\n\r\nArchive, UID 1\nX: 2\r\n\r\n", "");
}

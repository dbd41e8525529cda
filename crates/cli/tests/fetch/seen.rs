//! `--seen`: the mark comes after the file, and only on what is safe.

use crate::common::program::Folder;
use crate::common::server::Server;
use crate::{FIRST, SECOND, both, one};

const STORE: &str = "UID STORE 10 +FLAGS.SILENT (\\Seen)";

#[test]
fn the_mark_is_set_when_the_file_is_there() {
    let folder = Folder::new();
    let mail = folder.at("mail.eml");
    let server = Server::play(move |talk| {
        talk.log_in();
        talk.select("INBOX", 1);
        one(talk);
        talk.expect(STORE);
        assert_eq!(std::fs::read(mail).unwrap(), FIRST);
        talk.tagged("OK done");
        talk.log_out();
    });
    server.fetch("INBOX").args("--number 1 -o mail.eml --seen").folder(&folder).run().check(0, "", "");
    server.finish();
}

#[test]
fn only_what_was_kept_is_marked() {
    let server = Server::play(|talk| {
        talk.log_in();
        talk.select("INBOX", 2);
        both(talk);
        talk.expect(STORE);
        talk.tagged("OK done");
        talk.log_out();
    });
    let folder = Folder::new();
    folder.write("20.eml", "old");
    let outcome = server.fetch("INBOX").args("--all -o . --seen").folder(&folder).run();
    assert_eq!(outcome.code, 4);
    server.finish();
}

#[test]
fn nothing_kept_nothing_marked() {
    let server = Server::play(|talk| {
        talk.log_in();
        talk.select("INBOX", 1);
        talk.expect_fetch("1");
        talk.row(1, 20, SECOND);
        talk.tagged("OK done");
        talk.log_out();
    });
    let folder = Folder::new();
    folder.write("20.eml", "old");
    let outcome = server.fetch("INBOX").args("--all -o . --seen").folder(&folder).run();
    assert_eq!(outcome.code, 9);
    server.finish();
}

#[test]
fn many_marks_go_into_several_commands() {
    // Every second UID, so that no two make a range, and long ones.
    const COUNT: u32 = 800;
    let server = Server::play(|talk| {
        talk.log_in();
        talk.select("INBOX", COUNT);
        let uid = |number: u32| 4_000_000_000 + number * 2;
        let listed: Vec<_> = (1..=COUNT).map(|number| (number, uid(number), FIRST.len())).collect();
        talk.expect_listing("FETCH 1:800", &listed);
        let uids = |numbers: std::ops::RangeInclusive<u32>| {
            numbers.map(|number| uid(number).to_string()).collect::<Vec<_>>().join(",")
        };
        for numbers in [1..=350, 351..=700, 701..=COUNT] {
            talk.expect_uid_fetch(&uids(numbers.clone()));
            for number in numbers {
                talk.row(number, uid(number), FIRST);
            }
            talk.tagged("OK done");
        }
        for numbers in [1..=700, 701..=COUNT] {
            talk.expect(&format!("UID STORE {} +FLAGS.SILENT (\\Seen)", uids(numbers)));
            talk.tagged("OK done");
        }
        talk.log_out();
    });
    let folder = Folder::new();
    server.fetch("INBOX").args("--all -o . --seen").folder(&folder).run().check(0, "", "");
    server.finish();
}

#[test]
fn a_refused_mark_leaves_the_file() {
    let server = Server::play(|talk| {
        talk.log_in();
        talk.select("INBOX", 1);
        one(talk);
        talk.expect(STORE);
        talk.tagged("NO [NOPERM] not \x1b[31myours");
        talk.log_out();
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--all -o . --seen").folder(&folder).run();
    outcome.check(
        4,
        "",
        "error: the messages are fetched, but could not be marked as read: the server refused UID STORE\n\
         the server said: \"not \\x1b[31myours\"\n",
    );
    server.finish();
    folder.check_files("", &[("10.eml", FIRST)]);
}

#[test]
fn a_mailbox_that_cannot_keep_the_mark() {
    let check = |permanent: &'static str, access: &'static str, why: &str| {
        let server = Server::play(move |talk| {
            talk.log_in();
            talk.expect("SELECT INBOX");
            talk.send(format!(
                "* FLAGS (\\Seen)\r\n* 1 EXISTS\r\n* OK [PERMANENTFLAGS ({permanent})] kept\r\n"
            ));
            talk.tagged(&format!("OK {access} opened"));
            one(talk);
            talk.log_out();
        });
        let stderr = format!("error: the messages are fetched, but cannot be marked as read: {why}\n");
        server.fetch("INBOX").args("--all -o - --seen").run().check(4, FIRST, &stderr);
        server.finish();
    };
    let not_kept = "the server does not let this mailbox keep the mark that they were read";
    check("", "[READ-WRITE]", not_kept);
    check("\\Deleted \\*", "[READ-WRITE]", not_kept);
    // A server may say that it keeps the mark, answer OK to it, and forget it.
    check("\\Seen", "[READ-ONLY]", "the server opened the mailbox read-only");
}

#[test]
fn a_connection_that_is_lost_before_the_mark() {
    let server = Server::play(|talk| {
        talk.log_in();
        talk.select("INBOX", 2);
        talk.expect_fetch("1:2");
        talk.row(1, 10, FIRST);
        talk.cut();
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--all -o . --seen").folder(&folder).run();
    outcome.check(
        4,
        "",
        "error: 1 message is complete; the connection is lost: the server closed it without a word\n\
         hint: try again; what was complete before stays\n",
    );
    server.finish();
    folder.check_files("", &[("10.eml", FIRST)]);
}

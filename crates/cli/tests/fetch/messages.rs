//! Which messages come, in which form the server sends them.

use crate::common::program::Folder;
use crate::common::server::{Server, Talk};
use crate::{FIRST, SECOND, both, one};

#[test]
fn one_by_number_into_a_file() {
    let server = Server::mailbox(2, one);
    let folder = Folder::new();
    server.fetch("INBOX").args("--number 1 -o mail.eml").folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("", &[("mail.eml", FIRST)]);
}

#[test]
fn one_by_uid_to_stdout_octet_by_octet() {
    let server = Server::mailbox(2, |talk| {
        talk.expect_uid_fetch("20");
        talk.row(2, 20, SECOND);
        talk.tagged("OK done");
    });
    server.fetch("INBOX").args("--uid 20 -o -").run().check(0, SECOND, "");
    server.finish();
}

#[test]
fn all_into_a_folder_that_is_made() {
    let server = Server::mailbox(2, both);
    let folder = Folder::new();
    server.fetch("INBOX").args("--all -o mail/inbox/").folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("mail/inbox", &[("10.eml", FIRST), ("20.eml", SECOND)]);
}

#[test]
fn the_last_ones() {
    let server = Server::mailbox(9, |talk| {
        talk.expect_fetch("8:9");
        talk.row(8, 80, FIRST);
        talk.row(9, 90, SECOND);
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    server.fetch("INBOX").args("--last 2 -o .").folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("", &[("80.eml", FIRST), ("90.eml", SECOND)]);
}

#[test]
fn more_of_the_last_than_there_are() {
    let server = Server::mailbox(1, |talk| {
        talk.expect_fetch("1");
        talk.row(1, 80, FIRST);
        talk.tagged("OK done");
    });
    server.fetch("INBOX").args("--last 5 -o -").run().check(0, FIRST, "");
    server.finish();
}

#[test]
fn a_place_that_names_the_message() {
    for (place, code, stderr) in [
        ("INBOX;UID=20", 0, ""),
        ("INBOX/;UID=20", 0, ""),
        ("INBOX;UIDVALIDITY=59/;UID=20", 0, ""),
        (
            "INBOX;UIDVALIDITY=58/;UID=20",
            3,
            "error: the UIDs of this mailbox are others now: UIDVALIDITY was 58 and is 59\n\
             hint: look for the message again, its UID has changed\n",
        ),
    ] {
        let server = Server::mailbox(2, move |talk| {
            if code == 0 {
                talk.expect_uid_fetch("20");
                talk.row(2, 20, FIRST);
                talk.tagged("OK done");
            }
        });
        let stdout = if code == 0 { FIRST } else { b"" };
        server.fetch(place).args("-o -").run().check(code, stdout, stderr);
        server.finish();
    }
}

#[test]
fn from_a_uid_on_means_no_older_message() {
    // With 20:* the server would send its last message, whatever its UID.
    let server = Server::mailbox(2, |talk| {
        talk.expect_listing("UID FETCH 20:4294967295", &[]);
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--uid 20:* -o .").folder(&folder).run();
    outcome.check(3, "", "error: no such message\n");
    server.finish();
    folder.check_files("", &[]);

    let server = Server::mailbox(2, |_| {});
    let outcome = server.fetch("INBOX").args("--number 3:* -o .").folder(&folder).run();
    outcome.check(3, "", "error: no such message: the mailbox has 2 messages\n");
    server.finish();
}

#[test]
fn the_last_message_is_a_star() {
    let server = Server::mailbox(7, |talk| {
        talk.expect_fetch("7");
        talk.row(7, 20, FIRST);
        talk.tagged("OK done");
    });
    server.fetch("INBOX").args("--number * -o -").run().check(0, FIRST, "");
    server.finish();

    let server = Server::mailbox(7, |talk| {
        talk.expect_uid_fetch("*");
        talk.row(7, 20, FIRST);
        talk.tagged("OK done");
    });
    server.fetch("INBOX").args("--uid * -o -").run().check(0, FIRST, "");
    server.finish();
}

#[test]
fn a_set_of_uids_into_one_file_is_counted_first() {
    let server = Server::mailbox(7, |talk| {
        talk.expect("UID SEARCH UID 20:29");
        talk.send("* SEARCH 21\r\n");
        talk.tagged("OK done");
        talk.expect_listing("UID FETCH 20:29", &[(3, 21, FIRST.len())]);
        talk.expect_uid_fetch("21");
        talk.row(3, 21, FIRST);
        talk.tagged("OK done");
    });
    server.fetch("INBOX").args("--uid 20:29 -o -").run().check(0, FIRST, "");
    server.finish();

    let server = Server::mailbox(7, |talk| {
        talk.expect("UID SEARCH UID 20:29");
        talk.send("* SEARCH 21 22 23\r\n");
        talk.tagged("OK done");
    });
    let outcome = server.fetch("INBOX").args("--uid 20:29 -o -").run();
    outcome.check(2, "", "error: 3 messages do not fit into one file\nhint: give a folder: -o DIR/\n");
    server.finish();
}

#[test]
fn an_empty_mailbox() {
    for option in ["--all", "--number 1", "--last 3", "--number *"] {
        let server = Server::mailbox(0, |_| {});
        let outcome = server.fetch("INBOX").args(option).args("-o -").run();
        outcome.check(3, "", "error: no such message: the mailbox is empty\n");
        server.finish();
    }
}

#[test]
fn no_such_message() {
    let server = Server::mailbox(1, |_| {});
    let outcome = server.fetch("INBOX").args("--number 2 -o -").run();
    outcome.check(3, "", "error: no such message: the mailbox has 1 message\n");
    server.finish();

    let server = Server::mailbox(1, |talk| {
        talk.expect_uid_fetch("20");
        talk.tagged("OK done");
    });
    let outcome = server.fetch("INBOX").args("--uid 20 -o -").run();
    outcome.check(3, "", "error: no such message: UID 20\n");
    server.finish();
}

#[test]
fn some_of_several_are_missing() {
    let server = Server::mailbox(2, both);
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--number 1,2,3,7 -o .").folder(&folder).run();
    outcome.check(4, "", "error: no such message: number 3, number 7\n");
    server.finish();
    folder.check_files("", &[("10.eml", FIRST), ("20.eml", SECOND)]);

    let server = Server::mailbox(2, |talk| {
        talk.expect_listing("UID FETCH 30:31,40:50", &[(1, 31, FIRST.len())]);
        talk.expect_uid_fetch("31");
        talk.row(1, 31, FIRST);
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--uid 30,31,40:50 -o .").folder(&folder).run();
    outcome.check(4, "", "error: no such message: UID 30\n");
    server.finish();
    folder.check_files("", &[("31.eml", FIRST)]);
}

#[test]
fn what_is_there_and_does_not_come_is_told() {
    let server = Server::mailbox(3, |talk| {
        talk.expect_fetch("1:3");
        talk.row(1, 10, FIRST);
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--all -o .").folder(&folder).run();
    outcome.check(4, "", "error: no such message: the server sent nothing for 2:3\n");
    server.finish();
    folder.check_files("", &[("10.eml", FIRST)]);
}

#[test]
fn a_body_as_a_quoted_string() {
    let server = Server::mailbox(1, |talk| {
        talk.expect_fetch("1");
        talk.send("* 1 FETCH (UID 10 BODY[] \"a \\\"short\\\" one\")\r\n");
        talk.tagged("OK done");
    });
    server.fetch("INBOX").args("--number 1 -o -").run().check(0, "a \"short\" one", "");
    server.finish();
}

#[test]
fn an_empty_message_is_a_message() {
    let server = Server::mailbox(1, |talk| {
        talk.expect_fetch("1");
        talk.row(1, 10, "");
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    server.fetch("INBOX").args("--number 1 -o mail.eml").folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("", &[("mail.eml", b"")]);
}

#[test]
fn a_body_that_is_nil_is_none() {
    let server = Server::mailbox(2, |talk| {
        talk.expect_fetch("1:2");
        talk.send("* 1 FETCH (UID 10 RFC822.SIZE 24 BODY[] NIL)\r\n");
        talk.row(2, 20, SECOND);
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--all -o .").folder(&folder).run();
    outcome.check(4, "", "error: UID 10: the server sent no message\n");
    server.finish();
    folder.check_files("", &[("20.eml", SECOND)]);
}

#[test]
fn news_of_another_kind_in_between() {
    let server = Server::mailbox(2, |talk| {
        talk.expect_fetch("1:2");
        talk.send("* 1 FETCH (FLAGS (\\Seen))\r\n* 3 EXISTS\r\n");
        talk.row(1, 10, FIRST);
        talk.send("* 2 FETCH (UID 20 FLAGS ())\r\n* OK still here\r\n* XYZZY what is this\r\n");
        talk.row(2, 20, SECOND);
        talk.send("* 1 FETCH (UID 10 FLAGS (\\Seen))\r\n");
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    server.fetch("INBOX").args("--all -o .").folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("", &[("10.eml", FIRST), ("20.eml", SECOND)]);
}

#[test]
fn the_uid_may_come_behind_the_body() {
    let server = Server::mailbox(1, |talk| {
        talk.expect_fetch("1");
        talk.send("* 1 FETCH (BODY[] {5}\r\nhello UID 10 FLAGS (\\Recent))\r\n");
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    server.fetch("INBOX").args("--all -o ./").folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("", &[("10.eml", b"hello")]);
}

#[test]
fn a_message_without_its_uid_is_not_kept() {
    let server = Server::mailbox(1, |talk| {
        talk.expect_fetch("1");
        talk.send("* 1 FETCH (BODY[] {5}\r\nhello)\r\n");
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    let outcome = server.fetch("INBOX").args("--all -o .").folder(&folder).run();
    outcome.check(8, "", "error: number 1: the server sent the message without its UID; it was not kept\n");
    server.finish();
    folder.check_files("", &[]);
}

/// A hostile or broken server sends a message that nobody asked for: it must not get into the file that was meant for
/// another, nor behind it.
#[test]
fn messages_that_were_not_asked_for_are_ignored() {
    let script = |talk: &mut Talk| {
        talk.expect_uid_fetch("20");
        talk.row(1, 10, FIRST);
        talk.row(2, 20, SECOND);
        talk.row(2, 20, FIRST);
        talk.row(3, 30, FIRST);
        talk.tagged("OK done");
    };
    let server = Server::mailbox(3, script);
    server.fetch("INBOX").args("--uid 20 -o -").run().check(0, SECOND, "");
    server.finish();

    let server = Server::mailbox(3, script);
    let folder = Folder::new();
    server.fetch("INBOX").args("--uid 20 -o mail.eml --force").folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("", &[("mail.eml", SECOND)]);
}

#[test]
fn a_wrong_size_is_a_note_and_the_message_is_kept() {
    let script = |talk: &mut Talk| {
        talk.expect_fetch("1");
        talk.send("* 1 FETCH (UID 10 RFC822.SIZE 7 BODY[] {5}\r\nhello)\r\n");
        talk.tagged("OK done");
    };
    let server = Server::mailbox(1, script);
    let outcome = server.fetch("INBOX").args("--all -o -").run();
    outcome.check(0, "hello", "note: UID 10 has 5 octets, not 7 as the server said\n");
    server.finish();

    let server = Server::mailbox(1, script);
    server.fetch("INBOX").args("--all -o - --quiet").run().check(0, "hello", "");
    server.finish();
}

#[test]
fn a_large_message_in_pieces() {
    let message: Vec<u8> = (0u32..100_000).flat_map(u32::to_be_bytes).collect();
    let sent = message.clone();
    let server = Server::mailbox(1, move |talk| {
        talk.expect_fetch("1");
        talk.row(1, 10, sent);
        talk.tagged("OK done");
    });
    let folder = Folder::new();
    server.fetch("INBOX").args("--all -o ./").folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("", &[("10.eml", &message)]);
}

/// A mailbox name is a name on the server and nothing here.
#[test]
fn mailbox_names_of_all_kinds() {
    for (place, on_the_wire) in [
        ("", "INBOX"),
        ("a/b/c", "a/b/c"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("..", ".."),
        ("%22quoted%5c%22", "\"\\\"quoted\\\\\\\"\""),
        ("two%20words", "\"two words\""),
        ("two words", "\"two words\""),
        ("&%25*", "\"&-%*\""),
        ("便り", "&T78wig-"),
        ("%e4%be%bf%e3%82%8a", "&T78wig-"),
    ] {
        let server = Server::play(move |talk| {
            talk.log_in();
            talk.examine(on_the_wire, 1);
            one(talk);
            talk.log_out();
        });
        let folder = Folder::new();
        server.fetch(place).args("--all -o .").folder(&folder).run().check(0, "", "");
        server.finish();
        folder.check_files("", &[("10.eml", FIRST)]);
    }
}

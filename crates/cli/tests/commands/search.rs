//! `tayori search`.

use std::fs;
use std::process::Stdio;

use crate::common::program::Folder;
use crate::common::server::{Server, Talk};
use crate::mails;
use crate::store::ARRIVED;

const ALL: &str = "\
1  N     2026-02-01  Bob                   Lunch
2    r   2026-02-02  Ann                   Re: Lunch
3  N*    2026-02-03  山田                  旅行の便り
4        2026-02-04  Carl                  tax 2025
5     D  2026-02-05                        (no subject)
";

/// The lines of these UIDs.
fn lines(uids: &[usize]) -> String {
    uids.iter().map(|uid| format!("{}\n", ALL.lines().nth(uid - 1).unwrap())).collect()
}

#[track_caller]
fn check(words: &str, uids: &[usize]) {
    mails::host().run("search", "").args(words).run().check(0, lines(uids), "");
}

#[test]
fn messages_are_found_by_words() {
    check("", &[1, 2, 3, 4, 5]);
    check("unread", &[1, 3]);
    check("from:bob", &[1]);
    check("subject:lunch not answered", &[1]);
    check("from:bob or from:carl", &[1, 4]);
    check("(from:bob or from:ann) not unread", &[2]);
    check("since:2026-02-03 before:2026-02-05", &[3, 4]);
    check("has:attachment", &[4]);
    check("seen not has:attachment", &[2, 5]);
    check("-from:bob -unread -has:attachment", &[2, 5]);
    check("larger:400 smaller:1M", &[4]);
    check("uid:2:4 flagged", &[3]);
    check("--last 2", &[4, 5]);
    check("seen --last 1", &[5]);
}

#[test]
fn quotes_of_the_shell_are_understood() {
    let host = mails::host();
    host.run("search", "").arg("subject:tax 2025").arg("seen").run().check(0, lines(&[4]), "");
    host.run("search", "").arg("subject:\"tax 2025\" seen").run().check(0, lines(&[4]), "");
    host.run("search", "").arg("seen -has:attachment -deleted").run().check(0, lines(&[2]), "");
    host.run("search", "").arg("-subject:tax 2025").arg("seen").run().check(0, lines(&[2, 5]), "");
    host.run("search", "").arg("-from:bob seen").run().check(0, lines(&[2, 4, 5]), "");
    host.run("search", "").arg("subject:旅行").run().check(0, lines(&[3]), "");
    host.run("search", "").arg("--raw").arg("OR FROM bob SUBJECT \"tax 2025\"").run().check(
        0,
        lines(&[1, 4]),
        "",
    );
}

#[test]
fn for_programs() {
    let expected = "{\"mailbox\":\"INBOX\",\"uidvalidity\":7,\"uid\":2,\"flags\":[\"\\\\Answered\",\"\\\\Seen\",\"\\\\Recent\"],\
                    \"arrived\":\"2026-02-02T09:30:00Z\",\"size\":188,\"date\":\"Sun, 1 Feb 2026 09:05:00 +0000\",\
                    \"subject\":\"Re: Lunch\",\"from\":[{\"name\":\"Ann\",\"mailbox\":\"ann\",\"host\":\"example.org\"}],\
                    \"sender\":[{\"name\":\"Ann\",\"mailbox\":\"ann\",\"host\":\"example.org\"}],\
                    \"reply_to\":[{\"name\":\"Ann\",\"mailbox\":\"ann\",\"host\":\"example.org\"}],\
                    \"to\":[{\"name\":\"Bob\",\"mailbox\":\"bob\",\"host\":\"example.org\"}],\
                    \"cc\":[],\"bcc\":[],\"in_reply_to\":null,\"message_id\":\"<reply@example.org>\"}\n";
    mails::host().run("search", "").args("answered --json").run().check(0, expected, "");
}

#[test]
fn how_many() {
    let host = mails::host();
    host.run("search", "").args("unread --count").run().check(0, "2\n", "");
    let expected = "{\"mailbox\":\"INBOX\",\"uidvalidity\":7,\"count\":2}\n";
    host.run("search", "").args("unread --count --json").run().check(0, expected, "");
}

#[test]
fn nothing_is_found() {
    let host = mails::host();
    let stderr = "error: no such message: the search found nothing\n";
    host.run("search", "").args("from:dora").run().check(3, "", stderr);
    host.run("search", "").args("from:dora --count").run().check(3, "0\n", "");
    host.run("search", "").args("from:dora --json").run().check(3, "", stderr);
    host.create("Empty");
    let stderr = "error: no such message: the mailbox is empty\n";
    host.run("search", "Empty").run().check(3, "", stderr);
    host.run("search", "Empty").args("has:attachment").run().check(3, "", stderr);
}

#[test]
fn a_typo_is_shown_at_its_place() {
    mails::host().run("search", "").args("unread form:ann").run().check(
        2,
        "",
        "error: the query: there is no form: at character 8\n  unread form:ann\n         ^\n\
         hint: did you mean from:? A text with a colon stands in double quotes\n",
    );
}

#[test]
fn a_search_is_explained_without_being_done() {
    let host = mails::host();
    host.run("search", "").args("from:ann unread --last 3 --explain").run().check(
        0,
        "The server is asked:\n  UID SEARCH FROM \"ann\" UNSEEN\nOf what is found, the last 3 by UID.\n",
        "",
    );
    host.run("search", "").arg("subject:旅行").args("has:attachment --explain").run().check(
        0,
        "The server is asked:\n  UID SEARCH SUBJECT \"旅行\"\nThen, here:\n\
         \x20 whether there is an attachment, from the structure of each message for which it matters\n\
         \x20 (Gmail is asked for that, too)\n",
        "",
    );
}

#[test]
fn messages_come_in_an_order() {
    let check = |sort: &str, uids: &[usize]| {
        mails::host().run("search", "").args("--sort").arg(sort).run().check(0, lines(uids), "");
    };
    check("-size", &[4, 3, 2, 1, 5]);
    check("subject,-date", &[5, 2, 1, 4, 3]);
    check("from", &[5, 2, 1, 4, 3]);
    check("-arrival", &[5, 4, 3, 2, 1]);
    let outcome = mails::host().run("search", "").args("--sort colour").run();
    assert!(
        outcome.stderr.starts_with("error: --sort colour: there is no such key\nhint: write date,"),
        "{}",
        outcome.stderr
    );
}

/// Subjects of the messages 7, 8 and 9, with the parts of the envelope that a test needs.
fn envelopes(talk: &mut Talk, section: &str) {
    let row = |number: u32, subject: &str, id: &str, reply: &str, references: &str| {
        format!(
            "* {number} FETCH (UID {} FLAGS (\\Seen) INTERNALDATE \"0{number}-Feb-2026 09:30:00 +0000\" RFC822.SIZE 10 \
             ENVELOPE (NIL \"{subject}\" NIL NIL NIL NIL NIL NIL {reply} \"{id}\"){references})\r\n",
            number + 6
        )
    };
    let references = |octets: &str| match section {
        "" => String::new(),
        section => format!(" {section} {{{}}}\r\n{octets}", octets.len()),
    };
    talk.send(row(1, "b", "<1@x>", "NIL", &references("\r\n")));
    talk.send(row(2, "c", "<2@x>", "NIL", &references("\r\n")));
    talk.send(row(3, "a", "<3@x>", "NIL", &references("References: <1@x>\r\n\r\n")));
    talk.tagged("OK done");
}

const OVERVIEW: &str = "UID FETCH 7:9 (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE";

#[test]
fn what_a_server_cannot_sort_is_sorted_here() {
    let server = Server::mailbox(3, |talk| {
        talk.expect("UID SEARCH SEEN");
        talk.send("* SEARCH 7 8 9\r\n");
        talk.tagged("OK done");
        talk.expect(&format!("{OVERVIEW})"));
        envelopes(talk, "");
        talk.expect(&format!("{OVERVIEW})"));
        envelopes(talk, "");
    });
    let outcome = server.run("search", "").args("seen --sort subject").run();
    server.finish();
    let line = |uid: u32, subject: &str| {
        format!("{uid}        2026-02-0{}                        {subject}\n", uid - 6)
    };
    outcome.check(0, line(9, "a") + &line(7, "b") + &line(8, "c"), "");
}

#[test]
fn threads_are_made_by_the_server() {
    mails::host().run("thread", "").run().check(
        0,
        "1  N     2026-02-01  Bob                   Lunch\n\
         2    r   2026-02-02  Ann                     Re: Lunch\n\
         3  N*    2026-02-03  山田                  旅行の便り\n\
         4        2026-02-04  Carl                  tax 2025\n\
         5     D  2026-02-05                        (no subject)\n",
        "",
    );
    let outcome = mails::host().run("thread", "").args("subject:lunch --json").run();
    let text = String::from_utf8(outcome.stdout).unwrap();
    let places = text.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        format!("{} {} {} {}", line["uid"], line["thread"], line["depth"], line["parent"])
    });
    assert_eq!(places.collect::<Vec<_>>(), ["1 1 0 null", "2 1 1 1"]);
    mails::host().run("thread", "").args("from:dora").run().check(
        3,
        "",
        "error: no such message: the search found nothing\n",
    );
}

#[test]
fn threads_are_made_here_where_the_server_makes_none() {
    let server = Server::mailbox(3, |talk| {
        talk.expect("UID SEARCH SEEN");
        talk.send("* SEARCH 7 8 9\r\n");
        talk.tagged("OK done");
        talk.expect(&format!("{OVERVIEW} BODY.PEEK[HEADER.FIELDS (REFERENCES)])"));
        envelopes(talk, "BODY[HEADER.FIELDS (REFERENCES)]");
        talk.expect(&format!("{OVERVIEW})"));
        envelopes(talk, "");
    });
    let outcome = server.run("thread", "").args("seen").run();
    server.finish();
    let line = |uid: u32, subject: &str| {
        format!("{uid}        2026-02-0{}                        {subject}\n", uid - 6)
    };
    outcome.check(0, line(7, "b") + &line(9, "  a") + &line(8, "c"), "");
}

/// A server that can count need not tell more than is wanted.
#[test]
fn servers_are_asked_for_no_more_than_is_wanted() {
    let server = Server::play(|talk| {
        talk.log_in_with("ESEARCH PARTIAL");
        talk.examine("INBOX", 3);
        talk.expect("UID SEARCH RETURN (PARTIAL -1:-1) SEEN");
        talk.send("* ESEARCH (TAG \"x\") UID PARTIAL (-1:-1 8)\r\n");
        talk.tagged("OK done");
        talk.expect("UID FETCH 8 (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)");
        talk.send(
            "* 2 FETCH (UID 8 FLAGS () INTERNALDATE \"01-Feb-2026 09:30:00 +0000\" RFC822.SIZE 10 \
             ENVELOPE (NIL \"two\" NIL NIL NIL NIL NIL NIL NIL NIL))\r\n",
        );
        talk.tagged("OK done");
        talk.log_out();
    });
    let outcome = server.run("search", "").args("seen --last 1").run();
    server.finish();
    outcome.check(0, "8  N     2026-02-01                        two\n", "");
    let server = Server::play(|talk| {
        talk.log_in_with("ESEARCH");
        talk.examine("INBOX", 3);
        talk.expect("UID SEARCH RETURN (COUNT) SEEN");
        talk.send("* ESEARCH (TAG \"x\") UID COUNT 2\r\n");
        talk.tagged("OK done");
        talk.log_out();
    });
    let outcome = server.run("search", "").args("seen --count").run();
    server.finish();
    outcome.check(0, "2\n", "");
}

/// What the server tells of the others is shown, and the code says that something is missing.
#[test]
fn a_message_that_goes_in_between_costs_no_other() {
    let server = Server::mailbox(2, |talk| {
        talk.expect("UID SEARCH UNSEEN");
        talk.send("* SEARCH 7 8\r\n");
        talk.tagged("OK done");
        talk.expect("UID FETCH 7:8 (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)");
        talk.send(
            "* 2 FETCH (UID 8 FLAGS () INTERNALDATE \"01-Feb-2026 09:30:00 +0000\" RFC822.SIZE 10 \
             ENVELOPE (NIL \"two\" NIL NIL NIL NIL NIL NIL NIL NIL))\r\n",
        );
        talk.tagged("OK done");
    });
    let outcome = server.run("search", "").args("unread").run();
    server.finish();
    outcome.check(
        4,
        "8  N     2026-02-01                        two\n",
        "error: UID 7: the server told nothing of it, or nothing that can be read\n\
         hint: it may be gone; look at the dialogue with --trace\n",
    );
}

#[test]
fn structures_that_cannot_be_read_are_said() {
    let server = Server::mailbox(2, |talk| {
        talk.expect("UID SEARCH ALL");
        talk.send("* SEARCH 7 8\r\n");
        talk.tagged("OK done");
        talk.expect("UID FETCH 7:8 (UID BODYSTRUCTURE)");
        talk.send("* 1 FETCH (UID 7 BODYSTRUCTURE (((()))\r\n* 2 FETCH (UID 8 BODYSTRUCTURE )\r\n");
        talk.tagged("OK done");
    });
    let outcome = server.run("search", "").args("has:attachment").run();
    server.finish();
    outcome.check(
        3,
        "",
        "note: what the server says of the structure of UID 7:8 cannot be read; counted as without attachments\n\
         error: no such message: the search found nothing\n",
    );
}

#[test]
fn a_reader_that_has_had_enough_ends_it_quietly() {
    let host = mails::host();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    host.run("search", "").stdout(Stdio::from(writer)).run().check(0, "", "");
}

#[test]
fn several_mailboxes() {
    let host = mails::host();
    host.create("Empty");
    host.create("Archive &c");
    host.put_with("Archive &c", mails::LUNCH, &[], ARRIVED);
    let lunch = lines(&[1]);
    host.run("search", "").args("from:bob --all-mailboxes").run().check(
        0,
        format!("In INBOX:\n{lunch}\nIn Archive &c:\n{lunch}"),
        "",
    );
    // A pattern that means one mailbox is still one for several; a name is not.
    host.run("search", "").args("from:bob --mailbox A*").run().check(
        0,
        format!("In Archive &c:\n{lunch}"),
        "",
    );
    host.run("search", "").args("from:bob --mailbox").arg("Archive &c").run().check(0, lunch, "");
    host.run("search", "").args("from:bob --count --all-mailboxes").run().check(
        0,
        "In INBOX: 1\nIn Archive &c: 1\nIn Empty: 0\n",
        "",
    );
    host.run("search", "").args("from:dora --all-mailboxes").run().check(
        3,
        "",
        "error: no such message: the search found nothing in any of the mailboxes\n",
    );
    let found = host.run("search", "").args("from:bob --json --all-mailboxes").run();
    let stdout = String::from_utf8(found.stdout).unwrap();
    let of: Vec<_> = stdout.lines().map(|line| line.split(',').next().unwrap().to_owned()).collect();
    assert_eq!(of, ["{\"mailbox\":\"INBOX\"", "{\"mailbox\":\"Archive &c\""]);
}

#[test]
fn what_is_found_in_several_mailboxes_names_no_message_of_one() {
    let host = mails::host();
    host.create("Archive");
    // What might be read as a UID, and something behind it.
    host.create("3 x");
    host.put("3 x", mails::LUNCH);
    let folder = Folder::new();
    fs::write(folder.at("found"), host.run("search", "").args("all --mailbox 3*").run().stdout).unwrap();
    let stdin = Stdio::from(fs::File::open(folder.at("found")).unwrap());
    host.run("copy", "").args("- --to Archive").stdin(stdin).run().check(
        2,
        "",
        "error: line 1 of stdin begins with no UID: In 3 x:\n\
         hint: each line is a UID and what you like behind it, or JSON as tayori search --json writes it\n",
    );
}

#[test]
fn a_mailbox_that_cannot_be_had_does_not_keep_the_others_from_being_searched() {
    let host = mails::host();
    let missing = "error: Nowhere: cannot open the mailbox: the server refused EXAMINE\n\
                   the server said: \"there is no such mailbox\"\nhint: tayori list shows the mailboxes\n";
    let run = |words: &str| host.run("search", "").args(words).run();
    run("from:bob --mailbox Nowhere --mailbox INBOX").check(
        4,
        format!("In INBOX:\n{}", lines(&[1])),
        missing,
    );
    run("from:dora --mailbox Nowhere --mailbox INBOX").check(6, "", missing);
}

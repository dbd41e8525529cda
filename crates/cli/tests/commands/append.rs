//! `tayori append`.

use std::fs;
use std::process::Stdio;

use crate::common::program::{Folder, Run};
use crate::common::server::Server;
use crate::mails;
use crate::store::Host;

fn files() -> Folder {
    let folder = Folder::new();
    folder.write("a.eml", mails::LUNCH);
    folder.write("b c.eml", mails::REPLY);
    folder
}

fn append(host: &Host, folder: &Folder, words: &str) -> Run {
    host.run("append", "INBOX").args(words).folder(folder)
}

#[test]
fn files_become_messages_as_they_are() {
    let (host, folder) = (Host::start(), files());
    append(&host, &folder, "a.eml").arg("b c.eml").run().check(0, "", "note: stored 2 messages in INBOX\n");
    let expected = [(1, mails::LUNCH.as_bytes().to_vec()), (2, mails::REPLY.as_bytes().to_vec())];
    assert_eq!(host.messages("INBOX"), expected);
    let outcome = append(&host, &folder, "a.eml --json --flag seen --flag $Work --sent-date").run();
    let expected = "{\"event\":\"appended\",\"file\":\"a.eml\",\"mailbox\":\"INBOX\",\"uidvalidity\":7,\"uid\":3}\n\
                    {\"event\":\"summary\",\"exit\":0,\"appended\":1,\"left\":[]}\n";
    outcome.check(0, expected, "");
    let found = host.run("search", "").args("uid:3 seen tag:$Work on:2026-02-01 --count").run();
    found.check(0, "1\n", "");
}

#[test]
fn a_message_comes_on_stdin() {
    let (host, folder) = (Host::start(), files());
    let input = fs::File::open(folder.at("a.eml")).unwrap();
    let run =
        append(&host, &folder, "-").arg("--date").arg("01-Jan-2020 12:00:00 +0900").stdin(Stdio::from(input));
    run.run().check(0, "", "note: stored 1 message in INBOX\n");
    assert_eq!(host.messages("INBOX"), [(1, mails::LUNCH.as_bytes().to_vec())]);
    host.run("search", "").args("on:2020-01-01 --count").run().check(0, "1\n", "");
}

#[test]
fn what_would_be_stored() {
    let (host, folder) = (Host::start(), files());
    append(&host, &folder, "a.eml --dry-run").run().check(
        0,
        "",
        "note: nothing is changed; a.eml (155 bytes) would be stored in INBOX\n",
    );
    let expected = "{\"event\":\"would\",\"action\":\"append\",\"file\":\"a.eml\",\"mailbox\":\"INBOX\",\"octets\":155}\n";
    append(&host, &folder, "a.eml --dry-run --json").run().check(0, expected, "");
    assert_eq!(host.messages("INBOX").len(), 0);
}

/// Nothing is stored if one of the files cannot be.
#[test]
fn files_that_are_none() {
    let (host, folder) = (Host::start(), files());
    folder.write("empty.eml", "");
    let refused =
        |words: &str, code: i32, stderr: &str| append(&host, &folder, words).run().check(code, "", stderr);
    refused("a.eml none.eml", 9, "error: cannot read none.eml: No such file or directory (os error 2)\n");
    refused("a.eml .", 9, "error: cannot read .: is a directory\n");
    refused("a.eml empty.eml", 2, "error: empty.eml is empty, which is no message\n");
    let outcome = append(&host, &folder, "- -").run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.starts_with("error: stdin holds one message, and - is there twice\n"));
    let outcome = append(&host, &folder, "a.eml --date yesterday").run();
    assert!(outcome.stderr.starts_with("error: --date yesterday: that is no moment\n"), "{}", outcome.stderr);
    for (mailbox, expected) in [
        ("INBOX;UIDVALIDITY=6", "error: the place names a UIDVALIDITY, and no message is looked for there\n"),
        ("INBOX/;UID=1", "error: the place names a message, and files go to a mailbox\n"),
    ] {
        let outcome = host.run("append", mailbox).args("a.eml").folder(&folder).run();
        assert_eq!(outcome.code, 2);
        assert!(outcome.stderr.starts_with(expected), "{}", outcome.stderr);
    }
    assert_eq!(host.messages("INBOX").len(), 0);
}

#[test]
fn a_mailbox_that_is_not_there() {
    let (host, folder) = (Host::start(), files());
    host.run("append", "Nowhere").args("a.eml").folder(&folder).run().check(
        6,
        "",
        "error: cannot store a.eml in Nowhere: the server refused APPEND\n\
         the server said: \"there is no such mailbox\"\nhint: tayori mailbox create makes it\n",
    );
}

/// What is done is said, and what is left.
#[test]
fn a_quota_is_hit_in_the_middle() {
    let server = Server::play(|talk| {
        talk.log_in_with("UIDPLUS");
        let first = talk.read_command();
        assert!(String::from_utf8_lossy(&first).contains("APPEND INBOX"), "{}", first.escape_ascii());
        talk.answer(&first, "OK [APPENDUID 59 7] stored");
        let second = talk.read_command();
        talk.answer(&second, "NO [OVERQUOTA] no room");
        talk.log_out();
    });
    let folder = files();
    let outcome = server.run("append", "").args("a.eml").arg("b c.eml").arg("--json").folder(&folder).run();
    server.finish();
    outcome.check(
        4,
        "{\"event\":\"appended\",\"file\":\"a.eml\",\"mailbox\":\"INBOX\",\"uidvalidity\":59,\"uid\":7}\n\
         {\"event\":\"summary\",\"exit\":4,\"appended\":1,\"left\":[\"b c.eml\"],\"error\":\"cannot store b c.eml in \
         INBOX: the server refused APPEND; not stored: b c.eml\"}\n",
        "error: cannot store b c.eml in INBOX: the server refused APPEND; not stored: b c.eml\n\
         the server said: \"no room\"\nhint: make room first; tayori quota shows how much there is\n",
    );
}

#[test]
fn a_server_that_has_no_more_room() {
    // Each message takes 512 octets and its own.
    let (host, folder) = (Host::with_room(1_500), files());
    let outcome = append(&host, &folder, "a.eml a.eml a.eml").run();
    outcome.check(
        4,
        "",
        "note: stored 2 messages in INBOX\n\
         error: cannot store a.eml in INBOX: the server refused APPEND; not stored: a.eml\n\
         the server said: \"there is no room for that\"\nhint: make room first; tayori quota shows how much there is\n",
    );
    host.check_uids("INBOX", &[1, 2]);
}

/// A text file as they are on Unix is no message as mail travels; what becomes of it is for whoever sends it to say.
#[test]
fn lines_that_end_in_lf_alone() {
    let (host, folder) = (Host::start(), files());
    folder.write("unix.eml", "Subject: a\n\nb\r\nc\n");
    append(&host, &folder, "a.eml unix.eml").run().check(
        2,
        "",
        "error: unix.eml has 3 lines that end in LF alone, and mail has CRLF\n\
         hint: --crlf makes CRLF of them; --as-is sends the octets of the file as they stand\n",
    );
    assert_eq!(host.messages("INBOX").len(), 0);
    append(&host, &folder, "unix.eml --crlf --dry-run").run().check(
        0,
        "",
        "note: nothing is changed; unix.eml (20 bytes) would be stored in INBOX\n",
    );
    append(&host, &folder, "a.eml unix.eml --crlf").run().check(0, "", "note: stored 2 messages in INBOX\n");
    append(&host, &folder, "unix.eml --as-is").run().check(0, "", "note: stored 1 message in INBOX\n");
    let expected = [
        (1, mails::LUNCH.as_bytes().to_vec()),
        (2, b"Subject: a\r\n\r\nb\r\nc\r\n".to_vec()),
        (3, b"Subject: a\n\nb\r\nc\n".to_vec()),
    ];
    assert_eq!(host.messages("INBOX"), expected);
}

/// Many messages would become one.
#[test]
fn an_mbox_is_no_message() {
    let (host, folder) = (Host::start(), files());
    folder.write("old.mbox", "From bob Sun Feb  1 09:00:00 2026\r\nSubject: a\r\n\r\n");
    append(&host, &folder, "old.mbox --crlf").run().check(
        2,
        "",
        "error: old.mbox begins with a line `From ...`, as an mbox does, and no message\n\
         hint: store each of its messages from a file of its own; --as-is sends the octets of the file as they stand\n",
    );
    append(&host, &folder, "old.mbox --as-is").run().check(0, "", "note: stored 1 message in INBOX\n");
}

/// It is read twice, and gives its octets once.
#[test]
fn a_message_comes_through_a_pipe_with_a_name() {
    let (host, folder) = (Host::start(), files());
    let made = std::process::Command::new("mkfifo").arg(folder.at("pipe")).status().unwrap();
    assert!(made.success());
    let path = folder.at("pipe");
    let writer = std::thread::spawn(move || fs::write(path, mails::LUNCH).unwrap());
    append(&host, &folder, "pipe").run().check(0, "", "note: stored 1 message in INBOX\n");
    writer.join().unwrap();
    assert_eq!(host.messages("INBOX"), [(1, mails::LUNCH.as_bytes().to_vec())]);
}

/// The server was promised so many octets. It would store the first so many of those that are there now.
#[test]
fn a_file_that_changes_after_it_was_looked_at_is_not_stored() {
    for now in [format!("{}more", mails::LUNCH), mails::LUNCH.replace("noon", "nine"), "short\r\n".to_owned()]
    {
        let folder = files();
        let path = folder.at("a.eml");
        let server = Server::play(move |talk| {
            fs::write(path, now).unwrap();
            talk.log_in_with("UIDPLUS");
            let line = talk.read_line();
            assert!(line.ends_with(b" APPEND INBOX {155}\r\n"), "{}", line.escape_ascii());
            talk.send("+ go on\r\n");
            let came: usize =
                std::iter::repeat_with(|| talk.read_line().len()).take_while(|octets| *octets > 0).sum();
            assert!(came < 155, "all of a message came");
        });
        let outcome = server.run("append", "").args("a.eml").folder(&folder).run();
        server.finish();
        outcome.check(
            9,
            "",
            "error: cannot store a.eml in INBOX: it is not what it was when it was looked at\n\
             hint: the file was changed while it was sent; nothing of it is stored\n",
        );
    }
}

/// Whoever tried again without a look might have it twice.
#[test]
fn a_connection_is_lost_while_a_message_is_stored() {
    let server = Server::play(|talk| {
        talk.log_in_with("UIDPLUS");
        talk.read_command();
        talk.cut();
    });
    let folder = files();
    let outcome = server.run("append", "").args("a.eml").arg("b c.eml").arg("--json").folder(&folder).run();
    server.finish();
    assert_eq!(outcome.code, 7);
    let line: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(
        (line["left"].to_string(), line["in_doubt"].to_string()),
        ("[\"a.eml\",\"b c.eml\"]".to_owned(), "\"a.eml\"".to_owned())
    );
    let expected = "; nobody knows whether a.eml is stored; not stored: b c.eml\n\
                    hint: it may be stored all the same: look for it (tayori search ... id:MESSAGE-ID) before you try \
                    again\n";
    assert!(outcome.stderr.ends_with(expected), "{}", outcome.stderr);
}

/// The same where somebody asks the program to end before the server has answered.
#[test]
fn an_append_is_interrupted() {
    let (come, came) = std::sync::mpsc::channel();
    let server = Server::play(move |talk| {
        talk.log_in_with("UIDPLUS");
        talk.read_command();
        come.send(()).unwrap();
        let rest = talk.read_line();
        assert!(rest.is_empty() || rest.ends_with(b" LOGOUT\r\n"), "{}", rest.escape_ascii());
    });
    let folder = files();
    let running = server.run("append", "").args("a.eml").folder(&folder).start();
    came.recv().unwrap();
    running.signal(rustix::process::Signal::INT);
    let outcome = running.wait();
    server.finish();
    outcome.check(
        130,
        "",
        "error: interrupted; nobody knows whether a.eml is stored\n\
         hint: it may be stored all the same: look for it (tayori search ... id:MESSAGE-ID) before you try again\n",
    );
}

/// A literal cannot hold it.
#[test]
fn nul_goes_only_where_it_can() {
    let server = Server::play(|talk| {
        talk.log_in_with("UIDPLUS");
        talk.log_out();
    });
    let folder = files();
    folder.write("nul.eml", "Subject: a\r\n\r\n\0\r\n");
    let outcome = server.run("append", "").args("nul.eml").folder(&folder).run();
    server.finish();
    outcome.check(
        8,
        "",
        "error: cannot store nul.eml in INBOX: the server does not offer BINARY\n\
         hint: there is NUL in it, which mail cannot hold but where a server has BINARY; nothing was sent\n",
    );
}

//! `tayori show`, and the ways in which commands are told which messages are meant.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::program::{Folder, Run, TAYORI};
use crate::mails;
use crate::store::Host;

const LUNCH: &str = "\
From: Bob <bob@example.org>
To: Ann <ann@example.org>
Date: Sun, 1 Feb 2026 09:00:00 +0000
Subject: Lunch

At noon?

";

#[track_caller]
fn check(words: &str, expected: &str) {
    mails::host().run("show", "").args(words).run().check(0, expected, "");
}

#[test]
fn a_message_as_a_person_reads_it() {
    check("1", LUNCH);
    check(
        "4",
        "From: Carl <carl@example.com>\nTo: Ann <ann@example.org>\nDate: Wed, 4 Feb 2026 10:00:00 -0500\n\
         Subject: tax 2025\n\nSee the file.\n\nAttachments:\n  2  data.bin  (application/octet-stream, about 6 B)\n\n",
    );
}

#[test]
fn what_else_there_is_to_see() {
    check("1 --raw", mails::LUNCH);
    check("1,4 --raw", &[mails::LUNCH, mails::WITH_FILE].concat());
    check("4 --part 1", "See the file.");
    check("4 --part 2", "\0\x01\x02\x03\x04\x05");
    check("4 --part 2 --encoded", "AAECAwQF");
    check("5 --headers", "X-Odd: \u{1b}[2J\r\n\r\n");
    check(
        "4 --structure",
        "-  multipart/mixed\n1    text/plain; charset=us-ascii  7bit    13\n\
         2    application/octet-stream      base64   8  data.bin\n\n",
    );
}

#[test]
fn messages_are_named_in_many_ways() {
    let subjects = |words: &str, expected: &[&str]| {
        let outcome = mails::host().run("show", "").args(words).args("--json").run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{words}");
        let text = String::from_utf8(outcome.stdout).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let found: Vec<String> =
            lines.map(|line| line["subject"].as_str().unwrap_or("").to_owned()).collect();
        assert_eq!(found, expected, "{words}");
    };
    subjects("2 1", &["Lunch", "Re: Lunch"]);
    subjects("1,3:4", &["Lunch", "旅行の便り", "tax 2025"]);
    subjects("last 2", &["tax 2025", ""]);
    subjects("all --query from:ann", &["Re: Lunch"]);
    subjects("--query from:ann", &["Re: Lunch"]);
    subjects("1:3 --query unread", &["Lunch", "旅行の便り"]);
    subjects("last 1 --query seen", &[""]);
    subjects("--search FLAGGED", &["旅行の便り"]);
}

#[test]
fn one_message_by_its_place() {
    mails::host().run("show", "INBOX;UID=1").run().check(0, LUNCH, "");
    mails::host().run("show", "INBOX;UIDVALIDITY=8;UID=1").run().check(
        3,
        "",
        "error: the UIDs of this mailbox are others now: UIDVALIDITY was 8 and is 7\n\
         hint: look for the message again, its UID has changed\n",
    );
}

/// What one command writes, the next one reads: as text and as JSON.
fn piped(host: &Host, options: &str) -> Run {
    let place = host.place("");
    let script = format!(
        "\"$0\" search {place} --tls none from:carl {options} | \"$0\" show {place} --tls none - --raw"
    );
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &script, TAYORI]);
    Run::through(shell)
}

#[test]
fn commands_pipe_into_each_other() {
    let host = mails::host();
    piped(&host, "").run().check(0, mails::WITH_FILE, "");
    piped(&host, "--json").run().check(0, mails::WITH_FILE, "");
}

#[test]
fn uids_of_another_life_of_the_mailbox_mean_nothing() {
    let folder = Folder::new();
    let lines = folder.write("lines", "{\"mailbox\":\"INBOX\",\"uidvalidity\":6,\"uid\":1}\n");
    let run = mails::host().run("show", "").arg("-").stdin(Stdio::from(fs::File::open(lines).unwrap())).run();
    run.check(
        3,
        "",
        "error: the UIDs of this mailbox are others now: UIDVALIDITY was 6 and is 7\n\
         hint: look for the message again, its UID has changed\n",
    );
}

#[test]
fn stdin_that_names_nothing() {
    mails::host().run("show", "").arg("-").run().check(3, "", "error: stdin names no message\n");
}

#[test]
fn messages_that_are_not_there() {
    let host = mails::host();
    let stderr = "error: no such message: UID 9\n";
    host.run("show", "").args("9").run().check(3, "", stderr);
    host.run("show", "").args("1,9").run().check(4, format!("UID 1\n{LUNCH}"), stderr);
}

#[test]
fn what_is_meant_has_to_be_said_once() {
    let refused = |words: &str, expected: &str| {
        let outcome = mails::host().run("show", words).run();
        assert_eq!(outcome.code, 2);
        outcome.stderr.strip_prefix("error: ").and_then(|text| text.strip_prefix(expected)).unwrap_or_else(
            || {
                panic!("{words}: {}", outcome.stderr);
            },
        );
    };
    refused(
        "INBOX",
        "nothing says which messages are meant\nhint: write UIDs such as 20,30:40, last 10, all,",
    );
}

#[test]
fn attachments_are_saved() {
    let (host, folder) = (mails::host(), Folder::new());
    host.run("show", "").args("all --save-attachments files/").folder(&folder).run().check(
        0,
        "",
        "note: saved 1 attachment of 5 messages in files/\n",
    );
    assert_eq!(fs::read(folder.at("files/4/data.bin")).unwrap(), [0, 1, 2, 3, 4, 5]);
    host.run("show", "").args("4 --save-attachments one").folder(&folder).run().check(
        0,
        "",
        "note: saved 1 attachment of 1 message in one\n",
    );
    assert_eq!(fs::read(folder.at("one/data.bin")).unwrap(), [0, 1, 2, 3, 4, 5]);
    host.run("show", "").args("4 --save-attachments two -q").folder(&folder).run().check(0, "", "");
}

/// Without a word an empty folder would look like a fault.
#[test]
fn a_message_without_attachments_says_so() {
    let folder = Folder::new();
    let run = mails::host().run("show", "").args("1,2 --save-attachments none").folder(&folder).run();
    run.check(0, "", "note: there is no attachment in 2 messages\n");
}

#[test]
fn nothing_changes_unless_it_is_asked_for() {
    let host = mails::host();
    let unread =
        |host: &Host| String::from_utf8(host.run("search", "").args("unread --count").run().stdout).unwrap();
    host.run("show", "").args("1 --raw").run().check(0, mails::LUNCH, "");
    assert_eq!(unread(&host), "2\n");
    host.run("show", "").args("1 --raw --seen").run().check(0, mails::LUNCH, "");
    assert_eq!(unread(&host), "1\n");
}

//! `--json`: each message that was asked for has a line, and the last line is the summary, however it ends.

use std::sync::mpsc;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::common::program::{Folder, Outcome, Run};
use crate::common::server::{Server, Talk};
use crate::store::Host;
use crate::{FIRST, SECOND, one};

/// The lines on stdout. Each is whole, the last one is the summary, and counts those with `failed`.
#[track_caller]
fn lines(outcome: &Outcome) -> Vec<Value> {
    assert!(outcome.stdout.ends_with(b"\n"), "{outcome:?}");
    let text = std::str::from_utf8(&outcome.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = |event: &str| lines.iter().filter(|line| line["event"] == event).count();
    let summary = lines.last().unwrap();
    assert_eq!(summary["event"], "summary");
    assert_eq!(count("summary"), 1);
    assert_eq!(summary["failed"], count("failed"), "{lines:#?}");
    assert_eq!(summary["fetched"], count("fetched"), "{lines:#?}");
    assert_eq!(summary["exit"], outcome.code);
    lines
}

/// Message (UID, else `#` and its number), exit code and reason of each that failed; mailboxes by their name.
#[track_caller]
fn failed(outcome: &Outcome) -> Vec<String> {
    let failed = lines(outcome).into_iter().filter(|line| !line["exit"].is_null());
    let shown = |line: Value| {
        let what = match (&line["event"], &line["uid"], &line["number"]) {
            (event, _, _) if event == "summary" => return None,
            (event, _, _) if event == "mailbox_failed" => line["mailbox"].as_str().unwrap().to_owned(),
            (_, Value::Null, number) => format!("#{number}"),
            (_, uid, _) => uid.to_string(),
        };
        Some(format!("{what} {} {}", line["exit"], line["error"].as_str().unwrap()))
    };
    failed.filter_map(shown).collect()
}

fn run(server: &Server, mailbox: &str, options: &str) -> Outcome {
    let folder = Folder::new();
    server.fetch(mailbox).args("-o out/ --json").args(options).folder(&folder).run()
}

#[test]
fn what_was_named_and_is_not_there_has_a_line() {
    let server = Server::mailbox(2, |talk| {
        talk.expect_listing("UID FETCH 10,900,902", &[(1, 10, FIRST.len())]);
        talk.expect_uid_fetch("10");
        talk.row(1, 10, FIRST);
        talk.tagged("OK done");
    });
    let outcome = run(&server, "", "--uid 10,900,902");
    server.finish();
    assert_eq!(outcome.code, 4);
    assert_eq!(failed(&outcome), ["900 3 no such message", "902 3 no such message"]);

    let server = Server::mailbox(2, |_| {});
    let outcome = run(&server, "", "--number 7");
    server.finish();
    assert_eq!((outcome.code, failed(&outcome)), (3, vec!["#7 3 no such message".to_owned()]));
}

#[test]
fn what_the_server_passes_over_has_a_line() {
    let server = Server::mailbox(3, |talk| {
        talk.expect_fetch("1:3");
        talk.row(1, 10, FIRST);
        talk.send("* 2 FETCH (BODY[] {5}\r\nhello)\r\n");
        talk.tagged("OK done");
    });
    let outcome = run(&server, "", "--all");
    server.finish();
    assert_eq!(outcome.code, 4);
    assert_eq!(
        failed(&outcome),
        [
            "#2 8 number 2: the server sent the message without its UID; it was not kept",
            "#3 3 the server sent nothing for it"
        ]
    );
}

#[test]
fn a_connection_that_is_lost_leaves_a_line_for_each() {
    let at_once = Server::play(|talk| {
        talk.log_in();
        talk.examine("INBOX", 4);
        talk.expect_fetch("1:4");
        talk.row(1, 10, FIRST);
        talk.send("* 2 FETCH (UID 20 BODY[] {100000}\r\n");
        talk.send(vec![b'x'; 70_000]);
        talk.cut();
    });
    let outcome = run(&at_once, "", "--all");
    at_once.finish();
    assert_eq!(outcome.code, 4);
    let found = failed(&outcome);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("20 7 UID 20: the connection is lost: "), "{found:?}");
    for (found, which) in found[1..].iter().zip(["#3", "#4"]) {
        assert!(found.starts_with(&format!("{which} 7 not reached: UID 20: the connection")), "{found}");
    }

    let listed = Server::play(|talk| {
        talk.log_in();
        talk.examine("INBOX", 65);
        let all: Vec<_> = (1..=65).map(|n| (n, n, 5)).collect();
        talk.expect_listing("FETCH 1:65", &all);
        talk.expect_uid_fetch("1:65");
        talk.row(1, 1, FIRST);
        talk.cut();
    });
    let outcome = run(&listed, "", "--all");
    listed.finish();
    let found = failed(&outcome);
    assert_eq!(found.len(), 64, "{found:?}");
    assert!(found[63].starts_with("65 7 not reached: the connection is lost"), "{found:?}");

    // Nothing was listed: the mailbox is what failed, and so are those behind it.
    let opening = Server::play(|talk| {
        talk.log_in();
        talk.expect("LIST \"\" *");
        talk.send("* LIST () \"/\" a\r\n* LIST () \"/\" b\r\n* LIST () \"/\" c\r\n");
        talk.tagged("OK done");
        talk.examine("a", 1);
        one(talk);
        talk.examine("b", 65);
        talk.expect("FETCH 1:65 (UID RFC822.SIZE)");
        talk.cut();
    });
    let outcome = run(&opening, "", "--all-mailboxes --all");
    opening.finish();
    let found = failed(&outcome);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("b 7 b: the connection is lost"), "{found:?}");
    assert!(found[1].starts_with("c 7 not reached: b: the connection is lost"), "{found:?}");
}

#[test]
fn a_full_disk_leaves_a_line_for_each() {
    let folder = Folder::new();
    let Some(run) = Run::on_a_disk(&folder, "size=1m", "true") else { return };
    let server = Server::play(|talk| {
        talk.log_in();
        talk.examine("INBOX", 4);
        talk.expect_fetch("1:4");
        talk.row(1, 10, FIRST);
        talk.row(2, 20, vec![b'x'; 2_000_000]);
        talk.row(3, 30, SECOND);
        talk.row(4, 40, SECOND);
        talk.send_to_whom_it_may_concern("* OK still here\r\n");
        let _ = talk.read_line();
    });
    let outcome = run.arg("fetch").arg(server.place("INBOX")).args("--tls none --all -o out/ --json").run();
    server.finish();
    assert_eq!(outcome.code, 4, "{outcome:?}");
    let found = failed(&outcome);
    // Several threads write, so another one may find the disk full first.
    let is_told = |line: &String| line.starts_with("20 9 UID 20: could not write ");
    assert!(found.iter().any(is_told), "{found:?}");
    let rest = found.iter().filter(|line| !line.contains(" UID ") || line.starts_with('#'));
    assert!(rest.into_iter().all(|line| line.contains(" 9 not reached: UID ")), "{found:?}");
    let lines = lines(&outcome);
    let fate = |uid: u32, number: u32| {
        lines.iter().filter(|line| line["uid"] == uid || line["number"] == number).count()
    };
    assert_eq!([fate(10, 1), fate(20, 2), fate(30, 3), fate(40, 4)], [1; 4], "{lines:#?}");
}

#[test]
fn an_interruption_leaves_a_line_for_each() {
    let (sender, reached) = mpsc::channel();
    let server = Server::play(move |talk| {
        talk.log_in();
        talk.examine("INBOX", 3);
        talk.expect_fetch("1:3");
        talk.row(1, 10, FIRST);
        talk.send("* 2 FETCH (UID 20 BODY[] {1000000}\r\n");
        talk.send(vec![b'x'; 300_000]);
        sender.send(()).unwrap();
        talk.expect("LOGOUT");
        talk.expect_end();
    });
    let folder = Folder::new();
    let running = server.fetch("").args("--all -o out/ --json").folder(&folder).start();
    reached.recv_timeout(Duration::from_secs(20)).unwrap();
    for _ in 0..2_000 {
        if folder.at("out/10.eml").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    running.signal(Signal::INT);
    let outcome = running.wait();
    server.finish();
    assert_eq!(outcome.code, 130);
    let found = failed(&outcome);
    let second =
        found.iter().any(|line| line == "20 130 interrupted" || line == "#2 130 not reached: interrupted");
    assert!(second, "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[1], "#3 130 not reached: interrupted");
}

/// What is repaired is told even where the rest goes well.
#[test]
fn a_file_that_was_changed_has_a_line() {
    let host = Host::start();
    let uids = [host.put("INBOX", FIRST), host.put("INBOX", SECOND)];
    for (format, options, file, found) in [
        ("eml", "", "1.eml", "size"),
        ("eml", "--verify", "1.eml", "content"),
        ("mbox", "", "INBOX.mbox", "no_message"),
    ] {
        let folder = Folder::new();
        let fetch = |options: &str| {
            let run = host.fetch("").args("--all -q --json -o out/ --format").arg(format).args(options);
            let outcome = run.folder(&folder).run();
            assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{format} {options}");
            lines(&outcome)
        };
        assert_eq!(fetch("").len(), 3);
        let name = format!("out/{file}");
        let mut octets = std::fs::read(folder.at(&name)).unwrap();
        match found {
            "size" => octets.push(b'x'),
            _ => octets[0] ^= 1,
        }
        std::fs::write(folder.at(&name), octets).unwrap();
        let told = fetch(options);
        let expected = json!({
            "event": "altered", "mailbox": "INBOX", "uidvalidity": 7, "uid": uids[0], "file": file, "found": found
        });
        assert_eq!(told[0], expected);
        assert!(told.iter().any(|line| line["event"] == "fetched" && line["uid"] == uids[0]), "{told:?}");
        assert!(!fetch(options).iter().any(|line| line["event"] == "altered"));
    }
}

/// Whatever keeps it from being begun.
#[test]
fn every_end_has_a_summary() {
    let refusing = |talk: &mut Talk| {
        talk.greet();
        talk.expect("LOGIN ann secret");
        talk.tagged("NO [AUTHENTICATIONFAILED] no");
        talk.expect_end();
    };
    let server = Server::play(refusing);
    let outcome = run(&server, "", "--all");
    server.finish();
    assert_eq!(outcome.code, 5);
    assert_eq!(
        lines(&outcome),
        [json!({
            "event": "summary", "exit": 5, "fetched": 0, "octets": 0, "already_there": 0, "failed": 0, "removed": 0,
            "marked_deleted": 0, "error": "cannot log in as ann at 127.0.0.1: the server refused LOGIN"
        })]
    );

    let folder = Folder::new();
    folder.write("x.eml", "mine");
    std::fs::create_dir(folder.at("newer")).unwrap();
    folder.write("newer/tayori-manifest.jsonl", "{\"tayori_manifest\":2}\n");
    for (code, options) in
        [(7, "--all -o out/"), (9, "--all -o x.eml"), (9, "--all -o newer/"), (2, "--search sinse -o out/")]
    {
        let run = Run::new().args("fetch imap://ann@127.0.0.1:1/ --tls none --json").args(options);
        let outcome = run.folder(&folder).run();
        assert_eq!(outcome.code, code, "{options}");
        assert_eq!(lines(&outcome).len(), 1, "{options}");
    }
}

#[test]
fn a_mailbox_that_cannot_be_opened_has_a_line() {
    for (place, options, error) in [
        ("Nope", "", "cannot open the mailbox Nope: the server refused EXAMINE"),
        ("", "--mailbox Nope", "Nope: cannot open the mailbox: the server refused EXAMINE"),
    ] {
        let server = Server::play(move |talk| {
            talk.log_in();
            if !options.is_empty() {
                talk.expect("LIST \"\" \"\"");
                talk.tagged("OK done");
            }
            talk.expect("EXAMINE Nope");
            talk.tagged("NO none of that name");
            talk.log_out();
        });
        let outcome = run(&server, place, &format!("--all {options}"));
        server.finish();
        assert_eq!(outcome.code, 6);
        assert_eq!(failed(&outcome), [format!("Nope 6 {error}")]);
        assert_eq!(lines(&outcome).len(), 2);
        assert!(outcome.stderr.starts_with(&format!("error: {error}\n")), "{}", outcome.stderr);
    }
}

#[test]
fn a_pattern_that_matches_nothing_has_a_line() {
    let server = Server::play(|talk| {
        talk.log_in();
        talk.expect("LIST \"\" \"\"");
        talk.tagged("OK done");
        talk.expect("LIST \"\" Nope*");
        talk.tagged("OK done");
        talk.examine("INBOX", 1);
        one(talk);
        talk.log_out();
    });
    let outcome = run(&server, "", "--all --mailbox Nope* --mailbox INBOX");
    server.finish();
    assert_eq!(outcome.code, 4);
    assert_eq!(failed(&outcome), ["Nope* 6 no mailbox that can be opened matches Nope*"]);
}

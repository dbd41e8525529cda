//! Servers, mailboxes and subjects that are not as one would wish: the rest arrives, what does not is told, and nothing
//! outside of the output folder is touched.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::common::program::{Folder, Outcome, Run};
use crate::common::server::{Server, Talk};
use crate::store::Host;
use crate::{FIRST, SECOND, one};

/// All files below the folder with their contents, by their path in it, but for manifests.
fn tree(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if !entry.file_name().to_string_lossy().ends_with("tayori-manifest.jsonl") {
                found.push((path.into_os_string().into_string().unwrap(), fs::read(entry.path()).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[track_caller]
fn check_tree(root: &Path, expected: &[(&str, &[u8])]) {
    let shown = |path: &str, octets: &[u8]| format!("{path}: {}", octets.escape_ascii());
    let found: Vec<_> = tree(root).iter().map(|(path, octets)| shown(path, octets)).collect();
    let expected: Vec<_> = expected.iter().map(|(path, octets)| shown(path, octets)).collect();
    assert_eq!(found, expected);
}

/// The lines on stdout. Each is whole, or this fails.
#[track_caller]
fn lines(outcome: &Outcome) -> Vec<Value> {
    assert!(outcome.stdout.ends_with(b"\n"), "{outcome:?}");
    let text = std::str::from_utf8(&outcome.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Three messages: one comes, one the server cannot read, one it passes over.
fn three(talk: &mut Talk) {
    talk.expect_fetch("1:3");
    talk.tagged("NO [SERVERBUG] a message cannot be read");
    talk.expect("FETCH 1:3 (UID RFC822.SIZE)");
    for (number, uid) in [(1, 10), (2, 20), (3, 30)] {
        talk.send(format!("* {number} FETCH (UID {uid} RFC822.SIZE 24)\r\n"));
    }
    talk.tagged("OK done");
    talk.expect_uid_fetch("10");
    talk.tagged("NO [SERVERBUG] it cannot \x1b[31mbe read");
    talk.expect_uid_fetch("20");
    talk.tagged("OK done");
    talk.expect_uid_fetch("30");
    talk.row(3, 30, FIRST);
    talk.tagged("OK done");
}

#[test]
fn one_message_that_cannot_be_read_and_one_that_does_not_come() {
    let folder = Folder::new();
    let server = Server::mailbox(3, three);
    let outcome = server.fetch("INBOX").args("--all -o out/").folder(&folder).run();
    server.finish();
    outcome.check(
        4,
        "",
        "error: UID 10: the server refused UID FETCH\n\
         the server said: \"it cannot \\x1b[31mbe read\"\n\
         error: no such message: the server sent nothing for UID 20\n",
    );
    check_tree(&folder.at("out"), &[("30.eml", FIRST)]);
}

#[test]
fn json_has_a_line_for_each() {
    let folder = Folder::new();
    let server = Server::mailbox(3, three);
    let outcome = server.fetch("INBOX").args("--all -o out/ --json").folder(&folder).run();
    server.finish();
    assert_eq!(outcome.code, 4);
    let hash = blake3::hash(FIRST).to_hex();
    let head = json!({ "mailbox": "INBOX", "uidvalidity": 59 });
    let with = |more: Value| {
        let mut line = head.clone();
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        line
    };
    assert_eq!(
        lines(&outcome),
        [
            with(
                json!({ "event": "failed", "uid": 10, "exit": 8, "error": "UID 10: the server refused UID FETCH" })
            ),
            with(
                json!({ "event": "fetched", "uid": 30, "file": "30.eml", "octets": 24, "blake3": hash.as_str() })
            ),
            with(
                json!({ "event": "failed", "uid": 20, "exit": 3, "error": "the server sent nothing for it" })
            ),
            json!({
                "event": "summary", "exit": 4, "fetched": 1, "octets": 24, "already_there": 0, "failed": 2, "removed": 0,
                "marked_deleted": 0, "error": "no such message: the server sent nothing for UID 20"
            }),
        ]
    );
}

/// The row is what the server sent; the listing was only for the order.
#[test]
fn a_size_that_is_not_that_of_the_listing() {
    const COUNT: u32 = 65;
    let folder = Folder::new();
    let server = Server::mailbox(COUNT, |talk| {
        talk.expect("FETCH 1:65 (UID RFC822.SIZE)");
        for number in 1..=COUNT {
            talk.send(format!("* {number} FETCH (UID {number} RFC822.SIZE 1000)\r\n"));
        }
        talk.tagged("OK done");
        talk.expect_uid_fetch("1:65");
        for number in 1..=COUNT {
            talk.row(number, number, FIRST);
        }
        talk.tagged("OK done");
    });
    server.fetch("INBOX").args("--all -o out/").folder(&folder).run().check(0, "", "");
    server.finish();
    assert_eq!(tree(&folder.at("out")).len(), 65);
}

/// The server lists these mailboxes.
#[track_caller]
fn lists(talk: &mut Talk, names: &[&str]) {
    talk.log_in();
    talk.expect("LIST \"\" *");
    for name in names {
        talk.send(format!("* LIST () \"/\" \"{name}\"\r\n"));
    }
    talk.tagged("OK done");
}

/// Fetches all of all mailboxes from a server that follows a script to its end.
#[track_caller]
fn all_mailboxes(folder: &Folder, options: &str, script: impl FnOnce(&mut Talk) + Send + 'static) -> Outcome {
    let server = Server::play(|talk| {
        script(talk);
        talk.log_out();
    });
    let outcome = server.fetch("").args("--all-mailboxes --all").args(options).folder(folder).run();
    server.finish();
    outcome
}

#[test]
fn one_mailbox_that_cannot_be_opened() {
    for options in ["", "--json"] {
        let folder = Folder::new();
        let outcome = all_mailboxes(&folder, &format!("-o out/ {options}"), |talk| {
            lists(talk, &["Locked", "INBOX"]);
            talk.expect("EXAMINE Locked");
            talk.tagged("NO [NOPERM] not for you");
            talk.examine("INBOX", 1);
            one(talk);
        });
        let message = "Locked: cannot open the mailbox: the server refused EXAMINE";
        assert_eq!(
            (outcome.code, outcome.stderr.as_str()),
            (
                4,
                &*format!(
                    "error: {message}\nthe server said: \"not for you\"\n\
                     hint: you may not do that there; ask whoever owns the mailbox\n"
                )
            )
        );
        check_tree(&folder.at("out"), &[("INBOX/10.eml", FIRST)]);
        if options.is_empty() {
            continue;
        }
        let lines = lines(&outcome);
        assert_eq!(
            lines[0],
            json!({ "event": "mailbox_failed", "mailbox": "Locked", "exit": 6, "error": message })
        );
        assert_eq!(lines.len(), 3, "{lines:?}");
    }
}

/// Of a message that the server does not send nobody knows that it is not there.
#[test]
fn what_is_refused_is_not_called_missing() {
    let folder = Folder::new();
    let server = Server::play(|talk| {
        lists(talk, &["a", "b"]);
        talk.examine("a", 1);
        talk.expect_uid_fetch("10");
        talk.tagged("NO it is broken");
        talk.examine("b", 1);
        talk.expect_uid_fetch("10");
        talk.row(1, 10, FIRST);
        talk.tagged("OK done");
        talk.log_out();
    });
    let outcome = server.fetch("").args("--all-mailboxes --uid 10 -o out/").folder(&folder).run();
    server.finish();
    let stderr = "error: a: the server refused UID FETCH\nthe server said: \"it is broken\"\n";
    outcome.check(4, "", stderr);

    let server = Server::mailbox(2, |talk| {
        talk.expect("UID FETCH 10,20,30 (UID RFC822.SIZE)");
        talk.send("* 1 FETCH (UID 10 RFC822.SIZE 24)\r\n* 2 FETCH (UID 20 RFC822.SIZE 24)\r\n");
        talk.tagged("OK done");
        talk.expect_uid_fetch("10,20");
        talk.row(1, 10, FIRST);
        talk.tagged("NO one is broken");
        talk.expect_uid_fetch("20");
        talk.tagged("NO it is broken");
    });
    let outcome = server.fetch("INBOX").args("--uid 10,20,30 -o .").folder(&Folder::new()).run();
    server.finish();
    let stderr = "error: UID 20: the server refused UID FETCH\nthe server said: \"it is broken\"\n\
                  error: no such message: UID 30\n";
    outcome.check(4, "", stderr);
}

/// The first mailbox of this name gets nothing that could be kept, the second one does: what the first left must not be
/// in its way.
#[test]
fn an_mbox_of_which_nothing_came_is_in_nobodys_way() {
    let folder = Folder::new();
    let outcome = all_mailboxes(&folder, "-o out/ --format mbox", |talk| {
        lists(talk, &["a/Sent", "b/Sent"]);
        talk.examine("a/Sent", 1);
        talk.expect("FETCH 1 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[])");
        talk.send("* 1 FETCH (UID 20 RFC822.SIZE 9 BODY[] {5}\r\nhello x y)\r\n");
        talk.tagged("OK done");
        talk.examine("b/Sent", 1);
        talk.expect("FETCH 1 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[])");
        talk.row(1, 10, FIRST);
        talk.tagged("OK done");
    });
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(outcome.stderr.starts_with("error: UID 20: the server announced a wrong size"), "{outcome:?}");
    let expected = [b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n", FIRST, b"\n"].concat();
    check_tree(&folder.at("out"), &[("b/Sent.mbox", &expected)]);
    assert!(!folder.at("out/.tayori-parts").exists());
}

/// Answers a command that was read and not compared.
fn answer(talk: &mut Talk, command: &[u8], rows: &str, end: &str) {
    let line = String::from_utf8_lossy(command);
    let tag = line.split(' ').next().unwrap();
    talk.send(format!("{rows}{tag} {end}\r\n"));
}

/// Names of mailboxes, as the server lists them, in modified UTF-7; and a message in each.
#[test]
fn mailbox_names_of_every_kind() {
    let names = [
        "..",
        "../up",
        "/",
        "/etc",
        "a//b",
        ".",
        "a/./b",
        "a/../../b",
        "~",
        "-rf",
        "cur",
        "new/tmp",
        "CON",
        "a ",
        "a.",
        ".hidden",
        "1.eml",
        "x.mbox",
        "tayori-manifest.jsonl",
        ".tayori-parts",
        "&ZeVnLIqe-",
        "sent",
        "Sent",
        "SENT",
        "a\\\\b",
        "a:b",
        "a%b",
        "&AAE-",
        "&IC4-x",
        "&Jjo-",
        "a&-b",
    ];
    for format in ["eml", "maildir", "mbox"] {
        let folder = Folder::new();
        fs::create_dir(folder.at("in")).unwrap();
        let outcome = all_mailboxes(&folder, &format!("-o in/out/ --format {format}"), move |talk| {
            lists(talk, &names);
            for index in 0..names.len() {
                let examine = talk.read_command();
                let opened = "* 1 EXISTS\r\n* OK [UIDVALIDITY 59] valid\r\n";
                answer(talk, &examine, opened, "OK [READ-ONLY] opened");
                let fetch = talk.read_command();
                let text = format!("mailbox {index}");
                let size = text.len();
                let row = format!(
                    "* 1 FETCH (UID 1 RFC822.SIZE {size} FLAGS () INTERNALDATE \" 1-Feb-2026 09:30:00 +0000\" \
                     BODY[] {{{size}}}\r\n{text})\r\n"
                );
                answer(talk, &fetch, &row, "OK done");
            }
        });
        outcome.check(0, "", "");
        let files = tree(folder.path());
        assert_eq!(files.len(), names.len(), "{format} {files:?}");
        assert!(files.iter().all(|(path, _)| path.starts_with("in/out/")), "{format} {files:?}");
        let mut texts: Vec<String> =
            files.iter().map(|(_, octets)| String::from_utf8_lossy(octets).into_owned()).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), names.len(), "{format}");
    }
}

#[test]
fn hostile_subjects() {
    let long = "x".repeat(300);
    let subjects = [
        "../../x",
        "/etc/passwd",
        "..",
        ".",
        "",
        "a\0b",
        &long,
        "same",
        "same",
        "SAME",
        "CON",
        "a\u{1b}[31mb",
        "=?utf-8?Q?=2E=2E=2F=2E=2E=2Fy?=",
        "=?utf-8?Q?a=00b=0A?=",
        "\u{202e}fdp",
        "tayori-manifest.jsonl",
        "-rf",
    ];
    let host = Host::start();
    for (index, subject) in subjects.iter().enumerate() {
        host.put("INBOX", format!("Subject: {subject}\r\n\r\n{index}\r\n"));
    }
    let folder = Folder::new();
    fs::create_dir(folder.at("in")).unwrap();
    let fetch = |options: &str| {
        let run = host.fetch("INBOX").args("--all -o in/out/ --name {year}/{subject}").args(options);
        run.folder(&folder).run()
    };
    fetch("").check(0, "", "");
    let files = tree(folder.path());
    assert_eq!(files.len(), subjects.len(), "{files:?}");
    for (path, _) in &files {
        let name = path.strip_prefix("in/out/2026/").unwrap();
        assert!(!name.contains(['/', '\0', '\u{1b}', '\u{202e}']), "{path:?}");
        assert!(!name.starts_with(['.', '-']) && name.ends_with(".eml") && name.len() < 256, "{path:?}");
    }
    for options in ["", "--verify"] {
        fetch(options).check(0, "", "");
        assert_eq!(tree(folder.path()), files, "{options}");
    }
    // Which of several gets the name without a number may be another one then, but none gets lost.
    fetch("--force").check(0, "", "");
    let forced = tree(folder.path());
    for (path, octets) in &files {
        assert!(forced.iter().any(|(_, forced)| forced == octets), "{path:?}");
    }
    fetch("--verify").check(0, "", "");
}

#[test]
fn a_name_that_leads_elsewhere_is_refused_before_anything_is_sent() {
    for name in ["../{uid}", "/tmp/{uid}", "a/../{uid}", "", "{nonsense}", "a//b", "{uid"] {
        let run = Run::new().args("fetch imap://ann@127.0.0.1:1/INBOX --tls none --all -o out/");
        let folder = Folder::new();
        let outcome = run.arg("--name").arg(name).folder(&folder).run();
        // Either it is no template, or it is one whose levels are made harmless: then the connection fails.
        assert!([2, 7].contains(&outcome.code), "{name}: {outcome:?}");
        assert!(!name.is_empty() || outcome.code == 2, "{name}: {outcome:?}");
    }
    let host = Host::start();
    host.put("INBOX", SECOND);
    let folder = Folder::new();
    fs::create_dir_all(folder.at("a/b")).unwrap();
    let run = host.fetch("INBOX").args("--all -o a/b/out/ --name ../../{uid}");
    let outcome = run.folder(&folder).run();
    let files = tree(folder.path());
    assert!(files.iter().all(|(path, _)| path.starts_with("a/b/out/")), "{files:?} {outcome:?}");
}

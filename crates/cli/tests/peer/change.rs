//! The commands that change messages, against a real server. Whatever a server lacks, no message is lost: what is in
//! each mailbox is looked at through the library before and after.

use std::fs::{self, File};
use std::process::Stdio;

use tayori_proto::command::StoreChange;
use tayori_proto::types::{Capability, Flag, SequenceSet, Uid};

use super::Peer;
use super::program::Folder;

const ONE: &str = "From: Ann <ann@example.org>\r\nSubject: one\r\nMessage-ID: <1@example.org>\r\n\r\n1\r\n";
const TWO: &str = "From: Bob <bob@example.org>\r\nSubject: two\r\nMessage-ID: <2@example.org>\r\n\r\n2\r\n";
const THREE: &str =
    "From: Bob <bob@example.org>\r\nSubject: three\r\nMessage-ID: <3@example.org>\r\n\r\n3\r\n";

/// The second is read; somebody has marked the third as deleted.
fn keep(peer: &Peer, mailbox: &str) {
    peer.keep(mailbox, &[(ONE, &[]), (TWO, &[Flag::Seen]), (THREE, &[Flag::Deleted])]);
    peer.check(mailbox, &["1 one", "2 two \\Seen", "3 three \\Deleted"]);
}

#[test]
fn files_become_messages() {
    let Some(peer) = Peer::find() else { return };
    peer.fill("change-append", &[]);
    let folder = Folder::new();
    folder.write("1.eml", ONE);
    folder.write("2 便り.eml", TWO);
    let run = |words: &str| peer.run("append", "change-append").args(words).folder(&folder);
    let path = peer.path("change-append");
    let stored = format!("note: stored 2 messages in {path}\n");
    run("1.eml").arg("2 便り.eml").run().check(0, "", &stored);
    let one = run("- --flag seen --flag flagged --date").arg("01-Feb-2026 09:30:00 +0000");
    let one = one.stdin(Stdio::from(File::open(folder.at("1.eml")).unwrap()));
    one.run().check(0, "", &format!("note: stored 1 message in {path}\n"));
    peer.check("change-append", &["1 one", "2 two", "3 one \\Flagged \\Seen"]);
    peer.run("search", "change-append").args("on:2026-02-01 --count").run().check(0, "1\n", "");
    let outcome = run("1.eml none.eml").run();
    outcome.check(9, "", "error: cannot read none.eml: No such file or directory (os error 2)\n");
    assert_eq!(peer.messages("change-append").len(), 3);
}

#[test]
fn flags_are_changed() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "change-flags");
    let check = |command: &str, words: &str, stderr: &str, after: &[&str]| {
        peer.run(command, "change-flags").args(words).run().check(0, "", stderr);
        peer.check("change-flags", after);
    };
    let (one, three) = ("1 one", "3 three \\Deleted");
    check(
        "read",
        "1,3",
        "note: marked 2 messages as read\n",
        &["1 one \\Seen", "2 two \\Seen", "3 three \\Deleted \\Seen"],
    );
    check("unread", "all", "note: marked 3 messages as unread\n", &[one, "2 two", three]);
    check(
        "star",
        "--query from:bob",
        "note: flagged 2 messages with \\Flagged\n",
        &[one, "2 two \\Flagged", "3 three \\Deleted \\Flagged"],
    );
    check("unstar", "last 2", "note: took \\Flagged from 2 messages\n", &[one, "2 two", three]);
    check(
        "store",
        "2:3 --set answered",
        "note: flagged 2 messages with \\Answered and nothing else\n",
        &[one, "2 two \\Answered", "3 three \\Answered"],
    );
    let keyword = peer.run("store", "change-flags").args("1 --add $Work").run();
    if peer.kind == "mailutils" {
        // Its PERMANENTFLAGS (RFC 3501 section 7.1) have no keywords.
        keyword.check(
            8,
            "",
            "error: the server does not let this mailbox keep the flag $Work\nhint: nothing was changed\n",
        );
        return;
    }
    keyword.check(0, "", "note: flagged 1 message with $Work\n");
    peer.check("change-flags", &["1 one $Work", "2 two \\Answered", "3 three \\Answered"]);
}

#[test]
fn what_would_be_done_is_not_done() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "change-rehearsal");
    peer.fill("change-rehearsed", &[]);
    let to = peer.path("change-rehearsed");
    let lines =
        "1  N     2026-02-01  Ann                   one\n2        2026-02-02  Bob                   two\n";
    let move_ =
        || peer.run("move", "change-rehearsal").arg("1:2").arg("--to").arg(&to).arg("--dry-run").run();
    let would = format!("note: nothing is changed; without --dry-run: moved 2 messages to {to}\n");
    move_().check(0, lines, &would);
    peer.check("change-rehearsal", &["1 one", "2 two \\Seen", "3 three \\Deleted"]);
    peer.check("change-rehearsed", &[]);
}

/// With CONDSTORE, what somebody else has changed since a script looked stays as it is.
#[test]
fn what_somebody_else_has_changed_is_not_undone() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "change-since");
    // Dovecot counts the changes of each message from the first time on that somebody wants to know.
    for command in ["read", "unread"] {
        let outcome = peer.run(command, "change-since").args("1 --trace").run();
        assert_eq!(outcome.code, 0);
        // Also what is changed while the program runs is not undone.
        let is_careful = outcome.stderr.contains("UID STORE 1 (UNCHANGEDSINCE ");
        assert_eq!(is_careful, peer.offers(&Capability::CondStore), "{}", outcome.stderr);
    }
    let told = peer.run("status", "change-since").arg("--json").run();
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let read = |since: &str| {
        let run = peer.run("store", "change-since").args("1:2 --add flagged --unchanged-since");
        run.arg(since).run()
    };
    let Some(since) = told["highestmodseq"].as_u64() else {
        let stderr = "error: the server cannot tell which messages have changed (no CONDSTORE)\n\
                      hint: nothing was changed\n";
        read("1").check(8, "", stderr);
        return peer.check("change-since", &["1 one", "2 two \\Seen", "3 three \\Deleted"]);
    };
    peer.work(async |mut session| {
        let mut selected = session.select(&peer.name("change-since")).await.unwrap();
        let two = SequenceSet::one(Uid::new(2).unwrap());
        selected.store_silent(two, StoreChange::Remove, &[Flag::Seen]).await.unwrap();
        drop(selected);
        session
    });
    read(&since.to_string()).check(
        4,
        "",
        "note: flagged 1 message with \\Flagged\n\
         error: left alone, since they were changed elsewhere in the meantime: UID 2\n",
    );
    peer.check("change-since", &["1 one \\Flagged", "2 two", "3 three \\Deleted"]);
}

#[test]
fn messages_are_copied() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "change-copy");
    peer.fill("change-copied", &[]);
    let (from, to) = (peer.path("change-copy"), peer.path("change-copied"));
    let copy = |words: &str| peer.run("copy", "change-copy").args(words).arg("--to").arg(&to).run();
    copy("1:2").check(0, "", &format!("note: copied 2 messages to {to}\n"));
    let outcome = copy("2,9 --json");
    let lines: Vec<serde_json::Value> = String::from_utf8(outcome.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut done = serde_json::json!({
        "event": "done", "action": "copy", "mailbox": from, "uidvalidity": lines[0]["uidvalidity"], "uids": "2",
        "to": to,
    });
    if peer.offers(&Capability::UidPlus) {
        done["to_uidvalidity"] = lines[0]["to_uidvalidity"].clone();
        done["to_uids"] = "3".into();
    }
    let summary = serde_json::json!({
        "event": "summary", "exit": 4, "done": 1, "left": "", "changed_elsewhere": "",
        "error": "no such message: UID 9",
    });
    assert_eq!((outcome.code, &lines), (4, &vec![done, summary]));
    peer.check("change-copy", &["1 one", "2 two \\Seen", "3 three \\Deleted"]);
    let copies: &[&str] = match &peer.kind[..] {
        // Its COPY loses the flags, which a server should keep (RFC 3501 section 6.4.7).
        "mailutils" => &["1 one", "2 two", "3 two"],
        _ => &["1 one", "2 two \\Seen", "3 two \\Seen"],
    };
    peer.check("change-copied", copies);
}

/// With MOVE (Dovecot, Cyrus), with UIDPLUS alone (Courier) and with neither (Mailutils).
#[test]
fn what_a_search_finds_is_moved() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "change-move");
    peer.fill("change-moved", &[]);
    let to = peer.path("change-moved");
    let folder = Folder::new();
    let found = peer.run("search", "change-move").args("from:bob seen --json").run();
    fs::write(folder.at("found"), found.stdout).unwrap();
    let move_ = |command: &str| {
        let found = Stdio::from(File::open(folder.at("found")).unwrap());
        peer.run(command, "change-move").arg("-").arg("--to").arg(&to).stdin(found).run()
    };
    if peer.offers(&Capability::UidPlus) {
        move_("move").check(0, "", &format!("note: moved 1 message to {to}\n"));
        peer.check("change-move", &["1 one", "3 three \\Deleted"]);
        peer.check("change-moved", &["1 two \\Seen"]);
        // It is not there any more.
        move_("move").check(3, "", "error: no such message: UID 2\n");
        return;
    }
    // EXPUNGE would remove the third message, too.
    move_("move").check(
        0,
        "",
        &format!(
            "note: moved 1 message to {to}\n\
             note: marked as deleted, and still there, since the server would not remove them: UID 2\n"
        ),
    );
    peer.check("change-move", &["1 one", "2 two \\Deleted \\Seen", "3 three \\Deleted"]);
    peer.check("change-moved", &["1 two"]);
}

/// UIDs of one mailbox name other messages in another.
#[test]
fn lines_of_another_mailbox_are_refused() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "change-lines");
    let folder = Folder::new();
    let found = peer.run("search", "change-lines").args("from:ann --json").run().stdout;
    fs::write(folder.at("found"), &found).unwrap();
    let input = || Stdio::from(File::open(folder.at("found")).unwrap());
    keep(&peer, "change-other");
    let (path, other) = (peer.path("change-lines"), peer.path("change-other"));
    peer.run("read", "change-other").arg("-").stdin(input()).run().check(
        2,
        "",
        &format!(
            "error: line 1 of stdin is about {path}, and the place names {other}\n\
             hint: do it for each mailbox by itself\n"
        ),
    );
    // As if the mailbox had been made anew meanwhile.
    let mut line: serde_json::Value = serde_json::from_slice(&found).unwrap();
    let validity = line["uidvalidity"].as_u64().unwrap();
    line["uidvalidity"] = 17.into();
    fs::write(folder.at("found"), line.to_string()).unwrap();
    peer.run("star", "change-lines").arg("-").stdin(input()).run().check(
        3,
        "",
        &format!(
            "error: the UIDs of this mailbox are others now: UIDVALIDITY was 17 and is {validity}\n\
             hint: look for the message again, its UID has changed\n"
        ),
    );
    for mailbox in ["change-lines", "change-other"] {
        peer.check(mailbox, &["1 one", "2 two \\Seen", "3 three \\Deleted"]);
    }
}

#[test]
fn messages_go_nowhere_but_to_a_mailbox_that_is_there() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "change-nowhere");
    peer.remove("change-gone");
    let to = peer.path("change-gone");
    let folder = Folder::new();
    folder.write("1.eml", ONE);
    // Mailutils writes TRYCREATE behind words, where it is no response code (RFC 3501 section 7.1).
    let hint = |hint: &str| if peer.kind == "mailutils" { String::new() } else { hint.to_owned() };
    for (command, refused) in [
        ("copy", "UID COPY"),
        (
            "move",
            match &peer.kind[..] {
                "courier" | "mailutils" => {
                    "UID COPY; the messages could not be copied, and the originals were left alone"
                }
                _ => "UID MOVE; some of the messages may not have been moved",
            },
        ),
    ] {
        let outcome = peer.run(command, "change-nowhere").arg("all").arg("--to").arg(&to).run();
        let code = if peer.kind == "mailutils" { 8 } else { 6 };
        assert_eq!((outcome.code, outcome.stdout.as_slice()), (code, b"".as_slice()), "{command}");
        let lines: Vec<&str> = outcome.stderr.lines().collect();
        assert_eq!(
            lines[0],
            format!("error: cannot {command} messages to {to}: the server refused {refused}")
        );
        assert!(lines[1].starts_with("the server said: \""), "{lines:?}");
        assert_eq!(lines[2..].join("\n"), hint("hint: tayori mailbox create makes it"));
    }
    let outcome = peer.run("append", "change-gone").arg("1.eml").folder(&folder).run();
    let code = if peer.kind == "mailutils" { 8 } else { 6 };
    assert_eq!((outcome.code, outcome.stdout.as_slice()), (code, b"".as_slice()));
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(lines[0], format!("error: cannot store 1.eml in {to}: the server refused APPEND"));
    assert_eq!(lines[2..].join("\n"), hint("hint: tayori mailbox create makes it"));
    peer.check("change-nowhere", &["1 one", "2 two \\Seen", "3 three \\Deleted"]);
}

#[test]
fn deleted_messages_go_to_the_trash() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "change-delete");
    let trash = peer.path("change-trash");
    let delete = |words: &str| peer.run("delete", "change-delete").args(words).run();
    if peer.offers(&Capability::CreateSpecialUse) {
        // Of an earlier run by hand it is still there, and has to be emptied: Cyrus keeps a mailbox with a purpose.
        peer.run("mailbox create", "change-trash").args("--use trash").run();
        peer.run("mailbox empty", "change-trash").args("--expunge").run();
        delete("2").check(0, "", &format!("note: moved 1 message to {trash}\n"));
    } else {
        peer.fill("change-trash", &[]);
        delete("2").check(
            6,
            "",
            "error: the server does not say which mailbox is the Trash\n\
             hint: name it with --trash MAILBOX; tayori list shows the mailboxes\n",
        );
        peer.check("change-delete", &["1 one", "2 two \\Seen", "3 three \\Deleted"]);
        let mut stderr = format!("note: moved 1 message to {trash}\n");
        if peer.kind == "mailutils" {
            stderr +=
                "note: marked as deleted, and still there, since the server would not remove them: UID 2\n";
        }
        delete(&format!("2 --trash {trash}")).check(0, "", &stderr);
    }
    let (there, kept): (&[&str], _) = match &peer.kind[..] {
        "mailutils" => (&["1 one", "2 two \\Deleted \\Seen", "3 three \\Deleted"], "two"),
        _ => (&["1 one", "3 three \\Deleted"], "two \\Seen"),
    };
    peer.check("change-delete", there);
    let in_trash = peer.messages("change-trash");
    assert_eq!(in_trash.len(), 1);
    assert_eq!(in_trash[0].split_once(' ').unwrap().1, kept);
}

/// The third message is marked as deleted by somebody else, and stays.
#[test]
fn exactly_these_are_removed_for_ever() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "change-expunge");
    let outcome = peer.run("delete", "change-expunge").args("1 --expunge").run();
    if peer.offers(&Capability::UidPlus) {
        outcome.check(0, "", "note: removed 1 message for ever\n");
        return peer.check("change-expunge", &["2 two \\Seen", "3 three \\Deleted"]);
    }
    outcome.check(
        8,
        "",
        "error: the server cannot remove single messages (no UIDPLUS); nothing was changed\n\
         hint: mark them with tayori store --add deleted, and empty the mailbox with another program\n",
    );
    peer.check("change-expunge", &["1 one", "2 two \\Seen", "3 three \\Deleted"]);
}

//! What `.save` writes is a script that the tests play, and that `.replay` sends again.

use tayori_testkit::script::{Chunking, Script};

use crate::at;
use crate::common::program::Folder;
use crate::dialogues::{MULTIPART, mails, parts, reading, shell};
use crate::store::Host;

fn host() -> Host {
    let host = Host::start();
    for mail in mails() {
        host.put("INBOX", mail);
    }
    host.create("test");
    host.put("test", "Subject: there before\r\n\r\nx\r\n");
    host.create("parts");
    host.put("parts", MULTIPART);
    host
}

/// The reading dialogue, saved. `Entwürfe` and a literal of the client are in it.
fn saved(folder: &Folder, host: &Host, extra: &[&str]) -> String {
    let steps = reading("LOGIN ann {?}", "inbox", "test");
    let mut entries: Vec<&str> = extra.to_vec();
    entries.extend(steps.iter().map(|step| &step.typed[..]));
    entries.push(".save dialogue.txt");
    let outcome = at(shell(folder, &entries), &host.place("")).run();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    std::fs::read_to_string(folder.at("dialogue.txt")).unwrap()
}

#[test]
fn a_saved_dialogue_is_a_script_that_a_session_plays() {
    let folder = Folder::new();
    let text = saved(&folder, &host(), &[]);
    assert!(text.contains("\nC: a1 LOGIN ann \"***\"\n"), "{text}");
    let script = Script::load(&folder.at("dialogue.txt")).unwrap();
    for chunking in [Chunking::Whole, Chunking::Pieces(1), Chunking::Pieces(7)] {
        let log = script.run(chunking).unwrap_or_else(|error| panic!("{error}"));
        assert!(log.to_string().contains("LOGOUT"), "{log}");
    }
}

#[cfg(unix)]
#[test]
fn it_is_its_owners_and_overwrites_nothing() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let host = host();
    let text = saved(&folder, &host, &[]);
    let mode = std::fs::metadata(folder.at("dialogue.txt")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = at(shell(&folder, &[".save dialogue.txt"]), &host.place("")).run();
    assert_eq!(again.code, 9);
    assert!(again.stderr.contains("hint: it is not overwritten; choose another name\n"), "{}", again.stderr);
    assert_eq!(std::fs::read_to_string(folder.at("dialogue.txt")).unwrap(), text);
}

#[test]
fn a_dialogue_is_replayed_and_differences_are_named() {
    let folder = Folder::new();
    saved(&folder, &host(), &[]);
    let replay = |host: &Host| at(shell(&folder, &[".replay dialogue.txt"]), &host.place("")).run();
    let same = replay(&host());
    let text = String::from_utf8_lossy(&same.stdout).into_owned();
    assert_eq!(same.code, 0, "{text}\n{}", same.stderr);
    assert!(text.contains("-- 16 commands, each answered as it was then\n"), "{text}");

    // A server where the mailbox is missing.
    let other = Host::start();
    for mail in mails() {
        other.put("INBOX", mail);
    }
    let differs = replay(&other);
    let text = String::from_utf8_lossy(&differs.stdout).into_owned();
    assert!(text.contains("answered otherwise:\n-- a7 COPY: OK then, NO now\n"), "{text}");
    assert_ne!(differs.code, 0);
}

#[test]
fn answers_and_literals_are_replayed_as_well() {
    let folder = Folder::new();
    folder.write("mail.eml", "Subject: x\r\n\r\n\u{e4}\r\n");
    let host = host();
    let entries = [
        "AUTHENTICATE PLAIN",
        "?",
        "APPEND INBOX {< mail.eml}",
        "SELECT INBOX",
        "IDLE",
        "DONE",
        "SEARCH TEXT {4}",
        "test",
        "LOGOUT",
        ".save d",
    ];
    let outcome = at(shell(&folder, &entries), &host.place("")).run();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let text = std::fs::read_to_string(folder.at("d")).unwrap();
    assert!(text.contains("\nC\" Kioq\\r\\n\n"), "{text}");
    let replayed = at(shell(&folder, &[".replay d"]), &host.place("")).run();
    let text = String::from_utf8_lossy(&replayed.stdout).into_owned();
    assert!(text.contains("-- 6 commands, each answered as it was then\n"), "{text}\n{}", replayed.stderr);
    assert_eq!(host.messages("INBOX").len(), 24);
}

#[test]
fn a_first_answer_is_asked_for_as_well() {
    let folder = Folder::new();
    let entries = ["AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=", "SELECT INBOX", ".save d"];
    let outcome = at(shell(&folder, &entries), &host().place("")).run();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let replayed = at(shell(&folder, &[".replay d"]), &host().place("")).run();
    let text = String::from_utf8_lossy(&replayed.stdout).into_owned();
    assert!(text.contains("-- 2 commands, each answered as it was then\n"), "{text}\n{}", replayed.stderr);
}

#[test]
fn a_refusal_is_no_difference_where_it_was_refused_then() {
    let folder = Folder::new();
    let steps = parts("LOGIN ann wrong", "LOGIN ann {?}", "parts");
    let mut entries: Vec<&str> = steps.iter().map(|step| &step.typed[..]).collect();
    entries.push(".save d");
    let outcome = at(shell(&folder, &entries), &host().place("")).run();
    assert_eq!(outcome.code, 11);
    // The wrong password was masked, so the right one is sent in its place.
    let replayed = at(shell(&folder, &[".replay d"]), &host().place("")).run();
    let text = String::from_utf8_lossy(&replayed.stdout).into_owned();
    assert!(text.contains("-- a1 LOGIN: NO then, OK now\n"), "{text}");
}

//! `--delete`: what is proved to be safe here goes from the server, exactly that, and nothing where a proof is missing.

use std::fs;
use std::ops::RangeInclusive;
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::Signal;

use crate::common::program::{Folder, Outcome, Run};
use crate::common::server::{Server, Talk};
use crate::kept;
use crate::store::Host;
use crate::{FIRST, SECOND, TAKEN_HINT, both, check_out, of_port, one};

const MANIFEST: &str = "tayori-manifest.jsonl";

/// Logs in and opens INBOX to change it, with these capabilities.
#[track_caller]
fn open(talk: &mut Talk, capabilities: &str, mails: u32) {
    log_in(talk, capabilities);
    talk.expect("SELECT INBOX");
    opened(talk, mails, "\\Deleted \\Seen", "[READ-WRITE]");
}

#[track_caller]
fn log_in(talk: &mut Talk, capabilities: &str) {
    talk.greet();
    talk.expect("LOGIN ann secret");
    talk.tagged(&format!("OK [CAPABILITY IMAP4rev1 {capabilities}] logged in"));
}

fn opened(talk: &mut Talk, mails: u32, permanent: &str, access: &str) {
    talk.send(format!(
        "* FLAGS (\\Deleted \\Seen)\r\n* {mails} EXISTS\r\n* OK [UIDVALIDITY 59] valid\r\n\
         * OK [PERMANENTFLAGS ({permanent})] kept\r\n"
    ));
    talk.tagged(&format!("OK {access} opened"));
}

/// Whatever the client still says before it goes, it is not about a message.
#[track_caller]
fn nothing_more(talk: &mut Talk) {
    loop {
        let line = talk.read_line();
        if line.is_empty() {
            return;
        }
        let line = line.escape_ascii().to_string();
        assert!(line.ends_with(" LOGOUT\\r\\n"), "{line}");
    }
}

/// These messages get the mark that they are deleted, and no others.
#[track_caller]
fn marks(talk: &mut Talk, uids: &str) {
    talk.expect(&format!("UID STORE {uids} +FLAGS.SILENT (\\Deleted)"));
    talk.tagged("OK done");
}

/// The same, and they go for good.
#[track_caller]
fn removes(talk: &mut Talk, uids: &str) {
    marks(talk, uids);
    talk.expect(&format!("UID EXPUNGE {uids}"));
    talk.tagged("OK done");
}

/// A server with these capabilities, and a script that goes on behind the SELECT; the script ends before LOGOUT, so a
/// STORE or an EXPUNGE that it does not expect fails it.
#[track_caller]
fn server(capabilities: &'static str, mails: u32, script: impl FnOnce(&mut Talk) + Send + 'static) -> Server {
    Server::play(move |talk| {
        open(talk, capabilities, mails);
        script(talk);
        talk.log_out();
    })
}

#[track_caller]
fn run(server: Server, folder: &Folder, options: &str) -> Outcome {
    let outcome = server.fetch("INBOX").args("--all -o out/ --delete").args(options).folder(folder).run();
    server.finish();
    outcome
}

/// Runs against a script on a server with UIDPLUS.
#[track_caller]
fn delete(folder: &Folder, mails: u32, script: impl FnOnce(&mut Talk) + Send + 'static) -> Outcome {
    run(server("UIDPLUS", mails, script), folder, "")
}

/// The same into the folder of a run before, against a server of another port.
#[track_caller]
fn delete_again(folder: &Folder, mails: u32, script: impl FnOnce(&mut Talk) + Send + 'static) -> Outcome {
    let server = server("UIDPLUS", mails, script);
    of_port(folder, server.port());
    run(server, folder, "")
}

#[test]
fn the_messages_go_when_files_and_manifest_are_there() {
    let folder = Folder::new();
    let out = folder.at("out");
    let outcome = delete(&folder, 2, move |talk| {
        both(talk);
        talk.expect("UID STORE 10,20 +FLAGS.SILENT (\\Deleted)");
        assert_eq!(fs::read(out.join("10.eml")).unwrap(), FIRST);
        assert_eq!(fs::read(out.join("20.eml")).unwrap(), SECOND);
        let manifest = fs::read_to_string(out.join(MANIFEST)).unwrap();
        assert_eq!(manifest.lines().count(), 3, "{manifest}");
        talk.tagged("OK done");
        talk.expect("UID EXPUNGE 10,20");
        talk.send("* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n");
        talk.tagged("OK done");
    });
    outcome.check(0, "", "");
}

fn one_to_delete(talk: &mut Talk) {
    one(talk);
    marks(talk, "10");
}

fn both_to_delete(talk: &mut Talk) {
    both(talk);
    marks(talk, "10,20");
}

#[test]
fn without_uidplus_the_mark_stays_and_that_is_said() {
    let check = |mails, script: fn(&mut Talk), marked: &str| {
        let stderr = format!(
            "note: {marked} marked as deleted, and still on the server: it cannot remove single messages (no UIDPLUS)\n\
             hint: --expunge-mailbox removes all that is marked in the mailbox\n"
        );
        run(server("", mails, script), &Folder::new(), "").check(0, "", &stderr);
    };
    check(1, one_to_delete, "1 message is");
    check(2, both_to_delete, "2 messages are");
}

#[test]
fn expunge_mailbox_says_what_else_goes() {
    for (marked, stderr) in [
        ("10 20", ""),
        ("5 10 20", "note: 1 other message of the mailbox is marked as deleted, and goes too: UID 5\n"),
        ("5 7 10 20", "note: 2 other messages of the mailbox are marked as deleted, and go too: UID 5,7\n"),
    ] {
        let server = server("", 2, move |talk| {
            both_to_delete(talk);
            talk.expect("UID SEARCH DELETED");
            talk.send(format!("* SEARCH {marked}\r\n"));
            talk.tagged("OK done");
            talk.expect("EXPUNGE");
            talk.tagged("OK done");
        });
        run(server, &Folder::new(), "--expunge-mailbox").check(0, "", stderr);
    }
}

#[test]
fn with_uidplus_expunge_mailbox_touches_no_other_message() {
    let server = server("UIDPLUS", 2, |talk| {
        both(talk);
        removes(talk, "10,20");
    });
    run(server, &Folder::new(), "--expunge-mailbox").check(0, "", "");
}

/// What was marked by then is said, since nobody hears of it from the server any more.
#[test]
fn an_interruption_between_the_mark_and_the_end() {
    let folder = Folder::new();
    let (sender, reached) = mpsc::channel();
    let server = server("UIDPLUS", 2, move |talk| {
        both_to_delete(talk);
        talk.expect("UID EXPUNGE 10,20");
        sender.send(()).unwrap();
    });
    let running = server.fetch("INBOX").args("--all -o out/ --delete --json").folder(&folder).start();
    reached.recv_timeout(Duration::from_secs(20)).unwrap();
    running.signal(Signal::INT);
    let outcome = running.wait();
    server.finish();
    let text = String::from_utf8(outcome.stdout).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(
        (outcome.code, &last["removed"], &last["marked_deleted"]),
        (130, &0.into(), &2.into()),
        "{last}"
    );
}

/// One file has no list that would say what it is.
#[test]
fn one_file_that_may_be_replaced_is_no_place_for_the_only_copy() {
    let (host, folder) = (Host::start(), Folder::new());
    host.put("INBOX", FIRST);
    folder.write("one.eml", "of another message");
    let outcome = host.fetch("INBOX").args("--uid 1 -o one.eml --delete --force").folder(&folder).run();
    outcome.check(
        2,
        "",
        "error: --force may replace the only copy of a message that --delete has removed before\n\
         hint: give a folder, where nothing of that kind is replaced: -o DIR/\n",
    );
    host.check_uids("INBOX", &[1]);
    folder.check_files("", &[("one.eml", b"of another message")]);
}

#[test]
fn a_mark_that_is_refused_is_followed_by_nothing() {
    let folder = Folder::new();
    let outcome = delete(&folder, 2, |talk| {
        both(talk);
        talk.expect("UID STORE 10,20 +FLAGS.SILENT (\\Deleted)");
        talk.tagged("NO not yours");
    });
    outcome.check(
        4,
        "",
        "error: the messages could not be marked as deleted: the server refused UID STORE\n\
         the server said: \"not yours\"\n",
    );
}

#[test]
fn a_size_that_is_not_the_servers_keeps_the_message_there() {
    let folder = Folder::new();
    let outcome = delete(&folder, 2, |talk| {
        talk.expect_fetch("1:2");
        talk.row(1, 10, FIRST);
        talk.send("* 2 FETCH (UID 20 RFC822.SIZE 9 BODY[] {5}\r\nhello)\r\n");
        talk.tagged("OK done");
        removes(talk, "10");
    });
    outcome.check(
        4,
        "",
        "note: UID 20 has 5 octets, not 9 as the server said\n\
         note: not removed from the server, since it is not proved that what is here is the whole message: UID 20\n",
    );
    check_out(&folder, &[("10.eml", FIRST), ("20.eml", b"hello")]);
}

#[test]
fn a_message_without_a_size_stays() {
    let folder = Folder::new();
    let outcome = delete(&folder, 1, |talk| {
        talk.expect_fetch("1");
        talk.send("* 1 FETCH (UID 20 BODY[] {5}\r\nhello)\r\n");
        talk.tagged("OK done");
    });
    outcome.check(
        4,
        "",
        "note: not removed from the server, since it is not proved that what is here is the whole message: UID 20\n",
    );
}

#[test]
fn a_torn_message_stays() {
    let folder = Folder::new();
    let outcome = delete(&folder, 2, |talk| {
        talk.expect_fetch("1:2");
        talk.row(1, 10, FIRST);
        // Two octets of the text stand behind it.
        talk.send("* 2 FETCH (UID 20 RFC822.SIZE 9 BODY[] {5}\r\nhello x y)\r\n");
        talk.tagged("OK done");
        removes(talk, "10");
    });
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(outcome.stderr.contains("UID 20: the server announced a wrong size"), "{outcome:?}");
}

#[test]
fn a_name_that_is_taken_keeps_its_message_there() {
    let folder = Folder::new();
    fs::create_dir(folder.at("out")).unwrap();
    folder.write("out/20.eml", "old");
    let outcome = delete(&folder, 2, |talk| {
        both(talk);
        removes(talk, "10");
    });
    outcome.check(
        4,
        "",
        &format!("error: 1 message was left out, since its file is there already: 20.eml\n{TAKEN_HINT}"),
    );
    assert_eq!(fs::read(folder.at("out/20.eml")).unwrap(), b"old");
}

#[test]
fn messages_with_one_name_are_all_here_before_they_go() {
    for options in ["", "--force"] {
        let folder = Folder::new();
        let host = Host::start();
        let mails: Vec<String> = (1..=300).map(|n| format!("Subject: same\r\n\r\n{n}\r\n")).collect();
        for mail in &mails {
            host.put("INBOX", mail);
        }
        let run = host.fetch("INBOX").args("--all -o out/ --name {subject} --delete").args(options);
        run.folder(&folder).run().check(0, "", "");
        host.check_uids("INBOX", &[]);
        let mut found: Vec<String> = fs::read_dir(folder.at("out"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        let mut mails = mails;
        mails.sort();
        found.sort();
        assert_eq!(found, mails, "{options}");
    }
}

/// A file system of one mebibyte, and a second mail that is larger.
#[test]
fn a_disk_that_is_full_ends_it() {
    let folder = Folder::new();
    let Some(run) = Run::on_a_disk(&folder, "size=1m", "ls") else { return };
    let server = Server::play(|talk| {
        open(talk, "UIDPLUS", 2);
        talk.expect_fetch("1:2");
        talk.row(1, 10, FIRST);
        talk.send("* 2 FETCH (UID 20 RFC822.SIZE 2000000 BODY[] {2000000}\r\n");
        talk.send_to_whom_it_may_concern([&[b'x'; 2_000_000][..], b")\r\n"].concat());
        nothing_more(talk);
    });
    let run = run.arg("fetch").arg(server.place("INBOX")).args("--tls none --all -o . --delete");
    let outcome = run.run();
    assert_eq!(
        (outcome.code, outcome.stdout.escape_ascii().to_string()),
        (4, "10.eml\\ntayori-manifest.jsonl\\n".into())
    );
    assert!(outcome.stderr.contains("No space left on device"), "{outcome:?}");
    server.finish();
}

/// The files are there, the list of them is not: a folder in its place, something that cannot be written, something
/// that is no list.
#[test]
fn without_a_manifest_nothing_is_even_asked_for() {
    let check = |prepare: &dyn Fn(&Folder), stderr: &str| {
        let folder = Folder::new();
        fs::create_dir(folder.at("out")).unwrap();
        prepare(&folder);
        // Port 1 has nobody, and would say so.
        let run = Run::new().args("fetch imap://ann@127.0.0.1:1/INBOX --tls none --all -o out/ --delete");
        run.folder(&folder).run().check(9, "", stderr);
    };
    check(
        &|folder| fs::create_dir(folder.at("out").join(MANIFEST)).unwrap(),
        "error: out/tayori-manifest.jsonl is there already, and is no file\n\
         hint: it was not touched; move it away, or choose another folder with -o\n",
    );
    check(
        &|folder| drop(folder.write(&format!("out/{MANIFEST}"), "something else\n")),
        "error: out/tayori-manifest.jsonl is no manifest of tayori: line 1 does not say so\n\
         hint: it was not touched; move it away, or choose another folder with -o\n",
    );
}

#[test]
fn a_manifest_that_cannot_be_written_keeps_the_messages_there() {
    let folder = Folder::new();
    let out = folder.at("out");
    let outcome = delete(&folder, 2, move |talk| {
        talk.expect_fetch("1:2");
        // Somebody removes it after it was opened: what would be written into it, nobody would find.
        fs::remove_file(out.join(MANIFEST)).unwrap();
        fs::create_dir(out.join(MANIFEST)).unwrap();
        talk.row(1, 10, FIRST);
        talk.row(2, 20, SECOND);
        talk.tagged("OK done");
    });
    assert_eq!(outcome.code, 9, "{outcome:?}");
}

#[test]
fn on_a_disk_that_cannot_be_written_nothing_is_even_asked_for() {
    let folder = Folder::new();
    let Some(run) = Run::on_a_disk(&folder, "ro", "ls -A") else { return };
    // Port 1 has nobody, and would say so.
    let outcome = run.args("fetch imap://ann@127.0.0.1:1/INBOX --tls none --all -o . --delete").run();
    assert_eq!((outcome.code, &*outcome.stdout), (9, &b""[..]), "{outcome:?}");
    assert!(outcome.stderr.contains("Read-only file system"), "{outcome:?}");
}

#[test]
fn a_mailbox_from_which_nothing_can_be_removed() {
    let check = |permanent: &'static str, access: &'static str, why: &str| {
        let folder = Folder::new();
        let server = Server::play(move |talk| {
            log_in(talk, "UIDPLUS");
            talk.expect("SELECT INBOX");
            opened(talk, 2, permanent, access);
            both(talk);
            talk.log_out();
        });
        let outcome = run(server, &folder, "");
        let stderr = format!("error: the messages are fetched, but cannot be removed: {why}\n");
        outcome.check(4, "", &stderr);
    };
    check("\\Deleted", "[READ-ONLY]", "the server opened the mailbox read-only");
    check(
        "\\Seen \\*",
        "[READ-WRITE]",
        "the server does not let this mailbox keep the mark that they are deleted",
    );
}

/// One message is complete and proved when the connection breaks. It stays: after a failure nothing more is sent, and
/// the next run removes it.
#[test]
fn a_connection_that_is_cut() {
    let folder = Folder::new();
    let server = Server::play(|talk| {
        open(talk, "UIDPLUS", 2);
        talk.expect_fetch("1:2");
        talk.row(1, 10, FIRST);
        talk.send("* 2 FETCH (UID 20 RFC822.SIZE 100 BODY[] {100}\r\nhalf of it");
        talk.cut();
    });
    let outcome = run(server, &folder, "");
    assert_eq!(outcome.code, 4, "{outcome:?}");

    let outcome = delete_again(&folder, 2, |talk| {
        talk.expect("UID FETCH 1:9,11:4294967295 (UID RFC822.SIZE)");
        talk.send(format!("* 2 FETCH (UID 20 RFC822.SIZE {})\r\n", SECOND.len()));
        talk.tagged("OK done");
        talk.expect_uid_fetch("20");
        talk.row(2, 20, SECOND);
        talk.tagged("OK done");
        talk.expect("UID FETCH 10 (UID RFC822.SIZE)");
        talk.send(format!("* 1 FETCH (UID 10 RFC822.SIZE {})\r\n", FIRST.len()));
        talk.tagged("OK done");
        removes(talk, "10,20");
    });
    outcome.check(0, "", "");
}

#[test]
fn a_command_that_is_refused_in_the_middle_removes_only_what_came() {
    let folder = Folder::new();
    let outcome = delete(&folder, 2, |talk| {
        talk.expect_fetch("1:2");
        talk.row(1, 10, FIRST);
        talk.tagged("NO message 2 is broken");
        talk.expect("FETCH 1:2 (UID RFC822.SIZE)");
        talk.send("* 1 FETCH (UID 10 RFC822.SIZE 24)\r\n* 2 FETCH (UID 20 RFC822.SIZE 24)\r\n");
        talk.tagged("OK done");
        talk.expect_uid_fetch("20");
        talk.tagged("NO message 2 is broken");
        removes(talk, "10");
    });
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(outcome.stderr.contains("UID 20"), "{outcome:?}");
}

/// Two messages are here from a run without `--delete`.
fn fetched_before() -> (Folder, Host) {
    let folder = Folder::new();
    let host = Host::start();
    host.put("INBOX", FIRST);
    host.put("INBOX", SECOND);
    host.fetch("INBOX").args("--all -o out/").folder(&folder).run().check(0, "", "");
    (folder, host)
}

#[test]
fn what_was_fetched_before_goes_too() {
    let (folder, host) = fetched_before();
    host.put("INBOX", "third");
    host.fetch("INBOX").args("--all -o out/ --delete").folder(&folder).run().check(0, "", "");
    host.check_uids("INBOX", &[]);
    check_out(&folder, &[("1.eml", FIRST), ("2.eml", SECOND), ("3.eml", b"third")]);
}

/// What an earlier run removed is in the list for ever, and nothing is wrong with it.
#[test]
fn what_is_gone_from_the_server_already_is_no_trouble() {
    for format in ["eml", "maildir", "mbox"] {
        let folder = Folder::new();
        let host = Host::start();
        for mail in [FIRST, SECOND] {
            host.put("INBOX", mail);
            let run = host.fetch("INBOX").args("--all -o out/ --delete --format").arg(format);
            run.folder(&folder).run().check(0, "", "");
            host.check_uids("INBOX", &[]);
        }
        assert_eq!(kept::messages(&folder.at("out")), [FIRST, SECOND], "{format}");
    }
}

/// Same length, so only its content tells.
#[test]
fn a_file_that_was_changed_since_keeps_its_message_there() {
    let (folder, host) = fetched_before();
    folder.write("out/1.eml", "Subject: one\r\n\r\nFirst?\r\n");
    let outcome = host.fetch("INBOX").args("--all -o out/ --delete").folder(&folder).run();
    outcome.check(
        4,
        "",
        "note: not removed from the server, since it is not proved that what is here is the whole message: UID 1\n",
    );
    host.check_uids("INBOX", &[1]);
    // And the way out of it.
    let outcome = host.fetch("INBOX").args("--all -o out/ --delete --verify").folder(&folder).run();
    outcome.check(0, "", "note: UID 1: out/1.eml is not what was fetched: its content was changed\n");
    host.check_uids("INBOX", &[]);
    assert_eq!(fs::read(folder.at("out/1.eml")).unwrap(), FIRST);
}

#[test]
fn a_file_that_is_gone_or_cut_short_is_fetched_again_first() {
    let (folder, host) = fetched_before();
    fs::remove_file(folder.at("out/1.eml")).unwrap();
    folder.write("out/2.eml", "Subject");
    let outcome = host.fetch("INBOX").args("--all -o out/ --delete").folder(&folder).run();
    outcome.check(0, "", "note: UID 2: out/2.eml is not what was fetched: it has 7 octets now\n");
    host.check_uids("INBOX", &[]);
    assert_eq!(fs::read(folder.at("out/1.eml")).unwrap(), FIRST);
    assert_eq!(fs::read(folder.at("out/2.eml")).unwrap(), SECOND);
    assert_eq!(fs::read(folder.at("out/2.eml.aside-1")).unwrap(), b"Subject");
}

#[test]
fn what_was_fetched_before_and_has_another_size_on_the_server_stays() {
    for rows in [
        "* 1 FETCH (UID 10 RFC822.SIZE 25)\r\n* 2 FETCH (UID 20 RFC822.SIZE 1)\r\n",
        "* 1 FETCH (UID 10)\r\n* 2 FETCH (UID 20)\r\n",
    ] {
        let folder = Folder::new();
        let server = Server::mailbox(2, both);
        server.fetch("INBOX").args("--all -o out/").folder(&folder).run().check(0, "", "");
        server.finish();
        let outcome = delete_again(&folder, 2, move |talk| {
            talk.expect("UID FETCH 1:9,11:19,21:4294967295 (UID RFC822.SIZE)");
            talk.tagged("OK done");
            talk.expect("UID FETCH 10,20 (UID RFC822.SIZE)");
            talk.send(rows);
            talk.tagged("OK done");
        });
        outcome.check(
            4,
            "",
            "note: not removed from the server, since it is not proved that what is here is the whole message: UID 10,20\n",
        );
    }
}

#[test]
fn messages_in_an_mbox_and_a_maildir_go_as_well() {
    for format in ["mbox", "maildir"] {
        let folder = Folder::new();
        let host = Host::start();
        let from = b"From the start\r\nFrom here\r\n";
        host.put("INBOX", FIRST);
        host.put("INBOX", from);
        let fetch = |options| host.fetch("INBOX").args("--all -o out/ --format").arg(format).args(options);
        fetch("").folder(&folder).run().check(0, "", "");
        host.put("INBOX", SECOND);
        fetch("--delete").folder(&folder).run().check(0, "", "");
        host.check_uids("INBOX", &[]);
        let mut kept = kept::messages(&folder.at("out"));
        kept.sort();
        assert_eq!(kept, [&from[..], FIRST, SECOND], "{format}");
    }
}

/// Same length, so only its content tells; of an mbox, only the message in which the octet is.
#[test]
fn an_mbox_or_maildir_that_was_changed_keeps_its_message_there() {
    for (format, left) in [("mbox", [2].as_slice()), ("maildir", &[1, 2])] {
        let folder = Folder::new();
        let host = Host::start();
        host.put("INBOX", FIRST);
        host.put("INBOX", "second");
        let fetch = |options| host.fetch("INBOX").args("--all -o out/ --format").arg(format).args(options);
        fetch("").folder(&folder).run().check(0, "", "");
        let mut files = vec![folder.at("out/INBOX.mbox")];
        if format == "maildir" {
            files = fs::read_dir(folder.at("out/new")).unwrap().map(|entry| entry.unwrap().path()).collect();
        }
        for file in files {
            let mut octets = fs::read(&file).unwrap();
            let at = octets.len() - 3;
            octets[at] ^= 1;
            fs::write(file, octets).unwrap();
        }
        let outcome = fetch("--delete").folder(&folder).run();
        assert_eq!(outcome.code, 4, "{outcome:?}");
        assert!(outcome.stderr.contains("not removed from the server"), "{outcome:?}");
        host.check_uids("INBOX", left);
    }
}

#[test]
fn one_file_is_proof_as_well() {
    let mbox = [b"From MAILER-DAEMON Sun Feb  1 09:30:00 2026\n", SECOND, b"\n"].concat();
    for (options, file, content) in [("", "one.eml", SECOND), ("--format mbox", "one.mbox", &mbox)] {
        let folder = Folder::new();
        let host = Host::start();
        host.put("INBOX", FIRST);
        host.put("INBOX", SECOND);
        let run = host.fetch("INBOX").args("--uid 2 --delete -o").arg(file).args(options);
        run.folder(&folder).run().check(0, "", "");
        host.check_uids("INBOX", &[1]);
        assert_eq!(fs::read(folder.at(file)).unwrap(), content);
    }
    let folder = Folder::new();
    folder.write("one.eml", "old");
    let host = Host::start();
    host.put("INBOX", FIRST);
    let outcome = host.fetch("INBOX").args("--uid 1 --delete -o one.eml").folder(&folder).run();
    assert_eq!(outcome.code, 9, "{outcome:?}");
    host.check_uids("INBOX", &[1]);
}

#[test]
fn json_says_what_went() {
    let folder = Folder::new();
    let host = Host::start();
    host.put("INBOX", FIRST);
    let outcome = host.fetch("INBOX").args("--all -o out/ --delete --json").folder(&folder).run();
    let text = String::from_utf8(outcome.stdout).unwrap();
    assert_eq!(outcome.code, 0, "{text}{}", outcome.stderr);
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(
        last,
        serde_json::json!({
            "event": "summary", "exit": 0, "fetched": 1, "octets": FIRST.len(), "already_there": 0, "failed": 0,
            "removed": 1, "marked_deleted": 0
        })
    );
}

/// So many that they take two commands, of which the server refuses the second: what went is told, and what stays.
#[test]
fn what_went_before_a_refusal_is_told() {
    // Every second UID, so that no two make a range, and long ones.
    const COUNT: u32 = 800;
    let uid = |number: u32| 4_000_000_000 + number * 2;
    let uids = move |numbers: RangeInclusive<u32>| -> String {
        numbers.map(|number| uid(number).to_string()).collect::<Vec<_>>().join(",")
    };
    let check = |refused: &'static str, gone: u32, marked: u32, error: &str| {
        let sets = [1..=700, 701..=COUNT].map(uids);
        let server = server("UIDPLUS", COUNT, move |talk| {
            let listed: Vec<_> = (1..=COUNT).map(|number| (number, uid(number), FIRST.len())).collect();
            talk.expect_listing("FETCH 1:800", &listed);
            for numbers in [1..=350, 351..=700, 701..=COUNT] {
                talk.expect_uid_fetch(&uids(numbers.clone()));
                for number in numbers {
                    talk.row(number, uid(number), FIRST);
                }
                talk.tagged("OK done");
            }
            for (command, end) in [("UID STORE", " +FLAGS.SILENT (\\Deleted)"), ("UID EXPUNGE", "")] {
                talk.expect(&format!("{command} {}{end}", sets[0]));
                talk.tagged("OK done");
                talk.expect(&format!("{command} {}{end}", sets[1]));
                if command == refused {
                    return talk.tagged("NO not now");
                }
                talk.tagged("OK done");
            }
        });
        let outcome = run(server, &Folder::new(), "--json");
        let text = String::from_utf8(outcome.stdout).unwrap();
        let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!((&last["removed"], &last["marked_deleted"]), (&gone.into(), &marked.into()), "{last}");
        let stderr = format!("error: {error}: the server refused {refused}\nthe server said: \"not now\"\n");
        assert_eq!((outcome.code, outcome.stderr), (4, stderr));
    };
    check("UID STORE", 0, 700, "700 of 800 messages are marked as deleted, the others could not be");
    check("UID EXPUNGE", 700, 100, "700 of 800 messages are removed, the others are only marked as deleted");
}

/// Without it the list cannot say which message a file is.
#[test]
fn without_uidvalidity_nothing_is_removed() {
    let folder = Folder::new();
    let server = Server::play(|talk| {
        log_in(talk, "UIDPLUS");
        talk.expect("SELECT INBOX");
        talk.send("* FLAGS (\\Deleted)\r\n* 2 EXISTS\r\n* OK [PERMANENTFLAGS (\\Deleted)] kept\r\n");
        talk.tagged("OK [READ-WRITE] opened");
        both(talk);
        nothing_more(talk);
    });
    let outcome = run(server, &folder, "");
    let stderr = "error: the messages are fetched, but not removed: without UIDVALIDITY nothing written down here is \
                  proof\n";
    outcome.check(4, "", stderr);
}

//! Names, what is there already, disks that fail.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use crate::common::program::{Folder, Run, TAYORI};
use crate::common::server::Server;
use crate::store::Host;
use crate::{FIRST, SECOND, TAKEN_HINT, both, one};

/// Ends before anything is connected: port 1 has nobody, and would say so.
fn fetch_nowhere() -> Run {
    Run::new().args("fetch imap://ann@127.0.0.1:1/INBOX --tls none")
}

#[test]
fn a_file_that_is_there_is_refused_before_anything_is_sent() {
    let folder = Folder::new();
    folder.write("mail.eml", "old");
    symlink("nowhere", folder.at("link")).unwrap();
    for name in ["mail.eml", "link"] {
        let outcome = fetch_nowhere().args("--number 1 -o").arg(name).folder(&folder).run();
        outcome.check(
            9,
            "",
            &format!(
                "error: {name} is there already\nhint: choose another name with -o, or replace it with --force\n"
            ),
        );
    }
    fs::remove_file(folder.at("link")).unwrap();
    folder.check_files("", &[("mail.eml", b"old")]);
}

#[test]
fn force_replaces_the_file() {
    let server = Server::mailbox(1, one);
    let folder = Folder::new();
    folder.write("mail.eml", "old");
    server.fetch("INBOX").args("--number 1 -o mail.eml --force").folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("", &[("mail.eml", FIRST)]);
    assert_eq!(fs::metadata(folder.at("mail.eml")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn force_keeps_the_old_file_until_the_new_one_is_whole() {
    let server = Server::play(|talk| {
        talk.log_in();
        talk.examine("INBOX", 1);
        talk.expect_fetch("1");
        talk.send("* 1 FETCH (UID 10 BODY[] {100}\r\nhalf of it");
        talk.cut();
    });
    let folder = Folder::new();
    folder.write("mail.eml", "old");
    let outcome = server.fetch("INBOX").args("--number 1 -o mail.eml --force").folder(&folder).run();
    assert_eq!(outcome.code, 7, "{outcome:?}");
    server.finish();
    folder.check_files("", &[("mail.eml", b"old")]);
}

#[test]
fn a_second_run_into_the_same_folder_keeps_what_is_there() {
    let folder = Folder::new();
    folder.write("10.eml", "old");
    let taken =
        format!("error: 1 message was left out, since its file is there already: 10.eml\n{TAKEN_HINT}");
    let server = Server::mailbox_twice(2, both, |talk| {
        // The other one is known by now.
        talk.expect_listing("UID FETCH 1:19,21:4294967295", &[(1, 10, FIRST.len())]);
        talk.expect_uid_fetch("10");
        talk.row(1, 10, FIRST);
        talk.tagged("OK done");
    });
    for _ in 0..2 {
        server.fetch("INBOX").args("--all -o .").folder(&folder).run().check(4, "", &taken);
        folder.check_files("", &[("10.eml", b"old"), ("20.eml", SECOND)]);
        assert_eq!(folder.listed(""), [("20.eml".to_owned(), SECOND.len() as u64)].into());
    }
    server.finish();

    let server = Server::mailbox(2, both);
    server.fetch("INBOX").args("--all -o . --force").folder(&folder).run().check(0, "", "");
    server.finish();
    // On another port it is another account, whose messages have no file yet.
    folder.check_files("", &[("10.eml", FIRST), ("20.eml", SECOND), ("20.eml.aside-1", SECOND)]);
}

#[test]
fn a_second_run_asks_for_no_message_that_is_there() {
    let folder = Folder::new();
    let server = Server::mailbox_twice(2, both, |talk| {
        talk.expect_listing("UID FETCH 1:9,11:19,21:4294967295", &[]);
    });
    for _ in 0..2 {
        server.fetch("INBOX").args("--all -o .").folder(&folder).run().check(0, "", "");
        folder.check_files("", &[("10.eml", FIRST), ("20.eml", SECOND)]);
    }
    server.finish();
}

/// A file that was altered is told, set aside, and fetched again.
#[test]
fn a_second_run_repairs_what_was_cut_short() {
    let folder = Folder::new();
    let server = Server::mailbox_twice(2, both, |talk| {
        talk.expect_listing("UID FETCH 1:19,21:4294967295", &[(1, 10, FIRST.len())]);
        talk.expect_uid_fetch("10");
        talk.row(1, 10, FIRST);
        talk.tagged("OK done");
    });
    server.fetch("INBOX").args("--all -o .").folder(&folder).run().check(0, "", "");
    folder.write("10.eml", "cut");
    let outcome = server.fetch("INBOX").args("--all -o .").folder(&folder).run();
    outcome.check(0, "", "note: UID 10: ./10.eml is not what was fetched: it has 3 octets now\n");
    server.finish();
    folder.check_files("", &[("10.eml", FIRST), ("10.eml.aside-1", b"cut"), ("20.eml", SECOND)]);
}

/// Nothing is written down of them, say because the run that wrote them was killed before it could.
#[test]
fn files_that_are_the_messages_are_adopted() {
    let folder = Folder::new();
    fs::write(folder.at("10.eml"), FIRST).unwrap();
    let server = Server::mailbox(2, both);
    server.fetch("INBOX").args("--all -o .").folder(&folder).run().check(0, "", "");
    server.finish();
    folder.check_files("", &[("10.eml", FIRST), ("20.eml", SECOND)]);
    let sizes = [("10.eml".to_owned(), FIRST.len() as u64), ("20.eml".to_owned(), SECOND.len() as u64)];
    assert_eq!(folder.listed(""), sizes.into());
}

#[test]
fn a_taken_name_that_is_known_only_at_the_end() {
    let folder = Folder::new();
    folder.write("10.eml", "old");
    let server = Server::mailbox(1, |talk| {
        talk.expect_fetch("1");
        talk.send("* 1 FETCH (BODY[] {5}\r\nhello UID 10)\r\n");
        talk.tagged("OK done");
    });
    let outcome = server.fetch("INBOX").args("--all -o .").folder(&folder).run();
    outcome.check(
        9,
        "",
        &format!("error: 1 message was left out, since its file is there already: 10.eml\n{TAKEN_HINT}"),
    );
    server.finish();
    folder.check_files("", &[("10.eml", b"old")]);
}

/// What is not a whole message is never written over another file, so no hint may name `--force` or `--name`.
#[test]
fn a_name_that_is_taken_for_a_part_of_a_message() {
    let (host, folder) = (Host::start(), Folder::new());
    host.put("INBOX", FIRST);
    for (output, stderr) in [
        (
            "out/",
            "error: 1 message was left out, since its file is there already: 1.headers\n\
             hint: what has such a name is something else; move it away, or choose another folder with -o\n",
        ),
        ("one.txt", "error: UID 1: ./one.txt is there already\nhint: choose another name with -o\n"),
    ] {
        let fetch = || host.fetch("INBOX").args("--all --headers -o").arg(output).folder(&folder).run();
        fetch().check(0, "", "");
        fetch().check(9, "", stderr);
    }
}

#[test]
fn several_messages_do_not_fit_into_one_file() {
    for output in ["mail.eml", "-"] {
        let server = Server::mailbox(3, |_| {});
        let folder = Folder::new();
        let outcome = server.fetch("INBOX").args("--all -o").arg(output).folder(&folder).run();
        outcome.check(2, "", "error: 3 messages do not fit into one file\nhint: give a folder: -o DIR/\n");
        server.finish();
        folder.check_files("", &[]);
    }
}

#[test]
fn what_cannot_be_written_is_found_out_before_anything_is_sent() {
    let folder = Folder::new();
    folder.write("file", "");
    let check = |output: &str, stderr: &str| {
        let outcome = fetch_nowhere().args("--all -o").arg(output).folder(&folder).run();
        outcome.check(9, "", stderr);
    };
    check(
        "missing/mail.eml",
        "error: could not create a file in missing: No such file or directory (os error 2)\n\
         hint: only for a folder, with / at its end, are missing folders made\n",
    );
    check("file/mail.eml", "error: could not look at file/mail.eml: Not a directory (os error 20)\n");
    check("file/", "error: could not create the folder file/: not a directory\n");
    check(
        "/proc/mail/",
        "error: could not create the folder /proc/mail/: No such file or directory (os error 2)\n",
    );
    check(
        "/proc",
        "error: could not create /proc/tayori-manifest.jsonl: No such file or directory (os error 2)\n\
         hint: choose a folder that you can read and write with -o\n",
    );
    check(
        "/dev/null",
        "error: /dev/null is there already, and is no file\n\
         hint: for a pipe or a device use -o - and send stdout there\n",
    );
    check(
        "bad\u{1b}[31m/mail.eml",
        "error: could not create a file in bad\\x1b[31m: No such file or directory (os error 2)\n\
         hint: only for a folder, with / at its end, are missing folders made\n",
    );
    folder.check_files("", &[("file", b"")]);
}

#[test]
fn stdout_that_is_full() {
    let server = Server::mailbox(1, one);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let outcome = server.fetch("INBOX").args("--all -o -").stdout(Stdio::from(full)).run();
    assert_eq!(outcome.code, 9);
    assert!(
        outcome.stderr.contains("could not write to stdout: No space left on device (os error 28)\n"),
        "{}",
        outcome.stderr
    );
    server.finish();
}

/// What `| head` does: whoever read our output has enough, which is no failure.
#[test]
fn a_reader_that_goes_away() {
    let message = vec![b'x'; 3_000_000];
    let server = Server::mailbox(1, move |talk| {
        talk.expect_fetch("1");
        talk.row(1, 10, message);
        talk.tagged("OK done");
    });
    let mut shell = Command::new("sh");
    // dash has no pipefail, so the exit code takes its own way.
    shell.args(["-c", "{ \"$0\" \"$@\"; echo \"exit code $?\" >&2; } | head -c 10", TAYORI]);
    let outcome =
        Run::through(shell).arg("fetch").arg(server.place("INBOX")).args("--tls none --all -o -").run();
    outcome.check(0, "xxxxxxxxxx", "exit code 0\n");
    server.finish();
}

/// `ulimit -f`, in blocks of 512 octets: the signal that says so would end the program in the middle.
#[test]
fn a_file_that_may_not_become_so_large() {
    let folder = Folder::new();
    let server = Server::mailbox(2, |talk| {
        talk.expect_fetch("1:2");
        talk.row(1, 10, FIRST);
        talk.row(2, 20, vec![b'x'; 2_000_000]);
        talk.tagged("OK done");
    });
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -f 1000; exec \"$0\" \"$@\"", TAYORI]);
    let run = Run::through(shell).arg("fetch").arg(server.place("INBOX")).folder(&folder);
    let outcome = run.args("--tls none --all -o .").run();
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(outcome.stderr.contains("UID 20: could not write"), "{outcome:?}");
    assert!(outcome.stderr.contains("File too large"), "{outcome:?}");
    server.finish();
    folder.check_files("", &[("10.eml", FIRST)]);
}

/// A file system of one mebibyte, in a mount name space of its own, and a second mail that is larger.
#[test]
fn a_disk_that_is_full() {
    let folder = Folder::new();
    let Some(run) = Run::on_a_disk(&folder, "size=1m", "ls -A") else { return };
    let server = Server::mailbox(2, |talk| {
        talk.expect_fetch("1:2");
        talk.row(1, 10, FIRST);
        talk.row(2, 20, vec![b'x'; 2_000_000]);
        talk.tagged("OK done");
    });
    let outcome = run.arg("fetch").arg(server.place("INBOX")).args("--tls none --all -o .").run();
    server.finish();
    // Both are on their way at once. Where the second has filled the disk before the list could have a line for the
    // first, that is there under its name, and counts as not fetched.
    if outcome.code == 9 {
        return outcome.check(
            9,
            "10.eml\n",
            "error: UID 10: could not write ./tayori-manifest.jsonl: No space left on device (os error 28)\n\
             hint: make room and run it again; what is not recorded is fetched again\n",
        );
    }
    outcome.check(
        4,
        "10.eml\ntayori-manifest.jsonl\n",
        "error: 1 message is complete; UID 20: could not write ./.tayori-parts/N/.tayori-N.part: No space left on device (os error 28)\n\
         hint: make room and run it again; no incomplete message was left under a final name\n",
    );
}

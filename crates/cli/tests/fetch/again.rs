//! Runs into a folder that has messages already: only what is missing is fetched, and nothing that is there is lost.

use std::fs;
use std::io::Write as _;

use rustix::process::Signal;

use crate::common::program::{Folder, Outcome};
use crate::common::server::{Server, Talk};
use crate::store::Host;
use crate::{FIRST, SECOND, TAKEN_HINT, both, check_out, of_port};

pub(crate) const MANIFEST: &str = "out/tayori-manifest.jsonl";

/// Fetches all of INBOX into `out/`.
pub(crate) fn fetch(host: &Host, folder: &Folder, options: &str) -> Outcome {
    host.fetch("INBOX").args("--all -o out/").args(options).folder(folder).run()
}

/// A server with two messages, and a folder that has both.
pub(crate) fn fetched() -> (Host, Folder) {
    let (host, folder) = (Host::start(), Folder::new());
    host.put("INBOX", FIRST);
    host.put("INBOX", SECOND);
    fetch(&host, &folder, "").check(0, "", "");
    (host, folder)
}

/// Both messages are here, from a server of whatever port.
pub(crate) fn fetched_by_script() -> Folder {
    let folder = Folder::new();
    let server = Server::mailbox(2, both);
    server.fetch("INBOX").args("--all -o out/").folder(&folder).run().check(0, "", "");
    server.finish();
    folder
}

/// Of the messages that are not here, the server lists these.
#[track_caller]
pub(crate) fn others(talk: &mut Talk, listed: &[(u32, u32, usize)]) {
    talk.expect_listing("UID FETCH 1:9,11:19,21:4294967295", listed);
}

/// There is one, and it is fetched.
#[track_caller]
fn new_one(talk: &mut Talk, number: u32) {
    others(talk, &[(number, 30, 5)]);
    talk.expect_uid_fetch("30");
    talk.row(number, 30, "third");
    talk.tagged("OK done");
}

/// The same mailbox with other messages: of the validity of its UIDs it says this.
pub(crate) fn renewed(validity: &'static str) -> Server {
    Server::play(move |talk| {
        talk.log_in();
        talk.expect("EXAMINE INBOX");
        talk.send(format!("* FLAGS (\\Seen)\r\n* 2 EXISTS\r\n{validity}"));
        talk.tagged("OK [READ-ONLY] opened");
        talk.expect_fetch("1:2");
        talk.row(1, 10, "another");
        talk.row(2, 20, SECOND);
        talk.tagged("OK done");
        talk.log_out();
    })
}

#[track_caller]
pub(crate) fn again(
    folder: &Folder,
    mails: u32,
    options: &str,
    script: impl FnOnce(&mut Talk) + Send + 'static,
) -> Outcome {
    let server = Server::mailbox(mails, script);
    of_port(folder, server.port());
    let outcome = server.fetch("INBOX").args(options).args("-o out/").folder(folder).run();
    server.finish();
    outcome
}

#[test]
fn nothing_new_costs_one_command_and_no_body() {
    let folder = fetched_by_script();
    let outcome = again(&folder, 2, "--all", |talk| {
        others(talk, &[]);
    });
    outcome.check(0, "", "");
    let outcome = again(&folder, 2, "--uid 10,20", |talk| {
        talk.expect("UID FETCH 10,20 (UID RFC822.SIZE)");
        talk.send("* 1 FETCH (UID 10 RFC822.SIZE 24)\r\n* 2 FETCH (UID 20 RFC822.SIZE 24)\r\n");
        talk.tagged("OK done");
    });
    outcome.check(0, "", "");
}

/// Named one by one, they are not missing.
#[test]
fn nothing_new_of_some_numbers() {
    for numbers in ["1,2", "1:2", "2"] {
        let (host, folder) = fetched();
        let run = host.fetch("INBOX").args("-o out/ --number").arg(numbers);
        run.folder(&folder).run().check(0, "", "");
    }
}

/// `n:*` has the last message, whatever its number (RFC 9051 section 9, seq-range); so the end is said.
#[test]
fn a_server_that_sends_more_than_was_asked_for() {
    let folder = fetched_by_script();
    let outcome = again(&folder, 2, "--all", |talk| {
        others(talk, &[(2, 20, 24)]);
    });
    outcome.check(0, "", "");
}

#[test]
fn only_new_mail_is_fetched() {
    let folder = fetched_by_script();
    let outcome = again(&folder, 3, "--all", |talk| {
        new_one(talk, 3);
    });
    outcome.check(0, "", "");
    check_out(&folder, &[("10.eml", FIRST), ("20.eml", SECOND), ("30.eml", b"third")]);
}

/// Which of them, only the whole list tells.
#[test]
fn a_new_message_that_the_server_passes_over_is_missed() {
    let folder = fetched_by_script();
    let outcome = again(&folder, 3, "--all", |talk| {
        others(talk, &[]);
        talk.expect("FETCH 1:3 (UID RFC822.SIZE)");
        talk.send("* 1 FETCH (UID 10 RFC822.SIZE 24)\r\n* 3 FETCH (UID 20 RFC822.SIZE 24)\r\n");
        talk.tagged("OK done");
    });
    outcome.check(4, "", "error: no such message: the server sent nothing for 2\n");
}

#[test]
fn what_is_gone_from_the_server_stays_here() {
    let folder = fetched_by_script();
    let outcome = again(&folder, 1, "--all", |talk| {
        others(talk, &[(1, 30, 5)]);
        // Some that are here are gone there, so their number says nothing of what the server may have passed over.
        talk.expect_listing("FETCH 1", &[(1, 30, 5)]);
        talk.expect_uid_fetch("30");
        talk.row(1, 30, "third");
        talk.tagged("OK done");
    });
    outcome.check(0, "", "");
    check_out(&folder, &[("10.eml", FIRST), ("20.eml", SECOND), ("30.eml", b"third")]);
}

#[test]
fn what_is_gone_from_the_server_does_not_hide_what_it_passes_over() {
    let folder = fetched_by_script();
    let outcome = again(&folder, 3, "--all", |talk| {
        let listed = [(1, 30, 5), (3, 50, 5)];
        others(talk, &listed);
        talk.expect_listing("FETCH 1:3", &listed);
        talk.expect_uid_fetch("30,50");
        talk.row(1, 30, "third");
        talk.row(3, 50, "fifth");
        talk.tagged("OK done");
    });
    outcome.check(4, "", "error: no such message: the server sent nothing for 2\n");
}

#[test]
fn a_file_that_was_removed_is_fetched_again() {
    let (host, folder) = fetched();
    fs::remove_file(folder.at("out/1.eml")).unwrap();
    fetch(&host, &folder, "").check(0, "", "");
    check_out(&folder, &[("1.eml", FIRST), ("2.eml", SECOND)]);
}

#[test]
fn a_link_in_the_place_of_a_file_is_not_followed() {
    let (host, folder) = fetched();
    let elsewhere = folder.write("elsewhere", std::str::from_utf8(FIRST).unwrap());
    fs::remove_file(folder.at("out/1.eml")).unwrap();
    std::os::unix::fs::symlink(elsewhere, folder.at("out/1.eml")).unwrap();
    let note = "note: UID 1: out/1.eml is not what was fetched: it is no file any more\n";
    fetch(&host, &folder, "").check(0, "", note);
    check_out(&folder, &[("1.eml", FIRST), ("2.eml", SECOND)]);
    assert!(fs::symlink_metadata(folder.at("out/1.eml.aside-1")).unwrap().is_symlink());
    assert_eq!(fs::read(folder.at("elsewhere")).unwrap(), FIRST);
}

#[test]
fn verify_finds_one_octet() {
    let (host, folder) = fetched();
    let mut changed = FIRST.to_vec();
    changed[3] ^= 1;
    fs::write(folder.at("out/1.eml"), &changed).unwrap();
    fetch(&host, &folder, "").check(0, "", "");
    check_out(&folder, &[("1.eml", &changed), ("2.eml", SECOND)]);
    let note = "note: UID 1: out/1.eml is not what was fetched: its content was changed\n";
    fetch(&host, &folder, "--verify").check(0, "", note);
    check_out(&folder, &[("1.eml", FIRST), ("1.eml.aside-1", &changed), ("2.eml", SECOND)]);
    fetch(&host, &folder, "--verify").check(0, "", "");
}

/// One octet of an mbox: the whole file is set aside, and what is good in it counts as here.
#[test]
fn verify_finds_one_octet_in_an_mbox() {
    let (host, folder) = (Host::start(), Folder::new());
    host.put("INBOX", FIRST);
    host.put("INBOX", SECOND);
    fetch(&host, &folder, "--format mbox").check(0, "", "");
    let whole = fs::read(folder.at("out/INBOX.mbox")).unwrap();
    let mut changed = whole.clone();
    *changed.iter_mut().rev().nth(5).unwrap() ^= 1;
    fs::write(folder.at("out/INBOX.mbox"), &changed).unwrap();
    fetch(&host, &folder, "--format mbox").check(0, "", "");
    fetch(&host, &folder, "--format mbox --verify").check(
        0,
        "",
        "note: UID 2: out/INBOX.mbox is not what was fetched: its content was changed\n\
         note: the file is out/INBOX.mbox.aside-1 now, with what was in it; what was changed and is asked for is \
         fetched again\n",
    );
    let second = whole.windows(6).rposition(|octets| octets == b"\nFrom ").unwrap() + 1;
    check_out(&folder, &[("INBOX.mbox", &whole[second..]), ("INBOX.mbox.aside-1", &changed)]);
    fetch(&host, &folder, "--format mbox --verify").check(0, "", "");
}

#[test]
fn an_mbox_that_was_cut_short() {
    for output in ["in.mbox", "./in.mbox", "sub/in.mbox"] {
        let (host, folder) = (Host::start(), Folder::new());
        fs::create_dir(folder.at("sub")).unwrap();
        host.put("INBOX", FIRST);
        let fetch = || host.fetch("INBOX").args("--all --format mbox -o").arg(output).folder(&folder).run();
        fetch().check(0, "", "");
        let whole = fs::read(folder.at(output)).unwrap();
        fs::write(folder.at(output), &whole[..40]).unwrap();
        let outcome = fetch();
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert_eq!(fs::read(folder.at(output)).unwrap(), whole);
        assert_eq!(fs::read(folder.at(&format!("{output}.aside-1"))).unwrap(), whole[..40]);
        fetch().check(0, "", "");
    }
}

/// A file of another form is no reason to move an mbox.
#[test]
fn another_form_in_the_same_folder() {
    let (host, folder) = fetched();
    folder.write("out/2.eml", "Subject");
    let note = "note: UID 2: out/2.eml is not what was fetched: it has 7 octets now\n";
    fetch(&host, &folder, "--format mbox").check(0, "", note);
    let mbox = fs::read(folder.at("out/INBOX.mbox")).unwrap();
    assert!(mbox.ends_with(&[SECOND, b"\n"].concat()), "{}", mbox.escape_ascii());
    check_out(&folder, &[("1.eml", FIRST), ("2.eml", b"Subject"), ("INBOX.mbox", &mbox)]);
    fetch(&host, &folder, "").check(0, "", "");
}

#[test]
fn new_mail_goes_behind_the_others_in_an_mbox() {
    let (host, folder) = (Host::start(), Folder::new());
    host.put("INBOX", FIRST);
    fetch(&host, &folder, "--format mbox").check(0, "", "");
    let before = fs::read(folder.at("out/INBOX.mbox")).unwrap();
    host.put("INBOX", "From here\r\n");
    fetch(&host, &folder, "--format mbox").check(0, "", "");
    let both = fs::read(folder.at("out/INBOX.mbox")).unwrap();
    let added = b"From MAILER-DAEMON Sun Feb  1 09:30:00 2026\n>From here\r\n\n";
    assert_eq!(both.escape_ascii().to_string(), [&before[..], added].concat().escape_ascii().to_string());
    fetch(&host, &folder, "--format mbox").check(0, "", "");
    assert_eq!(fs::read(folder.at("out/INBOX.mbox")).unwrap(), both);
}

/// Another program has put a message at the end of the mbox. It stays, and stays readable.
#[test]
fn what_others_put_into_an_mbox_stays() {
    for theirs in ["From bob Sun Feb  1 09:30:00 2026\nSubject: x\n\nhello\n\n", "From bob\n\nno line end"] {
        let (host, folder) = (Host::start(), Folder::new());
        host.put("INBOX", FIRST);
        fetch(&host, &folder, "--format mbox").check(0, "", "");
        let mut file = fs::File::options().append(true).open(folder.at("out/INBOX.mbox")).unwrap();
        file.write_all(theirs.as_bytes()).unwrap();
        host.put("INBOX", SECOND);
        fetch(&host, &folder, "--format mbox").check(0, "", "");
        let text = fs::read(folder.at("out/INBOX.mbox")).unwrap();
        let text = text.escape_ascii().to_string();
        let theirs = theirs.escape_default().to_string();
        assert!(text.contains(&theirs), "{text}");
        assert_eq!(text.matches("\\nFrom ").count(), 2, "{text}");
        fetch(&host, &folder, "--format mbox --verify").check(0, "", "");
    }
}

/// UIDs mean other messages then (RFC 9051 section 2.3.1.1). Nothing of the old ones is touched or taken for the new.
#[test]
fn another_uidvalidity() {
    let folder = fetched_by_script();
    let server = renewed("* OK [UIDVALIDITY 60] valid\r\n");
    of_port(&folder, server.port());
    let outcome = server.fetch("INBOX").args("--all -o out/").folder(&folder).run();
    server.finish();
    outcome.check(
        4,
        "",
        &format!("error: 1 message was left out, since its file is there already: 10.eml\n{TAKEN_HINT}"),
    );
    check_out(&folder, &[("10.eml", FIRST), ("20.eml", SECOND)]);
}

#[test]
fn other_names_make_room_for_another_uidvalidity() {
    let folder = Folder::new();
    for (validity, mail) in [(7, FIRST), (8, SECOND)] {
        let host = Host::with_validity(validity);
        host.put("INBOX", mail);
        let run = host.fetch("INBOX").args("--all -o out/ --name {uidvalidity}-{uid}");
        run.folder(&folder).run().check(0, "", "");
    }
    check_out(&folder, &[("7-1.eml", FIRST), ("8-1.eml", SECOND)]);
}

#[test]
fn maildirs_tell_uidvalidities_apart() {
    let folder = Folder::new();
    for validity in [7, 8] {
        let host = Host::with_validity(validity);
        host.put("INBOX", FIRST);
        fetch(&host, &folder, "--format maildir").check(0, "", "");
    }
    assert_eq!(fs::read_dir(folder.at("out/new")).unwrap().count(), 2);
}

/// The same UIDs, of the same size, in the same folder.
#[test]
fn another_mailbox_is_never_taken_for_the_first() {
    let (host, folder) = fetched();
    host.create("Other");
    host.put("Other", "Subject: oen\r\n\r\nFirst.\r\n");
    host.put("Other", "x");
    host.put("Other", "third");
    let outcome = host.fetch("Other").args("--all -o out/").folder(&folder).run();
    outcome.check(
        4,
        "",
        &format!(
            "error: 2 messages were left out, since their files are there already: 1.eml, 2.eml\n{TAKEN_HINT}"
        ),
    );
    check_out(&folder, &[("1.eml", FIRST), ("2.eml", SECOND), ("3.eml", b"third")]);
    fetch(&host, &folder, "").check(0, "", "");
    // What the hint says of --force is so.
    host.fetch("Other").args("--uid 1:2 -o out/ --force").folder(&folder).run().check(0, "", "");
    let mut other: Vec<(&str, &[u8])> = vec![("1.eml", b"Subject: oen\r\n\r\nFirst.\r\n"), ("2.eml", b"x")];
    other.extend([("1.eml.aside-1", FIRST), ("2.eml.aside-1", SECOND), ("3.eml", b"third")]);
    other.sort();
    check_out(&folder, &other);
    // What was set aside is here still, and neither mailbox takes the names from the other in turn.
    for _ in 0..2 {
        fetch(&host, &folder, "--verify").check(0, "", "");
        host.fetch("Other").args("--all -o out/ --verify").folder(&folder).run().check(0, "", "");
    }
    check_out(&folder, &other);
    // One that was damaged there comes again, and nothing is set aside for it.
    fs::remove_file(folder.at("out/2.eml")).unwrap();
    folder.write("out/2.eml.aside-1", "damaged");
    let note = "note: UID 2: out/2.eml.aside-1 is not what was fetched: it has 7 octets now\n";
    fetch(&host, &folder, "").check(0, "", note);
    fetch(&host, &folder, "").check(0, "", "");
    other[2] = ("2.eml", SECOND);
    other[3] = ("2.eml.aside-1", b"damaged");
    check_out(&folder, &other);
}

#[test]
fn a_torn_last_line_of_the_manifest() {
    let (host, folder) = fetched();
    let text = fs::read(folder.at(MANIFEST)).unwrap();
    for cut in [1, 2, 30] {
        fs::write(folder.at(MANIFEST), &text[..text.len() - cut]).unwrap();
        // The message is there: it is fetched, found to be the same, and written down again.
        fetch(&host, &folder, "").check(0, "", "");
        check_out(&folder, &[("1.eml", FIRST), ("2.eml", SECOND)]);
        let before = fs::read(folder.at(MANIFEST)).unwrap();
        // From now on the rest of it is a line among others, and told as one that cannot be read.
        assert_eq!(fetch(&host, &folder, "").code, 0);
        assert_eq!(fs::read(folder.at(MANIFEST)).unwrap(), before);
    }
}

#[test]
fn an_unreadable_line_is_told_and_its_message_fetched_again() {
    let (host, folder) = fetched();
    let text = fs::read_to_string(folder.at(MANIFEST)).unwrap();
    let damaged = |lines| text.replacen("\"blake3\":\"", "\"blake3\":\"\x1b", lines);
    folder.write(MANIFEST, &damaged(1));
    let outcome = fetch(&host, &folder, "");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let stderr = &outcome.stderr;
    let note = "note: 1 line of the list of what is here cannot be read, and does not count (line 2: ";
    assert!(stderr.starts_with(note), "{stderr}");
    check_out(&folder, &[("1.eml", FIRST), ("2.eml", SECOND)]);
    folder.write(MANIFEST, &damaged(2));
    let outcome = fetch(&host, &folder, "");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let note = "note: 2 lines of the list of what is here cannot be read, and do not count (line 2: ";
    assert!(outcome.stderr.starts_with(note), "{}", outcome.stderr);
    check_out(&folder, &[("1.eml", FIRST), ("2.eml", SECOND)]);
}

/// Whoever can write the manifest can write a name that leads out of the folder: it is not believed.
#[test]
fn a_name_in_the_manifest_that_leads_elsewhere() {
    let (host, folder) = fetched();
    folder.write("1.eml", std::str::from_utf8(FIRST).unwrap());
    fs::remove_file(folder.at("out/1.eml")).unwrap();
    let text = fs::read_to_string(folder.at(MANIFEST)).unwrap();
    folder.write(MANIFEST, &text.replace("\"file\":\"1.eml\"", "\"file\":\"../1.eml\""));
    assert_eq!(fetch(&host, &folder, "").code, 0);
    check_out(&folder, &[("1.eml", FIRST), ("2.eml", SECOND)]);
}

#[test]
fn two_runs_at_once() {
    let folder = Folder::new();
    let (inside, at_work) = std::sync::mpsc::channel();
    let (go_on, waiting) = std::sync::mpsc::channel::<()>();
    let server = Server::mailbox(2, move |talk| {
        talk.expect_fetch("1:2");
        inside.send(()).unwrap();
        waiting.recv().unwrap();
        talk.row(1, 10, FIRST);
        talk.row(2, 20, SECOND);
        talk.tagged("OK done");
    });
    let first = server.fetch("INBOX").args("--all -o out/").folder(&folder).start();
    at_work.recv().unwrap();
    let host = Host::start();
    host.put("INBOX", FIRST);
    fetch(&host, &folder, "").check(
        9,
        "",
        "error: another tayori is writing to the folder of out/tayori-manifest.jsonl\n\
         hint: wait for it, or choose another folder with -o\n",
    );
    go_on.send(()).unwrap();
    first.wait().check(0, "", "");
    server.finish();
    check_out(&folder, &[("10.eml", FIRST), ("20.eml", SECOND)]);
}

#[test]
fn a_run_that_was_killed_leaves_no_lock() {
    let folder = Folder::new();
    let (inside, at_work) = std::sync::mpsc::channel();
    let server = Server::play(move |talk| {
        talk.log_in();
        talk.examine("INBOX", 2);
        talk.expect_fetch("1:2");
        talk.send("* 1 FETCH (UID 10 BODY[] {100}\r\nhalf of it");
        inside.send(()).unwrap();
        talk.expect_end();
    });
    let first = server.fetch("INBOX").args("--all -o out/").folder(&folder).start();
    at_work.recv().unwrap();
    first.signal(Signal::KILL);
    assert_eq!(first.wait().code, -9);
    server.finish();
    let host = Host::start();
    host.put("INBOX", FIRST);
    fetch(&host, &folder, "").check(0, "", "");
    check_out(&folder, &[("1.eml", FIRST)]);
}

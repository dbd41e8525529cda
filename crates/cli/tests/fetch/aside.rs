//! What has the name of a message: it is never lost, and whose it is stays known.

use std::fs;

use crate::again::{MANIFEST, again, fetch, fetched, fetched_by_script, others, renewed};
use crate::common::program::Folder;
use crate::common::server::Server;
use crate::store::Host;
use crate::{FIRST, SECOND, TAKEN_HINT, both, check_out, of_port};

#[test]
fn a_file_that_was_cut_short_is_set_aside_and_fetched_again() {
    let (host, folder) = fetched();
    folder.write("out/2.eml", "Subject");
    let note = "note: UID 2: out/2.eml is not what was fetched: it has 7 octets now\n";
    fetch(&host, &folder, "").check(0, "", note);
    check_out(&folder, &[("1.eml", FIRST), ("2.eml", SECOND), ("2.eml.aside-1", b"Subject")]);
    fetch(&host, &folder, "").check(0, "", "");
    folder.write("out/2.eml", "another");
    fetch(&host, &folder, "").check(0, "", note);
    folder.write("out/2.eml", "x");
    let note = "note: UID 2: out/2.eml is not what was fetched: it has 1 octet now\n";
    fetch(&host, &folder, "").check(0, "", note);
    let files: [(&str, &[u8]); 5] = [
        ("1.eml", FIRST),
        ("2.eml", SECOND),
        ("2.eml.aside-1", b"Subject"),
        ("2.eml.aside-2", b"another"),
        ("2.eml.aside-3", b"x"),
    ];
    check_out(&folder, &files);
}

#[test]
fn force_makes_an_mbox_anew_and_keeps_the_old_one() {
    let (host, folder) = (Host::start(), Folder::new());
    host.put("INBOX", FIRST);
    fetch(&host, &folder, "--format mbox").check(0, "", "");
    let before = fs::read(folder.at("out/INBOX.mbox")).unwrap();
    let outcome = fetch(&host, &folder, "--format mbox --force");
    let note = "note: the file is out/INBOX.mbox.aside-1 now, with what was in it; what is asked for is fetched again\n";
    outcome.check(0, "", note);
    check_out(&folder, &[("INBOX.mbox", &before), ("INBOX.mbox.aside-1", &before)]);
    fetch(&host, &folder, "--format mbox").check(0, "", "");
}

/// What a server without UIDVALIDITY sends is in no list, but what is in its way is.
#[test]
fn force_without_uidvalidity_replaces_nothing_that_was_fetched() {
    let folder = fetched_by_script();
    let server = renewed("");
    let outcome = server.fetch("INBOX").args("--all -o out/ --force").folder(&folder).run();
    server.finish();
    outcome.check(0, "", "");
    // The second has the same octets, and is another message.
    let asides = [("10.eml.aside-1", FIRST), ("20.eml.aside-1", SECOND)];
    check_out(&folder, &[("10.eml", b"another"), asides[0], ("20.eml", SECOND), asides[1]]);
}

/// Each has a file of its own before it is removed from the server.
#[test]
fn two_messages_with_the_same_octets() {
    for before in [0, 1, 2] {
        let (host, folder) = (Host::start(), Folder::new());
        // What an earlier run has fetched of them.
        (0..before).for_each(|_| {
            host.put("INBOX", FIRST);
        });
        if before > 0 {
            fetch(&host, &folder, "--name {subject}").check(0, "", "");
        }
        (before..2).for_each(|_| {
            host.put("INBOX", FIRST);
        });
        fetch(&host, &folder, "--name {subject} --delete").check(0, "", "");
        host.check_uids("INBOX", &[]);
        let names: Vec<_> = folder.listed("out").into_keys().collect();
        assert!(matches!(&names[..], [a, b] if a.starts_with("one-") && b == "one.eml"), "{names:?}");
        check_out(&folder, &[(&names[0], FIRST), ("one.eml", FIRST)]);
    }
}

/// In another mailbox too, where there is no other name.
#[test]
fn the_same_octets_in_another_mailbox() {
    let (host, folder) = fetched();
    host.create("Other");
    host.put("Other", FIRST);
    let other = |options: &str| host.fetch("Other").args("--all -o out/").args(options).folder(&folder).run();
    let left_out = "error: 1 message was left out, since its file is there already: 1.eml\n";
    other("--delete").check(9, "", &format!("{left_out}{TAKEN_HINT}"));
    host.check_uids("Other", &[1]);
    other("--force --delete").check(0, "", "");
    host.check_uids("Other", &[]);
    check_out(&folder, &[("1.eml", FIRST), ("1.eml.aside-1", FIRST), ("2.eml", SECOND)]);
    fetch(&host, &folder, "--verify").check(0, "", "");
    // Its own file is taken for the message again.
    host.fetch("INBOX").args("--uid 2 -o out/ --force").folder(&folder).run().check(0, "", "");
    check_out(&folder, &[("1.eml", FIRST), ("1.eml.aside-1", FIRST), ("2.eml", SECOND)]);
}

/// Takes out of a list what says where files are that were set aside, as when the run was killed before.
fn forget_asides(folder: &Folder, list: &str) {
    let text = fs::read_to_string(folder.at(list)).unwrap();
    let kept: String = text.split_inclusive('\n').filter(|line| !line.contains(".aside-")).collect();
    assert!(kept.len() < text.len(), "{text}");
    folder.write(list, &kept);
}

/// The run was killed between setting files aside and saying where they are. Their names are those of other messages:
/// the files are not altered, and neither mailbox takes the names from the other in turn.
#[test]
fn a_name_that_was_given_to_another_message_stays_with_it() {
    let (host, folder) = fetched();
    host.create("Other");
    // One of another size, one of the same.
    host.put("Other", "x");
    host.put("Other", SECOND.iter().rev().copied().collect::<Vec<u8>>());
    let other = |options: &str| host.fetch("Other").args("--all -o out/").args(options).folder(&folder).run();
    other("--force").check(0, "", "");
    forget_asides(&folder, MANIFEST);
    let files = |folder: &Folder| fs::read_dir(folder.at("out")).unwrap().count();
    let before = files(&folder);
    let left_out = "error: 2 messages were left out, since their files are there already: 1.eml, 2.eml\n";
    for _ in 0..2 {
        fetch(&host, &folder, "").check(9, "", &format!("{left_out}{TAKEN_HINT}"));
        other("--verify").check(0, "", "");
    }
    assert_eq!(files(&folder), before);
}

/// The same with an mbox: what is in the new one is not what was in the old one, wherever it stands.
#[test]
fn an_mbox_that_was_begun_anew_is_not_taken_for_the_one_before() {
    let (host, folder) = (Host::start(), Folder::new());
    let mails = ["one", "two", "tre"].map(|name| format!("Subject: {name}\r\n\r\n"));
    for mail in &mails {
        host.put("INBOX", mail);
    }
    fetch(&host, &folder, "--format mbox").check(0, "", "");
    let text = fs::read_to_string(folder.at("out/INBOX.mbox")).unwrap();
    folder.write("out/INBOX.mbox", &text.replace("two", "t?o"));
    let run = host.fetch("INBOX").args("--uid 2:3 -o out/ --format mbox --verify");
    assert_eq!(run.folder(&folder).run().code, 0);
    forget_asides(&folder, MANIFEST);
    for _ in 0..2 {
        fetch(&host, &folder, "--format mbox").check(0, "", "");
        fetch(&host, &folder, "--format mbox --verify").check(0, "", "");
    }
    let text = fs::read_to_string(folder.at("out/INBOX.mbox")).unwrap();
    let order: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("Subject: ")).collect();
    assert_eq!(order, ["two", "one", "tre"]);
    assert!(!folder.at("out/INBOX.mbox.aside-2").exists());
}

/// The connection breaks when one of two files is set aside: what was in it goes with it.
#[test]
fn what_was_set_aside_is_here_after_a_failure() {
    let folder = fetched_by_script();
    let server = Server::play(|talk| {
        talk.log_in();
        talk.examine("Other", 2);
        talk.expect_fetch("1:2");
        talk.row(1, 10, "another");
    });
    of_port(&folder, server.port());
    let outcome = server.fetch("Other").args("--all -o out/ --force").folder(&folder).run();
    server.finish();
    assert_eq!(outcome.code, 4, "{outcome:?}");
    check_out(&folder, &[("10.eml", b"another"), ("10.eml.aside-1", FIRST), ("20.eml", SECOND)]);
    let outcome = again(&folder, 2, "--all --verify", |talk| others(talk, &[]));
    outcome.check(0, "", "");
}

/// An mbox that has two mailboxes is set aside for a message of one of them. The others are in it still.
#[test]
fn what_is_good_in_an_mbox_that_was_set_aside_is_here() {
    let (host, folder) = (Host::start(), Folder::new());
    host.create("Archive");
    for (mailbox, count) in [("INBOX", 4), ("Archive", 3)] {
        for number in 1..=count {
            host.put(mailbox, format!("Subject: {mailbox} {number}\r\n\r\nThe text of {number}.\r\n"));
        }
    }
    let run = |mailbox: &str, options: &str| {
        host.fetch(mailbox).args("--format mbox -o mm.mbox").args(options).folder(&folder).run()
    };
    run("INBOX", "--uid 1:4").check(0, "", "");
    run("Archive", "--uid 1:3").check(0, "", "");
    let whole = fs::read_to_string(folder.at("mm.mbox")).unwrap();
    let damaged = whole.replace("INBOX 2", "INBOX ?");
    folder.write("mm.mbox", &damaged);
    run("INBOX", "--uid 1:2 --verify").check(
        0,
        "",
        "note: UID 2: ./mm.mbox is not what was fetched: its content was changed\n\
         note: the file is ./mm.mbox.aside-1 now, with what was in it; what was changed and is asked for is fetched again\n",
    );
    let of_two = |text: &str| text.contains("INBOX 2") && text.matches("\nFrom ").count() == 0;
    assert!(of_two(&fs::read_to_string(folder.at("mm.mbox")).unwrap()));
    for options in ["--all", "--all --verify", "--uid 1:3"] {
        run("INBOX", options).check(0, "", "");
        run("Archive", options).check(0, "", "");
    }
    assert!(of_two(&fs::read_to_string(folder.at("mm.mbox")).unwrap()));
    assert_eq!(fs::read_to_string(folder.at("mm.mbox.aside-1")).unwrap(), damaged);
    // New mail goes behind what is in the new file.
    host.put("Archive", "Subject: new\r\n\r\n");
    run("Archive", "--all").check(0, "", "");
    run("Archive", "--all --verify").check(0, "", "");
    assert_eq!(fs::read_to_string(folder.at("mm.mbox")).unwrap().matches("\nFrom ").count(), 1);
    // Damaged where it was set aside: it comes again, and neither file is set aside for it.
    folder.write("mm.mbox.aside-1", &damaged.replace("Archive 3", "Archive ?"));
    let note = "note: UID 3: ./mm.mbox.aside-1 is not what was fetched: its content was changed\n";
    run("Archive", "--all --verify").check(0, "", note);
    run("Archive", "--all --verify").check(0, "", "");
    run("INBOX", "--all --verify").check(0, "", "");
    let asides = fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().into_string().unwrap().contains(".aside-"));
    assert_eq!(asides.count(), 1);
}

#[test]
fn force_fetches_all_of_it_and_sets_aside_what_was_changed() {
    let folder = fetched_by_script();
    folder.write("out/10.eml", "mine");
    let outcome = again(&folder, 2, "--all --force", both);
    outcome.check(0, "", "note: UID 10: out/10.eml is not what was fetched: it has 4 octets now\n");
    check_out(&folder, &[("10.eml", FIRST), ("10.eml.aside-1", b"mine"), ("20.eml", SECOND)]);
}

/// Any file may be what was fetched then.
#[test]
fn force_replaces_nothing_where_the_list_cannot_be_read() {
    let (host, folder) = fetched();
    let manifest = fs::read_to_string(folder.at(MANIFEST)).unwrap();
    let broken: Vec<_> =
        manifest.lines().map(|line| if line.contains("1.eml") { "broken" } else { line }).collect();
    folder.write(MANIFEST, &(broken.join("\n") + "\n"));
    folder.write("out/1.eml", "perhaps a message");
    let outcome = fetch(&host, &folder, "--force");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let aside: &[u8] = b"perhaps a message";
    check_out(&folder, &[("1.eml", FIRST), ("1.eml.aside-1", aside), ("2.eml", SECOND)]);
}

/// The second is on no server any more. That its line cannot be read does not make it the rest of a killed run.
#[test]
fn what_stands_in_an_mbox_without_a_line_stays_there() {
    let (host, folder) = (Host::start(), Folder::new());
    host.put("INBOX", FIRST);
    host.put("INBOX", SECOND);
    fetch(&host, &folder, "--format mbox --delete").check(0, "", "");
    let before = fs::read(folder.at("out/INBOX.mbox")).unwrap();
    let manifest = fs::read_to_string(folder.at(MANIFEST)).unwrap();
    folder.write(MANIFEST, &manifest.replace("\"uid\":2,", "\"uid\":,"));
    host.put("INBOX", "third");
    assert_eq!(fetch(&host, &folder, "--format mbox").code, 0);
    let after = fs::read(folder.at("out/INBOX.mbox")).unwrap();
    assert!(after.starts_with(&before) && after.len() > before.len(), "{}", after.escape_ascii());
    assert!(!folder.at("out/INBOX.mbox.aside-1").exists());
}

/// The file of the first was changed; its name is given to a new message of the same subject before it comes again.
#[test]
fn nothing_is_set_aside_that_has_just_been_fetched() {
    let (host, folder) = (Host::start(), Folder::new());
    for number in 1..=3 {
        host.put("INBOX", format!("Subject: same\r\n\r\n{number}\r\n"));
    }
    fetch(&host, &folder, "--name {subject}").check(0, "", "");
    let count = || fs::read_dir(folder.at("out")).unwrap().count();
    assert_eq!(count(), 4);
    folder.write("out/same.eml", "changed");
    for number in 4..=9 {
        host.put("INBOX", format!("Subject: same\r\n\r\n{number}\r\n"));
    }
    assert_eq!(fetch(&host, &folder, "--name {subject}").code, 0);
    // Nine messages, one file set aside, the manifest.
    assert_eq!(count(), 11);
    fetch(&host, &folder, "--name {subject} --verify").check(0, "", "");
    assert_eq!(count(), 11);
}

//! `tayori mailbox`.

use tayori_proto::response::ListAttribute;

use crate::common::program::Outcome;
use crate::common::server::Server;
use crate::mails;
use crate::store::Host;

fn run(host: &Host, command: &str, mailbox: &str, words: &str) -> Outcome {
    host.run(&format!("mailbox {command}"), mailbox).args(words).run()
}

/// The mailboxes that are there.
#[track_caller]
fn check_names(host: &Host, expected: &str) {
    let outcome = host.run("list", "").args("--flat").run();
    let text = String::from_utf8(outcome.stdout).unwrap();
    let names: Vec<&str> = text.lines().skip(1).map(str::trim_end).collect();
    assert_eq!(names.join("|"), expected);
}

#[test]
fn mailboxes_come_and_go() {
    let host = Host::start();
    run(&host, "create", "Old", "").check(0, "", "note: made Old\n");
    run(&host, "create", "Sent", "--use sent").check(0, "", "note: made Sent\n");
    run(&host, "create", "Tom%20%26%20%22Jerry%22", "").check(0, "", "note: made Tom & \"Jerry\"\n");
    check_names(&host, "INBOX|Old|Sent           \\Sent|Tom & \"Jerry\"");
    run(&host, "rename", "Old", "--to Archive").check(0, "", "note: Old is Archive now\n");
    run(&host, "delete", "Tom%20%26%20%22Jerry%22", "").check(0, "", "note: removed Tom & \"Jerry\"\n");
    run(&host, "delete", "Sent", "--json").check(
        0,
        "{\"event\":\"done\",\"action\":\"delete\",\"mailbox\":\"Sent\",\"messages\":0}\n",
        "",
    );
    check_names(&host, "INBOX|Archive");
    run(&host, "subscribe", "Archive", "").check(0, "", "note: subscribed to Archive\n");
    check_names(&host, "INBOX    not subscribed|Archive");
    run(&host, "unsubscribe", "Archive", "").check(0, "", "note: Archive is not subscribed any more\n");
}

#[test]
fn what_would_be_done() {
    let host = Host::start();
    host.create("Old");
    host.put("Old", "Subject: one\r\n\r\n");
    run(&host, "create", "New", "--dry-run").check(
        0,
        "",
        "note: nothing is changed; without --dry-run: made New\n",
    );
    run(&host, "delete", "Old", "--with-mail --dry-run").check(
        0,
        "",
        "note: nothing is changed; without --dry-run: removed Old with 1 message\n",
    );
    let expected = "{\"event\":\"would\",\"action\":\"rename\",\"mailbox\":\"Old\",\"to\":\"New\"}\n";
    run(&host, "rename", "Old", "--to New --dry-run --json").check(0, expected, "");
    check_names(&host, "INBOX|Old");
}

#[test]
fn mail_does_not_go_with_its_mailbox_unless_it_may() {
    let host = Host::start();
    host.create("Old");
    host.put("Old", "Subject: one\r\n\r\n");
    run(&host, "delete", "Old", "").check(
        2,
        "",
        "error: there is mail in Old: 1 message; it was not removed\n\
         hint: --with-mail removes it with all that is in it, for ever\n",
    );
    host.check_uids("Old", &[1]);
    run(&host, "delete", "Old", "--with-mail").check(0, "", "note: removed Old with 1 message\n");
    check_names(&host, "INBOX");
}

/// That there is none is to be said by the server. To find out what it would remove sends nothing that changes it.
#[test]
fn a_mailbox_is_not_removed_where_nobody_says_that_it_is_empty() {
    let server = Server::play(|talk| {
        talk.log_in();
        talk.expect("STATUS Old (MESSAGES)");
        talk.send("* STATUS Old (UIDNEXT 8)\r\n");
        talk.tagged("OK done");
        talk.log_out();
    });
    let outcome = server.run("mailbox delete", "Old").run();
    server.finish();
    outcome.check(
        8,
        "",
        "error: cannot look what is in Old; it was not removed: the server does not say how many messages it has\n\
         hint: --with-mail removes it, whatever is in it\n",
    );
}

/// Some servers remove them with it.
#[test]
fn a_mailbox_with_others_below_it() {
    let host = Host::start();
    ["Old", "Old/2019", "Old/2020", "Older"].iter().for_each(|name| host.create(name));
    host.put("Old/2019", "Subject: one\r\n\r\n");
    run(&host, "delete", "Old", "").check(
        2,
        "",
        "error: below Old there is more: 2 mailboxes, such as Old/2019; it was not removed\n\
         hint: remove those first; --with-mail removes this one alone, and some servers remove what is below it as \
         well\n",
    );
    check_names(&host, "INBOX|Old|Old/2019|Old/2020|Older");
    run(&host, "delete", "Old/2020", "").check(0, "", "note: removed Old/2020\n");
    run(&host, "delete", "Old", "--with-mail").check(0, "", "note: removed Old\n");
    host.check_uids("Old/2019", &[1]);
}

#[test]
fn the_inbox_stays_when_it_is_renamed() {
    let host = mails::host();
    run(&host, "rename", "INBOX", "--to Old").check(0, "", "note: moved the mail of INBOX to Old\n");
    host.check_uids("INBOX", &[]);
    assert_eq!(host.messages("Old").len(), 5);
}

#[test]
fn a_mailbox_is_emptied() {
    let host = mails::host();
    host.create_for("Trash", ListAttribute::Trash);
    run(&host, "empty", "INBOX", "").check(0, "", "note: moved 5 messages to Trash\n");
    host.check_uids("INBOX", &[]);
    run(&host, "empty", "Trash", "").check(
        2,
        "",
        "error: the messages are in Trash already\nhint: to remove them for ever, use tayori delete --expunge\n",
    );
    assert_eq!(run(&host, "empty", "Trash", "--expunge --dry-run").code, 0);
    host.check_uids("Trash", &[1, 2, 3, 4, 5]);
    run(&host, "empty", "Trash", "--expunge").check(0, "", "note: removed 5 messages for ever\n");
    host.check_uids("Trash", &[]);
}

/// What the hint says can be done.
#[test]
fn a_mailbox_is_emptied_into_a_trash_that_the_server_does_not_know() {
    let host = mails::host();
    run(&host, "empty", "INBOX", "").check(
        6,
        "",
        "error: the server does not say which mailbox is the Trash\n\
         hint: name it with --trash MAILBOX; tayori list shows the mailboxes\n",
    );
    host.create("Bin");
    run(&host, "empty", "INBOX", "--trash Bin").check(0, "", "note: moved 5 messages to Bin\n");
    host.check_uids("Bin", &[1, 2, 3, 4, 5]);
}

#[test]
fn what_a_server_refuses() {
    let host = Host::start();
    host.create("Old");
    run(&host, "create", "Old", "").check(
        8,
        "",
        "error: cannot create Old: the server refused CREATE\n\
         the server said: \"there is such a mailbox already\"\n\
         hint: there is a mailbox of that name already; tayori list shows them\n",
    );
    run(&host, "delete", "Nowhere", "").check(
        6,
        "",
        "error: cannot look what is in Nowhere; it was not removed: the server refused STATUS\n\
         the server said: \"there is no such mailbox\"\n\
         hint: tayori list shows the mailboxes\n",
    );
    run(&host, "rename", "Nowhere", "--to New").check(
        6,
        "",
        "error: cannot rename Nowhere: the server refused RENAME\nthe server said: \"there is no such mailbox\"\n\
         hint: the mailbox is not there, or not any more; tayori list shows them\n",
    );
    let stderr = run(&host, "delete", "", "").stderr;
    assert!(
        stderr.starts_with("error: nothing says which mailbox to delete\nhint: write it behind the host"),
        "{stderr}"
    );
    let stderr = run(&host, "delete", "Old;UIDVALIDITY=6", "").stderr;
    assert!(
        stderr.starts_with("error: the place names a UIDVALIDITY, and no message is looked for there\n"),
        "{stderr}"
    );
    let stderr = run(&host, "create", "x", "--use (").stderr;
    assert!(stderr.starts_with("error: ( is nothing that a mailbox is for\n"), "{stderr}");
}

#[test]
fn an_empty_mailbox_is_empty_already() {
    let host = Host::start();
    host.create("Old");
    let note = "note: Old is empty: nothing to do\n";
    run(&host, "empty", "Old", "--expunge").check(0, "", note);
    run(&host, "empty", "Old", "--expunge --dry-run").check(0, "", note);
    host.run("read", "Old").args("all").run().check(0, "", note);
    run(&host, "empty", "Old", "--expunge --json").check(
        0,
        "{\"event\":\"summary\",\"exit\":0,\"done\":0,\"left\":\"\",\"changed_elsewhere\":\"\"}\n",
        "",
    );
}

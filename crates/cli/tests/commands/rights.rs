//! Rights that are missing (RFC 4314): it is said who refused what and whom to ask, and every message stays where it
//! was.

use tayori_proto::types::Flag;

use crate::common::program::{Folder, Outcome};
use crate::mails;
use crate::store::{ARRIVED, Host};

/// Every right there is.
const ALL: &str = "lrswipkxtea";

const READ_ONLY: &str = "error: the server opened the mailbox read-only\n\
    hint: nothing was changed; ask whoever owns the mailbox for the right to\n";

const ASK: &str = "hint: you may not do that there; ask whoever owns the mailbox\n";

/// A server with the mails in `INBOX` and one in `Archive`, of which ann has these rights only.
fn host(inbox: &str, archive: &str) -> Host {
    let host = Host::with_rights();
    mails::fill(&host);
    host.create("Archive");
    host.put_with("Archive", mails::LUNCH, &[Flag::Seen], ARRIVED);
    host.leave_rights("INBOX", inbox);
    host.leave_rights("Archive", archive);
    host
}

fn run(host: &Host, command: &str, mailbox: &str, words: &str) -> Outcome {
    let folder = Folder::new();
    folder.write("a.eml", mails::LUNCH);
    host.run(command, mailbox).args(words).folder(&folder).run()
}

/// Runs it where these rights are left, and looks at all messages before and after.
#[track_caller]
fn check(inbox: &str, archive: &str, command: &str, words: &str, code: i32, stderr: &str) {
    let host = host(inbox, archive);
    let before = (host.messages("INBOX"), host.messages("Archive"));
    run(&host, command, "", words).check(code, "", stderr);
    assert_eq!((host.messages("INBOX"), host.messages("Archive")), before);
    // Nor is one of them marked as deleted that was not.
    host.leave_rights("INBOX", ALL);
    run(&host, "search", "", "deleted --count").check(0, "1\n", "");
}

/// What the server says of it.
fn refused(error: &str, said: &str) -> String {
    format!("error: {error}\nthe server said: \"{said}\"\n{ASK}")
}

#[test]
fn a_mailbox_to_read_only() {
    for (command, words) in [
        ("read", "1"),
        ("unread", "2"),
        ("star", "1"),
        ("store", "1 --add $Work"),
        ("move", "all --to Archive"),
        ("delete", "1 --trash Archive"),
        ("delete", "1 --expunge"),
    ] {
        check("lr", ALL, command, words, 8, READ_ONLY);
    }
    check(
        "lr",
        ALL,
        "append",
        "a.eml",
        8,
        &refused(
            "cannot store a.eml in INBOX: the server refused APPEND",
            "you do not have the right to add messages to that mailbox",
        ),
    );
    // To read is what it takes.
    let host = host("lr", ALL);
    run(&host, "copy", "", "1 --to Archive").check(0, "", "note: copied 1 message to Archive\n");
    host.check_uids("INBOX", &[1, 2, 3, 4, 5]);
    host.check_uids("Archive", &[1, 2]);
}

#[test]
fn a_mailbox_that_may_not_be_opened() {
    for (command, words, error) in [
        ("search", "", "cannot open the mailbox INBOX: the server refused EXAMINE"),
        ("thread", "", "cannot open the mailbox INBOX: the server refused EXAMINE"),
        ("show", "1", "cannot open the mailbox INBOX: the server refused EXAMINE"),
        ("status", "", "cannot look at the mailbox INBOX: the server refused STATUS"),
        ("read", "1", "cannot open the mailbox INBOX: the server refused SELECT"),
        ("move", "1 --to Archive", "cannot open the mailbox INBOX: the server refused SELECT"),
    ] {
        let stderr = refused(error, "you do not have the right to do that");
        check("lswipkxtea", ALL, command, words, 6, &stderr);
    }
}

#[test]
fn flags_that_may_not_be_changed() {
    let without_seen = "lrwipkxtea";
    for (command, words) in [("read", "1"), ("store", "1 --set seen --set flagged")] {
        check(
            without_seen,
            ALL,
            command,
            words,
            8,
            "error: the server does not let this mailbox keep the flag \\Seen\nhint: nothing was changed\n",
        );
    }
    let stderr = refused(
        "cannot change the flags: the server refused UID STORE",
        "you do not have the right to change these flags",
    );
    check(without_seen, ALL, "unread", "2", 8, &stderr);
}

#[test]
fn messages_that_may_not_go() {
    let without_delete = "lrswipkxea";
    let stays = refused(
        "cannot move messages to Archive: the server refused UID MOVE; some of the messages may not have been moved",
        "you do not have the right to delete messages here",
    );
    check(without_delete, ALL, "move", "all --to Archive", 8, &stays);
    check(without_delete, ALL, "delete", "1 --trash Archive", 8, &stays);
    let stderr =
        "error: the server does not let this mailbox keep the flag \\Deleted\nhint: nothing was changed\n";
    check(without_delete, ALL, "delete", "1 --expunge", 8, stderr);
    let without_expunge = "lrswipkxta";
    check(without_expunge, ALL, "move", "all --to Archive", 8, &stays);
}

/// What was done before the refusal is said: the message is still there, marked.
#[test]
fn messages_that_may_be_marked_and_not_removed() {
    let host = host("lrswipkxta", ALL);
    run(&host, "delete", "", "1 --expunge").check(
        8,
        "",
        "note: marked as deleted, and still there, since the server would not remove them: UID 1\n\
         error: cannot remove the messages: the server refused UID EXPUNGE\n\
         the server said: \"you do not have the right to expunge\"\n\
         hint: you may not do that there; ask whoever owns the mailbox\n",
    );
    host.check_uids("INBOX", &[1, 2, 3, 4, 5]);
    run(&host, "search", "", "deleted --count").check(0, "2\n", "");
}

#[test]
fn a_mailbox_that_takes_no_messages() {
    let without_insert = "lrswpkxtea";
    let said = "you do not have the right to add messages to that mailbox";
    let stderr = refused("cannot copy messages to Archive: the server refused UID COPY", said);
    check(ALL, without_insert, "copy", "all --to Archive", 8, &stderr);
    let error = "cannot move messages to Archive: the server refused UID MOVE; some of the messages may not have been \
                 moved";
    check(ALL, without_insert, "move", "all --to Archive", 8, &refused(error, said));
    check(ALL, without_insert, "delete", "1 --trash Archive", 8, &refused(error, said));
    let host = host(ALL, without_insert);
    run(&host, "move", "", "1:2 --to Archive --json").check(
        8,
        format!(
            "{{\"event\":\"summary\",\"exit\":8,\"done\":0,\"left\":\"1:2\",\"changed_elsewhere\":\"\",\"error\":\"{error}\"}}\n"
        ),
        &refused(error, said),
    );
    let stderr = refused("cannot store a.eml in Archive: the server refused APPEND", said);
    run(&host, "append", "Archive", "a.eml").check(8, "", &stderr);
    host.check_uids("INBOX", &[1, 2, 3, 4, 5]);
    host.check_uids("Archive", &[1]);
}

#[test]
fn a_mailbox_that_may_not_be_removed_renamed_or_get_children() {
    let check = |archive: &str, command: &str, mailbox: &str, words: &str, error: &str, said: &str| {
        let host = host(ALL, archive);
        let command = format!("mailbox {command}");
        run(&host, &command, mailbox, words).check(8, "", &refused(error, said));
        host.check_uids("Archive", &[1]);
        host.leave_rights("Archive", ALL);
        let page = "mailbox\nINBOX    not subscribed\nArchive\n";
        run(&host, "mailbox subscribe", "Archive", "-q").check(0, "", "");
        run(&host, "list", "", "").check(0, page, "");
    };
    let (without_delete, without_create) = ("lrswipktea", "lrswipxtea");
    let said = "you do not have the right to delete that mailbox";
    check(
        without_delete,
        "delete",
        "Archive",
        "--with-mail",
        "cannot delete Archive: the server refused DELETE",
        said,
    );
    check(
        without_delete,
        "rename",
        "Archive",
        "--to Old",
        "cannot rename Archive: the server refused RENAME",
        said,
    );
    check(
        without_create,
        "create",
        "Archive/2026",
        "",
        "cannot create Archive/2026: the server refused CREATE",
        "you do not have the right to make a mailbox there",
    );
}

/// Whether there is mail in it is not known then, so it stays.
#[test]
fn a_mailbox_of_which_nobody_may_know_what_is_in_it() {
    let host = host(ALL, "lswipkxtea");
    let stderr = refused(
        "cannot look what is in Archive; it was not removed: the server refused STATUS",
        "you do not have the right to do that",
    );
    run(&host, "mailbox delete", "Archive", "").check(6, "", &stderr);
    host.check_uids("Archive", &[1]);
}

//! `store` and its kin, `copy`, `move`, `delete`: what they do, what they leave alone, and what they say of it.

use std::process::Stdio;

use tayori_proto::response::ListAttribute;

use crate::common::program::{Folder, Outcome};
use crate::common::server::{Server, Talk};
use crate::mails;
use crate::store::Host;

/// The UIDs in a mailbox that match.
#[track_caller]
fn check_found(host: &Host, mailbox: &str, query: &str, uids: &str) {
    let outcome = host.run("search", mailbox).args(query).args("--json").run();
    let text = String::from_utf8(outcome.stdout).unwrap();
    let found =
        text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["uid"].to_string());
    assert_eq!(found.collect::<Vec<_>>().join(" "), uids, "{mailbox} {query}: {}", outcome.stderr);
}

#[track_caller]
fn check(command: &str, words: &str, stderr: &str, query: &str, uids: &str) {
    let host = mails::host();
    host.run(command, "").args(words).run().check(0, "", stderr);
    check_found(&host, "", query, uids);
}

#[test]
fn flags_are_changed() {
    check("read", "1,3", "note: marked 2 messages as read\n", "unread", "");
    check("unread", "2", "note: marked 1 message as unread\n", "unread", "1 2 3");
    check("star", "last 2", "note: flagged 2 messages with \\Flagged\n", "starred", "3 4 5");
    check("unstar", "all", "note: took \\Flagged from 5 messages\n", "starred", "");
    check(
        "store",
        "1 --add $Work --add answered",
        "note: flagged 1 message with $Work \\Answered\n",
        "tag:$Work answered",
        "1",
    );
    check("store", "2 --remove seen", "note: marked 1 message as unread\n", "unread", "1 2 3");
    check(
        "store",
        "2 --set draft",
        "note: flagged 1 message with \\Draft and nothing else\n",
        "draft unread",
        "2",
    );
    check("store", "--query seen --set=", "note: took all flags from 3 messages\n", "seen", "");
    check("read", "1 --quiet", "", "unread", "3");
}

#[test]
fn flags_that_are_none() {
    let refused = |words: &str, expected: &str| {
        let outcome = mails::host().run("store", "").args(words).run();
        assert_eq!(outcome.code, 2, "{words}");
        assert!(outcome.stderr.starts_with(expected), "{words}: {}", outcome.stderr);
    };
    refused("1 --add (x", "error: (x is no flag\nhint: write seen, flagged,");
    refused("1 --add \\Recent", "error: \\Recent is set by the server alone\n");
    refused("1", "error: the following required arguments were not provided:\n");
    refused("1 --add seen --remove draft", "error: the argument '--add <FLAG>' cannot be used with");
}

#[test]
fn what_would_be_changed_is_shown_and_not_done() {
    let host = mails::host();
    host.run("read", "").args("--query unread --dry-run").run().check(
        0,
        "1  N     2026-02-01  Bob                   Lunch\n3  N*    2026-02-03  山田                  旅行の便り\n",
        "note: nothing is changed; without --dry-run: marked 2 messages as read\n",
    );
    check_found(&host, "", "unread", "1 3");
    let outcome = host.run("delete", "").args("1 --expunge --dry-run --json").run();
    assert_eq!(outcome.code, 0);
    let text = String::from_utf8(outcome.stdout).unwrap();
    assert!(
        text.starts_with(
            "{\"event\":\"would\",\"action\":\"expunge\",\"mailbox\":\"INBOX\",\"uidvalidity\":7,\"uid\":1,"
        ),
        "{text}"
    );
    assert!(
        text.ends_with(
            "{\"event\":\"summary\",\"exit\":0,\"done\":0,\"left\":\"\",\"changed_elsewhere\":\"\"}\n"
        ),
        "{text}"
    );
    check_found(&host, "", "all", "1 2 3 4 5");
}

#[test]
fn messages_are_copied_and_moved() {
    let host = mails::host();
    host.create("Archive");
    host.run("copy", "").args("1,3 --to Archive").run().check(0, "", "note: copied 2 messages to Archive\n");
    check_found(&host, "", "all", "1 2 3 4 5");
    check_found(&host, "Archive", "all", "1 2");
    host.run("move", "").args("2,4:5 --to Archive --json").run().check(
        0,
        "{\"event\":\"done\",\"action\":\"move\",\"mailbox\":\"INBOX\",\"uidvalidity\":7,\"uids\":\"2,4:5\",\
         \"to\":\"Archive\",\"to_uidvalidity\":8,\"to_uids\":\"3:5\"}\n\
         {\"event\":\"summary\",\"exit\":0,\"done\":3,\"left\":\"\",\"changed_elsewhere\":\"\"}\n",
        "",
    );
    check_found(&host, "", "all", "1 3");
    check_found(&host, "Archive", "all", "1 2 3 4 5");
}

#[test]
fn names_of_every_kind() {
    let host = mails::host();
    for name in ["Tom & \"Jerry\"", "日本 語", "\u{1f600}", "back\\slash", "a&b-c"] {
        host.create(name);
        host.run("copy", "").args("1 --to").arg(name).run().check(
            0,
            "",
            &format!("note: copied 1 message to {name}\n"),
        );
        assert_eq!(host.messages(name).len(), 1, "{name}");
    }
}

#[test]
fn a_mailbox_that_is_not_there() {
    let host = mails::host();
    for command in ["copy", "move"] {
        let stderr = format!(
            "error: cannot {command} messages to Nowhere: the server refused {0}\n\
             the server said: \"there is no such mailbox\"\nhint: tayori mailbox create makes it\n",
            if command == "copy" { "UID COPY" } else { "UID MOVE" },
        );
        let stderr = if command == "move" {
            stderr.replace("UID MOVE\n", "UID MOVE; some of the messages may not have been moved\n")
        } else {
            stderr
        };
        host.run(command, "").args("1 --to Nowhere").run().check(6, "", &stderr);
    }
    check_found(&host, "", "all", "1 2 3 4 5");
    host.run("move", "").args("1 --to inbox").run().check(
        2,
        "",
        "error: the messages are in INBOX already\nhint: to remove them for ever, use tayori delete --expunge\n",
    );
}

#[test]
fn deleted_messages_go_to_the_trash() {
    let host = mails::host();
    let stderr = "error: the server does not say which mailbox is the Trash\n\
                  hint: name it with --trash MAILBOX; tayori list shows the mailboxes\n";
    host.run("delete", "").args("1").run().check(6, "", stderr);
    host.create("Papierkorb");
    let stderr = "error: the server does not say which mailbox is the Trash\n\
                  hint: Papierkorb sounds like it (German): name it with --trash, or as special-use.trash of the account\n";
    host.run("delete", "").args("1").run().check(6, "", stderr);
    host.create("Bin");
    host.run("delete", "").args("1 --trash Bin").run().check(0, "", "note: moved 1 message to Bin\n");
    host.create_for("Trash", ListAttribute::Trash);
    host.run("delete", "").args("2").run().check(0, "", "note: moved 1 message to Trash\n");
    check_found(&host, "", "all", "3 4 5");
    check_found(&host, "Trash", "all", "1");
    let stderr = "error: the messages are in Trash already\nhint: to remove them for ever, use tayori delete --expunge\n";
    host.run("delete", "Trash").args("1").run().check(2, "", stderr);
}

/// Also when others are marked as deleted.
#[test]
fn exactly_these_are_removed_for_ever() {
    let host = mails::host();
    host.run("delete", "").args("1,3 --expunge").run().check(0, "", "note: removed 2 messages for ever\n");
    check_found(&host, "", "all", "2 4 5");
}

#[test]
fn what_could_not_be_removed_alone_is_left_alone() {
    let server = Server::play(|talk| {
        talk.log_in();
        talk.log_out();
    });
    let outcome = server.run("delete", "").args("1 --expunge").run();
    server.finish();
    outcome.check(
        8,
        "",
        "error: the server cannot remove single messages (no UIDPLUS); nothing was changed\n\
         hint: mark them with tayori store --add deleted, and empty the mailbox with another program\n",
    );
}

#[test]
fn messages_that_are_not_there() {
    let host = mails::host();
    host.run("read", "").args("9").run().check(3, "", "error: no such message: UID 9\n");
    host.run("read", "").args("1,9").run().check(
        4,
        "",
        "note: marked 1 message as read\nerror: no such message: UID 9\n",
    );
    host.run("read", "").args("--query from:dora").run().check(
        3,
        "",
        "error: no such message: the search found nothing\n",
    );
}

/// UIDs from another life of the mailbox name other messages, whoever says of which life they are.
#[test]
fn uids_of_a_mailbox_that_has_become_another() {
    let host = mails::host();
    let folder = Folder::new();
    let refused = |mailbox: &str, line: &str, stderr: &str| {
        let input = std::fs::File::open(folder.write("lines", line)).unwrap();
        let run = host.run("delete", mailbox).args("- --expunge").stdin(Stdio::from(input));
        run.run().check(3, "", stderr);
    };
    refused(
        "INBOX",
        "{\"uidvalidity\":6,\"uid\":1}\n",
        "error: the UIDs of this mailbox are others now: UIDVALIDITY was 6 and is 7\n\
         hint: look for the message again, its UID has changed\n",
    );
    refused(
        "INBOX;UIDVALIDITY=7",
        "{\"uidvalidity\":6,\"uid\":1}\n",
        "error: the UIDVALIDITY is 6 on stdin, and 7 in the place\n\
         hint: look for the messages again, their UIDs have changed\n",
    );
    refused("INBOX", "{\"event\":\"failed\",\"uid\":1}\n", "error: stdin names no message\n");
    check_found(&host, "", "all", "1 2 3 4 5");
}

/// A mailbox with messages 7, 8 and 9.
fn three(talk: &mut Talk, capabilities: &str, answer: &str) {
    talk.log_in_with(capabilities);
    talk.expect("SELECT INBOX");
    talk.send("* 3 EXISTS\r\n* OK [UIDVALIDITY 59] valid\r\n* OK [HIGHESTMODSEQ 41] highest\r\n");
    talk.tagged(answer);
    talk.expect("UID SEARCH UID 7:9");
    talk.send("* SEARCH 7 8 9\r\n");
    talk.tagged("OK done");
}

#[test]
fn what_somebody_else_changes_meanwhile_is_left_alone() {
    let server = Server::play(|talk| {
        three(talk, "CONDSTORE", "OK [READ-WRITE] opened");
        talk.expect("UID STORE 7:9 (UNCHANGEDSINCE 41) +FLAGS (\\Seen)");
        talk.send("* 1 FETCH (UID 7 MODSEQ (42) FLAGS (\\Seen))\r\n");
        talk.tagged("OK [MODIFIED 8:9] some have changed");
        talk.log_out();
    });
    let outcome = server.run("read", "").args("7:9").run();
    server.finish();
    outcome.check(
        4,
        "",
        "note: marked 1 message as read\n\
         error: left alone, since they were changed elsewhere in the meantime: UID 8:9\n",
    );
}

/// Dovecot says only then with SELECT how far the changes have come.
#[test]
fn changes_are_told_from_the_beginning_where_that_has_to_be_asked_for() {
    let server = Server::play(|talk| {
        talk.log_in_with("CONDSTORE ENABLE");
        talk.expect("ENABLE CONDSTORE");
        talk.send("* ENABLED CONDSTORE\r\n");
        talk.tagged("OK done");
        talk.expect("SELECT INBOX");
        talk.send("* 1 EXISTS\r\n* OK [UIDVALIDITY 59] valid\r\n* OK [HIGHESTMODSEQ 41] highest\r\n");
        talk.tagged("OK [READ-WRITE] opened");
        talk.expect("UID SEARCH UID 7");
        talk.send("* SEARCH 7\r\n");
        talk.tagged("OK done");
        talk.expect("UID STORE 7 (UNCHANGEDSINCE 41) +FLAGS (\\Seen)");
        talk.send("* 1 FETCH (UID 7 MODSEQ (42) FLAGS (\\Seen))\r\n");
        talk.tagged("OK done");
        talk.log_out();
    });
    let outcome = server.run("read", "").arg("7").run();
    server.finish();
    outcome.check(0, "", "note: marked 1 message as read\n");
}

/// What a server finds beyond the UIDs that were named is nobody's wish.
#[test]
fn nothing_is_changed_but_what_was_named() {
    let server = Server::play(|talk| {
        talk.log_in_with("UIDPLUS");
        talk.expect("SELECT INBOX");
        talk.send("* 3 EXISTS\r\n* OK [UIDVALIDITY 59] valid\r\n");
        talk.tagged("OK [READ-WRITE] opened");
        talk.expect("UID SEARCH UID 7:8");
        talk.send("* SEARCH 7 8 9\r\n");
        talk.tagged("OK done");
        talk.expect("UID STORE 7:8 +FLAGS.SILENT (\\Deleted)");
        talk.tagged("OK done");
        talk.expect("UID EXPUNGE 7:8");
        talk.tagged("OK done");
        talk.log_out();
    });
    let outcome = server.run("delete", "").args("7:8 --expunge").run();
    server.finish();
    outcome.check(0, "", "note: removed 2 messages for ever\n");
}

#[test]
fn what_has_changed_since_a_script_looked_is_left_alone() {
    let server = Server::play(|talk| {
        three(talk, "CONDSTORE", "OK [READ-WRITE] opened");
        talk.expect("UID STORE 7:9 (UNCHANGEDSINCE 12) -FLAGS (\\Flagged)");
        talk.tagged("NO [MODIFIED 7:9] all have changed");
        talk.log_out();
    });
    let outcome = server.run("unstar", "").args("7:9 --unchanged-since 12 --json").run();
    server.finish();
    outcome.check(
        4,
        "{\"event\":\"summary\",\"exit\":4,\"done\":0,\"left\":\"\",\"changed_elsewhere\":\"7:9\",\
         \"error\":\"left alone, since they were changed elsewhere in the meantime: UID 7:9\"}\n",
        "error: left alone, since they were changed elsewhere in the meantime: UID 7:9\n",
    );
}

#[test]
fn a_mailbox_that_is_read_only() {
    let server = Server::play(|talk| {
        three(talk, "", "OK [READ-ONLY] opened");
        talk.log_out();
    });
    let outcome = server.run("read", "").args("7:9").run();
    server.finish();
    outcome.check(
        8,
        "",
        "error: the server opened the mailbox read-only\n\
         hint: nothing was changed; ask whoever owns the mailbox for the right to\n",
    );
}

/// What cannot be marked as deleted would be there twice after a move without MOVE, and would not go.
#[test]
fn a_mailbox_that_keeps_no_mark_of_deletion() {
    for (command, words) in [("move", "7:9 --to Archive"), ("delete", "7:9 --expunge")] {
        let server = Server::play(|talk| {
            talk.log_in_with("UIDPLUS");
            talk.expect("SELECT INBOX");
            talk.send("* 3 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen $junk)] kept\r\n");
            talk.tagged("OK [READ-WRITE] opened");
            talk.expect("UID SEARCH UID 7:9");
            talk.send("* SEARCH 7 8 9\r\n");
            talk.tagged("OK done");
            talk.log_out();
        });
        let outcome = server.run(command, "").args(words).run();
        server.finish();
        let stderr = "error: the server does not let this mailbox keep the flag \\Deleted\nhint: nothing was changed\n";
        outcome.check(8, "", stderr);
    }
}

/// A keyword is the same in any case.
#[test]
fn flags_that_a_mailbox_keeps() {
    let store = |flag: &'static str, kept: bool| {
        let server = Server::play(move |talk| {
            talk.log_in();
            talk.expect("SELECT INBOX");
            talk.send("* 1 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen $junk)] kept\r\n");
            talk.tagged("OK [READ-WRITE] opened");
            talk.expect("UID SEARCH UID 7");
            talk.send("* SEARCH 7\r\n");
            talk.tagged("OK done");
            if kept {
                talk.expect(&format!("UID STORE 7 +FLAGS.SILENT ({flag})"));
                talk.tagged("OK done");
            }
            talk.log_out();
        });
        let outcome = server.run("store", "").args("7 --add").arg(flag).run();
        server.finish();
        assert_eq!(outcome.code, if kept { 0 } else { 8 }, "{}", outcome.stderr);
    };
    store("$Junk", true);
    store("$Work", false);
}

#[test]
fn a_right_that_is_missing() {
    let server = Server::play(|talk| {
        three(talk, "", "OK [READ-WRITE] opened");
        talk.expect("UID STORE 7:9 +FLAGS.SILENT (\\Seen)");
        talk.tagged("NO [NOPERM] you have no right s");
        talk.log_out();
    });
    let outcome = server.run("read", "").args("7:9").run();
    server.finish();
    outcome.check(
        8,
        "",
        "error: cannot change the flags: the server refused UID STORE\n\
         the server said: \"you have no right s\"\nhint: you may not do that there; ask whoever owns the mailbox\n",
    );
}

/// Messages 7, 8 and 9 are moved on a server that offers this.
fn moving(capabilities: &'static str, then: impl FnOnce(&mut Talk) + Send + 'static) -> Outcome {
    let server = Server::play(move |talk| {
        three(talk, capabilities, "OK [READ-WRITE] opened");
        if !capabilities.contains("MOVE") {
            // What has come since would fall into the range, and have no copy.
            talk.expect("UID SEARCH UID 7:9");
            talk.send("* SEARCH 7 8 9\r\n");
            talk.tagged("OK done");
        }
        then(talk);
    });
    let outcome = server.run("move", "").args("7:9 --to Archive --json").run();
    server.finish();
    outcome
}

/// A copy that stands in the place of another one would be taken for it.
#[test]
fn each_copy_is_told_with_its_original() {
    let outcome = moving("MOVE UIDPLUS", |talk| {
        talk.expect("UID MOVE 7:9 Archive");
        talk.send("* OK [COPYUID 60 9,7:8 1:3] moved\r\n");
        talk.tagged("OK done");
        talk.log_out();
    });
    outcome.check(
        0,
        "{\"event\":\"done\",\"action\":\"move\",\"mailbox\":\"INBOX\",\"uidvalidity\":59,\"uids\":\"7:9\",\
         \"to\":\"Archive\",\"to_uidvalidity\":60,\"to_uids\":\"2:3,1\"}\n\
         {\"event\":\"summary\",\"exit\":0,\"done\":3,\"left\":\"\",\"changed_elsewhere\":\"\"}\n",
        "",
    );
}

/// A message that somebody else has removed meanwhile was not moved, and nobody is told that it was.
#[test]
fn what_the_server_passes_over_is_named() {
    let outcome = moving("UIDPLUS", |talk| {
        talk.expect("UID COPY 7:9 Archive");
        talk.tagged("OK [COPYUID 60 7,9 1:2] copied");
        talk.expect("UID STORE 7,9 +FLAGS.SILENT (\\Deleted)");
        talk.tagged("OK done");
        talk.expect("UID EXPUNGE 7,9");
        talk.tagged("OK done");
        talk.log_out();
    });
    outcome.check(
        4,
        "{\"event\":\"done\",\"action\":\"move\",\"mailbox\":\"INBOX\",\"uidvalidity\":59,\"uids\":\"7,9\",\
         \"to\":\"Archive\",\"to_uidvalidity\":60,\"to_uids\":\"1:2\"}\n\
         {\"event\":\"summary\",\"exit\":4,\"done\":2,\"left\":\"8\",\"changed_elsewhere\":\"\",\
         \"error\":\"not done, since the server passed them over; they may be gone: UID 8\"}\n",
        "error: not done, since the server passed them over; they may be gone: UID 8\n",
    );
    let server = Server::play(|talk| {
        three(talk, "UIDPLUS", "OK [READ-WRITE] opened");
        talk.expect("UID COPY 7:9 Archive");
        talk.tagged("OK [COPYUID 60 7,9 1:2] copied");
        talk.log_out();
    });
    let outcome = server.run("copy", "").args("7:9 --to Archive").run();
    server.finish();
    let stderr = "note: copied 2 messages to Archive\n\
                  error: not done, since the server passed them over; they may be gone: UID 8\n";
    outcome.check(4, "", stderr);
}

/// A server that says nothing of UIDs is believed: COPY is all or nothing.
#[test]
fn without_uidplus_what_was_moved_is_marked_and_that_is_said() {
    let outcome = moving("", |talk| {
        talk.expect("UID COPY 7:9 Archive");
        talk.tagged("OK copied");
        talk.expect("UID STORE 7:9 +FLAGS.SILENT (\\Deleted)");
        talk.tagged("OK done");
        talk.log_out();
    });
    outcome.check(
        0,
        "{\"event\":\"done\",\"action\":\"move\",\"mailbox\":\"INBOX\",\"uidvalidity\":59,\"uids\":\"7:9\",\
         \"to\":\"Archive\"}\n\
         {\"event\":\"summary\",\"exit\":0,\"done\":3,\"left\":\"\",\"changed_elsewhere\":\"\",\
         \"marked_deleted\":\"7:9\"}\n",
        "note: marked as deleted, and still there, since the server would not remove them: UID 7:9\n",
    );
}

/// COPYUID that cannot be true proves nothing: no original is touched.
#[test]
fn a_copy_that_nobody_can_rely_on_is_no_move() {
    let outcome = moving("UIDPLUS", |talk| {
        talk.expect("UID COPY 7:9 Archive");
        talk.tagged("OK [COPYUID 60 7:9 1:2] copied");
        talk.log_out();
    });
    let error = "cannot move messages to Archive: the server answered COPY without a UID for each copy; \
                 the messages could not be copied, and the originals were left alone; moved 0 messages to Archive";
    outcome.check(
        8,
        format!(
            "{{\"event\":\"summary\",\"exit\":8,\"done\":0,\"left\":\"7:9\",\"changed_elsewhere\":\"\",\
             \"in_doubt\":\"7:9\",\"error\":\"{error}\"}}\n"
        ),
        &format!(
            "error: {error}\nhint: look what is there before you go on with UID 7:9: some of it may be done\n"
        ),
    );
}

/// The same command would make a second copy of these, so it is not what is advised.
#[test]
fn originals_that_have_a_copy_and_could_not_be_removed() {
    let outcome = moving("UIDPLUS", |talk| {
        talk.expect("UID COPY 7:9 Archive");
        talk.tagged("OK [COPYUID 60 7:9 1:3] copied");
        talk.expect("UID STORE 7:9 +FLAGS.SILENT (\\Deleted)");
        talk.tagged("NO [NOPERM] you have no right t");
        talk.log_out();
    });
    let error = "cannot move messages to Archive: the server refused UID STORE; the messages were copied, and the \
                 originals could not be removed; moved 0 messages to Archive";
    outcome.check(
        4,
        format!(
            "{{\"event\":\"summary\",\"exit\":4,\"done\":0,\"left\":\"\",\"changed_elsewhere\":\"\",\
             \"copied\":\"7:9\",\"error\":\"{error}\"}}\n"
        ),
        &format!(
            "error: {error}\nthe server said: \"you have no right t\"\n\
             hint: you may not do that there; ask whoever owns the mailbox; UID 7:9 have their copies: look for them \
             there, and remove them here with tayori delete --expunge; the same command would copy them again\n"
        ),
    );
}

/// The connection goes between each two steps of a move: what has its copy and what may have one is told apart.
#[test]
fn a_connection_is_lost_within_a_move() {
    let left = |steps: usize| {
        let outcome = moving("UIDPLUS", move |talk| {
            talk.expect("UID COPY 7:9 Archive");
            if steps > 0 {
                talk.tagged("OK [COPYUID 60 7:9 1:3] copied");
                talk.expect("UID STORE 7:9 +FLAGS.SILENT (\\Deleted)");
            }
            if steps > 1 {
                talk.tagged("OK done");
                talk.expect("UID EXPUNGE 7:9");
            }
            talk.cut();
        });
        assert_eq!(outcome.code, 7, "{}", outcome.stderr);
        let line: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
        ["done", "left", "in_doubt", "copied"].map(|field| line[field].to_string())
    };
    assert_eq!(left(0), ["0", "\"7:9\"", "\"7:9\"", "null"]);
    assert_eq!(left(1), ["0", "\"\"", "null", "\"7:9\""]);
    assert_eq!(left(2), ["0", "\"\"", "null", "\"7:9\""]);
}

/// What has moved before the server would not go on is done with.
#[test]
fn a_move_that_the_server_gives_up() {
    let outcome = moving("MOVE UIDPLUS", |talk| {
        talk.expect("UID MOVE 7:9 Archive");
        talk.send("* OK [COPYUID 60 7:8 1:2] moved\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n");
        talk.tagged("NO [OVERQUOTA] no room");
        talk.log_out();
    });
    let error = "cannot move messages to Archive: the server refused UID MOVE; some of the messages may not have been \
                 moved; moved 2 messages to Archive, and not UID 9";
    outcome.check(
        4,
        format!(
            "{{\"event\":\"done\",\"action\":\"move\",\"mailbox\":\"INBOX\",\"uidvalidity\":59,\"uids\":\"7:8\",\
             \"to\":\"Archive\",\"to_uidvalidity\":60,\"to_uids\":\"1:2\"}}\n\
             {{\"event\":\"summary\",\"exit\":4,\"done\":2,\"left\":\"9\",\"changed_elsewhere\":\"\",\
             \"error\":\"{error}\"}}\n"
        ),
        &format!(
            "error: {error}\nthe server said: \"no room\"\n\
             hint: make room first; tayori quota shows how much there is; the same command with 9 goes on\n"
        ),
    );
}

/// Between COPY and its answer nobody knows of the copies, and the originals are left alone whenever it ends.
#[test]
fn a_move_is_interrupted() {
    for steps in [0, 1] {
        let (come, came) = std::sync::mpsc::channel();
        let server = Server::play(move |talk| {
            three(talk, "UIDPLUS", "OK [READ-WRITE] opened");
            talk.expect("UID SEARCH UID 7:9");
            if steps > 0 {
                talk.send("* SEARCH 7 8 9\r\n");
                talk.tagged("OK done");
                talk.expect("UID COPY 7:9 Archive");
            }
            come.send(()).unwrap();
            let rest = talk.read_line();
            assert!(rest.is_empty() || rest.ends_with(b" LOGOUT\r\n"), "{}", rest.escape_ascii());
        });
        let running = server.run("move", "").args("7:9 --to Archive").start();
        came.recv().unwrap();
        running.signal(rustix::process::Signal::INT);
        let outcome = running.wait();
        server.finish();
        outcome.check(
            130,
            "",
            "error: interrupted; moved 0 messages to Archive\n\
             hint: look what is there before you go on with UID 7:9: some of it may be done\n",
        );
    }
}

/// Of more than a server takes it would do a part (RFC 9738), and to go on would copy that again.
#[test]
fn no_more_is_copied_at_a_time_than_the_server_takes() {
    let server = Server::play(|talk| {
        three(talk, "SAVELIMIT=2", "OK [READ-WRITE] opened");
        talk.expect("UID COPY 7:8 Archive");
        talk.tagged("OK done");
        talk.expect("UID COPY 9 Archive");
        talk.tagged("OK done");
        talk.log_out();
    });
    let outcome = server.run("copy", "").args("7:9 --to Archive").run();
    server.finish();
    outcome.check(0, "", "note: copied 3 messages to Archive\n");
}

/// Who reads no further has not said that the rest is not wanted.
#[test]
fn a_reader_that_goes_away_does_not_end_the_work() {
    let server = a_large_copy(|talk| {
        talk.tagged("OK done");
        talk.expect("UID COPY 1001:1200 Archive");
        talk.tagged("OK done");
        talk.log_out();
    });
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let run = server.run("copy", "").args("1:1200 --to Archive --json").stdout(Stdio::from(writer));
    run.run().check(0, "", "");
    server.finish();
}

/// Whether it is gone, nobody knows.
#[test]
fn a_connection_is_lost_while_messages_are_removed() {
    let server = Server::play(|talk| {
        three(talk, "UIDPLUS", "OK [READ-WRITE] opened");
        talk.expect("UID STORE 7:9 +FLAGS.SILENT (\\Deleted)");
        talk.tagged("OK done");
        talk.expect("UID EXPUNGE 7:9");
        talk.cut();
    });
    let outcome = server.run("delete", "").args("7:9 --expunge").run();
    server.finish();
    assert_eq!(outcome.code, 7);
    assert!(!outcome.stderr.contains("still there"), "{}", outcome.stderr);
    let hint = "look what is there before you go on with UID 7:9: some of it may be done\n";
    assert!(outcome.stderr.ends_with(hint), "{}", outcome.stderr);
}

/// A mailbox of 1,200 messages with the UIDs from 1 on; the first part is copied, then something else happens.
fn a_large_copy(then: impl FnOnce(&mut Talk) + Send + 'static) -> Server {
    Server::play(move |talk| {
        talk.log_in();
        talk.select("INBOX", 1_200);
        talk.expect("UID SEARCH UID 1:1200");
        let all: Vec<String> = (1..=1_200).map(|uid: u32| uid.to_string()).collect();
        talk.send(format!("* SEARCH {}\r\n", all.join(" ")));
        talk.tagged("OK done");
        talk.expect("UID COPY 1:500 Archive");
        talk.tagged("OK done");
        talk.expect("UID COPY 501:1000 Archive");
        then(talk);
    })
}

/// What is done is said, and how to go on.
#[test]
fn a_quota_is_hit_in_the_middle() {
    let server = a_large_copy(|talk| {
        talk.tagged("NO [OVERQUOTA] no room");
        talk.log_out();
    });
    let outcome = server.run("copy", "").args("1:1200 --to Archive").run();
    server.finish();
    outcome.check(
        4,
        "",
        "note: copied 500 messages to Archive\n\
         error: cannot copy messages to Archive: the server refused UID COPY; copied 500 messages to Archive, and not \
         UID 501:1200\n\
         the server said: \"no room\"\n\
         hint: make room first; tayori quota shows how much there is; the same command with 501:1200 goes on\n",
    );
}

/// Nothing is lost, nothing is copied twice.
#[test]
fn what_a_quota_has_stopped_goes_on_when_there_is_room() {
    const MAIL: &str = "Subject: x\r\n\r\n";
    // Each message takes 512 octets and its own.
    let host = Host::with_room(1_150 * (512 + MAIL.len() as u64));
    for _ in 0..600 {
        host.put("INBOX", MAIL);
    }
    host.create("Archive");
    host.run("copy", "").args("all --to Archive").run().check(
        4,
        "",
        "note: copied 500 messages to Archive\n\
         error: cannot copy messages to Archive: the server refused UID COPY; copied 500 messages to Archive, and not \
         UID 501:600\n\
         the server said: \"there is no room for that\"\n\
         hint: make room first; tayori quota shows how much there is; the same command with 501:600 goes on\n",
    );
    assert_eq!((host.messages("INBOX").len(), host.messages("Archive").len()), (600, 500));
    let removed = "note: removed 500 messages for ever\n";
    host.run("delete", "").args("1:500 --expunge").run().check(0, "", removed);
    let copied = "note: copied 100 messages to Archive\n";
    host.run("copy", "").args("501:600 --to Archive").run().check(0, "", copied);
    assert_eq!((host.messages("INBOX").len(), host.messages("Archive").len()), (100, 600));
}

#[test]
fn a_mailbox_vanishes_in_the_middle() {
    let server = a_large_copy(|talk| {
        talk.tagged("NO [TRYCREATE] there is no Archive");
        talk.log_out();
    });
    let outcome = server.run("copy", "").args("1:1200 --to Archive --json").run();
    server.finish();
    assert_eq!(outcome.code, 4);
    let text = String::from_utf8(outcome.stdout).unwrap();
    let last = text.lines().last().unwrap();
    assert!(
        last.starts_with("{\"event\":\"summary\",\"exit\":4,\"done\":500,\"left\":\"501:1200\","),
        "{last}"
    );
}

/// Of what was on its way nobody knows.
#[test]
fn a_connection_is_lost_in_the_middle() {
    let server = a_large_copy(Talk::cut);
    let outcome = server.run("copy", "").args("1:1200 --to Archive").run();
    server.finish();
    assert_eq!(outcome.code, 7);
    assert!(outcome.stderr.contains("; copied 500 messages to Archive\n"), "{}", outcome.stderr);
    let hint = "look what is there before you go on with UID 501:1200: some of it may be done\n";
    assert!(outcome.stderr.ends_with(hint), "{}", outcome.stderr);
}

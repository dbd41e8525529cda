//! ACL (RFC 4314). There is one user, who takes rights from themselves.

use tayori_proto::types::{Flag, UidValidity};
use tayori_server::memory::{MemoryLimits, MemoryStore};
use tayori_server::{Logins, Options, Privacy, Server};

use crate::common::{Client, LOGGED_IN, Scene, insert};

/// One client with a mailbox `box` of three messages, the second of them deleted, to which it has these rights.
async fn scene(rights: &str) -> Scene {
    let mut scene = Scene::logged_in().await;
    scene.clients[0].check("x CREATE box", "x OK [MAILBOXID (F2)] created\r\n").await;
    for flags in [&[][..], &[Flag::Deleted, Flag::Flagged], &[Flag::Seen]] {
        insert(&scene.store, "box", flags, "Subject: x\r\n\r\nhi\r\n");
    }
    let set = format!("x SETACL box ann \"{rights}\"");
    scene.clients[0].check(&set, "x OK the rights are changed\r\n").await;
    scene
}

#[tokio::test(start_paused = true)]
async fn rights_are_told_given_and_taken() {
    assert!(LOGGED_IN.contains(" ACL RIGHTS=kxte "));
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a MYRIGHTS inbox
             S: * MYRIGHTS INBOX lrswipkxteacd
             S: a OK that is all
             C: b GETACL INBOX
             S: * ACL INBOX ann lrswipkxteacd
             S: b OK that is all
             C: c LISTRIGHTS INBOX bob
             S: * LISTRIGHTS INBOX bob \"\" l r s w i p k x t e a c d
             S: c OK that is all
             C: d SETACL INBOX bob lrs
             S: d OK the rights are changed
             C: e SETACL INBOX bob +cd
             S: e OK the rights are changed
             C: f SETACL INBOX -ann w
             S: f OK the rights are changed
             C: g GETACL INBOX
             S: * ACL INBOX -ann w ann lrswipkxteacd bob lrskxtecd
             S: g OK that is all
             C: h MYRIGHTS INBOX
             S: * MYRIGHTS INBOX lrsipkxteacd
             S: h OK that is all
             C: i SETACL INBOX bob -lkxte
             S: i OK the rights are changed
             C: j DELETEACL INBOX -ann
             S: j OK the rights are deleted
             C: k DELETEACL INBOX nobody
             S: k OK the rights are deleted
             C: l GETACL INBOX
             S: * ACL INBOX ann lrswipkxteacd bob rs
             S: l OK that is all
             C: m SETACL INBOX bob \"\"
             S: m OK the rights are changed
             C: n GETACL INBOX
             S: * ACL INBOX ann lrswipkxteacd
             S: n OK that is all",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_asked() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a SETACL INBOX bob lrq
             S: a BAD there is no such right
             C: b SETACL INBOX bob lr0
             S: b BAD there is no such right
             C: c SETACL INBOX \"\" l
             S: c BAD that is no identifier
             C: d DELETEACL INBOX -
             S: d BAD that is no identifier
             C: e LISTRIGHTS INBOX \"\"
             S: e BAD that is no identifier
             C: f GETACL none
             S: f NO [NONEXISTENT] there is no such mailbox
             C: g MYRIGHTS none
             S: g NO [NONEXISTENT] there is no such mailbox
             C: h SETACL none bob l
             S: h NO [NONEXISTENT] there is no such mailbox",
        )
        .await;
}

/// Each command with all rights but those that it needs, and with nothing else beside `l`.
#[tokio::test(start_paused = true)]
async fn each_command_needs_its_right() {
    const NOPERM: &str = "NO [NOPERM] ";
    for (needed, command, opened) in [
        ("r", "SELECT box", false),
        ("r", "EXAMINE box", false),
        ("r", "STATUS box (MESSAGES)", false),
        ("k", "CREATE box/child", false),
        ("k", "RENAME other box/child", false),
        ("x", "DELETE box", false),
        ("x", "RENAME box other2", false),
        ("i", "APPEND box {2+}\r\nhi", false),
        ("a", "GETACL box", false),
        ("a", "SETACL box bob l", false),
        ("a", "DELETEACL box bob", false),
        ("a", "LISTRIGHTS box bob", false),
        ("s", "STORE 1 +FLAGS (\\Seen)", true),
        ("t", "STORE 1 +FLAGS (\\Deleted)", true),
        ("w", "STORE 1 -FLAGS (\\Flagged key)", true),
        ("e", "EXPUNGE", true),
        ("e", "UID EXPUNGE 2", true),
        ("t", "MOVE 1 other", true),
        ("e", "UID MOVE 1 other", true),
        ("t", "REPLACE 1 other {2+}\r\nhi", true),
    ] {
        let all: String = "lrswipkxtea".chars().filter(|right| !needed.contains(*right)).collect();
        let few = format!("l{needed}{}", if opened { "r" } else { "" });
        let mut beside = few.clone();
        if command.contains("MOVE") || command.starts_with("REPLACE") {
            beside.push_str("te");
        }
        for (rights, end) in [(&all, NOPERM), (&beside, "OK ")] {
            let mut scene = scene(rights).await;
            scene.clients[0].ask("x CREATE other").await;
            if opened {
                scene.select(1, "box").await;
            }
            let heard = scene.clients[0].ask(&format!("t {command}")).await;
            let tagged = heard.lines().find(|line| line.starts_with("t ")).unwrap();
            assert!(tagged.starts_with(&format!("t {end}")), "{command} with {rights}: {heard}");
            // Whatever it was, the connection is in step.
            let next = scene.clients[0].ask("n NOOP").await;
            assert!(next.ends_with("n OK nothing done\r\n"), "{command}: {next}");
        }
    }
}

/// COPY and MOVE look at the mailbox to which messages go.
#[tokio::test(start_paused = true)]
async fn messages_go_where_they_may_be_added() {
    let mut scene = scene("lrswpkxtea").await;
    scene.mails(&[&[]]);
    scene.select(1, "INBOX").await;
    scene
        .play(
            "C: a COPY 1 box
             S: a NO [NOPERM] you do not have the right to add messages to that mailbox
             C: b MOVE 1 box
             S: b NO [NOPERM] you do not have the right to add messages to that mailbox
             C: c SETACL box ann +i
             S: c OK the rights are changed
             C: d COPY 1 box
             S: d OK [COPYUID 8 1 4] copied",
        )
        .await;
}

/// Flags that may not be set are left out where messages come to, and nothing fails (RFC 4314 section 4).
#[tokio::test(start_paused = true)]
async fn only_flags_that_may_be_set_come_with_a_message() {
    let mut scene = scene("lrisa").await;
    scene.mails(&[&[Flag::Seen, Flag::Deleted, Flag::Flagged]]);
    scene.select(1, "INBOX").await;
    scene
        .play(
            "C: a COPY 1 box
             S: a OK [COPYUID 8 1 4] copied
             C: b APPEND box (\\Draft \\Seen \\Deleted key) {2+}
             C: hi
             S: b OK [APPENDUID 8 5] appended",
        )
        .await;
    scene.select(1, "box").await;
    scene
        .play(
            "C: c FETCH 4:5 FLAGS
             S: * 4 FETCH (FLAGS (\\Seen \\Recent))
             S: * 5 FETCH (FLAGS (\\Seen \\Recent))
             S: c OK fetched
             C: d SETACL box ann lriwta
             S: d OK the rights are changed
             C: e UID COPY 4 box
             S: * 6 EXISTS
             S: * 6 RECENT
             S: e OK [COPYUID 8 4 6] copied
             C: f FETCH 6 FLAGS
             S: * 6 FETCH (FLAGS (\\Recent))
             S: f OK fetched",
        )
        .await;
}

/// Some flags may be changed: those are, and the others stay.
#[tokio::test(start_paused = true)]
async fn flags_are_stored_as_far_as_they_may_be() {
    let mut scene = scene("lrsa").await;
    scene.select(1, "box").await;
    scene
        .play(
            "C: a STORE 1 +FLAGS (\\Seen \\Deleted \\Flagged)
             S: * 1 FETCH (FLAGS (\\Seen \\Recent))
             S: a OK stored
             C: b STORE 2 FLAGS (\\Seen)
             S: * 2 FETCH (FLAGS (\\Flagged \\Deleted \\Seen \\Recent))
             S: b OK stored
             C: c STORE 2 FLAGS (\\Draft)
             S: * 2 FETCH (FLAGS (\\Flagged \\Deleted \\Recent))
             S: c OK stored
             C: d STORE 2 -FLAGS (\\Flagged)
             S: d NO [NOPERM] you do not have the right to change these flags
             C: e SETACL box ann lra
             S: e OK the rights are changed
             C: f STORE 2 FLAGS ()
             S: f NO [NOPERM] you do not have the right to change these flags
             C: g UID STORE 2 (UNCHANGEDSINCE 100) +FLAGS (\\Seen)
             S: * OK [HIGHESTMODSEQ 7] the highest mod-sequence
             S: g NO [NOPERM] you do not have the right to change these flags",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_that_can_only_be_read() {
    let mut scene = scene("lra").await;
    let heard = scene.clients[0].ask("a SELECT box").await;
    assert!(heard.contains("* OK [PERMANENTFLAGS ()] "), "{heard}");
    assert!(heard.ends_with("a OK [READ-ONLY] opened, and you have no right to change it\r\n"), "{heard}");
    scene
        .play(
            "C: b FETCH 1 (FLAGS BODY[TEXT])
             S: * 1 FETCH (FLAGS (\\Recent) BODY[TEXT] {4}
             S: hi
             S: )
             S: b OK fetched
             C: c STORE 1 +FLAGS (\\Seen)
             S: c NO [NOPERM] you do not have the right to change these flags
             C: d CLOSE
             S: d OK closed
             C: e STATUS box (MESSAGES)
             S: * STATUS box (MESSAGES 3)
             S: e OK that is how it is",
        )
        .await;
    let heard = scene.clients[0].ask("f SETACL box ann +w").await;
    assert_eq!(heard, "f OK the rights are changed\r\n");
    let heard = scene.clients[0].ask("g SELECT box").await;
    assert!(heard.contains("* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Draft \\*)] "), "{heard}");
    assert!(heard.ends_with("g OK [READ-WRITE] opened\r\n"), "{heard}");
}

/// Without `l` a mailbox is not there, for whoever asks (RFC 4314 section 6).
#[tokio::test(start_paused = true)]
async fn what_may_not_be_looked_up_is_not_there() {
    let mut scene = scene("sa").await;
    scene
        .play(
            "C: a LIST \"\" *
             S: * LIST (\\HasNoChildren) \"/\" INBOX
             S: a OK that is all
             C: b STATUS box (MESSAGES)
             S: b NO [NONEXISTENT] there is no such mailbox
             C: c SELECT box
             S: c NO [NONEXISTENT] there is no such mailbox
             C: d DELETE box
             S: d NO [NONEXISTENT] there is no such mailbox
             C: e APPEND box {2+}
             C: hi
             S: e NO [TRYCREATE] there is no such mailbox
             C: f MYRIGHTS box
             S: * MYRIGHTS box sa
             S: f OK that is all
             C: g SETACL box ann s
             S: g OK the rights are changed
             C: h MYRIGHTS box
             S: h NO [NONEXISTENT] there is no such mailbox
             C: i GETACL box
             S: i NO [NONEXISTENT] there is no such mailbox",
        )
        .await;
}

/// Counts are for those who may read.
#[tokio::test(start_paused = true)]
async fn a_list_tells_no_counts_of_what_may_not_be_read() {
    let mut scene = scene("la").await;
    scene
        .play(
            "C: a LIST \"\" * RETURN (STATUS (MESSAGES))
             S: * LIST () \"/\" INBOX
             S: * STATUS INBOX (MESSAGES 0)
             S: * LIST () \"/\" box
             S: a OK that is all",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn rights_go_with_the_mailbox() {
    let mut scene = scene("lrkxa").await;
    scene
        .play(
            "C: a CREATE box/a/b
             S: a OK [MAILBOXID (F3)] created
             C: b MYRIGHTS box/a/b
             S: * MYRIGHTS box/a/b lrkxac
             S: b OK that is all
             C: c RENAME box new
             S: c OK renamed
             C: d MYRIGHTS new
             S: * MYRIGHTS new lrkxac
             S: d OK that is all
             C: e DELETE new
             S: e OK deleted
             C: f MYRIGHTS new
             S: f NO [NONEXISTENT] there is no such mailbox
             C: g CREATE new
             S: g OK [MAILBOXID (F4)] created
             C: h MYRIGHTS new
             S: * MYRIGHTS new lrswipkxteacd
             S: h OK that is all",
        )
        .await;
}

/// A store that knows no owner keeps no rights.
#[tokio::test(start_paused = true)]
async fn where_rights_are_not_kept() {
    let store = MemoryStore::new(UidValidity::MIN, MemoryLimits::default());
    let password = tayori_proto::types::Secret::new("secret").unwrap();
    let server = Server::new(Logins::one("ann", &password, store), Options::default());
    let mut client = Client::of(&server, Privacy::Private).await;
    let heard = client.ask("a LOGIN ann secret").await;
    assert!(heard.starts_with("a OK ") && !heard.contains("ACL"), "{heard}");
    for command in
        ["GETACL INBOX", "MYRIGHTS INBOX", "SETACL INBOX a l", "DELETEACL INBOX a", "LISTRIGHTS INBOX a"]
    {
        client.check(&format!("b {command}"), "b BAD that is not supported\r\n").await;
    }
}

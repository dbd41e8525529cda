//! MESSAGELIMIT (RFC 9738).

use std::num::NonZeroU32;

use tayori_proto::types::Flag;
use tayori_server::Options;

use crate::common::{LOGGED_IN, Scene};

const NONE: &[Flag] = &[];
const DELETED: &[Flag] = &[Flag::Deleted];

/// A client that may name three messages at once, and one more mailbox. The messages have the UIDs 2 to 8, the numbers
/// 1 to 7.
async fn scene() -> Scene {
    let mut options = Options::default();
    options.limits.command_messages = NonZeroU32::new(3);
    let mut scene = Scene::with(options);
    scene.mails(&[DELETED, NONE, NONE, NONE, NONE, NONE, NONE, NONE]);
    scene.log_in().await;
    scene.log_in().await;
    scene.select(1, "INBOX").await;
    scene
        .play(
            "C: x EXPUNGE
             S: * 1 EXPUNGE
             S: * 7 RECENT
             S: x OK expunged
             C: x CREATE other
             S: x OK [MAILBOXID (F2)] created",
        )
        .await;
    scene
}

#[tokio::test(start_paused = true)]
async fn the_limit_is_listed_after_login() {
    let mut scene = scene().await;
    let listed = LOGGED_IN
        .replace("UTF8=ACCEPT", "UTF8=ACCEPT MESSAGELIMIT=3")
        .replace("] logged in", "")
        .replace('[', "");
    scene.clients[0].check("a CAPABILITY", &format!("* {listed}\r\na OK that is all\r\n")).await;
}

/// RFC 9738 section 3: from the highest UID down.
#[tokio::test(start_paused = true)]
async fn the_newest_rows_are_told() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a FETCH 1:* UID
             S: * 7 FETCH (UID 8)
             S: * 6 FETCH (UID 7)
             S: * 5 FETCH (UID 6)
             S: a OK [MESSAGELIMIT 3 6] fetched
             C: b UID FETCH 1:5 UID
             S: * 4 FETCH (UID 5)
             S: * 3 FETCH (UID 4)
             S: * 2 FETCH (UID 3)
             S: b OK [MESSAGELIMIT 3 3] fetched
             C: c UID FETCH 1:2 UID
             S: * 1 FETCH (UID 2)
             S: c OK fetched
             C: d FETCH 2:4 UID
             S: * 2 FETCH (UID 3)
             S: * 3 FETCH (UID 4)
             S: * 4 FETCH (UID 5)
             S: d OK fetched",
        )
        .await;
}

/// RFC 9394 and RFC 9738 section 3: what cannot be answered whole is refused.
#[tokio::test(start_paused = true)]
async fn a_range_of_results_is_no_longer_than_the_limit() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a UID FETCH 1:* UID (PARTIAL -1:-4)
             S: a NO [MESSAGELIMIT 3] that is about too many messages at once
             C: b UID FETCH 1:* UID (PARTIAL -2:-4)
             S: * 4 FETCH (UID 5)
             S: * 5 FETCH (UID 6)
             S: * 6 FETCH (UID 7)
             S: b OK fetched
             C: c UID SEARCH RETURN (SAVE PARTIAL 1:4) ALL
             S: c NO [MESSAGELIMIT 3] that is about too many messages at once
             C: d UID FETCH $ UID
             S: d OK fetched
             C: e UID SEARCH RETURN (PARTIAL -1:-3) UID 5:8
             S: * ESEARCH (TAG \"e\") UID PARTIAL (-1:-3 6:8)
             S: e OK [MESSAGELIMIT 3 6] searched",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_else_a_command_says_does_not_hide_the_limit() {
    let mut scene = scene().await;
    scene.select(2, "INBOX").await;
    scene
        .play(
            "C: a ENABLE QRESYNC
             S: * ENABLED QRESYNC
             S: * OK [HIGHESTMODSEQ 10] the highest mod-sequence
             S: a OK enabled what there is
             C2: b STORE 6 +FLAGS.SILENT (\\Flagged \\Deleted)
             S2: b OK stored
             C: c UID STORE 1:* (UNCHANGEDSINCE 9) -FLAGS.SILENT (\\Flagged)
             S: * 5 FETCH (UID 6 MODSEQ (7))
             S: * 7 FETCH (UID 8 MODSEQ (9))
             S: * NO [MESSAGELIMIT 3 6] only the newest of the messages were dealt with
             S: * 6 FETCH (UID 7 FLAGS (\\Flagged \\Deleted \\Recent) MODSEQ (11))
             S: c OK [MODIFIED 7] some of the messages have changed
             C: d UID MOVE 1:* other
             S: * OK [COPYUID 8 6:8 1:3] moved
             S: * NO [MESSAGELIMIT 3 6] only the newest of the messages were dealt with
             S: * VANISHED 6:8
             S: * 4 RECENT
             S: d OK [HIGHESTMODSEQ 14] moved",
        )
        .await;
}

/// RFC 9738 section 3, RFC 5530 section 3: `EXPUNGEISSUED` takes the place in the tagged line.
#[tokio::test(start_paused = true)]
async fn gone_messages_and_the_limit_are_told_both() {
    let mut scene = scene().await;
    scene.select(2, "INBOX").await;
    scene
        .play(
            "C2: a STORE 6 +FLAGS.SILENT (\\Deleted)
             S2: a OK stored
             C2: b EXPUNGE
             S2: * 6 EXPUNGE
             S2: b OK expunged
             C: c FETCH 1:* UID
             S: * 7 FETCH (UID 8)
             S: * 5 FETCH (UID 6)
             S: * NO [MESSAGELIMIT 3 6] only the newest of the messages were dealt with
             S: c NO [EXPUNGEISSUED] some of the messages are gone",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn the_newest_flags_are_stored() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a STORE 1:* +FLAGS (\\Flagged)
             S: * 5 FETCH (FLAGS (\\Flagged \\Recent))
             S: * 6 FETCH (FLAGS (\\Flagged \\Recent))
             S: * 7 FETCH (FLAGS (\\Flagged \\Recent))
             S: a OK [MESSAGELIMIT 3 6] stored
             C: b UID STORE 1:5 +FLAGS.SILENT (\\Flagged)
             S: b OK [MESSAGELIMIT 3 3] stored
             C: c FETCH 1:3 FLAGS
             S: * 1 FETCH (FLAGS (\\Recent))
             S: * 2 FETCH (FLAGS (\\Flagged \\Recent))
             S: * 3 FETCH (FLAGS (\\Flagged \\Recent))
             S: c OK fetched",
        )
        .await;
}

/// RFC 9738 section 3, RFC 9051 section 6.4.7: a copy is made of all or of none. Moved are the newest.
#[tokio::test(start_paused = true)]
async fn copies_are_refused_and_moves_go_on() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a UID COPY 1:* other
             S: a NO [MESSAGELIMIT 3 6] that is about too many messages at once
             C: b STATUS other (MESSAGES)
             S: * STATUS other (MESSAGES 0)
             S: b OK that is how it is
             C: c COPY 1:3 other
             S: c OK [COPYUID 8 2:4 1:3] copied
             C: d UID MOVE 1:* other
             S: * OK [COPYUID 8 6:8 4:6] moved
             S: * 5 EXPUNGE
             S: * 5 EXPUNGE
             S: * 5 EXPUNGE
             S: * 4 RECENT
             S: d OK [MESSAGELIMIT 3 6] moved
             C: e UID MOVE 1:* other
             S: * OK [COPYUID 8 3:5 7:9] moved
             S: * 2 EXPUNGE
             S: * 2 EXPUNGE
             S: * 2 EXPUNGE
             S: * 1 RECENT
             S: e OK [MESSAGELIMIT 3 3] moved
             C: f UID MOVE 1:* other
             S: * OK [COPYUID 8 2 10] moved
             S: * 1 EXPUNGE
             S: * 0 RECENT
             S: f OK moved",
        )
        .await;
}

/// RFC 9738 section 3: messages count that are examined; those that the key leaves out by their names are not.
#[tokio::test(start_paused = true)]
async fn the_newest_messages_are_searched() {
    let mut scene = scene().await;
    for (command, expected) in [
        ("UID SEARCH ALL", "* SEARCH 6 7 8\r\na OK [MESSAGELIMIT 3 6] searched\r\n"),
        // Those before were not looked at.
        ("UID SEARCH SUBJECT \"mail 2\"", "* SEARCH\r\na OK [MESSAGELIMIT 3 6] searched\r\n"),
        ("UID SEARCH UID 1:5 SUBJECT \"mail 2\"", "* SEARCH\r\na OK [MESSAGELIMIT 3 3] searched\r\n"),
        ("UID SEARCH UID 1:2 SUBJECT \"mail 2\"", "* SEARCH 2\r\na OK searched\r\n"),
        ("UID SEARCH UIDBEFORE 3 SUBJECT mail", "* SEARCH 2\r\na OK searched\r\n"),
        ("UID SEARCH UIDAFTER 6", "* SEARCH 7 8\r\na OK searched\r\n"),
        ("UID SEARCH UIDBEFORE 1", "* SEARCH\r\na OK searched\r\n"),
        ("UID SEARCH UIDAFTER 4294967295", "* SEARCH\r\na OK searched\r\n"),
        ("UID SEARCH UIDBEFORE 6 UIDAFTER 3 NOT 1:2", "* SEARCH 4 5\r\na OK searched\r\n"),
        ("SEARCH OR 1 (2 SUBJECT \"mail 3\")", "* SEARCH 1 2\r\na OK searched\r\n"),
        ("SEARCH NOT 4:7", "* SEARCH 1 2 3\r\na OK searched\r\n"),
        ("SEARCH NOT SUBJECT 8", "* SEARCH 5 6\r\na OK [MESSAGELIMIT 3 6] searched\r\n"),
    ] {
        scene.clients[0].check(&format!("a {command}"), expected).await;
    }
}

/// RFC 9738 section 3: what is kept is what was found.
#[tokio::test(start_paused = true)]
async fn the_saved_result_ends_where_the_search_did() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a UID SEARCH RETURN (SAVE COUNT) ALL
             S: * ESEARCH (TAG \"a\") UID COUNT 3
             S: a OK [MESSAGELIMIT 3 6] searched
             C: b UID FETCH $ UID
             S: * 5 FETCH (UID 6)
             S: * 6 FETCH (UID 7)
             S: * 7 FETCH (UID 8)
             S: b OK fetched",
        )
        .await;
}

/// RFC 9738 section 3: some of the messages in order would be of no use.
#[tokio::test(start_paused = true)]
async fn what_is_put_in_order_is_not_cut() {
    let mut scene = scene().await;
    let refused = "NO [MESSAGELIMIT 3 6] that is about too many messages at once\r\n";
    for (command, expected) in [
        ("UID SORT (SUBJECT) UTF-8 ALL", refused),
        ("UID THREAD REFERENCES UTF-8 ALL", refused),
        ("UID SORT (REVERSE SUBJECT) UTF-8 UID 2:4", "* SORT 4 3 2\r\na OK sorted\r\n"),
    ] {
        let expected = if expected.starts_with('*') { expected.to_owned() } else { format!("a {expected}") };
        scene.clients[0].check(&format!("a {command}"), &expected).await;
    }
}

/// RFC 9738 section 3: `UID EXPUNGE` is said again until all are gone; `EXPUNGE` and `CLOSE` have no limit.
#[tokio::test(start_paused = true)]
async fn expunging() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a STORE 1:3 +FLAGS.SILENT (\\Deleted)
             S: a OK stored
             C: b STORE 4:5 +FLAGS.SILENT (\\Deleted)
             S: b OK stored
             C: c UID EXPUNGE 1:*
             S: * 3 EXPUNGE
             S: * 3 EXPUNGE
             S: * 3 EXPUNGE
             S: * 4 RECENT
             S: c OK [MESSAGELIMIT 3 4] expunged
             C: d UID EXPUNGE 1:*
             S: * 1 EXPUNGE
             S: * 1 EXPUNGE
             S: * 2 RECENT
             S: d OK expunged",
        )
        .await;
    let mut scene = self::scene().await;
    scene
        .play(
            "C: a STORE 1:3 +FLAGS.SILENT (\\Deleted)
             S: a OK stored
             C: b STORE 4:6 +FLAGS.SILENT (\\Deleted)
             S: b OK stored
             C: c EXPUNGE
             S: * 1 EXPUNGE
             S: * 1 EXPUNGE
             S: * 1 EXPUNGE
             S: * 1 EXPUNGE
             S: * 1 EXPUNGE
             S: * 1 EXPUNGE
             S: * 1 RECENT
             S: c OK expunged",
        )
        .await;
}

/// RFC 9738 section 3, RFC 3502: nothing of it is kept, and the rest of the command is not taken for commands.
#[tokio::test(start_paused = true)]
async fn appends_of_too_many_are_refused() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a APPEND other {1+}
             C: 1 {1+}
             C: 2 {1+}
             C: 3
             S: a OK [APPENDUID 8 1:3] appended
             C: b APPEND other {1+}
             C: 1 {1+}
             C: 2 {1+}
             C: 3 {1+}
             C: 4
             S: b NO [MESSAGELIMIT 3] that is about too many messages at once
             C: c STATUS other (MESSAGES)
             S: * STATUS other (MESSAGES 3)
             S: c OK that is how it is",
        )
        .await;
}

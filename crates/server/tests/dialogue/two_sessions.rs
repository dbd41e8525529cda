//! What a session learns of the doings of another, and when (RFC 9051 sections 5.2 and 7.5.1).

use tayori_proto::types::Flag;

use crate::common::{Scene, insert};

/// Two clients that have selected an `INBOX` of so many mails; the first has them as recent.
async fn scene(mails: usize) -> Scene {
    let mut scene = Scene::selected(&vec![&[] as &[Flag]; mails]).await;
    scene.log_in().await;
    scene.select(2, "INBOX").await;
    scene
}

/// While a FETCH, STORE or SEARCH by numbers is answered, the numbers mean what they meant.
#[tokio::test(start_paused = true)]
async fn expunge_is_not_told_while_numbers_are_in_use() {
    let mut scene = scene(3).await;
    scene
        .play(
            "C2: a STORE 1 +FLAGS.SILENT (\\Deleted)
             S2: a OK stored
             C2: b EXPUNGE
             S2: * 1 EXPUNGE
             S2: b OK expunged
             C: a FETCH 2:3 UID
             S: * 2 FETCH (UID 2)
             S: * 3 FETCH (UID 3)
             S: a OK fetched
             C: b FETCH 1:3 UID
             S: * 2 FETCH (UID 2)
             S: * 3 FETCH (UID 3)
             S: b NO [EXPUNGEISSUED] some of the messages are gone
             C: c STORE 3 +FLAGS (\\Flagged)
             S: * 3 FETCH (FLAGS (\\Flagged \\Recent))
             S: c OK stored
             C: d STORE 1 +FLAGS (\\Flagged)
             S: d NO [EXPUNGEISSUED] some of the messages are gone
             C: e SEARCH ALL
             S: * SEARCH 2 3
             S: e OK searched
             C: f NOOP
             S: * 1 EXPUNGE
             S: * 2 RECENT
             S: f OK nothing done
             C: g FETCH 1:* UID
             S: * 1 FETCH (UID 2)
             S: * 2 FETCH (UID 3)
             S: g OK fetched
             C2: c NOOP
             S2: * 2 FETCH (FLAGS (\\Flagged))
             S2: c OK nothing done",
        )
        .await;
}

/// A UID that stands for nothing is passed over (RFC 9051 section 6.4.9), and EXPUNGE may come.
#[tokio::test(start_paused = true)]
async fn expunge_is_told_with_commands_by_uid() {
    for (command, row, end) in [
        ("UID FETCH 1:3 UID", "S: * 2 FETCH (UID 2)\nS: * 3 FETCH (UID 3)", "fetched"),
        ("UID FETCH 1 UID", "", "fetched"),
        ("UID STORE 1:2 +FLAGS.SILENT (\\Seen)", "", "stored"),
        ("UID STORE 1 FLAGS (\\Seen)", "", "stored"),
        // What the client was told of is searched; what has gone since is told behind it.
        ("UID SEARCH ALL", "S: * SEARCH 1 2 3", "searched"),
        ("UID COPY 1 INBOX", "", "copied"),
        ("UID MOVE 1 INBOX", "", "moved"),
        ("UID EXPUNGE 1", "", "expunged"),
    ] {
        let mut scene = scene(3).await;
        scene
            .play(&format!(
                "C2: a STORE 1 +FLAGS.SILENT (\\Deleted)
                 S2: a OK stored
                 C2: b EXPUNGE
                 S2: * 1 EXPUNGE
                 S2: b OK expunged
                 C: a {command}
                 {row}
                 S: * 1 EXPUNGE
                 S: * 2 RECENT
                 S: a OK {end}"
            ))
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn copies_by_number_want_all_of_their_messages() {
    let mut scene = scene(2).await;
    scene
        .play(
            "C2: a STORE 1 +FLAGS.SILENT (\\Deleted)
             S2: a OK stored
             C: a FETCH 2 FLAGS
             S: * 2 FETCH (FLAGS (\\Recent))
             S: * 1 FETCH (FLAGS (\\Deleted \\Recent))
             S: a OK fetched
             C2: b EXPUNGE
             S2: * 1 EXPUNGE
             S2: b OK expunged
             C: b FETCH 2 FLAGS
             S: * 2 FETCH (FLAGS (\\Recent))
             S: b OK fetched
             C: c COPY 1:2 INBOX
             S: * 1 EXPUNGE
             S: * 1 RECENT
             S: c NO [EXPUNGEISSUED] some of the messages are gone",
        )
        .await;
    // Nor when it is the first to meet the gap.
    for command in ["COPY", "MOVE"] {
        let mut scene = self::scene(2).await;
        scene
            .play(&format!(
                "C2: a STORE 1 +FLAGS.SILENT (\\Deleted)
                 S2: a OK stored
                 C2: b EXPUNGE
                 S2: * 1 EXPUNGE
                 S2: b OK expunged
                 C: c {command} 1:2 INBOX
                 S: * 1 EXPUNGE
                 S: * 1 RECENT
                 S: c NO [EXPUNGEISSUED] some of the messages are gone"
            ))
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn new_mail_and_new_flags_are_told_with_any_command() {
    let mut scene = scene(1).await;
    scene
        .play(
            "C2: a APPEND INBOX (\\Seen) {2+}
             C2: hi
             S2: * 2 EXISTS
             S2: * 1 RECENT
             S2: a OK [APPENDUID 7 2] appended
             C2: b STORE 1 +FLAGS.SILENT (\\Answered)
             S2: b OK stored
             C: a FETCH 1 UID
             S: * 1 FETCH (UID 1)
             S: * 2 EXISTS
             S: * 1 FETCH (FLAGS (\\Answered \\Recent))
             S: a OK fetched
             C: b CHECK
             S: b OK checked",
        )
        .await;
}

/// A silent STORE does not hide what somebody else has changed (RFC 9051 section 6.4.6).
#[tokio::test(start_paused = true)]
async fn silence_is_about_ones_own_change_only() {
    let mut scene = scene(1).await;
    scene
        .play(
            "C2: a STORE 1 +FLAGS.SILENT (\\Answered)
             S2: a OK stored
             C: a STORE 1 +FLAGS.SILENT (\\Seen)
             S: * 1 FETCH (FLAGS (\\Answered \\Seen \\Recent))
             S: a OK stored
             C2: b NOOP
             S2: * 1 FETCH (FLAGS (\\Answered \\Seen))
             S2: b OK nothing done",
        )
        .await;
}

/// A message that came and went before anybody was told is not told of.
#[tokio::test(start_paused = true)]
async fn what_came_and_went_is_no_news() {
    let mut scene = scene(0).await;
    scene
        .play(
            "C2: a APPEND INBOX (\\Deleted) {2+}
             C2: hi
             S2: * 1 EXISTS
             S2: * 1 RECENT
             S2: a OK [APPENDUID 7 1] appended
             C2: b EXPUNGE
             S2: * 1 EXPUNGE
             S2: * 0 RECENT
             S2: b OK expunged
             C: a NOOP
             S: a OK nothing done",
        )
        .await;
}

/// Only what a client was told of is expunged by it.
#[tokio::test(start_paused = true)]
async fn a_client_does_not_expunge_what_it_was_not_told_of() {
    for (command, said) in [("EXPUNGE", "expunged"), ("CLOSE", "closed")] {
        let mut scene = scene(0).await;
        insert(&scene.store, "INBOX", &[Flag::Deleted], "x");
        let heard = scene.clients[0].ask(&format!("a {command}")).await;
        assert!(heard.ends_with(&format!("a OK {said}\r\n")), "{heard}");
        let heard = scene.clients[1].ask("b STATUS INBOX (MESSAGES)").await;
        assert!(heard.starts_with("* STATUS INBOX (MESSAGES 1)\r\n"), "{heard}");
    }
}

/// To tell its messages as expunged would make clients delete their copies.
#[tokio::test(start_paused = true)]
async fn a_mailbox_deleted_under_a_session_ends_it() {
    for (command, answer) in [
        ("NOOP", "S: * BYE the selected mailbox has been deleted"),
        ("FETCH 1 FLAGS", "S: * BYE the selected mailbox has been deleted"),
        ("CLOSE", "S: * BYE the selected mailbox has been deleted"),
        ("DELETE other", "S: * BYE the selected mailbox has been deleted"),
    ] {
        let mut scene = Scene::logged_in().await;
        scene.play("C: x CREATE box\nS: x OK [MAILBOXID (F2)] created\nC: y CREATE other\nS: y OK [MAILBOXID (F3)] created").await;
        insert(&scene.store, "box", &[], "x");
        scene.select(1, "box").await;
        scene.log_in().await;
        scene
            .play(&format!("C2: a DELETE box\nS2: a OK deleted\nC: a {command}\n{answer}\nS: (closed)"))
            .await;
    }
    let mut scene = Scene::logged_in().await;
    scene.play("C: x CREATE box\nS: x OK [MAILBOXID (F2)] created").await;
    scene.select(1, "box").await;
    scene.log_in().await;
    scene
        .play(
            "C: a IDLE
             S: + idling
             C2: a DELETE box
             S2: a OK deleted
             S: * BYE the selected mailbox has been deleted
             S: (closed)",
        )
        .await;
}

/// Who leaves a mailbox that is gone is not punished for it.
#[tokio::test(start_paused = true)]
async fn another_mailbox_can_be_selected_when_the_last_is_gone() {
    let mut scene = Scene::logged_in().await;
    scene.play("C: x CREATE box\nS: x OK [MAILBOXID (F2)] created").await;
    scene.select(1, "box").await;
    scene.log_in().await;
    scene.play("C2: a DELETE box\nS2: a OK deleted\nC: a UNSELECT\nS: a OK closed, nothing expunged").await;
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_renamed_under_a_session_stays_selected() {
    let mut scene = Scene::logged_in().await;
    scene.play("C: x CREATE box\nS: x OK [MAILBOXID (F2)] created").await;
    scene.select(1, "box").await;
    scene.log_in().await;
    scene
        .play(
            "C2: a RENAME box chest
             S2: a OK renamed
             C2: b APPEND chest {2+}
             C2: hi
             S2: b OK [APPENDUID 8 1] appended
             C: a NOOP
             S: * 1 EXISTS
             S: * 1 RECENT
             S: a OK nothing done
             C: b FETCH 1 UID
             S: * 1 FETCH (UID 1)
             S: b OK fetched",
        )
        .await;
}

/// RENAME of INBOX moves the messages away from under a session.
#[tokio::test(start_paused = true)]
async fn inbox_renamed_under_a_session_is_emptied() {
    let mut scene = scene(2).await;
    scene
        .play(
            "C2: a RENAME INBOX old
             S2: * 1 EXPUNGE
             S2: * 1 EXPUNGE
             S2: a OK renamed
             C: a NOOP
             S: * 1 EXPUNGE
             S: * 1 EXPUNGE
             S: * 0 RECENT
             S: a OK nothing done",
        )
        .await;
}

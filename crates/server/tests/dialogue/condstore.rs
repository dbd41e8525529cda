//! CONDSTORE (RFC 7162 section 3.1).

use tayori_proto::types::Flag;

use crate::common::{Scene, insert};

/// A second client that has selected the same mailbox.
async fn joined(mails: &[&[Flag]]) -> Scene {
    let mut scene = Scene::selected(mails).await;
    scene.log_in().await;
    scene.select(2, "INBOX").await;
    scene
}

#[tokio::test(start_paused = true)]
async fn each_way_to_say_so_is_answered_with_the_state_of_the_mailbox() {
    for (command, answer) in [
        ("STATUS INBOX (HIGHESTMODSEQ)", "* STATUS INBOX (HIGHESTMODSEQ 2)\na OK that is how it is"),
        (
            "LIST \"\" INBOX RETURN (STATUS (HIGHESTMODSEQ))",
            "* LIST () \"/\" INBOX\n* STATUS INBOX (HIGHESTMODSEQ 2)\na OK that is all",
        ),
        ("FETCH 1 MODSEQ", "* 1 FETCH (MODSEQ (2))\na OK fetched"),
        ("UID FETCH 1 (UID) (CHANGEDSINCE 1)", "* 1 FETCH (UID 1 MODSEQ (2))\na OK fetched"),
        ("FETCH 1 UID (CHANGEDSINCE 2)", "a OK fetched"),
        (
            "STORE 1 (UNCHANGEDSINCE 1) FLAGS ()",
            "* 1 FETCH (UID 1 FLAGS (\\Recent) MODSEQ (2))\na OK [MODIFIED 1] some of the messages have changed",
        ),
        ("ENABLE CONDSTORE X-NO", "* ENABLED CONDSTORE\na OK enabled what there is"),
    ] {
        let mut scene = Scene::selected(&[&[]]).await;
        let heard = scene.clients[0].ask(&format!("a {command}")).await;
        let highest = "* OK [HIGHESTMODSEQ 2] the highest mod-sequence\n";
        let mut lines: Vec<&str> = heard.lines().collect();
        let told = lines.iter().position(|line| format!("{line}\n") == highest);
        assert!(told.is_some(), "{command}: {heard}");
        lines.remove(told.unwrap());
        assert_eq!(lines, answer.lines().collect::<Vec<_>>(), "{command}");
        // The second time, it is known.
        let heard = scene.clients[0].ask(&format!("a {command}")).await;
        assert!(!heard.contains("HIGHESTMODSEQ 2] the"), "{command}: {heard}");
    }
}

/// RFC 7162 section 3.1.8
#[tokio::test(start_paused = true)]
async fn select_can_say_so_too() {
    let mut scene = Scene::new();
    scene.mails(&[&[Flag::Seen]]);
    scene.log_in().await;
    scene
        .play(
            "C: a SELECT INBOX (CONDSTORE)
             S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
             S: * 1 EXISTS
             S: * 1 RECENT
             S: * OK [UIDVALIDITY 7] UIDs are valid
             S: * OK [UIDNEXT 2] the next UID
             S: * OK [HIGHESTMODSEQ 2] the highest mod-sequence
             S: * OK [MAILBOXID (F1)] what identifies the mailbox
             S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] flags that are kept
             S: a OK [READ-WRITE] opened
             C: b STORE 1 -FLAGS (\\Seen)
             S: * 1 FETCH (UID 1 FLAGS (\\Recent) MODSEQ (3))
             S: b OK stored
             C: c STORE 1 +FLAGS.SILENT (\\Seen)
             S: * 1 FETCH (UID 1 MODSEQ (4))
             S: c OK stored
             C: d STORE 1 +FLAGS.SILENT (\\Seen)
             S: d OK stored
             C: e EXAMINE INBOX
             S: * OK [CLOSED] the mailbox before is closed
             S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
             S: * 1 EXISTS
             S: * 0 RECENT
             S: * OK [UIDVALIDITY 7] UIDs are valid
             S: * OK [UIDNEXT 2] the next UID
             S: * OK [HIGHESTMODSEQ 4] the highest mod-sequence
             S: * OK [MAILBOXID (F1)] what identifies the mailbox
             S: * OK [PERMANENTFLAGS ()] flags that are kept
             S: e OK [READ-ONLY] opened, to look at only",
        )
        .await;
}

/// RFC 7162 section 3.1.4
#[tokio::test(start_paused = true)]
async fn fetch_of_what_has_changed() {
    let mut scene = Scene::selected(&[&[], &[], &[], &[]]).await;
    scene
        .play(
            "C: a ENABLE CONDSTORE
             S: * ENABLED CONDSTORE
             S: * OK [HIGHESTMODSEQ 5] the highest mod-sequence
             S: a OK enabled what there is
             C: b STORE 3 +FLAGS.SILENT (\\Flagged)
             S: * 3 FETCH (UID 3 MODSEQ (6))
             S: b OK stored
             C: c UID FETCH 1:* (FLAGS) (CHANGEDSINCE 4)
             S: * 3 FETCH (UID 3 FLAGS (\\Flagged \\Recent) MODSEQ (6))
             S: * 4 FETCH (UID 4 FLAGS (\\Recent) MODSEQ (5))
             S: c OK fetched
             C: d FETCH 1:* (MODSEQ UID) (CHANGEDSINCE 5)
             S: * 3 FETCH (MODSEQ (6) UID 3)
             S: d OK fetched
             C: e FETCH 1:* FAST (CHANGEDSINCE 6)
             S: e OK fetched
             C: f FETCH 1 BODY[]<0.3>
             S: * 1 FETCH (UID 1 BODY[]<0> {3}
             S: Sub FLAGS (\\Seen \\Recent) MODSEQ (7))
             S: f OK fetched
             C: g FETCH 1 BODY[]<0.3>
             S: * 1 FETCH (BODY[]<0> {3}
             S: Sub)
             S: g OK fetched",
        )
        .await;
}

/// RFC 7162 section 3.1.3, examples 3 to 6
#[tokio::test(start_paused = true)]
async fn store_of_what_has_not_changed() {
    let mut scene = joined(&[&[], &[], &[]]).await;
    scene
        .play(
            "C2: a STORE 2 +FLAGS.SILENT (\\Answered)
             S2: a OK stored
             C: a UID STORE 1,2,3 (UNCHANGEDSINCE 4) FLAGS.SILENT (\\Deleted)
             S: * OK [HIGHESTMODSEQ 4] the highest mod-sequence
             S: * 1 FETCH (UID 1 MODSEQ (6))
             S: * 3 FETCH (UID 3 MODSEQ (7))
             S: * 2 FETCH (UID 2 FLAGS (\\Answered \\Recent) MODSEQ (5))
             S: a OK [MODIFIED 2] some of the messages have changed
             C: b STORE 1:* (UNCHANGEDSINCE 6) FLAGS (\\Seen)
             S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) MODSEQ (8))
             S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Recent) MODSEQ (9))
             S: * 3 FETCH (UID 3 FLAGS (\\Deleted \\Recent) MODSEQ (7))
             S: b OK [MODIFIED 3] some of the messages have changed
             C2: b NOOP
             S2: * 1 FETCH (FLAGS (\\Seen))
             S2: * 2 FETCH (FLAGS (\\Seen))
             S2: * 3 FETCH (FLAGS (\\Deleted))
             S2: b OK nothing done",
        )
        .await;
}

/// RFC 7162 section 3.1.12: what others have done to other flags does not stand in the way.
#[tokio::test(start_paused = true)]
async fn store_of_flags_that_nobody_else_has_changed() {
    let mut scene = joined(&[&[]]).await;
    scene
        .play(
            "C: a STATUS INBOX (HIGHESTMODSEQ)
             S: * OK [HIGHESTMODSEQ 2] the highest mod-sequence
             S: * STATUS INBOX (HIGHESTMODSEQ 2)
             S: a OK that is how it is
             C2: a STORE 1 +FLAGS.SILENT (\\Deleted)
             S2: a OK stored
             C: b STORE 1 (UNCHANGEDSINCE 2) +FLAGS.SILENT ($Processed)
             S: * 1 FETCH (UID 1 FLAGS (\\Deleted $Processed \\Recent) MODSEQ (4))
             S: b OK stored
             C2: b STORE 1 -FLAGS.SILENT ($processed)
             S2: b OK stored
             C: c STORE 1 (UNCHANGEDSINCE 4) -FLAGS.SILENT ($PROCESSED)
             S: * 1 FETCH (UID 1 FLAGS (\\Deleted \\Recent) MODSEQ (5))
             S: c OK [MODIFIED 1] some of the messages have changed",
        )
        .await;
}

/// RFC 7162 section 3.1.3, examples 7 and 8: a flag of the system always counts as set once.
#[tokio::test(start_paused = true)]
async fn store_of_what_was_never_set() {
    let mut scene = Scene::selected(&[&[]]).await;
    scene
        .play(
            "C: a STORE 1 (UNCHANGEDSINCE 0) +FLAGS.SILENT (\\Seen)
             S: * OK [HIGHESTMODSEQ 2] the highest mod-sequence
             S: * 1 FETCH (UID 1 FLAGS (\\Recent) MODSEQ (2))
             S: a OK [MODIFIED 1] some of the messages have changed
             C: b STORE 1 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($MDNSent)
             S: * 1 FETCH (UID 1 MODSEQ (3))
             S: b OK stored
             C: c STORE 1 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($mdnsent)
             S: * 1 FETCH (UID 1 FLAGS ($MDNSent \\Recent) MODSEQ (3))
             S: c OK [MODIFIED 1] some of the messages have changed",
        )
        .await;
}

/// RFC 7162 section 3.1.3, example 11
#[tokio::test(start_paused = true)]
async fn store_among_messages_that_are_gone() {
    let mut scene = joined(&[&[], &[], &[]]).await;
    scene
        .play(
            "C: a ENABLE CONDSTORE
             S: * ENABLED CONDSTORE
             S: * OK [HIGHESTMODSEQ 4] the highest mod-sequence
             S: a OK enabled what there is
             C2: a STORE 3 +FLAGS.SILENT (\\Deleted)
             S2: a OK stored
             C2: b EXPUNGE
             S2: * 3 EXPUNGE
             S2: b OK expunged
             C2: c STORE 2 FLAGS.SILENT (\\Answered)
             S2: c OK stored
             C: b STORE 1:3 (UNCHANGEDSINCE 4) FLAGS (\\Seen)
             S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) MODSEQ (8))
             S: * 2 FETCH (UID 2 FLAGS (\\Answered \\Recent) MODSEQ (7))
             S: * OK [HIGHESTMODSEQ 4] the highest mod-sequence
             S: b NO [MODIFIED 2] some of the messages are gone, others have changed
             C: c NOOP
             S: * 3 EXPUNGE
             S: * 2 RECENT
             S: * OK [HIGHESTMODSEQ 8] the highest mod-sequence
             S: c OK nothing done",
        )
        .await;
}

/// RFC 7162 section 3.1.4.2, example 14
#[tokio::test(start_paused = true)]
async fn news_tell_mod_sequences() {
    let mut scene = joined(&[&[Flag::Answered]]).await;
    scene
        .play(
            "C: a ENABLE CONDSTORE
             S: * ENABLED CONDSTORE
             S: * OK [HIGHESTMODSEQ 2] the highest mod-sequence
             S: a OK enabled what there is
             C2: a STORE 1 +FLAGS.SILENT (\\Deleted)
             S2: a OK stored
             C: b NOOP
             S: * 1 FETCH (UID 1 FLAGS (\\Answered \\Deleted \\Recent) MODSEQ (3))
             S: b OK nothing done
             C: c IDLE
             S: + idling
             C2: c STORE 1 -FLAGS.SILENT (\\Deleted)
             S2: c OK stored
             S: * 1 FETCH (UID 1 FLAGS (\\Answered \\Recent) MODSEQ (4))
             C: DONE
             S: c OK no longer idling",
        )
        .await;
    insert(&scene.store, "INBOX", &[], "x");
    scene
        .play(
            "C: d STATUS INBOX (HIGHESTMODSEQ MESSAGES)
             S: * STATUS INBOX (HIGHESTMODSEQ 5 MESSAGES 2)
             S: * 2 EXISTS
             S: * 2 RECENT
             S: d OK that is how it is",
        )
        .await;
}

/// RFC 7162 section 3.2.11
#[tokio::test(start_paused = true)]
async fn a_mailbox_that_is_left_is_told_closed() {
    let mut scene = Scene::selected(&[]).await;
    scene
        .play(
            "C: a SELECT none
             S: * OK [CLOSED] the mailbox before is closed
             S: a NO [NONEXISTENT] there is no such mailbox
             C: b SELECT none
             S: b NO [NONEXISTENT] there is no such mailbox",
        )
        .await;
}

/// RFC 7162 section 3.1.5, RFC 4731 section 3.2
#[tokio::test(start_paused = true)]
async fn search_for_what_has_changed() {
    let mut scene = Scene::selected(&[&[], &[], &[Flag::Seen]]).await;
    scene
        .play(
            "C: a STORE 1 +FLAGS.SILENT (\\Flagged)
             S: a OK stored
             C: b SEARCH MODSEQ 4
             S: * OK [HIGHESTMODSEQ 5] the highest mod-sequence
             S: * SEARCH 1 3 (MODSEQ 5)
             S: b OK searched
             C: c SEARCH MODSEQ \"/flags/\\\\Draft\" all 4 SEEN
             S: * SEARCH 3 (MODSEQ 4)
             S: c OK searched
             C: d UID SEARCH OR MODSEQ 6 MODSEQ 7
             S: * SEARCH
             S: d OK searched
             C: e SEARCH RETURN (COUNT MAX) MODSEQ 0
             S: * ESEARCH (TAG \"e\") COUNT 3 MAX 3 MODSEQ 5
             S: e OK searched
             C: f SEARCH RETURN (MIN) 2:3 MODSEQ 1
             S: * ESEARCH (TAG \"f\") MIN 2 MODSEQ 3
             S: f OK searched
             C: g SEARCH RETURN (MAX MIN) 2:3 MODSEQ 1
             S: * ESEARCH (TAG \"g\") MAX 3 MIN 2 MODSEQ 4
             S: g OK searched
             C: h SEARCH RETURN (COUNT) MODSEQ 6
             S: * ESEARCH (TAG \"h\") COUNT 0
             S: h OK searched",
        )
        .await;
}

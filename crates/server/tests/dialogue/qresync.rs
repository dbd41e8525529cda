//! QRESYNC (RFC 7162 section 3.2).

use tayori_proto::types::Flag;

use crate::common::{Scene, insert};

/// The first client has enabled QRESYNC, the second has not; both have selected the `INBOX`.
async fn scene(mails: &[&[Flag]]) -> Scene {
    let mut scene = Scene::new();
    scene.mails(mails);
    scene.log_in().await;
    scene.log_in().await;
    scene
        .play(
            "C: a ENABLE QRESYNC CONDSTORE
             S: * ENABLED QRESYNC CONDSTORE
             S: a OK enabled what there is",
        )
        .await;
    scene.select(1, "INBOX").await;
    scene.select(2, "INBOX").await;
    scene
}

/// What the first client is told by a `SELECT` behind the description of the mailbox.
async fn check_select(scene: &mut Scene, parameter: &str, expected: &str) {
    let heard = scene.clients[0].ask(&format!("s SELECT INBOX ({parameter})")).await;
    let (_, told) = heard.split_once("flags that are kept\r\n").unwrap_or_else(|| panic!("{heard}"));
    let expected: String = expected.lines().map(|line| format!("{}\r\n", line.trim_start())).collect();
    assert_eq!(told, format!("{expected}s OK [READ-WRITE] opened\r\n"), "{parameter}");
}

#[tokio::test(start_paused = true)]
async fn vanished_takes_the_place_of_expunge() {
    let deleted: &[Flag] = &[Flag::Deleted];
    let mut scene = scene(&[&[], deleted, deleted, &[], deleted]).await;
    scene
        .play(
            "C2: a UID EXPUNGE 2
             S2: * 2 EXPUNGE
             S2: a OK expunged
             C: a FETCH 3 UID
             S: * 3 FETCH (UID 3)
             S: * OK [HIGHESTMODSEQ 6] the highest mod-sequence
             S: a OK fetched
             C: b EXPUNGE
             S: * VANISHED 2:3,5
             S: * 2 RECENT
             S: * OK [HIGHESTMODSEQ 9] the highest mod-sequence
             S: b OK [HIGHESTMODSEQ 9] expunged
             C: c EXPUNGE
             S: c OK expunged
             C: d STORE 2 +FLAGS.SILENT (\\Deleted)
             S: * 2 FETCH (UID 4 MODSEQ (10))
             S: d OK stored
             C: e UID EXPUNGE 1:9
             S: * VANISHED 4
             S: * 1 RECENT
             S: e OK [HIGHESTMODSEQ 11] expunged
             C: f IDLE
             S: + idling
             C2: e NOOP
             S2: * 2 EXPUNGE
             S2: * 2 EXPUNGE
             S2: * 2 EXPUNGE
             S2: e OK nothing done
             C2: f STORE 1 +FLAGS.SILENT (\\Deleted)
             S2: f OK stored
             S: * 1 FETCH (UID 1 FLAGS (\\Deleted \\Recent) MODSEQ (12))
             C2: g EXPUNGE
             S2: * 1 EXPUNGE
             S2: g OK expunged
             S: * VANISHED 1
             S: * 0 RECENT
             C: DONE
             S: f OK no longer idling",
        )
        .await;
}

/// RFC 7162 section 3.2.8: a CLOSE must not tell the mod-sequence, since it tells nothing of what has gone.
#[tokio::test(start_paused = true)]
async fn close_tells_no_mod_sequence() {
    let mut scene = scene(&[&[Flag::Deleted], &[]]).await;
    scene.play("C: a CLOSE\nS: a OK closed").await;
    check_select(&mut scene, "QRESYNC (7 3)", "* VANISHED (EARLIER) 1").await;
}

/// RFC 6851 section 4.4
#[tokio::test(start_paused = true)]
async fn move_tells_the_mod_sequence() {
    let mut scene = scene(&[&[], &[]]).await;
    scene
        .play(
            "C: a CREATE other
             S: a OK [MAILBOXID (F2)] created
             C: b MOVE 1 other
             S: * OK [COPYUID 8 1 1] moved
             S: * VANISHED 1
             S: * 1 RECENT
             S: b OK [HIGHESTMODSEQ 4] moved
             C: c UID MOVE 77 other
             S: c OK moved",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn select_tells_what_was_missed() {
    let deleted: &[Flag] = &[Flag::Deleted];
    let mut scene = scene(&[&[], deleted, &[], deleted, &[], &[]]).await;
    scene
        .play(
            "C: a UNSELECT
             S: a OK closed, nothing expunged
             C2: a EXPUNGE
             S2: * 2 EXPUNGE
             S2: * 3 EXPUNGE
             S2: a OK expunged
             C2: b UID STORE 3,6 +FLAGS.SILENT (\\Seen)
             S2: b OK stored",
        )
        .await;
    insert(&scene.store, "INBOX", &[], "x");
    let (three, six) =
        ("* 2 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (10))", "* 4 FETCH (UID 6 FLAGS (\\Seen) MODSEQ (11))");
    let seven = "* 5 FETCH (UID 7 FLAGS (\\Recent) MODSEQ (12))";
    let everything = format!("* VANISHED (EARLIER) 2,4\n{three}\n{six}\n{seven}");
    check_select(&mut scene, "QRESYNC (7 7)", &everything).await;
    let seven = seven.replace("\\Recent", "");
    let six_and_seven = format!("{six}\n{seven}");
    for (parameter, expected) in [
        // Another life of the mailbox.
        ("QRESYNC (8 7)", ""),
        ("CONDSTORE", ""),
        ("QRESYNC (7 12)", ""),
        ("QRESYNC (7 4611686018427387904)", ""),
        ("QRESYNC (7 9)", &*format!("{three}\n{six_and_seven}")),
        ("QRESYNC (7 8)", &format!("* VANISHED (EARLIER) 4\n{three}\n{six_and_seven}")),
        ("QRESYNC (7 7 3:4)", &format!("* VANISHED (EARLIER) 4\n{three}")),
        ("CONDSTORE QRESYNC (7 10 1:4294967295)", &six_and_seven),
        // The first message is the one that the client believes to have that number, the second is not.
        ("QRESYNC (7 9 1:2 (1:2 1:2))", ""),
        ("QRESYNC (7 1 2:4 (1 1))", &format!("* VANISHED (EARLIER) 2,4\n{three}")),
        ("QRESYNC (7 1 2:4 (1:2 1,3))", &format!("* VANISHED (EARLIER) 4\n{three}")),
        ("QRESYNC (7 1 2:4 (1,3:4 1,5:6))", three),
        // No walk through all the numbers there can be.
        ("QRESYNC (7 1 2:4 (1:4294967295 1:4294967295))", &format!("* VANISHED (EARLIER) 2,4\n{three}")),
    ] {
        check_select(&mut scene, parameter, expected).await;
    }
}

/// RFC 7162 section 3.2: a client that was not told what has gone must not go by the mod-sequences of later rows.
#[tokio::test(start_paused = true)]
async fn what_is_kept_back_is_not_passed_by_rows() {
    let mut scene = scene(&[&[Flag::Deleted], &[], &[]]).await;
    scene
        .play(
            "C: a NOTIFY NONE
             S: a OK nothing will be told
             C2: a EXPUNGE
             S2: * 1 EXPUNGE
             S2: a OK expunged
             C2: b STORE 2 +FLAGS.SILENT (\\Seen)
             S2: b OK stored
             C: b NOOP
             S: * OK [HIGHESTMODSEQ 4] the highest mod-sequence
             S: b OK nothing done
             C: c UID FETCH 3 (MODSEQ)
             S: * 3 FETCH (UID 3 MODSEQ (6))
             S: * OK [HIGHESTMODSEQ 4] the highest mod-sequence
             S: c OK fetched
             C: d STORE 3 +FLAGS (\\Flagged)
             S: * 3 FETCH (UID 3 FLAGS (\\Flagged \\Seen \\Recent) MODSEQ (7))
             S: * OK [HIGHESTMODSEQ 4] the highest mod-sequence
             S: d OK stored
             C: e NOTIFY SET (SELECTED (MessageNew MessageExpunge))
             S: * VANISHED 1
             S: * 2 RECENT
             S: * OK [HIGHESTMODSEQ 7] the highest mod-sequence
             S: e OK news will be told
             C: f FETCH 2 (MODSEQ)
             S: * 2 FETCH (MODSEQ (7))
             S: f OK fetched",
        )
        .await;
}

/// RFC 7162 section 3.2.6
#[tokio::test(start_paused = true)]
async fn fetch_tells_what_vanished() {
    let deleted: &[Flag] = &[Flag::Deleted];
    let mut scene = scene(&[&[], deleted, &[], deleted]).await;
    scene
        .play(
            "C2: a UID EXPUNGE 4
             S2: * 4 EXPUNGE
             S2: a OK expunged
             C: a NOOP
             S: * VANISHED 4
             S: * 3 RECENT
             S: a OK nothing done
             C2: b UID EXPUNGE 2
             S2: * 2 EXPUNGE
             S2: b OK expunged
             C: b UID FETCH 1:* (FLAGS) (CHANGEDSINCE 3 VANISHED)
             S: * VANISHED (EARLIER) 4
             S: * 3 FETCH (UID 3 FLAGS (\\Recent) MODSEQ (4))
             S: * VANISHED 2
             S: * 2 RECENT
             S: b OK fetched
             C: c UID FETCH 1:* (FLAGS) (CHANGEDSINCE 4 VANISHED)
             S: * VANISHED (EARLIER) 2,4
             S: c OK fetched
             C: d UID FETCH 1:3 (FLAGS) (CHANGEDSINCE 6 VANISHED)
             S: * VANISHED (EARLIER) 2
             S: d OK fetched
             C: e UID FETCH 1:* (FLAGS) (CHANGEDSINCE 7 VANISHED)
             S: e OK fetched",
        )
        .await;
}

/// RFC 7162 section 3.2.10.2: searches by number hold what has vanished back, those by UID too.
#[tokio::test(start_paused = true)]
async fn searches_that_name_numbers_renumber_nothing() {
    let mut scene = scene(&[&[Flag::Deleted], &[]]).await;
    scene
        .play(
            "C2: a EXPUNGE
             S2: * 1 EXPUNGE
             S2: a OK expunged
             C: a UID SEARCH 2
             S: * SEARCH 2
             S: * OK [HIGHESTMODSEQ 3] the highest mod-sequence
             S: a OK searched
             C: b UID SEARCH ALL
             S: * SEARCH 2
             S: * VANISHED 1
             S: * 1 RECENT
             S: * OK [HIGHESTMODSEQ 4] the highest mod-sequence
             S: b OK searched",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn nothing_of_it_before_it_is_enabled() {
    let mut scene = Scene::selected(&[&[Flag::Deleted]]).await;
    scene
        .play(
            "C: a SELECT INBOX (QRESYNC (7 1))
             S: a BAD QRESYNC is not enabled
             C: b UID FETCH 1:* UID (CHANGEDSINCE 1 VANISHED)
             S: b BAD QRESYNC is not enabled
             C: c EXPUNGE
             S: * 1 EXPUNGE
             S: * 0 RECENT
             S: c OK expunged
             C: d ENABLE QRESYNC
             S: * ENABLED QRESYNC
             S: * OK [HIGHESTMODSEQ 3] the highest mod-sequence
             S: d OK enabled what there is",
        )
        .await;
}

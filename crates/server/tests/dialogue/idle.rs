//! IDLE (RFC 9051 section 6.3.13).

use tayori_proto::types::Flag;

use crate::common::{Scene, insert};

#[tokio::test(start_paused = true)]
async fn news_of_another_session_come_at_once() {
    let mut scene = Scene::selected(&[&[], &[]]).await;
    scene.log_in().await;
    scene.select(2, "INBOX").await;
    scene
        .play(
            "C: a IDLE
             S: + idling
             C2: a STORE 1 +FLAGS (\\Deleted)
             S2: * 1 FETCH (FLAGS (\\Deleted))
             S2: a OK stored
             S: * 1 FETCH (FLAGS (\\Deleted \\Recent))
             C2: b EXPUNGE
             S2: * 1 EXPUNGE
             S2: b OK expunged
             S: * 1 EXPUNGE
             S: * 1 RECENT
             C2: c APPEND INBOX {2+}
             C2: hi
             S2: * 2 EXISTS
             S2: * 1 RECENT
             S2: c OK [APPENDUID 7 3] appended
             S: * 2 EXISTS
             C: DONE
             S: a OK no longer idling
             C: b FETCH 1:* UID
             S: * 1 FETCH (UID 2)
             S: * 2 FETCH (UID 3)
             S: b OK fetched",
        )
        .await;
}

/// What was held back comes when the client begins to wait.
#[tokio::test(start_paused = true)]
async fn what_happened_before_is_told_first() {
    let mut scene = Scene::selected(&[&[]]).await;
    insert(&scene.store, "INBOX", &[Flag::Seen], "x");
    scene
        .play(
            "C: a IDLE
             S: + idling
             S: * 2 EXISTS
             S: * 2 RECENT
             C: done
             S: a OK no longer idling",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn done_and_the_next_command_may_come_together() {
    let mut scene = Scene::selected(&[]).await;
    scene
        .play(
            "C: a IDLE
             C: DONE
             C: b NOOP
             S: + idling
             S: a OK no longer idling
             S: b OK nothing done",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn anything_else_than_done_ends_it_as_an_error() {
    let mut scene = Scene::selected(&[]).await;
    scene
        .play(
            "C: a IDLE
             S: + idling
             C: b NOOP
             S: a BAD expected DONE
             C: c NOOP
             S: c OK nothing done
             C: d IDLE
             S: + idling
             C: {3}
             S: * BYE expected DONE
             S: (closed)",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn nobody_idles_for_ever() {
    let mut scene = Scene::selected(&[]).await;
    scene
        .play(
            "C: a IDLE
             S: + idling
             W: 1740s
             C: DONE
             S: a OK no longer idling
             C: b IDLE
             S: + idling
             W: 1860s
             S: * BYE too long without a command
             S: (closed)",
        )
        .await;
}

//! OBJECTID (RFC 8474).

use crate::common::{Scene, insert};

/// RFC 8474 section 4
#[tokio::test(start_paused = true)]
async fn a_mailbox_keeps_its_identity() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a CREATE a
             S: a OK [MAILBOXID (F2)] created
             C: b RENAME a b
             S: b OK renamed
             C: c STATUS b (MAILBOXID)
             S: * STATUS b (MAILBOXID (F2))
             S: c OK that is how it is
             C: d DELETE b
             S: d OK deleted
             C: e CREATE b/
             S: e OK [MAILBOXID (F3)] created
             C: f STATUS b (MAILBOXID UIDVALIDITY)
             S: * STATUS b (MAILBOXID (F3) UIDVALIDITY 9)
             S: f OK that is how it is",
        )
        .await;
}

/// RFC 8474 sections 5.1 and 5.2: copied and moved, a message has the identity that it had.
#[tokio::test(start_paused = true)]
async fn a_message_keeps_its_identity() {
    let mut scene = Scene::selected(&[&[], &[]]).await;
    scene
        .play(
            "C: a CREATE a
             S: a OK [MAILBOXID (F2)] created
             C: b FETCH 1:2 (EMAILID THREADID)
             S: * 1 FETCH (EMAILID (M1) THREADID NIL)
             S: * 2 FETCH (EMAILID (M2) THREADID NIL)
             S: b OK fetched
             C: c COPY 2 a
             S: c OK [COPYUID 8 2 1] copied
             C: d MOVE 1 a
             S: * OK [COPYUID 8 1 2] moved
             S: * 1 EXPUNGE
             S: * 1 RECENT
             S: d OK moved",
        )
        .await;
    insert(&scene.store, "a", &[], "Subject: mail 1\r\n\r\nHello!\r\n");
    scene.select(1, "a").await;
    scene
        .play(
            "C: a FETCH 1:* EMAILID
             S: * 1 FETCH (EMAILID (M2))
             S: * 2 FETCH (EMAILID (M1))
             S: * 3 FETCH (EMAILID (M3))
             S: a OK fetched
             C: b SEARCH EMAILID M1
             S: * SEARCH 2
             S: b OK searched
             C: c SEARCH NOT EMAILID M1
             S: * SEARCH 1 3
             S: c OK searched
             C: d SEARCH THREADID M1
             S: * SEARCH
             S: d OK searched",
        )
        .await;
}

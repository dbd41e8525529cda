//! COPY and MOVE (RFC 4315, RFC 6851).

use tayori_proto::types::Flag;

use crate::common::Scene;

async fn scene() -> Scene {
    let mut scene = Scene::selected(&[&[Flag::Seen], &[], &[Flag::Flagged]]).await;
    scene.play("C: x CREATE to\nS: x OK [MAILBOXID (F2)] created").await;
    scene
}

#[tokio::test(start_paused = true)]
async fn copy_keeps_flags_and_dates() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a COPY 2:3 to
             S: a OK [COPYUID 8 2:3 1:2] copied
             C: b UID COPY 1,3,99 to
             S: b OK [COPYUID 8 1,3 3:4] copied
             C: c UID COPY 99 to
             S: c OK copied
             C: d STATUS to (MESSAGES RECENT)
             S: * STATUS to (MESSAGES 4 RECENT 4)
             S: d OK that is how it is
             C: e FETCH 3 INTERNALDATE
             S: * 3 FETCH (INTERNALDATE \"17-Jul-1996 09:44:25 +0000\")
             S: e OK fetched",
        )
        .await;
    scene.select(1, "to").await;
    scene
        .play(
            "C: a FETCH 1:* (UID FLAGS INTERNALDATE)
             S: * 1 FETCH (UID 1 FLAGS (\\Recent) INTERNALDATE \"17-Jul-1996 09:44:25 +0000\")
             S: * 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent) INTERNALDATE \"17-Jul-1996 09:44:25 +0000\")
             S: * 3 FETCH (UID 3 FLAGS (\\Seen \\Recent) INTERNALDATE \"17-Jul-1996 09:44:25 +0000\")
             S: * 4 FETCH (UID 4 FLAGS (\\Flagged \\Recent) INTERNALDATE \"17-Jul-1996 09:44:25 +0000\")
             S: a OK fetched",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn copy_into_the_selected_mailbox_itself() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a COPY 1 INBOX
             S: * 4 EXISTS
             S: * 4 RECENT
             S: a OK [COPYUID 7 1 4] copied",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_copied_or_moved() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a COPY 1 none
             S: a NO [TRYCREATE] there is no such mailbox
             C: b MOVE 1 none
             S: b NO [TRYCREATE] there is no such mailbox
             C: c COPY 4 to
             S: c BAD there are not so many messages
             C: d MOVE 2:4 to
             S: d BAD there are not so many messages
             C: e STATUS to (MESSAGES)
             S: * STATUS to (MESSAGES 0)
             S: e OK that is how it is",
        )
        .await;
}

/// The copies are named before the originals are told as gone (RFC 6851 section 3.3).
#[tokio::test(start_paused = true)]
async fn moved_messages_are_gone_here_and_whole_there() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a MOVE 1:2 to
             S: * OK [COPYUID 8 1:2 1:2] moved
             S: * 1 EXPUNGE
             S: * 1 EXPUNGE
             S: * 1 RECENT
             S: a OK moved
             C: b UID MOVE 1:3 to
             S: * OK [COPYUID 8 3 3] moved
             S: * 1 EXPUNGE
             S: * 0 RECENT
             S: b OK moved
             C: c UID MOVE 1 to
             S: c OK moved
             C: d STATUS to (MESSAGES UNSEEN)
             S: * STATUS to (MESSAGES 3 UNSEEN 2)
             S: d OK that is how it is
             C: e STATUS INBOX (MESSAGES)
             S: * STATUS INBOX (MESSAGES 0)
             S: e OK that is how it is
             C: f FETCH * FLAGS
             S: f BAD there are not so many messages
             C: g UID FETCH 1:* FLAGS
             S: g OK fetched",
        )
        .await;
}

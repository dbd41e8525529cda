//! STORE and EXPUNGE.

use tayori_proto::types::Flag;

use crate::common::Scene;

#[tokio::test(start_paused = true)]
async fn store_in_every_form() {
    let mut scene = Scene::selected(&[&[], &[Flag::Seen], &[]]).await;
    scene
        .play(
            "C: a STORE 1:2 +FLAGS (\\Flagged)
             S: * 1 FETCH (FLAGS (\\Flagged \\Recent))
             S: * 2 FETCH (FLAGS (\\Flagged \\Seen \\Recent))
             S: a OK stored
             C: b STORE 2 -FLAGS (\\Seen \\Draft)
             S: * 2 FETCH (FLAGS (\\Flagged \\Recent))
             S: b OK stored
             C: c STORE * FLAGS (\\Answered $Work)
             S: * 3 FETCH (FLAGS (\\Answered $Work \\Recent))
             S: c OK stored
             C: d STORE 3 FLAGS ()
             S: * 3 FETCH (FLAGS (\\Recent))
             S: d OK stored
             C: e STORE 3 +FLAGS \\Seen \\Draft
             S: * 3 FETCH (FLAGS (\\Seen \\Draft \\Recent))
             S: e OK stored
             C: f STORE 1,3 +FLAGS.SILENT (\\Deleted)
             S: f OK stored
             C: g FETCH 1:* FLAGS
             S: * 1 FETCH (FLAGS (\\Flagged \\Deleted \\Recent))
             S: * 2 FETCH (FLAGS (\\Flagged \\Recent))
             S: * 3 FETCH (FLAGS (\\Deleted \\Seen \\Draft \\Recent))
             S: g OK fetched
             C: h UID STORE 2:9 FLAGS.SILENT (\\Seen)
             S: h OK stored
             C: i UID STORE 3 -FLAGS (\\Seen)
             S: * 3 FETCH (UID 3 FLAGS (\\Recent))
             S: i OK stored
             C: j UID STORE 77 +FLAGS (\\Seen)
             S: j OK stored",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn store_refuses() {
    let mut scene = Scene::selected(&[&[]]).await;
    for (command, refusal) in [
        ("STORE 1 +FLAGS (\\Recent)", "\\Recent cannot be changed"),
        ("STORE 1 FLAGS (\\Seen \\Recent)", "\\Recent cannot be changed"),
        ("STORE 2 +FLAGS (\\Seen)", "there are not so many messages"),
        ("STORE 1:2 +FLAGS (\\Seen)", "there are not so many messages"),
    ] {
        scene.play(&format!("C: a {command}\nS: a BAD {refusal}")).await;
    }
    for command in
        ["STORE 0 FLAGS ()", "STORE 1 FLAG ()", "STORE 1 +FLAGS (\\*)", "STORE 1 FLAGS", "STORE x FLAGS ()"]
    {
        let heard = scene.clients[0].ask(&format!("a {command}")).await;
        assert!(heard.starts_with("a BAD "), "{command}: {heard}");
    }
    scene.play("C: a FETCH 1 FLAGS\nS: * 1 FETCH (FLAGS (\\Recent))\nS: a OK fetched").await;
}

#[tokio::test(start_paused = true)]
async fn expunge_tells_numbers_as_they_are_at_that_moment() {
    let deleted: &[Flag] = &[Flag::Deleted];
    let mut scene = Scene::selected(&[&[], deleted, deleted, &[], deleted]).await;
    scene
        .play(
            "C: a EXPUNGE
             S: * 2 EXPUNGE
             S: * 2 EXPUNGE
             S: * 3 EXPUNGE
             S: * 2 RECENT
             S: a OK expunged
             C: b FETCH 1:* UID
             S: * 1 FETCH (UID 1)
             S: * 2 FETCH (UID 4)
             S: b OK fetched
             C: c EXPUNGE
             S: c OK expunged",
        )
        .await;
}

/// RFC 4315 section 2.1: only what is named and deleted goes.
#[tokio::test(start_paused = true)]
async fn uid_expunge() {
    let deleted: &[Flag] = &[Flag::Deleted];
    let mut scene = Scene::selected(&[deleted, &[], deleted]).await;
    scene
        .play(
            "C: a UID EXPUNGE 2:3,900:*
             S: * 3 EXPUNGE
             S: * 2 RECENT
             S: a OK expunged
             C: b UID EXPUNGE 77
             S: b OK expunged
             C: c UID FETCH 1:* FLAGS
             S: * 1 FETCH (UID 1 FLAGS (\\Deleted \\Recent))
             S: * 2 FETCH (UID 2 FLAGS (\\Recent))
             S: c OK fetched",
        )
        .await;
}

//! INPROGRESS (RFC 9585).

use std::num::NonZeroU32;

use tayori_proto::types::Flag;
use tayori_server::Options;

use crate::common::Scene;

/// A client that is told its progress after each two of seven messages.
async fn scene() -> Scene {
    let mut options = Options::default();
    options.limits.progress_messages = NonZeroU32::new(2).unwrap();
    let mut scene = Scene::with(options);
    scene.mails(&[&[] as &[Flag]; 7]);
    scene.log_in().await;
    scene.select(1, "INBOX").await;
    scene
}

#[tokio::test(start_paused = true)]
async fn searches_tell_how_far_they_are() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a1 SEARCH SUBJECT \"mail 3\"
             S: * OK [INPROGRESS (\"a1\" 2 7)] still at it
             S: * OK [INPROGRESS (\"a1\" 4 7)] still at it
             S: * OK [INPROGRESS (\"a1\" 6 7)] still at it
             S: * SEARCH 3
             S: a1 OK searched
             C: a2 UID SEARCH RETURN (COUNT) UID 1:4 BODY Hello
             S: * OK [INPROGRESS (\"a2\" 2 7)] still at it
             S: * OK [INPROGRESS (\"a2\" 4 7)] still at it
             S: * ESEARCH (TAG \"a2\") UID COUNT 4
             S: a2 OK searched
             C: a3 SEARCH 6:7
             S: * SEARCH 6 7
             S: a3 OK searched
             C: a4 SEARCH UID 100
             S: * SEARCH
             S: a4 OK searched",
        )
        .await;
}

/// RFC 9585: what is done next counts for itself.
#[tokio::test(start_paused = true)]
async fn what_is_put_in_order_is_searched_first() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a SORT (REVERSE SUBJECT) UTF-8 1:3
             S: * OK [INPROGRESS (\"a\" 2 7)] still at it
             S: * OK [INPROGRESS (\"a\" 2 3)] still at it
             S: * SORT 3 2 1
             S: a OK sorted
             C: b THREAD ORDEREDSUBJECT UTF-8 1:3
             S: * OK [INPROGRESS (\"b\" 2 7)] still at it
             S: * OK [INPROGRESS (\"b\" 2 3)] still at it
             S: * THREAD (1)(2)(3)
             S: b OK threaded",
        )
        .await;
}

/// RFC 9585: NIL for a tag that would end the code.
#[tokio::test(start_paused = true)]
async fn a_tag_that_cannot_stand_in_a_code_is_left_out() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a]b SEARCH 1:3
             S: * OK [INPROGRESS (NIL 2 7)] still at it
             S: * SEARCH 1 2 3
             S: a]b OK searched",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_while_the_command_goes_on() {
    let mut scene = scene().await;
    let client = &mut scene.clients[0];
    client.say("a SEARCH BODY Hello\r\n").await;
    assert_eq!(client.hear_some().await, "* OK [INPROGRESS (\"a\" 2 7)] still at it\r\n");
}

/// Numbers and flags are looked at without a wait, which may not keep other clients waiting.
#[tokio::test(start_paused = true)]
async fn a_search_through_many_messages_gives_others_their_turn() {
    for (limit, key) in [(None, "SEEN"), (None, "UID 1,3,5"), (NonZeroU32::new(2), "UID 1,3,5")] {
        let mut options = Options::default();
        options.limits.command_messages = limit;
        let mut scene = Scene::with(options);
        scene.mails(&[&[] as &[Flag]; 2000]);
        scene.log_in().await;
        scene.log_in().await;
        scene.select(1, "INBOX").await;
        let [searching, other] = &mut scene.clients[..] else { panic!("there are two") };
        searching.say(format!("a SEARCH {key}\r\n")).await;
        other.say("a NOOP\r\n").await;
        assert_eq!(other.hear_some().await, "a OK nothing done\r\n");
        let answer = tokio::select! {
            biased;
            heard = searching.hear_some() => heard,
            () = std::future::ready(()) => String::new(),
        };
        assert_eq!(answer, "", "{limit:?} {key}");
        let answer = searching.hear().await;
        assert!(answer.contains("a OK "), "{answer}");
    }
}

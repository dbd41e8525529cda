//! UIDONLY (RFC 9586).

use tayori_proto::types::Flag;

use crate::common::{Scene, insert};

async fn scene(mails: &[&[Flag]]) -> Scene {
    let mut scene = Scene::new();
    scene.mails(mails);
    scene.log_in().await;
    scene.play("C: a ENABLE UIDONLY\nS: * ENABLED UIDONLY\nS: a OK enabled what there is").await;
    scene
}

#[tokio::test(start_paused = true)]
async fn messages_are_named_by_uid() {
    let mut scene = scene(&[&[Flag::Deleted], &[], &[]]).await;
    scene
        .play(
            "C: a SELECT INBOX
             S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
             S: * 3 EXISTS
             S: * 3 RECENT
             S: * OK [UIDVALIDITY 7] UIDs are valid
             S: * OK [UIDNEXT 4] the next UID
             S: * OK [HIGHESTMODSEQ 4] the highest mod-sequence
             S: * OK [MAILBOXID (F1)] what identifies the mailbox
             S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] flags that are kept
             S: a OK [READ-WRITE] opened
             C: b EXPUNGE
             S: * VANISHED 1
             S: * 2 RECENT
             S: b OK expunged
             C: c UID FETCH 1:* FLAGS
             S: * 2 UIDFETCH (FLAGS (\\Recent))
             S: * 3 UIDFETCH (FLAGS (\\Recent))
             S: c OK fetched
             C: d UID FETCH 3 (UID BODY[]<0.3>)
             S: * 3 UIDFETCH (UID 3 BODY[]<0> {3}
             S: Sub FLAGS (\\Seen \\Recent))
             S: d OK fetched
             C: e UID STORE 2 +FLAGS (\\Flagged)
             S: * 2 UIDFETCH (FLAGS (\\Flagged \\Recent))
             S: e OK stored
             C: f UID SEARCH FLAGGED
             S: * SEARCH 2
             S: f OK searched
             C: g UID SEARCH RETURN (ALL) UID 1:*
             S: * ESEARCH (TAG \"g\") UID ALL 2:3
             S: g OK searched
             C: h UID COPY 2 INBOX
             S: * 3 EXISTS
             S: * 3 RECENT
             S: h OK [COPYUID 7 2 4] copied",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn numbers_are_refused() {
    let mut scene = scene(&[&[], &[]]).await;
    scene.select(1, "INBOX").await;
    for command in [
        "FETCH 1 FLAGS",
        "FETCH * FLAGS",
        "FETCH $ FLAGS",
        "STORE 1 +FLAGS (\\Seen)",
        "STORE 1:* (UNCHANGEDSINCE 1) +FLAGS (\\Seen)",
        "COPY 1 INBOX",
        "MOVE 1 INBOX",
        "SEARCH ALL",
        "SEARCH RETURN (COUNT) ALL",
        "UID SEARCH 1",
        "UID SEARCH NOT (SEEN 1:*)",
    ] {
        let heard = scene.clients[0].ask(&format!("a {command}")).await;
        assert_eq!(heard, "a BAD [UIDREQUIRED] messages have no numbers, name them by UID\r\n", "{command}");
    }
}

#[tokio::test(start_paused = true)]
async fn news_are_told_by_uid() {
    let mut scene = scene(&[&[], &[]]).await;
    scene.select(1, "INBOX").await;
    scene.log_in().await;
    scene.select(2, "INBOX").await;
    insert(&scene.store, "INBOX", &[], "x");
    scene
        .play(
            "C2: a STORE 1 +FLAGS.SILENT (\\Deleted)
             S2: * 3 EXISTS
             S2: * 1 RECENT
             S2: a OK stored
             C: a NOOP
             S: * 3 EXISTS
             S: * 1 UIDFETCH (FLAGS (\\Deleted \\Recent))
             S: a OK nothing done
             C2: b EXPUNGE
             S2: * 1 EXPUNGE
             S2: b OK expunged
             C: b NOOP
             S: * VANISHED 1
             S: * 1 RECENT
             S: b OK nothing done",
        )
        .await;
}

/// With QRESYNC, all but what the client knows of numbers.
#[tokio::test(start_paused = true)]
async fn together_with_qresync() {
    let mut scene = scene(&[&[], &[]]).await;
    scene
        .play(
            "C: a ENABLE QRESYNC
             S: * ENABLED QRESYNC
             S: a OK enabled what there is
             C: b SELECT INBOX (QRESYNC (7 1 1:2 (1 1)))
             S: b BAD [UIDREQUIRED] messages have no numbers, name them by UID
             C: c EXAMINE INBOX (QRESYNC (7 2))
             S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
             S: * 2 EXISTS
             S: * 2 RECENT
             S: * OK [UIDVALIDITY 7] UIDs are valid
             S: * OK [UIDNEXT 3] the next UID
             S: * OK [HIGHESTMODSEQ 3] the highest mod-sequence
             S: * OK [MAILBOXID (F1)] what identifies the mailbox
             S: * OK [PERMANENTFLAGS ()] flags that are kept
             S: * 2 UIDFETCH (FLAGS (\\Recent) MODSEQ (3))
             S: c OK [READ-ONLY] opened, to look at only",
        )
        .await;
}

/// The same for what is sorted, threaded and replaced, also where a message is on its way already.
#[tokio::test(start_paused = true)]
async fn numbers_are_refused_wherever_they_stand() {
    let mut scene = scene(&[&[], &[]]).await;
    scene.select(1, "INBOX").await;
    for command in [
        "SORT (ARRIVAL) UTF-8 ALL",
        "THREAD REFERENCES UTF-8 ALL",
        "UID SORT (ARRIVAL) UTF-8 1",
        "REPLACE 1 INBOX {1+}\r\nx",
        "REPLACE 1 INBOX {30000}",
    ] {
        let heard = scene.clients[0].ask(&format!("a {command}")).await;
        assert_eq!(heard, "a BAD [UIDREQUIRED] messages have no numbers, name them by UID\r\n", "{command}");
    }
    scene
        .play(
            "C: b UID SORT (REVERSE ARRIVAL SIZE) UTF-8 MODSEQ 1
             S: * SORT 1 2 (MODSEQ 3)
             S: b OK sorted
             C: c UID REPLACE 1 INBOX {1+}
             C: x
             S: * OK [APPENDUID 7 3] the new message is there
             S: * VANISHED 1
             S: * 2 EXISTS
             S: c OK replaced",
        )
        .await;
}

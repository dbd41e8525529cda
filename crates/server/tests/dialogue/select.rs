//! SELECT, EXAMINE, CLOSE, UNSELECT, CHECK.

use tayori_proto::types::Flag;

use crate::common::{Scene, insert};

#[tokio::test(start_paused = true)]
async fn select_tells_what_there_is() {
    let mut scene = Scene::new();
    scene.mails(&[&[Flag::Seen], &[Flag::Flagged], &[]]);
    scene.log_in().await;
    scene
        .play(
            "C: a SELECT Inbox
             S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
             S: * 3 EXISTS
             S: * 3 RECENT
             S: * OK [UNSEEN 2] the first unseen one
             S: * OK [UIDVALIDITY 7] UIDs are valid
             S: * OK [UIDNEXT 4] the next UID
             S: * OK [HIGHESTMODSEQ 4] the highest mod-sequence
             S: * OK [MAILBOXID (F1)] what identifies the mailbox
             S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] flags that are kept
             S: a OK [READ-WRITE] opened",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn keywords_in_use_are_told() {
    let mut scene = Scene::new();
    let keyword = |text: &'static str| Flag::new(text).unwrap();
    scene.mails(&[&[Flag::Seen, keyword("$Junk")], &[Flag::Seen, keyword("work")]]);
    scene.log_in().await;
    scene
        .play(
            "C: a EXAMINE INBOX
             S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk work)
             S: * 2 EXISTS
             S: * 2 RECENT
             S: * OK [UIDVALIDITY 7] UIDs are valid
             S: * OK [UIDNEXT 3] the next UID
             S: * OK [HIGHESTMODSEQ 3] the highest mod-sequence
             S: * OK [MAILBOXID (F1)] what identifies the mailbox
             S: * OK [PERMANENTFLAGS ()] flags that are kept
             S: a OK [READ-ONLY] opened, to look at only",
        )
        .await;
}

/// RFC 9051 section 6.3.2: the mailbox that was selected is closed before the new one is tried.
#[tokio::test(start_paused = true)]
async fn a_select_that_fails_leaves_none_selected() {
    let mut scene = Scene::selected(&[&[]]).await;
    scene
        .play(
            "C: a SELECT none
             S: * OK [CLOSED] the mailbox before is closed
             S: a NO [NONEXISTENT] there is no such mailbox
             C: b FETCH 1 FLAGS
             S: b BAD no mailbox is selected",
        )
        .await;
}

/// RFC 3501 section 2.3.2: the first session that is told of a message, and may change it, has it as recent.
#[tokio::test(start_paused = true)]
async fn recent_is_for_the_first_session() {
    let mut scene = Scene::new();
    scene.mails(&[&[Flag::Seen]]);
    scene.log_in().await;
    scene.log_in().await;
    scene
        .play(
            "C: a EXAMINE INBOX
             S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
             S: * 1 EXISTS
             S: * 1 RECENT
             S: * OK [UIDVALIDITY 7] UIDs are valid
             S: * OK [UIDNEXT 2] the next UID
             S: * OK [HIGHESTMODSEQ 2] the highest mod-sequence
             S: * OK [MAILBOXID (F1)] what identifies the mailbox
             S: * OK [PERMANENTFLAGS ()] flags that are kept
             S: a OK [READ-ONLY] opened, to look at only
             C2: a SELECT INBOX
             S2: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
             S2: * 1 EXISTS
             S2: * 1 RECENT
             S2: * OK [UIDVALIDITY 7] UIDs are valid
             S2: * OK [UIDNEXT 2] the next UID
             S2: * OK [HIGHESTMODSEQ 2] the highest mod-sequence
             S2: * OK [MAILBOXID (F1)] what identifies the mailbox
             S2: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] flags that are kept
             S2: a OK [READ-WRITE] opened
             C2: b FETCH 1 FLAGS
             S2: * 1 FETCH (FLAGS (\\Seen \\Recent))
             S2: b OK fetched
             C: b SELECT INBOX
             S: * OK [CLOSED] the mailbox before is closed
             S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
             S: * 1 EXISTS
             S: * 0 RECENT
             S: * OK [UIDVALIDITY 7] UIDs are valid
             S: * OK [UIDNEXT 2] the next UID
             S: * OK [HIGHESTMODSEQ 2] the highest mod-sequence
             S: * OK [MAILBOXID (F1)] what identifies the mailbox
             S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] flags that are kept
             S: b OK [READ-WRITE] opened",
        )
        .await;
    insert(&scene.store, "INBOX", &[], "new");
    scene
        .play(
            "C2: c NOOP
             S2: * 2 EXISTS
             S2: * 2 RECENT
             S2: c OK nothing done
             C: c NOOP
             S: * 2 EXISTS
             S: c OK nothing done
             C: d FETCH 2 FLAGS
             S: * 2 FETCH (FLAGS ())
             S: d OK fetched",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn close_expunges_without_a_word_and_unselect_does_not() {
    let mut scene = Scene::selected(&[&[], &[Flag::Deleted], &[]]).await;
    scene
        .play(
            "C: a UNSELECT
             S: a OK closed, nothing expunged
             C: b STATUS INBOX (MESSAGES)
             S: * STATUS INBOX (MESSAGES 3)
             S: b OK that is how it is",
        )
        .await;
    scene.select(1, "INBOX").await;
    scene
        .play(
            "C: a CLOSE
             S: a OK closed
             C: b STATUS INBOX (MESSAGES)
             S: * STATUS INBOX (MESSAGES 2)
             S: b OK that is how it is
             C: c CLOSE
             S: c BAD no mailbox is selected",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_was_only_looked_at_is_not_changed() {
    let mut scene = Scene::logged_in().await;
    scene.mails(&[&[Flag::Deleted]]);
    let heard = scene.clients[0].ask("a EXAMINE INBOX").await;
    assert!(heard.ends_with("a OK [READ-ONLY] opened, to look at only\r\n"), "{heard}");
    for command in ["STORE 1 +FLAGS (\\Seen)", "UID STORE 1 FLAGS ()", "EXPUNGE", "UID EXPUNGE 1", "MOVE 1 x"]
    {
        scene.play(&format!("C: b {command}\nS: b NO [CANNOT] the mailbox was opened to look at only")).await;
    }
    scene
        .play(
            "C: c FETCH 1 BODY[TEXT]
             S: * 1 FETCH (BODY[TEXT] {8}
             S: Hello!
             S: )
             S: c OK fetched
             C: d RFC
             S: d BAD there is no such command
             C: e CLOSE
             S: e OK closed
             C: f STATUS INBOX (MESSAGES UNSEEN)
             S: * STATUS INBOX (MESSAGES 1 UNSEEN 1)
             S: f OK that is how it is",
        )
        .await;
}

//! NOTIFY (RFC 5465).

use tayori_proto::types::Flag;
use tayori_server::{Limits, Options};

use crate::common::{Scene, insert};

/// Two clients; the first has selected an `INBOX` of so many mails.
async fn scene(mails: usize) -> Scene {
    let mut scene = Scene::selected(&vec![&[] as &[Flag]; mails]).await;
    scene.log_in().await;
    scene
}

/// A mail comes past all sessions.
fn arrive(scene: &Scene, mailbox: &str) {
    insert(&scene.store, mailbox, &[], "Subject: more\r\n\r\nHello!\r\n");
}

/// RFC 5465 sections 5.1 to 5.3 and 6.1.1.
#[tokio::test(start_paused = true)]
async fn news_of_the_selected_mailbox_come_without_a_command() {
    let mut scene = scene(2).await;
    scene.select(2, "INBOX").await;
    scene
        .play(
            "C: a NOTIFY SET (SELECTED (MessageNew (UID RFC822.SIZE) MessageExpunge FlagChange))
             S: a OK news will be told
             C2: b STORE 1 +FLAGS.SILENT (\\Deleted)
             S: * 1 FETCH (UID 1 FLAGS (\\Deleted \\Recent))
             S2: b OK stored
             C2: c EXPUNGE
             S: * 1 EXPUNGE
             S: * 1 RECENT
             S2: * 1 EXPUNGE
             S2: c OK expunged",
        )
        .await;
    arrive(&scene, "INBOX");
    scene
        .play(
            "S: * 2 EXISTS
             S: * 2 RECENT
             S: * 2 FETCH (UID 3 RFC822.SIZE 25)
             C: d UID FETCH 3 FLAGS
             S: * 2 FETCH (UID 3 FLAGS (\\Recent))
             S: d OK fetched",
        )
        .await;
}

/// A list of a thousand structures costs as much as one with a single one.
#[tokio::test(start_paused = true)]
async fn an_item_that_is_asked_for_twice_is_told_once() {
    let mut scene = scene(0).await;
    let items = format!("(UID{} UID)", " BODY.PEEK[TEXT]".repeat(500));
    scene
        .play(&format!(
            "C: a NOTIFY SET (SELECTED (MessageNew {items} MessageExpunge))
             S: a OK news will be told"
        ))
        .await;
    arrive(&scene, "INBOX");
    scene
        .play(
            "S: * 1 EXISTS
             S: * 1 RECENT
             S: * 1 FETCH (UID 1 BODY[TEXT] {8}
             S: Hello!
             S: )",
        )
        .await;
}

/// RFC 5465 section 6.1.2: numbers change where a command allows it.
#[tokio::test(start_paused = true)]
async fn delayed_expunges_wait_for_a_command() {
    let mut scene = scene(3).await;
    scene.select(2, "INBOX").await;
    scene
        .play(
            "C: a NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge))
             S: a OK news will be told
             C2: a STORE 1 +FLAGS.SILENT (\\Deleted)
             S2: a OK stored
             C2: b EXPUNGE
             S2: * 1 EXPUNGE
             S2: b OK expunged
             C2: c APPEND INBOX {2+}
             C2: hi
             S: * 4 EXISTS
             S2: * 3 EXISTS
             S2: * 1 RECENT
             S2: c OK [APPENDUID 7 4] appended
             C: b FETCH 2:4 UID
             S: * 2 FETCH (UID 2)
             S: * 3 FETCH (UID 3)
             S: * 4 FETCH (UID 4)
             S: b OK fetched
             C: c NOOP
             S: * 1 EXPUNGE
             S: * 2 RECENT
             S: c OK nothing done",
        )
        .await;
}

/// RFC 5465 section 4.
#[tokio::test(start_paused = true)]
async fn idle_tells_what_was_asked_for() {
    let mut scene = scene(1).await;
    scene.select(2, "INBOX").await;
    scene
        .play(
            "C2: a CREATE work
             S2: a OK [MAILBOXID (F2)] created
             C: a NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge)) (MAILBOXES work (MessageNew MessageExpunge))
             S: a OK news will be told
             C: b IDLE
             S: + idling
             C2: b STORE 1 +FLAGS.SILENT (\\Deleted)
             S2: b OK stored
             C2: c EXPUNGE
             S: * 1 EXPUNGE
             S: * 0 RECENT
             S2: * 1 EXPUNGE
             S2: c OK expunged
             C2: d APPEND work {2+}
             C2: hi
             S: * STATUS work (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 8)
             S2: d OK [APPENDUID 8 1] appended
             C: DONE
             S: b OK no longer idling",
        )
        .await;
}

/// RFC 5465 sections 3.1 and 5: what happened before is told, and from then on nothing but what the client does itself.
#[tokio::test(start_paused = true)]
async fn nothing_is_told_to_who_wants_to_hear_nothing() {
    for silence in ["SET (SELECTED NONE)", "SET (PERSONAL (MailboxName))", "NONE"] {
        let mut scene = scene(2).await;
        scene.select(2, "INBOX").await;
        arrive(&scene, "INBOX");
        let (told, done) = match silence {
            "NONE" => ("", "nothing will be told"),
            _ => ("S: * 3 EXISTS\nS: * 3 RECENT", "news will be told"),
        };
        scene
            .play(&format!(
                "C: a NOTIFY {silence}
                 {told}
                 S: a OK {done}
                 C2: a STORE 1 +FLAGS.SILENT (\\Deleted)
                 S2: * 3 EXISTS
                 S2: a OK stored
                 C2: b UID EXPUNGE 1
                 S2: * 1 EXPUNGE
                 S2: b OK expunged
                 C: b NOOP
                 S: b OK nothing done
                 C: c UID FETCH 1:3 UID
                 {fetched}
                 S: c OK fetched
                 C: d STORE 2 +FLAGS (\\Deleted)
                 S: * 2 FETCH (FLAGS (\\Deleted \\Recent))
                 S: d OK stored
                 C: e EXPUNGE
                 S: * 1 EXPUNGE
                 S: * 1 EXPUNGE
                 S: e OK expunged",
                fetched = match told {
                    "" => "S: * 2 FETCH (UID 2)",
                    _ => "S: * 2 FETCH (UID 2)\nS: * 3 FETCH (UID 3)",
                },
            ))
            .await;
        arrive(&scene, "INBOX");
        // What was kept back is told to who wants it again.
        let recent = if told.is_empty() { "" } else { "S: * 2 RECENT" };
        scene
            .play(&format!(
                "C: f NOTIFY SET (SELECTED (MessageNew MessageExpunge))
                 S: * 2 EXISTS
                 {recent}
                 S: f OK news will be told"
            ))
            .await;
    }
}

/// RFC 5465 section 5.2: the message that the client has made itself is not described to it.
#[tokio::test(start_paused = true)]
async fn what_the_client_appends_is_not_described_to_it() {
    let mut scene = scene(1).await;
    scene
        .play(
            "C: a NOTIFY SET (SELECTED (MessageNew (UID) MessageExpunge))
             S: a OK news will be told
             C: b APPEND INBOX {2+}
             C: hi
             S: * 2 EXISTS
             S: * 2 RECENT
             S: b OK [APPENDUID 7 2] appended
             C: c COPY 1 INBOX
             S: * 3 EXISTS
             S: * 3 RECENT
             S: c OK [COPYUID 7 1 3] copied
             C: d MOVE 1 INBOX
             S: * OK [COPYUID 7 1 4] moved
             S: * 1 EXPUNGE
             S: * 3 EXISTS
             S: d OK moved
             C2: b APPEND INBOX {2+}
             C2: hi
             S: * 4 EXISTS
             S: * 4 RECENT
             S: * 4 FETCH (UID 5)
             S2: b OK [APPENDUID 7 5] appended",
        )
        .await;
}

/// RFC 5465 sections 3.1 and 5.1 to 5.3.
#[tokio::test(start_paused = true)]
async fn other_mailboxes_are_told_by_status() {
    let mut scene = scene(0).await;
    scene
        .play(
            "C2: a CREATE work
             S2: a OK [MAILBOXID (F2)] created
             C2: b CREATE play
             S2: b OK [MAILBOXID (F3)] created
             C: a NOTIFY SET STATUS (PERSONAL (MessageNew MessageExpunge FlagChange)) (MAILBOXES play NONE)
             S: * STATUS work (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 8 UNSEEN 0 HIGHESTMODSEQ 1)
             S: a OK news will be told
             C2: c APPEND work {2+}
             C2: hi
             S: * STATUS work (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 8 UNSEEN 1)
             S2: c OK [APPENDUID 8 1] appended
             C2: d APPEND play {2+}
             C2: hi
             S2: d OK [APPENDUID 9 1] appended
             C2: e APPEND INBOX {2+}
             C2: hi
             S2: e OK [APPENDUID 7 1] appended",
        )
        .await;
    scene.select(2, "work").await;
    scene
        .play(
            "C2: a STORE 1 +FLAGS.SILENT (\\Flagged)
             S2: a OK stored
             C2: b STORE 1 +FLAGS.SILENT (\\Seen)
             S: * STATUS work (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 8 UNSEEN 0)
             S2: b OK stored
             C: b ENABLE CONDSTORE
             S: * ENABLED CONDSTORE
             S: * OK [HIGHESTMODSEQ 1] the highest mod-sequence
             S: b OK enabled what there is
             C2: c STORE 1 -FLAGS.SILENT (\\Flagged)
             S: * STATUS work (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 8 UNSEEN 0 HIGHESTMODSEQ 5)
             S2: c OK stored
             C2: d MOVE 1 play
             S: * STATUS work (MESSAGES 0 UIDNEXT 2 UIDVALIDITY 8 UNSEEN 0 HIGHESTMODSEQ 6)
             S2: * OK [COPYUID 9 1 2] moved
             S2: * 1 EXPUNGE
             S2: * 0 RECENT
             S2: d OK moved
             C: c UNSELECT
             S: c OK closed, nothing expunged
             C2: e APPEND INBOX {2+}
             C2: hi
             S: * STATUS INBOX (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 7 UNSEEN 2 HIGHESTMODSEQ 3)
             S2: e OK [APPENDUID 7 2] appended",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn mailboxes_are_chosen_by_name_place_and_subscription() {
    for (scope, told) in [
        ("MAILBOXES a/b", "a/b"),
        ("MAILBOXES (inbox \"a/%\" c)", "INBOX c"),
        ("SUBTREE a", "a a/b"),
        ("SUBTREE (c a/b)", "a/b c"),
        ("SUBSCRIBED", "a ab"),
        ("PERSONAL", "INBOX a a/b ab c"),
        ("INBOXES", "INBOX a a/b ab c"),
        ("MAILBOXES nowhere", ""),
    ] {
        let mut scene = Scene::logged_in().await;
        for command in ["CREATE a", "CREATE a/b", "CREATE ab", "CREATE c", "SUBSCRIBE a", "SUBSCRIBE ab"] {
            let heard = scene.clients[0].ask(&format!("x {command}")).await;
            assert!(heard.starts_with("x OK "), "{heard}");
        }
        let line = format!("x NOTIFY SET STATUS ({scope} (MessageNew MessageExpunge))");
        let heard = scene.clients[0].ask(&line).await;
        let names = |heard: &str| {
            let rows = heard.lines().filter_map(|line| line.strip_prefix("* STATUS "));
            rows.map(|row| row.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(&heard), told, "{scope}");
        for mailbox in ["INBOX", "a", "a/b", "ab", "c"] {
            arrive(&scene, mailbox);
        }
        let mut heard: Vec<_> = names(&scene.clients[0].hear().await).split(' ').map(str::to_owned).collect();
        heard.sort();
        assert_eq!(heard.join(" "), told, "{scope}");
    }
}

/// RFC 5465 sections 5.4 and 5.5.
#[tokio::test(start_paused = true)]
async fn names_are_told_when_others_change_them() {
    let mut scene = Scene::logged_in().await;
    scene.log_in().await;
    scene
        .play(
            "C: a NOTIFY SET (PERSONAL (MailboxName SubscriptionChange))
             S: a OK news will be told
             C2: a CREATE a/b
             S: * LIST (\\Noselect \\HasChildren) \"/\" a
             S: * LIST (\\HasNoChildren) \"/\" a/b
             S2: a OK [MAILBOXID (F2)] created
             C2: b SUBSCRIBE a/b
             S: * LIST (\\Subscribed \\HasNoChildren) \"/\" a/b
             S2: b OK subscribed
             C2: c SUBSCRIBE a/b
             S2: c OK subscribed
             C2: d RENAME a c
             S: * LIST (\\Noselect \\HasChildren) \"/\" c (OLDNAME (a))
             S2: d OK renamed
             C2: e DELETE c/b
             S: * LIST (\\NonExistent) \"/\" c/b
             S: * LIST (\\Noselect \\HasNoChildren) \"/\" c
             S2: e OK deleted
             C2: f UNSUBSCRIBE a/b
             S: * LIST (\\NonExistent) \"/\" a/b
             S2: f OK unsubscribed
             C2: g CREATE d (USE (\\Sent))
             S: * LIST (\\HasNoChildren \\Sent) \"/\" d
             S2: g OK [MAILBOXID (F3)] created
             C2: h RENAME INBOX e
             S: * LIST (\\HasNoChildren) \"/\" e
             S2: h OK renamed",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_the_client_does_to_names_is_no_news_to_it() {
    let mut scene = Scene::logged_in().await;
    scene.log_in().await;
    scene
        .play(
            "C: a NOTIFY SET (PERSONAL (MailboxName SubscriptionChange))
             S: a OK news will be told
             C: b CREATE a/b/
             S: b OK [MAILBOXID (F2)] created
             C: c RENAME a x/y
             S: c OK renamed
             C: d SUBSCRIBE x
             S: d OK subscribed
             C: e DELETE x/y/b
             S: e OK deleted
             C: f UNSUBSCRIBE x
             S: f OK unsubscribed
             C: g RENAME INBOX z
             S: g OK renamed
             C2: a RENAME z zz
             S: * LIST (\\HasNoChildren) \"/\" zz (OLDNAME (z))
             S2: a OK renamed",
        )
        .await;
}

/// A mailbox that comes with messages, or takes the place of another one, is told of as any other.
#[tokio::test(start_paused = true)]
async fn new_mailboxes_are_told_by_status_too() {
    let mut scene = Scene::logged_in().await;
    scene.log_in().await;
    scene
        .play(
            "C: a NOTIFY SET (PERSONAL (MessageNew MessageExpunge MailboxName))
             S: a OK news will be told
             C2: a CREATE work
             S: * LIST (\\HasNoChildren) \"/\" work
             S2: a OK [MAILBOXID (F2)] created
             C2: b APPEND work {2+}
             C2: hi
             S: * STATUS work (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 8)
             S2: b OK [APPENDUID 8 1] appended
             C2: c DELETE work
             C2: d CREATE work
             S: * LIST (\\HasNoChildren) \"/\" work
             S: * STATUS work (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 9)
             S2: c OK deleted
             S2: d OK [MAILBOXID (F3)] created",
        )
        .await;
}

/// RFC 5465 sections 3.1 and 5.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_told_is_refused() {
    let mut scene = Scene::selected(&[&[]]).await;
    let known = "MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange";
    for event in ["MailboxMetadataChange", "ServerMetadataChange", "Something"] {
        let expected = format!("a NO [BADEVENT ({known})] that is not told of here\r\n");
        scene.clients[0].check(&format!("a NOTIFY SET (PERSONAL ({event}))"), &expected).await;
    }
    let changes = "a NOTIFY SET (SELECTED (MessageNew MessageExpunge AnnotationChange))";
    scene.clients[0].check(changes, &format!("a NO [BADEVENT ({known})] that is not told of here\r\n")).await;
    for wrong in [
        "NOTIFY SET (SELECTED (MessageNew))",
        "NOTIFY SET (SELECTED (FlagChange))",
        "NOTIFY SET (SELECTED (MailboxName))",
        "NOTIFY SET (SELECTED NONE) (SELECTED-DELAYED NONE)",
        "NOTIFY SET (SELECTED (MessageNew (X-OTHER) MessageExpunge))",
        "NOTIFY SET (PERSONAL (MessageNew (UID) MessageExpunge))",
        "NOTIFY",
    ] {
        let heard = scene.clients[0].ask(&format!("a {wrong}")).await;
        assert!(heard.starts_with("a BAD "), "{wrong}: {heard}");
    }
    // None of it has changed anything: nothing is told between commands.
    arrive(&scene, "INBOX");
    scene
        .play(
            "W: 1s
             C: a NOOP
             S: * 2 EXISTS
             S: * 2 RECENT
             S: a OK nothing done",
        )
        .await;
}

/// RFC 5465 sections 3.1 and 5.8.
#[tokio::test(start_paused = true)]
async fn too_many_names_are_too_much() {
    let mut options = Options::default();
    options.limits.watched_names = 2;
    let mut scene = Scene::with(options);
    scene.log_in().await;
    scene.log_in().await;
    let groups = "(PERSONAL NONE) ".repeat(101);
    scene
        .play(&format!(
            "C: z NOTIFY SET {groups}
             S: z NO [NOTIFICATIONOVERFLOW] that would be too much to tell
             C: a NOTIFY SET (PERSONAL (MailboxName))
             S: a OK news will be told
             C2: a CREATE a
             S: * LIST (\\HasNoChildren) \"/\" a
             S2: a OK [MAILBOXID (F2)] created
             C2: b CREATE b
             S: * OK [NOTIFICATIONOVERFLOW] there is too much to tell
             S2: b OK [MAILBOXID (F3)] created
             C2: c DELETE a
             S2: c OK deleted
             C2: d CREATE c
             S2: d OK [MAILBOXID (F4)] created
             C: b NOTIFY SET (PERSONAL (MailboxName))
             S: b NO [NOTIFICATIONOVERFLOW] that would be too much to tell
             C: c NOTIFY SET (SELECTED (MessageNew MessageExpunge))
             S: c OK news will be told",
            groups = groups.trim_end()
        ))
        .await;
}

/// RFC 5465 section 3.1: what is refused has no effect.
#[tokio::test(start_paused = true)]
async fn a_client_that_asks_for_too_much_is_told_what_it_was_told_before() {
    let mut options = Options::default();
    options.limits.watched_names = 2;
    let mut scene = Scene::with(options);
    scene.log_in().await;
    scene.log_in().await;
    scene.select(1, "INBOX").await;
    scene
        .play(
            "C: a NOTIFY SET (SELECTED (MessageNew (UID) MessageExpunge))
             S: a OK news will be told
             C2: a CREATE a
             S2: a OK [MAILBOXID (F2)] created
             C2: b CREATE b
             S2: b OK [MAILBOXID (F3)] created
             C: b NOTIFY SET (PERSONAL (MailboxName))
             S: b NO [NOTIFICATIONOVERFLOW] that would be too much to tell",
        )
        .await;
    arrive(&scene, "INBOX");
    scene
        .play(
            "S: * 1 EXISTS
             S: * 1 RECENT
             S: * 1 FETCH (UID 1)",
        )
        .await;
    // What a client does not want to hear, it does not hear by that either.
    scene.play("C: c NOTIFY NONE\nS: c OK nothing will be told").await;
    arrive(&scene, "INBOX");
    scene
        .play(
            "C: d NOTIFY SET (PERSONAL (MailboxName))
             S: d NO [NOTIFICATIONOVERFLOW] that would be too much to tell",
        )
        .await;
}

/// Nothing is queued for a client that does not read, and it does not keep its seat for ever.
#[tokio::test(start_paused = true)]
async fn who_does_not_read_is_left() {
    let mut options = Options::default();
    let stall = Limits::default().stall;
    options.limits.stall = stall;
    let mut scene = Scene::with(options);
    scene.log_in().await;
    let mailbox = "x".repeat(900);
    let heard = scene.clients[0].ask(&format!("a CREATE {mailbox}")).await;
    assert!(heard.starts_with("a OK "), "{heard}");
    scene.clients[0]
        .check("b NOTIFY SET (PERSONAL (MessageNew MessageExpunge))", "b OK news will be told\r\n")
        .await;
    for _ in 0..1000 {
        arrive(&scene, &mailbox);
        // The server takes its turn.
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    tokio::time::sleep(stall * 2).await;
    let heard = scene.clients[0].hear().await;
    let told = heard.lines().filter(|line| line.starts_with("* STATUS ")).count();
    assert!((60..200).contains(&told), "{told} lines");
    assert!(heard.ends_with("(closed)\r\n"));
}

/// A mailbox that is watched and deleted while it is selected ends the connection as it does without NOTIFY.
#[tokio::test(start_paused = true)]
async fn a_selected_mailbox_that_is_deleted_ends_the_session_at_once() {
    let mut scene = Scene::logged_in().await;
    scene.log_in().await;
    scene
        .play(
            "C2: a CREATE a
             S2: a OK [MAILBOXID (F2)] created",
        )
        .await;
    scene.select(1, "a").await;
    scene
        .play(
            "C: a NOTIFY SET (SELECTED (MessageNew MessageExpunge))
             S: a OK news will be told
             C2: b DELETE a
             S: * BYE the selected mailbox has been deleted
             S: (closed)
             S2: b OK deleted",
        )
        .await;
}

/// RFC 9586 section 3: there are no numbers, here as elsewhere.
#[tokio::test(start_paused = true)]
async fn rows_have_no_numbers_where_there_are_none() {
    let mut scene = Scene::selected(&[&[]]).await;
    scene
        .play(
            "C: a ENABLE UIDONLY
             S: * ENABLED UIDONLY
             S: a OK enabled what there is
             C: b NOTIFY SET (SELECTED (MessageNew (FLAGS) MessageExpunge))
             S: b OK news will be told",
        )
        .await;
    arrive(&scene, "INBOX");
    scene
        .play(
            "S: * 2 EXISTS
             S: * 2 RECENT
             S: * 2 UIDFETCH (FLAGS (\\Recent))",
        )
        .await;
}

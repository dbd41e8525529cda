//! REPLACE (RFC 8508): a message comes and another one goes, or neither.

use tayori_proto::types::Flag;
use tayori_server::memory::MemoryLimits;
use tayori_server::{Options, Privacy};

use crate::common::{Client, Scene, insert, server_with};

#[tokio::test(start_paused = true)]
async fn by_number_and_by_uid() {
    let mut scene = Scene::selected(&[&[], &[], &[Flag::Draft]]).await;
    scene
        .play(
            "C: a REPLACE 2 INBOX (\\Seen \\Draft) {3}
             S: + go on
             C: abc
             S: * OK [APPENDUID 7 4] the new message is there
             S: * 2 EXPUNGE
             S: * 3 EXISTS
             S: a OK replaced
             C: b UID REPLACE 4 INBOX (\\Draft) {4+}
             C: defg
             S: * OK [APPENDUID 7 5] the new message is there
             S: * 3 EXPUNGE
             S: * 3 EXISTS
             S: b OK replaced
             C: c REPLACE * INBOX {2+}
             C: hi
             S: * OK [APPENDUID 7 6] the new message is there
             S: * 3 EXPUNGE
             S: * 3 EXISTS
             S: c OK replaced
             C: d FETCH 1:* (UID FLAGS RFC822.SIZE)
             S: * 1 FETCH (UID 1 FLAGS (\\Recent) RFC822.SIZE 27)
             S: * 2 FETCH (UID 3 FLAGS (\\Draft \\Recent) RFC822.SIZE 27)
             S: * 3 FETCH (UID 6 FLAGS (\\Recent) RFC822.SIZE 2)
             S: d OK fetched",
        )
        .await;
}

/// Into another mailbox, with a message that is streamed; messages with `\Deleted` stay.
#[tokio::test(start_paused = true)]
async fn into_another_mailbox() {
    let mut scene = Scene::selected(&[&[], &[Flag::Deleted]]).await;
    let large = "x".repeat(30_000);
    scene.play("C: a CREATE Sent\nS: a OK [MAILBOXID (F2)] created\nC: b REPLACE 1 Sent {30000}\nS: + send the message").await;
    scene.clients[0].say(&large).await;
    scene
        .play(
            "C:
             S: * OK [APPENDUID 8 1] the new message is there
             S: * 1 EXPUNGE
             S: * 1 RECENT
             S: b OK replaced
             C: c STATUS INBOX (MESSAGES)
             S: * STATUS INBOX (MESSAGES 1)
             S: c OK that is how it is
             C: d STATUS Sent (SIZE)
             S: * STATUS Sent (SIZE 30000)
             S: d OK that is how it is",
        )
        .await;
}

/// What cannot be replaced stays, and nothing comes for it, however large the message is.
#[tokio::test(start_paused = true)]
async fn neither() {
    let mut scene = Scene::selected(&[&[], &[]]).await;
    scene.log_in().await;
    scene.select(2, "INBOX").await;
    let heard = scene.clients[1].ask("x UID STORE 2 +FLAGS.SILENT (\\Deleted)\r\ny EXPUNGE").await;
    assert!(heard.contains("* 2 EXPUNGE"), "{heard}");
    for size in [3, 30_000] {
        let mail = "x".repeat(size);
        for (command, mail, expected) in [
            ("UID REPLACE 9 INBOX", mail.clone(), "NO there is no such message"),
            ("REPLACE 9 INBOX", mail.clone(), "BAD there are not so many messages"),
            ("REPLACE 1 none", mail.clone(), "NO [TRYCREATE] there is no such mailbox"),
            ("REPLACE 1 INBOX", "\0".repeat(size), "NO [CANNOT] a message cannot hold NUL"),
        ] {
            let heard = scene.clients[1].ask(&format!("a {command} {{{size}+}}\r\n{mail}")).await;
            assert_eq!(heard, format!("a {expected}\r\n"));
        }
    }
    // The client that has not been told is not asked for the message.
    scene
        .play(
            "C1: a REPLACE 2 INBOX {30000}
             S1: * 2 EXPUNGE
             S1: * 1 RECENT
             S1: a NO [EXPUNGEISSUED] the message is gone",
        )
        .await;
    scene
        .play(
            "C2: b REPLACE 1 INBOX {1+}
             C2: x {1+}
             C2: y
             S2: b BAD expected the end of the command at octet 26
             C2: c STATUS INBOX (MESSAGES UIDNEXT)
             S2: * STATUS INBOX (MESSAGES 1 UIDNEXT 3)
             S2: c OK that is how it is",
        )
        .await;
    scene.clients[1].ask("d EXAMINE INBOX").await;
    scene
        .play(
            "C2: e REPLACE 1 INBOX {1+}
             C2: x
             S2: e NO [CANNOT] the mailbox was opened to look at only",
        )
        .await;
}

/// The message to be replaced goes while its successor is on its way: that one is not kept.
#[tokio::test(start_paused = true)]
async fn gone_in_between() {
    let mut scene = Scene::selected(&[&[], &[]]).await;
    scene.log_in().await;
    scene.select(2, "INBOX").await;
    scene
        .play(
            "C1: a REPLACE 1 INBOX {30000}
             S1: + send the message
             C2: b STORE 1 +FLAGS.SILENT (\\Deleted)
             S2: b OK stored
             C2: c EXPUNGE
             S2: * 1 EXPUNGE
             S2: c OK expunged",
        )
        .await;
    scene.clients[0].say("x".repeat(30_000)).await;
    scene
        .play(
            "C1:
             S1: * 1 EXPUNGE
             S1: * 1 RECENT
             S1: a NO [EXPUNGEISSUED] the message is gone
             C1: d STATUS INBOX (MESSAGES UIDNEXT)
             S1: * STATUS INBOX (MESSAGES 1 UIDNEXT 3)
             S1: d OK that is how it is",
        )
        .await;
}

/// A store without room for the new message keeps the old one.
#[tokio::test(start_paused = true)]
async fn no_room() {
    let mut limits = MemoryLimits::default();
    limits.octets = 50_000;
    let (server, store) = server_with(Options::default(), limits);
    insert(&store, "INBOX", &[], "x".repeat(30_000));
    let mut client = Client::of(&server, Privacy::Private).await;
    client.ask("a LOGIN ann secret\r\nb SELECT INBOX").await;
    assert_eq!(
        client.ask("c REPLACE 1 INBOX {30000}").await,
        "c NO [OVERQUOTA] there is no room for that\r\n"
    );
    let heard = client.ask("d FETCH 1 RFC822.SIZE").await;
    assert_eq!(heard, "* 1 FETCH (RFC822.SIZE 30000)\r\nd OK fetched\r\n");
}

/// The mailbox for the new message goes while it is on its way: the old one stays.
#[tokio::test(start_paused = true)]
async fn nowhere_to_go_in_the_end() {
    let mut scene = Scene::selected(&[&[]]).await;
    scene.log_in().await;
    scene
        .play(
            "C1: a CREATE there
             S1: a OK [MAILBOXID (F2)] created
             C1: b REPLACE 1 there {30000}
             S1: + send the message
             C2: c DELETE there
             S2: c OK deleted",
        )
        .await;
    scene.clients[0].say("x".repeat(30_000)).await;
    scene
        .play(
            "C1:
             S1: b NO [TRYCREATE] there is no such mailbox
             C1: d FETCH 1 UID
             S1: * 1 FETCH (UID 1)
             S1: d OK fetched",
        )
        .await;
}

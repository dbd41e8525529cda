//! Servers that do something of their own with what they understand: known by what they say of themselves, by what they
//! show, or by order.

use std::time::Duration;

use tayori_client::{
    Access, Behaviour, Connector, Error, MailboxEvent, Relocated, Session, Setting, StatusAttribute,
};
use tayori_proto::types::{IdParameters, ListPattern, ListReference, MailboxName, NonEmpty};
use tokio::time::Instant;

use crate::harness::{
    GREETING, INBOX, answer_select, greeted, inbox, mailbox, password, play, session_with, user,
};

/// Logs in and lists in one flight. The server swallows what it hears together with the LOGIN.
async fn list_behind_login(greeting: &str, setting: Option<Setting>) -> Result<usize, Error> {
    let mut connector = Connector::new();
    if let Some(setting) = setting {
        connector = connector.behaviour(Behaviour::NoFlightBehindLogin, setting);
    }
    let (connection, mut peer) = greeted(connector, greeting).await;
    let client = async {
        let mut flight = connection.flight().login(&user(), &password());
        let rows = flight.list(&ListReference::none(), &ListPattern::all());
        let in_flight = flight.launch().await?;
        let _session = in_flight.land().await?;
        Ok(rows.wait().await?.len())
    };
    let server = async {
        let login = peer.expect("LOGIN user pass").await;
        // Whatever has come with it is lost.
        let _ = tokio::time::timeout(Duration::from_millis(1), peer.line()).await;
        peer.answer(&login, "$ OK hello\r\n").await;
        if let Ok(list) = tokio::time::timeout(Duration::from_secs(60), peer.expect("LIST \"\" *")).await {
            peer.answer(&list, "* LIST () NIL a\r\n$ OK done\r\n").await;
        }
        peer
    };
    play(client, server).await.0
}

#[tokio::test(start_paused = true)]
async fn a_flight_waits_for_the_login_where_it_would_be_lost() {
    let courier = "* OK Courier-IMAP ready. Copyright 1998-2019\r\n";
    assert_eq!(list_behind_login(courier, None).await.unwrap(), 1);
    assert_eq!(list_behind_login(GREETING, Some(Setting::On)).await.unwrap(), 1);
    for (greeting, setting) in [(GREETING, None), (courier, Some(Setting::Off))] {
        let error = list_behind_login(greeting, setting).await.unwrap_err();
        assert!(matches!(error, Error::Lost(_)), "silence has an end: {error:?}");
    }
}

/// Asks for all mailboxes with their counts.
async fn list(session: &mut Session) -> Vec<(MailboxName, bool)> {
    let items = NonEmpty::one(StatusAttribute::Messages);
    let listed = session.list_with_status(&ListPattern::all(), items).await.unwrap();
    listed.iter().map(|one| (one.row.name.clone(), one.status.is_some())).collect()
}

/// Strato answers OK without a row, Proton Bridge with BAD.
#[tokio::test(start_paused = true)]
async fn an_extended_list_that_fails_is_not_tried_twice() {
    for answer in ["$ OK done\r\n", "$ BAD what\r\n"] {
        let (mut session, mut peer) = session_with(Connector::new(), "LIST-EXTENDED LIST-STATUS").await;
        let client = async {
            for _ in 0..2 {
                assert_eq!(list(&mut session).await, [(mailbox("a"), true)]);
            }
            assert!(session.profile().has(Behaviour::NoExtendedList));
        };
        let server = async {
            let extended = "LIST \"\" * RETURN (CHILDREN STATUS (MESSAGES))";
            peer.exchange(extended, answer).await;
            for _ in 0..2 {
                peer.exchange("LIST \"\" *", "* LIST () NIL a\r\n$ OK done\r\n").await;
                peer.exchange("STATUS a (MESSAGES)", "* STATUS a (MESSAGES 2)\r\n$ OK done\r\n").await;
            }
        };
        play(client, server).await;
    }
}

/// Where there is no mailbox in either form, nothing has been shown.
#[tokio::test(start_paused = true)]
async fn an_empty_account_teaches_nothing() {
    let (mut session, mut peer) = session_with(Connector::new(), "LIST-EXTENDED LIST-STATUS").await;
    let client = async {
        assert!(list(&mut session).await.is_empty());
        assert!(!session.profile().has(Behaviour::NoExtendedList));
    };
    let server = async {
        let extended = "LIST \"\" * RETURN (CHILDREN STATUS (MESSAGES))";
        peer.exchange(extended, "$ OK done\r\n").await;
        peer.exchange("LIST \"\" *", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_uid_expunge_is_not_tried_twice() {
    let (mut session, mut peer) = session_with(Connector::new(), "UIDPLUS").await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        for uid in ["3", "4"] {
            let moved = selected.relocate(&uid.parse().unwrap(), &mailbox("other")).await.unwrap();
            assert_eq!(moved.how, Relocated::CopiedAndMarked);
        }
    };
    let server = async {
        answer_select(&mut peer).await;
        for (uid, tries) in [("3", true), ("4", false)] {
            let copied = format!("$ OK [COPYUID 9 {uid} {uid}] copied\r\n");
            peer.exchange(&format!("UID COPY {uid} other"), &copied).await;
            let store = format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)");
            peer.exchange(&store, "$ OK done\r\n").await;
            if tries {
                peer.exchange(&format!("UID EXPUNGE {uid}"), "$ NO not supported\r\n").await;
            }
        }
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_is_opened_with_select_where_examine_does_harm() {
    let (mut session, mut peer) = session_with(Connector::new(), "").await;
    let client = async {
        session.set_behaviour(Behaviour::NoExamine, Setting::On);
        assert_eq!(session.examine(&inbox()).await.unwrap().mailbox().access(), Access::ReadWrite);
        let flight = session.flight().examine(&inbox()).launch().await.unwrap();
        flight.land().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        answer_select(&mut peer).await;
    };
    play(client, server).await;
}

/// Exchange 2003 drops the connection.
#[tokio::test(start_paused = true)]
async fn namespace_is_not_sent_where_it_does_harm() {
    let greeting =
        "* PREAUTH [CAPABILITY IMAP4rev1 NAMESPACE] Microsoft Exchange Server 2003 IMAP4rev1 server\r\n";
    let (connection, mut peer) = greeted(Connector::new(), greeting).await;
    let mut session = connection.into_preauthenticated().unwrap();
    let client = async {
        let error = session.namespace().await.unwrap_err();
        assert!(matches!(error, Error::NotOffered { capability: "NAMESPACE" }), "{error:?}");
        session.noop().await.unwrap();
    };
    play(client, async { peer.exchange("NOOP", "$ OK done\r\n").await }).await;
}

/// The name in the answer to ID counts as well as the greeting: without it, the watch would last 28 minutes.
#[tokio::test(start_paused = true)]
async fn a_watch_ends_before_the_server_breaks_it() {
    let renewal = |seconds| Duration::from_secs(seconds);
    for (greeting, expected) in [
        ("* PREAUTH [CAPABILITY IMAP4rev1 IDLE XYMHIGHESTMODSEQ] hello\r\n", renewal(170)),
        ("* PREAUTH [CAPABILITY IMAP4rev1 IDLE] Coremail System IMap Server Ready\r\n", renewal(50)),
        ("* PREAUTH [CAPABILITY IMAP4rev1 IDLE] hello\r\n", renewal(28 * 60)),
    ] {
        let (connection, mut peer) = greeted(Connector::new(), greeting).await;
        let mut session = connection.into_preauthenticated().unwrap();
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            let mut idle = selected.idle().await.unwrap();
            assert_eq!(idle.next().await.unwrap(), Some(MailboxEvent::Exists(9)));
            idle.done().await.unwrap();
        };
        let server = async {
            answer_select(&mut peer).await;
            let first = peer.expect("IDLE").await;
            peer.say("+ idling\r\n").await;
            let since = Instant::now();
            assert_eq!(peer.line().await, "DONE");
            assert_eq!(since.elapsed().as_secs(), expected.as_secs(), "{greeting}");
            peer.answer(&first, "$ OK done\r\n").await;
            let second = peer.expect("IDLE").await;
            peer.say("+ idling\r\n* 9 EXISTS\r\n").await;
            assert_eq!(peer.line().await, "DONE");
            peer.answer(&second, "$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_is_known_by_its_answer_to_id() {
    let (mut session, mut peer) = session_with(Connector::new(), "ID").await;
    let client = async {
        assert_eq!(session.profile().vendor(), None);
        session.id(&IdParameters::default()).await.unwrap();
        assert!(session.profile().has(Behaviour::NoFlightBehindAuthenticate), "{:?}", session.profile());
    };
    let server = async {
        peer.exchange("ID NIL", "* ID (\"name\" \"Cyrus IMAPD\" \"version\" \"3.6.1\")\r\n$ OK done\r\n")
            .await;
    };
    play(client, server).await;
}

/// With QRESYNC or UIDONLY enabled, what goes is told by UID.
#[tokio::test(start_paused = true)]
async fn what_vanishes_in_a_watch_is_told() {
    let (mut session, mut peer) = session_with(Connector::new(), "IDLE").await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut idle = selected.idle().await.unwrap();
        let event = idle.next().await.unwrap();
        assert!(
            matches!(&event, Some(MailboxEvent::Vanished(uids)) if uids.to_string() == "41"),
            "{event:?}"
        );
        idle.done().await.unwrap();
    };
    let server = async {
        peer.exchange("SELECT INBOX", &format!("{INBOX}$ OK opened\r\n")).await;
        let tag = peer.expect("IDLE").await;
        peer.say("+ idling\r\n* VANISHED 41\r\n").await;
        assert_eq!(peer.line().await, "DONE");
        peer.answer(&tag, "$ OK done\r\n").await;
    };
    play(client, server).await;
}

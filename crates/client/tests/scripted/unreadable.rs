//! Answers of which something cannot be read: what came is not lost, and what did not is not taken for nothing.

use tayori_client::{
    Access, Change, Connector, Discard, Error, FetchAttribute, Find, MailboxEvent, Notification, SearchKey,
    StatusAttribute,
};
use tayori_proto::command::{
    Event as NotifyEvent, EventGroup, FetchMessages, InitialStatus, NotifySet, QResync, StoreChange, Watched,
};
use tayori_proto::response::{Invalid, Response};
use tayori_proto::types::{ImapString, ListPattern, ListReference, ModSeq, NonEmpty, UidValidity};

use crate::harness::{INBOX, answer_select, inbox, mailbox, play, session_with, uids};

#[track_caller]
fn unreadable<T: std::fmt::Debug>(outcome: Result<T, Error>) -> (String, Vec<Response>) {
    match outcome {
        Err(Error::Unreadable { command, data, .. }) => (command, data.into_vec()),
        other => panic!("something cannot be read: {other:?}"),
    }
}

#[track_caller]
fn incomplete<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    assert!(matches!(outcome, Err(Error::Incomplete { .. })), "{outcome:?}");
}

/// Also where the line begins in one of the odd ways that are taken where it can be read.
#[tokio::test(start_paused = true)]
async fn a_list_says_that_a_mailbox_is_missing() {
    for beginning in ["* ", "*\t", "*  ", "\0* "] {
        a_mailbox_is_missing(beginning).await;
    }
}

async fn a_mailbox_is_missing(beginning: &str) {
    let (mut session, mut peer) = session_with(Connector::new(), "").await;
    let client = async {
        let (reference, all) = (ListReference::none(), ListPattern::all());
        let (command, data) = unreadable(session.list(&reference, &all).await);
        let rows: Vec<_> = data
            .iter()
            .filter_map(|response| match response {
                Response::List(row) => Some(row.name.clone()),
                _ => None,
            })
            .collect();
        assert_eq!((&*command, rows), ("LIST", vec![mailbox("a"), mailbox("c")]));
        // What nobody has asked for costs nothing.
        session.noop().await.unwrap();
        session.list(&reference, &all).await.unwrap();
    };
    let server = async {
        let unreadable = format!("{beginning}LIST (\"/\" b\r\n");
        let list = format!("* LIST () \"/\" a\r\n{unreadable}* LIST () \"/\" c\r\n$ OK done\r\n");
        peer.exchange("LIST \"\" *", &list).await;
        peer.exchange("NOOP", "* LIST (\"/\" b\r\n* SEARCH x\r\n$ OK done\r\n").await;
        peer.exchange("LIST \"\" *", "* SEARCH x\r\n* LIST () \"/\" a\r\n$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// What is told of mailboxes, quotas and rights: a part of it must not pass for all, nor its want for nothing.
#[tokio::test(start_paused = true)]
async fn what_is_told_of_a_mailbox_is_not_missing_without_a_word() {
    let (mut session, mut peer) = session_with(Connector::new(), "QUOTA QUOTASET ACL NAMESPACE").await;
    let client = async {
        let (reference, root) = (ListReference::none(), ImapString::new("r").unwrap());
        let items = || NonEmpty::one(StatusAttribute::Messages);
        let told = session.status(&mailbox("a"), items()).await;
        assert_eq!(unreadable(told).0, "STATUS");
        let told = session.list_with_status(&ListPattern::all(), items()).await;
        assert_eq!(unreadable(told).0, "STATUS");
        assert_eq!(unreadable(session.quota(&root).await).0, "GETQUOTA");
        assert_eq!(unreadable(session.mailbox_quota(&mailbox("a")).await).0, "GETQUOTAROOT");
        assert_eq!(unreadable(session.mailbox_quota(&mailbox("a")).await).0, "GETQUOTAROOT");
        assert_eq!(unreadable(session.set_quota(&root, Vec::new()).await).0, "SETQUOTA");
        assert_eq!(unreadable(session.acl(&mailbox("a")).await).0, "GETACL");
        assert_eq!(unreadable(session.my_rights(&mailbox("a")).await).0, "MYRIGHTS");
        let user = ImapString::new("u").unwrap();
        assert_eq!(unreadable(session.list_rights(&mailbox("a"), &user).await).0, "LISTRIGHTS");
        assert_eq!(unreadable(session.namespace().await).0, "NAMESPACE");
        // Nobody asked for these.
        session.list(&reference, &ListPattern::all()).await.unwrap();
    };
    let server = async {
        let answer = "* STATUS a (MESSAGES\r\n* STATUS a (MESSAGES 1)\r\n$ OK done\r\n";
        peer.exchange("STATUS a (MESSAGES)", answer).await;
        peer.exchange("LIST \"\" *", "* LIST () \"/\" a\r\n* LIST () \"/\" b\r\n$ OK done\r\n").await;
        let first = peer.expect("STATUS a (MESSAGES)").await;
        let second = peer.expect("STATUS b (MESSAGES)").await;
        peer.answer(&first, "* STATUS a (MESSAGES 1)\r\n$ OK done\r\n").await;
        peer.answer(&second, "* STATUS \"b (MESSAGES 2)\r\n$ OK done\r\n").await;
        peer.exchange("GETQUOTA r", "* QUOTA r (STORAGE 1\r\n* QUOTA r ()\r\n$ OK done\r\n").await;
        let answer = "* QUOTAROOT a r s\r\n* QUOTA r ()\r\n* QUOTA s (STORAGE\r\n$ OK done\r\n";
        peer.exchange("GETQUOTAROOT a", answer).await;
        peer.exchange("GETQUOTAROOT a", "* QUOTAROOT \"a\r\n$ OK done\r\n").await;
        peer.exchange("SETQUOTA r ()", "* QUOTA r (STORAGE 1\r\n$ OK done\r\n").await;
        peer.exchange("GETACL a", "* ACL \"a u lrs\r\n* ACL a u lrs\r\n$ OK done\r\n").await;
        peer.exchange("MYRIGHTS a", "* MYRIGHTS a\r\n* MYRIGHTS a lrs\r\n$ OK done\r\n").await;
        let answer = "* LISTRIGHTS a\r\n* LISTRIGHTS a u lrs\r\n$ OK done\r\n";
        peer.exchange("LISTRIGHTS a u", answer).await;
        let answer = "* NAMESPACE ((\r\n* NAMESPACE NIL NIL NIL\r\n$ OK done\r\n";
        peer.exchange("NAMESPACE", answer).await;
        let news =
            "* STATUS a (\r\n* QUOTA r (\r\n* ACL\r\n* NAMESPACE ((\r\n* LIST () \"/\" a\r\n$ OK done\r\n";
        peer.exchange("LIST \"\" *", news).await;
    };
    play(client, server).await;
}

/// The mailbox that is named is the one that is missing, whichever was asked for first; in one command for all, that is
/// one.
#[tokio::test(start_paused = true)]
async fn counts_that_cannot_be_read_are_not_taken_for_none() {
    for (offered, expected) in [("", "STATUS"), ("LIST-EXTENDED LIST-STATUS", "LIST")] {
        let (mut session, mut peer) = session_with(Connector::new(), offered).await;
        let client = async {
            let items = NonEmpty::one(StatusAttribute::Messages);
            let (command, data) = unreadable(session.list_with_status(&ListPattern::all(), items).await);
            assert_eq!(command, expected);
            assert!(!data.is_empty());
        };
        let server = async {
            let rows = "* LIST () \"/\" a\r\n* LIST () \"/\" b\r\n";
            let counts = "* STATUS a (MESSAGES 1)\r\n* STATUS b (MESSAGES\r\n";
            if offered.is_empty() {
                peer.exchange("LIST \"\" *", &format!("{rows}$ OK done\r\n")).await;
                let first = peer.expect("STATUS a (MESSAGES)").await;
                let second = peer.expect("STATUS b (MESSAGES)").await;
                peer.answer(&first, &format!("{counts}$ OK done\r\n")).await;
                peer.answer(&second, "$ OK done\r\n").await;
            } else {
                let command = "LIST \"\" * RETURN (CHILDREN STATUS (MESSAGES))";
                peer.exchange(command, &format!("{rows}{counts}$ OK done\r\n")).await;
            }
        };
        play(client, server).await;
    }
}

/// A search that cannot be read has not found nothing.
#[tokio::test(start_paused = true)]
async fn a_search_is_not_empty() {
    let (mut session, mut peer) = session_with(Connector::new(), "ESEARCH").await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        assert_eq!(unreadable(selected.uid_search(SearchKey::All).await).0, "UID SEARCH");
        assert_eq!(unreadable(selected.find(SearchKey::All, Find::All).await).0, "UID SEARCH");
        let error = selected.find(SearchKey::All, Find::All).await.unwrap_err();
        assert!(matches!(error, Error::Incomplete { .. }), "{error:?}");
        selected.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange("UID SEARCH ALL", "* SEARCH 2 3 ? 5\r\n$ OK done\r\n").await;
        for told in ["* SEARCH 2 ?", "* ESEARCH (TAG \"$\") UID ALL 2:?"] {
            let answer = format!("{told}\r\n$ OK done\r\n");
            peer.exchange("UID SEARCH RETURN (ALL) ALL", &answer).await;
        }
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// The same in the new form, which every search gets under IMAP4rev2: a mirror would take it for a mailbox that is
/// empty.
#[tokio::test(start_paused = true)]
async fn a_search_in_the_new_form_is_not_empty() {
    let (mut session, mut peer) = session_with(Connector::new(), "IMAP4rev2").await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        incomplete(selected.uid_search(SearchKey::All).await);
        incomplete(selected.search(SearchKey::All).await);
        let mut flight = session.flight().select(&inbox());
        let found = flight.uid_search(SearchKey::All);
        let _landed = flight.launch().await.unwrap().land().await.unwrap();
        incomplete(found.wait().await);
    };
    let server = async {
        answer_select(&mut peer).await;
        let answer = "* ESEARCH (TAG \"$\") UID ALL (1 2)\r\n$ OK done\r\n";
        peer.exchange("UID SEARCH ALL", answer).await;
        peer.exchange("SEARCH ALL", "* ESEARCH (TAG \"$\") ALL 1:?\r\n$ OK done\r\n").await;
        answer_select(&mut peer).await;
        peer.exchange("UID SEARCH ALL", answer).await;
        peer
    };
    play(client, server).await;
}

/// All rows are handed out first, those of the next pieces too.
#[tokio::test(start_paused = true)]
async fn rows_end_with_what_cannot_be_read() {
    let (mut session, mut peer) = session_with(Connector::new(), "").await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let pieces = ["1", "2"].map(|set| FetchMessages::from(uids(set)));
        let flags = FetchAttribute::Flags.into();
        let mut rows = selected.fetch_in_pieces(pieces.into_iter(), flags).await.unwrap();
        let mut seen = Vec::new();
        let outcome = loop {
            match rows.next(&mut Discard).await {
                Ok(Some(row)) => seen.extend(row.uid().map(|uid| uid.value())),
                outcome => break outcome,
            }
        };
        assert_eq!(unreadable(outcome).0, "UID FETCH");
        assert_eq!(seen, [40, 42, 43]);
        assert_eq!(rows.refused_pieces(), [0]);
        drop(rows);
        // A STORE that hears of it by the way has done what was asked of it.
        selected.store(uids("1"), StoreChange::Add, &[]).await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        let first = peer.expect("UID FETCH 1 FLAGS").await;
        let second = peer.expect("UID FETCH 2 FLAGS").await;
        let rows = "* 1 FETCH (UID 40 FLAGS ())\r\n* 4294967296 FETCH (UID 41 FLAGS ())\r\n* 3 FETCH (UID 42 FLAGS ())\r\n$ OK done\r\n";
        peer.answer(&first, rows).await;
        peer.answer(&second, "* 3 FETCH (UID 43 FLAGS ())\r\n$ OK done\r\n").await;
        peer.exchange("UID STORE 1 +FLAGS ()", "* 4294967296 FETCH (UID 41)\r\n$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// Who misses a change in a mailbox that is resynchronized never hears of it again.
#[tokio::test(start_paused = true)]
async fn a_change_that_cannot_be_read_is_told() {
    let (mut session, mut peer) = session_with(Connector::new(), "QRESYNC ENABLE").await;
    let since = QResync::new(UidValidity::new(59).unwrap(), ModSeq::new(90).unwrap());
    let client = async {
        let mut changes = Vec::new();
        session.resync(&inbox(), Access::ReadWrite, since, |change| changes.push(change)).await.unwrap();
        let unreadable = changes.iter().filter(|change| matches!(change, Change::Unreadable(_))).count();
        assert_eq!((changes.len(), unreadable), (3, 2), "{changes:?}");
    };
    let server = async {
        let told = "* VANISHED (EARLIER) 1:?\r\n* VANISHED (EARLIER) 7\r\n* 4294967296 FETCH (UID 41)\r\n";
        let answer = format!("{INBOX}{told}$ OK [READ-WRITE] opened\r\n");
        peer.exchange("SELECT INBOX (QRESYNC (59 90))", &answer).await;
    };
    play(client, server).await;
}

/// Something has gone, and nobody knows what: numbers mean nothing any more, UIDs what they did.
#[tokio::test(start_paused = true)]
async fn after_an_expunge_that_cannot_be_read_numbers_are_not_used() {
    let (mut session, mut peer) = session_with(Connector::new(), "").await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        selected.noop().await.unwrap();
        assert!(selected.mailbox().is_in_doubt());
        let error = selected.search(SearchKey::All).await.unwrap_err();
        assert!(matches!(error, Error::NotSent { .. }), "{error:?}");
        selected.uid_search(SearchKey::All).await.unwrap();
        selected.reopen().await.unwrap();
        selected.search(SearchKey::All).await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange("NOOP", "* 0 EXPUNGE\r\n$ OK done\r\n").await;
        peer.exchange("UID SEARCH ALL", "* SEARCH\r\n$ OK done\r\n").await;
        answer_select(&mut peer).await;
        peer.exchange("SEARCH ALL", "* SEARCH\r\n$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// Whoever watches, and is told nothing, takes a message for one that is still there.
#[tokio::test(start_paused = true)]
async fn news_that_cannot_be_read_is_news() {
    let lines = ["* VANISHED 5:x", "* 0 EXPUNGE", "* 4294967296 FETCH (UID 4)"];
    let of_mailboxes = ["* STATUS other 7", "* LIST (\"/\" b"];
    let told = |lines: &[&str]| lines.iter().map(|line| format!("{line}\r\n")).collect::<String>();
    let (mut session, mut peer) = session_with(Connector::new(), "NOTIFY IDLE").await;
    let client = async {
        session.select(&inbox()).await.unwrap();
        let events = vec![NotifyEvent::MessageNew(Vec::new()), NotifyEvent::MessageExpunge];
        let group = NonEmpty::one(EventGroup::new(Watched::SelectedDelayed, events).unwrap());
        let set = NotifySet::new(InitialStatus::Known, group).unwrap();
        let mut news = session.notify(set).await.unwrap();
        for line in lines {
            match news.next().await.unwrap() {
                Some(Notification::Selected(MailboxEvent::Unreadable(invalid))) => same(&invalid, line),
                other => panic!("{other:?}"),
            }
        }
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut idle = selected.idle().await.unwrap();
        for line in lines {
            match idle.next().await.unwrap() {
                Some(MailboxEvent::Unreadable(invalid)) => same(&invalid, line),
                other => panic!("{other:?}"),
            }
        }
        idle.done().await.unwrap();
        assert!(selected.mailbox().is_in_doubt());
        for line in of_mailboxes {
            match news.next().await.unwrap() {
                Some(Notification::Unreadable(invalid)) => same(&invalid, line),
                other => panic!("{other:?}"),
            }
        }
    };
    let server = async {
        answer_select(&mut peer).await;
        let set = "NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge))";
        peer.exchange(set, "$ OK done\r\n").await;
        peer.say(told(&lines)).await;
        answer_select(&mut peer).await;
        let idle = peer.expect("IDLE").await;
        peer.say(format!("+ idling\r\n{}* SEARCH x\r\n{}", told(&lines), told(&of_mailboxes))).await;
        assert_eq!(peer.line().await, "DONE");
        peer.answer(&idle, "$ OK done\r\n").await;
        peer
    };
    play(client, server).await;
}

#[track_caller]
fn same(invalid: &Invalid, line: &str) {
    assert_eq!(String::from_utf8_lossy(&invalid.bytes).trim_end(), line);
}

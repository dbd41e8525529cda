//! Several commands in one write, and what becomes of them when one in front fails.

use tayori_client::{Connector, Discard, Error, FetchAttribute, Lost, SearchKey, StatusAttribute};
use tayori_proto::types::{ListPattern, ListReference, NonEmpty, Uid};

use crate::harness::{
    Bodies, GREETING, INBOX, greeted, inbox, lost, mailbox, numbers, password, play, refused, session,
    uid_and_message, uids, user,
};

fn all() -> (ListReference, ListPattern) {
    (ListReference::none(), ListPattern::all())
}

/// The server answers nothing before it has heard everything: there is no round trip in between.
#[tokio::test(start_paused = true)]
async fn a_flight_leaves_in_one_go() {
    let (connection, mut peer) = greeted(Connector::new(), GREETING).await;
    let client = async {
        let mut flight = connection.flight().login(&user(), &password());
        let list = flight.list(&all().0, &all().1);
        let status = flight.status(&mailbox("other"), NonEmpty::one(StatusAttribute::Messages));
        let mut flight = flight.examine(&inbox());
        let mut rows = flight.fetch(uids("40:4294967295"), uid_and_message());
        let found = flight.uid_search(SearchKey::Seen);
        let noop = flight.noop();
        let in_flight = flight.launch().await.unwrap();
        assert_eq!(list.wait().await.unwrap().len(), 2);
        assert_eq!(status.wait().await.unwrap().name, mailbox("other"));
        let (mut session, mailbox) = in_flight.land().await.unwrap();
        assert_eq!((mailbox.exists(), mailbox.access()), (3, tayori_client::Access::ReadOnly));
        let mut bodies = Bodies::default();
        let row = rows.next(&mut bodies).await.unwrap().unwrap();
        assert_eq!(row.uid().map(Uid::value), Some(43));
        assert_eq!(rows.next(&mut bodies).await.unwrap(), None);
        assert_eq!(bodies.whole, [b"mail"]);
        assert_eq!(found.wait().await.unwrap().to_string(), "41");
        noop.wait().await.unwrap();
        let mut selected = session.resume(mailbox);
        selected.noop().await.unwrap();
        assert_eq!(selected.mailbox().exists(), 3);
    };
    let server = async {
        let login = peer.expect("LOGIN user pass").await;
        let list = peer.expect("LIST \"\" *").await;
        let status = peer.expect("STATUS other (MESSAGES)").await;
        let examine = peer.expect("EXAMINE INBOX").await;
        let fetch = peer.expect("UID FETCH 40:4294967295 (UID BODY.PEEK[])").await;
        let search = peer.expect("UID SEARCH SEEN").await;
        let noop = peer.expect("NOOP").await;
        peer.answer(&login, "$ OK hello\r\n").await;
        peer.answer(&list, "* LIST () NIL a\r\n* LIST () NIL b\r\n$ OK done\r\n").await;
        peer.answer(&status, "* STATUS other (MESSAGES 3)\r\n$ OK done\r\n").await;
        peer.answer(&examine, &format!("{INBOX}$ OK [READ-ONLY] done\r\n")).await;
        peer.answer(&fetch, "* 3 FETCH (UID 43 BODY[] {4}\r\nmail)\r\n$ OK done\r\n").await;
        peer.answer(&search, "* SEARCH 41\r\n$ OK done\r\n").await;
        peer.answer(&noop, "$ OK done\r\n").await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// A session gives a flight too; numbers wait for the answer to SELECT, since it may bring an EXPUNGE.
#[tokio::test(start_paused = true)]
async fn a_flight_of_a_session_selects_and_fetches() {
    let (session, mut peer) = session().await;
    let client = async {
        let mut flight = session.flight().select(&inbox());
        let mut rows = flight.fetch(numbers("1"), FetchAttribute::Flags.into());
        let in_flight = flight.launch().await.unwrap();
        let (session, _) = in_flight.land().await.unwrap();
        assert!(rows.next(&mut Discard).await.unwrap().is_some());
        assert_eq!(rows.next(&mut Discard).await.unwrap(), None);
        session
    };
    let server = async {
        crate::harness::answer_select(&mut peer).await;
        peer.exchange("FETCH 1 FLAGS", "* 1 FETCH (FLAGS ())\r\n$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// What is fetched with a trace changes mail, so it sees the mailbox's answer first.
#[tokio::test(start_paused = true)]
async fn what_leaves_a_trace_waits_for_the_mailbox() {
    let (session, mut peer) = session().await;
    let client = async {
        let mut flight = session.flight().select(&inbox());
        let mut rows = flight.fetch(uids("1"), FetchAttribute::Rfc822.into());
        let failed = flight.launch().await.unwrap().land().await.unwrap_err();
        assert_eq!(refused::<()>(Err(failed.error)).1, "no such mailbox");
        let error = rows.next(&mut Discard).await.unwrap_err();
        assert!(matches!(&error, Error::NotSent { command } if command == "UID FETCH"), "{error:?}");
        assert!(rows.next(&mut Discard).await.is_err(), "rows that were never asked for have no good end");
        failed.session.expect("the login stands").noop().await.unwrap();
    };
    let server = async {
        peer.exchange("SELECT INBOX", "$ NO no such mailbox\r\n").await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
        assert_eq!(peer.rest().await, "");
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn a_failing_login_fails_everything_behind_it() {
    let (connection, mut peer) = greeted(Connector::new(), GREETING).await;
    let client = async {
        let mut flight = connection.flight().login(&user(), &password());
        let list = flight.list(&all().0, &all().1);
        let mut flight = flight.examine(&inbox());
        let mut rows = flight.fetch(uids("1"), uid_and_message());
        let in_flight = flight.launch().await.unwrap();
        assert_eq!(refused(list.wait().await), ("LIST".to_owned(), "log in first".to_owned()));
        assert_eq!(refused(rows.next(&mut Discard).await).0, "UID FETCH");
        let failed = in_flight.land().await.unwrap_err();
        assert!(failed.session.is_none(), "nobody is logged in");
        assert_eq!(refused::<()>(Err(failed.error)), ("LOGIN".to_owned(), "wrong".to_owned()));
    };
    let server = async {
        let login = peer.expect("LOGIN user pass").await;
        let rest = [
            peer.expect("LIST \"\" *").await,
            peer.expect("EXAMINE INBOX").await,
            peer.expect("UID FETCH 1 (UID BODY.PEEK[])").await,
        ];
        peer.answer(&login, "$ NO wrong\r\n").await;
        for tag in rest {
            peer.answer(&tag, "$ BAD log in first\r\n").await;
        }
        assert_eq!(peer.rest().await, "");
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_that_cannot_be_opened_fails_what_was_asked_of_it() {
    let (session, mut peer) = session().await;
    let client = async {
        let mut flight = session.flight();
        let list = flight.list(&all().0, &all().1);
        let mut flight = flight.select(&mailbox("gone"));
        let mut rows = flight.fetch(uids("1"), uid_and_message());
        let in_flight = flight.launch().await.unwrap();
        assert_eq!(list.wait().await.unwrap(), []);
        assert_eq!(refused(rows.next(&mut Discard).await).1, "no mailbox");
        assert_eq!(rows.next(&mut Discard).await.unwrap(), None);
        let failed = in_flight.land().await.unwrap_err();
        assert_eq!(refused::<()>(Err(failed.error)), ("SELECT".to_owned(), "no such mailbox".to_owned()));
        let mut session = failed.session.expect("the login stands");
        assert_eq!(session.select(&inbox()).await.unwrap().mailbox().exists(), 3);
        session
    };
    let server = async {
        peer.exchange("LIST \"\" *", "$ OK done\r\n").await;
        let select = peer.expect("SELECT gone").await;
        let fetch = peer.expect("UID FETCH 1 (UID BODY.PEEK[])").await;
        peer.answer(&select, "$ NO no such mailbox\r\n").await;
        peer.answer(&fetch, "$ BAD no mailbox\r\n").await;
        crate::harness::answer_select(&mut peer).await;
    };
    play(client, server).await;
}

/// Answers are collected whether or not somebody waits for them, so the order of waiting is the caller's.
#[tokio::test(start_paused = true)]
async fn answers_of_a_flight_can_be_awaited_in_any_order() {
    let (connection, mut peer) = greeted(Connector::new(), GREETING).await;
    let client = async {
        let mut flight = connection.flight().login(&user(), &password());
        let list = flight.list(&all().0, &all().1);
        let noop = flight.noop();
        let mut flight = flight.examine(&inbox());
        let found = flight.uid_search(SearchKey::Seen);
        let in_flight = flight.launch().await.unwrap();
        let landed = in_flight.land().await.unwrap();
        assert_eq!(found.wait().await.unwrap().count(), 500);
        noop.wait().await.unwrap();
        assert_eq!(list.wait().await.unwrap().len(), 500);
        landed
    };
    let server = async {
        let login = peer.expect("LOGIN user pass").await;
        let list = peer.expect("LIST \"\" *").await;
        peer.answer(&login, "$ OK hello\r\n").await;
        peer.answer(&list, &format!("{}$ OK done\r\n", "* LIST () NIL a\r\n".repeat(500))).await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
        peer.exchange("EXAMINE INBOX", &format!("{INBOX}$ OK done\r\n")).await;
        let found: String = (1..=500).map(|uid| format!("* SEARCH {uid}\r\n")).collect();
        peer.exchange("UID SEARCH SEEN", &format!("{found}$ OK done\r\n")).await;
    };
    play(client, server).await;
}

/// Rows are not collected: whoever asks for them has to take or drop them before what stands behind them can come.
#[tokio::test(start_paused = true)]
async fn answers_behind_rows_come_when_the_rows_are_taken_or_dropped() {
    for take in [true, false] {
        let (session, mut peer) = session().await;
        let client = async {
            let mut flight = session.flight().examine(&inbox());
            let mut rows = flight.fetch(uids("1:4294967295"), FetchAttribute::Flags.into());
            let noop = flight.noop();
            let landed = flight.launch().await.unwrap().land().await.unwrap();
            let waiting = noop.wait();
            tokio::pin!(waiting);
            tokio::select! {
                biased;
                _ = &mut waiting => panic!("the rows in front are in nobody's hands"),
                () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
            }
            if take {
                while rows.next(&mut Discard).await.unwrap().is_some() {}
            } else {
                drop(rows);
            }
            waiting.await.unwrap();
            landed
        };
        let server = async {
            peer.exchange("EXAMINE INBOX", &format!("{INBOX}$ OK done\r\n")).await;
            let rows = "* 1 FETCH (FLAGS ())\r\n".repeat(100);
            peer.exchange("UID FETCH 1:4294967295 FLAGS", &format!("{rows}$ OK done\r\n")).await;
            peer.exchange("NOOP", "$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_flight_that_is_dropped_says_so() {
    let (session, mut peer) = session().await;
    let client = async {
        let mut flight = session.flight().examine(&inbox());
        let mut rows = flight.fetch(uids("1"), FetchAttribute::Flags.into());
        let noop = flight.noop();
        drop(flight.launch().await.unwrap());
        assert!(matches!(lost(rows.next(&mut Discard).await), Lost::Dropped));
        assert!(matches!(lost(noop.wait().await), Lost::Dropped));
    };
    let server = async { peer.rest().await };
    play(client, server).await;
}

//! The client against servers that behave unlike the standard: it may fail, but neither hangs nor believes what is
//! wrong.

use std::time::Duration;

use tayori_client::{Connector, Error, FetchAttribute, MailboxEvent};
use tayori_proto::response::{FetchItem, ListAttribute};
use tayori_proto::session::CompletionStatus;
use tayori_proto::types::{Capability, ListPattern, ListReference, NonEmpty, Section};
use tayori_testkit::pair::{Host, ROOMY, password, user};
use tayori_testkit::persona::{courier, exchange, gmail, mailutils, shifting, strato};
use tokio::time::{Instant, timeout};

use crate::harness::{Bodies, connect, everything, inbox, log_in, mailbox, numbers, uids, within};

const MESSAGE: &[u8] = b"Subject: hi\r\n\r\nyou\r\n";

/// A flight cannot know that the server has lost it; the limit on silence ends the wait.
#[tokio::test(start_paused = true)]
async fn a_flight_that_courier_has_lost_ends_with_the_silence() {
    within(async {
        let host = Host::behaving(courier::conducts());
        let mut flight = connect(&host, Connector::new(), ROOMY).await.flight().login(&user(), &password());
        let list = flight.list(&ListReference::none(), &ListPattern::all());
        let mut flight = flight.select(&inbox());
        let rows = flight.fetch(uids("1:*"), everything());
        let start = Instant::now();
        let landing = flight.launch().await.unwrap();
        drop(rows);
        assert!(matches!(list.wait().await, Err(Error::Lost(_))));
        assert!(landing.land().await.unwrap_err().session.is_none());
        assert!(start.elapsed() < Duration::from_secs(200), "{:?}", start.elapsed());
        // Without a flight all is well.
        let mut session = log_in(&host).await;
        session.select(&inbox()).await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_message_is_whole_whatever_exchange_says_of_its_size() {
    within(async {
        let host = Host::behaving(exchange::conducts(1000, Duration::from_secs(1)));
        let mut session = log_in(&host).await;
        let large = [MESSAGE, &[b'x'; 200_000]].concat();
        for message in [MESSAGE, &large] {
            session.append(&inbox(), &[], None, message.len() as u64, message).await.unwrap();
        }
        let mut selected = session.examine(&inbox()).await.unwrap();
        let items = NonEmpty::one(FetchAttribute::Rfc822Size).and(FetchAttribute::peek(Section::full()));
        let mut rows = selected.fetch(numbers("1:*"), items.into()).await.unwrap();
        let mut bodies = Bodies::default();
        for size in [MESSAGE.len(), large.len()] {
            let row = rows.next(&mut bodies).await.unwrap().unwrap();
            assert_eq!(row.items[0], FetchItem::Rfc822Size(Some(exchange::wrong(size as u64))));
            assert!(row.defects.is_empty(), "{row:?}");
        }
        assert_eq!(rows.next(&mut bodies).await.unwrap(), None);
        assert!(bodies.whole == [MESSAGE, &large]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_throttled_command_has_failed_and_the_connection_goes_on() {
    within(async {
        let host = Host::behaving(exchange::conducts(2, Duration::from_secs(30)));
        let mut session = log_in(&host).await;
        session.noop().await.unwrap();
        let outcome = session.select(&inbox()).await.map(drop);
        let Err(Error::Refused { status: CompletionStatus::Bad, text, .. }) = &outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(text.as_str(), Some("Request is throttled. Suggested Backoff Time: 30000 milliseconds"));
        tokio::time::advance(Duration::from_secs(30)).await;
        session.select(&inbox()).await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn news_that_were_not_told_while_idling_are_known_behind_it() {
    within(async {
        let host = Host::behaving(mailutils::conducts());
        let mut session = log_in(&host).await;
        let mut other = log_in(&host).await;
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut idle = selected.idle().await.unwrap();
        other.append(&inbox(), &[], None, MESSAGE.len() as u64, MESSAGE).await.unwrap();
        assert!(timeout(Duration::from_secs(60), idle.next()).await.is_err(), "there are news after all");
        idle.done().await.unwrap();
        assert_eq!(selected.mailbox().exists(), 1);
        // Who waits long enough hears of it, since the IDLE is asked for again.
        let mut idle = selected.idle().await.unwrap();
        other.append(&inbox(), &[], None, MESSAGE.len() as u64, MESSAGE).await.unwrap();
        assert_eq!(idle.next().await.unwrap(), Some(MailboxEvent::Exists(2)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_can_be_asked_for_is_what_the_server_listed_last() {
    within(async {
        let lists = &["IMAP4rev1 AUTH=PLAIN SASL-IR MOVE", "IMAP4rev1 UIDPLUS LOGINDISABLED"];
        let mut session = log_in(&Host::behaving(shifting::conducts(lists))).await;
        let listed = session.capabilities().await.unwrap();
        assert!(listed.has(&Capability::UidPlus) && !listed.has(&Capability::Move), "{listed:?}");
        let mut selected = session.select(&inbox()).await.unwrap();
        let outcome = selected.move_messages(uids("1"), &mailbox("a")).await;
        assert!(matches!(outcome, Err(Error::NotOffered { .. })), "{outcome:?}");
        selected.noop().await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_list_without_rows_is_no_error() {
    within(async {
        let mut session = log_in(&Host::behaving(strato::conducts())).await;
        let rows = session.list(&ListReference::none(), &ListPattern::all()).await.unwrap();
        assert_eq!(rows, []);
        session.select(&inbox()).await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn gmail_shows_one_message_in_two_places() {
    within(async {
        let mut session = log_in(&gmail::host()).await;
        let listed = session.list(&ListReference::none(), &ListPattern::all()).await.unwrap();
        let all_mail =
            listed.into_iter().find(|row| row.attributes.contains(&ListAttribute::All)).unwrap().name;
        session.append(&inbox(), &[], None, MESSAGE.len() as u64, MESSAGE).await.unwrap();
        let mut ids = Vec::new();
        for name in [inbox(), all_mail] {
            let mut selected = session.examine(&name).await.unwrap();
            assert!(selected.mailbox().highest_modseq().is_some());
            let item = FetchAttribute::GmMessageId;
            let mut rows = selected.fetch(numbers("1"), item.into()).await.unwrap();
            let row = rows.next(&mut Bodies::default()).await.unwrap().unwrap();
            let Some(FetchItem::GmMessageId(id)) = row.items.first() else { panic!("{row:?}") };
            ids.push(*id);
        }
        assert_eq!(ids[0], ids[1]);
    })
    .await;
}

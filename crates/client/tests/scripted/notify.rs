//! News without asking again (RFC 5465).

use tayori_client::{
    Connector, Error, FetchAttribute, MailboxEvent, Notification, Notifications, RowEvent, Session,
};
use tayori_proto::command::{Event as NotifyEvent, EventGroup, InitialStatus, NotifySet, Watched};
use tayori_proto::response::{ListAttribute, ResponseCode};
use tayori_proto::types::{ListPattern, ListReference, NonEmpty, SeqNum, Uid};
use tayori_testkit::peer::Peer;

use crate::harness::{answer_select, inbox, mailbox, numbers, play, session_with, uids};

const OFFER: &str = "NOTIFY LITERAL+ IDLE";
const SET: &str = "NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge)) (PERSONAL (MailboxName))";

fn group(watched: Watched, events: Vec<NotifyEvent>) -> EventGroup {
    EventGroup::new(watched, events).unwrap()
}

fn messages() -> Vec<NotifyEvent> {
    vec![NotifyEvent::MessageNew(Vec::new()), NotifyEvent::MessageExpunge]
}

fn set(status: InitialStatus, selected: Watched) -> NotifySet {
    let groups = NonEmpty::one(group(selected, messages()));
    NotifySet::new(status, groups.and(group(Watched::Personal, vec![NotifyEvent::MailboxName]))).unwrap()
}

/// News is asked for in INBOX, and a NOOP ends it.
async fn watching(
    client: impl AsyncFnOnce(&mut Session, Notifications),
    server: impl AsyncFnOnce(&mut Peer),
) {
    let (mut session, mut peer) = session_with(Connector::new(), OFFER).await;
    let client = async {
        session.select(&inbox()).await.unwrap();
        let news = session.notify(set(InitialStatus::Known, Watched::SelectedDelayed)).await.unwrap();
        client(&mut session, news).await;
        session.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange(SET, "$ OK done\r\n").await;
        server(&mut peer).await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

async fn next(news: &mut Notifications) -> Notification {
    news.next().await.unwrap().expect("nothing else was asked for")
}

#[tokio::test(start_paused = true)]
async fn news_comes_without_a_command() {
    watching(
        async |_, mut news| {
            let Notification::Status(status) = next(&mut news).await else { panic!() };
            assert_eq!((status.name, status.items.len()), (mailbox("other"), 2));
            let Notification::Mailbox(row) = next(&mut news).await else { panic!() };
            assert_eq!((row.name.as_str(), &row.attributes[..]), ("gone", &[ListAttribute::NonExistent][..]));
            assert_eq!(next(&mut news).await, Notification::Selected(MailboxEvent::Exists(4)));
            let Notification::Selected(MailboxEvent::Fetch(row)) = next(&mut news).await else { panic!() };
            assert_eq!(row.uid(), Uid::new(44));
            let expunge = Notification::Selected(MailboxEvent::Expunge(SeqNum::new(2).unwrap()));
            assert_eq!(next(&mut news).await, expunge);
            assert_eq!(next(&mut news).await, Notification::Overflow);
        },
        async |peer| {
            peer.say(
                "* STATUS other (MESSAGES 3 UIDNEXT 9)\r\n* LIST (\\NonExistent) \"/\" gone\r\n* 4 EXISTS\r\n\
                 * 4 FETCH (UID 44)\r\n* 2 EXPUNGE\r\n* OK [NOTIFICATIONOVERFLOW] too much\r\n",
            )
            .await;
        },
    )
    .await;
}

/// What a command has asked for is its answer, whoever else would like to know; what it has not is news all the same.
#[tokio::test(start_paused = true)]
async fn commands_have_their_answers_and_the_rest_is_news() {
    watching(
        async |session, mut news| {
            let listed = session.list(&ListReference::none(), &ListPattern::all()).await.unwrap();
            assert_eq!(listed.len(), 1);
            let Notification::Status(status) = next(&mut news).await else { panic!() };
            assert_eq!(status.name, mailbox("other"));
            let mut selected = session.select(&inbox()).await.unwrap();
            let mut rows = selected.fetch(uids("1:9"), FetchAttribute::Uid.into()).await.unwrap();
            assert!(matches!(rows.next_event().await.unwrap(), Some(RowEvent::Row(_))));
            assert!(rows.next_event().await.unwrap().is_none());
            drop(rows);
            assert_eq!(selected.mailbox().exists(), 5);
            assert_eq!(next(&mut news).await, Notification::Selected(MailboxEvent::Exists(5)));
            let mut idle = selected.idle().await.unwrap();
            assert_eq!(idle.next().await.unwrap(), Some(MailboxEvent::Exists(6)));
            let Notification::Status(status) = next(&mut news).await else { panic!() };
            assert_eq!(status.name, mailbox("third"));
            idle.done().await.unwrap();
        },
        async |peer| {
            let answer = "* STATUS other (MESSAGES 3)\r\n* LIST () \"/\" a\r\n$ OK done\r\n";
            peer.exchange("LIST \"\" *", answer).await;
            answer_select(peer).await;
            peer.exchange("UID FETCH 1:9 UID", "* 5 EXISTS\r\n* 1 FETCH (UID 1)\r\n$ OK done\r\n").await;
            let idle = peer.expect("IDLE").await;
            peer.say("+ idling\r\n* 6 EXISTS\r\n* STATUS third (MESSAGES 1)\r\n").await;
            assert_eq!(peer.line().await, "DONE");
            peer.answer(&idle, "$ OK done\r\n").await;
        },
    )
    .await;
}

/// The present state comes first, and a set ends the one before.
#[tokio::test(start_paused = true)]
async fn one_set_ends_the_other_and_none_ends_all() {
    watching(
        async |session, mut before| {
            let mut news = session.notify(set(InitialStatus::Told, Watched::SelectedDelayed)).await.unwrap();
            assert_eq!(before.next().await.unwrap(), None);
            let Notification::Status(status) = next(&mut news).await else { panic!() };
            assert_eq!(status.name, mailbox("other"));
            session.notify_none().await.unwrap();
            // What still came before it was answered is told.
            assert_eq!(next(&mut news).await, Notification::Selected(MailboxEvent::Exists(7)));
            assert_eq!(news.next().await.unwrap(), None);
        },
        async |peer| {
            let asked = SET.replace("SET", "SET STATUS");
            peer.exchange(&asked, "* STATUS other (MESSAGES 3)\r\n$ OK done\r\n").await;
            peer.exchange("NOTIFY NONE", "* 7 EXISTS\r\n$ OK done\r\n").await;
        },
    )
    .await;
}

/// A number could be another message's by the time that the server reads it.
#[tokio::test(start_paused = true)]
async fn while_messages_go_at_once_no_number_is_sent() {
    let (mut session, mut peer) = session_with(Connector::new(), OFFER).await;
    let at_once = SET.replace("SELECTED-DELAYED", "SELECTED");
    let client = async {
        let news = session.notify(set(InitialStatus::Known, Watched::Selected)).await.unwrap();
        let mut selected = session.select(&inbox()).await.unwrap();
        let outcome = selected.copy(numbers("1"), &mailbox("other")).await;
        assert!(matches!(outcome, Err(Error::NumbersFloat { .. })), "{outcome:?}");
        let outcome = selected.search(tayori_client::SearchKey::All).await;
        assert!(matches!(outcome, Err(Error::NumbersFloat { .. })), "{outcome:?}");
        selected.copy(uids("1"), &mailbox("other")).await.unwrap();
        session.notify_none().await.unwrap();
        let mut selected = session.select(&inbox()).await.unwrap();
        selected.copy(numbers("1"), &mailbox("other")).await.unwrap();
        drop(news);
    };
    let server = async {
        peer.exchange(&at_once, "$ OK done\r\n").await;
        answer_select(&mut peer).await;
        peer.exchange("UID COPY 1 other", "$ OK done\r\n").await;
        peer.exchange("NOTIFY NONE", "$ OK done\r\n").await;
        answer_select(&mut peer).await;
        peer.exchange("COPY 1 other", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// Who does not listen is told that something is missing, and costs the connection nothing.
#[tokio::test(start_paused = true)]
async fn news_that_nobody_takes_is_thrown_away_and_that_is_told() {
    watching(
        async |session, mut news| {
            session.noop().await.unwrap();
            let mut last = 0;
            loop {
                match next(&mut news).await {
                    Notification::Selected(MailboxEvent::Exists(count)) => {
                        assert_eq!(count, last + 1);
                        last = count;
                    }
                    Notification::Missed => break,
                    other => panic!("{other:?}"),
                }
            }
            assert!((200..1000).contains(&last), "{last}");
            session.noop().await.unwrap();
            // What comes after that is told again.
            assert_eq!(next(&mut news).await, Notification::Selected(MailboxEvent::Exists(2000)));
        },
        async |peer| {
            let news: String = (1..=1000).map(|count| format!("* {count} EXISTS\r\n")).collect();
            peer.exchange("NOOP", &format!("{news}$ OK done\r\n")).await;
            peer.exchange("NOOP", "* 2000 EXISTS\r\n$ OK done\r\n").await;
        },
    )
    .await;
}

/// Who never hears that the server tells no more would wait for ever.
#[tokio::test(start_paused = true)]
async fn the_end_of_news_is_told_to_whoever_was_late() {
    watching(
        async |session, mut news| {
            for _ in 0..2 {
                session.noop().await.unwrap();
                let mut last = Vec::new();
                loop {
                    match next(&mut news).await {
                        Notification::Selected(MailboxEvent::Exists(_)) => {}
                        Notification::Overflow => break,
                        other => last.push(other),
                    }
                }
                assert_eq!(last, [Notification::Missed]);
            }
            session.noop().await.unwrap();
            assert_eq!(next(&mut news).await, Notification::Overflow);
            assert_eq!(next(&mut news).await, Notification::Selected(MailboxEvent::Exists(3)));
        },
        async |peer| {
            let overflow = "* OK [NOTIFICATIONOVERFLOW] too much\r\n";
            let news: String = (1..=1000).map(|count| format!("* {count} EXISTS\r\n")).collect();
            for _ in 0..2 {
                let answer = format!("{news}{overflow}{news}{overflow}{overflow}$ OK done\r\n");
                peer.exchange("NOOP", &answer).await;
            }
            peer.exchange("NOOP", &format!("{overflow}* 3 EXISTS\r\n$ OK done\r\n")).await;
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_the_server_does_not_know_is_refused() {
    let (mut session, mut peer) = session_with(Connector::new(), OFFER).await;
    let client = async {
        let outcome = session.notify(set(InitialStatus::Known, Watched::SelectedDelayed)).await;
        let Err(Error::Refused { code: Some(code), .. }) = outcome else { panic!("{outcome:?}") };
        assert!(matches!(*code, ResponseCode::BadEvent(_)), "{code:?}");
        session.noop().await.unwrap();
    };
    let server = async {
        peer.exchange(SET, "$ NO [BADEVENT (MessageNew)] not here\r\n").await;
        peer.exchange("NOOP", "* STATUS other (MESSAGES 1)\r\n$ OK done\r\n").await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn without_the_capability_nothing_is_sent() {
    let (mut session, mut peer) = session_with(Connector::new(), "IDLE").await;
    let client = async {
        let outcome = session.notify(set(InitialStatus::Known, Watched::SelectedDelayed)).await;
        assert!(matches!(outcome, Err(Error::NotOffered { capability: "NOTIFY" })), "{outcome:?}");
        let outcome = session.notify_none().await;
        assert!(matches!(outcome, Err(Error::NotOffered { capability: "NOTIFY" })), "{outcome:?}");
        session.noop().await.unwrap();
    };
    play(client, peer.exchange("NOOP", "$ OK done\r\n")).await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_connection_is_news_too() {
    let (mut session, mut peer) = session_with(Connector::new(), OFFER).await;
    let client = async {
        let mut news = session.notify(set(InitialStatus::Known, Watched::SelectedDelayed)).await.unwrap();
        let next_one = next(&mut news).await;
        assert_eq!(next_one, Notification::Selected(MailboxEvent::Exists(1)));
        let outcome = news.next().await;
        assert!(matches!(outcome, Err(Error::Lost(_))), "{outcome:?}");
    };
    let server = async {
        peer.exchange(SET, "$ OK done\r\n").await;
        peer.say("* 1 EXISTS\r\n* BYE enough\r\n").await;
        peer.end().await;
    };
    play(client, server).await;
}

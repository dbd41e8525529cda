//! News without asking (RFC 5465), from what another session does to what is told here.

use std::time::Duration;

use tayori_client::{
    Error, FetchAttribute, MailboxEvent, Notification, Notifications, SearchKey, Session, Upload,
};
use tayori_proto::command::{Event, EventGroup, InitialStatus, NotifySet, StoreChange, Watched};
use tayori_proto::response::{ListAttribute, ListItem, ResponseCode, StatusItem};
use tayori_proto::types::{Capability, Flag, MailboxName, NonEmpty};
use tayori_server::Options;
use tayori_testkit::pair::{Host, memory_store};
use tokio::time::timeout;

use crate::harness::{inbox, log_in, mailbox, uids, within};

fn set(status: InitialStatus, groups: impl IntoIterator<Item = (Watched, Vec<Event>)>) -> NotifySet {
    let groups = groups.into_iter().map(|(watched, events)| EventGroup::new(watched, events).unwrap());
    NotifySet::new(status, NonEmpty::try_from(groups.collect::<Vec<_>>()).unwrap()).unwrap()
}

/// All that can happen to messages; of new ones this is told.
fn messages(attributes: &[FetchAttribute]) -> Vec<Event> {
    vec![Event::MessageNew(attributes.to_vec()), Event::MessageExpunge, Event::FlagChange]
}

async fn append(session: &mut Session, to: &MailboxName) {
    session.append_message(to, Upload::of(&b"Subject: x\r\n\r\n"[..])).await.unwrap();
}

/// All that is told until nothing is. The clock turns when nobody has anything to do.
async fn told(news: &mut Notifications) -> Vec<Notification> {
    let mut told = Vec::new();
    while let Ok(next) = timeout(Duration::from_secs(60), news.next()).await {
        told.push(next.unwrap().expect("something is still asked for"));
    }
    told
}

/// In a short form; nothing that can be told is left out.
fn shown(news: &Notification) -> String {
    match news {
        Notification::Selected(MailboxEvent::Exists(count)) => format!("{count} exists"),
        Notification::Selected(MailboxEvent::Recent(count)) => format!("{count} recent"),
        Notification::Selected(MailboxEvent::Expunge(number)) => format!("{} gone", number.value()),
        Notification::Selected(MailboxEvent::Vanished(uids)) => format!("uid {uids} gone"),
        Notification::Selected(MailboxEvent::Fetch(row)) => {
            let flags = row.flags().map(|flags| {
                let flags = flags.iter().filter(|flag| *flag != Flag::Recent);
                flags
                    .map(|flag| format!(" {}", String::from_utf8_lossy(&flag.to_bytes())))
                    .collect::<String>()
            });
            format!("uid {}{}", row.uid().unwrap().value(), flags.unwrap_or_default())
        }
        Notification::Status(status) => {
            let count = status.items.iter().find_map(|item| match item {
                StatusItem::Messages(count) => Some(*count),
                _ => None,
            });
            format!("{}: {}", status.name.as_str(), count.unwrap())
        }
        Notification::Mailbox(row) => {
            let gone = row.attributes.contains(&ListAttribute::NonExistent).then_some(" is not");
            let subscribed = row.attributes.contains(&ListAttribute::Subscribed).then_some(" subscribed");
            let was = row.extended.iter().find_map(|item| match item {
                ListItem::OldName(name) => Some(format!(" was {}", name.as_str())),
                _ => None,
            });
            [Some(row.name.as_str()), gone, subscribed, was.as_deref()].into_iter().flatten().collect()
        }
        Notification::Overflow => "overflow".to_owned(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check(told: &[Notification], expected: &[&str]) {
    assert_eq!(told.iter().map(shown).collect::<Vec<_>>(), expected);
}

#[tokio::test(start_paused = true)]
async fn what_happens_in_the_open_mailbox_is_told() {
    for qresync in [false, true] {
        within(async {
            let host = Host::new();
            let (mut session, mut other) = (log_in(&host).await, log_in(&host).await);
            append(&mut other, &inbox()).await;
            if qresync {
                session.enable(Capability::QResync.into()).await.unwrap();
            }
            session.select(&inbox()).await.unwrap();
            let here = set(InitialStatus::Known, [(Watched::Selected, messages(&[FetchAttribute::Uid]))]);
            let mut news = session.notify(here).await.unwrap();
            check(&told(&mut news).await, &[]);
            append(&mut other, &inbox()).await;
            check(&told(&mut news).await, &["2 exists", "2 recent", "uid 2"]);
            let mut there = other.select(&inbox()).await.unwrap();
            there.store_silent(uids("2"), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
            check(&told(&mut news).await, &["uid 2 \\Deleted"]);
            there.expunge().await.unwrap();
            let gone = if qresync { "uid 2 gone" } else { "2 gone" };
            check(&told(&mut news).await, &[gone, "1 recent"]);
            there.store_silent(uids("1"), StoreChange::Add, &[Flag::Seen]).await.unwrap();
            check(&told(&mut news).await, &["uid 1 \\Seen"]);
            // Numbers may change at any time.
            let mut here = session.select(&inbox()).await.unwrap();
            let outcome = here.search(SearchKey::All).await;
            assert!(matches!(outcome, Err(Error::NumbersFloat { .. })), "{outcome:?}");
            assert_eq!(here.uid_search(SearchKey::Seen).await.unwrap().to_string(), "1");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_happens_elsewhere_is_told() {
    within(async {
        let host = Host::new();
        let (mut session, mut other) = (log_in(&host).await, log_in(&host).await);
        let (work, play) = (mailbox("work"), mailbox("play"));
        other.create(&work).await.unwrap();
        append(&mut other, &work).await;
        let events = [messages(&[]), vec![Event::MailboxName, Event::SubscriptionChange]].concat();
        let mut news = session.notify(set(InitialStatus::Told, [(Watched::Personal, events)])).await.unwrap();
        check(&told(&mut news).await, &["INBOX: 0", "work: 1"]);
        append(&mut other, &work).await;
        check(&told(&mut news).await, &["work: 2"]);
        other.create(&play).await.unwrap();
        check(&told(&mut news).await, &["play"]);
        let mut there = other.select(&work).await.unwrap();
        there.store_silent(uids("1"), StoreChange::Add, &[Flag::Seen]).await.unwrap();
        check(&told(&mut news).await, &["work: 2"]);
        there.move_messages(uids("1:*"), &play).await.unwrap();
        let mut moved: Vec<_> = told(&mut news).await.iter().map(shown).collect();
        moved.sort();
        assert_eq!(moved, ["play: 2", "work: 0"]);
        other.subscribe(&play).await.unwrap();
        check(&told(&mut news).await, &["play subscribed"]);
        other.rename(&play, &mailbox("fun")).await.unwrap();
        let renamed: Vec<_> = told(&mut news).await.iter().map(shown).collect();
        assert!(renamed.contains(&"fun was play".to_owned()), "{renamed:?}");
        other.delete(&work).await.unwrap();
        check(&told(&mut news).await, &["work is not"]);
        // What is done here is no news.
        session.create(&work).await.unwrap();
        check(&told(&mut news).await, &[]);
    })
    .await;
}

/// Commands go on between the news, and what they ask for is not mixed with it.
#[tokio::test(start_paused = true)]
async fn commands_and_news_go_side_by_side() {
    within(async {
        let host = Host::new();
        let (mut session, mut other) = (log_in(&host).await, log_in(&host).await);
        session.create(&mailbox("work")).await.unwrap();
        let groups = [
            (Watched::SelectedDelayed, messages(&[FetchAttribute::Uid])),
            (Watched::Personal, [messages(&[]), vec![Event::MailboxName]].concat()),
        ];
        session.select(&inbox()).await.unwrap();
        let mut news = session.notify(set(InitialStatus::Known, groups)).await.unwrap();
        let acting = async {
            for _ in 0..50 {
                append(&mut other, &inbox()).await;
                append(&mut other, &mailbox("work")).await;
            }
        };
        let asking = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            let mut last = 0;
            while last < 50 {
                let found = selected.search(SearchKey::All).await.unwrap().count();
                assert!(found >= last, "{found} after {last}");
                last = found;
            }
        };
        tokio::join!(acting, asking);
        let told: Vec<_> = told(&mut news).await.iter().map(shown).collect();
        assert!(told.contains(&"work: 50".to_owned()), "{told:?}");
        assert_eq!(session.select(&inbox()).await.unwrap().mailbox().exists(), 50);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_told_any_more() {
    within(async {
        let host = Host::new();
        let (mut session, mut other) = (log_in(&host).await, log_in(&host).await);
        session.select(&inbox()).await.unwrap();
        let here = set(InitialStatus::Known, [(Watched::Selected, messages(&[]))]);
        let mut news = session.notify(here).await.unwrap();
        session.notify_none().await.unwrap();
        append(&mut other, &inbox()).await;
        assert_eq!(news.next().await.unwrap(), None);
        // Numbers hold again, and what came is told when the mailbox is opened.
        let mut here = session.select(&inbox()).await.unwrap();
        assert_eq!((here.mailbox().exists(), here.search(SearchKey::All).await.unwrap().count()), (1, 1));
    })
    .await;
}

/// RFC 5465 section 5.8.
#[tokio::test(start_paused = true)]
async fn more_than_the_server_keeps_in_mind_is_told() {
    within(async {
        let mut options = Options::default();
        options.limits.watched_names = 3;
        let host = Host::with(memory_store(), options);
        let (mut session, mut other) = (log_in(&host).await, log_in(&host).await);
        session.select(&inbox()).await.unwrap();
        let everything = || {
            let groups = [
                (Watched::Selected, messages(&[FetchAttribute::Uid])),
                (Watched::Personal, [messages(&[]), vec![Event::MailboxName]].concat()),
            ];
            set(InitialStatus::Known, groups)
        };
        let mut news = session.notify(everything()).await.unwrap();
        other.create(&mailbox("a")).await.unwrap();
        other.create(&mailbox("b")).await.unwrap();
        other.create(&mailbox("c")).await.unwrap();
        check(&told(&mut news).await, &["a", "b", "overflow"]);
        // Now the server is as if nothing had been asked for: numbers hold.
        append(&mut other, &inbox()).await;
        append(&mut other, &mailbox("a")).await;
        check(&told(&mut news).await, &[]);
        let mut here = session.select(&inbox()).await.unwrap();
        assert_eq!(here.search(SearchKey::All).await.unwrap().count(), 1);
        // Asked again while it is too much, it says so.
        let outcome = session.notify(everything()).await;
        let Err(Error::Refused { code: Some(code), .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(*code, ResponseCode::NotificationOverflow);
        let mut here = session.select(&inbox()).await.unwrap();
        assert_eq!(here.search(SearchKey::All).await.unwrap().count(), 1);
        other.delete(&mailbox("c")).await.unwrap();
        let mut news = session.notify(everything()).await.unwrap();
        append(&mut other, &mailbox("a")).await;
        check(&told(&mut news).await, &["a: 2"]);
    })
    .await;
}

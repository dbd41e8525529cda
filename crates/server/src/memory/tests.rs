use tayori_proto::command::StoreChange;
use tayori_proto::types::{Uid, UidSet};

use super::*;
use crate::store::{Append, Mailbox, Message};

fn store(limits: MemoryLimits) -> MemoryStore {
    MemoryStore::new(UidValidity::MIN, limits)
}

fn name(name: &str) -> MailboxName {
    MailboxName::new(name).unwrap()
}

fn date() -> InternalDate {
    InternalDate::from_unix_seconds(0)
}

fn keyword(name: &str) -> Flag {
    Flag::new(name.to_owned()).unwrap()
}

async fn flags(mailbox: &MemoryMailbox) -> Vec<Vec<Flag>> {
    mailbox.changes(None).await.unwrap().messages.into_iter().map(|message| message.flags).collect()
}

#[tokio::test]
async fn messages_on_their_way_take_room_and_give_it_back() {
    let store = store(MemoryLimits { octets: 10_000, ..MemoryLimits::default() });
    let inbox = MailboxName::inbox();
    let first = store.append(&inbox, Vec::new(), None, 6000).await.unwrap();
    assert!(matches!(store.append(&inbox, Vec::new(), None, 6000).await, Err(StoreError::OverQuota)));
    drop(first);
    let mut second = store.append(&inbox, Vec::new(), None, 6000).await.unwrap();
    second.write(Bytes::from(vec![b'x'; 6000])).await.unwrap();
    assert_eq!(second.finish().await.unwrap().uid, Uid::MIN);
    assert!(matches!(store.append(&inbox, Vec::new(), None, 6000).await, Err(StoreError::OverQuota)));
    let mailbox = store.open(&inbox).await.unwrap();
    mailbox.store(&UidSet::from(Uid::MIN), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
    mailbox.expunge(&UidSet::from(Uid::MIN)).await.unwrap();
    store.append(&inbox, Vec::new(), None, 6000).await.unwrap();
}

#[tokio::test]
async fn an_append_that_is_dropped_leaves_nothing() {
    let store = store(MemoryLimits::default());
    let mut append = store.append(&MailboxName::inbox(), Vec::new(), None, 3).await.unwrap();
    append.write(Bytes::from("abc")).await.unwrap();
    drop(append);
    let changes = store.open(&MailboxName::inbox()).await.unwrap().changes(None).await.unwrap();
    assert_eq!((changes.messages, changes.uid_next), (Vec::new(), Some(Uid::MIN)));
}

#[tokio::test]
async fn keywords_are_one_in_any_case_and_recent_is_none() {
    let store = store(MemoryLimits { keywords: 2, ..MemoryLimits::default() });
    let inbox = MailboxName::inbox();
    let uid = store.insert(&inbox, vec![keyword("Work"), Flag::Recent], date(), Vec::new()).unwrap().uid;
    let mailbox = store.open(&inbox).await.unwrap();
    let all = UidSet::from(uid);
    let change = async |change, flag: &str| mailbox.store(&all, change, &[keyword(flag)]).await;
    change(StoreChange::Add, "WORK").await.unwrap();
    assert_eq!(flags(&mailbox).await, [[keyword("Work")]]);
    change(StoreChange::Remove, "work").await.unwrap();
    assert_eq!(flags(&mailbox).await, [[]]);
    change(StoreChange::Replace, "other").await.unwrap();
    assert!(matches!(change(StoreChange::Add, "third").await, Err(StoreError::Limit(_))));
    assert_eq!(flags(&mailbox).await, [[keyword("other")]]);
    change(StoreChange::Add, "wORK").await.unwrap();
    assert_eq!(flags(&mailbox).await, [[keyword("Work"), keyword("other")]]);
}

#[tokio::test]
async fn a_copy_or_move_is_whole_or_not_at_all() {
    let store = store(MemoryLimits { octets: 2000, ..MemoryLimits::default() });
    let inbox = MailboxName::inbox();
    store.create(&name("b")).await.unwrap();
    for octets in ["first", "second"] {
        store.insert(&inbox, vec![Flag::Seen], date(), vec![Bytes::from(octets)]).unwrap();
    }
    let mailbox = store.open(&inbox).await.unwrap();
    let target = store.open(&name("b")).await.unwrap();
    let all: UidSet = [1, 2].into_iter().filter_map(Uid::new).collect();
    assert!(matches!(mailbox.copy(&all, &name("b")).await, Err(StoreError::OverQuota)));
    assert!(matches!(mailbox.move_to(&all, &name("c")).await, Err(StoreError::NonExistent)));
    assert_eq!((flags(&mailbox).await.len(), flags(&target).await.len()), (2, 0));
    // A move needs no room.
    let moved = mailbox.move_to(&all, &name("b")).await.unwrap();
    assert_eq!(moved.uids.len(), 2);
    assert_eq!((flags(&mailbox).await.len(), flags(&target).await.len()), (0, 2));
    for (uid, octets) in [(1, "first"), (2, "second")] {
        let message = target.message(Uid::new(uid).unwrap()).await.unwrap().unwrap();
        assert_eq!(message.read(0..message.size()).await.unwrap(), octets);
    }
}

#[tokio::test]
async fn who_waits_is_woken_by_a_change_and_by_the_end() {
    let store = store(MemoryLimits::default());
    store.create(&name("a")).await.unwrap();
    let mailbox = store.open(&name("a")).await.unwrap();
    let since = mailbox.changes(None).await.unwrap().state;
    let waiting = tokio::spawn(async move {
        mailbox.wait(since).await;
        let changes = mailbox.changes(Some(since)).await.unwrap();
        assert_eq!(changes.messages.len(), 1);
        mailbox.wait(changes.state).await;
        assert!(matches!(mailbox.changes(Some(changes.state)).await, Err(StoreError::NonExistent)));
    });
    tokio::task::yield_now().await;
    store.insert(&name("a"), Vec::new(), date(), Vec::new()).unwrap();
    tokio::task::yield_now().await;
    store.delete(&name("a")).await.unwrap();
    waiting.await.unwrap();
}

#[tokio::test]
async fn what_there_is_can_be_counted() {
    let limits = MemoryLimits { mailboxes: 4, name_octets: 8, ..MemoryLimits::default() };
    let store = store(limits);
    assert!(matches!(store.create(&name("a/b/c/d")).await, Err(StoreError::Limit(_))));
    store.create(&name("a/b/c")).await.unwrap();
    assert!(matches!(store.create(&name("e")).await, Err(StoreError::Limit(_))));
    assert!(matches!(store.rename(&name("a/b/c"), &name("e/f")).await, Err(StoreError::Limit(_))));
    assert!(matches!(store.rename(&name("a"), &name("longer")).await, Err(StoreError::Limit(_))));
    store.rename(&name("a"), &name("e")).await.unwrap();
    let names: Vec<_> = store.mailboxes().await.unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["INBOX", "e", "e/b", "e/b/c"].map(name));
    for bad in ["e//f", "/e", "e*", "%", "e\u{7}"] {
        assert!(matches!(store.create(&name(bad)).await, Err(StoreError::Cannot(_))), "{bad}");
    }
}

/// A flag is a part of the command it came in, which may be a thousand times as long.
#[tokio::test]
async fn a_keyword_does_not_keep_its_command() {
    let store = store(MemoryLimits::default());
    let inbox = MailboxName::inbox();
    let command = Bytes::from(vec![b'a'; 1 << 20]);
    let flag = |start| vec![Flag::new(command.slice(start..start + 5 + start)).unwrap()];
    let uid = store.insert(&inbox, flag(0), date(), Vec::new()).unwrap().uid;
    let mailbox = store.open(&inbox).await.unwrap();
    mailbox.store(&UidSet::from(uid), StoreChange::Add, &flag(1)).await.unwrap();
    assert_eq!(flags(&mailbox).await, [[keyword("aaaaa"), keyword("aaaaaa")]]);
    assert!(command.is_unique());
}

#[tokio::test]
async fn a_subscription_does_not_keep_its_command() {
    let store = store(MemoryLimits::default());
    let command = Bytes::from(vec![0xff; 1 << 20]);
    let odd = |octets| {
        MailboxName::from_wire(command.slice(..octets), tayori_proto::types::NameEncoding::default())
    };
    store.subscribe(&odd(3), Subscription::Subscribed).await.unwrap_err();
    assert!(command.is_unique());
}

#[tokio::test]
async fn keywords_are_short() {
    let store = store(MemoryLimits { keyword_octets: 5, ..MemoryLimits::default() });
    let inbox = MailboxName::inbox();
    store.insert(&inbox, vec![keyword("short")], date(), Vec::new()).unwrap();
    let long = store.insert(&inbox, vec![keyword("longer")], date(), Vec::new());
    assert!(matches!(long, Err(StoreError::Limit(_))), "{long:?}");
}

/// Each message brings few new keywords, all of them together too many.
#[tokio::test]
async fn copies_keep_to_the_number_of_keywords() {
    let store = store(MemoryLimits { keywords: 2, ..MemoryLimits::default() });
    let inbox = MailboxName::inbox();
    let to = name("to");
    store.create(&to).await.unwrap();
    for flag in ["a", "b"] {
        store.insert(&inbox, vec![keyword(flag)], date(), Vec::new()).unwrap();
    }
    store.insert(&to, vec![keyword("c")], date(), Vec::new()).unwrap();
    let mailbox = store.open(&inbox).await.unwrap();
    let all: UidSet = [1, 2].into_iter().filter_map(Uid::new).collect();
    assert!(matches!(mailbox.copy(&all, &to).await, Err(StoreError::Limit(_))));
    assert!(matches!(mailbox.move_to(&all, &to).await, Err(StoreError::Limit(_))));
    assert_eq!(flags(&mailbox).await.len(), 2);
}

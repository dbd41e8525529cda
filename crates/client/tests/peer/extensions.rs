//! Extensions that some servers have. Which have none of it is written down, so that we hear of it when that changes.

use std::time::Duration;

use tayori_client::{
    Compression, Discard, Error, FetchAttribute, Find, MailboxEvent, Notification, Notifications, SearchKey,
    Session, Upload,
};
use tayori_proto::command::{
    Event as NotifyEvent, EventGroup, InitialStatus, NotifySet, StoreChange, Watched,
};
use tayori_proto::response::{FetchItem, StatusItem};
use tayori_proto::types::{
    Bound, Capability, Flag, IdParameters, ImapString, ListPattern, ListReference, Messages, NonEmpty,
    SequenceSet, Uid,
};
use tokio::time::timeout;

use crate::server::{Kind, all_uids, append, peer, skip, take, uid_and_message};

/// Whether the server has it; those that are known not to, must not.
#[track_caller]
fn has(offered: bool, what: &str, without: &[Kind]) -> bool {
    let kind = peer().unwrap().kind;
    // Later versions of Dovecot have more.
    let is_known = kind != Kind::Other && !(kind == Kind::Dovecot && without.contains(&kind));
    if is_known {
        assert_eq!(offered, !without.contains(&kind), "{kind:?} has {what}, or has it no longer");
    }
    if !offered {
        skip(&format!("{kind:?} has no {what}"));
    }
    offered
}

fn only(uid: Uid) -> Messages {
    Messages::Uids(SequenceSet::range(Bound::Id(uid), Bound::Id(uid)))
}

async fn offers(session: &mut Session, capability: &Capability) -> bool {
    session.capabilities().await.unwrap().offers(capability)
}

#[tokio::test]
async fn what_passes_is_compressed() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("compressed").await;
    if !has(
        offers(&mut session, &Capability::CompressDeflate).await,
        "COMPRESS=DEFLATE",
        &[Kind::Courier, Kind::Mailutils],
    ) {
        let outcome = session.compress().await;
        assert!(matches!(outcome, Err(Error::NotOffered { .. })), "{outcome:?}");
        return;
    }
    assert_eq!(session.compress().await.unwrap(), Compression::Begun);
    assert_eq!(session.compress().await.unwrap(), Compression::Active);
    let large = "Subject: large\r\n\r\n".to_owned() + &"0123456789abcdef\r\n".repeat(50_000);
    let random: Vec<u8> = (0..100_000_u64)
        .map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
        .map(|octet| b"abcdefghijklmnopqrstuvwxyz012345"[usize::from(octet % 32)])
        .collect();
    let random = [b"Subject: random\r\n\r\n", &random[..], b"\r\n"].concat();
    for message in [large.as_bytes(), &random, b"Subject: small\r\n\r\n"] {
        append(&mut session, &mailbox, message).await;
    }
    let mut selected = session.select(&mailbox).await.unwrap();
    let (rows, bodies) = take(selected.fetch(all_uids(), uid_and_message()).await.unwrap()).await;
    assert_eq!(rows.len(), 3);
    assert!(bodies == [large.as_bytes(), &random, b"Subject: small\r\n\r\n"]);
    drop(selected.fetch(all_uids(), uid_and_message()).await.unwrap());
    drop(selected.idle().await.unwrap());
    assert_eq!(selected.uid_search(SearchKey::All).await.unwrap().count(), 3);
    session.logout().await.unwrap();
}

#[tokio::test]
async fn names_and_messages_are_utf8_once_it_is_enabled() {
    let Some(peer) = peer() else { return };
    for (capability, without) in [
        (Capability::Utf8Accept, &[Kind::Dovecot, Kind::Cyrus, Kind::Mailutils][..]),
        (Capability::Imap4Rev2, &[Kind::Dovecot, Kind::Courier, Kind::Mailutils]),
    ] {
        let mut session = peer.session().await;
        if !has(offers(&mut session, &capability).await, &format!("{capability:?}"), without) {
            continue;
        }
        assert!(session.enable(capability.clone().into()).await.unwrap().has(&capability));
        let name = peer.mailbox("utf8 \u{65e5}\u{672c}\u{8a9e}");
        let _ = session.delete(&name).await;
        session.create(&name).await.unwrap();
        let listed = session.list(&ListReference::none(), &ListPattern::all()).await.unwrap();
        assert!(listed.iter().any(|row| row.name == name), "{listed:?}");
        let message =
            "Subject: \u{65c5}\u{884c}\r\nFrom: \u{9234} <s@example.jp>\r\n\r\n\u{4fbf}\u{308a}\r\n";
        session.append_message(&name, Upload::of(message.as_bytes())).await.unwrap();
        let mut selected = session.select(&name).await.unwrap();
        let items = NonEmpty::one(FetchAttribute::Envelope).and(FetchAttribute::Uid);
        let mut rows = selected.fetch(all_uids(), items.into()).await.unwrap();
        let row = rows.next(&mut Discard).await.unwrap().unwrap();
        let subject = row.items.iter().find_map(|item| match item {
            FetchItem::Envelope(envelope) => envelope.subject().map(<[u8]>::to_vec),
            _ => None,
        });
        assert_eq!(subject.unwrap(), "\u{65c5}\u{884c}".as_bytes());
        drop(rows);
        let (_, bodies) = take(selected.fetch(all_uids(), uid_and_message()).await.unwrap()).await;
        assert!(bodies == [message.as_bytes()], "{}", bodies[0].escape_ascii());
        let key = SearchKey::Subject(ImapString::new("\u{884c}").unwrap());
        assert_eq!(selected.uid_search(key.clone()).await.unwrap().count(), 1);
        assert_eq!(selected.find(key, Find::Count).await.unwrap().count, Some(1));
        drop(selected);
        // A session to which nothing was enabled sees the same name.
        let listed = peer.session().await.list(&ListReference::none(), &ListPattern::all()).await.unwrap();
        assert!(listed.iter().any(|row| row.name == name), "{listed:?}");
        session.logout().await.unwrap();
    }
}

#[tokio::test]
async fn with_uid_only_everything_goes_by_uid() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("uids").await;
    let without = [Kind::Dovecot, Kind::Courier, Kind::Mailutils];
    if !has(offers(&mut session, &Capability::UidOnly).await, "UIDONLY", &without) {
        return;
    }
    session.enable(Capability::UidOnly.into()).await.unwrap();
    let large = "Subject: large\r\n\r\n".to_owned() + &"0123456789abcdef\r\n".repeat(1000);
    let uid = append(&mut session, &mailbox, large.as_bytes()).await;
    append(&mut session, &mailbox, b"Subject: x\r\n\r\n").await;
    let mut selected = session.select(&mailbox).await.unwrap();
    let refused = selected.search(SearchKey::All).await;
    assert!(matches!(refused, Err(Error::UidsOnly { .. })), "{refused:?}");
    let (rows, bodies) = take(selected.fetch(all_uids(), uid_and_message()).await.unwrap()).await;
    assert_eq!((rows[0].number(), rows[0].uid()), (None, Some(uid)));
    assert!(bodies[0] == large.as_bytes());
    let rows = selected.store(all_uids(), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
    assert!(rows.iter().all(|row| row.number().is_none()), "{rows:?}");
    let gone = selected.expunge().await.unwrap();
    assert_eq!((gone.uids.count(), gone.numbers.len(), selected.mailbox().exists()), (2, 0, 0));
}

#[tokio::test]
async fn with_qresync_what_is_gone_is_told_by_uid() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("vanished").await;
    let without = [Kind::Courier, Kind::Mailutils];
    if !has(offers(&mut session, &Capability::QResync).await, "QRESYNC", &without) {
        return;
    }
    let wanted = NonEmpty::one(Capability::CondStore).and(Capability::QResync);
    let enabled = session.enable(wanted).await.unwrap();
    assert!(enabled.has(&Capability::QResync), "{enabled:?}");
    assert!(session.enabled().contains(&Capability::QResync));
    let first = append(&mut session, &mailbox, b"Subject: x\r\n\r\n").await;
    append(&mut session, &mailbox, b"Subject: y\r\n\r\n").await;
    let mut selected = session.select(&mailbox).await.unwrap();
    assert!(selected.mailbox().highest_modseq().is_some());
    let messages = only(first);
    selected.store_silent(messages, StoreChange::Add, &[Flag::Deleted]).await.unwrap();
    let gone = selected.expunge().await.unwrap();
    assert_eq!((gone.uids.iter().collect::<Vec<_>>(), gone.numbers.len()), (vec![first], 0));
    assert_eq!(selected.mailbox().exists(), 1);
}

/// What happens in the open mailbox and in another one is told while nothing is asked.
#[tokio::test]
async fn news_comes_without_being_asked_for() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("told of").await;
    let without = [Kind::Courier, Kind::Mailutils];
    if !has(offers(&mut session, &Capability::Notify).await, "NOTIFY", &without) {
        return;
    }
    let (mut other_session, other) = peer.with_mailbox("told of from afar").await;
    let messages = |attributes| vec![NotifyEvent::MessageNew(attributes), NotifyEvent::MessageExpunge];
    let watch = |status, watched, events| {
        let group = EventGroup::new(watched, events).unwrap();
        NotifySet::new(status, NonEmpty::one(group)).unwrap()
    };
    let events = [messages(vec![FetchAttribute::Uid]), vec![NotifyEvent::FlagChange]].concat();
    session.select(&mailbox).await.unwrap();
    let mut news = session.notify(watch(InitialStatus::Known, Watched::Selected, events)).await.unwrap();
    let uid = append(&mut other_session, &mailbox, b"Subject: x\r\n\r\n").await;
    until(&mut session, &mut news, "a message", |news| {
        *news == Notification::Selected(MailboxEvent::Exists(1))
    })
    .await;
    let mut selected = other_session.select(&mailbox).await.unwrap();
    let deleted = [Flag::Deleted];
    selected.store_silent(only(uid), StoreChange::Add, &deleted).await.unwrap();
    let is_deleted = |news: &Notification| match news {
        Notification::Selected(MailboxEvent::Fetch(row)) => {
            row.uid() == Some(uid) && row.flags().is_some_and(|flags| flags.contains(&Flag::Deleted))
        }
        _ => false,
    };
    until(&mut session, &mut news, "a flag", is_deleted).await;
    selected.expunge().await.unwrap();
    until(&mut session, &mut news, "that it is gone", |news| {
        matches!(news, Notification::Selected(MailboxEvent::Expunge(_)))
    })
    .await;
    let mut here = session.select(&mailbox).await.unwrap();
    let outcome = here.search(SearchKey::All).await;
    assert!(matches!(outcome, Err(Error::NumbersFloat { .. })), "{outcome:?}");
    assert!(here.uid_search(SearchKey::All).await.unwrap().is_empty());
    let there = Watched::Mailboxes(NonEmpty::one(other.clone()));
    let set = watch(InitialStatus::Told, there, messages(Vec::new()));
    let mut news = session.notify(set).await.unwrap();
    let counts = |news: &Notification, expected: u32| match news {
        Notification::Status(status) => {
            status.name == other && status.items.contains(&StatusItem::Messages(expected))
        }
        _ => false,
    };
    until(&mut session, &mut news, "the state before", |news| counts(news, 0)).await;
    append(&mut other_session, &other, b"Subject: x\r\n\r\n").await;
    until(&mut session, &mut news, "a message elsewhere", |news| counts(news, 1)).await;
    session.notify_none().await.unwrap();
    while news.next().await.unwrap().is_some() {}
    session.select(&mailbox).await.unwrap().search(SearchKey::All).await.unwrap();
    session.logout().await.unwrap();
}

/// Takes news until this is told.
///
/// What happens in the second in which it has last looked at the mailbox Dovecot 2.3.19 tells only when it is asked for
/// anything. Cyrus is asked for nothing.
async fn until(
    session: &mut Session,
    news: &mut Notifications,
    what: &str,
    is_it: impl Fn(&Notification) -> bool,
) {
    let mut others = Vec::new();
    for _ in 0..60 {
        match timeout(Duration::from_secs(1), news.next()).await {
            Ok(told) => match told.unwrap().unwrap() {
                told if is_it(&told) => return,
                told => others.push(told),
            },
            Err(_) if peer().unwrap().kind == Kind::Cyrus => {}
            Err(_) => session.noop().await.unwrap(),
        }
    }
    panic!("{what} is never told, only {others:?}");
}

#[tokio::test]
async fn what_a_search_has_saved_is_used() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("saved").await;
    let without = [Kind::Courier, Kind::Mailutils];
    if !has(offers(&mut session, &Capability::SearchRes).await, "SEARCHRES", &without) {
        return;
    }
    let mut uids = Vec::new();
    for _ in 0..3 {
        uids.push(append(&mut session, &mailbox, b"Subject: x\r\n\r\n").await);
    }
    let mut selected = session.select(&mailbox).await.unwrap();
    let two = Messages::Uids("1:2".parse().unwrap());
    selected.store_silent(two, StoreChange::Add, &[Flag::Flagged]).await.unwrap();
    selected.search_and_save(SearchKey::Flagged).await.unwrap();
    let (rows, _) = take(selected.fetch(Messages::SavedByUid, uid_and_message()).await.unwrap()).await;
    assert_eq!(rows.iter().map(|row| row.uid().unwrap()).collect::<Vec<_>>(), uids[..2]);
    let copied = selected.copy(Messages::SavedByUid, &mailbox).await.unwrap().uids.unwrap();
    assert_eq!(copied.from.resolve(None).iter().collect::<Vec<_>>(), uids[..2]);
    selected.store_silent(Messages::SavedByUid, StoreChange::Add, &[Flag::Seen]).await.unwrap();
    assert_eq!(selected.uid_search(SearchKey::Seen).await.unwrap().iter().collect::<Vec<_>>(), uids[..2]);
}

/// RFC 2971 section 3.3 allows NIL for a value. The process of Cyrus 3.10.2 that serves the connection ends at once, so
/// such a field is not sent.
#[tokio::test]
async fn fields_without_a_value_harm_nobody() {
    let Some(peer) = peer() else { return };
    let mut session = peer.session().await;
    if !has(offers(&mut session, &Capability::Id).await, "ID", &[Kind::Courier]) {
        return;
    }
    let ours = IdParameters::new([("name", Some("tayori")), ("support-url", None)]).unwrap();
    session.id(&ours).await.unwrap();
    session.id(&IdParameters::new([("name", None::<&str>)]).unwrap()).await.unwrap();
    session.noop().await.unwrap();
}

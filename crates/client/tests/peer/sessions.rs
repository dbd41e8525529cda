//! What one session does, another hears of.

use tayori_client::{Idle, MailboxEvent, SearchKey};
use tayori_proto::command::StoreChange;
use tayori_proto::types::{Flag, SeqNum, SequenceSet};

use crate::server::{Kind, all_uids, append, peer, skip};

/// What one session does, another sees: EXISTS and EXPUNGE arrive with whatever is asked for.
#[tokio::test]
async fn news_of_another_session_arrive() {
    let Some(peer) = peer() else { return };
    let (mut other, mailbox) = peer.with_mailbox("news").await;
    let mut session = peer.session().await;
    let mut selected = session.select(&mailbox).await.unwrap();
    assert_eq!(selected.mailbox().exists(), 0);
    append(&mut other, &mailbox, b"Subject: x\r\n\r\n").await;
    selected.noop().await.unwrap();
    assert_eq!(selected.mailbox().exists(), 1);
    let mut there = other.select(&mailbox).await.unwrap();
    there.store_silent(all_uids(), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
    there.close().await.unwrap();
    selected.noop().await.unwrap();
    if peer.kind == Kind::Mailutils {
        // What another session removes is not told there; and leaving the mailbox writes it as this session knows it.
        assert_eq!(selected.mailbox().exists(), 1);
        let selected = session.select(&mailbox).await.unwrap();
        assert_eq!(selected.mailbox().exists(), 1);
        return;
    }
    assert_eq!(selected.mailbox().exists(), 0);
}

#[tokio::test]
async fn a_watched_mailbox_tells_what_another_session_does_to_it() {
    let Some(peer) = peer() else { return };
    if peer.kind == Kind::Mailutils {
        return skip("nothing is told while idling there");
    }
    let (mut watching, mailbox) = peer.with_mailbox("watched").await;
    let mut acting = peer.session().await;
    append(&mut acting, &mailbox, b"Subject: first\r\n\r\n").await;
    let mut selected = watching.select(&mailbox).await.unwrap();
    let mut idle = selected.idle().await.unwrap();

    let second = append(&mut acting, &mailbox, b"Subject: second\r\n\r\n").await;
    until(&mut idle, |event| *event == MailboxEvent::Exists(2)).await;
    let mut changed = acting.select(&mailbox).await.unwrap();
    changed.store_silent(SequenceSet::one(second), StoreChange::Add, &[Flag::Flagged]).await.unwrap();
    until(&mut idle, |event| {
        matches!(event, MailboxEvent::Fetch(row)
            if row.number() == SeqNum::new(2) && row.flags().is_some_and(|flags| flags.contains(&Flag::Flagged)))
    })
    .await;
    changed.store_silent(SequenceSet::one(second), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
    changed.uid_expunge(SequenceSet::one(second)).await.unwrap();
    until(&mut idle, |event| matches!(event, MailboxEvent::Expunge(number) if number.value() == 2)).await;
    idle.done().await.unwrap();
    assert_eq!(selected.mailbox().exists(), 1);

    // A watch that is given up, and one that is given up before the server has taken it up.
    drop(selected.idle().await.unwrap());
    {
        let mut asked = std::pin::pin!(selected.idle());
        tokio::select! {
            biased;
            idle = &mut asked => drop(idle.unwrap()),
            () = std::future::ready(()) => {}
        }
    }
    selected.noop().await.unwrap();
    assert_eq!(selected.uid_search(SearchKey::All).await.unwrap().count(), 1);
    watching.logout().await.unwrap();
}

/// Waits for this event; there may be others before.
async fn until(idle: &mut Idle<'_>, wanted: impl Fn(&MailboxEvent) -> bool) {
    let waiting = async {
        while let Some(event) = idle.next().await.unwrap() {
            if wanted(&event) {
                return;
            }
        }
        panic!("the server has stopped idling");
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), waiting).await.expect("nothing is told");
}

/// Mailutils accepts IDLE and tells nothing in it: who wants to hear has to end it now and then.
#[tokio::test]
async fn news_that_are_not_told_while_idling_come_behind_it() {
    let Some(peer) = peer() else { return };
    if peer.kind != Kind::Mailutils {
        return skip("news are told while idling there");
    }
    let (mut watching, mailbox) = peer.with_mailbox("unwatched").await;
    let mut acting = peer.session().await;
    let mut selected = watching.select(&mailbox).await.unwrap();
    let mut idle = selected.idle().await.unwrap();
    append(&mut acting, &mailbox, b"Subject: first\r\n\r\n").await;
    let told = tokio::time::timeout(std::time::Duration::from_secs(2), idle.next()).await;
    assert!(told.is_err(), "{told:?}");
    idle.done().await.unwrap();
    selected.noop().await.unwrap();
    assert_eq!(selected.mailbox().exists(), 1);
}

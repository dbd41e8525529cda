//! Flags, dates, copies and removals.

use tayori_client::{AppendError, Discard, Error, FetchAttribute, SearchKey};
use tayori_proto::command::StoreChange;
use tayori_proto::response::ResponseCode;
use tayori_proto::types::{
    Atom, Capability, Flag, InternalDate, Messages, NonEmpty, SequenceSet, Uid, UidSet,
};

use crate::server::{Kind, all_uids, append, lacks, peer, take};

#[tokio::test]
async fn a_date_and_flags_are_stored_with_a_message() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("dates").await;
    let date = InternalDate::parse(b" 7-Feb-1994 21:52:25 -0800").unwrap();
    let mut flags = vec![Flag::Seen, Flag::Flagged];
    let message = &b"Subject: x\r\n\r\n"[..];
    let keyword = [Flag::new("$Tayori").unwrap()];
    if peer.kind.keeps_keywords() {
        flags.extend(keyword);
    } else {
        let outcome = session.append(&mailbox, &keyword, Some(date), message.len() as u64, message).await;
        assert!(matches!(outcome, Err(AppendError::Server(Error::Refused { .. }))), "{outcome:?}");
    }
    session.append(&mailbox, &flags, Some(date), message.len() as u64, message).await.unwrap();
    let mut selected = session.select(&mailbox).await.unwrap();
    let items = NonEmpty::one(FetchAttribute::InternalDate).and(FetchAttribute::Flags);
    let mut rows = selected.fetch(all_uids(), items.into()).await.unwrap();
    let row = rows.next(&mut Discard).await.unwrap().unwrap();
    assert!(flags.iter().all(|flag| row.flags().unwrap().contains(flag)), "{row:?}");
    let found = row.items.iter().find_map(|item| match item {
        tayori_proto::response::FetchItem::InternalDate(date) => *date,
        _ => None,
    });
    // Mailutils keeps the hour and forgets the zone.
    let lost_zone = if peer.kind == Kind::Mailutils { 8 * 3600 } else { 0 };
    assert_eq!(found.map(InternalDate::unix_seconds), Some(date.unix_seconds() - lost_zone));
    drop(rows);
    if !peer.kind.keeps_keywords() {
        return;
    }
    let found = selected.uid_search(SearchKey::Keyword(Atom::try_from("$Tayori").unwrap())).await.unwrap();
    assert_eq!(found.count(), 1);
}

#[tokio::test]
async fn flags_are_searched_for_and_changed() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("flags").await;
    let mut uids = UidSet::new();
    for _ in 0..3 {
        uids.insert(append(&mut session, &mailbox, b"Subject: x\r\n\r\n").await);
    }
    let mut selected = session.select(&mailbox).await.unwrap();
    // Courier does not say; RFC 9051 section 6.3.2 requires it, RFC 3501 too.
    let next = uids.last().map(|uid| uid.value() + 1).filter(|_| peer.kind != Kind::Courier);
    assert_eq!(selected.mailbox().uid_next().map(Uid::value), next);
    // Above the last UID there is nothing, whatever the server makes of `*`. Mailutils takes the number for `*`.
    let above = Messages::Uids(format!("{}:4294967295", uids.last().unwrap().value() + 1).parse().unwrap());
    let (rows, _) = take(selected.fetch(above, FetchAttribute::Uid.into()).await.unwrap()).await;
    assert_eq!(rows.len(), usize::from(peer.kind == Kind::Mailutils));
    assert!(selected.mailbox().uid_validity().is_some());
    assert_eq!(selected.uid_search(SearchKey::Seen).await.unwrap(), UidSet::new());
    assert_eq!(selected.uid_search(SearchKey::All).await.unwrap(), uids);
    assert_eq!(selected.search(SearchKey::Unseen).await.unwrap().to_string(), "1:3");

    let first = Messages::Numbers("1".parse().unwrap());
    let keyword = if peer.kind.keeps_keywords() { Flag::new("junk").unwrap() } else { Flag::Draft };
    let rows = selected.store(first.clone(), StoreChange::Add, &[Flag::Seen, keyword.clone()]).await.unwrap();
    let flags = rows[0].flags().unwrap();
    assert!(flags.contains(&Flag::Seen) && flags.contains(&keyword), "{flags:?}");
    selected.store_silent(first.clone(), StoreChange::Remove, &[Flag::Seen]).await.unwrap();
    assert_eq!(selected.uid_search(SearchKey::Seen).await.unwrap(), UidSet::new());
    let rows = selected.store(first, StoreChange::Replace, &[Flag::Answered]).await.unwrap();
    assert!(!rows[0].flags().unwrap().contains(&keyword));
    assert_eq!(selected.search(SearchKey::Answered).await.unwrap().to_string(), "1");
    selected.check().await.unwrap();
}

#[tokio::test]
async fn a_mailbox_that_was_examined_does_not_change() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("examined").await;
    append(&mut session, &mailbox, b"Subject: x\r\n\r\n").await;
    let mut selected = session.examine(&mailbox).await.unwrap();
    assert_eq!(selected.mailbox().access(), tayori_client::Access::ReadOnly);
    // RFC822 marks as read where that can be.
    let mut rows = selected.fetch(all_uids(), FetchAttribute::Rfc822.into()).await.unwrap();
    while rows.next(&mut Discard).await.unwrap().is_some() {}
    drop(rows);
    // Dovecot answers OK to this and ignores it; Courier obeys, although the mailbox is read-only.
    let _ = selected.store(all_uids(), StoreChange::Add, &[Flag::Seen]).await;
    selected.close().await.unwrap();
    let mut selected = session.select(&mailbox).await.unwrap();
    let seen = selected.uid_search(SearchKey::Seen).await.unwrap();
    assert_eq!(seen.is_empty(), peer.kind != Kind::Courier);
}

#[tokio::test]
async fn messages_are_copied_and_expunged() {
    let Some(peer) = peer() else { return };
    let (mut session, from) = peer.with_mailbox("copied from").await;
    let (_, to) = peer.with_mailbox("copied to").await;
    let mut uids = Vec::new();
    for text in ["one", "two", "three", "four"] {
        uids.push(append(&mut session, &from, format!("Subject: {text}\r\n\r\n").as_bytes()).await);
    }
    let mut selected = session.select(&from).await.unwrap();
    let outcome = selected.copy(Messages::Numbers("1:2".parse().unwrap()), &to).await.unwrap();
    let uid_plus = peer.kind != Kind::Mailutils;
    assert_eq!(outcome.uids.is_some(), uid_plus);
    if let Some(copied) = outcome.uids {
        assert_eq!(copied.from.resolve(None).iter().collect::<Vec<_>>(), uids[..2]);
        assert_eq!(copied.to.resolve(None).count(), 2);
    }

    let nowhere = peer.mailbox("copied nowhere");
    let error = selected.copy(all_uids(), &nowhere).await.unwrap_err();
    let Error::Refused { code, .. } = error else { panic!("{error:?}") };
    // Mailutils writes the code behind another word, where it is none.
    assert_eq!(code.as_deref(), uid_plus.then_some(&ResponseCode::TryCreate));

    // Just the one that is named, though another has \Deleted too.
    let deleted = Messages::Numbers("1,3".parse().unwrap());
    selected.store_silent(deleted, StoreChange::Add, &[Flag::Deleted]).await.unwrap();
    if !uid_plus {
        let outcome = selected.uid_expunge(SequenceSet::one(uids[2])).await;
        assert!(matches!(outcome, Err(Error::NotOffered { .. })), "{outcome:?}");
        // The lines say EXPUNGED.
        assert_eq!(selected.expunge().await.unwrap().count(), 2);
        assert_eq!(selected.mailbox().exists(), 2);
        return;
    }
    let gone = selected.uid_expunge(SequenceSet::one(uids[2])).await.unwrap();
    assert_eq!(gone.numbers.iter().map(|number| number.value()).collect::<Vec<_>>(), [3]);
    assert_eq!(selected.mailbox().exists(), 3);
    let gone = selected.expunge().await.unwrap();
    assert_eq!(gone.numbers.iter().map(|number| number.value()).collect::<Vec<_>>(), [1]);
    let left = selected.uid_search(SearchKey::All).await.unwrap();
    assert_eq!(left.iter().collect::<Vec<_>>(), [uids[1], uids[3]]);

    // UNSELECT removes nothing, CLOSE does.
    selected.store_silent(all_uids(), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
    match selected.unselect().await {
        Err(Error::NotOffered { .. }) if peer.kind == Kind::Courier => {
            // Opening another mailbox does the same.
            session.select(&to).await.unwrap();
        }
        outcome => outcome.unwrap(),
    }
    let selected = session.select(&from).await.unwrap();
    assert_eq!(selected.mailbox().exists(), 2);
    selected.close().await.unwrap();
    let selected = session.select(&from).await.unwrap();
    assert_eq!(selected.mailbox().exists(), 0);
}

#[tokio::test]
async fn messages_move_with_their_flags() {
    let Some(peer) = peer() else { return };
    let (mut session, from) = peer.with_mailbox("moved from").await;
    let to = peer.mailbox("moved \u{4fbf}\u{308a}");
    let _ = session.delete(&to).await;
    let uid = append(&mut session, &from, b"Subject: moves\r\n\r\n").await;
    append(&mut session, &from, b"Subject: stays\r\n\r\n").await;
    let lacks_move = lacks(&mut session, Capability::Move).await;
    let mut selected = session.select(&from).await.unwrap();
    if lacks_move {
        let outcome = selected.move_messages(SequenceSet::one(uid), &to).await;
        assert!(matches!(outcome, Err(Error::NotOffered { .. })), "{outcome:?}");
        assert_eq!(selected.mailbox().exists(), 2);
        return;
    }
    let refused = selected.move_messages(SequenceSet::one(uid), &to).await.unwrap_err();
    let Error::Refused { code, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(code.as_deref(), Some(&ResponseCode::TryCreate));
    assert_eq!(selected.mailbox().exists(), 2);
    session.create(&to).await.unwrap();
    let mut selected = session.select(&from).await.unwrap();
    selected.store_silent(SequenceSet::one(uid), StoreChange::Add, &[Flag::Flagged]).await.unwrap();
    let moved = selected.move_messages(SequenceSet::one(uid), &to).await.unwrap();
    assert_eq!((moved.expunged.len(), selected.mailbox().exists()), (1, 1));
    assert_eq!(moved.uids.expect("the server has UIDPLUS").from.to_string(), uid.to_string());
    let mut selected = session.examine(&to).await.unwrap();
    assert_eq!(selected.uid_search(SearchKey::Flagged).await.unwrap().count(), 1);
}

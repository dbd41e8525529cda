//! Messages put in: several at once, in place of another, in every form, and too large.

use tayori_client::{
    AppendError, ContentScan, Error, FetchAttribute, ReplaceStage, ReplacedBy, SearchKey, Session, Upload,
};
use tayori_proto::command::StoreChange;
use tayori_proto::types::{Capability, Flag, MailboxName, NonEmpty, Section, SequenceSet};

use crate::server::{Kind, Peer, all_uids, append, peer, skip, take};

/// The octets of all messages, as they were stored.
async fn octets(peer: &Peer, session: &mut Session, mailbox: &MailboxName) -> Vec<Vec<u8>> {
    let mut selected = session.examine(mailbox).await.unwrap();
    if selected.mailbox().exists() == 0 {
        return Vec::new();
    }
    let whole = FetchAttribute::peek(Section::full());
    let (_, bodies) = take(selected.fetch(all_uids(), whole.into()).await.unwrap()).await;
    bodies.iter().map(|body| peer.kind.own_lines_removed(body)).collect()
}

#[tokio::test]
async fn several_messages_are_stored_in_their_order() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("several").await;
    let large = [&b"Subject: large\r\n\r\n"[..], &b"0123456789\r\n".repeat(30_000)].concat();
    let messages = [&b"Subject: one\r\n\r\na\r\n"[..], &large, b"Subject: three\r\n\r\nc\r\n"];
    let uploads = || {
        NonEmpty::one(Upload::of(messages[0]).flags([Flag::Seen]))
            .and(Upload::of(messages[1]))
            .and(Upload::of(messages[2]).flags([Flag::Flagged]))
    };
    let stored = session.append_messages(&mailbox, uploads()).await.unwrap();
    assert_eq!(stored.len(), 3);
    let tells = session.capabilities().await.unwrap().has(&Capability::UidPlus);
    let uids: Vec<_> = stored.iter().filter_map(|one| Some(one.uid?.1.value())).collect();
    assert_eq!(uids.len(), if tells { 3 } else { 0 });
    assert!(uids.is_sorted_by(|one, next| one < next), "{uids:?}");
    assert!(octets(peer, &mut session, &mailbox).await == messages);
    let mut selected = session.examine(&mailbox).await.unwrap();
    assert_eq!(selected.search(SearchKey::Seen).await.unwrap().to_string(), "1");
    assert_eq!(selected.search(SearchKey::Flagged).await.unwrap().to_string(), "3");
    drop(selected);

    let nowhere = peer.mailbox("several, but not here");
    let error = session.append_messages(&nowhere, uploads()).await.unwrap_err();
    assert_eq!((error.stored.len(), error.in_doubt.len()), (0, 0), "{error:?}");
    assert!(matches!(error.error, AppendError::Server(Error::Refused { .. })), "{error:?}");
    session.noop().await.unwrap();
}

#[tokio::test]
async fn a_message_takes_the_place_of_another() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("draft").await;
    let message = |subject: &str| format!("Subject: {subject}\r\n\r\nx\r\n").into_bytes();
    append(&mut session, &mailbox, &message("stays")).await;
    let old = append(&mut session, &mailbox, &message("old")).await;
    // Somebody else has marked this; a plain EXPUNGE would remove it.
    let marked = append(&mut session, &mailbox, &message("marked")).await;
    let offered = session.capabilities().await.unwrap();
    let how = match (offered.offers(&Capability::Replace), offered.offers(&Capability::UidPlus)) {
        (true, _) => ReplacedBy::Replacing,
        (false, true) => ReplacedBy::AppendingAndExpunging,
        (false, false) => ReplacedBy::AppendingAndMarking,
    };
    let mut selected = session.select(&mailbox).await.unwrap();
    selected.store_silent(SequenceSet::one(marked), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
    let new = message("new");
    let upload = || Upload::of(&new).flags([Flag::Flagged]);
    let replacement = selected.replace(old, upload()).await.unwrap();
    assert_eq!(replacement.how, how);
    assert_eq!(replacement.stored.uid.is_some(), offered.has(&Capability::UidPlus));
    let nowhere = peer.mailbox("not here either");
    let refused = selected.replace_in(marked, &nowhere, upload()).await.unwrap_err();
    let stage = if how == ReplacedBy::Replacing { ReplaceStage::Replacing } else { ReplaceStage::Appending };
    assert_eq!(refused.stage, stage);
    selected.noop().await.unwrap();
    let flagged = selected.uid_search(SearchKey::Flagged).await.unwrap();
    // Mailutils loses the flags of what is appended to the mailbox that is open.
    assert_eq!(flagged.count(), u64::from(peer.kind != Kind::Mailutils));
    drop(selected);
    let found = octets(peer, &mut session, &mailbox).await;
    let mut expected = vec![message("stays"), message("marked"), new];
    if how == ReplacedBy::AppendingAndMarking {
        expected.insert(1, message("old"));
    }
    assert!(found == expected, "{found:?}");
}

#[tokio::test]
async fn octets_of_every_kind_come_back_or_are_not_sent() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("forms").await;
    let upload = |octets: &'static [u8]| {
        let mut scan = ContentScan::default();
        scan.feed(octets);
        Upload::of(octets).content(scan.content())
    };
    let utf8 = "From: J\u{f6}rg <a@example.org>\r\nSubject: \u{65e5}\u{672c}\r\n\r\nx\r\n".as_bytes();
    session.append_message(&mailbox, upload(utf8)).await.unwrap();
    let nul = b"Subject: nul\r\nContent-Transfer-Encoding: binary\r\n\r\na\0b\xff\r\n";
    let outcome = session.append_message(&mailbox, upload(nul)).await;
    let has_binary = session.capabilities().await.unwrap().has(&Capability::Binary);
    let mut expected = vec![utf8.to_vec()];
    match outcome {
        Ok(_) if matches!(peer.kind, Kind::Dovecot | Kind::Cyrus) => {
            // They put the body into an encoding of their own, in front of which that is said.
            let kept = b"Subject: nul\r\nContent-Transfer-Encoding: base64\r\n\r\nYQBi/w0K";
            expected.push(kept.to_vec());
        }
        Ok(_) => expected.push(nul.to_vec()),
        Err(AppendError::Server(Error::NotOffered { .. })) => assert!(!has_binary),
        Err(error) => panic!("{error:?}"),
    }
    let mut found = octets(peer, &mut session, &mailbox).await;
    if peer.kind == Kind::Cyrus {
        // It ends the last line.
        assert!(found[1].ends_with(b"\r\n"));
        let length = found[1].len() - 2;
        found[1].truncate(length);
    }
    assert!(found == expected, "{found:?}");
}

#[tokio::test]
async fn a_header_in_utf8_is_stored_as_it_is_once_that_is_enabled() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("headers").await;
    if !session.capabilities().await.unwrap().has(&Capability::Utf8Accept) {
        return skip("the server has no UTF8=ACCEPT");
    }
    session.enable(NonEmpty::one(Capability::Utf8Accept)).await.unwrap();
    let message = "Subject: \u{65e5}\u{672c}\r\n\r\nx\r\n".as_bytes();
    session.append_message(&mailbox, Upload::of(message)).await.unwrap();
    assert!(octets(peer, &mut session, &mailbox).await == [message]);
}

#[tokio::test]
async fn the_largest_message_is_known_where_the_server_tells() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("limit").await;
    let limit = session.append_limit(&mailbox).await.unwrap();
    // Of these, Cyrus tells.
    assert_eq!(limit, (peer.kind == Kind::Cyrus).then_some(i32::MAX as u64));
    let Some(limit) = limit else { return };
    // Nothing of it is read.
    let upload = Upload::new(limit + 1, tokio::io::empty());
    let outcome = session.append_message(&mailbox, upload).await;
    assert!(matches!(outcome, Err(AppendError::Server(Error::TooLarge { .. }))), "{outcome:?}");
    session.noop().await.unwrap();
}

//! What a server knows about messages beyond the standard, each item and key refused before it is sent where it does
//! not.

use std::num::NonZeroU32;

use tayori_client::{
    Access, Change, Discard, Error, FetchAttribute, FetchItems, Find, PartForm, Row, SearchKey, Selected,
    StatusAttribute,
};
use tayori_proto::command::{
    PreviewMode, QResync, SortCriterion, SortKey, SortOrder, StoreChange, ThreadAlgorithm, UnchangedSince,
};
use tayori_proto::response::StatusItem;
use tayori_proto::types::{
    Capability, Flag, ImapString, Messages, NonEmpty, PartPath, SequenceSet, Uid, UidSet,
};

use crate::common::Bodies;
use crate::server::{Kind, append, peer, skip};

const MIXED: &[u8] = b"Date: Mon, 7 Feb 1994 21:52:25 -0800\r\nFrom: a@example.org\r\nSubject: two parts\r\n\
    Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
    --x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    a=C3=BC\r\n--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--x--\r\n";

const REPLY: &[u8] =
    b"Date: Mon, 7 Feb 1994 21:52:26 -0800\r\nFrom: b@example.org\r\nSubject: Re: two parts\r\n\
    Message-ID: <2@example.org>\r\nIn-Reply-To: <1@example.org>\r\nReferences: <1@example.org>\r\n\r\nx\r\n";

const OTHER: &[u8] = b"Date: Mon, 7 Feb 1994 21:52:24 -0800\r\nFrom: c@example.org\r\nSubject: another\r\n\
    Message-ID: <3@example.org>\r\n\r\nx\r\n";

fn path(number: u32) -> PartPath {
    number.to_string().parse().unwrap()
}

fn one(uid: Uid) -> Messages {
    Messages::Uids(SequenceSet::one(uid))
}

/// The row of this message, or `None` where the server does not offer what is asked for.
async fn row(selected: &mut Selected<'_>, uid: Uid, items: impl Into<FetchItems>) -> Option<Row> {
    match selected.fetch(one(uid), items.into()).await {
        Ok(mut rows) => {
            let row = rows.next(&mut Discard).await.unwrap().unwrap();
            assert_eq!((&row.defects[..], rows.next(&mut Discard).await.unwrap()), (&[][..], None));
            Some(row)
        }
        Err(Error::NotOffered { capability }) => {
            skip(&format!("the server has no {capability}"));
            None
        }
        Err(error) => panic!("{error:?}"),
    }
}

/// Whether this is offered, or what was asked for was not sent.
fn offered<T>(outcome: Result<T, Error>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(Error::NotOffered { capability }) => {
            skip(&format!("the server has no {capability}"));
            None
        }
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn parts_come_without_their_encoding_or_say_what_is_left_to_undo() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("parts").await;
    let uid = append(&mut session, &mailbox, MIXED).await;
    let capabilities = session.capabilities().await.unwrap();
    let has_binary = capabilities.has(&Capability::Binary) || capabilities.has(&Capability::Imap4Rev2);
    let mut selected = session.examine(&mailbox).await.unwrap();
    for (number, decoded, plain) in [(1, &b"a\xc3\xbc"[..], &b"a=C3=BC"[..]), (2, b"\0\x01\x02", b"AAEC")] {
        let mut bodies = Bodies::default();
        let form = selected.fetch_part(uid, &path(number), &mut bodies).await.unwrap();
        assert_eq!(form == PartForm::Decoded, has_binary, "{form:?}");
        let body = bodies.whole.pop().unwrap();
        assert_eq!(body, if has_binary { decoded } else { plain }, "part {number}");
        if let Some(size) = offered(selected.part_size(uid, &path(number)).await) {
            assert_eq!(size, Some(decoded.len() as u64));
        }
    }
}

#[tokio::test]
async fn rows_tell_what_is_offered() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("known").await;
    let uid = append(&mut session, &mailbox, MIXED).await;
    let mut selected = session.select(&mailbox).await.unwrap();
    if let Some(row) = row(&mut selected, uid, FetchAttribute::Preview(PreviewMode::Make)).await {
        let made = row.preview().map(|preview| preview.as_bytes().to_vec());
        // Cyrus has none unless something else has made it.
        let expected = (peer.kind != Kind::Cyrus).then(|| "a\u{fc}".as_bytes().to_vec());
        assert_eq!(made, expected);
    }
    if let Some(row) = row(&mut selected, uid, FetchAttribute::SaveDate).await {
        assert!(row.save_date().is_some());
        let found = selected.uid_search(SearchKey::SaveDateSupported).await.unwrap();
        assert!(found.contains(uid));
    }
    let ids = NonEmpty::one(FetchAttribute::EmailId).and(FetchAttribute::ThreadId);
    if let Some(row) = row(&mut selected, uid, ids).await {
        let id = row.email_id().unwrap().clone();
        assert!(selected.uid_search(SearchKey::EmailId(id)).await.unwrap().contains(uid));
    }
    let gmail = NonEmpty::one(FetchAttribute::GmMessageId).and(FetchAttribute::GmLabels);
    assert_eq!(row(&mut selected, uid, gmail).await, None, "none of these is Gmail");
    let hour = NonZeroU32::new(3600).unwrap();
    if let Some(found) = offered(selected.uid_search(SearchKey::Younger(hour)).await) {
        assert!(found.contains(uid));
        assert_eq!(selected.uid_search(SearchKey::Older(hour)).await.unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_search_answers_what_was_asked() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("found").await;
    let mut uids = Vec::new();
    for message in [MIXED, REPLY, OTHER] {
        uids.push(append(&mut session, &mailbox, message).await);
    }
    let mut selected = session.select(&mailbox).await.unwrap();
    let found = selected.find(SearchKey::All, Find::Count).await.unwrap();
    assert_eq!(found.count, Some(3));
    let subject = SearchKey::Subject(ImapString::new("two parts").unwrap());
    let found = selected.find(subject, Find::All).await.unwrap();
    assert_eq!(found.uids.iter().collect::<Vec<_>>(), uids[..2]);
}

#[tokio::test]
async fn messages_are_sorted_and_threaded_by_the_server() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("order").await;
    let mut uids = Vec::new();
    for message in [MIXED, REPLY, OTHER] {
        uids.push(append(&mut session, &mailbox, message).await);
    }
    let [mixed, reply, other] = uids[..] else { unreachable!() };
    let mut selected = session.select(&mailbox).await.unwrap();
    let by = |key, order| NonEmpty::one(SortCriterion { key, order });
    let dates = by(SortKey::Date, SortOrder::Ascending);
    if let Some(sorted) = offered(selected.uid_sort(dates, SearchKey::All).await) {
        assert_eq!(sorted, [other, mixed, reply]);
        let senders = by(SortKey::From, SortOrder::Descending);
        assert_eq!(selected.uid_sort(senders, SearchKey::All).await.unwrap(), [other, reply, mixed]);
    }
    let display = by(SortKey::DisplayFrom, SortOrder::Ascending);
    if let Some(sorted) = offered(selected.uid_sort(display, SearchKey::All).await) {
        assert_eq!(sorted, [mixed, reply, other]);
    }
    for algorithm in [ThreadAlgorithm::References, ThreadAlgorithm::OrderedSubject] {
        let Some(threads) = offered(selected.uid_thread(algorithm, SearchKey::All).await) else { continue };
        let mut members: Vec<_> = threads.uids().filter_map(|it| Some((it.message?, it.depth))).collect();
        members.sort_unstable();
        assert_eq!(members, [(mixed, 0), (reply, 1), (other, 0)]);
    }
}

#[tokio::test]
async fn a_status_tells_what_is_offered() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("status").await;
    append(&mut session, &mailbox, OTHER).await;
    for item in [
        StatusAttribute::Size,
        StatusAttribute::HighestModSeq,
        StatusAttribute::MailboxId,
        StatusAttribute::Deleted,
        StatusAttribute::DeletedStorage,
    ] {
        let Some(status) = offered(session.status(&mailbox, item.clone().into()).await) else { continue };
        let [told] = &status.items[..] else { panic!("{status:?}") };
        let is_told = match (&item, told) {
            (StatusAttribute::Size, StatusItem::Size(size)) => *size == OTHER.len() as u64,
            (StatusAttribute::HighestModSeq, StatusItem::HighestModSeq(modseq)) => modseq.is_some(),
            (StatusAttribute::MailboxId, StatusItem::MailboxId(id)) => !id.as_bytes().is_empty(),
            (StatusAttribute::Deleted, StatusItem::Deleted(deleted)) => *deleted == 0,
            (StatusAttribute::DeletedStorage, StatusItem::DeletedStorage(deleted)) => *deleted == 0,
            _ => false,
        };
        assert!(is_told, "{item:?} {told:?}");
    }
}

#[tokio::test]
async fn a_change_made_elsewhere_is_not_undone() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("unchanged").await;
    let uid = append(&mut session, &mailbox, OTHER).await;
    let untouched = append(&mut session, &mailbox, REPLY).await;
    if !session.capabilities().await.unwrap().has(&Capability::CondStore) {
        return skip("the server has no CONDSTORE");
    }
    // Otherwise Dovecot does not tell how far the changes are.
    session.enable(NonEmpty::one(Capability::CondStore)).await.unwrap();
    let mut selected = session.select(&mailbox).await.unwrap();
    let since = UnchangedSince::ModSeq(selected.mailbox().highest_modseq().unwrap());
    let mut elsewhere = peer.session().await;
    let mut other = elsewhere.select(&mailbox).await.unwrap();
    other.store_silent(SequenceSet::one(uid), StoreChange::Add, &[Flag::Flagged]).await.unwrap();
    drop(other);
    let both = SequenceSet::try_from([uid, untouched].into_iter().collect::<UidSet>()).unwrap();
    let outcome =
        selected.store_unless_changed(both, since, StoreChange::Replace, &[Flag::Seen]).await.unwrap();
    assert_eq!(outcome.modified.iter().collect::<Vec<_>>(), [uid]);
    let flagged = selected.uid_search(SearchKey::Flagged).await.unwrap();
    assert_eq!(flagged.iter().collect::<Vec<_>>(), [uid], "it is still there");
    let seen = selected.uid_search(SearchKey::Seen).await.unwrap();
    assert_eq!(seen.iter().collect::<Vec<_>>(), [untouched]);
}

#[tokio::test]
async fn what_has_changed_since_is_told_when_the_mailbox_is_opened() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("resync").await;
    let mut uids = Vec::new();
    for message in [MIXED, REPLY, OTHER] {
        uids.push(append(&mut session, &mailbox, message).await);
    }
    if !session.capabilities().await.unwrap().has(&Capability::QResync) {
        return skip("the server has no QRESYNC");
    }
    session.enable(NonEmpty::one(Capability::QResync)).await.unwrap();
    let mut selected = session.select(&mailbox).await.unwrap();
    let known = selected.mailbox().clone();
    selected.store_silent(SequenceSet::one(uids[0]), StoreChange::Add, &[Flag::Answered]).await.unwrap();
    selected.store_silent(SequenceSet::one(uids[1]), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
    selected.uid_expunge(SequenceSet::one(uids[1])).await.unwrap();
    selected.unselect().await.unwrap();
    let since = QResync::new(known.uid_validity().unwrap(), known.highest_modseq().unwrap());
    let (mut changed, mut vanished) = (Vec::new(), Vec::new());
    let told = |change| match change {
        Change::Row(row) => {
            changed.push((row.uid().unwrap(), row.flags().unwrap().contains(&Flag::Answered)))
        }
        Change::Vanished(uids) => vanished.extend(uids.iter()),
        other => panic!("{other:?}"),
    };
    let selected = session.resync(&mailbox, Access::ReadOnly, since, told).await.unwrap();
    assert_eq!(selected.mailbox().exists(), 2);
    assert_eq!(changed, [(uids[0], true)]);
    assert!(vanished.contains(&uids[1]) && !vanished.contains(&uids[2]), "{vanished:?}");
}

//! Compression, what ENABLE puts in force, and saved searches, from end to end.

use tayori_client::{
    Compression, Connector, Discard, Error, FetchAttribute, Find, LoginPolicy, SearchKey, Session, Upload,
};
use tayori_proto::command::StoreChange;
use tayori_proto::response::FetchItem;
use tayori_proto::types::{
    Capability, Flag, ImapString, ListPattern, ListReference, MailboxName, Messages, NonEmpty,
};
use tayori_testkit::pair::{Host, ROOMY, credentials};

use crate::harness::{Bodies, connect, everything, inbox, log_in, mailbox, numbers, uids, within};

async fn append(session: &mut Session, to: &MailboxName, octets: &[u8]) {
    session.append(to, &[], None, octets.len() as u64, octets).await.unwrap();
}

/// A session, this enabled in it, with three small messages in INBOX.
async fn with_enabled(capability: Capability) -> (Host, Session) {
    let host = Host::new();
    let mut session = log_in(&host).await;
    assert!(session.enable(capability.clone().into()).await.unwrap().has(&capability));
    assert_eq!(session.enabled(), [capability]);
    for number in 1..=3 {
        append(&mut session, &inbox(), format!("Subject: {number}\r\n\r\n").as_bytes()).await;
    }
    (host, session)
}

/// Whatever is said and stored through the compression is what it would be without, however small the pieces of the
/// line.
#[tokio::test(start_paused = true)]
async fn compressed_sessions_do_what_others_do() {
    let large = "Subject: large\r\n\r\n".to_owned() + &"0123456789abcdef\r\n".repeat(20_000);
    for piece in [1, 7, 1000, ROOMY] {
        within(async {
            let host = Host::new();
            let connection = connect(&host, Connector::new(), piece).await;
            let mut session = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session;
            assert_eq!(session.compress().await.unwrap(), Compression::Begun);
            assert_eq!(session.compress().await.unwrap(), Compression::Active);
            for octets in [large.as_bytes(), b"Subject: small\r\n\r\n"] {
                append(&mut session, &inbox(), octets).await;
            }
            let mut selected = session.select(&inbox()).await.unwrap();
            let mut bodies = Bodies::default();
            let mut rows = selected.fetch(uids("1:*"), everything()).await.unwrap();
            while rows.next(&mut bodies).await.unwrap().is_some() {}
            assert!(bodies.whole == [large.as_bytes(), b"Subject: small\r\n\r\n"]);
            drop(rows);
            let mut idle = selected.idle().await.unwrap();
            append(&mut log_in(&host).await, &inbox(), b"x").await;
            assert!(idle.next().await.unwrap().is_some());
            idle.done().await.unwrap();
            // What is given up is read to its end there, too.
            let mut rows = selected.fetch(uids("1:*"), everything()).await.unwrap();
            assert!(rows.next_event().await.unwrap().is_some());
            drop(rows);
            selected.noop().await.unwrap();
            session.logout().await.unwrap();
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn names_and_messages_in_utf8_are_the_same_on_both_sides() {
    let message =
        "Subject: \u{65c5}\u{884c}\r\nFrom: \u{9234}\u{6728} <s@example.jp>\r\n\r\n\u{4fbf}\u{308a}\r\n";
    for capability in [Capability::Utf8Accept, Capability::Imap4Rev2] {
        within(async {
            let (host, mut session) = with_enabled(capability.clone()).await;
            let name = mailbox("\u{65e5}\u{672c}\u{8a9e}/\u{65c5}\u{884c} & \"more\"");
            session.create(&name).await.unwrap();
            session.append_message(&name, Upload::of(message.as_bytes())).await.unwrap();
            let mut selected = session.select(&name).await.unwrap();
            let key = SearchKey::Subject(ImapString::new("\u{884c}").unwrap());
            assert_eq!(selected.uid_search(key.clone()).await.unwrap().to_string(), "1");
            assert_eq!(selected.search(key.clone()).await.unwrap().to_string(), "1");
            assert_eq!(selected.find(key, Find::Count).await.unwrap().count, Some(1));
            let items = NonEmpty::one(FetchAttribute::Envelope).and(FetchAttribute::Uid);
            let mut rows = selected.fetch(uids("1"), items.into()).await.unwrap();
            let row = rows.next(&mut Discard).await.unwrap().unwrap();
            let subject = row.items.iter().find_map(|item| match item {
                FetchItem::Envelope(envelope) => envelope.subject().map(<[u8]>::to_vec),
                _ => None,
            });
            assert_eq!(subject.unwrap(), "\u{65c5}\u{884c}".as_bytes());
            drop(rows);
            // Another session, to which nothing was enabled, sees the same mailbox.
            let mut other = log_in(&host).await;
            let listed = other.list(&ListReference::none(), &ListPattern::all()).await.unwrap();
            assert!(listed.iter().any(|row| row.name == name), "{listed:?}");
            let mut bodies = Bodies::default();
            let mut selected = other.examine(&name).await.unwrap();
            let mut rows = selected.fetch(uids("1"), everything()).await.unwrap();
            while rows.next(&mut bodies).await.unwrap().is_some() {}
            assert!(bodies.whole == [message.as_bytes()]);
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn with_uid_only_everything_goes_by_uid() {
    within(async {
        let (_host, mut session) = with_enabled(Capability::UidOnly).await;
        session.create(&mailbox("other")).await.unwrap();
        let mut selected = session.select(&inbox()).await.unwrap();
        let refused = selected.store(numbers("1"), StoreChange::Add, &[Flag::Seen]).await;
        assert!(matches!(refused, Err(Error::UidsOnly { .. })), "{refused:?}");
        let rows = selected.store(uids("2"), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
        assert_eq!((rows[0].number(), rows[0].uid().unwrap().value()), (None, 2));
        let gone = selected.uid_expunge("1:3".parse().unwrap()).await.unwrap();
        assert_eq!((gone.uids.to_string(), gone.numbers.len()), ("2".to_owned(), 0));
        let moved = selected.relocate(&"3".parse().unwrap(), &mailbox("other")).await.unwrap();
        assert_eq!(moved.uids.unwrap().from.to_string(), "3");
        assert_eq!(selected.mailbox().exists(), 1);
        assert_eq!(selected.uid_search(SearchKey::All).await.unwrap().to_string(), "1");
        let mut rows = selected.fetch(uids("1:*"), everything()).await.unwrap();
        let row = rows.next(&mut Discard).await.unwrap().unwrap();
        assert_eq!((row.number(), row.uid().unwrap().value()), (None, 1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn with_qresync_what_is_gone_is_told_by_uid() {
    within(async {
        let (_host, mut session) = with_enabled(Capability::QResync).await;
        let mut selected = session.select(&inbox()).await.unwrap();
        selected.store_silent(uids("1,3"), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
        let gone = selected.expunge().await.unwrap();
        assert_eq!((gone.uids.to_string(), selected.mailbox().exists()), ("1,3".to_owned(), 1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_a_search_has_saved_is_used() {
    within(async {
        let (_host, mut session) = with_enabled(Capability::CondStore).await;
        session.create(&mailbox("other")).await.unwrap();
        let mut selected = session.select(&inbox()).await.unwrap();
        selected.store_silent(uids("2:3"), StoreChange::Add, &[Flag::Flagged]).await.unwrap();
        selected.search_and_save(SearchKey::Flagged).await.unwrap();
        let mut rows = selected.fetch(Messages::SavedByUid, everything()).await.unwrap();
        let mut seen = Vec::new();
        while let Some(row) = rows.next(&mut Discard).await.unwrap() {
            seen.push(row.uid().unwrap().value());
        }
        drop(rows);
        assert_eq!(seen, [2, 3]);
        selected.search_and_save(SearchKey::Saved.and(SearchKey::Uid("3".parse().unwrap()))).await.unwrap();
        selected.store_silent(Messages::SavedByUid, StoreChange::Add, &[Flag::Seen]).await.unwrap();
        assert_eq!(selected.uid_search(SearchKey::Seen).await.unwrap().to_string(), "3");
        let copied = selected.copy(Messages::SavedByUid, &mailbox("other")).await.unwrap();
        assert_eq!(copied.uids.unwrap().from.to_string(), "3");
        let moved = selected.move_messages(Messages::SavedByUid, &mailbox("other")).await.unwrap();
        assert_eq!(moved.uids.unwrap().from.to_string(), "3");
        // It has left what was saved with the mailbox.
        selected.store_silent(Messages::SavedByUid, StoreChange::Add, &[Flag::Deleted]).await.unwrap();
        assert!(selected.uid_search(SearchKey::Deleted).await.unwrap().is_empty());
    })
    .await;
}

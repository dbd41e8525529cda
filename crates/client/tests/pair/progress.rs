//! How far long commands are (RFC 9585), from who does them to who watches.

use std::num::NonZeroU32;

use tayori_client::{Connector, Find, LoginPolicy, Progress, SearchKey};
use tayori_proto::command::{SortCriterion, SortKey, SortOrder};
use tayori_proto::types::{ImapString, InternalDate, NonEmpty};
use tayori_server::Options;
use tayori_testkit::pair::{Host, credentials, memory_store};

use crate::harness::{connect, inbox, within};

/// A server that says after each two messages how far it is, and seven messages.
fn host() -> Host {
    let mut options = Options::default();
    options.limits.progress_messages = NonZeroU32::new(2).unwrap();
    let store = memory_store();
    let date = InternalDate::from_unix_seconds(0);
    for _ in 0..7 {
        store.insert(&inbox(), Vec::new(), date, vec!["Subject: x\r\n\r\nhello\r\n".into()]).unwrap();
    }
    Host::with(store, options)
}

/// What is told, without the goal, which is always the same.
fn shown(progress: Progress) -> (String, u32) {
    assert_eq!(progress.goal, Some(7));
    (progress.command.unwrap(), progress.done.unwrap())
}

#[tokio::test(start_paused = true)]
async fn who_watches_sees_how_far_searches_are() {
    within(async {
        let host = host();
        // Few octets at a time pass, so that the words come one by one.
        let connection = connect(&host, Connector::new(), 8).await;
        let mut session = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session;
        let mut progress = session.progress();
        let mut selected = session.select(&inbox()).await.unwrap();
        let hello = || SearchKey::Body(ImapString::new("hello").unwrap());
        let by_subject =
            || NonEmpty::one(SortCriterion { key: SortKey::Subject, order: SortOrder::Ascending });
        for (command, expected) in [("UID SEARCH", [2, 4, 6].as_slice()), ("UID SORT", &[2, 4, 6, 2, 4, 6])] {
            // A task of its own, that gets its turn as often as both sides do: who looks later sees the latest word
            // alone.
            let (mut watched, words) = (progress.clone(), expected.len());
            let watching = tokio::spawn(async move {
                let mut seen = Vec::new();
                for _ in 0..words {
                    seen.push(shown(watched.next().await.unwrap()));
                }
                seen
            });
            match command {
                "UID SORT" => assert_eq!(selected.uid_sort(by_subject(), hello()).await.unwrap().len(), 7),
                _ => assert_eq!(selected.find(hello(), Find::Count).await.unwrap().count, Some(7)),
            }
            let seen = watching.await.unwrap();
            let expected: Vec<_> = expected.iter().map(|done| (command.to_owned(), *done)).collect();
            assert_eq!(seen, expected);
            // It is over.
            assert_eq!(progress.latest(), None);
        }
        drop(session);
        assert_eq!(progress.next().await, None);
    })
    .await;
}

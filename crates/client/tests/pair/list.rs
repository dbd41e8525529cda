//! Lists of mailboxes: whatever a server can tell in one command, the same is known of its mailboxes without that.

use tayori_client::{Connector, ListQuery, Listed, StatusAttribute};
use tayori_proto::response::{ListAttribute, StatusItem};
use tayori_proto::types::{Capability, ListPattern, NonEmpty};
use tayori_server::Options;
use tayori_testkit::pair::{Host, memory_store};
use tayori_testkit::persona::{gmail, lacking, strato};

use crate::harness::{inbox, log_in, log_in_with, mailbox, within};

const MESSAGE: &[u8] = b"Subject: hi\r\n\r\nyou\r\n";

/// Name, subscribed, children, uses, messages.
type Shown = (String, Option<bool>, Option<bool>, usize, Option<u32>);

fn shown(listed: Vec<Listed>) -> Vec<Shown> {
    let shown = listed.into_iter().map(|one| {
        let messages = one.status.as_ref().and_then(|status| match status.items[..] {
            [StatusItem::Messages(messages)] => Some(messages),
            _ => None,
        });
        let has_children = one.has_children();
        (one.row.name.as_str().to_owned(), one.subscribed, has_children, one.uses.len(), messages)
    });
    let mut shown: Vec<_> = shown.collect();
    shown.sort();
    shown
}

fn row(name: &str, subscribed: bool, children: bool, uses: usize, messages: Option<u32>) -> Shown {
    (name.to_owned(), Some(subscribed), Some(children), uses, messages)
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_mailboxes_does_not_depend_on_the_commands() {
    const IN_PARTS: [&[Capability]; 5] = [
        &[],
        &[Capability::ListStatus, Capability::Imap4Rev2],
        &[Capability::ListExtended, Capability::ListStatus, Capability::Imap4Rev2],
        &[Capability::ListExtended, Capability::ListStatus, Capability::Imap4Rev2, Capability::SpecialUse],
        &[
            Capability::ListExtended,
            Capability::ListStatus,
            Capability::Imap4Rev2,
            Capability::SpecialUse,
            Capability::XList,
        ],
    ];
    within(async {
        for missing in IN_PARTS {
            let mut options = Options::default();
            options.conducts = Some(lacking::conducts(missing));
            let store = memory_store();
            store.create_for(&mailbox("Out"), ListAttribute::Sent).unwrap();
            let mut session = log_in(&Host::with(store, options)).await;
            for name in ["a", "a/b", "a b", "gone/x", "gone/x/y"] {
                session.create(&mailbox(name)).await.unwrap();
            }
            for name in [inbox(), mailbox("a/b"), mailbox("gone/x")] {
                session.subscribe(&name).await.unwrap();
            }
            session.delete(&mailbox("gone/x/y")).await.unwrap();
            session.delete(&mailbox("gone/x")).await.unwrap();
            session.append(&mailbox("a b"), &[], None, MESSAGE.len() as u64, MESSAGE).await.unwrap();
            let tells_uses = !missing.contains(&Capability::XList);
            let query = ListQuery::all()
                .with_subscribed()
                .with_children()
                .with_uses()
                .with_status(StatusAttribute::Messages.into());
            let listed = shown(session.list_mailboxes(&query).await.unwrap());
            let is_there = |name: &str| listed.iter().find(|row| row.0 == name).cloned();
            assert_eq!(is_there("INBOX"), Some(row("INBOX", true, false, 0, Some(0))), "{missing:?}");
            assert_eq!(is_there("Out"), Some(row("Out", false, false, usize::from(tells_uses), Some(0))));
            assert_eq!(is_there("a"), Some(row("a", false, true, 0, Some(0))), "{missing:?}");
            assert_eq!(is_there("a b"), Some(row("a b", false, false, 0, Some(1))), "{missing:?}");
            assert_eq!(is_there("a/b"), Some(row("a/b", true, false, 0, Some(0))), "{missing:?}");
            assert_eq!(is_there("gone/x"), None, "{missing:?}");
            let listed = shown(session.list_mailboxes(&query.clone().only_subscribed()).await.unwrap());
            let expected = [
                row("INBOX", true, false, 0, Some(0)),
                row("a/b", true, false, 0, Some(0)),
                row("gone/x", true, false, 0, None),
            ];
            assert_eq!(listed, expected, "{missing:?}");
            let patterns = ["a", "a%", "*b"].map(|pattern| ListPattern::new(pattern).unwrap());
            let query = ListQuery::new(NonEmpty::try_from(patterns.to_vec()).unwrap()).with_subscribed();
            let listed = shown(session.list_mailboxes(&query).await.unwrap());
            let told: Vec<_> = listed.iter().map(|row| (&*row.0, row.1)).collect();
            assert_eq!(told, [("a", Some(false)), ("a b", Some(false)), ("a/b", Some(true))], "{missing:?}");
        }
    })
    .await;
}

/// Of a server that leaves the rows of every LIST out, what is subscribed is known all the same.
#[tokio::test(start_paused = true)]
async fn what_strato_does_not_list_is_listed_if_it_is_subscribed() {
    within(async {
        let host = Host::behaving(strato::conducts());
        let mut session = log_in_with(&host, Connector::new()).await;
        session.subscribe(&inbox()).await.unwrap();
        let query = ListQuery::all().with_status(StatusAttribute::Messages.into());
        assert_eq!(session.list_mailboxes(&query).await.unwrap(), []);
        let listed = session.list_mailboxes(&query.only_subscribed().with_children()).await.unwrap();
        assert_eq!(shown(listed), [("INBOX".to_owned(), Some(true), None, 0, Some(0))]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_labels_of_gmail_are_listed_with_their_uses() {
    within(async {
        let mut session = log_in(&gmail::host()).await;
        let query =
            ListQuery::all().with_children().with_uses().with_status(StatusAttribute::Messages.into());
        let listed = shown(session.list_mailboxes(&query).await.unwrap());
        let top = listed.iter().find(|row| row.0 == "[Gmail]").unwrap();
        assert_eq!((top.2, top.3, top.4), (Some(true), 0, None));
        let labels = listed.iter().filter(|row| row.0.starts_with("[Gmail]/"));
        assert!(labels.clone().all(|row| (row.2, row.3, row.4) == (Some(false), 1, Some(0))), "{listed:?}");
        assert_eq!(labels.count(), 7);
    })
    .await;
}

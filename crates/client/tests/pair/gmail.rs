//! What Gmail has beside the standard, between both sides.

use tayori_client::{Error, FetchAttribute, Find, SearchKey, Selected, Session, Upload};
use tayori_proto::command::StoreChange;
use tayori_proto::response::{FetchItem, ListAttribute};
use tayori_proto::types::{
    Capability, Flag, GmLabel, ImapString, MailboxName, NonEmpty, QuotaResource, SpecialUse,
};
use tayori_server::Options;
use tayori_testkit::pair::{Host, memory_store};
use tayori_testkit::persona::{gmail, lacking};

use crate::harness::{Bodies, inbox, log_in, mailbox, uids, within};

async fn append(session: &mut Session, to: &MailboxName, message: &str) {
    session.append_message(to, Upload::of(message.as_bytes())).await.unwrap();
}

/// The numbers of message and thread, and the labels.
async fn look(selected: &mut Selected<'_>) -> Vec<(u64, u64, Vec<String>)> {
    let items = NonEmpty::one(FetchAttribute::GmMessageId)
        .and(FetchAttribute::GmThreadId)
        .and(FetchAttribute::GmLabels);
    let mut rows = selected.fetch(uids("1:*"), items.into()).await.unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next(&mut Bodies::default()).await.unwrap() {
        let (mut id, mut thread, mut labels) = (None, None, None);
        for item in &row.items {
            match item {
                FetchItem::GmMessageId(told) => id = Some(told.0),
                FetchItem::GmThreadId(told) => thread = Some(told.0),
                FetchItem::GmLabels(told) => {
                    labels = Some(told.iter().map(|label| label.as_str().to_owned()).collect());
                }
                _ => {}
            }
        }
        found.push((id.unwrap(), thread.unwrap(), labels.unwrap()));
    }
    found
}

fn text(text: &str) -> ImapString {
    ImapString::new(text).unwrap()
}

/// SPECIAL-USE and LIST-EXTENDED are there as well as XLIST, or XLIST alone, as Gmail once was, or nothing.
#[tokio::test(start_paused = true)]
async fn the_special_mailboxes_are_found_by_every_way() {
    within(async {
        let expected = [
            ("[Gmail]/All Mail", SpecialUse::All),
            ("[Gmail]/Drafts", SpecialUse::Drafts),
            ("[Gmail]/Important", SpecialUse::Important),
            ("[Gmail]/Sent Mail", SpecialUse::Sent),
            ("[Gmail]/Spam", SpecialUse::Junk),
            ("[Gmail]/Starred", SpecialUse::Flagged),
            ("[Gmail]/Trash", SpecialUse::Trash),
        ];
        let mut session = log_in(&gmail::host()).await;
        let found = session.special_mailboxes().await.unwrap();
        let shown: Vec<_> =
            found.iter().map(|it| (it.row.name.as_str(), it.uses.first().unwrap().clone())).collect();
        assert_eq!(shown, expected);
        for missing in [
            &[Capability::SpecialUse, Capability::Imap4Rev2][..],
            &[Capability::ListExtended, Capability::Imap4Rev2],
            &[Capability::SpecialUse, Capability::XList, Capability::Imap4Rev2],
        ] {
            let mut options = Options::default();
            options.conducts = Some(lacking::conducts(missing));
            let store = memory_store();
            store.create_for(&mailbox("Out"), ListAttribute::Sent).unwrap();
            let mut session = log_in(&Host::with(store, options)).await;
            let found = session.special_mailboxes().await.unwrap();
            // Where XLIST has to be asked, nothing else tells.
            let shown: Vec<_> = found.iter().map(|it| (it.row.name.as_str(), &it.uses[..])).collect();
            let tells = !missing.contains(&Capability::XList);
            assert_eq!(
                shown,
                if tells { vec![("Out", &[SpecialUse::Sent][..])] } else { vec![] },
                "{missing:?}"
            );
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_message_has_one_number_and_its_labels_everywhere() {
    within(async {
        let mut session = log_in(&gmail::host()).await;
        let (all_mail, work) = (mailbox("[Gmail]/All Mail"), mailbox("b\u{fc}ro \"x\""));
        session.create(&work).await.unwrap();
        append(&mut session, &inbox(), "Subject: one\r\n\r\nhello\r\n").await;
        append(&mut session, &work, "Subject: two\r\nFrom: ann@example.com\r\n\r\nworld\r\n").await;
        let mut selected = session.select(&inbox()).await.unwrap();
        // A copy is a label more, and not another message.
        selected.copy(uids("1"), &work).await.unwrap();
        selected.copy(uids("1"), &mailbox("[Gmail]/Starred")).await.unwrap();
        let labels = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let here = look(&mut selected).await;
        let [(one, thread, mut told)] = <[_; 1]>::try_from(here).unwrap();
        told.sort();
        assert_eq!(told, labels(&["\\Inbox", "\\Starred", work.as_str()]));
        let mut selected = session.select(&all_mail).await.unwrap();
        let everything = look(&mut selected).await;
        assert_eq!((everything[0].0, everything[0].1), (one, thread));
        assert_eq!((everything.len(), &everything[1].2), (2, &labels(&[work.as_str()])));
        assert!(everything[1].0 != one);
        for (key, expected) in [
            (SearchKey::GmailMessageId(one), "1"),
            (SearchKey::GmailThreadId(thread), "1"),
            (SearchKey::GmailLabel(text("\\Inbox")), "1"),
            (SearchKey::GmailRaw(text("hello")), "1"),
            (SearchKey::GmailRaw(text("from:ann -hello")), "2"),
            (SearchKey::GmailRaw(text("in:inbox")), "1"),
            (SearchKey::GmailRaw(text("in:inbox -hello")), ""),
            (SearchKey::GmailRaw(text("is:unread")), "1:2"),
            (SearchKey::GmailRaw(text("w\u{f6}rld")), ""),
            (!SearchKey::GmailRaw(text("world")), "1"),
        ] {
            let shown = format!("{key:?}");
            assert_eq!(selected.uid_search(key.clone()).await.unwrap().to_string(), expected, "{shown}");
            assert_eq!(selected.find(key, Find::All).await.unwrap().uids.to_string(), expected, "{shown}");
        }
        // Out of a label, a message is still there.
        let mut selected = session.select(&inbox()).await.unwrap();
        selected.store_silent(uids("1"), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
        selected.uid_expunge("1".parse().unwrap()).await.unwrap();
        assert_eq!(selected.mailbox().exists(), 0);
        let mut selected = session.select(&all_mail).await.unwrap();
        let mut left = look(&mut selected).await;
        left[0].2.sort();
        assert_eq!((left[0].0, &left[0].2), (one, &labels(&["\\Starred", work.as_str()])));
        let label = |name: &str| GmLabel::new(name).unwrap();
        for (change, changed, expected) in [
            (StoreChange::Remove, label(work.as_str()), &["\\Starred"][..]),
            (StoreChange::Add, label("\\Inbox"), &["\\Inbox", "\\Starred"]),
            (StoreChange::Replace, label(work.as_str()), &[work.as_str()]),
        ] {
            let rows = selected.store_labels(uids("1"), change, &[changed]).await.unwrap();
            let mut told: Vec<_> =
                rows[0].gm_labels().unwrap().iter().map(|label| label.as_str().to_owned()).collect();
            told.sort();
            assert_eq!(told, labels(expected), "{change:?}");
        }
        let mut selected = session.select(&work).await.unwrap();
        assert!(look(&mut selected).await.iter().any(|(id, _, _)| *id == one));
    })
    .await;
}

/// Another server has none of it, and is not asked.
#[tokio::test(start_paused = true)]
async fn who_is_not_gmail_is_not_asked() {
    within(async {
        let mut session = log_in(&Host::new()).await;
        let mut selected = session.select(&inbox()).await.unwrap();
        let outcome = selected.uid_search(SearchKey::GmailRaw(text("x"))).await;
        assert!(matches!(outcome, Err(Error::NotOffered { capability: "X-GM-EXT-1" })), "{outcome:?}");
        let labels = [GmLabel::new("x").unwrap()];
        let outcome = selected.store_labels(uids("1"), StoreChange::Add, &labels).await;
        assert!(matches!(outcome, Err(Error::NotOffered { capability: "X-GM-EXT-1" })), "{outcome:?}");
        let outcome = selected.fetch(uids("1"), FetchAttribute::GmLabels.into()).await.map(drop);
        assert!(matches!(outcome, Err(Error::NotOffered { capability: "X-GM-EXT-1" })), "{outcome:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn quotas_are_told() {
    within(async {
        let mut session = log_in(&gmail::host()).await;
        append(&mut session, &inbox(), &format!("Subject: x\r\n\r\n{}", "y".repeat(3000))).await;
        for name in [inbox(), mailbox("[Gmail]/All Mail"), mailbox("not there")] {
            let found = session.mailbox_quota(&name).await.unwrap();
            assert_eq!((found.roots.len(), found.quotas.len()), (1, 1), "{name:?}");
            let storage = &found.quotas[0].resources[0];
            assert_eq!(storage.resource, QuotaResource::Storage);
            // A message that is under a label and in All Mail counts for both here.
            assert!((6..=9).contains(&storage.usage) && storage.limit == 1 << 20, "{storage:?}");
            let root = ImapString::new(found.roots[0].as_bytes().to_vec()).unwrap();
            assert_eq!(session.quota(&root).await.unwrap(), found.quotas[0]);
        }
        let outcome = session.quota(&text("another root")).await;
        assert!(matches!(outcome, Err(Error::Refused { .. })), "{outcome:?}");
        let outcome = session.set_quota(&text(""), Vec::new()).await;
        assert!(outcome.is_err(), "{outcome:?}");
        session.noop().await.unwrap();
    })
    .await;
}

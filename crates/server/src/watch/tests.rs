//! A client that knows nothing but what it is told, beside the store itself.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tayori_proto::command::Command;
use tayori_proto::response::{ListAttribute, ListItem};
use tayori_proto::types::UidValidity;

use super::*;
use crate::memory::{MemoryLimits, MemoryStore};
use crate::store::{EntryKind, Store, Subscription};

#[derive(Clone, Debug)]
enum Deed {
    Create(String),
    Delete(String),
    Rename(String, String),
    Subscribe(String),
    Unsubscribe(String),
}

#[derive(Clone, Debug)]
enum Step {
    Other(Deed),
    Own(Deed),
    Look,
}

fn mailbox() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof![Just("a"), Just("b"), Just("c")], 1..4)
        .prop_map(|all| all.join("/"))
}

fn step() -> impl Strategy<Value = Step> {
    let deed = prop_oneof![
        4 => mailbox().prop_map(Deed::Create),
        2 => mailbox().prop_map(Deed::Delete),
        4 => (prop_oneof![mailbox(), Just("INBOX".to_owned())], mailbox())
            .prop_map(|(from, to)| Deed::Rename(from, to)),
        1 => mailbox().prop_map(Deed::Subscribe),
        1 => mailbox().prop_map(Deed::Unsubscribe),
    ];
    prop_oneof![
        4 => deed.clone().prop_map(Step::Other),
        1 => deed.prop_map(Step::Own),
        3 => Just(Step::Look),
    ]
}

/// What a client believes: each name and whether it can be selected, and what is subscribed.
#[derive(Debug, Default, PartialEq)]
struct Believer {
    names: BTreeMap<String, bool>,
    subscribed: BTreeSet<String>,
}

impl Believer {
    fn hear(&mut self, rows: &[Response]) {
        for row in rows {
            let Response::List(row) = row else { continue };
            let name = row.name.as_str();
            if let [ListItem::OldName(old)] = &row.extended[..] {
                self.rename(old.as_str(), name);
            }
            let has = |wanted: &ListAttribute| row.attributes.contains(wanted);
            if has(&ListAttribute::NonExistent) {
                self.names.remove(name);
            } else {
                self.names.insert(name.to_owned(), !has(&ListAttribute::NoSelect));
            }
            if has(&ListAttribute::Subscribed) {
                self.subscribed.insert(name.to_owned());
            } else {
                self.subscribed.remove(name);
            }
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        let moved = |name: &&String| {
            name.strip_prefix(from).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let names: Vec<String> = self.names.keys().filter(moved).cloned().collect();
        for old in names {
            let selectable = self.names.remove(&old).unwrap();
            self.names.insert(format!("{to}{}", &old[from.len()..]), selectable);
        }
    }

    fn add(&mut self, name: &str, selectable: bool) {
        for (end, _) in name.match_indices('/') {
            self.names.entry(name[..end].to_owned()).or_insert(false);
        }
        if selectable {
            self.names.insert(name.to_owned(), true);
        }
    }

    fn did(&mut self, deed: &Deed) {
        match deed {
            Deed::Create(name) => self.add(name, true),
            Deed::Delete(name) => {
                let below = format!("{name}/");
                self.names.remove(name);
                if self.names.keys().any(|other| other.starts_with(&below)) {
                    self.names.insert(name.clone(), false);
                }
            }
            Deed::Rename(from, to) if from == "INBOX" => self.add(to, true),
            Deed::Rename(from, to) => {
                self.add(to, false);
                self.rename(from, to);
            }
            Deed::Subscribe(name) => drop(self.subscribed.insert(name.clone())),
            Deed::Unsubscribe(name) => drop(self.subscribed.remove(name)),
        }
    }
}

fn name(name: &str) -> MailboxName {
    MailboxName::new(name).unwrap()
}

async fn carry_out(store: &MemoryStore, deed: &Deed) -> Result<(), crate::store::StoreError> {
    match deed {
        Deed::Create(mailbox) => store.create(&name(mailbox)).await,
        Deed::Delete(mailbox) => store.delete(&name(mailbox)).await,
        Deed::Rename(from, to) => store.rename(&name(from), &name(to)).await,
        Deed::Subscribe(mailbox) => store.subscribe(&name(mailbox), Subscription::Subscribed).await,
        Deed::Unsubscribe(mailbox) => store.subscribe(&name(mailbox), Subscription::Unsubscribed).await,
    }
}

fn own(deed: &Deed) -> Own {
    let command = match deed {
        Deed::Create(mailbox) => Command::Create { mailbox: name(mailbox), uses: Vec::new() },
        Deed::Delete(mailbox) => Command::Delete(name(mailbox)),
        Deed::Rename(from, to) => Command::Rename { from: name(from), to: name(to) },
        Deed::Subscribe(mailbox) => Command::Subscribe(name(mailbox)),
        Deed::Unsubscribe(mailbox) => Command::Unsubscribe(name(mailbox)),
    };
    Own::of(&command).unwrap()
}

const MANNER: Manner<'_> = Manner {
    selected: None,
    enabled: Enabled { condstore: false, qresync: false, uid_only: false, rev2: false, notify: true },
    delimiter: '/',
    most: 1000,
};

async fn truth(store: &MemoryStore) -> Believer {
    let entries = store.mailboxes().await.unwrap();
    let names = entries.into_iter().map(|it| (it.name.as_str().to_owned(), it.kind == EntryKind::Mailbox));
    let subscriptions = store.subscriptions().await.unwrap();
    Believer {
        names: names.collect(),
        subscribed: subscriptions.iter().map(|name| name.as_str().to_owned()).collect(),
    }
}

async fn watch(store: &MemoryStore) -> Watch {
    let mut interests = Interests::default();
    let new = Event::MessageNew(Vec::new());
    let events = [new, Event::MessageExpunge, Event::MailboxName, Event::SubscriptionChange];
    interests.add(&Watched::Personal, &events);
    let all = store.news(None).await.unwrap();
    Watch::new(SelectedWatch::nothing(), interests, Some(Known::new(all, MANNER).unwrap()))
}

async fn look(store: &MemoryStore, watch: &mut Watch) -> Vec<Response> {
    let news = store.news(watch.moment()).await.unwrap();
    watch.apply(news, MANNER).unwrap()
}

async fn play(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let store = MemoryStore::new(UidValidity::MIN, MemoryLimits::default());
    let mut watch = watch(&store).await;
    let mut believer = truth(&store).await;
    for step in steps.into_iter().chain([Step::Look]) {
        match &step {
            Step::Other(deed) => drop(carry_out(&store, deed).await),
            Step::Own(deed) => {
                // A session has told what there was when it carries out the next command.
                believer.hear(&look(&store, &mut watch).await);
                if carry_out(&store, deed).await.is_ok() {
                    believer.did(deed);
                    watch.did(&own(deed), '/');
                }
                let told = look(&store, &mut watch).await;
                prop_assert!(told.iter().all(|it| !matches!(it, Response::List(_))), "{deed:?}: {told:?}");
            }
            Step::Look => {
                believer.hear(&look(&store, &mut watch).await);
                let truth = truth(&store).await;
                prop_assert_eq!(&believer, &truth);
                prop_assert_eq!(look(&store, &mut watch).await, Vec::new());
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn who_believes_what_is_told_knows_all_names(steps in proptest::collection::vec(step(), 0..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(play(steps))?;
    }
}

#[tokio::test]
async fn two_mailboxes_that_have_changed_places_are_not_called_renamed() {
    let store = MemoryStore::new(UidValidity::MIN, MemoryLimits::default());
    for mailbox in ["a", "b"] {
        store.create(&name(mailbox)).await.unwrap();
    }
    let mut watch = watch(&store).await;
    for (from, to) in [("a", "c"), ("b", "a"), ("c", "b")] {
        store.rename(&name(from), &name(to)).await.unwrap();
    }
    let told = look(&store, &mut watch).await;
    let is_plain = |row: &Response| matches!(row, Response::List(row) if row.extended.is_empty());
    assert!(told.len() == 2 && told.iter().all(is_plain), "{told:?}");
}

#[tokio::test]
async fn more_names_than_can_be_kept_are_refused() {
    let store = MemoryStore::new(UidValidity::MIN, MemoryLimits::default());
    let mut watch = watch(&store).await;
    store.create(&name("a/b")).await.unwrap();
    let news = store.news(watch.moment()).await.unwrap();
    assert_eq!(watch.apply(news, Manner { most: 2, ..MANNER }), Err(Overflow));
}

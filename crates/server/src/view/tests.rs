//! A client that knows nothing but what it is told, beside the mailbox itself.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;
use tayori_proto::command::StoreChange;
use tayori_proto::response::Status;
use tayori_proto::types::{InternalDate, MailboxName, UidValidity};

use super::*;
use crate::memory::{MemoryLimits, MemoryMailbox, MemoryStore};
use crate::store::{Mailbox, Store};

/// What happens to the mailbox, by others, or what this session looks at.
#[derive(Clone, Debug)]
enum Step {
    Append,
    /// The message at this place of those there are, and a flag.
    Flag(usize, StoreChange, bool),
    /// The messages with `\Deleted`.
    Expunge,
    Look(Renumbering),
}

fn step() -> impl Strategy<Value = Step> {
    let change = prop_oneof![Just(StoreChange::Add), Just(StoreChange::Remove), Just(StoreChange::Replace)];
    prop_oneof![
        3 => Just(Step::Append),
        4 => (any::<prop::sample::Index>(), change, any::<bool>())
            .prop_map(|(index, change, deleted)| Step::Flag(index.index(20), change, deleted)),
        2 => Just(Step::Expunge),
        2 => Just(Step::Look(Renumbering::Held)),
        2 => Just(Step::Look(Renumbering::Allowed)),
    ]
}

fn enabled() -> impl Strategy<Value = Enabled> {
    let condstore = Enabled::default().with_condstore();
    prop_oneof![
        Just(Enabled::default()),
        Just(condstore),
        Just(Enabled { qresync: true, ..condstore }),
        Just(Enabled { uid_only: true, ..condstore })
    ]
}

/// What a client believes: the flags of each message by number, as far as it was told.
struct Believer {
    messages: Vec<(Uid, Vec<Flag>)>,
    /// The mod-sequence that it would come back with after a break (RFC 7162 section 6).
    known: ModSeq,
}

impl Believer {
    fn hear(&mut self, responses: &[Response], view: &View) {
        let (mut highest, mut code) = (self.known, None);
        for response in responses {
            match response {
                Response::Expunge(number) => {
                    self.messages.remove(index(*number));
                }
                Response::Exists(count) => {
                    assert!(self.messages.len() <= *count as usize, "messages went without EXPUNGE");
                    // The client asks for what it does not know.
                    for number in self.messages.len() as u32 + 1..=*count {
                        let row = view.row(SeqNum::new(number).unwrap()).unwrap();
                        self.messages.push((row.uid, row.flags.clone()));
                    }
                }
                Response::Fetch(fetch) => {
                    if let Some(FetchItem::ModSeq(Some(modseq))) = fetch.items.last() {
                        highest = highest.max(*modseq);
                        assert!(fetch.uid().is_some());
                    }
                    let place = match fetch.number() {
                        Some(number) => index(number),
                        None => self.messages.iter().position(|(uid, _)| fetch.uid() == Some(*uid)).unwrap(),
                    };
                    assert!(fetch.uid().is_none_or(|uid| uid == self.messages[place].0));
                    let flags = fetch.flags().unwrap().iter().filter(|flag| *flag != Flag::Recent);
                    self.messages[place].1 = flags.collect();
                }
                Response::Vanished(vanished) => {
                    let before = self.messages.len() as u64;
                    self.messages.retain(|(uid, _)| !vanished.uids().contains(*uid));
                    assert_eq!(before - self.messages.len() as u64, vanished.uids().count());
                }
                Response::Status(Status { code: Some(ResponseCode::HighestModSeq(told)), .. }) => {
                    code = Some(*told);
                }
                Response::Recent(_) => {}
                other => panic!("{other:?}"),
            }
        }
        self.known = code.unwrap_or(highest);
    }

    /// What it believes when it has come back.
    fn resynchronized(&self, changes: Changes) -> Vec<(Uid, Vec<Flag>)> {
        let mut messages: BTreeMap<Uid, Vec<Flag>> = self.messages.iter().cloned().collect();
        messages.retain(|uid, _| !changes.vanished.contains(*uid));
        messages.extend(changes.messages.into_iter().map(|message| (message.uid, message.flags)));
        messages.into_iter().collect()
    }
}

async fn run(steps: Vec<Step>, enabled: Enabled) {
    let store = MemoryStore::new(UidValidity::MIN, MemoryLimits::default());
    let mailbox: MemoryMailbox = store.open(&MailboxName::inbox()).await.unwrap();
    let mut view = View::new(mailbox.changes(None).await.unwrap(), &UidSet::new());
    let mut believer = Believer { messages: Vec::new(), known: view.state() };
    for step in steps.into_iter().chain([Step::Look(Renumbering::Allowed)]) {
        let truth = mailbox.changes(None).await.unwrap().messages;
        match step {
            Step::Append => {
                let date = InternalDate::from_unix_seconds(0);
                store.insert(&MailboxName::inbox(), Vec::new(), date, vec![Bytes::from("a")]).unwrap();
            }
            Step::Flag(place, change, deleted) => {
                let flag = if deleted { Flag::Deleted } else { Flag::Flagged };
                if let Some(message) = truth.get(place % truth.len().max(1)) {
                    mailbox.store(&UidSet::from(message.uid), change, &[flag]).await.unwrap();
                }
            }
            Step::Expunge => {
                mailbox.expunge(&truth.iter().map(|message| message.uid).collect()).await.unwrap();
            }
            Step::Look(renumbering) => {
                let before: Vec<Uid> = believer.messages.iter().map(|(uid, _)| *uid).collect();
                let changes = mailbox.changes(Some(view.state())).await.unwrap();
                view.apply(changes, &UidSet::new());
                let responses =
                    view.announce(renumbering, Telling::Everything, Occasion::CommandEnds, enabled);
                believer.hear(&responses, &view);
                let shown: Vec<Uid> = view.rows().map(|(_, row)| row.uid).collect();
                let believed: Vec<Uid> = believer.messages.iter().map(|(uid, _)| *uid).collect();
                assert_eq!(shown, believed, "a number means two messages");
                let everything: Vec<_> =
                    truth.iter().map(|message| (message.uid, message.flags.clone())).collect();
                if enabled.condstore {
                    let missed = mailbox.changes(Some(believer.known)).await.unwrap();
                    assert_eq!(believer.resynchronized(missed), everything, "lost by a break");
                }
                if renumbering == Renumbering::Held {
                    assert!(believed.starts_with(&before), "a number has changed its meaning");
                } else {
                    assert_eq!(believer.messages, everything);
                }
                let again = view.announce(renumbering, Telling::Everything, Occasion::CommandEnds, enabled);
                assert!(again.iter().all(|told| matches!(told, Response::Status(_))), "told twice");
            }
        }
    }
}

proptest! {
    #[test]
    fn a_client_that_is_told_everything_knows_everything(steps in prop::collection::vec(step(), 0..60), enabled in enabled()) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run(steps, enabled));
    }
}

#[test]
fn numbers_above_all_are_refused_and_uids_passed_over() {
    let messages = [3, 5, 9].map(|uid| MessageState {
        uid: Uid::new(uid).unwrap(),
        flags: Vec::new(),
        changed: ModSeq::MIN,
    });
    let state = ModSeq::MIN;
    let changes = Changes { state, uid_next: None, vanished: UidSet::new(), messages: messages.to_vec() };
    let view = View::new(changes, &UidSet::new());
    let numbers = |set: &str| {
        let found = view.numbers(&set.parse().unwrap());
        found.map(|found| found.into_iter().map(SeqNum::value).collect::<Vec<_>>())
    };
    assert_eq!(numbers("1:2"), Some(vec![1, 2]));
    assert_eq!(numbers("*"), Some(vec![3]));
    assert_eq!(numbers("2:*"), Some(vec![2, 3]));
    assert_eq!(numbers("4"), None);
    assert_eq!(numbers("1:4"), None);
    let uids =
        |set: &str| -> Vec<u32> { view.uids(&set.parse().unwrap()).into_iter().map(SeqNum::value).collect() };
    assert_eq!(uids("1:4294967295"), [1, 2, 3]);
    assert_eq!(uids("4:8"), [2]);
    assert_eq!(uids("*"), [3]);
    assert_eq!(uids("10:*"), [3]);
    assert_eq!(uids("4,6:7"), [] as [u32; 0]);
    let none = View::new(
        Changes { state, uid_next: None, vanished: UidSet::new(), messages: Vec::new() },
        &UidSet::new(),
    );
    assert_eq!(none.numbers(&"1".parse().unwrap()), None);
    assert_eq!(none.numbers(&"*".parse().unwrap()), None);
}

#[test]
fn a_message_that_came_between_two_questions_becomes_recent_later() {
    let changes = |state, uids: &[u32]| Changes {
        state: ModSeq::new(state).unwrap(),
        uid_next: None,
        vanished: UidSet::new(),
        messages: uids
            .iter()
            .map(|uid| MessageState { uid: Uid::new(*uid).unwrap(), flags: Vec::new(), changed: ModSeq::MIN })
            .collect(),
    };
    // The second message came behind the claim and in front of the look at the mailbox.
    let mut view = View::new(changes(2, &[1, 2]), &UidSet::from(Uid::MIN));
    assert_eq!(view.recent(), 1);
    view.apply(changes(2, &[]), &UidSet::from(Uid::new(2).unwrap()));
    assert_eq!(
        view.announce(Renumbering::Held, Telling::Everything, Occasion::Unasked, Enabled::default()),
        [Response::Recent(2)]
    );
    assert!(view.rows().all(|(_, row)| row.flags_shown(Enabled::default()) == [Flag::Recent]));
}

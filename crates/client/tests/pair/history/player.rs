//! Carries out a history through clients, and compares after every step.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tayori_client::{
    Access, AppendError, Connector, CopiedUids, Error, FetchAttribute, FetchItems, Mailbox, Rows, Selected,
    Session,
};
use tayori_proto::command::{Peek, Silence, StoreChange};
use tayori_proto::session::CompletionStatus;
use tayori_proto::types::{
    Flag, ListPattern, ListReference, Messages, NonEmpty, Section, SeqNum, SeqSet, SequenceSet, Uid, UidSet,
    UidValidity,
};
use tayori_testkit::pair::Host;
use tokio::time::timeout;

use super::deed::{Deed, Reading, Step, Which};
use super::model::{Account, BoxId, Contents, Refused};
use super::told::{Log, Told, without_recent};
use crate::harness::{Bodies, everything, log_in, log_in_with, mailbox, uids};

/// Two sessions, a third that looks after every step, and what all should see.
pub(super) struct Player {
    host: Host,
    model: Account,
    actors: [Actor; 2],
    judge: Session,
    validities: BTreeMap<BoxId, UidValidity>,
}

struct Actor {
    /// Taken while a flight has it.
    session: Option<Session>,
    log: Log,
    told: Told,
    open: Option<Open>,
}

/// The mailbox that a session has open.
#[derive(Clone)]
struct Open {
    id: BoxId,
    /// As the client described it when its last command in the mailbox ended.
    mailbox: Mailbox,
    /// The UIDs that the numbers of this session mean. Some of the messages may be gone.
    meant: Vec<u32>,
}

/// The messages of a command.
struct Wanted {
    messages: Messages,
    /// Their UIDs, also those of messages that never were.
    named: UidSet,
    /// With their numbers; those that the session has been told of.
    meant: Vec<(usize, u32)>,
    /// Whether some of the numbers mean messages that are gone, and the session has not been told.
    some_gone: bool,
}

/// Whether messages may be renumbered (RFC 9051 section 7.5.1).
#[derive(Clone, Copy, PartialEq)]
enum Renumbering {
    Allowed,
    Held,
}

impl Player {
    /// Both sessions are in INBOX, which has some messages, and know all of it.
    pub(super) async fn new() -> Self {
        let host = Host::new();
        let actors = [Actor::log_in(&host).await, Actor::log_in(&host).await];
        let judge = log_in(&host).await;
        let model = Account::new();
        let mut player = Self { host, model, actors, judge, validities: BTreeMap::new() };
        for octets in [&b"one"[..], b"two\r\n", b"three"] {
            let append = Deed::Append { to: "INBOX", flags: BTreeSet::new(), octets: octets.to_vec() };
            player.play(Step { actor: 0, deed: append }).await;
        }
        player.play(Step { actor: 0, deed: Deed::Create("a") }).await;
        for actor in 0..2 {
            player.play(Step { actor, deed: Deed::Select("INBOX") }).await;
            let all = Deed::Fetch { which: Which::All, reading: Reading::Flags };
            player.play(Step { actor, deed: all }).await;
            let all = Deed::Fetch { which: Which::All, reading: Reading::Flags };
            player.play(Step { actor, deed: all }).await;
        }
        player
    }

    pub(super) async fn play(&mut self, step: Step) {
        let actor = &mut self.actors[step.actor];
        if actor.open.as_ref().is_some_and(|open| !self.model.is_there(open.id)) {
            // The server ends a session whose mailbox has been deleted by another one.
            let outcome = actor.selected().noop().await;
            assert!(matches!(outcome, Err(Error::Lost(_))), "{outcome:?}");
            *actor = Actor::log_in(&self.host).await;
        }
        self.actors[step.actor].act(&mut self.model, step.deed).await;
        self.judge().await;
    }

    /// Whatever happened, after a NOOP both sessions know all.
    pub(super) async fn finish(mut self) {
        for actor in 0..2 {
            self.play(Step { actor, deed: Deed::Noop }).await;
            let Some(open) = &self.actors[actor].open else { continue };
            let truth = self.model.contents(open.id);
            assert!(truth.messages.iter().map(|message| message.uid).eq(open.meant.iter().copied()));
            let all = Deed::Fetch { which: Which::All, reading: Reading::Peek };
            self.play(Step { actor, deed: all }).await;
            let Actor { told, open: Some(open), .. } = &self.actors[actor] else { continue };
            let flags = self.model.contents(open.id).messages.iter().map(|message| Some(&message.flags));
            assert!(flags.eq(told.rows.iter().map(|row| row.flags.as_ref())));
            let believed = (1..).map_while(|number| open.mailbox.uid_of(SeqNum::new(number)?));
            assert!(believed.map(Uid::value).eq(open.meant.iter().copied()));
        }
    }

    /// A look at everything, by somebody who was told of nothing.
    async fn judge(&mut self) {
        let rows = self.judge.list(&ListReference::none(), &ListPattern::all()).await.unwrap();
        let names: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert!(names.into_iter().eq(self.model.names.keys().map(String::as_str)), "{rows:?}");
        for (name, id) in &self.model.names {
            let opened = accepted(self.judge.examine(&mailbox(name)).await);
            assert_eq!(opened.is_some(), id.is_some(), "whether {name} can be opened");
            let (Some(mut opened), Some(id)) = (opened, *id) else { continue };
            let truth = self.model.contents(id);
            assert_eq!(opened.mailbox().exists() as usize, truth.messages.len(), "{name}");
            assert_eq!(opened.mailbox().uid_next().unwrap().value(), truth.next_uid, "{name}");
            let validity = opened.mailbox().uid_validity().unwrap();
            assert_eq!(*self.validities.entry(id).or_insert(validity), validity, "{name}");
            let mut rows = opened.fetch(uids("1:*"), everything()).await.unwrap();
            let mut bodies = Bodies::default();
            for (index, message) in truth.messages.iter().enumerate() {
                let row = rows.next(&mut bodies).await.unwrap().unwrap();
                assert_eq!(row.number().unwrap().value() as usize, index + 1);
                assert_eq!(row.uid().unwrap().value(), message.uid);
                assert_eq!(without_recent(row.flags().unwrap()), message.flags);
                assert_eq!(bodies.whole.pop().as_ref(), Some(&message.octets));
            }
            assert_eq!(rows.next(&mut bodies).await.unwrap(), None);
            drop(rows);
            // A mailbox that is deleted takes the sessions along that have it open.
            opened.unselect().await.unwrap();
        }
        let different: BTreeSet<UidValidity> = self.validities.values().copied().collect();
        assert_eq!(different.len(), self.validities.len(), "two mailboxes with one UID validity");
    }
}

impl Actor {
    async fn log_in(host: &Host) -> Self {
        let log = Log::default();
        let session = log_in_with(host, Connector::new().observe(Box::new(log.clone()))).await;
        Self { session: Some(session), log, told: Told::default(), open: None }
    }

    /// Carries out a step, and compares what this session now knows with what it should.
    async fn act(&mut self, model: &mut Account, deed: Deed) {
        self.log.take();
        let renumbering = match &deed {
            Deed::Fetch { which: Which::Numbers(_), .. } | Deed::Store { which: Which::Numbers(_), .. } => {
                Renumbering::Held
            }
            _ => Renumbering::Allowed,
        };
        let mut acted = Acted::Elsewhere;
        match deed {
            Deed::Append { to, flags, octets } => {
                let list: Vec<Flag> = flags.iter().cloned().collect();
                let size = octets.len() as u64;
                let outcome = self.session().append(&mailbox(to), &list, None, size, &octets[..]).await;
                let outcome = outcome.map_err(|error| match error {
                    AppendError::Server(error) => error,
                    other => panic!("{other}"),
                });
                let given = accepted(outcome).map(|outcome| outcome.uid.unwrap().1.value());
                assert_eq!(given.ok_or(Refused), model.append(to, flags, octets));
            }
            Deed::Select(name) => self.open(model, name, Access::ReadWrite).await,
            Deed::Examine(name) => self.open(model, name, Access::ReadOnly).await,
            Deed::OpenInOneFlight(name) => self.open_in_one_flight(model, name).await,
            Deed::Create(name) => {
                let outcome = self.session().create(&mailbox(name)).await;
                assert_eq!(accepted(outcome).ok_or(Refused), model.create(name));
            }
            Deed::Delete(name) => {
                let outcome = self.session().delete(&mailbox(name)).await;
                assert_eq!(accepted(outcome).ok_or(Refused), model.delete(name));
                // A session that deletes the mailbox it has open has none open.
                self.open.take_if(|open| !model.is_there(open.id));
            }
            Deed::Rename { from, to } => {
                let outcome = self.session().rename(&mailbox(from), &mailbox(to)).await;
                assert_eq!(accepted(outcome).ok_or(Refused), model.rename(from, to));
            }
            Deed::Noop | Deed::Idle if self.open.is_none() => self.session().noop().await.unwrap(),
            _ if self.open.is_none() => {}
            Deed::Close | Deed::Unselect => self.leave(model, deed).await,
            deed => acted = self.act_in_mailbox(model, deed).await,
        }
        self.compare(model, acted, renumbering);
    }

    async fn open(&mut self, model: &Account, name: &'static str, access: Access) {
        let session = self.session.as_mut().unwrap();
        let opened = match access {
            Access::ReadWrite => session.select(&mailbox(name)).await,
            Access::ReadOnly => session.examine(&mailbox(name)).await,
        };
        let opened = accepted(opened).map(|selected| selected.mailbox().clone());
        assert!(opened.as_ref().is_none_or(|mailbox| mailbox.access() == access));
        self.opened(model, name, opened);
    }

    async fn open_in_one_flight(&mut self, model: &Account, name: &'static str) {
        let mut flight = self.session.take().unwrap().flight().select(&mailbox(name));
        let mut rows = flight.fetch(uids("1:*"), everything());
        let landing = flight.launch().await.unwrap();
        let mut heard = Vec::new();
        let mut bodies = Bodies::default();
        while let Ok(Some(row)) = rows.next(&mut bodies).await {
            heard.push((row.uid().unwrap().value(), bodies.whole.pop().unwrap()));
        }
        drop(rows);
        let opened = match landing.land().await {
            Ok((session, mailbox)) => {
                self.session = Some(session);
                Some(mailbox)
            }
            Err(failed) => {
                assert!(accepted::<()>(Err(failed.error)).is_none());
                self.session = failed.session;
                None
            }
        };
        if let Ok(id) = model.find(name) {
            let truth = model.contents(id).messages.iter();
            assert!(heard.into_iter().eq(truth.map(|message| (message.uid, message.octets.clone()))));
        }
        self.opened(model, name, opened);
    }

    fn opened(&mut self, model: &Account, name: &str, opened: Option<Mailbox>) {
        self.told = Told::default();
        self.open = match (opened, model.find(name)) {
            (Some(mailbox), Ok(id)) => {
                let meant = model.contents(id).messages.iter().map(|message| message.uid).collect();
                Some(Open { id, mailbox, meant })
            }
            (None, Err(Refused)) => None,
            (opened, _) => panic!("{name} can be opened: {}", opened.is_some()),
        };
    }

    async fn leave(&mut self, model: &mut Account, deed: Deed) {
        let selected = self.selected();
        if matches!(deed, Deed::Unselect) {
            selected.unselect().await.unwrap();
        } else {
            selected.close().await.unwrap();
        }
        let open = self.open.take().unwrap();
        if matches!(deed, Deed::Close) && open.mailbox.access() == Access::ReadWrite {
            model.contents_mut(open.id).expunge(&open.meant);
        }
        self.told = Told::default();
    }

    async fn act_in_mailbox(&mut self, model: &mut Account, deed: Deed) -> Acted {
        let Self { session: Some(session), told, open: Some(open), .. } = self else {
            unreachable!("nobody asks for that without a mailbox")
        };
        let id = open.id;
        let writes = open.mailbox.access() == Access::ReadWrite;
        let wanted = match deed.which() {
            None => Wanted::nothing(),
            Some(which) => match open.want(which, model.contents(id)) {
                Some(wanted) => wanted,
                None => return Acted::NotAtAll,
            },
        };
        let mut selected = session.resume(open.mailbox.clone());
        match deed {
            Deed::Noop => selected.noop().await.unwrap(),
            Deed::Idle => {
                let mut idle = selected.idle().await.unwrap();
                // The clock turns when the server has told all there is.
                while let Ok(event) = timeout(Duration::from_millis(1), idle.next()).await {
                    assert!(event.unwrap().is_some(), "the server does not end an IDLE by itself");
                }
                idle.done().await.unwrap();
            }
            Deed::Fetch { reading, .. } => {
                if reading == Reading::MarkSeen && writes {
                    model.contents_mut(id).store(&wanted.uids(), StoreChange::Add, &[Flag::Seen].into());
                }
                let rows = selected.fetch(wanted.messages.clone(), items(reading)).await.unwrap();
                check_rows(rows, &wanted, model.contents(id), reading).await;
            }
            Deed::Store { change, silence, flags, .. } => {
                let list: Vec<Flag> = flags.iter().cloned().collect();
                let messages = wanted.messages.clone();
                let outcome = match silence {
                    Silence::Silent => selected.store_silent(messages, change, &list).await,
                    Silence::Answered => selected.store(messages, change, &list).await.map(drop),
                };
                let outcome = accepted(outcome);
                assert_eq!(outcome.is_some(), writes && !wanted.some_gone);
                if writes {
                    model.contents_mut(id).store(&wanted.uids(), change, &flags);
                }
                for (number, _) in wanted.meant.iter().filter(|_| silence == Silence::Silent && writes) {
                    match outcome {
                        Some(()) => told.store(*number, change, &flags),
                        None => told.forget_flags(*number),
                    }
                }
            }
            Deed::Expunge => {
                let outcome = accepted(selected.expunge().await);
                assert_eq!(outcome.is_some(), writes);
                if writes {
                    // Not those that this session was never told of.
                    model.contents_mut(id).expunge(&open.meant);
                }
            }
            Deed::UidExpunge(_) => {
                let Ok(set) = SequenceSet::try_from(wanted.named.clone()) else { return Acted::NotAtAll };
                let outcome = accepted(selected.uid_expunge(set).await);
                assert_eq!(outcome.is_some(), writes);
                if writes {
                    model.contents_mut(id).expunge(&wanted.uids());
                }
            }
            Deed::Copy { to, .. } => {
                let outcome = accepted(selected.copy(wanted.messages.clone(), &mailbox(to)).await);
                let copied = if wanted.some_gone { Err(Refused) } else { model.copy(id, &wanted.uids(), to) };
                check_copied(outcome.map(|outcome| outcome.uids), copied);
            }
            Deed::Move { to, .. } => {
                let outcome = accepted(selected.move_messages(wanted.messages.clone(), &mailbox(to)).await);
                let moved = if wanted.some_gone || !writes {
                    Err(Refused)
                } else {
                    model.move_to(id, &wanted.uids(), to)
                };
                check_copied(outcome.map(|outcome| outcome.uids), moved);
            }
            other => unreachable!("{other:?} is no deed in a mailbox"),
        }
        open.mailbox = selected.mailbox().clone();
        Acted::InMailbox
    }

    /// What was told is the truth, all of it that may be told now; and the client believes what it was told.
    fn compare(&mut self, model: &Account, acted: Acted, renumbering: Renumbering) {
        let responses = self.log.take();
        let Some(open) = self.open.as_mut().filter(|_| acted != Acted::NotAtAll) else { return };
        for response in &responses {
            self.told.apply(response);
        }
        let truth = model.contents(open.id);
        open.sync(truth, renumbering);
        assert_eq!(self.told.rows.len(), open.meant.len(), "EXISTS and EXPUNGE");
        for (number, (row, uid)) in (1..).zip(self.told.rows.iter().zip(&open.meant)) {
            assert!(row.uid.is_none_or(|told| told == *uid), "number {number} was told to be {row:?}");
            if let (Some(told), Some(message)) = (&row.flags, truth.message(*uid)) {
                assert_eq!(told, &message.flags, "the flags of UID {uid}");
            }
            if acted == Acted::InMailbox {
                let believed = SeqNum::new(number).and_then(|number| open.mailbox.uid_of(number));
                assert_eq!(believed.map(Uid::value), row.uid, "what number {number} means to the client");
            }
        }
        if acted == Acted::InMailbox {
            assert_eq!(open.mailbox.exists() as usize, open.meant.len());
        }
    }

    fn session(&mut self) -> &mut Session {
        self.session.as_mut().unwrap()
    }

    fn selected(&mut self) -> Selected<'_> {
        let mailbox = self.open.as_ref().unwrap().mailbox.clone();
        self.session().resume(mailbox)
    }
}

/// Whether a command was sent, and whether it was one of the mailbox that is open.
#[derive(Clone, Copy, PartialEq)]
enum Acted {
    NotAtAll,
    Elsewhere,
    InMailbox,
}

impl Open {
    /// The messages that a deed is about; `None` where it cannot be said.
    fn want(&self, which: &Which, truth: &Contents) -> Option<Wanted> {
        let uid = |value: u32| Uid::new(value).unwrap();
        let (messages, named): (Messages, UidSet) = match which {
            Which::All => (uids("1:*"), self.meant.iter().copied().map(uid).collect()),
            Which::Uids(picks) => {
                // Up to one that will be.
                let named: UidSet =
                    picks.iter().map(|pick| uid(1 + u32::from(*pick) % truth.next_uid)).collect();
                (SequenceSet::try_from(named.clone()).unwrap().into(), named)
            }
            Which::Numbers(_) if self.meant.is_empty() => return None,
            Which::Numbers(picks) => {
                let places: BTreeSet<usize> =
                    picks.iter().map(|pick| usize::from(*pick) % self.meant.len()).collect();
                let numbers: SeqSet =
                    places.iter().map(|place| SeqNum::new(*place as u32 + 1).unwrap()).collect();
                let named = places.iter().map(|place| uid(self.meant[*place])).collect();
                (SequenceSet::try_from(numbers).unwrap().into(), named)
            }
        };
        let meant = (1..).zip(&self.meant).filter(|(_, meant)| named.contains(uid(**meant)));
        let meant: Vec<(usize, u32)> = meant.map(|(number, meant)| (number, *meant)).collect();
        // A UID that stands for nothing is passed over (RFC 9051 section 6.4.9).
        let some_gone = matches!(messages, Messages::Numbers(_))
            && meant.iter().any(|(_, uid)| truth.message(*uid).is_none());
        Some(Wanted { messages, named, meant, some_gone })
    }

    /// What the numbers mean behind a command.
    fn sync(&mut self, truth: &Contents, renumbering: Renumbering) {
        if renumbering == Renumbering::Allowed {
            self.meant.retain(|uid| truth.message(*uid).is_some());
        }
        let new = truth.messages.iter().map(|message| message.uid).filter(|uid| !self.meant.contains(uid));
        let new: Vec<u32> = new.collect();
        self.meant.extend(new);
    }
}

impl Wanted {
    fn nothing() -> Self {
        Self { messages: uids("1"), named: UidSet::new(), meant: Vec::new(), some_gone: false }
    }

    fn uids(&self) -> Vec<u32> {
        self.meant.iter().map(|(_, uid)| *uid).collect()
    }
}

/// Every row is true, whoever asked for it, and none is missing.
async fn check_rows(mut rows: Rows<'_>, wanted: &Wanted, truth: &Contents, reading: Reading) {
    let there = |uid: &u32| truth.message(*uid).is_some();
    let mut missing: BTreeSet<u32> = wanted.uids().into_iter().filter(there).collect();
    let mut bodies = Bodies::default();
    let outcome = loop {
        let row = match rows.next(&mut bodies).await {
            Ok(Some(row)) => row,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        // News of a message whose UID the session has not heard yet.
        let Some(uid) = row.uid().map(Uid::value) else { continue };
        let message = truth.message(uid).expect("nothing is told of a message that is gone");
        if let Some(flags) = row.flags() {
            assert_eq!(without_recent(flags), message.flags, "the flags of UID {uid}");
        }
        let body = bodies.whole.pop();
        assert!(body.as_ref().is_none_or(|body| *body == message.octets), "the octets of UID {uid}");
        if body.is_some() || reading == Reading::Flags {
            missing.remove(&uid);
        }
    };
    assert_eq!(missing, BTreeSet::new());
    assert_eq!(accepted(outcome).is_none(), wanted.some_gone);
}

/// What a client was told to have become what.
fn check_copied(told: Option<Option<CopiedUids>>, copied: Result<Vec<(u32, u32)>, Refused>) {
    let told = told.map(|uids| {
        uids.map_or(Vec::new(), |uids| {
            let (from, to) = (uids.from.resolve(None), uids.to.resolve(None));
            from.iter().map(Uid::value).zip(to.iter().map(Uid::value)).collect()
        })
    });
    assert_eq!(told.ok_or(Refused), copied);
}

fn items(reading: Reading) -> FetchItems {
    let body = match reading {
        Reading::Flags => return NonEmpty::one(FetchAttribute::Uid).and(FetchAttribute::Flags).into(),
        Reading::Peek => return everything(),
        Reading::MarkSeen => {
            FetchAttribute::Section { section: Section::full(), partial: None, peek: Peek::MarkSeen }
        }
    };
    NonEmpty::one(body).and(FetchAttribute::Uid).into()
}

/// `None` for what the server has refused with NO; nothing else may go wrong.
#[track_caller]
fn accepted<T>(outcome: Result<T, Error>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(Error::Refused { status: CompletionStatus::No, .. }) => None,
        Err(error) => panic!("{error:?}"),
    }
}

//! Whole messages of a mailbox.
//!
//! - this file: the order of things in each mailbox
//! - [`deposit`]: where messages go, and what of them is there
//! - [`ledger`]: the list of what is there
//! - [`layout`]: how they lie there, and under which names
//! - [`removal`]: what is safe here is removed from the server
//! - [`json`]: what became of each, for programs

mod deposit;
mod json;
mod layout;
mod ledger;
mod removal;

use tayori_client::{Selected, Session};
use tayori_proto::types::{MailboxName, UidValidity};

use super::mailboxes::Found;
use super::round::{Opened, Round};
use super::selection::Wanted;
use super::target;
use crate::cli::{Fetch, Form, Format, Keep, Marking, Removal, Verbosity};
use crate::download::{Chosen, Desk, Download, Fate, Tally};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::manifest::Source;
use crate::output::{Capacity, Overwrite, Target};
use deposit::Deposit;
use layout::Layout;
use removal::Removed;

/// All that is known before anything is sent, and the mailbox that is being fetched.
pub(super) struct Keeping<'a> {
    keep: &'a Keep,
    deposit: Deposit,
    layout: Layout,
    current: Option<Current>,
}

/// The mailbox that is being fetched.
struct Current {
    name: MailboxName,
    uid_validity: Option<UidValidity>,
    tally: Tally,
    removed: Removed,
}

impl<'a> Keeping<'a> {
    /// Finds out what can be found out without a connection.
    pub(super) fn prepare(keep: &'a Keep, target: &Target) -> Result<Self, Failure> {
        // What --delete has removed from the server may be in this file alone, and no list says so.
        if let (Target::File(_), Format::Eml, Overwrite::Replace) = (target, keep.format, keep.overwrite)
            && keep.removal != Removal::Leave
        {
            let message = "--force may replace the only copy of a message that --delete has removed before";
            return Err(Failure::new(Exit::Usage, message)
                .hint("give a folder, where nothing of that kind is replaced: -o DIR/"));
        }
        let deposit = Deposit::open(target, keep)?;
        Ok(Self { keep, deposit, layout: Layout::parse(keep)?, current: None })
    }

    /// Fetches from a mailbox. When this is cancelled, [`Keeping::end`] knows what was done.
    pub(super) async fn mailbox(
        &mut self,
        round: &mut Round<'_>,
        session: &mut Session,
        wanted: &Wanted,
        found: &Found,
    ) -> Result<(), Failure> {
        let done = self.fetch(round, session, wanted, found).await;
        self.put_away(round);
        done
    }

    /// Puts into words and an exit code what was done, after the work has ended for whatever reason.
    pub(super) async fn end(
        mut self,
        mut round: Round<'_>,
        ended: Result<(), Failure>,
    ) -> Result<Exit, Failure> {
        let interrupted = |failure: &Failure| matches!(failure.exit, Exit::Interrupted | Exit::Terminated);
        let settled = match &ended {
            // Whoever reads stdout may have stopped reading, and would be waited for.
            Err(failure) if interrupted(failure) && round.target == Target::Stdout => Ok(()),
            // After an interruption there may be messages that are complete and not settled.
            _ => self.settle(&round).await,
        };
        let followed = self.deposit.follow();
        self.put_away(&mut round);
        // The lock and the folder for parts are given back before the last word.
        drop(self);
        let form = round.options.form;
        let (totals, outcome) = round.end(ended.and(settled).and(followed));
        if form == Form::Json {
            let (exit, error) = match &outcome {
                Ok(exit) => (*exit, None),
                Err(failure) => (failure.exit, Some(failure.message())),
            };
            json::say(&json::Line::summary(&totals, exit, error))?;
        }
        outcome
    }

    async fn settle(&mut self, round: &Round<'_>) -> Result<(), Failure> {
        match &mut self.current {
            Some(current) => current.desk(&mut self.deposit, round).settle().await,
            None => Ok(()),
        }
    }

    fn put_away(&mut self, round: &mut Round<'_>) {
        if let Some(current) = self.current.take() {
            let Removed { expunged, marked, left } = &current.removed;
            round.totals.removed(expunged.count(), marked.count(), left.count());
            round.totals.add(&round.options.mailboxes, &current.name, current.tally);
        }
    }

    async fn fetch(
        &mut self,
        round: &mut Round<'_>,
        session: &mut Session,
        wanted: &Wanted,
        found: &Found,
    ) -> Result<(), Failure> {
        let how = match (round.options.marking, self.keep.removal) {
            (Marking::Leave, Removal::Leave) => Opened::ToRead,
            _ => Opened::ToChange,
        };
        let Some((mut selected, chosen)) = round.enter(session, wanted, found, how).await? else {
            return Ok(());
        };
        if self.deposit.capacity == Capacity::One {
            target::check_single(count(&mut selected, &chosen).await?)?;
        }
        let uid_validity = selected.mailbox().uid_validity();
        let source = uid_validity.map(|uid_validity| source(round.options, found, uid_validity));
        let (naming, here) = self.layout.turn_to(&mut self.deposit, round, found, source.clone())?;
        if round.options.verbosity == Verbosity::Normal {
            here.notes.iter().for_each(|note| round.progress.say(note));
        }
        let (name, tally, removed) = (found.name.clone(), Tally::default(), Removed::default());
        let current = self.current.insert(Current { name, uid_validity, tally, removed });
        let download = Download {
            chosen: &chosen,
            known: &here.complete,
            naming: &*naming,
            verbosity: round.options.verbosity,
        };
        let ended = download.run(&mut selected, &mut current.desk(&mut self.deposit, round)).await;
        let tally = &mut current.tally;
        if ended.is_ok() {
            let there = tally.uids.union(&tally.listed).union(&tally.failed_uids).union(&here.complete);
            tally.missing = wanted.missing(&tally.numbers, &there);
        }
        let safe = tally.kept.union(&tally.known);
        round.mark_seen(&mut selected, &safe, &ended, tally).await;
        ended?;
        self.remove(round, &mut selected, source.as_ref()).await
    }

    async fn remove(
        &mut self,
        round: &mut Round<'_>,
        selected: &mut Selected<'_>,
        source: Option<&Source>,
    ) -> Result<(), Failure> {
        let how = self.keep.removal;
        let Some(current) = self.current.as_mut().filter(|_| how != Removal::Leave) else { return Ok(()) };
        let ledger = self.deposit.ledger();
        let Current { tally, removed, .. } = &mut *current;
        let done = removal::remove(selected, tally, source, ledger, how, &round.progress, removed).await;
        match done {
            // The messages are here all the same, and what follows may go better.
            Err(failure) if failure.is_about_mailbox() => {
                round.tell_of_server(failure, &mut current.tally);
                Ok(())
            }
            done => done,
        }
    }
}

/// Tells programs of a mailbox that could not be used.
pub(super) fn say_failed(form: Form, found: &Found, failure: &Failure) -> Result<(), Failure> {
    match form {
        Form::Text => Ok(()),
        Form::Json => {
            let (mailbox, error) = (found.name.as_str(), json::Problem::new(failure));
            Ok(json::say(&json::Line::MailboxFailed { mailbox, error })?)
        }
    }
}

impl Current {
    /// Where messages of this mailbox are handed in. What becomes of them is said in the form that was asked for.
    fn desk<'d>(&'d mut self, deposit: &'d mut Deposit, round: &'d Round<'_>) -> Desk<'d> {
        let Self { name, uid_validity, tally, .. } = self;
        let uid_validity = uid_validity.map(UidValidity::value);
        let form = round.options.form;
        let told = move |fate: &Fate<'_>| match form {
            Form::Text => Ok(()),
            Form::Json => Ok(json::say_fate(name.as_str(), uid_validity, fate)?),
        };
        Desk {
            writers: &mut deposit.writers,
            tally,
            capacity: deposit.capacity,
            progress: &round.progress,
            told: Box::new(told),
        }
    }
}

/// What the messages of a mailbox are written down as.
fn source(options: &Fetch, found: &Found, uid_validity: UidValidity) -> Source {
    let place = &options.place;
    let usual = [143, 993].contains(&options.endpoint.port.get());
    let port = if usual { String::new() } else { format!(":{}", options.endpoint.port) };
    Source {
        // Another port can be another server, behind a tunnel say.
        account: format!("{}@{}{port}", place.user(), place.host()),
        mailbox: found.name.as_str().to_owned(),
        uid_validity,
    }
}

/// How many messages there are, or may be where it is no more than one.
async fn count(selected: &mut Selected<'_>, chosen: &Chosen) -> Result<u64, Failure> {
    match chosen.count() {
        Some(count) => Ok(count),
        None => Ok(chosen.find(selected).await?.uids.count()),
    }
}

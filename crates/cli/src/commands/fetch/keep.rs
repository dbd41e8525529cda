//! Whole messages of a mailbox.
//!
//! - this file: the order of things in each mailbox
//! - [`current`]: the mailbox that is being fetched, and what of it did not come
//! - [`deposit`]: where messages go, and what of them is there
//! - [`ledger`]: the list of what is there
//! - [`layout`]: how they lie there, and under which names
//! - [`removal`]: what is safe here is removed from the server
//! - [`json`]: what became of each, for programs

mod current;
mod deposit;
mod json;
mod layout;
mod ledger;
mod removal;

use std::collections::VecDeque;

use tayori_client::{Selected, Session};
use tayori_proto::types::MailboxName;

use super::report::Totals;
use super::round::Round;
use super::target;
use crate::cli::{Form, Format, Keep, Marking, Removal, Verbosity};
use crate::download::{Chosen, Download};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailbox::Opened;
use crate::mailboxes::Found;
use crate::manifest::Source;
use crate::output::{Capacity, Overwrite, Target};
use crate::selection::Wanted;
use crate::stdout::json_line;
use current::Current;
use deposit::Deposit;
use layout::Layout;
use removal::Removed;

/// All that is known before anything is sent, and the mailbox that is being fetched.
pub(super) struct Keeping<'a> {
    keep: &'a Keep,
    deposit: Deposit,
    layout: Layout,
    /// The mailboxes that are not done; that of `current` is the first of them.
    ahead: VecDeque<MailboxName>,
    current: Option<Current>,
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
        Ok(Self { keep, deposit, layout: Layout::parse(keep)?, ahead: VecDeque::new(), current: None })
    }

    /// These mailboxes are going to be fetched, in this order.
    pub(super) fn announce(&mut self, mailboxes: &[Found]) {
        self.ahead = mailboxes.iter().map(|found| found.name.clone()).collect();
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
        let done = done.map_err(|failure| found.failure(failure, &round.options.mailboxes));
        let told = self.put_away(round, &done);
        done.and(told)
    }

    /// Puts into words and an exit code what was done, after the work has ended for whatever reason.
    pub(super) async fn end(
        mut self,
        mut round: Round<'_>,
        ended: Result<(), Failure>,
    ) -> (Totals, Result<Exit, Failure>) {
        let interrupted = |failure: &Failure| matches!(failure.exit, Exit::Interrupted | Exit::Terminated);
        let settled = match &ended {
            // Whoever reads stdout may have stopped reading, and would be waited for.
            Err(failure) if interrupted(failure) && round.target == Target::Stdout => Ok(()),
            // After an interruption there may be messages that are complete and not settled.
            _ => self.settle(&round).await,
        };
        let ended = ended.and(settled).and(self.deposit.follow());
        // What keeps this from being said is a reader that has gone.
        let told = match self.current.is_some() {
            true => self.put_away(&mut round, &ended),
            false => Ok(()),
        };
        let told = told.and_then(|()| self.tell_ahead(&round, &ended));
        // The lock and the folder for parts are given back before the last word.
        drop(self);
        round.end(ended.and(told))
    }

    async fn settle(&mut self, round: &Round<'_>) -> Result<(), Failure> {
        match &mut self.current {
            Some(current) => current.desk(&mut self.deposit, round).settle().await,
            None => Ok(()),
        }
    }

    /// The first of the mailboxes is done, or came to an end. Tells what of it did not come.
    fn put_away(&mut self, round: &mut Round<'_>, ended: &Result<(), Failure>) -> Result<(), Failure> {
        let form = round.options.form;
        let name = self.ahead.pop_front();
        let current = self.current.take();
        let mut told = Ok(());
        if let (Form::Json, Err(failure), Some(name)) = (form, ended, &name) {
            // Which of its messages are missing is not known, or they are not all that is wrong.
            let is_listed = current.as_ref().is_some_and(|current| current.tally.is_listed);
            if failure.exit != Exit::Done && (failure.is_about_mailbox() || !is_listed) {
                told = json::say_mailbox_failed(name.as_str(), failure.exit, failure.message());
            }
        }
        if let Some(mut current) = current {
            told = told.and(current.tell_lost(form, ended));
            round.totals.failed_messages += current.failed();
            let Removed { expunged, marked, left } = &current.removed;
            round.totals.removed(expunged.count(), marked.count(), left.count());
            round.totals.add(&round.options.mailboxes, &current.name, current.tally);
        }
        Ok(told?)
    }

    /// Tells programs of the mailboxes that were not reached.
    fn tell_ahead(&self, round: &Round<'_>, ended: &Result<(), Failure>) -> Result<(), Failure> {
        let (Form::Json, Err(failure)) = (round.options.form, ended) else { return Ok(()) };
        if failure.exit == Exit::Done {
            return Ok(());
        }
        let error = current::not_reached(failure);
        for name in &self.ahead {
            json::say_mailbox_failed(name.as_str(), failure.exit, &error)?;
        }
        Ok(())
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
        let (mut selected, chosen) = round.enter(session, wanted, found, how).await?;
        let uid_validity = selected.mailbox().uid_validity();
        let mut named = wanted.named();
        let Some(chosen) = chosen else {
            self.current = Some(Current::nothing(found.name.clone(), uid_validity, named));
            return Ok(());
        };
        if self.deposit.capacity == Capacity::One {
            target::check_single(count(&mut selected, &chosen).await?)?;
        }
        let source = uid_validity.map(|uid_validity| Source {
            account: round.account.clone(),
            mailbox: found.name.as_str().to_owned(),
            uid_validity,
        });
        let (naming, here) = self.layout.turn_to(&mut self.deposit, round, found, source.clone())?;
        if round.options.access.verbosity == Verbosity::Normal {
            here.notes.iter().for_each(|note| round.progress.say(note));
        }
        if round.options.form == Form::Json {
            let place = json::Place { mailbox: found.name.as_str(), uid_validity };
            let folder = self.deposit.folder.as_deref();
            here.altered.iter().try_for_each(|altered| json::say_altered(place, altered, folder))?;
        }
        named.uids = named.uids.difference(&here.complete);
        let current = self.current.insert(Current::new(found.name.clone(), uid_validity, named));
        let download = Download {
            chosen: &chosen,
            known: &here.complete,
            naming: &*naming,
            verbosity: round.options.access.verbosity,
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

/// Tells programs what was done, all in all. Of a run that has failed nothing is said anew when this fails.
pub(super) fn say_summary(totals: &Totals, outcome: Result<Exit, Failure>) -> Result<Exit, Failure> {
    let (exit, error) = match &outcome {
        Ok(exit) => (*exit, None),
        Err(failure) => (failure.exit, Some(failure.message())),
    };
    let said = json_line(&json::Line::summary(totals, exit, error));
    let exit = outcome?;
    said?;
    Ok(exit)
}

/// Tells programs of something that was asked for as a mailbox and is none that can be had.
pub(super) fn say_left_out(name: &str, failure: &Failure) -> Result<(), Failure> {
    Ok(json::say_mailbox_failed(name, Exit::NotFound, failure.message())?)
}

/// How many messages there are, or may be where it is no more than one.
async fn count(selected: &mut Selected<'_>, chosen: &Chosen) -> Result<u64, Failure> {
    match chosen.count() {
        Some(count) => Ok(count),
        None => Ok(chosen.find(selected).await?.uids.count()),
    }
}

//! The mailbox that is being fetched, and what of it did not come.

use tayori_proto::types::{MailboxName, SeqSet, UidSet, UidValidity};

use super::deposit::Deposit;
use super::json;
use super::removal::Removed;
use crate::cli::Form;
use crate::commands::fetch::round::Round;
use crate::download::{Desk, Fate, Tally, Which};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::OutputError;
use crate::selection::Named;

/// The mailbox that is being fetched. All that was to come and what became of it is known at any moment, since a signal
/// may end it at any moment.
pub(super) struct Current {
    pub(super) name: MailboxName,
    uid_validity: Option<UidValidity>,
    /// These were to come since each was named, and are not here from an earlier run.
    named: Named,
    pub(super) tally: Tally,
    /// What became of them on the server.
    pub(super) removed: Removed,
    /// Messages that did not come and were not told before.
    lost: u64,
}

impl Current {
    pub(super) fn new(name: MailboxName, uid_validity: Option<UidValidity>, named: Named) -> Self {
        let (tally, removed) = (Tally::default(), Removed::default());
        Self { name, uid_validity, named, tally, removed, lost: 0 }
    }

    /// A mailbox that has nothing of what was asked for.
    pub(super) fn nothing(name: MailboxName, uid_validity: Option<UidValidity>, named: Named) -> Self {
        let tally = Tally { is_listed: true, ..Tally::default() };
        Self { tally, ..Self::new(name, uid_validity, named) }
    }

    /// Where messages of this mailbox are handed in. What becomes of them is said in the form that was asked for.
    pub(super) fn desk<'d>(&'d mut self, deposit: &'d mut Deposit, round: &'d Round<'_>) -> Desk<'d> {
        let place = json::Place { mailbox: self.name.as_str(), uid_validity: self.uid_validity };
        let form = round.options.form;
        let told = move |fate: &Fate<'_>| match form {
            Form::Text => Ok(()),
            Form::Json => Ok(json::say_fate(place, fate)?),
        };
        Desk {
            writers: &mut deposit.writers,
            tally: &mut self.tally,
            capacity: deposit.capacity,
            progress: &round.progress,
            told: Box::new(told),
        }
    }

    /// How many messages did not come, of those that were to; complete only after [`Current::tell_lost`].
    pub(super) fn failed(&self) -> u64 {
        let Tally { told, kept, failed_numbers, .. } = &self.tally;
        told.difference(kept).count() + failed_numbers.count() + self.lost
    }

    /// Tells programs of each message that was to come, did not, and was not told before: by its number where no UID is
    /// known. `ended` is how it ended.
    pub(super) fn tell_lost(&mut self, form: Form, ended: &Result<(), Failure>) -> Result<(), OutputError> {
        let lost = self.lost(ended);
        self.lost = lost.iter().map(|lost| lost.uids.count() + lost.numbers.count()).sum();
        if form == Form::Text {
            return Ok(());
        }
        let place = json::Place { mailbox: self.name.as_str(), uid_validity: self.uid_validity };
        for Lost { uids, numbers, exit, error } in &lost {
            let messages = uids.iter().map(Which::Uid).chain(numbers.iter().map(Which::Number));
            for which in messages {
                json::say_failed(place, which, *exit, error)?;
            }
        }
        Ok(())
    }

    fn lost(&self, ended: &Result<(), Failure>) -> Vec<Lost> {
        let Self { named, tally, .. } = self;
        // Without a listing it is not known which of them are here from an earlier run.
        let numbers = match tally.is_listed {
            true => named.numbers.union(&tally.silent_numbers),
            false => SeqSet::new(),
        };
        let numbers = numbers.difference(&tally.numbers).difference(&tally.failed_numbers);
        let dealt_with = tally.told.union(&tally.kept).union(&tally.known);
        let uids = |uids: &UidSet| uids.difference(&dealt_with);
        let silent = uids(&tally.silent());
        let failed = uids(&tally.failed_uids);
        match ended {
            // Nobody hears it any more.
            Err(failure) if failure.exit == Exit::Done => Vec::new(),
            Err(failure) => {
                let coming: UidSet = tally.coming.into_iter().collect();
                let coming = uids(&coming);
                let rest = silent.union(&failed).union(&uids(&tally.uids));
                let rest = rest.union(&uids(&named.uids)).difference(&coming);
                let (exit, message) = (failure.exit, failure.message());
                // Where it is the only one, what ended it was about this one.
                let others = coming.count() + tally.failed_uids.count() + tally.failed_numbers.count();
                let is_only = others == 0 && rest.count() + numbers.count() == 1;
                let why = if is_only { message.to_owned() } else { not_reached(failure) };
                vec![
                    Lost { uids: coming, numbers: SeqSet::new(), exit, error: message.to_owned() },
                    Lost { uids: rest, numbers, exit, error: why },
                ]
            }
            Ok(()) => {
                let there = tally.uids.union(&tally.listed).union(&tally.failed_uids);
                let missing = uids(&named.uids).difference(&there);
                let absent = named.numbers.intersection(&numbers).difference(&tally.silent_numbers);
                let passed_over = numbers.difference(&absent);
                vec![
                    Lost::new(missing, absent, Exit::NothingMatched, "no such message"),
                    Lost::new(silent, passed_over, Exit::NothingMatched, "the server sent nothing for it"),
                    Lost::new(failed, SeqSet::new(), Exit::Disk, "it failed together with another message"),
                ]
            }
        }
    }
}

/// Why the rest did not come.
pub(super) fn not_reached(failure: &Failure) -> String {
    format!("not reached: {}", failure.message())
}

/// Messages that did not come, and why.
struct Lost {
    uids: UidSet,
    numbers: SeqSet,
    exit: Exit,
    error: String,
}

impl Lost {
    fn new(uids: UidSet, numbers: SeqSet, exit: Exit, error: &str) -> Self {
        Self { uids, numbers, exit, error: error.to_owned() }
    }
}

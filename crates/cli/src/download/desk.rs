//! What is on its way to the disk, and what becomes of it.

use tayori_proto::types::{SeqNum, Uid};

use super::setback::{Setback, unwritten};
use super::{Fate, Tally, Which};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::writers::{Event, Settled, Writers};
use crate::output::{Capacity, OutputError};
use crate::progress::Progress;

/// Hears of a message.
pub(crate) type Told<'a> = dyn FnMut(&Fate<'_>) -> Result<(), Failure> + Send + 'a;

/// Where messages are handed in, and their fate is heard of.
pub(crate) struct Desk<'a> {
    pub(crate) writers: &'a mut Writers,
    pub(crate) tally: &'a mut Tally,
    pub(crate) capacity: Capacity,
    pub(crate) progress: &'a Progress,
    /// Hears of each message when its fate is known.
    pub(crate) told: Box<Told<'a>>,
}

impl Desk<'_> {
    /// Waits for what is on its way to the disk. What is still coming is thrown away.
    pub(crate) async fn settle(&mut self) -> Result<(), Failure> {
        self.writers.settle().await;
        // All of it is heard, also behind a message that failed.
        let mut outcome = Ok(());
        while let Some(event) = self.writers.next_event() {
            outcome = outcome.and(self.event(event));
        }
        outcome.and(self.count())
    }

    /// The same, when the message that is coming cannot be written, or one before it: fails with the first of them.
    /// `of` is the UID of the one that is coming, where the server has told it already.
    pub(super) async fn settle_failing(&mut self, of: Option<Uid>) -> Result<(), Failure> {
        self.writers.settle().await;
        let mut outcome = Ok(());
        while let Some(event) = self.writers.next_event() {
            outcome = outcome.and(match event {
                Event::Broken(error) => {
                    let failure = unwritten(error, of);
                    let told = of.map_or(Ok(()), |uid| self.tell_failed(uid, &failure));
                    told.and(Err(failure))
                }
                event => self.event(event),
            });
        }
        outcome
    }

    /// Looks at what the writers have said.
    pub(super) fn events(&mut self) -> Result<(), Failure> {
        while let Some(event) = self.writers.next_event() {
            self.event(event)?;
        }
        Ok(())
    }

    pub(super) fn event(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::Settled(settled) => self.settled(settled),
            Event::Broken(error) => Err(error.into()),
        }
    }

    /// Whether something has become of all messages. It has not when a thread has panicked.
    fn count(&mut self) -> Result<(), Failure> {
        let Tally { uids, kept, failed_uids, .. } = &mut *self.tally;
        let lost = uids.difference(kept).difference(failed_uids);
        if lost.is_empty() {
            return Ok(());
        }
        *failed_uids = failed_uids.union(&lost);
        let message = format!("nothing is known of what became of UID {lost}; it does not count as kept");
        Err(Failure::new(Exit::Disk, message).hint("run it again: what is here is not fetched again"))
    }

    fn settled(&mut self, Settled { uid, outcome }: Settled) -> Result<(), Failure> {
        let error = match outcome {
            Ok(kept) => {
                self.tally.kept.insert(uid);
                self.tally.octets += kept.octets;
                self.progress.mail_done();
                self.tally.told.insert(uid);
                return (self.told)(&Fate::Kept(uid, &kept));
            }
            Err(error) => error,
        };
        self.tally.failed_uids.insert(uid);
        // It is told for the message with which it failed.
        if matches!(error, OutputError::WithOthers) {
            return Ok(());
        }
        match Setback::of(error, uid, self.capacity) {
            Setback::Taken(name) => {
                self.tally.told.insert(uid);
                (self.told)(&Fate::Taken(uid, &name))?;
                self.tally.taken.push(name);
                Ok(())
            }
            Setback::One(failure) => self.fail_one(uid, failure),
            Setback::All(failure) => {
                self.tell_failed(uid, &failure)?;
                Err(failure)
            }
        }
    }

    pub(super) fn fail_one(&mut self, uid: Uid, failure: Failure) -> Result<(), Failure> {
        let told = self.tell_failed(uid, &failure);
        self.say_failed(failure);
        told
    }

    /// The same for a message of which no UID is known, perhaps not even its number.
    pub(super) fn fail_unknown(&mut self, number: Option<SeqNum>, failure: Failure) -> Result<(), Failure> {
        let told = match number {
            Some(number) if !self.tally.failed_numbers.contains(number) => {
                self.tally.failed_numbers.insert(number);
                (self.told)(&Fate::Failed(Which::Number(number), &failure))
            }
            _ => Ok(()),
        };
        self.say_failed(failure);
        told
    }

    fn say_failed(&mut self, failure: Failure) {
        self.progress.say(failure.to_text().trim_end());
        self.tally.failed.push(failure);
    }

    /// Tells whoever hears of each message, and nobody else.
    fn tell_failed(&mut self, uid: Uid, failure: &Failure) -> Result<(), Failure> {
        self.tally.failed_uids.insert(uid);
        self.tally.told.insert(uid);
        (self.told)(&Fate::Failed(Which::Uid(uid), failure))
    }
}

/// The same with the message that it is about, where that is known.
pub(super) fn named(failure: Failure, of: Option<Uid>) -> Failure {
    match of {
        Some(uid) => failure.while_doing(&format!("UID {uid}")),
        None => failure,
    }
}

//! One thread: it takes what it is told in order, and tells what has come of it.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{Event, Label, Settled, Turn, Writer};
use crate::output::OutputError;

/// What a thread is told.
pub(super) enum Job {
    TurnTo(Turn),
    Write(Vec<u8>, Reserved),
    Finish(Box<Label>),
    Abandon,
    Settle(oneshot::Sender<()>),
}

/// Room that is given back when the octets are written.
pub(super) struct Reserved {
    waiting: Arc<AtomicUsize>,
    permit: OwnedSemaphorePermit,
}

impl Reserved {
    /// `waiting` counts the octets that wait for a thread, these from now on.
    pub(super) fn new(permit: OwnedSemaphorePermit, waiting: &Arc<AtomicUsize>) -> Self {
        waiting.fetch_add(permit.num_permits(), Ordering::Relaxed);
        Self { waiting: Arc::clone(waiting), permit }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.waiting.fetch_sub(self.permit.num_permits(), Ordering::Relaxed);
    }
}

/// One thread's life.
pub(super) struct Work {
    writer: Box<dyn Writer>,
    events: UnboundedSender<Event>,
    state: State,
    failing: Arc<AtomicBool>,
    settle_after: Duration,
    /// When what is finished has waited long enough; none if nothing waits.
    settle_at: Option<Instant>,
}

impl Work {
    pub(super) fn new(
        writer: Box<dyn Writer>,
        events: UnboundedSender<Event>,
        failing: Arc<AtomicBool>,
        settle_after: Duration,
    ) -> Self {
        Self { writer, events, state: State::Sound, failing, settle_after, settle_at: None }
    }

    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            let left = self.settle_at.map(|at| at.saturating_duration_since(Instant::now()));
            let job = match left {
                None => jobs.recv().map_err(RecvTimeoutError::from),
                // Also while a large message keeps coming.
                Some(Duration::ZERO) => Err(RecvTimeoutError::Timeout),
                Some(left) => jobs.recv_timeout(left),
            };
            match job {
                Ok(job) => self.work(job),
                Err(RecvTimeoutError::Timeout) => self.settle(),
                // Nobody waits for what was not settled; its files go away with the writer.
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.writer.is_full() {
                self.settle();
            }
        }
    }

    fn work(&mut self, job: Job) {
        match job {
            Job::TurnTo(turn) => {
                if let Err(error) = self.writer.turn_to(&turn) {
                    self.tell(Event::Broken(error));
                }
            }
            Job::Write(octets, reserved) => {
                if matches!(self.state, State::Sound)
                    && let Err(error) = self.writer.write(&octets)
                {
                    self.state = State::Broken(error);
                    self.failing.store(true, Ordering::Relaxed);
                }
                drop(octets);
                drop(reserved);
            }
            Job::Finish(label) => {
                let uid = label.uid;
                let finished = match self.take_state() {
                    State::Sound => self.writer.finish(*label),
                    State::Broken(error) => Err(error),
                };
                match finished {
                    Ok(()) => {
                        let at = || Instant::now() + self.settle_after;
                        self.settle_at.get_or_insert_with(at);
                    }
                    Err(error) => {
                        self.writer.abandon();
                        self.tell(Event::Settled(Settled { uid, outcome: Err(error) }));
                    }
                }
            }
            Job::Abandon => {
                self.writer.abandon();
                if let State::Broken(error) = self.take_state() {
                    self.tell(Event::Broken(error));
                }
            }
            Job::Settle(done) => {
                self.settle();
                let _ = done.send(());
            }
        }
    }

    /// The next message begins anew.
    fn take_state(&mut self) -> State {
        self.failing.store(false, Ordering::Relaxed);
        mem::replace(&mut self.state, State::Sound)
    }

    fn settle(&mut self) {
        self.settle_at = None;
        for settled in self.writer.settle() {
            self.tell(Event::Settled(settled));
        }
    }

    fn tell(&self, event: Event) {
        // Without anybody to tell, what is settled is in the record all the same.
        let _ = self.events.send(event);
    }
}

enum State {
    Sound,
    /// The message that is coming could not be written. Of which this is the error, its end tells.
    Broken(OutputError),
}

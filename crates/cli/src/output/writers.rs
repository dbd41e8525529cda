//! Threads that put messages on the disk, so that the network is read while files are created and synced.
//!
//! ```text
//! write, write, finish ─▶ thread 1 ─▶ batch: sync all, place all, sync the folders, record ─▶ settled
//!                      ─▶ thread 2 ─▶ ...
//! ```
//!
//! - this file: what a writer is, and the threads as others see them
//! - [`work`]: what a thread does
//! - [`files`]: one file a message
//! - [`mbox`]: one file for all
//! - [`stdout`]: one message, to whoever reads our output
//!
//! Creating, naming and syncing files costs more than bringing the messages here. Each thread has a folder of its own
//! for files without a name: threads that create files in one folder wait for each other, and ext4 looks for room near
//! the folder, so that several folders find it in several places. A batch shares what a sync costs: the disk begins to
//! write each file when it is finished, and when the first one of a batch is synced, most of the others are on the disk
//! too.
//!
//! A message is settled when nothing can take it away any more: it is synced, has its name, its folder is synced, and
//! the record of it too. Only then anybody hears that it is here.

pub(crate) mod files;
pub(crate) mod mbox;
pub(crate) mod stdout;
mod work;

use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use tayori_proto::types::{InternalDate, Uid};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::OutputError;
use crate::manifest::Span;
use work::{Job, Reserved, Work};

/// Threads that write files. More than there are processors, since most of their time they wait for the disk.
pub(crate) const THREADS: usize = 4;

/// Octets that may wait for the threads, each message counted with [`OVERHEAD`]. It bounds what a slow disk costs in
/// memory, and is many times what a disk takes in the time of one round trip on loopback.
const ROOM: usize = 4 << 20;

/// Octets of a message that a thread gets at once. The network brings them in quarters of that: to wake a thread for
/// each costs more than to copy them, and BLAKE3 is twice as fast with pieces of this size, which is a power of two.
const PIECE: usize = 64 << 10;

/// What a message costs while it waits, beside its octets.
const OVERHEAD: usize = 512;

/// A message that is finished waits so long at most for others with which it is settled.
const SETTLE_AFTER: Duration = Duration::from_secs(1);

/// What a thread does with messages. Calls come in the order `write` any number of times, then `finish` or `abandon`.
pub(crate) trait Writer: Send {
    /// The messages that follow belong to another mailbox. Everything before is settled.
    fn turn_to(&mut self, _: &Turn) -> Result<(), OutputError> {
        Ok(())
    }

    /// Octets of the message that is coming. After a failure, the message can only be abandoned.
    fn write(&mut self, octets: &[u8]) -> Result<(), OutputError>;

    /// The end of a message. It is settled later, but not without a call of `settle`. After a failure, it can only be
    /// abandoned.
    fn finish(&mut self, label: Label) -> Result<(), OutputError>;

    /// What has come of the message is thrown away, if anything has, also after a failure.
    fn abandon(&mut self);

    /// Whether there is so much to settle that it is time.
    fn is_full(&self) -> bool;

    /// Settles what is finished. Tells of each message once: it is safe, or why it is not here.
    fn settle(&mut self) -> Vec<Settled>;
}

/// The file of a mailbox, for those who write all of its messages into one.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    /// Seen from the folder of all output.
    pub(crate) path: PathBuf,
    /// Where the last message in it ends that is in the record; none if it has no such message.
    pub(crate) end: Option<u64>,
    pub(crate) behind: Behind,
}

/// What may stand behind the last message that is in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// Nothing that was ever kept: the record has all of that.
    Nothing,
    /// Messages that were kept: a part of the record cannot be read, or there is none of this mailbox.
    Messages,
}

/// What is known of a message when its last octet has come.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) uid: Uid,
    /// Where it is to be, seen from the folder of all output.
    pub(crate) path: PathBuf,
    /// Another name, for the case that the first is that of another message.
    pub(crate) fallback: Option<PathBuf>,
    /// A file that is there without being in the record, and that is to be this message: it is kept if it is.
    pub(crate) adopt: Option<PathBuf>,
    /// When the server got it (INTERNALDATE).
    pub(crate) arrived: Option<InternalDate>,
    /// Whether the file gets that time.
    pub(crate) dated: Dated,
}

/// Which time a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dated {
    /// That of its writing.
    Now,
    /// That of the message.
    Arrival,
}

/// What became of a message.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) uid: Uid,
    pub(crate) outcome: Result<Kept, OutputError>,
}

/// A message that is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Seen from the folder of all output.
    pub(crate) path: PathBuf,
    pub(crate) octets: u64,
    pub(crate) blake3: blake3::Hash,
    /// Where in the file, if the file has others too.
    pub(crate) span: Option<Span>,
}

/// Writes down which messages are here. Paths are seen from the folder of all output.
pub(crate) trait Record: Send + Sync {
    /// Returns when it is written down, and as durable as the messages are.
    fn record(&self, kept: &[(Uid, Kept)]) -> Result<(), OutputError>;

    /// The file `from` has the name `to` now, and that is durable: what was written down of it before goes with it.
    fn set_aside(&self, from: &Path, to: &Path) -> Result<(), OutputError>;

    /// Whether this file, or one whose name is alike, is written down as that of a message other than this one. What
    /// has been written down since the mailbox was turned to need not be known.
    fn is_of_another(&self, path: &Path, uid: Uid) -> Result<bool, OutputError>;
}

/// Writes down nothing: for output of which nobody asks later.
pub(crate) struct NoRecord;

impl Record for NoRecord {
    fn record(&self, _: &[(Uid, Kept)]) -> Result<(), OutputError> {
        Ok(())
    }

    fn set_aside(&self, _: &Path, _: &Path) -> Result<(), OutputError> {
        Ok(())
    }

    fn is_of_another(&self, _: &Path, _: Uid) -> Result<bool, OutputError> {
        Ok(false)
    }
}

/// The threads. When this is dropped, what is not settled is thrown away; nothing waits for that.
pub(crate) struct Writers {
    threads: Vec<Thread>,
    events: UnboundedReceiver<Event>,
    room: Arc<Semaphore>,
    /// The thread that takes the message that is coming.
    current: Option<usize>,
    /// From so many octets on they are handed over; `<= PIECE`.
    gather: usize,
    /// Octets of it that no thread has yet.
    gathered: Gathered,
}

/// Octets that wait for others.
#[derive(Default)]
struct Gathered {
    octets: Vec<u8>,
    /// Room for them; none if there is nothing to hand over.
    permit: Option<OwnedSemaphorePermit>,
}

struct Thread {
    jobs: mpsc::Sender<Job>,
    handle: JoinHandle<()>,
    /// Octets that wait for it.
    waiting: Arc<AtomicUsize>,
    /// Whether it stands before a message that it could not write.
    failing: Arc<AtomicBool>,
}

/// What the threads tell.
#[derive(Debug)]
pub(crate) enum Event {
    Settled(Settled),
    /// The message that was abandoned last could not be written, so the others would fare no better; or the file that
    /// they were all to go into.
    Broken(OutputError),
}

impl Writers {
    /// Starts a thread for each writer, of which there is at least one.
    pub(crate) fn start(writers: Vec<Box<dyn Writer>>) -> Result<Self, OutputError> {
        Self::with(SETTLE_AFTER, PIECE, writers)
    }

    fn with(
        settle_after: Duration,
        gather: usize,
        writers: Vec<Box<dyn Writer>>,
    ) -> Result<Self, OutputError> {
        let (sender, events) = unbounded_channel();
        let mut threads = Vec::new();
        for writer in writers {
            let (jobs, receiver) = mpsc::channel();
            let failing = Arc::default();
            let work = Work::new(writer, sender.clone(), Arc::clone(&failing), settle_after);
            let started = thread::Builder::new().name("writer".to_owned()).spawn(move || work.run(&receiver));
            let handle = started.map_err(OutputError::NoThread)?;
            threads.push(Thread { jobs, handle, waiting: Arc::default(), failing });
        }
        let room = Arc::new(Semaphore::new(ROOM));
        Ok(Self { threads, events, room, current: None, gather, gathered: Gathered::default() })
    }

    /// The messages that follow belong to another mailbox. Everything before must be settled.
    pub(crate) fn turn_to(&mut self, turn: &Turn) {
        for thread in &self.threads {
            thread.send(Job::TurnTo(turn.clone()));
        }
    }

    /// Octets of the message that is coming; waits while too many wait for the disk. Cancelled, it may have taken some
    /// of them: the message can only be abandoned.
    pub(crate) async fn write(&mut self, mut octets: Bytes) {
        loop {
            let had = self.gathered.octets.len();
            let piece = octets.split_to(octets.len().min(PIECE - had));
            // What is gathered holds room while it waits for more: both together are less than there is.
            let overhead = if self.gathered.permit.is_none() { OVERHEAD } else { 0 };
            let wanted = u32::try_from(piece.len() + overhead).unwrap_or(u32::MAX);
            // Closed never: the semaphore lives as long as this.
            let Ok(permit) = Arc::clone(&self.room).acquire_many_owned(wanted).await else { return };
            match &mut self.gathered.permit {
                Some(room) => room.merge(permit),
                None => self.gathered.permit = Some(permit),
            }
            // Most messages come in one piece; one that does not may be large.
            self.gathered.octets.reserve_exact(if had == 0 { piece.len() } else { PIECE - had });
            self.gathered.octets.extend_from_slice(&piece);
            if self.gathered.octets.len() >= self.gather {
                self.hand_over();
            }
            if octets.is_empty() {
                return;
            }
        }
    }

    fn hand_over(&mut self) {
        let Gathered { octets, permit } = mem::take(&mut self.gathered);
        let Some(permit) = permit else { return };
        let thread = self.thread();
        thread.send(Job::Write(octets, Reserved::new(permit, &thread.waiting)));
    }

    /// The end of the message.
    pub(crate) fn finish(&mut self, label: Label) {
        self.hand_over();
        self.thread().send(Job::Finish(Box::new(label)));
        self.current = None;
    }

    /// What has come of the message is not wanted, if anything has.
    pub(crate) fn abandon(&mut self) {
        self.gathered = Gathered::default();
        if let Some(thread) = self.current.take().and_then(|index| self.threads.get(index)) {
            thread.send(Job::Abandon);
        }
    }

    /// Whether the message that is coming cannot be written, or one before it in the same thread. What it is, and of
    /// which, is told when it is abandoned and all is settled.
    pub(crate) fn is_failing(&self) -> bool {
        let thread = self.current.and_then(|index| self.threads.get(index));
        thread.is_some_and(|thread| thread.failing.load(Ordering::Relaxed))
    }

    /// What has happened since the last look.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    /// Waits for the next thing to happen; for ever when there is no thread left. Cancelled, it has taken nothing.
    pub(crate) async fn event(&mut self) -> Event {
        match self.events.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }

    /// Waits until everything that is finished is settled. What is coming is abandoned; the events of it are there when
    /// this returns.
    pub(crate) async fn settle(&mut self) {
        self.abandon();
        let mut ends = Vec::new();
        for thread in &self.threads {
            let (sender, receiver) = oneshot::channel();
            thread.send(Job::Settle(sender));
            ends.push(receiver);
        }
        for end in ends {
            // A thread that has panicked settles nothing; that its messages are missing is found out by counting.
            let _ = end.await;
        }
    }

    /// The thread of the message that is coming; for a new one, that with the least to do.
    fn thread(&mut self) -> &Thread {
        let least = || {
            // One that has panicked has always the least to do.
            let busy = |(_, thread): &(usize, &Thread)| {
                (thread.handle.is_finished(), thread.waiting.load(Ordering::Relaxed))
            };
            self.threads.iter().enumerate().min_by_key(busy).map_or(0, |(index, _)| index)
        };
        let index = self.current.unwrap_or_else(least);
        self.current = Some(index);
        &self.threads[index]
    }
}

impl Thread {
    fn send(&self, job: Job) {
        // Fails only when the thread has panicked, which has been said on stderr.
        let _ = self.jobs.send(job);
    }
}

/// The first message has the error, the others are told to be as badly off.
fn fail_all(uids: impl Iterator<Item = Uid>, error: OutputError) -> Vec<Settled> {
    let mut error = Some(error);
    uids.map(|uid| Settled { uid, outcome: Err(error.take().unwrap_or(OutputError::WithOthers)) }).collect()
}

#[cfg(test)]
mod tests;

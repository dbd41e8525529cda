//! The way between handles and the task that owns the connection.

pub(crate) mod deflate;
mod replies;
mod shared;
pub(crate) mod task;

use std::sync::Arc;

use bytes::Bytes;
use tayori_proto::command::{Command, SelectParameter};
use tayori_proto::session::{CommandId, Together};
use tayori_proto::types::{Capabilities, Capability, SaslMessage};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::error::{Error, Lost};
use crate::session::notify::News;
use crate::{Limits, Timeouts};

pub(crate) use replies::{Asked, Done, Replies, Reply, Takes, Why, message_limit};
pub(crate) use shared::Shared;

/// What a handle asks of the task.
pub(crate) enum Request {
    /// Commands for one write, in order, each with the queue for its answers.
    Run(Vec<Run>),
    /// Octets of a literal that was asked for.
    Provide { command: CommandId, octets: Bytes },
    /// The end of an IDLE.
    EndIdle { command: CommandId },
    /// An answer to a challenge; `None` cancels.
    Respond { command: CommandId, answer: Option<SaslMessage> },
    /// Where to tell what no command has asked for; `None` for nowhere.
    Watch(Option<News>),
    /// LOGOUT behind everything else, and the end of the task once it is answered. It is the last request that is
    /// looked at. `sent` hears when the octets are on their way, or is dropped if they never will be.
    Leave { sent: oneshot::Sender<()> },
}

/// One command to run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) command: Command,
    pub(crate) together: Together,
    pub(crate) replies: mpsc::Sender<Reply>,
    pub(crate) takes: Takes,
}

/// Replies that may wait for a handle that streams, and those beside the data for one that collects. Bodies come in
/// chunks of at most one read (64 KiB), so this bounds what a slow consumer costs to about half a megabyte.
const REPLIES: usize = 8;
/// Requests that may wait for the task.
const REQUESTS: usize = 8;

/// The task's end of the requests. When it is dropped, with its task, every handle is told that nothing will come.
///
/// That the queues of the replies end with the task is not enough: a request that is put into its queue while the task
/// ends can stay there, and the queue for its replies with it, for as long as there is a handle.
pub(crate) struct Requests {
    receiver: mpsc::Receiver<Request>,
    shared: Arc<Shared>,
}

impl Requests {
    /// The next request; `None` when all handles are gone. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Option<Request> {
        self.receiver.recv().await
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        self.shared.end();
    }
}

/// A handle's end: cheap, and the last one that is dropped ends the connection.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    requests: mpsc::Sender<Request>,
    pub(crate) shared: Arc<Shared>,
}

impl Link {
    pub(crate) fn new(limits: Limits, timeouts: Timeouts) -> (Self, Requests, Arc<Shared>) {
        let (requests, receiver) = mpsc::channel(REQUESTS);
        let shared = Arc::new(Shared::new(limits, timeouts));
        let link = Self { requests, shared: Arc::clone(&shared) };
        (link, Requests { receiver, shared: Arc::clone(&shared) }, shared)
    }

    /// Sends one command.
    pub(crate) async fn run(&self, command: Command) -> Result<Replies, Error> {
        let (run, replies) = self.prepare(command, Together::Careful);
        self.launch(vec![run]).await?;
        Ok(replies)
    }

    /// A command that is not sent yet, and where its answers will come.
    pub(crate) fn prepare(&self, command: Command, together: Together) -> (Run, Replies) {
        let limit = self.shared.collected_responses();
        let (takes, room) = match command {
            Command::Fetch { .. }
            | Command::Idle
            | Command::Select { parameter: SelectParameter::QResync(_), .. }
            | Command::Examine { parameter: SelectParameter::QResync(_), .. } => (Takes::Stream, REPLIES),
            // Room costs nothing until it is taken.
            Command::Id(_)
            | Command::Enable(_)
            | Command::Namespace
            | Command::List { .. }
            | Command::ListExtended { .. }
            | Command::Xlist { .. }
            | Command::Lsub { .. }
            | Command::Status { .. }
            | Command::Search { .. }
            | Command::Sort { .. }
            | Command::Thread { .. }
            | Command::GetQuota { .. }
            | Command::GetQuotaRoot(_)
            | Command::SetQuota { .. }
            | Command::GetAcl(_)
            | Command::ListRights { .. }
            | Command::MyRights(_)
            | Command::GetMetadata { .. }
            | Command::Replace { .. }
            | Command::Notify(_)
            | Command::Store { .. }
            | Command::Copy { .. }
            | Command::Move { .. }
            | Command::Expunge
            | Command::UidExpunge(_) => {
                let left = limit.saturating_add(1);
                (Takes::Collected { left, since: None }, left.saturating_add(REPLIES))
            }
            _ => (Takes::End, REPLIES),
        };
        let (sender, receiver) = mpsc::channel(room.min(Semaphore::MAX_PERMITS));
        let asked = Asked { name: command.name().to_string(), effect: command.effect() };
        let replies = Replies::new(asked, receiver, Arc::clone(&self.shared), limit);
        (Run { command, together, replies: sender, takes }, replies)
    }

    pub(crate) async fn launch(&self, runs: Vec<Run>) -> Result<(), Error> {
        self.request(Request::Run(runs)).await
    }

    pub(crate) async fn request(&self, request: Request) -> Result<(), Error> {
        self.requests.send(request).await.map_err(|_| Error::Lost(self.shared.lost()))
    }

    /// Room for one request. It is safe to cancel, and filling it cannot be cancelled: what must not be lost is taken
    /// in hand only when there is room.
    pub(crate) async fn room(&self) -> Result<Room<'_>, Error> {
        self.requests.reserve().await.map(Room).map_err(|_| Error::Lost(self.shared.lost()))
    }

    pub(crate) fn lost(&self) -> Lost {
        self.shared.lost()
    }

    /// What the server has listed in its present state; asked for if it has not.
    pub(crate) async fn ask_capabilities(&self) -> Result<Capabilities, Error> {
        if let Some(capabilities) = self.capabilities() {
            return Ok(capabilities);
        }
        self.run(Command::Capability).await?.collect().await?;
        self.capabilities().ok_or_else(|| Error::Incomplete {
            command: "CAPABILITY".to_owned(),
            missing: "a list of capabilities",
        })
    }

    /// Fails unless the server offers this capability, which people call `name`.
    pub(crate) async fn require(&self, capability: &Capability, name: &'static str) -> Result<(), Error> {
        if self.ask_capabilities().await?.offers(capability) {
            Ok(())
        } else {
            Err(Error::NotOffered { capability: name })
        }
    }

    /// Logs out, and waits for the answer, but not for long.
    pub(crate) async fn log_out(&self) -> Result<(), Error> {
        let asked = async {
            let replies = self.run(Command::Logout).await?;
            // Whether the server answers no longer matters: everything that does was answered before.
            let _ = replies.collect().await;
            self.program_ended().await;
            Ok(())
        };
        tokio::time::timeout(self.shared.timeouts.logout, asked).await.unwrap_or(Ok(()))
    }

    /// Logs out, and waits until that is on its way, but not for long.
    pub(crate) async fn leave(&self) -> Result<(), Error> {
        let (sent, left) = oneshot::channel();
        let asked = async {
            self.request(Request::Leave { sent }).await?;
            tokio::select! {
                // An error means that the connection has ended before, which is as good.
                _ = left => {}
                () = self.shared.ended() => {}
            }
            self.program_ended().await;
            Ok(())
        };
        tokio::time::timeout(self.shared.timeouts.logout, asked).await.unwrap_or(Ok(()))
    }

    /// A program that leads to the server gets to say goodbye there: who ends with the connection would kill it.
    async fn program_ended(&self) {
        if self.shared.arrival().by_program {
            self.shared.ended().await;
        }
    }

    pub(crate) fn capabilities(&self) -> Option<Capabilities> {
        self.shared.capabilities()
    }
}

/// Room for one request in the queue of the task.
pub(crate) struct Room<'a>(mpsc::Permit<'a, Request>);

impl Room<'_> {
    /// Sends commands in one write.
    pub(crate) fn launch(self, runs: Vec<Run>) {
        self.0.send(Request::Run(runs));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The next reply, if one comes without anything else happening.
    async fn next(replies: &mut Replies) -> Result<Reply, Error> {
        let next = tokio::time::timeout(Duration::from_secs(1), replies.next()).await;
        next.expect("a task that has ended answers nothing, which is known at once")
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_the_ending_task_never_saw_is_lost() {
        let (link, requests, shared) = Link::new(Limits::default(), Timeouts::default());
        let (run, mut replies) = link.prepare(Command::Noop, Together::Careful);
        // The moment between a handle that has room in the queue and its request in it.
        let room = link.requests.reserve().await.unwrap();
        shared.set_lost(Lost::Dropped);
        drop(requests);
        room.send(Request::Run(vec![run]));
        let reply = next(&mut replies).await;
        assert!(matches!(reply, Err(Error::Lost(Lost::Dropped))), "{reply:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_said_before_the_end_is_heard() {
        let (link, requests, _) = Link::new(Limits::default(), Timeouts::default());
        let (run, mut replies) = link.prepare(Command::Noop, Together::Careful);
        run.replies.send(Reply::BodyEnd).await.unwrap();
        drop(requests);
        assert!(matches!(next(&mut replies).await, Ok(Reply::BodyEnd)));
        assert!(matches!(next(&mut replies).await, Err(Error::Lost(Lost::Ended))));
    }
}

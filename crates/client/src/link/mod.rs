//! The way between handles and the task that owns the connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tayori_proto::command::{Command, Effect, SelectParameter};
use tayori_proto::profile::{Behaviour, Introduction, Profile, Setting};
use tayori_proto::response::{BodyName, FetchItem, Invalid, Response, ResponseCode};
use tayori_proto::session::{CommandId, Completion, Selected, Together};
use tayori_proto::types::{
    Capabilities, Capability, IdParameters, MailboxName, SaslMessage, SeqNum, Text, Uid,
};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use crate::error::{Error, Lost};
use crate::notify::News;
use crate::progress::Progress;
use crate::{Limits, Timeouts};

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
    /// LOGOUT behind everything else, and the end of the task once it is answered. It is the last request that is looked
    /// at. `sent` hears when the octets are on their way, or is dropped if they never will be.
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

/// Which replies a handle takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    /// All, at its own pace: a full queue stops the reading of the socket.
    Stream,
    /// Those that it collects anyway. Its queue has room for all of them, so that it never stops the reading: answers of
    /// one flight can be awaited in any order.
    Collected {
        /// Responses for which there is still room. One more than the limit tells that there are too many.
        left: usize,
        /// How many octets had been read on the connection when the first of them came.
        since: Option<u64>,
    },
    /// How the command ended; its data have changed the session, which is all they are for.
    End,
}

impl Takes {
    /// The reply for the handle, if this one is for it; it counts as taken. `octets_read` is of the connection, and at
    /// most `limit` of them may be collected: beyond that the handle hears once that it is too much.
    pub(crate) fn admit(&mut self, reply: Reply, octets_read: u64, limit: u64) -> Option<Reply> {
        match (self, reply) {
            (Self::Stream, reply) => Some(reply),
            (Self::Collected { left, since }, reply @ Reply::Data(_)) => {
                *left = left.checked_sub(1)?;
                if octets_read - *since.get_or_insert(octets_read) > limit {
                    *left = 0;
                    return Some(Reply::TooMuch);
                }
                Some(reply)
            }
            (_, Reply::Data(_) | Reply::BodyStart { .. } | Reply::BodyChunk(_) | Reply::BodyEnd) => None,
            (_, reply) => Some(reply),
        }
    }
}

/// What the task tells about a command.
#[derive(Debug)]
pub(crate) enum Reply {
    Data(Box<Response>),
    BodyStart {
        number: Option<SeqNum>,
        uid: Option<Uid>,
        so_far: Vec<FetchItem>,
        body: BodyName,
        size: u64,
    },
    BodyChunk(Bytes),
    BodyEnd,
    LiteralWanted(CommandId),
    Challenge(CommandId),
    Idling(CommandId),
    Done(Box<Done>),
    NotSent(Why),
    /// The data of the command are more than may be collected.
    TooMuch,
}

/// Why a command was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The connection is not in a state for it.
    State,
    /// It names messages by number, and UIDONLY is enabled.
    UidsOnly,
    /// It names messages by number, which NOTIFY lets change at any time.
    NumbersFloat,
}

/// The end of a command, with what the handle may want to know of the session at that moment.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) completion: Completion,
    pub(crate) mailbox: Option<Selected>,
}

/// Replies that may wait for a handle that streams, and those beside the data for one that collects. Bodies come in
/// chunks of at most one read (64 KiB), so this bounds what a slow consumer costs to about half a megabyte.
const REPLIES: usize = 8;
/// Requests that may wait for the task.
const REQUESTS: usize = 8;

/// What the task and the handles share.
#[derive(Debug)]
pub(crate) struct Shared {
    limits: Limits,
    pub(crate) timeouts: Timeouts,
    /// Written by the task alone, held for the length of an assignment or a clone.
    state: Mutex<SharedState>,
    /// Has no permits, and is closed when the task has ended: see [`Requests`].
    ended: Semaphore,
    /// What the server has said last of a command that has not ended (RFC 9585).
    progress: watch::Sender<Option<Progress>>,
}

#[derive(Debug, Default)]
struct SharedState {
    capabilities: Option<Capabilities>,
    lost: Option<Lost>,
    /// The words of the greeting, and the answer to ID: what the profile is taken from, beside the capabilities.
    greeting: Text,
    id: Option<IdParameters>,
    profile: Profile,
    compressed: bool,
    /// What was asked for with ENABLE and is in force.
    enabled: Vec<Capability>,
    /// What STATUS said of how large a message a mailbox takes; `len() <= APPEND_LIMITS`.
    append_limits: HashMap<MailboxName, Option<u64>>,
}

/// Mailboxes whose limit is remembered. Few are ever appended to.
const APPEND_LIMITS: usize = 64;

impl SharedState {
    fn recognize(&mut self) {
        let Self { capabilities, greeting, id, profile, .. } = self;
        let server = Introduction::greeted(greeting.as_bytes());
        profile.recognize(&server.listing(capabilities.as_ref()).named(id.as_ref()));
    }
}

impl Shared {
    fn with<T>(&self, f: impl FnOnce(&mut SharedState) -> T) -> T {
        // Nothing panics while the lock is held; a poisoned state is still a state.
        f(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub(crate) fn set_capabilities(&self, capabilities: Option<&Capabilities>) {
        self.with(|state| {
            if state.capabilities.as_ref() != capabilities {
                state.capabilities = capabilities.cloned();
                state.recognize();
            }
        });
    }

    /// The largest message that this mailbox takes, if the server has said so.
    pub(crate) fn append_limit(&self, mailbox: &MailboxName) -> Option<Option<u64>> {
        self.with(|state| state.append_limits.get(mailbox).copied())
    }

    pub(crate) fn remember_append_limit(&self, mailbox: &MailboxName, limit: Option<u64>) {
        self.with(|state| {
            if state.append_limits.len() >= APPEND_LIMITS {
                state.append_limits.clear();
            }
            state.append_limits.insert(mailbox.clone(), limit);
        });
    }

    pub(crate) fn set_greeting(&self, greeting: Text) {
        self.with(|state| {
            state.greeting = greeting;
            state.recognize();
        });
    }

    pub(crate) fn set_id(&self, id: IdParameters) {
        self.with(|state| {
            state.id = Some(id);
            state.recognize();
        });
    }

    /// Responses that a collecting call keeps.
    pub(crate) fn collected_responses(&self) -> usize {
        self.limits.collected_responses
    }

    pub(crate) fn set_behaviour(&self, behaviour: Behaviour, setting: Setting) {
        self.with(|state| state.profile.set(behaviour, setting));
    }

    /// The server has shown a behaviour.
    pub(crate) fn learn(&self, behaviour: Behaviour) {
        tracing::info!(behaviour = behaviour.word(), "the server has shown how it behaves");
        self.with(|state| state.profile.learn(behaviour));
    }

    pub(crate) fn profile(&self) -> Profile {
        self.with(|state| state.profile.clone())
    }

    /// Whether the server is taken to behave like this.
    pub(crate) fn has(&self, behaviour: Behaviour) -> bool {
        self.with(|state| state.profile.has(behaviour))
    }

    /// The longest command that the server takes, in octets.
    pub(crate) fn command_octets(&self) -> usize {
        self.with(|state| state.profile.command_octets())
    }

    /// How many commands may be on their way without an answer, if the server minds.
    pub(crate) fn commands_in_flight(&self) -> Option<usize> {
        self.with(|state| state.profile.commands_in_flight())
    }

    pub(crate) fn set_enabled(&self, enabled: &[Capability]) {
        self.with(|state| {
            // It only grows.
            if state.enabled.len() != enabled.len() {
                state.enabled = enabled.to_vec();
            }
        });
    }

    /// What was enabled on the connection.
    pub(crate) fn enabled(&self) -> Vec<Capability> {
        self.with(|state| state.enabled.clone())
    }

    /// Whether it was asked for with ENABLE and is in force.
    pub(crate) fn is_enabled(&self, capability: &Capability) -> bool {
        self.with(|state| state.enabled.contains(capability))
    }

    pub(crate) fn set_compressed(&self) {
        self.with(|state| state.compressed = true);
    }

    /// Whether octets are compressed on their way (RFC 4978).
    pub(crate) fn is_compressed(&self) -> bool {
        self.with(|state| state.compressed)
    }

    pub(crate) fn set_lost(&self, lost: Lost) {
        self.with(|state| {
            state.lost.get_or_insert(lost);
        });
    }

    /// Tells whoever watches how far a command is; `None` when it has ended.
    pub(crate) fn set_progress(&self, progress: Option<Progress>) {
        self.progress.send_if_modified(|latest| {
            let is_news = progress.is_some() || latest.is_some();
            *latest = progress;
            is_news
        });
    }

    pub(crate) fn watch_progress(&self) -> watch::Receiver<Option<Progress>> {
        self.progress.subscribe()
    }

    /// Whether the task has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.is_closed()
    }

    /// Waits until the task has ended.
    pub(crate) async fn ended(&self) {
        // Only an error can come: there are no permits.
        let _ = self.ended.acquire().await;
    }

    pub(crate) fn lost(&self) -> Lost {
        self.with(|state| state.lost.clone()).unwrap_or(Lost::Ended)
    }
}

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
        self.shared.ended.close();
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
        let shared = Arc::new(Shared {
            limits,
            timeouts,
            state: Mutex::default(),
            ended: Semaphore::new(0),
            progress: watch::Sender::default(),
        });
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
        let limit = self.shared.limits.collected_responses;
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
        let replies = Replies { asked, receiver, shared: Arc::clone(&self.shared), limit };
        (Run { command, together, replies: sender, takes }, replies)
    }

    pub(crate) async fn launch(&self, runs: Vec<Run>) -> Result<(), Error> {
        self.request(Request::Run(runs)).await
    }

    pub(crate) async fn request(&self, request: Request) -> Result<(), Error> {
        self.requests.send(request).await.map_err(|_| Error::Lost(self.shared.lost()))
    }

    /// Room for one request. It is safe to cancel, and filling it cannot be cancelled: what must not be lost is taken in
    /// hand only when there is room.
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
            Ok(())
        };
        tokio::time::timeout(self.shared.timeouts.logout, asked).await.unwrap_or(Ok(()))
    }

    pub(crate) fn capabilities(&self) -> Option<Capabilities> {
        self.shared.with(|state| state.capabilities.clone())
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

/// Where the answers to one command come.
#[derive(Debug)]
pub(crate) struct Replies {
    pub(crate) asked: Asked,
    receiver: mpsc::Receiver<Reply>,
    shared: Arc<Shared>,
    limit: usize,
}

impl Replies {
    /// The next reply; safe to cancel.
    pub(crate) async fn next(&mut self) -> Result<Reply, Error> {
        let reply = tokio::select! {
            biased;
            reply = self.receiver.recv() => reply,
            // What the task said before it ended comes first.
            () = self.shared.ended() => self.receiver.try_recv().ok(),
        };
        match reply {
            Some(Reply::NotSent(why)) => Err(self.asked.not_sent(why)),
            Some(reply) => Ok(reply),
            None => Err(Error::Lost(self.shared.lost())),
        }
    }

    /// All data of the command, once it has succeeded.
    pub(crate) async fn collect(self) -> Result<(Vec<Response>, Done), Error> {
        let (data, done, asked) = self.collect_unchecked().await?;
        asked.check_with(data, done)
    }

    /// All data of the command, how it ended, and what it was.
    pub(crate) async fn collect_unchecked(mut self) -> Result<(Vec<Response>, Done, Asked), Error> {
        let mut data = Vec::new();
        loop {
            match self.next().await? {
                Reply::Data(response) if data.len() < self.limit => data.push(*response),
                Reply::Data(_) | Reply::TooMuch => return Err(Error::TooMuch { command: self.asked.name }),
                Reply::Done(done) => return Ok((data, *done, self.asked)),
                Reply::BodyStart { .. } | Reply::BodyChunk(_) | Reply::BodyEnd => {}
                Reply::LiteralWanted(_) | Reply::Challenge(_) | Reply::Idling(_) | Reply::NotSent(_) => {}
            }
        }
    }

    /// The end of the command as an error, unless it succeeded.
    pub(crate) fn check(&self, done: Done) -> Result<Done, Error> {
        self.asked.check(done)
    }
}

/// A command, as far as its answer needs it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) effect: Effect,
}

impl Asked {
    fn not_sent(&self, why: Why) -> Error {
        let command = self.name.clone();
        match why {
            Why::State => Error::NotSent { command },
            Why::UidsOnly => Error::UidsOnly { command },
            Why::NumbersFloat => Error::NumbersFloat { command },
        }
    }

    /// The end of the command as an error, unless it succeeded.
    pub(crate) fn check(&self, done: Done) -> Result<Done, Error> {
        self.check_with(Vec::new(), done).map(|(_, done)| done)
    }

    /// The same with what came before the end.
    ///
    /// An unclear end counts as success only where believing it can do no harm.
    pub(crate) fn check_with(&self, data: Vec<Response>, done: Done) -> Result<(Vec<Response>, Done), Error> {
        use tayori_proto::session::CompletionStatus::{Bad, InDoubt, No, Ok as Succeeded, Unclear};
        match done.completion.status {
            Unclear if !self.effect.is_harmless() => Err(self.refused(data, done)),
            Succeeded | Unclear => match (unreadable(&data), cut_short(&data, &done)) {
                (Some(invalid), _) => Err(self.unreadable(invalid, data)),
                (None, Some((limit, lowest))) => {
                    Err(Error::CutShort { command: self.name.clone(), limit, lowest, data: data.into() })
                }
                (None, None) => Ok((data, done)),
            },
            InDoubt => Err(Error::InDoubt { command: self.name.clone() }),
            No | Bad => Err(self.refused(data, done)),
        }
    }

    fn refused(&self, data: Vec<Response>, done: Done) -> Error {
        let Completion { status, code, text } = done.completion;
        let (command, code, data) = (self.name.clone(), code.map(Box::new), data.into());
        Error::Refused { command, status, code, text, data }
    }

    /// Something of the answer cannot be read.
    pub(crate) fn unreadable(&self, invalid: Invalid, data: Vec<Response>) -> Error {
        Error::Unreadable { command: self.name.clone(), invalid: Box::new(invalid), data: data.into() }
    }
}

fn unreadable(data: &[Response]) -> Option<Invalid> {
    data.iter().find_map(|response| match response {
        Response::Invalid(invalid) => Some(invalid.clone()),
        _ => None,
    })
}

/// Where the server has stopped, if it has: it says so with its OK, or in front of that where the OK has something else to say
/// (RFC 9738 section 3.1).
fn cut_short(data: &[Response], done: &Done) -> Option<(u32, Option<Uid>)> {
    let untagged = data.iter().filter_map(|response| match response {
        Response::Status(status) => status.code.as_ref(),
        _ => None,
    });
    untagged.chain(&done.completion.code).find_map(message_limit)
}

/// What the server says of its limit, if the code is about that. Where it cannot be read, that the server has stopped counts all
/// the same, at a limit of 0.
pub(crate) fn message_limit(code: &ResponseCode) -> Option<(u32, Option<Uid>)> {
    match code {
        ResponseCode::MessageLimit { limit, lowest } => Some((*limit, *lowest)),
        code if code.is_unreadable("MESSAGELIMIT") => Some((0, None)),
        _ => None,
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

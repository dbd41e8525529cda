//! The task that owns the socket and the state machine of one connection.
//!
//! Its wake-ups are a closed set: room in a handle's queue, octets from the server, room for octets to the server, a
//! request, a deadline, an append or a watch that was given up. It never waits for one of them alone, so no two handles
//! block each other for ever, as long as each takes its rows or drops them: it stops reading while a handle's queue is
//! full, which is all the back-pressure there is.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use tayori_proto::command::Command;
use tayori_proto::profile::Behaviour;
use tayori_proto::response::{Response, ResponseCode, Status};
use tayori_proto::session::{CommandId, CompletionStatus, Event, NotTaken, Session, State, Together};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::Limits;
use crate::error::Lost;
use crate::link::deflate::{self, Deflated};
use crate::link::{Done, Reply, Request, Requests, Run, Shared, Takes, Why};
use crate::selected::idle::is_of_mailbox;
use crate::session::notify::News;
use crate::session::progress::Progress;

/// Any stream of octets.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// While this much is waiting to be sent, no further request is taken; it bounds what a fast append keeps in memory.
const OUTPUT_HIGH_WATER: usize = 256 << 10;
/// How long closing may take. It is a courtesy: whatever mattered was answered before.
const CLOSING: Duration = Duration::from_millis(500);

pub(crate) struct Task {
    session: Session,
    reader: ReadHalf<Box<dyn Stream>>,
    writer: WriteHalf<Box<dyn Stream>>,
    requests: Requests,
    shared: Arc<Shared>,
    greeted: Option<oneshot::Sender<bool>>,
    commands: HashMap<CommandId, Handle>,
    /// Of commands that came when the session was over already: they end with this task, and are told why.
    late: Vec<mpsc::Sender<Reply>>,
    /// A reply for which its handle had no room. Nothing is read while there is one.
    blocked: Option<(mpsc::Sender<Reply>, Reply)>,
    output: Output,
    flushed: bool,
    silence: Duration,
    drain_octets: u64,
    collected_octets: u64,
    /// Octets that were ever read.
    octets_read: u64,
    /// How many had been read when answers began to be thrown away that nobody wants. A reply that is wanted ends this.
    draining_since: Option<u64>,
    /// Where to tell what no command has asked for (RFC 5465).
    news: Option<News>,
    /// The command that the server has told of last (RFC 9585), where it says which.
    progress_of: Option<CommandId>,
    /// Somebody has asked for the end: no request is taken any more, and it does not matter whether a handle is left.
    leaving: Option<Leaving>,
    /// What is known of an end without a word.
    known_end: Option<Lost>,
    open: bool,
}

/// LOGOUT was asked for by somebody who does not wait for its answer.
struct Leaving {
    /// The answer is not waited for beyond this.
    until: Instant,
    /// Hears when LOGOUT is on its way.
    sent: Option<oneshot::Sender<()>>,
}

struct Handle {
    /// The command's.
    name: String,
    replies: mpsc::Sender<Reply>,
    takes: Takes,
    literal_wanted: bool,
    /// Whether it is an IDLE that somebody still watches.
    idles: bool,
}

/// Octets on their way out, in order. What left the session in one piece is written in one.
#[derive(Default)]
struct Output {
    pieces: VecDeque<Bytes>,
    octets: usize,
}

impl Output {
    fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.octets += piece.len();
            self.pieces.push_back(piece);
        }
    }

    fn advance(&mut self, octets: usize) {
        self.octets -= octets;
        let mut left = octets;
        while let Some(piece) = self.pieces.front_mut() {
            let part = left.min(piece.len());
            piece.advance(part);
            left -= part;
            if !piece.is_empty() {
                break;
            }
            self.pieces.pop_front();
        }
    }
}

impl Task {
    pub(crate) fn new(
        session: Session,
        stream: Box<dyn Stream>,
        requests: Requests,
        shared: Arc<Shared>,
        greeted: oneshot::Sender<bool>,
        silence: Duration,
        limits: &Limits,
    ) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self {
            session,
            reader,
            writer,
            requests,
            shared,
            greeted: Some(greeted),
            commands: HashMap::new(),
            late: Vec::new(),
            blocked: None,
            output: Output::default(),
            flushed: true,
            silence,
            drain_octets: limits.drain_octets,
            collected_octets: limits.collected_octets,
            octets_read: 0,
            draining_since: None,
            news: None,
            progress_of: None,
            leaving: None,
            known_end: None,
            open: true,
        }
    }

    pub(crate) async fn run(mut self) {
        loop {
            self.deliver();
            if !self.open && self.blocked.is_none() {
                break;
            }
            self.output.push(self.session.take_output());
            self.tell_sent();
            self.wake().await;
        }
        let _ = timeout(CLOSING, self.writer.shutdown()).await;
    }

    /// Tells whoever is leaving when LOGOUT is on its way, and nothing in front of it was left without an answer: a
    /// server that finds the line closed may throw away what it has not yet done.
    fn tell_sent(&mut self) {
        let sent_all = self.output.pieces.is_empty() && self.flushed;
        if sent_all
            && self.commands.is_empty()
            && let Some(leaving) = &mut self.leaving
            && let Some(sent) = leaving.sent.take()
        {
            // Who no longer waits for it does not mind.
            let _ = sent.send(());
        }
    }

    /// Waits for one thing to happen and deals with it.
    async fn wake(&mut self) {
        let may_read = self.open && self.blocked.is_none();
        let may_send = self.open && !(self.output.pieces.is_empty() && self.flushed);
        let may_take = self.open && self.leaving.is_none() && self.output.octets < OUTPUT_HIGH_WATER;
        let deadline = self.session.deadline().filter(|_| may_read);
        let leaving = self.leaving.as_ref().map(|leaving| leaving.until);
        let abandoned = self.may_be_abandoned();
        tokio::select! {
            room = reserve(&self.blocked), if self.blocked.is_some() => {
                if let Some((_, reply)) = self.blocked.take()
                    && let Some(permit) = room
                {
                    permit.send(reply);
                }
                self.session.restart_deadline(now());
            }
            read = self.reader.read_buf(self.session.read_buffer()), if may_read => self.handle_read(read),
            sent = send(&mut self.writer, &self.output), if may_send => self.handle_sent(sent).await,
            request = self.requests.next(), if may_take => match request {
                Some(request) => self.handle_request(request),
                // Nobody can ask for anything any more. What was asked for and did not come never will.
                None => self.drop_all(Lost::Dropped),
            },
            () = sleep_until(leaving), if leaving.is_some() => self.drop_all(Lost::LoggedOut),
            () = sleep_until(deadline), if deadline.is_some() => self.session.handle_deadline(now()),
            id = closed(abandoned.clone()), if abandoned.is_some() => self.handle_abandoned(id),
        }
    }

    /// The command that waits for its handle and must not be left alone: an append that owes octets, else the oldest
    /// IDLE, which holds back everything behind it.
    fn may_be_abandoned(&self) -> Option<(CommandId, mpsc::Sender<Reply>)> {
        let append = self.commands.iter().find(|(_, handle)| handle.literal_wanted);
        let idle = || self.commands.iter().filter(|(_, handle)| handle.idles).min_by_key(|(id, _)| **id);
        append.or_else(idle).map(|(id, handle)| (*id, handle.replies.clone()))
    }

    fn handle_abandoned(&mut self, id: CommandId) {
        match self.commands.get_mut(&id) {
            Some(handle) if handle.idles => {
                handle.idles = false;
                // While the server idled, its silence was none.
                if self.session.deadline().is_none() {
                    self.session.restart_deadline(now());
                }
                self.session.end_idle(id);
            }
            _ => {
                self.session.withdraw(id);
            }
        }
    }

    /// Hands out events until there is none, or until a handle has no room.
    fn deliver(&mut self) {
        while self.blocked.is_none() {
            let Some(event) = self.session.next_event() else { break };
            self.handle_event(event);
        }
        self.shared.set_capabilities(self.session.capabilities());
    }

    fn handle_event(&mut self, event: Event) {
        match event {
            Event::Greeting { text } => {
                self.shared.set_greeting(text);
                self.shared.set_capabilities(self.session.capabilities());
                if let Some(greeted) = self.greeted.take() {
                    // A connection that nobody waits for any more ends when its handles are gone.
                    let _ = greeted.send(matches!(self.session.state(), State::Authenticated));
                }
            }
            Event::Response { command, response, .. } => self.handle_response(command, response),
            Event::BodyStart { command: Some(command), number, uid, so_far, body, size } => {
                self.reply(command, Reply::BodyStart { number, uid, so_far, body, size });
            }
            Event::BodyChunk { command: Some(command), octets } => {
                self.reply(command, Reply::BodyChunk(octets));
            }
            Event::BodyEnd { command: Some(command) } => self.reply(command, Reply::BodyEnd),
            Event::LiteralWanted { command, .. } => {
                if let Some(handle) = self.commands.get_mut(&command) {
                    handle.literal_wanted = true;
                }
                self.reply(command, Reply::LiteralWanted(command));
            }
            Event::Idling { command } => self.reply(command, Reply::Idling(command)),
            Event::Challenge { command, data } => self.reply(command, Reply::Challenge(command, data)),
            Event::CompressionAgreed => self.compress(),
            Event::Done { command, completion } => {
                self.shared.set_capabilities(self.session.capabilities());
                self.shared.set_enabled(self.session.enabled());
                // The words of a refusal are those of its error.
                if completion.status == CompletionStatus::Ok && completion.code == Some(ResponseCode::Alert) {
                    self.shared.alert(&completion.text);
                }
                let done = Done { completion, mailbox: self.session.selected().cloned() };
                self.reply(command, Reply::Done(Box::new(done)));
                self.forget(command);
            }
            Event::NotSent { command } => {
                self.reply(command, Reply::NotSent(Why::State));
                self.forget(command);
            }
            Event::OutOfStep => {
                tracing::warn!("a message did not end where the server said; passing over what follows")
            }
            Event::ForeignTag { tag } => {
                tracing::warn!(%tag, "the server answered a command that was never sent");
            }
            Event::Closed(closed) => {
                let lost = Lost::from_closed(closed, self.silence);
                let lost = match (lost, self.known_end.take()) {
                    (Lost::Ended, Some(known)) => known,
                    (lost, _) => lost,
                };
                self.lose(lost);
            }
            // Bodies that no command asked for.
            _ => {}
        }
    }

    fn handle_response(&mut self, command: Option<CommandId>, response: Response) {
        if let Response::Status(Status { code: Some(ResponseCode::Alert), text, .. }) = &response {
            self.shared.alert(text);
        }
        let name = command.and_then(|id| self.commands.get(&id)).map(|handle| &*handle.name);
        if let Some(progress) = Progress::told(&response, name) {
            self.progress_of = command;
            return self.shared.set_progress(Some(progress));
        }
        match command.or_else(|| self.watcher_of(&response)) {
            Some(command) => self.reply(command, Reply::Data(Box::new(response))),
            // It has changed the state of the session; who does not listen has no need of it.
            None => {
                self.news.take_if(|news| !news.tell(response));
            }
        }
    }

    /// The IDLE that would have heard this if it could be read. No command has asked for it in a way of which the
    /// session knows.
    fn watcher_of(&self, response: &Response) -> Option<CommandId> {
        let Response::Invalid(invalid) = response else { return None };
        let idles = self.commands.iter().filter(|(_, handle)| handle.idles).map(|(id, _)| *id);
        idles.min().filter(|_| is_of_mailbox(invalid))
    }

    /// Puts the layer in between the session and the stream. Nothing of ours is on its way: the server has answered all
    /// of it, and the session holds back the rest.
    fn compress(&mut self) {
        // An empty stream keeps the place for a moment.
        let (reader, writer) = tokio::io::split(Box::new(tokio::io::empty()) as Box<dyn Stream>);
        let reader = std::mem::replace(&mut self.reader, reader);
        let stream = reader.unsplit(std::mem::replace(&mut self.writer, writer));
        let stream = Deflated::new(stream, &self.session.begin_compressed());
        (self.reader, self.writer) = tokio::io::split(Box::new(stream) as Box<dyn Stream>);
        self.shared.set_compressed();
    }

    /// Hands a reply to its command. One whose handle is gone is thrown away.
    fn reply(&mut self, command: CommandId, reply: Reply) {
        let Some(handle) = self.commands.get_mut(&command) else { return };
        match handle.takes.admit(reply, self.octets_read, self.collected_octets) {
            // Who waits for the end alone, or has heard that it is too much, takes none of it. While it waits, it can
            // give up.
            None if handle.replies.is_closed() => self.throw_away(),
            None => {}
            Some(reply) => match handle.replies.try_send(reply) {
                Ok(()) => self.draining_since = None,
                Err(TrySendError::Full(reply)) => {
                    self.draining_since = None;
                    self.blocked = Some((handle.replies.clone(), reply));
                }
                Err(TrySendError::Closed(_)) => self.throw_away(),
            },
        }
    }

    /// Something of an answer that nobody wants was read. What counts is what was read, of all answers that are thrown
    /// away one after the other, and not what each event of them weighs.
    fn throw_away(&mut self) {
        let since = *self.draining_since.get_or_insert(self.octets_read);
        if self.octets_read - since > self.drain_octets {
            self.lose(Lost::NotDrained);
        }
    }

    fn forget(&mut self, command: CommandId) {
        self.commands.remove(&command);
        if self.commands.is_empty() || self.progress_of == Some(command) {
            self.shared.set_progress(None);
        }
        if self.commands.is_empty() {
            self.draining_since = None;
        }
    }

    fn handle_read(&mut self, read: io::Result<usize>) {
        match read {
            Ok(0) => self.session.end_of_input(),
            Ok(octets) => {
                self.octets_read += octets as u64;
                self.session.handle_input(now());
            }
            // A server that closes without TLS's own goodbye has closed all the same.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => self.session.end_of_input(),
            Err(error) => match deflate::lost(error) {
                // An end as any other, of which more is known: whether it was one too early, the session knows.
                lost @ Lost::Tunnel(_) => {
                    self.known_end = Some(lost);
                    self.session.end_of_input();
                }
                lost => self.lose(lost),
            },
        }
    }

    async fn handle_sent(&mut self, sent: io::Result<Sent>) {
        match sent {
            Ok(Sent::Octets(0)) => self.handle_broken(io::ErrorKind::WriteZero.into()).await,
            Ok(Sent::Octets(octets)) => {
                self.output.advance(octets);
                self.session.wrote(octets, now());
                self.flushed = false;
            }
            Ok(Sent::Flushed) => self.flushed = true,
            Err(error) => self.handle_broken(error).await,
        }
    }

    /// Nothing can be sent any more. What the server has said before, a BYE perhaps, explains it better than the system
    /// can, so that is read first.
    async fn handle_broken(&mut self, error: io::Error) {
        let last_words = async {
            while self.open && self.blocked.is_none() {
                let read = self.reader.read_buf(self.session.read_buffer()).await;
                self.handle_read(read);
                self.deliver();
            }
        };
        let _ = timeout(CLOSING, last_words).await;
        self.lose(Lost::Io(Arc::new(error)));
    }

    fn handle_request(&mut self, request: Request) {
        // While nothing was owed, the server's silence was none.
        if self.session.deadline().is_none() {
            self.session.restart_deadline(now());
        }
        match request {
            Request::Run(runs) => {
                if let Some(most) = self.shared.commands_in_flight() {
                    self.session.limit_in_flight(most);
                }
                for Run { command, together, replies, takes } in runs {
                    let idles = matches!(command, Command::Idle);
                    if matches!(command, Command::Enable(_)) && self.shared.has(Behaviour::EnabledUnsaid) {
                        self.session.believe_silent_enable();
                    }
                    let name = command.name().into_owned();
                    match self.session.enqueue(command, together) {
                        Ok(id) => {
                            let handle = Handle { name, replies, takes, literal_wanted: false, idles };
                            self.commands.insert(id, handle);
                        }
                        Err(NotTaken::Closed) => self.late.push(replies),
                        Err(refused) => {
                            let why = match refused {
                                NotTaken::UidsOnly { .. } => Why::UidsOnly,
                                NotTaken::NumbersFloat { .. } => Why::NumbersFloat,
                                _ => Why::State,
                            };
                            // The queue of a new command has room for one reply.
                            let _ = replies.try_send(Reply::NotSent(why));
                        }
                    }
                }
            }
            Request::Provide { command, octets } => {
                let left = self.session.provide(command, &octets);
                if let Some(handle) = self.commands.get_mut(&command) {
                    handle.literal_wanted = left.is_some_and(|left| left > 0);
                }
            }
            Request::EndIdle { command } => {
                self.session.end_idle(command);
            }
            Request::Respond { command, answer } => {
                self.session.respond(command, answer.as_ref());
            }
            Request::Watch(news) => self.news = news,
            Request::Leave { sent } => {
                // It has no handle. If it is not taken, the session is over already.
                let _ = self.session.enqueue(Command::Logout, Together::Careful);
                let until = now() + self.shared.timeouts.logout;
                self.leaving = Some(Leaving { until, sent: Some(sent) });
            }
        }
    }

    /// Ends everything: the handles find the reason in what they share with this task.
    fn lose(&mut self, lost: Lost) {
        if self.open {
            tracing::debug!(%lost, "connection over");
            self.open = false;
            // The handles learn the reason before their queues end.
            self.shared.set_lost(lost);
            self.shared.set_progress(None);
            self.commands.clear();
            self.greeted = None;
            self.leaving = None;
        }
    }

    /// The same, and whoever has not taken a reply by now does not get it.
    fn drop_all(&mut self, lost: Lost) {
        self.lose(lost);
        self.blocked = None;
    }
}

/// What one step of sending did.
enum Sent {
    Octets(usize),
    Flushed,
}

/// Writes what there is, or flushes what was written. Safe to cancel: nothing happens before it is ready.
async fn send(writer: &mut WriteHalf<Box<dyn Stream>>, output: &Output) -> io::Result<Sent> {
    match output.pieces.front() {
        Some(piece) => writer.write(piece).await.map(Sent::Octets),
        None => writer.flush().await.map(|()| Sent::Flushed),
    }
}

async fn reserve(blocked: &Option<(mpsc::Sender<Reply>, Reply)>) -> Option<mpsc::OwnedPermit<Reply>> {
    match blocked {
        Some((sender, _)) => sender.clone().reserve_owned().await.ok(),
        None => std::future::pending().await,
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

async fn closed(abandoned: Option<(CommandId, mpsc::Sender<Reply>)>) -> CommandId {
    match abandoned {
        Some((id, sender)) => {
            sender.closed().await;
            id
        }
        None => std::future::pending().await,
    }
}

/// The runtime's clock, which tests can stop and turn.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

//! One connection as a state machine, seen from the client (RFC 9051 section 3).
//!
//! Call order: make a [`Session`] for a connection that is ready to be believed (TLS is up, or was not wanted);
//! [`Session::read_buffer`] and [`Session::handle_input`] take octets, [`Session::take_output`] and [`Session::wrote`]
//! give some, [`Session::next_event`] says what happened. After every call of any of these, look at the events and the
//! output again, and at [`Session::deadline`]. Time is passed in; nothing here reads a clock.
//!
//! STARTTLS happens in front of all this, in a [`ClearPhase`] that is thrown away at the upgrade.

mod clear;
mod event;
mod input;
mod numbers;
mod observer;
mod pipeline;
mod selected;
mod step;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};

pub use clear::{ClearError, ClearPhase};
pub use event::{Closed, CommandId, Completion, CompletionStatus, Event, Violation};
pub use observer::{Observer, Shown};
pub use pipeline::{Together, Withdrawn};
pub use selected::{Access, Selected};

use crate::Limits;
use crate::command::{Command, EncodeOptions, States};
use crate::response::FetchParser;
use crate::types::{Capabilities, Capability, NameEncoding, SaslMessage, TagPrefix};
use crate::wire::{Direction, Framer, LiteralMode};
use pipeline::{Numbers, Pipeline, Pumped};
use step::{CutRow, Step};

/// The client's side of one connection.
pub struct Session {
    limits: Limits,
    channel: Channel,
    silence: Duration,
    framer: Framer,
    state: State,
    capabilities: Option<Capabilities>,
    /// The last LOGIN or AUTHENTICATE that was the oldest command without an answer.
    login: Option<CommandId>,
    /// Whether the list of capabilities is younger than that.
    heard_since_login: bool,
    /// BYE has come while LOGOUT was unanswered. Some servers leave it at that.
    said_goodbye: bool,
    names: NameEncoding,
    /// Whether a mailbox was ever selected.
    was_selected: bool,
    /// What ENABLE has asked for and the server has enabled.
    enabled: Vec<Capability>,
    /// Whether the server says nothing of what it enables.
    enables_silently: bool,
    /// The last ENABLE to which the server has said what it enables.
    heard_enabled: Option<CommandId>,
    /// Whether NOTIFY has the server tell at once what becomes of the selected mailbox (RFC 5465 section 6.1).
    numbers_float: bool,
    pipeline: Pipeline,
    passing: Passing,
    step: Step,
    events: VecDeque<Event>,
    observer: Option<Box<dyn Observer>>,
    foreign_tags: usize,
    last_progress: Instant,
    compression: Compression,
}

/// Whether octets are compressed on their way, which is the caller's business (RFC 4978).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    No,
    /// The server has agreed, and the caller has not put the layer in yet.
    Agreed,
    Active,
}

/// What stands between us and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// TLS, verified.
    Tls,
    /// A pipe, a tunnel or a test pair that the caller answers for.
    Trusted,
    /// Nothing: whoever sits in between can read and write.
    Clear,
}

/// Where the session stands (RFC 9051 section 3).
#[derive(Debug)]
pub enum State {
    /// The server has not spoken.
    AwaitingGreeting,
    /// Not authenticated.
    NotAuthenticated,
    /// Authenticated, no mailbox selected.
    Authenticated,
    /// SELECT or EXAMINE is on its way; what is heard of the mailbox gathers here.
    Selecting(CommandId, Box<Selected>),
    /// A mailbox is selected.
    Selected(Box<Selected>),
    /// The session is over.
    Closed,
}

/// What the octets of the framer belong to while a literal passes.
enum Passing {
    Nothing,
    /// A FETCH row with a body, or with a value that is too large.
    Row {
        parser: Box<FetchParser>,
        command: Option<CommandId>,
        kept: Kept,
        had: u64,
        size: u64,
    },
    /// None: a row goes on with the next line, or ended in front of it.
    Cut(CutRow),
    /// Another response with a literal above the limit.
    Oversized {
        head: Bytes,
        had: u64,
        size: u64,
    },
}

/// What becomes of the octets that pass.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    HandedOut,
    Dropped,
}

/// Why a command was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotTaken {
    /// The command is not allowed in the state in which it would reach the server (RFC 9051 section 6).
    #[error("{command} is not allowed in this state")]
    WrongState {
        /// The command's name.
        command: String,
    },
    /// The command names messages by their numbers, and which those are is not known any more (see
    /// [`Selected::is_in_doubt`]): the mailbox has to be selected again.
    #[error("{command} uses message numbers, and which messages have them is not known any more")]
    NumbersInDoubt {
        /// The command's name.
        command: String,
    },
    /// The command names messages by their numbers, and `UIDONLY` is enabled (RFC 9586 section 3).
    #[error("{command} uses message numbers, which UIDONLY has put an end to")]
    UidsOnly {
        /// The command's name.
        command: String,
    },
    /// The command names messages by their numbers, and `NOTIFY` has the server tell at any time that some are gone
    /// (RFC 5465 section 6.1).
    #[error("{command} uses message numbers, which NOTIFY lets change at any time")]
    NumbersFloat {
        /// The command's name.
        command: String,
    },
    /// The session is over.
    #[error("the session is over")]
    Closed,
}

impl Session {
    /// A session on a connection on which nothing was heard yet.
    ///
    /// `silence` is how long the server may say nothing while it owes an answer.
    pub fn new(limits: Limits, channel: Channel, tags: TagPrefix, silence: Duration, now: Instant) -> Self {
        Self {
            framer: Framer::new(Direction::FromServer, limits.clone()),
            pipeline: Pipeline::new(tags, limits.commands_in_flight),
            limits,
            channel,
            silence,
            state: State::AwaitingGreeting,
            capabilities: None,
            login: None,
            heard_since_login: true,
            said_goodbye: false,
            names: NameEncoding::ModifiedUtf7,
            was_selected: false,
            enabled: Vec::new(),
            enables_silently: false,
            heard_enabled: None,
            numbers_float: false,
            passing: Passing::Nothing,
            step: Step::In,
            events: VecDeque::new(),
            observer: None,
            foreign_tags: 0,
            last_progress: now,
            compression: Compression::No,
        }
    }

    /// A session on a connection that a [`ClearPhase`] has upgraded: TLS is up and verified.
    ///
    /// The server has greeted in front of TLS and does not do it again; of what it said there nothing is known here
    /// (RFC 9051 section 6.2.1).
    pub fn upgraded(limits: Limits, tags: TagPrefix, silence: Duration, now: Instant) -> Self {
        Self { state: State::NotAuthenticated, ..Self::new(limits, Channel::Tls, tags, silence, now) }
    }

    /// Shows the dialogue from here on to an observer.
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.observer = Some(observer);
    }

    /// The server is known to answer ENABLE with a tagged OK and nothing else: that counts as `ENABLED` of all that was
    /// asked for and is listed as a capability.
    pub fn believe_silent_enable(&mut self) {
        self.enables_silently = true;
    }

    /// Has at most so many commands on their way without an answer, if that is fewer than before
    /// ([`Limits::commands_in_flight`]).
    pub fn limit_in_flight(&mut self, most: usize) {
        self.pipeline.limit_in_flight(most);
    }

    /// Takes a command. It is sent as soon as the commands in front of it allow; [`Event::Done`] says how it ended.
    pub fn enqueue(&mut self, command: Command, together: Together) -> Result<CommandId, NotTaken> {
        let state = self.expected_state().ok_or(NotTaken::Closed)?;
        let too_late = command.states() == States::Unselected && self.selects();
        let twice = matches!(command, Command::Compress) && self.compresses();
        if too_late || twice || !allows(command.states(), state) {
            return Err(NotTaken::WrongState { command: command.name().to_string() });
        }
        if command.uses_numbers() && self.numbers() == Numbers::InDoubt && !self.opens_anew() {
            return Err(NotTaken::NumbersInDoubt { command: command.name().to_string() });
        }
        if command.is_by_number() && self.enabled.contains(&Capability::UidOnly) {
            return Err(NotTaken::UidsOnly { command: command.name().to_string() });
        }
        if command.uses_numbers() && self.lets_numbers_float() {
            return Err(NotTaken::NumbersFloat { command: command.name().to_string() });
        }
        let id = self.pipeline.push(command, together);
        self.pump();
        Ok(id)
    }

    /// Whether the server may tell at any time that messages of the selected mailbox are gone, or is about to be asked
    /// for that.
    fn lets_numbers_float(&self) -> bool {
        let asks = |command: &Command| matches!(command, Command::Notify(notify) if notify.watches_at_once());
        self.numbers_float || self.pipeline.commands().any(asks)
    }

    fn numbers(&self) -> Numbers {
        match self.selected() {
            Some(selected) if selected.is_in_doubt() => Numbers::InDoubt,
            _ => Numbers::Known,
        }
    }

    /// Whether all is compressed, or is about to be.
    fn compresses(&self) -> bool {
        self.compression != Compression::No
            || self.pipeline.commands().any(|command| matches!(command, Command::Compress))
    }

    /// Whether a SELECT or EXAMINE is waiting or on its way.
    fn opens_anew(&self) -> bool {
        self.pipeline
            .commands()
            .any(|command| matches!(command, Command::Select { .. } | Command::Examine { .. }))
    }

    /// Whether a mailbox was ever selected, or is about to be.
    fn selects(&self) -> bool {
        let opens = |command: &Command| matches!(command, Command::Select { .. } | Command::Examine { .. });
        self.was_selected || self.pipeline.commands().any(opens)
    }

    /// The state once all commands in front have succeeded.
    fn expected_state(&self) -> Option<States> {
        let changed = self.pipeline.commands().rev().find_map(|command| match command {
            Command::Login { .. } | Command::Authenticate { .. } => Some(States::Authenticated),
            Command::Select { .. } | Command::Examine { .. } => Some(States::Selected),
            Command::Close | Command::Unselect => Some(States::Authenticated),
            _ => None,
        });
        let logged_out = self.pipeline.commands().any(|command| matches!(command, Command::Logout));
        match &self.state {
            _ if logged_out => None,
            State::Closed => None,
            _ if changed.is_some() => changed,
            // Before the greeting, a command can only be one for the state after an ordinary greeting.
            State::AwaitingGreeting | State::NotAuthenticated => Some(States::NotAuthenticated),
            State::Authenticated => Some(States::Authenticated),
            State::Selecting(..) | State::Selected(_) => Some(States::Selected),
        }
    }

    /// Octets of the literal that [`Event::LiteralWanted`] asked for.
    ///
    /// Gives the number of octets still wanted, or `None` when these were not: none are, or fewer than these.
    pub fn provide(&mut self, command: CommandId, octets: &Bytes) -> Option<u64> {
        if self.is_closed() {
            return None;
        }
        let left = self.pipeline.provide(command, octets, &mut self.observer);
        self.pump();
        left
    }

    /// Answers a challenge of AUTHENTICATE; `None` cancels the exchange (RFC 9051 section 6.2.2).
    ///
    /// Says whether the answer was wanted.
    pub fn respond(&mut self, command: CommandId, answer: Option<&SaslMessage>) -> bool {
        !self.is_closed() && self.pipeline.respond(command, answer, &mut self.observer)
    }

    /// Ends an IDLE (RFC 9051 section 6.3.13); [`Event::Done`] follows. Until then no other command leaves.
    ///
    /// DONE is sent once the server idles ([`Event::Idling`]), and not at all if it refuses. Says whether there is such
    /// an IDLE.
    pub fn end_idle(&mut self, command: CommandId) -> bool {
        !self.is_closed() && self.pipeline.end_idle(command, &mut self.observer)
    }

    /// The caller no longer wants this command. Its answers still come, unless it was never sent.
    ///
    /// A command in the middle of a literal cannot be taken back: the session ends.
    pub fn withdraw(&mut self, command: CommandId) -> Withdrawn {
        let withdrawn = self.pipeline.withdraw(command);
        if withdrawn == Withdrawn::HalfSent {
            self.close(Closed::Abandoned);
        }
        self.pump();
        withdrawn
    }

    /// Where to put octets from the server; call [`Session::handle_input`] afterwards.
    pub fn read_buffer(&mut self) -> &mut BytesMut {
        self.framer.read_buffer()
    }

    /// Octets were put into the read buffer.
    pub fn handle_input(&mut self, now: Instant) {
        self.last_progress = now;
    }

    /// Takes octets from the server; the same as putting them into the read buffer.
    pub fn feed(&mut self, octets: &[u8], now: Instant) {
        self.framer.feed(octets);
        self.handle_input(now);
    }

    /// The server has closed its side.
    pub fn end_of_input(&mut self) {
        while !self.is_closed() && self.compression != Compression::Agreed {
            match self.framer.next_frame() {
                Ok(Some(frame)) => self.handle_frame(frame),
                Ok(None) => break,
                Err(error) => self.violated(Violation::Frame(error)),
            }
        }
        self.close(if self.said_goodbye { Closed::LoggedOut } else { Closed::Ended });
    }

    /// The caller compresses what it sends and inflates what it reads from here on, as [`Event::CompressionAgreed`] has
    /// asked for.
    ///
    /// Gives the octets that were read behind the server's agreement: they are compressed, and come first.
    pub fn begin_compressed(&mut self) -> Bytes {
        if self.compression != Compression::Agreed {
            return Bytes::new();
        }
        self.compression = Compression::Active;
        let octets = self.framer.take_unread();
        self.pump();
        octets
    }

    /// The octets to send next. Say with [`Session::wrote`] when they are on their way.
    pub fn take_output(&mut self) -> Bytes {
        self.pipeline.take_output()
    }

    /// So many octets of the output are on their way. Answers to a command count only from here on.
    pub fn wrote(&mut self, octets: usize, now: Instant) {
        self.last_progress = now;
        self.pipeline.wrote(octets);
        while !self.is_closed()
            && let Some((slot, tagged)) = self.pipeline.take_ahead()
        {
            self.complete(slot, tagged);
        }
    }

    /// When [`Session::handle_deadline`] is due, unless something happens before.
    pub fn deadline(&self) -> Option<Instant> {
        let waits = match self.state {
            State::AwaitingGreeting => true,
            State::Closed => false,
            _ => self.pipeline.awaits_server(),
        };
        waits.then(|| self.last_progress + self.silence)
    }

    /// The caller was not reading for a while, so the silence was not the server's.
    pub fn restart_deadline(&mut self, now: Instant) {
        self.last_progress = now;
    }

    /// Ends the session if the server has been silent for too long, unless it is seen why.
    pub fn handle_deadline(&mut self, now: Instant) {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            if self.try_swallowed_end_of_awaited() {
                self.last_progress = now;
                return;
            }
            let literal = match &self.passing {
                Passing::Row { had, size, .. } | Passing::Oversized { had, size, .. } if had < size => {
                    Some((*had, *size))
                }
                _ => None,
            };
            self.close(Closed::Silent { literal });
        }
    }

    /// What happened next, or `None` until more octets come.
    pub fn next_event(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if self.is_closed() || self.compression == Compression::Agreed {
                return None;
            }
            match self.framer.next_frame() {
                Ok(Some(frame)) => self.handle_frame(frame),
                Ok(None) => return None,
                Err(error) => self.violated(Violation::Frame(error)),
            }
        }
    }

    /// Where the session stands.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The selected mailbox.
    pub fn selected(&self) -> Option<&Selected> {
        match &self.state {
            State::Selected(selected) => Some(selected),
            _ => None,
        }
    }

    /// What the server has listed in its present state; `None` when it has not, so that asking is worth a command.
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// What was asked for with ENABLE and is in force (RFC 9051 section 6.3.1). It stays so to the end.
    pub fn enabled(&self) -> &[Capability] {
        &self.enabled
    }

    fn pump(&mut self) {
        if self.compression == Compression::Agreed {
            return;
        }
        let options = EncodeOptions { literals: self.literal_mode(), names: self.names };
        let state = match &self.state {
            State::AwaitingGreeting | State::Closed => return,
            State::NotAuthenticated => States::NotAuthenticated,
            State::Authenticated => States::Authenticated,
            State::Selecting(..) | State::Selected(_) => States::Selected,
        };
        // Numbers may have come in doubt since the command was taken.
        let numbers = self.numbers();
        let allowed = |command: &Command| allows(command.states(), state);
        let pumped = self.pipeline.pump(&options, numbers, allowed, &mut self.observer);
        for pumped in pumped {
            match pumped {
                Pumped::LiteralWanted(command, size) => {
                    self.events.push_back(Event::LiteralWanted { command, size });
                }
                Pumped::NotAllowed(command) => self.events.push_back(Event::NotSent { command }),
            }
        }
        if let login @ Some(_) = self.pipeline.login_in_turn()
            && login != self.login
        {
            self.login = login;
            self.heard_since_login = false;
        }
        // A SELECT in one flight with a LOGIN that failed opens nothing.
        let logged_in = !matches!(self.state, State::NotAuthenticated);
        if logged_in
            && let Some((id, name, access)) = self.pipeline.opening(matches!(self.state, State::Selected(_)))
            && !matches!(self.state, State::Selecting(opening, _) if opening == id)
        {
            let mut opened = Selected::new(name.clone(), access);
            if matches!(self.state, State::Selected(_)) {
                opened = opened.beside_another();
            }
            if self.enabled.iter().any(|it| matches!(it, Capability::QResync | Capability::UidOnly)) {
                opened = opened.with_uids_only();
            }
            self.state = State::Selecting(id, Box::new(opened));
        }
    }

    fn literal_mode(&self) -> LiteralMode {
        match &self.capabilities {
            Some(listed) if listed.has(&Capability::LiteralPlus) => LiteralMode::Plus,
            Some(listed) if listed.has(&Capability::LiteralMinus) => LiteralMode::Minus,
            _ => LiteralMode::Synchronizing,
        }
    }

    fn violated(&mut self, violation: Violation) {
        self.close(Closed::Violation(violation));
    }

    fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    fn close(&mut self, closed: Closed) {
        if !self.is_closed() {
            self.state = State::Closed;
            self.events.push_back(Event::Closed(closed));
        }
    }
}

/// Whether a command that is allowed in `states` is allowed in this one state.
fn allows(states: States, state: States) -> bool {
    match states {
        States::Any => true,
        // Whether a mailbox was selected before was looked at when the command was taken.
        States::Unselected => state == States::Authenticated,
        // Everything that needs a login only is allowed with a mailbox open, too.
        States::Authenticated => matches!(state, States::Authenticated | States::Selected),
        one => one == state,
    }
}

//! The dialogue: what is typed goes out, and what comes in is shown, whichever is first.
//!
//! One task does all of it. It waits for the wire and for a line at once ([`Talk::read`]), or for the wire alone while
//! a command has no answer ([`Talk::wait`]); the connection does its writing while it is read.
//!
//! - this file: the waiting, and what an event does to all that is kept of the dialogue
//! - [`sending`]: a command from its tag to its answer, with what happens in between
//! - [`doing`]: the words of the shell
//! - [`replay`]: a saved dialogue, sent again

mod doing;
mod replay;
mod sending;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use tayori_client::Error;
use tayori_client::raw::{RawConnection, RawEvent};
use tayori_proto::response::TaggedStatus;
use tayori_proto::types::{Capability, MailboxName, Tag};
use tayori_proto::wire::Frame;
use tokio::sync::Notify;
use zeroize::Zeroizing;

use super::advice::{Asked, advise};
use super::entry::{Entry, Typed, TypedCommand, Typing};
use super::heard::{HeardResponse, Hearing, Piece};
use super::known::{Greeting, Known, Meaning, Pending, Protection};
use super::lines::{Echo, Line, Lines, Question};
use super::prompt::prompt;
use super::record::{MASK_IN_BASE64, Record};
use super::server::Server;
use super::view::{Kind, Place, View};
use super::worst::Worst;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::Width;

/// A dialogue with a server, over one connection after the other.
pub(super) struct Talk {
    server: Server,
    /// `None` when it has ended.
    connection: Option<RawConnection>,
    known: Known,
    hearing: Hearing,
    /// The next line of the server goes on with a response.
    inside: bool,
    record: Record,
    view: View,
    lines: Lines,
    /// Lines of files that are read in between; the last is read first.
    sources: Vec<VecDeque<Vec<u8>>>,
    /// Says when Ctrl-C was pressed.
    interrupts: Arc<Notify>,
    /// Somebody has pressed Ctrl-C while something was waited for; who does several things in a row looks.
    interrupted: bool,
    /// How the command was answered that was answered last, whoever waited for something else then.
    answer: Option<(Tag, TaggedStatus)>,
    /// What was typed to end something else, and is still to be done.
    put_back: Option<Zeroizing<Vec<u8>>>,
    manner: Manner,
    last_tag: u64,
    worst: Worst,
}

/// Whether somebody sits in front of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// A person: may be asked, and may wait for as long as they like.
    Interactive,
    /// A pipe or the command line.
    Script,
}

/// Where a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// From where all lines come.
    Typed,
    /// `.source`
    File,
}

/// What was waited for.
enum Happened {
    Said(Meaning),
    /// All that was to be sent is on its way.
    Sent,
    /// There is no connection any more.
    Over,
    /// Ctrl-C.
    Interrupted,
}

impl Talk {
    pub(super) fn new(server: Server, lines: Lines, view: View, manner: Manner) -> Self {
        Self {
            server,
            connection: None,
            known: Known::new(Protection::Clear),
            hearing: Hearing::default(),
            inside: false,
            record: Record::default(),
            view,
            lines,
            sources: Vec::new(),
            interrupts: interrupts(manner),
            interrupted: false,
            answer: None,
            put_back: None,
            manner,
            last_tag: 0,
            worst: Worst::default(),
        }
    }

    /// Begins a connection: the greeting, and STARTTLS where the place asks for it. Fails where it cannot be had.
    pub(super) async fn connect(&mut self) -> Result<(), Failure> {
        self.close();
        self.known = Known::new(Protection::Clear);
        self.known.ended();
        self.hearing = Hearing::default();
        self.inside = false;
        self.record = Record::default();
        let (connection, protection) = self.server.connect().await?;
        self.connection = Some(connection);
        self.known = Known::new(protection);
        loop {
            match self.wait().await {
                Happened::Said(Meaning::Greeting(Greeting::Welcome)) => break,
                Happened::Said(Meaning::Greeting(Greeting::Refused)) => {
                    return Err(Failure::new(Exit::Network, "the server did not welcome the connection"));
                }
                Happened::Over | Happened::Interrupted => return Err(self.no_greeting()),
                Happened::Said(_) | Happened::Sent => {}
            }
        }
        if self.server.wants_start_tls() {
            self.command(TypedCommand::of("STARTTLS")).await?;
            if self.connection.is_none() {
                // Why was told when it happened.
                return Err(Failure::new(self.worst.exit(), ""));
            }
            if self.known.protection != Protection::Tls {
                self.close();
                return Err(Failure::new(Exit::Protocol, "the server refused STARTTLS").hint(
                    "nothing was sent in the clear; imaps:// is TLS from the start, --tls none goes without",
                ));
            }
        }
        Ok(())
    }

    /// Logs in as the user of the place, in a way that the server has not ruled out.
    pub(super) async fn log_in(&mut self) -> Result<(), Failure> {
        let user = self.server.user().to_owned();
        let plain_only = self.known.capabilities.as_ref().is_some_and(|capabilities| {
            capabilities.has(&Capability::LoginDisabled) && capabilities.has_auth("PLAIN")
        });
        let status = match plain_only {
            true => {
                let answers = VecDeque::from([MASK_IN_BASE64.as_bytes().to_vec()]);
                self.command_with(TypedCommand::of("AUTHENTICATE PLAIN"), answers).await?
            }
            false => self.command(TypedCommand::login(&user)).await?,
        };
        match status {
            Some(TaggedStatus::Ok) => Ok(()),
            Some(_) => Err(Failure::new(Exit::LoginRefused, "the server refused user and password")
                .hint("without --login, the shell stays and you can try other ways")),
            None => Err(Failure::new(Exit::Network, "the connection was lost before the login was answered")),
        }
    }

    /// Takes what is typed until there is no more, or somebody wants to leave. Gives how bad the answers were.
    pub(super) async fn run(&mut self) -> Exit {
        let mut held: Option<TypedCommand> = None;
        let mut typing = Typing::default();
        let mut text = String::new();
        loop {
            if self.view.is_gone() {
                return Exit::Done;
            }
            let (is_held, echo) = (held.is_some(), if typing.is_secret() { Echo::Off } else { Echo::On });
            let line = match self.read(|talk| talk.prompt(&typing, is_held), echo, |_| false).await {
                Line::Typed(line) => line,
                Line::Interrupted | Line::Withdrawn | Line::Open => {
                    (typing, held) = (Typing::default(), None);
                    continue;
                }
                Line::End => {
                    if typing.is_open() {
                        let failure =
                            Failure::new(Exit::Usage, "the last command was not sent: it has no end");
                        self.complain(&failure.hint("its literal is longer than what was typed"));
                    }
                    break;
                }
                Line::Failed(error) => {
                    let why = format!("cannot read what is typed: {}", escape_str(&error.to_string()));
                    self.complain(&Failure::new(Exit::Failed, why));
                    break;
                }
            };
            // The file stays until the line behind its last one is asked for.
            let from = if self.sources.is_empty() { Origin::Typed } else { Origin::File };
            if !typing.is_open() {
                text = String::from_utf8_lossy(&line).into_owned();
            }
            let outcome = match typing.line(&line) {
                Ok(Typed::Missing(_)) => continue,
                // A comment is no Enter.
                Ok(Typed::Entry(Entry::Nothing)) => match held.take_if(|_| line.trim_ascii().is_empty()) {
                    Some(command) => self.command(command).await.map(drop),
                    None => continue,
                },
                Ok(Typed::Entry(Entry::Word(super::words::Word::Quit))) => break,
                Ok(Typed::Entry(Entry::Word(word))) => {
                    self.let_go(held.take());
                    self.remember(&text, from);
                    self.word(word).await
                }
                Ok(Typed::Entry(Entry::Command(command))) => {
                    self.let_go(held.take());
                    // One with a secret in it is not kept at all.
                    if !command.has_secret() {
                        self.remember(&text, from);
                    }
                    match self.is_held(&command, from) {
                        true => {
                            held = Some(command);
                            continue;
                        }
                        false => self.command(command).await.map(drop),
                    }
                }
                Err(error) => {
                    typing = Typing::default();
                    Err(Failure::new(Exit::Usage, error.to_string()).hint(error.hint()))
                }
            };
            if let Err(failure) = outcome {
                if matches!(failure.exit, Exit::Interrupted) && self.manner == Manner::Script {
                    return failure.exit;
                }
                self.complain(&failure);
            }
        }
        self.close();
        match self.manner {
            Manner::Interactive => Exit::Done,
            Manner::Script => self.worst.exit(),
        }
    }

    /// A command that was held back is not sent: something else was typed than Enter.
    fn let_go(&mut self, held: Option<TypedCommand>) {
        if let Some(command) = held {
            self.view.tell(&format!("{} was not sent", command.name_shown()));
        }
    }

    fn remember(&mut self, entry: &str, from: Origin) {
        match from {
            Origin::Typed => self.lines.remember(entry),
            // The file has it.
            Origin::File => {}
        }
    }

    /// Says what the server will not like. A person is to press Enter once more; a script and a file have nobody to
    /// ask.
    fn is_held(&mut self, command: &TypedCommand, from: Origin) -> bool {
        let tag = command.tag.clone().unwrap_or_else(|| tag(self.last_tag + 1));
        let octets = command.octets(&tag);
        let asked = Asked {
            name: &command.name,
            tag: tag.as_bytes().len(),
            octets: octets.as_ref().map(|octets| &octets[..]),
        };
        let Some(advice) = advise(asked, &self.known.standing()) else { return false };
        let advice = advice.text(command.shown().as_deref());
        match (self.manner, from) {
            (Manner::Interactive, Origin::Typed) => {
                self.view.tell(&advice);
                self.view.tell("Enter sends it all the same");
                true
            }
            (Manner::Interactive, Origin::File) => {
                self.view.tell(&advice);
                false
            }
            (Manner::Script, _) => {
                eprint_line(&advice);
                false
            }
        }
    }

    fn prompt(&self, typing: &Typing, held: bool) -> String {
        if typing.is_open() {
            return "literal> ".to_owned();
        }
        if held {
            return "Enter sends it> ".to_owned();
        }
        if self.connection.is_none() {
            return "not connected> ".to_owned();
        }
        let mailbox = self.known.open().and_then(|open| open.name.as_ref());
        prompt(
            self.known.user.as_deref(),
            self.server.host(),
            mailbox.map(MailboxName::as_str),
            Width::of_stdout(),
        )
    }

    /// The next line that is typed. What the server says in the meantime is shown, and the prompt follows it; when
    /// `is_enough` then says so, there is no line: [`Line::Withdrawn`].
    async fn read(
        &mut self,
        prompt: impl Fn(&Self) -> String,
        echo: Echo,
        is_enough: impl Fn(&Self) -> bool,
    ) -> Line {
        if let Some(line) = self.put_back.take() {
            return Line::Typed(line);
        }
        while let Some(source) = self.sources.last_mut() {
            match source.pop_front() {
                Some(line) => return Line::Typed(Zeroizing::new(line)),
                None => self.sources.pop(),
            };
        }
        let mut shown = prompt(self);
        self.ask(shown.clone(), echo);
        loop {
            let event = tokio::select! {
                // What has come is told before what is typed is done.
                biased;
                event = event(&mut self.connection) => event,
                line = self.lines.next() => match line {
                    Line::Open => {
                        if let Err(failure) = self.open(None) {
                            self.complain(&failure);
                        }
                        self.ask(shown.clone(), echo);
                        continue;
                    }
                    line => return line,
                },
                () = self.interrupts.notified() => {
                    self.view.tell(".quit or Ctrl-D leaves");
                    continue;
                }
            };
            self.handle(event).await;
            if is_enough(self) {
                return Line::Withdrawn;
            }
            let now = prompt(self);
            if now != shown {
                self.ask(now.clone(), echo);
                shown = now;
            }
        }
    }

    fn ask(&mut self, prompt: String, echo: Echo) {
        let known = match self.manner {
            Manner::Interactive => self.known.clone(),
            // Nobody completes anything there, and names may be many.
            Manner::Script => Known::new(self.known.protection),
        };
        self.lines.ask(Question { prompt, echo, known: Arc::new(known) });
    }

    /// Whether a command of this tag still waits for its answer.
    fn is_pending(&self, tag: &Tag) -> bool {
        self.known.pending.iter().any(|pending| pending.tag == *tag)
    }

    /// The next thing that happens on the connection. A person may give up waiting; a script does after a while.
    async fn wait(&mut self) -> Happened {
        if self.connection.is_none() {
            return Happened::Over;
        }
        let patience = self.server.patience();
        let silent = async {
            match self.manner {
                Manner::Interactive => std::future::pending().await,
                Manner::Script => tokio::time::sleep(patience).await,
            }
        };
        let event = tokio::select! {
            event = event(&mut self.connection) => event,
            () = silent => {
                let lost = tayori_client::Lost::Silent { after: patience, literal: None };
                Err(Error::Lost(lost))
            }
            () = self.interrupts.notified() => {
                self.interrupted = true;
                if !self.sources.is_empty() {
                    self.sources.clear();
                    self.view.tell("nothing more of the file is done");
                }
                return Happened::Interrupted;
            }
        };
        self.handle(event).await
    }

    async fn handle(&mut self, event: Result<RawEvent, Error>) -> Happened {
        match event {
            Ok(RawEvent::Frame(frame)) => self.frame(&frame).await,
            Ok(RawEvent::Sent) => Happened::Sent,
            Ok(_) => {
                self.over(None);
                Happened::Over
            }
            Err(error) => {
                self.over(Some(error.into()));
                Happened::Over
            }
        }
    }

    async fn frame(&mut self, frame: &Frame) -> Happened {
        let waits = !self.known.pending.is_empty();
        let Self { hearing, record, view, inside, .. } = self;
        let raw = view.raw().is_on();
        let response = hearing.frame(frame, |piece| match piece {
            Piece::Line(line) => {
                match std::mem::replace(inside, true) {
                    false => record.server_line(line),
                    true => record.server_literal(line),
                }
                if raw {
                    let line = line.strip_suffix(b"\n").unwrap_or(line);
                    view.server(line.strip_suffix(b"\r").unwrap_or(line), Place::Outside, Kind::Text);
                }
            }
            Piece::Literal(octets) => {
                record.server_literal(octets);
                if raw {
                    view.server_literal(octets);
                }
            }
        });
        let Some(HeardResponse { text, whole, passed_over }) = response else {
            return Happened::Said(Meaning::Told);
        };
        self.inside = false;
        let challenged = self.known.pending.last().is_some_and(|pending| pending.name == "AUTHENTICATE");
        let meaning = whole.map_or(Meaning::Told, |octets| self.known.heard(&octets));
        let kind = match &meaning {
            Meaning::Continue(_) if challenged => Kind::Challenge,
            Meaning::Told if !is_status(&text) => Kind::Data,
            _ => Kind::Text,
        };
        let place = match &meaning {
            Meaning::Answered(pending, _) => Place::Answer(pending.since.elapsed()),
            _ if waits => Place::Under,
            _ => Place::Outside,
        };
        if !raw || passed_over {
            self.view.server(&text, place, kind);
        }
        if let Meaning::Answered(pending, status) = &meaning {
            self.answered(pending, *status).await;
        }
        if self.known.pending.is_empty() {
            self.record.settle();
        }
        Happened::Said(meaning)
    }

    /// A command has its answer. Where the stream changes with it, that has to be done before anything else is read.
    async fn answered(&mut self, pending: &Pending, status: TaggedStatus) {
        self.worst.answer(status);
        self.answer = Some((pending.tag.clone(), status));
        let Some(connection) = &mut self.connection else { return };
        match (&pending.name[..], status) {
            ("COMPRESS", TaggedStatus::Ok) => connection.compress(),
            ("STARTTLS", TaggedStatus::Ok) => match self.server.start_tls(connection).await {
                Ok(()) => {
                    self.known.secured();
                    self.view.tell("TLS from here on; the certificate is believed");
                }
                Err(error) => self.over(Some(error.into())),
            },
            _ => {}
        }
    }

    /// The connection has ended.
    fn over(&mut self, why: Option<Failure>) {
        self.connection = None;
        let owed = !self.known.pending.is_empty();
        let expected = self.known.state == super::known::State::Logout;
        self.known.ended();
        match why {
            Some(failure) => self.complain(&failure),
            None if owed || !expected => {
                let answer = if owed { " without an answer" } else { "" };
                let failure =
                    Failure::new(Exit::Network, format!("the server closed the connection{answer}"));
                self.complain(&failure.hint(".connect begins a new one"));
            }
            None => self.view.tell("the connection is closed"),
        }
    }

    /// Closes the connection, without a word to the server.
    fn close(&mut self) {
        self.connection = None;
        self.known.ended();
    }

    fn no_greeting(&self) -> Failure {
        let server = escape_str(&self.server.name()).into_owned();
        Failure::new(Exit::Network, format!("no IMAP from {server}"))
            .hint("check the port: 993 is for imaps://, 143 for imap://; --timeout SECONDS waits longer")
    }

    /// Says what went wrong. The dialogue goes on.
    fn complain(&mut self, failure: &Failure) {
        self.worst.failure(failure.exit);
        match self.manner {
            // The editor may have the terminal, in which a line end alone begins no line.
            Manner::Interactive => self.view.fail(failure),
            Manner::Script => failure.print(),
        }
    }
}

/// The next thing that happens on the connection; nothing ever does without one.
async fn event(connection: &mut Option<RawConnection>) -> Result<RawEvent, Error> {
    match connection {
        Some(connection) => connection.next().await,
        None => std::future::pending().await,
    }
}

/// Ctrl-C, where a person may press it without wanting the program to end. It is heard all the time, and kept until it
/// is looked for: pressed between two waits, it would be lost.
fn interrupts(manner: Manner) -> Arc<Notify> {
    let pressed = Arc::new(Notify::new());
    if manner == Manner::Interactive {
        let pressed = Arc::clone(&pressed);
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                pressed.notify_one();
            }
        });
    }
    pressed
}

/// The shell's own tags.
fn tag(number: u64) -> Tag {
    Tag::new(Bytes::from(format!("a{number}"))).expect("a letter and digits are a tag")
}

/// Whether a line is for people, so that nothing in it is a name.
fn is_status(line: &[u8]) -> bool {
    let mut words = line.split(|&octet| octet == b' ');
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let status = [&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"];
    first != b"*" || status.iter().any(|status| second.eq_ignore_ascii_case(status))
}

fn eprint_line(line: &str) {
    use std::io::Write as _;

    let _ = writeln!(anstream::stderr(), "{line}");
}

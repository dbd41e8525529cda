//! One connection: commands in, responses out, one after the other.
//!
//! The client may send as many commands as it likes without waiting; they are read one by one, so the order of the
//! answers is that of the commands, and what is not read yet stays with the client. Nothing is spawned.

mod deflate;
mod enabled;
mod message_limit;
mod pace;
mod progress;
mod reply;
mod saved;
mod selected;
mod telling;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tayori_proto::command::{Command, CommandError, ParseOptions, States, TaggedCommand};
use tayori_proto::response::{Response, ResponseCode, Status, StatusKind, Tagged, TaggedStatus};
use tayori_proto::types::{NameEncoding, Tag, Text, UidSet};
use tayori_proto::wire::{Frame, Then};
use tokio::time::Instant;

pub(crate) use enabled::Enabled;
pub(crate) use message_limit::{Cut, MessageLimit};
pub(crate) use progress::Progress;
pub(crate) use reply::{After, Failure, Handled, Reply};
pub(crate) use saved::Saved;
pub(crate) use selected::{Access, Selected};
pub(crate) use telling::Waiting;
pub(crate) use wire::{Gone, Stream, Wire};

use crate::command;
use crate::conduct::Course;
use crate::server::{Literals, Shared};
use crate::store::{Mailbox, Store};
use crate::view::{Renumbering, Telling};
use crate::watch::{Own, Watch};
use pace::Pace;

/// Whether others can listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// The connection is encrypted.
    Encrypted,
    /// The connection does not leave this machine.
    Private,
    /// Others may listen, so no password is taken.
    Clear,
}

/// How far a client has come (RFC 9051 section 3).
pub(crate) enum Phase<S: Store> {
    NotAuthenticated,
    Authenticated(Arc<S>),
    Selected(Arc<S>, Box<Selected<S::Mailbox>>),
}

impl<S: Store> Phase<S> {
    pub(crate) fn store(&self) -> Option<&Arc<S>> {
        match self {
            Self::Authenticated(store) | Self::Selected(store, _) => Some(store),
            Self::NotAuthenticated => None,
        }
    }

    pub(crate) fn selected(&mut self) -> Option<&mut Selected<S::Mailbox>> {
        match self {
            Self::Selected(_, selected) => Some(selected),
            _ => None,
        }
    }

    /// The mail of whoever is logged in; a refusal if nobody is.
    pub(crate) fn require_store(&self) -> Result<&Arc<S>, Failure> {
        self.store().ok_or_else(|| Failure::Refused(Reply::bad("please log in first")))
    }

    /// The selected mailbox; a refusal if there is none.
    pub(crate) fn require_selected(&mut self) -> Result<&mut Selected<S::Mailbox>, Failure> {
        self.require_store()?;
        self.selected().ok_or_else(|| Failure::Refused(Reply::bad("no mailbox is selected")))
    }

    /// Refuses a command that is not allowed now (RFC 9051 section 3).
    fn admit(&mut self, states: States) -> Result<(), Failure> {
        match states {
            States::Any => Ok(()),
            States::NotAuthenticated if self.store().is_none() => Ok(()),
            States::NotAuthenticated => Err(Failure::Refused(Reply::bad("already logged in"))),
            // RFC 9051 section 6.3.1 binds the client alone.
            States::Unselected | States::Authenticated => self.require_store().map(drop),
            States::Selected => self.require_selected().map(drop),
        }
    }
}

/// A client and how far it has come.
pub(crate) struct Connection<S: Store> {
    pub(crate) server: Arc<Shared<S>>,
    pub(crate) wire: Wire,
    pub(crate) phase: Phase<S>,
    pub(crate) privacy: Privacy,
    pub(crate) enabled: Enabled,
    /// `None` until `NOTIFY` is used.
    pub(crate) watch: Option<Watch>,
    pub(crate) failed_logins: u32,
    bad_commands: u32,
    pace: Pace,
    /// When a client that has not logged in has to go.
    login_until: Instant,
}

impl<S: Store> Connection<S> {
    pub(crate) fn new(server: Arc<Shared<S>>, wire: Wire, privacy: Privacy, login_until: Instant) -> Self {
        let pace = Pace::new(server.limits.commands_per_second);
        Self {
            server,
            wire,
            phase: Phase::NotAuthenticated,
            privacy,
            enabled: Enabled::default(),
            watch: None,
            failed_logins: 0,
            bad_commands: 0,
            pace,
            login_until,
        }
    }

    /// Serves the client to the end, and says goodbye where there is somebody to say it to.
    pub(crate) async fn run(mut self) {
        let mut end = self.greet().await;
        while end.is_ok() {
            match self.serve().await {
                Ok(Served::LoggedOut) => break,
                Ok(Served::StartTls) => match self.start_tls().await {
                    Ok(connection) => self = connection,
                    // What was in the clear is no place for last words.
                    Err(gone) => return tracing::debug!(%gone, "connection over"),
                },
                Ok(Served::Compress) => match self.wire.compress().await {
                    Ok(wire) => self.wire = wire,
                    Err(gone) => return tracing::debug!(%gone, "connection over"),
                },
                Err(gone) => end = Err(gone),
            }
        }
        let words = match &end {
            Ok(()) => None,
            Err(Gone::Silent) if self.phase.store().is_none() => Some("too long without a login"),
            Err(Gone::Silent) => Some("too long without a command"),
            Err(Gone::Ending) => Some("the server is ending"),
            Err(Gone::Dismissed(why)) => Some(*why),
            Err(Gone::Frame(_)) => Some("that cannot be read as a command"),
            // Nobody listens, or nobody that could be told apart from a listener.
            Err(
                Gone::Closed | Gone::Stalled | Gone::Injected | Gone::Handshake(_) | Gone::Torn | Gone::Io(_),
            ) => None,
        };
        if let Err(gone) = &end {
            tracing::debug!(%gone, "connection over");
        }
        if let Some(words) = words {
            let _ = self.wire.send(&bye(words)).await;
        }
        self.wire.close().await;
    }

    async fn greet(&mut self) -> Result<(), Gone> {
        let code = Some(ResponseCode::Capability(self.capabilities().await));
        self.wire.send(&status(StatusKind::Ok, code, "tayori ready")).await
    }

    /// Answers commands until the client leaves, or changes what the connection is.
    async fn serve(&mut self) -> Result<Served, Gone> {
        loop {
            let after = match self.next_command().await? {
                Frame::Piece { bytes, then: Then::End, .. } => self.handle_line(&bytes).await?,
                Frame::Piece { bytes, then: Then::Literal { size, asks }, .. } => {
                    self.handle_head(&bytes, size, Asking::new(asks)).await?
                }
                Frame::Announced { size, asks } => {
                    self.handle_announcement(size, Asking::new(asks)).await?;
                    After::GoOn
                }
                // Without an answer the client would wait for ever.
                Frame::Overlong { .. } => return Err(Gone::Dismissed("the command is too long")),
                // What cannot stand between commands.
                _ => After::GoOn,
            };
            match after {
                After::GoOn => {}
                After::StartTls => return Ok(Served::StartTls),
                After::Compress => return Ok(Served::Compress),
                After::LogOut => return Ok(Served::LoggedOut),
            }
        }
    }

    /// A literal that will be kept.
    pub(crate) async fn handle_announcement(&mut self, size: u64, asking: Asking) -> Result<(), Gone> {
        self.check_literal(size, asking)?;
        match asking {
            Asking::Waits => self.wire.ask("go on").await,
            Asking::Comes => Ok(()),
        }
    }

    /// A client that sends without waiting keeps to what it was offered (RFC 7888 section 5).
    pub(crate) fn check_literal(&self, size: u64, asking: Asking) -> Result<(), Gone> {
        let minus = self.server.literals == Literals::Minus;
        if asking == Asking::Comes && minus && size > LITERAL_MINUS {
            return Err(Gone::Dismissed("the literal is too large to come without waiting"));
        }
        Ok(())
    }

    /// How long the next command may take to come.
    pub(crate) fn silence(&self) -> Duration {
        match self.phase {
            Phase::NotAuthenticated => self.login_until.saturating_duration_since(Instant::now()),
            _ => self.server.limits.silence,
        }
    }

    /// A whole command.
    async fn handle_line(&mut self, bytes: &Bytes) -> Result<After, Gone> {
        self.pace.keep().await;
        if is_blank(bytes) {
            // Some clients send one line end too many behind a literal.
            return Ok(After::GoOn);
        }
        if self.wire.names() == NameEncoding::Utf8 && !is_utf8(bytes) {
            return self.answer_not_utf8(bytes).await;
        }
        match Command::parse(bytes, &self.parse_options()) {
            Ok(command) => self.handle(command).await,
            Err(error) => self.answer_bad(&error).await,
        }
    }

    fn parse_options(&self) -> ParseOptions {
        let mut options = ParseOptions::default();
        options.names = self.wire.names();
        options
    }

    /// What stands in front of a literal that is too large to keep: the message of an `APPEND`, or nothing that is
    /// taken.
    async fn handle_head(&mut self, bytes: &Bytes, size: u64, asking: Asking) -> Result<After, Gone> {
        self.pace.keep().await;
        let coming = Some((size, asking));
        let TaggedCommand { tag, command } = match Command::parse_head(bytes, &self.parse_options()) {
            Ok(command) => command,
            Err(error) => {
                self.skip_literal(size, asking).await?;
                return self.answer_bad(&error).await;
            }
        };
        let ending = Ending::of(&command);
        let handled = match command {
            command if self.enabled.uid_only && command::uid_only::needs_numbers(&command) => {
                self.skip_literal(size, asking).await?;
                Ok(command::uid_only::refusal())
            }
            Command::Append { mailbox, messages } => {
                command::append::handle(self, &mailbox, messages, coming).await
            }
            Command::Replace { replaced, mailbox, message } => {
                command::replace::handle(self, replaced, &mailbox, *message, coming).await
            }
            _ => {
                self.skip_literal(size, asking).await?;
                Ok(Reply::bad("the literal is too large"))
            }
        };
        self.finish(tag, handled, ending).await
    }

    /// Gets past a literal that is not wanted, to the end of its command. One that is not worth reading ends the
    /// connection.
    pub(crate) async fn skip_literal(&mut self, size: u64, asking: Asking) -> Result<(), Gone> {
        if asking == Asking::Waits {
            self.wire.refuse_literal();
            return Ok(());
        }
        if size > self.server.limits.message_octets || self.phase.store().is_none() {
            return Err(Gone::Dismissed("the literal is too large"));
        }
        loop {
            let silence = self.silence();
            match self.wire.next_frame(silence).await? {
                Frame::Chunk { .. } | Frame::Announced { asks: false, .. } => {}
                Frame::Piece { then: Then::End, .. } => return Ok(()),
                Frame::Piece { then: Then::Literal { size, asks: false }, .. }
                    if size <= self.server.limits.message_octets => {}
                Frame::Piece { then: Then::Literal { asks: true, .. }, .. }
                | Frame::Announced { asks: true, .. } => {
                    self.wire.refuse_literal();
                    return Ok(());
                }
                _ => return Err(Gone::Dismissed("the literal is too large")),
            }
        }
    }

    async fn handle(&mut self, command: TaggedCommand) -> Result<After, Gone> {
        let TaggedCommand { tag, command } = command;
        tracing::debug!(command = loggable(&command).map(tracing::field::display), "command");
        match self.wire.conduct().map_or(Course::CarryOut, |conduct| conduct.command(&command)) {
            Course::CarryOut => {}
            Course::ForgetTheRest => self.wire.forget_input(),
            Course::Answer { status, text } => {
                self.wire.send(&Response::Tagged(Tagged { tag, status, code: None, text })).await?;
                return Ok(After::GoOn);
            }
            Course::HangUp => return Err(Gone::Closed),
        }
        let ending = Ending::of(&command);
        let own = self.watch.as_ref().and_then(|_| Own::of(&command));
        let handled = match self.phase.admit(command.states()) {
            Ok(()) if self.enabled.uid_only && command::uid_only::needs_numbers(&command) => {
                Ok(command::uid_only::refusal())
            }
            Ok(()) => {
                if command::condstore::announces(&command) {
                    self.enable(self.enabled.with_condstore()).await?;
                }
                command::dispatch(self, &tag, command).await
            }
            Err(refusal) => Err(refusal),
        };
        let is_done = matches!(&handled, Ok(reply) if reply.status == TaggedStatus::Ok);
        if let (true, Some(own), Some(watch), Some(store)) =
            (is_done, own, &mut self.watch, self.phase.store())
        {
            watch.did(&own, store.delimiter());
        }
        self.finish(tag, handled, ending).await
    }

    /// Tells the news of the mailbox, then how the command ended.
    async fn finish(&mut self, tag: Tag, handled: Handled, ending: Ending) -> Result<After, Gone> {
        let reply = match handled {
            Ok(reply) => reply,
            Err(Failure::Gone(gone)) => return Err(gone),
            Err(Failure::Store(error)) => Reply::from_store(&error),
            Err(Failure::Refused(reply)) => reply,
        };
        let made = self.made_here(&reply);
        let telling = match (self.telling(), ending.removal) {
            (Telling::Nothing, Removal::Possible) => Telling::Removals,
            (telling, _) => telling,
        };
        self.tell_at_end(ending.renumbering, telling, &made).await?;
        if reply.status == TaggedStatus::Bad {
            self.count_bad()?;
        } else {
            self.bad_commands = 0;
        }
        let Reply { status, code, text, after, .. } = reply;
        let tagged = Tagged { tag, status, code, text: Text::from_static(text) };
        self.wire.send(&Response::Tagged(tagged)).await?;
        Ok(after)
    }

    /// How many messages a command may be about.
    pub(crate) fn message_limit(&self) -> MessageLimit {
        MessageLimit::new(self.server.limits.command_messages)
    }

    /// The messages that a command has made in the selected mailbox.
    fn made_here(&mut self, reply: &Reply) -> UidSet {
        let Some(selected) = self.phase.selected() else { return UidSet::new() };
        let made = reply.made.as_ref().filter(|made| made.mailbox == selected.mailbox.id());
        made.map(|made| made.uids.clone()).unwrap_or_default()
    }

    async fn answer_bad(&mut self, error: &CommandError) -> Result<After, Gone> {
        self.count_bad()?;
        // It holds nothing of what the client sent, which may have been a password.
        let text = Text::from(error.to_string());
        let response = match &error.tag {
            Some(tag) => {
                Response::Tagged(Tagged { tag: tag.clone(), status: TaggedStatus::Bad, code: None, text })
            }
            None => Response::Status(Status { kind: StatusKind::Bad, code: None, text }),
        };
        self.wire.send(&response).await?;
        Ok(After::GoOn)
    }

    /// To a command with octets outside of literals that are no UTF-8, once that is what strings are in
    /// (RFC 6855 section 3).
    async fn answer_not_utf8(&mut self, bytes: &Bytes) -> Result<After, Gone> {
        self.count_bad()?;
        let text = Text::from_static("strings are in UTF-8 here");
        let end = bytes.iter().position(|octet| *octet == b' ').unwrap_or(0);
        let response = match Tag::new(bytes.slice(..end)) {
            Ok(tag) => Response::Tagged(Tagged { tag, status: TaggedStatus::Bad, code: None, text }),
            Err(_) => Response::Status(Status { kind: StatusKind::Bad, code: None, text }),
        };
        self.wire.send(&response).await?;
        Ok(After::GoOn)
    }

    fn count_bad(&mut self) -> Result<(), Gone> {
        self.bad_commands += 1;
        if self.bad_commands > self.server.limits.bad_commands {
            return Err(Gone::Dismissed("too many commands that cannot be carried out"));
        }
        Ok(())
    }

    /// The same connection under TLS. What was said before is forgotten (RFC 9051 section 6.2.1).
    async fn start_tls(mut self) -> Result<Self, Gone> {
        self.wire.flush().await?;
        if !self.wire.is_drained() {
            // Somebody in between may have sent it, to be believed after the handshake (RFC 9051 section 11.1).
            return Err(Gone::Injected);
        }
        let wire = self.server.start_tls(self.wire, self.login_until).await?;
        Ok(Self::new(self.server, wire, Privacy::Encrypted, self.login_until))
    }
}

/// What may be told at the end of a command.
#[derive(Clone, Copy)]
struct Ending {
    renumbering: Renumbering,
    removal: Removal,
}

/// Whether a command can remove messages of the selected mailbox. Its numbers have to follow then, whatever the client
/// wants to be told.
#[derive(Clone, Copy)]
enum Removal {
    Possible,
    Impossible,
}

impl Ending {
    /// Messages are not renumbered where a command names some by number and is a search (RFC 7162 section 3.2.10.2).
    fn of(command: &Command) -> Self {
        let searches_numbers = matches!(command, Command::Search { .. }) && command.uses_numbers();
        Self {
            renumbering: match command.permits_expunge() && !searches_numbers {
                true => Renumbering::Allowed,
                false => Renumbering::Held,
            },
            removal: match command {
                Command::Expunge
                | Command::UidExpunge(_)
                | Command::Move { .. }
                | Command::Replace { .. } => Removal::Possible,
                _ => Removal::Impossible,
            },
        }
    }
}

/// The name of a command that is known. Any other is text of the client: a password, if it believes that POP3 is
/// spoken.
fn loggable(command: &Command) -> Option<String> {
    match command {
        Command::Unknown { .. } => None,
        known => Some(known.name().into_owned()),
    }
}

/// Why the answering of commands stopped.
enum Served {
    LoggedOut,
    StartTls,
    Compress,
}

/// The largest literal that comes without waiting under LITERAL- (RFC 7888 section 5).
const LITERAL_MINUS: u64 = 4096;

/// Whether a client waits to be asked for the literal it has announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    /// `{n}`
    Waits,
    /// `{n+}`: it comes at once (RFC 7888).
    Comes,
}

impl Asking {
    pub(crate) fn new(asks: bool) -> Self {
        if asks { Self::Waits } else { Self::Comes }
    }
}

/// The last words to a client.
pub(crate) fn bye(text: &'static str) -> Response {
    status(StatusKind::Bye, None, text)
}

/// An untagged OK, for what its code says.
pub(crate) fn told(code: ResponseCode, text: &'static str) -> Response {
    status(StatusKind::Ok, Some(code), text)
}

/// An untagged NO, for what its code says.
fn untagged_no(code: ResponseCode, text: &'static str) -> Response {
    status(StatusKind::No, Some(code), text)
}

fn status(kind: StatusKind, code: Option<ResponseCode>, text: &'static str) -> Response {
    Response::Status(Status { kind, code, text: Text::from_static(text) })
}

/// Whether all of a command but its literals is UTF-8. Looks at each octet once.
fn is_utf8(command: &[u8]) -> bool {
    let mut rest = command;
    loop {
        let end = rest.iter().position(|octet| *octet == b'\n').map_or(rest.len(), |end| end + 1);
        let (line, behind) = rest.split_at(end);
        if std::str::from_utf8(line).is_err() {
            return false;
        }
        match literal_size(line) {
            Some(size) if size < behind.len() => rest = &behind[size..],
            Some(_) => return true,
            None if behind.is_empty() => return true,
            None => rest = behind,
        }
    }
}

/// How large the literal is that a line announces at its end.
fn literal_size(line: &[u8]) -> Option<usize> {
    let announcement = line.trim_ascii_end().strip_suffix(b"}")?;
    let announcement = announcement.strip_suffix(b"+").unwrap_or(announcement);
    let digits = announcement
        .rsplit(|octet| *octet == b'{')
        .next()
        .filter(|digits| digits.len() < announcement.len())?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether a line is nothing but its end.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|octet| matches!(octet, b'\r' | b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_literals_is_utf8() {
        for (command, expected) in [
            (&b"a SELECT x\r\n"[..], true),
            ("a SELECT \"旅行\"\r\n".as_bytes(), true),
            (b"a SELECT \"\xe9\"\r\n", false),
            (b"a SELECT {1}\r\n\xe9\r\n", true),
            (b"a SELECT {1+}\r\n\xe9\r\n", true),
            (b"a SELECT {1}\r\n\xe9\xe9\r\n", false),
            (b"a LOGIN {1}\r\n\xe9 {2}\r\n\xe9\xe9 \"\xe9\"\r\n", false),
            (b"a SELECT {99}\r\n\xe9", true),
            (b"a SELECT {99999999999999999999}\r\n\xe9", false),
            (b"", true),
        ] {
            assert_eq!(is_utf8(command), expected, "{}", command.escape_ascii());
        }
    }

    #[test]
    fn what_a_client_says_is_not_logged() {
        for (line, name) in [("PASS secret\r\n", None), ("a NOOP\r\n", Some("NOOP"))] {
            let command = Command::parse(&Bytes::from(line), &ParseOptions::default()).unwrap().command;
            assert_eq!(loggable(&command).as_deref(), name, "{line}");
        }
    }
}

//! A command from its tag to its answer.

use std::collections::VecDeque;
use std::io::Read as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use tayori_proto::response::TaggedStatus;
use tayori_proto::transcript::unescape;
use tayori_proto::types::Tag;
use zeroize::Zeroizing;

use super::{Happened, Talk};
use crate::commands::shell::entry::{TypedCommand, user_of_plain};
use crate::commands::shell::known::{Meaning, State};
use crate::commands::shell::lines::{Echo, Line};
use crate::commands::shell::outgoing::{LiteralContent, OutgoingLiteral, Step, Unreadable, steps};
use crate::commands::shell::record::{MASK, MASK_IN_BASE64};
use crate::escape::{escape_bounded, escape_str};
use crate::exit::Exit;
use crate::failure::Failure;

/// Octets of a file that are read and sent in one go.
const PIECE: usize = 64 << 10;

/// How long the server may take to close after LOGOUT.
const FAREWELL: Duration = Duration::from_secs(2);

/// Where a person has to answer, and how.
const HOW_TO_ANSWER: [&str; 2] = [
    "text is put into base64, \\0 is NUL; = in front sends base64 as it is;",
    "{?} asks for the password; ? answers for PLAIN and LOGIN; * cancels",
];

/// What has become of a command that is being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    GoesOn,
    /// Nothing more of it is sent.
    GivenUp,
}

impl Talk {
    /// Sends a command and waits for its answer. Fails where it cannot be sent, or not to its end.
    pub(super) async fn command(&mut self, command: TypedCommand) -> Result<Option<TaggedStatus>, Failure> {
        self.command_with(command, VecDeque::new()).await
    }

    /// The same with lines that are sent where the server asks for more.
    pub(super) async fn command_with(
        &mut self,
        command: TypedCommand,
        mut answers: VecDeque<Vec<u8>>,
    ) -> Result<Option<TaggedStatus>, Failure> {
        if self.connection.is_none() {
            let name = command.name_shown().into_owned();
            return Err(Failure::new(
                Exit::Network,
                format!("{name} was not sent, since there is no connection"),
            )
            .hint(".connect begins a new one"));
        }
        let password = match command.asks() {
            true => Some(self.server.password().await?),
            false => None,
        };
        let tag = command.tag.clone().unwrap_or_else(|| super::tag(self.last_tag.saturating_add(1)));
        let name = command.name.clone();
        let mechanism = command.second_word();
        let octets = command.octets(&tag);
        let user = command.user();
        let steps = steps(command, &tag, &self.known, password.as_ref()).map_err(unreadable)?;
        // The shell goes on behind a tag that is like its own, so that no two are alike.
        let number = tag.as_bytes().strip_prefix(b"a").and_then(|digits| std::str::from_utf8(digits).ok());
        self.last_tag = self.last_tag.max(number.and_then(|digits| digits.parse().ok()).unwrap_or(0));
        self.hearing.forget_literals();
        self.known.sent(tag.clone(), name.clone(), octets.as_ref().map(|octets| &octets[..]), Instant::now());
        drop(octets);
        if let Some(user) = user {
            self.known.logs_in(user);
        }
        self.answer = None;
        if self.send(steps, &tag).await? == Sending::GivenUp {
            return Ok(self.answer_to(&tag));
        }
        loop {
            // It may have come while something else was waited for: the octets of a literal, or somebody who types.
            if let Some(status) = self.answer_to(&tag) {
                if self.known.state == State::Logout {
                    self.farewell().await;
                }
                return Ok(Some(status));
            }
            match self.wait().await {
                Happened::Said(Meaning::Continue(challenge)) => match &name[..] {
                    "IDLE" => self.idle(&tag, &mut answers).await,
                    "AUTHENTICATE" => self.respond(&tag, &mechanism, &challenge, &mut answers).await?,
                    _ => self.more(&tag, &mut answers).await,
                },
                Happened::Said(_) | Happened::Sent => {}
                Happened::Over => return Ok(None),
                Happened::Interrupted => {
                    self.view.tell("the answer is not waited for any more; it is shown when it comes");
                    return Ok(None);
                }
            }
        }
    }

    /// The answer to a command, if it is the last that was answered.
    fn answer_to(&self, tag: &Tag) -> Option<TaggedStatus> {
        self.answer.as_ref().filter(|(answered, _)| answered == tag).map(|(_, status)| *status)
    }

    /// Sends the steps of a command. It is given up before all was sent where a literal was refused, say.
    async fn send(&mut self, steps: Vec<Step>, tag: &Tag) -> Result<Sending, Failure> {
        let mut begun = false;
        for step in steps {
            match step {
                Step::Line(line) => {
                    let is_behind_literal = std::mem::replace(&mut begun, true);
                    match is_behind_literal {
                        false => self.record.command(&line.kept),
                        true => self.record.client(&line.kept),
                    }
                    if !is_behind_literal || !line.shown.is_empty() {
                        self.view.client(&line.shown);
                    }
                    self.put(&line.octets);
                }
                Step::Literal(literal) => {
                    if literal.waits && self.may_go_on(tag).await == Sending::GivenUp
                        || self.literal(literal).await? == Sending::GivenUp
                    {
                        return Ok(Sending::GivenUp);
                    }
                }
            }
        }
        Ok(Sending::GoesOn)
    }

    /// Waits until the server asks for a literal. If it does not, the command is over.
    async fn may_go_on(&mut self, tag: &Tag) -> Sending {
        while self.answer_to(tag).is_none() {
            match self.wait().await {
                Happened::Said(Meaning::Continue(_)) => return Sending::GoesOn,
                Happened::Said(_) | Happened::Sent => {}
                Happened::Over => break,
                Happened::Interrupted => {
                    self.view.tell("the literal was not sent; the server still waits for it");
                    break;
                }
            }
        }
        Sending::GivenUp
    }

    /// Sends a literal to its end, also where the command is answered before: the server waits for its octets all the
    /// same (RFC 7888 section 4).
    async fn literal(&mut self, literal: OutgoingLiteral) -> Result<Sending, Failure> {
        let OutgoingLiteral { content, size, secret, .. } = literal;
        if secret {
            self.view.client_literal(MASK);
            self.record.client(MASK.as_bytes());
        }
        match content {
            LiteralContent::Octets(octets) => {
                if !secret {
                    self.view.client_literal(&octets_shown(size));
                    self.record.client(&octets);
                }
                self.put(&octets);
            }
            LiteralContent::File(file, path) => {
                let path = path.to_string_lossy().into_owned();
                if !secret {
                    self.view.client_literal(&format!("{} of {}", octets_shown(size), escape_str(&path)));
                }
                // Never more than was announced, should the file have grown.
                let mut file = file.take(size);
                let mut left = size;
                let mut piece = vec![0; PIECE];
                while left > 0 {
                    let read = file.read(&mut piece);
                    let octets = match read {
                        Ok(octets @ 1..) => &piece[..octets],
                        // The server waits for octets that never come; anything else would be taken for them.
                        Ok(_) => return Err(self.give_up(&path, "it has become shorter")),
                        Err(error) => return Err(self.give_up(&path, &error.to_string())),
                    };
                    left -= octets.len() as u64;
                    if !secret {
                        self.record.client(octets);
                    }
                    let octets = Zeroizing::new(octets.to_vec());
                    self.put(&octets);
                    if self.drained().await == Sending::GivenUp {
                        return Ok(Sending::GivenUp);
                    }
                }
            }
        }
        Ok(Sending::GoesOn)
    }

    /// Waits until all is on its way, so that what is queued stays small.
    async fn drained(&mut self) -> Sending {
        loop {
            match self.wait().await {
                Happened::Sent => return Sending::GoesOn,
                Happened::Said(_) => {}
                Happened::Over => return Sending::GivenUp,
                Happened::Interrupted => {
                    self.view.tell("the connection is closed, since the literal was not sent to its end");
                    self.close();
                    return Sending::GivenUp;
                }
            }
        }
    }

    /// The server closes the connection now; one that does not is not waited for.
    async fn farewell(&mut self) {
        let closed = async { while !matches!(self.wait().await, Happened::Over | Happened::Interrupted) {} };
        if tokio::time::timeout(FAREWELL, closed).await.is_err() {
            self.close();
        }
    }

    fn give_up(&mut self, path: &str, why: &str) -> Failure {
        self.close();
        let message = format!("{} cannot be sent to its end: {}", escape_str(path), escape_str(why));
        Failure::new(Exit::Disk, message).hint("the connection is closed; .connect begins a new one")
    }

    fn put(&mut self, octets: &[u8]) {
        if let Some(connection) = &mut self.connection {
            connection.send(octets);
        }
    }

    /// Shows what happens until a line is typed, and ends the IDLE then (RFC 9051 section 6.3.13).
    async fn idle(&mut self, tag: &Tag, answers: &mut VecDeque<Vec<u8>>) {
        if answers.pop_front().is_none() {
            let prompt = |_: &Self| "idling, Enter ends it> ".to_owned();
            let line = self.read(prompt, Echo::On, |talk| !talk.is_pending(tag)).await;
            if !self.is_pending(tag) {
                if let Line::Typed(line) = line {
                    self.put_back = Some(line);
                }
                return;
            }
            if let Line::Typed(line) = line
                && !line.trim_ascii().is_empty()
                && !line.trim_ascii().eq_ignore_ascii_case(b"DONE")
            {
                self.put_back = Some(line);
            }
        }
        self.view.client(b"DONE");
        self.record.client(b"DONE\r\n");
        self.put(b"DONE\r\n");
    }

    /// Answers a challenge (RFC 9051 section 6.2.2). All of it is secret. What is typed when the command is over,
    /// because the server has given up waiting, is an answer to nothing and goes nowhere.
    async fn respond(
        &mut self,
        tag: &Tag,
        mechanism: &str,
        challenge: &[u8],
        answers: &mut VecDeque<Vec<u8>>,
    ) -> Result<(), Failure> {
        if self.manner == super::Manner::Interactive {
            self.view.tell(&HOW_TO_ANSWER.join("\n"));
        }
        let line = loop {
            let typed = match answers.pop_front() {
                // What was kept is a mask.
                Some(answer) if answer.trim_ascii() == MASK_IN_BASE64.as_bytes() => {
                    Zeroizing::new(b"?".to_vec())
                }
                Some(answer) => Zeroizing::new([b"=", answer.trim_ascii()].concat()),
                None => {
                    let prompt = |_: &Self| "answer> ".to_owned();
                    let line = self.read(prompt, Echo::Off, |talk| !talk.is_pending(tag)).await;
                    if !self.is_pending(tag) {
                        return Ok(());
                    }
                    match line {
                        Line::Typed(typed) => typed,
                        // Nobody has an answer.
                        Line::Interrupted | Line::Withdrawn | Line::Open | Line::End | Line::Failed(_) => {
                            Zeroizing::new(b"*".to_vec())
                        }
                    }
                }
            };
            match self.answer(mechanism, challenge, &typed).await {
                Ok(line) => break line,
                Err(failure) => {
                    self.complain(&failure);
                    if self.manner == super::Manner::Script {
                        break Zeroizing::new(b"*".to_vec());
                    }
                }
            }
        };
        if let Some(user) = user_of(mechanism, challenge, &line) {
            self.known.logs_in(user);
        }
        let cancelled = &line[..] == b"*";
        let (shown, kept) = if cancelled { ("*", "*") } else { (MASK, MASK_IN_BASE64) };
        self.view.client(shown.as_bytes());
        self.record.client(format!("{kept}\r\n").as_bytes());
        self.put(&line);
        self.put(b"\r\n");
        Ok(())
    }

    /// The line that answers a challenge.
    async fn answer(
        &mut self,
        mechanism: &str,
        challenge: &[u8],
        typed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if typed == b"*" {
            return Ok(Zeroizing::new(typed.to_vec()));
        }
        if let Some(raw) = typed.strip_prefix(b"=") {
            return Ok(Zeroizing::new(raw.to_vec()));
        }
        let typed = match typed {
            b"?" => Zeroizing::new(self.usual_answer(mechanism, challenge)?.into_bytes()),
            typed => Zeroizing::new(typed.to_vec()),
        };
        let text = std::str::from_utf8(&typed).map_err(|_| {
            Failure::new(Exit::Usage, "the answer is not UTF-8").hint("write octets as \\xNN")
        })?;
        let mut answer = Zeroizing::new(Vec::new());
        for (index, piece) in text.split("{?}").enumerate() {
            if index > 0 {
                let password = self.server.password().await?;
                answer.extend_from_slice(&password);
            }
            let octets = unescape(piece).map_err(|error| {
                Failure::new(Exit::Usage, format!("the answer cannot be read: {error}"))
                    .hint(HOW_TO_ANSWER.join(" "))
            })?;
            answer.extend_from_slice(&Zeroizing::new(octets));
        }
        let encoded = base64::engine::general_purpose::STANDARD.encode(&answer);
        Ok(Zeroizing::new(encoded.into_bytes()))
    }

    /// What the two simple mechanisms want to hear, with a place for the password.
    fn usual_answer(&self, mechanism: &str, challenge: &[u8]) -> Result<String, Failure> {
        let user = self.server.user().replace('\\', "\\\\").replace("{?}", "\\x7b?}");
        let no_user = || {
            Failure::new(Exit::Usage, "the place names no user")
                .hint("write imaps://user@host/, or type the answer")
        };
        match mechanism {
            "PLAIN" if user.is_empty() => Err(no_user()),
            "PLAIN" => Ok(format!("\\0{user}\\0{{?}}")),
            "LOGIN" => match asks_for_user(challenge) {
                true if user.is_empty() => Err(no_user()),
                true => Ok(user),
                false => Ok("{?}".to_owned()),
            },
            _ => {
                let message = format!("? has no answer for {}", escape_str(mechanism));
                Err(Failure::new(Exit::Usage, message).hint(HOW_TO_ANSWER.join(" ")))
            }
        }
    }

    /// The server asks for more of a command that is complete. What is typed next goes out as it is.
    async fn more(&mut self, tag: &Tag, answers: &mut VecDeque<Vec<u8>>) {
        let line = match answers.pop_front() {
            Some(answer) => answer.strip_suffix(b"\r\n").unwrap_or(&answer).to_vec(),
            None => {
                let prompt = |_: &Self| "more> ".to_owned();
                let line = self.read(prompt, Echo::On, |talk| !talk.is_pending(tag)).await;
                match line {
                    Line::Typed(line) if self.is_pending(tag) => line.to_vec(),
                    Line::Typed(line) => {
                        self.put_back = Some(line);
                        return;
                    }
                    _ if !self.is_pending(tag) => return,
                    _ => Vec::new(),
                }
            }
        };
        self.view.client(&line);
        let line = [&line[..], b"\r\n"].concat();
        self.record.client(&line);
        self.put(&line);
    }
}

/// Who an answer says is logging in.
fn user_of(mechanism: &str, challenge: &[u8], answer: &[u8]) -> Option<String> {
    match mechanism {
        "PLAIN" => user_of_plain(answer),
        "LOGIN" if asks_for_user(challenge) => {
            String::from_utf8(base64::engine::general_purpose::STANDARD.decode(answer).ok()?).ok()
        }
        _ => None,
    }
}

/// Whether this challenge of the mechanism LOGIN asks for the user, and not for the password.
fn asks_for_user(challenge: &[u8]) -> bool {
    let asked = base64::engine::general_purpose::STANDARD.decode(challenge).unwrap_or_default();
    asked.to_ascii_lowercase().starts_with(b"user")
}

fn octets_shown(size: u64) -> String {
    match size {
        1 => "1 octet".to_owned(),
        size => format!("{size} octets"),
    }
}

fn unreadable(Unreadable { path, cause }: Unreadable) -> Failure {
    let path = escape_bounded(path.to_string_lossy().as_bytes(), 200);
    Failure::new(Exit::Disk, format!("cannot read {path}: {}", escape_str(&cause.to_string())))
        .hint("nothing was sent; a literal needs a plain file, whose size is known")
}

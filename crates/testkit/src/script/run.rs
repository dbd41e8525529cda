use std::time::{Duration, Instant};

use bytes::Bytes;
use tayori_proto::command::{
    AppendMessage, Command, NewMessage, ParseOptions, SaslReply, TaggedCommand, parse_idle_done,
    parse_sasl_reply,
};
use tayori_proto::session::{CommandId, Session, State};
use tayori_proto::types::NonEmpty;

use super::parse::{Missing, tags};
use super::{Chunking, CommandStep, Log, Script, ScriptError, StepKind};

/// How long the server may be silent; no time passes by itself here.
const SILENCE: Duration = Duration::from_secs(60);

pub(super) fn run(script: &Script, chunking: Chunking) -> Result<Log, ScriptError> {
    let now = Instant::now();
    let mut runner = Runner {
        session: Session::new(script.limits.clone(), script.channel, tags(), SILENCE, now),
        now,
        log: Log::default(),
        shown_state: String::new(),
        shown_capabilities: String::new(),
        expected: Vec::new(),
        sent: Vec::new(),
        command: None,
        heard: 0,
        chunking,
    };
    let begins = script.steps.iter().any(|step| matches!(step.kind, StepKind::Begin));
    runner.log.mute(begins);
    for step in &script.steps {
        let differs = |runner: &Runner, problem| ScriptError::Differs {
            name: script.name.clone(),
            line: step.line,
            chunking,
            problem,
            log: runner.log.to_string(),
        };
        match runner.step(&step.kind) {
            Ok(Go::On) => {}
            Ok(Go::Cut) => return Ok(runner.log),
            Err(problem) => return Err(differs(&runner, problem)),
        }
    }
    runner.end().map_err(|problem| ScriptError::Differs {
        name: script.name.clone(),
        line: script.steps.last().map_or(0, |step| step.line),
        chunking,
        problem,
        log: runner.log.to_string(),
    })?;
    Ok(runner.log)
}

struct Runner {
    session: Session,
    now: Instant,
    log: Log,
    shown_state: String,
    shown_capabilities: String,
    /// What the last command should have sent, as the script has it.
    expected: Vec<u8>,
    /// What came since the last command was complete.
    sent: Vec<u8>,
    command: Option<Current>,
    /// Octets of the server that the session was given.
    heard: usize,
    chunking: Chunking,
}

struct Current {
    id: CommandId,
    streamed: bool,
    idles: bool,
}

enum Go {
    On,
    Cut,
}

impl Runner {
    fn step(&mut self, step: &StepKind) -> Result<Go, String> {
        match step {
            StepKind::Server(octets) => return self.hear(octets),
            StepKind::Command(command) => self.begin_command(command)?,
            StepKind::More(octets) => self.go_on(octets)?,
            StepKind::EndOfInput => {
                self.show_state();
                self.log.note("> end of input".to_owned());
                self.session.end_of_input();
                self.settle()?;
            }
            StepKind::Silence => {
                self.show_state();
                self.log.note("> silence".to_owned());
                self.now += SILENCE;
                self.session.handle_deadline(self.now);
                self.settle()?;
            }
            StepKind::Begin => {
                self.log.mute(false);
                self.shown_state.clear();
                self.show_state();
            }
        }
        Ok(Go::On)
    }

    fn end(&mut self) -> Result<(), String> {
        self.show_state();
        if self.sent.is_empty() || Missing::of(&self.expected) == Missing::of(&self.sent) {
            return Ok(());
        }
        Err(format!("sent, and not in the script: \"{}\"", self.sent.escape_ascii()))
    }

    fn hear(&mut self, octets: &[u8]) -> Result<Go, String> {
        let begin = self.heard;
        let within = |place: usize| place.checked_sub(begin).filter(|&place| place < octets.len());
        match self.chunking {
            Chunking::Whole => self.feed(octets)?,
            Chunking::SplitAt(place) => {
                let (first, second) = octets.split_at(within(place).unwrap_or(0));
                self.feed(first)?;
                self.feed(second)?;
            }
            Chunking::Pieces(size) => {
                for piece in octets.chunks(size.max(1)) {
                    self.feed(piece)?;
                }
            }
            Chunking::CutAt(place) => match within(place) {
                Some(place) => {
                    self.feed(&octets[..place])?;
                    self.session.end_of_input();
                    self.settle()?;
                    return Ok(Go::Cut);
                }
                None => self.feed(octets)?,
            },
        }
        self.heard += octets.len();
        Ok(Go::On)
    }

    fn feed(&mut self, octets: &[u8]) -> Result<(), String> {
        self.session.feed(octets, self.now);
        self.settle()
    }

    /// Takes all that the session has to say, to us and to the server.
    fn settle(&mut self) -> Result<(), String> {
        loop {
            let mut quiet = true;
            while let Some(event) = self.session.next_event() {
                self.log.event(&event)?;
                quiet = false;
            }
            let output = self.session.take_output();
            if !output.is_empty() {
                self.sent.extend_from_slice(&output);
                self.session.wrote(output.len(), self.now);
                quiet = false;
            }
            if quiet {
                return Ok(());
            }
        }
    }

    fn begin_command(&mut self, step: &CommandStep) -> Result<(), String> {
        if !self.sent.is_empty() && Missing::of(&self.sent) != Missing::of(&self.expected) {
            return Err(format!("sent, and not in the script: \"{}\"", self.sent.escape_ascii()));
        }
        self.sent.clear();
        self.expected.clear();
        self.show_state();
        let TaggedCommand { tag, mut command } = parse(&step.whole)?;
        self.log.note(format!("> {} {}", step.tag, command.name()));
        if step.streamed
            && let Command::Append { mailbox, messages } = &command
            && let [only] = &messages[..]
            && let AppendMessage::Inline(octets) = &only.message
        {
            let message = AppendMessage::Streamed { size: octets.len() as u64 };
            let messages = NonEmpty::one(NewMessage { message, ..only.clone() });
            command = Command::Append { mailbox: mailbox.clone(), messages };
        }
        let idles = matches!(command, Command::Idle);
        let id = self.session.enqueue(command, step.together).map_err(|error| error.to_string())?;
        let real = String::from_utf8_lossy(tag.as_bytes()).into_owned();
        self.log.name_command(id, real, step.tag.clone());
        self.command = Some(Current { id, streamed: step.streamed, idles });
        self.settle()?;
        self.expected.extend_from_slice(&step.line);
        self.compare()
    }

    fn go_on(&mut self, octets: &Bytes) -> Result<(), String> {
        let Some(Current { id, streamed, idles }) = self.command else {
            return Err("no command was begun".to_owned());
        };
        if self.expected.is_empty() {
            return if idles { self.end_idle(id, octets) } else { self.reply(id, octets) };
        }
        if streamed && let Missing::Literal { octets: left, .. } = Missing::of(&self.expected) {
            let literal = octets.slice(..octets.len().min(left));
            self.session.provide(id, &literal).ok_or("the octets of the literal are not wanted")?;
            self.settle()?;
        }
        self.expected.extend_from_slice(octets);
        self.compare()
    }

    /// Says DONE, which may have to wait until the server idles.
    fn end_idle(&mut self, id: CommandId, line: &Bytes) -> Result<(), String> {
        parse_idle_done(line).map_err(|error| error.to_string())?;
        if !self.session.end_idle(id) {
            return Err("there is no IDLE to end".to_owned());
        }
        self.settle()?;
        let sent = Bytes::from(std::mem::take(&mut self.sent));
        parse_idle_done(&sent).map_err(|_| format!("expected DONE, sent \"{}\"", sent.escape_ascii()))
    }

    /// Answers a challenge.
    fn reply(&mut self, id: CommandId, line: &Bytes) -> Result<(), String> {
        let reply = parse_sasl_reply(line).map_err(|error| error.to_string())?;
        let message = match &reply {
            SaslReply::Response(message) => Some(message),
            SaslReply::Cancel => None,
        };
        if !self.session.respond(id, message) {
            return Err("no challenge waits for an answer".to_owned());
        }
        self.settle()?;
        let sent = Bytes::from(std::mem::take(&mut self.sent));
        if parse_sasl_reply(&sent).as_ref() != Ok(&reply) {
            return Err(format!("expected {reply:?}, sent \"{}\"", sent.escape_ascii()));
        }
        Ok(())
    }

    /// Compares what was sent with what the script has up to here.
    fn compare(&mut self) -> Result<(), String> {
        let missing = Missing::of(&self.expected);
        if matches!(missing, Missing::LineEnd | Missing::Literal { waits: false, .. }) {
            // The next line of the script has the rest, which may be sent already.
            return Ok(());
        }
        if Missing::of(&self.sent) != missing {
            return Err(format!(
                "expected \"{}\", sent \"{}\"",
                self.expected.escape_ascii(),
                self.sent.escape_ascii()
            ));
        }
        if missing != Missing::Nothing {
            return Ok(());
        }
        let expected = parse(&std::mem::take(&mut self.expected).into())?;
        let sent = parse(&std::mem::take(&mut self.sent).into())?;
        if sent != expected {
            return Err(format!("expected {expected:?}, sent {sent:?}"));
        }
        Ok(())
    }

    fn show_state(&mut self) {
        let state = match self.session.state() {
            State::Selected(selected) => format!("= {selected:?}"),
            State::Selecting(_, selected) => format!("= selecting {:?}", selected.name()),
            other => format!("= {other:?}"),
        };
        if state != self.shown_state {
            self.log.note(state.clone());
            self.shown_state = state;
        }
        let capabilities = match self.session.capabilities() {
            Some(capabilities) => format!("= {capabilities:?}"),
            None => String::new(),
        };
        if capabilities != self.shown_capabilities {
            self.log.note(if capabilities.is_empty() {
                "= no Capabilities".to_owned()
            } else {
                capabilities.clone()
            });
            self.shown_capabilities = capabilities;
        }
    }
}

fn parse(command: &Bytes) -> Result<TaggedCommand, String> {
    Command::parse(command, &ParseOptions::default())
        .map_err(|error| format!("\"{}\" is no command: {error}", command.escape_ascii()))
}

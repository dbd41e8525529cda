use tayori_proto::Limits;
use tayori_proto::session::{Channel, Together};
use tayori_proto::transcript::{Line, Said, Side};
use tayori_proto::types::TagPrefix;

use super::{CommandStep, Script, ScriptError, Step, StepKind};
use crate::fixture;

/// The tags of the session start with this.
pub(super) fn tags() -> TagPrefix {
    TagPrefix::from_random(0)
}

pub(super) fn parse(name: &str, text: &str) -> Result<Script, ScriptError> {
    let mut script = parse_lines(name, text)?;
    complete_commands(&mut script)?;
    Ok(script)
}

/// The lines only: a command without its literals, which can be large where nobody sends them.
pub(super) fn parse_lines(name: &str, text: &str) -> Result<Script, ScriptError> {
    let mut reader = Reader {
        script: Script {
            name: name.to_owned(),
            channel: Channel::Tls,
            limits: Limits::default(),
            steps: Vec::new(),
        },
        line: 0,
        tags: command_tags(text),
        flight: false,
        streamed: false,
    };
    for (index, line) in text.lines().enumerate() {
        reader.line = index + 1;
        reader.read_line(line).map_err(|problem| reader.error(problem))?;
    }
    Ok(reader.script)
}

struct Reader {
    script: Script,
    line: usize,
    /// Of all commands, in order.
    tags: Vec<String>,
    flight: bool,
    streamed: bool,
}

/// What stands in front of a dialogue that starts after the login.
const LOGIN: &str = "S: * PREAUTH ready\n";
const SELECT: &str = "C: select SELECT INBOX
S: * 22 EXISTS
S: * 0 RECENT
S: * OK [UIDVALIDITY 3857529045] UIDs valid
S: * OK [UIDNEXT 4392] Predicted next UID
S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
S: select OK [READ-WRITE] SELECT completed
";

fn starts_selected(text: &str) -> bool {
    text.lines().any(|line| line == "! start selected")
}

/// The script's names of the commands, in the order in which they are given to the session.
fn command_tags(text: &str) -> Vec<String> {
    let prologue = if starts_selected(text) { SELECT } else { "" };
    let commands = prologue.lines().chain(text.lines()).filter_map(|line| line.strip_prefix("C: "));
    commands.filter_map(|command| command.split(' ').next()).map(str::to_owned).collect()
}

impl Reader {
    fn error(&self, problem: String) -> ScriptError {
        ScriptError::Written { name: self.script.name.clone(), line: self.line, problem }
    }

    fn read_line(&mut self, line: &str) -> Result<(), String> {
        match Line::read(line).map_err(|error| error.to_string())? {
            Line::Comment(_) => {}
            Line::Said(Side::Server, Said::Line(text)) => {
                let mut octets = self.with_tags(text).into_bytes();
                octets.extend_from_slice(b"\r\n");
                self.server(octets);
            }
            Line::Said(Side::Server, Said::Octets(octets)) => self.server(octets),
            Line::Said(Side::Server, Said::File(path)) => self.server(read_file(path)?),
            Line::Said(Side::Client, Said::Line(text)) => self.command(text)?,
            Line::Said(Side::Client, Said::Octets(octets)) => self.push(StepKind::More(octets.into())),
            Line::Said(Side::Client, Said::File(path)) => self.push(StepKind::More(read_file(path)?.into())),
            Line::Directive(word, value) => self.directive(word, value)?,
        }
        Ok(())
    }

    fn push(&mut self, kind: StepKind) {
        self.script.steps.push(Step { line: self.line, kind });
    }

    fn server(&mut self, octets: Vec<u8>) {
        if let Some(Step { kind: StepKind::Server(before), .. }) = self.script.steps.last_mut() {
            *before = [&before[..], &octets].concat().into();
            return;
        }
        self.push(StepKind::Server(octets.into()));
    }

    fn command(&mut self, line: &str) -> Result<(), String> {
        let (tag, rest) = line.split_once(' ').ok_or("a command has a tag and a name")?;
        let number =
            self.script.steps.iter().filter(|step| matches!(step.kind, StepKind::Command(_))).count();
        // The first command of a session has number 1.
        let real = tags().tag(number as u64 + 1);
        let octets = [real.as_bytes(), b" ", rest.as_bytes(), b"\r\n"].concat();
        let together = if std::mem::take(&mut self.flight) { Together::Flight } else { Together::Careful };
        let streamed = std::mem::take(&mut self.streamed);
        self.push(StepKind::Command(CommandStep {
            tag: tag.to_owned(),
            line: octets.clone().into(),
            whole: octets.into(),
            together,
            streamed,
        }));
        Ok(())
    }

    /// The line with the session's own tags in place of those of the script.
    fn with_tags(&self, line: &str) -> String {
        if line.starts_with(['*', '+']) {
            return line.to_owned();
        }
        let mut words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        for word in words.iter_mut().take(2) {
            if let Some(number) = self.tags.iter().position(|tag| tag == word) {
                let real = tags().tag(number as u64 + 1);
                *word = String::from_utf8_lossy(real.as_bytes()).into_owned();
                break;
            }
        }
        words.join(" ")
    }

    fn directive(&mut self, word: &str, value: &str) -> Result<(), String> {
        let number = || value.parse::<usize>().map_err(|_| format!("{value:?} is no number"));
        match (word, value) {
            ("channel", "tls") => self.script.channel = Channel::Tls,
            ("channel", "trusted") => self.script.channel = Channel::Trusted,
            ("channel", "clear") => self.script.channel = Channel::Clear,
            ("start", "authenticated") => self.prologue(LOGIN)?,
            ("start", "selected") => {
                self.prologue(LOGIN)?;
                self.prologue(SELECT)?;
            }
            ("inline", _) => self.script.limits.inline_literal_octets = number()?,
            ("response", _) => self.script.limits.response_octets = number()?,
            ("nesting", _) => self.script.limits.nesting = number()?,
            ("flight", "") => self.flight = true,
            ("streamed", "") => self.streamed = true,
            ("end", "") => self.push(StepKind::EndOfInput),
            ("silence", "") => self.push(StepKind::Silence),
            (word, "") => return Err(format!("no such directive: {word:?}")),
            (word, value) => return Err(format!("no such directive: {word:?} {value:?}")),
        }
        Ok(())
    }

    fn prologue(&mut self, lines: &str) -> Result<(), String> {
        if self.script.steps.iter().any(|step| !matches!(step.kind, StepKind::Server(_) | StepKind::Begin)) {
            return Err("a dialogue starts once, in front of its first line".to_owned());
        }
        self.script.steps.retain(|step| !matches!(step.kind, StepKind::Begin));
        lines.lines().try_for_each(|line| self.read_line(line))?;
        self.push(StepKind::Begin);
        Ok(())
    }
}

/// Gives each command its literals, which stand further down in the script.
fn complete_commands(script: &mut Script) -> Result<(), ScriptError> {
    let mut command: Option<(usize, Vec<u8>)> = None;
    let mut wholes = Vec::new();
    for (index, step) in script.steps.iter().enumerate() {
        match &step.kind {
            StepKind::Command(next) => {
                wholes.extend(command.replace((index, next.line.to_vec())));
            }
            StepKind::More(octets) => {
                if let Some((_, whole)) = &mut command
                    && Missing::of(whole) != Missing::Nothing
                {
                    whole.extend_from_slice(octets);
                }
            }
            _ => {}
        }
    }
    wholes.extend(command);
    for (index, mut whole) in wholes {
        match Missing::of(&whole) {
            Missing::Nothing => {}
            Missing::Literal { octets, .. } => {
                // Of no meaning, but nothing that could be sent as a quoted string.
                whole.resize(whole.len() + octets, 0xff);
                whole.extend_from_slice(b"\r\n");
            }
            Missing::LineEnd => {
                let problem = "the line of the command does not end".to_owned();
                let Step { line, .. } = script.steps[index];
                return Err(ScriptError::Written { name: script.name.clone(), line, problem });
            }
        }
        if let StepKind::Command(command) = &mut script.steps[index].kind {
            command.whole = whole.into();
        }
    }
    Ok(())
}

/// What a command lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Nothing,
    /// So many octets of a literal, and what follows it.
    Literal {
        octets: usize,
        /// For a continuation request.
        waits: bool,
    },
    LineEnd,
}

impl Missing {
    /// What these octets of one command lack. Octets behind its end count as a line without its end.
    pub(super) fn of(command: &[u8]) -> Self {
        let mut at = 0;
        loop {
            let Some(end) = command[at..].windows(2).position(|octets| octets == b"\r\n") else {
                return Self::LineEnd;
            };
            let line = &command[at..at + end];
            at += end + 2;
            let Some((size, waits)) = announced(line) else {
                return if at == command.len() { Self::Nothing } else { Self::LineEnd };
            };
            at += size;
            if at > command.len() || size == 0 && at == command.len() {
                return Self::Literal { octets: at - command.len(), waits };
            }
        }
    }
}

/// The size of the literal that a line announces at its end, and whether the client waits.
fn announced(line: &[u8]) -> Option<(usize, bool)> {
    let inside = line.strip_suffix(b"}")?;
    let (inside, waits) = inside.strip_suffix(b"+").map_or((inside, true), |inside| (inside, false));
    let digits = inside.iter().rev().take_while(|octet| octet.is_ascii_digit()).count();
    let (text, size) = inside.split_at(inside.len() - digits);
    let size = std::str::from_utf8(size).ok()?.parse().ok()?;
    text.ends_with(b"{").then_some((size, waits))
}

fn read_file(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(fixture::repository().join(path)).map_err(|error| format!("{path}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_lacks() {
        let waits = |octets| Missing::Literal { octets, waits: true };
        let table: &[(&[u8], Missing)] = &[
            (b"a NOOP\r\n", Missing::Nothing),
            (b"a NOOP", Missing::LineEnd),
            (b"a NOOP\r\nb", Missing::LineEnd),
            (b"a X {3}\r\n", waits(3)),
            (b"a X {3+}\r\nab", Missing::Literal { octets: 1, waits: false }),
            (b"a X {3}\r\nabc", Missing::LineEnd),
            (b"a X {3}\r\nabc\r\n", Missing::Nothing),
            (b"a X {0}\r\n", waits(0)),
            (b"a X {0}\r\n\r\n", Missing::Nothing),
            (b"a X {2}\r\n\r\n {1}\r\n", waits(1)),
        ];
        for (command, missing) in table {
            assert_eq!(Missing::of(command), *missing, "{}", command.escape_ascii());
        }
    }

    #[test]
    fn octets_are_exact_but_for_tags() {
        let text = "S: * OK 01 {x}\nC: 01 NOOP\nS\" \\x00\\\\\\r\nS: 01 OK 01\nS: EXPUNGE: 01 OK\nS: 02 OK\n";
        let script = parse("test", text).unwrap();
        let server: Vec<_> = script
            .steps
            .iter()
            .filter_map(
                |step| if let StepKind::Server(octets) = &step.kind { Some(&octets[..]) } else { None },
            )
            .collect();
        assert_eq!(
            server,
            [&b"* OK 01 {x}\r\n"[..], b"\0\\\rtaaaaaa.1 OK 01\r\nEXPUNGE: taaaaaa.1 OK\r\n02 OK\r\n",]
        );
    }

    #[test]
    fn faults_in_a_script_are_named_with_their_line() {
        for (text, problem) in [
            ("S: ok\nX: 1", "test:2: a line cannot begin with \"X:\""),
            ("! nothing", "test:1: no such directive: \"nothing\""),
            ("S\" \\q", "test:1: no such escape: \\q"),
            ("C: 1", "test:1: a command has a tag and a name"),
        ] {
            assert_eq!(parse("test", text).unwrap_err().to_string(), problem);
        }
    }
}

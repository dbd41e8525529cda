//! A saved dialogue, sent again: the same commands, with the answers compared by their status.

use std::collections::VecDeque;
use std::path::Path;

use tayori_proto::response::TaggedStatus;
use tayori_proto::transcript::{Line, Said, Side};

use super::Talk;
use crate::commands::shell::entry::{Content, Entry, Literal, Part, Typed, TypedCommand, Typing};
use crate::commands::shell::record::{MASK, MASK_IN_BASE64};
use crate::escape::{escape_bounded, escape_str};
use crate::exit::Exit;
use crate::failure::Failure;

/// A command of the dialogue.
#[derive(Debug)]
struct Replayed {
    command: TypedCommand,
    /// What the client said where the server asked for more.
    answers: VecDeque<Vec<u8>>,
    /// As the server answered then: `OK`, `NO` or `BAD`; `None` where there is no answer.
    status: Option<&'static str>,
}

impl Talk {
    /// Sends what the client said in this dialogue. Who was there under another tag, or with other passwords, is asked.
    pub(super) async fn replay(&mut self, octets: &[u8], path: &Path) -> Result<(), Failure> {
        let commands = read(octets).map_err(|(line, problem)| {
            let path = escape_bounded(path.to_string_lossy().as_bytes(), 200);
            Failure::new(Exit::Usage, format!("{path}, line {line}: {}", escape_str(&problem)))
                .hint("a dialogue is what .save writes: lines that begin with C: and S:")
        })?;
        let mut differ = Vec::new();
        let count = commands.len();
        self.interrupted = false;
        for Replayed { command, answers, status } in commands {
            let shown = format!(
                "{} {}",
                command.tag.as_ref().map_or(String::new(), ToString::to_string),
                command.name_shown()
            );
            let now = self.command_with(command, answers).await?.map(word);
            if self.interrupted {
                self.view.tell("nothing more of the file is done");
                return Ok(());
            }
            if now != status {
                let then = status.unwrap_or("no answer");
                differ.push(format!(
                    "{}: {then} then, {} now",
                    shown.trim_start(),
                    now.unwrap_or("no answer")
                ));
            }
        }
        self.view.tell(&match differ.is_empty() {
            true => format!("{count} commands, each answered as it was then"),
            false => format!("{count} commands, {} answered otherwise:\n{}", differ.len(), differ.join("\n")),
        });
        Ok(())
    }
}

fn word(status: TaggedStatus) -> &'static str {
    match status {
        TaggedStatus::Ok => "OK",
        TaggedStatus::No => "NO",
        TaggedStatus::Bad => "BAD",
        _ => "another answer",
    }
}

/// Reads a dialogue; what is wrong with it comes with the number of its line.
fn read(octets: &[u8]) -> Result<Vec<Replayed>, (usize, String)> {
    let text = std::str::from_utf8(octets).map_err(|_| (1, "this is not UTF-8".to_owned()))?;
    let mut commands: Vec<Replayed> = Vec::new();
    let mut typing: Option<(Typing, Vec<u8>)> = None;
    for (index, line) in text.lines().enumerate() {
        let wrong = |problem: String| (index + 1, problem);
        let said = match Line::read(line).map_err(|error| wrong(error.to_string()))? {
            Line::Comment(_) | Line::Directive(..) => continue,
            Line::Said(_, Said::File(_)) => return Err(wrong("files are not read here".to_owned())),
            Line::Said(side, Said::Line(text)) => (side, format!("{text}\r\n").into_bytes(), true),
            Line::Said(side, Said::Octets(octets)) => (side, octets, false),
        };
        match said {
            (Side::Server, line, _) => {
                if let Some((tag, status)) = status_of(&line)
                    && let Some(command) = commands.iter_mut().rev().find(|command| {
                        command.status.is_none()
                            && command.command.tag.as_ref().is_some_and(|own| own.as_bytes() == tag)
                    })
                {
                    command.status = Some(status);
                }
            }
            // An answer to a question that the server asked of a whole command.
            (Side::Client, octets, false) if typing.is_none() => match commands.last_mut() {
                Some(command) => command.answers.push_back(octets),
                None => return Err(wrong("no command is in front of this".to_owned())),
            },
            (Side::Client, octets, _) => {
                let (mut reading, mut pending) = typing.take().unwrap_or_default();
                pending.extend_from_slice(&octets);
                let mut done = false;
                // A line at a time, as it would be typed.
                while let Some(end) = memchr::memchr(b'\n', &pending) {
                    let line: Vec<u8> = pending.drain(..=end).collect();
                    let line = line.strip_suffix(b"\n").unwrap_or(&line);
                    let line = unmasked(line.strip_suffix(b"\r").unwrap_or(line));
                    match reading.line(&line).map_err(|error| wrong(error.to_string()))? {
                        Typed::Missing(_) => {}
                        Typed::Entry(Entry::Command(mut command)) => {
                            ask_for_literals(&mut command);
                            let answers = first_answer(&mut command);
                            commands.push(Replayed { command, answers, status: None });
                            done = true;
                        }
                        Typed::Entry(_) => return Err(wrong("this is no command".to_owned())),
                    }
                }
                if !done || !pending.is_empty() {
                    typing = Some((reading, pending));
                }
            }
        }
    }
    Ok(commands)
}

/// The line with the question for a password in the place of a mask.
fn unmasked(line: &[u8]) -> Vec<u8> {
    let mask = format!(" \"{MASK}\"");
    match line.strip_suffix(mask.as_bytes()) {
        Some(front) => [front, b" {?}"].concat(),
        None => line.to_vec(),
    }
}

/// The same for a mask in a literal, with its announcement.
fn ask_for_literals(command: &mut TypedCommand) {
    let is_mask = |part: &Part| match part {
        Part::Literal(Literal { content: Content::Typed { octets, .. }, secret: true }) => {
            &octets[..] == MASK.as_bytes()
        }
        _ => false,
    };
    while let Some(index) = command.parts.iter().position(is_mask) {
        command.parts[index] = Part::Asked;
        if index > 0 && matches!(command.parts[index - 1], Part::Secret(_)) {
            command.parts.remove(index - 1);
        }
    }
}

/// The mask in the place of an initial response (RFC 4959) stands for an answer like any other: taken away, the server
/// asks for it.
fn first_answer(command: &mut TypedCommand) -> VecDeque<Vec<u8>> {
    match &mut command.parts[..] {
        [Part::Text(text), Part::Secret(mask)] if &mask[..] == MASK_IN_BASE64.as_bytes() => {
            text.truncate(text.trim_ascii_end().len());
            command.parts.pop();
            VecDeque::from([MASK_IN_BASE64.as_bytes().to_vec()])
        }
        _ => VecDeque::new(),
    }
}

fn status_of(line: &[u8]) -> Option<(&[u8], &'static str)> {
    let mut words = line.trim_ascii_end().split(|&octet| octet == b' ');
    let (tag, status) = (words.next()?, words.next()?);
    let status = ["OK", "NO", "BAD"].into_iter().find(|word| word.as_bytes().eq_ignore_ascii_case(status))?;
    Some((tag, status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, usize, Option<&str>)]) {
        let commands = read(text.as_bytes()).unwrap();
        let found: Vec<_> = commands
            .iter()
            .map(|read| (format!("{:?}", read.command.parts), read.answers.len(), read.status))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(parts, answers, status)| ((*parts).to_owned(), *answers, *status))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_lines_of_the_client_are_read() {
        check(
            "# comment\nS: * OK hi\nC: a1 LOGIN ann \"***\"\nS: a1 OK in\nC: a2 IDLE\nS: + go\nC\" DONE\\r\\n\nS: a2 NO x\n\
             C: a4 LOGIN ann {3}\nC\" ***\nC\" \\r\\n\nC: a3 SEARCH TEXT {3}\nS: + go\nC\" a\\r\\n\nC\"  SEEN\\r\\n\n\
             C: a5 AUTHENTICATE PLAIN Kioq\nS: a5 OK in\n",
            &[
                ("[\"LOGIN ann \", {?}]", 0, Some("OK")),
                ("[\"IDLE\"]", 1, Some("NO")),
                ("[\"LOGIN ann \", {?}]", 0, None),
                ("[\"SEARCH TEXT {3}\", literal \"a\\r\\n\", \" SEEN\"]", 0, None),
                ("[\"AUTHENTICATE PLAIN\"]", 1, Some("OK")),
            ],
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, line, problem) in [
            ("C: a1 NOOP\nx", 2, "neither a line of the dialogue nor a comment"),
            ("C\" DONE\\r\\n", 1, "no command is in front of this"),
            ("C: a1 X\nC< file", 2, "files are not read here"),
            ("C: .quit", 1, "this is no command"),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap_err(), (line, problem.to_owned()), "{text}");
        }
    }
}

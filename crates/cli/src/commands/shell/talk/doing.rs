//! The words of the shell.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use super::Talk;
use crate::commands::shell::entry::TypedCommand;
use crate::commands::shell::lexicon;
use crate::commands::shell::record::Complete;
use crate::commands::shell::view;
use crate::commands::shell::words::Word;
use crate::escape::{escape_bounded, escape_str};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::Place;

/// Octets of a file of entries, or of a saved dialogue.
const MOST_OF_FILE: u64 = 64 << 20;
/// Files that read files; one that reads itself comes to this.
const MOST_SOURCES: usize = 16;

impl Talk {
    /// Does what a word says. `.quit` is no business of this.
    pub(super) async fn word(&mut self, word: Word) -> Result<(), Failure> {
        match word {
            Word::Help(topic) => self.help(&topic)?,
            Word::Capabilities(name) => self.capabilities(&name)?,
            Word::State => {
                let state = view::state(&self.known, &self.server.name());
                self.view.tell(&state);
            }
            Word::Mailboxes => self.mailboxes().await?,
            Word::Raw(switch) => {
                let raw = self.view.raw();
                *raw = switch.unwrap_or(*raw);
                let shown = if raw.is_on() { "octets are shown as they came" } else { "literals are folded" };
                self.view.tell(shown);
            }
            Word::Time(switch) => {
                if let Some(switch) = switch {
                    *self.view.times() = switch;
                }
                let elapsed =
                    format!("{:.3} seconds since the shell began", self.view.elapsed().as_secs_f64());
                self.view.tell(&elapsed);
            }
            Word::Open(number) => self.open(number)?,
            Word::Save(path) => self.save(&path)?,
            Word::Source(path) => self.source(&path)?,
            Word::Replay(path) => self.replay(&read_file(&path)?, &path).await?,
            Word::Connect(place) => {
                if let Some(place) = place {
                    let place = Place::of_server(&place)
                        .map_err(|error| Failure::new(Exit::Usage, error.to_string()).hint(error.hint()))?;
                    self.server = self.server.at(place)?;
                }
                self.connect().await?;
            }
            Word::Quit => {}
        }
        Ok(())
    }

    fn help(&mut self, topic: &str) -> Result<(), Failure> {
        let help = lexicon::help(topic)
            .map_err(|unknown| Failure::new(Exit::Usage, unknown.to_string()).hint(unknown.hint()))?;
        self.view.explain(&help);
        Ok(())
    }

    fn capabilities(&mut self, name: &str) -> Result<(), Failure> {
        let Some(listed) = self.known.capabilities.clone() else {
            self.view.tell("the server has not said what it offers; CAPABILITY asks");
            return Ok(());
        };
        if name.is_empty() {
            self.view.explain(&lexicon::explain(&listed));
            return Ok(());
        }
        self.help(name)?;
        let offered =
            if listed.has_named(name) { "the server lists it" } else { "the server does not list it" };
        self.view.tell(offered);
        Ok(())
    }

    async fn mailboxes(&mut self) -> Result<(), Failure> {
        if self.known.mailboxes.is_empty() && self.connection.is_some() {
            self.command(TypedCommand::of("LIST \"\" *")).await?;
        }
        let names: Vec<String> = self
            .known
            .mailboxes
            .iter()
            .map(|(name, seen)| {
                let selectable = if seen.selectable { "" } else { "  (cannot be opened)" };
                format!("{}{selectable}", escape_str(name.as_str()))
            })
            .collect();
        match names.is_empty() {
            true => self.view.tell("no name of a mailbox was seen"),
            false => self.view.tell(&names.join("\n")),
        }
        Ok(())
    }

    pub(super) fn open(&mut self, number: Option<usize>) -> Result<(), Failure> {
        let literals = self.hearing.literals();
        let missing =
            |what: String| Failure::new(Exit::Usage, what).hint("a literal is shown as its size: {388}");
        let opened: Vec<String> = match number {
            None if literals.is_empty() => {
                return Err(missing("the last command has brought no literal".to_owned()));
            }
            None => {
                literals.iter().enumerate().map(|(index, literal)| view::opened(index + 1, literal)).collect()
            }
            Some(number) => match literals.get(number - 1) {
                Some(literal) => vec![view::opened(number, literal)],
                None => {
                    let there_are = format!("the last command has brought {} literals", literals.len());
                    return Err(missing(there_are));
                }
            },
        };
        for text in opened {
            self.view.tell(&text);
        }
        Ok(())
    }

    /// Into a new file that only its owner can read: a dialogue holds mail.
    fn save(&mut self, path: &Path) -> Result<(), Failure> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let (text, complete) = self.record.text();
        let head = format!("# A dialogue with {}, without its secrets.\n", one_line(&self.server.name()));
        let written = options.open(path).and_then(|mut file| {
            file.write_all(head.as_bytes())?;
            file.write_all(text.as_bytes())
        });
        let shown = escape_bounded(path.to_string_lossy().as_bytes(), 200);
        if let Err(error) = written {
            let failure = Failure::new(Exit::Disk, format!("cannot write {shown}: {error}"));
            return Err(match error.kind() {
                std::io::ErrorKind::AlreadyExists => {
                    failure.hint("it is not overwritten; choose another name")
                }
                _ => failure,
            });
        }
        match complete {
            Complete::Whole => self.view.tell(&format!("saved in {shown}")),
            Complete::UpToTheBound => {
                self.view.tell(&format!("saved in {shown}: its beginning; the rest was too long to be kept"));
            }
        }
        Ok(())
    }

    fn source(&mut self, path: &Path) -> Result<(), Failure> {
        if self.sources.len() >= MOST_SOURCES {
            self.sources.clear();
            let message = format!("more than {MOST_SOURCES} files read each other");
            return Err(Failure::new(Exit::Usage, message)
                .hint("one of them reads itself; nothing more of them is done"));
        }
        let text = read_file(path)?;
        let lines = text.split(|&octet| octet == b'\n');
        self.sources.push(lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec()).collect());
        Ok(())
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |why: String| {
        let shown = escape_bounded(path.to_string_lossy().as_bytes(), 200);
        Failure::new(Exit::Disk, format!("cannot read {shown}: {why}"))
    };
    let mut octets = Vec::new();
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    file.take(MOST_OF_FILE + 1).read_to_end(&mut octets).map_err(|error| failed(error.to_string()))?;
    match octets.len() as u64 > MOST_OF_FILE {
        true => Err(failed(format!("it has more than {MOST_OF_FILE} octets"))),
        false => Ok(octets),
    }
}

fn one_line(text: &str) -> String {
    escape_str(text).into_owned()
}

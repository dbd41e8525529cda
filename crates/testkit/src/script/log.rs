use std::collections::BTreeSet;
use std::fmt;

use tayori_proto::session::{Closed, CommandId, Event};

/// What a session reported, in order.
///
/// Commands are called by the tags of the script, and the octets of one body are one entry however they came.
#[derive(Debug, Default)]
pub struct Log {
    entries: Vec<Entry>,
    /// By the session's own names, the latest last.
    commands: Vec<CommandNames>,
    done: BTreeSet<CommandId>,
    closed: bool,
    muted: bool,
}

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// What the client does, or where the session stands.
    Note(String),
    /// An event.
    Event(String),
    /// Octets of one body.
    Body {
        /// The command they came for.
        command: String,
        /// All of them.
        octets: Vec<u8>,
    },
}

#[derive(Debug)]
struct CommandNames {
    id: CommandId,
    real: String,
    script: String,
}

impl Log {
    /// Gives the script's name to a command. `real` is the session's own tag.
    pub fn name_command(&mut self, id: CommandId, real: String, script: String) {
        self.commands.push(CommandNames { id, real, script });
    }

    /// What happens while muted is checked, and not kept.
    pub(super) fn mute(&mut self, muted: bool) {
        self.muted = muted;
    }

    pub(super) fn note(&mut self, note: String) {
        if !self.muted {
            self.entries.push(Entry::Note(note));
        }
    }

    /// Notes an event; says what is wrong with it where no session may ever report it: anything after the end, a
    /// command that ends twice, a chunk without octets.
    pub fn event(&mut self, event: &Event) -> Result<(), String> {
        if self.closed {
            return Err(format!("an event after the end: {event:?}"));
        }
        self.closed = matches!(event, Event::Closed(_));
        if let Event::Done { command, .. } | Event::NotSent { command } = event
            && !self.done.insert(*command)
        {
            return Err(format!("a command ended twice: {event:?}"));
        }
        if self.muted {
            return Ok(());
        }
        if let Event::BodyChunk { command, octets } = event {
            if octets.is_empty() {
                return Err("an empty chunk".to_owned());
            }
            let command = self.translate(format!("{command:?}"));
            match self.entries.last_mut() {
                Some(Entry::Body { command: same, octets: body }) if *same == command => {
                    body.extend_from_slice(octets);
                }
                _ => self.entries.push(Entry::Body { command, octets: octets.to_vec() }),
            }
            return Ok(());
        }
        let event = self.translate(format!("{event:?}"));
        self.entries.push(Entry::Event(event));
        Ok(())
    }

    /// Whether the session has said that it is over.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// The entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn translate(&self, mut text: String) -> String {
        // Backwards, since the name of command 1 begins that of command 10.
        for names in self.commands.iter().rev() {
            text =
                text.replace(&format!("{:?}", names.id), &names.script).replace(&names.real, &names.script);
        }
        text
    }

    /// Says where this log and one of the same dialogue, with the octets coming in another way, part.
    pub fn compare(&self, other: &Self) -> Result<(), String> {
        let same = self.entries.iter().zip(&other.entries).take_while(|(left, right)| left == right).count();
        if same == self.entries.len() && same == other.entries.len() {
            return Ok(());
        }
        let show = |entries: &[Entry]| entries.get(same).map_or("(the end)".to_owned(), ToString::to_string);
        Err(format!(
            "entry {same} depends on how the octets come\nin one piece: {}\nhere:         {}",
            show(&self.entries),
            show(&other.entries)
        ))
    }

    /// Whether this is the beginning of the other log and the news of the end.
    pub(super) fn compare_cut(&self, whole: &Self) -> Result<(), String> {
        if !self.closed {
            return Err("the end of the connection was not reported".to_owned());
        }
        // After a BYE that LOGOUT has asked for, the end is one that was agreed upon.
        let ends = [Closed::Ended, Closed::LoggedOut]
            .map(|closed| Entry::Event(format!("{:?}", Event::Closed(closed))));
        let entries = match self.entries.split_last() {
            Some((last, entries)) if ends.contains(last) => entries,
            _ => &self.entries,
        };
        for (index, entry) in entries.iter().enumerate() {
            let fits = match (entry, whole.entries.get(index)) {
                (Entry::Body { command, octets }, Some(Entry::Body { command: same, octets: all })) => {
                    // Nothing but the last entry can be in parts.
                    let complete = index + 1 < entries.len();
                    command == same && if complete { octets == all } else { all.starts_with(octets) }
                }
                (entry, other) => Some(entry) == other,
            };
            if !fits {
                let other = whole.entries.get(index).map_or("(the end)".to_owned(), ToString::to_string);
                return Err(format!("entry {index} is not that of the whole dialogue\n{entry}\n{other}"));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Note(note) => f.write_str(note),
            Self::Event(event) => f.write_str(event),
            Self::Body { command, octets } => {
                write!(f, "body for {command}: {} octets \"{}\"", octets.len(), octets.escape_ascii())
            }
        }
    }
}

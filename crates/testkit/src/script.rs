//! Dialogues as text files, and how they are checked.
//!
//! # The files
//!
//! ```text
//! # RFC 3501 section 6.3.11: an APPEND with a literal.
//! ! start authenticated
//! S: * OK ready
//! C: A003 APPEND saved-messages (\Seen) {334}
//! S: + Ready for literal data
//! C< fixtures/mails/afternoon-meeting.eml
//! C" \r\n
//! S: A003 OK APPEND completed
//! ```
//!
//! What each kind of line says is told in [`tayori_proto::transcript`], which reads them. A comment says where the
//! dialogue comes from and what it shows, a `C:` line asks the session for this command, the path of `S<` and `C<`
//! starts at the top of the repository, and `!` begins a [directive](#directives).
//!
//! The octets of the server are exact, but for tags: the session chooses its own, so a tag of the script is replaced
//! where it is the first or second word of an `S:` line that begins with neither `*` nor `+`. The session's own tags
//! are `taaaaaa.1`, `taaaaaa.2` and so on in the order of the `C:` lines, should a script need to forge one.
//!
//! Lines of the client are compared as parsed commands: `BODY[]` with or without parentheses is the same. Where a
//! literal is announced counts: a `C:` line that ends in `{n}` means that the session waits there, one that ends in
//! `{n+}` that it does not. If no `C"` or `C<` follows, the literal was refused.
//!
//! # Directives
//!
//! | directive | means |
//! |---|---|
//! | `! channel tls`, `trusted`, `clear` | what the connection is; `tls` if missing |
//! | `! start authenticated`, `! start selected` | a greeting and a login, and a `SELECT` of INBOX with 22 messages, happen first, and are not in the log |
//! | `! inline N`, `! response N`, `! nesting N` | limits, see `tayori_proto::Limits` |
//! | `! flight` | the next command leaves in one flight with those in front of it |
//! | `! streamed` | the message of the next `APPEND` is brought while it is sent, at the `C"` and `C<` lines |
//! | `! end` | the server closes its side |
//! | `! silence` | nothing more is heard until the deadline |
//!
//! # The checks
//!
//! [`check`] runs a script with the octets of the server in one piece between two lines of the client, split at every
//! single place, in pieces of 1 and of 7, and cut off at every octet. What the session reports must be the same each
//! time, or up to the cut. Then it is compared with the file beside the script that ends in `.events`; with
//! `UPDATE_GOLDEN=1` in the environment, that file is written instead, and `git diff` shows what changed.

pub(crate) mod golden;
mod log;
mod parse;
mod run;

use std::path::Path;

use bytes::Bytes;
use tayori_proto::Limits;
use tayori_proto::session::{Channel, Together};

pub use log::{Entry, Log};

/// One dialogue.
#[derive(Clone, Debug)]
pub struct Script {
    name: String,
    channel: Channel,
    limits: Limits,
    steps: Vec<Step>,
}

/// How the octets of the server arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunking {
    /// All that it says between two lines of the client at once.
    Whole,
    /// The same, but split in front of this octet of all that it says.
    SplitAt(usize),
    /// In pieces of this size, and a smaller one in front of each line of the client.
    Pieces(usize),
    /// The connection ends in front of this octet of all that the server says.
    CutAt(usize),
}

/// Why a script does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// The file cannot be read.
    #[error("{name}: {source}")]
    Read {
        /// The script, or a file it names.
        name: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The script is not well written.
    #[error("{name}:{line}: {problem}")]
    Written {
        /// The script.
        name: String,
        /// The line in the script.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// The session does something else.
    #[error("{name}:{line}: {chunking:?}: {problem}\nso far:\n{log}")]
    Differs {
        /// The script.
        name: String,
        /// The line in the script.
        line: usize,
        /// How the octets came.
        chunking: Chunking,
        /// What it does.
        problem: String,
        /// What it has reported before.
        log: String,
    },
    /// The session reports something else.
    #[error("{name}: {chunking:?}: {problem}")]
    Log {
        /// The script.
        name: String,
        /// How the octets came.
        chunking: Chunking,
        /// Where the two logs part.
        problem: String,
    },
}

#[derive(Clone, Debug)]
struct Step {
    line: usize,
    kind: StepKind,
}

#[derive(Clone, Debug)]
enum StepKind {
    /// All that the server says up to the next step.
    Server(Bytes),
    Command(CommandStep),
    /// Octets of the client that belong to the last command.
    More(Bytes),
    EndOfInput,
    Silence,
    /// From here on, what happens is logged.
    Begin,
}

#[derive(Clone, Debug)]
struct CommandStep {
    /// As the script calls it.
    tag: String,
    /// Up to the end of its first line.
    line: Bytes,
    /// With all literals; those that are refused hold octets of no meaning.
    whole: Bytes,
    together: Together,
    streamed: bool,
}

impl Script {
    /// Reads a script from a file.
    pub fn load(path: &Path) -> Result<Self, ScriptError> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => parse::parse(&name, &text),
            Err(source) => Err(ScriptError::Read { name, source }),
        }
    }

    /// Reads a script from a text.
    pub fn parse(name: &str, text: &str) -> Result<Self, ScriptError> {
        parse::parse(name, text)
    }

    /// How many octets the server says.
    pub fn server_octets(&self) -> usize {
        self.steps
            .iter()
            .map(|step| if let StepKind::Server(octets) = &step.kind { octets.len() } else { 0 })
            .sum()
    }

    /// Plays the dialogue and gives what the session reported.
    pub fn run(&self, chunking: Chunking) -> Result<Log, ScriptError> {
        run::run(self, chunking)
    }

    /// Plays the dialogue under every chunking and every cut, and gives what the session reported each time.
    pub fn run_all(&self) -> Result<Log, ScriptError> {
        let whole = self.run(Chunking::Whole)?;
        let octets = self.server_octets();
        let splits = (0..=octets).map(Chunking::SplitAt);
        for chunking in [Chunking::Pieces(1), Chunking::Pieces(7)].into_iter().chain(splits) {
            self.same(chunking, whole.compare(&self.run(chunking)?))?;
        }
        for chunking in (0..octets).map(Chunking::CutAt) {
            self.same(chunking, self.run(chunking)?.compare_cut(&whole))?;
        }
        Ok(whole)
    }

    fn same(&self, chunking: Chunking, compared: Result<(), String>) -> Result<(), ScriptError> {
        compared.map_err(|problem| ScriptError::Log { name: self.name.clone(), chunking, problem })
    }
}

/// What both sides say in the script of this file, with the session's own tags.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) server: Vec<u8>,
    pub(crate) client: Vec<u8>,
}

impl Said {
    /// Reads it; `None` where the file is no script.
    pub(crate) fn load(path: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path).ok()?;
        let script = parse::parse_lines(&path.display().to_string(), &text).ok()?;
        let mut said = Self { server: Vec::new(), client: Vec::new() };
        for step in &script.steps {
            match &step.kind {
                StepKind::Server(octets) => said.server.extend_from_slice(octets),
                StepKind::Command(command) => said.client.extend_from_slice(&command.line),
                StepKind::More(octets) => said.client.extend_from_slice(octets),
                StepKind::EndOfInput | StepKind::Silence | StepKind::Begin => {}
            }
        }
        Some(said)
    }
}

/// Runs the script in this file under every chunking, and compares with the `.events` file beside it.
pub fn check(path: &Path) -> Result<(), ScriptError> {
    let script = Script::load(path)?;
    let log = script.run_all()?;
    golden::compare(&script.name, &path.with_extension("events"), &log.to_string())
}

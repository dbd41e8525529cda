//! Where a secret comes from, and how it gets here: a command, a file, the environment, the system's keyring, a person.
//!
//! [`Source`] is the one place that is asked; its failure is an error, and never a step to another source, which would
//! send one account's password to another account's server. [`obtain`] asks it. No error and no `Debug` output holds a
//! secret, the output of a command, or a command.

mod command;
mod error;
mod file;
mod keyring;
mod line;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tayori_proto::types::Secret;
use zeroize::Zeroizing;

pub use self::error::{SecretError, SecretOrigin, Unusable};
pub use self::keyring::{Keyring, KeyringError, with_keyring};
pub use self::line::LIMIT;
use crate::config::{CommandLine, Environment, SecretSource};

/// A command that prints a secret, run with this process's stdin and stderr, since it may have to ask for a passphrase
/// of its own. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretCommand {
    /// Run by the shell.
    Shell(OsString),
    /// Run as it is: a program and its arguments.
    Program(OsString, Vec<OsString>),
}

impl fmt::Debug for SecretCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shell(_) => "Shell(***)",
            Self::Program(..) => "Program(***)",
        })
    }
}

impl From<&CommandLine> for SecretCommand {
    fn from(command: &CommandLine) -> Self {
        match command {
            CommandLine::Shell(text) => Self::Shell(text.into()),
            CommandLine::Program(words) => {
                let mut words = words.iter().map(OsString::from);
                // The configuration has none without a program; an empty name is one that cannot be run.
                Self::Program(words.next().unwrap_or_default(), words.collect())
            }
        }
    }
}

/// Asks a person, once, and gives back what was typed, without the line end. It may block; it runs on a thread for
/// that.
///
/// Whoever drops the future of [`obtain`] does not end it: a program that may be left while somebody is asked has to
/// put its terminal back itself.
pub type Ask = Box<dyn FnOnce() -> Result<Zeroizing<String>, AskError> + Send>;

/// Why nobody answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// Whoever was asked wants to stop.
    #[error("interrupted")]
    Interrupted,
    /// The question was closed without an answer, as by Ctrl-D. It counts as an empty answer.
    #[error("no answer")]
    Closed,
    /// The question could not be put.
    #[error(transparent)]
    Failed(#[from] io::Error),
}

/// The one source that is used.
#[non_exhaustive]
pub enum Source {
    /// The first line that a command prints.
    Command(SecretCommand),
    /// The first line of a file that nobody else can open.
    File(PathBuf),
    /// The value of an environment variable, all of it.
    Environment {
        /// Its name.
        variable: String,
        /// Its value.
        value: Zeroizing<Vec<u8>>,
    },
    /// An entry of the system's keyring, all of it.
    Keyring {
        /// The attribute `service`.
        service: String,
        /// The attribute `username`.
        user: String,
    },
    /// What somebody types.
    Prompt(Ask),
}

impl Source {
    /// The source that settings name; `entry` is the user's name in the keyring where they do not say otherwise, which
    /// for an account is its name.
    ///
    /// `ask` is there if there is somebody to be asked. Of OAuth there is no secret to be had here, so that is `None`;
    /// tokens are handed out elsewhere.
    ///
    /// # Errors
    ///
    /// The environment has no such variable, or somebody would have to be asked and nobody is there.
    pub fn of(
        setting: &SecretSource,
        entry: &str,
        environment: &Environment,
        ask: Option<Ask>,
    ) -> Result<Option<Self>, SecretError> {
        Ok(Some(match setting {
            SecretSource::Command(command) => Self::Command(command.into()),
            SecretSource::File(path) => Self::File(path.clone()),
            SecretSource::Environment(variable) => match environment.value(variable) {
                Some(value) => Self::environment(variable, value),
                None => return Err(SecretError::NoVariable { variable: variable.clone() }),
            },
            SecretSource::Keyring(keyring) => {
                let (service, user) = keyring.names(entry);
                Self::Keyring { service, user }
            }
            SecretSource::OAuth(_) => return Ok(None),
            SecretSource::Prompt => Self::Prompt(ask.ok_or(SecretError::NobodyToAsk)?),
        }))
    }

    /// The value of a variable.
    pub fn environment(variable: impl Into<String>, value: OsString) -> Self {
        let value = Zeroizing::new(value.into_encoded_bytes());
        Self::Environment { variable: variable.into(), value }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(command) => f.debug_tuple("Command").field(command).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Environment { variable, .. } => write!(f, "Environment({variable}, ***)"),
            Self::Keyring { service, user } => {
                f.debug_struct("Keyring").field("service", service).field("user", user).finish()
            }
            Self::Prompt(_) => f.write_str("Prompt"),
        }
    }
}

/// Whether this process has a terminal that a command could ask on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// A command stays in this process's group: in another one, it could not read from the terminal.
    Present,
    /// A command gets a group of its own, so that all that it starts can be ended with it.
    Absent,
}

/// How a source is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How long a command, or the keyring with whatever it asks a person, may take. A command is then ended.
    pub limit: Duration,
    /// Whether a command could ask on a terminal.
    pub terminal: Terminal,
}

impl Options {
    /// Five minutes: behind a command or a keyring there may be a person who looks for a key card.
    pub const LIMIT: Duration = Duration::from_secs(300);

    /// With [`Options::LIMIT`].
    pub fn new(terminal: Terminal) -> Self {
        Self { limit: Self::LIMIT, terminal }
    }
}

/// Gets the secret from its source: not empty, UTF-8, without NUL, CR and LF (RFC 9051 section 9, `string`; a line end
/// could only be sent as a literal, and is in no password on purpose).
///
/// Dropping the future ends a command that runs; the keyring and a person go on, each on a thread of their own, and
/// what they say is thrown away. Needs a tokio runtime with its I/O and time drivers.
pub async fn obtain(source: Source, options: &Options) -> Result<Secret, SecretError> {
    match source {
        Source::Command(command) => {
            let octets = command::first_line(&command, options).await?;
            line::parse(&octets).map_err(SecretOrigin::Command.blame())
        }
        Source::File(path) => on_thread(move || file::read(&path)).await?,
        Source::Environment { variable, value } => {
            line::parse(&value).map_err(SecretOrigin::Variable(variable).blame())
        }
        Source::Keyring { service, user } => {
            let octets = with_keyring(options.limit, move |keyring| keyring.read(&service, &user)).await?;
            line::parse(&octets).map_err(SecretOrigin::Keyring.blame())
        }
        Source::Prompt(ask) => match on_thread(ask).await? {
            Ok(typed) => line::parse(typed.as_bytes()).map_err(SecretOrigin::Prompt.blame()),
            Err(AskError::Closed) => Err(SecretOrigin::Prompt.blame()(Unusable::Empty)),
            Err(AskError::Interrupted) => Err(SecretError::Interrupted),
            Err(AskError::Failed(cause)) => Err(SecretError::Prompt(cause)),
        },
    }
}

/// Runs what blocks where it may.
async fn on_thread<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Result<T, SecretError> {
    let run = tokio::task::spawn_blocking(run).await;
    run.map_err(|err| SecretError::Prompt(io::Error::other(err)))
}

#[cfg(test)]
mod tests;

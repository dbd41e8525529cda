use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use super::keyring::KeyringError;
use super::line::LIMIT;

/// Why there is no secret.
///
/// None of it holds a secret, a command, or what a command has printed. A path may have any character, so a program
/// escapes what it shows on a terminal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// A password would have to be asked for, and nobody is there.
    #[error("a password is needed, and there is no terminal to ask for it")]
    NobodyToAsk,
    /// The environment lacks the variable that the configuration names.
    #[error("the environment variable {variable} is not set")]
    NoVariable {
        /// Its name.
        variable: String,
    },
    /// The command could not be started, or its output not be read.
    #[error("the password command could not be run")]
    Command(#[source] io::Error),
    /// The command says that it failed.
    #[error("the password command failed: {status}")]
    CommandFailed {
        /// How it ended.
        status: ExitStatus,
    },
    /// The command took too long, and was ended.
    #[error(
        "the password command had not ended after {} seconds; it was ended, and what it had started",
        .limit.as_secs()
    )]
    CommandTimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The file could not be opened or read.
    #[error("the password file {} could not be read", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// It is a folder, a pipe, or something else that is no file.
    #[error("the password file {} is no regular file", .path.display())]
    NotAFile {
        /// What it is called.
        path: PathBuf,
    },
    /// Somebody else can write what is in it.
    #[error("the password file {} belongs to another user", .path.display())]
    NotYours {
        /// The file.
        path: PathBuf,
    },
    /// Others can read or write it.
    #[error("the password file {} is open to other users (mode {mode:04o})", .path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The keyring gave none.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The question could not be put.
    #[error("the password could not be asked for")]
    Prompt(#[source] io::Error),
    /// Whoever was asked wants to stop.
    #[error("interrupted")]
    Interrupted,
    /// Something came that is no password.
    #[error("{origin} {why}")]
    Unusable {
        /// Where it came from.
        origin: SecretOrigin,
        /// What is wrong with it.
        why: Unusable,
    },
}

impl SecretError {
    /// What somebody can do about it. Like the error itself, it may hold any character of a path.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NobodyToAsk => {
                "give password-command, password-file, password-env or keyring in the configuration"
            }
            Self::NoVariable { .. } => "set it, or name another source of the password",
            Self::Command(_) => {
                "check that the program is there; a string is run by the shell, a list as it is"
            }
            Self::Unreadable { .. } => "check the path, and who may read it",
            Self::CommandFailed { .. } => "run it by hand to see what is wrong",
            Self::CommandTimedOut { .. } => "run it by hand; it may wait for somebody to type something",
            Self::NotAFile { .. } => "for a pipe or another program use password-command",
            Self::NotYours { .. } => "make a copy that belongs to you",
            Self::OpenToOthers { path, .. } => return Some(format!("chmod 600 {}", shell_word(path))),
            Self::Keyring(error) => return error.hint(),
            Self::Unusable { origin: SecretOrigin::Command | SecretOrigin::File, why: Unusable::Empty } => {
                "the password is the first line"
            }
            Self::Unusable { origin: SecretOrigin::Variable(_), why: Unusable::Empty } => {
                "unset it to be asked for the password"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// Where something came from that is no password.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretOrigin {
    /// A command's first line.
    Command,
    /// A file's first line.
    File,
    /// The environment variable of this name.
    Variable(String),
    /// The system's keyring.
    Keyring,
    /// Somebody who typed it.
    Prompt,
}

impl SecretOrigin {
    pub(super) fn blame(self) -> impl FnOnce(Unusable) -> SecretError {
        move |why| SecretError::Unusable { origin: self, why }
    }
}

impl fmt::Display for SecretOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command => f.write_str("the password from the command"),
            Self::File => f.write_str("the password from the file"),
            Self::Variable(name) => write!(f, "the password in {name}"),
            Self::Keyring => f.write_str("the password in the keyring"),
            Self::Prompt => f.write_str("the password that was typed"),
        }
    }
}

/// What is wrong with a password, without saying any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// There is nothing.
    #[error("is empty")]
    Empty,
    /// It is longer than any password or token.
    #[error("is too long: more than {LIMIT} octets")]
    TooLong,
    /// It is not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// It has a character that cannot be sent.
    #[error("holds {0}, which IMAP cannot carry in a password")]
    Forbidden(&'static str),
}

/// `path` as it can be typed into a shell.
fn shell_word(path: &Path) -> String {
    let shown = path.to_string_lossy().into_owned();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ',' | '@');
    if !shown.is_empty() && shown.chars().all(plain) {
        shown
    } else {
        format!("'{}'", shown.replace('\'', "'\\''"))
    }
}

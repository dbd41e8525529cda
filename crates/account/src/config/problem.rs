use std::fmt;
use std::path::{Path, PathBuf};

use super::values::{AccountNameError, ValueError};

/// Where in a text something stands. Both numbers begin at 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The character in the line.
    pub column: u32,
}

/// What a problem is in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Place {
    /// A configuration file.
    File(PathBuf, Position),
    /// An environment variable.
    Variable(&'static str),
}

/// Whether a configuration can be used all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, and somebody should look at it.
    Warning,
}

/// One thing that is wrong with the settings: where, whose, which, what.
///
/// `Display` is one line for people: place, account, key, what is wrong. It may hold names that stand in the file, with
/// whatever characters they have, so a program escapes it for a terminal. It never holds a value that could be a
/// secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub place: Place,
    /// The account that it is about, as it is written.
    pub account: Option<String>,
    /// The key that it is about, with the table in front of it where it is in one: `oauth.scopes`.
    pub key: Option<String>,
    /// What is wrong.
    pub what: Trouble,
}

impl Problem {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self.what {
            Trouble::ReadableByOthers { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// What somebody can do about it, where that is not said already.
    pub fn hint(&self) -> Option<String> {
        Some(match &self.what {
            Trouble::UnknownKey { nearest: Some(nearest) } => format!("did you mean `{nearest}`?"),
            Trouble::UnknownWord { nearest: Some(nearest), .. } => format!("did you mean \"{nearest}\"?"),
            Trouble::PasswordInFile => {
                "use password-command, password-file, password-env or keyring".to_owned()
            }
            Trouble::NoSuchAccount { nearest: Some(nearest), .. } => {
                format!("did you mean \"{nearest}\"?")
            }
            Trouble::OnlyInAccount => "write it into the [accounts.NAME] it belongs to".to_owned(),
            Trouble::ReadableByOthers { .. } => "chmod 600, or use client-secret-command".to_owned(),
            _ => return None,
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File(path, Position { line, column }) => {
                write!(f, "{}:{line}:{column}: ", path.display())?
            }
            Place::Variable(name) => write!(f, "{name}: ")?,
        }
        if let Some(account) = &self.account {
            write!(f, "account {account}: ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        write!(f, "{}", self.what)
    }
}

/// What can be wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// The text is no TOML.
    #[error("{0}")]
    Syntax(String),
    /// There is no such key.
    #[error("unknown key")]
    UnknownKey {
        /// The key that looks most like it.
        nearest: Option<&'static str>,
    },
    /// It belongs to one account and stands in `[defaults]`.
    #[error("belongs to one account, not into [defaults]")]
    OnlyInAccount,
    /// Somebody wrote a password, or something called so, into the file.
    #[error("a password cannot stand in the configuration")]
    PasswordInFile,
    /// Something of another kind is needed.
    #[error("is {found}, and has to be {expected}")]
    WrongType {
        /// What is needed, in words.
        expected: &'static str,
        /// What is there, in TOML's words.
        found: &'static str,
    },
    /// A number that is too small or too large.
    #[error("has to be a whole number from {least} to {most}")]
    OutOfRange {
        /// The smallest that is allowed.
        least: u64,
        /// The largest that is allowed.
        most: u64,
    },
    /// One of several words is needed.
    #[error("is none of {}", .known.join(", "))]
    UnknownWord {
        /// Those that there are.
        known: Vec<&'static str>,
        /// The one that looks most like it.
        nearest: Option<&'static str>,
    },
    /// The value does not fit.
    #[error("{0}")]
    Value(#[from] ValueError),
    /// A list or table without anything.
    #[error("is empty")]
    Empty,
    /// The name of an account cannot be one.
    #[error("{0}")]
    AccountName(#[from] AccountNameError),
    /// Two keys of which only one can hold.
    #[error("cannot stand beside {other} (line {line})")]
    Contradiction {
        /// The other key.
        other: &'static str,
        /// Where it stands.
        line: u32,
    },
    /// A key that needs another one.
    #[error("needs {needed}")]
    Needs {
        /// The one that is missing.
        needed: &'static str,
    },
    /// An account that nobody could connect to, or table without what it is for.
    #[error("lacks {needed}")]
    Lacks {
        /// What is missing, in words.
        needed: &'static str,
    },
    /// An account is named that the configuration does not have.
    #[error("there is no account \"{name}\"")]
    NoSuchAccount {
        /// The name.
        name: String,
        /// The account whose name looks most like it.
        nearest: Option<String>,
    },
    /// The value of a variable is not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// A secret stands in a file that others can read.
    #[error("stands in a file that other users can read (mode {mode:04o})")]
    ReadableByOthers {
        /// The permission bits of the file.
        mode: u32,
    },
}

/// The known word that looks most like the one that was typed, if any looks like it.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // What is far longer than any key is near to none, and would take long to compare. Numbers are not misspelt.
    if typed.len() > 64 || !typed.contains(char::is_alphabetic) {
        return None;
    }
    let typed = typed.to_lowercase().replace('_', "-");
    let likeness = known.into_iter().map(|word| (strsim::jaro(&typed, &word.to_lowercase()), word));
    let best = likeness.max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(likeness, _)| *likeness > 0.75).map(|(_, word)| word)
}

/// Finds lines and columns of a text.
pub(crate) struct Lines<'a> {
    path: &'a Path,
    text: &'a str,
    /// Where each line begins, ascending.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(path: &'a Path, text: &'a str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, octet)| *octet == b'\n');
        let starts = std::iter::once(0).chain(ends.map(|(index, _)| index + 1)).collect();
        Self { path, text, starts }
    }

    pub(crate) fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        // A parser that names a place within a character is forgiven.
        let before = self.text.as_bytes().get(start..offset.min(self.text.len())).unwrap_or_default();
        let column = before.iter().filter(|octet| **octet & 0xc0 != 0x80).count() + 1;
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Position { line: number(line), column: number(column) }
    }

    pub(crate) fn place(&self, offset: usize) -> Place {
        Place::File(self.path.to_owned(), self.position(offset))
    }
}

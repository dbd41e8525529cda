//! What was asked for and cannot be had, in words.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tayori_proto::types::{ListPattern, MailboxName};

use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;

/// What was asked for and cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LeftOut {
    /// No mailbox that can be opened matches this pattern.
    NoMatch(ListPattern),
    /// A name that is no text in the encoding of mailbox names, or none that can be told from another one.
    Unreadable(MailboxName),
    /// A line of the server's list that cannot be read, without its line end.
    Line(String),
}

impl LeftOut {
    /// For whoever asked. By itself, none of these is the end.
    pub(crate) fn to_failure(&self) -> Failure {
        Failure::new(Exit::PartlyDone, self.message()).hint(self.hint())
    }

    /// As it was asked for, or as the server calls it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::NoMatch(pattern) => pattern.as_str(),
            Self::Unreadable(name) => name.as_str(),
            Self::Line(line) => line,
        }
    }

    pub(crate) fn message(&self) -> String {
        match self {
            Self::NoMatch(pattern) if *pattern == ListPattern::all() => {
                "the server lists no mailbox that can be opened".to_owned()
            }
            Self::NoMatch(pattern) => {
                format!("no mailbox that can be opened matches {}", escape_str(pattern.as_str()))
            }
            Self::Unreadable(name) => format!(
                "the mailbox {} is left out, since its name is not valid or cannot be told from another",
                escape_str(name.as_str())
            ),
            Self::Line(line) => {
                format!("one line of the server's list of mailboxes cannot be read: {}", escape_str(line))
            }
        }
    }

    pub(crate) fn hint(&self) -> String {
        match self {
            Self::NoMatch(pattern) if *pattern == ListPattern::all() => {
                "name a mailbox in the place, or with --mailbox".to_owned()
            }
            Self::NoMatch(pattern) => format!(
                "a mailbox with that very name is reached by the place: imaps://user@host/{}",
                utf8_percent_encode(pattern.as_str(), NON_ALPHANUMERIC)
            ),
            Self::Unreadable(_) => "rename it with another mail program".to_owned(),
            Self::Line(_) => {
                "name the mailbox with --mailbox, and show the line to whoever runs the server".to_owned()
            }
        }
    }
}

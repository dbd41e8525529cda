//! How what a command tells is written: the option of every command that tells something.

use clap::Args;

use super::access::SHOWN;

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// `--json`: one value a line, for programs; docs/scripting.md says which.
    Json,
}

#[derive(Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Write JSON lines, for programs
    #[arg(long, help_heading = SHOWN)]
    json: bool,
}

impl Arguments {
    pub(super) fn is_json(&self) -> bool {
        self.json
    }
}

impl From<Arguments> for Form {
    fn from(arguments: Arguments) -> Self {
        if arguments.json { Self::Json } else { Self::Text }
    }
}

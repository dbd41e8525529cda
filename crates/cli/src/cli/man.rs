//! The options of `tayori man`.

use std::path::PathBuf;

use clap::Args;

/// `tayori man`: the manual, made from the same definitions as the help.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Man {
    /// The page of a command, such as `mailbox create`, on stdout; of the program where none is named.
    Page(Vec<String>),
    /// `--output DIR`: all pages, into this folder.
    All(PathBuf),
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The command whose page is wanted; that of tayori itself if none is named
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,

    /// Write all pages into this folder, which is made if it is missing
    #[arg(short, long, value_name = "DIR", conflicts_with = "command")]
    output: Option<PathBuf>,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  tayori man fetch | man -l -
  tayori man --output ~/.local/share/man/man1/
";

impl From<Arguments> for Man {
    fn from(arguments: Arguments) -> Self {
        match arguments.output {
            Some(folder) => Self::All(folder),
            None => Self::Page(arguments.command),
        }
    }
}

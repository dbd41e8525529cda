//! The options of `tayori completions`.

use clap::Args;
use clap_complete::Shell;

/// `tayori completions`: what a shell needs to complete commands and options, on stdout.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Completions {
    pub(crate) shell: Shell,
}

#[derive(Args)]
pub(super) struct Arguments {
    /// bash, elvish, fish, powershell or zsh
    #[arg(value_enum, hide_possible_values = true)]
    shell: Shell,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  tayori completions bash > ~/.local/share/bash-completion/completions/tayori
  tayori completions zsh > ~/.zfunc/_tayori
  tayori completions fish > ~/.config/fish/completions/tayori.fish
  tayori completions powershell >> $PROFILE
";

impl From<Arguments> for Completions {
    fn from(arguments: Arguments) -> Self {
        Self { shell: arguments.shell }
    }
}

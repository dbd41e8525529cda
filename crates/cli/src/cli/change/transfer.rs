//! The options of `tayori copy` and `tayori move`.

use clap::Args;

use super::{Change, Deed};

#[derive(Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    common: super::Arguments,

    /// The mailbox that they go to
    #[arg(long, value_name = "MAILBOX")]
    to: String,
}

/// The examples of `copy` and of `move`.
pub(in crate::cli) fn examples(command: &str) -> String {
    format!(
        "\
If something keeps it from being finished, it is said what is done and what is
left; the same command with what is left goes on.

Examples:
  tayori {command} imaps://ann@mail.example.org/ 20,30:40 --to Archive/2024
  tayori {command} imaps://ann@mail.example.org/ --query 'before:2025' --to Old
"
    )
}

impl Arguments {
    pub(in crate::cli) fn check_copy(self) -> Result<Change, clap::Error> {
        self.common.check("copy", Deed::Copy { to: self.to })
    }

    pub(in crate::cli) fn check_move(self) -> Result<Change, clap::Error> {
        self.common.check("move", Deed::Move { to: self.to })
    }
}

//! The options of `tayori delete`.

use clap::Args;

use super::{Change, Deed};

#[derive(Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    common: super::Arguments,

    /// The mailbox that is the Trash, where the server does not say which is
    #[arg(long, value_name = "MAILBOX")]
    trash: Option<String>,

    /// Remove them for ever
    #[arg(long, conflicts_with = "trash")]
    expunge: bool,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Without --expunge they go to the Trash, and can be had back from there. With it
exactly these messages are removed; no others, whatever is marked as deleted.

Examples:
  tayori delete imaps://ann@mail.example.org/ 20,30:40
  tayori delete imaps://ann@mail.example.org/Trash --query older:1y --expunge
";

impl Arguments {
    pub(in crate::cli) fn check(self) -> Result<Change, clap::Error> {
        let deed = if self.expunge { Deed::Expunge } else { Deed::Trash { to: self.trash } };
        self.common.check("delete", deed)
    }
}

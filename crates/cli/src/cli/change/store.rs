//! The options of `tayori store`, `read`, `unread`, `star` and `unstar`.

use std::num::NonZeroU64;

use clap::{ArgGroup, Args};
use tayori_proto::command::StoreChange;
use tayori_proto::types::Flag;

use super::{Change, Deed, Since};
use crate::cli::typed::flag;

const FLAGS: &str = "What is changed";

#[derive(Args)]
#[command(group = ArgGroup::new("change").args(["add", "remove", "set"]).required(true).multiple(false))]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    common: super::Arguments,

    /// Add this flag: seen, flagged, answered, deleted, draft, or a keyword such as $Junk. May be repeated
    #[arg(long, value_name = "FLAG", help_heading = FLAGS)]
    add: Vec<String>,

    /// Remove this flag. May be repeated
    #[arg(long, value_name = "FLAG", help_heading = FLAGS)]
    remove: Vec<String>,

    /// Set exactly these flags, and remove all others. May be repeated; '' for none
    #[arg(long, value_name = "FLAG", help_heading = FLAGS)]
    set: Vec<String>,

    #[command(flatten)]
    since: SinceArguments,
}

/// The options of a command that sets one flag, or takes it away.
#[derive(Args)]
pub(in crate::cli) struct MarkArguments {
    #[command(flatten)]
    common: super::Arguments,

    #[command(flatten)]
    since: SinceArguments,
}

#[derive(Args)]
#[group(skip)]
struct SinceArguments {
    /// Leave messages alone that were changed after this HIGHESTMODSEQ; unless said, after the mailbox was opened
    #[arg(long, value_name = "MODSEQ", help_heading = FLAGS)]
    unchanged_since: Option<NonZeroU64>,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Messages that somebody else changes at the same time are left alone where the
server can tell (CONDSTORE), and named.

Examples:
  tayori store imaps://ann@mail.example.org/ 20,30:40 --add seen --add '$Work'
  tayori store imaps://ann@mail.example.org/ --query 'from:bob' --remove seen
";

/// The examples of `read`, `unread`, `star` and `unstar`.
pub(in crate::cli) fn mark_examples(command: &str) -> String {
    format!(
        "\
Messages that somebody else changes at the same time are left alone where the
server can tell (CONDSTORE), and named.

Examples:
  tayori {command} imaps://ann@mail.example.org/ 20,30:40
  tayori search imaps://ann@mail.example.org/ from:bob |
    tayori {command} imaps://ann@mail.example.org/ -
"
    )
}

impl Arguments {
    pub(in crate::cli) fn check(self) -> Result<Change, clap::Error> {
        // clap lets exactly one of the three through.
        let (change, names) = match (self.add, self.remove, self.set) {
            (add, remove, _) if !add.is_empty() && remove.is_empty() => (StoreChange::Add, add),
            (_, remove, _) if !remove.is_empty() => (StoreChange::Remove, remove),
            (_, _, set) => (StoreChange::Replace, set),
        };
        let names = names.iter().filter(|name| !(name.is_empty() && change == StoreChange::Replace));
        let flags = names.map(|name| flag("store", name)).collect::<Result<Vec<Flag>, _>>()?;
        self.common.check("store", self.since.deed(change, flags))
    }
}

impl MarkArguments {
    /// The change that this command makes.
    pub(in crate::cli) fn check(
        self,
        command: &str,
        change: StoreChange,
        flag: Flag,
    ) -> Result<Change, clap::Error> {
        self.common.check(command, self.since.deed(change, vec![flag]))
    }
}

impl SinceArguments {
    fn deed(&self, change: StoreChange, flags: Vec<Flag>) -> Deed {
        let unless_changed_since = self.unchanged_since.map_or(Since::Opened, Since::ModSeq);
        Deed::Store { change, flags, unless_changed_since }
    }
}

//! The options of `tayori config`.

use clap::{Args, Subcommand};

use super::access::SHOWN;
use super::form::{self, Form};

/// What somebody wants to know of their configuration.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) task: ConfigTask,
    pub(crate) form: Form,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ConfigTask {
    Check,
    Show {
        /// Nobody names one: all of them.
        account: Option<String>,
        origin: Origins,
    },
    Path,
}

/// Whether it is said where each value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origins {
    Hidden,
    /// `--origin`
    Told,
}

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find all that is wrong with the configuration
    #[command(after_help = CHECK)]
    Check(form::Arguments),

    /// Show which settings hold
    #[command(after_help = SHOW)]
    Show(ShowArguments),

    /// Say where the configuration is
    #[command(after_help = PATH)]
    Path(form::Arguments),
}

#[derive(Args)]
struct ShowArguments {
    /// The account; without one, all of them
    account: Option<String>,

    /// Say where each value comes from
    #[arg(long, help_heading = SHOWN)]
    origin: bool,

    #[command(flatten)]
    form: form::Arguments,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  tayori config check
  tayori config show work --origin
";

const CHECK: &str = "\
All problems are told at once, each with its line and column.

Example:
  tayori config check && echo fine
";

const SHOW: &str = "\
Commands and what else may hold a secret are shown as ***.

Examples:
  tayori config show
  tayori config show work --origin
";

const PATH: &str = "\
Example:
  $EDITOR \"$(tayori config path)\"
";

impl From<Arguments> for Config {
    fn from(arguments: Arguments) -> Self {
        match arguments.command {
            Command::Check(form) => Self { task: ConfigTask::Check, form: form.into() },
            Command::Path(form) => Self { task: ConfigTask::Path, form: form.into() },
            Command::Show(ShowArguments { account, origin, form }) => {
                let origin = if origin { Origins::Told } else { Origins::Hidden };
                Self { task: ConfigTask::Show { account, origin }, form: form.into() }
            }
        }
    }
}

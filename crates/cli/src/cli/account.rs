//! The options of `tayori account`.

use clap::error::ErrorKind;
use clap::{Args, Subcommand};

use super::access::SHOWN;
use super::config::Origins;
use super::form::{self, Form};

const COMMAND: &str = "account";

/// What somebody wants of their accounts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Account {
    List {
        form: Form,
    },
    Show {
        /// Nobody names one: the one that is meant then.
        name: Option<String>,
        origin: Origins,
        form: Form,
    },
    Edit {
        name: String,
        edit: AccountEdit,
    },
    Remove {
        name: String,
        consent: Consent,
    },
}

/// What is changed of an account.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AccountEdit {
    /// The whole file, in an editor.
    ByHand,
    /// These settings.
    Settings {
        /// Keys with what was typed behind the `=`.
        set: Vec<(String, String)>,
        unset: Vec<String>,
        default: AsDefault,
    },
}

/// Whether an account is to be the one that is meant where none is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AsDefault {
    AsBefore,
    /// `--default`
    Yes,
}

/// Whether somebody has said yes already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    /// They are asked.
    Asked,
    /// `--yes`
    Given,
}

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the accounts of the configuration
    #[command(after_help = LIST)]
    List(form::Arguments),

    /// Show what holds for an account, and what was learned of it
    #[command(after_help = SHOW)]
    Show(ShowArguments),

    /// Change the settings of an account
    // What clap makes of it would allow settings and no account.
    #[command(after_help = EDIT, override_usage = "tayori account edit [OPTIONS] <ACCOUNT> [KEY=VALUE]...")]
    Edit(EditArguments),

    /// Remove an account from the configuration, with its secrets and what was learned
    #[command(after_help = REMOVE)]
    Remove(RemoveArguments),
}

#[derive(Args)]
struct ShowArguments {
    /// The account; without one, that which is meant where none is named
    account: Option<String>,

    /// Say where each value comes from
    #[arg(long, help_heading = SHOWN)]
    origin: bool,

    #[command(flatten)]
    form: form::Arguments,
}

#[derive(Args)]
struct EditArguments {
    /// The account
    account: String,

    /// A setting as docs/accounts.md has it, and its new value
    #[arg(value_name = "KEY=VALUE")]
    settings: Vec<String>,

    /// Take a setting away, so that [defaults] or what is built in holds
    #[arg(long, value_name = "KEY")]
    unset: Vec<String>,

    /// Make it the account that is meant where none is named
    #[arg(long)]
    default: bool,
}

#[derive(Args)]
struct RemoveArguments {
    /// The account
    account: String,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  tayori account list
  tayori account edit work timeout=120
";

const LIST: &str = "\
Example:
  tayori account list --json
";

const SHOW: &str = "\
Commands and what else may hold a secret are shown as ***.

Examples:
  tayori account show
  tayori account show work --origin
";

const EDIT: &str = "\
Comments and all other settings stay as they are. A list is written as in
the file. Without a setting, the editor that VISUAL or EDITOR names opens a
copy of the file, which takes its place when nothing is wrong with it.

Examples:
  tayori account edit work timeout=120 --unset proxy
  tayori account edit work 'password-command=[\"pass\", \"show\", \"mail\"]'
  tayori account edit work oauth.flow=device
  tayori account edit work --default
  tayori account edit work
";

const REMOVE: &str = "\
No mail is touched, neither on the server nor here.

Example:
  tayori account remove work --yes
";

impl From<bool> for Consent {
    fn from(yes: bool) -> Self {
        if yes { Self::Given } else { Self::Asked }
    }
}

impl From<bool> for AsDefault {
    fn from(default: bool) -> Self {
        if default { Self::Yes } else { Self::AsBefore }
    }
}

impl Arguments {
    pub(super) fn check(self) -> Result<Account, clap::Error> {
        Ok(match self.command {
            Command::List(form) => Account::List { form: form.into() },
            Command::Show(ShowArguments { account, origin, form }) => {
                let origin = if origin { Origins::Told } else { Origins::Hidden };
                Account::Show { name: account, origin, form: form.into() }
            }
            Command::Edit(arguments) => arguments.check()?,
            Command::Remove(RemoveArguments { account, yes }) => {
                Account::Remove { name: account, consent: yes.into() }
            }
        })
    }
}

impl EditArguments {
    fn check(self) -> Result<Account, clap::Error> {
        let set = self.settings.iter().map(|setting| {
            let (key, value) = setting.split_once('=').ok_or_else(|| {
                // What was typed is not repeated: it may be the end of a value with a blank in it.
                let message = "a setting has the form KEY=VALUE";
                super::refuse(COMMAND, ErrorKind::ValueValidation, message, "--unset KEY takes one away")
            })?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        });
        let set: Vec<_> = set.collect::<Result<_, clap::Error>>()?;
        let edit = match (&set[..], &self.unset[..], self.default) {
            ([], [], false) => AccountEdit::ByHand,
            _ => AccountEdit::Settings { set, unset: self.unset, default: self.default.into() },
        };
        Ok(Account::Edit { name: self.account, edit })
    }
}

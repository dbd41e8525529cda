//! The options of `tayori account`.

use std::num::NonZeroU16;

use clap::error::ErrorKind;
use clap::{Args, Subcommand};
use tayori_account::config::{AccountName, Flow};

use super::access::{self, Access, Accounts, SHOWN};
use super::config::Origins;
use super::form::{self, Form};
use super::typed::ServerParser;
use crate::place::Place;

const COMMAND: &str = "account";

/// What somebody wants of their accounts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Account {
    Add(Box<Add>),
    Test {
        access: Box<Access>,
        accounts: Accounts,
        form: Form,
    },
    Login {
        /// Nobody names one: the one that is meant then.
        name: Option<String>,
    },
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

/// An account that is to be made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Add {
    /// The mail address; asked for where none is given and nothing else says who logs in.
    pub(crate) address: Option<String>,
    pub(crate) name: Option<AccountName>,
    /// What the options say of the server; what they do not say is found out, or asked for.
    pub(crate) said: Said,
    pub(crate) access: Access,
    pub(crate) default: AsDefault,
    pub(crate) login: LoginFirst,
    pub(crate) consent: Consent,
    pub(crate) form: Form,
}

/// What options say of an account that is to be made, beside those of every connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) host: Option<String>,
    pub(crate) port: Option<NonZeroU16>,
    pub(crate) user: Option<String>,
    pub(crate) auth: Option<String>,
    /// `--keyring`
    pub(crate) keyring: bool,
    /// `--ask`: somebody is asked for the password each time.
    pub(crate) ask: bool,
    /// `--oauth PROVIDER`
    pub(crate) oauth: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret_command: Option<String>,
    /// `--oauth-flow`
    pub(crate) oauth_flow: Option<Flow>,
    /// `--oauth-store`
    pub(crate) oauth_store: Option<String>,
}

/// Whether a login comes before an account is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginFirst {
    Yes,
    /// `--no-login`
    No,
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
        /// `--forget`: what was learned of it.
        forget: bool,
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
    /// Set up an account: find its server, log in, write it down
    #[command(after_help = ADD)]
    Add(Box<AddArguments>),

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

    /// Log in to an account, and show which mailbox is for what
    #[command(after_help = TEST)]
    Test(Box<TestArguments>),

    /// Get new tokens from the provider, or put a password into the keyring
    #[command(after_help = LOGIN)]
    Login(LoginArguments),

    /// Remove an account from the configuration, with its secrets and what was learned
    #[command(after_help = REMOVE)]
    Remove(RemoveArguments),
}

const FOUND: &str = "The server, if it is not to be found out";
const SECRET: &str = "The secret, if nobody is to be asked";

#[derive(Args)]
struct AddArguments {
    /// The mail address
    address: Option<String>,

    /// What to call the account
    #[arg(long, value_name = "NAME", value_parser = |name: &str| AccountName::new(name))]
    name: Option<AccountName>,

    /// Where its mail is
    #[arg(long, value_name = "HOST", help_heading = FOUND, conflicts_with = "tunnel")]
    host: Option<String>,

    /// The port there
    #[arg(long, value_name = "PORT", help_heading = FOUND, requires = "host")]
    port: Option<NonZeroU16>,

    /// Who logs in
    #[arg(long, value_name = "USER", help_heading = FOUND)]
    user: Option<String>,

    /// The one mechanism to log in with
    #[arg(long, value_name = "MECHANISM", help_heading = FOUND)]
    auth: Option<String>,

    /// Keep the password in the system's keyring; TAYORI_PASSWORD or the terminal gives it now
    #[arg(long, help_heading = SECRET, conflicts_with_all = ["ask", "oauth", "password_command", "password_file"])]
    keyring: bool,

    /// Ask for the password each time
    #[arg(long, help_heading = SECRET, conflicts_with_all = ["oauth", "password_command", "password_file"])]
    ask: bool,

    /// Log in with tokens of this provider: gmail, microsoft, yahoo, fastmail
    #[arg(
        long,
        value_name = "PROVIDER",
        help_heading = SECRET,
        requires = "client_id",
        conflicts_with_all = ["password_command", "password_file"]
    )]
    oauth: Option<String>,

    /// Under which name the provider knows this program
    #[arg(long, value_name = "ID", help_heading = SECRET, requires = "oauth")]
    client_id: Option<String>,

    /// A command that prints the secret that belongs to it
    #[arg(long, value_name = "COMMAND", help_heading = SECRET, requires = "oauth")]
    client_secret_command: Option<String>,

    /// How somebody agrees: in a browser on this machine, or by typing a code on any device
    #[arg(long, value_name = "FLOW", value_parser = access::words::<Flow>(), help_heading = SECRET, requires = "oauth")]
    oauth_flow: Option<Flow>,

    /// Where the tokens are kept: in the keyring, if there is one, or in a file
    #[arg(long, value_name = "STORE", value_parser = ["keyring", "file"], help_heading = SECRET, requires = "oauth")]
    oauth_store: Option<String>,

    /// Make it the account that is meant where none is named
    #[arg(long)]
    default: bool,

    /// Write it down without a login
    #[arg(long)]
    no_login: bool,

    /// Take what is found, and ask nothing
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

#[derive(Args)]
struct TestArguments {
    /// The account; without one, that which is meant where none is named
    #[arg(value_name = "ACCOUNT", value_parser = ServerParser)]
    place: Option<Place>,

    #[command(flatten)]
    accounts: access::AllAccounts,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

#[derive(Args)]
struct LoginArguments {
    /// The account; without one, that which is meant where none is named
    account: Option<String>,
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

    /// Take a setting away, so that the defaults of the file or what is built in holds
    #[arg(long, value_name = "KEY")]
    unset: Vec<String>,

    /// Make it the account that is meant where none is named
    #[arg(long)]
    default: bool,

    /// Forget the login mechanism and the certificate that were seen before
    #[arg(long)]
    forget: bool,
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
  tayori account add ann@example.org
  tayori account list
  tayori account edit work timeout=120
";

const ADD: &str = "\
The server is the one that is known for the provider, or that the mail domain
names (DNS, autoconfig), or a usual name where a server answers with TLS. All
of it is shown first. Nothing is written before a login has worked.

Examples:
  tayori account add ann@example.org
  tayori account add ann@example.org --name home --keyring --yes
  tayori account add ann@example.org --host mail.example.org --user ann \\
      --password-command 'pass show mail' --yes
";

const TEST: &str = "\
Examples:
  tayori account test work
  tayori account test --all-accounts
";

const LOGIN: &str = "\
Example:
  tayori account login work
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
  tayori account edit work --forget
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
            Command::Add(arguments) => arguments.check()?,
            Command::Test(arguments) => {
                let TestArguments { place, accounts, access, form } = *arguments;
                let access = access.check(COMMAND, place.unwrap_or_else(Place::usual))?;
                Account::Test { access: Box::new(access), accounts: accounts.into(), form: form.into() }
            }
            Command::Login(LoginArguments { account }) => Account::Login { name: account },
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

impl AddArguments {
    fn check(self) -> Result<Account, clap::Error> {
        let said = Said {
            host: self.host,
            port: self.port,
            user: self.user,
            auth: self.auth,
            keyring: self.keyring,
            ask: self.ask,
            oauth: self.oauth,
            client_id: self.client_id,
            client_secret_command: self.client_secret_command,
            oauth_flow: self.oauth_flow,
            oauth_store: self.oauth_store,
        };
        Ok(Account::Add(Box::new(Add {
            address: self.address,
            name: self.name,
            said,
            access: self.access.check(COMMAND, Place::usual())?,
            default: self.default.into(),
            login: if self.no_login { LoginFirst::No } else { LoginFirst::Yes },
            consent: self.yes.into(),
            form: self.form.into(),
        })))
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
        let edit = match (&set[..], &self.unset[..], self.default || self.forget) {
            ([], [], false) => AccountEdit::ByHand,
            _ => {
                let (default, forget) = (self.default.into(), self.forget);
                AccountEdit::Settings { set, unset: self.unset, default, forget }
            }
        };
        Ok(Account::Edit { name: self.account, edit })
    }
}

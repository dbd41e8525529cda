//! The options of the commands that look at one thing and can be told nothing else: `tayori namespace`, `tayori quota`
//! and `tayori status`.

use clap::Args;

use super::access::{self, Access, Accounts};
use super::form::{self, Form};
use super::typed::PlaceParser;
use crate::place::Place;

/// What is looked at, and how it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) access: Access,
    pub(crate) accounts: Accounts,
    pub(crate) form: Form,
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The mailbox: ACCOUNT:mailbox or imaps://user@host/mailbox; INBOX if none is named
    #[arg(value_parser = PlaceParser)]
    place: Option<Place>,

    #[command(flatten)]
    accounts: access::AllAccounts,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

/// The place, where the server alone matters.
pub(super) const SERVER: &str = "The server: ACCOUNT or imaps://user@host/";

pub(super) const NAMESPACE_EXAMPLES: &str = "\
Example:
  tayori namespace imaps://ann@mail.example.org/
";

pub(super) const QUOTA_EXAMPLES: &str = "\
Example:
  tayori quota imaps://ann@mail.example.org/
";

pub(super) const STATUS_EXAMPLES: &str = "\
Examples:
  tayori status imaps://ann@mail.example.org/
  tayori status imaps://ann@mail.example.org/Archive/2024 --json

For many mailboxes at once, use tayori list --status.
";

impl Arguments {
    /// What they mean for the command of this name.
    pub(super) fn check(self, command: &str) -> Result<Look, clap::Error> {
        Ok(Look {
            access: self.access.check(command, self.place.unwrap_or_else(Place::usual))?,
            accounts: self.accounts.into(),
            form: self.form.into(),
        })
    }
}

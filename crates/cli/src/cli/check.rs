//! The options of `tayori check`.

use std::num::NonZeroU16;

use clap::Args;

use super::access::{self, Access, Accounts};
use super::form::{self, Form};
use super::typed::ServerParser;
use crate::place::Place;

/// `tayori check`: what there is to know of a server and of the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) access: Access,
    pub(crate) accounts: Accounts,
    pub(crate) depth: Depth,
    /// Where STARTTLS is looked for, if somebody has said.
    pub(crate) starttls_port: Option<NonZeroU16>,
    pub(crate) form: Form,
}

/// How far it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// What everybody can see.
    Outside,
    /// What needs a login as well.
    LoggedIn,
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The server: ACCOUNT or imaps://user@host/, or imaps://host/ for what needs no login
    #[arg(value_parser = ServerParser)]
    place: Option<Place>,

    /// Leave out what needs a login
    #[arg(long)]
    no_login: bool,

    /// Where STARTTLS is looked for beside imaps://: 143, unless the place has a port
    #[arg(long, value_name = "PORT")]
    starttls_port: Option<NonZeroU16>,

    #[command(flatten)]
    accounts: access::AllAccounts,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  tayori check imaps://ann@mail.example.org/
  tayori check imaps://mail.example.org/
  tayori check imaps://ann@mail.example.org/ --json | jq .findings

The report ends with what is wrong, what to watch, and what to do. Its exit
code is 0 with nothing but advice, 13 with warnings, and after an error that
which any other command would have.
";

impl Arguments {
    pub(super) fn check(self) -> Result<Check, clap::Error> {
        let access = self.access.check("check", self.place.unwrap_or_else(Place::usual))?;
        let depth = if self.no_login { Depth::Outside } else { Depth::LoggedIn };
        Ok(Check {
            access,
            accounts: self.accounts.into(),
            depth,
            starttls_port: self.starttls_port,
            form: self.form.into(),
        })
    }
}

//! One command for every account of the configuration, one after the other.

use std::collections::VecDeque;

use serde::Serialize;
use tayori_account::config::{ChoiceError, Environment, Origin};

use crate::cli::{Access, Accounts, Form};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::{Place, Server};
use crate::settings;
use crate::stdout;

/// What stands in front of an account's part.
#[derive(Serialize)]
struct AccountJson<'a> {
    event: &'static str,
    account: &'a str,
}

/// The places where a command is run: the one that was named, or one in each account.
///
/// An account that fails is told, and the others go on; the exit code is that of the first that has failed. Ctrl-C ends
/// all of it.
pub(crate) struct Round {
    left: VecDeque<Place>,
    /// `None` where one place was named: its failure is that of the command.
    heading: Option<Form>,
    number: usize,
    exit: Exit,
}

impl Round {
    pub(crate) fn new(accounts: Accounts, access: &Access, form: Form) -> Result<Self, Failure> {
        let (left, heading) = match accounts {
            Accounts::One => (VecDeque::from([access.place.clone()]), None),
            Accounts::All => (everywhere(access)?, Some(form)),
        };
        Ok(Self { left, heading, number: 0, exit: Exit::Done })
    }

    /// The next place, after its heading.
    pub(crate) fn next(&mut self) -> Result<Option<Place>, Failure> {
        let Some(place) = self.left.pop_front() else { return Ok(None) };
        if let (Some(form), Server::Account(account)) = (self.heading, place.server()) {
            match form {
                Form::Json => stdout::json_line(&AccountJson { event: "account", account })?,
                Form::Text => {
                    let gap = if self.number == 0 { "" } else { "\n" };
                    stdout::text(&format!("{gap}== {} ==\n", escape_str(account)))?;
                }
            }
        }
        self.number += 1;
        Ok(Some(place))
    }

    /// How it has ended there.
    pub(crate) fn ended(&mut self, ended: Result<Exit, Failure>) -> Result<(), Failure> {
        let exit = match ended {
            Ok(exit) => exit,
            Err(failure) if self.heading.is_none() || failure.exit.is_asked_for() => return Err(failure),
            Err(failure) => {
                failure.print();
                failure.exit
            }
        };
        if self.exit == Exit::Done {
            self.exit = exit;
        }
        Ok(())
    }

    /// How all of it has ended.
    pub(crate) fn exit(self) -> Exit {
        self.exit
    }
}

/// A place in each account.
fn everywhere(access: &Access) -> Result<VecDeque<Place>, Failure> {
    let environment = Environment::process();
    let config = settings::load(&environment)?;
    let variables = settings::from_environment(&environment)?;
    let secret = access.flags.secret.as_ref().or(variables.secret.as_ref());
    if let Some(secret) = secret {
        // One account's password would go to another account's server.
        let from = match &secret.origin {
            Origin::Environment(name) => format!("the environment variable {name}"),
            origin => origin.to_string(),
        };
        let message = format!("{from} gives one password, and --all-accounts means several accounts");
        return Err(Failure::new(Exit::Usage, message)
            .hint("say in the configuration where each account's password comes from"));
    }
    if config.accounts().len() == 0 {
        return Err(settings::no_such_account(&ChoiceError::NoAccounts));
    }
    Ok(config.accounts().map(|name| access.place.in_account(name.as_str())).collect())
}

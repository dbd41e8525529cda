//! `tayori account`: the accounts of the configuration.
//!
//! - [`add`]: a new one, from a mail address to the [`first_login`]; [`secret`]: how its secret is kept,
//!   [`password_file`]: in a file; [`undo`]: what goes again when nothing comes of it
//! - [`mod@test`], [`uses`]: whether it works, and which mailbox is for what
//! - [`login`]: tokens from the provider, and passwords for the keyring
//! - [`list`], [`show`]: what is there
//! - [`edit`], [`remove`]: changes of the file, and of what belongs to an account beside it

mod add;
mod edit;
mod first_login;
mod list;
mod login;
mod password_file;
mod remove;
mod secret;
mod show;
mod test;
mod undo;
mod uses;

use std::error::Error as _;
use std::io::Write as _;

use tayori_account::ReplaceError;
use tayori_account::config::{EditError, Environment};

use crate::cli::{Account, AccountEdit};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings;
use crate::signal;

/// Does it. Nothing but what is said is changed, however it ends.
pub(crate) async fn run(options: Account) -> Result<Exit, Failure> {
    let environment = Environment::process();
    match options {
        Account::Add(options) => add::run(*options, &environment).await,
        Account::Test { access, accounts, form } => test::run(&access, accounts, form).await,
        Account::Login { name } => interruptible(login::run(name.as_deref(), &environment)).await,
        Account::List { form } => list::run(form, &environment),
        Account::Show { name, origin, form } => show::run(name.as_deref(), origin, form, &environment),
        Account::Edit { name, edit: AccountEdit::Settings { set, unset, default, forget } } => {
            edit::settings(&name, &set, &unset, default, forget, &environment)
        }
        Account::Edit { name, edit: AccountEdit::ByHand } => edit::by_hand(&name, &environment).await,
        Account::Remove { name, consent } => interruptible(remove::run(&name, consent, &environment)).await,
    }
}

/// The same until somebody asks the program to end. From the start on signals are ours, so that a question gives the
/// terminal back as it was.
async fn interruptible<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut asked_to_end = Box::pin(signal::asked_to_end()?);
    match signal::unless(&mut asked_to_end, work).await {
        Ok(done) => done,
        Err(signal) => Err(Failure::interrupted(signal, "")),
    }
}

/// Says on stderr what was done. If that fails, there is nobody to tell.
fn told(text: &str) -> Result<(), Failure> {
    let _ = anstream::stderr().write_all(text.as_bytes());
    Ok(())
}

/// Why the configuration was not changed.
fn not_changed(error: &EditError) -> Failure {
    match error {
        EditError::Config(error) => settings::unusable(error),
        EditError::Replace(error) => {
            let cause = error.source().map_or(String::new(), |cause| format!(": {cause}"));
            let failure = Failure::new(Exit::Disk, escape_str(&format!("{error}{cause}")));
            match error {
                ReplaceError::Changed { .. } => failure.hint("nothing was changed by this; do it again"),
                _ => failure,
            }
        }
        _ => Failure::new(Exit::Usage, escape_str(&error.to_string())),
    }
}

//! The configuration as the program uses it: read once, its problems in words.

use tayori_account::config::{ChoiceError, Config, ConfigError, Environment, Layer, Problem};

use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;

/// Reads the configuration of this environment; where there is none, it is empty.
pub(crate) fn load(environment: &Environment) -> Result<Config, Failure> {
    Config::load(environment).map_err(|error| unusable(&error))
}

/// What the environment says.
pub(crate) fn from_environment(environment: &Environment) -> Result<Layer, Failure> {
    Layer::from_environment(environment).map_err(|problems| first_of("the environment", &problems))
}

/// Why a configuration cannot be used.
pub(crate) fn unusable(error: &ConfigError) -> Failure {
    match error {
        ConfigError::Invalid { problems, .. } => first_of("the configuration", problems),
        ConfigError::Unreadable { cause, .. } => {
            let message = format!("{}: {cause}", escape_str(&error.to_string()));
            Failure::new(Exit::Usage, message).hint("TAYORI_CONFIG names another file, if it is set")
        }
        _ => Failure::new(Exit::Usage, escape_str(&error.to_string())),
    }
}

/// One problem stands for all; a program that was asked for something else is no place for a list.
fn first_of(whose: &str, problems: &[Problem]) -> Failure {
    let Some(first) = problems.first() else { return Failure::new(Exit::Usage, format!("{whose} is wrong")) };
    let failure = Failure::new(Exit::Usage, escape_str(&first.to_string()));
    let failure = match first.hint() {
        Some(hint) => failure.hint(escape_str(&hint)),
        None => failure,
    };
    match problems.len() {
        1 => failure,
        _ => failure.hint_as_well("there is more; tayori config check tells all"),
    }
}

/// Why it is not clear which account is meant.
pub(crate) fn no_such_account(error: &ChoiceError) -> Failure {
    let failure = Failure::new(Exit::Usage, escape_str(&error.to_string()));
    match error {
        ChoiceError::NoSuchAccount { nearest: Some(nearest), .. } => {
            failure.hint(format!("did you mean {}?", escape_str(nearest)))
        }
        ChoiceError::NoAccounts => {
            failure.hint("tayori account add makes one; a server is written imaps://user@host/")
        }
        ChoiceError::Several { .. } => failure.hint("name one, or set default-account in the configuration"),
        _ => failure.hint("tayori account list shows the accounts; a server is written imaps://user@host/"),
    }
}

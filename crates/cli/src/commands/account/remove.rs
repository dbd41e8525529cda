//! `tayori account remove`.

use std::fs;
use std::io;

use tayori_account::config::{AccountName, Config, Edit, Environment, OAuth, SecretSource};
use tayori_account::oauth;
use tayori_account::secret::{KeyringError, with_keyring};
use tayori_account::state::State;

use super::{not_changed, password_file, told};
use crate::cli::Consent;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::password;
use crate::question::{Terminal, Usually, agrees};
use crate::settings;
use crate::target;

/// Removes an account's table, and then what was kept for it.
pub(super) async fn run(name: &str, consent: Consent, environment: &Environment) -> Result<Exit, Failure> {
    let config = settings::load(environment)?;
    let name = config.find_account(name).map_err(|error| settings::no_such_account(&error))?;
    // Without what the environment says: a password that is there today was not kept by us.
    let account = target::settings_of(&config, name, &[])?;
    if consent == Consent::Asked {
        let Some(mut terminal) = Terminal::find() else {
            let message = format!("there is no terminal to ask whether to remove the account {name}");
            return Err(Failure::new(Exit::Usage, message).hint("--yes removes it without a question"));
        };
        let user = account.user.as_ref().or(account.address.as_ref());
        let whose = user.map_or(String::new(), |user| format!(" of {}", escape_str(&user.value)));
        let question = format!("Remove the account {name}{whose} and what is kept for it?");
        if !agrees(&mut terminal, &question, Usually::No).await? {
            told("nothing was removed\n")?;
            return Ok(Exit::Done);
        }
    }
    remove_table(&config, name, environment)?;
    let mut left = Vec::new();
    for outcome in [
        remove_state(name, environment),
        remove_password(name, &account.secret.value).await,
        remove_password_file(&config, name, &account.secret.value),
        remove_tokens(name, &account.secret.value, environment).await,
    ] {
        match outcome {
            Ok(Some(removed)) => told(&format!("removed {removed}\n"))?,
            Ok(None) => {}
            Err(stays) => left.push(stays),
        }
    }
    if let Some(kept) = not_ours(&config, name, &account.secret.value) {
        told(&format!("{kept} stays: it was not made by tayori\n"))?;
    }
    told("no mail was touched, neither on the server nor here\n")?;
    match left.is_empty() {
        true => Ok(Exit::Done),
        false => Err(Failure::new(Exit::PartlyDone, left.join("; "))
            .hint("the account is no longer in the configuration; remove what is left by hand")),
    }
}

fn remove_table(config: &Config, name: &AccountName, environment: &Environment) -> Result<(), Failure> {
    let removed = Edit::open(config.path(), environment).and_then(|mut edit| {
        edit.remove_account(name)?;
        edit.save()
    });
    removed.map_err(|error| not_changed(&error))?;
    told(&format!("removed the account {name} from {}\n", escape_str(&config.path().to_string_lossy())))
}

/// What was removed, in words; nothing, where there was nothing. Or what is left, and why.
type Removed = Result<Option<String>, String>;

fn remove_state(name: &AccountName, environment: &Environment) -> Removed {
    let stays = |why: &dyn std::fmt::Display| {
        format!("what was learned of the account stays: {}", escape_str(&why.to_string()))
    };
    let path = State::path_of(name, environment).map_err(|error| stays(&error))?;
    match fs::remove_file(&path) {
        Ok(()) => Ok(Some(format!("what was learned of it: {}", escape_str(&path.to_string_lossy())))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(stays(&error)),
    }
}

/// An entry of the keyring that has the name which this program gives it.
async fn remove_password(name: &AccountName, secret: &SecretSource) -> Removed {
    let SecretSource::Keyring(entry) = secret else { return Ok(None) };
    if entry.service.is_some() || entry.user.is_some() {
        return Ok(None);
    }
    let (service, user) = entry.names(name.as_str());
    let words = format!("the entry of the keyring with service {service} and username {user}");
    match with_keyring(password::options().limit, move |keyring| keyring.remove(&service, &user)).await {
        Ok(()) => Ok(Some(words)),
        // Where there is no keyring there is no entry that could stay.
        Err(KeyringError::Missing { .. } | KeyringError::Absent(_) | KeyringError::NotBuilt) => Ok(None),
        Err(error) => Err(format!("{words} stays: {}", escape_str(&error.to_string()))),
    }
}

/// A file that has the name which this program gives it.
fn remove_password_file(config: &Config, name: &AccountName, secret: &SecretSource) -> Removed {
    let SecretSource::File(path) = secret else { return Ok(None) };
    if *path != password_file::path(config.path(), name) {
        return Ok(None);
    }
    let words = format!("the password file {}", escape_str(&path.to_string_lossy()));
    match fs::remove_file(path) {
        Ok(()) => Ok(Some(words)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{words} stays: {error}")),
    }
}

async fn remove_tokens(name: &AccountName, secret: &SecretSource, environment: &Environment) -> Removed {
    let SecretSource::OAuth(settings) = secret else { return Ok(None) };
    let stays = |why: String| format!("the tokens stay: {}", escape_str(&why));
    let (name, settings, environment) = (name.clone(), settings.clone(), environment.clone());
    // A keyring may ask somebody.
    let removed = tokio::task::spawn_blocking(move || remove_from_store(&name, &settings, &environment));
    match tokio::time::timeout(password::options().limit, removed).await {
        Ok(Ok(removed)) => removed.map_err(stays),
        Ok(Err(error)) => Err(stays(error.to_string())),
        Err(_) => Err(stays("the keyring does not answer".to_owned())),
    }
}

fn remove_from_store(name: &AccountName, settings: &OAuth, environment: &Environment) -> Removed {
    let store = oauth::configured_store(name, settings, environment).map_err(|error| error.to_string())?;
    // What cannot be read is removed as well.
    let is_there = !matches!(store.load(), Ok(None));
    store.remove().map_err(|error| error.to_string())?;
    Ok(is_there.then(|| "its tokens; the provider's page ends what they allow".to_owned()))
}

/// A secret that somebody else has put there.
fn not_ours(config: &Config, name: &AccountName, secret: &SecretSource) -> Option<String> {
    match secret {
        SecretSource::File(path) if *path != password_file::path(config.path(), name) => {
            Some(format!("the password file {}", escape_str(&path.to_string_lossy())))
        }
        SecretSource::Keyring(entry) if entry.service.is_some() || entry.user.is_some() => {
            Some("the entry of the keyring that the configuration names".to_owned())
        }
        _ => None,
    }
}

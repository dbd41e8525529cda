//! How the secret of a new account is kept.

use tayori_account::config::{CommandLine, EditValue, Environment, PASSWORD_VARIABLE, SecretSource};
use tayori_account::provider::{Provider, Way};
use tayori_client::Mechanism;
use tayori_proto::types::Secret;

use crate::cli::Add;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::question::{Person, choice};

/// How it is kept, and the secret where it is at hand.
pub(super) struct Chosen {
    /// What is written down.
    pub(super) keys: Vec<(String, EditValue)>,
    /// For the first login; the source is asked where it is not there.
    pub(super) now: Option<Secret>,
    /// Whether it goes into the keyring.
    pub(super) stored: bool,
    /// Whether somebody has typed it, and could do better.
    pub(super) typed: bool,
}

impl Chosen {
    fn of(keys: Vec<(String, EditValue)>) -> Self {
        Self { keys, now: None, stored: false, typed: false }
    }
}

fn key(name: &str, value: impl Into<String>) -> (String, EditValue) {
    (name.to_owned(), EditValue::Text(value.into()))
}

/// What options say, and else a person.
pub(super) async fn choose(
    options: &Add,
    person: Option<&mut impl Person>,
    provider: Option<&'static Provider>,
    who: &str,
    environment: &Environment,
) -> Result<Chosen, Failure> {
    let said = &options.said;
    if let Some(secret) = &options.access.flags.secret {
        return of_flag(&secret.value);
    }
    if let Some(provider) = &said.oauth {
        let mut keys = vec![key("oauth.provider", provider)];
        keys.extend(said.client_id.iter().map(|id| key("oauth.client-id", id)));
        keys.extend(
            said.client_secret_command.iter().map(|command| key("oauth.client-secret-command", command)),
        );
        return Ok(Chosen::of(keys));
    }
    let mechanism = said.auth.as_deref().and_then(Mechanism::from_name);
    let needs_none =
        matches!(mechanism, Some(Mechanism::External | Mechanism::Gssapi | Mechanism::Anonymous));
    if needs_none || options.access.flags.tunnel.is_some() {
        return Ok(Chosen::of(Vec::new()));
    }
    let how = match (said.keyring, said.ask, person.is_some()) {
        (true, _, _) => How::Keyring,
        (_, true, _) => How::Asked,
        (_, _, false) => {
            return Err(Failure::new(Exit::Usage, "nothing says where the password comes from")
                .hint("give --keyring, --ask, --password-command, --password-file or --oauth"));
        }
        (_, _, true) => How::Unsaid,
    };
    let given = given(environment)?;
    let Some(person) = person else {
        let keys = if how == How::Keyring { keyring() } else { Vec::new() };
        return Ok(Chosen { keys, now: given, stored: how == How::Keyring, typed: false });
    };
    let how = match how {
        How::Unsaid => ask_how(person).await?,
        known => known,
    };
    match how {
        How::Command => {
            let command = person.line("Command that prints the password: ").await?;
            Ok(Chosen::of(vec![key("password-command", command)]))
        }
        how => {
            let typed = given.is_none();
            let now = match given {
                Some(given) => given,
                None => person.secret(&question(provider, who)).await?,
            };
            let stored = how == How::Keyring;
            let keys = if stored { keyring() } else { Vec::new() };
            Ok(Chosen { keys, now: Some(now), stored, typed })
        }
    }
}

/// The password that the environment gives, for this one command.
pub(super) fn given(environment: &Environment) -> Result<Option<Secret>, Failure> {
    let given = environment.value(PASSWORD_VARIABLE).map(|value| {
        let secret = value.to_str().filter(|text| !text.is_empty()).and_then(|text| Secret::new(text).ok());
        secret.ok_or_else(|| Failure::new(Exit::Usage, format!("{PASSWORD_VARIABLE} holds no password")))
    });
    given.transpose()
}

/// What somebody is asked who has to give the password.
pub(super) fn question(provider: Option<&Provider>, who: &str) -> String {
    let wants_own = provider.is_some_and(|provider| provider.auth.contains(&Way::AppPassword));
    let what = if wants_own { "app password" } else { "password" };
    format!("{what} of {}: ", escape_str(who))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Unsaid,
    Keyring,
    Asked,
    Command,
}

async fn ask_how(person: &mut impl Person) -> Result<How, Failure> {
    let mut ways = vec![
        (How::Asked, "nowhere: you are asked each time"),
        (How::Command, "in a program of yours, such as pass: a command prints it"),
    ];
    if cfg!(feature = "keyring") {
        ways.insert(0, (How::Keyring, "in the system's keyring"));
    }
    let choices: Vec<String> = ways.iter().map(|(_, words)| (*words).to_owned()).collect();
    Ok(ways[choice(person, "Where is the password kept?", &choices).await?].0)
}

fn keyring() -> Vec<(String, EditValue)> {
    vec![("keyring".to_owned(), EditValue::Truth(true))]
}

fn of_flag(secret: &SecretSource) -> Result<Chosen, Failure> {
    Ok(Chosen::of(match secret {
        SecretSource::Command(CommandLine::Shell(text)) => vec![key("password-command", text)],
        SecretSource::File(path) => {
            // In the file it would be relative to another folder.
            let path = std::path::absolute(path)
                .map_err(|error| Failure::new(Exit::Usage, escape_str(&error.to_string())))?;
            let path = path.to_str().ok_or_else(|| {
                Failure::new(
                    Exit::Usage,
                    "the name of the password file is not UTF-8, and cannot be written down",
                )
            })?;
            vec![key("password-file", path)]
        }
        _ => Vec::new(),
    }))
}

//! How the secret of a new account is kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tayori_account::config::{
    AccountName, CommandLine, EditValue, Environment, PASSWORD_VARIABLE, SecretSource, Word as _,
};
use tayori_account::oauth::{ClientSecret, Flow, Preset};
use tayori_account::provider::{Provider, Way};
use tayori_account::secret::with_keyring;
use tayori_client::Mechanism;
use tayori_proto::types::Secret;

use super::password_file;
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
    /// Where it goes once the login has worked.
    pub(super) kept: Kept,
    /// Whether somebody has typed it, and could do better.
    pub(super) typed: bool,
}

/// Where this program puts a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Nowhere: it is somewhere already, or asked for.
    Nowhere,
    Keyring,
    /// In a new file that nobody else can read.
    File(PathBuf),
}

impl Chosen {
    fn of(keys: Vec<(String, EditValue)>) -> Self {
        Self { keys, now: None, kept: Kept::Nowhere, typed: false }
    }
}

/// Whether the system has a keyring that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyringHere {
    Yes,
    No,
}

impl KeyringHere {
    /// Looks for it, without reading anything there.
    pub(super) async fn look() -> Self {
        /// Nobody is asked to unlock anything, so that it answers at once or not at all.
        const LIMIT: Duration = Duration::from_secs(5);

        match with_keyring(LIMIT, |_| Ok(())).await {
            Ok(()) => Self::Yes,
            Err(_) => Self::No,
        }
    }
}

/// What is known of the account by the time that its secret is asked for.
pub(super) struct Whose<'a> {
    pub(super) name: &'a AccountName,
    pub(super) provider: Option<&'static Provider>,
    /// For questions: ann at imap.example.org.
    pub(super) who: &'a str,
    /// The file of the configuration.
    pub(super) config: &'a Path,
}

fn key(name: &str, value: impl Into<String>) -> (String, EditValue) {
    (name.to_owned(), EditValue::Text(value.into()))
}

/// What options say, and else a person.
pub(super) async fn choose(
    options: &Add,
    person: Option<&mut impl Person>,
    whose: &Whose<'_>,
    keyring: KeyringHere,
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
        keys.extend(said.oauth_flow.map(|flow| key("oauth.flow", flow.as_str())));
        keys.extend(store(said.oauth_store.as_deref(), keyring));
        return Ok(Chosen::of(keys));
    }
    let mechanism = said.auth.as_deref().and_then(Mechanism::from_name);
    let needs_none =
        matches!(mechanism, Some(Mechanism::External | Mechanism::Gssapi | Mechanism::Anonymous));
    if needs_none || options.access.flags.tunnel.is_some() {
        return Ok(Chosen::of(Vec::new()));
    }
    let how = match (said.keyring, said.ask, person.is_some()) {
        (true, _, _) => Some(How::Keyring),
        (_, true, _) => Some(How::Asked),
        (_, _, false) => {
            return Err(Failure::new(Exit::Usage, "nothing says where the password comes from")
                .hint("give --keyring, --ask, --password-command, --password-file or --oauth"));
        }
        (_, _, true) => None,
    };
    let given = given(environment)?;
    let Some(person) = person else {
        return Ok(match how {
            Some(How::Keyring) => {
                Chosen { keys: in_keyring(), now: given, kept: Kept::Keyring, typed: false }
            }
            _ => Chosen { now: given, ..Chosen::of(Vec::new()) },
        });
    };
    let how = match how {
        Some(how) => how,
        None => ask_how(person, whose.provider, keyring).await?,
    };
    let (keys, kept) = match how {
        How::Command => {
            let command = person.line("Command that prints the password: ").await?;
            return Ok(Chosen::of(vec![key("password-command", command)]));
        }
        How::OAuth(preset) => return Ok(Chosen::of(ask_for_client(person, preset, keyring).await?)),
        How::Keyring => (in_keyring(), Kept::Keyring),
        How::Asked => (Vec::new(), Kept::Nowhere),
        How::File => {
            let path = password_file::path(whose.config, whose.name);
            if path.exists() {
                let path = path.to_string_lossy();
                return Err(Failure::new(Exit::Disk, format!("{} is there already", escape_str(&path)))
                    .hint("--password-file takes the password that is in it"));
            }
            // Relative to the folder of the configuration.
            (vec![key("password-file", password_file::name(whose.name))], Kept::File(path))
        }
    };
    let typed = given.is_none();
    let now = match given {
        Some(given) => given,
        None => person.secret(&question(whose.provider, whose.who)).await?,
    };
    Ok(Chosen { keys, now: Some(now), kept, typed })
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

#[derive(Clone, Copy)]
enum How {
    Keyring,
    Asked,
    Command,
    File,
    OAuth(&'static Preset),
}

/// How it can be kept here, the best first. Where passwords are not taken, tokens are all there is.
async fn ask_how(
    person: &mut impl Person,
    provider: Option<&'static Provider>,
    keyring: KeyringHere,
) -> Result<How, Failure> {
    let preset = provider.and_then(|provider| Preset::find(provider.oauth.as_deref()?));
    let takes_password = provider.is_none_or(|provider| {
        provider.auth.is_empty() || provider.auth.iter().any(|way| *way != Way::OAuth)
    });
    if let (Some(preset), false) = (preset, takes_password) {
        return Ok(How::OAuth(preset));
    }
    let mut ways = vec![
        (How::Asked, "nowhere: you are asked each time"),
        (How::Command, "in a program of yours, such as pass: a command prints it"),
        (How::File, "in a file that only you can read, and that is not encrypted"),
    ];
    if keyring == KeyringHere::Yes {
        ways.insert(0, (How::Keyring, "in the system's keyring"));
    }
    if let Some(preset) = preset {
        ways.push((
            How::OAuth(preset),
            "there is none: you agree in a browser (OAuth); it takes a client id",
        ));
    }
    let choices: Vec<String> = ways.iter().map(|(_, words)| (*words).to_owned()).collect();
    Ok(ways[choice(person, "Where is the password kept?", &choices).await?].0)
}

/// Who this program is to the provider, and how somebody agrees there.
async fn ask_for_client(
    person: &mut impl Person,
    preset: &'static Preset,
    keyring: KeyringHere,
) -> Result<Vec<(String, EditValue)>, Failure> {
    let intro = format!("{} knows programs by a client id. To get one: {}.\n", preset.name, preset.obtain);
    let mut text = format!("{intro}Client id: ");
    let id = loop {
        let id = person.line(&text).await?;
        if !id.is_empty() {
            break id;
        }
        "Client id: ".clone_into(&mut text);
    };
    let mut keys = vec![key("oauth.provider", &preset.id), key("oauth.client-id", id)];
    if preset.secret == ClientSecret::Needed {
        let command = person.line("Command that prints the client secret that belongs to it: ").await?;
        keys.push(key("oauth.client-secret-command", command));
    }
    if preset.flows.len() > 1 {
        let ways = preset.flows.iter().map(|flow| match flow {
            Flow::Browser => "in a browser on this machine",
            Flow::Device => "on any device, with a code",
        });
        let ways: Vec<String> = ways.map(str::to_owned).collect();
        let flow = preset.flows[choice(person, "Where do you agree?", &ways).await?];
        keys.push(key("oauth.flow", flow.as_str()));
    }
    keys.extend(store(None, keyring));
    Ok(keys)
}

/// Where tokens are kept: in the keyring, which need not be said, unless there is none.
fn store(said: Option<&str>, keyring: KeyringHere) -> Option<(String, EditValue)> {
    match (said, keyring) {
        (Some(said), _) => Some(key("oauth.store", said)),
        (None, KeyringHere::No) => Some(key("oauth.store", "file")),
        (None, KeyringHere::Yes) => None,
    }
}

fn in_keyring() -> Vec<(String, EditValue)> {
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

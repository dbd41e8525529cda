//! `tayori account login`: a person's part in tokens and in passwords of the keyring.

use std::time::Duration;

use tayori_account::config::{AccountName, Environment, OAuth, SecretSource};
use tayori_account::http::HttpClient;
use tayori_account::oauth::{self, BrowserLogin, DeviceLogin, Flow, OAuthError};
use tayori_account::secret::{SecretError, with_keyring};
use tayori_client::Identity;
use tayori_proto::types::Secret;

use super::{secret, told};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::login::no_token;
use crate::password;
use crate::question::{Person, Terminal};
use crate::settings;
use crate::target;

/// How long somebody may take in a browser: with a second factor, and a password that has to be looked for.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Does it for the account of this name.
pub(super) async fn run(name: Option<&str>, environment: &Environment) -> Result<Exit, Failure> {
    let config = settings::load(environment)?;
    let name = match name {
        Some(name) => config.find_account(name),
        None => config.choose(None, environment).map(|chosen| chosen.value),
    };
    let name = name.map_err(|error| settings::no_such_account(&error))?;
    let settings = target::settings_of(&config, name, &[])?;
    match &settings.secret.value {
        SecretSource::OAuth(oauth) => {
            let user = settings.user.as_ref().or(settings.address.as_ref());
            let user = user.map(|user| user.value.as_str()).unwrap_or_default();
            with_provider(name, user, oauth, environment).await?;
            told(&format!("the account {name} has new tokens\n"))?;
        }
        SecretSource::Keyring(entry) => {
            let password = match secret::given(environment)? {
                Some(password) => password,
                None => typed(name).await?,
            };
            let (service, user) = entry.names(name.as_str());
            store(service, user, password).await?;
            told(&format!("the keyring has the password of the account {name}\n"))?;
        }
        SecretSource::Prompt => {
            let message =
                format!("the password of the account {name} is asked for each time, and kept nowhere");
            return Err(Failure::new(Exit::Usage, message)
                .hint(format!("tayori account edit {name} keyring=true keeps it in the keyring")));
        }
        other => {
            let message = format!(
                "the account {name} gets its password by {}, so there is nothing to keep",
                other.key()
            );
            return Err(Failure::new(Exit::Usage, message).hint("tayori account test logs in with it"));
        }
    }
    Ok(Exit::Done)
}

async fn typed(name: &AccountName) -> Result<Secret, Failure> {
    let Some(mut terminal) = Terminal::find() else {
        return Err(Failure::new(Exit::Usage, "there is no terminal to ask for the password")
            .hint("set the environment variable TAYORI_PASSWORD for this one command"));
    };
    terminal.secret(&format!("password of the account {name}: ")).await
}

/// Puts a password into the keyring.
pub(super) async fn store(service: String, user: String, password: Secret) -> Result<(), Failure> {
    let stored =
        with_keyring(password::options().limit, move |keyring| keyring.write(&service, &user, &password))
            .await;
    stored.map_err(|error| SecretError::from(error).into())
}

/// Lets somebody agree at the provider's page, and keeps the tokens that come of it.
pub(super) async fn with_provider(
    name: &AccountName,
    user: &str,
    oauth: &OAuth,
    environment: &Environment,
) -> Result<oauth::Account, Failure> {
    let identity = Identity::new(user);
    let identity = identity
        .map_err(|error| Failure::new(Exit::Usage, format!("the user name cannot be sent: {error}")))?;
    let account = oauth::Account::configured(name, identity, oauth, environment, &password::options()).await;
    let account = account.map_err(|error| Failure::new(Exit::Usage, escape_str(&error.to_string())))?;
    let http = HttpClient::default();
    let tokens = match account.client().flow() {
        Flow::Browser => {
            let login = BrowserLogin::start(account.client(), Some(user)).await.map_err(failed)?;
            told(&format!(
                "Open this page on this machine, and agree there:\n\n  {}\n\n",
                escape_str(login.url())
            ))?;
            login.finish(&http, PATIENCE).await
        }
        Flow::Device => {
            let login = DeviceLogin::start(account.client(), &http).await.map_err(failed)?;
            told(&format!(
                "Open this page on any device, and type the code {} there:\n\n  {}\n\n",
                escape_str(login.user_code()),
                escape_str(login.url())
            ))?;
            login.finish(&http).await
        }
    };
    account.keep(tokens.map_err(failed)?).await.map_err(failed)?;
    Ok(account)
}

fn failed(error: OAuthError) -> Failure {
    no_token(&error, None).while_doing("no tokens from the provider")
}

use std::path::PathBuf;
use std::sync::Arc;

use tayori_proto::sasl::Identity;
use tayori_proto::types::Secret;

use super::{Account, Client, FileStore, Flow, KeyringStore, OAuthSettings, SettingsError, TokenStore};
use crate::config::{self, AccountName, Environment, Folders, KeyringEntry, NoHome};
use crate::http::{HttpClient, HttpSettings};
use crate::secret::{self, SecretCommand, SecretError, Source};

impl Account {
    /// The account as a configuration has it: its tokens are where it says, and requests go by the proxy of the
    /// environment. A command that prints the client secret is run; nothing is sent.
    ///
    /// # Errors
    ///
    /// The settings do not fit together, the client secret cannot be had, or there is no folder for what is kept.
    pub async fn configured(
        name: &AccountName,
        user: Identity,
        oauth: &config::OAuth,
        environment: &Environment,
        options: &secret::Options,
    ) -> Result<Self, ConfiguredError> {
        let client = Client::new(&settings(oauth, options).await?)?;
        let folder = Folders::find(environment)?.state.join("accounts");
        let store = configured_store(name, oauth, environment)?;
        let http = Arc::new(HttpClient::new(HttpSettings::default()));
        Ok(Self::new(user, client, http, store, folder.join(format!(".{name}.tokens.lock"))))
    }
}

/// Where the tokens of an account are kept, as the configuration has it. Nothing is read.
///
/// # Errors
///
/// There is no folder for what is kept.
pub fn configured_store(
    name: &AccountName,
    oauth: &config::OAuth,
    environment: &Environment,
) -> Result<Arc<dyn TokenStore>, NoHome> {
    Ok(match &oauth.store {
        config::TokenStore::Keyring => Arc::new(KeyringStore::new(KeyringEntry::SERVICE, entry(name))),
        config::TokenStore::File(Some(path)) => Arc::new(FileStore::new(path)),
        config::TokenStore::File(None) => {
            let folder = Folders::find(environment)?.state.join("accounts");
            Arc::new(FileStore::new(file(name, &folder)))
        }
    })
}

/// The user's name in the keyring: beside a password of the same account.
fn entry(name: &AccountName) -> String {
    format!("{name} tokens")
}

fn file(name: &AccountName, folder: &std::path::Path) -> PathBuf {
    folder.join(format!("{name}.tokens"))
}

async fn settings(
    oauth: &config::OAuth,
    options: &secret::Options,
) -> Result<OAuthSettings, ConfiguredError> {
    let mut settings = OAuthSettings::default();
    match &oauth.server {
        config::OAuthServer::Provider(name) => settings.provider = Some(name.clone()),
        config::OAuthServer::Endpoints { authorize, token, device } => {
            settings.authorize_url = authorize.clone();
            settings.token_url = Some(token.clone());
            settings.device_url = device.clone();
        }
    }
    settings.client_id = Some(oauth.client_id.clone());
    settings.client_secret = client_secret(oauth, options).await?;
    settings.issuer = oauth.issuer.clone();
    settings.redirect = oauth.redirect.clone();
    settings.scopes = (!oauth.scopes.is_empty()).then(|| oauth.scopes.clone());
    settings.flow = oauth.flow.map(|flow| match flow {
        config::Flow::Browser => Flow::Browser,
        config::Flow::Device => Flow::Device,
    });
    Ok(settings)
}

async fn client_secret(
    oauth: &config::OAuth,
    options: &secret::Options,
) -> Result<Option<Secret>, ConfiguredError> {
    Ok(match &oauth.client_secret {
        None => None,
        Some(config::ClientSecret::Literal(secret)) => Some(secret.clone()),
        Some(config::ClientSecret::Command(command)) => {
            let source = Source::Command(SecretCommand::from(command));
            Some(secret::obtain(source, options).await.map_err(ConfiguredError::ClientSecret)?)
        }
    })
}

/// Why an account cannot be set up as the configuration has it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfiguredError {
    /// The settings are not complete, or do not fit together.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The client secret cannot be had.
    #[error("the client secret of OAuth cannot be had: {0}")]
    ClientSecret(#[source] SecretError),
    /// There is no folder for what is kept.
    #[error(transparent)]
    NoHome(#[from] NoHome),
}

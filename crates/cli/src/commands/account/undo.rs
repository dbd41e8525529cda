//! What to take away again where an account does not come about.

use std::path::PathBuf;

use tayori_account::config::{AccountName, KeyringEntry};
use tayori_account::oauth;
use tayori_account::secret::{KeyringError, SecretError, with_keyring};
use tayori_proto::types::Secret;

use crate::failure::Failure;
use crate::password;

/// What was kept for an account that is not written down yet. It goes again if that never happens, also by Ctrl-C.
#[derive(Default)]
pub(super) struct Undo {
    /// What the first login has taught.
    pub(super) state: Option<PathBuf>,
    pub(super) tokens: Option<oauth::Account>,
    pub(super) keyring: Option<KeptEntry>,
    /// The file with the password, which was not there before.
    pub(super) file: Option<PathBuf>,
}

impl Undo {
    /// What cannot be taken away stays: why there is no account is told, and matters more.
    pub(super) async fn run(self) {
        for file in self.state.into_iter().chain(self.file) {
            let _ = std::fs::remove_file(file);
        }
        if let Some(tokens) = self.tokens {
            let _ = tokens.forget().await;
        }
        if let Some(entry) = self.keyring {
            let _ = entry.undo().await;
        }
    }
}

/// An entry of the keyring that was made for the account, or changed.
pub(super) struct KeptEntry {
    service: String,
    user: String,
    /// What an entry of that name had before: an account of another configuration may live from it.
    before: Option<Secret>,
}

impl KeptEntry {
    /// Puts the password into the keyring, under the account's name.
    pub(super) async fn keep(account: &AccountName, password: Secret) -> Result<Self, Failure> {
        let (service, user) = KeyringEntry::default().names(account.as_str());
        let kept = with_keyring(password::options().limit, move |keyring| {
            let before = match keyring.read(&service, &user) {
                // What is no password that can be used is nobody's loss.
                Ok(before) => String::from_utf8(before.to_vec()).ok().and_then(|text| Secret::new(text).ok()),
                Err(KeyringError::Missing { .. }) => None,
                Err(error) => return Err(error),
            };
            keyring.write(&service, &user, &password)?;
            Ok(Self { service, user, before })
        });
        kept.await.map_err(|error| SecretError::from(error).into())
    }

    async fn undo(self) -> Result<(), KeyringError> {
        let Self { service, user, before } = self;
        let undone = with_keyring(password::options().limit, move |keyring| match before {
            Some(before) => keyring.write(&service, &user, &before),
            None => keyring.remove(&service, &user),
        });
        undone.await
    }
}

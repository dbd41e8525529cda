use std::fmt;

use tayori_proto::types::Secret;
use zeroize::Zeroizing;

use super::{StoreError, TokenStore};
use crate::secret::{Keyring, KeyringError};

/// Octets that the credentials of Windows take (`CRED_MAX_CREDENTIAL_BLOB_SIZE`). Other keyrings take more.
const CAPACITY: usize = if cfg!(windows) { 2560 } else { usize::MAX };

/// Keeps the tokens in an entry of the system's keyring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyringStore {
    service: String,
    user: String,
}

impl KeyringStore {
    /// In the entry with these names; see [`Keyring`].
    pub fn new(service: impl Into<String>, user: impl Into<String>) -> Self {
        Self { service: service.into(), user: user.into() }
    }
}

impl TokenStore for KeyringStore {
    fn load(&self) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        match Keyring::open().and_then(|keyring| keyring.read(&self.service, &self.user)) {
            Ok(octets) => Ok(Some(octets)),
            Err(KeyringError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn save(&self, octets: &[u8]) -> Result<(), StoreError> {
        let text = std::str::from_utf8(octets).map_err(|_| unfit(&"the tokens are no text"))?;
        let secret = Secret::new(text).map_err(|error| unfit(&error))?;
        Ok(Keyring::open()?.write(&self.service, &self.user, &secret)?)
    }

    fn remove(&self) -> Result<(), StoreError> {
        match Keyring::open().and_then(|keyring| keyring.remove(&self.service, &self.user)) {
            Ok(()) | Err(KeyringError::Missing { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn capacity(&self) -> usize {
        CAPACITY
    }
}

fn unfit(why: &dyn fmt::Display) -> StoreError {
    KeyringError::Unfit(why.to_string()).into()
}

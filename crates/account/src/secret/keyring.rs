use std::time::Duration;

use zeroize::Zeroizing;

/// Why the keyring gave or took nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// There is none: no session bus, no service behind it, or a platform without one.
    #[error("there is no keyring here")]
    Absent(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is locked, and nobody unlocked it.
    #[error("the keyring is locked, and was not unlocked")]
    Locked(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It has no such entry.
    #[error("the keyring has no entry with service \"{service}\" and username \"{user}\"")]
    Missing {
        /// The attribute `service`.
        service: String,
        /// The attribute `username`.
        user: String,
    },
    /// It has more than one such entry, and it is not clear which is meant.
    #[error("the keyring has {number} entries with service \"{service}\" and username \"{user}\"")]
    Several {
        /// The attribute `service`.
        service: String,
        /// The attribute `username`.
        user: String,
        /// How many.
        number: usize,
    },
    /// The names or the secret do not fit into it.
    #[error("the keyring does not take it: {0}")]
    Unfit(String),
    /// It did not answer in time; perhaps it asks somebody who is not there.
    #[error("the keyring had not answered after {} seconds", .limit.as_secs())]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// It failed.
    #[error("the keyring failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// This program was built without.
    #[error("this program was built without support for keyrings")]
    NotBuilt,
}

impl KeyringError {
    /// What somebody can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Absent(_) => {
                "on a machine without a desktop session use password-command or password-file".to_owned()
            }
            Self::Locked(_) => "unlock it, or log in to the desktop, and try again".to_owned(),
            Self::Missing { service, user } if cfg!(all(unix, not(target_os = "macos"))) => format!(
                "secret-tool store --label=tayori service {} username {} adds it",
                shell_word(service),
                shell_word(user)
            ),
            Self::Missing { .. } => "add it, or use another source of the password".to_owned(),
            Self::Several { .. } => "remove all but one of them, or name another service".to_owned(),
            Self::TimedOut { .. } => "it may ask on a screen; unlock it there".to_owned(),
            Self::NotBuilt => "use password-command, password-file or password-env".to_owned(),
            Self::Unfit(_) | Self::Failed(_) => return None,
        })
    }
}

fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Opens the system's keyring and does something with it, on a thread of its own: all that a keyring does blocks, and
/// it may ask a person.
///
/// When the limit is over, or the future is dropped, the thread goes on and its answer is thrown away; it does not
/// keep the program from ending, as one of the runtime's own would.
pub async fn with_keyring<T: Send + 'static>(
    limit: Duration,
    run: impl FnOnce(&Keyring) -> Result<T, KeyringError> + Send + 'static,
) -> Result<T, KeyringError> {
    bounded(limit, move || run(&Keyring::open()?)).await
}

async fn bounded<T: Send + 'static>(
    limit: Duration,
    run: impl FnOnce() -> Result<T, KeyringError> + Send + 'static,
) -> Result<T, KeyringError> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("keyring".to_owned());
    thread.spawn(move || drop(answer.send(run()))).map_err(|err| KeyringError::Failed(Box::new(err)))?;
    match tokio::time::timeout(limit, answered).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(gone)) => Err(KeyringError::Failed(Box::new(gone))),
        Err(_) => Err(KeyringError::TimedOut { limit }),
    }
}

/// The system's keyring: Secret Service, the keychain of macOS, the credentials of Windows.
///
/// Every method blocks, for as long as the keyring does, which may ask a person. Entries have two names: `service` and
/// `username`.
pub struct Keyring {
    #[cfg(feature = "keyring")]
    store: std::sync::Arc<keyring_core::CredentialStore>,
}

#[cfg(feature = "keyring")]
impl Keyring {
    /// Opens it.
    pub fn open() -> Result<Self, KeyringError> {
        #[cfg(all(unix, not(target_os = "macos")))]
        let opened = zbus_secret_service_keyring_store::Store::new();
        #[cfg(target_os = "macos")]
        let opened = apple_native_keyring_store::keychain::Store::new();
        #[cfg(windows)]
        let opened = windows_native_keyring_store::Store::new();
        match opened {
            Ok(store) => Ok(Self { store }),
            Err(error) => Err(KeyringError::Absent(cause(error))),
        }
    }

    /// The secret of an entry, as it is.
    pub fn read(&self, service: &str, user: &str) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        let secret = self.entry(service, user).and_then(|entry| entry.get_secret());
        secret.map(Zeroizing::new).map_err(|error| told(error, service, user))
    }

    /// Adds an entry, or changes its secret.
    pub fn write(
        &self,
        service: &str,
        user: &str,
        secret: &tayori_proto::types::Secret,
    ) -> Result<(), KeyringError> {
        let entry = self.entry(service, user);
        entry.and_then(|entry| entry.set_secret(secret.expose())).map_err(|error| told(error, service, user))
    }

    /// Removes an entry.
    pub fn remove(&self, service: &str, user: &str) -> Result<(), KeyringError> {
        let entry = self.entry(service, user);
        entry.and_then(|entry| entry.delete_credential()).map_err(|error| told(error, service, user))
    }

    fn entry(&self, service: &str, user: &str) -> keyring_core::Result<keyring_core::Entry> {
        self.store.build(service, user, None)
    }
}

#[cfg(not(feature = "keyring"))]
impl Keyring {
    /// There is none in this build.
    pub fn open() -> Result<Self, KeyringError> {
        Err(KeyringError::NotBuilt)
    }

    /// There is none in this build.
    pub fn read(&self, _service: &str, _user: &str) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        Err(KeyringError::NotBuilt)
    }

    /// There is none in this build.
    pub fn write(
        &self,
        _service: &str,
        _user: &str,
        _secret: &tayori_proto::types::Secret,
    ) -> Result<(), KeyringError> {
        Err(KeyringError::NotBuilt)
    }

    /// There is none in this build.
    pub fn remove(&self, _service: &str, _user: &str) -> Result<(), KeyringError> {
        Err(KeyringError::NotBuilt)
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring")
    }
}

#[cfg(feature = "keyring")]
fn told(error: keyring_core::Error, service: &str, user: &str) -> KeyringError {
    use keyring_core::Error;

    let (service, user) = (service.to_owned(), user.to_owned());
    match error {
        Error::NoEntry => KeyringError::Missing { service, user },
        Error::Ambiguous(entries) => KeyringError::Several { service, user, number: entries.len() },
        Error::NoStorageAccess(cause) => KeyringError::Locked(cause),
        Error::TooLong(what, most) => KeyringError::Unfit(format!("{what} has more than {most} characters")),
        Error::Invalid(what, why) => KeyringError::Unfit(format!("{what} {why}")),
        error => KeyringError::Failed(cause(error)),
    }
}

/// The error, without the secret that some of them carry.
#[cfg(feature = "keyring")]
fn cause(error: keyring_core::Error) -> Box<dyn std::error::Error + Send + Sync> {
    use keyring_core::Error;

    match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause,
        Error::BadDataFormat(secret, cause) => {
            drop(Zeroizing::new(secret));
            cause
        }
        Error::BadEncoding(secret) => {
            drop(Zeroizing::new(secret));
            "an entry is not encoded as it should be".into()
        }
        error => error.to_string().into(),
    }
}

#[cfg(test)]
mod tests;

//! What to take away again where an account does not come about.

use std::path::PathBuf;

use tayori_account::oauth;
use tayori_account::secret::with_keyring;

use crate::password;

/// What was kept for an account that is not written down yet. It goes again if that never happens, also by Ctrl-C.
#[derive(Default)]
pub(super) struct Undo {
    /// What the first login has taught.
    pub(super) state: Option<PathBuf>,
    pub(super) tokens: Option<oauth::Account>,
    /// Service and user of the entry.
    pub(super) keyring: Option<(String, String)>,
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
        if let Some((service, user)) = self.keyring {
            let limit = password::options().limit;
            let _ = with_keyring(limit, move |keyring| keyring.remove(&service, &user)).await;
        }
    }
}

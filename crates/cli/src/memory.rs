//! What was learned of an account, for those who connect and log in: the certificate of its first connection, and the
//! strongest mechanism that it has logged in with.

use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tayori_account::config::Environment;
use tayori_account::state::{State, StateError};
use tayori_client::tls::Fingerprint;
use tayori_client::{LoginMethod, Mechanism};

use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::target::Target;

/// What is kept of an account. Clones are the same.
#[derive(Clone)]
pub(crate) struct Memory(Arc<Mutex<State>>);

impl Memory {
    /// Of the account, if it is one of the configuration: of a URL nothing is kept.
    ///
    /// # Errors
    ///
    /// It cannot be read. Going on as if there were none would let a weaker login pass.
    pub(crate) fn of(target: &Target, environment: &Environment) -> Result<Option<Self>, Failure> {
        let Some(account) = target.account() else { return Ok(None) };
        let state = State::load(account, environment).map_err(|error| unusable(&error))?;
        Ok(Some(Self(Arc::new(Mutex::new(state)))))
    }

    pub(crate) fn first_fingerprint(&self) -> Option<Fingerprint> {
        self.state().first_fingerprint()
    }

    pub(crate) fn strongest_mechanism(&self) -> Option<Mechanism> {
        self.state().strongest_mechanism()
    }

    /// Notes the certificate that is believed because it is the first.
    pub(crate) fn note_first(&self, fingerprint: Fingerprint) -> Result<(), Failure> {
        self.state().record_first_fingerprint(fingerprint).map_err(|error| unusable(&error))
    }

    /// Notes what a login has succeeded with. One that shows the secret to the server is no promise that a later server
    /// could break: whoever has changed from tokens to a password, say, is not to be told of an attack.
    ///
    /// That it cannot be written is told, and ends nothing: the login was made, and the next one is as safe as this.
    pub(crate) fn note_login(&self, method: LoginMethod) {
        let LoginMethod::Mechanism(mechanism) = method else { return };
        if mechanism.exposes_secret() {
            return;
        }
        if let Err(error) = self.state().record_login(mechanism) {
            let error = error.to_string();
            let _ = writeln!(anstream::stderr(), "warning: {}", escape_str(&error));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is done or not; a thread that has panicked leaves none half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why what was learned cannot be used.
pub(crate) fn unusable(error: &StateError) -> Failure {
    if let StateError::OtherFingerprint { .. } = error {
        return Failure::new(Exit::Network, error.to_string()).hint(
            "somebody may be in between; if the server has a new certificate, tayori account edit NAME --forget forgets \
             the first one",
        );
    }
    let failure = Failure::new(Exit::Usage, escape_str(&error.to_string()));
    match error.hint() {
        Some(hint) => failure.hint(escape_str(&hint)),
        None => failure,
    }
}

//! The first login of an account, before anything is written down.

use tayori_account::config::{Environment, SecretSource};
use tayori_account::state::State;
use tayori_client::Mechanism;

use super::login;
use super::secret::Chosen;
use super::undo::Undo;
use super::uses::Uses;
use crate::cli::Access;
use crate::connect::Entrance;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::memory;
use crate::question::{Person, Usually, agrees, choice};
use crate::target::Target;
use crate::transcript::Transcript;

/// How often somebody may type the password.
const TRIES: usize = 3;

/// How a first login has ended.
pub(super) enum FirstLogin {
    In(Uses),
    /// Somebody wants to try this.
    OtherWay(Mechanism),
}

/// What a first login needs, however often it is tried.
pub(super) struct Attempt<'a> {
    pub(super) access: &'a Access,
    /// For the password.
    pub(super) question: String,
    pub(super) environment: &'a Environment,
}

impl Attempt<'_> {
    /// Logs in, and looks around. Whoever has mistyped the password may try again, or another mechanism where the
    /// server may not be able to do the one that it offers.
    pub(super) async fn log_in(
        &self,
        target: &Target,
        chosen: &mut Chosen,
        mut person: Option<&mut impl Person>,
        undo: &mut Undo,
    ) -> Result<FirstLogin, Failure> {
        let account = target.account().expect("an account has a name");
        let state = State::load(account, self.environment).map_err(|error| memory::unusable(&error))?;
        // What an account of this name has taught before, and nobody has removed, is not ours to take away.
        let is_new = || Some(state.path().to_owned()).filter(|path| !path.exists());
        undo.state = undo.state.take().or_else(is_new);
        if let SecretSource::OAuth(oauth) = &target.settings.secret.value {
            let user = target.user().unwrap_or_default();
            undo.tokens = Some(login::with_provider(account, user, oauth, self.environment).await?);
        }
        let place = self.access.place.in_account(account.as_str());
        let access = Access { place, ..self.access.clone() };
        let mut tries = 0;
        loop {
            tries += 1;
            let entrance = Entrance::to(target.clone(), &access, self.environment)?;
            match entrance.open_with(Transcript::open(&access.trace)?, chosen.now.clone()).await {
                Err(failure)
                    if tries < TRIES
                        && (failure.exit == Exit::LoginRefused || failure.other_way().is_some()) =>
                {
                    let Some(person) = person.as_deref_mut() else { return Err(failure) };
                    match (failure.other_way(), chosen.typed) {
                        (None, false) => return Err(failure),
                        (None, true) => failure.print(),
                        (Some(other), typed) => {
                            failure.print();
                            if takes_other_way(person, other, typed).await? {
                                return Ok(FirstLogin::OtherWay(other));
                            }
                            if !typed {
                                return Err(Failure::new(Exit::LoginRefused, "nothing was set up"));
                            }
                        }
                    }
                    chosen.now = Some(person.secret(&self.question).await?);
                }
                Err(failure) => return Err(failure),
                Ok(mut session) => {
                    let uses = Uses::of(&mut session, &target.settings).await;
                    // To leave changes nothing, so its failure does not either.
                    let _ = session.leave().await;
                    return uses.map(FirstLogin::In);
                }
            }
        }
    }
}

/// Whether somebody wants to try another mechanism, and not another password.
async fn takes_other_way(person: &mut impl Person, other: Mechanism, typed: bool) -> Result<bool, Failure> {
    let what = match other.exposes_secret() {
        true => "which shows the password to the server",
        false => "which is not bound to the TLS connection",
    };
    if !typed {
        return agrees(person, &format!("Log in with {other}, {what}?"), Usually::No).await;
    }
    let choices = ["type the password again".to_owned(), format!("log in with {other}, {what}")];
    Ok(choice(person, "What next?", &choices).await? == 1)
}

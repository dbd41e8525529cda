//! Which methods may be tried, strongest first.

use tayori_proto::sasl::{ChannelBinding, Credentials, Mechanism};
use tayori_proto::types::{Capabilities, Capability};

use super::error::names;
use super::ground::Protection;
use super::{ClearText, LoginError, LoginMethod, LoginPolicy};

/// What the choice is made from, beside the policy.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) offered: &'a Capabilities,
    pub(super) credentials: &'a Credentials,
    pub(super) binding: Option<&'a ChannelBinding>,
    pub(super) protection: Protection,
}

/// What may be tried: not empty, strongest first. The next one is for where the one before cannot be begun.
pub(super) fn choose(policy: &LoginPolicy, given: Given<'_>) -> Result<Vec<LoginMethod>, LoginError> {
    let found = match policy.named {
        Some(named) => vec![by_name(named, given.offered)?],
        None => by_strength(given)?,
    };
    let found =
        not_below(policy.pin, found, |pinned, offered| LoginError::WeakerThanPinned { pinned, offered })?;
    let strong = not_below(policy.floor, found, |floor, offered| LoginError::TooWeak { floor, offered })?;
    let exposed = given.protection == Protection::None && policy.clear_text == ClearText::Refused;
    let (shown, safe): (Vec<_>, Vec<_>) =
        strong.into_iter().partition(|method| exposed && method.exposes_secret());
    match (safe.is_empty(), shown.first()) {
        (true, Some(method)) => Err(LoginError::ClearText { method: *method }),
        _ => Ok(safe),
    }
}

fn by_name(named: LoginMethod, offered: &Capabilities) -> Result<LoginMethod, LoginError> {
    let disabled = offered.has(&Capability::LoginDisabled);
    match named {
        LoginMethod::Mechanism(mechanism) if offered.has_auth(mechanism.name()) => Ok(named),
        LoginMethod::Mechanism(Mechanism::Login) | LoginMethod::Command if !disabled => {
            Ok(LoginMethod::Command)
        }
        _ => Err(LoginError::not_offered(named, offered)),
    }
}

fn by_strength(given: Given<'_>) -> Result<Vec<LoginMethod>, LoginError> {
    let Given { offered, credentials, binding, .. } = given;
    let disabled = offered.has(&Capability::LoginDisabled);
    let ranked = Mechanism::ranked(offered, credentials, binding);
    let mut methods: Vec<_> = ranked.into_iter().map(LoginMethod::Mechanism).collect();
    // What fits is known where everything is offered.
    let usable = Mechanism::ranked(&everything(), credentials, binding);
    if usable.contains(&Mechanism::Login) && !disabled {
        methods.push(LoginMethod::Command);
    }
    if methods.is_empty() {
        let offered = names(offered);
        return Err(LoginError::NoMechanism { offered, login_disabled: disabled, usable });
    }
    Ok(methods)
}

/// Those that are not weaker than this.
fn not_below(
    least: Option<LoginMethod>,
    found: Vec<LoginMethod>,
    too_weak: impl FnOnce(LoginMethod, LoginMethod) -> LoginError,
) -> Result<Vec<LoginMethod>, LoginError> {
    let (Some(least), Some(&best)) = (least, found.first()) else { return Ok(found) };
    let left: Vec<_> = found.into_iter().filter(|method| method.strength() >= least.strength()).collect();
    if left.is_empty() { Err(too_weak(least, best)) } else { Ok(left) }
}

/// A server that offers all there is.
fn everything() -> Capabilities {
    let names = Mechanism::ALL.map(|mechanism| format!("AUTH={}", mechanism.name()));
    names.iter().filter_map(|name| Capability::try_from(&**name).ok()).collect()
}

//! What is known of the provider behind an account, where somebody needs it.

use tayori_account::provider::{Provider, Way};

use crate::connect::is_loopback;
use crate::target::Target;

/// The provider that a server belongs to: by the mail address, else by the login name if that is one, else by the host.
pub(crate) fn of(target: &Target) -> Option<&'static Provider> {
    let address = target.settings.address.as_ref().map(|address| address.value.as_str());
    let domain = |address: &str| Some(address.rsplit_once('@')?.1.to_owned());
    let domains = [address.and_then(domain), target.user().and_then(domain)];
    let by_domain = domains.iter().flatten().find_map(|domain| Provider::by_domain(domain));
    // Many programs listen on this machine, and not all of them are Proton's.
    by_domain.or_else(|| match is_loopback(target.host()) {
        true => None,
        false => Provider::by_host(target.host()),
    })
}

/// What people there usually have to do when a password is refused, in sentences.
pub(crate) fn advice(provider: &Provider) -> Option<String> {
    let advice = provider.advice.as_ref()?;
    let mut words = format!("at {}: {advice}", provider.name);
    if let (true, Some(page)) = (provider.auth.contains(&Way::AppPassword), &provider.app_passwords) {
        words += &format!(" App passwords are made at {page}");
    }
    Some(words)
}

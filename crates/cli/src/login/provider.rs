//! What people have to do at a provider that is known.

use tayori_account::provider::{Provider, Way};

/// What people there usually have to do when a password is refused, in sentences.
pub(crate) fn advice(provider: &Provider) -> Option<String> {
    let advice = provider.advice.as_ref()?;
    let mut words = format!("at {}: {advice}", provider.name);
    if let (true, Some(page)) = (provider.auth.contains(&Way::AppPassword), &provider.app_passwords) {
        words += &format!(" App passwords are made at {page}");
    }
    Some(words)
}

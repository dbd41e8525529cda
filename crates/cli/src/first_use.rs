//! Trust on first use: which certificate an account believes for being the first, and what to say of another one.

use tayori_account::config::{AccountName, Trust};
use tayori_client::tls::{TlsError, Untrusted};

use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::memory::Memory;
use crate::target::Target;

/// A certificate that is believed for being the first.
#[derive(Clone)]
pub(crate) enum FirstUse {
    /// There was none yet; it is noted here.
    Awaited(Memory),
    /// This account has seen it.
    Seen(AccountName),
}

impl FirstUse {
    /// What the target wants of it.
    pub(crate) fn of(target: &Target, memory: Option<Memory>) -> Option<Self> {
        let memory = memory.filter(|_| *target.trust() == Trust::FirstUse)?;
        match memory.first_fingerprint() {
            None => Some(Self::Awaited(memory)),
            Some(_) => Some(Self::Seen(target.account()?.clone())),
        }
    }

    /// Why a certificate is not believed, where that has to do with which one was the first.
    pub(crate) fn explain(&self, error: &TlsError) -> Option<Failure> {
        match (self, error) {
            (
                Self::Seen(account),
                TlsError::Untrusted {
                    host, reason: Untrusted::Fingerprint, fingerprint: Some(shown), ..
                },
            ) => {
                let message = format!(
                    "the certificate of {} is not accepted: it is not the one that the account {account} has seen first",
                    escape_str(host)
                );
                Some(Failure::new(Exit::Network, message).hint(format!(
                    "the server shows {shown}; ask whoever runs it whether the certificate was renewed, since this is what \
                     an attack looks like too; if it was, tayori account edit {account} --forget makes the next one the \
                     first"
                )))
            }
            (Self::Awaited(_), error) => {
                let (shown, _) = error.first_use()?;
                Some(Failure::new(Exit::Network, escape_str(&error.to_string())).hint(format!(
                    "the account believes the first certificate that it sees (trust-first-use), and has seen none yet: the \
                     next command that logs in notes this one, {shown}; compare it before that with what somebody you \
                     trust tells you"
                )))
            }
            _ => None,
        }
    }
}

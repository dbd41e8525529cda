//! SCRAM (RFC 5802), with SHA-1, SHA-256 (RFC 7677) and SHA-512 (draft-melnikov-scram-sha-512), bound to the connection
//! or not.
//!
//! `first.rs` says who wants to log in, `derivation.rs` works, `message.rs` reads what the server says.

mod derivation;
mod first;
mod message;
#[cfg(test)]
mod tests;

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub(super) use derivation::Work;
pub(super) use first::{Asked, Binding, begin, fits, sasl_name};

use super::{Doubt, Problem};
use crate::types::Text;
use message::Final;

/// The hash function of a SCRAM mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScramHash {
    /// SHA-1 (RFC 5802). What is known against it does not help against HMAC.
    Sha1,
    /// SHA-256 (RFC 7677)
    Sha256,
    /// SHA-512 (draft-melnikov-scram-sha-512)
    Sha512,
}

impl ScramHash {
    /// The size of its hashes, in octets.
    pub(super) fn octets(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// Why the server refuses, in its `e=` (RFC 5802 section 7, `server-error-value`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScramRefusal {
    /// `invalid-encoding`
    InvalidEncoding,
    /// `extensions-not-supported`
    ExtensionsNotSupported,
    /// `invalid-proof`: the password is wrong.
    InvalidProof,
    /// `channel-bindings-dont-match`: the server sees another TLS connection than the client does. Somebody is in
    /// between, be it an attacker or a proxy of the server's.
    ChannelBindingsDontMatch,
    /// `server-does-support-channel-binding`: the client was told that it does not, so that its offer was changed on
    /// the way.
    ServerDoesSupportChannelBinding,
    /// `channel-binding-not-supported`
    ChannelBindingNotSupported,
    /// `unsupported-channel-binding-type`: another type may do.
    UnsupportedChannelBindingType,
    /// `unknown-user`
    UnknownUser,
    /// `invalid-username-encoding`
    InvalidUsernameEncoding,
    /// `no-resources`: later, perhaps.
    NoResources,
    /// `other-error`: it does not want to say.
    OtherError,
    /// Something else, to be treated as `other-error`.
    Unknown(Text),
}

const REFUSALS: [(&str, ScramRefusal); 11] = [
    ("invalid-encoding", ScramRefusal::InvalidEncoding),
    ("extensions-not-supported", ScramRefusal::ExtensionsNotSupported),
    ("invalid-proof", ScramRefusal::InvalidProof),
    ("channel-bindings-dont-match", ScramRefusal::ChannelBindingsDontMatch),
    ("server-does-support-channel-binding", ScramRefusal::ServerDoesSupportChannelBinding),
    ("channel-binding-not-supported", ScramRefusal::ChannelBindingNotSupported),
    ("unsupported-channel-binding-type", ScramRefusal::UnsupportedChannelBindingType),
    ("unknown-user", ScramRefusal::UnknownUser),
    ("invalid-username-encoding", ScramRefusal::InvalidUsernameEncoding),
    ("no-resources", ScramRefusal::NoResources),
    ("other-error", ScramRefusal::OtherError),
];

impl ScramRefusal {
    fn from_value(value: &str) -> Self {
        let known = REFUSALS.into_iter().find(|(name, _)| *name == value);
        known.map_or_else(|| Self::Unknown(Text::from(value.as_bytes().to_vec())), |(_, refusal)| refusal)
    }

    /// Its value on the wire. Of [`ScramRefusal::Unknown`], what the server wrote: to be escaped before it is shown.
    pub fn value(&self) -> Text {
        match self {
            Self::Unknown(value) => value.clone(),
            known => {
                let name = REFUSALS.iter().find(|(_, refusal)| refusal == known);
                name.map_or_else(Text::default, |(name, _)| Text::from_static(name))
            }
        }
    }
}

/// What waits for the server's `v=`.
pub(super) struct Proof {
    /// ServerSignature as only who knows the password, or what the server keeps of it, can compute it.
    signature: Zeroizing<Vec<u8>>,
}

impl Proof {
    /// Reads `server-final-message`: the server has proved itself, or refuses.
    pub(super) fn check(&self, challenge: &[u8]) -> Result<Option<ScramRefusal>, Problem> {
        match message::server_final(challenge)? {
            Final::Refused(refusal) => Ok(Some(refusal)),
            Final::Signature(signature) if bool::from(signature.ct_eq(&self.signature)) => Ok(None),
            Final::Signature(_) => Err(Doubt::WrongProof.into()),
        }
    }
}

impl fmt::Display for ScramHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        })
    }
}

use std::fmt;

use super::{
    ChannelBinding, Credentials, ScramHash, anonymous, cram_md5, digest_md5, external, login, oauth, plain,
    scram,
};
use crate::types::Capabilities;

/// A SASL mechanism that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mechanism {
    /// `ANONYMOUS` (RFC 4505): nobody.
    Anonymous,
    /// `LOGIN` (draft-murchison-sasl-login): name and password as they are, one after the other.
    Login,
    /// `PLAIN` (RFC 4616): name and password as they are.
    Plain,
    /// `XOAUTH2` (Google's): a token.
    XOAuth2,
    /// `OAUTHBEARER` (RFC 7628): a token.
    OAuthBearer,
    /// `CRAM-MD5` (RFC 2195): a hash of the password and of the server's words.
    CramMd5,
    /// `DIGEST-MD5` (RFC 2831): hashes by which both sides prove that they know the password. Historic (RFC 6331).
    DigestMd5,
    /// `SCRAM-SHA-1`, `SCRAM-SHA-256`, `SCRAM-SHA-512` (RFC 5802, RFC 7677): both sides prove that they know the
    /// password, and trying passwords takes long.
    Scram(ScramHash),
    /// `GSSAPI` (RFC 4752): Kerberos 5, by which both sides prove who they are to each other. Not spoken here
    /// ([`Mechanism::is_spoken_here`]): that takes a library of the system.
    Gssapi,
    /// `EXTERNAL` (RFC 4422 appendix A): the client certificate of TLS says who it is.
    External,
    /// `SCRAM-SHA-1-PLUS` and so on: the same, bound to the TLS connection (RFC 5802 section 6).
    ScramPlus(ScramHash),
}

impl Mechanism {
    /// All of them, weakest first; see [`Mechanism::strength`].
    pub const ALL: [Self; 15] = [
        Self::Anonymous,
        Self::Login,
        Self::Plain,
        Self::XOAuth2,
        Self::OAuthBearer,
        Self::CramMd5,
        Self::DigestMd5,
        Self::Scram(ScramHash::Sha1),
        Self::Scram(ScramHash::Sha256),
        Self::Scram(ScramHash::Sha512),
        Self::Gssapi,
        Self::External,
        Self::ScramPlus(ScramHash::Sha1),
        Self::ScramPlus(ScramHash::Sha256),
        Self::ScramPlus(ScramHash::Sha512),
    ];

    /// Its registered name, in upper case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "ANONYMOUS",
            Self::Login => "LOGIN",
            Self::Plain => "PLAIN",
            Self::XOAuth2 => "XOAUTH2",
            Self::OAuthBearer => "OAUTHBEARER",
            Self::CramMd5 => "CRAM-MD5",
            Self::DigestMd5 => "DIGEST-MD5",
            Self::Scram(ScramHash::Sha1) => "SCRAM-SHA-1",
            Self::Scram(ScramHash::Sha256) => "SCRAM-SHA-256",
            Self::Scram(ScramHash::Sha512) => "SCRAM-SHA-512",
            Self::Gssapi => "GSSAPI",
            Self::External => "EXTERNAL",
            Self::ScramPlus(ScramHash::Sha1) => "SCRAM-SHA-1-PLUS",
            Self::ScramPlus(ScramHash::Sha256) => "SCRAM-SHA-256-PLUS",
            Self::ScramPlus(ScramHash::Sha512) => "SCRAM-SHA-512-PLUS",
        }
    }

    /// The mechanism of this name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name().eq_ignore_ascii_case(name))
    }

    /// How strong it is, to be compared with another.
    pub fn strength(self) -> Strength {
        let rank = Self::ALL.iter().position(|mechanism| *mechanism == self);
        Strength(rank.expect("all mechanisms are among all"))
    }

    /// Whether the server gets to know the password or token itself. Such a mechanism is for TLS only.
    pub fn exposes_secret(self) -> bool {
        match self {
            Self::Login | Self::Plain | Self::XOAuth2 | Self::OAuthBearer => true,
            Self::Anonymous
            | Self::CramMd5
            | Self::DigestMd5
            | Self::Scram(_)
            | Self::Gssapi
            | Self::External
            | Self::ScramPlus(_) => false,
        }
    }

    /// Whether [`Exchange`] speaks it. Of the others the name, the rank and what they take is known: whoever can speak
    /// them can ask [`Mechanism::ranked`] all the same.
    ///
    /// [`Exchange`]: super::Exchange
    pub fn is_spoken_here(self) -> bool {
        self != Self::Gssapi
    }

    /// Whether the server has to prove that it knows the password, or with Kerberos its own key: an impostor cannot say
    /// OK.
    pub fn authenticates_server(self) -> bool {
        match self {
            Self::DigestMd5 | Self::Scram(_) | Self::Gssapi | Self::ScramPlus(_) => true,
            Self::Anonymous
            | Self::Login
            | Self::Plain
            | Self::XOAuth2
            | Self::OAuthBearer
            | Self::CramMd5
            | Self::External => false,
        }
    }

    /// Whether the login is worth nothing on any other connection.
    ///
    /// `EXTERNAL` counts: the certificate's key has signed the handshake of this very connection.
    pub fn binds_channel(self) -> bool {
        match self {
            Self::External | Self::ScramPlus(_) => true,
            Self::Anonymous
            | Self::Login
            | Self::Plain
            | Self::XOAuth2
            | Self::OAuthBearer
            | Self::CramMd5
            | Self::DigestMd5
            | Self::Scram(_)
            | Self::Gssapi => false,
        }
    }

    /// Whether it is used only where somebody asks for it by its name: the documentation of this module says why.
    pub fn is_by_name_only(self) -> bool {
        match self {
            Self::CramMd5 | Self::DigestMd5 => true,
            Self::Anonymous
            | Self::Login
            | Self::Plain
            | Self::XOAuth2
            | Self::OAuthBearer
            | Self::Scram(_)
            | Self::Gssapi
            | Self::External
            | Self::ScramPlus(_) => false,
        }
    }

    /// What the server offers, fits the credentials and this connection and needs not be asked for by its name,
    /// strongest first.
    ///
    /// The `-PLUS` forms are among them only where the connection can be bound to. What the credentials cannot be
    /// written into is left out: a password that cannot be prepared for SCRAM leaves PLAIN.
    ///
    /// The next one is for where the one before it cannot be begun ([`Fault::Credentials`]). What the server does is no
    /// reason to try a weaker one by itself: an impostor breaks what it cannot speak, or says NO to it, to be shown the
    /// password or to be rid of the binding.
    ///
    /// [`Fault::Credentials`]: super::Fault::Credentials
    pub fn ranked(
        offered: &Capabilities,
        credentials: &Credentials,
        binding: Option<&ChannelBinding>,
    ) -> Vec<Self> {
        Self::ALL
            .into_iter()
            .rev()
            .filter(|mechanism| !mechanism.is_by_name_only() && offered.has_auth(mechanism.name()))
            .filter(|mechanism| mechanism.fits(credentials, binding))
            .collect()
    }

    fn fits(self, credentials: &Credentials, binding: Option<&ChannelBinding>) -> bool {
        match self {
            Self::Anonymous => anonymous::initial(credentials).is_ok(),
            Self::Login => login::begin(credentials).is_ok(),
            Self::Plain => plain::initial(credentials).is_ok(),
            Self::XOAuth2 | Self::OAuthBearer => oauth::bearer(credentials).is_ok(),
            Self::CramMd5 => cram_md5::begin(credentials).is_ok(),
            Self::DigestMd5 => digest_md5::fits(credentials).is_ok(),
            Self::Scram(_) => scram::fits(credentials).is_ok(),
            Self::Gssapi => matches!(credentials, Credentials::Kerberos { .. }),
            Self::External => external::initial(credentials).is_ok(),
            Self::ScramPlus(_) => binding.is_some() && scram::fits(credentials).is_ok(),
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How strong a mechanism is. The order is that of the table in the documentation of this module; what is to be kept
/// beyond one run is the name of the mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Strength(usize);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sasl::testing::{as_somebody_else, offered, password, token};

    #[test]
    fn the_strongest_stands_first() {
        let all: Vec<&str> = Mechanism::ALL.iter().map(|mechanism| mechanism.name()).collect();
        let all = offered(&all);
        let exporter = ChannelBinding::TlsExporter([1; 32]);
        let ranked = |offered: &Capabilities, credentials: &Credentials, binding| -> Vec<&str> {
            Mechanism::ranked(offered, credentials, binding).into_iter().map(Mechanism::name).collect()
        };
        let tim = password("tim", "x");
        let plain = ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"];
        let plus = ["SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"];
        assert_eq!(ranked(&all, &tim, None), plain);
        assert_eq!(ranked(&all, &tim, Some(&exporter)), [&plus[..], &plain].concat());
        // What cannot be prepared, and what cannot act as somebody else.
        assert_eq!(ranked(&all, &password("tim", "\u{1f600}"), Some(&exporter)), ["PLAIN", "LOGIN"]);
        assert_eq!(ranked(&all, &password("tim", *b"\xff"), None), ["LOGIN"]);
        let other = as_somebody_else("tim", "x", "ann");
        assert_eq!(ranked(&all, &other, None), plain[..4]);
        assert_eq!(ranked(&all, &token("tim", "x"), Some(&exporter)), ["OAUTHBEARER", "XOAUTH2"]);
        assert_eq!(ranked(&all, &Credentials::Certificate { act_as: None }, None), ["EXTERNAL"]);
        assert_eq!(ranked(&all, &Credentials::Kerberos { act_as: None }, Some(&exporter)), ["GSSAPI"]);
        assert_eq!(ranked(&all, &Credentials::Anonymous { trace: Default::default() }, None), ["ANONYMOUS"]);
        let some = offered(&["login", "Scram-Sha-1", "CRAM-MD5", "NTLM"]);
        assert_eq!(ranked(&some, &tim, Some(&exporter)), ["SCRAM-SHA-1", "LOGIN"]);
        assert!(ranked(&offered(&[]), &tim, None).is_empty());
    }

    #[test]
    fn names_lead_to_mechanisms_and_back() {
        for mechanism in Mechanism::ALL {
            assert_eq!(Mechanism::from_name(mechanism.name()), Some(mechanism));
            assert_eq!(Mechanism::from_name(&mechanism.name().to_lowercase()), Some(mechanism));
            assert_eq!(mechanism.to_string(), mechanism.name());
        }
        assert_eq!(Mechanism::from_name("NTLM"), None);
    }

    /// The order of [`Mechanism::ALL`] is said to follow from these.
    #[test]
    fn strength_follows_from_what_is_proved_and_shown() {
        let worth = |mechanism: Mechanism| {
            let bound = mechanism.binds_channel();
            let is_nobody = mechanism == Mechanism::Anonymous;
            (
                bound && mechanism.authenticates_server(),
                bound,
                mechanism.authenticates_server(),
                !mechanism.exposes_secret() && !is_nobody,
            )
        };
        for pair in Mechanism::ALL.windows(2) {
            assert!(worth(pair[0]) <= worth(pair[1]), "{pair:?}");
            assert!(pair[0].strength() < pair[1].strength(), "{pair:?}");
        }
    }
}

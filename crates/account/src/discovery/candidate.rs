//! A server that was found, and what speaks for it.

use std::fmt;
use std::num::NonZeroU16;
use std::sync::Arc;

use super::address::MailAddress;
use super::journal::{Attempt, Nothing, Outcome, Step};
use super::probe::Seen;
use super::{Discovered, Problem};
use crate::config::TlsMode;
use crate::provider::{self, LoginName, Protection, Provider, Way};

/// A server that may be the one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// Its name as DNS has it, or its address.
    pub host: String,
    /// The port.
    pub port: NonZeroU16,
    /// How the connection is protected. [`TlsMode::None`] only where the source says so in as many words; there is a
    /// doubt then.
    pub tls: TlsMode,
    /// User names to log in with, the likeliest first. Empty where the address does not tell it: then
    /// [`Provider::login_note`] says what it is.
    pub user_names: Vec<String>,
    /// Ways to log in that the source names, the best first. Empty where it says nothing: then the server does.
    pub authentication: Vec<Authentication>,
    /// The provider whose server it is, as far as one is known.
    pub provider: Option<&'static Provider>,
    /// How far it is known that this server is the one for the mail domain.
    pub standing: Standing,
    /// Who names it, the first step that did so first. Never empty.
    pub sources: Vec<Source>,
    /// What was seen there; only of a guess, since nobody else has been connected to.
    pub seen: Option<Arc<Seen>>,
}

impl Candidate {
    /// What a person has to agree to before there is a connection. With none, it is safe to log in, as far as TLS is.
    pub fn doubts(&self) -> Vec<Doubt> {
        let foreign = (self.standing == Standing::Unproven).then_some(Doubt::Foreign);
        let clear = (self.tls == TlsMode::None).then_some(Doubt::ClearText);
        foreign.into_iter().chain(clear).collect()
    }
}

/// How far it is known that a server is the one for the mail domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nobody that had to prove itself says so: the host is not within the mail domain, and was named by DNS, whose
    /// answers can be forged (RFC 6186 section 6).
    Unproven,
    /// A database says so that the caller has chosen.
    Database,
    /// The mail domain says so, over HTTPS.
    Published,
    /// The host is within the mail domain, so that TLS proves that it belongs there.
    Within,
    /// This program knows it.
    Known,
}

/// Something that a person has to agree to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doubt {
    /// The host is outside of the mail domain, and nobody that had to prove itself has named it
    /// ([`Standing::Unproven`]). Whoever forges DNS would get the password.
    Foreign,
    /// Nothing protects the connection: everybody on the way gets the password.
    ClearText,
}

/// Who names a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// What this program knows of the provider of the mail domain.
    Provider {
        /// The provider's name.
        name: &'static str,
    },
    /// What this program knows of the provider that the domain's mail goes to.
    Exchanger {
        /// The provider's name.
        name: &'static str,
        /// The mail exchanger.
        exchanger: String,
    },
    /// A record of DNS (RFC 6186).
    Service {
        /// The name that was asked for: `_imaps._tcp.example.org`.
        name: String,
    },
    /// A file in Mozilla's format that the mail domain has published.
    Autoconfig {
        /// Where it is, behind all redirects and without a query.
        url: String,
    },
    /// An entry of a database in the same format.
    Database {
        /// Where it is.
        url: String,
    },
    /// Nobody: it is a usual name, and an IMAP server answers there that has proved its name.
    Guess,
}

impl fmt::Display for Source {
    /// As a piece of a sentence: "known from ...".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider { name } => write!(f, "the settings of {name}"),
            Self::Exchanger { name, exchanger } => {
                write!(f, "the settings of {name}, where mail goes by {exchanger}")
            }
            Self::Service { name } => write!(f, "the DNS record {name}"),
            Self::Autoconfig { url } | Self::Database { url } => f.write_str(url),
            Self::Guess => f.write_str("a guess that was tried"),
        }
    }
}

/// A way to log in, as far as sources tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Authentication {
    /// With the password, which the server gets to see.
    Password,
    /// With a password that was made for a program.
    AppPassword,
    /// With the password, which the server does not get to see (CRAM-MD5 and the like).
    EncryptedPassword,
    /// With a token (RFC 6749).
    OAuth,
    /// With a Kerberos ticket (GSSAPI).
    Kerberos,
    /// With NTLM, which this program does not speak.
    Ntlm,
    /// With a certificate of the client.
    ClientCertificate,
    /// With nothing but the address of the client.
    ClientAddress,
}

impl From<Way> for Authentication {
    fn from(way: Way) -> Self {
        match way {
            Way::Password => Self::Password,
            Way::AppPassword => Self::AppPassword,
            Way::OAuth => Self::OAuth,
        }
    }
}

impl From<Protection> for TlsMode {
    fn from(protection: Protection) -> Self {
        match protection {
            Protection::Implicit => Self::Implicit,
            Protection::StartTls => Self::StartTls,
            Protection::None => Self::None,
        }
    }
}

/// What has been found so far.
pub(super) struct Findings<'a> {
    pub(super) address: &'a MailAddress,
    found: Discovered,
}

impl<'a> Findings<'a> {
    pub(super) fn new(address: &'a MailAddress) -> Self {
        Self { address, found: Discovered::default() }
    }

    pub(super) fn finish(mut self) -> Discovered {
        self.found.candidates.sort_by_key(|candidate| candidate.tls == TlsMode::None);
        self.found
    }

    /// Whether somebody names a server with TLS.
    pub(super) fn has_protected(&self) -> bool {
        self.found.candidates.iter().any(|candidate| candidate.tls != TlsMode::None)
    }

    /// Notes what came of a step.
    pub(super) fn note(&mut self, step: Step, outcome: Outcome) {
        self.found.journal.push(Attempt { step, outcome });
    }

    pub(super) fn fail(&mut self, step: Step, problem: impl Into<Problem>) {
        self.note(step, Outcome::Failed(problem.into()));
    }

    /// Takes a server, or what another source says of one that is there already.
    pub(super) fn add(&mut self, new: Candidate) {
        let is_it = |old: &&mut Candidate| (&old.host, old.port, old.tls) == (&new.host, new.port, new.tls);
        let guessed = self.usual_user_names();
        let Some(old) = self.found.candidates.iter_mut().find(is_it) else {
            self.found.candidates.push(new);
            return;
        };
        old.standing = old.standing.max(new.standing);
        old.sources.extend(new.sources);
        old.provider = old.provider.or(new.provider);
        old.seen = old.seen.take().or(new.seen);
        if old.user_names == guessed {
            old.user_names = new.user_names;
        }
        if old.authentication.is_empty() {
            old.authentication = new.authentication;
        }
    }

    /// What the user name may be where nobody says it; RFC 6186 section 4 has this order.
    fn usual_user_names(&self) -> Vec<String> {
        vec![self.address.as_str().to_owned(), self.address.local_part().to_owned()]
    }

    /// A server whose source says nothing but where it is.
    pub(super) fn bare(&self, host: String, port: NonZeroU16, tls: TlsMode, source: Source) -> Candidate {
        let provider = self.provider_of_host(&host);
        let ways = provider.map_or(&[][..], |provider| &provider.auth);
        Candidate {
            authentication: ways.iter().copied().map(Authentication::from).collect(),
            user_names: self.usual_user_names(),
            standing: self.standing_by_name(&host),
            sources: vec![source],
            seen: None,
            host,
            port,
            tls,
            provider,
        }
    }

    /// The provider whose server this is. Several can have the same one: then the one that the domain's mail goes to.
    pub(super) fn provider_of_host(&self, host: &str) -> Option<&'static Provider> {
        let has = |provider: &&Provider| provider.imap.iter().any(|server| server.host == host);
        self.found.provider.filter(has).or_else(|| Provider::all().iter().find(has))
    }

    /// The standing of a host that plain DNS names.
    pub(super) fn standing_by_name(&self, host: &str) -> Standing {
        match provider::ends_with_name(host, self.address.domain()) {
            true => Standing::Within,
            false => Standing::Unproven,
        }
    }

    /// Whether the domain is that of a provider that is known, so that there is nothing left to ask.
    pub(super) fn provider_of_domain(&mut self) -> bool {
        let step = Step::Provider { domain: self.address.domain().to_owned() };
        let Some(provider) = Provider::by_domain(self.address.domain()) else {
            self.note(step, Outcome::Nothing(Nothing::Unknown));
            return false;
        };
        self.add_provider(step, provider, Source::Provider { name: &provider.name }, Standing::Known);
        true
    }

    /// Takes all servers of a provider.
    pub(super) fn add_provider(
        &mut self,
        step: Step,
        provider: &'static Provider,
        source: Source,
        standing: Standing,
    ) {
        self.found.provider = Some(provider);
        if !provider.has_imap() {
            self.note(step, Outcome::Nothing(Nothing::Absent { provider }));
            return;
        }
        self.note(step, Outcome::Named { servers: provider.imap.len() });
        let user_names = match provider.login {
            Some(LoginName::Address) => vec![self.address.as_str().to_owned()],
            Some(LoginName::LocalPart) => vec![self.address.local_part().to_owned()],
            Some(LoginName::Other) | None => Vec::new(),
        };
        for server in &provider.imap {
            // A test of the list sees to it that no port is zero.
            let Some(port) = NonZeroU16::new(server.port) else { continue };
            self.add(Candidate {
                host: server.host.replace("%EMAILDOMAIN%", self.address.domain()),
                port,
                tls: server.tls.into(),
                user_names: user_names.clone(),
                authentication: provider.auth.iter().copied().map(Authentication::from).collect(),
                provider: Some(provider),
                standing,
                sources: vec![source.clone()],
                seen: None,
            });
        }
    }
}

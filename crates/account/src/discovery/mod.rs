//! Finding the IMAP server of a mail address, and saying where that is known from.
//!
//! ```no_run
//! use tayori_account::discovery::{Discovery, MailAddress};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let address = MailAddress::parse("jane@example.org")?;
//! let discovery = Discovery::new();
//! let found = discovery.discover(&address).await;
//! for candidate in &found.candidates {
//!     // A person has to agree to each doubt before there is a connection.
//!     if candidate.doubts().is_empty() && discovery.probe(candidate).await.is_ok() {
//!         break;
//!     }
//! }
//! # Ok(())
//! # }
//! ```
#![doc = include_str!("../../docs/discovery.md")]

mod address;
mod autoconfig;
mod candidate;
mod dns;
mod guess;
mod journal;
mod probe;
mod services;

use std::sync::Arc;
use std::time::Duration;

use tayori_client::tls::{Tls, Trust};
use tayori_client::way::Way;

use crate::config::TlsMode;
use crate::http::{Fetch, HttpClient};
use crate::provider::Provider;

pub use self::address::{AddressError, HostNameError, MailAddress};
pub use self::autoconfig::{AutoconfigError, ServerProblem};
pub use self::candidate::{Authentication, Candidate, Doubt, Source, Standing};
pub use self::dns::{Dns, DnsError, Exchanger, LookingUp, Lookup, Service};
pub use self::journal::{Attempt, Nothing, Outcome, Problem, Step};
pub use self::probe::{ProbeError, Seen};

use self::candidate::Findings;
use self::services::Declared;

/// Mozilla's database of mail providers, for [`Discovery::database`]. Whoever asks there tells a third party the domain
/// of the address.
pub const MOZILLA_DATABASE: &str = "https://autoconfig.thunderbird.net/v1.1/";

/// Finds servers.
///
/// By itself it asks the system's DNS servers and the mail domain, connects straight, and believes the authorities of
/// the system; the methods change that.
#[derive(Clone, Debug)]
pub struct Discovery {
    http: Arc<dyn Fetch>,
    dns: Arc<dyn Lookup>,
    way: Way,
    tls: Tls,
    database: Option<String>,
    times: Times,
}

/// How long the steps may take. All of one kind run at the same time, so that a search ends after the longer of `dns`
/// and `http`, and where it has to guess, after twice `probe` more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Times {
    /// For one question to the DNS, however often it is asked.
    pub dns: Duration,
    /// For one request over HTTPS with its redirects.
    pub http: Duration,
    /// For one connection: name look-up, TCP, TLS, greeting and capabilities together. No step takes longer than half
    /// of it, so that it can be told which one was too slow.
    pub probe: Duration,
}

impl Default for Times {
    /// Somebody waits in front of a terminal. A server that takes longer than this can still be named by hand.
    fn default() -> Self {
        Self { dns: Duration::from_secs(5), http: Duration::from_secs(10), probe: Duration::from_secs(10) }
    }
}

/// What came of a search.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Discovered {
    /// The servers, the best first: in the order of the steps, and those without TLS behind all others. None is there
    /// twice.
    pub candidates: Vec<Candidate>,
    /// The provider that the address belongs to, by its domain or by where its mail goes; also one that has no IMAP
    /// ([`Provider::absent`]).
    pub provider: Option<&'static Provider>,
    /// All that was tried, in the order of the steps, which is not that of time.
    pub journal: Vec<Attempt>,
}

impl Default for Discovery {
    fn default() -> Self {
        Self::new()
    }
}

impl Discovery {
    /// A search with the settings of the system. Nothing is read or asked yet.
    pub fn new() -> Self {
        Self {
            http: Arc::new(HttpClient::default()),
            dns: Arc::new(Dns::system()),
            way: Way::Direct,
            tls: Tls::new(Trust::System),
            database: None,
            times: Times::default(),
        }
    }

    /// Makes requests over HTTPS with this.
    #[must_use]
    pub fn http(mut self, http: impl Fetch + 'static) -> Self {
        self.http = Arc::new(http);
        self
    }

    /// Asks this for DNS records.
    #[must_use]
    pub fn dns(mut self, dns: impl Lookup + 'static) -> Self {
        self.dns = Arc::new(dns);
        self
    }

    /// Connects to IMAP servers on this way. DNS is always asked straight, and HTTPS has a way of its own
    /// ([`crate::http::HttpProxy`]). With a tunnel nothing is guessed.
    #[must_use]
    pub fn way(mut self, way: Way) -> Self {
        self.way = way;
        self
    }

    /// Connects to IMAP servers with these settings of TLS.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Asks this database of mail providers as well, by the mail domain: a URL of https that ends with `/`, as
    /// [`MOZILLA_DATABASE`]. None is asked unless this is called.
    #[must_use]
    pub fn database(mut self, url: &str) -> Self {
        self.database = Some(url.to_owned());
        self
    }

    /// With these limits on time.
    #[must_use]
    pub fn times(mut self, times: Times) -> Self {
        self.times = times;
        self
    }

    /// Looks for the server of this address, and guesses where nothing names one with TLS.
    ///
    /// Never fails: what could not be found out stands in the journal. No candidate is connected to but those that are
    /// guessed, and nothing is sent that has to do with a login; the mail domain is told the address (autoconfig). Must
    /// be called within a runtime of tokio. Dropping the future ends the search.
    pub async fn discover(&self, address: &MailAddress) -> Discovered {
        let mut findings = Findings::new(address);
        if findings.provider_of_domain() {
            return findings.finish();
        }
        let domain = address.domain();
        let (secured, upgraded) = (format!("_imaps._tcp.{domain}"), format!("_imap._tcp.{domain}"));
        let [first, second] = autoconfig::published(address);
        let entry = self.database.as_deref().map(|base| autoconfig::in_database(base, address));
        let ask_database = async {
            match &entry {
                Some(entry) => Some(self.fetch_file(entry).await),
                None => None,
            }
        };
        let (exchangers, secured_records, upgraded_records, first_file, second_file, database) = tokio::join!(
            self.in_time(self.dns.exchangers(domain)),
            self.in_time(self.dns.services(&secured)),
            self.in_time(self.dns.services(&upgraded)),
            self.fetch_file(&first),
            self.fetch_file(&second),
            ask_database,
        );
        findings.take_exchangers(exchangers);
        let has_secured = findings.take_services(&secured, TlsMode::Implicit, secured_records);
        let has_upgraded = findings.take_services(&upgraded, TlsMode::StartTls, upgraded_records);
        findings.take_file(first, first_file);
        findings.take_file(second, second_file);
        if let (Some(entry), Some(answer)) = (entry, database) {
            findings.take_file(entry, answer);
        }
        if !findings.has_protected() {
            self.try_usual_names(&mut findings, has_secured, has_upgraded).await;
        }
        findings.finish()
    }

    /// Tries the usual names below the mail domain alone, for when nobody has agreed to what [`Discovery::discover`]
    /// found, or none of it can be reached.
    pub async fn guess(&self, address: &MailAddress) -> Discovered {
        let mut findings = Findings::new(address);
        self.try_usual_names(&mut findings, Declared::Other, Declared::Other).await;
        findings.finish()
    }

    /// Connects to a candidate, and looks at what it offers. Nobody is logged in, and no secret is sent.
    ///
    /// Whether it may be connected to at all is for the caller to ask first where there are [`Candidate::doubts`].
    pub async fn probe(&self, candidate: &Candidate) -> Result<Seen, ProbeError> {
        self.look_at(&candidate.host, candidate.port, candidate.tls).await
    }

    async fn in_time<T>(&self, question: LookingUp<'_, T>) -> Result<T, DnsError> {
        let after = self.times.dns;
        tokio::time::timeout(after, question).await.unwrap_or(Err(DnsError::TimedOut { after }))
    }
}

#[cfg(test)]
mod tests;

//! What DNS says: mail exchangers, and the records of RFC 6186 section 3.2.

use std::num::NonZeroU16;

use super::address::host_name;
use super::candidate::{Findings, Source, Standing};
use super::dns::{DnsError, Exchanger, Service};
use super::journal::{Nothing, Outcome, Problem, Step};
use crate::config::TlsMode;
use crate::provider::Provider;

/// Servers that are taken from the records of one name. The answer can have some hundred; nobody looks at them all.
const SERVERS: usize = 16;

/// Whether a domain says that it does not have a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    /// It does.
    None,
    /// It does not.
    Other,
}

impl Findings<'_> {
    /// Takes where mail goes.
    pub(super) fn take_exchangers(&mut self, answer: Result<Vec<Exchanger>, DnsError>) {
        let step = Step::Exchangers { domain: self.address.domain().to_owned() };
        let mut exchangers = match answer {
            Ok(exchangers) => exchangers,
            Err(error) => return self.fail(step, error),
        };
        if exchangers.is_empty() {
            return self.note(step, Outcome::Nothing(Nothing::NoRecord));
        }
        exchangers.sort_by(|one, other| (one.preference, &one.host).cmp(&(other.preference, &other.host)));
        if exchangers.iter().all(|exchanger| exchanger.host.is_none()) {
            return self.note(step, Outcome::Nothing(Nothing::Declined));
        }
        let names = exchangers.into_iter().filter_map(|exchanger| host_name(&exchanger.host?).ok());
        let mut known = names.filter_map(|name| Some((Provider::by_mail_exchanger(&name)?, name)));
        match known.next() {
            Some((provider, exchanger)) => {
                let source = Source::Exchanger { name: &provider.name, exchanger };
                // An answer of DNS, which may be forged, has chosen among the providers.
                self.add_provider(step, provider, source, Standing::Unproven);
            }
            None => self.note(step, Outcome::Nothing(Nothing::Unknown)),
        }
    }

    /// Takes the SRV records of this name, whose servers are protected in this way.
    pub(super) fn take_services(
        &mut self,
        name: &str,
        tls: TlsMode,
        answer: Result<Vec<Service>, DnsError>,
    ) -> Declared {
        let step = Step::Service { name: name.to_owned() };
        let records = match answer {
            Ok(records) => records,
            Err(error) => {
                self.fail(step, error);
                return Declared::Other;
            }
        };
        if records.is_empty() {
            self.note(step, Outcome::Nothing(Nothing::NoRecord));
            return Declared::Other;
        }
        if records.iter().all(|record| record.target.is_none()) {
            self.note(step, Outcome::Nothing(Nothing::Declined));
            return Declared::None;
        }
        let mut usable = Vec::new();
        let mut problems = Vec::new();
        for record in order(records, SERVERS, random_below) {
            let Some(target) = &record.target else { continue };
            match (host_name(target), NonZeroU16::new(record.port)) {
                (Ok(host), Some(port)) => usable.push((host, port)),
                (Ok(_), None) => problems.push(Problem::Port),
                (Err(error), _) => problems.push(Problem::Target(error)),
            }
        }
        if !usable.is_empty() {
            self.note(step.clone(), Outcome::Named { servers: usable.len() });
        }
        for problem in problems {
            self.fail(step.clone(), problem);
        }
        for (host, port) in usable {
            let candidate = self.bare(host, port, tls, Source::Service { name: name.to_owned() });
            self.add(candidate);
        }
        Declared::Other
    }
}

/// The first records in the order in which they are tried (RFC 2782): by priority, and among those of the same priority
/// by chance, as their weights want it. `random` gives a number up to and with the one that it is given.
fn order(mut records: Vec<Service>, most: usize, mut random: impl FnMut(u32) -> u32) -> Vec<Service> {
    // Those without weight come first, so that they have a chance at all.
    records.sort_by_key(|record| (record.priority, record.weight != 0));
    let mut ordered = Vec::new();
    while let Some(first) = records.first().filter(|_| ordered.len() < most) {
        let priority = first.priority;
        let same = records.iter().take_while(|record| record.priority == priority);
        let chosen = random(same.clone().map(|record| u32::from(record.weight)).sum());
        let mut sum = 0;
        let position = same.clone().position(|record| {
            sum += u32::from(record.weight);
            sum >= chosen
        });
        ordered.push(records.remove(position.unwrap_or_default()));
    }
    ordered
}

fn random_below(most: u32) -> u32 {
    let mut octets = [0; 4];
    // Without random numbers there would be no TLS either, and any choice is as good as another.
    let _ = rustls::crypto::ring::default_provider().secure_random.fill(&mut octets);
    // A sum is below 2^32, since a message of DNS has less than 2^16 records with weights below 2^16.
    match most.checked_add(1) {
        Some(count) => u32::from_ne_bytes(octets) % count,
        None => u32::from_ne_bytes(octets),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(priority: u16, weight: u16, target: &str) -> Service {
        Service { priority, weight, port: 993, target: Some(target.to_owned()) }
    }

    /// The targets in order, where chance is this share of what it could be at most, in percent.
    fn ordered(percent: u32) -> String {
        let records = vec![
            record(10, 0, "z"),
            record(1, 60, "b"),
            record(1, 0, "a"),
            record(1, 40, "c"),
            record(0, 0, "y"),
        ];
        order(records, 9, |most| most * percent / 100)
            .iter()
            .filter_map(|record| record.target.as_deref())
            .collect()
    }

    #[test]
    fn priority_comes_first_and_weight_is_a_share() {
        assert_eq!(ordered(0), "yabcz");
        assert_eq!(ordered(1), "ybacz");
        assert_eq!(ordered(60), "ybcaz");
        assert_eq!(ordered(61), "ycbaz");
        assert_eq!(ordered(100), "ycbaz");
    }

    #[test]
    fn chance_stays_below_its_bound() {
        assert_eq!(random_below(0), 0);
        assert!((0..1000).all(|_| random_below(2) <= 2));
        random_below(u32::MAX);
    }

    #[test]
    fn the_heaviest_records_do_not_overflow() {
        let records = vec![record(0, u16::MAX, "a"); 5000];
        assert_eq!(order(records, SERVERS, |most| most).len(), SERVERS);
    }
}

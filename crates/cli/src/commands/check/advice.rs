//! What the facts come to: what is wrong, what to watch, and what could be better. Nothing is asked here, and nobody.

use std::time::{Duration, SystemTime};

use tayori_account::config::TlsMode;
use tayori_client::LoginMethod;
use tayori_client::tls::{Certificate, TlsVersion};
use tayori_proto::types::{Capabilities, Capability};

use super::report::{Report, StartTls, StartTlsFound, Step, Trouble, Upgraded, Weight};
use crate::commands::quota;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::{Failure, quoted};
use crate::way::is_loopback;

/// Within so many days of its end somebody should have renewed a certificate: those that live for 90 days are renewed a
/// month ahead.
const SOON: i64 = 14;

/// Above this share of a quota there is little room left.
const NEARLY_FULL: u64 = 90;

/// A round trip that a person notices, since many things take several of them.
const SLOW: Duration = Duration::from_millis(500);

/// Something that somebody should know.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    pub(super) about: Step,
    /// Safe for a terminal, as everything here.
    pub(super) text: String,
    pub(super) server_said: Option<String>,
    pub(super) hint: Option<String>,
    /// That of an error.
    exit: Exit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    Advice,
    Warning,
    Error,
}

impl Severity {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Finding {
    fn new(severity: Severity, about: Step, text: impl Into<String>, hint: &str) -> Self {
        let hint = Some(hint).filter(|hint| !hint.is_empty()).map(str::to_owned);
        let exit = if severity == Severity::Advice { Exit::Done } else { Exit::Warned };
        Self { severity, about, text: text.into(), server_said: None, hint, exit }
    }

    fn advice(about: Step, text: impl Into<String>, hint: &str) -> Self {
        Self::new(Severity::Advice, about, text, hint)
    }

    fn warning(about: Step, text: impl Into<String>, hint: &str) -> Self {
        Self::new(Severity::Warning, about, text, hint)
    }

    fn of(severity: Severity, about: Step, failure: &Failure) -> Self {
        let finding = Self::new(severity, about, failure.message(), failure.remedy().unwrap_or_default());
        let exit = if severity == Severity::Error { failure.exit } else { finding.exit };
        Self { server_said: failure.quoted(), exit, ..finding }
    }
}

/// What there is to say, the worst first, in the order of the steps.
pub(super) fn findings(report: &Report, now: SystemTime) -> Vec<Finding> {
    let mut found: Vec<_> = report.troubles.iter().map(of_trouble).collect();
    found.extend(report.found.alerts.iter().map(|text| {
        let alert = Finding::warning(Step::Alert, "the server wants you to know something", "");
        Finding { server_said: Some(quoted(text.as_bytes())), ..alert }
    }));
    found.extend(addresses(report));
    found.extend(protection(report));
    // One that is refused is an error already.
    let believed = report.found.arrival.tls.as_ref().and_then(|tls| tls.certificate());
    found.extend(believed.into_iter().flat_map(|shown| certificate(shown, now)));
    found.extend(report.starttls.iter().flat_map(|it| starttls(report, it)));
    found.extend(no_way_in(report));
    found.extend(weak_way(report));
    found.extend(full(report));
    found.extend(missing(report));
    found.extend(slow(report));
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

/// How the program ends: as the first error would have made any other command end.
pub(super) fn exit(findings: &[Finding]) -> Exit {
    findings.first().map_or(Exit::Done, |worst| worst.exit)
}

fn of_trouble(trouble: &Trouble) -> Finding {
    let severity = match trouble.weight {
        Weight::Ends => Severity::Error,
        Weight::Noted => Severity::Warning,
    };
    Finding::of(severity, trouble.step, &trouble.failure)
}

/// What every connection tries in vain.
fn addresses(report: &Report) -> Option<Finding> {
    let arrival = &report.found.arrival;
    let peer = arrival.peer?;
    let vain: Vec<_> = arrival.addresses.iter().take_while(|address| **address != peer).collect();
    if vain.is_empty() {
        return None;
    }
    let vain: Vec<_> = vain.iter().map(|address| address.ip().to_string()).collect();
    let text = format!("no answer from {}, which programs try first", vain.join(", "));
    let hint = "whoever runs the server, or its name, should mend that; it costs every connection time";
    Some(Finding::warning(Step::Connection, text, hint))
}

fn protection(report: &Report) -> Option<Finding> {
    let tls = report.found.arrival.tls.as_ref();
    if report.tls == TlsMode::None && !is_loopback(&report.host) {
        let text = "without TLS, everybody on the way can read the password and the mail";
        let offers = |listed: &Capabilities| listed.has(&Capability::StartTls);
        let hint = match report.found.before.as_ref().is_some_and(offers) {
            true => "leave out --tls none: the server offers STARTTLS",
            false => "use imaps:// if the server has it, or ask who runs it for TLS",
        };
        return Some(Finding::warning(Step::Tls, text, hint));
    }
    if tls?.version >= TlsVersion::Tls13 {
        return None;
    }
    let text = format!("the server speaks {}, and nothing newer", tls?.version);
    Some(Finding::advice(Step::Tls, text, "whoever runs the server can turn on TLS 1.3, which is of 2018"))
}

fn certificate(certificate: &Certificate, now: SystemTime) -> Vec<Finding> {
    let mut found = Vec::new();
    let days = certificate.days_left(now);
    let end = certificate.not_after;
    if days < 0 {
        // Only a fingerprint can have let it pass.
        let text = format!("the certificate has ended on {end}, and is believed for its fingerprint");
        found.push(Finding::advice(Step::Certificate, text, ""));
    } else if days <= SOON {
        let left = match days {
            0 => "within a day".to_owned(),
            1 => "in a day".to_owned(),
            _ => format!("in {days} days"),
        };
        let text = format!("the certificate ends {left}, on {end}");
        let hint = "whoever runs the server has to renew it; from that day on mail programs will not connect";
        found.push(Finding::warning(Step::Certificate, text, hint));
    }
    if certificate.signature.is_weak && !certificate.is_self_issued {
        let signature = certificate.signature.to_string();
        let text = format!("the certificate is signed in a way that is broken: {}", escape_str(&signature));
        found.push(Finding::warning(Step::Certificate, text, "whoever runs the server should get a new one"));
    }
    found
}

fn starttls(report: &Report, seen: &StartTls) -> Vec<Finding> {
    let port = seen.port;
    let (listed, upgraded) = match &seen.found {
        StartTlsFound::Reached { listed, upgraded } => (listed, upgraded),
        // Nobody has to have such a port.
        StartTlsFound::NotReached(_) => return Vec::new(),
        StartTlsFound::NoImap(failure) => {
            return vec![Finding::of(Severity::Advice, Step::StartTls, failure)];
        }
    };
    let mut found = Vec::new();
    let offers = listed.has(&Capability::StartTls);
    if !offers && report.tls == TlsMode::Implicit {
        let text = format!("port {port} answers without TLS, and does not offer STARTTLS");
        found.push(Finding::advice(Step::StartTls, text, "keep to imaps://, as you do"));
    }
    if let Upgraded::Fails(failure) = upgraded {
        let failure = failure.clone().while_doing(&format!("STARTTLS on port {port} does not work"));
        found.push(Finding::of(Severity::Advice, Step::StartTls, &failure));
    }
    if let (Upgraded::Works(Some(there)), Some(here)) = (upgraded, &report.found.arrival.tls)
        && there.certificate().map(|it| it.fingerprint) != here.certificate().map(|it| it.fingerprint)
    {
        let text = format!("port {port} shows another certificate than port {}", report.port);
        found.push(Finding::advice(Step::StartTls, text, "see that both are renewed"));
    }
    // Of a server on this machine nobody else hears anything.
    if report.tls != TlsMode::None && !is_loopback(&report.host) && takes_passwords(listed) {
        let text = format!("port {port} takes passwords without TLS");
        let hint =
            "whoever runs the server should refuse that (LOGINDISABLED), since some program will send one";
        found.push(Finding::advice(Step::StartTls, text, hint));
    }
    found
}

/// Whether a server that lists this would be shown a password.
fn takes_passwords(listed: &Capabilities) -> bool {
    let shows = |name: &&str| listed.has_auth(name);
    !listed.has(&Capability::LoginDisabled) || ["PLAIN", "LOGIN"].iter().any(shows)
}

/// Nobody has tried to log in, and nobody could.
fn no_way_in(report: &Report) -> Option<Finding> {
    let Some(Err(failure)) = &report.found.methods else { return None };
    // With a login the same is an error.
    report.user.is_none().then(|| Finding::of(Severity::Warning, Step::Login, failure))
}

/// A place can name what nobody would choose.
fn weak_way(report: &Report) -> Option<Finding> {
    let methods = report.found.methods.as_ref()?.as_ref().ok()?;
    let LoginMethod::Mechanism(taken) = methods.first()? else { return None };
    let text = format!("the place asks for {taken}: whoever hears the login can try out passwords at home");
    let hint = "leave out ;AUTH= if the server offers anything else over TLS";
    taken.is_by_name_only().then(|| Finding::warning(Step::Login, text, hint))
}

fn full(report: &Report) -> Vec<Finding> {
    let limits = report.found.quota.iter().flat_map(quota::limits);
    limits
        .filter_map(|(root, usage)| {
            let share = usage.usage.saturating_mul(100).checked_div(usage.limit)?;
            let row = quota::row(root, usage);
            let [_, resource, used, limit, _] = row.as_slice() else { return None };
            let (resource, used, limit) = (escape_str(resource), escape_str(used), escape_str(limit));
            let hint = "remove mail that is not needed, and empty the Trash";
            match share {
                100.. => {
                    let text =
                        format!("the quota is used up: {resource} {used} of {limit}; new mail is refused");
                    Some(Finding::warning(Step::Quota, text, hint))
                }
                NEARLY_FULL.. => {
                    let text = format!("the quota is nearly used up: {resource} {used} of {limit}");
                    Some(Finding::warning(Step::Quota, text, hint))
                }
                _ => None,
            }
        })
        .collect()
}

/// What other commands would do better with.
fn missing(report: &Report) -> Vec<Finding> {
    const WANTED: [(Capability, &str); 4] = [
        (
            Capability::UidPlus,
            "without UIDPLUS, messages that are removed for ever take along all others that are marked as deleted, so \
             they stay marked unless --expunge-mailbox is given",
        ),
        (Capability::Move, "without MOVE, messages are copied and then removed, which can stop half-way"),
        (Capability::CondStore, "without CONDSTORE, a change by somebody else can be overwritten unseen"),
        (Capability::Idle, "without IDLE, new mail is noticed only when a program asks"),
    ];
    let Some(listed) = &report.found.after else { return Vec::new() };
    let lacks = WANTED.iter().filter(|(capability, _)| !listed.offers(capability));
    lacks.map(|(_, text)| Finding::advice(Step::Capabilities, *text, "")).collect()
}

fn slow(report: &Report) -> Option<Finding> {
    let middle = report.round_trip().filter(|middle| *middle >= SLOW)?;
    let text = format!("a round trip takes {} ms", middle.as_millis());
    let hint =
        "the way to the server is long, or the server busy; commands that need few round trips suffer less";
    Some(Finding::advice(Step::RoundTrips, text, hint))
}

#[cfg(test)]
pub(super) mod tests;

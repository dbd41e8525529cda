//! The report for programs: one value, whose fields docs/scripting.md tells. What was not found out is null.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use tayori_account::config::{Trust, Word as _};
use tayori_client::LoginMethod;
use tayori_client::tls::Certificate;
use tayori_proto::profile::Source;
use tayori_proto::types::{Capability, Text};

use super::advice::Finding;
use super::report::{Entry, GreetingKind, Report, StartTlsFound, Upgraded};
use super::ways;
use crate::capabilities::CapabilityEntry;
use crate::commands::{namespace, quota};
use crate::exit::Exit;

/// Octets of what a server says that are passed on.
const MOST_SAID: usize = 1000;

/// Capabilities, names and the like that are passed on.
const MOST_LISTED: usize = 1000;

#[derive(Serialize)]
struct Value<'a> {
    host: &'a str,
    port: u16,
    /// `implicit`, `starttls` or `none`.
    security: String,
    user: Option<&'a str>,
    addresses: Addresses,
    connection: Option<Connection>,
    tls: Option<Tls>,
    certificate: Option<CertificateValue>,
    starttls: Option<StartTls>,
    greeting: Option<Greeting>,
    login: Option<Login>,
    server: Server,
    namespaces: Option<Vec<namespace::Line<'a>>>,
    quota: Option<Vec<quota::Line<'a>>>,
    limits: Limits,
    round_trip: Option<RoundTrip>,
    ways_to_log_in: Vec<Way>,
    capabilities: Vec<CapabilityValue>,
    alerts: Vec<String>,
    findings: Vec<FindingValue<'a>>,
    exit: u8,
}

#[derive(Serialize)]
struct Addresses {
    found: Vec<String>,
    milliseconds: Option<f64>,
}

#[derive(Serialize)]
struct Connection {
    /// Null where a proxy or a program stands in between.
    address: Option<String>,
    milliseconds: Option<f64>,
}

#[derive(Serialize)]
struct Tls {
    version: String,
    cipher_suite: String,
    key_exchange: Option<String>,
    alpn: Option<String>,
    milliseconds: Option<f64>,
}

#[derive(Serialize)]
struct CertificateValue {
    believed: bool,
    /// What it was measured by: `system`, `ca_file`, `fingerprint` or `first_use`.
    trust: &'static str,
    fingerprint: String,
    /// Null from here on where the certificate cannot be read.
    subject: Option<String>,
    issuer: Option<String>,
    self_issued: Option<bool>,
    names: Option<Vec<String>>,
    not_before: Option<String>,
    not_after: Option<String>,
    days_left: Option<i64>,
    key: Option<String>,
    signature: Option<String>,
}

#[derive(Serialize)]
struct StartTls {
    port: u16,
    reached: bool,
    offered: Option<bool>,
    /// Null where it was not tried.
    works: Option<bool>,
    login_disabled: Option<bool>,
    /// The mechanisms that are offered without TLS.
    mechanisms: Option<Vec<String>>,
    error: Option<String>,
}

#[derive(Serialize)]
struct Greeting {
    /// `ok`, `preauth` or `bye`.
    kind: &'static str,
    text: String,
    milliseconds: Option<f64>,
}

#[derive(Serialize)]
struct Login {
    done: bool,
    /// As in the ways to log in; null where nothing was tried.
    method: Option<Method>,
    server_proved_itself: Option<bool>,
    milliseconds: Option<f64>,
}

#[derive(Serialize)]
struct Server {
    vendor: Option<String>,
    id: Option<BTreeMap<String, String>>,
    behaviours: Vec<BehaviourValue>,
}

#[derive(Serialize)]
struct BehaviourValue {
    name: &'static str,
    /// `vendor`, `learned` or `set`.
    why: &'static str,
}

#[derive(Serialize)]
struct Limits {
    /// In octets.
    append: Option<u64>,
    messages: Option<u32>,
    save: Option<u32>,
    commands_in_flight: Option<usize>,
}

#[derive(Serialize)]
struct RoundTrip {
    median_milliseconds: f64,
    milliseconds: Vec<f64>,
}

#[derive(Serialize)]
struct Method {
    name: String,
    /// `mechanism`, or `command`: LOGIN is both.
    kind: &'static str,
}

#[derive(Serialize)]
struct Way {
    #[serde(flatten)]
    method: Method,
    standing: &'static str,
    /// Null, as the two below, where the mechanism is not spoken here.
    exposes_secret: Option<bool>,
    authenticates_server: Option<bool>,
    binds_channel: Option<bool>,
}

#[derive(Serialize)]
struct CapabilityValue {
    name: String,
    before: Option<bool>,
    after: Option<bool>,
    rfc: Option<&'static str>,
    serves: Option<&'static str>,
}

#[derive(Serialize)]
struct FindingValue<'a> {
    severity: &'static str,
    about: &'static str,
    text: &'a str,
    server_said: Option<&'a str>,
    hint: Option<&'a str>,
}

/// The whole of it.
pub(super) fn value<'a>(
    report: &'a Report,
    findings: &'a [Finding],
    exit: Exit,
    now: SystemTime,
) -> impl Serialize + use<'a> {
    let found = &report.found;
    let arrival = &found.arrival;
    Value {
        host: &report.host,
        port: report.port,
        security: report.tls.as_str().to_owned(),
        user: report.user.as_deref(),
        addresses: Addresses {
            found: arrival
                .addresses
                .iter()
                .map(|address| address.ip().to_string())
                .take(MOST_LISTED)
                .collect(),
            milliseconds: milliseconds(arrival.times.look_up),
        },
        connection: arrival.times.connect.map(|time| Connection {
            address: arrival.peer.map(|peer| peer.ip().to_string()),
            milliseconds: milliseconds(Some(time)),
        }),
        tls: arrival.tls.as_ref().map(|tls| Tls {
            version: tls.version.to_string(),
            cipher_suite: tls.cipher_suite.clone(),
            key_exchange: tls.key_exchange.clone(),
            alpn: tls.alpn.clone(),
            milliseconds: milliseconds(arrival.times.tls),
        }),
        certificate: certificate(report, now),
        starttls: report.starttls.as_ref().map(|seen| starttls(seen.port, &seen.found)),
        greeting: found.greeting.as_ref().map(|greeting| Greeting {
            kind: match greeting.kind {
                GreetingKind::Welcome => "ok",
                GreetingKind::Preauthenticated => "preauth",
                GreetingKind::Bye => "bye",
            },
            text: said(&greeting.text),
            milliseconds: milliseconds(arrival.times.greeting),
        }),
        login: login(&found.login),
        server: server(report),
        namespaces: found.namespaces.as_ref().map(|all| namespace::lines(all).take(MOST_LISTED).collect()),
        quota: found.quota.as_ref().map(|all| quota::lines(&report.mailbox, all).take(MOST_LISTED).collect()),
        limits: Limits {
            append: found.append_limit,
            messages: report.offered().and_then(|listed| listed.message_limit()),
            save: report.offered().and_then(|listed| listed.save_limit()),
            commands_in_flight: found.profile.commands_in_flight(),
        },
        round_trip: report.round_trip().map(|middle| RoundTrip {
            median_milliseconds: in_milliseconds(middle),
            milliseconds: found.round_trips.iter().copied().map(in_milliseconds).collect(),
        }),
        ways_to_log_in: ways::ways(report).into_iter().take(MOST_LISTED).map(way).collect(),
        capabilities: capabilities(report),
        alerts: found.alerts.iter().map(said).collect(),
        findings: findings.iter().map(finding).collect(),
        exit: exit.code(),
    }
}

/// To the tenth: what is finer is chance.
fn in_milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

fn milliseconds(time: Option<Duration>) -> Option<f64> {
    time.map(in_milliseconds)
}

fn said(text: &Text) -> String {
    let octets = text.as_bytes();
    String::from_utf8_lossy(&octets[..octets.len().min(MOST_SAID)]).into_owned()
}

fn certificate(report: &Report, now: SystemTime) -> Option<CertificateValue> {
    let shown = report.certificate();
    let refused = report.found.refused.as_ref();
    let fingerprint = shown.map(|it| it.fingerprint).or(refused.map(|it| it.fingerprint))?;
    let text = |read: fn(&Certificate) -> String| shown.map(read);
    Some(CertificateValue {
        believed: refused.is_none(),
        trust: match report.trust {
            Trust::CaFile(_) => "ca_file",
            Trust::Fingerprint(_) => "fingerprint",
            Trust::FirstUse => "first_use",
            _ => "system",
        },
        fingerprint: fingerprint.to_string(),
        subject: text(|it| it.subject.clone()),
        issuer: text(|it| it.issuer.clone()),
        self_issued: shown.map(|it| it.is_self_issued),
        names: shown.map(|it| it.names.iter().take(MOST_LISTED).cloned().collect()),
        not_before: text(|it| it.not_before.to_string()),
        not_after: text(|it| it.not_after.to_string()),
        days_left: shown.map(|it| it.days_left(now)),
        key: text(|it| it.key.to_string()),
        signature: text(|it| it.signature.to_string()),
    })
}

fn starttls(port: u16, found: &StartTlsFound) -> StartTls {
    let nothing = StartTls {
        port,
        reached: false,
        offered: None,
        works: None,
        login_disabled: None,
        mechanisms: None,
        error: None,
    };
    match found {
        StartTlsFound::NotReached(failure) => {
            StartTls { error: Some(failure.message().to_owned()), ..nothing }
        }
        StartTlsFound::NoImap(failure) => {
            StartTls { reached: true, error: Some(failure.message().to_owned()), ..nothing }
        }
        StartTlsFound::Reached { listed, upgraded } => StartTls {
            reached: true,
            offered: Some(listed.has(&Capability::StartTls)),
            works: match upgraded {
                Upgraded::NotTried | Upgraded::ByTheReport => None,
                Upgraded::Works(_) => Some(true),
                Upgraded::Fails(_) => Some(false),
            },
            login_disabled: Some(listed.has(&Capability::LoginDisabled)),
            mechanisms: Some(ways::names(listed).into_iter().take(MOST_LISTED).collect()),
            error: match upgraded {
                Upgraded::Fails(failure) => Some(failure.message().to_owned()),
                _ => None,
            },
            ..nothing
        },
    }
}

fn login(entry: &Entry) -> Option<Login> {
    match entry {
        Entry::None => None,
        Entry::Done { method, server_proved_itself, took } => Some(Login {
            done: true,
            method: Some(method_of(*method)),
            server_proved_itself: Some(*server_proved_itself),
            milliseconds: milliseconds(Some(*took)),
        }),
        Entry::Failed(method) => Some(Login {
            done: false,
            method: method.map(method_of),
            server_proved_itself: None,
            milliseconds: None,
        }),
    }
}

fn method_of(method: LoginMethod) -> Method {
    match method {
        LoginMethod::Mechanism(mechanism) => Method { name: mechanism.to_string(), kind: "mechanism" },
        _ => Method { name: "LOGIN".to_owned(), kind: "command" },
    }
}

fn server(report: &Report) -> Server {
    let found = &report.found;
    let behaviours = found.profile.iter().map(|(behaviour, source)| BehaviourValue {
        name: behaviour.word(),
        why: match source {
            Source::Vendor => "vendor",
            Source::Learned => "learned",
            _ => "set",
        },
    });
    let field = |(field, value): &(Text, Option<Text>)| Some((said(field), said(value.as_ref()?)));
    Server {
        vendor: found.profile.vendor().map(|vendor| format!("{vendor:?}")),
        id: found.id.as_ref().map(|id| id.iter().filter_map(field).take(MOST_LISTED).collect()),
        behaviours: behaviours.collect(),
    }
}

fn way(way: ways::Way) -> Way {
    Way {
        standing: way.standing.word(),
        exposes_secret: way.worth.map(|worth| worth.exposes_secret),
        authenticates_server: way.worth.map(|worth| worth.authenticates_server),
        binds_channel: way.worth.map(|worth| worth.binds_channel),
        method: match way.is_command {
            true => method_of(LoginMethod::Command),
            false => Method { name: way.name, kind: "mechanism" },
        },
    }
}

fn capabilities(report: &Report) -> Vec<CapabilityValue> {
    let all = report.capabilities().into_iter().take(MOST_LISTED);
    all.map(|listed| {
        let name = listed.capability.to_bytes();
        let entry = CapabilityEntry::of(listed.capability);
        CapabilityValue {
            name: String::from_utf8_lossy(&name).into_owned(),
            before: listed.before,
            after: listed.after,
            rfc: entry.map(|entry| entry.rfc),
            serves: entry.map(|entry| entry.serves),
        }
    })
    .collect()
}

fn finding(finding: &Finding) -> FindingValue<'_> {
    FindingValue {
        severity: finding.severity.word(),
        about: finding.about.word(),
        text: &finding.text,
        server_said: finding.server_said.as_deref(),
        hint: finding.hint.as_deref(),
    }
}

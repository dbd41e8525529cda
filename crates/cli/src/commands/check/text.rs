//! The report for people: facts in the order in which they were found, and at the end what they come to.

use std::time::{Duration, SystemTime};

use indicatif::BinaryBytes;
use tayori_account::config::{TlsMode, Trust};
use tayori_client::tls::{Certificate, Moment};
use tayori_proto::profile::Source;
use tayori_proto::types::Capability;

use super::advice::Finding;
use super::report::{Entry, GreetingKind, Listed, Report, StartTlsFound, Upgraded};
use super::ways;
use crate::capabilities::CapabilityEntry;
use crate::commands::{namespace, quota};
use crate::count::count;
use crate::escape::{escape_bounded, escape_str};
use crate::failure::quoted;
use crate::table::Width;
use crate::wrap;

/// Characters of a name or value that a server or a certificate says.
const MOST_NAME: usize = 100;

/// Names of a certificate, fields of ID and the like.
const MOST_LISTED: usize = 30;

/// Capabilities; servers list some sixty.
const MOST_CAPABILITIES: usize = 200;

/// The whole of it.
pub(super) fn page(report: &Report, findings: &[Finding], now: SystemTime, width: Width) -> String {
    let mut page = Page { out: String::new(), columns: columns(width) };
    let protection = match report.tls {
        TlsMode::Implicit => "TLS from the start",
        TlsMode::StartTls => "STARTTLS",
        TlsMode::None => "without TLS",
    };
    page.paragraph("", &format!("{} port {}, {protection}", escape_str(&report.host), report.port));
    page.gap();
    arrival(&mut page, report, now);
    starttls(&mut page, report);
    server(&mut page, report);
    let before = page.out.len();
    inside(&mut page, report);
    if page.out.len() > before {
        page.out.insert(before, '\n');
    }
    log_in(&mut page, report);
    capabilities(&mut page, report);
    verdict(&mut page, findings);
    page.out
}

fn columns(width: Width) -> usize {
    match width {
        // All of it goes, in lines as long as they are.
        Width::Any => usize::MAX,
        Width::Columns(columns) => usize::from(columns).max(20),
    }
}

struct Page {
    out: String,
    columns: usize,
}

/// What stands in front of a fact is this wide.
const LABEL: usize = 13;

impl Page {
    fn gap(&mut self) {
        self.out.push('\n');
    }

    fn title(&mut self, title: &str) {
        self.gap();
        self.paragraph("", title);
    }

    fn paragraph(&mut self, first: &str, text: &str) {
        wrap::behind(&mut self.out, self.columns, first, &" ".repeat(2), text);
    }

    /// A fact; without a label, it belongs to the one above.
    fn fact(&mut self, label: &str, text: &str) {
        let indent = " ".repeat(LABEL);
        wrap::behind(&mut self.out, self.columns, &format!("{label:LABEL$}"), &indent, text);
    }

    /// A name and what it means.
    fn row(&mut self, name: &str, text: &str) {
        wrap::behind(&mut self.out, self.columns, &format!("  {name}  "), "      ", text);
    }
}

/// In brackets behind what took so long.
fn took(time: Option<Duration>) -> String {
    time.map_or(String::new(), |time| format!("\u{a0}\u{a0}({})", milliseconds(time)))
}

pub(super) fn milliseconds(time: Duration) -> String {
    format!("{:.1}\u{a0}ms", time.as_secs_f64() * 1000.0)
}

fn name(text: &str) -> String {
    escape_bounded(text.as_bytes(), MOST_NAME).to_string()
}

/// The first of them, and how many more there are.
fn listed(all: impl ExactSizeIterator<Item = String>) -> String {
    let more = all.len().saturating_sub(MOST_LISTED);
    let mut shown: Vec<_> = all.take(MOST_LISTED).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown.join(", ")
}

fn arrival(page: &mut Page, report: &Report, now: SystemTime) {
    let arrival = &report.found.arrival;
    let times = &arrival.times;
    if !arrival.addresses.is_empty() {
        let addresses = listed(arrival.addresses.iter().map(|address| address.ip().to_string()));
        page.fact("addresses", &format!("{addresses}{}", took(times.look_up)));
    }
    if let (Some(peer), Some(_)) = (arrival.peer, times.connect) {
        page.fact("connection", &format!("{} answers{}", peer.ip(), took(times.connect)));
    } else if let Some(proxy) = times.proxy.or(times.connect) {
        page.fact("connection", &format!("by somebody else, a proxy or a program{}", took(Some(proxy))));
    }
    if let Some(time) = times.start_tls {
        page.fact("STARTTLS", &format!("done{}", took(Some(time))));
    }
    if let Some(tls) = &arrival.tls {
        let mut words = vec![tls.version.to_string(), tls.cipher_suite.clone()];
        words.extend(tls.key_exchange.clone());
        words.extend(tls.alpn.as_ref().map(|alpn| format!("ALPN {}", name(alpn))));
        page.fact("TLS", &format!("{}{}", words.join(", "), took(times.tls)));
    }
    match (report.certificate(), &report.found.refused) {
        (Some(shown), refused) => certificate(page, report, shown, refused.is_none(), now),
        (None, Some(refused)) => page.fact("certificate", &format!("not believed: {}", refused.fingerprint)),
        (None, None) => {}
    }
    if let Some(greeting) = &report.found.greeting {
        let what = match greeting.kind {
            GreetingKind::Welcome if greeting.text.is_empty() => String::new(),
            GreetingKind::Welcome => format!("\"{}\"", quoted(greeting.text.as_bytes())),
            GreetingKind::Preauthenticated => {
                format!("PREAUTH, so nobody logs in: \"{}\"", quoted(greeting.text.as_bytes()))
            }
            GreetingKind::Bye => format!("BYE: \"{}\"", quoted(greeting.text.as_bytes())),
        };
        if !what.is_empty() {
            page.fact("greeting", &format!("{what}{}", took(times.greeting)));
        }
    }
}

fn certificate(page: &mut Page, report: &Report, shown: &Certificate, is_believed: bool, now: SystemTime) {
    let names = match shown.names.as_slice() {
        [] => format!("for no name; it calls itself {}", name(&shown.subject)),
        names => format!("for {}", listed(names.iter().map(|one| name(one)))),
    };
    page.fact("certificate", &names);
    let believed = match (&report.trust, is_believed) {
        (_, false) => "not believed",
        (Trust::CaFile(_), _) => "believed, for an authority in the file that was given",
        (Trust::Fingerprint(_), _) => "believed, for the fingerprint that was given",
        (Trust::FirstUse, _) => "believed, for being the first one that the account has seen",
        _ => "believed, for an authority that this system knows",
    };
    page.fact("", believed);
    let issuer = match shown.is_self_issued {
        true => "signed by nobody but itself".to_owned(),
        false => format!("issued by {}", name(&shown.issuer)),
    };
    page.fact("", &issuer);
    let left = match shown.days_left(now) {
        _ if shown.not_before > Moment::from(now) => "not begun yet".to_owned(),
        days @ 0.. => format!("{} left", count(days.unsigned_abs(), "day", "days")),
        days => format!("ended {} ago", count(days.unsigned_abs(), "day", "days")),
    };
    page.fact("", &format!("from {} to {}, {left}", shown.not_before, shown.not_after));
    let (key, signature) = (shown.key.to_string(), shown.signature.to_string());
    page.fact("", &format!("{}; signed with {}", name(&key), name(&signature)));
    page.fact("", &shown.fingerprint.to_string());
}

fn starttls(page: &mut Page, report: &Report) {
    let Some(seen) = &report.starttls else { return };
    let text = match &seen.found {
        StartTlsFound::NotReached(_) => "nobody answers".to_owned(),
        StartTlsFound::NoImap(failure) => failure.message().to_owned(),
        StartTlsFound::Reached { listed, upgraded } => {
            let mut words = vec![match (listed.has(&Capability::StartTls), upgraded) {
                (false, _) => "not offered",
                (true, Upgraded::Works(_)) => "offered, and works",
                (true, Upgraded::Fails(_)) => "offered, and does not work",
                (true, Upgraded::NotTried | Upgraded::ByTheReport) => "offered",
            }];
            words.push(match listed.has(&Capability::LoginDisabled) {
                true => "LOGIN is disabled without TLS",
                false => "LOGIN is possible without TLS",
            });
            words.join("; ")
        }
    };
    match &seen.found {
        StartTlsFound::Reached { upgraded: Upgraded::ByTheReport, .. } => {
            page.fact("in the clear", &format!("STARTTLS is {text}"));
        }
        _ => page.fact("STARTTLS", &format!("port {}: {text}", seen.port)),
    }
}

fn server(page: &mut Page, report: &Report) {
    let found = &report.found;
    if let Some(vendor) = found.profile.vendor() {
        page.fact("server", &format!("taken for {vendor:?} (its signs: {})", vendor.signs()));
    } else if found.before.is_some() || found.after.is_some() {
        page.fact("server", "not known by what it says");
    }
    for (behaviour, source) in found.profile.iter() {
        let why = match source {
            Source::Vendor => "as its vendor's servers do",
            Source::Learned => "as it has shown",
            _ => "as was set",
        };
        let evidence = behaviour.evidence();
        page.fact("", &format!("{} ({why}): {}; {}", behaviour.word(), evidence.seen, evidence.remedy));
    }
    if let Some(id) = &found.id {
        let fields = id.iter().filter_map(|(field, value)| Some((field, value.as_ref()?)));
        let fields: Vec<_> = fields
            .map(|(field, value)| {
                format!("{} {}", name(&field.to_string_lossy()), name(&value.to_string_lossy()))
            })
            .collect();
        match fields.is_empty() {
            true => page.fact("ID", "nothing"),
            false => page.fact("ID", &listed(fields.into_iter())),
        }
    }
}

fn inside(page: &mut Page, report: &Report) {
    let found = &report.found;
    match (&found.login, &report.user) {
        (Entry::Done { method, server_proved_itself, took: time }, Some(user)) => {
            let proof =
                if *server_proved_itself { "; the server has proved that it knows the password" } else { "" };
            let text = format!("{} is in, by {method}{proof}{}", name(user), took(Some(*time)));
            page.fact("login", &text);
        }
        (Entry::Failed(method), Some(user)) => {
            let by = method.map_or(String::new(), |method| format!(", by {method}"));
            page.fact("login", &format!("{} is not let in{by}", name(user)));
        }
        _ => {}
    }
    for (index, line) in found.namespaces.iter().flat_map(namespace::lines).take(MOST_LISTED).enumerate() {
        let [prefix, delimiter] = line.names().map(|text| name(&text));
        let label = if index == 0 { "mailboxes" } else { "" };
        page.fact(label, &format!("{}: prefix {prefix}, delimiter {delimiter}", line.whose()));
    }
    for (index, (root, usage)) in found.quota.iter().flat_map(quota::limits).take(MOST_LISTED).enumerate() {
        let row: Vec<_> = quota::row(root, usage).iter().map(|cell| name(cell)).collect();
        let [root, resource, used, limit, share] = row.as_slice() else { continue };
        let root = if root.is_empty() { String::new() } else { format!("{root}: ") };
        let share = if share.is_empty() { String::new() } else { format!(", {share}") };
        let label = if index == 0 { "quota" } else { "" };
        page.fact(label, &format!("{root}{resource} {used} of {limit}{share}"));
    }
    for (index, limit) in limits(report).iter().enumerate() {
        page.fact(if index == 0 { "limits" } else { "" }, limit);
    }
    if let Some(middle) = report.round_trip() {
        let times = &found.round_trips;
        let least = times.iter().min().map_or(String::new(), |least| milliseconds(*least));
        let most = times.iter().max().map_or(String::new(), |most| milliseconds(*most));
        let text = format!("{} in the middle of {}, {least} to {most}", milliseconds(middle), times.len());
        page.fact("round trip", &text);
    }
}

fn limits(report: &Report) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(octets) = report.found.append_limit {
        all.push(format!("a message of {} at most", BinaryBytes(octets)));
    }
    let Some(listed) = report.offered() else { return all };
    if let Some(messages) = listed.message_limit() {
        all.push(format!("a command about {messages} messages at most"));
    }
    if let Some(messages) = listed.save_limit().filter(|_| listed.save_limit() != listed.message_limit()) {
        all.push(format!("{messages} messages copied or stored at once at most"));
    }
    if let Some(commands) = report.found.profile.commands_in_flight() {
        all.push(format!("{commands} commands on their way at once"));
    }
    all
}

fn log_in(page: &mut Page, report: &Report) {
    let ways = ways::ways(report);
    if ways.is_empty() {
        return;
    }
    page.title("Ways to log in, strongest first:");
    for way in ways.iter().take(MOST_CAPABILITIES) {
        page.row(&name(&way.name), &way.words(ways::is_used(report)));
    }
}

fn capabilities(page: &mut Page, report: &Report) {
    let found = &report.found;
    let all = report.capabilities();
    if all.is_empty() {
        return;
    }
    page.title(match (&found.before, &found.after) {
        (Some(_), Some(_)) => "Capabilities (+ after the login only, - before it only):",
        (Some(_), None) => "Capabilities before a login:",
        _ => "Capabilities:",
    });
    let more = all.len().saturating_sub(MOST_CAPABILITIES);
    for Listed { capability, before, after } in all.into_iter().take(MOST_CAPABILITIES) {
        let mark = match (before, after) {
            (Some(false), Some(true)) => "+",
            (Some(true), Some(false)) => "-",
            _ => " ",
        };
        let octets = capability.to_bytes();
        let text = match CapabilityEntry::of(capability) {
            Some(entry) => format!("{} ({})", entry.serves, entry.rfc),
            None => "not known here".to_owned(),
        };
        let name = escape_bounded(&octets, MOST_NAME);
        wrap::behind(&mut page.out, page.columns, &format!("{mark} {name}  "), "      ", &text);
    }
    if more > 0 {
        page.paragraph("  ", &format!("and {more} more"));
    }
}

fn verdict(page: &mut Page, findings: &[Finding]) {
    page.gap();
    if findings.is_empty() {
        page.paragraph("", "All is well.");
    }
    for finding in findings {
        page.paragraph("", &format!("{}: {}", finding.severity.word(), finding.text));
        if let Some(said) = &finding.server_said {
            page.paragraph("  ", &format!("the server said: \"{said}\""));
        }
        if let Some(hint) = &finding.hint {
            page.paragraph("  ", &format!("hint: {hint}"));
        }
    }
}

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::UNIX_EPOCH;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tayori_account::config::{TlsMode, Trust};
use tayori_client::{Arrival, LoginError, MailboxQuota, Mechanism};
use tayori_proto::response::{Quota, QuotaUsage};
use tayori_proto::types::{MailboxName, QuotaResource, Text};

use super::*;
use crate::commands::check::report::Found;

/// Of a server somewhere else, of which nothing is known.
pub(in super::super) fn report() -> Report {
    Report {
        host: "mail.example.org".to_owned(),
        port: 993,
        tls: TlsMode::Implicit,
        trust: Trust::System,
        user: Some("ann".to_owned()),
        mailbox: MailboxName::inbox(),
        found: Found::default(),
        starttls: None,
        troubles: Vec::new(),
    }
}

pub(in super::super) fn listing(names: &str) -> Capabilities {
    names.split_whitespace().map(|name| Capability::try_from(name).unwrap()).collect()
}

fn shown(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let said = finding.server_said.as_ref().map_or(String::new(), |said| format!(" \"{said}\""));
        format!("{} {}: {}{said}", finding.severity.word(), finding.about.word(), finding.text)
    };
    findings.iter().map(line).collect()
}

#[track_caller]
fn check(report: &Report, expected: &[&str], code: Exit) {
    let found = findings(report, SystemTime::now());
    assert_eq!(shown(&found), expected);
    assert_eq!(exit(&found), code);
}

#[test]
fn nothing_is_said_of_what_is_well() {
    let mut report = report();
    report.found.after = Some(listing("IMAP4rev2 CONDSTORE"));
    check(&report, &[], Exit::Done);
}

#[test]
fn the_worst_comes_first_and_the_first_error_is_the_exit_code() {
    let mut report = report();
    report.found.after = Some(listing("IMAP4rev1 UIDPLUS MOVE CONDSTORE"));
    report.found.alerts = vec![Text::from("down at \u{1b}[2Jnight")];
    let failure = |exit| Failure::new(exit, "it failed");
    let noted = Trouble { step: Step::Quota, weight: Weight::Noted, failure: failure(Exit::Protocol) };
    report.troubles.push(noted);
    let mut expected = vec![
        "warning quota: it failed",
        "warning alert: the server wants you to know something \"down at \\x1b[2Jnight\"",
        "advice capabilities: without IDLE, new mail is noticed only when a program asks",
    ];
    check(&report, &expected, Exit::Warned);
    report.fails(Step::Login, failure(Exit::LoginRefused));
    report.fails(Step::End, failure(Exit::Interrupted));
    expected.splice(0..0, ["error login: it failed", "error end: it failed"]);
    check(&report, &expected, Exit::LoginRefused);
    report.troubles.clear();
    report.found.alerts.clear();
    check(&report, &expected[4..], Exit::Done);
}

#[test]
fn a_certificate_is_to_be_renewed_in_time() {
    let mut params = CertificateParams::new(vec!["mail.example.org".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2026, 3, 1);
    let signed = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    let shown_certificate = Certificate::from_der(signed.der()).unwrap();
    let check = |day: i64, expected: &[&str]| {
        let end = Duration::from_secs(shown_certificate.not_after.0.unsigned_abs());
        let day = day * 24 * 60 * 60;
        let now = match day {
            ..0 => UNIX_EPOCH + end + Duration::from_secs(day.unsigned_abs()),
            _ => UNIX_EPOCH + end - Duration::from_secs(day.unsigned_abs()),
        };
        assert_eq!(shown(&certificate(&shown_certificate, now)), expected, "{day}");
    };
    check(30, &[]);
    check(15, &[]);
    check(14, &["warning certificate: the certificate ends in 14 days, on 2026-03-01 00:00:00 UTC"]);
    check(1, &["warning certificate: the certificate ends in a day, on 2026-03-01 00:00:00 UTC"]);
    check(0, &["warning certificate: the certificate ends within a day, on 2026-03-01 00:00:00 UTC"]);
    check(
        -1,
        &[
            "advice certificate: the certificate has ended on 2026-03-01 00:00:00 UTC, and is believed for its \
             fingerprint",
        ],
    );
}

#[test]
fn clear_text_is_for_this_machine() {
    let mut report = report();
    report.tls = TlsMode::None;
    let text = "warning tls: without TLS, everybody on the way can read the password and the mail";
    check(&report, &[text], Exit::Warned);
    let hint = |report: &Report| findings(report, SystemTime::now())[0].hint.clone().unwrap();
    assert_eq!(hint(&report), "use imaps:// if the server has it, or ask who runs it for TLS");
    report.found.before = Some(listing("IMAP4rev1 STARTTLS"));
    assert_eq!(hint(&report), "leave out --tls none: the server offers STARTTLS");
    report.host = "127.0.0.1".to_owned();
    check(&report, &[], Exit::Done);
}

#[test]
fn an_address_that_does_not_answer_costs_time() {
    let mut report = report();
    let all: Vec<SocketAddr> = ["[2001:db8::1]:993", "192.0.2.1:993", "192.0.2.2:993"]
        .map(|address| address.parse().unwrap())
        .to_vec();
    let mut arrival = Arrival::default();
    arrival.peer = Some(all[0]);
    arrival.addresses = all.clone();
    report.found.arrival = arrival.clone();
    check(&report, &[], Exit::Done);
    arrival.peer = Some(all[2]);
    report.found.arrival = arrival;
    let text = "warning connection: no answer from 2001:db8::1, 192.0.2.1, which programs try first";
    check(&report, &[text], Exit::Warned);
}

#[test]
fn starttls_on_another_port_is_never_more_than_advice() {
    let mut report = report();
    let mut seen = |found, expected: &[&str]| {
        report.starttls = Some(StartTls { port: 143, found });
        check(&report, expected, Exit::Done);
    };
    let failure = || Failure::new(Exit::Network, "nobody");
    seen(StartTlsFound::NotReached(failure()), &[]);
    seen(StartTlsFound::NoImap(failure()), &["advice starttls: nobody"]);
    let reached = |listed, upgraded| StartTlsFound::Reached { listed: listing(listed), upgraded };
    let takes = "advice starttls: port 143 takes passwords without TLS";
    seen(reached("IMAP4rev1 STARTTLS LOGINDISABLED", Upgraded::Works(None)), &[]);
    seen(reached("IMAP4rev1 STARTTLS LOGINDISABLED AUTH=SCRAM-SHA-256", Upgraded::Works(None)), &[]);
    seen(reached("IMAP4rev1 STARTTLS LOGINDISABLED AUTH=PLAIN", Upgraded::Works(None)), &[takes]);
    seen(
        reached("IMAP4rev1", Upgraded::NotTried),
        &["advice starttls: port 143 answers without TLS, and does not offer STARTTLS", takes],
    );
    seen(
        reached("IMAP4rev1 STARTTLS", Upgraded::Fails(failure())),
        &["advice starttls: STARTTLS on port 143 does not work: nobody", takes],
    );
}

#[test]
fn without_a_login_a_server_that_lets_nobody_in_is_told() {
    let mut report = report();
    let error = LoginError::NoMechanism { offered: Vec::new(), login_disabled: true, usable: Vec::new() };
    report.found.methods = Some(Err(Failure::from(tayori_client::Error::from(error))));
    check(&report, &[], Exit::Done);
    report.user = None;
    let text = "warning login: the server offers no way to log in that can be used here; it offers no mechanism at all";
    check(&report, &[text], Exit::Warned);
}

#[test]
fn what_is_weak_is_told_where_it_is_asked_for() {
    let mut report = report();
    report.found.methods = Some(Ok(vec![Mechanism::Plain.into()]));
    check(&report, &[], Exit::Done);
    report.found.methods = Some(Ok(vec![Mechanism::CramMd5.into()]));
    let text =
        "warning login: the place asks for CRAM-MD5: whoever hears the login can try out passwords at home";
    check(&report, &[text], Exit::Warned);
}

#[test]
fn a_quota_is_told_before_it_is_full() {
    let mut report = report();
    for (usage, expected) in [
        (89, None),
        (90, Some("warning quota: the quota is nearly used up: MESSAGE 90 of 100")),
        (100, Some("warning quota: the quota is used up: MESSAGE 100 of 100; new mail is refused")),
        (250, Some("warning quota: the quota is used up: MESSAGE 250 of 100; new mail is refused")),
    ] {
        let usage = QuotaUsage { resource: QuotaResource::Message, usage, limit: 100 };
        let mut quota = MailboxQuota::default();
        quota.quotas = vec![Quota { root: Text::from(""), resources: vec![usage] }];
        report.found.quota = Some(quota);
        check(&report, expected.as_slice(), expected.map_or(Exit::Done, |_| Exit::Warned));
    }
}

#[test]
fn slowness_is_that_of_the_middle() {
    let mut report = report();
    let seconds = |all: [u64; 5]| all.map(Duration::from_secs).to_vec();
    report.found.round_trips = seconds([0, 9, 0, 9, 0]);
    check(&report, &[], Exit::Done);
    report.found.round_trips = seconds([2, 0, 1, 0, 9]);
    check(&report, &["advice round_trip: a round trip takes 1000 ms"], Exit::Done);
}

//! `tayori check`: the whole report, for servers that do all well and for each kind of trouble.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use serde_json::{Value, json};
use tayori_server::Tls;

use crate::certificates::{Authority, Shown};
use crate::common::program::{Outcome, Run};
use crate::common::server::{Server, Talk};
use crate::store::Host;

/// `tayori check imaps://ann@localhost:PORT/`; the file of an authority, or options.
fn check(host: &Host, authority: &Authority) -> Run {
    by("imaps", host.port()).arg("--ca-file").arg(authority.file())
}

fn by(scheme: &str, port: u16) -> Run {
    Run::new().args("check").arg(format!("{scheme}://ann@localhost:{port}/"))
}

/// A report without what is different at each run: times, the port, the fingerprint, dates.
struct Told {
    code: i32,
    text: String,
}

#[track_caller]
fn told(outcome: &Outcome, port: u16, shown: Option<&Shown>) -> Told {
    assert_eq!(outcome.stderr, "");
    let text = String::from_utf8(outcome.stdout.clone()).unwrap();
    let text = text.replace(&format!("port {port}"), "port PORT");
    let text = shown.map_or(text.clone(), |shown| text.replace(&shown.fingerprint, "FINGERPRINT"));
    Told { code: outcome.code, text: without_dates(&without_times(&text)) }
}

/// `12.3 ms` becomes `N ms`.
fn without_times(text: &str) -> String {
    let mut parts = text.split(" ms");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let number = out.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        out.truncate(number);
        out += "N ms";
        out += part;
    }
    out
}

/// `2026-11-23 08:15:00 UTC` becomes `DATE`.
fn without_dates(text: &str) -> String {
    const LENGTH: usize = "2026-11-23 08:15:00".len();
    let mut parts = text.split(" UTC");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        out.truncate(out.len() - LENGTH);
        out += "DATE";
        out += part;
    }
    out
}

impl Told {
    #[track_caller]
    fn check(&self, code: i32, expected: &str) {
        assert!(self.text == expected, "expected:\n{expected}\nactual:\n{}", self.text);
        assert_eq!(self.code, code);
    }

    /// The same of what stands behind the last empty line: the verdict.
    #[track_caller]
    fn check_end(&self, code: i32, expected: &str) {
        let (_, end) = self.text.rsplit_once("\n\n").unwrap();
        assert!(end == expected, "expected:\n{expected}\nactual:\n{end}\nof\n{}", self.text);
        assert_eq!(self.code, code);
    }

    /// What stands in front of the ways to log in, or of the verdict where there are none.
    #[track_caller]
    fn check_beginning(&self, expected: &str) {
        let end = self.text.find("\nWays to log in").or_else(|| self.text.rfind("\n\n").map(|at| at + 1));
        let beginning = &self.text[..end.unwrap()];
        assert!(beginning == expected, "expected:\n{expected}\nactual:\n{beginning}\nof\n{}", self.text);
    }
}

#[test]
fn all_is_well() {
    let authority = Authority::new();
    let shown = authority.sign(&["localhost", "*.example.org"], 100);
    let host = Host::with_tls(Tls::Implicit(Arc::clone(&shown.config)));
    let outcome = check(&host, &authority).run();
    let told = told(&outcome, host.port(), Some(&shown));
    told.check_beginning(BEGINNING_WELL);
    told.check_end(0, "All is well.\n");
    // What every server of this project lists, with where it is told.
    let (_, rest) = told.text.split_once("\nWays to log in").unwrap();
    let beginning = "\
, strongest first:
  PLAIN  used; shows the password to the server
  the command LOGIN  would do; shows the password to the server

Capabilities (+ after the login only, - before it only):
  IMAP4rev1  the version of 2003; all servers speak it (RFC 3501)
";
    assert!(rest.starts_with(beginning), "{rest}");
    assert!(rest.contains("\n+ IDLE  news without asking (RFC 2177)\n"), "{rest}");
}

const BEGINNING_WELL: &str = "\
localhost port PORT, TLS from the start

addresses    127.0.0.1  (N ms)
connection   127.0.0.1 answers  (N ms)
TLS          TLS 1.3, TLS_AES_256_GCM_SHA384, X25519  (N ms)
certificate  for localhost, *.example.org
\x20            believed, for an authority in the file that was given
\x20            issued by CN=authority of a test
\x20            from DATE to DATE, 100 days left
\x20            EC, 256 bits; signed with ECDSA with SHA-256
\x20            FINGERPRINT
greeting     \"tayori ready\"  (N ms)
server       not known by what it says
ID           name tayori, version 0.1.0

login        ann is in, by PLAIN  (N ms)
mailboxes    personal: prefix \"\", delimiter /
quota        STORAGE 0 B of 1.00 GiB, 0 %
limits       a message of 256.00 MiB at most
round trip   N ms in the middle of 5, N ms to N ms
";

/// The JSON, without what is different at each run.
fn plain(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), &*value) {
                    ("milliseconds" | "median_milliseconds", Value::Number(_)) => *value = json!("N"),
                    ("milliseconds", Value::Array(all)) => *value = json!(all.len()),
                    ("port", _) => *value = json!("PORT"),
                    ("fingerprint", _) => *value = json!("FINGERPRINT"),
                    ("not_before" | "not_after", Value::String(_)) => *value = json!("DATE"),
                    _ => plain(value),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(plain),
        _ => {}
    }
}

fn json_of(outcome: &Outcome) -> Value {
    assert_eq!(outcome.stderr, "");
    let mut value = serde_json::from_slice(&outcome.stdout).unwrap();
    plain(&mut value);
    value
}

#[test]
fn all_is_well_for_programs() {
    let authority = Authority::new();
    let shown = authority.sign(&["localhost"], 100);
    let host = Host::with_tls(Tls::Implicit(Arc::clone(&shown.config)));
    let outcome = check(&host, &authority).args("--json").run();
    assert_eq!(outcome.code, 0);
    let mut value = json_of(&outcome);
    // Each of them is as the first one; what this server lists is another test's business.
    let listed = value["capabilities"].as_array_mut().unwrap();
    listed.truncate(1);
    let expected = json!({
        "host": "localhost", "port": "PORT", "security": "implicit", "user": "ann",
        "addresses": {"found": ["127.0.0.1"], "milliseconds": "N"},
        "connection": {"address": "127.0.0.1", "milliseconds": "N"},
        "tls": {
            "version": "TLS 1.3", "cipher_suite": "TLS_AES_256_GCM_SHA384", "key_exchange": "X25519", "alpn": null,
            "milliseconds": "N",
        },
        "certificate": {
            "believed": true, "trust": "ca_file", "fingerprint": "FINGERPRINT",
            "subject": "CN=rcgen self signed cert", "issuer": "CN=authority of a test", "self_issued": false,
            "names": ["localhost"], "not_before": "DATE", "not_after": "DATE", "days_left": 100,
            "key": "EC, 256 bits", "signature": "ECDSA with SHA-256",
        },
        "starttls": null,
        "greeting": {"kind": "ok", "text": "tayori ready", "milliseconds": "N"},
        "login": {
            "done": true, "method": {"name": "PLAIN", "kind": "mechanism"}, "server_proved_itself": false,
            "milliseconds": "N",
        },
        "server": {"vendor": null, "id": {"name": "tayori", "version": env!("CARGO_PKG_VERSION")}, "behaviours": []},
        "namespaces": [{"class": "personal", "prefix": "", "delimiter": "/"}],
        "quota": [{"mailbox": "INBOX", "root": "", "resource": "STORAGE", "used": 0, "limit": 1_073_741_824}],
        "limits": {"append": 268_435_456, "messages": null, "save": null, "commands_in_flight": null},
        "round_trip": {"median_milliseconds": "N", "milliseconds": 5},
        "ways_to_log_in": [
            {
                "name": "PLAIN", "kind": "mechanism", "standing": "taken", "exposes_secret": true,
                "authenticates_server": false, "binds_channel": false,
            },
            {
                "name": "LOGIN", "kind": "command", "standing": "would_do", "exposes_secret": true,
                "authenticates_server": false, "binds_channel": false,
            },
        ],
        "capabilities": [{
            "name": "IMAP4rev1", "before": true, "after": true, "rfc": "RFC 3501",
            "serves": "the version of 2003; all servers speak it",
        }],
        "alerts": [],
        "findings": [],
        "exit": 0,
    });
    assert_eq!(value, expected);
}

/// What has failed, was refused or was not reached, and what the server says: all of it, for programs.
#[test]
fn trouble_is_told_to_programs() {
    let server = Server::play(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 X-ODD AUTH=NTLM] \u{1b}[2JCourier-IMAP ready.\r\n");
        talk.expect("LOGIN ann secret");
        talk.send("* OK [ALERT] mend me\r\n");
        talk.tagged("NO [AUTHENTICATIONFAILED] \u{1b}]0;x\u{7}no");
        talk.expect("NOOP");
        talk.cut();
    });
    let outcome = server.run("check", "").args("--json").run();
    server.finish();
    assert_eq!(outcome.code, 5);
    let expected = json!({
        "host": "127.0.0.1", "port": "PORT", "security": "none", "user": "ann",
        "addresses": {"found": ["127.0.0.1"], "milliseconds": "N"},
        "connection": {"address": "127.0.0.1", "milliseconds": "N"},
        "tls": null, "certificate": null,
        "starttls": {
            "port": "PORT", "reached": true, "offered": false, "works": null, "login_disabled": false,
            "mechanisms": ["NTLM"], "error": null,
        },
        "greeting": {"kind": "ok", "text": "\u{1b}[2JCourier-IMAP ready.", "milliseconds": "N"},
        "login": {
            "done": false, "method": {"name": "LOGIN", "kind": "command"}, "server_proved_itself": null,
            "milliseconds": null,
        },
        "server": {
            "vendor": "Courier", "id": null,
            "behaviours": [
                {"name": "no-flight-behind-login", "why": "vendor"},
                {"name": "no-flight-behind-authenticate", "why": "vendor"},
                {"name": "noop-after-append", "why": "vendor"},
            ],
        },
        "namespaces": null, "quota": null,
        "limits": {"append": null, "messages": null, "save": null, "commands_in_flight": null},
        "round_trip": null,
        "ways_to_log_in": [
            {
                "name": "LOGIN", "kind": "command", "standing": "taken", "exposes_secret": true,
                "authenticates_server": false, "binds_channel": false,
            },
            {
                "name": "NTLM", "kind": "mechanism", "standing": "unknown", "exposes_secret": null,
                "authenticates_server": null, "binds_channel": null,
            },
        ],
        "capabilities": [
            {
                "name": "IMAP4rev1", "before": true, "after": null, "rfc": "RFC 3501",
                "serves": "the version of 2003; all servers speak it",
            },
            {"name": "X-ODD", "before": true, "after": null, "rfc": null, "serves": null},
        ],
        "alerts": ["mend me"],
        "findings": [
            {
                "severity": "error", "about": "login",
                "text": "cannot log in as ann at 127.0.0.1: the server refused LOGIN",
                "server_said": "\\x1b]0;x\\x07no",
                "hint": "check user and password; many providers want an app password for programs like this one",
            },
            {
                "severity": "warning", "about": "alert", "text": "the server wants you to know something",
                "server_said": "mend me", "hint": null,
            },
        ],
        "exit": 5,
    });
    assert_eq!(json_of(&outcome), expected);
}

#[test]
fn without_a_login_nobody_is_asked_for_a_password() {
    let authority = Authority::new();
    let shown = authority.sign(&["localhost"], 100);
    let host = Host::with_tls(Tls::Implicit(Arc::clone(&shown.config)));
    let nobody = Run::new().args("check").arg(format!("imaps://localhost:{}/", host.port()));
    for run in [nobody.arg("--ca-file").arg(authority.file()), check(&host, &authority).args("--no-login")] {
        let outcome = run.without_env("TAYORI_PASSWORD").run();
        told(&outcome, host.port(), Some(&shown)).check(0, OUTSIDE);
    }
}

const OUTSIDE: &str = "\
localhost port PORT, TLS from the start

addresses    127.0.0.1  (N ms)
connection   127.0.0.1 answers  (N ms)
TLS          TLS 1.3, TLS_AES_256_GCM_SHA384, X25519  (N ms)
certificate  for localhost
\x20            believed, for an authority in the file that was given
\x20            issued by CN=authority of a test
\x20            from DATE to DATE, 100 days left
\x20            EC, 256 bits; signed with ECDSA with SHA-256
\x20            FINGERPRINT
greeting     \"tayori ready\"  (N ms)
server       not known by what it says

round trip   N ms in the middle of 5, N ms to N ms

Ways to log in, strongest first:
\x20 PLAIN  would be used; shows the password to the server
\x20 the command LOGIN  would do; shows the password to the server

Capabilities before a login:
\x20 IMAP4rev1  the version of 2003; all servers speak it (RFC 3501)
\x20 IMAP4rev2  the version of 2021; ENABLE IMAP4rev2 turns it on (RFC 9051)
\x20 LITERAL+  literals without waiting: {n+} (RFC 7888)
\x20 SASL-IR  AUTHENTICATE with its first answer at once (RFC 4959)
\x20 ID  client and server tell who they are (RFC 2971)
\x20 ENABLE  extensions that must be turned on can be (RFC 5161)

All is well.
";

#[test]
fn certificates_that_nobody_believes_are_shown_and_nobody_logs_in() {
    let authority = Authority::new();
    let refused = |shown: &Shown, certificate: &str, verdict: &str| {
        let host = Host::with_tls(Tls::Implicit(Arc::clone(&shown.config)));
        let outcome = check(&host, &authority).run();
        let told = told(&outcome, host.port(), Some(shown));
        let expected = format!(
            "localhost port PORT, TLS from the start\n\naddresses    127.0.0.1  (N ms)\n\
             connection   127.0.0.1 answers  (N ms)\n{certificate}             \
             EC, 256 bits; signed with ECDSA with SHA-256\n             FINGERPRINT\n\n{verdict}"
        );
        told.check(7, &expected);
    };
    refused(
        &authority.sign(&["localhost"], -3),
        "certificate  for localhost\n             not believed\n             issued by CN=authority of a test\n             \
         from DATE to DATE, ended 3 days ago\n",
        "error: the certificate of localhost is not accepted: it has expired: its time ended at DATE, and the clock here \
         says DATE\n  hint: check the date of this machine; if it is right, whoever runs the server has to renew the \
         certificate\n",
    );
    refused(
        &authority.sign_for_the_future(),
        "certificate  for localhost\n             not believed\n             issued by CN=authority of a test\n             \
         from DATE to DATE, not begun yet\n",
        "error: the certificate of localhost is not accepted: it is not valid yet: its time begins at DATE, and the clock \
         here says DATE\n  hint: check the date of this machine; if it is right, whoever runs the server has to mend \
         this\n",
    );
    refused(
        &authority.sign(&["mail.example.org"], 100),
        "certificate  for mail.example.org\n             not believed\n             \
         issued by CN=authority of a test\n             from DATE to DATE, 100 days left\n",
        "error: the certificate of localhost is not accepted: it is for mail.example.org, not for the name that was asked \
         for\n  hint: if that is the server you mean, write its name in the place: mail.example.org\n",
    );
    refused(
        &Shown::self_signed(),
        "certificate  for localhost\n             not believed\n             signed by nobody but itself\n             \
         from DATE to DATE, 100 days left\n",
        "error: the certificate of localhost is not accepted: it is signed by nobody but itself\n  hint: if the server has its \
         own authority, give its certificate with --ca-file; if somebody you trust tells you the same fingerprint, use \
         --fingerprint FINGERPRINT\n",
    );
}

/// Signed by an authority whose key proves nothing.
#[test]
fn a_weak_key_is_not_believed() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/tests/certificates");
    let shown = Shown::of_files(&kept.join("weak-authority.pem"), &kept.join("weak-authority.key"));
    let host = Host::with_tls(Tls::Implicit(Arc::clone(&shown.config)));
    let outcome = by("imaps", host.port()).arg("--ca-file").arg(kept.join("ca.pem")).run();
    let told = told(&outcome, host.port(), Some(&shown));
    let verdict = "\n\nerror: the certificate of localhost is not accepted: its key is too weak (RSA, 1024 bits)\n  \
                   hint: whoever runs the server has to mend this; the password was not sent\n";
    assert_eq!((told.code, told.text.ends_with(verdict)), (7, true), "{}", told.text);
}

#[test]
fn a_certificate_that_ends_soon_is_a_warning() {
    let authority = Authority::new();
    let shown = authority.sign(&["localhost"], 13);
    let host = Host::with_tls(Tls::Implicit(Arc::clone(&shown.config)));
    let expected = "warning: the certificate ends in 13 days, on DATE\n  hint: whoever runs the server has to renew it; \
                    from that day on mail programs will not connect\n";
    told(&check(&host, &authority).run(), host.port(), Some(&shown)).check_end(13, expected);
}

#[test]
fn a_fingerprint_that_was_given_counts() {
    let shown = Shown::self_signed();
    let host = Host::with_tls(Tls::Implicit(Arc::clone(&shown.config)));
    let outcome = by("imaps", host.port()).arg("--fingerprint").arg(&shown.fingerprint).run();
    let expected = BEGINNING_WELL
        .replace(", *.example.org", "")
        .replace("an authority in the file", "the fingerprint")
        .replace("issued by CN=authority of a test", "signed by nobody but itself");
    let told = told(&outcome, host.port(), Some(&shown));
    told.check_beginning(&expected);
    told.check_end(0, "All is well.\n");
}

#[test]
fn the_protocol_is_named_in_the_handshake_where_it_is_asked_for() {
    let authority = Authority::new();
    let shown = authority.sign(&["localhost"], 100);
    let knowing = |name: &[u8]| {
        let mut config = ServerConfig::clone(&shown.config);
        config.alpn_protocols = vec![name.to_vec()];
        Host::with_tls(Tls::Implicit(Arc::new(config)))
    };
    let tls_of = |run: Run| json_of(&run.arg("--json").run())["tls"]["alpn"].clone();
    let host = knowing(b"imap");
    assert_eq!(tls_of(check(&host, &authority)), Value::Null);
    assert_eq!(tls_of(check(&host, &authority).args("--alpn imap")), json!("imap"));
    assert_eq!(tls_of(check(&host, &authority).env("TAYORI_ALPN", "imap")), json!("imap"));
    // The option stands above the environment.
    assert_eq!(tls_of(check(&host, &authority).args("--alpn none").env("TAYORI_ALPN", "imap")), Value::Null);
    // One that knows other names only, as web servers do, is asked for none.
    let host = knowing(b"http/1.1");
    assert_eq!(tls_of(check(&host, &authority)), Value::Null);
    told(&check(&host, &authority).args("--alpn imap").run(), host.port(), None).check_end(
        8,
        "error: localhost does not take the protocol name \"imap\" in the TLS handshake (ALPN)\n  hint: leave out \
         --alpn, or alpn in the configuration; where this server took it before, somebody may be in between\n",
    );
}

#[test]
fn starttls_is_what_the_place_is_reached_by() {
    let authority = Authority::new();
    let shown = authority.sign(&["localhost"], 100);
    let host = Host::with_tls(Tls::StartTls(Arc::clone(&shown.config)));
    let outcome = by("imap", host.port()).arg("--ca-file").arg(authority.file()).run();
    let told = told(&outcome, host.port(), Some(&shown));
    told.check_beginning(
        "\
localhost port PORT, STARTTLS

addresses    127.0.0.1  (N ms)
connection   127.0.0.1 answers  (N ms)
STARTTLS     done  (N ms)
TLS          TLS 1.3, TLS_AES_256_GCM_SHA384, X25519  (N ms)
certificate  for localhost
\x20            believed, for an authority in the file that was given
\x20            issued by CN=authority of a test
\x20            from DATE to DATE, 100 days left
\x20            EC, 256 bits; signed with ECDSA with SHA-256
\x20            FINGERPRINT
in the clear STARTTLS is offered; LOGIN is possible without TLS
server       not known by what it says
ID           name tayori, version 0.1.0

login        ann is in, by PLAIN  (N ms)
mailboxes    personal: prefix \"\", delimiter /
quota        STORAGE 0 B of 1.00 GiB, 0 %
limits       a message of 256.00 MiB at most
round trip   N ms in the middle of 5, N ms to N ms
",
    );
    told.check_end(0, "All is well.\n");
}

#[test]
fn starttls_on_another_port_is_looked_at() {
    let authority = Authority::new();
    let (shown, other) = (authority.sign(&["localhost"], 100), authority.sign(&["localhost"], 100));
    let host = Host::with_tls(Tls::Implicit(Arc::clone(&shown.config)));
    let run = |starttls: &Host| {
        let run =
            check(&host, &authority).arg("--starttls-port").arg(starttls.port().to_string()).args("--json");
        json_of(&run.run())
    };
    let told = run(&Host::with_tls(Tls::StartTls(Arc::clone(&other.config))));
    let expected = json!({
        "port": "PORT", "reached": true, "offered": true, "works": true, "login_disabled": false,
        "mechanisms": ["PLAIN"], "error": null,
    });
    assert_eq!(told["starttls"], expected);
    let told = run(&Host::with_tls(Tls::StartTls(Shown::self_signed().config)));
    assert_eq!(told["starttls"]["works"], false);
    assert_eq!((&told["findings"][0]["about"], &told["exit"]), (&json!("starttls"), &json!(0)));
    let told = run(&Host::start());
    let expected = json!({
        "port": "PORT", "reached": true, "offered": false, "works": null, "login_disabled": false,
        "mechanisms": ["PLAIN"], "error": null,
    });
    assert_eq!(told["starttls"], expected);
}

/// Nothing that is secret goes to the other port, and nothing but LOGOUT behind what is asked.
#[test]
fn the_other_port_hears_no_secret() {
    let authority = Authority::new();
    let shown = authority.sign(&["localhost"], 100);
    let host = Host::with_tls(Tls::Implicit(Arc::clone(&shown.config)));
    let server = Server::play_in_turn(vec![
        Box::new(|talk: &mut Talk| {
            talk.send("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] \u{1b}[2Jready\r\n");
            talk.log_out();
            talk.expect_end();
        }),
        Box::new(|talk: &mut Talk| {
            talk.send("* OK ready\r\n");
            talk.expect("STARTTLS");
            talk.tagged("NO \u{1b}[2Jnot today");
            talk.expect_end();
        }),
    ]);
    let port = server.port();
    let outcome = check(&host, &authority).arg("--starttls-port").arg(port.to_string()).args("--json").run();
    server.finish();
    assert_eq!(outcome.code, 0);
    let told = json_of(&outcome);
    let expected = json!({
        "port": "PORT", "reached": true, "offered": true, "works": false, "login_disabled": false,
        "mechanisms": ["PLAIN"], "error": "the server refused STARTTLS",
    });
    assert_eq!(told["starttls"], expected);
}

/// A run against a server that follows a script, without TLS.
#[track_caller]
fn scripted(script: impl FnOnce(&mut Talk) + Send + 'static) -> Told {
    let server = Server::play(script);
    let outcome = server.run("check", "").run();
    let port = server.port();
    server.finish();
    told(&outcome, port, None)
}

#[test]
fn a_refused_login_leaves_all_that_came_before_it() {
    let report = scripted(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 AUTH=CRAM-MD5] Dovecot ready.\r\n");
        talk.expect("LOGIN ann secret");
        talk.tagged("NO [AUTHENTICATIONFAILED] \u{1b}]0;x\u{7}no");
        for _ in 0..5 {
            talk.expect("NOOP");
            talk.tagged("OK done");
        }
        talk.log_out();
    });
    report.check(
        5,
        "\
127.0.0.1 port PORT, without TLS

addresses    127.0.0.1  (N ms)
connection   127.0.0.1 answers  (N ms)
greeting     \"Dovecot ready.\"  (N ms)
STARTTLS     port PORT: not offered; LOGIN is possible without TLS
server       taken for Dovecot (its signs: ID `Dovecot`, greeting `Dovecot`)
\x20            binary-fails (as its vendor's servers do): NO [PARSE] for parts with broken encodings; whoever asks for BINARY asks for BODY then

login        ann is not let in, by the command LOGIN
round trip   N ms in the middle of 5, N ms to N ms

Ways to log in, strongest first:
\x20 CRAM-MD5  used only where the place asks for it with ;AUTH=, since it is weak; the password does not travel
\x20 the command LOGIN  would be used; shows the password to the server

Capabilities before a login:
\x20 IMAP4rev1  the version of 2003; all servers speak it (RFC 3501)

error: cannot log in as ann at 127.0.0.1: the server refused LOGIN
\x20 the server said: \"\\x1b]0;x\\x07no\"
\x20 hint: check user and password; many providers want an app password for programs like this one
",
    );
}

#[test]
fn a_server_that_takes_no_password_is_told() {
    let report = scripted(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED STARTTLS AUTH=NTLM] ready\r\n");
        for _ in 0..5 {
            talk.expect("NOOP");
            talk.tagged("OK done");
        }
        talk.log_out();
    });
    report.check(
        8,
        "\
127.0.0.1 port PORT, without TLS

addresses    127.0.0.1  (N ms)
connection   127.0.0.1 answers  (N ms)
greeting     \"ready\"  (N ms)
STARTTLS     port PORT: offered; LOGIN is disabled without TLS
server       not known by what it says

login        ann is not let in
round trip   N ms in the middle of 5, N ms to N ms

Ways to log in, strongest first:
\x20 NTLM  not spoken here

Capabilities before a login:
\x20 IMAP4rev1  the version of 2003; all servers speak it (RFC 3501)
\x20 LOGINDISABLED  LOGIN is refused, mostly until STARTTLS (RFC 9051 6.2.3)
\x20 STARTTLS  the connection can go on with TLS (RFC 9051 6.2.1)

error: cannot log in as ann at 127.0.0.1: the server offers no way to log in that can be used here; it offers NTLM
\x20 hint: the server has disabled LOGIN here (LOGINDISABLED); one of these would be needed: SCRAM-SHA-512, SCRAM-SHA-256, SCRAM-SHA-1, PLAIN, LOGIN, the command LOGIN
",
    );
}

#[test]
fn a_server_that_wants_nobody_is_told() {
    let report = scripted(|talk| talk.send("* BYE [UNAVAILABLE] \u{1b}[2Jdown for repairs\r\n"));
    report.check(
        7,
        "\
127.0.0.1 port PORT, without TLS

addresses    127.0.0.1  (N ms)
connection   127.0.0.1 answers  (N ms)
greeting     BYE: \"\\x1b[2Jdown for repairs\"

error: the connection is lost: the server ended the session
\x20 the server said: \"\\x1b[2Jdown for repairs\"
\x20 hint: the server cannot do it now; try again later
",
    );
}

#[test]
fn a_greeting_that_is_none_is_told() {
    scripted(|talk| {
        talk.send("220 mail.example.org ESMTP\r\n");
        talk.expect_end();
    })
    .check(
        8,
        "\
127.0.0.1 port PORT, without TLS

addresses    127.0.0.1  (N ms)
connection   127.0.0.1 answers  (N ms)

error: the connection is lost: the server did not begin with a greeting
\x20 hint: look at the dialogue with --trace, and show it to whoever runs the server
",
    );
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let server = Server::play(|talk| talk.expect_end());
    let outcome = server.run("check", "").args("--timeout 1").run();
    let port = server.port();
    server.finish();
    told(&outcome, port, None).check(
        7,
        "\
127.0.0.1 port PORT, without TLS

addresses    127.0.0.1  (N ms)
connection   127.0.0.1 answers  (N ms)

error: no IMAP from 127.0.0.1 port PORT: the connection is lost: the server said nothing for 1 second
\x20 hint: check the port: 993 is for imaps://, 143 for imap://; --timeout SECONDS waits longer
",
    );
}

/// Without TLS, anybody could have said so.
#[test]
fn a_login_that_nobody_made_is_not_believed_in_the_clear() {
    scripted(|talk| {
        talk.send("* PREAUTH [CAPABILITY IMAP4rev1] you are ann\r\n");
        talk.expect_end();
    })
    .check(
        8,
        "\
127.0.0.1 port PORT, without TLS

addresses    127.0.0.1  (N ms)
connection   127.0.0.1 answers  (N ms)

error: the connection is lost: the server says that we are logged in already, on a connection without TLS
\x20 hint: look at the dialogue with --trace, and show it to whoever runs the server
",
    );
}

#[test]
fn a_server_without_starttls_is_told() {
    let server = Server::play_in_turn(vec![
        Box::new(|talk: &mut Talk| {
            talk.send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n");
            talk.log_out();
            talk.expect_end();
        }),
        Box::new(|talk: &mut Talk| {
            talk.send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n");
            talk.expect("STARTTLS");
            talk.tagged("BAD what?");
            talk.expect_end();
        }),
    ]);
    let outcome = by("imap", server.port()).run();
    let port = server.port();
    server.finish();
    told(&outcome, port, None).check(
        8,
        "\
localhost port PORT, STARTTLS

addresses    127.0.0.1  (N ms)
connection   127.0.0.1 answers  (N ms)
in the clear STARTTLS is not offered; LOGIN is possible without TLS

error: the server refused STARTTLS
\x20 hint: nothing was sent in the clear; use imaps:// if the server has it, or ask who runs the server
",
    );
}

/// What the server refuses or says beside what it is asked; what a person has to see is shown.
#[test]
fn what_is_refused_keeps_nothing_else_from_being_told() {
    let report = scripted(|talk| {
        talk.send("* OK [ALERT] \u{1b}[2Jdown at night\r\n");
        talk.expect("CAPABILITY");
        talk.send("* CAPABILITY IMAP4rev1\r\n");
        talk.tagged("OK done");
        talk.expect("LOGIN ann secret");
        talk.tagged("OK [CAPABILITY IMAP4rev1 ID NAMESPACE QUOTA MESSAGELIMIT=1000 X-ODD] in");
        talk.expect("ID NIL");
        talk.send("* ID (\"name\" \"\u{202e}odd\" \"version\" NIL \"vendor\" \"nobody\")\r\n");
        talk.tagged("OK done");
        talk.expect("NAMESPACE");
        talk.tagged("NO not for you");
        talk.expect("GETQUOTAROOT INBOX");
        talk.send("* QUOTAROOT INBOX \"\"\r\n* QUOTA \"\" (STORAGE 1000 1024)\r\n");
        talk.tagged("OK done");
        for _ in 0..5 {
            talk.expect("NOOP");
            talk.tagged("OK done");
        }
        talk.log_out();
    });
    report.check(
        13,
        &"\
127.0.0.1 port PORT, without TLS

addresses    127.0.0.1  (N ms)
connection   127.0.0.1 answers  (N ms)
greeting     \"\\x1b[2Jdown at night\"  (N ms)
STARTTLS     port PORT: not offered; LOGIN is possible without TLS
server       not known by what it says
ID           name \\u{202e}odd, vendor nobody

login        ann is in, by the command LOGIN  (N ms)
quota        STORAGE 1000.00 KiB of 1.00 MiB, 97 %
limits       a command about 1000 messages at most
round trip   N ms in the middle of 5, N ms to N ms

Ways to log in, strongest first:
\x20 the command LOGIN  used; shows the password to the server

Capabilities (+ after the login only, - before it only):
\x20 IMAP4rev1  the version of 2003; all servers speak it (RFC 3501)
+ ID  client and server tell who they are (RFC 2971)
+ NAMESPACE  where one's own and shared mailboxes begin (RFC 2342)
+ QUOTA  how much there may be, and how much there is (RFC 9208)
+ MESSAGELIMIT=1000  how many messages one command may be about (RFC 9738)
+ X-ODD  not known here

warning: cannot ask for the namespaces: the server refused NAMESPACE
\x20 the server said: \"not for you\"
warning: the server wants you to know something
\x20 the server said: \"\\x1b[2Jdown at night\"
warning: the quota is nearly used up: STORAGE 1000.00 KiB of 1.00 MiB
\x20 hint: remove mail that is not needed, and empty the Trash
{LACKING}"
            .replace("{LACKING}", LACKING),
    );
}

/// What is said of a server that has little.
const LACKING: &str = "\
advice: without UIDPLUS, messages that are removed for ever take along all others that are marked as deleted, so they \
stay marked unless --expunge-mailbox is given
advice: without MOVE, messages are copied and then removed, which can stop half-way
advice: without CONDSTORE, a change by somebody else can be overwritten unseen
advice: without IDLE, new mail is noticed only when a program asks
";

#[test]
fn a_connection_that_is_lost_leaves_what_was_found() {
    let report = scripted(|talk| {
        talk.log_in_with("ID");
        talk.expect("ID NIL");
        talk.cut();
    });
    let expected = "error: cannot ask who the server is: the connection is lost: the server closed it without a word\n  \
                    hint: try again; what was complete before stays\n";
    report.check_end(7, &format!("{expected}{LACKING}"));
}

#[test]
fn a_port_that_nobody_listens_on() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let outcome = Run::new().args("check").arg(format!("imaps://ann@127.0.0.1:{port}/")).run();
    told(&outcome, port, None).check(
        7,
        "127.0.0.1 port PORT, TLS from the start\n\naddresses    127.0.0.1  (N ms)\n\n\
         error: cannot reach 127.0.0.1 port PORT: Connection refused (os error 111)\n  \
         hint: check the host name and the port, and whether you are online\n",
    );
}

#[test]
fn a_password_that_cannot_be_had_is_asked_for_last() {
    let server = Server::play(|talk| {
        talk.greet();
        talk.expect_end();
    });
    let outcome = server.run("check", "").args("--password-file nowhere").run();
    let port = server.port();
    server.finish();
    let expected = "error: the password file nowhere could not be read: No such file or directory (os error 2)\n  hint: check the \
         path, and who may read it\n";
    told(&outcome, port, None).check_end(2, expected);
}

/// What was found out by then is told.
#[test]
fn somebody_presses_ctrl_c() {
    let (sender, heard) = std::sync::mpsc::channel();
    let server = Server::play(move |talk| {
        talk.log_in_with("ID");
        talk.expect("ID NIL");
        sender.send(()).unwrap();
        talk.expect_end();
    });
    let running = server.run("check", "").start();
    heard.recv().unwrap();
    running.signal(rustix::process::Signal::INT);
    let outcome = running.wait();
    let port = server.port();
    server.finish();
    told(&outcome, port, None).check_end(130, &format!("error: interrupted\n{LACKING}"));
}

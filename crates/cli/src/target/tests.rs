//! What holds, of all that is said.

use std::ffi::OsString;

use super::*;
use crate::cli::{Invocation, parse};

/// The configuration of these tests, and an environment that names it.
struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        Self { folder }
    }

    /// What a line means to a command that logs in, in one line: who, where and how.
    fn told(&self, line: &str, variables: &[(&str, &str)]) -> String {
        let path = self.folder.path();
        let named = [
            ("TAYORI_CONFIG", path.join("config.toml").into_os_string()),
            ("HOME", path.as_os_str().to_owned()),
        ];
        let variables = variables.iter().map(|(name, value)| (*name, OsString::from(value)));
        let environment = Environment::fixed(named.into_iter().chain(variables));
        let line = format!("tayori status {line}");
        let Ok(Invocation::Status(look)) = parse(line.split_whitespace().map(OsString::from)) else {
            panic!("{line}")
        };
        match Target::resolve(&look.access, &environment) {
            Err(failure) => failure.to_text(),
            Ok(target) => {
                let settings = &target.settings;
                let auth = settings.auth.as_ref().map_or("any", |auth| auth.value.name());
                let way = match (&settings.tunnel, &settings.proxy) {
                    (Some(_), _) => " tunnel",
                    (None, Some(_)) => " proxy",
                    (None, None) => "",
                };
                format!(
                    "{} {} {} {auth} {}s {} {:?}{way}",
                    target.identity(),
                    target.port(),
                    target.tls().as_str(),
                    settings.timeout.value.as_secs(),
                    settings.secret.value.key(),
                    target.trust(),
                )
            }
        }
    }

    #[track_caller]
    fn check(&self, line: &str, expected: &str) {
        assert_eq!(self.told(line, &[]), expected, "{line}");
    }
}

const CONFIG: &str = r#"
default-account = "work"

[defaults]
timeout = 90
keyring = true

[accounts.home]
address = "ann@gmail.com"

[accounts.work]
address = "ann@example.org"
host = "imap.example.org"
tls = "starttls"
user = "ann"
auth = "SCRAM-SHA-256"
password-command = "pass work"
trust-first-use = true

[accounts.there]
tunnel = "ssh there doveadm exec imap"
user = "ann"

[accounts.nowhere]
address = "ann@mail.invalid"
"#;

#[test]
fn scheme_option_and_port_decide_together() {
    let home = Home::new("");
    let check = |line: &str, expected: &str| {
        assert_eq!(home.told(line, &[]), format!("{expected} any 60s keyring System"), "{line}");
    };
    check("imaps://a@h/", "a@h 993 implicit");
    check("imaps://a@h:143/", "a@h 143 implicit");
    check("imaps://a@h/ --tls implicit", "a@h 993 implicit");
    check("imap://a@h/", "a@h 143 starttls");
    check("imap://a@h:993/", "a@h 993 starttls");
    check("imap://a@h/ --tls starttls", "a@h 143 starttls");
    check("imap://a@h/ --tls implicit", "a@h 993 implicit");
    check("imap://a@h:1993/ --tls implicit", "a@h:1993 1993 implicit");
    check("imap://a@h/ --tls none", "a@h 143 none");
    check("imap://a@h:10143/ --tls none", "a@h:10143 10143 none");
}

#[test]
fn imaps_is_never_downgraded() {
    for mode in ["none", "starttls"] {
        Home::new("").check(
            &format!("imaps://a@h:143/ --tls {mode}"),
            &format!(
                "error: imaps means TLS from the first octet, --tls {mode} contradicts it\n\
                 hint: leave out --tls, or write imap:// with --tls {mode}\n"
            ),
        );
    }
}

#[test]
fn what_is_said_of_tls_is_about_some_tls() {
    let home = Home::new("[accounts.bare]\nhost = \"h\"\nuser = \"a\"\ntls = \"none\"\n");
    let trust = "error: with --tls none there is no certificate that --ca-file or --fingerprint could be about\n\
                 hint: leave out --tls none, or the other\n";
    home.check("imap://a@h/ --tls none --ca-file f", trust);
    home.check("bare --ca-file f", trust);
    home.check(
        "imap://a@h/ --tls none --tls-min 1.3",
        "error: with --tls none there is no TLS that --client-cert, --tls-min or --alpn could be about\n\
         hint: leave out --tls none, or the other\n",
    );
    home.check(
        "imap://a@h/ --tunnel x --ca-file f",
        "error: through a tunnel, imap:// has no TLS that the other options could be about\n\
         hint: write imaps:// or --tls starttls for TLS within the tunnel, or leave out the others\n",
    );
    home.check("imap://a@h/ --tunnel x", "a@h 143 none any 60s keyring System tunnel");
    home.check("imaps://a@h/ --tunnel x", "a@h 993 implicit any 60s keyring System tunnel");
}

#[test]
fn an_account_by_its_name_its_address_and_without_any() {
    let home = Home::new(CONFIG);
    let work = "ann@imap.example.org 143 starttls SCRAM-SHA-256 90s password-command FirstUse";
    home.check("work", work);
    home.check("work:Archive", work);
    home.check("ann@example.org:Archive", work);
    home.check("ann@EXAMPLE.org", work);
    home.check("", work);
    assert_eq!(
        home.told("", &[("TAYORI_ACCOUNT", "there")]),
        "ann@there 993 none any 90s keyring System tunnel"
    );
    home.check("home", "ann@gmail.com@imap.gmail.com 993 implicit any 90s keyring System");
    home.check("wrok", "error: there is no account \"wrok\"\nhint: did you mean work?\n");
    home.check(
        "bob@example.org",
        "error: there is no account with the address bob@example.org\n\
         hint: tayori account list shows the accounts; a server is written imaps://user@host/\n",
    );
    home.check(
        "nowhere",
        "error: it is not known where the mail of the account nowhere is\n\
         hint: set its host in the configuration; tayori account add finds it out\n",
    );
    Home::new("").check(
        "",
        "error: there are no accounts\n\
         hint: tayori account add makes one; a server is written imaps://user@host/\n",
    );
}

#[test]
fn flags_stand_above_the_environment_and_that_above_the_file() {
    let home = Home::new(CONFIG);
    let variables = [("TAYORI_TIMEOUT", "20"), ("TAYORI_AUTH", "PLAIN"), ("TAYORI_PASSWORD", "x")];
    assert_eq!(
        home.told("work", &variables),
        "ann@imap.example.org 143 starttls PLAIN 20s password-env FirstUse"
    );
    assert_eq!(
        home.told("work --timeout 5 --password-file f --tls implicit --ca-file c", &variables),
        "ann@imap.example.org 993 implicit PLAIN 5s password-file CaFile(\"c\")"
    );
    // At a URL the URL itself is stronger than the environment, and nothing of the file counts.
    assert_eq!(
        home.told("imaps://ann;AUTH=LOGIN@h/", &variables),
        "ann@h 993 implicit LOGIN 20s password-env System"
    );
    let proxy = [("TAYORI_PROXY", "http://ann:secret@proxy:3128")];
    assert_eq!(home.told("imaps://a@h/", &proxy), "a@h 993 implicit any 60s keyring System proxy");
    assert_eq!(
        home.told("imaps://a@h/", &[("TAYORI_TIMEOUT", "soon")]),
        "error: TAYORI_TIMEOUT: has to be a whole number from 1 to 86400\n"
    );
}

#[test]
fn a_damaged_configuration_keeps_nobody_from_a_url() {
    let home = Home::new("[accounts.work]\nhost = \"h\"\nuser = \"a\"\nhots = \"h\"\n");
    home.check("imaps://a@h/", "a@h 993 implicit any 60s keyring System");
    assert!(home.told("work", &[]).contains("hots"), "{}", home.told("work", &[]));
}

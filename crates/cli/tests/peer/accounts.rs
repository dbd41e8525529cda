//! `tayori account add` against a real server, by each mechanism that it offers, and what is done with the account
//! then.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::Peer;
use super::program::{Folder, Outcome, Run};

/// A configuration that is not there yet, and a place for what is learned.
pub(crate) struct Home<'p> {
    peer: &'p Peer,
    folder: Folder,
}

impl<'p> Home<'p> {
    pub(crate) fn new(peer: &'p Peer) -> Self {
        let folder = Folder::new();
        let file = folder.write("password", &peer.password);
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
        Self { peer, folder }
    }

    fn run(&self, words: &str) -> Run {
        let mut run = Run::new()
            .args(words)
            .folder(&self.folder)
            .env("TAYORI_CONFIG", "config.toml")
            .env("XDG_STATE_HOME", self.folder.path())
            .without_env("TAYORI_PASSWORD");
        // Where the ticket is, at the peer that has one.
        for name in ["KRB5_CONFIG", "KRB5CCNAME"] {
            if let Some(value) = std::env::var_os(name) {
                run = run.env(name, value);
            }
        }
        run
    }

    /// `tayori account add`, with what is known of the server, for a user.
    pub(crate) fn add(&self, user: &str, name: &str, more: &str) -> Run {
        let Peer { host, imaps, .. } = self.peer;
        self.run(&format!(
            "account add --yes --host {host} --port {imaps} --tls implicit --name {name} --user"
        ))
        .arg(user)
        .arg("--ca-file")
        .arg(&self.peer.ca_file)
        .args(more)
    }

    fn config(&self) -> String {
        fs::read_to_string(self.folder.at("config.toml")).unwrap_or_default()
    }

    /// What `tayori check` tells of an account.
    #[track_caller]
    fn check(&self, name: &str) -> Value {
        let outcome = self.run(&format!("check {name} --json")).run();
        assert_eq!(outcome.stderr, "");
        serde_json::from_slice(&outcome.stdout).unwrap()
    }

    /// Adds an account by this mechanism, which needs what `more` says, uses it as somebody would, and removes it.
    #[track_caller]
    pub(crate) fn add_use_and_remove(&self, user: &str, mechanism: &str, more: &str) {
        let name = mechanism.to_lowercase();
        added(&self.add(user, &name, &format!("--auth {mechanism} {more}")).run(), &name);
        assert!(self.config().contains(&format!("auth = \"{mechanism}\"\n")), "{}", self.config());
        self.use_and_remove(&name, mechanism);
    }

    #[track_caller]
    fn use_and_remove(&self, name: &str, mechanism: &str) {
        let report = self.check(name);
        assert_eq!(report["login"]["done"], true, "{report}");
        assert_eq!(report["login"]["method"]["name"], mechanism, "{report}");
        let listed = self.run(&format!("list {name}")).run();
        assert_eq!((listed.code, listed.stderr.as_str()), (0, ""), "{mechanism}");
        assert!(String::from_utf8(listed.stdout).unwrap().lines().any(|line| line.starts_with("INBOX")));
        assert_eq!(self.run(&format!("account remove {name} --yes")).run().code, 0);
        assert!(!self.config().contains(name), "{}", self.config());
    }
}

#[track_caller]
fn added(outcome: &Outcome, name: &str) {
    assert_eq!(outcome.code, 0, "{name}: {}", outcome.stderr);
    let told = format!("the account {name} is in config.toml; tayori list {name} shows its mailboxes\n");
    assert!(outcome.stderr.ends_with(&told), "{}", outcome.stderr);
    let uses = String::from_utf8(outcome.stdout.clone()).unwrap();
    for role in ["sent ", "drafts ", "trash ", "junk ", "archive "] {
        assert!(uses.lines().any(|line| line.starts_with(role)), "{uses}");
    }
}

#[test]
fn an_account_is_added_by_each_mechanism() {
    let Some(peer) = Peer::find() else { return };
    let home = Home::new(&peer);
    // By the strongest, or by what works where the server offers more than it can do.
    let auth = peer.named_mechanism().map_or(String::new(), |named| format!("--auth {named}"));
    added(&home.add(&peer.user, "usual", &format!("--password-file password {auth}")).run(), "usual");
    let report = home.check("usual");
    let usual = report["login"]["method"]["name"].as_str().unwrap().to_owned();
    home.use_and_remove("usual", &usual);
    let ways = report["ways_to_log_in"].as_array().unwrap().iter();
    let offered: Vec<_> = ways.map(|way| way["name"].as_str().unwrap().to_owned()).collect();
    let mut tried = Vec::new();
    for mechanism in [
        "SCRAM-SHA-512-PLUS",
        "SCRAM-SHA-256-PLUS",
        "SCRAM-SHA-1-PLUS",
        "SCRAM-SHA-512",
        "SCRAM-SHA-256",
        "SCRAM-SHA-1",
        "DIGEST-MD5",
        "CRAM-MD5",
        "PLAIN",
        "LOGIN",
    ] {
        let in_vain = peer.named_mechanism().is_some() && mechanism.ends_with("-PLUS");
        if in_vain || !offered.iter().any(|name| name == mechanism) {
            continue;
        }
        let name = mechanism.to_lowercase();
        let outcome =
            home.add(&peer.user, &name, &format!("--password-file password --auth {mechanism}")).run();
        added(&outcome, &name);
        assert!(home.config().contains(&format!("auth = \"{mechanism}\"\n")), "{}", home.config());
        home.use_and_remove(&name, mechanism);
        tried.push(mechanism);
    }
    if offered.iter().any(|name| name == "ANONYMOUS") {
        home.add_use_and_remove("guest", "ANONYMOUS", "");
    }
    if let (Some(certificate), Some(key)) =
        (std::env::var("TAYORI_PEER_CLIENT_CERTIFICATE").ok(), std::env::var("TAYORI_PEER_CLIENT_KEY").ok())
    {
        home.add_use_and_remove(
            &peer.user,
            "EXTERNAL",
            &format!("--client-cert {certificate} --client-key {key}"),
        );
    }
    let least: &[&str] = match peer.kind.as_str() {
        "dovecot" => &["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"],
        "cyrus" => {
            &["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "CRAM-MD5", "PLAIN", "LOGIN"]
        }
        "mailutils" => &["SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "CRAM-MD5", "PLAIN", "LOGIN"],
        _ => &["PLAIN"],
    };
    assert!(least.iter().all(|mechanism| tried.contains(mechanism)), "{tried:?}");
}

#[test]
fn an_account_that_is_refused_is_not_added() {
    let Some(peer) = Peer::find() else { return };
    let home = Home::new(&peer);
    let wrong = home.add(&peer.user, "wrong", "--ask").env("TAYORI_PASSWORD", "not the password").run();
    assert_eq!(wrong.code, 5, "{}", wrong.stderr);
    let message = format!("error: cannot log in as {} at localhost: the server refused ", peer.user);
    assert!(wrong.stderr.contains(&message), "{}", wrong.stderr);
    assert_eq!((home.config().as_str(), wrong.stdout.as_slice()), ("", &b""[..]));
    assert!(!home.folder.at("tayori").join("accounts").join("wrong.toml").exists());
}

//! Mechanisms of real servers, as somebody with the program meets them.

use std::path::PathBuf;

use serde_json::Value;

use super::Peer;
use super::program::{Folder, Run};

/// A login with a `-PLUS` form is refused in a way that leaves open why. Nothing else is tried by itself, and what
/// could be is told.
#[track_caller]
fn check_bound_and_refused(run: Run, without: &str, said: &str) {
    run.run().check(
        5,
        "",
        &format!(
            "error: cannot log in as test at localhost: the server refused the login with {without}-PLUS\n\
             the server said: \"{said}\"\n\
             hint: check user and password; many providers want an app password for programs like this one; if it is \
             not that, somebody is between here and the server, or the server cannot bind logins to TLS though it \
             offers that (Cyrus, Mailutils): ask whoever runs it; ;AUTH={without} logs in without the binding\n"
        ),
    );
}

#[test]
fn a_binding_that_is_offered_in_vain_is_told() {
    let Some(peer) = Peer::find() else { return };
    let Some(named) = peer.named_mechanism() else { return };
    let said = match &peer.kind[..] {
        "cyrus" => "bad protocol / cancel".to_owned(),
        _ => format!("AUTHENTICATE {named}-PLUS authentication failed"),
    };
    let run = peer.run("namespace", "").without_env("TAYORI_AUTH");
    check_bound_and_refused(run, named.name(), &said);
}

/// Dovecot answers a wrong password as it does somebody in between.
#[test]
fn a_wrong_password_may_have_been_the_binding() {
    let Some(peer) = Peer::find() else { return };
    if !peer.is_dovecot_2_4 {
        return;
    }
    let run = peer.run("namespace", "").env("TAYORI_PASSWORD", "wrong");
    check_bound_and_refused(run, "SCRAM-SHA-256", "Authentication failed.");
}

/// `login` of the report on a server says with what it was done, which nobody has named.
#[test]
fn a_login_is_bound_by_itself() {
    let Some(peer) = Peer::find() else { return };
    if !peer.is_dovecot_2_4 {
        return;
    }
    let outcome = peer.run("check --json", "").run();
    let told: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(told["login"]["method"]["name"], "SCRAM-SHA-256-PLUS", "{told}");
}

/// `tayori namespace imaps://USER;AUTH=EXTERNAL@...`, and nothing that asks for a password; `None` where the server
/// takes no certificates.
fn by_certificate(peer: &Peer, user: &str) -> Option<Run> {
    std::env::var_os("TAYORI_PEER_CLIENT_CERTIFICATE")?;
    let place = format!("imaps://{user};AUTH=EXTERNAL@{}:{}/", peer.host, peer.imaps);
    let run = Run::new().arg("namespace").arg(place).arg("--ca-file").arg(&peer.ca_file);
    Some(run.without_env("TAYORI_PASSWORD"))
}

/// The path that a variable of the environment holds.
fn file(name: &str) -> PathBuf {
    std::env::var_os(format!("TAYORI_PEER_{name}")).unwrap().into()
}

impl Run {
    fn showing(self, whose: &str) -> Self {
        let (certificate, key) = (file(&format!("{whose}_CERTIFICATE")), file(&format!("{whose}_KEY")));
        self.arg("--client-cert").arg(certificate).arg("--client-key").arg(key)
    }
}

#[test]
fn a_certificate_stands_in_for_a_password() {
    let Some(peer) = Peer::find() else { return };
    let Some(run) = by_certificate(&peer, "test") else { return };
    run.showing("CLIENT").run().check(0, "whose     prefix  delimiter\npersonal  \"\"      /\n", "");
}

#[test]
fn an_account_logs_in_with_its_certificate() {
    let Some(peer) = Peer::find() else { return };
    if std::env::var_os("TAYORI_PEER_CLIENT_CERTIFICATE").is_none() {
        return;
    }
    let folder = Folder::new();
    let configuration = format!(
        "[accounts.work]\nhost = \"{}\"\nport = {}\nuser = \"test\"\ntls = \"implicit\"\nca-file = '{}'\n\
         auth = \"EXTERNAL\"\nclient-certificate = '{}'\nclient-key = '{}'\n",
        peer.host,
        peer.imaps,
        peer.ca_file.display(),
        file("CLIENT_CERTIFICATE").display(),
        file("CLIENT_KEY").display(),
    );
    folder.write("config.toml", &configuration);
    let run = Run::new().args("namespace work").folder(&folder).env("TAYORI_CONFIG", "config.toml");
    let run = run.env("XDG_STATE_HOME", folder.path()).without_env("TAYORI_PASSWORD");
    run.run().check(0, "whose     prefix  delimiter\npersonal  \"\"      /\n", "");
}

#[test]
fn a_certificate_that_does_not_do_is_told() {
    let Some(peer) = Peer::find() else { return };
    for (user, whose) in [("test", None), ("test", Some("STRANGER")), ("ann", Some("CLIENT"))] {
        let Some(run) = by_certificate(&peer, user) else { return };
        let run = match whose {
            Some(whose) => run.showing(whose),
            None => run,
        };
        let hint = match whose {
            Some(_) => "check that the server knows the client certificate, and that it is this user's",
            None => {
                "no client certificate was shown: --client-cert and --client-key name it, client-certificate and \
                 client-key in an account"
            }
        };
        run.run().check(
            5,
            "",
            &format!(
                "error: cannot log in as {user} at localhost: the server refused the login with EXTERNAL\n\
                 the server said: \"Authentication failed.\"\nhint: {hint}\n"
            ),
        );
    }
}

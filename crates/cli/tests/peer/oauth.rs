//! The program with access tokens, at the peer `oauth`: a Dovecot that asks an authorization server about them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{SystemTime, UNIX_EPOCH};

use tayori_testkit::authorization_server::CLIENT_ID;

use super::Peer;
use super::accounts::Home;
use super::program::{Folder, Run};

/// The server, and what was given to its user.
struct Tokens {
    peer: Peer,
    user: String,
    access: String,
}

fn variable(name: &str) -> String {
    std::env::var(format!("TAYORI_PEER_{name}")).unwrap()
}

impl Tokens {
    /// No other peer takes tokens.
    fn find() -> Option<Self> {
        let peer = Peer::find().filter(|peer| peer.kind == "oauth")?;
        Some(Self { peer, user: variable("TOKEN_USER"), access: variable("TOKEN") })
    }

    /// `tayori status` with this mechanism and this token.
    fn status(&self, mechanism: &str, token: &str) -> Run {
        let Self { peer, user, .. } = self;
        let user = user.replace('@', "%40");
        Run::new()
            .arg("status")
            .arg(format!("imaps://{user};AUTH={mechanism}@{}:{}/INBOX", peer.host, peer.imaps))
            .arg("--ca-file")
            .arg(&peer.ca_file)
            .env("TAYORI_PASSWORD", token)
    }
}

#[test]
fn a_good_token_is_taken() {
    let Some(tokens) = Tokens::find() else { return };
    for mechanism in ["XOAUTH2", "OAUTHBEARER"] {
        let outcome = tokens.status(mechanism, &tokens.access).run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{mechanism}");
        assert!(String::from_utf8(outcome.stdout).unwrap().contains("INBOX"), "{mechanism}");
    }
}

#[test]
fn why_a_bad_token_is_refused_is_told() {
    let Some(tokens) = Tokens::find() else { return };
    for (mechanism, why) in [
        ("XOAUTH2", "401 (the token is not valid, or not any more), the scope would be mail"),
        ("OAUTHBEARER", "invalid_token (the token is not valid, or not any more)"),
    ] {
        tokens.status(mechanism, "never-given").run().check(
            5,
            "",
            &format!(
                "error: cannot log in as alice@example.org at localhost: the server refused the login with {mechanism}: \
                 {why}\n\
                 the server said: \"Authentication failed.\"\n\
                 hint: check the user; the access token may have expired, or be for something else than mail: get a new \
                 one\n"
            ),
        );
    }
}

#[test]
fn an_account_renews_what_the_server_refuses() {
    let Some(Tokens { peer, user, .. }) = Tokens::find() else { return };
    let (folder, token_url) = (Folder::new(), variable("TOKEN_URL"));
    folder.write(
        "config.toml",
        &format!(
            "[accounts.work]\naddress = \"{user}\"\nhost = \"{}\"\nport = {}\nuser = \"{user}\"\ntls = \"implicit\"\n\
             ca-file = '{}'\n[accounts.work.oauth]\nauthorize-url = \"{}\"\ntoken-url = \"{token_url}\"\nclient-id = \
             \"{CLIENT_ID}\"\nclient-secret-command = \"echo 'cl1ent+s3cret/of=a&test'\"\nscopes = [\"imap\"]\n\
             store = {{ file = \"tokens\" }}\n",
            peer.host,
            peer.imaps,
            peer.ca_file.display(),
            variable("AUTHORIZE_URL"),
        ),
    );
    // By the clock it is good for an hour, but the server does not know it.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let stored = serde_json::json!({
        "version": 1, "client_id": CLIENT_ID, "token_url": token_url, "access_token": "never-given",
        "refresh_token": variable("REFRESH_TOKEN"), "issued": now, "life": 3600, "scopes": ["imap"],
    });
    let kept = folder.write("tokens", &stored.to_string());
    fs::set_permissions(kept, fs::Permissions::from_mode(0o600)).unwrap();
    let list = |trace: &str| {
        let run = Run::new().args("list work --trace-file").arg(trace).folder(&folder);
        let run = run.env("TAYORI_CONFIG", "config.toml").env("XDG_STATE_HOME", folder.path());
        run.without_env("TAYORI_PASSWORD").run().check(0, "mailbox\nINBOX\n", "");
        fs::read_to_string(folder.at(trace)).unwrap().matches("AUTHENTICATE OAUTHBEARER").count()
    };
    // Refused once, renewed, taken; and what was kept is taken at once.
    assert_eq!(list("first"), 2);
    assert_eq!(list("second"), 1);
}

#[test]
fn accounts_are_added_with_a_token_that_another_program_prints() {
    let Some(Tokens { peer, user, access }) = Tokens::find() else { return };
    let home = Home::new(&peer);
    for mechanism in ["XOAUTH2", "OAUTHBEARER"] {
        home.add_use_and_remove(&user, mechanism, &format!("--password-command=printf${{IFS}}{access}"));
    }
}

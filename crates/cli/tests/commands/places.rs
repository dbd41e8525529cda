//! Accounts of the configuration as places, and what is learned of them.

use std::fs;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tayori_server::Tls;
use tayori_testkit::authorization_server::{AuthorizationServer, CLIENT_ID};

use crate::certificates::Shown;
use crate::common::program::{Folder, Outcome, Run};
use crate::common::server::{Server, Talk};
use crate::store::Host;

/// A folder with a configuration, and where the program keeps what it has learned.
struct Home(Folder);

impl Home {
    fn new(configuration: &str) -> Self {
        let folder = Folder::new();
        folder.write("config.toml", configuration);
        Self(folder)
    }

    /// The program without a password of its own.
    fn run(&self, words: &str) -> Run {
        let run = Run::new().args(words).folder(&self.0).without_env("TAYORI_PASSWORD");
        run.env("TAYORI_CONFIG", "config.toml").env("XDG_STATE_HOME", self.0.path())
    }

    fn write_state(&self, account: &str, text: &str) {
        fs::create_dir_all(self.0.at("tayori/accounts")).unwrap();
        self.0.write(&format!("tayori/accounts/{account}.toml"), &format!("version = 1\n{text}"));
    }

    /// What is kept of an account, without what is said of it.
    fn state(&self, account: &str) -> String {
        let text =
            fs::read_to_string(self.0.at(&format!("tayori/accounts/{account}.toml"))).unwrap_or_default();
        text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect()
    }
}

/// An account `work` of ann on this server.
fn work(port: u16, more: &str) -> String {
    format!(
        "[accounts.work]\naddress = \"ann@example.org\"\nhost = \"127.0.0.1\"\nport = {port}\nuser = \"ann\"\n{more}"
    )
}

const BARE: &str = "tls = \"none\"\npassword-command = [\"echo\", \"secret\"]\n";

fn text(outcome: &Outcome) -> String {
    String::from_utf8(outcome.stdout.clone()).unwrap()
}

const BOXES: &str = "mailbox\nINBOX\n";

#[test]
fn by_its_name_by_its_address_and_by_nothing() {
    let host = Host::start();
    let home = Home::new(&work(host.port(), BARE));
    for place in ["work", "work:", "ann@example.org", ""] {
        home.run(&format!("list {place}")).run().check(0, BOXES, "");
    }
    host.create("Archive");
    host.put("Archive", "From: ann@example.org\r\nSubject: lunch\r\n\r\nat one?\r\n");
    home.run("list work:Archive --flat").run().check(0, "mailbox\nArchive\n", "");
    home.run("show work:Archive;UID=1 --raw").run().check(
        0,
        "From: ann@example.org\r\nSubject: lunch\r\n\r\nat one?\r\n",
        "",
    );
    home.run("search work:Archive lunch --count").run().check(0, "1\n", "");
    home.run("move work:Archive 1 --to INBOX").run().check(0, "", "note: moved 1 message to INBOX\n");
    home.run("list wrok").run().check(
        2,
        "",
        "error: there is no account \"wrok\"\nhint: did you mean work?\n",
    );
}

/// What was fetched from an account is known when it is fetched by its URL, and the other way round.
#[test]
fn an_account_and_its_url_are_one_source() {
    let host = Host::start();
    host.put("INBOX", "Subject: a\r\n\r\nb\r\n");
    let home = Home::new(&work(host.port(), BARE));
    home.run("fetch work --all -o mail/ --quiet").run().check(0, "", "");
    let again = host.fetch("INBOX").args("--all -o mail/ --json").folder(&home.0).run();
    assert_eq!(again.code, 0, "{}", again.stderr);
    let summary: serde_json::Value = serde_json::from_str(text(&again).lines().last().unwrap()).unwrap();
    assert_eq!((&summary["fetched"], &summary["already_there"]), (&0.into(), &1.into()), "{summary}");
}

#[test]
fn every_account_in_turn() {
    let host = Host::start();
    let gone = "\n[accounts.gone]\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nuser = \"ann\"\npassword-env = \"PW\"\n";
    let second = work(host.port(), BARE).replace("accounts.work", "accounts.also");
    let home = Home::new(&format!("{}{gone}\n{second}", work(host.port(), BARE)));
    home.run("list --all-accounts").env("PW", "x").run().check(
        7,
        "== work ==\nmailbox\nINBOX\n\n== gone ==\n\n== also ==\nmailbox\nINBOX\n",
        "error: cannot reach 127.0.0.1 port 1: Connection refused (os error 111)\n\
         hint: check the host name and the port, and whether you are online\n",
    );
    let outcome = home.run("status --all-accounts --json").env("PW", "x").run();
    let events: Vec<serde_json::Value> =
        text(&outcome).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let accounts: Vec<_> = events.iter().filter_map(|event| event["account"].as_str()).collect();
    assert_eq!(accounts, ["work", "gone", "also"]);
    assert_eq!(events.len(), 5, "{events:?}");
    // One file has the dialogues with all of them, and it is not there before.
    for command in ["list", "status", "check", "account test"] {
        let traced = home.run(&format!("{command} --all-accounts --trace-file trace")).env("PW", "x").run();
        assert!(!traced.stderr.contains("trace file"), "{command}: {}", traced.stderr);
        let path = home.0.at("trace");
        let trace = std::fs::read_to_string(&path).unwrap();
        assert_eq!(trace.matches("LOGOUT").count(), 2, "{command}: {trace}");
        let again = home.run(&format!("{command} --all-accounts --trace-file trace")).env("PW", "x").run();
        assert_ne!(again.code, 0);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), trace, "{command}");
        std::fs::remove_file(path).unwrap();
    }
    for run in [
        home.run("list --all-accounts").env("TAYORI_PASSWORD", "secret"),
        home.run("list --all-accounts --password-command echo"),
    ] {
        let outcome = run.run();
        assert_eq!((outcome.code, text(&outcome).as_str()), (2, ""), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("gives one password, and --all-accounts means several accounts"));
    }
    Home::new("").run("list --all-accounts").run().check(
        2,
        "",
        "error: there are no accounts\nhint: tayori account add makes one; a server is written imaps://user@host/\n",
    );
}

/// A login that does not show the password is what the account is held to from then on.
#[test]
fn a_weaker_login_than_before_is_refused() {
    let server = Server::play(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=CRAM-MD5] ready\r\n");
        let command = talk.read_command();
        talk.send("+ PDFAMj4=\r\n");
        talk.read_line();
        talk.answer(&command, "OK [CAPABILITY IMAP4rev1] welcome");
        talk.expect("STATUS INBOX (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)");
        talk.send("* STATUS INBOX (MESSAGES 0)\r\n");
        talk.tagged("OK done");
        talk.log_out();
    });
    let home = Home::new(&work(server.port(), &format!("{BARE}auth = \"CRAM-MD5\"\n")));
    let outcome = home.run("status work").run();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    server.finish();
    assert_eq!(home.state("work"), "version = 1\nstrongest-mechanism = \"CRAM-MD5\"\n");

    let host = Host::start();
    let home = Home::new(&work(host.port(), BARE));
    home.write_state("work", "strongest-mechanism = \"SCRAM-SHA-256\"\n");
    let refused = "error: cannot log in as ann at 127.0.0.1: PLAIN is the strongest that can be used, and weaker than \
                   SCRAM-SHA-256, which was used before\n\
                   hint: the password was not sent: this is what somebody between here and the server looks like; ask \
                   whoever runs the server whether it offers less than before; --allow-weaker-auth logs in for once\n";
    home.run("list work").run().check(7, "", refused);
    home.run("list work --allow-weaker-auth").run().check(0, BOXES, "");
    home.run("list work").run().check(7, "", refused);
    assert_eq!(home.state("work"), "version = 1\nstrongest-mechanism = \"SCRAM-SHA-256\"\n");
    // Nobody knows what was seen of a URL before.
    let url = format!("imap://ann@127.0.0.1:{}/", host.port());
    home.run(&format!("list {url} --tls none")).env("TAYORI_PASSWORD", "secret").run().check(0, BOXES, "");
    home.write_state("work", "strongest-mechanism = \"NOTHING\"\n");
    let outcome = home.run("list work").run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("is damaged: its mechanism is unknown\n"), "{}", outcome.stderr);
}

#[test]
fn the_weakest_mechanism_that_an_account_allows() {
    let host = Host::start();
    let home = Home::new(&work(host.port(), &format!("{BARE}minimum-auth = \"SCRAM-SHA-1\"\n")));
    home.run("list work --allow-weaker-auth").run().check(
        7,
        "",
        "error: cannot log in as ann at 127.0.0.1: PLAIN is the strongest that can be used, and weaker than \
         SCRAM-SHA-1, which is the least that may be\n\
         hint: it was not used; ask whoever runs the server for something stronger\n",
    );
}

#[test]
fn the_first_certificate_is_believed_and_then_no_other() {
    let trust = "trust-first-use = true\npassword-command = [\"echo\", \"secret\"]\n";
    let first = Shown::self_signed();
    let host = Host::with_tls(Tls::Implicit(Arc::clone(&first.config)));
    let home = Home::new(&work(host.port(), trust));
    // To look at it notes nothing.
    let looked = home.run("check work").run();
    assert_eq!(looked.code, 7);
    let said =
        format!("has seen none yet: the next command that logs in notes this one, {}; ", first.fingerprint);
    assert!(text(&looked).contains(&said), "{}", text(&looked));
    assert_eq!(home.state("work"), "");
    home.run("list work").run().check(0, BOXES, "");
    let learned = format!("version = 1\nfirst-fingerprint = \"{}\"\n", first.fingerprint);
    assert_eq!(home.state("work"), learned);
    home.run("list work").run().check(0, BOXES, "");
    // Without that wish nobody believes it.
    let strict = Home::new(&work(host.port(), "password-command = [\"echo\", \"secret\"]\n"));
    assert_eq!(strict.run("list work").run().code, 7);
    assert_eq!(strict.state("work"), "");

    let second = Shown::self_signed();
    let other = Host::with_tls(Tls::Implicit(Arc::clone(&second.config)));
    home.0.write("config.toml", &work(other.port(), trust));
    home.run("list work").run().check(
        7,
        "",
        &format!(
            "error: the certificate of 127.0.0.1 is not accepted: it is not the one that the account work has seen first\n\
             hint: the server shows {}; ask whoever runs it whether the certificate was renewed, since this is what an \
             attack looks like too; if it was, tayori account edit work --forget makes the next one the first\n",
            second.fingerprint
        ),
    );
    assert_eq!(home.state("work"), learned);
    // As that says.
    assert_eq!(home.run("account edit work --forget").run().code, 0);
    home.run("list work").run().check(0, BOXES, "");
    assert!(home.state("work").contains(&second.fingerprint), "{}", home.state("work"));
}

/// A login with OAUTHBEARER. Gives the command and the token.
fn hear_token(talk: &mut Talk) -> (Vec<u8>, String) {
    talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=OAUTHBEARER] ready\r\n");
    let command = talk.read_command();
    let initial = String::from_utf8(command.clone()).unwrap();
    let initial = STANDARD.decode(initial.trim_end().rsplit_once(' ').unwrap().1).unwrap();
    let initial = String::from_utf8(initial).unwrap();
    let token = initial.split_once("auth=Bearer ").unwrap().1.trim_end_matches('\u{1}');
    (command, token.to_owned())
}

/// A server that refuses whatever it is shown.
fn refuse_token(talk: &mut Talk) {
    let (command, _) = hear_token(talk);
    talk.send(format!("+ {}\r\n", STANDARD.encode("{\"status\":\"invalid_token\"}")));
    assert_eq!(talk.read_line(), b"AQ==\r\n");
    talk.answer(&command, "NO no");
}

/// One that asks the authorization server about the token.
fn take_token(talk: &mut Talk, authorization: &AuthorizationServer) {
    let (command, token) = hear_token(talk);
    assert!(authorization.is_active(&token), "{token}");
    talk.answer(&command, "OK [CAPABILITY IMAP4rev1] welcome");
    talk.expect("LIST \"\" *");
    talk.send("* LIST () \"/\" INBOX\r\n");
    talk.tagged("OK done");
    talk.expect("LSUB \"\" *");
    talk.tagged("OK done");
    talk.log_out();
}

fn with_tokens(port: u16, authorization: &AuthorizationServer) -> Home {
    Home::new(&work(
        port,
        &format!(
            "tls = \"none\"\n[accounts.work.oauth]\nauthorize-url = \"{}\"\ntoken-url = \"{}\"\nclient-id = \
             \"{CLIENT_ID}\"\nclient-secret-command = \"echo 'cl1ent+s3cret/of=a&test'\"\nscopes = [\"imap\"]\n\
             store = {{ file = \"tokens\" }}\n",
            authorization.url("/authorize"),
            authorization.url("/token")
        ),
    ))
}

fn keep_tokens(home: &Home, authorization: &AuthorizationServer, access: &str, refresh: &str, issued: u64) {
    let token_url = authorization.url("/token");
    let stored = serde_json::json!({
        "version": 1, "client_id": CLIENT_ID, "token_url": token_url, "access_token": access,
        "refresh_token": refresh, "issued": issued, "life": 3600, "scopes": ["imap"],
    });
    let path = home.0.write("tokens", &stored.to_string());
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(path, private).unwrap();
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn tokens_are_renewed_when_they_end_and_when_a_server_refuses_them() {
    let authorization = Arc::new(AuthorizationServer::start().unwrap());
    let (access, refresh) = authorization.issue();
    let (once, again) = (Arc::clone(&authorization), Arc::clone(&authorization));
    let server = Server::play_in_turn(vec![
        Box::new(refuse_token),
        Box::new(move |talk| take_token(talk, &once)),
        Box::new(move |talk| take_token(talk, &again)),
    ]);
    let home = with_tokens(server.port(), &authorization);
    keep_tokens(&home, &authorization, &access, &refresh, now());
    // The server refuses what seemed to be good: another is asked for, once.
    home.run("list work --trace-file trace").run().check(0, BOXES, "");
    let trace = fs::read_to_string(home.0.at("trace")).unwrap();
    assert_eq!(trace.matches("AUTHENTICATE OAUTHBEARER").count(), 2, "{trace}");
    for secret in authorization.secrets() {
        assert!(!trace.contains(&secret) && !trace.contains(&STANDARD.encode(&secret)), "{secret}: {trace}");
    }
    // One that has ended is renewed ahead.
    let stored: serde_json::Value = serde_json::from_slice(&fs::read(home.0.at("tokens")).unwrap()).unwrap();
    let token = |name: &str| stored[name].as_str().unwrap();
    assert_ne!(token("access_token"), access);
    keep_tokens(&home, &authorization, token("access_token"), token("refresh_token"), now() - 3600);
    home.run("list work").run().check(0, BOXES, "");
    server.finish();
    assert_eq!(authorization.asked(), ["/token refresh_token", "/token refresh_token"]);
}

#[test]
fn a_login_that_was_taken_back() {
    let authorization = AuthorizationServer::start().unwrap();
    let (access, refresh) = authorization.issue();
    let home = with_tokens(1, &authorization);
    let again = "tayori account login work logs in\n";
    let outcome = home.run("list work").run();
    assert_eq!(outcome.code, 5, "{}", outcome.stderr);
    assert!(outcome.stderr.ends_with(&format!("log in first\nhint: {again}")), "{}", outcome.stderr);
    keep_tokens(&home, &authorization, &access, &refresh, now() - 3600);
    authorization.revoke();
    let outcome = home.run("list work").run();
    assert_eq!(outcome.code, 5, "{}", outcome.stderr);
    assert!(outcome.stderr.ends_with(&format!("log in again\nhint: {again}")), "{}", outcome.stderr);
    fs::set_permissions(home.0.at("tokens"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let outcome = home.run("list work").run();
    assert_eq!(outcome.code, 5);
    assert!(
        outcome.stderr.contains("can be read by others (its mode is 644, it has to be 600)"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn an_account_behind_a_program() {
    let home = Home::new(
        "[accounts.there]\ntunnel = [\"sh\", \"-c\", \"printf '* PREAUTH [CAPABILITY IMAP4rev1] hello\\r\\n'; \
         while read tag word; do case $word in LIST*) printf '* LIST () \\\"/\\\" INBOX\\r\\n';; LOGOUT*) printf '* BYE bye\\r\\n';; \
         esac; printf \\\"$tag OK done\\r\\n\\\"; done\"]\nuser = \"ann\"\n",
    );
    home.run("list there").run().check(0, BOXES, "");
}

/// What is known of a provider: what people there have to do, and that it opens nothing before ID.
#[test]
fn providers_that_are_known() {
    let server = Server::play(|talk| {
        talk.greet();
        talk.expect("LOGIN ann secret");
        talk.tagged("NO [AUTHENTICATIONFAILED] invalid credentials");
        talk.expect_end();
    });
    let home = Home::new(&work(server.port(), BARE).replace("example.org", "gmail.com"));
    home.run("list work").run().check(
        5,
        "",
        "error: cannot log in as ann at 127.0.0.1: the server refused LOGIN\n\
         the server said: \"invalid credentials\"\n\
         hint: at Gmail: The password of the Google account does not work with IMAP. Turn on 2-step verification and \
         make an app password, or log in with OAuth. App passwords are made at \
         https://myaccount.google.com/apppasswords\n",
    );
    server.finish();
    let server = Server::play(|talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1] ready\r\n");
        talk.expect("LOGIN ann secret");
        talk.tagged("OK [CAPABILITY IMAP4rev1 ID] welcome");
        talk.expect(&format!("ID (\"name\" \"tayori\" \"version\" \"{}\")", env!("CARGO_PKG_VERSION")));
        talk.send("* ID NIL\r\n");
        talk.tagged("OK done");
        talk.expect("STATUS INBOX (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)");
        talk.send("* STATUS INBOX (MESSAGES 0)\r\n");
        talk.tagged("OK done");
        talk.log_out();
    });
    let home = Home::new(&work(server.port(), BARE).replace("example.org", "163.com"));
    let outcome = home.run("status work").run();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    server.finish();
}

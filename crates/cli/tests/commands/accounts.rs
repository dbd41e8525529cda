//! `tayori account`: what is told of the accounts of a configuration, and how it is changed.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use tayori_proto::response::ListAttribute;
use tayori_server::Tls;
use tayori_testkit::authorization_server::{AuthorizationServer, CLIENT_ID, CLIENT_SECRET, USER};

use crate::certificates::Shown;
use crate::common::program::{Folder, Outcome, Run, TAYORI};
use crate::common::terminal::Terminal;
use crate::config::TWO;
use crate::store::Host;

/// A fingerprint of SHA-256, all of it the same octet.
const FINGERPRINT: &str = "SHA256:abababababababababababababababababababababababababababababababab";

/// A folder with this configuration, and another one below it for what is learned.
pub(crate) fn folder(configuration: &str) -> Folder {
    let folder = Folder::new();
    folder.write("config.toml", configuration);
    folder
}

/// Without a terminal, where nobody can be asked.
pub(crate) fn account(folder: &Folder, words: &str) -> Run {
    let mut alone = Command::new("setsid");
    alone.arg("-w").arg(TAYORI);
    Run::through(alone)
        .args("account")
        .args(words)
        .without_env("TAYORI_PASSWORD")
        .folder(folder)
        .env("TAYORI_CONFIG", "config.toml")
        .env("XDG_STATE_HOME", folder.at("state"))
}

/// What was learned of an account.
pub(crate) fn learned(folder: &Folder, name: &str, text: &str) {
    fs::create_dir_all(folder.at("state/tayori/accounts")).unwrap();
    folder.write(&format!("state/tayori/accounts/{name}.toml"), text);
}

pub(crate) fn text(folder: &Folder) -> String {
    fs::read_to_string(folder.at("config.toml")).unwrap()
}

#[test]
fn accounts_are_listed() {
    let more = format!(
        "default-account = \"work\"\n{TWO}\n[accounts.mail]\naddress = \"ann@gmail.com\"\nkeyring = true\n\
         [accounts.office]\nhost = \"::1\"\nport = 1993\nauth = \"EXTERNAL\"\nclient-certificate = \"c\"\n\
         client-key = \"k\"\n[accounts.server]\ntunnel = \"ssh host imap\"\nuser = \"bob\"\n"
    );
    let folder = folder(&more);
    account(&folder, "list").run().check(
        0,
        "account  user             server                     secret\n\
         home     ann@example.org  not known yet              asked for\n\
         work     ann.smith        imap.example.com port 143  password command  default\n\
         mail     ann@gmail.com    imap.gmail.com port 993    keyring\n\
         office                    ::1 port 1993              none needed\n\
         server   bob              through a tunnel           asked for\n",
        "",
    );
    let json = account(&folder, "list --json").run();
    let json = String::from_utf8(json.stdout).unwrap();
    assert_eq!(
        json.lines().nth(1).unwrap(),
        "{\"account\":\"work\",\"default\":true,\"address\":null,\"user\":\"ann.smith\",\"host\":\"imap.example.com\",\
         \"port\":143,\"tls\":\"starttls\",\"tunnel\":false,\"secret\":\"password_command\"}"
    );
    assert!(!json.contains("hunter2"), "{json}");
}

#[test]
fn no_accounts_are_told() {
    account(&folder(""), "list").run().check(
        0,
        "there are no accounts in config.toml; tayori account add makes one\n",
        "",
    );
    account(&folder(""), "list --json").run().check(0, "", "");
}

#[test]
fn an_account_is_shown_with_what_was_learned() {
    let folder = folder(TWO);
    let settings = "\
setting           value             where from
host              imap.example.com  account, line 8
port              143               built in
tls               starttls          account, line 9
tls-minimum       1.2               built in
alpn              none              built in
trust-first-use   false             built in
timeout           90                defaults, line 2
user              ann.smith         account, line 10
password-command  ***               account, line 11
";
    let nothing = format!("{settings}\nNothing was learned yet.\n");
    account(&folder, "show work --origin").run().check(0, nothing, "");
    let dir = folder.path().to_str().unwrap();
    let kept = format!("\nLearned, and kept in {dir}/state/tayori/accounts/work.toml:\n");
    learned(&folder, "work", "version = 1\nstrongest-mechanism = \"SCRAM-SHA-256\"\n");
    account(&folder, "show work --origin").run().check(
        0,
        format!("{settings}{kept}strongest mechanism  SCRAM-SHA-256\n"),
        "",
    );
    let state = format!(
        "version = 1\nstrongest-mechanism = \"SCRAM-SHA-256\"\nfirst-fingerprint = \"{FINGERPRINT}\"\n"
    );
    learned(&folder, "work", &state);
    let shown = account(&folder, "show work --origin").run();
    shown.check(
        0,
        format!("{settings}{kept}strongest mechanism  SCRAM-SHA-256\nfirst certificate    {FINGERPRINT}\n"),
        "",
    );
    let json = String::from_utf8(account(&folder, "show work --json").run().stdout).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["account"], "work");
    assert_eq!(json["default"], false);
    assert_eq!(json["settings"][0]["value"], "imap.example.com");
    assert_eq!(
        json["learned"],
        serde_json::json!({
            "file": format!("{dir}/state/tayori/accounts/work.toml"),
            "strongest_mechanism": "SCRAM-SHA-256",
            "first_fingerprint": FINGERPRINT,
        })
    );
}

#[test]
fn without_a_name_it_is_the_account_that_is_meant() {
    let folder = folder(TWO);
    account(&folder, "show").run().check(
        2,
        "",
        "error: there are several accounts: home, work\nhint: name one, or set default-account in the configuration\n",
    );
    let shown = account(&folder, "show --origin").env("TAYORI_ACCOUNT", "home").run();
    assert!(shown.stdout.starts_with(b"setting"), "{shown:?}");
    account(&folder, "show wrok").run().check(
        2,
        "",
        "error: there is no account \"wrok\"\nhint: did you mean work?\n",
    );
}

#[test]
fn damaged_knowledge_is_no_knowledge() {
    let folder = folder(TWO);
    learned(&folder, "work", "version = \n");
    account(&folder, "show work").run().check(
        2,
        "",
        "error: the state DIR/state/tayori/accounts/work.toml is damaged: it is no TOML\n\
         hint: removing it forgets the strongest login mechanism and the first certificate: a weaker login, or another \
         certificate, would not be noticed once\n",
    );
}

#[test]
fn settings_are_changed_and_comments_stay() {
    let folder = folder(&format!("# mine\n{TWO}# the end\n"));
    let run = account(&folder, "edit work timeout=120 trust-first-use=true user=bob --unset tls --default");
    run.args("--unset password-command").arg("password-file=~/my secret").run().check(0, "", "");
    let expected = "\
default-account = \"work\"
# mine
[defaults]
timeout = 90

[accounts.home]
address = \"ann@example.org\"

[accounts.work]
host = \"imap.example.com\"
user = \"bob\"
timeout = 120
trust-first-use = true
password-file = \"~/my secret\"
# the end
";
    assert_eq!(text(&folder), expected);
}

#[test]
fn lists_and_tables_are_changed_too() {
    let folder = folder("[accounts.mail]\naddress = \"ann@gmail.com\"\n");
    let run = account(&folder, "edit ann@gmail.com oauth.provider=gmail oauth.client-id=1");
    run.arg("oauth.client-secret-command=[\"pass\", \"show it\"]").run().check(0, "", "");
    assert_eq!(
        text(&folder),
        "[accounts.mail]\naddress = \"ann@gmail.com\"\noauth = { provider = \"gmail\", client-id = \"1\", \
         client-secret-command = [\"pass\", \"show it\"] }\n"
    );
}

#[test]
fn a_change_that_would_break_the_file_is_not_made() {
    let check = |words: &str, stderr: &str| {
        let folder = folder(TWO);
        account(&folder, words).run().check(2, "", stderr);
        assert_eq!(text(&folder), TWO, "{words}");
    };
    check(
        "edit work timeout=soon",
        "error: config.toml:12:11: account work: timeout: is a string, and has to be a whole number\n",
    );
    check(
        "edit work hots=x",
        "error: config.toml:12:1: account work: hots: unknown key\nhint: did you mean `host`?\n",
    );
    check(
        "edit work password=hunter2",
        "error: config.toml:12:1: account work: password: a password cannot stand in the configuration\n\
         hint: use password-command, password-file, password-env or keyring\n",
    );
    check("edit wrok timeout=1", "error: there is no account \"wrok\"\nhint: did you mean work?\n");
    check("edit work user.name=1", "error: user is no table\n");
    let folder = folder(TWO);
    let outcome = account(&folder, "edit work hunter2").run();
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.starts_with("error: a setting has the form KEY=VALUE\nhint: --unset KEY"),
        "{outcome:?}"
    );
    assert!(!outcome.stderr.contains("hunter2"), "{outcome:?}");
}

/// An editor that does this.
fn edit(folder: &Folder, script: &str) -> Outcome {
    let editor = folder.write("editor", &format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o700)).unwrap();
    let run = account(folder, "edit work").env("EDITOR", "false");
    run.env("VISUAL", "./editor --flag").env("TMPDIR", folder.path()).run()
}

#[test]
fn the_file_is_edited_by_hand() {
    let folder = folder(TWO);
    let outcome =
        edit(&folder, "test \"$1\" = --flag && ls -l \"$2\" | cut -c1-10 >mode && echo '# new' >>\"$2\"");
    outcome.check(0, "", "config.toml is changed\n");
    assert_eq!(text(&folder), format!("{TWO}# new\n"));
    assert_eq!(fs::read_to_string(folder.at("mode")).unwrap(), "-rw-------\n");
    edit(&folder, "true").check(0, "", "nothing was changed\n");
    // An editor that puts a new file in the place of the old one.
    edit(&folder, "echo '# two' >new && mv new \"$2\"").check(0, "", "config.toml is changed\n");
    assert_eq!(text(&folder), "# two\n");
}

#[test]
fn a_broken_text_is_not_installed() {
    let folder = folder(TWO);
    edit(&folder, "echo 'hots = 1' >>\"$2\"; echo 'usr = 2' >>\"$2\"").check(
        2,
        "",
        "error: config.toml:12:1: account work: hots: unknown key\n\
         error: config.toml:13:1: account work: usr: unknown key\n\
         hint: did you mean `host`? the configuration is as it was\n",
    );
    assert_eq!(text(&folder), TWO);
    edit(&folder, "exit 3").check(
        1,
        "",
        "error: the editor failed (exit status: 3)\n\
         hint: VISUAL or EDITOR names another one; the configuration is as it was\n",
    );
    // A file with errors can be mended in this way.
    folder.write("config.toml", "hots = 1\n");
    edit(&folder, "echo >\"$2\"").check(0, "", "config.toml is changed\n");
}

#[test]
fn what_was_written_is_not_lost_when_the_file_changes_meanwhile() {
    let folder = folder(TWO);
    let outcome = edit(&folder, "echo '# mine' >>\"$2\"; echo '# theirs' >>config.toml");
    let (before, after) = outcome.stderr.split_once("tayori-config-").unwrap();
    assert_eq!(outcome.code, 9);
    assert_eq!(
        before,
        "error: config.toml was changed by another program in the meantime\nhint: what you wrote is in DIR/"
    );
    let kept = folder.at(&format!("tayori-config-{}", after.trim_end()));
    assert_eq!(fs::read_to_string(kept).unwrap(), format!("{TWO}# mine\n"));
    assert_eq!(text(&folder), format!("{TWO}# theirs\n"));
}

#[test]
fn an_account_is_removed_with_what_is_kept_for_it() {
    let folder = folder(&format!("default-account = \"work\"\n{TWO}"));
    learned(&folder, "work", "version = 1\n");
    account(&folder, "remove work").run().check(
        2,
        "",
        "error: there is no terminal to ask whether to remove the account work\n\
         hint: --yes removes it without a question\n",
    );
    assert!(folder.at("state/tayori/accounts/work.toml").exists());
    account(&folder, "remove work --yes").run().check(
        0,
        "",
        "removed the account work from config.toml\n\
         removed what was learned of it: DIR/state/tayori/accounts/work.toml\n\
         no mail was touched, neither on the server nor here\n",
    );
    let left = "[defaults]\ntimeout = 90\n\n[accounts.home]\naddress = \"ann@example.org\"\n";
    assert_eq!(text(&folder), left);
    assert!(!folder.at("state/tayori/accounts/work.toml").exists());
    account(&folder, "remove work --yes").run().check(
        2,
        "",
        "error: there is no account \"work\"\n\
         hint: tayori account list shows the accounts; a server is written imaps://user@host/\n",
    );
}

#[test]
fn tokens_go_and_a_password_file_stays() {
    let configuration = "[accounts.file]\nhost = \"h\"\nuser = \"u\"\npassword-file = \"secret\"\n\
                         [accounts.mail]\naddress = \"ann@gmail.com\"\n[accounts.mail.oauth]\nprovider = \"gmail\"\n\
                         client-id = \"1\"\nclient-secret-command = \"touch was-run\"\nstore = \"file\"\n";
    let folder = folder(configuration);
    folder.write("secret", "hunter2");
    learned(&folder, "mail", "version = 1\n");
    folder.write("state/tayori/accounts/mail.tokens", "{}");
    account(&folder, "remove file --yes").run().check(
        0,
        "",
        "removed the account file from config.toml\nthe password file secret stays: it was not made by tayori\n\
         no mail was touched, neither on the server nor here\n",
    );
    account(&folder, "remove mail --yes").run().check(
        0,
        "",
        "removed the account mail from config.toml\n\
         removed what was learned of it: DIR/state/tayori/accounts/mail.toml\n\
         removed its tokens; the provider's page ends what they allow\n\
         no mail was touched, neither on the server nor here\n",
    );
    assert!(!folder.at("state/tayori/accounts/mail.tokens").exists());
    assert!(folder.at("secret").exists() && !folder.at("was-run").exists());
}

/// What cannot be removed is told, and keeps nothing else from going.
#[test]
fn what_stays_is_told() {
    let folder = folder(TWO);
    fs::create_dir_all(folder.at("state/tayori/accounts/home.toml/x")).unwrap();
    account(&folder, "remove home --yes").run().check(
        4,
        "",
        "removed the account home from config.toml\n\
         no mail was touched, neither on the server nor here\n\
         error: what was learned of the account stays: Is a directory (os error 21)\n\
         hint: the account is no longer in the configuration; remove what is left by hand\n",
    );
}

/// `account add` for ann on this server, who is asked nothing.
fn add(folder: &Folder, host: &Host, more: &str) -> Run {
    let port = host.port();
    account(folder, "add ann@example.org --host 127.0.0.1 --tls none --user ann --yes")
        .args(&format!("--port {port} {more}"))
        .hide(&format!("port {port}"), "port PORT")
}

const HIDDEN: &str = "the account example is in config.toml; tayori list example shows its mailboxes\n";

const WRITTEN: &str = "[accounts.example]\naddress = \"ann@example.org\"\nhost = \"127.0.0.1\"\nport = PORT\nuser = \
                       \"ann\"\npassword-file = \"FILE\"\ntls = \"none\"\n";

fn private(folder: &Folder, name: &str, content: &str) -> String {
    let path = folder.write(name, content);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn an_account_is_added_once_a_login_has_worked() {
    let host = Host::start();
    host.create_for("Gesendet", ListAttribute::Sent);
    host.create("Papierkorb");
    let folder = folder("# mine\n");
    let file = private(&folder, "password", "wrong\n");
    let refused = add(&folder, &host, "--password-file password").run();
    assert_eq!((refused.code, refused.stdout.len()), (5, 0), "{}", refused.stderr);
    assert_eq!(text(&folder), "# mine\n");

    private(&folder, "password", "secret\n");
    add(&folder, &host, "--password-file password").run().check(
        0,
        "logged in as ann at 127.0.0.1\n\n3 mailboxes\n\
         sent     Gesendet    as the server says\n\
         drafts   -           none is known\n\
         trash    Papierkorb  a guess from its name (German)\n\
         junk     -           none is known\n\
         archive  -           none is known\n",
        HIDDEN,
    );
    let written = WRITTEN.replace("PORT", &host.port().to_string()).replace("FILE", &file);
    assert_eq!(text(&folder), format!("# mine\n\n{written}"));
    // It can be used at once, also from another folder.
    account(&folder, "test example --json").run().check(
        0,
        format!(
            "{{\"account\":\"example\",\"host\":\"127.0.0.1\",\"port\":{},\"user\":\"ann\",\"mailboxes\":3,\
             \"special_uses\":[{{\"special_use\":\"sent\",\"mailbox\":\"Gesendet\",\"source\":\"special_use\"}},\
             {{\"special_use\":\"drafts\",\"mailbox\":null,\"source\":\"none\"}},\
             {{\"special_use\":\"trash\",\"mailbox\":\"Papierkorb\",\"source\":\"name\"}},\
             {{\"special_use\":\"junk\",\"mailbox\":null,\"source\":\"none\"}},\
             {{\"special_use\":\"archive\",\"mailbox\":null,\"source\":\"none\"}}]}}\n",
            host.port()
        ),
        "",
    );
    add(&folder, &host, "--password-file password --name example").run().check(
        2,
        "",
        "error: there is an account example already\n\
         hint: choose another name; tayori account edit changes that one\n",
    );
}

#[test]
fn what_is_missing_is_said_where_nobody_can_be_asked() {
    let host = Host::start();
    let folder = folder("");
    add(&folder, &host, "").run().check(
        2,
        "",
        "error: nothing says where the password comes from\n\
         hint: give --keyring, --ask, --password-command, --password-file or --oauth\n",
    );
    account(&folder, "add --yes").run().check(
        2,
        "",
        "error: nothing says which account it is\nhint: tayori account add ADDRESS, or --host HOST --user USER\n",
    );
    account(&folder, "add no-address --ask").run().check(
        2,
        "",
        "error: that is no mail address: the address has no `@`\n",
    );
    assert_eq!(text(&folder), "");
    // Without a login nothing has to be known of the password. A file that is not there is made.
    fs::remove_file(folder.at("config.toml")).unwrap();
    add(&folder, &host, "--ask --no-login --default --name mine").run().check(
        0,
        "",
        &HIDDEN.replace("example", "mine"),
    );
    assert!(text(&folder).starts_with("default-account = \"mine\"\n"), "{}", text(&folder));
}

#[test]
fn an_account_that_does_not_work_is_tested() {
    let host = Host::start();
    let folder = folder("");
    add(&folder, &host, "--ask --no-login").run().check(0, "", HIDDEN);
    account(&folder, "test").env("TAYORI_PASSWORD", "wrong").run().check(
        5,
        "",
        "error: cannot log in as ann at 127.0.0.1: the server refused the login with PLAIN\n\
         the server said: \"wrong user or password\"\n\
         hint: check user and password; many providers want an app password for programs like this one\n",
    );
    account(&folder, "login").run().check(
        2,
        "",
        "error: the password of the account example is asked for each time, and kept nowhere\n\
         hint: tayori account edit example keyring=true keeps it in the keyring\n",
    );
}

#[test]
fn a_password_for_the_keyring_comes_from_the_environment_or_from_somebody() {
    let folder = folder("[accounts.work]\nhost = \"h\"\nuser = \"u\"\nkeyring = true\n");
    account(&folder, "login").run().check(
        2,
        "",
        "error: there is no terminal to ask for the password\n\
         hint: set the environment variable TAYORI_PASSWORD for this one command\n",
    );
    let login = || account(&folder, "login work").env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    login().env("TAYORI_PASSWORD", "").run().check(2, "", "error: TAYORI_PASSWORD holds no password\n");
    let outcome = login().env("TAYORI_PASSWORD", "hunter2").run();
    // No keyring is reached here.
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(!outcome.stderr.contains("terminal") && !outcome.stderr.contains("hunter2"), "{outcome:?}");
}

/// `tayori account login`, and somebody who follows the URL that is printed, as a browser does. Gives where that led
/// and what was said; or that it failed.
fn in_a_browser(authorization: &AuthorizationServer, more: &str) -> (Folder, String, Result<String, String>) {
    let folder = folder(&format!(
        "[accounts.work]\nhost = \"127.0.0.1\"\nuser = \"{USER}\"\n[accounts.work.oauth]\nauthorize-url = \"{}\"\n\
         token-url = \"{}\"\nclient-id = \"{CLIENT_ID}\"\nclient-secret-command = \"echo '{CLIENT_SECRET}'\"\n\
         scopes = [\"imap\"]\nstore = \"file\"\n{more}",
        authorization.url("/authorize"),
        authorization.url("/token")
    ));
    let mut child = Command::new(TAYORI)
        .args(["account", "login"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("TAYORI_CONFIG", folder.at("config.toml"))
        .env("XDG_STATE_HOME", folder.at("state"))
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    let url = loop {
        let from = said.len();
        assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "{said}");
        if let Some(url) = said[from..].trim().strip_prefix("http://") {
            break url.to_owned();
        }
    };
    let answer = get(&url);
    let location = answer.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap().trim().to_owned();
    let page = get(location.strip_prefix("http://").unwrap());
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    stderr.read_to_string(&mut said).unwrap();
    let said = if child.wait().unwrap().success() { Ok(said) } else { Err(said) };
    (folder, location, said)
}

#[test]
fn tokens_of_an_account_are_got_in_a_browser() {
    let authorization = AuthorizationServer::start().unwrap();
    let (folder, location, said) = in_a_browser(&authorization, "");
    assert!(location.starts_with("http://127.0.0.1:"), "{location}");
    let said = said.unwrap();
    assert!(said.ends_with("the account work has new tokens\n"), "{said}");
    let tokens = folder.at("state/tayori/accounts/work.tokens");
    assert_eq!(fs::metadata(&tokens).unwrap().permissions().mode() & 0o777, 0o600);
    let tokens = fs::read_to_string(tokens).unwrap();
    let secret = authorization.secrets().into_iter().find(|secret| tokens.contains(secret));
    assert!(secret.is_some_and(|secret| !said.contains(&secret)), "{tokens}");
}

#[test]
fn the_browser_comes_back_as_the_account_says() {
    let authorization = AuthorizationServer::start().unwrap();
    let ours = authorization.url("");
    authorization.behave(|behaviour| behaviour.issuer = Some(ours.clone()));
    let more = format!("redirect = \"http://localhost/done\"\nissuer = \"{ours}\"\n");
    let (_folder, location, said) = in_a_browser(&authorization, &more);
    said.unwrap();
    let way = location.split_once('?').unwrap().0;
    assert!(way.starts_with("http://localhost:") && way.ends_with("/done"), "{location}");
    // Somebody else's answer is worth nothing.
    let (folder, _, said) = in_a_browser(&authorization, "issuer = \"https://login.example.org\"\n");
    let said = said.unwrap_err();
    assert!(
        said.contains("the browser was sent back by ") && said.contains("not by https://login.example.org"),
        "{said}"
    );
    assert!(!folder.at("state/tayori/accounts/work.tokens").exists());
}

#[test]
fn a_provider_that_does_not_let_the_program_read_mail() {
    let authorization = AuthorizationServer::start().unwrap();
    authorization.behave(|behaviour| behaviour.narrowed = Some("profile".to_owned()));
    let (folder, _, said) = in_a_browser(&authorization, "");
    let said = said.unwrap_err();
    let (_, said) = said.split_once("error: ").unwrap();
    assert_eq!(
        said,
        "no tokens from the provider: the right to imap was not given\n\
         hint: try again, and let it read mail when the provider asks\n"
    );
    assert!(!folder.at("state/tayori/accounts/work.tokens").exists());
}

#[test]
fn what_a_provider_refuses_with_is_told() {
    let authorization = AuthorizationServer::start().unwrap();
    for (refusal, hint) in [
        ("invalid_scope", "scopes has to name what the provider lets this client id ask for"),
        (
            "unauthorized_client",
            "check client-id and client-secret; the provider's page for developers has them",
        ),
        (
            "access_denied",
            "try again and agree; in an organization, whoever runs it may have to allow the program",
        ),
    ] {
        authorization
            .behave(|behaviour| behaviour.refusal = Some((refusal.to_owned(), "no \u{1b}[1mway".to_owned())));
        let (_folder, _, said) = in_a_browser(&authorization, "");
        let said = said.unwrap_err();
        assert!(said.contains(refusal) && !said.contains('\u{1b}'), "{said}");
        assert!(said.ends_with(&format!("\nhint: {hint}\n")), "{said}");
    }
}

/// The answer to a request, as it comes.
fn get(url: &str) -> String {
    let (place, path) = url.split_once('/').unwrap();
    let mut stream = TcpStream::connect(place).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// What the environment says holds for the first login as for every later one.
#[test]
fn an_account_is_added_by_the_way_that_the_environment_names() {
    let host = Host::start();
    let folder = folder("");
    let run = add(&folder, &host, "--ask").env("TAYORI_PASSWORD", "secret");
    run.env("TAYORI_PROXY", "socks5://127.0.0.1:1").run().check(
        7,
        "",
        "warning: without TLS, everybody between here and 127.0.0.1 can read the password and the mail\n\
         error: cannot reach the SOCKS5 proxy 127.0.0.1:1: Connection refused (os error 111)\n\
         hint: check the address of the proxy, and whether you are online\n",
    );
    assert_eq!(text(&folder), "");
    // A port without a host would be passed over.
    let outcome = account(&folder, "add ann@gmail.com --port 1993 --ask --yes --no-login").run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("--host <HOST>"), "{outcome:?}");
}

/// The first certificate of an account that there never was would be in the way of the next one of its name.
#[test]
fn what_a_failed_first_login_has_taught_is_forgotten() {
    let host = Host::with_tls(Tls::Implicit(Arc::clone(&Shown::self_signed().config)));
    let defaults = "[defaults]\ntrust-first-use = true\n";
    let folder = folder(defaults);
    let add = |password: &str| {
        let run = account(&folder, "add --host 127.0.0.1 --user ann --name a --ask --yes");
        run.args(&format!("--port {}", host.port())).env("TAYORI_PASSWORD", password).run()
    };
    let state = folder.at("state/tayori/accounts/a.toml");
    assert_eq!(add("wrong").code, 5);
    assert!(!state.exists());
    assert_eq!(text(&folder), defaults);
    // What was there before stays.
    learned(&folder, "a", "version = 1\n");
    assert_eq!(add("wrong").code, 5);
    assert!(fs::read_to_string(&state).unwrap().contains("first-fingerprint"));
    fs::remove_file(&state).unwrap();
    assert_eq!(add("secret").code, 0);
    assert!(fs::read_to_string(&state).unwrap().contains("first-fingerprint"));
}

/// The questions at a real terminal, to where the mailboxes are listed; and Ctrl-C in the middle of them.
#[test]
fn somebody_at_a_terminal_answers_the_questions() {
    let host = Host::start();
    let folder = folder("");
    let config = format!(
        "TAYORI_CONFIG=config.toml DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent '{TAYORI}' account"
    );
    let add = format!("{config} add --host 127.0.0.1 --port {} --tls none", host.port());
    let Some(mut terminal) = Terminal::start(&folder, &add) else { return };
    terminal.expect("User name: ");
    terminal.keys("ann\r");
    terminal.expect("Name of the account [0]: ");
    terminal.keys("\x03");
    assert!(terminal.end().contains("error: interrupted"));
    assert_eq!(text(&folder), "");

    let Some(mut terminal) = Terminal::start(&folder, &format!("{add} --trace-file trace")) else { return };
    terminal.expect("User name: ");
    terminal.keys("ann\r");
    terminal.expect("Name of the account [0]: ");
    terminal.keys("home\r");
    terminal.expect("3  in a file that only you can read, and that is not encrypted");
    terminal.expect("Number [1]: ");
    terminal.keys("3\r");
    terminal.expect("password of ann at 127.0.0.1: ");
    terminal.keys("mistyped\r");
    terminal.expect("error: cannot log in as ann at 127.0.0.1");
    terminal.expect("password of ann at 127.0.0.1: ");
    // Nothing is written down before a login has worked.
    assert_eq!(text(&folder), "");
    assert!(!folder.at("home.password").exists());
    terminal.keys("secret\r");
    terminal.expect("logged in as ann at 127.0.0.1");
    terminal.expect("the account home is in config.toml");
    let screen = terminal.end();
    assert!(!screen.contains("mistyped") && !screen.contains("secret\r"), "{}", screen.escape_debug());
    let port = host.port();
    assert_eq!(
        text(&folder),
        format!(
            "[accounts.home]\nhost = \"127.0.0.1\"\nport = {port}\nuser = \"ann\"\n\
             password-file = \"home.password\"\ntls = \"none\"\n"
        )
    );
    let mode = fs::metadata(folder.at("home.password")).unwrap().permissions().mode();
    assert_eq!(
        (mode & 0o777, fs::read_to_string(folder.at("home.password")).unwrap().as_str()),
        (0o600, "secret\n")
    );
    // The dialogues of all tries are in one file: a look, a login that failed, and one that did not.
    let trace = fs::read_to_string(folder.at("trace")).unwrap();
    assert_eq!(trace.matches("LOGOUT").count(), 2, "{trace}");
    assert_eq!(trace.matches("AUTHENTICATE").count(), 2, "{trace}");
    assert_eq!(account(&folder, "test home").run().code, 0);

    let Some(mut terminal) = Terminal::start(&folder, &format!("{config} remove home")) else { return };
    terminal.expect("Remove the account home of ann and what is kept for it? [y/N] ");
    terminal.keys("\r");
    terminal.expect("nothing was removed");
    terminal.end();
    assert!(text(&folder).contains("[accounts.home]"));
    let removed = account(&folder, "remove home --yes").run();
    assert!(removed.stderr.contains("removed the password file "), "{}", removed.stderr);
    assert!(!folder.at("home.password").exists());
}

/// What is wrong with a server is told before somebody has typed a password for it.
#[test]
fn nobody_types_a_password_for_a_server_that_is_not_believed() {
    let host = Host::with_tls(Tls::Implicit(Arc::clone(&Shown::self_signed().config)));
    let folder = folder("");
    let add = |port: u16, more: &str| {
        let config = "TAYORI_CONFIG=config.toml DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent";
        let command = format!(
            "{config} '{TAYORI}' account add --host 127.0.0.1 --port {port} --user ann --name home {more}"
        );
        Some(Terminal::start(&folder, &command)?.end())
    };
    let Some(said) = add(host.port(), "") else { return };
    assert!(said.contains("error: the certificate of 127.0.0.1 is not accepted"), "{said}");
    assert!(!said.contains("assword"), "{said}");
    let said = add(1, "--tls none").unwrap();
    assert!(said.contains("error: cannot reach 127.0.0.1 port 1"), "{said}");
    assert!(!said.contains("assword"), "{said}");
    assert_eq!(text(&folder), "");
}

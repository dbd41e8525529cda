use proptest::prelude::*;

use super::reader::{ACCOUNT, KEYRING, OAUTH, ONLY_IN_ACCOUNT, SPECIAL_USE, TOP};
use super::*;

const EXAMPLE: &str = include_str!("../../../../docs/config.example.toml");
const PAGE: &str = include_str!("../../../../docs/accounts.md");

fn home() -> Environment {
    Environment::fixed([("HOME", "/home/ann")])
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/etc/c.toml"), &home())
}

/// All problems of a text, a line each, without the name of the file.
fn problems(text: &str) -> Vec<String> {
    match parse(text) {
        Ok(_) => Vec::new(),
        Err(ConfigError::Invalid { problems, .. }) => problems.iter().map(told).collect(),
        Err(other) => panic!("{other}"),
    }
}

fn told(problem: &Problem) -> String {
    let told = problem.to_string().replace("/etc/c.toml:", "");
    match problem.hint() {
        Some(hint) => format!("{told}; {hint}"),
        None => told,
    }
}

/// What a problem is, where it is the only one of an account that could be reached otherwise.
fn check(lines: &str, expected: &[&str]) {
    let text = format!("[accounts.a]\naddress = \"ann@example.org\"\n{lines}");
    assert_eq!(problems(&text), expected, "{lines}");
}

fn rows(config: &Config, account: &str, stronger: &[&Layer]) -> String {
    let settings = config.settings(account, stronger, &[]).unwrap();
    let rows = settings.rows().into_iter();
    rows.map(|row| format!("{} = {} ({})\n", row.key, row.value, row.origin)).collect()
}

#[test]
fn the_example_of_the_documentation() {
    let config = parse(EXAMPLE).unwrap();
    let names: Vec<_> = config.accounts().map(AccountName::as_str).collect();
    assert_eq!(names, ["home", "work", "mail", "office", "server"]);
    assert_eq!(config.choose(None, &home()).unwrap().value.as_str(), "home");
    assert_eq!(
        rows(&config, "home", &[]),
        "address = ann@example.org (account, line 14)\n\
         port = 993 (built in)\n\
         tls = implicit (built in)\n\
         tls-minimum = 1.2 (defaults, line 9)\n\
         alpn = none (built in)\n\
         trust-first-use = false (built in)\n\
         timeout = 90 (defaults, line 8)\n\
         keyring = true (defaults, line 10)\n\
         special-use.sent = Gesendet (account, line 17)\n\
         special-use.archive = Archiv/2026 (account, line 18)\n"
    );
    assert_eq!(
        rows(&config, "work", &[]),
        "host = imap.example.com (account, line 22)\n\
         port = 143 (account, line 23)\n\
         tls = starttls (account, line 24)\n\
         tls-minimum = 1.3 (account, line 25)\n\
         alpn = none (built in)\n\
         ca-file = /home/ann/certificates/example.com.pem (account, line 30)\n\
         proxy = socks5://127.0.0.1:9050 (account, line 29)\n\
         timeout = 90 (defaults, line 8)\n\
         user = ann.smith (account, line 26)\n\
         minimum-auth = SCRAM-SHA-256 (account, line 28)\n\
         password-command = *** (account, line 27)\n"
    );
    assert_eq!(
        rows(&config, "mail", &[]),
        "address = ann@gmail.com (account, line 34)\n\
         port = 993 (built in)\n\
         tls = implicit (built in)\n\
         tls-minimum = 1.2 (defaults, line 9)\n\
         alpn = none (built in)\n\
         trust-first-use = false (built in)\n\
         timeout = 90 (defaults, line 8)\n\
         oauth.provider = gmail (account, line 36)\n\
         oauth.client-id = 1234567890.apps.googleusercontent.com (account, line 36)\n\
         oauth.client-secret = *** (account, line 36)\n\
         oauth.flow = browser (account, line 36)\n\
         oauth.store = keyring (account, line 36)\n"
    );
    assert_eq!(
        rows(&config, "office", &[]),
        "host = mail.example.net (account, line 45)\n\
         port = 993 (built in)\n\
         tls = implicit (built in)\n\
         tls-minimum = 1.2 (defaults, line 9)\n\
         alpn = none (built in)\n\
         fingerprint = SHA256:0011223344556677889900112233445566778899001122334455667788990011 (account, line 49)\n\
         client-certificate = /etc/office.pem (account, line 47)\n\
         client-key = /etc/office-key.pem (account, line 47)\n\
         timeout = 90 (defaults, line 8)\n\
         auth = EXTERNAL (account, line 46)\n\
         keyring = true (defaults, line 10)\n"
    );
    assert_eq!(
        rows(&config, "server", &[]),
        "tunnel = *** (account, line 53)\n\
         timeout = 90 (defaults, line 8)\n\
         keyring = true (defaults, line 10)\n"
    );
}

/// A key or variable that nobody can find is as good as none.
#[test]
fn every_key_and_variable_is_on_the_page() {
    let rows: Vec<&str> = PAGE.lines().filter(|line| line.starts_with("| `")).collect();
    for key in ACCOUNT.iter().chain(OAUTH) {
        let row = rows.iter().find(|row| row.starts_with(&format!("| `{key}`")));
        let row = row.unwrap_or_else(|| panic!("{key} is not on the page"));
        let marked = row.starts_with(&format!("| `{key}` (A"));
        assert_eq!(marked, ONLY_IN_ACCOUNT.contains(key), "{row}");
    }
    for key in TOP.iter().chain(KEYRING).chain(SPECIAL_USE) {
        assert!(PAGE.contains(&format!("`{key}`")) || PAGE.contains(&format!("[{key}")), "{key}");
    }
    let source = include_str!("layer.rs");
    let variables = source.split('"').filter(|word| word.starts_with("TAYORI_"));
    for variable in variables {
        assert!(rows.iter().any(|row| row.starts_with(&format!("| `{variable}`"))), "{variable}");
    }
}

#[test]
fn all_problems_are_told_with_their_places() {
    let text = "default-account = \"hom\"\n\
                defualts = {}\n\
                [defaults]\n\
                timeout = \"long\"\n\
                user = \"ann\"\n\
                [accounts.home]\n\
                adress = \"ann@example.org\"\n\
                [accounts.\"a:b\"]\n\
                host = \"imap.example.org\"\n  \
                port = 70000\n\
                pasword_file = \"x\"\n\
                [accounts.work]\n\
                address = \"ann\"\n\
                tls = \"start-tls\"\n\
                keyring = true\n\
                password-command = [\"pass\", 1]\n\
                fingerprint = \"12\"\n\
                ca-file = \"x\"\n\
                password = \"hunter2\"\n";
    assert_eq!(
        problems(text),
        [
            "1:19: default-account: there is no account \"hom\"; did you mean \"home\"?",
            "2:1: defualts: unknown key; did you mean `defaults`?",
            "4:11: timeout: is a string, and has to be a whole number",
            "5:1: user: belongs to one account, not into [defaults]; \
             write it into the [accounts.NAME] it belongs to",
            "6:11: account home: lacks host (or address, or tunnel)",
            "7:1: account home: adress: unknown key; did you mean `address`?",
            "8:11: account a:b: an account's name has letters, digits, `-`, `_` and `.`, and not ':'",
            "8:11: account a:b: lacks user (or address)",
            "10:10: account a:b: port: has to be a whole number from 1 to 65535",
            "11:1: account a:b: pasword_file: unknown key; did you mean `password-file`?",
            "13:11: account work: address: is no mail address: NAME@DOMAIN",
            "14:7: account work: tls: is none of implicit, starttls, none; did you mean \"starttls\"?",
            "16:1: account work: password-command: cannot stand beside keyring (line 15)",
            "16:29: account work: password-command: is a whole number, and has to be a string",
            "17:15: account work: fingerprint: is no fingerprint: SHA256: and 64 hexadecimal digits",
            "18:1: account work: ca-file: cannot stand beside fingerprint (line 17)",
            "19:1: account work: password: a password cannot stand in the configuration; \
             use password-command, password-file, password-env or keyring",
        ]
    );
}

/// The parser goes on after an error, and nothing of the line is in what is said: it may be a password.
#[test]
fn errors_of_syntax_have_places_and_no_content() {
    let text = "[accounts.a]\n\
                address = \"ann@example.org\"\n\
                password-command = echo hunter2\n\
                timeout = 1e\n\
                port = 0\n";
    let told = problems(text);
    assert!(told.iter().all(|problem| !problem.contains("hunter2")), "{told:?}");
    assert_eq!(
        told,
        [
            "3:20: string values must be quoted, expected literal string",
            "4:11: account a: timeout: is a fraction, and has to be a whole number",
            "4:13: invalid exponent, expected digits",
            "5:8: account a: port: has to be a whole number from 1 to 65535",
        ]
    );
    assert_eq!(problems("a = 1\na = 2\n"), ["1:1: a: unknown key", "2:1: duplicate key"]);
}

#[test]
fn columns_are_characters() {
    assert_eq!(
        problems("[accounts.a]\naddress = \"ann@example.org\"\n\"便り\" = 1\nkeyring = { \"ä\" = 1 }\n"),
        ["3:1: account a: 便り: unknown key", "4:13: account a: keyring.ä: unknown key"]
    );
    assert_eq!(
        problems("accounts = { \"仕事\" = { host = 1 } }\n"),
        [
            "1:14: account 仕事: lacks user (or address)",
            "1:30: account 仕事: host: is a whole number, and has to be a string"
        ]
    );
}

#[test]
fn values_of_the_wrong_kind() {
    check("host = true", &["3:8: account a: host: is true or false, and has to be a string"]);
    check(
        "keyring = 1",
        &["3:11: account a: keyring: is a whole number, and has to be true, false or a table"],
    );
    check("timeout = 1.5", &["3:11: account a: timeout: is a fraction, and has to be a whole number"]);
    check("tls = 2026-01-01", &["3:7: account a: tls: is a date, and has to be a string"]);
    check("oauth = []", &["3:9: account a: oauth: is a list, and has to be a table"]);
    check("special-use = \"x\"", &["3:15: account a: special-use: is a string, and has to be a table"]);
    check(
        "trust-first-use = \"yes\"",
        &["3:19: account a: trust-first-use: is a string, and has to be true or false"],
    );
    assert_eq!(problems("accounts = 1"), ["1:12: accounts: is a whole number, and has to be a table"]);
    assert_eq!(problems("accounts.a = 1"), ["1:14: account a: is a whole number, and has to be a table",]);
    assert_eq!(
        problems("default-account = []"),
        ["1:19: default-account: is a list, and has to be a string",]
    );
}

#[test]
fn values_that_do_not_fit() {
    check("host = \"imap://x\"", &["3:8: account a: host: is no host: a name or an address, without port"]);
    check("user = \"\"", &["3:8: account a: user: is empty"]);
    check("user = \"a\\u0007\"", &["3:8: account a: user: holds a control character"]);
    check("timeout = 0", &["3:11: account a: timeout: has to be a whole number from 1 to 86400"]);
    check("timeout = -5", &["3:11: account a: timeout: has to be a whole number from 1 to 86400"]);
    check(
        "timeout = 99999999999999999999999",
        &["3:11: account a: timeout: has to be a whole number from 1 to 86400"],
    );
    check(
        "auth = \"SCRAM-SHA256\"",
        &[
            "3:8: account a: auth: is none of ANONYMOUS, LOGIN, PLAIN, XOAUTH2, OAUTHBEARER, CRAM-MD5, DIGEST-MD5, \
         SCRAM-SHA-1, SCRAM-SHA-256, SCRAM-SHA-512, GSSAPI, EXTERNAL, SCRAM-SHA-1-PLUS, SCRAM-SHA-256-PLUS, \
         SCRAM-SHA-512-PLUS; did you mean \"SCRAM-SHA-256\"?",
        ],
    );
    check("alpn = \"imaps\"", &["3:8: account a: alpn: is none of none, imap; did you mean \"imap\"?"]);
    check("tls-minimum = \"1.1\"", &["3:15: account a: tls-minimum: is none of 1.2, 1.3"]);
    check(
        "proxy = \"http://ann:hunter2@proxy:1\"",
        &[
            "3:9: account a: proxy: a proxy is written without user and password here; the variable TAYORI_PROXY may \
             have them",
        ],
    );
    check("password-command = \" \"", &["3:20: account a: password-command: is empty"]);
    check("password-command = []", &["3:20: account a: password-command: is empty"]);
    check("password-command = [\"\"]", &["3:20: account a: password-command: is empty"]);
    check("password-command = [\"a\\u0000\"]", &["3:20: account a: password-command: holds NUL"]);
    check(
        "password-file = \"~ann/x\"",
        &["3:17: account a: password-file: begins with ~, which stands for the home folder only as ~/ \
         and where there is one"],
    );
    check(
        "password-env = \"A=B\"",
        &["3:16: account a: password-env: is no name of an environment variable"],
    );
    check(
        "special-use = { sent = \"\", snet = \"x\" }",
        &[
            "3:24: account a: special-use.sent: is empty",
            "3:28: account a: special-use.snet: unknown key; did you mean `sent`?",
        ],
    );
    check(
        "keyring = { user = 1 }",
        &["3:20: account a: keyring.user: is a whole number, and has to be a string"],
    );
}

#[test]
fn what_cannot_stand_together() {
    check(
        "password-file = \"x\"\npassword-env = \"X\"\nkeyring = true",
        &[
            "4:1: account a: password-env: cannot stand beside password-file (line 3)",
            "5:1: account a: keyring: cannot stand beside password-file (line 3)",
        ],
    );
    // These only say that they are not wanted.
    check("password-file = \"x\"\nkeyring = false\nca-file = \"x\"\ntrust-first-use = false", &[]);
    check(
        "trust-first-use = true\nca-file = \"x\"",
        &["4:1: account a: ca-file: cannot stand beside trust-first-use (line 3)"],
    );
    check(
        "tunnel = \"x\"\nhost = \"h\"\ntls = \"none\"\nca-file = \"x\"",
        &[
            "4:1: account a: host: cannot stand beside tunnel (line 3)",
            "5:1: account a: tls: cannot stand beside tunnel (line 3)",
            "6:1: account a: ca-file: cannot stand beside tunnel (line 3)",
        ],
    );
    check(
        "tls = \"none\"\ntls-minimum = \"1.3\"",
        &["4:1: account a: tls-minimum: cannot stand beside tls (line 3)"],
    );
    check(
        "auth = \"PLAIN\"\nminimum-auth = \"SCRAM-SHA-1\"",
        &["3:1: account a: auth: cannot stand beside minimum-auth (line 4)"],
    );
    check("client-key = \"x\"", &["3:1: account a: client-key: needs client-certificate"]);
    check("client-certificate = \"x\"", &["3:1: account a: client-certificate: needs client-key"]);
}

#[test]
fn what_oauth_needs() {
    check(
        "oauth = { }",
        &[
            "3:1: account a: oauth: lacks provider (or token-url and the like)",
            "3:1: account a: oauth: lacks client-id",
        ],
    );
    check(
        "oauth = { client-id = \"i\", authorize-url = \"https://a/\" }",
        &["3:1: account a: oauth: lacks token-url"],
    );
    check(
        "oauth = { client-id = \"i\", token-url = \"http://a/\" }",
        &[
            "3:1: account a: oauth: lacks authorize-url or device-url",
            "3:40: account a: oauth.token-url: is no https URL (http is for loopback only)",
        ],
    );
    check(
        "oauth = { client-id = \"i\", provider = \"p\", token-url = \"https://a/\" }",
        &["3:44: account a: oauth.token-url: cannot stand beside oauth.provider (line 3)"],
    );
    check(
        "oauth = { client-id = \"i\", provider = \"p\", client-secret = \"a\", client-secret-command = \"b\", \
         scopes = [], flow = \"x\", store = \"keyrings\" }\nauth = \"PLAIN\"",
        &[
            "3:65: account a: oauth.client-secret-command: cannot stand beside oauth.client-secret (line 3)",
            "3:103: account a: oauth.scopes: is empty",
            "3:114: account a: oauth.flow: is none of browser, device",
            "3:127: account a: oauth.store: is none of keyring, file; did you mean \"keyring\"?",
        ],
    );
    check(
        "oauth = { client-id = \"i\", provider = \"p\", issuer = \"a\", redirect = \"http://example.org/\" }",
        &[
            "3:53: account a: oauth.issuer: is no https URL (http is for loopback only)",
            "3:69: account a: oauth.redirect: is no http URL of 127.0.0.1 or localhost",
        ],
    );
    check(
        "auth = \"PLAIN\"\noauth = { client-id = \"i\", provider = \"p\" }",
        &["3:1: account a: auth: cannot stand beside oauth (line 4)"],
    );
    let config = parse(
        "[accounts.a]\naddress = \"a@b\"\n[accounts.a.oauth]\nclient-id = \"i\"\n\
         token-url = \"https://a/t\"\ndevice-url = \"https://a/d\"\nscopes = [\"mail\", \"offline\"]\n\
         client-secret = \"hunter2\"\nstore = { file = \"token\" }\nissuer = \"https://a\"\n\
         redirect = \"http://localhost:8400/done\"\n",
    );
    let config = config.unwrap();
    let secret = config.account("a").unwrap().secret.clone().unwrap().value;
    assert_eq!(
        secret,
        SecretSource::OAuth(Box::new(OAuth {
            server: OAuthServer::Endpoints {
                authorize: None,
                token: "https://a/t".to_owned(),
                device: Some("https://a/d".to_owned()),
            },
            client_id: "i".to_owned(),
            client_secret: Some(ClientSecret::Literal(tayori_proto::types::Secret::new("hunter2").unwrap())),
            scopes: vec!["mail".to_owned(), "offline".to_owned()],
            flow: None,
            issuer: Some("https://a".to_owned()),
            redirect: Some("http://localhost:8400/done".to_owned()),
            store: TokenStore::File(Some(PathBuf::from("/etc/token"))),
        }))
    );
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_stronger_layer_replaces_what_it_decides() {
    let config = parse(
        "[defaults]\nkeyring = true\nca-file = \"ca\"\nproxy = \"http://p:8080\"\n\
         [accounts.a]\nhost = \"h\"\nuser = \"u\"\npassword-file = \"f\"\ntrust-first-use = false\ntimeout = 5\n\
         [accounts.t]\ntunnel = \"x\"\nkeyring = false\n",
    );
    let config = config.unwrap();
    let environment =
        Environment::fixed([("TAYORI_TIMEOUT", "7"), ("TAYORI_PASSWORD", ""), ("TAYORI_PROXY", "")]);
    let environment = Layer::from_environment(&environment).unwrap();
    let tls = Some(Setting::new(TlsMode::StartTls, Origin::Flag("--tls")));
    let mut flags = Layer { tls, ..Layer::default() };
    assert_eq!(
        rows(&config, "a", &[&flags, &environment]),
        "host = h (account, line 6)\n\
         port = 143 (built in)\n\
         tls = starttls (--tls)\n\
         tls-minimum = 1.2 (built in)\n\
         alpn = none (built in)\n\
         trust-first-use = false (account, line 9)\n\
         proxy = http://p:8080 (defaults, line 4)\n\
         timeout = 7 (environment: TAYORI_TIMEOUT)\n\
         user = u (account, line 7)\n\
         password-env = TAYORI_PASSWORD (environment: TAYORI_PASSWORD)\n"
    );
    // A host that somebody names now is not reached through the account's tunnel.
    assert_eq!(
        rows(&config, "t", &[]),
        "tunnel = *** (account, line 12)\ntimeout = 60 (built in)\nkeyring = false (account, line 13)\n"
    );
    flags.host = Some(Setting::new("other".to_owned(), Origin::Flag("--host")));
    let settings = config.settings("t", &[&flags], &[]).unwrap();
    assert_eq!((settings.tunnel, settings.host.unwrap().value), (None, "other".to_owned()));
    // What was discovered is weaker than anything that was said.
    let found = Layer {
        host: Some(Setting::new("found".to_owned(), Origin::Discovered("SRV"))),
        port: Some(Setting::new(1993.try_into().unwrap(), Origin::Discovered("SRV"))),
        ..Layer::default()
    };
    let settings = config.settings("a", &[], &[&found]).unwrap();
    assert_eq!((settings.host.unwrap().value.as_str(), settings.port.value.get()), ("h", 1993));
}

#[test]
fn what_the_environment_says() {
    let environment = Environment::fixed([
        ("TAYORI_AUTH", "plain"),
        ("TAYORI_MINIMUM_AUTH", "LOGIN"),
        ("TAYORI_CA_FILE", "ca.pem"),
        ("TAYORI_TLS_MINIMUM", "1.3"),
        ("TAYORI_ALPN", "imap"),
        ("TAYORI_PROXY", "socks5://p"),
        ("TAYORI_TIMEOUT", "7"),
    ]);
    let layer = Layer::from_environment(&environment).unwrap();
    let settings = Settings::resolve(&[&layer]);
    assert_eq!(
        settings.rows().iter().map(|row| format!("{} {}", row.value, row.origin)).collect::<Vec<_>>(),
        [
            "993 built in",
            "implicit built in",
            "1.3 environment: TAYORI_TLS_MINIMUM",
            "imap environment: TAYORI_ALPN",
            "ca.pem environment: TAYORI_CA_FILE",
            "socks5://p:1080 environment: TAYORI_PROXY",
            "7 environment: TAYORI_TIMEOUT",
            "PLAIN environment: TAYORI_AUTH",
            "LOGIN environment: TAYORI_MINIMUM_AUTH",
            "false built in",
        ]
    );
    let environment = Environment::fixed([("TAYORI_TIMEOUT", "soon"), ("TAYORI_TLS_MINIMUM", "1.0")]);
    let problems = Layer::from_environment(&environment).unwrap_err();
    assert_eq!(
        problems.iter().map(told).collect::<Vec<_>>(),
        [
            "TAYORI_TLS_MINIMUM: is none of 1.2, 1.3",
            "TAYORI_TIMEOUT: has to be a whole number from 1 to 86400",
        ]
    );
}

#[test]
fn which_account_is_meant() {
    let check = |text: &str, flag: Option<&str>, variable: Option<&str>, expected: &str| {
        let config = parse(text).unwrap();
        let environment = Environment::fixed(variable.map(|name| ("TAYORI_ACCOUNT", name)));
        let flag = flag.map(|name| Setting::new(name, Origin::Flag("--account")));
        let chosen = config.choose(flag, &environment);
        let chosen = chosen
            .map_or_else(|err| err.to_string(), |chosen| format!("{} ({})", chosen.value, chosen.origin));
        assert_eq!(chosen, expected);
    };
    let one = "[accounts.a]\ntunnel = \"x\"\n";
    let two = "default-account = \"b\"\n[accounts.a]\ntunnel = \"x\"\n[accounts.b]\ntunnel = \"x\"\n";
    check(one, None, None, "a (built in)");
    check(one, None, Some(""), "a (built in)");
    check(two, None, None, "b (defaults, line 1)");
    check(two, None, Some("a"), "a (environment: TAYORI_ACCOUNT)");
    check(two, Some("b"), Some("a"), "b (--account)");
    check(two, Some("c"), Some("a"), "there is no account \"c\"");
    check(two.split_once('\n').unwrap().1, None, None, "there are several accounts: a, b");
    check("", None, None, "there are no accounts");
}

#[test]
fn where_the_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tayori/config.toml");
    let environment =
        Environment::fixed([("XDG_CONFIG_HOME", folder.path()), ("XDG_STATE_HOME", folder.path())]);
    assert_eq!(Config::find(&environment), Ok(path.clone()));
    // None is as good as an empty one, unless somebody named it.
    assert_eq!(Config::load(&environment).unwrap().accounts().len(), 0);
    let named = Environment::fixed([("TAYORI_CONFIG", &path)]);
    let error = Config::load(&named).unwrap_err();
    assert_eq!(error.to_string(), format!("the configuration {} could not be read", path.display()));
    std::fs::create_dir(folder.path().join("tayori")).unwrap();
    std::fs::write(&path, "[accounts.a]\ntunnel = \"x\"\n").unwrap();
    assert_eq!(Config::load(&environment).unwrap().accounts().len(), 1);
    assert_eq!(Config::load(&named).unwrap().accounts().len(), 1);

    std::fs::write(&path, b"[accounts.a]\n# caf\xe9\n").unwrap();
    let Err(ConfigError::Invalid { problems, .. }) = Config::load(&named) else { panic!() };
    assert_eq!(problems[0].to_string(), format!("{}:2:6: is not UTF-8", path.display()));
    std::fs::write(&path, vec![b'#'; LARGEST as usize]).unwrap();
    assert_eq!(Config::load(&named).unwrap().accounts().len(), 0);
    std::fs::write(&path, vec![b'#'; LARGEST as usize + 1]).unwrap();
    assert_eq!(
        Config::load(&named).unwrap_err().to_string(),
        format!("the configuration {} has more than 1048576 octets", path.display())
    );
}

#[cfg(unix)]
#[test]
fn a_secret_in_a_file_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    let check = |secret: &str, mode: u32, expected: &[&str]| {
        let text = format!(
            "[accounts.a]\naddress = \"a@b\"\noauth = {{ client-id = \"i\", provider = \"p\"{secret} }}\n"
        );
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let config = Config::read(&path, &home()).unwrap();
        let warnings: Vec<_> = config.warnings().iter().map(told).collect();
        let expected: Vec<_> =
            expected.iter().map(|line| line.replace("FILE", &path.display().to_string())).collect();
        assert_eq!(warnings, expected);
    };
    check("", 0o644, &[]);
    check(", client-secret = \"x\"", 0o600, &[]);
    check(
        ", client-secret = \"x\"",
        0o640,
        &[
            "FILE:3:44: account a: oauth.client-secret: stands in a file that other users can read (mode 0640); \
         chmod 600, or use client-secret-command",
        ],
    );
}

/// What nobody would write, and what is broken in the middle.
#[test]
fn deep_and_cut_texts_are_read_to_an_end() {
    let _ = parse(&"[".repeat(100_000));
    let _ = parse(&format!("a = {}", "[".repeat(100_000)));
    let _ = parse(&"a.".repeat(100_000));
    for end in (0..EXAMPLE.len()).filter(|end| EXAMPLE.is_char_boundary(*end)) {
        let _ = parse(&EXAMPLE[..end]);
        let _ = parse(&EXAMPLE[end..]);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC*") {
        let _ = parse(&text);
    }

    /// Texts that have something of a configuration.
    #[test]
    fn almost_a_configuration_is_read_without_a_panic(
        words in proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(ACCOUNT).prop_map(str::to_owned),
                proptest::sample::select(OAUTH).prop_map(str::to_owned),
                proptest::sample::select(
                    &["[accounts.a]", "[defaults]", "=", "\n", "\"", "'", "{", "}", "[", "]", ",", ".", "true",
                      "1", "-", "0x1f", "\"\\u0000\"", "\u{feff}", "便", "\r", "\0", "'''", "#"][..]
                ).prop_map(str::to_owned),
            ],
            0..40,
        )
    ) {
        if let Err(ConfigError::Invalid { problems, .. }) = parse(&words.concat()) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert!(!problem.to_string().is_empty());
                let _ = problem.hint();
            }
        }
    }
}

//! `tayori config`.

use crate::common::program::{Folder, Outcome, Run};

/// Two accounts, and a command that would print a password.
pub(crate) const TWO: &str = "\
[defaults]
timeout = 90

[accounts.home]
address = \"ann@example.org\"

[accounts.work]
host = \"imap.example.com\"
tls = \"starttls\"
user = \"ann.smith\"
password-command = \"echo hunter2\"
";

/// With this configuration.
fn run(configuration: &str, words: &str) -> Outcome {
    let folder = Folder::new();
    folder.write("config.toml", configuration);
    program(&folder, words).env("TAYORI_CONFIG", "config.toml").run()
}

fn program(folder: &Folder, words: &str) -> Run {
    Run::new().args("config").args(words).without_env("TAYORI_PASSWORD").folder(folder)
}

#[test]
fn nothing_is_wrong() {
    run(TWO, "check").check(0, "config.toml: 2 accounts, no problems\n", "");
    run(TWO, "check --json").check(
        0,
        "{\"event\":\"summary\",\"file\":\"config.toml\",\"errors\":0,\"warnings\":0,\"accounts\":2}\n",
        "",
    );
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let wrong =
        "x = 1\n[accounts.a]\nhots = \"h\"\n[accounts.b]\nhost = \"h\"\nuser = \"b\\u001b\"\ntimeout = 0\n";
    run(wrong, "check").check(
        2,
        "error: config.toml:1:1: x: unknown key\n\
         error: config.toml:2:11: account a: lacks host (or address, or tunnel)\n\
         error: config.toml:3:1: account a: hots: unknown key\n  did you mean `host`?\n\
         error: config.toml:6:8: account b: user: holds a control character\n\
         error: config.toml:7:11: account b: timeout: has to be a whole number from 1 to 86400\n\
         config.toml: 5 errors\n",
        "",
    );
    run("[accounts.a]\nhots = \"h\"\nhost = \"h\"\nuser = \"a\"\n", "check --json").check(
        2,
        "{\"event\":\"problem\",\"severity\":\"error\",\"file\":\"config.toml\",\"line\":2,\"column\":1,\
         \"variable\":null,\"account\":\"a\",\"key\":\"hots\",\"problem\":\"unknown key\",\
         \"hint\":\"did you mean `host`?\"}\n\
         {\"event\":\"summary\",\"file\":\"config.toml\",\"errors\":1,\"warnings\":0,\"accounts\":null}\n",
        "",
    );
    // Whoever wanted something else hears of the first.
    run(wrong, "show").check(
        2,
        "",
        "error: config.toml:1:1: x: unknown key\nhint: there is more; tayori config check tells all\n",
    );
    run("defualts = 1\nx = 1\n", "show").check(
        2,
        "",
        "error: config.toml:1:1: defualts: unknown key\n\
         hint: did you mean `defaults`? there is more; tayori config check tells all\n",
    );
}

#[test]
fn names_in_the_file_do_not_drive_the_terminal() {
    run("\"a\\u001b]0;x\" = 1\n", "check").check(
        2,
        "error: config.toml:1:1: a\\x1b]0;x: unknown key\nconfig.toml: 1 error\n",
        "",
    );
}

#[test]
fn variables_are_checked_too() {
    let folder = Folder::new();
    folder.write("config.toml", TWO);
    let outcome = program(&folder, "check").env("TAYORI_CONFIG", "config.toml").env("TAYORI_TIMEOUT", "soon");
    outcome.run().check(
        2,
        "error: TAYORI_TIMEOUT: has to be a whole number from 1 to 86400\nconfig.toml: 2 accounts, 1 error\n",
        "",
    );
}

#[test]
fn what_holds_is_shown_with_where_it_comes_from() {
    let folder = Folder::new();
    folder.write("config.toml", TWO);
    let show = |words: &str| {
        let run =
            program(&folder, words).env("TAYORI_CONFIG", "config.toml").env("TAYORI_TLS_MINIMUM", "1.3");
        run.run()
    };
    show("show work --origin").check(
        0,
        "setting           value             where from\n\
         host              imap.example.com  account, line 8\n\
         port              143               built in\n\
         tls               starttls          account, line 9\n\
         tls-minimum       1.3               environment: TAYORI_TLS_MINIMUM\n\
         alpn              none              built in\n\
         trust-first-use   false             built in\n\
         timeout           90                defaults, line 2\n\
         user              ann.smith         account, line 10\n\
         password-command  ***               account, line 11\n",
        "",
    );
    let both = show("show");
    assert_eq!(both.code, 0);
    let both = String::from_utf8(both.stdout).unwrap();
    assert!(
        both.starts_with("account home\nsetting          value\naddress          ann@example.org\n"),
        "{both}"
    );
    assert!(both.contains("\n\naccount work\nsetting           value\nhost "), "{both}");
    let json = String::from_utf8(show("show work --json").stdout).unwrap();
    let first = "{\"account\":\"work\",\"key\":\"host\",\"value\":\"imap.example.com\",\"origin\":\"account\",\
                 \"line\":8,\"from\":null}";
    assert_eq!(json.lines().next(), Some(first));
    assert!(!json.contains("hunter2"), "{json}");
    show("show wrok").check(2, "", "error: there is no account \"wrok\"\nhint: did you mean work?\n");
}

#[test]
fn where_it_is() {
    let folder = Folder::new();
    let home = folder.path().to_str().unwrap().to_owned();
    let usual = program(&folder, "path").env("HOME", &home);
    usual.without_env("XDG_CONFIG_HOME").without_env("XDG_STATE_HOME").run().check(
        0,
        format!("{home}/.config/tayori/config.toml\n"),
        "",
    );
    program(&folder, "path --json").env("XDG_CONFIG_HOME", &home).env("XDG_STATE_HOME", &home).run().check(
        0,
        format!("{{\"file\":\"{home}/tayori/config.toml\",\"exists\":false}}\n"),
        "",
    );
    program(&folder, "check").env("XDG_CONFIG_HOME", &home).env("XDG_STATE_HOME", &home).run().check(
        0,
        format!("{home}/tayori/config.toml: not there yet, 0 accounts, no problems\n"),
        "",
    );
    // A file that was named has to be there.
    program(&folder, "check").env("TAYORI_CONFIG", "none.toml").run().check(
        2,
        "",
        "error: the configuration none.toml could not be read: No such file or directory (os error 2)\n\
         hint: TAYORI_CONFIG names another file, if it is set\n",
    );
}

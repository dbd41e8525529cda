//! What somebody is asked who sets up an account, and what comes of the answers. No network is needed for providers
//! that are known.

use std::ffi::OsString;

use super::*;
use crate::cli::{Account, Invocation, parse};
use crate::question::script::Script;

/// Somebody who gives these answers, in front of this configuration: what they were asked, and the file.
async fn told_by(
    config: &str,
    line: &str,
    answers: &[&'static str],
) -> (Result<Exit, String>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, config).unwrap();
    let environment = Environment::fixed([
        ("TAYORI_CONFIG", path.as_os_str().to_owned()),
        ("XDG_STATE_HOME", folder.path().as_os_str().to_owned()),
        ("XDG_CONFIG_HOME", folder.path().as_os_str().to_owned()),
    ]);
    let line = format!("tayori account add {line}");
    let Ok(Invocation::Account(account)) = parse(line.split_whitespace().map(OsString::from)) else {
        panic!("{line}")
    };
    let Account::Add(options) = *account else { panic!("{line}") };
    let mut person = Script::new(answers);
    let mut undo = Undo::default();
    let discovery = Discovery::new();
    let around = Around { discovery: &discovery, environment: &environment, keyring: KeyringHere::Yes };
    let ended = add(&options, Some(&mut person), &around, &mut undo).await;
    let text = std::fs::read_to_string(&path).unwrap();
    (ended.map_err(|failure| failure.to_text()), person.asked, text)
}

#[tokio::test]
async fn a_provider_that_is_known() {
    let (ended, asked, text) =
        told_by("# mine\n", "--no-login", &["ann", "ann@gmail.com", "", "home", "2", "secret"]).await;
    assert_eq!(ended, Ok(Exit::Done));
    assert_eq!(
        asked,
        "Mail address: <ann>\n\
             Mail address: <ann@gmail.com>\n\
             User name [ann@gmail.com]: <>\n\
             Name of the account [gmail]: <home>\n\
             Where is the password kept?\n  1  in the system's keyring\n  2  nowhere: you are asked each time\n  \
             3  in a program of yours, such as pass: a command prints it\n  \
             4  in a file that only you can read, and that is not encrypted\n  \
             5  there is none: you agree in a browser (OAuth); it takes a client id\nNumber [1]: <2>\n\
             app password of ann@gmail.com at imap.gmail.com: <secret>\n"
    );
    assert_eq!(text, "# mine\n\n[accounts.home]\naddress = \"ann@gmail.com\"\nhost = \"imap.gmail.com\"\n");
}

#[tokio::test]
async fn a_command_and_a_name_that_is_taken() {
    let (ended, asked, text) = told_by(
        "[accounts.gmail]\nhost = \"h\"\nuser = \"a\"\n",
        "ann@gmail.com --no-login --default",
        &["", "gmail", "-x", "", "3", "pass show mail"],
    )
    .await;
    assert_eq!(ended, Ok(Exit::Done));
    assert!(
        asked.contains("Name of the account [gmail-2]: <gmail>\nName of the account [gmail-2]: <-x>\n"),
        "{asked}"
    );
    assert_eq!(
        text,
        "default-account = \"gmail-2\"\n[accounts.gmail]\nhost = \"h\"\nuser = \"a\"\n\n[accounts.gmail-2]\naddress = \
         \"ann@gmail.com\"\nhost = \"imap.gmail.com\"\npassword-command = \"pass show mail\"\n"
    );
}

#[tokio::test]
async fn a_provider_without_imap_is_told() {
    let without = Provider::all().iter().find(|provider| !provider.has_imap()).unwrap();
    let address = format!("ann@{}", without.domains.first().unwrap());
    let (ended, asked, text) = told_by("", &address, &[]).await;
    assert_eq!(
        ended,
        Err(format!(
            "error: no IMAP server was found for {}\n\
             hint: --host HOST names it; its provider's help pages do, too\n",
            without.domains[0]
        ))
    );
    assert_eq!((asked.as_str(), text.as_str()), ("", ""));
}

#[tokio::test]
async fn a_provider_that_takes_no_passwords() {
    let answers = ["", "", "", "app-1", "2"];
    let (ended, asked, text) = told_by("", "ann@outlook.com --no-login", &answers).await;
    assert_eq!(ended, Ok(Exit::Done));
    let (_, asked) = asked.split_once("Name of the account [outlook]: <>\n").unwrap();
    let preset = tayori_account::oauth::Preset::find("microsoft").unwrap();
    let intro = format!("{} knows programs by a client id. To get one: {}.\n", preset.name, preset.obtain);
    assert_eq!(
        asked,
        format!(
            "{intro}Client id: <>\nClient id: <app-1>\nWhere do you agree?\n  1  in a browser on this machine\n  \
             2  on any device, with a code\nNumber [1]: <2>\n"
        )
    );
    assert!(
        text.ends_with("\noauth = { provider = \"microsoft\", client-id = \"app-1\", flow = \"device\" }\n"),
        "{text}"
    );
}

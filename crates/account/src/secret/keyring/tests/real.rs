//! A real Secret Service, in sessions that nobody else uses.

use std::ffi::OsStr;
use std::process::Command;

use tayori_proto::types::Secret;

use super::*;

const SERVICE: &str = "printf x | gnome-keyring-daemon --unlock --components=secrets >/dev/null";

const LOCK: &str = "dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
                    org.freedesktop.Secret.Service.Lock \
                    array:objpath:/org/freedesktop/secrets/collection/login >/dev/null";

/// Against a Secret Service, in sessions of its own: this process starts them, and itself in each of them, told by a
/// variable what is to be found there.
#[test]
fn a_real_secret_service() {
    const STATE: &str = "TAYORI_TEST_KEYRING";

    if let Some(state) = std::env::var_os(STATE) {
        return what_is_found(&state);
    }
    let needed = ["dbus-run-session", "dbus-send", "gnome-keyring-daemon", "secret-tool"];
    if let Some(missing) = needed.into_iter().find(|program| !is_installed(program)) {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{missing} is not installed");
        return;
    }
    for (state, before) in [
        ("unlocked", SERVICE.to_owned()),
        ("locked", format!("{SERVICE}; {LOCK}")),
        ("absent", "unset DBUS_SESSION_BUS_ADDRESS".to_owned()),
    ] {
        // The keyring of a session is that of its home.
        let home = tempfile::tempdir().unwrap();
        let mut session = Command::new("dbus-run-session");
        session.args(["--", "sh", "-c", &format!("{before}; exec \"$0\" \"$@\"")]);
        session.arg(std::env::current_exe().unwrap());
        session.args(["--exact", "secret::keyring::tests::real::a_real_secret_service", "--nocapture"]);
        for variable in ["HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
            session.env(variable, home.path());
        }
        let output = session.env(STATE, state).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && told.contains("1 passed"), "{state}: {output:?}");
    }
}

fn is_installed(program: &str) -> bool {
    let find = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    find.is_ok_and(|output| output.status.success())
}

fn what_is_found(state: &OsStr) {
    if state == "absent" {
        let error = Keyring::open().unwrap_err();
        assert!(matches!(error, KeyringError::Absent(_)), "{error:?}");
        return;
    }
    let keyring = Keyring::open().unwrap();
    if state == "locked" {
        let error = keyring.write("tayori-test", "ann", &Secret::new("hunter2").unwrap()).unwrap_err();
        assert!(matches!(error, KeyringError::Locked(_)), "{error:?}");
        return;
    }
    an_entry_in(&keyring);
}

fn an_entry_in(keyring: &Keyring) {
    assert!(matches!(keyring.read("tayori-test", "ann"), Err(KeyringError::Missing { .. })));
    keyring.write("tayori-test", "ann", &Secret::new("hunter2").unwrap()).unwrap();
    assert_eq!(*keyring.read("tayori-test", "ann").unwrap(), b"hunter2");
    // What another program has stored under the same names.
    let other = Command::new("sh")
        .arg("-c")
        .arg("printf 2 | secret-tool store --label=x service tayori-test username ann more attributes")
        .status();
    assert!(other.unwrap().success());
    let several = keyring.read("tayori-test", "ann");
    assert!(matches!(several, Err(KeyringError::Several { number: 2, .. })), "{several:?}");
    let cleared =
        Command::new("secret-tool").args(["clear", "service", "tayori-test", "username", "ann"]).status();
    assert!(cleared.unwrap().success());
}

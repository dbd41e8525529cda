//! Passwords in the system's keyring: gnome-keyring, in a session that nobody else uses.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::common::program::{Folder, Outcome, Run, TAYORI, skip};
use crate::store::Host;

/// The keyring of a session is that of its home.
struct Session {
    host: Host,
    home: Folder,
}

const UNLOCK: &str = "printf x | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n";

const LOCK: &str = "dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
                    org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login \
                    >/dev/null\n";

impl Session {
    /// `None` where there is nothing to make one of, which is told.
    fn new() -> Option<Self> {
        let needed = ["dbus-run-session", "dbus-send", "gnome-keyring-daemon", "secret-tool"];
        let is_there = |program: &&str| {
            let found = Command::new("sh")
                .args(["-c", &format!("command -v {program}")])
                .stdout(Stdio::null())
                .status();
            found.is_ok_and(|status| status.success())
        };
        if !needed.iter().all(is_there) {
            skip("dbus, gnome-keyring and secret-tool are not installed");
            return None;
        }
        let home = Folder::new();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
        Some(Self { host: Host::start(), home })
    }

    /// Runs commands of the shell in a session, where `tayori` is the program without a terminal.
    fn run(&self, script: &str) -> Outcome {
        // What the bus and its services say is not looked at.
        let script = format!("tayori() {{ setsid -w '{TAYORI}' \"$@\" 2>&3; }}\n{script}");
        let mut session = Command::new("sh");
        session.args(["-c", "exec dbus-run-session -- sh -c \"$0\" 3>&2 2>/dev/null", &script]);
        let port = format!("port {}", self.host.port());
        let mut run = Run::through(session)
            .folder(&self.home)
            .without_env("TAYORI_PASSWORD")
            .env("TAYORI_CONFIG", "config.toml")
            .hide(&port, "port PORT");
        for variable in ["HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"] {
            run = run.env(variable, self.home.path());
        }
        run.run()
    }

    fn add(&self) -> String {
        let port = self.host.port();
        format!(
            "TAYORI_PASSWORD=secret tayori account add --host 127.0.0.1 --port {port} --tls none --user ann --name mail \
             --keyring --yes >/dev/null\n"
        )
    }
}

const ADDED: &str = "the account mail is in config.toml; tayori list mail shows its mailboxes\n";
const MISSING: &str = "error: the keyring has no entry with service \"tayori\" and username \"mail\"\n\
                       hint: tayori account login mail asks for the password and keeps it there\n";
const BOXES: &str = "mailbox\nINBOX\n";

#[test]
fn a_password_is_kept_in_the_keyring_and_goes_with_the_account() {
    let Some(session) = Session::new() else { return };
    let script = format!("{UNLOCK}{}tayori list mail\n", session.add());
    session.run(&script).check(0, BOXES, ADDED);
    let config = fs::read_to_string(session.home.at("config.toml")).unwrap();
    assert!(config.contains("keyring = true\n") && !config.contains("secret"), "{config}");
    // The next session has it from the disk.
    let script = format!("{UNLOCK}tayori list mail && tayori account remove mail --yes\n");
    session.run(&script).check(
        0,
        BOXES,
        "removed the account mail from config.toml\n\
         removed the entry of the keyring with service tayori and username mail\n\
         no mail was touched, neither on the server nor here\n",
    );
    // Another account of the name finds nothing of it.
    session.home.write("config.toml", &config);
    session.run(&format!("{UNLOCK}tayori list mail\n")).check(2, "", MISSING);
}

/// Another configuration may have an account of that name.
#[test]
fn an_entry_is_as_it_was_where_nothing_came_of_an_account() {
    let Some(session) = Session::new() else { return };
    let look = "secret-tool lookup service tayori username mail";
    let script = format!(
        "{UNLOCK}export TAYORI_CONFIG=/proc/nowhere/config.toml\n{add}{look} && echo there\n\
         printf before | secret-tool store --label=x service tayori username mail\n{add}{look}\n",
        add = session.add()
    );
    let outcome = session.run(&script);
    assert_eq!((outcome.code, String::from_utf8(outcome.stdout).unwrap().as_str()), (0, "before"));
    assert_eq!(outcome.stderr.matches("error: ").count(), 2, "{}", outcome.stderr);
}

#[test]
fn a_keyring_that_is_locked() {
    let Some(session) = Session::new() else { return };
    let script = format!("{UNLOCK}{}{LOCK}tayori list mail\n", session.add());
    session.run(&script).check(
        2,
        "",
        &format!(
            "{ADDED}error: the keyring is locked, and was not unlocked: SS error: prompt dismissed\n\
             hint: unlock it, or log in to the desktop, and try again\n"
        ),
    );
}

#[test]
fn a_keyring_that_is_not_there() {
    let Some(session) = Session::new() else { return };
    session.home.write(
        "config.toml",
        "[accounts.mail]\nhost = \"127.0.0.1\"\ntls = \"none\"\nuser = \"ann\"\nkeyring = true\n",
    );
    session.run(&format!("{UNLOCK}tayori list mail\n")).check(2, "", MISSING);
    // As on a server without a desktop.
    session.run("unset DBUS_SESSION_BUS_ADDRESS; tayori list mail\n").check(
        2,
        "",
        "error: there is no keyring here: zbus error: Failed to connect to address `unix:path=DIR/bus`: No such file or \
         directory (os error 2)\n\
         hint: on a machine without a desktop session use password-command or password-file\n",
    );
}

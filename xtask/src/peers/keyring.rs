//! A keyring as desktops have it, for tests that start one in a session of their own.

use super::install::{self, Needed};
use crate::process;
use crate::stop::{Interrupt, Outcome};

const NEEDED: Needed<'static> = Needed {
    what: "a keyring",
    packages: &["dbus-daemon", "dbus-bin", "gnome-keyring", "libsecret-tools"],
    is_there,
};

/// Installs what the tests need, and says what was done.
pub(crate) fn prepare(interrupt: &Interrupt) -> Outcome<String> {
    install::install(&NEEDED, interrupt)
}

fn is_there() -> bool {
    let programs = ["dbus-run-session", "dbus-send", "gnome-keyring-daemon", "secret-tool"];
    programs.iter().all(|program| process::find_program(program).is_some())
}

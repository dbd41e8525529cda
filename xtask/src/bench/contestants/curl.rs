//! curl: one process, one connection, one command for each mail.

use std::process::Command;

use super::Run;
use crate::peers::{HOST, TEST_USER};
use crate::stop::Outcome;

pub(super) fn fetch(run: &Run<'_>) -> Outcome<Command> {
    // `#1` is what the brackets of the address stand for.
    let mut file = run.folder.as_os_str().to_owned();
    file.push("/#1.eml");
    let mut command = Command::new(run.program);
    command
        // First of all: no configuration of whoever runs us.
        .arg("--disable")
        .args(["--silent", "--show-error", "--fail-early"])
        .arg("--cacert")
        .arg(run.authority)
        .args(["--user", &format!("{}:{}", TEST_USER.name, TEST_USER.password)])
        .args(["--login-options", "AUTH=PLAIN"])
        .arg("--output")
        .arg(file)
        .arg(format!("imaps://{HOST}:{}/INBOX;UID=[1-{}]", run.port, run.mails));
    Ok(command)
}

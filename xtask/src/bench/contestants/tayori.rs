//! tayori, as a user would call it.

use std::process::Command;

use super::Run;
use crate::peers::{HOST, TEST_USER};
use crate::stop::Outcome;

/// Files of their own are what a folder means without `--format`.
pub(super) fn eml_sync(run: &Run<'_>) -> Outcome<Command> {
    Ok(fetch(run, &[]))
}

pub(super) fn eml_nosync(run: &Run<'_>) -> Outcome<Command> {
    Ok(fetch(run, &["--format", "eml", "--no-sync"]))
}

pub(super) fn maildir_sync(run: &Run<'_>) -> Outcome<Command> {
    Ok(fetch(run, &["--format", "maildir"]))
}

pub(super) fn maildir_nosync(run: &Run<'_>) -> Outcome<Command> {
    Ok(fetch(run, &["--format", "maildir", "--no-sync"]))
}

pub(super) fn mbox_nosync(run: &Run<'_>) -> Outcome<Command> {
    Ok(fetch(run, &["--format", "mbox", "--no-sync"]))
}

/// The mechanism is named for all programs: SCRAM, which several would choose here, takes two round trips more.
fn fetch(run: &Run<'_>, options: &[&str]) -> Command {
    // The slash says that it is a folder.
    let mut folder = run.folder.as_os_str().to_owned();
    folder.push("/");
    let mut command = Command::new(run.program);
    command
        .arg("fetch")
        .arg(format!("imaps://{};AUTH=PLAIN@{HOST}:{}/INBOX", TEST_USER.name, run.port))
        .arg("--all")
        .args(options)
        .arg("-o")
        .arg(folder)
        .arg("--ca-file")
        .arg(run.authority)
        .env("TAYORI_PASSWORD", TEST_USER.password);
    command
}

//! Python's imaplib: what somebody writes in ten minutes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Run;
use crate::peers::{HOST, TEST_USER};
use crate::process;
use crate::stop::{Outcome, because};

const SCRIPT: &str = include_str!("imaplib.py");

/// The interpreter itself: what is called `python3` may be a script that looks for it at every start.
pub(super) fn resolve(found: &Path) -> Outcome<PathBuf> {
    let program = process::output_of(Command::new(found).args(["-c", "import sys; print(sys.executable)"]))?;
    Ok(PathBuf::from(program))
}

pub(super) fn fetch(run: &Run<'_>) -> Outcome<Command> {
    let script = run.aside.join("fetch.py");
    fs::write(&script, SCRIPT).map_err(because("a script for python"))?;
    let mut command = Command::new(run.program);
    // Isolated: the settings of whoever runs us are not looked at.
    command
        .arg("-I")
        .arg(script)
        .args([HOST, &run.port.to_string(), TEST_USER.name, TEST_USER.password])
        .arg(run.authority)
        .arg(run.folder)
        .arg(run.mails.to_string());
    Ok(command)
}

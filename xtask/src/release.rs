//! Our own programs, built as they are given to users.

use std::env;
use std::path::{Path, PathBuf};

use crate::process;
use crate::stop::{Interrupt, Outcome, Stop, because};

/// Builds a package whose program has the same name, and finds the program.
///
/// Cargo has put it beside our own, into the same target folder.
pub(crate) fn program(package: &str, interrupt: &Interrupt) -> Outcome<PathBuf> {
    let mut command = process::cargo(&["build", "--release", "-p", package]);
    println!("$ {}", process::describe(&command));
    process::run(&mut command, interrupt)?;
    let ours = env::current_exe().map_err(because("our own program"))?;
    let target = ours.parent().and_then(Path::parent);
    let program = target.map(|target| target.join("release").join(package));
    program.filter(|program| program.is_file()).ok_or_else(|| {
        Stop::failed(format!("release/{package} is not in the target folder of {}", ours.display()))
    })
}

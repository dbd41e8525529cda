//! `f0` and `f1`: this very program, see [`crate::bench::floor`].

use std::process::Command;

use super::Run;
use crate::stop::Outcome;

pub(super) fn discard(run: &Run<'_>) -> Outcome<Command> {
    Ok(floor(run))
}

pub(super) fn files(run: &Run<'_>) -> Outcome<Command> {
    let mut command = floor(run);
    command.arg("--folder").arg(run.folder);
    Ok(command)
}

fn floor(run: &Run<'_>) -> Command {
    let mut command = Command::new(run.program);
    command.arg("floor").arg("--port").arg(run.port.to_string()).arg("--ca-file").arg(run.authority);
    command
}

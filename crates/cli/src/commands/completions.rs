//! `tayori completions`: what a shell needs to complete commands and options.

use crate::cli::{self, Completions};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::stdout;

pub(crate) fn run(options: &Completions) -> Result<Exit, Failure> {
    let mut program = cli::definitions();
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut program, "tayori", &mut script);
    stdout::octets(&script)?;
    Ok(Exit::Done)
}

//! Developer tasks, run as `cargo xtask TASK`.
//!
//! `test` is the test command of the project and what continuous integration runs; `docs/testing.md` describes
//! it. The other tasks are pieces of it that are useful alone. Tasks call Cargo and real servers as processes;
//! nothing here is linked with the crates of the product, so that a fault in them cannot hide in its own test.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a developer tool speaks to the terminal")]

mod bench;
mod disk;
mod fixed_points;
mod measure;
mod peer;
mod peers;
mod process;
mod release;
mod samples;
mod small_client;
mod steps;
mod stop;
mod summary;
mod test;
mod tls;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::stop::{Interrupt, Outcome, Stop, because};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Developer tasks of tayori")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check the format, lint, build, and run every test, also against a real server
    Test(test::Arguments),
    /// Run a private mail server until Ctrl-C and print how to reach it
    Peer(peer::Arguments),
    /// Prove the figures that the program must hold: memory of a big fetch, time of a slow arrival
    FixedPoints,
    /// Compare how long things take with what other programs take
    Bench(bench::Arguments),
    /// What fetching costs at the very least; called by `bench`
    #[command(hide = true)]
    Floor(bench::floor::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Task::Floor(arguments) = &arguments.task {
        // It has nothing to put in order, so signals may end it at once.
        return bench::floor::run(arguments).unwrap_or_else(|stop| report(&stop));
    }
    let interrupt = match Interrupt::install() {
        Ok(interrupt) => interrupt,
        Err(error) => return report(&Stop::failed(format!("signals cannot be caught: {error}"))),
    };
    match run(arguments.task, &interrupt) {
        Ok(code) => code,
        Err(Stop::Interrupted) => {
            eprintln!("xtask: interrupted");
            interrupt.exit_code()
        }
        Err(stop) => report(&stop),
    }
}

fn run(task: Task, interrupt: &Interrupt) -> Outcome<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::set_current_dir(&root).map_err(because("the workspace cannot be entered"))?;
    match task {
        Task::Test(arguments) => test::run(&arguments, interrupt),
        Task::Peer(arguments) => peer::run(&arguments, interrupt),
        Task::FixedPoints => fixed_points::run(interrupt),
        Task::Bench(arguments) => bench::run(&arguments, interrupt),
        Task::Floor(arguments) => bench::floor::run(&arguments),
    }
}

fn report(stop: &Stop) -> ExitCode {
    eprintln!("xtask: {stop}");
    ExitCode::FAILURE
}

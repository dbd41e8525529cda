//! `cargo xtask test`: everything that has to be true before a change is taken.

use std::env;
use std::process::{Command, ExitCode, Stdio};

use clap::ValueEnum;

use crate::fixed_points;
use crate::peers::dovecot::{Dovecot, Installation};
use crate::peers::{HOW_TO_GET_DOVECOT, Variables, install};
use crate::process;
use crate::steps::{Findings, Steps};
use crate::stop::{Interrupt, Outcome, Stop};
use crate::summary::{Runner, TestCount};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Install missing peers first, with apt-get (Debian, Ubuntu), without starting their services
    #[arg(long)]
    install_peers: bool,
    /// Which real server the peer suite runs against
    #[arg(long, value_enum, default_value_t = PeerChoice::Dovecot, value_name = "PEERS")]
    peers: PeerChoice,
    /// Leave out the format check and the lints
    #[arg(long)]
    no_lint: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PeerChoice {
    Dovecot,
    /// Knowingly without a server; a failure where CI=true
    None,
}

/// Whether the run may be good without a real server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    /// CI=true: nobody reads the log of a good run, so what was left out would stay unseen.
    PeersRequired,
    PeersOptional,
}

const START_PEER: &str = "start dovecot";
const PEER_SUITES: [(&str, &str); 2] =
    [("peer suite: client", "tayori-client"), ("peer suite: program", "tayori")];

pub(crate) fn run(arguments: &Arguments, interrupt: &Interrupt) -> Outcome<ExitCode> {
    let strictness = match env::var("CI") {
        Ok(value) if value == "true" => Strictness::PeersRequired,
        _ => Strictness::PeersOptional,
    };
    let mut steps = Steps::new(interrupt);

    if arguments.install_peers {
        steps.run("install peers", |findings| {
            findings.note = install::dovecot(interrupt)?;
            println!("{}", findings.note);
            Ok(())
        })?;
    }
    if !arguments.no_lint {
        steps.run("format", |_| run_shown(process::cargo(&["fmt", "--all", "--check"]), interrupt))?;
        steps.run("lint", |_| {
            let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
            run_shown(process::cargo(&clippy), interrupt)
        })?;
    }

    // Alone, so that a build that fails is told from tests that fail: after the first nothing else can be tried.
    let built = steps.run("build", |_| {
        let build = ["test", "--workspace", "--all-targets", "--no-run"];
        run_shown(process::cargo(&build), interrupt)
    })?;
    if built.is_none() {
        for name in ["tests", "documentation tests", "documentation", "peer suites", "fixed points"] {
            steps.not_run(name, "the build failed");
        }
        return Ok(steps.finish());
    }

    let runner = installed_runner();
    steps.run("tests", |findings| {
        let command = match runner {
            Runner::Nextest => ["nextest", "run", "--workspace", "--no-fail-fast"].as_slice(),
            Runner::Libtest => ["test", "--workspace", "--all-targets", "--no-fail-fast"].as_slice(),
        };
        let mut command = process::cargo(command);
        // What these tests find must not depend on a peer that somebody has started by hand.
        Variables::unset_for(&mut command);
        run_tests(command, runner, Expected::AtLeastOneTest, interrupt, findings)
    })?;
    steps.run("documentation tests", |findings| {
        let command = process::cargo(&["test", "--workspace", "--doc", "--no-fail-fast"]);
        run_tests(command, Runner::Libtest, Expected::AnyNumber, interrupt, findings)
    })?;
    steps.run("documentation", |_| {
        let mut command = process::cargo(&["doc", "--workspace", "--no-deps"]);
        command.env("RUSTDOCFLAGS", "-D warnings");
        run_shown(command, interrupt)
    })?;

    let peer = start_peer(arguments.peers, strictness, &mut steps, interrupt)?;
    for (name, package) in PEER_SUITES {
        let Some(dovecot) = peer.or_leave_out(name, &mut steps) else {
            continue;
        };
        let good =
            steps.run(name, |findings| run_peer_suite(package, dovecot, runner, interrupt, findings))?;
        if good.is_none() {
            eprintln!("{}", dovecot.log_tail());
        }
    }
    fixed_points::framer(&mut steps, interrupt)?;
    for point in &fixed_points::WITH_SERVER {
        if let Some(dovecot) = peer.or_leave_out(point.name, &mut steps) {
            point.prove(dovecot, &mut steps, interrupt)?;
        }
    }
    Ok(steps.finish())
}

enum Peer {
    Running(Dovecot),
    /// And the run may still be good: the steps that need it are skipped.
    Absent {
        why: &'static str,
    },
    /// Has its own failed row: the steps that need it cannot run.
    Failed {
        why: &'static str,
    },
}

impl Peer {
    fn or_leave_out(&self, step: &str, steps: &mut Steps) -> Option<&Dovecot> {
        match self {
            Self::Running(dovecot) => return Some(dovecot),
            Self::Absent { why } => steps.skip(step, why),
            Self::Failed { why } => steps.not_run(step, why),
        }
        None
    }
}

fn start_peer(
    choice: PeerChoice,
    strictness: Strictness,
    steps: &mut Steps,
    interrupt: &Interrupt,
) -> Outcome<Peer> {
    let installation = match choice {
        PeerChoice::Dovecot => Installation::find().ok_or("dovecot is not installed"),
        PeerChoice::None => Err("--peers none"),
    };
    let why = match installation {
        Ok(installation) => {
            let dovecot = steps.run(START_PEER, |findings| {
                let dovecot = installation.start(interrupt)?;
                findings.note = dovecot.description();
                println!("{}", findings.note);
                Ok(dovecot)
            })?;
            return Ok(dovecot.map_or(Peer::Failed { why: "dovecot did not start" }, Peer::Running));
        }
        Err(why) => why,
    };
    match strictness {
        Strictness::PeersRequired => {
            let text = format!("{why}, but CI=true\n{HOW_TO_GET_DOVECOT}");
            steps.run(START_PEER, |_| -> Outcome<()> { Err(Stop::failed(text)) })?;
            Ok(Peer::Failed { why })
        }
        Strictness::PeersOptional => {
            if choice == PeerChoice::Dovecot {
                eprintln!("\n{why}\n{HOW_TO_GET_DOVECOT}");
            }
            Ok(Peer::Absent { why })
        }
    }
}

fn run_peer_suite(
    package: &str,
    peer: &Dovecot,
    runner: Runner,
    interrupt: &Interrupt,
    findings: &mut Findings,
) -> Outcome<()> {
    let mut command = match runner {
        // Of the whole workspace, so that what is built is what the step before has built: dependencies get the
        // features that the chosen packages ask for together.
        Runner::Nextest => {
            let filter = format!("package(={package})");
            let arguments = ["nextest", "run", "--no-fail-fast", "--workspace", "--test", "peer"];
            let mut command = process::cargo(&arguments);
            command.args(["-E", &filter]);
            command
        }
        Runner::Libtest => process::cargo(&["test", "--no-fail-fast", "-p", package, "--test", "peer"]),
    };
    peer.variables().set_for(&mut command);
    run_tests(command, runner, Expected::AtLeastOneTest, interrupt, findings)
}

fn run_shown(mut command: Command, interrupt: &Interrupt) -> Outcome<()> {
    println!("$ {}", process::describe(&command));
    process::run(&mut command, interrupt)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    AtLeastOneTest,
    AnyNumber,
}

/// Runs tests and notes how many ran. A runner whose summary is not understood is a failure, since nobody could
/// say what ran.
fn run_tests(
    mut command: Command,
    runner: Runner,
    expected: Expected,
    interrupt: &Interrupt,
    findings: &mut Findings,
) -> Outcome<()> {
    println!("$ {}", process::describe(&command));
    let mut total: Option<TestCount> = None;
    let status = process::run_watched(&mut command, interrupt, |line| {
        if let Some(count) = runner.parse_summary(line) {
            *total.get_or_insert_default() += count;
        }
    })?;
    let Some(count) = total else {
        process::expect_success(&command, status)?;
        return Err(Stop::failed("the test runner's summary was not recognised"));
    };
    findings.tests = count;
    findings.note = format!("{} tests", count.ran());
    if count.failed > 0 {
        return Err(Stop::failed(format!("{} of {} tests failed", count.failed, count.ran())));
    }
    if expected == Expected::AtLeastOneTest && count.ran() == 0 {
        return Err(Stop::failed("no test ran"));
    }
    process::expect_success(&command, status)
}

fn installed_runner() -> Runner {
    let probe =
        process::cargo(&["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match probe {
        Ok(status) if status.success() => Runner::Nextest,
        _ => Runner::Libtest,
    }
}

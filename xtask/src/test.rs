//! `cargo xtask test`: everything that has to be true before a change is taken.

mod comments;
mod suites;

use std::env;
use std::process::{Command, ExitCode, Stdio};

use clap::ValueEnum;

use crate::fixed_points;
use crate::peers::{Kind, Variables, keyring};
use crate::process;
use crate::steps::{Findings, Steps};
use crate::stop::{Interrupt, Outcome, Stop};
use crate::summary::{Runner, TestCount};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Install missing peers first, with apt-get (Debian, Ubuntu), without starting their services
    #[arg(long)]
    install_peers: bool,
    /// Which real servers the peer suites run against; dovecot, and with CI=true all, unless told
    #[arg(long, value_enum, value_name = "PEERS")]
    peers: Option<PeerChoice>,
    /// Leave out the format check and the lints
    #[arg(long)]
    no_lint: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PeerChoice {
    /// Every one that there is
    All,
    /// Dovecot, and the same with access tokens
    Dovecot,
    /// Dovecot in a Kerberos realm, for the feature gssapi alone
    Kerberos,
    /// Knowingly without a server; a failure where CI=true
    None,
}

impl PeerChoice {
    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::All => &Kind::ALL,
            Self::Dovecot => &[Kind::Dovecot, Kind::Oauth],
            Self::Kerberos => &[Kind::Kerberos],
            Self::None => &[],
        }
    }
}

/// Whether the run may be good without a real server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    /// CI=true: nobody reads the log of a good run, so what was left out would stay unseen.
    PeersRequired,
    PeersOptional,
}

impl Strictness {
    fn of_this_run() -> Self {
        match env::var("CI") {
            Ok(value) if value == "true" => Self::PeersRequired,
            _ => Self::PeersOptional,
        }
    }

    /// Where nobody has chosen: without an installation that takes a minute, or with all that can be tried.
    fn usual_peers(self) -> PeerChoice {
        match self {
            Self::PeersRequired => PeerChoice::All,
            Self::PeersOptional => PeerChoice::Dovecot,
        }
    }
}

pub(crate) fn run(arguments: &Arguments, interrupt: &Interrupt) -> Outcome<ExitCode> {
    let strictness = Strictness::of_this_run();
    let peers = arguments.peers.unwrap_or_else(|| strictness.usual_peers());
    let mut steps = Steps::new(interrupt);

    if arguments.install_peers {
        steps.run("install a keyring", |findings| {
            findings.note = keyring::prepare(interrupt)?;
            println!("{}", findings.note);
            Ok(())
        })?;
        for kind in peers.kinds() {
            steps.run(&format!("install {}", kind.name()), |findings| {
                findings.note = kind.prepare(interrupt)?;
                println!("{}", findings.note);
                Ok(())
            })?;
        }
    }
    if !arguments.no_lint {
        steps.run("format", |_| {
            comments::check()?;
            run_shown(process::cargo(&["fmt", "--all", "--check"]), interrupt)
        })?;
        steps.run("lint", |_| {
            let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
            run_shown(process::cargo(&clippy), interrupt)
        })?;
        // Where it is not there to be built with, the step that starts it says so.
        if peers.kinds().contains(&Kind::Kerberos) && Kind::Kerberos.expect_startable().is_ok() {
            steps.run("lint, gssapi", |_| {
                let mut clippy = process::cargo(&["clippy"]);
                clippy.args(suites::WITH_GSSAPI).args(["--bins", "--", "-D", "warnings"]);
                run_shown(clippy, interrupt)
            })?;
        }
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

    let dovecot = suites::run(peers.kinds(), strictness, runner, &mut steps, interrupt)?;
    fixed_points::framer(&mut steps, interrupt)?;
    for point in &fixed_points::WITH_SERVER {
        if let Some(dovecot) = dovecot.or_leave_out(point.name, &mut steps) {
            point.prove(dovecot, &mut steps, interrupt)?;
        }
    }
    Ok(steps.finish())
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

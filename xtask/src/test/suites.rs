//! The peer suites, against one real server after the other.

use super::{Expected, Strictness, run_tests};
use crate::peers::server::Server;
use crate::peers::{Kind, Missing};
use crate::process;
use crate::steps::{Findings, Steps};
use crate::stop::{Interrupt, Outcome, Stop};
use crate::summary::Runner;

/// What the suites are called in the table, and the packages whose test target `peer` they are.
const SUITES: [(&str, &str); 2] = [("client", "tayori-client"), ("program", "tayori")];

/// Runs the suites against each of these, and returns the Dovecot, which is left running for what comes after them.
pub(super) fn run(
    kinds: &[Kind],
    strictness: Strictness,
    runner: Runner,
    steps: &mut Steps,
    interrupt: &Interrupt,
) -> Outcome<Peer> {
    let mut dovecot = Peer::Absent { why: "--peers none".to_owned() };
    if kinds.is_empty() {
        dovecot = absent("start dovecot", "--peers none", "", strictness, steps)?;
        for (suite, _) in SUITES {
            dovecot.or_leave_out(&format!("peer suite: {suite}"), steps);
        }
    }
    for &kind in kinds {
        let peer = start(kind, strictness, steps, interrupt)?;
        for (suite, package) in SUITES {
            let name = format!("peer suite: {suite}, {}", kind.name());
            let Some(server) = peer.or_leave_out(&name, steps) else {
                continue;
            };
            let good =
                steps.run(&name, |findings| run_suite(package, server, runner, interrupt, findings))?;
            if good.is_none() {
                eprintln!("{}", server.log_tail());
            }
        }
        if kind == Kind::Dovecot {
            dovecot = peer;
        }
    }
    Ok(dovecot)
}

pub(super) enum Peer {
    Running(Box<Server>),
    /// And the run may still be good: the steps that need it are skipped.
    Absent {
        why: String,
    },
    /// Has its own failed row: the steps that need it cannot run.
    Failed {
        why: String,
    },
}

impl Peer {
    pub(super) fn or_leave_out(&self, step: &str, steps: &mut Steps) -> Option<&Server> {
        match self {
            Self::Running(server) => return Some(server),
            Self::Absent { why } => steps.skip(step, why),
            Self::Failed { why } => steps.not_run(step, why),
        }
        None
    }
}

fn start(kind: Kind, strictness: Strictness, steps: &mut Steps, interrupt: &Interrupt) -> Outcome<Peer> {
    let step = format!("start {}", kind.name());
    if let Err(Missing { why, hint }) = kind.expect_startable() {
        return absent(&step, &why, &hint, strictness, steps);
    }
    let server = steps.run(&step, |findings| {
        let server = kind.start(interrupt)?;
        findings.note = server.description();
        println!("{}", findings.note);
        Ok(server)
    })?;
    Ok(match server {
        Some(server) => Peer::Running(Box::new(server)),
        None => Peer::Failed { why: format!("{} did not start", kind.name()) },
    })
}

fn absent(step: &str, why: &str, hint: &str, strictness: Strictness, steps: &mut Steps) -> Outcome<Peer> {
    match strictness {
        Strictness::PeersRequired => {
            let text = format!("{why}, but CI=true\n{hint}");
            steps.run(step, |_| -> Outcome<()> { Err(Stop::failed(text)) })?;
            Ok(Peer::Failed { why: why.to_owned() })
        }
        Strictness::PeersOptional => {
            eprintln!("\n{why}\n{hint}");
            Ok(Peer::Absent { why: why.to_owned() })
        }
    }
}

fn run_suite(
    package: &str,
    server: &Server,
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
    server.variables().set_for(&mut command);
    run_tests(command, runner, Expected::AtLeastOneTest, interrupt, findings)
}

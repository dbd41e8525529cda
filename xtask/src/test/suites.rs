//! The peer suites, against one real server after the other.

use super::{Expected, Strictness, run_tests};
use crate::peers::server::Server;
use crate::peers::{Kind, Missing};
use crate::process;
use crate::steps::{Findings, Steps};
use crate::stop::{Interrupt, Outcome, Stop};
use crate::summary::Runner;

/// Tests that talk to a server, as they are called in the table.
struct Suite {
    name: &'static str,
    chosen: Chosen,
}

#[derive(Clone, Copy)]
enum Chosen {
    /// The test target `peer` of this package.
    Package(&'static str),
    /// All tests of GSSAPI, of whatever package, with the feature: it is off everywhere else.
    Gssapi,
    /// The module `oauth` of the program's.
    Oauth,
}

const SUITES: [Suite; 2] = [
    Suite { name: "client", chosen: Chosen::Package("tayori-client") },
    Suite { name: "program", chosen: Chosen::Package("tayori") },
];

const GSSAPI_SUITES: [Suite; 1] = [Suite { name: "gssapi", chosen: Chosen::Gssapi }];

const OAUTH_SUITES: [Suite; 1] = [Suite { name: "tokens", chosen: Chosen::Oauth }];

/// What is built with GSSAPI, and nothing more: tests of libraries and of what talks to servers.
pub(super) const WITH_GSSAPI: [&str; 6] =
    ["--workspace", "--features", "tayori-client/gssapi,tayori/gssapi", "--lib", "--test", "peer"];

fn suites(kind: Kind) -> &'static [Suite] {
    match kind {
        // The server is the Dovecot that the others have run against.
        Kind::Kerberos => &GSSAPI_SUITES,
        Kind::Oauth => &OAUTH_SUITES,
        _ => &SUITES,
    }
}

/// Runs the suites against each of these, and returns the Dovecot, which is left running for what comes after them.
pub(super) fn run(
    kinds: &[Kind],
    strictness: Strictness,
    runner: Runner,
    steps: &mut Steps,
    interrupt: &Interrupt,
) -> Outcome<Peer> {
    let mut dovecot = Peer::Absent { why: "--peers without dovecot".to_owned() };
    if kinds.is_empty() {
        dovecot = absent("start dovecot", "--peers none", "", strictness, steps)?;
        for Suite { name, .. } in &SUITES {
            dovecot.or_leave_out(&format!("peer suite: {name}"), steps);
        }
    }
    for &kind in kinds {
        let peer = start(kind, strictness, steps, interrupt)?;
        for Suite { name, chosen } in suites(kind) {
            let name = format!("peer suite: {name}, {}", kind.name());
            let Some(server) = peer.or_leave_out(&name, steps) else {
                continue;
            };
            let good =
                steps.run(&name, |findings| run_suite(*chosen, server, runner, interrupt, findings))?;
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
    chosen: Chosen,
    server: &Server,
    runner: Runner,
    interrupt: &Interrupt,
    findings: &mut Findings,
) -> Outcome<()> {
    let run = match runner {
        Runner::Nextest => ["nextest", "run", "--no-fail-fast"].as_slice(),
        Runner::Libtest => &["test", "--no-fail-fast"],
    };
    let mut command = process::cargo(run);
    match (runner, chosen) {
        // Of the whole workspace, so that what is built is what the step before has built: dependencies get the
        // features that the chosen packages ask for together.
        (Runner::Nextest, Chosen::Package(package)) => {
            command.args(["--workspace", "--test", "peer", "-E", &format!("package(={package})")]);
        }
        (Runner::Libtest, Chosen::Package(package)) => {
            command.args(["-p", package, "--test", "peer"]);
        }
        (Runner::Nextest, Chosen::Oauth) => {
            command.args(["--workspace", "--test", "peer", "-E", "package(=tayori) & test(/^oauth::/)"]);
        }
        (Runner::Libtest, Chosen::Oauth) => {
            command.args(["-p", "tayori", "--test", "peer", "oauth::"]);
        }
        (Runner::Nextest, Chosen::Gssapi) => {
            command.args(WITH_GSSAPI).args(["-E", "test(gssapi)"]);
        }
        (Runner::Libtest, Chosen::Gssapi) => {
            command.args(WITH_GSSAPI).arg("gssapi");
        }
    }
    server.variables().set_for(&mut command);
    run_tests(command, runner, Expected::AtLeastOneTest, interrupt, findings)
}

//! `cargo xtask fixed-points`: figures that the program must hold, measured on the release build.
//!
//! Only what is nearly independent of the machine stands here: memory, and whether time grows with the square.
//! Speed is compared elsewhere, by hand.

mod big_mail;
mod crowd;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use crate::measure::{Measured, measure, words_in};
use crate::peers::dovecot::Installation;
use crate::peers::server::Server;
use crate::peers::{HOST, TEST_USER};
use crate::process;
use crate::release;
use crate::steps::{Findings, Steps};
use crate::stop::{Interrupt, Outcome, Stop};

const MIB: u64 = 1024 * 1024;

/// Many times what a fetch takes: it only keeps a program that hangs from holding up the run.
const FETCH_LIMIT: Duration = Duration::from_secs(600);

/// What is measured with a server.
pub(crate) struct FixedPoint {
    pub(crate) name: &'static str,
    run: fn(&Subject<'_>, &mut Findings) -> Outcome<()>,
}

pub(crate) const WITH_SERVER: [FixedPoint; 2] = [
    FixedPoint { name: "fixed point: big mail", run: big_mail::run },
    FixedPoint { name: "fixed point: crowd", run: crowd::run },
];

pub(crate) fn run(interrupt: &Interrupt) -> Outcome<ExitCode> {
    let dovecot = Installation::expect()?.start(interrupt)?;
    let mut steps = Steps::new(interrupt);
    framer(&mut steps, interrupt)?;
    for point in &WITH_SERVER {
        point.prove(&dovecot, &mut steps, interrupt)?;
    }
    Ok(steps.finish())
}

/// The framer takes octets one by one in linear time: an example of its crate measures itself.
pub(crate) fn framer(steps: &mut Steps, interrupt: &Interrupt) -> Outcome<()> {
    steps.run("fixed point: framer", |findings| {
        // A ratio is the same in any build, and this one is there already.
        let arguments = ["run", "-p", "tayori-proto", "--example", "one_octet_reads"];
        let mut command = process::cargo(&arguments);
        println!("$ {}", process::describe(&command));
        process::run(&mut command, interrupt)?;
        findings.note = "linear when octets arrive one by one".to_owned();
        Ok(())
    })?;
    Ok(())
}

impl FixedPoint {
    pub(crate) fn prove(&self, dovecot: &Server, steps: &mut Steps, interrupt: &Interrupt) -> Outcome<()> {
        let good = steps.run(self.name, |findings| {
            let program = release::program("tayori", interrupt)?;
            (self.run)(&Subject { program, dovecot, interrupt }, findings)
        })?;
        if good.is_none() {
            eprintln!("{}", dovecot.log_tail());
        }
        Ok(())
    }
}

/// The program, and the server that it fetches from.
struct Subject<'a> {
    program: PathBuf,
    dovecot: &'a Server,
    interrupt: &'a Interrupt,
}

impl Subject<'_> {
    /// Runs `tayori fetch` to its good end, within `memory` octets.
    fn fetch(&self, mailbox: &str, options: &[&str], output: &Path, memory: u64) -> Outcome<Measured> {
        let Self { program, dovecot, interrupt } = self;
        let mut command = Command::new(program);
        command
            .arg("fetch")
            .arg(format!("imaps://{}@{HOST}:{}/{mailbox}", TEST_USER.name, dovecot.ports().imaps))
            .args(options)
            .arg("--ca-file")
            .arg(dovecot.authority_file())
            .arg("-o")
            .arg(output)
            .env("TAYORI_PASSWORD", TEST_USER.password)
            .stdin(Stdio::null());
        println!("$ {}", process::describe(&command));
        let words = dovecot.folder().join("fetch.log");
        let measured = measure(&mut command, &words, FETCH_LIMIT, interrupt)?;
        if !measured.status.success() {
            let said = words_in(&words);
            return Err(Stop::failed(format!("the fetch ended with {}; it said:\n{said}", measured.status)));
        }
        let (taken, allowed) = (mebibytes(measured.peak_memory), mebibytes(memory));
        if measured.peak_memory > memory {
            return Err(Stop::failed(format!(
                "it took {taken:.1} MiB of memory, {allowed:.1} MiB are allowed"
            )));
        }
        println!("{taken:.1} MiB at most, {:.1} s", measured.took.as_secs_f64());
        Ok(measured)
    }
}

fn mebibytes(octets: u64) -> f64 {
    octets as f64 / MIB as f64
}

//! `cargo xtask fixed-points`: figures that the program must hold, measured on the release build.
//!
//! Only what is nearly independent of the machine stands here: memory, and whether time grows with the square.
//! Speed is compared elsewhere, by hand.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crate::disk;
use crate::measure::{measure, words_in};
use crate::peers::dovecot::{Dovecot, Installation};
use crate::peers::{HOST, HOW_TO_GET_DOVECOT, TEST_USER};
use crate::process;
use crate::release;
use crate::samples::{BigMail, expect_same};
use crate::small_client::SmallClient;
use crate::steps::{Findings, Steps};
use crate::stop::{Interrupt, Outcome, Stop, because};

const MIB: u64 = 1024 * 1024;

/// The most memory that fetching a mail of [`MAIL_SIZE`] to a file may take, all of the program included.
///
/// It is far below the mail, so that a body kept in memory cannot pass, and above what TLS, a runtime and the
/// trusted roots of a system take.
const MEMORY_LIMIT: u64 = 24 * MIB;

const MAIL_SIZE: u64 = 300 * MIB;

/// Many times what the fetch takes: it only keeps a program that hangs from holding up the run.
const FETCH_LIMIT: Duration = Duration::from_secs(300);

const MAILBOX: &str = "Big";

pub(crate) fn run(interrupt: &Interrupt) -> Outcome<ExitCode> {
    let installation = Installation::find()
        .ok_or_else(|| Stop::failed(format!("dovecot is not installed\n{HOW_TO_GET_DOVECOT}")))?;
    let dovecot = installation.start(interrupt)?;
    let mut steps = Steps::new(interrupt);
    framer(&mut steps, interrupt)?;
    big_mail(&dovecot, &mut steps, interrupt)?;
    Ok(steps.finish())
}

/// The framer takes octets one by one in linear time: an example of its crate measures itself.
pub(crate) fn framer(steps: &mut Steps, interrupt: &Interrupt) -> Outcome<()> {
    steps.run("fixed point: framer", |findings| {
        let arguments = ["run", "--release", "-p", "tayori-proto", "--example", "one_octet_reads"];
        let mut command = process::cargo(&arguments);
        println!("$ {}", process::describe(&command));
        process::run(&mut command, interrupt)?;
        findings.note = "linear when octets arrive one by one".to_owned();
        Ok(())
    })?;
    Ok(())
}

pub(crate) const BIG_MAIL: &str = "fixed point: big mail";

/// A mail of 300 MiB is fetched in little memory.
pub(crate) fn big_mail(dovecot: &Dovecot, steps: &mut Steps, interrupt: &Interrupt) -> Outcome<()> {
    let good = steps.run(BIG_MAIL, |findings| fetch_big_mail(dovecot, findings, interrupt))?;
    if good.is_none() {
        eprintln!("{}", dovecot.log_tail());
    }
    Ok(())
}

/// Fetches the mail and looks at the most memory that was resident, and at every octet.
fn fetch_big_mail(dovecot: &Dovecot, findings: &mut Findings, interrupt: &Interrupt) -> Outcome<()> {
    let program = release::program("tayori", interrupt)?;
    // The mail lies there twice, once in the mailbox and once fetched.
    disk::expect_space(dovecot.folder(), 3 * MAIL_SIZE)?;

    let started = Instant::now();
    append(dovecot, interrupt)?;
    println!("appended {} MiB in {:.1} s", MAIL_SIZE / MIB, started.elapsed().as_secs_f64());

    let file = dovecot.folder().join("big.eml");
    let words = dovecot.folder().join("fetch.log");
    let mut command = Command::new(program);
    let ports = dovecot.ports();
    command
        .arg("fetch")
        .arg(format!("imaps://{}@{HOST}:{}/{MAILBOX}", TEST_USER.name, ports.imaps))
        .args(["--number", "1", "--ca-file"])
        .arg(dovecot.authority_file())
        .arg("-o")
        .arg(&file)
        .env("TAYORI_PASSWORD", TEST_USER.password)
        .stdin(Stdio::null());
    println!("$ {}", process::describe(&command));
    let measured = measure(&mut command, &words, FETCH_LIMIT, interrupt)?;
    if !measured.status.success() {
        let said = words_in(&words);
        return Err(Stop::failed(format!("the fetch ended with {}; it said:\n{said}", measured.status)));
    }
    let fetched = File::open(&file).map_err(because("the fetch succeeded, but its file"))?;
    expect_same(&mut BufReader::new(fetched), MAIL_SIZE, interrupt)?;
    fs::remove_file(&file).map_err(because("the fetched file cannot be removed"))?;

    let memory = measured.peak_memory;
    let mebibytes = |octets: u64| octets as f64 / MIB as f64;
    findings.note = format!(
        "{:.1} MiB at most for a mail of {} MiB in {:.1} s, every octet equal",
        mebibytes(memory),
        MAIL_SIZE / MIB,
        measured.took.as_secs_f64()
    );
    println!("{}", findings.note);
    if memory > MEMORY_LIMIT {
        return Err(Stop::failed(format!(
            "fetching {} MiB took {:.1} MiB of memory, {} MiB are allowed",
            MAIL_SIZE / MIB,
            mebibytes(memory),
            MEMORY_LIMIT / MIB
        )));
    }
    Ok(())
}

/// Puts the big mail into a new mailbox.
fn append(dovecot: &Dovecot, interrupt: &Interrupt) -> Outcome<()> {
    let mut client = SmallClient::log_in(dovecot.ports().imap)?;
    client.send(format!("b CREATE {MAILBOX}\r\n").as_bytes())?;
    client.expect("b OK ")?;
    client.send(format!("c APPEND {MAILBOX} {{{MAIL_SIZE}}}\r\n").as_bytes())?;
    client.expect("+ ")?;
    let mut mail = BigMail::new(MAIL_SIZE);
    let mut block = vec![0; 64 * 1024];
    loop {
        interrupt.check()?;
        let length = mail.read(&mut block).map_err(because("the big mail"))?;
        if length == 0 {
            break;
        }
        client.send(&block[..length])?;
    }
    client.send(b"\r\n")?;
    client.expect("c OK ")?;
    client.send(b"d LOGOUT\r\n")
}

//! 300,000 mails are fetched into one folder: in memory that is bounded, in time that is linear, and only once.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{MIB, Subject, mebibytes};
use crate::disk;
use crate::measure::Measured;
use crate::peers::server::Server;
use crate::small_client::SmallClient;
use crate::steps::Findings;
use crate::stop::{Interrupt, Outcome, Stop, because};

const MAILS: u32 = 300_000;

/// A part of them, to compare with.
const PART: u32 = 30_000;

/// Mails that differ from each other. The others are copies, which a server makes in no time.
const DIFFERENT: u32 = 1_000;

/// The most memory that the fetch may take: what is known of each mail is kept until the end, the mails are not.
const MEMORY_LIMIT: u64 = 48 * MIB;

/// What ten times the mails may take, as a multiple. A folder that was looked through for each mail would take a
/// hundred times the time; twice the linear time is left to disks and neighbours.
const MOST_TIMES_THE_PART: u32 = 2 * MAILS / PART;

const MAILBOX: &str = "Crowd";

pub(super) fn run(subject: &Subject<'_>, findings: &mut Findings) -> Outcome<()> {
    let Subject { dovecot, interrupt, .. } = subject;
    // A block for each mail in each of three folders, and what the lists need.
    disk::expect_space(dovecot.folder(), u64::from(MAILS) * 3 * 4096)?;
    let started = Instant::now();
    fill(dovecot, interrupt)?;
    println!("{MAILS} mails put there in {:.1} s", started.elapsed().as_secs_f64());

    let part = dovecot.folder().join("part");
    let range = format!("1:{PART}");
    let small = fetch_into(subject, &part, &["--uid", &range])?;
    check(&part, PART, interrupt)?;
    remove(&part)?;

    let all = dovecot.folder().join("crowd");
    let large = fetch_into(subject, &all, &["--all"])?;
    let written = check(&all, MAILS, interrupt)?;
    if large.took > small.took.max(Duration::from_millis(500)) * MOST_TIMES_THE_PART {
        return Err(Stop::failed(format!(
            "{PART} mails took {:.1} s, {MAILS} took {:.1} s: that is not linear",
            small.took.as_secs_f64(),
            large.took.as_secs_f64()
        )));
    }
    let again = fetch_into(subject, &all, &["--all"])?;
    if check(&all, MAILS, interrupt)? != written {
        return Err(Stop::failed("a second fetch has written files or into the list"));
    }
    remove(&all)?;

    findings.note = format!(
        "{MAILS} mails in one folder: {:.1} MiB at most, {:.1} times the time of {PART}; again: {:.1} MiB, {:.1} s",
        mebibytes(large.peak_memory),
        large.took.as_secs_f64() / small.took.as_secs_f64(),
        mebibytes(again.peak_memory),
        again.took.as_secs_f64()
    );
    Ok(())
}

fn fetch_into(subject: &Subject<'_>, folder: &Path, which: &[&str]) -> Outcome<Measured> {
    // What a sync costs is not measured here.
    let options = [which, &["--no-sync", "--format", "eml"]].concat();
    // The slash says that it is a folder.
    subject.fetch(MAILBOX, &options, &folder.join(""), MEMORY_LIMIT)
}

/// Puts the mails into a new mailbox: UID `n` is a copy of mail `(n - 1) % DIFFERENT`.
fn fill(dovecot: &Server, interrupt: &Interrupt) -> Outcome<()> {
    let mut client = SmallClient::log_in(dovecot.ports().imap)?;
    client.send(format!("b CREATE {MAILBOX}\r\n").as_bytes())?;
    client.expect("b OK ")?;
    for number in 0..DIFFERENT {
        interrupt.check()?;
        let mail = mail(number);
        client.send(format!("c APPEND {MAILBOX} {{{}+}}\r\n{mail}\r\n", mail.len()).as_bytes())?;
        client.expect("c OK ")?;
    }
    client.send(format!("d SELECT {MAILBOX}\r\n").as_bytes())?;
    client.expect("d OK ")?;
    for _ in 1..MAILS / DIFFERENT {
        interrupt.check()?;
        client.send(format!("e COPY 1:{DIFFERENT} {MAILBOX}\r\n").as_bytes())?;
        client.expect("e OK ")?;
    }
    client.send(b"f LOGOUT\r\n")
}

fn mail(number: u32) -> String {
    format!(
        "From: ann@example.org\r\nSubject: one of many\r\nMessage-ID: <{number}@example.org>\r\n\r\nThis is mail {number}.\r\n"
    )
}

/// Compares each file with the mail of its UID. Gives the octets of everything in the folder, the list included.
fn check(folder: &Path, mails: u32, interrupt: &Interrupt) -> Outcome<u64> {
    let mut octets = 0;
    let mut files = 0;
    for entry in fs::read_dir(folder).map_err(because("the fetched folder"))? {
        interrupt.check()?;
        let path = entry.map_err(because("the fetched folder"))?.path();
        octets += fs::symlink_metadata(&path).map_err(because("a fetched file"))?.len();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        let uid = path.file_stem().and_then(|stem| stem.to_str()?.parse::<u32>().ok());
        let right = uid.filter(|uid| (1..=mails).contains(uid)).map(|uid| mail((uid - 1) % DIFFERENT));
        let content = fs::read(&path).map_err(because("a fetched file"))?;
        if right.is_none_or(|right| right.as_bytes() != content) {
            return Err(Stop::failed(format!("{} is not the mail of its UID", path.display())));
        }
        files += 1;
    }
    if files != mails {
        return Err(Stop::failed(format!("{files} files where {mails} should be")));
    }
    Ok(octets)
}

fn remove(folder: &Path) -> Outcome<()> {
    fs::remove_dir_all(folder).map_err(because("the fetched folder cannot be removed"))
}

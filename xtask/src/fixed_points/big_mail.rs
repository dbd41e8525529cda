//! A mail of 300 MiB is fetched in little memory.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::time::Instant;

use super::{MIB, Subject, mebibytes};
use crate::disk;
use crate::peers::server::Server;
use crate::samples::{BigMail, expect_same};
use crate::small_client::SmallClient;
use crate::steps::Findings;
use crate::stop::{Interrupt, Outcome, because};

/// The most memory that the fetch may take, all of the program included.
///
/// It is far below the mail, so that a body kept in memory cannot pass, and above what TLS, a runtime and the
/// trusted roots of a system take.
const MEMORY_LIMIT: u64 = 24 * MIB;

const MAIL_SIZE: u64 = 300 * MIB;

const MAILBOX: &str = "Big";

/// Fetches the mail and looks at the most memory that was resident, and at every octet.
pub(super) fn run(subject: &Subject<'_>, findings: &mut Findings) -> Outcome<()> {
    let Subject { dovecot, interrupt, .. } = subject;
    // The mail lies there twice, once in the mailbox and once fetched.
    disk::expect_space(dovecot.folder(), 3 * MAIL_SIZE)?;
    let started = Instant::now();
    append(dovecot, interrupt)?;
    println!("appended {} MiB in {:.1} s", MAIL_SIZE / MIB, started.elapsed().as_secs_f64());

    let file = dovecot.folder().join("big.eml");
    let measured = subject.fetch(MAILBOX, &["--number", "1"], &file, MEMORY_LIMIT)?;
    let fetched = File::open(&file).map_err(because("the fetch succeeded, but its file"))?;
    expect_same(&mut BufReader::new(fetched), MAIL_SIZE, interrupt)?;
    fs::remove_file(&file).map_err(because("the fetched file cannot be removed"))?;

    findings.note = format!(
        "{:.1} MiB at most for a mail of {} MiB in {:.1} s, every octet equal",
        mebibytes(measured.peak_memory),
        MAIL_SIZE / MIB,
        measured.took.as_secs_f64()
    );
    Ok(())
}

/// Puts the big mail into a new mailbox.
fn append(dovecot: &Server, interrupt: &Interrupt) -> Outcome<()> {
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

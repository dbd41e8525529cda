//! `cargo xtask fixed-points`: figures that the program must hold, measured on the release build.
//!
//! Only what is nearly independent of the machine stands here: memory, and whether time grows with the square.
//! Speed is compared elsewhere, by hand.

use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wait4::Wait4;

use crate::peers::dovecot::{Dovecot, Installation};
use crate::peers::{HOST, HOW_TO_GET_DOVECOT, TEST_USER};
use crate::process;
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
    let program = release_program(interrupt)?;
    expect_space(dovecot.folder())?;

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
    let measured = measure(&mut command, &words, interrupt)?;
    if !measured.status.success() {
        let said = String::from_utf8_lossy(&fs::read(&words).unwrap_or_default()).into_owned();
        return Err(Stop::failed(format!("the fetch ended with {}; it said:\n{said}", measured.status)));
    }
    let fetched = File::open(&file).map_err(because("the fetch succeeded, but its file"))?;
    expect_same(&mut BufReader::new(fetched), interrupt)?;
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

/// Builds the program and finds it beside our own, which Cargo has put into the same target folder.
fn release_program(interrupt: &Interrupt) -> Outcome<PathBuf> {
    let mut command = process::cargo(&["build", "--release", "-p", "tayori"]);
    println!("$ {}", process::describe(&command));
    process::run(&mut command, interrupt)?;
    let ours = env::current_exe().map_err(because("our own program"))?;
    let program = ours.parent().and_then(Path::parent).map(|target| target.join("release/tayori"));
    program.filter(|program| program.is_file()).ok_or_else(|| {
        Stop::failed(format!("release/tayori is not in the target folder of {}", ours.display()))
    })
}

/// The mail lies there twice, once in the mailbox and once fetched.
fn expect_space(folder: &Path) -> Outcome<()> {
    let system = rustix::fs::statvfs(folder).map_err(because("the temporary folder"))?;
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    let needed = 3 * MAIL_SIZE;
    if free < needed {
        return Err(Stop::failed(format!(
            "{} MiB are free in {}, {} MiB are needed; TMPDIR chooses another folder",
            free / MIB,
            folder.display(),
            needed / MIB
        )));
    }
    Ok(())
}

struct Measured {
    status: ExitStatus,
    /// In octets. At least our own: Linux counts the moment in which the child was still a copy of this
    /// process, which is why nothing large is kept in memory here.
    peak_memory: u64,
    took: Duration,
}

fn measure(command: &mut Command, words: &Path, interrupt: &Interrupt) -> Outcome<Measured> {
    let output = File::create(words).map_err(because("a file for the program's words"))?;
    let errors = output.try_clone().map_err(because("a file for the program's words"))?;
    let started = Instant::now();
    let mut child =
        command.stdout(output).stderr(errors).spawn().map_err(because("the program cannot be started"))?;
    loop {
        if let Some(used) = child.try_wait4().map_err(because("the program cannot be waited for"))? {
            interrupt.check()?;
            return Ok(Measured {
                status: used.status,
                peak_memory: used.rusage.maxrss,
                took: started.elapsed(),
            });
        }
        let late = started.elapsed() > FETCH_LIMIT;
        if late || interrupt.check().is_err() {
            process::end(&mut child);
            interrupt.check()?;
            let seconds = FETCH_LIMIT.as_secs();
            return Err(Stop::failed(format!("the fetch was not done after {seconds} s and was ended")));
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Puts the big mail into a new mailbox.
fn append(dovecot: &Dovecot, interrupt: &Interrupt) -> Outcome<()> {
    let mut client = SmallClient::connect(dovecot.ports().imap)?;
    client.expect("* OK ")?;
    client.send(format!("a LOGIN {} {}\r\n", TEST_USER.name, TEST_USER.password).as_bytes())?;
    client.expect("a OK ")?;
    client.send(format!("b CREATE {MAILBOX}\r\n").as_bytes())?;
    client.expect("b OK ")?;
    client.send(format!("c APPEND {MAILBOX} {{{MAIL_SIZE}}}\r\n").as_bytes())?;
    client.expect("+ ")?;
    let mut mail = BigMail::new();
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

/// An IMAP client small enough to be seen to be right: it shares no code with what is measured.
struct SmallClient {
    stream: TcpStream,
    answers: BufReader<TcpStream>,
}

impl SmallClient {
    fn connect(port: u16) -> Outcome<Self> {
        let connect = || -> io::Result<Self> {
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
            stream.set_read_timeout(Some(Duration::from_secs(120)))?;
            stream.set_write_timeout(Some(Duration::from_secs(120)))?;
            let answers = BufReader::new(stream.try_clone()?);
            Ok(Self { stream, answers })
        };
        connect().map_err(because("a connection for filling the mailbox"))
    }

    fn send(&mut self, octets: &[u8]) -> Outcome<()> {
        self.stream.write_all(octets).map_err(because("filling the mailbox"))
    }

    /// Reads up to the answer that starts like this; untagged lines before it are passed over.
    fn expect(&mut self, start: &str) -> Outcome<()> {
        loop {
            let mut line = String::new();
            self.answers
                .by_ref()
                .take(64 * 1024)
                .read_line(&mut line)
                .map_err(because("filling the mailbox"))?;
            if line.starts_with(start) {
                return Ok(());
            }
            if !line.starts_with("* ") || line.starts_with("* BYE") {
                return Err(Stop::failed(format!("filling the mailbox: {start:?} expected, found {line:?}")));
            }
        }
    }
}

/// A mail of exactly [`MAIL_SIZE`] octets, the same every time, made while it is read.
///
/// The body is lines of base64 of pseudo-random octets, so that nothing between the two ends can make it
/// smaller, and no two blocks of it are equal.
struct BigMail {
    random: XorShift,
    block: Vec<u8>,
    /// How much of `block` has been read; `<= block.len()`.
    position: usize,
    /// What comes after `block`; a multiple of [`LINE`].
    left: u64,
}

/// 57 octets become 76 characters, the most that RFC 2045 section 6.8 allows, and CRLF.
const LINE: u64 = 78;
const LINES_IN_BLOCK: u64 = 512;

impl BigMail {
    fn new() -> Self {
        let start = "From: sender@example.org\r\nTo: test@example.org\r\nSubject: 300 MiB\r\n\
                     MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n\
                     Content-Transfer-Encoding: base64\r\nX-Fill: ";
        let end = "\r\n\r\n";
        // The header is filled up so that whole lines remain for the body.
        let length = (start.len() + end.len()) as u64;
        let fill = (MAIL_SIZE - length) % LINE;
        let fill: String = (0..fill).map(|_| 'x').collect();
        let block = format!("{start}{fill}{end}").into_bytes();
        let left = MAIL_SIZE - block.len() as u64;
        Self { random: XorShift(0x7461_796f_7269_2131), block, position: 0, left }
    }

    fn next_block(&mut self) {
        let lines = LINES_IN_BLOCK.min(self.left / LINE);
        self.left -= lines * LINE;
        self.position = 0;
        self.block.clear();
        let mut octets = [0_u8; 64];
        let mut line = [b'\n'; LINE as usize];
        line[76] = b'\r';
        for _ in 0..lines {
            for eight in octets.chunks_exact_mut(8) {
                eight.copy_from_slice(&self.random.next().to_le_bytes());
            }
            // The sizes fit: 57 octets are 76 characters.
            let _ = STANDARD.encode_slice(&octets[..57], &mut line[..76]);
            self.block.extend_from_slice(&line);
        }
    }
}

impl Read for BigMail {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position == self.block.len() {
            self.next_block();
        }
        let length = buffer.len().min(self.block.len() - self.position);
        buffer[..length].copy_from_slice(&self.block[self.position..self.position + length]);
        self.position += length;
        Ok(length)
    }
}

/// xorshift64: quick, repeatable, and random enough to be incompressible.
struct XorShift(u64);

impl XorShift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Compares what was fetched with the mail, to the end of both; says where they part.
fn expect_same(found: &mut impl BufRead, interrupt: &Interrupt) -> Outcome<()> {
    let unreadable = |error: io::Error| Stop::failed(format!("the fetched mail: {error}"));
    let mut expected = BigMail::new();
    let mut offset = 0_u64;
    let mut block = vec![0; 64 * 1024];
    loop {
        interrupt.check()?;
        let length = expected.read(&mut block).map_err(because("the big mail"))?;
        if length == 0 {
            if found.fill_buf().map_err(unreadable)?.is_empty() {
                return Ok(());
            }
            return Err(Stop::failed("the fetched mail goes on after its end"));
        }
        let mut compared = 0;
        while compared < length {
            let piece = found.fill_buf().map_err(unreadable)?;
            if piece.is_empty() {
                let octets = offset + compared as u64;
                return Err(Stop::failed(format!(
                    "the fetched mail ends after {octets} of {MAIL_SIZE} octets"
                )));
            }
            let size = piece.len().min(length - compared);
            let wanted = &block[compared..compared + size];
            // Whole pieces first: looking at each octet takes long in a build without optimisation.
            if piece[..size] != *wanted
                && let Some(at) = (0..size).find(|&at| piece[at] != wanted[at])
            {
                let octet = offset + (compared + at) as u64;
                return Err(Stop::failed(format!(
                    "octet {octet} of the fetched mail is {:#04x} instead of {:#04x}",
                    piece[at], wanted[at]
                )));
            }
            found.consume(size);
            compared += size;
        }
        offset += length as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first octets of the mail: enough for several blocks, and quick.
    fn beginning(length: u64) -> Vec<u8> {
        let mut octets = Vec::new();
        BigMail::new().take(length).read_to_end(&mut octets).expect("it is made in memory");
        octets
    }

    #[test]
    fn the_mail_is_well_formed_and_repeatable() {
        let octets = beginning(200_000);
        assert_eq!(octets, beginning(200_000));
        let text = String::from_utf8(octets).expect("it is ASCII");
        let (header, body) = text.split_once("\r\n\r\n").expect("there is an empty line");
        assert!(header.lines().all(|line| line.contains(": ")), "{header}");
        let lines: Vec<&str> = body.split("\r\n").collect();
        let (_, whole) = lines.split_last().expect("there are lines");
        assert!(whole.iter().all(|line| line.len() == 76));
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
        // Whole lines are left for the body, so that it ends with one.
        assert_eq!((MAIL_SIZE - header.len() as u64 - 4) % LINE, 0);
    }

    #[test]
    fn differences_are_found_where_they_are() {
        let interrupt = Interrupt::install().expect("signals can be caught");
        let check = |octets: &[u8], expected: &str| {
            let problem = expect_same(&mut &*octets, &interrupt).expect_err("it differs").to_string();
            assert!(problem.starts_with(expected), "{problem}");
        };
        let mut octets = beginning(100_000);
        let end = format!("the fetched mail ends after 100000 of {MAIL_SIZE} octets");
        check(&octets, &end);
        octets[70_000] ^= 1;
        check(&octets, "octet 70000 of the fetched mail is ");
        octets.truncate(70_000);
        check(&octets, "the fetched mail ends after 70000 of ");
    }

    #[test]
    fn memory_is_that_of_the_child() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let interrupt = Interrupt::install().expect("signals can be caught");
        let words = folder.path().join("words");
        let mut small = Command::new("true");
        let small = measure(&mut small, &words, &interrupt).expect("true can be run");
        // `dd` keeps one block in memory.
        let mut large = Command::new("dd");
        large.args(["if=/dev/zero", "of=/dev/null", "bs=100M", "count=1"]);
        let large = measure(&mut large, &words, &interrupt).expect("dd can be run");
        assert!(small.status.success() && large.status.success());
        assert!(large.peak_memory > 100 * MIB, "{}", large.peak_memory);
        assert!(small.peak_memory < MEMORY_LIMIT, "{}", small.peak_memory);
    }
}

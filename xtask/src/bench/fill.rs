//! Puts mail into INBOX, through IMAP, and remembers what it was.

use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::check::{Digests, Expected};
use crate::peers::server::Server;
use crate::samples::Mailbox;
use crate::small_client::SmallClient;
use crate::stop::{Interrupt, Outcome, Stop, because};

/// How many answers are left unread: enough that nobody waits, and little enough that they fit into the socket.
const IN_FLIGHT: u32 = 50;

/// What the server was given.
pub(super) struct Filled {
    pub(super) mails: u32,
    pub(super) octets: u64,
    pub(super) expected: Expected,
    took: Duration,
}

impl fmt::Display for Filled {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mails, megabytes, took) = (self.mails, self.octets as f64 / 1e6, self.took.as_secs_f64());
        write!(formatter, "{mails} mails, {megabytes:.1} MB, put there in {took:.1} s")
    }
}

#[cfg(test)]
impl Filled {
    pub(super) fn for_test(mails: u32, octets: u64, expected: Expected) -> Self {
        Self { mails, octets, expected, took: Duration::ZERO }
    }
}

/// Appends all mails; their UIDs are 1 and up, which is what curl counts on.
pub(super) fn fill(dovecot: &Server, mailbox: Mailbox, interrupt: &Interrupt) -> Outcome<Filled> {
    let started = Instant::now();
    let mut client = SmallClient::log_in(dovecot.ports().imap)?;
    let mut expected = Expected::default();
    let mut octets = 0;
    let mut unread = 0;
    for number in 0..mailbox.mails() {
        interrupt.check()?;
        let size = mailbox.size_of(number);
        octets += size;
        client.send(format!("b APPEND INBOX {{{size}+}}\r\n").as_bytes())?;
        let mut sink = Sink { client: &mut client, digests: Digests::default(), interrupt };
        mailbox.write(number, &mut sink).map_err(because("filling the mailbox"))?;
        expected.add(sink.digests);
        client.send(b"\r\n")?;
        unread += 1;
        if unread == IN_FLIGHT {
            read_answers(&mut client, &mut unread)?;
        }
    }
    read_answers(&mut client, &mut unread)?;
    expect_first_uids(&mut client, mailbox.mails())?;
    client.send(b"d LOGOUT\r\n")?;
    Ok(Filled { mails: mailbox.mails(), octets, expected: expected.sorted(), took: started.elapsed() })
}

fn read_answers(client: &mut SmallClient, unread: &mut u32) -> Outcome<()> {
    for _ in 0..std::mem::take(unread) {
        client.expect("b OK ")?;
    }
    Ok(())
}

fn expect_first_uids(client: &mut SmallClient, mails: u32) -> Outcome<()> {
    client.send(b"c STATUS INBOX (MESSAGES UIDNEXT)\r\n")?;
    let answers = client.expect("c OK ")?.concat();
    let wanted = format!("(MESSAGES {mails} UIDNEXT {})", mails + 1);
    if answers.contains(&wanted) {
        return Ok(());
    }
    Err(Stop::failed(format!("the filled mailbox should say {wanted}, it says {answers:?}")))
}

/// To the server and into the digests at once, so that a mail is made only once.
struct Sink<'a> {
    client: &'a mut SmallClient,
    digests: Digests,
    interrupt: &'a Interrupt,
}

impl Write for Sink<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.interrupt.check().map_err(|stop| io::Error::other(stop.to_string()))?;
        self.digests.update(octets);
        self.client.send(octets).map_err(|stop| io::Error::other(stop.to_string()))?;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

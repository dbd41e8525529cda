//! An IMAP client small enough to be seen to be right: it shares no code with what is tested and measured.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::peers::TEST_USER;
use crate::stop::{Outcome, Stop, because};

/// How long the server may say or take nothing.
const PATIENCE: Duration = Duration::from_secs(120);

/// The longest line that is read; a longer one fails to match and is an error.
const LINE_LIMIT: u64 = 64 * 1024;

/// For filling mailboxes, without TLS.
pub(crate) struct SmallClient {
    stream: TcpStream,
    answers: BufReader<TcpStream>,
}

impl SmallClient {
    /// Connects to the server on loopback and logs in.
    pub(crate) fn log_in(port: u16) -> Outcome<Self> {
        let connect = || -> io::Result<Self> {
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            let answers = BufReader::new(stream.try_clone()?);
            Ok(Self { stream, answers })
        };
        let mut client = connect().map_err(because("a connection for filling the mailbox"))?;
        client.expect("* OK ")?;
        client.send(format!("a LOGIN {} {}\r\n", TEST_USER.name, TEST_USER.password).as_bytes())?;
        client.expect("a OK ")?;
        Ok(client)
    }

    pub(crate) fn send(&mut self, octets: &[u8]) -> Outcome<()> {
        self.stream.write_all(octets).map_err(because("filling the mailbox"))
    }

    /// Reads up to the answer that starts like this, and returns the untagged lines before it.
    pub(crate) fn expect(&mut self, start: &str) -> Outcome<Vec<String>> {
        let mut untagged = Vec::new();
        loop {
            let mut line = String::new();
            self.answers
                .by_ref()
                .take(LINE_LIMIT)
                .read_line(&mut line)
                .map_err(because("filling the mailbox"))?;
            if line.starts_with(start) {
                return Ok(untagged);
            }
            if !line.starts_with("* ") || line.starts_with("* BYE") {
                return Err(Stop::failed(format!("filling the mailbox: {start:?} expected, found {line:?}")));
            }
            untagged.push(line);
        }
    }
}

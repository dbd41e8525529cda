//! `cargo xtask floor`, hidden: what fetching costs at the very least, as a program of its own so that it is measured
//! like the others.
//!
//! It logs in, opens INBOX and fetches all of it with one command over TLS, and throws the mail away (`f0`) or writes
//! each mail into a file of its own with one thread (`f1`): create, write, close. It shares no code with the product,
//! believes what its private server says, and is of no other use.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConnection, StreamOwned};

use crate::peers::TEST_USER;
use crate::stop::{Outcome, because};
use crate::tls;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    port: u16,

    #[arg(long)]
    ca_file: PathBuf,

    /// Where the files go; without it the mail is thrown away
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// How long the server may say nothing.
const PATIENCE: Duration = Duration::from_secs(120);

/// Below this a mail is written with one call, as it would be by anybody who has it in memory; above it, in pieces
/// of this size.
const WRITE: usize = 256 * 1024;

/// What one call may take from the socket: many records of TLS.
const READ: usize = 256 * 1024;

/// The longest line outside a literal.
const LINE: u64 = 64 * 1024;

/// Fetches, and says how much on standard output.
pub(crate) fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    let fetched = fetch(arguments).map_err(because("the floor"))?;
    println!("{} mails, {} octets", fetched.mails, fetched.octets);
    Ok(ExitCode::SUCCESS)
}

/// Reads back what [`run`] said: mails and octets.
pub(crate) fn parse_words(words: &str) -> Option<(u64, u64)> {
    let (mails, octets) = words.trim_end().strip_suffix(" octets")?.split_once(" mails, ")?;
    Some((mails.parse().ok()?, octets.parse().ok()?))
}

#[derive(Default)]
struct Fetched {
    mails: u64,
    octets: u64,
}

fn fetch(arguments: &Arguments) -> io::Result<Fetched> {
    let mut server = Server::connect(arguments)?;
    server.expect("* OK ")?;
    server.send(&format!("a LOGIN {} {}\r\n", TEST_USER.name, TEST_USER.password))?;
    server.expect("a OK ")?;
    server.send("b SELECT INBOX\r\n")?;
    server.expect("b OK ")?;
    server.send("c UID FETCH 1:* (UID BODY.PEEK[])\r\n")?;
    let mut fetched = Fetched::default();
    let mut buffer = Vec::with_capacity(WRITE);
    loop {
        let line = server.line()?;
        if line.starts_with("c OK ") {
            break;
        }
        let Some((uid, size)) = parse_row(&line) else {
            if line.starts_with("* ") && !line.contains(" FETCH ") {
                continue;
            }
            return Err(unexpected("a row", &line));
        };
        match &arguments.folder {
            None => server.skip(size)?,
            Some(folder) => server.store(size, &folder.join(format!("{uid}.eml")), &mut buffer)?,
        }
        // The parenthesis that closes the row.
        server.line()?;
        fetched.mails += 1;
        fetched.octets += size;
    }
    // The answer is not waited for: everything is there.
    server.send("d LOGOUT\r\n")?;
    Ok(fetched)
}

/// `* 3 FETCH (UID 7 BODY[] {1234}`: the UID and the size of the literal that follows.
fn parse_row(line: &str) -> Option<(u32, u64)> {
    let (start, size) = line.trim_end().strip_suffix('}')?.rsplit_once('{')?;
    let (_, uid) = start.split_once("UID ")?;
    let uid = uid.split([' ', ')']).next()?;
    Some((uid.parse().ok()?, size.parse().ok()?))
}

fn unexpected(wanted: &str, line: &str) -> io::Error {
    io::Error::other(format!("{wanted} expected, found {line:?}"))
}

/// The plain octets of a connection, read through a buffer below TLS, so that calls are few.
struct Server {
    stream: BufReader<StreamOwned<ClientConnection, Socket>>,
}

impl Server {
    fn connect(arguments: &Arguments) -> io::Result<Self> {
        let authority = CertificateDer::from_pem_file(&arguments.ca_file).map_err(io::Error::other)?;
        let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, arguments.port))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        let socket = Socket(BufReader::with_capacity(READ, socket));
        let stream = StreamOwned::new(tls::session(authority)?, socket);
        Ok(Self { stream: BufReader::with_capacity(READ, stream) })
    }

    fn send(&mut self, command: &str) -> io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(command.as_bytes())?;
        stream.flush()
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.by_ref().take(LINE).read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line)
    }

    /// Reads up to the answer that starts like this.
    fn expect(&mut self, start: &str) -> io::Result<()> {
        loop {
            let line = self.line()?;
            if line.starts_with(start) {
                return Ok(());
            }
            if !line.starts_with("* ") {
                return Err(unexpected(start, &line));
            }
        }
    }

    fn skip(&mut self, size: u64) -> io::Result<()> {
        self.pieces(size, |_| Ok(()))
    }

    /// Writes the next octets into a new file.
    fn store(&mut self, size: u64, path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
        let mut file = File::create_new(path)?;
        buffer.clear();
        self.pieces(size, |piece| {
            if buffer.len() + piece.len() > WRITE {
                file.write_all(buffer)?;
                buffer.clear();
            }
            buffer.extend_from_slice(piece);
            Ok(())
        })?;
        file.write_all(buffer)
    }

    fn pieces(&mut self, size: u64, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut left = size;
        while left > 0 {
            let piece = self.stream.fill_buf()?;
            if piece.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let length = usize::try_from(left).map_or(piece.len(), |left| left.min(piece.len()));
            take(&piece[..length])?;
            self.stream.consume(length);
            left -= length as u64;
        }
        Ok(())
    }
}

/// A socket with a buffer for reading only: TLS by itself asks for 4 KiB at a time.
struct Socket(BufReader<TcpStream>);

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.get_mut().write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.get_mut().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read() {
        let check = |line: &str, expected| assert_eq!(parse_row(line), expected, "{line:?}");
        check("* 3 FETCH (UID 7 BODY[] {1234}\r\n", Some((7, 1234)));
        check("* 3 FETCH (FLAGS (\\Seen) UID 4294967295 BODY[] {0}\r\n", Some((4_294_967_295, 0)));
        check("* 3 FETCH (BODY[] {1234}\r\n", None);
        check("* 3 FETCH (UID 7 BODY[] NIL)\r\n", None);
        check("c OK Fetch completed.\r\n", None);
    }

    #[test]
    fn words_are_read_back() {
        assert_eq!(parse_words("10 mails, 1234 octets\n"), Some((10, 1234)));
        assert_eq!(parse_words("the floor: cannot\n"), None);
        assert_eq!(parse_words(""), None);
    }
}

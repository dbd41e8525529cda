//! The ports of a peer: free ones, and whether it greets there.

use std::io::{self, BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use rustls::StreamOwned;
use rustls::pki_types::CertificateDer;

use crate::tls;

/// How long one probe of a port may take.
const PROBE_LIMIT: Duration = Duration::from_secs(2);

#[derive(Clone, Copy)]
pub(crate) struct Ports {
    /// Without TLS at first; STARTTLS is offered.
    pub(crate) imap: u16,
    /// TLS from the first octet.
    pub(crate) imaps: u16,
}

impl Ports {
    /// Two ports that nobody listens on now. Both are held until both are known, so that they differ; somebody may
    /// still take one before the server does, and then [`super::server::start`] tries again.
    pub(super) fn free() -> io::Result<Self> {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let second = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok(Self { imap: first.local_addr()?.port(), imaps: second.local_addr()?.port() })
    }

    /// Asks both ports for their greeting, the second inside TLS, verified as a client would.
    pub(super) fn probe(self, authority: &CertificateDer<'static>) -> io::Result<()> {
        expect_greeting(connect(self.imap)?)?;

        let session = tls::session(authority.clone())?;
        expect_greeting(StreamOwned::new(session, connect(self.imaps)?))
    }
}

fn connect(port: u16) -> io::Result<TcpStream> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, PROBE_LIMIT)?;
    stream.set_read_timeout(Some(PROBE_LIMIT))?;
    stream.set_write_timeout(Some(PROBE_LIMIT))?;
    Ok(stream)
}

fn expect_greeting(stream: impl Read) -> io::Result<()> {
    let mut line = String::new();
    BufReader::new(stream.take(4096)).read_line(&mut line)?;
    if line.starts_with("* OK ") {
        return Ok(());
    }
    Err(io::Error::other(format!("it greets with {line:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_ports_differ() {
        let ports = Ports::free().expect("loopback is there");
        assert_ne!(ports.imap, ports.imaps);
    }

    #[test]
    fn only_a_welcome_is_a_greeting() {
        expect_greeting(&b"* OK ready\r\n"[..]).expect("it is one");
        for line in [&b"* BYE too many\r\n"[..], b"", b"* OKAY\r\n"] {
            expect_greeting(line).expect_err("it is none");
        }
    }
}

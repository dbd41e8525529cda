//! The method CONNECT of HTTP (RFC 9110 section 9.3.6).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tayori_proto::types::Text;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use super::proxy::{Proxy, ProxyError, ProxyRefusal};
use crate::link::task::Stream;

/// The head of an answer, in octets. What it says is a number; RFC 9112 section 3 advises to take lines of 8000.
const HEAD_OCTETS: usize = 16 << 10;
/// Fields in it.
const FIELDS: usize = 64;

/// Asks for a connection with the server.
pub(super) async fn ask(
    proxy: &Proxy,
    socket: TcpStream,
    host: &str,
    port: u16,
) -> Result<Box<dyn Stream>, ProxyError> {
    // What is read behind the head stays in there, and is the server's greeting.
    let mut stream = BufReader::new(socket);
    let request = request(proxy, host, port);
    stream.write_all(request.as_bytes()).await.map_err(|error| proxy.broken(error))?;
    stream.flush().await.map_err(|error| proxy.broken(error))?;
    let mut head = Vec::new();
    while !ends(&head) {
        if head.len() >= HEAD_OCTETS {
            return Err(proxy.not_spoken("its answer has no end"));
        }
        let octet = stream.read_u8().await.map_err(|error| proxy.broken(error))?;
        head.push(octet);
        // What greets first is no HTTP: a mail server, perhaps.
        if !b"HTTP/".starts_with(&head[..head.len().min(5)]) {
            return Err(proxy.not_spoken("its answer is not HTTP"));
        }
    }
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let status = match response.parse(&head) {
        Ok(httparse::Status::Complete(_)) => response.code,
        _ => None,
    };
    match status {
        Some(200..=299) => Ok(Box::new(stream)),
        Some(407) if proxy.login().is_some() => Err(ProxyError::LoginRefused { proxy: proxy.clone() }),
        Some(407) => Err(ProxyError::WantsLogin { proxy: proxy.clone() }),
        Some(status) => {
            let reason = Text::from(response.reason.unwrap_or_default());
            Err(proxy.refused(ProxyRefusal::Status { status, reason }))
        }
        None => Err(proxy.not_spoken("its answer cannot be read")),
    }
}

/// Lines may end in LF alone (RFC 9112 section 2.2).
fn ends(head: &[u8]) -> bool {
    head.ends_with(b"\r\n\r\n") || head.ends_with(b"\n\n")
}

fn request(proxy: &Proxy, host: &str, port: u16) -> Zeroizing<String> {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    // Roomy from the start: a text that grew would leave copies of the password behind.
    let mut text = Zeroizing::new(String::with_capacity(2048 + 2 * host.len()));
    text.push_str(&format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n"));
    if let Some((user, password)) = proxy.login() {
        let both = Zeroizing::new(format!("{user}:{password}"));
        text.push_str("Proxy-Authorization: Basic ");
        BASE64_STANDARD.encode_string(&*both, &mut text);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text
}

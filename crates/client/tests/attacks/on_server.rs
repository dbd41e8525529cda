//! Attacks 10 and 11, which are on servers: the one of this project.

use tayori_proto::types::{Secret, UidValidity};
use tayori_server::memory::{MemoryLimits, MemoryStore};
use tayori_server::{Logins, Options, Privacy, Server, Tls};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use crate::certificates::{Authority, for_names};

/// A server with STARTTLS, and a line to it.
fn line_to_server(privacy: Privacy) -> DuplexStream {
    let identity = Authority::new().sign(for_names(&["localhost"]));
    let mut options = Options::default();
    options.tls = Tls::StartTls(identity.config(rustls::ALL_VERSIONS));
    let store = MemoryStore::new(UidValidity::new(7).unwrap(), MemoryLimits::default()).owned_by("ann");
    let logins = Logins::one("ann", &Secret::new("secret").unwrap(), store);
    let server = Server::new(logins, options);
    let (ours, theirs) = tokio::io::duplex(64 << 10);
    tokio::spawn(async move { server.serve(theirs, privacy).await });
    ours
}

async fn hear_line(line: &mut DuplexStream) -> String {
    let mut heard = Vec::new();
    while !heard.ends_with(b"\r\n") {
        heard.push(line.read_u8().await.unwrap());
    }
    String::from_utf8(heard).unwrap()
}

/// What the attacker puts behind STARTTLS is never run, in TLS or outside of it: the connection is over.
#[tokio::test]
async fn attack_10_commands_injected_behind_starttls() {
    for injected in ["b NOOP\r\n", "b LOGIN ann secret\r\n", "b APPEND INBOX {99}\r\n", "x", "\r\n"] {
        let mut line = line_to_server(Privacy::Clear);
        hear_line(&mut line).await;
        line.write_all(format!("a STARTTLS\r\n{injected}").as_bytes()).await.unwrap();
        let mut heard = String::new();
        line.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "a OK begin the handshake\r\n", "{injected:?}");
    }
}

/// Whoever is logged in cannot be handed over to somebody else's TLS.
#[tokio::test]
async fn attack_11_session_fixation() {
    let mut line = line_to_server(Privacy::Private);
    hear_line(&mut line).await;
    line.write_all(b"a LOGIN ann secret\r\n").await.unwrap();
    assert!(hear_line(&mut line).await.starts_with("a OK "));
    line.write_all(b"b STARTTLS\r\n").await.unwrap();
    let answer = hear_line(&mut line).await;
    assert!(answer.starts_with("b BAD "), "{answer}");
    // Where others could have logged in for the victim, nobody can.
    let mut line = line_to_server(Privacy::Clear);
    hear_line(&mut line).await;
    line.write_all(b"a LOGIN ann secret\r\n").await.unwrap();
    let answer = hear_line(&mut line).await;
    assert!(answer.starts_with("a NO [PRIVACYREQUIRED]"), "{answer}");
}

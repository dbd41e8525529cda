//! A client of few words: it sends octets and compares what comes back.

use std::time::Duration;

use tayori_proto::types::{Secret, UidValidity};
use tayori_server::memory::{MemoryLimits, MemoryStore};
use tayori_server::{Logins, Options, Privacy, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::timeout;

/// The server of user `ann` with the password `secret`.
pub(crate) fn server(options: Options) -> (Server<MemoryStore>, MemoryStore) {
    let store = MemoryStore::new(UidValidity::new(7).unwrap(), MemoryLimits::default());
    let logins = Logins::one("ann", &Secret::new("secret").unwrap(), store.clone());
    (Server::new(logins, options), store)
}

/// One client's end of a connection.
pub(crate) struct Client {
    stream: DuplexStream,
}

impl Client {
    /// A client of a server of its own that has been greeted.
    pub(crate) async fn connect() -> Self {
        Self::of(&server(Options::default()).0).await
    }

    /// A client of this server that has been greeted.
    pub(crate) async fn of(server: &Server<MemoryStore>) -> Self {
        Self::with_privacy(server, Privacy::Private).await
    }

    pub(crate) async fn with_privacy(server: &Server<MemoryStore>, privacy: Privacy) -> Self {
        let (stream, other) = tokio::io::duplex(64 << 10);
        let server = server.clone();
        tokio::spawn(async move { server.serve(other, privacy).await });
        let mut client = Self { stream };
        let greeting = client.hear().await;
        assert!(greeting.starts_with("* OK [CAPABILITY IMAP4rev1 "), "{greeting}");
        client
    }

    pub(crate) async fn say(&mut self, octets: impl AsRef<[u8]>) {
        self.stream.write_all(octets.as_ref()).await.unwrap();
    }

    /// The same to a server that may have gone.
    pub(crate) async fn try_say(&mut self, octets: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.write_all(octets.as_ref()).await
    }

    /// All that comes until the server waits.
    pub(crate) async fn hear(&mut self) -> String {
        let mut heard = Vec::new();
        // The clock turns only when the server has nothing more to do, so this costs no time and misses nothing.
        while let Ok(Ok(1..)) = timeout(Duration::from_millis(1), self.stream.read_buf(&mut heard)).await {}
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// Says a line, and compares all that the server says until it waits again.
    pub(crate) async fn check(&mut self, line: &str, expected: &str) {
        self.say(format!("{line}\r\n")).await;
        let heard = self.hear().await;
        assert_eq!(heard, expected, "after {line}");
    }

    /// The server has closed.
    pub(crate) async fn ended(&mut self) {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"", "{}", rest.escape_ascii());
    }
}

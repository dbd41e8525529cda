//! A client of few words: it sends octets and hears what comes back.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::timeout;

/// One client's end of a connection in memory. Needs a clock that is paused (`start_paused`).
///
/// It panics where it hears something else than it expects, with both in the message.
#[derive(Debug)]
pub struct Dialogue {
    stream: DuplexStream,
}

impl Dialogue {
    /// A client that has been greeted.
    pub async fn begin(stream: DuplexStream) -> Self {
        let mut client = Self { stream };
        let greeting = client.hear().await;
        assert!(greeting.starts_with("* OK "), "{greeting}");
        client
    }

    /// The same, logged in as the user of [`crate::pair`].
    pub async fn logged_in(stream: DuplexStream) -> Self {
        let mut client = Self::begin(stream).await;
        client.done("LOGIN ann secret").await;
        client
    }

    /// Says these octets. A server that is gone does not mind.
    pub async fn say(&mut self, octets: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(octets.as_ref()).await;
    }

    /// All that comes until the server waits, or closes.
    pub async fn hear(&mut self) -> String {
        let mut heard = Vec::new();
        // The clock turns only when the server has nothing more to do, so this costs no time and misses nothing.
        while let Ok(Ok(1..)) = timeout(Duration::from_millis(1), self.stream.read_buf(&mut heard)).await {}
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// All that the server says to a command; its tag is `t`.
    pub async fn ask(&mut self, command: &str) -> String {
        self.say(format!("t {command}\r\n")).await;
        self.hear().await
    }

    /// A command that succeeds: what was said before its last line.
    pub async fn done(&mut self, command: &str) -> String {
        let heard = self.ask(command).await;
        let start = heard.rfind("t OK").filter(|start| *start == 0 || heard[..*start].ends_with('\n'));
        let start = start.unwrap_or_else(|| panic!("{command} failed: {heard}"));
        heard[..start].to_owned()
    }

    /// Says a command, and compares all that the server says until it waits again.
    pub async fn check(&mut self, command: &str, expected: &str) {
        assert_eq!(self.ask(command).await, expected, "after {command}");
    }

    /// The server has closed, without another word.
    pub async fn ended(&mut self) {
        let mut rest = Vec::new();
        let read = timeout(Duration::from_millis(1), self.stream.read_to_end(&mut rest)).await;
        assert!(read.is_ok(), "the server has not closed");
        assert_eq!(rest, b"", "{}", rest.escape_ascii());
    }
}

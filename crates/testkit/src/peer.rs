//! The other end of a connection, played by a test: it says what the test wants and checks what it hears.

use std::io;

use bytes::Bytes;
use tayori_proto::command::{Command, ParseOptions};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};

/// A server that follows a test's orders.
///
/// It panics where it hears something else than it expects, with both in the message.
#[derive(Debug)]
pub struct Peer<S = DuplexStream> {
    stream: S,
    heard: Vec<u8>,
    /// Whether this end has said its last.
    over: bool,
    /// Octets of `heard` that were handed out.
    at: usize,
}

/// The tag of a command that was heard, to be given back in its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardTag(String);

impl HeardTag {
    /// These octets with the tag in place of every `$`.
    pub fn fill_in(&self, octets: &str) -> String {
        octets.replace('$', &self.0)
    }
}

impl Peer {
    /// Both ends of a connection in memory. No read or write on it moves more than `piece` octets.
    pub fn pair(piece: usize) -> (DuplexStream, Self) {
        let (ours, theirs) = tokio::io::duplex(piece);
        (ours, Self::new(theirs))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    /// A peer at this end of a connection.
    pub fn new(stream: S) -> Self {
        Self { stream, heard: Vec::new(), over: false, at: 0 }
    }

    /// Says these octets. A client that is gone does not mind.
    pub async fn say(&mut self, octets: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(octets.as_ref()).await;
        let _ = self.stream.flush().await;
    }

    /// Closes this end: nothing more is said. What the client says can still be heard.
    pub async fn end(&mut self) {
        let _ = self.stream.shutdown().await;
        self.over = true;
    }

    /// Whether this end was closed.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Says these octets with the tag in place of every `$`.
    pub async fn answer(&mut self, tag: &HeardTag, octets: &str) {
        self.say(tag.fill_in(octets)).await;
    }

    /// Hears this command, which is compared as what it means, and gives its tag.
    pub async fn expect(&mut self, command: &str) -> HeardTag {
        let (tag, heard) = self.command().await;
        assert_eq!(meaning(&heard), meaning(command), "heard {heard:?}, expected {command:?}");
        tag
    }

    /// Hears this command and answers it; `$` stands for the tag.
    pub async fn exchange(&mut self, command: &str, answer: &str) {
        let tag = self.expect(command).await;
        self.answer(&tag, answer).await;
    }

    /// Hears any command, up to the end of its first line: its tag, and the rest without the line end.
    pub async fn command(&mut self) -> (HeardTag, String) {
        let line = self.line().await;
        let Some((tag, rest)) = line.split_once(' ') else { panic!("not a command: {line:?}") };
        (HeardTag(tag.to_owned()), rest.to_owned())
    }

    /// Hears one line, without its end.
    pub async fn line(&mut self) -> String {
        loop {
            let unread = &self.heard[self.at..];
            if let Some(end) = unread.windows(2).position(|pair| pair == b"\r\n") {
                let line = String::from_utf8_lossy(&unread[..end]).into_owned();
                self.at += end + 2;
                return line;
            }
            let unread = unread.escape_ascii().to_string();
            assert!(self.hear().await, "the client is gone in the middle of a line: {unread:?}");
        }
    }

    /// Hears so many octets.
    pub async fn octets(&mut self, count: usize) -> Bytes {
        while self.heard.len() - self.at < count {
            let had = self.heard.len() - self.at;
            assert!(self.hear().await, "the client is gone after {had} of {count} octets");
        }
        let octets = Bytes::copy_from_slice(&self.heard[self.at..self.at + count]);
        self.at += count;
        octets
    }

    /// Hears everything up to the end of the connection, and gives what was not heard before.
    pub async fn rest(&mut self) -> Bytes {
        while self.hear().await {}
        let rest = Bytes::copy_from_slice(&self.heard[self.at..]);
        self.at = self.heard.len();
        rest
    }

    /// Everything that was ever heard.
    pub fn all_heard(&self) -> &[u8] {
        &self.heard
    }

    /// The stream, to go on with it in another way.
    pub fn into_stream(self) -> S {
        self.stream
    }

    /// Reads once. Says whether the client is still there.
    async fn hear(&mut self) -> bool {
        match self.stream.read_buf(&mut self.heard).await {
            Ok(0) => false,
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => false,
            Err(error) => panic!("the connection failed: {error}"),
        }
    }
}

/// A command without its tag. One that is no command by itself, since its literal is missing, means its own words.
fn meaning(line: &str) -> Result<Command, String> {
    let line_end = Bytes::from(format!("t {line}\r\n"));
    Command::parse(&line_end, &ParseOptions::default()).map(|read| read.command).map_err(|_| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_compared_as_what_they_mean() {
        assert_eq!(meaning("select \"INBOX\""), meaning("SELECT inbox"));
        assert_ne!(meaning("SELECT a"), meaning("SELECT A"));
        assert_eq!(meaning("LOGIN {3}"), Err("LOGIN {3}".to_owned()));
    }
}

//! The octets of a file on their way out. They have to be those that were looked at: their number was promised to the
//! server, which would store the first so many of a file that has grown since, and what is promised of what they are
//! would not be true of others.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

/// Octets that are read at a time.
const PIECE: usize = 32 << 10;

/// What becomes of lines that end in LF alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    AsTheyAre,
    /// They end in CRLF.
    ToCrlf,
}

/// Gives the octets of a file. The last of them are kept back until it is known that all of them are the ones that were
/// looked at and that none stand behind them: who waits for them gets an error instead, and no message is stored.
pub(super) struct Outgoing<R> {
    inner: R,
    lines: Lines,
    /// Octets of the file that are still to be read.
    left: u64,
    expected: blake3::Hash,
    hasher: blake3::Hasher,
    /// The last octet that was read.
    last: u8,
    /// Octets to be given out; those in front of `given` were.
    ready: Vec<u8>,
    given: usize,
    end: End,
}

/// What is known of the end of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Unseen,
    AsExpected,
}

impl<R> Outgoing<R> {
    /// Of a file that had so many octets, with this hash.
    pub(super) fn new(inner: R, octets: u64, expected: blake3::Hash, lines: Lines) -> Self {
        Self {
            inner,
            lines,
            left: octets,
            expected,
            hasher: blake3::Hasher::new(),
            last: 0,
            ready: Vec::new(),
            given: 0,
            end: End::Unseen,
        }
    }

    fn take(&mut self, octets: &[u8]) {
        self.hasher.update(octets);
        self.left -= octets.len() as u64;
        self.ready.clear();
        self.given = 0;
        for &octet in octets {
            if octet == b'\n' && self.last != b'\r' && self.lines == Lines::ToCrlf {
                self.ready.push(b'\r');
            }
            self.ready.push(octet);
            self.last = octet;
        }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Outgoing<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while this.given == this.ready.len() && this.left > 0 {
            let mut piece = [0; PIECE];
            let most = usize::try_from(this.left).map_or(PIECE, |left| left.min(PIECE));
            let mut read = ReadBuf::new(&mut piece[..most]);
            ready!(Pin::new(&mut this.inner).poll_read(context, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Err(changed()));
            }
            this.take(read.filled());
        }
        if this.left == 0 && this.end == End::Unseen {
            let mut piece = [0; 1];
            let mut behind = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut this.inner).poll_read(context, &mut behind))?;
            if !behind.filled().is_empty() || this.hasher.finalize() != this.expected {
                return Poll::Ready(Err(changed()));
            }
            this.end = End::AsExpected;
        }
        let waiting = &this.ready[this.given..];
        let now = waiting.len().min(out.remaining());
        out.put_slice(&waiting[..now]);
        this.given += now;
        Poll::Ready(Ok(()))
    }
}

fn changed() -> io::Error {
    io::Error::other("it is not what it was when it was looked at")
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// A file that was looked at as `before`, and is `now` when it goes out; read in pieces of so many octets.
    async fn sent(before: &[u8], now: &[u8], lines: Lines, at_a_time: usize) -> (Vec<u8>, bool) {
        let mut outgoing = Outgoing::new(now, before.len() as u64, blake3::hash(before), lines);
        let mut all = Vec::new();
        loop {
            let mut piece = vec![0; at_a_time];
            match outgoing.read(&mut piece).await {
                Ok(0) => return (all, true),
                Ok(read) => all.extend_from_slice(&piece[..read]),
                Err(_) => return (all, false),
            }
        }
    }

    #[tokio::test]
    async fn the_octets_that_were_looked_at_go_out_and_no_others() {
        let large = vec![b'x'; 3 * PIECE + 7];
        for at_a_time in [1, 2, 5, 100_000] {
            for file in [&b""[..], b"a", b"a\r\nb\n\n\rc", &large] {
                let all = (file.to_vec(), true);
                assert_eq!(sent(file, file, Lines::AsTheyAre, at_a_time).await, all);
            }
            let crlf = sent(b"\na\r\nb\n\n\rc\r", b"\na\r\nb\n\n\rc\r", Lines::ToCrlf, at_a_time).await;
            assert_eq!(crlf, (b"\r\na\r\nb\r\n\r\n\rc\r".to_vec(), true));
        }
    }

    /// The last octets never go out, so that the server has no whole message.
    #[tokio::test]
    async fn a_file_that_has_changed_is_not_sent_to_its_end() {
        for now in [&b"abc"[..], b"abcdef", b"abcdx", b""] {
            for at_a_time in [1, 3, 100] {
                let (given, is_whole) = sent(b"abcde", now, Lines::AsTheyAre, at_a_time).await;
                assert!(!is_whole && given.len() < 5, "{}", now.escape_ascii());
            }
        }
        let before = vec![b'x'; 3 * PIECE];
        let mut now = before.clone();
        now[1] = b'y';
        let (given, is_whole) = sent(&before, &now, Lines::AsTheyAre, 1000).await;
        assert!(!is_whole && given.len() < before.len());
    }
}

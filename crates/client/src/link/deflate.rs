//! DEFLATE between the session and its stream (RFC 4978, RFC 1951).
//!
//! ```text
//!   session  <-- plain --  Deflated  <-- raw deflate --  stream (TLS, TCP, a pair)
//! ```
//!
//! It costs the windows of both directions, some 300 KB, and the buffers below. What is inflated goes where the reader
//! has room for it and nowhere else, so a few octets that would become very many cost what those many would cost if
//! they came plain.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::error::Lost;
use crate::link::task::Stream;
use crate::tls::TlsAlert;
use crate::way::TunnelEnded;

/// Octets that are read, inflated or compressed in one go.
const PIECE: usize = 16 << 10;
/// While so many compressed octets wait to be sent, no more are made.
const WAITING: usize = 64 << 10;

/// A stream on which both sides compress.
///
/// Reading and writing can be cancelled: what was taken was taken. Octets that were written are on their way to the
/// other side only when they were flushed.
pub(crate) struct Deflated {
    stream: Box<dyn Stream>,
    inflate: Decompress,
    deflate: Compress,
    /// Compressed octets as they came, not looked at yet.
    unread: BytesMut,
    /// Compressed octets to be sent; at most [`WAITING`] and what one piece becomes.
    waiting: BytesMut,
    /// Where they are made.
    made: Box<[u8]>,
    /// Octets were taken that the other side cannot inflate yet.
    unflushed: bool,
    /// The other side has ended its stream.
    ended: bool,
}

/// What the other side has sent cannot be inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotInflated {
    /// How many compressed octets could be.
    pub(crate) at: u64,
}

impl fmt::Display for NotInflated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "compressed octets that cannot be inflated, behind the first {}", self.at)
    }
}

impl std::error::Error for NotInflated {}

/// What an error of reading says of the connection, whether or not the stream is compressed.
pub(crate) fn lost(error: io::Error) -> Lost {
    let inner = error.get_ref();
    if let Some(NotInflated { at }) = inner.and_then(|inner| inner.downcast_ref()) {
        return Lost::NotInflated { at: *at };
    }
    if let Some(rustls::Error::AlertReceived(alert)) = inner.and_then(|inner| inner.downcast_ref()) {
        return Lost::Alert(TlsAlert::of(*alert));
    }
    if let Some(ended) = inner.and_then(|inner| inner.downcast_ref::<TunnelEnded>()) {
        return Lost::Tunnel(ended.clone());
    }
    Lost::Io(Arc::new(error))
}

/// What came of inflating.
enum Inflated {
    Octets(usize),
    NeedsMore,
}

impl Deflated {
    /// A layer above this stream, of which these octets have been read already.
    pub(crate) fn new(stream: Box<dyn Stream>, read: &Bytes) -> Self {
        Self {
            stream,
            // Neither direction has a header: it is raw deflate (RFC 4978 section 4).
            inflate: Decompress::new(false),
            // What a client sends is little, or mail that hardly gets smaller; time is worth more.
            deflate: Compress::new(Compression::fast(), false),
            unread: BytesMut::from(&read[..]),
            waiting: BytesMut::new(),
            made: vec![0; PIECE].into(),
            unflushed: false,
            ended: false,
        }
    }

    /// Inflates into `room`, which is not empty.
    fn inflate(&mut self, room: &mut [u8]) -> Result<Inflated, NotInflated> {
        let (read, made) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(&self.unread, room, FlushDecompress::None);
        let not_inflated = NotInflated { at: self.inflate.total_in() };
        let status = status.map_err(|_| not_inflated)?;
        // Both are lengths of slices in memory.
        let taken = (self.inflate.total_in() - read) as usize;
        let made = (self.inflate.total_out() - made) as usize;
        self.unread.advance(taken);
        self.ended |= status == Status::StreamEnd;
        match made {
            // With room left and octets untouched, nothing would ever come of them.
            0 if taken == 0 && !self.unread.is_empty() && !self.ended => Err(not_inflated),
            0 => Ok(Inflated::NeedsMore),
            made => Ok(Inflated::Octets(made)),
        }
    }

    /// Compresses some of these octets. Gives how many, and whether there may be more to be made of them.
    fn deflate(&mut self, octets: &[u8], flush: FlushCompress) -> io::Result<(usize, bool)> {
        let (read, made) = (self.deflate.total_in(), self.deflate.total_out());
        self.deflate.compress(octets, &mut self.made, flush).map_err(io::Error::other)?;
        let taken = (self.deflate.total_in() - read) as usize;
        let made = (self.deflate.total_out() - made) as usize;
        self.waiting.extend_from_slice(&self.made[..made]);
        Ok((taken, made == self.made.len()))
    }

    /// Sends compressed octets until at most so many wait.
    fn poll_send(&mut self, cx: &mut Context<'_>, until: usize) -> Poll<io::Result<()>> {
        while self.waiting.len() > until {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.waiting))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.waiting.advance(sent);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Deflated {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            let room = buf.initialize_unfilled_to(buf.remaining().min(PIECE));
            // A stream that was ended has no more to say, whatever follows it.
            let inflated = if this.ended { Ok(Inflated::NeedsMore) } else { this.inflate(room) };
            match inflated.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))? {
                Inflated::Octets(made) => {
                    buf.advance(made);
                    return Poll::Ready(Ok(()));
                }
                Inflated::NeedsMore if this.ended => return Poll::Ready(Ok(())),
                Inflated::NeedsMore if !this.unread.is_empty() => {}
                Inflated::NeedsMore => {
                    this.unread.resize(PIECE, 0);
                    let mut piece = ReadBuf::new(&mut this.unread);
                    let read = Pin::new(&mut this.stream).poll_read(cx, &mut piece);
                    let filled = piece.filled().len();
                    this.unread.truncate(filled);
                    ready!(read)?;
                    if filled == 0 {
                        return Poll::Ready(Ok(()));
                    }
                }
            }
        }
    }
}

impl AsyncWrite for Deflated {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_send(cx, WAITING))?;
        let octets = &octets[..octets.len().min(PIECE)];
        let mut taken = 0;
        while taken < octets.len() {
            taken += self.deflate(&octets[taken..], FlushCompress::None)?.0;
        }
        self.unflushed |= taken > 0;
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.unflushed {
            // What is held of one piece, and the end of the block: a few times round.
            while self.deflate(&[], FlushCompress::Sync)?.1 {}
            self.unflushed = false;
        }
        ready!(self.poll_send(cx, 0))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be made").block_on(work)
    }

    /// What one side says in pieces, each flushed, the other hears, whatever the size of the pipe between them, and
    /// however much of it was read in front of the layer.
    #[track_caller]
    fn check(pieces: &[Vec<u8>], pipe: usize, before: usize) {
        let heard = run(async {
            let (here, mut there) = duplex(pipe);
            let say = async {
                let mut here = Deflated::new(Box::new(here), &Bytes::new());
                for piece in pieces {
                    here.write_all(piece).await.unwrap();
                    here.flush().await.unwrap();
                }
                here.shutdown().await.unwrap();
            };
            let hear = async {
                let mut read = Vec::new();
                (&mut there).take(before as u64).read_to_end(&mut read).await.unwrap();
                let mut heard = Vec::new();
                let mut there = Deflated::new(Box::new(there), &read.into());
                there.read_to_end(&mut heard).await.unwrap();
                heard
            };
            tokio::join!(say, hear).1
        });
        assert!(heard == pieces.concat());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_said_is_heard(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..2000), 0..6),
            pipe in 1..300_usize,
            before in 0..300_usize,
        ) {
            check(&pieces, pipe, before);
        }

        #[test]
        fn noise_ends_and_does_not_panic(noise in prop::collection::vec(any::<u8>(), 0..2000)) {
            run(async {
                let (mut here, there) = duplex(4000);
                here.write_all(&noise).await.unwrap();
                drop(here);
                let mut heard = [0; 1000];
                let mut there = Deflated::new(Box::new(there), &Bytes::new());
                while let Ok(1..) = there.read(&mut heard).await {}
            });
        }
    }

    #[test]
    fn large_pieces() {
        check(&[b"0123456789".repeat(100_000), vec![0; 1 << 20], b"x".to_vec()], 1000, 100);
    }

    /// A thousand octets that become a million take the room that the reader has, at a time.
    #[test]
    fn what_becomes_much_is_read_in_pieces() {
        run(async {
            let mut bomb = Vec::new();
            let mut compress = Compress::new(Compression::best(), false);
            bomb.reserve(1 << 16);
            compress.compress_vec(&vec![0; 1 << 20], &mut bomb, FlushCompress::Sync).unwrap();
            assert!(bomb.len() < 2000, "{}", bomb.len());
            let (_here, there) = duplex(64);
            let mut there = Deflated::new(Box::new(there), &bomb.into());
            let mut left = 1 << 20;
            while left > 0 {
                let mut room = BytesMut::with_capacity(1 << 20);
                let read = there.read_buf(&mut room).await.unwrap();
                assert!(0 < read && read <= PIECE);
                left -= read;
            }
        });
    }

    /// What was flushed is there, though nothing follows it.
    #[test]
    fn a_flush_needs_no_end() {
        run(async {
            let (here, there) = duplex(64 << 10);
            let mut here = Deflated::new(Box::new(here), &Bytes::new());
            let mut there = Deflated::new(Box::new(there), &Bytes::new());
            for size in [1, 100, 10_000, 100_000] {
                let said = "ab".repeat(size);
                here.write_all(said.as_bytes()).await.unwrap();
                here.flush().await.unwrap();
                let mut heard = vec![0; said.len()];
                there.read_exact(&mut heard).await.unwrap();
                assert!(heard == said.as_bytes());
            }
        });
    }

    #[test]
    fn what_cannot_be_inflated_says_where() {
        run(async {
            let (mut here, there) = duplex(64);
            here.write_all(b"\xff\xff no deflate").await.unwrap();
            let mut there = Deflated::new(Box::new(there), &Bytes::new());
            let error = there.read(&mut [0; 10]).await.unwrap_err();
            let said = error.get_ref().and_then(|error| error.downcast_ref::<NotInflated>());
            assert!(said.is_some_and(|said| said.at < 14), "{error:?}");
        });
    }
}

//! DEFLATE between the wire and its stream (RFC 4978, RFC 1951).
//!
//! ```text
//!   wire  <-- plain --  Deflated  <-- raw deflate --  stream
//! ```
//!
//! Memory for one connection: the windows of both directions (some 300 KB), and the two buffers below. What is inflated
//! goes where the reader has room for it, so that the limits of the wire hold for it as for anything else that comes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Stream;

/// Octets that are read, compressed, or inflated in one go.
const CHUNK_OCTETS: usize = 16 << 10;

/// With so many compressed octets waiting, no more are taken until some are sent.
const WAITING_OCTETS: usize = 64 << 10;

/// A stream on which both sides compress.
pub(super) struct Deflated {
    stream: Box<dyn Stream>,
    inflate: Decompress,
    deflate: Compress,
    /// Compressed octets as they came, of which `chunk[next..end]` were not looked at; `next <= end <= chunk.len()`.
    chunk: Box<[u8]>,
    next: usize,
    end: usize,
    /// Compressed octets to be sent.
    waiting: BytesMut,
    /// Where they are made.
    made: Box<[u8]>,
    /// Something was said that the other side cannot inflate yet.
    unflushed: bool,
}

impl Deflated {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            // Neither direction has a header: it is raw deflate (RFC 4978 section 3).
            inflate: Decompress::new(false),
            deflate: Compress::new(Compression::default(), false),
            chunk: vec![0; CHUNK_OCTETS].into(),
            next: 0,
            end: 0,
            waiting: BytesMut::new(),
            made: vec![0; CHUNK_OCTETS].into(),
            unflushed: false,
        }
    }

    /// Inflates into `room`, which is not empty.
    fn inflate(&mut self, room: &mut [u8]) -> io::Result<Inflated> {
        let (read, made) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self
            .inflate
            .decompress(&self.chunk[self.next..self.end], room, FlushDecompress::None)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        // Both are lengths of slices in memory.
        let (read, made) =
            ((self.inflate.total_in() - read) as usize, (self.inflate.total_out() - made) as usize);
        self.next += read;
        Ok(match status {
            _ if made > 0 => Inflated::Octets(made),
            Status::StreamEnd => Inflated::End,
            // With room left and octets untouched, nothing would ever come of them.
            _ if read == 0 && self.next < self.end => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "deflated octets lead nowhere"));
            }
            _ => Inflated::NeedsMore,
        })
    }

    /// Compresses some of these octets, and says how many.
    fn deflate(&mut self, octets: &[u8], flush: FlushCompress) -> io::Result<Deflation> {
        let (read, made) = (self.deflate.total_in(), self.deflate.total_out());
        self.deflate.compress(octets, &mut self.made, flush).map_err(io::Error::other)?;
        let (read, made) =
            ((self.deflate.total_in() - read) as usize, (self.deflate.total_out() - made) as usize);
        self.waiting.extend_from_slice(&self.made[..made]);
        Ok(Deflation { read, is_full: made == self.made.len() })
    }

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

/// What came of inflating.
enum Inflated {
    Octets(usize),
    NeedsMore,
    /// The other side has ended its stream.
    End,
}

/// What came of compressing.
struct Deflation {
    read: usize,
    /// There may be more to be made of what was read.
    is_full: bool,
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
            let room = buf.initialize_unfilled_to(buf.remaining().min(CHUNK_OCTETS));
            match this.inflate(room)? {
                Inflated::Octets(made) => {
                    buf.advance(made);
                    return Poll::Ready(Ok(()));
                }
                Inflated::End => return Poll::Ready(Ok(())),
                Inflated::NeedsMore if this.next < this.end => {}
                Inflated::NeedsMore => {
                    let mut chunk = ReadBuf::new(&mut this.chunk);
                    ready!(Pin::new(&mut this.stream).poll_read(cx, &mut chunk))?;
                    (this.next, this.end) = (0, chunk.filled().len());
                    if this.end == 0 {
                        return Poll::Ready(Ok(()));
                    }
                }
            }
        }
    }
}

impl AsyncWrite for Deflated {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_send(cx, WAITING_OCTETS))?;
        let octets = &octets[..octets.len().min(CHUNK_OCTETS)];
        let mut read = 0;
        while read < octets.len() {
            read += self.deflate(&octets[read..], FlushCompress::None)?.read;
        }
        self.unflushed |= read > 0;
        Poll::Ready(Ok(read))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.unflushed {
            // The octets of one chunk that were compressed, and the end of the block: that is a few times round.
            while self.deflate(&[], FlushCompress::Sync)?.is_full {}
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

    /// What one side says in pieces, each flushed, the other hears, whatever the size of the pipe between them.
    #[track_caller]
    fn check(pieces: &[Vec<u8>], pipe: usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let heard = runtime.block_on(async {
            let (here, there) = duplex(pipe);
            let (mut here, mut there) = (Deflated::new(Box::new(here)), Deflated::new(Box::new(there)));
            let say = async {
                for piece in pieces {
                    here.write_all(piece).await.unwrap();
                    here.flush().await.unwrap();
                }
                here.shutdown().await.unwrap();
            };
            let mut heard = Vec::new();
            let hear = async { there.read_to_end(&mut heard).await.unwrap() };
            tokio::join!(say, hear);
            heard
        });
        assert!(heard == pieces.concat());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_said_is_heard(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..2000), 0..6),
            pipe in 1..300_usize,
        ) {
            check(&pieces, pipe);
        }

        #[test]
        fn noise_ends_and_does_not_panic(noise in prop::collection::vec(any::<u8>(), 0..2000)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let (mut here, there) = duplex(4000);
                here.write_all(&noise).await.unwrap();
                drop(here);
                let mut heard = [0; 1000];
                let mut there = Deflated::new(Box::new(there));
                while let Ok(1..) = there.read(&mut heard).await {}
            });
        }
    }

    #[test]
    fn large_pieces() {
        check(&[b"0123456789".repeat(100_000), vec![0; 1 << 20], b"x".to_vec()], 1000);
    }

    /// What was flushed is there, though nothing follows it.
    #[tokio::test]
    async fn a_flush_needs_no_end() {
        let (here, there) = duplex(64 << 10);
        let (mut here, mut there) = (Deflated::new(Box::new(here)), Deflated::new(Box::new(there)));
        for size in [1, 100, 10_000, 100_000] {
            let said = "ab".repeat(size);
            here.write_all(said.as_bytes()).await.unwrap();
            here.flush().await.unwrap();
            let mut heard = vec![0; said.len()];
            there.read_exact(&mut heard).await.unwrap();
            assert!(heard == said.as_bytes());
        }
    }
}

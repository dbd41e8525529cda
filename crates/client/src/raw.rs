//! A connection on which the caller speaks the protocol by hand: octets out, lines and pieces of literals in.
//!
//! [`crate::Connection`] sends what is right in its state and ends the connection where the server breaks the protocol.
//! Who wants to send anything, right or wrong, and see all that comes back (a shell, a test tool, a proxy) uses this:
//! the same way to the server and the same trust, and nothing that knows a tag, a command or a state.
//!
//! ```no_run
//! # async fn example() -> Result<(), tayori_client::Error> {
//! use tayori_client::Timeouts;
//! use tayori_client::raw::{RawConnection, RawEvent};
//! use tayori_client::tls::{Tls, Trust};
//!
//! let tls = Tls::new(Trust::System);
//! let mut connection =
//!     RawConnection::connect_tls("imap.example.org", 993, &tls, &Timeouts::default()).await?;
//! connection.send(b"a1 LOGOUT\r\n");
//! loop {
//!     match connection.next().await? {
//!         RawEvent::Frame(frame) => println!("{frame:?}"),
//!         RawEvent::Ended => break,
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tayori_proto::Limits;
use tayori_proto::session::{ClearError, Violation};
use tayori_proto::wire::{Direction, Frame, Framer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use crate::Timeouts;
use crate::arrival::Arrival;
use crate::connector::bounded;
use crate::error::{Error, Lost, Stage};
use crate::link::deflate::{self, Deflated};
use crate::link::task::Stream;
use crate::tls::Tls;
use crate::way::Way;

/// A stream of octets with a framer on it.
///
/// Call order: [`RawConnection::send`] what is to go out, and [`RawConnection::next`] again and again: it does both,
/// sending and reading, so that neither side waits for the other. Nothing is read while nobody calls it, which is all
/// the back-pressure there is. Dropped, the connection is closed without a word.
///
/// After the server's OK to STARTTLS or COMPRESS, which is the last frame that was taken, the stream is changed in its
/// place with [`RawConnection::start_tls`] or [`RawConnection::compress`]: no octet behind that frame was looked at.
pub struct RawConnection {
    stream: Box<dyn Stream>,
    framer: Framer,
    /// Octets on their way out.
    output: BytesMut,
    /// Something was queued since it was last said that all is sent.
    unsent: bool,
    /// Why nothing can be sent any more. What the server has said before it closed is still read.
    broken: Option<io::Error>,
    ended: bool,
}

/// What happened on the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RawEvent {
    /// The server said this. The first one is its greeting.
    Frame(Frame),
    /// All octets that were to be sent are on their way.
    Sent,
    /// The server has closed its side. Every later call says so too.
    Ended,
}

impl fmt::Debug for RawConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawConnection").field("pending", &self.output.len()).finish_non_exhaustive()
    }
}

impl RawConnection {
    /// Connects without TLS, with the limits on time of a [`crate::Connector`]. The greeting is not waited for.
    pub async fn connect(host: &str, port: u16, timeouts: &Timeouts) -> Result<Self, Error> {
        Self::connect_by(&Way::Direct, host, port, timeouts).await
    }

    /// The same on another way.
    pub async fn connect_by(way: &Way, host: &str, port: u16, timeouts: &Timeouts) -> Result<Self, Error> {
        Ok(Self::over(way.reach(host, port, timeouts, &mut Arrival::default()).await?))
    }

    /// The same with TLS from the first octet. Whatever certificate the server shows is judged as by a
    /// [`crate::Connector`].
    pub async fn connect_tls(host: &str, port: u16, tls: &Tls, timeouts: &Timeouts) -> Result<Self, Error> {
        Self::connect_tls_by(&Way::Direct, host, port, tls, timeouts).await
    }

    /// The same on another way.
    pub async fn connect_tls_by(
        way: &Way,
        host: &str,
        port: u16,
        tls: &Tls,
        timeouts: &Timeouts,
    ) -> Result<Self, Error> {
        let client = tls.client(host)?;
        let socket = way.reach(host, port, timeouts, &mut Arrival::default()).await?;
        let shake_hands = async { Ok(client.handshake(socket).await?) };
        Ok(Self::over(bounded(Stage::Handshake, timeouts.handshake, shake_hands).await?))
    }

    /// The same over a stream of octets that the caller brings.
    pub fn over(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            framer: Framer::new(Direction::FromServer, Limits::default()),
            output: BytesMut::new(),
            unsent: false,
            broken: None,
            ended: false,
        }
    }

    /// Queues these octets, as they are. [`RawConnection::next`] sends them, and says when all are on their way; who
    /// sends much waits for that between two pieces, since what is queued is kept in memory.
    pub fn send(&mut self, octets: &[u8]) {
        self.unsent = true;
        if self.broken.is_none() {
            self.output.extend_from_slice(octets);
        }
    }

    /// Sends and reads until something happens. Can be dropped at any time without losing anything.
    ///
    /// What the server says is cut as the framer does it, with the bounds of [`tayori_proto::Limits`]: a response above
    /// them is skipped, and comes as [`Frame::Overlong`].
    pub async fn next(&mut self) -> Result<RawEvent, Error> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// TLS from here on, with a server of this name (RFC 9051 section 6.2.1).
    ///
    /// Fails with [`ClearError::OctetsBehindAnswer`] where octets were read beyond the last frame: somebody in between
    /// could have put them there, and they would be taken for what the server says through TLS. After any failure the
    /// connection is over.
    pub async fn start_tls(&mut self, host: &str, tls: &Tls, timeouts: &Timeouts) -> Result<(), Error> {
        // Taken first: whatever happens below, the clear stream is not used any more.
        let stream = mem::replace(&mut self.stream, Box::new(tokio::io::empty()));
        if !self.framer.is_drained() {
            return Err(ClearError::OctetsBehindAnswer.into());
        }
        let client = tls.client(host)?;
        let shake_hands = async { Ok(client.handshake(stream).await?) };
        self.stream = Box::new(bounded(Stage::Handshake, timeouts.handshake, shake_hands).await?);
        Ok(())
    }

    /// Both sides compress from here on (RFC 4978). What was read beyond the last frame is compressed already.
    pub fn compress(&mut self) {
        let stream = mem::replace(&mut self.stream, Box::new(tokio::io::empty()));
        let unread = self.framer.take_unread();
        self.stream = Box::new(Deflated::new(stream, &unread));
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<RawEvent, Error>> {
        match self.poll_send(cx) {
            Poll::Ready(Ok(())) if mem::take(&mut self.unsent) => return Poll::Ready(Ok(RawEvent::Sent)),
            Poll::Ready(Err(error)) => {
                self.output.clear();
                self.unsent = false;
                self.broken = Some(error);
            }
            _ => {}
        }
        loop {
            let frame = self.framer.next_frame().map_err(|error| Lost::Violation(Violation::from(error)))?;
            if let Some(frame) = frame {
                return Poll::Ready(Ok(RawEvent::Frame(frame)));
            }
            if self.ended {
                return Poll::Ready(Ok(RawEvent::Ended));
            }
            let read = pin!(self.stream.read_buf(self.framer.read_buffer()));
            match ready!(read.poll(cx)) {
                Ok(1..) => {}
                // A server that closes without TLS's own goodbye has closed all the same.
                Ok(0) => self.ended = true,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Poll::Ready(Err(deflate::lost(error).into()));
                }
            }
            // What could not be sent tells more than the end that follows it.
            if self.ended
                && let Some(error) = self.broken.take()
            {
                return Poll::Ready(Err(Lost::Io(Arc::new(error)).into()));
            }
        }
    }

    /// Sends all that is queued.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.output.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.output))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.output.advance(sent);
        }
        match self.unsent && self.broken.is_none() {
            true => Pin::new(&mut self.stream).poll_flush(cx),
            false => Poll::Ready(Ok(())),
        }
    }
}

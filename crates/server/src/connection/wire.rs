use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tayori_proto::response::{Continuation, Response};
use tayori_proto::types::{NameEncoding, Text};
use tayori_proto::wire::{Direction, Encoded, Frame, FrameError, Framer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use super::deflate::Deflated;
use crate::Limits;
use crate::conduct::Conduct;
use crate::store::StoreError;

/// Any stream of octets.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// What waits to be sent is sent when it is this much, or when there is nothing more to do.
const OUTPUT_OCTETS: usize = 64 << 10;

/// How long a client is heard that has been said goodbye to.
const LINGER: Duration = Duration::from_secs(1);

/// One connection as frames in and responses out.
pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    framer: Framer,
    output: BytesMut,
    names: NameEncoding,
    stall: Duration,
    ending: watch::Receiver<bool>,
    framing: tayori_proto::Limits,
    conduct: Option<Box<dyn Conduct>>,
    compressed: bool,
}

/// What outlives a change of layers.
type Parts = (Box<dyn Stream>, watch::Receiver<bool>, Option<Box<dyn Conduct>>);

/// Why a connection is over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Gone {
    #[error("the client closed the connection")]
    Closed,
    #[error("the client said nothing for too long")]
    Silent,
    #[error("the client does not take what it asked for")]
    Stalled,
    #[error("the server is ending")]
    Ending,
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Io(#[from] io::Error),
    /// There were octets behind a command that changes what octets are, sent before it was answered.
    #[error("there were octets behind STARTTLS or COMPRESS")]
    Injected,
    #[error("the handshake failed: {0}")]
    Handshake(io::Error),
    /// The store failed in the middle of a literal.
    #[error("a message could not be sent to its end")]
    Torn,
    /// It was said goodbye to.
    #[error("{0}")]
    Dismissed(&'static str),
}

impl Gone {
    /// What the selected mailbox was asked for could not be told, and there is no command that could be answered so.
    pub(crate) fn mailbox_failed(error: &StoreError) -> Self {
        match error {
            StoreError::NonExistent => Self::Dismissed("the selected mailbox has been deleted"),
            error => Self::store_failed(error),
        }
    }

    /// The same of the store as a whole.
    pub(crate) fn store_failed(error: &StoreError) -> Self {
        tracing::error!(%error, "the mail store failed");
        Self::Dismissed("the mail store failed")
    }
}

impl Wire {
    pub(crate) fn new(
        stream: Box<dyn Stream>,
        limits: &Limits,
        ending: watch::Receiver<bool>,
        conduct: Option<Box<dyn Conduct>>,
    ) -> Self {
        let mut framing = tayori_proto::Limits::default();
        framing.response_octets = limits.command_octets;
        framing.inline_literal_octets = limits.literal_octets;
        framing.inline_sum_octets = limits.command_octets;
        Self {
            stream,
            framer: Framer::new(Direction::FromClient, framing.clone()),
            output: BytesMut::new(),
            names: NameEncoding::default(),
            stall: limits.stall,
            ending,
            framing,
            conduct,
            compressed: false,
        }
    }

    /// How names travel, and whether strings are in UTF-8.
    pub(crate) fn names(&self) -> NameEncoding {
        self.names
    }

    /// The same connection with both directions compressed, once what was said is sent (RFC 4978 section 3). A client
    /// that has not waited for the answer cannot be understood: what it sent may be plain or not.
    pub(crate) async fn compress(mut self) -> Result<Self, Gone> {
        self.flush().await?;
        if !self.is_drained() {
            return Err(Gone::Injected);
        }
        Ok(Self { stream: Box::new(Deflated::new(self.stream)), compressed: true, ..self })
    }

    pub(crate) fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// From now on names travel as UTF-8, and so do strings (RFC 6855 section 3).
    pub(crate) fn enable_utf8(&mut self) {
        self.names = NameEncoding::Utf8;
    }

    /// The next frame. What was said before is sent first. Safe to cancel.
    ///
    /// It has to come within `silence`, whole: a client that sends an octet now and then does not gain time.
    pub(crate) async fn next_frame(&mut self, silence: Duration) -> Result<Frame, Gone> {
        if silence.is_zero() {
            // Octets that are there win against a clock that has run out.
            return Err(Gone::Silent);
        }
        let until = Instant::now() + silence;
        loop {
            if let Some(frame) = self.framer.next_frame()? {
                return Ok(frame);
            }
            if self.framer.is_skipping() {
                // A client that waits to be asked for its literal would wait for ever.
                return Err(Gone::Dismissed("the command is too long"));
            }
            self.flush().await?;
            let Self { stream, framer, ending, .. } = self;
            let read = tokio::select! {
                read = timeout_at(until, stream.read_buf(framer.read_buffer())) => read,
                _ = ending.wait_for(|ending| *ending) => return Err(Gone::Ending),
            };
            match read {
                Err(_) => return Err(Gone::Silent),
                Ok(Ok(0)) => return Err(Gone::Closed),
                Ok(Ok(_)) => {}
                Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(Gone::Closed),
                Ok(Err(error)) => return Err(Gone::Io(error)),
            }
        }
    }

    /// The literal that the last frame asks for is not wanted: the client goes on with a new command.
    pub(crate) fn refuse_literal(&mut self) {
        self.framer.refuse_literal();
    }

    /// Whether the client has sent nothing that was not looked at.
    pub(crate) fn is_drained(&self) -> bool {
        self.framer.is_drained()
    }

    /// Says this; it is sent when enough has come together, or when the next frame is waited for.
    pub(crate) async fn send(&mut self, response: &Response) -> Result<(), Gone> {
        if self.conduct.is_none() {
            return self.write(&response.encode(self.names).bytes).await;
        }
        for response in self.shape(response.clone()) {
            self.write(&response.encode(self.names).bytes).await?;
        }
        Ok(())
    }

    /// What is said in place of a response that is not given to [`Wire::send`].
    pub(crate) fn shape(&mut self, response: Response) -> Vec<Response> {
        match &mut self.conduct {
            Some(conduct) => conduct.response(response),
            None => vec![response],
        }
    }

    pub(crate) fn conduct(&mut self) -> Option<&mut dyn Conduct> {
        match &mut self.conduct {
            Some(conduct) => Some(&mut **conduct),
            None => None,
        }
    }

    /// Forgets what has arrived and was not looked at. Only between commands.
    pub(crate) fn forget_input(&mut self) {
        self.framer = Framer::new(Direction::FromClient, self.framing.clone());
    }

    pub(crate) async fn send_all(&mut self, responses: &[Response]) -> Result<(), Gone> {
        for response in responses {
            self.send(response).await?;
        }
        Ok(())
    }

    /// A response whose streamed literals the caller brings, see [`Wire::write`].
    pub(crate) fn encode(&self, response: &Response) -> Encoded {
        response.encode(self.names)
    }

    /// Asks the client to go on.
    pub(crate) async fn ask(&mut self, text: &'static str) -> Result<(), Gone> {
        self.send(&Response::Continue(Continuation { text: Text::from_static(text) })).await
    }

    /// Octets of a response.
    pub(crate) async fn write(&mut self, octets: &[u8]) -> Result<(), Gone> {
        self.output.extend_from_slice(octets);
        if self.output.len() < OUTPUT_OCTETS { Ok(()) } else { self.flush().await }
    }

    /// Large octets of a response, which are not copied.
    pub(crate) async fn write_large(&mut self, octets: Bytes) -> Result<(), Gone> {
        if self.output.len() + octets.len() < OUTPUT_OCTETS {
            self.output.extend_from_slice(&octets);
            return Ok(());
        }
        self.flush().await?;
        let mut octets = octets;
        while !octets.is_empty() {
            let written = timeout(self.stall, self.stream.write_buf(&mut octets)).await;
            if written.map_err(|_| Gone::Stalled)?? == 0 {
                return Err(Gone::Io(io::ErrorKind::WriteZero.into()));
            }
        }
        Ok(())
    }

    /// Sends all that waits. Safe to cancel.
    pub(crate) async fn flush(&mut self) -> Result<(), Gone> {
        while !self.output.is_empty() {
            let written = timeout(self.stall, self.stream.write_buf(&mut self.output)).await;
            if written.map_err(|_| Gone::Stalled)?? == 0 {
                return Err(Gone::Io(io::ErrorKind::WriteZero.into()));
            }
        }
        timeout(self.stall, self.stream.flush()).await.map_err(|_| Gone::Stalled)??;
        Ok(())
    }

    /// Closes the sending side, and waits for a moment until the client has done the same: a connection that is closed
    /// with octets in it that nobody has read is reset, and the last words are lost.
    pub(crate) async fn close(mut self) {
        if self.flush().await.is_err()
            || !matches!(timeout(self.stall, self.stream.shutdown()).await, Ok(Ok(())))
        {
            return;
        }
        let mut noise = vec![0; 16 << 10];
        let rest = async { while let Ok(1..) = self.stream.read(&mut noise).await {} };
        let _ = timeout(LINGER, rest).await;
    }

    /// The stream under another layer. Nothing that was heard before is believed after.
    pub(crate) fn into_stream(self) -> Parts {
        (self.stream, self.ending, self.conduct)
    }
}

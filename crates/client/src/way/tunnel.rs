//! Programs whose input and output speak IMAP.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long a program may go on when its input is closed, before it is killed: as long as a person hardly notices, and
/// a program needs to say goodbye at the other end.
const GRACE: Duration = Duration::from_secs(1);
/// Octets of one line of its error output that are handed on.
const LINE_OCTETS: usize = 1024;
/// The last lines that an error tells.
const LINES: usize = 4;

/// Hears what a tunnel's program writes to its error output, line by line and without the line end.
type Listener = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// A program that is run for each connection, and whose standard input and output speak IMAP: `ssh host doveadm exec
/// imap`.
///
/// It belongs to the process group of this process, so that it can ask on the terminal, and a Ctrl-C there reaches it
/// as well: most programs end then, and the connection with them. When the connection is dropped or ends, its input
/// and output are closed; it is killed if it is still there a second later, and waited for in any case, so that it
/// does not stay as a zombie. That is the work of a task of the runtime; a runtime that ends kills it.
#[derive(Clone)]
pub struct Tunnel {
    program: OsString,
    arguments: Vec<OsString>,
    listener: Option<Listener>,
}

impl Tunnel {
    /// This program with these arguments, as they are.
    pub fn program(
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Self {
        let arguments = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        Self { program: program.as_ref().to_owned(), arguments, listener: None }
    }

    /// This command by the shell `sh`.
    pub fn shell(command: impl AsRef<OsStr>) -> Self {
        Self::program("sh", [OsStr::new("-c"), command.as_ref()])
    }

    /// Hands on what the program writes to its error output: a line at once, without its end, cut to 1 KiB. It is text
    /// from outside, to be shown escaped. Without this it is only remembered for an error.
    #[must_use]
    pub fn listen(mut self, listener: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Runs it.
    pub(super) fn open(&self) -> io::Result<TunnelStream> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let missing = || io::Error::other("a pipe of the program is missing");
        let input = child.stdin.take().ok_or_else(missing)?;
        let output = child.stdout.take().ok_or_else(missing)?;
        let errors = child.stderr.take().ok_or_else(missing)?;
        let said = Arc::<Said>::default();
        let (open, closed) = oneshot::channel();
        let (tell, end) = oneshot::channel();
        let listening = tokio::spawn(listen(errors, self.listener.clone(), Arc::clone(&said)));
        tokio::spawn(keep(child, listening, closed, tell, said));
        Ok(TunnelStream { input: Some(input), output, end: Some(end), open: Some(open) })
    }
}

impl fmt::Debug for Tunnel {
    /// A command line may hold anything, secrets too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel").field("program", &self.program).finish_non_exhaustive()
    }
}

/// A tunnel's program has ended, and the server had not said that it would.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TunnelEnded {
    /// How; `None` where the system does not say. One that has closed its output and goes on was killed.
    pub status: Option<ExitStatus>,
    /// The last lines of its error output, to be shown escaped and as a quotation.
    pub said: Vec<u8>,
}

impl fmt::Display for TunnelEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "the tunnel's program ended ({status})"),
            None => f.write_str("the tunnel's program ended"),
        }
    }
}

impl std::error::Error for TunnelEnded {}

/// The last lines of error output. Held for the length of one change.
#[derive(Default)]
struct Said(Mutex<VecDeque<Vec<u8>>>);

impl Said {
    fn push(&self, line: &[u8]) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    fn take(&self) -> Vec<u8> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(Vec::as_slice).collect::<Vec<_>>().join(&b'\n')
    }
}

/// Waits for the program, and ends it when nobody reads or writes any more: nothing is ever sent through `closed`.
async fn keep(
    mut child: Child,
    mut listening: JoinHandle<()>,
    closed: oneshot::Receiver<()>,
    tell: oneshot::Sender<TunnelEnded>,
    said: Arc<Said>,
) {
    let status = tokio::select! {
        status = child.wait() => status,
        _ = closed => match timeout(GRACE, child.wait()).await {
            Ok(status) => status,
            Err(_) => {
                let _ = child.start_kill();
                child.wait().await
            }
        },
    };
    // Its last words belong to its end. Somebody may have inherited the pipe, and say more.
    if timeout(GRACE, &mut listening).await.is_err() {
        listening.abort();
    }
    // Who has gone does not mind.
    let _ = tell.send(TunnelEnded { status: status.ok(), said: said.take() });
}

/// Reads lines to the end of the pipe. What is longer than a line may be is passed over.
async fn listen(mut errors: ChildStderr, listener: Option<Listener>, said: Arc<Said>) {
    let mut line = Vec::new();
    let mut buffer = [0; 1024];
    let hear = |line: &mut Vec<u8>| {
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if !line.is_empty() {
            said.push(line);
            if let Some(listener) = &listener {
                listener(line);
            }
        }
        line.clear();
    };
    while let Ok(read @ 1..) = errors.read(&mut buffer).await {
        for octet in &buffer[..read] {
            match octet {
                b'\n' => hear(&mut line),
                _ if line.len() < LINE_OCTETS => line.push(*octet),
                _ => {}
            }
        }
    }
    hear(&mut line);
}

/// Input and output of a running program.
pub(super) struct TunnelStream {
    input: Option<ChildStdin>,
    output: ChildStdout,
    end: Option<oneshot::Receiver<TunnelEnded>>,
    /// Dropped at the end of the output, or with the stream: that ends the program.
    open: Option<oneshot::Sender<()>>,
}

impl AsyncRead for TunnelStream {
    /// At its end, an error says how the program ended. One that has closed its output and goes on is at its end too:
    /// nobody waits for it.
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let room = buffer.remaining();
        if self.end.is_some() {
            ready!(Pin::new(&mut self.output).poll_read(cx, buffer))?;
        }
        if buffer.filled().len() > before || room == 0 {
            return Poll::Ready(Ok(()));
        }
        self.input = None;
        self.open = None;
        let Some(end) = &mut self.end else { return Poll::Ready(Ok(())) };
        let ended = ready!(Pin::new(end).poll(cx));
        self.end = None;
        let ended = ended.unwrap_or(TunnelEnded { status: None, said: Vec::new() });
        Poll::Ready(Err(io::Error::other(ended)))
    }
}

impl AsyncWrite for TunnelStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.input {
            Some(input) => Pin::new(input).poll_write(cx, octets),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.input {
            Some(input) => Pin::new(input).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(input) = &mut self.input {
            ready!(Pin::new(input).poll_flush(cx))?;
        }
        self.input = None;
        self.open = None;
        // It says goodbye at the other end, and is waited for.
        if let Some(end) = &mut self.end {
            let _ = ready!(Pin::new(end).poll(cx));
            self.end = None;
        }
        Poll::Ready(Ok(()))
    }
}

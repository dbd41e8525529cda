//! Where what is typed comes from: a terminal, a pipe, or the command line.
//!
//! Whoever reads lines blocks, on a person perhaps, so it does so on a thread of its own, one line each time it is
//! asked: what is behind that line in a pipe is left there.

use std::collections::VecDeque;
use std::io::{self, BufRead, Write as _};
use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::thread;

use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::known::Known;

/// Octets of one line that are read; more is no line that anybody types.
const MOST_LINE: u64 = 16 << 20;

/// What came of a question.
#[derive(Debug)]
pub(crate) enum Line {
    /// Without its end.
    Typed(Zeroizing<Vec<u8>>),
    /// Ctrl-C: what was typed does not count.
    Interrupted,
    /// There is no more.
    End,
    Failed(io::Error),
}

/// What is shown to whoever types, and what is known by then.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) prompt: String,
    pub(crate) echo: Echo,
    /// For completion.
    pub(crate) known: Arc<Known>,
}

/// Whether what is typed may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    On,
    /// It is a secret: it is not shown, and never kept.
    Off,
}

/// Reads lines, and blocks while it does.
pub(crate) trait LineReader: Send {
    /// Reads one line.
    fn read(&mut self, question: &Question) -> Line;

    /// An entry without any secret in it, for a history.
    fn remember(&mut self, _entry: &str) {}
}

/// A reader on its thread.
pub(crate) struct Lines {
    requests: blocking::Sender<Request>,
    lines: mpsc::UnboundedReceiver<Line>,
    asked: bool,
}

enum Request {
    Read(Question),
    Remember(String),
}

impl Lines {
    pub(crate) fn new(mut reader: impl LineReader + 'static) -> Self {
        let (requests, wanted) = blocking::channel();
        // As many lines as were asked for, and that is one.
        let (typed, lines) = mpsc::unbounded_channel();
        thread::spawn(move || {
            while let Ok(request) = wanted.recv() {
                match request {
                    Request::Remember(entry) => reader.remember(&entry),
                    Request::Read(question) => {
                        if typed.send(reader.read(&question)).is_err() {
                            return;
                        }
                    }
                }
            }
        });
        Self { requests, lines, asked: false }
    }

    /// Asks for a line, unless that was done before.
    pub(crate) fn ask(&mut self, question: Question) {
        if !std::mem::replace(&mut self.asked, true) {
            // If the thread is gone, that is what is heard next.
            let _ = self.requests.send(Request::Read(question));
        }
    }

    /// The line that was asked for. Can be dropped without losing it.
    pub(crate) async fn next(&mut self) -> Line {
        let line = self.lines.recv().await.unwrap_or(Line::End);
        self.asked = false;
        line
    }

    /// See [`LineReader::remember`].
    pub(crate) fn remember(&mut self, entry: &str) {
        let _ = self.requests.send(Request::Remember(entry.to_owned()));
    }
}

/// The texts of `--command`, one after the other.
pub(crate) struct Given(VecDeque<String>);

impl Given {
    pub(crate) fn new(texts: Vec<String>) -> Self {
        // A text may have several lines: a literal, say.
        Self(texts.iter().flat_map(|text| text.split('\n')).map(str::to_owned).collect())
    }
}

impl LineReader for Given {
    fn read(&mut self, _: &Question) -> Line {
        match self.0.pop_front() {
            Some(line) => Line::Typed(Zeroizing::new(line.into_bytes())),
            None => Line::End,
        }
    }
}

/// Standard input, which is no terminal.
pub(crate) struct Piped;

impl LineReader for Piped {
    fn read(&mut self, _: &Question) -> Line {
        read_line()
    }
}

/// A terminal, without an editor.
pub(crate) struct Plain;

impl LineReader for Plain {
    fn read(&mut self, question: &Question) -> Line {
        if question.echo == Echo::Off {
            return match rpassword::prompt_password(&question.prompt) {
                Ok(typed) => Line::Typed(Zeroizing::new(typed.into_bytes())),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => Line::Interrupted,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Line::End,
                Err(error) => Line::Failed(error),
            };
        }
        let mut stdout = io::stdout();
        let _ = stdout.write_all(question.prompt.as_bytes()).and_then(|()| stdout.flush());
        read_line()
    }
}

fn read_line() -> Line {
    let mut line = Zeroizing::new(Vec::new());
    match io::Read::take(io::stdin().lock(), MOST_LINE).read_until(b'\n', &mut line) {
        Ok(0) => Line::End,
        Ok(_) => {
            if line.ends_with(b"\n") {
                line.pop();
                if line.ends_with(b"\r") {
                    line.pop();
                }
            }
            Line::Typed(line)
        }
        Err(error) => Line::Failed(error),
    }
}

//! The dialogue of a connection, on its way to `--trace`, `--trace-file` and whoever shows how it began.

use std::fmt;
use std::fs::File;
use std::io::{self, Stderr, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tayori_client::{Observer, Shown};

use crate::cli::TraceOptions;
use crate::failure::Failure;
use crate::trace::{Piece, Side, Trace, TraceLine};

/// Writes every line as it is said. Secrets were cut out before they come here. Clones write to the same: a run may
/// connect more than once.
#[derive(Clone)]
pub(crate) struct Transcript(Arc<Mutex<Lines>>);

/// The transcript of a run, once there is one.
#[derive(Clone, Default)]
pub(crate) struct Begun(Arc<Mutex<Option<Transcript>>>);

/// Options are the same whatever was done with them.
impl PartialEq for Begun {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Begun {}

impl fmt::Debug for Begun {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Begun").finish_non_exhaustive()
    }
}

struct Lines {
    started: Instant,
    stderr: Option<Trace<Stderr>>,
    file: Option<Trace<File>>,
    first: Option<Trace<FirstLines>>,
}

impl Transcript {
    /// `None` when nobody asked for it. With options that have begun one already, it is that one: the file is new for
    /// the run, and what a second account or a second try says stands behind what was said before.
    pub(crate) fn open(options: &TraceOptions) -> Result<Option<Self>, Failure> {
        let mut begun = options.begun.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(begun) = &*begun {
            return Ok(Some(begun.clone()));
        }
        let file = options.file.as_deref().map(Trace::create).transpose()?;
        let stderr = options.stderr.then(Trace::stderr);
        if file.is_some() || stderr.is_some() {
            *begun = Some(Self::new(stderr, file, None));
        }
        Ok(begun.clone())
    }

    /// One that keeps the first lines, and what they can be taken from.
    pub(crate) fn first_lines(count: usize) -> (Self, FirstLines) {
        let lines = FirstLines(Arc::new(Mutex::new(Kept { missing: count, text: String::new() })));
        let first = Some(Trace::plain(lines.clone()));
        (Self::new(None, None, first), lines)
    }

    fn new(
        stderr: Option<Trace<Stderr>>,
        file: Option<Trace<File>>,
        first: Option<Trace<FirstLines>>,
    ) -> Self {
        Self(Arc::new(Mutex::new(Lines { started: Instant::now(), stderr, file, first })))
    }

    fn write(&self, from: Side, shown: &[Shown<'_>]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(from, shown);
    }
}

impl Lines {
    fn write(&mut self, from: Side, shown: &[Shown<'_>]) {
        let at = self.started.elapsed();
        let pieces: Vec<Piece<'_>> = shown
            .iter()
            .map(|shown| match *shown {
                Shown::Text(octets) => Piece::Text(octets),
                Shown::Secret => Piece::Secret,
                Shown::Literal { size, octets } => Piece::Literal { size, shown: octets },
            })
            .collect();
        let line = TraceLine { from, at, pieces: &pieces };
        // A transcript that cannot be written must not stop what it is a transcript of.
        if let Some(stderr) = &mut self.stderr {
            let _ = stderr.line(&line);
        }
        if let Some(file) = &mut self.file {
            let _ = file.line(&line);
        }
        if let Some(first) = &mut self.first
            && first.line(&line).is_err()
        {
            self.first = None;
        }
    }
}

impl Observer for Transcript {
    fn sent(&mut self, pieces: &[Shown<'_>]) {
        self.write(Side::Client, pieces);
    }

    fn received(&mut self, pieces: &[Shown<'_>]) {
        self.write(Side::Server, pieces);
    }
}

/// The first lines of a dialogue. Clones are the same lines.
#[derive(Clone)]
pub(crate) struct FirstLines(Arc<Mutex<Kept>>);

struct Kept {
    missing: usize,
    text: String,
}

impl FirstLines {
    /// What has been said so far, each line with its end.
    pub(crate) fn text(&self) -> String {
        self.kept().text.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes whole lines, as a [`Trace`] writes them, and fails when it has enough of them.
impl Write for FirstLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut kept = self.kept();
        kept.missing = kept.missing.checked_sub(1).ok_or(io::ErrorKind::WriteZero)?;
        kept.text += &String::from_utf8_lossy(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_lines_are_kept_and_no_secret() {
        let (mut transcript, lines) = Transcript::first_lines(2);
        assert_eq!(lines.text(), "");
        transcript.received(&[Shown::Text(b"* OK ready\r\n")]);
        transcript.sent(&[Shown::Text(b"A1 LOGIN ann "), Shown::Secret, Shown::Text(b"\r\n")]);
        for _ in 0..3 {
            transcript.received(&[Shown::Text(b"* OK more\r\n")]);
        }
        let text = lines.text();
        let said: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once(' ')?.1)).collect();
        assert_eq!(said, ["S: * OK ready", "C: A1 LOGIN ann ***"]);
    }
}

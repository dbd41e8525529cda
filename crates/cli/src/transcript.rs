//! The dialogue of a connection, on its way to `--trace` and `--trace-file`.

use std::fs::File;
use std::io::Stderr;
use std::time::Instant;

use tayori_client::{Observer, Shown};

use crate::cli::TraceOptions;
use crate::failure::Failure;
use crate::trace::{Piece, Side, Trace, TraceLine};

/// Writes every line as it is said. Secrets were cut out before they come here.
pub(crate) struct Transcript {
    started: Instant,
    stderr: Option<Trace<Stderr>>,
    file: Option<Trace<File>>,
}

impl Transcript {
    /// `None` when nobody asked for it.
    pub(crate) fn open(options: &TraceOptions) -> Result<Option<Self>, Failure> {
        let file = options.file.as_deref().map(Trace::create).transpose()?;
        let stderr = options.stderr.then(Trace::stderr);
        if file.is_none() && stderr.is_none() {
            return Ok(None);
        }
        Ok(Some(Self { started: Instant::now(), stderr, file }))
    }

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

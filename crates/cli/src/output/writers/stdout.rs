//! One message, to whoever reads our output.

use std::io::Write;
use std::path::PathBuf;

use super::{Kept, Label, Settled, Writer};
use crate::output::{OutputError, Piped};

/// Writes to stdout, or whatever `W` is. A second message behind the first could not be told from its end, so there is
/// none: it is refused.
pub(crate) struct ToStdout<W> {
    out: Option<Piped<W>>,
    octets: u64,
    hasher: blake3::Hasher,
    finished: Option<Settled>,
}

impl<W: Write> ToStdout<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out: Some(Piped::new(out)), octets: 0, hasher: blake3::Hasher::new(), finished: None }
    }
}

impl<W: Write + Send> Writer for ToStdout<W> {
    fn write(&mut self, octets: &[u8]) -> Result<(), OutputError> {
        let out = self.out.as_mut().ok_or(OutputError::StdoutUsed)?;
        if let Err(error) = out.write(octets) {
            // Some of them may be out.
            self.out = None;
            return Err(error);
        }
        self.hasher.update(octets);
        self.octets += octets.len() as u64;
        Ok(())
    }

    fn finish(&mut self, label: Label) -> Result<(), OutputError> {
        self.out.take().ok_or(OutputError::StdoutUsed)?.finish()?;
        let kept = Kept {
            path: PathBuf::from("-"),
            octets: self.octets,
            blake3: self.hasher.finalize(),
            span: None,
        };
        self.finished = Some(Settled { uid: label.uid, outcome: Ok(kept) });
        Ok(())
    }

    fn abandon(&mut self) {
        if self.octets > 0 {
            // What was written cannot be taken back.
            self.out = None;
        }
    }

    fn is_full(&self) -> bool {
        self.finished.is_some()
    }

    fn settle(&mut self) -> Vec<Settled> {
        self.finished.take().into_iter().collect()
    }
}

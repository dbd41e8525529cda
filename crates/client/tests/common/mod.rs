//! What tests of the client share.

use std::io;

use tayori_client::{Body, BodySink};

/// Keeps every body that has ended, and what came of one that has not.
#[derive(Debug, Default)]
pub(crate) struct Bodies {
    pub(crate) whole: Vec<Vec<u8>>,
    pub(crate) coming: Option<Vec<u8>>,
    pub(crate) largest_piece: usize,
}

impl BodySink for Bodies {
    fn begin(&mut self, _: &Body) -> io::Result<()> {
        assert!(self.coming.is_none(), "a body begins within another");
        self.coming = Some(Vec::new());
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.largest_piece = self.largest_piece.max(octets.len());
        self.coming.as_mut().expect("a body has begun").extend_from_slice(octets);
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.whole.push(self.coming.take().expect("a body has begun"));
        Ok(())
    }
}

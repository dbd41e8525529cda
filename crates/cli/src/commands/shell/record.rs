//! The dialogue so far as text, without secrets: what `.save` writes.

use tayori_proto::transcript::{Side, Writer};

/// Octets of the text that are kept. A dialogue that is longer is kept up to the end of a command before this.
const MOST: usize = 16 << 20;

/// What stands for a secret. No server takes it for what it stands for.
pub(crate) const MASK: &str = "***";
/// The same where base64 is expected.
pub(crate) const MASK_IN_BASE64: &str = "Kioq";

/// The dialogue of one connection, or of several one after the other.
#[derive(Debug, Default)]
pub(crate) struct Record {
    text: Writer,
    /// Up to here, each command has its answer.
    settled: usize,
    cut: bool,
}

impl Record {
    /// A line of the client that begins a command, with its end.
    pub(crate) fn command(&mut self, line: &[u8]) {
        if !self.is_full() {
            self.text.line(Side::Client, line);
        }
    }

    /// Octets of the client that go on with a command.
    pub(crate) fn client(&mut self, octets: &[u8]) {
        if !self.is_full() {
            self.text.octets(Side::Client, octets);
        }
    }

    /// A line of the server.
    pub(crate) fn server_line(&mut self, line: &[u8]) {
        if !self.is_full() {
            self.text.line(Side::Server, line);
        }
    }

    /// Octets of a literal of the server.
    pub(crate) fn server_literal(&mut self, octets: &[u8]) {
        if !self.is_full() {
            self.text.octets(Side::Server, octets);
        }
    }

    /// No command waits for its answer.
    pub(crate) fn settle(&mut self) {
        if !self.cut {
            self.settled = self.text.as_str().len();
        }
    }

    /// The text, and whether something is missing at its end.
    pub(crate) fn text(&self) -> (&str, Complete) {
        match self.cut {
            true => (&self.text.as_str()[..self.settled], Complete::UpToTheBound),
            false => (self.text.as_str(), Complete::Whole),
        }
    }

    fn is_full(&mut self) -> bool {
        self.cut |= self.text.as_str().len() > MOST;
        self.cut
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Complete {
    Whole,
    /// The first part of it; see [`MOST`].
    UpToTheBound,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_dialogue_is_kept_up_to_an_answer() {
        let mut record = Record::default();
        record.command(b"a1 FETCH 1 BODY[]\r\n");
        record.server_line(b"a1 OK done\r\n");
        record.settle();
        let settled = record.text().0.to_owned();
        assert_eq!(settled, "C: a1 FETCH 1 BODY[]\nS: a1 OK done\n");
        record.command(b"a2 FETCH 2 BODY[]\r\n");
        for _ in 0..MOST / 1000 + 1 {
            record.server_literal(&[b'x'; 1000]);
        }
        record.server_line(b"a2 OK done\r\n");
        record.settle();
        assert_eq!(record.text(), (&settled[..], Complete::UpToTheBound));
    }
}

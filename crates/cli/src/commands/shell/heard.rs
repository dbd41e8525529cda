//! What the server says, put together from what the framer cuts: lines for the eye, literals for whoever opens them.

use bytes::{Bytes, BytesMut};
use tayori_proto::wire::{Frame, Then};

/// Octets of literals that are kept of one command, for `.open`.
const MOST_KEPT: usize = 1 << 20;
/// Octets of one literal that are kept.
const MOST_OF_ONE: usize = 256 << 10;
/// Literals of one command that are kept, so that many empty ones do not add up.
const MOST_LITERALS: usize = 10_000;

/// One response, complete.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HeardResponse {
    /// Its lines without their ends and without the literals: `{388}` stands where one was.
    pub(crate) text: Vec<u8>,
    /// All of it, where no literal was too large to be kept.
    pub(crate) whole: Option<Bytes>,
    /// It was above the limits: only its beginning is in the text, and no piece of it was seen.
    pub(crate) passed_over: bool,
}

/// A literal, or as much of it as is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptLiteral {
    pub(crate) size: u64,
    pub(crate) octets: BytesMut,
}

/// What one frame brought, for a transcript that has all of it.
pub(crate) enum Piece<'a> {
    /// A line, or a part of one, with its end.
    Line(&'a [u8]),
    /// Octets of a literal.
    Literal(&'a [u8]),
}

/// Puts responses together.
#[derive(Debug, Default)]
pub(crate) struct Hearing {
    text: Vec<u8>,
    /// Parts of the response were handed out without being kept.
    streamed: bool,
    kept: Vec<KeptLiteral>,
    /// The literal that is being heard is not kept: there were too many before it.
    left_out: bool,
    octets: usize,
}

impl Hearing {
    /// Takes a frame; `each` sees all of it, piece by piece. Gives the response that it completes.
    pub(crate) fn frame(&mut self, frame: &Frame, mut each: impl FnMut(Piece<'_>)) -> Option<HeardResponse> {
        match frame {
            Frame::Piece { bytes, literals, then } => {
                let mut at = 0;
                for literal in literals {
                    self.line(&bytes[at..literal.start], &mut each);
                    each(Piece::Literal(&bytes[literal.clone()]));
                    self.begin_literal(literal.len() as u64);
                    self.keep(&bytes[literal.clone()]);
                    at = literal.end;
                }
                self.line(&bytes[at..], &mut each);
                match then {
                    Then::End => {
                        let whole = (!std::mem::take(&mut self.streamed)).then(|| bytes.clone());
                        return Some(HeardResponse {
                            text: std::mem::take(&mut self.text),
                            whole,
                            passed_over: false,
                        });
                    }
                    Then::Literal { size, .. } => {
                        self.streamed = true;
                        self.begin_literal(*size);
                    }
                }
            }
            Frame::Chunk { bytes, .. } => {
                each(Piece::Literal(bytes));
                self.keep(bytes);
            }
            Frame::Overlong { head } => {
                self.streamed = false;
                self.text.clear();
                let text = [head, &b" ... (a response above the limits, passed over)"[..]].concat();
                return Some(HeardResponse { text, whole: None, passed_over: true });
            }
            _ => {}
        }
        None
    }

    /// The literals since the last command began.
    pub(crate) fn literals(&self) -> &[KeptLiteral] {
        &self.kept
    }

    /// Another command begins: the literals of the one before it are not needed any more.
    pub(crate) fn forget_literals(&mut self) {
        self.kept.clear();
        self.octets = 0;
    }

    fn line(&mut self, line: &[u8], each: &mut impl FnMut(Piece<'_>)) {
        if line.is_empty() {
            return;
        }
        each(Piece::Line(line));
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        self.text.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
    }

    fn begin_literal(&mut self, size: u64) {
        self.left_out = self.kept.len() >= MOST_LITERALS;
        if !self.left_out {
            self.kept.push(KeptLiteral { size, octets: BytesMut::new() });
        }
    }

    fn keep(&mut self, octets: &[u8]) {
        if let Some(literal) = self.kept.last_mut().filter(|_| !self.left_out) {
            let room = (MOST_KEPT - self.octets).min(MOST_OF_ONE.saturating_sub(literal.octets.len()));
            let octets = &octets[..octets.len().min(room)];
            literal.octets.extend_from_slice(octets);
            self.octets += octets.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use tayori_proto::Limits;
    use tayori_proto::wire::{Direction, Framer};

    use super::*;

    /// What is heard of these octets: the lines, the literals, and all octets that were handed on.
    fn heard(octets: &[u8], inline: usize) -> (Vec<String>, Vec<(u64, usize)>, Vec<u8>) {
        let mut limits = Limits::default();
        limits.inline_literal_octets = inline;
        let mut framer = Framer::new(Direction::FromServer, limits);
        framer.feed(octets);
        let (mut hearing, mut lines, mut all) = (Hearing::default(), Vec::new(), Vec::new());
        while let Some(frame) = framer.next_frame().unwrap() {
            let response = hearing.frame(&frame, |piece| match piece {
                Piece::Line(octets) | Piece::Literal(octets) => all.extend_from_slice(octets),
            });
            if let Some(response) = response {
                lines.push(String::from_utf8_lossy(&response.text).into_owned());
            }
        }
        let kept = hearing.literals().iter().map(|literal| (literal.size, literal.octets.len())).collect();
        (lines, kept, all)
    }

    #[test]
    fn literals_are_folded_whether_they_were_kept_or_streamed() {
        let said = b"* OK hi\r\n* 1 FETCH (A {3}\r\na\r\n B {0}\r\n C {4}\r\nabcd)\r\na1 OK {3}\r\n";
        for inline in [0, 3, 100] {
            let (lines, kept, all) = heard(said, inline);
            assert_eq!(lines, ["* OK hi", "* 1 FETCH (A {3} B {0} C {4})", "a1 OK {3}"], "{inline}");
            assert_eq!(kept, [(3, 3), (0, 0), (4, 4)], "{inline}");
            assert_eq!(all, said, "{inline}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let literal = format!("* 1 FETCH (A {{{}}}\r\n{})\r\n", 300_000, "x".repeat(300_000));
        let (_, kept, _) = heard(literal.repeat(6).as_bytes(), 0);
        assert_eq!(kept.len(), 6);
        assert!(kept.iter().all(|(size, octets)| *size == 300_000 && *octets <= MOST_OF_ONE));
        assert_eq!(kept.iter().map(|(_, octets)| octets).sum::<usize>(), MOST_KEPT);
    }

    /// Those of a whole mailbox, say: what is not kept is not taken for a part of the last that is.
    #[test]
    fn many_small_literals_are_kept_up_to_a_bound() {
        let literal = "* 1 FETCH (A {3}\r\nabc)\r\n";
        let (_, kept, _) = heard(literal.repeat(MOST_LITERALS + 2).as_bytes(), 0);
        assert_eq!(kept, vec![(3, 3); MOST_LITERALS]);
    }
}

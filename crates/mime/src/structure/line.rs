//! The line that is being read: where it is, how it ends, and its beginning if it may be a boundary.

/// A line of a message, fed in any pieces; keeps only what may be a boundary.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Offset of its first octet in the message.
    pub(super) start: u64,
    /// Octets of the line end in front of it: 0 at the beginning of the message, else 1 or 2.
    pub(super) end_before: u64,
    /// Its octets so far, without LF.
    octets: u64,
    last: Option<u8>,
    /// Its octets so far, if it begins with `--`, is not too long for a boundary and has no more than white space
    /// behind them.
    head: Vec<u8>,
    is_candidate: bool,
}

impl Line {
    pub(super) fn first() -> Self {
        Self { is_candidate: true, ..Self::default() }
    }

    /// A piece of the line, without its LF. At most `longest` octets of it are kept.
    pub(super) fn add(&mut self, piece: &[u8], longest: usize) {
        self.octets += piece.len() as u64;
        self.last = piece.last().copied().or(self.last);
        if !self.is_candidate || piece.is_empty() {
            return;
        }
        let kept = piece.len().min(longest.saturating_sub(self.head.len()));
        let (kept, rest) = piece.split_at(kept);
        // Most lines fail here, by their first octet, before anything is copied.
        if self.head.is_empty() && piece[0] != b'-' || !rest.iter().all(|&octet| is_padding(octet)) {
            self.is_candidate = false;
            return;
        }
        self.head.extend_from_slice(kept);
        self.is_candidate = self.head[..self.head.len().min(2)].iter().all(|&octet| octet == b'-');
    }

    /// Whether it is a blank line, which ends a header.
    pub(super) fn is_blank(&self) -> bool {
        self.octets == 0 || (self.octets == 1 && self.last == Some(b'\r'))
    }

    /// What stands behind the `--` of a line that may be a boundary, without white space at its end.
    pub(super) fn delimiter(&self) -> Option<&[u8]> {
        let text = self.head.strip_prefix(b"--").filter(|_| self.is_candidate)?;
        let padding = text.iter().rev().take_while(|&&octet| is_padding(octet)).count();
        Some(&text[..text.len() - padding])
    }

    /// Goes on to the line behind its LF, which begins at this offset.
    pub(super) fn next(&mut self, start: u64) {
        self.end_before = if self.last == Some(b'\r') { 2 } else { 1 };
        self.start = start;
        self.octets = 0;
        self.last = None;
        self.head.clear();
        self.is_candidate = true;
    }
}

/// White space that mail systems add behind a boundary (RFC 2046 section 5.1.1, transport-padding), and the CR of the
/// line end.
fn is_padding(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r')
}

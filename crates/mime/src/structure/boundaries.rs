//! The boundaries of the multiparts that are being read.

use std::collections::HashMap;

/// Boundaries by their text, so that a line costs the same however many are open.
#[derive(Debug, Default)]
pub(super) struct Boundaries {
    /// The levels that have this boundary, ascending. Broken mail uses one twice; the innermost counts.
    levels: HashMap<Vec<u8>, Vec<usize>>,
    longest: usize,
}

/// What a line is that names a boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hit {
    /// `--boundary`: a part of the multipart at this level begins.
    Delimiter(usize),
    /// `--boundary--`: the last part of the multipart at this level has ended.
    Close(usize),
}

impl Boundaries {
    /// Adds the boundary of a multipart inside all that are there.
    pub(super) fn open(&mut self, boundary: &[u8], level: usize) {
        self.longest = self.longest.max(boundary.len());
        self.levels.entry(boundary.to_vec()).or_default().push(level);
    }

    /// Forgets the boundaries of this level and those inside it.
    pub(super) fn close_from(&mut self, level: usize) {
        self.levels.retain(|_, levels| {
            levels.retain(|&other| other < level);
            !levels.is_empty()
        });
        self.longest = self.levels.keys().map(Vec::len).max().unwrap_or(0);
    }

    pub(super) fn close_all(&mut self) {
        *self = Self::default();
    }

    /// Octets at the beginning of a line that decide what it is.
    pub(super) fn line_octets(&self) -> usize {
        if self.levels.is_empty() { 0 } else { self.longest + "----".len() }
    }

    /// Reads what stands behind the `--` of a line, without white space at its end.
    ///
    /// RFC 2046 section 5.1.1 would let any text follow a boundary; here nothing may, as everywhere in practice: of two
    /// boundaries one is often the beginning of the other.
    pub(super) fn find(&self, delimiter: &[u8]) -> Option<Hit> {
        let innermost = |boundary: &[u8]| self.levels.get(boundary)?.last().copied();
        let begins = innermost(delimiter);
        let closes = delimiter.strip_suffix(b"--").and_then(innermost);
        match (begins, closes) {
            (Some(begins), closes) if closes < Some(begins) => Some(Hit::Delimiter(begins)),
            (_, closes) => closes.map(Hit::Close),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_boundary_counts() {
        let mut boundaries = Boundaries::default();
        for (level, boundary) in ["a", "a--", "b", "a"].into_iter().enumerate() {
            boundaries.open(boundary.as_bytes(), level);
        }
        assert_eq!(boundaries.find(b"a"), Some(Hit::Delimiter(3)));
        assert_eq!(boundaries.find(b"a--"), Some(Hit::Close(3)));
        assert_eq!(boundaries.find(b"a----"), Some(Hit::Close(1)));
        assert_eq!(boundaries.find(b"b--"), Some(Hit::Close(2)));
        assert_eq!(boundaries.find(b"bc"), None);
        assert_eq!(boundaries.find(b""), None);
        boundaries.close_from(2);
        assert_eq!(boundaries.find(b"b"), None);
        assert_eq!(boundaries.find(b"a"), Some(Hit::Delimiter(0)));
        assert_eq!(boundaries.find(b"a--"), Some(Hit::Delimiter(1)));
        assert_eq!(boundaries.line_octets(), 7);
        boundaries.close_all();
        assert_eq!(boundaries.line_octets(), 0);
    }
}

//! Lines of a file, of which never more than one bounded line is held.

use std::io::{self, BufRead as _, BufReader, Read};

/// The longest line that is read or written, in octets without its end. The longest mailbox name that a server may
/// send, escaped, and a path fit in several times.
pub(super) const MOST_LINE: usize = 64 * 1024;

/// Reads lines one after the other.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    text: Vec<u8>,
    number: u64,
    /// Where the next line begins.
    place: u64,
}

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: u64,
    /// Octets in front of it.
    pub(super) begin: u64,
    /// Without its end; none if it is longer than [`MOST_LINE`].
    pub(super) text: Option<&'a [u8]>,
    /// Whether a newline stands at its end, as on all lines but a torn last one.
    pub(super) ended: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(MOST_LINE, input), text: Vec::new(), number: 0, place: 0 }
    }

    /// The next line; none at the end of the file.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.text.clear();
        let begin = self.place;
        if self.read_piece()? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let mut ended = self.text.pop_if(|octet| *octet == b'\n').is_some();
        let fits = self.text.len() <= MOST_LINE;
        while !ended && !fits {
            self.text.clear();
            if self.read_piece()? == 0 {
                break;
            }
            ended = self.text.ends_with(b"\n");
        }
        Ok(Some(Line { number: self.number, begin, text: fits.then_some(&self.text[..]), ended }))
    }

    /// Reads up to the end of the line, or one octet more than fits.
    fn read_piece(&mut self) -> io::Result<usize> {
        let read = self.input.by_ref().take(MOST_LINE as u64 + 1).read_until(b'\n', &mut self.text)?;
        self.place += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &[u8], expected: &[(Option<&[u8]>, bool)]) {
        let mut lines = Lines::new(input);
        let begins = [0]
            .into_iter()
            .chain(input.iter().zip(1..).filter(|(octet, _)| **octet == b'\n').map(|(_, end)| end));
        for ((number, begin), (text, ended)) in (1..).zip(begins).zip(expected) {
            assert_eq!(lines.next().unwrap(), Some(Line { number, begin, text: *text, ended: *ended }));
        }
        assert_eq!(lines.next().unwrap(), None);
        assert!(lines.text.capacity() <= 2 * MOST_LINE);
    }

    #[test]
    fn lines_ends_and_bounds() {
        check(b"", &[]);
        check(b"\n", &[(Some(b""), true)]);
        check(b"a", &[(Some(b"a"), false)]);
        check(b"a\nb", &[(Some(b"a"), true), (Some(b"b"), false)]);
        check(b"a\r\n\n\xff\n", &[(Some(b"a\r"), true), (Some(b""), true), (Some(b"\xff"), true)]);
        let longest = vec![b'x'; MOST_LINE];
        let with_end = |line: &[u8]| [line, b"\nb"].concat();
        check(&with_end(&longest), &[(Some(&longest), true), (Some(b"b"), false)]);
        check(&with_end(&[&longest[..], b"x"].concat()), &[(None, true), (Some(b"b"), false)]);
        check(&with_end(&longest.repeat(5)), &[(None, true), (Some(b"b"), false)]);
        check(&longest.repeat(5), &[(None, false)]);
    }
}

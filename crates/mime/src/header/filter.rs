//! The header with some of its fields: `HEADER.FIELDS` and `HEADER.FIELDS.NOT` (RFC 9051 section 6.4.5.1).

use std::collections::HashSet;
use std::sync::Arc;

use tayori_proto::types::Text;

/// Which fields of a header are wanted.
///
/// Names match whole, without regard to the case of ASCII letters. White space in front of the colon, which obsolete
/// mail has, is no part of a name. Cloning is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderFilter {
    names: Arc<Names>,
    keep: Keep,
}

#[derive(Debug, PartialEq, Eq)]
struct Names {
    /// In lower case.
    names: HashSet<Vec<u8>>,
    longest: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    Named,
    NotNamed,
}

impl HeaderFilter {
    /// Keeps these fields: `HEADER.FIELDS`.
    pub fn only(names: &[Text]) -> Self {
        Self::new(names, Keep::Named)
    }

    /// Keeps all but these fields: `HEADER.FIELDS.NOT`.
    pub fn all_but(names: &[Text]) -> Self {
        Self::new(names, Keep::NotNamed)
    }

    fn new(names: &[Text], keep: Keep) -> Self {
        let names: HashSet<_> = names.iter().map(|name| name.as_bytes().to_ascii_lowercase()).collect();
        let longest = names.iter().map(Vec::len).max().unwrap_or(0);
        Self { names: Arc::new(Names { names, longest }), keep }
    }

    /// The wanted fields of a header as they are, folding included, in their order, and the blank line behind them if
    /// the header has it.
    pub fn apply(&self, header: &[u8]) -> Vec<u8> {
        let mut kept = Vec::new();
        let mut sifter = self.sifter();
        sifter.feed(header, &mut kept);
        sifter.finish(&mut kept);
        kept
    }

    /// The same for a header that comes in pieces.
    pub fn sifter(&self) -> FieldSifter {
        FieldSifter { filter: self.clone(), keeps_field: self.keeps(None), line: Line::Name(Vec::new()) }
    }

    fn keeps(&self, name: Option<&[u8]>) -> bool {
        let named = name.is_some_and(|name| {
            let name = name.trim_ascii_end();
            name.len() <= self.names.longest && self.names.names.contains(&name.to_ascii_lowercase())
        });
        named == (self.keep == Keep::Named)
    }
}

/// Applies a [`HeaderFilter`] to a header that comes in pieces of any size; holds the name of one field.
///
/// Call [`feed`](Self::feed) until the header ends, then [`finish`](Self::finish). What follows the blank line is
/// passed over.
#[derive(Debug)]
pub struct FieldSifter {
    filter: HeaderFilter,
    /// Whether the field is kept that a continuation line would belong to.
    keeps_field: bool,
    line: Line,
}

/// White space in front of a colon that is looked past; mail has one space there, if any.
const BLANKS: usize = 64;

#[derive(Debug)]
enum Line {
    /// The line up to here; it may become a name.
    Name(Vec<u8>),
    /// The rest of a line that is kept.
    Kept,
    /// The rest of a line that is not.
    Dropped,
    /// Behind the blank line.
    Over,
}

impl FieldSifter {
    /// Appends what is wanted of these octets to `kept`.
    pub fn feed(&mut self, octets: &[u8], kept: &mut Vec<u8>) {
        let mut rest = octets;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |index| index + 1);
            let (piece, next) = rest.split_at(end);
            rest = next;
            if matches!(self.line, Line::Over) {
                return;
            }
            self.piece(piece, kept);
        }
    }

    /// Appends what was held back; to be called at the end of the header.
    pub fn finish(&mut self, kept: &mut Vec<u8>) {
        if let Line::Name(start) = std::mem::replace(&mut self.line, Line::Over)
            && self.filter.keeps(None)
        {
            kept.extend_from_slice(&start);
        }
    }

    /// A piece of a line, which ends with it if it ends with LF.
    fn piece(&mut self, piece: &[u8], kept: &mut Vec<u8>) {
        let ends = piece.last() == Some(&b'\n');
        if let Line::Name(start) = &mut self.line {
            let room = self.filter.names.longest + BLANKS;
            let colon = memchr::memchr(b':', piece);
            let head = &piece[..colon.unwrap_or(piece.len())];
            start.extend_from_slice(head);
            let blank = ends && (start == b"\n" || start == b"\r\n");
            let is_folded = matches!(start.first(), Some(b' ' | b'\t'));
            if blank {
                kept.extend_from_slice(start);
                self.line = Line::Over;
                return;
            }
            if !is_folded && colon.is_none() && !ends && start.len() <= room {
                return;
            }
            if !is_folded {
                let name = (colon.is_some() && start.len() <= room).then_some(&start[..]);
                self.keeps_field = self.filter.keeps(name);
            }
            if self.keeps_field {
                kept.extend_from_slice(start);
                kept.extend_from_slice(&piece[head.len()..]);
            }
            self.line = if self.keeps_field { Line::Kept } else { Line::Dropped };
        } else if matches!(self.line, Line::Kept) {
            kept.extend_from_slice(piece);
        }
        if ends {
            self.line = Line::Name(Vec::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "From: a\r\nX-From: b\r\nTo: c,\r\n d\r\n\te\r\nno field\r\n f\r\nfrom : g\r\n\r\n";

    #[track_caller]
    fn check(filter: &HeaderFilter, header: &str, expected: &str) {
        for size in [1, 2, 3, 7, header.len().max(1)] {
            let (mut sifter, mut kept) = (filter.sifter(), Vec::new());
            header.as_bytes().chunks(size).for_each(|piece| sifter.feed(piece, &mut kept));
            sifter.finish(&mut kept);
            assert_eq!(String::from_utf8(kept).unwrap(), expected, "in pieces of {size}");
        }
    }

    fn names(names: &[&str]) -> Vec<Text> {
        names.iter().map(|&name| name.into()).collect()
    }

    #[test]
    fn fields_by_name() {
        let from = HeaderFilter::only(&names(&["FROM", "none"]));
        check(&from, HEADER, "From: a\r\nfrom : g\r\n\r\n");
        check(&HeaderFilter::only(&names(&["to"])), HEADER, "To: c,\r\n d\r\n\te\r\n\r\n");
        check(&HeaderFilter::only(&names(&["no field", "", "f"])), HEADER, "\r\n");
        check(&from, "From: a", "From: a");
        check(&from, "From", "");
        check(&from, "\nFrom: a\n", "\n");
        check(&from, " From: a\nFrom:b\n\nFrom:c\n", "From:b\n\n");
        check(&from, "", "");
    }

    #[test]
    fn fields_by_exclusion() {
        let not = HeaderFilter::all_but(&names(&["from", "TO"]));
        check(&not, HEADER, "X-From: b\r\nno field\r\n f\r\n\r\n");
        check(&not, " a\nFrom: b\nc", " a\nc");
        let long = format!("{}: a\n", "x".repeat(1000));
        check(&not, &long, &long);
        let blanks = format!("From{}: a\n", " ".repeat(1000));
        check(&not, &blanks, &blanks);
    }
}

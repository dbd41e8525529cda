//! Tokens of structured header fields (RFC 5322 section 3.2), from an unfolded value that may be broken.

/// Reads a value from its beginning to its end.
///
/// What is opened and never closed is no comment and no quoted string but text, so that one stray character does not
/// swallow the rest of the field. Once that is known of a kind, it is not looked for again, which keeps time linear.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexer<'a> {
    rest: &'a [u8],
    closable: Closable,
}

/// Whether an opening character of each kind may still have its closing one.
#[derive(Clone, Copy, Debug)]
struct Closable {
    comment: bool,
    quoted: bool,
    literal: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(value: &'a [u8]) -> Self {
        Self { rest: value, closable: Closable { comment: true, quoted: true, literal: true } }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(super) fn skip(&mut self, octets: usize) {
        self.rest = &self.rest[octets.min(self.rest.len())..];
    }

    /// Reads this character, if it is next.
    pub(super) fn try_octet(&mut self, octet: u8) -> bool {
        let found = self.peek() == Some(octet);
        self.skip(usize::from(found));
        found
    }

    /// Reads up to the first octet that ends it, which may be none at all.
    pub(super) fn until(&mut self, ends: impl Fn(u8) -> bool) -> &'a [u8] {
        let octets = self.rest.iter().position(|&octet| ends(octet)).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(octets);
        self.rest = rest;
        text
    }

    /// Reads white space.
    pub(super) fn blanks(&mut self) -> bool {
        !self.until(|octet| !is_blank(octet)).is_empty()
    }

    /// Reads white space and comments.
    pub(super) fn blanks_and_comments(&mut self) {
        while self.blanks() || self.try_comment().is_some() {}
    }

    /// Reads a comment: its text without the outer parentheses, quoted pairs resolved.
    pub(super) fn try_comment(&mut self) -> Option<Vec<u8>> {
        if self.peek() != Some(b'(') || !self.closable.comment {
            return None;
        }
        let mut text = Vec::new();
        let mut depth = 0_usize;
        let mut octets = self.rest.iter().enumerate();
        while let Some((index, &octet)) = octets.next() {
            match octet {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.skip(index + 1);
                return Some(text);
            }
            match octet {
                b'\\' => text.extend(octets.next().map(|(_, &octet)| octet)),
                _ if index > 0 => text.push(octet),
                _ => {}
            }
        }
        self.closable.comment = false;
        None
    }

    /// Reads a quoted string: its text without the quotes, quoted pairs resolved.
    pub(super) fn try_quoted(&mut self) -> Option<Vec<u8>> {
        if self.peek() != Some(b'"') || !self.closable.quoted {
            return None;
        }
        let mut text = Vec::new();
        let mut octets = self.rest.iter().enumerate().skip(1);
        while let Some((index, &octet)) = octets.next() {
            match octet {
                b'"' => {
                    self.skip(index + 1);
                    return Some(text);
                }
                b'\\' => text.extend(octets.next().map(|(_, &octet)| octet)),
                _ => text.push(octet),
            }
        }
        self.closable.quoted = false;
        None
    }

    /// Reads a domain literal with its brackets.
    pub(super) fn try_literal(&mut self) -> Option<&'a [u8]> {
        if self.peek() != Some(b'[') || !self.closable.literal {
            return None;
        }
        match memchr::memchr(b']', self.rest) {
            Some(end) => {
                let (text, rest) = self.rest.split_at(end + 1);
                self.rest = rest;
                Some(text)
            }
            None => {
                self.closable.literal = false;
                None
            }
        }
    }
}

pub(super) fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_closed_is_text() {
        for (value, rest) in
            [(" (a(b)\\)c) x", "x"), ("(a", "(a"), ("(a)(b", "(b"), ("(a\\)", "(a\\)"), ("\t() \"", "\"")]
        {
            let mut lexer = Lexer::new(value.as_bytes());
            lexer.blanks_and_comments();
            assert_eq!(lexer.rest(), rest.as_bytes(), "{value:?}");
        }
        assert_eq!(Lexer::new(b"(a(b)\\)c)").try_comment(), Some(b"a(b))c".to_vec()));
        assert_eq!(Lexer::new(br#""a\"b""#).try_quoted(), Some(b"a\"b".to_vec()));
        assert_eq!(Lexer::new(br#""a\""#).try_quoted(), None);
        assert_eq!(Lexer::new(b"[::1]x").try_literal(), Some(&b"[::1]"[..]));
        assert_eq!(Lexer::new(b"[::1").try_literal(), None);
    }
}

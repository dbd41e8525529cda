use std::ops::Range;

use bytes::Bytes;

use crate::limits::{ENTRIES, REPAIRS};
use crate::quirk::{Quirk, Repair};
use crate::types::Text;

use super::scan::{is_atom_octet, leading_number};

/// Reads tokens from one whole response or command, its literals included.
///
/// `try_` readers may find something else and then have not moved; `expect_` readers must find what they name, and
/// an error leaves the position at the offending octet. Texts share the buffer.
pub(crate) struct Cursor<'a> {
    bytes: &'a Bytes,
    /// The same, at hand.
    octets: &'a [u8],
    /// `pos <= octets.len()`.
    pos: usize,
    /// Open lists, bounded by `nesting`.
    depth: usize,
    nesting: usize,
    /// Entries of lists read so far, bounded by [`ENTRIES`].
    entries: usize,
    /// No quoted string that begins in this range ends. Looking again at each quote would take quadratic time: a quote
    /// that could have ended a later string would have ended the first one.
    unclosed: Range<usize>,
    /// Neither a backslash nor a line feed stands between these offsets. It is looked for anew only behind them, or in
    /// front.
    clear: Range<usize>,
    /// Whether a backslash in front of a quote that could end a value is data. See
    /// [`Cursor::with_stray_backslashes`].
    stray_backslashes: bool,
    /// Whether a quote in front of a comma ends a string. See [`Cursor::with_commas`].
    commas: bool,
    /// Whether a tab is a blank, and a blank may be missing where its place is plain. See [`Cursor::of_response`].
    lenient: bool,
    /// At most [`REPAIRS`].
    repairs: Vec<Repair>,
}

/// What was expected, and where in the response or command it is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// In octets from the start of the response or command.
    pub(crate) offset: usize,
    pub(crate) expected: &'static str,
}

/// A string of a response or command.
#[derive(Clone)]
pub(crate) enum Stretch {
    /// It stands there as it is, between these offsets.
    Here(Range<usize>),
    /// It is put together from what stands there.
    Made(Vec<u8>),
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a Bytes, nesting: usize) -> Self {
        Self {
            bytes,
            octets: bytes,
            pos: 0,
            depth: 0,
            nesting,
            entries: 0,
            unclosed: 0..0,
            clear: 0..0,
            stray_backslashes: false,
            commas: false,
            lenient: false,
            repairs: Vec::new(),
        }
    }

    /// The same for what a server says: it cannot be told to say it better.
    pub(crate) fn of_response(bytes: &'a Bytes, nesting: usize) -> Self {
        Self { lenient: true, ..Self::new(bytes, nesting) }
    }

    /// Moves to an offset that [`Cursor::pos`] gave, to read again or to skip.
    pub(crate) fn seek(&mut self, pos: usize) {
        self.pos = pos.min(self.octets.len());
    }

    /// Reports a widening of the grammar that was needed at this place.
    pub(crate) fn repaired(&mut self, quirk: Quirk) {
        self.repaired_at(quirk, self.pos);
    }

    /// The same for an earlier place.
    pub(crate) fn repaired_at(&mut self, quirk: Quirk, offset: usize) {
        if self.repairs.len() < REPAIRS {
            self.repairs.push(Repair { quirk, offset });
        }
    }

    /// Counts one entry of a list; fails when the response has too many.
    ///
    /// An empty address is two octets on the wire and more than a hundred in memory: without this bound, a line
    /// within its limit could cost a gigabyte.
    #[inline]
    pub(crate) fn entry(&mut self) -> Result<(), Syntax> {
        if self.entries >= ENTRIES {
            return Err(self.expected("fewer entries in one response"));
        }
        self.entries += 1;
        Ok(())
    }

    /// Counts something that costs as much memory as several entries do.
    pub(crate) fn entries_of(&mut self, count: usize) -> Result<(), Syntax> {
        self.entry()?;
        self.entries += count.saturating_sub(1);
        Ok(())
    }

    /// What was repaired so far.
    pub(crate) fn take_repairs(&mut self) -> Vec<Repair> {
        std::mem::take(&mut self.repairs)
    }

    /// Runs a reader one level deeper; fails at the nesting limit instead of going on.
    pub(crate) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Syntax>,
    ) -> Result<T, Syntax> {
        if self.depth >= self.nesting {
            return Err(self.expected("less deeply nested parentheses"));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Entries counted so far.
    pub(crate) fn entries(&self) -> usize {
        self.entries
    }

    /// Goes back to a count from [`Cursor::entries`], when what was read since then is dropped.
    pub(crate) fn forget_entries(&mut self, entries: usize) {
        self.entries = entries.min(self.entries);
    }

    /// Runs a reader for which `\"` ends a string where a value can end: some servers cut a text behind the backslash
    /// of an escape. Only for a second look, when the first one, by the grammar, has failed.
    pub(crate) fn with_stray_backslashes<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.stray_backslashes = true;
        self.unclosed = 0..0;
        let result = read(self);
        self.stray_backslashes = false;
        self.unclosed = 0..0;
        result
    }

    /// Runs a reader for which a comma may stand behind a string, as [`Cursor::skip_comma`] has it. Only for a second
    /// look, too.
    pub(crate) fn with_commas<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.commas = true;
        self.unclosed = 0..0;
        let result = read(self);
        self.commas = false;
        self.unclosed = 0..0;
        result
    }

    /// Consumes a comma behind a value, [where one may stand](Cursor::with_commas).
    pub(crate) fn skip_comma(&mut self) {
        let start = self.pos;
        if self.commas && self.try_byte(b',') {
            self.repaired_at(Quirk::IdCommas, start);
        }
    }

    /// The octet at the position is consumed if it is this one.
    pub(crate) fn try_byte(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.pos += usize::from(found);
        found
    }

    /// These octets, if they stand here.
    #[inline(always)]
    pub(crate) fn try_octets(&mut self, octets: &[u8]) -> bool {
        let found = self.rest().starts_with(octets);
        self.pos += if found { octets.len() } else { 0 };
        found
    }

    pub(crate) fn expect_byte(&mut self, byte: u8, expected: &'static str) -> Result<(), Syntax> {
        if self.try_byte(byte) { Ok(()) } else { Err(self.expected(expected)) }
    }

    /// One or more blanks; more than one is a repair. In a response, so is none beside a quote or a parenthesis.
    #[inline]
    pub(crate) fn expect_sp(&mut self) -> Result<(), Syntax> {
        if let [b' ', next, ..] = self.rest()
            && *next != b' '
        {
            self.pos += 1;
            return Ok(());
        }
        self.expect_odd_sp()
    }

    #[cold]
    fn expect_odd_sp(&mut self) -> Result<(), Syntax> {
        match self.skip_blanks() {
            0 if self.lenient && self.is_edge() => {
                self.repaired(Quirk::MissingBlank);
                Ok(())
            }
            0 => Err(self.expected("a blank")),
            1 => Ok(()),
            _ => {
                self.repaired(Quirk::ExtraBlanks);
                Ok(())
            }
        }
    }

    /// Whether one value ends here and another one begins, without a blank between them.
    fn is_edge(&self) -> bool {
        let ends = matches!(self.last(), Some(b'"' | b')'));
        match self.peek() {
            Some(b'"' | b'(') => true,
            Some(octet) => ends && (is_atom_octet(octet) || octet == b'{'),
            None => false,
        }
    }

    /// Skips blanks and says how many there were. In a response, a tab is one, and a repair.
    pub(crate) fn skip_blanks(&mut self) -> usize {
        let start = self.pos;
        loop {
            match self.peek() {
                Some(b' ') => {}
                Some(b'\t') if self.lenient => self.repaired(Quirk::Tab),
                _ => return self.pos - start,
            }
            self.pos += 1;
        }
    }

    /// Skips blanks that the grammar does not have; any is a repair.
    pub(crate) fn skip_stray_blanks(&mut self) {
        if self.skip_blanks() > 0 {
            self.repaired(Quirk::ExtraBlanks);
        }
    }

    /// Consumes this word, in any case, if it stands here and ends here.
    #[inline]
    pub(crate) fn try_word(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let first = |octets: &[u8]| octets.first().map(u8::to_ascii_uppercase);
        // Mostly something else stands here, and that is told by one octet.
        let found = first(rest) == first(word.as_bytes())
            && rest.len() >= word.len()
            && rest[..word.len()].eq_ignore_ascii_case(word.as_bytes())
            && !rest.get(word.len()).is_some_and(|&octet| is_atom_octet(octet));
        if found {
            self.pos += word.len();
        }
        found
    }

    /// An atom as wide as [`is_atom_octet`] allows; never empty.
    pub(crate) fn expect_atom(&mut self, expected: &'static str) -> Result<Bytes, Syntax> {
        let start = self.pos;
        self.expect_atom_octets(expected)?;
        Ok(self.since(start))
    }

    /// The same without a share in the buffer.
    pub(crate) fn expect_atom_octets(&mut self, expected: &'static str) -> Result<&'a [u8], Syntax> {
        let atom = self.octets_while(is_atom_octet);
        if atom.is_empty() { Err(self.expected(expected)) } else { Ok(atom) }
    }

    /// The longest run of octets for which `allowed` holds; may be empty.
    pub(crate) fn take_while(&mut self, allowed: impl Fn(u8) -> bool) -> Bytes {
        let start = self.pos;
        self.octets_while(allowed);
        self.since(start)
    }

    /// The same without a share in the buffer.
    pub(crate) fn octets_while(&mut self, allowed: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|&octet| !allowed(octet)).unwrap_or(rest.len());
        self.pos += length;
        &rest[..length]
    }

    /// Exactly so many octets, or up to the end.
    pub(crate) fn take(&mut self, length: usize) -> Bytes {
        let end = self.pos.saturating_add(length).min(self.octets.len());
        let taken = self.bytes.slice(self.pos..end);
        self.pos = end;
        taken
    }

    /// A string: quoted, literal or literal8, if one stands here.
    pub(crate) fn try_string(&mut self) -> Result<Option<Text>, Syntax> {
        let found = self.try_stretch()?;
        Ok(found.map(|stretch| self.text(stretch)))
    }

    /// The string as text, which shares the buffer where it can.
    pub(crate) fn text(&self, stretch: Stretch) -> Text {
        match stretch {
            Stretch::Here(range) => self.bytes.slice(range).into(),
            Stretch::Made(octets) => octets.into(),
        }
    }

    /// The octets of the string.
    pub(crate) fn octets<'b>(&self, stretch: &'b Stretch) -> &'b [u8]
    where
        'a: 'b,
    {
        match stretch {
            Stretch::Here(range) => &self.octets[range.clone()],
            Stretch::Made(octets) => octets,
        }
    }

    /// A string as [`Cursor::try_string`] finds it, without a share in the buffer.
    pub(crate) fn try_stretch(&mut self) -> Result<Option<Stretch>, Syntax> {
        match self.peek() {
            Some(b'"') => self.expect_quoted().map(Some),
            Some(b'{') => self.expect_literal().map(Some),
            Some(b'~') if self.rest().get(1) == Some(&b'{') => {
                self.pos += 1;
                self.expect_literal().map(Some)
            }
            _ => Ok(None),
        }
    }

    pub(crate) fn expect_string(&mut self, expected: &'static str) -> Result<Text, Syntax> {
        self.try_string()?.ok_or_else(|| self.expected(expected))
    }

    /// A string or an atom.
    pub(crate) fn expect_astring(&mut self, expected: &'static str) -> Result<Text, Syntax> {
        match self.try_string()? {
            Some(text) => Ok(text),
            None => self.expect_atom(expected).map(Text::from),
        }
    }

    /// `"..."` with `\"` and `\\`. A quote ends the string only where a value can end; elsewhere it is taken as data.
    fn expect_quoted(&mut self) -> Result<Stretch, Syntax> {
        let start = self.pos + 1;
        if self.unclosed.contains(&start) {
            return Err(Syntax { offset: self.unclosed.end, expected: "the closing quote" });
        }
        let mut end = start;
        let mut escaped = false;
        let behind;
        loop {
            let stop = memchr::memchr3(b'"', b'\\', b'\n', &self.octets[end..]).map(|index| end + index);
            let Some(stop) = stop else {
                self.unclosed = start..self.octets.len();
                return Err(Syntax { offset: self.octets.len(), expected: "the closing quote" });
            };
            let next = self.octets.get(stop + 1).copied();
            match self.octets[stop] {
                b'"' if ends_value(next) || (self.commas && next == Some(b',')) => {
                    end = stop;
                    behind = stop + 1;
                    break;
                }
                b'"' => {
                    self.repaired_at(Quirk::UnescapedQuote, stop);
                    end = stop + 1;
                }
                b'\\'
                    if self.stray_backslashes
                        && next == Some(b'"')
                        && ends_value(self.octets.get(stop + 2).copied()) =>
                {
                    self.repaired_at(Quirk::StrayBackslash, stop);
                    end = stop;
                    behind = stop + 2;
                    break;
                }
                b'\\' if matches!(next, Some(b'"' | b'\\')) => {
                    escaped = true;
                    end = stop + 2;
                }
                // A backslash in front of anything else is not an escape in RFC 9051; it is kept as it came.
                b'\\' => end = stop + 1,
                // The framer lets a line feed in only behind a carriage return or inside a literal.
                _ => {
                    self.unclosed = start..stop;
                    return Err(Syntax { offset: stop, expected: "the closing quote" });
                }
            }
        }
        self.pos = behind;
        if !escaped {
            return Ok(Stretch::Here(start..end));
        }
        let mut text = Vec::with_capacity(end - start);
        let mut octets = self.octets[start..end].iter().copied().peekable();
        while let Some(octet) = octets.next() {
            let escapes = octet == b'\\' && matches!(octets.peek(), Some(b'"' | b'\\'));
            text.push(if escapes { octets.next().unwrap_or(octet) } else { octet });
        }
        Ok(Stretch::Made(text))
    }

    /// `{n}` CRLF and n octets; the framer has seen to it that they are here.
    fn expect_literal(&mut self) -> Result<Stretch, Syntax> {
        self.expect_byte(b'{', "a literal")?;
        let size = self.expect_number64("the size of a literal")?;
        self.try_byte(b'+');
        self.expect_byte(b'}', "`}`")?;
        self.expect_line_end()?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size > self.rest().len() {
            return Err(Syntax { offset: self.octets.len(), expected: "the octets of a literal" });
        }
        self.pos += size;
        Ok(Stretch::Here(self.pos - size..self.pos))
    }

    /// Digits, up to 2^64 - 1.
    #[inline]
    pub(crate) fn expect_number64(&mut self, expected: &'static str) -> Result<u64, Syntax> {
        if let Some(octets) = self.rest().first_chunk()
            && let (number, length @ 1..8) = leading_number(octets)
        {
            self.pos += length;
            return Ok(number.into());
        }
        self.expect_long_number(expected)
    }

    fn expect_long_number(&mut self, expected: &'static str) -> Result<u64, Syntax> {
        let start = self.pos;
        let digits = self.octets_while(|octet| octet.is_ascii_digit());
        let digit = |octet: &u8| u64::from(octet - b'0');
        let number = match digits.len() {
            // So many nines fit, and nothing has to be looked at on the way.
            ..=19 => Some(digits.iter().fold(0_u64, |sum, octet| sum * 10 + digit(octet))),
            _ => digits.iter().try_fold(0_u64, |sum, octet| sum.checked_mul(10)?.checked_add(digit(octet))),
        };
        match number {
            Some(number) if !digits.is_empty() => Ok(number),
            _ => Err(Syntax { offset: start, expected }),
        }
    }

    /// Digits, up to 2^32 - 1.
    pub(crate) fn expect_number(&mut self, expected: &'static str) -> Result<u32, Syntax> {
        let start = self.pos;
        let number = self.expect_number64(expected)?;
        u32::try_from(number).map_err(|_| {
            self.pos = start;
            self.expected(expected)
        })
    }

    /// CRLF, or a bare LF.
    pub(crate) fn expect_line_end(&mut self) -> Result<(), Syntax> {
        self.try_byte(b'\r');
        self.expect_byte(b'\n', "the end of the line")
    }

    /// Whether nothing but the line end is left.
    pub(crate) fn at_line_end(&self) -> bool {
        matches!(self.rest(), [] | b"\n" | b"\r\n")
    }

    /// Moves behind one value of any form: atom, string, literal or list, without understanding it.
    ///
    /// Lists are walked without recursion, so depth costs nothing. Fails only where the response ends too early.
    pub(crate) fn skip_value(&mut self) -> Result<(), Syntax> {
        self.skip_closing(0).map_err(|_| self.expected("a value"))
    }

    /// Moves behind the value in which `open` lists are open; with 0, behind one value.
    ///
    /// Where the octets end first, the error is the number of lists that are then open.
    pub(crate) fn skip_closing(&mut self, mut open: usize) -> Result<(), usize> {
        loop {
            match self.peek() {
                None => return Err(open),
                Some(b'\r' | b'\n') if self.at_line_end() || open == 0 => return Err(open),
                Some(b'(') => {
                    open += 1;
                    self.pos += 1;
                }
                Some(b')') => {
                    if open == 0 {
                        return Err(open);
                    }
                    open -= 1;
                    self.pos += 1;
                }
                Some(b' ' | b'\t') => {
                    self.pos += 1;
                    continue;
                }
                Some(b'"') => {
                    let start = self.pos;
                    let known = self.repairs.len();
                    if self.expect_quoted().is_err() {
                        self.repairs.truncate(known);
                        self.pos = start + 1;
                    }
                }
                Some(b'{' | b'~') => {
                    let start = self.pos;
                    if !matches!(self.try_string(), Ok(Some(_))) {
                        self.pos = start + 1;
                    }
                }
                Some(_) => {
                    self.pos += 1;
                    self.octets_while(|octet| {
                        !matches!(octet, b' ' | b'\t' | b'(' | b')' | b'"' | b'\r' | b'\n')
                    });
                }
            }
            if open == 0 {
                return Ok(());
            }
        }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.octets.get(self.pos).copied()
    }

    /// The octet in front of the position.
    pub(crate) fn last(&self) -> Option<u8> {
        self.pos.checked_sub(1).and_then(|index| self.octets.get(index)).copied()
    }

    pub(crate) fn pos(&self) -> usize {
        self.pos
    }

    /// Counts so many entries, if they are within the bound.
    pub(crate) fn try_entries(&mut self, count: usize) -> bool {
        let fits = self.entries + count <= ENTRIES;
        if fits {
            self.entries += count;
        }
        fits
    }

    /// Moves behind octets that were looked at; never behind the end.
    pub(crate) fn advance(&mut self, octets: usize) {
        self.seek(self.pos.saturating_add(octets));
    }

    pub(super) fn bytes(&self) -> &'a Bytes {
        self.bytes
    }

    /// All octets up to the first backslash or line feed that does not stand in front of the position.
    pub(super) fn clear_octets(&mut self) -> &'a [u8] {
        if !self.clear.contains(&self.pos) {
            let length = memchr::memchr2(b'\\', b'\n', self.rest()).unwrap_or(self.rest().len());
            self.clear = self.pos..self.pos + length;
        }
        &self.octets[..self.clear.end]
    }

    /// What is not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.octets[self.pos..]
    }

    /// The octets from an earlier position to this one.
    pub(crate) fn since(&self, start: usize) -> Bytes {
        self.bytes.slice(start.min(self.pos)..self.pos)
    }

    /// The rest of the line, without its end.
    pub(crate) fn rest_of_line(&mut self) -> Bytes {
        let rest = self.rest();
        let length = rest
            .strip_suffix(b"\n")
            .map_or(rest.len(), |line| line.strip_suffix(b"\r").unwrap_or(line).len());
        self.take(length)
    }

    pub(crate) fn expected(&self, expected: &'static str) -> Syntax {
        Syntax { offset: self.pos, expected }
    }
}

/// Whether a quoted string may end in front of this octet.
const fn ends_value(next: Option<u8>) -> bool {
    matches!(next, None | Some(b' ' | b'\t' | b')' | b'(' | b']' | b'\r' | b'\n' | b'{'))
}

use std::ops::Range;

use bytes::Bytes;

use crate::types::Text;

use super::cursor::Cursor;
use super::scan::{find_quote, leading_number};

/// Reads what stands there by the letter of the grammar and as almost all servers write it.
///
/// Everything else is `None`, which says nothing: the [`Cursor`] from which this reader was taken has not moved, and
/// looks closer. What was read counts once the cursor [accepts](Cursor::accept) it.
pub(crate) struct Plain<'a> {
    bytes: &'a Bytes,
    /// Up to the first backslash or line feed, behind which strings are not plain.
    octets: &'a [u8],
    at: usize,
    /// Entries of lists read so far.
    pub(crate) entries: usize,
}

impl<'a> Cursor<'a> {
    /// Whether what is plain may be read as such; always, unless a test wants to see what the other readers find.
    #[inline(always)]
    pub(crate) fn reads_plain(&self) -> bool {
        !is_off()
    }

    /// From where the cursor stands.
    pub(crate) fn plain(&mut self) -> Plain<'a> {
        let octets = if is_off() { &[] } else { self.clear_octets() };
        Plain { bytes: self.bytes(), octets, at: self.pos(), entries: 0 }
    }

    /// What such a reader may look at.
    #[inline]
    pub(crate) fn plain_octets(&mut self) -> &'a [u8] {
        if is_off() { &[] } else { self.clear_octets().get(self.pos()..).unwrap_or_default() }
    }

    /// Moves to where the plain reader has come, if the entries that it has read are within the bound.
    pub(crate) fn accept(&mut self, plain: &Plain<'a>) -> Option<()> {
        if !self.try_entries(plain.entries) {
            return None;
        }
        self.seek(plain.at);
        Some(())
    }
}

impl Plain<'_> {
    /// Exactly this octet.
    #[inline(always)]
    pub(crate) fn byte(&mut self, byte: u8) -> Option<()> {
        self.try_byte(byte).then_some(())
    }

    /// This octet, if it stands here.
    #[inline(always)]
    pub(crate) fn try_byte(&mut self, byte: u8) -> bool {
        if self.octets.get(self.at) != Some(&byte) {
            return false;
        }
        self.at += 1;
        true
    }

    /// `NIL`, if it stands here. What stands behind it is for the next one to see.
    #[inline(always)]
    pub(crate) fn try_nil(&mut self) -> bool {
        let found = matches!(self.rest(), [b'N' | b'n', b'I' | b'i', b'L' | b'l', ..]);
        if found {
            self.at += 3;
        }
        found
    }

    /// A string in quotes, without a backslash or a quote in it. It shares the buffer.
    #[inline]
    pub(crate) fn string(&mut self) -> Option<Text> {
        let range = self.string_range()?;
        Some(self.bytes.slice(range).into())
    }

    /// The same or `NIL`.
    #[inline]
    pub(crate) fn nstring(&mut self) -> Option<Option<Text>> {
        let range = self.nstring_range()?;
        Some(range.map(|range| self.bytes.slice(range).into()))
    }

    /// Where such a string or `NIL` stands, without a share in the buffer.
    #[inline(always)]
    pub(crate) fn nstring_range(&mut self) -> Option<Option<Range<usize>>> {
        if self.octets.get(self.at) == Some(&b'"') {
            return self.string_range().map(Some);
        }
        self.try_nil().then_some(None)
    }

    #[inline(always)]
    fn string_range(&mut self) -> Option<Range<usize>> {
        let [b'"', inside @ ..] = self.rest() else { return None };
        let length = find_quote(inside)?;
        let start = self.at + 1;
        self.at = start + length + 1;
        Some(start..start + length)
    }

    /// A number of up to seven digits.
    #[inline]
    pub(crate) fn number(&mut self) -> Option<u32> {
        let (number, length @ 1..8) = leading_number(self.rest().first_chunk()?) else { return None };
        self.at += length;
        Some(number)
    }

    /// Whether what comes next is a blank or `)`.
    pub(crate) fn at_value_end(&self) -> bool {
        matches!(self.octets.get(self.at), Some(b' ' | b')'))
    }

    #[inline(always)]
    fn rest(&self) -> &[u8] {
        self.octets.get(self.at..).unwrap_or_default()
    }
}

/// Whether a test wants to see what the other readers find.
#[cfg(not(test))]
const fn is_off() -> bool {
    false
}

#[cfg(test)]
thread_local! {
    static OFF: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

#[cfg(test)]
fn is_off() -> bool {
    OFF.get()
}

/// Runs this with plain readers that find nothing.
#[cfg(test)]
pub(crate) fn without_plain<T>(read: impl FnOnce() -> T) -> T {
    OFF.set(true);
    let result = read();
    OFF.set(false);
    result
}

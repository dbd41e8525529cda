use std::ops::Range;

use tayori_mime::{FieldSifter, HeaderFilter, Location};
use tayori_proto::types::{Partial, Section};

use crate::command::read;
use crate::connection::{Failure, Wire};
use crate::store::{Message, StoreError};

/// A text of a message: where its octets are, and how many.
pub(super) struct Source {
    text: Text,
    /// Which octets of the text.
    range: Range<u64>,
}

enum Text {
    /// Octets of the message from here on.
    From(u64),
    /// Some fields of a header.
    Fields { header: Range<u64>, filter: HeaderFilter },
}

impl Source {
    /// The text of a section; `None` where the message has no such section.
    pub(super) async fn find(message: &impl Message, section: &Section) -> Result<Option<Self>, StoreError> {
        // The whole needs no look at its structure.
        let location = if section.is_full() {
            Some(Location::Octets(0..message.size()))
        } else {
            message.structure().await?.locate(section)
        };
        Ok(match location {
            None => None,
            Some(Location::Octets(range)) => {
                let size = range.end.saturating_sub(range.start);
                Some(Self { text: Text::From(range.start), range: 0..size })
            }
            Some(Location::Fields { header, filter }) => {
                // A header can be as large as a message may be, so it is read twice rather than kept: the size has to be
                // said first.
                let mut size = 0;
                let mut fields = Sifting::new(&header, &filter);
                while let Some(kept) = fields.next(message).await? {
                    size += kept.len() as u64;
                }
                Some(Self { text: Text::Fields { header, filter }, range: 0..size })
            }
            // No other kind of place is known here.
            Some(_) => None,
        })
    }

    /// A part of it (RFC 9051 section 6.4.5, `<origin.length>`); behind its end there is nothing.
    pub(super) fn part(self, partial: Partial) -> Self {
        let start = u64::from(partial.origin).min(self.range.end);
        let end = start.saturating_add(u64::from(partial.length.get())).min(self.range.end);
        Self { range: start..end, ..self }
    }

    /// In octets.
    pub(super) fn size(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Sends the text, exactly as many octets as its size.
    pub(super) async fn send(self, message: &impl Message, wire: &mut Wire) -> Result<(), Failure> {
        let Self { text, range } = self;
        match text {
            Text::From(start) => {
                let mut at = start + range.start;
                let end = start + range.end;
                while at < end {
                    let octets = read(message, at..end).await?;
                    at += octets.len() as u64;
                    wire.write_large(octets).await?;
                }
                Ok(())
            }
            Text::Fields { header, filter } => {
                let mut at = 0;
                let mut fields = Sifting::new(&header, &filter);
                while let Some(kept) = fields.next(message).await? {
                    let (start, end) = (at, at + kept.len() as u64);
                    at = end;
                    // Both are offsets within a piece, which is in memory.
                    let from = (range.start.clamp(start, end) - start) as usize;
                    let to = (range.end.clamp(start, end) - start) as usize;
                    wire.write(kept.get(from..to).unwrap_or_default()).await?;
                }
                Ok(())
            }
        }
    }
}

/// The wanted fields of a header, piece by piece.
struct Sifting {
    sifter: FieldSifter,
    left: Range<u64>,
    kept: Vec<u8>,
    finished: bool,
}

impl Sifting {
    fn new(header: &Range<u64>, filter: &HeaderFilter) -> Self {
        Self { sifter: filter.sifter(), left: header.clone(), kept: Vec::new(), finished: false }
    }

    /// The next piece, perhaps empty; `None` at the end.
    async fn next(&mut self, message: &impl Message) -> Result<Option<&[u8]>, StoreError> {
        self.kept.clear();
        if self.finished {
            return Ok(None);
        }
        if self.left.is_empty() {
            self.sifter.finish(&mut self.kept);
            self.finished = true;
        } else {
            let octets = read(message, self.left.clone()).await?;
            self.left.start += octets.len() as u64;
            self.sifter.feed(&octets, &mut self.kept);
        }
        Ok(Some(&self.kept))
    }
}

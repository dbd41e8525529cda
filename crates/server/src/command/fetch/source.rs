use std::ops::Range;

use tayori_mime::{FieldSifter, HeaderFilter, Location, TransferDecoder, TransferEncoding};
use tayori_proto::types::{PartPath, Partial, Section};

use crate::command::read;
use crate::connection::{Failure, Gone, Wire};
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
    /// What a body is without its transfer encoding.
    Decoded { body: Range<u64>, encoding: TransferEncoding, holds_nul: bool },
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
                // A header can be as large as a message may be, so it is read twice rather than kept: the size has to
                // be said first.
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

    /// A part without its transfer encoding (RFC 9051 section 6.4.5.1, RFC 3516 section 4.2); `None` where the message
    /// has no such part, or it cannot be decoded. It is decoded twice rather than kept: the size has to be said first.
    pub(super) async fn decode(message: &impl Message, path: &PartPath) -> Result<Option<Self>, StoreError> {
        let structure = message.structure().await?;
        let Some(part) = structure.part(path) else { return Ok(None) };
        let Some(encoding) = TransferEncoding::named(part.encoding()) else { return Ok(None) };
        let body = part.body();
        let (mut size, mut holds_nul) = (0, false);
        let mut decoding = Decoding::new(&body, encoding);
        while let Some(decoded) = decoding.next(message).await? {
            size += decoded.len() as u64;
            holds_nul |= decoded.contains(&0);
        }
        Ok(Some(Self { text: Text::Decoded { body, encoding, holds_nul }, range: 0..size }))
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

    /// Sends the beginning of a row, which ends with the announcement of this text. One with NUL is announced as
    /// `literal8` (RFC 9051 section 4.3.1).
    pub(super) async fn announce(&self, row: &[u8], wire: &mut Wire) -> Result<(), Gone> {
        let announcement = match &self.text {
            Text::Decoded { holds_nul: true, .. } => row.iter().rposition(|octet| *octet == b'{'),
            _ => None,
        };
        let Some(at) = announcement else { return wire.write(row).await };
        wire.write(&row[..at]).await?;
        wire.write(b"~").await?;
        wire.write(&row[at..]).await
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
                    wire.write(within(&range, at, kept)).await?;
                    at += kept.len() as u64;
                }
                Ok(())
            }
            Text::Decoded { body, encoding, .. } => {
                let mut at = 0;
                let mut decoding = Decoding::new(&body, encoding);
                while let Some(decoded) = decoding.next(message).await?
                    && at < range.end
                {
                    wire.write(within(&range, at, decoded)).await?;
                    at += decoded.len() as u64;
                }
                Ok(())
            }
        }
    }
}

/// What is wanted of a piece of a text that begins at this offset.
fn within<'a>(range: &Range<u64>, start: u64, piece: &'a [u8]) -> &'a [u8] {
    let end = start + piece.len() as u64;
    // Both are offsets within the piece, which is in memory.
    let from = (range.start.clamp(start, end) - start) as usize;
    let to = (range.end.clamp(start, end) - start) as usize;
    piece.get(from..to).unwrap_or_default()
}

/// A body without its transfer encoding, piece by piece.
struct Decoding {
    /// `None` at the end.
    decoder: Option<TransferDecoder>,
    left: Range<u64>,
    decoded: Vec<u8>,
}

impl Decoding {
    fn new(body: &Range<u64>, encoding: TransferEncoding) -> Self {
        Self { decoder: Some(TransferDecoder::new(encoding)), left: body.clone(), decoded: Vec::new() }
    }

    /// The next piece, perhaps empty; `None` at the end.
    async fn next(&mut self, message: &impl Message) -> Result<Option<&[u8]>, StoreError> {
        self.decoded.clear();
        if self.left.is_empty() {
            let Some(decoder) = self.decoder.take() else { return Ok(None) };
            decoder.finish(&mut self.decoded);
        } else if let Some(decoder) = &mut self.decoder {
            let octets = read(message, self.left.clone()).await?;
            self.left.start += octets.len() as u64;
            decoder.feed(&octets, &mut self.decoded);
        }
        Ok(Some(&self.decoded))
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

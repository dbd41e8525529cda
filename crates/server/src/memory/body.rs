use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use tayori_mime::{Limits, Structure, StructureParser};
use tokio::sync::OnceCell;

/// The octets of a message, in pieces as they came. Clones share them.
#[derive(Clone)]
pub(super) struct Body(Arc<Inner>);

struct Inner {
    /// None of them empty, each with the offset at which it begins; ascending.
    pieces: Vec<(u64, Bytes)>,
    size: u64,
    structure: OnceCell<Arc<Structure>>,
}

impl Body {
    pub(super) fn new(pieces: Vec<Bytes>) -> Self {
        let mut size = 0;
        let pieces = pieces
            .into_iter()
            .filter(|piece| !piece.is_empty())
            .map(|piece| {
                let start = size;
                size += piece.len() as u64;
                (start, piece)
            })
            .collect();
        Self(Arc::new(Inner { pieces, size, structure: OnceCell::new() }))
    }

    pub(super) fn size(&self) -> u64 {
        self.0.size
    }

    /// Octets from the start of the range, as many as one piece holds of it.
    pub(super) fn read(&self, range: &Range<u64>) -> Bytes {
        let behind = self.0.pieces.partition_point(|(start, _)| *start <= range.start);
        let Some((start, piece)) = behind.checked_sub(1).and_then(|index| self.0.pieces.get(index)) else {
            return Bytes::new();
        };
        // Both are offsets within a piece, which is in memory.
        let from = (range.start - start).min(piece.len() as u64) as usize;
        let to = (range.end.saturating_sub(*start)).min(piece.len() as u64) as usize;
        piece.slice(from..to.max(from))
    }

    pub(super) async fn structure(&self) -> Arc<Structure> {
        let made = self.0.structure.get_or_init(|| async {
            let mut parser = StructureParser::new(Limits::default());
            for (_, piece) in &self.0.pieces {
                parser.feed(piece);
                // A huge message must not keep the other connections waiting.
                tokio::task::yield_now().await;
            }
            Arc::new(parser.finish())
        });
        made.await.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_piece_by_piece() {
        let body = Body::new(["abc", "", "d", "efgh"].map(Bytes::from).to_vec());
        assert_eq!(body.size(), 8);
        for start in 0..8 {
            for end in start + 1..=8 {
                let mut read = Vec::new();
                while read.len() < end - start {
                    let octets = body.read(&(start as u64 + read.len() as u64..end as u64));
                    assert!(!octets.is_empty(), "{start}..{end}");
                    read.extend_from_slice(&octets);
                }
                assert_eq!(read, b"abcdefgh"[start..end]);
            }
        }
    }
}

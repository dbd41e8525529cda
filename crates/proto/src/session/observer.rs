/// Sees the dialogue of a session as it happens, for a transcript.
///
/// Secrets never reach it: they were cut out where they were encoded.
pub trait Observer: Send {
    /// Octets are about to be sent: one command, or one part of it.
    fn sent(&mut self, pieces: &[Shown<'_>]);
    /// A response, or one part of it, has been received.
    fn received(&mut self, pieces: &[Shown<'_>]);
}

/// A piece of what was sent or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown<'a> {
    /// Octets of lines, with their line ends.
    Text(&'a [u8]),
    /// Something that must not be shown.
    Secret,
    /// A literal of this size. `octets` may be a part of it, or nothing where it passes by without being kept.
    Literal {
        /// Its size.
        size: u64,
        /// Its first octets, as many as are at hand.
        octets: &'a [u8],
    },
}

/// Splits octets into pieces at the ranges of literals and secrets, both ascending. What is secret wins.
pub(crate) fn pieces<'a>(
    octets: &'a [u8],
    literals: &[std::ops::Range<usize>],
    secrets: &[std::ops::Range<usize>],
) -> Vec<Shown<'a>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut literals = literals.iter().peekable();
    let mut secrets = secrets.iter().peekable();
    while at < octets.len() {
        while literals.next_if(|range| range.end <= at).is_some() {}
        while secrets.next_if(|range| range.end <= at).is_some() {}
        if let Some(secret) = secrets.next_if(|range| range.start <= at) {
            pieces.push(Shown::Secret);
            at = secret.end.min(octets.len());
            continue;
        }
        let secret = secrets.peek().map_or(octets.len(), |range| range.start);
        if let Some(literal) = literals.next_if(|range| range.start <= at) {
            let end = literal.end.min(secret).min(octets.len());
            pieces.push(Shown::Literal { size: literal.len() as u64, octets: &octets[at..end] });
            at = end;
            continue;
        }
        let end = literals.peek().map_or(octets.len(), |range| range.start).min(secret);
        pieces.push(Shown::Text(&octets[at..end]));
        at = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_cut_out_with_its_literal() {
        let octets = b"a LOGIN u {3}\r\nabc\r\n";
        // The secret covers the announcement and the octets.
        let literals = std::slice::from_ref(&(15..18));
        assert_eq!(
            pieces(octets, literals, std::slice::from_ref(&(10..18))),
            [Shown::Text(b"a LOGIN u "), Shown::Secret, Shown::Text(b"\r\n")]
        );
        assert_eq!(
            pieces(octets, literals, &[]),
            [
                Shown::Text(b"a LOGIN u {3}\r\n"),
                Shown::Literal { size: 3, octets: b"abc" },
                Shown::Text(b"\r\n"),
            ]
        );
    }
}

use std::io::{self, Read};

use tayori_proto::types::Secret;
use zeroize::Zeroizing;

use super::error::Unusable;

/// The most octets that are read from a command or a file. An OAuth token may have some KiB; far more is a mistake,
/// such as a command that prints a whole file of secrets.
pub const LIMIT: usize = 64 * 1024;

/// Room for all that is read, from the start: a buffer that grew would leave copies behind that nobody erases.
pub(super) fn room() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(LIMIT + 64))
}

/// Reads to the end, at most [`LIMIT`] octets, and keeps the first line without its line end.
pub(super) fn read_first(input: impl Read) -> io::Result<Result<Zeroizing<Vec<u8>>, Unusable>> {
    let mut octets = room();
    input.take(LIMIT as u64 + 1).read_to_end(&mut octets)?;
    Ok(first(octets))
}

/// The first line of what was read, without its line end.
///
/// Further lines are passed over, not refused: in what `pass` and its kin keep, the first line is the password, and the
/// others are notes.
pub(super) fn first(mut octets: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, Unusable> {
    if octets.len() > LIMIT {
        return Err(Unusable::TooLong);
    }
    if let Some(end) = octets.iter().position(|octet| *octet == b'\n') {
        octets.truncate(end);
        if octets.last() == Some(&b'\r') {
            octets.pop();
        }
    }
    Ok(octets)
}

/// A secret that a login can carry.
pub(super) fn parse(octets: &[u8]) -> Result<Secret, Unusable> {
    if octets.is_empty() {
        return Err(Unusable::Empty);
    }
    for (octet, name) in [(b'\0', "NUL"), (b'\r', "CR"), (b'\n', "LF")] {
        if octets.contains(&octet) {
            return Err(Unusable::Forbidden(name));
        }
    }
    if std::str::from_utf8(octets).is_err() {
        return Err(Unusable::NotUtf8);
    }
    Secret::new(octets).map_err(|_| Unusable::Forbidden("NUL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_exact() {
        let read = |octets: usize| read_first(&vec![b'x'; octets][..]).unwrap().map(|line| line.len());
        assert_eq!(read(LIMIT), Ok(LIMIT));
        assert_eq!(read(LIMIT + 1), Err(Unusable::TooLong));
    }
}

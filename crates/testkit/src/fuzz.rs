//! Fuzzing: octets go in, and what must hold for all of them is asserted.
//!
//! A [`Target`] is a plain function over octets that panics where something does not hold. The same functions are
//! driven in three ways: by a seeded [`Mutator`] and by the files below `fixtures/corpus/` in the test run
//! (`crates/testkit/tests/fuzz`), and by cargo-fuzz (the folder `fuzz/`).
//!
//! What a target has to choose beside the octets, such as where a stream is split, it takes from the octets themselves,
//! so that a file is all that is needed to see a fault again.

mod command;
pub mod corpus;
mod framer;
mod mutator;
mod pair;
mod random;
mod response;
mod sasl;
mod server;
mod session;
mod sets;
mod utf7;

use std::io;

pub use mutator::Mutator;
pub use random::Random;

/// Something that octets are thrown at.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: that of its folder below `fixtures/corpus/`, and of its program in `fuzz/`.
    pub name: &'static str,
    /// Panics where an invariant does not hold.
    pub run: fn(&[u8]),
    /// What is worth changing, beside the files of its folder.
    seeds: fn() -> io::Result<Vec<Vec<u8>>>,
    /// Mutations in an ordinary test run: some seconds of a debug build.
    pub cases: u32,
}

impl Target {
    /// Every target.
    pub const ALL: [Self; 9] = [
        Self { name: "framer", run: framer::run, seeds: framer::seeds, cases: 1000 },
        Self { name: "response", run: response::run, seeds: response::seeds, cases: 5000 },
        Self { name: "command", run: command::run, seeds: command::seeds, cases: 6000 },
        Self { name: "session", run: session::run, seeds: session::seeds, cases: 300 },
        Self { name: "server", run: server::run, seeds: server::seeds, cases: 200 },
        Self { name: "pair", run: pair::run, seeds: pair::seeds, cases: 100 },
        Self { name: "utf7", run: utf7::run, seeds: utf7::seeds, cases: 8000 },
        Self { name: "sasl", run: sasl::run, seeds: sasl::seeds, cases: 3000 },
        Self { name: "sets", run: sets::run, seeds: sets::seeds, cases: 4000 },
    ];

    /// The target of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name == name)
    }

    /// What is worth changing: octets of the fixtures, and the files of the target's own folder.
    pub fn seeds(&self) -> io::Result<Vec<Vec<u8>>> {
        let mut seeds = (self.seeds)()?;
        seeds.extend(corpus::files(self.name)?.into_iter().map(|(_, octets)| octets));
        Ok(seeds)
    }
}

/// The smallest octets that this finds that fail as well: whatever can be left out is left out.
///
/// It tries at most 600 times.
pub fn shrink(octets: &[u8], fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut best = octets.to_vec();
    let mut tries = 600_u32;
    let mut size = best.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        let mut shorter = false;
        while at < best.len() && tries > 0 {
            let end = (at + size).min(best.len());
            let without = [&best[..at], &best[end..]].concat();
            tries -= 1;
            if fails(&without) {
                best = without;
                shorter = true;
            } else {
                at = end;
            }
        }
        if !shorter || size > 1 {
            size /= 2;
        }
        if tries == 0 {
            break;
        }
    }
    best
}

/// Splits octets into pieces that the octets themselves choose.
fn pieces(octets: &[u8]) -> Vec<&[u8]> {
    let mut random = Random::of(octets);
    let longest = [3, 20, 200][random.below(3)];
    let mut pieces = Vec::new();
    let mut rest = octets;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at((1 + random.below(longest)).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_needed_is_left_out() {
        let fails = |octets: &[u8]| octets.contains(&b'x') && octets.contains(&b'y');
        assert_eq!(shrink(b"one x and one y and more", fails), b"xy");
        assert_eq!(shrink(b"", |_| true), b"");
    }

    #[test]
    fn pieces_make_the_whole() {
        for octets in [&b""[..], b"a", &[7; 1000]] {
            assert_eq!(pieces(octets).concat(), octets);
        }
    }
}

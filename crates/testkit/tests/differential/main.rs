//! What other parsers of IMAP accept, ours accepts, and understands the same by it.
//!
//! The lines are those of the fixtures, of a small grammar, and mutations of both; most mutations are accepted by
//! nobody, which costs little. What is meant to differ is listed in `known.rs`.

#![allow(clippy::print_stdout, reason = "how much was compared is for whoever looks")]

mod codec;
mod facts;
mod generate;
mod known;
mod other;
mod ours;

use std::collections::BTreeMap;

use bytes::Bytes;
use tayori_proto::Limits;
use tayori_proto::wire::{Direction, Frame, Framer, Then};
use tayori_testkit::fuzz::{Mutator, Random, Target};

use facts::Facts;

/// Lines in an ordinary run, of which some part is accepted by the other parser.
const CASES: u64 = 6000;

#[test]
fn imap_codec() {
    compare("imap-codec", codec::read, known::codec);
}

#[test]
fn imap_proto() {
    compare("imap-proto", other::read, known::proto);
}

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable}={value} is no number")))
}

#[track_caller]
fn compare(name: &str, theirs: fn(&[u8]) -> Option<Facts>, known: fn(&[u8], &Facts) -> Option<&'static str>) {
    let cases = number("TAYORI_FUZZ_CASES").unwrap_or(CASES);
    let seed = number("TAYORI_FUZZ_SEED").unwrap_or(1);
    let target = Target::by_name("response").expect("there is such a target");
    let mut seeds = target.seeds().expect("the fixtures can be read");
    let mut random = Random::new(seed);
    seeds.extend((0..300).map(|_| generate::response(&mut random)));
    let mut mutator = Mutator::new(seed);
    let mutated = (0..cases).map(|_| mutator.mutate(&seeds)).collect::<Vec<_>>();
    let (mut accepted, mut problems, mut meant) = (0, Vec::new(), BTreeMap::new());
    for line in seeds.iter().chain(&mutated).filter(|line| is_one(line)) {
        let Some(theirs) = theirs(line) else { continue };
        accepted += 1;
        let problem = match ours::read(line) {
            None => Some("not understood".to_owned()),
            Some(ours) => {
                theirs.missing_in(&ours).map(|missing| format!("theirs: {missing}\n  ours: {ours:?}"))
            }
        };
        let Some(problem) = problem else { continue };
        match known(line, &theirs) {
            Some(reason) => *meant.entry(reason).or_insert(0_u32) += 1,
            None => problems.push(format!("\"{}\"\n  {problem}", line.escape_ascii())),
        }
    }
    // A comparison with a parser that takes nothing would always succeed.
    assert!(accepted > 300, "{name} accepts {accepted} lines");
    println!("{name} accepts {accepted} lines; differences that are meant: {meant:#?}");
    problems.sort_by_key(String::len);
    assert!(
        problems.is_empty(),
        "{name}: {} of {accepted}\n{}",
        problems.len(),
        problems[..problems.len().min(25)].join("\n")
    );
}

/// Whether the line is one response, so that it could come to be parsed at all.
fn is_one(line: &[u8]) -> bool {
    let mut limits = Limits::default();
    limits.inline_literal_octets = 1 << 20;
    let mut framer = Framer::new(Direction::FromServer, limits);
    framer.feed(line);
    let frame = framer.next_frame();
    matches!(frame, Ok(Some(Frame::Piece { bytes, then: Then::End, .. })) if bytes == Bytes::copy_from_slice(line))
}

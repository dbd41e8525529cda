//! Shows that the framer is linear: 2 MB that arrive octet by octet cost no more a byte than 200 kB do.
//!
//! Exits with 1 when ten times the octets cost more than twenty times the time. The bound is a ratio of two runs in one
//! process; a framer that rescanned its buffer would miss it by orders of magnitude.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use tayori_proto::Limits;
use tayori_proto::wire::{Direction, Frame, Framer};

fn main() -> ExitCode {
    type Shape = (&'static str, fn(usize) -> Vec<u8>);
    let shapes: [Shape; 4] =
        [("one line", line), ("one literal", literal), ("line feeds in quotes", quoted), ("blanks", blanks)];
    for (what, make) in shapes {
        // The best of three: other programs on the machine only ever add time.
        let best = |octets| (0..3).map(|_| run(&make(octets))).min().unwrap_or_default();
        let (small, large) = (best(200_000), best(2_000_000));
        let ratio = large.as_secs_f64() / small.as_secs_f64().max(1e-9);
        let mut line = format!("{what}: 200 kB {small:.2?}, 2 MB {large:.2?}, ratio {ratio:.1}");
        line.push('\n');
        if std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes()).is_err() || ratio > 20.0 {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn line(octets: usize) -> Vec<u8> {
    let mut line = b"* SEARCH".to_vec();
    line.resize(octets, b' ');
    line.extend(b"1\r\n");
    line
}

/// A long first word, then a quoted string full of line feeds, which may or may not end the line.
fn quoted(octets: usize) -> Vec<u8> {
    let mut line = b"* ".to_vec();
    line.resize(octets / 2, b'A');
    line.extend(b" \"");
    line.resize(octets, b'\n');
    line.extend(b"\"\r\n");
    line
}

/// Nothing but blanks, where a word should begin.
fn blanks(octets: usize) -> Vec<u8> {
    let mut line = b"*".to_vec();
    line.resize(octets / 2, b' ');
    line.extend(b"X \"");
    line.resize(octets, b'\n');
    line.extend(b"\"\r\n");
    line
}

fn literal(octets: usize) -> Vec<u8> {
    let mut response = format!("* 1 FETCH (BODY[] {{{octets}}}\r\n").into_bytes();
    response.resize(response.len() + octets, b'x');
    response.extend(b")\r\n");
    response
}

fn run(input: &[u8]) -> Duration {
    let mut limits = Limits::default();
    limits.response_octets = 64 << 20;
    let mut framer = Framer::new(Direction::FromServer, limits);
    let started = Instant::now();
    let mut seen = 0;
    for octet in input {
        framer.feed(std::slice::from_ref(octet));
        while let Ok(Some(frame)) = framer.next_frame() {
            seen += match frame {
                Frame::Piece { bytes, .. } | Frame::Chunk { bytes, .. } => bytes.len(),
                _ => 0,
            };
        }
    }
    assert_eq!(seen, input.len(), "every octet is handed out once");
    started.elapsed()
}

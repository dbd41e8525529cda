//! One mail of any size, made and compared without being kept.

use std::io::{self, BufRead, Read};

use super::random::{LINE, XorShift};
use crate::stop::{Interrupt, Outcome, Stop, because};

/// A mail of exactly so many octets, the same every time, made while it is read.
///
/// The body is lines of base64 of pseudo-random octets, so that nothing between the two ends can make it
/// smaller, and no two blocks of it are equal.
pub(crate) struct BigMail {
    random: XorShift,
    block: Vec<u8>,
    /// How much of `block` has been read; `<= block.len()`.
    position: usize,
    /// What comes after `block`; a multiple of [`LINE`].
    left: u64,
}

const LINES_IN_BLOCK: u64 = 512;

impl BigMail {
    /// The size must have room for the header, some 300 octets.
    pub(crate) fn new(size: u64) -> Self {
        let start = "From: sender@example.org\r\nTo: test@example.org\r\nSubject: a big mail\r\n\
                     MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n\
                     Content-Transfer-Encoding: base64\r\nX-Fill: ";
        let end = "\r\n\r\n";
        // The header is filled up so that whole lines remain for the body.
        let length = (start.len() + end.len()) as u64;
        let fill = (size - length) % LINE;
        let fill: String = (0..fill).map(|_| 'x').collect();
        let block = format!("{start}{fill}{end}").into_bytes();
        let left = size - block.len() as u64;
        Self { random: XorShift::new(0x7461_796f_7269_2131), block, position: 0, left }
    }

    fn next_block(&mut self) {
        let lines = LINES_IN_BLOCK.min(self.left / LINE);
        self.left -= lines * LINE;
        self.position = 0;
        self.block.clear();
        self.random.base64_lines(lines, &mut self.block);
    }
}

impl Read for BigMail {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position == self.block.len() {
            self.next_block();
        }
        let length = buffer.len().min(self.block.len() - self.position);
        buffer[..length].copy_from_slice(&self.block[self.position..self.position + length]);
        self.position += length;
        Ok(length)
    }
}

/// Compares what was fetched with the mail of this size, to the end of both; says where they part.
pub(crate) fn expect_same(found: &mut impl BufRead, size: u64, interrupt: &Interrupt) -> Outcome<()> {
    let unreadable = |error: io::Error| Stop::failed(format!("the fetched mail: {error}"));
    let mut expected = BigMail::new(size);
    let mut offset = 0_u64;
    let mut block = vec![0; 64 * 1024];
    loop {
        interrupt.check()?;
        let length = expected.read(&mut block).map_err(because("the big mail"))?;
        if length == 0 {
            if found.fill_buf().map_err(unreadable)?.is_empty() {
                return Ok(());
            }
            return Err(Stop::failed("the fetched mail goes on after its end"));
        }
        let mut compared = 0;
        while compared < length {
            let piece = found.fill_buf().map_err(unreadable)?;
            if piece.is_empty() {
                let octets = offset + compared as u64;
                return Err(Stop::failed(format!("the fetched mail ends after {octets} of {size} octets")));
            }
            let size = piece.len().min(length - compared);
            let wanted = &block[compared..compared + size];
            // Whole pieces first: looking at each octet takes long in a build without optimisation.
            if piece[..size] != *wanted
                && let Some(at) = (0..size).find(|&at| piece[at] != wanted[at])
            {
                let octet = offset + (compared + at) as u64;
                return Err(Stop::failed(format!(
                    "octet {octet} of the fetched mail is {:#04x} instead of {:#04x}",
                    piece[at], wanted[at]
                )));
            }
            found.consume(size);
            compared += size;
        }
        offset += length as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL_SIZE: u64 = 300 * 1024 * 1024;

    /// The first octets of the mail: enough for several blocks, and quick.
    fn beginning(length: u64) -> Vec<u8> {
        let mut octets = Vec::new();
        BigMail::new(MAIL_SIZE).take(length).read_to_end(&mut octets).expect("it is made in memory");
        octets
    }

    #[test]
    fn the_mail_is_well_formed_and_repeatable() {
        let octets = beginning(200_000);
        assert_eq!(octets, beginning(200_000));
        let text = String::from_utf8(octets).expect("it is ASCII");
        let (header, body) = text.split_once("\r\n\r\n").expect("there is an empty line");
        assert!(header.lines().all(|line| line.contains(": ")), "{header}");
        let lines: Vec<&str> = body.split("\r\n").collect();
        let (_, whole) = lines.split_last().expect("there are lines");
        assert!(whole.iter().all(|line| line.len() == 76));
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
        // Whole lines are left for the body, so that it ends with one.
        assert_eq!((MAIL_SIZE - header.len() as u64 - 4) % LINE, 0);
    }

    #[test]
    fn differences_are_found_where_they_are() {
        let interrupt = Interrupt::install().expect("signals can be caught");
        let check = |octets: &[u8], expected: &str| {
            let problem =
                expect_same(&mut &*octets, MAIL_SIZE, &interrupt).expect_err("it differs").to_string();
            assert!(problem.starts_with(expected), "{problem}");
        };
        let mut octets = beginning(100_000);
        let end = format!("the fetched mail ends after 100000 of {MAIL_SIZE} octets");
        check(&octets, &end);
        octets[70_000] ^= 1;
        check(&octets, "octet 70000 of the fetched mail is ");
        octets.truncate(70_000);
        check(&octets, "the fetched mail ends after 70000 of ");
    }
}

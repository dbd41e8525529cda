use std::ops::Range;

use super::Random;

/// Changes octets in ways that parsers of IMAP stumble over; the same in every run for the same seed.
#[derive(Clone, Debug)]
pub struct Mutator {
    random: Random,
}

/// Longer inputs show nothing that shorter ones do not.
const LONGEST: usize = 4096;

/// What has a meaning somewhere.
pub(super) const WORDS: &[&[u8]] = &[
    b"\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b" ",
    b"  ",
    b"(",
    b")",
    b"(",
    b")",
    b"((((((((((((",
    b"))))",
    b"()",
    b"[",
    b"]",
    b"<",
    b">",
    b"\"",
    b"\"",
    b"\\",
    b"\\\"",
    b"\"\"",
    b"{",
    b"}",
    b"{0}\r\n",
    b"{1}\r\n",
    b"{5}\r\n",
    b"{5+}\r\n",
    b"~{3}\r\n",
    b"{12} \r\n",
    b"{70000}\r\n",
    b"{99999999999999999999}\r\n",
    b"{4294967296}\r\n",
    b"NIL",
    b"nil",
    b"* ",
    b"+ ",
    b"+\r\n",
    b"taaaaaa.2 OK done\r\n",
    b"taaaaaa.1 ",
    b"taaaaaa.3 NO [TRYCREATE] no\r\n",
    b"t ",
    b"a ",
    b"OK ",
    b"NO ",
    b"BAD ",
    b"BYE ",
    b"PREAUTH ",
    b"0",
    b"1",
    b"4294967295",
    b"4294967296",
    b"18446744073709551615",
    b"18446744073709551616",
    b"-1",
    b"00000000001",
    b"1:*",
    b"*:4",
    b"2:1,",
    b",",
    b":",
    b"*",
    b"%",
    b"&",
    b"&-",
    b"&AOk-",
    b"&2D3c7A-",
    b"-",
    b"=",
    b"+",
    b"~",
    b"\0",
    b"\x7f",
    b"\x80",
    b"\xff",
    b"\xc3\xa9",
    b"BODY[]",
    b"BODY[] {3}\r\nabc",
    b"BODY[1.2.HEADER.FIELDS (DATE)]<5>",
    b"BODY[1.MIME]",
    b"BODY.PEEK[",
    b"BINARY[1]",
    b"RFC822",
    b"RFC822.SIZE 3",
    b"UID 7",
    b"UID ",
    b"FLAGS (\\Seen)",
    b"\\*",
    b"\\Seen",
    b"ENVELOPE (",
    b"BODYSTRUCTURE (",
    b"MODSEQ (9)",
    b"INTERNALDATE \"17-Jul-1996 02:44:25 -0700\"",
    b" 1-Feb-1994",
    b"* 1 FETCH (UID 7 FLAGS ())\r\n",
    b"* 3 EXISTS\r\n",
    b"* 1 EXPUNGE\r\n",
    b"* LIST () \"/\" a\r\n",
    b"* STATUS a (MESSAGES 1)\r\n",
    b"* SEARCH 1 2\r\n",
    b"* CAPABILITY IMAP4rev1 LITERAL+\r\n",
    b"[ALERT] ",
    b"[CLOSED] ",
    b"[UIDNEXT 4]",
    b"[COPYUID 1 2:3 4:5]",
    b"INBOX",
    b"DONE\r\n",
    b"NOT ",
    b"OR ",
    b"CHARSET UTF-8 ",
    b"LOGIN ",
    b"AUTHENTICATE PLAIN ",
    b"SELECT ",
    b"FETCH ",
    b"STORE ",
    b"APPEND ",
    b"SEARCH ",
    b"+FLAGS.SILENT ",
    b"IDLE\r\n",
    b"\x1b[2J",
];

/// What a number becomes.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "9",
    "10",
    "63",
    "64",
    "65",
    "100",
    "255",
    "65535",
    "65536",
    "70000",
    "2147483648",
    "4294967294",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999999999999999999999",
    "0000000000001",
];

/// Octets with a meaning, which stand in for others more often than any do.
const SIGNIFICANT: &[u8] = b" ()[]{}<>\"\\*%+-~&,:;.=0123456789NILx\r\n\0\x7f\xff";

impl Mutator {
    /// A mutator whose choices follow from the seed.
    pub const fn new(seed: u64) -> Self {
        Self { random: Random::new(seed) }
    }

    /// One of the seeds with some changes. Without seeds, octets of no meaning.
    pub fn mutate(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut octets = match seeds.len() {
            0 => (0..self.random.below(60)).map(|_| self.random.octet()).collect(),
            count => seeds[self.random.below(count)].clone(),
        };
        // Mostly one or two, since what is broken in one place shows more than what is broken everywhere.
        let changes = 1 + self.random.below(2) * self.random.below(6);
        for _ in 0..changes {
            self.change(&mut octets, seeds);
        }
        octets.truncate(LONGEST);
        octets
    }

    fn change(&mut self, octets: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        match self.random.below(16) {
            0 => {
                if let Some(at) = self.place(octets) {
                    octets[at] ^= 1 << self.random.below(8);
                }
            }
            1 | 2 => {
                if let Some(at) = self.place(octets) {
                    octets[at] = SIGNIFICANT[self.random.below(SIGNIFICANT.len())];
                }
            }
            3 => {
                if let Some(at) = self.place(octets) {
                    octets[at] = self.random.octet();
                }
            }
            4 | 5 => {
                let span = self.span(octets);
                octets.drain(span);
            }
            6 => {
                let copy = octets[self.span(octets)].to_vec();
                let at = self.random.below(octets.len() + 1);
                octets.splice(at..at, copy);
            }
            7..=9 => {
                let at = self.random.below(octets.len() + 1);
                octets.splice(at..at, self.random.pick(WORDS).iter().copied());
            }
            10 => {
                let span = self.span(octets);
                octets.splice(span, self.random.pick(WORDS).iter().copied());
            }
            11 => self.change_number(octets),
            12 => self.change_literal(octets),
            13 => self.move_line(octets),
            14 => self.splice(octets, seeds),
            _ => octets.truncate(self.random.below(octets.len() + 1)),
        }
    }

    fn place(&mut self, octets: &[u8]) -> Option<usize> {
        (!octets.is_empty()).then(|| self.random.below(octets.len()))
    }

    /// A short range more often than a long one.
    fn span(&mut self, octets: &[u8]) -> Range<usize> {
        let start = self.random.below(octets.len() + 1);
        let most = [1, 4, 20, octets.len()][self.random.below(4)];
        start..(start + 1 + self.random.below(most)).min(octets.len())
    }

    fn change_number(&mut self, octets: &mut Vec<u8>) {
        let numbers = runs(octets, u8::is_ascii_digit);
        if let Some(range) = self.one_of(&numbers) {
            octets.splice(range, self.random.pick(NUMBERS).bytes());
        }
    }

    /// A literal that is announced a little too long or too short, or much.
    fn change_literal(&mut self, octets: &mut Vec<u8>) {
        let sizes: Vec<_> = runs(octets, u8::is_ascii_digit)
            .into_iter()
            .filter(|run| run.start > 0 && octets[run.start - 1] == b'{')
            .collect();
        let Some(range) = self.one_of(&sizes) else { return };
        let size: u64 =
            std::str::from_utf8(&octets[range.clone()]).ok().and_then(|size| size.parse().ok()).unwrap_or(0);
        let size = match self.random.below(5) {
            0 => size.saturating_add(1),
            1 => size.saturating_sub(1),
            2 => size.saturating_add(self.random.below(40) as u64),
            3 => size.saturating_sub(self.random.below(40) as u64),
            _ => size.saturating_mul(1000),
        };
        octets.splice(range, size.to_string().into_bytes());
    }

    /// A line twice, or at another place.
    fn move_line(&mut self, octets: &mut Vec<u8>) {
        let mut lines: Vec<_> = octets.split_inclusive(|octet| *octet == b'\n').map(<[u8]>::to_vec).collect();
        if lines.is_empty() {
            return;
        }
        let from = self.random.below(lines.len());
        let line = if self.random.below(2) == 0 { lines.remove(from) } else { lines[from].clone() };
        let to = self.random.below(lines.len() + 1);
        lines.insert(to, line);
        *octets = lines.concat();
    }

    /// Goes on with the rest of another seed.
    fn splice(&mut self, octets: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        if seeds.is_empty() {
            return;
        }
        let other = &seeds[self.random.below(seeds.len())];
        octets.truncate(self.random.below(octets.len() + 1));
        octets.extend_from_slice(&other[self.random.below(other.len() + 1)..]);
    }

    fn one_of(&mut self, ranges: &[Range<usize>]) -> Option<Range<usize>> {
        (!ranges.is_empty()).then(|| ranges[self.random.below(ranges.len())].clone())
    }
}

/// Where such octets stand side by side.
fn runs(octets: &[u8], belongs: fn(&u8) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, _) in octets.iter().enumerate().filter(|(_, octet)| belongs(octet)) {
        match runs.last_mut() {
            Some(run) if run.end == index => run.end += 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_changes() {
        let seeds = [b"* 1 FETCH (BODY[] {5}\r\nhello)\r\n".to_vec(), b"* 2 EXISTS\r\n".to_vec()];
        let some = |seed| {
            let mut mutator = Mutator::new(seed);
            (0..200).map(|_| mutator.mutate(&seeds)).collect::<Vec<_>>()
        };
        assert_eq!(some(1), some(1));
        assert_ne!(some(1), some(2));
    }

    #[test]
    fn nothing_is_too_short_and_nothing_becomes_long() {
        for seeds in [&[][..], &[vec![]], &[vec![b'{'; 5000]]] {
            let mut mutator = Mutator::new(3);
            assert!((0..500).all(|_| mutator.mutate(seeds).len() <= LONGEST));
        }
    }

    #[test]
    fn announced_sizes_are_changed() {
        let mut mutator = Mutator::new(1);
        let mut octets = b"UID 5 {10}\r\n".to_vec();
        mutator.change_literal(&mut octets);
        assert!(octets.starts_with(b"UID 5 {") && octets != b"UID 5 {10}\r\n", "{}", octets.escape_ascii());
    }
}

//! Mails as people have them: by number, each made without the others.

use std::io::{self, Write};

use super::random::{LINE, XorShift};

/// One of this many mails has an attachment of 1 to 5 MB.
const ATTACHMENT_EVERY: u32 = 50;

/// Sizes in octets of mails without a large attachment at these per mille of all of them, linear in between.
///
/// In integers, so that every machine makes the same mails.
const ORDINARY: [(u64, u64); 11] = [
    (0, 1_500),
    (50, 1_880),
    (100, 2_580),
    (250, 4_380),
    (500, 7_900),
    (750, 14_200),
    (900, 24_200),
    (950, 33_200),
    (980, 47_500),
    (990, 60_200),
    (1000, 150_000),
];

/// The same for mails with a large attachment: few are near the upper end.
const LARGE: [(u64, u64); 5] =
    [(0, 1_000_000), (250, 1_495_000), (500, 2_236_000), (750, 3_344_000), (1000, 5_000_000)];

/// From this size on the header has signatures, and the mail may have several parts.
const RICH: u64 = 4_500;

const LINES_IN_BLOCK: u64 = 512;

pub(super) struct MixedMail {
    number: u32,
    size: u64,
    random: XorShift,
    structure: Structure,
}

#[derive(Clone, Copy)]
enum Structure {
    Plain,
    /// Text twice, plain and as HTML.
    Alternative,
    /// Text and a file in base64, which takes most of the size.
    Attachment,
}

impl MixedMail {
    pub(super) fn new(number: u32) -> Self {
        let mut random = random_for(number);
        let large = number % ATTACHMENT_EVERY == 17;
        // Few mails make up most of the octets: their sizes are spread evenly (by the golden ratio) instead of
        // at random, so that a small mailbox has the same mean as a large one.
        let size = if large {
            at(&LARGE, u64::from(number / ATTACHMENT_EVERY) * 618_034 % 1_000_000)
        } else {
            at(&ORDINARY, random.next() % 1_000_000)
        };
        let structure = match random.next() % 3 {
            _ if large => Structure::Attachment,
            _ if size < RICH => Structure::Plain,
            0 => Structure::Plain,
            1 => Structure::Alternative,
            _ => Structure::Attachment,
        };
        Self { number, size, random, structure }
    }

    /// A mail of plain text of this size, at least the smallest of [`ORDINARY`].
    pub(super) fn with_size(number: u32, size: u64) -> Self {
        Self { number, size, random: random_for(number), structure: Structure::Plain }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn write(mut self, to: &mut impl Write) -> io::Result<()> {
        for piece in self.pieces() {
            match piece {
                Piece::Octets(text) => to.write_all(text.as_bytes())?,
                Piece::Text(length) => self.write_lines(length, ("", ""), to)?,
                Piece::Markup(length) => {
                    self.write_lines(length, ("<p style=3D\"margin:0\">", "</p>"), to)?
                }
                Piece::Base64 { lines } => self.write_base64(lines, to)?,
            }
        }
        Ok(())
    }

    /// The mail in order; the lengths add up to its size.
    fn pieces(&mut self) -> Vec<Piece> {
        let header = self.header();
        let boundary = format!("=_{:016x}", self.random.next());
        let text =
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
        let end = format!("\r\n--{boundary}--\r\n");
        match self.structure {
            Structure::Plain => {
                let start = format!("{header}{text}");
                let length = self.size - start.len() as u64;
                vec![Piece::Octets(start), Piece::Text(length)]
            }
            Structure::Alternative => {
                let start = format!(
                    "{header}Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n{text}"
                );
                let middle = format!("\r\n--{boundary}\r\n{}", text.replace("plain", "html"));
                let left = self.size - (start.len() + middle.len() + end.len()) as u64;
                vec![
                    Piece::Octets(start),
                    Piece::Text(left / 3),
                    Piece::Octets(middle),
                    Piece::Markup(left - left / 3),
                    Piece::Octets(end),
                ]
            }
            Structure::Attachment => {
                let start = format!(
                    "{header}Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n{text}"
                );
                let (kind, name) = [("application/pdf", "report.pdf"), ("image/jpeg", "picture.jpg")]
                    [usize::from(self.random.next() & 1 == 1)];
                let middle = format!(
                    "\r\n--{boundary}\r\nContent-Type: {kind}; name=\"{name}\"\r\nContent-Disposition: attachment;\r\n \
                     filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                );
                let left = self.size - (start.len() + middle.len() + end.len()) as u64;
                // A fifth is text at first, at most a few paragraphs; then what fills no whole line is text too.
                let lines = (left - (left / 5).clamp(2, 2_000)) / LINE;
                vec![
                    Piece::Octets(start),
                    Piece::Text(left - lines * LINE),
                    Piece::Octets(middle),
                    Piece::Base64 { lines },
                    Piece::Octets(end),
                ]
            }
        }
    }

    /// All fields but those that tell the structure.
    fn header(&mut self) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let number = self.number;
        let id = self.random.next();
        let date = format!(
            "{} {} {} {:02}:{:02}:{:02} +0100",
            1 + id % 28,
            MONTHS[(id >> 8) as usize % 12],
            2015 + (id >> 16) % 10,
            (id >> 24) % 24,
            (id >> 32) % 60,
            (id >> 40) % 60
        );
        let sender = WORDS[(id >> 48) as usize % WORDS.len()];
        let mut header = format!(
            "Return-Path: <{sender}@example.org>\r\nDelivered-To: test@example.org\r\n\
             Received: from mail.example.org (mail.example.org [192.0.2.{}])\r\n\tby mx.example.net with ESMTPS id {id:016x}\r\n\
             \tfor <test@example.org>; {date}\r\n",
            id % 254 + 1
        );
        if self.size >= RICH {
            self.signatures(&mut header, &date);
        }
        let subject: Vec<&str> = (0..5).map(|_| self.word()).collect();
        header.push_str(&format!(
            "Date: {date}\r\nFrom: {sender} of =?utf-8?Q?M=C3=BCnchen?= <{sender}@example.org>\r\n\
             To: A Reader <test@example.org>\r\nSubject: {}\r\nMessage-ID: <{number}.{id:016x}@example.org>\r\n\
             MIME-Version: 1.0\r\n",
            subject.join(" ")
        ));
        header
    }

    /// What the servers on the way have added: some 2,000 octets, more than the rest of a small mail.
    fn signatures(&mut self, header: &mut String, date: &str) {
        for name in ["DKIM-Signature", "ARC-Message-Signature"] {
            header.push_str(&format!(
                "{name}: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=key1;\r\n\
                 \th=from:to:subject:date:message-id:mime-version;\r\n\tb="
            ));
            let mut lines = Vec::new();
            self.random.base64_lines(5, &mut lines);
            let lines = String::from_utf8_lossy(&lines).replace("\r\n", "\r\n\t ");
            header.push_str(lines.trim_end());
            header.push_str("\r\n");
        }
        for hop in 1..=3 {
            header.push_str(&format!(
                "Received: from relay{hop}.example.org (relay{hop}.example.org [198.51.100.{hop}])\r\n\
                 \tby mail.example.org (Postfix) with ESMTPS id {:016x}; {date}\r\n",
                self.random.next()
            ));
        }
        header.push_str(
            "List-Id: readers <readers.example.org>\r\nList-Unsubscribe: <https://lists.example.org/leave>\r\n\
             X-Mailer: Example 1.0\r\n",
        );
    }

    /// Writes lines of words, exactly this many octets, which must be at least 2.
    ///
    /// No line starts with "From " or a dot, so that no format of files and no protocol has to quote anything.
    fn write_lines(
        &mut self,
        length: u64,
        (start, end): (&str, &str),
        to: &mut impl Write,
    ) -> io::Result<()> {
        let mut left = length;
        let mut line = String::new();
        while left > 0 {
            // At least 3 octets remain after a full line: a last line can always be made.
            let size = if left <= LINE { left } else { 60 + self.random.next() % 16 };
            left -= size;
            let inside = size as usize - 2;
            line.clear();
            let marked = inside > start.len() + end.len();
            let end = if marked { end } else { "" };
            line.push_str(if marked { start } else { "" });
            loop {
                let word = self.word();
                if line.len() + word.len() + 1 + end.len() > inside {
                    break;
                }
                line.push_str(word);
                line.push(' ');
            }
            // Blanks at the end of a line do not survive quoted-printable, so dashes fill it.
            while line.len() + end.len() < inside {
                line.push('-');
            }
            line.push_str(end);
            line.push_str("\r\n");
            to.write_all(line.as_bytes())?;
        }
        Ok(())
    }

    fn write_base64(&mut self, mut lines: u64, to: &mut impl Write) -> io::Result<()> {
        let mut block = Vec::new();
        while lines > 0 {
            let now = lines.min(LINES_IN_BLOCK);
            lines -= now;
            block.clear();
            self.random.base64_lines(now, &mut block);
            to.write_all(&block)?;
        }
        Ok(())
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.random.next() as usize % WORDS.len()]
    }
}

enum Piece {
    Octets(String),
    Text(u64),
    Markup(u64),
    Base64 { lines: u64 },
}

/// Mails with neighbouring numbers have nothing in common.
fn random_for(number: u32) -> XorShift {
    let seed = (u64::from(number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // The factor is odd and the number small: the product is never 0.
    let mut random = XorShift::new(seed);
    for _ in 0..8 {
        random.next();
    }
    random
}

/// Where a table stands at so many millionths.
fn at(table: &[(u64, u64)], millionths: u64) -> u64 {
    let above = table.partition_point(|&(per_mille, _)| per_mille * 1000 <= millionths);
    // The tables begin at 0 and end at 1000, which is above every share.
    let ((low, from), (high, to)) = (table[above - 1], table[above]);
    from + (to - from) * (millionths - low * 1000) / ((high - low) * 1000)
}

const WORDS: [&str; 32] = [
    "about",
    "again",
    "before",
    "choose",
    "days",
    "every",
    "friend",
    "garden",
    "house",
    "inside",
    "journey",
    "kind",
    "letter",
    "meeting",
    "never",
    "often",
    "paper",
    "question",
    "river",
    "second",
    "table",
    "under",
    "very",
    "water",
    "yesterday",
    "zero",
    "gr=C3=BC=C3=9Fe",
    "caf=C3=A9",
    "a",
    "of",
    "to",
    "in",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_followed() {
        let check = |millionths: u64, expected: u64| assert_eq!(at(&ORDINARY, millionths), expected);
        check(0, 1_500);
        check(25_000, 1_690);
        check(50_000, 1_880);
        check(500_000, 7_900);
        check(999_999, 149_991);
    }

    #[test]
    fn mails_are_well_formed() {
        for number in 0..200 {
            let mut octets = Vec::new();
            MixedMail::new(number).write(&mut octets).expect("it is written to memory");
            let text = String::from_utf8(octets).expect("it is ASCII");
            assert!(text.ends_with("\r\n") && !text.ends_with("\r\n\r\n"), "mail {number}");
            assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "mail {number}");
            assert!(
                text.lines().all(|line| line.len() <= 998 && !line.starts_with("From ")),
                "mail {number}"
            );
            let (header, body) = text.split_once("\r\n\r\n").expect("there is an empty line");
            assert!(
                header.lines().all(|line| line.starts_with(['\t', ' ']) || line.contains(": ")),
                "{header}"
            );
            if let Some((_, boundary)) = header.split_once("boundary=\"") {
                let boundary = boundary.split('"').next().expect("split gives at least one");
                assert_eq!(body.matches(&format!("--{boundary}\r\n")).count(), 2, "mail {number}");
                assert!(body.ends_with(&format!("--{boundary}--\r\n")), "mail {number}");
            }
        }
    }

    #[test]
    fn mails_differ() {
        let written = |number| {
            let mut octets = Vec::new();
            MixedMail::with_size(number, 4096).write(&mut octets).expect("it is written to memory");
            octets
        };
        assert_ne!(written(0), written(1));
        assert_eq!(written(1), written(1));
    }
}

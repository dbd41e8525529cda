use super::Side;
use super::escape::escape;

/// Writes a dialogue down, in the form in which [`super::Line::read`] reads it.
///
/// The text holds no control character but line feeds, whatever the octets: it can be looked at with any program.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    text: String,
}

impl Writer {
    /// The text so far.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text.
    pub fn into_string(self) -> String {
        self.text
    }

    /// A comment; each line of it becomes one.
    pub fn comment(&mut self, comment: &str) {
        for line in comment.lines() {
            self.text.push('#');
            if !line.is_empty() {
                self.text.push(' ');
            }
            self.text.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
            self.text.push('\n');
        }
    }

    /// One line of this side, with its end. Where it does not end in CRLF or cannot be shown as it is, its octets are
    /// written.
    pub fn line(&mut self, side: Side, line: &[u8]) {
        let plain = line.strip_suffix(b"\r\n").and_then(|line| std::str::from_utf8(line).ok());
        match plain.filter(|line| line.chars().all(is_plain)) {
            Some(line) => {
                self.begin(side, ':');
                self.text.push_str(line);
                self.text.push('\n');
            }
            None => self.octets(side, line),
        }
    }

    /// Octets that are no line of their own: of a literal, or what goes on with a command. Each line feed ends a line
    /// of the text, so that a message can be read in it.
    pub fn octets(&mut self, side: Side, octets: &[u8]) {
        for line in octets.split_inclusive(|&octet| octet == b'\n') {
            self.begin(side, '"');
            escape(line, &mut self.text);
            self.text.push('\n');
        }
    }

    fn begin(&mut self, side: Side, form: char) {
        self.text.push(side.letter());
        self.text.push(form);
        self.text.push(' ');
    }
}

/// Whether a character stands for itself in a text that anybody may look at in a terminal.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~') || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Line, Said};
    use super::*;

    /// What a text says, side by side.
    fn said(text: &str) -> Vec<(Side, Vec<u8>)> {
        let mut all: Vec<(Side, Vec<u8>)> = Vec::new();
        for line in text.lines() {
            let (side, octets) = match Line::read(line).unwrap() {
                Line::Said(side, Said::Line(text)) => (side, [text.as_bytes(), b"\r\n"].concat()),
                Line::Said(side, Said::Octets(octets)) => (side, octets),
                _ => continue,
            };
            match all.last_mut() {
                Some((last, before)) if *last == side => before.extend(octets),
                _ => all.push((side, octets)),
            }
        }
        all
    }

    #[test]
    fn a_dialogue_is_written_down() {
        let mut text = Writer::default();
        text.comment("two\nlines\x1b[m");
        text.line(Side::Server, b"* OK \xc3\xa9 ready\r\n");
        text.line(Side::Client, b"a1 APPEND INBOX {4}\r\n");
        text.octets(Side::Client, b"a\r\n\0\r\n");
        text.line(Side::Server, b"* OK \x1b[2J\r\n");
        text.line(Side::Server, b"* 1 EXISTS\n");
        text.line(Side::Server, b"\r\n");
        assert_eq!(
            text.as_str(),
            "# two\n# lines [m\nS: * OK \u{e9} ready\nC: a1 APPEND INBOX {4}\nC\" a\\r\\n\nC\" \\x00\\r\\n\n\
             S\" * OK \\x1b[2J\\r\\n\nS\" * 1 EXISTS\\n\nS: \n"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            pieces in prop::collection::vec((any::<bool>(), any::<bool>(), prop::collection::vec(any::<u8>(), 1..40)), 0..10),
        ) {
            let mut text = Writer::default();
            let mut expected: Vec<(Side, Vec<u8>)> = Vec::new();
            for (client, line, mut octets) in pieces {
                let side = if client { Side::Client } else { Side::Server };
                if line {
                    octets.extend_from_slice(b"\r\n");
                    text.line(side, &octets);
                } else {
                    text.octets(side, &octets);
                }
                match expected.last_mut() {
                    Some((last, before)) if *last == side => before.extend(octets),
                    _ => expected.push((side, octets)),
                }
            }
            prop_assert!(text.as_str().chars().all(|c| c == '\n' || !c.is_control()));
            prop_assert_eq!(said(text.as_str()), expected);
        }
    }
}

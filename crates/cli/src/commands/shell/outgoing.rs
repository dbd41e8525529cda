//! A command on its way: lines up to each literal, and the literals.
//!
//! Each line has three forms: the octets that are sent, the text that is shown, and what is kept for `.save`. In the
//! last, a secret is replaced by something that can stand in its place, so that what was saved is still a dialogue.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use tayori_proto::types::Tag;
use zeroize::Zeroizing;

use super::entry::{Content, Literal, Part, TypedCommand};
use super::known::Known;
use super::record::{MASK, MASK_IN_BASE64};

/// One step of sending a command.
pub(crate) enum Step {
    Line(OutgoingLine),
    Literal(OutgoingLiteral),
}

/// A line, or what follows a literal up to the next line end.
#[derive(Default)]
pub(crate) struct OutgoingLine {
    /// With the line end.
    pub(crate) octets: Zeroizing<Vec<u8>>,
    /// Without secrets and line end.
    pub(crate) shown: Vec<u8>,
    /// Without secrets.
    pub(crate) kept: Vec<u8>,
}

/// A literal.
pub(crate) struct OutgoingLiteral {
    pub(crate) content: LiteralContent,
    pub(crate) size: u64,
    /// Whether the server has to ask for it.
    pub(crate) waits: bool,
    pub(crate) secret: bool,
}

pub(crate) enum LiteralContent {
    Octets(Zeroizing<Vec<u8>>),
    File(File, PathBuf),
}

/// A file that cannot be sent.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) path: PathBuf,
    pub(crate) cause: io::Error,
}

/// What has to be sent for a command. `password` stands for what is asked for. Files are opened here, so that nothing
/// is sent of a command whose file is missing.
pub(crate) fn steps(
    command: TypedCommand,
    tag: &Tag,
    known: &Known,
    password: Option<&Zeroizing<Vec<u8>>>,
) -> Result<Vec<Step>, Unreadable> {
    let mask = if command.name == "AUTHENTICATE" { MASK_IN_BASE64.to_owned() } else { format!("\"{MASK}\"") };
    let mut steps = Vec::new();
    let mut line = OutgoingLine::default();
    line.plain(tag.as_bytes());
    line.plain(b" ");
    let mut parts = command.parts.into_iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            Part::Text(text) => line.plain(&text),
            Part::Secret(text) => {
                // An announcement says how long a password is.
                let announces = matches!(parts.peek(), Some(Part::Literal(_)));
                line.secret(&text, if announces { "" } else { &mask });
            }
            Part::Asked => {
                let password = password.map_or(&[][..], |password| password);
                if is_quotable(password) {
                    line.secret(&quoted(password), &mask);
                } else {
                    let waits = !known.takes_literal_at_once(password.len() as u64);
                    line.announce(password.len() as u64, waits, true);
                    let content = LiteralContent::Octets(Zeroizing::new(password.to_vec()));
                    let size = password.len() as u64;
                    push(&mut steps, &mut line, OutgoingLiteral { content, size, waits, secret: true });
                }
            }
            Part::Literal(Literal { content: Content::Typed { octets, waits }, secret }) => {
                if secret {
                    line.keep_announcement(waits);
                }
                let size = octets.len() as u64;
                let content = LiteralContent::Octets(octets);
                push(&mut steps, &mut line, OutgoingLiteral { content, size, waits, secret });
            }
            Part::Literal(Literal { content: Content::File(path), secret }) => {
                let unreadable = |cause| Unreadable { path: path.clone(), cause };
                let file = File::open(&path).map_err(unreadable)?;
                let data = file.metadata().map_err(unreadable)?;
                if !data.is_file() {
                    return Err(unreadable(io::ErrorKind::IsADirectory.into()));
                }
                let size = data.len();
                let waits = !known.takes_literal_at_once(size);
                line.announce(size, waits, secret);
                let content = LiteralContent::File(file, path);
                push(&mut steps, &mut line, OutgoingLiteral { content, size, waits, secret });
            }
        }
    }
    line.end();
    steps.push(Step::Line(line));
    Ok(steps)
}

fn push(steps: &mut Vec<Step>, line: &mut OutgoingLine, literal: OutgoingLiteral) {
    line.end();
    steps.push(Step::Line(std::mem::take(line)));
    steps.push(Step::Literal(literal));
}

impl OutgoingLine {
    fn plain(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
        self.shown.extend_from_slice(octets);
        self.kept.extend_from_slice(octets);
    }

    fn secret(&mut self, octets: &[u8], kept: &str) {
        self.octets.extend_from_slice(octets);
        if !self.shown.ends_with(MASK.as_bytes()) {
            self.shown.extend_from_slice(MASK.as_bytes());
        }
        // What stands in the place of several words is one.
        if !self.kept.ends_with(kept.as_bytes()) {
            self.kept.extend_from_slice(kept.as_bytes());
        }
    }

    fn announce(&mut self, size: u64, waits: bool, secret: bool) {
        let announcement = format!("{{{size}{}}}", if waits { "" } else { "+" });
        if secret {
            self.secret(announcement.as_bytes(), "");
            self.keep_announcement(waits);
        } else {
            self.plain(announcement.as_bytes());
        }
    }

    /// The announcement of what stands for a secret.
    fn keep_announcement(&mut self, waits: bool) {
        let announcement = format!("{{{}{}}}", MASK.len(), if waits { "" } else { "+" });
        self.kept.extend_from_slice(announcement.as_bytes());
    }

    fn end(&mut self) {
        self.octets.extend_from_slice(b"\r\n");
        self.kept.extend_from_slice(b"\r\n");
    }
}

/// Whether octets can stand in a quoted string of ASCII (RFC 9051 section 9, `quoted`).
fn is_quotable(octets: &[u8]) -> bool {
    octets.len() < 1000 && octets.iter().all(|octet| (b' '..=b'~').contains(octet))
}

fn quoted(octets: &[u8]) -> Zeroizing<Vec<u8>> {
    // Made in one piece, so that no copy is left behind when it grows.
    let mut quoted = Zeroizing::new(Vec::with_capacity(2 * octets.len() + 2));
    quoted.push(b'"');
    for &octet in octets {
        if matches!(octet, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(octet);
    }
    quoted.push(b'"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::super::entry::{Entry, Typed, Typing};
    use super::super::known::Protection;
    use super::*;

    /// What is sent, shown and kept of these lines; `|` stands where the server has to ask.
    fn outgoing(lines: &[&str], greeting: &str, password: &str) -> [String; 3] {
        let mut known = Known::new(Protection::Clear);
        known.heard(&bytes::Bytes::from(format!("* OK {greeting}\r\n")));
        let mut typing = Typing::default();
        let mut last = None;
        for line in lines {
            last = Some(typing.line(line.as_bytes()).unwrap());
        }
        let Some(Typed::Entry(Entry::Command(command))) = last else { panic!("{last:?}") };
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let [mut sent, mut shown, mut kept] = [const { Vec::new() }; 3];
        for step in steps(command, &Tag::new("t").unwrap(), &known, Some(&password)).unwrap() {
            match step {
                Step::Line(line) => {
                    sent.extend_from_slice(&line.octets);
                    shown.extend_from_slice(&line.shown);
                    shown.push(b'\n');
                    kept.extend_from_slice(&line.kept);
                }
                Step::Literal(literal) => {
                    let LiteralContent::Octets(octets) = literal.content else { panic!("a file") };
                    assert_eq!(octets.len() as u64, literal.size);
                    sent.extend_from_slice(if literal.waits { b"|" } else { b"" });
                    sent.extend_from_slice(&octets);
                    kept.extend_from_slice(if literal.secret { MASK.as_bytes() } else { &octets });
                }
            }
        }
        [sent, shown, kept].map(|octets| String::from_utf8(octets).unwrap())
    }

    #[track_caller]
    fn check(lines: &[&str], sent: &str, shown: &str, kept: &str) {
        assert_eq!(outgoing(lines, "hi", "p\"w"), [sent, shown, kept]);
    }

    #[test]
    fn what_is_typed_is_sent() {
        check(&["noop"], "t noop\r\n", "t noop\n", "t noop\r\n");
        check(
            &["SEARCH TEXT {3}", "abc {2+}", "xy)"],
            "t SEARCH TEXT {3}\r\n|abc {2+}\r\nxy)\r\n",
            "t SEARCH TEXT {3}\n {2+}\n)\n",
            "t SEARCH TEXT {3}\r\nabc {2+}\r\nxy)\r\n",
        );
    }

    #[test]
    fn a_secret_is_sent_and_neither_shown_nor_kept() {
        check(&["LOGIN ann s1 s2"], "t LOGIN ann s1 s2\r\n", "t LOGIN ann ***\n", "t LOGIN ann \"***\"\r\n");
        check(
            &["LOGIN ann {?}"],
            "t LOGIN ann \"p\\\"w\"\r\n",
            "t LOGIN ann ***\n",
            "t LOGIN ann \"***\"\r\n",
        );
        check(
            &["LOGIN ann {7}", "hunter2"],
            "t LOGIN ann {7}\r\n|hunter2\r\n",
            "t LOGIN ann ***\n\n",
            "t LOGIN ann {3}\r\n***\r\n",
        );
        check(
            &["AUTHENTICATE PLAIN c2VjcmV0"],
            "t AUTHENTICATE PLAIN c2VjcmV0\r\n",
            "t AUTHENTICATE PLAIN ***\n",
            "t AUTHENTICATE PLAIN Kioq\r\n",
        );
    }

    #[test]
    fn a_password_that_cannot_be_quoted_is_a_literal() {
        let [sent, shown, kept] = outgoing(&["LOGIN ann {?}"], "hi", "p\u{e4}");
        assert_eq!(sent, "t LOGIN ann {3}\r\n|p\u{e4}\r\n");
        assert_eq!((&shown[..], &kept[..]), ("t LOGIN ann ***\n\n", "t LOGIN ann {3}\r\n***\r\n"));
        let [sent, _, kept] = outgoing(&["LOGIN ann {?}"], "[CAPABILITY LITERAL+] hi", "p\u{e4}");
        assert_eq!(
            (&sent[..], &kept[..]),
            ("t LOGIN ann {3+}\r\np\u{e4}\r\n", "t LOGIN ann {3+}\r\n***\r\n")
        );
    }
}

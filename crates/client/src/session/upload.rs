//! A message on its way to the server: its octets, and what is kept with them.

use tayori_proto::command::MessageForm;
use tayori_proto::types::{Capability, Flag, InternalDate};

use crate::error::Error;
use crate::link::Link;

/// A message that is to be stored, streamed from `source`; only a piece of it is in memory at a time.
///
/// The octets go to the server as they are; nothing is converted.
#[derive(Clone, Debug)]
pub struct Upload<R> {
    pub(crate) source: R,
    pub(crate) size: u64,
    pub(crate) flags: Vec<Flag>,
    pub(crate) date: Option<InternalDate>,
    pub(crate) content: Content,
}

impl<R> Upload<R> {
    /// A message of exactly `size` octets, without flags, with the time of its storing as its date.
    pub fn new(size: u64, source: R) -> Self {
        Self { source, size, flags: Vec::new(), date: None, content: Content::Plain }
    }

    /// The same with these flags.
    #[must_use]
    pub fn flags(mut self, flags: impl Into<Vec<Flag>>) -> Self {
        self.flags = flags.into();
        self
    }

    /// The same with this as its INTERNALDATE (RFC 9051 section 2.3.3).
    #[must_use]
    pub fn date(mut self, date: InternalDate) -> Self {
        self.date = Some(date);
        self
    }

    /// The same with what is known of its octets.
    #[must_use]
    pub fn content(mut self, content: Content) -> Self {
        self.content = content;
        self
    }
}

impl<'a> Upload<&'a [u8]> {
    /// A message in memory; what its octets are is found out.
    pub fn of(octets: &'a [u8]) -> Self {
        let mut scan = ContentScan::default();
        scan.feed(octets);
        Self::new(octets.len() as u64, octets).content(scan.content())
    }
}

/// What is known of the octets of a message: it decides the form in which they travel. [`ContentScan`] finds it out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A literal takes them, which is so for almost every message, 8-bit text in its body included.
    #[default]
    Plain,
    /// Its header has octets above 127: it is in UTF-8 (RFC 6532), or broken. It is sent as `UTF8 (~{n} ...)` (RFC 6855
    /// section 4) once `UTF8=ACCEPT` is in force ([`crate::Session::enable`]), and else as any other message, which
    /// most servers take.
    Utf8Header,
    /// There is NUL in it, which a literal cannot hold (RFC 9051 section 4.3). It is sent as a literal8 (RFC 3516
    /// section 4.4), and not at all to a server without `BINARY` ([`Error::NotOffered`]).
    ///
    /// Dovecot and Cyrus put the body of such a message into base64: the content is the same, the octets are not.
    Nul,
    /// Both.
    Utf8HeaderAndNul,
}

impl Content {
    /// How it has to be sent on this connection.
    pub(crate) async fn form(self, link: &Link) -> Result<MessageForm, Error> {
        let utf8 = || link.shared.is_enabled(&Capability::Utf8Accept);
        match self {
            Self::Plain => Ok(MessageForm::Literal),
            Self::Utf8Header if utf8() => Ok(MessageForm::Utf8),
            Self::Utf8Header => Ok(MessageForm::Literal),
            Self::Nul | Self::Utf8HeaderAndNul => {
                // What IMAP4rev2 has of BINARY is its FETCH alone (RFC 9051 appendix E).
                link.require(&Capability::Binary, "BINARY").await?;
                let has_header = self == Self::Utf8HeaderAndNul && utf8();
                Ok(if has_header { MessageForm::Utf8 } else { MessageForm::Literal8 })
            }
        }
    }
}

/// Finds out what the octets of a message are, in any number of pieces. Linear in time, a few octets in memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContentScan {
    line: Line,
    has_eight_bit_header: bool,
    has_nul: bool,
}

/// Where in a message the next octet stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Line {
    /// At the beginning of a line of the header.
    #[default]
    Start,
    /// The same, behind a CR.
    Return,
    /// Further in such a line.
    Middle,
    /// Behind the empty line.
    Body,
}

impl ContentScan {
    /// Octets that follow those before.
    pub fn feed(&mut self, octets: &[u8]) {
        self.has_nul |= octets.contains(&0);
        if self.line == Line::Body {
            return;
        }
        for octet in octets {
            self.line = match (self.line, octet) {
                (Line::Body, _) => return,
                (Line::Start | Line::Return, b'\n') => Line::Body,
                (Line::Start, b'\r') => Line::Return,
                (Line::Middle, b'\n') => Line::Start,
                _ => Line::Middle,
            };
            self.has_eight_bit_header |= !octet.is_ascii();
        }
    }

    /// What was fed.
    pub const fn content(&self) -> Content {
        match (self.has_eight_bit_header, self.has_nul) {
            (false, false) => Content::Plain,
            (true, false) => Content::Utf8Header,
            (false, true) => Content::Nul,
            (true, true) => Content::Utf8HeaderAndNul,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &[u8], expected: Content) {
        assert_eq!(Upload::of(message).content, expected, "{}", message.escape_ascii());
        for cut in 0..=message.len() {
            let mut scan = ContentScan::default();
            scan.feed(&message[..cut]);
            scan.feed(&message[cut..]);
            assert_eq!(scan.content(), expected, "{} cut at {cut}", message.escape_ascii());
        }
    }

    #[test]
    fn the_octets_of_a_message_are_told_apart() {
        check(b"", Content::Plain);
        check(b"Subject: a\r\n\r\n\xc3\xbc\r\n", Content::Plain);
        check(b"Subject: a\n\n\xc3\xbc\n", Content::Plain);
        check(b"\r\n\xc3\xbc\r\n", Content::Plain);
        check(b"Subject: \xc3\xbc\r\n\r\nb\r\n", Content::Utf8Header);
        check(b"A: b\r\r\n\xc3: c\r\n\r\n", Content::Utf8Header);
        check(b"A: b\r\n\rx\xfc", Content::Utf8Header);
        check(b"A: b\r\n\r\nc\0d", Content::Nul);
        check(b"A: \0\r\n", Content::Nul);
        check(b"A: \xfc\r\n\r\n\0", Content::Utf8HeaderAndNul);
    }
}

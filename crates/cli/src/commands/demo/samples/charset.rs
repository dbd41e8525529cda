//! Letters in the charsets that mail has been written in, in every way to bring them onto the wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::Encoding;

use super::SampleMail;
use super::compose::{base64_lines, crlf, date_header, message_id, moment};
use super::people::Person;

/// A letter, and how it is encoded.
pub(super) struct Letter {
    pub(super) date: &'static str,
    pub(super) from: Person,
    pub(super) to: Person,
    pub(super) subject: &'static str,
    pub(super) body: &'static str,
    pub(super) charset: &'static str,
    pub(super) header: HeaderForm,
    pub(super) transfer: Transfer,
}

/// How the subject and the names stand in the header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderForm {
    /// Encoded words, `B` (RFC 2047 section 4.1).
    Base64,
    /// Encoded words, `Q` (RFC 2047 section 4.2).
    Quoted,
    /// The octets themselves: allowed for UTF-8 (RFC 6532 section 3.2), otherwise a fault that is often seen.
    Raw,
}

/// How the body stands on the wire (RFC 2045 section 6).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    SevenBit,
    EightBit,
    QuotedPrintable,
    Base64,
}

impl Letter {
    /// The mail.
    pub(super) fn mail(&self) -> SampleMail {
        let date = moment(self.date);
        let mut octets = Vec::new();
        for (field, person) in [("From", &self.from), ("To", &self.to)] {
            octets.extend_from_slice(format!("{field}: ").as_bytes());
            octets.extend_from_slice(&self.header_text(person.name));
            octets.extend_from_slice(format!("\r\n <{}>\r\n", person.address).as_bytes());
        }
        octets.extend_from_slice(b"Subject: ");
        octets.extend_from_slice(&self.header_text(self.subject));
        let (cte, body) = self.encoded_body();
        let rest = format!(
            "\r\nDate: {}\r\nMessage-ID: <{}>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset={}\r\n\
             Content-Transfer-Encoding: {cte}\r\n\r\n",
            date_header(date),
            message_id(&self.from, date),
            self.charset,
        );
        octets.extend_from_slice(rest.as_bytes());
        octets.extend_from_slice(&body);
        SampleMail::new(date, octets)
    }

    fn header_text(&self, text: &str) -> Vec<u8> {
        match self.header {
            HeaderForm::Raw => encode(self.charset, text),
            _ if text.is_ascii() => text.as_bytes().to_vec(),
            HeaderForm::Base64 => words(text, self.charset, 'B', |octets| STANDARD.encode(octets)),
            HeaderForm::Quoted => words(text, self.charset, 'Q', q_encoded),
        }
    }

    fn encoded_body(&self) -> (&'static str, Vec<u8>) {
        let plain = encode(self.charset, &crlf(self.body));
        match self.transfer {
            Transfer::SevenBit => ("7bit", plain),
            Transfer::EightBit => ("8bit", plain),
            Transfer::QuotedPrintable => ("quoted-printable", quoted_printable(&plain)),
            Transfer::Base64 => ("base64", base64_lines(&plain).into_bytes()),
        }
    }
}

/// The text in this charset, which has all its characters.
fn encode(charset: &str, text: &str) -> Vec<u8> {
    let encoding = Encoding::for_label(charset.as_bytes()).expect("the tables hold charsets that exist");
    let (octets, _, replaced) = encoding.encode(text);
    assert!(!replaced, "{charset} does not have all characters of this text: {text}");
    octets.into_owned()
}

/// Encoded words of 75 octets at most, one on each line of the header. Each is whole in itself: no character is cut,
/// and a charset with shifts is back in ASCII at its end (RFC 2047 sections 2 and 5).
fn words(text: &str, charset: &str, letter: char, to_ascii: impl Fn(&[u8]) -> String) -> Vec<u8> {
    let word = |part: &str| format!("=?{charset}?{letter}?{}?=", to_ascii(&encode(charset, part)));
    let mut lines = Vec::new();
    let mut part = String::new();
    for character in text.chars() {
        part.push(character);
        if word(&part).len() > 75 {
            part.pop();
            lines.push(word(&part));
            part = character.into();
        }
    }
    lines.push(word(&part));
    lines.join("\r\n ").into_bytes()
}

/// The `Q` encoding with the few octets that are allowed everywhere, also in a name.
fn q_encoded(octets: &[u8]) -> String {
    let mut text = String::new();
    for &octet in octets {
        match octet {
            b' ' => text.push('_'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => text.push(char::from(octet)),
            _ => text.push_str(&format!("={octet:02X}")),
        }
    }
    text
}

/// Lines of 76 characters at most (RFC 2045 section 6.7); the text's own lines end in CRLF.
fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    let mut column = 0;
    for (index, &octet) in text.iter().enumerate() {
        if octet == b'\r' || octet == b'\n' {
            encoded.push(octet);
            column = 0;
            continue;
        }
        let before_line_end = text.get(index + 1).is_none_or(|&next| next == b'\r');
        let plain = matches!(octet, b'!'..=b'<' | b'>'..=b'~') || (octet == b' ' && !before_line_end);
        let width = if plain { 1 } else { 3 };
        if column + width > 75 {
            encoded.extend_from_slice(b"=\r\n");
            column = 0;
        }
        column += width;
        if plain {
            encoded.push(octet);
        } else {
            encoded.extend_from_slice(format!("={octet:02X}").as_bytes());
        }
    }
    encoded
}

#[cfg(test)]
pub(super) mod tests {
    use mail_parser::MessageParser;

    use super::*;

    /// What a mail program reads out of the letter is what was written into it.
    pub(in crate::commands::demo::samples) fn check(letter: &Letter) {
        let octets = letter.mail().octets.concat();
        let message = MessageParser::default().parse(&octets).unwrap();
        let at = format!("{} {}", letter.charset, letter.subject);
        assert_eq!(message.body_text(0).as_deref(), Some(crlf(letter.body).as_str()), "{at}");
        if letter.header == HeaderForm::Raw && !letter.charset.eq_ignore_ascii_case("utf-8") {
            let raw = encode(letter.charset, letter.subject);
            assert!(octets.windows(raw.len()).any(|window| window == raw), "{at}");
            return;
        }
        assert_eq!(message.subject(), Some(letter.subject), "{at}");
        for (addresses, person) in [(message.from(), &letter.from), (message.to(), &letter.to)] {
            let address = addresses.and_then(|addresses| addresses.first()).unwrap();
            assert_eq!(address.name(), Some(person.name), "{at}");
            assert_eq!(address.address(), Some(person.address), "{at}");
        }
    }

    #[test]
    fn words_of_a_header_are_the_known_ones() {
        let base64 = |text, charset| {
            String::from_utf8(words(text, charset, 'B', |octets| STANDARD.encode(octets))).unwrap()
        };
        // ESC $ B, two characters of two octets, ESC ( B.
        assert_eq!(base64("日本", "iso-2022-jp"), "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=");
        assert_eq!(base64("日本", "shift_jis"), "=?shift_jis?B?k/qWew==?=");
        assert_eq!(base64("日本", "euc-jp"), "=?euc-jp?B?xvzL3A==?=");
        assert_eq!(words("Grüße, Ü!", "iso-8859-1", 'Q', q_encoded), b"=?iso-8859-1?Q?Gr=FC=DFe=2C_=DC=21?=");
        let long = base64(&"楓".repeat(60), "iso-2022-jp");
        assert!(long.lines().count() > 3 && long.lines().all(|line| line.trim().len() <= 75), "{long}");
    }

    #[test]
    fn quoted_lines_are_short_and_keep_blanks_at_their_ends() {
        assert_eq!(quoted_printable(b"a=b \r\n\tc"), b"a=3Db=20\r\n=09c");
        let long = quoted_printable("ä".repeat(100).as_bytes());
        assert!(long.split(|&octet| octet == b'\n').all(|line| line.len() <= 77));
    }
}

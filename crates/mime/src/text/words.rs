//! Encoded words in header fields (RFC 2047).

use super::charset::{decode, decode_whole, guess};
use super::{TransferDecoder, TransferEncoding};

/// The text of a header field's value, folded or not.
///
/// Encoded words are decoded, wherever they stand. Those that follow each other in one charset are decoded together:
/// software cuts them inside characters. Octets outside of them that are not ASCII are read as UTF-8, or in the charset
/// they are most likely in. Time is linear.
///
/// ```
/// let text = tayori_mime::decode_header(b"=?iso-8859-1?q?Gr=FC=DFe?=\r\n aus =?utf-8?b?TcO8bmNoZW4=?=");
/// assert_eq!(text, "Grüße aus München");
/// ```
pub fn decode_header(raw: &[u8]) -> String {
    let value = unfolded(raw);
    let plain = guess(&value);
    let mut text = String::new();
    let mut words = Words::default();
    let mut rest = &value[..];
    let mut reader = Reader { may_end: true };
    // White space between two encoded words means nothing; it is told only when something else follows.
    let mut blanks: &[u8] = &[];
    while !rest.is_empty() {
        if let Some((word, octets)) = reader.try_word(rest) {
            if words.is_empty() {
                push(&mut text, plain, blanks);
            }
            blanks = &[];
            words.push(&word, &mut text);
            rest = &rest[octets..];
            continue;
        }
        // A piece ends where a word may begin.
        let end = memchr::memchr(b'=', &rest[1..]).map_or(rest.len(), |index| index + 1);
        let (piece, next) = rest.split_at(end);
        rest = next;
        let is_blank = piece.iter().all(|octet| matches!(octet, b' ' | b'\t'));
        if is_blank && !words.is_empty() && blanks.is_empty() {
            blanks = piece;
            continue;
        }
        words.flush(&mut text);
        push(&mut text, plain, blanks);
        blanks = &[];
        push(&mut text, plain, piece);
    }
    words.flush(&mut text);
    push(&mut text, plain, blanks);
    text
}

/// The value on one line (RFC 5322 section 2.2.3), without white space around it.
fn unfolded(raw: &[u8]) -> Vec<u8> {
    let mut value: Vec<u8> = raw.iter().copied().filter(|octet| !matches!(octet, b'\r' | b'\n')).collect();
    value.truncate(value.trim_ascii_end().len());
    let start = value.len() - value.trim_ascii_start().len();
    value.drain(..start);
    value
}

fn push(text: &mut String, charset: &'static encoding_rs::Encoding, octets: &[u8]) {
    if octets.is_ascii() && !octets.contains(&0x1b) {
        text.push_str(&String::from_utf8_lossy(octets));
    } else {
        decode(&mut charset.new_decoder_without_bom_handling(), octets, true, text);
    }
}

/// `=?charset?encoding?text?=`
struct Word<'a> {
    charset: &'a [u8],
    encoding: Encoding,
    text: &'a [u8],
}

enum Encoding {
    B,
    Q,
}

struct Reader {
    /// Whether a `?=` may still come; looked for in vain once, it is not looked for again.
    may_end: bool,
}

impl Reader {
    /// The encoded word at the beginning of `value`, and its length in octets.
    fn try_word<'a>(&mut self, value: &'a [u8]) -> Option<(Word<'a>, usize)> {
        /// No charset has a longer name, with a language behind it.
        const NAME: usize = 64;
        if !self.may_end {
            return None;
        }
        let rest = value.strip_prefix(b"=?")?;
        let name = rest.iter().take(NAME).position(|&octet| octet == b'?')?;
        let charset = &rest[..name];
        if charset.is_empty() || !charset.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        let encoding = match rest.get(name + 1..name + 3)? {
            b"b?" | b"B?" => Encoding::B,
            b"q?" | b"Q?" => Encoding::Q,
            _ => return None,
        };
        let text = &rest[name + 3..];
        let Some(end) = memchr::memmem::find(text, b"?=") else {
            self.may_end = false;
            return None;
        };
        let octets = "=?".len() + name + 3 + end + "?=".len();
        Some((Word { charset, encoding, text: &text[..end] }, octets))
    }
}

/// Encoded words in one charset that follow each other, undone but not yet read as text.
#[derive(Default)]
struct Words {
    charset: Vec<u8>,
    octets: Vec<u8>,
}

impl Words {
    fn is_empty(&self) -> bool {
        self.charset.is_empty()
    }

    fn push(&mut self, word: &Word<'_>, text: &mut String) {
        if !self.charset.eq_ignore_ascii_case(word.charset) {
            self.flush(text);
            self.charset = word.charset.to_vec();
        }
        let before = self.octets.len();
        match word.encoding {
            Encoding::B => {
                let mut decoder = TransferDecoder::new(TransferEncoding::Base64);
                decoder.feed(word.text, &mut self.octets);
                decoder.finish(&mut self.octets);
            }
            Encoding::Q => q_decoded(word.text, &mut self.octets),
        }
        // A word in ISO-2022-JP ends in ASCII (RFC 1468), and the next begins with an escape again. Decoders take two
        // escapes in a row for an attempt to hide something, and say so with U+FFFD.
        let (front, behind) = self.octets.split_at(before);
        if behind.first() == Some(&0x1b) && (front.ends_with(b"\x1b(B") || front.ends_with(b"\x1b(J")) {
            self.octets.drain(before - 3..before);
        }
    }

    fn flush(&mut self, text: &mut String) {
        if !self.is_empty() {
            text.push_str(&decode_whole(Some(&self.charset), &self.octets));
            self.charset.clear();
            self.octets.clear();
        }
    }
}

/// RFC 2047 section 4.2.
fn q_decoded(text: &[u8], decoded: &mut Vec<u8>) {
    // White space cannot be in it, so all of it stands for itself where it is.
    let spaced: Vec<u8> = text.iter().map(|&octet| if octet == b'_' { b' ' } else { octet }).collect();
    let blanks = spaced.iter().rev().take_while(|&&octet| octet == b' ').count();
    let (front, blanks) = spaced.split_at(spaced.len() - blanks);
    let mut decoder = TransferDecoder::new(TransferEncoding::QuotedPrintable);
    decoder.feed(front, decoded);
    decoder.finish(decoded);
    decoded.extend_from_slice(blanks);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: &str) {
        assert_eq!(decode_header(raw.as_bytes()), expected, "{raw:?}");
    }

    /// RFC 2047 section 8.
    #[test]
    fn the_examples_of_the_standard() {
        check("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>");
        check("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>", "Keld Jørn Simonsen <keld@dkuug.dk>");
        check(
            "=?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>",
            "André Pirard <PIRARD@vm1.ulg.ac.be>",
        );
        check(
            "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
            "If you can read this you understand the example.",
        );
        check("(=?ISO-8859-1?Q?a?=)", "(a)");
        check("(=?ISO-8859-1?Q?a?= b)", "(a b)");
        check("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)");
        check("(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)", "(ab)");
        check("(=?ISO-8859-1?Q?a_b?=)", "(a b)");
        check("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)");
    }

    #[test]
    fn words_that_are_cut_inside_a_character() {
        check("=?utf-8?b?44OP44Ot4w==?= =?UTF-8?q?=83=BC?=", "ハロー");
        check("=?iso-2022-jp?b?GyRCJU8bKEI=?= =?iso-2022-jp?b?GyRCJW0bKEI=?=", "ハロ");
        check("=?iso-2022-jp?b?GyRCJU8l?= =?iso-2022-jp?b?bRsoQg==?=", "ハロ");
    }

    #[test]
    fn what_software_sends_instead() {
        check("a=?utf-8?q?b?=c", "abc");
        check("=?utf-8?q?two words?=", "two words");
        check("=?utf-8?q?Really??=", "Really?");
        check("=?utf-8*en?q?a?=", "a");
        check("=?utf-8?q??=", "");
        check("=?utf-8?q?open", "=?utf-8?q?open");
        check("=?utf-8?x?a?= =?b", "=?utf-8?x?a?= =?b");
        check("=?x-none?q?=C3=BC?=", "ü");
        check("a\r\n b\r\n\tc \r\n", "a b\tc");
        check("=?utf-8?q?a_?= =?utf-8?q?_b?= ", "a  b");
        check("ü =?utf-8?q?=C3=BC?= ü", "ü ü ü");
        assert_eq!(decode_header(b"Gr\xfc\xdfe aus M\xfcnchen"), "Grüße aus München");
        assert_eq!(decode_header(b"\x1b$B%O%m!<\x1b(B"), "ハロー");
        check("", "");
        check("= =? =?? ==", "= =? =?? ==");
    }

    #[test]
    fn time_is_linear_in_what_is_opened() {
        for piece in ["=?", "=?a?q?", "=?utf-8?q?a?=", "=?utf-8?q?a?= ", "=", "=?a?=", "?="] {
            decode_header(piece.repeat((1 << 16) / piece.len()).as_bytes());
        }
    }

    proptest! {
        #[test]
        fn noise_is_text(raw in prop::collection::vec(any::<u8>(), 0..60), words in "[=?utf8QB \r\n-]{0,40}") {
            let _ = (decode_header(&raw), decode_header(words.as_bytes()));
        }

        #[test]
        fn text_without_words_stays(text in "[a-zA-Zäöü日本 ]{0,30}") {
            prop_assert_eq!(decode_header(text.as_bytes()), text.trim());
        }
    }
}

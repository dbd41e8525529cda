//! `Content-Transfer-Encoding` (RFC 2045 section 6), undone as the octets come.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use tayori_proto::types::Text;

/// How the body of a part is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransferEncoding {
    /// `7bit`, `8bit` or `binary`: as it is.
    Identity,
    /// `quoted-printable`
    QuotedPrintable,
    /// `base64`
    Base64,
}

impl TransferEncoding {
    /// The encoding of this name; no name is `7bit`. `None` for one that nobody here can undo, which a server answers
    /// with `UNKNOWN-CTE` (RFC 9051 section 6.4.5).
    pub fn named(name: Option<&Text>) -> Option<Self> {
        let Some(name) = name else { return Some(Self::Identity) };
        let is = |other: &str| name.as_bytes().trim_ascii().eq_ignore_ascii_case(other.as_bytes());
        if is("7bit") || is("8bit") || is("binary") {
            Some(Self::Identity)
        } else if is("quoted-printable") {
            Some(Self::QuotedPrintable)
        } else if is("base64") {
            Some(Self::Base64)
        } else {
            None
        }
    }
}

/// Whether a body kept to the rules of its transfer encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoded {
    /// It did, or strayed from them in ways that leave no doubt what was meant: padding left out, several texts in a
    /// row.
    Soundly,
    /// It holds what the encoding cannot hold, or ends in the middle of an octet: what came out may not be what was
    /// sent.
    Damaged,
}

/// Undoes a transfer encoding, fed in pieces of any size; holds less than 4 KiB.
///
/// Call [`feed`](Self::feed) with each piece in order, then [`finish`](Self::finish). Broken input is read as far as it
/// has a meaning: base64 without its padding, with foreign characters, or several times in a row; a `=` that begins
/// nothing stays.
#[derive(Debug)]
pub struct TransferDecoder(State);

#[derive(Debug)]
enum State {
    Identity,
    QuotedPrintable(QuotedPrintable),
    Base64(Base64),
}

impl TransferDecoder {
    /// A decoder at the beginning of a body.
    pub fn new(encoding: TransferEncoding) -> Self {
        Self(match encoding {
            TransferEncoding::Identity => State::Identity,
            TransferEncoding::QuotedPrintable => State::QuotedPrintable(QuotedPrintable::default()),
            TransferEncoding::Base64 => State::Base64(Base64::default()),
        })
    }

    /// Appends what these octets mean to `decoded`; at most as many octets as are fed, and those held back.
    pub fn feed(&mut self, octets: &[u8], decoded: &mut Vec<u8>) {
        match &mut self.0 {
            State::Identity => decoded.extend_from_slice(octets),
            State::QuotedPrintable(state) => octets.iter().for_each(|&octet| state.octet(octet, decoded)),
            State::Base64(state) => octets.iter().for_each(|&octet| state.octet(octet, decoded)),
        }
    }

    /// Appends what was held back, at the end of the body, and says how the body was.
    pub fn finish(self, decoded: &mut Vec<u8>) -> Encoded {
        match self.0 {
            State::Identity => Encoded::Soundly,
            State::QuotedPrintable(state) => state.finish(decoded),
            State::Base64(mut state) => {
                state.flush(decoded);
                if state.damaged { Encoded::Damaged } else { Encoded::Soundly }
            }
        }
    }
}

/// RFC 2045 section 6.7.
#[derive(Debug, Default)]
struct QuotedPrintable {
    /// White space that is dropped if the line ends behind it.
    blanks: Vec<u8>,
    escape: Escape,
    /// A `=` began nothing.
    damaged: bool,
}

/// What was read of `=XX` or of `=` at the end of a line.
#[derive(Debug, Default)]
enum Escape {
    #[default]
    None,
    /// `=`
    Begun,
    /// `=X`
    Hex(u8),
    /// `=` and white space, which is kept beside it.
    Blanks,
    /// `=`, perhaps white space, and CR.
    Cr,
}

/// More white space than this at the end of a line is text: nobody adds so much, and it has to be held.
const BLANKS: usize = 1024;

impl QuotedPrintable {
    fn octet(&mut self, octet: u8, decoded: &mut Vec<u8>) {
        match (std::mem::take(&mut self.escape), octet) {
            (Escape::None, b'=') => {
                decoded.append(&mut self.blanks);
                self.escape = Escape::Begun;
            }
            (Escape::None, b' ' | b'\t') => {
                self.blanks.push(octet);
                if self.blanks.len() > BLANKS {
                    decoded.append(&mut self.blanks);
                }
            }
            (Escape::None, b'\r' | b'\n') => {
                self.blanks.clear();
                decoded.push(octet);
            }
            (Escape::None, _) => {
                decoded.append(&mut self.blanks);
                decoded.push(octet);
            }
            (Escape::Begun | Escape::Blanks, b'\n') | (Escape::Cr, b'\n') => self.blanks.clear(),
            (Escape::Begun | Escape::Blanks, b'\r') => self.escape = Escape::Cr,
            (Escape::Begun | Escape::Blanks, b' ' | b'\t') if self.blanks.len() < BLANKS => {
                self.blanks.push(octet);
                self.escape = Escape::Blanks;
            }
            (Escape::Begun, _) if octet.is_ascii_hexdigit() => self.escape = Escape::Hex(octet),
            (Escape::Hex(high), _) if octet.is_ascii_hexdigit() => {
                decoded.push(hex(high) << 4 | hex(octet));
            }
            (Escape::Cr, _) => {
                self.blanks.clear();
                self.octet(octet, decoded);
            }
            (Escape::Hex(high), _) => {
                self.damaged = true;
                decoded.extend_from_slice(&[b'=', high]);
                self.octet(octet, decoded);
            }
            (Escape::Begun | Escape::Blanks, _) => {
                self.damaged = true;
                decoded.push(b'=');
                self.octet(octet, decoded);
            }
        }
    }

    fn finish(self, decoded: &mut Vec<u8>) -> Encoded {
        match self.escape {
            Escape::Hex(high) => {
                decoded.extend_from_slice(&[b'=', high]);
                Encoded::Damaged
            }
            // White space and soft line breaks mean nothing at the end.
            Escape::None | Escape::Begun | Escape::Blanks | Escape::Cr if self.damaged => Encoded::Damaged,
            Escape::None | Escape::Begun | Escape::Blanks | Escape::Cr => Encoded::Soundly,
        }
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10),
    }
}

/// RFC 2045 section 6.8.
#[derive(Debug, Default)]
struct Base64 {
    /// Characters of the alphabet that are not decoded yet.
    held: Vec<u8>,
    /// Something was passed over.
    damaged: bool,
}

/// A multiple of four.
const HELD: usize = 2048;

/// Padding is cut off before; the bits behind the last octet are nobody's.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

impl Base64 {
    fn octet(&mut self, octet: u8, decoded: &mut Vec<u8>) {
        match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                self.held.push(octet);
                if self.held.len() == HELD {
                    self.flush(decoded);
                }
            }
            // The end, behind which another encoded text may begin.
            b'=' => self.flush(decoded),
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => self.damaged = true,
        }
    }

    fn flush(&mut self, decoded: &mut Vec<u8>) {
        // One character alone has six bits, which are no octet.
        if self.held.len() % 4 == 1 {
            self.held.pop();
            self.damaged = true;
        }
        let before = decoded.len();
        if ENGINE.decode_vec(&self.held, decoded).is_err() {
            // Every character is one of the alphabet, so this does not happen; if it did, nothing would be told twice.
            decoded.truncate(before);
        }
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(encoding: TransferEncoding, body: &[u8], size: usize) -> Vec<u8> {
        let mut decoded = Vec::new();
        let mut decoder = TransferDecoder::new(encoding);
        body.chunks(size).for_each(|piece| decoder.feed(piece, &mut decoded));
        decoder.finish(&mut decoded);
        decoded
    }

    #[track_caller]
    fn check(encoding: TransferEncoding, body: &str, expected: &str) {
        for size in [1, 2, 3, body.len().max(1)] {
            let decoded = decoded(encoding, body.as_bytes(), size);
            assert_eq!(String::from_utf8_lossy(&decoded), expected, "{body:?} in pieces of {size}");
        }
    }

    #[test]
    fn quoted_printable() {
        let encoding = TransferEncoding::QuotedPrintable;
        check(
            encoding,
            "Now's the time =\r\nfor all folk =  \r\n to=\n come.",
            "Now's the time for all folk  to come.",
        );
        check(encoding, "=c3=BC =3D\r\n", "ü =\r\n");
        check(encoding, "a \t\r\nb  c \n d ", "a\r\nb  c\n d");
        check(encoding, "=", "");
        check(encoding, "=4", "=4");
        check(encoding, "=4x =x= x ==41", "=4x =x= x =A");
        check(encoding, "a=\rb", "ab");
    }

    #[test]
    fn base64_as_it_is_met() {
        let encoding = TransferEncoding::Base64;
        check(encoding, "aGVs\r\nbG8=\r\n", "hello");
        check(encoding, "aGVsbG8", "hello");
        check(encoding, "aGVsbG8=aGVsbG8=", "hellohello");
        check(encoding, "a G*V-s\nbG8", "hello");
        check(encoding, "aGVsbG8a=", "hello\u{1a}");
        check(encoding, "aGVsb", "hel");
        check(encoding, "aGVsbG9=", "hello");
        check(encoding, "====", "");
    }

    #[test]
    fn damage_is_told() {
        let check = |encoding, body: &str, expected| {
            let mut decoder = TransferDecoder::new(encoding);
            decoder.feed(body.as_bytes(), &mut Vec::new());
            assert_eq!(decoder.finish(&mut Vec::new()), expected, "{body:?}");
        };
        for body in ["", "aGVs\r\nbG8=\r\n", "aGVsbG8", "aGVsbG8=aGVsbG8=", "a G V\ts"] {
            check(TransferEncoding::Base64, body, Encoded::Soundly);
        }
        for body in ["a*GVs", "aGVsb", "aGVs-", "aGVs\0", "aGVsb=aGVs"] {
            check(TransferEncoding::Base64, body, Encoded::Damaged);
        }
        for body in ["", "a=3D=\r\nb=", "x = \r\ny"] {
            check(TransferEncoding::QuotedPrintable, body, Encoded::Soundly);
        }
        for body in ["a=4", "a=x", "a=4x b", "a= b"] {
            check(TransferEncoding::QuotedPrintable, body, Encoded::Damaged);
        }
        check(TransferEncoding::Identity, "=\0\u{ff}", Encoded::Soundly);
    }

    #[test]
    fn names() {
        let named = |name: &str| TransferEncoding::named(Some(&name.into()));
        assert_eq!(TransferEncoding::named(None), Some(TransferEncoding::Identity));
        assert_eq!(named("8BIT "), Some(TransferEncoding::Identity));
        assert_eq!(named("Base64"), Some(TransferEncoding::Base64));
        assert_eq!(named("QUOTED-PRINTABLE"), Some(TransferEncoding::QuotedPrintable));
        assert_eq!(named("x-uuencode"), None);
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(octets in prop::collection::vec(any::<u8>(), 0..5000), size in 1_usize..100) {
            let body = base64::engine::general_purpose::STANDARD.encode(&octets);
            let lines: Vec<_> = body.as_bytes().chunks(76).map(|line| [line, b"\r\n"].concat()).collect();
            prop_assert_eq!(&decoded(TransferEncoding::Base64, &lines.concat(), size), &octets);
            let body: String = octets.iter().map(|octet| format!("={octet:02X}=\r\n")).collect();
            prop_assert_eq!(&decoded(TransferEncoding::QuotedPrintable, body.as_bytes(), size), &octets);
            prop_assert_eq!(&decoded(TransferEncoding::Identity, &octets, size), &octets);
        }

        #[test]
        fn pieces_do_not_matter(body in "[=0-9a-fA-F \t\r\n]{0,60}", size in 1_usize..10) {
            for encoding in [TransferEncoding::QuotedPrintable, TransferEncoding::Base64] {
                let whole = decoded(encoding, body.as_bytes(), body.len().max(1));
                prop_assert_eq!(decoded(encoding, body.as_bytes(), size), whole);
            }
        }
    }
}

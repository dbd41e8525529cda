//! The text of a part, from its encoded octets.

use super::charset::CharsetDecoder;
use super::{TransferDecoder, TransferEncoding};
use crate::structure::Part;
use tayori_proto::types::Text;

/// Decodes the body of a part to text, fed in pieces of any size.
///
/// Call [`feed`](Self::feed) with each piece in order, then [`finish`](Self::finish). What cannot be decoded becomes
/// U+FFFD. Without a charset, or with one that says nothing (US-ASCII, an unknown name), the charset is guessed: UTF-8
/// if the text can be that. An unknown transfer encoding is read as none. Memory is a few times the longest piece, and
/// 64 KiB.
pub struct PartDecoder {
    transfer: TransferDecoder,
    charset: CharsetDecoder,
    octets: Vec<u8>,
}

impl PartDecoder {
    /// A decoder at the beginning of a body with these values of `Content-Transfer-Encoding` and of the parameter
    /// `charset`, as they were written.
    pub fn new(encoding: Option<&Text>, charset: Option<&Text>) -> Self {
        let encoding = TransferEncoding::named(encoding).unwrap_or(TransferEncoding::Identity);
        Self {
            transfer: TransferDecoder::new(encoding),
            charset: CharsetDecoder::new(charset.map(Text::as_bytes)),
            octets: Vec::new(),
        }
    }

    /// A decoder for the body of this part.
    pub fn of(part: Part<'_>) -> Self {
        Self::new(part.encoding(), part.charset())
    }

    /// Appends the text of these octets to `text`, as far as it is known yet.
    pub fn feed(&mut self, octets: &[u8], text: &mut String) {
        self.octets.clear();
        self.transfer.feed(octets, &mut self.octets);
        self.charset.feed(&self.octets, text);
    }

    /// Appends what was held back, at the end of the body.
    pub fn finish(mut self, text: &mut String) {
        self.octets.clear();
        self.transfer.finish(&mut self.octets);
        self.charset.feed(&self.octets, text);
        self.charset.finish(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(encoding: &str, charset: &str, body: &str, expected: &str) {
        for size in [1, 2, 3, 5, body.len()] {
            let mut text = String::new();
            let mut decoder = PartDecoder::new(Some(&encoding.into()), Some(&charset.into()));
            body.as_bytes().chunks(size).for_each(|piece| decoder.feed(piece, &mut text));
            decoder.finish(&mut text);
            assert_eq!(text, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn encodings_and_charsets_together() {
        check("base64", "iso-2022-jp", "GyRCJU8lbSE8GyhC\r\n", "ハロー");
        check("quoted-printable", "Shift_JIS", "=83n=83=\r\n=8D=81[", "ハロー");
        check("quoted-printable", "utf-8", "Gr=C3=BC=C3=\r\n=9Fe", "Grüße");
        check("base64", "us-ascii", "R3L8337fZQ==", &encoding_rs::WINDOWS_1252.decode(b"Gr\xfc\xdf~\xdfe").0);
        check("x-own", "utf-8", "=41", "=41");
    }
}

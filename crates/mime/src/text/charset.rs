//! Charsets: by name, or guessed where none is named or the name says nothing.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Encoding, UTF_8};
use mail_parser::decoders::charsets::DecoderFnc;
use mail_parser::decoders::charsets::map::charset_decoder;

/// Decodes text that comes in pieces.
///
/// Memory is bounded: [`GUESSED`] octets while a charset is being guessed, [`LINE`] for charsets that are decoded by
/// the line.
pub(super) struct CharsetDecoder(State);

enum State {
    /// Nothing but ASCII so far, in a text whose charset is not known.
    Ascii,
    /// From the first octet that is not ASCII, until there is enough to guess from.
    Guessing(Vec<u8>),
    Known(encoding_rs::Decoder),
    /// A charset of `mail-parser`, which decodes whole texts. All of them begin anew with each line.
    Lines {
        decode: DecoderFnc,
        line: Vec<u8>,
    },
}

/// Octets to guess a charset from. What comes later hardly changes a guess.
const GUESSED: usize = 4096;

/// Octets of a line; a longer one is decoded in pieces. RFC 5322 section 2.1.1 ends lines at 998 octets.
const LINE: usize = 64 << 10;

impl CharsetDecoder {
    /// For the charset of this name; `None` for text that names none.
    pub(super) fn new(name: Option<&[u8]>) -> Self {
        Self(match charset(name) {
            Charset::Known(encoding) => State::Known(encoding.new_decoder()),
            Charset::Lines(decode) => State::Lines { decode, line: Vec::new() },
            Charset::Unknown => State::Ascii,
        })
    }

    pub(super) fn feed(&mut self, octets: &[u8], text: &mut String) {
        if octets.is_empty() {
            return;
        }
        match &mut self.0 {
            State::Ascii => {
                let plain = octets.iter().position(|&octet| !is_plain(octet)).unwrap_or(octets.len());
                let (plain, rest) = octets.split_at(plain);
                text.push_str(&String::from_utf8_lossy(plain));
                if !rest.is_empty() {
                    self.0 = State::Guessing(Vec::new());
                    self.feed(rest, text);
                }
            }
            State::Guessing(held) => {
                let (taken, rest) = octets.split_at(octets.len().min(GUESSED - held.len()));
                held.extend_from_slice(taken);
                if held.len() == GUESSED {
                    let held = std::mem::take(held);
                    self.guessed(&held, text);
                    self.feed(rest, text);
                }
            }
            State::Known(decoder) => decode(decoder, octets, false, text),
            State::Lines { decode, line } => {
                for piece in octets.split_inclusive(|&octet| octet == b'\n') {
                    let mut rest = piece;
                    while !rest.is_empty() {
                        let (taken, next) = rest.split_at(rest.len().min(LINE - line.len()));
                        line.extend_from_slice(taken);
                        rest = next;
                        if line.len() == LINE || line.last() == Some(&b'\n') {
                            text.push_str(&decode(line));
                            line.clear();
                        }
                    }
                }
            }
        }
    }

    pub(super) fn finish(mut self, text: &mut String) {
        if let State::Guessing(held) = &mut self.0 {
            let held = std::mem::take(held);
            self.guessed(&held, text);
        }
        match self.0 {
            State::Known(mut decoder) => decode(&mut decoder, b"", true, text),
            State::Lines { decode, line } => text.push_str(&decode(&line)),
            State::Ascii | State::Guessing(_) => {}
        }
    }

    fn guessed(&mut self, held: &[u8], text: &mut String) {
        let mut decoder = guess(held).new_decoder_without_bom_handling();
        decode(&mut decoder, held, false, text);
        self.0 = State::Known(decoder);
    }
}

/// Decodes a whole text that names this charset.
pub(crate) fn decode_whole(name: Option<&[u8]>, octets: &[u8]) -> String {
    let mut text = String::new();
    let mut decoder = CharsetDecoder::new(name);
    decoder.feed(octets, &mut text);
    decoder.finish(&mut text);
    text
}

enum Charset {
    Known(&'static Encoding),
    Lines(DecoderFnc),
    Unknown,
}

fn charset(name: Option<&[u8]>) -> Charset {
    let Some(name) = name else { return Charset::Unknown };
    // RFC 2231 section 5 lets a language follow.
    let name = name.split(|&octet| octet == b'*').next().unwrap_or_default().trim_ascii();
    let is = |names: &[&str]| names.iter().any(|one| name.eq_ignore_ascii_case(one.as_bytes()));
    // US-ASCII is what software says that does not know; text with that name is as often UTF-8.
    if is(&["us-ascii", "ascii", "ansi_x3.4-1968"]) {
        return Charset::Unknown;
    }
    if let Some(encoding) = Encoding::for_label_no_replacement(name) {
        return Charset::Known(encoding);
    }
    for (encoding, names) in OTHER_NAMES {
        if is(names) {
            return Charset::Known(encoding);
        }
    }
    charset_decoder(name).map_or(Charset::Unknown, Charset::Lines)
}

/// Names that mail uses and the Encoding Standard of the web does not know.
static OTHER_NAMES: [(&Encoding, &[&str]); 6] = [
    (
        encoding_rs::ISO_2022_JP,
        &[
            "iso-2022-jp-1",
            "iso-2022-jp-2",
            "iso-2022-jp-3",
            "iso-2022-jp-2004",
            "iso-2022-jp-ms",
            "cp50220",
            "cp50221",
            "cp50222",
        ],
    ),
    (encoding_rs::SHIFT_JIS, &["cp932", "cp943", "shift-jis-2004", "mskanji"]),
    (encoding_rs::EUC_JP, &["eucjp", "eucjp-ms", "cp51932", "ujis"]),
    (encoding_rs::GBK, &["cp936", "ms936"]),
    (encoding_rs::EUC_KR, &["cp949", "ms949", "uhc"]),
    (encoding_rs::BIG5, &["cp950", "ms950"]),
];

/// The charset that octets are most likely in: UTF-8 if they can be.
pub(super) fn guess(octets: &[u8]) -> &'static Encoding {
    if octets.iter().all(|&octet| is_plain(octet)) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(octets, true);
    detector.guess(None, Utf8Detection::Allow)
}

/// Whether an octet is the same in every charset a guess may end with: ASCII, but for the ESC of ISO-2022-JP.
fn is_plain(octet: u8) -> bool {
    octet.is_ascii() && octet != 0x1b
}

pub(super) fn decode(decoder: &mut encoding_rs::Decoder, mut octets: &[u8], last: bool, text: &mut String) {
    loop {
        // Room for four octets of UTF-8 at least, whatever was held back.
        text.reserve(octets.len().min(4096) + 16);
        let (result, read, _) = decoder.decode_to_string(octets, text, last);
        octets = &octets[read..];
        if result == CoderResult::InputEmpty {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(name: Option<&str>, octets: &[u8], expected: &str) {
        for size in [1, 2, 3, octets.len().max(1)] {
            let mut text = String::new();
            let mut decoder = CharsetDecoder::new(name.map(str::as_bytes));
            octets.chunks(size).for_each(|piece| decoder.feed(piece, &mut text));
            decoder.finish(&mut text);
            assert_eq!(text, expected, "{name:?} in pieces of {size}");
        }
    }

    #[test]
    fn charsets_by_name() {
        let kana = "ハロー・ワールド";
        check(Some("utf-8"), kana.as_bytes(), kana);
        check(Some("Shift_JIS"), b"\x83n\x83\x8D\x81[\x81E\x83\x8F\x81[\x83\x8B\x83h", kana);
        check(Some("cp932"), b"\x83n\x83\x8D\x81[\x81E\x83\x8F\x81[\x83\x8B\x83h", kana);
        check(Some("EUC-JP"), b"\xa5\xcf\xa5\xed\xa1\xbc\xa1\xa6\xa5\xef\xa1\xbc\xa5\xeb\xa5\xc9", kana);
        check(Some("iso-2022-jp"), b"a\x1b$B%O%m!<!&%o!<%k%I\x1b(B.", "aハロー・ワールド.");
        check(Some("ISO-2022-JP-MS"), b"\x1b(I62E\x1b(B", "ｶｲﾅ");
        check(Some("utf-7"), b"a\r\n+ZYeB9FH6ckh5Pg-, 1980.\r\n", "a\r\n文致出版社, 1980.\r\n");
        check(Some("ibm850"), b"\x9b\x9c\x9d\x9e", "ø£Ø×");
        check(Some("iso-8859-1*de"), b"\xe4\x80", "ä€");
        check(Some("utf-16"), b"\xfe\xff\x00\xe1\x00\xe9", "áé");
        check(Some("gb2312"), b"\xc4\xe3\xba\xc3", "你好");
    }

    #[test]
    fn charsets_by_guess() {
        for name in [None, Some("us-ascii"), Some("x-unknown"), Some("")] {
            check(name, b"plain", "plain");
            check(name, "Grüße, ハ".as_bytes(), "Grüße, ハ");
            check(name, b"Gr\xfc\xdfe aus M\xfcnchen", "Grüße aus München");
            check(name, b"a \x1b$B%O%m!<\x1b(B b", "a ハロー b");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_replaced() {
        check(Some("utf-8"), b"a\xffb\xe3\x81", "a\u{fffd}b\u{fffd}");
        check(Some("iso-2022-jp"), b"a\x1b$B%", "a\u{fffd}");
    }

    proptest! {
        #[test]
        fn noise_is_text(octets in prop::collection::vec(any::<u8>(), 0..60), codes in "[+a-zA-Z0-9/\r\n-]{0,60}", size in 1_usize..20) {
            for name in ["utf-7", "ibm850", "iso-2022-jp", "shift_jis", "utf-16", "utf-8", "x-unknown"] {
                for octets in [&octets[..], codes.as_bytes()] {
                    let mut text = String::new();
                    let mut decoder = CharsetDecoder::new(Some(name.as_bytes()));
                    octets.chunks(size).for_each(|piece| decoder.feed(piece, &mut text));
                    decoder.finish(&mut text);
                    prop_assert_eq!(text, decode_whole(Some(name.as_bytes()), octets), "{}", name);
                }
            }
        }
    }

    #[test]
    fn a_long_text_is_guessed_from_its_beginning() {
        let long = "日本語のメール。".repeat(5000);
        let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode(&long);
        check(None, &shift_jis, &long);
        let line = "+ZYeB9FH6ckh5Pg-".repeat(20_000);
        assert!(decode_whole(Some(b"utf-7"), line.as_bytes()).starts_with("文致出版社文"));
    }
}

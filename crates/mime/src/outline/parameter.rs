//! Parameters of content fields as text (RFC 2231).

use tayori_proto::types::Parameter;

use crate::text::{decode_header, decode_whole};

/// The value of a parameter as text, whichever way it is written:
///
/// - `name*=utf-8''%e2%82%ac` with charset and percent signs, and `name*0*=...; name*1=...` in pieces (RFC 2231
///   sections 3 and 4); a charset that cannot be told is guessed;
/// - `name="=?utf-8?q?...?="` with encoded words, which RFC 2047 section 5 forbids and much software sends; octets that
///   are not ASCII, in the charset they are most likely in.
///
/// What RFC 2231 says counts more than a value without it. `None` if there is no such parameter.
///
/// ```
/// use tayori_proto::types::Parameter;
///
/// let parameters = [Parameter { name: "filename*".into(), value: "utf-8'en'%e2%82%ac%20rates".into() }];
/// assert_eq!(tayori_mime::parameter(&parameters, "filename").as_deref(), Some("€ rates"));
/// ```
pub fn parameter(parameters: &[Parameter], name: &str) -> Option<String> {
    let mut pieces: Vec<Piece<'_>> = parameters.iter().filter_map(|found| Piece::of(found, name)).collect();
    // Stable: of two with one number the first counts.
    pieces.sort_by_key(|piece| piece.order);
    pieces.dedup_by_key(|piece| piece.order);
    match pieces.first()?.order {
        Order::Whole | Order::Plain => Some(pieces[0].text()),
        Order::Piece(0) => {
            let row = pieces.iter().zip(0..);
            let row: Vec<_> = row
                .take_while(|(piece, number)| piece.order == Order::Piece(*number))
                .map(|(piece, _)| piece)
                .collect();
            Some(joined(&row))
        }
        // Its beginning is missing, so another way of writing it is better, if there is one.
        Order::Piece(_) => match pieces.last() {
            Some(plain) if plain.order == Order::Plain => Some(plain.text()),
            _ => Some(joined(&pieces.iter().collect::<Vec<_>>())),
        },
    }
}

struct Piece<'a> {
    order: Order,
    style: Style,
    value: &'a [u8],
}

/// The better way of writing first, then by number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    /// `name*`
    Whole,
    /// `name*0`, `name*0*`
    Piece(u32),
    /// `name`
    Plain,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// With percent signs; the first piece also with charset and language.
    Extended,
    AsIs,
}

impl<'a> Piece<'a> {
    /// This parameter, if it belongs to the one of this name.
    fn of(parameter: &'a Parameter, name: &str) -> Option<Self> {
        let found = parameter.name.as_bytes();
        let (base, rest) = found.split_at_checked(name.len())?;
        if !base.eq_ignore_ascii_case(name.as_bytes()) {
            return None;
        }
        let value = parameter.value.as_bytes();
        let (order, style) = match rest {
            b"" => (Order::Plain, Style::AsIs),
            b"*" => (Order::Whole, Style::Extended),
            [b'*', number @ .., b'*'] => (Order::Piece(number_of(number)?), Style::Extended),
            [b'*', number @ ..] => (Order::Piece(number_of(number)?), Style::AsIs),
            _ => return None,
        };
        Some(Self { order, style, value })
    }

    fn text(&self) -> String {
        match self.style {
            Style::AsIs => decode_header(self.value),
            Style::Extended => joined(&[self]),
        }
    }
}

/// The text of pieces that follow each other. A character may be cut between two of them.
fn joined(pieces: &[&Piece<'_>]) -> String {
    let mut charset = None;
    let mut octets = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let mut value = piece.value;
        if piece.style == Style::AsIs {
            octets.extend_from_slice(value);
            continue;
        }
        if index == 0
            && let Some((name, rest)) = charset_of(value)
        {
            (charset, value) = (Some(name), rest);
        }
        push_unescaped(value, &mut octets);
    }
    match charset {
        Some(charset) => decode_whole(Some(charset), &octets),
        // Some software cuts encoded words to pieces.
        None => decode_header(&octets),
    }
}

/// `charset'language'text`
fn charset_of(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut quotes = memchr::memchr_iter(b'\'', value);
    let (first, second) = (quotes.next()?, quotes.next()?);
    Some((&value[..first], &value[second + 1..]))
}

/// Appends a value with its percent signs undone; one that begins nothing stays.
fn push_unescaped(value: &[u8], octets: &mut Vec<u8>) {
    let digit = |octet: &u8| char::from(*octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut rest = value;
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        if first == b'%'
            && let [high, low, behind @ ..] = behind
            && let (Some(high), Some(low)) = (digit(high), digit(low))
        {
            octets.push(high << 4 | low);
            rest = behind;
        } else {
            octets.push(first);
        }
    }
}

fn number_of(digits: &[u8]) -> Option<u32> {
    let is_number = digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_number)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(parameters: &[(&str, &[u8])], expected: Option<&str>) {
        let parameters: Vec<_> = parameters
            .iter()
            .map(|&(name, value)| Parameter { name: name.into(), value: value.to_vec().into() })
            .collect();
        assert_eq!(parameter(&parameters, "filename").as_deref(), expected);
    }

    #[test]
    fn values_without_anything() {
        check(&[], None);
        check(&[("name", b"a"), ("filenames", b"b"), ("filename*x", b"c"), ("filename**", b"d")], None);
        check(&[("FileName", b"a b.pdf")], Some("a b.pdf"));
        check(&[("filename", b"a"), ("filename", b"b")], Some("a"));
        check(&[("filename", b"100%25.txt")], Some("100%25.txt"));
    }

    /// RFC 2231 sections 3 and 4, with another name.
    #[test]
    fn the_examples_of_the_standard() {
        check(
            &[("filename*0", b"ftp://"), ("filename*1", b"cs.utk.edu/pub/moore/bulk-mailer.tar")],
            Some("ftp://cs.utk.edu/pub/moore/bulk-mailer.tar"),
        );
        check(
            &[("filename*", b"us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A")],
            Some("This is ***fun***"),
        );
        check(
            &[
                ("filename*0*", b"us-ascii'en'This%20is%20even%20more%20"),
                ("filename*1*", b"%2A%2A%2Afun%2A%2A%2A%20"),
                ("filename*2", b"isn't it!"),
            ],
            Some("This is even more ***fun*** isn't it!"),
        );
    }

    #[test]
    fn charsets() {
        check(&[("filename*", b"UTF-8''%E2%82%AC.txt")], Some("€.txt"));
        check(&[("filename*", b"iso-8859-1'de'Gr%FC%DFe")], Some("Grüße"));
        check(&[("filename*", b"iso-2022-jp'ja'%1B%24B%25O%25m%21%3C%1B%28B.pdf")], Some("ハロー.pdf"));
        check(&[("filename*", b"Shift_JIS''%83n%83%8D%81%5B.txt")], Some("ハロー.txt"));
        // No charset, an unknown one, and none where one belongs.
        check(&[("filename*", b"''%E2%82%AC")], Some("€"));
        check(&[("filename*", b"x-none''%E2%82%AC")], Some("€"));
        check(&[("filename*", b"%E2%82%AC it's")], Some("€ it's"));
    }

    #[test]
    fn pieces() {
        // In any order, a character cut between two of them, a piece without percent signs between others.
        let pieces: [(&str, &[u8]); 3] =
            [("filename*2*", b"%AC"), ("filename*0*", b"utf-8''%E2"), ("filename*1*", b"%82")];
        check(&pieces, Some("€"));
        check(
            &[("filename*0*", b"utf-8''%41"), ("filename*1", b"%42"), ("filename*2*", b"%43")],
            Some("A%42C"),
        );
        // What stands behind a gap is left out; without a beginning, a plain value is better.
        check(&[("filename*0", b"a"), ("filename*2", b"c")], Some("a"));
        check(&[("filename*1", b"b"), ("filename", b"plain")], Some("plain"));
        check(&[("filename*1", b"b"), ("filename*2", b"c")], Some("bc"));
        check(&[("filename*99999999999", b"b")], None);
        // The better way of writing counts.
        check(&[("filename", b"EURO.txt"), ("filename*", b"utf-8''%E2%82%AC.txt")], Some("€.txt"));
        check(&[("filename", b"x"), ("filename*0", b"y"), ("filename*0", b"z")], Some("y"));
    }

    #[test]
    fn encoded_words() {
        check(&[("filename", b"=?iso-2022-jp?B?GyRCJU8lbSE8GyhC?=.pdf")], Some("ハロー.pdf"));
        check(
            &[("filename", b"=?ISO-2022-JP?B?GyRCJU8lbSE8GyhC?= =?ISO-2022-JP?B?GyRCJU8lbSE8GyhC?=")],
            Some("ハローハロー"),
        );
        check(&[("filename*0", b"=?utf-8?q?Gr=C3=BC=C3"), ("filename*1", b"=9Fe?=.txt")], Some("Grüße.txt"));
        check(&[("filename", "Grüße.txt".as_bytes())], Some("Grüße.txt"));
        check(&[("filename", b"\x1b$B%O%m!<\x1b(B.txt")], Some("ハロー.txt"));
    }

    #[test]
    fn percent_signs_that_begin_nothing() {
        check(&[("filename*", b"utf-8''100%")], Some("100%"));
        check(&[("filename*", b"utf-8''%4%zz%+1%41")], Some("%4%zz%+1A"));
    }

    proptest! {
        #[test]
        fn noise_is_text(pieces in prop::collection::vec(("filename(\\*[0-3]{0,2}){0,2}\\*?", prop::collection::vec(any::<u8>(), 0..20)), 0..8)) {
            let parameters: Vec<_> = pieces.iter().map(|(name, value)| Parameter { name: name.as_str().into(), value: value.clone().into() }).collect();
            let _ = parameter(&parameters, "filename");
        }

        #[test]
        fn what_is_encoded_comes_back(text in "\\PC{0,30}", cut in 0_usize..100) {
            let encoded: String = text.bytes().map(|octet| format!("%{octet:02x}")).collect();
            let (front, back) = encoded.split_at(cut.min(text.len()) * 3);
            let parameters = [
                Parameter { name: "filename*0*".into(), value: format!("utf-8''{front}").as_str().into() },
                Parameter { name: "filename*1*".into(), value: back.into() },
            ];
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            prop_assert_eq!(parameter(&parameters, "filename"), Some(text.to_owned()));
        }
    }
}

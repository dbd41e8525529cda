//! Modified UTF-7, the encoding of mailbox names (RFC 9051 appendix A.1, RFC 3501 section 5.1.3).

use base64::Engine as _;
use base64::alphabet::Alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Base64 with `,` for `/` and without padding. Trailing bits are checked by hand, since they must be zero.
const MODIFIED_BASE64: GeneralPurpose = GeneralPurpose::new(
    &match Alphabet::new("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,") {
        Ok(alphabet) => alphabet,
        Err(_) => panic!("64 different printable characters make an alphabet"),
    },
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// A mailbox name in modified UTF-7.
pub fn encode(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    let mut rest = name;
    while !rest.is_empty() {
        let direct = rest.find(|c: char| c == '&' || !is_direct(c)).unwrap_or(rest.len());
        encoded.push_str(&rest[..direct]);
        rest = &rest[direct..];
        if let Some(after) = rest.strip_prefix('&') {
            encoded.push_str("&-");
            rest = after;
            continue;
        }
        let shifted = rest.find(is_direct).unwrap_or(rest.len());
        if shifted > 0 {
            let utf16: Vec<u8> = rest[..shifted].encode_utf16().flat_map(u16::to_be_bytes).collect();
            encoded.push('&');
            MODIFIED_BASE64.encode_string(utf16, &mut encoded);
            encoded.push('-');
            rest = &rest[shifted..];
        }
    }
    encoded
}

/// The name that modified UTF-7 stands for, or `None` when the octets are not modified UTF-7.
///
/// Exactly what [`encode`] makes is accepted: no shift for a character that stands for itself, no two shifts in a
/// row, no bits left over. Two names on a server can therefore never become one here.
pub fn decode(octets: &[u8]) -> Option<String> {
    let mut name = String::with_capacity(octets.len());
    let mut rest = octets;
    while let Some((&octet, after)) = rest.split_first() {
        if octet != b'&' {
            if !is_direct(char::from(octet)) {
                return None;
            }
            name.push(char::from(octet));
            rest = after;
            continue;
        }
        let end = after.iter().position(|&octet| octet == b'-')?;
        let utf16 = MODIFIED_BASE64.decode(&after[..end]).ok()?;
        if end == 0 {
            name.push('&');
        } else {
            let units = utf16.chunks(2).map(|pair| match *pair {
                [high, low] => Some(u16::from_be_bytes([high, low])),
                _ => None,
            });
            let units: Vec<u16> = units.collect::<Option<_>>()?;
            name.push_str(&String::from_utf16(&units).ok()?);
        }
        rest = &after[end + 1..];
    }
    (encode(&name).as_bytes() == octets).then_some(name)
}

/// Whether a character other than `&` stands for itself.
fn is_direct(c: char) -> bool {
    matches!(c, ' '..='~')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(name: &str, encoded: &str) {
        assert_eq!(encode(name), encoded);
        assert_eq!(decode(encoded.as_bytes()).as_deref(), Some(name));
    }

    #[test]
    fn known_answers() {
        check("", "");
        check("INBOX", "INBOX");
        check("A&B", "A&-B");
        check("&", "&-");
        check("&&", "&-&-");
        check("~peter/mail/\u{53f0}\u{5317}/\u{65e5}\u{672c}\u{8a9e}", "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        check("Entw\u{fc}rfe", "Entw&APw-rfe");
        check("\u{53d7}\u{4fe1}\u{30c8}\u{30ec}\u{30a4}", "&U9dP4TDIMOwwpA-");
        check("\u{1f4ec}", "&2D3c7A-");
        check("a\tb", "a&AAk-b");
    }

    #[test]
    fn what_encode_never_makes_is_refused() {
        for wrong in
            ["&", "&AAA", "&&&", "&Jjo!", "&U,BTFw-&ZeVnLIqe-", "&AGE-", "&2D0-", "\u{e9}", "a\tb", "&AAB-"]
        {
            assert_eq!(decode(wrong.as_bytes()), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_name_survives(name in any::<String>()) {
            prop_assert_eq!(decode(encode(&name).as_bytes()), Some(name));
        }

        #[test]
        fn any_octets_are_refused_or_survive(octets in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Some(name) = decode(&octets) {
                prop_assert_eq!(encode(&name).into_bytes(), octets);
            }
        }
    }
}

//! Stringprep (RFC 3454): SASLprep (RFC 4013) and the `trace` profile (RFC 4505 section 3).
//!
//! The tables are those of the crate `stringprep`. Its own `saslprep` is not used: it knows stored strings only, and
//! what it allocates for a password on the way is not overwritten.

use stringprep::tables;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Whether characters that Unicode 3.2 does not have are let pass (RFC 3454 section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// They are not: what is kept, or becomes part of a hash, must not change its form with a later Unicode.
    Stored,
    /// They are: the other side compares it with a stored one.
    Query,
}

/// A text that SASLprep refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused;

/// SASLprep (RFC 4013 section 2): mapping, normal form KC, what is prohibited, and directions.
pub(super) fn saslprep(text: &str, used_as: Use) -> Result<Zeroizing<String>, Refused> {
    let mapped = text
        .chars()
        .map(|c| if tables::non_ascii_space_character(c) { ' ' } else { c })
        .filter(|&c| !tables::commonly_mapped_to_nothing(c));
    // No character grows beyond eleven times its octets in this form (Unicode Standard Annex 15 section 9), so that the
    // string is not moved while it grows, which would leave a copy behind.
    let mut prepared = Zeroizing::new(String::with_capacity(11 * text.len()));
    prepared.extend(mapped.nfkc());
    let prohibited = |c| {
        tables::non_ascii_space_character(c)
            || is_in_no_text(c)
            || tables::inappropriate_for_canonical_representation(c)
            || (used_as == Use::Stored && tables::unassigned_code_point(c))
    };
    if prepared.contains(prohibited) || has_mixed_directions(&prepared) {
        return Err(Refused);
    }
    Ok(prepared)
}

/// Whether the `trace` profile lets a text pass; it changes nothing (RFC 4505 section 3).
pub(super) fn is_trace(text: &str) -> bool {
    !text.contains(is_in_no_text) && !has_mixed_directions(text)
}

/// What both profiles prohibit: tables C.2.1, C.2.2, C.3, C.4, C.5, C.6, C.8 and C.9 of RFC 3454.
fn is_in_no_text(c: char) -> bool {
    tables::ascii_control_character(c)
        || tables::non_ascii_control_character(c)
        || tables::private_use(c)
        || tables::non_character_code_point(c)
        || tables::surrogate_code(c)
        || tables::inappropriate_for_plain_text(c)
        || tables::change_display_properties_or_deprecated(c)
        || tables::tagging_character(c)
}

/// RFC 3454 section 6: what has a letter written from right to left has none written from left to right, and both
/// begins and ends with such a letter.
fn has_mixed_directions(text: &str) -> bool {
    if !text.contains(tables::bidi_r_or_al) {
        return false;
    }
    text.contains(tables::bidi_l)
        || !text.starts_with(tables::bidi_r_or_al)
        || !text.ends_with(tables::bidi_r_or_al)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> Option<String> {
        saslprep(text, Use::Stored).ok().map(|prepared| prepared.to_string())
    }

    /// RFC 4013 section 3
    #[test]
    fn examples_of_the_rfc() {
        for (text, prepared) in [
            ("I\u{ad}X", Some("IX")),
            ("user", Some("user")),
            ("USER", Some("USER")),
            ("\u{aa}", Some("a")),
            ("\u{2168}", Some("IX")),
            ("\u{7}", None),
            ("\u{627}\u{31}", None),
        ] {
            assert_eq!(stored(text).as_deref(), prepared, "{text:?}");
        }
    }

    #[test]
    fn each_rule_has_its_case() {
        for (text, prepared) in [
            ("a\u{a0}b\u{3000}c", Some("a b c")),
            ("\u{ad}", Some("")),
            ("e\u{301}", Some("\u{e9}")),
            ("\u{627}1\u{628}", Some("\u{627}1\u{628}")),
            ("\u{627}a\u{628}", None),
            ("\u{85}", None),
            ("\u{e000}", None),
            ("\u{fdd0}", None),
            ("\u{fffd}", None),
            ("\u{2ff0}", None),
            ("\u{202e}", None),
            ("\u{e0041}", None),
            // This form makes eighteen characters of it, which is the most.
            (
                "\u{fdfa}",
                Some(
                    "\u{635}\u{644}\u{649} \u{627}\u{644}\u{644}\u{647} \u{639}\u{644}\u{64a}\u{647} \u{648}\u{633}\u{644}\u{645}",
                ),
            ),
        ] {
            assert_eq!(stored(text).as_deref(), prepared, "{text:?}");
        }
    }

    #[test]
    fn what_came_after_2002_passes_in_a_query_only() {
        assert_eq!(saslprep("\u{1f600}", Use::Stored), Err(Refused));
        assert_eq!(saslprep("\u{1f600}", Use::Query).unwrap().as_str(), "\u{1f600}");
    }

    /// The crate's own function knows stored strings and nothing of memory; else it is the same.
    #[test]
    fn it_agrees_with_the_crate() {
        let all = (0..=0x0011_0000).filter_map(char::from_u32);
        for c in all.filter(|c| u32::from(*c) < 0x3000 || u32::from(*c) % 7 == 0) {
            for text in [c.to_string(), format!("a{c}"), format!("\u{627}{c}\u{627}")] {
                let theirs = stringprep::saslprep(&text).ok().map(String::from);
                assert_eq!(stored(&text), theirs, "{text:?}");
            }
        }
    }

    #[test]
    fn nothing_moves_while_it_grows() {
        for c in (0..=0x0011_0000).filter_map(char::from_u32) {
            let length: usize = c.nfkc().map(char::len_utf8).sum();
            assert!(length <= 11 * c.len_utf8(), "{c:?}");
        }
    }
}

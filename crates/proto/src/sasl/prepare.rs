//! Stringprep (RFC 3454): the `trace` profile (RFC 4505 section 3).

use stringprep::tables;

/// Whether the `trace` profile lets a text pass; it changes nothing (RFC 4505 section 3).
pub(super) fn is_trace(text: &str) -> bool {
    !text.contains(is_in_no_text) && !has_mixed_directions(text)
}

/// What the profile prohibits: tables C.2.1, C.2.2, C.3, C.4, C.5, C.6, C.8 and C.9 of RFC 3454.
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

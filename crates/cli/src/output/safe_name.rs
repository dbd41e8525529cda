//! A file name from text that a stranger wrote: a subject, the name of an attachment, an address.
//!
//! The name is legal on every common file system, also on Windows, so that a folder can be carried from one machine to
//! the next; and it does nothing surprising in a shell or a listing.

use unicode_normalization::UnicodeNormalization;

use crate::escape::needs_escape;

/// What stands for a character that cannot be in a name, and for a name of which nothing is left.
const SUBSTITUTE: char = '_';

/// An ending longer than this is no extension but the rest of a sentence.
const MOST_EXTENSION_OCTETS: usize = 10;

/// Makes one component of a path out of `text`, with at most `most_octets` octets of UTF-8.
///
/// - In Unicode form NFC, so that the same text gives the same octets whoever typed it.
/// - `_` stands in the place of separators, characters that Windows forbids (`<>:"/\|?*`), control characters, marks
///   and overrides of the reading direction and characters that cannot be seen. As in [`escape`](crate::escape), the
///   zero-width joiners stay, since words are spelt with them.
/// - Blanks around it and dots at its end are taken away. A dot or dash at the begin becomes `_`: the name is neither
///   hidden nor an option, nor `.` or `..`.
/// - A name of a Windows device (`NUL`, `com1.txt`) gets `_` before it.
/// - Text too long is cut between two characters. An extension of up to ten ASCII letters and digits is kept if at
///   least one character fits before it.
/// - The name is never empty: where nothing is left, or nothing fits, it is `_`, even for a bound of 0.
///
/// A safe name stays as it is. Different texts can give the same name. Names that differ only in case are one file on
/// some file systems.
pub(crate) fn safe_name(text: &str, most_octets: usize) -> String {
    let mapped: String = text.nfc().map(|c| if is_unsafe(c) { SUBSTITUTE } else { c }).collect();
    let trimmed = trim_end(mapped.trim_start());
    let mut name = String::with_capacity(trimmed.len());
    match trimmed.strip_prefix(['.', '-']) {
        Some(rest) => {
            name.push(SUBSTITUTE);
            name.push_str(rest);
        }
        None => name.push_str(trimmed),
    }
    shorten(&mut name, most_octets);
    // Only now: the cut may have made CON out of CONTENTS.
    if is_device(&name) {
        name.insert(0, SUBSTITUTE);
        shorten(&mut name, most_octets);
    }
    match name.is_empty() {
        true => SUBSTITUTE.into(),
        false => name,
    }
}

/// Whether a name cannot have this character everywhere, or should not.
pub(super) fn is_unsafe(c: char) -> bool {
    needs_escape(c)
        || is_forbidden(c)
        || matches!(
            c,
            '\u{ad}'                                // soft hyphen
            | '\u{34f}'                             // combining grapheme joiner
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers
        )
}

/// Separators of paths, and what Windows forbids.
pub(super) fn is_forbidden(c: char) -> bool {
    matches!(c, '/' | '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

fn trim_end(name: &str) -> &str {
    name.trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}

/// Cuts `name`, of which no blank or dot stands at either end, so that the same can be said of what is left.
fn shorten(name: &mut String, most_octets: usize) {
    if name.len() <= most_octets {
        return;
    }
    if let Some(dot) = extension(name) {
        let extension = name.split_off(dot);
        if let Some(room) = most_octets.checked_sub(extension.len()) {
            let stem = trim_end(&name[..name.floor_char_boundary(room)]).len();
            if stem > 0 {
                name.truncate(stem);
                name.push_str(&extension);
                return;
            }
        }
        name.push_str(&extension);
    }
    name.truncate(trim_end(&name[..name.floor_char_boundary(most_octets)]).len());
}

/// Where the extension begins, with its dot.
fn extension(name: &str) -> Option<usize> {
    let dot = name.rfind('.')?;
    let letters = &name[dot + 1..];
    let short = (1..=MOST_EXTENSION_OCTETS).contains(&letters.len());
    (short && letters.bytes().all(|octet| octet.is_ascii_alphanumeric())).then_some(dot)
}

/// Whether Windows takes `name` for a device: it does so whatever stands behind the first dot, and in any case.
pub(super) fn is_device(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    if let Some(number) = base.strip_prefix("COM").or(base.strip_prefix("LPT")) {
        return matches!(
            number,
            "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "\u{b9}" | "\u{b2}" | "\u{b3}"
        );
    }
    matches!(&*base, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use unicode_normalization::is_nfc;

    use super::*;

    /// What a text becomes where there is room enough.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        check_cut(text, 255, expected);
    }

    #[track_caller]
    fn check_cut(text: &str, most_octets: usize, expected: &str) {
        assert_eq!(safe_name(text, most_octets), expected);
        assert_eq!(safe_name(expected, most_octets), expected, "again");
    }

    #[test]
    fn ordinary_names_stay() {
        for name in [
            "report.pdf",
            "Grüße aus Köln",
            "日本語の件名",
            "a-b_c (2), [x] #1",
            "👩\u{200d}👧",
            "می\u{200c}خواهم",
        ] {
            check(name, name);
        }
    }

    #[test]
    fn what_cannot_stand_in_a_name_is_replaced() {
        check("Re: a/b\\c", "Re_ a_b_c");
        check("<>:\"/\\|?*", "_________");
        check("a\0b\tc\r\nd\x7fe\u{85}f", "a_b_c__d_e_f");
        check("exe.\u{202e}fdp", "exe._fdp");
        check("a\u{200b}b\u{feff}c\u{2028}d\u{ad}e\u{3164}f", "a_b_c_d_e_f");
        check("e\u{301}", "é");
        check("\u{212b}ngstrom", "Ångstrom");
    }

    #[test]
    fn ends_of_a_name() {
        check("", "_");
        check(" \u{3000}", "_");
        check(".", "_");
        check("..", "_");
        check("../../etc/passwd", "_._.._etc_passwd");
        check(".bashrc", "_bashrc");
        check("-rf", "_rf");
        check("--help", "_-help");
        check("  .x", "_x");
        check("  name  ", "name");
        check("name. . .", "name");
        check(". .", "_");
    }

    #[test]
    fn devices_of_windows() {
        check("CON", "_CON");
        check("nul.txt", "_nul.txt");
        check("Com1.tar.gz", "_Com1.tar.gz");
        check("LPT\u{b9}", "_LPT\u{b9}");
        check("aux .txt", "_aux .txt");
        check("CONOUT$", "_CONOUT$");
        check("COM10", "COM10");
        check("Contents", "Contents");
        check_cut("Contents", 3, "_Co");
        check_cut("CONTENTS.nul", 3, "_CO");
    }

    #[test]
    fn long_names_are_cut() {
        check_cut("abcdef", 6, "abcdef");
        check_cut("abcdef", 5, "abcde");
        check_cut("日本語", 8, "日本");
        check_cut("日本語.pdf", 10, "日本.pdf");
        check_cut("日本語.pdf", 6, "日本");
        check_cut("quarterly.pdf", 8, "quar.pdf");
        check_cut("a b c.pdf", 6, "a.pdf");
        check_cut("a.long sentence", 6, "a.long");
        check_cut("a. sentence", 4, "a. s");
        check_cut("a. sentence", 3, "a");
        check_cut("x.abcdefghijk", 6, "x.abcd");
        check_cut("日", 2, "_");
        check_cut("a", 0, "_");
        check_cut("NUL", 0, "_");
    }

    /// Text of what matters here, more often than chance would have it.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            3 => any::<char>().prop_map(String::from),
            2 => "[ ./\\\\:_-]{1,3}",
            2 => "(?i)(CON|NUL|COM[0-9]|LPT\u{b2})",
            1 => "\\.[a-z0-9]{1,11}",
            1 => "[\u{300}-\u{36f}\u{1100}-\u{11ff}]{1,4}",
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn every_name_is_safe(text in text(), most_octets in 1usize..40) {
            let name = safe_name(&text, most_octets);
            prop_assert!(!name.is_empty());
            prop_assert!(name.len() <= most_octets);
            prop_assert!(!name.contains(is_unsafe));
            prop_assert!(!name.contains(char::is_control));
            prop_assert!(!name.starts_with(['.', '-']));
            prop_assert_eq!(name.trim(), &name);
            prop_assert!(!name.ends_with('.'));
            prop_assert!(!is_device(&name));
            prop_assert!(is_nfc(&name));
            prop_assert_eq!(Path::new(&name).components().count(), 1);
            prop_assert_eq!(safe_name(&name, most_octets), name);
        }

        #[test]
        fn the_form_of_the_text_makes_no_difference(text in text()) {
            let composed: String = text.nfc().collect();
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(safe_name(&composed, 100), safe_name(&decomposed, 100));
        }
    }
}

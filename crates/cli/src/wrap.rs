//! Text for people in lines that are not too long.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

/// Writes `text` in lines of at most `columns`, the first behind `first`, the others behind `indent`, each with its
/// end. Blanks between words stay as many as they are; one that does not break is U+00A0. A word that is longer than
/// a line stays whole.
pub(crate) fn behind(out: &mut String, columns: usize, first: &str, indent: &str, text: &str) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    let mut blanks = 0;
    for word in text.split(' ') {
        if word.is_empty() {
            blanks += 1;
            continue;
        }
        if !is_empty && line.width() + 1 + blanks + word.width() > columns {
            let _ = writeln!(out, "{line}");
            indent.clone_into(&mut line);
            is_empty = true;
        }
        if !is_empty {
            line += &" ".repeat(1 + blanks);
        }
        line += &word.replace('\u{a0}', " ");
        is_empty = false;
        blanks = 0;
    }
    let _ = writeln!(out, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(columns: usize, text: &str, expected: &str) {
        let mut out = String::new();
        behind(&mut out, columns, "- ", "  ", text);
        assert_eq!(out, expected);
    }

    #[test]
    fn lines_break_between_words() {
        check(80, "one two  three", "- one two  three\n");
        check(10, "one two  three", "- one two\n  three\n");
        check(9, "日本 語の メール", "- 日本\n  語の\n  メール\n");
        check(9, "one\u{a0}two three", "- one two\n  three\n");
        check(4, "longer than that", "- longer\n  than\n  that\n");
        check(9, "", "- \n");
    }
}

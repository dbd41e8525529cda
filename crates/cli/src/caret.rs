//! A text that was typed, with a mark below the place where it is wrong.

use unicode_width::UnicodeWidthStr as _;

use crate::escape::escape_str;

/// A longer text is cut around the place, so that the mark does not end up in another line of the terminal than what
/// it is about. In columns, with the dots that stand for what was cut, and without the indent.
const MOST_COLUMNS: usize = 70;
/// Columns that are shown on each side of the place then.
const AROUND: usize = (MOST_COLUMNS - 2 * DOTS.len()) / 2;
const DOTS: &str = "...";
const INDENT: &str = "  ";

/// Two lines, indented, the second with a caret below the character at `index` (in octets; the end of the text counts).
///
/// The text is escaped, and columns are those of a terminal: a wide character has two, an escape has several.
pub(crate) fn point_at(text: &str, index: usize) -> String {
    let (before, behind) = text.split_at(text.floor_char_boundary(index));
    let (before, behind) = (escape_str(before), escape_str(behind));
    let (before, behind) = if before.width() + behind.width() <= MOST_COLUMNS {
        (before.into_owned(), behind.into_owned())
    } else {
        (last_columns(&before), first_columns(&behind))
    };
    let blanks = " ".repeat(before.width());
    format!("{INDENT}{before}{behind}\n{INDENT}{blanks}^")
}

fn first_columns(text: &str) -> String {
    let mut end = text.len();
    let mut columns = 0;
    for (index, c) in text.char_indices() {
        columns += columns_of(c);
        if columns > AROUND {
            end = index;
            break;
        }
    }
    let dots = if end < text.len() { DOTS } else { "" };
    format!("{}{dots}", &text[..end])
}

fn last_columns(text: &str) -> String {
    let mut start = 0;
    let mut columns = 0;
    for (index, c) in text.char_indices().rev() {
        columns += columns_of(c);
        if columns > AROUND {
            start = index + c.len_utf8();
            break;
        }
    }
    if start == 0 {
        return text.to_owned();
    }
    // An accent without its letter would be put on the dots.
    let shown = text[start..].trim_start_matches(|c| columns_of(c) == 0);
    format!("{DOTS}{shown}")
}

fn columns_of(c: char) -> usize {
    c.encode_utf8(&mut [0; 4]).width()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, index: usize, expected: [&str; 2]) {
        assert_eq!(point_at(text, index).split('\n').collect::<Vec<_>>(), expected, "{text:?} at {index}");
    }

    #[test]
    fn short_texts_are_shown_whole() {
        check("unseen sinse 1-Feb-2026", 7, ["  unseen sinse 1-Feb-2026", "         ^"]);
        check("x", 0, ["  x", "  ^"]);
        check("from", 4, ["  from", "      ^"]);
        check("", 0, ["  ", "  ^"]);
    }

    #[test]
    fn columns_are_those_of_a_terminal() {
        // Two columns for each of the four, eight octets more than columns there are.
        check(
            "subject \u{65c5}\u{884c}\u{8a08}\u{753b} x",
            21,
            ["  subject \u{65c5}\u{884c}\u{8a08}\u{753b} x", "                   ^"],
        );
        check("to e\u{301}x y", 8, ["  to e\u{301}x y", "        ^"]);
        check("a\tb c", 4, ["  a\\x09b c", "         ^"]);
        check("seen\u{1b}[2J", 4, ["  seen\\x1b[2J", "      ^"]);
        // In the middle of a character is at its beginning.
        check("\u{65c5}\u{884c}", 4, ["  \u{65c5}\u{884c}", "    ^"]);
    }

    #[test]
    fn long_texts_are_cut_around_the_place() {
        let long = format!("{}WRONG{}", "a".repeat(100), "b".repeat(100));
        let shown = format!("  ...{}WRONG{}...", "a".repeat(32), "b".repeat(27));
        check(&long, 100, [&shown, &format!("{}^", " ".repeat(37))]);
        check(&long, 0, [&format!("  {}...", "a".repeat(32)), "  ^"]);
        let shown = format!("  ...{}WRONG{}...", "a".repeat(27), "b".repeat(32));
        check(&long, 105, [&shown, &format!("{}^", " ".repeat(37))]);
        let shown = format!("  ...{}", "b".repeat(32));
        check(&long, 205, [&shown, &format!("{}^", " ".repeat(37))]);
        let wide = "\u{65c5}".repeat(60);
        check(&wide, 90, [&format!("  ...{}...", "\u{65c5}".repeat(32)), &format!("{}^", " ".repeat(37))]);
        // 69 columns need no cut, whatever the number of octets.
        let fits = "\u{65c5}".repeat(34);
        check(&fits, 0, [&format!("  {fits}"), "  ^"]);
    }

    #[test]
    fn an_accent_does_not_land_on_the_dots() {
        let text = format!("{}e\u{301}{}X", "a".repeat(60), "b".repeat(32));
        let at = text.len() - 1;
        check(&text, at, [&format!("  ...{}X", "b".repeat(32)), &format!("{}^", " ".repeat(37))]);
    }

    proptest! {
        #[test]
        fn nothing_panics_and_every_line_stays_narrow(text in any::<String>(), index in 0usize..400) {
            let shown = point_at(&text, index.min(text.len()));
            let lines: Vec<_> = shown.split('\n').collect();
            prop_assert_eq!(lines.len(), 2);
            for line in lines {
                prop_assert!(!line.contains(crate::escape::needs_escape));
                // One more for a caret behind the end.
                prop_assert!(line.width() <= INDENT.len() + MOST_COLUMNS + 1, "{}", line);
            }
        }
    }
}

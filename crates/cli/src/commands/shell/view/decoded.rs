//! Names in modified UTF-7 and encoded words in a line, as they are meant.

use tayori_mime::decode_header;
use tayori_proto::types::utf7;

use crate::escape::escape_bounded;

/// Values of one line that are decoded; a thousand addresses need no second telling.
const MOST_VALUES: usize = 10;
/// Characters of one value that are shown.
const MOST_OF_ONE: usize = 120;

/// What names and encoded words in this line mean, if there are any.
pub(super) fn note(line: &[u8]) -> Option<String> {
    joined(values(line).filter_map(|value| {
        if memchr::memchr(b'&', value).is_some() {
            let name = utf7::decode(value)?;
            return (name.as_bytes() != value).then_some(name);
        }
        word(value)
    }))
}

/// The same for a line of a message, in which only encoded words are looked for.
pub(super) fn words(line: &[u8]) -> Option<String> {
    joined(word(line).into_iter())
}

fn joined(decoded: impl Iterator<Item = String>) -> Option<String> {
    let shown =
        decoded.take(MOST_VALUES).map(|value| escape_bounded(value.as_bytes(), MOST_OF_ONE).to_string());
    let shown: Vec<String> = shown.collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

fn word(value: &[u8]) -> Option<String> {
    let start = memchr::memmem::find(value, b"=?")?;
    memchr::memmem::find(&value[start..], b"?=")?;
    let text = decode_header(value);
    (text.as_bytes() != value.trim_ascii()).then_some(text)
}

/// What stands in quotes, and what stands between blanks and parentheses. Each octet is looked at once.
fn values(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let start = rest.iter().position(|octet| !matches!(octet, b' ' | b'(' | b')'))?;
        rest = &rest[start..];
        let (value, behind) = match rest.strip_prefix(b"\"") {
            Some(inside) => {
                let end = end_of_quoted(inside);
                (&inside[..end], inside.get(end + 1..).unwrap_or_default())
            }
            None => {
                let end =
                    rest.iter().position(|octet| matches!(octet, b' ' | b'(' | b')')).unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        rest = behind;
        Some(value)
    })
}

fn end_of_quoted(inside: &[u8]) -> usize {
    let mut escaped = false;
    let end = inside.iter().position(|&octet| match octet {
        _ if escaped => {
            escaped = false;
            false
        }
        b'\\' => {
            escaped = true;
            false
        }
        octet => octet == b'"',
    });
    end.unwrap_or(inside.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<&str>) {
        assert_eq!(note(line.as_bytes()).as_deref(), expected, "{line}");
    }

    #[test]
    fn names_and_words_are_found() {
        check("* LIST (\\Drafts) \"/\" Entw&APw-rfe", Some("Entw\u{fc}rfe"));
        check("* LIST () \"/\" \"a b/&ZeVnLIqe-\"", Some("a b/\u{65e5}\u{672c}\u{8a9e}"));
        check("* LIST () \"/\" \"A&-B\"", Some("A&B"));
        check("* LIST () \"/\" \"A&B\"", None);
        check("* STATUS &AOk- (MESSAGES 1)", Some("\u{e9}"));
        check("a1 SELECT INBOX", None);
        check(
            "* 1 FETCH (ENVELOPE (NIL \"=?utf-8?q?Gr=C3=BC=C3=9Fe?= aus\" ((\"=?utf-8?b?w4Q=?=\" NIL \"a\" \"b\"))))",
            Some("Gr\u{fc}\u{df}e aus, \u{c4}"),
        );
        check("* 1 FETCH (ENVELOPE (NIL \"=?no word?=\"))", None);
        check("x \"=?utf-8?q?=1B[2J?=\"", Some("\\x1b[2J"));
        check("\"open =?utf-8?q?=C3=A4?=", Some("open \u{e4}"));
    }

    #[test]
    fn many_values_are_cut() {
        let line = "&AOk- ".repeat(100);
        assert_eq!(note(line.as_bytes()).unwrap().matches('\u{e9}').count(), MOST_VALUES);
    }

    proptest! {
        #[test]
        fn noise_makes_nothing_that_drives_a_terminal(line in prop::collection::vec(any::<u8>(), 0..100)) {
            let note = note(&line).unwrap_or_default();
            prop_assert!(!note.contains(char::is_control), "{note:?}");
        }
    }
}

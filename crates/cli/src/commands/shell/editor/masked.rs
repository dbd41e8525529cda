//! How the line that is typed is shown: secrets as stars, the name of a command bold.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reedline::{Color, Highlighter, StyledText};

use crate::commands::shell::entry::{is_command, is_secret_behind, secret_part};

/// Shows no secret.
pub(super) struct Masked {
    /// All of the line is one.
    secret: Arc<AtomicBool>,
}

impl Masked {
    pub(super) fn new(secret: Arc<AtomicBool>) -> Self {
        Self { secret }
    }
}

impl Highlighter for Masked {
    fn highlight(&self, line: &str, _: usize) -> StyledText {
        let mut text = StyledText::new();
        let secret = self.secret.load(Ordering::Relaxed);
        let shown = if secret { stars(line) } else { masked(line) };
        let name = name(line).filter(|_| !secret).unwrap_or(0..0);
        let plain = Color::Default.normal();
        for (style, part) in
            [(plain, &shown[..name.start]), (plain.bold(), &shown[name.clone()]), (plain, &shown[name.end..])]
        {
            if !part.is_empty() {
                text.push((style, part.to_owned()));
            }
        }
        text
    }
}

fn stars(text: &str) -> String {
    "*".repeat(text.len())
}

/// The same text with as many octets, so that the cursor finds its place: a star for each octet of a secret. What was
/// pasted behind a line with a secret may go on with it, as a literal does.
fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut hidden = false;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        let from = match hidden {
            true => 0,
            false => secret_part(content).map_or(content.len(), |secret| secret.start),
        };
        hidden |= from < content.len() || is_secret_behind(content);
        // A secret begins in front of a character, never within.
        let (clear, secret) = content.split_at(content.floor_char_boundary(from));
        shown.push_str(clear);
        shown += &stars(secret);
        shown.push_str(&line[content.len()..]);
    }
    shown
}

/// Where the name of the command stands, if there is one: it may follow a tag.
fn name(line: &str) -> Option<std::ops::Range<usize>> {
    let mut from = 0;
    for word in line.split(' ').take(2) {
        if is_command(word.as_bytes()) {
            return Some(from..from + word.len());
        }
        from += word.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_secret_is_shown_as_stars() {
        let check = |line: &str, expected: &str| assert_eq!(masked(line), expected);
        check("SELECT INBOX", "SELECT INBOX");
        check("LOGIN ann hunter2", "LOGIN ann *******");
        check("a7 login ann p\u{e4}ss", "a7 login ann *****");
        check("LOGIN ann {7}\nhunter2\nNOOP", "LOGIN ann ***\n*******\n****");
        check("LOGIN {3}\nann hunter2", "LOGIN {3}\n***********");
        check("AUTHENTICATE PLAIN\nhunter2", "AUTHENTICATE PLAIN\n*******");
        check("SEARCH TEXT {3}\nabc", "SEARCH TEXT {3}\nabc");
        check(".help LOGIN", ".help LOGIN");
    }

    #[test]
    fn where_all_is_secret_nothing_is_shown() {
        let masked = Masked::new(Arc::new(AtomicBool::new(true)));
        let shown: String = masked.highlight("NOOP x", 0).buffer.into_iter().map(|(_, part)| part).collect();
        assert_eq!(shown, "******");
    }

    #[test]
    fn the_name_of_a_command_stands_out() {
        let check =
            |line: &str, expected: Option<&str>| assert_eq!(name(line).map(|name| &line[name]), expected);
        check("noop", Some("noop"));
        check("a7 FETCH 1 ALL", Some("FETCH"));
        check("Quit", None);
        check("", None);
    }

    proptest! {
        #[test]
        fn the_length_stays(line in "(LOGIN|AUTHENTICATE|a7 LOGIN|NOOP)?[ -~\u{e4}\u{65e5}\n]{0,40}") {
            let shown = masked(&line);
            prop_assert_eq!(shown.len(), line.len());
            let styled = Masked::new(Arc::default()).highlight(&line, 0);
            let text: usize = styled.buffer.iter().map(|(_, part)| part.len()).sum();
            prop_assert_eq!(text, line.len());
        }
    }
}

//! What Tab offers.

use std::sync::{Arc, Mutex};

use reedline::{Completer, CompletionResult, Span, Suggestion};

use crate::escape::escape_str;
use crate::shell::entry::COMMANDS;
use crate::shell::known::Known;
use crate::shell::words;

/// Offers what fits what is known of the dialogue.
pub(super) struct Suggesting {
    known: Arc<Mutex<Option<Arc<Known>>>>,
}

impl Suggesting {
    pub(super) fn new(known: Arc<Mutex<Option<Arc<Known>>>>) -> Self {
        Self { known }
    }
}

impl Completer for Suggesting {
    fn complete(&mut self, line: &str, position: usize) -> CompletionResult {
        let known = self.known.lock().ok().and_then(|known| known.clone());
        let suggestions: Vec<_> = offered(line, position, known.as_deref())
            .into_iter()
            .map(|(start, value, description)| Suggestion {
                // What is inserted is what the server is to get; what is shown must not drive the terminal.
                display_override: Some(escape_str(&value).into_owned()),
                value,
                description: (!description.is_empty()).then_some(description),
                span: Span::new(start, position),
                append_whitespace: true,
                ..Suggestion::default()
            })
            .collect();
        CompletionResult::fresh(suggestions)
    }
}

/// What may stand at the end of `line[..position]`: from where on, with which text, and what that is.
fn offered(line: &str, position: usize, known: Option<&Known>) -> Vec<(usize, String, String)> {
    let typed = &line[..line.floor_char_boundary(position)];
    let start = typed.rfind(' ').map_or(0, |blank| blank + 1);
    let word = &typed[start..];
    let fits = |text: &str| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    if start == 0 && word.starts_with('.') {
        let words = words::TABLE.iter().filter(|(name, _, _)| fits(name));
        return words.map(|(name, _, does)| (start, (*name).to_owned(), (*does).to_owned())).collect();
    }
    if start == 0 {
        let commands = COMMANDS.iter().filter(|name| fits(name));
        return commands.map(|name| (start, (*name).to_owned(), String::new())).collect();
    }
    let names = known.iter().flat_map(|known| known.mailboxes.keys().map(|name| (name, known.names())));
    names
        .map(|(name, encoding)| quoted(&name.to_wire(encoding)))
        .filter(|name| fits(name) || fits(name.trim_start_matches('"')))
        .map(|name| (start, name, String::new()))
        .collect()
}

/// A name as it can be typed.
fn quoted(wire: &[u8]) -> String {
    let text = String::from_utf8_lossy(wire).into_owned();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+&,#$!:;=?@^`|~'<>".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text,
        false => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::shell::known::Protection;

    #[test]
    fn names_are_offered_where_they_can_stand() {
        let mut known = Known::new(Protection::Tls);
        for line in [
            "* OK hi",
            "* LIST () \"/\" Archive",
            "* LIST () \"/\" \"Two words\"",
            "* LIST () \"/\" Entw&APw-rfe",
        ] {
            known.heard(&Bytes::from(format!("{line}\r\n")));
        }
        let check = |line: &str, expected: &[&str]| {
            let offered: Vec<_> =
                offered(line, line.len(), Some(&known)).into_iter().map(|(_, text, _)| text).collect();
            assert_eq!(offered, expected, "{line}");
        };
        check("sel", &["SELECT"]);
        check(".sa", &[".save"]);
        check("SELECT a", &["Archive"]);
        check("SELECT t", &["\"Two words\""]);
        check("SELECT \"t", &["\"Two words\""]);
        check("SELECT E", &["Entw&APw-rfe"]);
        check("SELECT x", &[]);
        assert_eq!(offered("SELECT a", 3, None), [(0, "SELECT".to_owned(), String::new())]);
    }
}

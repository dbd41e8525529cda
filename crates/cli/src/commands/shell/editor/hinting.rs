//! What is shown behind what is typed: an earlier entry that begins like this, else what belongs behind a command.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reedline::{Color, DefaultHinter, Hinter, History};

use crate::commands::shell::complete::hint;

pub(super) struct Hinting {
    earlier: DefaultHinter,
    /// What is typed is a secret: nothing is known of it.
    secret: Arc<AtomicBool>,
}

impl Hinting {
    pub(super) fn new(secret: Arc<AtomicBool>) -> Self {
        Self { earlier: DefaultHinter::default().with_style(Color::DarkGray.normal()), secret }
    }

    fn is_secret(&self) -> bool {
        self.secret.load(Ordering::Relaxed)
    }
}

impl Hinter for Hinting {
    fn handle(
        &mut self,
        line: &str,
        position: usize,
        history: &dyn History,
        use_ansi_coloring: bool,
        cwd: &str,
    ) -> String {
        if self.is_secret() {
            return String::new();
        }
        let earlier = self.earlier.handle(line, position, history, use_ansi_coloring, cwd);
        // Without colours it would pass for something that was typed.
        if !earlier.is_empty() || position != line.len() || !use_ansi_coloring {
            return earlier;
        }
        let grammar = hint(line).map(|form| format!("  {form}"));
        grammar.map_or(earlier, |form| Color::DarkGray.normal().paint(form).to_string())
    }

    /// Only an entry can be taken over: grammar is not what is sent.
    fn complete_hint(&self) -> String {
        if self.is_secret() { String::new() } else { self.earlier.complete_hint() }
    }

    fn next_hint_token(&self) -> String {
        if self.is_secret() { String::new() } else { self.earlier.next_hint_token() }
    }
}

#[cfg(test)]
mod tests {
    use reedline::FileBackedHistory;

    use super::*;

    #[test]
    fn grammar_is_shown_and_not_taken_over() {
        let mut hinting = Hinting::new(Arc::default());
        let history = FileBackedHistory::default();
        let shown = hinting.handle("COPY ", 5, &history, true, "");
        assert!(shown.contains("mailbox"), "{shown:?}");
        assert_eq!(hinting.complete_hint(), "");
        assert_eq!(hinting.handle("COPY ", 5, &history, false, ""), "");
        assert_eq!(hinting.handle("COPY ", 2, &history, true, ""), "");
    }
}

//! What is shown behind what is typed: an earlier entry that begins like this, else what belongs behind a command.

use reedline::{Color, DefaultHinter, Hinter, History};

use crate::shell::complete::hint;

pub(super) struct Hinting {
    earlier: DefaultHinter,
}

impl Hinting {
    pub(super) fn new() -> Self {
        Self { earlier: DefaultHinter::default().with_style(Color::DarkGray.normal()) }
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
        self.earlier.complete_hint()
    }

    fn next_hint_token(&self) -> String {
        self.earlier.next_hint_token()
    }
}

#[cfg(test)]
mod tests {
    use reedline::FileBackedHistory;

    use super::*;

    #[test]
    fn grammar_is_shown_and_not_taken_over() {
        let mut hinting = Hinting::new();
        let history = FileBackedHistory::default();
        let shown = hinting.handle("COPY ", 5, &history, true, "");
        assert!(shown.contains("mailbox"), "{shown:?}");
        assert_eq!(hinting.complete_hint(), "");
        assert_eq!(hinting.handle("COPY ", 5, &history, false, ""), "");
        assert_eq!(hinting.handle("COPY ", 2, &history, true, ""), "");
    }
}

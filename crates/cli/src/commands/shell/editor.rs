//! The line editor: what is typed at a terminal, with a history, completion, and the server's lines above the prompt.
//!
//! It sees lines and never the connection. What is to be shown while it waits for a key goes through [`above`].

mod above;
mod hinting;
mod masked;
mod prompt;
mod suggest;

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reedline::{
    ColumnarMenu, EditCommand, Emacs, ExternalPrinter, KeyCode, KeyModifiers, MenuBuilder as _, Reedline,
    ReedlineEvent, ReedlineMenu, Signal, default_emacs_keybindings,
};
use zeroize::Zeroizing;

use super::history::Kept;
use super::known::Known;
use super::lines::{Echo, Line, LineReader, Question};
use above::Above;
use hinting::Hinting;
use masked::Masked;
use prompt::ShellPrompt;
use suggest::Suggesting;

/// How often it is looked whether there is something to show. Nobody sees the difference, and the machine sleeps.
const LOOK: Duration = Duration::from_millis(50);
/// The name by which keys call the menu.
const MENU: &str = "completion";
/// What the key is called that shows literals.
const OPEN: &str = "open";

/// Reads lines from a terminal.
pub(crate) struct Editor {
    reedline: Reedline,
    history: Kept,
    above: Arc<Above>,
    /// What completion knows of the dialogue.
    known: Arc<Mutex<Option<Arc<Known>>>>,
    /// What is typed is a secret, whatever it is.
    secret: Arc<AtomicBool>,
    /// Takes the question back.
    withdrawal: Arc<AtomicBool>,
    /// Lines that were pasted at once, behind the first.
    pasted: VecDeque<Zeroizing<Vec<u8>>>,
}

/// Whether colours may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colours {
    Wanted,
    Unwanted,
}

impl Editor {
    pub(crate) fn new(history: Kept, colours: Colours) -> Self {
        let above = Arc::new(Above::default());
        let known = Arc::default();
        let (secret, withdrawal) = (Arc::default(), Arc::default());
        // What is fed to it is taken at once.
        let printer = ExternalPrinter::new(1);
        let (feeding, queue) = (Arc::clone(&above), printer.sender());
        let mut keys = default_emacs_keybindings();
        let tab = vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext];
        keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, ReedlineEvent::UntilFound(tab));
        keys.add_binding(KeyModifiers::SHIFT, KeyCode::BackTab, ReedlineEvent::MenuPrevious);
        keys.add_binding(
            KeyModifiers::CONTROL,
            KeyCode::Char('o'),
            ReedlineEvent::ExecuteHostCommand(OPEN.to_owned()),
        );
        // One column has room for what a word means. The line stays where it is while they are shown.
        let menu = ColumnarMenu::default().with_name(MENU).with_marker("").with_columns(1);
        let reedline = Reedline::create()
            .with_history(Box::new(history.clone()))
            .with_completer(Box::new(Suggesting::new(Arc::clone(&known), Arc::clone(&secret))))
            .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
            .with_partial_completions(true)
            .with_quick_completions(true)
            .with_hinter(Box::new(Hinting::new(Arc::clone(&secret))))
            .with_highlighter(Box::new(Masked::new(Arc::clone(&secret))))
            .with_edit_mode(Box::new(Emacs::new(keys)))
            .with_ansi_colors(colours == Colours::Wanted)
            // So that a literal can be pasted with its line ends.
            .use_bracketed_paste(true)
            .with_external_printer(printer)
            .with_idle_callback(Box::new(move || feeding.feed(&queue)))
            .with_poll_interval(LOOK)
            .with_break_signal(Arc::clone(&withdrawal));
        Self { reedline, history, above, known, secret, withdrawal, pasted: VecDeque::new() }
    }

    /// Shows lines above the one that is being typed, and where they belong while none is.
    pub(crate) fn output(&self) -> Box<dyn Write + Send> {
        Box::new(above::Output::new(Arc::clone(&self.above)))
    }

    fn edit(&mut self, prompt: &ShellPrompt) -> io::Result<Signal> {
        self.above.begin();
        let signal = self.reedline.read_line(prompt);
        let mut out = io::stdout().lock();
        if let Ok(Signal::ExternalBreak(_) | Signal::HostCommand(_)) = signal {
            // The cursor is still in the line, and what was waiting would be shown behind it.
            out.write_all(b"\x1b[J\r\n")?;
        }
        self.above.end(&mut out)?;
        signal
    }

    /// The first of the lines; those behind it are for the questions that follow.
    fn first_of(&mut self, typed: &str) -> Zeroizing<Vec<u8>> {
        let lines = typed.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        self.pasted.extend(lines.map(|line| Zeroizing::new(line.as_bytes().to_vec())));
        self.pasted.pop_front().unwrap_or_default()
    }
}

impl LineReader for Editor {
    fn read(&mut self, question: &Question) -> Line {
        // Also where it is a secret: an answer to a challenge may be pasted together with its command.
        if let Some(line) = self.pasted.pop_front() {
            return Line::Typed(line);
        }
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&question.known));
        self.secret.store(question.echo == Echo::Off, Ordering::Relaxed);
        match self.edit(&ShellPrompt::new(&question.prompt)) {
            Ok(Signal::Success(typed)) => {
                let typed = Zeroizing::new(typed);
                Line::Typed(self.first_of(&typed))
            }
            Ok(Signal::CtrlC) => {
                self.pasted.clear();
                Line::Interrupted
            }
            Ok(Signal::ExternalBreak(typed)) => {
                let _typed = Zeroizing::new(typed);
                if question.echo == Echo::Off {
                    // Else it would be shown behind the next prompt.
                    self.reedline.run_edit_commands(&[EditCommand::Clear]);
                }
                Line::Withdrawn
            }
            Ok(Signal::HostCommand(key)) if key == OPEN => Line::Open,
            Ok(_) => Line::End,
            Err(error) => Line::Failed(error),
        }
    }

    fn withdrawal(&self) -> Option<Arc<AtomicBool>> {
        Some(Arc::clone(&self.withdrawal))
    }

    fn remember(&mut self, entry: &str) {
        // Whoever types is not to be troubled because a disk is full.
        let _ = self.history.remember(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pasted_comes_line_by_line() {
        let mut editor = Editor::new(Kept::in_memory(), Colours::Unwanted);
        let first = editor.first_of("APPEND a {3}\r\nabc\n");
        assert_eq!(&**first, b"APPEND a {3}");
        let rest: Vec<_> = editor.pasted.iter().map(|line| line.to_vec()).collect();
        assert_eq!(rest, [&b"abc"[..], b""]);
    }
}

//! Where lines are shown while another one is being typed.
//!
//! The editor prints above its line what it finds in a queue of its own when it looks. What it has not found when Enter
//! is pressed would stay there until the next line is typed, behind lines that came later. So nothing is left in that
//! queue: lines wait here, and are handed over by [`Above::feed`] just before the editor looks; those that it does not
//! look for any more are shown by [`Above::end`].

use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Octets that wait for the editor to look. It does so many times a second, unless the terminal has stopped; then
/// whoever has something to show waits, as for a terminal without an editor.
const MOST_WAITING: usize = 1 << 20;

/// Lines that wait while somebody types.
#[derive(Default)]
pub(super) struct Above {
    state: Mutex<State>,
    /// Lines were handed over or shown.
    room: Condvar,
}

#[derive(Default)]
struct State {
    /// The editor has the terminal.
    editing: bool,
    /// Whole lines, with their ends.
    waiting: Vec<u8>,
}

impl Above {
    /// The editor takes the terminal.
    pub(super) fn begin(&self) {
        self.lock().editing = true;
    }

    /// Hands over what waits. If there is no room for it, it goes on waiting.
    pub(super) fn feed(&self, printer: &SyncSender<String>) {
        let mut state = self.lock();
        if !state.editing || state.waiting.is_empty() {
            return;
        }
        // All in one piece, which the editor takes apart.
        let text = String::from_utf8_lossy(&state.waiting).into_owned();
        match printer.try_send(text) {
            Ok(()) => {
                state.waiting.clear();
                self.room.notify_all();
            }
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }

    /// The editor has left the terminal, which is in its usual mode: what still waits is shown.
    pub(super) fn end(&self, out: &mut impl Write) -> io::Result<()> {
        let mut state = self.lock();
        state.editing = false;
        let waiting = std::mem::take(&mut state.waiting);
        self.room.notify_all();
        out.write_all(&waiting)?;
        out.flush()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole after each statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows lines, wherever they belong.
pub(super) struct Output {
    above: Arc<Above>,
    /// A line without its end.
    line: Vec<u8>,
}

impl Output {
    pub(super) fn new(above: Arc<Above>) -> Self {
        Self { above, line: Vec::new() }
    }
}

impl Write for Output {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(octets);
        let Some(end) = memchr::memrchr(b'\n', &self.line) else { return Ok(octets.len()) };
        let lines = self.line.drain(..=end).collect::<Vec<_>>();
        let full = |state: &mut State| state.editing && state.waiting.len() > MOST_WAITING;
        let state = self.above.room.wait_while(self.above.lock(), full);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        // The lock is held while it is written, so that lines which have waited are not overtaken.
        match state.editing {
            true => state.waiting.extend_from_slice(&lines),
            false => io::stdout().lock().write_all(&lines)?,
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let state = self.above.lock();
        if state.editing { Ok(()) } else { io::stdout().lock().flush() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn lines_wait_until_the_editor_looks() {
        let above = Arc::new(Above::default());
        let mut output = Output::new(Arc::clone(&above));
        let (printer, printed) = sync_channel(1);
        above.begin();
        above.feed(&printer);
        output.write_all(b"S: * 1 EX").unwrap();
        above.feed(&printer);
        assert!(printed.try_recv().is_err());
        output.write_all(b"ISTS\nS: *").unwrap();
        above.feed(&printer);
        // There is no room for what follows.
        output.write_all(b" 2 EXISTS\n").unwrap();
        above.feed(&printer);
        assert_eq!(printed.try_recv().as_deref(), Ok("S: * 1 EXISTS\n"));
        assert!(printed.try_recv().is_err());
        let mut shown = Vec::new();
        above.end(&mut shown).unwrap();
        assert_eq!(shown, b"S: * 2 EXISTS\n");
        above.feed(&printer);
        assert!(printed.try_recv().is_err());
    }
}
